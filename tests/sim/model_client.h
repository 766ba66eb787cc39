/*
 * model_client.h - a device that obeys the protocol: the shortest program that keeps the client's half of the
 * promise.
 *
 * Durable (survives its crash): conn_counter, committed before connecting; the outbox with its numbers, bound
 * when first handed to a connection; cursor and shown messages, committed together before the Ack. All else
 * is forgotten with the connection or the process.
 */
#ifndef OIM_TESTS_SIM_MODEL_CLIENT_H
#define OIM_TESTS_SIM_MODEL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/sim/checker.h"

#define CLIENT_OUTBOX_COUNT_MAX 256u
#define CLIENT_INBOX_COUNT_MAX 2048u

struct sim;
struct net_link;

enum client_state { CLIENT_OFF, CLIENT_AWAY, CLIENT_GREETING, CLIENT_AUTHENTICATING, CLIENT_READY };

struct outbox_item {
    uint32_t message; /* index in the checker's list */
    uint64_t send_no; /* 0: not bound yet */
    bool is_sent;     /* on this connection, and nothing has come back */
};

struct model_client {
    uint32_t index;
    /* durable */
    uint64_t counter, cursor;
    uint64_t send_last;                                 /* the last number bound */
    struct outbox_item outbox[CLIENT_OUTBOX_COUNT_MAX]; /* the first is the oldest */
    uint32_t outbox_count;
    uint32_t known_devices; /* bits: who gets slots */
    /* volatile */
    enum client_state state;
    bool wants_in;        /* the person is signed in, or wants to be */
    uint64_t conn;        /* 0: none */
    uint64_t retry_at_ms; /* AWAY: when to connect again */
    uint64_t heard_ms, entered_ms, pinged_ms;
    uint64_t paused_until_ms; /* no Submits before */
    uint64_t acked_conn_seq;
    uint64_t repeat_last; /* numbers up to this one are repeats of what the server has */
    uint64_t commit_version;
    bool commit_due;
    uint32_t request;
    uint32_t window_rows;
    uint32_t unanswered_max;
    enum face_class class;
    bool is_caught_up;
    uint64_t caught_up_head;
    struct frame_hello hello;
    struct oim_hash th;
    uint32_t inbox_count;
    struct inbox_item inbox[CLIENT_INBOX_COUNT_MAX];
};

void model_client_init(struct sim *sim, struct model_client *client, uint32_t index);
void model_client_sign_in(struct sim *sim, struct model_client *client);
void model_client_sign_out(struct sim *sim, struct model_client *client);
/** The process dies: what was not committed is forgotten. tells: the server sees the connection end. */
void model_client_crash(struct sim *sim, struct model_client *client, bool tells);
/** A message into the outbox. False: it is full. */
bool model_client_write(struct sim *sim, struct model_client *client, uint32_t message);

void model_client_on_readable(struct sim *sim, struct model_client *client, struct net_link *link);
void model_client_on_tick(struct sim *sim, struct model_client *client);
void model_client_on_commit(struct sim *sim, struct model_client *client, uint64_t version);
void model_client_pump(struct sim *sim, struct model_client *client);

/* model_client_frames.c: what the server says. */
void model_client_on_frame(struct sim *sim, struct model_client *client, const struct frame *frame);
/* For it. */
void model_client_say(struct sim *sim, struct model_client *client, struct frame *frame);
void model_client_leave(struct sim *sim, struct model_client *client, uint64_t retry_after_ms);

#endif
