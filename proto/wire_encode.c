/*
 * wire_encode.c - from our structs to bytes, without allocating.
 *
 * The plain fields of a message go through protobuf-c, from a generated struct on the stack that borrows our
 * pointers. Sub-messages and arrays follow one by one: on the wire an array is nothing but its elements in a
 * row, so no array of generated structs has to exist.
 */
#include "proto/wire.h"

#include <assert.h>
#include <string.h>

#include "proto/limits.h"

enum { PB_LENGTH = 2, LENGTH_SIZE_MAX = 5 };

struct scratch {
    _Alignas(16) uint8_t bytes[WIRE_SCRATCH_SIZE_MAX]; /* a generated struct */
};

static size_t put_varint(uint8_t *out, uint32_t value)
{
    size_t size = 0;

    while (value >= 0x80) {
        out[size++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    out[size++] = (uint8_t)value;
    return size;
}

static bool all_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

static void put_binary(void *out, const uint8_t *data, size_t size)
{
    ProtobufCBinaryData binary = {.len = size, .data = (uint8_t *)data};

    memcpy(out, &binary, sizeof(binary));
}

static bool is_chosen(const struct wire_field *field, const void *in)
{
    uint32_t kind = 0;

    memcpy(&kind, (const uint8_t *)in + field->kind_at, sizeof(kind));
    return kind == field->kind;
}

/* Lend one plain field to the generated struct. */
static void lend_field(const struct wire_field *field, const void *in, void *pb)
{
    const uint8_t *from = (const uint8_t *)in + field->at;
    uint8_t *to = (uint8_t *)pb + field->pb;

    switch (field->type) {
    case WIRE_BOOL: {
        bool value;
        memcpy(&value, from, sizeof(value));
        protobuf_c_boolean pb_value = value;
        memcpy(to, &pb_value, sizeof(pb_value));
        return;
    }
    case WIRE_U32:
    case WIRE_ENUM:
        memcpy(to, from, sizeof(uint32_t));
        return;
    case WIRE_U64:
        memcpy(to, from, sizeof(uint64_t));
        return;
    case WIRE_FIXED:
        if (!all_zero(from, field->max)) {
            put_binary(to, from, field->max);
        }
        return;
    case WIRE_BYTES: {
        struct oim_slice slice;
        memcpy(&slice, from, sizeof(slice));
        put_binary(to, slice.data, slice.size);
        return;
    }
    case WIRE_TEXT:
        memcpy(to, from, sizeof(char *));
        return;
    default:
        assert(field->type == WIRE_U32S && field->inside);
        memcpy(to, &from, sizeof(from));
        memcpy((uint8_t *)pb + field->pb_count, (const uint8_t *)in + field->count_at, sizeof(size_t));
        return;
    }
}

static enum oim_status append_message(const struct wire_message *message, const void *in,
                                      struct oim_buf *out);

static enum oim_status append_tag(const struct wire_field *field, struct oim_buf *out)
{
    uint8_t tag[LENGTH_SIZE_MAX];
    size_t size = put_varint(tag, field->number << 3 | PB_LENGTH);

    return oim_buf_append(out, tag, size);
}

static enum oim_status append_bytes(const struct wire_field *field, const void *data, size_t size,
                                    struct oim_buf *out)
{
    uint8_t length[LENGTH_SIZE_MAX];
    size_t length_size = put_varint(length, (uint32_t)size);

    enum oim_status status = append_tag(field, out);
    if (status == OIM_OK) {
        status = oim_buf_append(out, length, length_size);
    }
    return status == OIM_OK ? oim_buf_append(out, data, size) : status;
}

/* One byte is kept for the length; a longer sub-message is moved up once it is known. */
static enum oim_status append_sub(const struct wire_field *field, const void *in, bool omit_empty,
                                  struct oim_buf *out)
{
    size_t before = out->size;

    enum oim_status status = append_tag(field, out);
    if (status != OIM_OK || oim_buf_grow(out, 1) == NULL) {
        return OIM_ERR_LIMIT;
    }
    size_t start = out->size;
    status = append_message(field->sub, in, out);
    if (status != OIM_OK) {
        return status;
    }
    size_t size = out->size - start;
    if (size == 0 && omit_empty) {
        out->size = before;
        return OIM_OK;
    }
    uint8_t length[LENGTH_SIZE_MAX];
    size_t more = put_varint(length, (uint32_t)size) - 1;
    if (more > 0) {
        if (oim_buf_grow(out, more) == NULL) {
            return OIM_ERR_LIMIT;
        }
        memmove(out->data + start + more, out->data + start, size);
    }
    memcpy(out->data + start - 1, length, more + 1);
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

static bool is_nested(const struct wire_field *field)
{
    return field->type == WIRE_MESSAGE || field->type > WIRE_U32S;
}

/* The fields protobuf-c packs. */
static enum oim_status append_plain(const struct wire_message *message, const void *in, struct oim_buf *out)
{
    struct scratch pb;
    ProtobufCMessage *base = (ProtobufCMessage *)(void *)pb.bytes;

    assert(message->descriptor->sizeof_message <= sizeof(pb.bytes));
    message->descriptor->message_init(base);
    for (size_t i = 0; i < message->field_count; i++) {
        const struct wire_field *field = &message->fields[i];
        if (is_nested(field) || (field->one_of && !is_chosen(field, in))) {
            continue;
        }
        lend_field(field, in, pb.bytes);
        if (field->one_of) {
            memcpy(pb.bytes + field->pb_case, &field->number, sizeof(field->number));
        }
    }
    size_t size = protobuf_c_message_get_packed_size(base);
    if (size == 0) {
        return OIM_OK;
    }
    uint8_t *to = oim_buf_grow(out, size);
    if (to == NULL) {
        return OIM_ERR_LIMIT;
    }
    size_t packed = protobuf_c_message_pack(base, to);
    assert(packed == size);
    (void)packed;
    return OIM_OK;
}

static enum oim_status append_message(const struct wire_message *message, const void *in, struct oim_buf *out)
{
    enum oim_status status = append_plain(message, in, out);

    for (size_t i = 0; status == OIM_OK && i < message->field_count; i++) {
        const struct wire_field *field = &message->fields[i];
        if (is_nested(field) && (!field->one_of || is_chosen(field, in))) {
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
