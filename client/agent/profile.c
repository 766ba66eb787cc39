/*
 * profile.c - take the profile's lock and its socket's place. Source: BLUEPRINT F2.
 */
#include "client/agent/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define STORE_FILE "store.db"
#define BACKLOG 128

enum oim_status profile_take(const char *name, struct profile *out, struct oim_error *err)
{
    struct profile_environment environment = profile_environment_read();
    struct profile_path path;
    struct profile profile = {.folder_fd = -1, .lock_fd = -1};
    enum oim_status status =
        profile_path_resolve(&environment, name == NULL ? PROFILE_NAME_DEFAULT : name, &path, err);
    if (status == OIM_OK) {
        status = profile_folder_open(&path, true, &profile.folder_fd, err);
    }
    if (status != OIM_OK) {
        return status;
    }
    int size = snprintf(profile.store_path, sizeof(profile.store_path), "%s/" STORE_FILE, path.folder);
    if (size < 0 || (size_t)size >= sizeof(profile.store_path)) {
        close(profile.folder_fd);
        return oim_fail(err, OIM_ERR_LIMIT, "the profile's path is too long");
    }
    profile.lock_fd =
        openat(profile.folder_fd, PROFILE_LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (profile.lock_fd < 0) {
        int why = errno;
        close(profile.folder_fd);
        return oim_fail(err, OIM_ERR_IO, "the profile's lock: %s", strerror(why));
    }
    if (flock(profile.lock_fd, LOCK_EX | LOCK_NB) != 0) {
        enum oim_status busy = errno == EWOULDBLOCK ? OIM_AGAIN : OIM_ERR_IO;
        close(profile.lock_fd);
        close(profile.folder_fd);
        return oim_fail(err, busy, "another agent has this profile");
    }
    *out = profile;
    return OIM_OK;
}

enum oim_status profile_listen(const struct profile *profile, int *out_fd, struct oim_error *err)
{
    struct sockaddr_un address = profile_socket_address(profile->folder_fd);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return oim_fail(err, OIM_ERR_IO, "the agent's socket: %s", strerror(errno));
    }
    unlinkat(profile->folder_fd, PROFILE_SOCKET_FILE, 0); /* we hold the lock: it is a dead agent's */
    mode_t mask = umask(0177);
    int rc = bind(fd, (const struct sockaddr *)&address, sizeof(address));
    umask(mask);
    if (rc != 0 || listen(fd, BACKLOG) != 0) {
        int why = errno;
        close(fd);
        return oim_fail(err, OIM_ERR_IO, "the agent's socket: %s", strerror(why));
    }
    *out_fd = fd;
    return OIM_OK;
}

void profile_release(struct profile *profile)
{
    unlinkat(profile->folder_fd, PROFILE_SOCKET_FILE, 0);
    close(profile->lock_fd);
    close(profile->folder_fd);
}
