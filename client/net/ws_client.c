#include "client/net/ws_client.h"

#include <assert.h>
#include <ev.h>
#include <libwebsockets.h>
#include <netdb.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/net/resolve.h"
#include "common/crypto.h"
#include "common/os/tls_exporter.h"
#include "proto/limits.h"

#define DESCRIPTOR_COUNT_MAX 16 /* one connection; without it libwebsockets clears tables for a million */
#define RX_BUFFER_SIZE 16384
#define HOST_SIZE_MAX 256
#define CLOSE_TIMEOUT_S 2
#define UNIX_PATH_SIZE_MAX 107
#define SPKI_HASH_SIZE 32

_Static_assert(CB_SIZE == TLS_EXPORTER_SIZE, "the exporter is the channel binding");

enum client_state { CLIENT_IDLE, CLIENT_RESOLVING, CLIENT_CONNECTING, CLIENT_OPEN };

struct ws_client {
    struct ev_loop *ev;
    const struct ws_client_ops *ops;
    void *context;
    struct lws_context *lws;
    struct lws_vhost *vhost_any;     /* any certificate: direct mode, and plain */
    struct lws_vhost *vhost_trusted; /* the system's authorities; made when first needed */
    struct ev_timer timeout;
    struct resolve *resolve;
    enum client_state state;
    struct lws *wsi; /* NULL while idle or resolving */

    char host[HOST_SIZE_MAX];
    uint16_t port;
    enum ws_client_mode mode;
    bool tls;
    bool has_spki;
    uint8_t spki[SPKI_HASH_SIZE];
    struct resolved resolved;
    size_t address_index; /* the one being tried */

    bool starting; /* inside lws_client_connect_via_info, which may already report failure */
    bool refused;  /* the certificate, by us, this connection */
    enum ws_client_end refused_for;
    bool upgrading; /* connected, TLS done: the request is on its way */
    bool blocked;
    uint16_t peer_code;
    char peer_text[126];
    struct oim_buf unfinished;
    uint8_t *send_buffer; /* LWS_PRE + MESSAGE_SIZE_MAX */
};

static struct ws_client *client_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

static void rest(struct ws_client *client)
{
    ev_timer_stop(client->ev, &client->timeout);
    if (client->resolve != NULL) {
        resolve_cancel(OIM_TAKE(client->resolve));
    }
    client->state = CLIENT_IDLE;
    client->wsi = NULL;
    client->blocked = false;
    oim_buf_finish(&client->unfinished);
    oim_buf_init(&client->unfinished, MESSAGE_SIZE_MAX);
}

static void end(struct ws_client *client, enum ws_client_end why, uint16_t code, const char *text)
{
    rest(client);
    client->ops->on_close(client->context, why, code, text);
}

