/*
 * mailbox.c - what of a person's mailbox goes to which session: pushed from memory or paged from the store.
 *
 * Per session next_seq names the next row to send. A row that was just committed is pushed only when it is
 * that row and the window has room; else the session is behind and pages until it has caught up (BLUEPRINT
 * B16). So backlog and live messages are one sequence, and each row is sent once. Holes are stated as Gap
 * (B11).
 *
 * Rows that a device sent itself are passed over in silence: it has them.
 */
#include <assert.h>
#include <string.h>

#include "common/bug.h"
#include "common/memory.h"
#include "server/core/core_internal.h"
#include "server/core/handle.h"

#define GAP_SIZE 32u

enum oim_status mailbox_init(struct mail *mail, size_t sent_count_max)
{
    memset(mail, 0, sizeof(*mail));
    mail->sents = oim_mem_take(sent_count_max, sizeof(*mail->sents));
    if (mail->sents == NULL) {
        return OIM_ERR_LIMIT;
    }
    mail->sent_count_max = (uint32_t)sent_count_max;
    return OIM_OK;
}

/* ---- the sent list ------------------------------------------------------------------------------------- */

static bool sents_have_room(const struct mail *mail)
{
    return mail->sent_used_count + 3 < mail->sent_count_max; /* a row and the gaps before it */
}

static void sent_add(struct core *core, struct session *session, const struct sent *item)
{
    struct mail *mail = &core->mail;
    uint32_t index = 0;
    if (mail->sent_free_first != 0) {
        index = mail->sent_free_first;
        mail->sent_free_first = mail->sents[index - 1].next;
    } else {
        assert(mail->sent_fresh_count < mail->sent_count_max);
        index = ++mail->sent_fresh_count;
    }
    mail->sent_used_count++;
    mail->sents[index - 1] = *item;
    mail->sents[index - 1].next = 0;
    if (session->sent_last != 0) {
        mail->sents[session->sent_last - 1].next = index;
    } else {
        session->sent_first = index;
    }
    session->sent_last = index;
    session->sent_count++;
    session->sent_size += item->size;
}

static struct sent sent_pop(struct core *core, struct session *session)
{
    struct mail *mail = &core->mail;
    uint32_t index = session->sent_first;
    assert(index != 0);
    struct sent item = mail->sents[index - 1];
    session->sent_first = item.next;
    if (item.next == 0) {
        session->sent_last = 0;
    }
    session->sent_count--;
    session->sent_size -= item.size;
    mail->sents[index - 1].next = mail->sent_free_first;
    mail->sent_free_first = index;
    mail->sent_used_count--;
    return item;
}

size_t mailbox_take_acked(struct core *core, struct session *session, uint64_t *io_seq,
                          struct sent *out_items, size_t item_count_max)
{
    size_t count = 0;
    while (session->sent_first != 0 && count < item_count_max) {
        const struct sent *first = &core->mail.sents[session->sent_first - 1];
        if (first->seq > *io_seq && (first->flags & SENT_OWN) == 0) {
            break;
        }
        struct sent item = sent_pop(core, session);
        if (item.seq > *io_seq) {
            *io_seq = item.seq;
        }
        if ((item.flags & SENT_TELLS) != 0) {
            out_items[count++] = item;
        }
    }
    return count;
}

void mailbox_forget(struct core *core, struct session *session)
{
    while (session->sent_first != 0) {
        (void)sent_pop(core, session);
    }
}

/* ---- rows as frames ------------------------------------------------------------------------------------ */

static struct oim_id user_id_of(const struct core *core, uint64_t uid)
{
    const struct account *person = registry_person(&core->registry, uid);
    return person == NULL ? (struct oim_id){{0}} : person->user_id;
}

