/*
 * cli.c - what the subcommands of `oim` share; see cli.h.
 */
#include "client/cli/cli.h"

#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include "client/cli/spec.h"
#include "client/text/safe.h"

#define MESSAGE_SIZE_SHOWN_MAX (256u * 1024u)
#define CONTINUED "    "

static void buf_finish(struct oim_buf *buf)
{
    oim_buf_finish(buf);
}

int cli_main(int argc, char **argv, FILE *out, FILE *err, const char *agent_program,
             cli_agent_main *agent_main)
{
    struct cli cli = {.agent_program = agent_program, .agent_main = agent_main};
    struct oim_error error = {0};
    enum oim_status status = options_parse(&cli_program, argc, argv, &cli.options, &error);
    bool json = status == OIM_OK && options_has(&cli.options, "json");
    console_init(&cli.console, cli_program.name, out, err, json);
    if (status != OIM_OK) {
        fprintf(err, "%s: %s\n", cli_program.name, error.text);
        return EXIT_USAGE;
    }
    if (options_answer(&cli.options, out)) {
        return console_finish(&cli.console, EXIT_DONE);
    }
    signal(SIGPIPE,
           SIG_IGN); /* a reader that went away is an error on write, and then nothing counts as shown */
    int exit_code = cli_command_of(cli.options.command)(&cli);
    face_detach(cli.face);
    return console_finish(&cli.console, exit_code);
}

int cli_usage(struct cli *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int exit_code = console_usage(&cli->console, format, args);
    va_end(args);
    return exit_code;
}

const char *cli_operand(const struct cli *cli, size_t index)
{
    return index < cli->options.operand_count ? cli->options.operands[index] : NULL;
}

enum oim_status cli_operands_join(const struct cli *cli, size_t index, struct oim_buf *out)
{
    for (size_t i = index; i < cli->options.operand_count; i++) {
        enum oim_status status = i > index ? oim_buf_append(out, " ", 1) : OIM_OK;
        if (status == OIM_OK) {
            status = oim_buf_append(out, cli->options.operands[i], strlen(cli->options.operands[i]));
        }
        if (status != OIM_OK) {
            return status;
        }
    }
    return OIM_OK;
}

bool cli_duration(struct cli *cli, const char *name, int64_t absent_ms, int64_t *out_ms)
{
    const char *text = options_value(&cli->options, name);
    struct oim_error err = {0};
    *out_ms = absent_ms;
    if (text == NULL || when_parse_duration(text, 1000, out_ms, &err) == OIM_OK) {
        return true;
    }
    cli_usage(cli, "--%s: %s", name, err.text);
    return false;
}

bool cli_point(struct cli *cli, const char *name, int direction, int64_t *out_ms)
{
    const char *text = options_value(&cli->options, name);
    struct oim_error err = {0};
    *out_ms = 0;
    if (text == NULL ||
        when_parse_point(text, cli->console.words.now_ms, direction, out_ms, &err) == OIM_OK) {
        return true;
    }
    cli_usage(cli, "--%s: %s", name, err.text);
    return false;
}

int cli_attach(struct cli *cli, enum face_class class, enum session_need need)
{
    struct face_options options = {.profile = options_value(&cli->options, "profile"),
                                   .class = class,
                                   .agent_program = cli->agent_program};
    return session_attach(&cli->console, &options, need, &cli->face);
}

struct face_end cli_ask(struct cli *cli, const char *op, const struct local_builder *args,
                        face_on_event *on_event, void *context)
{
    struct local_fields fields = {.items = NULL, .count = 0};
    if (args != NULL) {
        fields = local_built(args);
    }
    struct face_end end = {.exit = EXIT_FAILED};
    struct oim_error err = {0};
    enum oim_status status = face_run(cli->face, op, &fields, on_event, context, &end, &err);
    if (status == OIM_OK) {
        return end;
    }
    if (status == OIM_ERR_USAGE) {
        return (struct face_end){.exit = cli_usage(cli, "%s", err.text)};
    }
    if (status == OIM_ERR_LIMIT) {
        console_status(&cli->console, status, &err);
    } else {
        console_complain(&cli->console, "agent_gone", NULL);
    }
    return (struct face_end){.exit = EXIT_FAILED};
}

static bool on_quiet_event(void *context, const char *what, const struct local_fields *fields)
{
    struct cli *cli = context;
    if (!cli_on_candidate(cli, what, fields)) {
        console_object(&cli->console, what, fields, NULL);
    }
    return true;
}

int cli_ask_quietly(struct cli *cli, const char *op, const struct local_builder *args)
{
    struct face_end end = cli_ask(cli, op, args, on_quiet_event, cli);
    return console_end(&cli->console, &end);
}

bool cli_on_candidate(struct cli *cli, const char *what, const struct local_fields *fields)
{
    if (strcmp(what, "candidate") != 0) {
        return false;
    }
    session_print_candidate(&cli->console, fields);
    return true;
}

void cli_short_id(const struct local_fields *fields, char out[OIM_ID_SHORT_LETTERS + 1])
{
    text_safe(out, OIM_ID_SHORT_LETTERS + 1, oim_slice_text(local_text(fields, "id")), SAFE_MARK_NEWLINES);
}

/* The message's own fields, and `late`: when it arrived, if that was more than a minute after it was written.
 */
static struct local_fields message_fields(const struct local_fields *fields, struct local_builder *builder)
{
    *builder = (struct local_builder){.count = 0};
    for (size_t i = 0; i < fields->count && i + 1 < LOCAL_FIELD_COUNT_MAX; i++) {
        builder->items[i] = fields->items[i];
        builder->count = i + 1;
    }
    int64_t at_ms = local_number(fields, "at", 0);
    int64_t arrived_ms = local_number(fields, "arrived", 0);
    if (arrived_ms > at_ms + 60000 && !local_truth(fields, "own")) {
        local_add_number(builder, "late", arrived_ms);
    }
    return local_built(builder);
}

void cli_print_message(struct cli *cli, const struct local_fields *fields)
{
    struct local_builder builder;
    struct local_fields all = message_fields(fields, &builder);
    char head[1024];
    console_words(&cli->console, "message_line", &all, head, sizeof(head));

    OIM_CLEANUP(buf_finish) struct oim_buf text;
    oim_buf_init(&text, MESSAGE_SIZE_SHOWN_MAX);
    char gone[128] = "";
    if (local_truth(fields, "text_gone")) {
        console_words(&cli->console, "text_gone", NULL, gone, sizeof(gone));
    }
    const char *shown = gone[0] != '\0' ? gone : local_text(fields, "text");
    if (text_safe_append(&text, oim_slice_text(shown), SAFE_KEEP_NEWLINES) != OIM_OK) {
        cli->console.failed = true;
        return;
    }
    console_bytes(&cli->console, oim_slice_text(head));
    console_bytes(&cli->console, OIM_SLICE_LITERAL(" "));
    size_t start = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '\n') {
            console_bytes(&cli->console, oim_slice(text.data + start, i + 1 - start));
            console_bytes(&cli->console, OIM_SLICE_LITERAL(CONTINUED));
            start = i + 1;
        }
    }
    console_bytes(&cli->console, oim_slice(text.data + start, text.size - start));
    console_bytes(&cli->console, OIM_SLICE_LITERAL("\n"));
}
