/*
 * admin_policies.c - policies themselves and the organisation's configuration: get, new, set, remove.
 *
 * Every change raises the policy version in its transaction, so that an append judged before it is judged
 * again, and the people it concerns are sent their policy. What a policy does that its name does not say is
 * said in notes (policy/advice.h, USERS.md B3).
 */
#include <string.h>

#include "common/nearest.h"
#include "policy/advice.h"
#include "policy/name.h"
#include "server/core/admin.h"

/* ---- shared -------------------------------------------------------------------------------------------- */

const struct policy *admin_governing(const struct policy_choice *choice, const char **out_via)
{
    const struct policy *policies[] = {choice->own, choice->team, choice->site, choice->global};
    static const char *const vias[] = {"own", "team", "site", "global"};
    size_t at = 0;
    while (policies[at] == NULL) {
        at++; /* Global is always there */
    }
    *out_via = vias[at];
    return policies[at];
}

void admin_put_policy_fields(struct admin_call *call, const struct account *person)
{
    struct policy_choice choice;
    const char *via = "";
    policies_choice(&call->core->policies, person, &choice);
    const struct policy *policy = admin_governing(&choice, &via);
    admin_identity(call, "policy", &policy->identity);
    admin_text(call, "via", via);
}

enum oim_status admin_find_policy(struct admin_call *call, const char *text, struct policy_entry **out)
{
    struct policies *policies = &call->core->policies;
    struct policy_identity identity;
    enum oim_status status = policy_identity_parse(text, &identity, &call->core->error);
    if (status != OIM_OK) {
        return status;
    }
    struct policy_entry *entry = policies_find(policies, &identity);
    if (entry != NULL) {
        *out = entry;
        return OIM_OK;
    }
    struct nearest nearest;
    nearest_init(&nearest, identity.name);
    for (size_t i = 0; i < policies->entry_count_max; i++) {
        if (policies->entries[i].in_use) {
            nearest_offer(&nearest, policies->entries[i].policy.identity.name);
        }
    }
    admin_note(call, "no_such_policy", "%.64s", identity.scope == POLICY_TAG ? identity.name : text);
    if (nearest.best != NULL) {
        admin_note(call, "nearest", "%s", nearest.best);
    }
    return oim_fail(&call->core->error, OIM_ERR_NOT_FOUND, "there is no policy '%.64s'%s%s%s", text,
                    nearest.best == NULL ? "" : "; did you mean '", nearest.best == NULL ? "" : nearest.best,
                    nearest.best == NULL ? "" : "'?");
}

enum oim_status admin_write_policy(struct admin_call *call, const struct policy *policy,
                                   const struct oim_id *key, uint64_t expected)
{
    struct core *core = call->core;
    suppose_policy(call, policy);
    oim_buf_clear(&core->encode);
    enum oim_status status = policy_encode(policy, &core->encode);
    if (status != OIM_OK) {
        return status;
    }
    admin_put(call, RECORDS_POLICY, oim_slice(key->bytes, OIM_ID_SIZE), oim_buf_slice(&core->encode),
              expected);
    if (call->changes) {
        change_raise_policy_version(core);
    }
    return OIM_OK;
}

/* What becomes of another policy's people once Global is like this: only what switches something on again. */
static void advise_of_other(struct admin_call *call, const struct policy *other, const struct policy *global)
{
    struct advice advice[ADVICE_COUNT_MAX];
    char identity[IDENTITY_TEXT_SIZE];
    size_t count = advise(other, global, &call->core->policies.org, advice);
    policy_identity_format(&other->identity, identity, sizeof(identity));
    for (size_t i = 0; i < count; i++) {
        if (advice[i].kind == ADVICE_SWITCHED_ON || advice[i].kind == ADVICE_ACCEPTED_AGAIN) {
            admin_note(call, advice_code(advice[i].kind), "%s", identity);
        }
    }
}

void admin_advise(struct admin_call *call, const struct policy *policy)
{
    struct advice advice[ADVICE_COUNT_MAX];
    const struct policies *policies = &call->core->policies;
    char identity[IDENTITY_TEXT_SIZE];
    bool is_global = policy->identity.scope == POLICY_GLOBAL;
    const struct policy *global = is_global ? policy : &policies->entries[0].policy;
    size_t count = advise(policy, global, &policies->org, advice);
    policy_identity_format(&policy->identity, identity, sizeof(identity));
    for (size_t i = 0; i < count; i++) {
        const char *value =
            advice[i].kind == ADVICE_UNSET_HERE ? setting_info(advice[i].setting)->name : identity;
        admin_note(call, advice_code(advice[i].kind), "%s", value);
    }
    for (size_t i = 1; i < policies->entry_count_max && is_global; i++) {
        if (policies->entries[i].in_use) {
            advise_of_other(call, &policies->entries[i].policy, policy);
        }
    }
}

