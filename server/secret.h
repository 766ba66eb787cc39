/*
 * secret.h - the secret file: the server's own key, kept apart from the data and from its backups.
 *
 * Format: text; '#' begins a comment; one line
 *     server-key = SEED          base64url (RFC 4648, 5) of the 32-byte Ed25519 seed, without padding
 * Mode 0600, made at the first start with new random bytes. Whoever has it can pose as this server; whoever
 * loses it must invite everybody anew, because clients pin this key. The owner's line, which makes its reader
 * the owner, lies beside it as FILE.owner-line, 0600 too, until it has been used.
 */
#ifndef OIM_SERVER_SECRET_H
#define OIM_SERVER_SECRET_H

#include <stdbool.h>

#include "common/attr.h"
#include "common/crypto.h"
#include "common/error.h"
#include "common/random.h"

/**
 * Ownership: *out is the caller's; sign_secret_finish wipes it.
 * Errors: OIM_ERR_NOT_FOUND  there is no such file.
 *         OIM_ERR_TRUST      others may read it.
 *         OIM_ERR_USAGE      it is no secret file.
 *         OIM_ERR_IO         it cannot be read.
 */
OIM_MUST_CHECK enum oim_status secret_load(const char *path, struct sign_secret *out, struct oim_error *err);

/** A new key, durable before this returns; folders on the way are made, 0700. Never overwrites. */
OIM_MUST_CHECK enum oim_status secret_create(const char *path, const struct oim_random *random,
                                             struct sign_secret *out, struct oim_error *err);

/** Keep or forget the owner's line. Errors: OIM_ERR_IO (a read-only folder: say so and go on). */
OIM_MUST_CHECK enum oim_status secret_keep_owner_line(const char *path, const char *line,
                                                      struct oim_error *err);
void secret_forget_owner_line(const char *path);

#endif
