/*
 * cmdlet_host.c - what sessions of the cmdlet dialect need from oimctl: asking the server and the person,
 * printing.
 */
#include "client/admin/cmdlet_host.h"

#include <string.h>
#include <strings.h>

#include "client/text/safe.h"

#define PRINT_SIZE_MAX (16u * 1024u * 1024u)

static void buf_finish(struct oim_buf *buf)
{
    oim_buf_finish(buf);
}

static int on_ask(void *context, const struct admin_op *op, struct oim_arena *arena, struct admin_rows *out)
{
    struct ctl_cmdlets *cmdlets = context;
    (void)arena; /* is ctl's: what answers live in anyway */
    cmdlets->answer = ctl_ask(cmdlets->ctl, op);
    *out = cmdlets->answer.rows;
    return cmdlets->answer.exit_code;
}

static int on_connect(void *context)
{
    struct ctl_cmdlets *cmdlets = context;
    int exit_code = ctl_attach(cmdlets->ctl);
    if (exit_code == EXIT_DONE) {
        console_say(&cmdlets->ctl->console, "admin_connected", face_whoami(cmdlets->ctl->face));
    }
    return exit_code;
}

static void on_done(void *context, const struct admin_rows *rows)
{
    struct ctl_cmdlets *cmdlets = context;
    struct ctl_answer answer = cmdlets->answer; /* the last request's words, the notes of all */
    answer.rows = *rows;
    ctl_print_done(cmdlets->ctl, &answer);
}

static void on_notes(void *context, const struct admin_rows *rows)
{
    struct ctl_cmdlets *cmdlets = context;
    ctl_print_notes(cmdlets->ctl, rows);
}

static void on_say(void *context, const char *sentence)
{
    struct console *console = &((struct ctl_cmdlets *)context)->ctl->console;
    if (console->json) {
        struct local_builder builder = {.count = 0};
        local_add_text(&builder, "text", sentence);
        struct local_fields fields = local_built(&builder);
        console_object(console, "done", &fields, NULL);
        return;
    }
    console_bytes(console, oim_slice_text(sentence));
    console_bytes(console, OIM_SLICE_LITERAL("\n"));
}

/* Beside the results: a script that reads JSON is not disturbed. */
static void on_warn(void *context, const char *sentence)
{
    struct console *console = &((struct ctl_cmdlets *)context)->ctl->console;
    char safe[512];
    console_flush(console); /* what was printed before stands before it */
    fprintf(console->err, "%s: %s\n", console->program,
            text_safe(safe, sizeof(safe), oim_slice_text(sentence), SAFE_MARK_NEWLINES));
}

/* ---- questions
 * ------------------------------------------------------------------------------------------------- */

static struct local_fields question_fields(const struct cmdlet_question *question,
                                           struct local_builder *builder)
{
    local_add_text(builder, "cmdlet", question->cmdlet);
    if (question->name[0] != '\0') {
        local_add_text(builder, "name", question->name);
    }
    local_add_text(builder, "words", question->words);
    local_add_number(builder, "count", (int64_t)question->people_count);
    return local_built(builder);
}

static int on_confirm(void *context, const struct cmdlet_question *question)
{
    struct ctl *ctl = ((struct ctl_cmdlets *)context)->ctl;
    struct local_builder builder = {.count = 0};
    struct local_fields fields = question_fields(question, &builder);
    if (!console_flush(&ctl->console)) {
        return EXIT_FAILED;
    }
    ctl_people_print(ctl->console.err, question->people, question->people_count);
    return ctl_ask_yes(ctl, question->code, &fields, question->cmdlet, "-Force or -Confirm:$False");
}

static void on_what_if(void *context, const struct cmdlet_question *what, const struct admin_rows *rows)
{
    struct ctl *ctl = ((struct ctl_cmdlets *)context)->ctl;
    static const char *const always[] = {"cmdlet", "name", "count", NULL};
    struct local_builder builder = {.count = 0};
    struct local_fields fields = question_fields(what, &builder);
    console_object(&ctl->console, "what_if", &fields, always);
    console_say(&ctl->console, "admin_what_if", &fields);
    if (ctl->console.json) {
        const struct ctl_answer people = {
            .rows = {.rows = what->people, .row_count = what->people_count, .next = ""}, .text = ""};
        ctl_print(ctl, &people, CTL_TABLE);
    } else {
        ctl_people_print(ctl->console.out, what->people, what->people_count);
    }
    ctl_print_remarks(ctl, rows);
}

