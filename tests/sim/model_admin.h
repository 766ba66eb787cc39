/*
 * model_admin.h - the owner, who switches offline messages off and on again, forbids and allows to be
 * invisible, lets history follow archiving, and erases what waits for somebody, while everything goes on.
 */
#ifndef OIM_TESTS_SIM_MODEL_ADMIN_H
#define OIM_TESTS_SIM_MODEL_ADMIN_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/frame.h"
#include "tests/sim/sim_org.h"

#define ADMIN_PERSON 0u

struct sim;
struct model_client;

struct model_admin {
    uint64_t admin_nos[ORG_DEVICE_COUNT_MAX]; /* durable: the last number used, by device */
    uint64_t asked_no;                        /* "off for everybody" was asked under this number... */
    uint32_t asked_device;
    uint64_t off_since_ms; /* ...and is in force since; 0: perhaps not */
    uint64_t on_no; /* switching on was asked under this number and not answered; 0: nothing */
    uint32_t on_device;
};

/** From one of the owner's devices that is signed in; otherwise nothing happens. */
void model_admin_switch(struct sim *sim, bool on);
/** Likewise: whether people may be invisible. */
void model_admin_allow_invisible(struct sim *sim, bool allow);
/** Likewise: whether history follows archiving, for everybody, and whether there is any archiving. */
void model_admin_let_history_follow(struct sim *sim, bool follows, bool archives);
/** Likewise: all that is known to wait for this person at the moment. */
void model_admin_erase(struct sim *sim, uint32_t person);
void model_admin_on_result(struct sim *sim, const struct model_client *client,
                           const struct frame_admin_result *result);

#endif
