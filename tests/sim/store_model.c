#include "tests/sim/store_model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/enums.h"
#include "proto/limits.h"

struct oim_slice store_model_own(struct oim_slice slice)
{
    uint8_t *copy = malloc(slice.size + 1);
    assert(copy != NULL);
    if (slice.size > 0) {
        memcpy(copy, slice.data, slice.size);
    }
    return (struct oim_slice){.data = copy, .size = slice.size};
}

void store_model_disown(struct oim_slice slice)
{
    free((void *)(uintptr_t)slice.data);
}

void *store_model_grow(void *array, size_t count, size_t item_size)
{
    /* Room for 16, then for the next power of two. */
    bool has_room = count != 0 && (count < 16 || (count & (count - 1)) != 0);
    if (has_room) {
        return array;
    }
    void *bigger = reallocarray(array, count == 0 ? 16 : count * 2, item_size);
    assert(bigger != NULL);
    return bigger;
}

struct store_model *store_model_create(void)
{
    struct store_model *model = calloc(1, sizeof(*model));
    assert(model != NULL);
    return model;
}

void store_model_destroy(struct store_model *model)
{
    if (model == NULL) {
        return;
    }
    for (size_t i = 0; i < model->row_count; i++) {
        store_model_disown(model->rows[i].row.env);
    }
    for (size_t i = 0; i < model->record_count; i++) {
        store_model_disown(model->records[i].record.key);
        store_model_disown(model->records[i].record.value);
    }
    for (size_t i = 0; i < model->entry_count; i++) {
        store_model_disown(model->entries[i].entry.entry);
    }
    free(model->rows);
    free(model->devices);
    free(model->mailboxes);
    free(model->records);
    free(model->entries);
    free(model);
}

struct model_device *store_model_device(struct store_model *model, uint64_t dev)
{
    for (size_t i = 0; i < model->device_count; i++) {
        if (model->devices[i].dev == dev) {
            return &model->devices[i];
        }
    }
    return NULL;
}

struct model_mailbox *store_model_mailbox(struct store_model *model, uint64_t uid)
{
    for (size_t i = 0; i < model->mailbox_count; i++) {
        if (model->mailboxes[i].uid == uid) {
            return &model->mailboxes[i];
        }
    }
    return NULL;
}

uint64_t store_model_owner(struct store_model *model, uint64_t dev)
{
    const struct model_device *device = store_model_device(model, dev);
    return device == NULL ? 0 : device->uid;
}

bool store_model_is_taken(const struct store_model *model, struct model_row *row)
{
    for (size_t i = 0; !row->is_taken && i < model->device_count; i++) {
        const struct model_device *device = &model->devices[i];
        row->is_taken =
            device->uid == row->uid && device->start < row->row.seq && row->row.seq <= device->cursor;
    }
    return row->is_taken;
}

static bool is_foreign_chat(const struct model_row *row)
{
    return row->row.kind == STORE_ROW_MESSAGE && row->row.cls == CLS_CHAT &&
           (row->row.flags & STORE_ROW_OWN_COPY) == 0 && row->src_uid != row->uid;
}

bool store_model_is_waiting(const struct store_model *model, struct model_row *row)
{
    return row->uid != 0 && row->is_foreign_chat && !store_model_is_taken(model, row);
}

bool store_model_fills(const struct store_model *model, const struct model_mailbox *mailbox,
                       struct model_row *row)
{
    return row->is_foreign_chat &&
           ((mailbox->held && row->row.seq > mailbox->announced) || !store_model_is_taken(model, row));
}

static uint64_t cursor_max(const struct store_model *model, uint64_t uid)
{
    uint64_t highest = 0;
    for (size_t i = 0; i < model->device_count; i++) {
        const struct model_device *device = &model->devices[i];
        if (device->uid == uid && device->cursor > device->start && device->cursor > highest) {
            highest = device->cursor;
        }
    }
    return highest;
}

