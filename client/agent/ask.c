/*
 * ask.c - begins, wakes and ends the requests of faces; what several of them say in the same way.
 */
#include "client/agent/ask.h"

#include <stdlib.h>
#include <string.h>

#include "policy/resolve.h"
#include "proto/names.h"

static const struct op *op_find(const char *name)
{
    const struct {
        const struct op *ops;
        size_t count;
    } tables[] = {{ops_send, ops_send_count},
                  {ops_receive, ops_receive_count},
                  {ops_people, ops_people_count},
                  {ops_history, ops_history_count},
                  {ops_device, ops_device_count}};
    for (size_t t = 0; t < OIM_COUNT(tables); t++) {
        for (size_t i = 0; i < tables[t].count; i++) {
            if (strcmp(tables[t].ops[i].name, name) == 0) {
                return &tables[t].ops[i];
            }
        }
    }
    return NULL;
}

static void on_time(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct ask *ask = timer->data;
    (void)loop;
    (void)events;
    ask->time_is_up = true;
    drive_later(ask->agent);
}

void ask_begin(struct face_conn *face, const struct local_frame *frame, void *memory, struct oim_arena arena)
{
    struct agent *agent = face->agent;
    struct ask *ask = oim_arena_zalloc(&arena, 1, sizeof(*ask));
    if (ask == NULL) {
        face_send(face,
                  &(struct local_frame){.kind = LOCAL_END, .request = frame->request, .exit = EXIT_FAILED});
        free(memory);
        return;
    }
    *ask = (struct ask){.agent = agent,
                        .face = face,
                        .request = frame->request,
                        .op = op_find(frame->name),
                        .memory = memory,
                        .arena = arena,
                        .args = frame->fields,
                        .next = agent->asks};
    agent->asks = ask;
    ev_timer_init(&ask->timer, on_time, 0., 0.);
    ask->timer.data = ask;
    if (ask->op == NULL) {
        ask_end_text(ask, EXIT_USAGE, "usage", "text", "the agent does not know this request");
        return;
    }
    enum agent_state state = agent_state(agent);
    if (ask->op->needs_ready && state != AGENT_READY) {
        ask_end_code(ask, EXIT_FAILED, state == AGENT_LOCKED ? "locked" : "none");
        return;
    }
    if (!ask->op->stays_here) {
        drive_retry(agent);
    }
    ask->op->begin(ask);
    drive_want(agent);
    drive_later(agent);
}

static void ask_free(struct agent *agent, struct ask *ask)
{
    ev_timer_stop(agent->loop, &ask->timer);
    if (ask->query.request != 0 && !ask->query.answered && agent->engine != NULL) {
        drive_cancel(agent, ask->query.request);
    }
    void *memory = ask->memory;                      /* the ask itself lies in it */
    crypto_wipe(ask->arena.memory, ask->arena.used); /* passphrases and lines pass through here */
    free(memory);
}

void ask_cancel(struct face_conn *face, uint32_t request)
{
    for (struct ask *ask = face->agent->asks; ask != NULL; ask = ask->next) {
        if (ask->face == face && ask->request == request && !ask->ended) {
            ask_end(ask, EXIT_DONE, NULL);
        }
    }
}

void ask_forget_face(struct face_conn *face)
{
    for (struct ask *ask = face->agent->asks; ask != NULL; ask = ask->next) {
        if (ask->face == face) {
            ask->ended = true;
            ask->face = NULL;
        }
    }
}

void ask_on_answer(struct agent *agent, const struct engine_answer *answer)
{
    for (struct ask *ask = agent->asks; ask != NULL; ask = ask->next) {
        if (ask->query.request == answer->request && !ask->query.answered) {
            ask->query.answered = answer->last;
            ask->query.status = answer->status;
            ask->query.code = answer->code;
            ask->query.id = answer->id;
        }
        if (!ask->ended && ask->op->answer != NULL) {
            ask->op->answer(ask, answer);
        }
    }
}

