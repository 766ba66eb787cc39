/*
 * table.c - chained hashing over slots that never move, with a list through them in insertion order.
 *
 * Keys may be chosen by a peer (message ids), so the hash is keyed with bytes that the kernel drew for this
 * process. Nothing that can be observed depends on the hash: iteration follows the list, so runs repeat.
 */
#include "common/table.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "common/bytes.h"

#define SLOT_ALIGN 16u
#define SLOT_NONE 0u

struct slot {
    struct oim_id key;
    uint32_t chain; /* next in its bucket, or next free */
    uint32_t previous;
    uint32_t next;
    uint32_t taken;
    _Alignas(SLOT_ALIGN) uint8_t value[];
};

_Static_assert(sizeof(struct slot) % SLOT_ALIGN == 0, "values are aligned");
_Static_assert(crypto_shorthash_KEYBYTES == sizeof(((struct oim_table *)NULL)->hash_seed),
               "SipHash-2-4's key");

static struct slot *slot_at(const struct oim_table *table, uint32_t name)
{
    assert(name != SLOT_NONE && name <= table->capacity);
    return (struct slot *)(table->slots + (size_t)(name - 1) * table->slot_size);
}

static struct slot *slot_of_value(const struct oim_table *table, const void *value)
{
    const uint8_t *start = (const uint8_t *)value - offsetof(struct slot, value);
    size_t offset = (size_t)(start - table->slots);
    assert(start >= table->slots && offset % table->slot_size == 0 &&
           offset / table->slot_size < table->capacity);
    struct slot *slot = (struct slot *)(table->slots + offset);
    assert(slot->taken);
    return slot;
}

static void seed_hash(uint8_t out_seed[16])
{
    /* AT_RANDOM: 16 bytes from the kernel, getauxval(3). Passed through the hash, because libc makes its
     * stack canary of them. */
    const uint8_t *process_random = (const uint8_t *)getauxval(AT_RANDOM);
    assert(process_random != NULL);
    crypto_shorthash(out_seed, (const uint8_t *)"table 0", 7, process_random);
    crypto_shorthash(out_seed + 8, (const uint8_t *)"table 1", 7, process_random);
}

enum oim_status oim_table_init(struct oim_table *table, size_t capacity, size_t value_size)
{
    size_t slot_size;
    if (capacity > UINT32_MAX / 2 ||
        __builtin_add_overflow(value_size, sizeof(struct slot) + SLOT_ALIGN - 1, &slot_size)) {
        return OIM_ERR_LIMIT;
    }
    slot_size &= ~(size_t)(SLOT_ALIGN - 1);
    size_t slots_size;
    if (__builtin_mul_overflow(capacity, slot_size, &slots_size)) {
        return OIM_ERR_LIMIT;
    }
    size_t bucket_count = 1;
    while (bucket_count < capacity) {
        bucket_count *= 2;
    }
    /* calloc: large tables cost memory only where they are used. */
    uint8_t *slots = calloc(1, slots_size == 0 ? 1 : slots_size);
    uint32_t *buckets = calloc(bucket_count, sizeof(*buckets));
    if (slots == NULL || buckets == NULL) {
        free(slots);
        free(buckets);
        return OIM_ERR_LIMIT;
    }
    *table = (struct oim_table){.capacity = capacity,
                                .value_size = value_size,
                                .slot_size = slot_size,
                                .slots = slots,
                                .buckets = buckets,
                                .bucket_count = bucket_count};
    seed_hash(table->hash_seed);
    return OIM_OK;
}

void oim_table_finish(struct oim_table *table)
{
    if (table == NULL) {
        return;
    }
    free(table->slots);
    free(table->buckets);
    *table = (struct oim_table){0};
}

struct oim_id oim_key_u64(uint64_t key)
{
    struct oim_id id = {{0}};
    oim_put_be64(id.bytes + 8, key);
    return id;
}

static uint32_t *bucket_of(const struct oim_table *table, const struct oim_id *key)
{
    uint8_t hash[crypto_shorthash_BYTES];
    crypto_shorthash(hash, key->bytes, OIM_ID_SIZE, table->hash_seed);
    return &table->buckets[oim_get_be64(hash) & (table->bucket_count - 1)];
}

/* The link that names key's slot, or the SLOT_NONE that ends its chain; NULL in an all-zero table. */
static uint32_t *find_link(const struct oim_table *table, const struct oim_id *key)
{
    if (table->buckets == NULL) {
        return NULL;
    }
    uint32_t *link = bucket_of(table, key);
    while (*link != SLOT_NONE) {
        struct slot *slot = slot_at(table, *link);
        if (oim_id_equal(&slot->key, key)) {
            break;
        }
        link = &slot->chain;
    }
    return link;
}

void *oim_table_get(const struct oim_table *table, const struct oim_id *key)
{
    const uint32_t *link = find_link(table, key);
    return link == NULL || *link == SLOT_NONE ? NULL : slot_at(table, *link)->value;
}

static uint32_t take_slot(struct oim_table *table)
{
    if (table->free_head != SLOT_NONE) {
        uint32_t name = table->free_head;
        table->free_head = slot_at(table, name)->chain;
        return name;
    }
    return table->used_max < table->capacity ? ++table->used_max : SLOT_NONE;
}

void *oim_table_add(struct oim_table *table, const struct oim_id *key)
{
    uint32_t name = take_slot(table);
    if (name == SLOT_NONE) {
        return NULL;
    }
    uint32_t *link = find_link(table, key);
    assert(*link == SLOT_NONE);

    struct slot *slot = slot_at(table, name);
    assert(!slot->taken);
    memset(slot, 0, table->slot_size);
    slot->key = *key;
    slot->taken = 1;
    slot->previous = table->last;
    *link = name;
    if (table->last != SLOT_NONE) {
        slot_at(table, table->last)->next = name;
    } else {
        table->first = name;
    }
    table->last = name;
    table->count++;
    return slot->value;
}

bool oim_table_remove(struct oim_table *table, const struct oim_id *key)
{
    uint32_t *link = find_link(table, key);
    if (link == NULL || *link == SLOT_NONE) {
        return false;
    }
    uint32_t name = *link;
    struct slot *slot = slot_at(table, name);
    *link = slot->chain;
    if (slot->previous != SLOT_NONE) {
        slot_at(table, slot->previous)->next = slot->next;
    } else {
        table->first = slot->next;
    }
    if (slot->next != SLOT_NONE) {
        slot_at(table, slot->next)->previous = slot->previous;
    } else {
        table->last = slot->previous;
    }
    slot->taken = 0;
    slot->chain = table->free_head;
    table->free_head = name;
    table->count--;
    return true;
}

void *oim_table_first(const struct oim_table *table)
{
    return table->first == SLOT_NONE ? NULL : slot_at(table, table->first)->value;
}

void *oim_table_next(const struct oim_table *table, const void *value)
{
    const struct slot *slot = slot_of_value(table, value);
    return slot->next == SLOT_NONE ? NULL : slot_at(table, slot->next)->value;
}

const struct oim_id *oim_table_key(const struct oim_table *table, const void *value)
{
    return &slot_of_value(table, value)->key;
}
