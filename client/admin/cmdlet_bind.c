#include "client/admin/cmdlet_bind.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "policy/name.h"

_Static_assert((int)ORG_SETTING_COUNT <= (int)SETTING_COUNT,
               "a binding has room for the settings of either table");

/* ---- finding parameters
 * ---------------------------------------------------------------------------------------- */

/* All that a cmdlet takes: its parameters, then its settings. */
struct names {
    const char *names[PARAMETER_COUNT + SETTING_COUNT];
    size_t count;
    enum parameter_id ids[PARAMETER_COUNT];
    size_t parameter_count;
};

static const char *names_at(const void *table, size_t index)
{
    const struct names *names = table;
    return index < names->count ? names->names[index] : NULL;
}

static const struct setting_info *settings_of(const struct cmdlet *cmdlet, size_t *out_count)
{
    switch (cmdlet->settings) {
    case SETTINGS_POLICY:
        *out_count = SETTING_COUNT;
        return setting_info(0);
    case SETTINGS_ORGANISATION:
        *out_count = ORG_SETTING_COUNT;
        return org_setting_info(0);
    case SETTINGS_NONE:
        break;
    }
    *out_count = 0;
    return NULL;
}

static void names_collect(const struct cmdlet *cmdlet, struct names *names)
{
    size_t setting_count = 0;
    const struct setting_info *settings = settings_of(cmdlet, &setting_count);
    *names = (struct names){.count = 0};
    for (unsigned id = 0; id < PARAMETER_COUNT; id++) {
        if ((cmdlet->parameters & BIT(id)) != 0) {
            names->ids[names->count] = (enum parameter_id)id;
            names->names[names->count++] = parameter_info((enum parameter_id)id)->name;
        }
    }
    names->parameter_count = names->count;
    for (size_t i = 0; i < setting_count; i++) {
        names->names[names->count++] = settings[i].name;
    }
}

const char *cmdlet_parameter_at(const struct cmdlet *cmdlet, size_t index)
{
    struct names names;
    names_collect(cmdlet, &names);
    return index < names.count ? names.names[index] : NULL;
}

/* What one -Name turned out to be. */
struct meaning {
    enum { MEANS_PARAMETER, MEANS_SETTING, MEANS_IGNORED } kind;
    enum parameter_id id;
    const struct setting_info *setting;
    bool is_switch;
};

static enum oim_status fail_unknown(const struct cmdlet *cmdlet, const struct names *names,
                                    const struct name_search *search, const struct cmdlet_token *token,
                                    struct oim_error *err)
{
    char list[300];
    if (search->prefix_count > 1) {
        name_list(token->text, names_at, names, list, sizeof(list));
        return cmdlet_fail(err, token->place, "-%.64s is the beginning of several parameters of %s: %s",
                           token->text, cmdlet->name, list);
    }
    if (search->suggestion != NULL) {
        return cmdlet_fail(err, token->place, "%s has no parameter -%.64s; did you mean -%s?", cmdlet->name,
                           token->text, search->suggestion);
    }
    if (cmdlet->kind == ADMIN_USER_LIST && name_equal(token->text, "Filter")) {
        return cmdlet_fail(err, token->place,
                           "%s has no parameter -Filter here; choose from what it gives: %s | "
                           "Where-Object {$_.Team -eq \"Sales\"}",
                           cmdlet->name, cmdlet->name);
    }
    name_list("", names_at, names, list, sizeof(list));
    return cmdlet_fail(err, token->place, "%s has no parameter -%.64s; it has: %s", cmdlet->name, token->text,
                       list);
}

static enum oim_status find_meaning(const struct cmdlet *cmdlet, const struct cmdlet_token *token,
                                    struct meaning *out, struct oim_error *err)
{
    struct names names;
    names_collect(cmdlet, &names);
    for (size_t i = 0; i < names.parameter_count; i++) {
        const struct parameter *parameter = parameter_info(names.ids[i]);
        if (parameter->alias != NULL && name_equal(parameter->alias, token->text)) {
            *out = (struct meaning){MEANS_PARAMETER, names.ids[i], NULL, parameter->is_switch};
            return OIM_OK;
        }
    }
    bool ignored_switch = false;
    if (parameter_is_ignored(token->text, &ignored_switch)) {
        *out = (struct meaning){.kind = MEANS_IGNORED, .is_switch = ignored_switch};
        return OIM_OK;
    }
    struct name_search search = name_search(token->text, names_at, &names);
    if (!search.found) {
        return fail_unknown(cmdlet, &names, &search, token, err);
    }
    if (search.index < names.parameter_count) {
        enum parameter_id id = names.ids[search.index];
        *out = (struct meaning){MEANS_PARAMETER, id, NULL, parameter_info(id)->is_switch};
        return OIM_OK;
    }
    size_t setting_count = 0;
    const struct setting_info *settings = settings_of(cmdlet, &setting_count);
    *out =
        (struct meaning){.kind = MEANS_SETTING, .setting = &settings[search.index - names.parameter_count]};
    return OIM_OK;
}

