#include "server/store/store_writer.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

#include "server/store/migrate.h"
#include "server/store/store_apply.h"
#include "server/store/store_scan.h"
#include "server/store/store_trim.h"

#define HOUR_US UINT64_C(3600000000)
#define TRIM_RIDE_BACKLOG 4096u /* from so many rows on, trimming rides along with other commits */
#define TRIM_RIDE_ROW_COUNT 1024u
#define TRIM_IDLE_ROW_COUNT 4096u
#define BALLAST_RETRY_MS 1000u
#define MEASURE_COMMIT_COUNT 256u /* the disk is looked at once in so many commits */

enum oim_status store_writer_no_memory(struct store_writer *writer)
{
    return oim_fail(&writer->db.error, OIM_ERR_IO, "out of memory");
}

static enum oim_status open_and_scan(struct store_writer *writer, struct oim_error *err)
{
    enum oim_status status = store_db_open(&writer->db, writer->path, writer->config->vfs, DB_WRITER, err);
    if (status != OIM_OK) {
        return status;
    }
    status = migrate_run(&writer->db, err);
    if (status == OIM_OK) {
        status = migrate_check(&writer->db, err);
    }
    if (status == OIM_OK) {
        status = store_db_prepare(&writer->db, err);
    }
    if (status == OIM_OK) {
        status = store_scan(&writer->index, &writer->db);
        if (status != OIM_OK) {
            status = oim_fail(err, status, "cannot read '%s': %s: " DB_PUT_COPY_BACK, writer->path,
                              writer->db.error.text);
        }
    }
    if (status != OIM_OK) {
        store_db_close(&writer->db);
        store_index_finish(&writer->index);
    }
    return status;
}

enum oim_status store_writer_open(struct store_writer *writer, const struct store_config *config,
                                  const struct store_env *env, struct oim_error *err)
{
    *writer = (struct store_writer){.config = config, .env = *env};
    int length = snprintf(writer->path, sizeof(writer->path), "%s/oimd.db", config->data_dir);
    if (length < 0 || (size_t)length >= sizeof(writer->path)) {
        return oim_fail(err, OIM_ERR_STORAGE, "the path of the data folder is too long");
    }
    enum oim_status status = open_and_scan(writer, err);
    if (status == OIM_OK && !config->without_ballast) {
        store_ballast_init(&writer->ballast, config->data_dir);
        writer->is_disk_full = !store_ballast_take(&writer->ballast);
    }
    return status;
}

void store_writer_close(struct store_writer *writer)
{
    store_db_close(&writer->db);
    store_index_finish(&writer->index);
    store_list_finish(&writer->doomed);
}

/*
 * After a sync that failed the kernel may have dropped pages of the WAL and marked them clean, so that a
 * later sync succeeds over a hole (PostgreSQL, "PANIC on fsync() failure", 2018). Emptying the WAL leaves
 * nothing to depend on those pages.
 */
static void recover(struct store_writer *writer, enum oim_status cause)
{
    bool is_full = cause == OIM_ERR_LIMIT;
    if (is_full && !writer->config->without_ballast) {
        store_ballast_give_up(&writer->ballast);
    }
    if (is_full) {
        writer->is_disk_full = true;
        writer->ballast_retry_ms = writer->env.clock.now_ms(writer->env.clock.context) + BALLAST_RETRY_MS;
    }
    store_db_close(&writer->db);
    store_index_finish(&writer->index);
    writer->doomed.count = 0;
    struct oim_error err = {0};
    enum oim_status status = open_and_scan(writer, &err);
    if (status == OIM_OK && !is_full) {
        status = store_db_empty_wal(&writer->db, true);
    }
    if (status != OIM_OK) {
        writer->is_fatal = true;
    }
}

/* Appends are taken again once the ballast could be restored. */
static void retry_disk(struct store_writer *writer)
{
    if (!writer->is_disk_full) {
        return;
    }
    uint64_t now_ms = writer->env.clock.now_ms(writer->env.clock.context);
    if (now_ms < writer->ballast_retry_ms) {
        return;
    }
    writer->ballast_retry_ms = now_ms + BALLAST_RETRY_MS;
    writer->is_disk_full = !writer->config->without_ballast && !store_ballast_take(&writer->ballast);
}

static enum oim_status write_devices(struct store_writer *writer)
{
    struct store_index *index = &writer->index;
    for (size_t i = 0; i < index->dirty_devices.count; i++) {
        struct index_device *device = index->devices[index->dirty_devices.items[i]];
        sqlite3_stmt *statement = store_db_use(&writer->db, DB_DEV_PUT);
        store_db_bind_u64(statement, 1, device->dev);
        store_db_bind_u64(statement, 2, device->uid);
        store_db_bind_u64(statement, 3, device->epoch);
        store_db_bind_u64(statement, 4, device->hw);
        store_db_bind_u64(statement, 5, device->settled);
        store_db_bind_u64(statement, 6, device->start);
        store_db_bind_u64(statement, 7, device->cursor);
        sqlite3_bind_int(statement, 8, device->owed ? 1 : 0);
        enum oim_status status = store_db_done(&writer->db, statement);
        if (status != OIM_OK) {
            return status;
        }
        device->dirty = false;
    }
    index->dirty_devices.count = 0;
    return OIM_OK;
}

