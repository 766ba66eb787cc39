/* test_invite.c - lines survive mail and chat, damage is told in words, keys come out as written in
 * PROTOCOL.md. */
#include "proto/handshake.h"

#include <stdio.h>

#include "tests/proto/vectors.h"
#include "tests/support/check.h"

static struct invite_line example(void)
{
    struct invite_line line = {.host_port = "chat.example.org:7667", .kind = LINE_INVITE, .mode = WAY_DIRECT};

    (void)check_unhex(VECTOR_ORG_ID, line.org_id.bytes, OIM_ID_SIZE);
    (void)check_unhex(VECTOR_SERVER_KEY_ID, line.server_key_id.bytes, OIM_ID_SIZE);
    memset(line.secret, 0x42, sizeof(line.secret));
    memcpy(line.login, "tony", 5);
    return line;
}

static void check_reads_as_example(const char *text)
{
    struct invite_line line, expected = example();
    struct oim_error err = {0};

    CHECK_OK_ERR(invite_line_parse(text, &line, &err), &err);
    CHECK_TEXT(line.host_port, expected.host_port);
    CHECK_TEXT(line.login, expected.login);
    CHECK_EQ(line.kind, expected.kind);
    CHECK_EQ(line.mode, expected.mode);
    CHECK_BYTES(line.org_id.bytes, expected.org_id.bytes, OIM_ID_SIZE);
    CHECK_BYTES(line.server_key_id.bytes, expected.server_key_id.bytes, OIM_ID_SIZE);
    CHECK_BYTES(line.secret, expected.secret, INVITE_SECRET_SIZE);
    CHECK(!line.has_spki);
}

static void invite_line__is_written_as_in_the_protocol(void **state)
{
    struct invite_line line = example();
    char text[INVITE_LINE_SIZE_MAX];

    (void)state;
    invite_line_format(&line, text);
    CHECK_TEXT(text, VECTOR_LINE);
    check_reads_as_example(text);
}

static void invite_line__forgives__what_mail_does_to_it(void **state)
{
    (void)state;
    check_reads_as_example("  " VECTOR_LINE "\r\n");
    check_reads_as_example("oim://chat.example.org:7667/#AQEBGDgfHNNXmgZLyUdCl8jq0d7LZwl8EQn6\n"
                           "  4MlUNUQPeUFCQkJCQkJCQkJCQkJCQkJCAHRvbnk");
    check_reads_as_example(
        "OIM://chat.example.org/#AQEBGDgfHNNXmgZLyUdCl8jq0d7LZwl8EQn64MlUNUQPeUFCQkJCQkJCQkJCQkJCQk"
        "JCAHRvbnk");
    check_reads_as_example(
        "oim://chat.example.org:7667#AQEBGDgfHNNXmgZLyUdCl8jq0d7LZwl8EQn64MlUNUQPeUFCQkJCQkJCQkJCQk"
        "JCQkJCAHRvbnk");
}

static void check_refused(const char *text, const char *sentence)
{
    struct invite_line line, before;
    struct oim_error err = {0};

    memset(&line, 0x5a, sizeof(line));
    memset(&before, 0x5a, sizeof(before));
    CHECK_STATUS(invite_line_parse(text, &line, &err), OIM_ERR_USAGE);
    CHECK_TEXT(err.text, sentence);
    CHECK_BYTES(&line, &before, sizeof(line)); /* results are untouched on failure */
}

#define PAYLOAD "AQEBGDgfHNNXmgZLyUdCl8jq0d7LZwl8EQn64MlUNUQPeUFCQkJCQkJCQkJCQkJCQkJCAHRvbnk"

