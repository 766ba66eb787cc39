/*
 * test_ws_server.c - the server's WebSocket side, against our client and against a socket that is no client.
 *
 * Everything runs on one loop over loopback; nothing waits for time to pass.
 */
#include "server/net/ws_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/server/net/ws_pair.h"
#include "tests/support/check.h"

static bool client_heard_one(const struct ws_pair *pair)
{
    return pair->client_message_count >= 1;
}

static bool server_heard_one(const struct ws_pair *pair)
{
    return pair->server_message_count >= 1;
}

static bool server_heard_two(const struct ws_pair *pair)
{
    return pair->server_message_count >= 2;
}

static bool client_ended(const struct ws_pair *pair)
{
    return pair->ended;
}

static bool server_closed_one(const struct ws_pair *pair)
{
    return pair->server_closed_count >= 1;
}

static bool server_closed_four(const struct ws_pair *pair)
{
    return pair->server_closed_count >= 4;
}

static bool server_writable(const struct ws_pair *pair)
{
    return pair->server_writable_count >= 1;
}

static void ws__agrees_on_the_channel_binding__over_tls(void **state)
{
    (void)state;
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_TLS);
    ws_pair_connect(&pair, WS_CLIENT_DIRECT);
    CHECK(pair.open);
    CHECK_EQ(pair.client_cb_type, CB_TLS_EXPORTER);
    CHECK_BYTES(pair.client_cb, pair.server_cb, CB_SIZE);
    const uint8_t zeros[CB_SIZE] = {0};
    CHECK(memcmp(pair.client_cb, zeros, CB_SIZE) != 0);
    CHECK(pair.address_key != 0);

    uint8_t first_cb[CB_SIZE];
    memcpy(first_cb, pair.client_cb, CB_SIZE);
    ws_client_close(pair.client);
    ws_pair_run_until(&pair, server_closed_one);
    ws_pair_connect(&pair, WS_CLIENT_DIRECT);
    CHECK(pair.open);
    CHECK(memcmp(pair.client_cb, first_cb, CB_SIZE) != 0);
    ws_pair_finish(&pair);
}

static void ws__binds_nothing__on_a_plain_connection(void **state)
{
    (void)state;
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_PROXY);
    ws_pair_connect(&pair, WS_CLIENT_PROXY);
    CHECK(pair.open);
    CHECK_EQ(pair.client_cb_type, CB_NONE);
    const uint8_t zeros[CB_SIZE] = {0};
    CHECK_BYTES(pair.client_cb, zeros, CB_SIZE);
    CHECK_BYTES(pair.server_cb, zeros, CB_SIZE);
    CHECK_EQ(pair.address_key, 0);
    ws_pair_finish(&pair);
}

static void ws__echoes__over_the_local_socket(void **state)
{
    (void)state;
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_LOCAL);
    pair.echo = true;
    ws_pair_connect(&pair, WS_CLIENT_LOCAL);
    CHECK(pair.open);
    CHECK_OK(ws_client_send(pair.client, OIM_SLICE_LITERAL("hello")));
    ws_pair_run_until(&pair, client_heard_one);
    CHECK_BYTES(pair.client_heard.data, "hello", 5);
    ws_pair_finish(&pair);
    CHECK_EQ(unlink("test.sock"), 0);
}

static void ws__carries_the_largest_message_whole__both_ways_over_tls(void **state)
{
    (void)state;
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_TLS);
    pair.echo = true;
    ws_pair_connect(&pair, WS_CLIENT_DIRECT);
    uint8_t *data = malloc(MESSAGE_SIZE_MAX);
    CHECK(data != NULL);
    for (size_t i = 0; i < MESSAGE_SIZE_MAX; i++) {
        data[i] = (uint8_t)(i * 131 + i / 251);
    }
    CHECK_OK(ws_client_send(pair.client, oim_slice(data, MESSAGE_SIZE_MAX)));
    ws_pair_run_until(&pair, client_heard_one);
    CHECK_EQ(pair.server_heard.size, MESSAGE_SIZE_MAX);
    CHECK_EQ(pair.client_heard.size, MESSAGE_SIZE_MAX);
    CHECK_EQ(pair.server_message_count, 1);
    CHECK_EQ(pair.client_message_count, 1);
    CHECK(memcmp(pair.client_heard.data, data, MESSAGE_SIZE_MAX) == 0);
    free(data);
    ws_pair_finish(&pair);
}

