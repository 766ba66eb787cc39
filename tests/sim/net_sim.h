/*
 * net_sim.h - connections that delay, lose and end, but keep the order of what arrives, as TCP does.
 *
 * A link has two directions. Bytes of a dead direction vanish without a word to the sender (half-open); a cut
 * ends both. Ends are told of an end by the driver, when the caller's on_ functions say so; an end that
 * closed itself hears nothing more.
 */
#ifndef OIM_TESTS_SIM_NET_SIM_H
#define OIM_TESTS_SIM_NET_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum net_direction { NET_TO_SERVER = 0, NET_TO_CLIENT = 1, NET_DIRECTION_COUNT = 2 };

struct net_message {
    uint64_t ready_ms;
    uint8_t *bytes; /* owned; NULL: the end of the stream */
    size_t size;
};

struct net_stream {
    struct net_message *messages; /* owned ring */
    size_t first, count, capacity;
    uint64_t ready_ms; /* of the last one: what follows is not faster */
    bool is_dead;      /* what is sent from now on vanishes */
    bool is_closed;    /* the receiving end is gone */
};

struct net_link {
    uint64_t conn; /* from 1, never reused */
    uint32_t client;
    uint32_t delay_ms, jitter_ms;
    struct net_stream streams[NET_DIRECTION_COUNT];
};

#define NET_LINK_COUNT_MAX 1024u

struct net {
    struct net_link *links[NET_LINK_COUNT_MAX]; /* [conn - 1]; owned */
    uint32_t link_count;
};

void net_finish(struct net *net);
/** A new link. NULL: there were too many in this run. */
struct net_link *net_open(struct net *net, uint32_t client, uint32_t delay_ms, uint32_t jitter_ms);
struct net_link *net_find(struct net *net, uint64_t conn); /* NULL: none */
/** Send bytes (copied), or the end of the stream (bytes NULL). Returns when they arrive; 0: never. */
uint64_t net_send(struct net_link *link, enum net_direction direction, uint64_t now_ms, uint32_t extra_ms,
                  const void *bytes, size_t size);
/** Whether something has arrived by now. The caller frees out->bytes. */
bool net_receive(struct net_link *link, enum net_direction direction, uint64_t now_ms,
                 struct net_message *out);
/** This end hears nothing more. */
void net_stop(struct net_link *link, enum net_direction direction);

#endif
