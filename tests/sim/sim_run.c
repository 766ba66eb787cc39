/*
 * sim_run.c - see sim_run.h: one heap of events from the first to the last.
 */
#include "tests/sim/sim_run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/sim_client.h"

/* ---- what everybody uses
 * ---------------------------------------------------------------------------------------- */

uint32_t sim_below(struct sim *sim, uint32_t bound)
{
    return (uint32_t)fake_random_below(&sim->random, bound);
}

bool sim_chance(struct sim *sim, uint32_t permille)
{
    return sim_below(sim, 1000) < permille;
}

void sim_at(struct sim *sim, uint64_t at_ms, enum sim_event_kind kind, uint64_t subject, uint64_t version)
{
    const struct heap_event event = {
        .at_ms = at_ms, .kind = kind, .subject = (uint32_t)subject, .version = version};
    event_heap_push(&sim->heap, &event);
}

void sim_after(struct sim *sim, uint64_t delay_ms, enum sim_event_kind kind, uint64_t subject,
               uint64_t version)
{
    sim_at(sim, sim->clock.now_ms + delay_ms, kind, subject, version);
}

void sim_find(struct sim *sim, const char *format, ...)
{
    if (sim->finding[0] != '\0') {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sim->finding, sizeof(sim->finding), format, arguments);
    va_end(arguments);
    sim->is_over = true;
}

struct net_link *sim_open_link(struct sim *sim, uint32_t device)
{
    bool is_slow = !sim->is_calm && sim_chance(sim, 100);
    uint32_t delay_ms = is_slow ? 300 + sim_below(sim, 2500) : 1 + sim_below(sim, 40);
    struct net_link *link = net_open(&sim->net, device, delay_ms, is_slow ? 1000 : 10);
    if (link == NULL) {
        sim_find(sim, "the run needs more than %u connections", NET_LINK_COUNT_MAX);
    }
    return link;
}

void sim_pass_over(struct oim_slice *io_bytes, sim_wants_fn *wants)
{
    while (io_bytes->size >= FRAME_HEADER_SIZE &&
           !wants((enum frame_kind)oim_get_be16(io_bytes->data + 4))) {
        size_t size = sizeof(uint32_t) + oim_get_be32(io_bytes->data);
        if (size > io_bytes->size) {
            return; /* no frame: for the codec to say */
        }
        *io_bytes = oim_slice(io_bytes->data + size, io_bytes->size - size);
    }
}

size_t sim_text_size(uint32_t message)
{
    return 16 + (message * 37u) % (message % 16 == 0 ? 580u : 60u);
}

/* ---- the loop
 * --------------------------------------------------------------------------------------------------- */

void sim_dispatch(struct sim *sim, const struct heap_event *event)
{
    switch ((enum sim_event_kind)event->kind) {
    case SIM_TO_SERVER:
        sim_server_on_readable(sim, event->subject);
        break;
    case SIM_TO_CLIENT:
        sim_client_on_readable(sim, event->subject);
        break;
    case SIM_WRITABLE:
        if (event->version == sim->server.life) {
            sim_server_on_writable(sim, event->subject);
        }
        break;
    case SIM_SERVER_START:
        sim_server_start(sim);
        break;
    case SIM_SERVER_TICK:
        if (event->subject == (uint32_t)sim->server.life) {
            sim_server_on_tick(sim, event->version);
        }
        break;
    case SIM_SERVER_ROUND:
        sim_server_on_round(sim, event->version);
        break;
    case SIM_SERVER_STORE:
        sim_server_on_store(sim, event->version);
        break;
    case SIM_CLIENT_TICK:
        model_client_on_tick(sim, &sim->clients[event->subject].u.model);
        break;
    case SIM_CLIENT_COMMIT:
        model_client_on_commit(sim, &sim->clients[event->subject].u.model, event->version);
        break;
    case SIM_CLIENT_PUMP:
        model_client_pump(sim, &sim->clients[event->subject].u.model);
        break;
    case SIM_CLIENT_START:
        real_client_on_start(sim, &sim->clients[event->subject].u.real, event->version);
        break;
    case SIM_CLIENT_WAKE:
        real_client_on_wake(sim, &sim->clients[event->subject].u.real, event->version);
        break;
    case SIM_WORK:
        workload_on_work(sim);
        break;
    case SIM_PRESENCE:
        workload_on_presence(sim);
        break;
    case SIM_FAULT:
        workload_on_fault(sim);
        break;
    case SIM_CALM:
        workload_calm(sim);
        break;
    case SIM_RETURN:
        workload_return(sim);
        break;
    case SIM_END:
        sim->is_over = true;
        break;
    }
}

static void set_up(struct sim *sim)
{
    /* Kept from run to run: fresh pages would cost more than what happens in them. */
    static struct sim_client clients[ORG_DEVICE_COUNT_MAX];
    fake_clock_init(&sim->clock);
    fake_random_init(&sim->random, sim->seed);
    trace_init(&sim->trace, sim->clock.now_ms, sim->options.prints);
    checker_on_clock(sim);
    sim_org_init(sim);
    sim_server_init(sim);
    sim->clients = clients;
    for (uint32_t i = 0; i < sim->org.device_count; i++) {
        sim_client_init(sim, i);
    }
    sim_server_start(sim);
    workload_start(sim);
    sim_after(sim, (uint64_t)SIM_FAULTS_MS * sim->pace, SIM_CALM, 0, 0);
}

void sim_run(struct sim *sim, uint64_t seed, const struct sim_options *options)
{
    struct heap_event event;
    memset(sim, 0, sizeof(*sim));
    sim->seed = seed;
    sim->options = *options;
    set_up(sim);
    while (!sim->is_over && event_heap_pop(&sim->heap, &event)) {
        fake_clock_pass(&sim->clock, event.at_ms - sim->clock.now_ms);
        checker_on_clock(sim);
        sim_dispatch(sim, &event);
    }
    if (sim->finding[0] == '\0') {
        sim_server_stop(sim);
        checker_on_end(sim);
    }
}

void sim_finish(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->org.device_count; i++) {
        sim_client_finish(&sim->clients[i]);
    }
    sim_server_finish(sim);
    net_finish(&sim->net);
    event_heap_finish(&sim->heap);
}
