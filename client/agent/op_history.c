/*
 * op_history.c - `history`, `unread`, `outbox`, `why`: answered from the profile's own store, after a look
 * whether the server has something newer.
 */
#include <stdlib.h>
#include <string.h>

#include "client/agent/ask.h"
#include "proto/names.h"

#define FRESHEN_S 3.0
#define HISTORY_LIMIT_DEFAULT 100
#define HISTORY_LIMIT_MAX 100000

/* Rows fetched, or no use in waiting for them. */
static bool fresh(const struct ask *ask)
{
    bool reached;
    return engine_view(ask->agent->engine).caught_up ||
           (ask_reached(ask, &reached) && (!reached || ask->time_is_up));
}

static void freshen_begin(struct ask *ask)
{
    ask->fetches = true;
    ask_wait(ask, FRESHEN_S);
}

/* ---- history ---- */

struct history {
    struct ask *ask;
    char *needle; /* folded; NULL: everything */
    struct oim_id *ids;
    size_t count, limit;
    size_t gone_count; /* whose text did not stay */
};

static bool history_row(void *context, const struct message *message)
{
    struct history *history = context;
    if (message->stay == TEXT_GONE) {
        history->gone_count++;
        return true;
    }
    if (history->needle != NULL) {
        char *text = who_fold(message->text);
        bool found = text != NULL && strstr(text, history->needle) != NULL;
        free(text);
        if (!found) {
            return true;
        }
    }
    history->ids[history->count++] = message->msg_id;
    return history->count < history->limit;
}

static void history_go(struct ask *ask)
{
    const char *with = ask_arg(ask, "with");
    const char *search = ask_arg(ask, "search");
    struct oim_id peer = {{0}};
    if (!fresh(ask) || (with[0] != '\0' && !ask_who(ask, with, &peer))) {
        return;
    }
    int64_t limit = local_number(&ask->args, "limit", HISTORY_LIMIT_DEFAULT);
    limit = limit <= 0 ? HISTORY_LIMIT_DEFAULT : limit > HISTORY_LIMIT_MAX ? HISTORY_LIMIT_MAX : limit;
    struct history history = {.ask = ask, .limit = (size_t)limit};
    history.ids = calloc(history.limit, sizeof(*history.ids));
    history.needle = search[0] != '\0' ? who_fold(search) : NULL;
    struct local_store_query query = {.which = LOCAL_STORE_ALL,
                                      .peer = peer,
                                      .since_ms = (uint64_t)local_number(&ask->args, "since_ms", 0)};
    struct oim_error err;
    enum oim_status status = history.ids == NULL
                                 ? oim_fail(&err, OIM_ERR_LIMIT, "out of memory")
                                 : local_store_each(ask->agent->store, &query, history_row, &history, &err);
    /* Newest were found first; people read from the oldest. */
    for (size_t i = history.count; status == OIM_OK && i-- > 0;) {
        struct message message;
        size_t used = ask->arena.used;
        if (local_store_message(ask->agent->store, &history.ids[i], &ask->arena, &message) == OIM_OK) {
            ask_message(ask, "message", &message);
        }
        ask->arena.used = used;
    }
    free(history.ids);
    free(history.needle);
    if (status != OIM_OK) {
        ask_end_text(ask, EXIT_FAILED, "failed", "text", err.text);
        return;
    }
    struct local_builder fields = {.count = 0};
    local_add_number(&fields, "count", (int64_t)history.count);
    local_add_number(&fields, "gone", (int64_t)history.gone_count);
    local_add_truth(&fields, "keeps_history", engine_view(ask->agent->engine).keeps_history);
    local_add_text(&fields, "policy", engine_view(ask->agent->engine).policy_name);
    ask_end(ask, EXIT_DONE, &fields);
}

/* ---- unread ---- */

static void unread_go(struct ask *ask)
{
    struct local_talk talks[TALK_MAX];
    size_t talk_count = 0;
    int64_t count = 0;
    if (!fresh(ask)) {
        return;
    }
    if (local_store_unread(ask->agent->store, talks, TALK_MAX, &talk_count) != OIM_OK) {
        ask_end_code(ask, EXIT_FAILED, "failed");
        return;
    }
    for (size_t i = 0; i < talk_count; i++) {
        size_t used = ask->arena.used;
        struct local_builder fields = {.count = 0};
        fields_person(ask->agent, &ask->arena, &talks[i].peer, &fields_from, &fields);
        local_add_number(&fields, "count", talks[i].count);
        local_add_number(&fields, "last", (int64_t)talks[i].last_ms);
        ask_event(ask, "talk", &fields);
        ask->arena.used = used;
        count += talks[i].count;
    }
    struct local_builder fields = {.count = 0};
    local_add_number(&fields, "count", count);
    local_add_number(&fields, "people", (int64_t)talk_count);
    ask_end(ask, EXIT_DONE, &fields);
}

/* ---- outbox ---- */

static bool outbox_row(void *context, const struct message *message)
{
    ask_message(context, "message", message);
    return true;
}

