/*
 * cmdlet_expression.c - what is written becomes values: variables, properties, brackets, comparisons.
 */
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "client/admin/cmdlet_state.h"
#include "policy/name.h"

#define PATTERN_SIZE_MAX 256u

const struct cmdlet_variable *cmdlet_variable_find(const struct cmdlet_session *session, const char *name)
{
    for (size_t i = 0; i < session->variable_count; i++) {
        if (name_equal(session->variables[i].name, name)) {
            return &session->variables[i];
        }
    }
    return NULL;
}

/* ---- variables
 * ------------------------------------------------------------------------------------------------- */

static enum oim_status variable_values(const struct cmdlet_scope *scope, const char *name,
                                       struct cmdlet_place place, struct cmdlet_values *out,
                                       struct oim_error *err)
{
    static const struct cmdlet_value constants[] = {{.text = "True"}, {.text = "False"}};
    static const char *const names[] = {"True", "False"};
    for (size_t i = 0; i < OIM_COUNT(constants); i++) {
        if (name_equal(names[i], name)) {
            *out = (struct cmdlet_values){.items = &constants[i], .count = 1};
            return OIM_OK;
        }
    }
    *out = (struct cmdlet_values){.count = 0};
    if (name_equal(name, "Null")) {
        return OIM_OK;
    }
    if (strcmp(name, "_") == 0) {
        if (scope->current == NULL) {
            return cmdlet_fail(err, place, "$_ has a value only within { } behind a pipe");
        }
        *out = (struct cmdlet_values){.items = scope->current, .count = 1};
        return OIM_OK;
    }
    const struct cmdlet_variable *variable = cmdlet_variable_find(scope->session, name);
    if (variable == NULL) {
        return cmdlet_fail(err, place,
                           "$%.64s has no value here; $True, $False and $Null are known, and what a line "
                           "before has set",
                           name);
    }
    *out = variable->values;
    return OIM_OK;
}

/* The property of each object; of a list also how many there are. */
static enum oim_status member_values(const struct cmdlet_scope *scope, struct cmdlet_values values,
                                     const char *member, struct cmdlet_place place, struct cmdlet_list *out,
                                     struct oim_error *err)
{
    struct oim_arena *arena = scope->session->arena;
    if (name_equal(member, "Count") && (values.count != 1 || values.items[0].object == NULL)) {
        return cmdlet_list_add_text(out, arena, oim_arena_printf(arena, "%zu", values.count))
                   ? OIM_OK
                   : cmdlet_fail_size(err);
    }
    for (size_t i = 0; i < values.count; i++) {
        struct oim_error why = {.status = OIM_OK};
        size_t index = 0;
        if (values.items[i].object == NULL) {
            return cmdlet_fail(err, place, "this is a text and has no property %.64s", member);
        }
        if (cmdlet_property(values.items[i].object, member, &index, &why) != OIM_OK) {
            return cmdlet_fail(err, place, "%s", why.text);
        }
        if (!cmdlet_list_add_text(out, arena, values.items[i].object->fields[index].value)) {
            return cmdlet_fail_size(err);
        }
    }
    return OIM_OK;
}

static enum oim_status token_variable(const struct cmdlet_scope *scope, const struct cmdlet_token *token,
                                      struct cmdlet_list *out, struct oim_error *err)
{
    struct cmdlet_values values;
    enum oim_status status = variable_values(scope, token->text, token->place, &values, err);
    if (status == OIM_OK && token->member != NULL) {
        return member_values(scope, values, token->member, token->place, out, err);
    }
    for (size_t i = 0; status == OIM_OK && i < values.count; i++) {
        status =
            cmdlet_list_add(out, scope->session->arena, values.items[i]) ? OIM_OK : cmdlet_fail_size(err);
    }
    return status;
}

