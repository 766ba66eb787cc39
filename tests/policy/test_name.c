/* test_name.c - names as people type them. */
#include "policy/name.h"

#include "tests/support/check.h"

static const char *const fruits[] = {"Apple", "Apricot", "Apri", "Banana", NULL};

static const char *fruit_at(const void *table, size_t index)
{
    return ((const char *const *)table)[index];
}

static void search__prefers_the_exact_name__to_longer_ones(void **state)
{
    (void)state;
    struct name_search search = name_search("apri", fruit_at, fruits);
    CHECK(search.found);
    CHECK_EQ(search.index, 2);
    search = name_search("APRIC", fruit_at, fruits);
    CHECK(search.found);
    CHECK_EQ(search.index, 1);
}

static void search__finds_nothing__when_several_begin_so(void **state)
{
    (void)state;
    struct name_search search = name_search("ap", fruit_at, fruits);
    CHECK(!search.found);
    CHECK_EQ(search.prefix_count, 3);
    CHECK(search.suggestion == NULL);
    CHECK(!name_search("", fruit_at, fruits).found);
}

static void search__suggests__only_what_is_near(void **state)
{
    (void)state;
    CHECK_TEXT(name_search("Bananna", fruit_at, fruits).suggestion, "Banana");
    CHECK(name_search("Cucumber", fruit_at, fruits).suggestion == NULL);
}

static void list__is_cut__at_a_whole_name(void **state)
{
    (void)state;
    char out[24];
    name_list("ap", fruit_at, fruits, out, sizeof(out));
    CHECK_TEXT(out, "Apple, Apricot, ...");
    name_list("b", fruit_at, fruits, out, sizeof(out));
    CHECK_TEXT(out, "Banana");
    name_list("", fruit_at, fruits, out, 8);
    CHECK_TEXT(out, "...");
    name_list("x", fruit_at, fruits, out, sizeof(out));
    CHECK_TEXT(out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(search__prefers_the_exact_name__to_longer_ones),
        cmocka_unit_test(search__finds_nothing__when_several_begin_so),
        cmocka_unit_test(search__suggests__only_what_is_near),
        cmocka_unit_test(list__is_cut__at_a_whole_name),
    };
    return cmocka_run_group_tests_name("policy/name", tests, NULL, NULL);
}
