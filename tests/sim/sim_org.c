/*
 * sim_org.c - see sim_org.h.
 */
#include "tests/sim/sim_org.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "policy/policy.h"
#include "proto/orglog.h"
#include "server/core/policies.h"
#include "server/core/records.h"
#include "tests/sim/sim_run.h"

#define QUOTA_LEAST 4u
#define CHANGE_COUNT_MAX (3u + ORG_PERSON_COUNT + 2u * ORG_DEVICE_COUNT_MAX)
#define VALUE_SIZE_MAX 2048u

/* Changes on their way into the store, with the bytes they point to. */
struct installation {
    struct store_change changes[CHANGE_COUNT_MAX];
    uint8_t keys[CHANGE_COUNT_MAX][RECORDS_KEY_SIZE_MAX];
    uint8_t values[CHANGE_COUNT_MAX][VALUE_SIZE_MAX];
    size_t count;
};

static void draw_key(struct sim *sim, struct sign_secret *out)
{
    uint8_t seed[32];
    struct oim_random random = fake_random_of(&sim->random);
    oim_random_fill(&random, seed, sizeof(seed));
    sign_secret_from_seed(out, seed);
}

void sim_org_login(uint32_t person, char out[LOGIN_SIZE_MAX + 1])
{
    (void)snprintf(out, LOGIN_SIZE_MAX + 1, "person%u", person);
}

void sim_org_init(struct sim *sim)
{
    struct sim_org *org = &sim->org;
    struct oim_random random = fake_random_of(&sim->random);
    draw_key(sim, &org->server_key);
    for (uint32_t person = 0; person < ORG_PERSON_COUNT; person++) {
        oim_random_fill(&random, org->user_ids[person].bytes, OIM_ID_SIZE);
        uint32_t count = sim_chance(sim, 750) ? 2 : 1;
        for (uint32_t i = 0; i < count; i++) {
            struct org_device *device = &org->devices[org->device_count];
            device->person = person;
            draw_key(sim, &device->key);
            struct sign_public ik = sign_public_of(&device->key);
            device->device_id = crypto_device_id(&ik);
            org->all_devices |= 1u << org->device_count++;
        }
    }
    org->quota = sim_chance(sim, 300) ? QUOTA_LEAST + sim_below(sim, 30) : 0;
}

uint32_t sim_org_devices_of(const struct sim_org *org, uint32_t person)
{
    uint32_t devices = 0;
    for (uint32_t i = 0; i < org->device_count; i++) {
        devices |= org->devices[i].person == person ? 1u << i : 0;
    }
    return devices;
}

uint32_t sim_org_find_device(const struct sim_org *org, const struct oim_id *device_id)
{
    uint32_t at = 0;
    while (at < org->device_count && !oim_id_equal(&org->devices[at].device_id, device_id)) {
        at++;
    }
    return at == org->device_count ? ORG_DEVICE_COUNT_MAX : at;
}

static void add_put(struct installation *installation, enum records_ns ns, uint64_t handle, size_t value_size)
{
    size_t at = installation->count++;
    size_t key_size = records_key_u64(handle, installation->keys[at]);
    installation->changes[at] = (struct store_change){
        .kind = STORE_PUT,
        .ns = ns,
        .key = oim_slice(installation->keys[at], key_size),
        .value = oim_slice(installation->values[at], value_size),
    };
}

static struct records_out value_of(struct installation *installation)
{
    assert(installation->count < CHANGE_COUNT_MAX);
    return (struct records_out){.data = installation->values[installation->count],
                                .size_max = VALUE_SIZE_MAX};
}

static void add_person(const struct sim *sim, struct installation *installation, uint32_t index)
{
    static struct account person;
    memset(&person, 0, sizeof(person));
    person.uid = index + 1;
    person.user_id = sim->org.user_ids[index];
    sim_org_login(index, person.login);
    (void)snprintf(person.display, sizeof(person.display), "Person %u", index);
    person.role = index == 0 ? ROLE_OWNER : ROLE_USER;
    person.joined = true;
    person.generation = 1;
    person.invited_ms = sim->clock.wall_ms;
    struct records_out out = value_of(installation);
    records_person_encode(&person, &out);
    add_put(installation, RECORDS_PERSON, person.uid, out.size);
}

static void add_device(const struct sim *sim, struct installation *installation, uint32_t index)
{
    const struct org_device *from = &sim->org.devices[index];
    struct device device;
    memset(&device, 0, sizeof(device));
    device.dev = index + 1;
    device.uid = from->person + 1;
    device.device_id = from->device_id;
    device.ik = sign_public_of(&from->key);
    (void)snprintf(device.label, sizeof(device.label), "device %u", index);
    device.kind = LOG_DEVICE_NORMAL;
    device.generation = 1;
    device.added_ms = sim->clock.wall_ms;
    struct records_out out = value_of(installation);
    records_device_encode(&device, &out);
    add_put(installation, RECORDS_DEVICE, device.dev, out.size);
    installation->changes[installation->count++] =
        (struct store_change){.kind = STORE_DEV_ADD, .dev = device.dev, .uid = device.uid};
}

