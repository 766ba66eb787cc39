/*
 * ws_client.h - one WebSocket connection to a server, on the agent's libev loop: translates, decides nothing.
 *
 * Whom to trust (SECURITY.md 3):
 *   WS_CLIENT_DIRECT  TLS 1.3; any certificate is accepted here, because the engine checks the server's
 * signature over this connection's TLS exporter against the key of the invite. Never use it without.
 *   WS_CLIENT_PROXY   to loopback: plain. Elsewhere: TLS 1.3 with a certificate this computer trusts for that
 *                     name, or, when the invite says one, with exactly that public key (SHA-256 of its SPKI),
 *                     whatever else the certificate says.
 *   WS_CLIENT_LOCAL   the server's own unix socket, for `oimctl init` and the like.
 *
 * Names are looked up on a thread of their own, so that a slow resolver does not stop the loop. There is no
 * keep-alive here: the protocol has its own frames for that. After on_close or ws_client_close the client may
 * be told to connect again, but not from inside a callback.
 */
#ifndef OIM_CLIENT_NET_WS_CLIENT_H
#define OIM_CLIENT_NET_WS_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/error.h"
#include "proto/handshake.h"

struct ev_loop;

enum ws_client_mode { WS_CLIENT_DIRECT, WS_CLIENT_PROXY, WS_CLIENT_LOCAL };

/* Why there is no connection (any more). */
enum ws_client_end {
    WS_END_CLOSED,  /* the other side closed it: code and text are its own; 1006: without a word */
    WS_END_NO_NAME, /* the host's name is not known */
    WS_END_REFUSED, /* nobody listens there */
    WS_END_UNREACHABLE,
    WS_END_TIMEOUT,          /* not up within WS_CLIENT_TIMEOUT_MS */
    WS_END_TLS,              /* what answers there speaks no TLS 1.3 */
    WS_END_CERTIFICATE,      /* nobody this computer trusts vouches for it */
    WS_END_CERTIFICATE_DATE, /* it has expired, or is not valid yet */
    WS_END_CERTIFICATE_NAME, /* it is for another name */
    WS_END_CERTIFICATE_KEY,  /* its public key is not the one asked for */
    WS_END_NOT_OIM           /* something answers there, but it is no oim server */
};

#define WS_CLIENT_TIMEOUT_MS 10000u

struct ws_client_ops {
    /* cb is zeros and cb_type CB_NONE without TLS of the server itself. */
    void (*on_open)(void *context, const uint8_t cb[CB_SIZE], uint32_t cb_type);
    void (*on_message)(void *context, struct oim_slice bytes); /* borrowed during the call */
    /* Exactly once per ws_client_connect that returned OIM_OK, except after ws_client_close. text: for logs.
     */
    void (*on_close)(void *context, enum ws_client_end end, uint16_t code, const char *text);
    void (*on_writable)(void *context); /* after a send that returned OIM_AGAIN */
};

struct ws_client;

/** ev, ops and context are borrowed. Errors: OIM_ERR_IO, naming the package that is missing. */
OIM_MUST_CHECK enum oim_status ws_client_create(struct ws_client **out, struct ev_loop *ev,
                                                const struct ws_client_ops *ops, void *context,
                                                struct oim_error *err);
void ws_client_destroy(struct ws_client *client);

/**
 * Start connecting. host_port as in struct invite_line ("chat.example.org:7667", "[::1]:7667"), or the path
 * of a unix socket (at most 107 bytes) in local mode. spki: 32 bytes or NULL. Must not be connected.
 *
 * Errors: OIM_ERR_USAGE  host_port makes no sense.
 *         OIM_ERR_IO     nobody listens on the unix socket, or there is no thread for the lookup.
 */
OIM_MUST_CHECK enum oim_status ws_client_connect(struct ws_client *client, const char *host_port,
                                                 enum ws_client_mode mode, const uint8_t *spki,
                                                 struct oim_error *err);

/**
 * One binary message, copied. Errors: OIM_AGAIN      an earlier one has not left yet: on_writable will come.
 *                                     OIM_ERR_LIMIT  over MESSAGE_SIZE_MAX.
 *                                     OIM_ERR_IO     not connected.
 */
OIM_MUST_CHECK enum oim_status ws_client_send(struct ws_client *client, struct oim_slice bytes);

/** End the connection, if there is one, with code 1000 after what was sent; no on_close follows. */
void ws_client_close(struct ws_client *client);

bool ws_client_is_open(const struct ws_client *client);

/* Stable names for JSON and logs: "closed", "no_name", "refused" ... */
const char *ws_client_end_name(enum ws_client_end end);

#endif
