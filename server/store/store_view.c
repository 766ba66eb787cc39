/*
 * store_view.c - SUMMARY, COUNT and PAGE's first half: answered from the index, without touching the
 * database.
 */
#include <string.h>

#include "server/store/store_apply.h"

struct talk_list {
    struct store_talk *talks;
    size_t count;
    struct store_map place_by_uid; /* src_uid -> place in talks */
};

/* The conversation with uid, begun when it is new. NULL: out of memory or no room for another person. */
static struct store_talk *talk_with(struct talk_list *list, uint64_t uid)
{
    struct store_map_entry *entry = store_map_get(&list->place_by_uid, uid, 0);
    if (entry != NULL) {
        return &list->talks[entry->value[0]];
    }
    if (list->count == STORE_TALK_COUNT_MAX) {
        return NULL;
    }
    entry = store_map_add(&list->place_by_uid, uid, 0);
    if (entry == NULL) {
        return NULL;
    }
    entry->value[0] = list->count;
    struct store_talk *talk = &list->talks[list->count++];
    *talk = (struct store_talk){.src_uid = uid};
    return talk;
}

static void talk_add(struct store_talk *talk, const struct index_row *row)
{
    uint64_t server_ms = index_row_server_ms(row);
    talk->first_ms = talk->first_ms == 0 ? server_ms : talk->first_ms;
    talk->last_ms = server_ms;
    if (index_row_is(row, INDEX_ROW_TAKEN)) {
        talk->elsewhere++;
        return;
    }
    talk->count++;
    talk->size += index_row_size(row);
    talk->quiet += (index_row_flags(row) & STORE_ROW_QUIET) != 0 ? 1 : 0;
}

enum oim_status store_apply_summary(struct store_writer *writer, struct store_ticket *ticket)
{
    const struct store_index *index = &writer->index;
    struct store_reply *reply = &ticket->reply;
    const struct index_mailbox *mailbox = store_index_mailbox(index, ticket->req.u.summary.uid);
    const struct index_device *device = store_index_device(index, ticket->req.u.summary.dev);
    if (mailbox == NULL || device == NULL || device->uid != mailbox->uid || !device->owed) {
        reply->result = STORE_NOT_FOUND;
        return OIM_OK;
    }
    size_t first = store_index_row_after(mailbox, device->cursor);
    size_t talk_max =
        mailbox->row_count - first < STORE_TALK_COUNT_MAX ? mailbox->row_count - first : STORE_TALK_COUNT_MAX;
    struct store_memory *memory = store_memory_create((talk_max + 1) * sizeof(struct store_talk));
    if (memory == NULL) {
        return store_writer_no_memory(writer);
    }
    reply->memory = memory;
    struct talk_list list = {.talks = store_memory_take(memory, talk_max * sizeof(struct store_talk))};
    for (size_t i = first; i < mailbox->row_count; i++) {
        const struct index_row *row = &mailbox->rows[i];
        bool is_chat = index_row_is(row, INDEX_ROW_CHAT);
        bool is_expiry =
            index_row_kind(row) == STORE_ROW_NOTICE && index_row_aux(row) > 0 && index_row_src(row) != 0;
        if (!is_chat && !is_expiry) {
            continue;
        }
        struct store_talk *talk = talk_with(&list, index->devices[index_row_src(row)]->uid);
        if (talk != NULL && is_chat) {
            talk_add(talk, row);
        } else if (talk != NULL) {
            talk->expired += index_row_aux(row);
        }
        if (is_chat && index_row_waits(row)) {
            reply->u.summary.total++;
            reply->u.summary.size += index_row_size(row);
        }
    }
    store_map_finish(&list.place_by_uid);
    reply->u.summary.talks = list.talks;
    reply->u.summary.talk_count = list.count;
    return OIM_OK;
}

static uint64_t oldest_filling_ms(const struct index_mailbox *mailbox)
{
    for (size_t i = 0; mailbox->waiting_count > 0 && i < mailbox->row_count; i++) {
        if (index_row_is(&mailbox->rows[i], INDEX_ROW_FILLS)) {
            return index_row_server_ms(&mailbox->rows[i]);
        }
    }
    return 0;
}

/* How many uids behind after_uid, within the range, it takes to reach the last with something that fills. */
static size_t usage_span(const struct store_map *shares, uint64_t after_uid, bool *out_more)
{
    uint64_t span = 0;
    *out_more = false;
    for (size_t i = 0; i < shares->capacity; i++) {
        uint64_t uid = shares->entries[i].key[0];
        uint64_t distance = uid > after_uid ? uid - after_uid : 0;
        if (distance > STORE_USAGE_RANGE) {
            *out_more = true;
        } else {
            span = distance > span ? distance : span;
        }
    }
    return (size_t)span;
}

