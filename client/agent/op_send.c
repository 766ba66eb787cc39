/*
 * op_send.c - `send`: one text to one or several people, and how far it got in the time given.
 *
 * Each recipient is a message of its own. A message is stored before the network is touched; what the wait
 * decides is only what the face is told. DESIGN.md section 2: exit codes, times, --once, --no-queue.
 */
#include <string.h>

#include "client/agent/ask.h"
#include "proto/names.h"

#define WAIT_HELD_S 10.0

enum target_stage { TARGET_NAME, TARGET_QUEUEING, TARGET_WAITING, TARGET_DONE };

struct target {
    const char *words;
    struct oim_id wanted_id; /* the face's, so that it may ask again when this agent dies; zero: none */
    enum target_stage stage;
    struct query query;
    struct oim_id user_id;
    struct oim_id msg_id;
    enum local_exit exit;
    const char *code; /* of the End; "" when the result event says it */
};

struct send {
    const char *text;
    const char *once;
    bool no_queue;
    enum message_state until; /* HELD, DELIVERED or READ, or better */
    struct target *targets;
    size_t target_count;
};

static void target_end(struct target *target, enum local_exit exit, const char *code)
{
    target->stage = TARGET_DONE;
    target->exit = exit;
    target->code = code;
}

/* A message that never came to be, or of which nothing is left: it is nowhere, and code says why. */
static void target_not_sent(struct ask *ask, struct target *target, enum local_exit exit, const char *code)
{
    const struct send *send = ask->own;
    const struct account *account = engine_view(ask->agent->engine).account;
    struct local_builder fields = {.count = 0};
    local_add_text(&fields, "to", target->words);
    local_add_text(&fields, "state", "not_sent");
    local_add_text(&fields, "reason", code);
    local_add_truth(&fields, "kept", false);
    local_add_number(&fields, "exit", exit);
    local_add_text(&fields, "name", target->words);
    local_add_text(&fields, "once", send->once);
    local_add_text(&fields, "address", account->way_count > 0 ? account->ways[0].host_port : "");
    ask_event(ask, "result", &fields);
    target_end(target, exit, code);
}

/* code: why the wait ended, when the message itself does not say it; else "". */
static void target_result(struct ask *ask, struct target *target, const struct message *message,
                          enum local_exit exit, const char *code)
{
    struct local_builder fields = {.count = 0};
    size_t used = ask->arena.used;
    const struct person_row *person = engine_person(ask->agent->engine, &target->user_id);
    const struct account *account = engine_view(ask->agent->engine).account;
    local_add_text(&fields, "id", ask_id_text(&ask->arena, &message->msg_id));
    local_add_text(&fields, "to", person == NULL ? target->words : person->login);
    local_add_text(&fields, "to_display", person == NULL ? "" : person->display);
    local_add_text(&fields, "state", message_state_name(message->state));
    local_add_text(&fields, "reason", message->reason != REASON_NONE ? reason_name(message->reason) : code);
    local_add_text(&fields, "who", who_name(message->who));
    fields_detail(message, &fields);
    local_add_number(&fields, "until", (int64_t)message->until_ms);
    local_add_truth(&fields, "kept", true);
    local_add_number(&fields, "exit", exit);
    local_add_text(&fields, "name", target->words);
    local_add_text(&fields, "address", account->way_count > 0 ? account->ways[0].host_port : "");
    local_add_number(&fields, "k", message->k);
    local_add_number(&fields, "n", message->n);
    if (person != NULL && person->state == PERSON_STATE_INVITED) {
        local_add_number(&fields, "invited", (int64_t)person->invited_ms);
    }
    ask_event(ask, "result", &fields);
    ask->arena.used = used;
}

/* Has it come far enough, or to an end? */
static bool target_settled(const struct send *send, const struct message *message, enum local_exit *out_exit)
{
    switch (message->state) {
    case MESSAGE_REFUSED:
    case MESSAGE_NOT_DELIVERED:
    case MESSAGE_EXPIRED:
    case MESSAGE_ERASED:
        *out_exit = EXIT_REFUSED;
        return true;
    case MESSAGE_QUEUED_NOT_JOINED:
        *out_exit = EXIT_WAIT_ENDED;
        return true;
    default:
        *out_exit = EXIT_DONE;
        int wanted = send->until == MESSAGE_DELIVERED ? message_state_rank(MESSAGE_DELIVERED_QUIET)
                                                      : message_state_rank(send->until);
        return message_state_rank(message->state) >= wanted;
    }
}

static bool target_row(struct ask *ask, const struct target *target, struct message *out)
{
    return local_store_message(ask->agent->store, &target->msg_id, &ask->arena, out) == OIM_OK;
}

