#include <string.h>
#include <strings.h>

#include "client/admin/cmdlet_ask.h"
#include "client/admin/parts.h"
#include "policy/name.h"
#include "policy/policy.h"
#include "proto/local.h"

bool ask_switch(const struct cmdlet_stage *stage, enum parameter_id id)
{
    return stage->binding.switches[id] == TRI_TRUE;
}

struct cmdlet_place ask_place(const struct cmdlet_stage *stage, enum parameter_id id)
{
    const struct cmdlet_item *item = stage->binding.values[id];
    return item != NULL ? item->token.place : stage->call->name.place;
}

bool ask_unasked(const struct cmdlet_stage *stage) /* -Force or -Confirm:$False */
{
    return ask_switch(stage, PARAMETER_FORCE) || stage->binding.switches[PARAMETER_CONFIRM] == TRI_FALSE;
}

/* ---- asking the host
 * ------------------------------------------------------------------------------------------- */

/* The host has complained; the run ends without another sentence. */
static enum oim_status ended(const struct cmdlet_stage *stage, int exit_code, struct oim_error *err)
{
    stage->scope.session->exit_code = exit_code;
    if (err != NULL) {
        *err = (struct oim_error){.status = OIM_ERR_IO};
    }
    return OIM_ERR_IO;
}

enum oim_status ask_server(const struct cmdlet_stage *stage, const struct admin_op *op,
                           struct admin_rows *out, struct oim_error *err)
{
    const struct cmdlet_host *host = stage->scope.session->host;
    *out = (struct admin_rows){.next = ""};
    int exit_code = host->ask(host->context, op, stage->scope.session->arena, out);
    return exit_code == EXIT_DONE ? OIM_OK : ended(stage, exit_code, err);
}

enum oim_status ask_confirm(const struct cmdlet_stage *stage, const struct cmdlet_question *question,
                            struct oim_error *err)
{
    const struct cmdlet_host *host = stage->scope.session->host;
    int exit_code = host->confirm(host->context, question);
    return exit_code == EXIT_DONE ? OIM_OK : ended(stage, exit_code, err);
}

const char *ask_row_value(const struct admin_row *row, const char *name)
{
    for (size_t i = 0; i < row->field_count; i++) {
        if (strcmp(row->fields[i].name, name) == 0) {
            return row->fields[i].value;
        }
    }
    return "";
}

enum oim_status ask_people(const struct cmdlet_stage *stage, const struct ask_people_query *query,
                           struct admin_row **out, size_t *out_count, struct oim_error *err)
{
    struct admin_op op = admin_op_of(ADMIN_USER_LIST);
    struct admin_rows rows;
    op.who = query->words;
    enum oim_status status = ask_server(stage, &op, &rows, err);
    if (status != OIM_OK) {
        return status;
    }
    struct admin_row *found = oim_arena_zalloc(stage->scope.session->arena, rows.row_count, sizeof(*found));
    if (found == NULL && rows.row_count > 0) {
        return cmdlet_fail_size(err);
    }
    size_t count = 0;
    for (size_t i = 0; i < rows.row_count; i++) {
        const struct admin_row *row = &rows.rows[i];
        bool wanted = query->field == NULL || strcasecmp(ask_row_value(row, query->field), query->value) == 0;
        bool unwanted = query->but_field != NULL &&
                        strcasecmp(ask_row_value(row, query->but_field), query->but_value) == 0;
        unwanted = unwanted || (query->but_closed && strcmp(ask_row_value(row, "state"), "closed") == 0);
        if (wanted && !unwanted) {
            found[count++] = *row;
        }
    }
    *out = found;
    *out_count = count;
    return OIM_OK;
}

/* Whom a change would concern, without knowing yet what it does for each. */
static enum oim_status concerned(const struct cmdlet_stage *stage, const struct admin_op *op,
                                 struct cmdlet_question *question, struct oim_error *err)
{
    struct ask_people_query query = {.words = "", .but_closed = true};
    if (op->kind == ADMIN_POLICY_SET || op->kind == ADMIN_POLICY_REMOVE) {
        query.field = "policy";
        query.value = op->identity;
    } else if (op->kind == ADMIN_POLICY_NEW) {
        bool site = name_has_prefix(op->identity, "site:");
        query.field = "team";
        query.value = site ? op->identity + strlen("site:") : "\n"; /* nobody has a named one yet */
        query.but_field = "via";
        query.but_value = "own";
    }
    struct admin_row *people = NULL;
    enum oim_status status = ask_people(stage, &query, &people, &question->people_count, err);
    question->people = people;
    return status;
}

