/*
 * wire_decode.c - from checked bytes to our structs: protobuf-c unpacks into the step's arena, the rows move
 * it.
 *
 * protobuf-c never frees here (the arena is reset as a whole) and never aborts: a full arena makes it return
 * NULL.
 */
#include "proto/wire.h"

#include <assert.h>
#include <string.h>

/* What protobuf-c asks for memory: it cannot say why it failed, so this remembers. */
struct unpacker {
    struct oim_arena *arena;
    bool full;
};

static void *unpacker_alloc(void *context, size_t size)
{
    struct unpacker *unpacker = context;
    void *memory = oim_arena_alloc(unpacker->arena, size);

    unpacker->full = unpacker->full || memory == NULL;
    return memory;
}

static void unpacker_free(void *context, void *memory)
{
    (void)context;
    (void)memory;
}

static uint32_t get_u32(const void *base, size_t offset)
{
    uint32_t value;

    memcpy(&value, (const uint8_t *)base + offset, sizeof(value));
    return value;
}

static void put_u32(void *base, size_t offset, uint32_t value)
{
    memcpy((uint8_t *)base + offset, &value, sizeof(value));
}

static void put_size(void *base, size_t offset, size_t value)
{
    memcpy((uint8_t *)base + offset, &value, sizeof(value));
}

static void put_pointer(void *base, size_t offset, const void *pointer)
{
    memcpy((uint8_t *)base + offset, &pointer, sizeof(pointer));
}

static const void *get_pointer(const void *base, size_t offset)
{
    const void *pointer;

    memcpy(&pointer, (const uint8_t *)base + offset, sizeof(pointer));
    return pointer;
}

/* Absent texts are "", also those of members that will not come; everything else is zero already. */
static void set_defaults(const struct wire_message *message, void *out)
{
    for (size_t i = 0; i < message->field_count; i++) {
        const struct wire_field *field = &message->fields[i];
        if (field->type == WIRE_TEXT) {
            put_pointer(out, field->at, "");
        } else if (field->type == WIRE_MESSAGE) {
            set_defaults(field->sub, (uint8_t *)out + field->at);
        }
    }
}

static enum oim_status move_message(const struct wire_message *message, const void *in,
                                    struct oim_arena *arena, void *out);

static void move_fixed(const ProtobufCBinaryData *in, uint8_t *out, size_t size)
{
    if (in->len == size) { /* else absent: the scan let only these two pass */
        memcpy(out, in->data, size);
    }
}

static void move_element(const struct wire_field *field, const void *in_array, size_t index, void *out)
{
    switch (field->type) {
    case WIRE_U32S:
        put_u32(out, 0, ((const uint32_t *)in_array)[index]);
        return;
    case WIRE_FIXEDS:
        move_fixed(&((const ProtobufCBinaryData *)in_array)[index], out, field->each);
        return;
    default:
        assert(field->type == WIRE_TEXTS);
        put_pointer(out, 0, ((char *const *)in_array)[index]);
        return;
    }
}

static size_t element_size(const struct wire_field *field)
{
    switch (field->type) {
    case WIRE_U32S:
        return sizeof(uint32_t);
    case WIRE_FIXEDS:
        return field->each;
    case WIRE_TEXTS:
        return sizeof(char *);
    default:
        assert(field->type == WIRE_MESSAGES);
        return field->sub->size;
    }
}

static enum oim_status move_array(const struct wire_field *field, const void *in, struct oim_arena *arena,
                                  void *out)
{
    size_t count = 0;
    const void *in_array = get_pointer(in, field->pb);
    uint8_t *elements = (uint8_t *)out + field->at;
    size_t size = element_size(field);

    memcpy(&count, (const uint8_t *)in + field->pb_count, sizeof(count));
    assert(count <= field->max); /* the scan's promise */
    put_size(out, field->count_at, count);
    if (count == 0) {
        return OIM_OK;
    }
    if (!field->inside) {
        elements = oim_arena_zalloc(arena, count, size);
        if (elements == NULL) {
            return OIM_ERR_LIMIT;
        }
        put_pointer(out, field->at, elements);
    }
    for (size_t i = 0; i < count; i++) {
        if (field->type != WIRE_MESSAGES) {
            move_element(field, in_array, i, elements + i * size);
            continue;
        }
        set_defaults(field->sub, elements + i * size);
        enum oim_status status =
            move_message(field->sub, ((void *const *)in_array)[i], arena, elements + i * size);
        if (status != OIM_OK) {
            return status;
        }
    }
    return OIM_OK;
}