void ask_on_changed(struct agent *agent, const struct engine_effect *effect)
{
    for (struct ask *ask = agent->asks; ask != NULL; ask = ask->next) {
        if (!ask->ended && ask->op->changed != NULL) {
            ask->op->changed(ask, effect);
        }
    }
}

void ask_run_all(struct agent *agent)
{
    for (struct ask *ask = agent->asks; ask != NULL; ask = ask->next) {
        if (!ask->ended && ask->op->go != NULL) {
            ask->op->go(ask);
        }
    }
    struct ask **link = &agent->asks;
    while (*link != NULL) {
        struct ask *ask = *link;
        if (!ask->ended) {
            link = &ask->next;
            continue;
        }
        *link = ask->next;
        ask_free(agent, ask);
    }
    drive_want(agent);
}

void ask_end_stuck(struct agent *agent)
{
    for (struct ask *ask = agent->asks; ask != NULL; ask = ask->next) {
        if (!ask->ended && ask->op != NULL && ask->op->stuck != NULL) {
            ask->op->stuck(ask);
        }
    }
    ask_end_all(agent, EXIT_FAILED, "disk_full_here");
}

void ask_end_all(struct agent *agent, enum local_exit exit, const char *code)
{
    for (struct ask *ask = agent->asks; ask != NULL; ask = ask->next) {
        if (!ask->ended) {
            ask_end_code(ask, exit, code);
        }
    }
}

bool ask_any_fetches(const struct agent *agent)
{
    for (const struct ask *ask = agent->asks; ask != NULL; ask = ask->next) {
        if (!ask->ended && ask->fetches) {
            return true;
        }
    }
    return false;
}

size_t ask_count(const struct agent *agent)
{
    size_t count = 0;
    for (const struct ask *ask = agent->asks; ask != NULL; ask = ask->next) {
        count += ask->ended ? 0 : 1;
    }
    return count;
}

void ask_event(struct ask *ask, const char *what, const struct local_builder *fields)
{
    if (ask->face != NULL) {
        face_send(ask->face, &(struct local_frame){.kind = LOCAL_EVENT,
                                                   .request = ask->request,
                                                   .name = what,
                                                   .fields = local_built(fields)});
    }
}

void ask_end(struct ask *ask, enum local_exit exit, const struct local_builder *fields)
{
    if (ask->ended) {
        return;
    }
    struct local_frame frame = {.kind = LOCAL_END, .request = ask->request, .exit = exit};
    if (fields != NULL) {
        frame.fields = local_built(fields);
    }
    if (ask->face != NULL) {
        face_send(ask->face, &frame);
    }
    ask->ended = true;
    drive_later(ask->agent);
}

void ask_end_text(struct ask *ask, enum local_exit exit, const char *code, const char *name, const char *text)
{
    struct local_builder fields = {.count = 0};
    local_add_text(&fields, "code", code);
    if (name != NULL) {
        local_add_text(&fields, name, text);
    }
    ask_end(ask, exit, &fields);
}

void ask_add_code(const struct agent *agent, const char *code, struct local_builder *fields)
{
    local_add_text(fields, "code", code);
    if (strcmp(code, "not_reached") != 0 || agent->engine == NULL) {
        return;
    }
    const struct account *account = engine_view(agent->engine).account;
    const char *known = account->way_count > 0 ? account->ways[0].host_port : "";
    local_add_text(fields, "address", agent->because[0] != '\0' ? agent->way.host_port : known);
    local_add_text(fields, "because", agent->because);
}

void ask_end_code(struct ask *ask, enum local_exit exit, const char *code)
{
    struct local_builder fields = {.count = 0};
    ask_add_code(ask->agent, code, &fields);
    ask_end(ask, exit, &fields);
}

struct ask_miss ask_unreached(const struct ask *ask)
{
    struct engine_view view = engine_view(ask->agent->engine);
    return view.trust[0] != '\0'    ? (struct ask_miss){EXIT_TRUST, view.trust}
           : view.denied[0] != '\0' ? (struct ask_miss){EXIT_FAILED, view.denied}
                                    : (struct ask_miss){EXIT_NOT_REACHED, "not_reached"};
}

