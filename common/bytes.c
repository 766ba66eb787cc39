/*
 * bytes.c - slices, bounded buffers, big-endian integers, base64url and UTF-8 checks.
 */
#include "common/bytes.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_CAPACITY_MIN 64

struct oim_slice oim_slice_text(const char *text)
{
    return oim_slice(text, text == NULL ? 0 : strlen(text));
}

bool oim_slice_equal(struct oim_slice a, struct oim_slice b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

void oim_buf_init(struct oim_buf *buf, size_t size_max)
{
    *buf = (struct oim_buf){.size_max = size_max};
}

void oim_buf_finish(struct oim_buf *buf)
{
    if (buf == NULL) {
        return;
    }
    free(buf->data);
    oim_buf_init(buf, buf->size_max);
}

void oim_buf_clear(struct oim_buf *buf)
{
    buf->size = 0;
}

struct oim_slice oim_buf_slice(const struct oim_buf *buf)
{
    return oim_slice(buf->data, buf->size);
}

static bool buf_reserve(struct oim_buf *buf, size_t size)
{
    assert(buf->size <= buf->capacity && buf->capacity <= buf->size_max);
    if (size > buf->size_max - buf->size) {
        return false;
    }
    size_t needed = buf->size + size;
    if (needed <= buf->capacity && buf->data != NULL) {
        return true;
    }
    size_t capacity = buf->capacity < BUF_CAPACITY_MIN ? BUF_CAPACITY_MIN : buf->capacity;
    while (capacity < needed && capacity <= buf->size_max / 2) {
        capacity *= 2;
    }
    if (capacity < needed || capacity > buf->size_max) {
        capacity = buf->size_max;
    }
    uint8_t *data = realloc(buf->data, capacity + 1);
    if (data == NULL) {
        return false;
    }
    buf->data = data;
    buf->capacity = capacity;
    return true;
}

uint8_t *oim_buf_grow_slowly(struct oim_buf *buf, size_t size)
{
    if (!buf_reserve(buf, size)) {
        return NULL;
    }
    uint8_t *where = buf->data + buf->size;
    buf->size += size;
    return where;
}

enum oim_status oim_buf_append(struct oim_buf *buf, const void *data, size_t size)
{
    assert(data != NULL || size == 0);
    uint8_t *where = oim_buf_grow(buf, size);
    if (where == NULL) {
        return OIM_ERR_LIMIT;
    }
    if (size > 0) {
        memcpy(where, data, size);
    }
    return OIM_OK;
}

enum oim_status oim_buf_printf(struct oim_buf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);

    enum oim_status status = OIM_ERR_LIMIT;
    if (length >= 0 && buf_reserve(buf, (size_t)length)) {
        vsnprintf((char *)buf->data + buf->size, (size_t)length + 1, format, again);
        buf->size += (size_t)length;
        status = OIM_OK;
    }
    va_end(again);
    return status;
}

static const char base64url_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void oim_base64url_encode(const uint8_t *data, size_t size, char *out_text)
{
    uint32_t bits = 0;
    unsigned bit_count = 0;
    for (size_t i = 0; i < size; i++) {
        bits = (bits << 8) | data[i];
        bit_count += 8;
        while (bit_count >= 6) {
            bit_count -= 6;
            *out_text++ = base64url_letters[(bits >> bit_count) & 63];
        }
    }
    if (bit_count > 0) {
        *out_text++ = base64url_letters[(bits << (6 - bit_count)) & 63];
    }
    *out_text = '\0';
}

static int base64url_value(char letter)
{
    if (letter >= 'A' && letter <= 'Z') {
        return letter - 'A';
    }
    if (letter >= 'a' && letter <= 'z') {
        return letter - 'a' + 26;
    }
    if (letter >= '0' && letter <= '9') {
        return letter - '0' + 52;
    }
    if (letter == '-') {
        return 62;
    }
    return letter == '_' ? 63 : -1;
}

enum oim_status oim_base64url_decode(const char *text, size_t text_size, uint8_t *out, size_t out_max,
                                     size_t *out_size)
{
    /* Four letters are three bytes; a single one left over is less than a byte. */
    if (text_size % 4 == 1) {
        return OIM_ERR_PROTOCOL;
    }
    for (size_t i = 0; i < text_size; i++) {
        if (base64url_value(text[i]) < 0) {
            return OIM_ERR_PROTOCOL;
        }
    }
    size_t tail_letters = text_size % 4;
    if (tail_letters != 0) {
        unsigned unused = tail_letters == 2 ? 0x0fu : 0x03u;
        if (((unsigned)base64url_value(text[text_size - 1]) & unused) != 0) {
            return OIM_ERR_PROTOCOL;
        }
    }
    size_t size = text_size / 4 * 3 + (tail_letters == 0 ? 0 : tail_letters - 1);
    if (size > out_max) {
        return OIM_ERR_LIMIT;
    }
    uint32_t bits = 0;
    unsigned bit_count = 0;
    for (size_t i = 0; i < text_size; i++) {
        bits = (bits << 6) | (uint32_t)base64url_value(text[i]);
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            *out++ = (uint8_t)(bits >> bit_count);
        }
    }
    *out_size = size;
    return OIM_OK;
}

/* The length of the well-formed sequence at data, 0 when there is none. Source: Unicode 15, table 3-7. */
static size_t utf8_sequence_size(const uint8_t *data, size_t size)
{
    uint8_t lead = data[0];
    if (lead < 0x80) {
        return lead == 0 ? 0 : 1;
    }
    size_t length = lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : 0;
    if (lead >= 0xf0 && lead <= 0xf4) {
        length = 4;
    }
    if (length == 0 || length > size) {
        return 0;
    }
    /* The second byte rules out overlong forms, surrogates and what is above U+10FFFF. */
    uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (data[1] < low || data[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < length; i++) {
        if ((data[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return length;
}

/* Whether eight bytes are ASCII and none of them is NUL. */
static bool is_plain(const uint8_t *data)
{
    const uint64_t ones = 0x0101010101010101u;
    const uint64_t highs = ones << 7;
    uint64_t word;
    memcpy(&word, data, sizeof(word));
    return ((word | (word - ones)) & highs) == 0;
}

bool oim_utf8_valid(const uint8_t *data, size_t size)
{
    size_t at = 0;
    while (at < size) {
        if (size - at >= sizeof(uint64_t) && is_plain(data + at)) {
            at += sizeof(uint64_t);
            continue;
        }
        size_t length = utf8_sequence_size(data + at, size - at);
        if (length == 0) {
            return false;
        }
        at += length;
    }
    return true;
}

bool oim_text_has_control(const uint8_t *data, size_t size, bool lines)
{
    for (size_t i = 0; i < size; i++) {
        bool is_line = data[i] == '\n' || data[i] == '\t';
        bool is_c1 = data[i] == 0xc2 && data[i + 1] < 0xa0; /* U+0080 to U+009F */
        if ((data[i] < 0x20 && !(is_line && lines)) || data[i] == 0x7f || is_c1) {
            return true;
        }
    }
    return false;
}

size_t oim_utf8_count(const uint8_t *data, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        count += (data[i] & 0xc0) != 0x80;
    }
    return count;
}
