/*
 * work_soak.c - a long run at a steady rate in which everybody comes and goes: does the server grow?
 *
 * Half of the people write to the other half, each to one. Everybody leaves about once a minute and is back a
 * moment later, so that some of what is sent waits. Each pair counts its messages: a number that is missing
 * was lost, one that comes again was shown twice. Every ten seconds the server is looked at from outside: its
 * memory, its open files, its log and its database; the slope of its memory is that of the least squares over
 * the later two thirds.
 *
 * Writers leave when everything is answered and readers when everything is acknowledged: what a connection
 * that breaks in between costs is the business of W5 and of the kill loops.
 */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/bench/machine.h"
#include "tests/bench/work.h"

#define TURN_NS 20000000
#define SAMPLE_NS INT64_C(10000000000)
#define ROUND_NS INT64_C(60000000000) /* in which everybody leaves once */
#define AWAY_NS INT64_C(1000000000)
#define DRAIN_NS INT64_C(30000000000)
#define SIGN_INS_AT_A_TIME 64u
#define WARM_PART 3 /* the first third counts for nothing */

struct look {
    double descriptors, wal_bytes, database_bytes;
};

struct soak {
    const struct soak_plan *plan;
    struct actor *actors; /* pair i: actors[i] writes to actors[i + pair_count] */
    uint32_t *sent;       /* by pair */
    uint32_t *seen;       /* by pair: the last number */
    int64_t *back_at_ns;  /* by actor; 0: is here or on the way */
    bool *leaving;        /* by actor */
    uint64_t sent_count, seen_count, twice_count, lost_count, reconnect_count;
    struct look *looks;
    double *at_s, *rss_kib; /* of each look */
    size_t look_count, look_count_max;
};

/* ---- looking at the server -------------------------------------------------------------------------------
 */

static double count_descriptors(pid_t pid)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    double count = 0;
    while (folder != NULL && readdir(folder) != NULL) {
        count++;
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return count - 2; /* . and .. */
}

static double size_of(const struct spawn *spawn, const char *name)
{
    char path[PATH_MAX];
    struct stat stat_of_file;
    (void)snprintf(path, sizeof(path), "%s/data/%s", spawn->folder, name);
    return stat(path, &stat_of_file) == 0 ? (double)stat_of_file.st_size : 0;
}

static void look(const struct work *work, struct soak *soak, int64_t begin_ns)
{
    if (soak->look_count < soak->look_count_max) {
        soak->at_s[soak->look_count] = (double)(machine_now_ns() - begin_ns) / 1e9;
        soak->rss_kib[soak->look_count] = (double)machine_rss_kib(work->pid);
        soak->looks[soak->look_count++] = (struct look){.descriptors = count_descriptors(work->pid),
                                                        .wal_bytes = size_of(work->spawn, "oimd.db-wal"),
                                                        .database_bytes = size_of(work->spawn, "oimd.db")};
    }
}

double work_slope_per_hour(const double *at_s, const double *values, size_t count, double *out_error)
{
    double n = (double)count, sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0;
    for (size_t i = 0; i < count; i++) {
        sum_x += at_s[i];
        sum_y += values[i];
        sum_xx += at_s[i] * at_s[i];
        sum_xy += at_s[i] * values[i];
    }
    double spread = sum_xx - sum_x * sum_x / n;
    double slope = (sum_xy - sum_x * sum_y / n) / spread;
    double origin = (sum_y - slope * sum_x) / n, residue = 0;
    for (size_t i = 0; i < count; i++) {
        double off = values[i] - origin - slope * at_s[i];
        residue += off * off;
    }
    *out_error = 1.96 * sqrt(residue / (n - 2) / spread) * 3600;
    return slope * 3600;
}

