/*
 * ws_server.h - WebSocket connections on libwebsockets and libev: translates its callbacks, decides nothing.
 *
 * Sockets are accepted elsewhere (listener.h) and handed in. A connection is known by its id, from 1, never
 * used again; whoever names one that is gone is not an error, because completions arrive when they arrive.
 *
 * Only the path /oim with the subprotocol oim.v1 and without an Origin header becomes a connection; text
 * messages are closed with 1003, messages over MESSAGE_SIZE_MAX with 1009. Fragments are put together here;
 * what is unfinished on all connections together is bounded, and beyond the bound the connection that asks is
 * closed 1013.
 *
 * Facts about libwebsockets 4.1.6 that shape this file (PLATFORM.md 1.4): fd_limit_per_thread stays 0; no
 * extension, because deflate costs 100 KiB a session; http/1.1 only; one write per message, directly, and
 * WRITEABLE as the sign that what was buffered has left; a connection is closed from its own callback.
 */
#ifndef OIM_SERVER_NET_WS_SERVER_H
#define OIM_SERVER_NET_WS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/crypto.h"
#include "common/error.h"
#include "server/core/event.h"
#include "server/net/tls.h"

struct ev_loop;

/* What happened. None of these may be called back into ws_server_destroy; writing and closing is allowed. */
struct ws_server_ops {
    void (*on_opened)(void *context, uint64_t conn, enum transport transport, const uint8_t cb[CB_SIZE],
                      uint64_t address_key);
    void (*on_message)(void *context, uint64_t conn, struct oim_slice bytes); /* borrowed during the call */
    void (*on_writable)(void *context, uint64_t conn); /* after a write that returned WS_BLOCKED */
    void (*on_closed)(void *context, uint64_t conn);
};

struct ws_server_config {
    struct ev_loop *ev;                  /* borrowed */
    const struct tls_identity *identity; /* borrowed; NULL: TRANSPORT_TLS cannot be adopted */
    size_t connection_count_max;
    size_t unfinished_size_max;  /* bytes of unfinished messages, all connections together */
    struct seal_key address_key; /* random: makes the address_key of connections unpredictable to peers */
};

enum ws_write {
    WS_SENT,    /* all of it is with the kernel, or the connection is gone and it does not matter */
    WS_BLOCKED, /* part of it waits: write no more before on_writable */
};

struct ws_server;

/** Errors: OIM_ERR_IO when libwebsockets cannot use libev (says which package is missing) or TLS does not
 * start. */
OIM_MUST_CHECK enum oim_status ws_server_create(struct ws_server **out, const struct ws_server_config *config,
                                                const struct ws_server_ops *ops, void *context,
                                                struct oim_error *err);
/* Drops every connection without on_closed. */
void ws_server_destroy(struct ws_server *server);

/** Take over an accepted socket, which is closed if it cannot become a connection. */
void ws_server_adopt(struct ws_server *server, int fd, enum transport transport);

/** One binary message. EFFECT_WRITE_HEADROOM bytes before data are writable; data may be scribbled on. */
enum ws_write ws_server_write(struct ws_server *server, uint64_t conn, uint8_t *data, size_t size);
/** Close after what was written. reason: at most 123 bytes are sent. */
void ws_server_close(struct ws_server *server, uint64_t conn, uint16_t code, const char *reason);
/** Flow control: stop or go on reading. */
void ws_server_read(struct ws_server *server, uint64_t conn, bool go);

/** Before this a message may have FRAME_SIZE_MAX_BEFORE_AUTH bytes, except over the local socket. */
void ws_server_signed_in(struct ws_server *server, uint64_t conn);

size_t ws_server_connection_count(const struct ws_server *server);

#endif
