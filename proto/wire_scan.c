/*
 * wire_scan.c - looks at received bytes before anything is allocated for them.
 *
 * 64 KiB of empty sub-messages would unpack into 1.8 MB (BLUEPRINT B45), and protobuf-c ends texts at a NUL
 * byte without a word. So sizes, counts, values and texts are judged here, on the bytes as they came; what
 * passes is small, well-formed and needs no second check.
 */
#include "proto/wire.h"

#include <assert.h>
#include <inttypes.h>

#include "proto/limits.h"

enum { VARINT_SIZE_MAX = 10 };
/* Wire types: protobuf's encoding guide, "message structure". */
enum { PB_VARINT = 0, PB_FIXED64 = 1, PB_LENGTH = 2, PB_FIXED32 = 5 };

struct scan {
    uint32_t fields_left;
    struct oim_error *err;
};

struct cursor {
    const uint8_t *at;
    const uint8_t *end;
};

static struct cursor cursor_over(struct oim_slice bytes)
{
    static const uint8_t nothing[1]; /* C knows no NULL + 0 */
    const uint8_t *at = bytes.size == 0 ? nothing : bytes.data;

    return (struct cursor){.at = at, .end = at + bytes.size};
}

static bool take_varint(struct cursor *in, uint64_t *out_value)
{
    uint64_t value = 0;

    if (in->at < in->end && *in->at < 0x80) { /* nearly all of them */
        *out_value = *in->at++;
        return true;
    }
    for (unsigned i = 0; i < VARINT_SIZE_MAX && in->at < in->end; i++) {
        uint8_t byte = *in->at++;
        if (i == VARINT_SIZE_MAX - 1 && byte > 1) {
            return false;
        }
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) == 0) {
            *out_value = value;
            return true;
        }
    }
    return false;
}

static bool take_bytes(struct cursor *in, uint64_t size, struct oim_slice *out)
{
    if (size > (uint64_t)(in->end - in->at)) {
        return false;
    }
    *out = oim_slice(in->at, (size_t)size);
    in->at += size;
    return true;
}

/* Fields usually arrive in the order of the rows, so the search begins behind the last one found. */
static const struct wire_field *find_row(const struct wire_message *message, uint64_t number, size_t *hint)
{
    for (size_t i = 0; i < message->field_count; i++) {
        size_t index = *hint + i;
        if (index >= message->field_count) {
            index -= message->field_count;
        }
        if (message->fields[index].number == number) {
            *hint = index;
            return &message->fields[index];
        }
    }
    return NULL;
}

static enum oim_status check_text(struct scan *scan, const struct wire_message *message,
                                  const struct wire_field *field, struct oim_slice text, uint32_t size_max)
{
    if (text.size > size_max) {
        return oim_fail(scan->err, OIM_ERR_LIMIT, "%s.%s is %zu bytes, at most %u are allowed", message->name,
                        field->name, text.size, size_max);
    }
    if (!oim_utf8_valid(text.data, text.size)) {
        return oim_fail(scan->err, OIM_ERR_PROTOCOL, "%s.%s is not valid UTF-8", message->name, field->name);
    }
    if (!field->verbatim && oim_text_has_control(text.data, text.size, field->lines)) {
        return oim_fail(scan->err, OIM_ERR_PROTOCOL, "%s.%s holds a control character", message->name,
                        field->name);
    }
    return OIM_OK;
}

static enum oim_status check_value(struct scan *scan, const struct wire_message *message,
                                   const struct wire_field *field, uint64_t value)
{
    bool is_u32 = field->type == WIRE_U32 || field->type == WIRE_U32S;

    if (is_u32 && value > UINT32_MAX) {
        return oim_fail(scan->err, OIM_ERR_PROTOCOL, "%s.%s is %" PRIu64 ", which is no 32-bit number",
                        message->name, field->name, value);
    }
    if (field->type == WIRE_ENUM && (value > INT32_MAX || (value > field->max && !field->lenient))) {
        return oim_fail(scan->err, OIM_ERR_PROTOCOL, "%s.%s has the unknown value %" PRIu64, message->name,
                        field->name, value);
    }
    return OIM_OK;
}

