/*
 * cmd_receive.c - what was missed, then the messages; once, or as they come.
 *
 * A message counts as shown only when it is out of our hands: written and flushed, or taken by a command that
 * exited 0. On a terminal that is read; in a pipe only with --mark-read, or a cron job would read people's
 * mail.
 *
 * While it follows at a terminal, whatever is typed there shows that somebody is there; a pipe never does.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/cli/cli.h"
#include "client/face/json.h"

#define JSON_SIZE_MAX (1024u * 1024u)
#define SHOWN_COUNT_MAX 64u

struct receive {
    struct cli *cli;
    const char *command; /* --exec; NULL: print */
    bool read;
    bool command_failed;
    bool has_keyboard;                    /* what is typed is not for us, but shows that somebody is there */
    struct text_table talks;              /* one line per person, printed when the first message follows */
    struct oim_id shown[SHOWN_COUNT_MAX]; /* written, not yet flushed and told */
    size_t shown_count;
};

static void receive_finish(struct receive *receive)
{
    text_table_finish(&receive->talks);
}

static void buf_finish(struct oim_buf *buf)
{
    oim_buf_finish(buf);
}

/* Returns an exit code. */
static int shown_tell(struct receive *receive)
{
    struct oim_error err = {0};
    enum oim_status status = receive->shown_count > 0 ? face_shown(receive->cli->face, receive->shown,
                                                                   receive->shown_count, receive->read, &err)
                                                      : OIM_OK;
    receive->shown_count = 0;
    return status == OIM_OK ? EXIT_DONE : console_status(&receive->cli->console, status, &err);
}

static bool write_all(int fd, struct oim_slice bytes)
{
    size_t written = 0;
    while (written < bytes.size) {
        ssize_t size = write(fd, bytes.data + written, bytes.size - written);
        if (size < 0 && errno != EINTR) {
            return errno == EPIPE; /* a command may end without reading all of it */
        }
        written += size > 0 ? (size_t)size : 0;
    }
    return true;
}

/* Run the command with the message on its standard input. True when it exited 0. */
static bool command_run(const char *command, struct oim_slice json)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[0], STDIN_FILENO);
        close_range(3, UINT32_MAX, 0); /* neither our end of the pipe nor the agent's socket */
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(ends[0]);
    bool written = pid > 0 && write_all(ends[1], json);
    close(ends[1]);
    int wait_status = 0;
    while (pid > 0 && waitpid(pid, &wait_status, 0) < 0 && errno == EINTR) {
    }
    return written && WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
}

static bool message_hand_over(struct receive *receive, const struct local_fields *fields)
{
    OIM_CLEANUP(buf_finish) struct oim_buf json;
    oim_buf_init(&json, JSON_SIZE_MAX);
    bool taken = json_append(&json, "message", fields, NULL) == OIM_OK &&
                 command_run(receive->command, oim_buf_slice(&json));
    receive->command_failed = receive->command_failed || !taken;
    return taken;
}

/*
 * One by one: what stands behind it may not come out. Returns an exit code; what could not be flushed stays
 * unshown, and comes again next time.
 */
static int shown_add(struct receive *receive, const struct local_fields *fields)
{
    struct oim_id id;
    if (!console_flush(&receive->cli->console)) {
        return EXIT_FAILED;
    }
    if (oim_id_from_text(local_text(fields, "id"), &id) != OIM_OK) {
        return EXIT_DONE; /* of what counts as shown by itself */
    }
    receive->shown[receive->shown_count] = id;
    receive->shown_count++;
    return receive->shown_count == SHOWN_COUNT_MAX ? shown_tell(receive) : EXIT_DONE;
}

static int on_message(struct receive *receive, const struct local_fields *fields)
{
    struct cli *cli = receive->cli;
    bool taken = true;
    if (receive->command != NULL) {
        taken = message_hand_over(receive, fields);
    } else if (cli->console.json) {
        console_object(&cli->console, "message", fields, NULL);
    } else {
        cli_print_message(cli, fields);
    }
    return taken ? shown_add(receive, fields) : EXIT_DONE;
}

static void on_talk(struct receive *receive, const struct local_fields *fields)
{
    const struct console *console = &receive->cli->console;
    char count[64];
    char when[WHEN_TEXT_SIZE];
    char presence[64] = "";
    char name[512];
    console_words(console, "from", fields, name, sizeof(name));
    console_words(console, "talk_count", fields, count, sizeof(count));
    when_time(console->words.language, console->words.now_ms, local_number(fields, "last", 0), when);
    if (local_text(fields, "presence")[0] != '\0') {
        console_words(console, "talk_presence", fields, presence, sizeof(presence));
    }
    const char *cells[] = {name, count, local_number(fields, "last", 0) != 0 ? when : "", presence};
    for (size_t i = 0; i < OIM_COUNT(cells); i++) {
        if (text_table_add(&receive->talks, cells[i]) != OIM_OK) {
            receive->cli->console.failed = true;
        }
    }
}

static void talks_print(struct receive *receive)
{
    console_table(&receive->cli->console, &receive->talks, 2);
    text_table_finish(&receive->talks);
    text_table_init(&receive->talks, 4);
}

/* A gap or a notice: its code is its kind and what it says. */
static void on_told(struct receive *receive, const char *what, const char *detail_name,
                    const struct local_fields *fields)
{
    char code[64];
    snprintf(code, sizeof(code), "%s_%s", what, local_text(fields, detail_name));
    console_say(&receive->cli->console, code, fields);
}