/* "for $name": texts with the values of variables in them, several with blanks between. */
static enum oim_status expand(const struct cmdlet_scope *scope, const struct cmdlet_token *token,
                              const char **out, struct oim_error *err)
{
    static const char marks[] = {CMDLET_EXPAND_BEGIN, CMDLET_EXPAND_END, '\0'};
    struct oim_arena *arena = scope->session->arena;
    const char *text = token->text;
    const char *expanded = "";
    while (*text != '\0') {
        size_t size = strcspn(text, marks);
        expanded = oim_arena_printf(arena, "%s%.*s", expanded, (int)size, text);
        text += size;
        if (expanded == NULL) {
            return cmdlet_fail_size(err);
        }
        if (*text == '\0') {
            break;
        }
        size = strcspn(++text, marks);
        char *name = oim_arena_strdup(arena, oim_slice(text, size));
        if (name == NULL) {
            return cmdlet_fail_size(err);
        }
        char *dot = strchr(name, '.');
        struct cmdlet_token variable = {
            .text = name, .member = dot != NULL ? dot + 1 : NULL, .place = token->place};
        if (dot != NULL) {
            *dot = '\0';
        }
        struct cmdlet_list values = {.count = 0};
        enum oim_status status = token_variable(scope, &variable, &values, err);
        for (size_t i = 0; status == OIM_OK && i < values.count; i++) {
            expanded = oim_arena_printf(arena, "%s%s%s", expanded, i > 0 ? " " : "",
                                        cmdlet_value_identity(&values.items[i]));
            status = expanded != NULL ? OIM_OK : cmdlet_fail_size(err);
        }
        if (status != OIM_OK) {
            return status;
        }
        text += size + 1;
    }
    *out = expanded;
    return OIM_OK;
}

/* ---- items
 * ----------------------------------------------------------------------------------------------------- */

static enum oim_status item_values(const struct cmdlet_scope *scope, const struct cmdlet_item *item,
                                   struct cmdlet_list *out, struct oim_error *err)
{
    const struct cmdlet_token *token = &item->token;
    const char *text = token->text;
    enum oim_status status = OIM_OK;
    enum cmdlet_shape shape = CMDLET_SHAPE_LIST;
    struct cmdlet_list inner = {.count = 0};
    switch (token->kind) {
    case CMDLET_VARIABLE:
        return token_variable(scope, token, out, err);
    case CMDLET_OPEN:
        if (token->member == NULL) {
            return cmdlet_statement_run(scope, item->inner, out, &shape, err);
        }
        status = cmdlet_statement_run(scope, item->inner, &inner, &shape, err);
        return status != OIM_OK
                   ? status
                   : member_values(scope, cmdlet_list_values(&inner), token->member, token->place, out, err);
    case CMDLET_BRACE_OPEN:
        return cmdlet_fail(err, token->place,
                           "a { block } is no value; Where-Object and ForEach-Object take it");
    default:
        break;
    }
    if (!oim_utf8_valid((const uint8_t *)text, strlen(text))) {
        return cmdlet_fail(err, token->place, "this text is not valid UTF-8");
    }
    if (token->expands) {
        status = expand(scope, token, &text, err);
    }
    if (status == OIM_OK && !cmdlet_list_add_text(out, scope->session->arena, text)) {
        return cmdlet_fail_size(err);
    }
    return status;
}

enum oim_status cmdlet_item_values(const struct cmdlet_scope *scope, const struct cmdlet_item *item,
                                   struct cmdlet_list *out, struct oim_error *err)
{
    enum oim_status status = OIM_OK;
    for (; item != NULL && status == OIM_OK; item = item->more) {
        status = item_values(scope, item, out, err);
    }
    return status;
}

enum oim_status cmdlet_item_text(const struct cmdlet_scope *scope, const struct cmdlet_item *item,
                                 const char **out, struct oim_error *err)
{
    struct cmdlet_list values = {.count = 0};
    enum oim_status status = cmdlet_item_values(scope, item, &values, err);
    if (status == OIM_OK && values.count > 1) {
        return cmdlet_fail(err, item->token.place, "only one value is possible here, and these are %zu",
                           values.count);
    }
    if (status == OIM_OK) {
        *out = values.count == 0 ? "" : cmdlet_value_identity(&values.items[0]);
    }
    return status;
}

