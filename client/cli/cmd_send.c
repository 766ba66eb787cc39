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
#include "common/os/random_os.h"
#include "proto/limits.h"

#define INPUT_SIZE_MAX (64u * 1024u * 1024u) /* of which --truncate keeps the end */
#define ID_COLUMN 72u
#define RESULT_SIZE 1280u
#define ATTEMPT_COUNT 8u /* at an agent that dies under us */

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

/* One message to one person. Its id is made here: so it can be asked for again when the agent dies. */
struct letter {
    const char *who;
    char id[OIM_ID_TEXT_SIZE];
    bool ended; /* its result line is out */
};

struct sending {
    struct cli *cli;
    struct letter letters[CLI_WHO_COUNT_MAX];
    size_t letter_count;
    size_t result_count;
    size_t complaint_count;
    bool warned;
    int exit_code;                /* the gravest so far */
    struct local_builder nothing; /* the result line when there is only a complaint */
    struct local_fields nothing_fields;
};

static void nothing_sent(struct sending *sending, const char *state)
{
    struct console *console = &sending->cli->console;
    sending->nothing.count = 0;
    local_add_text(&sending->nothing, "to", cli_operand(sending->cli, 0));
    local_add_text(&sending->nothing, "state", state);
    if (strcmp(state, "not_sent") == 0) {
        local_add_truth(&sending->nothing, "kept", false);
    }
    sending->nothing_fields = local_built(&sending->nothing);
    console->complaint = &sending->nothing_fields;
    console->complaint_keys = result_keys;
}

static bool is_there(const struct sending *sending, const char *who)
{
    for (size_t i = 0; i < sending->letter_count; i++) {
        if (strcmp(sending->letters[i].who, who) == 0) {
            return true;
        }
    }
    return false;
}

