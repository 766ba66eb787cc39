#include "client/admin/cmdlet_parse.h"

#include <string.h>

#include "policy/name.h"

#define COMPARISON_COUNT_MAX 256

struct parser {
    struct cmdlet_lexer *lexer;
    struct cmdlet_token token; /* the next one, not yet used */
    unsigned depth;
};

static enum oim_status parse_statements(struct parser *parser, const struct cmdlet_statement **out,
                                        struct oim_error *err);
static enum oim_status parse_statement(struct parser *parser, struct cmdlet_statement **out,
                                       struct oim_error *err);

static enum oim_status advance(struct parser *parser, struct oim_error *err)
{
    return cmdlet_lex_next(parser->lexer, &parser->token, err);
}

static enum oim_status skip_breaks(struct parser *parser, struct oim_error *err)
{
    enum oim_status status = OIM_OK;
    while (status == OIM_OK && parser->token.kind == CMDLET_BREAK) {
        status = advance(parser, err);
    }
    return status;
}

/* A failure where the text ends may be mended by more of it. */
static enum oim_status fail_here(struct parser *parser, const char *what, struct oim_error *err)
{
    parser->lexer->unfinished = parser->token.kind == CMDLET_END;
    return cmdlet_fail(err, parser->token.place, "%s", what);
}

static bool is_value(enum cmdlet_token_kind kind)
{
    static const unsigned values = BIT(CMDLET_WORD) | BIT(CMDLET_TEXT) | BIT(CMDLET_VARIABLE) |
                                   BIT(CMDLET_BRACE_OPEN) | BIT(CMDLET_OPEN);
    return (BIT(kind) & values) != 0;
}

/* What stands between brackets; the opening one is the parser's token. */
static enum oim_status parse_inner(struct parser *parser, struct cmdlet_item *item, struct oim_error *err)
{
    bool block = item->token.kind == CMDLET_BRACE_OPEN;
    if (parser->depth == CMDLET_DEPTH_MAX) {
        return cmdlet_fail(err, item->token.place, "at most %d brackets may stand in one another",
                           CMDLET_DEPTH_MAX);
    }
    parser->depth++;
    enum oim_status status = advance(parser, err);
    if (status == OIM_OK && block) {
        status = parse_statements(parser, &item->inner, err);
    } else if (status == OIM_OK) {
        struct cmdlet_statement *inner = NULL;
        status = skip_breaks(parser, err);
        status = status != OIM_OK ? status : parse_statement(parser, &inner, err);
        status = status != OIM_OK ? status : skip_breaks(parser, err);
        item->inner = inner;
    }
    if (status != OIM_OK) {
        return status;
    }
    parser->depth--;
    if (parser->token.kind != (block ? CMDLET_BRACE_CLOSE : CMDLET_CLOSE)) {
        parser->lexer->unfinished = parser->token.kind == CMDLET_END;
        return cmdlet_fail(err, item->token.place, block ? "this { has no }" : "this ( has no )");
    }
    item->token.member = parser->token.member;
    return advance(parser, err);
}

/* On failure *out is NULL or the item. */
static enum oim_status take_item(struct parser *parser, struct cmdlet_item **out, struct oim_error *err)
{
    struct cmdlet_item *item = oim_arena_zalloc(parser->lexer->arena, 1, sizeof(*item));
    if (item == NULL) {
        return cmdlet_fail_size(err);
    }
    item->token = parser->token;
    *out = item;
    if (item->token.kind == CMDLET_BRACE_OPEN || item->token.kind == CMDLET_OPEN) {
        return parse_inner(parser, item, err);
    }
    return advance(parser, err);
}

/* One parameter, or one value with those that follow it behind commas. */
static enum oim_status parse_item(struct parser *parser, struct cmdlet_item **out, struct oim_error *err)
{
    enum oim_status status = take_item(parser, out, err);
    struct cmdlet_item *last = *out;
    while (status == OIM_OK && is_value(last->token.kind) && parser->token.kind == CMDLET_COMMA) {
        struct cmdlet_place comma = parser->token.place;
        status = advance(parser, err);
        status = status != OIM_OK ? status : skip_breaks(parser, err);
        if (status == OIM_OK && !is_value(parser->token.kind)) {
            parser->lexer->unfinished = parser->token.kind == CMDLET_END;
            return cmdlet_fail(err, comma, "a value is missing behind this comma");
        }
        if (status == OIM_OK) {
            status = take_item(parser, &last->more, err);
            last = last->more;
        }
    }
    return status;
}

static enum oim_status parse_call(struct parser *parser, const struct cmdlet_call **out,
                                  struct cmdlet_call **out_call, struct oim_error *err)
{
    if (parser->token.kind == CMDLET_PARAMETER) {
        return cmdlet_fail(err, parser->token.place,
                           "a line begins with a cmdlet, not with the parameter -%s", parser->token.text);
    }
    if (parser->token.kind != CMDLET_WORD) {
        return fail_here(parser, "a cmdlet such as Set-CsClientPolicy is missing here", err);
    }
    struct cmdlet_call *call = oim_arena_zalloc(parser->lexer->arena, 1, sizeof(*call));
    if (call == NULL) {
        return cmdlet_fail_size(err);
    }
    call->name = parser->token;
    struct cmdlet_item **last = &call->items;
    enum oim_status status = advance(parser, err);
    while (status == OIM_OK && (is_value(parser->token.kind) || parser->token.kind == CMDLET_PARAMETER)) {
        status = parse_item(parser, last, err);
        last = status == OIM_OK ? &(*last)->next : last;
    }
    if (status == OIM_OK) {
        *out = call;
        *out_call = call;
    }
    return status;
}

