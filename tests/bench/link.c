#include "tests/bench/link.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/os/tls_exporter.h"
#include "tests/bench/machine.h"

#define RECEIVE_SIZE (512u * 1024)
#define IN_SIZE_MAX (2u * 1024 * 1024)
#define OUT_SIZE_MAX (64u * 1024 * 1024)
#define EVENT_COUNT_MAX 512
#define WS_HEADER_SIZE_MAX 14
#define HTTP_REQUEST_SIZE_MAX 512
#define KEEP_BUFFER_SIZE_MAX 65536u

enum { WS_CONTINUATION = 0, WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10, WS_FINAL = 0x80 };

_Static_assert(CB_SIZE == TLS_EXPORTER_SIZE, "the exporter is the channel binding");

static void die_without_memory(void)
{
    fputs("oim-bench: no memory for connections\n", stderr);
    exit(1);
}

/* ---- where to
 * ------------------------------------------------------------------------------------------------ */

enum oim_status links_redirect(struct links *links, const char *host_port, struct oim_error *err)
{
    char host[HOST_PORT_SIZE_MAX];
    (void)snprintf(links->host_port, sizeof(links->host_port), "%s", host_port);
    (void)snprintf(host, sizeof(host), "%s", host_port[0] == '[' ? host_port + 1 : host_port);
    char *port = strrchr(host, ':');
    if (port == NULL) {
        return oim_fail(err, OIM_ERR_USAGE, "'%s' is no HOST:PORT", host_port);
    }
    *port++ = '\0';
    if (host_port[0] == '[' && host[0] != '\0') {
        host[strcspn(host, "]")] = '\0';
    }
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int failed = getaddrinfo(host, port, &hints, &found);
    if (failed != 0) {
        return oim_fail(err, OIM_ERR_USAGE, "'%s': %s", host_port, gai_strerror(failed));
    }
    memcpy(&links->address, found->ai_addr, found->ai_addrlen);
    links->address_size = found->ai_addrlen;
    freeaddrinfo(found);
    return OIM_OK;
}

enum oim_status links_init(struct links *links, const char *host_port, bool tls, const struct link_ops *ops,
                           void *context, struct oim_error *err)
{
    *links = (struct links){.ops = ops, .context = context, .mask_state = (uint64_t)machine_now_ns() | 1};
    links->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    links->received = malloc(RECEIVE_SIZE);
    if (links->epoll_fd < 0 || links->received == NULL) {
        return oim_fail(err, OIM_ERR_IO, "no epoll or no memory");
    }
    if (tls) {
        links->tls = SSL_CTX_new(TLS_client_method());
        if (links->tls == NULL || SSL_CTX_set_min_proto_version(links->tls, TLS1_3_VERSION) != 1) {
            return oim_fail(err, OIM_ERR_IO, "OpenSSL has no TLS 1.3");
        }
        SSL_CTX_set_mode(links->tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                         SSL_MODE_RELEASE_BUFFERS);
    }
    return links_redirect(links, host_port, err);
}

void links_finish(struct links *links)
{
    if (links->epoll_fd > 0) {
        (void)close(links->epoll_fd);
    }
    SSL_CTX_free(links->tls);
    free((void *)links->dirty);
    free(links->received);
    *links = (struct links){.epoll_fd = -1};
}

/* ---- sending
 * ------------------------------------------------------------------------------------------------- */

static void mark_dirty(struct links *links, struct link *link)
{
    if (link->dirty) {
        return;
    }
    if (links->dirty_count == links->dirty_capacity) {
        size_t capacity = links->dirty_capacity == 0 ? 256 : links->dirty_capacity * 2;
        struct link **grown = realloc((void *)links->dirty, capacity * sizeof(struct link *));
        if (grown == NULL) {
            die_without_memory();
        }
        links->dirty = grown;
        links->dirty_capacity = capacity;
    }
    link->dirty = true;
    links->dirty[links->dirty_count++] = link;
}

