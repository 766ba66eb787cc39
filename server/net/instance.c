#include "server/net/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum oim_status make_folder(const char *data_dir, struct oim_error *err)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s", data_dir) >= (int)sizeof(path)) {
        return oim_fail(err, OIM_ERR_USAGE, "the path '%.60s…' is too long", data_dir);
    }
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            return oim_fail(err, OIM_ERR_IO, "cannot make the folder '%s': %m", path);
        }
        *slash = '/';
    }
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return oim_fail(err, OIM_ERR_IO, "cannot make the data folder '%s': %m", path);
    }
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode)) {
        return oim_fail(err, OIM_ERR_IO, "the data folder '%s' is no folder", path);
    }
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return oim_fail(err, OIM_ERR_TRUST, "others may look into the data folder; run: chmod 700 '%s'",
                        path);
    }
    return OIM_OK;
}

enum oim_status instance_lock(struct instance *instance, const char *data_dir, struct oim_error *err)
{
    *instance = (struct instance){.fd = -1};
    enum oim_status status = make_folder(data_dir, err);
    if (status != OIM_OK) {
        return status;
    }
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/%s", data_dir, INSTANCE_LOCK_NAME) >= (int)sizeof(path)) {
        return oim_fail(err, OIM_ERR_USAGE, "the path '%.60s…' is too long", data_dir);
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return oim_fail(err, OIM_ERR_IO, "cannot open '%s': %m", path);
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        char holder[16] = "";
        ssize_t size = pread(fd, holder, sizeof(holder) - 1, 0);
        holder[size > 0 ? strcspn(holder, "\n") : 0] = '\0';
        (void)close(fd);
        return oim_fail(err, OIM_ERR_CONFLICT,
                        "'%s' is already served by another oimd (process %s); stop it first, or name another "
                        "folder with --data-dir DIR",
                        data_dir, holder[0] != '\0' ? holder : "unknown");
    }
    if (ftruncate(fd, 0) != 0 || dprintf(fd, "%d\n", getpid()) < 0) {
        (void)close(fd);
        return oim_fail(err, OIM_ERR_IO, "cannot write '%s': %m", path);
    }
    instance->fd = fd;
    return OIM_OK;
}

void instance_finish(struct instance *instance)
{
    if (instance->fd > 0) {
        (void)close(instance->fd);
    }
    *instance = (struct instance){.fd = -1};
}
