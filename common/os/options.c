#include "common/os/options.h"

#include <assert.h>
#include <string.h>

#include "common/nearest.h"

#define HELP_COLUMN 30
#define SECOND_WORDS_SIZE 256

static const struct option_spec builtin_options[] = {
    {.name = "help", .letter = 'h', .help = "print this and end"},
    {.name = "version", .help = "print the version and end"},
};

static bool option_is(const struct option_spec *option, const char *name, size_t name_size, char letter)
{
    if (letter != 0) {
        return option->letter == letter;
    }
    return strlen(option->name) == name_size && memcmp(option->name, name, name_size) == 0;
}

static const struct option_spec *find_in(const struct option_spec *options, size_t count, const char *name,
                                         size_t name_size, char letter)
{
    for (size_t i = 0; i < count; i++) {
        if (option_is(&options[i], name, name_size, letter)) {
            return &options[i];
        }
    }
    return NULL;
}

static bool belongs_to(const struct option_spec *option, const struct option_spec *options, size_t count)
{
    return count > 0 && option >= options && option < options + count;
}

/* The option of that name. The command is not known yet, so any command's own will do to tell its value. */
static const struct option_spec *find_option(const struct program_spec *program, const char *name,
                                             size_t name_size, char letter)
{
    const struct option_spec *found =
        find_in(program->options, program->option_count, name, name_size, letter);
    if (found == NULL) {
        found = find_in(builtin_options, OIM_COUNT(builtin_options), name, name_size, letter);
    }
    for (size_t i = 0; found == NULL && i < program->command_count; i++) {
        const struct command_spec *command = &program->commands[i];
        found = find_in(command->options, command->option_count, name, name_size, letter);
    }
    return found;
}

static enum oim_status fail_unknown_option(const struct program_spec *program, const char *argument,
                                           struct oim_error *err)
{
    char word[NEAREST_WORD_SIZE_MAX + 1];
    (void)snprintf(word, sizeof(word), "%.*s", (int)strcspn(argument + strspn(argument, "-"), "="),
                   argument + strspn(argument, "-"));
    struct nearest nearest;
    nearest_init(&nearest, word);
    for (size_t i = 0; i < program->option_count; i++) {
        nearest_offer(&nearest, program->options[i].name);
    }
    for (size_t i = 0; i < OIM_COUNT(builtin_options); i++) {
        nearest_offer(&nearest, builtin_options[i].name);
    }
    for (size_t i = 0; i < program->command_count; i++) {
        for (size_t k = 0; k < program->commands[i].option_count; k++) {
            nearest_offer(&nearest, program->commands[i].options[k].name);
        }
    }
    if (nearest.best != NULL) {
        return oim_fail(err, OIM_ERR_USAGE, "unknown option %s; did you mean --%s? (%s --help)", argument,
                        nearest.best, program->name);
    }
    return oim_fail(err, OIM_ERR_USAGE, "unknown option %s (%s --help lists them)", argument, program->name);
}

static enum oim_status record(struct options *options, const struct option_spec *spec, const char *value,
                              struct oim_error *err)
{
    if (spec == &builtin_options[0]) {
        options->help = true;
        return OIM_OK;
    }
    if (spec == &builtin_options[1]) {
        options->version = true;
        return OIM_OK;
    }
    if (!spec->repeats && options_has(options, spec->name)) {
        return oim_fail(err, OIM_ERR_USAGE, "--%s is given twice", spec->name);
    }
    if (options->given_count == OPTIONS_GIVEN_MAX) {
        return oim_fail(err, OIM_ERR_USAGE, "more than %u options", OPTIONS_GIVEN_MAX);
    }
    options->given[options->given_count++] = (struct options_given){.spec = spec, .value = value};
    return OIM_OK;
}

/* argv[*index] is an option: record it, and step over its value if that is the next argument. */
static enum oim_status take_option(struct options *options, int argc, char **argv, int *index,
                                   struct oim_error *err)
{
    const char *argument = argv[*index];
    bool is_long = argument[1] == '-';
    const char *name = argument + 2;
    const char *equals = is_long ? strchr(name, '=') : NULL;
    size_t name_size = equals != NULL ? (size_t)(equals - name) : strlen(name);
    const struct option_spec *spec = is_long               ? find_option(options->program, name, name_size, 0)
                                     : argument[2] == '\0' ? find_option(options->program, "", 0, argument[1])
                                                           : NULL;
    if (spec == NULL) {
        return fail_unknown_option(options->program, argument, err);
    }
    if (spec->value == NULL) {
        if (equals != NULL) {
            return oim_fail(err, OIM_ERR_USAGE, "--%s takes no value", spec->name);
        }
        return record(options, spec, "", err);
    }
    if (equals != NULL) {
        return record(options, spec, equals + 1, err);
    }
    if (*index + 1 >= argc) {
        return oim_fail(err, OIM_ERR_USAGE, "--%s needs a value: --%s %s", spec->name, spec->name,
                        spec->value);
    }
    *index += 1;
    return record(options, spec, argv[*index], err);
}