/* ---- printing
 * -------------------------------------------------------------------------------------------------- */

static void print_json(struct ctl *ctl, struct cmdlet_values values)
{
    for (size_t i = 0; i < values.count; i++) {
        const struct cmdlet_object *object = values.items[i].object;
        struct local_builder builder = {.count = 0};
        if (object != NULL) {
            ctl_fields_of(object->fields, object->field_count, &builder);
        } else {
            local_add_text(&builder, "value", values.items[i].text);
        }
        struct local_fields fields = local_built(&builder);
        console_object(&ctl->console, object != NULL ? "row" : "value", &fields, NULL);
    }
}

/* Times as people read them; the printer knows text only. */
static bool localise(struct ctl *ctl, const struct cmdlet_object *object, struct cmdlet_list *out)
{
    struct admin_field *fields = oim_arena_zalloc(&ctl->arena, object->field_count, sizeof(*fields));
    for (size_t i = 0; fields != NULL && i < object->field_count; i++) {
        char when[WHEN_TEXT_SIZE];
        const char *shown = ctl_value_shown(ctl, &object->fields[i], when);
        fields[i].name = object->fields[i].name;
        fields[i].value = shown == when ? oim_arena_strdup(&ctl->arena, oim_slice_text(when)) : shown;
        if (fields[i].value == NULL) {
            return false;
        }
    }
    struct cmdlet_object *copy =
        cmdlet_list_add_object(out, &ctl->arena, object->kind, fields, object->field_count);
    if (copy != NULL) {
        copy->remarks = object->remarks;
    }
    return copy != NULL;
}

static int on_print(void *context, struct cmdlet_values values, enum cmdlet_shape shape)
{
    struct ctl *ctl = ((struct ctl_cmdlets *)context)->ctl;
    struct cmdlet_list shown = {.count = 0};
    OIM_CLEANUP(buf_finish) struct oim_buf printed;
    oim_buf_init(&printed, PRINT_SIZE_MAX);
    if (ctl->console.json) {
        print_json(ctl, values);
        return EXIT_DONE;
    }
    bool fits = true;
    for (size_t i = 0; i < values.count && fits; i++) {
        fits = values.items[i].object != NULL ? localise(ctl, values.items[i].object, &shown)
                                              : cmdlet_list_add(&shown, &ctl->arena, values.items[i]);
    }
    if (!fits || cmdlet_print(&printed, cmdlet_list_values(&shown), shape) != OIM_OK) {
        return ctl_usage(ctl,
                         "this is more than can be printed at once; choose with -Filter or Where-Object");
    }
    console_bytes(&ctl->console, oim_buf_slice(&printed));
    return EXIT_DONE;
}

/* ----------------------------------------------------------------------------------------------------------------
 */

void ctl_cmdlets_init(struct ctl_cmdlets *cmdlets, struct ctl *ctl)
{
    *cmdlets = (struct ctl_cmdlets){
        .ctl = ctl,
        .host = {.context = cmdlets,
                 .ask = on_ask,
                 .connect = on_connect,
                 .confirm = on_confirm,
                 .done = on_done,
                 .what_if = on_what_if,
                 .notes = on_notes,
                 .say = on_say,
                 .warn = on_warn,
                 .print = on_print},
    };
    oim_arena_init(&cmdlets->kept, cmdlets->kept_memory, sizeof(cmdlets->kept_memory));
    cmdlet_session_init(&cmdlets->session, &cmdlets->host, &ctl->arena, &cmdlets->kept);
}

/* The first line is the complaint; what stands below it is meant to be copied, so it keeps its lines. */
static void complain(struct ctl *ctl, const char *text)
{
    console_flush(&ctl->console);
    size_t size = ctl->console.json ? strlen(text) : strcspn(text, "\n");
    ctl_usage(ctl, "%.*s", (int)size, text);
    if (text[size] != '\0') {
        char safe[OIM_ERROR_TEXT_SIZE];
        fprintf(ctl->console.err, "%s\n",
                text_safe(safe, sizeof(safe), oim_slice_text(text + size + 1), SAFE_KEEP_NEWLINES));
    }
}

int ctl_cmdlets_end(struct ctl_cmdlets *cmdlets, int exit_code, const struct oim_error *err)
{
    if (err->text[0] != '\0') {
        complain(cmdlets->ctl, err->text);
    }
    return exit_code;
}
