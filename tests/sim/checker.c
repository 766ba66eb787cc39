/*
 * checker.c - see checker.h: what happens while the run goes on. The last look is checker_end.c.
 */
#include "tests/sim/checker.h"

#include <string.h>

#include "tests/sim/sim_run.h"

#define MSG_ID_MARK 0xa5u

static struct oim_id msg_id_of(uint32_t index)
{
    struct oim_id id;
    oim_put_be64(id.bytes, index + 1);
    memset(id.bytes + 8, MSG_ID_MARK, OIM_ID_SIZE - 8);
    return id;
}

uint32_t checker_find(const struct sim *sim, const struct oim_id *msg_id)
{
    uint64_t number = oim_get_be64(msg_id->bytes);
    if (number == 0 || number > sim->checker.message_count || msg_id->bytes[8] != MSG_ID_MARK) {
        return CHECKER_MESSAGE_COUNT_MAX;
    }
    return (uint32_t)(number - 1);
}

/* ---- the sender's side
 * ------------------------------------------------------------------------------------------ */

uint32_t checker_write(struct sim *sim, uint32_t from_device, uint32_t to_person)
{
    struct checker *checker = &sim->checker;
    if (checker->message_count == CHECKER_MESSAGE_COUNT_MAX) {
        return CHECKER_MESSAGE_COUNT_MAX;
    }
    uint32_t index = checker->message_count++;
    checker->messages[index] = (struct checked_message){
        .msg_id = msg_id_of(index),
        .from_device = from_device,
        .to_person = to_person,
        .order = ++checker->orders[from_device],
    };
    return index;
}

void checker_on_submit(struct sim *sim, uint32_t message, uint32_t slots)
{
    struct checked_message *checked = &sim->checker.messages[message];
    checked->slots = checked->was_submitted ? checked->slots & slots : slots;
    checked->submitted_ms = checked->was_submitted ? checked->submitted_ms : sim->clock.now_ms;
    checked->was_submitted = true;
}

void checker_on_taken_back(struct sim *sim, uint32_t message)
{
    struct checked_message *checked = &sim->checker.messages[message];
    checked->was_taken_back = true;
    if (checked->shown != 0) {
        sim_find(sim, "I2: message %u is not on the server, it says, and was shown", message);
    }
}

static bool is_refusal_expected(enum reason reason)
{
    switch (reason) {
    case REASON_SENDER_OFFLINE_OFF:
    case REASON_RECIPIENT_OFFLINE_OFF:
    case REASON_ORG_OFFLINE_OFF:
    case REASON_GONE_MEANWHILE:
    case REASON_MAILBOX_FULL:
    case REASON_SHARE_FULL:
        return true;
    default:
        return false;
    }
}

static bool is_kept(enum outcome outcome)
{
    return outcome == OUTCOME_STORED_PUSHED || outcome == OUTCOME_HELD || outcome == OUTCOME_PUSHED_QUIET;
}

static void check_policy(struct sim *sim, uint32_t index)
{
    const struct checked_message *message = &sim->checker.messages[index];
    bool is_to_self = message->to_person == sim->org.devices[message->from_device].person;
    bool is_off = sim->admin.off_since_ms != 0 && message->submitted_ms > sim->admin.off_since_ms;
    if (is_off && !is_to_self && is_kept(message->outcome)) {
        sim_find(sim, "I5: message %u was kept, although nothing may be since %llu ms before", index,
                 (unsigned long long)(message->submitted_ms - sim->admin.off_since_ms));
    }
}

void checker_on_answer(struct sim *sim, uint32_t message, uint64_t send_no,
                       const struct frame_submit_result *result)
{
    struct checker *checker = &sim->checker;
    struct checked_message *checked = &checker->messages[message];
    checked->outcome = result->outcome;
    checked->until_ms = result->until_ms;
    checker->acked_count++;
    if (send_no >= CHECKER_NUMBER_COUNT_MAX || !checker->is_held[checked->from_device][send_no]) {
        sim_find(sim, "number %llu of device %u was answered before the store held it",
                 (unsigned long long)send_no, checked->from_device);
    }
    check_policy(sim, message);
    if (result->outcome == OUTCOME_REFUSED && checked->shown != 0) {
        sim_find(sim, "I2: message %u was shown and then refused, reason %d", message, (int)result->reason);
    }
    if (result->outcome == OUTCOME_REFUSED && !is_refusal_expected(result->reason)) {
        sim_find(sim, "message %u was refused for reason %d, which nobody gave", message,
                 (int)result->reason);
    }
}

