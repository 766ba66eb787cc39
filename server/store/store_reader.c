#include "server/store/store_reader.h"

#include <stdlib.h>
#include <string.h>

/* One row into memory. False: no room, which the reservation excludes, or a database that cannot be read. */
static bool fetch_row(struct store_db *db, struct store_memory *memory, uint64_t uid,
                      const struct store_page_ref *ref, struct store_row *row, bool *out_is_there)
{
    sqlite3_stmt *statement = store_db_use(db, DB_LOG_FETCH);
    store_db_bind_u64(statement, 1, ref->id);
    enum oim_status status = store_db_step(db, statement);
    *out_is_there =
        status == OIM_OK && store_db_u64(statement, 0) == uid && store_db_u64(statement, 1) == ref->seq;
    if (!*out_is_there) {
        sqlite3_reset(statement);
        return status == OIM_OK || status == OIM_ERR_NOT_FOUND;
    }
    *row = (struct store_row){
        .seq = ref->seq,
        .kind = (enum store_row_kind)sqlite3_column_int(statement, 2),
        .src_dev = store_db_u64(statement, 3),
        .send_no = store_db_u64(statement, 4),
        .cls = (uint32_t)sqlite3_column_int(statement, 5),
        .flags = (uint32_t)sqlite3_column_int64(statement, 6),
        .code = (uint32_t)sqlite3_column_int64(statement, 7),
        .server_ms = store_db_u64(statement, 8),
        .expires_ms = store_db_u64(statement, 9),
    };
    struct oim_slice msg_id = store_db_slice(statement, 10);
    if (msg_id.size == OIM_ID_SIZE) {
        memcpy(row->msg_id.bytes, msg_id.data, OIM_ID_SIZE);
    }
    struct oim_slice env = store_db_slice(statement, 11);
    uint8_t *copy = store_memory_take(memory, env.size);
    if (copy != NULL && env.size > 0) {
        memcpy(copy, env.data, env.size);
    }
    row->env = (struct oim_slice){.data = copy, .size = env.size};
    sqlite3_reset(statement);
    return copy != NULL;
}

/* False: a row could not be read. */
static bool fetch_rows(struct store_db *db, struct store_ticket *ticket, struct store_memory *memory,
                       struct store_row *rows, size_t *out_count)
{
    size_t count = 0;
    for (size_t i = 0; i < ticket->ref_count; i++) {
        bool is_there = false;
        if (!fetch_row(db, memory, ticket->req.u.page.uid, &ticket->refs[i], &rows[count], &is_there)) {
            return false;
        }
        count += is_there ? 1 : 0;
    }
    *out_count = count;
    return true;
}

void store_reader_fetch(struct store_db *db, struct store_ticket *ticket)
{
    struct store_reply *reply = &ticket->reply;
    if (reply->result != STORE_OK || ticket->ref_count == 0) {
        return;
    }
    struct store_memory *memory = store_memory_create(ticket->page_size);
    struct store_row *rows =
        memory == NULL ? NULL : store_memory_take(memory, ticket->ref_count * sizeof(*rows));
    size_t count = 0;
    /* One transaction a page: taking and leaving WAL's locks for every row costs more than reading it. Never one
     * for several tickets: a later one may name rows committed after its snapshot. */
    bool is_read = rows != NULL && store_db_begin_read(db) == OIM_OK &&
                   fetch_rows(db, ticket, memory, rows, &count);
    store_db_end_read(db);
    if (!is_read) {
        free(memory);
        memset(&reply->u, 0, sizeof(reply->u));
        reply->result = STORE_RETRY;
        return;
    }
    reply->memory = memory;
    reply->u.page.rows = rows;
    reply->u.page.row_count = count;
}
