#include "tests/bench/report.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static const struct {
    const char *key;   /* in JSON */
    const char *title; /* in tables */
    int decimals;
} figures[FIGURE_COUNT] = {
    [FIGURE_MESSAGES] = {"messages", "messages", 0},
    [FIGURE_RATE] = {"messages_per_s", "msg/s", 0},
    [FIGURE_ACK_P50] = {"ack_p50_ms", "ack p50 ms", 3},
    [FIGURE_ACK_P99] = {"ack_p99_ms", "p99", 3},
    [FIGURE_ACK_P999] = {"ack_p999_ms", "p99.9", 3},
    [FIGURE_E2E_P50] = {"end_to_end_p50_ms", "end to end p50 ms", 3},
    [FIGURE_E2E_P99] = {"end_to_end_p99_ms", "p99", 3},
    [FIGURE_E2E_P999] = {"end_to_end_p999_ms", "p99.9", 3},
    [FIGURE_FIRST_P50] = {"first_p50_ms", "connect to first p50 ms", 2},
    [FIGURE_LAST_P50] = {"last_p50_ms", "to last p50 ms", 2},
    [FIGURE_LAST_P99] = {"last_p99_ms", "p99", 2},
    [FIGURE_SERVER_CPU] = {"server_cpu_us_per_message", "server CPU µs/msg", 2},
    [FIGURE_DRIVER_CPU] = {"driver_cpu_us_per_message", "driver µs/msg", 2},
    [FIGURE_SYNC_P50] = {"fdatasync_p50_ms", "fdatasync p50 ms", 3},
    [FIGURE_SYNC_P99] = {"fdatasync_p99_ms", "p99", 3},
    [FIGURE_RSS] = {"rss_kib", "RSS KiB", 0},
    [FIGURE_RSS_GROWTH] = {"rss_growth_kib", "RSS growth KiB", 0},
    [FIGURE_SESSIONS] = {"sessions", "sessions", 0},
    [FIGURE_SESSION_SIZE] = {"kib_per_session", "KiB/session", 2},
    [FIGURE_SIGN_IN_RATE] = {"sign_ins_per_s", "sign-ins/s", 0},
    [FIGURE_SIGN_IN_CPU] = {"server_cpu_us_per_sign_in", "server CPU µs/sign-in", 0},
    [FIGURE_IDLE_CPU] = {"idle_cpu_percent", "idle CPU %", 2},
    [FIGURE_ACKED] = {"acknowledged", "acknowledged at kill -9", 0},
    [FIGURE_LOST] = {"lost", "of these lost", 0},
    [FIGURE_TWICE] = {"twice", "twice", 0},
    [FIGURE_DISORDERED] = {"out_of_order", "out of order", 0},
    [FIGURE_UNACKED_DELIVERED] = {"unacknowledged_delivered", "unacknowledged yet delivered", 0},
    [FIGURE_RESTART] = {"restart_ms", "accepting again ms", 0},
    [FIGURE_REFUSED] = {"refused", "refused", 0},
    [FIGURE_RETRIED] = {"retried", "retried", 0},
    [FIGURE_SENT] = {"sent", "sent", 0},
    [FIGURE_STALLED] = {"stalled", "stalled", 0},
    [FIGURE_STALLED_SIZE] = {"kib_per_stalled", "KiB/stalled", 2},
    [FIGURE_ABSENT_SIZE] = {"kib_per_absent", "KiB/absent, the same mail", 2},
    [FIGURE_RECONNECTS] = {"reconnects", "reconnects", 0},
    [FIGURE_RSS_WARM] = {"rss_warm_kib", "RSS warm KiB", 0},
    [FIGURE_SLOPE] = {"rss_slope_kib_per_hour", "RSS slope KiB/h", 1},
    [FIGURE_SLOPE_ERROR] = {"rss_slope_error_kib_per_hour", "± (95 %)", 1},
    [FIGURE_DESCRIPTORS_LEAST] = {"descriptors_least", "descriptors from", 0},
    [FIGURE_DESCRIPTORS_MOST] = {"descriptors_most", "to", 0},
    [FIGURE_WAL_MOST] = {"wal_most_mib", "WAL MiB at most", 1},
    [FIGURE_DATABASE_MOST] = {"database_most_mib", "database MiB at most", 1},
};

/* Rows that share a kind of work share a table: those that have its first figure. */
static const struct {
    const char *title;
    enum figure figures[14];
    size_t count;
} tables[] = {
    {"Sending",
     {FIGURE_ACK_P50, FIGURE_ACK_P99, FIGURE_ACK_P999, FIGURE_MESSAGES, FIGURE_RATE, FIGURE_SERVER_CPU,
      FIGURE_DRIVER_CPU, FIGURE_SYNC_P50, FIGURE_SYNC_P99, FIGURE_RSS_GROWTH},
     10},
    {"End to end",
     {FIGURE_E2E_P50, FIGURE_E2E_P99, FIGURE_E2E_P999, FIGURE_MESSAGES, FIGURE_RATE, FIGURE_SERVER_CPU,
      FIGURE_DRIVER_CPU, FIGURE_SYNC_P50, FIGURE_SYNC_P99},
     9},
    {"Drain at sign-in",
     {FIGURE_FIRST_P50, FIGURE_LAST_P50, FIGURE_LAST_P99, FIGURE_MESSAGES, FIGURE_RATE, FIGURE_SERVER_CPU,
      FIGURE_DRIVER_CPU, FIGURE_TWICE, FIGURE_DISORDERED},
     9},
    {"Idle sessions",
     {FIGURE_SESSIONS, FIGURE_RSS, FIGURE_SESSION_SIZE, FIGURE_SIGN_IN_RATE, FIGURE_SIGN_IN_CPU,
      FIGURE_IDLE_CPU},
     6},
    {"People who never read",
     {FIGURE_STALLED, FIGURE_MESSAGES, FIGURE_STALLED_SIZE, FIGURE_ABSENT_SIZE, FIGURE_SLOPE, FIGURE_SLOPE_ERROR},
     6},
    {"Soak",
     {FIGURE_RECONNECTS, FIGURE_SENT, FIGURE_LOST, FIGURE_TWICE, FIGURE_RATE, FIGURE_RSS_WARM, FIGURE_RSS, FIGURE_SLOPE,
      FIGURE_SLOPE_ERROR, FIGURE_DESCRIPTORS_LEAST, FIGURE_DESCRIPTORS_MOST, FIGURE_WAL_MOST, FIGURE_DATABASE_MOST},
     13},
    {"Killed",
     {FIGURE_ACKED, FIGURE_LOST, FIGURE_TWICE, FIGURE_DISORDERED, FIGURE_UNACKED_DELIVERED, FIGURE_RESTART},
     6},
};

