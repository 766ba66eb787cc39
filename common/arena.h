/*
 * arena.h - a bump allocator over the caller's memory, reset as a whole.
 *
 * Each step of a core has one: decoding puts frames there, handlers use it freely, and it is reset when the
 * step ends. Whoever keeps something longer copies it.
 */
#ifndef OIM_COMMON_ARENA_H
#define OIM_COMMON_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"

struct oim_arena {
    uint8_t *memory; /* borrowed */
    size_t size;
    size_t used;
    size_t used_max; /* high-water mark */
};

void oim_arena_init(struct oim_arena *arena, void *memory, size_t size);
void oim_arena_reset(struct oim_arena *arena);

/** size bytes, aligned to 16, not cleared; NULL when the arena is full (callers answer LIMIT, never abort). */
void *oim_arena_alloc(struct oim_arena *arena, size_t size);
/** count * size bytes of zeros; NULL when full or when the product overflows. */
void *oim_arena_zalloc(struct oim_arena *arena, size_t count, size_t size);
/** A copy of text with a terminator; NULL when full. */
char *oim_arena_strdup(struct oim_arena *arena, struct oim_slice text);
char *oim_arena_printf(struct oim_arena *arena, const char *format, ...) OIM_PRINTF(2, 3);

#endif
