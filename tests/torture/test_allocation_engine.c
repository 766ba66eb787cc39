/*
 * test_allocation_engine.c - a step of the client's engine takes no memory, so none can fail in the middle of
 * one: counted over what its test world does. And what is decoded lives in an arena, which may be full at any
 * byte.
 */
#include "client/core/engine.h"
#include "proto/codec.h"
#include "tests/client/core/world.h"
#include "tests/proto/random_message.h"
#include "tests/support/check.h"
#include "tests/torture/allocation.h"

void __real_engine_step(struct engine *engine, const struct engine_event *event, struct engine_effects *out);
void __wrap_engine_step(struct engine *engine, const struct engine_event *event, struct engine_effects *out);

void __wrap_engine_step(struct engine *engine, const struct engine_event *event, struct engine_effects *out)
{
    allocations.in_step = true;
    __real_engine_step(engine, event, out);
    allocations.in_step = false;
    allocations.step_count++;
}

static void engine_step__takes_no_memory(void **state)
{
    (void)state;
    struct world world;
    struct oim_id id = {{'m'}};
    world_init(&world);
    world_online(&world);
    allocations = (struct allocations){.fail_at = 0};
    (void)world_send(&world, "hello");
    world_settle(&world);
    world_deliver(&world, &id, 1, "hi");
    world_settle(&world);
    world_cut(&world);
    world_pass(&world, 60000);
    CHECK(allocations.step_count > 20);
    CHECK_EQ(allocations.in_step_count, 0);
    world_finish(&world);
}

/* Every frame there is, into an arena that is full one byte later each time. */
static void codec_decode__says_limit__wherever_the_arena_ends(void **state)
{
    (void)state;
    static uint8_t memory[256 * 1024];
    static uint8_t small[256 * 1024];
    size_t full_count = 0;
    for (size_t i = 0; i < all_kind_count; i++) {
        struct oim_arena arena;
        struct fake_random random;
        struct frame frame, again;
        struct oim_error err;
        OIM_CLEANUP(oim_buf_finish) struct oim_buf bytes = {.size_max = FRAME_SIZE_MAX + FRAME_HEADER_SIZE};
        oim_arena_init(&arena, memory, sizeof(memory));
        fake_random_init(&random, i);
        random_frame(all_kinds[i].kind, all_kinds[i].body, &random, &arena, &frame);
        CHECK_OK(codec_encode(&frame, &bytes));
        enum codec_side side = all_kinds[i].to_server ? CODEC_TO_SERVER : CODEC_TO_CLIENT;
        enum oim_status status = OIM_ERR_LIMIT;
        for (size_t size = 0; status == OIM_ERR_LIMIT && size < sizeof(small); size++) {
            struct oim_slice rest = oim_buf_slice(&bytes);
            oim_arena_init(&arena, small, size);
            status = codec_decode(&rest, side, &arena, &again, &err);
            full_count += status == OIM_ERR_LIMIT;
        }
        CHECK_OK_ERR(status, &err);
    }
    CHECK(full_count > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engine_step__takes_no_memory),
        cmocka_unit_test(codec_decode__says_limit__wherever_the_arena_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
