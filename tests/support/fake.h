/*
 * fake.h - a clock and a random source that obey the test.
 *
 * The fake outlives whatever was given its clock or random: those structs borrow it.
 */
#ifndef OIM_TESTS_SUPPORT_FAKE_H
#define OIM_TESTS_SUPPORT_FAKE_H

#include <stdint.h>

#include "common/clock.h"
#include "common/random.h"

struct fake_clock {
    uint64_t now_ms;
    uint64_t wall_ms;
};

/* now_ms 1 000 000, wall_ms 2024-01-01T00:00:00Z; neither moves by itself. */
void fake_clock_init(struct fake_clock *fake);
void fake_clock_pass(struct fake_clock *fake, uint64_t ms);     /* both clocks */
void fake_clock_jump(struct fake_clock *fake, int64_t wall_ms); /* somebody set the calendar */
struct oim_clock fake_clock_of(struct fake_clock *fake);

/* xoshiro256**, seeded by splitmix64: the same seed gives the same bytes on every machine. */
struct fake_random {
    uint64_t state[4];
};

void fake_random_init(struct fake_random *fake, uint64_t seed);
uint64_t fake_random_u64(struct fake_random *fake);
uint64_t fake_random_below(struct fake_random *fake, uint64_t bound); /* 0 .. bound - 1; bound > 0 */
struct oim_random fake_random_of(struct fake_random *fake);

#endif
