/*
 * words_table.h - the rows behind words.h; only words.c and its tests look at them.
 */
#ifndef OIM_CLIENT_TEXT_WORDS_TABLE_H
#define OIM_CLIENT_TEXT_WORDS_TABLE_H

#include <stddef.h>

#include "client/text/when.h"
#include "common/attr.h"

/* Marks what gettext's tools collect, so that further languages can come as .po files. */
#define N_(text) text

struct words_row {
    const char *code;
    const char *texts[WORDS_LANGUAGE_COUNT];
};

struct words_list {
    const struct words_row *rows;
    size_t count;
};

extern const struct words_list words_message_rows;
extern const struct words_list words_program_rows;
extern const struct words_list words_admin_rows;
extern const struct words_list words_native_rows;

/** The row at index, counted through all lists; NULL behind the last. A code's rows stand in one list. */
const struct words_row *words_row_at(size_t index);

#endif
