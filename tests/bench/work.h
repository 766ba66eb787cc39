/*
 * work.h - the workloads, as PEERS.md defines them: what is sent, what is waited for, when the clock runs.
 *
 * The definitions are the peers' driver's: the same counts, windows and order, the same ends of each clock.
 */
#ifndef OIM_TESTS_BENCH_WORK_H
#define OIM_TESTS_BENCH_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/bench/actor.h"
#include "tests/bench/report.h"
#include "tests/bench/samples.h"
#include "tests/bench/spawn.h"

struct work {
    struct stage stage;
    struct spawn *spawn;      /* NULL: somebody else runs the server */
    pid_t pid;                /* of the server; 0: not known, its CPU and memory are not told */
    const char *probe_folder; /* on the disk whose fdatasync is measured; NULL: none */
    struct report *report;    /* NULL: warming up */
};

/* What became of every message of one store: by its id. */
struct ledger {
    uint32_t count;
    uint8_t *acked;
    uint8_t *seen;
    uint16_t *senders;
};

void ledger_init(struct ledger *ledger, uint32_t count);
void ledger_finish(struct ledger *ledger);

struct store_plan {
    const char *name;
    const char *prefix; /* of the recipients, who are signed out */
    size_t user_count;
    size_t sender_count;
    size_t window;
    uint32_t message_count;
    uint32_t kill_after; /* 0: no; else kill -9 at the so-many-th acknowledgement */
};
void work_store(struct work *work, const struct store_plan *plan, struct ledger *ledger);

struct drain_plan {
    const char *name;
    const char *prefix;
    size_t user_count;
    size_t sign_ins_at_a_time; /* 1: one person after the other */
    bool after_crash;          /* nobody knows how many there should be: stop when it is quiet */
};
void work_drain(struct work *work, const struct drain_plan *plan, struct ledger *ledger);

struct route_plan {
    const char *name;
    const char *prefix;
    size_t pair_count;
    size_t window;
    uint32_t message_count;
    double rate_per_s; /* 0: as the window allows; else paced, and timed from when each was due */
};
void work_route(struct work *work, const struct route_plan *plan);

/** Sessions up to each of the steps; the people are prefix0 and on. */
void work_idle(struct work *work, const char *name, const char *prefix, const size_t *steps,
               size_t step_count);

/** W5: store, kill -9 half way, start again, drain and compare. Needs work->spawn. */
void work_crash(struct work *work, const char *name, const char *prefix, size_t user_count,
                size_t sender_count, uint32_t message_count);

struct soak_plan {
    const char *name;
    const char *prefix;
    size_t pair_count;
    double rate_per_s;
    size_t duration_s;
};
/** A steady rate while everybody comes and goes, and what the server grows meanwhile. Needs work->spawn. */
void work_soak(struct work *work, const struct soak_plan *plan);

struct stall_plan {
    const char *name;
    const char *prefix;        /* of those who do not read */
    const char *absent_prefix; /* of as many who are signed out */
    size_t reader_count, sender_count;
    uint32_t messages_each;
    size_t rest_s;
};
/** People who are signed in, say that they live, and never read what comes: what they cost the server. Needs work->pid. */
void work_stall(struct work *work, const struct stall_plan *plan);

/* For the workloads' own files. */
/** Least squares of value over at_s, per hour; *out_error is half the 95 % interval. count > 2. */
double work_slope_per_hour(const double *at_s, const double *values, size_t count, double *out_error);
struct work_clock {
    int64_t begin_ns;
    double server_s, driver_s;
};
struct work_clock work_clock_start(const struct work *work);
/** Adds rate, CPU of server and driver to row; until_ns ends the clock. */
void work_clock_stop(const struct work *work, const struct work_clock *clock, int64_t until_ns,
                     uint64_t count, struct report_row *row);
void work_add_percentiles(struct report_row *row, struct samples *samples, enum figure p50, enum figure p99,
                          enum figure p999);
/** Ends the program when a workload takes longer than two minutes. */
void work_check_deadline(int64_t begin_ns, const char *name, uint64_t done, uint64_t wanted);
struct actor *work_actors(size_t count);

#endif