/*
 * Goal:   the core is told when to stop writing, and when it may go on.
 * Method: the loop does not run while the server writes more than any socket takes.
 */
static void ws_server_write__reports_blocked__and_then_writable(void **state)
{
    (void)state;
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_PROXY);
    ws_pair_connect(&pair, WS_CLIENT_PROXY);
    uint8_t *data = calloc(1, MESSAGE_SIZE_MAX);
    CHECK(data != NULL);
    size_t count = 0;
    while (ws_pair_write(&pair, oim_slice(data, MESSAGE_SIZE_MAX)) == WS_SENT) {
        count++;
        CHECK(count < 1000);
    }
    CHECK_EQ(pair.server_writable_count, 0);
    ws_pair_run_until(&pair, server_writable);
    ws_pair_run_until(&pair, client_heard_one);
    free(data);
    ws_pair_finish(&pair);
}

static void ws_server_close__sends_what_was_written_then_code_and_reason(void **state)
{
    (void)state;
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_TLS);
    ws_pair_connect(&pair, WS_CLIENT_DIRECT);
    CHECK_EQ(ws_pair_write(&pair, OIM_SLICE_LITERAL("last words")), WS_SENT);
    ws_server_close(pair.server, pair.conn, 1008, "somebody else is you now");
    ws_server_close(pair.server, pair.conn, 1000, "a second close changes nothing");
    ws_pair_run_until(&pair, client_ended);
    CHECK_BYTES(pair.client_heard.data, "last words", 10);
    CHECK_EQ(pair.end, WS_END_CLOSED);
    CHECK_EQ(pair.end_code, 1008);
    CHECK_TEXT(pair.end_text, "somebody else is you now");
    ws_pair_run_until(&pair, server_closed_one);
    CHECK_EQ(ws_server_connection_count(pair.server), 0);
    ws_pair_finish(&pair);
}

static void ws_server__ignores__effects_for_connections_that_are_gone(void **state)
{
    (void)state;
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_PROXY);
    ws_pair_connect(&pair, WS_CLIENT_PROXY);
    ws_client_close(pair.client);
    ws_pair_run_until(&pair, server_closed_one);
    CHECK_EQ(ws_pair_write(&pair, OIM_SLICE_LITERAL("too late")), WS_SENT);
    ws_server_close(pair.server, pair.conn, 1000, "too late");
    ws_server_read(pair.server, pair.conn, false);
    ws_pair_finish(&pair);
}

static void ws_server_read__holds_messages_back__until_told_to_go_on(void **state)
{
    (void)state;
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_PROXY);
    ws_pair_connect(&pair, WS_CLIENT_PROXY);
    ws_server_read(pair.server, pair.conn, false);
    CHECK_OK(ws_client_send(pair.client, OIM_SLICE_LITERAL("wait")));
    for (int round = 0; round < 5; round++) {
        ev_run(pair.ev, EVRUN_NOWAIT);
    }
    CHECK_EQ(pair.server_message_count, 0);
    ws_server_read(pair.server, pair.conn, true);
    ws_pair_run_until(&pair, server_heard_one);
    ws_pair_finish(&pair);
}

/* ---- a socket that speaks WebSocket by hand: what our own client never sends
 * ---------------------------------- */

struct raw {
    int fd;
    uint8_t answer[4096];
    size_t answer_size;
    bool end;
};

