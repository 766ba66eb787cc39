/*
 * json.c - events and ends as JSON; see json.h.
 */
#include "client/face/json.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "client/text/when.h"

/* Numbers under these names are calendar milliseconds. */
static const char *const time_names[] = {
    "at",     "arrived",       "until",   "first", "last",           "since",        "added",
    "seen",   "closed",        "invited", "when",  "presence_until", "last_sign_in", "made",
    "oldest", "counted_since", "older",   "told",  "same_moment"};
/* These may come more than once. */
static const char *const list_names[] = {"ids", "to_list"};

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

bool json_is_time(const char *name)
{
    return is_one_of(name, time_names, OIM_COUNT(time_names));
}

static void cjson_deletep(cJSON **object)
{
    cJSON_Delete(*object);
}

static void cjson_freep(char **text)
{
    cJSON_free(*text);
}

static cJSON *value_of(const struct local_field *field)
{
    char when[WHEN_TEXT_SIZE];
    switch (field->type) {
    case LOCAL_TEXT:
        return field->text[0] == '\0' ? cJSON_CreateNull() : cJSON_CreateString(field->text);
    case LOCAL_NUMBER:
        if (!json_is_time(field->name)) {
            return cJSON_CreateNumber((double)field->number);
        }
        if (field->number == 0) {
            return cJSON_CreateNull();
        }
        when_rfc3339(field->number, when);
        return cJSON_CreateString(when);
    case LOCAL_TRUTH:
        return cJSON_CreateBool(field->truth);
    case LOCAL_DATA:
        return NULL; /* packed bytes are for programs of ours */
    }
    return NULL;
}

/* NULL field or value: nothing to add. False: no memory. */
static bool object_add(cJSON *object, const struct local_field *field)
{
    if (field->type == LOCAL_DATA) {
        return true;
    }
    cJSON *value = value_of(field);
    cJSON *there = cJSON_GetObjectItemCaseSensitive(object, field->name);
    bool added = false;
    if (!is_one_of(field->name, list_names, OIM_COUNT(list_names))) {
        added = there != NULL ? true : cJSON_AddItemToObject(object, field->name, value);
        if (there != NULL) {
            cJSON_Delete(value); /* the first one counts, as in local_field */
        }
        return added;
    }
    if (there == NULL) {
        there = cJSON_AddArrayToObject(object, field->name);
    }
    return there != NULL && cJSON_AddItemToArray(there, value);
}

/* Bytes of the character at text that a terminal might obey or hide, 0 when it is harmless; *out_point is it.
 */
static size_t risky_size(const unsigned char *text, unsigned *out_point)
{
    if (text[0] == 0x7f) {
        *out_point = 0x7f;
        return 1;
    }
    if (text[0] == 0xc2 && text[1] >= 0x80 && text[1] <= 0x9f) {
        *out_point = text[1];
        return 2;
    }
    if (text[0] != 0xe2 || text[1] == 0 || text[2] == 0) {
        return 0;
    }
    *out_point = 0x2000u | (unsigned)(text[1] & 0x3f) << 6 | (unsigned)(text[2] & 0x3f);
    bool marks = *out_point >= 0x200e && *out_point <= 0x200f;
    bool separators_and_bidi = *out_point >= 0x2028 && *out_point <= 0x202e;
    bool isolates = *out_point >= 0x2066 && *out_point <= 0x2069;
    return marks || separators_and_bidi || isolates ? 3 : 0;
}

/* cJSON escapes C0 only. Outside strings all is ASCII, so escaping the rest here stays correct JSON. */
static enum oim_status append_escaped(struct oim_buf *out, const char *json)
{
    const unsigned char *text = (const unsigned char *)json;
    enum oim_status status = OIM_OK;
    while (*text != '\0' && status == OIM_OK) {
        unsigned point = 0;
        size_t size = risky_size(text, &point);
        status = size > 0 ? oim_buf_printf(out, "\\u%04x", point) : oim_buf_append(out, text, 1);
        text += size > 0 ? size : 1;
    }
    return status;
}

enum oim_status json_append(struct oim_buf *out, const char *what, const struct local_fields *fields,
                            const char *const *always)
{
    OIM_CLEANUP(cjson_deletep) cJSON *object = cJSON_CreateObject();
    bool built = object != NULL && (what == NULL || cJSON_AddStringToObject(object, "what", what) != NULL);
    for (size_t i = 0; built && always != NULL && always[i] != NULL; i++) {
        const struct local_field *field = local_field(fields, always[i]);
        built = field != NULL ? object_add(object, field) : cJSON_AddNullToObject(object, always[i]) != NULL;
    }
    for (size_t i = 0; built && i < fields->count; i++) {
        built = object_add(object, &fields->items[i]);
    }
    OIM_CLEANUP(cjson_freep) char *json = built ? cJSON_PrintUnformatted(object) : NULL;
    if (json == NULL) {
        return OIM_ERR_LIMIT;
    }
    size_t size_before = out->size;
    enum oim_status status = append_escaped(out, json);
    if (status == OIM_OK) {
        status = oim_buf_append(out, "\n", 1);
    }
    if (status != OIM_OK) {
        out->size = size_before;
    }
    return status;
}
