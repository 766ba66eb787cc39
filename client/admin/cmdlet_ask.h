/*
 * cmdlet_ask.h - the cmdlets that ask the server: what was bound becomes requests, their rows become objects.
 *
 * What a cmdlet is to work on comes from its -Identity, its -Instance, or the objects in front of its pipe,
 * one request each (Grant takes all its people in one). Before a change that is easily regretted it asks.
 *
 * Statuses: OIM_ERR_USAGE with a sentence that names the place; OIM_ERR_LIMIT the arena is full; OIM_ERR_IO
 * without a sentence when the host has complained (the session has its exit code).
 */
#ifndef OIM_CLIENT_ADMIN_CMDLET_ASK_H
#define OIM_CLIENT_ADMIN_CMDLET_ASK_H

#include "client/admin/cmdlet_state.h"
#include "policy/policy.h"

/* ---- what was bound ---- */

bool ask_switch(const struct cmdlet_stage *stage, enum parameter_id id);
bool ask_unasked(const struct cmdlet_stage *stage); /* -Force or -Confirm:$False */
/** Of the parameter's value; of the cmdlet when it was not given. */
struct cmdlet_place ask_place(const struct cmdlet_stage *stage, enum parameter_id id);
/** What -Identity or else the pipe names; with neither out stays empty. */
OIM_MUST_CHECK enum oim_status ask_targets(const struct cmdlet_stage *stage, struct cmdlet_list *out,
                                           struct oim_error *err);
enum oim_status ask_fail_no_target(const struct cmdlet_stage *stage, struct oim_error *err);
/** A policy's identity in its own spelling, so that a slip is noticed before anything is sent. */
OIM_MUST_CHECK enum oim_status ask_policy_spell(const struct cmdlet_stage *stage, const char *text,
                                                struct cmdlet_place place,
                                                struct policy_identity *out_identity, const char **out,
                                                struct oim_error *err);
/** The bound settings, read and checked, as those of op. */
OIM_MUST_CHECK enum oim_status ask_settings(const struct cmdlet_stage *stage, struct admin_op *op,
                                            struct oim_error *err);
enum oim_status ask_nothing_to_set(const struct cmdlet_stage *stage, struct oim_error *err);
/** Set -Instance: each object of kind as a whole. */
OIM_MUST_CHECK enum oim_status ask_set_instances(const struct cmdlet_stage *stage,
                                                 enum cmdlet_object_kind kind, struct oim_error *err);

/* ---- asking ---- */

OIM_MUST_CHECK enum oim_status ask_server(const struct cmdlet_stage *stage, const struct admin_op *op,
                                          struct admin_rows *out, struct oim_error *err);
/** Fails when the answer is No. */
OIM_MUST_CHECK enum oim_status ask_confirm(const struct cmdlet_stage *stage,
                                           const struct cmdlet_question *question, struct oim_error *err);
/**
 * With -Confirm ask whether, then change; with -WhatIf only try, and say whom it would concern. More people
 * than one request takes go in several, one after the other: what fails in the middle leaves the first done.
 */
OIM_MUST_CHECK enum oim_status ask_change(const struct cmdlet_stage *stage, struct admin_op *op,
                                          struct admin_rows *out, struct oim_error *err);

/* Which people: all conditions hold. */
struct ask_people_query {
    const char *words;                 /* as Get-CsUser -Identity; "" everybody */
    const char *field, *value;         /* has this; field NULL: no condition */
    const char *but_field, *but_value; /* and has not this */
    bool but_closed;                   /* nothing is in force for whose account is closed */
};

OIM_MUST_CHECK enum oim_status ask_people(const struct cmdlet_stage *stage,
                                          const struct ask_people_query *query, struct admin_row **out,
                                          size_t *out_count, struct oim_error *err);
/** Of those who may be meant: the one with this login or alone with this name; else all of them. */
void ask_narrow(const char *name, struct admin_row **people, size_t *count);
/** Only those whose login or name is like the pattern, in place. */
void ask_keep_like(const char *pattern, struct admin_row *people, size_t *count);
const char *ask_row_value(const struct admin_row *row, const char *name); /* "" there is none */
/** Rows as objects of the stage's output. */
OIM_MUST_CHECK enum oim_status ask_rows_add(const struct cmdlet_stage *stage, enum cmdlet_object_kind kind,
                                            const struct admin_rows *rows, struct oim_error *err);

/* ---- the cmdlets with files of their own ---- */

cmdlet_stage_fn ask_policy_new, ask_policy_set, ask_policy_get, ask_policy_remove; /* cmdlet_policy.c */
cmdlet_stage_fn ask_grant;                                                         /* cmdlet_grant.c */
cmdlet_stage_fn ask_users, ask_effective, ask_im_configuration;                    /* cmdlet_people.c */

#endif
