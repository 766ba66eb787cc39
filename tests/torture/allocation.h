/*
 * allocation.h - memory that is not to be had, and memory that must not be asked for.
 *
 * The linker hands malloc, calloc and realloc of our own objects to allocation.c.
 */
#ifndef OIM_TESTS_TORTURE_ALLOCATION_H
#define OIM_TESTS_TORTURE_ALLOCATION_H

#include <stdbool.h>
#include <stddef.h>

struct allocations {
    size_t fail_at; /* the so-many-th from now fails; 0: none */
    size_t count;
    bool in_step; /* set around each step of the core or the engine */
    size_t in_step_count, step_count;
};
extern struct allocations allocations;

#endif
