/*
 * trace.h - what happened in one simulated run: a hash of everything, and the last lines in words.
 *
 * Two runs of one seed have the same hash, or something in them did not come from the seed (invariant I8).
 */
#ifndef OIM_TESTS_SIM_TRACE_H
#define OIM_TESTS_SIM_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_KEPT_COUNT 96u

struct trace_line {
    uint64_t now_ms;
    const char *format; /* up to four %llu */
    unsigned long long values[4];
};

struct trace {
    uint64_t hash;
    uint64_t start_ms;
    bool prints; /* every line, at once */
    uint64_t line_count;
    struct trace_line lines[TRACE_KEPT_COUNT];
};

void trace_init(struct trace *trace, uint64_t start_ms, bool prints);
/** format is a literal: it is kept, and made into words only when somebody reads it. mark: a letter of it,
 * which tells it from others. */
void trace_add(struct trace *trace, uint64_t now_ms, const char *format, char mark, uint64_t a, uint64_t b,
               uint64_t c, uint64_t d);
void trace_add_bytes(struct trace *trace, const void *bytes, size_t size);
void trace_print_last(const struct trace *trace);

#endif
