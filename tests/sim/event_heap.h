/*
 * event_heap.h - what will happen in the simulated world, in order of time; equal times in order of arrival.
 */
#ifndef OIM_TESTS_SIM_EVENT_HEAP_H
#define OIM_TESTS_SIM_EVENT_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_event {
    uint64_t at_ms;
    uint64_t order; /* given by push */
    uint32_t kind;
    uint32_t subject; /* a client, a link, ...: as the kind says */
    uint64_t version; /* the pusher's: tells events that were overtaken by a newer one */
};

struct event_heap {
    struct heap_event *events; /* owned */
    size_t count, capacity;
    uint64_t order_next;
};

void event_heap_finish(struct event_heap *heap); /* accepts all-zero */
void event_heap_push(struct event_heap *heap, const struct heap_event *event);
/** False: empty. */
bool event_heap_pop(struct event_heap *heap, struct heap_event *out);

#endif
