/*
 * handle_sync.c - the receiving side's words: Sync opens the window, Ack moves the cursor, Attend says how
 * present.
 *
 * An Ack is the device's own commit. In the transaction that moves the cursor the senders' DELIVERED notices
 * are appended, one per (Ack, sender), whatever the number of messages (BLUEPRINT B3).
 *
 * A session has one CURSOR at the store at a time; Acks that come meanwhile become one. Two at once could end
 * with the earlier one lost and the later one committed, and the cursor past messages whose senders never
 * hear of it.
 */
#include <assert.h>
#include <string.h>

#include "common/bug.h"
#include "server/core/handle.h"

#define RETRY_COUNT_MAX 3u

/* Those that no other device of the person has taken before. */
static uint64_t count_delivered(const struct core *core, const struct session *session,
                                const struct sent *items, size_t item_count)
{
    const struct account *person = session_person(core, session);
    uint64_t count = 0;
    for (size_t i = 0; i < item_count; i++) {
        count += delivered_device_count(core, person, session->dev, items[i].seq) == 1;
    }
    return count;
}

/* ---- the cursor ---------------------------------------------------------------------------------------- */

static void on_cursor(struct core *core, struct pending *pending, const struct store_reply *reply);
static enum oim_status acknowledge(struct core *core, struct session *session, uint64_t seq);

static void submit_cursor(struct core *core, struct pending *pending)
{
    struct store_req *req = pending_submit(core, pending);
    req->u.cursor.dev = pending->dev;
    req->u.cursor.epoch = pending->u.notices.epoch;
    req->u.cursor.seq = pending->u.notices.seq;
    req->u.cursor.settled_no = pending->u.notices.settled_no;
    req->u.cursor.announce = !pending->u.notices.withheld;
    req->u.cursor.notices = pending->u.notices.notices;
    req->u.cursor.notice_count = pending->u.notices.notice_count;
    req->u.cursor.server_ms = pending->u.notices.server_ms;
}

void sync_go_on(struct core *core, struct session *session)
{
    if (session->own_acked) {
        mailbox_pump_later(core, session);
    }
    if (!session->ack_waits) {
        return;
    }
    session->ack_waits = false;
    uint64_t seq = session->wanted_seq > session->acked_seq ? session->wanted_seq : session->acked_seq;
    mailbox_pump_later(core, session);
    if (acknowledge(core, session, seq) != OIM_OK) {
        session_close(core, session, OIM_AGAIN, "the server is busy; connect again", RETRY_AFTER_MS);
    }
}

static void on_cursor(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    struct session *session = session_find(core, pending->conn);
    struct device *device = registry_device(&core->registry, pending->dev);
    struct account *person = registry_person(&core->registry, device->uid);
    person->withheld_count -= pending->u.notices.withheld;
    switch (reply->result) {
    case STORE_OK:
        announce_learn(person, reply->u.note.announced, reply->u.note.taken);
        if (pending->u.notices.seq > device->cursor) {
            device->cursor = pending->u.notices.seq;
        }
        core->figures.delivered_count += pending->u.notices.counted;
        core_count(core, DAY_DELIVERED, pending->u.notices.counted);
        notices_on_stored(core, pending->u.notices.notices, pending->u.notices.notice_count, reply,
                          pending->u.notices.server_ms);
        if (!pending->u.notices.withheld) {
            waiters_look_for_room(core, person); /* else when it is announced */
        }
        if (session != NULL) {
            session->cursor_busy = false;
        }
        announce_look(core, person);
        if (session != NULL && session->state == SESSION_READY && !person->announcing) {
            sync_go_on(core, session);
        }
        return;
    case STORE_RETRY:
    case STORE_DISK_FULL:
        if (BUG(ACK_IS_NOT_REPEATED) && session != NULL) {
            session->cursor_busy = false;
            sync_go_on(core, session);
            return;
        }
        if (session != NULL && session->state == SESSION_READY &&
            pending->u.notices.try_count++ < RETRY_COUNT_MAX) {
            pending_keep(pending);
            person->withheld_count += pending->u.notices.withheld;
            submit_cursor(core, pending);
            return;
        }
        break;
    case STORE_UNKNOWN:
        mailbox_on_unknown(core, pending->u.notices.notices, pending->u.notices.notice_count);
        break;
    default:
        break;
    }
    if (session != NULL) {
        bool fenced = reply->result == STORE_FENCED || reply->result == STORE_NOT_FOUND;
        session_close(core, session, fenced ? OIM_ERR_CONFLICT : OIM_AGAIN,
                      fenced ? "another connection of this device took over"
                             : "the store is not sure; connect and acknowledge again",
                      fenced ? 0 : RETRY_AFTER_MS);
    }
}

static struct pending *take_cursor(struct core *core, struct session *session, uint64_t seq,
                                   size_t block_size)
{
    struct pending *pending = pending_take(core, session, STORE_CURSOR, on_cursor, block_size);
    if (pending != NULL) {
        pending->u.notices.seq = seq;
        pending->u.notices.epoch = session->epoch;
        pending->u.notices.settled_no = session->settled_no;
        pending->u.notices.server_ms = core->wall_ms;
        pending->u.notices.withheld = announce_is_withheld(core, session_person(core, session));
        session_person(core, session)->withheld_count += pending->u.notices.withheld;
        session->cursor_busy = true;
    }
    return pending;
}

void sync_move_cursor(struct core *core, struct session *session)
{
    if (session->cursor_busy || session_person(core, session)->announcing) {
        return;
    }
    session->own_acked = false;
    struct pending *pending = take_cursor(core, session, session->acked_seq, 0);
    if (pending != NULL) {
        submit_cursor(core, pending);
    } /* else with the next Ack, which covers it */
}

