/*
 * wire_decode.c - from received bytes to our structs, in one pass over the rows.
 *
 * Everything is judged where it is taken, and counts before memory is taken for them: 64 KiB of empty
 * sub-messages would become 1.8 MB (BLUEPRINT B45), and a text ends where its length says, not at a NUL. No
 * generated struct is filled on the way: to scan the bytes, let protobuf-c unpack them and move what it made
 * took three times as long. That this reads what protobuf-c reads, the tests see to (test_codec, fuzz_wire).
 */
#include "proto/wire.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "proto/limits.h"

enum { VARINT_SIZE_MAX = 10, TAG_SIZE_MAX = 5 };
/* Wire types: protobuf's encoding guide, "message structure". */
enum { PB_VARINT = 0, PB_FIXED64 = 1, PB_LENGTH = 2, PB_FIXED32 = 5 };

struct decoder {
    uint32_t fields_left;
    struct oim_arena *arena;
    struct oim_error *err;
};

struct cursor {
    const uint8_t *at;
    const uint8_t *end;
};

/* One field as it lies on the wire. */
struct raw_field {
    uint64_t number;
    unsigned wire_type;
    uint64_t value;           /* PB_VARINT */
    struct oim_slice content; /* all others */
};

/* ---- bytes into fields -----------------------------------------------------------------------------------
 */

static struct cursor cursor_over(struct oim_slice bytes)
{
    static const uint8_t nothing[1]; /* C knows no NULL + 0 */
    const uint8_t *at = bytes.size == 0 ? nothing : bytes.data;

    return (struct cursor){.at = at, .end = at + bytes.size};
}

