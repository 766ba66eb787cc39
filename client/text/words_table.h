/*
 * words_table.h - the rows behind words.h; only words.c and its tests look at them.
 */
#ifndef OIM_CLIENT_TEXT_WORDS_TABLE_H
#define OIM_CLIENT_TEXT_WORDS_TABLE_H

#include <stddef.h>

#include "client/text/when.h"

struct words_row {
    const char *code;
    const char *texts[WORDS_LANGUAGE_COUNT];
};

extern const struct words_row words_rows[];
extern const size_t words_row_count;

#endif
