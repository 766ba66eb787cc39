#include "client/admin/cmdlet_value.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/name.h"
#include "policy/setting.h"

/* ---- lists
 * ----------------------------------------------------------------------------------------------------- */

bool cmdlet_list_add(struct cmdlet_list *list, struct oim_arena *arena, struct cmdlet_value value)
{
    if (list->count == list->count_max) {
        size_t count_max = list->count_max == 0 ? 8 : 2 * list->count_max;
        struct cmdlet_value *items = oim_arena_zalloc(arena, count_max, sizeof(*items));
        if (items == NULL) {
            return false;
        }
        if (list->count > 0) {
            memcpy(items, list->items, list->count * sizeof(*items));
        }
        list->items = items;
        list->count_max = count_max;
    }
    list->items[list->count++] = value;
    return true;
}

bool cmdlet_list_add_text(struct cmdlet_list *list, struct oim_arena *arena, const char *text)
{
    return text != NULL && cmdlet_list_add(list, arena, (struct cmdlet_value){.text = text});
}

struct cmdlet_object *cmdlet_list_add_object(struct cmdlet_list *list, struct oim_arena *arena,
                                             enum cmdlet_object_kind kind, const struct admin_field *fields,
                                             size_t field_count)
{
    struct cmdlet_object *object = oim_arena_zalloc(arena, 1, sizeof(*object));
    if (object == NULL || fields == NULL ||
        !cmdlet_list_add(list, arena, (struct cmdlet_value){.text = "", .object = object})) {
        return NULL;
    }
    object->kind = kind;
    object->fields = fields;
    object->field_count = field_count;
    return object;
}

struct cmdlet_values cmdlet_list_values(const struct cmdlet_list *list)
{
    return (struct cmdlet_values){.items = list->items, .count = list->count};
}

static bool object_copy(struct oim_arena *arena, const struct cmdlet_object *from, struct cmdlet_list *list)
{
    struct admin_field *fields = oim_arena_zalloc(arena, from->field_count, sizeof(*fields));
    const char **remarks = oim_arena_zalloc(arena, from->field_count, sizeof(*remarks));
    for (size_t i = 0; fields != NULL && remarks != NULL && i < from->field_count; i++) {
        const char *remark = from->remarks != NULL ? from->remarks[i] : "";
        fields[i].name = oim_arena_strdup(arena, oim_slice_text(from->fields[i].name));
        fields[i].value = oim_arena_strdup(arena, oim_slice_text(from->fields[i].value));
        remarks[i] = oim_arena_strdup(arena, oim_slice_text(remark));
        if (fields[i].name == NULL || fields[i].value == NULL || remarks[i] == NULL) {
            return false;
        }
    }
    struct cmdlet_object *copy =
        remarks != NULL ? cmdlet_list_add_object(list, arena, from->kind, fields, from->field_count) : NULL;
    if (copy == NULL) {
        return false;
    }
    copy->remarks = from->remarks != NULL ? remarks : NULL;
    copy->in_memory = from->in_memory;
    return true;
}

bool cmdlet_values_copy(struct oim_arena *arena, struct cmdlet_values values, struct cmdlet_values *out)
{
    struct cmdlet_list list = {.count = 0};
    for (size_t i = 0; i < values.count; i++) {
        const struct cmdlet_value *value = &values.items[i];
        bool copied =
            value->object != NULL
                ? object_copy(arena, value->object, &list)
                : cmdlet_list_add_text(&list, arena, oim_arena_strdup(arena, oim_slice_text(value->text)));
        if (!copied) {
            return false;
        }
    }
    *out = cmdlet_list_values(&list);
    return true;
}

/* ---- properties
 * ------------------------------------------------------------------------------------------------ */

static const char *setting_spelling(const char *key)
{
    for (int id = 0; id < SETTING_COUNT; id++) {
        if (name_equal(setting_info((enum setting_id)id)->name, key)) {
            return setting_info((enum setting_id)id)->name;
        }
    }
    for (int id = 0; id < ORG_SETTING_COUNT; id++) {
        if (name_equal(org_setting_info((enum org_setting_id)id)->name, key)) {
            return org_setting_info((enum org_setting_id)id)->name;
        }
    }
    return NULL;
}

void cmdlet_heading(const char *key, char out[CMDLET_HEADING_SIZE_MAX])
{
    const char *spelling = setting_spelling(key);
    if (spelling != NULL) {
        snprintf(out, CMDLET_HEADING_SIZE_MAX, "%s", spelling);
        return;
    }
    size_t size = 0;
    bool begins = true;
    for (; *key != '\0' && size < CMDLET_HEADING_SIZE_MAX - 1; key++) {
        if (*key == '_') {
            begins = true;
            continue;
        }
        out[size++] = begins ? (char)toupper((unsigned char)*key) : *key;
        begins = false;
    }
    out[size] = '\0';
}

