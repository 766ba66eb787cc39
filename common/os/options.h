/*
 * options.h - a program's command line as one table, which parses it and prints its --help.
 *
 * Rules, the same for every program: options may stand before or after the command and between operands;
 * `--name VALUE`, `--name=VALUE`, `-n VALUE`; `--` ends the options; a lone `-` is an operand. Names are
 * never abbreviated, because a later option could make the abbreviation ambiguous and break a script. --help
 * and
 * --version exist everywhere without being listed. An option given twice is an error unless it repeats.
 *
 * An option of one name means the same everywhere: two commands that share it agree on whether it has a value.
 * A command's name may be two words ("user list"); the longest match wins. The command named "" is the one
 * that runs when none is named.
 */
#ifndef OIM_COMMON_OS_OPTIONS_H
#define OIM_COMMON_OS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/attr.h"
#include "common/error.h"

#define OPTIONS_GIVEN_MAX 64u
#define OPTIONS_OPERANDS_ANY ((size_t)-1)

struct option_spec {
    const char *name;  /* "data-dir" for --data-dir */
    char letter;       /* 'c' for -c; 0: none */
    const char *value; /* what help calls its value, "DIR"; NULL: a flag without one */
    const char *help;  /* one line */
    bool repeats;      /* may be given more than once */
};

struct command_spec {
    const char *name;     /* "send", "user list"; "" runs when no command is named */
    const char *operands; /* for the usage line, "WHO [TEXT… | -]"; NULL: none */
    size_t operand_count_min;
    size_t operand_count_max; /* OPTIONS_OPERANDS_ANY: no limit */
    const char *help;         /* one line */
    const struct option_spec *options;
    size_t option_count;
    int id; /* the program's own */
};

struct program_spec {
    const char *name;
    const char *summary;               /* one line */
    const struct option_spec *options; /* valid with every command */
    size_t option_count;
    const struct command_spec *commands; /* at least one */
    size_t command_count;
    const char *closing; /* last lines of --help; NULL: none */
};

struct options_given {
    const struct option_spec *spec;
    const char *value; /* "" for a flag */
};

struct options {
    const struct program_spec *program;
    const struct command_spec *command; /* NULL only when help or version was asked for without a command */
    struct options_given given[OPTIONS_GIVEN_MAX];
    size_t given_count;
    char **operands; /* argv itself, operands moved to its front */
    size_t operand_count;
    bool help;
    bool version;
};

/**
 * Read argv[1..]. Rearranges argv; out borrows its strings and the program's table.
 *
 * Errors: OIM_ERR_USAGE, in one sentence, with the nearest known word and where to read more (exit code 2).
 */
OIM_MUST_CHECK enum oim_status options_parse(const struct program_spec *program, int argc, char **argv,
                                             struct options *out, struct oim_error *err);

/** The value of an option ("" for a flag), the last one if it repeats; NULL when it was not given. */
const char *options_value(const struct options *options, const char *name);
bool options_has(const struct options *options, const char *name);

/** Print what --help or --version asks for. False when neither was given and the program should go on. */
bool options_answer(const struct options *options, FILE *out);
/** The help of one command, or of the whole program when command is NULL. */
void options_print_help(const struct program_spec *program, const struct command_spec *command, FILE *out);

#endif
