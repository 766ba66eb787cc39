/*
 * admin_offline.c - turning offline messages on and off for everybody, a team or a person, and seeing who may
 * (USERS.md D1): the main job, in terms of policies, and without dropping anybody's other settings.
 *
 * For everybody it is the organisation's switch. For a person or a team it is a policy that differs from the
 * one in force only in EnableOfflineIm: an existing one where there is such a one, else a copy made for it,
 * named after where it came from ("Support+NoOffline"). Turning it back finds the way back the same way.
 */
#include <stdio.h>
#include <string.h>

#include "server/core/admin.h"

static const char *const suffixes[] = {"NoOffline", "Offline"}; /* [on] */

static bool leaves(const struct policy *policy)
{
    static const struct org_config plain;
    struct effective effective;
    resolve_effective(&(struct policy_choice){.global = policy}, &plain, &effective);
    return effective.may_leave;
}

static bool same_value(const struct setting_value_s *a, const struct setting_value_s *b)
{
    return a->set == b->set && a->boolean == b->boolean && a->uint == b->uint &&
           strcmp(a->text, b->text) == 0;
}

/* Nothing else would change for whoever gets the one instead of the other. */
static bool same_otherwise(const struct policy *a, const struct policy *b)
{
    for (unsigned i = 0; i < SETTING_COUNT; i++) {
        bool decides = i == SETTING_ENABLE_OFFLINE_IM || i == SETTING_DESCRIPTION;
        if (!decides && !same_value(&a->settings[i], &b->settings[i])) {
            return false;
        }
    }
    return true;
}

static bool is_plain(const struct policy *policy)
{
    for (unsigned i = 0; i < SETTING_COUNT; i++) {
        bool switches = i == SETTING_ENABLE_OFFLINE_IM || i == SETTING_ENABLE_IM_AUTO_ARCHIVING;
        if (!switches && policy->settings[i].set) {
            return false;
        }
    }
    return true;
}

/* What the copy is called: NoOffline, or Support+NoOffline; a number is added while the name is taken. */
static void name_copy(const struct policy *from, bool on, unsigned number, struct policy_identity *out)
{
    const char *suffix = suffixes[on];
    char base[POLICY_NAME_SIZE_MAX] = "";
    char tail[32];
    const char *name = from->identity.scope == POLICY_GLOBAL ? "Global" : from->identity.name;
    if (!is_plain(from) || from->identity.scope != POLICY_GLOBAL) {
        (void)snprintf(base, sizeof(base), "%s", name);
    }
    char *old_suffix = strstr(base, suffixes[!on]);
    if (old_suffix != NULL && (old_suffix == base || old_suffix[-1] == '+')) {
        *(old_suffix == base ? old_suffix : old_suffix - 1) =
            '\0'; /* the way back: not Support+NoOffline+Offline */
    }
    (void)snprintf(tail, sizeof(tail), number == 1 ? "%s" : "%s%u", suffix, number);
    size_t room = sizeof(out->name) - strlen(tail) - 2;
    size_t size = strlen(base) < room ? strlen(base) : room;
    while (size > 0 && ((unsigned char)base[size] & 0xC0) == 0x80) {
        size--;
    }
    base[size] = '\0';
    out->scope = POLICY_TAG;
    (void)snprintf(out->name, sizeof(out->name), "%.*s%s%s", (int)size, base, size > 0 ? "+" : "", tail);
}

/* A policy made or found; granted in this very request, so not yet to be found among the policies. */
struct wanted {
    struct policy policy;
    bool is_new;
};

/* The named policy that differs from current only in saying on: found, or to be made. */
static enum oim_status find_wanted(struct admin_call *call, const struct policy *current, bool on,
                                   struct wanted *made, size_t made_count, struct wanted *out)
{
    const struct policies *policies = &call->core->policies;
    for (size_t i = 0; i < policies->entry_count_max; i++) {
        const struct policy *policy = &policies->entries[i].policy;
        if (policies->entries[i].in_use && policy->identity.scope == POLICY_TAG && leaves(policy) == on &&
            same_otherwise(policy, current)) {
            *out = (struct wanted){.policy = *policy};
            return OIM_OK;
        }
    }
    for (size_t i = 0; i < made_count; i++) {
        if (leaves(&made[i].policy) == on && same_otherwise(&made[i].policy, current)) {
            *out = (struct wanted){.policy = made[i].policy};
            return OIM_OK;
        }
    }
    out->policy = *current;
    out->policy.settings[SETTING_ENABLE_OFFLINE_IM] = (struct setting_value_s){.set = true, .boolean = on};
    out->is_new = true;
    for (unsigned number = 1; number < 1000; number++) {
        name_copy(current, on, number, &out->policy.identity);
        bool taken = policies_find(policies, &out->policy.identity) != NULL;
        for (size_t i = 0; i < made_count; i++) {
            taken = taken || policy_identity_equal(&made[i].policy.identity, &out->policy.identity);
        }
        if (!taken) {
            return OIM_OK;
        }
    }
    return OIM_ERR_LIMIT;
}

