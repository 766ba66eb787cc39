/*
 * sim_server.h - the shell around the real core: performs its effects, feeds it events, crashes and starts
 * again.
 *
 * What the store has committed outlives a crash; what it was asked and did not commit may or may not.
 */
#ifndef OIM_TESTS_SIM_SIM_SERVER_H
#define OIM_TESTS_SIM_SIM_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "server/core/core.h"
#include "server/store/store.h"
#include "tests/sim/store_sim.h"

struct sim;

enum server_end {
    SERVER_CRASH,      /* what was not committed is gone */
    SERVER_CRASH_LATE, /* the store had committed it, nobody was told */
    SERVER_DRAIN       /* SIGTERM */
};

struct sim_server {
    struct core *core;   /* NULL: down */
    struct store *store; /* NULL: down */
    struct store_sim_disk *disk;
    struct store_sim_faults faults;
    bool is_ready;
    bool round_due;
    uint64_t life; /* version of the events meant for this one */
    uint64_t tick_version;
    uint64_t store_at_ms; /* the nearest SIM_SERVER_STORE event; 0: none */
    uint32_t start_count;
    struct effect_list effects;
};

/** Create the disk and put the organisation on it. The server is down. */
void sim_server_init(struct sim *sim);
void sim_server_finish(struct sim *sim);
void sim_server_start(struct sim *sim);
/** It starts again after down_ms. */
void sim_server_end(struct sim *sim, enum server_end how, uint64_t down_ms);
/** For good, after what the store was asked is done. */
void sim_server_stop(struct sim *sim);
void sim_server_set_faults(struct sim *sim, const struct store_sim_faults *faults);

void sim_server_on_readable(struct sim *sim, uint64_t conn);
void sim_server_on_writable(struct sim *sim, uint64_t conn);
void sim_server_on_tick(struct sim *sim, uint64_t version);
void sim_server_on_round(struct sim *sim, uint64_t version);
void sim_server_on_store(struct sim *sim, uint64_t version);

/** Head of a person's mailbox, asked of the store itself. The server must be down. */
uint64_t sim_server_read_head(struct sim *sim, uint64_t uid);

#endif
