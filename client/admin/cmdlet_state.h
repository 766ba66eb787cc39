/*
 * cmdlet_state.h - what the files of the evaluator share: one call being run, and the scope it runs in.
 */
#ifndef OIM_CLIENT_ADMIN_CMDLET_STATE_H
#define OIM_CLIENT_ADMIN_CMDLET_STATE_H

#include "client/admin/cmdlet_bind.h"
#include "client/admin/cmdlet_parse.h"
#include "client/admin/cmdlet_run.h"

/* Where values are looked up: the session's variables, and $_ within a block. */
struct cmdlet_scope {
    struct cmdlet_session *session;
    const struct cmdlet_value *current; /* $_; NULL: none here */
};

/* One stage of a pipeline. */
struct cmdlet_stage {
    struct cmdlet_scope scope;
    const struct cmdlet_call *call;
    struct binding binding;
    bool has_input; /* something stands in front of the pipe, maybe nothing came */
    struct cmdlet_values input;
    struct cmdlet_list *out;
    enum cmdlet_shape *shape; /* of what is printed in the end */
};

typedef enum oim_status cmdlet_stage_fn(struct cmdlet_stage *stage, struct oim_error *err);

cmdlet_stage_fn cmdlet_ask_run; /* cmdlet_ask.c: CMDLET_DOES_ASK */
/** cmdlet_pipe.c: what does something with objects only; NULL: something else does. */
cmdlet_stage_fn *cmdlet_pipe_runner(enum cmdlet_does does);

/** cmdlet_run.c: the pipeline of one statement; the values at its end are added to out. */
OIM_MUST_CHECK enum oim_status cmdlet_statement_run(const struct cmdlet_scope *scope,
                                                    const struct cmdlet_statement *statement,
                                                    struct cmdlet_list *out, enum cmdlet_shape *shape,
                                                    struct oim_error *err);

/* ---- cmdlet_expression.c ---- */

/** The values of an item and of those behind its commas. */
OIM_MUST_CHECK enum oim_status cmdlet_item_values(const struct cmdlet_scope *scope,
                                                  const struct cmdlet_item *item, struct cmdlet_list *out,
                                                  struct oim_error *err);
/** The one value of a parameter as text; "" when it was not given or is $Null. */
OIM_MUST_CHECK enum oim_status cmdlet_parameter_text(const struct cmdlet_stage *stage, enum parameter_id id,
                                                     const char **out, struct oim_error *err);
OIM_MUST_CHECK enum oim_status cmdlet_item_text(const struct cmdlet_scope *scope,
                                                const struct cmdlet_item *item, const char **out,
                                                struct oim_error *err);
/** What a statement's expression comes to; comparisons are "True" or "False". */
OIM_MUST_CHECK enum oim_status cmdlet_expression_values(const struct cmdlet_scope *scope,
                                                        const struct cmdlet_expression *expression,
                                                        struct cmdlet_list *out, struct oim_error *err);
/** Do all of these values together count as true? */
bool cmdlet_values_true(struct cmdlet_values values);

const struct cmdlet_variable *cmdlet_variable_find(const struct cmdlet_session *session, const char *name);

#endif