static void usage_add(struct store_usage *usage, const struct store_map_entry *share)
{
    usage->uid = share->key[0];
    usage->count += share->value[0];
    usage->size += share->value[1];
    usage->share_count = share->value[0] > usage->share_count ? share->value[0] : usage->share_count;
    usage->share_size = share->value[1] > usage->share_size ? share->value[1] : usage->share_size;
}

/* By uid, so that between two questions nobody is told twice or left out. */
static enum oim_status list_usages(struct store_writer *writer, uint64_t after_uid, struct store_reply *reply)
{
    const struct store_map *shares = &writer->index.shares;
    size_t span = usage_span(shares, after_uid, &reply->u.count.more);
    if (span == 0) {
        return OIM_OK;
    }
    struct store_memory *memory = store_memory_create((span + 1) * sizeof(struct store_usage));
    if (memory == NULL) {
        return store_writer_no_memory(writer);
    }
    struct store_usage *usages = store_memory_take(memory, span * sizeof(*usages));
    memset(usages, 0, span * sizeof(*usages));
    for (size_t i = 0; i < shares->capacity; i++) {
        const struct store_map_entry *share = &shares->entries[i];
        if (share->key[0] > after_uid && share->key[0] - after_uid <= span) {
            usage_add(&usages[share->key[0] - after_uid - 1], share);
        }
    }
    for (size_t i = 0; i < span; i++) {
        if (usages[i].uid != 0) {
            usages[reply->u.count.usage_count++] = usages[i];
        }
    }
    reply->memory = memory;
    reply->u.count.usages = usages;
    return OIM_OK;
}

static void count_all(const struct store_index *index, struct store_reply *reply)
{
    for (size_t i = 1; i < index->mailbox_count; i++) {
        const struct index_mailbox *mailbox = index->mailboxes[i];
        reply->u.count.row_count += mailbox->row_count;
        if (mailbox->waiting_count == 0) {
            continue;
        }
        reply->u.count.mailbox_count++;
        reply->u.count.count += mailbox->waiting_count;
        reply->u.count.size += mailbox->waiting_size;
        uint64_t oldest_ms = oldest_filling_ms(mailbox);
        if (reply->u.count.oldest_uid == 0 || oldest_ms < reply->u.count.oldest_ms) {
            reply->u.count.oldest_ms = oldest_ms;
            reply->u.count.oldest_uid = mailbox->uid;
        }
    }
}

enum oim_status store_apply_count(struct store_writer *writer, struct store_ticket *ticket)
{
    struct store_reply *reply = &ticket->reply;
    if (ticket->req.u.count.uid == 0) {
        count_all(&writer->index, reply);
        store_writer_measure(writer, reply);
        return list_usages(writer, ticket->req.u.count.after_uid, reply);
    }
    const struct index_mailbox *mailbox = store_index_mailbox(&writer->index, ticket->req.u.count.uid);
    if (mailbox == NULL) {
        reply->result = STORE_NOT_FOUND;
        return OIM_OK;
    }
    reply->u.count.count = mailbox->waiting_count;
    reply->u.count.size = mailbox->waiting_size;
    store_index_share(&writer->index, mailbox->uid, ticket->req.u.count.src_uid, &reply->u.count.share_count,
                      &reply->u.count.share_size);
    reply->u.count.oldest_ms = oldest_filling_ms(mailbox);
    reply->u.count.head = mailbox->head;
    reply->u.count.base = store_index_base(mailbox);
    reply->u.count.row_count = mailbox->row_count;
    return OIM_OK;
}

enum oim_status store_apply_page(struct store_writer *writer, struct store_ticket *ticket)
{
    const struct store_req *req = &ticket->req;
    const struct index_mailbox *mailbox = store_index_mailbox(&writer->index, req->u.page.uid);
    if (mailbox == NULL) {
        ticket->reply.result = STORE_NOT_FOUND;
        return OIM_OK;
    }
    size_t size = 0;
    ticket->page_size = 16;
    size_t i = store_index_row_after(mailbox, req->u.page.after_seq);
    for (; i < mailbox->row_count && ticket->ref_count < req->u.page.row_max; i++) {
        const struct index_row *row = &mailbox->rows[i];
        size += index_row_size(row);
        if (ticket->ref_count > 0 && size > req->u.page.size_max) {
            break;
        }
        ticket->page_size += sizeof(struct store_row) + index_row_size(row) + 16;
        ticket->refs[ticket->ref_count++] =
            (struct store_page_ref){.id = index_row_id(row), .seq = index_row_seq(row)};
    }
    ticket->reply.u.page.head = mailbox->head;
    ticket->reply.u.page.more = i < mailbox->row_count;
    return OIM_OK;
}