static void queue_bytes(struct links *links, struct link *link, const void *data, size_t size)
{
    if (oim_buf_append(&link->out, data, size) != OIM_OK) {
        die_without_memory();
    }
    mark_dirty(links, link);
}

/* xorshift64: a mask only has to be unpredictable to proxies, and there is none here (RFC 6455, 10.3). */
static uint32_t next_mask(struct links *links)
{
    uint64_t x = links->mask_state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    links->mask_state = x;
    return (uint32_t)(x >> 32);
}

static void copy_masked(uint8_t *out, const uint8_t *data, size_t size, uint32_t mask)
{
    const uint64_t wide = (uint64_t)mask << 32 | mask;
    size_t at = 0;
    for (; at + sizeof(wide) <= size; at += sizeof(wide)) {
        uint64_t word;
        memcpy(&word, data + at, sizeof(word));
        word ^= wide;
        memcpy(out + at, &word, sizeof(word));
    }
    uint8_t bytes[sizeof(mask)];
    memcpy(bytes, &mask, sizeof(mask));
    for (; at < size; at++) {
        out[at] = data[at] ^ bytes[at % sizeof(mask)];
    }
}

static void queue_ws(struct links *links, struct link *link, uint8_t opcode, const uint8_t *data, size_t size)
{
    uint8_t header[WS_HEADER_SIZE_MAX] = {(uint8_t)(WS_FINAL | opcode)};
    size_t header_size = 2;
    if (size < 126) {
        header[1] = (uint8_t)(0x80 | size);
    } else if (size <= UINT16_MAX) {
        header[1] = 0x80 | 126;
        oim_put_be16(header + 2, (uint16_t)size);
        header_size = 4;
    } else {
        header[1] = 0x80 | 127;
        oim_put_be64(header + 2, size);
        header_size = 10;
    }
    uint32_t mask = next_mask(links);
    memcpy(header + header_size, &mask, sizeof(mask));
    header_size += sizeof(mask);
    uint8_t *out = oim_buf_grow(&link->out, header_size + size);
    if (out == NULL) {
        die_without_memory();
    }
    memcpy(out, header, header_size);
    copy_masked(out + header_size, data, size, mask);
    mark_dirty(links, link);
}

void link_send(struct links *links, struct link *link, const uint8_t *message, size_t size)
{
    if (link->state == LINK_OPEN) {
        queue_ws(links, link, WS_BINARY, message, size);
    }
}

static void watch_again(struct links *links, struct link *link)
{
    struct epoll_event event = {.events = (link->ignores_in ? 0u : (uint32_t)EPOLLIN) |
                                          (link->watching_out ? (uint32_t)EPOLLOUT : 0u),
                                .data = {.ptr = link}};
    (void)epoll_ctl(links->epoll_fd, EPOLL_CTL_MOD, link->fd, &event);
}

static void watch(struct links *links, struct link *link, bool out)
{
    if (link->watching_out != out) {
        link->watching_out = out;
        watch_again(links, link);
    }
}

void link_stop_reading(struct links *links, struct link *link)
{
    link->ignores_in = true;
    watch_again(links, link);
}

static void forget(struct links *links, struct link *link)
{
    for (size_t i = 0; link->dirty && i < links->dirty_count; i++) {
        if (links->dirty[i] == link) {
            links->dirty[i] = links->dirty[--links->dirty_count];
            link->dirty = false;
        }
    }
    SSL_free(link->ssl);
    (void)close(link->fd);
    oim_buf_finish(&link->in);
    oim_buf_finish(&link->message);
    oim_buf_finish(&link->out);
    *link = (struct link){.fd = -1};
}

static void lose(struct links *links, struct link *link, const char *why)
{
    if (link->state != LINK_CLOSED) {
        forget(links, link);
        links->ops->on_closed(links->context, link, why);
    }
}