/* The wsi is no longer ours: its callbacks find another client->wsi and keep quiet. */
static void abandon(struct ws_client *client)
{
    if (client->wsi != NULL) {
        lws_set_timeout(client->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
        client->wsi = NULL;
    }
}

static bool host_is_loopback(const char *host)
{
    return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 || strcmp(host, "localhost") == 0;
}

/* SHA-256 over the certificate's SubjectPublicKeyInfo, as in RFC 7469. */
static bool spki_matches(X509 *certificate, const uint8_t spki[SPKI_HASH_SIZE])
{
    unsigned char *der = NULL;
    int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    if (size <= 0) {
        return false;
    }
    uint8_t hash[SPKI_HASH_SIZE];
    bool same = EVP_Digest(der, (size_t)size, hash, NULL, EVP_sha256(), NULL) == 1 &&
                crypto_equal(hash, spki, sizeof(hash));
    OPENSSL_free(der);
    return same;
}

static enum ws_client_end fault_of(int x509_error)
{
    switch (x509_error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return WS_END_CERTIFICATE_DATE;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return WS_END_CERTIFICATE_NAME;
    default:
        return WS_END_CERTIFICATE;
    }
}

/*
 * Called by OpenSSL through libwebsockets, once per error of the chain; 0 accepts. Without a hash from the
 * invite proxy mode leaves the system's judgement as it is.
 */
static int judge_certificate(struct ws_client *client, X509_STORE_CTX *chain, bool trusted)
{
    X509 *server_certificate = X509_STORE_CTX_get0_cert(chain);
    bool accepted = client->mode == WS_CLIENT_DIRECT ? true
                    : client->has_spki               ? spki_matches(server_certificate, client->spki)
                                                     : trusted;
    if (!accepted) {
        client->refused = true;
        client->refused_for =
            client->has_spki ? WS_END_CERTIFICATE_KEY : fault_of(X509_STORE_CTX_get_error(chain));
        return 1;
    }
    X509_STORE_CTX_set_error(chain, X509_V_OK);
    return 0;
}

/* What kept a connection from coming up, from how far it came and the library's words. */
static enum ws_client_end failure_of(const struct ws_client *client, const char *text)
{
    if (client->upgrading) {
        return WS_END_NOT_OIM;
    }
    if (client->refused) {
        return client->refused_for;
    }
    if (strstr(text, "Timed out") != NULL || strstr(text, "timeout") != NULL) {
        return WS_END_TIMEOUT; /* the library's, which comes before ours while it waits for TLS */
    }
    bool tls = strstr(text, "SSL") != NULL || strstr(text, "ssl") != NULL || strstr(text, "tls") != NULL;
    return tls ? WS_END_TLS : WS_END_REFUSED;
}

static bool try_addresses(struct ws_client *client);

static void on_connect_failed(struct ws_client *client, const char *text)
{
    client->wsi = NULL;
    if (client->starting) {
        return; /* try_addresses sees it */
    }
    char kept_text[128]; /* text is the library's and may go with the next attempt */
    (void)snprintf(kept_text, sizeof(kept_text), "%s", text);
    enum ws_client_end why = failure_of(client, text);
    client->address_index++;
    if (why != WS_END_REFUSED || !try_addresses(client)) {
        end(client, why, 0, kept_text);
    }
}

static int on_established(struct ws_client *client)
{
    uint8_t cb[CB_SIZE] = {0};
    bool direct = client->tls && client->mode == WS_CLIENT_DIRECT;
    if (direct && !tls_exporter_read(lws_get_ssl(client->wsi), cb)) {
        abandon(client);
        end(client, WS_END_TLS, 0, "no TLS 1.3");
        return -1;
    }
    ev_timer_stop(client->ev, &client->timeout);
    client->state = CLIENT_OPEN;
    client->ops->on_open(client->context, cb, direct ? CB_TLS_EXPORTER : CB_NONE);
    return 0;
}

static int refuse(struct lws *wsi, enum lws_close_status code, const char *reason)
{
    lws_close_reason(wsi, code, (unsigned char *)(uintptr_t)reason, strlen(reason));
    return -1;
}

static int on_received(struct ws_client *client, const void *data, size_t size)
{
    struct lws *wsi = client->wsi;
    if (!lws_frame_is_binary(wsi)) {
        return refuse(wsi, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, "binary messages only");
    }
    bool whole = lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0;
    if (whole && client->unfinished.size == 0) {
        client->ops->on_message(client->context, oim_slice(data, size));
        return 0;
    }
    if (oim_buf_append(&client->unfinished, data, size) != OIM_OK ||
        client->unfinished.size + lws_remaining_packet_payload(wsi) > MESSAGE_SIZE_MAX) {
        return refuse(wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "message too large");
    }
    if (!whole) {
        return 0;
    }
    struct oim_buf message = client->unfinished;
    oim_buf_init(&client->unfinished, MESSAGE_SIZE_MAX);
    client->ops->on_message(client->context, oim_buf_slice(&message));
    oim_buf_finish(&message);
    return 0;
}

static void on_peer_close(struct ws_client *client, const uint8_t *data, size_t size)
{
    if (size >= 2) {
        client->peer_code = oim_get_be16(data);
        (void)snprintf(client->peer_text, sizeof(client->peer_text), "%.*s", (int)(size - 2),
                       (const char *)data + 2);
    }
}

static int on_writeable(struct ws_client *client)
{
    if (client->blocked) {
        client->blocked = false;
        client->ops->on_writable(client->context);
    }
    return 0;
}

static void on_closed(struct ws_client *client)
{
    end(client, WS_END_CLOSED, client->peer_code != 0 ? client->peer_code : LWS_CLOSE_STATUS_ABNORMAL_CLOSE,
        client->peer_text);
}

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
    struct ws_client *client = client_of(wsi);
    if (client->wsi != wsi) { /* abandoned: what was written has left, say goodbye */
        bool vouches = reason == LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION;
        return reason == LWS_CALLBACK_CLIENT_WRITEABLE ? refuse(wsi, LWS_CLOSE_STATUS_NORMAL, "") : vouches;
    }
    switch (reason) {
    case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
        return judge_certificate(client, user, size != 0);
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        client->upgrading = true;
        return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        on_connect_failed(client, in != NULL ? (const char *)in : "");
        return 0;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        return on_established(client);
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return on_received(client, in, size);
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return on_writeable(client);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        on_peer_close(client, in, size);
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
        on_closed(client);
        return 0;
    default:
        return 0;
    }
}

