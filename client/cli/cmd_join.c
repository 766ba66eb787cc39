/*
 * cmd_join.c - make this computer a device of somebody: the line, a passphrase, a name for the device.
 *
 * The line is a secret until it is used. It may stand on the command line, because one use burns it; it is
 * overwritten there as soon as it is read.
 */
#include <string.h>
#include <unistd.h>

#include "client/cli/cli.h"
#include "client/face/ask.h"
#include "proto/handshake.h"

#define PASSPHRASE_TRIES 5

struct join {
    char line[ASK_LINE_SIZE_MAX];
    char login[ASK_LINE_SIZE_MAX];
    char display[ASK_LINE_SIZE_MAX];
    char passphrase[ASK_LINE_SIZE_MAX];
    char device_name[NAME_SIZE_MAX + 1];
    bool no_passphrase;
    bool owner;
};

static void join_wipe(struct join *join)
{
    explicit_bzero(join, sizeof(*join));
}

/* Returns an exit code. */
static int ask_words(struct cli *cli, const char *code, bool hidden, char out[ASK_LINE_SIZE_MAX])
{
    char question[512];
    struct oim_error err = {0};
    console_words(&cli->console, code, NULL, question, sizeof(question));
    enum oim_status status = ask_line(question, hidden, out, &err);
    return status == OIM_OK ? EXIT_DONE : console_status(&cli->console, status, &err);
}

static int line_take(struct cli *cli, struct join *join)
{
    char *operand = cli->options.operand_count > 0 ? cli->options.operands[0] : NULL;
    struct oim_error err = {0};
    enum oim_status status = OIM_OK;
    if (operand == NULL && !ask_possible()) {
        return cli_usage(cli, "give the invite line, - to read it from standard input, or @FILE");
    }
    if (operand == NULL) {
        return ask_words(cli, "join_ask_line", false, join->line);
    }
    if (strcmp(operand, "-") == 0) {
        status = ask_file("-", join->line, &err);
    } else if (operand[0] == '@') {
        status = ask_file(operand + 1, join->line, &err);
    } else if (strlen(operand) >= sizeof(join->line)) {
        return cli_usage(cli, "that is too long for an invite line");
    } else {
        strcpy(join->line, operand);
        memset(operand, '*', strlen(operand)); /* others see a process's arguments */
    }
    return status == OIM_OK ? EXIT_DONE : console_status(&cli->console, status, &err);
}

