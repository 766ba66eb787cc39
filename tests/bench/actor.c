#include "tests/bench/actor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/os/random_os.h"
#include "proto/codec.h"
#include "proto/handshake.h"
#include "tests/bench/machine.h"

#define ARENA_SIZE (1024u * 1024)
#define NOTICE_ACK_NS 1000000000
#define NOTICE_UNACKED_MAX (WINDOW_ROWS_MAX / 2)
#define RESEND_NS 2000000
#define TURN_NS_MAX 100000000
#define CLIENT_VERSION OIM_VERSION

void stage_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("oim-bench: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static void push(struct actor ***list, size_t *count, size_t *capacity, struct actor *actor)
{
    if (*count == *capacity) {
        size_t larger = *capacity == 0 ? 256 : *capacity * 2;
        struct actor **grown = realloc((void *)*list, larger * sizeof(struct actor *));
        if (grown == NULL) {
            stage_fail("no memory for %zu actors", larger);
        }
        *list = grown;
        *capacity = larger;
    }
    (*list)[(*count)++] = actor;
}

/* ---- saying
 * -------------------------------------------------------------------------------------------------- */

/* Room for one frame at the end of what this turn sends. */
static uint8_t *stage_frame(struct stage *stage, struct actor *actor, size_t size_max)
{
    if (!actor->is_staged) {
        actor->is_staged = true;
        oim_buf_init(&actor->staged, MESSAGE_SIZE_MAX);
        push(&stage->staged, &stage->staged_count, &stage->staged_capacity, actor);
    }
    uint8_t *out = oim_buf_grow(&actor->staged, size_max);
    if (out == NULL) {
        stage_fail("%s has more to say than one binary message holds", actor->person->login);
    }
    return out;
}

static void staged_frame_is(struct actor *actor, size_t size_max, size_t size)
{
    actor->staged.size -= size_max - size;
}

void actor_say(struct stage *stage, struct actor *actor, const struct frame *frame)
{
    struct oim_buf bytes;
    oim_buf_init(&bytes, FRAME_SIZE_MAX);
    if (codec_encode(frame, &bytes) != OIM_OK) {
        stage_fail("a frame of kind %d cannot be packed", (int)frame->kind);
    }
    memcpy(stage_frame(stage, actor, bytes.size), bytes.data, bytes.size);
    oim_buf_finish(&bytes);
}

static char *put_hex(char *out, uint64_t value, unsigned digit_count)
{
    for (unsigned i = digit_count; i > 0; i--) {
        *out++ = "0123456789abcdef"[value >> (4 * (i - 1)) & 15];
    }
    *out++ = ' ';
    return out;
}

static void put_text(char *out, size_t size, uint32_t id, int64_t due_ns)
{
    out = put_hex(put_hex(out, id, 8), (uint64_t)due_ns, 16);
    memset(out, 'x', size - ACTOR_TEXT_SIZE_MIN);
}

static void put_submit(struct stage *stage, struct actor *actor, uint64_t send_no)
{
    const struct in_flight *sent = &actor->in_flight[send_no % UNANSWERED_MAX];
    char text[FRAMES_TEXT_SIZE_MAX];
    put_text(text, stage->text_size, sent->id, sent->due_ns);
    struct frames_submit submit = {
        .send_no = send_no,
        .to_user = sent->to->user_id,
        .to_device = sent->to->device_id,
        .log_seq = stage->log_seq,
        .log_head = stage->log_head,
        .sent_ms = sent->sent_ms,
        .sender_seq = send_no,
        .text = oim_slice(text, stage->text_size),
    };
    oim_put_be64(submit.msg_id.bytes, stage->run);
    oim_put_be64(submit.msg_id.bytes + 8, (uint64_t)sent->id + 1);
    size_t size_max = stage->text_size + FRAMES_SUBMIT_OVERHEAD;
    uint8_t *out = stage_frame(stage, actor, size_max);
    staged_frame_is(actor, size_max, frames_put_submit(out, &submit));
}

void actor_submit(struct stage *stage, struct actor *actor, const struct person_account *to, uint32_t id,
                  int64_t due_ns)
{
    uint64_t send_no = ++actor->send_no;
    actor->in_flight[send_no % UNANSWERED_MAX] =
        (struct in_flight){.id = id, .due_ns = due_ns, .sent_ms = machine_wall_ms(), .to = to};
    if (actor_unanswered(actor) > UNANSWERED_MAX) {
        stage_fail("more than %u Submits without an answer", UNANSWERED_MAX);
    }
    put_submit(stage, actor, send_no);
}

size_t actor_unanswered(const struct actor *actor)
{
    return (size_t)(actor->send_no - actor->answered_no);
}

static void put_ack(struct stage *stage, struct actor *actor)
{
    uint8_t *out = stage_frame(stage, actor, FRAMES_ACK_SIZE_MAX);
    staged_frame_is(actor, FRAMES_ACK_SIZE_MAX, frames_put_ack(out, actor->seq, actor->answered_no));
    actor->acked_seq = actor->seq;
    actor->ack_by_ns = 0;
    actor->ack_now = false;
    stage->ack_count++;
}

/* One frame a message, to see what packing them is worth. */
static void send_apart(struct stage *stage, struct actor *actor)
{
    struct oim_slice rest = oim_buf_slice(&actor->staged);
    struct frames_head head;
    const uint8_t *begin = rest.data;
    while (frames_next(&rest, &head)) {
        link_send(&stage->links, &actor->link, begin, (size_t)(rest.data - begin));
        begin = rest.data;
    }
}

static void on_turn_end(void *context)
{
    struct stage *stage = context;
    for (size_t i = 0; i < stage->staged_count; i++) {
        struct actor *actor = stage->staged[i];
        if (actor->seq > actor->acked_seq) {
            put_ack(stage, actor); /* of notices: rides along with what goes anyway */
        }
        actor->is_staged = false;
        if (stage->one_frame_per_message) {
            send_apart(stage, actor);
        } else {
            link_send(&stage->links, &actor->link, actor->staged.data, actor->staged.size);
        }
        oim_buf_finish(&actor->staged);
    }
    stage->staged_count = 0;
}

/* ---- signing in
 * ---------------------------------------------------------------------------------------------- */

static void fill_hello(const struct stage *stage, const struct actor *actor, struct frame_hello *out)
{
    *out = (struct frame_hello){
        .versions = {OIM_PROTOCOL_VERSION},
        .version_count = 1,
        .client_nonce = actor->client_nonce,
        .cb_type = stage->links.tls == NULL ? CB_NONE : CB_TLS_EXPORTER,
        .agent = "oim-bench " OIM_VERSION,
        .org_id = stage->people->org_id,
    };
}

static void on_open(void *context, struct link *link)
{
    struct stage *stage = context;
    struct actor *actor = (struct actor *)link;
    struct frame frame = {.kind = FRAME_HELLO, .request = 1};
    oim_random_fill(&stage->random, actor->client_nonce.bytes, sizeof(actor->client_nonce.bytes));
    fill_hello(stage, actor, &frame.u.hello);
    actor_say(stage, actor, &frame);
}

/* A real client checks this at every connection; once is enough to know what we measure. */
static void check_server(struct stage *stage, const struct actor *actor,
                         const struct frame_server_hello *hello)
{
    const struct oim_id key_id = server_key_id(&hello->server_pub);
    if (stage->has_checked_server) {
        return;
    }
    if (!oim_id_equal(&key_id, &stage->people->server_key_id) ||
        !handshake_server_verify(&actor->th, &hello->server_pub, &hello->sig)) {
        stage_fail("this is not the server that the line or the state folder names");
    }
    stage->has_checked_server = true;
}

static void say_device_auth(struct stage *stage, struct actor *actor)
{
    struct frame frame = {.kind = FRAME_DEVICE_AUTH, .request = 2};
    uint64_t wall_us = machine_wall_ms() * 1000;
    stage->counter_last = wall_us > stage->counter_last ? wall_us : stage->counter_last + 1;
    frame.u.device_auth = (struct frame_device_auth){
        .device_id = actor->person->device_id,
        .conn_counter = stage->counter_last,
        .class = actor->class,
        .cursor = actor->acked_seq,
        .window_rows = actor->window_rows,
        .window_bytes = WINDOW_BYTES_MAX,
        .client_version = CLIENT_VERSION,
        .caps = {.names = {"offline_im"}, .count = 1},
    };
    handshake_device_sign(&actor->th, &actor->person->device_id, stage->counter_last, &actor->person->key,
                          &frame.u.device_auth.sig);
    actor->state = ACTOR_SIGNING;
    actor_say(stage, actor, &frame);
}

static void on_server_hello(struct stage *stage, struct actor *actor, const struct frame_server_hello *answer)
{
    struct frame_hello hello;
    uint8_t cb[CB_SIZE];
    fill_hello(stage, actor, &hello);
    link_channel_binding(&actor->link, cb);
    handshake_transcript(&hello, answer, cb, &actor->th);
    actor->server_pub = answer->server_pub;
    check_server(stage, actor, answer);
    if (actor->joins) {
        actor->state = ACTOR_JOINING;
        stage->ops->on_greeted(stage, actor);
        return;
    }
    say_device_auth(stage, actor);
}

static void on_auth_ok(struct stage *stage, struct actor *actor, const struct frame_auth_ok *ok)
{
    actor->state = ACTOR_READY;
    actor->ready_ns = stage->links.now_ns;
    actor->send_no = actor->answered_no = ok->hw;
    stage->log_seq = ok->log_seq;
    stage->log_head = ok->log_head;
    stage->signing_in_count--;
    stage->ready_count++;
}

/* ---- hearing
 * ------------------------------------------------------------------------------------------------- */

static const char *error_text(const struct frame *frame, uint32_t *out_code)
{
    switch (frame->kind) {
    case FRAME_ERROR:
        *out_code = frame->u.error.code;
        return frame->u.error.text;
    case FRAME_AUTH_ERR:
        *out_code = frame->u.auth_err.code;
        return frame->u.auth_err.text;
    case FRAME_BYE:
        *out_code = frame->u.bye.code;
        return frame->u.bye.text;
    default:
        return NULL;
    }
}

static void on_unpacked(struct stage *stage, struct actor *actor, const struct frame *frame)
{
    uint32_t code = 0;
    const char *text = error_text(frame, &code);
    if (text != NULL && !(actor->state == ACTOR_JOINING || actor->task != NULL) && !stage->expects_close) {
        stage_fail("%s was told: %s (code %u)", actor->person->login, text, code);
    }
    if (frame->kind == FRAME_SERVER_HELLO && actor->state == ACTOR_GREETING) {
        on_server_hello(stage, actor, &frame->u.server_hello);
    } else if (frame->kind == FRAME_AUTH_OK && actor->state == ACTOR_SIGNING) {
        on_auth_ok(stage, actor, &frame->u.auth_ok);
        if (stage->ops->on_ready != NULL) {
            stage->ops->on_ready(stage, actor);
        }
    } else if (stage->ops->on_frame != NULL) {
        stage->ops->on_frame(stage, actor, frame);
    }
}

static void unpack(struct stage *stage, struct actor *actor, struct oim_slice one_frame)
{
    struct frame frame;
    struct oim_error err;
    oim_arena_reset(&stage->arena);
    enum oim_status status = codec_decode(&one_frame, CODEC_TO_CLIENT, &stage->arena, &frame, &err);
    if (status == OIM_OK) {
        on_unpacked(stage, actor, &frame);
    } else if (status != OIM_ERR_NOT_FOUND) {
        stage_fail("the server sent what cannot be read: %s", err.text);
    }
}

static void wait_for(struct stage *stage, struct actor *actor)
{
    push(&stage->waiting, &stage->waiting_count, &stage->waiting_capacity, actor);
}

static void on_result(struct stage *stage, struct actor *actor, struct oim_slice body)
{
    struct frames_result result;
    if (!frames_read_result(body, &result) || result.to_no > actor->send_no ||
        result.from_no <= actor->answered_no) {
        stage_fail("a SubmitResult answers what was not asked");
    }
    if (result.outcome == OUTCOME_RETRY || result.outcome == OUTCOME_GAP) {
        stage->retried_count += result.to_no - result.from_no + 1;
        if (actor->resend_at_ns == 0) {
            actor->resend_at_ns = stage->links.now_ns + RESEND_NS + (int64_t)result.retry_after_ms * 1000000;
            wait_for(stage, actor);
        }
        return;
    }
    if (result.outcome == OUTCOME_REFUSED) {
        if (stage->refused_count == 0) {
            fprintf(stderr, "oim-bench: a message was refused, reason %u\n", result.reason);
        }
        stage->refused_count += result.to_no - result.from_no + 1;
    }
    for (uint64_t no = result.from_no; no <= result.to_no; no++) {
        struct in_flight *sent = &actor->in_flight[no % UNANSWERED_MAX];
        const struct in_flight copy = *sent;
        sent->answered = true;
        while (actor->answered_no < actor->send_no &&
               actor->in_flight[(actor->answered_no + 1) % UNANSWERED_MAX].answered) {
            actor->answered_no++;
        }
        if (stage->ops->on_answered != NULL) {
            stage->ops->on_answered(stage, actor, &copy);
        }
    }
}

static bool read_hex(const uint8_t *text, size_t size, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned digit = text[i] <= '9' ? text[i] - (unsigned)'0' : text[i] - (unsigned)'a' + 10u;
        if (digit > 15) {
            return false;
        }
        value = value << 4 | digit;
    }
    *out = value;
    return true;
}

