#include "client/admin/cmdlet_lex.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

/* "> " in front of lines, and lines that only fence code, come along when a page is pasted. */
static void skip_page_marks(struct cmdlet_lexer *lexer)
{
    while (letter_at(lexer->cursor).kind == LETTER_BLANK) {
        note_mended(lexer, letter_at(lexer->cursor));
        step(lexer);
    }
    while (*lexer->cursor == '>') {
        lexer->mended |= CMDLET_MEND_PAGE;
        step(lexer);
        while (letter_at(lexer->cursor).kind == LETTER_BLANK) {
            step(lexer);
        }
    }
    if (strncmp(lexer->cursor, "```", 3) == 0) {
        lexer->mended |= CMDLET_MEND_PAGE;
        while (*lexer->cursor != '\0' && *lexer->cursor != '\n') {
            step(lexer);
        }
    }
    lexer->line_begins = false;
}

static enum oim_status skip_block_comment(struct cmdlet_lexer *lexer, struct oim_error *err)
{
    struct cmdlet_place begin = lexer->place;
    while (strncmp(lexer->cursor, "#>", 2) != 0) {
        if (*lexer->cursor == '\0') {
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
            while (*lexer->cursor != '\n') { /* the line goes on in the next one */
                step(lexer);
            }
            step(lexer);
        } else if (strncmp(lexer->cursor, "<#", 2) == 0) {
            enum oim_status status = skip_block_comment(lexer, err);
            if (status != OIM_OK) {
                return status;
            }
        } else if (*lexer->cursor == '#') {
            while (*lexer->cursor != '\0' && *lexer->cursor != '\n') {
                step(lexer);
            }
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
        if (quote == LETTER_QUOTE && *lexer->cursor == '$' &&
            (isalpha((unsigned char)lexer->cursor[1]) || lexer->cursor[1] == '_' ||
             lexer->cursor[1] == '(')) {
            return cmdlet_fail(
                err, lexer->place,
                "in double quotes $ begins a variable, which has no value here; write it in single "
                "quotes, or `$ for the sign itself");
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

static enum oim_status lex_block(struct cmdlet_lexer *lexer, struct cmdlet_token *out, struct oim_error *err)
{
    struct draft draft = {.size = 0};
    unsigned depth = 0;
    do {
        if (*lexer->cursor == '\0') {
            return cmdlet_fail(err, out->place, "this { has no }");
        }
        depth += *lexer->cursor == '{' ? 1 : 0;
        depth -= *lexer->cursor == '}' ? 1 : 0;
        draft_add(&draft, lexer->cursor, letter_at(lexer->cursor).size);
        step(lexer);
    } while (depth != 0);
    out->kind = CMDLET_BLOCK;
    lexer->line_begins = false;
    return draft_end(lexer, &draft, out, err);
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
        if (out->kind == CMDLET_VARIABLE && !isalnum((unsigned char)*lexer->cursor) &&
            *lexer->cursor != '_') {
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

static enum oim_status lex_text(struct cmdlet_lexer *lexer, struct cmdlet_token *out, struct oim_error *err)
{
    enum oim_status status = skip_blanks(lexer, err);
    if (status != OIM_OK) {
        return status;
    }
    out->place = lexer->place;
    struct letter letter = letter_at(lexer->cursor);
    switch (*lexer->cursor) {
    case '\0':
        return OIM_OK; /* out is CMDLET_END */
    case '\n':
    case ';':
        out->kind = CMDLET_BREAK;
        step(lexer);
        return OIM_OK;
    case '|':
        out->kind = CMDLET_PIPE;
        step(lexer);
        return OIM_OK;
    case ',':
        out->kind = CMDLET_COMMA;
        step(lexer);
        return OIM_OK;
    case '=':
        out->kind = CMDLET_EQUALS;
        step(lexer);
        return OIM_OK;
    case '{':
        return lex_block(lexer, out, err);
    case '}':
    case '(':
    case ')':
        return cmdlet_fail(err, out->place, "'%c' is not understood here; write the value itself",
                           *lexer->cursor);
    case '$':
        out->kind = CMDLET_VARIABLE;
        step(lexer);
        return lex_bare(lexer, out, err);
    default:
        break;
    }
    if (letter.kind == LETTER_QUOTE || letter.kind == LETTER_APOSTROPHE) {
        return lex_quoted(lexer, out, err);
    }
    out->kind = CMDLET_WORD;
    if (letter.kind == LETTER_HYPHEN && isalpha((unsigned char)lexer->cursor[letter.size])) {
        note_mended(lexer, letter);
        out->kind = CMDLET_PARAMETER;
        step(lexer);
    }
    return lex_bare(lexer, out, err);
}

/* ---- tokens of words
 * ------------------------------------------------------------------------------------------- */

static bool is_variable(const char *word)
{
    if (word[0] != '$' || word[1] == '\0') {
        return false;
    }
    for (word++; *word != '\0'; word++) {
        if (!isalnum((unsigned char)*word) && *word != '_') {
            return false;
        }
    }
    return true;
}

static void lex_value_word(const char *word, struct cmdlet_token *out)
{
    out->kind = is_variable(word) ? CMDLET_VARIABLE : CMDLET_WORD;
    out->text = is_variable(word) ? word + 1 : word;
}

static enum oim_status lex_word(struct cmdlet_lexer *lexer, struct cmdlet_token *out, struct oim_error *err)
{
    if (lexer->attached != NULL) {
        lex_value_word(lexer->attached, out);
        lexer->attached = NULL;
        return OIM_OK;
    }
    if (lexer->word_index == lexer->word_count) {
        return OIM_OK; /* out is CMDLET_END */
    }
    const char *word = lexer->words[lexer->word_index++];
    struct letter first = letter_at(word);
    lexer->place.column += (unsigned)strlen(word) + 1;
    if (strcmp(word, "|") == 0) {
        out->kind = CMDLET_PIPE;
    } else if (strcmp(word, ";") == 0) {
        out->kind = CMDLET_BREAK;
    } else if (strcmp(word, "=") == 0) {
        out->kind = CMDLET_EQUALS;
    } else if (word[0] == '{') {
        out->kind = CMDLET_BLOCK;
        out->text = word;
    } else if (first.kind == LETTER_HYPHEN && isalpha((unsigned char)word[first.size])) {
        note_mended(lexer, first);
        const char *colon = strchr(word, ':');
        out->kind = CMDLET_PARAMETER;
        out->attached = colon != NULL;
        out->text = oim_arena_strdup(
            lexer->arena, oim_slice(word + first.size, colon != NULL ? (size_t)(colon - word) - first.size
                                                                     : strlen(word) - first.size));
        lexer->attached = colon != NULL && colon[1] != '\0' ? colon + 1 : NULL;
        return out->text != NULL ? OIM_OK : cmdlet_fail_size(err);
    } else {
        lex_value_word(word, out);
    }
    return OIM_OK;
}

/* ----------------------------------------------------------------------------------------------------------------
 */

void cmdlet_lexer_init_text(struct cmdlet_lexer *lexer, struct oim_arena *arena, const char *text)
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
    };
}

void cmdlet_lexer_init_words(struct cmdlet_lexer *lexer, struct oim_arena *arena, const char *const *words,
                             size_t word_count)
{
    *lexer = (struct cmdlet_lexer){
        .arena = arena,
        .words = words,
        .word_count = word_count,
        .place = {.line = 0, .column = 1},
        .statement_begins = true,
    };
}

enum oim_status cmdlet_lex_next(struct cmdlet_lexer *lexer, struct cmdlet_token *out, struct oim_error *err)
{
    struct cmdlet_token token = {.kind = CMDLET_END, .text = "", .place = lexer->place};
    enum oim_status status =
        lexer->words != NULL ? lex_word(lexer, &token, err) : lex_text(lexer, &token, err);
    if (status != OIM_OK) {
        return status;
    }
    lexer->statement_begins =
        token.kind == CMDLET_BREAK || token.kind == CMDLET_PIPE || token.kind == CMDLET_EQUALS;
    *out = token;
    return OIM_OK;
}