void ask_end_unreached(struct ask *ask)
{
    struct ask_miss miss = ask_unreached(ask);
    ask_end_code(ask, miss.exit, miss.code);
}

static enum local_exit exit_of(enum oim_status status)
{
    switch (status) {
    case OIM_OK:
        return EXIT_DONE;
    case OIM_ERR_DENIED:
        return EXIT_REFUSED;
    case OIM_ERR_TRUST:
        return EXIT_TRUST;
    case OIM_ERR_NOT_FOUND:
        return EXIT_NO_SUCH_NAME;
    case OIM_ERR_USAGE:
        return EXIT_USAGE;
    default:
        return EXIT_FAILED;
    }
}

void ask_end_answer(struct ask *ask, const struct query *query)
{
    if (query->status == OIM_OK) {
        ask_end(ask, EXIT_DONE, NULL);
        return;
    }
    enum local_exit exit = exit_of(query->status);
    if (strcmp(query->code, engine_view(ask->agent->engine).denied) == 0 ||
        strcmp(query->code, "none") == 0) {
        exit = EXIT_FAILED;
    }
    ask_end_code(ask, exit, query->code[0] != '\0' ? query->code : oim_status_name(query->status));
}

void ask_wait(struct ask *ask, double seconds)
{
    ask->time_is_up = false;
    ev_timer_stop(ask->agent->loop, &ask->timer);
    ev_now_update(ask->agent->loop);
    ev_timer_set(&ask->timer, seconds, 0.);
    ev_timer_start(ask->agent->loop, &ask->timer);
}

void ask_engine(struct ask *ask, struct query *query, struct engine_request *request)
{
    /* The answer may come before drive_request returns. */
    *query = (struct query){.request = ask->agent->last_request + 1, .code = ""};
    drive_request(ask->agent, request);
}

bool ask_reached(const struct ask *ask, bool *out_reached)
{
    struct engine_view view = engine_view(ask->agent->engine);
    *out_reached = view.link == ENGINE_LINK_READY;
    return *out_reached || ask->time_is_up || ask->agent->unreachable || view.trust[0] != '\0' ||
           view.denied[0] != '\0';
}

const char *ask_arg(const struct ask *ask, const char *name)
{
    return local_text(&ask->args, name);
}

/* ---- what several ops say ---- */

const char *message_state_name(enum message_state state)
{
    static const char *const names[MESSAGE_STATE_COUNT] = {
        [MESSAGE_NONE] = "",
        [MESSAGE_QUEUED] = "queued",
        [MESSAGE_QUEUED_NOT_JOINED] = "queued_not_joined",
        [MESSAGE_HELD] = "held",
        [MESSAGE_DELIVERED] = "delivered",
        [MESSAGE_DELIVERED_QUIET] = "delivered_quiet",
        [MESSAGE_READ] = "read",
        [MESSAGE_REFUSED] = "refused",
        [MESSAGE_NOT_DELIVERED] = "not_delivered",
        [MESSAGE_EXPIRED] = "expired",
        [MESSAGE_ERASED] = "erased",
        [MESSAGE_RECEIVED] = "received",
    };
    return (unsigned)state < MESSAGE_STATE_COUNT ? names[state] : "";
}

const char *ask_id_text(struct oim_arena *arena, const struct oim_id *id)
{
    char *text = oim_arena_alloc(arena, OIM_ID_TEXT_SIZE);
    if (text == NULL) {
        return "";
    }
    oim_id_to_text(id, text);
    return text;
}