static void report_looks(const struct soak *soak, struct report_row *row)
{
    size_t first = soak->look_count / WARM_PART;
    size_t count = soak->look_count - first;
    struct look least = soak->looks[0], most = {0};
    for (size_t i = 0; i < soak->look_count; i++) {
        least.descriptors = fmin(least.descriptors, soak->looks[i].descriptors);
        most.descriptors = fmax(most.descriptors, soak->looks[i].descriptors);
        most.wal_bytes = fmax(most.wal_bytes, soak->looks[i].wal_bytes);
        most.database_bytes = fmax(most.database_bytes, soak->looks[i].database_bytes);
    }
    if (count > 2) {
        double error = 0;
        report_add(row, FIGURE_SLOPE,
                   work_slope_per_hour(&soak->at_s[first], &soak->rss_kib[first], count, &error));
        report_add(row, FIGURE_SLOPE_ERROR, error);
        report_add(row, FIGURE_RSS_WARM, soak->rss_kib[first]);
        report_add(row, FIGURE_RSS, soak->rss_kib[soak->look_count - 1]);
    }
    report_add(row, FIGURE_DESCRIPTORS_LEAST, least.descriptors);
    report_add(row, FIGURE_DESCRIPTORS_MOST, most.descriptors);
    report_add(row, FIGURE_WAL_MOST, most.wal_bytes / 1048576);
    report_add(row, FIGURE_DATABASE_MOST, most.database_bytes / 1048576);
}

/* ---- people ----------------------------------------------------------------------------------------------
 */

static void open_one(struct stage *stage, struct soak *soak, size_t index)
{
    struct actor *actor = &soak->actors[index];
    uint64_t cursor = actor->seq;
    actor->index = index;
    actor_open(stage, actor, people_numbered(stage->people, soak->plan->prefix, index), CLASS_INTERACTIVE,
               WINDOW_ROWS_MAX, false);
    actor->seq = actor->acked_seq = actor->kept_seq = cursor; /* as a device remembers it */
}

static void leave_if_settled(struct stage *stage, struct soak *soak, struct actor *actor)
{
    bool settled = actor->state == ACTOR_READY && actor_unanswered(actor) == 0 &&
                   actor->seq == actor->acked_seq && !actor->is_staged;
    if (soak->leaving[actor->index] && settled) {
        soak->leaving[actor->index] = false;
        soak->back_at_ns[actor->index] = machine_now_ns() + AWAY_NS;
        soak->reconnect_count++;
        actor_close(stage, actor);
    }
}

/* Those whose turn it is leave, those who were away long enough come back. */
static void come_and_go(struct stage *stage, struct soak *soak, int64_t begin_ns, size_t *turn)
{
    size_t count = 2 * soak->plan->pair_count;
    int64_t now_ns = machine_now_ns();
    int64_t turn_ns = ROUND_NS / (int64_t)count;
    while (begin_ns + (int64_t)*turn * turn_ns < now_ns) {
        soak->leaving[(*turn)++ % count] = true;
    }
    for (size_t i = 0; i < count; i++) {
        leave_if_settled(stage, soak, &soak->actors[i]);
        if (soak->back_at_ns[i] != 0 && soak->back_at_ns[i] <= now_ns) {
            soak->back_at_ns[i] = 0;
            open_one(stage, soak, i);
        }
    }
}

/* What is due by now, from those who are here; the others' messages are not made up for. */
static void send_due(struct stage *stage, struct soak *soak, int64_t begin_ns, uint64_t *due)
{
    double gap_ns = 1e9 / soak->plan->rate_per_s;
    int64_t now_ns = machine_now_ns();
    for (; begin_ns + (int64_t)((double)*due * gap_ns) <= now_ns; (*due)++) {
        size_t pair = (size_t)(*due % soak->plan->pair_count);
        struct actor *from = &soak->actors[pair];
        if (from->state == ACTOR_READY && !soak->leaving[pair] &&
            actor_unanswered(from) < UNANSWERED_MAX / 2) {
            actor_submit(stage, from, soak->actors[pair + soak->plan->pair_count].person, ++soak->sent[pair],
                         now_ns);
            soak->sent_count++;
        }
    }
}

static void on_text(struct stage *stage, struct actor *actor, uint32_t id, int64_t due_ns)
{
    struct soak *soak = stage->context;
    uint32_t *last = &soak->seen[actor->index - soak->plan->pair_count];
    (void)due_ns;
    soak->seen_count++;
    if (id <= *last) {
        soak->twice_count++;
        return;
    }
    soak->lost_count += id - *last - 1;
    *last = id;
}