/* ---- binding
 * --------------------------------------------------------------------------------------------------- */

struct binder {
    const struct cmdlet_call *call;
    bool from_shell;
    struct binding *binding;
    size_t position; /* the next value without a name */
};

static const char *example_of(enum parameter_id id)
{
    switch (id) {
    case PARAMETER_FILTER_SCRIPT:
        return "{$_.Team -eq \"Sales\"}";
    case PARAMETER_PROCESS:
        return "{$_.Identity}";
    case PARAMETER_INSTANCE:
        return "$policy";
    case PARAMETER_FIRST:
    case PARAMETER_LAST:
        return "10";
    default:
        return "NAME";
    }
}

static enum oim_status fail_missing(const struct binder *binder, const struct cmdlet_item *parameter,
                                    const struct meaning *meaning, struct oim_error *err)
{
    bool boolean = meaning->kind == MEANS_SETTING && meaning->setting->kind == SETTING_BOOL;
    bool unsettable = meaning->kind == MEANS_SETTING || meaning->id == PARAMETER_POLICY_NAME;
    const char *example = boolean ? "$False" : unsettable ? "$Null" : example_of(meaning->id);
    char quoted[160];
    char bare[160];
    cmdlet_call_print_with(binder->call, parameter, example, quoted, sizeof(quoted));
    if (!unsettable) {
        return cmdlet_fail(err, parameter->token.place, "-%s has no value; write for instance:\n  %s",
                           parameter->token.text, quoted);
    }
    if (!binder->from_shell) {
        return cmdlet_fail(err, parameter->token.place,
                           "-%s has no value, which is never True. Write for instance:\n  oimctl -c '%s'\n"
                           "(in double quotes your shell replaces %s before oimctl sees it)",
                           parameter->token.text, quoted, example);
    }
    cmdlet_call_print_with(binder->call, parameter, boolean ? "False" : "''", bare, sizeof(bare));
    return cmdlet_fail(err, parameter->token.place,
                       "-%s has no value. Your shell replaced %s before oimctl saw it. Any of these works:\n"
                       "  oimctl -c '%s'\n  oimctl %s\n  oimctl shell",
                       parameter->token.text, example, quoted, bare);
}

static enum oim_status fail_twice(const struct cmdlet_token *token, struct oim_error *err)
{
    return cmdlet_fail(err, token->place, "-%.64s was given already", token->text);
}

static enum oim_status bind_switch(struct binder *binder, const struct meaning *meaning,
                                   const struct cmdlet_item **item, struct oim_error *err)
{
    const struct cmdlet_token *token = &(*item)->token;
    enum tri value = TRI_TRUE;
    if (token->attached) {
        const struct cmdlet_item *given = (*item)->next;
        if (given == NULL || given->token.kind == CMDLET_PARAMETER) {
            return cmdlet_fail(err, token->place,
                               "-%s: has no value; write -%s:$True, -%s:$False or only -%s", token->text,
                               token->text, token->text, token->text);
        }
        const char *text = given->token.text;
        if (!name_equal(text, "True") && !name_equal(text, "False")) {
            return cmdlet_fail(err, given->token.place, "-%s is $True or $False, not '%.64s'", token->text,
                               text);
        }
        value = name_equal(text, "True") ? TRI_TRUE : TRI_FALSE;
        *item = given;
    }
    if (meaning->kind == MEANS_IGNORED) {
        return OIM_OK;
    }
    if (binder->binding->switches[meaning->id] != TRI_UNSET) {
        return fail_twice(token, err);
    }
    binder->binding->switches[meaning->id] = value;
    return OIM_OK;
}

static enum oim_status bind_setting(struct binding *binding, const struct setting_info *info,
                                    const struct cmdlet_token *token, const struct cmdlet_item *value,
                                    struct oim_error *err)
{
    for (size_t i = 0; i < binding->setting_count; i++) {
        if (binding->settings[i].info == info) {
            return fail_twice(token, err);
        }
    }
    assert(binding->setting_count < OIM_COUNT(binding->settings));
    binding->settings[binding->setting_count++] = (struct bound_setting){info, value};
    return OIM_OK;
}

