/*
 * cmdlet_complete.h - what a half-typed line of the cmdlet dialect can go on with.
 */
#ifndef OIM_CLIENT_ADMIN_CMDLET_COMPLETE_H
#define OIM_CLIENT_ADMIN_CMDLET_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"

#define COMPLETION_COUNT_MAX 128u

/* What the server knows. Borrowed. */
struct cmdlet_known {
    const char *const *policies; /* identities */
    size_t policy_count;
    const char *const *people; /* logins and display names */
    size_t people_count;
    const char *const *teams;
    size_t team_count;
};

struct cmdlet_completion {
    size_t word_size; /* bytes at the line's end that a candidate takes the place of */
    const char *candidates[COMPLETION_COUNT_MAX]; /* in the arena; names with blanks are in quotes */
    size_t count;
};

/** line ends at the cursor. Cmdlets, their parameters, and what the last parameter takes. */
void cmdlet_complete(const char *line, const struct cmdlet_known *known, struct oim_arena *arena,
                     struct cmdlet_completion *out);

/** How many bytes of all candidates are the same, without case. */
size_t cmdlet_completion_common(const struct cmdlet_completion *completion);

#endif
