/*
 * test_output.c - what could not be written is never taken for written.
 */
#include "common/os/output.h"

#include "tests/support/check.h"

static void output_flush__fails__when_the_device_is_full(void **state)
{
    (void)state;
    struct oim_error err;
    FILE *full = fopen("/dev/full", "w");
    CHECK_OK(output_flush(full, &err)); /* nothing was written */
    fputs("an answer", full);
    CHECK_STATUS(output_flush(full, &err), OIM_ERR_IO);
    CHECK_TEXT(err.text, "No space left on device");
    fclose(full);
}

static void output_flush__fails__when_an_earlier_write_did(void **state)
{
    (void)state;
    struct oim_error err;
    FILE *full = fopen("/dev/full", "w");
    setvbuf(full, NULL, _IONBF, 0);
    fputs("an answer", full);
    CHECK_STATUS(output_flush(full, &err), OIM_ERR_IO);
    CHECK_TEXT(err.text, "a part of it is missing");
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_flush__fails__when_the_device_is_full),
        cmocka_unit_test(output_flush__fails__when_an_earlier_write_did),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
