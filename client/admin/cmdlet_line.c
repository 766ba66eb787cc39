/*
 * cmdlet_line.c - a call as one line, for corrections that can be pasted back; see cmdlet_parse.h.
 */
#include <assert.h>
#include <string.h>

#include "client/admin/cmdlet_parse.h"
#include "policy/name.h"

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

/* Single quotes only where double ones would change the text: in the original's lines they are double. */
static void line_add_quoted(struct line *line, const char *text)
{
    char letter[2] = {0};
    const char *quote =
        strpbrk(text, "\"$`") != NULL && strchr(text, CMDLET_EXPAND_BEGIN) == NULL ? "'" : "\"";
    line_add(line, quote);
    for (; *text != '\0'; text++) {
        letter[0] = *text;
        if (letter[0] == CMDLET_EXPAND_BEGIN || letter[0] == CMDLET_EXPAND_END) {
            line_add(line, letter[0] == CMDLET_EXPAND_BEGIN ? "$($" : ")");
            continue;
        }
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
        line_add(line, token->member != NULL ? "." : "");
        line_add(line, token->member != NULL ? token->member : "");
        return;
    case CMDLET_BRACE_OPEN:
        line_add(line, "{...}");
        return;
    case CMDLET_OPEN:
        line_add(line, "(...)");
        return;
    case CMDLET_TEXT:
    case CMDLET_WORD:
        if (cmdlet_needs_quotes(token->text)) {
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

bool cmdlet_call_is_torn(const struct cmdlet_call *call)
{
    for (const struct cmdlet_item *item = call->items; item != NULL; item = item->next) {
        if (is_lone_hyphen(item)) {
            return true;
        }
    }
    return is_split_name(call);
}
