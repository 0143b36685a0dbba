/*
 * Mirrors the workload net.tcp.stream: bytes over one TCP connection to 'ptdiag bench serve'; a stage ends when its last byte is
 * acknowledged (SIOCOUTQ says 0), so that what only filled the socket's buffer does not count.
 *   cc -O2 -o tcp_stream tcp_stream.c
 *   ./tcp_stream peer=192.0.2.1:7411 [bytes=131072] [timeoutMs=5000] [cpu=N|any] [warmUpMs=150] [measureMs=500]
 * Prints {"value":bytes per second,"p50":…,"p99":…,"samples":N}: the percentiles are of the sending calls, nanoseconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

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
static long count;

/* One stage; returns bytes per second. */
static double stage(int s, const char *content, long bytes, int64_t timeout, int64_t duration)
{
	int64_t begin = now(), start = begin, sum = 0;
	count = 0;
	while (start < begin + duration && count < MOST) {
		ssize_t sent = send(s, content, bytes, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			fail("send");
		int64_t stop = now();
		samples[count++] = stop - start;
		sum += sent;
		start = stop;
	}
	int left = 1;
	for (int64_t deadline = now() + timeout; left > 0; sched_yield()) {
		if (ioctl(s, SIOCOUTQ, &left))
			fail("ioctl(SIOCOUTQ)");
		if (left > 0 && now() > deadline) { fprintf(stderr, "the peer did not acknowledge the last bytes.\n"); exit(3); }
	}
	return sum / ((now() - begin) / 1e9);
}

int main(int n, char **v)
{
	const char *peer = word(n, v, "peer", ""), *cpu = word(n, v, "cpu", "any");
	long bytes = atol(word(n, v, "bytes", "131072"));
	int64_t timeout = atol(word(n, v, "timeoutMs", "5000")) * 1000000LL;
	int64_t warm = atol(word(n, v, "warmUpMs", "150")) * 1000000LL, measure = atol(word(n, v, "measureMs", "500")) * 1000000LL;
	char host[64];
	int port;
	struct sockaddr_in to = { .sin_family = AF_INET };
	if (sscanf(peer, "%63[^:]:%d", host, &port) != 2 || inet_pton(AF_INET, host, &to.sin_addr) != 1 || bytes < 1 || bytes > 16 << 20) {
		fprintf(stderr, "peer must be an IPv4 address and port, and bytes from 1 to 16777216.\n");
		return 3;
	}
	to.sin_port = htons(port);
	if (strcmp(cpu, "any")) {
		cpu_set_t set;
		CPU_ZERO(&set);
		CPU_SET(atoi(cpu), &set);
		if (sched_setaffinity(0, sizeof set, &set))
			fail("sched_setaffinity");
	}
	int s = socket(AF_INET, SOCK_STREAM, 0);
	struct timeval wait = { timeout / 1000000000, timeout / 1000 % 1000000 };
	if (s < 0 || setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) || connect(s, (struct sockaddr *)&to, sizeof to))
		fail("connect");
	char *content = calloc(1, bytes);
	samples = calloc(MOST, sizeof *samples);
	if (!content || !samples)
		fail("calloc");
	stage(s, content, bytes, timeout, warm);
	double value = stage(s, content, bytes, timeout, measure);
	if (!count) { fprintf(stderr, "nothing was sent.\n"); return 3; }
	qsort(samples, count, sizeof *samples, ascending);
	printf("{\"value\":%.0f,\"p50\":%lld,\"p99\":%lld,\"samples\":%ld}\n", value, (long long)samples[count / 2],
		(long long)samples[count * 99 / 100], count);
	return 0;
}