/* ---- the receiver's side
 * ---------------------------------------------------------------------------------------- */

static void check_shown_again(struct sim *sim, uint32_t message, uint32_t device, uint64_t seq)
{
    uint64_t first_seq = sim->checker.messages[message].shown_seqs[device];
    if (first_seq != seq) {
        sim_find(sim, "I1: message %u came to device %u as row %llu and again as row %llu", message, device,
                 (unsigned long long)first_seq, (unsigned long long)seq);
    }
}

void checker_on_live_result(struct sim *sim, const struct frame_live_result *result)
{
    uint32_t index = checker_find(sim, &result->msg_id);
    if (index == CHECKER_MESSAGE_COUNT_MAX || result->state != LIVE_DELIVERED) {
        return;
    }
    const struct checked_message *message = &sim->checker.messages[index];
    if ((message->shown & sim_org_devices_of(&sim->org, message->to_person)) == 0) {
        sim_find(sim, "message %u is called delivered, and no device has it", index);
    }
}

/* A row that the store was not sure of, and that has turned out to be there. */
static void learn_row(struct sim *sim, uint32_t device, uint64_t seq, uint32_t message)
{
    uint32_t person = sim->org.devices[device].person;
    if (seq != 0 && seq < CHECKER_ROW_COUNT_MAX && !sim->checker.rows[person][seq].is_known) {
        sim->checker.rows[person][seq] = (struct checked_row){
            .is_known = true, .message = message, .from_device = sim->checker.messages[message].from_device};
    }
}

void checker_on_shown(struct sim *sim, uint32_t device, const struct inbox_item *item)
{
    struct checker *checker = &sim->checker;
    uint32_t index = checker_find(sim, &item->msg_id);
    if (index == CHECKER_MESSAGE_COUNT_MAX) {
        sim_find(sim, "device %u got a message that nobody wrote", device);
        return;
    }
    struct checked_message *message = &checker->messages[index];
    learn_row(sim, device, item->seq, index);
    if ((message->shown & 1u << device) != 0) {
        check_shown_again(sim, index, device, item->seq);
        return;
    }
    sim_trace(sim, "device %llu shows %llu, row %llu", device, index, item->seq, 0);
    message->shown |= 1u << device;
    message->shown_seqs[device] = item->seq;
    checker->shown_count++;
    if (message->was_taken_back || message->outcome == OUTCOME_REFUSED) {
        sim_find(sim, "I2: message %u was %s, and is shown on device %u", index,
                 message->was_taken_back ? "taken back" : "refused", device);
    }
    if (item->sender_device != message->from_device) {
        sim_find(sim, "message %u came to device %u under another device's name", index, device);
    }
    uint32_t *order = &checker->shown_orders[device][message->from_device];
    if (item->seq != 0 && message->order <= *order) {
        sim_find(sim, "I3: device %u shows message %u of device %u after a later one", device, index,
                 message->from_device);
    }
    if (item->seq != 0) {
        *order = message->order;
    }
}

/* Kept for a device that lags behind, under a cap that is as small as the quota: the oldest may go (B12). */
static bool is_courtesy(const struct sim *sim, const struct checked_message *message, uint32_t person)
{
    bool is_own_copy = sim->org.devices[message->from_device].person == person;
    bool is_taken = (message->shown & sim_org_devices_of(&sim->org, person)) != 0;
    return sim->org.quota != 0 && (is_own_copy || is_taken);
}

