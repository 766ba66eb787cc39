/*
 * loop.h - the server's one loop: it feeds the core with what happens and performs what the core asks for.
 *
 * Everything here runs on one thread. Nothing in it waits for a disk: requests go to the store's thread,
 * whose descriptor wakes the loop when there are answers. What was read from all sockets in one round is
 * answered at its end with one message each (CORE_ROUND_END, before the loop sleeps), and the store is woken
 * once.
 *
 * Invariants:
 *   core_step is never entered while its effects are being performed; what performing them makes happen
 *   (a connection that blocks) is kept and told afterwards.
 *   No socket is accepted from before the core is ready, and none after it drains.
 */
#ifndef OIM_SERVER_NET_LOOP_H
#define OIM_SERVER_NET_LOOP_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/attr.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/os/log.h"
#include "server/core/core.h"
#include "server/net/listener.h"
#include "server/net/ws_server.h"
#include "server/store/store.h"

/* What only the program can do. */
struct loop_ops {
    void (*on_ready)(void *context);
    void (*on_owner_line)(void *context, const char *line);
    void (*on_owner_joined)(void *context);
    void (*on_reload)(void *context); /* SIGHUP; may call core_configure */
};

struct loop_config {
    struct ev_loop *ev; /* all borrowed, and alive until loop_destroy */
    struct core *core;
    struct store *store;
    struct listener *public_listener;
    struct listener *local_listener;
    enum transport public_transport;     /* TLS or PROXY */
    const struct tls_identity *identity; /* for TLS */
    struct oim_clock clock;
    struct oim_random random;
    struct log *log;
    size_t connection_count_max;
};

struct loop;

/** Errors: OIM_ERR_IO as ws_server_create; OIM_ERR_LIMIT no memory. */
OIM_MUST_CHECK enum oim_status loop_create(struct loop **out, const struct loop_config *config,
                                           const struct loop_ops *ops, void *context, struct oim_error *err);
/* Closes what is open without a word; the store and the core are the caller's to close. */
void loop_destroy(struct loop *loop);

/**
 * Serve until SIGTERM or SIGINT has been obeyed: everybody told goodbye, the store idle. A second signal ends
 * at once.
 *
 * Errors: OIM_ERR_STORAGE  the store is finished; the sentence says what to do.
 */
OIM_MUST_CHECK enum oim_status loop_run(struct loop *loop, struct oim_error *err);

#endif
