/*
 * cmdlet_lex.h - lines of the cmdlet dialect as tokens: words, quotes, parameters, variables, pipes.
 *
 * Reads either text (-c, files, pasted pages) or the words that a shell has already cut. The letters that
 * word processors put in place of quotes, hyphens and blanks are read as what they stand for, and counted in
 * mended, so that somebody can be told. Everything made here lives in the caller's arena.
 */
#ifndef OIM_CLIENT_ADMIN_CMDLET_LEX_H
#define OIM_CLIENT_ADMIN_CMDLET_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/error.h"

enum cmdlet_token_kind {
    CMDLET_END,       /* of everything */
    CMDLET_BREAK,     /* of a line; also ; */
    CMDLET_WORD,      /* bare */
    CMDLET_TEXT,      /* quoted: never a parameter, variable or cmdlet */
    CMDLET_PARAMETER, /* -Name, text without the hyphen */
    CMDLET_VARIABLE,  /* $Name, text without the dollar */
    CMDLET_BLOCK,     /* {...}, text with the braces */
    CMDLET_PIPE,
    CMDLET_EQUALS,
    CMDLET_COMMA
};

/* Where something stands; column counts letters from 1, line is 0 when there is only one. */
struct cmdlet_place {
    unsigned line;
    unsigned column;
};

struct cmdlet_token {
    enum cmdlet_token_kind kind;
    const char *text;
    bool attached; /* PARAMETER: followed by ':', so the next token is its value */
    struct cmdlet_place place;
};

/* What was mended, as bits. */
enum cmdlet_mend {
    CMDLET_MEND_BLANKS = 1,  /* non-breaking spaces */
    CMDLET_MEND_HYPHENS = 2, /* dashes */
    CMDLET_MEND_QUOTES = 4,  /* curly quotes */
    CMDLET_MEND_PAGE = 8     /* "> " and ``` around lines */
};

struct cmdlet_lexer {
    struct oim_arena *arena;
    const char *cursor; /* text; NULL when reading words */
    const char *const *words;
    size_t word_count;
    size_t word_index;
    struct cmdlet_place place;
    bool line_begins; /* nothing of this line was read yet */
    bool statement_begins;
    const char *attached; /* words: the value in -Name:value, to be read next */
    unsigned mended;
};

void cmdlet_lexer_init_text(struct cmdlet_lexer *lexer, struct oim_arena *arena, const char *text);
void cmdlet_lexer_init_words(struct cmdlet_lexer *lexer, struct oim_arena *arena, const char *const *words,
                             size_t word_count);

/** Errors: OIM_ERR_USAGE, naming the place; OIM_ERR_LIMIT when the arena is full. */
OIM_MUST_CHECK enum oim_status cmdlet_lex_next(struct cmdlet_lexer *lexer, struct cmdlet_token *out,
                                               struct oim_error *err);

/** oim_fail with OIM_ERR_USAGE, the place in front: "column 12: ...", "line 3, column 12: ...". */
enum oim_status cmdlet_fail(struct oim_error *err, struct cmdlet_place place, const char *format, ...)
    OIM_PRINTF(3, 4);
enum oim_status cmdlet_fail_size(struct oim_error *err); /* the arena is full */

#endif
