/*
 * bytes.h - borrowed bytes (oim_slice) and owned, bounded bytes (oim_buf).
 *
 * Invariants of oim_buf: size <= capacity <= size_max; data is NULL while capacity is 0, else it has room for
 * one byte more than capacity, for a terminator.
 */
#ifndef OIM_COMMON_BYTES_H
#define OIM_COMMON_BYTES_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attr.h"
#include "common/status.h"

struct oim_slice {
    const uint8_t *data; /* borrowed; may be NULL when size is 0 */
    size_t size;
};

struct oim_buf {
    uint8_t *data; /* owned */
    size_t size;
    size_t capacity;
    size_t size_max; /* never grows beyond; full is OIM_ERR_LIMIT */
};

#define OIM_SLICE_LITERAL(text) \
    ((struct oim_slice){.data = (const uint8_t *)(text), .size = sizeof(text) - 1})

static inline struct oim_slice oim_slice(const void *data, size_t size)
{
    assert(data != NULL || size == 0);
    return (struct oim_slice){.data = data, .size = size};
}

struct oim_slice oim_slice_text(const char *text); /* NULL gives the empty slice */
bool oim_slice_equal(struct oim_slice a, struct oim_slice b);

void oim_buf_init(struct oim_buf *buf, size_t size_max);
void oim_buf_finish(struct oim_buf *buf); /* frees; accepts all-zero; leaves it empty and usable again */
void oim_buf_clear(struct oim_buf *buf);  /* size 0, memory kept */
struct oim_slice oim_buf_slice(const struct oim_buf *buf);

/** Append. Nothing is appended when it does not fit. Errors: OIM_ERR_LIMIT beyond size_max. */
OIM_MUST_CHECK enum oim_status oim_buf_append(struct oim_buf *buf, const void *data, size_t size);
uint8_t *oim_buf_grow_slowly(struct oim_buf *buf, size_t size); /* oim_buf_grow, when memory is needed */
/** Lengthen by size bytes and return where they go; the caller writes them. NULL beyond size_max. */
static inline uint8_t *oim_buf_grow(struct oim_buf *buf, size_t size)
{
    if (buf->data == NULL || size > buf->capacity - buf->size) {
        return oim_buf_grow_slowly(buf, size);
    }
    uint8_t *where = buf->data + buf->size;
    buf->size += size;
    return where;
}
OIM_MUST_CHECK enum oim_status oim_buf_printf(struct oim_buf *buf, const char *format, ...)
    OIM_PRINTF(2, 3); /* no terminator is counted, but one always follows the data */

/* Big endian, as all fixed layouts of the protocol. */
static inline void oim_put_be16(uint8_t *out, uint16_t value)
{
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
}

static inline void oim_put_be32(uint8_t *out, uint32_t value)
{
    oim_put_be16(out, (uint16_t)(value >> 16));
    oim_put_be16(out + 2, (uint16_t)value);
}

static inline void oim_put_be64(uint8_t *out, uint64_t value)
{
    oim_put_be32(out, (uint32_t)(value >> 32));
    oim_put_be32(out + 4, (uint32_t)value);
}

static inline uint16_t oim_get_be16(const uint8_t *in)
{
    return (uint16_t)((in[0] << 8) | in[1]);
}

static inline uint32_t oim_get_be32(const uint8_t *in)
{
    return ((uint32_t)oim_get_be16(in) << 16) | oim_get_be16(in + 2);
}

static inline uint64_t oim_get_be64(const uint8_t *in)
{
    return ((uint64_t)oim_get_be32(in) << 32) | oim_get_be32(in + 4);
}

/** base64url without padding (RFC 4648, 5). out_text holds at least 4*((size+2)/3)+1 bytes. */
void oim_base64url_encode(const uint8_t *data, size_t size, char *out_text);
/** Errors: OIM_ERR_PROTOCOL on other letters or non-canonical tails; OIM_ERR_LIMIT beyond out_max. */
OIM_MUST_CHECK enum oim_status oim_base64url_decode(const char *text, size_t text_size, uint8_t *out,
                                                    size_t out_max, size_t *out_size);

/** True when the bytes are well-formed UTF-8 (RFC 3629): no overlongs, surrogates or NUL. */
bool oim_utf8_valid(const uint8_t *data, size_t size);
/** True when valid UTF-8 holds C0 or C1 control characters or DEL; with lines, line feeds and tabs are none. */
bool oim_text_has_control(const uint8_t *data, size_t size, bool lines);
/** Number of code points of valid UTF-8. */
size_t oim_utf8_count(const uint8_t *data, size_t size);

#endif
