/*
 * admin_out.c - rows and notes of an administrative answer, within what one frame and its reader's pre-scan
 * take.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "server/core/admin.h"

#define OUT_SIZE_MAX 24576u       /* packed rows of a reader; a change's are far smaller */
#define OUT_FIELD_COUNT_MAX 2400u /* three occurrences a field, within PRESCAN_FIELDS_MAX_ROWS */
#define FIELD_OVERHEAD 8u
#define NOTE_VALUE_SIZE 512u

_Static_assert(3 * OUT_FIELD_COUNT_MAX + ADMIN_ROW_COUNT_MAX <= PRESCAN_FIELDS_MAX_ROWS, "readers unpack it");
_Static_assert(OUT_SIZE_MAX + ADMIN_VALUE_SIZE_MAX + 512 <= PAGE_SIZE_MAX,
               "the row that ends a page still fits");

bool admin_out_init(struct admin_call *call)
{
    struct oim_arena *arena = &call->core->frame_arena;
    struct admin_out *out = &call->out;
    *out = (struct admin_out){.next = ""};
    out->rows = oim_arena_zalloc(arena, ADMIN_ROW_COUNT_MAX, sizeof(*out->rows));
    out->fields = oim_arena_zalloc(arena, OUT_FIELD_COUNT_MAX, sizeof(*out->fields));
    out->notes = oim_arena_zalloc(arena, ADMIN_FIELD_COUNT_MAX, sizeof(*out->notes));
    return out->rows != NULL && out->fields != NULL && out->notes != NULL;
}

bool admin_row(struct admin_call *call, size_t field_count)
{
    struct admin_out *out = &call->out;
    assert(field_count <= ADMIN_FIELD_COUNT_MAX);
    if (out->full || out->row_count == ADMIN_ROW_COUNT_MAX || out->size >= OUT_SIZE_MAX ||
        out->field_count + field_count > OUT_FIELD_COUNT_MAX) {
        out->full = true;
        return false;
    }
    out->rows[out->row_count++] = (struct admin_row){.fields = &out->fields[out->field_count]};
    out->size += FIELD_OVERHEAD;
    return true;
}

void admin_text(struct admin_call *call, const char *name, const char *value)
{
    struct admin_out *out = &call->out;
    assert(out->row_count > 0);
    struct admin_row *row = &out->rows[out->row_count - 1];
    char *copy = oim_arena_strdup(&call->core->frame_arena, oim_slice_text(value));
    if (out->field_count == OUT_FIELD_COUNT_MAX || row->field_count == ADMIN_FIELD_COUNT_MAX ||
        copy == NULL) {
        out->full = true;
        return;
    }
    out->fields[out->field_count++] = (struct admin_field){.name = name, .value = copy};
    row->field_count++;
    out->size += strlen(name) + strlen(copy) + FIELD_OVERHEAD;
}

void admin_number(struct admin_call *call, const char *name, uint64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
    admin_text(call, name, text);
}

void admin_time(struct admin_call *call, const char *name, uint64_t wall_ms)
{
    if (wall_ms == 0) {
        admin_text(call, name, "");
    } else {
        admin_number(call, name, wall_ms);
    }
}

void admin_flag(struct admin_call *call, const char *name, bool value)
{
    admin_text(call, name, value ? "True" : "False");
}

void admin_id(struct admin_call *call, const char *name, const struct oim_id *id)
{
    char text[OIM_ID_TEXT_SIZE];
    oim_id_to_text(id, text);
    admin_text(call, name, text);
}

void admin_identity(struct admin_call *call, const char *name, const struct policy_identity *identity)
{
    char text[IDENTITY_TEXT_SIZE];
    policy_identity_format(identity, text, sizeof(text));
    admin_text(call, name, text);
}

void admin_note(struct admin_call *call, const char *code, const char *format, ...)
{
    struct admin_out *out = &call->out;
    char value[NOTE_VALUE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(value, sizeof(value), format, arguments);
    va_end(arguments);
    char *copy = oim_arena_strdup(&call->core->frame_arena, oim_slice_text(value));
    if (copy == NULL || out->note_count == ADMIN_FIELD_COUNT_MAX) {
        return;
    }
    out->notes[out->note_count++] = (struct admin_field){.name = code, .value = copy};
    out->size += strlen(code) + strlen(copy) + FIELD_OVERHEAD;
}

struct oim_slice admin_out_pack(struct admin_call *call)
{
    struct core *core = call->core;
    const struct admin_rows rows = {
        .rows = call->out.rows,
        .row_count = call->out.row_count,
        .next = call->out.next == NULL ? "" : call->out.next,
        .notes = call->out.notes,
        .note_count = call->out.note_count,
    };
    oim_buf_clear(&core->encode);
    if (call->out.rows == NULL || admin_rows_encode(&rows, &core->encode) != OIM_OK) {
        return (struct oim_slice){NULL, 0};
    }
    void *copy = oim_arena_alloc(&core->frame_arena, core->encode.size);
    if (copy == NULL) {
        return (struct oim_slice){NULL, 0};
    }
    if (core->encode.size > 0) {
        memcpy(copy, core->encode.data, core->encode.size);
    }
    return oim_slice(copy, core->encode.size);
}

/* Cuts before the byte that would break a letter. */
static size_t whole_letters(const char *text, size_t size)
{
    while (size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80) {
        size--;
    }
    return size;
}

void audit_text_add(struct audit_text *audit, const char *format, ...)
{
    static const char cut[] = "...";
    size_t room = sizeof(audit->text) - audit->size;
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(audit->text + audit->size, room, format, arguments);
    va_end(arguments);
    if (size >= 0 && (size_t)size < room) {
        audit->size += (size_t)size;
        return;
    }
    size_t kept = whole_letters(audit->text, sizeof(audit->text) - sizeof(cut));
    memcpy(audit->text + kept, cut, sizeof(cut));
    audit->size = kept + sizeof(cut) - 1;
}
