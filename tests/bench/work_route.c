/*
 * work_route.c - W3: pairs of people who are signed in; and W4: sessions that sit there; and W5: kill -9.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/machine.h"
#include "tests/bench/work.h"

#define TURN_NS 50000000
#define SETTLE_NS 200000000
#define IDLE_NS INT64_C(1000000000)
#define IDLE_COUNT 4
#define QUIET_NS \
    INT64_C(12000000000) /* those who invited are told as gone 10 s after they left; not our business */
#define SIGN_INS_AT_A_TIME 64u
#define PROBE_NS 300000000

/* ---- W3
 * ------------------------------------------------------------------------------------------------------ */

struct route_run {
    const struct route_plan *plan;
    struct actor *actors; /* pair i: actors[i] sends to actors[i + pair_count] */
    struct samples end_to_end;
    uint32_t next_id;
    uint32_t answered_count, delivered_count;
};

static void route_send(struct stage *stage, struct route_run *run, struct actor *from, int64_t due_ns)
{
    const struct actor *to = &run->actors[from->index + run->plan->pair_count];
    from->undelivered_count++;
    actor_submit(stage, from, to->person, run->next_id++, due_ns);
}

static void route_fill(struct stage *stage, struct route_run *run, struct actor *from)
{
    const struct route_plan *plan = run->plan;
    while (plan->rate_per_s == 0 && run->next_id < plan->message_count &&
           actor_unanswered(from) < plan->window && from->undelivered_count < plan->window) {
        route_send(stage, run, from, stage->links.now_ns);
    }
}

static void route_on_answered(struct stage *stage, struct actor *actor, const struct in_flight *sent)
{
    struct route_run *run = stage->context;
    (void)sent;
    run->answered_count++;
    route_fill(stage, run, actor);
}

static void route_on_text(struct stage *stage, struct actor *actor, uint32_t id, int64_t due_ns)
{
    struct route_run *run = stage->context;
    struct actor *from = &run->actors[actor->index - run->plan->pair_count];
    (void)id;
    samples_add(&run->end_to_end, stage->links.now_ns - due_ns);
    run->delivered_count++;
    from->undelivered_count--;
    route_fill(stage, run, from);
}

/* What is due by now; returns when the next will be. A device's bound of unanswered Submits makes it late,
 * and the message is charged for it. */
static int64_t route_pace(struct stage *stage, struct route_run *run, int64_t begin_ns)
{
    const struct route_plan *plan = run->plan;
    double gap_ns = 1e9 / plan->rate_per_s;
    while (run->next_id < plan->message_count) {
        int64_t due_ns = begin_ns + (int64_t)((double)run->next_id * gap_ns);
        struct actor *from = &run->actors[run->next_id % plan->pair_count];
        int64_t left_ns = due_ns - machine_now_ns();
        if (left_ns > 0) {
            return left_ns;
        }
        if (actor_unanswered(from) >= UNANSWERED_MAX) {
            return TURN_NS;
        }
        route_send(stage, run, from, due_ns);
    }
    return TURN_NS;
}

static void route_sign_in(struct stage *stage, struct route_run *run, size_t count)
{
    int64_t begin_ns = machine_now_ns();
    size_t next = 0;
    for (size_t ready = 0; ready < count;) {
        while (next < count && stage->signing_in_count < SIGN_INS_AT_A_TIME) {
            run->actors[next].index = next;
            actor_open(stage, &run->actors[next], people_numbered(stage->people, run->plan->prefix, next),
                       CLASS_INTERACTIVE, WINDOW_ROWS_MAX, false);
            next++;
        }
        stage_turn(stage, TURN_NS);
        work_check_deadline(begin_ns, "sign-in", ready, count);
        while (ready < next && run->actors[ready].caught_up) {
            ready++;
        }
    }
    stage_settle(stage, SETTLE_NS);
}

static void probe_disk(const struct work *work, struct samples *samples)
{
    if (work->report != NULL && work->probe_folder != NULL) {
        (void)machine_sync_probe(work->probe_folder, PROBE_NS, samples);
    }
}

void work_route(struct work *work, const struct route_plan *plan)
{
    static const struct stage_ops signing_in = {.on_ready = NULL};
    static const struct stage_ops ops = {.on_answered = route_on_answered, .on_text = route_on_text};
    struct stage *stage = &work->stage;
    size_t count = 2 * plan->pair_count;
    struct route_run run = {.plan = plan, .actors = work_actors(count)};
    struct report_row *row = work->report == NULL ? NULL : report_row(work->report, plan->name);
    struct samples syncs = {0};
    struct sync_watch watch;
    bool is_paced = plan->rate_per_s > 0;
    stage->ops = &signing_in;
    route_sign_in(stage, &run, count);
    if (!is_paced) {
        probe_disk(work, &syncs);
    }
    machine_sync_watch_start(&watch, is_paced && work->report != NULL ? work->probe_folder : NULL);

    stage->ops = &ops;
    stage->context = &run;
    const struct work_clock clock = work_clock_start(work);
    stage->links.now_ns = clock.begin_ns;
    for (size_t i = 0; i < plan->pair_count; i++) {
        route_fill(stage, &run, &run.actors[i]);
    }
    while (run.delivered_count < plan->message_count || run.answered_count < plan->message_count) {
        stage_turn(stage, plan->rate_per_s > 0 ? route_pace(stage, &run, clock.begin_ns) : TURN_NS);
        work_check_deadline(clock.begin_ns, plan->name, run.delivered_count, plan->message_count);
    }
    work_clock_stop(work, &clock, machine_now_ns(), plan->message_count, row);
    work_add_percentiles(row, &run.end_to_end, FIGURE_E2E_P50, FIGURE_E2E_P99, FIGURE_E2E_P999);
    machine_sync_watch_stop(&watch);
    if (!is_paced) {
        probe_disk(work, &syncs);
    }
    work_add_percentiles(row, is_paced ? &watch.samples : &syncs, FIGURE_SYNC_P50, FIGURE_SYNC_P99, FIGURE_COUNT);

    stage->ops = &signing_in;
    stage_settle(stage, SETTLE_NS);
    for (size_t i = 0; i < count; i++) {
        actor_close(stage, &run.actors[i]);
    }
    stage_settle(stage, SETTLE_NS);
    samples_finish(&run.end_to_end);
    samples_finish(&syncs);
    samples_finish(&watch.samples);
    free(run.actors);
}

