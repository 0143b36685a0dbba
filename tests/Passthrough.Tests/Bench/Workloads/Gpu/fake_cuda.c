/* A stand-in for NVIDIA's driver library: the calls that a copy needs, with real memory, real times and real rules (a call
   without a current context fails, what is allocated twice is counted twice). Calls can be told to fail or to damage data. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *failing = "";
static int code, skip, damage, live, initialised, retained, devices = 2;
static char log_text[1 << 16], name_copy[64];
static __thread void *current;
static int context_of[2];

void fake_reset(void) { failing = ""; code = skip = damage = live = initialised = retained = 0; devices = 2; log_text[0] = 0; }
void fake_fail(const char *name, int result, int after) { snprintf(name_copy, sizeof name_copy, "%s", name); failing = name_copy; code = result; skip = after; }
/* 1 damages what goes to the device, 2 what comes from it: the same bit both ways would be whole again. */
void fake_damage(int direction) { damage = direction; }
void fake_devices(int count) { devices = count; }
int fake_live(void) { return live; }
const char *fake_log(void) { return log_text; }

static int enter(const char *name, int needs_context) {
    if (strlen(log_text) + strlen(name) + 2 < sizeof log_text) { strcat(log_text, name); strcat(log_text, "\n"); }
    if (!strcmp(failing, name) && skip-- <= 0) return code;
    if (strcmp(name, "cuInit") && !initialised) return 3;   /* CUDA_ERROR_NOT_INITIALIZED */
    return needs_context && !current ? 201 : 0;             /* CUDA_ERROR_INVALID_CONTEXT */
}
#define ENTER(needs_context) int result = enter(__func__, needs_context); if (result) return result

int cuInit(unsigned flags) { ENTER(0); initialised = 1; return flags ? 1 : 0; }
int cuDeviceGetCount(int *count) { ENTER(0); *count = devices; return 0; }
int cuDeviceGet(int *device, int ordinal) { ENTER(0); *device = ordinal; return ordinal < devices ? 0 : 101; }
int cuDeviceGetByPCIBusId(int *device, const char *address) {
    ENTER(0);
    *device = !strcmp(address, "0000:3b:00.0") ? 0 : !strcmp(address, "0000:af:00.0") ? 1 : -1;
    return *device < 0 ? 101 : 0;
}
int cuDeviceGetPCIBusId(char *text, int length, int device) { ENTER(0); snprintf(text, length, "0000:%s:00.0", device ? "AF" : "3B"); return 0; }
int cuDevicePrimaryCtxRetain(void **context, int device) { ENTER(0); *context = &context_of[device]; retained++; live++; return 0; }
int cuDevicePrimaryCtxRelease_v2(int device) { ENTER(0); (void)device; retained--; live--; return 0; }
int cuCtxSetCurrent(void *context) { ENTER(0); current = context; return 0; }
int cuMemAlloc_v2(uint64_t *address, size_t bytes) { ENTER(1); *address = (uintptr_t)calloc(1, bytes); live++; return 0; }
int cuMemFree_v2(uint64_t address) { ENTER(1); free((void *)(uintptr_t)address); live--; return 0; }
int cuMemHostAlloc(void **address, size_t bytes, unsigned flags) { ENTER(1); *address = aligned_alloc(4096, bytes); live++; return flags ? 1 : 0; }
int cuMemFreeHost(void *address) { ENTER(1); free(address); live--; return 0; }
int cuMemHostRegister_v2(void *address, size_t bytes, unsigned flags) { ENTER(1); live++; return (uintptr_t)address % 4096 || !bytes || flags ? 1 : 0; }
int cuMemHostUnregister(void *address) { ENTER(1); (void)address; live--; return 0; }
int cuStreamCreate(void **stream, unsigned flags) { ENTER(1); *stream = malloc(1); live++; return flags == 1 ? 0 : 1; }
int cuStreamDestroy_v2(void *stream) { ENTER(1); free(stream); live--; return 0; }
int cuStreamSynchronize(void *stream) { ENTER(1); return stream ? 0 : 400; }
int cuEventCreate(void **event, unsigned flags) { ENTER(1); *event = calloc(1, sizeof(struct timespec)); live++; return flags ? 1 : 0; }
int cuEventDestroy_v2(void *event) { ENTER(1); free(event); live--; return 0; }
int cuEventRecord(void *event, void *stream) { ENTER(1); (void)stream; clock_gettime(CLOCK_MONOTONIC, event); return 0; }
int cuEventElapsedTime(float *ms, void *from, void *to) {
    ENTER(1);
    struct timespec *a = from, *b = to;
    *ms = (float)((b->tv_sec - a->tv_sec) * 1e3 + (b->tv_nsec - a->tv_nsec) / 1e6);
    return 0;
}
static int copy(void *to, const void *from, size_t bytes, int direction) { memcpy(to, from, bytes); if (damage == direction) ((char *)to)[bytes / 2] ^= 1; return 0; }
int cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes, void *stream) { ENTER(1); (void)stream; return copy((void *)(uintptr_t)to, from, bytes, 1); }
int cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, void *stream) { ENTER(1); (void)stream; return copy(to, (void *)(uintptr_t)from, bytes, 2); }
int cuMemsetD8_v2(uint64_t address, unsigned char value, size_t bytes) { ENTER(1); memset((void *)(uintptr_t)address, value, bytes); return 0; }
int cuGetErrorName(int result, const char **name) {
    *name = result == 2 ? "CUDA_ERROR_OUT_OF_MEMORY" : result == 100 ? "CUDA_ERROR_NO_DEVICE" : result == 803 ? "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"
        : result == 101 ? "CUDA_ERROR_INVALID_DEVICE" : 0;
    return *name ? 0 : 1;
}
