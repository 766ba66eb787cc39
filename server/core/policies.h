/*
 * policies.h - the named policies, who was granted which, and what is in force for each person.
 *
 * effective is looked up when a message needs it and kept with the person until `age` moves on, so that a message
 * costs one comparison and a change of policy costs nothing per person.
 */
#ifndef OIM_SERVER_CORE_POLICIES_H
#define OIM_SERVER_CORE_POLICIES_H

#include "common/arena.h"
#include "server/core/registry.h"

/* One policy object, with what follows from it by each way it can come to govern somebody. */
struct policy_entry {
    uint64_t version; /* of the record; Global may be here without one: 0 */
    bool in_use;
    struct oim_id key; /* of the record */
    struct policy policy;
    struct effective effective[4]; /* [enum policy_via]; policy points to the above */
};

struct team_grant {
    uint64_t version;
    bool in_use;
    struct oim_id key;
    char team[TEAM_SIZE_MAX + 1];
    char identity[IDENTITY_TEXT_SIZE];
};

struct policies {
    struct policy_entry *entries; /* [0] is Global, always there */
    uint64_t *entry_hashes;       /* [i] of the identity of entries[i]: a search touches no other entry */
    size_t entry_count_max;              /* those in use may have holes between them */
    struct team_grant *team_grants;
    uint64_t *team_hashes; /* [i] of the team of team_grants[i], as the site it is */
    size_t team_grant_count_max;
    struct org_config org;
    uint64_t org_version; /* of its record */
    uint32_t age;         /* moves on whenever anything here or a team or grant of a person changes */
    uint64_t policy_version; /* the store's, goes with every append */
};

OIM_MUST_CHECK enum oim_status policies_init(struct policies *policies, const struct core_limits *limits,
                                             struct oim_error *err);
void policies_finish(struct policies *policies);
void policies_clear(struct policies *policies);

/** How many more policies, and grants to teams, there is room for. */
size_t policies_room(const struct policies *policies);
size_t policies_team_room(const struct policies *policies);
/** NULL when there is none of that name. */
struct policy_entry *policies_find(const struct policies *policies, const struct policy_identity *identity);
struct team_grant *policies_team_grant(const struct policies *policies, const char *team);
/** What is in force for a person; valid until the next step. Never NULL. */
const struct effective *policies_effective(struct policies *policies, struct account *person);
/** The objects to choose from for a person, for explaining and for changes that are only being considered. */
void policies_choice(const struct policies *policies, const struct account *person, struct policy_choice *out);

/** Taking over committed records (registry_apply sends them here). */
OIM_MUST_CHECK enum oim_status policies_apply_policy(struct policies *policies, const struct oim_id *key,
                                                     struct oim_slice value, uint64_t version,
                                                     struct oim_error *err);
OIM_MUST_CHECK enum oim_status policies_apply_team(struct policies *policies, const struct oim_id *key,
                                                   struct oim_slice value, uint64_t version,
                                                   struct oim_error *err);
OIM_MUST_CHECK enum oim_status policies_apply_config(struct policies *policies, struct oim_slice value,
                                                     uint64_t version, struct oim_error *err);

/* Keys of records: a hash of the name as it was first written (names are compared without case here). */
struct oim_id policies_identity_key(const struct policy_identity *identity);
struct oim_id policies_team_key(const char *team);
/* The value of a RECORDS_TEAM record. out holds RECORD_SIZE_MAX bytes; returns the size. */
size_t policies_team_encode(const char *team, const char *identity, uint8_t *out);

/** The Policy frame of one person: their effective policy. Arrays live in arena. Errors: OIM_ERR_LIMIT. */
OIM_MUST_CHECK enum oim_status policies_frame(struct policies *policies, struct account *person,
                                              struct oim_arena *arena, struct frame_policy *out);

#endif
