/*
 * admin_what_if.c - whom a change that is only being considered would alter, and how.
 *
 * The change's own handler runs as in a dry run and tells each record it would write (suppose_*). What is in
 * force for a person is then resolved twice, from what is and from what would be, and the differences are the
 * rows: nothing here knows what kind of change it is.
 */
#include <string.h>

#include "server/core/admin.h"

struct supposed_person {
    char team[TEAM_SIZE_MAX + 1];
    char grant[IDENTITY_TEXT_SIZE];
};

struct supposed_team {
    const struct supposed_team *next;
    char team[TEAM_SIZE_MAX + 1];
    char grant[IDENTITY_TEXT_SIZE];
};

struct supposed_policy {
    const struct supposed_policy *next;
    bool gone;
    struct policy policy;
};

/* All of it in the frame's arena; the last one supposed of a name counts. */
struct supposed {
    const struct supposed_person **people; /* [uid]; NULL: as they are */
    const struct supposed_team *teams;
    const struct supposed_policy *policies;
    struct org_config org;
    bool general; /* not only some people's own grants or teams are other */
};

bool suppose_begin(struct admin_call *call)
{
    struct oim_arena *arena = &call->core->frame_arena;
    size_t uid_limit = (size_t)call->core->registry.uid_last + 1;
    struct supposed *supposed = oim_arena_zalloc(arena, 1, sizeof(*supposed));
    if (supposed == NULL) {
        return false;
    }
    supposed->people = oim_arena_zalloc(arena, uid_limit, sizeof(*supposed->people));
    supposed->org = call->core->policies.org;
    call->supposed = supposed;
    return supposed->people != NULL;
}

/* Memory for what is supposed; NULL: nothing is, or there is none left, and then the request is refused. */
static void *suppose(struct admin_call *call, size_t size)
{
    if (call->supposed == NULL) {
        return NULL;
    }
    void *memory = oim_arena_zalloc(&call->core->frame_arena, 1, size);
    call->overflow = call->overflow || memory == NULL;
    return memory;
}

void suppose_person(struct admin_call *call, const struct account *updated)
{
    bool is_new = updated->uid > call->core->registry.uid_last; /* nothing is in force for them yet */
    struct supposed_person *person = is_new ? NULL : suppose(call, sizeof(*person));
    if (person != NULL) {
        memcpy(person->team, updated->team, sizeof(person->team));
        memcpy(person->grant, updated->grant, sizeof(person->grant));
        call->supposed->people[updated->uid] = person;
    }
}

void suppose_team_grant(struct admin_call *call, const char *team, const char *identity)
{
    struct supposed_team *grant = suppose(call, sizeof(*grant));
    if (grant != NULL) {
        memcpy(grant->team, team, strlen(team) + 1);
        memcpy(grant->grant, identity, strlen(identity) + 1);
        grant->next = call->supposed->teams;
        call->supposed->teams = grant;
        call->supposed->general = true;
    }
}

static void policy_add(struct admin_call *call, const struct policy *policy, bool gone)
{
    struct supposed_policy *added = suppose(call, sizeof(*added));
    if (added != NULL) {
        added->policy = *policy;
        added->gone = gone;
        added->next = call->supposed->policies;
        call->supposed->policies = added;
        call->supposed->general = true;
    }
}

void suppose_policy(struct admin_call *call, const struct policy *policy)
{
    policy_add(call, policy, false);
}

void suppose_policy_gone(struct admin_call *call, const struct policy_identity *identity)
{
    struct policy nothing_set;
    policy_init(&nothing_set, identity);
    policy_add(call, &nothing_set, identity->scope != POLICY_GLOBAL); /* Global stays, with the defaults */
}

void suppose_org(struct admin_call *call, const struct org_config *org)
{
    if (call->supposed != NULL) {
        call->supposed->org = *org;
        call->supposed->general = true;
    }
}

/* The policy of this name as it would be; NULL: there would be none. */
static const struct policy *policy_as_supposed(const struct admin_call *call, const char *name)
{
    struct policy_identity identity;
    if (name[0] == '\0' || policy_identity_parse(name, &identity, NULL) != OIM_OK) {
        return NULL;
    }
    for (const struct supposed_policy *at = call->supposed->policies; at != NULL; at = at->next) {
        if (policy_identity_equal(&at->policy.identity, &identity)) {
            return at->gone ? NULL : &at->policy;
        }
    }
    const struct policy_entry *entry = policies_find(&call->core->policies, &identity);
    return entry == NULL ? NULL : &entry->policy;
}

