#include "client/admin/cmdlet_complete.h"

#include <ctype.h>
#include <string.h>

#include "client/admin/cmdlet_bind.h"
#include "client/admin/cmdlet_lex.h"
#include "policy/name.h"

#define WORD_SIZE_MAX 64u

/* The words of the stage that the line ends in. */
struct typed {
    const char *cmdlet;    /* its first word; NULL: the word being typed is the first */
    const char *parameter; /* the word before, when that is a parameter; NULL none */
    size_t position;       /* how many values without a name stand before */
    const char *word;      /* being typed, with its quote */
};

static bool begins_stage(char letter)
{
    return strchr("|;{(=\n", letter) != NULL;
}

static void word_ends(struct typed *typed, const char *word)
{
    bool is_parameter = word[0] == '-';
    if (typed->cmdlet == NULL) {
        typed->cmdlet = word;
    } else if (!is_parameter && typed->parameter == NULL) {
        typed->position++;
    }
    typed->parameter = is_parameter ? word : NULL;
}

static struct typed read_typed(const char *line)
{
    struct typed typed = {.word = line};
    char quote = '\0';
    bool in_word = false;
    for (const char *at = line; *at != '\0'; at++) {
        if (quote != '\0') {
            quote = *at == quote ? '\0' : quote;
            continue;
        }
        if (*at == ' ' || *at == '\t' || begins_stage(*at)) {
            if (in_word) {
                word_ends(&typed, typed.word);
            }
            if (begins_stage(*at)) {
                typed = (struct typed){.cmdlet = NULL};
            }
            in_word = false;
            typed.word = at + 1;
            continue;
        }
        quote = *at == '"' || *at == '\'' ? *at : '\0';
        in_word = true;
    }
    return typed;
}

/* ---- candidates
 * ------------------------------------------------------------------------------------------------ */

struct completer {
    struct oim_arena *arena;
    struct cmdlet_completion *out;
    const char *word; /* without its quote */
};

static void offer(struct completer *completer, const char *lead, const char *name)
{
    struct cmdlet_completion *out = completer->out;
    if (name == NULL || out->count == COMPLETION_COUNT_MAX || !name_has_prefix(name, completer->word)) {
        return;
    }
    bool quote = lead[0] == '\0' && name[0] != '$' && cmdlet_needs_quotes(name);
    const char *text =
        oim_arena_printf(completer->arena, "%s%s%s%s", lead, quote ? "\"" : "", name, quote ? "\"" : "");
    if (text != NULL) {
        out->candidates[out->count++] = text;
    }
}

static void offer_all(struct completer *completer, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        offer(completer, "", names[i]);
    }
}

static void offer_policies(struct completer *completer, const struct cmdlet_known *known)
{
    for (size_t i = 0; i < known->policy_count; i++) {
        const char *name = known->policies[i];
        bool named = name_has_prefix(name, "Tag:") && !name_has_prefix(completer->word, "Tag:");
        offer(completer, "", named ? name + strlen("Tag:") : name);
        if (named && completer->word[0] != '\0') {
            offer(completer, "", name);
        }
    }
}

static void offer_values(struct completer *completer, const struct setting_info *info)
{
    static const char *const booleans[] = {"$True", "$False", "$Null"};
    if (info->kind == SETTING_BOOL) {
        offer_all(completer, booleans, OIM_COUNT(booleans));
    }
    for (size_t i = 0; info->kind == SETTING_CHOICE && info->choices[i] != NULL; i++) {
        offer(completer, "", info->choices[i]);
    }
}

static const char *parameter_name_at(const void *table, size_t index)
{
    return cmdlet_parameter_at(table, index);
}

/* Does the cmdlet's -Identity name a person? */
static bool takes_people(const struct cmdlet *cmdlet)
{
    return cmdlet->kind == ADMIN_GRANT || cmdlet->kind == ADMIN_EFFECTIVE || cmdlet->kind == ADMIN_USER_LIST;
}

