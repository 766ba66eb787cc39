/*
 * nearest.h - which known word somebody probably meant: for unknown options, commands, keys and settings.
 *
 * Distance is that of optimal string alignment (insert, delete, replace, swap neighbours), without regard to
 * ASCII case. A word is only suggested when it is near enough that the suggestion helps rather than annoys.
 */
#ifndef OIM_COMMON_NEAREST_H
#define OIM_COMMON_NEAREST_H

#include <stddef.h>

#define NEAREST_WORD_SIZE_MAX 64u

/* Edits between a and b; NEAREST_WORD_SIZE_MAX when either is longer than that. */
size_t nearest_distance(const char *a, const char *b);

/* A search that is fed one candidate at a time; ties go to the first. */
struct nearest {
    const char *word; /* borrowed */
    const char *best; /* borrowed; NULL while nothing is near enough */
    size_t best_distance;
};

void nearest_init(struct nearest *nearest, const char *word);
void nearest_offer(struct nearest *nearest, const char *candidate);

#endif
