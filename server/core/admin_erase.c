/*
 * admin_erase.c - erasing what waits for somebody, with a trace for both sides (BLUEPRINT B18).
 *
 * The change itself is a mark with the person, signed and in the audit log: what waited up to this seq is
 * erased. Once it is committed the rows go, in steps, each with its notices in one transaction; what a device
 * takes meanwhile is delivered and stays so. The administrator is answered when nothing is left. If the
 * server ends in between there is no answer, the rest still waits, and the same request finishes it.
 */
#include <string.h>

#include "common/bug.h"
#include "server/core/admin.h"

/* One erasure on its way; begins each pending entry's block. */
struct erasure {
    uint64_t conn, upto_seq, count;
    uint32_t request, uid;
};

static struct erasure *erasure_of(struct pending *pending)
{
    return (struct erasure *)(void *)pending->block;
}

static void make_erased(struct admin_call *call, struct pending *pending, const struct store_reply *reply)
{
    const struct erasure *erasure = erasure_of(pending);
    const struct account *person = registry_person(&call->core->registry, erasure->uid);
    (void)reply;
    if (admin_row(call, 3)) {
        admin_text(call, "login", person->login);
        admin_text(call, "display", person->display);
        admin_number(call, "erased", erasure->count);
    }
}

/* An entry of whoever asked, as long as they are there. NULL: no room now. */
static struct pending *take(struct core *core, const struct erasure *erasure, enum store_op op,
                            pending_reply_fn *on_reply, size_t size)
{
    struct session *session = session_find(core, erasure->conn);
    struct pending *pending = pending_take(core, session, op, on_reply, sizeof(*erasure) + size);
    if (pending != NULL) {
        pending->request = erasure->request;
        memcpy(pending->block, erasure, sizeof(*erasure));
    }
    return pending;
}

static bool ask_waiting(struct core *core, const struct erasure *erasure);

static void on_removed(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    struct erasure *erasure = erasure_of(pending);
    erasure->count += gone_on_reply(core, pending, GONE_ERASED, reply);
    bool goes_on = reply->result == STORE_OK || reply->result == STORE_STALE;
    if (!goes_on || !ask_waiting(core, erasure)) {
        const struct store_reply busy = {.result = STORE_RETRY};
        admin_finish_later(core, pending, &busy, ADMIN_QUEUE, make_erased);
    }
}

static bool remove_rows(struct core *core, const struct erasure *erasure, const struct store_reply *due)
{
    size_t row_count = due->u.due.row_count;
    struct pending *pending = take(core, erasure, STORE_EXPIRE, on_removed, gone_block_size(row_count));
    if (pending == NULL) {
        return false;
    }
    gone_submit(core, pending, pending->block + sizeof(*erasure), GONE_ERASED, due->u.due.rows, row_count);
    return true;
}

static void on_waiting(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    const struct erasure *erasure = erasure_of(pending);
    if (reply->result == STORE_OK && reply->u.due.row_count > 0) {
        if (!remove_rows(core, erasure, reply)) {
            const struct store_reply busy = {.result = STORE_RETRY};
            admin_finish_later(core, pending, &busy, ADMIN_QUEUE, make_erased);
        }
        return;
    }
    waiters_look_for_room(core, registry_person(&core->registry, erasure->uid));
    core_log(core, EFFECT_LOG_INFO, "erase", "uid=%u messages=%llu", erasure->uid,
             (unsigned long long)erasure->count);
    admin_finish_later(core, pending, reply, ADMIN_QUEUE, make_erased);
}

static bool ask_waiting(struct core *core, const struct erasure *erasure)
{
    struct pending *pending = take(core, erasure, STORE_DUE, on_waiting, 0);
    if (pending == NULL) {
        return false;
    }
    struct store_req *req = pending_submit(core, pending);
    req->u.due.uid = erasure->uid;
    req->u.due.upto_seq = BUG(ERASES_WHAT_COMES_LATER) ? UINT64_MAX : erasure->upto_seq;
    req->u.due.row_max = GONE_ROW_COUNT_MAX;
    return true;
}

static void on_marked(struct core *core, const uint64_t context[2])
{
    struct erasure erasure = {
        .conn = context[0], .request = (uint32_t)context[1], .uid = (uint32_t)(context[1] >> 32)};
    erasure.upto_seq = registry_person(&core->registry, erasure.uid)->erased_seq;
    struct session *session = session_find(core, erasure.conn);
    if (!ask_waiting(core, &erasure) && session != NULL) {
        session_error(core, session, erasure.request, FRAME_ADMIN, OIM_AGAIN, "the server is busy; repeat");
    }
}

enum oim_status admin_erase(struct admin_call *call)
{
    const struct admin_op *op = call->op;
    if (call->target == NULL) {
        return oim_fail(&call->core->error, OIM_ERR_USAGE, "whose queue is missing");
    }
    if (op->upto_seq == 0) {
        return oim_fail(&call->core->error, OIM_ERR_USAGE, "up to which message is missing: look first");
    }
    struct account updated = *call->target;
    updated.erased_seq = op->upto_seq > updated.erased_seq ? op->upto_seq : updated.erased_seq;
    audit_text_add(&call->after, "%s: what waits up to %llu is erased", updated.login,
                   (unsigned long long)op->upto_seq);
    admin_put_person(call, &updated);
    call->after_commit = on_marked;
    call->after_context[0] = call->session->conn;
    call->after_context[1] = (uint64_t)updated.uid << 32 | call->frame->request;
    return OIM_OK;
}
