/*
 * table.h - rows of cells as aligned columns, by what they take on a terminal and not by their bytes.
 *
 * Cells are copied and made harmless (safe.h) on the way in. The last column is never padded; columns are two
 * blanks apart. Wide tables are not cut: a terminal wraps, a pipe wants everything.
 */
#ifndef OIM_CLIENT_TEXT_TABLE_H
#define OIM_CLIENT_TEXT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/bytes.h"

#define TABLE_COLUMN_COUNT_MAX 16u

struct text_table {
    size_t column_count;
    bool right[TABLE_COLUMN_COUNT_MAX]; /* columns of numbers */
    size_t cell_count;
    struct oim_buf cells; /* every cell with its terminator, row after row */
};

void text_table_init(struct text_table *table, size_t column_count);
void text_table_finish(struct text_table *table);
/** The next cell, left to right, row by row; NULL is empty. Errors: OIM_ERR_LIMIT more than fits in memory.
 */
OIM_MUST_CHECK enum oim_status text_table_add(struct text_table *table, const char *cell);
/** Every row as a line that begins with indent blanks. The last row may be incomplete. */
OIM_MUST_CHECK enum oim_status text_table_append(const struct text_table *table, size_t indent,
                                                 struct oim_buf *out);

#endif
