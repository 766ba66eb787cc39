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

static struct oim_id login_key(const char *login)
{
    struct oim_slice part = oim_slice_text(login);
    struct oim_id key;
    crypto_hash128("OIM-login-key-v1", &part, 1, &key);
    return key;
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

static struct oim_id pair_key(uint64_t a, uint64_t b)
{
    struct oim_id key;
    oim_put_be64(key.bytes, a);
    oim_put_be64(key.bytes + 8, b);
    return key;
}

struct contact *registry_contact(const struct registry *registry, uint32_t owner_uid, uint32_t peer_uid)
{
    struct oim_id key = pair_key(owner_uid, peer_uid);
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
    return device->generation < person->generation ? REASON_ACCOUNT_RESET : REASON_NONE;
}

const char *registry_revoked_text(const struct account *person, const struct device *device)
{
    return registry_revoked_reason(person, device) == REASON_ACCOUNT_RESET ? "this account was reset"
                                                                           : "this device was revoked";
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
