/*
 * cmd_offline.c - oimctl offline: turn offline messages on and off for everybody, people and teams, and see
 * who may leave them, who accepts them, and why (USERS.md D1).
 *
 * What was done is said in terms of policies. The server answers with a row for each of those named; rows
 * that tell the same are one sentence.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/admin/ctl.h"
#include "client/admin/parts.h"

/* ---- what was done ------------------------------------------------------------------------------------- */

/* Said from the rows, better than one by one; or of somebody whom a later part of the change was about. */
static bool note_is_said(const struct admin_rows *rows, const struct admin_field *note)
{
    static const char *const said[] = {"made", "granted", "nothing_changed", "organisation_set",
                                       "global_set"};
    for (size_t i = 0; i < OIM_COUNT(said); i++) {
        if (strcmp(said[i], note->name) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < rows->row_count && strcmp(note->name, "has_own_policy") == 0; i++) {
        if (strcmp(ctl_row_value(&rows->rows[i], "login"), note->value) == 0) {
            return true;
        }
    }
    return false;
}

static bool same(const struct admin_row *a, const struct admin_row *b, const char *name)
{
    return strcmp(ctl_row_value(a, name), ctl_row_value(b, name)) == 0;
}

/* "made" and "granted" are one sentence where the policy is the same: it was made for the first of them. */
static bool one_sentence(const struct admin_row *a, const struct admin_row *b)
{
    bool returned =
        strcmp(ctl_row_value(a, "did"), "returned") == 0 || strcmp(ctl_row_value(b, "did"), "returned") == 0;
    bool nothing =
        strcmp(ctl_row_value(a, "did"), "nothing") == 0 || strcmp(ctl_row_value(b, "did"), "nothing") == 0;
    return same(a, b, "policy") && same(a, b, "was") && ((!returned && !nothing) || same(a, b, "did"));
}

static void outcome_say(struct ctl *ctl, const struct admin_rows *rows, size_t first, bool *said)
{
    const struct admin_row *row = &rows->rows[first];
    const char **names = oim_arena_zalloc(&ctl->arena, rows->row_count, sizeof(*names));
    size_t count = 0;
    const char *did = ctl_row_value(row, "did");
    for (size_t i = first; i < rows->row_count && names != NULL; i++) {
        if (!said[i] && one_sentence(row, &rows->rows[i])) {
            names[count++] = ctl_row_value(&rows->rows[i], "login");
            did = strcmp(ctl_row_value(&rows->rows[i], "did"), "made") == 0 ? "made" : did;
            said[i] = true;
        }
    }
    bool on = strcmp(ctl_row_value(row, "offline"), "on") == 0;
    const char *was = ctl_row_value(row, "was");
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "did", did);
    local_add_text(&builder, "offline", on ? "on" : "off");
    local_add_text(&builder, "value", on ? "True" : "False");
    local_add_text(&builder, "policy", ctl_policy_shown(ctl_row_value(row, "policy")));
    local_add_text(&builder, strcmp(was, "Global") == 0 ? "was_global" : "was", ctl_policy_shown(was));
    local_add_text(&builder, "whom", ctl_whom(ctl, names, count, CTL_NAMED_MAX));
    local_add_number(&builder, "count", (int64_t)count);
    struct local_fields fields = local_built(&builder);
    bool everybody = ctl_row_value(row, "login")[0] == '\0';
    console_say(&ctl->console, everybody ? "offline_everybody" : "offline_did", &fields);
}

static int offline_print(struct ctl *ctl, const struct ctl_answer *answer)
{
    const struct admin_rows *rows = &answer->rows;
    if (ctl->console.json) {
        return ctl_print(ctl, answer, CTL_TABLE);
    }
    bool *said = oim_arena_zalloc(&ctl->arena, rows->row_count + 1, sizeof(*said));
    struct admin_field *notes = oim_arena_zalloc(&ctl->arena, rows->note_count + 1, sizeof(*notes));
    if (said == NULL || notes == NULL) {
        return EXIT_FAILED;
    }
    struct admin_rows rest = {.notes = notes, .next = ""};
    int64_t people = 0;
    for (size_t i = 0; i < rows->row_count; i++) {
        people += atoll(ctl_row_value(&rows->rows[i], "people"));
        if (!said[i]) {
            outcome_say(ctl, rows, i, said);
        }
    }
    for (size_t i = 0; i < rows->note_count; i++) {
        if (!note_is_said(rows, &rows->notes[i])) {
            notes[rest.note_count++] = rows->notes[i];
        }
    }
    ctl_print_notes(ctl, &rest);
    if (people > 0) {
        struct local_builder builder = {.count = 0};
        local_add_number(&builder, "people", people);
        local_add_text(&builder, "offline", ctl_row_value(&rows->rows[0], "offline"));
        struct local_fields fields = local_built(&builder);
        console_say(&ctl->console, "offline_people", &fields);
    }
    return EXIT_DONE;
}

/* ---- who may, and why ---------------------------------------------------------------------------------- */

static int64_t count_with(const struct admin_rows *rows, const char *name, const char *value)
{
    int64_t count = 0;
    for (size_t i = 0; i < rows->row_count; i++) {
        count += strcmp(ctl_row_value(&rows->rows[i], name), value) == 0;
    }
    return count;
}

