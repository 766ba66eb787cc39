/*
 * cmd_devices.c - a person's computers, and this one's keys: devices, unlock, lock, agent.
 */
#include <string.h>

#include "client/cli/cli.h"
#include "client/face/ask.h"
#include "client/face/profile_path.h"
#include "client/text/safe.h"
#include "proto/limits.h"

static bool on_device(void *context, const char *what, const struct local_fields *fields)
{
    struct cli *cli = context;
    console_object(&cli->console, what, fields, NULL);
    if (cli->console.json) {
        console_flush(&cli->console);
        return true;
    }
    if (strcmp(what, "device") == 0) {
        char id[OIM_ID_SHORT_LETTERS + 1];
        cli_short_id(fields, id);
        console_bytes(&cli->console, oim_slice_text(id));
        console_bytes(&cli->console, OIM_SLICE_LITERAL("  "));
        console_say(&cli->console, "device", fields);
    } else if (strcmp(what, "line") == 0) {
        char line[1024];
        console_say(&cli->console, "link_line", fields);
        text_safe(line, sizeof(line), oim_slice_text(local_text(fields, "line")), SAFE_MARK_NEWLINES);
        console_bytes(&cli->console, oim_slice_text(line));
        console_bytes(&cli->console, OIM_SLICE_LITERAL("\n"));
        console_flush(&cli->console); /* somebody is waiting to paste it */
    } else if (strcmp(what, "linked") == 0) {
        console_say(&cli->console, "linked", fields);
    }
    return true;
}

int cmd_devices(struct cli *cli)
{
    const char *verb = cli_operand(cli, 0) != NULL ? cli_operand(cli, 0) : "list";
    const char *what = cli_operand(cli, 1);
    bool revoke = strcmp(verb, "revoke") == 0;
    if (!revoke && strcmp(verb, "list") != 0 && strcmp(verb, "link") != 0) {
        return cli_usage(cli, "devices has list, link and revoke, not '%s'", verb);
    }
    if (revoke && what == NULL) {
        return cli_usage(cli, "devices revoke which? oim devices lists them");
    }
    int exit_code = cli_attach(cli, CLASS_NONE, SESSION_NEEDS_KEYS);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    struct local_builder args = {.count = 0};
    local_add_text(&args, "do", verb);
    if (what != NULL) {
        local_add_text(&args, "id", what);
    }
    struct face_end end = cli_ask(cli, "devices", &args, on_device, cli);
    if (end.exit == EXIT_DONE && revoke) {
        struct local_builder builder = {.count = 0};
        const char *label = local_text(&end.fields, "label");
        local_add_text(&builder, "label", label[0] != '\0' ? label : what);
        struct local_fields fields = local_built(&builder);
        console_say(&cli->console, "device_revoked", &fields);
    }
    return console_end(&cli->console, &end);
}

int cmd_unlock(struct cli *cli)
{
    int64_t for_ms = 0;
    if (!cli_duration(cli, "for", 0, &for_ms)) {
        return EXIT_USAGE;
    }
    int exit_code = cli_attach(cli, CLASS_NONE, SESSION_NEEDS_JOINED);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    const char *file = options_value(&cli->options, "passphrase-file");
    char passphrase[ASK_LINE_SIZE_MAX] = "";
    struct oim_error err = {0};
    enum oim_status status = OIM_OK;
    if (file != NULL) {
        status = ask_file(file, passphrase, &err);
    } else if (ask_possible()) {
        char question[128];
        console_words(&cli->console, "ask_passphrase", NULL, question, sizeof(question));
        status = ask_line(question, true, passphrase, &err);
    } else {
        return cli_usage(cli, "nobody is here to be asked for the passphrase: give --passphrase-file FILE");
    }
    if (status != OIM_OK) {
        return console_status(&cli->console, status, &err);
    }
    struct local_builder args = {.count = 0};
    local_add_text(&args, "passphrase", passphrase);
    if (for_ms > 0) {
        local_add_number(&args, "for_s", for_ms / 1000);
    }
    struct face_end end = cli_ask(cli, "unlock", &args, NULL, NULL);
    explicit_bzero(passphrase, sizeof(passphrase));
    if (end.exit == EXIT_DONE) {
        struct local_builder builder = {.count = 0};
        if (for_ms > 0) {
            local_add_number(&builder, "for", for_ms);
        }
        struct local_fields fields = local_built(&builder);
        const char *code = local_text(&end.fields, "code");
        console_say(&cli->console, code[0] != '\0' ? code : "unlocked", &fields);
    }
    return console_end(&cli->console, &end);
}

int cmd_lock(struct cli *cli)
{
    int exit_code = cli_attach(cli, CLASS_NONE, SESSION_NEEDS_JOINED);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    struct face_end end = cli_ask(cli, "lock", NULL, NULL, NULL);
    if (end.exit == EXIT_DONE) {
        const char *code = local_text(&end.fields, "code");
        console_say(&cli->console, code[0] != '\0' ? code : "was_locked", NULL);
    }
    return console_end(&cli->console, &end);
}

/* Until the agent has let go of the profile: whoever moves or deletes it next must not meet a store being closed. */
static void await_end(struct face *face)
{
    struct local_frame frame;
    while (face_next(face, -1, &frame, NULL) == OIM_OK) {
    }
}

int cmd_agent(struct cli *cli)
{
    const char *profile = options_value(&cli->options, "profile");
    if (!options_has(&cli->options, "stop")) {
        return cli->agent_main(profile != NULL ? profile : PROFILE_NAME_DEFAULT);
    }
    int exit_code = cli_attach(cli, CLASS_NONE, SESSION_NEEDS_AGENT);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    exit_code = cli_ask_quietly(cli, "stop", NULL);
    if (exit_code == EXIT_DONE) {
        await_end(cli->face);
        console_say(&cli->console, "agent_stopped", NULL);
    }
    return exit_code;
}
