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

static void swap(struct heap_event *a, struct heap_event *b)
{
    struct heap_event kept = *a;
    *a = *b;
    *b = kept;
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
    size_t at = heap->count++;
    heap->events[at] = *event;
    heap->events[at].order = heap->order_next++;
    while (at > 0 && is_before(&heap->events[at], &heap->events[(at - 1) / 2])) {
        swap(&heap->events[at], &heap->events[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

bool event_heap_pop(struct event_heap *heap, struct heap_event *out)
{
    if (heap->count == 0) {
        return false;
    }
    *out = heap->events[0];
    heap->events[0] = heap->events[--heap->count];
    size_t at = 0;
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < heap->count; child++) {
            if (is_before(&heap->events[child], &heap->events[least])) {
                least = child;
            }
        }
        if (least == at) {
            return true;
        }
        swap(&heap->events[at], &heap->events[least]);
        at = least;
    }
}
