/*
 * work.c - what all workloads share, and W1 and W2: store for people who are signed out, drain when they sign
 * in.
 */
#include "tests/bench/work.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/joining.h"
#include "tests/bench/machine.h"

#define TURN_NS 50000000
#define SETTLE_NS 200000000
#define DEADLINE_NS INT64_C(120000000000)
#define QUIET_NS INT64_C(2000000000)
#define PROBE_NS 300000000
#define SENDER_PREFIX "s"

/* ---- shared
 * -------------------------------------------------------------------------------------------------- */

struct actor *work_actors(size_t count)
{
    struct actor *actors = calloc(count, sizeof(*actors));
    if (actors == NULL) {
        stage_fail("no memory for %zu devices", count);
    }
    return actors;
}

void work_check_deadline(int64_t begin_ns, const char *name, uint64_t done, uint64_t wanted)
{
    if (machine_now_ns() - begin_ns > DEADLINE_NS) {
        stage_fail("%s stands at %llu of %llu after two minutes", name, (unsigned long long)done,
                   (unsigned long long)wanted);
    }
}

struct work_clock work_clock_start(const struct work *work)
{
    return (struct work_clock){
        .server_s = machine_cpu_s(work->pid),
        .driver_s = machine_own_cpu_s(),
        .begin_ns = machine_now_ns(),
    };
}

void work_clock_stop(const struct work *work, const struct work_clock *clock, int64_t until_ns,
                     uint64_t count, struct report_row *row)
{
    double server_s = machine_cpu_s(work->pid) - clock->server_s;
    double driver_s = machine_own_cpu_s() - clock->driver_s;
    double seconds = (double)(until_ns - clock->begin_ns) / 1e9;
    if (row == NULL || count == 0 || seconds <= 0) {
        return;
    }
    report_add(row, FIGURE_MESSAGES, (double)count);
    report_add(row, FIGURE_RATE, (double)count / seconds);
    report_add(row, FIGURE_DRIVER_CPU, driver_s * 1e6 / (double)count);
    if (work->pid != 0) {
        report_add(row, FIGURE_SERVER_CPU, server_s * 1e6 / (double)count);
    }
}

void work_add_percentiles(struct report_row *row, struct samples *samples, enum figure p50, enum figure p99,
                          enum figure p999)
{
    samples_sort(samples);
    if (row != NULL && samples->count > 0) {
        report_add(row, p50, samples_at(samples, 0.5));
        report_add(row, p99, samples_at(samples, 0.99));
        if (p999 != FIGURE_COUNT) {
            report_add(row, p999, samples_at(samples, 0.999));
        }
    }
}

static struct report_row *row_of(const struct work *work, const char *name)
{
    return work->report == NULL ? NULL : report_row(work->report, name);
}

/* The disk alone, right beside the run: what one acknowledgement costs at the least. */
static void probe_disk(const struct work *work, struct report_row *row)
{
    struct samples samples = {0};
    if (row != NULL && work->probe_folder != NULL &&
        machine_sync_probe(work->probe_folder, PROBE_NS, &samples)) {
        work_add_percentiles(row, &samples, FIGURE_SYNC_P50, FIGURE_SYNC_P99, FIGURE_COUNT);
    }
    samples_finish(&samples);
}

static void sign_in_all(struct stage *stage, struct actor *actors, size_t count, const char *prefix)
{
    int64_t begin_ns = machine_now_ns();
    for (size_t i = 0; i < count; i++) {
        actors[i].index = i;
        actor_open(stage, &actors[i], people_numbered(stage->people, prefix, i), CLASS_INTERACTIVE,
                   WINDOW_ROWS_MAX, false);
    }
    for (size_t ready = 0; ready < count;) {
        stage_turn(stage, TURN_NS);
        work_check_deadline(begin_ns, "sign-in", ready, count);
        while (ready < count && actors[ready].caught_up) {
            ready++;
        }
    }
    stage_settle(stage, SETTLE_NS);
}

static void close_all(struct stage *stage, struct actor *actors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        actor_close(stage, &actors[i]);
    }
    stage_settle(stage, SETTLE_NS);
}

void ledger_init(struct ledger *ledger, uint32_t count)
{
    *ledger = (struct ledger){
        .count = count,
        .acked = calloc(count, sizeof(*ledger->acked)),
        .seen = calloc(count, sizeof(*ledger->seen)),
        .senders = calloc(count, sizeof(*ledger->senders)),
    };
    if (ledger->acked == NULL || ledger->seen == NULL || ledger->senders == NULL) {
        stage_fail("no memory for %u messages", count);
    }
}

void ledger_finish(struct ledger *ledger)
{
    free(ledger->acked);
    free(ledger->seen);
    free(ledger->senders);
    *ledger = (struct ledger){0};
}

/* ---- W1: store
 * ----------------------------------------------------------------------------------------------- */

