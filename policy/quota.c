#include "policy/quota.h"

#include <assert.h>

#include "proto/limits.h"

#define ROOM_AGAIN_PERCENT 80

/* percent of whole, rounded down, without the product overflowing. */
static uint64_t percent_of(uint64_t whole, uint64_t percent)
{
    return whole / 100 * percent + whole % 100 * percent / 100;
}

static uint64_t at_least(uint64_t value, uint64_t floor)
{
    return value > floor ? value : floor;
}

static uint64_t at_most(uint64_t value, uint64_t ceiling)
{
    return value < ceiling ? value : ceiling;
}

struct quota_limits quota_limits_of(const struct effective *effective)
{
    assert(effective->share_percent >= 1 && effective->share_percent <= 100);

    uint64_t share_count = percent_of(effective->quota_count, effective->share_percent);
    uint64_t share_size = percent_of(effective->quota_size, effective->share_percent);
    return (struct quota_limits){
        .count_max = effective->quota_count,
        .size_max = effective->quota_size,
        .share_count_max = at_least(share_count, 1),
        .share_size_max = at_most(at_least(share_size, FRAME_SIZE_MAX), effective->quota_size),
    };
}

static bool fits(uint64_t used, uint64_t more, uint64_t max)
{
    return used <= max && more <= max - used;
}

enum quota_answer quota_judge(const struct quota_limits *limits, const struct quota_usage *usage,
                              uint64_t size)
{
    if (!fits(usage->count, 1, limits->count_max) || !fits(usage->size, size, limits->size_max)) {
        return QUOTA_MAILBOX_FULL;
    }
    if (!fits(usage->share_count, 1, limits->share_count_max) ||
        !fits(usage->share_size, size, limits->share_size_max)) {
        return QUOTA_SHARE_FULL;
    }
    return QUOTA_ROOM;
}

bool quota_has_room_again(const struct quota_limits *limits, const struct quota_usage *usage)
{
    /* At least an empty mailbox has room, also where 80 % of one message is none. */
    return (usage->count == 0 || usage->count < percent_of(limits->count_max, ROOM_AGAIN_PERCENT)) &&
           usage->size < percent_of(limits->size_max, ROOM_AGAIN_PERCENT);
}

static unsigned percent_used(uint64_t used, uint64_t max)
{
    if (used >= max) {
        return 100;
    }
    return (unsigned)(used > UINT64_MAX / 100 ? used / (max / 100) : used * 100 / max);
}

unsigned quota_percent(const struct quota_limits *limits, const struct quota_usage *usage)
{
    unsigned count = percent_used(usage->count, limits->count_max);
    unsigned size = percent_used(usage->size, limits->size_max);
    return count > size ? count : size;
}
