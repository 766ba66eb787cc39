/*
 * when.c - times and durations, as people read and write them; see when.h.
 */
#include "client/text/when.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "common/attr.h"

#define SECOND_MS 1000
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * (int64_t)HOUR_MS)
#define DURATION_MS_MAX (3660 * DAY_MS) /* ten years: beyond is a slip of the pen */

static const char *const day_names[WORDS_LANGUAGE_COUNT][7] = {
    [WORDS_ENGLISH] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
    [WORDS_SPANISH] = {"dom", "lun", "mar", "mié", "jue", "vie", "sáb"},
};

static const char *const month_names[WORDS_LANGUAGE_COUNT][12] = {
    [WORDS_ENGLISH] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
    [WORDS_SPANISH] = {"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"},
};

static struct tm local_of(int64_t at_ms)
{
    time_t seconds = (time_t)(at_ms / SECOND_MS);
    struct tm local = {0};
    localtime_r(&seconds, &local);
    return local;
}

void when_date(enum words_language language, int64_t now_ms, int64_t at_ms, char out[WHEN_TEXT_SIZE])
{
    struct tm now = local_of(now_ms);
    struct tm at = local_of(at_ms);
    int size = snprintf(out, WHEN_TEXT_SIZE, "%s %d %s", day_names[language][at.tm_wday], at.tm_mday,
                        month_names[language][at.tm_mon]);
    if (at.tm_year != now.tm_year && size > 0) {
        snprintf(out + size, WHEN_TEXT_SIZE - (size_t)size, " %d", at.tm_year + 1900);
    }
}

void when_time(enum words_language language, int64_t now_ms, int64_t at_ms, char out[WHEN_TEXT_SIZE])
{
    struct tm now = local_of(now_ms);
    struct tm at = local_of(at_ms);
    size_t size = 0;
    if (at.tm_year != now.tm_year || at.tm_yday != now.tm_yday) {
        when_date(language, now_ms, at_ms, out);
        size = strlen(out);
        out[size] = ' ';
        size++;
    }
    snprintf(out + size, WHEN_TEXT_SIZE - size, "%02d:%02d", at.tm_hour, at.tm_min);
}

void when_clock(int64_t at_ms, char out[WHEN_TEXT_SIZE])
{
    struct tm at = local_of(at_ms);
    snprintf(out, WHEN_TEXT_SIZE, "%02d:%02d:%02d", at.tm_hour, at.tm_min, at.tm_sec);
}

static const char *day_word(enum words_language language, int64_t days)
{
    if (language == WORDS_SPANISH) {
        return days == 1 ? "día" : "días";
    }
    return days == 1 ? "day" : "days";
}

void when_duration(enum words_language language, int64_t duration_ms, char out[WHEN_TEXT_SIZE])
{
    long long seconds = (long long)((duration_ms + SECOND_MS / 2) / SECOND_MS);
    long long minutes = seconds / 60;
    long long hours = minutes / 60;
    long long days = hours / 24;
    if (days > 0 && hours % 24 != 0) {
        snprintf(out, WHEN_TEXT_SIZE, "%lld %s %lld h", days, day_word(language, days), hours % 24);
    } else if (days > 0) {
        snprintf(out, WHEN_TEXT_SIZE, "%lld %s", days, day_word(language, days));
    } else if (hours > 0 && minutes % 60 != 0) {
        snprintf(out, WHEN_TEXT_SIZE, "%lld h %lld min", hours, minutes % 60);
    } else if (hours > 0) {
        snprintf(out, WHEN_TEXT_SIZE, "%lld h", hours);
    } else if (minutes > 0) {
        snprintf(out, WHEN_TEXT_SIZE, "%lld min", minutes);
    } else {
        snprintf(out, WHEN_TEXT_SIZE, "%lld s", seconds);
    }
}