/* Packed numbers: *out_count of them lie in the one field. */
static enum oim_status check_packed(struct scan *scan, const struct wire_message *message,
                                    const struct wire_field *field, struct oim_slice bytes,
                                    uint32_t *out_count)
{
    struct cursor in = cursor_over(bytes);

    *out_count = 0;
    while (in.at < in.end) {
        uint64_t value = 0;
        if (!take_varint(&in, &value)) {
            return oim_fail(scan->err, OIM_ERR_PROTOCOL, "%s.%s is cut short", message->name, field->name);
        }
        enum oim_status status = check_value(scan, message, field, value);
        if (status != OIM_OK) {
            return status;
        }
        *out_count += 1;
    }
    return OIM_OK;
}

static enum oim_status scan_message(struct scan *scan, const struct wire_message *message,
                                    struct oim_slice bytes, unsigned depth);

static enum oim_status check_bytes(struct scan *scan, const struct wire_message *message,
                                   const struct wire_field *field, struct oim_slice bytes, unsigned depth,
                                   uint32_t *packed_count)
{
    uint32_t size = field->type == WIRE_FIXEDS ? field->each : field->max;

    switch (field->type) {
    case WIRE_FIXED:
    case WIRE_FIXEDS:
        if (field->type == WIRE_FIXED && bytes.size == 0) {
            return OIM_OK;
        }
        if (bytes.size != size) {
            return oim_fail(scan->err, OIM_ERR_PROTOCOL, "%s.%s is %zu bytes, must be %u", message->name,
                            field->name, bytes.size, size);
        }
        return OIM_OK;
    case WIRE_BYTES:
        if (field->exact && bytes.size != 0 && bytes.size != size) {
            return oim_fail(scan->err, OIM_ERR_PROTOCOL, "%s.%s is %zu bytes, must be %u or none",
                            message->name, field->name, bytes.size, size);
        }
        if (bytes.size > size) {
            return oim_fail(scan->err, OIM_ERR_LIMIT, "%s.%s is %zu bytes, at most %u are allowed",
                            message->name, field->name, bytes.size, size);
        }
        return OIM_OK;
    case WIRE_TEXT:
        return check_text(scan, message, field, bytes, field->max);
    case WIRE_TEXTS:
        return check_text(scan, message, field, bytes, field->each);
    case WIRE_MESSAGE:
    case WIRE_MESSAGES:
        return scan_message(scan, field->sub, bytes, depth + 1);
    case WIRE_U32S:
        return check_packed(scan, message, field, bytes, packed_count);
    case WIRE_BOOL:
    case WIRE_U32:
    case WIRE_U64:
    case WIRE_ENUM:
        break;
    }
    return oim_fail(scan->err, OIM_ERR_PROTOCOL, "%s.%s is bytes, must be a number", message->name,
                    field->name);
}

static bool is_array(const struct wire_field *field)
{
    return field->type >= WIRE_U32S;
}

static bool is_number(const struct wire_field *field)
{
    return field->type <= WIRE_ENUM || field->type == WIRE_U32S;
}

static enum oim_status check_number(struct scan *scan, const struct wire_message *message,
                                    const struct wire_field *field, uint64_t value)
{
    if (!is_number(field)) {
        return oim_fail(scan->err, OIM_ERR_PROTOCOL, "%s.%s is a number, must be bytes", message->name,
                        field->name);
    }
    return check_value(scan, message, field, value);
}

/* One field as it lies on the wire. */
struct raw_field {
    uint64_t number;
    unsigned wire_type;
    uint64_t value;           /* PB_VARINT */
    struct oim_slice content; /* the others */
};

static bool take_content(struct cursor *in, struct raw_field *out)
{
    uint64_t size = 0;

    switch (out->wire_type) {
    case PB_VARINT:
        return take_varint(in, &out->value);
    case PB_LENGTH:
        return take_varint(in, &size) && take_bytes(in, size, &out->content);
    case PB_FIXED64:
        return take_bytes(in, 8, &out->content);
    case PB_FIXED32:
        return take_bytes(in, 4, &out->content);
    default:
        return false;
    }
}

static enum oim_status take_field(struct scan *scan, const struct wire_message *message, struct cursor *in,
                                  struct raw_field *out)
{
    uint64_t tag = 0;

