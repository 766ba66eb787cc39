/*
 * store_liar.c - see store_liar.h.
 */
#include "tests/sim/store_liar.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/attr.h"

#define DEVICE_COUNT_MAX 64u
#define OWN_TICKET UINT64_MAX
#define COMMIT_DELAY_MS_MAX 400u
#define REPLY_COUNT_MAX 64u

struct store_liar {
    struct store base;
    enum store_lie lie;
    struct store_env env;
    struct store *inner;
    struct store *front; /* ACK_BEFORE_COMMIT: what it says is so; inner follows */
    struct store_sim_disk *front_disk;
    uint64_t epochs[DEVICE_COUNT_MAX]; /* of each device's last sign-in */
};

static const struct {
    const char *name, *text;
} lies[LIE_COUNT] = {
    [LIE_ACK_BEFORE_COMMIT] = {"ack-before-commit", "says OK first and commits later"},
    [LIE_NO_EPOCH_FENCE] = {"no-epoch-fence", "takes what an older session of the device sends"},
    [LIE_DELETE_WHEN_SENT] = {"delete-when-sent", "a page that was read counts as acknowledged"},
    [LIE_COMPLETIONS_OUT_OF_ORDER] = {"completions-out-of-order", "replies of one lane overtake each other"},
};

const char *store_lie_name(enum store_lie lie)
{
    return lie > LIE_NONE && lie < LIE_COUNT ? lies[lie].name : NULL;
}

const char *store_lie_text(enum store_lie lie)
{
    return lie > LIE_NONE && lie < LIE_COUNT ? lies[lie].text : NULL;
}

enum store_lie store_lie_find(const char *name)
{
    enum store_lie lie = LIE_COUNT - 1;
    while (lie > LIE_NONE && strcmp(lies[lie].name, name) != 0) {
        lie--;
    }
    return lie;
}

static struct store_liar *self_of(struct store *store)
{
    return (struct store_liar *)(void *)store;
}

static void drop_replies(struct store *store)
{
    struct store_reply replies[REPLY_COUNT_MAX];
    size_t count = 0;
    while ((count = store->ops->reap(store, replies, REPLY_COUNT_MAX)) > 0) {
        store->ops->release(store, replies, count);
    }
}

static void remember_epoch(struct store_liar *self, const struct store_req *req)
{
    if (req->op == STORE_ATTACH) {
        assert(req->u.attach.dev < DEVICE_COUNT_MAX);
        self->epochs[req->u.attach.dev] = req->u.attach.epoch;
    }
}

/* As if every session were the current one. */
static struct store_req without_fence(const struct store_liar *self, const struct store_req *req)
{
    struct store_req changed = *req;
    if (req->op == STORE_APPEND) {
        changed.u.append.guard.epoch = self->epochs[req->u.append.guard.dev];
    } else if (req->op == STORE_CURSOR) {
        changed.u.cursor.epoch = self->epochs[req->u.cursor.dev];
    }
    return changed;
}

static size_t liar_submit(struct store *store, const struct store_req *reqs, size_t req_count)
{
    struct store_liar *self = self_of(store);
    size_t taken = 0;
    for (; taken < req_count; taken++) {
        remember_epoch(self, &reqs[taken]);
        struct store_req req =
            self->lie == LIE_NO_EPOCH_FENCE ? without_fence(self, &reqs[taken]) : reqs[taken];
        if (self->inner->ops->submit(self->inner, &req, 1) == 0) {
            break;
        }
        if (self->front != NULL) {
            size_t too = self->front->ops->submit(self->front, &req, 1);
            assert(too == 1);
            (void)too;
        }
    }
    return taken;
}

static void liar_flush(struct store *store)
{
    struct store_liar *self = self_of(store);
    self->inner->ops->flush(self->inner);
    if (self->front != NULL) {
        self->front->ops->flush(self->front);
    }
}