/* How many words of the operands name the command: 0 when they do not. */
static size_t command_match(const struct command_spec *command, char *const *words, size_t word_count)
{
    const char *space = strchr(command->name, ' ');
    if (command->name[0] == '\0' || word_count == 0) {
        return 0;
    }
    if (space == NULL) {
        return strcmp(command->name, words[0]) == 0 ? 1 : 0;
    }
    size_t first_size = (size_t)(space - command->name);
    bool same = word_count >= 2 && strlen(words[0]) == first_size &&
                memcmp(words[0], command->name, first_size) == 0 && strcmp(words[1], space + 1) == 0;
    return same ? 2 : 0;
}

static const struct command_spec *find_command(const struct program_spec *program, char *const *words,
                                               size_t word_count, size_t *out_size)
{
    const struct command_spec *best = NULL;
    *out_size = 0;
    for (size_t i = 0; i < program->command_count; i++) {
        size_t size = command_match(&program->commands[i], words, word_count);
        if (size > *out_size) {
            best = &program->commands[i];
            *out_size = size;
        }
    }
    return best;
}

static const struct command_spec *unnamed_command(const struct program_spec *program)
{
    for (size_t i = 0; i < program->command_count; i++) {
        if (program->commands[i].name[0] == '\0') {
            return &program->commands[i];
        }
    }
    return NULL;
}

/* "list, show", of the commands that begin with this word; "" when none does. */
static void second_words(const struct program_spec *program, const char *first, char *out, size_t out_size)
{
    size_t first_size = strlen(first);
    size_t size = 0;
    out[0] = '\0';
    for (size_t i = 0; i < program->command_count; i++) {
        const char *name = program->commands[i].name;
        if (strncmp(name, first, first_size) == 0 && name[first_size] == ' ' && size < out_size) {
            size += (size_t)snprintf(out + size, out_size - size, "%s%s", size == 0 ? "" : ", ",
                                     name + first_size + 1);
        }
    }
}

static enum oim_status fail_unknown_command(const struct program_spec *program, char *const *words,
                                            size_t word_count, struct oim_error *err)
{
    char word[NEAREST_WORD_SIZE_MAX + 1];
    struct nearest nearest;
    nearest_init(&nearest, words[0]);
    for (size_t i = 0; i < program->command_count; i++) {
        nearest_offer(&nearest, program->commands[i].name);
    }
    if (nearest.best == NULL && word_count >= 2) {
        (void)snprintf(word, sizeof(word), "%s %s", words[0], words[1]);
        nearest_init(&nearest, word);
        for (size_t i = 0; i < program->command_count; i++) {
            nearest_offer(&nearest, program->commands[i].name);
        }
    }
    if (nearest.best != NULL) {
        return oim_fail(err, OIM_ERR_USAGE, "there is no '%s %s'; did you mean '%s %s'?", program->name,
                        words[0], program->name, nearest.best);
    }
    char seconds[SECOND_WORDS_SIZE];
    second_words(program, words[0], seconds, sizeof(seconds));
    if (seconds[0] != '\0') {
        return oim_fail(err, OIM_ERR_USAGE, "what follows '%s %s' is one of: %s", program->name, words[0],
                        seconds);
    }
    return oim_fail(err, OIM_ERR_USAGE, "there is no '%s %s' (%s --help lists the commands)", program->name,
                    words[0], program->name);
}

static enum oim_status settle_command(struct options *options, struct oim_error *err)
{
    const struct program_spec *program = options->program;
    size_t word_count = 0;
    options->command = find_command(program, options->operands, options->operand_count, &word_count);
    options->operands += word_count;
    options->operand_count -= word_count;
    if (options->command != NULL) {
        return OIM_OK;
    }
    const struct command_spec *unnamed = unnamed_command(program);
    if (options->operand_count > 0 && (unnamed == NULL || unnamed->operand_count_max == 0)) {
        return fail_unknown_command(program, options->operands, options->operand_count, err);
    }
    if (unnamed == NULL && !options->help && !options->version) {
        return oim_fail(err, OIM_ERR_USAGE, "what shall %s do? (%s --help lists the commands)", program->name,
                        program->name);
    }
    options->command = unnamed;
    return OIM_OK;
}

/* Options seen before the command were looked up among all commands: now each must be this one's. */
static enum oim_status check_belonging(const struct options *options, struct oim_error *err)
{
    const struct program_spec *program = options->program;
    const struct command_spec *command = options->command;
    for (size_t i = 0; i < options->given_count; i++) {
        const struct option_spec *spec = options->given[i].spec;
        if (belongs_to(spec, program->options, program->option_count) ||
            find_in(command->options, command->option_count, spec->name, strlen(spec->name), 0) != NULL) {
            continue;
        }
        return oim_fail(err, OIM_ERR_USAGE, "--%s is not an option of '%s%s%s' (%s%s%s --help)", spec->name,
                        program->name, command->name[0] != '\0' ? " " : "", command->name, program->name,
                        command->name[0] != '\0' ? " " : "", command->name);
    }
    return OIM_OK;
}

