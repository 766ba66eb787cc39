/*
 * ctl.c - what the subcommands of `oimctl` share; see ctl.h.
 */
#include "client/admin/ctl.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "client/admin/cmdlet_run.h"
#include "client/admin/ctl_spec.h"
#include "client/face/session.h"
#include "common/status.h"

#define ARENA_SIZE ((size_t)64 << 20) /* untouched pages cost nothing */
#define ROW_COUNT_MAX 65536u
#define PAGE_COUNT_MAX 4096u

static void buf_finish(struct oim_buf *buf)
{
    oim_buf_finish(buf);
}

static int ctl_parse_and_run(struct ctl *ctl, int argc, char **argv)
{
    struct oim_error error = {0};
    enum oim_status status = options_parse(&ctl_program, argc, argv, &ctl->options, &error);
    if (status != OIM_OK) {
        fprintf(ctl->console.err, "%s: %s\n", ctl_program.name, error.text);
        return EXIT_USAGE;
    }
    if (options_answer(&ctl->options, ctl->console.out)) {
        return EXIT_DONE;
    }
    ctl->console.json = options_has(&ctl->options, "json");
    return ctl_command_of(ctl->options.command)(ctl);
}

int ctl_main(int argc, char **argv, FILE *out, FILE *err, const char *agent_program)
{
    struct ctl ctl = {.agent_program = agent_program, .arena_memory = malloc(ARENA_SIZE)};
    console_init(&ctl.console, ctl_program.name, out, err, false);
    if (ctl.arena_memory == NULL) {
        fprintf(err, "%s: no memory\n", ctl_program.name);
        return EXIT_FAILED;
    }
    oim_arena_init(&ctl.arena, ctl.arena_memory, ARENA_SIZE);
    signal(SIGPIPE, SIG_IGN);
    /* Cmdlets have options of their own shape (-Identity), so they are told apart before options are read. */
    const char *const *words = (const char *const *)(argv + 1);
    int exit_code = argc > 1 && cmdlet_is_line(words, (size_t)argc - 1)
                        ? ctl_cmdlet(&ctl, words, (size_t)argc - 1)
                        : ctl_parse_and_run(&ctl, argc, argv);
    face_detach(ctl.face);
    free(ctl.arena_memory);
    return console_finish(&ctl.console, exit_code);
}

int ctl_usage(struct ctl *ctl, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int exit_code = console_usage(&ctl->console, format, args);
    va_end(args);
    return exit_code;
}

const char *ctl_operand(const struct ctl *ctl, size_t index)
{
    return index < ctl->options.operand_count ? ctl->options.operands[index] : NULL;
}

const char *ctl_option(const struct ctl *ctl, const char *name)
{
    const char *value = options_value(&ctl->options, name);
    return value != NULL ? value : "";
}

int ctl_attach(struct ctl *ctl)
{
    if (ctl->face != NULL) {
        return EXIT_DONE;
    }
    bool parsed = ctl->options.program != NULL; /* not when a cmdlet came as words */
    struct face_options options = {.profile = parsed ? options_value(&ctl->options, "profile") : NULL,
                                   .class = CLASS_NONE,
                                   .agent_program = ctl->agent_program};
    int exit_code = session_attach(&ctl->console, &options, SESSION_NEEDS_KEYS, &ctl->face);
    if (exit_code == EXIT_DONE) {
        face_interrupt_by(ctl->face, ctl->interrupted);
    }
    return exit_code;
}

/* What the events of one request bring together. */
struct gathering {
    struct ctl *ctl;
    struct ctl_answer *answer;
    struct oim_buf rows;  /* of struct admin_row */
    struct oim_buf notes; /* of struct admin_field */
    const char *next;
    bool broken; /* rows that do not decode */
};

#define NOTE_COUNT_MAX 16384u

