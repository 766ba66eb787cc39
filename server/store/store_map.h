/*
 * store_map.h - a growing hash map from a pair of numbers to a pair of numbers.
 *
 * Open addressing with linear probing; removal shifts back, so there are no tombstones. key[0] is never 0:
 * that marks an empty place. (common/table.h is bounded at start; what waits on disk is not.)
 */
#ifndef OIM_SERVER_STORE_STORE_MAP_H
#define OIM_SERVER_STORE_STORE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct store_map_entry {
    uint64_t key[2];
    uint64_t value[2];
};

struct store_map {
    struct store_map_entry *entries; /* owned */
    size_t capacity;                 /* a power of two, or 0 */
    size_t count;
};

/** NULL when absent. */
struct store_map_entry *store_map_get(const struct store_map *map, uint64_t a, uint64_t b);
/** The entry, made with zero values when absent; valid until the next add or remove. NULL: out of memory. */
struct store_map_entry *store_map_add(struct store_map *map, uint64_t a, uint64_t b);
void store_map_remove(struct store_map *map, struct store_map_entry *entry);
void store_map_finish(struct store_map *map);

#endif
