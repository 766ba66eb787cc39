/*
 * op_receive.c - `receive` and `watch`: what came while nobody looked, and what comes now.
 *
 * A message, a hole or a notice counts as shown when the face says so (LOCAL_SHOWN, after its output is
 * flushed): until then the next receive brings it again.
 */
#include <assert.h>
#include <string.h>

#include "client/agent/ask.h"
#include "proto/names.h"

#define FETCH_S 10.0

#define HELD_MAX 64u

struct receive {
    struct oim_id held[HELD_MAX]; /* from people whose names are still being looked up */
    size_t held_count;
    bool has_news; /* there may be some behind mark */
    struct local_news_mark mark;
    bool is_loud_again; /* and that is not told yet */
    bool follow;
    bool told; /* summary and waiting messages are out */
    bool from_only;
    int64_t wait_ms;
    uint64_t count;
};

static const struct talk *talk_of(const struct engine_view *view, const struct oim_id *user)
{
    for (size_t i = 0; i < view->talk_count; i++) {
        if (oim_id_equal(&view->talks[i].user, user)) {
            return &view->talks[i];
        }
    }
    return NULL;
}

/* Do Not Disturb or Presenting is over, and nobody has been told what came meanwhile. */
static bool is_quiet_due(const struct ask *ask, struct change_quiet *out)
{
    const struct receive *receive = ask->own;
    return !receive->from_only && !engine_view(ask->agent->engine).is_quiet &&
           local_store_quiet(ask->agent->store, out) == OIM_OK;
}

static void tell_talks(struct ask *ask, const struct engine_view *view, const struct local_talk *talks,
                       size_t talk_count, const struct change_quiet *quiet_time)
{
    struct receive *receive = ask->own;
    uint64_t count = 0, quiet = 0, expired = 0, elsewhere = 0, people = 0;
    for (size_t i = 0; i < talk_count; i++) {
        if (receive->from_only && !oim_id_equal(&talks[i].peer, &ask->user_id)) {
            continue;
        }
        people++;
        count += talks[i].count;
        quiet += talks[i].quiet;
    }
    bool told_before = ask->agent->summary_told_no == view->summary_no;
    for (size_t i = 0; i < view->talk_count && !told_before; i++) {
        expired += view->talks[i].expired;
        elsewhere += view->talks[i].elsewhere;
    }
    ask->agent->summary_told_no = view->summary_no;
    if (count + expired + elsewhere == 0) {
        enum oim_status status =
            quiet_time == NULL ? OIM_OK : local_store_told(ask->agent->store, &quiet_time->id);
        assert(status == OIM_OK || status == OIM_ERR_STORAGE); /* nothing to tell, now as then */
        return;
    }
    struct local_builder fields = {.count = 0};
    if (quiet_time != NULL) {
        local_add_text(&fields, "id", ask_id_text(&ask->arena, &quiet_time->id));
    }
    local_add_number(&fields, "count", (int64_t)count);
    local_add_number(&fields, "people", (int64_t)people);
    local_add_number(&fields, "quiet", (int64_t)quiet);
    local_add_number(&fields, "expired", (int64_t)expired);
    local_add_number(&fields, "elsewhere", (int64_t)elsewhere);
    ask_event(ask, "summary", &fields);
    for (size_t i = 0; i < talk_count; i++) {
        if (receive->from_only && !oim_id_equal(&talks[i].peer, &ask->user_id)) {
            continue;
        }
        const struct talk *told = talk_of(view, &talks[i].peer);
        const struct person_row *person = engine_person(ask->agent->engine, &talks[i].peer);
        size_t used = ask->arena.used;
        fields.count = 0;
        fields_person(ask->agent, &ask->arena, &talks[i].peer, &fields_from, &fields);
        local_add_number(&fields, "count", talks[i].count);
        local_add_number(&fields, "first", (int64_t)talks[i].first_ms);
        local_add_number(&fields, "last", (int64_t)talks[i].last_ms);
        local_add_number(&fields, "quiet", talks[i].quiet);
        local_add_number(&fields, "elsewhere", told == NULL ? 0 : told->elsewhere);
        local_add_number(&fields, "expired", told == NULL ? 0 : told->expired);
        enum presence_state presence = person != NULL && person->presence != PRESENCE_UNKNOWN
                                           ? person->presence
                                       : told != NULL ? told->presence
                                                      : PRESENCE_UNKNOWN;
        local_add_text(&fields, "presence", presence_name(presence));
        ask_event(ask, "talk", &fields);
        ask->arena.used = used;
    }
}