struct report_row *report_row(struct report *report, const char *name)
{
    for (size_t i = 0; i < report->row_count; i++) {
        if (strcmp(report->rows[i].name, name) == 0) {
            return &report->rows[i];
        }
    }
    if (report->row_count == REPORT_ROW_COUNT_MAX) {
        abort();
    }
    struct report_row *row = &report->rows[report->row_count++];
    *row = (struct report_row){.name = ""};
    (void)snprintf(row->name, sizeof(row->name), "%s", name);
    return row;
}

void report_add(struct report_row *row, enum figure figure, double value)
{
    if (row->counts[figure] < REPORT_RUN_COUNT_MAX) {
        row->values[figure][row->counts[figure]++] = value;
    }
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(const struct report_row *row, enum figure figure)
{
    double sorted[REPORT_RUN_COUNT_MAX];
    size_t count = row->counts[figure];
    memcpy(sorted, row->values[figure], count * sizeof(sorted[0]));
    qsort(sorted, count, sizeof(sorted[0]), compare);
    return count % 2 == 1 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

static void print_row(const struct report_row *row, const enum figure *columns, size_t column_count,
                      FILE *out)
{
    fprintf(out, "| %s |", row->name);
    for (size_t i = 0; i < column_count; i++) {
        enum figure figure = columns[i];
        if (row->counts[figure] == 0) {
            fputs(" – |", out);
        } else {
            fprintf(out, " %.*f |", figures[figure].decimals, median(row, figure));
        }
    }
    fputc('\n', out);
}

static void print_table(const struct report *report, size_t index, FILE *out)
{
    bool begun = false;
    for (size_t i = 0; i < report->row_count; i++) {
        const struct report_row *row = &report->rows[i];
        if (row->counts[tables[index].figures[0]] == 0) {
            continue;
        }
        if (!begun) {
            begun = true;
            fprintf(out, "\n| %s |", tables[index].title);
            for (size_t k = 0; k < tables[index].count; k++) {
                fprintf(out, " %s |", figures[tables[index].figures[k]].title);
            }
            fputs("\n|---|", out);
            for (size_t k = 0; k < tables[index].count; k++) {
                fputs("---:|", out);
            }
            fputc('\n', out);
        }
        print_row(row, tables[index].figures, tables[index].count, out);
    }
}

static void print_refusals(const struct report *report, FILE *out)
{
    for (size_t i = 0; i < report->row_count; i++) {
        const struct report_row *row = &report->rows[i];
        if (row->counts[FIGURE_REFUSED] > 0) {
            fprintf(out, "\n%s: %.0f refused, %.0f sent again.\n", row->name, median(row, FIGURE_REFUSED),
                    median(row, FIGURE_RETRIED));
        }
    }
}

void report_print(const struct report *report, FILE *out)
{
    struct utsname system;
    (void)uname(&system);
    fprintf(out, "oim-bench %s, %ld cores, %s %s; medians\n", OIM_VERSION, sysconf(_SC_NPROCESSORS_ONLN),
            system.sysname, system.release);
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        print_table(report, i, out);
    }
    print_refusals(report, out);
    if (report->has_commits) {
        fprintf(out, "\nThe server's commits: %s\n", report->commits);
    }
}

static cJSON *row_as_json(const struct report_row *row)
{
    cJSON *object = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(object, "workload", row->name);
    for (int figure = 0; figure < FIGURE_COUNT; figure++) {
        size_t count = row->counts[figure];
        if (count > 0) {
            cJSON *both = cJSON_AddObjectToObject(object, figures[figure].key);
            (void)cJSON_AddNumberToObject(both, "median", median(row, (enum figure)figure));
            (void)cJSON_AddItemToObject(both, "runs",
                                        cJSON_CreateDoubleArray(row->values[figure], (int)count));
        }
    }
    return object;
}

void report_print_json(const struct report *report, const char *server, FILE *out)
{
    cJSON *object = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(object, "version", OIM_VERSION);
    (void)cJSON_AddStringToObject(object, "server", server);
    (void)cJSON_AddNumberToObject(object, "cores", (double)sysconf(_SC_NPROCESSORS_ONLN));
    if (report->has_commits) {
        (void)cJSON_AddStringToObject(object, "commits", report->commits);
    }
    cJSON *rows = cJSON_AddArrayToObject(object, "workloads");
    for (size_t i = 0; i < report->row_count; i++) {
        (void)cJSON_AddItemToArray(rows, row_as_json(&report->rows[i]));
    }
    char *text = cJSON_Print(object);
    if (text != NULL) {
        fprintf(out, "%s\n", text);
        cJSON_free(text);
    }
    cJSON_Delete(object);
}
