/*
 * admin_grant.c - giving a named policy to people and teams, or to everybody, and taking it back.
 *
 * One object governs a person, so a grant replaces whatever governed before, setting by setting; what that
 * changes without being said is said in the notes. A grant to everybody copies the policy into Global, which
 * is what governs whoever has nothing else.
 */
#include <stdio.h>
#include <string.h>

#include "policy/advice.h"
#include "server/core/admin.h"

void admin_write_team_grant(struct admin_call *call, const char *team, const char *identity)
{
    struct core *core = call->core;
    const struct team_grant *grant = policies_team_grant(&core->policies, team);
    struct oim_id key = grant == NULL ? policies_team_key(team) : grant->key;
    uint64_t version = grant == NULL ? 0 : grant->version;
    suppose_team_grant(call, team, identity);
    if (identity[0] == '\0') {
        if (grant != NULL) {
            admin_delete(call, RECORDS_TEAM, oim_slice(key.bytes, OIM_ID_SIZE), version);
        }
    } else {
        uint8_t *bytes = oim_arena_alloc(&core->frame_arena, 1 + TEAM_SIZE_MAX + IDENTITY_TEXT_SIZE);
        if (bytes == NULL) {
            call->overflow = true;
            return;
        }
        size_t size = policies_team_encode(team, identity, bytes);
        admin_put(call, RECORDS_TEAM, oim_slice(key.bytes, OIM_ID_SIZE), oim_slice(bytes, size), version);
    }
    if (call->changes) {
        change_raise_policy_version(core);
    }
    admin_concerns_team(call, team);
}

/* The policy to grant; *out NULL: none of its own any more. */
static enum oim_status find_grantable(struct admin_call *call, const char **out_identity,
                                      const struct policy **out_policy)
{
    struct policy_entry *entry = NULL;
    *out_identity = "";
    *out_policy = NULL;
    if (call->op->policy[0] == '\0') {
        return OIM_OK;
    }
    enum oim_status status = admin_find_policy(call, call->op->policy, &entry);
    if (status != OIM_OK) {
        return status;
    }
    char *text = oim_arena_zalloc(&call->core->frame_arena, 1, IDENTITY_TEXT_SIZE);
    if (text == NULL) {
        return OIM_ERR_LIMIT;
    }
    policy_identity_format(&entry->policy.identity, text, IDENTITY_TEXT_SIZE);
    if (entry->policy.identity.scope != POLICY_TAG) {
        return oim_fail(
            &call->core->error, OIM_ERR_USAGE,
            "Policy \"%s\" is not a user policy. You can assign only a user policy to a specific user; "
            "to put somebody back under team or Global, grant none",
            text);
    }
    *out_identity = text;
    *out_policy = &entry->policy;
    return OIM_OK;
}

bool admin_was_named(const struct admin_call *call, uint32_t uid)
{
    const struct admin_concern *concern = &call->core->admin_concern;
    for (size_t i = 0; i < concern->uid_count; i++) {
        if (concern->uids[i] == uid) {
            return true;
        }
    }
    return false;
}

static bool is_noted(const struct admin_call *call, const char *code, const char *value)
{
    const struct admin_out *out = &call->out;
    for (size_t i = 0; i < out->note_count; i++) {
        if (strcmp(out->notes[i].name, code) == 0 && strcmp(out->notes[i].value, value) == 0) {
            return true;
        }
    }
    return false;
}

/* What governed until now, other than Global, and is undone because the granted policy is silent about it. */
static void advise_instead_of_current(struct admin_call *call, const struct account *person,
                                      const struct policy *policy)
{
    struct policy_choice choice;
    struct advice advice[ADVICE_COUNT_MAX];
    const char *via = NULL;
    policies_choice(&call->core->policies, person, &choice);
    const struct policy *before = admin_governing(&choice, &via);
    if (policy == NULL || before->identity.scope == POLICY_GLOBAL) {
        return;
    }
    size_t count = advise_instead(policy, before, advice);
    for (size_t i = 0; i < count; i++) {
        char value[SETTING_TEXT_SIZE_MAX + IDENTITY_TEXT_SIZE];
        char identity[IDENTITY_TEXT_SIZE];
        const char *code = advice_code(advice[i].kind);
        policy_identity_format(&before->identity, identity, sizeof(identity));
        if (advice[i].kind == ADVICE_UNDOES_SETTING) {
            (void)snprintf(value, sizeof(value), "%s (%s)", setting_info(advice[i].setting)->name, identity);
        } else {
            (void)snprintf(value, sizeof(value), "%s", identity);
        }
        if (!is_noted(call, code, value)) {
            admin_note(call, code, "%s", value);
        }
    }
}

