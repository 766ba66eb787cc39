/*
 * cmdlet_print.c - answers as the original prints them.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "client/admin/cmdlet_run.h"
#include "client/text/safe.h"
#include "policy/name.h"
#include "policy/setting.h"

#define HEADING_SIZE_MAX 64

static const char *setting_spelling(const char *key)
{
    for (int id = 0; id < SETTING_COUNT; id++) {
        if (name_equal(setting_info((enum setting_id)id)->name, key)) {
            return setting_info((enum setting_id)id)->name;
        }
    }
    for (int id = 0; id < ORG_SETTING_COUNT; id++) {
        if (name_equal(org_setting_info((enum org_setting_id)id)->name, key)) {
            return org_setting_info((enum org_setting_id)id)->name;
        }
    }
    return NULL;
}

/* Settings as the table spells them; other keys as the original would: "last_sign_in" is LastSignIn. */
static void heading_of(const char *key, char out[HEADING_SIZE_MAX])
{
    const char *spelling = setting_spelling(key);
    if (spelling != NULL) {
        snprintf(out, HEADING_SIZE_MAX, "%s", spelling);
        return;
    }
    size_t size = 0;
    bool begins = true;
    for (; *key != '\0' && size < HEADING_SIZE_MAX - 1; key++) {
        if (*key == '_') {
            begins = true;
            continue;
        }
        out[size++] = begins ? (char)toupper((unsigned char)*key) : *key;
        begins = false;
    }
    out[size] = '\0';
}

static size_t heading_width(const struct admin_row *row)
{
    size_t widest = 0;
    for (size_t i = 0; i < row->field_count; i++) {
        char heading[HEADING_SIZE_MAX];
        heading_of(row->fields[i].name, heading);
        widest = strlen(heading) > widest ? strlen(heading) : widest;
    }
    return widest;
}

static enum oim_status print_row(struct oim_buf *out, const struct admin_row *row)
{
    int width = (int)heading_width(row);
    enum oim_status status = OIM_OK;
    for (size_t i = 0; i < row->field_count && status == OIM_OK; i++) {
        const char *value = row->fields[i].value;
        char heading[HEADING_SIZE_MAX];
        char safe[HEADING_SIZE_MAX];
        heading_of(row->fields[i].name, heading);
        text_safe(safe, sizeof(safe), oim_slice_text(heading), SAFE_MARK_NEWLINES);
        status = oim_buf_printf(out, "%-*s :%s", width, safe, value[0] != '\0' ? " " : "");
        status = status != OIM_OK ? status : text_safe_append(out, oim_slice_text(value), SAFE_MARK_NEWLINES);
        status = status != OIM_OK ? status : oim_buf_append(out, "\n", 1);
    }
    return status;
}

enum oim_status cmdlet_print_rows(struct oim_buf *out, const struct cmdlet_step *step,
                                  const struct admin_rows *rows)
{
    enum oim_status status = OIM_OK;
    if (!step->rows_wanted) {
        return OIM_OK;
    }
    for (size_t i = 0; i < rows->row_count && status == OIM_OK; i++) {
        status = i == 0 ? OIM_OK : oim_buf_append(out, "\n", 1);
        status = status != OIM_OK ? status : print_row(out, &rows->rows[i]);
    }
    return status;
}
