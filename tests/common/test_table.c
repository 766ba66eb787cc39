/* test_table.c - the bounded map. */
#include "common/table.h"

#include "tests/support/check.h"
#include "tests/support/fake.h"

static struct oim_id key_of(uint64_t number)
{
    return oim_key_u64(number);
}

static void table__finds_what_was_added__and_nothing_else(void **state)
{
    (void)state;
    OIM_CLEANUP(oim_table_finish) struct oim_table table = {0};
    CHECK_OK(oim_table_init(&table, 100, sizeof(uint64_t)));
    for (uint64_t i = 0; i < 100; i++) {
        struct oim_id key = key_of(i);
        CHECK(oim_table_get(&table, &key) == NULL);
        uint64_t *value = oim_table_add(&table, &key);
        CHECK(value != NULL);
        CHECK_EQ(*value, 0);
        *value = i * i;
    }
    CHECK_EQ(table.count, 100);
    for (uint64_t i = 0; i < 100; i++) {
        struct oim_id key = key_of(i);
        const uint64_t *value = oim_table_get(&table, &key);
        CHECK(value != NULL);
        CHECK_EQ(*value, i * i);
        CHECK(oim_id_equal(oim_table_key(&table, value), &key));
    }
    struct oim_id absent = key_of(100);
    CHECK(oim_table_get(&table, &absent) == NULL);
}

static void table__takes_no_more__than_its_capacity(void **state)
{
    (void)state;
    OIM_CLEANUP(oim_table_finish) struct oim_table table = {0};
    CHECK_OK(oim_table_init(&table, 3, 1));
    struct oim_id keys[] = {key_of(1), key_of(2), key_of(3), key_of(4)};
    CHECK(oim_table_add(&table, &keys[0]) != NULL);
    CHECK(oim_table_add(&table, &keys[1]) != NULL);
    CHECK(oim_table_add(&table, &keys[2]) != NULL);
    CHECK(oim_table_add(&table, &keys[3]) == NULL);
    CHECK(oim_table_remove(&table, &keys[1]));
    CHECK(oim_table_add(&table, &keys[3]) != NULL);
    CHECK_EQ(table.count, 3);
}

static void table__clears_a_value__in_a_slot_that_was_used(void **state)
{
    (void)state;
    OIM_CLEANUP(oim_table_finish) struct oim_table table = {0};
    CHECK_OK(oim_table_init(&table, 1, 24));
    struct oim_id first = key_of(1);
    struct oim_id second = key_of(2);
    memset(oim_table_add(&table, &first), 0xee, 24);
    CHECK(oim_table_remove(&table, &first));
    CHECK_HEX(oim_table_add(&table, &second), 24, "0000000000000000 0000000000000000 0000000000000000");
}

static void table__refuses_capacities__that_it_cannot_have(void **state)
{
    (void)state;
    struct oim_table table = {0};
    CHECK_STATUS(oim_table_init(&table, SIZE_MAX, 1), OIM_ERR_LIMIT);
    CHECK_STATUS(oim_table_init(&table, 16, SIZE_MAX - 8), OIM_ERR_LIMIT);
    CHECK_STATUS(oim_table_init(&table, 1u << 30, SIZE_MAX / 4), OIM_ERR_LIMIT);
    oim_table_finish(&table);
    oim_table_finish(NULL);
}

static void table__is_empty__before_init_and_with_no_capacity(void **state)
{
    (void)state;
    struct oim_table table = {0};
    struct oim_id key = key_of(1);
    CHECK(oim_table_get(&table, &key) == NULL);
    CHECK(!oim_table_remove(&table, &key));
    CHECK(oim_table_first(&table) == NULL);
    CHECK_OK(oim_table_init(&table, 0, 8));
    CHECK(oim_table_get(&table, &key) == NULL);
    CHECK(oim_table_add(&table, &key) == NULL);
    oim_table_finish(&table);
}

