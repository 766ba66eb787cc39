/*
 * test_when.c - times are local and dated for people, UTC for scripts, and read back as they are written.
 */
#include "client/text/when.h"

#include <stdlib.h>
#include <time.h>

#include "tests/support/check.h"

#define NOW_MS 1715691720000ll /* Tue 14 May 2024 15:02 in Madrid */
#define MINUTE_MS 60000ll
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define MIDNIGHT_MS (NOW_MS - 15 * HOUR_MS - 2 * MINUTE_MS)

static int setup(void **state)
{
    (void)state;
    setenv("TZ", "Europe/Madrid", 1);
    tzset();
    return 0;
}

static void when_time__names_the_day__unless_it_is_today(void **state)
{
    (void)state;
    char out[WHEN_TEXT_SIZE];
    when_time(WORDS_ENGLISH, NOW_MS, NOW_MS - HOUR_MS, out);
    CHECK_TEXT(out, "14:02");
    when_time(WORDS_ENGLISH, NOW_MS, NOW_MS - DAY_MS, out);
    CHECK_TEXT(out, "Mon 13 May 15:02");
    when_time(WORDS_SPANISH, NOW_MS, NOW_MS + DAY_MS, out);
    CHECK_TEXT(out, "mié 15 may 15:02");
    when_time(WORDS_ENGLISH, NOW_MS, NOW_MS - 366 * DAY_MS, out);
    CHECK_TEXT(out, "Sun 14 May 2023 15:02");
    when_date(WORDS_SPANISH, NOW_MS, NOW_MS + 14 * DAY_MS, out);
    CHECK_TEXT(out, "mar 28 may");
    when_rfc3339(NOW_MS + 42, out);
    CHECK_TEXT(out, "2024-05-14T13:02:00.042Z");
}

static void when_duration__uses_the_two_largest_units(void **state)
{
    (void)state;
    char out[WHEN_TEXT_SIZE];
    when_duration(WORDS_ENGLISH, 40000, out);
    CHECK_TEXT(out, "40 s");
    when_duration(WORDS_ENGLISH, 2 * HOUR_MS + 5 * MINUTE_MS, out);
    CHECK_TEXT(out, "2 h 5 min");
    when_duration(WORDS_SPANISH, DAY_MS, out);
    CHECK_TEXT(out, "1 día");
    when_duration(WORDS_ENGLISH, 14 * DAY_MS, out);
    CHECK_TEXT(out, "14 days");
}

static int64_t duration_of(const char *text)
{
    int64_t duration_ms = -1;
    return when_parse_duration(text, 1000, &duration_ms, NULL) == OIM_OK ? duration_ms : -1;
}

static void when_parse_duration__reads_units__and_refuses_the_rest(void **state)
{
    (void)state;
    CHECK(duration_of("90") == 90000);
    CHECK(duration_of("30m") == 30 * MINUTE_MS);
    CHECK(duration_of("1h30m") == 90 * MINUTE_MS);
    CHECK(duration_of("2w") == 14 * DAY_MS);
    CHECK(duration_of("") == -1);
    CHECK(duration_of("h") == -1);
    CHECK(duration_of("1h30") == -1);
    CHECK(duration_of("-5") == -1);
    CHECK(duration_of("99999999999d") == -1);
    CHECK(duration_of("5x") == -1);
}

static int64_t point_of(const char *text, int direction)
{
    int64_t at_ms = -1;
    return when_parse_point(text, NOW_MS, direction, &at_ms, NULL) == OIM_OK ? at_ms : -1;
}

static void when_parse_point__reads_what_people_write(void **state)
{
    (void)state;
    CHECK(point_of("yesterday", -1) == MIDNIGHT_MS - DAY_MS);
    CHECK(point_of("2h", -1) == NOW_MS - 2 * HOUR_MS);
    CHECK(point_of("2h", 1) == NOW_MS + 2 * HOUR_MS);
    CHECK(point_of("14:00", -1) == MIDNIGHT_MS + 14 * HOUR_MS);
    CHECK(point_of("14:00", 1) == MIDNIGHT_MS + DAY_MS + 14 * HOUR_MS);
    CHECK(point_of("16:00", 1) == MIDNIGHT_MS + 16 * HOUR_MS);
    CHECK(point_of("2024-05-13", -1) == MIDNIGHT_MS - DAY_MS);
    CHECK(point_of("2024-05-14 15:02", -1) == NOW_MS);
    CHECK(point_of("2024-05-14 15:02:11.5", -1) == NOW_MS + 11500);
    CHECK(point_of("mon", 1) == MIDNIGHT_MS + 6 * DAY_MS);
    CHECK(point_of("Monday", -1) == MIDNIGHT_MS - DAY_MS);
    CHECK(point_of("2024-02-30", -1) == -1);
    CHECK(point_of("25:00", -1) == -1);
    CHECK(point_of("soon", -1) == -1);
    CHECK(point_of("2024-05-14 ", -1) == -1);
    CHECK(point_of("2024-05-14Z", -1) == -1);
    CHECK(point_of("14:00Z", -1) == -1);
}

/* Goal: what scripts are given can be asked with again, to the millisecond, in whatever zone it is read. */
static void when_parse_point__reads_what_when_rfc3339_writes(void **state)
{
    (void)state;
    static const int64_t times[] = {NOW_MS, NOW_MS + 1, NOW_MS + 59999, 0, MIDNIGHT_MS - 1};
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        char text[WHEN_TEXT_SIZE];
        when_rfc3339(times[i], text);
        CHECK(point_of(text, -1) == times[i]);
    }
    CHECK(point_of("1970-01-01T00:00:01Z", -1) == 1000);
    CHECK(point_of("1970-01-01T02:30:00+02:30", -1) == 0);
    CHECK(point_of("1970-01-01T00:00:00.1234567-01:00", -1) == HOUR_MS + 123);
    CHECK(point_of("2024-02-30T00:00:00Z", -1) == -1);
    CHECK(point_of("2024-05-14T13:02:11.042Zulu", -1) == -1);
    CHECK(point_of("2024-05-14T13:02:11+2", -1) == -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(when_time__names_the_day__unless_it_is_today),
        cmocka_unit_test(when_duration__uses_the_two_largest_units),
        cmocka_unit_test(when_parse_duration__reads_units__and_refuses_the_rest),
        cmocka_unit_test(when_parse_point__reads_what_people_write),
        cmocka_unit_test(when_parse_point__reads_what_when_rfc3339_writes),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
