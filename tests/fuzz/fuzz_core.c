/*
 * fuzz_core.c - sequences of events into the server's core: an organisation of honest devices, a store with
 * faults, and bytes that decide what happens next, hostile frames on signed-in connections included.
 *
 * Whatever comes, the core does not stop itself; it answers or closes; and when everybody is gone and the
 * store has answered, it has given back all that it had taken: no request, no buffer, no sent row, no session
 * is left.
 *
 * The bytes are a program: one for what to do, then its arguments. The simulator's parts do the rest, and its
 * checker looks on. The first byte says which kind of program it is. In one kind only strangers are hostile:
 * there every invariant of checker.h holds, and in the end everybody signs in and has got what is theirs. In
 * the other, devices that are signed in say anything too, which takes numbers and rows that their honest
 * halves know nothing of: there only what the store has taken is judged, the quota (I4) and that no row was
 * given to two messages.
 */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/crypto.h"
#include "proto/admin.h"
#include "proto/codec.h"
#include "tests/fuzz/program.h"
#include "tests/proto/random_message.h"
#include "tests/sim/sim_client.h"
#include "tests/sim/sim_run.h"
#include "tests/support/core_rest.h"

#define OP_COUNT_MAX 200u
#define FRAME_ARENA_SIZE (256u * 1024)
#define SETTLE_MS 120000u

/* ---- the world -------------------------------------------------------------------------------------------
 */

static struct sim sim; /* large */
static bool only_strangers_are_hostile;

static void begin(uint8_t seed)
{
    only_strangers_are_hostile = seed % 2 == 0;
    static struct sim_client clients[ORG_DEVICE_COUNT_MAX];
    memset(&sim, 0, sizeof(sim));
    memset(clients, 0, sizeof(clients));
    sim.clients = clients;
    fake_clock_init(&sim.clock);
    fake_random_init(&sim.random, seed);
    trace_init(&sim.trace, sim.clock.now_ms, false);
    sim_org_init(&sim);
    sim_server_init(&sim);
    for (uint32_t i = 0; i < sim.org.device_count; i++) {
        model_client_init(&sim, &clients[i].u.model, i);
    }
    sim_server_start(&sim);
}

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* A run has room for so many connections and requests; a program may want more. */
static bool is_about_the_run(const char *finding)
{
    return begins_with(finding, "the run needs") || begins_with(finding, "the core has more than");
}

static void judge(void)
{
    bool counts = only_strangers_are_hostile
                      ? !is_about_the_run(sim.finding)
                      : begins_with(sim.finding, "I4") || begins_with(sim.finding, "row ");
    if (sim.finding[0] != '\0' && counts) {
        (void)fprintf(stderr, "found: %s\n", sim.finding);
        abort();
    }
    sim.finding[0] = '\0';
}

/* Events until the time has come. */
static void pass(uint64_t ms)
{
    struct heap_event event;
    uint64_t until_ms = sim.clock.now_ms + ms;
    while (sim.heap.count > 0 && sim.heap.events[0].at_ms <= until_ms && event_heap_pop(&sim.heap, &event)) {
        fake_clock_pass(&sim.clock, event.at_ms - sim.clock.now_ms);
        checker_on_clock(&sim);
        sim_dispatch(&sim, &event);
        judge();
        sim.is_over = false;
    }
    if (until_ms > sim.clock.now_ms) {
        fake_clock_pass(&sim.clock, until_ms - sim.clock.now_ms);
    }
}

/* Everybody signs in and gets what is theirs. */
static void everybody_returns(void)
{
    for (uint32_t i = 0; i < sim.org.device_count; i++) {
        model_client_sign_out(&sim, &sim.clients[i].u.model);
        model_client_sign_in(&sim, &sim.clients[i].u.model);
    }
    pass(SIM_CALM_MS);
}