/* The verification callback goes to protocol 0 of the first vhost, so there is only one. */
static const struct lws_protocols protocols[] = {
    {.name = OIM_SUBPROTOCOL,
     .callback = on_lws,
     .rx_buffer_size = RX_BUFFER_SIZE,
     .tx_packet_size = MESSAGE_SIZE_MAX},
    {.name = NULL},
};

static struct lws_vhost *make_vhost(struct ws_client *client, const char *name, uint64_t options)
{
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .vhost_name = name,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | options,
        .ssl_client_options_set = SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2,
    };
    return lws_create_vhost(client->lws, &info);
}

static bool try_addresses(struct ws_client *client)
{
    bool trusted = client->tls && client->mode == WS_CLIENT_PROXY && !client->has_spki;
    if (trusted && client->vhost_trusted == NULL) {
        client->vhost_trusted = make_vhost(client, "trusted", 0);
    }
    char host_header[HOST_SIZE_MAX + 16];
    (void)snprintf(host_header, sizeof(host_header), strchr(client->host, ':') != NULL ? "[%s]:%u" : "%s:%u",
                   client->host, client->port);
    client->state = CLIENT_CONNECTING;
    client->refused = false;
    client->upgrading = false;
    for (; client->address_index < client->resolved.address_count; client->address_index++) {
        const struct lws_client_connect_info info = {
            .context = client->lws,
            .vhost = trusted ? client->vhost_trusted : client->vhost_any,
            .address = client->resolved.addresses[client->address_index],
            .port = client->port,
            .ssl_connection = !client->tls ? 0
                              : trusted    ? LCCSCF_USE_SSL
                                           : LCCSCF_USE_SSL | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK,
            .path = OIM_PATH,
            .host = trusted ? client->host : host_header, /* the certificate's name is compared with it */
            .protocol = OIM_SUBPROTOCOL,
            .local_protocol_name = OIM_SUBPROTOCOL,
            .alpn = "http/1.1",
            .ietf_version_or_minus_one = -1,
            .pwsi = &client->wsi,
        };
        client->starting = true;
        struct lws *wsi = lws_client_connect_via_info(&info);
        client->starting = false;
        if (wsi != NULL) {
            return true;
        }
        client->wsi = NULL;
    }
    return false;
}

static void on_resolved(void *context, const struct resolved *resolved)
{
    struct ws_client *client = context;
    client->resolve = NULL;
    client->resolved = *resolved;
    if (resolved->address_count == 0) {
        end(client, WS_END_NO_NAME, 0, client->host);
    } else if (!try_addresses(client)) {
        end(client, WS_END_UNREACHABLE, 0, client->host);
    }
}