/* The message that the prefix names. False: the ask has ended. */
static bool ask_message_id(struct ask *ask, const char *prefix, struct oim_id *out)
{
    switch (local_store_find(ask->agent->store, prefix, out)) {
    case OIM_OK:
        return true;
    case OIM_ERR_CONFLICT:
        ask_end_text(ask, EXIT_NO_SUCH_NAME, "ambiguous_id", "id", prefix);
        return false;
    default:
        ask_end_text(ask, EXIT_NO_SUCH_NAME, "no_such_message", "id", prefix);
        return false;
    }
}

enum { OUTBOX_FRESH, OUTBOX_RESENDING, OUTBOX_DROPPING };

static void outbox_drop(struct ask *ask, const struct oim_id *msg_id)
{
    ask->stage = OUTBOX_DROPPING;
    ask_engine(ask, &ask->query, &(struct engine_request){.op = REQUEST_DROP, .u.drop.msg_id = *msg_id});
}

/* What still waits here goes by itself, and was tried when this request came; drafts wait for their writer.
 */
static void outbox_retry_all(struct ask *ask)
{
    const size_t *queued_count = ask->own;
    if (*queued_count == 0) {
        ask_end_text(ask, EXIT_DONE, "outbox_nothing_queued", NULL, NULL);
    } else if (engine_view(ask->agent->engine).link != ENGINE_LINK_READY) {
        ask_end_unreached(ask);
    } else {
        ask_end(ask, EXIT_DONE, NULL);
    }
}

/* A draft goes out as a new message; then the draft goes. */
static void outbox_change(struct ask *ask, bool drop)
{
    struct message message;
    if (!ask_message_id(ask, ask_arg(ask, "id"), &ask->user_id)) {
        return;
    }
    if (local_store_message(ask->agent->store, &ask->user_id, &ask->arena, &message) != OIM_OK ||
        !message.own || (message_state_rank(message.state) != 1 && message_state_rank(message.state) != 3)) {
        ask_end_text(ask, EXIT_NO_SUCH_NAME, "no_such_message", "id", ask_arg(ask, "id"));
        return;
    }
    if (drop) {
        outbox_drop(ask, &ask->user_id);
        return;
    }
    if (message_state_rank(message.state) == 1) {
        outbox_retry_all(ask);
        return;
    }
    ask->stage = OUTBOX_RESENDING;
    ask_engine(ask, &ask->query,
               &(struct engine_request){
                   .op = REQUEST_SEND,
                   .u.send = {.to_user = message.peer, .text = message.text, .once = message.once}});
}

static void outbox_go(struct ask *ask)
{
    const char *what = ask_arg(ask, "do");
    bool list = what[0] == '\0' || strcmp(what, "list") == 0;
    bool drop = strcmp(what, "drop") == 0;
    struct oim_error err;
    if (ask->stage == OUTBOX_FRESH) {
        if (!fresh(ask)) {
            return;
        }
        if (!list && !drop && ask_arg(ask, "id")[0] == '\0') {
            outbox_retry_all(ask);
            return;
        }
        if (!list) {
            outbox_change(ask, drop);
            return;
        }
        struct local_store_query query = {.which = LOCAL_STORE_UNSENT};
        if (local_store_each(ask->agent->store, &query, outbox_row, ask, &err) != OIM_OK) {
            ask_end_text(ask, EXIT_FAILED, "failed", "text", err.text);
            return;
        }
        ask_end(ask, EXIT_DONE, NULL);
        return;
    }
    if (!ask->query.answered) {
        return;
    }
    if (ask->stage == OUTBOX_RESENDING && ask->query.status == OIM_OK) {
        struct oim_id draft = ask->user_id;
        outbox_drop(ask, &draft);
        return;
    }
    ask_end_answer(ask, &ask->query);
}

static void outbox_begin(struct ask *ask)
{
    const char *what = ask_arg(ask, "do");
    if (what[0] != '\0' && strcmp(what, "list") != 0 && strcmp(what, "drop") != 0 &&
        strcmp(what, "retry") != 0) {
        ask_end_text(ask, EXIT_USAGE, "usage", "text", "outbox list, retry or drop");
        return;
    }
    size_t *queued_count = oim_arena_zalloc(&ask->arena, 1, sizeof(*queued_count));
    ask->own = queued_count;
    if (queued_count == NULL) {
        ask_end_code(ask, EXIT_FAILED, "failed");
        return;
    }
    *queued_count = engine_view(ask->agent->engine).unsent_count; /* as long as it was not tried */
    freshen_begin(ask);
}

/* ---- why ---- */

/* One step, with what else is known of it. */
static void tell_step_with(struct ask *ask, const char *step, uint64_t at_ms, struct local_builder *fields)
{
    local_add_text(fields, "step", step);
    local_add_number(fields, "at", (int64_t)at_ms);
    ask_event(ask, "step", fields);
}

static void tell_step(struct ask *ask, const char *step, uint64_t at_ms)
{
    struct local_builder fields = {.count = 0};
    local_add_text(&fields, "text", "");
    tell_step_with(ask, step, at_ms, &fields);
}

