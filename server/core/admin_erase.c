/*
 * admin_erase.c - erasing what waits for somebody, with a trace for both sides (BLUEPRINT B18).
 *
 * What comes before it is a change of its own, signed and in the audit log: the mark of `queue --erase` with
 * the person (what waited up to this seq is erased), or a reset of the account. Once that is committed the
 * rows go, in steps, each with its notices in one transaction; what a device takes meanwhile is delivered and
 * stays so. What an invisible person took fills the mailbox as well, so it goes, too, and is told as
 * delivered (BLUEPRINT B13). The administrator is answered when nothing is left. If the server ends in
 * between there is no answer; the rest still waits, and the same request finishes it. Erasing a person, or
 * after a reset, cannot be asked for again: it goes on by itself, soon after the store could not, or at the
 * next start.
 */
#include <string.h>

#include "common/bug.h"
#include "server/core/admin.h"

/* It begins each pending entry's block. */
static struct erasure *erasure_of(struct pending *pending)
{
    return (struct erasure *)(void *)pending->block;
}

struct pending *admin_erasure_take(struct core *core, const struct erasure *erasure, enum store_op op,
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

const struct erasure *admin_erasure(const struct pending *pending)
{
    return (const struct erasure *)(const void *)pending->block;
}

void admin_erasure_answer(struct core *core, const struct erasure *erasure)
{
    const struct store_reply done = {.result = STORE_OK};
    struct erasure copy = *erasure;
    struct pending asked = {.conn = copy.conn, .request = copy.request, .block = (uint8_t *)&copy};
    admin_finish_later(core, &asked, &done, copy.op, copy.make_rows);
}

void admin_erase_again(struct core *core)
{
    core->erase_at_ms = core->now_ms + RETRY_AFTER_MS;
    core_wake_at(core, core->erase_at_ms);
}

uint64_t erase_on_time(struct core *core)
{
    if (core->erase_at_ms != 0 && core->now_ms >= core->erase_at_ms) {
        core->erase_at_ms = 0;
        reset_go_on(core);
        user_erase_go_on(core);
    }
    return core->erase_at_ms;
}

static void end(struct core *core, const struct erasure *erasure, bool all_gone)
{
    struct session *session = session_find(core, erasure->conn);
    if (erasure->then != NULL) {
        erasure->then(core, erasure, all_gone);
    } else if (all_gone) {
        admin_erasure_answer(core, erasure);
    } else if (session != NULL) {
        session_error(core, session, erasure->request, FRAME_ADMIN, OIM_AGAIN, "the server is busy; repeat");
    }
}

static bool ask_waiting(struct core *core, const struct erasure *erasure);

static void on_removed(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    struct erasure *erasure = erasure_of(pending);
    erasure->count += gone_on_reply(core, pending, erasure->why, reply);
    for (size_t i = 0; reply->result == STORE_OK && i < pending->u.notices.row_count; i++) {
        erasure->delivered_count += pending->u.notices.rows[i].taken;
    }
    bool goes_on = reply->result == STORE_OK || reply->result == STORE_STALE;
    if (!goes_on || !ask_waiting(core, erasure)) {
        end(core, erasure, false);
    }
}

static bool remove_rows(struct core *core, const struct erasure *erasure, const struct store_reply *due)
{
    size_t row_count = due->u.due.row_count;
    struct pending *pending =
        admin_erasure_take(core, erasure, STORE_EXPIRE, on_removed, gone_block_size(row_count));
    if (pending == NULL) {
        return false;
    }
    gone_submit(core, pending, pending->block + sizeof(*erasure), erasure->why, due->u.due.rows, row_count);
    return true;
}

static void on_waiting(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    const struct erasure *erasure = admin_erasure(pending);
    if (reply->result == STORE_OK && reply->u.due.row_count > 0) {
        if (!remove_rows(core, erasure, reply)) {
            end(core, erasure, false);
        }
        return;
    }
    waiters_look_for_room(core, registry_person(&core->registry, erasure->uid));
    core_log(core, EFFECT_LOG_INFO, "erase", "uid=%u messages=%llu all_gone=%d", erasure->uid,
             (unsigned long long)erasure->count, reply->result == STORE_OK);
    end(core, erasure, reply->result == STORE_OK);
}

static bool ask_waiting(struct core *core, const struct erasure *erasure)
{
    struct pending *pending = admin_erasure_take(core, erasure, STORE_DUE, on_waiting, 0);
    if (pending == NULL) {
        return false;
    }
    struct store_req *req = pending_submit(core, pending);
    req->u.due.uid = erasure->uid;
    req->u.due.upto_seq = BUG(ERASES_WHAT_COMES_LATER) ? UINT64_MAX : erasure->upto_seq;
    req->u.due.row_max = GONE_ROW_COUNT_MAX;
    req->u.due.untold = true;
    return true;
}

static void on_head(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    struct erasure *erasure = erasure_of(pending);
    if (reply->result == STORE_NOT_FOUND) { /* no device ever had a mailbox here */
        end(core, erasure, true);
        return;
    }
    erasure->upto_seq = reply->u.count.head;
    if (reply->result != STORE_OK || !ask_waiting(core, erasure)) {
        end(core, erasure, false);
    }
}

void admin_erase_all(struct core *core, const struct erasure *erasure)
{
    struct pending *pending = admin_erasure_take(core, erasure, STORE_COUNT, on_head, 0);
    if (pending == NULL) {
        end(core, erasure, false);
        return;
    }
    pending_submit(core, pending)->u.count.uid = erasure->uid;
}

/* ---- queue --erase ------------------------------------------------------------------------------------- */

static void make_erased(struct admin_call *call, struct pending *pending, const struct store_reply *reply)
{
    const struct erasure *erasure = admin_erasure(pending);
    const struct account *person = registry_person(&call->core->registry, erasure->uid);
    (void)reply;
    if (admin_row(call, 4)) {
        admin_text(call, "login", person->login);
        admin_text(call, "display", person->display);
        admin_number(call, "erased", erasure->count);
        admin_number(call, "delivered", erasure->delivered_count);
    }
}

static void on_marked(struct core *core, const uint64_t context[2])
{
    struct erasure erasure = {.conn = context[0],
                              .request = (uint32_t)context[1],
                              .uid = (uint32_t)(context[1] >> 32),
                              .why = GONE_ERASED,
                              .op = ADMIN_QUEUE,
                              .make_rows = make_erased};
    erasure.upto_seq = registry_person(&core->registry, erasure.uid)->erased_seq;
    if (!ask_waiting(core, &erasure)) {
        end(core, &erasure, false);
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
    if (op->waiting != 0) {
        audit_text_add(&call->before, "%s: %llu waiting when it was asked for", updated.login,
                       (unsigned long long)op->waiting);
    }
    audit_text_add(&call->after, "%s: what waits up to %llu is erased", updated.login,
                   (unsigned long long)op->upto_seq);
    admin_put_person(call, &updated);
    call->after_commit = on_marked;
    call->after_context[0] = call->session->conn;
    call->after_context[1] = (uint64_t)updated.uid << 32 | call->frame->request;
    return OIM_OK;
}
