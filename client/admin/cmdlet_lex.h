/*
 * cmdlet_lex.h - lines of the cmdlet dialect as tokens: words, quotes, parameters, variables, pipes.
 *
 * The letters that word processors put in place of quotes, hyphens and blanks are read as what they stand
 * for; the marks of a pasted page (quoting, fences, prompts, and the prose around the fences) are left out;
 * both are noted in mended, so that somebody can be told. Everything made here lives in the caller's arena.
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
    CMDLET_TEXT,      /* quoted: never a parameter, variable or cmdlet; also @{...}, unread */
    CMDLET_PARAMETER, /* -Name, text without the hyphen */
    CMDLET_VARIABLE,  /* $Name or $Name.Member, text without the dollar */
    CMDLET_PIPE,
    CMDLET_EQUALS,
    CMDLET_COMMA,
    CMDLET_BRACE_OPEN,
    CMDLET_BRACE_CLOSE,
    CMDLET_OPEN, /* ( */
    CMDLET_CLOSE /* ) or ).Member */
};

/* Around the names of variables in a text that expands ("for $name"): no such byte can be typed. */
#define CMDLET_EXPAND_BEGIN '\x01'
#define CMDLET_EXPAND_END '\x02'

/* Where something stands; column counts letters from 1, line is 0 when there is only one. */
struct cmdlet_place {
    unsigned line;
    unsigned column;
};

struct cmdlet_token {
    enum cmdlet_token_kind kind;
    const char *text;
    const char *member; /* VARIABLE, CLOSE: behind the dot, NULL none */
    bool attached;      /* PARAMETER: followed by ':', so the next token is its value */
    bool expands;       /* TEXT: holds variables between CMDLET_EXPAND_BEGIN and _END */
    struct cmdlet_place place;
};

/* What was mended, as bits. */
enum cmdlet_mend {
    CMDLET_MEND_BLANKS = 1,  /* non-breaking spaces */
    CMDLET_MEND_HYPHENS = 2, /* dashes */
    CMDLET_MEND_QUOTES = 4,  /* curly quotes */
    CMDLET_MEND_PAGE = 8,    /* "> " and ``` around lines */
    CMDLET_MEND_PROMPT = 16, /* "PS C:\>" in front of lines */
    CMDLET_MEND_PROSE = 32   /* lines between the fences that are no cmdlets */
};

struct cmdlet_lexer {
    struct oim_arena *arena;
    const char *cursor;
    struct cmdlet_place place;
    bool line_begins; /* nothing of this line was read yet */
    bool statement_begins;
    bool has_fences; /* somewhere: lines outside them may be prose */
    bool fenced;
    bool unfinished; /* a failure at the end of the text, which more lines may mend */
    unsigned mended;
    unsigned prose_line_count;
};

void cmdlet_lexer_init(struct cmdlet_lexer *lexer, struct oim_arena *arena, const char *text);

/**
 * The words that a shell has cut, as the line that was meant: what a shell has taken the quotes from has them
 * again. NULL when the arena is full.
 */
const char *cmdlet_line_of_words(struct oim_arena *arena, const char *const *words, size_t word_count);

/** Errors: OIM_ERR_USAGE, naming the place; OIM_ERR_LIMIT when the arena is full. */
OIM_MUST_CHECK enum oim_status cmdlet_lex_next(struct cmdlet_lexer *lexer, struct cmdlet_token *out,
                                               struct oim_error *err);

bool cmdlet_needs_quotes(const char *text); /* to be one bare word */

/** oim_fail with OIM_ERR_USAGE, the place in front: "column 12: ...", "line 3, column 12: ...". */
enum oim_status cmdlet_fail(struct oim_error *err, struct cmdlet_place place, const char *format, ...)
    OIM_PRINTF(3, 4);
enum oim_status cmdlet_fail_size(struct oim_error *err); /* the arena is full */

#endif