static void offer_for(struct completer *completer, const struct cmdlet *cmdlet, const char *parameter,
                      const struct cmdlet_known *known)
{
    enum setting_id setting = 0;
    enum org_setting_id org_setting = 0;
    if (name_equal(parameter, "PolicyName") || name_equal(parameter, "From")) {
        offer_policies(completer, known);
    } else if (name_equal(parameter, "Group")) {
        offer_all(completer, known->teams, known->team_count);
    } else if (name_equal(parameter, "Identity") && takes_people(cmdlet)) {
        offer_all(completer, known->people, known->people_count);
    } else if (name_equal(parameter, "Identity") && cmdlet->kind == ADMIN_IM_CONFIG) {
        offer(completer, "", "Global");
    } else if (name_equal(parameter, "Identity")) {
        offer_policies(completer, known);
    } else if (cmdlet->settings == SETTINGS_POLICY && setting_find(parameter, &setting, NULL) == OIM_OK) {
        offer_values(completer, setting_info(setting));
    } else if (cmdlet->settings == SETTINGS_ORGANISATION &&
               org_setting_find(parameter, &org_setting, NULL) == OIM_OK) {
        offer_values(completer, org_setting_info(org_setting));
    }
}

static void offer_value(struct completer *completer, const struct cmdlet *cmdlet, const struct typed *typed,
                        const struct cmdlet_known *known)
{
    char name[WORD_SIZE_MAX] = "";
    if (typed->parameter != NULL) {
        size_t size = strcspn(typed->parameter + 1, " \t");
        size = size < sizeof(name) ? size : sizeof(name) - 1;
        memcpy(name, typed->parameter + 1, size);
        name[size] = '\0';
        struct name_search search = name_search(name, parameter_name_at, cmdlet);
        if (search.found) {
            offer_for(completer, cmdlet, cmdlet_parameter_at(cmdlet, search.index), known);
        }
    } else if (typed->position < cmdlet->position_count) {
        offer_for(completer, cmdlet, parameter_info(cmdlet->positions[typed->position])->name, known);
    }
}

void cmdlet_complete(const char *line, const struct cmdlet_known *known, struct oim_arena *arena,
                     struct cmdlet_completion *out)
{
    struct typed typed = read_typed(line);
    struct completer completer = {.arena = arena, .out = out, .word = typed.word};
    *out = (struct cmdlet_completion){.word_size = strlen(typed.word)};
    if (typed.cmdlet == NULL) {
        for (size_t i = 0; cmdlet_at(i) != NULL; i++) {
            offer(&completer, "", cmdlet_at(i)->name);
        }
        return;
    }
    char name[WORD_SIZE_MAX] = "";
    size_t size = strcspn(typed.cmdlet, " \t");
    memcpy(name, typed.cmdlet, size < sizeof(name) ? size : sizeof(name) - 1);
    const struct cmdlet *cmdlet = cmdlet_find(name);
    if (cmdlet == NULL) {
        return;
    }
    if (typed.word[0] == '-') {
        completer.word = typed.word + 1;
        for (size_t i = 0; cmdlet_parameter_at(cmdlet, i) != NULL; i++) {
            offer(&completer, "-", cmdlet_parameter_at(cmdlet, i));
        }
        return;
    }
    completer.word += typed.word[0] == '"' || typed.word[0] == '\'' ? 1 : 0;
    offer_value(&completer, cmdlet, &typed, known);
}

size_t cmdlet_completion_common(const struct cmdlet_completion *completion)
{
    size_t size = completion->count > 0 ? strlen(completion->candidates[0]) : 0;
    for (size_t i = 1; i < completion->count; i++) {
        const char *first = completion->candidates[0];
        const char *other = completion->candidates[i];
        size_t same = 0;
        while (same < size && tolower((unsigned char)first[same]) == tolower((unsigned char)other[same])) {
            same++;
        }
        size = same;
    }
    while (size > 0 && ((unsigned char)completion->candidates[0][size] & 0xc0) == 0x80) {
        size--; /* not within a letter */
    }
    return size;
}