struct offline_run {
    struct admin_call *call;
    bool on;
    struct wanted made[STORE_CHANGE_COUNT_MAX];
    size_t made_count;
    struct wanted wanted; /* of the person or team at hand */
};

/* The identity to grant so that current becomes on; made when there is none. */
static enum oim_status take_wanted(struct offline_run *run, const struct policy *current,
                                   char out_identity[IDENTITY_TEXT_SIZE])
{
    struct admin_call *call = run->call;
    struct wanted *wanted = &run->wanted;
    if (run->made_count == OIM_COUNT(run->made)) {
        return OIM_ERR_LIMIT;
    }
    memset(wanted, 0, sizeof(*wanted));
    enum oim_status status = find_wanted(call, current, run->on, run->made, run->made_count, wanted);
    if (status != OIM_OK) {
        return status;
    }
    policy_identity_format(&wanted->policy.identity, out_identity, IDENTITY_TEXT_SIZE);
    if (!wanted->is_new) {
        return OIM_OK;
    }
    const struct oim_id key = policies_identity_key(&wanted->policy.identity);
    status = admin_write_policy(call, &wanted->policy, &key, 0);
    admin_note(call, "made", "%s", out_identity);
    audit_text_add(&call->after, "%s(EnableOfflineIm=%s) ", out_identity, run->on ? "True" : "False");
    run->made[run->made_count++] = *wanted;
    return status;
}

static void row_of(struct admin_call *call, const char *login, const char *display, bool on,
                   const char *policy, const char *via)
{
    if (admin_row(call, 5)) {
        admin_text(call, "login", login);
        admin_text(call, "display", display);
        admin_text(call, "offline", on ? "on" : "off");
        admin_text(call, "policy", policy);
        admin_text(call, "via", via);
    }
}

static enum oim_status switch_person(struct offline_run *run, const char *who)
{
    struct admin_call *call = run->call;
    struct account *person = NULL;
    struct policy_choice choice;
    const char *via = "";
    enum oim_status status = admin_find(call, who, &person);
    if (status != OIM_OK) {
        return status;
    }
    policies_choice(&call->core->policies, person, &choice);
    const struct policy *current = admin_governing(&choice, &via);
    char identity[IDENTITY_TEXT_SIZE];
    policy_identity_format(&current->identity, identity, sizeof(identity));
    if (leaves(current) == run->on) {
        admin_note(call, "nothing_changed", "%s", person->login);
        row_of(call, person->login, person->display, run->on, identity, via);
        return OIM_OK;
    }
    struct account updated = *person;
    choice.own = NULL;
    const struct policy *without = admin_governing(&choice, &via);
    if (person->grant[0] != '\0' && leaves(without) == run->on && same_otherwise(without, current)) {
        updated.grant[0] = '\0';
        policy_identity_format(&without->identity, identity, sizeof(identity));
    } else {
        status = take_wanted(run, current, identity);
        memcpy(updated.grant, identity, strlen(identity) + 1);
        via = "own";
    }
    if (status != OIM_OK) {
        return status;
    }
    audit_text_add(&call->before, "%s=%s ", person->login, person->grant);
    audit_text_add(&call->after, "%s=%s ", person->login, updated.grant);
    admin_put_person(call, &updated);
    admin_concerns_person(call, person);
    admin_note(call, "granted", "%s", person->login);
    row_of(call, person->login, person->display, run->on, identity, via);
    return OIM_OK;
}

/* What governs the members of a team who have nothing of their own. */
static void team_choice(struct admin_call *call, const char *team, struct policy_choice *out)
{
    struct account member;
    memset(&member, 0, sizeof(member));
    memcpy(member.team, team, strlen(team) + 1);
    policies_choice(&call->core->policies, &member, out);
}

static void note_exceptions(struct offline_run *run, const char *team)
{
    struct core *core = run->call->core;
    for (uint32_t uid = 1; uid <= core->registry.uid_last; uid++) {
        struct account *person = registry_person(&core->registry, uid);
        if (person == NULL || person->grant[0] == '\0' ||
            (team != NULL && !admin_same_team(person->team, team))) {
            continue;
        }
        if (leaves(policies_effective(&core->policies, person)->policy) != run->on) {
            admin_note(run->call, "has_own_policy", "%s", person->login);
        }
    }
}

