/*
 * ask.h - questions to the person at the terminal, and secrets from files.
 *
 * Questions go to and answers come from /dev/tty, so that standard input and output stay free for messages.
 */
#ifndef OIM_CLIENT_FACE_ASK_H
#define OIM_CLIENT_FACE_ASK_H

#include <stdbool.h>
#include <stdio.h>

#include "common/error.h"

#define ASK_LINE_SIZE_MAX 4096

/** True when there is somebody to ask: standard input and error are a terminal. */
bool ask_possible(void);

/**
 * Print question and read one line, without its end. Hidden: what is typed does not appear; the terminal is
 * set back also when a signal ends the program. Wipe what was secret with explicit_bzero.
 *
 * Errors: OIM_ERR_IO  no terminal, or its end was reached.
 */
OIM_MUST_CHECK enum oim_status ask_line(const char *question, bool hidden, char out[ASK_LINE_SIZE_MAX],
                                        struct oim_error *err);

/** The first line of a file, "-" standard input. Errors: OIM_ERR_IO; OIM_ERR_LIMIT too long a line. */
OIM_MUST_CHECK enum oim_status ask_file(const char *path, char out[ASK_LINE_SIZE_MAX], struct oim_error *err);

#endif
