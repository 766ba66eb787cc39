/*
 * mail_world.h - random work for a store that may die at any moment, and what must be true of it afterwards.
 *
 * The world remembers what was acknowledged and what was merely asked for. After a crash it opens the store
 * again and holds it to both: everything acknowledged is there, once and in order; nothing is there that was
 * never asked for or was refused; what was in doubt is there or not, and the world takes the store's word for
 * it and goes on.
 */
#ifndef OIM_TESTS_TORTURE_MAIL_WORLD_H
#define OIM_TESTS_TORTURE_MAIL_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/store/store.h"
#include "tests/support/fake.h"

#define MAIL_PERSON_COUNT 4u
#define MAIL_DEVICES_EACH 2u
#define MAIL_DEVICE_COUNT (MAIL_PERSON_COUNT * MAIL_DEVICES_EACH)
#define MAIL_NUMBER_MAX 2048u /* a device sends at most so many */
#define MAIL_BATCH_MAX 16u
#define MAIL_SEQ_MAX 16384u

struct mail_sent {
    uint64_t uid;  /* to whom; 0: a marker */
    uint64_t seq;  /* 0: not known to be stored */
    uint32_t code; /* the answer */
    uint32_t size;
    bool has_own_copy;
};

struct mail_device {
    uint64_t dev, uid, epoch;
    bool is_known;     /* its DEV_ADD was acknowledged */
    uint64_t acked_no; /* hw must be at least this */
    uint64_t asked_no; /* and at most this */
    uint64_t cursor_acked, cursor_asked;
    uint64_t settled_no;
    struct mail_sent sent[MAIL_NUMBER_MAX]; /* by number */
};

struct mail_world {
    struct fake_random random;
    struct mail_device devices[MAIL_DEVICE_COUNT];
    uint64_t heads[MAIL_PERSON_COUNT + 1]; /* by uid: highest seq acknowledged */
    /* By uid and seq: which message was acknowledged as being there (dev * MAIL_NUMBER_MAX + number). */
    uint32_t claims[MAIL_PERSON_COUNT + 1][MAIL_SEQ_MAX];
    uint64_t chain_acked, chain_asked;
    uint64_t acked_count; /* appends, for the report */
    bool acks_early;      /* a control: what was asked for counts as acknowledged */
    char finding[256];    /* empty: none */
};

void mail_world_init(struct mail_world *world, uint64_t seed);

/**
 * Add devices, if that has not been acknowledged, and sign all of them in. False: the store failed, or a
 * finding.
 */
bool mail_world_enter(struct mail_world *world, struct store *store);
/** One batch of random requests, submitted together and waited for. False: the store failed in doubt, or a
 * finding. */
bool mail_world_work(struct mail_world *world, struct store *store);
/** Hold the store, entered after a crash, to what is remembered. False: a finding, or the store failed. */
bool mail_world_check(struct mail_world *world, struct store *store);

#endif
