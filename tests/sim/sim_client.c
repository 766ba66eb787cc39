/*
 * sim_client.c - see sim_client.h.
 */
#include "tests/sim/sim_client.h"

#include "tests/sim/sim_run.h"

#define REAL_PERMILLE 700u

void sim_client_init(struct sim *sim, uint32_t index)
{
    struct sim_client *client = &sim->clients[index];
    client->index = index;
    /* The owner's devices switch policies, and the model of an administrator says how. */
    client->is_real = sim->org.devices[index].person != ADMIN_PERSON && sim_chance(sim, REAL_PERMILLE);
    if (client->is_real) {
        real_client_init(sim, &client->u.real, index);
    } else {
        model_client_init(sim, &client->u.model, index);
    }
}

void sim_client_finish(struct sim_client *client)
{
    if (client->is_real) {
        real_client_finish(&client->u.real);
    }
}

bool sim_client_wants_in(const struct sim_client *client)
{
    return client->is_real ? client->u.real.wants_in : client->u.model.wants_in;
}

uint64_t sim_client_conn(const struct sim_client *client)
{
    return client->is_real ? client->u.real.conn : client->u.model.conn;
}

void sim_client_sign_in(struct sim *sim, struct sim_client *client)
{
    if (client->is_real) {
        real_client_sign_in(sim, &client->u.real);
    } else {
        model_client_sign_in(sim, &client->u.model);
    }
}

void sim_client_sign_out(struct sim *sim, struct sim_client *client)
{
    if (client->is_real) {
        real_client_sign_out(sim, &client->u.real);
    } else {
        model_client_sign_out(sim, &client->u.model);
    }
}

void sim_client_crash(struct sim *sim, struct sim_client *client, bool tells)
{
    if (client->is_real) {
        real_client_crash(sim, &client->u.real, tells);
    } else {
        model_client_crash(sim, &client->u.model, tells);
    }
}

void sim_client_connect_twice(struct sim *sim, struct sim_client *client)
{
    if (client->is_real) {
        real_client_restart(sim, &client->u.real);
    } else {
        client->u.model.conn = 0;
        model_client_leave(sim, &client->u.model, 0);
    }
}

bool sim_client_has_room(const struct sim_client *client)
{
    return sim_client_unsent(client) < CLIENT_OUTBOX_COUNT_MAX;
}

void sim_client_write(struct sim *sim, struct sim_client *client, uint32_t message)
{
    if (client->is_real) {
        real_client_write(sim, &client->u.real, message);
    } else {
        (void)model_client_write(sim, &client->u.model, message);
    }
}

void sim_client_on_readable(struct sim *sim, uint64_t conn)
{
    struct net_link *link = net_find(&sim->net, conn);
    struct sim_client *client = &sim->clients[link->client];
    if (client->is_real) {
        real_client_on_readable(sim, &client->u.real, link);
    } else {
        model_client_on_readable(sim, &client->u.model, link);
    }
}

uint64_t sim_client_cursor(const struct sim_client *client)
{
    return client->is_real ? client->u.real.profile.account.cursor : client->u.model.cursor;
}

uint32_t sim_client_unsent(const struct sim_client *client)
{
    return client->is_real ? client->u.real.profile.outbox_count : client->u.model.outbox_count;
}
