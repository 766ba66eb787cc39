/*
 * pool.h - blocks of a few sizes from one piece of memory that was taken at start.
 *
 * Outboxes and writes under way live here, only while they are in use, so that 10,000 idle sessions cost nothing
 * and everything together stays below one limit.
 *
 * Invariants: a page serves one size class until its last block comes back; then any class may have it.
 */
#ifndef OIM_SERVER_CORE_POOL_H
#define OIM_SERVER_CORE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "common/attr.h"
#include "common/status.h"

#define POOL_PAGE_SIZE 131072u
#define POOL_BLOCK_SIZE_MAX POOL_PAGE_SIZE
#define POOL_BLOCK_SIZE_MIN 256u
#define POOL_CLASS_COUNT 10u /* 256 bytes, 512, ... 128 KiB */

_Static_assert(POOL_BLOCK_SIZE_MIN << (POOL_CLASS_COUNT - 1u) == POOL_BLOCK_SIZE_MAX, "classes end at a page");

struct pool_page {
    uint32_t next, previous; /* of the same class with room, or of the free pages; index + 1 */
    uint32_t used_count;
    uint32_t fresh_count;    /* blocks that were handed out at least once */
    uint32_t free_first;     /* block index + 1 of those given back */
    uint8_t size_class;
};

struct pool {
    uint8_t *memory; /* owned */
    struct pool_page *pages; /* owned */
    uint32_t page_count;
    uint32_t free_first;                  /* page index + 1 */
    uint32_t fresh_page_count;
    uint32_t room_first[POOL_CLASS_COUNT]; /* page index + 1 */
    size_t used_size;
};

/** Errors: OIM_ERR_LIMIT out of memory. */
OIM_MUST_CHECK enum oim_status pool_init(struct pool *pool, size_t size_max);
void pool_finish(struct pool *pool);
/** At least size bytes, not cleared; NULL when there is no room or size is over POOL_BLOCK_SIZE_MAX. */
void *pool_take(struct pool *pool, size_t size);
void pool_give(struct pool *pool, void *block); /* accepts NULL */
size_t pool_block_size(const struct pool *pool, const void *block);

#endif
