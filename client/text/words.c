/*
 * words.c - from a code and its fields to a sentence; see words.h.
 */
#include "client/text/words.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/text/safe.h"
#include "client/text/words_table.h"

#define PLACE_SIZE_MAX 160 /* what stands between braces */

/* One {...} of a row, taken apart. */
struct place {
    char mark; /* '?' '!' a condition, 0 something to print */
    char *name;
    char *format; /* after ':', or the value after '='; NULL none */
    char *forms;  /* after the first '|'; NULL none */
    char memory[PLACE_SIZE_MAX];
};

enum words_language words_language_of(const char *locale)
{
    bool spanish = locale != NULL && strncmp(locale, "es", 2) == 0 &&
                   (locale[2] == '\0' || strchr("_.@-", locale[2]) != NULL);
    return spanish ? WORDS_SPANISH : WORDS_ENGLISH;
}

enum words_language words_language_of_environment(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < OIM_COUNT(names); i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0') {
            return words_language_of(value);
        }
    }
    return WORDS_ENGLISH;
}

/* The place that begins at the brace *text points to; moves *text behind its end. */
static void place_read(const char **text, struct place *out)
{
    const char *end = strchr(*text, '}');
    assert(end != NULL && (size_t)(end - *text) <= sizeof(out->memory)); /* the table's tests see to it */
    size_t size = (size_t)(end - *text) - 1;
    memcpy(out->memory, *text + 1, size);
    out->memory[size] = '\0';
    *text = end + 1;

    out->mark = strchr("?!", out->memory[0]) != NULL ? out->memory[0] : '\0';
    out->name = out->memory + (out->mark != '\0');
    out->forms = strchr(out->name, '|');
    if (out->forms != NULL) {
        *out->forms = '\0';
        out->forms++;
    }
    out->format = strpbrk(out->name, ":=");
    if (out->format != NULL) {
        *out->format = '\0';
        out->format++;
    }
}

static bool has_content(const struct local_field *field)
{
    if (field == NULL) {
        return false;
    }
    switch (field->type) {
    case LOCAL_TEXT:
        return field->text[0] != '\0';
    case LOCAL_NUMBER:
        return field->number != 0;
    case LOCAL_TRUTH:
        return field->truth;
    case LOCAL_DATA:
        return field->data.size > 0;
    }
    return false;
}

static const struct local_field *field_of(const struct local_fields *fields, const char *name)
{
    static const char *const peers[] = {"to_display", "peer_display", "from_display", "display", "to",
                                        "peer",       "from",         "login",        "name"};
    if (strcmp(name, "peer") != 0) {
        return local_field(fields, name);
    }
    for (size_t i = 0; i < OIM_COUNT(peers); i++) {
        const struct local_field *field = local_field(fields, peers[i]);
        if (has_content(field)) {
            return field;
        }
    }
    return NULL;
}

/* A count or a duration of zero is something to say; a moment of zero, like an empty text, is not. */
static bool is_moment(const struct place *place)
{
    const char *format = place->format != NULL ? place->format : "";
    return strcmp(format, "time") == 0 || strcmp(format, "date") == 0 || strcmp(format, "clock") == 0 ||
           strcmp(format, "stamp") == 0;
}

static bool has_value(const struct local_field *field, const char *value)
{
    char digits[24];
    if (field != NULL && field->type == LOCAL_NUMBER) {
        (void)snprintf(digits, sizeof(digits), "%lld", (long long)field->number);
        return strcmp(digits, value) == 0;
    }
    return field != NULL && field->type == LOCAL_TEXT && strcmp(field->text, value) == 0;
}

static bool place_holds(const struct place *place, const struct local_fields *fields)
{
    const struct local_field *field = field_of(fields, place->name);
    if (place->mark == '!') {
        return !has_content(field);
    }
    if (place->mark == '?' && place->format != NULL) {
        return has_value(field, place->format);
    }
    if (place->mark == '?') {
        return has_content(field);
    }
    return field != NULL && (has_content(field) || (field->type == LOCAL_NUMBER && !is_moment(place)));
}

