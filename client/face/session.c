/*
 * session.c - what every one-shot program does before its request; see session.h.
 */
#include "client/face/session.h"

#include <string.h>

#include "client/face/ask.h"
#include "client/text/safe.h"

/* Ask for the passphrase once, and open the keys with it. Returns an exit code. */
static int unlock_by_asking(struct console *console, struct face *face)
{
    if (!ask_possible()) {
        console_complain(console, "locked", NULL);
        return EXIT_FAILED;
    }
    char question[128];
    char passphrase[ASK_LINE_SIZE_MAX];
    struct oim_error err = {0};
    console_words(console, "ask_passphrase", NULL, question, sizeof(question));
    enum oim_status status = ask_line(question, true, passphrase, &err);
    if (status != OIM_OK) {
        return console_status(console, status, &err);
    }
    struct local_builder args = {.count = 0};
    local_add_text(&args, "passphrase", passphrase);
    struct local_fields fields = local_built(&args);
    struct face_end end = {.exit = EXIT_FAILED};
    status = face_run(face, "unlock", &fields, NULL, NULL, &end, &err);
    explicit_bzero(passphrase, sizeof(passphrase));
    return status == OIM_OK ? console_end(console, &end) : console_status(console, status, &err);
}

int session_attach(struct console *console, const struct face_options *options, enum session_need need,
                   struct face **out)
{
    struct face_options spoken = *options;
    spoken.lang = console->words.language == WORDS_SPANISH ? "es" : "en";
    struct oim_error err = {0};
    enum oim_status status = face_attach(&spoken, out, &err);
    if (status == OIM_ERR_IO) {
        struct local_builder why = {.count = 0};
        local_add_text(&why, "text", err.text);
        struct local_fields fields = local_built(&why);
        console_complain(console, "agent_not_started", &fields);
        return EXIT_FAILED;
    }
    if (status != OIM_OK) {
        return console_status(console, status, &err);
    }
    const char *state = local_text(face_whoami(*out), "state");
    if (need >= SESSION_NEEDS_JOINED && strcmp(state, "none") == 0) {
        console_complain(console, "none", NULL);
        return EXIT_FAILED;
    }
    if (need >= SESSION_NEEDS_KEYS && strcmp(state, "locked") == 0) {
        return unlock_by_asking(console, *out);
    }
    return EXIT_DONE;
}

void session_print_candidate(struct console *console, const struct local_fields *fields)
{
    if (console->json) {
        console_object(console, "candidate", fields, NULL);
        return;
    }
    char login[128];
    char display[512];
    text_safe(login, sizeof(login), oim_slice_text(local_text(fields, "login")), SAFE_MARK_NEWLINES);
    text_safe(display, sizeof(display), oim_slice_text(local_text(fields, "display")), SAFE_MARK_NEWLINES);
    fprintf(console->err, "  %-16s  %s\n", login, display);
}