/* The owner has no account yet, so says who they are; everybody else's line names them. */
static int owner_names_take(struct cli *cli, struct join *join)
{
    int exit_code = EXIT_DONE;
    const char *login = options_value(&cli->options, "login");
    const char *display = options_value(&cli->options, "display");
    snprintf(join->login, sizeof(join->login), "%s", login != NULL ? login : "");
    snprintf(join->display, sizeof(join->display), "%s", display != NULL ? display : "");

    struct invite_line line;
    struct oim_error err = {0};
    if (invite_line_parse(join->line, &line, &err) != OIM_OK) {
        struct local_builder builder = {.count = 0};
        local_add_text(&builder, "text", err.text);
        struct local_fields fields = local_built(&builder);
        console_complain(&cli->console, "line_invalid", &fields);
        return EXIT_USAGE;
    }
    bool owner = line.kind == LINE_OWNER;
    join->owner = owner;
    invite_line_finish(&line);
    if (owner && join->login[0] == '\0' && ask_possible()) {
        exit_code = ask_words(cli, "join_ask_login", false, join->login);
    }
    if (owner && exit_code == EXIT_DONE && join->display[0] == '\0' && ask_possible()) {
        exit_code = ask_words(cli, "join_ask_display", false, join->display);
    }
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    if ((owner || join->login[0] != '\0') && !login_valid(join->login)) {
        struct local_builder builder = {.count = 0};
        local_add_text(&builder, "login", join->login);
        struct local_fields fields = local_built(&builder);
        console_complain(&cli->console, "login_invalid", &fields);
        return EXIT_USAGE;
    }
    if ((owner || join->display[0] != '\0') && !name_valid(join->display)) {
        console_complain(&cli->console, "name_invalid", NULL);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

/* To go without a passphrase is one word away, so it is named for what it does. */
static int no_passphrase_confirm(struct cli *cli, struct join *join)
{
    char answer[ASK_LINE_SIZE_MAX] = "yes";
    int exit_code = ask_possible() ? ask_words(cli, "join_no_passphrase", false, answer) : EXIT_DONE;
    join->no_passphrase = exit_code == EXIT_DONE && strcmp(answer, "yes") == 0;
    return exit_code == EXIT_DONE && !join->no_passphrase ? EXIT_FAILED : exit_code;
}

static int passphrase_ask(struct cli *cli, struct join *join)
{
    char again[ASK_LINE_SIZE_MAX];
    for (int i = 0; i < PASSPHRASE_TRIES; i++) {
        int exit_code = ask_words(cli, "join_ask_passphrase", true, join->passphrase);
        if (exit_code != EXIT_DONE) {
            return exit_code;
        }
        if (join->passphrase[0] == '\0') {
            return no_passphrase_confirm(cli, join);
        }
        exit_code = ask_words(cli, "join_ask_again", true, again);
        bool same = exit_code == EXIT_DONE && strcmp(again, join->passphrase) == 0;
        explicit_bzero(again, sizeof(again));
        if (exit_code != EXIT_DONE || same) {
            return exit_code;
        }
        console_complain(&cli->console, "join_passphrase_differs", NULL);
    }
    return EXIT_FAILED;
}

static int passphrase_take(struct cli *cli, struct join *join)
{
    const char *file = options_value(&cli->options, "passphrase-file");
    if (file != NULL && options_has(&cli->options, "no-passphrase")) {
        return cli_usage(cli, "--passphrase-file and --no-passphrase exclude each other");
    }
    if (file != NULL) {
        struct oim_error err = {0};
        enum oim_status status = ask_file(file, join->passphrase, &err);
        if (status != OIM_OK) {
            return console_status(&cli->console, status, &err);
        }
        return join->passphrase[0] != '\0' ? EXIT_DONE
                                           : cli_usage(cli, "the first line of '%s' is empty", file);
    }
    if (options_has(&cli->options, "no-passphrase")) {
        return no_passphrase_confirm(cli, join);
    }
    if (!ask_possible()) {
        return cli_usage(cli, "nobody is here to be asked for a passphrase: give --passphrase-file FILE or "
                              "--no-passphrase");
    }
    return passphrase_ask(cli, join);
}

static void device_name_take(struct cli *cli, struct join *join)
{
    const char *name = options_value(&cli->options, "device-name");
    if (name != NULL) {
        snprintf(join->device_name, sizeof(join->device_name), "%s", name);
    } else if (gethostname(join->device_name, sizeof(join->device_name)) != 0 ||
               join->device_name[0] == '\0') {
        strcpy(join->device_name, "computer");
    }
    join->device_name[sizeof(join->device_name) - 1] = '\0';
}

static int join_ask_agent(struct cli *cli, struct join *join)
{
    struct local_builder args = {.count = 0};
    local_add_text(&args, "line", join->line);
    if (join->login[0] != '\0') {
        local_add_text(&args, "login", join->login);
    }
    if (join->display[0] != '\0') {
        local_add_text(&args, "display", join->display);
    }
    local_add_text(&args, "device_name", join->device_name);
    if (join->no_passphrase) {
        local_add_truth(&args, "no_passphrase", true);
    } else {
        local_add_text(&args, "passphrase", join->passphrase);
    }
    struct face_end end = cli_ask(cli, "join", &args, NULL, NULL);
    if (end.exit != EXIT_DONE) {
        return console_end(&cli->console, &end);
    }
    console_object(&cli->console, "joined", &end.fields, NULL);
    console_say(&cli->console, join->owner ? "joined_owner" : "joined", &end.fields);
    if (!local_truth(&end.fields, "sealed")) {
        console_say(&cli->console, "not_sealed", &end.fields);
    }
    console_say(&cli->console, "join_next", NULL);
    return EXIT_DONE;
}

int cmd_join(struct cli *cli)
{
    OIM_CLEANUP(join_wipe) struct join join = {.no_passphrase = false};
    int exit_code = line_take(cli, &join);
    if (exit_code == EXIT_DONE) {
        exit_code = owner_names_take(cli, &join);
    }
    /* Look before asking for a passphrase in vain. */
    if (exit_code == EXIT_DONE) {
        exit_code = cli_attach(cli, CLASS_NONE, SESSION_NEEDS_AGENT);
    }
    if (exit_code == EXIT_DONE && strcmp(local_text(face_whoami(cli->face), "state"), "none") != 0) {
        console_complain(&cli->console, "already_joined", face_whoami(cli->face));
        return EXIT_FAILED;
    }
    if (exit_code == EXIT_DONE) {
        exit_code = passphrase_take(cli, &join);
    }
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    device_name_take(cli, &join);
    return join_ask_agent(cli, &join);
}
