/*
 * contract.h - the claims that every back end keeps, as lists of functions over a rig.
 */
#ifndef OIM_TESTS_SERVER_STORE_CONTRACT_H
#define OIM_TESTS_SERVER_STORE_CONTRACT_H

#include "tests/server/store/store_rig.h"

struct contract_claim {
    const char *name;
    void (*check)(struct rig *rig);
};

#define CLAIM(function)     \
    {                       \
#function, function \
    }

/* Each ends with a claim of all zero. */
extern const struct contract_claim contract_append[];
extern const struct contract_claim contract_mailbox[];
extern const struct contract_claim contract_record[];
extern const struct contract_claim contract_fault[];

#endif
