#include "server/net/ws_server.h"

#include <assert.h>
#include <libwebsockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/crypto.h"
#include "common/os/tls_exporter.h"
#include "common/table.h"
#include "proto/limits.h"
#include "server/core/effect.h"

#define WEBSOCKET_VERSION "13"
#define RX_BUFFER_SIZE 1024
#define TX_PACKET_SIZE (128 * 1024)
#define SERVICE_BUFFER_SIZE (16 * 1024)
#define HANDSHAKE_TIMEOUT_S 10
#define CLOSE_TIMEOUT_S 5
#define CLOSE_TRY_AGAIN_LATER ((enum lws_close_status)1013) /* RFC 6455, 11.7; not in this library */
#define CLOSE_CODE_MAX 4999                                 /* RFC 6455, 7.4.2 */
#define CLOSE_REASON_SIZE_MAX 123                           /* RFC 6455, 5.5: 125 with the code */

_Static_assert(LWS_PRE <= EFFECT_WRITE_HEADROOM, "the core leaves libwebsockets its room");
_Static_assert(CB_SIZE == TLS_EXPORTER_SIZE, "the exporter is the channel binding");

struct ws_conn {
    uint64_t id;
    struct lws *wsi;
    struct oim_buf unfinished; /* fragments so far; holds memory only between the first and the last */
    size_t message_size_max;   /* strangers may fill little of our memory */
    char *close_reason;        /* owned; NULL unless closing */
    uint16_t close_code;       /* 0: not closing */
    bool blocked;
};

/*
 * How a socket came in. It hangs on the socket itself, and there is only one virtual host: libwebsockets
 * chooses among several by what the peer writes into Host and SNI, so that a peer could choose its transport.
 */
struct endpoint {
    struct ws_server *server;
    enum transport transport;
};

struct ws_server {
    struct ws_server_config config;
    const struct ws_server_ops *ops;
    void *context;
    struct lws_context *lws;
    struct endpoint endpoints[3]; /* by transport */
    struct lws_vhost *vhost;
    SSL_CTX *client_tls; /* never used; libwebsockets would make its own for the vhost, and lose it */
    struct oim_table conns;
    uint64_t conn_last;
    size_t unfinished_size;
    bool destroying;
};

static struct endpoint *endpoint_of(struct lws *wsi)
{
    return lws_get_opaque_user_data(wsi);
}

static struct ws_conn *find(const struct ws_server *server, uint64_t id)
{
    struct oim_id key = oim_key_u64(id);
    return oim_table_get(&server->conns, &key);
}

/* Browsers always send Origin and are no clients; everything else must name version, path and subprotocol. */
static bool request_allowed(struct lws *wsi)
{
    char path[sizeof(OIM_PATH) + 1];
    char protocol[sizeof(OIM_SUBPROTOCOL) + 1];
    char version[sizeof(WEBSOCKET_VERSION) + 1];
    return lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) == 0 &&
           lws_hdr_copy(wsi, path, sizeof(path), WSI_TOKEN_GET_URI) > 0 && strcmp(path, OIM_PATH) == 0 &&
           lws_hdr_copy(wsi, protocol, sizeof(protocol), WSI_TOKEN_PROTOCOL) > 0 &&
           strcmp(protocol, OIM_SUBPROTOCOL) == 0 &&
           lws_hdr_copy(wsi, version, sizeof(version), WSI_TOKEN_VERSION) > 0 &&
           strcmp(version, WEBSOCKET_VERSION) == 0;
}

/* IPv6 hosts own a /64, so that is what counts as one address. */
static uint64_t address_key_of(const struct ws_server *server, int fd)
{
    struct sockaddr_storage address;
    socklen_t address_size = sizeof(address);
    if (getpeername(fd, (struct sockaddr *)&address, &address_size) != 0) {
        return 0;
    }
    struct oim_slice part;
    if (address.ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address;
        part = oim_slice(&v4->sin_addr, sizeof(v4->sin_addr));
    } else if (address.ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address;
        bool mapped = IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);
        part = mapped ? oim_slice(v6->sin6_addr.s6_addr + 12, 4) : oim_slice(v6->sin6_addr.s6_addr, 8);
    } else {
        return 0;
    }
    struct oim_hash hash;
    crypto_mac(oim_slice(server->config.address_key.bytes, CRYPTO_SEAL_KEY_SIZE), "address", &part, 1, &hash);
    uint64_t key = oim_get_be64(hash.bytes);
    return key != 0 ? key : 1;
}

