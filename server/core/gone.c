/*
 * gone.c - the removal of rows whose time is up or which an administrator erases, and what both sides hear of
 * the messages among them that were not delivered: each sender the ids, each recipient a count per sender.
 * The notices ride in the transaction that removes the rows.
 *
 * Notices, receipts, own copies and what a device has taken go without a word, but for what an invisible
 * person took: that is told as delivered now, because nothing will be left to tell it from (BLUEPRINT B13).
 */
#include <assert.h>
#include <string.h>

#include "common/bug.h"
#include "policy/retention.h"
#include "server/core/core_internal.h"

_Static_assert(2 * GONE_ROW_COUNT_MAX <= STORE_NOTICE_COUNT_MAX,
               "every row may need a notice of its own twice");

static bool tells(const struct store_due_row *row)
{
    return row->kind == STORE_ROW_MESSAGE && !(row->taken && row->announced) &&
           (row->flags & STORE_ROW_OWN_COPY) == 0 && retention_tells(row->cls);
}

static struct account *sender_of(const struct core *core, const struct store_due_row *row)
{
    const struct device *device = registry_device(&core->registry, row->src_dev);
    return device == NULL ? NULL : registry_person(&core->registry, device->uid);
}

/* What a reset did not get to before the person joined again: it was for devices that are gone. */
static enum gone_why why_of(const struct core *core, const struct store_due_row *row, enum gone_why why)
{
    const struct account *person = registry_person(&core->registry, (uint32_t)row->uid);
    bool is_rest = person != NULL && person->generation > 1 && row->server_ms < person->invited_ms;
    return why == GONE_EXPIRED && is_rest ? GONE_RESET : why;
}

/* The same pair of people, so one notice for both rows. The recipient's counts a device of the sender. */
static bool same_pair(const struct core *core, const struct store_due_row *a, const struct store_due_row *b)
{
    return tells(a) && tells(b) && a->uid == b->uid && a->taken == b->taken &&
           sender_of(core, a) == sender_of(core, b) &&
           why_of(core, a, GONE_EXPIRED) == why_of(core, b, GONE_EXPIRED);
}

/* What the two sides hear. NOTICE_NONE: nothing; no device that is to come is owed it. */
struct said {
    enum notice_what to_sender, to_recipient;
    enum reason reason;
};

static const struct said all_said[] = {
    [GONE_EXPIRED] = {NOTICE_EXPIRED, NOTICE_EXPIRED_HERE, REASON_NONE},
    [GONE_ERASED] = {NOTICE_ERASED, NOTICE_ERASED_HERE, REASON_NONE},
    [GONE_RESET] = {NOTICE_ERASED, NOTICE_NONE, REASON_ACCOUNT_RESET},
};

/* Notices about rows[first] and all later rows of the same pair. False: no room. */
static bool add_pair(struct core *core, const struct store_due_row *rows, size_t row_count, size_t first,
                     const struct said *said, struct notice_list *list)
{
    struct account *sender = sender_of(core, &rows[first]);
    struct account *recipient = registry_person(&core->registry, rows[first].uid);
    if (sender == NULL || recipient == NULL) {
        return true;
    }
    uint8_t msg_ids[GONE_ROW_COUNT_MAX * OIM_ID_SIZE];
    struct notice notice = {
        .what = rows[first].taken ? NOTICE_DELIVERED : said->to_sender,
        .peer_uid = recipient->uid,
        .first_ms = rows[first].server_ms,
        .at_ms = core->wall_ms,
        .msg_ids = msg_ids,
    };
    for (size_t i = first; i < row_count; i++) {
        if (same_pair(core, &rows[first], &rows[i])) {
            memcpy(msg_ids + notice.msg_id_count++ * OIM_ID_SIZE, rows[i].msg_id.bytes, OIM_ID_SIZE);
            notice.last_ms = rows[i].server_ms;
        }
    }
    if (rows[first].taken) {
        notice.k = 1;
        notice.n =
            recipient->device_count > 0 ? recipient->device_count : 1; /* all of them are gone by now */
        return notice_list_add(core, list, sender, &notice, 0, 0);
    }
    notice.count = (uint32_t)notice.msg_id_count;
    notice.reason = said->reason;
    if (!notice_list_add(core, list, sender, &notice, 0, 0)) {
        return false;
    }
    if (said->to_recipient == NOTICE_NONE) {
        return true;
    }
    notice.what = said->to_recipient;
    notice.peer_uid = sender->uid;
    notice.msg_id_count = 0;
    bool expired = said->to_recipient == NOTICE_EXPIRED_HERE; /* what a summary counts */
    return notice_list_add(core, list, recipient, &notice, expired ? notice.count : 0,
                           expired ? rows[first].src_dev : 0);
}

