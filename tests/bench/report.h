/*
 * report.h - figures by name, several runs of each, and their median as a table or as JSON.
 */
#ifndef OIM_TESTS_BENCH_REPORT_H
#define OIM_TESTS_BENCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum figure {
    FIGURE_MESSAGES,
    FIGURE_RATE,
    FIGURE_ACK_P50,
    FIGURE_ACK_P99,
    FIGURE_ACK_P999,
    FIGURE_E2E_P50,
    FIGURE_E2E_P99,
    FIGURE_E2E_P999,
    FIGURE_FIRST_P50,
    FIGURE_LAST_P50,
    FIGURE_LAST_P99,
    FIGURE_SERVER_CPU,
    FIGURE_DRIVER_CPU,
    FIGURE_SYNC_P50,
    FIGURE_SYNC_P99,
    FIGURE_RSS,
    FIGURE_RSS_GROWTH,
    FIGURE_SESSIONS,
    FIGURE_SESSION_SIZE,
    FIGURE_SIGN_IN_RATE,
    FIGURE_SIGN_IN_CPU,
    FIGURE_IDLE_CPU,
    FIGURE_ACKED,
    FIGURE_LOST,
    FIGURE_TWICE,
    FIGURE_DISORDERED,
    FIGURE_UNACKED_DELIVERED,
    FIGURE_RESTART,
    FIGURE_REFUSED,
    FIGURE_RETRIED,
    FIGURE_SENT,
    FIGURE_STALLED,
    FIGURE_STALLED_SIZE,
    FIGURE_ABSENT_SIZE,
    FIGURE_RECONNECTS,
    FIGURE_RSS_WARM,
    FIGURE_SLOPE,
    FIGURE_SLOPE_ERROR,
    FIGURE_DESCRIPTORS_LEAST,
    FIGURE_DESCRIPTORS_MOST,
    FIGURE_WAL_MOST,
    FIGURE_DATABASE_MOST,
    FIGURE_COUNT
};

#define REPORT_ROW_COUNT_MAX 64u
#define REPORT_RUN_COUNT_MAX 32u

struct report_row {
    char name[48];
    double values[FIGURE_COUNT][REPORT_RUN_COUNT_MAX];
    size_t counts[FIGURE_COUNT];
};

struct report {
    struct report_row rows[REPORT_ROW_COUNT_MAX];
    size_t row_count;
    bool has_commits;
    char commits[512]; /* the server's own words about all its commits since it was started last */
};

/** The row of that name, made if need be. */
struct report_row *report_row(struct report *report, const char *name);
void report_add(struct report_row *row, enum figure figure, double value);
/** Markdown: medians, and what the figures were measured with. */
void report_print(const struct report *report, FILE *out);
/** One object: rows by name, each with its medians and all runs. */
void report_print_json(const struct report *report, const char *server, FILE *out);

#endif
