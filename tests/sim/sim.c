/*
 * sim.c - runs seeds of the deterministic simulator until one of them finds something.
 *
 *   sim --seeds N --first S          one run after the other; the first seed is said before anything else
 *   sim --bug NAME ...               a mistake on purpose: the program fails when no seed finds it. Stores
 * that break a promise are always there; those of common/bug.h with the build option planted_bugs sim --bugs
 * what they are called sim --disks                      real devices keep their profiles in SQLite, on disks
 * that lose and tear sim --trace                      every line as it happens
 *
 * One seed in a hundred is run twice: the two traces must be the same (I8). Ends with 0 (nothing found, or
 * the bug was), 1 (a finding, or the bug was missed), 2 (usage).
 */
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/bug.h"
#include "common/crypto.h"
#include "tests/sim/sim_run.h"

#define TWICE_EVERY 100u
#define LARGE_SIZE (1 << 16)

struct arguments {
    uint64_t seed_count, seed_first;
    const char *bug;
    bool prints_bugs;
    struct sim_options options;
};

struct totals {
    uint64_t seed_count, message_count, acked_count, shown_count, line_count;
    uint64_t digest; /* of all traces: what changes nothing that can be seen leaves it as it is */
};

static struct sim sim; /* large */
static bool has_bug;   /* so that a finding is what was wanted */

/* An assertion of the core is a finding like any other; here there is only time to say where. */
static void on_abort(int number)
{
    (void)number;
    char text[96];
    int size =
        snprintf(text, sizeof(text), "seed %" PRIu64 ": the server stopped itself (assertion)\n", sim.seed);
    ssize_t written = write(STDOUT_FILENO, text, (size_t)size);
    _exit(written > 0 && has_bug ? 0 : 1);
}

static bool read_number(const char *text, uint64_t *out)
{
    char *end = NULL;
    *out = strtoull(text, &end, 10);
    return end != text && *end == '\0';
}

#ifdef OIM_PLANTED_BUGS

static bool plant(const char *name)
{
    for (enum bug bug = BUG_NONE + 1; bug < BUG_COUNT; bug++) {
        if (strcmp(bug_name(bug), name) == 0) {
            bug_planted = bug;
            return true;
        }
    }
    return false;
}

static void print_bugs(void)
{
    for (enum bug bug = BUG_NONE + 1; bug < BUG_COUNT; bug++) {
        printf("%s\t%s\n", bug_name(bug), bug_text(bug));
    }
}

#else

static bool plant(const char *name)
{
    (void)name;
    return false;
}

static void print_bugs(void)
{
}

#endif

static void print_all_bugs(void)
{
    for (enum store_lie lie = LIE_NONE + 1; store_lie_name(lie) != NULL; lie++) {
        printf("%s\tthe store: %s\n", store_lie_name(lie), store_lie_text(lie));
    }
    print_bugs();
}

static bool read_arguments(int argc, char **argv, struct arguments *out)
{
    *out = (struct arguments){.seed_count = 100, .seed_first = 1};
    for (int i = 1; i < argc; i++) {
        bool has_value = i + 1 < argc;
        if (strcmp(argv[i], "--trace") == 0) {
            out->options.prints = true;
        } else if (strcmp(argv[i], "--bugs") == 0) {
            out->prints_bugs = true;
        } else if (strcmp(argv[i], "--disks") == 0) {
            out->options.disks = true;
        } else if (strcmp(argv[i], "--seeds") == 0 && has_value) {
            if (!read_number(argv[++i], &out->seed_count)) {
                return false;
            }
        } else if (strcmp(argv[i], "--first") == 0 && has_value) {
            if (!read_number(argv[++i], &out->seed_first)) {
                return false;
            }
        } else if (strcmp(argv[i], "--bug") == 0 && has_value) {
            out->bug = argv[++i];
            out->options.lie = store_lie_find(out->bug);
            if (out->options.lie == LIE_NONE && !plant(out->bug)) {
                return false;
            }
        } else {
            return false;
        }
    }
    return true;
}

static void add_totals(struct totals *totals)
{
    totals->seed_count++;
    totals->message_count += sim.checker.message_count;
    totals->acked_count += sim.checker.acked_count;
    totals->shown_count += sim.checker.shown_count;
    totals->line_count += sim.trace.line_count;
    totals->digest = totals->digest * 31 + sim.trace.hash;
}

static bool run_once(uint64_t seed, const struct sim_options *options, struct totals *totals,
                     uint64_t *out_hash)
{
    sim_run(&sim, seed, options);
    add_totals(totals);
    *out_hash = sim.trace.hash;
    bool is_clean = sim.finding[0] == '\0';
    if (!is_clean) {
        printf("seed %" PRIu64 ": %s\n", seed, sim.finding);
        if (!has_bug) {
            trace_print_last(&sim.trace);
        }
    }
    sim_finish(&sim);
    return is_clean;
}

static bool run_seed(uint64_t seed, const struct sim_options *options, struct totals *totals)
{
    uint64_t first_hash = 0;
    uint64_t second_hash = 0;
    if (!run_once(seed, options, totals, &first_hash)) {
        return false;
    }
    if (seed % TWICE_EVERY != 0) {
        return true;
    }
    if (!run_once(seed, options, totals, &second_hash)) {
        return false;
    }
    if (first_hash != second_hash) {
        printf("seed %" PRIu64 ": I8: two runs differ\n", seed);
    }
    return first_hash == second_hash;
}

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    struct totals totals = {0};
    if (!read_arguments(argc, argv, &arguments)) {
        fprintf(stderr, "usage: sim [--seeds N] [--first S] [--disks] [--trace] [--bug NAME] | --bugs\n");
        return 2;
    }
    if (crypto_init() != OIM_OK || signal(SIGABRT, on_abort) == SIG_ERR) {
        return 1;
    }
    /* Large blocks fresh from the system are zero already; used ones would be cleared for every server
     * started. */
    (void)mallopt(M_MMAP_THRESHOLD, LARGE_SIZE);
    if (arguments.prints_bugs) {
        print_all_bugs();
        return 0;
    }
    printf("first seed %" PRIu64 "\n", arguments.seed_first);
    (void)fflush(stdout);
    double start_s = now_s();
    bool is_clean = true;
    has_bug = arguments.bug != NULL;
    for (uint64_t i = 0; i < arguments.seed_count && is_clean; i++) {
        is_clean = run_seed(arguments.seed_first + i, &arguments.options, &totals);
    }
    double took_s = now_s() - start_s;
    printf("%" PRIu64 " seeds, %" PRIu64 " messages, %" PRIu64 " answered, %" PRIu64 " shown, %" PRIu64
           " lines, digest %016" PRIx64 "; %.1f seeds/s\n",
           totals.seed_count, totals.message_count, totals.acked_count, totals.shown_count, totals.line_count,
           totals.digest, (double)totals.seed_count / took_s);
    return (arguments.bug != NULL) == is_clean ? 1 : 0;
}
