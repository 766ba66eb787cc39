/*
 * name.h - finding a name in a table as people type it: without case, by its beginning, and nearly.
 *
 * Settings, cmdlets and their parameters are all looked up here, so that a slip is answered the same way
 * everywhere. Names are ASCII.
 */
#ifndef OIM_POLICY_NAME_H
#define OIM_POLICY_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* The index-th name of a table of the caller's; NULL from its end on. */
typedef const char *name_at_fn(const void *table, size_t index);

bool name_equal(const char *a, const char *b);              /* without case */
bool name_has_prefix(const char *name, const char *prefix); /* without case */

/* What a search came to. */
struct name_search {
    bool found;             /* exact, or the only name that begins so */
    size_t index;           /* of the one found */
    size_t prefix_count;    /* how many begin so; more than 1 and not found: ambiguous */
    const char *suggestion; /* not found, not ambiguous: what was probably meant, or NULL */
};

struct name_search name_search(const char *wanted, name_at_fn *name_at, const void *table);

/** The names that begin with prefix, "A, B, C"; ends in "..." when out is too small for all. */
void name_list(const char *prefix, name_at_fn *name_at, const void *table, char *out, size_t out_size);

#endif