static enum oim_status check_operands(const struct options *options, struct oim_error *err)
{
    const struct command_spec *command = options->command;
    const char *gap = command->name[0] != '\0' ? " " : "";
    if (options->operand_count < command->operand_count_min) {
        return oim_fail(err, OIM_ERR_USAGE, "'%s%s%s' needs %s", options->program->name, gap, command->name,
                        command->operands);
    }
    if (options->operand_count > command->operand_count_max) {
        return oim_fail(err, OIM_ERR_USAGE, "'%s%s%s' does not know what to do with '%s'",
                        options->program->name, gap, command->name,
                        options->operands[command->operand_count_max]);
    }
    return OIM_OK;
}

enum oim_status options_parse(const struct program_spec *program, int argc, char **argv, struct options *out,
                              struct oim_error *err)
{
    assert(program->command_count > 0);
    *out = (struct options){.program = program, .operands = argv};

    bool options_ended = false;
    for (int index = 1; index < argc; index++) {
        char *argument = argv[index];
        if (!options_ended && strcmp(argument, "--") == 0) {
            options_ended = true;
        } else if (!options_ended && argument[0] == '-' && argument[1] != '\0') {
            enum oim_status status = take_option(out, argc, argv, &index, err);
            if (status != OIM_OK) {
                return status;
            }
        } else {
            out->operands[out->operand_count++] = argument; /* never overtakes index */
        }
    }
    enum oim_status status = settle_command(out, err);
    if (status != OIM_OK || out->help || out->version) {
        return status;
    }
    status = check_belonging(out, err);
    return status == OIM_OK ? check_operands(out, err) : status;
}

const char *options_value(const struct options *options, const char *name)
{
    for (size_t i = options->given_count; i > 0; i--) {
        if (strcmp(options->given[i - 1].spec->name, name) == 0) {
            return options->given[i - 1].value;
        }
    }
    return NULL;
}

bool options_has(const struct options *options, const char *name)
{
    return options_value(options, name) != NULL;
}

static void print_entry(FILE *out, const char *left, const char *help)
{
    if (strlen(left) + 2 > HELP_COLUMN) {
        fprintf(out, "  %s\n%*s%s\n", left, HELP_COLUMN + 2, "", help);
        return;
    }
    fprintf(out, "  %-*s%s\n", HELP_COLUMN, left, help);
}

static void print_options(FILE *out, const struct option_spec *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char left[128];
        char letter[8] = "";
        if (options[i].letter != 0) {
            (void)snprintf(letter, sizeof(letter), "-%c, ", options[i].letter);
        }
        (void)snprintf(left, sizeof(left), "%s--%s%s%s", letter, options[i].name,
                       options[i].value != NULL ? " " : "", options[i].value != NULL ? options[i].value : "");
        print_entry(out, left, options[i].help);
    }
}

static void print_usage(FILE *out, const struct program_spec *program, const struct command_spec *command)
{
    fprintf(out, "usage: %s", program->name);
    if (command->name[0] != '\0') {
        fprintf(out, " %s", command->name);
    }
    if (command->option_count + program->option_count > 0) {
        fputs(" [OPTION…]", out);
    }
    if (command->operands != NULL) {
        fprintf(out, " %s", command->operands);
    }
    fputc('\n', out);
}

static void print_commands(FILE *out, const struct program_spec *program)
{
    for (size_t i = 0; i < program->command_count; i++) {
        const struct command_spec *command = &program->commands[i];
        char left[192];
        (void)snprintf(left, sizeof(left), "%s%s%s%s%s", program->name, command->name[0] != '\0' ? " " : "",
                       command->name, command->operands != NULL ? " " : "",
                       command->operands != NULL ? command->operands : "");
        print_entry(out, left, command->help);
    }
}

void options_print_help(const struct program_spec *program, const struct command_spec *command, FILE *out)
{
    if (command != NULL && command->name[0] != '\0') {
        print_usage(out, program, command);
        fprintf(out, "%s\n", command->help);
        if (command->option_count > 0) {
            fputs("\nOptions:\n", out);
            print_options(out, command->options, command->option_count);
        }
        fprintf(out, "\nWith every command of %s:\n", program->name);
    } else {
        fprintf(out, "%s: %s\n\n", program->name, program->summary);
        print_commands(out, program);
        if (command != NULL && command->option_count > 0) {
            fprintf(out, "\nOptions of '%s' alone:\n", program->name);
            print_options(out, command->options, command->option_count);
        }
        fputs("\nOptions:\n", out);
    }
    print_options(out, program->options, program->option_count);
    print_options(out, builtin_options, OIM_COUNT(builtin_options));
    if (program->closing != NULL) {
        fprintf(out, "\n%s\n", program->closing);
    }
}

bool options_answer(const struct options *options, FILE *out)
{
    if (options->help) {
        options_print_help(options->program, options->command, out);
        return true;
    }
    if (options->version) {
        fprintf(out, "%s %s\n", options->program->name, OIM_VERSION);
        return true;
    }
    return false;
}
