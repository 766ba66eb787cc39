#include "server/store/store_list.h"

#include <stdlib.h>

bool store_list_push(struct store_list *list, uint64_t item)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 64 : list->capacity * 2;
        uint64_t *items = reallocarray(list->items, capacity, sizeof(*items));
        if (items == NULL) {
            return false;
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = item;
    return true;
}

static int compare_items(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

void store_list_sort(struct store_list *list)
{
    if (list->count > 1) {
        qsort(list->items, list->count, sizeof(*list->items), compare_items);
    }
}

void store_list_finish(struct store_list *list)
{
    free(list->items);
    *list = (struct store_list){0};
}
