/*
 * registry_apply.c - takes records over into the registry: loaded at the start, or just committed.
 */
#include <string.h>

#include "server/core/core_internal.h"
#include "server/core/records.h"

static enum oim_status damaged(struct oim_error *err, const char *what)
{
    return oim_fail(err, OIM_ERR_STORAGE, "the record of %s is damaged or of a newer version", what);
}

/* Adds key -> handle, or leaves what is there when it is the same. False: full, or somebody else's. */
static bool index_put(struct oim_table *table, const struct oim_id *key, uint32_t handle)
{
    uint32_t *at = oim_table_get(table, key);
    if (at != NULL) {
        return *at == handle;
    }
    at = oim_table_add(table, key);
    if (at == NULL) {
        return false;
    }
    *at = handle;
    return true;
}

/* An account that begins anew takes its older devices with it: nothing is written with each of them. */
static void revoke_if_older(struct account *person, struct device *device)
{
    if (device->revoked_ms == 0 && device->generation < person->generation) {
        device->revoked_ms = person->invited_ms;
    }
}

static void revoke_older_devices(struct registry *registry, struct account *person)
{
    person->device_count = 0;
    for (uint32_t dev = person->device_first; dev != 0; dev = registry->devices[dev].of_person_next) {
        revoke_if_older(person, &registry->devices[dev]);
        person->device_count += registry->devices[dev].revoked_ms == 0;
    }
}

static enum oim_status apply_person(struct core *core, struct oim_slice value, uint64_t version,
                                    struct oim_error *err)
{
    struct registry *registry = &core->registry;
    struct account decoded;
    memset(&decoded, 0, sizeof(decoded));
    if (!records_person_decode(value, &decoded) || (decoded.generation > 1 && decoded.invited_ms == 0)) {
        return damaged(err, "a person");
    }
    struct oim_id key = login_key(decoded.login);
    bool has_room = decoded.uid <= registry->person_count_max &&
                    index_put(&registry->by_user_id, &decoded.user_id, decoded.uid) &&
                    (registry_is_erased(&decoded) || index_put(&registry->by_login, &key, decoded.uid));
    if (!has_room) {
        return oim_fail(err, OIM_ERR_LIMIT, "there is room for %u people", registry->person_count_max);
    }
    if (decoded.uid > registry->uid_last) {
        registry->uid_last = decoded.uid;
    }
    struct account *person = &registry->persons[decoded.uid];
    if (person->version != 0) {
        registry->joined_count -= person->joined;
        registry->owner_count -= person->role == ROLE_OWNER && !person->closed;
        registry->person_count -= !registry_is_erased(person);
    }
    if (person->version != 0 && registry_is_erased(&decoded) && !registry_is_erased(person)) {
        key = login_key(person->login);
        (void)!oim_table_remove(&registry->by_login, &key);
    }
    if (!records_person_decode(value, person)) {
        return damaged(err, "a person");
    }
    person->version = version;
    person->effective = NULL;
    revoke_older_devices(registry, person);
    registry->joined_count += person->joined;
    registry->person_count += !registry_is_erased(person);
    registry->owner_count += person->role == ROLE_OWNER && !person->closed;
    return OIM_OK;
}

/* Devices stay in the order in which they came: the list is appended to. */
static void device_link(struct registry *registry, struct account *person, struct device *device)
{
    uint32_t *at = &person->device_first;
    while (*at != 0) {
        at = &registry->devices[*at].of_person_next;
    }
    *at = device->dev;
}

static enum oim_status apply_device(struct core *core, struct oim_slice value, uint64_t version,
                                    struct oim_error *err)
{
    struct registry *registry = &core->registry;
    struct device decoded;
    memset(&decoded, 0, sizeof(decoded));
    if (!records_device_decode(value, &decoded)) {
        return damaged(err, "a device");
    }
    struct account *person = registry_person(registry, decoded.uid);
    if (person == NULL) {
        return oim_fail(err, OIM_ERR_STORAGE, "device %u belongs to nobody", decoded.dev);
    }
    if (decoded.dev > registry->device_count_max ||
        !index_put(&registry->by_device_id, &decoded.device_id, decoded.dev)) {
        return oim_fail(err, OIM_ERR_LIMIT, "there is room for %u devices", registry->device_count_max);
    }
    if (decoded.dev > registry->dev_last) {
        registry->dev_last = decoded.dev;
    }
    struct device *device = &registry->devices[decoded.dev];
    bool is_new = device->version == 0;
    bool was_active = !is_new && device->revoked_ms == 0;
    if (!records_device_decode(value, device)) {
        return damaged(err, "a device");
    }
    device->version = version;
    revoke_if_older(person, device);
    if (is_new) {
        device_link(registry, person, device);
        registry->device_count++;
    }
    bool is_active = device->revoked_ms == 0;
    person->device_count = person->device_count - was_active + is_active;
    return OIM_OK;
}

