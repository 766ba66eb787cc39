/*
 * store_record.c - keyed records and chains: CAS, SCAN, CHAIN.
 *
 * A CAS is judged whole before anything of it is written. One that finds every one of its changes already
 * made, byte for byte, is a repeat and gets the first answer (contract 5).
 */
#include <string.h>

#include "server/store/store_apply.h"
#include "server/store/store_trim.h"

static enum oim_status read_version(struct store_writer *writer, const struct store_change *change,
                                    uint64_t *out_version, bool *out_is_equal)
{
    sqlite3_stmt *statement = store_db_use(&writer->db, DB_REC_GET);
    store_db_bind_u64(statement, 1, change->ns);
    store_db_bind_slice(statement, 2, change->key);
    *out_version = 0;
    *out_is_equal = false;
    enum oim_status status = store_db_step(&writer->db, statement);
    if (status == OIM_OK) {
        *out_version = store_db_u64(statement, 0);
        *out_is_equal = oim_slice_equal(store_db_slice(statement, 1), change->value);
        sqlite3_reset(statement);
    }
    return status == OIM_ERR_NOT_FOUND ? OIM_OK : status;
}

static enum oim_status read_chain_length(struct store_writer *writer, uint32_t chain, uint64_t *out_length)
{
    sqlite3_stmt *statement = store_db_use(&writer->db, DB_CHAIN_LENGTH);
    store_db_bind_u64(statement, 1, chain);
    enum oim_status status = store_db_step(&writer->db, statement);
    if (status == OIM_OK) {
        *out_length = store_db_u64(statement, 0);
        sqlite3_reset(statement);
    }
    return status;
}

static enum oim_status chain_holds_entry(struct store_writer *writer, const struct store_change *change,
                                         bool *out_holds)
{
    sqlite3_stmt *statement = store_db_use(&writer->db, DB_CHAIN_GET);
    store_db_bind_u64(statement, 1, change->ns);
    store_db_bind_u64(statement, 2, change->expected + 1);
    *out_holds = false;
    enum oim_status status = store_db_step(&writer->db, statement);
    if (status == OIM_OK) {
        struct oim_slice hash = oim_slice(change->hash.bytes, sizeof(change->hash.bytes));
        *out_holds = oim_slice_equal(store_db_slice(statement, 0), hash) &&
                     oim_slice_equal(store_db_slice(statement, 1), change->value);
        sqlite3_reset(statement);
    }
    return status == OIM_ERR_NOT_FOUND ? OIM_OK : status;
}

/* The version of changes[at]'s record after the changes before it in the same group, or as the table has it.
 */
static enum oim_status version_before(struct store_writer *writer, const struct store_change *changes,
                                      size_t at, uint64_t *out_version)
{
    for (size_t i = at; i-- > 0;) {
        bool is_same = (changes[i].kind == STORE_PUT || changes[i].kind == STORE_DELETE) &&
                       changes[i].ns == changes[at].ns && oim_slice_equal(changes[i].key, changes[at].key);
        if (is_same) {
            *out_version = changes[i].kind == STORE_PUT ? changes[i].expected + 1 : 0;
            return OIM_OK;
        }
    }
    bool is_equal = false;
    return read_version(writer, &changes[at], out_version, &is_equal);
}

static bool adds_device_before(const struct store_change *changes, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (changes[i].kind == STORE_DEV_ADD && changes[i].dev == changes[at].dev) {
            return true;
        }
    }
    return false;
}