/* The fields are the event's own, so they are kept. */
static void on_invite(struct gathering *gathering, const struct local_fields *fields)
{
    struct oim_arena *arena = &gathering->ctl->arena;
    struct local_builder *kept = oim_arena_zalloc(arena, 1, sizeof(*kept));
    static const char *const names[] = {"login", "display", "line"};
    for (size_t i = 0; i < OIM_COUNT(names) && kept != NULL; i++) {
        const char *text = oim_arena_strdup(arena, oim_slice_text(local_text(fields, names[i])));
        local_add_text(kept, names[i], text != NULL ? text : "");
    }
    if (kept != NULL) {
        local_add_number(kept, "until", local_number(fields, "until", 0));
        gathering->answer->invite = local_built(kept);
    }
}

static void on_rows(struct gathering *gathering, const struct local_fields *fields)
{
    struct oim_arena *arena = &gathering->ctl->arena;
    const struct local_field *packed = local_field(fields, "rows");
    gathering->answer->text = oim_arena_strdup(arena, oim_slice_text(local_text(fields, "text")));
    if (packed == NULL || packed->type != LOCAL_DATA || packed->data.size == 0) {
        return;
    }
    struct admin_rows rows;
    struct oim_error err = {0};
    struct oim_slice copy = {.data = oim_arena_alloc(arena, packed->data.size), .size = packed->data.size};
    if (copy.data == NULL) {
        gathering->broken = true;
        return;
    }
    memcpy((uint8_t *)(uintptr_t)copy.data, packed->data.data, copy.size);
    if (admin_rows_decode(copy, arena, &rows, &err) != OIM_OK) {
        gathering->broken = true;
        return;
    }
    if (rows.row_count > 0 &&
        oim_buf_append(&gathering->rows, rows.rows, rows.row_count * sizeof(*rows.rows)) != OIM_OK) {
        gathering->broken = true;
    }
    if (rows.note_count > 0 &&
        oim_buf_append(&gathering->notes, rows.notes, rows.note_count * sizeof(*rows.notes)) != OIM_OK) {
        gathering->broken = true;
    }
    gathering->next = rows.next;
}

static bool on_event(void *context, const char *what, const struct local_fields *fields)
{
    struct gathering *gathering = context;
    struct ctl *ctl = gathering->ctl;
    if (strcmp(what, "rows") == 0) {
        on_rows(gathering, fields);
    } else if (strcmp(what, "invite") == 0) {
        on_invite(gathering, fields);
    } else if (strcmp(what, "candidate") == 0) {
        session_print_candidate(&ctl->console, fields);
    }
    return true;
}

/* One page. Returns an exit code. */
static int page_ask(struct ctl *ctl, const struct admin_op *op, struct gathering *gathering)
{
    OIM_CLEANUP(buf_finish) struct oim_buf packed;
    oim_buf_init(&packed, ADMIN_BODY_SIZE_MAX);
    if (admin_op_encode(op, &packed) != OIM_OK) {
        return ctl_usage(ctl, "this is too much for one request");
    }
    struct local_builder args = {.count = 0};
    local_add_data(&args, "op", oim_buf_slice(&packed));
    struct local_fields fields = local_built(&args);
    struct face_end end = {.exit = EXIT_FAILED};
    struct oim_error err = {0};
    if (ctl->interrupted != NULL && *ctl->interrupted != 0) {
        return EXIT_FAILED; /* said when it interrupted something */
    }
    enum oim_status status = face_run(ctl->face, "admin", &fields, on_event, gathering, &end, &err);
    if (status == OIM_AGAIN) {
        gathering->answer->unanswered = true;
        console_complain(&ctl->console, "admin_interrupted", NULL);
        return EXIT_FAILED;
    }
    if (status != OIM_OK) {
        console_complain(&ctl->console, "agent_gone", NULL);
        return EXIT_FAILED;
    }
    if (gathering->broken) {
        struct local_builder builder = {.count = 0};
        local_add_text(&builder, "text", "the answer cannot be read; is this oimctl as new as the server?");
        struct local_fields why = local_built(&builder);
        console_complain(&ctl->console, "failed", &why);
        return EXIT_FAILED;
    }
    gathering->answer->unanswered = strcmp(local_text(&end.fields, "code"), "unanswered") == 0;
    return console_end(&ctl->console, &end);
}

