/*
 * ctl.h - what the subcommands of `oimctl` share.
 *
 * oimctl is one more face: each subcommand builds one administrative request (proto/admin.h), the agent signs
 * it with this person's device and sends it, and the rows of the answer are printed as tables or JSON. It has
 * no second port, protocol or way in.
 */
#ifndef OIM_CLIENT_ADMIN_CTL_H
#define OIM_CLIENT_ADMIN_CTL_H

#include "client/face/attach.h"
#include "client/face/console.h"
#include "common/os/options.h"
#include "proto/admin.h"

#define CTL_DEVICE_SHOWN_SIZE 6 /* letters of a device's id in tables */

struct ctl {
    struct console console;
    struct options options;
    const char *agent_program;                /* NULL: as attach.h finds it */
    struct face *face;                        /* owned; NULL until the first request */
    const volatile sig_atomic_t *interrupted; /* set: ask nothing more; NULL: Ctrl-C ends the program */
    bool considers;                           /* nothing will be changed, so nothing is asked about */
    struct oim_arena arena;                   /* what requests and answers live in until the program ends */
    void *arena_memory;                       /* owned */
};

/** The whole program, as cli_main. Returns the exit code. */
int ctl_main(int argc, char **argv, FILE *out, FILE *err, const char *agent_program);

/* ---- asking ---- */

struct ctl_answer {
    struct admin_rows rows;     /* of all pages together; in the arena */
    const char *text;           /* a sentence of the server's, "" none */
    struct local_fields invite; /* login display line until; empty unless somebody was invited */
    int exit_code;              /* not EXIT_DONE: complained about already */
    bool unanswered;            /* it was sent, and the connection ended: it may have been done */
};

/** Attach if need be, send op, take every page of its answer; with op->count_max at most so many rows. */
struct ctl_answer ctl_ask(struct ctl *ctl, const struct admin_op *op);
/** One page of it, for what may be longer than fits. */
struct ctl_answer ctl_ask_page(struct ctl *ctl, const struct admin_op *op, bool *out_more);
/** Attach with joined and opened keys. Returns an exit code. */
int ctl_attach(struct ctl *ctl);

/* ---- printing: ctl_print.c ---- */

enum ctl_shape {
    CTL_TABLE, /* a line per row under headings */
    CTL_BLOCKS /* "name  value" lines per row, unset values left out */
};

/** The answer's rows, notes and text. Returns answer->exit_code. */
int ctl_print(struct ctl *ctl, const struct ctl_answer *answer, enum ctl_shape shape);
/** For a change: its notes and text, else that it is done. Returns answer->exit_code. */
int ctl_print_done(struct ctl *ctl, const struct ctl_answer *answer);
/** The notes only: warnings and remarks that go with a change. */
void ctl_print_notes(struct ctl *ctl, const struct admin_rows *rows);
/** For a change that was only considered: the notes that are true of it all the same. */
void ctl_print_remarks(struct ctl *ctl, const struct admin_rows *rows);
/** The same as CTL_TABLE with these columns only (ended by NULL); everything with --json. */
int ctl_print_columns(struct ctl *ctl, const struct ctl_answer *answer, const char *const *names);
/** Notes as fields, numbers as numbers, for one sentence that says them all. */
void ctl_fields_of(const struct admin_field *fields, size_t count, struct local_builder *out);
/** A value as people read it: times as local time, in out_when. */
const char *ctl_value_shown(const struct ctl *ctl, const struct admin_field *field,
                            char out_when[WHEN_TEXT_SIZE]);
/** One field of a row, "" when it has none of that name. */
const char *ctl_row_value(const struct admin_row *row, const char *name);
/** Ask and print in one. Returns an exit code. */
int ctl_ask_print(struct ctl *ctl, const struct admin_op *op, enum ctl_shape shape);
int ctl_ask_done(struct ctl *ctl, const struct admin_op *op);

/* ---- the command line ---- */

int ctl_usage(struct ctl *ctl, const char *format, ...) OIM_PRINTF(2, 3);
const char *ctl_operand(const struct ctl *ctl, size_t index);    /* NULL: none */
const char *ctl_option(const struct ctl *ctl, const char *name); /* "": not given */
/** The role of --role; ROLE_NONE when it is not given. False: complained about. */
bool ctl_role_take(struct ctl *ctl, enum role *out);

/* ---- lines to join with: cmd_invite.c ---- */

/** How long a line is to work, from --valid. False: complained about. */
bool ctl_valid_take(struct ctl *ctl, uint32_t *out_s);
/** After an answer that did not come: if the change was made, its line was lost, and how to have another. */
void ctl_line_lost(struct ctl *ctl, const struct ctl_answer *answer, const char *login);
/** The line of an answer, and until when it works. */
void ctl_invite_print(struct ctl *ctl, const struct local_fields *invite);

