/* test_bytes.c - borrowed and owned bytes, and the small encodings. */
#include "common/bytes.h"

#include "tests/support/check.h"
#include "tests/support/fake.h"

static void slice__compares__by_content(void **state)
{
    (void)state;
    char copy[] = "abc";
    CHECK(oim_slice_equal(OIM_SLICE_LITERAL("abc"), oim_slice(copy, 3)));
    CHECK(!oim_slice_equal(OIM_SLICE_LITERAL("abc"), OIM_SLICE_LITERAL("abd")));
    CHECK(!oim_slice_equal(OIM_SLICE_LITERAL("abc"), OIM_SLICE_LITERAL("ab")));
    CHECK(oim_slice_equal(oim_slice(NULL, 0), oim_slice_text("")));
    CHECK_EQ(oim_slice_text(NULL).size, 0);
    CHECK_EQ(OIM_SLICE_LITERAL("a\0b").size, 3);
}

static void buf__grows__until_its_maximum(void **state)
{
    (void)state;
    OIM_CLEANUP(oim_buf_finish) struct oim_buf buf;
    oim_buf_init(&buf, 1000);
    for (unsigned i = 0; i < 1000; i++) {
        uint8_t byte = (uint8_t)i;
        CHECK_OK(oim_buf_append(&buf, &byte, 1));
        CHECK(buf.size <= buf.capacity && buf.capacity <= buf.size_max);
    }
    CHECK_STATUS(oim_buf_append(&buf, "x", 1), OIM_ERR_LIMIT);
    CHECK_EQ(buf.size, 1000);
    for (unsigned i = 0; i < 1000; i++) {
        CHECK_EQ(buf.data[i], (uint8_t)i);
    }
}

static void buf__appends_nothing__when_a_piece_does_not_fit(void **state)
{
    (void)state;
    OIM_CLEANUP(oim_buf_finish) struct oim_buf buf;
    oim_buf_init(&buf, 4);
    CHECK_OK(oim_buf_append(&buf, "abc", 3));
    CHECK_STATUS(oim_buf_append(&buf, "de", 2), OIM_ERR_LIMIT);
    CHECK_STATUS(oim_buf_append(&buf, "de", SIZE_MAX), OIM_ERR_LIMIT);
    CHECK(oim_buf_grow(&buf, 2) == NULL);
    CHECK_STATUS(oim_buf_printf(&buf, "%d", 12), OIM_ERR_LIMIT);
    CHECK_EQ(buf.size, 3);
    CHECK_OK(oim_buf_append(&buf, "d", 1));
    CHECK_BYTES(buf.data, "abcd", 4);
}

static void buf__prints_with_a_terminator__that_is_not_counted(void **state)
{
    (void)state;
    OIM_CLEANUP(oim_buf_finish) struct oim_buf buf;
    oim_buf_init(&buf, 6);
    CHECK_OK(oim_buf_printf(&buf, "%s-%d", "ab", 1));
    CHECK_TEXT((const char *)buf.data, "ab-1");
    CHECK_OK(oim_buf_printf(&buf, "%02x", 7));
    CHECK_EQ(buf.size, 6);
    CHECK_TEXT((const char *)buf.data, "ab-107");
    CHECK_OK(oim_buf_printf(&buf, "%s", ""));
    CHECK_EQ(buf.size, 6);
}

static void buf__is_usable_again__after_clear_and_finish(void **state)
{
    (void)state;
    struct oim_buf buf = {0};
    oim_buf_finish(&buf);
    oim_buf_finish(NULL);
    CHECK_STATUS(oim_buf_append(&buf, "a", 1), OIM_ERR_LIMIT);
    CHECK_OK(oim_buf_append(&buf, NULL, 0));
    oim_buf_finish(&buf);

    oim_buf_init(&buf, 8);
    CHECK_OK(oim_buf_append(&buf, "abc", 3));
    const uint8_t *data = buf.data;
    oim_buf_clear(&buf);
    CHECK_EQ(oim_buf_slice(&buf).size, 0);
    CHECK_OK(oim_buf_append(&buf, "de", 2));
    CHECK(buf.data == data);
    oim_buf_finish(&buf);
    CHECK(buf.data == NULL);
    CHECK_OK(oim_buf_append(&buf, "12345678", 8));
    oim_buf_finish(&buf);
}

