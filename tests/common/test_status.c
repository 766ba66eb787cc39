/* test_status.c - the status table: a contract with clients that are already out there. */
#include "common/status.h"

#include "tests/support/check.h"

/* The numbers, written down a second time: changing one must take two hands. */
static const struct {
    enum oim_status status;
    const char *name;
    uint32_t wire_code;
    uint16_t close_code;
} contract[] = {
    {OIM_OK, "ok", 0, 1000},
    {OIM_AGAIN, "again", 1, 1013},
    {OIM_ERR_PROTOCOL, "protocol", 2, 1002},
    {OIM_ERR_AUTH, "auth", 3, 1008},
    {OIM_ERR_DENIED, "denied", 4, 1008},
    {OIM_ERR_NOT_FOUND, "not_found", 5, 4005},
    {OIM_ERR_CONFLICT, "conflict", 6, 4006},
    {OIM_ERR_LIMIT, "limit", 7, 1009},
    {OIM_ERR_USAGE, "usage", 8, 4008},
    {OIM_ERR_TRUST, "trust", 9, 4009},
    {OIM_ERR_STORAGE, "storage", 10, 1011},
    {OIM_ERR_IO, "io", 11, 1011},
};

static void status__keeps_its_numbers__in_every_version(void **state)
{
    (void)state;
    CHECK_EQ(OIM_COUNT(contract), OIM_STATUS_COUNT);
    for (size_t i = 0; i < OIM_COUNT(contract); i++) {
        CHECK_EQ(contract[i].status, i);
        CHECK_TEXT(oim_status_name(contract[i].status), contract[i].name);
        CHECK_EQ(oim_status_wire_code(contract[i].status), contract[i].wire_code);
        CHECK_EQ(oim_status_close_code(contract[i].status), contract[i].close_code);
        CHECK_STATUS(oim_status_from_wire(contract[i].wire_code), contract[i].status);
    }
}

static void status__reads_codes_of_a_newer_peer__as_protocol(void **state)
{
    (void)state;
    CHECK_STATUS(oim_status_from_wire(12), OIM_ERR_PROTOCOL);
    CHECK_STATUS(oim_status_from_wire(OIM_WIRE_UNKNOWN_KIND), OIM_ERR_PROTOCOL);
    CHECK_STATUS(oim_status_from_wire(UINT32_MAX), OIM_ERR_PROTOCOL);
}

static void status__has_an_answer__for_a_value_out_of_range(void **state)
{
    (void)state;
    CHECK_TEXT(oim_status_name(OIM_STATUS_COUNT), "unknown");
    CHECK_EQ(oim_status_wire_code(OIM_STATUS_COUNT), 11);
    CHECK_EQ(oim_status_close_code(OIM_STATUS_COUNT), 1011);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status__keeps_its_numbers__in_every_version),
        cmocka_unit_test(status__reads_codes_of_a_newer_peer__as_protocol),
        cmocka_unit_test(status__has_an_answer__for_a_value_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