static enum oim_status switch_team(struct offline_run *run, const char *who)
{
    struct admin_call *call = run->call;
    const char *team = who + 1;
    struct policy_choice choice;
    const char *via = "";
    enum oim_status status = admin_check_team(call, team);
    if (status != OIM_OK) {
        return status;
    }
    team_choice(call, team, &choice);
    const struct policy *current = admin_governing(&choice, &via);
    char identity[IDENTITY_TEXT_SIZE];
    policy_identity_format(&current->identity, identity, sizeof(identity));
    if (leaves(current) == run->on) {
        admin_note(call, "nothing_changed", "%s", who);
        row_of(call, who, "", run->on, identity, via);
        return OIM_OK;
    }
    const struct team_grant *grant = policies_team_grant(&call->core->policies, team);
    choice.team = NULL;
    const struct policy *without = admin_governing(&choice, &via);
    bool back = grant != NULL && leaves(without) == run->on && same_otherwise(without, current);
    if (back) {
        policy_identity_format(&without->identity, identity, sizeof(identity));
    } else {
        status = take_wanted(run, current, identity);
        via = "team";
    }
    if (status != OIM_OK) {
        return status;
    }
    audit_text_add(&call->before, "%s=%s ", who, grant == NULL ? "" : grant->identity);
    audit_text_add(&call->after, "%s=%s ", who, back ? "" : identity);
    admin_write_team_grant(call, team, back ? "" : identity);
    admin_note(call, "granted", "%s", who);
    note_exceptions(run, team);
    row_of(call, who, "", run->on, identity, via);
    return OIM_OK;
}

/* The organisation's switch; and Global's own, where it would still say no. */
static enum oim_status switch_everybody(struct offline_run *run)
{
    struct admin_call *call = run->call;
    struct policies *policies = &call->core->policies;
    struct org_config org = policies->org;
    bool was_on = org_config_value(&org, ORG_ENABLE_OFFLINE_IM)->boolean;
    org.settings[ORG_ENABLE_OFFLINE_IM] = (struct setting_value_s){.set = true, .boolean = run->on};
    audit_text_add(&call->before, "organisation EnableOfflineIm=%s ", was_on ? "True" : "False");
    audit_text_add(&call->after, "organisation EnableOfflineIm=%s ", run->on ? "True" : "False");
    enum oim_status status = admin_write_org(call, &org);
    struct policy_entry *global = &policies->entries[0];
    if (status == OIM_OK && run->on && !leaves(&global->policy)) {
        struct policy changed = global->policy;
        changed.settings[SETTING_ENABLE_OFFLINE_IM] = (struct setting_value_s){.set = true, .boolean = true};
        audit_text_add(&call->after, "Global EnableOfflineIm=True");
        status = admin_write_policy(call, &changed, &global->key, global->version);
        admin_note(call, "global_set", "EnableOfflineIm");
    }
    if (status != OIM_OK) {
        return status;
    }
    admin_note(call, "organisation_set", "EnableOfflineIm");
    if (run->on) {
        note_exceptions(run, NULL);
    }
    row_of(call, "", "", run->on, "Global", "organisation");
    return OIM_OK;
}

static enum oim_status list_offline(struct admin_call *call)
{
    struct core *core = call->core;
    uint32_t uid = 1;
    const struct account *last = registry_person_by_login(&core->registry, call->op->after);
    for (uid = last == NULL ? 1 : last->uid + 1; uid <= core->registry.uid_last; uid++) {
        struct account *person = registry_person(&core->registry, uid);
        if (person == NULL || person->closed) {
            continue;
        }
        const struct effective *effective = policies_effective(&core->policies, person);
        if (!admin_row(call, 7)) {
            return OIM_OK;
        }
        admin_text(call, "login", person->login);
        admin_text(call, "display", person->display);
        admin_text(call, "offline", effective->may_leave ? "on" : "off");
        admin_put_policy_fields(call, person);
        admin_text(call, "who", who_name(effective->may_leave_who));
        admin_flag(call, "accepts", effective->accepts);
        call->out.next = person->login;
    }
    call->out.next = "";
    return OIM_OK;
}

enum oim_status admin_offline(struct admin_call *call)
{
    const struct admin_op *op = call->op;
    if (op->on == TRI_UNSET) {
        return list_offline(call);
    }
    struct offline_run *run = oim_arena_zalloc(&call->core->frame_arena, 1, sizeof(*run));
    if (run == NULL) {
        return OIM_ERR_LIMIT;
    }
    run->call = call;
    run->on = op->on == TRI_TRUE;
    enum oim_status status = OIM_OK;
    if (op->who_count == 0) {
        return switch_everybody(run);
    }
    if (run->on && !org_config_value(&call->core->policies.org, ORG_ENABLE_OFFLINE_IM)->boolean) {
        admin_note(call, "note_organisation_off", "EnableOfflineIm");
    }
    for (size_t i = 0; i < op->who_count && status == OIM_OK; i++) {
        status = op->whos[i][0] == '@' ? switch_team(run, op->whos[i]) : switch_person(run, op->whos[i]);
    }
    if (call->changes) {
        change_raise_policy_version(call->core);
    }
    return status;
}