static void raw_connect(struct raw *raw, const struct ws_pair *pair)
{
    *raw = (struct raw){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons(pair->listener.port),
                                        .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    CHECK_EQ(connect(raw->fd, (const struct sockaddr *)&address, sizeof(address)), 0);
}

static void raw_send(struct raw *raw, const void *data, size_t size)
{
    CHECK_EQ(send(raw->fd, data, size, MSG_NOSIGNAL), size);
}

/* Run the server until the raw socket has size bytes more, or its end. */
static void raw_read(struct raw *raw, struct ws_pair *pair, size_t size)
{
    size_t wanted = raw->answer_size + size;
    while (!raw->end && raw->answer_size < wanted) {
        ev_run(pair->ev, EVRUN_NOWAIT);
        ssize_t got = recv(raw->fd, raw->answer + raw->answer_size, wanted - raw->answer_size, MSG_DONTWAIT);
        if (got > 0) {
            raw->answer_size += (size_t)got;
        }
        raw->end = got == 0;
    }
}

static bool raw_has_header(const struct raw *raw)
{
    return raw->answer_size >= 4 && memcmp(raw->answer + raw->answer_size - 4, "\r\n\r\n", 4) == 0;
}

#define OUR_VERSION "Sec-WebSocket-Version: 13\r\n"
#define OUR_PROTOCOL OUR_VERSION "Sec-WebSocket-Protocol: oim.v1\r\n"

/* Ask for an upgrade; true when the answer is 101. Its header stays in raw->answer. */
static bool raw_upgrade(struct raw *raw, struct ws_pair *pair, const char *path, const char *extra)
{
    char request[512];
    int size = snprintf(request, sizeof(request),
                        "GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
                        path, extra);
    raw_send(raw, request, (size_t)size);
    while (!raw->end && !raw_has_header(raw)) {
        raw_read(raw, pair, 1);
    }
    return raw->answer_size > 12 && memcmp(raw->answer, "HTTP/1.1 101", 12) == 0;
}

static void raw_open(struct raw *raw, struct ws_pair *pair)
{
    raw_connect(raw, pair);
    CHECK(raw_upgrade(raw, pair, "/oim", OUR_PROTOCOL));
    raw->answer_size = 0;
}

/* The head of a masked frame (mask 0 0 0 0: the bytes as they are), then data, which may be less than
 * claimed. */
static void raw_frame(struct raw *raw, uint8_t first, size_t claimed_size, const void *data, size_t size)
{
    uint8_t header[14] = {first, (uint8_t)(0x80 | claimed_size)};
    size_t header_size = 2;
    if (claimed_size >= 126) {
        header[1] = 0x80 | 127;
        oim_put_be64(header + 2, claimed_size);
        header_size = 10;
    }
    raw_send(raw, header, header_size + 4);
    raw_send(raw, data, size);
}

static void expect_close(struct raw *raw, struct ws_pair *pair, uint16_t code)
{
    raw_read(raw, pair, 4);
    CHECK_EQ(raw->answer_size, 4);
    CHECK_EQ(raw->answer[0], 0x88);
    CHECK_EQ(oim_get_be16(raw->answer + 2), code);
    close(raw->fd);
    ws_pair_run_until(pair, server_closed_one);
}

static void ws_server__refuses__wrong_path_protocol_and_browsers(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *extra;
        bool upgraded;
    } requests[] = {
        {"/oim", OUR_PROTOCOL, true},
        {"/", OUR_PROTOCOL, false},
        {"/oim/x", OUR_PROTOCOL, false},
        {"/oi", OUR_PROTOCOL, false},
        {"/oim", OUR_VERSION, false},
        {"/oim", OUR_VERSION "Sec-WebSocket-Protocol: none\r\n", false},
        {"/oim", OUR_VERSION "Sec-WebSocket-Protocol: oim.v2\r\n", false},
        {"/oim", "Sec-WebSocket-Protocol: oim.v1\r\n", false},
        {"/oim", "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Protocol: oim.v1\r\n", false},
        {"/oim", "Sec-WebSocket-Version: 130\r\nSec-WebSocket-Protocol: oim.v1\r\n", false},
        {"/oim", OUR_PROTOCOL "Origin: https://evil.example\r\n", false},
    };
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_PROXY);
    for (size_t i = 0; i < OIM_COUNT(requests); i++) {
        struct raw raw;
        raw_connect(&raw, &pair);
        if (raw_upgrade(&raw, &pair, requests[i].path, requests[i].extra) != requests[i].upgraded) {
            fail_msg("request %zu: %.*s", i, (int)raw.answer_size, (const char *)raw.answer);
        }
        close(raw.fd);
    }
    ws_pair_finish(&pair);
}

static void ws_server__never_negotiates__compression(void **state)
{
    (void)state;
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_PROXY);
    struct raw raw;
    raw_connect(&raw, &pair);
    CHECK(raw_upgrade(&raw, &pair, "/oim", OUR_PROTOCOL "Sec-WebSocket-Extensions: permessage-deflate\r\n"));
    CHECK(memmem(raw.answer, raw.answer_size, "xtensions", 9) == NULL);
    close(raw.fd);
    ws_pair_finish(&pair);
}

