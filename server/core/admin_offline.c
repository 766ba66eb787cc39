/*
 * admin_offline.c - turning offline messages on and off for everybody, a team or a person, and seeing who may
 * (USERS.md D1): the main job, in terms of policies, and without dropping anybody's other settings.
 *
 * For everybody it is the organisation's switch. For a person or a team it is a policy that differs from the
 * one in force only in EnableOfflineIm: an existing one where there is such a one, else a copy made for it,
 * named after where it came from ("Support+NoOffline"). Turning it back finds the way back the same way, and
 * takes a copy away that was made here when nobody has it any more. Its Description says that it was made
 * here; an administrator who writes another one keeps the policy.
 */
#include <stdio.h>
#include <string.h>

#include "policy/name.h"
#include "server/core/admin.h"

#define MADE_HERE "made by oimctl offline from " /* begins the Description of a copy */

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
        if (!switches && i != SETTING_DESCRIPTION && policy->settings[i].set) {
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
    struct setting_value_s *description = &out->policy.settings[SETTING_DESCRIPTION];
    char from[IDENTITY_TEXT_SIZE];
    policy_identity_format(&current->identity, from, sizeof(from));
    *description = (struct setting_value_s){.set = true};
    (void)snprintf(description->text, sizeof(description->text), MADE_HERE "%s", from);
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

/* Who had a policy of their own or their team's until this request. */
struct left {
    const char *login, *team; /* borrowed; one is NULL */
    char identity[IDENTITY_TEXT_SIZE];
};

struct offline_run {
    struct admin_call *call;
    bool on;
    struct wanted made[STORE_CHANGE_COUNT_MAX];
    size_t made_count;
    struct wanted wanted; /* of the person or team at hand */
    struct left left[STORE_CHANGE_COUNT_MAX];
    size_t left_count;
    char taken[STORE_CHANGE_COUNT_MAX][IDENTITY_TEXT_SIZE]; /* granted in this request */
    size_t taken_count;
    const char *teams[STORE_CHANGE_COUNT_MAX]; /* named in this request; borrowed */
    size_t team_count;
};

static enum oim_status too_many(struct admin_call *call)
{
    return oim_fail(&call->core->error, OIM_ERR_LIMIT,
                    "at most a dozen people and teams in one request; do it in parts");
}

/* The identity to grant so that current becomes on; made when there is none. */
static enum oim_status take_wanted(struct offline_run *run, const struct policy *current,
                                   char out_identity[IDENTITY_TEXT_SIZE])
{
    struct admin_call *call = run->call;
    struct wanted *wanted = &run->wanted;
    if (run->taken_count == OIM_COUNT(run->taken)) {
        return too_many(call);
    }
    memset(wanted, 0, sizeof(*wanted));
    enum oim_status status = find_wanted(call, current, run->on, run->made, run->made_count, wanted);
    if (status != OIM_OK) {
        return status;
    }
    policy_identity_format(&wanted->policy.identity, out_identity, IDENTITY_TEXT_SIZE);
    memcpy(run->taken[run->taken_count++], out_identity, IDENTITY_TEXT_SIZE);
    if (!wanted->is_new) {
        return OIM_OK;
    }
    const struct oim_id key = policies_identity_key(&wanted->policy.identity);
    status = admin_write_policy(call, &wanted->policy, &key, 0);
    admin_note(call, "made", "%s", out_identity);
    admin_audit_whole(&call->after, out_identity, &wanted->policy);
    run->made[run->made_count++] = *wanted;
    return status;
}

/* What was done to one of those named. */
struct switched {
    const char *who, *display;
    const char *did; /* nothing, granted, made (and granted), returned (to what counts without it) */
    const char *was, *policy, *via;
    size_t people; /* who may leave messages now and could not, or the other way round */
};

static void switched_row(const struct offline_run *run, const struct switched *switched)
{
    struct admin_call *call = run->call;
    if (admin_row(call, 8)) {
        admin_text(call, "login", switched->who);
        admin_text(call, "display", switched->display);
        admin_text(call, "offline", run->on ? "on" : "off");
        admin_text(call, "policy", switched->policy);
        admin_text(call, "via", switched->via);
        admin_text(call, "did", switched->did);
        admin_text(call, "was", switched->was);
        admin_number(call, "people", switched->people);
    }
    bool changed = strcmp(switched->did, "nothing") != 0;
    if (!changed) {
        audit_text_add(&call->after, "%s: %s already ",
                       switched->who[0] != '\0' ? switched->who : "organisation", run->on ? "on" : "off");
    }
    if (switched->who[0] != '\0') {
        admin_note(call, changed ? "granted" : "nothing_changed", "%s", switched->who);
    }
}

/* ---- what nobody has any more -------------------------------------------------------------------------- */

static void leave(struct offline_run *run, const char *login, const char *team, const char *identity)
{
    struct left *left = &run->left[run->left_count];
    if (run->left_count < OIM_COUNT(run->left)) {
        *left = (struct left){.login = login, .team = team};
        memcpy(left->identity, identity, strlen(identity) + 1);
        run->left_count++;
    }
}

static bool has_left(const struct offline_run *run, const char *login, const char *team)
{
    for (size_t i = 0; i < run->left_count; i++) {
        const struct left *left = &run->left[i];
        if (login != NULL ? left->login != NULL && strcmp(left->login, login) == 0
                          : left->team != NULL && admin_same_team(left->team, team)) {
            return true;
        }
    }
    return false;
}

static bool is_still_used(const struct offline_run *run, const char *identity)
{
    const struct core *core = run->call->core;
    for (size_t i = 0; i < run->taken_count; i++) {
        if (name_equal(run->taken[i], identity)) {
            return true;
        }
    }
    for (uint32_t uid = 1; uid <= core->registry.uid_last; uid++) {
        const struct account *person = registry_person(&core->registry, uid);
        if (person != NULL && name_equal(person->grant, identity) && !has_left(run, person->login, NULL)) {
            return true;
        }
    }
    for (size_t i = 0; i < core->policies.team_grant_count_max; i++) {
        const struct team_grant *grant = &core->policies.team_grants[i];
        if (grant->in_use && name_equal(grant->identity, identity) && !has_left(run, NULL, grant->team)) {
            return true;
        }
    }
    return false;
}

static bool was_made_here(const struct policy *policy)
{
    const struct setting_value_s *description = &policy->settings[SETTING_DESCRIPTION];
    return description->set && strncmp(description->text, MADE_HERE, strlen(MADE_HERE)) == 0;
}

static void remove_unused(struct offline_run *run)
{
    struct admin_call *call = run->call;
    for (size_t i = 0; i < run->left_count; i++) {
        const char *identity = run->left[i].identity;
        bool again = false;
        for (size_t j = 0; j < i; j++) {
            again = again || name_equal(run->left[j].identity, identity);
        }
        struct policy_entry *entry = NULL;
        if (again || admin_find_policy(call, identity, &entry) != OIM_OK || !was_made_here(&entry->policy) ||
            is_still_used(run, identity)) {
            continue;
        }
        suppose_policy_gone(call, &entry->policy.identity);
        admin_delete(call, RECORDS_POLICY, oim_slice(entry->key.bytes, OIM_ID_SIZE), entry->version);
        admin_audit_whole(&call->before, identity, &entry->policy);
        admin_note(call, "removed", "%s", identity);
    }
}

/* ---- a person, a team, everybody ----------------------------------------------------------------------- */

/* Is it another answer for this person once what governs them says on? */
static bool is_switched(const struct offline_run *run, struct account *person)
{
    struct core *core = run->call->core;
    bool org_on = org_config_value(&core->policies.org, ORG_ENABLE_OFFLINE_IM)->boolean;
    return !person->closed && org_on && policies_effective(&core->policies, person)->may_leave != run->on;
}

static enum oim_status switch_person(struct offline_run *run, const char *who)
{
    struct admin_call *call = run->call;
    struct account *person = NULL;
    struct policy_choice choice;
    struct switched switched = {.did = "nothing"};
    enum oim_status status = admin_find(call, who, &person);
    if (status != OIM_OK) {
        return status;
    }
    if (admin_was_named(call, person->uid)) {
        return OIM_OK;
    }
    policies_choice(&call->core->policies, person, &choice);
    const struct policy *current = admin_governing(&choice, &switched.via);
    char was[IDENTITY_TEXT_SIZE];
    char identity[IDENTITY_TEXT_SIZE];
    policy_identity_format(&current->identity, was, sizeof(was));
    memcpy(identity, was, sizeof(identity));
    switched.who = person->login;
    switched.display = person->display;
    switched.was = was;
    switched.policy = identity;
    struct account updated = *person;
    const char *via_without = "";
    choice.own = NULL;
    const struct policy *without = admin_governing(&choice, &via_without);
    /* Not from a policy that somebody granted to say yes: off is a further thing to say, not a way back. */
    bool back = person->grant[0] != '\0' && leaves(without) == run->on && same_otherwise(without, current) &&
                (run->on || was_made_here(current));
    if (leaves(current) == run->on && !(back && was_made_here(current))) {
        admin_concerns_person(call, person);
        switched_row(run, &switched);
        return OIM_OK;
    }
    switched.people = is_switched(run, person);
    if (back) {
        switched.via = via_without;
        updated.grant[0] = '\0';
        policy_identity_format(&without->identity, identity, sizeof(identity));
        switched.did = "returned";
        leave(run, person->login, NULL, was);
    } else {
        status = take_wanted(run, current, identity);
        memcpy(updated.grant, identity, strlen(identity) + 1);
        switched.via = "own";
        switched.did = run->wanted.is_new ? "made" : "granted";
        if (person->grant[0] != '\0') {
            leave(run, person->login, NULL, was);
        }
    }
    if (status != OIM_OK) {
        return status;
    }
    audit_text_add(&call->before, "%s=%s ", person->login, person->grant);
    audit_text_add(&call->after, "%s=%s ", person->login, updated.grant);
    admin_put_person(call, &updated);
    admin_concerns_person(call, person);
    switched_row(run, &switched);
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

/* Members, or everybody, whose own policy says otherwise: named, and beyond a handful counted. */
static void note_exceptions(struct offline_run *run, const char *team)
{
    struct core *core = run->call->core;
    size_t count = 0;
    for (uint32_t uid = 1; uid <= core->registry.uid_last; uid++) {
        struct account *person = registry_person(&core->registry, uid);
        if (person == NULL || person->closed || person->grant[0] == '\0' ||
            (team != NULL && !admin_same_team(person->team, team)) ||
            leaves(policies_effective(&core->policies, person)->policy) == run->on) {
            continue;
        }
        if (count++ < ADMIN_EXCEPTION_COUNT_MAX) {
            admin_note(run->call, "has_own_policy", "%s", person->login);
        }
    }
    if (count > ADMIN_EXCEPTION_COUNT_MAX) {
        admin_note(run->call, "have_own_policy_too", "%zu", count - ADMIN_EXCEPTION_COUNT_MAX);
    }
}

/* Of the members with nothing of their own. */
static size_t switched_members(const struct offline_run *run, const char *team)
{
    const struct registry *registry = &run->call->core->registry;
    size_t count = 0;
    for (uint32_t uid = 1; uid <= registry->uid_last; uid++) {
        struct account *person = registry_person(registry, uid);
        count += person != NULL && person->grant[0] == '\0' && admin_same_team(person->team, team) &&
                 is_switched(run, person);
    }
    return count;
}

static bool has_members(const struct core *core, const char *team)
{
    for (uint32_t uid = 1; uid <= core->registry.uid_last; uid++) {
        const struct account *person = registry_person(&core->registry, uid);
        if (person != NULL && admin_same_team(person->team, team)) {
            return true;
        }
    }
    return false;
}

/* Of everybody, once the organisation's switch is turned, and Global with it where it says off. */
static size_t switched_people(const struct offline_run *run)
{
    struct core *core = run->call->core;
    size_t count = 0;
    for (uint32_t uid = 1; uid <= core->registry.uid_last; uid++) {
        struct account *person = registry_person(&core->registry, uid);
        if (person == NULL || person->closed) {
            continue;
        }
        const struct effective *effective = policies_effective(&core->policies, person);
        bool will = run->on && (effective->via == POLICY_VIA_GLOBAL || leaves(effective->policy));
        count += effective->may_leave != will;
    }
    return count;
}

static enum oim_status switch_team(struct offline_run *run, const char *who)
{
    struct admin_call *call = run->call;
    const char *team = who + 1;
    struct policy_choice choice;
    struct switched switched = {.who = who, .display = "", .did = "nothing"};
    enum oim_status status = admin_check_team(call, team);
    if (status != OIM_OK) {
        return status;
    }
    for (size_t i = 0; i < run->team_count; i++) {
        if (admin_same_team(run->teams[i], team)) {
            return OIM_OK; /* named before */
        }
    }
    if (run->team_count == OIM_COUNT(run->teams)) {
        return too_many(call);
    }
    run->teams[run->team_count++] = team;
    team_choice(call, team, &choice);
    const struct policy *current = admin_governing(&choice, &switched.via);
    char was[IDENTITY_TEXT_SIZE];
    char identity[IDENTITY_TEXT_SIZE];
    policy_identity_format(&current->identity, was, sizeof(was));
    memcpy(identity, was, sizeof(identity));
    switched.was = was;
    switched.policy = identity;
    switched.people = switched_members(run, team);
    if (leaves(current) == run->on) {
        switched_row(run, &switched);
        note_exceptions(run, team);
        return OIM_OK;
    }
    const struct team_grant *grant = policies_team_grant(&call->core->policies, team);
    choice.team = NULL;
    const struct policy *without = admin_governing(&choice, &switched.via);
    bool back = grant != NULL && leaves(without) == run->on && same_otherwise(without, current);
    if (back) {
        policy_identity_format(&without->identity, identity, sizeof(identity));
        switched.did = "returned";
    } else {
        status = take_wanted(run, current, identity);
        switched.via = "team";
        switched.did = run->wanted.is_new ? "made" : "granted";
    }
    if (status != OIM_OK) {
        return status;
    }
    if (grant != NULL) {
        leave(run, NULL, team, was);
    }
    audit_text_add(&call->before, "%s=%s ", who, grant == NULL ? "" : grant->identity);
    audit_text_add(&call->after, "%s=%s ", who, back ? "" : identity);
    admin_write_team_grant(call, team, back ? "" : identity);
    switched_row(run, &switched);
    if (!has_members(call->core, team)) {
        admin_note(call, "team_empty", "%s", team);
    }
    note_exceptions(run, team);
    return OIM_OK;
}

/* The organisation's switch; and Global's own, where it would still say no. */
static enum oim_status switch_everybody(struct offline_run *run)
{
    struct admin_call *call = run->call;
    struct policies *policies = &call->core->policies;
    struct org_config org = policies->org;
    struct policy_entry *global = &policies->entries[0];
    bool was_on = org_config_value(&org, ORG_ENABLE_OFFLINE_IM)->boolean;
    bool sets_global = run->on && !leaves(&global->policy);
    struct switched switched = {.who = "",
                                .display = "",
                                .did = "nothing",
                                .was = "Global",
                                .policy = "Global",
                                .via = "organisation"};
    switched.people = switched_people(run);
    enum oim_status status = OIM_OK;
    if (was_on != run->on) {
        org.settings[ORG_ENABLE_OFFLINE_IM] = (struct setting_value_s){.set = true, .boolean = run->on};
        audit_text_add(&call->before, "organisation EnableOfflineIm=%s ", was_on ? "True" : "False");
        audit_text_add(&call->after, "organisation EnableOfflineIm=%s ", run->on ? "True" : "False");
        status = admin_write_org(call, &org);
        admin_note(call, "organisation_set", "EnableOfflineIm");
        switched.did = "organisation";
    }
    if (status == OIM_OK && sets_global) {
        struct policy changed = global->policy;
        const struct setting_value_s *was = &changed.settings[SETTING_ENABLE_OFFLINE_IM];
        audit_text_add(&call->before, "Global EnableOfflineIm=%s", was->set ? "False" : "");
        changed.settings[SETTING_ENABLE_OFFLINE_IM] = (struct setting_value_s){.set = true, .boolean = true};
        audit_text_add(&call->after, "Global EnableOfflineIm=True");
        status = admin_write_policy(call, &changed, &global->key, global->version);
        admin_concerns_everybody(call);
        admin_note(call, "global_set", "EnableOfflineIm");
        switched.did = "organisation";
    }
    if (status != OIM_OK) {
        return status;
    }
    switched_row(run, &switched);
    if (run->on) {
        note_exceptions(run, NULL);
    }
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
        if (!admin_row(call, 9)) {
            return OIM_OK;
        }
        admin_text(call, "login", person->login);
        admin_text(call, "display", person->display);
        admin_text(call, "team", person->team);
        admin_text(call, "offline", effective->may_leave ? "on" : "off");
        admin_put_policy_fields(call, person);
        admin_text(call, "who", who_name(effective->may_leave_who));
        admin_flag(call, "accepts", effective->accepts);
        admin_text(call, "rule", effective_rule(effective));
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
    if (status == OIM_OK) {
        remove_unused(run);
    }
    if (call->changes) {
        change_raise_policy_version(call->core);
    }
    return status;
}
