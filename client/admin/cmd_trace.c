/*
 * cmd_trace.c - what became of a message, or of all from one person to another, as far as the server
 * remembers.
 */
#include <string.h>

#include "client/admin/ctl.h"
#include "client/text/when.h"
#include "common/id.h"

static bool same_message(const struct admin_row *a, const struct admin_row *b)
{
    return strcmp(ctl_row_value(a, "id"), ctl_row_value(b, "id")) == 0;
}

/* One message, its steps in the order of time. Steps of several messages lie mixed. */
static void message_say(struct ctl *ctl, const struct admin_rows *rows, size_t first)
{
    struct local_builder builder = {.count = 0};
    const struct admin_row *head = &rows->rows[first];
    ctl_fields_of(head->fields, head->field_count, &builder);
    char id[OIM_ID_SHORT_LETTERS + 1];
    snprintf(id, sizeof(id), "%s", ctl_row_value(head, "id"));
    local_add_text(&builder, "short", id);
    struct local_fields fields = local_built(&builder);
    console_say(&ctl->console, "trace_message", &fields);
    for (size_t i = first; i < rows->row_count; i++) {
        const struct admin_row *row = &rows->rows[i];
        if (!same_message(head, row)) {
            continue;
        }
        builder.count = 0;
        ctl_fields_of(row->fields, row->field_count, &builder);
        fields = local_built(&builder);
        console_say(&ctl->console, "trace_step", &fields);
    }
}

static bool is_first_of_its_message(const struct admin_rows *rows, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (same_message(&rows->rows[i], &rows->rows[at])) {
            return false;
        }
    }
    return true;
}

/* Several messages begin so: a row for each. */
static int candidates_print(struct ctl *ctl, const struct admin_rows *rows, const struct local_fields *notes)
{
    struct local_builder builder = {.count = 0};
    for (size_t i = 0; i < rows->row_count; i++) {
        builder.count = 0;
        ctl_fields_of(rows->rows[i].fields, rows->rows[i].field_count, &builder);
        struct local_fields fields = local_built(&builder);
        console_object(&ctl->console, "candidate", &fields, NULL);
        console_say(&ctl->console, "trace_candidate", &fields);
    }
    if (local_field(notes, "more_match") != NULL) {
        console_say(&ctl->console, "trace_more_match", notes);
    }
    builder.count = 0;
    local_add_text(&builder, "id", local_text(notes, "ambiguous"));
    struct local_fields fields = local_built(&builder);
    console_complain(&ctl->console, "ambiguous_id", &fields);
    return EXIT_NO_SUCH_NAME;
}

static int trace_print(struct ctl *ctl, const struct admin_op *op, const struct ctl_answer *answer)
{
    const struct admin_rows *rows = &answer->rows;
    struct local_builder builder = {.count = 0};
    ctl_fields_of(rows->notes, rows->note_count, &builder);
    struct local_fields notes = local_built(&builder);
    if (local_field(&notes, "ambiguous") != NULL) {
        return candidates_print(ctl, rows, &notes);
    }
    if (rows->row_count == 0) {
        local_add_text(&builder, "from", op->trace_from);
        local_add_text(&builder, "to", op->trace_to);
        local_add_truth(&builder, "window", op->since_ms != 0 || op->until_ms != 0);
        notes = local_built(&builder);
        console_complain(&ctl->console, "trace_unknown", &notes);
        return EXIT_NO_SUCH_NAME;
    }
    if (ctl->console.json) {
        return ctl_print(ctl, answer, CTL_TABLE);
    }
    for (size_t i = 0; i < rows->row_count; i++) {
        if (is_first_of_its_message(rows, i)) {
            message_say(ctl, rows, i);
        }
    }
    if (local_field(&notes, "same_moment") != NULL) {
        console_say(&ctl->console, "trace_same_moment", &notes);
    }
    if (local_field(&notes, "older") != NULL) {
        console_say(&ctl->console, "trace_older", &notes);
    }
    return EXIT_DONE;
}

/* What the server forgot may still wait there. */
static void waiting_say(struct ctl *ctl, const char *to)
{
    struct admin_op op = admin_op_of(ADMIN_QUEUE);
    op.who = to;
    struct ctl_answer answer = ctl_ask(ctl, &op);
    if (answer.exit_code == EXIT_DONE && answer.rows.row_count == 1) {
        struct local_builder builder = {.count = 0};
        ctl_fields_of(answer.rows.rows[0].fields, answer.rows.rows[0].field_count, &builder);
        struct local_fields fields = local_built(&builder);
        console_object(&ctl->console, "waiting", &fields, NULL);
        console_say(&ctl->console, "trace_waiting", &fields);
    }
}

/* The option's time, calendar; 0 when it was not given. False, and said: it is none. */
static bool time_take(struct ctl *ctl, const char *name, uint64_t *out_ms)
{
    const char *text = options_value(&ctl->options, name);
    struct oim_error err = {0};
    int64_t ms = 0;
    if (text != NULL && when_parse_point(text, ctl->console.words.now_ms, -1, &ms, &err) != OIM_OK) {
        (void)ctl_usage(ctl, "--%s: %s", name, err.text);
        return false;
    }
    *out_ms = (uint64_t)ms;
    return true;
}

int ctl_trace(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_TRACE);
    op.msg = ctl_operand(ctl, 0) == NULL ? "" : ctl_operand(ctl, 0);
    op.trace_from = ctl_option(ctl, "from");
    op.trace_to = ctl_option(ctl, "to");
    if ((op.msg[0] == '\0') == (op.trace_from[0] == '\0' || op.trace_to[0] == '\0')) {
        return ctl_usage(ctl, "a message's id, or --from and --to");
    }
    if (!time_take(ctl, "since", &op.since_ms) || !time_take(ctl, "until", &op.until_ms)) {
        return EXIT_USAGE;
    }
    struct ctl_answer answer = ctl_ask(ctl, &op);
    if (answer.exit_code != EXIT_DONE) {
        return answer.exit_code;
    }
    int exit_code = trace_print(ctl, &op, &answer);
    if (op.trace_to[0] != '\0') {
        waiting_say(ctl, op.trace_to);
    }
    return exit_code;
}
