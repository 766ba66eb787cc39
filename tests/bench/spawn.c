#include "tests/bench/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_SIZE_MAX 2048

static enum oim_status write_config(const struct spawn *spawn, enum way_mode mode, const char *extra,
                                    struct oim_error *err)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/oimd.conf", spawn->folder);
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        return oim_fail(err, OIM_ERR_IO, "cannot write '%s': %s", path, strerror(errno));
    }
    fprintf(file,
            "data_dir = %s/data\nsecret_file = %s/key/oimd.key\nlisten = 127.0.0.1:0\nmode = %s\n"
            "log_level = info\n" /* what it says of its commits at the end is read */
            "connections_max = 16000\nsubmit_rate = 1000000\nsubmit_burst = 1000000\n%s",
            spawn->folder, spawn->folder, mode == WAY_DIRECT ? "direct" : "proxy", extra);
    return fclose(file) == 0 ? OIM_OK : oim_fail(err, OIM_ERR_IO, "cannot write '%s'", path);
}

enum oim_status spawn_init(struct spawn *spawn, const char *program, const char *parent, enum way_mode mode,
                           const char *extra, struct oim_error *err)
{
    char path[PATH_MAX];
    *spawn = (struct spawn){.program = program};
    if (snprintf(spawn->folder, sizeof(spawn->folder), "%s/oim-bench-XXXXXX", parent) >=
            (int)sizeof(spawn->folder) ||
        mkdtemp(spawn->folder) == NULL) {
        return oim_fail(err, OIM_ERR_IO, "cannot make a folder in '%s': %s", parent, strerror(errno));
    }
    (void)snprintf(path, sizeof(path), "%s/data", spawn->folder);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof(path), "%s/key", spawn->folder);
    (void)mkdir(path, 0700);
    return write_config(spawn, mode, extra, err);
}

static void run_server(const struct spawn *spawn, int output_fd)
{
    char config[PATH_MAX];
    char log[PATH_MAX];
    (void)snprintf(config, sizeof(config), "%s/oimd.conf", spawn->folder);
    (void)snprintf(log, sizeof(log), "%s/log", spawn->folder);
    int log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (log_fd >= 0 && dup2(output_fd, STDOUT_FILENO) >= 0 && dup2(log_fd, STDERR_FILENO) >= 0) {
        (void)execl(spawn->program, "oimd", "--config", config, (char *)NULL);
    }
    _exit(127);
}

/* "oimd 0.1.0 · data ... · listening 127.0.0.1:4242 · address ..." */
static bool read_listening(struct spawn *spawn, const char *line)
{
    const char *found = strstr(line, "listening ");
    return found != NULL && sscanf(found, "listening %261s", spawn->host_port) == 1;
}

static void read_owner_line(struct spawn *spawn, const char *line)
{
    const char *found = strstr(line, "oim://");
    if (found != NULL) {
        (void)snprintf(spawn->owner_line, sizeof(spawn->owner_line), "%.*s", (int)strcspn(found, " \n"),
                       found);
    }
}

enum oim_status spawn_start(struct spawn *spawn, struct oim_error *err)
{
    int pipe_fds[2];
    char line[LINE_SIZE_MAX];
    bool is_new = spawn->host_port[0] == '\0';
    if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
        return oim_fail(err, OIM_ERR_IO, "no pipe: %s", strerror(errno));
    }
    spawn->pid = fork();
    if (spawn->pid == 0) {
        run_server(spawn, pipe_fds[1]);
    }
    (void)close(pipe_fds[1]);
    spawn->output = fdopen(pipe_fds[0], "r");
    if (spawn->pid < 0 || spawn->output == NULL) {
        return oim_fail(err, OIM_ERR_IO, "'%s' cannot be started: %s", spawn->program, strerror(errno));
    }
    while (fgets(line, sizeof(line), spawn->output) != NULL) {
        read_owner_line(spawn, line);
        if (read_listening(spawn, line) && !is_new) {
            return OIM_OK;
        }
        if (spawn->owner_line[0] != '\0') {
            return OIM_OK;
        }
    }
    spawn_stop(spawn, SIGKILL);
    return oim_fail(err, OIM_ERR_IO, "'%s' does not serve; see %s/log", spawn->program, spawn->folder);
}

void spawn_stop(struct spawn *spawn, int signal_no)
{
    if (spawn->pid > 0) {
        (void)kill(spawn->pid, signal_no);
        (void)waitpid(spawn->pid, NULL, 0);
        spawn->pid = 0;
    }
    if (spawn->output != NULL) {
        (void)fclose(spawn->output);
        spawn->output = NULL;
    }
}

bool spawn_read_commits(const struct spawn *spawn, char out[SPAWN_LINE_SIZE])
{
    char path[PATH_MAX];
    char line[LINE_SIZE_MAX];
    bool found = false;
    (void)snprintf(path, sizeof(path), "%s/log", spawn->folder);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        const char *fields = strstr(line, "commits=");
        if (strstr(line, "store.commits") != NULL && fields != NULL) {
            (void)snprintf(out, SPAWN_LINE_SIZE, "%.*s", (int)strcspn(fields, "\n"), fields);
            found = true;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return found;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

void spawn_finish(struct spawn *spawn, bool keep_folder)
{
    spawn_stop(spawn, SIGTERM);
    if (spawn->folder[0] != '\0' && !keep_folder) {
        (void)nftw(spawn->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    }
}