static enum oim_status write_mailboxes(struct store_writer *writer)
{
    struct store_index *index = &writer->index;
    for (size_t i = 0; i < index->dirty_mailboxes.count; i++) {
        struct index_mailbox *mailbox = index->mailboxes[index->dirty_mailboxes.items[i]];
        sqlite3_stmt *statement = store_db_use(&writer->db, DB_MBOX_PUT);
        store_db_bind_u64(statement, 1, mailbox->uid);
        store_db_bind_u64(statement, 2, mailbox->head);
        store_db_bind_u64(statement, 3, store_index_base(mailbox));
        sqlite3_bind_int64(statement, 4, mailbox->held ? (sqlite3_int64)mailbox->announced : -1);
        enum oim_status status = store_db_done(&writer->db, statement);
        if (status != OIM_OK) {
            return status;
        }
        mailbox->dirty = false;
    }
    index->dirty_mailboxes.count = 0;
    return OIM_OK;
}

static enum oim_status write_meta(struct store_writer *writer, const char *key, uint64_t value)
{
    sqlite3_stmt *statement = store_db_use(&writer->db, DB_META_PUT);
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    store_db_bind_u64(statement, 2, value);
    return store_db_done(&writer->db, statement);
}

/* The small tables: what changed in this batch, once each. */
static enum oim_status write_dirty(struct store_writer *writer)
{
    struct store_index *index = &writer->index;
    bool is_clean = index->dirty_devices.count == 0 && index->dirty_mailboxes.count == 0 &&
                    !index->id_high_dirty && !index->policy_dirty;
    if (is_clean) {
        return OIM_OK;
    }
    enum oim_status status = store_db_begin(&writer->db);
    if (status == OIM_OK) {
        status = write_devices(writer);
    }
    if (status == OIM_OK) {
        status = write_mailboxes(writer);
    }
    if (status == OIM_OK && index->id_high_dirty) {
        status = write_meta(writer, "id_high", index->id_high);
        index->id_high_dirty = false;
    }
    if (status == OIM_OK && index->policy_dirty) {
        status = write_meta(writer, "policy_version", index->policy_version);
        index->policy_dirty = false;
    }
    return status;
}

static enum oim_status apply_batch(struct store_writer *writer, struct store_ticket **tickets,
                                   size_t ticket_count)
{
    for (size_t i = 0; i < ticket_count; i++) {
        enum oim_status status = store_apply(writer, tickets[i]);
        if (status != OIM_OK) {
            return status;
        }
    }
    if (writer->index.trim_backlog >= TRIM_RIDE_BACKLOG) {
        enum oim_status status = store_trim_collect(writer, TRIM_RIDE_ROW_COUNT);
        if (status != OIM_OK) {
            return status;
        }
    }
    enum oim_status status = store_trim_delete(writer);
    return status == OIM_OK ? write_dirty(writer) : status;
}

static unsigned log2_of(uint64_t count)
{
    unsigned exponent = 0;
    while (count > 1 && exponent < 15) {
        count >>= 1;
        exponent++;
    }
    return exponent;
}

static uint64_t microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

/* Room on the disk and size of the file with its log; zeros where there is no file (a simulated disk). */
static void measure_disk(struct store_writer *writer)
{
    struct statvfs disk;
    struct stat file;
    char log_path[sizeof(writer->path) + sizeof("-wal")];
    bool is_known = statvfs(writer->config->data_dir, &disk) == 0;
    writer->stats.disk_free_bytes = is_known ? (uint64_t)disk.f_bavail * disk.f_frsize : 0;
    writer->stats.db_size_bytes = stat(writer->path, &file) == 0 ? (uint64_t)file.st_size : 0;
    (void)snprintf(log_path, sizeof(log_path), "%s-wal", writer->path);
    if (writer->stats.db_size_bytes > 0 && stat(log_path, &file) == 0) {
        writer->stats.db_size_bytes += (uint64_t)file.st_size;
    }
}

/* Hours without a commit had none that was slow. */
static void turn_hours(struct store_writer *writer, uint64_t now_us)
{
    uint64_t hour = now_us / HOUR_US;
    uint64_t passed = hour - writer->hour < STORE_HOUR_COUNT ? hour - writer->hour : STORE_HOUR_COUNT;
    for (uint64_t i = 0; i < passed; i++) {
        writer->hours_us_max[(hour - i) % STORE_HOUR_COUNT] = 0;
    }
    writer->hour = hour;
}