static void ws_server__puts_fragments_together(void **state)
{
    (void)state;
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_PROXY);
    struct raw raw;
    raw_open(&raw, &pair);
    raw_frame(&raw, 0x02, 3, "one", 3);
    raw_frame(&raw, 0x89, 2, "hi", 2); /* a ping in between is allowed */
    raw_frame(&raw, 0x00, 3, "two", 3);
    raw_frame(&raw, 0x80, 5, "three", 5);
    raw_frame(&raw, 0x82, 4, "next", 4);
    ws_pair_run_until(&pair, server_heard_two);
    CHECK_EQ(pair.server_heard.size, 15);
    CHECK_BYTES(pair.server_heard.data, "onetwothreenext", 15);
    close(raw.fd);
    ws_pair_run_until(&pair, server_closed_one);
    ws_pair_finish(&pair);
}

static void ws_server__closes_with_1003__on_a_text_message(void **state)
{
    (void)state;
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_PROXY);
    struct raw raw;
    raw_open(&raw, &pair);
    raw_frame(&raw, 0x81, 5, "hello", 5);
    expect_close(&raw, &pair, 1003);
    CHECK_EQ(pair.server_message_count, 0);
    ws_pair_finish(&pair);
}

static void ws_server__closes_with_1009__when_a_frame_only_claims_to_be_too_large(void **state)
{
    (void)state;
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_PROXY);
    struct raw raw;
    raw_open(&raw, &pair);
    raw_frame(&raw, 0x82, MESSAGE_SIZE_MAX + 1, "x", 1);
    expect_close(&raw, &pair, 1009);
    ws_pair_finish(&pair);
}

/*
 * Goal:   who has not signed in cannot fill our memory with more than the largest frame of a handshake.
 * Method: exactly so many bytes are a message; one more is refused while it is only a claim; signed in, it is taken.
 */
static void ws_server__closes_with_1009__on_large_messages_before_the_sign_in(void **state)
{
    (void)state;
    static const uint8_t bytes[FRAME_SIZE_MAX_BEFORE_AUTH + 1];
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_PROXY);
    pair.stranger = true;
    struct raw raw;
    raw_open(&raw, &pair);
    raw_frame(&raw, 0x82, sizeof(bytes) - 1, bytes, sizeof(bytes) - 1);
    ws_pair_run_until(&pair, server_heard_one);
    raw_frame(&raw, 0x82, sizeof(bytes), bytes, 1);
    expect_close(&raw, &pair, 1009);
    CHECK_EQ(pair.server_message_count, 1);

    raw_open(&raw, &pair);
    ws_server_signed_in(pair.server, pair.conn);
    raw_frame(&raw, 0x82, sizeof(bytes), bytes, sizeof(bytes));
    ws_pair_run_until(&pair, server_heard_two);
    close(raw.fd);
    ws_pair_finish(&pair);
}

static void ws_server__refuses__close_frames_the_rfc_forbids(void **state)
{
    (void)state;
    static const struct {
        struct oim_slice payload;
        uint16_t code;
    } closes[] = {
        {OIM_SLICE_LITERAL("\x03\xe8 enough"), 1000},
        {OIM_SLICE_LITERAL("\x03"), 1002},
        {OIM_SLICE_LITERAL("\x13\x88"), 1002}, /* 5000 */
        {OIM_SLICE_LITERAL("\x03\xed"), 1002}, /* 1005 */
        {OIM_SLICE_LITERAL("\x03\xe8\xe2\x82"), 1007},
    };
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_PROXY);
    for (size_t i = 0; i < OIM_COUNT(closes); i++) {
        struct raw raw;
        raw_open(&raw, &pair);
        raw_frame(&raw, 0x88, closes[i].payload.size, closes[i].payload.data, closes[i].payload.size);
        raw_read(&raw, &pair, 4);
        CHECK_EQ(raw.answer[0], 0x88);
        CHECK_EQ(oim_get_be16(raw.answer + 2), closes[i].code);
        close(raw.fd);
    }
    ws_pair_finish(&pair);
}

