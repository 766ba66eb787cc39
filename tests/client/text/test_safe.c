/* test_safe.c - what a hostile text may do to a terminal: nothing. */
#include "client/text/safe.h"

#include <stdlib.h>

#include "tests/support/check.h"
#include "tests/support/fake.h"

static void check_safe(enum safe_newlines newlines, struct oim_slice in, const char *expected)
{
    OIM_CLEANUP(oim_buf_finish) struct oim_buf out = {.size_max = 4096};
    CHECK_OK(text_safe_append(&out, in, newlines));
    CHECK_OK(oim_buf_append(&out, "", 1));
    CHECK_TEXT((const char *)out.data, expected);
}

#define CHECK_SAFE(in, expected) check_safe(SAFE_KEEP_NEWLINES, OIM_SLICE_LITERAL(in), (expected))
#define CHECK_SAFE_LINE(in, expected) check_safe(SAFE_MARK_NEWLINES, OIM_SLICE_LITERAL(in), (expected))

static void safe__keeps_text_as_it_is__when_people_wrote_it(void **state)
{
    (void)state;
    CHECK_SAFE("", "");
    CHECK_SAFE("hello, world", "hello, world");
    CHECK_SAFE("¿Mañana? niño, e\xcc\x81", "¿Mañana? niño, e\xcc\x81");
    CHECK_SAFE("日本語 한국어 עברית العربية ไทย", "日本語 한국어 עברית العربية ไทย");
    CHECK_SAFE("👍🏽 🇪🇸 ❤️ 1️⃣", "👍🏽 🇪🇸 ❤️ 1️⃣");
    CHECK_SAFE("two\nlines", "two\nlines");
}

static void safe__shows_pictures__for_control_characters(void **state)
{
    (void)state;
    CHECK_SAFE("\x1b[2J\x1b]0;title\x07", "␛[2J␛]0;title␇");
    CHECK_SAFE("a\0b", "a␀b");
    CHECK_SAFE("rub\x7fout\b", "rub␡out␈");
    CHECK_SAFE("a\tb", "a    b");
    CHECK_SAFE("over\rwritten", "over␍written");
}

/* Eight-bit terminals take U+009B for ESC [, and some decode it from UTF-8. */
static void safe__replaces_c1__in_utf8_and_raw(void **state)
{
    (void)state;
    CHECK_SAFE("\xc2\x9b"
               "31m",
               "\xef\xbf\xbd"
               "31m");
    CHECK_SAFE("\x9b"
               "31m",
               "\xef\xbf\xbd"
               "31m");
    CHECK_SAFE("\xc2\x85", "\xef\xbf\xbd");
}

static void safe__marks_line_ends__where_one_line_is_wanted(void **state)
{
    (void)state;
    CHECK_SAFE_LINE("a\nb\r\nc", "a⏎b⏎c");
    CHECK_SAFE("a\r\nb", "a\nb");
    CHECK_SAFE("a\r\r\nb", "a␍\nb");
    CHECK_SAFE("a\xe2\x80\xa8"
               "b\xe2\x80\xa9",
               "a<U+2028>b<U+2029>");
}