/*
 * Unshown messages here, and what came without alert, if that is due; with what only the server knew when it
 * summed up, once: taken by another device, expired.
 */
static void tell_summary(struct ask *ask)
{
    struct receive *receive = ask->own;
    struct local_talk talks[TALK_MAX];
    size_t talk_count = 0;
    struct change_quiet quiet_time;
    bool is_due = is_quiet_due(ask, &quiet_time);
    receive->is_loud_again = false;
    enum oim_status status = is_due ? local_store_missed(ask->agent->store, true, quiet_time.since_ms, talks,
                                                         TALK_MAX, &talk_count)
                                    : local_store_unread(ask->agent->store, talks, TALK_MAX, &talk_count);
    if (status == OIM_OK) {
        struct engine_view view = engine_view(ask->agent->engine);
        tell_talks(ask, &view, talks, talk_count, is_due ? &quiet_time : NULL);
    }
}

/* For who was listening all the time: what came without alert, once all of it is here. */
static void tell_quiet(struct ask *ask)
{
    struct receive *receive = ask->own;
    struct engine_view view = engine_view(ask->agent->engine);
    struct local_talk talks[TALK_MAX];
    size_t talk_count = 0;
    struct change_quiet quiet_time;
    if (!receive->is_loud_again || (view.link == ENGINE_LINK_READY && !view.caught_up)) {
        return;
    }
    receive->is_loud_again = false;
    if (is_quiet_due(ask, &quiet_time) && local_store_missed(ask->agent->store, false, quiet_time.since_ms,
                                                             talks, TALK_MAX, &talk_count) == OIM_OK) {
        view.talk_count = 0; /* that was told when the sign-in was */
        tell_talks(ask, &view, talks, talk_count, &quiet_time);
    }
}

/* False also when another face has shown it meanwhile, and its text did not stay. */
static bool load_message(struct ask *ask, const struct oim_id *msg_id, struct message *out)
{
    return local_store_message(ask->agent->store, msg_id, &ask->arena, out) == OIM_OK &&
           (out->own || out->stay != TEXT_GONE);
}

static void tell_gap(struct ask *ask, const struct change_gap *gap)
{
    struct local_builder fields = {.count = 0};
    local_add_text(&fields, "id", ask_id_text(&ask->arena, &gap->id));
    local_add_number(&fields, "count", gap->count);
    local_add_text(&fields, "why", gap_why_name(gap->why));
    local_add_number(&fields, "at", (int64_t)gap->at_ms);
    ask_event(ask, "gap", &fields);
}

static bool tell_row(void *context, const struct message *message)
{
    struct ask *ask = context;
    struct receive *receive = ask->own;
    if (receive->count == 0) {
        ask_warning(ask);
    }
    ask_message(ask, "message", message);
    receive->count++;
    return true;
}

static void tell_notice(struct ask *ask, const struct change_notice *notice)
{
    struct local_builder fields = {.count = 0};
    local_add_text(&fields, "id", ask_id_text(&ask->arena, &notice->id));
    local_add_text(&fields, "notice", notice_name(notice->what));
    fields_person(ask->agent, &ask->arena, &notice->peer, &fields_peer, &fields);
    local_add_number(&fields, "count", notice->count);
    local_add_number(&fields, "at", (int64_t)notice->at_ms);
    ask_event(ask, "notice", &fields);
}

