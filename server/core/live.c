/*
 * live.c - messages that reach only who is signed in (BLUEPRINT B17, F11): on disk nothing but the marker of
 * the number; pushed from memory once that is committed; acknowledged by msg_id.
 *
 * Not acknowledged within ten seconds, or nobody there any more: not delivered. A later acknowledgement
 * upgrades that. After a restart nothing is known here, and a number asked again was not delivered.
 */
#include <assert.h>
#include <string.h>

#include "common/bug.h"
#include "server/core/core_internal.h"

#define LIVE_KEEP_MS 120000u /* for late acknowledgements */

enum oim_status live_init(struct live *live, size_t entry_count_max)
{
    enum oim_status status = oim_table_init(&live->table, entry_count_max, sizeof(struct live_entry));
    if (status != OIM_OK) {
        return status;
    }
    return oim_table_init(&live->by_msg, entry_count_max, sizeof(struct oim_id));
}

void live_finish(struct live *live)
{
    oim_table_finish(&live->table);
    oim_table_finish(&live->by_msg);
}

static struct oim_id number_key(uint64_t src_dev, uint64_t send_no)
{
    struct oim_id key;
    oim_put_be64(key.bytes, src_dev);
    oim_put_be64(key.bytes + 8, send_no);
    return key;
}

/* Names a message for the person it went to; two people cannot clash, whatever ids a sender makes up. */
static struct oim_id message_key(uint32_t uid, const struct oim_id *msg_id)
{
    uint8_t uid_bytes[4];
    oim_put_be32(uid_bytes, uid);
    const struct oim_slice parts[] = {oim_slice(uid_bytes, sizeof(uid_bytes)),
                                      oim_slice(msg_id->bytes, OIM_ID_SIZE)};
    struct oim_id key;
    crypto_hash128("OIM-live-key-v1", parts, OIM_COUNT(parts), &key);
    return key;
}

static void forget(struct core *core, const struct live_entry *entry)
{
    struct oim_id by_msg = message_key(entry->uid, &entry->msg_id);
    struct oim_id number = number_key(entry->src_dev, entry->send_no);
    (void)!oim_table_remove(&core->live.by_msg, &by_msg);
    (void)!oim_table_remove(&core->live.table, &number);
}

static void tell(struct core *core, struct session *session, uint64_t send_no, const struct oim_id *msg_id,
                 enum live_state state, uint32_t k, uint32_t n)
{
    struct frame frame = {.kind = FRAME_LIVE_RESULT};
    frame.u.live_result = (struct frame_live_result){
        .send_no = send_no,
        .msg_id = *msg_id,
        .state = state,
        .k = k,
        .n = n,
    };
    (void)outbox_push(core, session, &frame);
}

static void tell_sender(struct core *core, const struct live_entry *entry)
{
    const struct device *device = registry_device(&core->registry, entry->src_dev);
    if (device != NULL && device->session != NULL) {
        tell(core, device->session, entry->send_no, &entry->msg_id,
             entry->k > 0 ? LIVE_DELIVERED : LIVE_NOT_DELIVERED, entry->k, entry->n);
    }
}

static void answer(struct core *core, struct session *session, uint64_t send_no, uint32_t k, uint32_t n)
{
    const struct frame_submit_result result = {
        .from_no = send_no,
        .to_no = send_no,
        .outcome = OUTCOME_LIVE,
        .k = k,
        .n = n,
        .detail = {.policy = "", .min_version = "", .text = ""},
    };
    outbox_result(core, session, &result);
}

/* The oldest makes room: what it was, its sender has been told long ago. */
static struct live_entry *entry_add(struct core *core, uint64_t src_dev, uint64_t send_no, uint32_t uid,
                                    const struct oim_id *msg_id)
{
    struct oim_table *table = &core->live.table;
    struct oim_id number = number_key(src_dev, send_no);
    struct oim_id by_msg = message_key(uid, msg_id);
    if (oim_table_get(&core->live.by_msg, &by_msg) != NULL) {
        return NULL; /* the same id again: the first one is spoken of */
    }
    if (table->count == table->capacity) {
        struct live_entry *oldest = oim_table_first(table);
        if (!oldest->settled) {
            tell_sender(core, oldest);
        }
        forget(core, oldest);
    }
    struct live_entry *entry = oim_table_add(table, &number);
    struct oim_id *number_at = oim_table_add(&core->live.by_msg, &by_msg);
    assert(entry != NULL && number_at != NULL);
    *number_at = number;
    *entry = (struct live_entry){
        .msg_id = *msg_id,
        .send_no = send_no,
        .pushed_ms = core->now_ms,
        .src_dev = (uint32_t)src_dev,
        .uid = uid,
    };
    return entry;
}

