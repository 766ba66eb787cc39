/*
 * pending.h - requests at the store, and what each of them waits to say.
 *
 * Invariants:
 *   as many entries as the store takes requests, so that a submit always fits.
 *   a ticket names one entry once: its generation is part of it.
 *   what a request points to (envelopes, notices, records) lies in the entry's block until the reply.
 */
#ifndef OIM_SERVER_CORE_PENDING_H
#define OIM_SERVER_CORE_PENDING_H

#include "server/core/session.h"
#include "server/store/store.h"

struct lane;
struct pending;

/* What happens when the store answers. The entry is given back by the caller of this function, unless it was
 * kept with pending_keep (and is then submitted again or given back later). */
typedef void pending_reply_fn(struct core *core, struct pending *pending, const struct store_reply *reply);

/* One Submit on its lane. Envelopes for the recipient and for the sender's own mailbox lie in the block. */
struct submission {
    uint64_t send_no, server_ms, expires_ms, limit;
    struct oim_id msg_id;
    struct oim_id to_user;
    uint32_t to_uid, own_size, env_size, ttl_s;
    uint8_t cls, outcome, reason, who;
    uint8_t try_count;
    bool at_store;     /* else it waits for its turn on the lane */
    bool judge_again;
    bool mailbox_full, share_full;
    struct pending *lane_next;
    struct store_target targets[STORE_TARGET_COUNT_MAX];
    size_t target_count;
};

struct pending {
    uint32_t generation;
    bool in_use;
    bool kept;
    uint32_t free_next; /* index + 1 */
    enum store_op op;
    uint32_t request;   /* of the frame that caused it */
    uint64_t conn;      /* 0: nobody's */
    uint32_t dev, uid;
    uint8_t *block;     /* pool; given back with the entry */
    pending_reply_fn *on_reply;
    union {
        struct submission submission;
        struct { /* CURSOR, NOTE and EXPIRE: the notices that ride along, in the block */
            const struct store_target *notices;
            size_t notice_count;
            uint64_t seq, settled_no, epoch;
            const struct store_due_row *rows;
            size_t row_count;
            uint64_t server_ms;
            uint8_t try_count;
            bool withheld;    /* CURSOR: senders are not to know yet */
            uint32_t counted; /* messages for the day's figures, once it is stored */
        } notices;
        struct {
            uint64_t after_seq;
        } page;
        struct {
            uint64_t a, b;
        } any; /* for whatever a handler needs to remember */
    } u;
};

struct pendings {
    struct pending *entries; /* owned */
    uint32_t entry_count;
    uint32_t free_first; /* index + 1 */
    uint32_t fresh_count;
    uint32_t count;
    struct store_req *reqs; /* owned: what this step submits */
    size_t req_count;
};

OIM_MUST_CHECK enum oim_status pending_init(struct pendings *pendings, size_t entry_count, struct oim_error *err);
void pending_finish(struct pendings *pendings);

/**
 * A new entry, counted for session (NULL: nobody's); block_size bytes of the pool come with it (0: none).
 * NULL when the store, or this session alone, has enough to do or the pool is empty: answer OIM_AGAIN.
 */
struct pending *pending_take(struct core *core, struct session *session, enum store_op op,
                             pending_reply_fn *on_reply, size_t block_size);
void pending_give(struct core *core, struct pending *pending);
void pending_keep(struct pending *pending);
/** The request that goes to the store when this step ends: op and ticket are set, lane is the entry's device. */
struct store_req *pending_submit(struct core *core, struct pending *pending);
void pending_on_replies(struct core *core, const struct store_reply *replies, size_t reply_count);
/** True when more requests should be held back (READ_STOP). */
bool pending_is_crowded(const struct core *core);

/* A device's Submits, in order of send_no; they are linked through the entries, which stay whose they are. */
void lane_append(struct lane *lane, struct pending *pending);
void lane_remove(struct lane *lane, struct pending *pending); /* must be on it */
/** NULL: all of it is at the store. */
struct pending *lane_first_waiting(const struct lane *lane);

#endif
