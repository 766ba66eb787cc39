/*
 * ws_pair.h - a server and a client of ours on one loop, over a real loopback connection, and what they
 * heard.
 */
#ifndef OIM_TESTS_SERVER_NET_WS_PAIR_H
#define OIM_TESTS_SERVER_NET_WS_PAIR_H

#include <ev.h>

#include "client/net/ws_client.h"
#include "proto/limits.h"
#include "server/net/listener.h"
#include "server/net/ws_server.h"

struct ws_pair {
    struct ev_loop *ev;
    struct tls_identity identity;
    struct ws_server *server;
    struct listener listener;
    enum transport transport; /* of what listener accepts */
    struct ws_client *client;

    /* the server's side */
    uint64_t conn; /* the last one opened; 0: none yet */
    uint64_t address_key;
    uint8_t server_cb[CB_SIZE];
    struct oim_buf server_heard; /* all messages, one after the other */
    size_t server_message_count;
    size_t server_closed_count;
    size_t server_writable_count;
    bool stranger; /* set before it connects: nobody tells the server that it has signed in */
    bool echo;     /* answer every message with itself */

    /* the client's side */
    bool open;
    uint8_t client_cb[CB_SIZE];
    uint32_t client_cb_type;
    struct oim_buf client_heard;
    size_t client_message_count;
    size_t client_writable_count;
    bool ended;
    enum ws_client_end end;
    uint16_t end_code;
    char end_text[128];
};

void ws_pair_init(struct ws_pair *pair, enum transport transport);
/* Over TLS, with the key and the certificate of this PEM file. */
void ws_pair_init_certified(struct ws_pair *pair, const char *path);
void ws_pair_finish(struct ws_pair *pair);

/* "127.0.0.1:PORT" of the listener. */
const char *ws_pair_address(const struct ws_pair *pair);
/* Connect the client and run until both ends are open, or the client's attempt has ended. */
void ws_pair_connect(struct ws_pair *pair, enum ws_client_mode mode);
/* Run the loop until the condition holds; a stuck loop ends in the test's own timeout. */
void ws_pair_run_until(struct ws_pair *pair, bool (*condition)(const struct ws_pair *pair));
/* From the server, with the headroom it needs. */
enum ws_write ws_pair_write(struct ws_pair *pair, struct oim_slice bytes);

#endif
