/*
 * cmdlet_policy.c - New, Set, Get and Remove-CsClientPolicy; see cmdlet_ask.h.
 */
#include <string.h>
#include <strings.h>

#include "client/admin/cmdlet_ask.h"
#include "policy/name.h"
#include "policy/policy.h"
#include "proto/local.h"

/* As the original lists it: Identity, PolicyEntry, Description, then the rest. */
static enum oim_status policy_add(const struct cmdlet_stage *stage, const struct admin_row *row,
                                  bool in_memory, struct oim_error *err)
{
    struct oim_arena *arena = stage->scope.session->arena;
    struct admin_field *fields = oim_arena_zalloc(arena, row->field_count + 1, sizeof(*fields));
    size_t count = 0;
    if (fields == NULL) {
        return cmdlet_fail_size(err);
    }
    for (size_t i = 0; i < row->field_count; i++) {
        bool first = i == 0;
        if (first || name_equal(row->fields[i].name, "Description")) {
            fields[count++] = row->fields[i];
        }
        if (first) {
            fields[count++] = (struct admin_field){.name = "PolicyEntry", .value = "{}"};
        }
    }
    for (size_t i = 1; i < row->field_count; i++) {
        if (!name_equal(row->fields[i].name, "Description")) {
            fields[count++] = row->fields[i];
        }
    }
    struct cmdlet_object *object = cmdlet_list_add_object(stage->out, arena, OBJECT_POLICY, fields, count);
    if (object == NULL) {
        return cmdlet_fail_size(err);
    }
    object->in_memory = in_memory;
    return OIM_OK;
}

/* A policy that only this session knows, for Set -Instance. */
static enum oim_status policy_in_memory(const struct cmdlet_stage *stage, const struct admin_op *op,
                                        struct oim_error *err)
{
    struct oim_arena *arena = stage->scope.session->arena;
    struct admin_field *fields = oim_arena_zalloc(arena, SETTING_COUNT + 1, sizeof(*fields));
    if (fields == NULL) {
        return cmdlet_fail_size(err);
    }
    fields[0] = (struct admin_field){.name = "identity", .value = op->identity};
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting_info *info = setting_info((enum setting_id)i);
        struct setting_value_s value = {.set = false};
        char text[SETTING_TEXT_SIZE_MAX] = "";
        for (size_t j = 0; j < op->setting_count; j++) {
            if (name_equal(op->settings[j].name, info->name) &&
                setting_from_wire(info, &op->settings[j], &value, NULL) == OIM_OK) {
                setting_format(info, &value, text, sizeof(text));
            }
        }
        fields[i + 1] =
            (struct admin_field){.name = info->name, .value = oim_arena_strdup(arena, oim_slice_text(text))};
        if (fields[i + 1].value == NULL) {
            return cmdlet_fail_size(err);
        }
    }
    struct admin_row row = {.fields = fields, .field_count = SETTING_COUNT + 1};
    return policy_add(stage, &row, true, err);
}

enum oim_status ask_policy_new(struct cmdlet_stage *stage, struct oim_error *err)
{
    struct admin_op op = admin_op_of(ADMIN_POLICY_NEW);
    struct admin_rows rows;
    struct policy_identity identity;
    const char *text = "";
    enum oim_status status = cmdlet_parameter_text(stage, PARAMETER_IDENTITY, &text, err);
    status = status != OIM_OK ? status
                              : ask_policy_spell(stage, text, ask_place(stage, PARAMETER_IDENTITY), &identity,
                                                 &op.identity, err);
    if (status == OIM_OK && identity.scope == POLICY_GLOBAL) {
        return cmdlet_fail(err, ask_place(stage, PARAMETER_IDENTITY),
                           "Global is always there; change it with Set-CsClientPolicy");
    }
    if (status == OIM_OK && stage->binding.values[PARAMETER_FROM] != NULL) {
        status = cmdlet_parameter_text(stage, PARAMETER_FROM, &text, err);
        status = status != OIM_OK ? status
                                  : ask_policy_spell(stage, text, ask_place(stage, PARAMETER_FROM), &identity,
                                                     &op.from, err);
    }
    status = status != OIM_OK ? status : ask_settings(stage, &op, err);
    if (status != OIM_OK || ask_switch(stage, PARAMETER_IN_MEMORY)) {
        return status != OIM_OK ? status : policy_in_memory(stage, &op, err);
    }
    return ask_change(stage, &op, &rows, err);
}

enum oim_status ask_policy_set(struct cmdlet_stage *stage, struct oim_error *err)
{
    static const struct cmdlet_value global = {.text = "Global"}; /* as in the original, when left out */
    struct cmdlet_list targets = {.count = 0};
    struct admin_op op = admin_op_of(ADMIN_POLICY_SET);
    if (stage->binding.values[PARAMETER_INSTANCE] != NULL) {
        return ask_set_instances(stage, OBJECT_POLICY, err);
    }
    if (stage->binding.setting_count == 0) {
        return ask_nothing_to_set(stage, err);
    }
    enum oim_status status = ask_targets(stage, &targets, err);
    if (status == OIM_OK && targets.count == 0 && !stage->has_input &&
        !cmdlet_list_add(&targets, stage->scope.session->arena, global)) {
        return cmdlet_fail_size(err);
    }
    status = status != OIM_OK ? status : ask_settings(stage, &op, err);
    for (size_t i = 0; i < targets.count && status == OIM_OK; i++) {
        struct policy_identity identity;
        struct admin_rows rows;
        status = ask_policy_spell(stage, cmdlet_value_identity(&targets.items[i]),
                                  ask_place(stage, PARAMETER_IDENTITY), &identity, &op.identity, err);
        status = status != OIM_OK ? status : ask_change(stage, &op, &rows, err);
    }
    return status;
}

