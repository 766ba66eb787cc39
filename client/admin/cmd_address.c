/*
 * cmd_address.c - the ways to the server: list, add, remove. To move it: add the new address, move, remove
 * the old one when everybody has signed in since.
 */
#include "client/admin/ctl.h"

static struct admin_op address_op_of(struct ctl *ctl, enum address_op what)
{
    struct admin_op op = admin_op_of(ADMIN_ADDRESS);
    op.address_op = what;
    op.host_port = ctl_operand(ctl, 0) == NULL ? "" : ctl_operand(ctl, 0);
    op.mode = options_has(&ctl->options, "proxy") ? WAY_MODE_PROXY : WAY_MODE_NONE;
    return op;
}

int ctl_address_list(struct ctl *ctl)
{
    struct admin_op op = address_op_of(ctl, ADDRESS_OP_LIST);
    return ctl_ask_print(ctl, &op, CTL_TABLE);
}

int ctl_address_add(struct ctl *ctl)
{
    struct admin_op op = address_op_of(ctl, ADDRESS_OP_ADD);
    return ctl_ask_done(ctl, &op);
}

/* Those who do not know the present list yet may know nothing but what is to go. */
static int ask_about(struct ctl *ctl, const struct ctl_answer *unaware)
{
    struct local_builder builder = {.count = 0};
    local_add_number(&builder, "count", (int64_t)unaware->rows.row_count);
    local_add_text(&builder, "host_port", ctl_operand(ctl, 0));
    struct local_fields fields = local_built(&builder);
    if (!console_flush(&ctl->console)) {
        return EXIT_FAILED;
    }
    ctl_people_print(ctl->console.err, unaware->rows.rows, unaware->rows.row_count);
    return ctl_ask_yes(ctl, "address_unaware", &fields, "oimctl address remove", "--force");
}

int ctl_address_remove(struct ctl *ctl)
{
    struct admin_op op = address_op_of(ctl, ADDRESS_OP_REMOVE);
    if (!options_has(&ctl->options, "force")) {
        op.dry_run = true;
        struct ctl_answer unaware = ctl_ask(ctl, &op);
        int exit_code = unaware.exit_code;
        if (exit_code == EXIT_DONE && unaware.rows.row_count > 0) {
            exit_code = ask_about(ctl, &unaware);
        }
        if (exit_code != EXIT_DONE) {
            return exit_code;
        }
        op.dry_run = false;
    }
    return ctl_ask_done(ctl, &op);
}
