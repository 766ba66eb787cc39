/*
 * op_people.c - `people`, `contacts`, `status`, `policy`: what the server knows, asked for and listed.
 */
#include <stdlib.h>
#include <string.h>

#include "client/agent/ask.h"
#include "proto/names.h"

#define ANSWER_S 10.0

/* Ends the ask when the server's answer will not come. True: it has come. */
static bool answered(struct ask *ask)
{
    bool reached;
    if (ask->query.answered) {
        return true;
    }
    if (ask_reached(ask, &reached) && (!reached || ask->time_is_up)) {
        ask_end_unreached(ask);
    }
    return false;
}

/* ---- people ---- */

static void tell_person(struct ask *ask, const struct person_row *person)
{
    struct local_builder fields = {.count = 0};
    local_add_text(&fields, "login", person->login);
    local_add_text(&fields, "display", person->display);
    local_add_text(&fields, "team", person->team);
    local_add_text(&fields, "role", role_name(person->role));
    local_add_text(&fields, "state", person_state_name(person->state));
    local_add_text(&fields, "presence", presence_name(person->presence));
    local_add_text(&fields, "note", person->note);
    local_add_number(&fields, "since", (int64_t)person->since_ms);
    bool own = oim_id_equal(&person->user_id, &engine_view(ask->agent->engine).account->user_id);
    local_add_truth(&fields, "offline_ok", own || person->offline_ok);
    local_add_text(&fields, "why", own ? "" : reason_name(person->why));
    if (!own && person->why == REASON_CLIENT_TOO_OLD) {
        ask_add_versions(ask_policy_value(ask, "MinimumClientVersion"), &fields);
    }
    local_add_text(&fields, "who", who_name(person->who));
    ask_event(ask, "person", &fields);
}

static void people_go(struct ask *ask)
{
    const char *words = ask_arg(ask, "words");
    bool reached;
    if (!ask->query.answered && (!ask_reached(ask, &reached) || (reached && !ask->time_is_up))) {
        return;
    }
    if (ask->query.answered && ask->query.status != OIM_OK) {
        ask_end_answer(ask, &ask->query);
        return;
    }
    struct oim_id found[WHO_MATCH_MAX];
    size_t count = words[0] != '\0' ? who_match(ask->agent, words, found) : 0;
    for (size_t i = 0; i < count; i++) {
        tell_person(ask, engine_person(ask->agent->engine, &found[i]));
    }
    const struct person_row *person = words[0] == '\0' ? engine_person_first(ask->agent->engine) : NULL;
    for (; person != NULL; person = engine_person_next(ask->agent->engine, person)) {
        if (person->login[0] != '\0') {
            tell_person(ask, person);
        }
    }
    if (!ask->query.answered) {
        ask_end_unreached(ask);
        return;
    }
    ask_end(ask, EXIT_DONE, NULL);
}

static void people_begin(struct ask *ask)
{
    ask_wait(ask, ANSWER_S);
    ask_engine(ask, &ask->query,
               &(struct engine_request){.op = REQUEST_LOOKUP, .u.lookup.words = ask_arg(ask, "words")});
}

/* ---- contacts ---- */

enum { CONTACT_NAMING, CONTACT_ASKED, CONTACT_LOOKING };

static void tell_contacts(struct ask *ask)
{
    for (const struct person_row *person = engine_person_first(ask->agent->engine); person != NULL;
         person = engine_person_next(ask->agent->engine, person)) {
        if (!person->contact && !person->blocked) {
            continue;
        }
        struct local_builder fields = {.count = 0};
        local_add_text(&fields, "login", person->login);
        local_add_text(&fields, "display", person->display);
        local_add_text(&fields, "presence", presence_name(person->presence));
        local_add_text(&fields, "note", person->note);
        local_add_number(&fields, "since", (int64_t)person->since_ms);
        local_add_truth(&fields, "blocked", person->blocked);
        local_add_truth(&fields, "contact", person->contact);
        ask_event(ask, "contact", &fields);
    }
}

