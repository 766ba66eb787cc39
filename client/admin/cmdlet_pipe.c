/*
 * cmdlet_pipe.c - the stages that work on what comes through the pipe and ask nobody: Where, ForEach, Select,
 * Sort, Measure, Format.
 */
#include <stdlib.h>
#include <string.h>

#include "client/admin/cmdlet_state.h"

static enum oim_status out_add(const struct cmdlet_stage *stage, struct cmdlet_value value,
                               struct oim_error *err)
{
    return cmdlet_list_add(stage->out, stage->scope.session->arena, value) ? OIM_OK : cmdlet_fail_size(err);
}

static enum oim_status block_of(const struct cmdlet_stage *stage, enum parameter_id id,
                                const struct cmdlet_statement **out, struct oim_error *err)
{
    const struct cmdlet_item *item = stage->binding.values[id];
    if (item->token.kind != CMDLET_BRACE_OPEN) {
        return cmdlet_fail(
            err, item->token.place, "%s takes a block, such as %s", stage->binding.cmdlet->name,
            id == PARAMETER_PROCESS ? "{Get-CsEffectivePolicy $_.Identity}" : "{$_.Team -eq \"Sales\"}");
    }
    *out = item->inner;
    return OIM_OK;
}

/* Run a block with value as $_. */
static enum oim_status block_run(const struct cmdlet_stage *stage, const struct cmdlet_statement *block,
                                 const struct cmdlet_value *value, struct cmdlet_list *out,
                                 struct oim_error *err)
{
    const struct cmdlet_scope scope = {.session = stage->scope.session, .current = value};
    enum oim_status status = OIM_OK;
    for (; block != NULL && status == OIM_OK; block = block->next) {
        status = cmdlet_statement_run(&scope, block, out, stage->shape, err);
    }
    return status;
}

static enum oim_status where(struct cmdlet_stage *stage, struct oim_error *err)
{
    const struct cmdlet_statement *block = NULL;
    enum oim_status status = block_of(stage, PARAMETER_FILTER_SCRIPT, &block, err);
    for (size_t i = 0; i < stage->input.count && status == OIM_OK; i++) {
        struct cmdlet_list verdict = {.count = 0};
        status = block_run(stage, block, &stage->input.items[i], &verdict, err);
        if (status == OIM_OK && cmdlet_values_true(cmdlet_list_values(&verdict))) {
            status = out_add(stage, stage->input.items[i], err);
        }
    }
    return status;
}

static enum oim_status each(struct cmdlet_stage *stage, struct oim_error *err)
{
    const struct cmdlet_statement *block = NULL;
    enum oim_status status = block_of(stage, PARAMETER_PROCESS, &block, err);
    for (size_t i = 0; i < stage->input.count && status == OIM_OK; i++) {
        size_t before = stage->out->count;
        size_t used = stage->scope.session->arena->used;
        status = block_run(stage, block, &stage->input.items[i], stage->out, err);
        if (status == OIM_OK && stage->out->count == before) {
            stage->scope.session->arena->used = used; /* nothing came of it that lives on */
        }
    }
    return status;
}

/* ---- properties
 * ------------------------------------------------------------------------------------------------ */

static enum oim_status property_find(const struct cmdlet_object *object, const char *name,
                                     struct cmdlet_place place, size_t *out, struct oim_error *err)
{
    struct oim_error why = {.status = OIM_OK};
    enum oim_status status = cmdlet_property(object, name, out, &why);
    return status == OIM_OK ? OIM_OK : cmdlet_fail(err, place, "%s", why.text);
}

/* The properties that names give, in that order; a name with * stands for all that are like it. */
static enum oim_status object_select(const struct cmdlet_stage *stage, const struct cmdlet_object *object,
                                     struct cmdlet_values names, struct oim_error *err)
{
    struct oim_arena *arena = stage->scope.session->arena;
    struct cmdlet_place place = stage->binding.values[PARAMETER_PROPERTY]->token.place;
    size_t count_max = names.count * (object->field_count + 1);
    struct admin_field *fields = oim_arena_zalloc(arena, count_max, sizeof(*fields));
    const char **remarks = oim_arena_zalloc(arena, count_max, sizeof(*remarks));
    size_t count = 0;
    if (fields == NULL || remarks == NULL) {
        return cmdlet_fail_size(err);
    }
    for (size_t i = 0; i < names.count; i++) {
        const char *name = cmdlet_value_identity(&names.items[i]);
        bool pattern = strpbrk(name, "*?") != NULL;
        size_t first = 0;
        enum oim_status status = pattern ? OIM_OK : property_find(object, name, place, &first, err);
        if (status != OIM_OK) {
            return status;
        }
        for (size_t j = first; j < (pattern ? object->field_count : first + 1); j++) {
            char heading[CMDLET_HEADING_SIZE_MAX];
            cmdlet_heading(object->fields[j].name, heading);
            if (!pattern || cmdlet_text_like(heading, name)) {
                fields[count] = object->fields[j];
                remarks[count++] = object->remarks != NULL ? object->remarks[j] : "";
            }
        }
    }
    struct cmdlet_object *selected = cmdlet_list_add_object(stage->out, arena, OBJECT_PLAIN, fields, count);
    if (selected == NULL) {
        return cmdlet_fail_size(err);
    }
    selected->remarks = object->remarks != NULL ? remarks : NULL;
    return OIM_OK;
}