struct model_filling store_model_count_filling(struct store_model *model, uint64_t uid, uint64_t src_uid)
{
    const struct model_mailbox *mailbox = store_model_mailbox(model, uid);
    const struct model_row *end = model->rows + model->row_count;
    const uint64_t taken = cursor_max(model, uid);
    struct model_filling filling = {0};
    for (struct model_row *row = model->rows; row != end; row++) {
        if (row->uid != uid) {
            continue;
        }
        bool is_new = row->is_foreign_chat && row->row.seq > taken;
        if (is_new || store_model_fills(model, mailbox, row)) {
            filling.count += 1;
            filling.size += row->row.env.size;
            filling.share_count += row->src_uid == src_uid ? 1 : 0;
            filling.share_size += row->src_uid == src_uid ? row->row.env.size : 0;
        } else {
            filling.rest_first = filling.rest_count == 0 ? (size_t)(row - model->rows) : filling.rest_first;
            filling.rest_count += 1;
            filling.rest_size += row->row.env.size;
        }
    }
    return filling;
}

bool store_model_is_passed(const struct store_model *model, const struct model_row *row)
{
    bool is_any_owed = false;
    for (size_t i = 0; i < model->device_count; i++) {
        const struct model_device *device = &model->devices[i];
        if (device->uid == row->uid && device->owed) {
            is_any_owed = true;
            if (device->cursor < row->row.seq) {
                return false;
            }
        }
    }
    return is_any_owed;
}

uint64_t store_model_base(struct store_model *model, const struct model_mailbox *mailbox)
{
    for (size_t i = 0; i < model->row_count; i++) {
        if (model->rows[i].uid == mailbox->uid) {
            return model->rows[i].row.seq - 1;
        }
    }
    return mailbox->head;
}

void store_model_remove_row(struct store_model *model, size_t at)
{
    store_model_disown(model->rows[at].row.env);
    model->row_count--;
    memmove(&model->rows[at], &model->rows[at + 1], (model->row_count - at) * sizeof(*model->rows));
}

static void add_row(struct store_model *model, const struct model_row *row)
{
    if (model->row_count >= model->row_capacity) {
        model->row_capacity = model->row_count < 64 ? 64 : model->row_count * 2;
        model->rows = reallocarray(model->rows, model->row_capacity, sizeof(*model->rows));
        assert(model->rows != NULL);
    }
    struct model_row *added = &model->rows[model->row_count++];
    *added = *row;
    added->src_uid = store_model_owner(model, row->row.src_dev);
    added->is_foreign_chat = is_foreign_chat(added);
    added->row.env = store_model_own(row->row.env);
}

/* The oldest courtesy row goes until the caps hold. Returns what is left. */
static struct model_filling evict(struct store_model *model, uint64_t uid, const struct store_quota *quota)
{
    for (;;) {
        struct model_filling filling = store_model_count_filling(model, uid, 0);
        bool is_over = (quota->courtesy_count_max != 0 && filling.rest_count > quota->courtesy_count_max) ||
                       (quota->courtesy_size_max != 0 && filling.rest_size > quota->courtesy_size_max);
        if (!is_over) {
            return filling;
        }
        store_model_remove_row(model, filling.rest_first);
    }
}

static bool is_counted(const struct store_target *target, uint64_t src_uid)
{
    return target->kind == STORE_ROW_MESSAGE && target->cls == CLS_CHAT &&
           (target->flags & STORE_ROW_OWN_COPY) == 0 && target->uid != src_uid;
}

/* Appends to an existing mailbox. 0: dropped, because it is larger than its cap. */
static uint64_t append_row(struct store_model *model, const struct store_target *target, uint64_t src_dev,
                           uint64_t send_no, uint64_t server_ms, struct model_filling *out_filling)
{
    uint64_t cap = target->quota.courtesy_size_max;
    if (!is_counted(target, store_model_owner(model, src_dev)) && cap != 0 && target->env.size > cap) {
        *out_filling = store_model_count_filling(model, target->uid, 0);
        return 0;
    }
    struct model_mailbox *mailbox = store_model_mailbox(model, target->uid);
    struct model_row row = {
        .uid = target->uid,
        .row = {.seq = ++mailbox->head,
                .kind = target->kind,
                .src_dev = src_dev,
                .send_no = send_no,
                .cls = target->cls,
                .flags = target->flags,
                .code = target->code,
                .server_ms = server_ms,
                .expires_ms = target->expires_ms,
                .msg_id = target->msg_id,
                .env = target->env},
    };
    add_row(model, &row);
    *out_filling = evict(model, target->uid, &target->quota);
    return row.row.seq;
}

