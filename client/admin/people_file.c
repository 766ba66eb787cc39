/*
 * people_file.c - see people_file.h.
 */
#include "client/admin/people_file.h"

#include <string.h>
#include <strings.h>

#include "proto/handshake.h"
#include "proto/names.h"

enum column { COLUMN_LOGIN, COLUMN_DISPLAY, COLUMN_TEAM, COLUMN_MAIL, COLUMN_ROLE, COLUMN_COUNT };

static const char *const column_names[COLUMN_COUNT] = {"login", "display", "team", "mail", "role"};

struct reading {
    const char *at; /* what is still to be read; terminated */
    char separator;
    size_t line; /* of the record at hand */
    size_t next_line;
    struct oim_arena *arena;
    people_complain *complain;
    void *context;
    bool failed;
    bool no_memory;
    enum column order[COLUMN_COUNT];
    size_t column_count;
};

static void fail(struct reading *reading, const char *code, const char *value)
{
    reading->complain(reading->context, reading->line, code, value);
    reading->failed = true;
}

/* Without blanks around it. Modifies text. */
static const char *trimmed(char *text)
{
    while (*text == ' ' || *text == '\t') {
        text++;
    }
    size_t size = strlen(text);
    while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\t')) {
        size--;
    }
    text[size] = '\0';
    return text;
}

static bool at_end_of_record(const char *at)
{
    return *at == '\0' || *at == '\n' || (at[0] == '\r' && (at[1] == '\n' || at[1] == '\0'));
}

/* One field, quotes taken off; leaves reading->at on what parts it from the next. NULL: no memory. */
static const char *field_read(struct reading *reading)
{
    size_t room = strlen(reading->at) + 1;
    const char *end = strchr(reading->at, reading->at[0] == '"' ? '\0' : '\n');
    room = end != NULL ? (size_t)(end - reading->at) + 1 : room;
    char *out = oim_arena_alloc(reading->arena, room);
    size_t size = 0;
    if (out == NULL) {
        reading->no_memory = true;
        return NULL;
    }
    if (reading->at[0] != '"') {
        while (*reading->at != reading->separator && !at_end_of_record(reading->at)) {
            out[size++] = *reading->at++;
        }
        out[size] = '\0';
        return trimmed(out);
    }
    reading->at++;
    while (*reading->at != '\0' && (reading->at[0] != '"' || reading->at[1] == '"')) {
        reading->at += reading->at[0] == '"';
        reading->next_line += *reading->at == '\n';
        out[size++] = *reading->at++;
    }
    out[size] = '\0';
    if (*reading->at == '\0') {
        fail(reading, "people_quote", "");
        return out;
    }
    reading->at++;
    while (*reading->at == ' ' || *reading->at == '\t') {
        reading->at++;
    }
    if (*reading->at != reading->separator && !at_end_of_record(reading->at)) {
        fail(reading, "people_quote", "");
        reading->at += strcspn(reading->at, "\n");
    }
    return out;
}

/* The next record's fields as they stand. Returns how many; 0: the end, or no memory. */
static size_t record_read(struct reading *reading, const char *out[COLUMN_COUNT])
{
    size_t count = 0;
    if (*reading->at == '\0') {
        return 0;
    }
    reading->line = reading->next_line++;
    for (;;) {
        const char *field = field_read(reading);
        if (field == NULL) {
            return 0;
        }
        if (count < COLUMN_COUNT) {
            out[count] = field;
        } else if (field[0] != '\0') {
            fail(reading, "people_columns", field);
        }
        count++;
        if (at_end_of_record(reading->at)) {
            break;
        }
        reading->at++;
    }
    reading->at += *reading->at == '\r';
    reading->at += *reading->at == '\n';
    return count < COLUMN_COUNT ? count : COLUMN_COUNT;
}

