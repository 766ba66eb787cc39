/*
 * cmdlet_grant.c - Grant-CsClientPolicy: who is meant, and who is asked before; see cmdlet_ask.h.
 */
#include <string.h>
#include <strings.h>

#include "client/admin/cmdlet_ask.h"
#include "policy/name.h"
#include "policy/policy.h"
#include "proto/local.h"

#define WHOS_COUNT_MAX 10000u /* of one cmdlet */

/* People of one cmdlet, each once. */
struct whos {
    const char **names;
    size_t count;
    size_t count_max;
};

static enum oim_status who_add(const struct cmdlet_stage *stage, struct whos *whos, const char *name,
                               struct oim_error *err)
{
    if (name == NULL) {
        return cmdlet_fail_size(err);
    }
    for (size_t i = 0; i < whos->count; i++) {
        if (strcmp(whos->names[i], name) == 0) {
            return OIM_OK;
        }
    }
    if (whos->count == WHOS_COUNT_MAX) {
        return cmdlet_fail(err, stage->call->name.place,
                           "at most %u people at once; name their team: -Group TEAM", WHOS_COUNT_MAX);
    }
    if (whos->count == whos->count_max) {
        size_t count_max = whos->count_max == 0 ? 16 : 2 * whos->count_max;
        const char **names = oim_arena_zalloc(stage->scope.session->arena, count_max, sizeof(*names));
        if (names == NULL) {
            return cmdlet_fail_size(err);
        }
        if (whos->count > 0) {
            memcpy(names, whos->names, whos->count * sizeof(*names));
        }
        whos->names = names;
        whos->count_max = count_max;
    }
    whos->names[whos->count++] = name;
    return OIM_OK;
}

/* A name or pattern as logins. Several people are listed and asked about; nobody is left to the server. */
static enum oim_status who_find(const struct cmdlet_stage *stage, const char *name, const char *policy,
                                struct whos *whos, struct oim_error *err)
{
    bool pattern = strpbrk(name, "*?") != NULL;
    struct ask_people_query query = {.words = pattern ? "" : name};
    struct admin_row *people = NULL;
    size_t count = 0;
    enum oim_status status = ask_people(stage, &query, &people, &count, err);
    if (status != OIM_OK) {
        return status;
    }
    if (pattern) {
        ask_keep_like(name, people, &count);
        if (count == 0) {
            return cmdlet_fail(err, ask_place(stage, PARAMETER_IDENTITY), "nobody's name is like '%.64s'",
                               name);
        }
    } else {
        ask_narrow(name, &people, &count);
    }
    if (count == 0) {
        return who_add(stage, whos, name, err);
    }
    struct cmdlet_question question = {.code = "admin_grant_many",
                                       .cmdlet = stage->binding.cmdlet->name,
                                       .name = policy,
                                       .words = name,
                                       .people = people,
                                       .people_count = count};
    if ((pattern || count > 1) && !ask_unasked(stage) && !ask_switch(stage, PARAMETER_WHAT_IF)) {
        status = ask_confirm(stage, &question, err);
    }
    for (size_t i = 0; i < count && status == OIM_OK; i++) {
        status = who_add(stage, whos, ask_row_value(&people[i], "login"), err);
    }
    return status;
}

static enum oim_status grant_policy(const struct cmdlet_stage *stage, const char **out, struct oim_error *err)
{
    struct policy_identity identity;
    const char *text = "";
    enum oim_status status = cmdlet_parameter_text(stage, PARAMETER_POLICY_NAME, &text, err);
    *out = ""; /* $Null: back under the team's policy or Global */
    if (status != OIM_OK || text[0] == '\0') {
        return status;
    }
    status = ask_policy_spell(stage, text, ask_place(stage, PARAMETER_POLICY_NAME), &identity, out, err);
    if (status != OIM_OK || identity.scope == POLICY_TAG) {
        return status;
    }
    return cmdlet_fail(
        err, ask_place(stage, PARAMETER_POLICY_NAME),
        "Policy \"%s\" is not a user policy. You can assign only a user policy to a specific user. To "
        "put somebody back under Global: -PolicyName $Null",
        *out);
}

static enum oim_status whos_of(const struct cmdlet_stage *stage, const char *policy, struct whos *whos,
                               struct oim_error *err)
{
    struct cmdlet_list people = {.count = 0};
    struct cmdlet_list teams = {.count = 0};
    const struct cmdlet_item *group = stage->binding.values[PARAMETER_GROUP];
    enum oim_status status = ask_targets(stage, &people, err);
    status =
        status != OIM_OK || group == NULL ? status : cmdlet_item_values(&stage->scope, group, &teams, err);
    for (size_t i = 0; i < people.count && status == OIM_OK; i++) {
        const char *name = cmdlet_value_identity(&people.items[i]);
        if (name[0] == '\0') {
            return cmdlet_fail(err, ask_place(stage, PARAMETER_IDENTITY),
                               "a person or a team is missing here");
        }
        status = name[0] == '@' || people.items[i].object != NULL ? who_add(stage, whos, name, err)
                                                                  : who_find(stage, name, policy, whos, err);
    }
    for (size_t i = 0; i < teams.count && status == OIM_OK; i++) {
        const char *name = cmdlet_value_identity(&teams.items[i]);
        if (name[0] == '\0') {
            return cmdlet_fail(err, group->token.place, "a person or a team is missing here");
        }
        status =
            who_add(stage, whos,
                    name[0] == '@' ? name : oim_arena_printf(stage->scope.session->arena, "@%s", name), err);
    }
    return status;
}

enum oim_status ask_grant(struct cmdlet_stage *stage, struct oim_error *err)
{
    struct admin_op op = admin_op_of(ADMIN_GRANT);
    struct admin_rows rows;
    struct whos whos = {
        .names = oim_arena_zalloc(stage->scope.session->arena, ADMIN_WHO_COUNT_MAX, sizeof(const char *))};
    op.global = ask_switch(stage, PARAMETER_GLOBAL);
    bool some = stage->binding.values[PARAMETER_IDENTITY] != NULL ||
                stage->binding.values[PARAMETER_GROUP] != NULL || stage->has_input;
    if (op.global == some) {
        return cmdlet_fail(err, stage->call->name.place,
                           op.global ? "-Global means everybody; leave -Identity and -Group out"
                                     : "%s needs -Identity, -Group or -Global: who gets the policy?",
                           stage->binding.cmdlet->name);
    }
    enum oim_status status = grant_policy(stage, &op.policy, err);
    status = status != OIM_OK ? status : whos_of(stage, op.policy, &whos, err);
    if (status != OIM_OK || (whos.count == 0 && !op.global)) {
        return status; /* nothing came through the pipe */
    }
    op.whos = whos.names;
    op.who_count = whos.count;
    status = ask_change(stage, &op, &rows, err);
    return status == OIM_OK && ask_switch(stage, PARAMETER_PASS_THRU)
               ? ask_rows_add(stage, OBJECT_USER, &rows, err)
               : status;
}
