/*
 * cmd_history.c - messages this computer has: history, search, the outbox, and what became of one (why).
 */
#include <stdlib.h>
#include <string.h>

#include "client/cli/cli.h"
#include "client/text/safe.h"

#define HISTORY_LIMIT_DEFAULT 100
#define HISTORY_LIMIT_MAX 100000

struct messages {
    struct cli *cli;
    size_t count;
    bool steps; /* the steps of one message have begun */
};

static void buf_finish(struct oim_buf *buf)
{
    oim_buf_finish(buf);
}

static bool on_message(void *context, const char *what, const struct local_fields *fields)
{
    struct messages *messages = context;
    struct cli *cli = messages->cli;
    if (cli_on_candidate(cli, what, fields) || strcmp(what, "message") != 0) {
        return true;
    }
    messages->count++;
    console_object(&cli->console, what, fields, NULL);
    if (!cli->console.json) {
        cli_print_message(cli, fields);
    }
    return true;
}

/* Returns an exit code. */
static int messages_ask(struct cli *cli, const struct local_builder *args)
{
    int exit_code = cli_attach(cli, CLASS_NONE, SESSION_NEEDS_KEYS);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    struct messages messages = {.cli = cli};
    struct face_end end = cli_ask(cli, "history", args, on_message, &messages);
    bool is_empty = end.exit == EXIT_DONE && messages.count == 0;
    bool is_kept = local_truth(&end.fields, "keeps_history") && local_number(&end.fields, "gone", 0) == 0;
    if (is_empty && is_kept) {
        console_say(&cli->console, "nothing_found", NULL);
    }
    if (end.exit == EXIT_DONE && !is_kept) {
        console_object(&cli->console, "history", &end.fields, NULL);
        console_say(&cli->console, "history_gone", &end.fields);
    }
    return console_end(&cli->console, &end);
}

int cmd_history(struct cli *cli)
{
    struct local_builder args = {.count = 0};
    const char *with = cli_operand(cli, 0);
    const char *words = options_value(&cli->options, "search");
    const char *limit_text = options_value(&cli->options, "limit");
    long limit = HISTORY_LIMIT_DEFAULT;
    if (limit_text != NULL) {
        char *end = NULL;
        limit = strtol(limit_text, &end, 10);
        if (*end != '\0' || limit < 1 || limit > HISTORY_LIMIT_MAX) {
            return cli_usage(cli, "--limit is a number from 1 to %d", HISTORY_LIMIT_MAX);
        }
    }
    int64_t since_ms = 0;
    if (!cli_point(cli, "since", -1, &since_ms)) {
        return EXIT_USAGE;
    }
    if (with != NULL) {
        local_add_text(&args, "with", with);
    }
    if (words != NULL) {
        local_add_text(&args, "search", words);
    }
    if (since_ms > 0) {
        local_add_number(&args, "since_ms", since_ms);
    }
    local_add_number(&args, "limit", limit);
    return messages_ask(cli, &args);
}

int cmd_search(struct cli *cli)
{
    OIM_CLEANUP(buf_finish) struct oim_buf words;
    oim_buf_init(&words, LOCAL_FRAME_SIZE_MAX / 2);
    if (cli_operands_join(cli, 0, &words) != OIM_OK || oim_buf_append(&words, "", 1) != OIM_OK) {
        return cli_usage(cli, "the words are too long");
    }
    struct local_builder args = {.count = 0};
    local_add_text(&args, "search", (const char *)words.data);
    local_add_number(&args, "limit", HISTORY_LIMIT_DEFAULT);
    return messages_ask(cli, &args);
}

/* "k7m2qd  Bob Stone: The contract...   Queued on this computer; ..." as two lines: the message, then how it
 * stands. */
static bool on_waiting(void *context, const char *what, const struct local_fields *fields)
{
    struct messages *messages = context;
    struct cli *cli = messages->cli;
    if (strcmp(what, "message") != 0) {
        return true;
    }
    messages->count++;
    console_object(&cli->console, what, fields, NULL);
    if (cli->console.json) {
        return true;
    }
    char id[OIM_ID_SHORT_LETTERS + 1];
    cli_short_id(fields, id);
    console_bytes(&cli->console, oim_slice_text(id));
    console_bytes(&cli->console, OIM_SLICE_LITERAL("  "));
    cli_print_message(cli, fields);
    console_bytes(&cli->console, OIM_SLICE_LITERAL("        "));
    console_say(&cli->console, words_state_code(fields), fields);
    return true;
}

