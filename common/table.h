/*
 * table.h - a map of bounded capacity from a 16-byte or 64-bit key to a fixed-size value.
 *
 * Iterates in insertion order (a removed slot is reused last-in first-out), so that runs repeat.
 * Memory is taken by init; afterwards nothing allocates: full is OIM_ERR_LIMIT.
 * Values do not move while they are in the table: pointers to them stay valid until removal.
 */
#ifndef OIM_COMMON_TABLE_H
#define OIM_COMMON_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attr.h"
#include "common/id.h"
#include "common/status.h"

struct oim_table {
    size_t capacity;
    size_t count;
    size_t value_size;
    size_t slot_size;
    uint8_t *slots;    /* owned: capacity of {key, links, value} */
    uint32_t *buckets; /* owned: hash chain heads */
    size_t bucket_count;
    /* Slots are named by their index plus one; 0 is none. */
    uint32_t first, last, free_head;
    uint32_t used_max; /* slots above were never used: their memory is still untouched */
    uint8_t hash_seed[16];
};

/** Keys are 16 bytes; a 64-bit key is an oim_id made by oim_key_u64. Errors: OIM_ERR_LIMIT out of memory. */
OIM_MUST_CHECK enum oim_status oim_table_init(struct oim_table *table, size_t capacity, size_t value_size);
void oim_table_finish(struct oim_table *table);

struct oim_id oim_key_u64(uint64_t key);

/** NULL when absent. */
void *oim_table_get(const struct oim_table *table, const struct oim_id *key);
/** A zeroed value under key, which must be absent (asserted). NULL when full. */
void *oim_table_add(struct oim_table *table, const struct oim_id *key);
/** False when it was not there. */
bool oim_table_remove(struct oim_table *table, const struct oim_id *key);

/* Iteration: for (v = oim_table_first(t); v != NULL; v = oim_table_next(t, v)). Removing v itself is allowed
 * only after its successor was fetched. */
void *oim_table_first(const struct oim_table *table);
void *oim_table_next(const struct oim_table *table, const void *value);
const struct oim_id *oim_table_key(const struct oim_table *table, const void *value);

#endif