static const char *team_grant_as_supposed(const struct admin_call *call, const char *team)
{
    for (const struct supposed_team *at = call->supposed->teams; at != NULL; at = at->next) {
        if (admin_same_team(at->team, team)) {
            return at->grant;
        }
    }
    const struct team_grant *grant = policies_team_grant(&call->core->policies, team);
    return grant == NULL ? "" : grant->identity;
}

static void resolve_as_supposed(const struct admin_call *call, const struct account *person,
                                struct effective *out)
{
    const struct supposed_person *changed = call->supposed->people[person->uid];
    const char *team = changed == NULL ? person->team : changed->team;
    const char *grant = changed == NULL ? person->grant : changed->grant;
    char site[TEAM_SIZE_MAX + sizeof("site:")] = "";
    if (team[0] != '\0') {
        memcpy(site, "site:", 5);
        memcpy(site + 5, team, strlen(team) + 1);
    }
    const struct policy_choice choice = {
        .own = policy_as_supposed(call, grant),
        .team = team[0] == '\0' ? NULL : policy_as_supposed(call, team_grant_as_supposed(call, team)),
        .site = policy_as_supposed(call, site),
        .global = policy_as_supposed(call, "Global"),
    };
    resolve_effective(&choice, &call->supposed->org, out);
}

static bool difference_row(struct admin_call *call, const struct account *person,
                           const struct effective *after, const char *setting, const char *was,
                           const char *would_be)
{
    static const char *const vias[] = {"own", "team", "site", "global"};
    if (strcmp(was, would_be) == 0) {
        return true;
    }
    if (!admin_row(call, 7)) {
        return false;
    }
    admin_text(call, "login", person->login);
    admin_text(call, "display", person->display);
    admin_text(call, "setting", setting);
    admin_text(call, "before", was);
    admin_text(call, "after", would_be);
    admin_identity(call, "policy", &after->policy->identity);
    admin_text(call, "via", vias[after->via]);
    return !call->out.full;
}

/* False: the page is full. */
static bool person_rows(struct admin_call *call, struct account *person)
{
    const struct effective *before = policies_effective(&call->core->policies, person);
    struct effective after;
    resolve_as_supposed(call, person, &after);
    bool fits = difference_row(call, person, &after, "offline", before->may_leave ? "on" : "off",
                               after.may_leave ? "on" : "off");
    for (unsigned i = 0; i < SETTING_COUNT && fits; i++) {
        const struct setting_info *info = setting_info((enum setting_id)i);
        if (i == SETTING_DESCRIPTION) {
            continue; /* a remark about the policy, nothing for its people */
        }
        char was[SETTING_TEXT_SIZE_MAX];
        char would_be[SETTING_TEXT_SIZE_MAX];
        char origin[IDENTITY_TEXT_SIZE];
        setting_format(info, effective_value(before, (enum setting_id)i, origin, sizeof(origin)), was,
                       sizeof(was));
        setting_format(info, effective_value(&after, (enum setting_id)i, origin, sizeof(origin)), would_be,
                       sizeof(would_be));
        fits = difference_row(call, person, &after, info->name, was, would_be);
    }
    return fits;
}

void suppose_rows(struct admin_call *call)
{
    struct admin_out *out = &call->out;
    struct registry *registry = &call->core->registry;
    const struct account *last = registry_person_by_login(registry, call->op->after);
    out->row_count = 0;
    out->field_count = 0;
    out->size = 0;
    out->full = false;
    out->next = "";
    if (last != NULL) {
        out->note_count = 0; /* said on the first page */
    }
    for (uint32_t uid = last == NULL ? 1 : last->uid + 1; uid <= registry->uid_last; uid++) {
        struct account *person = registry_person(registry, uid);
        size_t row_count = out->row_count;
        if (person == NULL || person->closed) {
            continue;
        }
        if (!person_rows(call, person)) {
            out->row_count = row_count; /* whole people only; the rest is the next page's */
            return;
        }
        out->next = person->login;
    }
    out->next = "";
}

void suppose_notes(struct admin_call *call)
{
    struct registry *registry = &call->core->registry;
    size_t stopped_count = 0;
    size_t allowed_count = 0;
    for (uint32_t uid = 1; uid <= registry->uid_last; uid++) {
        struct account *person = registry_person(registry, uid);
        bool touched = call->supposed->general || call->supposed->people[uid] != NULL;
        if (person == NULL || person->closed || !touched) {
            continue;
        }
        bool before = policies_effective(&call->core->policies, person)->may_leave;
        struct effective after;
        resolve_as_supposed(call, person, &after);
        stopped_count += before && !after.may_leave;
        allowed_count += !before && after.may_leave;
    }
    if (stopped_count > 0) {
        admin_note(call, "may_not_leave", "%zu", stopped_count);
    }
    if (allowed_count > 0) {
        admin_note(call, "may_leave", "%zu", allowed_count);
    }
}
