/*
 * cmd_erase.c - `user erase`: removing a person, and what the server holds of them.
 *
 * Nothing brings them back, so the login is typed once more, or --force says that it is meant. Before that
 * and afterwards it is said what goes and what must stay.
 */
#include <stdlib.h>
#include <string.h>

#include "client/admin/ctl.h"
#include "client/face/ask.h"

/* EXIT_DONE: the login was typed. */
static int confirm(struct ctl *ctl, const struct local_fields *about)
{
    char sentence[256];
    char typed[ASK_LINE_SIZE_MAX];
    struct oim_error err = {0};
    console_aside(&ctl->console, "erase_goes", about);
    console_aside(&ctl->console, "erase_stays", about);
    if (!ask_possible()) {
        struct local_builder builder = {.count = 0};
        local_add_text(&builder, "what", "user erase");
        local_add_text(&builder, "option", "--force");
        struct local_fields unasked = local_built(&builder);
        console_complain(&ctl->console, "asks_first", &unasked);
        return EXIT_USAGE;
    }
    console_words(&ctl->console, "erase_sure", about, sentence, sizeof(sentence));
    enum oim_status status = ask_line(sentence, false, typed, &err);
    if (status != OIM_OK) {
        return console_status(&ctl->console, status, &err);
    }
    if (strcmp(typed, local_text(about, "login")) != 0) {
        console_complain(&ctl->console, "admin_not_done", NULL);
        return EXIT_REFUSED;
    }
    return EXIT_DONE;
}

int ctl_user_erase(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_USER_ERASE);
    struct local_builder builder = {.count = 0};
    op.who = ctl_operand(ctl, 0);
    int exit_code = ctl_look_first(ctl, &op, &builder);
    struct local_fields about = local_built(&builder);
    if (exit_code == EXIT_DONE && !options_has(&ctl->options, "force")) {
        exit_code = confirm(ctl, &about);
    }
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    struct ctl_answer answer = ctl_ask(ctl, &op);
    if (answer.exit_code != EXIT_DONE || answer.rows.row_count != 1) {
        return answer.exit_code;
    }
    const struct admin_row *row = &answer.rows.rows[0];
    bool finished = strcmp(ctl_row_value(row, "finished"), "True") == 0;
    local_add_number(&builder, "erased", atoll(ctl_row_value(row, "erased")));
    local_add_truth(&builder, "finished", finished);
    local_add_text(&builder, "stays", "audit_chain organisation_log backups other_peoples_computers");
    struct local_fields done = local_built(&builder);
    console_object(&ctl->console, "user_erased", &done, NULL);
    console_say(&ctl->console, "erase_done", &done);
    console_say(&ctl->console, finished ? "erase_stays" : "erase_unfinished", &done);
    return EXIT_DONE;
}
