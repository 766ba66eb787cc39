/*
 * announce.c - what invisible people acknowledge is said to its senders when they are visible again
 * (BLUEPRINT B13).
 *
 * The store keeps how far it was said (`announced`) beside how far it is true (`taken`), and the rows between
 * them. While there are such rows, Acks move the cursor only; once the person may be seen, the rows are read
 * page by page and told, and the CURSOR that tells of the last of them lets `announced` catch up. Acks wait
 * for that CURSOR: one in between would be passed over by it. A crash before it tells some of them twice,
 * which changes nothing for anybody.
 */
#include <assert.h>

#include "common/bug.h"
#include "server/core/core_internal.h"

#define PAGE_ROW_COUNT 128u
#define PAGE_SIZE 32768u

_Static_assert(PAGE_ROW_COUNT <= DELIVERED_COUNT_MAX, "a page's notices fit one list");

static void ask_page(struct core *core, struct account *person);

bool announce_is_withheld(const struct core *core, const struct account *person)
{
    if (BUG(ACK_PASSES_OVER_UNTOLD)) {
        return presence_own(core, person) == PRESENCE_INVISIBLE;
    }
    return presence_own(core, person) == PRESENCE_INVISIBLE || person->announced_seq < person->taken_seq ||
           person->withheld_count > 0;
}

void announce_learn(struct account *person, uint64_t announced, uint64_t taken)
{
    /* Both only grow; replies to several devices may come in another order than they were made in. */
    person->announced_seq = announced > person->announced_seq ? announced : person->announced_seq;
    person->taken_seq = taken > person->taken_seq ? taken : person->taken_seq;
}

static void stop(struct core *core, struct account *person)
{
    struct session *next = NULL;
    person->announcing = false;
    for (struct session *session = person->session_first; session != NULL; session = next) {
        next = session->person_next; /* it may be closed */
        if (!session->cursor_busy) {
            sync_go_on(core, session);
        }
    }
}

/* ---- telling ------------------------------------------------------------------------------------------- */

static void on_told(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    struct account *person = registry_person(&core->registry, pending->uid);
    bool is_last = pending->op == STORE_CURSOR;
    if (reply->result == STORE_OK) {
        notices_on_stored(core, pending->u.notices.notices, pending->u.notices.notice_count, reply,
                          pending->u.notices.server_ms);
    } else if (reply->result == STORE_UNKNOWN) {
        mailbox_on_unknown(core, pending->u.notices.notices, pending->u.notices.notice_count);
    }
    if (reply->result == STORE_OK && is_last) {
        announce_learn(person, reply->u.note.announced, reply->u.note.taken);
        waiters_look_for_room(core, person);
    } else if (reply->result == STORE_OK) {
        person->announced_seq = pending->u.notices.seq;
        ask_page(core, person);
        return;
    }
    stop(core, person); /* if it failed, the next sign-in, Ack or change of state looks again */
}

/* The notices of one page; with the last, the cursor of a device that is signed in. */
static void submit(struct core *core, struct pending *pending, const struct session *last)
{
    struct store_req *req = pending_submit(core, pending);
    if (last == NULL) {
        req->u.note.targets = pending->u.notices.notices;
        req->u.note.target_count = pending->u.notices.notice_count;
        req->u.note.server_ms = pending->u.notices.server_ms;
        return;
    }
    req->u.cursor.dev = last->dev;
    req->u.cursor.epoch = last->epoch;
    req->u.cursor.seq = last->acked_seq;
    req->u.cursor.settled_no = last->settled_no;
    req->u.cursor.announce = true;
    req->u.cursor.notices = pending->u.notices.notices;
    req->u.cursor.notice_count = pending->u.notices.notice_count;
    req->u.cursor.server_ms = pending->u.notices.server_ms;
}

static void tell(struct core *core, struct account *person, const struct sent *items, size_t item_count,
                 uint64_t to_seq, bool is_last)
{
    struct delivered_group groups[DELIVERED_COUNT_MAX];
    const struct session *session = person->session_first;
    size_t group_count = delivered_group(core, person, items, item_count, groups);
    size_t block_size = group_count == 0 ? 0 : notice_list_block_size(group_count, item_count);
    struct pending *pending =
        session == NULL ? NULL
                        : pending_take(core, NULL, is_last ? STORE_CURSOR : STORE_NOTE, on_told, block_size);
    if (pending == NULL) {
        stop(core, person);
        return;
    }
    pending->uid = person->uid;
    pending->u.notices.seq = to_seq;
    pending->u.notices.server_ms = core->wall_ms;
    if (group_count > 0) {
        struct notice_list list;
        notice_list_init(&list, pending->block, block_size, group_count);
        delivered_add(core, person, session->dev, items, item_count, groups, group_count, &list);
        pending->u.notices.notices = list.targets;
        pending->u.notices.notice_count = list.target_count;
    }
    if (!is_last && pending->u.notices.notice_count == 0) { /* a page of which nobody has to hear */
        pending_give(core, pending);
        person->announced_seq = to_seq;
        ask_page(core, person);
        return;
    }
    submit(core, pending, is_last ? session : NULL);
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static void on_page(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    struct account *person = registry_person(&core->registry, pending->uid);
    struct sent items[PAGE_ROW_COUNT];
    size_t item_count = 0;
    uint64_t to_seq = person->announced_seq;
    if (reply->result != STORE_OK || presence_own(core, person) == PRESENCE_INVISIBLE) {
        stop(core, person);
        return;
    }
    bool is_last = !reply->u.page.more;
    for (size_t i = 0; i < reply->u.page.row_count && i < PAGE_ROW_COUNT; i++) {
        const struct store_row *row = &reply->u.page.rows[i];
        if (row->seq > person->taken_seq) {
            is_last = true;
            break;
        }
        to_seq = row->seq;
        uint32_t flags = mailbox_sent_flags(row);
        if ((flags & SENT_TELLS) != 0) {
            items[item_count++] = (struct sent){
                .seq = row->seq, .msg_id = row->msg_id, .src_dev = (uint32_t)row->src_dev, .flags = flags};
        }
    }
    tell(core, person, items, item_count, to_seq, is_last || to_seq >= person->taken_seq);
}

static void ask_page(struct core *core, struct account *person)
{
    struct pending *pending = pending_take(core, NULL, STORE_PAGE, on_page, 0);
    if (pending == NULL) {
        stop(core, person);
        return;
    }
    pending->uid = person->uid;
    struct store_req *req = pending_submit(core, pending);
    req->u.page.uid = person->uid;
    req->u.page.after_seq = person->announced_seq;
    req->u.page.row_max = PAGE_ROW_COUNT;
    req->u.page.size_max = PAGE_SIZE;
}

void announce_look(struct core *core, struct account *person)
{
    bool is_owed = person->announced_seq < person->taken_seq && person->withheld_count == 0;
    if (!is_owed || person->announcing || person->session_first == NULL ||
        presence_own(core, person) == PRESENCE_INVISIBLE || BUG(INVISIBLE_IS_NEVER_TOLD)) {
        return;
    }
    for (const struct session *session = person->session_first; session != NULL;
         session = session->person_next) {
        if (session->cursor_busy) {
            return; /* its reply looks again */
        }
    }
    person->announcing = true;
    ask_page(core, person);
}
