/*
 * ctl_print.c - rows of an answer as tables, blocks or JSON; notes in words.
 *
 * Names of fields are the server's, stable and lower case. Values under names of times are calendar
 * milliseconds and shown as local time; empty values are blank.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "client/admin/ctl.h"
#include "client/face/json.h"
#include "client/text/safe.h"

/* Values under these names are numbers in JSON and stand right; everything else is text, whatever it looks
 * like. */
static const char *const number_names[] = {"n",
                                           "contacts",
                                           "generation",
                                           "admin_no",
                                           "count",
                                           "waiting",
                                           "waiting_people",
                                           "waiting_bytes",
                                           "devices",
                                           "bytes",
                                           "people",
                                           "joined",
                                           "closed_count",
                                           "invites_open",
                                           "signed_in",
                                           "sessions",
                                           "submitted",
                                           "held",
                                           "delivered",
                                           "live",
                                           "refused",
                                           "offline_off_people",
                                           "policy_version",
                                           "full_percent",
                                           "erased",
                                           "head",
                                           "length",
                                           "log_entries",
                                           "audit_entries"};

const char *ctl_row_value(const struct admin_row *row, const char *name)
{
    for (size_t i = 0; i < row->field_count; i++) {
        if (strcmp(row->fields[i].name, name) == 0) {
            return row->fields[i].value;
        }
    }
    return "";
}

static bool is_number(const char *value)
{
    size_t digits = strspn(value, "0123456789");
    return digits > 0 && digits < 18 && value[digits] == '\0';
}