/* How much went out; 0: not now; -1: the connection is gone. */
static ssize_t write_some(struct link *link, const uint8_t *data, size_t size)
{
    if (link->ssl == NULL) {
        ssize_t sent = send(link->fd, data, size, MSG_NOSIGNAL);
        return sent < 0 && errno == EAGAIN ? 0 : sent;
    }
    size_t sent = 0;
    if (SSL_write_ex(link->ssl, data, size, &sent) == 1) {
        return (ssize_t)sent;
    }
    int reason = SSL_get_error(link->ssl, 0);
    return reason == SSL_ERROR_WANT_WRITE || reason == SSL_ERROR_WANT_READ ? 0 : -1;
}

static void flush(struct links *links, struct link *link)
{
    if (link->state != LINK_OPEN && link->state != LINK_UPGRADING) {
        return;
    }
    while (link->out_at < link->out.size) {
        ssize_t sent = write_some(link, link->out.data + link->out_at, link->out.size - link->out_at);
        if (sent < 0) {
            lose(links, link, "the connection broke");
            return;
        }
        if (sent == 0) {
            watch(links, link, true);
            return;
        }
        link->out_at += (size_t)sent;
        links->bytes_out += (uint64_t)sent;
    }
    link->out_at = 0;
    oim_buf_clear(&link->out);
    if (link->out.capacity > KEEP_BUFFER_SIZE_MAX) {
        oim_buf_finish(&link->out);
    }
    watch(links, link, false);
}

static void flush_dirty(struct links *links)
{
    while (links->dirty_count > 0) {
        struct link *link = links->dirty[--links->dirty_count];
        link->dirty = false;
        flush(links, link);
    }
}

/* ---- receiving
 * ----------------------------------------------------------------------------------------------- */

/* One WebSocket frame from the front of *rest. False: it is not whole yet, or the link is gone. */
static bool take_ws_frame(struct links *links, struct link *link, struct oim_slice *rest)
{
    const uint8_t *data = rest->data;
    size_t header_size = 2;
    if (rest->size < header_size) {
        return false;
    }
    uint64_t size = data[1] & 0x7Fu;
    if (size == 126) {
        header_size = 4;
        size = rest->size < header_size ? 0 : oim_get_be16(data + 2);
    } else if (size == 127) {
        header_size = 10;
        size = rest->size < header_size ? 0 : oim_get_be64(data + 2);
    }
    if (size > IN_SIZE_MAX) {
        lose(links, link, "the server sent a frame beyond all measure");
        return false;
    }
    if (rest->size < header_size + size) {
        return false;
    }
    struct oim_slice body = oim_slice(data + header_size, (size_t)size);
    uint8_t opcode = data[0] & 0x0F;
    bool final = (data[0] & WS_FINAL) != 0;
    rest->data += header_size + size;
    rest->size -= header_size + (size_t)size;
    if (opcode == WS_PING) {
        queue_ws(links, link, WS_PONG, body.data, body.size);
    } else if (opcode == WS_CLOSE) {
        char why[160];
        (void)snprintf(
            why, sizeof(why), "the server closed: %u %.*s", body.size >= 2 ? oim_get_be16(body.data) : 1005u,
            body.size > 2 ? (int)body.size - 2 : 0, body.size > 2 ? (const char *)body.data + 2 : "");
        lose(links, link, why);
        return false;
    } else if (opcode == WS_BINARY && final) {
        links->ops->on_message(links->context, link, body);
    } else if (opcode == WS_BINARY || opcode == WS_CONTINUATION) {
        if (oim_buf_append(&link->message, body.data, body.size) != OIM_OK) {
            lose(links, link, "the server sent a message beyond all measure");
            return false;
        }
        if (final) {
            struct oim_buf message = link->message;
            oim_buf_init(&link->message, IN_SIZE_MAX);
            links->ops->on_message(links->context, link, oim_buf_slice(&message));
            oim_buf_finish(&message);
        }
    }
    return link->state == LINK_OPEN;
}

