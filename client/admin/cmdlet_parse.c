#include "client/admin/cmdlet_parse.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "policy/name.h"

/* ---- a call as a line
 * ------------------------------------------------------------------------------------------ */

struct line {
    char *text;
    size_t size;
    size_t size_max;
    bool cut;
};

static void line_add(struct line *line, const char *text)
{
    static const char more[] = "...";
    size_t size = strlen(text);
    if (line->cut) {
        return;
    }
    if (size + sizeof(more) > line->size_max - line->size) {
        text = more;
        size = sizeof(more) - 1;
        line->cut = true;
    }
    memcpy(line->text + line->size, text, size + 1);
    line->size += size;
}

static bool needs_quotes(const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:@/\\+%*-";
    return text[0] == '\0' || text[strspn(text, plain)] != '\0';
}

/* Single quotes only where double ones would change the text: in the original's lines they are double. */
static void line_add_quoted(struct line *line, const char *text)
{
    char letter[2] = {0};
    const char *quote = strpbrk(text, "\"$`") != NULL ? "'" : "\"";
    line_add(line, quote);
    for (; *text != '\0'; text++) {
        letter[0] = *text;
        line_add(line, letter);
        if (letter[0] == quote[0]) {
            line_add(line, letter);
        }
    }
    line_add(line, quote);
}

static void line_add_token(struct line *line, const struct cmdlet_token *token)
{
    switch (token->kind) {
    case CMDLET_PARAMETER:
        line_add(line, "-");
        line_add(line, token->text);
        line_add(line, token->attached ? ":" : "");
        return;
    case CMDLET_VARIABLE:
        line_add(line, "$");
        line_add(line, token->text);
        return;
    case CMDLET_TEXT:
    case CMDLET_WORD:
        if (needs_quotes(token->text)) {
            line_add_quoted(line, token->text);
            return;
        }
        line_add(line, token->text);
        return;
    default:
        line_add(line, token->text);
        return;
    }
}

static bool is_lone_hyphen(const struct cmdlet_item *item)
{
    return item->token.kind == CMDLET_WORD && strcmp(item->token.text, "-") == 0 && item->next != NULL &&
           item->next->token.kind == CMDLET_WORD;
}

/* Is the hyphen of a cmdlet's name in the wrong place? Its nouns all begin with Cs. */
static bool is_split_name(const struct cmdlet_call *call)
{
    const struct cmdlet_item *first = call->items;
    if (strchr(call->name.text, '-') != NULL || first == NULL) {
        return false;
    }
    if (first->token.kind == CMDLET_PARAMETER) {
        return name_has_prefix(first->token.text, "Cs");
    }
    return is_lone_hyphen(first) && name_has_prefix(first->next->token.text, "Cs");
}

void cmdlet_call_print_with(const struct cmdlet_call *call, const struct cmdlet_item *parameter,
                            const char *value, char *out, size_t out_size)
{
    struct line line = {.text = out, .size_max = out_size};
    assert(out_size > 8);

    line_add(&line, call->name.text);
    bool joined = is_split_name(call);
    for (const struct cmdlet_item *item = call->items; item != NULL; item = item->next) {
        line_add(&line, joined ? "" : " ");
        joined = item->token.attached || is_lone_hyphen(item);
        line_add_token(&line, &item->token);
        for (const struct cmdlet_item *more = item->more; more != NULL; more = more->more) {
            line_add(&line, ",");
            line_add_token(&line, &more->token);
        }
        if (item == parameter) {
            line_add(&line, joined ? "" : " ");
            line_add(&line, value);
            joined = false;
        }
    }
}

void cmdlet_call_print(const struct cmdlet_call *call, char *out, size_t out_size)
{
    cmdlet_call_print_with(call, NULL, "", out, out_size);
}

/* ---- parsing
 * --------------------------------------------------------------------------------------------------- */

struct parser {
    struct cmdlet_lexer *lexer;
    struct cmdlet_token token; /* the next one, not yet used */
};

static enum oim_status advance(struct parser *parser, struct oim_error *err)
{
    return cmdlet_lex_next(parser->lexer, &parser->token, err);
}

static bool is_value(enum cmdlet_token_kind kind)
{
    return kind == CMDLET_WORD || kind == CMDLET_TEXT || kind == CMDLET_VARIABLE;
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
        if (status == OIM_OK && !is_value(parser->token.kind)) {
            return cmdlet_fail(err, comma, "a value is missing behind this comma");
        }
        if (status == OIM_OK) {
            status = take_item(parser, &last->more, err);
            last = last->more;
        }
    }
    return status;
}

