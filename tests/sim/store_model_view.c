/*
 * store_model_view.c - what the model says when asked: pages, summaries, counts, what is due.
 */
#include <assert.h>
#include <string.h>

#include "tests/sim/store_model.h"

void store_model_apply_page(struct store_model *model, struct store_ticket *ticket)
{
    const struct store_req *req = &ticket->req;
    const struct model_mailbox *mailbox = store_model_mailbox(model, req->u.page.uid);
    if (mailbox == NULL) {
        ticket->reply.result = STORE_NOT_FOUND;
        return;
    }
    ticket->reply.u.page.head = mailbox->head;
    size_t size = 0;
    for (size_t i = 0; i < model->row_count; i++) {
        const struct model_row *row = &model->rows[i];
        if (row->uid != req->u.page.uid || row->row.seq <= req->u.page.after_seq) {
            continue;
        }
        size += row->row.env.size;
        bool is_full = ticket->ref_count == req->u.page.row_max ||
                       (ticket->ref_count > 0 && size > req->u.page.size_max);
        if (is_full) {
            ticket->reply.u.page.more = true;
            return;
        }
        ticket->refs[ticket->ref_count++] = (struct store_page_ref){.seq = row->row.seq};
        ticket->page_size += sizeof(struct store_row) + row->row.env.size + 32;
    }
}

void store_model_fetch(struct store_model *model, struct store_ticket *ticket)
{
    struct store_reply *reply = &ticket->reply;
    if (reply->result != STORE_OK || ticket->ref_count == 0) {
        return;
    }
    struct store_memory *memory = store_memory_create(ticket->page_size);
    assert(memory != NULL);
    struct store_row *rows = store_memory_take(memory, ticket->ref_count * sizeof(*rows));
    size_t count = 0;
    size_t ref = 0; /* the next one, both are in order */
    for (size_t i = 0; i < model->row_count; i++) {
        const struct model_row *row = &model->rows[i];
        if (row->uid != ticket->req.u.page.uid) {
            continue;
        }
        while (ref < ticket->ref_count && ticket->refs[ref].seq < row->row.seq) {
            ref++;
        }
        if (ref < ticket->ref_count && ticket->refs[ref].seq == row->row.seq) {
            uint8_t *env = store_memory_take(memory, row->row.env.size);
            memcpy(env, row->row.env.data, row->row.env.size);
            rows[count] = row->row;
            rows[count++].env.data = env;
        }
    }
    reply->memory = memory;
    reply->u.page.rows = rows;
    reply->u.page.row_count = count;
}

static struct store_talk *talk_with(struct store_talk *talks, size_t *count, uint64_t src_uid)
{
    for (size_t i = 0; i < *count; i++) {
        if (talks[i].src_uid == src_uid) {
            return &talks[i];
        }
    }
    talks[*count] = (struct store_talk){.src_uid = src_uid};
    return &talks[(*count)++];
}

void store_model_apply_summary(struct store_model *model, struct store_ticket *ticket)
{
    struct store_reply *reply = &ticket->reply;
    uint64_t uid = ticket->req.u.summary.uid;
    const struct model_device *device = store_model_device(model, ticket->req.u.summary.dev);
    if (device == NULL || device->uid != uid || !device->owed) {
        reply->result = STORE_NOT_FOUND;
        return;
    }
    struct store_memory *memory = store_memory_create((model->device_count + 1) * sizeof(struct store_talk));
    assert(memory != NULL);
    struct store_talk *talks = store_memory_take(memory, model->device_count * sizeof(struct store_talk));
    size_t talk_count = 0;
    for (size_t i = 0; i < model->row_count; i++) {
        struct model_row *row = &model->rows[i];
        if (row->uid != uid || row->row.seq <= device->cursor || row->src_uid == 0) {
            continue;
        }
        if (row->row.kind == STORE_ROW_NOTICE && row->row.send_no > 0) {
            talk_with(talks, &talk_count, row->src_uid)->expired += row->row.send_no;
            continue;
        }
        if (!row->is_foreign_chat) {
            continue;
        }
        struct store_talk *talk = talk_with(talks, &talk_count, row->src_uid);
        talk->first_ms = talk->first_ms == 0 ? row->row.server_ms : talk->first_ms;
        talk->last_ms = row->row.server_ms;
        if (store_model_is_taken(model, row)) {
            talk->elsewhere++;
            continue;
        }
        talk->count++;
        talk->size += row->row.env.size;
        talk->quiet += (row->row.flags & STORE_ROW_QUIET) != 0 ? 1 : 0;
        reply->u.summary.total++;
        reply->u.summary.size += row->row.env.size;
    }
    reply->memory = memory;
    reply->u.summary.talks = talks;
    reply->u.summary.talk_count = talk_count;
}

