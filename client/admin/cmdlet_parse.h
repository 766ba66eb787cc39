/*
 * cmdlet_parse.h - the lines of the cmdlet dialect as trees, before anybody knows what the cmdlets mean.
 *
 *   statement  = [$variable[.Member] =] (expression | call) {| call}
 *   call       = name {parameter | value {, value}}
 *   value      = word | "text" | $variable[.Member] | ( statement )[.Member] | { statements }
 *   expression = comparison {-and | -or comparison}             from the left, as in the original
 *   comparison = [-not] value {, value} [-eq | -like ... value {, value}]
 *
 * Which parameter takes which value is for cmdlet_bind.c, which knows the parameters.
 */
#ifndef OIM_CLIENT_ADMIN_CMDLET_PARSE_H
#define OIM_CLIENT_ADMIN_CMDLET_PARSE_H

#include "client/admin/cmdlet_lex.h"

#define CMDLET_DEPTH_MAX 32 /* brackets within brackets */

struct cmdlet_statement;

struct cmdlet_item {
    struct cmdlet_token token;
    const struct cmdlet_statement *inner; /* token BRACE_OPEN: the block; OPEN: one statement */
    struct cmdlet_item *more;             /* the values after a comma */
    struct cmdlet_item *next;
};

struct cmdlet_call {
    struct cmdlet_token name;
    struct cmdlet_item *items;
    struct cmdlet_call *next; /* behind a pipe */
};

enum cmdlet_operator {
    OPERATOR_VALUE, /* item */
    OPERATOR_NOT,   /* left */
    OPERATOR_AND,   /* left, right; so all below */
    OPERATOR_OR,
    OPERATOR_EQ,
    OPERATOR_NE,
    OPERATOR_GT,
    OPERATOR_GE,
    OPERATOR_LT,
    OPERATOR_LE,
    OPERATOR_LIKE,
    OPERATOR_NOT_LIKE,
    OPERATOR_MATCH,
    OPERATOR_NOT_MATCH,
    OPERATOR_COUNT
};

struct cmdlet_expression {
    enum cmdlet_operator operation;
    struct cmdlet_place place;
    const struct cmdlet_item *item;
    const struct cmdlet_expression *left, *right;
};

struct cmdlet_statement {
    bool assigns;
    const char *variable; /* what it assigns to; "" when a shell has eaten the name */
    const char *member;   /* of it; NULL: the whole */
    struct cmdlet_place place;
    const struct cmdlet_expression *expression; /* NULL: it begins with a call */
    const struct cmdlet_call *call;             /* NULL: an expression only */
    const struct cmdlet_statement *next;
};

/**
 * All statements of what the lexer reads.
 *
 * Ownership: the tree lives in the lexer's arena. Errors: OIM_ERR_USAGE, naming the place (lexer->unfinished:
 * more lines may mend it); OIM_ERR_LIMIT.
 */
OIM_MUST_CHECK enum oim_status cmdlet_parse(struct cmdlet_lexer *lexer, const struct cmdlet_statement **out,
                                            struct oim_error *err);

/**
 * Does the call have the blanks that the original's page has in the wrong places ("Grant -CsClientPolicy",
 * "- PolicyName")? cmdlet_call_print prints the line that was meant.
 */
bool cmdlet_call_is_torn(const struct cmdlet_call *call);

/** The call as one line that can be pasted back. Shortened with "..." where it does not fit. */
void cmdlet_call_print(const struct cmdlet_call *call, char *out, size_t out_size);
/** The same with a value put behind one of its parameters. */
void cmdlet_call_print_with(const struct cmdlet_call *call, const struct cmdlet_item *parameter,
                            const char *value, char *out, size_t out_size);

#endif
