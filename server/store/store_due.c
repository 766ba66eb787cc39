/*
 * store_due.c - DUE and EXPIRE: rows whose time is up, or that no device is owed and nobody was told of; or
 * what waits in one mailbox, for whoever erases it.
 *
 * The index says which rows; the log is asked only for what a trace needs (msg_id, send_no). EXPIRE looks
 * again: a row that a device has taken since DUE makes the whole request STALE, because its sender must not
 * be told "expired" of a message that was delivered.
 */
#include <string.h>

#include "server/store/store_apply.h"
#include "server/store/store_trim.h"

struct due_scan {
    struct store_due_row *rows;
    size_t count, max;
    bool more;
};

static enum oim_status add_due(struct store_writer *writer, struct due_scan *scan,
                               const struct index_mailbox *mailbox, const struct index_row *row)
{
    sqlite3_stmt *statement = store_db_use(&writer->db, DB_LOG_DUE);
    store_db_bind_u64(statement, 1, index_row_id(row));
    enum oim_status status = store_db_step(&writer->db, statement);
    if (status != OIM_OK) {
        return oim_fail(&writer->db.error, OIM_ERR_STORAGE, "the log lost row %llu",
                        (unsigned long long)index_row_id(row));
    }
    struct store_due_row *due = &scan->rows[scan->count++];
    *due = (struct store_due_row){
        .uid = mailbox->uid,
        .seq = index_row_seq(row),
        .src_dev = store_db_u64(statement, 2),
        .send_no = store_db_u64(statement, 0),
        .kind = index_row_kind(row),
        .cls = (uint32_t)((row->expires_bits >> 46) & 0xfu),
        .flags = index_row_flags(row),
        .server_ms = index_row_server_ms(row),
        .expires_ms = index_row_expires_ms(row),
        .taken = index_row_is(row, INDEX_ROW_TAKEN),
        .announced = !mailbox->held || index_row_seq(row) <= mailbox->announced,
    };
    struct oim_slice msg_id = store_db_slice(statement, 1);
    if (msg_id.size == OIM_ID_SIZE) {
        memcpy(due->msg_id.bytes, msg_id.data, OIM_ID_SIZE);
    }
    sqlite3_reset(statement);
    return OIM_OK;
}

/* Passed by every owed device without having been taken: they were added after it. Chat needs a word to
 * somebody. */
static bool is_abandoned(const struct index_row *row, bool is_any_owed, uint64_t cursor_min)
{
    return is_any_owed && index_row_seq(row) <= cursor_min && index_row_waits(row);
}

static enum oim_status scan_mailbox(struct store_writer *writer, struct due_scan *scan,
                                    struct index_mailbox *mailbox, uint64_t now_ms)
{
    uint64_t cursor_min = 0;
    bool is_any_owed = store_index_cursor_min(&writer->index, mailbox, &cursor_min);
    bool has_abandoned = mailbox->row_count > 0 && mailbox->waiting_count > 0 && is_any_owed &&
                         index_row_seq(&mailbox->rows[0]) <= cursor_min;
    if (mailbox->expires_min_ms > now_ms && !has_abandoned) {
        return OIM_OK;
    }
    uint64_t expires_min_ms = UINT64_MAX;
    for (size_t i = 0; i < mailbox->row_count; i++) {
        const struct index_row *row = &mailbox->rows[i];
        uint64_t expires_ms = index_row_expires_ms(row);
        bool is_over = expires_ms != 0 && expires_ms <= now_ms;
        if (expires_ms != 0 && expires_ms < expires_min_ms) {
            expires_min_ms = expires_ms;
        }
        if (!is_over && !is_abandoned(row, is_any_owed, cursor_min)) {
            continue;
        }
        if (scan->count == scan->max) {
            scan->more = true;
            return OIM_OK;
        }
        enum oim_status status = add_due(writer, scan, mailbox, row);
        if (status != OIM_OK) {
            return status;
        }
    }
    mailbox->expires_min_ms = expires_min_ms;
    return OIM_OK;
}

