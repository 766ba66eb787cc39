/*
 * wire_encode.c - from our structs to bytes, without allocating.
 *
 * Plain fields first, then sub-messages and arrays, whose elements lie in a row on the wire. No generated
 * struct is filled on the way: packing one, protobuf-c walks every field twice, and cost more than all that
 * it wrote. That protobuf-c reads the same from it, the tests see to (test_codec, test_wire).
 */
#include "proto/wire.h"

#include <assert.h>
#include <string.h>

#include "proto/limits.h"

enum { PB_VARINT = 0, PB_LENGTH = 2, U32_SIZE_MAX = 5 };

static size_t varint_size(uint64_t value)
{
    return value < 0x80 ? 1
                        : (size_t)(64 * 10 - 9 * __builtin_clzll(value)) / 64; /* a byte for each 7 bits */
}

/* Returns where the next byte goes. */
static uint8_t *put_varint(uint8_t *to, uint64_t value)
{
    while (value >= 0x80) {
        *to++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *to++ = (uint8_t)value;
    return to;
}

static uint32_t tag_of(const struct wire_field *field, uint32_t wire_type)
{
    return field->number << 3 | wire_type;
}

static bool all_zero(const uint8_t *bytes, size_t size)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0;
}

static uint32_t get_u32(const uint8_t *from)
{
    uint32_t value;

    memcpy(&value, from, sizeof(value));
    return value;
}

static bool is_chosen(const struct wire_field *field, const void *in)
{
    return get_u32((const uint8_t *)in + field->kind_at) == field->kind;
}

static enum oim_status append_message(const struct wire_message *message, const void *in,
                                      struct oim_buf *out);

static enum oim_status append_bytes(const struct wire_field *field, const void *data, size_t size,
                                    struct oim_buf *out)
{
    uint32_t tag = tag_of(field, PB_LENGTH);

    uint8_t *to = oim_buf_grow(out, varint_size(tag) + varint_size(size) + size);
    if (to == NULL) {
        return OIM_ERR_LIMIT;
    }
    to = put_varint(put_varint(to, tag), size);
    if (size > 0) {
        memcpy(to, data, size);
    }
    return OIM_OK;
}

/* One byte is kept for the length; a longer sub-message is moved up once it is known. */
static enum oim_status append_sub(const struct wire_field *field, const void *in, bool omit_empty,
                                  struct oim_buf *out)
{
    size_t before = out->size;
    uint32_t tag = tag_of(field, PB_LENGTH);

    uint8_t *to = oim_buf_grow(out, varint_size(tag) + 1);
    if (to == NULL) {
        return OIM_ERR_LIMIT;
    }
    (void)put_varint(to, tag);
    size_t start = out->size;
    enum oim_status status = append_message(field->sub, in, out);
    if (status != OIM_OK) {
        return status;
    }
    size_t size = out->size - start;
    if (size == 0 && omit_empty) {
        out->size = before;
        return OIM_OK;
    }
    size_t more = varint_size(size) - 1;
    if (more > 0) {
        if (oim_buf_grow(out, more) == NULL) {
            return OIM_ERR_LIMIT;
        }
        memmove(out->data + start + more, out->data + start, size);
    }
    (void)put_varint(out->data + start - 1, size);
    return OIM_OK;
}

static enum oim_status append_array(const struct wire_field *field, const void *in, struct oim_buf *out)
{
    const uint8_t *elements = (const uint8_t *)in + field->at;
    size_t count = 0;

    memcpy(&count, (const uint8_t *)in + field->count_at, sizeof(count));
    assert(!field->inside || count <= field->max);
    if (!field->inside) {
        memcpy(&elements, elements, sizeof(elements));
    }
    for (size_t i = 0; i < count; i++) {
        enum oim_status status;
        if (field->type == WIRE_FIXEDS) {
            status = append_bytes(field, elements + i * field->each, field->each, out);
        } else if (field->type == WIRE_TEXTS) {
            const char *text;
            memcpy(&text, elements + i * sizeof(text), sizeof(text));
            status = append_bytes(field, text, strlen(text), out);
        } else {
            status = append_sub(field, elements + i * field->sub->size, false, out);
        }
        if (status != OIM_OK) {
            return status;
        }
    }
    return OIM_OK;
}