static void end(void)
{
    sim.is_calm = true;
    sim_server_set_faults(&sim, &(struct store_sim_faults){.delay_ms_max = 3});
    if (only_strangers_are_hostile) {
        everybody_returns();
    }
    for (uint32_t i = 0; i < sim.org.device_count; i++) {
        model_client_sign_out(&sim, &sim.clients[i].u.model);
    }
    for (uint32_t i = 0; i < sim.net.link_count; i++) {
        struct net_link *link = sim.net.links[i];
        uint64_t at_ms = net_send(link, NET_TO_SERVER, sim.clock.now_ms, 0, NULL, 0);
        sim_at(&sim, at_ms == 0 ? sim.clock.now_ms : at_ms, SIM_TO_SERVER, link->conn, 0);
    }
    pass(SETTLE_MS);
    /* Once a minute it asks for what has expired: not at rest just then. */
    for (int i = 0; i < 3 && sim.server.is_ready && !core_is_at_rest(sim.server.core); i++) {
        pass(1000);
    }
    assert(!sim.server.is_ready || core_is_at_rest(sim.server.core));
    if (only_strangers_are_hostile) {
        sim_server_stop(&sim);
        checker_on_end(&sim);
        judge();
    }
    sim_finish(&sim);
}

/* ---- what may happen -------------------------------------------------------------------------------------
 */

static void put_on_link(struct net_link *link, const void *bytes, size_t size)
{
    uint64_t at_ms = net_send(link, NET_TO_SERVER, sim.clock.now_ms, 0, bytes, size);
    if (at_ms != 0) {
        sim_at(&sim, at_ms, SIM_TO_SERVER, link->conn, 0);
    }
}

/* Nothing is no message: on these links it stands for the beginning of a connection. */
static void say_bytes(uint64_t conn, struct oim_slice bytes)
{
    struct net_link *link = net_find(&sim.net, conn);
    if (link != NULL && bytes.size > 0) {
        put_on_link(link, bytes.data, bytes.size);
    }
}

/* A frame with a right head and a body out of the program. */
static void say_raw(struct program *program, uint64_t conn)
{
    uint8_t frame[FRAME_HEADER_SIZE + UINT8_MAX];
    uint8_t kind = next_byte(program);
    struct oim_slice body = next_bytes(program);
    oim_put_be32(frame, (uint32_t)(FRAME_HEADER_SIZE - 4 + body.size));
    oim_put_be16(frame + 4, kind);
    oim_put_be32(frame + 6, 7);
    memcpy(frame + FRAME_HEADER_SIZE, body.data, body.size);
    say_bytes(conn, oim_slice(frame, FRAME_HEADER_SIZE + body.size));
}

/* What a peer that knows people and numbers would say. */
static void make_plausible(struct program *program, const struct model_client *client, struct frame *frame)
{
    uint8_t which = next_byte(program);
    const struct oim_id *user = &sim.org.user_ids[which % ORG_PERSON_COUNT];
    switch (frame->kind) {
    case FRAME_SUBMIT:
        frame->u.submit.to_user = *user;
        frame->u.submit.send_no = client->send_last + which % 4;
        frame->u.submit.suite = 0;
        for (size_t i = 0; i < frame->u.submit.slot_count; i++) {
            struct key_slot *slot =
                (struct key_slot *)(uintptr_t)&frame->u.submit.slots[i]; /* in our arena */
            slot->device_id = sim.org.devices[(which + i) % sim.org.device_count].device_id;
        }
        break;
    case FRAME_ACK:
        frame->u.ack.seq = client->cursor + which % 8;
        break;
    case FRAME_CONTACT:
        frame->u.contact.user = *user;
        break;
    case FRAME_TYPING:
        frame->u.typing.to_user = *user;
        break;
    case FRAME_ADMIN:
        frame->u.admin.admin_no = which;
        admin_sign(&sim.org.org_id, frame->u.admin.admin_no, frame->u.admin.body,
                   &sim.org.devices[client->index].key, &frame->u.admin.sig);
        break;
    default:
        break;
    }
}

