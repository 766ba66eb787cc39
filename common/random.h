/*
 * random.h - where unpredictable bytes come from: libsodium in life, a seed in tests.
 */
#ifndef OIM_COMMON_RANDOM_H
#define OIM_COMMON_RANDOM_H

#include <stddef.h>

struct oim_random {
    void (*fill)(void *context, void *out, size_t size);
    void *context;
};

static inline void oim_random_fill(const struct oim_random *random, void *out, size_t size)
{
    random->fill(random->context, out, size);
}

#endif