static void answer_repeat(struct store_model *model, struct store_ticket *ticket)
{
    const struct store_guard *guard = &ticket->req.u.append.guard;
    struct store_reply *reply = &ticket->reply;
    bool is_answered = false;
    reply->result = STORE_DUP;
    for (size_t i = 0; i < model->row_count; i++) {
        const struct model_row *row = &model->rows[i];
        bool is_it = row->row.kind != STORE_ROW_NOTICE && row->row.src_dev == guard->dev &&
                     row->row.send_no == guard->send_no;
        if (!is_it) {
            continue;
        }
        if (row->row.kind == STORE_ROW_MESSAGE && !oim_id_equal(&row->row.msg_id, &guard->msg_id)) {
            uint64_t hw = reply->u.append.hw;
            memset(&reply->u, 0, sizeof(reply->u));
            reply->u.append.hw = hw;
            reply->result = STORE_CONFLICT;
            return;
        }
        if (!is_answered) {
            reply->u.append.code = row->row.code;
            reply->u.append.detail = row->detail;
            reply->u.append.until_ms = row->row.expires_ms;
            is_answered = true;
        }
        for (size_t t = 0; t < ticket->req.u.append.target_count; t++) {
            if (row->uid == ticket->req.u.append.targets[t].uid) {
                reply->u.append.seqs[t] = row->row.seq;
            }
        }
    }
}

static enum store_result judge_target(struct store_model *model, const struct store_target *target,
                                      uint64_t src_uid, uint64_t *out_limit)
{
    if (store_model_mailbox(model, target->uid) == NULL) {
        return STORE_NOT_FOUND;
    }
    if (!is_counted(target, src_uid)) {
        return STORE_OK;
    }
    const struct store_quota *quota = &target->quota;
    const uint64_t limits[4] = {quota->count_max, quota->size_max, quota->share_count_max,
                                quota->share_size_max};
    const struct model_filling filling = store_model_count_filling(model, target->uid, src_uid);
    const uint64_t used[4] = {filling.count, filling.size, filling.share_count, filling.share_size};
    for (size_t i = 0; i < 4; i++) {
        uint64_t more = i % 2 == 0 ? 1 : target->env.size;
        if (limits[i] != 0 && used[i] + more > limits[i]) {
            *out_limit = limits[i];
            return i < 2 ? STORE_QUOTA : STORE_SHARE;
        }
    }
    return STORE_OK;
}

static enum store_result judge_append(struct store_model *model, struct store_ticket *ticket,
                                      const struct model_device *device, bool is_disk_full)
{
    const struct store_req *req = &ticket->req;
    if (req->u.append.guard.send_no > device->hw + 1) {
        return STORE_GAP;
    }
    if (req->u.append.guard.policy_version != model->policy_version) {
        return STORE_STALE;
    }
    for (size_t i = 0; i < req->u.append.target_count; i++) {
        enum store_result result =
            judge_target(model, &req->u.append.targets[i], device->uid, &ticket->reply.u.append.limit);
        if (result != STORE_OK) {
            return result;
        }
    }
    return is_disk_full ? STORE_DISK_FULL : STORE_OK;
}

static void add_marker(struct store_model *model, const struct store_req *req,
                       const struct model_device *device)
{
    bool is_wanted = req->u.append.is_marked || req->u.append.target_count == 0;
    struct model_row marker = {
        .detail = is_wanted ? req->u.append.detail : 0,
        .row = {.kind = STORE_ROW_MARKER,
                .src_dev = device->dev,
                .send_no = req->u.append.guard.send_no,
                .code = is_wanted ? req->u.append.code : req->u.append.targets[0].code,
                .server_ms = req->u.append.server_ms},
    };
    add_row(model, &marker);
}

static void store_rows(struct store_model *model, struct store_ticket *ticket, struct model_device *device)
{
    const struct store_req *req = &ticket->req;
    struct store_reply *reply = &ticket->reply;
    uint64_t send_no = req->u.append.guard.send_no;
    bool is_stored = req->u.append.is_marked;
    if (req->u.append.is_marked) {
        add_marker(model, req, device);
    }
    for (size_t i = 0; i < req->u.append.target_count; i++) {
        const struct store_target *target = &req->u.append.targets[i];
        struct model_filling filling;
        reply->u.append.seqs[i] =
            append_row(model, target, device->dev, send_no, req->u.append.server_ms, &filling);
        if (i == 0) {
            reply->u.append.waiting_count = filling.count;
            reply->u.append.waiting_size = filling.size;
        }
        reply->u.append.uids_head[i] = store_model_mailbox(model, target->uid)->head;
        is_stored = is_stored || reply->u.append.seqs[i] != 0;
    }
    if (!is_stored) {
        add_marker(model, req, device);
    }
    device->hw = send_no;
    reply->u.append.hw = send_no;
}