static void say_random(struct program *program, const struct model_client *client, uint64_t conn)
{
    static uint8_t memory[FRAME_ARENA_SIZE];
    struct oim_arena arena;
    struct fake_random random;
    struct frame frame;
    const struct kind_of_frame *kind = &all_kinds[next_byte(program) % all_kind_count];
    OIM_CLEANUP(oim_buf_finish) struct oim_buf bytes = {.size_max = FRAME_SIZE_MAX + FRAME_HEADER_SIZE};
    oim_arena_init(&arena, memory, sizeof(memory));
    fake_random_init(&random, next_byte(program));
    random_frame(kind->kind, kind->body, &random, &arena, &frame);
    make_plausible(program, client, &frame);
    if (codec_encode(&frame, &bytes) == OIM_OK) {
        say_bytes(conn, oim_buf_slice(&bytes));
    }
}

/* 0: there was no room. */
static uint64_t open_stranger(struct program *program)
{
    struct net_link *link = net_open(&sim.net, next_byte(program) % sim.org.device_count, 1, 1);
    if (link == NULL) {
        return 0;
    }
    put_on_link(link, "", 0);
    say_bytes(link->conn, next_bytes(program));
    return link->conn;
}

/* To oneself only where there is another device to read it. */
static void write_message(struct model_client *client, uint32_t person)
{
    bool is_to_self = person == sim.org.devices[client->index].person;
    uint32_t devices = sim_org_devices_of(&sim.org, person);
    if (is_to_self && (devices & (devices - 1)) == 0) {
        return;
    }
    uint32_t message = checker_write(&sim, client->index, person);
    if (message != CHECKER_MESSAGE_COUNT_MAX) {
        (void)model_client_write(&sim, client, message);
    }
}

static void set_faults(struct program *program)
{
    const struct store_sim_faults faults = {.delay_ms_max = 1 + next_byte(program) % 30u,
                                            .retry_permille = next_byte(program) % 100u,
                                            .unknown_permille = next_byte(program) % 50u,
                                            .stall_permille = next_byte(program) % 50u,
                                            .stall_ms_max = 4000};
    sim_server_set_faults(&sim, &faults);
}

static void do_next(struct program *program)
{
    uint8_t op = next_byte(program);
    struct model_client *client = &sim.clients[next_byte(program) % sim.org.device_count].u.model;
    switch (op % 12) {
    case 0:
        model_client_sign_in(&sim, client);
        break;
    case 1:
        model_client_sign_out(&sim, client);
        break;
    case 2:
        model_client_crash(&sim, client, next_byte(program) % 2 == 0);
        break;
    case 3:
        write_message(client, next_byte(program) % ORG_PERSON_COUNT);
        break;
    case 4:
        say_raw(program, only_strangers_are_hostile ? open_stranger(program) : client->conn);
        break;
    case 5:
    case 6:
        say_random(program, client, only_strangers_are_hostile ? open_stranger(program) : client->conn);
        break;
    case 7:
        say_bytes(only_strangers_are_hostile ? open_stranger(program) : client->conn, next_bytes(program));
        break;
    case 8:
        (void)open_stranger(program);
        break;
    case 9:
        set_faults(program);
        break;
    case 10:
        sim_server_end(&sim, (enum server_end)(next_byte(program) % 3), 1 + next_byte(program));
        break;
    case 11:
        pass((uint64_t)next_byte(program) * next_byte(program));
        break;
    }
    pass(next_byte(program) % 64u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct program program = {data, data + size};
    enum oim_status status = crypto_init();
    assert(status == OIM_OK);
    (void)status;
    begin(next_byte(&program));
    for (unsigned i = 0;
         i < OP_COUNT_MAX && program.at < program.end && sim.net.link_count < NET_LINK_COUNT_MAX / 2; i++) {
        do_next(&program);
    }
    end();
    return 0;
}
