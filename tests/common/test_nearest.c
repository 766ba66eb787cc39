/* test_nearest.c - what is suggested, and when silence helps more. */
#include "common/nearest.h"

#include "tests/support/check.h"

static void nearest_distance__counts_edits(void **state)
{
    (void)state;
    assert_int_equal(nearest_distance("listen", "listen"), 0);
    assert_int_equal(nearest_distance("listen", "LISTEN"), 0);
    assert_int_equal(nearest_distance("listen", "lisen"), 1);
    assert_int_equal(nearest_distance("listen", "listten"), 1);
    assert_int_equal(nearest_distance("listen", "lixten"), 1);
    assert_int_equal(nearest_distance("listen", "litsen"), 1);
    assert_int_equal(nearest_distance("", "abc"), 3);
    assert_int_equal(nearest_distance("kitten", "sitting"), 3);
}

static void nearest_distance__gives_up__on_words_too_long(void **state)
{
    (void)state;
    char word[NEAREST_WORD_SIZE_MAX + 2];
    for (size_t i = 0; i < sizeof(word) - 1; i++) {
        word[i] = 'a';
    }
    word[sizeof(word) - 1] = '\0';
    assert_int_equal(nearest_distance(word, "a"), NEAREST_WORD_SIZE_MAX);
    assert_int_equal(nearest_distance("a", word), NEAREST_WORD_SIZE_MAX);
    word[NEAREST_WORD_SIZE_MAX] = '\0';
    assert_int_equal(nearest_distance(word, word), 0);
}

static void nearest__prefers_the_closest__and_the_first_of_equals(void **state)
{
    (void)state;
    struct nearest nearest;
    nearest_init(&nearest, "adress");
    nearest_offer(&nearest, "data_dir");
    assert_null(nearest.best);
    nearest_offer(&nearest, "addresses");
    nearest_offer(&nearest, "address");
    assert_string_equal(nearest.best, "address");
    nearest_offer(&nearest, "adressx");
    assert_string_equal(nearest.best, "address");
}

static void nearest__suggests_nothing__when_nothing_is_near(void **state)
{
    (void)state;
    struct nearest nearest;
    nearest_init(&nearest, "frobnicate");
    nearest_offer(&nearest, "listen");
    nearest_offer(&nearest, "address");
    assert_null(nearest.best);
    nearest_init(&nearest, "x");
    nearest_offer(&nearest, "a");
    assert_null(nearest.best);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearest_distance__counts_edits),
        cmocka_unit_test(nearest_distance__gives_up__on_words_too_long),
        cmocka_unit_test(nearest__prefers_the_closest__and_the_first_of_equals),
        cmocka_unit_test(nearest__suggests_nothing__when_nothing_is_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