static void safe__replaces_bytes__that_are_no_utf8(void **state)
{
    (void)state;
    CHECK_SAFE("caf\xe9", "caf\xef\xbf\xbd");
    CHECK_SAFE("\xc0\x8a", "\xef\xbf\xbd\xef\xbf\xbd");                 /* an overlong newline */
    CHECK_SAFE("\xe0\x80\x9b", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); /* an overlong ESC */
    CHECK_SAFE("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); /* a surrogate */
    CHECK_SAFE("\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    CHECK_SAFE("cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd");
    CHECK_SAFE("\xef\xbf\xbe", "\xef\xbf\xbd"); /* a noncharacter */
}

static void safe__shows_the_number__of_what_reorders_or_hides(void **state)
{
    (void)state;
    CHECK_SAFE("invoice\xe2\x80\xaexcod.exe", "invoice<U+202E>xcod.exe");
    CHECK_SAFE("\xe2\x81\xa6x\xe2\x81\xa9\xd8\x9c", "<U+2066>x<U+2069><U+061C>");
    CHECK_SAFE("pay\xe2\x80\x8bpal \xef\xbb\xbf", "pay<U+200B>pal <U+FEFF>");
    CHECK_SAFE("a\xc2\xad"
               "b",
               "a<U+00AD>b");
    CHECK_SAFE("a\xe2\x80\x8d"
               "b",
               "a<U+200D>b");
    CHECK_SAFE("x\xf3\xa0\x81\xa7", "x<U+E0067>");
    CHECK_SAFE("\xe3\x85\xa4", "<U+3164>");
    CHECK_SAFE("\xef\xbf\xb9", "<U+FFF9>");
}

static void safe__keeps_joiners__inside_emoji_and_words_that_need_them(void **state)
{
    (void)state;
    CHECK_SAFE("👩‍🚀", "👩‍🚀");
    CHECK_SAFE("👩🏽‍❤️‍👨🏽", "👩🏽‍❤️‍👨🏽");
    CHECK_SAFE("می\xe2\x80\x8cخواهم", "می\xe2\x80\x8cخواهم");
    CHECK_SAFE("👩\xe2\x80\x8d", "👩<U+200D>");
    CHECK_SAFE("\xe2\x80\x8d👩", "<U+200D>👩");
    CHECK_SAFE("👩\xe2\x80\x8d\xe2\x80\x8d👩", "👩<U+200D><U+200D>👩");
}

static void safe__gives_a_mark_a_base__at_the_start_of_a_line(void **state)
{
    (void)state;
    CHECK_SAFE("\xcc\x81x", "\xe2\x97\x8c\xcc\x81x");
    CHECK_SAFE("a\n\xcc\x81", "a\n\xe2\x97\x8c\xcc\x81");
}

static void safe__stops_marks__from_climbing_over_other_lines(void **state)
{
    (void)state;
    CHECK_SAFE("a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81",
               "a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xef\xbf\xbd");
}

static void safe__leaves_the_buffer_as_it_was__when_it_does_not_fit(void **state)
{
    (void)state;
    OIM_CLEANUP(oim_buf_finish) struct oim_buf out = {.size_max = 8};
    CHECK_OK(text_safe_append(&out, OIM_SLICE_LITERAL("abc"), SAFE_KEEP_NEWLINES));
    CHECK_STATUS(text_safe_append(&out, OIM_SLICE_LITERAL("123\x1b\x1b"), SAFE_KEEP_NEWLINES), OIM_ERR_LIMIT);
    CHECK_EQ(out.size, 3);
    CHECK_BYTES(out.data, "abc", 3);
}

static void safe__cuts_between_characters__when_the_array_is_short(void **state)
{
    (void)state;
    char out[6];
    CHECK_TEXT(text_safe(out, sizeof(out), OIM_SLICE_LITERAL("abcdef"), SAFE_MARK_NEWLINES), "abcde");
    CHECK_TEXT(text_safe(out, sizeof(out), OIM_SLICE_LITERAL("abc\xe2\x82\xac"), SAFE_MARK_NEWLINES), "abc");
    CHECK_TEXT(text_safe(out, 1, OIM_SLICE_LITERAL("a"), SAFE_MARK_NEWLINES), "");
}

/* The invariants of safe.h on one output. */
static void check_harmless(struct oim_slice out, enum safe_newlines newlines)
{
    CHECK(oim_utf8_valid(out.data, out.size));
    for (size_t i = 0; i < out.size; i++) {
        uint8_t byte = out.data[i];
        CHECK(byte >= 0x20 || (byte == '\n' && newlines == SAFE_KEEP_NEWLINES));
        CHECK(byte != 0x7f);
        if (byte == 0xc2) {
            CHECK(out.data[i + 1] >= 0xa0);
        }
    }
}

/*
 * Goal:   the invariants hold for any bytes, and cleaning twice is cleaning once.
 * Method: random strings, drawn from a list of dangerous pieces half of the time so that they meet each
 * other.
 */
static void safe__is_harmless_and_stable__for_random_bytes(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "\x1b[", "\n",           "\r",           "\xc2\x9b",     "\xe2\x80\xae",     "\xe2\x80\x8d",
        "👩",     "\xcc\x81",     "\xef\xb8\x8f", "\xf0\x9f\x87", "\xd7\xa9",         "\xef\xbf\xbf",
        "a",     "\xe2\x80\xa8", "\x80",         "\xed\xa0\x80", "\xf3\xa0\x84\x80", "\x7f"};
    struct fake_random random;
    fake_random_init(&random, 4);
    OIM_CLEANUP(oim_buf_finish) struct oim_buf in = {.size_max = 4096};
    OIM_CLEANUP(oim_buf_finish) struct oim_buf once = {.size_max = 4096};
    OIM_CLEANUP(oim_buf_finish) struct oim_buf twice = {.size_max = 16384};
    for (unsigned round = 0; round < 20000; round++) {
        enum safe_newlines newlines = round % 2 == 0 ? SAFE_KEEP_NEWLINES : SAFE_MARK_NEWLINES;
        oim_buf_clear(&in);
        oim_buf_clear(&once);
        oim_buf_clear(&twice);
        size_t count = fake_random_below(&random, 24);
        for (size_t i = 0; i < count; i++) {
            uint64_t draw = fake_random_u64(&random);
            uint8_t byte = (uint8_t)(draw >> 8);
            const char *piece = pieces[(draw >> 16) % OIM_COUNT(pieces)];
            CHECK_OK(draw % 2 == 0 ? oim_buf_append(&in, &byte, 1)
                                   : oim_buf_append(&in, piece, strlen(piece)));
        }
        CHECK_OK(text_safe_append(&once, oim_buf_slice(&in), newlines));
        check_harmless(oim_buf_slice(&once), newlines);
        CHECK(once.size <= SAFE_GROWTH_MAX * in.size);
        CHECK_OK(text_safe_append(&twice, oim_buf_slice(&once), newlines));
        CHECK(oim_slice_equal(oim_buf_slice(&once), oim_buf_slice(&twice)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(safe__keeps_text_as_it_is__when_people_wrote_it),
        cmocka_unit_test(safe__shows_pictures__for_control_characters),
        cmocka_unit_test(safe__replaces_c1__in_utf8_and_raw),
        cmocka_unit_test(safe__marks_line_ends__where_one_line_is_wanted),
        cmocka_unit_test(safe__replaces_bytes__that_are_no_utf8),
        cmocka_unit_test(safe__shows_the_number__of_what_reorders_or_hides),
        cmocka_unit_test(safe__keeps_joiners__inside_emoji_and_words_that_need_them),
        cmocka_unit_test(safe__gives_a_mark_a_base__at_the_start_of_a_line),
        cmocka_unit_test(safe__stops_marks__from_climbing_over_other_lines),
        cmocka_unit_test(safe__leaves_the_buffer_as_it_was__when_it_does_not_fit),
        cmocka_unit_test(safe__cuts_between_characters__when_the_array_is_short),
        cmocka_unit_test(safe__is_harmless_and_stable__for_random_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