static void add_notices(struct core *core, const struct store_due_row *rows, size_t row_count,
                        enum gone_why why, struct notice_list *list)
{
    for (size_t i = 0; i < row_count; i++) {
        size_t earlier = 0;
        while (earlier < i && !same_pair(core, &rows[earlier], &rows[i])) {
            earlier++;
        }
        if (earlier == i && tells(&rows[i])) {
            const struct said *said = &all_said[why_of(core, &rows[i], why)];
            bool added = add_pair(core, rows, row_count, i, said, list);
            assert(added); /* gone_block_size allows for the worst case */
            (void)added;
        }
    }
}

size_t gone_block_size(size_t row_count)
{
    return row_count * sizeof(struct store_due_row) + notice_list_block_size(2 * row_count, row_count);
}

void gone_submit(struct core *core, struct pending *pending, uint8_t *block, enum gone_why why,
                 const struct store_due_row *due, size_t row_count)
{
    assert(row_count <= GONE_ROW_COUNT_MAX);
    struct store_due_row *rows = (struct store_due_row *)(void *)block;
    size_t rows_size = row_count * sizeof(rows[0]);
    memcpy(rows, due, rows_size);
    struct notice_list list;
    notice_list_init(&list, block + rows_size, gone_block_size(row_count) - rows_size, 2 * row_count);
    if (!(why == GONE_EXPIRED ? BUG(NO_EXPIRED_NOTICE) : BUG(NO_ERASED_NOTICE))) {
        add_notices(core, rows, row_count, why, &list);
    }
    pending->u.notices.notices = list.targets;
    pending->u.notices.notice_count = list.target_count;
    pending->u.notices.rows = rows;
    pending->u.notices.row_count = row_count;
    pending->u.notices.server_ms = core->wall_ms;
    struct store_req *req = pending_submit(core, pending);
    req->u.expire.rows = rows;
    req->u.expire.row_count = row_count;
    req->u.expire.notices = list.targets;
    req->u.expire.notice_count = list.target_count;
    req->u.expire.server_ms = core->wall_ms;
}

uint32_t gone_on_reply(struct core *core, const struct pending *pending, enum gone_why why,
                       const struct store_reply *reply)
{
    const struct store_target *notices = pending->u.notices.notices;
    size_t notice_count = pending->u.notices.notice_count;
    if (reply->result == STORE_UNKNOWN) {
        mailbox_on_unknown(core, notices, notice_count);
    }
    if (reply->result != STORE_OK) {
        return 0;
    }
    uint32_t count = 0;
    for (size_t i = 0; i < pending->u.notices.row_count; i++) {
        const struct store_due_row *row = &pending->u.notices.rows[i];
        if (tells(row) && !row->taken) {
            bool expired = why_of(core, row, why) == GONE_EXPIRED;
            traces_add(core, expired ? TRACE_EXPIRED : TRACE_ERASED, &row->msg_id, row->src_dev,
                       (uint32_t)row->uid, 0, 0);
            core_count(core, expired ? DAY_EXPIRED : DAY_ERASED, 1);
            count++;
        }
    }
    notices_on_stored(core, notices, notice_count, reply, pending->u.notices.server_ms);
    return count;
}
