/* test_wire.c - the tables say of every field what oim.proto says of it. */
#include "proto/wire.h"

#include "proto/limits.h"
#include "proto/tables.h"
#include "tests/proto/random_message.h"
#include "tests/support/check.h"

static bool same_type(const struct wire_field *row, const ProtobufCFieldDescriptor *field)
{
    switch (row->type) {
    case WIRE_BOOL:
        return field->type == PROTOBUF_C_TYPE_BOOL;
    case WIRE_U32:
    case WIRE_U32S:
        return field->type == PROTOBUF_C_TYPE_UINT32;
    case WIRE_U64:
        return field->type == PROTOBUF_C_TYPE_UINT64;
    case WIRE_ENUM:
        return field->type == PROTOBUF_C_TYPE_ENUM || field->type == PROTOBUF_C_TYPE_UINT32;
    case WIRE_FIXED:
    case WIRE_BYTES:
    case WIRE_FIXEDS:
        return field->type == PROTOBUF_C_TYPE_BYTES;
    case WIRE_TEXT:
    case WIRE_TEXTS:
        return field->type == PROTOBUF_C_TYPE_STRING;
    case WIRE_MESSAGE:
    case WIRE_MESSAGES:
        return field->type == PROTOBUF_C_TYPE_MESSAGE && field->descriptor == row->sub->descriptor;
    }
    return false;
}

static void check_row(const struct wire_message *message, const struct wire_field *row)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(message->descriptor, row->number);
    bool is_array = row->type >= WIRE_U32S;

    if (field == NULL || !same_type(row, field)) {
        fail_msg("%s.%s (%u) is not as in oim.proto", message->name, row->name, row->number);
    }
    CHECK_EQ(field->label == PROTOBUF_C_LABEL_REPEATED, is_array);
    if (row->type == WIRE_U32S) {
        CHECK(row->inside && row->max <= WIRE_PACKED_COUNT_MAX);
        CHECK((field->flags & PROTOBUF_C_FIELD_FLAG_PACKED) != 0);
    }
    CHECK_EQ(row->one_of, (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0);
    if (row->type == WIRE_ENUM && field->type == PROTOBUF_C_TYPE_ENUM) {
        const ProtobufCEnumDescriptor *values = field->descriptor;
        CHECK_EQ(row->max, values->n_values - 1); /* dense from 0, so the last is the highest */
    }
}

static void check_table(const struct wire_message *message)
{
    CHECK(message->field_count <= WIRE_FIELD_COUNT_MAX);
    CHECK_EQ(message->field_count, message->descriptor->n_fields); /* none forgotten */
    for (size_t i = 0; i < message->field_count; i++) {
        check_row(message, &message->fields[i]);
        if (message->fields[i].sub != NULL) {
            CHECK_EQ(message->fields[i].each,
                     message->fields[i].sub->size); /* row and table mean one struct */
            check_table(message->fields[i].sub);
        }
    }
}

static void wire__agrees_with_oim_proto__in_every_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < all_kind_count; i++) {
        check_table(all_kinds[i].body);
    }
    check_table(&wire_admin_op);
    check_table(&wire_admin_rows);
    check_table(&wire_log_body);
    check_table(&wire_inner);
    check_table(&wire_address_list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(wire__agrees_with_oim_proto__in_every_table)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
