/*
 * model_client_frames.c - what the server says to a model client, and what the client makes of it.
 *
 * It is strict: whatever an honest client never causes (an Error, a rollback alarm, rows out of order,
 * numbers it never used) is a finding.
 */
#include <string.h>

#include "proto/handshake.h"
#include "tests/sim/model_client.h"
#include "tests/sim/sim_run.h"

#define RESEND_DELAY_MS_MAX 250u

/* ---- signing in
 * ------------------------------------------------------------------------------------------------ */

static void on_server_hello(struct sim *sim, struct model_client *client,
                            const struct frame_server_hello *hello)
{
    static const uint8_t no_binding[CB_SIZE];
    struct sign_public server = sign_public_of(&sim->org.server_key);
    const struct org_device *device = &sim->org.devices[client->index];
    handshake_transcript(&client->hello, hello, no_binding, &client->th);
    if (!oim_id_equal(&hello->org_id, &sim->org.org_id) ||
        !handshake_server_verify(&client->th, &server, &hello->sig)) {
        sim_find(sim, "device %u cannot trust the server's hello", client->index);
        return;
    }
    struct frame frame = {.kind = FRAME_DEVICE_AUTH};
    frame.u.device_auth = (struct frame_device_auth){
        .device_id = device->device_id,
        .conn_counter = client->counter,
        .class = client->class,
        .cursor = client->cursor,
        .window_rows = client->class == CLASS_NONE ? 0 : client->window_rows,
        .settled_no = client->outbox_count > 0 && client->outbox[0].send_no != 0
                          ? client->outbox[0].send_no - 1
                          : client->send_last,
        .client_version = "9.0.0",
        .caps = {.names = {"offline_im"}, .count = 1},
    };
    handshake_device_sign(&client->th, &device->device_id, client->counter, &device->key,
                          &frame.u.device_auth.sig);
    client->state = CLIENT_AUTHENTICATING;
    model_client_say(sim, client, &frame);
}

/* The person takes back what the server, by its own word, has not got. Numbers above hw are free again. */
static void take_one_back(struct sim *sim, struct model_client *client, uint64_t hw)
{
    uint32_t at = 0;
    while (at < client->outbox_count &&
           (client->outbox[at].send_no == 0 || client->outbox[at].send_no <= hw)) {
        at++;
    }
    if (at == client->outbox_count) {
        return;
    }
    sim_trace(sim, "device %llu takes back %llu, which was number %llu", client->index,
              client->outbox[at].message, client->outbox[at].send_no, 0);
    checker_on_taken_back(sim, client->outbox[at].message);
    client->outbox_count--;
    memmove(&client->outbox[at], &client->outbox[at + 1],
            (client->outbox_count - at) * sizeof(client->outbox[0]));
    for (; at < client->outbox_count; at++) {
        client->outbox[at].send_no = 0;
    }
    client->send_last = hw;
}

static void on_auth_ok(struct sim *sim, struct model_client *client, const struct frame_auth_ok *ok)
{
    if (ok->hw > client->send_last) {
        sim_find(sim, "device %u used numbers up to %llu, the server says %llu", client->index,
                 (unsigned long long)client->send_last, (unsigned long long)ok->hw);
        return;
    }
    if (ok->head < client->cursor) {
        sim_find(sim, "the mailbox of device %u ends at %llu, it has seen %llu", client->index,
                 (unsigned long long)ok->head, (unsigned long long)client->cursor);
        return;
    }
    client->state = CLIENT_READY;
    client->repeat_last = ok->hw;
    client->entered_ms = sim->clock.now_ms;
    sim_trace(sim, "device %llu is signed in, number %llu, head %llu", client->index, ok->hw, ok->head, 0);
    if (!sim->is_calm && sim_chance(sim, 200)) {
        take_one_back(sim, client, ok->hw);
    }
    if (client->class == CLASS_NONE) {
        struct frame sync = {.kind = FRAME_SYNC};
        sync.u.sync.window_rows = client->window_rows;
        model_client_say(sim, client, &sync);
    }
    model_client_pump(sim, client);
}

