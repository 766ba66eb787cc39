/*
 * cmdlet_bind.h - which parameter of a cmdlet got which value.
 *
 * A parameter that needs a value and has none is an error, never True: a shell that replaces $False by
 * nothing would otherwise turn on what was to be turned off (USERS.md B1).
 */
#ifndef OIM_CLIENT_ADMIN_CMDLET_BIND_H
#define OIM_CLIENT_ADMIN_CMDLET_BIND_H

#include "client/admin/cmdlet_parse.h"
#include "client/admin/cmdlet_table.h"

#define BOUND_IGNORED_MAX 16

struct bound_setting {
    const struct setting_info *info;
    const struct cmdlet_item *item; /* the value */
};

struct binding {
    const struct cmdlet *cmdlet;
    const struct cmdlet_item *values[PARAMETER_COUNT]; /* NULL: not given */
    enum tri switches[PARAMETER_COUNT];                /* TRI_UNSET: not given */
    struct bound_setting settings[SETTING_COUNT];
    size_t setting_count;
    const struct cmdlet_item *ignored[BOUND_IGNORED_MAX]; /* the original's, without meaning here */
    size_t ignored_count;
};

/** from_shell: the words came through a shell, which may have eaten values. Errors: OIM_ERR_USAGE. */
OIM_MUST_CHECK enum oim_status cmdlet_bind(const struct cmdlet *cmdlet, const struct cmdlet_call *call,
                                           bool from_shell, struct binding *out, struct oim_error *err);

/** The index-th name of what a cmdlet takes, settings included; NULL from the end on. */
const char *cmdlet_parameter_at(const struct cmdlet *cmdlet, size_t index);

#endif
