/*
 * registry.c - see registry.h.
 */
#include "server/core/registry.h"

#include <assert.h>
#include <string.h>

#include "common/memory.h"
#include "server/core/core_internal.h"
#include "server/core/records.h"

#define FULL_MAILBOX_COUNT_MAX 1024u /* of which senders are remembered; more fill silently */

enum oim_status registry_init(struct registry *registry, const struct core_limits *limits,
                              struct oim_error *err)
{
    memset(registry, 0, sizeof(*registry));
    registry->person_count_max = (uint32_t)limits->user_count_max;
    registry->device_count_max = (uint32_t)limits->device_count_max;
    registry->persons = oim_mem_take(limits->user_count_max + 1, sizeof(*registry->persons));
    registry->devices = oim_mem_take(limits->device_count_max + 1, sizeof(*registry->devices));
    /* Used invites stay, to say who used them: one per person and generation. */
    size_t invite_max = limits->invite_count_max + 2 * limits->user_count_max;
    if (registry->persons == NULL || registry->devices == NULL ||
        oim_table_init(&registry->by_user_id, limits->user_count_max, sizeof(uint32_t)) != OIM_OK ||
        oim_table_init(&registry->by_login, limits->user_count_max, sizeof(uint32_t)) != OIM_OK ||
        oim_table_init(&registry->by_device_id, limits->device_count_max, sizeof(uint32_t)) != OIM_OK ||
        oim_table_init(&registry->invites, invite_max, sizeof(struct invite)) != OIM_OK ||
        oim_table_init(&registry->contacts, limits->contact_count_max, sizeof(struct contact)) != OIM_OK ||
        oim_table_init(&registry->waiters[WAITS_FOR_JOIN], limits->invite_count_max, sizeof(struct waiter)) !=
            OIM_OK ||
        oim_table_init(&registry->waiters[WAITS_FOR_ROOM], FULL_MAILBOX_COUNT_MAX, sizeof(struct waiter)) !=
            OIM_OK) {
        registry_finish(registry);
        return oim_fail(err, OIM_ERR_LIMIT,
                        "no memory for user_count_max %zu, device_count_max %zu and "
                        "contact_count_max %zu",
                        limits->user_count_max, limits->device_count_max, limits->contact_count_max);
    }
    return OIM_OK;
}

void registry_finish(struct registry *registry)
{
    oim_mem_give(registry->persons);
    oim_mem_give(registry->devices);
    oim_table_finish(&registry->by_user_id);
    oim_table_finish(&registry->by_login);
    oim_table_finish(&registry->by_device_id);
    oim_table_finish(&registry->invites);
    oim_table_finish(&registry->contacts);
    for (int waits = 0; waits < WAITS_COUNT; waits++) {
        oim_table_finish(&registry->waiters[waits]);
    }
    memset(registry, 0, sizeof(*registry));
}

static void table_clear(struct oim_table *table)
{
    void *value = oim_table_first(table);
    while (value != NULL) {
        void *next = oim_table_next(table, value);
        struct oim_id key = *oim_table_key(table, value);
        bool removed = oim_table_remove(table, &key);
        assert(removed);
        (void)removed;
        value = next;
    }
}

void registry_clear(struct registry *registry)
{
    memset(registry->persons, 0, (registry->uid_last + 1u) * sizeof(*registry->persons));
    memset(registry->devices, 0, (registry->dev_last + 1u) * sizeof(*registry->devices));
    registry->uid_last = 0;
    registry->dev_last = 0;
    registry->person_count = 0;
    registry->joined_count = 0;
    registry->device_count = 0;
    registry->owner_count = 0;
    table_clear(&registry->by_user_id);
    table_clear(&registry->by_login);
    table_clear(&registry->by_device_id);
    table_clear(&registry->invites);
    table_clear(&registry->contacts);
    for (int waits = 0; waits < WAITS_COUNT; waits++) {
        table_clear(&registry->waiters[waits]);
    }
    memset(&registry->meta, 0, sizeof(registry->meta));
    registry->addresses_version = 0;
    registry->addresses_size = 0;
}

struct account *registry_person(const struct registry *registry, uint64_t uid)
{
    if (uid == 0 || uid > registry->uid_last || registry->persons[uid].version == 0) {
        return NULL;
    }
    return &registry->persons[uid];
}

struct device *registry_device(const struct registry *registry, uint64_t dev)
{
    if (dev == 0 || dev > registry->dev_last || registry->devices[dev].version == 0) {
        return NULL;
    }
    return &registry->devices[dev];
}

struct account *registry_person_by_id(const struct registry *registry, const struct oim_id *user_id)
{
    const uint32_t *uid = oim_table_get(&registry->by_user_id, user_id);
    return uid == NULL ? NULL : registry_person(registry, *uid);
}

struct account *registry_person_by_login(const struct registry *registry, const char *login)
{
    struct oim_id key = login_key(login);
    const uint32_t *uid = oim_table_get(&registry->by_login, &key);
    return uid == NULL ? NULL : registry_person(registry, *uid);
}

struct device *registry_device_by_id(const struct registry *registry, const struct oim_id *device_id)
{
    const uint32_t *dev = oim_table_get(&registry->by_device_id, device_id);
    return dev == NULL ? NULL : registry_device(registry, *dev);
}