/* What was gathered, as an array in the arena; NULL: it is full. */
static const void *gathered(struct ctl *ctl, const struct oim_buf *buf)
{
    void *copy = oim_arena_alloc(&ctl->arena, buf->size);
    if (copy != NULL && buf->size > 0) {
        memcpy(copy, buf->data, buf->size);
    }
    return copy;
}

/* How many more rows op asks for; 0: there is no bound. False: it has them all. */
static bool rows_left(const struct admin_op *op, const struct gathering *gathering, uint32_t *out_count)
{
    size_t have = gathering->rows.size / sizeof(struct admin_row);
    *out_count = have < op->count_max ? op->count_max - (uint32_t)have : 0;
    return op->count_max == 0 || *out_count > 0;
}

static struct ctl_answer ask_pages(struct ctl *ctl, const struct admin_op *op, size_t page_count_max,
                                   bool *out_more)
{
    struct ctl_answer answer = {.text = "", .exit_code = ctl_attach(ctl)};
    struct gathering gathering = {.ctl = ctl, .answer = &answer, .next = ""};
    struct admin_op page = *op;
    oim_buf_init(&gathering.rows, ROW_COUNT_MAX * sizeof(struct admin_row));
    oim_buf_init(&gathering.notes, NOTE_COUNT_MAX * sizeof(struct admin_field));
    for (size_t i = 0; i < page_count_max && answer.exit_code == EXIT_DONE; i++) {
        gathering.next = "";
        answer.exit_code = page_ask(ctl, &page, &gathering);
        *out_more = gathering.next != NULL && gathering.next[0] != '\0';
        if (!*out_more || !rows_left(op, &gathering, &page.count_max)) {
            break;
        }
        page.after = gathering.next;
    }
    answer.rows.rows = gathered(ctl, &gathering.rows);
    answer.rows.notes = gathered(ctl, &gathering.notes);
    answer.rows.row_count = gathering.rows.size / sizeof(struct admin_row);
    answer.rows.note_count = gathering.notes.size / sizeof(struct admin_field);
    if (answer.exit_code == EXIT_DONE && (answer.rows.rows == NULL || answer.rows.notes == NULL)) {
        answer.exit_code = ctl_usage(ctl, "the answer is larger than this program can hold");
    }
    oim_buf_finish(&gathering.rows);
    oim_buf_finish(&gathering.notes);
    if (answer.text == NULL) {
        answer.text = "";
    }
    return answer;
}

struct ctl_answer ctl_ask(struct ctl *ctl, const struct admin_op *op)
{
    bool more = false;
    return ask_pages(ctl, op, PAGE_COUNT_MAX, &more);
}

struct ctl_answer ctl_ask_page(struct ctl *ctl, const struct admin_op *op, bool *out_more)
{
    *out_more = false;
    return ask_pages(ctl, op, 1, out_more);
}

int ctl_ask_print(struct ctl *ctl, const struct admin_op *op, enum ctl_shape shape)
{
    struct ctl_answer answer = ctl_ask(ctl, op);
    int exit_code = ctl_print(ctl, &answer, shape);
    bool is_empty = answer.rows.row_count == 0 && answer.rows.note_count == 0 && answer.text[0] == '\0';
    if (exit_code == EXIT_DONE && is_empty && !ctl->console.json) {
        console_say(&ctl->console, "nothing_found", NULL);
    }
    return exit_code;
}

int ctl_ask_done(struct ctl *ctl, const struct admin_op *op)
{
    struct ctl_answer answer = ctl_ask(ctl, op);
    return ctl_print_done(ctl, &answer);
}