/* Returns an exit code: EXIT_DONE to go on. */
static int on_event(struct receive *receive, const char *what, const struct local_fields *fields)
{
    struct console *console = &receive->cli->console;
    if (cli_on_candidate(receive->cli, what, fields)) {
        return EXIT_DONE;
    }
    if (strcmp(what, "talk") != 0) {
        talks_print(receive);
    }
    if (strcmp(what, "message") == 0) {
        return on_message(receive, fields);
    }
    if (receive->command != NULL) {
        return EXIT_DONE; /* one message on one input; nothing else is ours to print */
    }
    console_object(console, what, fields, NULL);
    bool is_news = strcmp(what, "gap") == 0 || strcmp(what, "notice") == 0 || strcmp(what, "summary") == 0;
    if (console->json) {
        return is_news ? shown_add(receive, fields) : EXIT_DONE;
    }
    if (strcmp(what, "summary") == 0) {
        if (local_number(fields, "count", 0) > 0) {
            console_say(console, "summary", fields);
        }
        if (local_number(fields, "elsewhere", 0) > 0) {
            console_say(console, "summary_elsewhere", fields);
        }
    } else if (strcmp(what, "talk") == 0) {
        on_talk(receive, fields);
    } else if (strcmp(what, "warning") == 0) {
        console_say(console, "im_warning", fields);
    } else if (strcmp(what, "gap") == 0) {
        on_told(receive, what, "why", fields);
    } else if (strcmp(what, "notice") == 0) {
        on_told(receive, what, "notice", fields);
    }
    return is_news ? shown_add(receive, fields) : EXIT_DONE;
}

/* In the background the terminal is the shell's, and to read it would stop us; behind a pipe it is a pager's.
 */
static bool keyboard_is_ours(void)
{
    return isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

/* Until the agent says something. */
static enum oim_status wait_at_keyboard(struct receive *receive, struct oim_error *err)
{
    struct pollfd events[2] = {{.fd = face_fd(receive->cli->face), .events = POLLIN},
                               {.fd = STDIN_FILENO, .events = POLLIN}};
    while (receive->has_keyboard && (poll(events, 2, -1) >= 0 || errno == EINTR)) {
        char typed[256];
        if (events[0].revents != 0) {
            return OIM_OK;
        }
        if (events[1].revents == 0) {
            continue;
        }
        receive->has_keyboard = keyboard_is_ours() && read(STDIN_FILENO, typed, sizeof(typed)) > 0;
        if (receive->has_keyboard && face_active(receive->cli->face, err) != OIM_OK) {
            return OIM_ERR_IO;
        }
    }
    return OIM_OK;
}

/*
 * Take frames as they come; when none is there, tell what was shown before waiting for the next. Returns an
 * exit code.
 */
static int frames_take(struct receive *receive, uint32_t request)
{
    struct cli *cli = receive->cli;
    int timeout_ms = 0;
    for (;;) {
        struct local_frame frame;
        struct oim_error err = {0};
        enum oim_status status = face_next(cli->face, timeout_ms, &frame, &err);
        int exit_code = EXIT_DONE;
        if (status == OIM_AGAIN) {
            talks_print(receive);
            exit_code = console_flush(&cli->console) ? shown_tell(receive) : EXIT_FAILED;
            timeout_ms = -1;
            if (exit_code == EXIT_DONE && wait_at_keyboard(receive, &err) != OIM_OK) {
                console_complain(&cli->console, "agent_gone", NULL);
                return EXIT_FAILED;
            }
        } else if (status != OIM_OK) {
            console_complain(&cli->console, "agent_gone", NULL);
            return EXIT_FAILED;
        } else if (frame.request == request && frame.kind == LOCAL_EVENT) {
            exit_code = on_event(receive, frame.name, &frame.fields);
            timeout_ms = 0;
        } else if (frame.request == request && frame.kind == LOCAL_END) {
            struct face_end end = {.exit = (enum local_exit)frame.exit, .fields = frame.fields};
            talks_print(receive);
            exit_code = shown_tell(receive);
            return exit_code != EXIT_DONE ? exit_code : console_end(&cli->console, &end);
        }
        if (exit_code != EXIT_DONE) {
            (void)shown_tell(receive); /* of what came out before; its error is that of the agent */
            return exit_code;
        }
    }
}

int cmd_receive(struct cli *cli)
{
    bool follow = options_has(&cli->options, "follow");
    const char *from = options_value(&cli->options, "from");
    int64_t wait_ms = 0;
    if (!cli_duration(cli, "wait", -1, &wait_ms)) {
        return EXIT_USAGE;
    }
    OIM_CLEANUP(receive_finish)
    struct receive receive = {
        .cli = cli,
        .command = options_value(&cli->options, "exec"),
        .read = options_has(&cli->options, "mark-read"),
    };
    text_table_init(&receive.talks, 4);
    receive.has_keyboard =
        follow && cli->console.out_is_terminal && receive.command == NULL && keyboard_is_ours();
    receive.read = receive.read || (cli->console.out_is_terminal && receive.command == NULL);

    struct local_builder args = {.count = 0};
    local_add_truth(&args, "follow", follow);
    local_add_truth(&args, "mark_read", receive.read);
    if (wait_ms >= 0) {
        local_add_number(&args, "wait_ms", wait_ms);
    }
    if (from != NULL) {
        local_add_text(&args, "from", from);
    }
    int exit_code = cli_attach(cli, follow ? CLASS_ATTENDING : CLASS_NONE, SESSION_NEEDS_KEYS);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    uint32_t request = 0;
    struct oim_error err = {0};
    struct local_fields fields = local_built(&args);
    enum oim_status status = face_ask(cli->face, "receive", &fields, &request, &err);
    if (status != OIM_OK) {
        return console_status(&cli->console, status, &err);
    }
    exit_code = frames_take(&receive, request);
    return exit_code == EXIT_DONE && receive.command_failed ? EXIT_FAILED : exit_code;
}
