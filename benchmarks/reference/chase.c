/* Latency of dependent loads: follows a random cycle of pointers through memory, one pointer in every stretch of `line`
   bytes, and times batches of loads. Mirrors the workload memory.chase: the same cycle, batch and clock.

     cc -O2 -o chase chase.c
     ./chase pages=4k sizeBytes=268435456 line=64 cpu=any node=any batch=4096 seed=1 warmUpMs=150 measureMs=500

   Prints {"value":V,"p50":V,"p99":V,"samples":N}: nanoseconds of one load; value is the median over batches. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <errno.h>

static const char *text(int n, char **v, const char *name, const char *otherwise) {
    size_t length = strlen(name);
    for (int i = 1; i < n; i++)
        if (!strncmp(v[i], name, length) && v[i][length] == '=') return v[i] + length + 1;
    return otherwise;
}

static void fail(const char *what) { fprintf(stderr, "%s failed: %s.\n", what, strerror(errno)); exit(3); }
static int64_t now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000LL + t.tv_nsec; }
static int order(const void *a, const void *b) { int64_t x = *(int64_t *)a, y = *(int64_t *)b; return (x > y) - (x < y); }

static char *base;
static long stride;
/* The line of a stretch that holds its pointer is drawn by the stretch's number, so that all sets of a cache are used. */
static void **at(uint64_t i) { return (void **)(base + i * stride + ((i * 0x9E3779B97F4A7C15ull >> 32) & (stride / 64 - 1)) * 64); }

static void **follow(void **p, long loads) {
    for (long i = 0; i < loads; i += 8) {
        p = *p; p = *p; p = *p; p = *p; p = *p; p = *p; p = *p; p = *p;
        __asm__ volatile("" : "+r"(p));
    }
    return p;
}

int main(int n, char **v) {
    long size = atol(text(n, v, "sizeBytes", "268435456")), batch = atol(text(n, v, "batch", "4096"));
    const char *pages = text(n, v, "pages", "4k"), *cpu = text(n, v, "cpu", "any"), *node = text(n, v, "node", "any");
    stride = atol(text(n, v, "line", "64"));
    if (strcmp(cpu, "any")) {
        cpu_set_t set; CPU_ZERO(&set); CPU_SET(atoi(cpu), &set);
        if (sched_setaffinity(0, sizeof set, &set)) fail("sched_setaffinity");
    }
    long unit = 2 << 20;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | (*pages == '2' ? MAP_HUGETLB | 21 << 26 : *pages == '1' ? MAP_HUGETLB | 30 << 26 : 0);
    base = mmap(0, size + (flags & MAP_HUGETLB ? 0 : unit), PROT_READ | PROT_WRITE, flags, -1, 0);
    if (base == MAP_FAILED) fail("mmap");
    if (!(flags & MAP_HUGETLB)) {
        base = (char *)(((uintptr_t)base + unit - 1) / unit * unit);
        madvise(base, size, *pages == 't' ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    }
    unsigned long mask = strcmp(node, "any") ? 1ul << atoi(node) : 0;
    if (mask && syscall(SYS_mbind, base, size, 2 /* MPOL_BIND */, &mask, 64ul, 0)) fail("mbind");

    uint64_t count = size / stride, state = ((uint64_t)atoll(text(n, v, "seed", "1")) << 1) + 0x9E3779B97F4A7C15ull;
    for (uint64_t i = 0; i < count; i++) *at(i) = (void *)i;
    for (uint64_t i = count - 1; i > 0; i--) {      /* Sattolo's shuffle leaves one cycle. */
        state ^= state >> 12; state ^= state << 25; state ^= state >> 27;
        uint64_t j = (uint64_t)((unsigned __int128)(state * 0x2545F4914F6CDD1Dull) * i >> 64);
        void *kept = *at(i); *at(i) = *at(j); *at(j) = kept;
    }
    for (uint64_t i = 0; i < count; i++) *at(i) = at((uint64_t)*at(i));

    long most = 1 << 22, samples = 0;
    int64_t *times = malloc(most * sizeof *times);
    if (!times) fail("malloc");
    memset(times, 0, most * sizeof *times);
    void **p = at(0);
    for (int stage = 0; stage < 2; stage++) {
        int64_t end = now() + atoll(stage ? text(n, v, "measureMs", "500") : text(n, v, "warmUpMs", "150")) * 1000000;
        for (samples = 0; samples < most && now() < end; samples++) {
            int64_t start = now();
            p = follow(p, batch);
            times[samples] = now() - start;
        }
    }
    if (!samples || !p) { fprintf(stderr, "nothing was measured.\n"); return 3; }
    qsort(times, samples, sizeof *times, order);
    double p50 = (double)times[(samples - 1) / 2] / batch, p99 = (double)times[(samples - 1) * 99 / 100] / batch;
    printf("{\"value\":%.4f,\"p50\":%.4f,\"p99\":%.4f,\"samples\":%ld}\n", p50, p50, p99, samples);
    return 0;
}
