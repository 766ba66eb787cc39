/*
 * cmd_account.c - people: invite, list, change, close and open.
 */
#include <string.h>

#include "client/admin/ctl.h"
#include "client/text/when.h"
#include "proto/handshake.h"
#include "proto/names.h"

static const char *option_or_empty(const struct ctl *ctl, const char *name)
{
    const char *value = options_value(&ctl->options, name);
    return value != NULL ? value : "";
}

/* The role of --role. False: complained about. */
static bool role_take(struct ctl *ctl, enum role *out)
{
    const char *name = options_value(&ctl->options, "role");
    *out = name != NULL ? role_from_name(name) : ROLE_NONE;
    if (name != NULL && *out == ROLE_NONE) {
        ctl_usage(ctl, "'%s' is no role; there are user, bot, auditor, admin, owner", name);
        return false;
    }
    return true;
}

int ctl_invite(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_INVITE);
    op.login = ctl_operand(ctl, 0);
    op.display = option_or_empty(ctl, "display");
    op.team = option_or_empty(ctl, "team");
    if (!login_valid(op.login)) {
        return ctl_usage(ctl, "'%s' cannot be a login: a-z, 0-9, then also . _ -, at most 32", op.login);
    }
    if (op.display[0] == '\0') {
        op.display = op.login;
    }
    if (!name_valid(op.display)) {
        return ctl_usage(ctl, "that cannot be a name: at most %u bytes, no control characters",
                         NAME_SIZE_MAX);
    }
    if (!role_take(ctl, &op.role)) {
        return EXIT_USAGE;
    }
    if (op.role == ROLE_NONE) {
        op.role = ROLE_USER;
    }
    const char *valid = options_value(&ctl->options, "valid");
    struct oim_error err = {0};
    int64_t valid_ms = (int64_t)INVITE_VALID_S_DEFAULT * 1000;
    if (valid != NULL && when_parse_duration(valid, 86400000, &valid_ms, &err) != OIM_OK) {
        return ctl_usage(ctl, "--valid: %s", err.text);
    }
    op.valid_s = (uint32_t)(valid_ms / 1000);
    struct ctl_answer answer = ctl_ask(ctl, &op);
    if (answer.exit_code == EXIT_DONE) {
        ctl_print_notes(ctl, &answer.rows);
    }
    return answer.exit_code;
}

int ctl_invite_list(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_INVITE_LIST);
    return ctl_ask_print(ctl, &op, CTL_TABLE);
}

int ctl_invite_revoke(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_INVITE_REVOKE);
    op.login = ctl_operand(ctl, 0);
    return ctl_ask_done(ctl, &op);
}

int ctl_user_list(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_USER_LIST);
    const char *words = ctl_operand(ctl, 0);
    op.who = words != NULL ? words : "";
    static const char *const columns[] = {"login",        "display", "team",    "role",  "policy", "offline",
                                          "last_sign_in", "devices", "waiting", "state", NULL};
    struct ctl_answer answer = ctl_ask(ctl, &op);
    return ctl_print_columns(ctl, &answer, columns);
}

int ctl_user_show(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_USER_LIST);
    op.who = ctl_operand(ctl, 0);
    struct ctl_answer answer = ctl_ask(ctl, &op);
    if (answer.exit_code != EXIT_DONE) {
        return answer.exit_code;
    }
    /* The list takes words; one person is the one whose login is just that. */
    for (size_t i = 0; i < answer.rows.row_count; i++) {
        if (strcmp(ctl_row_value(&answer.rows.rows[i], "login"), op.who) == 0) {
            answer.rows.rows = &answer.rows.rows[i];
            answer.rows.row_count = 1;
            return ctl_print(ctl, &answer, CTL_BLOCKS);
        }
    }
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "name", op.who);
    struct local_fields fields = local_built(&builder);
    console_complain(&ctl->console, "no_such_person", &fields);
    return EXIT_NO_SUCH_NAME;
}

int ctl_user_set(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_USER_SET);
    op.who = ctl_operand(ctl, 0);
    op.display = option_or_empty(ctl, "display");
    op.team = option_or_empty(ctl, "team");
    op.clear_team = options_has(&ctl->options, "team") && op.team[0] == '\0';
    if (!role_take(ctl, &op.role)) {
        return EXIT_USAGE;
    }
    if (op.display[0] == '\0' && op.team[0] == '\0' && !op.clear_team && op.role == ROLE_NONE) {
        return ctl_usage(ctl, "set what? --display, --team or --role");
    }
    return ctl_ask_done(ctl, &op);
}

int ctl_user_enable(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_USER_ENABLE);
    op.who = ctl_operand(ctl, 0);
    op.enabled = true;
    return ctl_ask_done(ctl, &op);
}

int ctl_user_disable(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_USER_ENABLE);
    op.who = ctl_operand(ctl, 0);
    op.say = option_or_empty(ctl, "say");
    return ctl_ask_done(ctl, &op);
}