/* The server's answer to the upgrade. */
static bool take_upgrade(struct links *links, struct link *link, struct oim_slice *rest)
{
    const uint8_t *end = rest->size == 0 ? NULL : memmem(rest->data, rest->size, "\r\n\r\n", 4);
    if (end == NULL) {
        return false;
    }
    if (rest->size < 12 || memcmp(rest->data, "HTTP/1.1 101", 12) != 0) {
        lose(links, link, "the server did not upgrade to WebSocket");
        return false;
    }
    size_t size = (size_t)(end - rest->data) + 4;
    rest->data += size;
    rest->size -= size;
    link->state = LINK_OPEN;
    links->ops->on_open(links->context, link);
    return link->state == LINK_OPEN;
}

static void keep_rest(struct links *links, struct link *link, struct oim_slice rest)
{
    struct oim_buf old = link->in;
    oim_buf_init(&link->in, IN_SIZE_MAX);
    if (rest.size > 0 && oim_buf_append(&link->in, rest.data, rest.size) != OIM_OK) {
        lose(links, link, "the server sent a message beyond all measure");
    }
    oim_buf_finish(&old);
}

static void handle_bytes(struct links *links, struct link *link, const uint8_t *data, size_t size)
{
    struct oim_slice rest = oim_slice(data, size);
    bool kept = link->in.size > 0;
    links->bytes_in += size;
    if (kept) {
        if (oim_buf_append(&link->in, data, size) != OIM_OK) {
            lose(links, link, "the server sent a message beyond all measure");
            return;
        }
        rest = oim_buf_slice(&link->in);
    }
    bool more = true;
    while (more) {
        more = link->state == LINK_UPGRADING ? take_upgrade(links, link, &rest)
                                             : take_ws_frame(links, link, &rest);
    }
    if (link->state != LINK_CLOSED && (kept || rest.size > 0)) {
        keep_rest(links, link, rest);
    }
}

static void receive_plain(struct links *links, struct link *link)
{
    ssize_t size = recv(link->fd, links->received, RECEIVE_SIZE, 0);
    if (size > 0) {
        handle_bytes(links, link, links->received, (size_t)size);
    } else if (size == 0 || errno != EAGAIN) {
        lose(links, link, "the connection broke");
    }
}

static void receive_tls(struct links *links, struct link *link)
{
    size_t filled = 0;
    size_t size = 0;
    while (filled < RECEIVE_SIZE &&
           SSL_read_ex(link->ssl, links->received + filled, RECEIVE_SIZE - filled, &size) == 1) {
        filled += size;
    }
    int reason = filled < RECEIVE_SIZE ? SSL_get_error(link->ssl, 0) : SSL_ERROR_WANT_READ;
    if (filled > 0) {
        handle_bytes(links, link, links->received, filled);
    }
    if (link->state != LINK_CLOSED && reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE) {
        lose(links, link, "the TLS connection broke");
    }
}

/* ---- coming up
 * ----------------------------------------------------------------------------------------------- */

static void begin_upgrade(struct links *links, struct link *link)
{
    char request[HTTP_REQUEST_SIZE_MAX];
    /* The key is RFC 6455's example: it proves that the peer speaks WebSocket, and we only measure it. */
    int size =
        snprintf(request, sizeof(request),
                 "GET " OIM_PATH " HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: " OIM_SUBPROTOCOL
                 "\r\nSec-WebSocket-Version: 13\r\n\r\n",
                 links->host_port);
    link->state = LINK_UPGRADING;
    queue_bytes(links, link, request, (size_t)size);
}

static void shake_tls(struct links *links, struct link *link)
{
    int done = SSL_connect(link->ssl);
    if (done == 1) {
        begin_upgrade(links, link);
        return;
    }
    int reason = SSL_get_error(link->ssl, done);
    if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE) {
        watch(links, link, reason == SSL_ERROR_WANT_WRITE);
        return;
    }
    lose(links, link, "the TLS handshake failed");
}