/* False: there is no slot for this device. *out borrows from the row. */
static bool deliver_frame(const struct core *core, const struct session *session, const struct store_row *row,
                          struct frame *out)
{
    struct envelope envelope;
    if (!envelope_decode(row->env, &envelope)) {
        return false;
    }
    size_t slot = 0;
    while (slot < envelope.slot_count && envelope.slot_devs[slot] != session->dev) {
        slot++;
    }
    if (slot == envelope.slot_count) {
        return false;
    }
    const struct device *sender = registry_device(&core->registry, row->src_dev);
    bool own_copy = (row->flags & STORE_ROW_OWN_COPY) != 0;
    *out = (struct frame){.kind = FRAME_DELIVER};
    out->u.deliver = (struct frame_deliver){
        .seq = row->seq,
        .msg_id = row->msg_id,
        .suite = envelope.suite,
        .cls = row->cls,
        .sender_user = sender == NULL ? (struct oim_id){{0}} : user_id_of(core, sender->uid),
        .sender_device = sender == NULL ? (struct oim_id){{0}} : sender->device_id,
        .send_no = own_copy ? row->send_no : 0,
        .server_ms = row->server_ms,
        .expires_ms = row->expires_ms,
        .quiet = (row->flags & STORE_ROW_QUIET) != 0,
        .own_copy = own_copy,
        .payload = envelope.payload,
        .slot = envelope.slots[slot],
        .to_user = own_copy ? user_id_of(core, envelope.to_uid) : (struct oim_id){{0}},
    };
    out->u.deliver.slot.device_id = session_device(core, session)->device_id;
    return true;
}

static bool notice_frame(const struct core *core, const struct store_row *row,
                         struct oim_id msg_ids[NOTICE_MSG_ID_COUNT_MAX], struct frame *out)
{
    struct notice notice;
    if (!notice_decode(row->env, &notice) || notice.msg_id_count > NOTICE_MSG_ID_COUNT_MAX) {
        return false;
    }
    if (notice.msg_id_count > 0) {
        memcpy(msg_ids, notice.msg_ids, notice.msg_id_count * sizeof(msg_ids[0]));
    }
    *out = (struct frame){.kind = FRAME_NOTICE};
    out->u.notice = (struct frame_notice){
        .seq = row->seq,
        .what = notice.what,
        .peer = user_id_of(core, notice.peer_uid),
        .msg_ids = msg_ids,
        .msg_id_count = notice.msg_id_count,
        .k = notice.k,
        .n = notice.n,
        .count = notice.count,
        .first_ms = notice.first_ms,
        .last_ms = notice.last_ms,
        .reason = notice.reason,
        .until_ms = notice.until_ms,
        .at_ms = notice.at_ms,
    };
    return true;
}

/* Says the row, whatever it is. False: there is nothing in it for this device. */
static bool say_row(struct core *core, struct session *session, const struct store_row *row)
{
    struct frame frame;
    struct oim_id msg_ids[NOTICE_MSG_ID_COUNT_MAX];
    bool is_frame = row->kind == STORE_ROW_NOTICE ? notice_frame(core, row, msg_ids, &frame)
                                                  : deliver_frame(core, session, row, &frame);
    if (is_frame) {
        (void)outbox_push(core, session, &frame);
    }
    return is_frame;
}

static void say_gap(struct core *core, struct session *session, uint64_t to_seq, enum gap_why why)
{
    struct frame frame = {.kind = FRAME_GAP};
    frame.u.gap = (struct frame_gap){
        .from_seq = session->next_seq,
        .to_seq = to_seq,
        .why = why,
        .count = (uint32_t)(to_seq - session->next_seq + 1),
    };
    sent_add(core, session, &(struct sent){.seq = to_seq, .size = GAP_SIZE});
    session->next_seq = to_seq + 1;
    if (!BUG(GAP_IS_SILENT)) {
        (void)outbox_push(core, session, &frame);
    }
}

uint32_t mailbox_sent_flags(const struct store_row *row)
{
    bool tells =
        row->kind == STORE_ROW_MESSAGE && row->cls == CLS_CHAT && (row->flags & STORE_ROW_OWN_COPY) == 0;
    return (tells ? SENT_TELLS : 0u) | ((row->flags & STORE_ROW_QUIET) != 0 ? SENT_QUIET : 0u);
}

static void pass_over(struct core *core, struct session *session, uint64_t seq)
{
    if (session->sent_count == 0) {
        session->acked_seq = seq;
        session->own_acked = true;
        mailbox_pump_later(core, session);
    } else {
        sent_add(core, session, &(struct sent){.seq = seq, .flags = SENT_OWN});
    }
    session->next_seq = seq + 1;
}