void fields_person(struct agent *agent, struct oim_arena *arena, const struct oim_id *id,
                   const struct fields_person_names *names, struct local_builder *out)
{
    const struct account *account = engine_view(agent->engine).account;
    if (oim_id_equal(id, &account->user_id)) {
        local_add_text(out, names->login, account->login);
        local_add_text(out, names->display, account->display);
        return;
    }
    const struct person_row *person = engine_person(agent->engine, id);
    bool has_login = person != NULL && person->login[0] != '\0';
    local_add_text(out, names->login, has_login ? person->login : ask_id_text(arena, id));
    local_add_text(out, names->display, person != NULL ? person->display : "");
    if (person != NULL && person->state == PERSON_STATE_CLOSED && !has_login) {
        local_add_truth(out, names->gone, true);
    }
}

const struct fields_person_names fields_from = {"from", "from_display", "from_gone"};
const struct fields_person_names fields_to = {"to", "to_display", "to_gone"};
const struct fields_person_names fields_peer = {"peer", "peer_display", "peer_gone"};

/* What keeps messages from leaving until a person decides; "": nothing. */
static const char *kept_here_by(const struct agent *agent)
{
    struct engine_view view = engine_view(agent->engine);
    return view.trust[0] != '\0' ? view.trust : view.denied;
}

void ask_add_versions(const char *min_version, struct local_builder *out)
{
    bool is_older = min_version[0] != '\0' && version_compare(OIM_VERSION, min_version) < 0;
    local_add_text(out, "min_version", min_version);
    local_add_text(out, "version", is_older ? OIM_VERSION : "");
}

void fields_detail(const struct message *message, struct local_builder *out)
{
    local_add_text(out, "policy", message->detail.policy);
    ask_add_versions(message->detail.min_version, out);
    local_add_number(out, "limit", (int64_t)message->detail.limit);
    local_add_truth(out, "pushed",
                    message_is_from_here(message) && message->state == MESSAGE_HELD &&
                        message->held_until_ms == 0);
    if (message->reason == REASON_CLOSED) {
        local_add_text(out, "say", message->detail.text);
        local_add_number(out, "closed", (int64_t)message->detail.at_ms);
    }
}

void fields_message(struct agent *agent, struct oim_arena *arena, const struct message *message,
                    struct local_builder *out)
{
    const struct account *account = engine_view(agent->engine).account;
    const struct oim_id *from = message->own ? &account->user_id : &message->peer;
    const struct oim_id *to = message->own ? &message->peer : &account->user_id;
    const char *why_here = message_state_rank(message->state) == 1 ? kept_here_by(agent) : "";
    uint64_t missed_after_ms = message->arrived_ms + 30000;
    uint64_t seen_ms = message->read_ms != 0 ? message->read_ms : agent_wall_ms();
    local_add_text(out, "id", ask_id_text(arena, &message->msg_id));
    fields_person(agent, arena, from, &fields_from, out);
    fields_person(agent, arena, to, &fields_to, out);
    local_add_text(out, "text", message->text);
    local_add_truth(out, "text_gone", message->stay == TEXT_GONE);
    local_add_number(
        out, "at",
        (int64_t)(message->server_ms != 0 && !message->own ? message->server_ms : message->sent_ms));
    local_add_number(out, "arrived", (int64_t)message->arrived_ms);
    local_add_text(out, "state", message_state_name(message->state));
    local_add_text(out, "reason", why_here[0] != '\0' ? why_here : reason_name(message->reason));
    local_add_text(out, "who", who_name(message->who));
    fields_detail(message, out);
    local_add_truth(out, "own", message->own);
    local_add_truth(out, "quiet", message->quiet);
    local_add_truth(out, "missed", !message->own && (message->quiet || seen_ms > missed_after_ms));
    local_add_truth(out, "read", message->read_ms != 0);
    local_add_text(out, "once", message->once);
    local_add_number(out, "until", (int64_t)message->until_ms);
    local_add_number(out, "k", message->k);
    local_add_number(out, "n", message->n);
    local_add_truth(out, "kept", message->own);
}

void ask_message(struct ask *ask, const char *what, const struct message *message)
{
    struct local_builder fields = {.count = 0};
    size_t used = ask->arena.used;
    fields_message(ask->agent, &ask->arena, message, &fields);
    ask_event(ask, what, &fields);
    ask->arena.used = used;
}