static enum oim_status grant_person(struct admin_call *call, const char *who, const char *identity,
                                    const struct policy *policy)
{
    struct account *person = NULL;
    enum oim_status status = admin_find(call, who, &person);
    if (status != OIM_OK) {
        return status;
    }
    if (admin_was_named(call, person->uid)) {
        return OIM_OK;
    }
    advise_instead_of_current(call, person, policy);
    struct account updated = *person;
    memcpy(updated.grant, identity, strlen(identity) + 1);
    audit_text_add(&call->before, "%s=%s ", person->login, person->grant);
    audit_text_add(&call->after, "%s=%s ", person->login, identity);
    admin_put_person(call, &updated);
    if (call->changes) {
        change_raise_policy_version(call->core);
    }
    admin_concerns_person(call, person);
    if (admin_row(call, 4)) {
        admin_text(call, "login", person->login);
        admin_text(call, "display", person->display);
        admin_put_policy_fields(call, &updated);
    }
    return OIM_OK;
}

/* Members, and which of them a grant to the team does not reach because they have their own. */
static void note_members(struct admin_call *call, const char *team)
{
    struct registry *registry = &call->core->registry;
    size_t count = 0;
    size_t own_count = 0;
    for (uint32_t uid = 1; uid <= registry->uid_last; uid++) {
        const struct account *person = registry_person(registry, uid);
        if (person == NULL || !admin_same_team(person->team, team)) {
            continue;
        }
        count++;
        if (person->grant[0] != '\0' && own_count++ < ADMIN_EXCEPTION_COUNT_MAX) {
            admin_note(call, "has_own_policy", "%s", person->login);
        }
    }
    if (count == 0) {
        admin_note(call, "team_empty", "%s", team);
    }
    if (own_count > ADMIN_EXCEPTION_COUNT_MAX) {
        admin_note(call, "have_own_policy_too", "%zu", own_count - ADMIN_EXCEPTION_COUNT_MAX);
    }
}

static enum oim_status grant_team(struct admin_call *call, const char *who, const char *identity,
                                  const struct policy *policy)
{
    const char *team = who + 1;
    enum oim_status status = admin_check_team(call, team);
    if (status != OIM_OK) {
        return status;
    }
    const struct admin_concern *concern = &call->core->admin_concern;
    if (concern->team[0] != '\0') {
        return oim_fail(&call->core->error, OIM_ERR_USAGE, "one team at a time");
    }
    struct account member = {.uid = 0}; /* with nothing of their own */
    memcpy(member.team, team, strlen(team) + 1);
    advise_instead_of_current(call, &member, policy);
    const struct team_grant *grant = policies_team_grant(&call->core->policies, team);
    audit_text_add(&call->before, "%s=%s ", who, grant == NULL ? "" : grant->identity);
    audit_text_add(&call->after, "%s=%s ", who, identity);
    admin_write_team_grant(call, team, identity);
    note_members(call, team);
    if (admin_row(call, 4)) {
        admin_text(call, "login", who);
        admin_text(call, "display", "");
        admin_text(call, "policy", identity);
        admin_text(call, "via", "team");
    }
    return OIM_OK;
}

static enum oim_status grant_everybody(struct admin_call *call, const struct policy *policy)
{
    struct policy_entry *global = &call->core->policies.entries[0];
    struct policy copy;
    policy_init(&copy, &global->policy.identity);
    if (policy != NULL) {
        memcpy(copy.settings, policy->settings, sizeof(copy.settings));
    }
    audit_text_add(&call->before, "Global");
    admin_audit_settings(&call->before, &global->policy);
    audit_text_add(&call->after, "Global=%s", call->op->policy);
    admin_audit_settings(&call->after, &copy);
    enum oim_status status = admin_write_policy(call, &copy, &global->key, global->version);
    if (status != OIM_OK) {
        return status;
    }
    admin_concerns_policy(call, &copy.identity);
    admin_note(call, "copied_to_global", "%s", call->op->policy);
    if (admin_row(call, 4)) {
        admin_text(call, "login", "");
        admin_text(call, "display", "");
        admin_text(call, "policy", "Global");
        admin_text(call, "via", "global");
    }
    return OIM_OK;
}

enum oim_status admin_grant(struct admin_call *call)
{
    const struct admin_op *op = call->op;
    const struct policy *policy = NULL;
    const char *identity = "";
    enum oim_status status = find_grantable(call, &identity, &policy);
    if (status == OIM_OK && op->global == (op->who_count > 0)) {
        status = oim_fail(&call->core->error, OIM_ERR_USAGE,
                          op->global ? "everybody, or some: not both" : "who gets it is missing");
    }
    if (status == OIM_OK && op->global) {
        status = grant_everybody(call, policy);
    }
    for (size_t i = 0; i < op->who_count && status == OIM_OK; i++) {
        status = op->whos[i][0] == '@' ? grant_team(call, op->whos[i], identity, policy)
                                       : grant_person(call, op->whos[i], identity, policy);
    }
    if (status == OIM_OK && policy != NULL) {
        admin_advise(call, policy);
    }
    return status;
}