/* True when the name is here, or will not come; or nobody is meant. */
static bool is_known(const struct ask *ask, const struct oim_id *user_id)
{
    const struct person_row *person = engine_person(ask->agent->engine, user_id);
    return oim_id_is_zero(user_id) ||
           (person != NULL && (person->login[0] != '\0' || person->state == PERSON_STATE_CLOSED)) ||
           engine_view(ask->agent->engine).link != ENGINE_LINK_READY;
}

/* Of others than the one who was asked for, another receive tells. */
static bool tell_one_news(void *context, const struct local_news *news)
{
    struct ask *ask = context;
    struct receive *receive = ask->own;
    size_t used = ask->arena.used;
    if (news->gap != NULL) {
        tell_gap(ask, news->gap);
    } else if (!is_known(ask, &news->notice->peer)) {
        receive->has_news = true;
        return false;
    } else if (!receive->from_only || oim_id_equal(&news->notice->peer, &ask->user_id)) {
        tell_notice(ask, news->notice);
    }
    ask->arena.used = used;
    return true;
}

/* What is not told for want of a name is told when that is here. */
static void tell_news(struct ask *ask)
{
    struct receive *receive = ask->own;
    if (receive->has_news) {
        receive->has_news = false;
        receive->has_news =
            local_store_news(ask->agent->store, &receive->mark, tell_one_news, ask) != OIM_OK ||
            receive->has_news;
    }
}

static void tell_waiting(struct ask *ask)
{
    struct receive *receive = ask->own;
    struct oim_error err;
    tell_summary(ask);
    receive->has_news = true;
    tell_news(ask);
    struct local_store_query query = {.which = LOCAL_STORE_UNSHOWN, .peer = ask->user_id};
    if (local_store_each(ask->agent->store, &query, tell_row, ask, &err) != OIM_OK) {
        ask_end_text(ask, EXIT_FAILED, "failed", "text", err.text);
        return;
    }
    receive->told = true;
}

struct names {
    const struct ask *ask;
    bool all_known;
};

static bool look_for_name(void *context, const struct local_news *news)
{
    struct names *names = context;
    names->all_known = news->gap != NULL || is_known(names->ask, &news->notice->peer);
    return names->all_known;
}

static bool all_known(const struct ask *ask)
{
    struct local_talk talks[TALK_MAX];
    size_t talk_count = 0;
    if (local_store_unread(ask->agent->store, talks, TALK_MAX, &talk_count) != OIM_OK) {
        return true;
    }
    for (size_t i = 0; i < talk_count; i++) {
        if (!is_known(ask, &talks[i].peer)) {
            return false;
        }
    }
    struct names names = {.ask = ask, .all_known = true};
    struct local_news_mark mark = {0};
    return local_store_news(ask->agent->store, &mark, look_for_name, &names) != OIM_OK || names.all_known;
}

static void tell_held(struct ask *ask)
{
    struct receive *receive = ask->own;
    size_t kept = 0;
    for (size_t i = 0; i < receive->held_count; i++) {
        struct message message;
        size_t used = ask->arena.used;
        if (!load_message(ask, &receive->held[i], &message)) {
            continue;
        }
        if (is_known(ask, &message.peer)) {
            tell_row(ask, &message);
        } else {
            receive->held[kept++] = receive->held[i];
        }
        ask->arena.used = used;
    }
    receive->held_count = kept;
}

static void receive_end(struct ask *ask, enum local_exit exit, const char *code)
{
    struct receive *receive = ask->own;
    struct local_builder fields = {.count = 0};
    if (exit != EXIT_DONE) {
        ask_add_code(ask->agent, code, &fields);
    }
    local_add_number(&fields, "count", (int64_t)receive->count);
    ask_end(ask, exit, &fields);
}

