/*
 * cmdlet_run.h - what the cmdlets mean: each line becomes one administrative request, or a sentence.
 *
 * One table says which cmdlets there are, which parameters they take and which request they become. Nothing
 * is sent from here: whoever compiles sends each step's op, and only after the whole text was understood, so
 * that a slip in the last line does nothing instead of half.
 */
#ifndef OIM_CLIENT_ADMIN_CMDLET_RUN_H
#define OIM_CLIENT_ADMIN_CMDLET_RUN_H

#include "client/admin/cmdlet_lex.h"
#include "common/bytes.h"
#include "proto/admin.h"

enum cmdlet_step_kind {
    CMDLET_STEP_OP,     /* send op, print its rows */
    CMDLET_STEP_SAY,    /* print say */
    CMDLET_STEP_WARN,   /* print say where errors go, and go on */
    CMDLET_STEP_CONNECT /* connect; print "Connected to ADDRESS as LOGIN (ROLE)." */
};

struct cmdlet_step {
    enum cmdlet_step_kind kind;
    struct admin_op op;
    bool confirm;       /* ask first, default No */
    bool rows_wanted;   /* a Get, or -PassThru: print the rows; else only notes are worth a word */
    const char *cmdlet; /* its name as it should be written */
    const char *say;
    struct cmdlet_place place;
    struct cmdlet_step *next;
};

struct cmdlet_program {
    struct cmdlet_step *first;
    size_t step_count;
};

/** Does a command line begin a cmdlet rather than one of oimctl's own commands? Looks at shape only. */
bool cmdlet_is_line(const char *const *words, size_t word_count);

/**
 * All lines of text, as from -c or a file.
 *
 * Ownership: everything lives in arena; text may go. Errors: OIM_ERR_USAGE, in words, naming the place and
 * what is allowed there; OIM_ERR_LIMIT when arena is too small.
 */
OIM_MUST_CHECK enum oim_status cmdlet_compile_text(const char *text, struct oim_arena *arena,
                                                   struct cmdlet_program *out, struct oim_error *err);
/** The words that a shell has cut. Borrows them. One word with blanks in it is read as text. */
OIM_MUST_CHECK enum oim_status cmdlet_compile_words(const char *const *words, size_t word_count,
                                                    struct oim_arena *arena, struct cmdlet_program *out,
                                                    struct oim_error *err);

/**
 * Rows as the original prints them: per row an aligned list "Name : value", unset values blank, a blank line
 * between rows. Values are made harmless for a terminal. Errors: OIM_ERR_LIMIT.
 */
OIM_MUST_CHECK enum oim_status cmdlet_print_rows(struct oim_buf *out, const struct cmdlet_step *step,
                                                 const struct admin_rows *rows);

#endif
