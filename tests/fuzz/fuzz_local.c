/*
 * fuzz_local.c - a stream of frames between the agent and a face.
 *
 * What is not whole yet leaves the stream where it was; what is accepted can be sent again.
 */
#include "tests/fuzz/fuzz.h"

#include "proto/local.h"

#define ARENA_SIZE (1u << 20)
#define FRAME_SIZE_MAX_TRIED (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t memory[ARENA_SIZE];
    struct oim_arena arena;
    oim_arena_init(&arena, memory, sizeof(memory));
    struct oim_slice rest = oim_slice(data, size);
    while (rest.size > 0) {
        struct local_frame frame;
        struct oim_error err;
        size_t size_before = rest.size;
        oim_arena_reset(&arena);
        enum oim_status status = local_decode(&rest, &arena, &frame, &err);
        if (status != OIM_OK) {
            assert(status != OIM_AGAIN || rest.size == size_before);
            break;
        }
        assert(rest.size < size_before);
        OIM_CLEANUP(oim_buf_finish) struct oim_buf again = {.size_max = FRAME_SIZE_MAX_TRIED};
        status = local_encode(&frame, &again);
        assert(status == OIM_OK);
    }
    return 0;
}
