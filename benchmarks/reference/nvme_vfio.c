/* Reads an NVMe namespace through VFIO, polled: the C side of the workload dma.nvme.vfio (wait=poll, backend=type1), written against
 * linux/vfio.h and the NVM Express Base Specification alone. The function has to be on vfio-pci. Read is the only I/O command here.
 * nvme_vfio device=0000:01:00.0 blockSize=4096 depth=16 batch=1 pattern=random seed=1 pages=4k cpu=any warmUpMs=150 measureMs=500 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/vfio.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <errno.h>

#define MAX_SAMPLES (1u << 24)
#define IOVA (1ull << 32)
#define CONTROL (2u << 20)

static volatile uint8_t *bar;
static uint8_t *control, *data;      /* queues and lists; buffers */
static uint64_t data_iova;
static uint32_t stride, entries[2], tail[2], head[2], phase[2] = {1, 1}, *samples;
static const uint32_t sq_at[2] = {0, 0x100000}, cq_at[2] = {0x1000, 0x180000};   /* in control; page 3 takes Identify's answers */

static void die(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    exit(3);
}

static const char *word(int argc, char **argv, const char *name, const char *otherwise)
{
    size_t n = strlen(name);
    for (int i = 1; i < argc; i++)
        if (!strncmp(argv[i], name, n) && argv[i][n] == '=')
            return argv[i] + n + 1;
    return otherwise;
}

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static uint32_t get(uint32_t at) { return *(volatile uint32_t *)(bar + at); }
static void set(uint32_t at, uint32_t value) { __atomic_store_n((volatile uint32_t *)(bar + at), value, __ATOMIC_RELEASE); }

static void await_status(uint32_t mask, uint32_t wanted)
{
    for (int i = 0; (get(0x1c) & mask) != wanted; i++) {
        if (i > 10000 || get(0x1c) == ~0u)
            die("the controller did not reach the wanted state (CSTS 0x%x).", get(0x1c));
        usleep(1000);
    }
}

static void put(int q, const uint32_t *command)
{
    memcpy(control + sq_at[q] + 64 * tail[q], command, 64);
    tail[q] = (tail[q] + 1) % entries[q];
}

static void ring(int q) { set(0x1000 + 2 * q * stride, tail[q]); }
static void acknowledge(int q) { set(0x1000 + (2 * q + 1) * stride, head[q]); }

static int reap(int q, uint32_t *id)
{
    uint32_t *entry = (uint32_t *)(control + cq_at[q] + 16 * head[q]);
    uint32_t last = __atomic_load_n(&entry[3], __ATOMIC_ACQUIRE);
    if (((last >> 16) & 1) != phase[q])
        return 0;
    if (last >> 17)
        die("a command was answered with status 0x%x.", last >> 17);
    *id = last & 0xffff;
    if (++head[q] == entries[q]) {
        head[q] = 0;
        phase[q] ^= 1;
    }
    return 1;
}

static void await_completion(int q)
{
    volatile uint32_t *last = (uint32_t *)(control + cq_at[q] + 16 * head[q] + 12);
    for (uint64_t i = 0; ((*last >> 16) & 1) != phase[q]; i++)
        if ((i & 0xffffff) == 0xffffff && (get(0x1c) == ~0u || (get(0x1c) & 2)))
            die("the controller is gone or has given up.");
}

static void admin(uint32_t opcode, uint32_t nsid, uint64_t prp, uint32_t d10, uint32_t d11)
{
    uint32_t id, command[16] = {opcode, nsid, 0, 0, 0, 0, (uint32_t)prp, (uint32_t)(prp >> 32), 0, 0, d10, d11};
    put(0, command);
    ring(0);
    await_completion(0);
    reap(0, &id);
    acknowledge(0);
}

static void map(int container, void *address, uint64_t iova, uint64_t bytes)
{
    struct vfio_iommu_type1_dma_map m = {sizeof m, VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE, (uintptr_t)address, iova, bytes};
    if (ioctl(container, VFIO_IOMMU_MAP_DMA, &m))
        die("VFIO_IOMMU_MAP_DMA failed: %s.", strerror(errno));
}

static int by_value(const void *a, const void *b) { return (*(uint32_t *)a > *(uint32_t *)b) - (*(uint32_t *)a < *(uint32_t *)b); }