static bool row_fits(const char *text, const struct local_fields *fields)
{
    while ((text = strchr(text, '{')) != NULL) {
        struct place place;
        place_read(&text, &place);
        if (!place_holds(&place, fields)) {
            return false;
        }
    }
    return true;
}

const struct words_row *words_row_at(size_t index)
{
    const struct words_list *const lists[] = {&words_message_rows, &words_program_rows, &words_admin_rows,
                                              &words_native_rows};
    for (size_t i = 0; i < OIM_COUNT(lists); i++) {
        if (index < lists[i]->count) {
            return &lists[i]->rows[index];
        }
        index -= lists[i]->count;
    }
    return NULL;
}

static const char *row_find(const struct words *words, const char *code, const struct local_fields *fields)
{
    const struct words_row *row = NULL;
    for (size_t i = 0; (row = words_row_at(i)) != NULL; i++) {
        const char *text = row->texts[words->language];
        if (strcmp(row->code, code) == 0 && row_fits(text, fields)) {
            return text;
        }
    }
    return NULL;
}

bool words_known(const char *code)
{
    const struct words_row *row = NULL;
    for (size_t i = 0; (row = words_row_at(i)) != NULL; i++) {
        if (strcmp(row->code, code) == 0) {
            return true;
        }
    }
    return false;
}

static enum oim_status append_text(struct oim_buf *out, const char *text)
{
    return oim_buf_append(out, text, strlen(text));
}

/* "9,214"; Spanish marks from five digits on, with a no-break space: "9214", "12 000". */
static enum oim_status append_number(const struct words *words, int64_t number, struct oim_buf *out)
{
    char digits[24];
    int size = snprintf(digits, sizeof(digits), "%lld", (long long)number);
    int first = digits[0] == '-' ? 1 : 0;
    bool marked = words->language == WORDS_ENGLISH || size - first > 4;
    for (int i = 0; i < size; i++) {
        enum oim_status status = OIM_OK;
        if (marked && i > first && (size - i) % 3 == 0) {
            status = append_text(out, words->language == WORDS_ENGLISH ? "," : "\u00a0");
        }
        if (status == OIM_OK) {
            status = oim_buf_append(out, &digits[i], 1);
        }
        if (status != OIM_OK) {
            return status;
        }
    }
    return OIM_OK;
}

