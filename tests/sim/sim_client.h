/*
 * sim_client.h - a device of one of two makes: most are the real engine over a profile on a disk; the others
 * are model clients, which obey the protocol and do what an engine of ours never does (take numbers back,
 * have two connections at once, open windows of one row).
 */
#ifndef OIM_TESTS_SIM_SIM_CLIENT_H
#define OIM_TESTS_SIM_SIM_CLIENT_H

#include "tests/sim/model_client.h"
#include "tests/sim/real_client.h"

struct sim_client {
    uint32_t index;
    bool is_real;
    union {
        struct model_client model;
        struct real_client real;
    } u;
};

void sim_client_init(struct sim *sim, uint32_t index);
void sim_client_finish(struct sim_client *client);
bool sim_client_wants_in(const struct sim_client *client);
uint64_t sim_client_conn(const struct sim_client *client); /* 0: none */
void sim_client_sign_in(struct sim *sim, struct sim_client *client);
void sim_client_sign_out(struct sim *sim, struct sim_client *client);
/** The process dies: what was not committed is forgotten. tells: the server sees the connection end. */
void sim_client_crash(struct sim *sim, struct sim_client *client, bool tells);
/** It connects anew while its old connection is still alive: by its own mind, or as a new process. */
void sim_client_connect_twice(struct sim *sim, struct sim_client *client);
bool sim_client_has_room(const struct sim_client *client);
void sim_client_write(struct sim *sim, struct sim_client *client, uint32_t message);
void sim_client_on_readable(struct sim *sim, uint64_t conn);
/* For the last look. */
uint64_t sim_client_cursor(const struct sim_client *client);
uint32_t sim_client_unsent(const struct sim_client *client);

#endif
