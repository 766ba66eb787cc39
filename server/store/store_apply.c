#include "server/store/store_apply.h"

#include <stdlib.h>
#include <string.h>

#include "proto/enums.h"
#include "server/store/store_trim.h"

void store_apply_discard(struct store_ticket *ticket)
{
    free(ticket->reply.memory);
    ticket->reply =
        (struct store_reply){.op = ticket->req.op, .lane = ticket->req.lane, .ticket = ticket->req.ticket};
}

struct new_row {
    uint64_t uid, seq, src_dev, send_no, server_ms, expires_ms;
    enum store_row_kind kind;
    uint32_t cls, flags, code;
    const struct oim_id *msg_id; /* NULL: none */
    struct oim_slice env;
};

static enum oim_status insert_row(struct store_writer *writer, const struct new_row *row, uint64_t *out_id)
{
    enum oim_status status = store_db_begin(&writer->db);
    if (status != OIM_OK) {
        return status;
    }
    uint64_t id = ++writer->index.id_high;
    sqlite3_stmt *statement = store_db_use(&writer->db, DB_LOG_INSERT);
    store_db_bind_u64(statement, 1, id);
    sqlite3_bind_int(statement, 2, (int)row->kind);
    store_db_bind_u64(statement, 3, row->uid);
    store_db_bind_u64(statement, 4, row->seq);
    store_db_bind_u64(statement, 5, row->src_dev);
    store_db_bind_u64(statement, 6, row->send_no);
    store_db_bind_u64(statement, 7, row->cls);
    store_db_bind_u64(statement, 8, row->flags);
    store_db_bind_u64(statement, 9, row->code);
    store_db_bind_u64(statement, 10, row->server_ms);
    store_db_bind_u64(statement, 11, row->expires_ms);
    store_db_bind_u64(statement, 12, row->env.size);
    if (row->msg_id == NULL || oim_id_is_zero(row->msg_id)) {
        sqlite3_bind_null(statement, 13);
    } else {
        sqlite3_bind_blob(statement, 13, row->msg_id->bytes, OIM_ID_SIZE, SQLITE_STATIC);
    }
    if (row->kind == STORE_ROW_MARKER) {
        sqlite3_bind_null(statement, 14);
    } else {
        store_db_bind_slice(statement, 14, row->env);
    }
    writer->batch_row_count++;
    *out_id = id;
    return store_db_done(&writer->db, statement);
}

/* One row into one mailbox, in database and index. src_dev and send_no: the sender's, or the notice's aux. */
static enum oim_status append_row(struct store_writer *writer, struct index_mailbox *mailbox,
                                  const struct store_target *target, uint64_t src_dev, uint64_t send_no,
                                  uint64_t server_ms, uint64_t *out_id)
{
    struct new_row row = {
        .uid = mailbox->uid,
        .seq = mailbox->head + 1,
        .src_dev = src_dev,
        .send_no = send_no,
        .server_ms = server_ms,
        .expires_ms = target->expires_ms,
        .kind = target->kind,
        .cls = target->cls,
        .flags = target->flags,
        .code = target->code,
        .msg_id = &target->msg_id,
        .env = target->env,
    };
    enum oim_status status = insert_row(writer, &row, out_id);
    if (status != OIM_OK) {
        return status;
    }
    const struct index_device *device = store_index_device(&writer->index, src_dev);
    struct index_row_facts facts = {
        .id = *out_id,
        .seq = row.seq,
        .size = row.env.size,
        .server_ms = server_ms,
        .expires_ms = row.expires_ms,
        .aux = row.kind == STORE_ROW_NOTICE ? send_no : 0,
        .src_slot = device == NULL ? 0 : device->slot,
        .kind = row.kind,
        .cls = row.cls,
        .flags = row.flags,
    };
    bool is_done = store_index_add_row(&writer->index, mailbox, &facts) &&
                   store_index_evict(&writer->index, mailbox, &target->quota);
    return is_done ? OIM_OK : store_writer_no_memory(writer);
}

