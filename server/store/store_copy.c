#include "server/store/store_copy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "server/store/store_index.h"

#define KEY_SIZE_MAX 64u
#define ALIGNMENT 16u
#define POOLED_SIZE 2048u /* holds an append with its own copy of a short text */

static size_t aligned(size_t size)
{
    return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

static size_t envs_size(const struct store_target *targets, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        assert(targets[i].env.size <= STORE_ENV_SIZE_MAX);
        assert(targets[i].kind == STORE_ROW_MESSAGE || targets[i].kind == STORE_ROW_NOTICE);
        size += aligned(targets[i].env.size);
    }
    return size;
}

static size_t targets_size(const struct store_target *targets, size_t count)
{
    return aligned(count * sizeof(*targets)) + envs_size(targets, count);
}

static size_t changes_size(const struct store_change *changes, size_t count)
{
    size_t size = aligned(count * sizeof(*changes));
    for (size_t i = 0; i < count; i++) {
        assert(changes[i].key.size <= KEY_SIZE_MAX);
        size += aligned(changes[i].key.size) + aligned(changes[i].value.size);
    }
    return size;
}

static uint32_t page_row_max(const struct store_req *req)
{
    return req->u.page.row_max < STORE_PAGE_ROW_COUNT_MAX ? req->u.page.row_max : STORE_PAGE_ROW_COUNT_MAX;
}

size_t store_ticket_size(const struct store_req *req)
{
    size_t size = aligned(sizeof(struct store_ticket));
    switch (req->op) {
    case STORE_APPEND:
        assert(req->u.append.target_count <= STORE_TARGET_COUNT_MAX && req->u.append.guard.send_no > 0);
        return size + envs_size(req->u.append.targets, req->u.append.target_count);
    case STORE_NOTE:
        assert(req->u.note.target_count >= 1 && req->u.note.target_count <= STORE_NOTICE_COUNT_MAX);
        return size + targets_size(req->u.note.targets, req->u.note.target_count);
    case STORE_CURSOR:
        assert(req->u.cursor.notice_count <= STORE_NOTICE_COUNT_MAX);
        return size + targets_size(req->u.cursor.notices, req->u.cursor.notice_count);
    case STORE_EXPIRE:
        assert(req->u.expire.row_count <= STORE_DUE_COUNT_MAX);
        assert(req->u.expire.notice_count <= STORE_NOTICE_COUNT_MAX);
        return size + aligned(req->u.expire.row_count * sizeof(*req->u.expire.rows)) +
               targets_size(req->u.expire.notices, req->u.expire.notice_count);
    case STORE_CAS:
        assert(req->u.cas.change_count >= 1 && req->u.cas.change_count <= STORE_CHANGE_COUNT_MAX);
        return size + changes_size(req->u.cas.changes, req->u.cas.change_count);
    case STORE_SCAN:
        assert(req->u.scan.after.size <= KEY_SIZE_MAX);
        return size + aligned(req->u.scan.after.size);
    case STORE_PAGE:
        return size + page_row_max(req) * sizeof(struct store_page_ref);
    default:
        return size;
    }
}

size_t store_ticket_reply_size(const struct store_req *req)
{
    size_t header = aligned(sizeof(struct store_memory)) + ALIGNMENT;
    switch (req->op) {
    case STORE_NOTE:
        return header + req->u.note.target_count * sizeof(uint64_t);
    case STORE_CURSOR:
        return header + req->u.cursor.notice_count * sizeof(uint64_t);
    case STORE_EXPIRE:
        return header + req->u.expire.notice_count * sizeof(uint64_t);
    case STORE_PAGE:
        return header + page_row_max(req) * (sizeof(struct store_row) + ALIGNMENT) + req->u.page.size_max;
    case STORE_DUE:
        return header + STORE_DUE_COUNT_MAX * sizeof(struct store_due_row);
    case STORE_SUMMARY:
        return header + STORE_TALK_COUNT_MAX * sizeof(struct store_talk);
    case STORE_SCAN:
    case STORE_CHAIN:
        return header + STORE_REPLY_SIZE_MAX;
    default:
        return 0;
    }
}

/* Moves through the block behind the ticket. */
struct filler {
    uint8_t *at;
};

static void *fill(struct filler *filler, const void *data, size_t size)
{
    uint8_t *place = filler->at;
    if (size > 0) {
        memcpy(place, data, size);
    }
    filler->at += aligned(size);
    return place;
}