static void on_timeout(struct ev_loop *ev, struct ev_timer *timer, int events)
{
    (void)ev;
    (void)events;
    struct ws_client *client = timer->data;
    abandon(client);
    end(client, WS_END_TIMEOUT, 0, client->host);
}

/* "host:port", "[v6]:port"; the port may be missing. */
static enum oim_status split_host_port(const char *host_port, char *out_host, uint16_t *out_port,
                                       struct oim_error *err)
{
    const char *host = host_port;
    const char *host_end = NULL;
    if (*host == '[') {
        host++;
        host_end = strchr(host, ']');
    } else {
        host_end = host + strcspn(host, ":");
    }
    const char *rest_text = host_end == NULL ? NULL : *host_end == ']' ? host_end + 1 : host_end;
    char *port_end = NULL;
    unsigned long port = OIM_PORT_DEFAULT;
    if (rest_text != NULL && *rest_text == ':') {
        port = strtoul(rest_text + 1, &port_end, 10);
    }
    bool well_formed = rest_text != NULL && host_end > host && (size_t)(host_end - host) < HOST_SIZE_MAX &&
                       (*rest_text == '\0' || (port_end != NULL && *port_end == '\0')) && port > 0 &&
                       port <= UINT16_MAX;
    if (!well_formed) {
        return oim_fail(err, OIM_ERR_USAGE, "'%s' is no HOST:PORT", host_port);
    }
    memcpy(out_host, host, (size_t)(host_end - host));
    out_host[host_end - host] = '\0';
    *out_port = (uint16_t)port;
    return OIM_OK;
}

static enum oim_status set_unix_target(struct ws_client *client, const char *path, struct oim_error *err)
{
    /* Checked here, because the library would cut a longer one off and connect to something else. */
    if (strlen(path) == 0 || strlen(path) > UNIX_PATH_SIZE_MAX ||
        strlen(path) + 2 > sizeof(client->resolved.addresses[0])) {
        return oim_fail(err, OIM_ERR_USAGE, "'%s' is no usable path of a unix socket", path);
    }
    (void)snprintf(client->host, sizeof(client->host), "localhost");
    client->port = 1;
    client->resolved.address_count = 1;
    (void)snprintf(client->resolved.addresses[0], sizeof(client->resolved.addresses[0]), "+%s", path);
    return OIM_OK;
}

enum oim_status ws_client_connect(struct ws_client *client, const char *host_port, enum ws_client_mode mode,
                                  const uint8_t *spki, struct oim_error *err)
{
    assert(client->state == CLIENT_IDLE);
    enum oim_status status = mode == WS_CLIENT_LOCAL
                                 ? set_unix_target(client, host_port, err)
                                 : split_host_port(host_port, client->host, &client->port, err);
    if (status != OIM_OK) {
        return status;
    }
    client->mode = mode;
    client->tls = mode == WS_CLIENT_DIRECT || (mode == WS_CLIENT_PROXY && !host_is_loopback(client->host));
    client->has_spki = spki != NULL;
    if (spki != NULL) {
        memcpy(client->spki, spki, sizeof(client->spki));
    }
    client->peer_code = 0;
    client->peer_text[0] = '\0';
    client->address_index = 0;
    if (mode == WS_CLIENT_LOCAL) {
        status =
            try_addresses(client) ? OIM_OK : oim_fail(err, OIM_ERR_IO, "nobody listens on '%s'", host_port);
    } else {
        client->state = CLIENT_RESOLVING;
        status = resolve_start(&client->resolve, client->ev, client->host, on_resolved, client, err);
    }
    if (status != OIM_OK) {
        rest(client);
        return status;
    }
    ev_timer_set(&client->timeout, WS_CLIENT_TIMEOUT_MS / 1000.0, 0.0);
    ev_timer_start(client->ev, &client->timeout);
    return OIM_OK;
}