/* For grants the same: each person named, and of each team the members without a policy of their own. */
static enum oim_status concerned_by_grant(const struct cmdlet_stage *stage, const struct admin_op *op,
                                          struct cmdlet_question *question, struct oim_error *err)
{
    struct admin_row *all = NULL;
    size_t all_count = 0;
    struct ask_people_query query = {.words = "", .but_closed = true};
    enum oim_status status = ask_people(stage, &query, &all, &all_count, err);
    struct admin_row *found = oim_arena_zalloc(stage->scope.session->arena, all_count, sizeof(*found));
    size_t count = 0;
    if (status != OIM_OK || found == NULL) {
        return status != OIM_OK ? status : cmdlet_fail_size(err);
    }
    for (size_t i = 0; i < all_count; i++) {
        const char *via = ask_row_value(&all[i], "via");
        bool same = strcasecmp(ask_row_value(&all[i], "policy"), op->policy) == 0;
        bool named = op->global && strcmp(via, "global") == 0;
        for (size_t j = 0; j < op->who_count && !named && !same; j++) {
            const char *who = op->whos[j];
            named = who[0] == '@'
                        ? strcasecmp(who + 1, ask_row_value(&all[i], "team")) == 0 && strcmp(via, "own") != 0
                        : strcasecmp(who, ask_row_value(&all[i], "login")) == 0 ||
                              strcasecmp(who, ask_row_value(&all[i], "display")) == 0;
        }
        if (named) {
            found[count++] = all[i];
        }
    }
    question->people = found;
    question->people_count = count;
    return OIM_OK;
}

/* A change as one answer, in as many requests as the server needs: each takes some people only. */
static enum oim_status change_send(const struct cmdlet_stage *stage, const struct admin_op *op,
                                   struct admin_rows *out, struct oim_error *err)
{
    struct admin_op part = *op;
    size_t sent = 0;
    enum oim_status status = OIM_OK;
    *out = (struct admin_rows){.next = ""};
    do {
        struct admin_rows rows;
        part.whos = op->who_count > 0 ? op->whos + sent : NULL;
        part.who_count = parts_size(part.whos, op->who_count - sent, PARTS_GRANT_COUNT);
        status = ask_server(stage, &part, &rows, err);
        if (status == OIM_OK && parts_join(stage->scope.session->arena, out, &rows) != OIM_OK) {
            status = cmdlet_fail_size(err);
        }
        sent += part.who_count;
    } while (status == OIM_OK && sent < op->who_count);
    return status;
}

enum oim_status ask_change(const struct cmdlet_stage *stage, struct admin_op *op, struct admin_rows *out,
                           struct oim_error *err)
{
    const struct cmdlet_host *host = stage->scope.session->host;
    struct cmdlet_question question = {.code = "admin_confirm",
                                       .cmdlet = stage->binding.cmdlet->name,
                                       .name = op->kind == ADMIN_GRANT ? op->policy : op->identity,
                                       .words = ""};
    op->dry_run = ask_switch(stage, PARAMETER_WHAT_IF);
    op->force = op->force || (op->kind == ADMIN_POLICY_REMOVE && op->dry_run);
    enum oim_status status = OIM_OK;
    if (ask_switch(stage, PARAMETER_CONFIRM) && !op->dry_run) {
        status = ask_confirm(stage, &question, err);
    }
    status = status != OIM_OK ? status : change_send(stage, op, out, err);
    if (status != OIM_OK || !op->dry_run) {
        if (status == OIM_OK && ask_switch(stage, PARAMETER_PASS_THRU)) {
            host->notes(host->context, out);
        } else if (status == OIM_OK) {
            host->done(host->context, out);
        }
        return status;
    }
    status = op->kind == ADMIN_GRANT ? concerned_by_grant(stage, op, &question, err)
                                     : concerned(stage, op, &question, err);
    if (status == OIM_OK) {
        host->what_if(host->context, &question, out);
        out->row_count = 0;
    }
    return status;
}

/* ---- what is bound
 * --------------------------------------------------------------------------------------------- */

enum oim_status ask_policy_spell(const struct cmdlet_stage *stage, const char *text,
                                 struct cmdlet_place place, struct policy_identity *out_identity,
                                 const char **out, struct oim_error *err)
{
    char formatted[POLICY_NAME_SIZE_MAX + 5];
    struct oim_error why = {.status = OIM_OK};
    if (policy_identity_parse(text, out_identity, &why) != OIM_OK) {
        return cmdlet_fail(err, place, "%s", why.text);
    }
    policy_identity_format(out_identity, formatted, sizeof(formatted));
    *out = oim_arena_strdup(stage->scope.session->arena, oim_slice_text(formatted));
    return *out != NULL ? OIM_OK : cmdlet_fail_size(err);
}

