/*
 * ring.h - a bounded queue of fixed-size items, one thread in, one thread out, no lock.
 *
 * push and pop are wait-free; the publishing store is a release, the reading load an acquire (C11 7.17.3).
 */
#ifndef OIM_COMMON_RING_H
#define OIM_COMMON_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attr.h"
#include "common/status.h"

struct oim_ring {
    uint8_t *items; /* owned */
    size_t item_size;
    size_t capacity; /* a power of two */
    /* The two ends write on cache lines of their own. Padding instead of _Alignas, so that the ring may live
     * in memory from malloc. */
    uint8_t pad_before_tail[64];
    _Atomic size_t tail; /* next to write; the producer's */
    uint8_t pad_before_head[64];
    _Atomic size_t head; /* next to read; the consumer's */
    uint8_t pad_after_head[64];
};

/** capacity is rounded up to a power of two. Errors: OIM_ERR_LIMIT out of memory. */
OIM_MUST_CHECK enum oim_status oim_ring_init(struct oim_ring *ring, size_t capacity, size_t item_size);
void oim_ring_finish(struct oim_ring *ring);
bool oim_ring_push(struct oim_ring *ring, const void *item); /* false: full */
bool oim_ring_pop(struct oim_ring *ring, void *out_item);    /* false: empty */
size_t oim_ring_count(struct oim_ring *ring); /* exact for either end's own thread, a bound for others */

#endif
