/*
 * real_client.h - a device as it ships: the real engine, its profile, and the shell between engine and
 * network.
 *
 * What the device says and hears is read along the way, so that the checker learns what was submitted under
 * which number, what was answered and what came; it is told only once the engine has it on disk.
 */
#ifndef OIM_TESTS_SIM_REAL_CLIENT_H
#define OIM_TESTS_SIM_REAL_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/sim/model_client.h"
#include "tests/sim/net_sim.h"
#include "tests/sim/profile.h"

#define REAL_HEARD_COUNT_MAX 1024u
#define REAL_RESULT_COUNT_MAX 128u

struct real_client {
    uint32_t index;
    bool wants_in;
    enum face_class class;
    uint64_t conn;         /* 0: none */
    struct engine *engine; /* NULL: the process does not run */
    uint64_t version;      /* of the events meant for this process */
    uint64_t wake_version;
    uint64_t wake_at_ms; /* 0: no event is under way */
    uint64_t request;
    enum presence_state state; /* what its person wants to be; UNKNOWN: has said nothing */
    enum presence_state state_said;
    uint64_t state_request;    /* 0: none is under way */
    bool state_waits;          /* the last one was not answered well */
    uint64_t active_ms; /* when its person was at it last; at first: five minutes before the start */
    bool opens, closes; /* the engine has asked for it in this step */
    bool dies;          /* in this step */
    uint32_t
        named[CHECKER_NUMBER_COUNT_MAX]; /* [send_no]: the message under it, and one; 0: none, or a receipt */
    bool is_answered[CHECKER_MESSAGE_COUNT_MAX];
    uint32_t heard_count;
    uint32_t result_count;
    /* From here on a new run begins with what the last one left. */
    struct inbox_item heard[REAL_HEARD_COUNT_MAX];             /* rows of the binary message at hand */
    struct frame_submit_result results[REAL_RESULT_COUNT_MAX]; /* and its answers */
    struct profile profile;                                    /* clears itself */
};

void real_client_init(struct sim *sim, struct real_client *client, uint32_t index);
void real_client_finish(struct real_client *client);
void real_client_sign_in(struct sim *sim, struct real_client *client);
void real_client_sign_out(struct sim *sim, struct real_client *client);
void real_client_crash(struct sim *sim, struct real_client *client, bool tells);
/** The process ends and is there again at once; the network still carries the old one's last words. */
void real_client_restart(struct sim *sim, struct real_client *client);
void real_client_write(struct sim *sim, struct real_client *client, uint32_t message);
/** The person reads what is there: receipts follow. */
void real_client_read(struct sim *sim, struct real_client *client);
/** The person does something at a face. */
void real_client_touch(struct sim *sim, struct real_client *client);
/** Its person's manual state; PRESENCE_AUTO takes it back. */
void real_client_set_state(struct sim *sim, struct real_client *client, enum presence_state state);

void real_client_on_readable(struct sim *sim, struct real_client *client, struct net_link *link);
void real_client_on_start(struct sim *sim, struct real_client *client, uint64_t version);
void real_client_on_wake(struct sim *sim, struct real_client *client, uint64_t version);

#endif
