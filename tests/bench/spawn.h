/*
 * spawn.h - an oimd of our own in a folder of its own: started, killed, started again.
 */
#ifndef OIM_TESTS_BENCH_SPAWN_H
#define OIM_TESTS_BENCH_SPAWN_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "common/error.h"
#include "proto/handshake.h"

#define SPAWN_LINE_SIZE 512

struct spawn {
    const char *program;
    char folder[PATH_MAX - 64]; /* holds data, key and configuration */
    pid_t pid;                  /* 0: not running */
    FILE *output;
    char host_port[HOST_PORT_SIZE_MAX];
    char owner_line[INVITE_LINE_SIZE_MAX]; /* "" when it has an owner */
};

/** A new folder below parent, with a configuration. extra: further lines of it, or "". */
OIM_MUST_CHECK enum oim_status spawn_init(struct spawn *spawn, const char *program, const char *parent,
                                          enum way_mode mode, const char *extra, struct oim_error *err);
/** Start it and wait until it listens. */
OIM_MUST_CHECK enum oim_status spawn_start(struct spawn *spawn, struct oim_error *err);
/** Send a signal and wait for the end. */
void spawn_stop(struct spawn *spawn, int signal_no);
/** What the server said at its last orderly end about its commits; false when it said nothing. */
bool spawn_read_commits(const struct spawn *spawn, char out[SPAWN_LINE_SIZE]);
/** Stop it and remove the folder. */
void spawn_finish(struct spawn *spawn, bool keep_folder);

#endif