static enum oim_status scan_waiting(struct store_writer *writer, struct due_scan *scan,
                                    const struct store_req *req, const struct index_mailbox *mailbox,
                                    uint64_t after_seq)
{
    for (size_t i = store_index_row_after(mailbox, after_seq); i < mailbox->row_count; i++) {
        const struct index_row *row = &mailbox->rows[i];
        if (index_row_seq(row) > req->u.due.upto_seq) {
            break;
        }
        bool is_meant = index_row_waits(row) || (req->u.due.untold && index_row_is(row, INDEX_ROW_FILLS));
        if (!is_meant) {
            continue;
        }
        if (scan->count == scan->max) {
            scan->more = true;
            break;
        }
        enum oim_status status = add_due(writer, scan, mailbox, row);
        if (status != OIM_OK) {
            return status;
        }
    }
    return OIM_OK;
}

static enum oim_status scan_mailboxes(struct store_writer *writer, struct due_scan *scan,
                                      const struct store_req *req)
{
    uint64_t uid = req->u.due.uid;
    uint64_t after_seq = req->u.due.after_seq;
    enum oim_status status = OIM_OK;
    do {
        const struct index_mailbox *mailbox = store_index_mailbox(&writer->index, uid);
        if (mailbox != NULL && mailbox->waiting_count > 0) {
            status = scan_waiting(writer, scan, req, mailbox, after_seq);
        }
        after_seq = 0;
        uid++;
    } while (uid <= req->u.due.uid_last && !scan->more && status == OIM_OK);
    return status;
}

enum oim_status store_apply_due(struct store_writer *writer, struct store_ticket *ticket)
{
    const struct store_req *req = &ticket->req;
    struct due_scan scan = {.max = req->u.due.row_max < STORE_DUE_COUNT_MAX ? req->u.due.row_max
                                                                            : STORE_DUE_COUNT_MAX};
    struct store_memory *memory = store_memory_create((scan.max + 1) * sizeof(struct store_due_row));
    if (memory == NULL) {
        return store_writer_no_memory(writer);
    }
    ticket->reply.memory = memory;
    scan.rows = store_memory_take(memory, scan.max * sizeof(struct store_due_row));
    enum oim_status status = OIM_OK;
    if (req->u.due.uid != 0) {
        status = scan_mailboxes(writer, &scan, req);
    }
    for (size_t i = 1; i < writer->index.mailbox_count && !scan.more && req->u.due.uid == 0; i++) {
        status = scan_mailbox(writer, &scan, writer->index.mailboxes[i], req->u.due.now_ms);
        scan.more = scan.more || status != OIM_OK;
    }
    if (status != OIM_OK) {
        return status;
    }
    ticket->reply.u.due.rows = scan.rows;
    ticket->reply.u.due.row_count = scan.count;
    ticket->reply.u.due.more = scan.more;
    return OIM_OK;
}

static bool is_as_told(const struct store_writer *writer, const struct store_due_row *due)
{
    const struct index_mailbox *mailbox = store_index_mailbox(&writer->index, due->uid);
    const struct index_row *row = mailbox == NULL ? NULL : store_index_row_at(mailbox, due->seq);
    return row != NULL && index_row_is(row, INDEX_ROW_TAKEN) == due->taken;
}

enum oim_status store_apply_expire(struct store_writer *writer, struct store_ticket *ticket)
{
    const struct store_req *req = &ticket->req;
    for (size_t i = 0; i < req->u.expire.row_count; i++) {
        if (!is_as_told(writer, &req->u.expire.rows[i])) {
            ticket->reply.result = STORE_STALE;
            return OIM_OK;
        }
    }
    for (size_t i = 0; i < req->u.expire.row_count; i++) {
        const struct store_due_row *due = &req->u.expire.rows[i];
        struct index_mailbox *mailbox = store_index_mailbox(&writer->index, due->uid);
        struct index_row *row = store_index_row_at(mailbox, due->seq);
        if (index_row_is(row, INDEX_ROW_DEAD)) {
            continue; /* named twice */
        }
        enum oim_status status = store_trim_row(writer, mailbox, row);
        if (status != OIM_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < req->u.expire.row_count; i++) {
        store_index_compact(store_index_mailbox(&writer->index, req->u.expire.rows[i].uid));
    }
    return store_apply_notices(writer, ticket, req->u.expire.notices, req->u.expire.notice_count,
                               req->u.expire.server_ms);
}