static void ws_server__closes_with_1009__when_fragments_add_up_to_too_much(void **state)
{
    (void)state;
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_PROXY);
    struct raw raw;
    raw_open(&raw, &pair);
    uint8_t part[8192] = {0};
    raw_frame(&raw, 0x02, sizeof(part), part, sizeof(part));
    for (size_t sent = sizeof(part); sent < MESSAGE_SIZE_MAX; sent += sizeof(part)) {
        ev_run(pair.ev, EVRUN_NOWAIT);
        raw_frame(&raw, 0x00, sizeof(part), part, sizeof(part));
    }
    raw_frame(&raw, 0x80, 1, "x", 1);
    expect_close(&raw, &pair, 1009);
    CHECK_EQ(pair.server_message_count, 0);
    ws_pair_finish(&pair);
}

/*
 * Goal:   unfinished messages cannot fill the memory, whoever sends them.
 * Method: the pair allows one message of the largest size in all; two senders share it, neither too large
 * alone.
 */
static void ws_server__closes_with_1013__when_all_unfinished_messages_are_too_much(void **state)
{
    (void)state;
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_PROXY);
    struct raw first;
    struct raw second;
    raw_open(&first, &pair);
    uint8_t part[8192] = {0};
    raw_frame(&first, 0x02, MESSAGE_SIZE_MAX, part, sizeof(part));
    for (size_t sent = 2 * sizeof(part); sent < MESSAGE_SIZE_MAX; sent += sizeof(part)) {
        ev_run(pair.ev, EVRUN_NOWAIT);
        raw_send(&first, part, sizeof(part));
    }
    raw_open(&second, &pair);
    raw_frame(&second, 0x02, 65536, part, sizeof(part));
    raw_send(&second, part, sizeof(part));
    expect_close(&second, &pair, 1013);
    close(first.fd);
    ws_pair_finish(&pair);
}

static void ws_server__answers_plain_requests__in_words(void **state)
{
    (void)state;
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_PROXY);
    struct raw raw;
    raw_connect(&raw, &pair);
    static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    raw_send(&raw, request, sizeof(request) - 1);
    raw_read(&raw, &pair, sizeof(raw.answer));
    CHECK(memmem(raw.answer, raw.answer_size, "404", 3) != NULL);
    CHECK(memmem(raw.answer, raw.answer_size, "oim join", 8) != NULL);
    close(raw.fd);
    ws_pair_finish(&pair);
}

static void ws_server__takes_no_more__than_it_has_room_for(void **state)
{
    (void)state;
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_PROXY);
    struct raw raws[5];
    for (size_t i = 0; i < 4; i++) {
        raw_open(&raws[i], &pair);
    }
    raw_connect(&raws[4], &pair);
    raw_read(&raws[4], &pair, 1);
    CHECK(raws[4].end);
    for (size_t i = 0; i < 5; i++) {
        close(raws[i].fd);
    }
    ws_pair_run_until(&pair, server_closed_four);
    ws_pair_finish(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ws__agrees_on_the_channel_binding__over_tls),
        cmocka_unit_test(ws__binds_nothing__on_a_plain_connection),
        cmocka_unit_test(ws__echoes__over_the_local_socket),
        cmocka_unit_test(ws__carries_the_largest_message_whole__both_ways_over_tls),
        cmocka_unit_test(ws_server_write__reports_blocked__and_then_writable),
        cmocka_unit_test(ws_server_close__sends_what_was_written_then_code_and_reason),
        cmocka_unit_test(ws_server__ignores__effects_for_connections_that_are_gone),
        cmocka_unit_test(ws_server_read__holds_messages_back__until_told_to_go_on),
        cmocka_unit_test(ws_server__refuses__wrong_path_protocol_and_browsers),
        cmocka_unit_test(ws_server__never_negotiates__compression),
        cmocka_unit_test(ws_server__puts_fragments_together),
        cmocka_unit_test(ws_server__closes_with_1003__on_a_text_message),
        cmocka_unit_test(ws_server__closes_with_1009__when_a_frame_only_claims_to_be_too_large),
        cmocka_unit_test(ws_server__closes_with_1009__on_large_messages_before_the_sign_in),
        cmocka_unit_test(ws_server__refuses__close_frames_the_rfc_forbids),
        cmocka_unit_test(ws_server__closes_with_1009__when_fragments_add_up_to_too_much),
        cmocka_unit_test(ws_server__closes_with_1013__when_all_unfinished_messages_are_too_much),
        cmocka_unit_test(ws_server__answers_plain_requests__in_words),
        cmocka_unit_test(ws_server__takes_no_more__than_it_has_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