struct store_run {
    const struct work *work;
    const struct store_plan *plan;
    struct ledger *ledger;
    struct person_account **to;
    struct samples latencies;
    uint32_t next_id;
    uint32_t acked_count;
};

static void store_fill(struct stage *stage, struct store_run *run, struct actor *actor)
{
    const struct store_plan *plan = run->plan;
    while (run->next_id < plan->message_count && actor_unanswered(actor) < plan->window) {
        uint32_t id = run->next_id++;
        run->ledger->senders[id] = (uint16_t)actor->index;
        actor_submit(stage, actor, run->to[id % plan->user_count], id, stage->links.now_ns);
    }
}

static void store_on_answered(struct stage *stage, struct actor *actor, const struct in_flight *sent)
{
    struct store_run *run = stage->context;
    run->acked_count++;
    run->ledger->acked[sent->id] = 1;
    samples_add(&run->latencies, stage->links.now_ns - sent->due_ns);
    if (run->plan->kill_after != 0 && run->acked_count >= run->plan->kill_after) {
        if (!stage->expects_close) {
            stage->expects_close = true;
            (void)kill(run->work->pid, SIGKILL);
        }
        return;
    }
    store_fill(stage, run, actor);
}

static void store_add_memory(const struct work *work, struct report_row *row, long before_kib)
{
    if (row != NULL && work->pid != 0) {
        long after_kib = machine_rss_kib(work->pid);
        report_add(row, FIGURE_RSS, (double)after_kib);
        report_add(row, FIGURE_RSS_GROWTH, (double)(after_kib - before_kib));
    }
}

static void store_add_refusals(const struct stage *stage, struct report_row *row, uint64_t refused_before,
                               uint64_t retried_before)
{
    uint64_t refused = stage->refused_count - refused_before;
    uint64_t retried = stage->retried_count - retried_before;
    if (row != NULL && (refused > 0 || retried > 0)) {
        report_add(row, FIGURE_REFUSED, (double)refused);
        report_add(row, FIGURE_RETRIED, (double)retried);
    }
}

void work_store(struct work *work, const struct store_plan *plan, struct ledger *ledger)
{
    static const struct stage_ops signing_in = {.on_ready = NULL};
    static const struct stage_ops ops = {.on_answered = store_on_answered};
    struct stage *stage = &work->stage;
    struct store_run run = {.work = work, .plan = plan, .ledger = ledger};
    struct report_row *row = plan->kill_after != 0 ? NULL : row_of(work, plan->name);
    struct actor *actors = work_actors(plan->sender_count);
    run.to = calloc(plan->user_count, sizeof(struct person_account *));
    if (run.to == NULL) {
        stage_fail("no memory");
    }
    for (size_t i = 0; i < plan->user_count; i++) {
        run.to[i] = people_numbered(stage->people, plan->prefix, i);
    }
    stage->ops = &signing_in;
    sign_in_all(stage, actors, plan->sender_count, SENDER_PREFIX);
    probe_disk(work, row);
    long before_kib = machine_rss_kib(work->pid);
    uint64_t refused = stage->refused_count;
    uint64_t retried = stage->retried_count;

    stage->ops = &ops;
    stage->context = &run;
    const struct work_clock clock = work_clock_start(work);
    stage->links.now_ns = clock.begin_ns;
    for (size_t i = 0; i < plan->sender_count; i++) {
        store_fill(stage, &run, &actors[i]);
    }
    while (plan->kill_after != 0 ? stage->ready_count > 0 : run.acked_count < plan->message_count) {
        stage_turn(stage, TURN_NS);
        work_check_deadline(clock.begin_ns, plan->name, run.acked_count, plan->message_count);
    }
    work_clock_stop(work, &clock, machine_now_ns(), run.acked_count, row);
    work_add_percentiles(row, &run.latencies, FIGURE_ACK_P50, FIGURE_ACK_P99, FIGURE_ACK_P999);
    store_add_memory(work, row, before_kib);
    store_add_refusals(stage, row, refused, retried);

    stage->ops = &signing_in;
    close_all(stage, actors, plan->sender_count);
    samples_finish(&run.latencies);
    free((void *)run.to);
    free(actors);
}

/* ---- W2: drain
 * ----------------------------------------------------------------------------------------------- */

struct drain_run {
    const struct drain_plan *plan;
    struct ledger *ledger;
    uint32_t *last_ids; /* by recipient and sender: one more than the last id seen */
    uint64_t *expected; /* by recipient */
    uint64_t received_count, twice_count, disordered_count;
    size_t full_count;
    int64_t last_ns;
};

#define SENDER_COUNT_MAX 64u