static void count_mailbox(struct store_model *model, uint64_t uid, struct store_reply *out)
{
    const struct model_mailbox *mailbox = store_model_mailbox(model, uid);
    memset(&out->u.count, 0, sizeof(out->u.count));
    const struct model_filling filling = store_model_count_filling(model, uid, 0);
    out->u.count.count = filling.count;
    out->u.count.size = filling.size;
    out->u.count.head = mailbox->head;
    out->u.count.base = store_model_base(model, mailbox);
    for (size_t i = 0; i < model->row_count; i++) {
        struct model_row *row = &model->rows[i];
        if (row->uid != uid) {
            continue;
        }
        out->u.count.row_count++;
        if (out->u.count.oldest_ms == 0 && store_model_fills(model, mailbox, row)) {
            out->u.count.oldest_ms = row->row.server_ms;
        }
    }
}

static struct store_usage usage_of(struct store_model *model, uint64_t uid)
{
    struct store_usage usage = {.uid = uid};
    for (size_t i = 0; i < model->device_count; i++) {
        const struct model_filling filling = store_model_count_filling(model, uid, model->devices[i].uid);
        usage.count = filling.count;
        usage.size = filling.size;
        usage.share_count = filling.share_count > usage.share_count ? filling.share_count : usage.share_count;
        usage.share_size = filling.share_size > usage.share_size ? filling.share_size : usage.share_size;
    }
    return usage;
}

static void list_usages(struct store_model *model, uint64_t after_uid, struct store_reply *reply)
{
    uint64_t uid_last = 0;
    for (size_t i = 0; i < model->row_count; i++) {
        struct model_row *row = &model->rows[i];
        bool is_later = row->uid > uid_last;
        if (is_later && store_model_fills(model, store_model_mailbox(model, row->uid), row)) {
            uid_last = row->uid;
        }
    }
    reply->u.count.more = uid_last > after_uid + STORE_USAGE_RANGE;
    uid_last = reply->u.count.more ? after_uid + STORE_USAGE_RANGE : uid_last;
    if (uid_last <= after_uid) {
        return;
    }
    size_t span = (size_t)(uid_last - after_uid);
    struct store_memory *memory = store_memory_create((span + 1) * sizeof(struct store_usage));
    assert(memory != NULL);
    struct store_usage *usages = store_memory_take(memory, span * sizeof(*usages));
    for (uint64_t uid = after_uid + 1; uid <= uid_last; uid++) {
        const struct store_usage usage = usage_of(model, uid);
        if (usage.count > 0) {
            usages[reply->u.count.usage_count++] = usage;
        }
    }
    reply->memory = memory;
    reply->u.count.usages = usages;
}

static void count_all(struct store_model *model, struct store_reply *reply)
{
    for (size_t i = 0; i < model->mailbox_count; i++) {
        struct store_reply one = {0};
        count_mailbox(model, model->mailboxes[i].uid, &one);
        reply->u.count.row_count += one.u.count.row_count;
        if (one.u.count.count == 0) {
            continue;
        }
        reply->u.count.mailbox_count++;
        reply->u.count.count += one.u.count.count;
        reply->u.count.size += one.u.count.size;
        if (reply->u.count.oldest_uid == 0 || one.u.count.oldest_ms < reply->u.count.oldest_ms) {
            reply->u.count.oldest_ms = one.u.count.oldest_ms;
            reply->u.count.oldest_uid = model->mailboxes[i].uid;
        }
    }
}

void store_model_apply_count(struct store_model *model, struct store_ticket *ticket)
{
    uint64_t uid = ticket->req.u.count.uid;
    if (uid == 0) {
        count_all(model, &ticket->reply);
        list_usages(model, ticket->req.u.count.after_uid, &ticket->reply);
    } else if (store_model_mailbox(model, uid) == NULL) {
        ticket->reply.result = STORE_NOT_FOUND;
    } else {
        count_mailbox(model, uid, &ticket->reply);
        uint64_t src_uid = ticket->req.u.count.src_uid;
        if (src_uid != 0) {
            const struct model_filling filling = store_model_count_filling(model, uid, src_uid);
            ticket->reply.u.count.share_count = filling.share_count;
            ticket->reply.u.count.share_size = filling.share_size;
        }
    }
}

