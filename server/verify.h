/*
 * verify.h - `oimd verify`: is what the server keeps whole?
 *
 * Reads the database without writing to it, also while a server serves it: every page and index (SQLite's own
 * check), and both chains, organisation log and audit log, entry by entry: numbers without a gap, each hash
 * over the one before. That the last entries are still there only clients and auditors can say.
 */
#ifndef OIM_SERVER_VERIFY_H
#define OIM_SERVER_VERIFY_H

#include <stdbool.h>

#include "server/config.h"

/* Prints one line a finding on standard output. True when all is whole. */
bool verify_data(const struct config *config);

#endif
