/*
 * workload.c - what people do and what goes wrong while they do it.
 */
#include "tests/sim/sim_client.h"
#include "tests/sim/sim_run.h"

#define ERASE_PERMILLE 300u /* of what the owner does */
#define COVER_PERMILLE 300u /* of the rest */
#define WORK_GAP_MS_MAX 900u
#define PRESENCE_GAP_MS_MAX 2500u
#define FAULT_GAP_MS_MAX 2500u
#define BURST_COUNT_MAX 8u
#define HOUR_MS 3600000
#define MESSAGES_PER_RUN 320u
#define LATE_MS_MAX 2500u
#define READ_PERMILLE 300u
#define STATE_PERMILLE 80u
#define TOUCH_PERMILLE 60u
#define BACK_PERMILLE 200u    /* of devices, when everybody is signed in already */
#define HISTORY_PERMILLE 200u /* of what the owner does to policies */
#define FOLLOWS_PERMILLE 800u
#define ARCHIVES_PERMILLE 300u
#define ABSENT_PERMILLE 200u
#define SLOW_PERMILLE 50u
#define SLOW_PACE 20u
#define RETURN_MS 10000u
#define RETURN_LATE_MS \
    720000u /* a calendar that jumped is believed after ten minutes; a minute later all is expired */
#define LONG_ABSENCE_DAYS 15

static struct sim_client *any_client(struct sim *sim)
{
    return &sim->clients[sim_below(sim, sim->org.device_count)];
}

static void soon(struct sim *sim, uint32_t gap_ms_max, enum sim_event_kind kind)
{
    sim_after(sim, sim_below(sim, gap_ms_max * sim->pace), kind, 0, 0);
}

static bool is_absent(const struct sim *sim, const struct sim_client *client)
{
    return sim->org.devices[client->index].person == sim->absent;
}

static void draw_store_faults(struct sim *sim, struct store_sim_faults *out)
{
    *out = (struct store_sim_faults){
        .delay_ms_max = 1 + sim_below(sim, 30),
        .retry_permille = sim_chance(sim, 300) ? sim_below(sim, 40) : 0,
        .unknown_permille = sim_chance(sim, 300) ? sim_below(sim, 40) : 0,
        .stall_permille = sim_chance(sim, 300) ? sim_below(sim, 20) : 0,
        .stall_ms_max = 4000,
        .trim_permille = sim_below(sim, 500),
    };
}

static uint32_t draw_weight(struct sim *sim, uint32_t most)
{
    return sim_chance(sim, 350) ? 0 : 1 + sim_below(sim, most);
}

static void draw_weights(struct sim *sim, struct fault_weights *out)
{
    *out = (struct fault_weights){
        .cut = draw_weight(sim, 40),
        .half_open = draw_weight(sim, 30),
        .client_crash = draw_weight(sim, 25),
        .connect_twice = draw_weight(sim, 60),
        .server_end = draw_weight(sim, 12),
        .store = 1 + sim_below(sim, 10),
        .clock = draw_weight(sim, 10),
        .policy = draw_weight(sim, 15),
    };
    out->sum = out->cut + out->half_open + out->client_crash + out->connect_twice + out->server_end +
               out->store + out->clock + out->policy;
}

void workload_start(struct sim *sim)
{
    struct store_sim_faults faults;
    sim->pace = sim_chance(sim, SLOW_PERMILLE) ? SLOW_PACE : 1;
    draw_weights(sim, &sim->weights);
    draw_store_faults(sim, &faults);
    sim_server_set_faults(sim, &faults);
    sim->absent =
        sim_chance(sim, ABSENT_PERMILLE) ? 1 + sim_below(sim, ORG_PERSON_COUNT - 1) : ORG_PERSON_COUNT;
    for (uint32_t i = 0; i < sim->org.device_count; i++) {
        if (!is_absent(sim, &sim->clients[i]) && sim_chance(sim, 700)) {
            sim_client_sign_in(sim, &sim->clients[i]);
        }
    }
    soon(sim, WORK_GAP_MS_MAX, SIM_WORK);
    soon(sim, PRESENCE_GAP_MS_MAX, SIM_PRESENCE);
    soon(sim, FAULT_GAP_MS_MAX, SIM_FAULT);
}

/* ---- people
 * ----------------------------------------------------------------------------------------------------- */

