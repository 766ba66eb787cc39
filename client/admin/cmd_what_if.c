/*
 * cmd_what_if.c - what a change would alter, for whom: people for whom it is the same are listed together.
 *
 * The server answers with a row per person and setting, those of one person side by side.
 */
#include <string.h>

#include "client/admin/ctl.h"
#include "client/text/width.h"

#define LINE_COLUMNS_MAX 100

struct named {
    const char *login;
    struct named *next;
};

/* Some people, and the rows of the first of them: those of the others say the same. */
struct alike {
    const char *key;
    const struct admin_row *rows;
    size_t row_count;
    struct named *first, *last;
    size_t people;
};

static enum oim_status value_add(struct ctl *ctl, struct text_table *table, const char *value)
{
    char unset[64];
    return text_table_add(
        table,
        value[0] != '\0' ? value : console_words(&ctl->console, "what_if_unset", NULL, unset, sizeof(unset)));
}

/* Whom it concerns, all of them, in lines that a terminal holds. */
static void heading_print(struct ctl *ctl, const struct alike *alike)
{
    char heading[256];
    struct local_builder builder = {.count = 0};
    local_add_number(&builder, "people", (int64_t)alike->people);
    local_add_text(&builder, "policy", ctl_row_value(&alike->rows[0], "policy"));
    struct local_fields fields = local_built(&builder);
    console_words(&ctl->console, "what_if_group", &fields, heading, sizeof(heading));
    console_bytes(&ctl->console, oim_slice_text(heading));
    size_t used = text_columns(oim_slice_text(heading));
    for (const struct named *named = alike->first; named != NULL; named = named->next) {
        size_t columns = 1 + strlen(named->login) + 1;
        bool fits = used + columns <= LINE_COLUMNS_MAX;
        used = (fits ? used : 1) + columns;
        console_bytes(&ctl->console, oim_slice_text(fits ? " " : "\n  "));
        console_bytes(&ctl->console, oim_slice_text(named->login));
        console_bytes(&ctl->console, oim_slice_text(named->next != NULL ? "," : "\n"));
    }
}

static void alike_print(struct ctl *ctl, const struct alike *alike)
{
    heading_print(ctl, alike);
    struct text_table table;
    text_table_init(&table, 3);
    static const char *const headings[] = {"SETTING", "BEFORE", "AFTER"};
    enum oim_status status = OIM_OK;
    for (size_t i = 0; i < OIM_COUNT(headings) && status == OIM_OK; i++) {
        status = text_table_add(&table, headings[i]);
    }
    for (size_t i = 0; i < alike->row_count && status == OIM_OK; i++) {
        status = text_table_add(&table, ctl_row_value(&alike->rows[i], "setting"));
        status = status == OIM_OK ? value_add(ctl, &table, ctl_row_value(&alike->rows[i], "before")) : status;
        status = status == OIM_OK ? value_add(ctl, &table, ctl_row_value(&alike->rows[i], "after")) : status;
    }
    ctl->console.failed = ctl->console.failed || status != OIM_OK;
    console_table(&ctl->console, &table, 2);
    text_table_finish(&table);
}

/* What one person's rows say but for whom. NULL: no memory. */
static const char *key_of(struct ctl *ctl, const struct admin_row *rows, size_t count)
{
    const char *key = ctl_row_value(&rows[0], "policy");
    for (size_t i = 0; i < count && key != NULL; i++) {
        key = oim_arena_printf(&ctl->arena, "%s\n%s\t%s\t%s", key, ctl_row_value(&rows[i], "setting"),
                               ctl_row_value(&rows[i], "before"), ctl_row_value(&rows[i], "after"));
    }
    return key;
}

/* Named themselves and with their team, in two parts of one question: the first answer counts. */
static bool is_repeated(const struct admin_rows *rows, size_t at)
{
    const char *login = ctl_row_value(&rows->rows[at], "login");
    for (size_t i = 0; i < at; i++) {
        if (strcmp(ctl_row_value(&rows->rows[i], "login"), login) == 0) {
            return true;
        }
    }
    return false;
}

static void alike_name(struct alike *alike, struct named *named)
{
    if (alike->last != NULL) {
        alike->last->next = named;
    } else {
        alike->first = named;
    }
    alike->last = named;
    alike->people++;
}

/* Returns how many groups; *out_people is how many people. */
static size_t group(struct ctl *ctl, const struct admin_rows *rows, struct alike *alikes, int64_t *out_people)
{
    size_t count = 0;
    *out_people = 0;
    for (size_t first = 0; first < rows->row_count;) {
        const char *login = ctl_row_value(&rows->rows[first], "login");
        size_t size = 1;
        while (first + size < rows->row_count &&
               strcmp(ctl_row_value(&rows->rows[first + size], "login"), login) == 0) {
            size++;
        }
        if (is_repeated(rows, first)) {
            first += size;
            continue;
        }
        const char *key = key_of(ctl, &rows->rows[first], size);
        size_t at = 0;
        while (key != NULL && at < count && strcmp(alikes[at].key, key) != 0) {
            at++;
        }
        struct named *named = oim_arena_zalloc(&ctl->arena, 1, sizeof(*named));
        if (key == NULL || named == NULL) {
            ctl->console.failed = true;
            return count;
        }
        if (at == count) {
            alikes[count++] = (struct alike){.key = key, .rows = &rows->rows[first], .row_count = size};
        }
        named->login = login;
        alike_name(&alikes[at], named);
        (*out_people)++;
        first += size;
    }
    return count;
}

int ctl_what_if_print(struct ctl *ctl, const struct ctl_answer *answer)
{
    struct alike *alikes = oim_arena_zalloc(&ctl->arena, answer->rows.row_count + 1, sizeof(*alikes));
    int64_t people = 0;
    if (alikes == NULL) {
        return EXIT_FAILED;
    }
    size_t count = group(ctl, &answer->rows, alikes, &people);
    struct local_builder builder = {.count = 0};
    local_add_number(&builder, "people", people);
    struct local_fields fields = local_built(&builder);
    console_object(&ctl->console, "what_if", &fields, NULL);
    console_say(&ctl->console, "what_if", &fields);
    if (ctl->console.json) {
        return ctl_print(ctl, answer, CTL_TABLE);
    }
    for (size_t i = 0; i < count; i++) {
        alike_print(ctl, &alikes[i]);
    }
    ctl_print_remarks(ctl, &answer->rows);
    return EXIT_DONE;
}