static void tell_accepted(struct ask *ask, const struct message *message)
{
    struct local_builder fields = {.count = 0};
    local_add_text(&fields, "text", "");
    if (message->held_until_ms == 0) {
        tell_step_with(ask, "accepted", message->server_ms, &fields);
        return;
    }
    const struct person_row *person = engine_person(ask->agent->engine, &message->peer);
    local_add_text(&fields, "to_display", person == NULL ? "" : person->display);
    local_add_number(&fields, "until", (int64_t)message->held_until_ms);
    local_add_text(&fields, "policy", message->held_policy);
    tell_step_with(ask, "held", message->server_ms, &fields);
}

/* It was erased with its recipient's account, and is to go once more, or went. */
static void tell_erased(struct ask *ask, const struct message *message)
{
    struct local_builder fields = {.count = 0};
    local_add_text(&fields, "text", reason_name(REASON_ACCOUNT_RESET));
    tell_step_with(ask, message_state_name(MESSAGE_ERASED), message->erased_ms, &fields);
}

/* How it stands now, when that is more than accepted. */
static void tell_state_step(struct ask *ask, const struct message *message)
{
    struct local_builder fields = {.count = 0};
    const struct person_row *person = engine_person(ask->agent->engine, &message->peer);
    /* Else the detail's time is that of the invite, or of the account's end. */
    bool is_of_state = message->reason != REASON_NOT_JOINED && message->reason != REASON_CLOSED;
    uint64_t at_ms = is_of_state && message->detail.at_ms != 0 ? message->detail.at_ms : message->state_ms;
    local_add_text(&fields, "text", reason_name(message->reason));
    local_add_text(&fields, "who", who_name(message->who));
    local_add_text(&fields, "policy", message->detail.policy);
    local_add_text(&fields, "to_display", person == NULL ? "" : person->display);
    if (message->n > 0) {
        local_add_number(&fields, "k", message->k);
        local_add_number(&fields, "n", message->n);
    }
    tell_step_with(ask, message_state_name(message->state), at_ms, &fields);
}

static void tell_steps(struct ask *ask, const struct message *message)
{
    if (!message->own) {
        tell_step(ask, "received", message->arrived_ms);
        if (message->shown_ms != 0) {
            tell_step(ask, "shown", message->shown_ms);
        }
        if (message->read_ms != 0) {
            tell_step(ask, "read", message->read_ms);
        }
        return;
    }
    bool erased_before = message->state != MESSAGE_ERASED && message->erased_ms != 0;
    bool accepted_anew = erased_before && message->server_ms > message->erased_ms;
    if (message->sent_ms != 0) {
        tell_step(ask, message_is_from_here(message) ? "queued" : "written", message->sent_ms);
    }
    if (accepted_anew) {
        tell_erased(ask, message);
    }
    if (message->server_ms != 0) {
        tell_accepted(ask, message);
    }
    if (erased_before && !accepted_anew) {
        tell_erased(ask, message);
    }
    if (message->state != MESSAGE_QUEUED && message->state != MESSAGE_HELD) {
        tell_state_step(ask, message);
    }
}

static bool first_own(void *context, const struct message *message)
{
    struct ask *ask = context;
    if (!message->own) {
        return true;
    }
    ask->query.id = message->msg_id;
    return false;
}

static void why_go(struct ask *ask)
{
    const char *id = ask_arg(ask, "id");
    const char *to = ask_arg(ask, "to");
    struct oim_error err;
    if (!fresh(ask)) {
        return;
    }
    struct oim_id msg_id = {{0}};
    if (id[0] != '\0') {
        if (!ask_message_id(ask, id, &msg_id)) {
            return;
        }
    } else {
        struct local_store_query query = {.which = LOCAL_STORE_ALL};
        if (to[0] != '\0' && !ask_who(ask, to, &query.peer)) {
            return;
        }
        ask->query.id = msg_id;
        if (local_store_each(ask->agent->store, &query, first_own, ask, &err) != OIM_OK) {
            ask_end_text(ask, EXIT_FAILED, "failed", "text", err.text);
            return;
        }
        msg_id = ask->query.id;
    }
    struct message message;
    if (local_store_message(ask->agent->store, &msg_id, &ask->arena, &message) != OIM_OK) {
        ask_end_code(ask, EXIT_NO_SUCH_NAME, "no_such_message");
        return;
    }
    ask_message(ask, "message", &message);
    tell_steps(ask, &message);
    ask_end(ask, EXIT_DONE, NULL);
}

const struct op ops_history[] = {
    {.name = "history", .needs_ready = true, .begin = freshen_begin, .go = history_go},
    {.name = "unread", .needs_ready = true, .begin = freshen_begin, .go = unread_go},
    {.name = "outbox", .needs_ready = true, .begin = outbox_begin, .go = outbox_go},
    {.name = "why", .needs_ready = true, .begin = freshen_begin, .go = why_go},
};
const size_t ops_history_count = OIM_COUNT(ops_history);