enum oim_status ask_targets(const struct cmdlet_stage *stage, struct cmdlet_list *out, struct oim_error *err)
{
    const struct cmdlet_item *item = stage->binding.values[PARAMETER_IDENTITY];
    if (item != NULL) {
        enum oim_status status = cmdlet_item_values(&stage->scope, item, out, err);
        if (status == OIM_OK && out->count == 0) {
            return cmdlet_fail(err, item->token.place, "-Identity is $Null here: nothing is named");
        }
        return status;
    }
    for (size_t i = 0; i < stage->input.count; i++) {
        if (!cmdlet_list_add(out, stage->scope.session->arena, stage->input.items[i])) {
            return cmdlet_fail_size(err);
        }
    }
    return OIM_OK;
}

enum oim_status ask_fail_no_target(const struct cmdlet_stage *stage, struct oim_error *err)
{
    return cmdlet_fail(err, stage->call->name.place, "%s needs -Identity", stage->binding.cmdlet->name);
}

static enum oim_status setting_read(const struct cmdlet_stage *stage, const struct setting_info *info,
                                    const char *text, struct cmdlet_place place, struct wire_setting *out,
                                    struct oim_error *err)
{
    struct oim_error why = {.status = OIM_OK};
    struct setting_value_s *value = oim_arena_zalloc(stage->scope.session->arena, 1, sizeof(*value));
    if (value == NULL) {
        return cmdlet_fail_size(err);
    }
    if (setting_parse(info, text, value, &why) != OIM_OK) {
        return cmdlet_fail(err, place, "%s", why.text);
    }
    setting_to_wire(info, value, out);
    return OIM_OK;
}

enum oim_status ask_settings(const struct cmdlet_stage *stage, struct admin_op *op, struct oim_error *err)
{
    const struct binding *binding = &stage->binding;
    struct wire_setting *wires =
        oim_arena_zalloc(stage->scope.session->arena, binding->setting_count, sizeof(*wires));
    if (wires == NULL && binding->setting_count > 0) {
        return cmdlet_fail_size(err);
    }
    for (size_t i = 0; i < binding->setting_count; i++) {
        const struct bound_setting *bound = &binding->settings[i];
        const char *text = "";
        enum oim_status status = cmdlet_item_text(&stage->scope, bound->item, &text, err);
        status = status != OIM_OK
                     ? status
                     : setting_read(stage, bound->info, text, bound->item->token.place, &wires[i], err);
        if (status != OIM_OK) {
            return status;
        }
    }
    op->settings = wires;
    op->setting_count = binding->setting_count;
    return OIM_OK;
}

/* Every setting of an object, as -Instance gives them; unset ones too, unless it is a new policy. */
static enum oim_status settings_of_object(const struct cmdlet_stage *stage,
                                          const struct cmdlet_object *object, struct admin_op *op,
                                          struct oim_error *err)
{
    bool policy = object->kind == OBJECT_POLICY;
    size_t count = policy ? (size_t)SETTING_COUNT : (size_t)ORG_SETTING_COUNT;
    struct wire_setting *wires = oim_arena_zalloc(stage->scope.session->arena, count, sizeof(*wires));
    size_t wire_count = 0;
    if (wires == NULL) {
        return cmdlet_fail_size(err);
    }
    for (size_t i = 0; i < count; i++) {
        const struct setting_info *info =
            policy ? setting_info((enum setting_id)i) : org_setting_info((enum org_setting_id)i);
        size_t index = 0;
        if (cmdlet_property(object, info->name, &index, NULL) != OIM_OK) {
            continue; /* an older server's object has not all of them */
        }
        const char *text = object->fields[index].value;
        if (text[0] == '\0' && (object->in_memory || !policy)) {
            continue;
        }
        enum oim_status status =
            setting_read(stage, info, text, ask_place(stage, PARAMETER_INSTANCE), &wires[wire_count], err);
        if (status != OIM_OK) {
            return status;
        }
        wire_count++;
    }
    op->settings = wires;
    op->setting_count = wire_count;
    return OIM_OK;
}

enum oim_status ask_rows_add(const struct cmdlet_stage *stage, enum cmdlet_object_kind kind,
                             const struct admin_rows *rows, struct oim_error *err)
{
    for (size_t i = 0; i < rows->row_count; i++) {
        if (cmdlet_list_add_object(stage->out, stage->scope.session->arena, kind, rows->rows[i].fields,
                                   rows->rows[i].field_count) == NULL) {
            return cmdlet_fail_size(err);
        }
    }
    return OIM_OK;
}