/* The original's names of what a person has here. */
static const struct {
    const char *name;
    const char *key;
} user_properties[] = {
    {"Identity", "login"},      {"SipAddress", "login"}, {"UserPrincipalName", "login"},
    {"DisplayName", "display"}, {"Name", "display"},     {"Department", "team"},
    {"ClientPolicy", "policy"},
};

static const char *user_key(const struct cmdlet_object *object, const char *name)
{
    for (size_t i = 0; object->kind == OBJECT_USER && i < OIM_COUNT(user_properties); i++) {
        if (name_equal(user_properties[i].name, name)) {
            return user_properties[i].key;
        }
    }
    return name;
}

/* The headings of an object, as a table of names. */
struct headings {
    const struct cmdlet_object *object;
    char (*names)[CMDLET_HEADING_SIZE_MAX];
};

static const char *heading_at(const void *table, size_t index)
{
    const struct headings *headings = table;
    return index < headings->object->field_count ? headings->names[index] : NULL;
}

enum oim_status cmdlet_property(const struct cmdlet_object *object, const char *name, size_t *out_index,
                                struct oim_error *err)
{
    char names[ADMIN_FIELD_COUNT_MAX + 8][CMDLET_HEADING_SIZE_MAX];
    const struct cmdlet_object seen = {
        .fields = object->fields,
        .field_count = object->field_count < OIM_COUNT(names) ? object->field_count : OIM_COUNT(names)};
    const struct headings headings = {.object = &seen, .names = names};
    const char *key = user_key(object, name);
    for (size_t i = 0; i < seen.field_count; i++) {
        cmdlet_heading(seen.fields[i].name, names[i]);
        if (name_equal(names[i], key) || name_equal(seen.fields[i].name, key)) {
            *out_index = i;
            return OIM_OK;
        }
    }
    char list[300];
    struct name_search search = name_search(name, heading_at, &headings);
    const char *meant = search.found ? names[search.index] : search.suggestion;
    if (meant != NULL) {
        return oim_fail(err, OIM_ERR_NOT_FOUND, "there is no property %.64s; did you mean %s?", name, meant);
    }
    name_list("", heading_at, &headings, list, sizeof(list));
    return oim_fail(err, OIM_ERR_NOT_FOUND, "there is no property %.64s; there are: %s", name, list);
}

const char *cmdlet_field(const struct cmdlet_object *object, const char *key)
{
    for (size_t i = 0; i < object->field_count; i++) {
        if (strcmp(object->fields[i].name, key) == 0) {
            return object->fields[i].value;
        }
    }
    return NULL;
}

const char *cmdlet_value_identity(const struct cmdlet_value *value)
{
    static const char *const keys[] = {"identity", "login", "name"};
    if (value->object == NULL) {
        return value->text;
    }
    for (size_t i = 0; i < OIM_COUNT(keys); i++) {
        const char *text = cmdlet_field(value->object, keys[i]);
        if (text != NULL) {
            return text;
        }
    }
    return value->object->field_count > 0 ? value->object->fields[0].value : "";
}

/* ---- comparing
 * ------------------------------------------------------------------------------------------------- */

static bool number_read(const char *text, double *out)
{
    char *end = NULL;
    if (strspn(text, "+-.0123456789") != strlen(text) || text[0] == '\0') {
        return false;
    }
    *out = strtod(text, &end);
    return *end == '\0';
}

int cmdlet_text_compare(const char *a, const char *b)
{
    double x = 0;
    double y = 0;
    if (number_read(a, &x) && number_read(b, &y)) {
        return x < y ? -1 : x > y ? 1 : 0;
    }
    return strcasecmp(a, b);
}

/* One letter of UTF-8. */
static size_t text_step(const char *text)
{
    size_t size = 1;
    while (((unsigned char)text[size] & 0xc0) == 0x80) {
        size++;
    }
    return size;
}

bool cmdlet_text_like(const char *text, const char *pattern)
{
    const char *star = NULL; /* the last one, and from where it was tried */
    const char *retry = NULL;
    while (*text != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            retry = text;
        } else if (*pattern == '?') {
            pattern++;
            text += text_step(text);
        } else if (tolower((unsigned char)*pattern) == tolower((unsigned char)*text)) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star + 1;
            text = ++retry;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

bool cmdlet_text_true(const char *text)
{
    return text[0] != '\0' && strcmp(text, "0") != 0 && !name_equal(text, "False");
}
