/*
 * Mirrors the workload net.udp.rtt: one datagram to 'ptdiag bench serve' and its answer back, one at a time, from the call that
 * sends to the return of the call that receives. What is lost is left out of the samples and told on stderr.
 *   cc -O2 -o udp_rtt udp_rtt.c
 *   ./udp_rtt peer=192.0.2.1:7411 [bytes=64] [wait=block|spin] [timeoutMs=200] [cpu=N|any] [warmUpMs=150] [measureMs=500]
 * Prints {"value":median,"p50":median,"p99":…,"samples":N} in nanoseconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
static uint64_t sequence, lost;

static long stage(int s, char *request, char *answer, long bytes, int flags, int64_t timeout, int64_t duration)
{
	int64_t end = now() + duration;
	long count = 0;
	int silent = 0;
	while (now() < end && count < MOST) {
		memcpy(request, "ptdiag\0\1", 8);
		sequence++;
		memcpy(request + 8, &sequence, 8);
		int64_t start = now(), stop;
		if (send(s, request, bytes, 0) < 0)
			fail("send");
		for (;;) {
			ssize_t got = recv(s, answer, bytes, flags);
			stop = now();
			if (got < 0 && errno != EAGAIN && errno != EINTR)
				fail("recv");
			if (got >= 16 && !memcmp(answer, "ptdiag\0\2", 8) && !memcmp(answer + 8, &sequence, 8)) {
				samples[count++] = stop - start;
				silent = 0;
				break;
			}
			if (stop - start >= timeout) {
				lost++;
				if (++silent == 10) { fprintf(stderr, "the peer left 10 datagrams in a row unanswered.\n"); exit(3); }
				break;
			}
		}
	}
	return count;
}

int main(int n, char **v)
{
	const char *peer = word(n, v, "peer", ""), *cpu = word(n, v, "cpu", "any");
	long bytes = atol(word(n, v, "bytes", "64"));
	int64_t timeout = atol(word(n, v, "timeoutMs", "200")) * 1000000LL;
	int flags = strcmp(word(n, v, "wait", "block"), "spin") ? 0 : MSG_DONTWAIT;
	int64_t warm = atol(word(n, v, "warmUpMs", "150")) * 1000000LL, measure = atol(word(n, v, "measureMs", "500")) * 1000000LL;
	char host[64];
	int port;
	struct sockaddr_in to = { .sin_family = AF_INET };
	if (sscanf(peer, "%63[^:]:%d", host, &port) != 2 || inet_pton(AF_INET, host, &to.sin_addr) != 1 || bytes < 16 || bytes > 65507) {
		fprintf(stderr, "peer must be an IPv4 address and port, and bytes from 16 to 65507.\n");
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
	int s = socket(AF_INET, SOCK_DGRAM, 0);
	struct timeval wait = { timeout / 1000000000, timeout / 1000 % 1000000 };
	if (s < 0 || setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) || connect(s, (struct sockaddr *)&to, sizeof to))
		fail("connect");
	char *request = calloc(1, bytes), *answer = calloc(1, bytes);
	samples = calloc(MOST, sizeof *samples);
	if (!request || !answer || !samples)
		fail("calloc");
	stage(s, request, answer, bytes, flags, timeout, warm);
	lost = 0;
	long count = stage(s, request, answer, bytes, flags, timeout, measure);
	if (lost)
		fprintf(stderr, "%llu datagrams were lost.\n", (unsigned long long)lost);
	if (!count) { fprintf(stderr, "no datagram was answered.\n"); return 3; }
	qsort(samples, count, sizeof *samples, ascending);
	printf("{\"value\":%lld,\"p50\":%lld,\"p99\":%lld,\"samples\":%ld}\n", (long long)samples[count / 2], (long long)samples[count / 2],
		(long long)samples[count * 99 / 100], count);
	return 0;
}
