/*
 * check.c - the messages of failed checks.
 */
#include "tests/support/check.h"

#include <inttypes.h>
#include <stdio.h>

#define HEX_SHOWN_MAX 32u

void check_true_at(bool condition, const char *text, const char *file, int line)
{
    if (!condition) {
        print_error("%s:%d: %s is false\n", file, line, text);
        _fail(file, line);
    }
}

void check_eq_at(uintmax_t actual, uintmax_t expected, const char *actual_text, const char *expected_text,
                 const char *file, int line)
{
    if (actual != expected) {
        print_error("%s:%d: %s is %" PRIdMAX " (0x%" PRIxMAX "), not %s, %" PRIdMAX " (0x%" PRIxMAX ")\n",
                    file, line, actual_text, (intmax_t)actual, actual, expected_text, (intmax_t)expected,
                    expected);
        _fail(file, line);
    }
}

void check_text_at(const char *actual, const char *expected, const char *actual_text, const char *file,
                   int line)
{
    if (actual == expected || (actual != NULL && expected != NULL && strcmp(actual, expected) == 0)) {
        return;
    }
    print_error("%s:%d: %s is\n  \"%s\", not\n  \"%s\"\n", file, line, actual_text,
                actual == NULL ? "(NULL)" : actual, expected == NULL ? "(NULL)" : expected);
    _fail(file, line);
}

static void print_hex(const char *what, const uint8_t *bytes, size_t size, size_t from)
{
    char digits[2 * HEX_SHOWN_MAX + 1] = "";
    size_t shown = size - from < HEX_SHOWN_MAX ? size - from : HEX_SHOWN_MAX;
    for (size_t i = 0; i < shown; i++) {
        snprintf(digits + 2 * i, 3, "%02x", bytes[from + i]);
    }
    print_error("  %s %s%s\n", what, digits, from + shown < size ? "..." : "");
}

void check_bytes_at(const void *actual, const void *expected, size_t size, const char *actual_text,
                    const char *file, int line)
{
    const uint8_t *a = actual;
    const uint8_t *b = expected;
    for (size_t i = 0; i < size; i++) {
        if (a[i] != b[i]) {
            print_error("%s:%d: %s differs from byte %zu of %zu on\n", file, line, actual_text, i, size);
            print_hex("is ", a, size, i);
            print_hex("not", b, size, i);
            _fail(file, line);
        }
    }
}

static int hex_value(char digit)
{
    const char *digits = "0123456789abcdef";
    const char *found =
        digit == '\0' ? NULL : strchr(digits, digit >= 'A' && digit <= 'F' ? digit + 32 : digit);
    return found == NULL ? -1 : (int)(found - digits);
}

size_t check_unhex(const char *hex, uint8_t *out, size_t out_max)
{
    size_t size = 0;
    while (*hex != '\0') {
        if (*hex == ' ') {
            hex++;
            continue;
        }
        int high = hex_value(hex[0]);
        int low = high < 0 ? -1 : hex_value(hex[1]);
        if (low < 0 || size == out_max) {
            print_error("bad or too long hexadecimal text at \"%.20s\"\n", hex);
            _fail(__FILE__, __LINE__);
        }
        out[size++] = (uint8_t)(high * 16 + low);
        hex += 2;
    }
    return size;
}

void check_hex_at(const void *actual, size_t actual_size, const char *expected_hex, const char *actual_text,
                  const char *file, int line)
{
    uint8_t expected[4096];
    size_t expected_size = check_unhex(expected_hex, expected, sizeof(expected));
    if (actual_size != expected_size) {
        print_error("%s:%d: %s has %zu bytes, not %zu\n", file, line, actual_text, actual_size,
                    expected_size);
        _fail(file, line);
    }
    check_bytes_at(actual, expected, actual_size, actual_text, file, line);
}

void check_status_at(enum oim_status actual, enum oim_status expected, const struct oim_error *err,
                     const char *actual_text, const char *file, int line)
{
    if (actual != expected) {
        print_error("%s:%d: %s is %s, not %s%s%s\n", file, line, actual_text, oim_status_name(actual),
                    oim_status_name(expected), err == NULL ? "" : ": ", err == NULL ? "" : err->text);
        _fail(file, line);
    }
}
