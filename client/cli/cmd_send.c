/*
 * cmd_send.c - one message to one or more people; the exit code tells how far it got.
 *
 * Each recipient gets one result line; the agent decides everything else, its outbox included.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/cli.h"
#include "client/face/ask.h"
#include "client/text/width.h"
#include "proto/limits.h"

#define INPUT_SIZE_MAX (64u * 1024u * 1024u) /* of which --truncate keeps the end */
#define ID_COLUMN 72u

static const char *const result_keys[] = {"id", "to", "state", "reason", "kept", "until", NULL};

static void buf_finish(struct oim_buf *buf)
{
    oim_buf_finish(buf);
}

/* Keep the last bytes of standard input, at most INPUT_SIZE_MAX of them. Returns an exit code. */
static int input_read(struct cli *cli, struct oim_buf *text)
{
    for (;;) {
        uint8_t *room = oim_buf_grow(text, 65536);
        if (room == NULL) {
            return cli_usage(cli, "standard input is larger than %u MiB", INPUT_SIZE_MAX >> 20);
        }
        ssize_t size = read(STDIN_FILENO, room, 65536);
        text->size -= 65536 - (size > 0 ? (size_t)size : 0);
        if (size == 0) {
            return EXIT_DONE;
        }
        if (size < 0 && errno != EINTR) {
            struct oim_error err = {0};
            enum oim_status status = oim_fail(&err, OIM_ERR_IO, "read standard input: %s", strerror(errno));
            return console_status(&cli->console, status, &err);
        }
    }
}

static int line_ask(struct cli *cli, struct oim_buf *text)
{
    char line[ASK_LINE_SIZE_MAX];
    struct oim_error err = {0};
    enum oim_status status = ask_line("Text:", false, line, &err);
    if (status == OIM_OK) {
        status = oim_buf_append(text, line, strlen(line));
    }
    return status == OIM_OK ? EXIT_DONE : console_status(&cli->console, status, &err);
}

static int text_take(struct cli *cli, struct oim_buf *text)
{
    bool from_input = cli->options.operand_count == 2 && strcmp(cli_operand(cli, 1), "-") == 0;
    bool none = cli->options.operand_count < 2;
    if (from_input || (none && !isatty(STDIN_FILENO))) {
        return input_read(cli, text);
    }
    if (none) {
        return ask_possible() ? line_ask(cli, text) : EXIT_DONE;
    }
    return cli_operands_join(cli, 1, text) == OIM_OK ? EXIT_DONE : cli_usage(cli, "the text is too long");
}

/* What a message cannot begin or end with carries nothing: line ends after the last line. */
static void line_ends_drop(struct oim_buf *text)
{
    while (text->size > 0 && (text->data[text->size - 1] == '\n' || text->data[text->size - 1] == '\r')) {
        text->size--;
    }
}

/* Keep the end: as many whole characters as both limits allow. */
static void text_truncate_front(struct oim_buf *text)
{
    size_t start = text->size;
    size_t chars = 0;
    while (start > 0 && chars < TEXT_CHARS_MAX) {
        size_t before = start;
        do {
            before--;
        } while (before > 0 && (text->data[before] & 0xc0) == 0x80);
        if (text->size - before > TEXT_SIZE_MAX) {
            break;
        }
        start = before;
        chars++;
    }
    memmove(text->data, text->data + start, text->size - start);
    text->size -= start;
}

/* Returns an exit code. */
static int text_check(struct cli *cli, struct oim_buf *text)
{
    line_ends_drop(text);
    if (!oim_utf8_valid(text->data, text->size)) {
        return cli_usage(cli, "the text is not valid UTF-8, or holds a NUL");
    }
    if (text->size == 0) {
        console_complain(&cli->console, "empty_text", NULL);
        return EXIT_USAGE;
    }
    if (options_has(&cli->options, "truncate")) {
        text_truncate_front(text);
    }
    size_t chars = oim_utf8_count(text->data, text->size);
    bool too_many = chars > TEXT_CHARS_MAX;
    if (!too_many && text->size <= TEXT_SIZE_MAX) {
        return oim_buf_append(text, "", 1) == OIM_OK ? EXIT_DONE : EXIT_FAILED;
    }
    struct local_builder builder = {.count = 0};
    local_add_number(&builder, "count", (int64_t)(too_many ? chars : text->size));
    local_add_number(&builder, "limit", too_many ? TEXT_CHARS_MAX : TEXT_SIZE_MAX);
    struct local_fields fields = local_built(&builder);
    console_complain(&cli->console, too_many ? "too_long" : "too_large", &fields);
    return EXIT_USAGE;
}

/* "bob,carol" as one argument each; names with blanks stay whole. Returns an exit code. */
static int recipients_take(struct cli *cli, char *whos, struct local_builder *args)
{
    size_t count = 0;
    char *rest = NULL;
    for (char *who = strtok_r(whos, ",", &rest); who != NULL; who = strtok_r(NULL, ",", &rest)) {
        who += strspn(who, " ");
        if (*who == '\0') {
            continue;
        }
        if (count == CLI_WHO_COUNT_MAX) {
            return cli_usage(cli, "at most %u people at once", CLI_WHO_COUNT_MAX);
        }
        local_add_text(args, "to", who);
        count++;
    }
    return count > 0 ? EXIT_DONE : cli_usage(cli, "to whom?");
}

