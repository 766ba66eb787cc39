/*
 * resolve.h - from a host's name to addresses, on a thread of its own, because getaddrinfo may take many
 * seconds.
 *
 * The thread outlives a cancelled lookup; what both share belongs to whoever lets go of it last.
 */
#ifndef OIM_CLIENT_NET_RESOLVE_H
#define OIM_CLIENT_NET_RESOLVE_H

#include <stddef.h>
#include <stdint.h>

#include "common/attr.h"
#include "common/error.h"

#define RESOLVE_ADDRESS_COUNT_MAX 4u
#define RESOLVE_ADDRESS_SIZE 112u /* numeric, with a scope; or a unix path with its mark */

struct ev_loop;
struct resolve;

struct resolved {
    char addresses[RESOLVE_ADDRESS_COUNT_MAX][RESOLVE_ADDRESS_SIZE]; /* in the system's order of preference */
    size_t address_count;                                            /* 0: the name is not known */
};

/**
 * Call on_done once on ev's thread, with what was found, unless cancelled first. The lookup ends itself with
 * on_done; do not cancel it afterwards.
 *
 * Errors: OIM_ERR_IO when there is no thread or descriptor to be had.
 */
OIM_MUST_CHECK enum oim_status resolve_start(struct resolve **out, struct ev_loop *ev, const char *host,
                                             void (*on_done)(void *context, const struct resolved *resolved),
                                             void *context, struct oim_error *err);
void resolve_cancel(struct resolve *resolve);

#endif