/* What is acknowledged goes to the store; in steps, when an Ack covers more than one window's worth of
 * senders. */
static enum oim_status acknowledge(struct core *core, struct session *session, uint64_t seq)
{
    struct sent items[DELIVERED_COUNT_MAX]; /* not in the step's arena: one step may go on with hundreds of
                                               sessions */
    struct delivered_group groups[DELIVERED_COUNT_MAX];
    if (core->pendings.count + 2 > core->pendings.entry_count) {
        return OIM_AGAIN;
    }
    struct account *person = session_person(core, session);
    bool withheld = announce_is_withheld(core, person);
    size_t item_count = mailbox_take_acked(core, session, &seq, items, DELIVERED_COUNT_MAX);
    size_t group_count =
        withheld || BUG(NO_DELIVERED_NOTICE) ? 0 : delivered_group(core, person, items, item_count, groups);
    size_t block_size = group_count == 0 ? 0 : notice_list_block_size(group_count, item_count);
    struct pending *pending = take_cursor(core, session, seq, block_size);
    if (pending == NULL) {
        /* They are off the list already: a new connection starts from the store's cursor and repeats them. */
        session_close(core, session, OIM_AGAIN, "the server is busy; connect again", RETRY_AFTER_MS);
        return OIM_OK;
    }
    session->acked_seq = seq;
    for (size_t i = 0; i < item_count; i++) {
        traces_add(core, TRACE_TAKEN, &items[i].msg_id, items[i].src_dev, session->uid, session->dev, 0);
    }
    pending->u.notices.counted = (uint32_t)count_delivered(core, session, items, item_count);
    if (group_count > 0) {
        struct notice_list list;
        notice_list_init(&list, pending->block, block_size, group_count);
        delivered_add(core, person, session->dev, items, item_count, groups, group_count, &list);
        pending->u.notices.notices = list.targets;
        pending->u.notices.notice_count = list.target_count;
    }
    submit_cursor(core, pending);
    return OIM_OK;
}

enum oim_status handle_ack(struct core *core, struct session *session, const struct frame *frame)
{
    const struct frame_ack *ack = &frame->u.ack;
    for (size_t i = 0; i < ack->live_id_count; i++) {
        live_on_ack(core, session, &ack->live_ids[i]);
    }
    bool settles = ack->settled_no > session->settled_no;
    if (settles) {
        session->settled_no = ack->settled_no;
    }
    if (ack->seq == 0 && ack->live_id_count > 0 && !settles) {
        return OIM_OK;
    }
    if (ack->seq >= session->next_seq) {
        return oim_fail(&core->error, OIM_ERR_PROTOCOL, "row %llu was not sent on this connection",
                        (unsigned long long)ack->seq);
    }
    bool is_later = session->ack_waits && session->wanted_seq > session->acked_seq;
    uint64_t acked_seq = is_later ? session->wanted_seq : session->acked_seq;
    if (ack->seq < acked_seq && ack->seq != 0) {
        return oim_fail(&core->error, OIM_ERR_CONFLICT, "the cursor is at %llu already",
                        (unsigned long long)acked_seq);
    }
    uint64_t seq = ack->seq < acked_seq ? acked_seq : ack->seq;
    if (seq == acked_seq && !settles) {
        return OIM_OK;
    }
    if (session->cursor_busy || session_person(core, session)->announcing) {
        session->ack_waits = true;
        session->wanted_seq = seq;
        return OIM_OK;
    }
    mailbox_pump_later(core, session);
    return acknowledge(core, session, seq);
}

/* ---- window and presence ------------------------------------------------------------------------------- */

enum oim_status handle_sync(struct core *core, struct session *session, const struct frame *frame)
{
    const struct frame_sync *sync = &frame->u.sync;
    session->window_rows = sync->window_rows < WINDOW_ROWS_MAX ? sync->window_rows : WINDOW_ROWS_MAX;
    session->window_bytes = sync->window_bytes < WINDOW_BYTES_MAX ? sync->window_bytes : WINDOW_BYTES_MAX;
    if (session->window_rows > 0 && session->window_bytes == 0) {
        session->window_bytes = WINDOW_BYTES_MAX;
    }
    if (sync->from_seq != 0 && sync->from_seq < session->next_seq) {
        mailbox_forget(core, session); /* once more what is not acknowledged */
        session->next_seq = session->acked_seq + 1;
    }
    session->behind = true;
    mailbox_pump_later(core, session);
    return OIM_OK;
}

enum oim_status handle_attend(struct core *core, struct session *session, const struct frame *frame)
{
    enum face_class class = frame->u.attend.class;
    if (class != CLASS_NONE && class != CLASS_ATTENDING && class != CLASS_INTERACTIVE) {
        return oim_fail(&core->error, OIM_ERR_PROTOCOL, "there is no such class of presence");
    }
    struct account *person = session_person(core, session);
    core->sessions.signed_in_count -= session->class != CLASS_NONE;
    session->class = (uint8_t) class;
    session->presences_stale = session->presences_stale || (class == CLASS_NONE && !BUG(LOOKS_AWAY_FOR_EVER));
    presence_set_idle(core, session, frame->u.attend.idle_s);
    core->sessions.signed_in_count += session->class != CLASS_NONE;
    if (!presence_signed_in(core, person)) {
        person->signed_out_ms = core->now_ms;
        live_on_signed_out(core, person);
    }
    presence_on_sessions(core, person);
    return OIM_OK;
}