static void receive_go(struct ask *ask)
{
    struct receive *receive = ask->own;
    struct engine_view view = engine_view(ask->agent->engine);
    const char *from = ask_arg(ask, "from");
    if (from[0] != '\0' && !receive->from_only) {
        if (!ask_who(ask, from, &ask->user_id)) {
            return;
        }
        receive->from_only = true;
    }
    bool reached;
    bool decided = ask_reached(ask, &reached);
    struct ask_miss why = ask_unreached(ask);
    if (!receive->told) {
        bool fetched = view.caught_up && all_known(ask);
        bool in_vain = receive->wait_ms > 0 ? ask->time_is_up : decided && (!reached || ask->time_is_up);
        if (!fetched && !in_vain) {
            return;
        }
        tell_waiting(ask);
        if (ask->ended) {
            return;
        }
        if (why.exit != EXIT_NOT_REACHED) {
            receive_end(ask, why.exit, why.code);
        } else if (receive->follow) {
            return;
        } else if (receive->count == 0 && receive->wait_ms > 0 && !ask->time_is_up) {
            return;
        } else if (receive->count == 0 && receive->wait_ms > 0) {
            receive_end(ask, EXIT_WAIT_ENDED, "wait_ended");
        } else if (!view.caught_up && receive->count == 0) {
            receive_end(ask, why.exit, why.code);
        } else {
            receive_end(ask, EXIT_DONE, "");
        }
        return;
    }
    tell_news(ask);
    tell_held(ask);
    tell_quiet(ask);
    if (!receive->follow && receive->count > 0) {
        receive_end(ask, EXIT_DONE, "");
    } else if (why.exit != EXIT_NOT_REACHED) {
        receive_end(ask, why.exit, why.code); /* nothing will come any more */
    } else if (!receive->follow && ask->time_is_up) {
        receive_end(ask, EXIT_WAIT_ENDED, "wait_ended");
    }
}

static void tell_uncovered(struct ask *ask)
{
    struct local_builder fields = {.count = 0};
    local_add_text(&fields, "notice", "visible_again");
    local_add_text(&fields, "policy", engine_view(ask->agent->engine).policy_name);
    ask_event(ask, "notice", &fields);
}

static void receive_changed(struct ask *ask, const struct engine_effect *effect)
{
    struct receive *receive = ask->own;
    receive->is_loud_again = receive->is_loud_again || effect->u.changed.what == CHANGED_LOUD;
    if (!receive->told) {
        return;
    }
    size_t used = ask->arena.used;
    struct message message;
    switch (effect->u.changed.what) {
    case CHANGED_MESSAGE:
        if (load_message(ask, &effect->u.changed.id, &message) && !message.own && message.read_ms == 0 &&
            (!receive->from_only || oim_id_equal(&message.peer, &ask->user_id))) {
            if (is_known(ask, &message.peer) || receive->held_count == HELD_MAX) {
                tell_row(ask, &message);
            } else {
                receive->held[receive->held_count++] = message.msg_id;
            }
        }
        break;
    case CHANGED_NEWS:
        receive->has_news = true;
        break;
    case CHANGED_UNCOVERED:
        if (receive->follow) {
            tell_uncovered(ask);
        }
        break;
    default:
        break;
    }
    ask->arena.used = used;
}

static void receive_begin(struct ask *ask)
{
    struct receive *receive = oim_arena_zalloc(&ask->arena, 1, sizeof(*receive));
    ask->own = receive;
    if (receive == NULL) {
        ask_end_code(ask, EXIT_FAILED, "failed");
        return;
    }
    receive->follow = local_truth(&ask->args, "follow");
    receive->wait_ms = local_number(&ask->args, "wait_ms", 0);
    ask->fetches = true;
    ask_wait(ask, receive->wait_ms > 0 ? (double)receive->wait_ms / 1000. : FETCH_S);
}

/* ---- watch ---- */

static void tell_state(struct ask *ask, const struct message *message)
{
    struct local_builder fields = {.count = 0};
    fields_message(ask->agent, &ask->arena, message, &fields);
    ask_event(ask, "state", &fields);
}

