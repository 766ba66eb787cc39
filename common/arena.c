/*
 * arena.c - the bump allocator of one step.
 */
#include "common/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ARENA_ALIGN 16u

void oim_arena_init(struct oim_arena *arena, void *memory, size_t size)
{
    assert(memory != NULL || size == 0);
    *arena = (struct oim_arena){.memory = memory, .size = size};
}

void oim_arena_reset(struct oim_arena *arena)
{
    arena->used = 0;
}

/* Where the next allocation begins, counted from memory; memory itself may be aligned to anything. */
static size_t next_offset(const struct oim_arena *arena)
{
    uintptr_t address = (uintptr_t)arena->memory + arena->used;
    return arena->used + (size_t)(-address & (ARENA_ALIGN - 1));
}

static void *take(struct oim_arena *arena, size_t offset, size_t size)
{
    arena->used = offset + size;
    if (arena->used > arena->used_max) {
        arena->used_max = arena->used;
    }
    return arena->memory + offset;
}

void *oim_arena_alloc(struct oim_arena *arena, size_t size)
{
    size_t offset = next_offset(arena);
    if (offset > arena->size || size > arena->size - offset) {
        return NULL;
    }
    return take(arena, offset, size);
}

void *oim_arena_zalloc(struct oim_arena *arena, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) {
        return NULL;
    }
    void *memory = oim_arena_alloc(arena, total);
    if (memory != NULL) {
        memset(memory, 0, total);
    }
    return memory;
}

char *oim_arena_strdup(struct oim_arena *arena, struct oim_slice text)
{
    if (text.size == SIZE_MAX) {
        return NULL;
    }
    char *copy = oim_arena_alloc(arena, text.size + 1);
    if (copy == NULL) {
        return NULL;
    }
    if (text.size > 0) {
        memcpy(copy, text.data, text.size);
    }
    copy[text.size] = '\0';
    return copy;
}

char *oim_arena_printf(struct oim_arena *arena, const char *format, ...)
{
    size_t offset = next_offset(arena);
    if (offset >= arena->size) {
        return NULL;
    }
    size_t room = arena->size - offset;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf((char *)arena->memory + offset, room, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= room) {
        return NULL;
    }
    return take(arena, offset, (size_t)length + 1);
}
