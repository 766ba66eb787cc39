/*
 * sim_run.h - one run of the simulator: a server core, its store, the network and the people, from one seed.
 *
 * Everything happens on one thread, in virtual time, in the order of one heap, and draws from one generator.
 * For FAULTS_MS (slow runs: 20 times as long) everything that can go wrong does; then everything is repaired, everybody signs in, and
 * within CALM_MS all must be as promised (checker.h). Source: STORE.md 4(c).
 */
#ifndef OIM_TESTS_SIM_SIM_RUN_H
#define OIM_TESTS_SIM_SIM_RUN_H

#include <string.h>

#include "tests/sim/checker.h"
#include "tests/sim/event_heap.h"
#include "tests/sim/model_admin.h"
#include "tests/sim/net_sim.h"
#include "tests/sim/sim_org.h"
#include "tests/sim/sim_server.h"
#include "tests/sim/store_liar.h"
#include "tests/sim/trace.h"
#include "tests/support/fake.h"

#define SIM_FAULTS_MS 45000u
#define SIM_CALM_MS 75000u
#define SIM_FINDING_SIZE_MAX 256u

enum sim_event_kind {
    SIM_TO_SERVER = 1, /* subject: conn; something may have arrived */
    SIM_TO_CLIENT,     /* subject: conn */
    SIM_WRITABLE,      /* subject: conn */
    SIM_SERVER_START,
    SIM_SERVER_TICK,
    SIM_SERVER_ROUND,
    SIM_SERVER_STORE,
    SIM_CLIENT_TICK,   /* subject: client */
    SIM_CLIENT_COMMIT, /* subject: client */
    SIM_CLIENT_PUMP,   /* subject: client */
    SIM_CLIENT_START,  /* subject: client, a real one: its process is there again */
    SIM_CLIENT_WAKE,   /* subject: client, a real one */
    SIM_WORK,
    SIM_PRESENCE, /* somebody signs in or out */
    SIM_FAULT,
    SIM_CALM,
    SIM_RETURN, /* the one who was absent is back */
    SIM_END
};

struct sim_client;

struct sim_options {
    enum store_lie lie;
    bool disks; /* real clients keep their profiles in SQLite, on disks that lose what was not synced */
    bool prints;
};

/* How often each thing goes wrong in this run. Most runs leave some out: what one fault hides, its absence
 * shows. */
struct fault_weights {
    uint32_t cut, half_open, client_crash, connect_twice, server_end, store, clock, policy;
    uint32_t sum;
};

struct sim {
    uint64_t seed;
    struct sim_options options;
    struct fake_clock clock;
    struct fake_random random;
    struct event_heap heap;
    struct trace trace;
    struct net net;
    struct sim_org org;
    struct sim_server server;
    struct sim_client *clients; /* one per device */
    struct model_admin admin;
    struct checker checker;
    struct fault_weights weights;
    uint32_t pace;   /* 1, or in slow runs 20: what happens in seconds takes minutes, and what is too old expires */
    uint32_t absent; /* a person who signs in at the end only; ORG_PERSON_COUNT: nobody */
    bool is_calm, is_over;
    char finding[SIM_FINDING_SIZE_MAX]; /* "": none so far */
};

/** Run one seed to its end or to the first finding. sim is large: not on the stack. */
void sim_run(struct sim *sim, uint64_t seed, const struct sim_options *options);
void sim_finish(struct sim *sim);

/** One event, now: for those who drive a run themselves (tests/fuzz/fuzz_core.c). */
void sim_dispatch(struct sim *sim, const struct heap_event *event);
/** An invariant does not hold: the run ends. Only the first finding is kept. */
void sim_find(struct sim *sim, const char *format, ...) OIM_PRINTF(2, 3);
void sim_at(struct sim *sim, uint64_t at_ms, enum sim_event_kind kind, uint64_t subject, uint64_t version);
void sim_after(struct sim *sim, uint64_t delay_ms, enum sim_event_kind kind, uint64_t subject,
               uint64_t version);
/* Inline, so that the compiler finds the middle of the format. */
static inline void sim_trace(struct sim *sim, const char *format, uint64_t a, uint64_t b, uint64_t c,
                             uint64_t d)
{
    trace_add(&sim->trace, sim->clock.now_ms, format, format[strlen(format) / 2], a, b, c, d);
}

uint32_t sim_below(struct sim *sim, uint32_t bound); /* 0 .. bound - 1 */
bool sim_chance(struct sim *sim, uint32_t permille);

/** A connection of a device to the server, slow in one case of ten. NULL: too many in this run, a finding. */
struct net_link *sim_open_link(struct sim *sim, uint32_t device);
typedef bool sim_wants_fn(enum frame_kind kind);
/** Take frames off the front that the reader does not want: reading them costs more than all the rest. */
void sim_pass_over(struct oim_slice *io_bytes, sim_wants_fn *wants);
/** How long a message's text is: one in sixteen is large. */
size_t sim_text_size(uint32_t message);

/* workload.c */
void workload_start(struct sim *sim);
void workload_on_work(struct sim *sim);
void workload_on_presence(struct sim *sim);
void workload_on_fault(struct sim *sim);
void workload_calm(struct sim *sim);
void workload_return(struct sim *sim);

#endif
