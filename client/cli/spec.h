/*
 * spec.h - the command line of `oim` as one table: it parses, prints --help and becomes the man page.
 */
#ifndef OIM_CLIENT_CLI_SPEC_H
#define OIM_CLIENT_CLI_SPEC_H

#include "client/cli/cli.h"

extern const struct program_spec cli_program;

/* What runs a command; its id is the index. */
typedef int cli_command(struct cli *cli);
cli_command *cli_command_of(const struct command_spec *command);

#endif