static void on_deliver(struct stage *stage, struct actor *actor, struct oim_slice body)
{
    struct frames_deliver deliver;
    uint64_t id = 0;
    uint64_t due_ns = 0;
    if (!frames_read_deliver(body, &deliver) || deliver.text.size < ACTOR_TEXT_SIZE_MIN ||
        !read_hex(deliver.text.data, 8, &id) || !read_hex(deliver.text.data + 9, 16, &due_ns)) {
        stage_fail("a Deliver holds no text of ours");
    }
    if (deliver.seq <= actor->kept_seq) {
        actor->ack_now = true;
        return;
    }
    if (deliver.seq <= actor->seq) {
        stage_fail("%s got seq %llu after %llu", actor->person->login, (unsigned long long)deliver.seq,
                   (unsigned long long)actor->seq);
    }
    actor->seq = deliver.seq;
    actor->ack_now = true;
    actor->received_count++;
    actor->last_ns = stage->links.now_ns;
    if (actor->first_ns == 0) {
        actor->first_ns = actor->last_ns;
    }
    if (stage->ops->on_text != NULL) {
        stage->ops->on_text(stage, actor, (uint32_t)id, (int64_t)due_ns);
    }
}

/* A Notice (its seq is field 1) or a Gap (its end is field 2). */
static void on_row(struct stage *stage, struct actor *actor, struct oim_slice body, uint32_t seq_field)
{
    uint64_t seq = 0;
    if (!frames_read_number(body, seq_field, &seq)) {
        stage_fail("a Notice or Gap cannot be read");
    }
    stage->notice_count++;
    if (seq <= actor->seq) {
        return;
    }
    actor->seq = seq;
    if (actor->seq - actor->acked_seq > NOTICE_UNACKED_MAX) {
        actor->ack_now = true;
    } else if (actor->ack_by_ns == 0) {
        actor->ack_by_ns = stage->links.now_ns + NOTICE_ACK_NS;
        wait_for(stage, actor);
    }
}

