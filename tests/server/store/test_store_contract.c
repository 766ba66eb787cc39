/*
 * test_store_contract.c - the contract of store.h, claim by claim, against every back end.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/server/store/contract.h"

#define TEST_COUNT_MAX 400u
#define NAME_SIZE 160u

struct case_state {
    const struct contract_claim *claim;
    enum rig_kind kind;
    bool simulates_disk;
};

static void run_claim(void **state)
{
    const struct case_state *at = *state;
    struct rig *rig = calloc(1, sizeof(*rig));
    CHECK(rig != NULL);
    rig_open(rig, at->kind, at->simulates_disk);
    at->claim->check(rig);
    rig_close(rig);
    free(rig);
}

int main(void)
{
    static struct CMUnitTest tests[TEST_COUNT_MAX];
    static struct case_state cases[TEST_COUNT_MAX];
    static char names[TEST_COUNT_MAX][NAME_SIZE];
    static const struct contract_claim *const lists[] = {contract_append, contract_mailbox, contract_record,
                                                         contract_fault};
    size_t count = 0;
    for (int kind = 0; kind < RIG_KIND_COUNT; kind++) {
        for (size_t l = 0; l < OIM_COUNT(lists); l++) {
            for (const struct contract_claim *claim = lists[l]; claim->check != NULL; claim++) {
                snprintf(names[count], NAME_SIZE, "%s: %s", rig_kind_name((enum rig_kind)kind), claim->name);
                cases[count] = (struct case_state){.claim = claim,
                                                   .kind = (enum rig_kind)kind,
                                                   .simulates_disk = lists[l] == contract_fault};
                tests[count] = (struct CMUnitTest){
                    .name = names[count], .test_func = run_claim, .initial_state = &cases[count]};
                count++;
            }
        }
    }
    return _cmocka_run_group_tests("store contract", tests, count, NULL, NULL);
}
