/* test_pool.c - blocks come from the pool, go back, and leave it as it was. */
#include "server/core/pool.h"
#include "tests/support/check.h"
#include "tests/support/fake.h"

static void pool__gives_blocks_of_the_size_asked__and_no_larger(void **state)
{
    (void)state;
    struct pool pool;
    CHECK_OK(pool_init(&pool, 4 * POOL_PAGE_SIZE));
    for (size_t size = 1; size <= POOL_BLOCK_SIZE_MAX; size = size * 3 + 1) {
        uint8_t *block = pool_take(&pool, size);
        CHECK(block != NULL);
        CHECK(pool_block_size(&pool, block) >= size);
        CHECK(pool_block_size(&pool, block) < 2 * size || size < POOL_BLOCK_SIZE_MIN);
        memset(block, 0xA5, size);
        pool_give(&pool, block);
    }
    CHECK(pool_take(&pool, POOL_BLOCK_SIZE_MAX + 1) == NULL);
    CHECK_EQ(pool.used_size, 0);
    pool_give(&pool, NULL);
    pool_finish(&pool);
}

static void pool__is_bounded__and_whole_again_when_all_is_given_back(void **state)
{
    (void)state;
    struct pool pool;
    static uint8_t *blocks[4096];
    CHECK_OK(pool_init(&pool, 4 * POOL_PAGE_SIZE));
    for (int round = 0; round < 3; round++) {
        size_t size = round == 1 ? POOL_BLOCK_SIZE_MAX : POOL_BLOCK_SIZE_MIN;
        size_t count = 0;
        while (count < OIM_COUNT(blocks) && (blocks[count] = pool_take(&pool, size)) != NULL) {
            count++;
        }
        CHECK_EQ(count, 4 * POOL_PAGE_SIZE / size);
        for (size_t i = 0; i < count; i++) {
            pool_give(&pool, blocks[i]);
        }
        CHECK_EQ(pool.used_size, 0);
    }
    pool_finish(&pool);
}

/*
 * Goal:   no two blocks in use overlap.
 * Method: a thousand random steps; each block is filled with its own letter and looked at when it goes back.
 */
static void pool__keeps_blocks_apart__over_random_use(void **state)
{
    (void)state;
    struct pool pool;
    struct fake_random random;
    uint8_t *blocks[64] = {NULL};
    size_t sizes[64];
    fake_random_init(&random, 1);
    CHECK_OK(pool_init(&pool, 32 * POOL_PAGE_SIZE));
    for (int step = 0; step < 5000; step++) {
        size_t at = (size_t)fake_random_below(&random, OIM_COUNT(blocks));
        if (blocks[at] == NULL) {
            sizes[at] = (size_t)fake_random_below(&random, 20000) + 1;
            blocks[at] = pool_take(&pool, sizes[at]);
            CHECK(blocks[at] != NULL);
            memset(blocks[at], (int)at, sizes[at]);
        } else {
            for (size_t i = 0; i < sizes[at]; i++) {
                CHECK_EQ(blocks[at][i], at);
            }
            pool_give(&pool, blocks[at]);
            blocks[at] = NULL;
        }
    }
    pool_finish(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pool__gives_blocks_of_the_size_asked__and_no_larger),
        cmocka_unit_test(pool__is_bounded__and_whole_again_when_all_is_given_back),
        cmocka_unit_test(pool__keeps_blocks_apart__over_random_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
