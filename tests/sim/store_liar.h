/*
 * store_liar.h - stores that break one promise each, to see that the simulator finds it.
 *
 * The core and its store stay as they are: the lie is told between them.
 */
#ifndef OIM_TESTS_SIM_STORE_LIAR_H
#define OIM_TESTS_SIM_STORE_LIAR_H

#include "server/store/store.h"
#include "tests/sim/store_sim.h"

enum store_lie {
    LIE_NONE = 0,
    LIE_ACK_BEFORE_COMMIT, /* a crash takes back what it said */
    LIE_NO_EPOCH_FENCE,
    LIE_DELETE_WHEN_SENT,
    LIE_COMPLETIONS_OUT_OF_ORDER,
    LIE_COUNT
};

/** By its name as on the command line; LIE_NONE: there is no such. */
enum store_lie store_lie_find(const char *name);
/** NULL: there is no such. */
const char *store_lie_name(enum store_lie lie);
const char *store_lie_text(enum store_lie lie);

/**
 * Put the liar in front of inner, which it owns from now on and which was opened on disk with config.
 * ACK_BEFORE_COMMIT answers from a copy of the disk that commits at once, while inner is late: closing
 * without draining (a crash) takes back what it said last.
 */
struct store *store_liar_open(enum store_lie lie, struct store *inner, struct store_sim_disk *disk,
                              const struct store_config *config, const struct store_env *env);

#endif