static void tell_presence(struct ask *ask, const struct oim_id *user_id)
{
    struct local_builder fields = {.count = 0};
    const struct account *account = engine_view(ask->agent->engine).account;
    const struct person_row *person = engine_person(ask->agent->engine, user_id);
    bool own = oim_id_is_zero(user_id) || oim_id_equal(user_id, &account->user_id);
    if (!own && person == NULL) {
        return;
    }
    local_add_text(&fields, "login", own ? account->login : person->login);
    local_add_text(&fields, "display", own ? account->display : person->display);
    local_add_text(&fields, "presence", presence_name(own ? account->presence : person->presence));
    local_add_text(&fields, "note", own ? account->note : person->note);
    local_add_number(&fields, "since", own ? 0 : (int64_t)person->since_ms);
    local_add_truth(&fields, "own", own);
    ask_event(ask, "presence", &fields);
}

static void tell_unread(struct ask *ask)
{
    struct local_talk talks[TALK_MAX];
    size_t talk_count = 0;
    int64_t count = 0;
    if (local_store_unread(ask->agent->store, talks, TALK_MAX, &talk_count) != OIM_OK) {
        return;
    }
    for (size_t i = 0; i < talk_count; i++) {
        count += talks[i].count;
    }
    struct local_builder fields = {.count = 0};
    local_add_number(&fields, "count", count);
    local_add_number(&fields, "people", (int64_t)talk_count);
    ask_event(ask, "unread", &fields);
}

static void tell_connected(struct ask *ask)
{
    struct engine_view view = engine_view(ask->agent->engine);
    struct local_builder fields = {.count = 0};
    local_add_truth(&fields, "connected", view.link == ENGINE_LINK_READY);
    local_add_text(&fields, "code", view.trust[0] != '\0' ? view.trust : view.denied);
    ask_event(ask, "connected", &fields);
}

static void watch_changed(struct ask *ask, const struct engine_effect *effect)
{
    struct receive *receive = ask->own;
    struct message message;
    size_t used = ask->arena.used;
    switch (effect->u.changed.what) {
    case CHANGED_MESSAGE:
        if (load_message(ask, &effect->u.changed.id, &message)) {
            ask_message(ask, "message", &message);
        }
        tell_unread(ask);
        break;
    case CHANGED_STATE:
        if (load_message(ask, &effect->u.changed.id, &message)) {
            tell_state(ask, &message);
        }
        break;
    case CHANGED_RESEND: /* its state has been told */
        break;
    case CHANGED_READ:
        tell_unread(ask);
        break;
    case CHANGED_PRESENCE:
    case CHANGED_PEOPLE:
        tell_presence(ask, &effect->u.changed.id);
        break;
    case CHANGED_CONNECTED:
    case CHANGED_TRUST:
        tell_connected(ask);
        break;
    case CHANGED_NEWS:
        receive->has_news = true;
        break;
    case CHANGED_CAUGHT_UP:
        tell_summary(ask);
        break;
    case CHANGED_UNCOVERED:
        tell_uncovered(ask);
        break;
    case CHANGED_LOUD:
        receive->is_loud_again = true;
        break;
    case CHANGED_SUMMARY:
    case CHANGED_POLICY:
        break;
    }
    ask->arena.used = used;
}

static void watch_go(struct ask *ask)
{
    tell_news(ask);
    tell_quiet(ask);
}

static void watch_begin(struct ask *ask)
{
    struct receive *receive = oim_arena_zalloc(&ask->arena, 1, sizeof(*receive));
    ask->own = receive;
    if (receive == NULL) {
        ask_end_code(ask, EXIT_FAILED, "failed");
        return;
    }
    receive->has_news = true;
    ask->fetches = true;
    tell_connected(ask);
    tell_unread(ask);
    if (engine_view(ask->agent->engine).caught_up) {
        tell_summary(ask);
    }
}

const struct op ops_receive[] = {
    {.name = "receive",
     .needs_ready = true,
     .begin = receive_begin,
     .go = receive_go,
     .changed = receive_changed},
    {.name = "watch", .needs_ready = true, .begin = watch_begin, .go = watch_go, .changed = watch_changed},
};
const size_t ops_receive_count = OIM_COUNT(ops_receive);