static void policy_row(struct admin_call *call, const struct policy *policy)
{
    char text[SETTING_TEXT_SIZE_MAX];
    if (!admin_row(call, 1 + SETTING_COUNT)) {
        return;
    }
    admin_identity(call, "identity", &policy->identity);
    for (unsigned i = 0; i < SETTING_COUNT; i++) {
        const struct setting_info *info = setting_info((enum setting_id)i);
        setting_format(info, &policy->settings[i], text, sizeof(text));
        admin_text(call, info->name, text);
    }
}

static void audit_setting(struct audit_text *audit, const struct setting_info *info,
                          const struct setting_value_s *value)
{
    char text[SETTING_TEXT_SIZE_MAX];
    setting_format(info, value, text, sizeof(text));
    audit_text_add(audit, " %s=%s", info->name, text);
}

void admin_audit_settings(struct audit_text *audit, const struct policy *policy)
{
    for (unsigned i = 0; i < SETTING_COUNT; i++) {
        if (policy->settings[i].set) {
            audit_setting(audit, setting_info((enum setting_id)i), &policy->settings[i]);
        }
    }
}

void admin_audit_whole(struct audit_text *audit, const char *identity, const struct policy *policy)
{
    audit_text_add(audit, "%s(", identity);
    admin_audit_settings(audit, policy);
    audit_text_add(audit, ") ");
}

static void audit_identity(struct admin_call *call, const struct policy_identity *identity, bool before,
                           bool after)
{
    char text[IDENTITY_TEXT_SIZE];
    policy_identity_format(identity, text, sizeof(text));
    if (before) {
        audit_text_add(&call->before, "%s", text);
    }
    if (after) {
        audit_text_add(&call->after, "%s", text);
    }
}

static enum oim_status apply_settings(struct admin_call *call, struct policy *io_policy)
{
    for (size_t i = 0; i < call->op->setting_count; i++) {
        const struct wire_setting *wire = &call->op->settings[i];
        struct setting_value_s value;
        enum setting_id id;
        enum oim_status status = setting_find(wire->name, &id, &call->core->error);
        if (status == OIM_OK) {
            status = setting_from_wire(setting_info(id), wire, &value, &call->core->error);
        }
        if (status != OIM_OK) {
            return status;
        }
        audit_setting(&call->before, setting_info(id), &io_policy->settings[id]);
        audit_setting(&call->after, setting_info(id), &value);
        io_policy->settings[id] = value;
    }
    return OIM_OK;
}

/* ---- get ----------------------------------------------------------------------------------------------- */

