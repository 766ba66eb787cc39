/*
 * memory.c - see memory.h.
 */
#include "common/memory.h"

#include <stdlib.h>

void *oim_mem_take(size_t count, size_t size)
{
    return calloc(count, size);
}

void oim_mem_give(void *memory)
{
    free(memory);
}
