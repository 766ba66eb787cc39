/*
 * test_ws_client.c - how the client's connection fails: each way has its own name, and none of them hangs.
 *
 * What works is in test_ws_server.c, which has both ends.
 */
#include "client/net/ws_client.h"

#include <stdio.h>
#include <string.h>

#include "tests/server/net/ws_pair.h"
#include "tests/support/check.h"

static bool ended(const struct ws_pair *pair)
{
    return pair->ended;
}

static bool server_closed_one(const struct ws_pair *pair)
{
    return pair->server_closed_count >= 1;
}

static enum ws_client_end connect_to(struct ws_pair *pair, const char *host_port, enum ws_client_mode mode)
{
    struct oim_error err = {0};
    pair->ended = false;
    CHECK_OK_ERR(ws_client_connect(pair->client, host_port, mode, NULL, &err), &err);
    ws_pair_run_until(pair, ended);
    CHECK(!ws_client_is_open(pair->client));
    return pair->end;
}

static void ws_client__is_refused__where_nobody_listens(void **state)
{
    (void)state;
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_TLS);
    char address[32];
    (void)snprintf(address, sizeof(address), "%s", ws_pair_address(&pair));
    listener_finish(&pair.listener);
    CHECK_EQ(connect_to(&pair, address, WS_CLIENT_DIRECT), WS_END_REFUSED);
    CHECK_EQ(connect_to(&pair, address, WS_CLIENT_PROXY), WS_END_REFUSED);
    ws_pair_finish(&pair);
}

static void ws_client__knows__a_name_that_cannot_exist(void **state)
{
    (void)state;
    struct ws_pair pair;
    char name[80]; /* a label may have 63 letters, so that nobody has to be asked */
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    ws_pair_init(&pair, TRANSPORT_TLS);
    CHECK_EQ(connect_to(&pair, name, WS_CLIENT_DIRECT), WS_END_NO_NAME);
    ws_pair_finish(&pair);
}

static void ws_client__tries_every_address__of_a_name(void **state)
{
    (void)state;
    struct ws_pair pair;
    struct oim_error err = {0};
    char address[32];
    ws_pair_init(&pair, TRANSPORT_TLS);
    (void)snprintf(address, sizeof(address), "localhost:%u", pair.listener.port);
    CHECK_OK_ERR(ws_client_connect(pair.client, address, WS_CLIENT_DIRECT, NULL, &err), &err);
    while (!pair.open && !pair.ended) {
        ev_run(pair.ev, EVRUN_ONCE);
    }
    CHECK(pair.open);
    ws_pair_finish(&pair);
}

static void ws_client__calls_it_tls__when_the_other_side_speaks_none(void **state)
{
    (void)state;
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_PROXY);
    CHECK_EQ(connect_to(&pair, ws_pair_address(&pair), WS_CLIENT_DIRECT), WS_END_TLS);
    ws_pair_finish(&pair);
}

static void ws_client__calls_it_not_oim__when_plain_meets_tls(void **state)
{
    (void)state;
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_TLS);
    CHECK_EQ(connect_to(&pair, ws_pair_address(&pair), WS_CLIENT_PROXY), WS_END_NOT_OIM);
    ws_pair_finish(&pair);
}

static void ws_client__hears_of_it__when_the_server_vanishes(void **state)
{
    (void)state;
    struct ws_pair pair;
    ws_pair_init(&pair, TRANSPORT_TLS);
    ws_pair_connect(&pair, WS_CLIENT_DIRECT);
    CHECK(pair.open);
    ws_server_destroy(pair.server);
    pair.server = NULL;
    ws_pair_run_until(&pair, ended);
    CHECK_EQ(pair.end, WS_END_CLOSED);
    CHECK_STATUS(ws_client_send(pair.client, OIM_SLICE_LITERAL("x")), OIM_ERR_IO);
    ws_pair_finish(&pair);
}

static void ws_client_close__is_silent__in_every_state(void **state)
{
    (void)state;
    struct ws_pair pair;
    struct oim_error err = {0};
    ws_pair_init(&pair, TRANSPORT_TLS);
    ws_client_close(pair.client);
    CHECK_OK(ws_client_connect(pair.client, "localhost:1", WS_CLIENT_DIRECT, NULL, &err));
    ws_client_close(pair.client); /* resolving */
    CHECK_OK(ws_client_connect(pair.client, ws_pair_address(&pair), WS_CLIENT_DIRECT, NULL, &err));
    for (int round = 0; round < 3; round++) {
        ev_run(pair.ev, EVRUN_ONCE);
    }
    ws_client_close(pair.client); /* connecting */
    ws_pair_connect(&pair, WS_CLIENT_DIRECT);
    CHECK(pair.open);
    CHECK_OK(ws_client_send(pair.client, OIM_SLICE_LITERAL("bye")));
    ws_client_close(pair.client); /* open: what was sent still arrives */
    ws_pair_run_until(&pair, server_closed_one);
    CHECK_EQ(pair.server_heard.size, 3);
    CHECK(!pair.ended);
    ws_pair_finish(&pair);
}

