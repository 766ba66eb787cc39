/*
 * clock.h - the two clocks. now_ms is monotonic, wall_ms the calendar; there is no third.
 */
#ifndef OIM_COMMON_CLOCK_H
#define OIM_COMMON_CLOCK_H

#include <stdint.h>

struct oim_clock {
    uint64_t (*now_ms)(void *context);
    uint64_t (*wall_ms)(void *context); /* since 1970-01-01 UTC */
    void *context;
};

#endif