enum oim_status ws_client_send(struct ws_client *client, struct oim_slice bytes)
{
    if (bytes.size > MESSAGE_SIZE_MAX) {
        return OIM_ERR_LIMIT;
    }
    if (client->state != CLIENT_OPEN) {
        return OIM_ERR_IO;
    }
    if (client->blocked) {
        return OIM_AGAIN;
    }
    memcpy(client->send_buffer + LWS_PRE, bytes.data, bytes.size);
    if (lws_write(client->wsi, client->send_buffer + LWS_PRE, bytes.size, LWS_WRITE_BINARY) < 0) {
        return OIM_ERR_IO; /* on_close follows */
    }
    if (lws_partial_buffered(client->wsi)) {
        client->blocked = true;
        lws_callback_on_writable(client->wsi);
    }
    return OIM_OK;
}

void ws_client_close(struct ws_client *client)
{
    if (client->state == CLIENT_OPEN) {
        lws_callback_on_writable(client->wsi);
        lws_set_timeout(client->wsi, PENDING_TIMEOUT_USER_OK, CLOSE_TIMEOUT_S);
        client->wsi = NULL;
    }
    abandon(client);
    rest(client);
}

bool ws_client_is_open(const struct ws_client *client)
{
    return client->state == CLIENT_OPEN;
}

enum oim_status ws_client_create(struct ws_client **out, struct ev_loop *ev, const struct ws_client_ops *ops,
                                 void *context, struct oim_error *err)
{
    struct ws_client *client = calloc(1, sizeof(*client));
    uint8_t *send_buffer = malloc(LWS_PRE + MESSAGE_SIZE_MAX);
    if (client == NULL || send_buffer == NULL) {
        free(client);
        free(send_buffer);
        return oim_fail(err, OIM_ERR_IO, "no memory for a connection");
    }
    client->ev = ev;
    client->ops = ops;
    client->context = context;
    client->send_buffer = send_buffer;
    oim_buf_init(&client->unfinished, MESSAGE_SIZE_MAX);
    ev_timer_init(&client->timeout, on_timeout, 0.0, 0.0);
    client->timeout.data = client;

    void *loops[] = {ev};
    const struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .options = LWS_SERVER_OPTION_LIBEV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
        .foreign_loops = loops,
        .fd_limit_per_thread = DESCRIPTOR_COUNT_MAX,
        .user = client,
    };
    lws_set_log_level(0, NULL);
    client->lws = lws_create_context(&info);
    client->vhost_any =
        client->lws != NULL ? make_vhost(client, "any", LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS) : NULL;
    if (client->vhost_any == NULL) {
        ws_client_destroy(client);
        return oim_fail(err, OIM_ERR_IO,
                        "libwebsockets cannot use libev; install the package libwebsockets-evlib-ev");
    }
    *out = client;
    return OIM_OK;
}

void ws_client_destroy(struct ws_client *client)
{
    if (client == NULL) {
        return;
    }
    abandon(client);
    rest(client);
    if (client->lws != NULL) {
        lws_context_destroy(client->lws);
    }
    oim_buf_finish(&client->unfinished);
    free(client->send_buffer);
    free(client);
}

static const char *const end_names[] = {
    [WS_END_CLOSED] = "closed",
    [WS_END_NO_NAME] = "no_name",
    [WS_END_REFUSED] = "refused",
    [WS_END_UNREACHABLE] = "unreachable",
    [WS_END_TIMEOUT] = "timeout",
    [WS_END_TLS] = "tls",
    [WS_END_CERTIFICATE] = "certificate",
    [WS_END_CERTIFICATE_DATE] = "certificate_date",
    [WS_END_CERTIFICATE_NAME] = "certificate_name",
    [WS_END_CERTIFICATE_KEY] = "certificate_key",
    [WS_END_NOT_OIM] = "not_oim",
};

const char *ws_client_end_name(enum ws_client_end why)
{
    return (size_t)why < OIM_COUNT(end_names) ? end_names[why] : "unknown";
}