static int open_conn(struct lws *wsi, struct ws_conn **session)
{
    const struct endpoint *endpoint = endpoint_of(wsi);
    struct ws_server *server = endpoint->server;
    uint8_t cb[CB_SIZE] = {0};
    if (endpoint->transport == TRANSPORT_TLS && !tls_exporter_read(lws_get_ssl(wsi), cb)) {
        return -1;
    }
    uint64_t id = server->conn_last + 1;
    struct oim_id key = oim_key_u64(id);
    struct ws_conn *conn = oim_table_add(&server->conns, &key);
    if (conn == NULL) {
        lws_close_reason(wsi, CLOSE_TRY_AGAIN_LATER, (unsigned char *)"full", 4);
        return -1;
    }
    server->conn_last = id;
    conn->id = id;
    conn->wsi = wsi;
    conn->message_size_max =
        endpoint->transport == TRANSPORT_LOCAL ? MESSAGE_SIZE_MAX : FRAME_SIZE_MAX_BEFORE_AUTH;
    oim_buf_init(&conn->unfinished, MESSAGE_SIZE_MAX);
    *session = conn;
    /* Behind a proxy all peers have the proxy's address, which says nothing. */
    uint64_t address_key =
        endpoint->transport == TRANSPORT_TLS ? address_key_of(server, lws_get_socket_fd(wsi)) : 0;
    server->ops->on_opened(server->context, id, endpoint->transport, cb, address_key);
    return 0;
}

static void forget_unfinished(struct ws_server *server, struct ws_conn *conn)
{
    server->unfinished_size -= conn->unfinished.size;
    oim_buf_finish(&conn->unfinished);
    oim_buf_init(&conn->unfinished, MESSAGE_SIZE_MAX);
}

static void close_conn(struct ws_server *server, struct ws_conn *conn)
{
    uint64_t id = conn->id;
    struct oim_id key = oim_key_u64(id);
    forget_unfinished(server, conn);
    free(conn->close_reason);
    (void)oim_table_remove(&server->conns, &key);
    if (!server->destroying) {
        server->ops->on_closed(server->context, id);
    }
}

/* From the connection's own callback: what libwebsockets must return to send this close frame and end. */
static int refuse(struct lws *wsi, enum lws_close_status code, const char *reason)
{
    size_t size = strnlen(reason, CLOSE_REASON_SIZE_MAX);
    lws_close_reason(wsi, code, (unsigned char *)(uintptr_t)reason, size);
    return -1;
}

static int receive(struct ws_server *server, struct ws_conn *conn, const void *data, size_t size)
{
    struct lws *wsi = conn->wsi;
    if (conn->close_code != 0) {
        return 0;
    }
    if (!lws_frame_is_binary(wsi)) {
        return refuse(wsi, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, "binary messages only");
    }
    size_t remaining_size = lws_remaining_packet_payload(wsi);
    if (conn->unfinished.size + size + remaining_size > conn->message_size_max) {
        return refuse(wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "message too large");
    }
    bool whole = lws_is_final_fragment(wsi) && remaining_size == 0;
    if (whole && conn->unfinished.size == 0) {
        server->ops->on_message(server->context, conn->id, oim_slice(data, size));
        return 0;
    }
    if (oim_buf_append(&conn->unfinished, data, size) != OIM_OK) {
        return refuse(wsi, CLOSE_TRY_AGAIN_LATER, "busy");
    }
    server->unfinished_size += size;
    if (server->unfinished_size > server->config.unfinished_size_max) {
        return refuse(wsi, CLOSE_TRY_AGAIN_LATER, "busy");
    }
    if (!whole) {
        return 0;
    }
    struct oim_buf message = conn->unfinished;
    server->unfinished_size -= message.size;
    oim_buf_init(&conn->unfinished, MESSAGE_SIZE_MAX);
    server->ops->on_message(server->context, conn->id, oim_buf_slice(&message));
    oim_buf_finish(&message);
    return 0;
}

