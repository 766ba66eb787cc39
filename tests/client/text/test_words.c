/*
 * test_words.c - every code has its sentence in every language, and a sentence says what its fields say.
 */
#include "client/text/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "client/text/words_table.h"
#include "proto/names.h"
#include "tests/support/check.h"

#define NOW_MS 1715691720000 /* Tue 14 May 2024 15:02 in Madrid */
#define DAY_MS 86400000ll

static const struct words english = {.language = WORDS_ENGLISH, .now_ms = NOW_MS};
static const struct words spanish = {.language = WORDS_SPANISH, .now_ms = NOW_MS};

static int setup(void **state)
{
    (void)state;
    setenv("TZ", "Europe/Madrid", 1);
    tzset();
    return 0;
}

static void check_said(const struct words *words, const char *code, const struct local_builder *builder,
                       const char *expected)
{
    char out[1024];
    struct local_fields fields = local_built(builder);
    CHECK_TEXT(words_say(words, code, &fields, out, sizeof(out)), expected);
}

/*
 * Goal:   no reader ever gets a bare code for a refusal.
 * Method: every reason with everybody who may have decided it, with the fewest fields a server may send.
 */
static void words__have_a_sentence__for_every_reason_and_who(void **state)
{
    (void)state;
    for (unsigned reason = 1; reason < REASON_COUNT; reason++) {
        for (unsigned who = WHO_NONE; who <= WHO_RECIPIENT; who++) {
            struct local_builder builder = {.count = 0};
            local_add_text(&builder, "to_display", "Bob Stone");
            local_add_text(&builder, "who", who_name((enum who)who));
            struct local_fields fields = local_built(&builder);
            const char *code = reason_name((enum reason)reason);
            char en[512];
            char es[512];
            words_say(&english, code, &fields, en, sizeof(en));
            words_say(&spanish, code, &fields, es, sizeof(es));
            CHECK(strncmp(en, code, strlen(code)) != 0);
            CHECK(strcmp(en, es) != 0);
            CHECK(strchr(en, '{') == NULL && strchr(es, '{') == NULL);
        }
    }
}

static void words__know_every_code__of_states_and_ends(void **state)
{
    (void)state;
    static const char *const codes[] = {"queued",
                                        "queued_not_joined",
                                        "held",
                                        "delivered",
                                        "delivered_quiet",
                                        "read",
                                        "refused",
                                        "not_delivered",
                                        "expired",
                                        "erased",
                                        "received",
                                        "none",
                                        "already_joined",
                                        "locked",
                                        "passphrase_wrong",
                                        "failed",
                                        "invite_unknown",
                                        "invite_used",
                                        "invite_expired",
                                        "name_taken",
                                        "not_owner",
                                        "busy_agent",
                                        "folder",
                                        "disk_full_here",
                                        "account_closed",
                                        "device_revoked_here",
                                        "usage",
                                        "empty_text",
                                        "too_long",
                                        "once_conflict",
                                        "login_invalid",
                                        "name_invalid",
                                        "line_invalid",
                                        "too_many",
                                        "ambiguous_id",
                                        "denied",
                                        "server_changed",
                                        "log_changed",
                                        "fenced",
                                        "not_reached",
                                        "no_such_person",
                                        "ambiguous",
                                        "no_such_message",
                                        "no_such_device",
                                        "no_such_policy",
                                        "wait_ended"};
    for (size_t i = 0; i < OIM_COUNT(codes); i++) {
        if (!words_known(codes[i])) {
            fail_msg("no sentence for '%s'", codes[i]);
        }
    }
    for (unsigned i = 1; i <= GAP_CAP; i++) {
        char code[32];
        snprintf(code, sizeof(code), "gap_%s", gap_why_name((enum gap_why)i));
        CHECK(words_known(code));
    }
    for (unsigned i = 1; i <= NOTICE_ACCOUNT_RESET; i++) {
        char code[32];
        snprintf(code, sizeof(code), "notice_%s", notice_name((enum notice_what)i));
        CHECK(words_known(code));
    }
}