/* ---- cmd_reset.c ---- */

/** What there is to say beforehand of a change of one person: the fields of its dry run, and how much waits for
 * them; io_op->who becomes the login, and its generation what the dry run said. Returns an exit code. */
int ctl_look_first(struct ctl *ctl, struct admin_op *io_op, struct local_builder *about);

/* ---- whom: cmd_who.c ---- */

struct ctl_whos {
    const char **names; /* logins, names, @teams, each once; in the arena */
    size_t count, count_max;
};

enum ctl_closed { CTL_OPEN, CTL_CLOSED }; /* whom a pattern means: those here, or closed accounts */

enum ctl_teams { CTL_TEAMS_STAY, CTL_TEAMS_AS_PEOPLE };

/** The operands from first on. Of a pattern, and of a team that does not stay one, the people are listed and
 * asked about. Returns an exit code. */
int ctl_whos_take(struct ctl *ctl, size_t first, enum ctl_closed closed, enum ctl_teams teams,
                  struct ctl_whos *out);
/** The same of operand index alone, for something that changes nothing: nobody is asked. */
int ctl_whos_look(struct ctl *ctl, size_t index, struct ctl_whos *out);
/** op for its whos (none: everybody), as many requests as it takes, at most count_max people in one. What
 * fails in the middle leaves the first done: their rows are in the answer beside its exit code. */
struct ctl_answer ctl_ask_parts(struct ctl *ctl, const struct admin_op *op, size_t count_max);
/** Ask with the sentence of this code; without a terminal complain that `what` asks first and that `option`
 * answers. EXIT_DONE: yes. Default No. */
int ctl_ask_yes(struct ctl *ctl, const char *code, const struct local_fields *fields, const char *what,
                const char *option);
/** A line each: login and name. */
void ctl_people_print(FILE *file, const struct admin_row *people, size_t count);
#define CTL_NAMED_MAX 6u /* in a sentence; more are counted */
/** "alice, bob and 28 more", for a sentence; in the arena. */
const char *ctl_whom(struct ctl *ctl, const char *const *names, size_t count, size_t named_max);
/** A policy's identity as people read it: without the "Tag:". Borrows. */
const char *ctl_policy_shown(const char *identity);

/** `[on|off] WHO...` from the operand first on, as the request. Returns an exit code. */
int ctl_offline_take(struct ctl *ctl, size_t first, struct admin_op *out);
/** The answer to a request with what_if: whom it would alter, those alike together. Returns an exit code. */
int ctl_what_if_print(struct ctl *ctl, const struct ctl_answer *answer);

int ctl_invite(struct ctl *ctl);
int ctl_invite_list(struct ctl *ctl);
int ctl_invite_revoke(struct ctl *ctl);
int ctl_invite_renew(struct ctl *ctl);
int ctl_user_list(struct ctl *ctl);
int ctl_user_show(struct ctl *ctl);
int ctl_user_set(struct ctl *ctl);
int ctl_user_enable(struct ctl *ctl);
int ctl_user_disable(struct ctl *ctl);
int ctl_user_reset(struct ctl *ctl);
int ctl_user_erase(struct ctl *ctl);
int ctl_policy_list(struct ctl *ctl);
int ctl_policy_get(struct ctl *ctl);
int ctl_policy_new(struct ctl *ctl);
int ctl_policy_set(struct ctl *ctl);
int ctl_policy_remove(struct ctl *ctl);
int ctl_policy_grant(struct ctl *ctl);
int ctl_policy_effective(struct ctl *ctl);
int ctl_policy_explain(struct ctl *ctl);
int ctl_policy_what_if(struct ctl *ctl);
int ctl_offline(struct ctl *ctl);
int ctl_status(struct ctl *ctl);
int ctl_queue(struct ctl *ctl);
int ctl_trace(struct ctl *ctl);
int ctl_audit(struct ctl *ctl);
int ctl_audit_verify(struct ctl *ctl);
int ctl_audit_export(struct ctl *ctl);
int ctl_address_list(struct ctl *ctl);
int ctl_address_add(struct ctl *ctl);
int ctl_address_remove(struct ctl *ctl);
int ctl_init(struct ctl *ctl);
int ctl_line(struct ctl *ctl); /* -c 'LINE' */
int ctl_run(struct ctl *ctl);
int ctl_shell(struct ctl *ctl);
/** The lines of an open file; name is for complaints. Returns an exit code. */
int ctl_run_file(struct ctl *ctl, FILE *file, const char *name);
/** A cmdlet as words that a shell has cut. Returns an exit code. */
int ctl_cmdlet(struct ctl *ctl, const char *const *words, size_t word_count);

#endif