static enum oim_status append_nested(const struct wire_field *field, const void *in, struct oim_buf *out)
{
    if (field->type != WIRE_MESSAGE) {
        return append_array(field, in, out);
    }
    if (field->has) {
        bool has;
        memcpy(&has, (const uint8_t *)in + field->count_at, sizeof(has));
        if (!has) {
            return OIM_OK;
        }
    }
    return append_sub(field, (const uint8_t *)in + field->at, !field->has && !field->one_of, out);
}

static enum oim_status append_number(const struct wire_field *field, uint64_t value, struct oim_buf *out)
{
    uint32_t tag = tag_of(field, PB_VARINT);

    if (value == 0 && !field->one_of) {
        return OIM_OK;
    }
    uint8_t *to = oim_buf_grow(out, varint_size(tag) + varint_size(value));
    if (to == NULL) {
        return OIM_ERR_LIMIT;
    }
    (void)put_varint(put_varint(to, tag), value);
    return OIM_OK;
}

static enum oim_status append_numbers(const struct wire_field *field, const void *in, struct oim_buf *out)
{
    uint8_t packed[WIRE_PACKED_COUNT_MAX * U32_SIZE_MAX];
    uint8_t *to = packed;
    size_t count = 0;

    assert(field->inside && field->max <= WIRE_PACKED_COUNT_MAX);
    memcpy(&count, (const uint8_t *)in + field->count_at, sizeof(count));
    assert(count <= field->max);
    for (size_t i = 0; i < count; i++) {
        to = put_varint(to, get_u32((const uint8_t *)in + field->at + i * sizeof(uint32_t)));
    }
    return to == packed ? OIM_OK : append_bytes(field, packed, (size_t)(to - packed), out);
}

static enum oim_status append_slice(const struct wire_field *field, struct oim_slice slice,
                                    struct oim_buf *out)
{
    return slice.size == 0 && !field->one_of ? OIM_OK : append_bytes(field, slice.data, slice.size, out);
}

static bool is_nested(const struct wire_field *field)
{
    return field->type == WIRE_MESSAGE || field->type > WIRE_U32S;
}

/* What is zero or empty is not written, as proto3 has it, except as the one of a oneof that was chosen. */
static enum oim_status append_plain(const struct wire_field *field, const void *in, struct oim_buf *out)
{
    const uint8_t *from = (const uint8_t *)in + field->at;

    switch (field->type) {
    case WIRE_BOOL: {
        bool value;
        memcpy(&value, from, sizeof(value));
        return append_number(field, value, out);
    }
    case WIRE_U32:
    case WIRE_ENUM:
        return append_number(field, get_u32(from), out);
    case WIRE_U64: {
        uint64_t value;
        memcpy(&value, from, sizeof(value));
        return append_number(field, value, out);
    }
    case WIRE_FIXED:
        return append_slice(field, oim_slice(from, all_zero(from, field->max) ? 0 : field->max), out);
    case WIRE_BYTES: {
        struct oim_slice slice;
        memcpy(&slice, from, sizeof(slice));
        return append_slice(field, slice, out);
    }
    case WIRE_TEXT: {
        const char *text;
        memcpy(&text, from, sizeof(text));
        return text == NULL ? OIM_OK : append_slice(field, oim_slice(text, strlen(text)), out);
    }
    default:
        assert(field->type == WIRE_U32S);
        return append_numbers(field, in, out);
    }
}

static enum oim_status append_message(const struct wire_message *message, const void *in, struct oim_buf *out)
{
    const struct wire_field *end = message->fields + message->field_count;
    enum oim_status status = OIM_OK;
    size_t nested_count = 0;

    for (const struct wire_field *field = message->fields; status == OIM_OK && field != end; field++) {
        if (is_nested(field)) {
            nested_count++;
        } else if (!field->one_of || is_chosen(field, in)) {
            status = append_plain(field, in, out);
        }
    }
    for (const struct wire_field *field = message->fields; status == OIM_OK && nested_count > 0; field++) {
        if (!is_nested(field)) {
            continue;
        }
        nested_count--;
        if (!field->one_of || is_chosen(field, in)) {
            status = append_nested(field, in, out);
        }
    }
    return status;
}

enum oim_status wire_encode(const struct wire_message *message, const void *in, size_t size_max,
                            struct oim_buf *out)
{
    size_t start = out->size;

    enum oim_status status = append_message(message, in, out);
    if (status != OIM_OK || out->size - start > size_max) {
        out->size = start;
        return OIM_ERR_LIMIT;
    }
    return OIM_OK;
}
