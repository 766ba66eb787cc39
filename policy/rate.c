#include "policy/rate.h"

#include <assert.h>
#include <stddef.h>

static uint64_t credit_max(const struct rate_limit *limit)
{
    return (uint64_t)limit->burst * limit->period_ms;
}

static void refill(struct rate_bucket *bucket, const struct rate_limit *limit, uint64_t now_ms)
{
    if (now_ms <= bucket->then_ms) {
        return;
    }
    uint64_t elapsed_ms = now_ms - bucket->then_ms;
    uint64_t missing = credit_max(limit) - bucket->credit;
    bucket->credit =
        elapsed_ms > missing / limit->count ? credit_max(limit) : bucket->credit + elapsed_ms * limit->count;
    bucket->then_ms = now_ms;
}

void rate_bucket_init(struct rate_bucket *bucket, const struct rate_limit *limit, uint64_t now_ms)
{
    assert(limit->burst >= 1 && limit->count >= 1 && limit->period_ms >= 1);
    *bucket = (struct rate_bucket){.credit = credit_max(limit), .then_ms = now_ms};
}

bool rate_bucket_take(struct rate_bucket *bucket, const struct rate_limit *limit, uint32_t count,
                      uint64_t now_ms, uint64_t *out_wait_ms)
{
    uint64_t wait_ms = 0;
    if (bucket->credit > credit_max(limit)) { /* the limit was lowered since */
        bucket->credit = credit_max(limit);
    }
    refill(bucket, limit, now_ms);
    uint64_t cost = (uint64_t)count * limit->period_ms;
    bool enough = bucket->credit >= cost;
    if (enough) {
        bucket->credit -= cost;
    } else if (count > limit->burst) {
        wait_ms = UINT64_MAX;
    } else {
        wait_ms = (cost - bucket->credit + limit->count - 1) / limit->count;
    }
    if (out_wait_ms != NULL) {
        *out_wait_ms = wait_ms;
    }
    return enough;
}