void checker_on_gap(struct sim *sim, uint32_t device, const struct inbox_item *item)
{
    struct checker *checker = &sim->checker;
    uint32_t person = sim->org.devices[device].person;
    const struct checked_row *rows = checker->rows[person];
    bool is_erased = item->why == GAP_ERASED && item->seq <= checker->erased_seqs[person];
    if (item->why != GAP_EXPIRED && !is_erased) {
        sim_find(sim, "device %u is told of a gap for reason %d, which nobody gave", device, (int)item->why);
    }
    for (uint64_t seq = item->from_seq; seq <= item->seq && seq < CHECKER_ROW_COUNT_MAX; seq++) {
        const struct checked_row *row = &rows[seq];
        if (!row->is_known || row->message == CHECKER_MESSAGE_COUNT_MAX) {
            continue;
        }
        const struct checked_message *message = &checker->messages[row->message];
        bool is_owed = (message->slots & 1u << device) != 0 && (message->shown & 1u << device) == 0 &&
                       !is_courtesy(sim, message, person);
        if (is_owed && row->expires_ms > checker->wall_max_ms && !is_erased) {
            sim_find(sim, "I6: row %llu with message %u is gone, and device %u has not had it",
                     (unsigned long long)seq, row->message, device);
        }
    }
    if (checker->gap_count < CHECKER_GAP_COUNT_MAX) {
        checker->gaps[checker->gap_count++] =
            (struct checked_gap){.device = device, .from_seq = item->from_seq, .to_seq = item->seq};
    }
}

void checker_on_notice(struct sim *sim, uint32_t device, const struct inbox_item *item)
{
    uint32_t index = checker_find(sim, &item->msg_id);
    if (index == CHECKER_MESSAGE_COUNT_MAX) {
        return;
    }
    struct checked_message *message = &sim->checker.messages[index];
    if (item->what == NOTICE_DELIVERED || item->what == NOTICE_DELIVERED_QUIET) {
        message->told |= 1u << device;
        if ((message->shown & sim_org_devices_of(&sim->org, message->to_person)) == 0) {
            sim_find(sim, "message %u is called delivered, and no device has it", index);
        }
    } else if (item->what == NOTICE_EXPIRED || item->what == NOTICE_ERASED) {
        message->told_expired |= 1u << device;
    }
    if (item->what == NOTICE_ERASED && sim->checker.erased_seqs[message->to_person] == 0) {
        sim_find(sim, "message %u is called erased, and nobody asked for it", index);
    }
}

void checker_on_erase(struct sim *sim, uint32_t person, uint64_t upto_seq)
{
    uint64_t *erased_seq = &sim->checker.erased_seqs[person];
    *erased_seq = upto_seq > *erased_seq ? upto_seq : *erased_seq;
}

uint64_t checker_head(const struct sim *sim, uint32_t person)
{
    uint64_t head = CHECKER_ROW_COUNT_MAX - 1;
    while (head > 0 && !sim->checker.rows[person][head].is_known) {
        head--;
    }
    return head;
}

/* ---- between the core and its store
 * ----------------------------------------------------------------------------- */

static struct checked_ticket *ticket_find(struct checker *checker, uint64_t ticket)
{
    for (size_t i = 0; i < CHECKER_TICKET_COUNT_MAX; i++) {
        struct checked_ticket *at = &checker->tickets[(ticket + i) % CHECKER_TICKET_COUNT_MAX];
        if (at->op != STORE_NONE && at->ticket == ticket) {
            return at;
        }
    }
    return NULL;
}

static struct checked_ticket *ticket_add(struct checker *checker, uint64_t ticket)
{
    for (size_t i = 0; i < CHECKER_TICKET_COUNT_MAX; i++) {
        struct checked_ticket *at = &checker->tickets[(ticket + i) % CHECKER_TICKET_COUNT_MAX];
        if (at->op == STORE_NONE) {
            *at = (struct checked_ticket){.ticket = ticket};
            return at;
        }
    }
    return NULL;
}

static bool is_checked(enum store_op op)
{
    return op == STORE_APPEND || op == STORE_ATTACH;
}

void checker_on_request(struct sim *sim, const struct store_req *req)
{
    if (!is_checked(req->op)) {
        return;
    }
    struct checked_ticket *ticket = ticket_add(&sim->checker, req->ticket);
    if (ticket == NULL) {
        sim_find(sim, "the core has more than %u requests at the store", CHECKER_TICKET_COUNT_MAX);
        return;
    }
    ticket->op = req->op;
    if (req->op == STORE_ATTACH) {
        ticket->dev = req->u.attach.dev;
        ticket->epoch = req->u.attach.epoch;
        return;
    }
    ticket->dev = req->u.append.guard.dev;
    ticket->epoch = req->u.append.guard.epoch;
    ticket->send_no = req->u.append.guard.send_no;
    ticket->message = checker_find(sim, &req->u.append.guard.msg_id);
    for (size_t i = 0; i < req->u.append.target_count; i++) {
        ticket->uids[i] = req->u.append.targets[i].uid;
        ticket->expires_ms[i] = req->u.append.targets[i].expires_ms;
        ticket->is_counted |= (req->u.append.targets[i].flags & STORE_ROW_OWN_COPY) == 0;
    }
}

