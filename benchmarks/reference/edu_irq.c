/*
 * Mirrors the workload irq.edu.msi: from a register write of QEMU's edu device (1234:11e8) to the return of the eventfd read that its
 * MSI wakes, through VFIO (type1, group). The device is on vfio-pci already.
 *   cc -O2 -o edu_irq edu_irq.c
 *   ./edu_irq device=0000:00:05.0 [wait=block|spin] [threadCpu=N|any] [warmUpMs=150] [measureMs=500]
 * Prints {"value":median,"p50":median,"p99":…,"samples":N} in nanoseconds. The interrupt's CPU is left as it is.
 * Sources: include/uapi/linux/vfio.h; QEMU docs/specs/edu.rst (raise 0x60, acknowledge 0x64).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MOST 20000000
static void fail(const char *what) { fprintf(stderr, "%s failed: %s.\n", what, strerror(errno)); exit(3); }
static int64_t now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000LL + t.tv_nsec; }
static int ascending(const void *a, const void *b) { int64_t x = *(const int64_t *)a, y = *(const int64_t *)b; return (x > y) - (x < y); }
static const char *word(int n, char **v, const char *name, const char *otherwise)
{
	size_t length = strlen(name);
	for (int i = 1; i < n; i++)
		if (!strncmp(v[i], name, length) && v[i][length] == '=')
			return v[i] + length + 1;
	return otherwise;
}

static int64_t *samples;

/* Ends the program after a silent device. A thread and no alarm(), as the workload has one and every VMM has many: in a process with
 * threads the kernel counts a reference to the file at each read and ioctl (fs/file.c, fdget), which the figure then holds. */
static void *guard(void *patience)
{
	sleep(*(long *)patience);
	fprintf(stderr, "Nothing was answered.\n");
	_exit(3);
}

/* One stage, like the engine's: until its time is over; returns how many samples it recorded. */
static long stage(volatile uint32_t *bar, int event, int64_t duration)
{
	int64_t end = now() + duration;
	long count = 0;
	while (now() < end && count < MOST) {
		uint64_t answered;
		int64_t start = now();
		bar[0x60 / 4] = 1;
		while (read(event, &answered, 8) != 8)
			if (errno != EAGAIN && errno != EINTR)
				fail("read of the eventfd");
		int64_t stop = now();
		bar[0x64 / 4] = 1;
		if (answered == 1)
			samples[count++] = stop - start;
	}
	return count;
}

int main(int n, char **v)
{
	const char *device = word(n, v, "device", NULL), *cpu = word(n, v, "threadCpu", "any");
	int spins = !strcmp(word(n, v, "wait", "block"), "spin");
	int64_t warm = atoll(word(n, v, "warmUpMs", "150")) * 1000000, measure = atoll(word(n, v, "measureMs", "500")) * 1000000;
	char path[256], target[256] = "";
	if (!device) { fprintf(stderr, "Name the function on vfio-pci: device=0000:00:05.0.\n"); return 3; }
	if (strcmp(cpu, "any")) {
		cpu_set_t set;
		CPU_ZERO(&set);
		CPU_SET(atoi(cpu), &set);
		if (sched_setaffinity(0, sizeof set, &set)) fail("sched_setaffinity");
	}
	samples = malloc(MOST * sizeof *samples);
	int container = open("/dev/vfio/vfio", O_RDWR);
	if (container < 0) fail("open of /dev/vfio/vfio");
	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/iommu_group", device);
	if (readlink(path, target, sizeof target - 1) < 0) fail(path);
	snprintf(path, sizeof path, "/dev/vfio/%s", strrchr(target, '/') + 1);
	int group = open(path, O_RDWR);
	if (group < 0) fail(path);
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container)) fail("VFIO_GROUP_SET_CONTAINER");
	if (ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU)) fail("VFIO_SET_IOMMU");
	int fd = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, device);
	if (fd < 0) fail("VFIO_GROUP_GET_DEVICE_FD");
	struct vfio_region_info region = { .argsz = sizeof region, .index = 0 }, config = { .argsz = sizeof config, .index = VFIO_PCI_CONFIG_REGION_INDEX };
	if (ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &region) || ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &config)) fail("VFIO_DEVICE_GET_REGION_INFO");
	volatile uint32_t *bar = mmap(NULL, region.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, region.offset);
	if (bar == MAP_FAILED) fail("mmap of BAR 0");
	uint16_t command;
	if (pread(fd, &command, 2, config.offset + 4) != 2) fail("read of PCI_COMMAND");
	command |= 6; /* memory and bus master: an MSI is a memory write */
	if (pwrite(fd, &command, 2, config.offset + 4) != 2) fail("write of PCI_COMMAND");
	if ((bar[0] & 0xffff) != 0xed) { fprintf(stderr, "%s is no edu device.\n", device); return 3; }
	int event = eventfd(0, EFD_CLOEXEC | (spins ? EFD_NONBLOCK : 0));
	struct { struct vfio_irq_set set; int32_t fd; } irq = { { sizeof irq, VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, VFIO_PCI_MSI_IRQ_INDEX, 0, 1 }, event };
	if (event < 0 || ioctl(fd, VFIO_DEVICE_SET_IRQS, &irq)) fail("VFIO_DEVICE_SET_IRQS");
	long patience = 10 + (warm + measure) / 1000000000;
	pthread_t watcher;
	if (pthread_create(&watcher, NULL, guard, &patience)) fail("pthread_create");
	stage(bar, event, warm);
	long count = stage(bar, event, measure);
	if (count == 0) { fprintf(stderr, "No interrupt was answered.\n"); return 3; }
	qsort(samples, count, sizeof *samples, ascending);
	printf("{\"value\":%ld,\"p50\":%ld,\"p99\":", (long)samples[count / 2], (long)samples[count / 2]);
	if (count >= 368) printf("%ld", (long)samples[count * 99 / 100]); else printf("null");
	printf(",\"samples\":%ld}\n", count);
	return 0;
}
