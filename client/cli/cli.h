/*
 * cli.h - what the subcommands of `oim` share: the parsed command line, where they write, the agent they ask.
 *
 * A subcommand is a function from this to an exit code (DESIGN.md section 2). It asks the agent, words what
 * comes back, and decides nothing.
 */
#ifndef OIM_CLIENT_CLI_CLI_H
#define OIM_CLIENT_CLI_CLI_H

#include "client/face/attach.h"
#include "client/face/console.h"
#include "client/face/session.h"
#include "common/os/options.h"

#define CLI_WHO_COUNT_MAX 64u

/* Be the agent of a profile until it ends. Returns its exit code. */
typedef int cli_agent_main(const char *profile);

struct cli {
    struct console console;
    struct options options;
    const char *agent_program; /* NULL: as attach.h finds it */
    cli_agent_main *agent_main;
    struct face *face; /* owned; NULL until cli_attach */
};

/**
 * The whole program. What main hands in and tests replace: the streams, the agent's program (NULL: as
 * attach.h finds it) and the agent itself, for the subcommand of that name. Returns the exit code.
 */
int cli_main(int argc, char **argv, FILE *out, FILE *err, const char *agent_program,
             cli_agent_main *agent_main);

/** Attach, and see that the profile is as needed. Returns EXIT_DONE, else an exit code, complained about. */
int cli_attach(struct cli *cli, enum face_class class, enum session_need need);

/** face_run; an agent that is gone is complained about and becomes an end with EXIT_FAILED without a code. */
struct face_end cli_ask(struct cli *cli, const char *op, const struct local_builder *args,
                        face_on_event *on_event, void *context);
/** The same for operations whose events all become one JSON line each, or with people nothing. */
int cli_ask_quietly(struct cli *cli, const char *op, const struct local_builder *args);

/** Complain about the command line. Returns EXIT_USAGE. */
int cli_usage(struct cli *cli, const char *format, ...) OIM_PRINTF(2, 3);
/** The operand at index, or NULL. */
const char *cli_operand(const struct cli *cli, size_t index);
/** All operands from index on, joined by blanks, appended to out. Errors: OIM_ERR_LIMIT. */
OIM_MUST_CHECK enum oim_status cli_operands_join(const struct cli *cli, size_t index, struct oim_buf *out);
/** Milliseconds of --NAME DURATION (bare: seconds); absent when it is not given. False: complained about. */
bool cli_duration(struct cli *cli, const char *name, int64_t absent_ms, int64_t *out_ms);
/** Calendar milliseconds of --NAME TIME; 0 when it is not given. False: complained about. */
bool cli_point(struct cli *cli, const char *name, int direction, int64_t *out_ms);

/** Events `candidate` belong under the complaint of an end with exit 6. True when the event was one. */
bool cli_on_candidate(struct cli *cli, const char *what, const struct local_fields *fields);
/** One message as `Alice Ng, 14:02: text`, further lines indented so that no text can pose as a message. */
void cli_print_message(struct cli *cli, const struct local_fields *fields);
/** Append the beginning of a message's id, as shown on screens. */
void cli_short_id(const struct local_fields *fields, char out[OIM_ID_SHORT_LETTERS + 1]);

int cmd_join(struct cli *cli);
int cmd_send(struct cli *cli);
int cmd_receive(struct cli *cli);
int cmd_status(struct cli *cli);
int cmd_whoami(struct cli *cli);
int cmd_unread(struct cli *cli);
int cmd_policy(struct cli *cli);
int cmd_contacts(struct cli *cli);
int cmd_people(struct cli *cli);
int cmd_history(struct cli *cli);
int cmd_search(struct cli *cli);
int cmd_outbox(struct cli *cli);
int cmd_why(struct cli *cli);
int cmd_devices(struct cli *cli);
int cmd_unlock(struct cli *cli);
int cmd_lock(struct cli *cli);
int cmd_agent(struct cli *cli);
int cmd_none(struct cli *cli);

#endif
