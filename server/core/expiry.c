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
#include <assert.h>
#include <string.h>

#include "common/bug.h"
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
    if (reply->result == STORE_OK) {
        core_count(core, DAY_EXPIRED, pending->u.notices.counted);
        notices_on_stored(core, pending->u.notices.notices, pending->u.notices.notice_count, reply,
                          pending->u.notices.server_ms);
        waiters_look_everywhere(core);
    } else if (reply->result == STORE_UNKNOWN) {
        mailbox_on_unknown(core, pending->u.notices.notices, pending->u.notices.notice_count);
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
    size_t rows_size = row_count * sizeof(reply->u.due.rows[0]);
    size_t notices_size = notice_list_block_size(2 * row_count, row_count);
    struct pending *pending = pending_take(core, NULL, STORE_EXPIRE, on_expired, rows_size + notices_size);
    if (pending == NULL) {
        again_later(core);
        return;
    }
    struct store_due_row *rows = (struct store_due_row *)(void *)pending->block;
    memcpy(rows, reply->u.due.rows, rows_size);
    struct notice_list list;
    notice_list_init(&list, pending->block + rows_size, notices_size, 2 * row_count);
    bool added = BUG(NO_EXPIRED_NOTICE) ||
                 gone_notices(core, rows, row_count, NOTICE_EXPIRED, NOTICE_EXPIRED_HERE, &list);
    assert(added); /* the block was sized for the worst case */
    (void)added;
    pending->u.notices.notices = list.targets;
    pending->u.notices.notice_count = list.target_count;
    pending->u.notices.server_ms = core->wall_ms;
    pending->u.notices.counted = gone_count(rows, row_count);
    struct store_req *req = pending_submit(core, pending);
    req->u.expire.rows = rows;
    req->u.expire.row_count = row_count;
    req->u.expire.notices = list.targets;
    req->u.expire.notice_count = list.target_count;
    req->u.expire.server_ms = core->wall_ms;
    core_log(core, EFFECT_LOG_INFO, "expire", "rows=%zu notices=%zu", row_count, list.target_count);
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