/* The row is session->next_seq. The session may be closed afterwards, when it did not fit. */
static void send_row(struct core *core, struct session *session, const struct store_row *row)
{
    assert(row->seq == session->next_seq);
    if (row->kind == STORE_ROW_MESSAGE && row->src_dev == session->dev) {
        pass_over(core, session, row->seq);
        return;
    }
    struct sent item = {
        .seq = row->seq,
        .msg_id = row->msg_id,
        .src_dev = (uint32_t)row->src_dev,
        .size = (uint32_t)row->env.size,
        .flags = mailbox_sent_flags(row),
    };
    if (!say_row(core, session, row)) {
        struct envelope envelope;
        bool damaged = row->kind == STORE_ROW_MESSAGE && !envelope_decode(row->env, &envelope);
        core_count(core, DAY_LOST, damaged);
        say_gap(core, session, row->seq, GAP_NO_SLOT);
        return;
    }
    if (session->state == SESSION_READY) {
        sent_add(core, session, &item);
        if ((item.flags & SENT_TELLS) != 0) {
            traces_add(core, TRACE_SENT, &row->msg_id, row->src_dev, session->uid, session->dev, 0);
        }
        session->next_seq = row->seq + 1;
    }
}

/* ---- pushing from memory ------------------------------------------------------------------------------- */

static bool window_has_room(const struct core *core, const struct session *session)
{
    return session->sent_count < session->window_rows && session->sent_size < session->window_bytes &&
           sents_have_room(&core->mail);
}

static void offer_row(struct core *core, struct session *session, const struct store_row *row)
{
    if (session->window_rows == 0 || session->state != SESSION_READY) {
        return;
    }
    if (BUG(NEW_OVERTAKES_OLD) && !session->paging && session->next_seq < row->seq) {
        session->next_seq = row->seq;
    }
    bool is_next = !session->paging && session->next_seq == row->seq;
    if (is_next && window_has_room(core, session) &&
        outbox_has_room(session, row->env.size + SEND_ROOM_SIZE)) {
        send_row(core, session, row);
    } else if (BUG(UNSENT_COUNTS_AS_SENT) && is_next) {
        session->next_seq++;
    } else if (row->seq >= session->next_seq) {
        session->behind = true;
        mailbox_pump_later(core, session);
    }
}

void mailbox_on_row(struct core *core, struct account *person, const struct store_row *row)
{
    if (row->seq > person->head) {
        person->head = row->seq;
    }
    struct session *next = NULL;
    for (struct session *session = person->session_first; session != NULL; session = next) {
        next = session->person_next;
        offer_row(core, session, row);
    }
}

static struct store_row row_of(const struct store_target *target, uint64_t seq, uint64_t src_dev,
                               uint64_t send_no, uint64_t server_ms)
{
    return (struct store_row){
        .seq = seq,
        .kind = target->kind,
        .src_dev = src_dev,
        .send_no = send_no,
        .cls = target->cls,
        .flags = target->flags,
        .code = target->code,
        .server_ms = server_ms,
        .expires_ms = target->expires_ms,
        .msg_id = target->msg_id,
        .env = target->env,
    };
}

void mailbox_on_target(struct core *core, const struct store_target *target, uint64_t seq, uint64_t src_dev,
                       uint64_t send_no, uint64_t server_ms)
{
    struct account *person = registry_person(&core->registry, target->uid);
    if (person != NULL && seq != 0) {
        const struct store_row row = row_of(target, seq, src_dev, send_no, server_ms);
        mailbox_on_row(core, person, &row);
    }
}

void mailbox_on_unknown(struct core *core, const struct store_target *targets, size_t target_count)
{
    for (size_t i = 0; i < target_count; i++) {
        const struct account *person = registry_person(&core->registry, targets[i].uid);
        struct session *session = person == NULL ? NULL : person->session_first;
        for (; session != NULL; session = session->person_next) {
            session->unsure = true;
            mailbox_pump_later(core, session);
        }
    }
}

uint32_t mailbox_push_live(struct core *core, struct account *person, const struct store_row *row)
{
    uint32_t count = 0;
    struct session *next = NULL;
    assert(row->seq == 0);
    for (struct session *session = person->session_first; session != NULL; session = next) {
        next = session->person_next;
        if (session->class != CLASS_NONE && outbox_has_room(session, row->env.size + SEND_ROOM_SIZE)) {
            count += say_row(core, session, row);
        }
    }
    return count;
}

/* ---- paging -------------------------------------------------------------------------------------------- */