/* The reasons in words, as a column beside the server's. */
static void list_print(struct ctl *ctl, const struct admin_rows *rows)
{
    static const char *const columns[] = {"login", "display", "team", "offline", "accepts", "why", NULL};
    struct admin_row *shown = oim_arena_zalloc(&ctl->arena, rows->row_count, sizeof(*shown));
    struct admin_field *fields = oim_arena_zalloc(&ctl->arena, 6 * rows->row_count, sizeof(*fields));
    if (shown == NULL || fields == NULL) {
        ctl->console.failed = true;
        return;
    }
    for (size_t i = 0; i < rows->row_count; i++) {
        const struct admin_row *row = &rows->rows[i];
        char why[512];
        struct local_builder builder = {.count = 0};
        ctl_fields_of(row->fields, row->field_count, &builder);
        local_add_text(&builder, "shown", ctl_policy_shown(ctl_row_value(row, "policy")));
        struct local_fields about = local_built(&builder);
        console_words(&ctl->console, "offline_why", &about, why, sizeof(why));
        if (strcmp(ctl_row_value(row, "accepts"), "False") == 0) {
            char leaving[sizeof(why)];
            memcpy(leaving, why, sizeof(why));
            local_add_text(&builder, "why", leaving);
            about = local_built(&builder);
            console_words(&ctl->console, "offline_why_accepts", &about, why, sizeof(why));
        }
        for (size_t j = 0; columns[j] != NULL; j++) {
            fields[6 * i + j] = (struct admin_field){columns[j], ctl_row_value(row, columns[j])};
        }
        const char *kept = oim_arena_strdup(&ctl->arena, oim_slice_text(why));
        fields[6 * i + 5].value = kept != NULL ? kept : "";
        shown[i] = (struct admin_row){.fields = &fields[6 * i], .field_count = 6};
    }
    const struct ctl_answer table = {.rows = {.rows = shown, .row_count = rows->row_count, .next = ""},
                                     .text = ""};
    (void)ctl_print_columns(ctl, &table, columns);
}

static int offline_list(struct ctl *ctl, const struct ctl_answer *answer)
{
    if (answer->exit_code != EXIT_DONE || ctl->console.json) {
        return ctl_print(ctl, answer, CTL_TABLE);
    }
    struct local_builder builder = {.count = 0};
    int64_t off = count_with(&answer->rows, "offline", "off");
    local_add_number(&builder, "people", (int64_t)answer->rows.row_count);
    local_add_number(&builder, "off", off);
    local_add_number(&builder, "may", (int64_t)answer->rows.row_count - off);
    local_add_number(&builder, "closed", count_with(&answer->rows, "accepts", "False"));
    bool all = count_with(&answer->rows, "rule", "organisation") > 0;
    local_add_text(&builder, "rule", all ? "organisation" : "");
    struct local_fields counts = local_built(&builder);
    console_say(&ctl->console, "offline_summary", &counts);
    console_say(&ctl->console, "offline_accept", &counts);
    list_print(ctl, &answer->rows);
    return EXIT_DONE;
}

/* Whom their team covers then needs nothing of their own. Otherwise in the order given. */
static void teams_first(struct ctl_whos *whos)
{
    size_t teams = 0;
    for (size_t i = 0; i < whos->count; i++) {
        const char *name = whos->names[i];
        if (name[0] == '@') {
            memmove(&whos->names[teams + 1], &whos->names[teams], (i - teams) * sizeof(*whos->names));
            whos->names[teams++] = name;
        }
    }
}

int ctl_offline_take(struct ctl *ctl, size_t first, struct admin_op *out)
{
    *out = admin_op_of(ADMIN_OFFLINE);
    const char *word = ctl_operand(ctl, first);
    struct ctl_whos whos;
    if (word != NULL && strcasecmp(word, "on") == 0) {
        out->on = TRI_TRUE;
    } else if (word != NULL && strcasecmp(word, "off") == 0) {
        out->on = TRI_FALSE;
    } else {
        return ctl_usage(ctl, "'%s': on or off? To see who may leave messages: oimctl offline",
                         word != NULL ? word : "");
    }
    int exit_code = ctl_whos_take(ctl, first + 1, CTL_OPEN, CTL_TEAMS_STAY, &whos);
    if (exit_code == EXIT_DONE) {
        teams_first(&whos);
    }
    out->whos = whos.names;
    out->who_count = whos.count;
    return exit_code;
}

int ctl_offline(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_OFFLINE);
    if (ctl_operand(ctl, 0) == NULL) {
        struct ctl_answer answer = ctl_ask(ctl, &op);
        return offline_list(ctl, &answer);
    }
    int exit_code = ctl_offline_take(ctl, 0, &op);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    struct ctl_answer answer = ctl_ask_parts(ctl, &op, PARTS_OFFLINE_COUNT);
    exit_code = answer.exit_code;
    answer.exit_code = EXIT_DONE; /* what was done before is said all the same */
    int printed = answer.rows.row_count > 0 ? offline_print(ctl, &answer) : EXIT_DONE;
    return exit_code != EXIT_DONE ? exit_code : printed;
}
