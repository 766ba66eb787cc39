/*
 * names.h - the protocol's numbers as stable lower-case words: in JSON, logs, administrators' rows, word
 * tables.
 *
 * A name is its constant without the prefix: REASON_SENDER_OFFLINE_OFF is "sender_offline_off". These words
 * are a contract with scripts: add, never rename. _name functions never return NULL: "" for the zero value
 * and for numbers of a newer version. _from_name functions return the zero value for words they do not know.
 */
#ifndef OIM_PROTO_NAMES_H
#define OIM_PROTO_NAMES_H

#include "proto/enums.h"

const char *reason_name(enum reason reason);
enum reason reason_from_name(const char *name);
const char *who_name(enum who who); /* "sender_policy" "recipient_policy" "organisation" "recipient" */
enum who who_from_name(const char *name);
const char *presence_name(enum presence_state state);
enum presence_state presence_from_name(const char *name);
const char *role_name(enum role role);
enum role role_from_name(const char *name);
const char *person_state_name(enum person_state state); /* "invited" "active" "no_device" "closed" */
const char *notice_name(enum notice_what what);
const char *gap_why_name(enum gap_why why);

#endif
