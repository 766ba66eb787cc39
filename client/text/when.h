/*
 * when.h - times and durations, as people read and write them.
 *
 * People see local time, with weekday and date as soon as it is not today (USERS D8); scripts see RFC 3339 in
 * UTC with milliseconds. All times are calendar milliseconds since 1970; the reader's "now" is an argument,
 * so that tests own the clock. The zone is the process's (TZ).
 */
#ifndef OIM_CLIENT_TEXT_WHEN_H
#define OIM_CLIENT_TEXT_WHEN_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

#define WHEN_TEXT_SIZE 48

enum words_language { WORDS_ENGLISH, WORDS_SPANISH, WORDS_LANGUAGE_COUNT };

/** "15:02" today, else "Tue 14 May 15:02", with the year when it is another: "Tue 14 May 2024 15:02". */
void when_time(enum words_language language, int64_t now_ms, int64_t at_ms, char out[WHEN_TEXT_SIZE]);
/** "Tue 28 May", with the year when it is another. */
void when_date(enum words_language language, int64_t now_ms, int64_t at_ms, char out[WHEN_TEXT_SIZE]);
/** "15:02:11", for the steps of one message. */
void when_clock(int64_t at_ms, char out[WHEN_TEXT_SIZE]);
/** In the largest unit that fits and the next: "14 days", "2 h 5 min", "40 s". */
void when_duration(enum words_language language, int64_t duration_ms, char out[WHEN_TEXT_SIZE]);
/** "2024-05-14T13:02:11.042Z". */
void when_rfc3339(int64_t at_ms, char out[WHEN_TEXT_SIZE]);

/** "90", "90s", "30m", "8h", "7d", "2w", "1h30m"; a bare number is in bare_unit_ms. Errors: OIM_ERR_USAGE. */
OIM_MUST_CHECK enum oim_status when_parse_duration(const char *text, int64_t bare_unit_ms,
                                                   int64_t *out_duration_ms, struct oim_error *err);
/**
 * A time in the past or the future: "14:00" and "14:00:30" (today), "yesterday", "today", "tomorrow" (their
 * midnight), "2024-05-14", "2024-05-14 14:00" (also with a T, and as when_rfc3339 has it), a weekday ("mon",
 * "monday": the nearest one in direction, at midnight), or a duration ("2h": so long ago, or from now).
 *
 * Units:  direction < 0: "2h" is two hours ago; > 0: two hours from now, and "14:00" is tomorrow's when it
 * has passed today. Errors: OIM_ERR_USAGE.
 */
OIM_MUST_CHECK enum oim_status when_parse_point(const char *text, int64_t now_ms, int direction,
                                                int64_t *out_ms, struct oim_error *err);

#endif