/* The names between braces of one text, sorted, each followed by a blank. */
static void parameters_of(const char *text, char out[1024])
{
    char names[16][64];
    size_t count = 0;
    while ((text = strchr(text, '{')) != NULL) {
        size_t size = strcspn(text + 1, ":=|}");
        CHECK(strchr(text, '}') != NULL && strchr(text, '}') - text < 160);
        CHECK(size > 0 && size < sizeof(names[0]) && count < OIM_COUNT(names));
        bool seen = false;
        for (size_t i = 0; i < count; i++) {
            seen = seen || (strlen(names[i]) == size && strncmp(names[i], text + 1, size) == 0);
        }
        if (!seen) {
            snprintf(names[count], sizeof(names[0]), "%.*s", (int)size, text + 1);
            count++;
        }
        text++;
    }
    qsort(names, count, sizeof(names[0]), (int (*)(const void *, const void *))strcmp);
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        strcat(strcat(out, names[i]), " ");
    }
}

static void words_rows__take_the_same_parameters__in_both_languages(void **state)
{
    (void)state;
    const struct words_row *row = NULL;
    for (size_t i = 0; (row = words_row_at(i)) != NULL; i++) {
        CHECK(row->texts[WORDS_ENGLISH][0] != '\0');
        CHECK(row->texts[WORDS_SPANISH][0] != '\0');
        char en[1024];
        char es[1024];
        parameters_of(row->texts[WORDS_ENGLISH], en);
        parameters_of(row->texts[WORDS_SPANISH], es);
        if (strcmp(en, es) != 0) {
            fail_msg("row %zu of '%s': '%s' in English, '%s' in Spanish", i, row->code, en, es);
        }
    }
}

static void words__count_and_date__as_the_language_does(void **state)
{
    (void)state;
    struct local_builder held = {.count = 0};
    local_add_text(&held, "to_display", "Bob");
    local_add_number(&held, "until", NOW_MS + 14 * DAY_MS);
    check_said(&english, "held", &held, "Held for Bob until they sign in (until Tue 28 May)");
    check_said(&spanish, "held", &held, "Guardado para Bob hasta que inicie sesión (hasta el mar 28 may)");

    struct local_builder summary = {.count = 0};
    local_add_number(&summary, "count", 14);
    local_add_number(&summary, "people", 3);
    local_add_number(&summary, "quiet", 2);
    local_add_number(&summary, "expired", 1);
    check_said(&english, "summary", &summary,
               "While you were away: 14 messages from 3 people (2 during Do Not Disturb, 1 expired)");
    check_said(&spanish, "summary", &summary,
               "Mientras no estaba: 14 mensajes de 3 personas (2 en No molestar, 1 caducado)");

    struct local_builder one = {.count = 0};
    local_add_number(&one, "count", 1);
    local_add_number(&one, "people", 1);
    local_add_number(&one, "quiet", 0);
    check_said(&english, "summary", &one, "While you were away: 1 message from 1 person");

    struct local_builder length = {.count = 0};
    local_add_number(&length, "count", 9214);
    local_add_number(&length, "limit", 8000);
    check_said(&english, "too_long", &length,
               "9,214 characters; the limit is 8,000. Send it in parts, or --truncate (keeps the end).");
    check_said(
        &spanish, "too_long", &length,
        "9214 caracteres; el límite es 8000. Envíelo por partes, o con --truncate (conserva el final).");
}

