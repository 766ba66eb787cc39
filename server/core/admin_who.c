/*
 * admin_who.c - who is meant: a login, a display name, or the beginning of one, as people type them.
 *
 * Without case and accents (Unicode case folding, marks stripped). Several matches are never guessed between:
 * the candidates are the answer (USERS.md B9).
 */
#include <string.h>
#include <utf8proc.h>

#include "server/core/admin.h"

#define FOLD_LETTERS_MAX 768
#define CANDIDATE_COUNT_MAX 16u

struct folded {
    utf8proc_int32_t letters[FOLD_LETTERS_MAX];
    size_t count;
};

static void fold(const char *text, struct folded *out)
{
    utf8proc_ssize_t count =
        utf8proc_decompose((const utf8proc_uint8_t *)text, 0, out->letters, FOLD_LETTERS_MAX,
                           UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
                               UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK);
    out->count = count < 0 || count > FOLD_LETTERS_MAX ? 0 : (size_t)count;
}

static bool begins_at(const struct folded *text, size_t at, const struct folded *words)
{
    return text->count - at >= words->count &&
           memcmp(text->letters + at, words->letters, words->count * sizeof(words->letters[0])) == 0;
}

/* The whole name, or one of its words, begins so. */
static bool name_begins(const struct folded *name, const struct folded *words)
{
    for (size_t at = 0; at < name->count; at++) {
        bool begins = at == 0 || name->letters[at - 1] == ' ' || name->letters[at - 1] == '-';
        if (begins && begins_at(name, at, words)) {
            return true;
        }
    }
    return false;
}

enum match { MATCH_NONE, MATCH_BEGINNING, MATCH_DISPLAY, MATCH_LOGIN };

static enum match match(const struct account *person, const struct folded *words)
{
    struct folded login;
    struct folded display;
    fold(person->login, &login);
    fold(person->display, &display);
    if (login.count == words->count && begins_at(&login, 0, words)) {
        return MATCH_LOGIN;
    }
    if (display.count == words->count && begins_at(&display, 0, words)) {
        return MATCH_DISPLAY;
    }
    return begins_at(&login, 0, words) || name_begins(&display, words) ? MATCH_BEGINNING : MATCH_NONE;
}

bool admin_matches(const struct account *person, const char *words)
{
    struct folded folded;
    if (words[0] == '\0') {
        return true;
    }
    fold(words, &folded);
    return folded.count > 0 && match(person, &folded) != MATCH_NONE;
}

enum oim_status admin_find(struct admin_call *call, const char *words, struct account **out)
{
    const struct registry *registry = &call->core->registry;
    struct account *candidates[CANDIDATE_COUNT_MAX];
    struct folded folded;
    enum match best = MATCH_NONE;
    size_t count = 0;
    if (words[0] == '@') {
        admin_note(call, "is_team", "%.64s", words);
        return oim_fail(&call->core->error, OIM_ERR_NOT_FOUND,
                        "'%.64s' is a team, and one person is meant here; name one of its people", words);
    }
    fold(words, &folded);
    for (uint32_t uid = 1; folded.count > 0 && uid <= registry->uid_last; uid++) {
        struct account *person = registry_person(registry, uid);
        enum match found = person == NULL ? MATCH_NONE : match(person, &folded);
        if (found > best) {
            best = found;
            count = 0;
        }
        if (found == best && found != MATCH_NONE) {
            if (count < CANDIDATE_COUNT_MAX) {
                candidates[count] = person;
            }
            count++;
        }
    }
    if (count == 1) {
        *out = candidates[0];
        return OIM_OK;
    }
    if (count == 0) {
        admin_note(call, "no_such_person", "%.64s", words);
        return oim_fail(&call->core->error, OIM_ERR_NOT_FOUND, "nobody here is called '%.64s'", words);
    }
    for (size_t i = 0; i < count && i < CANDIDATE_COUNT_MAX && admin_row(call, 3); i++) {
        admin_text(call, "login", candidates[i]->login);
        admin_text(call, "display", candidates[i]->display);
        admin_text(call, "team", candidates[i]->team);
    }
    admin_note(call, "ambiguous", "%.64s", words);
    return oim_fail(&call->core->error, OIM_ERR_NOT_FOUND,
                    "'%.64s' may be any of %zu people; say which by login", words, count);
}

static bool site_of(const char *team, struct policy_identity *out)
{
    size_t size = strlen(team);
    *out = (struct policy_identity){.scope = POLICY_SITE};
    if (size == 0 || size >= sizeof(out->name)) {
        return false;
    }
    memcpy(out->name, team, size + 1);
    return true;
}

bool admin_same_team(const char *a, const char *b)
{
    struct policy_identity site_a;
    struct policy_identity site_b;
    return site_of(a, &site_a) && site_of(b, &site_b) && policy_identity_equal(&site_a, &site_b);
}

enum oim_status admin_check_team(struct admin_call *call, const char *team)
{
    char text[TEAM_SIZE_MAX + 6] = "site:";
    struct policy_identity identity;
    size_t size = strlen(team);
    if (size > TEAM_SIZE_MAX) {
        return oim_fail(&call->core->error, OIM_ERR_USAGE, "the name of a team has at most %u bytes",
                        TEAM_SIZE_MAX);
    }
    memcpy(text + 5, team, size + 1);
    return policy_identity_parse(text, &identity, &call->core->error);
}
