/*
 * rate.h - a token bucket: so many at once, so many per time after that.
 *
 * RFC 2697's single-rate meter with one colour. Integers only, so nothing drifts: credit is kept in parts of
 * a token so small that each millisecond adds a whole number of them.
 */
#ifndef OIM_POLICY_RATE_H
#define OIM_POLICY_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct rate_limit {
    uint32_t burst;     /* tokens a full bucket holds; at least 1 */
    uint32_t count;     /* tokens that come back ... */
    uint32_t period_ms; /* ... evenly, in this time; both at least 1 */
};

struct rate_bucket {
    uint64_t credit; /* in 1/period_ms of a token */
    uint64_t then_ms;
};

void rate_bucket_init(struct rate_bucket *bucket, const struct rate_limit *limit, uint64_t now_ms); /* full */
/**
 * Take count tokens if they are there; otherwise take none and say when they will be. A clock that goes back
 * adds nothing. More than the burst is never there: *out_wait_ms is UINT64_MAX. out_wait_ms may be NULL.
 */
bool rate_bucket_take(struct rate_bucket *bucket, const struct rate_limit *limit, uint32_t count,
                      uint64_t now_ms, uint64_t *out_wait_ms);

#endif