/* Everybody is here, nobody writes: what was sent must come. */
static void drain(struct stage *stage, struct soak *soak)
{
    int64_t begin_ns = machine_now_ns();
    size_t count = 2 * soak->plan->pair_count;
    memset(soak->leaving, 0, count * sizeof(*soak->leaving));
    for (size_t i = 0; i < count; i++) {
        soak->back_at_ns[i] = soak->back_at_ns[i] != 0 ? 1 : 0;
    }
    while (soak->seen_count < soak->sent_count && machine_now_ns() - begin_ns < DRAIN_NS) {
        for (size_t i = 0; i < count; i++) {
            if (soak->back_at_ns[i] != 0) {
                soak->back_at_ns[i] = 0;
                open_one(stage, soak, i);
            }
        }
        stage_turn(stage, TURN_NS);
    }
    for (size_t i = 0; i < soak->plan->pair_count; i++) {
        soak->lost_count += soak->sent[i] - soak->seen[i];
    }
}

void work_soak(struct work *work, const struct soak_plan *plan)
{
    static const struct stage_ops ops = {.on_text = on_text};
    struct stage *stage = &work->stage;
    size_t count = 2 * plan->pair_count;
    struct soak soak = {.plan = plan,
                        .actors = work_actors(count),
                        .sent = calloc(plan->pair_count, sizeof(uint32_t)),
                        .seen = calloc(plan->pair_count, sizeof(uint32_t)),
                        .back_at_ns = calloc(count, sizeof(int64_t)),
                        .leaving = calloc(count, sizeof(bool)),
                        .look_count_max = plan->duration_s / (SAMPLE_NS / 1000000000) + 2};
    soak.looks = calloc(soak.look_count_max, sizeof(*soak.looks));
    soak.at_s = calloc(soak.look_count_max, sizeof(double));
    soak.rss_kib = calloc(soak.look_count_max, sizeof(double));
    if (soak.sent == NULL || soak.seen == NULL || soak.back_at_ns == NULL || soak.leaving == NULL ||
        soak.looks == NULL || soak.at_s == NULL || soak.rss_kib == NULL) {
        stage_fail("no memory");
    }
    stage->ops = &ops;
    stage->context = &soak;
    for (size_t next = 0; stage->ready_count < count;) {
        for (; next < count && stage->signing_in_count < SIGN_INS_AT_A_TIME; next++) {
            open_one(stage, &soak, next);
        }
        stage_turn(stage, TURN_NS);
    }

    const struct work_clock clock = work_clock_start(work);
    size_t turn = 0;
    uint64_t due = 0;
    int64_t end_ns = clock.begin_ns + (int64_t)plan->duration_s * 1000000000;
    int64_t look_at_ns = clock.begin_ns;
    for (int64_t now_ns = clock.begin_ns; now_ns < end_ns; now_ns = machine_now_ns()) {
        if (now_ns >= look_at_ns) {
            look(work, &soak, clock.begin_ns);
            look_at_ns += SAMPLE_NS;
        }
        send_due(stage, &soak, clock.begin_ns, &due);
        come_and_go(stage, &soak, clock.begin_ns, &turn);
        stage_turn(stage, 1000000);
    }
    struct report_row *row = report_row(work->report, plan->name);
    work_clock_stop(work, &clock, machine_now_ns(), soak.seen_count, row);
    drain(stage, &soak);
    report_looks(&soak, row);
    report_add(row, FIGURE_SENT, (double)soak.sent_count);
    report_add(row, FIGURE_LOST, (double)soak.lost_count);
    report_add(row, FIGURE_TWICE, (double)soak.twice_count);
    report_add(row, FIGURE_RECONNECTS, (double)soak.reconnect_count);
    for (size_t i = 0; i < count; i++) {
        actor_close(stage, &soak.actors[i]);
    }
    free(soak.rss_kib);
    free(soak.at_s);
    free(soak.looks);
    free(soak.leaving);
    free(soak.back_at_ns);
    free(soak.seen);
    free(soak.sent);
    free(soak.actors);
}