static void write_one(struct sim *sim, struct sim_client *client, uint32_t to_person)
{
    uint32_t person = sim->org.devices[client->index].person;
    bool is_alone = to_person == person && sim_org_devices_of(&sim->org, person) == 1u << client->index;
    if (is_alone || sim->checker.message_count >= MESSAGES_PER_RUN || !sim_client_has_room(client)) {
        return; /* nobody to write to, or enough */
    }
    sim_client_write(sim, client, checker_write(sim, client->index, to_person));
}

void workload_on_work(struct sim *sim)
{
    if (sim->is_calm) {
        return;
    }
    struct sim_client *client = any_client(sim);
    uint32_t to_person = sim_below(sim, ORG_PERSON_COUNT);
    uint32_t count = 1 + sim_below(sim, BURST_COUNT_MAX);
    for (uint32_t i = 0; i < count; i++) {
        write_one(sim, client, sim_chance(sim, 700) ? to_person : sim_below(sim, ORG_PERSON_COUNT));
    }
    if (client->is_real && sim_chance(sim, READ_PERMILLE)) {
        real_client_read(sim, &client->u.real);
    }
    if (client->is_real && sim_chance(sim, TOUCH_PERMILLE)) {
        real_client_touch(sim, &client->u.real);
    }
    soon(sim, WORK_GAP_MS_MAX, SIM_WORK);
}

void workload_on_presence(struct sim *sim)
{
    if (sim->is_calm) {
        return;
    }
    struct sim_client *client = any_client(sim);
    if (client->is_real && sim_chance(sim, STATE_PERMILLE)) {
        real_client_set_state(sim, &client->u.real,
                              sim_chance(sim, 500) ? PRESENCE_INVISIBLE : PRESENCE_AUTO);
    } else if (sim_client_wants_in(client)) {
        sim_client_sign_out(sim, client);
    } else if (!is_absent(sim, client)) {
        sim_client_sign_in(sim, client);
    }
    soon(sim, PRESENCE_GAP_MS_MAX, SIM_PRESENCE);
}

/* ---- faults
 * ----------------------------------------------------------------------------------------------------- */

static void cut(struct sim *sim, struct sim_client *client)
{
    struct net_link *link = net_find(&sim->net, sim_client_conn(client));
    if (link == NULL) {
        return;
    }
    sim_trace(sim, "connection %llu of device %llu is cut", link->conn, client->index, 0, 0);
    uint64_t to_client_ms = net_send(link, NET_TO_CLIENT, sim->clock.now_ms, sim_below(sim, 300), NULL, 0);
    uint64_t to_server_ms = net_send(link, NET_TO_SERVER, sim->clock.now_ms, sim_below(sim, 300), NULL, 0);
    link->streams[NET_TO_CLIENT].is_dead = true;
    link->streams[NET_TO_SERVER].is_dead = true;
    if (to_client_ms != 0) {
        sim_at(sim, to_client_ms, SIM_TO_CLIENT, link->conn, 0);
    }
    if (to_server_ms != 0) {
        sim_at(sim, to_server_ms, SIM_TO_SERVER, link->conn, 0);
    }
}

static void half_open(struct sim *sim, struct sim_client *client)
{
    struct net_link *link = net_find(&sim->net, sim_client_conn(client));
    if (link == NULL) {
        return;
    }
    uint32_t which = 1 + sim_below(sim, 3);
    sim_trace(sim, "connection %llu of device %llu goes dead, ways %llu", link->conn, client->index, which,
              0);
    link->streams[NET_TO_SERVER].is_dead |= (which & 1u) != 0;
    link->streams[NET_TO_CLIENT].is_dead |= (which & 2u) != 0;
}

/* What was said last is late, and the device connects anew: both connections are alive for a while. */
static void connect_twice(struct sim *sim, struct sim_client *client)
{
    struct net_link *link = net_find(&sim->net, sim_client_conn(client));
    if (link == NULL) {
        return;
    }
    sim_trace(sim, "device %llu forgets that it has connection %llu", client->index, link->conn, 0, 0);
    link->delay_ms += sim_below(sim, LATE_MS_MAX);
    for (uint32_t i = 0; i < 3; i++) {
        write_one(sim, client, sim_below(sim, ORG_PERSON_COUNT));
    }
    sim_client_connect_twice(sim, client);
}

