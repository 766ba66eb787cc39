/* test_ring.c - the queue between two threads. Also built with -Db_sanitize=thread, where races would show.
 */
#include "common/ring.h"

#include <pthread.h>
#include <sched.h>

#include "tests/support/check.h"

static void ring__is_first_in_first_out__around_its_end(void **state)
{
    (void)state;
    OIM_CLEANUP(oim_ring_finish) struct oim_ring ring = {0};
    CHECK_OK(oim_ring_init(&ring, 4, sizeof(uint32_t)));
    uint32_t next_in = 0;
    uint32_t next_out = 0;
    for (unsigned round = 0; round < 20; round++) {
        for (unsigned i = 0; i < 3; i++) {
            CHECK(oim_ring_push(&ring, &next_in));
            next_in++;
        }
        CHECK_EQ(oim_ring_count(&ring), 3);
        for (unsigned i = 0; i < 3; i++) {
            uint32_t item;
            CHECK(oim_ring_pop(&ring, &item));
            CHECK_EQ(item, next_out);
            next_out++;
        }
    }
}

static void ring__says_full_and_empty__and_keeps_its_items(void **state)
{
    (void)state;
    OIM_CLEANUP(oim_ring_finish) struct oim_ring ring = {0};
    CHECK_OK(oim_ring_init(&ring, 3, 1));
    CHECK_EQ(ring.capacity, 4);
    uint8_t item = 77;
    CHECK(!oim_ring_pop(&ring, &item));
    CHECK_EQ(item, 77);
    for (uint8_t i = 0; i < 4; i++) {
        CHECK(oim_ring_push(&ring, &i));
    }
    CHECK(!oim_ring_push(&ring, &item));
    CHECK_EQ(oim_ring_count(&ring), 4);
    for (uint8_t i = 0; i < 4; i++) {
        CHECK(oim_ring_pop(&ring, &item));
        CHECK_EQ(item, i);
    }
    CHECK(!oim_ring_pop(&ring, &item));
}

/* Goal: positions count on past the largest size_t. Method: begin just below it. */
static void ring__goes_on__when_its_positions_wrap(void **state)
{
    (void)state;
    OIM_CLEANUP(oim_ring_finish) struct oim_ring ring = {0};
    CHECK_OK(oim_ring_init(&ring, 2, 1));
    atomic_store(&ring.tail, SIZE_MAX - 2);
    atomic_store(&ring.head, SIZE_MAX - 2);
    for (uint8_t i = 0; i < 8; i++) {
        uint8_t item;
        CHECK(oim_ring_push(&ring, &i));
        CHECK_EQ(oim_ring_count(&ring), 1);
        CHECK(oim_ring_pop(&ring, &item));
        CHECK_EQ(item, i);
    }
}

static void ring__refuses_sizes__that_it_cannot_have(void **state)
{
    (void)state;
    struct oim_ring ring = {0};
    CHECK_STATUS(oim_ring_init(&ring, SIZE_MAX, 1), OIM_ERR_LIMIT);
    CHECK_STATUS(oim_ring_init(&ring, SIZE_MAX / 2, 64), OIM_ERR_LIMIT);
    oim_ring_finish(&ring);
    oim_ring_finish(NULL);
}

#define ITEM_COUNT 200000u

/* Larger than a word, so that a half-written item would be seen. */
struct item {
    uint64_t number;
    uint64_t times_three;
    uint64_t inverse;
};

static void *produce(void *context)
{
    struct oim_ring *ring = context;
    for (uint64_t i = 0; i < ITEM_COUNT; i++) {
        struct item item = {.number = i, .times_three = 3 * i, .inverse = ~i};
        while (!oim_ring_push(ring, &item)) {
            sched_yield();
        }
    }
    return NULL;
}

/*
 * Goal:   every item arrives whole, once and in order, while both ends run at once.
 * Method: a ring much smaller than the number of items, so that both full and empty happen often.
 */
static void ring__hands_over_whole_items__between_two_threads(void **state)
{
    (void)state;
    OIM_CLEANUP(oim_ring_finish) struct oim_ring ring = {0};
    CHECK_OK(oim_ring_init(&ring, 16, sizeof(struct item)));
    pthread_t producer;
    CHECK_EQ(pthread_create(&producer, NULL, produce, &ring), 0);
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < ITEM_COUNT; i++) {
        struct item item;
        while (!oim_ring_pop(&ring, &item)) {
            sched_yield();
        }
        wrong += item.number != i || item.times_three != 3 * i || item.inverse != ~i;
        wrong += oim_ring_count(&ring) > ring.capacity;
    }
    CHECK_EQ(pthread_join(producer, NULL), 0);
    CHECK_EQ(wrong, 0);
    CHECK_EQ(oim_ring_count(&ring), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ring__is_first_in_first_out__around_its_end),
        cmocka_unit_test(ring__says_full_and_empty__and_keeps_its_items),
        cmocka_unit_test(ring__goes_on__when_its_positions_wrap),
        cmocka_unit_test(ring__refuses_sizes__that_it_cannot_have),
        cmocka_unit_test(ring__hands_over_whole_items__between_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