/* Does what changes[at] expects hold? */
static enum oim_status judge_change(struct store_writer *writer, const struct store_change *changes,
                                    size_t at, bool *out_holds)
{
    const struct store_change *change = &changes[at];
    enum oim_status status = OIM_OK;
    uint64_t found = 0;
    switch (change->kind) {
    case STORE_PUT:
    case STORE_DELETE:
        status = version_before(writer, changes, at, &found);
        *out_holds = found == change->expected;
        return status;
    case STORE_CHAIN_APPEND:
        status = read_chain_length(writer, change->ns, &found);
        for (size_t i = 0; i < at; i++) {
            found += changes[i].kind == STORE_CHAIN_APPEND && changes[i].ns == change->ns ? 1 : 0;
        }
        *out_holds = found == change->expected;
        return status;
    case STORE_DEV_ADD:
        *out_holds =
            store_index_device(&writer->index, change->dev) == NULL && !adds_device_before(changes, at);
        return OIM_OK;
    case STORE_DEV_DROP:
        *out_holds =
            store_index_device(&writer->index, change->dev) != NULL || adds_device_before(changes, at);
        return OIM_OK;
    case STORE_ERASE:
        *out_holds = true;
        return OIM_OK;
    }
    *out_holds = false;
    return OIM_OK;
}

/* Is the world already as changes[at] would leave it? */
static enum oim_status is_made(struct store_writer *writer, const struct store_change *change,
                               bool *out_is_made)
{
    uint64_t version = 0;
    bool is_equal = false;
    enum oim_status status = OIM_OK;
    const struct index_device *device = store_index_device(&writer->index, change->dev);
    switch (change->kind) {
    case STORE_PUT:
        status = read_version(writer, change, &version, &is_equal);
        *out_is_made = is_equal && version == change->expected + 1;
        return status;
    case STORE_DELETE:
        status = read_version(writer, change, &version, &is_equal);
        *out_is_made = version == 0;
        return status;
    case STORE_CHAIN_APPEND:
        return chain_holds_entry(writer, change, out_is_made);
    case STORE_DEV_ADD:
        *out_is_made = device != NULL && device->uid == change->uid;
        return OIM_OK;
    case STORE_DEV_DROP:
        *out_is_made = device != NULL && !device->owed;
        return OIM_OK;
    case STORE_ERASE:
        *out_is_made = true;
        return OIM_OK;
    }
    *out_is_made = false;
    return OIM_OK;
}

static enum oim_status is_repeat(struct store_writer *writer, const struct store_req *req,
                                 bool *out_is_repeat)
{
    *out_is_repeat = true;
    for (size_t i = 0; i < req->u.cas.change_count && *out_is_repeat; i++) {
        enum oim_status status = is_made(writer, &req->u.cas.changes[i], out_is_repeat);
        if (status != OIM_OK) {
            return status;
        }
    }
    return OIM_OK;
}

static enum oim_status put_record(struct store_writer *writer, const struct store_change *change)
{
    bool is_delete = change->kind == STORE_DELETE;
    sqlite3_stmt *statement = store_db_use(&writer->db, is_delete ? DB_REC_DELETE : DB_REC_PUT);
    store_db_bind_u64(statement, 1, change->ns);
    store_db_bind_slice(statement, 2, change->key);
    if (!is_delete) {
        store_db_bind_u64(statement, 3, change->expected + 1);
        store_db_bind_slice(statement, 4, change->value);
    }
    return store_db_done(&writer->db, statement);
}

static enum oim_status append_chain(struct store_writer *writer, const struct store_change *change)
{
    sqlite3_stmt *statement = store_db_use(&writer->db, DB_CHAIN_APPEND);
    store_db_bind_u64(statement, 1, change->ns);
    store_db_bind_u64(statement, 2, change->expected + 1);
    store_db_bind_slice(statement, 3, oim_slice(change->hash.bytes, sizeof(change->hash.bytes)));
    store_db_bind_slice(statement, 4, change->value);
    return store_db_done(&writer->db, statement);
}

static enum oim_status add_device(struct store_writer *writer, const struct store_change *change)
{
    struct store_index *index = &writer->index;
    struct index_mailbox *mailbox = store_index_add_mailbox(index, change->uid);
    struct index_device *device =
        mailbox == NULL ? NULL : store_index_add_device(index, mailbox, change->dev);
    if (device == NULL) {
        return store_writer_no_memory(writer);
    }
    device->owed = true;
    device->start = mailbox->head;
    device->cursor = mailbox->head;
    bool is_done = store_index_dirty_device(index, device) &&
                   store_index_list_for_trim(index, mailbox, mailbox->row_count);
    return is_done ? OIM_OK : store_writer_no_memory(writer);
}

