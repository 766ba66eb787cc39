/*
 * cmdlet_print.c - objects as the original prints them.
 */
#include <string.h>

#include "client/admin/cmdlet_run.h"
#include "client/text/safe.h"
#include "client/text/table.h"

static int heading_width(const struct cmdlet_object *object)
{
    size_t widest = 0;
    for (size_t i = 0; i < object->field_count; i++) {
        char heading[CMDLET_HEADING_SIZE_MAX];
        cmdlet_heading(object->fields[i].name, heading);
        widest = strlen(heading) > widest ? strlen(heading) : widest;
    }
    return (int)widest;
}

static enum oim_status append_safe(struct oim_buf *out, const char *text)
{
    return text_safe_append(out, oim_slice_text(text), SAFE_MARK_NEWLINES);
}

static enum oim_status print_object(struct oim_buf *out, const struct cmdlet_object *object)
{
    int width = heading_width(object);
    enum oim_status status = OIM_OK;
    for (size_t i = 0; i < object->field_count && status == OIM_OK; i++) {
        const char *value = object->fields[i].value;
        const char *remark = object->remarks != NULL ? object->remarks[i] : "";
        char heading[CMDLET_HEADING_SIZE_MAX];
        char safe[CMDLET_HEADING_SIZE_MAX];
        cmdlet_heading(object->fields[i].name, heading);
        text_safe(safe, sizeof(safe), oim_slice_text(heading), SAFE_MARK_NEWLINES);
        status = oim_buf_printf(out, "%-*s :%s", width, safe, value[0] != '\0' ? " " : "");
        status = status != OIM_OK ? status : append_safe(out, value);
        if (status == OIM_OK && remark[0] != '\0') {
            status = oim_buf_append(out, "  (", 3);
            status = status != OIM_OK ? status : append_safe(out, remark);
            status = status != OIM_OK ? status : oim_buf_append(out, ")", 1);
        }
        status = status != OIM_OK ? status : oim_buf_append(out, "\n", 1);
    }
    return status;
}

static enum oim_status print_list(struct oim_buf *out, struct cmdlet_values values)
{
    enum oim_status status = OIM_OK;
    for (size_t i = 0; i < values.count && status == OIM_OK; i++) {
        const struct cmdlet_object *object = values.items[i].object;
        if (object != NULL) {
            status = i == 0 ? OIM_OK : oim_buf_append(out, "\n", 1);
            status = status != OIM_OK ? status : print_object(out, object);
        } else {
            status = append_safe(out, values.items[i].text);
            status = status != OIM_OK ? status : oim_buf_append(out, "\n", 1);
        }
    }
    return status;
}

/* The headings are those of the first object; what others have besides is left out, as in the original. */
static enum oim_status fill_table(struct text_table *table, const struct cmdlet_object *first,
                                  struct cmdlet_values values)
{
    enum oim_status status = OIM_OK;
    for (size_t column = 0; column < table->column_count && status == OIM_OK; column++) {
        char heading[CMDLET_HEADING_SIZE_MAX];
        cmdlet_heading(first->fields[column].name, heading);
        status = text_table_add(table, heading);
    }
    for (size_t i = 0; i < values.count; i++) {
        const struct cmdlet_object *object = values.items[i].object;
        for (size_t column = 0; column < table->column_count && status == OIM_OK; column++) {
            const char *text = object == NULL ? (column == 0 ? values.items[i].text : "")
                                              : cmdlet_field(object, first->fields[column].name);
            status = text_table_add(table, text);
        }
    }
    return status;
}

static enum oim_status print_table(struct oim_buf *out, struct cmdlet_values values)
{
    const struct cmdlet_object *first = values.items[0].object;
    struct text_table table;
    if (first == NULL) {
        return print_list(out, values);
    }
    text_table_init(&table, first->field_count < TABLE_COLUMN_COUNT_MAX ? first->field_count
                                                                        : TABLE_COLUMN_COUNT_MAX);
    enum oim_status status = fill_table(&table, first, values);
    status = status != OIM_OK ? status : text_table_append(&table, 0, out);
    text_table_finish(&table);
    return status;
}

enum oim_status cmdlet_print(struct oim_buf *out, struct cmdlet_values values, enum cmdlet_shape shape)
{
    return shape == CMDLET_SHAPE_TABLE && values.count > 0 ? print_table(out, values)
                                                           : print_list(out, values);
}
