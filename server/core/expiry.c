/*
 * expiry.c - messages whose time is up, with a trace for both sides (BLUEPRINT B19).
 *
 * The store names what is due; the notices to the senders (EXPIRED, with the ids) and to the recipients
 * (EXPIRED_HERE, a count) go into the transaction that removes the rows (gone.c). If the rows have changed
 * meanwhile, it is asked again.
 *
 * A calendar that is wrong would throw away what waits: nothing expires until the calendar and the clock that
 * only counts have agreed for ten minutes, after a start and after every jump of more than an hour (STORE.md
 * 4(h)).
 */
#include "server/core/core_internal.h"

#define EXPIRY_PERIOD_MS 60000u
#define CALENDAR_JUMP_MS 3600000u
#define CALENDAR_TRUST_MS 600000u

static void ask_due(struct core *core);

static void again_later(struct core *core)
{
    core->expiry_running = false;
    core->expiry_at_ms = core->now_ms + EXPIRY_PERIOD_MS;
}

static void on_expired(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    (void)gone_on_reply(core, pending, GONE_EXPIRED, reply);
    if (reply->result == STORE_OK) {
        waiters_look_everywhere(core);
    }
    if (reply->result == STORE_OK || reply->result == STORE_STALE) {
        ask_due(core); /* until there is nothing left */
    } else {
        again_later(core);
    }
}

static void on_due(struct core *core, struct pending *asked, const struct store_reply *reply)
{
    (void)asked;
    size_t row_count = reply->result == STORE_OK ? reply->u.due.row_count : 0;
    if (row_count == 0) {
        again_later(core);
        return;
    }
    if (row_count > GONE_ROW_COUNT_MAX) {
        row_count = GONE_ROW_COUNT_MAX;
    }
    struct pending *pending = pending_take(core, NULL, STORE_EXPIRE, on_expired, gone_block_size(row_count));
    if (pending == NULL) {
        again_later(core);
        return;
    }
    gone_submit(core, pending, pending->block, GONE_EXPIRED, reply->u.due.rows, row_count);
    core_log(core, EFFECT_LOG_INFO, "expire", "rows=%zu notices=%zu", row_count, pending->u.notices.notice_count);
}

static void ask_due(struct core *core)
{
    struct pending *pending = pending_take(core, NULL, STORE_DUE, on_due, 0);
    if (pending == NULL) {
        again_later(core);
        return;
    }
    struct store_req *req = pending_submit(core, pending);
    req->u.due.now_ms = core->wall_ms;
    req->u.due.row_max = GONE_ROW_COUNT_MAX;
    core->expiry_running = true;
}

static void watch_calendar(struct core *core)
{
    uint64_t expected_ms = core->expiry_seen_wall_ms + (core->now_ms - core->expiry_seen_now_ms);
    uint64_t off_ms = core->wall_ms > expected_ms ? core->wall_ms - expected_ms : expected_ms - core->wall_ms;
    bool is_first = core->expiry_seen_now_ms == 0;
    if (is_first || off_ms > CALENDAR_JUMP_MS) {
        core->expiry_trusts_at_ms = core->now_ms + CALENDAR_TRUST_MS;
        core->calendar_jumped = !is_first;
    }
    if (!is_first && off_ms > CALENDAR_JUMP_MS) {
        core_log(core, EFFECT_LOG_WARN, "calendar.jump", "minutes=%s%llu nothing_expires_for_minutes=%u",
                 core->wall_ms > expected_ms ? "" : "-", (unsigned long long)(off_ms / 60000),
                 CALENDAR_TRUST_MS / 60000);
    }
    core->expiry_seen_now_ms = core->now_ms;
    core->expiry_seen_wall_ms = core->wall_ms;
}

uint64_t expiry_on_time(struct core *core)
{
    watch_calendar(core);
    if (core->expiry_running) {
        return 0;
    }
    if (core->expiry_at_ms == 0) {
        core->expiry_at_ms = core->now_ms + EXPIRY_PERIOD_MS;
    }
    if (core->expiry_at_ms <= core->now_ms && core->now_ms >= core->expiry_trusts_at_ms) {
        ask_due(core);
    } else if (core->expiry_at_ms <= core->now_ms) {
        core->expiry_at_ms = core->expiry_trusts_at_ms;
    }
    return core->expiry_running ? 0 : core->expiry_at_ms;
}
