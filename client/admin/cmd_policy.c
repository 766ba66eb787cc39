/*
 * cmd_policy.c - policies with their settings and grants.
 */
#include <string.h>
#include <strings.h>

#include "client/admin/ctl.h"
#include "client/admin/parts.h"
#include "client/text/safe.h"
#include "policy/policy.h"
#include "policy/setting.h"

#define WHAT_IF_WHO_COUNT_MAX 12u /* considered together; more are considered one dozen after the other */

/* Name and value of one "KEY=VALUE", in wire form, with what it borrows. */
struct assignment {
    struct setting_value_s value;
    char key[64];
};

/* Read "KEY=VALUE" into *out. "KEY=" unsets; a key alone is an error, never True. Returns an exit code. */
static int assignment_read(struct ctl *ctl, const char *text, struct assignment *assignment,
                           struct wire_setting *out)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL) {
        return ctl_usage(ctl, "'%s' has no value; write %s=True, or %s= to unset it", text, text, text);
    }
    size_t size = (size_t)(equals - text);
    if (size == 0 || size >= sizeof(assignment->key)) {
        return ctl_usage(ctl, "'%s' names no setting", text);
    }
    memcpy(assignment->key, text, size);
    assignment->key[size] = '\0';
    enum setting_id id;
    struct oim_error err = {0};
    enum oim_status status = setting_find(assignment->key, &id, &err);
    if (status == OIM_OK) {
        status = setting_parse(setting_info(id), equals + 1, &assignment->value, &err);
    }
    if (status != OIM_OK) {
        return ctl_usage(ctl, "%s", err.text);
    }
    setting_to_wire(setting_info(id), &assignment->value, out);
    return EXIT_DONE;
}

/* The operands from index on as settings of op. Returns an exit code. */
static int assignments_take(struct ctl *ctl, size_t index, struct admin_op *op)
{
    size_t count = ctl->options.operand_count - index;
    if (count > ADMIN_SETTING_COUNT_MAX) {
        return ctl_usage(ctl, "at most %u settings at once", ADMIN_SETTING_COUNT_MAX);
    }
    struct assignment *assignments = oim_arena_zalloc(&ctl->arena, count, sizeof(*assignments));
    struct wire_setting *settings = oim_arena_zalloc(&ctl->arena, count, sizeof(*settings));
    if (count > 0 && (assignments == NULL || settings == NULL)) {
        return EXIT_FAILED;
    }
    for (size_t i = 0; i < count; i++) {
        int exit_code = assignment_read(ctl, ctl_operand(ctl, index + i), &assignments[i], &settings[i]);
        if (exit_code != EXIT_DONE) {
            return exit_code;
        }
    }
    op->settings = settings;
    op->setting_count = count;
    return EXIT_DONE;
}

/* The identity as the server spells it, checked here so that a slip costs no round trip. Returns an exit
 * code. */
static int identity_take(struct ctl *ctl, const char *text, const char **out)
{
    struct policy_identity identity;
    struct oim_error err = {0};
    if (policy_identity_parse(text, &identity, &err) != OIM_OK) {
        return ctl_usage(ctl, "%s", err.text);
    }
    char *spelled = oim_arena_alloc(&ctl->arena, POLICY_NAME_SIZE_MAX + 5);
    if (spelled == NULL) {
        return EXIT_FAILED;
    }
    policy_identity_format(&identity, spelled, POLICY_NAME_SIZE_MAX + 5);
    *out = spelled;
    return EXIT_DONE;
}

static bool policy_is_empty(const struct admin_row *row)
{
    for (size_t i = 0; i < row->field_count; i++) {
        if (row->fields[i].value[0] != '\0' && strcasecmp(row->fields[i].name, "identity") != 0) {
            return false;
        }
    }
    return true;
}

/* "Name  Setting=Value Setting=Value": what a policy sets, on one line. */
static int policies_print_short(struct ctl *ctl, const struct ctl_answer *answer)
{
    struct text_table table;
    text_table_init(&table, 2);
    enum oim_status status = OIM_OK;
    for (size_t i = 0; i < answer->rows.row_count && status == OIM_OK; i++) {
        const struct admin_row *row = &answer->rows.rows[i];
        const char *line = "";
        for (size_t j = 0; j < row->field_count && line != NULL; j++) {
            const struct admin_field *field = &row->fields[j];
            if (field->value[0] != '\0' && strcasecmp(field->name, "identity") != 0) {
                line = oim_arena_printf(&ctl->arena, "%s%s%s=%s", line, line[0] != '\0' ? " " : "",
                                        field->name, field->value);
            }
        }
        char nothing[256];
        console_words(&ctl->console, "policy_nothing_set", NULL, nothing, sizeof(nothing));
        status = text_table_add(&table, ctl_row_value(row, "identity"));
        if (status == OIM_OK) {
            status = text_table_add(&table, line != NULL && line[0] != '\0' ? line : nothing);
        }
    }
    ctl->console.failed = ctl->console.failed || status != OIM_OK;
    console_table(&ctl->console, &table, 0);
    text_table_finish(&table);
    ctl_print_notes(ctl, &answer->rows);
    return EXIT_DONE;
}

