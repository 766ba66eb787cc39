#include "tests/bench/machine.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define WATCH_PAUSE_NS 5000000
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

/* A file that nobody else sees; < 0: cannot be made. */
static int open_probe(const char *folder)
{
    char path[PATH_MAX];
    if (folder == NULL || snprintf(path, sizeof(path), "%s/sync-probe", folder) >= (int)sizeof(path)) {
        return -1;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0) {
        (void)unlink(path);
    }
    return fd;
}

static bool append_and_sync(int fd, struct samples *out)
{
    static const uint8_t block[PROBE_SIZE] = {0x5A};
    int64_t begin = machine_now_ns();
    bool works = write(fd, block, sizeof(block)) == PROBE_SIZE && fdatasync(fd) == 0;
    samples_add(out, machine_now_ns() - begin);
    return works;
}

bool machine_sync_probe(const char *folder, int64_t duration_ns, struct samples *out)
{
    int fd = open_probe(folder);
    int64_t begin = machine_now_ns();
    bool works = fd >= 0;
    while (works && machine_now_ns() - begin < duration_ns) {
        works = append_and_sync(fd, out);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return works;
}

static void *watch_syncs(void *context)
{
    struct sync_watch *watch = context;
    const struct timespec pause = {.tv_nsec = WATCH_PAUSE_NS};
    while (!atomic_load(&watch->ends) && append_and_sync(watch->fd, &watch->samples)) {
        (void)nanosleep(&pause, NULL);
    }
    return NULL;
}

void machine_sync_watch_start(struct sync_watch *watch, const char *folder)
{
    *watch = (struct sync_watch){.fd = open_probe(folder)};
    if (watch->fd >= 0 && pthread_create(&watch->thread, NULL, watch_syncs, watch) != 0) {
        (void)close(watch->fd);
        watch->fd = -1;
    }
}

void machine_sync_watch_stop(struct sync_watch *watch)
{
    if (watch->fd >= 0) {
        atomic_store(&watch->ends, true);
        (void)pthread_join(watch->thread, NULL);
        (void)close(watch->fd);
        watch->fd = -1;
    }
}

void machine_lift_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}
