/*
 * bug.c - which planted bug is on, and what they are called. Only built with planted_bugs.
 */
#include "common/bug.h"

#include <stddef.h>

enum bug bug_planted = BUG_NONE;

static const struct {
    const char *name, *text;
} bugs[BUG_COUNT] = {
#define BUG_ROW(name, text) [BUG_##name] = {#name, text},
    BUG_LIST(BUG_ROW)
#undef BUG_ROW
};

const char *bug_name(enum bug bug)
{
    return bug > BUG_NONE && bug < BUG_COUNT ? bugs[bug].name : NULL;
}

const char *bug_text(enum bug bug)
{
    return bug > BUG_NONE && bug < BUG_COUNT ? bugs[bug].text : NULL;
}