/* ---- expressions ---- */

static const struct {
    const char *name;
    enum cmdlet_operator operation;
} operators[] = {
    {"eq", OPERATOR_EQ},
    {"ne", OPERATOR_NE},
    {"gt", OPERATOR_GT},
    {"ge", OPERATOR_GE},
    {"lt", OPERATOR_LT},
    {"le", OPERATOR_LE},
    {"like", OPERATOR_LIKE},
    {"match", OPERATOR_MATCH},
    {"notlike", OPERATOR_NOT_LIKE},
    {"notmatch", OPERATOR_NOT_MATCH},
    {"and", OPERATOR_AND},
    {"or", OPERATOR_OR},
};

static const char *operator_at(const void *table, size_t index)
{
    (void)table;
    return index < OIM_COUNT(operators) ? operators[index].name : NULL;
}

static enum oim_status find_operator(struct parser *parser, enum cmdlet_operator *out, struct oim_error *err)
{
    for (size_t i = 0; i < OIM_COUNT(operators); i++) {
        if (name_equal(operators[i].name, parser->token.text)) {
            *out = operators[i].operation;
            return OIM_OK;
        }
    }
    char list[128];
    name_list("", operator_at, NULL, list, sizeof(list));
    return cmdlet_fail(err, parser->token.place, "-%.32s does not compare anything; there are: %s",
                       parser->token.text, list);
}

static struct cmdlet_expression *expression_new(struct parser *parser, enum cmdlet_operator operation)
{
    struct cmdlet_expression *expression = oim_arena_zalloc(parser->lexer->arena, 1, sizeof(*expression));
    if (expression != NULL) {
        expression->operation = operation;
        expression->place = parser->token.place;
    }
    return expression;
}

static bool is_not(const struct cmdlet_token *token)
{
    return (token->kind == CMDLET_PARAMETER && name_equal(token->text, "not")) ||
           (token->kind == CMDLET_WORD && strcmp(token->text, "!") == 0);
}

static enum oim_status parse_operand(struct parser *parser, const struct cmdlet_expression **out,
                                     struct oim_error *err)
{
    struct cmdlet_item *item = NULL;
    if (!is_value(parser->token.kind)) {
        return fail_here(parser, "a value is missing here, such as $_.Team or \"text\"", err);
    }
    struct cmdlet_expression *operand = expression_new(parser, OPERATOR_VALUE);
    if (operand == NULL) {
        return cmdlet_fail_size(err);
    }
    enum oim_status status = parse_item(parser, &item, err);
    operand->item = item;
    *out = operand;
    return status;
}

static enum oim_status parse_comparison(struct parser *parser, const struct cmdlet_expression **out,
                                        struct oim_error *err)
{
    struct cmdlet_expression *compared = NULL;
    enum cmdlet_operator operation = OPERATOR_AND;
    unsigned not_count = 0;
    enum oim_status status = OIM_OK;
    for (; status == OIM_OK && is_not(&parser->token); not_count++) {
        status = advance(parser, err);
    }
    status = status != OIM_OK ? status : parse_operand(parser, out, err);
    if (status == OIM_OK && parser->token.kind == CMDLET_PARAMETER) {
        status = find_operator(parser, &operation, err);
    }
    if (status == OIM_OK && operation != OPERATOR_AND && operation != OPERATOR_OR) {
        compared = expression_new(parser, operation);
        if (compared == NULL) {
            return cmdlet_fail_size(err);
        }
        compared->left = *out;
        *out = compared;
        status = advance(parser, err);
        status = status != OIM_OK ? status : parse_operand(parser, &compared->right, err);
    }
    if (status == OIM_OK && not_count % 2 == 1) {
        struct cmdlet_expression *negated = expression_new(parser, OPERATOR_NOT);
        if (negated == NULL) {
            return cmdlet_fail_size(err);
        }
        negated->left = *out;
        *out = negated;
    }
    return status;
}