static bool named_number(const char *name)
{
    for (size_t i = 0; i < OIM_COUNT(number_names); i++) {
        if (strcmp(number_names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

void ctl_fields_of(const struct admin_field *fields, size_t count, struct local_builder *out)
{
    for (size_t i = 0; i < count && out->count < LOCAL_FIELD_COUNT_MAX; i++) {
        const struct admin_field *field = &fields[i];
        if (is_number(field->value) && (named_number(field->name) || json_is_time(field->name))) {
            local_add_number(out, field->name, atoll(field->value));
        } else {
            local_add_text(out, field->name, field->value);
        }
    }
}

static void row_print_json(struct ctl *ctl, const char *what, const struct admin_field *fields, size_t count)
{
    struct local_builder builder = {.count = 0};
    ctl_fields_of(fields, count, &builder);
    struct local_fields all = local_built(&builder);
    console_object(&ctl->console, what, &all, NULL);
}

const char *ctl_value_shown(const struct ctl *ctl, const struct admin_field *field, char when[WHEN_TEXT_SIZE])
{
    if (!json_is_time(field->name) || !is_number(field->value)) {
        return field->value;
    }
    int64_t at_ms = atoll(field->value);
    when[0] = '\0';
    if (at_ms != 0) {
        when_time(ctl->console.words.language, ctl->console.words.now_ms, at_ms, when);
    }
    return when;
}

static size_t columns_find(const struct admin_rows *rows, const char *names[TABLE_COLUMN_COUNT_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < rows->row_count; i++) {
        for (size_t j = 0; j < rows->rows[i].field_count; j++) {
            const char *name = rows->rows[i].fields[j].name;
            size_t at = 0;
            while (at < count && strcmp(names[at], name) != 0) {
                at++;
            }
            if (at == count && count < TABLE_COLUMN_COUNT_MAX) {
                names[count] = name;
                count++;
            }
        }
    }
    return count;
}

/* "last_sign_in" heads its column as LAST-SIGN-IN. */
static void heading_of(const char *name, char out[64])
{
    size_t size = 0;
    for (; name[size] != '\0' && size < 63; size++) {
        out[size] = name[size] == '_' ? '-' : (char)toupper((unsigned char)name[size]);
    }
    out[size] = '\0';
}

static void cell_add(struct ctl *ctl, struct text_table *table, const char *text)
{
    if (text_table_add(table, text) != OIM_OK) {
        ctl->console.failed = true;
    }
}

static void columns_print(struct ctl *ctl, const struct admin_rows *rows, const char *const *names,
                          size_t count)
{
    if (count == 0 || rows->row_count == 0) {
        return;
    }
    struct text_table table;
    text_table_init(&table, count);
    for (size_t i = 0; i < count; i++) {
        char heading[64];
        heading_of(names[i], heading);
        cell_add(ctl, &table, heading);
        table.right[i] = named_number(names[i]);
    }
    for (size_t i = 0; i < rows->row_count; i++) {
        for (size_t j = 0; j < count; j++) {
            char when[WHEN_TEXT_SIZE];
            struct admin_field field = {.name = names[j], .value = ctl_row_value(&rows->rows[i], names[j])};
            cell_add(ctl, &table, ctl_value_shown(ctl, &field, when));
        }
    }
    console_table(&ctl->console, &table, 0);
    text_table_finish(&table);
}

static void table_print(struct ctl *ctl, const struct admin_rows *rows)
{
    const char *names[TABLE_COLUMN_COUNT_MAX];
    columns_print(ctl, rows, names, columns_find(rows, names));
}

static void blocks_print(struct ctl *ctl, const struct admin_rows *rows)
{
    for (size_t i = 0; i < rows->row_count; i++) {
        struct text_table table;
        text_table_init(&table, 2);
        for (size_t j = 0; j < rows->rows[i].field_count; j++) {
            char when[WHEN_TEXT_SIZE];
            const struct admin_field *field = &rows->rows[i].fields[j];
            const char *value = ctl_value_shown(ctl, field, when);
            if (value[0] != '\0') {
                cell_add(ctl, &table, field->name);
                cell_add(ctl, &table, value);
            }
        }
        if (i > 0) {
            console_bytes(&ctl->console, OIM_SLICE_LITERAL("\n"));
        }
        console_table(&ctl->console, &table, 0);
        text_table_finish(&table);
    }
}

/* For scripts: a time as they are given all times. */
static const char *note_value(const struct admin_field *note, char stamp[WHEN_TEXT_SIZE])
{
    if (!json_is_time(note->name) || !is_number(note->value)) {
        return note->value;
    }
    when_rfc3339(atoll(note->value), stamp);
    return stamp;
}

void ctl_print_notes(struct ctl *ctl, const struct admin_rows *rows)
{
    for (size_t i = 0; i < rows->note_count; i++) {
        const struct admin_field *note = &rows->notes[i];
        char code[80]; /* their sentences stand apart from others' under this prefix */
        bool prefixed = strncmp(note->name, "note_", strlen("note_")) == 0;
        snprintf(code, sizeof(code), "%s%s", prefixed ? "" : "note_", note->name);
        struct local_builder builder = {.count = 0};
        if (is_number(note->value)) {
            local_add_number(&builder, "value", atoll(note->value));
        } else {
            local_add_text(&builder, "value", ctl_policy_shown(note->value));
        }
        struct local_fields fields = local_built(&builder);
        if (ctl->console.json) {
            struct local_builder json = {.count = 0};
            char sentence[1024];
            char stamp[WHEN_TEXT_SIZE];
            local_add_text(&json, "code", note->name);
            local_add_text(&json, "value", note_value(note, stamp));
            local_add_text(&json, "text",
                           console_words(&ctl->console, code, &fields, sentence, sizeof(sentence)));
            struct local_fields all = local_built(&json);
            console_object(&ctl->console, "note", &all, NULL);
        } else {
            console_say(&ctl->console, code, &fields);
        }
    }
}

void ctl_print_remarks(struct ctl *ctl, const struct admin_rows *rows)
{
    static const char *const done[] = {
        "made", "granted", "removed", "nothing_changed", "global_set", "organisation_set", "copied_to_global",
        "reset"}; /* what they would do is told by rows */
    struct admin_field *notes = oim_arena_zalloc(&ctl->arena, rows->note_count + 1, sizeof(*notes));
    struct admin_rows remarks = {.notes = notes, .next = ""};
    for (size_t i = 0; i < rows->note_count && notes != NULL; i++) {
        bool says_done = false;
        for (size_t j = 0; j < OIM_COUNT(done); j++) {
            says_done = says_done || strcmp(done[j], rows->notes[i].name) == 0;
        }
        if (!says_done) {
            notes[remarks.note_count++] = rows->notes[i];
        }
    }
    ctl_print_notes(ctl, &remarks);
}

/* What the server says in words of its own, harmless and on a line. */
static void text_print(struct ctl *ctl, const char *text)
{
    if (text[0] == '\0') {
        return;
    }
    if (ctl->console.json) {
        struct local_builder builder = {.count = 0};
        local_add_text(&builder, "text", text);
        struct local_fields fields = local_built(&builder);
        console_object(&ctl->console, "done", &fields, NULL);
        return;
    }
    char safe[1024];
    text_safe(safe, sizeof(safe), oim_slice_text(text), SAFE_MARK_NEWLINES);
    console_bytes(&ctl->console, oim_slice_text(safe));
    console_bytes(&ctl->console, OIM_SLICE_LITERAL("\n"));
}

int ctl_print(struct ctl *ctl, const struct ctl_answer *answer, enum ctl_shape shape)
{
    if (answer->exit_code != EXIT_DONE) {
        return answer->exit_code;
    }
    const struct admin_rows *rows = &answer->rows;
    if (ctl->console.json) {
        for (size_t i = 0; i < rows->row_count; i++) {
            row_print_json(ctl, "row", rows->rows[i].fields, rows->rows[i].field_count);
        }
    } else if (shape == CTL_TABLE) {
        table_print(ctl, rows);
    } else {
        blocks_print(ctl, rows);
    }
    ctl_print_notes(ctl, rows);
    text_print(ctl, answer->text);
    return EXIT_DONE;
}

int ctl_print_columns(struct ctl *ctl, const struct ctl_answer *answer, const char *const *names)
{
    size_t count = 0;
    while (names[count] != NULL) {
        count++;
    }
    if (ctl->console.json || answer->exit_code != EXIT_DONE) {
        return ctl_print(ctl, answer, CTL_TABLE);
    }
    columns_print(ctl, &answer->rows, names, count);
    return EXIT_DONE;
}

int ctl_print_done(struct ctl *ctl, const struct ctl_answer *answer)
{
    if (answer->exit_code != EXIT_DONE) {
        return answer->exit_code;
    }
    if (answer->text[0] == '\0') {
        console_object(&ctl->console, "done", NULL, NULL);
        console_say(&ctl->console, "admin_done", NULL);
    }
    ctl_print_notes(ctl, &answer->rows);
    text_print(ctl, answer->text);
    return EXIT_DONE;
}
