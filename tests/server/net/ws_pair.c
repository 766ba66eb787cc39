#include "tests/server/net/ws_pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/core/effect.h"
#include "tests/support/check.h"

#define HEARD_SIZE_MAX (8 * MESSAGE_SIZE_MAX)

static void on_opened(void *context, uint64_t conn, enum transport transport, const uint8_t cb[CB_SIZE],
                      uint64_t address_key)
{
    struct ws_pair *pair = context;
    CHECK_EQ(transport, pair->transport);
    pair->conn = conn;
    pair->address_key = address_key;
    memcpy(pair->server_cb, cb, CB_SIZE);
    if (!pair->stranger) {
        ws_server_signed_in(pair->server, conn);
    }
}

static void on_server_message(void *context, uint64_t conn, struct oim_slice bytes)
{
    struct ws_pair *pair = context;
    CHECK_EQ(conn, pair->conn);
    CHECK_OK(oim_buf_append(&pair->server_heard, bytes.data, bytes.size));
    pair->server_message_count++;
    if (pair->echo) {
        (void)ws_pair_write(pair, bytes);
    }
}

static void on_server_writable(void *context, uint64_t conn)
{
    struct ws_pair *pair = context;
    CHECK_EQ(conn, pair->conn);
    pair->server_writable_count++;
}

static void on_server_closed(void *context, uint64_t conn)
{
    struct ws_pair *pair = context;
    CHECK(conn > 0);
    pair->server_closed_count++;
}

static void on_open(void *context, const uint8_t cb[CB_SIZE], uint32_t cb_type)
{
    struct ws_pair *pair = context;
    pair->open = true;
    pair->client_cb_type = cb_type;
    memcpy(pair->client_cb, cb, CB_SIZE);
}

static void on_client_message(void *context, struct oim_slice bytes)
{
    struct ws_pair *pair = context;
    if (pair->client_heard.size + bytes.size <= HEARD_SIZE_MAX) {
        CHECK_OK(oim_buf_append(&pair->client_heard, bytes.data, bytes.size));
    }
    pair->client_message_count++;
}

static void on_client_close(void *context, enum ws_client_end end, uint16_t code, const char *text)
{
    struct ws_pair *pair = context;
    CHECK(!pair->ended);
    pair->ended = true;
    pair->end = end;
    pair->end_code = code;
    (void)snprintf(pair->end_text, sizeof(pair->end_text), "%s", text);
}

static void on_client_writable(void *context)
{
    struct ws_pair *pair = context;
    pair->client_writable_count++;
}

static const struct ws_server_ops server_ops = {
    .on_opened = on_opened,
    .on_message = on_server_message,
    .on_writable = on_server_writable,
    .on_closed = on_server_closed,
};

static const struct ws_client_ops client_ops = {
    .on_open = on_open,
    .on_message = on_client_message,
    .on_close = on_client_close,
    .on_writable = on_client_writable,
};

static void on_accept(void *context, int fd)
{
    struct ws_pair *pair = context;
    ws_server_adopt(pair->server, fd, pair->transport);
}

static void pair_begin(struct ws_pair *pair, enum transport transport, const struct tls_identity *identity)
{
    *pair = (struct ws_pair){.transport = transport, .identity = *identity, .ev = ev_loop_new(EVFLAG_AUTO)};
    oim_buf_init(&pair->server_heard, HEARD_SIZE_MAX);
    oim_buf_init(&pair->client_heard, HEARD_SIZE_MAX);
    struct oim_error err = {0};
    const struct ws_server_config config = {
        .ev = pair->ev,
        .identity = &pair->identity,
        .connection_count_max = 4,
        .unfinished_size_max = MESSAGE_SIZE_MAX,
    };
    CHECK_OK_ERR(ws_server_create(&pair->server, &config, &server_ops, pair, &err), &err);
    CHECK_OK_ERR(transport == TRANSPORT_LOCAL ? listener_open_unix(&pair->listener, "test.sock", &err)
                                              : listener_open_tcp(&pair->listener, "127.0.0.1", 0, &err),
                 &err);
    listener_start(&pair->listener, pair->ev, on_accept, pair);
    CHECK_OK_ERR(ws_client_create(&pair->client, pair->ev, &client_ops, pair, &err), &err);
}

void ws_pair_init(struct ws_pair *pair, enum transport transport)
{
    struct tls_identity identity;
    struct oim_error err = {0};
    CHECK_OK_ERR(tls_identity_init(&identity, &err), &err);
    pair_begin(pair, transport, &identity);
}

void ws_pair_init_certified(struct ws_pair *pair, const char *path)
{
    struct tls_identity identity = {.fd = -1};
    CHECK(snprintf(identity.path, sizeof(identity.path), "%s", path) < (int)sizeof(identity.path));
    pair_begin(pair, TRANSPORT_TLS, &identity);
}

void ws_pair_finish(struct ws_pair *pair)
{
    ws_client_destroy(pair->client);
    listener_finish(&pair->listener);
    ws_server_destroy(pair->server);
    tls_identity_finish(&pair->identity);
    oim_buf_finish(&pair->server_heard);
    oim_buf_finish(&pair->client_heard);
    ev_loop_destroy(pair->ev);
}

const char *ws_pair_address(const struct ws_pair *pair)
{
    static char address[32];
    (void)snprintf(address, sizeof(address), "127.0.0.1:%u", pair->listener.port);
    return address;
}

static bool both_open_or_ended(const struct ws_pair *pair)
{
    return pair->ended || (pair->open && pair->conn != 0);
}

void ws_pair_connect(struct ws_pair *pair, enum ws_client_mode mode)
{
    struct oim_error err = {0};
    pair->open = pair->ended = false;
    pair->conn = 0;
    const char *address = mode == WS_CLIENT_LOCAL ? "test.sock" : ws_pair_address(pair);
    CHECK_OK_ERR(ws_client_connect(pair->client, address, mode, NULL, &err), &err);
    ws_pair_run_until(pair, both_open_or_ended);
}

void ws_pair_run_until(struct ws_pair *pair, bool (*condition)(const struct ws_pair *pair))
{
    while (!condition(pair)) {
        ev_run(pair->ev, EVRUN_ONCE);
    }
}

enum ws_write ws_pair_write(struct ws_pair *pair, struct oim_slice bytes)
{
    uint8_t *memory = malloc(EFFECT_WRITE_HEADROOM + bytes.size);
    CHECK(memory != NULL);
    memcpy(memory + EFFECT_WRITE_HEADROOM, bytes.data, bytes.size);
    enum ws_write written =
        ws_server_write(pair->server, pair->conn, memory + EFFECT_WRITE_HEADROOM, bytes.size);
    free(memory);
    return written;
}