/* '*' any letters, '?' one; without case. */
static bool wildcard_matches(const char *pattern, const char *text)
{
    const char *star = NULL;
    const char *mark = NULL;
    while (*text != '\0') {
        char letter[2] = {*text, '\0'};
        char wanted[2] = {*pattern, '\0'};
        if (*pattern == '*') {
            star = ++pattern;
            mark = text;
        } else if (*pattern == '?' || (*pattern != '\0' && name_equal(letter, wanted))) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star;
            text = ++mark;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

enum oim_status admin_policy_get(struct admin_call *call)
{
    const struct admin_op *op = call->op;
    const struct policies *policies = &call->core->policies;
    if (op->identity[0] != '\0') {
        struct policy_entry *entry = NULL;
        enum oim_status status = admin_find_policy(call, op->identity, &entry);
        if (status == OIM_OK) {
            policy_row(call, &entry->policy);
        }
        return status;
    }
    bool reached = op->after[0] == '\0';
    for (size_t i = 0; i < policies->entry_count_max; i++) {
        const struct policy_entry *entry = &policies->entries[i];
        char identity[IDENTITY_TEXT_SIZE];
        if (!entry->in_use) {
            continue;
        }
        policy_identity_format(&entry->policy.identity, identity, sizeof(identity));
        if (reached && (op->filter[0] == '\0' || wildcard_matches(op->filter, identity))) {
            policy_row(call, &entry->policy);
            if (call->out.full) {
                return OIM_OK;
            }
            call->out.next = oim_arena_strdup(&call->core->frame_arena, oim_slice_text(identity));
        }
        reached = reached || name_equal(op->after, identity);
    }
    call->out.next = ""; /* that was the last page */
    return OIM_OK;
}

/* ---- new, set, remove ---------------------------------------------------------------------------------- */

enum oim_status admin_policy_new(struct admin_call *call)
{
    struct core *core = call->core;
    const struct admin_op *op = call->op;
    struct policy_identity identity;
    struct policy policy;
    enum oim_status status = policy_identity_parse(op->identity, &identity, &core->error);
    if (status != OIM_OK) {
        return status;
    }
    if (policies_find(&core->policies, &identity) != NULL) {
        return oim_fail(&core->error, OIM_ERR_CONFLICT,
                        identity.scope == POLICY_GLOBAL ? "Global is always there; change it instead"
                                                        : "there is a policy of this name already");
    }
    if (policies_room(&core->policies) == 0) {
        return oim_fail(&core->error, OIM_ERR_LIMIT, "there is room for %zu policies",
                        core->policies.entry_count_max);
    }
    policy_init(&policy, &identity);
    audit_identity(call, &identity, false, true);
    if (op->from[0] != '\0') {
        struct policy_entry *from = NULL;
        status = admin_find_policy(call, op->from, &from);
        if (status != OIM_OK) {
            return status;
        }
        memcpy(policy.settings, from->policy.settings, sizeof(policy.settings));
    }
    status = apply_settings(call, &policy);
    if (status == OIM_OK) {
        const struct oim_id key = policies_identity_key(&identity);
        status = admin_write_policy(call, &policy, &key, 0);
    }
    if (status != OIM_OK) {
        return status;
    }
    memset(&call->before, 0, sizeof(call->before)); /* there was nothing */
    if (op->from[0] != '\0') {                      /* what was copied, too */
        memset(&call->after, 0, sizeof(call->after));
        audit_identity(call, &identity, false, true);
        audit_text_add(&call->after, " from=%.64s", op->from);
        admin_audit_settings(&call->after, &policy);
    }
    admin_concerns_policy(call, &identity);
    admin_advise(call, &policy);
    policy_row(call, &policy);
    return OIM_OK;
}

enum oim_status admin_policy_set(struct admin_call *call)
{
    struct policy_entry *entry = NULL;
    enum oim_status status = admin_find_policy(call, call->op->identity, &entry);
    if (status != OIM_OK) {
        return status;
    }
    if (call->op->setting_count == 0) {
        return oim_fail(&call->core->error, OIM_ERR_USAGE, "there is nothing to change: name a setting");
    }
    struct policy policy = entry->policy;
    audit_identity(call, &policy.identity, true, true);
    status = apply_settings(call, &policy);
    if (status == OIM_OK) {
        status = admin_write_policy(call, &policy, &entry->key, entry->version);
    }
    if (status != OIM_OK) {
        return status;
    }
    admin_concerns_policy(call, &policy.identity);
    admin_advise(call, &policy);
    policy_row(call, &policy);
    return OIM_OK;
}

/* Whose own grant, or whose team's grant, names this policy. Rows of them; returns how many. */
static size_t users_of(struct admin_call *call, const char *identity)
{
    struct core *core = call->core;
    size_t count = 0;
    for (uint32_t uid = 1; uid <= core->registry.uid_last; uid++) {
        const struct account *person = registry_person(&core->registry, uid);
        if (person != NULL && name_equal(person->grant, identity)) {
            count++;
            if (admin_row(call, 2)) {
                admin_text(call, "identity", identity);
                admin_text(call, "used", person->login);
            }
        }
    }
    for (size_t i = 0; i < core->policies.team_grant_count_max; i++) {
        const struct team_grant *grant = &core->policies.team_grants[i];
        if (grant->in_use && name_equal(grant->identity, identity)) {
            count++;
            if (admin_row(call, 2)) {
                char team[TEAM_SIZE_MAX + 2] = "@";
                memcpy(team + 1, grant->team, strlen(grant->team) + 1);
                admin_text(call, "identity", identity);
                admin_text(call, "used", team);
            }
        }
    }
    return count;
}

/* Nobody may come back under a later policy of the same name: the grants go with it. */
static void drop_grants(struct admin_call *call, const char *identity)
{
    struct core *core = call->core;
    for (uint32_t uid = 1; uid <= core->registry.uid_last; uid++) {
        const struct account *person = registry_person(&core->registry, uid);
        if (person != NULL && name_equal(person->grant, identity)) {
            struct account updated = *person;
            updated.grant[0] = '\0';
            audit_text_add(&call->before, " %s=%s", person->login, identity);
            admin_put_person(call, &updated);
        }
    }
    for (size_t i = 0; i < core->policies.team_grant_count_max; i++) {
        const struct team_grant *grant = &core->policies.team_grants[i];
        if (grant->in_use && name_equal(grant->identity, identity)) {
            audit_text_add(&call->before, " @%s=%s", grant->team, identity);
            admin_write_team_grant(call, grant->team, "");
        }
    }
}

enum oim_status admin_policy_remove(struct admin_call *call)
{
    struct policy_entry *entry = NULL;
    enum oim_status status = admin_find_policy(call, call->op->identity, &entry);
    if (status != OIM_OK) {
        return status;
    }
    char identity[IDENTITY_TEXT_SIZE];
    bool global = entry->policy.identity.scope == POLICY_GLOBAL;
    policy_identity_format(&entry->policy.identity, identity, sizeof(identity));
    size_t used = global ? 0 : users_of(call, identity);
    if (used > 0 && !call->op->force) {
        return oim_fail(&call->core->error, OIM_ERR_CONFLICT,
                        "%s is in use; give these another policy first, or force it", identity);
    }
    audit_identity(call, &entry->policy.identity, true, global);
    admin_audit_settings(&call->before, &entry->policy);
    suppose_policy_gone(call, &entry->policy.identity);
    if (entry->version != 0) {
        admin_delete(call, RECORDS_POLICY, oim_slice(entry->key.bytes, OIM_ID_SIZE), entry->version);
    }
    drop_grants(call, identity);
    if (call->changes) {
        change_raise_policy_version(call->core);
    }
    admin_concerns_everybody(call);
    if (global) {
        admin_note(call, "reset", "%s", identity);
    }
    if (used == 0 && admin_row(call, 2)) {
        admin_text(call, "identity", identity);
        admin_text(call, "used", "");
    }
    return OIM_OK;
}

/* ---- the organisation ---------------------------------------------------------------------------------- */

static void org_row(struct admin_call *call, const struct org_config *org)
{
    char text[SETTING_TEXT_SIZE_MAX];
    if (!admin_row(call, 1 + ORG_SETTING_COUNT)) {
        return;
    }
    admin_text(call, "identity", "Global");
    for (unsigned i = 0; i < ORG_SETTING_COUNT; i++) {
        const struct setting_info *info = org_setting_info((enum org_setting_id)i);
        setting_format(info, org_config_value(org, (enum org_setting_id)i), text, sizeof(text));
        admin_text(call, info->name, text);
    }
}

enum oim_status admin_write_org(struct admin_call *call, const struct org_config *org)
{
    struct core *core = call->core;
    suppose_org(call, org);
    oim_buf_clear(&core->encode);
    enum oim_status status = org_config_encode(org, &core->encode);
    if (status != OIM_OK) {
        return status;
    }
    admin_put(call, RECORDS_CONFIG, OIM_SLICE_LITERAL("im"), oim_buf_slice(&core->encode),
              core->policies.org_version);
    if (call->changes) {
        change_raise_policy_version(core);
    }
    admin_concerns_everybody(call);
    return OIM_OK;
}

enum oim_status admin_im_config(struct admin_call *call)
{
    struct core *core = call->core;
    struct org_config org = core->policies.org;
    if (!call->op->set) {
        org_row(call, &org);
        return OIM_OK;
    }
    for (size_t i = 0; i < call->op->setting_count; i++) {
        const struct wire_setting *wire = &call->op->settings[i];
        struct setting_value_s value;
        enum org_setting_id id;
        enum oim_status status = org_setting_find(wire->name, &id, &core->error);
        if (status == OIM_OK) {
            status = setting_from_wire(org_setting_info(id), wire, &value, &core->error);
        }
        if (status != OIM_OK) {
            return status;
        }
        audit_setting(&call->before, org_setting_info(id), &org.settings[id]);
        audit_setting(&call->after, org_setting_info(id), &value);
        org.settings[id] = value;
    }
    if (call->op->setting_count == 0) {
        return oim_fail(&core->error, OIM_ERR_USAGE, "there is nothing to change: name a setting");
    }
    enum oim_status status = admin_write_org(call, &org);
    if (status == OIM_OK) {
        org_row(call, &org);
    }
    return status;
}
