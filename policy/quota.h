/*
 * quota.h - how much may wait for one person, and how much of it from one sender.
 *
 * Counted are people's words from others that no device has acknowledged (BLUEPRINT 12); the store counts
 * them and decides with these numbers in the transaction that appends. The hint in the composer asks the same
 * function.
 */
#ifndef OIM_POLICY_QUOTA_H
#define OIM_POLICY_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/resolve.h"

struct quota_limits {
    uint64_t count_max;
    uint64_t size_max;        /* bytes */
    uint64_t share_count_max; /* of one sender */
    uint64_t share_size_max;
};

struct quota_usage {
    uint64_t count;
    uint64_t size;
    uint64_t share_count;
    uint64_t share_size;
};

enum quota_answer { QUOTA_ROOM, QUOTA_MAILBOX_FULL, QUOTA_SHARE_FULL };

/** A share is never so small that one message of the largest size does not fit an empty mailbox. */
struct quota_limits quota_limits_of(const struct effective *effective);
/** Is there room for one more envelope of size bytes? The mailbox is named before the share. */
enum quota_answer quota_judge(const struct quota_limits *limits, const struct quota_usage *usage,
                              uint64_t size);
/** Below 80 % of both: those who were refused are told (BLUEPRINT 34). */
bool quota_has_room_again(const struct quota_limits *limits, const struct quota_usage *usage);
/** The fuller of count and bytes, in percent, at most 100: for `queue` and `status`. */
unsigned quota_percent(const struct quota_limits *limits, const struct quota_usage *usage);

#endif
