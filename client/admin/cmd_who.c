/*
 * cmd_who.c - whom the operands of a change name, and asking before many are changed (USERS.md B9).
 *
 * Logins, names and @teams go to the server as they are: it finds them without case and accents, and between
 * several it refuses and names them (exit 6). A pattern is looked up here, its people are listed and asked
 * about, default No; --force does not ask.
 */
#include <string.h>
#include <strings.h>

#include "client/admin/cmdlet_value.h"
#include "client/admin/ctl.h"
#include "client/admin/parts.h"
#include "client/face/ask.h"
#include "client/text/safe.h"
#include "policy/name.h"

void ctl_people_print(FILE *file, const struct admin_row *people, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char login[128];
        char display[512];
        text_safe(login, sizeof(login), oim_slice_text(ctl_row_value(&people[i], "login")),
                  SAFE_MARK_NEWLINES);
        text_safe(display, sizeof(display), oim_slice_text(ctl_row_value(&people[i], "display")),
                  SAFE_MARK_NEWLINES);
        fprintf(file, "  %s%s%s\n", login, display[0] != '\0' ? "  " : "", display);
    }
}

int ctl_ask_yes(struct ctl *ctl, const char *code, const struct local_fields *fields, const char *what,
                const char *option)
{
    char sentence[1024];
    char answer[ASK_LINE_SIZE_MAX];
    struct oim_error err = {0};
    if (!ask_possible()) {
        struct local_builder builder = {.count = 0};
        local_add_text(&builder, "what", what);
        local_add_text(&builder, "option", option);
        struct local_fields unasked = local_built(&builder);
        console_complain(&ctl->console, "asks_first", &unasked);
        return EXIT_USAGE;
    }
    console_words(&ctl->console, code, fields, sentence, sizeof(sentence));
    enum oim_status status = ask_line(sentence, false, answer, &err);
    if (status != OIM_OK) {
        return console_status(&ctl->console, status, &err);
    }
    static const char *const yes[] = {"y", "yes", "s", "sí", "si"};
    for (size_t i = 0; i < OIM_COUNT(yes); i++) {
        if (strcasecmp(answer, yes[i]) == 0) {
            return EXIT_DONE;
        }
    }
    console_complain(&ctl->console, "admin_not_done", NULL);
    return EXIT_REFUSED;
}

static int who_add(struct ctl *ctl, struct ctl_whos *whos, const char *name)
{
    for (size_t i = 0; i < whos->count; i++) {
        if (strcmp(whos->names[i], name) == 0) {
            return EXIT_DONE;
        }
    }
    if (whos->count == whos->count_max) {
        size_t count_max = whos->count_max == 0 ? 64 : 2 * whos->count_max;
        const char **names = oim_arena_zalloc(&ctl->arena, count_max, sizeof(*names));
        if (names == NULL) {
            return ctl_usage(ctl, "these are more people than this program can hold");
        }
        if (whos->count > 0) {
            memcpy(names, whos->names, whos->count * sizeof(*names));
        }
        whos->names = names;
        whos->count_max = count_max;
    }
    whos->names[whos->count++] = name;
    return EXIT_DONE;
}

static bool is_meant(const struct admin_row *person, const char *pattern)
{
    return pattern[0] == '@' ? name_equal(ctl_row_value(person, "team"), pattern + 1)
                             : cmdlet_text_like(ctl_row_value(person, "login"), pattern) ||
                                   cmdlet_text_like(ctl_row_value(person, "display"), pattern);
}

