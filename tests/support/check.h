/*
 * check.h - what a test says about a result, over cmocka, with messages that show both sides.
 *
 * Include this instead of cmocka.h, which wants its own includes in front. A failed check ends its test; the
 * actual value stands left, the expected one right.
 */
#ifndef OIM_TESTS_SUPPORT_CHECK_H
#define OIM_TESTS_SUPPORT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/attr.h"
#include "common/bytes.h"
#include "common/error.h"
#include "common/status.h"

/** Bytes written as hexadecimal digits, blanks allowed. Fails the test when they do not fit or are none. */
size_t check_unhex(const char *hex, uint8_t *out, size_t out_max);

void check_true_at(bool condition, const char *text, const char *file, int line);
void check_eq_at(uintmax_t actual, uintmax_t expected, const char *actual_text, const char *expected_text,
                 const char *file, int line);
void check_text_at(const char *actual, const char *expected, const char *actual_text, const char *file,
                   int line);
void check_bytes_at(const void *actual, const void *expected, size_t size, const char *actual_text,
                    const char *file, int line);
void check_hex_at(const void *actual, size_t actual_size, const char *expected_hex, const char *actual_text,
                  const char *file, int line);
void check_status_at(enum oim_status actual, enum oim_status expected, const struct oim_error *err,
                     const char *actual_text, const char *file, int line);

#define CHECK(condition) check_true_at((condition), #condition, __FILE__, __LINE__)
/* Integers of any width and sign, enumerations, booleans. */
#define CHECK_EQ(actual, expected) \
    check_eq_at((uintmax_t)(actual), (uintmax_t)(expected), #actual, #expected, __FILE__, __LINE__)
/* Terminated strings; NULL equals only NULL. */
#define CHECK_TEXT(actual, expected) check_text_at((actual), (expected), #actual, __FILE__, __LINE__)
#define CHECK_BYTES(actual, expected, size) \
    check_bytes_at((actual), (expected), (size), #actual, __FILE__, __LINE__)
#define CHECK_HEX(actual, size, hex) check_hex_at((actual), (size), (hex), #actual, __FILE__, __LINE__)
#define CHECK_STATUS(actual, expected) \
    check_status_at((actual), (expected), NULL, #actual, __FILE__, __LINE__)
#define CHECK_OK(actual) CHECK_STATUS(actual, OIM_OK)
/* The same for calls that fill a struct oim_error: its sentence goes into the message. */
#define CHECK_OK_ERR(actual, err) check_status_at((actual), OIM_OK, (err), #actual, __FILE__, __LINE__)

#endif
