/*
 * error.c - filling in a struct oim_error.
 */
#include "common/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A sentence cut short in the middle of a UTF-8 sequence loses that sequence whole. */
static void drop_broken_tail(char *text, size_t size)
{
    size_t start = size;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80) {
        start--;
    }
    if (start > 0 && (unsigned char)text[start - 1] >= 0xc0) {
        text[start - 1] = '\0';
    }
}

enum oim_status oim_fail(struct oim_error *err, enum oim_status status, const char *format, ...)
{
    assert(status != OIM_OK);
    if (err == NULL) {
        return status;
    }
    /* Not straight into err->text, because that may well be one of the arguments ("open: %s"). */
    char text[OIM_ERROR_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (length < 0) {
        text[0] = '\0';
    } else if ((size_t)length >= sizeof(text)) {
        drop_broken_tail(text, sizeof(text) - 1);
    }
    err->status = status;
    memcpy(err->text, text, sizeof(text));
    return status;
}
