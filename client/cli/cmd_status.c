/*
 * cmd_status.c - how am I and does it work: `oim` alone, status, whoami, unread.
 */
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/spec.h"
#include "proto/names.h"

/* "Alice Ng, available · connected to chat.example.org · 3 unread from 2 people · ...", each part a row of
 * its own. */
static void status_print(struct cli *cli, const struct local_fields *me)
{
    static const char *const parts[] = {"me_presence",  "me_note",   "me_until",  "me_visible",
                                        "me_connected", "me_unread", "me_outbox", "me_offline"};
    bool first = true;
    for (size_t i = 0; i < OIM_COUNT(parts); i++) {
        bool no_end = local_number(me, "presence_until", 0) == 0;
        bool no_note = local_text(me, "note")[0] == '\0';
        bool seen = !local_truth(me, "invisible_ended");
        if ((no_end && strcmp(parts[i], "me_until") == 0) || (no_note && strcmp(parts[i], "me_note") == 0) ||
            (seen && strcmp(parts[i], "me_visible") == 0)) {
            continue;
        }
        char part[512];
        console_words(&cli->console, parts[i], me, part, sizeof(part));
        console_bytes(&cli->console, oim_slice_text(first ? "" : " · "));
        console_bytes(&cli->console, oim_slice_text(part));
        first = false;
    }
    console_bytes(&cli->console, OIM_SLICE_LITERAL("\n"));
}

static void me_show(struct cli *cli, const struct local_fields *me)
{
    if (cli->console.json) {
        console_object(&cli->console, "whoami", me, NULL);
    } else {
        status_print(cli, me);
    }
}

/* Returns an exit code. */
static int status_args(struct cli *cli, struct local_builder *args)
{
    const char *state = cli_operand(cli, 0);
    const char *note = options_value(&cli->options, "note");
    bool bounded = options_has(&cli->options, "for") || options_has(&cli->options, "until");
    if (state == NULL && (note != NULL || bounded)) {
        return cli_usage(cli, "name the state too: oim status busy --for 1h");
    }
    if (state == NULL) {
        return EXIT_DONE;
    }
    enum presence_state known = presence_from_name(state);
    if (known == PRESENCE_UNKNOWN || known == PRESENCE_INACTIVE || known == PRESENCE_BUSY_INACTIVE ||
        known == PRESENCE_OFFLINE) {
        return cli_usage(cli,
                         "'%s' is no state; there are available, busy, dnd, presenting, brb, away, offwork, "
                         "invisible, auto",
                         state);
    }
    if (options_has(&cli->options, "for") && options_has(&cli->options, "until")) {
        return cli_usage(cli, "--for and --until exclude each other");
    }
    int64_t for_ms = 0;
    int64_t until_ms = 0;
    if (!cli_duration(cli, "for", 0, &for_ms) || !cli_point(cli, "until", 1, &until_ms)) {
        return EXIT_USAGE;
    }
    if (options_has(&cli->options, "for") && for_ms == 0) {
        return cli_usage(cli, "--for how long? 30m, 1h, 2d");
    }
    local_add_text(args, "state", presence_name(known));
    if (note != NULL) {
        local_add_text(args, "note", note);
    }
    if (for_ms > 0) {
        local_add_number(args, "for_ms", for_ms);
    }
    if (until_ms > 0) {
        local_add_number(args, "until_ms", until_ms);
    }
    return EXIT_DONE;
}

int cmd_status(struct cli *cli)
{
    struct local_builder args = {.count = 0};
    int exit_code = status_args(cli, &args);
    if (exit_code == EXIT_DONE) {
        exit_code = cli_attach(cli, CLASS_NONE, SESSION_NEEDS_KEYS);
    }
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    struct face_end end = cli_ask(cli, "status", &args, NULL, NULL);
    if (end.exit == EXIT_DONE) {
        me_show(cli, &end.fields);
    }
    return console_end(&cli->console, &end);
}

static void whoami_row(struct text_table *table, const char *name, const char *value)
{
    if (value[0] == '\0') {
        return;
    }
    if (text_table_add(table, name) != OIM_OK || text_table_add(table, value) != OIM_OK) {
        table->cell_count = 0; /* console_table then shows nothing rather than half */
    }
}

int cmd_whoami(struct cli *cli)
{
    int exit_code = cli_attach(cli, CLASS_NONE, SESSION_NEEDS_JOINED);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    struct face_end end = cli_ask(cli, "whoami", NULL, NULL, NULL);
    if (end.exit != EXIT_DONE) {
        return console_end(&cli->console, &end);
    }
    const struct local_fields *me = &end.fields;
    console_object(&cli->console, "whoami", me, NULL);
    if (cli->console.json) {
        return EXIT_DONE;
    }
    static const char *const names[] = {"display", "login", "role",  "device", "device_label",
                                        "address", "org",   "state", "policy"};
    struct text_table table;
    text_table_init(&table, 2);
    for (size_t i = 0; i < OIM_COUNT(names); i++) {
        whoami_row(&table, names[i], local_text(me, names[i]));
    }
    whoami_row(&table, "connected", local_truth(me, "connected") ? "yes" : "no");
    console_table(&cli->console, &table, 0);
    text_table_finish(&table);
    const char *trust = local_text(me, "trust");
    const char *denied = local_text(me, "denied");
    if (local_text(me, "because")[0] != '\0') {
        console_say(&cli->console, trust[0] != '\0' ? trust : denied[0] != '\0' ? denied : "not_reached", me);
    }
    if (!local_truth(me, "sealed")) {
        console_say(&cli->console, "not_sealed", me);
    }
    console_say(&cli->console, "traced", me);
    return EXIT_DONE;
}

int cmd_unread(struct cli *cli)
{
    int exit_code = cli_attach(cli, CLASS_NONE, SESSION_NEEDS_KEYS);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    /* Fetches first: what is still at the server waits too, and what was read elsewhere does not. */
    struct face_end end = cli_ask(cli, "unread", NULL, NULL, NULL);
    if (end.exit != EXIT_DONE) {
        return console_end(&cli->console, &end);
    }
    console_object(&cli->console, "unread", &end.fields, NULL);
    if (!cli->console.json) {
        char line[32];
        snprintf(line, sizeof(line), "%lld\n", (long long)local_number(&end.fields, "count", 0));
        console_bytes(&cli->console, oim_slice_text(line));
    }
    return EXIT_DONE;
}

/* There is no full screen yet; so this says how things are, and what there is. */
int cmd_none(struct cli *cli)
{
    int exit_code = cli_attach(cli, CLASS_NONE, SESSION_NEEDS_AGENT);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    const struct local_fields *me = face_whoami(cli->face);
    bool joined = strcmp(local_text(me, "state"), "none") != 0;
    if (cli->console.json) {
        console_object(&cli->console, "whoami", me, NULL);
        return joined ? EXIT_DONE : EXIT_FAILED;
    }
    if (joined && strcmp(local_text(me, "state"), "locked") != 0) {
        struct face_end end = cli_ask(cli, "status", NULL, NULL, NULL);
        status_print(cli, end.exit == EXIT_DONE ? &end.fields : me);
    } else if (joined) {
        console_say(&cli->console, "locked", NULL);
    } else {
        console_say(&cli->console, "none", NULL);
    }
    console_bytes(&cli->console, OIM_SLICE_LITERAL("\n"));
    options_print_help(&cli_program, NULL, cli->console.out);
    return joined ? EXIT_DONE : EXIT_FAILED;
}
