/*
 * samples.h - many durations, and what one wants to know of them.
 */
#ifndef OIM_TESTS_BENCH_SAMPLES_H
#define OIM_TESTS_BENCH_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

struct samples {
    int64_t *values_ns; /* owned */
    size_t count;
    size_t capacity;
};

void samples_finish(struct samples *samples); /* accepts all-zero; leaves it empty and usable again */
/** Memory that cannot be had ends the program: a load generator has nobody to tell. */
void samples_add(struct samples *samples, int64_t value_ns);
/** Before any samples_at. */
void samples_sort(struct samples *samples);
/** The value that part of the samples (0..1) do not exceed, in milliseconds; 0 without samples. */
double samples_at(const struct samples *samples, double part);

#endif