static void invite_line__says_in_words__what_is_wrong(void **state)
{
    (void)state;
    check_refused("", "one begins with oim://");
    check_refused("https://chat.example.org/#" PAYLOAD, "one begins with oim://");
    check_refused("oim://chat.example.org:7667/", "the line is cut short: the part from # on is missing "
                                                  "(in a shell, put the line in quotes)");
    check_refused("oim:///#" PAYLOAD, "the address names no server");
    check_refused("oim://[::1/#" PAYLOAD, "the address is no IPv6 address in brackets");
    check_refused("oim://host:0/#" PAYLOAD, "'host:0' is not HOST or HOST:PORT");
    check_refused("oim://host:65536/#" PAYLOAD, "'host:65536' is not HOST or HOST:PORT");
    check_refused("oim://user@host/#" PAYLOAD, "'user@host' is not HOST or HOST:PORT");
    check_refused("oim://host/#AQEB", "the line is cut short: copy it whole, to its last letter");
    check_refused("oim://host/#A!", "the line is damaged behind its #: copy it whole, and nothing more");
    check_refused("oim://host/#" PAYLOAD "!",
                  "the line is damaged behind its #: copy it whole, and nothing more");
    check_refused("oim://host/#AgEBGDgfHNNXmgZLyUdCl8jq0d7LZwl8EQn64MlUNUQPeUFCQkJCQkJCQkJCQkJCQkJCAHRvbnk",
                  "the line was made by a newer oim (version 2): update this one");
    check_refused("oim://host/#AQEDGDgfHNNXmgZLyUdCl8jq0d7LZwl8EQn64MlUNUQPeUFCQkJCQkJCQkJCQkJCQkJCAHRvbnk",
                  "the line is damaged: ask for it again, or copy it again");
}

static void invite_line__refuses__more_than_any_line_can_be(void **state)
{
    char text[2 * INVITE_LINE_SIZE_MAX];

    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text, "oim://", 6);
    text[sizeof(text) - 1] = '\0';
    check_refused(text, "it is too long");
    text[320] = '#';
    text[321] = '\0';
    check_refused(text, "the address is too long");
}

static void invite_line__carries__every_kind_with_the_longest_parts(void **state)
{
    (void)state;
    for (enum line_kind kind = LINE_INVITE; kind <= LINE_LINK; kind++) {
        struct invite_line line = example(), got;
        char text[INVITE_LINE_SIZE_MAX];
        struct oim_error err = {0};

        line.kind = kind;
        line.mode = WAY_PROXY;
        line.has_spki = true;
        memset(line.spki, 0x99, sizeof(line.spki));
        memset(line.login, 'z', LOGIN_SIZE_MAX);
        memset(line.host_port, 'h', HOST_PORT_SIZE_MAX - 10);
        memcpy(line.host_port + HOST_PORT_SIZE_MAX - 10, ":1", 3);
        invite_line_format(&line, text);
        CHECK_OK_ERR(invite_line_parse(text, &got, &err), &err);
        CHECK_TEXT(got.host_port, line.host_port);
        CHECK_TEXT(got.login, line.login);
        CHECK_EQ(got.kind, kind);
        CHECK_EQ(got.mode, WAY_PROXY);
        CHECK_BYTES(got.spki, line.spki, sizeof(line.spki));
    }
}

static void invite_line__reads__ipv6_addresses(void **state)
{
    struct invite_line line;
    struct oim_error err = {0};

    (void)state;
    CHECK_OK_ERR(invite_line_parse("oim://[::1]:7000/#" PAYLOAD, &line, &err), &err);
    CHECK_TEXT(line.host_port, "[::1]:7000");
    CHECK_OK_ERR(invite_line_parse("oim://[fe80::1]/#" PAYLOAD, &line, &err), &err);
    CHECK_TEXT(line.host_port, "[fe80::1]:7667");
}

