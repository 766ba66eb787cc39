#include "client/admin/cmdlet_lex.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/admin/cmdlet_table.h"

enum oim_status cmdlet_fail(struct oim_error *err, struct cmdlet_place place, const char *format, ...)
{
    char sentence[OIM_ERROR_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    if (place.line != 0) {
        return oim_fail(err, OIM_ERR_USAGE, "line %u, column %u: %s", place.line, place.column, sentence);
    }
    return oim_fail(err, OIM_ERR_USAGE, "column %u: %s", place.column, sentence);
}

enum oim_status cmdlet_fail_size(struct oim_error *err)
{
    return oim_fail(err, OIM_ERR_LIMIT, "these lines are too long to be read at once; give them in parts");
}

/* ---- letters
 * --------------------------------------------------------------------------------------------------- */

enum letter_kind { LETTER_PLAIN, LETTER_BLANK, LETTER_HYPHEN, LETTER_QUOTE, LETTER_APOSTROPHE };

struct letter {
    enum letter_kind kind;
    size_t size;      /* bytes */
    bool typographic; /* not the ASCII one */
};

/* What word processors and web pages make of "-", "'", '"' and blanks. PowerShell reads them alike. */
static const struct {
    const char *bytes;
    enum letter_kind kind;
} lookalikes[] = {
    {"\xc2\xa0", LETTER_BLANK},      /* no-break space */
    {"\xe2\x80\x87", LETTER_BLANK},  /* figure space */
    {"\xe2\x80\xaf", LETTER_BLANK},  /* narrow no-break space */
    {"\xe2\x80\x90", LETTER_HYPHEN}, /* hyphen */
    {"\xe2\x80\x91", LETTER_HYPHEN}, /* non-breaking hyphen */
    {"\xe2\x80\x93", LETTER_HYPHEN}, /* en dash */
    {"\xe2\x80\x94", LETTER_HYPHEN}, /* em dash */
    {"\xe2\x88\x92", LETTER_HYPHEN}, /* minus sign */
    {"\xe2\x80\x9c", LETTER_QUOTE},  /* double quotes: left, right, low */
    {"\xe2\x80\x9d", LETTER_QUOTE},      {"\xe2\x80\x9e", LETTER_QUOTE},
    {"\xe2\x80\x98", LETTER_APOSTROPHE}, /* single quotes: left, right, low */
    {"\xe2\x80\x99", LETTER_APOSTROPHE}, {"\xe2\x80\x9a", LETTER_APOSTROPHE},
};

static struct letter letter_at(const char *text)
{
    switch (*text) {
    case ' ':
    case '\t':
    case '\r':
        return (struct letter){LETTER_BLANK, 1, false};
    case '-':
        return (struct letter){LETTER_HYPHEN, 1, false};
    case '"':
        return (struct letter){LETTER_QUOTE, 1, false};
    case '\'':
        return (struct letter){LETTER_APOSTROPHE, 1, false};
    default:
        break;
    }
    for (size_t i = 0; i < OIM_COUNT(lookalikes); i++) {
        size_t size = strlen(lookalikes[i].bytes);
        if (strncmp(text, lookalikes[i].bytes, size) == 0) {
            return (struct letter){lookalikes[i].kind, size, true};
        }
    }
    size_t size = *text != '\0' ? 1 : 0;
    while (((unsigned char)text[size] & 0xc0) == 0x80) {
        size++;
    }
    return (struct letter){LETTER_PLAIN, size, false};
}

static void note_mended(struct cmdlet_lexer *lexer, struct letter letter)
{
    static const unsigned bits[] = {
        [LETTER_BLANK] = CMDLET_MEND_BLANKS,
        [LETTER_HYPHEN] = CMDLET_MEND_HYPHENS,
        [LETTER_QUOTE] = CMDLET_MEND_QUOTES,
        [LETTER_APOSTROPHE] = CMDLET_MEND_QUOTES,
    };
    lexer->mended |= letter.typographic ? bits[letter.kind] : 0;
}

/* Step over one letter; a line's end is a letter too. */
static void step(struct cmdlet_lexer *lexer)
{
    if (*lexer->cursor == '\n') {
        lexer->cursor++;
        lexer->place.line += lexer->place.line != 0 ? 1 : 0;
        lexer->place.column = 1;
        lexer->line_begins = true;
        return;
    }
    lexer->cursor += letter_at(lexer->cursor).size;
    lexer->place.column++;
}

/* ---- a token's text, letter by letter
 * -------------------------------------------------------------------------- */

#define TOKEN_SIZE_MAX 1024 /* with the terminator; far more than any setting holds */

struct draft {
    char text[TOKEN_SIZE_MAX];
    size_t size;
    bool too_long;
};

static void draft_add(struct draft *draft, const char *bytes, size_t size)
{
    if (size >= sizeof(draft->text) - draft->size) {
        draft->too_long = true;
        return;
    }
    memcpy(draft->text + draft->size, bytes, size);
    draft->size += size;
}

static enum oim_status draft_end(struct cmdlet_lexer *lexer, const struct draft *draft,
                                 struct cmdlet_token *out, struct oim_error *err)
{
    if (draft->too_long) {
        return cmdlet_fail(err, out->place, "this is longer than the %d bytes that anything may have here",
                           TOKEN_SIZE_MAX - 1);
    }
    out->text = oim_arena_strdup(lexer->arena, oim_slice(draft->text, draft->size));
    return out->text != NULL ? OIM_OK : cmdlet_fail_size(err);
}

/* ---- blanks, comments, pasted pages
 * ---------------------------------------------------------------------------- */

static void skip_line_blanks(struct cmdlet_lexer *lexer)
{
    while (letter_at(lexer->cursor).kind == LETTER_BLANK) {
        note_mended(lexer, letter_at(lexer->cursor));
        step(lexer);
    }
}

static void skip_to_line_end(struct cmdlet_lexer *lexer)
{
    while (*lexer->cursor != '\0' && *lexer->cursor != '\n') {
        step(lexer);
    }
}

/* "PS C:\>", "PS oim>": what the original's window prints in front of each line. Its size, 0 none. */
static size_t prompt_size(const char *text)
{
    if (strncmp(text, "PS", 2) != 0 || (text[2] != ' ' && text[2] != '>')) {
        return 0;
    }
    size_t size = strcspn(text, ">\n");
    return text[size] == '>' ? size + 1 : 0;
}

/* "> " in front of lines, prompts, fences, and what stands between the fences come along when a page is
 * pasted. A line outside of the fences that begins as a cmdlet does is read all the same. */
static void skip_page_marks(struct cmdlet_lexer *lexer)
{
    skip_line_blanks(lexer);
    while (*lexer->cursor == '>') {
        lexer->mended |= CMDLET_MEND_PAGE;
        step(lexer);
        skip_line_blanks(lexer);
    }
    for (size_t size = prompt_size(lexer->cursor); size > 0; size--) {
        lexer->mended |= CMDLET_MEND_PROMPT;
        lexer->cursor++; /* a prompt's letters count one by one: columns here are for nobody */
        lexer->place.column++;
    }
    skip_line_blanks(lexer);
    if (strncmp(lexer->cursor, "```", 3) == 0) {
        lexer->mended |= CMDLET_MEND_PAGE;
        lexer->fenced = !lexer->fenced;
        skip_to_line_end(lexer);
    } else if (lexer->has_fences && !lexer->fenced && lexer->statement_begins && *lexer->cursor != '#' &&
               *lexer->cursor != '\0' && strchr("\r\n", *lexer->cursor) == NULL &&
               !cmdlet_begins(lexer->cursor)) {
        lexer->mended |= CMDLET_MEND_PROSE;
        lexer->prose_line_count++;
        skip_to_line_end(lexer);
    }
    lexer->line_begins = false;
}

static enum oim_status skip_block_comment(struct cmdlet_lexer *lexer, struct oim_error *err)
{
    struct cmdlet_place begin = lexer->place;
    while (strncmp(lexer->cursor, "#>", 2) != 0) {
        if (*lexer->cursor == '\0') {
            lexer->unfinished = true;
            return cmdlet_fail(err, begin, "this comment has no end; it ends with #>");
        }
        step(lexer);
    }
    step(lexer);
    step(lexer);
    return OIM_OK;
}

static enum oim_status skip_blanks(struct cmdlet_lexer *lexer, struct oim_error *err)
{
    for (;;) {
        struct letter letter = letter_at(lexer->cursor);
        if (lexer->line_begins) {
            skip_page_marks(lexer);
        } else if (letter.kind == LETTER_BLANK) {
            note_mended(lexer, letter);
            step(lexer);
        } else if (*lexer->cursor == '`' &&
                   (lexer->cursor[1] == '\n' || strncmp(lexer->cursor + 1, "\r\n", 2) == 0)) {
            skip_to_line_end(lexer); /* the line goes on in the next one */
            step(lexer);
            lexer->unfinished = *lexer->cursor == '\0';
        } else if (strncmp(lexer->cursor, "<#", 2) == 0) {
            enum oim_status status = skip_block_comment(lexer, err);
            if (status != OIM_OK) {
                return status;
            }
        } else if (*lexer->cursor == '#') {
            skip_to_line_end(lexer);
        } else {
            return OIM_OK;
        }
    }
}

/* ---- tokens of text
 * -------------------------------------------------------------------------------------------- */

static bool ends_word(const char *cursor)
{
    struct letter letter = letter_at(cursor);
    return letter.kind == LETTER_BLANK || letter.kind == LETTER_QUOTE || letter.kind == LETTER_APOSTROPHE ||
           *cursor == '\0' || strchr("\n|;,{}()", *cursor) != NULL;
}

static size_t name_size(const char *text)
{
    size_t size = 0;
    while (isalnum((unsigned char)text[size]) || text[size] == '_') {
        size++;
    }
    return size;
}

/* "$name" or "$($name.Member)" in double quotes, put between marks. */
static enum oim_status lex_expansion(struct cmdlet_lexer *lexer, struct draft *draft,
                                     struct cmdlet_token *out, struct oim_error *err)
{
    static const char begin = CMDLET_EXPAND_BEGIN;
    static const char end = CMDLET_EXPAND_END;
    const char *text = lexer->cursor + 1;
    bool parenthesised = strncmp(text, "($", 2) == 0;
    text += parenthesised ? 2 : 0;
    size_t size = name_size(text);
    if (parenthesised && text[size] == '.') {
        size += 1 + name_size(text + size + 1);
    }
    if (size == 0 || (parenthesised && text[size] != ')')) {
        return cmdlet_fail(err, lexer->place,
                           "in double quotes $ begins a variable: $name, or $($name.Member). For the sign "
                           "itself write `$, or single quotes");
    }
    draft_add(draft, &begin, 1);
    draft_add(draft, text, size);
    draft_add(draft, &end, 1);
    out->expands = true;
    for (const char *stop = text + size + (parenthesised ? 1 : 0); lexer->cursor < stop;) {
        step(lexer);
    }
    return OIM_OK;
}

static bool begins_expansion(const char *cursor)
{
    return *cursor == '$' && (isalpha((unsigned char)cursor[1]) || cursor[1] == '_' || cursor[1] == '(');
}

/* Quotes are doubled to stand for themselves; in double quotes a backtick does it too, and $Name is a
 * variable. */
static enum oim_status lex_quoted(struct cmdlet_lexer *lexer, struct cmdlet_token *out, struct oim_error *err)
{
    enum letter_kind quote = letter_at(lexer->cursor).kind;
    struct draft draft = {.size = 0};
    note_mended(lexer, letter_at(lexer->cursor));
    step(lexer);
    for (;;) {
        struct letter letter = letter_at(lexer->cursor);
        if (*lexer->cursor == '\0' || *lexer->cursor == '\n') {
            return cmdlet_fail(err, out->place, "this quote is not closed on its line");
        }
        if (*lexer->cursor == CMDLET_EXPAND_BEGIN || *lexer->cursor == CMDLET_EXPAND_END) {
            return cmdlet_fail(err, lexer->place, "this control character may not stand in a text");
        }
        if (quote == LETTER_QUOTE && begins_expansion(lexer->cursor)) {
            enum oim_status status = lex_expansion(lexer, &draft, out, err);
            if (status != OIM_OK) {
                return status;
            }
            continue;
        }
        if (quote == LETTER_QUOTE && *lexer->cursor == '`' && lexer->cursor[1] != '\0' &&
            lexer->cursor[1] != '\n') {
            step(lexer);
            letter = letter_at(lexer->cursor);
            draft_add(&draft, lexer->cursor, letter.size);
            step(lexer);
            continue;
        }
        if (letter.kind == quote) {
            step(lexer);
            if (letter_at(lexer->cursor).kind != quote) {
                out->kind = CMDLET_TEXT;
                return draft_end(lexer, &draft, out, err);
            }
        }
        if (letter.kind == LETTER_BLANK && letter.typographic) {
            note_mended(lexer, letter);
            draft_add(&draft, " ", 1);
        } else {
            draft_add(&draft, lexer->cursor, letter_at(lexer->cursor).size);
        }
        step(lexer);
    }
}

/* @{...}: the original's tables, which nothing here reads. */
static enum oim_status lex_table(struct cmdlet_lexer *lexer, struct cmdlet_token *out, struct oim_error *err)
{
    struct draft draft = {.size = 0};
    unsigned depth = 0;
    draft_add(&draft, "@", 1);
    step(lexer);
    do {
        if (*lexer->cursor == '\0') {
            lexer->unfinished = true;
            return cmdlet_fail(err, out->place, "this @{ has no }");
        }
        depth += *lexer->cursor == '{' ? 1 : 0;
        depth -= *lexer->cursor == '}' ? 1 : 0;
        draft_add(&draft, lexer->cursor, letter_at(lexer->cursor).size);
        step(lexer);
    } while (depth != 0);
    lexer->line_begins = false;
    out->kind = CMDLET_TEXT;
    return draft_end(lexer, &draft, out, err);
}

/* ".Member", if it stands here. */
static enum oim_status lex_member(struct cmdlet_lexer *lexer, struct cmdlet_token *out, struct oim_error *err)
{
    if (*lexer->cursor != '.') {
        return OIM_OK;
    }
    step(lexer);
    struct oim_slice name = oim_slice(lexer->cursor, name_size(lexer->cursor));
    if (name.size == 0) {
        return cmdlet_fail(err, lexer->place, "a property's name is missing behind this dot");
    }
    for (size_t i = 0; i < name.size; i++) {
        step(lexer);
    }
    out->member = oim_arena_strdup(lexer->arena, name);
    return out->member != NULL ? OIM_OK : cmdlet_fail_size(err);
}

static enum oim_status lex_variable(struct cmdlet_lexer *lexer, struct cmdlet_token *out,
                                    struct oim_error *err)
{
    step(lexer);
    struct oim_slice name = oim_slice(lexer->cursor, name_size(lexer->cursor));
    out->kind = CMDLET_VARIABLE;
    if (name.size == 0) {
        return cmdlet_fail(err, out->place, "a variable's name is missing behind this $");
    }
    for (size_t i = 0; i < name.size; i++) {
        step(lexer);
    }
    out->text = oim_arena_strdup(lexer->arena, name);
    return out->text != NULL ? lex_member(lexer, out, err) : cmdlet_fail_size(err);
}

static enum oim_status lex_bare(struct cmdlet_lexer *lexer, struct cmdlet_token *out, struct oim_error *err)
{
    struct draft draft = {.size = 0};
    while (!ends_word(lexer->cursor)) {
        struct letter letter = letter_at(lexer->cursor);
        if (out->kind == CMDLET_PARAMETER && *lexer->cursor == ':') {
            out->attached = true;
            step(lexer);
            break;
        }
        bool escape = *lexer->cursor == '`' && lexer->cursor[1] != '\0';
        if (escape) {
            step(lexer);
            letter = letter_at(lexer->cursor);
        }
        if (!escape && letter.kind == LETTER_HYPHEN && lexer->statement_begins) {
            note_mended(lexer, letter);
            draft_add(&draft, "-", 1);
        } else {
            draft_add(&draft, lexer->cursor, letter.size);
        }
        step(lexer);
    }
    return draft_end(lexer, &draft, out, err);
}

/* Signs that are tokens by themselves. */
static enum cmdlet_token_kind sign_kind(char sign)
{
    switch (sign) {
    case '\n':
    case ';':
        return CMDLET_BREAK;
    case '|':
        return CMDLET_PIPE;
    case ',':
        return CMDLET_COMMA;
    case '=':
        return CMDLET_EQUALS;
    case '{':
        return CMDLET_BRACE_OPEN;
    case '}':
        return CMDLET_BRACE_CLOSE;
    case '(':
        return CMDLET_OPEN;
    case ')':
        return CMDLET_CLOSE;
    default:
        return CMDLET_END;
    }
}

static enum oim_status lex_token(struct cmdlet_lexer *lexer, struct cmdlet_token *out, struct oim_error *err)
{
    struct letter letter = letter_at(lexer->cursor);
    out->place = lexer->place;
    if (*lexer->cursor == '\0') {
        return OIM_OK; /* out is CMDLET_END */
    }
    out->kind = sign_kind(*lexer->cursor);
    if (out->kind != CMDLET_END) {
        step(lexer);
        return out->kind == CMDLET_CLOSE ? lex_member(lexer, out, err) : OIM_OK;
    }
    if (*lexer->cursor == '$') {
        return lex_variable(lexer, out, err);
    }
    if (strncmp(lexer->cursor, "@{", 2) == 0) {
        return lex_table(lexer, out, err);
    }
    if (letter.kind == LETTER_QUOTE || letter.kind == LETTER_APOSTROPHE) {
        return lex_quoted(lexer, out, err);
    }
    out->kind = CMDLET_WORD;
    if (*lexer->cursor == '!' && strchr("($ ", lexer->cursor[1]) != NULL) {
        out->text = "!";
        step(lexer);
        return OIM_OK;
    }
    if (letter.kind == LETTER_HYPHEN && isalpha((unsigned char)lexer->cursor[letter.size])) {
        note_mended(lexer, letter);
        out->kind = CMDLET_PARAMETER;
        step(lexer);
    }
    return lex_bare(lexer, out, err);
}

/* ---- a shell's words
 * ------------------------------------------------------------------------------------------- */

bool cmdlet_needs_quotes(const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:@/\\+%*-";
    return text[0] == '\0' || text[strspn(text, plain)] != '\0';
}

/* Signs, blocks and variables come out of a shell's quotes as they went in. */
static bool is_raw(const char *word)
{
    static const char *const signs[] = {"|", ";", "=", "?", ","};
    for (size_t i = 0; i < OIM_COUNT(signs); i++) {
        if (strcmp(word, signs[i]) == 0) {
            return true;
        }
    }
    size_t size = word[0] == '$' ? 1 + name_size(word + 1) : 0;
    size += size > 1 && word[size] == '.' ? 1 + name_size(word + size + 1) : 0;
    bool list = strpbrk(word, " \t\n'\"`$;|&(){}#<>") == NULL && strchr(word, ',') != NULL;
    return word[0] == '{' || list || (size > 1 && word[size] == '\0') || !cmdlet_needs_quotes(word);
}

static const char *quoted(struct oim_arena *arena, const char *word)
{
    const char *out = "'";
    while (out != NULL && *word != '\0') {
        size_t size = strcspn(word, "'");
        out = oim_arena_printf(arena, "%s%.*s%s", out, (int)size, word, word[size] != '\0' ? "''" : "");
        word += size + (word[size] != '\0' ? 1 : 0);
    }
    return out != NULL ? oim_arena_printf(arena, "%s'", out) : NULL;
}

const char *cmdlet_line_of_words(struct oim_arena *arena, const char *const *words, size_t word_count)
{
    const char *line = "";
    for (size_t i = 0; i < word_count && line != NULL; i++) {
        const char *word = words[i];
        struct letter first = letter_at(word);
        const char *colon = strchr(word, ':');
        bool parameter = first.kind == LETTER_HYPHEN && isalpha((unsigned char)word[first.size]);
        size_t head = parameter ? (colon != NULL ? (size_t)(colon - word) + 1 : strlen(word)) : 0;
        const char *value = word + head;
        if (!(head > 0 && value[0] == '\0') && !is_raw(value)) {
            value = quoted(arena, value);
        }
        line = value == NULL
                   ? NULL
                   : oim_arena_printf(arena, "%s%s%.*s%s", line, i > 0 ? " " : "", (int)head, word, value);
    }
    return line;
}

/* ---------------------------------------------------------------------------------------------------------
 */

/* Does a page that was cut out between its fences begin inside of them? */
static bool begins_fenced(const char *text)
{
    return cmdlet_begins(text + strspn(text, " \t\r\n>"));
}

void cmdlet_lexer_init(struct cmdlet_lexer *lexer, struct oim_arena *arena, const char *text)
{
    size_t size = strlen(text);
    const char *line_end = strchr(text, '\n');
    bool several = line_end != NULL && line_end + 1 < text + size;
    *lexer = (struct cmdlet_lexer){
        .arena = arena,
        .cursor = text,
        .place = {.line = several ? 1 : 0, .column = 1},
        .line_begins = true,
        .statement_begins = true,
        .has_fences = strstr(text, "```") != NULL,
        .fenced = begins_fenced(text),
    };
}

#define BEFORE_STATEMENTS \
    (BIT(CMDLET_BREAK) | BIT(CMDLET_PIPE) | BIT(CMDLET_EQUALS) | BIT(CMDLET_BRACE_OPEN) | BIT(CMDLET_OPEN))

enum oim_status cmdlet_lex_next(struct cmdlet_lexer *lexer, struct cmdlet_token *out, struct oim_error *err)
{
    struct cmdlet_token token = {.kind = CMDLET_END, .text = ""};
    enum oim_status status = skip_blanks(lexer, err);
    status = status != OIM_OK ? status : lex_token(lexer, &token, err);
    if (status != OIM_OK) {
        return status;
    }
    lexer->statement_begins = (BIT(token.kind) & BEFORE_STATEMENTS) != 0;
    *out = token;
    return OIM_OK;
}