/* Returns an exit code. */
static int waiting_take(struct cli *cli, struct local_builder *args)
{
    const char *wait = options_value(&cli->options, "wait");
    wait = wait != NULL ? wait : "held";
    if (strcmp(wait, "held") != 0 && strcmp(wait, "delivered") != 0 && strcmp(wait, "read") != 0) {
        return cli_usage(cli, "--wait is held, delivered or read, not '%s'", wait);
    }
    local_add_text(args, "wait", wait);
    int64_t timeout_ms = 0;
    if (!cli_duration(cli, "timeout", -1, &timeout_ms)) {
        return EXIT_USAGE;
    }
    if (timeout_ms >= 0) {
        local_add_number(args, "timeout_ms", timeout_ms);
    }
    const char *once = options_value(&cli->options, "once");
    if (once != NULL && (once[0] == '\0' || strlen(once) > NAME_SIZE_MAX)) {
        return cli_usage(cli, "the key of --once has 1 to %u bytes", NAME_SIZE_MAX);
    }
    if (once != NULL) {
        local_add_text(args, "once", once);
    }
    if (options_has(&cli->options, "no-queue")) {
        local_add_truth(args, "no_queue", true);
    }
    return EXIT_DONE;
}

/* The sentence; after a refusal, where the text is now; else the id in a column of its own. */
static void result_print(struct cli *cli, const struct local_fields *fields)
{
    char sentence[1024];
    char id[OIM_ID_SHORT_LETTERS + 1];
    const char *code = words_state_code(fields);
    const char *state = local_text(fields, "state");
    bool refused = strcmp(state, "refused") == 0 || strcmp(state, "not_delivered") == 0;
    if (strcmp(state, "queued") == 0 && !local_truth(fields, "kept")) {
        code = "not_queued";
        refused = true;
    }
    console_words(&cli->console, code, fields, sentence, sizeof(sentence));
    console_bytes(&cli->console, oim_slice_text(sentence));
    if (refused && local_truth(fields, "kept")) {
        char kept[128];
        console_words(&cli->console, "kept_draft", NULL, kept, sizeof(kept));
        console_bytes(&cli->console, OIM_SLICE_LITERAL(" "));
        console_bytes(&cli->console, oim_slice_text(kept));
    }
    cli_short_id(fields, id);
    if (!refused && id[0] != '\0') {
        size_t columns = text_columns(oim_slice_text(sentence));
        char gap[ID_COLUMN + 1];
        size_t size = columns + 2 < ID_COLUMN ? ID_COLUMN - columns : 2;
        memset(gap, ' ', size);
        console_bytes(&cli->console, oim_slice(gap, size));
        console_bytes(&cli->console, oim_slice_text(id));
    }
    console_bytes(&cli->console, OIM_SLICE_LITERAL("\n"));
}

struct sending {
    struct cli *cli;
    size_t result_count;
};

static bool on_event(void *context, const char *what, const struct local_fields *fields)
{
    struct sending *sending = context;
    struct cli *cli = sending->cli;
    if (cli_on_candidate(cli, what, fields) || strcmp(what, "result") != 0) {
        return true;
    }
    sending->result_count++;
    console_object(&cli->console, NULL, fields, result_keys);
    if (!cli->console.json) {
        result_print(cli, fields);
    }
    console_flush(&cli->console);
    return true;
}

static void freep(char **text)
{
    free(*text);
}

int cmd_send(struct cli *cli)
{
    OIM_CLEANUP(buf_finish) struct oim_buf text;
    oim_buf_init(&text, INPUT_SIZE_MAX);
    OIM_CLEANUP(freep) char *whos = strdup(cli_operand(cli, 0));
    struct local_builder args = {.count = 0};
    int exit_code = whos != NULL ? recipients_take(cli, whos, &args) : EXIT_FAILED;
    if (exit_code == EXIT_DONE) {
        exit_code = waiting_take(cli, &args);
    }
    if (exit_code == EXIT_DONE) {
        exit_code = text_take(cli, &text);
    }
    if (exit_code == EXIT_DONE) {
        exit_code = text_check(cli, &text);
    }
    if (exit_code == EXIT_DONE) {
        exit_code = cli_attach(cli, CLASS_NONE, SESSION_NEEDS_KEYS);
    }
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    local_add_text(&args, "text", (const char *)text.data);
    struct sending sending = {.cli = cli};
    struct face_end end = cli_ask(cli, "send", &args, on_event, &sending);
    /* What became of each message has been said; the end's code only repeats it. */
    bool said = sending.result_count > 0 &&
                (end.exit == EXIT_REFUSED || end.exit == EXIT_NOT_REACHED || end.exit == EXIT_WAIT_ENDED);
    return said ? (int)end.exit : console_end(&cli->console, &end);
}
