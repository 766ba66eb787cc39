/*
 * cmd_policy.c - what applies to me: what I may do, in sentences, each with where it comes from.
 *
 * Settings with a sentence of their own ("my_NAME" in the table of words) are said in the server's order;
 * those that decide who may leave messages are in the verdict; the rest is listed where an administrator has
 * set it.
 */
#include <stdlib.h>
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/spec.h"

#define SENTENCE_SIZE_MAX 1024u
#define CODE_SIZE_MAX 80u
#define SOURCE_SIZE_MAX 160u

struct settings {
    struct cli *cli;
    struct oim_buf sentences;
    struct text_table others;
};

/* "default", "your organisation", "policy X". */
static const char *source_words(const struct console *console, const char *origin, char out[SOURCE_SIZE_MAX])
{
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "origin", origin);
    local_add_text(&builder, "shown", strncmp(origin, "Tag:", 4) == 0 ? origin + 4 : origin);
    struct local_fields fields = local_built(&builder);
    return console_words(console, "policy_source", &fields, out, SOURCE_SIZE_MAX);
}

/* The first two decide who may leave messages, and the verdict says how; the last is for administrators. */
static bool is_left_out(const char *name)
{
    return strcmp(name, "EnableOfflineIm") == 0 || strcmp(name, "EnableIMAutoArchiving") == 0 ||
           strcmp(name, "Description") == 0;
}

/* Has somebody given it a value, in a policy? */
static bool is_set(const char *value, const char *origin)
{
    return value[0] != '\0' && strcmp(origin, "default") != 0 && strcmp(origin, "organisation") != 0;
}

static bool add_sentence(struct settings *settings, const char *code, const char *value, const char *source)
{
    char sentence[SENTENCE_SIZE_MAX];
    char *end = NULL;
    long long number = strtoll(value, &end, 10);
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "value", value);
    local_add_text(&builder, "source", source);
    if (end != value && *end == '\0') {
        local_add_number(&builder, "number", number);
    }
    struct local_fields fields = local_built(&builder);
    console_words(&settings->cli->console, code, &fields, sentence, sizeof(sentence));
    return oim_buf_printf(&settings->sentences, "  %s\n", sentence) == OIM_OK;
}

static bool on_setting(void *context, const char *what, const struct local_fields *fields)
{
    struct settings *settings = context;
    struct console *console = &settings->cli->console;
    if (strcmp(what, "setting") != 0) {
        return true;
    }
    console_object(console, what, fields, NULL);
    const char *name = local_text(fields, "name");
    const char *value = local_text(fields, "value");
    const char *origin = local_text(fields, "origin");
    char code[CODE_SIZE_MAX];
    char source[SOURCE_SIZE_MAX];
    (void)snprintf(code, sizeof(code), "my_%s", name);
    source_words(console, origin, source);
    bool fits = true;
    if (words_known(code)) {
        fits = add_sentence(settings, code, value, source);
    } else if (!is_left_out(name) && is_set(value, origin)) {
        fits = text_table_add(&settings->others, name) == OIM_OK &&
               text_table_add(&settings->others, value) == OIM_OK &&
               text_table_add(&settings->others, source) == OIM_OK;
    }
    console->failed = console->failed || !fits;
    return true;
}

static void verdict_say(struct cli *cli, const struct local_fields *fields)
{
    const char *policy = local_text(fields, "policy");
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "shown", strncmp(policy, "Tag:", 4) == 0 ? policy + 4 : policy);
    local_add_text(&builder, "via", local_text(fields, "via"));
    local_add_text(&builder, "rule", local_text(fields, "rule"));
    local_add_truth(&builder, "may_leave", local_truth(fields, "may_leave"));
    struct local_fields all = local_built(&builder);
    console_say(&cli->console, "my_policy", &all);
    console_say(&cli->console, "my_verdict", &all);
}

static void people_print(struct settings *settings, const struct face_end *end)
{
    struct console *console = &settings->cli->console;
    const struct local_fields *fields = &end->fields;
    verdict_say(settings->cli, fields);
    console_bytes(console, oim_buf_slice(&settings->sentences));
    if (settings->others.cell_count > 0) {
        console_say(console, "my_other_settings", NULL);
        console_table(console, &settings->others, 2);
    }
    if (end->exit != EXIT_DONE) {
        console_say(console, "my_policy_as_of", fields);
    }
}

int cmd_policy(struct cli *cli)
{
    int exit_code = cli_attach(cli, CLASS_NONE, SESSION_NEEDS_KEYS);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    struct settings settings = {.cli = cli};
    oim_buf_init(&settings.sentences, 64u * SENTENCE_SIZE_MAX);
    text_table_init(&settings.others, 3);
    struct face_end end = cli_ask(cli, "policy", NULL, on_setting, &settings);
    if (local_field(&end.fields, "policy") != NULL) {
        console_object(&cli->console, "policy", &end.fields, NULL);
        if (!cli->console.json) {
            people_print(&settings, &end);
        }
    }
    text_table_finish(&settings.others);
    oim_buf_finish(&settings.sentences);
    return console_end(&cli->console, &end);
}
