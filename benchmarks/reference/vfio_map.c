/* Times VFIO_IOMMU_MAP_DMA or UNMAP_DMA over prefaulted memory: the C side of the workload vfio.dma.map (backend=type1). The function
 * named has to be on vfio-pci; the device itself is not opened.
 * vfio_map device=0000:01:00.0 pages=4k|thp|2m|1g iommuPages=auto|4k sizeBytes=67108864 operation=map|unmap warmUpMs=150 measureMs=500 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MAX_SAMPLES (1u << 22)
static int64_t *samples;

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

static int by_value(const void *a, const void *b) { return (*(int64_t *)a > *(int64_t *)b) - (*(int64_t *)a < *(int64_t *)b); }

/* One stage: map, unmap, and so on; the time of one of the two is kept. */
static uint32_t stage(int container, uint8_t *memory, uint64_t iova, uint64_t bytes, int times_map, int64_t ms)
{
    uint32_t count = 0;
    for (int64_t end = now() + ms * 1000000; now() < end && count < MAX_SAMPLES; count++) {
        struct vfio_iommu_type1_dma_map map = {sizeof map, VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE, (uintptr_t)memory, iova, bytes};
        int64_t start = now();
        int failed = ioctl(container, VFIO_IOMMU_MAP_DMA, &map);
        int64_t mapped = now();
        if (failed)
            die("VFIO_IOMMU_MAP_DMA failed: %s.", strerror(errno));
        struct vfio_iommu_type1_dma_unmap unmap = {sizeof unmap, 0, iova, bytes};
        int64_t unmap_start = now();
        failed = ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap);
        int64_t unmapped = now();
        if (failed || unmap.size != bytes)
            die("VFIO_IOMMU_UNMAP_DMA unmapped %llu of %llu bytes: %s.", (unsigned long long)unmap.size, (unsigned long long)bytes, strerror(errno));
        samples[count] = times_map ? mapped - start : unmapped - unmap_start;
    }
    return count;
}

int main(int argc, char **argv)
{
    const char *device = word(argc, argv, "device", ""), *pages = word(argc, argv, "pages", "4k"), *backend = word(argc, argv, "backend", "auto");
    int small = !strcmp(word(argc, argv, "iommuPages", "auto"), "4k"), times_map = !strcmp(word(argc, argv, "operation", "map"), "map");
    uint64_t bytes = strtoull(word(argc, argv, "sizeBytes", "67108864"), NULL, 10), unit = !strcmp(pages, "1g") ? 1ull << 30 : 2ull << 20;
    int huge = !strcmp(pages, "2m") ? MAP_HUGETLB | 21 << 26 : !strcmp(pages, "1g") ? MAP_HUGETLB | 30 << 26 : 0;
    if (!bytes || bytes % unit || (strcmp(backend, "auto") && strcmp(backend, "type1")))
        die("sizeBytes is a multiple of 2 MiB (1 GiB with pages=1g), and backend is type1.");

    char path[256], link[256] = "";
    snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/iommu_group", device);
    if (readlink(path, link, sizeof link - 1) < 0)
        die("device=\"%s\" has no IOMMU group.", device);
    snprintf(path, sizeof path, "/dev/vfio/%s", strrchr(link, '/') + 1);

    uint8_t *reserved = mmap(NULL, bytes + unit, huge ? PROT_READ | PROT_WRITE : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    uint8_t *memory = (uint8_t *)(((uintptr_t)reserved + unit - 1) / unit * unit);
    samples = mmap(NULL, MAX_SAMPLES * sizeof *samples, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (reserved == MAP_FAILED || samples == MAP_FAILED
        || mmap(memory, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | huge, -1, 0) == MAP_FAILED)
        die("memory: %s.", strerror(errno));
    if (!huge)
        madvise(memory, bytes, !strcmp(pages, "thp") ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    memset(memory, 1, bytes);

    int container = open("/dev/vfio/vfio", O_RDWR), group = open(path, O_RDWR);
    if (container < 0 || group < 0 || ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) || ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
        die("the group's container could not be made through %s: %s.", path, strerror(errno));
    /* Above the 32-bit hole of message-signalled interrupts; moved by 4 KiB, no larger IOMMU page fits. */
    uint64_t iova = (4ull << 30) + (small ? 4096 : 0);
    stage(container, memory, iova, bytes, times_map, atoll(word(argc, argv, "warmUpMs", "150")));
    uint32_t count = stage(container, memory, iova, bytes, times_map, atoll(word(argc, argv, "measureMs", "500")));
    if (!count)
        die("no mapping was made in the measured stage.");
    qsort(samples, count, sizeof *samples, by_value);
    printf("{\"value\":%lld,\"p50\":%lld,\"p99\":%lld,\"samples\":%u}\n", (long long)samples[count / 2], (long long)samples[count / 2],
           (long long)samples[(uint64_t)count * 99 / 100], count);
    return 0;
}
