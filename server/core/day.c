#include "server/core/day.h"

#include <assert.h>

#define DAY_MS INT64_C(86400000)

static int64_t number_of(uint64_t wall_ms, int32_t utc_offset_s)
{
    return ((int64_t)wall_ms + (int64_t)utc_offset_s * 1000) / DAY_MS;
}

void days_roll(struct days *days, uint64_t wall_ms, int32_t utc_offset_s)
{
    int64_t number = number_of(wall_ms, utc_offset_s);
    if (days->since_ms == 0) {
        *days =
            (struct days){.today = {.number = number}, .before = {.number = number - 1}, .since_ms = wall_ms};
    }
    if (number <= days->today.number) {
        return;
    }
    days->before = number == days->today.number + 1 ? days->today : (struct day){.number = number - 1};
    days->today = (struct day){.number = number};
}

void days_add(struct days *days, uint64_t wall_ms, int32_t utc_offset_s, enum day_figure figure,
              uint64_t count)
{
    assert(figure < DAY_FIGURE_COUNT);
    days_roll(days, wall_ms, utc_offset_s);
    days->today.counts[figure] += count;
}

bool days_know_before(const struct days *days, int32_t utc_offset_s)
{
    return days->since_ms != 0 && number_of(days->since_ms, utc_offset_s) < days->today.number;
}

const char *day_figure_name(enum day_figure figure)
{
    static const char *const names[DAY_FIGURE_COUNT] = {
        [DAY_ACCEPTED] = "accepted",
        [DAY_HELD] = "held",
        [DAY_DELIVERED] = "delivered",
        [DAY_REFUSED] = "refused",
        [DAY_REFUSED_POLICY] = "refused_policy",
        [DAY_EXPIRED] = "expired",
        [DAY_ERASED] = "erased",
        [DAY_LOST] = "lost",
    };
    return names[figure];
}
