/*
 * pool.c - see pool.h.
 */
#include "server/core/pool.h"

#include <assert.h>
#include <string.h>

#include "common/memory.h"

static size_t class_size(unsigned size_class)
{
    return (size_t)POOL_BLOCK_SIZE_MIN << size_class;
}

static unsigned class_of(size_t size)
{
    unsigned size_class = 0;
    while (class_size(size_class) < size) {
        size_class++;
    }
    return size_class;
}

enum oim_status pool_init(struct pool *pool, size_t size_max)
{
    memset(pool, 0, sizeof(*pool));
    size_t page_count = size_max / POOL_PAGE_SIZE;
    if (page_count == 0 || page_count >= UINT32_MAX) {
        return OIM_ERR_LIMIT;
    }
    pool->memory = oim_mem_take(page_count, POOL_PAGE_SIZE);
    pool->pages = oim_mem_take(page_count, sizeof(*pool->pages));
    if (pool->memory == NULL || pool->pages == NULL) {
        pool_finish(pool);
        return OIM_ERR_LIMIT;
    }
    pool->page_count = (uint32_t)page_count;
    return OIM_OK;
}

void pool_finish(struct pool *pool)
{
    oim_mem_give(pool->memory);
    oim_mem_give(pool->pages);
    memset(pool, 0, sizeof(*pool));
}

static void list_unlink(struct pool *pool, uint32_t *first, uint32_t index)
{
    struct pool_page *page = &pool->pages[index];
    if (page->previous != 0) {
        pool->pages[page->previous - 1].next = page->next;
    } else {
        *first = page->next;
    }
    if (page->next != 0) {
        pool->pages[page->next - 1].previous = page->previous;
    }
    page->next = 0;
    page->previous = 0;
}

static void list_link(struct pool *pool, uint32_t *first, uint32_t index)
{
    struct pool_page *page = &pool->pages[index];
    page->previous = 0;
    page->next = *first;
    if (*first != 0) {
        pool->pages[*first - 1].previous = index + 1;
    }
    *first = index + 1;
}

static uint32_t blocks_per_page(unsigned size_class)
{
    return (uint32_t)(POOL_PAGE_SIZE / class_size(size_class));
}

/* A page with room for the class: index + 1, 0 when there is none. */
static uint32_t page_with_room(struct pool *pool, unsigned size_class)
{
    if (pool->room_first[size_class] != 0) {
        return pool->room_first[size_class];
    }
    uint32_t index = 0;
    if (pool->free_first != 0) {
        index = pool->free_first - 1;
        list_unlink(pool, &pool->free_first, index);
    } else if (pool->fresh_page_count < pool->page_count) {
        index = pool->fresh_page_count++;
    } else {
        return 0;
    }
    struct pool_page *page = &pool->pages[index];
    *page = (struct pool_page){.size_class = (uint8_t)size_class};
    list_link(pool, &pool->room_first[size_class], index);
    return index + 1;
}

void *pool_take(struct pool *pool, size_t size)
{
    if (size > POOL_BLOCK_SIZE_MAX) {
        return NULL;
    }
    unsigned size_class = class_of(size);
    uint32_t found = page_with_room(pool, size_class);
    if (found == 0) {
        return NULL;
    }
    uint32_t index = found - 1;
    struct pool_page *page = &pool->pages[index];
    uint8_t *base = pool->memory + (size_t)index * POOL_PAGE_SIZE;
    uint8_t *block = NULL;
    if (page->free_first != 0) {
        block = base + (size_t)(page->free_first - 1) * class_size(size_class);
        memcpy(&page->free_first, block, sizeof(page->free_first));
    } else {
        block = base + (size_t)page->fresh_count++ * class_size(size_class);
    }
    page->used_count++;
    if (page->used_count == blocks_per_page(size_class)) {
        list_unlink(pool, &pool->room_first[size_class], index);
    }
    pool->used_size += class_size(size_class);
    return block;
}

void pool_give(struct pool *pool, void *block)
{
    if (block == NULL) {
        return;
    }
    size_t offset = (size_t)((uint8_t *)block - pool->memory);
    uint32_t index = (uint32_t)(offset / POOL_PAGE_SIZE);
    assert(index < pool->page_count);
    struct pool_page *page = &pool->pages[index];
    size_t size = class_size(page->size_class);
    assert(page->used_count > 0);
    assert(offset % POOL_PAGE_SIZE % size == 0);

    if (page->used_count == blocks_per_page(page->size_class)) {
        list_link(pool, &pool->room_first[page->size_class], index);
    }
    page->used_count--;
    pool->used_size -= size;
    if (page->used_count == 0) {
        list_unlink(pool, &pool->room_first[page->size_class], index);
        list_link(pool, &pool->free_first, index);
        return;
    }
    memcpy(block, &page->free_first, sizeof(page->free_first));
    page->free_first = (uint32_t)(offset % POOL_PAGE_SIZE / size) + 1;
}

size_t pool_block_size(const struct pool *pool, const void *block)
{
    size_t offset = (size_t)((const uint8_t *)block - pool->memory);
    return class_size(pool->pages[offset / POOL_PAGE_SIZE].size_class);
}
