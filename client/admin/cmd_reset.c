/*
 * cmd_reset.c - `user reset`: somebody who has lost every device begins anew (USERS.md C6).
 *
 * What goes and what stays is said before the question, default No; what went, and the new line, after it.
 * The dry run finds the person, says whether it is possible at all, and names the generation that the entry
 * of the organisation's log must carry.
 */
#include <stdlib.h>

#include "client/admin/ctl.h"

int ctl_look_first(struct ctl *ctl, struct admin_op *io_op, struct local_builder *about)
{
    struct admin_op ask = *io_op;
    ask.dry_run = true;
    if (io_op->who[0] == '\0') {
        return ctl_usage(ctl, "'' names nobody: a login or a name is needed");
    }
    struct ctl_answer answer = ctl_ask(ctl, &ask);
    if (answer.exit_code != EXIT_DONE) {
        return answer.exit_code;
    }
    if (answer.rows.row_count != 1) {
        console_complain(&ctl->console, "server_too_old", NULL);
        return EXIT_FAILED;
    }
    const struct admin_row *row = &answer.rows.rows[0];
    io_op->who = ctl_row_value(row, "login");
    io_op->generation = (uint32_t)strtoul(ctl_row_value(row, "generation"), NULL, 10);
    ctl_fields_of(row->fields, row->field_count, about);

    struct admin_op queue = admin_op_of(ADMIN_QUEUE);
    queue.who = io_op->who;
    answer = ctl_ask(ctl, &queue);
    if (answer.exit_code == EXIT_DONE && answer.rows.row_count == 1) {
        local_add_number(about, "waiting", atoll(ctl_row_value(&answer.rows.rows[0], "waiting")));
    }
    return answer.exit_code;
}

int ctl_user_reset(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_USER_RESET);
    struct local_builder builder = {.count = 0};
    op.who = ctl_operand(ctl, 0);
    if (!ctl_valid_take(ctl, &op.valid_s)) {
        return EXIT_USAGE;
    }
    int exit_code = ctl_look_first(ctl, &op, &builder);
    struct local_fields about = local_built(&builder);
    if (exit_code == EXIT_DONE && !options_has(&ctl->options, "force")) {
        console_aside(&ctl->console, "reset_goes", &about);
        console_aside(&ctl->console, "reset_stays", &about);
        exit_code = ctl_ask_yes(ctl, "reset_sure", &about, "user reset", "--force");
    }
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    struct ctl_answer answer = ctl_ask(ctl, &op);
    if (answer.exit_code != EXIT_DONE) {
        ctl_line_lost(ctl, &answer, op.who);
        return answer.exit_code;
    }
    builder.count = 0;
    if (answer.rows.row_count == 1) {
        ctl_fields_of(answer.rows.rows[0].fields, answer.rows.rows[0].field_count, &builder);
    }
    struct local_fields done = local_built(&builder);
    console_object(&ctl->console, "reset", &done, NULL);
    console_say(&ctl->console, "reset_done", &done);
    ctl_invite_print(ctl, &answer.invite);
    return EXIT_DONE;
}