void when_rfc3339(int64_t at_ms, char out[WHEN_TEXT_SIZE])
{
    time_t seconds = (time_t)(at_ms / SECOND_MS);
    struct tm utc = {0};
    gmtime_r(&seconds, &utc);
    char date[WHEN_TEXT_SIZE / 2];
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out, WHEN_TEXT_SIZE, "%s.%03dZ", date, (int)(at_ms % SECOND_MS));
}

static int64_t unit_of(char letter)
{
    switch (letter) {
    case 's':
        return SECOND_MS;
    case 'm':
        return MINUTE_MS;
    case 'h':
        return HOUR_MS;
    case 'd':
        return DAY_MS;
    case 'w':
        return 7 * DAY_MS;
    default:
        return 0;
    }
}

static enum oim_status duration_wrong(const char *text, struct oim_error *err)
{
    return oim_fail(err, OIM_ERR_USAGE, "'%s' is no duration; write 90s, 30m, 8h, 7d or 1h30m", text);
}

enum oim_status when_parse_duration(const char *text, int64_t bare_unit_ms, int64_t *out_duration_ms,
                                    struct oim_error *err)
{
    int64_t total_ms = 0;
    const char *rest = text;
    if (*rest == '\0') {
        return duration_wrong(text, err);
    }
    while (*rest != '\0') {
        int64_t number = 0;
        const char *digits = rest;
        while (isdigit((unsigned char)*rest) && rest - digits < 10) {
            number = number * 10 + (*rest - '0');
            rest++;
        }
        if (rest == digits) {
            return duration_wrong(text, err);
        }
        int64_t unit_ms = *rest == '\0' && digits == text ? bare_unit_ms : unit_of(*rest);
        if (unit_ms == 0 || number > DURATION_MS_MAX / unit_ms) {
            return duration_wrong(text, err);
        }
        rest += *rest != '\0';
        total_ms += number * unit_ms;
        if (total_ms > DURATION_MS_MAX) {
            return duration_wrong(text, err);
        }
    }
    *out_duration_ms = total_ms;
    return OIM_OK;
}

static int64_t calendar_ms(struct tm *local)
{
    local->tm_isdst = -1;
    return (int64_t)mktime(local) * SECOND_MS;
}

static int64_t midnight_ms(int64_t now_ms, int days_later)
{
    struct tm local = local_of(now_ms);
    local.tm_hour = 0;
    local.tm_min = 0;
    local.tm_sec = 0;
    local.tm_mday += days_later;
    return calendar_ms(&local);
}

/* "14:00", "14:00:30" or "14:00:30.042". The size of what was read; 0: it is none. */
static size_t clock_parse(const char *text, struct tm *out, int *out_ms)
{
    int size = 0;
    out->tm_sec = 0;
    *out_ms = 0;
    if (sscanf(text, "%2d:%2d%n", &out->tm_hour, &out->tm_min, &size) != 2 ||
        !isdigit((unsigned char)text[0])) {
        return 0;
    }
    int more = 0;
    if (sscanf(text + size, ":%2d%n", &out->tm_sec, &more) == 1) {
        size += more;
        if (text[size] == '.') {
            size_t digits = strspn(text + size + 1, "0123456789");
            char fraction[4] = "000";
            memcpy(fraction, text + size + 1, digits < 3 ? digits : 3);
            *out_ms = atoi(fraction);
            size += 1 + (int)digits;
        }
    }
    bool is_good = out->tm_hour >= 0 && out->tm_hour < 24 && out->tm_min >= 0 && out->tm_min < 60 &&
                   out->tm_sec >= 0 && out->tm_sec < 60;
    return is_good ? (size_t)size : 0;
}

/* What follows the clock of an RFC 3339 time, "Z" or "+02:00": how far ahead of UTC. False: nothing of that.
 */