enum oim_status cmdlet_parameter_text(const struct cmdlet_stage *stage, enum parameter_id id,
                                      const char **out, struct oim_error *err)
{
    *out = "";
    return stage->binding.values[id] != NULL
               ? cmdlet_item_text(&stage->scope, stage->binding.values[id], out, err)
               : OIM_OK;
}

/* ---- comparisons
 * ----------------------------------------------------------------------------------------------- */

bool cmdlet_values_true(struct cmdlet_values values)
{
    return values.count > 1 ||
           (values.count == 1 && (values.items[0].object != NULL || cmdlet_text_true(values.items[0].text)));
}

static enum oim_status match(const char *text, const char *pattern, struct cmdlet_place place, bool *out,
                             struct oim_error *err)
{
    regex_t regex;
    char why[128];
    if (strlen(pattern) > PATTERN_SIZE_MAX) {
        return cmdlet_fail(err, place, "a pattern has at most %u bytes", PATTERN_SIZE_MAX);
    }
    int code = regcomp(&regex, pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB);
    if (code != 0) {
        regerror(code, &regex, why, sizeof(why));
        return cmdlet_fail(err, place, "'%.64s' is no pattern: %s", pattern, why);
    }
    *out = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return OIM_OK;
}

static enum oim_status compare_texts(const struct cmdlet_expression *expression, const char *left,
                                     const char *right, bool *out, struct oim_error *err)
{
    int order = cmdlet_text_compare(left, right);
    enum oim_status status = OIM_OK;
    switch (expression->operation) {
    case OPERATOR_NE:
        *out = order != 0;
        break;
    case OPERATOR_GT:
        *out = order > 0;
        break;
    case OPERATOR_GE:
        *out = order >= 0;
        break;
    case OPERATOR_LT:
        *out = order < 0;
        break;
    case OPERATOR_LE:
        *out = order <= 0;
        break;
    case OPERATOR_LIKE:
    case OPERATOR_NOT_LIKE:
        *out = cmdlet_text_like(left, right) == (expression->operation == OPERATOR_LIKE);
        break;
    case OPERATOR_MATCH:
    case OPERATOR_NOT_MATCH:
        status = match(left, right, expression->place, out, err);
        *out = *out == (expression->operation == OPERATOR_MATCH);
        break;
    default:
        *out = order == 0;
        break;
    }
    return status;
}

static enum oim_status evaluate(const struct cmdlet_scope *scope, const struct cmdlet_expression *expression,
                                bool *out, struct oim_error *err)
{
    struct cmdlet_list values = {.count = 0};
    const char *left = "";
    const char *right = "";
    bool operand = false;
    enum oim_status status = OIM_OK;
    switch (expression->operation) {
    case OPERATOR_VALUE:
        status = cmdlet_item_values(scope, expression->item, &values, err);
        *out = cmdlet_values_true(cmdlet_list_values(&values));
        return status;
    case OPERATOR_NOT:
        status = evaluate(scope, expression->left, &operand, err);
        *out = !operand;
        return status;
    case OPERATOR_AND:
    case OPERATOR_OR:
        status = evaluate(scope, expression->left, &operand, err);
        *out = operand;
        if (status != OIM_OK || operand == (expression->operation == OPERATOR_OR)) {
            return status; /* decided by the left side */
        }
        return evaluate(scope, expression->right, out, err);
    default:
        break;
    }
    status = cmdlet_item_text(scope, expression->left->item, &left, err);
    status = status != OIM_OK ? status : cmdlet_item_text(scope, expression->right->item, &right, err);
    return status != OIM_OK ? status : compare_texts(expression, left, right, out, err);
}

enum oim_status cmdlet_expression_values(const struct cmdlet_scope *scope,
                                         const struct cmdlet_expression *expression, struct cmdlet_list *out,
                                         struct oim_error *err)
{
    bool truth = false;
    if (expression->operation == OPERATOR_VALUE) {
        return cmdlet_item_values(scope, expression->item, out, err);
    }
    enum oim_status status = evaluate(scope, expression, &truth, err);
    if (status == OIM_OK && !cmdlet_list_add_text(out, scope->session->arena, truth ? "True" : "False")) {
        return cmdlet_fail_size(err);
    }
    return status;
}