static enum oim_status drop_device(struct store_writer *writer, const struct store_change *change)
{
    struct store_index *index = &writer->index;
    struct index_device *device = store_index_device(index, change->dev);
    struct index_mailbox *mailbox = store_index_mailbox(index, device->uid);
    device->owed = false;
    bool is_done = store_index_dirty_device(index, device) &&
                   store_index_list_for_trim(index, mailbox, mailbox->row_count);
    return is_done ? OIM_OK : store_writer_no_memory(writer);
}

static enum oim_status erase_mailbox(struct store_writer *writer, const struct store_change *change)
{
    struct index_mailbox *mailbox = store_index_mailbox(&writer->index, change->uid);
    if (mailbox == NULL) {
        return OIM_OK;
    }
    for (size_t i = 0; i < mailbox->row_count; i++) {
        enum oim_status status = store_trim_row(writer, mailbox, &mailbox->rows[i]);
        if (status != OIM_OK) {
            return status;
        }
    }
    store_index_compact(mailbox);
    return OIM_OK;
}

static enum oim_status make_change(struct store_writer *writer, const struct store_change *change)
{
    switch (change->kind) {
    case STORE_PUT:
    case STORE_DELETE:
        return put_record(writer, change);
    case STORE_CHAIN_APPEND:
        return append_chain(writer, change);
    case STORE_DEV_ADD:
        return add_device(writer, change);
    case STORE_DEV_DROP:
        return drop_device(writer, change);
    case STORE_ERASE:
        return erase_mailbox(writer, change);
    }
    return OIM_OK;
}

static enum oim_status refuse_or_repeat(struct store_writer *writer, struct store_ticket *ticket,
                                        size_t failed_index)
{
    bool repeats = false;
    enum oim_status status = is_repeat(writer, &ticket->req, &repeats);
    ticket->reply.result = repeats ? STORE_OK : STORE_CONFLICT;
    ticket->reply.u.cas.failed_index = repeats ? 0 : failed_index;
    return status;
}

enum oim_status store_apply_cas(struct store_writer *writer, struct store_ticket *ticket)
{
    const struct store_req *req = &ticket->req;
    const struct store_change *changes = req->u.cas.changes;
    ticket->reply.u.cas.policy_version = writer->index.policy_version;
    for (size_t i = 0; i < req->u.cas.change_count; i++) {
        bool holds = false;
        enum oim_status status = judge_change(writer, changes, i, &holds);
        if (status != OIM_OK) {
            return status;
        }
        if (!holds) {
            return refuse_or_repeat(writer, ticket, i);
        }
    }
    enum oim_status status = store_db_begin(&writer->db);
    for (size_t i = 0; i < req->u.cas.change_count && status == OIM_OK; i++) {
        status = make_change(writer, &changes[i]);
    }
    if (status == OIM_OK && req->u.cas.raise_policy_version) {
        writer->index.policy_version++;
        writer->index.policy_dirty = true;
    }
    ticket->reply.u.cas.policy_version = writer->index.policy_version;
    return status;
}

/* Copies bytes into the reply. False: no room. */
static bool keep(struct store_memory *memory, struct oim_slice from, struct oim_slice *out)
{
    uint8_t *place = store_memory_take(memory, from.size);
    if (place == NULL) {
        return false;
    }
    if (from.size > 0) {
        memcpy(place, from.data, from.size);
    }
    *out = (struct oim_slice){.data = place, .size = from.size};
    return true;
}

#define LIST_COUNT_MAX 1024u

