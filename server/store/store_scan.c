#include "server/store/store_scan.h"

#include <string.h>

static enum oim_status no_memory(struct store_db *db)
{
    return oim_fail(&db->error, OIM_ERR_IO, "out of memory while reading the log");
}

static enum oim_status damaged(struct store_db *db, const char *what, uint64_t number)
{
    return oim_fail(&db->error, OIM_ERR_STORAGE, "the database contradicts itself: %s %llu", what,
                    (unsigned long long)number);
}

static enum oim_status read_meta(struct store_db *db, const char *key, uint64_t *out_value)
{
    sqlite3_stmt *statement = store_db_use(db, DB_META_GET);
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    *out_value = 0;
    enum oim_status status = store_db_step(db, statement);
    if (status == OIM_ERR_NOT_FOUND) {
        return OIM_OK;
    }
    if (status == OIM_OK) {
        *out_value = store_db_u64(statement, 0);
        sqlite3_reset(statement);
    }
    return status;
}

static enum oim_status scan_mailboxes(struct store_index *index, struct store_db *db)
{
    sqlite3_stmt *statement = store_db_use(db, DB_MBOX_SCAN);
    enum oim_status status;
    while ((status = store_db_step(db, statement)) == OIM_OK) {
        struct index_mailbox *mailbox = store_index_add_mailbox(index, store_db_u64(statement, 0));
        if (mailbox == NULL) {
            sqlite3_reset(statement);
            return no_memory(db);
        }
        mailbox->head = store_db_u64(statement, 1);
        int64_t announced = sqlite3_column_int64(statement, 2);
        mailbox->held = announced >= 0;
        mailbox->announced = mailbox->held ? (uint64_t)announced : 0;
    }
    return status == OIM_ERR_NOT_FOUND ? OIM_OK : status;
}

static enum oim_status scan_devices(struct store_index *index, struct store_db *db)
{
    sqlite3_stmt *statement = store_db_use(db, DB_DEV_SCAN);
    enum oim_status status;
    while ((status = store_db_step(db, statement)) == OIM_OK) {
        struct index_mailbox *mailbox = store_index_add_mailbox(index, store_db_u64(statement, 1));
        struct index_device *device =
            mailbox == NULL ? NULL : store_index_add_device(index, mailbox, store_db_u64(statement, 0));
        if (device == NULL) {
            sqlite3_reset(statement);
            return no_memory(db);
        }
        device->epoch = store_db_u64(statement, 2);
        device->hw = store_db_u64(statement, 3);
        device->settled = store_db_u64(statement, 4);
        device->start = store_db_u64(statement, 5);
        device->cursor = store_db_u64(statement, 6);
        device->owed = sqlite3_column_int(statement, 7) != 0;
        mailbox->head = device->cursor > mailbox->head ? device->cursor : mailbox->head;
    }
    return status == OIM_ERR_NOT_FOUND ? OIM_OK : status;
}

/* What a row says about its sender: the number is used up, and where its answer lies. */
static bool enter_number(struct store_index *index, struct index_device *device, uint64_t send_no,
                         uint64_t id, bool is_marker)
{
    device->hw = send_no > device->hw ? send_no : device->hw;
    if (is_marker && send_no <= device->settled) {
        return store_list_push(&index->garbage, id) && store_list_push(&index->garbage, device->slot);
    }
    /* The second row of the same append: the answer is found from the first. */
    if (device->answers != NULL && device->answer_no == send_no) {
        return true;
    }
    return store_index_remember(index, device, send_no, id, is_marker);
}

static enum oim_status scan_row(struct store_index *index, struct store_db *db, sqlite3_stmt *statement)
{
    struct index_row_facts facts = {
        .id = store_db_u64(statement, 0),
        .kind = (enum store_row_kind)sqlite3_column_int(statement, 1),
        .seq = store_db_u64(statement, 3),
        .cls = (uint32_t)sqlite3_column_int(statement, 6),
        .flags = (uint32_t)sqlite3_column_int64(statement, 7),
        .server_ms = store_db_u64(statement, 8),
        .expires_ms = store_db_u64(statement, 9),
        .size = store_db_u64(statement, 10),
    };
    uint64_t send_no = store_db_u64(statement, 5);
    struct index_device *device = store_index_device(index, store_db_u64(statement, 4));
    index->id_high = facts.id > index->id_high ? facts.id : index->id_high;
    if (facts.kind != STORE_ROW_NOTICE) {
        if (device == NULL) {
            return damaged(db, "a row of an unknown device, id", facts.id);
        }
        if (!enter_number(index, device, send_no, facts.id, facts.kind == STORE_ROW_MARKER)) {
            return no_memory(db);
        }
    }
    if (facts.kind == STORE_ROW_MARKER) {
        return OIM_OK;
    }
    facts.src_slot = device == NULL ? 0 : device->slot;
    facts.aux = facts.kind == STORE_ROW_NOTICE ? send_no : 0;
    struct index_mailbox *mailbox = store_index_mailbox(index, store_db_u64(statement, 2));
    if (mailbox == NULL || facts.size > STORE_ENV_SIZE_MAX) {
        return damaged(db, "a row of an unknown mailbox, id", facts.id);
    }
    if (mailbox->row_count > 0 && facts.seq <= index_row_seq(&mailbox->rows[mailbox->row_count - 1])) {
        return damaged(db, "a row out of order, id", facts.id);
    }
    return store_index_add_row(index, mailbox, &facts) ? OIM_OK : no_memory(db);
}

enum oim_status store_scan(struct store_index *index, struct store_db *db)
{
    enum oim_status status = read_meta(db, "id_high", &index->id_high);
    if (status == OIM_OK) {
        status = read_meta(db, "policy_version", &index->policy_version);
    }
    if (status == OIM_OK) {
        status = scan_mailboxes(index, db);
    }
    if (status == OIM_OK) {
        status = scan_devices(index, db);
    }
    if (status != OIM_OK) {
        return status;
    }
    sqlite3_stmt *statement = store_db_use(db, DB_LOG_SCAN);
    while ((status = store_db_step(db, statement)) == OIM_OK) {
        status = scan_row(index, db, statement);
        if (status != OIM_OK) {
            sqlite3_reset(statement);
            return status;
        }
    }
    if (status != OIM_ERR_NOT_FOUND) {
        return status;
    }
    for (size_t i = 1; i < index->mailbox_count; i++) {
        if (!store_index_list_for_trim(index, index->mailboxes[i], index->mailboxes[i]->row_count)) {
            return no_memory(db);
        }
    }
    return OIM_OK;
}
