/*
 * profile.h - the profile's folder as the agent holds it: the lock, the socket, the paths.
 *
 * Whoever holds the lock is the agent; a socket found beside a free lock is a dead agent's and is replaced.
 */
#ifndef OIM_CLIENT_AGENT_PROFILE_H
#define OIM_CLIENT_AGENT_PROFILE_H

#include "client/face/profile_path.h"

struct profile {
    int folder_fd;
    int lock_fd;
    char store_path[PATH_MAX];
};

/** Errors: OIM_AGAIN another agent has it; as profile_folder_open. */
OIM_MUST_CHECK enum oim_status profile_take(const char *name, struct profile *out, struct oim_error *err);
/** Bind and listen (0600). Errors: OIM_ERR_IO. */
OIM_MUST_CHECK enum oim_status profile_listen(const struct profile *profile, int *out_fd,
                                              struct oim_error *err);
void profile_release(struct profile *profile); /* takes the socket away first */

#endif
