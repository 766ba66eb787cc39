#include "tests/bench/samples.h"

#include <stdio.h>
#include <stdlib.h>

#define CAPACITY_MIN 4096u

void samples_finish(struct samples *samples)
{
    free(samples->values_ns);
    *samples = (struct samples){0};
}

void samples_add(struct samples *samples, int64_t value_ns)
{
    if (samples->count == samples->capacity) {
        size_t capacity = samples->capacity == 0 ? CAPACITY_MIN : samples->capacity * 2;
        int64_t *values = realloc(samples->values_ns, capacity * sizeof(*values));
        if (values == NULL) {
            fputs("oim-bench: no memory for samples\n", stderr);
            exit(1);
        }
        samples->values_ns = values;
        samples->capacity = capacity;
    }
    samples->values_ns[samples->count++] = value_ns;
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

void samples_sort(struct samples *samples)
{
    if (samples->count > 1) {
        qsort(samples->values_ns, samples->count, sizeof(*samples->values_ns), compare);
    }
}

double samples_at(const struct samples *samples, double part)
{
    if (samples->count == 0) {
        return 0;
    }
    size_t index = (size_t)(part * (double)(samples->count - 1) + 0.5);
    return (double)samples->values_ns[index] / 1e6;
}
