/*
 * wire.h - how messages on the wire and our structs correspond: one table per message, two engines over it.
 *
 * A table row names a field once, with its number, its offset and its bounds; wire_decode.c checks received
 * bytes against the rows and fills our struct, and wire_encode.c goes the other way. A new field is one row,
 * a new message one table.
 *
 * Private to proto/: only the tables (table_*.c, inner.c, orglog.c, admin.c, addresses.c) and the engines
 * include it. The offsets are checked against types by the compiler, the rows against oim.proto (its
 * descriptors, as protobuf-c generates them) by test_wire.
 */
#ifndef OIM_PROTO_WIRE_H
#define OIM_PROTO_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/error.h"

#define WIRE_FIELD_COUNT_MAX 32u  /* rows of one table */
#define WIRE_PACKED_COUNT_MAX 16u /* the longest array of numbers */

enum wire_type {
    WIRE_BOOL,
    WIRE_U32,
    WIRE_U64,
    WIRE_ENUM,
    WIRE_FIXED,   /* bytes of one size, by value; all zero is absent */
    WIRE_BYTES,   /* struct oim_slice */
    WIRE_TEXT,    /* const char * */
    WIRE_MESSAGE, /* an embedded struct */
    WIRE_U32S,    /* arrays: a pointer and a size_t, or (inside) an array member and a size_t */
    WIRE_FIXEDS,
    WIRE_TEXTS,
    WIRE_MESSAGES
};

struct wire_message;

struct wire_field {
    const char *name;
    uint32_t number;
    enum wire_type type;
    bool must;         /* absent, empty or zero is refused */
    bool lenient;      /* an enum value we do not know reads as 0 */
    bool exact;        /* bytes: empty or exactly max */
    bool lines;        /* text: line feeds and tabs are allowed */
    bool verbatim;     /* text: any character but NUL; whoever shows it makes it safe */
    bool inside;       /* the array is a member of our struct, not pointed to */
    bool has;          /* message: our bool at count_at says whether it is there */
    bool one_of;       /* present when our enum at kind_at is kind */
    uint16_t at;       /* offset in our struct */
    uint16_t count_at;
    uint16_t kind_at;
    uint32_t kind;
    uint32_t max;  /* size of bytes and text, count of an array, highest value of an enum */
    uint32_t each; /* size (fixed, message) or greatest size (text) of one element */
    const struct wire_message *sub;
};

struct wire_message {
    const char *name;
    const ProtobufCMessageDescriptor *descriptor;
    size_t size; /* of our struct */
    const struct wire_field *fields;
    size_t field_count;
};

/**
 * Check bytes against the table and fill *out (message->size bytes): well-formed, at most field_max fields in
 * all, every size, count, enum value and text as the rows say, nothing singular twice, of a choice one at
 * most. Unknown fields are stepped over.
 *
 * Ownership: texts, bytes and arrays lie in the arena, nothing points into bytes.
 * Errors: OIM_ERR_PROTOCOL, OIM_ERR_LIMIT (also: the arena is full); the sentence names message and field,
 *         *out is not to be read, and nothing was taken from the arena.
 */
OIM_MUST_CHECK enum oim_status wire_decode(const struct wire_message *message, struct oim_slice bytes,
                                           uint32_t field_max, struct oim_arena *arena, void *out,
                                           struct oim_error *err);

/** Append the packed message of at most size_max bytes. Errors: OIM_ERR_LIMIT, nothing appended. */
OIM_MUST_CHECK enum oim_status wire_encode(const struct wire_message *message, const void *in,
                                           size_t size_max, struct oim_buf *out);

/*
 * Rows. A table is written below `#define OUR` (our struct):
 *     {U64(1, send_no), MUST}
 * The _AS forms are for fields whose names differ.
 */

#define WIRE_OFFSET(container, member, type) \
    (offsetof(container, member) +           \
     0 * sizeof(char[__builtin_types_compatible_p(__typeof__(((container *)0)->member), type) ? 1 : -1]))
#define WIRE_OFFSET_SIZED(container, member, size) \
    (offsetof(container, member) + 0 * sizeof(char[sizeof(((container *)0)->member) == (size) ? 1 : -1]))

#define WIRE_ROW(n, field, kind_of_row) .name = #field, .number = (n), .type = (kind_of_row)