static enum oim_status apply_invite(struct core *core, const struct oim_id *key, struct oim_slice value,
                                    uint64_t version, struct oim_error *err)
{
    struct oim_table *invites = &core->registry.invites;
    if (value.data == NULL) {
        (void)!oim_table_remove(invites, key);
        return OIM_OK;
    }
    struct invite decoded = {.version = version};
    if (!records_invite_decode(value, &decoded)) {
        return damaged(err, "an invite");
    }
    struct invite *invite = oim_table_get(invites, key);
    if (invite == NULL) {
        invite = oim_table_add(invites, key);
    }
    if (invite == NULL) {
        return oim_fail(err, OIM_ERR_LIMIT, "there is room for %zu invites", invites->capacity);
    }
    *invite = decoded;
    return OIM_OK;
}

static void contact_link(struct account *owner, struct account *peer, struct contact *contact)
{
    contact->of_owner_next = owner->contact_first;
    owner->contact_first = contact;
    contact->of_peer_next = peer->watcher_first;
    peer->watcher_first = contact;
}

static void contact_unlink(struct account *owner, struct account *peer, struct contact *contact)
{
    struct contact **at = &owner->contact_first;
    while (*at != contact) {
        at = &(*at)->of_owner_next;
    }
    *at = contact->of_owner_next;
    at = &peer->watcher_first;
    while (*at != contact) {
        at = &(*at)->of_peer_next;
    }
    *at = contact->of_peer_next;
}

static enum oim_status apply_contact(struct core *core, const struct oim_id *key, struct oim_slice value,
                                     uint64_t version, struct oim_error *err)
{
    struct registry *registry = &core->registry;
    struct contact *contact = oim_table_get(&registry->contacts, key);
    struct account *owner = registry_person(registry, oim_get_be64(key->bytes));
    struct account *peer = registry_person(registry, oim_get_be64(key->bytes + 8));
    if (owner == NULL || peer == NULL) {
        return OIM_OK;
    }
    struct contact decoded = {.version = version};
    if (value.data != NULL && (!records_contact_decode(value, &decoded) || decoded.owner_uid != owner->uid ||
                               decoded.peer_uid != peer->uid)) {
        return damaged(err, "a contact");
    }
    if (contact != NULL) {
        owner->contact_count -= (contact->flags & CONTACT_HAS) != 0;
        contact_unlink(owner, peer, contact);
    }
    if (value.data == NULL) {
        (void)!oim_table_remove(&registry->contacts, key);
        return OIM_OK;
    }
    if (contact == NULL) {
        contact = oim_table_add(&registry->contacts, key);
    }
    if (contact == NULL) {
        return oim_fail(err, OIM_ERR_LIMIT, "there is room for %zu contacts", registry->contacts.capacity);
    }
    *contact = decoded;
    contact_link(owner, peer, contact);
    owner->contact_count += (contact->flags & CONTACT_HAS) != 0;
    return OIM_OK;
}

static enum oim_status apply_state(struct core *core, uint64_t uid, struct oim_slice value, uint64_t version,
                                   struct oim_error *err)
{
    struct account *person = registry_person(&core->registry, uid);
    if (person == NULL) {
        return OIM_OK;
    }
    person->state = PRESENCE_UNKNOWN;
    person->note[0] = '\0';
    person->state_version = value.data == NULL ? 0 : version;
    if (value.data != NULL && !records_state_decode(value, person)) {
        return damaged(err, "a presence state");
    }
    watch_on_state(core, person);
    return OIM_OK;
}