static void table__iterates_in_insertion_order__around_removals(void **state)
{
    (void)state;
    OIM_CLEANUP(oim_table_finish) struct oim_table table = {0};
    CHECK_OK(oim_table_init(&table, 8, sizeof(uint64_t)));
    static const uint64_t order[] = {5, 3, 9, 1, 7};
    for (size_t i = 0; i < OIM_COUNT(order); i++) {
        struct oim_id key = key_of(order[i]);
        *(uint64_t *)oim_table_add(&table, &key) = order[i];
    }
    static const uint64_t removed[] = {5, 9, 7}; /* the first, one in the middle, the last */
    for (size_t i = 0; i < OIM_COUNT(removed); i++) {
        struct oim_id key = key_of(removed[i]);
        CHECK(oim_table_remove(&table, &key));
        CHECK(!oim_table_remove(&table, &key));
    }
    struct oim_id late = key_of(2);
    *(uint64_t *)oim_table_add(&table, &late) = 2;

    static const uint64_t expected[] = {3, 1, 2};
    size_t count = 0;
    for (uint64_t *value = oim_table_first(&table); value != NULL; value = oim_table_next(&table, value)) {
        CHECK(count < OIM_COUNT(expected));
        CHECK_EQ(*value, expected[count]);
        count++;
    }
    CHECK_EQ(count, OIM_COUNT(expected));
}

static void table__aligns_its_values__for_any_type(void **state)
{
    (void)state;
    for (size_t value_size = 1; value_size < 40; value_size++) {
        OIM_CLEANUP(oim_table_finish) struct oim_table table = {0};
        CHECK_OK(oim_table_init(&table, 4, value_size));
        for (uint64_t i = 0; i < 4; i++) {
            struct oim_id key = key_of(i);
            void *value = oim_table_add(&table, &key);
            CHECK_EQ((uintptr_t)value % 16, 0);
            memset(value, 0xee, value_size);
        }
    }
}

#define MODEL_KEYS 64u
#define MODEL_CAPACITY 40u

/* The model: whether each key is there, what it holds, and when it came. */
struct model {
    bool present[MODEL_KEYS];
    uint64_t value[MODEL_KEYS];
    void *address[MODEL_KEYS];
    uint64_t added_at[MODEL_KEYS];
    size_t count;
};

static void check_against_model(const struct oim_table *table, const struct model *model)
{
    CHECK_EQ(table->count, model->count);
    uint64_t added_at = 0;
    size_t seen = 0;
    for (uint64_t *value = oim_table_first(table); value != NULL; value = oim_table_next(table, value)) {
        uint64_t number = oim_table_key(table, value)->bytes[15];
        CHECK(model->present[number]);
        CHECK(model->address[number] == value);
        CHECK_EQ(*value, model->value[number]);
        CHECK(model->added_at[number] > added_at);
        added_at = model->added_at[number];
        seen++;
    }
    CHECK_EQ(seen, model->count);
}

/*
 * Goal:   any sequence of adds and removes leaves what a plain array would hold, in order, at fixed
 * addresses. Method: random operations on few keys, compared with the array after each.
 */
static void table__agrees_with_a_model__after_random_operations(void **state)
{
    (void)state;
    OIM_CLEANUP(oim_table_finish) struct oim_table table = {0};
    CHECK_OK(oim_table_init(&table, MODEL_CAPACITY, sizeof(uint64_t)));
    struct model model = {0};
    struct fake_random random;
    fake_random_init(&random, 3);
    for (uint64_t round = 1; round <= 20000; round++) {
        uint64_t number = fake_random_below(&random, MODEL_KEYS);
        struct oim_id key = key_of(number);
        CHECK(oim_table_get(&table, &key) == (model.present[number] ? model.address[number] : NULL));
        if (model.present[number]) {
            CHECK(oim_table_remove(&table, &key));
            model.present[number] = false;
            model.count--;
        } else {
            uint64_t *value = oim_table_add(&table, &key);
            CHECK_EQ(value != NULL, model.count < MODEL_CAPACITY);
            if (value != NULL) {
                *value = round;
                model.present[number] = true;
                model.value[number] = round;
                model.address[number] = value;
                model.added_at[number] = round;
                model.count++;
            }
        }
        if (round % 16 == 0) {
            check_against_model(&table, &model);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table__finds_what_was_added__and_nothing_else),
        cmocka_unit_test(table__takes_no_more__than_its_capacity),
        cmocka_unit_test(table__clears_a_value__in_a_slot_that_was_used),
        cmocka_unit_test(table__refuses_capacities__that_it_cannot_have),
        cmocka_unit_test(table__is_empty__before_init_and_with_no_capacity),
        cmocka_unit_test(table__iterates_in_insertion_order__around_removals),
        cmocka_unit_test(table__aligns_its_values__for_any_type),
        cmocka_unit_test(table__agrees_with_a_model__after_random_operations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
