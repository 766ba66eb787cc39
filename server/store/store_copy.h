/*
 * store_copy.h - a request on its way: the caller's request copied deep, and room for its reply.
 *
 * A ticket is one block of memory. The loop thread makes it in submit and frees it in reap; in between it
 * belongs to whichever thread took it from a ring last. Memory behind a reply (store_memory) is another
 * block, which the caller gives back by release.
 */
#ifndef OIM_SERVER_STORE_STORE_COPY_H
#define OIM_SERVER_STORE_STORE_COPY_H

#include <stddef.h>
#include <stdint.h>

#include "common/attr.h"
#include "server/store/store.h"

#define STORE_REPLY_SIZE_MAX (256u << 10) /* what SCAN and CHAIN fill at most */

struct store_page_ref {
    uint64_t id;
    uint64_t seq;
};

struct store_ticket {
    struct store_req req; /* its pointers lead into this block */
    struct store_reply reply;
    size_t block_size;           /* of this block: counted against memory_size_max until reap */
    size_t reserved_size;        /* for memory behind the reply: counted until release */
    struct store_page_ref *refs; /* PAGE: the rows the writer resolved; part of this block */
    size_t ref_count;
    size_t page_size;               /* PAGE: what its rows need */
    struct store_ticket *next_free; /* in the pool */
};

/* What every block behind a reply begins with. */
struct store_memory {
    size_t reserved_size;
    size_t used;
    size_t size;
};

/* Blocks of the usual size, kept for the next request: the allocator would give them back to the system after
 * every batch and fetch them again, page fault by page fault. Belongs to one thread. */
struct store_ticket_pool {
    struct store_ticket *first;
    size_t count, count_max;
};

/**
 * Copy req. NULL: out of memory. Asserts what only a caller's mistake could break (counts and sizes).
 * pool may be NULL; the same one is given to store_ticket_destroy.
 */
struct store_ticket *store_ticket_create(struct store_ticket_pool *pool, const struct store_req *req);
void store_ticket_destroy(struct store_ticket_pool *pool, struct store_ticket *ticket);
void store_ticket_pool_finish(struct store_ticket_pool *pool);
/** How much memory the ticket of req will occupy, and how much its reply may need. */
size_t store_ticket_size(const struct store_req *req);
size_t store_ticket_reply_size(const struct store_req *req);

/** A block of size bytes for a reply. NULL: out of memory. */
struct store_memory *store_memory_create(size_t size);
/** size bytes of it, aligned; NULL when it is full. */
void *store_memory_take(struct store_memory *memory, size_t size);

#endif