static void on_message(void *context, struct link *link, struct oim_slice message)
{
    struct stage *stage = context;
    struct actor *actor = (struct actor *)link;
    struct frames_head head;
    while (message.size > 0) {
        struct oim_slice whole = message;
        if (!frames_next(&message, &head)) {
            stage_fail("the server sent a broken frame");
        }
        whole.size -= message.size;
        switch (head.kind) {
        case FRAME_SUBMIT_RESULT:
            on_result(stage, actor, head.body);
            break;
        case FRAME_DELIVER:
            on_deliver(stage, actor, head.body);
            break;
        case FRAME_NOTICE:
            on_row(stage, actor, head.body, 1);
            break;
        case FRAME_GAP:
            on_row(stage, actor, head.body, 2);
            break;
        case FRAME_CAUGHT_UP:
            actor->caught_up = true;
            break;
        case FRAME_PING: {
            uint8_t *out = stage_frame(stage, actor, FRAMES_PONG_SIZE_MAX);
            staged_frame_is(actor, FRAMES_PONG_SIZE_MAX, frames_put_pong(out, head.request, head.body));
            break;
        }
        case FRAME_LIMITS:
        case FRAME_POLICY:
        case FRAME_SUMMARY:
        case FRAME_ADDRESSES:
        case FRAME_PRESENCES:
            break;
        default:
            unpack(stage, actor, whole);
            break;
        }
        if (actor->wants_to_end) {
            actor_close(stage, actor);
            return;
        }
    }
    if (actor->ack_now) {
        put_ack(stage, actor);
    }
}