static enum oim_status names_of(const struct cmdlet_stage *stage, struct cmdlet_list *out,
                                struct oim_error *err)
{
    const struct cmdlet_item *item = stage->binding.values[PARAMETER_PROPERTY];
    return item == NULL ? OIM_OK : cmdlet_item_values(&stage->scope, item, out, err);
}

/* All of values, with the properties of -Property only when it was given. */
static enum oim_status select_all(const struct cmdlet_stage *stage, struct cmdlet_values values,
                                  struct oim_error *err)
{
    struct cmdlet_list names = {.count = 0};
    enum oim_status status = names_of(stage, &names, err);
    for (size_t i = 0; i < values.count && status == OIM_OK; i++) {
        status = names.count == 0 || values.items[i].object == NULL
                     ? out_add(stage, values.items[i], err)
                     : object_select(stage, values.items[i].object, cmdlet_list_values(&names), err);
    }
    return status;
}

static enum oim_status count_of(const struct cmdlet_stage *stage, enum parameter_id id, size_t *out,
                                struct oim_error *err)
{
    const char *text = "";
    if (stage->binding.values[id] == NULL) {
        return OIM_OK;
    }
    enum oim_status status = cmdlet_parameter_text(stage, id, &text, err);
    size_t digits = strspn(text, "0123456789");
    if (status == OIM_OK && (digits == 0 || digits > 9 || text[digits] != '\0')) {
        return cmdlet_fail(err, stage->binding.values[id]->token.place, "-%s takes a number, not '%.64s'",
                           parameter_info(id)->name, text);
    }
    if (status == OIM_OK) {
        *out = (size_t)atol(text);
    }
    return status;
}

static enum oim_status expand_property(const struct cmdlet_stage *stage, struct cmdlet_values values,
                                       struct oim_error *err)
{
    const char *name = "";
    enum oim_status status = cmdlet_parameter_text(stage, PARAMETER_EXPAND_PROPERTY, &name, err);
    for (size_t i = 0; i < values.count && status == OIM_OK; i++) {
        struct cmdlet_place place = stage->binding.values[PARAMETER_EXPAND_PROPERTY]->token.place;
        size_t index = 0;
        if (values.items[i].object == NULL) {
            return cmdlet_fail(err, place, "a text has no property %.64s", name);
        }
        status = property_find(values.items[i].object, name, place, &index, err);
        if (status == OIM_OK) {
            const char *text = values.items[i].object->fields[index].value;
            status = out_add(stage, (struct cmdlet_value){.text = text}, err);
        }
    }
    return status;
}

static enum oim_status select_objects(struct cmdlet_stage *stage, struct oim_error *err)
{
    struct cmdlet_values values = stage->input;
    size_t first = values.count;
    size_t last = values.count;
    enum oim_status status = count_of(stage, PARAMETER_FIRST, &first, err);
    status = status != OIM_OK ? status : count_of(stage, PARAMETER_LAST, &last, err);
    if (status != OIM_OK) {
        return status;
    }
    values.count = first < values.count ? first : values.count;
    if (last < values.count) {
        values.items += values.count - last;
        values.count = last;
    }
    return stage->binding.values[PARAMETER_EXPAND_PROPERTY] != NULL ? expand_property(stage, values, err)
                                                                    : select_all(stage, values, err);
}

/* ---- the rest
 * -------------------------------------------------------------------------------------------------- */

/* A value and what it is sorted by. */
struct sorted {
    struct cmdlet_value value;
    const char *key;
    size_t position; /* so that equals keep their order */
    bool descending;
};

static int by_key(const void *a, const void *b)
{
    const struct sorted *x = a;
    const struct sorted *y = b;
    int order = cmdlet_text_compare(x->key, y->key);
    order = x->descending ? -order : order;
    return order != 0 ? order : (x->position > y->position) - (x->position < y->position);
}

