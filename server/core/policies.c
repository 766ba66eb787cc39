/*
 * policies.c - see policies.h.
 */
#include "server/core/policies.h"

#include <assert.h>
#include <string.h>

#include "common/memory.h"
#include "server/core/core.h"

#define TEAM_GRANT_COUNT_MAX 1024u

static void set_global_default(struct policies *policies)
{
    struct policy_entry *global = &policies->entries[0];
    const struct policy_identity identity = {.scope = POLICY_GLOBAL};
    memset(global, 0, sizeof(*global));
    global->in_use = true;
    global->key = policies_identity_key(&identity);
    policies->entry_hashes[0] = policy_identity_hash(&identity);
    policy_init(&global->policy, &identity);
}

/* What each object comes to, by each way: once per change instead of once per person. */
static void resolve_all(struct policies *policies)
{
    for (size_t i = 0; i < policies->entry_count_max; i++) {
        struct policy_entry *entry = &policies->entries[i];
        if (!entry->in_use) {
            continue;
        }
        const struct policy *global = &policies->entries[0].policy;
        const struct policy_choice choices[] = {
            [POLICY_VIA_OWN] = {.own = &entry->policy, .global = global},
            [POLICY_VIA_TEAM] = {.team = &entry->policy, .global = global},
            [POLICY_VIA_SITE] = {.site = &entry->policy, .global = global},
            [POLICY_VIA_GLOBAL] = {.global = &entry->policy},
        };
        for (size_t via = 0; via < OIM_COUNT(choices); via++) {
            resolve_effective(&choices[via], &policies->org, &entry->effective[via]);
        }
    }
    policies->age++;
}

enum oim_status policies_init(struct policies *policies, const struct core_limits *limits,
                              struct oim_error *err)
{
    memset(policies, 0, sizeof(*policies));
    policies->entry_count_max = limits->policy_count_max;
    policies->team_grant_count_max = TEAM_GRANT_COUNT_MAX;
    policies->entries = oim_mem_take(policies->entry_count_max, sizeof(*policies->entries));
    policies->entry_hashes = oim_mem_take(policies->entry_count_max, sizeof(*policies->entry_hashes));
    policies->team_grants = oim_mem_take(policies->team_grant_count_max, sizeof(*policies->team_grants));
    policies->team_hashes = oim_mem_take(policies->team_grant_count_max, sizeof(*policies->team_hashes));
    if (policies->entry_count_max == 0 || policies->entries == NULL || policies->entry_hashes == NULL ||
        policies->team_grants == NULL || policies->team_hashes == NULL) {
        policies_finish(policies);
        return oim_fail(err, OIM_ERR_LIMIT, "policy_count_max: no memory for this many");
    }
    set_global_default(policies);
    resolve_all(policies);
    return OIM_OK;
}

void policies_finish(struct policies *policies)
{
    oim_mem_give(policies->entries);
    oim_mem_give(policies->entry_hashes);
    oim_mem_give(policies->team_grants);
    oim_mem_give(policies->team_hashes);
    memset(policies, 0, sizeof(*policies));
}

void policies_clear(struct policies *policies)
{
    memset(policies->entries, 0, policies->entry_count_max * sizeof(*policies->entries));
    memset(policies->team_grants, 0, policies->team_grant_count_max * sizeof(*policies->team_grants));
    memset(&policies->org, 0, sizeof(policies->org));
    policies->org_version = 0;
    set_global_default(policies);
    resolve_all(policies);
}

struct policy_entry *policies_find(const struct policies *policies, const struct policy_identity *identity)
{
    uint64_t hash = policy_identity_hash(identity);
    for (size_t i = 0; i < policies->entry_count_max; i++) {
        if (policies->entry_hashes[i] != hash) {
            continue;
        }
        struct policy_entry *entry = &policies->entries[i];
        if (entry->in_use && policy_identity_equal(&entry->policy.identity, identity)) {
            return entry;
        }
    }
    return NULL;
}

/* Teams are compared as the sites they are. False: the text cannot be a team. */
static bool site_of(const char *team, struct policy_identity *out)
{
    *out = (struct policy_identity){.scope = POLICY_SITE};
    size_t size = strlen(team);
    if (size == 0 || size >= sizeof(out->name)) {
        return false;
    }
    memcpy(out->name, team, size + 1);
    return true;
}

struct team_grant *policies_team_grant(const struct policies *policies, const char *team)
{
    struct policy_identity site;
    struct policy_identity other;
    if (!site_of(team, &site)) {
        return NULL;
    }
    uint64_t hash = policy_identity_hash(&site);
    for (size_t i = 0; i < policies->team_grant_count_max; i++) {
        if (policies->team_hashes[i] != hash) {
            continue;
        }
        struct team_grant *grant = &policies->team_grants[i];
        if (grant->in_use && site_of(grant->team, &other) && policy_identity_equal(&site, &other)) {
            return grant;
        }
    }
    return NULL;
}

