#include "policy/presence.h"

#include <stdbool.h>

enum presence_state presence_of(enum presence_state own, uint64_t idle_ms)
{
    if (own == PRESENCE_BUSY) {
        return idle_ms >= PRESENCE_INACTIVE_MS ? PRESENCE_BUSY_INACTIVE : PRESENCE_BUSY;
    }
    if (own != PRESENCE_UNKNOWN) {
        return own;
    }
    return idle_ms >= PRESENCE_AWAY_MS       ? PRESENCE_AWAY
           : idle_ms >= PRESENCE_INACTIVE_MS ? PRESENCE_INACTIVE
                                             : PRESENCE_AVAILABLE;
}

uint64_t presence_changes_at_ms(enum presence_state own, uint64_t idle_ms)
{
    bool reacts = own == PRESENCE_BUSY || own == PRESENCE_UNKNOWN;
    if (reacts && idle_ms < PRESENCE_INACTIVE_MS) {
        return PRESENCE_INACTIVE_MS;
    }
    return own == PRESENCE_UNKNOWN && idle_ms < PRESENCE_AWAY_MS ? PRESENCE_AWAY_MS : 0;
}