const char *ask_policy_value(const struct ask *ask, const char *name)
{
    struct engine_view view = engine_view(ask->agent->engine);
    for (size_t i = 0; i < view.policy_count; i++) {
        if (strcmp(view.policy[i].name, name) == 0 && strcmp(view.policy[i].origin, "organisation") != 0) {
            return view.policy[i].value;
        }
    }
    return "";
}

void ask_warning(struct ask *ask)
{
    struct local_builder fields = {.count = 0};
    const char *text = ask_policy_value(ask, "IMWarning");
    if (text[0] != '\0') {
        local_add_text(&fields, "text", text);
        ask_event(ask, "warning", &fields);
    }
}

void fields_whoami(struct agent *agent, struct local_builder *out)
{
    static const char *const states[] = {
        [AGENT_NONE] = "none", [AGENT_LOCKED] = "locked", [AGENT_READY] = "ready"};
    enum agent_state state = agent_state(agent);
    oim_arena_init(&agent->texts, agent->texts_memory, sizeof(agent->texts_memory));
    local_add_text(out, "state", states[state]);
    local_add_truth(out, "sealed", false);
    if (state != AGENT_READY) {
        return;
    }
    struct engine_view view = engine_view(agent->engine);
    const struct account *account = view.account;
    const struct person_row *own = engine_person(agent->engine, &account->user_id);
    struct local_talk talks[TALK_MAX];
    size_t talk_count = 0;
    uint64_t unread = 0;
    if (local_store_unread(agent->store, talks, TALK_MAX, &talk_count) == OIM_OK) {
        for (size_t i = 0; i < talk_count; i++) {
            unread += talks[i].count;
        }
    }
    local_add_text(out, "login", account->login);
    local_add_text(out, "display", account->display);
    local_add_text(out, "user", ask_id_text(&agent->texts, &account->user_id));
    local_add_text(out, "device", ask_id_text(&agent->texts, &account->device_id));
    local_add_text(out, "device_label", account->label);
    local_add_text(out, "role", role_name(account->role));
    local_add_text(out, "org", ask_id_text(&agent->texts, &account->org_id));
    local_add_text(out, "address", account->way_count > 0 ? account->ways[0].host_port : "");
    local_add_truth(out, "connected", view.link == ENGINE_LINK_READY);
    bool is_over = account->presence_until_ms != 0 && account->presence_until_ms <= agent_wall_ms();
    local_add_text(out, "presence", presence_name(is_over ? PRESENCE_AUTO : account->presence));
    local_add_text(out, "shown", presence_name(view.shown_state));
    local_add_number(out, "presence_until", is_over ? 0 : (int64_t)account->presence_until_ms);
    local_add_text(out, "note", is_over ? "" : account->note);
    local_add_truth(out, "invisible_ended", view.invisible_ended);
    local_add_number(out, "unread", (int64_t)unread);
    local_add_number(out, "unread_people", (int64_t)talk_count);
    local_add_number(out, "outbox", (int64_t)(view.unsent_count + view.waits_join_count));
    local_add_truth(out, "may_leave", view.policy_may_leave);
    if (!view.policy_may_leave && own != NULL) {
        local_add_text(out, "who", who_name(own->who));
    }
    struct oim_id key_id = server_key_id(&account->server_key);
    local_add_text(out, "server_key", ask_id_text(&agent->texts, &key_id));
    local_add_number(out, "org_log_seq", (int64_t)account->log_seq);
    local_add_text(out, "policy", view.policy_name);
    const char *because = kept_here_by(agent)[0] != '\0' ? kept_here_by(agent) : agent->because;
    if (view.link != ENGINE_LINK_READY && because[0] != '\0') {
        local_add_text(out, "because", because);
    }
    if (view.trust[0] != '\0') {
        local_add_text(out, "trust", view.trust);
    }
    if (view.denied[0] != '\0') {
        local_add_text(out, "denied", view.denied);
    }
}
