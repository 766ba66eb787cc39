/*
 * cmdlet_run.h - the cmdlet dialect as a program: lines in, requests, objects and sentences out.
 *
 * A session keeps variables from line to line. Each line is a pipeline: a cmdlet becomes an administrative
 * request and its rows become objects; the stages behind it choose among them, change them or give them to
 * the next cmdlet. What is left at the end is printed. Lines run one after the other, as in the original: the
 * first that fails ends the run, and says in which line it stands. Brackets and quotes are looked at before
 * anything runs.
 *
 * Does no I/O itself: whoever runs a session sends, asks and prints (struct cmdlet_host).
 */
#ifndef OIM_CLIENT_ADMIN_CMDLET_RUN_H
#define OIM_CLIENT_ADMIN_CMDLET_RUN_H

#include "client/admin/cmdlet_lex.h"
#include "client/admin/cmdlet_value.h"
#include "common/bytes.h"
#include "proto/admin.h"

#define CMDLET_VARIABLE_COUNT_MAX 64

enum cmdlet_shape { CMDLET_SHAPE_LIST, CMDLET_SHAPE_TABLE };

/* What is asked before something is done; the default is No. */
struct cmdlet_question {
    const char *code;               /* words.h: admin_confirm, admin_remove_used, admin_grant_many */
    const char *cmdlet;             /* its name as it should be written */
    const char *name;               /* of the policy; "" none */
    const char *words;              /* grant_many: what was matched */
    const struct admin_row *people; /* concerned, with login and display; teams as @team */
    size_t people_count;
};

/* Who sends, asks and prints. The ints are exit codes (proto/local.h); who returns one complained already. */
struct cmdlet_host {
    void *context;
    /** Send op; the answer's rows live in arena. */
    int (*ask)(void *context, const struct admin_op *op, struct oim_arena *arena, struct admin_rows *out);
    int (*connect)(void *context);
    int (*confirm)(void *context, const struct cmdlet_question *question);
    /** A change was done: its notes, else a word. */
    void (*done)(void *context, const struct admin_rows *rows);
    /** A change was only tried: whom it would concern. */
    void (*what_if)(void *context, const struct cmdlet_question *what, const struct admin_rows *rows);
    void (*notes)(void *context, const struct admin_rows *rows);
    void (*say)(void *context, const char *sentence);  /* where results go */
    void (*warn)(void *context, const char *sentence); /* where complaints go */
    int (*print)(void *context, struct cmdlet_values values, enum cmdlet_shape shape);
};

struct cmdlet_variable {
    const char *name; /* in kept */
    struct cmdlet_values values;
};

struct cmdlet_session {
    const struct cmdlet_host *host;
    struct oim_arena *arena; /* what one run needs; as before when it ends */
    struct oim_arena *kept;  /* the variables */
    struct cmdlet_variable variables[CMDLET_VARIABLE_COUNT_MAX];
    size_t variable_count;
    bool from_shell; /* the words came through a shell, which may have eaten values */
    int exit_code;   /* of the request that failed, EXIT_DONE none */
};

void cmdlet_session_init(struct cmdlet_session *session, const struct cmdlet_host *host,
                         struct oim_arena *arena, struct oim_arena *kept);

/**
 * All lines of text. Returns an exit code; with a sentence in *err it has not been complained about, without
 * one (err->text "") it has.
 */
int cmdlet_session_run(struct cmdlet_session *session, const char *text, struct oim_error *err);
/** The same with the words that a shell has cut. One word with blanks in it is read as text. */
int cmdlet_session_run_words(struct cmdlet_session *session, const char *const *words, size_t word_count,
                             struct oim_error *err);

/** Does a command line begin a cmdlet rather than one of oimctl's own commands? Looks at shape only. */
bool cmdlet_is_line(const char *const *words, size_t word_count);
/** Does text end within brackets, behind a pipe or a backtick, so that another line is awaited? */
bool cmdlet_is_unfinished(const char *text, struct oim_arena *arena);

/**
 * Values as the original prints them. List: per object an aligned list "Name : value", unset values blank, a
 * blank line between objects. Table: a line per object under headings. Texts: a line each. Values are made
 * harmless for a terminal. Errors: OIM_ERR_LIMIT.
 */
OIM_MUST_CHECK enum oim_status cmdlet_print(struct oim_buf *out, struct cmdlet_values values,
                                            enum cmdlet_shape shape);

#endif
