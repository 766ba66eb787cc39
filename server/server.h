/*
 * server.h - one server, put together from its configuration: lock, secret, sockets, store, core and loop.
 *
 * The order matters: the lock before anything is touched, the sockets before the database is opened (a port
 * in use is the commonest mistake and must not cost a scan), the loop last.
 */
#ifndef OIM_SERVER_SERVER_H
#define OIM_SERVER_SERVER_H

#include "common/attr.h"
#include "common/error.h"
#include "server/config.h"

#define SERVER_SOCKET_NAME "oimd.sock" /* in the data folder */
#define SERVER_DATABASE_NAME "oimd.db"

/**
 * Serve until told to stop. Works in the data folder from then on. reread, called at SIGHUP, fills a fresh
 * configuration from the same sources; what can change while serving is listed in server.c.
 *
 * Errors: OIM_ERR_USAGE and the others with one sentence that says what to do.
 */
OIM_MUST_CHECK enum oim_status server_serve(const struct config *config,
                                            enum oim_status (*reread)(void *context, struct config *out,
                                                                      struct oim_error *err),
                                            void *context, struct oim_error *err);

/** Load the secret, or make it; refuses to make one for data that already belong to another key. */
struct sign_secret;
struct oim_random;
OIM_MUST_CHECK enum oim_status server_read_secret(const struct config *config,
                                                  const struct oim_random *random, struct sign_secret *out,
                                                  struct oim_error *err);

#endif
