/*
 * event.h - everything that can happen to the core. Time arrives inside the event.
 */
#ifndef OIM_SERVER_CORE_EVENT_H
#define OIM_SERVER_CORE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "proto/handshake.h"
#include "server/store/store.h"

/* How a connection came in; decides cb_type and what it may do before signing in. */
enum transport {
    TRANSPORT_TLS,   /* direct mode: cb holds the TLS exporter */
    TRANSPORT_PROXY, /* plain WebSocket behind a trusted proxy or on loopback: cb is zeros */
    TRANSPORT_LOCAL  /* the unix socket: root or the service's user, checked by the shell; Local frames only */
};

enum core_event_kind {
    CORE_START,     /* once, first: load everything from the store */
    CORE_OPENED,    /* a WebSocket connection is up */
    CORE_RECEIVED,  /* one whole binary message */
    CORE_BLOCKED,   /* the last write could not leave at once: no WRITE for this connection until CORE_WRITABLE */
    CORE_WRITABLE,
    CORE_CLOSED,    /* gone; the id is never used again */
    CORE_REPLIED,   /* replies of the store, borrowed during the step */
    CORE_TICK,      /* the time asked for by EFFECT_WAKE_AT has come (or a little later) */
    CORE_ROUND_END, /* nothing more to read now: write to everybody what is due to them, one message each */
    CORE_DRAIN,     /* orderly stop: Bye to everybody, refuse newcomers, then EFFECT_DRAINED when the store is idle */
    CORE_RELOADED   /* config.addresses or limits changed */
};

struct core_event {
    enum core_event_kind kind;
    uint64_t now_ms;  /* monotonic */
    uint64_t wall_ms; /* calendar */
    int32_t utc_offset_s; /* what the server's local time is ahead of it: where its days begin */
    uint64_t conn;    /* OPENED..CLOSED: the shell's id, from 1, never reused */
    union {
        struct {
            enum transport transport;
            uint8_t cb[CB_SIZE];
            uint64_t address_key; /* hash of the peer's address (IPv6: its /64); 0 on the unix socket */
        } opened;
        struct {
            struct oim_slice bytes; /* borrowed during the step */
        } received;
        struct {
            const struct store_reply *replies;
            size_t reply_count;
        } replied;
        struct {
            uint32_t retry_after_ms; /* told to clients */
        } drain;
    } u;
};

#endif
