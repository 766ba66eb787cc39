/*
 * memory.h - memory that a component takes once, when it is made, and gives back when it ends.
 *
 * The cores may not allocate while they run; this is what their _create calls use.
 */
#ifndef OIM_COMMON_MEMORY_H
#define OIM_COMMON_MEMORY_H

#include <stddef.h>

/** count * size bytes of zeros; NULL when there is none left or the product overflows. Large blocks
 * cost nothing until they are touched. */
void *oim_mem_take(size_t count, size_t size);
void oim_mem_give(void *memory); /* accepts NULL */

#endif