static void on_connected(struct links *links, struct link *link)
{
    int failed = 0;
    socklen_t size = sizeof(failed);
    (void)getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &failed, &size);
    if (failed != 0) {
        lose(links, link, strerror(failed));
        return;
    }
    if (links->tls == NULL) {
        begin_upgrade(links, link);
        return;
    }
    link->ssl = SSL_new(links->tls);
    if (link->ssl == NULL || SSL_set_fd(link->ssl, link->fd) != 1) {
        die_without_memory();
    }
    link->state = LINK_TLS;
    shake_tls(links, link);
}

void link_open(struct links *links, struct link *link)
{
    int on = 1;
    *link = (struct link){.state = LINK_CONNECTING, .watching_out = true};
    oim_buf_init(&link->in, IN_SIZE_MAX);
    oim_buf_init(&link->message, IN_SIZE_MAX);
    oim_buf_init(&link->out, OUT_SIZE_MAX);
    link->fd = socket(links->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data = {.ptr = link}};
    if (link->fd < 0 || epoll_ctl(links->epoll_fd, EPOLL_CTL_ADD, link->fd, &event) != 0) {
        fprintf(stderr, "oim-bench: no socket: %s\n", strerror(errno));
        exit(1);
    }
    (void)setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(link->fd, (struct sockaddr *)&links->address, links->address_size) != 0 &&
        errno != EINPROGRESS) {
        fprintf(stderr, "oim-bench: connect: %s\n", strerror(errno));
        exit(1);
    }
}

void link_close(struct links *links, struct link *link)
{
    static const uint8_t normal[2] = {0x03, 0xE8};
    if (link->state == LINK_OPEN) {
        queue_ws(links, link, WS_CLOSE, normal, sizeof(normal));
        if (link->out_at < link->out.size) {
            (void)write_some(link, link->out.data + link->out_at, link->out.size - link->out_at);
        }
    }
    if (link->state != LINK_CLOSED) {
        forget(links, link);
    }
}

void link_channel_binding(const struct link *link, uint8_t out_cb[CB_SIZE])
{
    memset(out_cb, 0, CB_SIZE);
    if (link->ssl != NULL && !tls_exporter_read(link->ssl, out_cb)) {
        fputs("oim-bench: TLS without an exporter\n", stderr);
        exit(1);
    }
}

/* ---- the loop
 * ------------------------------------------------------------------------------------------------ */

static void handle_event(struct links *links, struct link *link, uint32_t events)
{
    if (link->state == LINK_CONNECTING) {
        on_connected(links, link);
        return;
    }
    if (link->state == LINK_TLS) {
        shake_tls(links, link);
        return;
    }
    if ((events & EPOLLOUT) != 0) {
        flush(links, link);
    }
    if (link->state == LINK_OPEN || link->state == LINK_UPGRADING) {
        if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
            link->ssl == NULL ? receive_plain(links, link) : receive_tls(links, link);
        }
    }
}

void links_turn(struct links *links, int64_t wait_ns)
{
    struct epoll_event events[EVENT_COUNT_MAX];
    links->ops->on_turn_end(links->context);
    flush_dirty(links);
    if (wait_ns < 0) {
        wait_ns = 0;
    }
    const struct timespec wait = {.tv_sec = wait_ns / 1000000000, .tv_nsec = wait_ns % 1000000000};
    int count = epoll_pwait2(links->epoll_fd, events, EVENT_COUNT_MAX, &wait, NULL);
    links->now_ns = machine_now_ns();
    for (int i = 0; i < count; i++) {
        handle_event(links, events[i].data.ptr, events[i].events);
    }
    links->ops->on_turn_end(links->context);
    flush_dirty(links);
}