static void invite_keys__come_out_as_in_the_protocol(void **state)
{
    struct invite_line line = example();
    struct sign_secret key;
    struct sign_public device;
    uint8_t seed[32];
    struct oim_hash mac;

    (void)state;
    invite_key(&line.org_id, line.secret, &key);
    struct sign_public pub = sign_public_of(&key);
    CHECK_HEX(pub.bytes, sizeof(pub.bytes), VECTOR_INVITE_PUB);
    struct oim_id id = invite_id(&pub);
    CHECK_HEX(id.bytes, OIM_ID_SIZE, VECTOR_INVITE_ID);

    memset(seed, 1, sizeof(seed));
    sign_secret_from_seed(&key, seed);
    pub = sign_public_of(&key);
    id = server_key_id(&pub);
    CHECK_HEX(id.bytes, OIM_ID_SIZE, VECTOR_SERVER_KEY_ID);

    id = link_id(line.secret);
    CHECK_HEX(id.bytes, OIM_ID_SIZE, VECTOR_LINK_ID);
    (void)check_unhex(VECTOR_DEVICE_IK, device.bytes, sizeof(device.bytes));
    link_mac(line.secret, &device, "laptop", &mac);
    CHECK_HEX(mac.bytes, sizeof(mac.bytes), VECTOR_LINK_MAC);
}

static void login__is_lower_case_letters_digits_and_three_signs(void **state)
{
    static const char *const good[] = {"a",          "0",       "tony",
                                       "tony.smith", "a-b_c.d", "abcdefghijklmnopqrstuvwxyz012345"};
    static const char *const bad[] = {"",
                                      ".a",
                                      "-a",
                                      "_a",
                                      "Tony",
                                      "tony smith",
                                      "tóny",
                                      "tony@",
                                      "a\n",
                                      "a/b",
                                      "abcdefghijklmnopqrstuvwxyz0123456"};

    (void)state;
    for (size_t i = 0; i < OIM_COUNT(good); i++) {
        CHECK(login_valid(good[i]));
    }
    for (size_t i = 0; i < OIM_COUNT(bad); i++) {
        CHECK(!login_valid(bad[i]));
    }
}

/* A display name must not be able to pose as another by steering the eye. */
static void name__holds_no_control_or_direction_signs(void **state)
{
    static const char *const good[] = {"Tony Smith", "Renée", "李雷", "🙂", "O'Neil, Jr. (Ops)"};
    static const char *const bad[] = {"",
                                      "a\nb",
                                      "a\x1b[31m",
                                      "\xc2\x9b",
                                      "a\xe2\x80\xae"
                                      "b",
                                      "\xe2\x80\xa8",
                                      "\xe2\x81\xa6",
                                      "\xef\xbb\xbfTony",
                                      "\xd8\x9c",
                                      "\xff",
                                      "\x7f"};
    char long_name[NAME_SIZE_MAX + 2];

    (void)state;
    for (size_t i = 0; i < OIM_COUNT(good); i++) {
        CHECK(name_valid(good[i]));
    }
    for (size_t i = 0; i < OIM_COUNT(bad); i++) {
        CHECK(!name_valid(bad[i]));
    }
    memset(long_name, 'n', sizeof(long_name));
    long_name[NAME_SIZE_MAX + 1] = '\0';
    CHECK(!name_valid(long_name));
    long_name[NAME_SIZE_MAX] = '\0';
    CHECK(name_valid(long_name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invite_line__is_written_as_in_the_protocol),
        cmocka_unit_test(invite_line__forgives__what_mail_does_to_it),
        cmocka_unit_test(invite_line__says_in_words__what_is_wrong),
        cmocka_unit_test(invite_line__refuses__more_than_any_line_can_be),
        cmocka_unit_test(invite_line__carries__every_kind_with_the_longest_parts),
        cmocka_unit_test(invite_line__reads__ipv6_addresses),
        cmocka_unit_test(invite_keys__come_out_as_in_the_protocol),
        cmocka_unit_test(login__is_lower_case_letters_digits_and_three_signs),
        cmocka_unit_test(name__holds_no_control_or_direction_signs),
    };

    if (crypto_init() != OIM_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
