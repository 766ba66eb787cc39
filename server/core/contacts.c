/*
 * contacts.c - who has whom as a contact: those added, and those from the start.
 *
 * StartContacts spares newcomers an empty list: everybody among the first hundred people of the organisation
 * has each other, or everybody of a team. Whoever has a limit (MaximumNumberOfContacts) chooses for
 * themselves, and a contact that was removed stays removed.
 */
#include "server/core/core_internal.h"

#define START_PEOPLE_MAX 100u

enum { START_EVERYONE, START_TEAM, START_NONE }; /* as the setting's choices */

static bool same_team(const struct account *a, const struct account *b)
{
    struct policy_identity site_a = {.scope = POLICY_SITE};
    struct policy_identity site_b = {.scope = POLICY_SITE};
    _Static_assert(TEAM_SIZE_MAX < POLICY_NAME_SIZE_MAX, "a team is the name of a policy");
    memcpy(site_a.name, a->team, sizeof(a->team));
    memcpy(site_b.name, b->team, sizeof(b->team));
    return a->team[0] != '\0' && policy_identity_equal(&site_a, &site_b);
}

static uint64_t start_choice(const struct core *core)
{
    return org_config_value(&core->policies.org, ORG_START_CONTACTS)->uint;
}

/* From the start, when nothing was said about it. */
static bool starts_with(struct core *core, struct account *owner, const struct account *peer)
{
    uint64_t choice = start_choice(core);
    if (owner == peer || choice == START_NONE || registry_is_erased(owner) || registry_is_erased(peer) ||
        policies_effective(&core->policies, owner)->contacts_max != UINT64_MAX) {
        return false;
    }
    return choice == START_TEAM ? same_team(owner, peer)
                                : owner->uid <= START_PEOPLE_MAX && peer->uid <= START_PEOPLE_MAX;
}

bool contacts_has(struct core *core, struct account *owner, struct account *peer)
{
    const struct contact *contact = registry_contact(&core->registry, owner->uid, peer->uid);
    return contact == NULL ? starts_with(core, owner, peer) : (contact->flags & CONTACT_HAS) != 0;
}

/* The last uid that can be a contact from the start of person, or have person so; 0: none. */
static uint32_t start_uid_last(const struct core *core, const struct account *person)
{
    uint32_t last = core->registry.uid_last;
    switch (start_choice(core)) {
    case START_EVERYONE:
        return person->uid > START_PEOPLE_MAX ? 0 : last < START_PEOPLE_MAX ? last : START_PEOPLE_MAX;
    case START_TEAM:
        return person->team[0] == '\0' ? 0 : last;
    default:
        return 0;
    }
}

void contacts_each(struct core *core, struct account *owner, contacts_fn *fn, void *context)
{
    struct registry *registry = &core->registry;
    for (const struct contact *contact = owner->contact_first; contact != NULL;
         contact = contact->of_owner_next) {
        if ((contact->flags & CONTACT_HAS) != 0) {
            fn(core, registry_person(registry, contact->peer_uid), context);
        }
    }
    uint32_t last = start_uid_last(core, owner);
    for (uint32_t uid = 1; uid <= last; uid++) {
        struct account *peer = registry_person(registry, uid);
        if (peer != NULL && registry_contact(registry, owner->uid, uid) == NULL &&
            starts_with(core, owner, peer)) {
            fn(core, peer, context);
        }
    }
}

void contacts_each_watcher(struct core *core, struct account *peer, contacts_fn *fn, void *context)
{
    struct registry *registry = &core->registry;
    for (const struct contact *contact = peer->watcher_first; contact != NULL;
         contact = contact->of_peer_next) {
        if ((contact->flags & CONTACT_HAS) != 0) {
            fn(core, registry_person(registry, contact->owner_uid), context);
        }
    }
    uint32_t last = start_uid_last(core, peer);
    for (uint32_t uid = 1; uid <= last; uid++) {
        struct account *owner = registry_person(registry, uid);
        if (owner != NULL && registry_contact(registry, uid, peer->uid) == NULL &&
            starts_with(core, owner, peer)) {
            fn(core, owner, context);
        }
    }
}
