/* test_log.c - one event, one line. */
#include "common/os/log.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/check.h"

/* A log that writes to memory. */
struct captured {
    struct log log;
    char *text;
    size_t size;
};

static void captured_init(struct captured *captured, enum log_level level)
{
    *captured = (struct captured){0};
    captured->log.level = level;
    captured->log.stream = open_memstream(&captured->text, &captured->size);
    CHECK(captured->log.stream != NULL);
}

static void captured_finish(struct captured *captured)
{
    fclose(captured->log.stream);
    free(captured->text);
}

static void log__is_one_line__with_time_level_event_and_fields(void **state)
{
    (void)state;
    struct captured captured;
    captured_init(&captured, LOG_LEVEL_INFO);
    log_event(&captured.log, LOG_LEVEL_INFO, "session.opened", "device=%s epoch=%d", "11fd4w", 42);
    regex_t pattern;
    CHECK_EQ(regcomp(&pattern,
                     "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z "
                     "info session\\.opened device=11fd4w epoch=42\n$",
                     REG_EXTENDED | REG_NOSUB),
             0);
    if (regexec(&pattern, captured.text, 0, NULL, 0) != 0) {
        CHECK_TEXT(captured.text, "a line of the documented form");
    }
    regfree(&pattern);
    captured_finish(&captured);
}

static void log__leaves_out_what_is_below_its_level__and_the_blank_without_fields(void **state)
{
    (void)state;
    struct captured captured;
    captured_init(&captured, LOG_LEVEL_WARN);
    log_event(&captured.log, LOG_LEVEL_INFO, "too.quiet", "a=%d", 1);
    log_event(&captured.log, LOG_LEVEL_DEBUG, "quieter.still", "a=%d", 1);
    CHECK_EQ(captured.size, 0);
    log_event(&captured.log, LOG_LEVEL_WARN, "disk.low", "%s", "");
    log_event(&captured.log, LOG_LEVEL_ERROR, "disk.full", "%s", "");
    CHECK(strstr(captured.text, " warn disk.low\n") != NULL);
    CHECK(strstr(captured.text, " error disk.full\n") != NULL);
    captured_finish(&captured);
}

static void log__stays_one_line__whatever_a_value_holds(void **state)
{
    (void)state;
    struct captured captured;
    captured_init(&captured, LOG_LEVEL_INFO);
    log_event(&captured.log, LOG_LEVEL_INFO, "odd", "a=%s", "1\n2000-01-01 error forged\x1b[2J");
    CHECK(strstr(captured.text, "a=1?2000-01-01 error forged?[2J\n") != NULL);
    CHECK(strchr(captured.text, '\n') == captured.text + captured.size - 1);
    captured_finish(&captured);
}

static void log__is_cut__when_fields_are_endless(void **state)
{
    (void)state;
    static char endless[10000];
    memset(endless, 'x', sizeof(endless) - 1);
    struct captured captured;
    captured_init(&captured, LOG_LEVEL_INFO);
    log_event(&captured.log, LOG_LEVEL_INFO, "long", "a=%s", endless);
    CHECK(captured.size > 1000 && captured.size < 4096);
    CHECK_TEXT(captured.text + captured.size - 4, "xxx\n");
    captured_finish(&captured);
}

static void quote__leaves_plain_words__and_quotes_the_rest(void **state)
{
    (void)state;
    char out[64];
    CHECK_TEXT(log_quote(out, sizeof(out), "aZ09._:/@+-"), "aZ09._:/@+-");
    CHECK_TEXT(log_quote(out, sizeof(out), ""), "\"\"");
    CHECK_TEXT(log_quote(out, sizeof(out), "two words"), "\"two words\"");
    CHECK_TEXT(log_quote(out, sizeof(out), "a=b"), "\"a=b\"");
    CHECK_TEXT(log_quote(out, sizeof(out), "say \"hi\" \\o/"), "\"say \\\"hi\\\" \\\\o/\"");
    CHECK_TEXT(log_quote(out, sizeof(out), "a\n\x1b\x7f"), "\"a\\x0a\\x1b\\x7f\"");
    CHECK_TEXT(log_quote(out, sizeof(out), "niño"), "\"niño\"");
}

static void quote__closes_its_quotes__when_the_text_is_cut(void **state)
{
    (void)state;
    char out[8];
    CHECK_TEXT(log_quote(out, sizeof(out), "abcdefg"), "abcdefg");
    CHECK_TEXT(log_quote(out, sizeof(out), "abcdefgh"), "\"abcde\"");
    CHECK_TEXT(log_quote(out, sizeof(out), "a b\n\n"), "\"a b\"");
    CHECK_TEXT(log_quote(out, 3, "a b"), "\"\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log__is_one_line__with_time_level_event_and_fields),
        cmocka_unit_test(log__leaves_out_what_is_below_its_level__and_the_blank_without_fields),
        cmocka_unit_test(log__stays_one_line__whatever_a_value_holds),
        cmocka_unit_test(log__is_cut__when_fields_are_endless),
        cmocka_unit_test(quote__leaves_plain_words__and_quotes_the_rest),
        cmocka_unit_test(quote__closes_its_quotes__when_the_text_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
