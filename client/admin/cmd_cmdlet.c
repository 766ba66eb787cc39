/*
 * cmd_cmdlet.c - lines of cmdlets: as words, by -c, from a file.
 *
 * The whole text is understood before the first request is sent, so that a slip in the last line does nothing
 * instead of half.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "client/admin/cmdlet_run.h"
#include "client/admin/ctl.h"
#include "client/face/ask.h"

#define TEXT_FILE_SIZE_MAX (1024u * 1024u)
#define PRINT_SIZE_MAX (16u * 1024u * 1024u)

static void buf_finish(struct oim_buf *buf)
{
    oim_buf_finish(buf);
}

static void sentence_print(struct ctl *ctl, const char *text)
{
    console_bytes(&ctl->console, oim_slice_text(text));
    console_bytes(&ctl->console, OIM_SLICE_LITERAL("\n"));
}

/* Ask before what the original would ask before; the default is No. Returns an exit code. */
static int confirm(struct ctl *ctl, const struct cmdlet_step *step)
{
    if (!step->confirm) {
        return EXIT_DONE;
    }
    if (!ask_possible()) {
        return ctl_usage(ctl, "%s asks first, and nobody is here to answer; add -Force or -Confirm:$False",
                         step->cmdlet);
    }
    char question[256];
    char answer[ASK_LINE_SIZE_MAX];
    struct oim_error err = {0};
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "name", step->cmdlet);
    struct local_fields fields = local_built(&builder);
    console_words(&ctl->console, "admin_confirm", &fields, question, sizeof(question));
    enum oim_status status = ask_line(question, false, answer, &err);
    if (status != OIM_OK) {
        return console_status(&ctl->console, status, &err);
    }
    if (strcasecmp(answer, "y") != 0 && strcasecmp(answer, "yes") != 0) {
        console_complain(&ctl->console, "admin_not_done", NULL);
        return EXIT_REFUSED;
    }
    return EXIT_DONE;
}

/* Times as people read them; the printer of rows knows text only. Values live in the arena. */
static void rows_localise(struct ctl *ctl, struct ctl_answer *answer)
{
    struct admin_row *rows = oim_arena_zalloc(&ctl->arena, answer->rows.row_count, sizeof(*rows));
    for (size_t i = 0; rows != NULL && i < answer->rows.row_count; i++) {
        const struct admin_row *row = &answer->rows.rows[i];
        struct admin_field *fields = oim_arena_zalloc(&ctl->arena, row->field_count, sizeof(*fields));
        for (size_t j = 0; fields != NULL && j < row->field_count; j++) {
            char when[WHEN_TEXT_SIZE];
            const char *shown = ctl_value_shown(ctl, &row->fields[j], when);
            fields[j] = row->fields[j];
            const char *copy = shown == when ? oim_arena_strdup(&ctl->arena, oim_slice_text(when)) : shown;
            fields[j].value = copy != NULL ? copy : "";
        }
        rows[i] = (struct admin_row){.fields = fields, .field_count = fields != NULL ? row->field_count : 0};
    }
    answer->rows.rows = rows;
    answer->rows.row_count = rows != NULL ? answer->rows.row_count : 0;
}

static int op_run(struct ctl *ctl, const struct cmdlet_step *step)
{
    int exit_code = confirm(ctl, step);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    struct ctl_answer answer = ctl_ask(ctl, &step->op);
    if (answer.exit_code != EXIT_DONE) {
        return answer.exit_code;
    }
    if (!step->rows_wanted) {
        return ctl_print_done(ctl, &answer);
    }
    if (ctl->console.json) {
        return ctl_print(ctl, &answer, CTL_BLOCKS);
    }
    rows_localise(ctl, &answer);
    OIM_CLEANUP(buf_finish) struct oim_buf printed;
    oim_buf_init(&printed, PRINT_SIZE_MAX);
    if (cmdlet_print_rows(&printed, step, &answer.rows) != OIM_OK) {
        return EXIT_FAILED;
    }
    console_bytes(&ctl->console, oim_buf_slice(&printed));
    ctl_print_notes(ctl, &answer.rows);
    return EXIT_DONE;
}

static int connect_say(struct ctl *ctl)
{
    int exit_code = ctl_attach(ctl);
    if (exit_code == EXIT_DONE) {
        console_say(&ctl->console, "admin_connected", face_whoami(ctl->face));
    }
    return exit_code;
}

static int program_run(struct ctl *ctl, const struct cmdlet_program *program)
{
    int exit_code = EXIT_DONE;
    for (const struct cmdlet_step *step = program->first; step != NULL && exit_code == EXIT_DONE;
         step = step->next) {
        switch (step->kind) {
        case CMDLET_STEP_OP:
            exit_code = op_run(ctl, step);
            break;
        case CMDLET_STEP_SAY:
            sentence_print(ctl, step->say);
            break;
        case CMDLET_STEP_WARN:
            fprintf(ctl->console.err, "%s: %s\n", ctl->console.program, step->say);
            break;
        case CMDLET_STEP_CONNECT:
            exit_code = connect_say(ctl);
            break;
        }
    }
    return exit_code;
}

static int text_run(struct ctl *ctl, const char *text)
{
    struct cmdlet_program program;
    struct oim_error err = {0};
    if (cmdlet_compile_text(text, &ctl->arena, &program, &err) != OIM_OK) {
        return ctl_usage(ctl, "%s", err.text);
    }
    return program_run(ctl, &program);
}

int ctl_cmdlet(struct ctl *ctl, const char *const *words, size_t word_count)
{
    struct cmdlet_program program;
    struct oim_error err = {0};
    if (cmdlet_compile_words(words, word_count, &ctl->arena, &program, &err) != OIM_OK) {
        return ctl_usage(ctl, "%s", err.text);
    }
    return program_run(ctl, &program);
}

int ctl_line(struct ctl *ctl)
{
    const char *line = options_value(&ctl->options, "command");
    if (line == NULL) {
        options_print_help(ctl->options.program, NULL, ctl->console.out);
        return EXIT_USAGE;
    }
    return text_run(ctl, line);
}

int ctl_run(struct ctl *ctl)
{
    const char *path = ctl_operand(ctl, 0);
    bool input = strcmp(path, "-") == 0;
    FILE *file = input ? stdin : fopen(path, "re");
    if (file == NULL) {
        return ctl_usage(ctl, "open '%s': %s", path, strerror(errno));
    }
    OIM_CLEANUP(buf_finish) struct oim_buf text;
    oim_buf_init(&text, TEXT_FILE_SIZE_MAX);
    char part[4096];
    size_t size = 0;
    enum oim_status status = OIM_OK;
    while (status == OIM_OK && (size = fread(part, 1, sizeof(part), file)) > 0) {
        status = oim_buf_append(&text, part, size);
    }
    bool failed = ferror(file) != 0;
    if (!input) {
        fclose(file);
    }
    if (failed) {
        return ctl_usage(ctl, "read '%s': %s", path, strerror(errno));
    }
    if (status != OIM_OK || oim_buf_append(&text, "", 1) != OIM_OK) {
        return ctl_usage(ctl, "'%s' is larger than 1 MiB", path);
    }
    return text_run(ctl, (const char *)text.data);
}