static enum oim_status sort_by(struct cmdlet_stage *stage, const char *name, struct sorted *sorted,
                               size_t count, struct oim_error *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct cmdlet_object *object = sorted[i].value.object;
        size_t index = 0;
        sorted[i].key = cmdlet_value_identity(&sorted[i].value);
        sorted[i].position = i;
        if (name != NULL && object != NULL) {
            enum oim_status status = property_find(
                object, name, stage->binding.values[PARAMETER_PROPERTY]->token.place, &index, err);
            if (status != OIM_OK) {
                return status;
            }
            sorted[i].key = object->fields[index].value;
        }
    }
    qsort(sorted, count, sizeof(*sorted), by_key);
    return OIM_OK;
}

/* By the last property first: sorting keeps the order of equals. */
static enum oim_status sort(struct cmdlet_stage *stage, struct oim_error *err)
{
    struct cmdlet_list names = {.count = 0};
    size_t count = stage->input.count;
    struct sorted *sorted = oim_arena_zalloc(stage->scope.session->arena, count, sizeof(*sorted));
    enum oim_status status = names_of(stage, &names, err);
    if (status != OIM_OK || count == 0) {
        return status;
    }
    if (sorted == NULL) {
        return cmdlet_fail_size(err);
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = (struct sorted){.value = stage->input.items[i],
                                    .descending = stage->binding.switches[PARAMETER_DESCENDING] == TRI_TRUE};
    }
    status = names.count == 0 ? sort_by(stage, NULL, sorted, count, err) : OIM_OK;
    for (size_t i = names.count; i > 0 && status == OIM_OK; i--) {
        status = sort_by(stage, cmdlet_value_identity(&names.items[i - 1]), sorted, count, err);
    }
    for (size_t i = 0; i < count && status == OIM_OK; i++) {
        status = out_add(stage, sorted[i].value, err);
    }
    return status;
}

static enum oim_status measure(struct cmdlet_stage *stage, struct oim_error *err)
{
    struct oim_arena *arena = stage->scope.session->arena;
    struct admin_field *field = oim_arena_zalloc(arena, 1, sizeof(*field));
    const char *text = oim_arena_printf(arena, "%zu", stage->input.count);
    if (field == NULL || text == NULL) {
        return cmdlet_fail_size(err);
    }
    *field = (struct admin_field){.name = "count", .value = text};
    return cmdlet_list_add_object(stage->out, arena, OBJECT_PLAIN, field, 1) != NULL ? OIM_OK
                                                                                     : cmdlet_fail_size(err);
}

static enum oim_status format_list(struct cmdlet_stage *stage, struct oim_error *err)
{
    *stage->shape = CMDLET_SHAPE_LIST;
    return select_all(stage, stage->input, err);
}

static enum oim_status format_table(struct cmdlet_stage *stage, struct oim_error *err)
{
    *stage->shape = CMDLET_SHAPE_TABLE;
    return select_all(stage, stage->input, err);
}

/* A name and a value for -PolicyEntry, which nothing here reads. */
static enum oim_status entry(struct cmdlet_stage *stage, struct oim_error *err)
{
    struct oim_arena *arena = stage->scope.session->arena;
    struct admin_field *fields = oim_arena_zalloc(arena, 2, sizeof(*fields));
    const char *name = "";
    const char *value = "";
    enum oim_status status = cmdlet_parameter_text(stage, PARAMETER_NAME, &name, err);
    status = status != OIM_OK ? status : cmdlet_parameter_text(stage, PARAMETER_VALUE, &value, err);
    if (status != OIM_OK || fields == NULL) {
        return status != OIM_OK ? status : cmdlet_fail_size(err);
    }
    fields[0] = (struct admin_field){.name = "name", .value = name};
    fields[1] = (struct admin_field){.name = "value", .value = value};
    return cmdlet_list_add_object(stage->out, arena, OBJECT_PLAIN, fields, 2) != NULL ? OIM_OK
                                                                                      : cmdlet_fail_size(err);
}

cmdlet_stage_fn *cmdlet_pipe_runner(enum cmdlet_does does)
{
    static cmdlet_stage_fn *const runners[CMDLET_DOES_COUNT] = {
        [CMDLET_DOES_ENTRY] = entry,      [CMDLET_DOES_WHERE] = where,
        [CMDLET_DOES_EACH] = each,        [CMDLET_DOES_SELECT] = select_objects,
        [CMDLET_DOES_SORT] = sort,        [CMDLET_DOES_MEASURE] = measure,
        [CMDLET_DOES_LIST] = format_list, [CMDLET_DOES_TABLE] = format_table,
    };
    return runners[does];
}
