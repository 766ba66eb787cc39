/*
 * work_stall.c - people who never read: signed in, pinging so that they are not taken for gone, while mail
 * for them comes in. The server must keep what is theirs on disk, and little in memory (STORE.md 4(f)).
 *
 * What waits costs memory by itself, whoever it waits for. So the same mail goes to as many people who are
 * signed out first; what those who do not read cost is the difference. Then nothing more comes, and nothing
 * more may grow.
 */
#include <stdlib.h>

#include "tests/bench/machine.h"
#include "tests/bench/work.h"

#define TURN_NS 5000000
#define LOOK_NS INT64_C(500000000)
#define PING_NS INT64_C(10000000000)
#define LOOK_COUNT_MAX 4096u
#define WINDOW 16u
#define SENDER_PREFIX "s"

struct stall {
    const struct stall_plan *plan;
    struct person_account **people; /* who gets mail now */
    uint32_t wanted_count, sent_count, answered_count;
};

static void fill(struct stage *stage, struct stall *stall, struct actor *sender)
{
    while (stall->sent_count < stall->wanted_count && actor_unanswered(sender) < WINDOW) {
        uint32_t id = stall->sent_count++;
        actor_submit(stage, sender, stall->people[id % stall->plan->reader_count], id, stage->links.now_ns);
    }
}

static void on_answered(struct stage *stage, struct actor *actor, const struct in_flight *sent)
{
    struct stall *stall = stage->context;
    (void)sent;
    stall->answered_count++;
    fill(stage, stall, actor);
}

static void sign_in(struct stage *stage, struct actor *actors, size_t count, const char *prefix)
{
    size_t next = 0, before = stage->ready_count;
    while (stage->ready_count < before + count) {
        for (; next < count && stage->signing_in_count < 64; next++) {
            actors[next].index = next;
            actor_open(stage, &actors[next], people_numbered(stage->people, prefix, next), CLASS_INTERACTIVE,
                       WINDOW_ROWS_MAX, false);
        }
        stage_turn(stage, TURN_NS);
    }
    stage_settle(stage, LOOK_NS);
}

static void ping(struct stage *stage, struct actor *readers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        actor_say(stage, &readers[i], &(struct frame){.kind = FRAME_PING, .request = 1});
    }
}

/* So many for each of the prefix; returns what the server has grown, in KiB. */
static double send_all(struct work *work, struct stall *stall, struct actor *senders, const char *prefix)
{
    struct stage *stage = &work->stage;
    const struct stall_plan *plan = stall->plan;
    double before_kib = (double)machine_rss_kib(work->pid);
    for (size_t i = 0; i < plan->reader_count; i++) {
        stall->people[i] = people_numbered(stage->people, prefix, i);
    }
    stall->sent_count = stall->answered_count = 0;
    stall->wanted_count = (uint32_t)plan->reader_count * plan->messages_each;
    for (size_t i = 0; i < plan->sender_count; i++) {
        fill(stage, stall, &senders[i]);
    }
    while (stall->answered_count < stall->wanted_count) {
        stage_turn(stage, TURN_NS);
    }
    stage_settle(stage, LOOK_NS);
    return (double)machine_rss_kib(work->pid) - before_kib;
}

/* Nothing comes, they ping and do not read. */
static double slope_at_rest(struct work *work, struct actor *readers, const struct stall_plan *plan,
                            double *out_error)
{
    static double at_s[LOOK_COUNT_MAX], rss_kib[LOOK_COUNT_MAX];
    struct stage *stage = &work->stage;
    int64_t begin_ns = machine_now_ns();
    int64_t end_ns = begin_ns + (int64_t)plan->rest_s * 1000000000;
    int64_t look_at_ns = begin_ns, ping_at_ns = begin_ns;
    size_t look_count = 0;
    for (int64_t now_ns = begin_ns; now_ns < end_ns && look_count < LOOK_COUNT_MAX;
         now_ns = machine_now_ns()) {
        if (now_ns >= ping_at_ns) {
            ping_at_ns += PING_NS;
            ping(stage, readers, plan->reader_count);
        }
        if (now_ns >= look_at_ns) {
            look_at_ns += LOOK_NS;
            at_s[look_count] = (double)(now_ns - begin_ns) / 1e9;
            rss_kib[look_count++] = (double)machine_rss_kib(work->pid);
        }
        stage_turn(stage, TURN_NS);
    }
    return look_count > 2 ? work_slope_per_hour(at_s, rss_kib, look_count, out_error) : 0;
}

void work_stall(struct work *work, const struct stall_plan *plan)
{
    static const struct stage_ops ops = {.on_answered = on_answered};
    struct stage *stage = &work->stage;
    struct stall stall = {.plan = plan,
                          .people = calloc(plan->reader_count, sizeof(struct person_account *))};
    struct actor *readers = work_actors(plan->reader_count);
    struct actor *senders = work_actors(plan->sender_count);
    struct report_row *row = report_row(work->report, plan->name);
    double error = 0;
    if (stall.people == NULL) {
        stage_fail("no memory");
    }
    stage->ops = &ops;
    stage->context = &stall;
    sign_in(stage, senders, plan->sender_count, SENDER_PREFIX);
    double absent_kib = send_all(work, &stall, senders, plan->absent_prefix);
    sign_in(stage, readers, plan->reader_count, plan->prefix);
    for (size_t i = 0; i < plan->reader_count; i++) {
        link_stop_reading(&stage->links, &readers[i].link);
    }
    double stalled_kib = send_all(work, &stall, senders, plan->prefix);
    report_add(row, FIGURE_SLOPE, slope_at_rest(work, readers, plan, &error));
    report_add(row, FIGURE_SLOPE_ERROR, error);
    report_add(row, FIGURE_STALLED, (double)plan->reader_count);
    report_add(row, FIGURE_MESSAGES, (double)plan->messages_each);
    report_add(row, FIGURE_ABSENT_SIZE, absent_kib / (double)plan->reader_count);
    report_add(row, FIGURE_STALLED_SIZE, stalled_kib / (double)plan->reader_count);
    for (size_t i = 0; i < plan->sender_count; i++) {
        actor_close(stage, &senders[i]);
    }
    for (size_t i = 0; i < plan->reader_count; i++) {
        actor_close(stage, &readers[i]);
    }
    free(senders);
    free(readers);
    free((void *)stall.people);
}