/* A peer's close frame is echoed by libwebsockets, which lets pass what RFC 6455 (5.5.1, 7.4) forbids. */
static int peer_closes(struct lws *wsi, const uint8_t *payload, size_t size)
{
    if (size == 0) {
        return 0;
    }
    if (size == 1 || oim_get_be16(payload) > CLOSE_CODE_MAX) {
        return refuse(wsi, LWS_CLOSE_STATUS_PROTOCOL_ERR, "no such close code");
    }
    if (!oim_utf8_valid(payload + 2, size - 2)) {
        return refuse(wsi, LWS_CLOSE_STATUS_INVALID_PAYLOAD, "the reason is not UTF-8");
    }
    return 0;
}

static int writable(struct ws_server *server, struct ws_conn *conn)
{
    if (conn->close_code != 0) {
        return refuse(conn->wsi, (enum lws_close_status)conn->close_code, conn->close_reason);
    }
    if (conn->blocked) {
        conn->blocked = false;
        server->ops->on_writable(server->context, conn->id);
    }
    return 0;
}

static int on_oim(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
    struct ws_conn **session = user;
    switch (reason) {
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return request_allowed(wsi) ? 0 : -1;
    case LWS_CALLBACK_ESTABLISHED:
        return open_conn(wsi, session);
    case LWS_CALLBACK_RECEIVE:
        return receive(endpoint_of(wsi)->server, *session, in, size);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        return peer_closes(wsi, in, size);
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return writable(endpoint_of(wsi)->server, *session);
    case LWS_CALLBACK_CLOSED:
        if (*session != NULL) {
            close_conn(endpoint_of(wsi)->server, OIM_TAKE(*session));
        }
        return 0;
    default:
        return 0;
    }
}

/* Whatever is no WebSocket of ours ends here: plain requests, other subprotocols, upgrades without one. */
static int on_other(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
    (void)user;
    (void)in;
    (void)size;
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        (void)lws_return_http_status(wsi, HTTP_STATUS_NOT_FOUND, "Here is an oim server. Use: oim join");
        return -1;
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return -1;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    {.name = "none", .callback = on_other},
    {.name = OIM_SUBPROTOCOL,
     .callback = on_oim,
     .per_session_data_size = sizeof(struct ws_conn *),
     .rx_buffer_size = RX_BUFFER_SIZE,
     .tx_packet_size = TX_PACKET_SIZE},
    {.name = NULL},
};

/*
 * Keep-alive is the core's. libwebsockets' own would put a timer of five minutes per connection into one sorted
 * list, and walk all of it at every connection that comes.
 */
static const lws_retry_bo_t no_keep_alive = {.secs_since_valid_ping = 0, .secs_since_valid_hangup = 0};

static struct lws_vhost *make_vhost(const struct ws_server *server)
{
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .vhost_name = "oimd",
        .protocols = protocols,
        .alpn = "http/1.1",
        .keepalive_timeout = HANDSHAKE_TIMEOUT_S,
        .timeout_secs = HANDSHAKE_TIMEOUT_S,
        .retry_and_idle_policy = &no_keep_alive,
        .provided_client_ssl_ctx = server->client_tls,
    };
    if (server->config.identity != NULL) {
        info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX |
                       LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
        info.ssl_cert_filepath = server->config.identity->path;
        info.ssl_private_key_filepath = server->config.identity->path;
        info.ssl_options_set = SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2;
    }
    return lws_create_vhost(server->lws, &info);
}

enum oim_status ws_server_create(struct ws_server **out, const struct ws_server_config *config,
                                 const struct ws_server_ops *ops, void *context, struct oim_error *err)
{
    struct ws_server *server = calloc(1, sizeof(*server));
    if (server == NULL ||
        oim_table_init(&server->conns, config->connection_count_max, sizeof(struct ws_conn)) != OIM_OK) {
        free(server);
        return oim_fail(err, OIM_ERR_LIMIT, "no memory for %zu connections", config->connection_count_max);
    }
    server->config = *config;
    server->ops = ops;
    server->context = context;

    void *loops[] = {config->ev};
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .options = LWS_SERVER_OPTION_LIBEV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
        .foreign_loops = loops,
        .pt_serv_buf_size = SERVICE_BUFFER_SIZE,
        .timeout_secs = HANDSHAKE_TIMEOUT_S,
    };
    lws_set_log_level(0, NULL);
    server->lws = lws_create_context(&info);
    if (server->lws == NULL) {
        ws_server_destroy(server);
        return oim_fail(err, OIM_ERR_IO,
                        "libwebsockets cannot use libev, and its poll() loop is too slow to serve with; "
                        "install the package libwebsockets-evlib-ev and start again");
    }
    server->client_tls = SSL_CTX_new(TLS_client_method());
    server->vhost = server->client_tls != NULL ? make_vhost(server) : NULL;
    if (server->vhost == NULL) {
        ws_server_destroy(server);
        return oim_fail(err, OIM_ERR_IO, "libwebsockets does not accept our TLS certificate");
    }
    for (size_t i = 0; i < OIM_COUNT(server->endpoints); i++) {
        server->endpoints[i] = (struct endpoint){.server = server, .transport = (enum transport)i};
    }
    *out = server;
    return OIM_OK;
}

