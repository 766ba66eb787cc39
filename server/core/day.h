/*
 * day.h - what became of messages today and the day before, counted from one local midnight to the next.
 *
 * The figures outlive a restart but for the last minutes before a kill (day_keep.c); `since_ms` says from when
 * on a day is complete. A message counts once in each figure, however often it was repeated and on however many
 * devices it arrived.
 */
#ifndef OIM_SERVER_CORE_DAY_H
#define OIM_SERVER_CORE_DAY_H

#include <stdbool.h>
#include <stdint.h>

enum day_figure {
    DAY_ACCEPTED,  /* stored, or pushed to somebody who had to be signed in */
    DAY_HELD,      /* of these: for somebody who was signed out */
    DAY_DELIVERED, /* the first device has it */
    DAY_REFUSED,
    DAY_REFUSED_POLICY, /* of these: because offline messages are off for one of the two, or for all */
    DAY_EXPIRED,
    DAY_ERASED, /* by an administrator, before a device had it */
    DAY_LOST,   /* rows that the disk gave back damaged */
    DAY_FIGURE_COUNT
};

struct day {
    int64_t number; /* local days since 1970 */
    uint64_t counts[DAY_FIGURE_COUNT];
};

struct days {
    struct day today, before;
    uint64_t since_ms; /* calendar: when counting began; 0: not yet */
};

/** wall_ms is the calendar, utc_offset_s what local time is ahead of it. A calendar set back stays in its
 * day. */
void days_add(struct days *days, uint64_t wall_ms, int32_t utc_offset_s, enum day_figure figure,
              uint64_t count);
/** Move to the day of this moment. */
void days_roll(struct days *days, uint64_t wall_ms, int32_t utc_offset_s);
/** Was anything of the day before counted? */
bool days_know_before(const struct days *days, int32_t utc_offset_s);
/** "accepted": the figure's name in rows and JSON. */
const char *day_figure_name(enum day_figure figure);

#endif
