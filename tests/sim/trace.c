/*
 * trace.c - see trace.h.
 */
#include "tests/sim/trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HASH_PRIME 0x9e3779b97f4a7c15u

static void mix(struct trace *trace, uint64_t value)
{
    uint64_t hash = (trace->hash ^ value) * HASH_PRIME;
    trace->hash = hash ^ (hash >> 29);
}

void trace_init(struct trace *trace, uint64_t start_ms, bool prints)
{
    *trace = (struct trace){.start_ms = start_ms, .prints = prints};
}

static void print_line(const struct trace *trace, const struct trace_line *line)
{
    const unsigned long long *values = line->values;
    printf("  %8.3f s  ", (double)(line->now_ms - trace->start_ms) / 1000.0);
    printf(line->format, values[0], values[1], values[2], values[3]);
    printf("\n");
}

void trace_add(struct trace *trace, uint64_t now_ms, const char *format, char mark, uint64_t a, uint64_t b,
               uint64_t c, uint64_t d)
{
    struct trace_line *line = &trace->lines[trace->line_count++ % TRACE_KEPT_COUNT];
    *line = (struct trace_line){.now_ms = now_ms, .format = format, .values = {a, b, c, d}};
    mix(trace, now_ms);
    mix(trace, (uint64_t)(uint8_t)format[0] << 8 | (uint8_t)mark);
    mix(trace, a);
    mix(trace, b);
    mix(trace, c);
    mix(trace, d);
    if (trace->prints) {
        print_line(trace, line);
    }
}

void trace_add_bytes(struct trace *trace, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    mix(trace, size);
    for (; size >= sizeof(uint64_t); at += sizeof(uint64_t), size -= sizeof(uint64_t)) {
        uint64_t word = 0;
        memcpy(&word, at, sizeof(word));
        mix(trace, word);
    }
    for (; size > 0; at++, size--) {
        mix(trace, *at);
    }
}

void trace_print_last(const struct trace *trace)
{
    uint64_t count = trace->line_count < TRACE_KEPT_COUNT ? trace->line_count : TRACE_KEPT_COUNT;
    printf("the last %" PRIu64 " of %" PRIu64 " lines:\n", count, trace->line_count);
    for (uint64_t i = trace->line_count - count; i < trace->line_count; i++) {
        print_line(trace, &trace->lines[i % TRACE_KEPT_COUNT]);
    }
}
