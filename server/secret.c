#include "server/secret.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bytes.h"

#define SEED_SIZE 32
#define SEED_TEXT_SIZE 43
#define FILE_SIZE_MAX 4096
#define KEY_NAME "server-key"

static void fd_closep(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
}

/* The value of "name = value" in a text of lines, without the blanks around it; empty when it is not there.
 */
static struct oim_slice value_of(const char *text, const char *name)
{
    size_t name_size = strlen(name);
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
        const char *start = line + strspn(line, " \t");
        const char *after = start + name_size;
        if (strncmp(start, name, name_size) != 0 || after[strspn(after, " \t")] != '=') {
            continue;
        }
        const char *value = strchr(after, '=') + 1;
        value += strspn(value, " \t");
        return oim_slice(value, strcspn(value, " \t\r\n"));
    }
    return oim_slice(NULL, 0);
}

static enum oim_status parse(const char *text, const char *path, struct sign_secret *out,
                             struct oim_error *err)
{
    uint8_t seed[SEED_SIZE];
    size_t seed_size = 0;
    struct oim_slice value = value_of(text, KEY_NAME);
    enum oim_status status = value.size == 0 ? OIM_ERR_USAGE
                                             : oim_base64url_decode((const char *)value.data, value.size,
                                                                    seed, SEED_SIZE, &seed_size);
    if (status != OIM_OK || seed_size != SEED_SIZE) {
        crypto_wipe(seed, sizeof(seed));
        return oim_fail(err, OIM_ERR_USAGE,
                        "'%s' holds no server key (a line '%s = …'); restore it from its backup", path,
                        KEY_NAME);
    }
    sign_secret_from_seed(out, seed);
    crypto_wipe(seed, sizeof(seed));
    return OIM_OK;
}

enum oim_status secret_load(const char *path, struct sign_secret *out, struct oim_error *err)
{
    OIM_CLEANUP(fd_closep)
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* not to wait for a pipe */
    if (fd < 0 && errno == EACCES) {
        return oim_fail(err, OIM_ERR_IO,
                        "cannot read '%s': %m; it has to belong to the user that runs oimd, with chmod 600",
                        path);
    }
    if (fd < 0) {
        return oim_fail(err, errno == ENOENT ? OIM_ERR_NOT_FOUND : OIM_ERR_IO, "cannot read '%s': %m", path);
    }
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        return oim_fail(
            err, OIM_ERR_IO,
            "'%s' is no file; restore the key from its backup, or name it with --secret-file FILE", path);
    }
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return oim_fail(err, OIM_ERR_TRUST, "others may read the secret file; run: chmod 600 '%s'", path);
    }
    char text[FILE_SIZE_MAX + 1];
    ssize_t size = read(fd, text, FILE_SIZE_MAX);
    if (size < 0) {
        return oim_fail(err, OIM_ERR_IO, "cannot read '%s': %m", path);
    }
    text[size] = '\0';
    enum oim_status status = parse(text, path, out, err);
    crypto_wipe(text, sizeof(text));
    return status;
}

static enum oim_status make_folders(const char *path, struct oim_error *err)
{
    char folder[PATH_MAX];
    if (strlen(path) >= sizeof(folder)) {
        return oim_fail(err, OIM_ERR_USAGE, "the path '%.60s…' is too long", path);
    }
    (void)snprintf(folder, sizeof(folder), "%s", path);
    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
            return oim_fail(err, OIM_ERR_IO, "cannot make the folder '%s': %m", folder);
        }
        *slash = '/';
    }
    return OIM_OK;
}

static bool write_all(int fd, const char *text)
{
    size_t size = strlen(text);
    for (size_t written = 0; written < size;) {
        ssize_t rc = write(fd, text + written, size - written);
        if (rc < 0 && errno != EINTR) {
            return false;
        }
        written += rc > 0 ? (size_t)rc : 0;
    }
    return fsync(fd) == 0;
}

static void sync_folder_of(const char *path)
{
    char folder[PATH_MAX];
    (void)snprintf(folder, sizeof(folder), "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        slash[slash == folder] = '\0';
    }
    OIM_CLEANUP(fd_closep) int fd = open(slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
    }
}

/* A new file under its final name only when it is whole and on the disk; replace says whether one may be
 * there. */
static enum oim_status write_private(const char *path, const char *text, bool replace, struct oim_error *err)
{
    char draft[PATH_MAX];
    if (snprintf(draft, sizeof(draft), "%s.new", path) >= (int)sizeof(draft)) {
        return oim_fail(err, OIM_ERR_USAGE, "the path '%.60s…' is too long", path);
    }
    (void)unlink(draft);
    OIM_CLEANUP(fd_closep) int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || !write_all(fd, text)) {
        return oim_fail(err, OIM_ERR_IO, "cannot write '%s': %m", draft);
    }
    /* link refuses to replace, rename does not. */
    if ((replace ? rename(draft, path) : link(draft, path)) != 0) {
        enum oim_status status = oim_fail(err, OIM_ERR_IO, "cannot make '%s': %m", path);
        (void)unlink(draft);
        return status;
    }
    if (!replace) {
        (void)unlink(draft);
    }
    sync_folder_of(path);
    return OIM_OK;
}

enum oim_status secret_create(const char *path, const struct oim_random *random, struct sign_secret *out,
                              struct oim_error *err)
{
    enum oim_status status = make_folders(path, err);
    if (status != OIM_OK) {
        return status;
    }
    uint8_t seed[SEED_SIZE];
    char seed_text[SEED_TEXT_SIZE + 2];
    char text[512];
    oim_random_fill(random, seed, sizeof(seed));
    oim_base64url_encode(seed, sizeof(seed), seed_text);
    (void)snprintf(
        text, sizeof(text),
        "# The key of an oim server. Whoever has it can pose as the server; without it everybody must be\n"
        "# invited anew. Keep a copy in a safe place, and not together with copies of the data.\n"
        "%s = %s\n",
        KEY_NAME, seed_text);
    status = write_private(path, text, false, err);
    if (status == OIM_OK) {
        sign_secret_from_seed(out, seed);
    }
    crypto_wipe(seed, sizeof(seed));
    crypto_wipe(seed_text, sizeof(seed_text));
    crypto_wipe(text, sizeof(text));
    return status;
}

static bool owner_path(const char *path, char out[PATH_MAX])
{
    return snprintf(out, PATH_MAX, "%s.owner-line", path) < PATH_MAX;
}

enum oim_status secret_keep_owner_line(const char *path, const char *line, struct oim_error *err)
{
    char file[PATH_MAX];
    char text[1024];
    if (!owner_path(path, file) || snprintf(text, sizeof(text), "%s\n", line) >= (int)sizeof(text)) {
        return oim_fail(err, OIM_ERR_USAGE, "the path '%.60s…' is too long", path);
    }
    enum oim_status status = write_private(file, text, true, err);
    crypto_wipe(text, sizeof(text));
    return status;
}

void secret_forget_owner_line(const char *path)
{
    char file[PATH_MAX];
    if (owner_path(path, file) && unlink(file) == 0) {
        sync_folder_of(file);
    }
}
