/*
 * cmdlet_table.h - the cmdlets and their parameters, as data.
 */
#ifndef OIM_CLIENT_ADMIN_CMDLET_TABLE_H
#define OIM_CLIENT_ADMIN_CMDLET_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/setting.h"
#include "proto/admin.h"

enum parameter_id {
    PARAMETER_IDENTITY,
    PARAMETER_POLICY_NAME,
    PARAMETER_GROUP,
    PARAMETER_FILTER,
    PARAMETER_FROM,
    PARAMETER_GLOBAL,
    PARAMETER_WHAT_IF,
    PARAMETER_CONFIRM,
    PARAMETER_FORCE,
    PARAMETER_PASS_THRU,
    PARAMETER_COUNT
};

struct parameter {
    const char *name;
    const char *alias; /* NULL: none */
    bool is_switch;
};

enum settings_of { SETTINGS_NONE, SETTINGS_POLICY, SETTINGS_ORGANISATION };

#define POSITION_COUNT_MAX 2

struct cmdlet {
    const char *name;
    enum admin_op_kind kind; /* ADMIN_NONE: it only says something */
    enum settings_of settings;
    bool changes;
    unsigned parameters; /* bits of parameter_id */
    unsigned required;
    enum parameter_id positions[POSITION_COUNT_MAX]; /* values without a name, in order */
    size_t position_count;
    const char *say; /* ADMIN_NONE: the sentence; NULL: connect */
};

const struct parameter *parameter_info(enum parameter_id id);
/** The index-th cmdlet; NULL from the end on. */
const struct cmdlet *cmdlet_at(size_t index);
/** Does the original have such a parameter that means nothing here? Old scripts may go on using it. */
bool parameter_is_ignored(const char *name, bool *out_is_switch);

#endif