/* Behind the core's back: the device has had what was read for it, and it may go. */
static void acknowledge_page(struct store_liar *self, const struct store_reply *reply)
{
    if (reply->op != STORE_PAGE || reply->result != STORE_OK || reply->u.page.row_count == 0) {
        return;
    }
    struct store_req reqs[2] = {
        {.op = STORE_CURSOR, .lane = reply->lane, .ticket = OWN_TICKET},
        {.op = STORE_TRIM, .ticket = OWN_TICKET},
    };
    reqs[0].u.cursor.dev = reply->lane;
    reqs[0].u.cursor.epoch = self->epochs[reply->lane];
    reqs[0].u.cursor.seq = reply->u.page.rows[reply->u.page.row_count - 1].seq;
    reqs[0].u.cursor.announce = true;
    (void)self->inner->ops->submit(self->inner, reqs, OIM_COUNT(reqs));
}

static void reverse(struct store_reply *replies, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct store_reply kept = replies[i];
        replies[i] = replies[count - 1 - i];
        replies[count - 1 - i] = kept;
    }
}

static size_t without_own(struct store *inner, struct store_reply *replies, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (replies[i].ticket == OWN_TICKET) {
            inner->ops->release(inner, &replies[i], 1);
        } else {
            replies[kept++] = replies[i];
        }
    }
    return kept;
}

static size_t liar_reap(struct store *store, struct store_reply *out_replies, size_t reply_count_max)
{
    struct store_liar *self = self_of(store);
    if (self->front != NULL) {
        drop_replies(self->inner);
        return self->front->ops->reap(self->front, out_replies, reply_count_max);
    }
    size_t count = self->inner->ops->reap(self->inner, out_replies, reply_count_max);
    count = without_own(self->inner, out_replies, count);
    for (size_t i = 0; i < count && self->lie == LIE_DELETE_WHEN_SENT; i++) {
        acknowledge_page(self, &out_replies[i]);
    }
    uint8_t draw = 0;
    oim_random_fill(&self->env.random, &draw, sizeof(draw));
    if (self->lie == LIE_COMPLETIONS_OUT_OF_ORDER && draw % 4 == 0) {
        reverse(out_replies, count);
    }
    return count;
}

static void liar_release(struct store *store, struct store_reply *replies, size_t reply_count)
{
    struct store_liar *self = self_of(store);
    struct store *from = self->front != NULL ? self->front : self->inner;
    from->ops->release(from, replies, reply_count);
}

static size_t liar_poll(struct store *store, struct pollfd *out_fds, size_t fd_count_max,
                        uint64_t *out_wake_at_ms)
{
    struct store_liar *self = self_of(store);
    size_t count = self->inner->ops->poll(self->inner, out_fds, fd_count_max, out_wake_at_ms);
    if (self->front != NULL) {
        uint64_t front_ms = UINT64_MAX;
        (void)self->front->ops->poll(self->front, NULL, 0, &front_ms);
        *out_wake_at_ms = front_ms < *out_wake_at_ms ? front_ms : *out_wake_at_ms;
    }
    return count;
}

static void liar_stats(struct store *store, struct store_stats *out)
{
    self_of(store)->inner->ops->stats(self_of(store)->inner, out);
}

static void liar_close(struct store *store, bool drain)
{
    struct store_liar *self = self_of(store);
    self->inner->ops->close(self->inner, drain);
    if (self->front != NULL) {
        self->front->ops->close(self->front, false);
        store_sim_disk_destroy(self->front_disk);
    }
    free(self);
}

static const struct store_ops liar_ops = {
    .submit = liar_submit,
    .flush = liar_flush,
    .reap = liar_reap,
    .release = liar_release,
    .poll = liar_poll,
    .stats = liar_stats,
    .close = liar_close,
};

struct store *store_liar_open(enum store_lie lie, struct store *inner, struct store_sim_disk *disk,
                              const struct store_config *config, const struct store_env *env)
{
    struct store_liar *self = calloc(1, sizeof(*self));
    assert(self != NULL);
    *self = (struct store_liar){.base.ops = &liar_ops, .lie = lie, .env = *env, .inner = inner};
    if (lie == LIE_ACK_BEFORE_COMMIT) {
        const struct store_sim_faults late = {.delay_ms_max = COMMIT_DELAY_MS_MAX};
        store_sim_set_faults(inner, &late);
        self->front_disk = store_sim_disk_copy(disk);
        self->front = store_sim_open(self->front_disk, config, env);
    }
    return &self->base;
}
