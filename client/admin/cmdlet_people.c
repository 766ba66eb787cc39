/*
 * cmdlet_people.c - Get-CsUser, Get-CsEffectivePolicy, Get- and Set-CsImConfiguration; see cmdlet_ask.h.
 */
#include <string.h>
#include <strings.h>

#include "client/admin/cmdlet_ask.h"
#include "policy/name.h"
#include "policy/policy.h"
#include "proto/local.h"

enum oim_status ask_im_configuration(struct cmdlet_stage *stage, struct oim_error *err)
{
    struct admin_op op = admin_op_of(ADMIN_IM_CONFIG);
    struct admin_rows rows;
    struct cmdlet_list targets = {.count = 0};
    const char *filter = "";
    op.set = stage->binding.cmdlet->changes;
    if (stage->binding.values[PARAMETER_INSTANCE] != NULL) {
        return ask_set_instances(stage, OBJECT_CONFIGURATION, err);
    }
    enum oim_status status = ask_targets(stage, &targets, err);
    status = status != OIM_OK ? status : cmdlet_parameter_text(stage, PARAMETER_FILTER, &filter, err);
    for (size_t i = 0; i < targets.count && status == OIM_OK; i++) {
        if (!name_equal(cmdlet_value_identity(&targets.items[i]), "Global")) {
            return cmdlet_fail(
                err, ask_place(stage, PARAMETER_IDENTITY),
                "there is one configuration, Global; for a team make a policy site:TEAM instead");
        }
    }
    if (status == OIM_OK && targets.count > 0 && filter[0] != '\0') {
        return cmdlet_fail(err, stage->call->name.place, "-Identity and -Filter exclude each other");
    }
    if (status == OIM_OK && op.set && stage->binding.setting_count == 0) {
        return ask_nothing_to_set(stage, err);
    }
    if (status != OIM_OK || (filter[0] != '\0' && !cmdlet_text_like("Global", filter))) {
        return status;
    }
    status = ask_settings(stage, &op, err);
    if (status != OIM_OK || op.set) {
        return status != OIM_OK ? status : ask_change(stage, &op, &rows, err);
    }
    status = ask_server(stage, &op, &rows, err);
    return status != OIM_OK ? status : ask_rows_add(stage, OBJECT_CONFIGURATION, &rows, err);
}

static const char *note_value(const struct admin_rows *rows, const char *code)
{
    for (size_t i = 0; i < rows->note_count; i++) {
        if (strcmp(rows->notes[i].name, code) == 0) {
            return rows->notes[i].value;
        }
    }
    return "";
}

/* One object: whose, by which policy, and each setting's value; where it comes from stands behind it. */
static enum oim_status effective_add(const struct cmdlet_stage *stage, const struct admin_rows *rows,
                                     struct oim_error *err)
{
    const struct admin_field heads[] = {{"identity", note_value(rows, "login")},
                                        {"ClientPolicy", note_value(rows, "policy")},
                                        {"via", note_value(rows, "via")},
                                        {"offline", note_value(rows, "offline")}};
    struct oim_arena *arena = stage->scope.session->arena;
    size_t count = OIM_COUNT(heads) + rows->row_count;
    struct admin_field *fields = oim_arena_zalloc(arena, count, sizeof(*fields));
    const char **remarks = oim_arena_zalloc(arena, count, sizeof(*remarks));
    if (fields == NULL || remarks == NULL) {
        return cmdlet_fail_size(err);
    }
    for (size_t i = 0; i < count; i++) {
        const struct admin_row *row = i < OIM_COUNT(heads) ? NULL : &rows->rows[i - OIM_COUNT(heads)];
        fields[i] = row == NULL ? heads[i]
                                : (struct admin_field){.name = ask_row_value(row, "setting"),
                                                       .value = ask_row_value(row, "value")};
        remarks[i] = row == NULL ? "" : ask_row_value(row, "origin");
    }
    struct cmdlet_object *object = cmdlet_list_add_object(stage->out, arena, OBJECT_EFFECTIVE, fields, count);
    if (object == NULL) {
        return cmdlet_fail_size(err);
    }
    object->remarks = remarks;
    return OIM_OK;
}

static enum oim_status effective_of(struct cmdlet_stage *stage, const char *who, struct oim_error *err)
{
    struct admin_op op = admin_op_of(ADMIN_EFFECTIVE);
    struct admin_rows rows;
    op.who = who;
    enum oim_status status = ask_server(stage, &op, &rows, err);
    return status != OIM_OK ? status : effective_add(stage, &rows, err);
}

