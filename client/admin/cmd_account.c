/*
 * cmd_account.c - people: list, change, close and open.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/admin/cmdlet_ask.h"
#include "client/admin/ctl.h"
#include "client/admin/parts.h"
#include "client/text/when.h"
#include "policy/name.h"
#include "policy/policy.h"
#include "proto/handshake.h"
#include "proto/names.h"

bool ctl_role_take(struct ctl *ctl, enum role *out)
{
    const char *name = options_value(&ctl->options, "role");
    *out = name != NULL ? role_from_name(name) : ROLE_NONE;
    if (name != NULL && *out == ROLE_NONE) {
        ctl_usage(ctl, "'%s' is no role; there are user, bot, auditor, admin, owner", name);
        return false;
    }
    return true;
}

/* Whom `user list` shows. */
struct filter {
    bool not_joined;
    const char *team;       /* without the @; "" those in none, NULL any */
    const char *policy;     /* as the server spells it; "" any */
    const char *offline;    /* "on", "off"; "" any */
    int64_t seen_before_ms; /* 0 any */
    char policy_text[POLICY_NAME_SIZE_MAX + 5];
};

/* Returns an exit code. */
static int filter_take(struct ctl *ctl, struct filter *out)
{
    const char *policy = options_value(&ctl->options, "policy");
    const char *not_seen = options_value(&ctl->options, "not-seen");
    const char *team = options_value(&ctl->options, "team");
    struct policy_identity identity;
    struct oim_error err = {0};
    int64_t age_ms = 0;
    *out = (struct filter){.not_joined = options_has(&ctl->options, "not-joined"),
                           .team = team != NULL && team[0] == '@' ? team + 1 : team,
                           .policy = "",
                           .offline = ctl_option(ctl, "offline")};
    if (out->offline[0] != '\0' && strcmp(out->offline, "on") != 0 && strcmp(out->offline, "off") != 0) {
        return ctl_usage(ctl, "--offline is on or off, not '%s'", out->offline);
    }
    if (policy != NULL && policy_identity_parse(policy, &identity, &err) != OIM_OK) {
        return ctl_usage(ctl, "--policy: %s", err.text);
    }
    if (policy != NULL) {
        policy_identity_format(&identity, out->policy_text, sizeof(out->policy_text));
        out->policy = out->policy_text;
    }
    if (not_seen != NULL && when_parse_duration(not_seen, 86400000, &age_ms, &err) != OIM_OK) {
        return ctl_usage(ctl, "--not-seen: %s", err.text);
    }
    if (not_seen != NULL) {
        out->seen_before_ms = ctl->console.words.now_ms - age_ms;
    }
    return EXIT_DONE;
}

static bool filter_passes(const struct filter *filter, const struct admin_row *row)
{
    return (!filter->not_joined || strcmp(ctl_row_value(row, "state"), "invited") == 0) &&
           (filter->team == NULL || name_equal(ctl_row_value(row, "team"), filter->team)) &&
           (filter->policy[0] == '\0' || strcasecmp(ctl_row_value(row, "policy"), filter->policy) == 0) &&
           (filter->offline[0] == '\0' || strcmp(ctl_row_value(row, "offline"), filter->offline) == 0) &&
           (filter->seen_before_ms == 0 ||
            atoll(ctl_row_value(row, "last_sign_in")) < filter->seen_before_ms);
}

/* Closes the rows up over those that do not pass. */
static void filter_apply(const struct filter *filter, struct admin_rows *io_rows)
{
    struct admin_row *rows = (struct admin_row *)(uintptr_t)io_rows->rows; /* ctl_ask's own, in the arena */
    size_t count = 0;
    for (size_t i = 0; i < io_rows->row_count; i++) {
        if (filter_passes(filter, &rows[i])) {
            rows[count++] = rows[i];
        }
    }
    io_rows->row_count = count;
}

int ctl_user_list(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_USER_LIST);
    const char *words = ctl_operand(ctl, 0);
    op.who = words != NULL ? words : "";
    static const char *const columns[] = {"login",        "display", "team",    "role",  "policy", "offline",
                                          "last_sign_in", "devices", "waiting", "state", NULL};
    struct filter filter;
    int exit_code = filter_take(ctl, &filter);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    struct ctl_answer answer = ctl_ask(ctl, &op);
    filter_apply(&filter, &answer.rows);
    exit_code = ctl_print_columns(ctl, &answer, columns);
    if (exit_code == EXIT_DONE && answer.rows.row_count == 0) {
        console_say(&ctl->console, "nobody_found", NULL);
    }
    return exit_code;
}

int ctl_user_show(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_USER_LIST);
    op.who = ctl_operand(ctl, 0);
    struct ctl_answer answer = ctl_ask(ctl, &op);
    if (answer.exit_code != EXIT_DONE) {
        return answer.exit_code;
    }
    /* The list takes words: the one whose login is just that, or alone has that name, or is alone. */
    struct admin_row *found = (struct admin_row *)(uintptr_t)answer.rows.rows; /* ctl_ask's own */
    size_t count = answer.rows.row_count;
    bool is_team = op.who[0] == '@';
    if (!is_team) {
        ask_narrow(op.who, &found, &count);
    }
    if (count == 1 || (is_team && count > 0)) {
        answer.rows.rows = found;
        answer.rows.row_count = count;
        return ctl_print(ctl, &answer, CTL_BLOCKS);
    }
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "name", op.who);
    struct local_fields fields = local_built(&builder);
    const char *none = is_team ? "nobody_in_team" : "no_such_person";
    ctl_people_print(ctl->console.err, found, count);
    console_complain(&ctl->console, count == 0 ? none : "ambiguous", &fields);
    return EXIT_NO_SUCH_NAME;
}

/* The change for everybody whom the operand names: one, or those of a pattern or a team. Returns an exit
 * code. */
static int each_done(struct ctl *ctl, struct admin_op *op, enum ctl_closed closed)
{
    struct ctl_whos whos;
    struct ctl_answer all = {.text = "", .rows = {.next = ""}};
    int exit_code = ctl_whos_take(ctl, 0, closed, CTL_TEAMS_AS_PEOPLE, &whos);
    for (size_t i = 0; i < whos.count && exit_code == EXIT_DONE; i++) {
        op->who = whos.names[i];
        struct ctl_answer answer = ctl_ask(ctl, op);
        exit_code = answer.exit_code;
        if (exit_code == EXIT_DONE && parts_join(&ctl->arena, &all.rows, &answer.rows) != OIM_OK) {
            exit_code = EXIT_FAILED;
        }
        all.text = answer.text;
    }
    return exit_code == EXIT_DONE ? ctl_print_done(ctl, &all) : exit_code;
}

int ctl_user_set(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_USER_SET);
    op.display = ctl_option(ctl, "display");
    op.team = ctl_option(ctl, "team");
    op.clear_team = options_has(&ctl->options, "team") && op.team[0] == '\0';
    if (!ctl_role_take(ctl, &op.role)) {
        return EXIT_USAGE;
    }
    if (op.display[0] == '\0' && op.team[0] == '\0' && !op.clear_team && op.role == ROLE_NONE) {
        return ctl_usage(ctl, "set what? --display, --team or --role");
    }
    return each_done(ctl, &op, CTL_OPEN);
}

int ctl_user_enable(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_USER_ENABLE);
    op.enabled = true;
    return each_done(ctl, &op, CTL_CLOSED);
}

int ctl_user_disable(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_USER_ENABLE);
    op.say = ctl_option(ctl, "say");
    return each_done(ctl, &op, CTL_OPEN);
}