#define BOOL_AS(n, field, our) WIRE_ROW(n, field, WIRE_BOOL), .at = WIRE_OFFSET(OUR, our, bool)
#define U32_AS(n, field, our) WIRE_ROW(n, field, WIRE_U32), .at = WIRE_OFFSET(OUR, our, uint32_t)
#define U64_AS(n, field, our) WIRE_ROW(n, field, WIRE_U64), .at = WIRE_OFFSET(OUR, our, uint64_t)
#define ENUM_AS(n, field, our, highest) \
    WIRE_ROW(n, field, WIRE_ENUM), .at = WIRE_OFFSET_SIZED(OUR, our, sizeof(uint32_t)), .max = (highest)
#define FIXED_AS(n, field, our) \
    WIRE_ROW(n, field, WIRE_FIXED), .at = offsetof(OUR, our), .max = sizeof(((OUR *)0)->our)
#define BYTES_AS(n, field, our, size_max) \
    WIRE_ROW(n, field, WIRE_BYTES), .at = WIRE_OFFSET(OUR, our, struct oim_slice), .max = (size_max)
#define TEXT_AS(n, field, our, size_max) \
    WIRE_ROW(n, field, WIRE_TEXT), .at = WIRE_OFFSET(OUR, our, const char *), .max = (size_max)

#define BOOL(n, field) BOOL_AS(n, field, field)
#define U32(n, field) U32_AS(n, field, field)
#define U64(n, field) U64_AS(n, field, field)
#define ENUM(n, field, highest) ENUM_AS(n, field, field, highest)
#define FIXED(n, field) FIXED_AS(n, field, field)
#define BYTES(n, field, size_max) BYTES_AS(n, field, field, size_max)
#define TEXT(n, field, size_max) TEXT_AS(n, field, field, size_max)

#define WIRE_SUB(n, field, row_type, table) \
    WIRE_ROW(n, field, row_type), .sub = &(table)
/* An embedded message; FLAT: its fields lie in our struct itself. each is for test_wire: the table's own
 * size. */
#define MESSAGE_AS(n, field, our, table) \
    WIRE_SUB(n, field, WIRE_MESSAGE, table), .at = offsetof(OUR, our), .each = sizeof(((OUR *)0)->our)
#define MESSAGE(n, field, table) MESSAGE_AS(n, field, field, table)
#define FLAT(n, field, table) WIRE_SUB(n, field, WIRE_MESSAGE, table), .at = 0, .each = sizeof(OUR)

#define WIRE_ARRAY(our, our_count, count_max) \
    .at = offsetof(OUR, our), .count_at = WIRE_OFFSET(OUR, our_count, size_t), .max = (count_max)
#define MESSAGES(n, field, our_count, count_max, table)                                \
    WIRE_SUB(n, field, WIRE_MESSAGES, table), WIRE_ARRAY(field, our_count, count_max), \
        .each = sizeof(((OUR *)0)->field[0])
#define U32S(n, field, our_count, count_max) \
    WIRE_ROW(n, field, WIRE_U32S), WIRE_ARRAY(field, our_count, count_max), .inside = true
#define FIXEDS_AS(n, field, our, our_count, count_max) \
    WIRE_ROW(n, field, WIRE_FIXEDS), WIRE_ARRAY(our, our_count, count_max), .each = sizeof(((OUR *)0)->our[0])
#define FIXEDS(n, field, our_count, count_max) FIXEDS_AS(n, field, field, our_count, count_max)
#define TEXTS_AS(n, field, our, our_count, count_max, size_max) \
    WIRE_ROW(n, field, WIRE_TEXTS), WIRE_ARRAY(our, our_count, count_max), .each = (size_max)

#define MUST .must = true
#define LENIENT .lenient = true
#define EXACT .exact = true
#define LINES .lines = true
#define VERBATIM .verbatim = true
#define INSIDE .inside = true
#define HAS(our) .has = true, .count_at = WIRE_OFFSET(OUR, our, bool)
#define ONE_OF(our_kind, value) \
    .one_of = true, .kind_at = WIRE_OFFSET_SIZED(OUR, our_kind, sizeof(uint32_t)), .kind = (value)

#define WIRE_TABLE(text, prefix, rows)                                                                     \
    {                                                                                                      \
        .name = (text), .descriptor = &oim__##prefix##__descriptor, .size = sizeof(OUR), .fields = (rows), \
        .field_count = OIM_COUNT(rows)                                                                     \
    }

#endif