int ctl_policy_list(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_POLICY_GET);
    struct ctl_answer answer = ctl_ask(ctl, &op);
    if (answer.exit_code != EXIT_DONE || ctl->console.json) {
        return ctl_print(ctl, &answer, CTL_BLOCKS);
    }
    return policies_print_short(ctl, &answer);
}

int ctl_policy_get(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_POLICY_GET);
    const char *name = ctl_operand(ctl, 0);
    int exit_code = identity_take(ctl, name != NULL ? name : "Global", &op.identity);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    struct ctl_answer answer = ctl_ask(ctl, &op);
    exit_code = ctl_print(ctl, &answer, CTL_BLOCKS);
    if (exit_code == EXIT_DONE && answer.rows.row_count == 1 && policy_is_empty(&answer.rows.rows[0])) {
        console_say(&ctl->console, "policy_nothing_set", NULL);
    }
    return exit_code;
}

/* ---- changes: each is read from the operands from `first` on, for the real command and for what-if -------
 */

typedef int op_take(struct ctl *ctl, size_t first, struct admin_op *out);

static int operand_is_missing(struct ctl *ctl, const char *what)
{
    return ctl_usage(ctl, "%s is missing", what);
}

static int new_take(struct ctl *ctl, size_t first, struct admin_op *out)
{
    *out = admin_op_of(ADMIN_POLICY_NEW);
    const char *name = ctl_operand(ctl, first);
    const char *from = options_value(&ctl->options, "from");
    int exit_code = name == NULL ? operand_is_missing(ctl, "the policy's name")
                                 : identity_take(ctl, name, &out->identity);
    if (exit_code == EXIT_DONE && from != NULL) {
        exit_code = identity_take(ctl, from, &out->from);
    }
    return exit_code != EXIT_DONE ? exit_code : assignments_take(ctl, first + 1, out);
}

static int set_take(struct ctl *ctl, size_t first, struct admin_op *out)
{
    *out = admin_op_of(ADMIN_POLICY_SET);
    if (ctl->options.operand_count < first + 2) {
        return operand_is_missing(ctl, "a policy's name and KEY=VALUE");
    }
    int exit_code = identity_take(ctl, ctl_operand(ctl, first), &out->identity);
    return exit_code != EXIT_DONE ? exit_code : assignments_take(ctl, first + 1, out);
}

static int remove_take(struct ctl *ctl, size_t first, struct admin_op *out)
{
    *out = admin_op_of(ADMIN_POLICY_REMOVE);
    out->force = options_has(&ctl->options, "force");
    const char *name = ctl_operand(ctl, first);
    return name == NULL ? operand_is_missing(ctl, "the policy's name")
                        : identity_take(ctl, name, &out->identity);
}

static int grant_take(struct ctl *ctl, size_t first, struct admin_op *out)
{
    *out = admin_op_of(ADMIN_GRANT);
    bool none = options_has(&ctl->options, "none");
    const char *name = ctl_operand(ctl, first);
    int exit_code = EXIT_DONE;
    if (!none) {
        exit_code = name == NULL ? operand_is_missing(ctl, "the policy's name")
                                 : identity_take(ctl, name, &out->policy);
    }
    size_t first_who = none ? first : first + 1;
    if (exit_code == EXIT_DONE && ctl->options.operand_count <= first_who) {
        exit_code = ctl_usage(ctl, "grant to whom? logins, names or @teams");
    }
    struct ctl_whos whos = {.count = 0};
    if (exit_code == EXIT_DONE) {
        exit_code = ctl_whos_take(ctl, first_who, CTL_OPEN, CTL_TEAMS_STAY, &whos);
    }
    out->whos = whos.names;
    out->who_count = whos.count;
    return exit_code;
}

static int change_do(struct ctl *ctl, op_take *take)
{
    struct admin_op op;
    int exit_code = take(ctl, 0, &op);
    return exit_code != EXIT_DONE ? exit_code : ctl_ask_done(ctl, &op);
}

int ctl_policy_new(struct ctl *ctl)
{
    return change_do(ctl, new_take);
}

int ctl_policy_set(struct ctl *ctl)
{
    return change_do(ctl, set_take);
}

/* Those who have it are named and asked about, default No. */
static int remove_ask(struct ctl *ctl, struct admin_op *op)
{
    struct admin_op look = *op;
    look.dry_run = true;
    look.force = true;
    struct ctl_answer answer = ctl_ask(ctl, &look);
    if (answer.exit_code != EXIT_DONE || !console_flush(&ctl->console)) {
        return answer.exit_code != EXIT_DONE ? answer.exit_code : EXIT_FAILED;
    }
    size_t count = 0;
    for (size_t i = 0; i < answer.rows.row_count; i++) {
        const char *who = ctl_row_value(&answer.rows.rows[i], "used");
        if (who[0] != '\0') {
            char safe[256];
            fprintf(ctl->console.err, "  %s\n",
                    text_safe(safe, sizeof(safe), oim_slice_text(who), SAFE_MARK_NEWLINES));
            count++;
        }
    }
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "name", ctl_policy_shown(op->identity));
    struct local_fields fields = local_built(&builder);
    op->force = count > 0;
    return count == 0 ? EXIT_DONE
                      : ctl_ask_yes(ctl, "admin_remove_used", &fields, "policy remove", "--force");
}

