#include "server/store/store_map.h"

#include <assert.h>
#include <stdlib.h>

/* The finaliser of MurmurHash3: handles are small consecutive numbers and have to be spread. */
static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t h = a + b * 0x9e3779b97f4a7c15u;
    h ^= h >> 33;
    h *= 0xff51afd7ed558ccdu;
    h ^= h >> 33;
    h *= 0xc4ceb9fe1a85ec53u;
    h ^= h >> 33;
    return h;
}

static size_t home_of(const struct store_map *map, uint64_t a, uint64_t b)
{
    return (size_t)mix(a, b) & (map->capacity - 1);
}

/* Where the key is, or the empty place where it would go. */
static struct store_map_entry *find(const struct store_map *map, uint64_t a, uint64_t b)
{
    size_t i = home_of(map, a, b);
    while (map->entries[i].key[0] != 0 && (map->entries[i].key[0] != a || map->entries[i].key[1] != b)) {
        i = (i + 1) & (map->capacity - 1);
    }
    return &map->entries[i];
}

static int grow(struct store_map *map)
{
    struct store_map bigger = {.capacity = map->capacity == 0 ? 64 : map->capacity * 2, .count = map->count};
    bigger.entries = calloc(bigger.capacity, sizeof(*bigger.entries));
    if (bigger.entries == NULL) {
        return 0;
    }
    for (size_t i = 0; i < map->capacity; i++) {
        const struct store_map_entry *entry = &map->entries[i];
        if (entry->key[0] != 0) {
            *find(&bigger, entry->key[0], entry->key[1]) = *entry;
        }
    }
    free(map->entries);
    *map = bigger;
    return 1;
}

struct store_map_entry *store_map_get(const struct store_map *map, uint64_t a, uint64_t b)
{
    if (map->count == 0 || a == 0) {
        return NULL;
    }
    struct store_map_entry *entry = find(map, a, b);
    return entry->key[0] == 0 ? NULL : entry;
}

struct store_map_entry *store_map_add(struct store_map *map, uint64_t a, uint64_t b)
{
    assert(a != 0);
    if ((map->count + 1) * 3 > map->capacity * 2 && !grow(map)) {
        return NULL;
    }
    struct store_map_entry *entry = find(map, a, b);
    if (entry->key[0] == 0) {
        *entry = (struct store_map_entry){.key = {a, b}};
        map->count++;
    }
    return entry;
}

void store_map_remove(struct store_map *map, struct store_map_entry *entry)
{
    size_t mask = map->capacity - 1;
    size_t hole = (size_t)(entry - map->entries);
    for (size_t i = (hole + 1) & mask; map->entries[i].key[0] != 0; i = (i + 1) & mask) {
        size_t home = home_of(map, map->entries[i].key[0], map->entries[i].key[1]);
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            map->entries[hole] = map->entries[i];
            hole = i;
        }
    }
    map->entries[hole] = (struct store_map_entry){0};
    map->count--;
}

void store_map_finish(struct store_map *map)
{
    free(map->entries);
    *map = (struct store_map){0};
}
