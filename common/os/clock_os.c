/*
 * clock_os.c - the operating system's two clocks in milliseconds.
 */
#include "common/os/clock_os.h"

#include <assert.h>
#include <stddef.h>
#include <time.h>

static uint64_t clock_ms(clockid_t which)
{
    struct timespec now;
    int rc = clock_gettime(which, &now);
    assert(rc == 0);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static uint64_t now_ms(void *context)
{
    (void)context;
    return clock_ms(CLOCK_MONOTONIC);
}

static uint64_t wall_ms(void *context)
{
    (void)context;
    return clock_ms(CLOCK_REALTIME);
}

struct oim_clock clock_os(void)
{
    return (struct oim_clock){.now_ms = now_ms, .wall_ms = wall_ms, .context = NULL};
}
