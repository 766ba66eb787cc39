/*
 * cmdlet_parse.h - the lines of the cmdlet dialect as trees, before anybody knows what the cmdlets mean.
 *
 * A statement is [$variable =] call [| call ...]; a call is a name and its parameters and values in order.
 * Which parameter takes which value is for cmdlet_run.c, which knows the parameters.
 */
#ifndef OIM_CLIENT_ADMIN_CMDLET_PARSE_H
#define OIM_CLIENT_ADMIN_CMDLET_PARSE_H

#include "client/admin/cmdlet_lex.h"

struct cmdlet_item {
    struct cmdlet_token token;
    struct cmdlet_item *more; /* the values after a comma */
    struct cmdlet_item *next;
};

struct cmdlet_call {
    struct cmdlet_token name;
    struct cmdlet_item *items;
    struct cmdlet_call *next; /* behind a pipe */
};

struct cmdlet_statement {
    bool assigns;
    const char *variable; /* what it assigns to; "" when a shell has eaten the name */
    struct cmdlet_call *call;
    struct cmdlet_statement *next;
};

/**
 * All statements of what the lexer reads. The blanks that the original's page has in the wrong places
 * ("Grant -CsClientPolicy", "- PolicyName") are refused together with the line that was meant.
 *
 * Ownership: the tree lives in the lexer's arena. Errors: OIM_ERR_USAGE, naming the place; OIM_ERR_LIMIT.
 */
OIM_MUST_CHECK enum oim_status cmdlet_parse(struct cmdlet_lexer *lexer, struct cmdlet_statement **out,
                                            struct oim_error *err);

/** The call as one line that can be pasted back. Shortened with "..." where it does not fit. */
void cmdlet_call_print(const struct cmdlet_call *call, char *out, size_t out_size);
/** The same with a value put behind one of its parameters. */
void cmdlet_call_print_with(const struct cmdlet_call *call, const struct cmdlet_item *parameter,
                            const char *value, char *out, size_t out_size);

#endif