static void target_wait_over(struct ask *ask, struct target *target, const struct message *message)
{
    struct send *send = ask->own;
    struct engine_view view = engine_view(ask->agent->engine);
    bool submitted = false, waits_join = false;
    bool unsent = engine_outbox_has(ask->agent->engine, &target->msg_id, &submitted, &waits_join);
    bool unreached = unsent && !(submitted && view.link == ENGINE_LINK_READY);
    struct ask_miss why = unreached ? ask_unreached(ask) : (struct ask_miss){EXIT_WAIT_ENDED, "wait_ended"};
    if (unsent && !submitted && send->no_queue) {
        ask_engine(ask, &target->query,
                   &(struct engine_request){.op = REQUEST_DROP, .u.drop.msg_id = target->msg_id});
        target_not_sent(ask, target, why.exit, why.code);
        return;
    }
    target_result(ask, target, message, why.exit, why.exit == EXIT_WAIT_ENDED ? "" : why.code);
    target_end(target, why.exit, why.code);
}

static void target_check(struct ask *ask, struct target *target)
{
    struct send *send = ask->own;
    struct message message;
    enum local_exit exit;
    size_t used = ask->arena.used;
    if (!target_row(ask, target, &message)) {
        target_not_sent(ask, target, EXIT_FAILED, "failed");
    } else if (target_settled(send, &message, &exit)) {
        target_result(ask, target, &message, exit, "");
        target_end(target, exit, ""); /* the result says it all */
    } else if (ask->time_is_up || engine_view(ask->agent->engine).trust[0] != '\0' ||
               engine_view(ask->agent->engine).denied[0] != '\0') {
        target_wait_over(ask, target, &message);
    }
    ask->arena.used = used;
}

/* True: the key is somebody's already, and the target follows that message or has ended. */
static bool target_once(struct ask *ask, struct target *target)
{
    struct send *send = ask->own;
    struct message message;
    size_t used = ask->arena.used;
    if (send->once[0] == '\0' || local_store_once(ask->agent->store, send->once, &target->user_id,
                                                  agent_wall_ms(), &ask->arena, &message) != OIM_OK) {
        return false;
    }
    /* Of a text that is gone nothing is kept, a hash included: whoever guesses it could tell. */
    if (message.stay != TEXT_GONE && strcmp(message.text, send->text) != 0) {
        target_not_sent(ask, target, EXIT_USAGE, "once_conflict");
    } else {
        target->msg_id = message.msg_id;
        target->stage = TARGET_WAITING;
        target_check(ask, target);
    }
    ask->arena.used = used;
    return true;
}

/* True: an agent before this one took the message already. */
static bool target_again(struct ask *ask, struct target *target)
{
    struct message message;
    size_t used = ask->arena.used;
    bool again = !oim_id_is_zero(&target->wanted_id) &&
                 local_store_message(ask->agent->store, &target->wanted_id, &ask->arena, &message) == OIM_OK;
    ask->arena.used = used;
    if (again) {
        target->msg_id = target->wanted_id;
        target->stage = TARGET_WAITING;
        target_check(ask, target);
    }
    return again;
}

static void target_queue(struct ask *ask, struct target *target)
{
    struct send *send = ask->own;
    if (target_again(ask, target) || target_once(ask, target)) {
        return;
    }
    target->stage = TARGET_QUEUEING;
    ask_engine(ask, &target->query,
               &(struct engine_request){.op = REQUEST_SEND,
                                        .u.send = {.msg_id = target->wanted_id,
                                                   .to_user = target->user_id,
                                                   .text = send->text,
                                                   .once = send->once}});
}

static void target_name(struct ask *ask, struct target *target)
{
    struct ask_miss miss;
    switch (who_find(ask, &target->query, target->words, &target->user_id, &miss)) {
    case WHO_FOUND:
        target_queue(ask, target);
        return;
    case WHO_WAIT:
        return;
    case WHO_NOT:
        break;
    }
    if (strcmp(miss.code, "ambiguous") == 0) {
        ask_candidates(ask, target->words);
    }
    target_not_sent(ask, target, miss.exit, miss.code);
}

/* The first of 2 6 4 3 1 5 7 0 that any recipient had. */
static enum local_exit worst_exit(const struct send *send)
{
    static const enum local_exit order[] = {EXIT_USAGE,  EXIT_NO_SUCH_NAME, EXIT_TRUST,     EXIT_REFUSED,
                                            EXIT_FAILED, EXIT_NOT_REACHED,  EXIT_WAIT_ENDED};
    for (size_t i = 0; i < OIM_COUNT(order); i++) {
        for (size_t t = 0; t < send->target_count; t++) {
            if (send->targets[t].exit == order[i]) {
                return order[i];
            }
        }
    }
    return EXIT_DONE;
}

/* The results have said it all, but for what stands in the way of every message: who the server is. */
static void send_end(struct ask *ask)
{
    struct send *send = ask->own;
    enum local_exit exit = worst_exit(send);
    const char *code = "";
    for (size_t i = 0; i < send->target_count && code[0] == '\0'; i++) {
        code = send->targets[i].exit == exit ? send->targets[i].code : "";
    }
    if (code[0] == '\0') {
        ask_end(ask, exit, NULL);
    } else {
        ask_end_code(ask, exit, code);
    }
}