static enum contact_op contact_op_of(const char *word)
{
    static const struct {
        const char *word;
        enum contact_op op;
    } words[] = {{"", CONTACT_OP_LIST},         {"list", CONTACT_OP_LIST},   {"add", CONTACT_OP_ADD},
                 {"remove", CONTACT_OP_REMOVE}, {"block", CONTACT_OP_BLOCK}, {"unblock", CONTACT_OP_UNBLOCK}};
    for (size_t i = 0; i < OIM_COUNT(words); i++) {
        if (strcmp(words[i].word, word) == 0) {
            return words[i].op;
        }
    }
    return CONTACT_OP_NONE;
}

static void contacts_go(struct ask *ask)
{
    enum contact_op op = contact_op_of(ask_arg(ask, "do"));
    if (ask->stage == CONTACT_NAMING) {
        if (!ask_who(ask, ask_arg(ask, "who"), &ask->user_id)) {
            return;
        }
        ask->stage = CONTACT_ASKED;
        ask_engine(ask, &ask->query,
                   &(struct engine_request){.op = REQUEST_CONTACT,
                                            .u.contact = {.op = op, .user_id = ask->user_id}});
    }
    if (!answered(ask)) {
        return;
    }
    if (op == CONTACT_OP_LIST && ask->query.status == OIM_OK) {
        if (ask->stage == CONTACT_ASKED) {
            ask->stage = CONTACT_LOOKING; /* the list says who; how they are is the directory's */
            ask_engine(ask, &ask->query,
                       &(struct engine_request){.op = REQUEST_LOOKUP, .u.lookup.words = ""});
            return;
        }
        tell_contacts(ask);
    }
    const char *allowed = ask_policy_value(ask, "MaximumNumberOfContacts");
    if (op == CONTACT_OP_ADD && ask->query.status == OIM_ERR_LIMIT && allowed[0] != '\0') {
        struct local_builder fields = {.count = 0};
        local_add_text(&fields, "code", "contacts_full");
        local_add_number(&fields, "limit", (int64_t)strtoull(allowed, NULL, 10));
        ask_end(ask, EXIT_REFUSED, &fields);
        return;
    }
    ask_end_answer(ask, &ask->query);
}

static void contacts_begin(struct ask *ask)
{
    enum contact_op op = contact_op_of(ask_arg(ask, "do"));
    if (op == CONTACT_OP_NONE) {
        ask_end_text(ask, EXIT_USAGE, "usage", "text", "contacts list, add, remove, block or unblock");
        return;
    }
    ask_wait(ask, ANSWER_S);
    if (op == CONTACT_OP_LIST) {
        ask->stage = CONTACT_ASKED;
        ask_engine(ask, &ask->query, &(struct engine_request){.op = REQUEST_CONTACTS});
    }
}

/* ---- status ---- */

/* What is unread counts what is still at the server too, as long as that does not keep people waiting. */
static bool looked(const struct ask *ask)
{
    bool reached;
    return ask_reached(ask, &reached) &&
           (!reached || ask->time_is_up || engine_view(ask->agent->engine).caught_up);
}

static void status_go(struct ask *ask)
{
    struct local_builder fields = {.count = 0};
    if (ask->stage == 0 ? !looked(ask) : !answered(ask)) {
        return;
    }
    bool invisible = presence_from_name(ask_arg(ask, "state")) == PRESENCE_INVISIBLE;
    if (ask->stage != 0 && ask->query.status == OIM_ERR_DENIED && invisible &&
        strcmp(ask_policy_value(ask, "EnableAppearOffline"), "False") == 0) {
        const char *policy = engine_view(ask->agent->engine).policy_name;
        ask_end_text(ask, EXIT_REFUSED, "invisible_denied", "shown",
                     strncmp(policy, "Tag:", 4) == 0 ? policy + 4 : policy);
        return;
    }
    if (ask->stage != 0 && ask->query.status != OIM_OK) {
        ask_end_answer(ask, &ask->query);
        return;
    }
    fields_whoami(ask->agent, &fields);
    ask_end(ask, EXIT_DONE, &fields);
}