static void on_auth_err(struct sim *sim, struct model_client *client, const struct frame_auth_err *err)
{
    enum oim_status status = oim_status_from_wire(err->code);
    bool is_rollback = status == OIM_ERR_CONFLICT && err->last_counter >= client->counter;
    if (is_rollback || (status != OIM_ERR_CONFLICT && status != OIM_AGAIN)) {
        sim_find(sim, "device %u with counter %llu may not sign in: %s, %llu", client->index,
                 (unsigned long long)client->counter, oim_status_name(status),
                 (unsigned long long)err->last_counter);
        return;
    }
    model_client_leave(sim, client, 100 + sim_below(sim, 500));
}

/* ---- answers
 * --------------------------------------------------------------------------------------------------- */

static uint32_t find_number(const struct model_client *client, uint64_t send_no)
{
    uint32_t at = 0;
    while (at < client->outbox_count && client->outbox[at].send_no != send_no) {
        at++;
    }
    return at;
}

static void on_not_final(struct sim *sim, struct model_client *client, uint64_t send_no)
{
    uint32_t at = find_number(client, send_no);
    if (at == client->outbox_count) {
        return; /* answered meanwhile */
    }
    client->outbox[at].is_sent = false;
    client->paused_until_ms = sim->clock.now_ms + 1 + sim_below(sim, RESEND_DELAY_MS_MAX);
    model_client_pump(sim, client);
}

static void on_final(struct sim *sim, struct model_client *client, uint64_t send_no,
                     const struct frame_submit_result *result)
{
    uint32_t at = find_number(client, send_no);
    if (at == client->outbox_count) {
        return; /* the answer to a repeat of what was answered */
    }
    uint32_t first = 0;
    while (client->outbox[first].send_no <= client->repeat_last) {
        first++; /* repeats of what the server has: in no order, for one may come back as RETRY */
        if (first > at) {
            break;
        }
    }
    if (at > first) {
        sim_find(sim, "device %u got the answer for number %llu before that for %llu", client->index,
                 (unsigned long long)send_no, (unsigned long long)client->outbox[first].send_no);
        return;
    }
    checker_on_answer(sim, client->outbox[at].message, send_no, result);
    client->outbox_count--;
    memmove(&client->outbox[at], &client->outbox[at + 1],
            (client->outbox_count - at) * sizeof(client->outbox[0]));
    model_client_pump(sim, client);
}

static void on_result(struct sim *sim, struct model_client *client, const struct frame_submit_result *result)
{
    sim_trace(sim, "device %llu hears %llu..%llu: outcome %llu", client->index, result->from_no,
              result->to_no, result->outcome);
    for (uint64_t number = result->from_no; number <= result->to_no; number++) {
        if (result->outcome == OUTCOME_RETRY || result->outcome == OUTCOME_GAP) {
            on_not_final(sim, client, number);
        } else {
            on_final(sim, client, number, result);
        }
    }
}

static void on_set_wrong(struct sim *sim, struct model_client *client,
                         const struct frame_device_set_wrong *wrong)
{
    for (size_t i = 0; i < wrong->missing_count; i++) {
        client->known_devices |= 1u << sim_org_find_device(&sim->org, &wrong->missing[i]);
    }
    for (size_t i = 0; i < wrong->extra_count; i++) {
        client->known_devices &= ~(1u << sim_org_find_device(&sim->org, &wrong->extra[i]));
    }
    on_not_final(sim, client, wrong->send_no);
}

/* ---- the mailbox
 * ----------------------------------------------------------------------------------------------- */

static uint64_t last_seq(const struct model_client *client)
{
    for (uint32_t i = client->inbox_count; i-- > 0;) {
        if (client->inbox[i].conn == client->conn && client->inbox[i].seq != 0) {
            return client->inbox[i].seq;
        }
    }
    return client->acked_conn_seq;
}

static void take_item(struct sim *sim, struct model_client *client, struct inbox_item item)
{
    item.conn = client->conn;
    if (client->inbox_count == CLIENT_INBOX_COUNT_MAX) {
        sim_find(sim, "device %u was sent more than its window", client->index);
        return;
    }
    client->inbox[client->inbox_count++] = item;
}