static void apply_append(struct store_model *model, struct store_ticket *ticket, bool is_disk_full)
{
    struct store_reply *reply = &ticket->reply;
    const struct store_guard *guard = &ticket->req.u.append.guard;
    struct model_device *device = store_model_device(model, guard->dev);
    if (device == NULL || !device->owed) {
        reply->result = STORE_NOT_FOUND;
        return;
    }
    reply->u.append.hw = device->hw;
    if (guard->epoch != device->epoch) {
        reply->result = STORE_FENCED;
        return;
    }
    if (guard->send_no <= device->hw) {
        answer_repeat(model, ticket);
        return;
    }
    reply->result = judge_append(model, ticket, device, is_disk_full);
    if (reply->result == STORE_OK) {
        store_rows(model, ticket, device);
    }
}

void store_model_append_notices(struct store_model *model, struct store_ticket *ticket,
                                const struct store_target *targets, size_t count, uint64_t server_ms)
{
    if (count == 0) {
        return;
    }
    struct store_memory *memory = store_memory_create(ticket->reserved_size);
    assert(memory != NULL);
    uint64_t *seqs = store_memory_take(memory, count * sizeof(*seqs));
    for (size_t i = 0; i < count; i++) {
        struct model_filling filling;
        bool has_mailbox = store_model_mailbox(model, targets[i].uid) != NULL;
        seqs[i] = has_mailbox ? append_row(model, &targets[i], targets[i].aux_dev, targets[i].aux, server_ms,
                                           &filling)
                              : 0;
    }
    ticket->reply.memory = memory;
    ticket->reply.u.note.first_seq = seqs[0];
    ticket->reply.u.note.seqs = seqs;
    ticket->reply.u.note.seq_count = count;
}

static uint64_t announced_of(struct store_model *model, const struct model_mailbox *mailbox)
{
    return mailbox->held ? mailbox->announced : cursor_max(model, mailbox->uid);
}

static void settle(struct model_device *device, uint64_t settled_no)
{
    uint64_t settled = settled_no < device->hw ? settled_no : device->hw;
    device->settled = settled > device->settled ? settled : device->settled;
}

static void apply_attach(struct store_model *model, struct store_ticket *ticket)
{
    struct store_reply *reply = &ticket->reply;
    struct model_device *device = store_model_device(model, ticket->req.u.attach.dev);
    if (device == NULL || !device->owed) {
        reply->result = STORE_NOT_FOUND;
        return;
    }
    reply->u.attach.last_epoch = device->epoch;
    if (ticket->req.u.attach.epoch <= device->epoch) {
        reply->result = STORE_FENCED;
        return;
    }
    const struct model_mailbox *mailbox = store_model_mailbox(model, device->uid);
    device->epoch = ticket->req.u.attach.epoch;
    settle(device, ticket->req.u.attach.settled_no);
    reply->u.attach.last_epoch = device->epoch;
    reply->u.attach.hw = device->hw;
    reply->u.attach.cursor = device->cursor;
    reply->u.attach.head = mailbox->head;
    reply->u.attach.base = store_model_base(model, mailbox);
    reply->u.attach.announced = announced_of(model, mailbox);
    reply->u.attach.taken = cursor_max(model, mailbox->uid);
    reply->u.attach.policy_version = model->policy_version;
}

