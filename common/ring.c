/*
 * ring.c - the bounded queue between two threads.
 *
 * tail and head count items for ever and are reduced modulo capacity only to find a place, so full and empty
 * are told apart without a spare place.
 */
#include "common/ring.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum oim_status oim_ring_init(struct oim_ring *ring, size_t capacity, size_t item_size)
{
    assert(capacity > 0 && item_size > 0);
    size_t rounded = 1;
    while (rounded < capacity) {
        if (rounded > SIZE_MAX / 2) {
            return OIM_ERR_LIMIT;
        }
        rounded *= 2;
    }
    size_t size;
    uint8_t *items = __builtin_mul_overflow(rounded, item_size, &size) ? NULL : calloc(1, size);
    if (items == NULL) {
        return OIM_ERR_LIMIT;
    }
    ring->items = items;
    ring->item_size = item_size;
    ring->capacity = rounded;
    atomic_init(&ring->tail, 0);
    atomic_init(&ring->head, 0);
    return OIM_OK;
}

void oim_ring_finish(struct oim_ring *ring)
{
    if (ring == NULL) {
        return;
    }
    free(ring->items);
    ring->items = NULL;
    ring->capacity = 0;
}

static uint8_t *place(const struct oim_ring *ring, size_t position)
{
    return ring->items + (position & (ring->capacity - 1)) * ring->item_size;
}

bool oim_ring_push(struct oim_ring *ring, const void *item)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    /* Acquire: the consumer has finished reading the place before it is written again. */
    size_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
    if (tail - head == ring->capacity) {
        return false;
    }
    memcpy(place(ring, tail), item, ring->item_size);
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
    return true;
}

bool oim_ring_pop(struct oim_ring *ring, void *out_item)
{
    size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    if (head == tail) {
        return false;
    }
    memcpy(out_item, place(ring, head), ring->item_size);
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
    return true;
}

size_t oim_ring_count(struct oim_ring *ring)
{
    /* head first: it only grows, so an old head with a newer tail never gives less than none. */
    size_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    size_t count = tail - head;
    return count > ring->capacity ? ring->capacity : count;
}