static void status_begin(struct ask *ask)
{
    const char *word = ask_arg(ask, "state");
    enum presence_state state = presence_from_name(word);
    if (word[0] == '\0') {
        ask->fetches = true;
        ask_wait(ask, LOOK_S); /* only says, but not before it is known whether the server is reached */
        return;
    }
    bool may_set = (state >= PRESENCE_AVAILABLE && state <= PRESENCE_INVISIBLE) || state == PRESENCE_AUTO;
    if (!may_set) {
        ask_end_text(ask, EXIT_USAGE, "usage", "text", "there is no such state");
        return;
    }
    struct oim_slice note = oim_slice_text(ask_arg(ask, "note"));
    if (note.size > NOTE_SIZE_MAX || oim_text_has_control(note.data, note.size, false)) {
        ask_end_text(ask, EXIT_USAGE, "usage", "text",
                     note.size > NOTE_SIZE_MAX ? "the note is too long"
                                               : "the note holds a line break or another control character");
        return;
    }
    int64_t for_ms = local_number(&ask->args, "for_ms", 0);
    int64_t until_ms = local_number(&ask->args, "until_ms", 0);
    if (for_ms > 0) {
        until_ms = (int64_t)agent_wall_ms() + for_ms;
    }
    if (until_ms != 0 && until_ms <= (int64_t)agent_wall_ms()) {
        ask_end_text(ask, EXIT_USAGE, "usage", "text", "that would be over already");
        return;
    }
    ask->stage = 1;
    ask_wait(ask, ANSWER_S);
    ask_engine(ask, &ask->query,
               &(struct engine_request){.op = REQUEST_STATUS,
                                        .u.status = {.state = state,
                                                     .note = ask_arg(ask, "note"),
                                                     .until_ms = until_ms > 0 ? (uint64_t)until_ms : 0}});
}

/* ---- policy ---- */

static void policy_go(struct ask *ask)
{
    struct engine_view view = engine_view(ask->agent->engine);
    bool reached;
    if (!view.policy_told && (!ask_reached(ask, &reached) || (reached && !ask->time_is_up))) {
        return;
    }
    if (view.policy_count == 0) {
        ask_end_unreached(ask);
        return;
    }
    for (size_t i = 0; i < view.policy_count; i++) {
        struct local_builder fields = {.count = 0};
        local_add_text(&fields, "name", view.policy[i].name);
        local_add_text(&fields, "value", view.policy[i].value);
        local_add_text(&fields, "origin", view.policy[i].origin);
        ask_event(ask, "setting", &fields);
    }
    struct local_builder fields = {.count = 0};
    local_add_text(&fields, "policy", view.policy_name);
    local_add_text(&fields, "via", view.policy_via);
    local_add_truth(&fields, "may_leave", view.policy_may_leave);
    local_add_text(&fields, "rule", view.policy_rule);
    local_add_number(&fields, "told", (int64_t)view.policy_told_ms);
    struct ask_miss why = view.policy_told ? (struct ask_miss){EXIT_DONE, ""} : ask_unreached(ask);
    if (why.exit != EXIT_DONE) {
        ask_add_code(ask->agent, why.code, &fields);
    }
    ask_end(ask, why.exit, &fields);
}

static void policy_begin(struct ask *ask)
{
    ask_wait(ask, ANSWER_S);
}

const struct op ops_people[] = {
    {.name = "people", .needs_ready = true, .begin = people_begin, .go = people_go},
    {.name = "contacts", .needs_ready = true, .begin = contacts_begin, .go = contacts_go},
    {.name = "status", .needs_ready = true, .begin = status_begin, .go = status_go},
    {.name = "policy", .needs_ready = true, .begin = policy_begin, .go = policy_go},
};
const size_t ops_people_count = OIM_COUNT(ops_people);