/* Chat from somebody else counts against quota and share; the rest is courtesy with a cap of its own. */
static bool is_counted(const struct store_target *target, const struct index_device *device)
{
    return target->kind == STORE_ROW_MESSAGE && target->cls == CLS_CHAT &&
           (target->flags & STORE_ROW_OWN_COPY) == 0 && device->uid != target->uid;
}

static bool is_beyond_cap(const struct store_target *target)
{
    return target->quota.courtesy_size_max != 0 && target->env.size > target->quota.courtesy_size_max;
}

static bool exceeds(uint64_t used, uint64_t more, uint64_t limit, uint64_t *out_limit)
{
    if (limit == 0 || (used <= limit && more <= limit - used)) {
        return false;
    }
    *out_limit = limit;
    return true;
}

static enum store_result judge_quota(const struct store_index *index, const struct index_mailbox *mailbox,
                                     const struct store_target *target, uint64_t src_uid, uint64_t *out_limit)
{
    const struct store_quota *quota = &target->quota;
    if (exceeds(mailbox->waiting_count, 1, quota->count_max, out_limit) ||
        exceeds(mailbox->waiting_size, target->env.size, quota->size_max, out_limit)) {
        return STORE_QUOTA;
    }
    uint64_t count = 0;
    uint64_t size = 0;
    store_index_share(index, mailbox->uid, src_uid, &count, &size);
    if (exceeds(count, 1, quota->share_count_max, out_limit) ||
        exceeds(size, target->env.size, quota->share_size_max, out_limit)) {
        return STORE_SHARE;
    }
    return STORE_OK;
}

/* One row that says what a number's answer was; also when all of an append's rows were dropped. */
static enum oim_status append_marker(struct store_writer *writer, struct index_device *device,
                                     const struct store_req *req, uint64_t *out_id)
{
    bool is_wanted = req->u.append.is_marked || req->u.append.target_count == 0;
    struct new_row row = {
        .src_dev = device->dev,
        .send_no = req->u.append.guard.send_no,
        .server_ms = req->u.append.server_ms,
        .kind = STORE_ROW_MARKER,
        .flags = is_wanted ? req->u.append.detail : 0,
        .code = is_wanted ? req->u.append.code : req->u.append.targets[0].code,
    };
    return insert_row(writer, &row, out_id);
}

/* The number was used up before: say what was said then, as far as its row or marker is still there. */
static enum oim_status answer_repeat(struct store_writer *writer, struct store_ticket *ticket,
                                     const struct index_device *device)
{
    const struct store_req *req = &ticket->req;
    struct store_reply *reply = &ticket->reply;
    uint64_t send_no = req->u.append.guard.send_no;
    bool is_marker = false;
    uint64_t id = store_index_answer(device, send_no, &is_marker);
    reply->result = STORE_DUP;
    if (id == 0) {
        return OIM_OK;
    }
    sqlite3_stmt *statement = store_db_use(&writer->db, DB_LOG_ANSWER);
    store_db_bind_u64(statement, 1, id);
    store_db_bind_u64(statement, 2, device->dev);
    store_db_bind_u64(statement, 3, send_no);
    bool is_answered = false;
    enum oim_status status;
    while ((status = store_db_step(&writer->db, statement)) == OIM_OK) {
        enum store_row_kind kind = (enum store_row_kind)sqlite3_column_int(statement, 0);
        uint32_t flags = (uint32_t)sqlite3_column_int64(statement, 3);
        struct oim_slice msg_id = store_db_slice(statement, 6);
        bool is_other_message = kind == STORE_ROW_MESSAGE && msg_id.size == OIM_ID_SIZE &&
                                memcmp(msg_id.data, req->u.append.guard.msg_id.bytes, OIM_ID_SIZE) != 0;
        if (is_other_message) {
            reply->result = STORE_CONFLICT;
        }
        /* The recipient's row comes first; the own copy answers only when that is gone. */
        if (!is_answered) {
            reply->u.append.code = (uint32_t)sqlite3_column_int64(statement, 4);
            reply->u.append.until_ms = store_db_u64(statement, 5);
            reply->u.append.detail = kind == STORE_ROW_MARKER ? flags : 0;
            is_answered = true;
        }
        for (size_t i = 0; i < req->u.append.target_count; i++) {
            if (kind == STORE_ROW_MESSAGE && req->u.append.targets[i].uid == store_db_u64(statement, 1)) {
                reply->u.append.seqs[i] = store_db_u64(statement, 2);
            }
        }
    }
    if (reply->result == STORE_CONFLICT) {
        uint64_t hw = reply->u.append.hw;
        memset(&reply->u.append, 0, sizeof(reply->u.append));
        reply->u.append.hw = hw;
    }
    return status == OIM_ERR_NOT_FOUND ? OIM_OK : status;
}