/* One stage: the same loop as the workload's. Returns operations, and samples in *count. */
static uint64_t stage(int64_t ms, uint32_t nsid, uint64_t places, uint32_t blocks, uint32_t block_bytes, uint32_t depth, uint32_t batch, int random,
                      uint64_t *state, uint64_t *next, double *seconds, uint32_t *count)
{
    static int64_t start[1024];
    static uint32_t queued[1024];
    uint32_t in_flight = 0, waiting = 0, taken = 0, slot_bytes = (block_bytes + 4095) / 4096 * 4096, free_slots = depth, slot = 0;
    uint64_t operations = 0;
    int64_t begin = now(), end = begin + ms * 1000000, ended = 0;
    *count = 0;
    do {
        int fresh = free_slots > 0;
        if (!fresh)
            await_completion(1);
        while (fresh ? free_slots > 0 : reap(1, &slot)) {
            if (fresh) {
                slot = depth - free_slots--;
            } else {
                int64_t seen = now();
                in_flight--;
                taken++;
                if (ended || now() >= end) {
                    ended = ended ? ended : now();
                    continue;
                }
                if (*count < MAX_SAMPLES)
                    samples[(*count)++] = (uint32_t)(seen - start[slot]);
                operations++;
            }
            uint64_t place;
            if (random) {
                *state ^= *state >> 12;
                *state ^= *state << 25;
                *state ^= *state >> 27;
                place = (uint64_t)(((unsigned __int128)(*state * 0x2545F4914F6CDD1Dull) * places) >> 64);
            } else {
                place = *next;
                *next = *next + 1 == places ? 0 : *next + 1;
            }
            uint64_t prp1 = data_iova + (uint64_t)slot * slot_bytes, lba = place * blocks, pages = slot_bytes / 4096;
            uint64_t prp2 = pages == 1 ? 0 : pages == 2 ? prp1 + 4096 : IOVA + CONTROL + (uint64_t)slot * 4096;
            uint32_t command[16] = {2 | slot << 16, nsid, 0, 0, 0, 0, (uint32_t)prp1, (uint32_t)(prp1 >> 32), (uint32_t)prp2, (uint32_t)(prp2 >> 32),
                                    (uint32_t)lba, (uint32_t)(lba >> 32), blocks - 1};
            put(1, command);
            queued[waiting++] = slot;
            if (waiting == batch) {
                int64_t announced = now();
                for (uint32_t i = 0; i < waiting; i++)
                    start[queued[i]] = announced;
                ring(1);
                in_flight += waiting;
                waiting = 0;
            }
        }
        if (taken >= batch) {
            acknowledge(1);
            taken = 0;
        }
    } while (in_flight > 0);
    tail[1] = (tail[1] + entries[1] - waiting) % entries[1];   /* never announced */
    acknowledge(1);
    *seconds = ((ended ? ended : now()) - begin) / 1e9;
    return operations;
}

