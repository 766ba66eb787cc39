/*
 * session.h - what every one-shot program does before its request: attach, and see that the profile is as
 * needed.
 */
#ifndef OIM_CLIENT_FACE_SESSION_H
#define OIM_CLIENT_FACE_SESSION_H

#include "client/face/attach.h"
#include "client/face/console.h"

enum session_need {
    SESSION_NEEDS_AGENT, /* whatever the profile's state */
    SESSION_NEEDS_JOINED,
    SESSION_NEEDS_KEYS /* joined and unlocked: a locked profile is asked for its passphrase, once */
};

/**
 * Attach with options (its lang is chosen here). *out is set whenever an agent answered, also when the
 * profile is not as needed. Returns EXIT_DONE, else an exit code that has been complained about.
 *
 * Ownership: *out is the caller's, for face_detach.
 */
int session_attach(struct console *console, const struct face_options *options, enum session_need need,
                   struct face **out);

/** One event `candidate`, as a line below the complaint that several people match. */
void session_print_candidate(struct console *console, const struct local_fields *fields);

#endif