void ws_server_destroy(struct ws_server *server)
{
    if (server == NULL) {
        return;
    }
    server->destroying = true;
    if (server->lws != NULL) {
        lws_context_destroy(server->lws);
    }
    SSL_CTX_free(server->client_tls);
    struct ws_conn *next = NULL;
    for (struct ws_conn *conn = oim_table_first(&server->conns); conn != NULL; conn = next) {
        next = oim_table_next(&server->conns, conn);
        close_conn(server, conn);
    }
    oim_table_finish(&server->conns);
    seal_key_finish(&server->config.address_key);
    free(server);
}

void ws_server_adopt(struct ws_server *server, int fd, enum transport transport)
{
    assert(transport != TRANSPORT_TLS || server->config.identity != NULL);
    if (transport != TRANSPORT_LOCAL) {
        int on = 1;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    if (server->conns.count == server->conns.capacity) {
        (void)close(fd);
        return;
    }
    lws_adopt_desc_t adoption = {
        .vh = server->vhost,
        .type = LWS_ADOPT_HTTP | LWS_ADOPT_SOCKET,
        .fd = {.sockfd = fd},
        .opaque = &server->endpoints[transport],
    };
    if (transport == TRANSPORT_TLS) {
        adoption.type |= LWS_ADOPT_ALLOW_SSL;
    }
    (void)lws_adopt_descriptor_vhost_via_info(&adoption); /* closes fd when it fails */
}

/* The socket is broken, or the peer does not read: not through refuse, whose close frame would wait for it
 * too. */
static void drop(struct ws_conn *conn)
{
    lws_set_timeout(conn->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

enum ws_write ws_server_write(struct ws_server *server, uint64_t id, uint8_t *data, size_t size)
{
    struct ws_conn *conn = find(server, id);
    if (conn == NULL || conn->close_code != 0) {
        return WS_SENT;
    }
    if (lws_write(conn->wsi, data, size, LWS_WRITE_BINARY) < 0) {
        drop(conn);
        return WS_SENT;
    }
    if (!lws_partial_buffered(conn->wsi)) {
        return WS_SENT;
    }
    conn->blocked = true;
    lws_callback_on_writable(conn->wsi);
    return WS_BLOCKED;
}

void ws_server_close(struct ws_server *server, uint64_t id, uint16_t code, const char *reason)
{
    struct ws_conn *conn = find(server, id);
    if (conn == NULL || conn->close_code != 0) {
        return;
    }
    conn->close_reason = strndup(reason, CLOSE_REASON_SIZE_MAX);
    if (conn->close_reason == NULL) {
        drop(conn);
        return;
    }
    conn->close_code = code;
    forget_unfinished(server, conn);
    lws_callback_on_writable(conn->wsi);
    lws_set_timeout(conn->wsi, PENDING_TIMEOUT_USER_OK, CLOSE_TIMEOUT_S);
}

void ws_server_read(struct ws_server *server, uint64_t id, bool go)
{
    struct ws_conn *conn = find(server, id);
    if (conn != NULL) {
        (void)lws_rx_flow_control(conn->wsi, go ? 1 : 0);
    }
}

void ws_server_signed_in(struct ws_server *server, uint64_t id)
{
    struct ws_conn *conn = find(server, id);
    if (conn != NULL) {
        conn->message_size_max = MESSAGE_SIZE_MAX;
    }
}

size_t ws_server_connection_count(const struct ws_server *server)
{
    return server->conns.count;
}