int main(int argc, char **argv)
{
    const char *device = word(argc, argv, "device", ""), *cpu = word(argc, argv, "cpu", "any"), *pages = word(argc, argv, "pages", "4k");
    uint32_t block_bytes = atoi(word(argc, argv, "blockSize", "4096")), depth = atoi(word(argc, argv, "depth", "16")), batch = atoi(word(argc, argv, "batch", "1"));
    int huge = !strcmp(pages, "2m"), random = !strcmp(word(argc, argv, "pattern", "random"), "random");
    uint64_t state = ((uint64_t)atoll(word(argc, argv, "seed", "1")) << 1) + 0x9E3779B97F4A7C15ull, next = 0;
    const char *backend = word(argc, argv, "backend", "auto");
    if (strcmp(word(argc, argv, "wait", "poll"), "poll") || (strcmp(backend, "auto") && strcmp(backend, "type1")) || (!huge && strcmp(pages, "4k")))
        die("this program has wait=poll, backend=type1 and pages=4k or 2m only.");
    if (!depth || depth > 1024 || !batch || batch > depth || !block_bytes || block_bytes % 512 || block_bytes > 2097152)
        die("depth is 1 to 1024, batch 1 to depth, blockSize a multiple of 512 up to 2097152.");
    if (strcmp(cpu, "any")) {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(atoi(cpu), &one);
        if (sched_setaffinity(0, sizeof one, &one))
            die("CPU %s cannot be used: %s.", cpu, strerror(errno));
    }

    char path[256], link[256] = "";
    snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/iommu_group", device);
    if (readlink(path, link, sizeof link - 1) < 0)
        die("device=\"%s\" has no IOMMU group.", device);
    snprintf(path, sizeof path, "/dev/vfio/%s", strrchr(link, '/') + 1);
    int container = open("/dev/vfio/vfio", O_RDWR), group = open(path, O_RDWR), d;
    if (container < 0 || group < 0 || ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) || ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
        die("the group's container could not be made through %s: %s.", path, strerror(errno));
    if ((d = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, device)) < 0)
        die("VFIO_GROUP_GET_DEVICE_FD failed: %s.", strerror(errno));
    struct vfio_region_info region = {.argsz = sizeof region, .index = VFIO_PCI_BAR0_REGION_INDEX}, config = {.argsz = sizeof config, .index = VFIO_PCI_CONFIG_REGION_INDEX};
    if (ioctl(d, VFIO_DEVICE_GET_REGION_INFO, &region) || ioctl(d, VFIO_DEVICE_GET_REGION_INFO, &config))
        die("VFIO_DEVICE_GET_REGION_INFO failed: %s.", strerror(errno));
    bar = mmap(NULL, region.size, PROT_READ | PROT_WRITE, MAP_SHARED, d, region.offset);
    uint16_t command_register = 0;
    if (bar == MAP_FAILED || pread(d, &command_register, 2, config.offset + 4) != 2 || (command_register |= 6, pwrite(d, &command_register, 2, config.offset + 4) != 2))
        die("BAR 0 or PCI_COMMAND cannot be accessed: %s.", strerror(errno));

    uint32_t slot_bytes = (block_bytes + 4095) / 4096 * 4096;
    uint64_t lists = (uint64_t)depth * 4096, data_bytes = ((uint64_t)slot_bytes * depth + 0x1fffff) & ~0x1fffffull;
    control = mmap(NULL, CONTROL + lists, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    data = mmap(NULL, data_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | (huge ? MAP_HUGETLB | 21 << 26 : 0), -1, 0);
    samples = mmap(NULL, MAX_SAMPLES * sizeof *samples, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (control == MAP_FAILED || data == MAP_FAILED || samples == MAP_FAILED)
        die("memory: %s.", strerror(errno));
    data_iova = IOVA + (64ull << 20);
    map(container, control, IOVA, CONTROL + lists);
    map(container, data, data_iova, data_bytes);

    stride = 4 << (get(4) & 15);
    entries[0] = 32;
    entries[1] = depth + batch + 1;
    if (entries[1] > (get(0) & 0xffff) + 1)
        die("the controller's queues are too short for depth and batch.");
    set(0x14, 0);
    await_status(1, 0);
    set(0x24, 31 << 16 | 31);
    set(0x28, (uint32_t)(IOVA + sq_at[0]));
    set(0x2c, (IOVA + sq_at[0]) >> 32);
    set(0x30, (uint32_t)(IOVA + cq_at[0]));
    set(0x34, (IOVA + cq_at[0]) >> 32);
    set(0x14, 4 << 20 | 6 << 16 | 1);
    await_status(1, 1);
    uint8_t *page = control + 0x3000;
    admin(6, 0, IOVA + 0x3000, 2, 0);                         /* active namespaces */
    uint32_t nsid = *(uint32_t *)page;
    admin(6, nsid, IOVA + 0x3000, 0, 0);
    uint32_t shift = (*(uint32_t *)(page + 128 + 4 * (page[26] & 15)) >> 16) & 255, blocks = block_bytes >> shift;
    uint64_t places = blocks ? *(uint64_t *)page / blocks : 0;
    if (!places || block_bytes % (1u << shift))
        die("blockSize does not fit the namespace's blocks of %u bytes.", 1u << shift);
    admin(9, 0, 0, 7, 0);
    admin(5, 0, IOVA + cq_at[1], (entries[1] - 1) << 16 | 1, 1);
    admin(1, 0, IOVA + sq_at[1], (entries[1] - 1) << 16 | 1, 1 << 16 | 1);
    for (uint32_t i = 0; i < depth; i++)
        for (uint32_t p = 1; p < slot_bytes / 4096; p++)
            ((uint64_t *)(control + CONTROL + i * 4096ull))[p - 1] = data_iova + (uint64_t)i * slot_bytes + p * 4096ull;

    double seconds;
    uint32_t count;
    stage(atoll(word(argc, argv, "warmUpMs", "150")), nsid, places, blocks, block_bytes, depth, batch, random, &state, &next, &seconds, &count);
    uint64_t operations = stage(atoll(word(argc, argv, "measureMs", "500")), nsid, places, blocks, block_bytes, depth, batch, random, &state, &next, &seconds, &count);

    admin(0, 0, 0, 1, 0);
    admin(4, 0, 0, 1, 0);
    set(0x14, (get(0x14) & ~(3u << 14)) | 1 << 14);
    await_status(12, 8);
    set(0x14, get(0x14) & ~1u);
    await_status(1, 0);
    qsort(samples, count, sizeof *samples, by_value);
    if (!count)
        die("no read completed in the measured stage.");
    printf("{\"value\":%.3f,\"p50\":%u,\"p99\":%u,\"samples\":%u}\n", operations / seconds, samples[count / 2], samples[(uint64_t)count * 99 / 100], count);
    return 0;
}
