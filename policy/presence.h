/*
 * presence.h - what others see of a person who is signed in: the chosen state, or how long nobody was at the keyboard.
 *
 * A pure function: DESIGN.md section 5. Whom it may be shown to is decided elsewhere; so is who may be disturbed, which
 * is judged on the chosen state alone.
 */
#ifndef OIM_POLICY_PRESENCE_H
#define OIM_POLICY_PRESENCE_H

#include <stdint.h>

#include "proto/enums.h"

#define PRESENCE_INACTIVE_MS UINT64_C(300000)
#define PRESENCE_AWAY_MS UINT64_C(600000)

/**
 * own: what the person has chosen and is still in force; AVAILABLE or BUSY … INVISIBLE, UNKNOWN: nothing.
 * idle_ms: since somebody was at the most active of the person's devices.
 */
enum presence_state presence_of(enum presence_state own, uint64_t idle_ms);
/** When idleness alone changes what is seen next, counted like idle_ms; 0: never. */
uint64_t presence_changes_at_ms(enum presence_state own, uint64_t idle_ms);

#endif