struct invite *registry_invite(const struct registry *registry, const struct oim_id *invite_id)
{
    return oim_table_get(&registry->invites, invite_id);
}

struct oim_id registry_pair_key(uint64_t a, uint64_t b)
{
    struct oim_id key;
    oim_put_be64(key.bytes, a);
    oim_put_be64(key.bytes + 8, b);
    return key;
}

struct contact *registry_contact(const struct registry *registry, uint32_t owner_uid, uint32_t peer_uid)
{
    struct oim_id key = registry_pair_key(owner_uid, peer_uid);
    return oim_table_get(&registry->contacts, &key);
}

struct waiter *registry_waiter(const struct registry *registry, enum waits waits, uint32_t uid)
{
    struct oim_id key = oim_key_u64(uid);
    return oim_table_get(&registry->waiters[waits], &key);
}

bool registry_is_erased(const struct account *person)
{
    return person->login[0] == '\0';
}

bool registry_has_blocked(const struct registry *registry, uint32_t owner_uid, uint32_t peer_uid)
{
    const struct account *owner = registry_person(registry, owner_uid);
    if (owner == NULL || owner->contact_first == NULL) {
        return false; /* asked twice per message, and most people have nobody listed */
    }
    const struct contact *contact = registry_contact(registry, owner_uid, peer_uid);
    return contact != NULL && (contact->flags & CONTACT_BLOCKED) != 0;
}

enum person_state registry_person_state(const struct account *person)
{
    if (person->closed) {
        return PERSON_STATE_CLOSED;
    }
    if (!person->joined) {
        return PERSON_STATE_INVITED;
    }
    return person->device_count > 0 ? PERSON_STATE_ACTIVE : PERSON_STATE_NO_DEVICE;
}

static struct device *skip_revoked(const struct registry *registry, uint32_t dev)
{
    while (dev != 0 && registry->devices[dev].revoked_ms != 0) {
        dev = registry->devices[dev].of_person_next;
    }
    return dev == 0 ? NULL : &registry->devices[dev];
}

struct device *registry_first_device(const struct registry *registry, const struct account *person)
{
    return skip_revoked(registry, person->device_first);
}

struct device *registry_next_device(const struct registry *registry, const struct device *device)
{
    return skip_revoked(registry, device->of_person_next);
}

enum reason registry_revoked_reason(const struct account *person, const struct device *device)
{
    return person->closed                            ? REASON_CLOSED
           : device->generation < person->generation ? REASON_ACCOUNT_RESET
                                                     : REASON_NONE;
}

const char *registry_revoked_text(const struct account *person, const struct device *device)
{
    switch (registry_revoked_reason(person, device)) {
    case REASON_CLOSED:
        return person->say[0] != '\0' ? person->say : "this account was closed";
    case REASON_ACCOUNT_RESET:
        return "this account was reset";
    default:
        return "this device was revoked";
    }
}

size_t registry_open_invite_count(const struct registry *registry, uint64_t wall_ms)
{
    size_t count = 0;
    for (const struct invite *invite = oim_table_first(&registry->invites); invite != NULL;
         invite = oim_table_next(&registry->invites, invite)) {
        bool due = invite->expires_ms != 0 && invite->expires_ms <= wall_ms;
        count += invite->used_ms == 0 && !invite->revoked && !due;
    }
    return count;
}

enum oim_status registry_new_device(const struct core *core, const struct log_body *body, uint32_t uid,
                                    struct device *out, struct oim_error *err)
{
    const struct registry *registry = &core->registry;
    memset(out, 0, sizeof(*out));
    if (registry->dev_last >= registry->device_count_max) {
        return oim_fail(err, OIM_ERR_LIMIT, "there is room for %u devices", registry->device_count_max);
    }
    out->dev = registry->dev_last + 1;
    out->uid = uid;
    out->device_id = crypto_device_id(&body->ik);
    out->ik = body->ik;
    out->kind = body->device_kind;
    out->generation = body->generation;
    out->added_ms = core->wall_ms;
    memcpy(out->label, body->label, strlen(body->label) + 1);
    if (registry_device_by_id(registry, &out->device_id) != NULL) {
        return oim_fail(err, OIM_ERR_CONFLICT, "this device key is in use already");
    }
    return OIM_OK;
}

static size_t table_room(const struct oim_table *table)
{
    return table->capacity - table->count;
}

size_t registry_room(const struct core *core, uint32_t ns)
{
    const struct registry *registry = &core->registry;
    switch (ns) {
    case RECORDS_PERSON:
        return registry->person_count_max - registry->uid_last;
    case RECORDS_DEVICE:
        return registry->device_count_max - registry->dev_last;
    case RECORDS_INVITE:
        return table_room(&registry->invites);
    case RECORDS_CONTACT:
        return table_room(&registry->contacts);
    case RECORDS_WAITER:
        return table_room(&registry->waiters[WAITS_FOR_JOIN]);
    case RECORDS_ROOM_WAITER:
        return table_room(&registry->waiters[WAITS_FOR_ROOM]);
    case RECORDS_POLICY:
        return policies_room(&core->policies);
    case RECORDS_TEAM:
        return policies_team_room(&core->policies);
    default:
        return SIZE_MAX; /* part of something that is there */
    }
}
