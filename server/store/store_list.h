/*
 * store_list.h - a growing list of numbers: row ids to delete, slots that changed.
 */
#ifndef OIM_SERVER_STORE_STORE_LIST_H
#define OIM_SERVER_STORE_STORE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attr.h"

struct store_list {
    uint64_t *items; /* owned */
    size_t count;
    size_t capacity;
};

/** False: out of memory, nothing changed. */
OIM_MUST_CHECK bool store_list_push(struct store_list *list, uint64_t item);
void store_list_sort(struct store_list *list);
void store_list_finish(struct store_list *list);

#endif
