/*
 * console.h - what a one-shot command writes, and how: words for people, JSON for scripts.
 *
 * Results go to out, complaints to err as `PROGRAM: sentence`. With json everything goes to out as one object
 * a line, complaints as {"what":"error","code":...,"text":...}, because a script reads one stream. No
 * colours: there is nothing for NO_COLOR to switch off.
 */
#ifndef OIM_CLIENT_FACE_CONSOLE_H
#define OIM_CLIENT_FACE_CONSOLE_H

#include <stdarg.h>
#include <stdio.h>

#include "client/face/attach.h"
#include "client/text/table.h"
#include "client/text/words.h"

struct console {
    const char *program;
    FILE *out; /* borrowed */
    FILE *err; /* borrowed */
    struct words words;
    bool json;
    bool out_is_terminal;
    bool failed; /* something could not be written to out */
    struct oim_error lost; /* why, at first; no text: it was too large for us */
    /* With json, what every complaint of this command says beside its own; borrowed, may be NULL. It is then
     * a result line with these keys, the complaint's code being its reason. */
    const struct local_fields *complaint;
    const char *const *complaint_keys;
};

void console_init(struct console *console, const char *program, FILE *out, FILE *err, bool json);

/** One sentence, one line. fields may be NULL. Nothing with json: say what matters with console_object. */
void console_say(struct console *console, const char *code, const struct local_fields *fields);
/** What a question is about, where the question stands: a sentence on err, also with json. */
void console_aside(struct console *console, const char *code, const struct local_fields *fields);
/** A complaint. fields may be NULL. */
void console_complain(struct console *console, const char *code, const struct local_fields *fields);
/** The command line makes no sense: says what is wrong with it. Returns EXIT_USAGE. */
int console_usage(struct console *console, const char *format, va_list args) OIM_PRINTF(2, 0);
/** One JSON object; nothing without json. */
void console_object(struct console *console, const char *what, const struct local_fields *fields,
                    const char *const *always);
/** A whole table, if it has any cell. Nothing with json. */
void console_table(struct console *console, const struct text_table *table, size_t indent);
/** A sentence as a text, for cells and longer lines. Returns out. */
char *console_words(const struct console *console, const char *code, const struct local_fields *fields,
                    char *out, size_t out_size);
/** Bytes as they are: the caller has made them harmless. */
void console_bytes(struct console *console, struct oim_slice bytes);
/** Everything is with the operating system, or false: then nothing counts as shown. */
bool console_flush(struct console *console);
/**
 * The last thing a program does: what it printed is out, or it is said on err that it is not, and whether the
 * work was done all the same. Returns the program's exit code.
 */
int console_finish(struct console *console, int exit_code);

/** Complain about an end that is not DONE, when it brought a code. Returns the program's exit code. */
int console_end(struct console *console, const struct face_end *end);
/** Complain about a status of ours. Returns the program's exit code for it. */
int console_status(struct console *console, enum oim_status status, const struct oim_error *err);

#endif