static void jump_clock_by(struct sim *sim, int64_t hours)
{
    sim_trace(sim, "the calendar jumps by %lld h", (uint64_t)hours, 0, 0, 0);
    fake_clock_jump(&sim->clock, hours * HOUR_MS);
    checker_on_clock(sim);
}

static void jump_clock(struct sim *sim)
{
    int64_t hours = (int64_t)sim_below(sim, 5) - 2;
    if (sim_chance(sim, 150)) {
        hours = (int64_t)sim_below(sim, 24 * 40) - 24 * 20;
    }
    jump_clock_by(sim, hours);
}

static void end_server(struct sim *sim)
{
    enum server_end how = (enum server_end)sim_below(sim, 3);
    sim_server_end(sim, how, 100 + sim_below(sim, 3000));
}

/* True for the one whose share of the sum the number fell into; asked one after the other. */
static bool is_drawn(uint32_t *io_draw, uint32_t weight)
{
    bool is_it = *io_draw < weight;
    *io_draw -= is_it ? 0 : weight;
    return is_it;
}

void workload_on_fault(struct sim *sim)
{
    struct store_sim_faults faults;
    if (sim->is_calm) {
        return;
    }
    struct sim_client *client = any_client(sim);
    const struct fault_weights *weights = &sim->weights;
    uint32_t draw = sim_below(sim, weights->sum);
    if (is_drawn(&draw, weights->cut)) {
        cut(sim, client);
    } else if (is_drawn(&draw, weights->half_open)) {
        half_open(sim, client);
    } else if (is_drawn(&draw, weights->client_crash)) {
        sim_client_crash(sim, client, sim_chance(sim, 500));
    } else if (is_drawn(&draw, weights->connect_twice)) {
        connect_twice(sim, client);
    } else if (is_drawn(&draw, weights->server_end)) {
        end_server(sim);
    } else if (is_drawn(&draw, weights->store)) {
        draw_store_faults(sim, &faults);
        sim_server_set_faults(sim, &faults);
    } else if (is_drawn(&draw, weights->clock)) {
        jump_clock(sim);
    } else if (sim_chance(sim, ERASE_PERMILLE)) {
        model_admin_erase(sim, sim_below(sim, ORG_PERSON_COUNT));
    } else if (sim_chance(sim, HISTORY_PERMILLE)) {
        model_admin_let_history_follow(sim, sim_chance(sim, FOLLOWS_PERMILLE),
                                       sim_chance(sim, ARCHIVES_PERMILLE));
    } else if (sim_chance(sim, COVER_PERMILLE)) {
        model_admin_allow_invisible(sim, sim_chance(sim, 500));
    } else {
        model_admin_switch(sim, sim_chance(sim, 500));
    }
    soon(sim, FAULT_GAP_MS_MAX, SIM_FAULT);
}

/* ---- peace
 * ------------------------------------------------------------------------------------------------------ */

void workload_calm(struct sim *sim)
{
    const struct store_sim_faults none = {.delay_ms_max = 3, .trim_permille = 200};
    sim_trace(sim, "calm", 0, 0, 0, 0);
    sim->is_calm = true;
    sim_server_set_faults(sim, &none);
    uint64_t return_ms = RETURN_MS;
    if (sim->absent < ORG_PERSON_COUNT && sim_chance(sim, 500)) {
        jump_clock_by(sim, LONG_ABSENCE_DAYS * 24); /* longer than anything waits */
        return_ms = RETURN_LATE_MS;
    }
    for (uint32_t i = 0; i < sim->org.device_count; i++) {
        sim_client_sign_out(sim, &sim->clients[i]);
        if (!is_absent(sim, &sim->clients[i])) {
            sim_client_sign_in(sim, &sim->clients[i]);
        }
        if (sim->clients[i].is_real) { /* everybody is visible in the end, so everything is told */
            real_client_set_state(sim, &sim->clients[i].u.real, PRESENCE_AUTO);
        }
    }
    sim_after(sim, return_ms, SIM_RETURN, 0, 0);
    sim_after(sim, return_ms + SIM_CALM_MS, SIM_END, 0, 0);
}

void workload_return(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->org.device_count; i++) {
        if (is_absent(sim, &sim->clients[i])) {
            sim_client_sign_in(sim, &sim->clients[i]);
        } else if (sim->clients[i].is_real && sim_chance(sim, BACK_PERMILLE)) {
            real_client_touch(sim, &sim->clients[i].u.real);
        }
    }
}
