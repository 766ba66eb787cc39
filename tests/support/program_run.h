/*
 * program_run.h - one of our programs in this process, against a scripted agent (fake_agent.c): what it is
 * asked, what it prints, how it exits.
 */
#ifndef OIM_TESTS_SUPPORT_PROGRAM_RUN_H
#define OIM_TESTS_SUPPORT_PROGRAM_RUN_H

#include <stddef.h>
#include <stdio.h>

struct fixture {
    char root[32];   /* OIM_HOME: a folder that goes with the fixture */
    char *out, *err; /* what the last run printed */
    size_t out_size, err_size;
    char asked[65536];
};

/* cmocka's; UTC, the C locale, no standard input. One fixture at a time. */
int setup(void **state);
int teardown(void **state);

/* A file in the fixture's folder. "script" is what the agent says. */
void file_write(const struct fixture *fixture, const char *name, const char *text);

/* What the agent was asked, which it writes down before it answers. Ids are random: an i stands for each. */
const char *asked(struct fixture *fixture);

/* agent_program: what to start when no agent holds the profile. */
typedef int program_fn(int argc, char **argv, FILE *out, FILE *err, const char *agent_program);

/* Run it with these arguments (ended by NULL). Returns the exit code. */
int program_run(struct fixture *fixture, const char *name, program_fn *program, const char *const *arguments);

#endif