static void end(struct stage *stage, struct actor *actor)
{
    if (actor->state == ACTOR_READY) {
        stage->ready_count--;
    } else if (actor->state != ACTOR_OFF) {
        stage->signing_in_count--;
    }
    actor->state = ACTOR_OFF;
    stage->closed_count++;
    for (size_t i = 0; actor->is_staged && i < stage->staged_count; i++) {
        if (stage->staged[i] == actor) {
            stage->staged[i] = stage->staged[--stage->staged_count];
            actor->is_staged = false;
            oim_buf_finish(&actor->staged);
        }
    }
    for (size_t i = 0; i < stage->waiting_count; i++) {
        if (stage->waiting[i] == actor) {
            stage->waiting[i--] = stage->waiting[--stage->waiting_count];
        }
    }
    actor->ack_by_ns = actor->resend_at_ns = 0;
}

static void on_closed(void *context, struct link *link, const char *why)
{
    struct stage *stage = context;
    struct actor *actor = (struct actor *)link;
    if (!stage->expects_close) {
        stage_fail("%s lost the connection: %s", actor->person->login, why);
    }
    end(stage, actor);
}

static const struct link_ops link_ops = {
    .on_open = on_open,
    .on_message = on_message,
    .on_closed = on_closed,
    .on_turn_end = on_turn_end,
};

