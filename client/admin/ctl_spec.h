/*
 * ctl_spec.h - the command line of `oimctl` as one table: it parses, prints --help and becomes the man page.
 */
#ifndef OIM_CLIENT_ADMIN_CTL_SPEC_H
#define OIM_CLIENT_ADMIN_CTL_SPEC_H

#include "client/admin/ctl.h"

extern const struct program_spec ctl_program;

typedef int ctl_command(struct ctl *ctl);
ctl_command *ctl_command_of(const struct command_spec *command);

#endif
