/*
 * people.h - who takes part: devices with their keys, as an organisation's server knows them, and the folder
 * that keeps them from one run to the next.
 *
 * The keys are a load generator's and lie in the open (mode 0600). Never point it at people's real accounts.
 */
#ifndef OIM_TESTS_BENCH_PEOPLE_H
#define OIM_TESTS_BENCH_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/crypto.h"
#include "common/error.h"
#include "common/id.h"
#include "proto/handshake.h"

struct person_account {
    char login[LOGIN_SIZE_MAX + 1];
    uint8_t seed[32];
    struct sign_secret key;
    struct oim_id device_id;
    struct oim_id user_id; /* zero: has not joined */
};

struct people {
    char host_port[HOST_PORT_SIZE_MAX];
    enum way_mode mode;
    struct oim_id server_key_id;
    struct oim_id org_id; /* zero: nobody owns the server yet */
    struct person_account **all;
    size_t count, capacity;
};

void people_finish(struct people *people); /* accepts all-zero */
/** The one of that login, made with a fresh key if need be. Stays where it is. */
struct person_account *people_get(struct people *people, const char *login);
/** people_get of prefix and number, as "r17". */
struct person_account *people_numbered(struct people *people, const char *prefix, size_t number);
/** Errors: OIM_ERR_NOT_FOUND there is nothing yet; OIM_ERR_PROTOCOL a damaged file. */
OIM_MUST_CHECK enum oim_status people_load(struct people *people, const char *folder, struct oim_error *err);
OIM_MUST_CHECK enum oim_status people_save(const struct people *people, const char *folder,
                                           struct oim_error *err);

#endif
