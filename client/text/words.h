/*
 * words.h - every sentence people read, by code, in their language.
 *
 * A code is what travels between server, agent and faces (`held`, `sender_offline_off`, `not_reached`); its
 * sentences stand in words_message.c, words_program.c, words_admin.c and words_native.c and nowhere else.
 * Parameters are the fields that came with the code. JSON, logs, option names and codes themselves are never translated.
 *
 * A row of the table is one whole sentence; no sentence is glued from pieces. Inside it
 *   {name}            the field: a text made harmless (safe.h), or a number with its thousands marked
 *   {name:time} {name:date} {name:clock} {name:stamp} {name:duration} {name:size}   a number, by when.h or as bytes
 *   {name:presence} {name:role}                                           a text that is itself a code
 *   {name|one|other}  the form that goes with the number
 *   {?name} {!name} {?name=word}   nothing to print: the row is meant only for fields that have name (not
 *                                  empty, zero or false), have it not, or have it with this value
 * {peer} is the first there is of to_display peer_display from_display display to peer from login name.
 *
 * The first row of a code whose parameters are all there and whose conditions hold is the one that is said. A
 * code without any such row (of a newer version) is said by its field `text`, else as the bare code with its
 * fields.
 */
#ifndef OIM_CLIENT_TEXT_WORDS_H
#define OIM_CLIENT_TEXT_WORDS_H

#include "client/text/when.h"
#include "common/bytes.h"
#include "proto/local.h"

/* Who reads, and when. */
struct words {
    enum words_language language;
    int64_t now_ms;
};

/* "es", "es_ES.UTF-8": Spanish; all else, and NULL: English. */
enum words_language words_language_of(const char *locale);
/* What LC_ALL, LC_MESSAGES and LANG ask for, in this order. */
enum words_language words_language_of_environment(void);

/** Append the sentence. Errors: OIM_ERR_LIMIT it does not fit, and out is as before. */
OIM_MUST_CHECK enum oim_status words_append(const struct words *words, const char *code,
                                            const struct local_fields *fields, struct oim_buf *out);
/** The same as a terminated text, cut where it does not fit. Returns out. */
char *words_say(const struct words *words, const char *code, const struct local_fields *fields, char *out,
                size_t out_size);
/** True when the table has sentences for this code. */
bool words_known(const char *code);

/**
 * The code that says how one message stands, from its fields state and reason: the reason of a refusal, else
 * the state. Returns one of the fields' own texts or a literal.
 */
const char *words_state_code(const struct local_fields *fields);

#endif