static enum oim_status check_single(const struct binder *binder, const struct meaning *meaning,
                                    const struct cmdlet_item *value, struct oim_error *err)
{
    bool list = meaning->kind == MEANS_PARAMETER && (binder->binding->cmdlet->lists & BIT(meaning->id)) != 0;
    if (value->more == NULL || list || meaning->kind == MEANS_IGNORED) {
        return OIM_OK;
    }
    return cmdlet_fail(err, value->more->token.place,
                       "only one value is possible here; put it in quotes if the comma belongs to it");
}

static enum oim_status bind_parameter(struct binder *binder, const struct cmdlet_item **item,
                                      struct oim_error *err)
{
    const struct cmdlet_item *parameter = *item;
    struct binding *binding = binder->binding;
    struct meaning meaning = {0};
    enum oim_status status = find_meaning(binding->cmdlet, &parameter->token, &meaning, err);
    if (status != OIM_OK) {
        return status;
    }
    if (meaning.kind == MEANS_IGNORED && binding->ignored_count < OIM_COUNT(binding->ignored)) {
        binding->ignored[binding->ignored_count++] = parameter;
    }
    if (meaning.is_switch) {
        return bind_switch(binder, &meaning, item, err);
    }
    const struct cmdlet_item *value = parameter->next;
    if (value == NULL || value->token.kind == CMDLET_PARAMETER) {
        return meaning.kind == MEANS_IGNORED ? OIM_OK : fail_missing(binder, parameter, &meaning, err);
    }
    *item = value;
    status = check_single(binder, &meaning, value, err);
    if (status != OIM_OK || meaning.kind == MEANS_IGNORED) {
        return status;
    }
    if (meaning.kind == MEANS_SETTING) {
        return bind_setting(binding, meaning.setting, &parameter->token, value, err);
    }
    if (binding->values[meaning.id] != NULL) {
        return fail_twice(&parameter->token, err);
    }
    binding->values[meaning.id] = value;
    return OIM_OK;
}

/* A value without a name belongs to the next position whose parameter has none yet. */
static enum oim_status bind_position(struct binder *binder, const struct cmdlet_item *value,
                                     struct oim_error *err)
{
    const struct cmdlet *cmdlet = binder->binding->cmdlet;
    while (binder->position < cmdlet->position_count &&
           binder->binding->values[cmdlet->positions[binder->position]] != NULL) {
        binder->position++;
    }
    if (binder->position == cmdlet->position_count) {
        return cmdlet_fail(err, value->token.place,
                           "'%.64s' is one value too many for %s; a name with blanks needs quotes",
                           value->token.text, cmdlet->name);
    }
    struct meaning meaning = {.kind = MEANS_PARAMETER, .id = cmdlet->positions[binder->position++]};
    binder->binding->values[meaning.id] = value;
    return check_single(binder, &meaning, value, err);
}

static enum oim_status check_required(const struct binder *binder, struct oim_error *err)
{
    const struct cmdlet *cmdlet = binder->binding->cmdlet;
    for (unsigned id = 0; id < PARAMETER_COUNT; id++) {
        if ((cmdlet->required & BIT(id)) != 0 && binder->binding->values[id] == NULL) {
            return cmdlet_fail(err, binder->call->name.place, "%s needs -%s", cmdlet->name,
                               parameter_info((enum parameter_id)id)->name);
        }
    }
    return OIM_OK;
}

enum oim_status cmdlet_bind(const struct cmdlet *cmdlet, const struct cmdlet_call *call, bool from_shell,
                            struct binding *out, struct oim_error *err)
{
    memset(out, 0, sizeof(*out));
    out->cmdlet = cmdlet;
    struct binder binder = {.call = call, .from_shell = from_shell, .binding = out};

    /* Named parameters first, so that a value without a name never takes a place that a later name fills. */
    const struct cmdlet_item *unnamed[POSITION_COUNT_MAX + 1];
    size_t unnamed_count = 0;
    for (const struct cmdlet_item *item = call->items; item != NULL; item = item->next) {
        if (item->token.kind != CMDLET_PARAMETER) {
            if (unnamed_count < OIM_COUNT(unnamed)) { /* one more than any cmdlet takes is enough to refuse */
                unnamed[unnamed_count++] = item;
            }
            continue;
        }
        enum oim_status status = bind_parameter(&binder, &item, err);
        if (status != OIM_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < unnamed_count; i++) {
        enum oim_status status = bind_position(&binder, unnamed[i], err);
        if (status != OIM_OK) {
            return status;
        }
    }
    return check_required(&binder, err);
}
