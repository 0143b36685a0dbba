/* Memory bandwidth of the triad a[i] = b[i] + s * c[i] with stores that pass the caches by (_mm_stream_pd and its wider
   kin). Mirrors the workload memory.stream: one thread for each CPU, each over its own part of the arrays, which it
   touched first; a pass ends when the last thread has ended. Bytes are counted as STREAM does: 24 an element, no line
   read for a store.

     cc -O2 -pthread -o triad triad.c
     ./triad cpus=0-1 sizeBytes=134217728 pages=4k node=any vectorBits=128 warmUpMs=150 measureMs=500

   sizeBytes is the size of one array. Prints {"value":V,"p50":V,"p99":V,"samples":N}: bytes a second; p50 and p99 are
   nanoseconds of a pass. */
#define _GNU_SOURCE
#include <errno.h>
#include <immintrin.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const char *text(int n, char **v, const char *name, const char *otherwise) {
    size_t length = strlen(name);
    for (int i = 1; i < n; i++)
        if (!strncmp(v[i], name, length) && v[i][length] == '=') return v[i] + length + 1;
    return otherwise;
}

static void fail(const char *what) { fprintf(stderr, "%s failed: %s.\n", what, strerror(errno)); exit(3); }
static int64_t now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000LL + t.tv_nsec; }
static int order(const void *a, const void *b) { int64_t x = *(int64_t *)a, y = *(int64_t *)b; return (x > y) - (x < y); }

static int cpus[1024], threads, bits;
static long part;                       /* elements of one thread */
static const char *pages, *node;
static atomic_int generation, pending, ready;

static double *memory(void) {
    long unit = 2 << 20, bytes = part * 8;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | (*pages == '2' ? MAP_HUGETLB | 21 << 26 : *pages == '1' ? MAP_HUGETLB | 30 << 26 : 0);
    char *at = mmap(0, bytes + (flags & MAP_HUGETLB ? 0 : unit), PROT_READ | PROT_WRITE, flags, -1, 0);
    if (at == MAP_FAILED) fail("mmap");
    if (!(flags & MAP_HUGETLB)) {
        at = (char *)(((uintptr_t)at + unit - 1) / unit * unit);
        madvise(at, bytes, *pages == 't' ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    }
    unsigned long mask = strcmp(node, "any") ? 1ul << atoi(node) : 0;
    if (mask && syscall(SYS_mbind, at, bytes, 2 /* MPOL_BIND */, &mask, 64ul, 0)) fail("mbind");
    return (double *)at;
}

static void triad128(double *a, const double *b, const double *c) {
    __m128d s = _mm_set1_pd(3.0);
    for (long i = 0; i < part; i += 8)
        for (int j = 0; j < 8; j += 2)
            _mm_stream_pd(a + i + j, _mm_add_pd(_mm_load_pd(b + i + j), _mm_mul_pd(s, _mm_load_pd(c + i + j))));
    _mm_sfence();
}

__attribute__((target("avx"))) static void triad256(double *a, const double *b, const double *c) {
    __m256d s = _mm256_set1_pd(3.0);
    for (long i = 0; i < part; i += 8) {
        _mm256_stream_pd(a + i, _mm256_add_pd(_mm256_load_pd(b + i), _mm256_mul_pd(s, _mm256_load_pd(c + i))));
        _mm256_stream_pd(a + i + 4, _mm256_add_pd(_mm256_load_pd(b + i + 4), _mm256_mul_pd(s, _mm256_load_pd(c + i + 4))));
    }
    _mm_sfence();
}

__attribute__((target("avx512f"))) static void triad512(double *a, const double *b, const double *c) {
    __m512d s = _mm512_set1_pd(3.0);
    for (long i = 0; i < part; i += 8)
        _mm512_stream_pd(a + i, _mm512_add_pd(_mm512_load_pd(b + i), _mm512_mul_pd(s, _mm512_load_pd(c + i))));
    _mm_sfence();
}

static void pin(int cpu) {
    cpu_set_t set; CPU_ZERO(&set); CPU_SET(cpu, &set);
    if (cpu >= 0 && sched_setaffinity(0, sizeof set, &set)) fail("sched_setaffinity");
}

static double *arrays[1024][3];
static void prepare(int k) {
    pin(cpus[k]);
    for (int j = 0; j < 3; j++) arrays[k][j] = memory();
    for (long i = 0; i < part; i++) { arrays[k][0][i] = -1; arrays[k][1][i] = i % 1024; arrays[k][2][i] = i % 511; }
    atomic_fetch_add(&ready, 1);
}
static void pass(int k) { (bits == 512 ? triad512 : bits == 256 ? triad256 : triad128)(arrays[k][0], arrays[k][1], arrays[k][2]); }

static void *worker(void *number) {
    int k = (int)(intptr_t)number;
    prepare(k);
    for (int seen = 0;; seen++) {
        while (atomic_load_explicit(&generation, memory_order_acquire) == seen) _mm_pause();
        pass(k);
        atomic_fetch_sub(&pending, 1);
    }
    return 0;
}

int main(int n, char **v) {
    const char *list = text(n, v, "cpus", "any");
    while (strcmp(list, "any") && *list) {
        char *end; int first = strtol(list, &end, 10), last = *end == '-' ? (int)strtol(end + 1, &end, 10) : first;
        while (first <= last && threads < 1024) cpus[threads++] = first++;
        list = *end == ',' ? end + 1 : "";
    }
    if (!threads) cpus[threads++] = -1;
    pages = text(n, v, "pages", "4k");
    node = text(n, v, "node", "any");
    bits = atoi(text(n, v, "vectorBits", "128"));
    part = atol(text(n, v, "sizeBytes", "134217728")) / 8 / threads;
    for (int k = 1; k < threads; k++) {
        pthread_t thread;
        if (pthread_create(&thread, 0, worker, (void *)(intptr_t)k)) fail("pthread_create");
    }
    prepare(0);
    while (atomic_load(&ready) < threads) sched_yield();

    long most = 1 << 20, samples = 0;
    int64_t *times = calloc(most, sizeof *times), start = 0, stop = 0;
    if (!times) fail("calloc");
    for (int stage = 0; stage < 2; stage++) {
        start = now();
        int64_t end = start + atoll(stage ? text(n, v, "measureMs", "500") : text(n, v, "warmUpMs", "150")) * 1000000;
        for (samples = 0; samples < most && now() < end; samples++) {
            int64_t begun = now();
            atomic_store(&pending, threads - 1);
            atomic_fetch_add_explicit(&generation, 1, memory_order_release);
            pass(0);
            while (atomic_load_explicit(&pending, memory_order_acquire)) _mm_pause();
            times[samples] = now() - begun;
        }
        stop = now();
    }
    for (int k = 0; k < threads; k++)
        for (long i = 0; i < part; i++)
            if (arrays[k][0][i] != i % 1024 + 3.0 * (i % 511)) { fprintf(stderr, "the result is wrong at element %ld.\n", i); return 3; }
    if (!samples) { fprintf(stderr, "nothing was measured.\n"); return 3; }
    double value = 24.0 * part * threads * samples / ((stop - start) / 1e9);
    qsort(times, samples, sizeof *times, order);
    printf("{\"value\":%.0f,\"p50\":%ld,\"p99\":%ld,\"samples\":%ld}\n", value, (long)times[(samples - 1) / 2], (long)times[(samples - 1) * 99 / 100], samples);
    return 0;
}