static void big_endian__puts_the_high_byte_first__and_reads_it_back(void **state)
{
    (void)state;
    uint8_t bytes[8];
    oim_put_be16(bytes, 0xfedc);
    CHECK_HEX(bytes, 2, "fedc");
    CHECK_EQ(oim_get_be16(bytes), 0xfedc);
    oim_put_be32(bytes, 0xfedcba98);
    CHECK_HEX(bytes, 4, "fedcba98");
    CHECK_EQ(oim_get_be32(bytes), 0xfedcba98u);
    oim_put_be64(bytes, 0xfedcba9876543210u);
    CHECK_HEX(bytes, 8, "fedcba9876543210");
    CHECK_EQ(oim_get_be64(bytes), 0xfedcba9876543210u);
}

/* RFC 4648, section 10, without the padding, and the two letters that make it "url". */
static void base64url__agrees__with_rfc_4648(void **state)
{
    (void)state;
    static const struct {
        const char *plain;
        const char *text;
    } cases[] = {{"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
                 {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "-__-"}};
    for (size_t i = 0; i < OIM_COUNT(cases); i++) {
        char text[16];
        uint8_t plain[16];
        size_t size;
        oim_base64url_encode((const uint8_t *)cases[i].plain, strlen(cases[i].plain), text);
        CHECK_TEXT(text, cases[i].text);
        CHECK_OK(oim_base64url_decode(text, strlen(text), plain, sizeof(plain), &size));
        CHECK_EQ(size, strlen(cases[i].plain));
        CHECK_BYTES(plain, cases[i].plain, size);
    }
}

static void base64url__refuses__what_it_would_not_have_written(void **state)
{
    (void)state;
    static const char *const bad[] = {"Z",    "Zm9vY", "Zg==",  "Zh",     "Zm9",
                                      "Zm+v", "Zm/v",  "Zm 9v", "Zm9v\n", "Zm\xc3\xa9v"};
    uint8_t plain[16];
    size_t size = 77;
    for (size_t i = 0; i < OIM_COUNT(bad); i++) {
        CHECK_STATUS(oim_base64url_decode(bad[i], strlen(bad[i]), plain, sizeof(plain), &size),
                     OIM_ERR_PROTOCOL);
    }
    CHECK_STATUS(oim_base64url_decode("Zm9v", 4, plain, 2, &size), OIM_ERR_LIMIT);
    CHECK_EQ(size, 77);
}

/* Goal: each byte has one text. Method: of all texts of two letters, as many are read as there are bytes. */
static void base64url__has_one_text__for_each_byte(void **state)
{
    (void)state;
    unsigned accepted = 0;
    for (unsigned first = 1; first < 256; first++) {
        for (unsigned second = 1; second < 256; second++) {
            char text[] = {(char)first, (char)second, '\0'};
            char back[3];
            uint8_t byte;
            size_t size;
            if (oim_base64url_decode(text, 2, &byte, 1, &size) == OIM_OK) {
                oim_base64url_encode(&byte, 1, back);
                CHECK_TEXT(back, text);
                accepted++;
            }
        }
    }
    CHECK_EQ(accepted, 256);
}

static void base64url__returns__what_went_in(void **state)
{
    (void)state;
    struct fake_random fake;
    fake_random_init(&fake, 1);
    struct oim_random random = fake_random_of(&fake);
    for (size_t size = 0; size < 70; size++) {
        uint8_t in[70];
        uint8_t out[70];
        char text[4 * ((70 + 2) / 3) + 1];
        size_t out_size;
        oim_random_fill(&random, in, size);
        oim_base64url_encode(in, size, text);
        CHECK_OK(oim_base64url_decode(text, strlen(text), out, sizeof(out), &out_size));
        CHECK_EQ(out_size, size);
        CHECK_BYTES(out, in, size);
    }
}

#define VALID(text) oim_utf8_valid((const uint8_t *)(text), sizeof(text) - 1)

static void utf8__is_valid__at_the_edges_of_each_length(void **state)
{
    (void)state;
    CHECK(VALID(""));
    CHECK(VALID("\x01 \x7f"));
    CHECK(VALID("\xc2\x80\xdf\xbf"));
    CHECK(VALID("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"));
    CHECK(VALID("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
}

static void utf8__is_invalid__beyond_them(void **state)
{
    (void)state;
    CHECK(!VALID("\0"));
    CHECK(!VALID("\x80"));
    CHECK(!VALID("\xbf"));
    CHECK(!VALID("\xc0\x80"));
    CHECK(!VALID("\xc1\xbf"));
    CHECK(!VALID("\xc2"));
    CHECK(!VALID("\xc2\x7f"));
    CHECK(!VALID("\xc2\xc0"));
    CHECK(!VALID("\xe0\x9f\xbf"));
    CHECK(!VALID("\xed\xa0\x80"));
    CHECK(!VALID("\xe2\x82"));
    CHECK(!VALID("\xe2\x82\x28"));
    CHECK(!VALID("\xf0\x8f\xbf\xbf"));
    CHECK(!VALID("\xf4\x90\x80\x80"));
    CHECK(!VALID("\xf5\x80\x80\x80"));
    CHECK(!VALID("\xff"));
}

/* The whole of Unicode, written by the definition in RFC 3629, section 3: all but NUL and surrogates are
 * valid. */
static void utf8__accepts_every_code_point__and_counts_it_once(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        uint8_t bytes[4];
        size_t size;
        if (code < 0x80) {
            bytes[0] = (uint8_t)code;
            size = 1;
        } else if (code < 0x800) {
            bytes[0] = (uint8_t)(0xc0 | (code >> 6));
            size = 2;
        } else if (code < 0x10000) {
            bytes[0] = (uint8_t)(0xe0 | (code >> 12));
            size = 3;
        } else {
            bytes[0] = (uint8_t)(0xf0 | (code >> 18));
            size = 4;
        }
        for (size_t i = 1; i < size; i++) {
            bytes[i] = (uint8_t)(0x80 | ((code >> (6 * (size - 1 - i))) & 0x3f));
        }
        bool surrogate = code >= 0xd800 && code <= 0xdfff;
        bool expected = code != 0 && !surrogate;
        if (oim_utf8_valid(bytes, size) != expected || oim_utf8_count(bytes, size) != 1) {
            CHECK_EQ(code, UINT32_MAX);
        }
    }
    CHECK_EQ(oim_utf8_count((const uint8_t *)"a\xc3\xa9\xe2\x82\xac\xf0\x9f\x91\x8d", 10), 4);
}

#define HAS_CONTROL(text, lines) oim_text_has_control((const uint8_t *)(text), sizeof(text) - 1, lines)

static void text__has_control__from_both_sets__and_line_ends_where_there_are_no_lines(void **state)
{
    (void)state;
    CHECK(!HAS_CONTROL("", false));
    CHECK(!HAS_CONTROL("a\xc2\xa0\xc3\x82\xe2\x82\xac~", false));
    CHECK(HAS_CONTROL("\x1f", true));
    CHECK(HAS_CONTROL("a\x7f", true));
    CHECK(HAS_CONTROL("a\xc2\x80", true));
    CHECK(HAS_CONTROL("a\xc2\x9f", true));
    CHECK(HAS_CONTROL("a\r\n", true));
    CHECK(!HAS_CONTROL("a\n\tb", true));
    CHECK(HAS_CONTROL("a\nb", false));
    CHECK(HAS_CONTROL("a\tb", false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slice__compares__by_content),
        cmocka_unit_test(buf__grows__until_its_maximum),
        cmocka_unit_test(buf__appends_nothing__when_a_piece_does_not_fit),
        cmocka_unit_test(buf__prints_with_a_terminator__that_is_not_counted),
        cmocka_unit_test(buf__is_usable_again__after_clear_and_finish),
        cmocka_unit_test(big_endian__puts_the_high_byte_first__and_reads_it_back),
        cmocka_unit_test(base64url__agrees__with_rfc_4648),
        cmocka_unit_test(base64url__refuses__what_it_would_not_have_written),
        cmocka_unit_test(base64url__has_one_text__for_each_byte),
        cmocka_unit_test(base64url__returns__what_went_in),
        cmocka_unit_test(utf8__is_valid__at_the_edges_of_each_length),
        cmocka_unit_test(utf8__is_invalid__beyond_them),
        cmocka_unit_test(utf8__accepts_every_code_point__and_counts_it_once),
        cmocka_unit_test(text__has_control__from_both_sets__and_line_ends_where_there_are_no_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
