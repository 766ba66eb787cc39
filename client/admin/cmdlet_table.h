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
    PARAMETER_INSTANCE,
    PARAMETER_NAME,
    PARAMETER_VALUE,
    PARAMETER_FILTER_SCRIPT,
    PARAMETER_PROCESS,
    PARAMETER_PROPERTY,
    PARAMETER_EXPAND_PROPERTY,
    PARAMETER_FIRST,
    PARAMETER_LAST,
    PARAMETER_DESCENDING,
    PARAMETER_GLOBAL,
    PARAMETER_WHAT_IF,
    PARAMETER_CONFIRM,
    PARAMETER_FORCE,
    PARAMETER_PASS_THRU,
    PARAMETER_IN_MEMORY,
    PARAMETER_COUNT
};

struct parameter {
    const char *name;
    const char *alias; /* NULL: none */
    bool is_switch;
};

enum settings_of { SETTINGS_NONE, SETTINGS_POLICY, SETTINGS_ORGANISATION };

/* What a cmdlet is for. */
enum cmdlet_does {
    CMDLET_DOES_ASK, /* becomes a request */
    CMDLET_DOES_SAY,
    CMDLET_DOES_CONNECT,
    CMDLET_DOES_ENTRY, /* the rest work on objects only */
    CMDLET_DOES_WHERE,
    CMDLET_DOES_EACH,
    CMDLET_DOES_SELECT,
    CMDLET_DOES_SORT,
    CMDLET_DOES_MEASURE,
    CMDLET_DOES_LIST,
    CMDLET_DOES_TABLE,
    CMDLET_DOES_COUNT
};

#define POSITION_COUNT_MAX 2
#define ALIAS_COUNT_MAX 2

struct cmdlet {
    const char *name;
    enum cmdlet_does does;
    enum admin_op_kind kind; /* DOES_ASK */
    enum settings_of settings;
    bool changes;
    unsigned parameters; /* bits of parameter_id */
    unsigned required;
    unsigned lists;                                  /* which may have several values */
    enum parameter_id positions[POSITION_COUNT_MAX]; /* values without a name, in order */
    size_t position_count;
    const char *aliases[ALIAS_COUNT_MAX];
    const char *say; /* DOES_SAY */
};

const struct parameter *parameter_info(enum parameter_id id);
/** By its whole name or an alias, without case; NULL: none. */
const struct cmdlet *cmdlet_find(const char *name);
/** Does this text begin as cmdlets do: "Verb-Noun", "$name"? Also with a blank before the hyphen. */
bool cmdlet_begins(const char *text);
/** The index-th cmdlet; NULL from the end on. */
const struct cmdlet *cmdlet_at(size_t index);
/** Does the original have such a parameter that means nothing here? Old scripts may go on using it. */
bool parameter_is_ignored(const char *name, bool *out_is_switch);

#endif
