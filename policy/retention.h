/*
 * retention.h - when an envelope expires.
 *
 * The recipient's policy says how long; a sender may ask for less, never for more. Every stored class keeps
 * as long: a notice must outlive an absence as the message it speaks of does. A change applies to new
 * envelopes only: what was told "held until Tuesday" is held until Tuesday (BLUEPRINT 18).
 */
#ifndef OIM_POLICY_RETENTION_H
#define OIM_POLICY_RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/enums.h"

#define RETENTION_DAY_MS UINT64_C(86400000)

/** ttl_s: what the sender asked for, 0: nothing. Units: calendar time; never overflows, UINT64_MAX is
 * "never". */
uint64_t retention_expires_ms(uint64_t wall_ms, uint64_t retention_ms, uint32_t ttl_s, enum cls cls);
bool retention_is_due(uint64_t expires_ms, uint64_t wall_ms);
/** Only people's words leave a trace for both sides when they expire (BLUEPRINT 19). */
bool retention_tells(enum cls cls);

#endif
