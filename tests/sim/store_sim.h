/*
 * store_sim.h - the store's simulated back end: memory, a delay per commit, faults, all from one seed.
 *
 * What is durable lives in a store_sim_disk, which outlives the store: closing a store without draining is a
 * crash. Runs on the clock of store_env; poll says when the next commit ends. With no faults set, every
 * commit takes no time and succeeds, and rows are trimmed only by STORE_TRIM.
 */
#ifndef OIM_TESTS_SIM_STORE_SIM_H
#define OIM_TESTS_SIM_STORE_SIM_H

#include "server/store/store.h"

struct store_sim_disk;

struct store_sim_disk *store_sim_disk_create(void);
void store_sim_disk_destroy(struct store_sim_disk *disk); /* accepts NULL */
/** What is durable at this moment, on a disk of its own. */
struct store_sim_disk *store_sim_disk_copy(const struct store_sim_disk *disk);

/** What fills a mailbox (store.h), as it is durable now. */
void store_sim_count_filling(struct store_sim_disk *disk, uint64_t uid, uint64_t *out_count);

/* Chances are in thousandths of commits. */
struct store_sim_faults {
    uint32_t delay_ms_max;     /* a commit, and again a page, takes 0 to so many */
    uint32_t retry_permille;   /* not applied, and says so */
    uint32_t unknown_permille; /* says it does not know: applied or not by a coin */
    uint32_t stall_permille;   /* takes up to stall_ms_max instead */
    uint32_t stall_ms_max;
    uint32_t short_submit_permille; /* of submits: takes fewer than asked */
    uint32_t trim_permille;         /* trims with the commit */
};

enum store_sim_fate {
    STORE_SIM_COMMITS = 0,
    STORE_SIM_RETRY,
    STORE_SIM_DISK_FULL, /* appends are refused, other requests are applied */
    STORE_SIM_UNKNOWN_APPLIED,
    STORE_SIM_UNKNOWN_LOST,
    STORE_SIM_FATAL /* and from then on */
};

/** Never fails; asserts when memory runs out. config->data_dir and vfs are ignored; env->random is the seed.
 */
struct store *store_sim_open(struct store_sim_disk *disk, const struct store_config *config,
                             const struct store_env *env);
void store_sim_set_faults(struct store *store, const struct store_sim_faults *faults);
/** What happens to the next commit (once; FATAL for good), whatever the chances say. */
void store_sim_set_next_fate(struct store *store, enum store_sim_fate fate);
/** While held, no commit ends. */
void store_sim_hold(struct store *store, bool hold);

#endif
