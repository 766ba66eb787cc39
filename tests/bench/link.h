/*
 * link.h - WebSocket connections to one server, many of them, on one epoll: plain or TLS.
 *
 * Written for few system calls: one recv of all that is there, one send per connection and turn of the loop,
 * no timers. Says when a connection is up, hands over whole binary messages, says when it is gone. What is in
 * the messages is actor.h's business.
 */
#ifndef OIM_TESTS_BENCH_LINK_H
#define OIM_TESTS_BENCH_LINK_H

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/bytes.h"
#include "common/error.h"
#include "proto/handshake.h"

enum link_state { LINK_CLOSED = 0, LINK_CONNECTING, LINK_TLS, LINK_UPGRADING, LINK_OPEN };

struct link {
    int fd;
    enum link_state state;
    SSL *ssl;
    struct oim_buf in;      /* the beginning of what has not come whole */
    struct oim_buf message; /* fragments so far */
    struct oim_buf out;
    size_t out_at; /* of out, already sent */
    bool dirty;    /* among links->dirty */
    bool watching_out;
    bool ignores_in;
};

struct links;

struct link_ops {
    void (*on_open)(void *context, struct link *link);
    void (*on_message)(void *context, struct link *link, struct oim_slice message);
    void (*on_closed)(void *context, struct link *link, const char *why);
    void (*on_turn_end)(void *context); /* what is sent from here still leaves in this turn */
};

struct links {
    int epoll_fd;
    struct sockaddr_storage address;
    socklen_t address_size;
    char host_port[HOST_PORT_SIZE_MAX];
    SSL_CTX *tls; /* NULL: plain */
    const struct link_ops *ops;
    void *context;
    struct link **dirty;
    size_t dirty_count, dirty_capacity;
    uint8_t *received;
    uint64_t mask_state;
    int64_t now_ns; /* when this turn's events were fetched */
    uint64_t bytes_out, bytes_in;
};

OIM_MUST_CHECK enum oim_status links_init(struct links *links, const char *host_port, bool tls,
                                          const struct link_ops *ops, void *context, struct oim_error *err);
/** The same links towards another address; none may be open. */
OIM_MUST_CHECK enum oim_status links_redirect(struct links *links, const char *host_port,
                                              struct oim_error *err);
void links_finish(struct links *links);

/** Begin to connect; on_open or on_closed follows from links_turn. */
void link_open(struct links *links, struct link *link);
/** Queue one binary message; it leaves at the end of this turn. */
void link_send(struct links *links, struct link *link, const uint8_t *message, size_t size);
/** Close at once, telling the server but not waiting for it; on_closed is not called. */
void link_close(struct links *links, struct link *link);
/** The TLS exporter of an open link; zeros without TLS. */
void link_channel_binding(const struct link *link, uint8_t out_cb[CB_SIZE]);

/** Read nothing more from it; what the kernel holds and the server keeps piles up. */
void link_stop_reading(struct links *links, struct link *link);

/** Send what is queued, wait at most wait_ns for something to come, and handle it. */
void links_turn(struct links *links, int64_t wait_ns);

#endif