static void on_row(struct sim *sim, const struct checked_ticket *ticket, size_t target, uint64_t seq,
                   uint64_t expires_ms)
{
    uint64_t uid = ticket->uids[target];
    if (uid == 0 || seq == 0 || seq >= CHECKER_ROW_COUNT_MAX) {
        return;
    }
    struct checked_row *row = &sim->checker.rows[uid - 1][seq];
    if (row->is_known && row->message != ticket->message) {
        sim_find(sim, "row %llu of person %llu was given to message %u and to message %u",
                 (unsigned long long)seq, (unsigned long long)uid - 1, row->message, ticket->message);
    }
    *row = (struct checked_row){.is_known = true,
                                .message = ticket->message,
                                .from_device = (uint32_t)ticket->dev - 1,
                                .expires_ms = expires_ms};
}

/* I4, of the mailbox that the message went to. What came after it was held to the same quota. */
static void check_quota(struct sim *sim, const struct checked_ticket *ticket)
{
    uint64_t count = 0;
    if (sim->org.quota == 0 || !ticket->is_counted || sim->options.lie != LIE_NONE) {
        return;
    }
    store_sim_count_filling(sim->server.disk, ticket->uids[0], &count);
    if (count > sim->org.quota) {
        sim_find(sim, "I4: %llu messages wait for person %llu, and the quota is %llu",
                 (unsigned long long)count, (unsigned long long)ticket->uids[0] - 1,
                 (unsigned long long)sim->org.quota);
    }
}

static void on_append_reply(struct sim *sim, const struct checked_ticket *ticket,
                            const struct store_reply *reply)
{
    struct checker *checker = &sim->checker;
    uint32_t device = (uint32_t)ticket->dev - 1;
    if (reply->result != STORE_OK && reply->result != STORE_DUP) {
        return;
    }
    if (ticket->send_no < CHECKER_NUMBER_COUNT_MAX) {
        checker->is_held[device][ticket->send_no] = true;
    }
    if (ticket->message != CHECKER_MESSAGE_COUNT_MAX) {
        checker->messages[ticket->message].is_held = true;
    }
    if (reply->result == STORE_OK) {
        check_quota(sim, ticket);
    }
    if (reply->result == STORE_OK && ticket->epoch < checker->epochs[device]) {
        sim_find(sim, "I5: number %llu of device %u came from session %llu and was taken in session %llu",
                 (unsigned long long)ticket->send_no, device, (unsigned long long)ticket->epoch,
                 (unsigned long long)checker->epochs[device]);
    }
    for (size_t i = 0; i < STORE_TARGET_COUNT_MAX; i++) {
        /* The time that the answer to a repeat tells is the first answer's. */
        bool is_own = ticket->uids[i] == sim->org.devices[device].person + 1u;
        checker->untold_rows[device] += reply->result == STORE_DUP && is_own && reply->u.append.seqs[i] == 0;
        on_row(sim, ticket, i, reply->u.append.seqs[i],
               reply->result == STORE_DUP ? reply->u.append.until_ms : ticket->expires_ms[i]);
    }
}

void checker_on_reply(struct sim *sim, const struct store_reply *reply)
{
    struct checked_ticket *ticket = is_checked(reply->op) ? ticket_find(&sim->checker, reply->ticket) : NULL;
    if (ticket == NULL || ticket->op != reply->op) {
        return;
    }
    if (reply->op == STORE_APPEND) {
        on_append_reply(sim, ticket, reply);
    } else if (reply->result == STORE_OK) {
        sim->checker.epochs[ticket->dev - 1] = ticket->epoch;
    }
    ticket->op = STORE_NONE;
}

void checker_on_crash(struct sim *sim)
{
    memset(sim->checker.tickets, 0, sizeof(sim->checker.tickets));
}

void checker_on_clock(struct sim *sim)
{
    if (sim->clock.wall_ms > sim->checker.wall_max_ms) {
        sim->checker.wall_max_ms = sim->clock.wall_ms;
    }
}
