/*
 * safe.h - no byte of a message reaches the terminal as a command.
 *
 * Everything that came from somebody else (messages, names, notes, error texts of a server) passes through
 * here on its way to a terminal, and nothing else decides what is harmless.
 *
 * Invariants of the output, whatever the input:
 *   well-formed UTF-8 without C0, DEL or C1 characters; U+000A only with SAFE_KEEP_NEWLINES;
 *   nothing that reorders, hides or joins what stands around it: such characters are shown as <U+202E>;
 *   no combining mark without a base of its own, and at most MARKS_MAX of them on one base.
 * Printable text comes out as it went in, so that doing it twice changes nothing more.
 *
 * Source: Unicode UAX 9 (bidirectional controls), UTR 36, section 2 (spoofing), UAX 31, 2.3 (joiners).
 */
#ifndef OIM_CLIENT_TEXT_SAFE_H
#define OIM_CLIENT_TEXT_SAFE_H

#include "common/bytes.h"

#define SAFE_MARKS_MAX 8u
#define SAFE_GROWTH_MAX 4u /* the output has at most so many times the input's bytes */

enum safe_newlines {
    SAFE_KEEP_NEWLINES, /* LF and CR LF end a line */
    SAFE_MARK_NEWLINES, /* they are shown as U+23CE, for what must stay on one line */
};

/**
 * Append text to out, made harmless. A tab becomes four blanks, other control characters their pictures
 * (U+2400...), bytes that are no UTF-8 U+FFFD each.
 *
 * Errors: OIM_ERR_LIMIT  it does not fit; out is as before.
 */
OIM_MUST_CHECK enum oim_status text_safe_append(struct oim_buf *out, struct oim_slice text,
                                                enum safe_newlines newlines);

/** The same for short texts: as much of it as fits out with its terminator, whole characters. Returns out. */
char *text_safe(char *out, size_t out_size, struct oim_slice text, enum safe_newlines newlines);

#endif
