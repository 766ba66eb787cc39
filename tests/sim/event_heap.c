/*
 * event_heap.c - see event_heap.h.
 */
#include "tests/sim/event_heap.h"

#include <assert.h>
#include <stdlib.h>

/* As one number, so that no branch has to be guessed. */
static unsigned __int128 key_of(const struct heap_event *event)
{
    return (unsigned __int128)event->at_ms << 64 | event->order;
}

static bool is_before(const struct heap_event *a, const struct heap_event *b)
{
    return key_of(a) < key_of(b);
}

void event_heap_finish(struct event_heap *heap)
{
    free(heap->events);
    *heap = (struct event_heap){0};
}

static void fill_hole(struct event_heap *heap, size_t at, const struct heap_event *placed)
{
    while (at > 0 && is_before(placed, &heap->events[(at - 1) / 2])) {
        heap->events[at] = heap->events[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap->events[at] = *placed;
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
    fill_hole(heap, heap->count++, &placed);
}

bool event_heap_pop(struct event_heap *heap, struct heap_event *out)
{
    if (heap->count == 0) {
        return false;
    }
    *out = heap->events[0];
    struct heap_event placed = heap->events[--heap->count];
    size_t at = 0; /* the hole: down to the bottom, where the last one mostly belongs, and up from there */
    for (size_t child = 1; child < heap->count; child = 2 * at + 1) {
        bool has_sibling = child + 1 < heap->count;
        child += has_sibling && is_before(&heap->events[child + 1], &heap->events[child]) ? 1 : 0;
        heap->events[at] = heap->events[child];
        at = child;
    }
    fill_hole(heap, at, &placed);
    return true;
}