int cmd_outbox(struct cli *cli)
{
    const char *verb = cli_operand(cli, 0) != NULL ? cli_operand(cli, 0) : "list";
    const char *id = cli_operand(cli, 1);
    bool list = strcmp(verb, "list") == 0;
    bool drop = strcmp(verb, "drop") == 0;
    if (!list && !drop && strcmp(verb, "retry") != 0) {
        return cli_usage(cli, "outbox has list, retry and drop, not '%s'", verb);
    }
    if (drop && id == NULL) {
        return cli_usage(cli, "outbox drop which message? oim outbox lists them");
    }
    int exit_code = cli_attach(cli, CLASS_NONE, SESSION_NEEDS_KEYS);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    struct local_builder args = {.count = 0};
    local_add_text(&args, "do", verb);
    if (id != NULL) {
        local_add_text(&args, "id", id);
    }
    struct messages messages = {.cli = cli};
    struct face_end end = cli_ask(cli, "outbox", &args, on_waiting, &messages);
    if (end.exit == EXIT_DONE && list && messages.count == 0) {
        console_say(&cli->console, "outbox_empty", NULL);
    } else if (end.exit == EXIT_DONE && !list) {
        const char *said = local_text(&end.fields, "code");
        console_say(&cli->console, drop ? "outbox_dropped" : said[0] != '\0' ? said : "outbox_retried", NULL);
    }
    return console_end(&cli->console, &end);
}

static void step_print(struct cli *cli, const struct local_fields *fields)
{
    char clock[WHEN_TEXT_SIZE] = "";
    const char *step = local_text(fields, "step");
    const char *policy = local_text(fields, "policy");
    char code[64];
    char sentence[512];
    struct local_builder shown = {.count = 0};
    int64_t at_ms = local_number(fields, "at", 0);
    if (at_ms != 0) {
        when_clock(at_ms, clock);
    }
    for (size_t i = 0; i < fields->count; i++) {
        shown.items[shown.count++] = fields->items[i];
    }
    local_add_text(&shown, "shown", strncmp(policy, "Tag:", 4) == 0 ? policy + 4 : policy);
    struct local_fields all = local_built(&shown);
    snprintf(code, sizeof(code), "step_%s", step);
    console_words(&cli->console, words_known(code) ? code : step, &all, sentence, sizeof(sentence));
    char line[640];
    snprintf(line, sizeof(line), "  %-8s  %s\n", clock, sentence);
    console_bytes(&cli->console, oim_slice_text(line));
}

static bool on_why(void *context, const char *what, const struct local_fields *fields)
{
    struct messages *messages = context;
    struct cli *cli = messages->cli;
    if (cli_on_candidate(cli, what, fields)) {
        return true;
    }
    console_object(&cli->console, what, fields, NULL);
    if (cli->console.json) {
        return true;
    }
    if (strcmp(what, "message") == 0) {
        char id[OIM_ID_SHORT_LETTERS + 1];
        cli_short_id(fields, id);
        console_bytes(&cli->console, oim_slice_text(id));
        console_bytes(&cli->console, OIM_SLICE_LITERAL("  "));
        cli_print_message(cli, fields);
        messages->count++;
        if (local_truth(fields, "own")) {
            console_bytes(&cli->console, OIM_SLICE_LITERAL("  "));
            console_say(&cli->console, words_state_code(fields), fields);
        }
    } else if (strcmp(what, "step") == 0) {
        step_print(cli, fields);
    }
    return true;
}

/* True for what can be the beginning of an id; a login may look so too. */
static bool maybe_id(const char *text)
{
    size_t size = strlen(text);
    return size >= OIM_ID_PREFIX_LETTERS_MIN && size < OIM_ID_TEXT_SIZE &&
           strspn(text, "0123456789abcdefghijklmnopqrstvwxyzABCDEFGHIJKLMNOPQRSTVWXYZ") == size;
}

int cmd_why(struct cli *cli)
{
    const char *which = cli_operand(cli, 0);
    int exit_code = cli_attach(cli, CLASS_NONE, SESSION_NEEDS_KEYS);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    struct messages messages = {.cli = cli};
    struct local_builder args = {.count = 0};
    struct face_end end = {.exit = EXIT_NO_SUCH_NAME};
    if (which != NULL && maybe_id(which)) {
        local_add_text(&args, "id", which);
        end = cli_ask(cli, "why", &args, on_why, &messages);
    }
    /* No message of that id: then it is somebody's name, unless there is no such person either. */
    if (end.exit == EXIT_NO_SUCH_NAME && messages.count == 0) {
        args.count = 0;
        if (which != NULL) {
            local_add_text(&args, "to", which);
        }
        end = cli_ask(cli, "why", &args, on_why, &messages);
    }
    return console_end(&cli->console, &end);
}