/* The organisation's log begins with a genesis; that is all the core reads of it at start. */
static void add_genesis(struct sim *sim, struct installation *installation)
{
    static const struct oim_id nobody;
    static const struct oim_hash before_first;
    struct log_body body = {
        .kind = LOG_BODY_GENESIS,
        .made_ms = sim->clock.wall_ms,
        .server_pub = sign_public_of(&sim->org.server_key),
        .ik = sign_public_of(&sim->org.devices[0].key),
        .nonce = sim->org.user_ids[0],
        .login = "",
        .label = "",
    };
    struct oim_buf bytes;
    struct oim_buf packed;
    oim_buf_init(&bytes, LOG_BODY_SIZE_MAX);
    oim_buf_init(&packed, VALUE_SIZE_MAX);
    enum oim_status status = log_body_encode(&body, &bytes);
    assert(status == OIM_OK);
    struct log_entry entry = {.body = oim_buf_slice(&bytes), .sig_count = 2};
    log_body_sign(&nobody, entry.body, &sim->org.devices[0].key, &entry.sigs[0]);
    log_body_sign(&nobody, entry.body, &sim->org.server_key, &entry.sigs[1]);
    status = log_entry_encode(&entry, &packed);
    assert(status == OIM_OK);
    sim->org.org_id = log_org_id(entry.body);
    size_t at = installation->count++;
    memcpy(installation->values[at], packed.data, packed.size);
    installation->changes[at] = (struct store_change){
        .kind = STORE_CHAIN_APPEND,
        .ns = CHAIN_ORG,
        .value = oim_slice(installation->values[at], packed.size),
    };
    log_entry_hash(1, &before_first, &entry, &installation->changes[at].hash);
    oim_buf_finish(&bytes);
    oim_buf_finish(&packed);
}

static void add_policy(const struct sim *sim, struct installation *installation)
{
    const struct policy_identity global = {.scope = POLICY_GLOBAL};
    const struct oim_id key = policies_identity_key(&global);
    struct policy policy;
    policy_init(&policy, &global);
    policy.settings[SETTING_OFFLINE_QUOTA_MESSAGES] = (struct setting_value_s){.set = true, .uint = sim->org.quota};
    struct records_out out = value_of(installation);
    struct oim_buf bytes;
    oim_buf_init(&bytes, VALUE_SIZE_MAX);
    enum oim_status status = policy_encode(&policy, &bytes);
    assert(status == OIM_OK);
    memcpy(out.data, bytes.data, bytes.size);
    size_t at = installation->count++;
    memcpy(installation->keys[at], key.bytes, OIM_ID_SIZE);
    installation->changes[at] = (struct store_change){.kind = STORE_PUT,
                                                      .ns = RECORDS_POLICY,
                                                      .key = oim_slice(installation->keys[at], OIM_ID_SIZE),
                                                      .value = oim_slice(out.data, bytes.size)};
    oim_buf_finish(&bytes);
}

static void write_changes(struct store *store, const struct store_change *changes, size_t count)
{
    struct store_req req = {.op = STORE_CAS, .u.cas = {.changes = changes, .change_count = count}};
    struct store_reply reply = {.result = STORE_UNKNOWN};
    size_t taken = store->ops->submit(store, &req, 1);
    assert(taken == 1);
    store->ops->flush(store);
    size_t got = store->ops->reap(store, &reply, 1);
    assert(got == 1 && reply.result == STORE_OK);
    store->ops->release(store, &reply, 1);
}

void sim_org_install(struct sim *sim, struct store *store)
{
    static struct installation installation;
    installation.count = 0;
    add_genesis(sim, &installation);
    for (uint32_t i = 0; i < ORG_PERSON_COUNT; i++) {
        add_person(sim, &installation, i);
    }
    for (uint32_t i = 0; i < sim->org.device_count; i++) {
        add_device(sim, &installation, i);
    }
    if (sim->org.quota != 0) {
        add_policy(sim, &installation);
    }
    for (size_t at = 0; at < installation.count; at += STORE_CHANGE_COUNT_MAX) {
        size_t rest = installation.count - at;
        write_changes(store, installation.changes + at,
                      rest < STORE_CHANGE_COUNT_MAX ? rest : STORE_CHANGE_COUNT_MAX);
    }
}