static void ws_client_send__refuses__what_is_too_large_or_too_early(void **state)
{
    (void)state;
    struct ws_pair pair;
    static uint8_t data[MESSAGE_SIZE_MAX + 1];
    ws_pair_init(&pair, TRANSPORT_TLS);
    CHECK_STATUS(ws_client_send(pair.client, OIM_SLICE_LITERAL("x")), OIM_ERR_IO);
    ws_pair_connect(&pair, WS_CLIENT_DIRECT);
    CHECK_STATUS(ws_client_send(pair.client, oim_slice(data, sizeof(data))), OIM_ERR_LIMIT);
    ws_pair_finish(&pair);
}

static bool client_writable(const struct ws_pair *pair)
{
    return pair->client_writable_count >= 1;
}

static void ws_client_send__says_again__until_the_socket_takes_more(void **state)
{
    (void)state;
    struct ws_pair pair;
    static uint8_t data[MESSAGE_SIZE_MAX];
    ws_pair_init(&pair, TRANSPORT_PROXY);
    ws_pair_connect(&pair, WS_CLIENT_PROXY);
    size_t sent = 0;
    enum oim_status status = OIM_OK;
    while ((status = ws_client_send(pair.client, oim_slice(data, sizeof(data)))) == OIM_OK) {
        CHECK(++sent < 1000);
    }
    CHECK_STATUS(status, OIM_AGAIN);
    pair.server_heard.size_max = sizeof(data) * (sent + 1);
    ws_pair_run_until(&pair, client_writable);
    CHECK_OK(ws_client_send(pair.client, OIM_SLICE_LITERAL("more")));
    ws_pair_finish(&pair);
}

static void ws_client_connect__refuses__addresses_that_make_no_sense(void **state)
{
    (void)state;
    static const char *const addresses[] = {"",       ":7667",     "host:",       "host:0",
                                            "host:x", "host:7 67", "host:700000", "[::1",
                                            "[]:1",   "[::1]x",    "a:b:1"};
    struct ws_pair pair;
    struct oim_error err = {0};
    ws_pair_init(&pair, TRANSPORT_TLS);
    for (size_t i = 0; i < OIM_COUNT(addresses); i++) {
        if (ws_client_connect(pair.client, addresses[i], WS_CLIENT_DIRECT, NULL, &err) != OIM_ERR_USAGE) {
            fail_msg("'%s' was taken", addresses[i]);
        }
    }
    ws_pair_finish(&pair);
}

static void ws_client_connect__refuses__unix_sockets_that_cannot_be(void **state)
{
    (void)state;
    struct ws_pair pair;
    struct oim_error err = {0};
    char path[120];
    memset(path, 'a', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    ws_pair_init(&pair, TRANSPORT_TLS);
    CHECK_STATUS(ws_client_connect(pair.client, path, WS_CLIENT_LOCAL, NULL, &err), OIM_ERR_USAGE);
    CHECK_STATUS(ws_client_connect(pair.client, "", WS_CLIENT_LOCAL, NULL, &err), OIM_ERR_USAGE);
    CHECK_STATUS(ws_client_connect(pair.client, "/nonexistent/oimd.sock", WS_CLIENT_LOCAL, NULL, &err),
                 OIM_ERR_IO);
    CHECK(!pair.ended);
    ws_pair_finish(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ws_client__is_refused__where_nobody_listens),
        cmocka_unit_test(ws_client__knows__a_name_that_cannot_exist),
        cmocka_unit_test(ws_client__tries_every_address__of_a_name),
        cmocka_unit_test(ws_client__calls_it_tls__when_the_other_side_speaks_none),
        cmocka_unit_test(ws_client__calls_it_not_oim__when_plain_meets_tls),
        cmocka_unit_test(ws_client__hears_of_it__when_the_server_vanishes),
        cmocka_unit_test(ws_client_close__is_silent__in_every_state),
        cmocka_unit_test(ws_client_send__refuses__what_is_too_large_or_too_early),
        cmocka_unit_test(ws_client_send__says_again__until_the_socket_takes_more),
        cmocka_unit_test(ws_client_connect__refuses__addresses_that_make_no_sense),
        cmocka_unit_test(ws_client_connect__refuses__unix_sockets_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