/* ---- W4
 * ------------------------------------------------------------------------------------------------------ */

static void idle_step(struct work *work, struct actor *actors, const char *prefix, size_t have, size_t want)
{
    struct stage *stage = &work->stage;
    int64_t begin_ns = machine_now_ns();
    size_t next = have;
    while (stage->ready_count < want) {
        while (next < want && stage->signing_in_count < SIGN_INS_AT_A_TIME) {
            actor_open(stage, &actors[next], people_numbered(stage->people, prefix, next), CLASS_INTERACTIVE,
                       WINDOW_ROWS_MAX, false);
            next++;
        }
        stage_turn(stage, TURN_NS);
        work_check_deadline(begin_ns, "sign-in", stage->ready_count, want);
    }
}

void work_idle(struct work *work, const char *name, const char *prefix, const size_t *steps,
               size_t step_count)
{
    static const struct stage_ops ops = {.on_ready = NULL};
    struct stage *stage = &work->stage;
    struct actor *actors = work_actors(steps[step_count - 1]);
    size_t have = 0;
    stage->ops = &ops;
    stage_settle(stage, QUIET_NS);
    long base_kib = machine_rss_kib(work->pid);
    for (size_t i = 0; i < step_count; i++) {
        char row_name[48];
        (void)snprintf(row_name, sizeof(row_name), "%s, %zu", name, steps[i]);
        double cpu_s = machine_cpu_s(work->pid);
        int64_t begin_ns = machine_now_ns();
        idle_step(work, actors, prefix, have, steps[i]);
        int64_t end_ns = machine_now_ns();
        stage_settle(stage, IDLE_NS);
        double signed_in_s = machine_cpu_s(work->pid);
        stage_settle(stage, IDLE_NS); /* watchers are being told */
        double quiet_s = machine_cpu_s(work->pid);
        stage_settle(stage, IDLE_COUNT * IDLE_NS);
        double idle_s = machine_cpu_s(work->pid) - quiet_s;
        long rss_kib = machine_rss_kib(work->pid);
        double added = (double)(steps[i] - have);
        have = steps[i];
        struct report_row *row = report_row(work->report, row_name);
        report_add(row, FIGURE_SESSIONS, (double)have);
        report_add(row, FIGURE_SIGN_IN_RATE, added / ((double)(end_ns - begin_ns) / 1e9));
        if (work->pid != 0) {
            report_add(row, FIGURE_RSS, (double)rss_kib);
            report_add(row, FIGURE_SESSION_SIZE, (double)(rss_kib - base_kib) / (double)have);
            report_add(row, FIGURE_SIGN_IN_CPU, (signed_in_s - cpu_s) * 1e6 / added);
            report_add(row, FIGURE_IDLE_CPU, idle_s * 100 / IDLE_COUNT);
        }
    }
    for (size_t i = 0; i < have; i++) {
        actor_close(stage, &actors[i]);
    }
    stage_settle(stage, IDLE_NS);
    free(actors);
}

/* ---- W5
 * ------------------------------------------------------------------------------------------------------ */

void work_crash(struct work *work, const char *name, const char *prefix, size_t user_count,
                size_t sender_count, uint32_t message_count)
{
    struct stage *stage = &work->stage;
    struct ledger ledger;
    struct oim_error err;
    ledger_init(&ledger, message_count);
    const struct store_plan store = {.name = name,
                                     .prefix = prefix,
                                     .user_count = user_count,
                                     .sender_count = sender_count,
                                     .window = 16,
                                     .message_count = message_count,
                                     .kill_after = message_count / 2};
    const struct drain_plan drain = {.name = name,
                                     .prefix = prefix,
                                     .user_count = user_count,
                                     .sign_ins_at_a_time = SIGN_INS_AT_A_TIME,
                                     .after_crash = true};
    work_store(work, &store, &ledger);
    spawn_stop(work->spawn, SIGKILL);
    int64_t begin_ns = machine_now_ns();
    if (spawn_start(work->spawn, &err) != OIM_OK ||
        links_redirect(&stage->links, work->spawn->host_port, &err) != OIM_OK) {
        stage_fail("after kill -9: %s", err.text);
    }
    double restart_ms = (double)(machine_now_ns() - begin_ns) / 1e6;
    work->pid = work->spawn->pid;
    stage->expects_close = false;
    work_drain(work, &drain, &ledger);

    uint64_t acked = 0;
    uint64_t lost = 0;
    uint64_t more = 0;
    for (uint32_t id = 0; id < message_count; id++) {
        acked += ledger.acked[id];
        lost += ledger.acked[id] && !ledger.seen[id];
        more += !ledger.acked[id] && ledger.seen[id];
    }
    struct report_row *row = report_row(work->report, name);
    report_add(row, FIGURE_ACKED, (double)acked);
    report_add(row, FIGURE_LOST, (double)lost);
    report_add(row, FIGURE_UNACKED_DELIVERED, (double)more);
    report_add(row, FIGURE_RESTART, restart_ms);
    ledger_finish(&ledger);
}
