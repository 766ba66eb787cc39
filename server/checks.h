/*
 * checks.h - `oimd check` and `health`: is it set up well, is it alive?
 *
 * Each prints one line a finding on standard output and is silent about secrets.
 */
#ifndef OIM_SERVER_CHECKS_H
#define OIM_SERVER_CHECKS_H

#include <stdbool.h>

#include "server/config.h"

/* Folder, secret, database, port, address. True when a server would start. */
bool checks_setup(const struct config *config);

/* True when the server of this data folder answers on its local socket. */
bool checks_health(const struct config *config);

#endif