static enum oim_status move_sub(const struct wire_field *field, const void *in, struct oim_arena *arena,
                                void *out)
{
    const void *sub = get_pointer(in, field->pb);

    if (sub == NULL) {
        return OIM_OK;
    }
    if (field->has) {
        bool has = true;
        memcpy((uint8_t *)out + field->count_at, &has, sizeof(has));
    }
    return move_message(field->sub, sub, arena, (uint8_t *)out + field->at);
}

static enum oim_status move_field(const struct wire_field *field, const void *in, struct oim_arena *arena,
                                  void *out)
{
    const uint8_t *from = (const uint8_t *)in + field->pb;
    uint8_t *to = (uint8_t *)out + field->at;

    switch (field->type) {
    case WIRE_BOOL: {
        bool value = get_u32(from, 0) != 0;
        memcpy(to, &value, sizeof(value));
        return OIM_OK;
    }
    case WIRE_U32:
        memcpy(to, from, sizeof(uint32_t));
        return OIM_OK;
    case WIRE_U64:
        memcpy(to, from, sizeof(uint64_t));
        return OIM_OK;
    case WIRE_ENUM: {
        uint32_t value = get_u32(from, 0);
        put_u32(to, 0, value <= field->max ? value : 0);
        return OIM_OK;
    }
    case WIRE_FIXED:
        move_fixed((const ProtobufCBinaryData *)(const void *)from, to, field->max);
        return OIM_OK;
    case WIRE_BYTES: {
        const ProtobufCBinaryData *bytes = (const ProtobufCBinaryData *)(const void *)from;
        struct oim_slice slice = oim_slice(bytes->data, bytes->len);
        memcpy(to, &slice, sizeof(slice));
        return OIM_OK;
    }
    case WIRE_TEXT:
        put_pointer(to, 0, get_pointer(from, 0));
        return OIM_OK;
    case WIRE_MESSAGE:
        return move_sub(field, in, arena, out);
    case WIRE_U32S:
    case WIRE_FIXEDS:
    case WIRE_TEXTS:
    case WIRE_MESSAGES:
        return move_array(field, in, arena, out);
    }
    return OIM_OK;
}

static enum oim_status move_message(const struct wire_message *message, const void *in,
                                    struct oim_arena *arena, void *out)
{
    for (size_t i = 0; i < message->field_count; i++) {
        const struct wire_field *field = &message->fields[i];
        if (field->one_of) {
            if (get_u32(in, field->pb_case) != field->number) {
                continue;
            }
            put_u32(out, field->kind_at, field->kind);
        }
        enum oim_status status = move_field(field, in, arena, out);
        if (status != OIM_OK) {
            return status;
        }
    }
    return OIM_OK;
}

enum oim_status wire_decode(const struct wire_message *message, struct oim_slice bytes, uint32_t field_max,
                            struct oim_arena *arena, void *out, struct oim_error *err)
{
    struct unpacker unpacker = {.arena = arena};
    ProtobufCAllocator allocator = {
        .alloc = unpacker_alloc, .free = unpacker_free, .allocator_data = &unpacker};

    enum oim_status status = wire_scan(message, bytes, field_max, err);
    if (status != OIM_OK) {
        return status;
    }
    const void *unpacked = protobuf_c_message_unpack(message->descriptor, &allocator, bytes.size, bytes.data);
    if (unpacked == NULL && !unpacker.full) {
        return oim_fail(err, OIM_ERR_PROTOCOL, "%s is not well-formed", message->name);
    }
    if (unpacked != NULL) {
        memset(out, 0, message->size);
        set_defaults(message, out);
        status = move_message(message, unpacked, arena, out);
    }
    if (unpacked == NULL || status != OIM_OK) {
        return oim_fail(err, OIM_ERR_LIMIT, "%s needs more memory than one step may use", message->name);
    }
    return OIM_OK;
}