static void apply_cursor(struct store_model *model, struct store_ticket *ticket)
{
    const struct store_req *req = &ticket->req;
    struct model_device *device = store_model_device(model, req->u.cursor.dev);
    if (device == NULL || !device->owed) {
        ticket->reply.result = STORE_NOT_FOUND;
        return;
    }
    if (req->u.cursor.epoch != device->epoch) {
        ticket->reply.result = STORE_FENCED;
        return;
    }
    settle(device, req->u.cursor.settled_no);
    struct model_mailbox *mailbox = store_model_mailbox(model, device->uid);
    uint64_t announced = announced_of(model, mailbox);
    bool moves = req->u.cursor.seq > device->cursor && req->u.cursor.seq <= mailbox->head;
    if (moves) {
        device->cursor = req->u.cursor.seq;
    }
    if (!req->u.cursor.announce && !mailbox->held && cursor_max(model, mailbox->uid) > announced) {
        mailbox->held = true;
        mailbox->announced = announced;
    }
    bool catches_up = req->u.cursor.announce && mailbox->held;
    if (catches_up) {
        mailbox->held = false;
        catches_up = cursor_max(model, mailbox->uid) > announced;
    }
    ticket->reply.u.note.announced = announced_of(model, mailbox);
    ticket->reply.u.note.taken = cursor_max(model, mailbox->uid);
    if (moves || catches_up) {
        store_model_append_notices(model, ticket, req->u.cursor.notices, req->u.cursor.notice_count,
                                   req->u.cursor.server_ms);
    }
}

static bool may_go(struct store_model *model, struct model_row *row)
{
    if (row->row.kind == STORE_ROW_MARKER) {
        const struct model_device *device = store_model_device(model, row->row.src_dev);
        return row->row.send_no <= device->settled || row->row.send_no + UNANSWERED_MAX <= device->hw;
    }
    const struct model_mailbox *mailbox = store_model_mailbox(model, row->uid);
    if (row->row.seq > mailbox->passed) {
        return false;
    }
    return !store_model_is_waiting(model, row) && (!mailbox->held || row->row.seq <= mailbox->announced);
}

static uint64_t cursor_min(const struct store_model *model, uint64_t uid)
{
    uint64_t lowest = UINT64_MAX;
    for (size_t i = 0; i < model->device_count; i++) {
        const struct model_device *device = &model->devices[i];
        if (device->uid == uid && device->owed && device->cursor < lowest) {
            lowest = device->cursor;
        }
    }
    return lowest == UINT64_MAX ? 0 : lowest;
}

void store_model_trim(struct store_model *model)
{
    size_t kept = 0;
    for (size_t i = 0; i < model->mailbox_count; i++) {
        model->mailboxes[i].passed = cursor_min(model, model->mailboxes[i].uid);
    }
    for (size_t i = 0; i < model->row_count; i++) {
        if (may_go(model, &model->rows[i])) {
            store_model_disown(model->rows[i].row.env);
        } else {
            model->rows[kept++] = model->rows[i];
        }
    }
    model->row_count = kept;
}

static void apply_note(struct store_model *model, struct store_ticket *ticket, bool is_disk_full)
{
    const struct store_req *req = &ticket->req;
    if (is_disk_full) {
        ticket->reply.result = STORE_DISK_FULL;
        return;
    }
    store_model_append_notices(model, ticket, req->u.note.targets, req->u.note.target_count,
                               req->u.note.server_ms);
}

void store_model_apply(struct store_model *model, struct store_ticket *ticket, bool is_disk_full)
{
    switch (ticket->req.op) {
    case STORE_ATTACH:
        apply_attach(model, ticket);
        break;
    case STORE_APPEND:
        apply_append(model, ticket, is_disk_full);
        break;
    case STORE_NOTE:
        apply_note(model, ticket, is_disk_full);
        break;
    case STORE_CURSOR:
        apply_cursor(model, ticket);
        break;
    case STORE_PAGE:
        store_model_apply_page(model, ticket);
        break;
    case STORE_SUMMARY:
        store_model_apply_summary(model, ticket);
        break;
    case STORE_COUNT:
        store_model_apply_count(model, ticket);
        break;
    case STORE_DUE:
        store_model_apply_due(model, ticket);
        break;
    case STORE_EXPIRE:
        store_model_apply_expire(model, ticket);
        break;
    case STORE_CAS:
        store_model_apply_cas(model, ticket);
        break;
    case STORE_SCAN:
        store_model_apply_scan(model, ticket);
        break;
    case STORE_CHAIN:
        store_model_apply_chain(model, ticket);
        break;
    case STORE_TRIM:
        store_model_trim(model);
        break;
    case STORE_NONE:
    case STORE_LEASE:
    case STORE_HINT:
        ticket->reply.result = STORE_NOT_FOUND;
        break;
    }
}
