/*
 * event_heap.c - see event_heap.h.
 */
#include "tests/sim/event_heap.h"

#include <assert.h>
#include <stdlib.h>

static bool is_before(const struct heap_event *a, const struct heap_event *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

void event_heap_finish(struct event_heap *heap)
{
    free(heap->events);
    *heap = (struct event_heap){0};
}

void event_heap_push(struct event_heap *heap, const struct heap_event *event)
{
    if (heap->count == heap->capacity) {
        heap->capacity = heap->capacity == 0 ? 256 : heap->capacity * 2;
        heap->events = reallocarray(heap->events, heap->capacity, sizeof(*heap->events));
        assert(heap->events != NULL);
    }
    struct heap_event placed = *event;
    placed.order = heap->order_next++;
    size_t at = heap->count++; /* the hole that placed goes into */
    while (at > 0 && is_before(&placed, &heap->events[(at - 1) / 2])) {
        heap->events[at] = heap->events[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap->events[at] = placed;
}

bool event_heap_pop(struct event_heap *heap, struct heap_event *out)
{
    if (heap->count == 0) {
        return false;
    }
    *out = heap->events[0];
    struct heap_event placed = heap->events[--heap->count];
    size_t at = 0; /* the hole that placed goes into */
    for (size_t child = 1; child < heap->count; child = 2 * at + 1) {
        if (child + 1 < heap->count && is_before(&heap->events[child + 1], &heap->events[child])) {
            child++;
        }
        if (is_before(&placed, &heap->events[child])) {
            break;
        }
        heap->events[at] = heap->events[child];
        at = child;
    }
    heap->events[at] = placed;
    return true;
}