int ctl_policy_remove(struct ctl *ctl)
{
    struct admin_op op;
    int exit_code = remove_take(ctl, 0, &op);
    if (exit_code == EXIT_DONE && !op.force) {
        exit_code = remove_ask(ctl, &op);
    }
    return exit_code != EXIT_DONE ? exit_code : ctl_ask_done(ctl, &op);
}

static int grant_print(struct ctl *ctl, const struct admin_op *op, const struct ctl_answer *answer)
{
    const struct admin_rows *rows = &answer->rows;
    const char **names = oim_arena_zalloc(&ctl->arena, rows->row_count + 1, sizeof(*names));
    if (ctl->console.json || names == NULL) {
        return names == NULL ? EXIT_FAILED : ctl_print(ctl, answer, CTL_TABLE);
    }
    for (size_t i = 0; i < rows->row_count; i++) {
        names[i] = ctl_row_value(&rows->rows[i], "login");
    }
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "policy", ctl_policy_shown(op->policy));
    local_add_text(&builder, "whom", ctl_whom(ctl, names, rows->row_count, CTL_NAMED_MAX));
    struct local_fields fields = local_built(&builder);
    console_say(&ctl->console, "policy_granted", &fields);
    ctl_print_notes(ctl, rows);
    return EXIT_DONE;
}

int ctl_policy_grant(struct ctl *ctl)
{
    struct admin_op op;
    int exit_code = grant_take(ctl, 0, &op);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    struct ctl_answer answer = ctl_ask_parts(ctl, &op, PARTS_GRANT_COUNT);
    exit_code = answer.exit_code;
    answer.exit_code = EXIT_DONE; /* what was done before is said all the same */
    int printed = answer.rows.row_count > 0 ? grant_print(ctl, &op, &answer) : EXIT_DONE;
    return exit_code != EXIT_DONE ? exit_code : printed;
}

int ctl_policy_what_if(struct ctl *ctl)
{
    static const struct {
        const char *word;
        op_take *take;
    } changes[] = {{"new", new_take},
                   {"set", set_take},
                   {"grant", grant_take},
                   {"remove", remove_take},
                   {"offline", ctl_offline_take}};
    const char *word = ctl_operand(ctl, 0);
    op_take *take = NULL;
    for (size_t i = 0; i < OIM_COUNT(changes); i++) {
        take = strcmp(changes[i].word, word) == 0 ? changes[i].take : take;
    }
    if (take == NULL) {
        return ctl_usage(ctl, "'%s': what if what? There are set, grant, remove, new and offline", word);
    }
    struct admin_op op;
    ctl->considers = true;
    int exit_code = take(ctl, 1, &op);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    op.dry_run = true;
    op.what_if = true;
    op.force = true; /* whom it would change is the question, whether or not somebody uses it */
    struct ctl_answer answer = op.who_count <= WHAT_IF_WHO_COUNT_MAX
                                   ? ctl_ask(ctl, &op)
                                   : ctl_ask_parts(ctl, &op, WHAT_IF_WHO_COUNT_MAX);
    if (answer.exit_code != EXIT_DONE) {
        return answer.exit_code;
    }
    return ctl_what_if_print(ctl, &answer);
}

static int effective_print(struct ctl *ctl, const char *who)
{
    struct admin_op op = admin_op_of(ADMIN_EFFECTIVE);
    op.who = who;
    struct ctl_answer answer = ctl_ask(ctl, &op);
    if (answer.exit_code != EXIT_DONE || ctl->console.json) {
        return ctl_print(ctl, &answer, CTL_TABLE);
    }
    struct local_builder builder = {.count = 0};
    ctl_fields_of(answer.rows.notes, answer.rows.note_count, &builder);
    struct local_fields fields = local_built(&builder);
    console_say(&ctl->console, "effective", &fields);
    answer.rows.note_count = 0; /* said */
    return ctl_print(ctl, &answer, CTL_TABLE);
}

int ctl_policy_effective(struct ctl *ctl)
{
    struct ctl_whos whos;
    int exit_code = ctl_whos_look(ctl, 0, &whos);
    for (size_t i = 0; i < whos.count && exit_code == EXIT_DONE; i++) {
        if (i > 0 && !ctl->console.json) {
            console_bytes(&ctl->console, OIM_SLICE_LITERAL("\n"));
        }
        exit_code = effective_print(ctl, whos.names[i]);
    }
    return exit_code;
}