static struct policy_entry *entry_named(const struct policies *policies, const char *text)
{
    struct policy_identity identity;
    if (text[0] == '\0' || policy_identity_parse(text, &identity, NULL) != OIM_OK) {
        return NULL;
    }
    return policies_find(policies, &identity);
}

/* The entry that governs and the way it does. A grant of a policy that is gone counts as none. */
static struct policy_entry *govern(const struct policies *policies, const struct account *person,
                                   struct policy_choice *out_choice, enum policy_via *out_via)
{
    struct policy_identity site;
    struct team_grant *grant = policies_team_grant(policies, person->team);
    struct policy_entry *candidates[] = {
        [POLICY_VIA_OWN] = entry_named(policies, person->grant),
        [POLICY_VIA_TEAM] = grant == NULL ? NULL : entry_named(policies, grant->identity),
        [POLICY_VIA_SITE] = site_of(person->team, &site) ? policies_find(policies, &site) : NULL,
        [POLICY_VIA_GLOBAL] = &policies->entries[0],
    };
    *out_choice = (struct policy_choice){
        .own = candidates[POLICY_VIA_OWN] == NULL ? NULL : &candidates[POLICY_VIA_OWN]->policy,
        .team = candidates[POLICY_VIA_TEAM] == NULL ? NULL : &candidates[POLICY_VIA_TEAM]->policy,
        .site = candidates[POLICY_VIA_SITE] == NULL ? NULL : &candidates[POLICY_VIA_SITE]->policy,
        .global = &policies->entries[0].policy,
    };
    unsigned via = POLICY_VIA_OWN;
    while (candidates[via] == NULL) {
        via++;
    }
    *out_via = (enum policy_via)via;
    return candidates[via];
}

void policies_choice(const struct policies *policies, const struct account *person, struct policy_choice *out)
{
    enum policy_via via;
    (void)govern(policies, person, out, &via);
}

const struct effective *policies_effective(struct policies *policies, struct account *person)
{
    if (person->effective == NULL || person->effective_age != policies->age) {
        struct policy_choice choice;
        enum policy_via via;
        struct policy_entry *entry = govern(policies, person, &choice, &via);
        person->effective = &entry->effective[via];
        person->effective_age = policies->age;
    }
    return person->effective;
}

static struct policy_entry *entry_by_key(const struct policies *policies, const struct oim_id *key, bool make)
{
    struct policy_entry *hole = NULL;
    for (size_t i = 0; i < policies->entry_count_max; i++) {
        struct policy_entry *entry = &policies->entries[i];
        if (entry->in_use && oim_id_equal(&entry->key, key)) {
            return entry;
        }
        if (!entry->in_use && hole == NULL) {
            hole = entry;
        }
    }
    return make ? hole : NULL;
}

size_t policies_room(const struct policies *policies)
{
    size_t count = 0;
    for (size_t i = 0; i < policies->entry_count_max; i++) {
        count += !policies->entries[i].in_use;
    }
    return count;
}

size_t policies_team_room(const struct policies *policies)
{
    size_t count = 0;
    for (size_t i = 0; i < policies->team_grant_count_max; i++) {
        count += !policies->team_grants[i].in_use;
    }
    return count;
}

enum oim_status policies_apply_policy(struct policies *policies, const struct oim_id *key,
                                      struct oim_slice value, uint64_t version, struct oim_error *err)
{
    struct policy_entry *entry = entry_by_key(policies, key, value.data != NULL);
    if (value.data == NULL) {
        if (entry == &policies->entries[0]) {
            set_global_default(policies);
        } else if (entry != NULL) {
            memset(entry, 0, sizeof(*entry));
        }
        resolve_all(policies);
        return OIM_OK;
    }
    if (entry == NULL) {
        return oim_fail(err, OIM_ERR_LIMIT, "there is room for %zu policies", policies->entry_count_max);
    }
    struct policy policy;
    enum oim_status status = policy_decode(value, &policy, err);
    if (status != OIM_OK) {
        return status;
    }
    entry->in_use = true;
    entry->key = *key;
    entry->version = version;
    entry->policy = policy;
    policies->entry_hashes[entry - policies->entries] = policy_identity_hash(&policy.identity);
    resolve_all(policies);
    return OIM_OK;
}

size_t policies_team_encode(const char *team, const char *identity, uint8_t *out)
{
    size_t team_size = strlen(team);
    size_t identity_size = strlen(identity);
    assert(team_size <= TEAM_SIZE_MAX && identity_size < IDENTITY_TEXT_SIZE);
    out[0] = (uint8_t)team_size;
    memcpy(out + 1, team, team_size);
    memcpy(out + 1 + team_size, identity, identity_size);
    return 1 + team_size + identity_size;
}

