/*
 * main.h - `oim agent`: the process behind a profile. The oim program calls agent_main.
 */
#ifndef OIM_CLIENT_AGENT_MAIN_H
#define OIM_CLIENT_AGENT_MAIN_H

#include <stddef.h>

struct agent_options {
    const char *profile;     /* NULL: "default" */
    size_t key_memory_bytes; /* for argon2id when keys are made; 0: KEY_FILE_MEMORY_BYTES */
};

/**
 * Serve until idle or told to stop; returns the program's exit status. 0 too when another agent has the
 * profile. The starter has given it a session of its own and /dev/null (client/face/agent_start.c).
 */
int agent_main(const struct agent_options *options);

#endif
