/*
 * fuzz_bodies.c - the bodies inside bodies: what people write, log entries, administration, ways to the
 * server.
 *
 * What is accepted can be packed, is accepted again, and is then the same bytes.
 */
#include "tests/fuzz/fuzz.h"

#include "proto/addresses.h"
#include "proto/admin.h"
#include "proto/inner.h"
#include "proto/orglog.h"

#define ARENA_SIZE (1u << 20)
#define BODY_SIZE_MAX 65536u

union body {
    struct inner inner;
    struct log_body log_body;
    struct log_entry log_entry;
    struct admin_op admin_op;
    struct admin_rows admin_rows;
    struct address_list address_list;
};

enum body_kind {
    BODY_INNER,
    BODY_LOG,
    BODY_LOG_ENTRY,
    BODY_ADMIN_OP,
    BODY_ADMIN_ROWS,
    BODY_ADDRESSES,
    BODY_COUNT
};

static enum oim_status decode(enum body_kind kind, struct oim_slice bytes, struct oim_arena *arena,
                              union body *out)
{
    struct oim_error err;

    switch (kind) {
    case BODY_INNER:
        return inner_decode(bytes, arena, &out->inner, &err);
    case BODY_LOG:
        return log_body_decode(bytes, arena, &out->log_body, &err);
    case BODY_LOG_ENTRY:
        return log_entry_decode(bytes, arena, &out->log_entry, &err);
    case BODY_ADMIN_OP:
        return admin_op_decode(bytes, arena, &out->admin_op, &err);
    case BODY_ADMIN_ROWS:
        return admin_rows_decode(bytes, arena, &out->admin_rows, &err);
    default:
        return address_list_decode(bytes, arena, &out->address_list, &err);
    }
}

static enum oim_status encode(enum body_kind kind, const union body *body, struct oim_buf *out)
{
    switch (kind) {
    case BODY_INNER:
        return inner_encode(&body->inner, out);
    case BODY_LOG:
        return log_body_encode(&body->log_body, out);
    case BODY_LOG_ENTRY:
        return log_entry_encode(&body->log_entry, out);
    case BODY_ADMIN_OP:
        return admin_op_encode(&body->admin_op, out);
    case BODY_ADMIN_ROWS:
        return admin_rows_encode(&body->admin_rows, out);
    default:
        return address_list_encode(&body->address_list, out);
    }
}

/* The first byte chooses the kind of body, the rest is one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t memory[ARENA_SIZE];
    OIM_CLEANUP(oim_buf_finish) struct oim_buf once = {.size_max = BODY_SIZE_MAX};
    OIM_CLEANUP(oim_buf_finish) struct oim_buf twice = {.size_max = BODY_SIZE_MAX};
    struct oim_arena arena;
    union body body;

    if (size == 0) {
        return 0;
    }
    enum body_kind kind = (enum body_kind)(data[0] % BODY_COUNT);
    oim_arena_init(&arena, memory, sizeof(memory));
    if (decode(kind, oim_slice(data + 1, size - 1), &arena, &body) != OIM_OK) {
        return 0;
    }
    enum oim_status status = encode(kind, &body, &once);
    if (status == OIM_ERR_LIMIT) {
        return 0; /* one that is over the size its sender keeps to */
    }
    assert(status == OIM_OK);
    status = decode(kind, oim_buf_slice(&once), &arena, &body);
    if (status == OIM_ERR_LIMIT && arena.used > ARENA_SIZE / 2) {
        return 0; /* two of them are more than the arena holds */
    }
    assert(status == OIM_OK);
    status = encode(kind, &body, &twice);
    assert(status == OIM_OK);
    assert(oim_slice_equal(oim_buf_slice(&once), oim_buf_slice(&twice)));
    return 0;
}