/* Guard, quota and share of an append that is no repeat. */
static enum store_result judge_append(struct store_writer *writer, struct store_ticket *ticket,
                                      const struct index_device *device, struct index_mailbox **out_mailboxes)
{
    const struct store_req *req = &ticket->req;
    if (req->u.append.guard.send_no > device->hw + 1) {
        return STORE_GAP;
    }
    if (req->u.append.guard.policy_version != writer->index.policy_version) {
        return STORE_STALE;
    }
    for (size_t i = 0; i < req->u.append.target_count; i++) {
        const struct store_target *target = &req->u.append.targets[i];
        out_mailboxes[i] = store_index_mailbox(&writer->index, target->uid);
        if (out_mailboxes[i] == NULL) {
            return STORE_NOT_FOUND;
        }
        if (!is_counted(target, device)) {
            continue;
        }
        enum store_result result =
            judge_quota(&writer->index, out_mailboxes[i], target, device->uid, &ticket->reply.u.append.limit);
        if (result != STORE_OK) {
            return result;
        }
    }
    return writer->is_disk_full ? STORE_DISK_FULL : STORE_OK;
}

static enum oim_status store_rows(struct store_writer *writer, struct store_ticket *ticket,
                                  struct index_device *device, struct index_mailbox **mailboxes)
{
    const struct store_req *req = &ticket->req;
    struct store_reply *reply = &ticket->reply;
    uint64_t send_no = req->u.append.guard.send_no;
    uint64_t answer_id = 0;
    bool is_marker = req->u.append.is_marked;
    enum oim_status status = is_marker ? append_marker(writer, device, req, &answer_id) : OIM_OK;
    for (size_t i = 0; i < req->u.append.target_count && status == OIM_OK; i++) {
        const struct store_target *target = &req->u.append.targets[i];
        if (!is_counted(target, device) && is_beyond_cap(target)) {
            continue;
        }
        uint64_t id = 0;
        status = append_row(writer, mailboxes[i], target, device->dev, send_no, req->u.append.server_ms, &id);
        answer_id = answer_id == 0 ? id : answer_id;
        reply->u.append.seqs[i] = mailboxes[i]->head;
    }
    if (status == OIM_OK && answer_id == 0) {
        is_marker = true;
        status = append_marker(writer, device, req, &answer_id);
    }
    if (status != OIM_OK) {
        return status;
    }
    device->hw = send_no;
    reply->u.append.hw = send_no;
    for (size_t i = 0; i < req->u.append.target_count; i++) {
        reply->u.append.uids_head[i] = mailboxes[i]->head;
    }
    if (mailboxes[0] != NULL) {
        reply->u.append.waiting_count = mailboxes[0]->waiting_count;
        reply->u.append.waiting_size = mailboxes[0]->waiting_size;
    }
    bool is_done = store_index_remember(&writer->index, device, send_no, answer_id, is_marker);
    return is_done ? OIM_OK : store_writer_no_memory(writer);
}

