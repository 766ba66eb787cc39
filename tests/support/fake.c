/*
 * fake.c - time and chance under the test's control.
 */
#include "tests/support/fake.h"

#include <assert.h>
#include <string.h>

#define WALL_MS_START 1704067200000u /* 2024-01-01T00:00:00Z */
#define NOW_MS_START 1000000u

void fake_clock_init(struct fake_clock *fake)
{
    *fake = (struct fake_clock){.now_ms = NOW_MS_START, .wall_ms = WALL_MS_START};
}

void fake_clock_pass(struct fake_clock *fake, uint64_t ms)
{
    fake->now_ms += ms;
    fake->wall_ms += ms;
}

void fake_clock_jump(struct fake_clock *fake, int64_t wall_ms)
{
    fake->wall_ms += (uint64_t)wall_ms;
}

static uint64_t now_ms(void *context)
{
    return ((const struct fake_clock *)context)->now_ms;
}

static uint64_t wall_ms(void *context)
{
    return ((const struct fake_clock *)context)->wall_ms;
}

struct oim_clock fake_clock_of(struct fake_clock *fake)
{
    return (struct oim_clock){.now_ms = now_ms, .wall_ms = wall_ms, .context = fake};
}

static uint64_t splitmix64(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void fake_random_init(struct fake_random *fake, uint64_t seed)
{
    for (size_t i = 0; i < 4; i++) {
        fake->state[i] = splitmix64(&seed);
    }
}

static uint64_t rotate_left(uint64_t value, unsigned count)
{
    return (value << count) | (value >> (64 - count));
}

/* Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018. */
uint64_t fake_random_u64(struct fake_random *fake)
{
    uint64_t *s = fake->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t fake_random_below(struct fake_random *fake, uint64_t bound)
{
    assert(bound > 0);
    return fake_random_u64(fake) % bound;
}

static void fill(void *context, void *out, size_t size)
{
    uint8_t *at = out;
    while (size > 0) {
        uint64_t word = fake_random_u64(context);
        size_t take = size < sizeof(word) ? size : sizeof(word);
        for (size_t i = 0; i < take; i++) {
            *at++ = (uint8_t)(word >> (8 * i));
        }
        size -= take;
    }
}

struct oim_random fake_random_of(struct fake_random *fake)
{
    return (struct oim_random){.fill = fill, .context = fake};
}