static enum oim_status fail_no_member(const struct cmdlet_stage *stage, const char *team,
                                      struct oim_error *err)
{
    stage->scope.session->exit_code = EXIT_NO_SUCH_NAME;
    return cmdlet_fail(err, ask_place(stage, PARAMETER_IDENTITY), "nobody is in '%.64s'", team);
}

static enum oim_status effective_of_team(struct cmdlet_stage *stage, const char *team, struct oim_error *err)
{
    const struct ask_people_query query = {.words = team};
    struct admin_row *people = NULL;
    size_t count = 0;
    enum oim_status status = ask_people(stage, &query, &people, &count, err);
    if (status == OIM_OK && count == 0) {
        return fail_no_member(stage, team, err);
    }
    for (size_t i = 0; i < count && status == OIM_OK; i++) {
        status = effective_of(stage, ask_row_value(&people[i], "login"), err);
    }
    return status;
}

enum oim_status ask_effective(struct cmdlet_stage *stage, struct oim_error *err)
{
    struct cmdlet_list targets = {.count = 0};
    enum oim_status status = ask_targets(stage, &targets, err);
    if (status == OIM_OK && targets.count == 0 && !stage->has_input) {
        return ask_fail_no_target(stage, err);
    }
    for (size_t i = 0; i < targets.count && status == OIM_OK; i++) {
        const char *name = cmdlet_value_identity(&targets.items[i]);
        status = name[0] == '@' ? effective_of_team(stage, name, err) : effective_of(stage, name, err);
    }
    return status;
}

/* A name that stands for nobody, or for several: whoever wants several says so by a pattern. */
static enum oim_status fail_not_one(const struct cmdlet_stage *stage, const char *name,
                                    const struct admin_row *people, size_t count, struct oim_error *err)
{
    struct cmdlet_place place = ask_place(stage, PARAMETER_IDENTITY);
    const char *list = "";
    stage->scope.session->exit_code = EXIT_NO_SUCH_NAME;
    for (size_t i = 0; i < count && i < 8 && list != NULL; i++) {
        list = oim_arena_printf(stage->scope.session->arena, "%s%s%s", list, i > 0 ? ", " : "",
                                ask_row_value(&people[i], "login"));
    }
    if (count == 0 || list == NULL) {
        return cmdlet_fail(err, place, "nobody here is called '%.64s'", name);
    }
    return cmdlet_fail(
        err, place, "'%.64s' may be any of %zu people: %s%s; say which by login, or write \"%.64s*\" for all",
        name, count, list, count > 8 ? ", ..." : "", name);
}

static enum oim_status user_get(const struct cmdlet_stage *stage, const char *name, struct oim_error *err)
{
    bool team = name[0] == '@';
    bool pattern = !team && strpbrk(name, "*?") != NULL;
    const struct ask_people_query query = {.words = pattern ? "" : name};
    struct admin_row *people = NULL;
    struct admin_rows rows = {.next = ""};
    enum oim_status status = ask_people(stage, &query, &people, &rows.row_count, err);
    if (status == OIM_OK && team && rows.row_count == 0) {
        return fail_no_member(stage, name, err);
    }
    if (status == OIM_OK && pattern) {
        ask_keep_like(name, people, &rows.row_count);
    } else if (status == OIM_OK && !team && name[0] != '\0') {
        ask_narrow(name, &people, &rows.row_count);
        if (rows.row_count != 1) {
            return fail_not_one(stage, name, people, rows.row_count, err);
        }
    }
    rows.rows = people;
    return status != OIM_OK ? status : ask_rows_add(stage, OBJECT_USER, &rows, err);
}

enum oim_status ask_users(struct cmdlet_stage *stage, struct oim_error *err)
{
    static const struct cmdlet_value everybody = {.text = ""};
    struct cmdlet_list targets = {.count = 0};
    enum oim_status status = ask_targets(stage, &targets, err);
    if (status == OIM_OK && targets.count == 0 && !stage->has_input &&
        !cmdlet_list_add(&targets, stage->scope.session->arena, everybody)) {
        return cmdlet_fail_size(err);
    }
    for (size_t i = 0; i < targets.count && status == OIM_OK; i++) {
        status = user_get(stage, cmdlet_value_identity(&targets.items[i]), err);
    }
    return status;
}