static enum oim_status apply_append(struct store_writer *writer, struct store_ticket *ticket)
{
    const struct store_guard *guard = &ticket->req.u.append.guard;
    struct store_reply *reply = &ticket->reply;
    struct index_device *device = store_index_device(&writer->index, guard->dev);
    if (device == NULL || !device->owed) {
        reply->result = STORE_NOT_FOUND;
        return OIM_OK;
    }
    reply->u.append.hw = device->hw;
    if (guard->epoch != device->epoch) {
        reply->result = STORE_FENCED;
        return OIM_OK;
    }
    if (guard->send_no <= device->hw) {
        return answer_repeat(writer, ticket, device);
    }
    struct index_mailbox *mailboxes[STORE_TARGET_COUNT_MAX] = {NULL};
    reply->result = judge_append(writer, ticket, device, mailboxes);
    return reply->result == STORE_OK ? store_rows(writer, ticket, device, mailboxes) : OIM_OK;
}

enum oim_status store_apply_notices(struct store_writer *writer, struct store_ticket *ticket,
                                    const struct store_target *targets, size_t target_count,
                                    uint64_t server_ms)
{
    if (target_count == 0) {
        return OIM_OK;
    }
    struct store_memory *memory = store_memory_create(ticket->reserved_size);
    uint64_t *seqs = memory == NULL ? NULL : store_memory_take(memory, target_count * sizeof(*seqs));
    ticket->reply.memory = memory;
    if (seqs == NULL) {
        return store_writer_no_memory(writer);
    }
    memset(seqs, 0, target_count * sizeof(*seqs));
    for (size_t i = 0; i < target_count; i++) {
        const struct store_target *target = &targets[i];
        struct index_mailbox *mailbox = store_index_mailbox(&writer->index, target->uid);
        if (mailbox == NULL || is_beyond_cap(target)) {
            continue;
        }
        uint64_t id = 0;
        enum oim_status status =
            append_row(writer, mailbox, target, target->aux_dev, target->aux, server_ms, &id);
        if (status != OIM_OK) {
            return status;
        }
        seqs[i] = mailbox->head;
    }
    ticket->reply.u.note.first_seq = seqs[0];
    ticket->reply.u.note.seqs = seqs;
    ticket->reply.u.note.seq_count = target_count;
    return OIM_OK;
}

static enum oim_status apply_note(struct store_writer *writer, struct store_ticket *ticket)
{
    const struct store_req *req = &ticket->req;
    if (writer->is_disk_full) {
        ticket->reply.result = STORE_DISK_FULL;
        return OIM_OK;
    }
    return store_apply_notices(writer, ticket, req->u.note.targets, req->u.note.target_count,
                               req->u.note.server_ms);
}

static enum oim_status apply_attach(struct store_writer *writer, struct store_ticket *ticket)
{
    const struct store_req *req = &ticket->req;
    struct store_reply *reply = &ticket->reply;
    struct index_device *device = store_index_device(&writer->index, req->u.attach.dev);
    if (device == NULL || !device->owed) {
        reply->result = STORE_NOT_FOUND;
        return OIM_OK;
    }
    if (req->u.attach.epoch <= device->epoch) {
        reply->result = STORE_FENCED;
        reply->u.attach.last_epoch = device->epoch;
        return OIM_OK;
    }
    const struct index_mailbox *mailbox = store_index_mailbox(&writer->index, device->uid);
    device->epoch = req->u.attach.epoch;
    bool is_done = store_index_dirty_device(&writer->index, device) &&
                   store_index_settle(&writer->index, device, req->u.attach.settled_no);
    if (!is_done) {
        return store_writer_no_memory(writer);
    }
    reply->u.attach.last_epoch = device->epoch;
    reply->u.attach.hw = device->hw;
    reply->u.attach.cursor = device->cursor;
    reply->u.attach.head = mailbox->head;
    reply->u.attach.base = store_index_base(mailbox);
    reply->u.attach.announced = store_index_announced(&writer->index, mailbox);
    reply->u.attach.taken = store_index_cursor_max(&writer->index, mailbox);
    reply->u.attach.policy_version = writer->index.policy_version;
    return OIM_OK;
}

/*
 * Invisible: announced stands still where it is. Otherwise it follows the highest cursor, also over what was
 * acknowledged in the meantime. True when this let announced catch up.
 */
