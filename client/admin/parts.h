/*
 * parts.h - a change for more people than one request takes: cut into parts, their answers joined again.
 */
#ifndef OIM_CLIENT_ADMIN_PARTS_H
#define OIM_CLIENT_ADMIN_PARTS_H

#include "common/arena.h"
#include "proto/admin.h"

/* What one transaction of the server's surely takes (sixteen records): of a grant, of `offline`, in which
 * each may make a policy and leave another one. */
#define PARTS_GRANT_COUNT 8u
#define PARTS_OFFLINE_COUNT 4u

/** How many of these go together: a team alone, or people up to the next team, at most count_max. */
size_t parts_size(const char *const *whos, size_t count, size_t count_max);
/** Add the rows and notes of one part to those before; a note that is there already is not said again.
 * Errors: OIM_ERR_LIMIT. */
OIM_MUST_CHECK enum oim_status parts_join(struct oim_arena *arena, struct admin_rows *io_all,
                                          const struct admin_rows *more);

#endif
