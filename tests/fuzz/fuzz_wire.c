/*
 * fuzz_wire.c - every table against protobuf-c.
 *
 * What we accept protobuf-c accepts too, and what it then writes says the same to us. (It accepts more: texts
 * with a NUL in them, any number of elements.)
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "common/arena.h"
#include "proto/limits.h"
#include "proto/tables.h"

#define ARENA_SIZE (1u << 20)
#define BODY_SIZE_MAX 131072u
#define FIELD_COUNT_MAX 4096u

static const struct wire_message *const tables[] = {
    &wire_hello,        &wire_server_hello, &wire_device_auth,   &wire_auth_ok,
    &wire_auth_err,     &wire_join,         &wire_join_ok,       &wire_join_ask,
    &wire_join_offer,   &wire_link_request, &wire_link_offer,    &wire_link_open,
    &wire_link_opened,  &wire_link_body,    &wire_link_sign,     &wire_link_done,
    &wire_limits,       &wire_policy,       &wire_summary,       &wire_addresses,
    &wire_error,        &wire_ping,         &wire_bye,           &wire_local,
    &wire_local_result, &wire_submit,       &wire_submit_result, &wire_device_set_wrong,
    &wire_sync,         &wire_deliver,      &wire_notice,        &wire_gap,
    &wire_caught_up,    &wire_ack,          &wire_live_result,   &wire_directory,
    &wire_people,       &wire_presences,    &wire_typing,        &wire_attend,
    &wire_contact,      &wire_contacts,     &wire_admin,         &wire_admin_result,
    &wire_log_get,      &wire_log_page,     &wire_log_append,    &wire_log_appended,
    &wire_log_entry,    &wire_setting,      &wire_admin_op,      &wire_admin_rows,
    &wire_log_body,     &wire_inner,        &wire_address_list,
};

/* The same message as protobuf-c writes it. */
static void write_anew(const struct wire_message *table, struct oim_slice bytes, struct oim_buf *out)
{
    ProtobufCMessage *read = protobuf_c_message_unpack(table->descriptor, NULL, bytes.size, bytes.data);
    assert(read != NULL);
    size_t size = protobuf_c_message_get_packed_size(read);
    uint8_t *written = malloc(size + 1);
    assert(written != NULL);
    (void)protobuf_c_message_pack(read, written);
    enum oim_status status = oim_buf_append(out, written, size);
    assert(status == OIM_OK);
    free(written);
    protobuf_c_message_free_unpacked(read, NULL);
}

/* The first byte chooses the table, the rest is a body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t memory[2][ARENA_SIZE];
    static _Alignas(max_align_t) uint8_t bodies[2][BODY_SIZE_MAX];
    if (size == 0 || size > MESSAGE_SIZE_MAX) {
        return 0;
    }
    const struct wire_message *table = tables[data[0] % OIM_COUNT(tables)];
    OIM_CLEANUP(oim_buf_finish) struct oim_buf theirs = {.size_max = BODY_SIZE_MAX};
    OIM_CLEANUP(oim_buf_finish) struct oim_buf once = {.size_max = BODY_SIZE_MAX};
    OIM_CLEANUP(oim_buf_finish) struct oim_buf twice = {.size_max = BODY_SIZE_MAX};
    struct oim_arena arenas[2];
    struct oim_error err;
    oim_arena_init(&arenas[0], memory[0], ARENA_SIZE);
    oim_arena_init(&arenas[1], memory[1], ARENA_SIZE);
    assert(table->size <= BODY_SIZE_MAX);

    struct oim_slice bytes = oim_slice(data + 1, size - 1);
    if (wire_decode(table, bytes, FIELD_COUNT_MAX, &arenas[0], bodies[0], &err) != OIM_OK) {
        return 0;
    }
    write_anew(table, bytes, &theirs);
    enum oim_status status =
        wire_decode(table, oim_buf_slice(&theirs), FIELD_COUNT_MAX, &arenas[1], bodies[1], &err);
    assert(status == OIM_OK);
    status = wire_encode(table, bodies[0], BODY_SIZE_MAX, &once);
    assert(status == OIM_OK);
    status = wire_encode(table, bodies[1], BODY_SIZE_MAX, &twice);
    assert(status == OIM_OK);
    assert(oim_slice_equal(oim_buf_slice(&once), oim_buf_slice(&twice)));
    return 0;
}
