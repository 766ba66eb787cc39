/*
 * store_writer.h - the one writer: applies a batch of tickets in one transaction, commits once, and knows
 * what a failure means.
 *
 * Invariants:
 *   no reply of a batch is OK before the batch's COMMIT has returned success.
 *   index and database agree between batches. After any failure the index is thrown away, the database opened
 *   again and the index rebuilt by a scan. (An undo log would be cheaper and is not worth its risk: a failure
 * is a full or failing disk, and a scan takes 0.1 s per 100,000 rows.) before COMMIT a failure is RETRY or
 * DISK_FULL: certainly not applied. From COMMIT it is UNKNOWN.
 *
 * Runs on the storage thread, or inside reap when there is none; store_thread.c decides which.
 */
#ifndef OIM_SERVER_STORE_STORE_WRITER_H
#define OIM_SERVER_STORE_STORE_WRITER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attr.h"
#include "common/error.h"
#include "server/store/store.h"
#include "server/store/store_ballast.h"
#include "server/store/store_copy.h"
#include "server/store/store_db.h"
#include "server/store/store_index.h"
#include "server/store/store_list.h"

#define STORE_HOUR_COUNT 24u
#define STORE_TRIM_IDLE_MS 1000u /* without a request for so long, the writer trims */

struct store_writer {
    const struct store_config *config; /* borrowed */
    struct store_env env;
    char path[PATH_MAX];
    struct store_db db;
    struct store_index index;
    struct store_list doomed; /* row ids to delete with this commit */
    struct store_ballast ballast;
    bool is_disk_full;
    uint64_t ballast_retry_ms; /* monotonic */
    bool is_fatal;
    uint64_t batch_row_count; /* of the batch being applied */
    struct store_stats stats;
    uint64_t hours_us_max[STORE_HOUR_COUNT]; /* the slowest commit of each of the last hours, by hour % count */
    uint64_t hour, committed_us;             /* of the last commit; monotonic */
};

OIM_MUST_CHECK enum oim_status store_writer_open(struct store_writer *writer,
                                                 const struct store_config *config,
                                                 const struct store_env *env, struct oim_error *err);
void store_writer_close(struct store_writer *writer); /* accepts all-zero */

/**
 * Apply the tickets in order and commit them together. Every reply is filled; a PAGE that is OK still has to
 * be fetched (store_reader.h).
 */
void store_writer_run(struct store_writer *writer, struct store_ticket **tickets, size_t ticket_count);

/** What a COUNT of all says of the file, the disk and the commits. */
void store_writer_measure(struct store_writer *writer, struct store_reply *out);

/** Trim a part of what may go. Returns true while there is more. */
bool store_writer_trim(struct store_writer *writer);

/** Out of memory, as a status and a sentence. */
enum oim_status store_writer_no_memory(struct store_writer *writer);

#endif