static enum oim_status check_blanks(const struct cmdlet_call *call, struct oim_error *err)
{
    bool lone_hyphen = false;
    for (const struct cmdlet_item *item = call->items; item != NULL; item = item->next) {
        lone_hyphen = lone_hyphen || is_lone_hyphen(item);
    }
    if (!lone_hyphen && !is_split_name(call)) {
        return OIM_OK;
    }
    char meant[OIM_ERROR_TEXT_SIZE - 128];
    cmdlet_call_print(call, meant, sizeof(meant));
    return cmdlet_fail(err, call->name.place,
                       "there is a blank too many beside a hyphen. Nothing was done. This was meant:\n  %s",
                       meant);
}

static enum oim_status fail_block(const struct parser *parser, struct oim_error *err)
{
    return parser->lexer->words != NULL
               ? cmdlet_fail(
                     err, parser->token.place,
                     "a { block } cannot be given as words: your shell has changed it. Filters such as "
                     "Where-Object are not understood yet")
               : cmdlet_fail(err, parser->token.place,
                             "a { block } is not understood here yet; write the names out");
}

static enum oim_status parse_call(struct parser *parser, struct cmdlet_call **out, struct oim_error *err)
{
    if (parser->token.kind == CMDLET_PARAMETER) {
        return cmdlet_fail(err, parser->token.place,
                           "a line begins with a cmdlet, not with the parameter -%s", parser->token.text);
    }
    if (parser->token.kind != CMDLET_WORD) {
        return cmdlet_fail(err, parser->token.place, "a cmdlet such as Set-CsClientPolicy is missing here");
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
    status = status != OIM_OK ? status : check_blanks(call, err);
    if (status == OIM_OK) {
        *out = call;
    }
    return status;
}

static enum oim_status parse_target(struct parser *parser, struct cmdlet_statement *statement,
                                    struct oim_error *err)
{
    struct cmdlet_token variable = parser->token;
    statement->assigns = true;
    statement->variable = variable.kind == CMDLET_VARIABLE ? variable.text : "";
    enum oim_status status = variable.kind == CMDLET_VARIABLE ? advance(parser, err) : OIM_OK;
    if (status != OIM_OK) {
        return status;
    }
    if (parser->token.kind != CMDLET_EQUALS) {
        return cmdlet_fail(err, variable.place, "a line begins with a cmdlet, not with the variable $%s",
                           variable.text);
    }
    return advance(parser, err);
}

static enum oim_status parse_statement(struct parser *parser, struct cmdlet_statement **out,
                                       struct oim_error *err)
{
    struct cmdlet_statement *statement = oim_arena_zalloc(parser->lexer->arena, 1, sizeof(*statement));
    if (statement == NULL) {
        return cmdlet_fail_size(err);
    }
    enum oim_status status = OIM_OK;
    if (parser->token.kind == CMDLET_VARIABLE || parser->token.kind == CMDLET_EQUALS) {
        status = parse_target(parser, statement, err);
    }
    status = status != OIM_OK ? status : parse_call(parser, &statement->call, err);
    struct cmdlet_call **last = &statement->call;
    while (status == OIM_OK && parser->token.kind == CMDLET_PIPE) {
        last = &(*last)->next;
        status = advance(parser, err);
        status = status != OIM_OK ? status : parse_call(parser, last, err);
    }
    if (status != OIM_OK) {
        return status;
    }
    if (parser->token.kind == CMDLET_BLOCK) {
        return fail_block(parser, err);
    }
    if (parser->token.kind != CMDLET_BREAK && parser->token.kind != CMDLET_END) {
        return cmdlet_fail(err, parser->token.place,
                           "a value is missing in front of this sign, or the sign is one too many");
    }
    *out = statement;
    return OIM_OK;
}

enum oim_status cmdlet_parse(struct cmdlet_lexer *lexer, struct cmdlet_statement **out, struct oim_error *err)
{
    struct parser parser = {.lexer = lexer};
    struct cmdlet_statement *first = NULL;
    struct cmdlet_statement **last = &first;
    enum oim_status status = advance(&parser, err);
    while (status == OIM_OK && parser.token.kind != CMDLET_END) {
        if (parser.token.kind == CMDLET_BREAK) {
            status = advance(&parser, err);
            continue;
        }
        status = parse_statement(&parser, last, err);
        last = status == OIM_OK ? &(*last)->next : last;
    }
    if (status == OIM_OK) {
        *out = first;
    }
    return status;
}
