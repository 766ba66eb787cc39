/*
 * gone.c - notices to both sides about messages that leave without having been delivered: to each sender with
 * the ids, to each recipient with a count per sender. They ride in the transaction that removes the rows.
 *
 * Notices, receipts, own copies and what a device has taken go without a word, but for what an invisible
 * person took: that is told as delivered now, because nothing will be left to tell it from (BLUEPRINT B13).
 */
#include <string.h>

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

/* The same pair of people, so one notice for both rows. The recipient's counts a device of the sender. */
static bool same_pair(const struct core *core, const struct store_due_row *a, const struct store_due_row *b)
{
    return tells(a) && tells(b) && a->uid == b->uid && a->taken == b->taken &&
           sender_of(core, a) == sender_of(core, b);
}

/* Notices about rows[first] and all later rows of the same pair. False: no room. */
static bool add_pair(struct core *core, const struct store_due_row *rows, size_t row_count, size_t first,
                     enum notice_what to_sender, enum notice_what to_recipient, struct notice_list *list)
{
    struct account *sender = sender_of(core, &rows[first]);
    struct account *recipient = registry_person(&core->registry, rows[first].uid);
    if (sender == NULL || recipient == NULL) {
        return true;
    }
    uint8_t msg_ids[GONE_ROW_COUNT_MAX * OIM_ID_SIZE];
    struct notice notice = {
        .what = rows[first].taken ? NOTICE_DELIVERED : to_sender,
        .peer_uid = recipient->uid,
        .first_ms = rows[first].server_ms,
        .at_ms = core->wall_ms,
        .msg_ids = msg_ids,
    };
    for (size_t i = first; i < row_count; i++) {
        if (same_pair(core, &rows[first], &rows[i])) {
            if (!rows[i].taken) {
                traces_gone(core, to_sender == NOTICE_EXPIRED ? TRACE_EXPIRED : TRACE_ERASED, &rows[i], sender->uid);
            }
            memcpy(msg_ids + notice.msg_id_count++ * OIM_ID_SIZE, rows[i].msg_id.bytes, OIM_ID_SIZE);
            notice.last_ms = rows[i].server_ms;
        }
    }
    if (rows[first].taken) {
        notice.k = 1;
        notice.n = recipient->device_count;
        return notice_list_add(core, list, sender, &notice, 0, 0);
    }
    notice.count = (uint32_t)notice.msg_id_count;
    if (!notice_list_add(core, list, sender, &notice, 0, 0)) {
        return false;
    }
    notice.what = to_recipient;
    notice.peer_uid = sender->uid;
    notice.msg_id_count = 0;
    bool expired = to_recipient == NOTICE_EXPIRED_HERE; /* what a summary counts */
    return notice_list_add(core, list, recipient, &notice, expired ? notice.count : 0,
                           expired ? rows[first].src_dev : 0);
}

bool gone_notices(struct core *core, const struct store_due_row *rows, size_t row_count,
                  enum notice_what to_sender, enum notice_what to_recipient, struct notice_list *list)
{
    for (size_t i = 0; i < row_count; i++) {
        size_t earlier = 0;
        while (earlier < i && !same_pair(core, &rows[earlier], &rows[i])) {
            earlier++;
        }
        if (earlier == i && tells(&rows[i]) &&
            !add_pair(core, rows, row_count, i, to_sender, to_recipient, list)) {
            return false;
        }
    }
    return true;
}

uint32_t gone_count(const struct store_due_row *rows, size_t row_count)
{
    uint32_t count = 0;
    for (size_t i = 0; i < row_count; i++) {
        count += tells(&rows[i]) && !rows[i].taken;
    }
    return count;
}