static enum oim_status append_size(int64_t bytes, struct oim_buf *out)
{
    static const char *const units[] = {"bytes", "KB", "MB", "GB", "TB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1000 && unit + 1 < OIM_COUNT(units)) {
        value /= 1000;
        unit++;
    }
    return oim_buf_printf(out, unit == 0 || value >= 10 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

/* English and Spanish both know one and other; a language with more adds its rule and more forms. */
static size_t plural_index(int64_t number)
{
    return number == 1 ? 0 : 1;
}

static enum oim_status append_form(char *forms, size_t index, struct oim_buf *out)
{
    char *form = forms;
    for (size_t i = 0; i < index && strchr(form, '|') != NULL; i++) {
        form = strchr(form, '|') + 1;
    }
    return oim_buf_append(out, form, strcspn(form, "|"));
}

static enum oim_status append_coded(const struct words *words, const char *kind,
                                    const struct local_field *field, struct oim_buf *out)
{
    struct local_field value = {.name = kind, .type = LOCAL_TEXT, .text = field->text};
    struct local_fields fields = {.items = &value, .count = 1};
    const char *text = row_find(words, kind, &fields);
    while (text != NULL && *text == '{') {
        text = strchr(text, '}') + 1; /* such rows hold a condition and plain words */
    }
    return text != NULL ? append_text(out, text)
                        : text_safe_append(out, oim_slice_text(field->text), SAFE_MARK_NEWLINES);
}

static enum oim_status append_place(const struct words *words, const struct place *place,
                                    const struct local_fields *fields, struct oim_buf *out)
{
    if (place->mark != '\0') {
        return OIM_OK;
    }
    const struct local_field *field = field_of(fields, place->name);
    assert(field != NULL); /* row_fits */
    if (place->forms != NULL) {
        return append_form(place->forms, plural_index(field->number), out);
    }
    const char *format = place->format != NULL ? place->format : "";
    if (field->type == LOCAL_TEXT) {
        return format[0] != '\0' ? append_coded(words, format, field, out)
                                 : text_safe_append(out, oim_slice_text(field->text), SAFE_MARK_NEWLINES);
    }
    char when[WHEN_TEXT_SIZE];
    if (strcmp(format, "time") == 0) {
        when_time(words->language, words->now_ms, field->number, when);
    } else if (strcmp(format, "date") == 0) {
        when_date(words->language, words->now_ms, field->number, when);
    } else if (strcmp(format, "clock") == 0) {
        when_clock(field->number, when);
    } else if (strcmp(format, "stamp") == 0) {
        when_rfc3339(field->number, when);
    } else if (strcmp(format, "duration") == 0) {
        when_duration(words->language, field->number, when);
    } else if (strcmp(format, "size") == 0) {
        return append_size(field->number, out);
    } else {
        return append_number(words, field->number, out);
    }
    return append_text(out, when);
}

static enum oim_status append_row(const struct words *words, const char *text,
                                  const struct local_fields *fields, struct oim_buf *out)
{
    while (*text != '\0') {
        size_t plain = strcspn(text, "{");
        enum oim_status status = oim_buf_append(out, text, plain);
        text += plain;
        if (status == OIM_OK && *text == '{') {
            struct place place;
            place_read(&text, &place);
            status = append_place(words, &place, fields, out);
        }
        if (status != OIM_OK) {
            return status;
        }
    }
    return OIM_OK;
}

/* A code of a newer version: what came along in words, else the code and its parameters as they are. */
static enum oim_status append_unknown(const char *code, const struct local_fields *fields,
                                      struct oim_buf *out)
{
    const char *text = local_text(fields, "text");
    enum oim_status status =
        text_safe_append(out, oim_slice_text(text[0] != '\0' ? text : code), SAFE_MARK_NEWLINES);
    for (size_t i = 0; i < fields->count && text[0] == '\0' && status == OIM_OK; i++) {
        const struct local_field *field = &fields->items[i];
        if (field->type == LOCAL_TEXT) {
            status = oim_buf_printf(out, " %s=", field->name);
            if (status == OIM_OK) {
                status = text_safe_append(out, oim_slice_text(field->text), SAFE_MARK_NEWLINES);
            }
        } else if (field->type == LOCAL_NUMBER) {
            status = oim_buf_printf(out, " %s=%lld", field->name, (long long)field->number);
        }
    }
    return status;
}

enum oim_status words_append(const struct words *words, const char *code, const struct local_fields *fields,
                             struct oim_buf *out)
{
    size_t size_before = out->size;
    const char *text = row_find(words, code, fields);
    enum oim_status status =
        text != NULL ? append_row(words, text, fields, out) : append_unknown(code, fields, out);
    if (status != OIM_OK) {
        out->size = size_before;
    }
    return status;
}

static void buf_finish(struct oim_buf *buf)
{
    oim_buf_finish(buf);
}

char *words_say(const struct words *words, const char *code, const struct local_fields *fields, char *out,
                size_t out_size)
{
    OIM_CLEANUP(buf_finish) struct oim_buf buf;
    oim_buf_init(&buf, 65536);
    if (words_append(words, code, fields, &buf) != OIM_OK) {
        return text_safe(out, out_size, oim_slice_text(code), SAFE_MARK_NEWLINES);
    }
    size_t size = buf.size < out_size ? buf.size : out_size - 1;
    while (size < buf.size && size > 0 && (buf.data[size] & 0xc0) == 0x80) {
        size--; /* cut between characters */
    }
    if (size > 0) {
        memcpy(out, buf.data, size);
    }
    out[size] = '\0';
    return out;
}

const char *words_state_code(const struct local_fields *fields)
{
    const char *state = local_text(fields, "state");
    const char *reason = local_text(fields, "reason");
    bool kept_here = strcmp(state, "queued_not_joined") == 0 && strcmp(reason, "not_joined") != 0;
    if (kept_here && reason[0] != '\0') {
        return "queued"; /* that they join will not send it */
    }
    bool judged = strcmp(state, "refused") == 0 || strcmp(state, "not_delivered") == 0 || state[0] == '\0';
    return judged && reason[0] != '\0' ? reason : state;
}
