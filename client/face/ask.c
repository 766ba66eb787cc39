/*
 * ask.c - questions to the person at the terminal, and secrets from files; see ask.h.
 */
#include "client/face/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

/* The signals that would leave the terminal without echo. */
static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

struct hidden_input {
    int tty;
    int signal_fd; /* -1: not hidden */
    sigset_t mask_before;
    struct termios before;
};

bool ask_possible(void)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* Signals wait in a descriptor while the echo is off, so that restoring it needs no handler. */
static bool hide(struct hidden_input *input)
{
    sigset_t waiting;
    sigemptyset(&waiting);
    for (size_t i = 0; i < OIM_COUNT(ending_signals); i++) {
        sigaddset(&waiting, ending_signals[i]);
    }
    if (tcgetattr(input->tty, &input->before) != 0) {
        return false;
    }
    input->signal_fd = signalfd(-1, &waiting, SFD_CLOEXEC);
    if (input->signal_fd < 0) {
        return false;
    }
    sigprocmask(SIG_BLOCK, &waiting, &input->mask_before);
    struct termios quiet = input->before;
    quiet.c_lflag &= (tcflag_t)~ECHO;
    quiet.c_lflag |= ECHONL;
    return tcsetattr(input->tty, TCSAFLUSH, &quiet) == 0;
}

static void show_again(struct hidden_input *input)
{
    if (input->signal_fd < 0) {
        return;
    }
    tcsetattr(input->tty, TCSAFLUSH, &input->before);
    sigprocmask(SIG_SETMASK, &input->mask_before, NULL); /* a waiting signal takes effect here */
    close(input->signal_fd);
}

/*
 * True when a line may be read; false when a signal waits or was handled. Whoever handles Ctrl-C and keeps it
 * blocked otherwise lets it in here.
 */
static bool wait_for_line(const struct hidden_input *input)
{
    if (input->signal_fd < 0) {
        struct pollfd line = {.fd = input->tty, .events = POLLIN};
        sigset_t let_in;
        sigprocmask(SIG_BLOCK, NULL, &let_in);
        sigdelset(&let_in, SIGINT);
        return ppoll(&line, 1, NULL, &let_in) > 0;
    }
    struct pollfd events[2] = {{.fd = input->tty, .events = POLLIN},
                               {.fd = input->signal_fd, .events = POLLIN}};
    int count = 0;
    do {
        count = poll(events, 2, -1);
    } while (count < 0 && errno == EINTR);
    return count > 0 && events[1].revents == 0;
}

static enum oim_status line_read(const struct hidden_input *input, char *out, struct oim_error *err)
{
    size_t size = 0;
    while (size < ASK_LINE_SIZE_MAX) {
        if (!wait_for_line(input)) {
            return oim_fail(err, OIM_ERR_IO, "interrupted");
        }
        ssize_t got = read(input->tty, out + size, 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return oim_fail(err, OIM_ERR_IO, "no answer came");
        }
        if (out[size] == '\n') {
            out[size] = '\0';
            return OIM_OK;
        }
        size++;
    }
    return oim_fail(err, OIM_ERR_LIMIT, "the answer is too long");
}

enum oim_status ask_line(const char *question, bool hidden, char out[ASK_LINE_SIZE_MAX],
                         struct oim_error *err)
{
    struct hidden_input input = {.tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY), .signal_fd = -1};
    if (input.tty < 0) {
        return oim_fail(err, OIM_ERR_IO, "there is no terminal to ask at");
    }
    enum oim_status status = OIM_OK;
    if (hidden && !hide(&input)) {
        status = oim_fail(err, OIM_ERR_IO, "the terminal cannot hide what is typed: %s", strerror(errno));
    }
    if (status == OIM_OK && dprintf(input.tty, "%s ", question) < 0) {
        status = oim_fail(err, OIM_ERR_IO, "write to the terminal: %s", strerror(errno));
    }
    if (status == OIM_OK) {
        status = line_read(&input, out, err);
    }
    if (status != OIM_OK) {
        explicit_bzero(out, ASK_LINE_SIZE_MAX);
    }
    show_again(&input);
    close(input.tty);
    return status;
}

enum oim_status ask_file(const char *path, char out[ASK_LINE_SIZE_MAX], struct oim_error *err)
{
    int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return oim_fail(err, OIM_ERR_IO, "open '%s': %s", path, strerror(errno));
    }
    size_t size = 0;
    ssize_t got = 0;
    char *end = NULL;
    while (end == NULL && size < ASK_LINE_SIZE_MAX - 1 &&
           (got = read(fd, out + size, ASK_LINE_SIZE_MAX - 1 - size)) > 0) {
        end = memchr(out + size, '\n', (size_t)got);
        size += (size_t)got;
    }
    int error = errno;
    close(fd);
    if (got < 0) {
        return oim_fail(err, OIM_ERR_IO, "read '%s': %s", path, strerror(error));
    }
    if (end == NULL && size == ASK_LINE_SIZE_MAX - 1) {
        explicit_bzero(out, ASK_LINE_SIZE_MAX);
        return oim_fail(err, OIM_ERR_LIMIT, "the first line of '%s' is too long", path);
    }
    size = end != NULL ? (size_t)(end - out) : size;
    if (size > 0 && out[size - 1] == '\r') {
        size--;
    }
    explicit_bzero(out + size, ASK_LINE_SIZE_MAX - size);
    return OIM_OK;
}
