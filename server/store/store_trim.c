#include "server/store/store_trim.h"

/* The sender's hw must outlive the row that showed it. */
static bool doom(struct store_writer *writer, uint64_t id, uint32_t src_slot)
{
    struct store_index *index = &writer->index;
    if (src_slot != 0 && !store_index_dirty_device(index, index->devices[src_slot])) {
        return false;
    }
    index->id_high_dirty = true;
    return store_list_push(&writer->doomed, id);
}

enum oim_status store_trim_row(struct store_writer *writer, struct index_mailbox *mailbox,
                               struct index_row *row)
{
    uint64_t id = index_row_id(row);
    uint32_t src_slot = index_row_src(row);
    store_index_kill_row(&writer->index, mailbox, row);
    bool is_done = doom(writer, id, src_slot) && store_index_dirty_mailbox(&writer->index, mailbox);
    return is_done ? OIM_OK : store_writer_no_memory(writer);
}

static enum oim_status collect_garbage(struct store_writer *writer)
{
    struct store_list *garbage = &writer->index.garbage;
    for (size_t i = 0; i + 1 < garbage->count; i += 2) {
        if (!doom(writer, garbage->items[i], (uint32_t)garbage->items[i + 1])) {
            return store_writer_no_memory(writer);
        }
    }
    garbage->count = 0;
    return OIM_OK;
}

static enum oim_status collect_mailbox(struct store_writer *writer, struct index_mailbox *mailbox)
{
    uint64_t cursor_min = 0;
    if (!store_index_cursor_min(&writer->index, mailbox, &cursor_min)) {
        return OIM_OK;
    }
    size_t end = store_index_row_after(mailbox, cursor_min);
    for (size_t i = 0; i < end; i++) {
        if (store_index_trimmable(mailbox, &mailbox->rows[i], cursor_min)) {
            enum oim_status status = store_trim_row(writer, mailbox, &mailbox->rows[i]);
            if (status != OIM_OK) {
                return status;
            }
        }
    }
    store_index_compact(mailbox);
    return OIM_OK;
}

enum oim_status store_trim_collect(struct store_writer *writer, size_t row_max)
{
    struct store_index *index = &writer->index;
    enum oim_status status = collect_garbage(writer);
    while (status == OIM_OK && index->trim_list.count > 0 && writer->doomed.count < row_max) {
        uint64_t slot = index->trim_list.items[--index->trim_list.count];
        struct index_mailbox *mailbox = index->mailboxes[slot];
        mailbox->trim_listed = false;
        status = collect_mailbox(writer, mailbox);
    }
    uint64_t done = writer->doomed.count;
    bool is_empty = index->trim_list.count == 0;
    index->trim_backlog = is_empty || index->trim_backlog < done ? 0 : index->trim_backlog - done;
    return status;
}

static enum oim_status delete_range(struct store_writer *writer, uint64_t first, uint64_t last)
{
    sqlite3_stmt *statement = store_db_use(&writer->db, DB_LOG_DELETE);
    store_db_bind_u64(statement, 1, first);
    store_db_bind_u64(statement, 2, last);
    return store_db_done(&writer->db, statement);
}

enum oim_status store_trim_delete(struct store_writer *writer)
{
    struct store_list *doomed = &writer->doomed;
    if (doomed->count == 0) {
        return OIM_OK;
    }
    enum oim_status status = store_db_begin(&writer->db);
    store_list_sort(doomed);
    size_t first = 0;
    for (size_t i = 1; i <= doomed->count && status == OIM_OK; i++) {
        bool continues = i < doomed->count && doomed->items[i] - doomed->items[i - 1] <= 1;
        if (!continues) {
            status = delete_range(writer, doomed->items[first], doomed->items[i - 1]);
            first = i;
        }
    }
    doomed->count = 0;
    return status;
}

bool store_trim_is_due(const struct store_writer *writer)
{
    return !writer->is_fatal && (writer->index.trim_list.count > 0 || writer->index.garbage.count > 0);
}