static void words__choose_the_row__that_the_fields_allow(void **state)
{
    (void)state;
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "to_display", "Bob");
    local_add_number(&builder, "until", 0);
    check_said(&english, "held", &builder, "Held for Bob until they sign in");
    check_said(&english, "sender_offline_off", &builder,
               "Not sent: Bob is signed out, and you may not leave messages.");
    local_add_text(&builder, "policy", "NoOffline");
    check_said(&english, "sender_offline_off", &builder,
               "Not sent: Bob is signed out, and you may not leave messages (policy NoOffline).");

    struct local_builder store = {.count = 0};
    for (size_t i = 0; i < 4; i++) {
        static const char *const figures[] = {"store_bytes", "disk_free", "commit_age", "slowest"};
        local_add_number(&store, figures[i], 0);
    }
    check_said(&english, "status_store", &store,
               "store       0 bytes, disk 0 bytes free, last commit 0 s ago, slowest of a day 0 ms");

    struct local_builder me = {.count = 0};
    local_add_text(&me, "display", "Alice Ng");
    local_add_text(&me, "presence", "dnd");
    check_said(&english, "me_presence", &me, "Alice Ng, do not disturb");
    check_said(&spanish, "me_presence", &me, "Alice Ng, no molestar");
    check_said(&english, "me_outbox", &me, "outbox empty");
}

static void words__quote_what_an_administrator_left__so_that_it_ends_somewhere(void **state)
{
    (void)state;
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "to_display", "Tony");
    local_add_text(&builder, "text", "what I wrote");
    local_add_number(&builder, "closed", 1716901320000);
    local_add_text(&builder, "say", "Ask Ana");
    check_said(&english, "closed", &builder,
               "Not sent: the account of Tony was closed on Tue 28 May: “Ask Ana”.");
}

static void words__say_a_code_of_a_newer_version__by_its_text(void **state)
{
    (void)state;
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "limit_of", "moons");
    check_said(&english, "too_many_moons", &builder, "too_many_moons limit_of=moons");
    local_add_text(&builder, "text", "There are too many moons.");
    check_said(&spanish, "too_many_moons", &builder, "There are too many moons.");
}

/*
 * Goal:   a name cannot command the terminal.
 * Method: a display name with an escape sequence and a line break, in a sentence and in the fallback.
 */
static void words__make_texts_harmless__wherever_they_stand(void **state)
{
    (void)state;
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "to_display", "Bob\033[2J\nx");
    char out[256];
    struct local_fields fields = local_built(&builder);
    words_say(&english, "delivered", &fields, out, sizeof(out));
    CHECK(strchr(out, '\033') == NULL && strchr(out, '\n') == NULL);
    words_say(&english, "of_a_newer_version", &fields, out, sizeof(out));
    CHECK(strchr(out, '\033') == NULL && strchr(out, '\n') == NULL);
}

static void words_state_code__is_the_reason__only_of_what_was_refused(void **state)
{
    (void)state;
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "state", "refused");
    local_add_text(&builder, "reason", "closed");
    struct local_fields fields = local_built(&builder);
    CHECK_TEXT(words_state_code(&fields), "closed");
    builder.items[0].text = "held";
    CHECK_TEXT(words_state_code(&fields), "held");
}

static void words_language__is_spanish__only_when_the_locale_says_so(void **state)
{
    (void)state;
    CHECK_EQ(words_language_of("es_ES.UTF-8"), WORDS_SPANISH);
    CHECK_EQ(words_language_of("es"), WORDS_SPANISH);
    CHECK_EQ(words_language_of("est"), WORDS_ENGLISH);
    CHECK_EQ(words_language_of("C"), WORDS_ENGLISH);
    CHECK_EQ(words_language_of(NULL), WORDS_ENGLISH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words__have_a_sentence__for_every_reason_and_who),
        cmocka_unit_test(words__know_every_code__of_states_and_ends),
        cmocka_unit_test(words_rows__take_the_same_parameters__in_both_languages),
        cmocka_unit_test(words__count_and_date__as_the_language_does),
        cmocka_unit_test(words__choose_the_row__that_the_fields_allow),
        cmocka_unit_test(words__quote_what_an_administrator_left__so_that_it_ends_somewhere),
        cmocka_unit_test(words__say_a_code_of_a_newer_version__by_its_text),
        cmocka_unit_test(words__make_texts_harmless__wherever_they_stand),
        cmocka_unit_test(words_state_code__is_the_reason__only_of_what_was_refused),
        cmocka_unit_test(words_language__is_spanish__only_when_the_locale_says_so),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