void store_writer_measure(struct store_writer *writer, struct store_reply *out)
{
    uint64_t now_us = microseconds();
    measure_disk(writer);
    turn_hours(writer, now_us);
    out->u.count.db_size = writer->stats.db_size_bytes;
    out->u.count.disk_free = writer->stats.disk_free_bytes;
    out->u.count.commit_age_ms = writer->committed_us == 0 ? 0 : (now_us - writer->committed_us) / 1000u;
    for (size_t i = 0; i < STORE_HOUR_COUNT; i++) {
        if (writer->hours_us_max[i] > out->u.count.commit_us_max) {
            out->u.count.commit_us_max = writer->hours_us_max[i];
        }
    }
}

static void count_commit(struct store_writer *writer, uint64_t commit_us)
{
    struct store_stats *stats = &writer->stats;
    writer->committed_us = microseconds();
    turn_hours(writer, writer->committed_us);
    uint64_t *hour_us_max = &writer->hours_us_max[writer->hour % STORE_HOUR_COUNT];
    *hour_us_max = commit_us > *hour_us_max ? commit_us : *hour_us_max;
    if (stats->commit_count % MEASURE_COMMIT_COUNT == 0) {
        measure_disk(writer);
    }
    stats->commit_count++;
    stats->commit_us_last = commit_us;
    stats->commit_us_max = commit_us > stats->commit_us_max ? commit_us : stats->commit_us_max;
    if (writer->batch_row_count > 0) {
        stats->append_count += writer->batch_row_count;
        stats->batch_histogram[log2_of(writer->batch_row_count)]++;
    }
    writer->batch_row_count = 0;
}

static enum oim_status commit(struct store_writer *writer)
{
    if (!writer->db.in_transaction) {
        return OIM_OK;
    }
    uint64_t begin_us = microseconds();
    enum oim_status status = store_db_commit(&writer->db);
    if (status == OIM_OK) {
        count_commit(writer, microseconds() - begin_us);
    }
    return status;
}

static void answer_all(struct store_ticket **tickets, size_t ticket_count, enum store_result result)
{
    for (size_t i = 0; i < ticket_count; i++) {
        struct store_reply *reply = &tickets[i]->reply;
        enum store_op op = tickets[i]->req.op;
        store_apply_discard(tickets[i]);
        bool is_append = op == STORE_APPEND || op == STORE_NOTE;
        reply->result = result == STORE_DISK_FULL && !is_append ? STORE_RETRY : result;
    }
}

/* What was deleted is overwritten in the database (secure_delete); the WAL still has it (BLUEPRINT B51). A
 * reader in the middle of a page keeps the WAL as it is: whoever asked asks again, and nobody waits here. */
static void scrub(struct store_writer *writer, struct store_ticket **tickets, size_t ticket_count)
{
    bool is_tried = false;
    enum oim_status status = OIM_OK;
    for (size_t i = 0; i < ticket_count; i++) {
        if (tickets[i]->req.op == STORE_TRIM && tickets[i]->req.u.trim.scrub) {
            status = is_tried ? status : store_db_empty_wal(&writer->db, false);
            is_tried = true;
            tickets[i]->reply.result = status == OIM_OK ? STORE_OK : STORE_RETRY;
        }
    }
    if (status != OIM_OK && status != OIM_AGAIN) {
        recover(writer, status);
    }
}

void store_writer_run(struct store_writer *writer, struct store_ticket **tickets, size_t ticket_count)
{
    if (writer->is_fatal) {
        answer_all(tickets, ticket_count, STORE_FATAL);
        return;
    }
    retry_disk(writer);
    enum oim_status status = apply_batch(writer, tickets, ticket_count);
    if (status != OIM_OK) {
        answer_all(tickets, ticket_count, status == OIM_ERR_LIMIT ? STORE_DISK_FULL : STORE_RETRY);
        recover(writer, status);
        return;
    }
    status = commit(writer);
    if (status != OIM_OK) {
        answer_all(tickets, ticket_count, STORE_UNKNOWN);
        recover(writer, status);
        return;
    }
    scrub(writer, tickets, ticket_count);
}

bool store_writer_trim(struct store_writer *writer)
{
    if (writer->is_fatal) {
        return false;
    }
    enum oim_status status = store_trim_collect(writer, TRIM_IDLE_ROW_COUNT);
    if (status == OIM_OK) {
        status = apply_batch(writer, NULL, 0);
    }
    if (status == OIM_OK) {
        status = commit(writer);
    }
    if (status != OIM_OK) {
        recover(writer, status);
        return false;
    }
    return store_trim_is_due(writer);
}
