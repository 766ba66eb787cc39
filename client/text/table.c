/*
 * table.c - rows of cells as aligned columns; see table.h.
 */
#include "client/text/table.h"

#include <assert.h>
#include <string.h>

#include "client/text/safe.h"
#include "client/text/width.h"

#define TABLE_SIZE_MAX (16u * 1024u * 1024u)
#define COLUMN_GAP 2u

void text_table_init(struct text_table *table, size_t column_count)
{
    assert(column_count > 0 && column_count <= TABLE_COLUMN_COUNT_MAX);
    *table = (struct text_table){.column_count = column_count};
    oim_buf_init(&table->cells, TABLE_SIZE_MAX);
}

void text_table_finish(struct text_table *table)
{
    oim_buf_finish(&table->cells);
}

enum oim_status text_table_add(struct text_table *table, const char *cell)
{
    size_t size_before = table->cells.size;
    enum oim_status status = text_safe_append(&table->cells, oim_slice_text(cell), SAFE_MARK_NEWLINES);
    if (status == OIM_OK) {
        status = oim_buf_append(&table->cells, "", 1);
    }
    if (status != OIM_OK) {
        table->cells.size = size_before;
        return status;
    }
    table->cell_count++;
    return OIM_OK;
}

static void widths_measure(const struct text_table *table, size_t widths[TABLE_COLUMN_COUNT_MAX])
{
    const char *cell = (const char *)table->cells.data;
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t columns = text_columns(oim_slice_text(cell));
        size_t *width = &widths[i % table->column_count];
        *width = columns > *width ? columns : *width;
        cell += strlen(cell) + 1;
    }
}

static enum oim_status append_blanks(struct oim_buf *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum oim_status status = oim_buf_append(out, " ", 1);
        if (status != OIM_OK) {
            return status;
        }
    }
    return OIM_OK;
}

enum oim_status text_table_append(const struct text_table *table, size_t indent, struct oim_buf *out)
{
    size_t widths[TABLE_COLUMN_COUNT_MAX] = {0};
    widths_measure(table, widths);
    const char *cell = (const char *)table->cells.data;
    size_t owed = indent; /* blanks that only a further cell of the line makes necessary */
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t column = i % table->column_count;
        size_t size = strlen(cell);
        size_t fill = widths[column] - text_columns(oim_slice_text(cell));
        enum oim_status status = OIM_OK;
        if (size > 0) {
            status = append_blanks(out, owed + (table->right[column] ? fill : 0));
            owed = table->right[column] ? 0 : fill;
        } else {
            owed += fill;
        }
        owed += COLUMN_GAP;
        if (status == OIM_OK) {
            status = oim_buf_append(out, cell, size);
        }
        bool line_ends = column + 1 == table->column_count || i + 1 == table->cell_count;
        if (status == OIM_OK && line_ends) {
            status = oim_buf_append(out, "\n", 1);
            owed = indent;
        }
        if (status != OIM_OK) {
            return status;
        }
        cell += size + 1;
    }
    return OIM_OK;
}