static bool is_due(struct store_model *model, struct model_row *row, uint64_t now_ms)
{
    bool is_over = row->row.expires_ms != 0 && row->row.expires_ms <= now_ms;
    return is_over || (store_model_is_passed(model, row) && store_model_is_waiting(model, row));
}

static bool is_announced(struct store_model *model, const struct model_row *row)
{
    const struct model_mailbox *mailbox = store_model_mailbox(model, row->uid);
    return !mailbox->held || row->row.seq <= mailbox->announced;
}

static bool is_listed(struct store_model *model, struct model_row *row, const struct store_req *req)
{
    if (req->u.due.uid != 0) {
        bool is_in_range = (row->uid > req->u.due.uid || row->row.seq > req->u.due.after_seq) &&
                           row->row.seq <= req->u.due.upto_seq;
        bool is_untold =
            req->u.due.untold && is_in_range && row->is_foreign_chat && !is_announced(model, row);
        return is_in_range && (is_untold || store_model_is_waiting(model, row));
    }
    return is_due(model, row, req->u.due.now_ms);
}

struct due_list {
    struct store_due_row *rows;
    size_t count, max;
    bool more;
};

/* uid 0: of every mailbox. */
static void list_due(struct store_model *model, const struct store_req *req, uint64_t uid,
                     struct due_list *list)
{
    for (size_t i = 0; i < model->row_count && !list->more; i++) {
        struct model_row *row = &model->rows[i];
        if (row->uid == 0 || (uid != 0 && row->uid != uid) || !is_listed(model, row, req)) {
            continue;
        }
        list->more = list->count == list->max;
        if (list->more) {
            return;
        }
        list->rows[list->count++] = (struct store_due_row){
            .uid = row->uid,
            .seq = row->row.seq,
            .src_dev = row->row.src_dev,
            .send_no = row->row.send_no,
            .kind = row->row.kind,
            .cls = row->row.cls,
            .flags = row->row.flags,
            .server_ms = row->row.server_ms,
            .expires_ms = row->row.expires_ms,
            .taken = store_model_is_taken(model, row),
            .announced = is_announced(model, row),
            .msg_id = row->row.msg_id,
        };
    }
}

void store_model_apply_due(struct store_model *model, struct store_ticket *ticket)
{
    const struct store_req *req = &ticket->req;
    size_t row_max = req->u.due.row_max < STORE_DUE_COUNT_MAX ? req->u.due.row_max : STORE_DUE_COUNT_MAX;
    struct store_memory *memory = store_memory_create((row_max + 1) * sizeof(struct store_due_row));
    assert(memory != NULL);
    struct due_list list = {.rows = store_memory_take(memory, row_max * sizeof(*list.rows)), .max = row_max};
    list_due(model, req, req->u.due.uid, &list);
    for (uint64_t uid = req->u.due.uid + 1; req->u.due.uid != 0 && uid <= req->u.due.uid_last; uid++) {
        list_due(model, req, uid, &list);
    }
    ticket->reply.memory = memory;
    ticket->reply.u.due.rows = list.rows;
    ticket->reply.u.due.row_count = list.count;
    ticket->reply.u.due.more = list.more;
}

static size_t row_at(struct store_model *model, uint64_t uid, uint64_t seq)
{
    for (size_t i = 0; i < model->row_count; i++) {
        if (uid != 0 && model->rows[i].uid == uid && model->rows[i].row.seq == seq) {
            return i;
        }
    }
    return SIZE_MAX;
}

void store_model_apply_expire(struct store_model *model, struct store_ticket *ticket)
{
    const struct store_req *req = &ticket->req;
    for (size_t i = 0; i < req->u.expire.row_count; i++) {
        const struct store_due_row *due = &req->u.expire.rows[i];
        size_t at = row_at(model, due->uid, due->seq);
        if (at == SIZE_MAX || store_model_is_taken(model, &model->rows[at]) != due->taken) {
            ticket->reply.result = STORE_STALE;
            return;
        }
    }
    for (size_t i = 0; i < req->u.expire.row_count; i++) {
        size_t at = row_at(model, req->u.expire.rows[i].uid, req->u.expire.rows[i].seq);
        if (at != SIZE_MAX) {
            store_model_remove_row(model, at);
        }
    }
    store_model_append_notices(model, ticket, req->u.expire.notices, req->u.expire.notice_count,
                               req->u.expire.server_ms);
}
