/*
 * console.c - what a one-shot command writes, and how; see console.h.
 */
#include "client/face/console.h"

#include <string.h>
#include <unistd.h>

#include "client/face/json.h"
#include "common/os/clock_os.h"
#include "common/os/output.h"

#define LINE_SIZE_MAX (1024u * 1024u)
#define TABLE_SIZE_MAX (32u * 1024u * 1024u)
#define SENTENCE_SIZE 2048

static const struct local_fields no_fields = {.items = NULL, .count = 0};

static void buf_finish(struct oim_buf *buf)
{
    oim_buf_finish(buf);
}

void console_init(struct console *console, const char *program, FILE *out, FILE *err, bool json)
{
    struct oim_clock clock = clock_os();
    int fd = fileno(out);
    *console = (struct console){.program = program,
                                .out = out,
                                .err = err,
                                .words = {.language = words_language_of_environment(),
                                          .now_ms = (int64_t)clock.wall_ms(clock.context)},
                                .json = json,
                                .out_is_terminal = fd >= 0 && isatty(fd)};
}

void console_bytes(struct console *console, struct oim_slice bytes)
{
    if (bytes.size > 0 && fwrite(bytes.data, 1, bytes.size, console->out) != bytes.size) {
        console->failed = true;
    }
}

char *console_words(const struct console *console, const char *code, const struct local_fields *fields,
                    char *out, size_t out_size)
{
    return words_say(&console->words, code, fields != NULL ? fields : &no_fields, out, out_size);
}

void console_say(struct console *console, const char *code, const struct local_fields *fields)
{
    if (console->json) {
        return;
    }
    char sentence[SENTENCE_SIZE];
    console_bytes(console, oim_slice_text(console_words(console, code, fields, sentence, sizeof(sentence))));
    console_bytes(console, OIM_SLICE_LITERAL("\n"));
}

void console_aside(struct console *console, const char *code, const struct local_fields *fields)
{
    char sentence[SENTENCE_SIZE];
    fprintf(console->err, "%s\n", console_words(console, code, fields, sentence, sizeof(sentence)));
}

void console_object(struct console *console, const char *what, const struct local_fields *fields,
                    const char *const *always)
{
    if (!console->json) {
        return;
    }
    OIM_CLEANUP(buf_finish) struct oim_buf line;
    oim_buf_init(&line, LINE_SIZE_MAX);
    if (json_append(&line, what, fields != NULL ? fields : &no_fields, always) == OIM_OK) {
        console_bytes(console, oim_buf_slice(&line));
    } else {
        console->failed = true;
    }
}

void console_table(struct console *console, const struct text_table *table, size_t indent)
{
    if (console->json || table->cell_count == 0) {
        return;
    }
    OIM_CLEANUP(buf_finish) struct oim_buf lines;
    oim_buf_init(&lines, TABLE_SIZE_MAX);
    if (text_table_append(table, indent, &lines) == OIM_OK) {
        console_bytes(console, oim_buf_slice(&lines));
    } else {
        console->failed = true;
    }
}

void console_complain(struct console *console, const char *code, const struct local_fields *fields)
{
    char sentence[SENTENCE_SIZE];
    console_words(console, code, fields, sentence, sizeof(sentence));
    if (!console->json) {
        fprintf(console->err, "%s: %s\n", console->program, sentence);
        return;
    }
    struct local_builder builder = {.count = 0};
    for (size_t i = 0; console->complaint != NULL && i < console->complaint->count; i++) {
        builder.items[builder.count] = console->complaint->items[i];
        builder.count++;
    }
    local_add_text(&builder, console->complaint != NULL ? "reason" : "code", code);
    local_add_text(&builder, "text", sentence);
    for (size_t i = 0; fields != NULL && i < fields->count && builder.count < LOCAL_FIELD_COUNT_MAX; i++) {
        builder.items[builder.count] = fields->items[i];
        builder.count++;
    }
    struct local_fields all = local_built(&builder);
    console_object(console, console->complaint != NULL ? NULL : "error", &all, console->complaint_keys);
}

bool console_flush(struct console *console)
{
    struct oim_error err;
    if (output_flush(console->out, &err) != OIM_OK) {
        console->failed = true;
        console->lost = console->lost.text[0] == '\0' ? err : console->lost;
    }
    return !console->failed;
}

int console_finish(struct console *console, int exit_code)
{
    if (console_flush(console)) {
        return exit_code;
    }
    char sentence[SENTENCE_SIZE];
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "text", console->lost.text);
    local_add_truth(&builder, "done", exit_code == EXIT_DONE);
    struct local_fields fields = local_built(&builder);
    console_words(console, "output_lost", &fields, sentence, sizeof(sentence));
    fprintf(console->err, "%s: %s\n", console->program, sentence);
    return exit_code == EXIT_DONE ? EXIT_FAILED : exit_code;
}

int console_end(struct console *console, const struct face_end *end)
{
    const char *code = local_text(&end->fields, "code");
    if (end->exit != EXIT_DONE && code[0] != '\0') {
        console_complain(console, code, &end->fields);
    }
    return (int)end->exit;
}

int console_usage(struct console *console, const char *format, va_list args)
{
    struct oim_error err = {0};
    vsnprintf(err.text, sizeof(err.text), format, args);
    return console_status(console, OIM_ERR_USAGE, &err);
}

int console_status(struct console *console, enum oim_status status, const struct oim_error *err)
{
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "text", err->text);
    struct local_fields fields = local_built(&builder);
    if (status == OIM_ERR_USAGE) {
        console_complain(console, "usage", &fields);
        return EXIT_USAGE;
    }
    console_complain(console, "failed", &fields);
    return status == OIM_ERR_TRUST ? EXIT_TRUST : EXIT_FAILED;
}