enum oim_status store_apply_scan(struct store_writer *writer, struct store_ticket *ticket)
{
    const struct store_req *req = &ticket->req;
    size_t row_max = req->u.scan.row_max < LIST_COUNT_MAX ? req->u.scan.row_max : LIST_COUNT_MAX;
    struct store_memory *memory = store_memory_create(STORE_REPLY_SIZE_MAX);
    if (memory == NULL) {
        return store_writer_no_memory(writer);
    }
    ticket->reply.memory = memory;
    struct store_record *records = store_memory_take(memory, row_max * sizeof(*records));
    sqlite3_stmt *statement = store_db_use(&writer->db, DB_REC_SCAN);
    store_db_bind_u64(statement, 1, req->u.scan.ns);
    store_db_bind_slice(statement, 2, req->u.scan.after);
    size_t count = 0;
    enum oim_status status;
    while ((status = store_db_step(&writer->db, statement)) == OIM_OK) {
        struct store_record record = {.version = store_db_u64(statement, 1)};
        bool has_room = count < row_max && keep(memory, store_db_slice(statement, 0), &record.key) &&
                        keep(memory, store_db_slice(statement, 2), &record.value);
        if (!has_room) {
            ticket->reply.u.scan.more = true;
            sqlite3_reset(statement);
            break;
        }
        records[count++] = record;
    }
    ticket->reply.u.scan.records = records;
    ticket->reply.u.scan.record_count = count;
    return status == OIM_OK || status == OIM_ERR_NOT_FOUND ? OIM_OK : status;
}

static enum oim_status read_chain_head(struct store_writer *writer, struct store_ticket *ticket)
{
    struct store_reply *reply = &ticket->reply;
    enum oim_status status = read_chain_length(writer, ticket->req.u.chain.chain, &reply->u.chain.length);
    if (status != OIM_OK || reply->u.chain.length == 0) {
        return status;
    }
    sqlite3_stmt *statement = store_db_use(&writer->db, DB_CHAIN_GET);
    store_db_bind_u64(statement, 1, ticket->req.u.chain.chain);
    store_db_bind_u64(statement, 2, reply->u.chain.length);
    status = store_db_step(&writer->db, statement);
    if (status == OIM_OK) {
        struct oim_slice hash = store_db_slice(statement, 0);
        memcpy(reply->u.chain.head.bytes, hash.data,
               hash.size < CRYPTO_HASH_SIZE ? hash.size : CRYPTO_HASH_SIZE);
        sqlite3_reset(statement);
    }
    return status;
}

enum oim_status store_apply_chain(struct store_writer *writer, struct store_ticket *ticket)
{
    const struct store_req *req = &ticket->req;
    size_t entry_max = req->u.chain.entry_max < LIST_COUNT_MAX ? req->u.chain.entry_max : LIST_COUNT_MAX;
    struct store_memory *memory = store_memory_create(STORE_REPLY_SIZE_MAX);
    if (memory == NULL) {
        return store_writer_no_memory(writer);
    }
    ticket->reply.memory = memory;
    enum oim_status status = read_chain_head(writer, ticket);
    if (status != OIM_OK) {
        return status;
    }
    struct store_chain_entry *entries = store_memory_take(memory, entry_max * sizeof(*entries));
    sqlite3_stmt *statement = store_db_use(&writer->db, DB_CHAIN_SCAN);
    store_db_bind_u64(statement, 1, req->u.chain.chain);
    store_db_bind_u64(statement, 2, req->u.chain.from_n);
    size_t count = 0;
    while (count < entry_max && (status = store_db_step(&writer->db, statement)) == OIM_OK) {
        struct store_chain_entry entry = {.n = store_db_u64(statement, 0)};
        struct oim_slice hash = store_db_slice(statement, 1);
        if (hash.size != CRYPTO_HASH_SIZE || !keep(memory, store_db_slice(statement, 2), &entry.entry)) {
            break;
        }
        memcpy(entry.hash.bytes, hash.data, CRYPTO_HASH_SIZE);
        entries[count++] = entry;
    }
    sqlite3_reset(statement);
    ticket->reply.u.chain.entries = entries;
    ticket->reply.u.chain.entry_count = count;
    return status == OIM_OK || status == OIM_ERR_NOT_FOUND ? OIM_OK : status;
}
