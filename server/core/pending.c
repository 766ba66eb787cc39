/*
 * pending.c - see pending.h.
 */
#include "server/core/pending.h"

#include <assert.h>
#include <string.h>

#include "common/memory.h"
#include "server/core/core_internal.h"

#define SESSION_REQUEST_COUNT_MAX (UNANSWERED_MAX + 32u) /* nobody keeps the store to themselves */
#define INDEX_BITS 24u
#define INDEX_MASK ((1u << INDEX_BITS) - 1u)

enum oim_status pending_init(struct pendings *pendings, size_t entry_count, struct oim_error *err)
{
    memset(pendings, 0, sizeof(*pendings));
    if (entry_count == 0 || entry_count > INDEX_MASK) {
        return oim_fail(err, OIM_ERR_USAGE, "store_request_count_max: %zu is not possible", entry_count);
    }
    pendings->entries = oim_mem_take(entry_count, sizeof(*pendings->entries));
    pendings->reqs = oim_mem_take(entry_count, sizeof(*pendings->reqs));
    if (pendings->entries == NULL || pendings->reqs == NULL) {
        pending_finish(pendings);
        return oim_fail(err, OIM_ERR_LIMIT, "no memory for store_request_count_max %zu", entry_count);
    }
    pendings->entry_count = (uint32_t)entry_count;
    return OIM_OK;
}

void pending_finish(struct pendings *pendings)
{
    oim_mem_give(pendings->entries);
    oim_mem_give(pendings->reqs);
    memset(pendings, 0, sizeof(*pendings));
}

static struct pending *entry_take(struct pendings *pendings)
{
    struct pending *pending = NULL;
    if (pendings->free_first != 0) {
        pending = &pendings->entries[pendings->free_first - 1];
        pendings->free_first = pending->free_next;
    } else if (pendings->fresh_count < pendings->entry_count) {
        pending = &pendings->entries[pendings->fresh_count++];
    } else {
        return NULL;
    }
    uint32_t generation = pending->generation + 1;
    memset(pending, 0, sizeof(*pending));
    pending->generation = generation;
    pending->in_use = true;
    pendings->count++;
    return pending;
}

/* Submits leave an eighth of the room to everything else, so that acknowledgements and sign-ins get through.
 */
static bool has_room(const struct pendings *pendings, enum store_op op)
{
    uint32_t reserve = op == STORE_APPEND ? pendings->entry_count / 8 : 0;
    return pendings->count + reserve < pendings->entry_count;
}

struct pending *pending_take(struct core *core, struct session *session, enum store_op op,
                             pending_reply_fn *on_reply, size_t block_size)
{
    struct pendings *pendings = &core->pendings;
    if (!has_room(pendings, op) ||
        (session != NULL && session->inflight_count >= SESSION_REQUEST_COUNT_MAX)) {
        return NULL;
    }
    uint8_t *block = NULL;
    if (block_size > 0) {
        block = pool_take(&core->pool, block_size);
        if (block == NULL) {
            return NULL;
        }
    }
    struct pending *pending = entry_take(pendings);
    pending->op = op;
    pending->on_reply = on_reply;
    pending->block = block;
    if (session != NULL) {
        pending->conn = session->conn;
        pending->dev = session->dev;
        pending->uid = session->uid;
        session->inflight_count++;
    }
    return pending;
}

void pending_give(struct core *core, struct pending *pending)
{
    assert(pending->in_use);
    struct session *session = pending->conn == 0 ? NULL : session_find(core, pending->conn);
    if (session != NULL) {
        session->inflight_count--;
    }
    pool_give(&core->pool, pending->block);
    pending->block = NULL;
    pending->in_use = false;
    pending->free_next = core->pendings.free_first;
    core->pendings.free_first = (uint32_t)(pending - core->pendings.entries) + 1;
    core->pendings.count--;
}

void pending_keep(struct pending *pending)
{
    pending->kept = true;
}

struct store_req *pending_submit(struct core *core, struct pending *pending)
{
    struct pendings *pendings = &core->pendings;
    assert(pending->in_use);
    assert(pendings->req_count < pendings->entry_count);
    struct store_req *req = &pendings->reqs[pendings->req_count++];
    memset(req, 0, sizeof(*req));
    req->op = pending->op;
    req->lane = pending->dev;
    req->ticket = (uint64_t)pending->generation << INDEX_BITS | (uint64_t)(pending - pendings->entries);
    return req;
}

static struct pending *find(struct core *core, uint64_t ticket)
{
    uint32_t index = (uint32_t)(ticket & INDEX_MASK);
    if (index >= core->pendings.entry_count) {
        return NULL;
    }
    struct pending *pending = &core->pendings.entries[index];
    return pending->in_use && pending->generation == (uint32_t)(ticket >> INDEX_BITS) ? pending : NULL;
}

void pending_on_replies(struct core *core, const struct store_reply *replies, size_t reply_count)
{
    for (size_t i = 0; i < reply_count; i++) {
        struct pending *pending = find(core, replies[i].ticket);
        if (pending == NULL) {
            continue; /* from before a reload: nobody waits for it any more */
        }
        if (replies[i].result == STORE_FATAL) {
            core_fail(core, "the store is finished; see its log, and start again");
            return;
        }
        assert(pending->op == replies[i].op);
        pending->kept = false;
        pending->on_reply(core, pending, &replies[i]);
        if (!pending->kept) {
            pending_give(core, pending);
        }
    }
}

bool pending_is_crowded(const struct core *core)
{
    return core->pendings.count > core->pendings.entry_count / 4 * 3;
}

/* ---- the lane of a device ---------------------------------------------------------------------------- */

void lane_append(struct lane *lane, struct pending *pending)
{
    if (lane->last != NULL) {
        lane->last->u.submission.lane_next = pending;
    } else {
        lane->first = pending;
    }
    lane->last = pending;
    lane->count++;
}

void lane_remove(struct lane *lane, struct pending *pending)
{
    struct pending *previous = NULL;
    struct pending *at = lane->first;
    while (at != pending) {
        previous = at;
        at = at->u.submission.lane_next;
    }
    struct pending *next = pending->u.submission.lane_next;
    if (previous != NULL) {
        previous->u.submission.lane_next = next;
    } else {
        lane->first = next;
    }
    if (lane->last == pending) {
        lane->last = previous;
    }
    pending->u.submission.lane_next = NULL;
    lane->count--;
}

struct pending *lane_first_waiting(const struct lane *lane)
{
    struct pending *pending = lane->first;
    while (pending != NULL && pending->u.submission.at_store) {
        pending = pending->u.submission.lane_next;
    }
    return pending;
}