static bool move_announced(struct store_index *index, struct index_mailbox *mailbox, bool announce,
                           uint64_t announced_before)
{
    if (!announce && !mailbox->held) {
        mailbox->held = store_index_cursor_max(index, mailbox) > announced_before;
        mailbox->announced = announced_before;
        return false;
    }
    if (announce && mailbox->held) {
        mailbox->held = false;
        return store_index_cursor_max(index, mailbox) > announced_before;
    }
    return false;
}

static enum oim_status apply_cursor(struct store_writer *writer, struct store_ticket *ticket)
{
    const struct store_req *req = &ticket->req;
    struct store_index *index = &writer->index;
    struct index_device *device = store_index_device(index, req->u.cursor.dev);
    if (device == NULL || !device->owed) {
        ticket->reply.result = STORE_NOT_FOUND;
        return OIM_OK;
    }
    if (req->u.cursor.epoch != device->epoch) {
        ticket->reply.result = STORE_FENCED;
        return OIM_OK;
    }
    struct index_mailbox *mailbox = store_index_mailbox(index, device->uid);
    if (!store_index_settle(index, device, req->u.cursor.settled_no)) {
        return store_writer_no_memory(writer);
    }
    uint64_t announced_before = store_index_announced(index, mailbox);
    uint64_t cursor_before = device->cursor;
    bool was_held = mailbox->held;
    bool moves = req->u.cursor.seq > device->cursor && req->u.cursor.seq <= mailbox->head;
    if (moves && !store_index_move_cursor(index, mailbox, device, req->u.cursor.seq)) {
        return store_writer_no_memory(writer);
    }
    bool catches_up = move_announced(index, mailbox, req->u.cursor.announce, announced_before);
    if (moves || catches_up) {
        store_index_recount(index, mailbox,
                            announced_before < cursor_before ? announced_before : cursor_before);
    }
    if (mailbox->held != was_held && !(store_index_dirty_mailbox(index, mailbox) &&
                                       store_index_list_for_trim(index, mailbox, mailbox->row_count))) {
        return store_writer_no_memory(writer);
    }
    /* A cursor that changes nothing is a repeat: its notices were appended with the first. */
    size_t notice_count = moves || catches_up ? req->u.cursor.notice_count : 0;
    ticket->reply.u.note.announced = store_index_announced(index, mailbox);
    ticket->reply.u.note.taken = store_index_cursor_max(index, mailbox);
    return store_apply_notices(writer, ticket, req->u.cursor.notices, notice_count, req->u.cursor.server_ms);
}

static enum oim_status apply_trim(struct store_writer *writer)
{
    while (store_trim_is_due(writer)) {
        enum oim_status status = store_trim_collect(writer, SIZE_MAX);
        if (status != OIM_OK) {
            return status;
        }
    }
    return OIM_OK;
}

enum oim_status store_apply(struct store_writer *writer, struct store_ticket *ticket)
{
    switch (ticket->req.op) {
    case STORE_ATTACH:
        return apply_attach(writer, ticket);
    case STORE_APPEND:
        return apply_append(writer, ticket);
    case STORE_NOTE:
        return apply_note(writer, ticket);
    case STORE_CURSOR:
        return apply_cursor(writer, ticket);
    case STORE_PAGE:
        return store_apply_page(writer, ticket);
    case STORE_SUMMARY:
        return store_apply_summary(writer, ticket);
    case STORE_COUNT:
        return store_apply_count(writer, ticket);
    case STORE_DUE:
        return store_apply_due(writer, ticket);
    case STORE_EXPIRE:
        return store_apply_expire(writer, ticket);
    case STORE_CAS:
        return store_apply_cas(writer, ticket);
    case STORE_SCAN:
        return store_apply_scan(writer, ticket);
    case STORE_CHAIN:
        return store_apply_chain(writer, ticket);
    case STORE_TRIM:
        return apply_trim(writer);
    case STORE_NONE:
    case STORE_LEASE:
    case STORE_HINT:
        break;
    }
    ticket->reply.result = STORE_NOT_FOUND;
    return OIM_OK;
}
