/*
 * agent_start.c - start the agent of a profile as a process of its own; see agent_start.h.
 */
#include "client/face/agent_start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define AGENT_PROGRAM "oim"

/* `oim` beside this executable when it is there, else the bare name, which execvp looks up in PATH. */
static void program_find(char out[PATH_MAX])
{
    ssize_t size = readlink("/proc/self/exe", out, PATH_MAX - sizeof("/" AGENT_PROGRAM));
    if (size > 0) {
        out[size] = '\0';
        char *slash = strrchr(out, '/');
        if (slash != NULL) {
            memcpy(slash + 1, AGENT_PROGRAM, sizeof(AGENT_PROGRAM));
            if (access(out, X_OK) == 0) {
                return;
            }
        }
    }
    memcpy(out, AGENT_PROGRAM, sizeof(AGENT_PROGRAM));
}

/* In the child: only calls that are safe between fork and exec. Does not return. */
static void child_become_agent(char *const argv[], int report_fd, int say_fd)
{
    setsid();
    int null_fd = open("/dev/null", O_RDWR);
    if (null_fd >= 0 && dup2(null_fd, STDIN_FILENO) >= 0 && dup2(null_fd, STDOUT_FILENO) >= 0 &&
        dup2(say_fd, STDERR_FILENO) >= 0) {
        /* report_fd stays until exec closes it; everything else goes now. */
        if (report_fd > 3) {
            close_range(3, (unsigned)report_fd - 1, 0);
        }
        close_range((unsigned)report_fd + 1, UINT_MAX, 0);
        execvp(argv[0], argv);
    }
    int error = errno;
    ssize_t written = write(report_fd, &error, sizeof(error));
    _exit(written == sizeof(error) ? 127 : 126);
}

enum oim_status agent_start(const char *program, const char *profile, pid_t *out_pid, int *out_say_fd,
                            struct oim_error *err)
{
    char path[PATH_MAX];
    if (program == NULL) {
        program_find(path);
        program = path;
    }
    char *const argv[] = {(char *)(uintptr_t)program, (char *)(uintptr_t) "agent",
                          (char *)(uintptr_t) "--profile", (char *)(uintptr_t)profile, NULL};
    int report[2]; /* closed by exec; what comes through before is why there was none */
    int say[2];
    if (pipe2(report, O_CLOEXEC) != 0) {
        return oim_fail(err, OIM_ERR_IO, "make a pipe: %s", strerror(errno));
    }
    if (pipe2(say, O_CLOEXEC) != 0) {
        int pipe_error = errno;
        close(report[0]);
        close(report[1]);
        return oim_fail(err, OIM_ERR_IO, "make a pipe: %s", strerror(pipe_error));
    }
    pid_t pid = fork();
    if (pid == 0) {
        child_become_agent(argv, report[1], say[1]);
    }
    int fork_error = errno;
    close(report[1]);
    close(say[1]);
    int error = 0;
    ssize_t size = 0;
    if (pid > 0) {
        do {
            size = read(report[0], &error, sizeof(error));
        } while (size < 0 && errno == EINTR);
    }
    close(report[0]);
    if (pid < 0 || size == sizeof(error)) {
        close(say[0]);
        return pid < 0 ? oim_fail(err, OIM_ERR_IO, "start the agent: %s", strerror(fork_error))
                       : oim_fail(err, OIM_ERR_IO, "run '%s agent': %s", program, strerror(error));
    }
    (void)fcntl(say[0], F_SETFL, O_NONBLOCK);
    *out_pid = pid;
    *out_say_fd = say[0];
    return OIM_OK;
}