    if (scan->fields_left == 0) {
        return oim_fail(scan->err, OIM_ERR_LIMIT, "%s has too many fields", message->name);
    }
    scan->fields_left--;
    if (!take_varint(in, &tag) || tag > UINT32_MAX || tag >> 3 == 0) {
        return oim_fail(scan->err, OIM_ERR_PROTOCOL, "%s holds bytes that are no field", message->name);
    }
    *out = (struct raw_field){.number = tag >> 3, .wire_type = (unsigned)(tag & 7)};
    if (!take_content(in, out)) {
        return oim_fail(scan->err, OIM_ERR_PROTOCOL, "%s is cut short in field %" PRIu64, message->name,
                        out->number);
    }
    return OIM_OK;
}

/* *out_elements: how many this field adds to its row; packed numbers are several. */
static enum oim_status check_field(struct scan *scan, const struct wire_message *message,
                                   const struct wire_field *field, const struct raw_field *raw,
                                   unsigned depth, uint32_t *out_elements)
{
    *out_elements = 1;
    switch (raw->wire_type) {
    case PB_VARINT:
        return check_number(scan, message, field, raw->value);
    case PB_LENGTH:
        return check_bytes(scan, message, field, raw->content, depth, out_elements);
    default:
        return oim_fail(scan->err, OIM_ERR_PROTOCOL, "%s.%s has a wrong wire type", message->name,
                        field->name);
    }
}

/* Zero, empty, and ids and keys of zeros are as good as nothing. */
static bool is_absent(const struct wire_field *field, const struct raw_field *raw)
{
    if (field->type != WIRE_FIXED) {
        return raw->value == 0 && raw->content.size == 0;
    }
    for (size_t i = 0; i < raw->content.size; i++) {
        if (raw->content.data[i] != 0) {
            return false;
        }
    }
    return true;
}

static enum oim_status check_counts(struct scan *scan, const struct wire_message *message,
                                    const uint32_t *counts, uint32_t filled)
{
    for (size_t i = 0; i < message->field_count; i++) {
        const struct wire_field *field = &message->fields[i];
        if (is_array(field) && counts[i] > field->max) {
            return oim_fail(scan->err, OIM_ERR_LIMIT, "%s.%s has %u elements, at most %u are allowed",
                            message->name, field->name, counts[i], field->max);
        }
        if (field->must && (filled & BIT(i)) == 0) {
            return oim_fail(scan->err, OIM_ERR_PROTOCOL, "%s.%s is missing", message->name, field->name);
        }
    }
    return OIM_OK;
}

static enum oim_status scan_message(struct scan *scan, const struct wire_message *message,
                                    struct oim_slice bytes, unsigned depth)
{
    struct cursor in = cursor_over(bytes);
    uint32_t counts[WIRE_FIELD_COUNT_MAX] = {0};
    uint32_t filled = 0;
    size_t hint = 0;

    assert(message->field_count <= WIRE_FIELD_COUNT_MAX);
    assert(depth <= PRESCAN_DEPTH_MAX); /* ours: tables nest no deeper */
    while (in.at < in.end) {
        struct raw_field raw = {0};
        uint32_t elements = 0;

        enum oim_status status = take_field(scan, message, &in, &raw);
        if (status != OIM_OK) {
            return status;
        }
        const struct wire_field *field = find_row(message, raw.number, &hint);
        if (field == NULL) {
            continue; /* a later version's */
        }
        status = check_field(scan, message, field, &raw, depth, &elements);
        if (status != OIM_OK) {
            return status;
        }
        if (counts[hint] != 0 && !is_array(field)) {
            return oim_fail(scan->err, OIM_ERR_PROTOCOL, "%s.%s is there twice", message->name, field->name);
        }
        counts[hint] += elements;
        if (!is_absent(field, &raw)) {
            filled |= BIT(hint);
        }
    }
    return check_counts(scan, message, counts, filled);
}

enum oim_status wire_scan(const struct wire_message *message, struct oim_slice bytes, uint32_t field_max,
                          struct oim_error *err)
{
    struct scan scan = {.fields_left = field_max, .err = err};

    return scan_message(&scan, message, bytes, 1);
}