static void send_go(struct ask *ask)
{
    struct send *send = ask->own;
    size_t done = 0;
    for (size_t i = 0; i < send->target_count; i++) {
        struct target *target = &send->targets[i];
        if (target->stage == TARGET_NAME) {
            target_name(ask, target);
        }
        if (target->stage == TARGET_QUEUEING && target->query.answered) {
            target->msg_id = target->query.id;
            target->stage = TARGET_WAITING;
            if (target->query.status != OIM_OK) {
                target_not_sent(ask, target, EXIT_FAILED, target->query.code);
            }
        }
        if (target->stage == TARGET_WAITING) {
            target_check(ask, target);
        }
        done += target->stage == TARGET_DONE ? 1 : 0;
    }
    if (done == send->target_count) {
        send_end(ask);
    }
}

/* What the disk has of them will be sent one day, and must not be written twice. */
static void send_stuck(struct ask *ask)
{
    struct send *send = ask->own;
    for (size_t i = 0; i < send->target_count; i++) {
        struct target *target = &send->targets[i];
        struct message message;
        if (target->stage == TARGET_DONE) {
            continue;
        }
        if (oim_id_is_zero(&target->msg_id)) {
            target->msg_id = target->wanted_id;
        }
        if (target_row(ask, target, &message)) {
            target_result(ask, target, &message, EXIT_WAIT_ENDED, "disk_full_here");
            target_end(target, EXIT_WAIT_ENDED, "disk_full_here");
        } else {
            target_not_sent(ask, target, EXIT_FAILED, "disk_full_here");
        }
    }
}

static void send_answer(struct ask *ask, const struct engine_answer *answer)
{
    struct send *send = ask->own;
    for (size_t i = 0; i < send->target_count; i++) {
        struct query *query = &send->targets[i].query;
        if (query->request == answer->request && !query->answered) {
            query->answered = true;
            query->status = answer->status;
            query->code = answer->code;
            query->id = answer->id;
        }
    }
}

static bool read_targets(struct ask *ask, struct send *send)
{
    send->targets = oim_arena_zalloc(&ask->arena, ask->args.count + 1, sizeof(*send->targets));
    if (send->targets == NULL) {
        return false;
    }
    for (size_t i = 0; i < ask->args.count; i++) {
        const struct local_field *field = &ask->args.items[i];
        bool again = false;
        if (strcmp(field->name, "id") == 0 && field->type == LOCAL_TEXT && send->target_count > 0) {
            struct target *named = &send->targets[send->target_count - 1];
            if (oim_id_from_text(field->text, &named->wanted_id) != OIM_OK) {
                return false;
            }
        }
        if (strcmp(field->name, "to") != 0 || field->type != LOCAL_TEXT) {
            continue;
        }
        for (size_t t = 0; t < send->target_count; t++) {
            again = again || strcmp(send->targets[t].words, field->text) == 0;
        }
        if (!again) {
            send->targets[send->target_count].words = field->text;
            send->targets[send->target_count++].query.code = "";
        }
    }
    return send->target_count > 0;
}

static void send_begin(struct ask *ask)
{
    struct send *send = oim_arena_zalloc(&ask->arena, 1, sizeof(*send));
    ask->own = send;
    if (send == NULL || !read_targets(ask, send)) {
        ask_end_text(ask, EXIT_USAGE, "usage", "text", "to whom?");
        return;
    }
    const char *wait = ask_arg(ask, "wait");
    send->text = ask_arg(ask, "text");
    send->once = ask_arg(ask, "once");
    send->no_queue = local_truth(&ask->args, "no_queue");
    send->until = strcmp(wait, "read") == 0        ? MESSAGE_READ
                  : strcmp(wait, "delivered") == 0 ? MESSAGE_DELIVERED
                                                   : MESSAGE_HELD;
    size_t size = strlen(send->text);
    if (size == 0) {
        ask_end_code(ask, EXIT_USAGE, "empty_text");
        return;
    }
    size_t count = oim_utf8_count((const uint8_t *)send->text, size);
    if (count > TEXT_CHARS_MAX || size > TEXT_SIZE_MAX) {
        struct local_builder fields = {.count = 0};
        local_add_text(&fields, "code", "too_long");
        local_add_number(&fields, "limit", TEXT_CHARS_MAX);
        local_add_number(&fields, "count", (int64_t)count);
        ask_end(ask, EXIT_USAGE, &fields);
        return;
    }
    if (strlen(send->once) > ONCE_KEY_SIZE_MAX) {
        ask_end_text(ask, EXIT_USAGE, "usage", "text", "the key of --once is too long");
        return;
    }
    int64_t timeout_ms = local_number(&ask->args, "timeout_ms", -1);
    ask->fetches = send->until != MESSAGE_HELD;
    if (timeout_ms >= 0) {
        ask_wait(ask, (double)timeout_ms / 1000.);
    } else if (send->until == MESSAGE_HELD) {
        ask_wait(ask, WAIT_HELD_S);
    }
    ask_warning(ask);
    send_go(ask);
}

const struct op ops_send[] = {
    {.name = "send",
     .needs_ready = true,
     .begin = send_begin,
     .go = send_go,
     .answer = send_answer,
     .stuck = send_stuck},
};
const size_t ops_send_count = OIM_COUNT(ops_send);
