#include "policy/retention.h"

#include <assert.h>

uint64_t retention_expires_ms(uint64_t wall_ms, uint64_t retention_ms, uint32_t ttl_s, enum cls cls)
{
    assert(cls != CLS_INVALID && cls != CLS_TYPING); /* never stored */

    uint64_t asked_ms = (uint64_t)ttl_s * 1000;
    /* Only a message can be asked to go early: its receipts and notices tell what became of it. */
    bool asked = cls == CLS_CHAT && ttl_s != 0 && asked_ms < retention_ms;
    uint64_t keep_ms = asked ? asked_ms : retention_ms;
    return keep_ms > UINT64_MAX - wall_ms ? UINT64_MAX : wall_ms + keep_ms;
}

bool retention_is_due(uint64_t expires_ms, uint64_t wall_ms)
{
    return wall_ms >= expires_ms;
}

bool retention_tells(enum cls cls)
{
    return cls == CLS_CHAT;
}
