/*
 * fuzz_codec.c - bytes -> frames -> bytes -> frames.
 *
 * Nothing that arrives reads out of bounds; what is accepted can be sent again, is accepted again, and is
 * then the same bytes: there is one encoding of what a frame says.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "proto/codec.h"
#include "proto/limits.h"

#define ARENA_SIZE (1u << 20)

static void encode_again(struct oim_slice bytes, enum codec_side side, struct oim_arena *arena,
                         struct oim_buf *again)
{
    struct frame frame;
    struct oim_error err;
    oim_arena_reset(arena);
    enum oim_status status = codec_decode(&bytes, side, arena, &frame, &err);
    assert(status == OIM_OK && bytes.size == 0);
    status = codec_encode(&frame, again);
    assert(status == OIM_OK);
}

static void check_frame(const struct frame *frame, enum codec_side side, struct oim_arena *arena)
{
    OIM_CLEANUP(oim_buf_finish) struct oim_buf once = {.size_max = MESSAGE_SIZE_MAX};
    OIM_CLEANUP(oim_buf_finish) struct oim_buf twice = {.size_max = MESSAGE_SIZE_MAX};
    enum oim_status status = codec_encode(frame, &once);
    assert(status == OIM_OK);
    encode_again(oim_buf_slice(&once), side, arena, &twice);
    assert(oim_slice_equal(oim_buf_slice(&once), oim_buf_slice(&twice)));
}

/* The first byte chooses the side, the rest is a binary message. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    static uint8_t memory[ARENA_SIZE];
    static uint8_t memory_again[ARENA_SIZE];
    struct oim_arena arena;
    struct oim_arena arena_again;
    oim_arena_init(&arena, memory, sizeof(memory));
    oim_arena_init(&arena_again, memory_again, sizeof(memory_again));

    enum codec_side side = data[0] % 2 == 0 ? CODEC_TO_SERVER : CODEC_TO_CLIENT;
    struct oim_slice rest = oim_slice(data + 1, size - 1);
    while (rest.size > 0) {
        struct frame frame;
        struct oim_error err;
        size_t size_before = rest.size;
        oim_arena_reset(&arena);
        enum oim_status status = codec_decode(&rest, side, &arena, &frame, &err);
        if (status == OIM_OK) {
            check_frame(&frame, side, &arena_again);
        } else if (status != OIM_ERR_NOT_FOUND) {
            break;
        }
        assert(rest.size < size_before);
    }
    return 0;
}