static void drain_on_text(struct stage *stage, struct actor *actor, uint32_t id, int64_t due_ns)
{
    struct drain_run *run = stage->context;
    (void)due_ns;
    run->last_ns = stage->links.now_ns;
    if (run->ledger == NULL || id >= run->ledger->count) {
        return; /* left over from another run */
    }
    uint32_t *last = &run->last_ids[actor->index * SENDER_COUNT_MAX + run->ledger->senders[id]];
    if (run->ledger->seen[id]) {
        run->twice_count++;
    } else if (id < *last) {
        run->disordered_count++;
    }
    run->ledger->seen[id] = 1;
    *last = id + 1;
    run->received_count++;
    if (actor->received_count == run->expected[actor->index]) {
        run->full_count++;
    }
}

static void drain_expect(struct drain_run *run)
{
    size_t user_count = run->plan->user_count;
    for (uint32_t id = 0; run->ledger != NULL && id < run->ledger->count; id++) {
        run->expected[id % user_count] += run->ledger->acked[id];
    }
    for (size_t i = 0; i < user_count; i++) {
        run->full_count += run->expected[i] == 0;
    }
}

static void drain_add_row(const struct drain_run *run, const struct actor *actors, struct report_row *row)
{
    struct samples first = {0};
    struct samples last = {0};
    for (size_t i = 0; row != NULL && i < run->plan->user_count; i++) {
        if (actors[i].first_ns != 0) {
            samples_add(&first, actors[i].first_ns - actors[i].opened_ns);
            samples_add(&last, actors[i].last_ns - actors[i].opened_ns);
        }
    }
    samples_sort(&first);
    if (row != NULL && first.count > 0) {
        report_add(row, FIGURE_FIRST_P50, samples_at(&first, 0.5));
    }
    work_add_percentiles(row, &last, FIGURE_LAST_P50, FIGURE_LAST_P99, FIGURE_COUNT);
    if (row != NULL) {
        report_add(row, FIGURE_TWICE, (double)run->twice_count);
        report_add(row, FIGURE_DISORDERED, (double)run->disordered_count);
    }
    samples_finish(&first);
    samples_finish(&last);
}

/* Opens the next ones: at most so many sign-ins at a time, or each only once the one before has everything.
 */
static size_t drain_open(struct stage *stage, const struct drain_run *run, struct actor *actors, size_t next)
{
    const struct drain_plan *plan = run->plan;
    bool serial = plan->sign_ins_at_a_time == 1 && !plan->after_crash;
    while (next < plan->user_count &&
           (serial ? next <= run->full_count : stage->signing_in_count < plan->sign_ins_at_a_time)) {
        actors[next].index = next;
        actor_open(stage, &actors[next], people_numbered(stage->people, plan->prefix, next),
                   CLASS_INTERACTIVE, WINDOW_ROWS_MAX, false);
        next++;
    }
    return next;
}

static bool drain_is_done(const struct stage *stage, const struct drain_run *run)
{
    size_t user_count = run->plan->user_count;
    if (run->plan->after_crash) {
        return stage->ready_count == user_count && machine_now_ns() - run->last_ns > QUIET_NS;
    }
    return run->full_count >= user_count && (run->ledger != NULL || stage->ready_count == user_count);
}

void work_drain(struct work *work, const struct drain_plan *plan, struct ledger *ledger)
{
    static const struct stage_ops ops = {.on_text = drain_on_text};
    struct stage *stage = &work->stage;
    struct drain_run run = {.plan = plan, .ledger = ledger};
    struct report_row *row = row_of(work, plan->name);
    struct actor *actors = work_actors(plan->user_count);
    run.last_ids = calloc(plan->user_count * SENDER_COUNT_MAX, sizeof(*run.last_ids));
    run.expected = calloc(plan->user_count, sizeof(*run.expected));
    if (run.last_ids == NULL || run.expected == NULL) {
        stage_fail("no memory");
    }
    drain_expect(&run);
    stage->ops = &ops;
    stage->context = &run;
    const struct work_clock clock = work_clock_start(work);
    run.last_ns = clock.begin_ns;
    size_t next = 0;
    while (next < plan->user_count || !drain_is_done(stage, &run)) {
        next = drain_open(stage, &run, actors, next);
        stage_turn(stage, TURN_NS);
        work_check_deadline(clock.begin_ns, plan->name, run.received_count,
                            ledger == NULL ? 0 : ledger->count);
    }
    if (!plan->after_crash) {
        work_clock_stop(work, &clock, run.last_ns, run.received_count, row);
        drain_add_row(&run, actors, row);
    } else if (row != NULL) {
        report_add(row, FIGURE_TWICE, (double)run.twice_count);
        report_add(row, FIGURE_DISORDERED, (double)run.disordered_count);
    }
    stage_settle(stage, SETTLE_NS); /* acknowledgements on their way */
    close_all(stage, actors, plan->user_count);
    free(run.last_ids);
    free(run.expected);
    free(actors);
}
