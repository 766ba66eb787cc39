/*
 * listener.h - a listening socket of our own: bound before anything else is opened, served when all is
 * loaded.
 *
 * Ours rather than libwebsockets', because its own say nothing about why they cannot listen, and cut long
 * unix paths off or take over somebody else's socket without a word (BLUEPRINT B46).
 */
#ifndef OIM_SERVER_NET_LISTENER_H
#define OIM_SERVER_NET_LISTENER_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/attr.h"
#include "common/error.h"

struct listener {
    int fd;             /* owned; -1: not listening */
    uint16_t port;      /* the actual one; 0 on a unix socket */
    struct ev_loop *ev; /* borrowed, while started */
    struct ev_io accept_watcher;
    struct ev_timer pause; /* no descriptors left: try again a little later */
    void (*on_accept)(void *context, int fd);
    void *context;
};

/**
 * Bind and listen on host (a name or number; "*" is every address) and port (0: any free one).
 *
 * Errors: OIM_ERR_USAGE  host is no address of this computer.
 *         OIM_ERR_IO     the port is in use or not allowed, in words and with what to do.
 */
OIM_MUST_CHECK enum oim_status listener_open_tcp(struct listener *listener, const char *host, uint16_t port,
                                                 struct oim_error *err);

/**
 * Bind the unix socket name in the working directory, replacing a stale one: the caller holds the lock that
 * says no other server is alive. Only this user may connect. Proves by connecting once that the socket is
 * ours.
 *
 * Errors: OIM_ERR_USAGE  name is longer than a socket's name may be.
 *         OIM_ERR_IO     anything else.
 */
OIM_MUST_CHECK enum oim_status listener_open_unix(struct listener *listener, const char *name,
                                                  struct oim_error *err);

/* Accept from now on; each descriptor belongs to on_accept. */
void listener_start(struct listener *listener, struct ev_loop *ev, void (*on_accept)(void *context, int fd),
                    void *context);
void listener_finish(struct listener *listener);

/** True when the peer of this unix socket is root or the user this process runs as. */
bool listener_peer_is_own(int fd);

#endif
