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

#define ACKED_COUNT_MAX WINDOW_ROWS_MAX
#define RETRY_COUNT_MAX 3u

/* ---- notices of one Ack -------------------------------------------------------------------------------- */

struct delivered_group {
    struct account *to;
    bool quiet;
    uint32_t count;
};

/* Devices of the person that are known to have acknowledged seq; the one that just did is among them. */
static uint32_t count_acked(const struct core *core, const struct account *person,
                            const struct session *session, uint64_t seq)
{
    uint32_t count = 0;
    for (const struct device *device = registry_first_device(&core->registry, person); device != NULL;
         device = registry_next_device(&core->registry, device)) {
        count += device->dev == session->dev || device->cursor >= seq;
    }
    return count;
}

/* Groups the messages by sender; returns how many groups there are. */
static size_t group_by_sender(struct core *core, const struct sent *items, size_t item_count, bool tell_quiet,
                              struct delivered_group *groups)
{
    size_t group_count = 0;
    for (size_t i = 0; i < item_count; i++) {
        const struct device *device = registry_device(&core->registry, items[i].src_dev);
        struct account *to = device == NULL ? NULL : registry_person(&core->registry, device->uid);
        if (to == NULL) {
            continue;
        }
        bool quiet = tell_quiet && (items[i].flags & SENT_QUIET) != 0;
        size_t at = 0;
        while (at < group_count && (groups[at].to != to || groups[at].quiet != quiet)) {
            at++;
        }
        if (at == group_count) {
            groups[group_count++] = (struct delivered_group){.to = to, .quiet = quiet};
        }
        groups[at].count++;
    }
    return group_count;
}

/* The ids of one group's messages, packed: as many as it counts. */
static void collect_ids(struct core *core, const struct sent *items, size_t item_count, bool tell_quiet,
                        const struct delivered_group *group, uint8_t *out)
{
    size_t count = 0;
    for (size_t i = 0; i < item_count; i++) {
        const struct device *device = registry_device(&core->registry, items[i].src_dev);
        bool quiet = tell_quiet && (items[i].flags & SENT_QUIET) != 0;
        if (device != NULL && device->uid == group->to->uid && quiet == group->quiet) {
            memcpy(out + count++ * OIM_ID_SIZE, items[i].msg_id.bytes, OIM_ID_SIZE);
        }
    }
    assert(count == group->count);
}

static void add_notices(struct core *core, const struct session *session, const struct sent *items,
                        size_t item_count, const struct delivered_group *groups, size_t group_count,
                        struct notice_list *list)
{
    uint8_t msg_ids[ACKED_COUNT_MAX * OIM_ID_SIZE];
    struct account *person = session_person(core, session);
    bool tell_quiet = policies_effective(&core->policies, person)->tell_sender_dnd;
    uint32_t k = item_count == 0 ? 0 : count_acked(core, person, session, items[item_count - 1].seq);
    for (size_t i = 0; i < group_count; i++) {
        collect_ids(core, items, item_count, tell_quiet, &groups[i], msg_ids);
        const struct notice notice = {
            .what = groups[i].quiet ? NOTICE_DELIVERED_QUIET : NOTICE_DELIVERED,
            .peer_uid = person->uid,
            .k = k,
            .n = person->device_count,
            .until_ms = groups[i].quiet ? person->state_until_ms : 0,
            .at_ms = core->wall_ms,
            .msg_ids = msg_ids,
            .msg_id_count = groups[i].count,
        };
        bool added = notice_list_add(core, list, groups[i].to, &notice, 0, 0);
        assert(added); /* the block was sized for them */
        (void)added;
    }
}

/* Those that no other device of the person has taken before. */
static uint64_t count_delivered(const struct core *core, const struct session *session,
                                const struct sent *items, size_t item_count)
{
    const struct account *person = session_person(core, session);
    uint64_t count = 0;
    for (size_t i = 0; i < item_count; i++) {
        count += count_acked(core, person, session, items[i].seq) == 1;
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
    req->u.cursor.announce = true;
    req->u.cursor.notices = pending->u.notices.notices;
    req->u.cursor.notice_count = pending->u.notices.notice_count;
    req->u.cursor.server_ms = pending->u.notices.server_ms;
}

/* What waited while the CURSOR was at the store. */
static void go_on(struct core *core, struct session *session)
{
    session->cursor_busy = false;
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
    switch (reply->result) {
    case STORE_OK:
        if (pending->u.notices.seq > device->cursor) {
            device->cursor = pending->u.notices.seq;
        }
        core->figures.delivered_count += pending->u.notices.counted;
        core_count(core, DAY_DELIVERED, pending->u.notices.counted);
        notices_on_stored(core, pending->u.notices.notices, pending->u.notices.notice_count, reply,
                          pending->u.notices.server_ms);
        waiters_look_for_room(core, registry_person(&core->registry, device->uid));
        if (session != NULL && session->state == SESSION_READY) {
            go_on(core, session);
        }
        return;
    case STORE_RETRY:
    case STORE_DISK_FULL:
        if (BUG(ACK_IS_NOT_REPEATED) && session != NULL) {
            go_on(core, session);
            return;
        }
        if (session != NULL && session->state == SESSION_READY &&
            pending->u.notices.try_count++ < RETRY_COUNT_MAX) {
            pending_keep(pending);
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
        session->cursor_busy = true;
    }
    return pending;
}

void sync_move_cursor(struct core *core, struct session *session)
{
    if (session->cursor_busy) {
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
    struct sent items[ACKED_COUNT_MAX]; /* not in the step's arena: one step may go on with hundreds of sessions */
    struct delivered_group groups[ACKED_COUNT_MAX];
    if (core->pendings.count + 2 > core->pendings.entry_count) {
        return OIM_AGAIN;
    }
    bool tell_quiet = policies_effective(&core->policies, session_person(core, session))->tell_sender_dnd;
    size_t item_count = mailbox_take_acked(core, session, &seq, items, ACKED_COUNT_MAX);
    size_t group_count = BUG(NO_DELIVERED_NOTICE) ? 0 : group_by_sender(core, items, item_count, tell_quiet, groups);
    size_t block_size = group_count == 0 ? 0 : notice_list_block_size(group_count, item_count);
    struct pending *pending = take_cursor(core, session, seq, block_size);
    if (pending == NULL) {
        /* They are off the list already: a new connection starts from the store's cursor and repeats them. */
        session_close(core, session, OIM_AGAIN, "the server is busy; connect again", RETRY_AFTER_MS);
        return OIM_OK;
    }
    session->acked_seq = seq;
    pending->u.notices.counted = (uint32_t)count_delivered(core, session, items, item_count);
    if (group_count > 0) {
        struct notice_list list;
        notice_list_init(&list, pending->block, block_size, group_count);
        add_notices(core, session, items, item_count, groups, group_count, &list);
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
    if (session->cursor_busy) {
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
    core->sessions.signed_in_count += session->class != CLASS_NONE;
    if (!presence_signed_in(core, person)) {
        person->signed_out_ms = core->now_ms;
        live_on_signed_out(core, person);
    }
    presence_on_sessions(core, person);
    return OIM_OK;
}