void live_start(struct core *core, struct pending *pending)
{
    const struct submission *submission = &pending->u.submission;
    struct account *recipient = registry_person(&core->registry, submission->to_uid);
    struct session *session = session_find(core, pending->conn);
    const struct store_row row = {
        .kind = STORE_ROW_MESSAGE,
        .src_dev = pending->dev,
        .cls = submission->cls,
        .server_ms = submission->server_ms,
        .msg_id = submission->msg_id,
        .env = oim_slice(pending->block, submission->env_size),
    };
    uint32_t pushed = mailbox_push_live(core, recipient, &row);
    if (session != NULL) {
        answer(core, session, submission->send_no, pushed, recipient->device_count);
    }
    struct live_entry *entry =
        entry_add(core, pending->dev, submission->send_no, submission->to_uid, &submission->msg_id);
    if (entry == NULL) {
        return;
    }
    entry->n = pushed;
    if (BUG(LIVE_IS_DELIVERED) && session != NULL) {
        tell(core, session, submission->send_no, &submission->msg_id, LIVE_DELIVERED, 1, pushed);
    }
    if (pushed == 0) {
        entry->settled = true;
        tell_sender(core, entry);
    }
}

void live_replay(struct core *core, struct session *session, uint64_t send_no, const struct oim_id *msg_id)
{
    struct oim_id number = number_key(session->dev, send_no);
    const struct live_entry *entry = oim_table_get(&core->live.table, &number);
    if (entry == NULL) {
        answer(core, session, send_no, 0, 0);
        tell(core, session, send_no, msg_id, LIVE_NOT_DELIVERED, 0, 0);
        return;
    }
    const struct account *recipient = registry_person(&core->registry, entry->uid);
    answer(core, session, send_no, entry->n, recipient->device_count);
    if (entry->settled) {
        tell_sender(core, entry);
    }
}

void live_on_ack(struct core *core, struct session *session, const struct oim_id *msg_id)
{
    struct oim_id by_msg = message_key(session->uid, msg_id);
    const struct oim_id *number = oim_table_get(&core->live.by_msg, &by_msg);
    struct live_entry *entry = number == NULL ? NULL : oim_table_get(&core->live.table, number);
    if (entry == NULL || entry->k >= entry->n || entry->k >= OIM_COUNT(entry->acked_devs)) {
        return;
    }
    for (uint32_t i = 0; i < entry->k; i++) {
        if (entry->acked_devs[i] == session->dev) {
            return; /* said before */
        }
    }
    entry->acked_devs[entry->k++] = session->dev;
    entry->settled = true;
    traces_add(core, TRACE_TAKEN, msg_id, entry->src_dev, session->uid, session->dev, 0);
    if (entry->k == 1) {
        core->figures.delivered_count++;
        core_count(core, DAY_DELIVERED, 1);
    }
    tell_sender(core, entry);
}

static void give_up(struct core *core, struct live_entry *entry)
{
    entry->settled = true;
    traces_add(core, TRACE_LOST, &entry->msg_id, entry->src_dev, entry->uid, 0, 0);
    tell_sender(core, entry);
}

void live_on_signed_out(struct core *core, struct account *person)
{
    struct live_entry *next = NULL;
    if (core->live.table.count == 0) {
        return;
    }
    for (struct live_entry *entry = oim_table_first(&core->live.table); entry != NULL; entry = next) {
        next = oim_table_next(&core->live.table, entry);
        if (entry->uid == person->uid && !entry->settled) {
            give_up(core, entry);
        }
    }
}

uint64_t live_on_time(struct core *core)
{
    struct oim_table *table = &core->live.table;
    struct live_entry *next = NULL;
    uint64_t wake_at_ms = 0;
    for (struct live_entry *entry = oim_table_first(table); entry != NULL; entry = next) {
        next = oim_table_next(table, entry);
        uint64_t age_ms = core->now_ms - entry->pushed_ms;
        if (age_ms < LIVE_TIMEOUT_MS) {
            return entry->pushed_ms + LIVE_TIMEOUT_MS;
        }
        if (!entry->settled) {
            give_up(core, entry);
        }
        if (age_ms >= LIVE_KEEP_MS) {
            forget(core, entry);
        } else if (wake_at_ms == 0) {
            wake_at_ms = entry->pushed_ms + LIVE_KEEP_MS;
        }
    }
    return wake_at_ms;
}
