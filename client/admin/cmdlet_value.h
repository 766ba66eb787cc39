/*
 * cmdlet_value.h - what flows through a pipeline: texts, and objects with named properties.
 *
 * Every property is text, "" when unset ($Null); $True and $False are "True" and "False". Texts compare
 * without case, numbers as numbers. Everything lives in the caller's arena and is never changed in place.
 */
#ifndef OIM_CLIENT_ADMIN_CMDLET_VALUE_H
#define OIM_CLIENT_ADMIN_CMDLET_VALUE_H

#include "common/arena.h"
#include "common/error.h"
#include "proto/admin.h"

#define CMDLET_HEADING_SIZE_MAX 64

enum cmdlet_object_kind {
    OBJECT_PLAIN, /* selected properties, counts, entries */
    OBJECT_POLICY,
    OBJECT_CONFIGURATION,
    OBJECT_EFFECTIVE,
    OBJECT_USER
};

struct cmdlet_object {
    enum cmdlet_object_kind kind;
    const struct admin_field *fields;
    size_t field_count;
    const char *const *remarks; /* one per field, printed behind its value; NULL: none */
    bool in_memory;             /* a policy that the server does not know yet */
};

struct cmdlet_value {
    const char *text;                   /* "" when object */
    const struct cmdlet_object *object; /* NULL: text */
};

/* Borrowed, in order. One value and a list of one are the same, as in the original. */
struct cmdlet_values {
    const struct cmdlet_value *items;
    size_t count;
};

/* Values being gathered. */
struct cmdlet_list {
    struct cmdlet_value *items;
    size_t count;
    size_t count_max;
};

/** False: the arena is full. */
bool cmdlet_list_add(struct cmdlet_list *list, struct oim_arena *arena, struct cmdlet_value value);
bool cmdlet_list_add_text(struct cmdlet_list *list, struct oim_arena *arena, const char *text);
/** An object with these fields, which are borrowed; NULL: the arena is full. */
struct cmdlet_object *cmdlet_list_add_object(struct cmdlet_list *list, struct oim_arena *arena,
                                             enum cmdlet_object_kind kind, const struct admin_field *fields,
                                             size_t field_count);
struct cmdlet_values cmdlet_list_values(const struct cmdlet_list *list);

/** A deep copy of values into another arena. False: it is full. */
bool cmdlet_values_copy(struct oim_arena *arena, struct cmdlet_values values, struct cmdlet_values *out);

/** A key as the original would spell the property: "last_sign_in" is LastSignIn; settings as their table. */
void cmdlet_heading(const char *key, char out[CMDLET_HEADING_SIZE_MAX]);

/**
 * The property of an object by its heading or key, without case; also by what the original calls it.
 * Errors: OIM_ERR_NOT_FOUND, naming the nearest.
 */
OIM_MUST_CHECK enum oim_status cmdlet_property(const struct cmdlet_object *object, const char *name,
                                               size_t *out_index, struct oim_error *err);
/** By its key exactly; NULL: there is none. */
const char *cmdlet_field(const struct cmdlet_object *object, const char *key);
/** What names it in another cmdlet's -Identity: a text itself, a policy's identity, a person's login. */
const char *cmdlet_value_identity(const struct cmdlet_value *value);

/** < 0, 0, > 0. Without case; as numbers when both are. */
int cmdlet_text_compare(const char *a, const char *b);
/** "T*", "?ony": without case. */
bool cmdlet_text_like(const char *text, const char *pattern);
/** What counts as no: "", "False" and "0". */
bool cmdlet_text_true(const char *text);

#endif
