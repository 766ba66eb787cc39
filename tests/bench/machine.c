#include "tests/bench/machine.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define PROBE_SIZE 4096

int64_t machine_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

uint64_t machine_wall_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static double read_clock(clockid_t clock)
{
    struct timespec used;
    return clock_gettime(clock, &used) == 0 ? (double)used.tv_sec + (double)used.tv_nsec / 1e9 : 0;
}

double machine_cpu_s(pid_t pid)
{
    clockid_t clock;
    return pid != 0 && clock_getcpuclockid(pid, &clock) == 0 ? read_clock(clock) : 0;
}

double machine_own_cpu_s(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

long machine_rss_kib(pid_t pid)
{
    char path[64];
    char line[256];
    long kib = 0;
    (void)snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
    FILE *file = pid == 0 ? NULL : fopen(path, "re");
    if (file == NULL) {
        return 0;
    }
    while (fgets(line, sizeof(line), file) != NULL && sscanf(line, "VmRSS: %ld", &kib) != 1) {
    }
    (void)fclose(file);
    return kib;
}

bool machine_sync_probe(const char *folder, int64_t duration_ns, struct samples *out)
{
    static const uint8_t block[PROBE_SIZE] = {0x5A};
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/sync-probe", folder) >= (int)sizeof(path)) {
        return false;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    (void)unlink(path);
    int64_t begin = machine_now_ns();
    int64_t last = begin;
    bool works = true;
    while (works && last - begin < duration_ns) {
        works = write(fd, block, sizeof(block)) == PROBE_SIZE && fdatasync(fd) == 0;
        int64_t now = machine_now_ns();
        samples_add(out, now - last);
        last = now;
    }
    (void)close(fd);
    return works;
}

void machine_lift_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}