static enum oim_status parse_expression(struct parser *parser, const struct cmdlet_expression **out,
                                        struct oim_error *err)
{
    enum oim_status status = parse_comparison(parser, out, err);
    for (unsigned count = 1; status == OIM_OK && parser->token.kind == CMDLET_PARAMETER; count++) {
        enum cmdlet_operator operation = OPERATOR_AND;
        if (count == COMPARISON_COUNT_MAX) {
            return cmdlet_fail(err, parser->token.place, "at most %d comparisons may be joined",
                               COMPARISON_COUNT_MAX);
        }
        status = find_operator(parser, &operation, err);
        if (status != OIM_OK) {
            return status;
        }
        if (operation != OPERATOR_AND && operation != OPERATOR_OR) {
            return cmdlet_fail(err, parser->token.place, "-%s compares again; put brackets around the first",
                               parser->token.text);
        }
        struct cmdlet_expression *joined = expression_new(parser, operation);
        if (joined == NULL) {
            return cmdlet_fail_size(err);
        }
        joined->left = *out;
        *out = joined;
        status = advance(parser, err);
        status = status != OIM_OK ? status : skip_breaks(parser, err);
        status = status != OIM_OK ? status : parse_comparison(parser, &joined->right, err);
    }
    return status;
}

/* ---- statements ---- */

/* Is a variable the target of an assignment, or the begin of an expression? */
static enum oim_status parse_begin(struct parser *parser, struct cmdlet_statement *statement,
                                   struct oim_error *err)
{
    struct cmdlet_lexer before = *parser->lexer;
    struct cmdlet_token first = parser->token;
    enum oim_status status = OIM_OK;
    if (first.kind == CMDLET_VARIABLE) {
        status = advance(parser, err);
    }
    if (status != OIM_OK || parser->token.kind == CMDLET_EQUALS) {
        statement->assigns = true;
        statement->variable = first.kind == CMDLET_VARIABLE ? first.text : "";
        statement->member = first.member;
        return status != OIM_OK ? status : advance(parser, err);
    }
    *parser->lexer = before;
    parser->token = first;
    return OIM_OK;
}

static bool begins_expression(const struct cmdlet_token *token)
{
    static const unsigned kinds = BIT(CMDLET_VARIABLE) | BIT(CMDLET_TEXT) | BIT(CMDLET_OPEN);
    return (BIT(token->kind) & kinds) != 0 || is_not(token) ||
           (token->kind == CMDLET_WORD && token->text[0] >= '0' && token->text[0] <= '9');
}

static enum oim_status parse_statement(struct parser *parser, struct cmdlet_statement **out,
                                       struct oim_error *err)
{
    struct cmdlet_statement *statement = oim_arena_zalloc(parser->lexer->arena, 1, sizeof(*statement));
    if (statement == NULL) {
        return cmdlet_fail_size(err);
    }
    statement->place = parser->token.place;
    enum oim_status status = OIM_OK;
    if (parser->token.kind == CMDLET_VARIABLE || parser->token.kind == CMDLET_EQUALS) {
        status = parse_begin(parser, statement, err);
    }
    const struct cmdlet_call **link = &statement->call;
    struct cmdlet_call *call = NULL;
    if (status == OIM_OK && begins_expression(&parser->token)) {
        status = parse_expression(parser, &statement->expression, err);
    } else if (status == OIM_OK) {
        status = parse_call(parser, link, &call, err);
    }
    while (status == OIM_OK && parser->token.kind == CMDLET_PIPE) {
        struct cmdlet_call *before = call;
        status = advance(parser, err);
        status = status != OIM_OK ? status : skip_breaks(parser, err);
        const struct cmdlet_call *stage = NULL;
        status = status != OIM_OK ? status : parse_call(parser, &stage, &call, err);
        if (status == OIM_OK && before != NULL) {
            before->next = call;
        } else if (status == OIM_OK) {
            *link = stage;
        }
    }
    if (status == OIM_OK) {
        *out = statement;
    }
    return status;
}

static bool ends_statement(enum cmdlet_token_kind kind)
{
    return kind == CMDLET_BREAK || kind == CMDLET_END || kind == CMDLET_BRACE_CLOSE;
}

/* Up to the end of the text or of the block. */
static enum oim_status parse_statements(struct parser *parser, const struct cmdlet_statement **out,
                                        struct oim_error *err)
{
    struct cmdlet_statement *last = NULL;
    enum oim_status status = skip_breaks(parser, err);
    while (status == OIM_OK && parser->token.kind != CMDLET_END && parser->token.kind != CMDLET_BRACE_CLOSE) {
        struct cmdlet_statement *statement = NULL;
        status = parse_statement(parser, &statement, err);
        if (status == OIM_OK && !ends_statement(parser->token.kind)) {
            return cmdlet_fail(err, parser->token.place,
                               "a value is missing in front of this sign, or the sign is one too many");
        }
        status = status != OIM_OK ? status : skip_breaks(parser, err);
        if (last == NULL) {
            *out = statement;
        } else {
            last->next = statement;
        }
        last = statement;
    }
    return status;
}

enum oim_status cmdlet_parse(struct cmdlet_lexer *lexer, const struct cmdlet_statement **out,
                             struct oim_error *err)
{
    struct parser parser = {.lexer = lexer};
    const struct cmdlet_statement *first = NULL;
    enum oim_status status = advance(&parser, err);
    status = status != OIM_OK ? status : parse_statements(&parser, &first, err);
    if (status == OIM_OK && parser.token.kind == CMDLET_BRACE_CLOSE) {
        return cmdlet_fail(err, parser.token.place, "this } has no {");
    }
    if (status == OIM_OK) {
        *out = first;
    }
    return status;
}