static enum oim_status policy_get_one(const struct cmdlet_stage *stage, const char *identity,
                                      const char *filter, struct oim_error *err)
{
    struct admin_op op = admin_op_of(ADMIN_POLICY_GET);
    struct policy_identity parsed;
    struct admin_rows rows;
    enum oim_status status = OIM_OK;
    if (strchr(identity, '*') != NULL) {
        return cmdlet_fail(err, ask_place(stage, PARAMETER_IDENTITY),
                           "-Identity is one policy; for several: -Filter \"%.64s\"", identity);
    }
    if (identity[0] != '\0') {
        status = ask_policy_spell(stage, identity, ask_place(stage, PARAMETER_IDENTITY), &parsed,
                                  &op.identity, err);
    }
    op.filter = filter;
    status = status != OIM_OK ? status : ask_server(stage, &op, &rows, err);
    for (size_t i = 0; status == OIM_OK && i < rows.row_count; i++) {
        status = policy_add(stage, &rows.rows[i], false, err);
    }
    return status;
}

enum oim_status ask_policy_get(struct cmdlet_stage *stage, struct oim_error *err)
{
    struct cmdlet_list targets = {.count = 0};
    const char *filter = "";
    if (stage->binding.values[PARAMETER_IDENTITY] != NULL &&
        stage->binding.values[PARAMETER_FILTER] != NULL) {
        return cmdlet_fail(err, stage->call->name.place, "-Identity and -Filter exclude each other");
    }
    enum oim_status status = cmdlet_parameter_text(stage, PARAMETER_FILTER, &filter, err);
    status = status != OIM_OK ? status : ask_targets(stage, &targets, err);
    if (status == OIM_OK && targets.count == 0 && !stage->has_input) {
        return policy_get_one(stage, "", filter, err);
    }
    for (size_t i = 0; i < targets.count && status == OIM_OK; i++) {
        status = policy_get_one(stage, cmdlet_value_identity(&targets.items[i]), "", err);
    }
    return status;
}

/* A policy that somebody has is removed only when asked for: -Force, or a yes. */
static enum oim_status remove_ask(const struct cmdlet_stage *stage, struct admin_op *op,
                                  struct oim_error *err)
{
    struct admin_op trial = *op;
    struct admin_rows rows;
    trial.dry_run = true;
    trial.force = true;
    enum oim_status status = ask_server(stage, &trial, &rows, err);
    struct admin_row *users = oim_arena_zalloc(stage->scope.session->arena, rows.row_count, sizeof(*users));
    struct admin_field *fields =
        oim_arena_zalloc(stage->scope.session->arena, rows.row_count, sizeof(*fields));
    struct cmdlet_question question = {.code = "admin_remove_used",
                                       .cmdlet = stage->binding.cmdlet->name,
                                       .name = op->identity,
                                       .words = "",
                                       .people = users};
    if (status != OIM_OK) {
        return status;
    }
    if (rows.row_count > 0 && (users == NULL || fields == NULL)) {
        return cmdlet_fail_size(err);
    }
    for (size_t i = 0; i < rows.row_count; i++) {
        const char *used = ask_row_value(&rows.rows[i], "used");
        if (used[0] != '\0') {
            size_t at = question.people_count++;
            fields[at] = (struct admin_field){.name = "login", .value = used};
            users[at] = (struct admin_row){.fields = &fields[at], .field_count = 1};
        }
    }
    op->force = question.people_count > 0;
    return op->force ? ask_confirm(stage, &question, err) : OIM_OK;
}

enum oim_status ask_policy_remove(struct cmdlet_stage *stage, struct oim_error *err)
{
    struct cmdlet_list targets = {.count = 0};
    enum oim_status status = ask_targets(stage, &targets, err);
    if (status == OIM_OK && targets.count == 0 && !stage->has_input) {
        return ask_fail_no_target(stage, err);
    }
    for (size_t i = 0; i < targets.count && status == OIM_OK; i++) {
        struct admin_op op = admin_op_of(ADMIN_POLICY_REMOVE);
        struct policy_identity identity;
        struct admin_rows rows;
        const char *text = cmdlet_value_identity(&targets.items[i]);
        if (strpbrk(text, "*?") != NULL) {
            return cmdlet_fail(err, ask_place(stage, PARAMETER_IDENTITY),
                               "Remove takes one policy. For several: Get-CsClientPolicy -Filter \"%.64s\" | "
                               "Remove-CsClientPolicy",
                               text);
        }
        status =
            ask_policy_spell(stage, text, ask_place(stage, PARAMETER_IDENTITY), &identity, &op.identity, err);
        op.force = ask_unasked(stage);
        if (status == OIM_OK && !op.force && !ask_switch(stage, PARAMETER_WHAT_IF)) {
            status = remove_ask(stage, &op, err);
        }
        status = status != OIM_OK ? status : ask_change(stage, &op, &rows, err);
    }
    return status;
}