/* Set -Instance: the object as a whole. One that the server does not know yet is made. */
static enum oim_status set_instance(const struct cmdlet_stage *stage, const struct cmdlet_value *value,
                                    enum cmdlet_object_kind kind, struct oim_error *err)
{
    struct cmdlet_place place = ask_place(stage, PARAMETER_INSTANCE);
    struct admin_op op = admin_op_of(stage->binding.cmdlet->kind);
    struct policy_identity identity;
    struct admin_rows rows;
    enum oim_status status = OIM_OK;
    if (value->object == NULL || value->object->kind != kind) {
        return cmdlet_fail(err, place, "-Instance takes the object that %s gives",
                           kind == OBJECT_POLICY ? "Get-CsClientPolicy or New-CsClientPolicy -InMemory"
                                                 : "Get-CsImConfiguration");
    }
    if (kind == OBJECT_POLICY) {
        op.kind = value->object->in_memory ? ADMIN_POLICY_NEW : ADMIN_POLICY_SET;
        status = ask_policy_spell(stage, cmdlet_value_identity(value), place, &identity, &op.identity, err);
    } else {
        op.set = true;
    }
    status = status != OIM_OK ? status : settings_of_object(stage, value->object, &op, err);
    return status != OIM_OK ? status : ask_change(stage, &op, &rows, err);
}

enum oim_status ask_set_instances(const struct cmdlet_stage *stage, enum cmdlet_object_kind kind,
                                  struct oim_error *err)
{
    struct cmdlet_list instances = {.count = 0};
    if (stage->binding.setting_count > 0 || stage->binding.values[PARAMETER_IDENTITY] != NULL) {
        return cmdlet_fail(err, ask_place(stage, PARAMETER_INSTANCE),
                           "-Instance brings its name and settings with it; leave the others out");
    }
    enum oim_status status =
        cmdlet_item_values(&stage->scope, stage->binding.values[PARAMETER_INSTANCE], &instances, err);
    for (size_t i = 0; i < instances.count && status == OIM_OK; i++) {
        status = set_instance(stage, &instances.items[i], kind, err);
    }
    return status;
}

enum oim_status ask_nothing_to_set(const struct cmdlet_stage *stage, struct oim_error *err)
{
    if (stage->binding.ignored_count > 0) {
        return OIM_OK; /* all that it sets is set in the original only, which was said */
    }
    return cmdlet_fail(err, stage->call->name.place,
                       "%s needs a setting to change, such as -EnableOfflineIm $False",
                       stage->binding.cmdlet->name);
}

void ask_narrow(const char *name, struct admin_row **people, size_t *count)
{
    size_t display_count = 0;
    struct admin_row *display = NULL;
    for (size_t i = 0; i < *count; i++) {
        struct admin_row *row = &(*people)[i];
        if (strcasecmp(ask_row_value(row, "login"), name) == 0) {
            *people = row;
            *count = 1;
            return;
        }
        if (strcasecmp(ask_row_value(row, "display"), name) == 0) {
            display_count++;
            display = row;
        }
    }
    if (display_count == 1) {
        *people = display;
        *count = 1;
    }
}

void ask_keep_like(const char *pattern, struct admin_row *people, size_t *count)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        if (cmdlet_text_like(ask_row_value(&people[i], "login"), pattern) ||
            cmdlet_text_like(ask_row_value(&people[i], "display"), pattern)) {
            people[kept++] = people[i];
        }
    }
    *count = kept;
}

/* ----------------------------------------------------------------------------------------------------------------
 */

enum oim_status cmdlet_ask_run(struct cmdlet_stage *stage, struct oim_error *err)
{
    static cmdlet_stage_fn *const runners[ADMIN_OP_KIND_LIMIT] = {
        [ADMIN_POLICY_NEW] = ask_policy_new, [ADMIN_POLICY_SET] = ask_policy_set,
        [ADMIN_POLICY_GET] = ask_policy_get, [ADMIN_POLICY_REMOVE] = ask_policy_remove,
        [ADMIN_GRANT] = ask_grant,           [ADMIN_IM_CONFIG] = ask_im_configuration,
        [ADMIN_EFFECTIVE] = ask_effective,   [ADMIN_USER_LIST] = ask_users,
    };
    return runners[stage->binding.cmdlet->kind](stage, err);
}
