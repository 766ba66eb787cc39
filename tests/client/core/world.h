/*
 * world.h - an engine, its store, a clock that obeys, and a scripted server at the other end of the codec.
 *
 * The store is the real one, in memory: what was committed survives world_crash, which throws the engine away
 * and starts another on what is stored. crash_after counts down saves, so that a test can end the engine
 * between any SAVE and what would have followed, before or after its commit.
 */
#ifndef OIM_TESTS_CLIENT_CORE_WORLD_H
#define OIM_TESTS_CLIENT_CORE_WORLD_H

#include "client/core/engine.h"
#include "client/store/local_store.h"
#include "proto/codec.h"
#include "proto/inner.h"
#include "tests/support/check.h"
#include "tests/support/fake.h"

#define WORLD_SUBMIT_MAX 64
#define WORLD_QUEUE_MAX 64
#define WORLD_OUTBOX_MAX 48 /* of the engine */

struct world_submit {
    uint64_t send_no;
    struct oim_id msg_id;
    struct oim_id to_user;
    enum cls cls;
    size_t slot_count;
};

struct world_row {        /* of the device's mailbox at the server */
    enum frame_kind kind; /* DELIVER, NOTICE or GAP */
    uint64_t seq;
    struct oim_id msg_id;
    enum notice_what what;
    enum reason reason;
    char text[64];
};

struct world_server {
    struct sign_secret key;
    struct oim_id epoch;
    uint64_t last_counter;
    uint64_t log_seq;
    struct oim_hash log_head;
    uint64_t hw;
    uint64_t hw_told_extra; /* added to hw in AuthOk: a server that knows more than this profile */
    struct world_submit accepted[WORLD_SUBMIT_MAX];
    size_t accepted_count;
    struct world_submit seen[4 * WORLD_SUBMIT_MAX]; /* every Submit, repeats included */
    size_t seen_count;
    bool silent;          /* answers nothing after AuthOk */
    enum outcome outcome; /* for the next Submits; HELD unless said otherwise */
    enum reason reason;
    struct oim_id bob_devices[2];
    size_t bob_device_count;
    enum person_state bob_state;
    bool bob_is_erased; /* nobody has that id any more */
    bool bob_is_new;    /* ... and the id of 'n's has the login */
    bool tells_policy;
    bool allows_receipts;
    bool keeps_history;        /* else HistoryFollowsArchiving, and EnableIMAutoArchiving False */
    uint64_t retry_interval_s; /* AutoDiscoveryRetryInterval; 0: unset */
    struct world_row mailbox[WORLD_QUEUE_MAX];
    size_t mailbox_count;
    uint64_t acked;
    uint64_t told; /* highest row said on this connection */
    size_t device_auth_count;
    uint32_t idle_s;                      /* as Attend or DeviceAuth said last */
    size_t frame_count[FRAME_KIND_LIMIT]; /* by kind, as received */
    unsigned admin_again;                 /* so many changes are put off */
    uint64_t admin_no;                    /* of the last one */
    const char *host_port;                /* where it listens; NULL: wherever the engine connects to */
};

struct world {
    struct fake_clock clock;
    struct fake_random random;
    struct local_store *store;
    void *memory;
    struct engine *engine;
    struct sign_secret device_key;
    struct oim_id self, bob;
    struct world_server server;
    bool link_up, link_wanted;
    struct known_way way; /* of the last connect */
    size_t connect_count;
    struct frame_hello hello;
    struct oim_hash th;
    struct oim_buf inbox; /* what the server says, until the world lets it through */
    int crash_after;      /* saves until the crash; < 0: none */
    bool crash_committed; /* the save at which it crashes reaches the disk */
    bool crashed;
    struct engine_answer answer; /* the last one */
    size_t answer_count;
    size_t changed_count[16]; /* by enum engine_changed */
    uint64_t last_request;
};

void world_init(struct world *world); /* joined as alice, one device; bob has one */
void world_finish(struct world *world);
void world_start(struct world *world); /* an engine on what the store holds */
void world_crash(struct world *world); /* and start again */
void world_step(struct world *world, struct engine_event *event);
/* Open what the engine wants opened, carry messages, until nothing moves. Time stands still. */
void world_settle(struct world *world);
void world_pass(struct world *world, uint64_t ms); /* in steps the engine asks for, settling */
void world_cut(struct world *world);
void world_online(struct world *world); /* wanted, with rows, and settled */
struct oim_id world_send(struct world *world, const char *text);
/* Rows in the mailbox; delivered at the next sign-in, or now when connected. */
void world_deliver(struct world *world, const struct oim_id *msg_id, uint64_t seq, const char *text);
void world_say(struct world *world, const struct frame *frame);
void world_say_policy(struct world *world);
size_t world_message_count(struct world *world);
struct oim_id id_of(uint8_t letter);                                            /* sixteen of them */
struct message world_message(struct world *world, const struct oim_id *msg_id); /* texts are not kept */

#endif
