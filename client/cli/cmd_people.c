/*
 * cmd_people.c - who is here: contacts, and the directory of everybody.
 */
#include <string.h>

#include "client/cli/cli.h"
#include "proto/names.h"

struct people {
    struct cli *cli;
    struct text_table table;
    size_t count;
};

static void buf_finish(struct oim_buf *buf)
{
    oim_buf_finish(buf);
}

static void cells_add(struct people *people, const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text_table_add(&people->table, cells[i]) != OIM_OK) {
            people->cli->console.failed = true;
        }
    }
    people->count++;
}

/* What somebody who wants to write should know: not joined, closed, else the presence. */
static void how_they_are(const struct people *people, const struct local_fields *fields, char *out,
                         size_t out_size)
{
    const char *state = local_text(fields, "state");
    char code[64];
    snprintf(code, sizeof(code), "person_%s", state);
    if (state[0] != '\0' && words_known(code)) {
        console_words(&people->cli->console, code, fields, out, out_size);
    } else if (local_text(fields, "presence")[0] != '\0') {
        console_words(&people->cli->console, "presence", fields, out, out_size);
    } else {
        out[0] = '\0';
    }
}

static bool on_contact(void *context, const char *what, const struct local_fields *fields)
{
    struct people *people = context;
    if (cli_on_candidate(people->cli, what, fields) || strcmp(what, "contact") != 0) {
        return true;
    }
    console_object(&people->cli->console, what, fields, NULL);
    char how[128];
    how_they_are(people, fields, how, sizeof(how));
    char blocked[64] = "";
    if (local_truth(fields, "blocked")) {
        console_words(&people->cli->console, "contact_blocked", fields, blocked, sizeof(blocked));
    }
    const char *cells[] = {local_text(fields, "login"), local_text(fields, "display"), how,
                           local_text(fields, "note"), blocked};
    cells_add(people, cells, OIM_COUNT(cells));
    return true;
}

static bool on_person(void *context, const char *what, const struct local_fields *fields)
{
    struct people *people = context;
    if (strcmp(what, "person") != 0) {
        return true;
    }
    console_object(&people->cli->console, what, fields, NULL);
    char how[128];
    how_they_are(people, fields, how, sizeof(how));
    char offline[128] = "";
    char code[64];
    snprintf(code, sizeof(code), "person_why_%s", local_text(fields, "why"));
    if (!local_truth(fields, "offline_ok") && words_known(code)) {
        console_words(&people->cli->console, code, fields, offline, sizeof(offline));
    }
    const char *cells[] = {local_text(fields, "login"), local_text(fields, "display"),
                           local_text(fields, "team"), how, offline};
    cells_add(people, cells, OIM_COUNT(cells));
    return true;
}

static int contacts_list(struct cli *cli)
{
    struct people people = {.cli = cli};
    text_table_init(&people.table, 5);
    struct local_builder args = {.count = 0};
    local_add_text(&args, "do", "list");
    struct face_end end = cli_ask(cli, "contacts", &args, on_contact, &people);
    console_table(&cli->console, &people.table, 0);
    text_table_finish(&people.table);
    if (end.exit == EXIT_DONE && people.count == 0) {
        console_say(&cli->console, "no_contacts", NULL);
    }
    return console_end(&cli->console, &end);
}

/* Change one contact. Returns an exit code. */
static int contact_change(struct cli *cli, const char *verb, const char *done_code, const char *who)
{
    struct people people = {.cli = cli};
    text_table_init(&people.table, 5);
    struct local_builder args = {.count = 0};
    local_add_text(&args, "do", verb);
    local_add_text(&args, "who", who);
    struct face_end end = cli_ask(cli, "contacts", &args, on_contact, &people);
    text_table_finish(&people.table);
    if (end.exit == EXIT_DONE) {
        struct local_builder builder = {.count = 0};
        const char *display = local_text(&end.fields, "display");
        local_add_text(&builder, "peer", display[0] != '\0' ? display : who);
        struct local_fields fields = local_built(&builder);
        console_say(&cli->console, done_code, &fields);
    }
    return console_end(&cli->console, &end);
}

int cmd_contacts(struct cli *cli)
{
    static const struct {
        const char *verb;
        const char *done_code;
    } verbs[] = {{"add", "contact_added"},
                 {"remove", "contact_removed"},
                 {"block", "contact_block"},
                 {"unblock", "contact_unblock"}};
    const char *verb = cli_operand(cli, 0);
    bool list = verb == NULL || strcmp(verb, "list") == 0;
    size_t found = 0;
    while (!list && found < OIM_COUNT(verbs) && strcmp(verbs[found].verb, verb) != 0) {
        found++;
    }
    if (!list && found == OIM_COUNT(verbs)) {
        return cli_usage(cli, "contacts has list, add, remove, block and unblock, not '%s'", verb);
    }
    if (!list && cli->options.operand_count < 2) {
        return cli_usage(cli, "contacts %s whom?", verb);
    }
    int exit_code = cli_attach(cli, CLASS_NONE, SESSION_NEEDS_KEYS);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    if (list) {
        return contacts_list(cli);
    }
    for (size_t i = 1; i < cli->options.operand_count && exit_code == EXIT_DONE; i++) {
        exit_code = contact_change(cli, verb, verbs[found].done_code, cli_operand(cli, i));
    }
    return exit_code;
}

int cmd_people(struct cli *cli)
{
    OIM_CLEANUP(buf_finish) struct oim_buf words;
    oim_buf_init(&words, LOCAL_FRAME_SIZE_MAX / 2);
    if (cli_operands_join(cli, 0, &words) != OIM_OK || oim_buf_append(&words, "", 1) != OIM_OK) {
        return cli_usage(cli, "the words are too long");
    }
    int exit_code = cli_attach(cli, CLASS_NONE, SESSION_NEEDS_KEYS);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    struct people people = {.cli = cli};
    text_table_init(&people.table, 5);
    struct local_builder args = {.count = 0};
    local_add_text(&args, "words", (const char *)words.data);
    struct face_end end = cli_ask(cli, "people", &args, on_person, &people);
    console_table(&cli->console, &people.table, 0);
    text_table_finish(&people.table);
    if (end.exit == EXIT_DONE && people.count == 0) {
        console_say(&cli->console, "no_people", NULL);
    }
    return console_end(&cli->console, &end);
}
