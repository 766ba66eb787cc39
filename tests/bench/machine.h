/*
 * machine.h - what the machine itself says: clocks, a process's use of it, and how long its disk takes.
 */
#ifndef OIM_TESTS_BENCH_MACHINE_H
#define OIM_TESTS_BENCH_MACHINE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/bench/samples.h"

int64_t machine_now_ns(void); /* monotonic */
uint64_t machine_wall_ms(void);
/** CPU seconds a process has used, all its threads; 0 when pid is 0 or gone. */
double machine_cpu_s(pid_t pid);
double machine_own_cpu_s(void);
/** Resident memory of a process in KiB; 0 when pid is 0 or gone. */
long machine_rss_kib(pid_t pid);
/** Append 4 KiB and fdatasync, again and again in a file of its own in folder; false when that cannot be
 * done. */
bool machine_sync_probe(const char *folder, int64_t duration_ns, struct samples *out);
/* The same beside a run instead of before it, 200 times a second, on a thread of its own (BLUEPRINT B40). */
struct sync_watch {
    pthread_t thread;
    int fd; /* < 0: not running */
    atomic_bool ends;
    struct samples samples;
};
/** folder NULL: nothing is watched. */
void machine_sync_watch_start(struct sync_watch *watch, const char *folder);
void machine_sync_watch_stop(struct sync_watch *watch); /* samples are the caller's then */
/** As many descriptors as we are allowed. */
void machine_lift_descriptors(void);

#endif