static bool team_decode(struct oim_slice value, struct team_grant *out)
{
    if (value.size < 1 || value.data[0] > TEAM_SIZE_MAX || value.size < 1u + value.data[0]) {
        return false;
    }
    size_t team_size = value.data[0];
    size_t identity_size = value.size - 1 - team_size;
    if (identity_size >= sizeof(out->identity)) {
        return false;
    }
    memcpy(out->team, value.data + 1, team_size);
    out->team[team_size] = '\0';
    memcpy(out->identity, value.data + 1 + team_size, identity_size);
    out->identity[identity_size] = '\0';
    return true;
}

enum oim_status policies_apply_team(struct policies *policies, const struct oim_id *key,
                                    struct oim_slice value, uint64_t version, struct oim_error *err)
{
    struct team_grant *grant = NULL;
    struct team_grant *hole = NULL;
    for (size_t i = 0; i < policies->team_grant_count_max && grant == NULL; i++) {
        struct team_grant *at = &policies->team_grants[i];
        if (at->in_use && oim_id_equal(&at->key, key)) {
            grant = at;
        } else if (!at->in_use && hole == NULL) {
            hole = at;
        }
    }
    policies->age++;
    if (value.data == NULL) {
        if (grant != NULL) {
            memset(grant, 0, sizeof(*grant));
        }
        return OIM_OK;
    }
    if (grant == NULL) {
        grant = hole;
    }
    if (grant == NULL) {
        return oim_fail(err, OIM_ERR_LIMIT, "there is room for %zu grants to teams",
                        policies->team_grant_count_max);
    }
    struct team_grant decoded = {.version = version, .in_use = true, .key = *key};
    if (!team_decode(value, &decoded)) {
        return oim_fail(err, OIM_ERR_STORAGE, "the record of a grant to a team is damaged");
    }
    *grant = decoded;
    struct policy_identity site;
    policies->team_hashes[grant - policies->team_grants] =
        site_of(grant->team, &site) ? policy_identity_hash(&site) : 0;
    return OIM_OK;
}

enum oim_status policies_apply_config(struct policies *policies, struct oim_slice value, uint64_t version,
                                      struct oim_error *err)
{
    struct org_config org;
    memset(&org, 0, sizeof(org));
    if (value.data != NULL) {
        enum oim_status status = org_config_decode(value, &org, err);
        if (status != OIM_OK) {
            return status;
        }
    }
    policies->org = org;
    policies->org_version = version;
    resolve_all(policies);
    return OIM_OK;
}

struct oim_id policies_identity_key(const struct policy_identity *identity)
{
    char text[IDENTITY_TEXT_SIZE];
    policy_identity_format(identity, text, sizeof(text));
    struct oim_slice part = oim_slice_text(text);
    struct oim_id key;
    crypto_hash128("OIM-policy-key-v1", &part, 1, &key);
    return key;
}

struct oim_id policies_team_key(const char *team)
{
    struct oim_slice part = oim_slice_text(team);
    struct oim_id key;
    crypto_hash128("OIM-team-key-v1", &part, 1, &key);
    return key;
}

enum oim_status policies_frame(struct policies *policies, struct account *person, struct oim_arena *arena,
                               struct frame_policy *out)
{
    static const char *const vias[] = {[POLICY_VIA_OWN] = "own",
                                       [POLICY_VIA_TEAM] = "team",
                                       [POLICY_VIA_SITE] = "site",
                                       [POLICY_VIA_GLOBAL] = "global"};
    const struct effective *effective = policies_effective(policies, person);
    size_t count = SETTING_COUNT + ORG_SETTING_COUNT;
    struct wire_setting *settings = oim_arena_zalloc(arena, count, sizeof(*settings));
    char *name = oim_arena_zalloc(arena, 1, IDENTITY_TEXT_SIZE);
    if (settings == NULL || name == NULL) {
        return OIM_ERR_LIMIT;
    }
    policy_identity_format(&effective->policy->identity, name, IDENTITY_TEXT_SIZE);
    for (unsigned i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        setting_to_wire(setting_info(id), effective_setting(effective, id), &settings[i]);
        settings[i].origin = effective->policy->settings[id].set ? name : "default";
    }
    for (unsigned i = 0; i < ORG_SETTING_COUNT; i++) {
        struct wire_setting *setting = &settings[SETTING_COUNT + i];
        setting_to_wire(org_setting_info((enum org_setting_id)i),
                        org_config_value(&policies->org, (enum org_setting_id)i), setting);
        setting->origin = "organisation"; /* unset too: a policy may have a setting of that name */
    }
    *out = (struct frame_policy){
        .policy_version = policies->policy_version,
        .settings = settings,
        .setting_count = count,
        .name = name,
        .via = vias[effective->via],
        .may_leave = effective->may_leave,
        .rule = effective_rule(effective),
    };
    return OIM_OK;
}