/* ---- opening and turning
 * ------------------------------------------------------------------------------------- */

void actor_open(struct stage *stage, struct actor *actor, struct person_account *person,
                enum face_class class, uint32_t window_rows, bool joins)
{
    actor->person = person;
    actor->class = class;
    actor->window_rows = window_rows;
    actor->joins = joins;
    actor->wants_to_end = false;
    actor->seq = actor->acked_seq = actor->kept_seq = 0;
    actor->ack_now = actor->caught_up = false;
    actor->ack_by_ns = actor->resend_at_ns = 0;
    actor->first_ns = actor->last_ns = actor->ready_ns = 0;
    actor->received_count = 0;
    actor->state = ACTOR_GREETING;
    stage->signing_in_count++;
    actor->opened_ns = machine_now_ns();
    link_open(&stage->links, &actor->link);
}

void actor_close(struct stage *stage, struct actor *actor)
{
    if (actor->state != ACTOR_OFF) {
        link_close(&stage->links, &actor->link);
        end(stage, actor);
    }
}

static void resend(struct stage *stage, struct actor *actor)
{
    for (uint64_t no = actor->answered_no + 1; no <= actor->send_no; no++) {
        if (!actor->in_flight[no % UNANSWERED_MAX].answered) {
            put_submit(stage, actor, no);
        }
    }
}

static void serve_waiting(struct stage *stage)
{
    int64_t now_ns = machine_now_ns();
    for (size_t i = 0; i < stage->waiting_count; i++) {
        struct actor *actor = stage->waiting[i];
        if (actor->resend_at_ns != 0 && actor->resend_at_ns <= now_ns) {
            actor->resend_at_ns = 0;
            resend(stage, actor);
        }
        if (actor->ack_by_ns != 0 && actor->ack_by_ns <= now_ns) {
            put_ack(stage, actor);
        }
        if (actor->resend_at_ns == 0 && actor->ack_by_ns == 0) {
            stage->waiting[i--] = stage->waiting[--stage->waiting_count];
        }
    }
}

void stage_turn(struct stage *stage, int64_t wait_ns)
{
    if (stage->waiting_count > 0) {
        serve_waiting(stage);
        wait_ns = wait_ns < RESEND_NS ? wait_ns : RESEND_NS;
    }
    links_turn(&stage->links, wait_ns < TURN_NS_MAX ? wait_ns : TURN_NS_MAX);
}

void stage_settle(struct stage *stage, int64_t duration_ns)
{
    int64_t until_ns = machine_now_ns() + duration_ns;
    for (int64_t left_ns = duration_ns; left_ns > 0; left_ns = until_ns - machine_now_ns()) {
        stage_turn(stage, left_ns);
    }
}

enum oim_status stage_init(struct stage *stage, struct people *people, size_t text_size,
                           struct oim_error *err)
{
    *stage = (struct stage){.people = people, .text_size = text_size, .random = random_os()};
    stage->arena_memory = malloc(ARENA_SIZE);
    if (stage->arena_memory == NULL) {
        return oim_fail(err, OIM_ERR_IO, "no memory");
    }
    oim_arena_init(&stage->arena, stage->arena_memory, ARENA_SIZE);
    oim_random_fill(&stage->random, &stage->run, sizeof(stage->run));
    return links_init(&stage->links, people->host_port, people->mode == WAY_DIRECT, &link_ops, stage, err);
}

void stage_finish(struct stage *stage)
{
    links_finish(&stage->links);
    free((void *)stage->staged);
    free((void *)stage->waiting);
    free(stage->arena_memory);
    *stage = (struct stage){.people = NULL};
}
