/*
 * profile.h - what a device of the real make remembers: the engine's changes, applied; in memory, or in the
 * real local store on a disk that loses and tears what was not synced.
 *
 * The memory is always kept: with a store on a disk it is what must be found there after a crash (I9): every
 * message, a cursor and counters that have not gone back, the outbox as it was. A commit that the power cut
 * may or may not have happened; nothing else may be in doubt.
 */
#ifndef OIM_TESTS_SIM_PROFILE_H
#define OIM_TESTS_SIM_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "client/core/engine.h"
#include "client/store/local_store.h"
#include "tests/sim/checker.h"
#include "tests/sim/disk_sim.h"

#define PROFILE_OUTBOX_COUNT_MAX 384u
#define PROFILE_PERSON_COUNT_MAX 16u
#define PROFILE_POLICY_COUNT_MAX 48u

struct sim;

struct profile_message {
    bool is_here, is_own, is_fresh; /* fresh: nobody has taken notice of it yet */
    bool is_read;
    enum message_state state;
};

/* What the server said last of the policy. */
struct profile_policy {
    struct policy_row rows[PROFILE_POLICY_COUNT_MAX];
    size_t row_count;
    bool may_leave;
    bool text_goes; /* by the rows: history follows archiving, and there is none */
    bool is_sure;   /* of two in one commit both have the rows of the later one */
};

struct profile {
    uint32_t device;
    struct account account;
    uint32_t outbox_count;
    uint32_t person_count;
    struct disk_sim *disk; /* NULL: in memory only */
    struct local_store *store;
    char vfs_name[32];
    struct profile_message messages[CHECKER_MESSAGE_COUNT_MAX]; /* by the checker's index */
    /* From here on what lies behind the counts is of no meaning. */
    struct outbox_row outbox[PROFILE_OUTBOX_COUNT_MAX]; /* their bytes are owned */
    struct person_row people[PROFILE_PERSON_COUNT_MAX];
    struct profile_policy policy;
};

void profile_init(struct sim *sim, struct profile *profile, uint32_t device, const struct account *account);
void profile_finish(struct profile *profile);
/** True: committed. False: the device died in it (power_dies, disks only, and by a store that says so). */
bool profile_commit(struct sim *sim, struct profile *profile, struct change *changes, size_t count,
                    bool power_dies);
/** The process is gone and, on a disk, the power was: look what is left. */
void profile_recover(struct sim *sim, struct profile *profile);
/** What an engine starts with, as of now; borrowed until the next change. */
void profile_start(const struct profile *profile, struct engine_event *out);

#endif