static void take_row(struct sim *sim, struct model_client *client, const struct inbox_item *item)
{
    if (item->seq != 0 && item->seq <= last_seq(client)) {
        sim_find(sim, "device %u got row %llu after row %llu", client->index, (unsigned long long)item->seq,
                 (unsigned long long)last_seq(client));
        return;
    }
    take_item(sim, client, *item);
}

static void on_deliver(struct sim *sim, struct model_client *client, const struct frame_deliver *deliver)
{
    take_row(sim, client,
             &(struct inbox_item){
                 .kind = deliver->cls == CLS_CHAT ? INBOX_MESSAGE : INBOX_OTHER,
                 .seq = deliver->seq,
                 .msg_id = deliver->msg_id,
                 .sender_device = sim_org_find_device(&sim->org, &deliver->sender_device),
                 .is_own_copy = deliver->own_copy,
             });
}

static void on_notice(struct sim *sim, struct model_client *client, const struct frame_notice *notice)
{
    struct inbox_item item = {.kind = INBOX_NOTICE, .seq = notice->seq, .what = notice->what};
    item.msg_id = notice->msg_id_count > 0 ? notice->msg_ids[0] : item.msg_id;
    take_row(sim, client, &item);
    for (size_t i = 1; i < notice->msg_id_count; i++) {
        item.msg_id = notice->msg_ids[i];
        take_item(sim, client, item);
    }
}

static void on_gap(struct sim *sim, struct model_client *client, const struct frame_gap *gap)
{
    sim_trace(sim, "device %llu is told of a gap %llu..%llu, why %llu", client->index, gap->from_seq,
              gap->to_seq, gap->why);
    take_row(sim, client,
             &(struct inbox_item){
                 .kind = INBOX_GAP, .seq = gap->to_seq, .from_seq = gap->from_seq, .why = gap->why});
}

static void on_error(struct sim *sim, const struct model_client *client, const struct frame_error *error)
{
    bool is_race = error->offending_kind == FRAME_ADMIN; /* two of the owner's devices at once */
    if (oim_status_from_wire(error->code) != OIM_AGAIN && !is_race) {
        sim_find(sim, "device %u got an Error about kind %u: %s", client->index, error->offending_kind,
                 error->text);
    }
}

void model_client_on_frame(struct sim *sim, struct model_client *client, const struct frame *frame)
{
    struct frame pong = {.kind = FRAME_PONG};
    switch (frame->kind) {
    case FRAME_SERVER_HELLO:
        on_server_hello(sim, client, &frame->u.server_hello);
        break;
    case FRAME_AUTH_OK:
        on_auth_ok(sim, client, &frame->u.auth_ok);
        break;
    case FRAME_AUTH_ERR:
        on_auth_err(sim, client, &frame->u.auth_err);
        break;
    case FRAME_SUBMIT_RESULT:
        on_result(sim, client, &frame->u.submit_result);
        break;
    case FRAME_DEVICE_SET_WRONG:
        on_set_wrong(sim, client, &frame->u.device_set_wrong);
        break;
    case FRAME_DELIVER:
        on_deliver(sim, client, &frame->u.deliver);
        break;
    case FRAME_NOTICE:
        on_notice(sim, client, &frame->u.notice);
        break;
    case FRAME_GAP:
        on_gap(sim, client, &frame->u.gap);
        break;
    case FRAME_CAUGHT_UP:
        client->is_caught_up = true;
        client->caught_up_head = frame->u.caught_up.head;
        break;
    case FRAME_LIVE_RESULT:
        checker_on_live_result(sim, &frame->u.live_result);
        break;
    case FRAME_ADMIN_RESULT:
        model_admin_on_result(sim, client, &frame->u.admin_result);
        break;
    case FRAME_PING:
        pong.u.ping.opaque = frame->u.ping.opaque;
        model_client_say(sim, client, &pong);
        break;
    case FRAME_BYE:
        sim_trace(sim, "device %llu hears Bye, code %llu", client->index, frame->u.bye.code, 0, 0);
        model_client_leave(sim, client, frame->u.bye.retry_after_ms + sim_below(sim, 500));
        break;
    case FRAME_ERROR:
        on_error(sim, client, &frame->u.error);
        break;
    default:
        break; /* limits, policy, addresses, summary, presence: nothing follows from them here */
    }
}