static struct oim_slice fill_slice(struct filler *filler, struct oim_slice slice)
{
    return (struct oim_slice){.data = fill(filler, slice.data, slice.size), .size = slice.size};
}

static struct store_target *fill_targets(struct filler *filler, const struct store_target *targets,
                                         size_t count)
{
    struct store_target *copy = fill(filler, targets, count * sizeof(*targets));
    for (size_t i = 0; i < count; i++) {
        copy[i].env = fill_slice(filler, copy[i].env);
    }
    return copy;
}

static void fill_changes(struct filler *filler, struct store_req *req)
{
    size_t count = req->u.cas.change_count;
    struct store_change *copy = fill(filler, req->u.cas.changes, count * sizeof(*copy));
    for (size_t i = 0; i < count; i++) {
        copy[i].key = fill_slice(filler, copy[i].key);
        copy[i].value = fill_slice(filler, copy[i].value);
    }
    req->u.cas.changes = copy;
}

static struct store_ticket *take_block(struct store_ticket_pool *pool, size_t size)
{
    if (size > POOLED_SIZE) {
        return malloc(size);
    }
    if (pool == NULL || pool->first == NULL) {
        return malloc(POOLED_SIZE);
    }
    struct store_ticket *ticket = pool->first;
    pool->first = ticket->next_free;
    pool->count--;
    return ticket;
}

void store_ticket_destroy(struct store_ticket_pool *pool, struct store_ticket *ticket)
{
    bool is_kept = pool != NULL && ticket->block_size <= POOLED_SIZE && pool->count < pool->count_max;
    if (!is_kept) {
        free(ticket);
        return;
    }
    ticket->next_free = pool->first;
    pool->first = ticket;
    pool->count++;
}

void store_ticket_pool_finish(struct store_ticket_pool *pool)
{
    while (pool->first != NULL) {
        struct store_ticket *ticket = pool->first;
        pool->first = ticket->next_free;
        free(ticket);
    }
    pool->count = 0;
}

struct store_ticket *store_ticket_create(struct store_ticket_pool *pool, const struct store_req *source)
{
    size_t size = store_ticket_size(source);
    struct store_ticket *ticket = take_block(pool, size);
    if (ticket == NULL) {
        return NULL;
    }
    struct filler filler = {.at = (uint8_t *)ticket + aligned(sizeof(*ticket))};
    *ticket = (struct store_ticket){
        .req = *source,
        .reply = {.op = source->op, .lane = source->lane, .ticket = source->ticket},
        .block_size = size,
        .reserved_size = store_ticket_reply_size(source),
    };
    struct store_req *req = &ticket->req;
    switch (req->op) {
    case STORE_APPEND:
        for (size_t i = 0; i < req->u.append.target_count; i++) {
            req->u.append.targets[i].env = fill_slice(&filler, req->u.append.targets[i].env);
        }
        break;
    case STORE_NOTE:
        req->u.note.targets = fill_targets(&filler, req->u.note.targets, req->u.note.target_count);
        break;
    case STORE_CURSOR:
        req->u.cursor.notices = fill_targets(&filler, req->u.cursor.notices, req->u.cursor.notice_count);
        break;
    case STORE_EXPIRE:
        req->u.expire.rows =
            fill(&filler, req->u.expire.rows, req->u.expire.row_count * sizeof(*req->u.expire.rows));
        req->u.expire.notices = fill_targets(&filler, req->u.expire.notices, req->u.expire.notice_count);
        break;
    case STORE_CAS:
        fill_changes(&filler, req);
        break;
    case STORE_SCAN:
        req->u.scan.after = fill_slice(&filler, req->u.scan.after);
        break;
    case STORE_PAGE:
        req->u.page.row_max = page_row_max(source);
        ticket->refs = (struct store_page_ref *)(void *)filler.at;
        break;
    default:
        break;
    }
    return ticket;
}

struct store_memory *store_memory_create(size_t size)
{
    size_t header = aligned(sizeof(struct store_memory));
    struct store_memory *memory = malloc(header + size);
    if (memory != NULL) {
        *memory = (struct store_memory){.used = header, .size = header + size};
    }
    return memory;
}

void *store_memory_take(struct store_memory *memory, size_t size)
{
    size_t rounded = aligned(size);
    if (rounded > memory->size - memory->used) {
        return NULL;
    }
    void *place = (uint8_t *)memory + memory->used;
    memory->used += rounded;
    return place;
}