/* "bob,carol" as one letter each; names with blanks stay whole. Returns an exit code. */
static int recipients_take(struct cli *cli, char *whos, struct sending *sending)
{
    struct oim_random random = random_os();
    char *rest = NULL;
    for (char *who = strtok_r(whos, ",", &rest); who != NULL; who = strtok_r(NULL, ",", &rest)) {
        who += strspn(who, " ");
        if (*who == '\0' || is_there(sending, who)) {
            continue;
        }
        if (sending->letter_count == CLI_WHO_COUNT_MAX) {
            return cli_usage(cli, "at most %u people at once", CLI_WHO_COUNT_MAX);
        }
        struct letter *letter = &sending->letters[sending->letter_count++];
        struct oim_id id;
        oim_random_fill(&random, &id, sizeof(id));
        oim_id_to_text(&id, letter->id);
        letter->who = who;
    }
    return sending->letter_count > 0 ? EXIT_DONE : cli_usage(cli, "to whom?");
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
static void result_words(const struct cli *cli, const struct local_fields *fields, char out[RESULT_SIZE])
{
    char sentence[1024];
    char kept[128] = "";
    char id[OIM_ID_SHORT_LETTERS + 1] = "";
    const char *state = local_text(fields, "state");
    const char *reason = local_text(fields, "reason");
    bool refused = strcmp(state, "refused") == 0 || strcmp(state, "not_delivered") == 0;
    const char *code = strcmp(state, "not_sent") != 0       ? words_state_code(fields)
                       : strcmp(reason, "not_reached") == 0 ? "not_kept"
                                                            : reason;
    console_words(&cli->console, code, fields, sentence, sizeof(sentence));
    if (refused && local_truth(fields, "kept")) {
        console_words(&cli->console, "kept_draft", fields, kept, sizeof(kept));
    }
    if (!refused) {
        cli_short_id(fields, id);
    }
    size_t columns = text_columns(oim_slice_text(sentence));
    int gap = kept[0] != '\0'           ? 1
              : id[0] == '\0'           ? 0
              : columns + 2 < ID_COLUMN ? (int)(ID_COLUMN - columns)
                                        : 2;
    (void)snprintf(out, RESULT_SIZE, "%s%*s%s%s", sentence, gap, "", kept, id);
}

/* What was sent must not be unknown because the answer is lost: a second try would send it twice. */
static void result_print(struct cli *cli, const struct local_fields *fields)
{
    struct console *console = &cli->console;
    char words[RESULT_SIZE];
    bool not_sent = strcmp(local_text(fields, "state"), "not_sent") == 0;
    result_words(cli, fields, words);
    console_object(console, NULL, fields, result_keys);
    if (!console->json && !not_sent) {
        console_bytes(console, oim_slice_text(words));
        console_bytes(console, OIM_SLICE_LITERAL("\n"));
    }
    if (!console_flush(console) || (not_sent && !console->json)) {
        fprintf(console->err, "%s: %s\n", console->program, words);
    }
}

/* The first of 2 6 4 3 1 5 7 0. */
static int graver(int a, int b)
{
    static const int order[] = {EXIT_USAGE,  EXIT_NO_SUCH_NAME, EXIT_TRUST,     EXIT_REFUSED,
                                EXIT_FAILED, EXIT_NOT_REACHED,  EXIT_WAIT_ENDED};
    for (size_t i = 0; i < OIM_COUNT(order); i++) {
        if (a == order[i] || b == order[i]) {
            return order[i];
        }
    }
    return EXIT_DONE;
}

static bool on_event(void *context, const char *what, const struct local_fields *fields)
{
    struct sending *sending = context;
    struct cli *cli = sending->cli;
    /* For people: a script is promised one line a recipient, and nothing else. */
    if (strcmp(what, "warning") == 0 && cli->console.out_is_terminal && !cli->console.json &&
        !sending->warned) {
        sending->warned = true;
        console_say(&cli->console, "im_warning", fields);
    }
    if (cli_on_candidate(cli, what, fields) || strcmp(what, "result") != 0) {
        return true;
    }
    const char *id = local_text(fields, "id");
    for (size_t i = 0; i < sending->letter_count; i++) {
        struct letter *letter = &sending->letters[i];
        bool named = strcmp(local_text(fields, "name"), letter->who) == 0;
        letter->ended = letter->ended || strcmp(id, letter->id) == 0 || named;
    }
    sending->result_count++;
    sending->exit_code = graver(sending->exit_code, (int)local_number(fields, "exit", EXIT_DONE));
    sending->complaint_count += strcmp(local_text(fields, "state"), "not_sent") == 0 ? 1 : 0;
    result_print(cli, fields);
    return true;
}

/*
 * Ask until the agent has said what became of every letter. An agent that dies in between is started again
 * and asked for the rest under the same ids, so that nothing is sent twice. Returns an exit code.
 */
static int letters_send(struct sending *sending, const struct local_builder *args, struct face_end *out_end)
{
    struct cli *cli = sending->cli;
    enum oim_status status = OIM_ERR_IO;
    struct oim_error err = {0};
    for (unsigned attempt = 0; attempt < ATTEMPT_COUNT && status == OIM_ERR_IO; attempt++) {
        struct local_builder all = {.count = 0};
        size_t left = 0;
        for (size_t i = 0; i < sending->letter_count; i++) {
            const struct letter *letter = &sending->letters[i];
            if (!letter->ended) {
                local_add_text(&all, "to", letter->who);
                local_add_text(&all, "id", letter->id);
                left++;
            }
        }
        if (left == 0) {
            *out_end = (struct face_end){.exit = EXIT_DONE};
            return EXIT_DONE;
        }
        face_detach(cli->face);
        cli->face = NULL;
        int exit_code = cli_attach(cli, CLASS_NONE, SESSION_NEEDS_KEYS);
        if (exit_code != EXIT_DONE) {
            return exit_code;
        }
        for (size_t i = 0; i < args->count; i++) {
            all.items[all.count++] = args->items[i];
        }
        nothing_sent(sending, "unknown"); /* from here on, only the agent knows */
        struct local_fields fields = local_built(&all);
        status = face_run(cli->face, "send", &fields, on_event, sending, out_end, &err);
    }
    if (status == OIM_OK) {
        return EXIT_DONE;
    }
    if (status == OIM_ERR_IO) {
        console_complain(&cli->console, "agent_gone", NULL);
        return EXIT_FAILED;
    }
    return console_status(&cli->console, status, &err);
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
    struct sending sending = {.cli = cli};
    struct local_builder args = {.count = 0};
    nothing_sent(&sending, "not_sent");
    int exit_code = whos != NULL ? recipients_take(cli, whos, &sending) : EXIT_FAILED;
    if (exit_code == EXIT_DONE) {
        exit_code = waiting_take(cli, &args);
    }
    if (exit_code == EXIT_DONE) {
        exit_code = text_take(cli, &text);
    }
    if (exit_code == EXIT_DONE) {
        exit_code = text_check(cli, &text);
    }
    struct face_end end = {.exit = EXIT_FAILED};
    if (exit_code == EXIT_DONE) {
        local_add_text(&args, "text", (const char *)text.data);
        exit_code = letters_send(&sending, &args, &end);
    }
    if (exit_code == EXIT_DONE) {
        /* That the server is another one, that this device is shut out, or what keeps them apart is said once
         * for all letters. */
        bool once_for_all = end.exit == EXIT_TRUST || end.exit == EXIT_FAILED ||
                            local_text(&end.fields, "because")[0] != '\0';
        bool said =
            sending.result_count > 0 && (cli->console.json || sending.complaint_count > 0 || !once_for_all);
        exit_code = graver(sending.exit_code, said ? (int)end.exit : console_end(&cli->console, &end));
    }
    cli->console.complaint = NULL;
    cli->console.complaint_keys = NULL;
    return exit_code;
}
