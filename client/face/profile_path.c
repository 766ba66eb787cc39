/*
 * profile_path.c - where a profile's files lie; see profile_path.h.
 */
#include "client/face/profile_path.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct profile_environment profile_environment_read(void)
{
    return (struct profile_environment){
        .oim_home = getenv("OIM_HOME"), .xdg_data_home = getenv("XDG_DATA_HOME"), .home = getenv("HOME")};
}

bool profile_name_valid(const char *name)
{
    size_t size = strlen(name);
    if (size == 0 || size > PROFILE_NAME_SIZE_MAX || name[0] == '.' || name[0] == '-') {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        unsigned char letter = (unsigned char)name[i];
        bool plain = letter < 0x80 && (isalnum(letter) || strchr("._-", letter) != NULL);
        if (!plain) {
            return false;
        }
    }
    return true;
}

static bool is_set(const char *value)
{
    return value != NULL && value[0] != '\0';
}

enum oim_status profile_path_resolve(const struct profile_environment *environment, const char *name,
                                     struct profile_path *out, struct oim_error *err)
{
    if (!profile_name_valid(name)) {
        return oim_fail(err, OIM_ERR_USAGE,
                        "'%s' cannot be a profile's name: letters, digits, '.', '_' and '-', at most %d",
                        name, PROFILE_NAME_SIZE_MAX);
    }
    const char *base = "";
    const char *below = "";
    if (is_set(environment->oim_home)) {
        base = environment->oim_home;
    } else if (is_set(environment->xdg_data_home) && environment->xdg_data_home[0] == '/') {
        base = environment->xdg_data_home;
        below = "/oim";
    } else if (is_set(environment->home)) {
        base = environment->home;
        below = "/.local/share/oim";
    } else {
        return oim_fail(err, OIM_ERR_USAGE, "neither OIM_HOME nor HOME says where the profile lies");
    }
    struct profile_path path;
    int size = snprintf(path.folder, sizeof(path.folder), "%s%s/%s", base, below, name);
    if (size < 0 || (size_t)size >= sizeof(path.folder)) {
        return oim_fail(err, OIM_ERR_LIMIT, "the path of profile '%s' is too long", name);
    }
    *out = path;
    return OIM_OK;
}

/* mkdir -p, 0700 for what is new. */
static enum oim_status folders_make(const char *folder, struct oim_error *err)
{
    char partial[PATH_MAX];
    size_t size = strlen(folder);
    for (size_t i = 1; i <= size; i++) {
        if (folder[i] != '/' && folder[i] != '\0') {
            continue;
        }
        memcpy(partial, folder, i);
        partial[i] = '\0';
        if (mkdir(partial, 0700) != 0 && errno != EEXIST) {
            return oim_fail(err, OIM_ERR_IO, "make '%s': %s", partial, strerror(errno));
        }
    }
    return OIM_OK;
}

enum oim_status profile_folder_open(const struct profile_path *path, bool create, int *out_fd,
                                    struct oim_error *err)
{
    if (create) {
        enum oim_status status = folders_make(path->folder, err);
        if (status != OIM_OK) {
            return status;
        }
    }
    int fd = open(path->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return oim_fail(err, errno == ENOENT ? OIM_ERR_NOT_FOUND : OIM_ERR_IO, "open '%s': %s", path->folder,
                        strerror(errno));
    }
    struct stat info;
    enum oim_status status = OIM_OK;
    if (fstat(fd, &info) != 0) {
        status = oim_fail(err, OIM_ERR_IO, "look at '%s': %s", path->folder, strerror(errno));
    } else if (info.st_uid != geteuid()) {
        status = oim_fail(err, OIM_ERR_TRUST, "'%s' belongs to somebody else", path->folder);
    } else if ((info.st_mode & 077) != 0) {
        status = oim_fail(err, OIM_ERR_TRUST, "'%s' is open to others; run: chmod 700 '%s'", path->folder,
                          path->folder);
    }
    if (status != OIM_OK) {
        close(fd);
        return status;
    }
    *out_fd = fd;
    return OIM_OK;
}

struct sockaddr_un profile_socket_address(int folder_fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" PROFILE_SOCKET_FILE, folder_fd);
    return address;
}