static bool take_long_varint(struct cursor *in, uint64_t *out_value)
{
    uint64_t value = 0;

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

static inline bool take_varint(struct cursor *in, uint64_t *out_value)
{
    if (in->at < in->end && *in->at < 0x80) { /* nearly all of them */
        *out_value = *in->at++;
        return true;
    }
    return take_long_varint(in, out_value);
}

static inline bool take_bytes(struct cursor *in, uint64_t size, struct oim_slice *out)
{
    if (size > (uint64_t)(in->end - in->at)) {
        return false;
    }
    *out = oim_slice(in->at, (size_t)size);
    in->at += size;
    return true;
}

static inline bool take_content(struct cursor *in, struct raw_field *out)
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

/* False: the bytes are no field (number 0), or it is cut short. */
static inline bool take_raw(struct cursor *in, struct raw_field *out)
{
    const uint8_t *begin = in->at;
    uint64_t tag = 0;

    out->number = 0;
    if (!take_varint(in, &tag) || tag > UINT32_MAX || in->at - begin > TAG_SIZE_MAX) {
        return false;
    }
    out->number = tag >> 3;
    out->wire_type = (unsigned)(tag & 7);
    return out->number != 0 && take_content(in, out);
}

static enum oim_status take_field(struct decoder *decoder, const struct wire_message *message,
                                  struct cursor *in, struct raw_field *out)
{
    if (decoder->fields_left == 0) {
        return oim_fail(decoder->err, OIM_ERR_LIMIT, "%s has too many fields", message->name);
    }
    decoder->fields_left--;
    if (take_raw(in, out)) {
        return OIM_OK;
    }
    if (out->number == 0) {
        return oim_fail(decoder->err, OIM_ERR_PROTOCOL, "%s holds bytes that are no field", message->name);
    }
    return oim_fail(decoder->err, OIM_ERR_PROTOCOL, "%s is cut short in field %" PRIu64, message->name,
                    out->number);
}

/* How many more fields of this number follow. What is malformed is for the pass itself to say. */
static size_t count_more(struct cursor in, uint64_t number)
{
    struct raw_field raw;
    size_t count = 0;

    while (in.at < in.end && take_raw(&in, &raw)) {
        count += raw.number == number ? 1 : 0;
    }
    return count;
}

/* Fields usually arrive in the order of the rows, so the search begins at the last one found. */
static const struct wire_field *find_row(const struct wire_message *message, uint64_t number, size_t *hint)
{
    for (size_t i = *hint; i < message->field_count; i++) {
        if (message->fields[i].number == number) {
            *hint = i;
            return &message->fields[i];
        }
    }
    for (size_t i = 0; i < *hint; i++) {
        if (message->fields[i].number == number) {
            *hint = i;
            return &message->fields[i];
        }
    }
    return NULL;
}

/* ---- what may be in them ----------------------------------------------------------------------------------
 */

static enum oim_status check_text(struct decoder *decoder, const struct wire_message *message,
                                  const struct wire_field *field, struct oim_slice text, uint32_t size_max)
{
    if (text.size > size_max) {
        return oim_fail(decoder->err, OIM_ERR_LIMIT, "%s.%s is %zu bytes, at most %u are allowed",
                        message->name, field->name, text.size, size_max);
    }
    if (!oim_utf8_valid(text.data, text.size)) {
        return oim_fail(decoder->err, OIM_ERR_PROTOCOL, "%s.%s is not valid UTF-8", message->name,
                        field->name);
    }
    if (!field->verbatim && oim_text_has_control(text.data, text.size, field->lines)) {
        return oim_fail(decoder->err, OIM_ERR_PROTOCOL, "%s.%s holds a control character", message->name,
                        field->name);
    }
    return OIM_OK;
}

static enum oim_status check_value(struct decoder *decoder, const struct wire_message *message,
                                   const struct wire_field *field, uint64_t value)
{
    bool is_u32 = field->type == WIRE_U32 || field->type == WIRE_U32S;

    if (is_u32 && value > UINT32_MAX) {
        return oim_fail(decoder->err, OIM_ERR_PROTOCOL, "%s.%s is %" PRIu64 ", which is no 32-bit number",
                        message->name, field->name, value);
    }
    if (field->type == WIRE_ENUM && (value > INT32_MAX || (value > field->max && !field->lenient))) {
        return oim_fail(decoder->err, OIM_ERR_PROTOCOL, "%s.%s has the unknown value %" PRIu64, message->name,
                        field->name, value);
    }
    return OIM_OK;
}

static enum oim_status check_size(struct decoder *decoder, const struct wire_message *message,
                                  const struct wire_field *field, size_t size)
{
    uint32_t most = field->type == WIRE_FIXEDS ? field->each : field->max;

    if (field->type == WIRE_FIXED || field->type == WIRE_FIXEDS) {
        if (size != most && (size != 0 || field->type == WIRE_FIXEDS)) {
            return oim_fail(decoder->err, OIM_ERR_PROTOCOL, "%s.%s is %zu bytes, must be %u", message->name,
                            field->name, size, most);
        }
    } else if (field->exact && size != 0 && size != most) {
        return oim_fail(decoder->err, OIM_ERR_PROTOCOL, "%s.%s is %zu bytes, must be %u or none",
                        message->name, field->name, size, most);
    } else if (size > most) {
        return oim_fail(decoder->err, OIM_ERR_LIMIT, "%s.%s is %zu bytes, at most %u are allowed",
                        message->name, field->name, size, most);
    }
    return OIM_OK;
}

/* Zero, empty, and ids and keys of zeros are as good as nothing. */
static bool is_absent(const struct wire_field *field, const struct raw_field *raw)
{
    if (raw->wire_type == PB_VARINT) {
        return raw->value == 0;
    }
    if (field->type != WIRE_FIXED) {
        return raw->content.size == 0;
    }
    for (size_t i = 0; i < raw->content.size; i++) {
        if (raw->content.data[i] != 0) {
            return false;
        }
    }
    return true;
}

static bool is_array(const struct wire_field *field)
{
    return field->type >= WIRE_U32S;
}

static bool is_number(const struct wire_field *field)
{
    return field->type <= WIRE_ENUM || field->type == WIRE_U32S;
}

/* ---- fields into our struct -------------------------------------------------------------------------------
 */

static enum oim_status decode_message(struct decoder *decoder, const struct wire_message *message,
                                      struct oim_slice bytes, unsigned depth, void *out);

static void put_pointer(void *to, const void *pointer)
{
    memcpy(to, &pointer, sizeof(pointer));
}

/* Absent texts are "", also those of members that will not come; everything else is zero already. Members may
 * share their place with one that came. */
static void set_default(const struct wire_field *field, uint8_t *out)
{
    const char *text;

    if (field->type == WIRE_TEXT) {
        memcpy(&text, out + field->at, sizeof(text));
        if (text == NULL) {
            put_pointer(out + field->at, "");
        }
    } else if (field->type == WIRE_MESSAGE) {
        for (size_t i = 0; i < field->sub->field_count; i++) {
            set_default(&field->sub->fields[i], out + field->at);
        }
    }
}

static enum oim_status say_full(struct decoder *decoder, const struct wire_message *message)
{
    return oim_fail(decoder->err, OIM_ERR_LIMIT, "%s needs more memory than one step may use", message->name);
}

static enum oim_status put_number(struct decoder *decoder, const struct wire_message *message,
                                  const struct wire_field *field, uint64_t value, void *to)
{
    enum oim_status status = check_value(decoder, message, field, value);
    if (status != OIM_OK) {
        return status;
    }
    if (field->type == WIRE_BOOL) {
        bool yes = value != 0;
        memcpy(to, &yes, sizeof(yes));
    } else if (field->type == WIRE_U64) {
        memcpy(to, &value, sizeof(value));
    } else {
        bool is_unknown = field->type == WIRE_ENUM && value > field->max;
        uint32_t number = is_unknown ? 0 : (uint32_t)value;
        memcpy(to, &number, sizeof(number));
    }
    return OIM_OK;
}

static enum oim_status put_text(struct decoder *decoder, const struct wire_message *message,
                                const struct wire_field *field, struct oim_slice text, void *to)
{
    uint32_t size_max = field->type == WIRE_TEXTS ? field->each : field->max;

    enum oim_status status = check_text(decoder, message, field, text, size_max);
    if (status != OIM_OK) {
        return status;
    }
    const char *copy = oim_arena_strdup(decoder->arena, text);
    if (copy == NULL) {
        return say_full(decoder, message);
    }
    put_pointer(to, copy);
    return OIM_OK;
}

static enum oim_status put_bytes(struct decoder *decoder, const struct wire_message *message,
                                 const struct wire_field *field, struct oim_slice bytes, void *to)
{
    enum oim_status status = check_size(decoder, message, field, bytes.size);
    if (status != OIM_OK || bytes.size == 0) {
        return status; /* absent: it is zero already */
    }
    if (field->type == WIRE_BYTES) {
        uint8_t *copy = oim_arena_alloc(decoder->arena, bytes.size);
        if (copy == NULL) {
            return say_full(decoder, message);
        }
        memcpy(copy, bytes.data, bytes.size);
        bytes.data = copy;
        memcpy(to, &bytes, sizeof(bytes));
    } else {
        memcpy(to, bytes.data, bytes.size);
    }
    return OIM_OK;
}

static enum oim_status put_content(struct decoder *decoder, const struct wire_message *message,
                                   const struct wire_field *field, struct oim_slice content, unsigned depth,
                                   void *to)
{
    switch (field->type) {
    case WIRE_FIXED:
    case WIRE_FIXEDS:
    case WIRE_BYTES:
        return put_bytes(decoder, message, field, content, to);
    case WIRE_TEXT:
    case WIRE_TEXTS:
        return put_text(decoder, message, field, content, to);
    case WIRE_MESSAGE:
    case WIRE_MESSAGES:
        return decode_message(decoder, field->sub, content, depth + 1, to);
    case WIRE_BOOL:
    case WIRE_U32:
    case WIRE_U64:
    case WIRE_ENUM:
    case WIRE_U32S:
        break;
    }
    return oim_fail(decoder->err, OIM_ERR_PROTOCOL, "%s.%s is bytes, must be a number", message->name,
                    field->name);
}

static enum oim_status put_value(struct decoder *decoder, const struct wire_message *message,
                                 const struct wire_field *field, const struct raw_field *raw, unsigned depth,
                                 void *to)
{
    switch (raw->wire_type) {
    case PB_VARINT:
        if (!is_number(field)) {
            return oim_fail(decoder->err, OIM_ERR_PROTOCOL, "%s.%s is a number, must be bytes", message->name,
                            field->name);
        }
        return put_number(decoder, message, field, raw->value, to);
    case PB_LENGTH:
        return put_content(decoder, message, field, raw->content, depth, to);
    default:
        return oim_fail(decoder->err, OIM_ERR_PROTOCOL, "%s.%s has a wrong wire type", message->name,
                        field->name);
    }
}

static enum oim_status put_single(struct decoder *decoder, const struct wire_message *message,
                                  const struct wire_field *field, const struct raw_field *raw, unsigned depth,
                                  uint8_t *out)
{
    if (field->one_of) {
        uint32_t kind;
        memcpy(&kind, out + field->kind_at, sizeof(kind));
        if (kind != 0) {
            return oim_fail(decoder->err, OIM_ERR_PROTOCOL, "%s.%s is there beside another of its choice",
                            message->name, field->name);
        }
        memcpy(out + field->kind_at, &field->kind, sizeof(field->kind));
    }
    if (field->has) {
        bool has = true;
        memcpy(out + field->count_at, &has, sizeof(has));
    }
    return put_value(decoder, message, field, raw, depth, out + field->at);
}

/* ---- arrays
 * ------------------------------------------------------------------------------------------------ */

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

/* Before the first element: there may not be too many, and there is room for them all. */
static enum oim_status begin_array(struct decoder *decoder, const struct wire_message *message,
                                   const struct wire_field *field, size_t count, uint8_t *out)
{
    if (count > field->max) {
        return oim_fail(decoder->err, OIM_ERR_LIMIT, "%s.%s has %zu elements, at most %u are allowed",
                        message->name, field->name, count, field->max);
    }
    if (!field->inside) {
        void *elements = oim_arena_zalloc(decoder->arena, count, element_size(field));
        if (elements == NULL) {
            return say_full(decoder, message);
        }
        put_pointer(out + field->at, elements);
    }
    return OIM_OK;
}

static enum oim_status put_element(struct decoder *decoder, const struct wire_message *message,
                                   const struct wire_field *field, const struct raw_field *raw,
                                   unsigned depth, uint8_t *out)
{
    size_t count;
    uint8_t *elements = out + field->at;

    memcpy(&count, out + field->count_at, sizeof(count));
    if (count == field->max) { /* numbers come packed, many in one field */
        return oim_fail(decoder->err, OIM_ERR_LIMIT, "%s.%s has more than %u elements", message->name,
                        field->name, field->max);
    }
    if (!field->inside) {
        memcpy(&elements, elements, sizeof(elements));
    }
    uint8_t *element = elements + count * element_size(field);
    count++;
    memcpy(out + field->count_at, &count, sizeof(count));
    return put_value(decoder, message, field, raw, depth, element);
}

static enum oim_status put_packed(struct decoder *decoder, const struct wire_message *message,
                                  const struct wire_field *field, struct oim_slice bytes, uint8_t *out)
{
    struct cursor in = cursor_over(bytes);
    struct raw_field raw = {.wire_type = PB_VARINT};

    while (in.at < in.end) {
        if (!take_varint(&in, &raw.value)) {
            return oim_fail(decoder->err, OIM_ERR_PROTOCOL, "%s.%s is cut short", message->name, field->name);
        }
        enum oim_status status = put_element(decoder, message, field, &raw, 0, out);
        if (status != OIM_OK) {
            return status;
        }
    }
    return OIM_OK;
}

/* ---- messages
 * ----------------------------------------------------------------------------------------------- */

static enum oim_status end_message(struct decoder *decoder, const struct wire_message *message, uint32_t seen,
                                   uint32_t filled, void *out)
{
    const struct wire_field *end = message->fields + message->field_count;
    uint32_t bit = 1;

    for (const struct wire_field *field = message->fields; field != end; field++, bit <<= 1) {
        if (field->must && (filled & bit) == 0) {
            return oim_fail(decoder->err, OIM_ERR_PROTOCOL, "%s.%s is missing", message->name, field->name);
        }
        if (field->type >= WIRE_TEXT && (seen & bit) == 0) {
            set_default(field, out);
        }
    }
    return OIM_OK;
}

/* out begins as zeros. is_first: of this row. */
static enum oim_status put_field(struct decoder *decoder, const struct wire_message *message,
                                 const struct wire_field *field, const struct raw_field *raw,
                                 const struct cursor *behind, bool is_first, unsigned depth, uint8_t *out)
{
    if (!is_array(field)) {
        if (!is_first) {
            return oim_fail(decoder->err, OIM_ERR_PROTOCOL, "%s.%s is there twice", message->name,
                            field->name);
        }
        return put_single(decoder, message, field, raw, depth, out);
    }
    if (field->type == WIRE_U32S && raw->wire_type == PB_LENGTH) {
        return put_packed(decoder, message, field, raw->content, out);
    }
    if (is_first && field->type != WIRE_U32S) {
        enum oim_status status =
            begin_array(decoder, message, field, 1 + count_more(*behind, field->number), out);
        if (status != OIM_OK) {
            return status;
        }
    }
    return put_element(decoder, message, field, raw, depth, out);
}

static enum oim_status decode_message(struct decoder *decoder, const struct wire_message *message,
                                      struct oim_slice bytes, unsigned depth, void *out)
{
    struct cursor in = cursor_over(bytes);
    uint32_t seen = 0;
    uint32_t filled = 0;
    size_t row = 0;

    assert(message->field_count <= WIRE_FIELD_COUNT_MAX);
    assert(depth <= PRESCAN_DEPTH_MAX); /* ours: tables nest no deeper */
    while (in.at < in.end) {
        struct raw_field raw;

        enum oim_status status = take_field(decoder, message, &in, &raw);
        if (status != OIM_OK) {
            return status;
        }
        const struct wire_field *field = find_row(message, raw.number, &row);
        if (field == NULL) {
            continue; /* a later version's */
        }
        bool is_first = (seen & BIT(row)) == 0;
        status = put_field(decoder, message, field, &raw, &in, is_first, depth, out);
        if (status != OIM_OK) {
            return status;
        }
        seen |= BIT(row);
        if (field->must && !is_absent(field, &raw)) {
            filled |= BIT(row);
        }
    }
    return end_message(decoder, message, seen, filled, out);
}

enum oim_status wire_decode(const struct wire_message *message, struct oim_slice bytes, uint32_t field_max,
                            struct oim_arena *arena, void *out, struct oim_error *err)
{
    struct decoder decoder = {.fields_left = field_max, .arena = arena, .err = err};
    size_t used = arena->used;

    memset(out, 0, message->size);
    enum oim_status status = decode_message(&decoder, message, bytes, 1, out);
    if (status != OIM_OK) {
        arena->used = used;
    }
    return status;
}