void mailbox_pump_later(struct core *core, struct session *session)
{
    if (!session->pump && session->state == SESSION_READY) {
        session->pump = true;
        session->pump_next = core->sessions.pump;
        core->sessions.pump = session;
    }
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void ask_page(struct core *core, struct session *session)
{
    struct pending *pending = pending_take(core, session, STORE_PAGE, mailbox_on_page, 0);
    if (pending == NULL) {
        return; /* looked at again with the next step */
    }
    struct store_req *req = pending_submit(core, pending);
    pending->u.page.after_seq = session->next_seq - 1;
    req->u.page.uid = session->uid;
    req->u.page.after_seq = session->next_seq - 1;
    req->u.page.row_max = smaller(session->window_rows - session->sent_count, PAGE_ROW_COUNT_MAX);
    req->u.page.size_max = smaller(session->window_bytes - session->sent_size, PAGE_SIZE_MAX);
    session->paging = true;
    session->unsure = false;
}

static void say_caught_up(struct core *core, struct session *session, uint64_t head)
{
    struct frame frame = {.kind = FRAME_CAUGHT_UP};
    frame.u.caught_up.head = head;
    session->behind = false;
    session->held = false;
    (void)outbox_push(core, session, &frame);
}

/* True: it could not do what there is to do, for want of memory or of room at the store. */
static bool pump(struct core *core, struct session *session)
{
    const struct account *person = session_person(core, session);
    if (session->own_acked) {
        sync_move_cursor(core, session);
    }
    if (session->window_rows == 0 || session->paging) {
        return false;
    }
    if (session->next_seq > person->head && !session->unsure) {
        if (session->behind) {
            say_caught_up(core, session, person->head);
        }
        return false;
    }
    if (session->sent_count >= session->window_rows || session->sent_size >= session->window_bytes) {
        session->held = false;
        return false; /* the next Ack opens it */
    }
    if (!outbox_has_room(session, PAGE_SIZE_MAX)) {
        session->held = false;
        return false; /* the next write makes room */
    }
    if (sents_have_room(&core->mail)) {
        ask_page(core, session);
    }
    return !session->paging;
}

void mailbox_pump_all(struct core *core)
{
    struct session *session = core->sessions.pump;
    core->sessions.pump = NULL;
    while (session != NULL) {
        struct session *next = session->pump_next;
        session->pump = false;
        if (session->state == SESSION_READY && pump(core, session)) {
            mailbox_pump_later(core, session);
        }
        session_release(core, session);
        session = next;
    }
}

void mailbox_open(struct core *core, struct session *session, uint64_t cursor)
{
    session->next_seq = cursor + 1;
    session->acked_seq = cursor;
    session->behind = true;
    mailbox_pump_later(core, session);
}

/* Everything up to to_seq that has not come is gone. */
static void skip_to(struct core *core, struct session *session, uint64_t to_seq)
{
    uint64_t erased_seq = session_person(core, session)->erased_seq;
    if (session->state == SESSION_READY && session->next_seq <= to_seq && session->next_seq <= erased_seq) {
        say_gap(core, session, to_seq < erased_seq ? to_seq : erased_seq,
                BUG(ERASED_COUNTS_AS_EXPIRED) ? GAP_EXPIRED : GAP_ERASED);
    }
    if (session->state == SESSION_READY && session->next_seq <= to_seq) {
        say_gap(core, session, to_seq, GAP_EXPIRED);
    }
}

void mailbox_on_page(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    struct session *session = session_find(core, pending->conn);
    if (session == NULL || session->state != SESSION_READY) {
        return;
    }
    if (reply->result != STORE_OK) {
        session_close(core, session, OIM_AGAIN, "the store is busy; connect again", RETRY_AFTER_MS);
        return;
    }
    session->paging = false;
    session->behind = true;
    mailbox_pump_later(core, session);
    if (pending->u.page.after_seq != session->next_seq - 1) {
        return; /* Sync has moved the window meanwhile */
    }
    struct account *person = session_person(core, session);
    if (reply->u.page.head > person->head) {
        person->head = reply->u.page.head;
    }
    for (size_t i = 0; i < reply->u.page.row_count; i++) {
        const struct store_row *row = &reply->u.page.rows[i];
        if (row->seq < session->next_seq) {
            continue;
        }
        if (!sents_have_room(&core->mail)) {
            return;
        }
        skip_to(core, session, row->seq - 1);
        if (session->state != SESSION_READY) {
            return;
        }
        send_row(core, session, row);
    }
    if (!reply->u.page.more) {
        skip_to(core, session, reply->u.page.head);
    } else if (BUG(ONE_PAGE_IS_ALL)) {
        session->next_seq = reply->u.page.head + 1;
    }
    session->held = false;
}
