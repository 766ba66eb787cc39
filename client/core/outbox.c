/*
 * outbox.c - what is not settled yet, in memory and in the store alike.
 *
 * Invariant: rows lie in the order in which they were made.
 */
#include "client/core/engine_state.h"
#include "common/bug.h"

struct unsent *outbox_find(struct engine *engine, const struct oim_id *msg_id)
{
    for (size_t i = 0; i < engine->unsent_count; i++) {
        if (oim_id_equal(&engine->unsent[i].msg_id, msg_id)) {
            return &engine->unsent[i];
        }
    }
    return NULL;
}

struct unsent *outbox_by_no(struct engine *engine, uint64_t send_no)
{
    for (size_t i = 0; send_no != 0 && i < engine->unsent_count; i++) {
        if (engine->unsent[i].send_no == send_no) {
            return &engine->unsent[i];
        }
    }
    return NULL;
}

struct oim_slice outbox_ct(const struct engine *engine, const struct unsent *unsent)
{
    return oim_slice(engine->pool + unsent->ct_offset, unsent->ct_size);
}

/* A row and its bytes, in memory only. NULL when the outbox is full. */
static struct unsent *push(struct engine *engine, const struct outbox_row *row)
{
    if (engine->unsent_count == engine->config.outbox_count_max ||
        engine->config.outbox_size_max - engine->pool_used < row->ct.size) {
        return NULL;
    }
    struct unsent *unsent = &engine->unsent[engine->unsent_count++];
    *unsent = (struct unsent){.msg_id = row->msg_id,
                              .to_user = row->to_user,
                              .cls = row->cls,
                              .send_no = row->send_no,
                              .made_ms = row->made_ms,
                              .waits_join = row->waits_join,
                              .ct_offset = engine->pool_used,
                              .ct_size = row->ct.size};
    memcpy(engine->pool + engine->pool_used, row->ct.data, row->ct.size);
    engine->pool_used += row->ct.size;
    return unsent;
}

/* Forget a row; the bytes behind its own move up. */
static void forget(struct engine *engine, struct unsent *unsent)
{
    size_t index = (size_t)(unsent - engine->unsent);
    size_t end = unsent->ct_offset + unsent->ct_size;
    size_t size = unsent->ct_size;
    memmove(engine->pool + unsent->ct_offset, engine->pool + end, engine->pool_used - end);
    engine->pool_used -= size;
    memmove(unsent, unsent + 1, (engine->unsent_count - index - 1) * sizeof(*unsent));
    engine->unsent_count--;
    for (size_t i = index; i < engine->unsent_count; i++) {
        engine->unsent[i].ct_offset -= size;
    }
}

void outbox_put(struct engine *engine, const struct unsent *unsent)
{
    struct outbox_row *row = step_zalloc(engine, 1, sizeof(*row));
    struct change *change = engine_change(engine, CHANGE_OUTBOX_PUT);
    uint8_t *ct = oim_arena_alloc(&engine->step, unsent->ct_size + 1);
    if (row == NULL || change == NULL || ct == NULL) {
        engine->broken = true;
        engine->change_count -= change != NULL ? 1 : 0;
        return;
    }
    memcpy(ct, engine->pool + unsent->ct_offset, unsent->ct_size);
    *row = (struct outbox_row){.msg_id = unsent->msg_id,
                               .to_user = unsent->to_user,
                               .cls = unsent->cls,
                               .send_no = unsent->send_no,
                               .waits_join = unsent->waits_join,
                               .made_ms = unsent->made_ms,
                               .ct = oim_slice(ct, unsent->ct_size)};
    change->u.outbox = row;
}

struct change_state *outbox_state(struct engine *engine, const struct unsent *unsent,
                                  enum message_state state)
{
    struct change_state *row = step_zalloc(engine, 1, sizeof(*row));
    struct change *change = row == NULL ? NULL : engine_change(engine, CHANGE_MESSAGE_STATE);
    if (change == NULL) {
        return NULL;
    }
    row->msg_id = unsent->msg_id;
    row->peer = unsent->to_user;
    row->state = state;
    row->at_ms = engine->wall_ms;
    row->detail = (struct detail){.policy = "", .min_version = "", .text = ""};
    change->u.state = row;
    return row;
}

void outbox_settle(struct engine *engine, struct unsent *unsent)
{
    struct change *change = engine_change(engine, CHANGE_OUTBOX_DROP);
    if (change == NULL) {
        return;
    }
    change->u.msg_id = unsent->msg_id;
    if (unsent->again || engine->resend_waits) {
        engine->resend_waits = false;
        engine_changed(engine, CHANGED_RESEND, &unsent->msg_id);
    }
    forget(engine, unsent);
    engine->ack_due = engine->sync == SYNC_READY; /* carries settled_no */
}

bool outbox_load(struct engine *engine, const struct outbox_row *row)
{
    return push(engine, row) != NULL;
}

enum oim_status outbox_queue(struct engine *engine, const struct oim_id *msg_id, const struct oim_id *to_user,
                             enum cls cls, struct oim_slice ct)
{
    struct outbox_row row = {
        .msg_id = *msg_id, .to_user = *to_user, .cls = cls, .made_ms = engine->wall_ms, .ct = ct};
    struct unsent *unsent = push(engine, &row);
    if (unsent == NULL) {
        return OIM_ERR_LIMIT;
    }
    outbox_put(engine, unsent);
    return OIM_OK;
}

uint64_t outbox_settled_no(const struct engine *engine)
{
    uint64_t settled = engine->account.last_send_no;
    for (size_t i = 0; i < engine->unsent_count && !BUG(SETTLED_TOO_EARLY); i++) {
        uint64_t no = engine->unsent[i].send_no;
        settled = no != 0 && no - 1 < settled ? no - 1 : settled;
    }
    return settled;
}

size_t outbox_unsent_count(const struct engine *engine)
{
    size_t count = 0;
    for (size_t i = 0; i < engine->unsent_count; i++) {
        count += engine->unsent[i].waits_join ? 0 : 1;
    }
    return count;
}

bool engine_outbox_has(const struct engine *engine, const struct oim_id *msg_id, bool *out_submitted,
                       bool *out_waits_join)
{
    for (size_t i = 0; i < engine->unsent_count; i++) {
        const struct unsent *unsent = &engine->unsent[i];
        if (oim_id_equal(&unsent->msg_id, msg_id)) {
            *out_submitted = unsent->send_no != 0;
            *out_waits_join = unsent->waits_join;
            return true;
        }
    }
    return false;
}
