#include "client/admin/parts.h"

#include <string.h>

size_t parts_size(const char *const *whos, size_t count, size_t count_max)
{
    size_t size = 0;
    while (size < count && size < count_max && whos[size][0] != '@') {
        size++;
    }
    return size > 0 || count == 0 ? size : 1;
}

static void note_add(struct admin_field *notes, size_t *count, const struct admin_field *note)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(notes[i].name, note->name) == 0 && strcmp(notes[i].value, note->value) == 0) {
            return;
        }
    }
    notes[(*count)++] = *note;
}

enum oim_status parts_join(struct oim_arena *arena, struct admin_rows *io_all, const struct admin_rows *more)
{
    size_t row_count = io_all->row_count + more->row_count;
    struct admin_row *rows = oim_arena_zalloc(arena, row_count, sizeof(*rows));
    struct admin_field *notes =
        oim_arena_zalloc(arena, io_all->note_count + more->note_count, sizeof(*notes));
    size_t note_count = 0;
    if (rows == NULL || notes == NULL) {
        return OIM_ERR_LIMIT;
    }
    for (size_t i = 0; i < row_count; i++) {
        rows[i] = i < io_all->row_count ? io_all->rows[i] : more->rows[i - io_all->row_count];
    }
    for (size_t i = 0; i < io_all->note_count + more->note_count; i++) {
        note_add(notes, &note_count,
                 i < io_all->note_count ? &io_all->notes[i] : &more->notes[i - io_all->note_count]);
    }
    *io_all = (struct admin_rows){
        .rows = rows, .row_count = row_count, .next = "", .notes = notes, .note_count = note_count};
    return OIM_OK;
}
