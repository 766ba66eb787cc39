/*
 * agent_start.h - start the agent of a profile as a process of its own.
 */
#ifndef OIM_CLIENT_FACE_AGENT_START_H
#define OIM_CLIENT_FACE_AGENT_START_H

#include <sys/types.h>

#include "common/error.h"

/**
 * Run `PROGRAM agent --profile PROFILE` with setsid, descriptors 0 and 1 on /dev/null and all others closed:
 * an inherited standard output would keep `x=$(oimctl ...)` waiting for as long as the agent lives (BLUEPRINT
 * F2). Standard error is a pipe of ours, for the sentence that says why it cannot start; an agent that serves
 * has put /dev/null in its place. program NULL: `oim` beside this executable, else from PATH.
 *
 * Ownership: the process is a child until the caller ends; the caller may wait for it, and closes
 * *out_say_fd, the pipe's reading end, which does not block. Errors:    OIM_ERR_IO  no program, or it could
 * not be run.
 */
OIM_MUST_CHECK enum oim_status agent_start(const char *program, const char *profile, pid_t *out_pid,
                                           int *out_say_fd, struct oim_error *err);

#endif
