/*
 * outbox.c - frames that wait for the end of the round, when each session gets one binary message.
 *
 * A block is taken from the pool with the first frame and goes out as it is, without another copy. It is
 * bounded: a session that does not read stops being paged (outbox_has_room), and is closed when even answers
 * do not fit, which loses nothing: what it was to get is in the store.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "proto/codec.h"
#include "server/core/core_internal.h"

#define OUTBOX_HARD_SIZE_MAX (POOL_BLOCK_SIZE_MAX - EFFECT_WRITE_HEADROOM)

void outbox_due(struct core *core, struct session *session)
{
    if (!session->due) {
        session->due = true;
        session->due_next = core->sessions.due;
        core->sessions.due = session;
    }
}

void outbox_drop(struct core *core, struct session *session)
{
    pool_give(&core->pool, session->outbox);
    session->outbox = NULL;
    session->outbox_size = 0;
}

static bool reserve(struct core *core, struct session *session, size_t size)
{
    size_t needed = EFFECT_WRITE_HEADROOM + session->outbox_size + size;
    if (session->outbox != NULL && needed <= pool_block_size(&core->pool, session->outbox)) {
        return true;
    }
    uint8_t *block = pool_take(&core->pool, needed);
    if (block == NULL) {
        return false;
    }
    if (session->outbox != NULL) {
        memcpy(block + EFFECT_WRITE_HEADROOM, session->outbox + EFFECT_WRITE_HEADROOM, session->outbox_size);
        pool_give(&core->pool, session->outbox);
    }
    session->outbox = block;
    return true;
}

/* The session does not read, or there is no memory left for anybody: it comes back and finds everything. */
static void give_up(struct core *core, struct session *session)
{
    outbox_drop(core, session);
    session->close_code = oim_status_close_code(OIM_AGAIN);
    session->closing = true;
    core_log(core, EFFECT_LOG_WARN, "slow_reader", "conn=%llu", (unsigned long long)session->conn);
    session_enter(core, session, SESSION_CLOSED);
    outbox_due(core, session);
}

static bool append(struct core *core, struct session *session, const uint8_t *bytes, size_t size)
{
    if (session->outbox_size + size > OUTBOX_HARD_SIZE_MAX || !reserve(core, session, size)) {
        give_up(core, session);
        return false;
    }
    memcpy(session->outbox + EFFECT_WRITE_HEADROOM + session->outbox_size, bytes, size);
    session->outbox_size += (uint32_t)size;
    outbox_due(core, session);
    return true;
}

static bool append_frame(struct core *core, struct session *session, const struct frame *frame)
{
    oim_buf_clear(&core->encode);
    if (codec_encode(frame, &core->encode) != OIM_OK) {
        core_log(core, EFFECT_LOG_ERROR, "frame_too_large", "kind=%u", (unsigned)frame->kind);
        return true;
    }
    return append(core, session, core->encode.data, core->encode.size);
}

static bool flush_run(struct core *core, struct session *session)
{
    if (session->state != SESSION_READY || session->u.ready.run.from_no == 0) {
        return true;
    }
    const struct result_run run = session->u.ready.run;
    session->u.ready.run.from_no = 0;
    struct frame frame = {.kind = FRAME_SUBMIT_RESULT};
    frame.u.submit_result = (struct frame_submit_result){
        .from_no = run.from_no,
        .to_no = run.to_no,
        .outcome = run.outcome,
        .reason = run.reason,
        .who = run.who,
        .until_ms = run.until_ms,
        .retry_after_ms = run.retry_after_ms,
        .detail = {.policy = run.policy, .min_version = "", .text = ""},
    };
    return append_frame(core, session, &frame);
}

bool outbox_push(struct core *core, struct session *session, const struct frame *frame)
{
    if (session->state == SESSION_CLOSED || !flush_run(core, session)) {
        return false;
    }
    return append_frame(core, session, frame);
}

bool outbox_push_bytes(struct core *core, struct session *session, const uint8_t *bytes, size_t size)
{
    if (session->state == SESSION_CLOSED || !flush_run(core, session)) {
        return false;
    }
    return append(core, session, bytes, size);
}

bool outbox_has_room(const struct session *session, size_t size)
{
    return session->outbox_size + size <= OUTBOX_SIZE_MAX;
}

static bool is_plain(const struct frame_submit_result *result)
{
    const struct detail *detail = &result->detail;
    return result->k == 0 && result->n == 0 && detail->limit == 0 && detail->at_ms == 0 &&
           (result->outcome == OUTCOME_HELD || detail->policy[0] == '\0') && detail->min_version[0] == '\0' &&
           detail->text[0] == '\0';
}

static bool run_takes(const struct result_run *run, const struct frame_submit_result *result)
{
    return run->from_no != 0 && result->from_no == run->to_no + 1 && result->outcome == run->outcome &&
           result->reason == run->reason && result->who == run->who && result->until_ms == run->until_ms &&
           result->retry_after_ms == run->retry_after_ms && strcmp(result->detail.policy, run->policy) == 0;
}

void outbox_result(struct core *core, struct session *session, const struct frame_submit_result *result)
{
    if (session->state != SESSION_READY) {
        return;
    }
    if (!is_plain(result)) {
        struct frame frame = {.kind = FRAME_SUBMIT_RESULT};
        frame.u.submit_result = *result;
        (void)outbox_push(core, session, &frame);
        return;
    }
    struct result_run *run = &session->u.ready.run;
    if (run_takes(run, result)) {
        run->to_no = result->to_no;
        return;
    }
    if (!flush_run(core, session)) {
        return;
    }
    *run = (struct result_run){
        .from_no = result->from_no,
        .to_no = result->to_no,
        .until_ms = result->until_ms,
        .outcome = (uint8_t)result->outcome,
        .reason = (uint8_t)result->reason,
        .who = (uint8_t)result->who,
        .retry_after_ms = result->retry_after_ms,
    };
    (void)snprintf(run->policy, sizeof(run->policy), "%s", result->detail.policy);
    outbox_due(core, session);
}

static void write_out(struct core *core, struct session *session)
{
    struct effect *effect = core_effect(core, EFFECT_WRITE);
    effect->conn = session->conn;
    effect->u.write.data = session->outbox + EFFECT_WRITE_HEADROOM;
    effect->u.write.size = session->outbox_size;
    core->written[core->written_count++] = session->outbox;
    session->outbox = NULL;
    session->outbox_size = 0;
}

static void close_out(struct core *core, struct session *session)
{
    struct effect *effect = core_effect(core, EFFECT_CLOSE);
    effect->conn = session->conn;
    effect->u.close.code = session->close_code;
    effect->u.close.reason = "";
    session->closing = false;
}

static void flush_one(struct core *core, struct session *session)
{
    if (session->gone) {
        return;
    }
    if (!session->blocked && (!session->held || session->closing) && flush_run(core, session) &&
        session->outbox_size > 0) {
        write_out(core, session);
        mailbox_pump_later(core, session);
    }
    if (session->closing) {
        outbox_drop(core, session);
        close_out(core, session);
    }
}

void outbox_flush(struct core *core)
{
    struct session *session = NULL;
    while ((session = core->sessions.due) != NULL) {
        if (core->effects->count + 8 > EFFECT_COUNT_MAX || core->written_count + 1 > EFFECT_COUNT_MAX) {
            core->effects->more = true;
            return;
        }
        core->sessions.due = session->due_next;
        session->due = false;
        flush_one(core, session);
        session_release(core, session);
    }
}
