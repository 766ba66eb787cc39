/*
 * sim_org.h - the organisation that a run starts with: people, their devices and keys, as records in the
 * store.
 *
 * Person i has handle i + 1, device i has handle i + 1.
 */
#ifndef OIM_TESTS_SIM_SIM_ORG_H
#define OIM_TESTS_SIM_SIM_ORG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/crypto.h"
#include "common/id.h"
#include "proto/limits.h"
#include "server/store/store.h"

#define ORG_PERSON_COUNT 4u
#define ORG_DEVICE_COUNT_MAX 8u

struct sim;

struct org_device {
    uint32_t person; /* index */
    struct sign_secret key;
    struct oim_id device_id;
};

struct sim_org {
    struct sign_secret server_key;
    struct oim_id org_id;
    struct oim_id user_ids[ORG_PERSON_COUNT];
    struct org_device devices[ORG_DEVICE_COUNT_MAX];
    uint32_t device_count;
    uint32_t all_devices; /* a bit per device */
    uint64_t quota;       /* how many messages may wait for a person, by the policy Global; 0: the default */
};

/** Draw people, devices and keys. */
void sim_org_init(struct sim *sim);
/** Write them into a store that has no faults. */
void sim_org_install(struct sim *sim, struct store *store);
/** Devices of a person, as bits. */
uint32_t sim_org_devices_of(const struct sim_org *org, uint32_t person);
void sim_org_login(uint32_t person, char out[LOGIN_SIZE_MAX + 1]);
/** The index, or ORG_DEVICE_COUNT_MAX. */
uint32_t sim_org_find_device(const struct sim_org *org, const struct oim_id *device_id);

#endif