static enum oim_status apply_waiter(struct core *core, enum waits waits, uint64_t uid, struct oim_slice value,
                                    uint64_t version, struct oim_error *err)
{
    struct oim_table *waiters = &core->registry.waiters[waits];
    struct oim_id key = oim_key_u64(uid);
    if (value.data == NULL) {
        (void)!oim_table_remove(waiters, &key);
        return OIM_OK;
    }
    struct waiter decoded = {.version = version};
    if (!records_waiter_decode(value, &decoded)) {
        return damaged(err, "those who wait for somebody");
    }
    struct waiter *waiter = oim_table_get(waiters, &key);
    if (waiter == NULL) {
        waiter = oim_table_add(waiters, &key);
    }
    if (waiter == NULL) {
        return oim_fail(err, OIM_ERR_LIMIT, "there is room for %zu people to be waited for",
                        waiters->capacity);
    }
    *waiter = decoded;
    return OIM_OK;
}

static enum oim_status apply_seen(struct core *core, uint64_t dev, struct oim_slice value, uint64_t version,
                                  struct oim_error *err)
{
    struct device *device = registry_device(&core->registry, dev);
    if (device == NULL) {
        return OIM_OK;
    }
    device->seen_version = value.data == NULL ? 0 : version;
    device->seen_kept_ms = 0;
    if (value.data != NULL && !records_seen_decode(value, &device->seen_kept_ms)) {
        return damaged(err, "when a device was seen");
    }
    if (device->seen_ms < device->seen_kept_ms) {
        device->seen_ms = device->seen_kept_ms;
    }
    return OIM_OK;
}

/* Only what was counted before this start: afterwards memory is ahead of its record. */
static enum oim_status apply_days(struct core *core, struct oim_slice value, uint64_t version,
                                  struct oim_error *err)
{
    struct days kept;
    if (value.data != NULL && !records_days_decode(value, &kept)) {
        return damaged(err, "what became of messages today");
    }
    core->days_version = value.data == NULL ? 0 : version;
    if (value.data != NULL && !core->days_known) {
        core->days = kept;
    }
    core->days_known = true;
    return OIM_OK;
}

static enum oim_status apply_addresses(struct registry *registry, struct oim_slice value, uint64_t version,
                                       struct oim_error *err)
{
    if (value.size > sizeof(registry->addresses)) {
        return damaged(err, "the list of addresses");
    }
    registry->addresses_version = value.data == NULL ? 0 : version;
    registry->addresses_size = value.size;
    if (value.size > 0) {
        memcpy(registry->addresses, value.data, value.size);
    }
    return OIM_OK;
}

static enum oim_status apply_meta(struct registry *registry, struct oim_slice value, uint64_t version,
                                  struct oim_error *err)
{
    struct server_meta meta = {.version = version};
    if (!records_meta_decode(value, &meta)) {
        return damaged(err, "the server");
    }
    registry->meta = meta;
    return OIM_OK;
}

enum oim_status registry_apply(struct core *core, uint32_t ns, struct oim_slice key, struct oim_slice value,
                               uint64_t version, struct oim_error *err)
{
    struct oim_id id = {{0}};
    memcpy(id.bytes, key.data, key.size < sizeof(id.bytes) ? key.size : sizeof(id.bytes));
    uint64_t handle = oim_get_be64(id.bytes);
    uncover_on_record(core, (enum records_ns)ns);
    switch (ns) {
    case RECORDS_META:
        return apply_meta(&core->registry, value, version, err);
    case RECORDS_PERSON:
        return apply_person(core, value, version, err);
    case RECORDS_DEVICE:
        return apply_device(core, value, version, err);
    case RECORDS_INVITE:
        return apply_invite(core, &id, value, version, err);
    case RECORDS_POLICY:
        return policies_apply_policy(&core->policies, &id, value, version, err);
    case RECORDS_TEAM:
        return policies_apply_team(&core->policies, &id, value, version, err);
    case RECORDS_CONFIG:
        return policies_apply_config(&core->policies, value, version, err);
    case RECORDS_CONTACT:
        return apply_contact(core, &id, value, version, err);
    case RECORDS_STATE:
        return apply_state(core, handle, value, version, err);
    case RECORDS_WAITER:
        return apply_waiter(core, WAITS_FOR_JOIN, handle, value, version, err);
    case RECORDS_ROOM_WAITER:
        return apply_waiter(core, WAITS_FOR_ROOM, handle, value, version, err);
    case RECORDS_SEEN:
        return apply_seen(core, handle, value, version, err);
    case RECORDS_DAYS:
        return apply_days(core, value, version, err);
    case RECORDS_ADDRESS:
        return apply_addresses(&core->registry, value, version, err);
    default:
        return oim_fail(err, OIM_ERR_STORAGE, "there is no kind %u of records", ns);
    }
}
