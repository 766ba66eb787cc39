/* test_arena.c - the bump allocator of a step. */
#include "common/arena.h"

#include "tests/support/check.h"

static void arena__aligns_to_16__wherever_its_memory_begins(void **state)
{
    (void)state;
    uint8_t memory[512];
    for (size_t shift = 0; shift < 16; shift++) {
        struct oim_arena arena;
        oim_arena_init(&arena, memory + shift, sizeof(memory) - shift);
        for (size_t size = 0; size < 20; size += 3) {
            uint8_t *piece = oim_arena_alloc(&arena, size);
            CHECK(piece != NULL);
            CHECK_EQ((uintptr_t)piece % 16, 0);
            memset(piece, 0xee, size);
        }
    }
}

static void arena__is_full__exactly_at_its_size(void **state)
{
    (void)state;
    _Alignas(16) uint8_t memory[64];
    struct oim_arena arena;
    oim_arena_init(&arena, memory, sizeof(memory));
    CHECK(oim_arena_alloc(&arena, 65) == NULL);
    CHECK(oim_arena_alloc(&arena, SIZE_MAX) == NULL);
    CHECK_EQ(arena.used, 0);
    CHECK(oim_arena_alloc(&arena, 33) == memory);
    CHECK(oim_arena_alloc(&arena, 17) == NULL);
    CHECK(oim_arena_alloc(&arena, 16) == memory + 48);
    CHECK(oim_arena_alloc(&arena, 1) == NULL);

    oim_arena_init(&arena, NULL, 0);
    CHECK(oim_arena_alloc(&arena, 1) == NULL);
    CHECK(oim_arena_printf(&arena, "%s", "") == NULL);
}

static void arena__gives_its_memory_again__after_reset(void **state)
{
    (void)state;
    _Alignas(16) uint8_t memory[64];
    struct oim_arena arena;
    oim_arena_init(&arena, memory, sizeof(memory));
    CHECK(oim_arena_alloc(&arena, 40) == memory);
    oim_arena_reset(&arena);
    CHECK(oim_arena_alloc(&arena, 10) == memory);
    CHECK_EQ(arena.used_max, 40);
}

static void zalloc__clears_and_multiplies__without_overflow(void **state)
{
    (void)state;
    _Alignas(16) uint8_t memory[64];
    memset(memory, 0xee, sizeof(memory));
    struct oim_arena arena;
    oim_arena_init(&arena, memory, sizeof(memory));
    const uint8_t *piece = oim_arena_zalloc(&arena, 4, 5);
    CHECK(piece != NULL);
    CHECK_HEX(piece, 20, "0000000000 0000000000 0000000000 0000000000");
    CHECK_EQ(piece[20], 0xee);
    CHECK(oim_arena_zalloc(&arena, SIZE_MAX / 2, 3) == NULL);
    CHECK(oim_arena_zalloc(&arena, 5, 10) == NULL);
}

static void strdup__copies_with_a_terminator__or_not_at_all(void **state)
{
    (void)state;
    _Alignas(16) uint8_t memory[32];
    struct oim_arena arena;
    oim_arena_init(&arena, memory, sizeof(memory));
    CHECK_TEXT(oim_arena_strdup(&arena, oim_slice("hello world", 5)), "hello");
    CHECK_TEXT(oim_arena_strdup(&arena, oim_slice(NULL, 0)), "");
    CHECK(oim_arena_strdup(&arena, oim_slice("0123456789012345", 16)) == NULL);
    CHECK(oim_arena_strdup(&arena, (struct oim_slice){.data = memory, .size = SIZE_MAX}) == NULL);
}

static void printf__takes_what_it_needs__or_nothing(void **state)
{
    (void)state;
    _Alignas(16) uint8_t memory[16];
    struct oim_arena arena;
    oim_arena_init(&arena, memory, sizeof(memory));
    CHECK(oim_arena_printf(&arena, "%016d", 1) == NULL);
    CHECK_EQ(arena.used, 0);
    CHECK_TEXT(oim_arena_printf(&arena, "%s=%d", "a", 12), "a=12");
    CHECK_EQ(arena.used, 5);
    oim_arena_reset(&arena);
    CHECK_TEXT(oim_arena_printf(&arena, "%015d", 1), "000000000000001");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena__aligns_to_16__wherever_its_memory_begins),
        cmocka_unit_test(arena__is_full__exactly_at_its_size),
        cmocka_unit_test(arena__gives_its_memory_again__after_reset),
        cmocka_unit_test(zalloc__clears_and_multiplies__without_overflow),
        cmocka_unit_test(strdup__copies_with_a_terminator__or_not_at_all),
        cmocka_unit_test(printf__takes_what_it_needs__or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
