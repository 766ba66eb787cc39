/*
 * attach.h - a face's end of the conversation with its profile's agent.
 *
 * Attaching finds the agent, or starts it as a process of its own session that outlives the face. Whoever
 * loses the race to start one attaches to the winner's; an agent that is just ending, or speaks another
 * version, is replaced. One request runs at a time: events arrive through a callback until the end, whose
 * exit is the program's exit code (proto/local.h).
 *
 * Blocks, on purpose: a one-shot command has nothing else to do. The full screen polls face_fd and calls
 * face_next.
 */
#ifndef OIM_CLIENT_FACE_ATTACH_H
#define OIM_CLIENT_FACE_ATTACH_H

#include <signal.h>

#include "common/error.h"
#include "proto/enums.h"
#include "proto/local.h"

#define FACE_START_MS 5000u /* how long losers of the race keep trying (BLUEPRINT F2) */

struct face_options {
    const char *profile;       /* NULL: "default" */
    enum face_class class;     /* how present this face is */
    const char *lang;          /* "en", "es" */
    const char *agent_program; /* NULL: `oim` beside this executable, else from PATH */
};

struct face;

/**
 * Ownership: *out is the caller's, to be given to face_detach.
 * Errors:    OIM_ERR_USAGE no proper profile name; OIM_ERR_TRUST the folder is not ours alone;
 *            OIM_ERR_IO the agent cannot start, or none answered within FACE_START_MS, with the reason as a
 *            sentence.
 */
OIM_MUST_CHECK enum oim_status face_attach(const struct face_options *options, struct face **out,
                                           struct oim_error *err);
void face_detach(struct face *face); /* accepts NULL; what still runs there is cancelled by the agent */

/**
 * From now on waiting ends, with OIM_AGAIN, when *flag is set: by the handler of a signal that the caller keeps
 * blocked, so that it comes in only while something waits here. flag must outlive face; NULL: never.
 */
void face_interrupt_by(struct face *face, const volatile sig_atomic_t *flag);

/* How things were when the agent answered (whoami of proto/local.h); valid until face_detach. */
const struct local_fields *face_whoami(const struct face *face);

/* One event; fields are valid during the call. False: cancel the request, and wait for its end. */
typedef bool face_on_event(void *context, const char *what, const struct local_fields *fields);

struct face_end {
    enum local_exit exit;
    struct local_fields fields; /* valid until the next call of face_run or face_next */
};

/**
 * Ask, and see every event until the end. on_event may be NULL.
 *
 * Errors: OIM_ERR_USAGE a text is not valid UTF-8 (which, in words); OIM_ERR_LIMIT the request is too large;
 *         OIM_ERR_IO, OIM_ERR_PROTOCOL the agent is gone: detach.
 *         OIM_AGAIN interrupted: the request is cancelled, and may have been carried out all the same.
 */
OIM_MUST_CHECK enum oim_status face_run(struct face *face, const char *op, const struct local_fields *args,
                                        face_on_event *on_event, void *context, struct face_end *out_end,
                                        struct oim_error *err);

/** Say that messages were written out and flushed; read: to a person, not only to a pipe. Errors: OIM_ERR_IO.
 */
OIM_MUST_CHECK enum oim_status face_shown(struct face *face, const struct oim_id *msg_ids, size_t count,
                                          bool read, struct oim_error *err);

/** Say that the person does something at this face. Requests say so by themselves when they come from a terminal.
 * Errors: OIM_ERR_IO. */
OIM_MUST_CHECK enum oim_status face_active(struct face *face, struct oim_error *err);

/* The pieces of face_run, for faces with a loop of their own. */
int face_fd(const struct face *face);
/** Send a request; *out_request names it in the frames to come. Errors: as face_run. */
OIM_MUST_CHECK enum oim_status face_ask(struct face *face, const char *op, const struct local_fields *args,
                                        uint32_t *out_request, struct oim_error *err);
OIM_MUST_CHECK enum oim_status face_cancel(struct face *face, uint32_t request, struct oim_error *err);
/**
 * The next frame, waiting at most timeout_ms (< 0: as long as it takes; 0: not at all). What *out borrows is
 * valid until the next call. Errors: OIM_AGAIN none came; OIM_ERR_IO the agent is gone; OIM_ERR_PROTOCOL.
 */
OIM_MUST_CHECK enum oim_status face_next(struct face *face, int timeout_ms, struct local_frame *out,
                                         struct oim_error *err);

#endif
