/*
 * profile_path.h - where a profile's files lie, for the faces and the agent alike.
 *
 * A profile is one folder: $OIM_HOME/NAME, else $XDG_DATA_HOME/oim/NAME, else ~/.local/share/oim/NAME. It
 * holds `lock` (flock: whoever has it is the agent), `agent.sock`, the keys and the store; only its owner can
 * enter it.
 *
 * A socket's path holds 107 bytes and a home may be deeper, so the socket is reached through the open folder:
 * /proc/self/fd/N/agent.sock (BLUEPRINT F2).
 */
#ifndef OIM_CLIENT_FACE_PROFILE_PATH_H
#define OIM_CLIENT_FACE_PROFILE_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <sys/un.h>

#include "common/error.h"

#define PROFILE_NAME_DEFAULT "default"
#define PROFILE_NAME_SIZE_MAX 64
#define PROFILE_LOCK_FILE "lock"
#define PROFILE_SOCKET_FILE "agent.sock"

/* What decides, as the environment has it; NULL or "" is unset. */
struct profile_environment {
    const char *oim_home;      /* OIM_HOME */
    const char *xdg_data_home; /* XDG_DATA_HOME; ignored unless absolute, as its specification says */
    const char *home;          /* HOME */
};

struct profile_path {
    char folder[PATH_MAX];
};

struct profile_environment profile_environment_read(void);

/** Letters, digits, '.', '_', '-', not beginning with '.' or '-', at most PROFILE_NAME_SIZE_MAX. */
bool profile_name_valid(const char *name);

/**
 * The folder of the profile called name; nothing is looked at on disk. A relative OIM_HOME is taken from the
 * working directory at the time of use.
 *
 * Errors: OIM_ERR_USAGE name is not valid, or the environment names no place. OIM_ERR_LIMIT too long a path.
 */
OIM_MUST_CHECK enum oim_status profile_path_resolve(const struct profile_environment *environment,
                                                    const char *name, struct profile_path *out,
                                                    struct oim_error *err);

/**
 * Open the folder (O_CLOEXEC), making it and its parents (0700) first when create is set.
 *
 * Errors: OIM_ERR_NOT_FOUND there is none and create is not set; OIM_ERR_TRUST it belongs to somebody else,
 * or others may enter it; OIM_ERR_IO.
 */
OIM_MUST_CHECK enum oim_status profile_folder_open(const struct profile_path *path, bool create, int *out_fd,
                                                   struct oim_error *err);

/** The agent's socket in the open folder: valid in this process, while folder_fd stays open. */
struct sockaddr_un profile_socket_address(int folder_fd);

#endif