/* Those whom the pattern or the team means, listed and asked about. */
static int pattern_take(struct ctl *ctl, const char *pattern, enum ctl_closed closed, struct ctl_whos *whos)
{
    struct admin_op op = admin_op_of(ADMIN_USER_LIST);
    struct ctl_answer all = ctl_ask(ctl, &op);
    if (all.exit_code != EXIT_DONE) {
        return all.exit_code;
    }
    struct admin_row *people = oim_arena_zalloc(&ctl->arena, all.rows.row_count, sizeof(*people));
    size_t count = 0;
    for (size_t i = 0; i < all.rows.row_count && people != NULL; i++) {
        const struct admin_row *row = &all.rows.rows[i];
        bool is_closed = strcmp(ctl_row_value(row, "state"), "closed") == 0;
        if (is_closed == (closed == CTL_CLOSED) && is_meant(row, pattern)) {
            people[count++] = *row;
        }
    }
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "name", pattern);
    local_add_text(&builder, "words", pattern);
    local_add_number(&builder, "count", (int64_t)count);
    struct local_fields fields = local_built(&builder);
    if (count == 0) {
        console_complain(&ctl->console, pattern[0] == '@' ? "nobody_in_team" : "nobody_like", &fields);
        return EXIT_NO_SUCH_NAME;
    }
    int exit_code = EXIT_DONE;
    if (!ctl->considers && !options_has(&ctl->options, "force")) {
        if (!console_flush(&ctl->console)) {
            return EXIT_FAILED;
        }
        ctl_people_print(ctl->console.err, people, count);
        exit_code = ctl_ask_yes(ctl, "admin_many", &fields, pattern, "--force");
    }
    for (size_t i = 0; i < count && exit_code == EXIT_DONE; i++) {
        exit_code = who_add(ctl, whos, ctl_row_value(&people[i], "login"));
    }
    return exit_code;
}

static int name_take(struct ctl *ctl, const char *name, enum ctl_closed closed, enum ctl_teams teams,
                     struct ctl_whos *whos)
{
    if (name[0] == '\0' || strcmp(name, "@") == 0) {
        return ctl_usage(ctl, "'%s' names nobody: a login, a name or @TEAM is needed", name);
    }
    bool several = name[0] == '@' ? teams == CTL_TEAMS_AS_PEOPLE : strpbrk(name, "*?") != NULL;
    return several ? pattern_take(ctl, name, closed, whos) : who_add(ctl, whos, name);
}

int ctl_whos_take(struct ctl *ctl, size_t first, enum ctl_closed closed, enum ctl_teams teams,
                  struct ctl_whos *out)
{
    int exit_code = EXIT_DONE;
    *out = (struct ctl_whos){.count = 0};
    for (size_t i = first; i < ctl->options.operand_count && exit_code == EXIT_DONE; i++) {
        exit_code = name_take(ctl, ctl_operand(ctl, i), closed, teams, out);
    }
    return exit_code;
}

int ctl_whos_look(struct ctl *ctl, size_t index, struct ctl_whos *out)
{
    *out = (struct ctl_whos){.count = 0};
    ctl->considers = true;
    return name_take(ctl, ctl_operand(ctl, index), CTL_OPEN, CTL_TEAMS_AS_PEOPLE, out);
}

struct ctl_answer ctl_ask_parts(struct ctl *ctl, const struct admin_op *op, size_t count_max)
{
    struct admin_op part = *op;
    struct ctl_answer all = {.text = "", .rows = {.next = ""}, .exit_code = EXIT_DONE};
    size_t sent = 0;
    do {
        part.whos = op->who_count > 0 ? op->whos + sent : NULL;
        part.who_count = parts_size(part.whos, op->who_count - sent, count_max);
        struct ctl_answer answer = ctl_ask(ctl, &part);
        all.exit_code = answer.exit_code;
        if (answer.exit_code == EXIT_DONE && parts_join(&ctl->arena, &all.rows, &answer.rows) != OIM_OK) {
            all.exit_code = ctl_usage(ctl, "the answer is larger than this program can hold");
        }
        sent += part.who_count;
    } while (all.exit_code == EXIT_DONE && sent < op->who_count);
    return all;
}

const char *ctl_whom(struct ctl *ctl, const char *const *names, size_t count, size_t named_max)
{
    char sentence[2048];
    const char *list = "";
    for (size_t i = 0; i < count && i < named_max && list != NULL; i++) {
        list = oim_arena_printf(&ctl->arena, "%s%s%s", list, i > 0 ? ", " : "", names[i]);
    }
    if (list == NULL || count <= named_max) {
        return list == NULL ? "" : list;
    }
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "whom", list);
    local_add_number(&builder, "more", (int64_t)(count - named_max));
    struct local_fields fields = local_built(&builder);
    console_words(&ctl->console, "whom_and_more", &fields, sentence, sizeof(sentence));
    const char *kept = oim_arena_strdup(&ctl->arena, oim_slice_text(sentence));
    return kept == NULL ? "" : kept;
}

const char *ctl_policy_shown(const char *identity)
{
    return strncmp(identity, "Tag:", strlen("Tag:")) == 0 ? identity + strlen("Tag:") : identity;
}