static int column_of(const char *name)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        if (strcasecmp(column_names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

/* Is this record the line that names the columns? Then that is their order from here on. */
static bool header_take(struct reading *reading, const char *const *fields, size_t count)
{
    bool has_login = false;
    for (size_t i = 0; i < count; i++) {
        has_login = has_login || strcasecmp(fields[i], column_names[COLUMN_LOGIN]) == 0;
    }
    for (size_t i = 0; i < count && has_login; i++) {
        int column = column_of(fields[i]);
        if (column < 0) {
            fail(reading, "people_column", fields[i]);
            column = COLUMN_MAIL; /* so that the other lines are looked at too */
        }
        reading->order[i] = (enum column)column;
        reading->column_count = i + 1;
    }
    return has_login;
}

static void person_take(struct reading *reading, const char *const *fields, size_t count,
                        struct people_line *out)
{
    const char *values[COLUMN_COUNT] = {"", "", "", "", ""};
    for (size_t i = 0; i < count && i < reading->column_count; i++) {
        values[reading->order[i]] = fields[i];
    }
    *out = (struct people_line){.line = reading->line,
                                .login = values[COLUMN_LOGIN],
                                .display = values[COLUMN_DISPLAY],
                                .team = values[COLUMN_TEAM],
                                .mail = values[COLUMN_MAIL],
                                .role = ROLE_USER};
    if (out->display[0] == '\0') {
        out->display = out->login;
    }
    if (!login_valid(out->login)) {
        fail(reading, "people_login", out->login);
    } else if (!name_valid(out->display)) {
        fail(reading, "people_display", out->display);
    }
    if (out->team[0] != '\0' && (strlen(out->team) > TEAM_SIZE_MAX || !name_valid(out->team))) {
        fail(reading, "people_team", out->team);
    }
    if (strpbrk(out->mail, "\r\n") != NULL) {
        fail(reading, "people_mail", "");
    }
    if (values[COLUMN_ROLE][0] != '\0') {
        out->role = role_from_name(values[COLUMN_ROLE]);
        if (out->role == ROLE_NONE) {
            fail(reading, "people_role", values[COLUMN_ROLE]);
        }
    }
}

static bool is_blank(const char *const *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i][0] != '\0') {
            return false;
        }
    }
    return true;
}

/* Complains about the first line that is not UTF-8, or holds a NUL, as UTF-16 does. */
static bool encoding_check(struct reading *reading, struct oim_slice text)
{
    size_t line = 1;
    for (size_t start = 0; start < text.size; line++) {
        const uint8_t *at = text.data + start;
        const uint8_t *end = memchr(at, '\n', text.size - start);
        size_t size = end != NULL ? (size_t)(end - at) + 1 : text.size - start;
        if (!oim_utf8_valid(at, size) || memchr(at, '\0', size) != NULL) {
            reading->line = line;
            fail(reading, "people_encoding", "");
            return false;
        }
        start += size;
    }
    return true;
}

enum oim_status people_file_read(struct oim_slice text, struct oim_arena *arena, people_complain *complain,
                                 void *context, struct people_line **out, size_t *out_count)
{
    static const char mark[] = "\xEF\xBB\xBF"; /* some editors put it in front of UTF-8 */
    const char *copy = oim_arena_strdup(arena, text);
    struct people_line *people = oim_arena_zalloc(arena, PEOPLE_FILE_LINES_MAX, sizeof(*people));
    if (copy == NULL || people == NULL) {
        return OIM_ERR_LIMIT;
    }
    struct reading reading = {.at = copy + (strncmp(copy, mark, 3) == 0 ? 3 : 0),
                              .next_line = 1,
                              .arena = arena,
                              .complain = complain,
                              .context = context,
                              .order = {COLUMN_LOGIN, COLUMN_DISPLAY, COLUMN_TEAM, COLUMN_MAIL, COLUMN_ROLE},
                              .column_count = COLUMN_COUNT};
    if (!encoding_check(&reading, text)) {
        return OIM_ERR_USAGE;
    }
    size_t first_size = strcspn(reading.at, "\n");
    bool commas = memchr(reading.at, ',', first_size) != NULL;
    reading.separator = !commas && memchr(reading.at, ';', first_size) != NULL ? ';' : ',';
    const char *fields[COLUMN_COUNT];
    size_t count = 0;
    bool first = true;
    for (size_t n = record_read(&reading, fields); n > 0; n = record_read(&reading, fields)) {
        bool skip = is_blank(fields, n) || (first && header_take(&reading, fields, n));
        first = first && is_blank(fields, n);
        if (skip) {
            continue;
        }
        if (count == PEOPLE_FILE_LINES_MAX) {
            return OIM_ERR_LIMIT;
        }
        person_take(&reading, fields, n, &people[count]);
        for (size_t i = 0; i < count; i++) {
            if (people[count].login[0] != '\0' && strcmp(people[i].login, people[count].login) == 0) {
                fail(&reading, "people_twice", people[count].login);
                break;
            }
        }
        count++;
    }
    if (reading.no_memory) {
        return OIM_ERR_LIMIT;
    }
    if (count == 0 && !reading.failed) {
        fail(&reading, "people_nobody", "");
    }
    if (reading.failed) {
        return OIM_ERR_USAGE;
    }
    *out = people;
    *out_count = count;
    return OIM_OK;
}
