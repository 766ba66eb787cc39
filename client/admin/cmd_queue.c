/*
 * cmd_queue.c - what waits for somebody or for everybody, and erasing somebody's (--erase): just what was
 * shown, after a question.
 */
#include <stdlib.h>
#include <string.h>

#include "client/admin/ctl.h"

static int erase(struct ctl *ctl, const struct admin_row *shown)
{
    struct local_builder builder = {.count = 0};
    ctl_fields_of(shown->fields, shown->field_count, &builder);
    struct local_fields about = local_built(&builder);
    if (local_number(&about, "waiting", 0) == 0) {
        console_say(&ctl->console, "queue_empty", &about);
        return EXIT_DONE;
    }
    int exit_code = EXIT_DONE;
    if (!options_has(&ctl->options, "force")) {
        exit_code = console_flush(&ctl->console)
                        ? ctl_ask_yes(ctl, "queue_sure", &about, "--erase", "--force")
                        : EXIT_FAILED;
    }
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    struct admin_op op = admin_op_of(ADMIN_QUEUE);
    op.who = ctl_row_value(shown, "login");
    op.erase = true;
    op.upto_seq = strtoull(ctl_row_value(shown, "head"), NULL, 10);
    op.waiting = strtoull(ctl_row_value(shown, "waiting"), NULL, 10);
    struct ctl_answer answer = ctl_ask(ctl, &op);
    if (answer.exit_code != EXIT_DONE) {
        return answer.exit_code;
    }
    builder.count = 0;
    if (answer.rows.row_count == 1) {
        ctl_fields_of(answer.rows.rows[0].fields, answer.rows.rows[0].field_count, &builder);
    }
    struct local_fields done = local_built(&builder);
    if (local_field(&done, "erased") == NULL) {
        console_complain(&ctl->console, "queue_not_erased", NULL);
        return EXIT_FAILED;
    }
    console_object(&ctl->console, "erased", &done, NULL);
    console_say(&ctl->console, "queue_erased", &done);
    return EXIT_DONE;
}

int ctl_queue(struct ctl *ctl)
{
    static const char *const columns[] = {"login", "display",      "waiting",      "bytes",
                                          "first", "full_percent", "last_sign_in", NULL};
    struct admin_op op = admin_op_of(ADMIN_QUEUE);
    op.who = ctl_operand(ctl, 0) == NULL ? "" : ctl_operand(ctl, 0);
    bool erases = options_has(&ctl->options, "erase");
    if (options_has(&ctl->options, "force") && !erases) {
        return ctl_usage(ctl, "--force goes with --erase");
    }
    if (erases && op.who[0] == '\0') {
        return ctl_usage(ctl, "erase what waits for whom? A login is needed");
    }
    if (erases && op.who[0] == '@') {
        return ctl_usage(ctl, "--erase is for one person at a time, and %s is a team: oimctl queue %s",
                         op.who, op.who);
    }
    struct ctl_answer answer = ctl_ask(ctl, &op);
    int exit_code = ctl_print_columns(ctl, &answer, columns);
    if (exit_code == EXIT_DONE && answer.rows.row_count == 0) {
        console_say(&ctl->console, "queue_nobody", NULL);
    }
    return exit_code == EXIT_DONE && erases && answer.rows.row_count == 1 ? erase(ctl, &answer.rows.rows[0])
                                                                          : exit_code;
}