static bool zone_parse(const char *text, int64_t *out_ahead_ms)
{
    int hours = 0;
    int minutes = 0;
    int size = 0;
    *out_ahead_ms = 0;
    if (strcmp(text, "Z") == 0) {
        return true;
    }
    bool is_zone = (text[0] == '+' || text[0] == '-') && isdigit((unsigned char)text[1]) &&
                   sscanf(text + 1, "%2d:%2d%n", &hours, &minutes, &size) == 2 && text[1 + size] == '\0' &&
                   hours < 24 && minutes >= 0 && minutes < 60;
    *out_ahead_ms = (text[0] == '-' ? -1 : 1) * (hours * (int64_t)HOUR_MS + minutes * (int64_t)MINUTE_MS);
    return is_zone;
}

static bool date_parse(const char *text, int64_t *out_ms)
{
    struct tm local = {0};
    int size = 0;
    int ms = 0;
    int64_t ahead_ms = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &local.tm_year, &local.tm_mon, &local.tm_mday, &size) != 3) {
        return false;
    }
    const char *rest = text + size;
    if (*rest == 'T' || *rest == ' ') {
        size_t clock_size = clock_parse(rest + 1, &local, &ms);
        if (clock_size == 0) {
            return false;
        }
        rest += 1 + clock_size;
    }
    bool has_zone = rest > text + size && *rest != '\0';
    if (has_zone ? !zone_parse(rest, &ahead_ms) : *rest != '\0') {
        return false;
    }
    local.tm_year -= 1900;
    local.tm_mon -= 1;
    struct tm asked = local;
    int64_t at_ms = has_zone ? (int64_t)timegm(&local) * SECOND_MS : calendar_ms(&local);
    /* mktime makes 2 March of 30 February; that is not what was written. */
    if (local.tm_mday != asked.tm_mday || local.tm_mon != asked.tm_mon) {
        return false;
    }
    *out_ms = at_ms - ahead_ms + ms;
    return true;
}

/* -1: no weekday. Three letters are enough, more must be right. */
static int weekday_parse(const char *text)
{
    static const char *const names[7] = {"sunday",   "monday", "tuesday", "wednesday",
                                         "thursday", "friday", "saturday"};
    size_t size = strlen(text);
    for (int i = 0; i < 7 && size >= 3; i++) {
        if (strncasecmp(names[i], text, size) == 0) {
            return i;
        }
    }
    return -1;
}

enum oim_status when_parse_point(const char *text, int64_t now_ms, int direction, int64_t *out_ms,
                                 struct oim_error *err)
{
    static const struct {
        const char *word;
        int days_later;
    } days[] = {{"yesterday", -1}, {"today", 0}, {"tomorrow", 1}};
    for (size_t i = 0; i < OIM_COUNT(days); i++) {
        if (strcasecmp(text, days[i].word) == 0) {
            *out_ms = midnight_ms(now_ms, days[i].days_later);
            return OIM_OK;
        }
    }
    int weekday = weekday_parse(text);
    if (weekday >= 0) {
        int today = local_of(now_ms).tm_wday;
        int later = direction > 0 ? (weekday - today + 6) % 7 + 1 : -((today - weekday + 7) % 7);
        *out_ms = midnight_ms(now_ms, later);
        return OIM_OK;
    }
    struct tm local = local_of(now_ms);
    int ms = 0;
    size_t clock_size = clock_parse(text, &local, &ms);
    if (clock_size > 0 && text[clock_size] == '\0') {
        int64_t at_ms = calendar_ms(&local) + ms;
        if (direction > 0 && at_ms <= now_ms) {
            local.tm_mday++;
            at_ms = calendar_ms(&local) + ms;
        }
        *out_ms = at_ms;
        return OIM_OK;
    }
    if (date_parse(text, out_ms)) {
        return OIM_OK;
    }
    int64_t duration_ms = 0;
    if (when_parse_duration(text, 0, &duration_ms, NULL) == OIM_OK) {
        *out_ms = direction > 0 ? now_ms + duration_ms : now_ms - duration_ms;
        return OIM_OK;
    }
    return oim_fail(err, OIM_ERR_USAGE,
                    "'%s' is no time; write 14:00, yesterday, 2024-05-14, \"2024-05-14 14:00\", mon or 2h",
                    text);
}
