/*
 * who.c - from what people type to a person: a login, a display name, or an unambiguous beginning of either
 * or of a word of the name, without case and accents.
 */
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "client/agent/ask.h"

char *who_fold(const char *text)
{
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t size = utf8proc_map((const utf8proc_uint8_t *)text, 0, &folded,
                                         UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_DECOMPOSE |
                                             UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD | UTF8PROC_COMPAT);
    return size < 0 ? NULL : (char *)folded;
}

static bool begins(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* The whole name, or one of its words, begins so. */
static bool name_begins(const char *name, const char *beginning)
{
    for (const char *at = name; *at != '\0'; at++) {
        bool is_word = at == name || at[-1] == ' ' || at[-1] == '-';
        if (is_word && begins(at, beginning)) {
            return true;
        }
    }
    return false;
}

enum match { MATCH_NONE, MATCH_BEGINNING, MATCH_DISPLAY, MATCH_LOGIN };

static enum match match_person(const struct person_row *person, const char *folded)
{
    if (strcmp(person->login, folded) == 0) {
        return MATCH_LOGIN;
    }
    enum match match = begins(person->login, folded) ? MATCH_BEGINNING : MATCH_NONE;
    char *display = who_fold(person->display);
    if (display == NULL) {
        return match;
    }
    if (strcmp(display, folded) == 0) {
        match = MATCH_DISPLAY;
    } else if (name_begins(display, folded)) {
        match = MATCH_BEGINNING;
    }
    free(display);
    return match;
}

size_t who_match(const struct agent *agent, const char *words, struct oim_id out[WHO_MATCH_MAX])
{
    char *folded = who_fold(words);
    size_t count = 0;
    enum match best = MATCH_BEGINNING;
    if (folded == NULL || folded[0] == '\0') {
        free(folded);
        return 0;
    }
    for (const struct person_row *person = engine_person_first(agent->engine); person != NULL;
         person = engine_person_next(agent->engine, person)) {
        enum match match = person->login[0] == '\0' ? MATCH_NONE : match_person(person, folded);
        if (match < best || match == MATCH_NONE) {
            continue;
        }
        if (match > best) {
            best = match;
            count = 0;
        }
        if (count < WHO_MATCH_MAX) {
            out[count++] = person->user_id;
        }
    }
    free(folded);
    return count;
}

static bool is_login_of(const struct agent *agent, const struct oim_id *id, const char *words)
{
    const struct person_row *person = engine_person(agent->engine, id);
    char *folded = who_fold(words);
    bool same = person != NULL && folded != NULL && strcmp(person->login, folded) == 0;
    free(folded);
    return same;
}

enum who_found who_find(struct ask *ask, struct query *query, const char *words, struct oim_id *out,
                        struct ask_miss *out_miss)
{
    struct oim_id found[WHO_MATCH_MAX];
    size_t count = who_match(ask->agent, words, found);
    /* A login is one person's for ever; any other name may be somebody else's too, whom only the server
     * knows. */
    if (count == 1 && is_login_of(ask->agent, &found[0], words)) {
        *out = found[0];
        return WHO_FOUND;
    }
    if (query->request == 0) {
        ask_engine(ask, query, &(struct engine_request){.op = REQUEST_LOOKUP, .u.lookup = {.words = words}});
        return query->answered ? who_find(ask, query, words, out, out_miss) : WHO_WAIT;
    }
    bool reached;
    if (!query->answered && (!ask_reached(ask, &reached) || (reached && !ask->time_is_up))) {
        return WHO_WAIT;
    }
    if (count == 1) {
        *out = found[0];
        return WHO_FOUND;
    }
    if (!query->answered || query->status != OIM_OK) {
        *out_miss = count > 1 ? (struct ask_miss){EXIT_NO_SUCH_NAME, "ambiguous"} : ask_unreached(ask);
        return WHO_NOT;
    }
    *out_miss = (struct ask_miss){EXIT_NO_SUCH_NAME, count > 1 ? "ambiguous" : "no_such_person"};
    return WHO_NOT;
}

void ask_candidates(struct ask *ask, const char *words)
{
    struct oim_id found[WHO_MATCH_MAX];
    size_t count = who_match(ask->agent, words, found);
    for (size_t i = 0; i < count; i++) {
        const struct person_row *person = engine_person(ask->agent->engine, &found[i]);
        struct local_builder fields = {.count = 0};
        local_add_text(&fields, "login", person->login);
        local_add_text(&fields, "display", person->display);
        ask_event(ask, "candidate", &fields);
    }
}

bool ask_who(struct ask *ask, const char *words, struct oim_id *out)
{
    struct ask_miss miss;
    switch (who_find(ask, &ask->query, words, out, &miss)) {
    case WHO_FOUND:
        return true;
    case WHO_WAIT:
        return false;
    case WHO_NOT:
        break;
    }
    if (strcmp(miss.code, "ambiguous") == 0) {
        ask_candidates(ask, words);
    }
    if (miss.exit == EXIT_NO_SUCH_NAME) {
        ask_end_text(ask, miss.exit, miss.code, "name", words);
    } else {
        ask_end_code(ask, miss.exit, miss.code);
    }
    return false;
}
