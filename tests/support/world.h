/*
 * world.h - one server core, a store, and model peers that speak the real protocol; the test owns the clock.
 *
 * The store is SQLite's back end without threads in a folder of its own, so what tests see is what life sees.
 * Every call runs the core to rest, except while commits are held.
 */
#ifndef OIM_TESTS_SUPPORT_WORLD_H
#define OIM_TESTS_SUPPORT_WORLD_H

#include "common/arena.h"
#include "proto/frame.h"
#include "proto/handshake.h"
#include "server/core/core.h"
#include "tests/support/fake.h"

#define WORLD_PEER_COUNT_MAX 24u
#define PEER_FRAME_COUNT_MAX 2048u
#define WORLD_HELD_COUNT_MAX 1024u

struct account;
struct world;

struct peer {
    struct world *world;
    char login[LOGIN_SIZE_MAX + 1];
    struct sign_secret key;
    struct oim_id user_id, device_id;
    uint64_t conn;    /* 0: not connected */
    uint64_t counter; /* conn_counter, committed before connecting */
    uint64_t cursor;  /* what it has "stored" */
    uint64_t send_no; /* the last one used */
    uint32_t request;
    enum transport transport;
    struct frame_hello hello;
    struct oim_hash th;
    bool greeted, ready;
    bool auto_ack; /* acknowledge after every binary message; true from the start */
    bool no_offline_im;
    struct oim_buf *tap; /* borrowed: what came, as bytes; NULL: nobody looks */
    struct oim_buf
        *tap_times;      /* borrowed: of each binary message be64 now_ms and be64 size; NULL: nobody looks */
    bool signed_in;      /* the shell was told so */
    uint16_t close_code; /* of the last connection; 0: it was not closed by the server */
    uint32_t window_rows;
    enum face_class class;
    uint32_t idle_s;                           /* what it says at its sign-in */
    struct frame frames[PEER_FRAME_COUNT_MAX]; /* all that came since peer_forget */
    size_t frame_count;
    size_t message_count; /* binary messages */
    uint8_t *memory;      /* behind the frames */
    struct oim_arena arena;
};

struct world {
    struct fake_clock clock;
    struct fake_random random;
    struct core *core;
    struct store *store;
    struct core_config config;
    struct effect_list effects;
    char dir[64];
    struct peer *peers[WORLD_PEER_COUNT_MAX];
    size_t peer_count;
    struct peer *owner;
    struct sign_secret server_key;
    struct oim_id org_id;
    char owner_line[INVITE_LINE_SIZE_MAX];
    bool owner_joined, ready, drained, fatal;
    uint64_t conn_last;
    uint64_t wake_at_ms;
    bool hold;                     /* commits wait */
    enum store_op fail_op;         /* the next reply to this... */
    enum store_result fail_result; /* ...becomes this one; what was done stays done only for UNKNOWN */
    size_t read_stop_count, log_count;
    struct store_req *waiting; /* requests held back, deep copies are the store's once submitted */
};

/** A running server that its owner ("owner") has joined and is signed in to. */
void world_init(struct world *world, uint64_t seed);
/** The same before anybody has joined. */
void world_init_empty(struct world *world, uint64_t seed);
void world_finish(struct world *world);
/** Kill the server and start it again on the same store; everybody's connection is gone. */
void world_restart(struct world *world);

/** An account with a device that joined by an invite and is signed in. */
struct peer *world_join(struct world *world, const char *login);
/** An account that nobody has joined yet. out_secret: of its invite. */
void world_invite(struct world *world, const char *login, uint8_t out_secret[INVITE_SECRET_SIZE]);
struct peer *world_join_invited(struct world *world, const char *login,
                                const uint8_t secret[INVITE_SECRET_SIZE]);
/** A further device of the same person, linked as B52 says; not signed in. */
struct peer *world_link(struct peer *old, const char *label);
/** A peer with a key and nothing else, not connected. */
struct peer *world_stranger(struct world *world, const char *login);

void world_hold_commits(struct world *world);
void world_release_commits(struct world *world);
/** Let time pass, in steps of what the core asked to be woken for. */
void world_run_ms(struct world *world, uint64_t ms);
/** One event, then everything that follows from it. */
void world_event(struct world *world, const struct core_event *event);
void world_settle(struct world *world);
/** Changes that come as administration's frames in life are written the way those write them, in between. */
struct core *world_change_begin(struct world *world);
void world_change_end(struct world *world);
/** By login; fails the test when there is none. */
struct account *world_account(struct world *world, const char *login);
/** One setting of Global, of the organisation, or somebody's own policy, written like a change of policy. */
void world_set_policy(struct world *world, const char *login, const char *setting, const char *value);
void world_set_state(struct world *world, const char *login, enum presence_state state);
void world_set_block(struct world *world, const char *login, const char *peer, bool blocked);
void world_close_account(struct world *world, const char *login, const char *say);

void peer_open(struct peer *peer);                     /* transport only */
void peer_say(struct peer *peer, struct frame *frame); /* numbers the request */
void peer_say_bytes(struct peer *peer, const void *bytes, size_t size);
void peer_greet(struct peer *peer);   /* Hello, ServerHello checked */
void peer_auth(struct peer *peer);    /* DeviceAuth with the next counter */
void peer_sign_in(struct peer *peer); /* all three */
void peer_cut(struct peer *peer);     /* the connection is gone */
void peer_forget(struct peer *peer);  /* the frames that came so far */
/** A chat message with the right slots; returns its number. */
uint64_t peer_send(struct peer *peer, const char *to, const char *text);
/** The same, with the sender's wish for how long it may wait; 0: none. */
uint64_t peer_send_for(struct peer *peer, const char *to, const char *text, uint32_t ttl_s);
/** Say a Submit again or make one by hand. */
void peer_submit_fill(struct peer *peer, const char *to, const char *text, uint64_t send_no, enum cls cls,
                      struct frame *out, struct key_slot slots[SLOT_COUNT_MAX]);
void peer_ack(struct peer *peer, uint64_t seq);

size_t peer_count(const struct peer *peer, enum frame_kind kind);
/** The index-th frame of this kind, from 0; fails the test when there is none. */
const struct frame *peer_frame(const struct peer *peer, enum frame_kind kind, size_t index);
const struct frame *peer_last(const struct peer *peer, enum frame_kind kind);
/** The answer about one number; NULL when there is none. */
const struct frame_submit_result *peer_result(const struct peer *peer, uint64_t send_no);
/** How often a message with this text was delivered. */
size_t peer_text_count(const struct peer *peer, const char *text);
/** Notices of this kind. */
size_t peer_notice_count(const struct peer *peer, enum notice_what what);

#endif
