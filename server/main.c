/*
 * main.c - oimd's command line: read options, build, run, stop.
 */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/crypto.h"
#include "common/os/options.h"
#include "common/os/output.h"
#include "server/checks.h"
#include "server/config.h"
#include "server/server.h"
#include "server/verify.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };
enum { COMMAND_SERVE, COMMAND_CHECK, COMMAND_VERIFY, COMMAND_HEALTH };

static const struct option_spec program_options[] = {
    {.name = "config", .value = "FILE", .help = "read this file of options"},
    {.name = "data-dir", .value = "DIR", .help = "folder of the database and the local socket"},
    {.name = "secret-file", .value = "FILE", .help = "the server's key, kept apart from the data"},
    {.name = "listen",
     .value = "HOST:PORT",
     .help = "where to listen, 127.0.0.1:7667; port 0 is any free one"},
    {.name = "address", .value = "HOST[:PORT]", .help = "what people connect to; goes into invitations"},
    {.name = "insecure-one-folder", .help = "allow the secret file in the data folder"},
};

static const struct command_spec commands[] = {
    {.name = "", .help = "serve", .id = COMMAND_SERVE},
    {.name = "check", .help = "say whether a server would start, and what is wrong", .id = COMMAND_CHECK},
    {.name = "verify",
     .help = "say whether what the server keeps is whole; also while it serves",
     .id = COMMAND_VERIFY},
    {.name = "health", .help = "say whether the server answers; exit status 0 or 1", .id = COMMAND_HEALTH},
};

static const struct program_spec program = {
    .name = "oimd",
    .summary = "the oim server: keeps messages for people who are not there",
    .options = program_options,
    .option_count = OIM_COUNT(program_options),
    .commands = commands,
    .command_count = OIM_COUNT(commands),
    .closing = "Exit status: 0 done, 1 failed, 2 wrong usage.",
};

/* Options that set a key of the configuration. */
static const struct {
    const char *option;
    const char *key;
} option_keys[] = {
    {"data-dir", "data_dir"},
    {"secret-file", "secret_file"},
    {"listen", "listen"},
    {"address", "address"},
};

/* Paths used while serving are made whole at once, because the server then works in its data folder. */
static enum oim_status make_whole(char path[PATH_MAX], struct oim_error *err)
{
    char folder[PATH_MAX];
    char whole[PATH_MAX];
    if (path[0] == '/' || path[0] == '\0') {
        return OIM_OK;
    }
    int size =
        getcwd(folder, sizeof(folder)) == NULL ? -1 : snprintf(whole, sizeof(whole), "%s/%s", folder, path);
    if (size < 0 || size >= (int)sizeof(whole)) {
        return oim_fail(err, OIM_ERR_USAGE, "the path '%.60s' is too long here", path);
    }
    (void)snprintf(path, PATH_MAX, "%s", whole);
    return OIM_OK;
}

static enum oim_status read_config(const struct options *options, const char *config_file, struct config *out,
                                   struct oim_error *err)
{
    config_init(out);
    enum oim_status status = config_file[0] != '\0' ? config_read_file(out, config_file, err) : OIM_OK;
    for (size_t i = 0; status == OIM_OK && i < OIM_COUNT(option_keys); i++) {
        const char *value = options_value(options, option_keys[i].option);
        status = value != NULL ? config_set(out, option_keys[i].key, value, err) : OIM_OK;
    }
    if (status != OIM_OK) {
        return status;
    }
    struct config_environment environment;
    config_read_environment(&environment);
    if (options->command->id != COMMAND_SERVE && environment.is_root && environment.has_service_folder) {
        environment.state_directory = CONFIG_SERVICE_DATA_DIR; /* whom root asks about */
    }
    out->insecure_one_folder = options_has(options, "insecure-one-folder");
    status = config_settle(out, &environment, err);
    return status == OIM_OK ? make_whole(out->secret_file, err) : status;
}

struct source {
    const struct options *options;
    char config_file[PATH_MAX];
};

static enum oim_status reread(void *context, struct config *out, struct oim_error *err)
{
    const struct source *source = context;
    return read_config(source->options, source->config_file, out, err);
}

static int run(const struct options *options, struct oim_error *err)
{
    struct source source = {.options = options};
    struct config config;
    const char *config_file = options_value(options, "config");
    (void)snprintf(source.config_file, sizeof(source.config_file), "%s",
                   config_file != NULL ? config_file : "");
    enum oim_status status = make_whole(source.config_file, err);
    if (status == OIM_OK) {
        status = read_config(options, source.config_file, &config, err);
    }
    if (status == OIM_OK) {
        status = crypto_init();
    }
    if (status != OIM_OK) {
        return status == OIM_ERR_USAGE ? EXIT_USAGE : EXIT_FAILED;
    }
    switch (options->command->id) {
    case COMMAND_CHECK:
        return checks_setup(&config) ? EXIT_DONE : EXIT_FAILED;
    case COMMAND_VERIFY:
        return verify_data(&config) ? EXIT_DONE : EXIT_FAILED;
    case COMMAND_HEALTH:
        return checks_health(&config) ? EXIT_DONE : EXIT_FAILED;
    default:
        return server_serve(&config, reread, &source, err) == OIM_OK ? EXIT_DONE : EXIT_FAILED;
    }
}

/* What was printed is out, or it is said that it is not. */
static int finish(int code)
{
    struct oim_error err;
    if (output_flush(stdout, &err) == OIM_OK) {
        return code;
    }
    fprintf(stderr, "oimd: the answer could not be written: %s\n", err.text);
    return code == EXIT_DONE ? EXIT_FAILED : code;
}

int main(int argc, char **argv)
{
    struct options options;
    struct oim_error err = {0};
    (void)signal(SIGPIPE, SIG_IGN);
    (void)umask(077); /* nothing this program makes is for others */
    if (options_parse(&program, argc, argv, &options, &err) != OIM_OK) {
        fprintf(stderr, "oimd: %s\n", err.text);
        return EXIT_USAGE;
    }
    if (options_answer(&options, stdout)) {
        if (options.help) {
            fputc('\n', stdout);
            config_print_keys(stdout);
        }
        return finish(EXIT_DONE);
    }
    int code = run(&options, &err);
    if (code != EXIT_DONE && err.text[0] != '\0') {
        fprintf(stderr, "oimd: %s\n", err.text);
    }
    return finish(code);
}
