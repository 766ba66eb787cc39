/*
 * net_sim.c - see net_sim.h.
 */
#include "tests/sim/net_sim.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void stream_clear(struct net_stream *stream)
{
    for (; stream->count > 0; stream->count--) {
        free(stream->messages[stream->first].bytes);
        stream->first = (stream->first + 1) % stream->capacity;
    }
}

void net_finish(struct net *net)
{
    for (uint32_t i = 0; i < net->link_count; i++) {
        for (int direction = 0; direction < NET_DIRECTION_COUNT; direction++) {
            stream_clear(&net->links[i]->streams[direction]);
            free(net->links[i]->streams[direction].messages);
        }
        free(net->links[i]);
    }
    net->link_count = 0;
}

struct net_link *net_open(struct net *net, uint32_t client, uint32_t delay_ms, uint32_t jitter_ms)
{
    if (net->link_count == NET_LINK_COUNT_MAX) {
        return NULL;
    }
    struct net_link *link = calloc(1, sizeof(*link));
    assert(link != NULL);
    net->links[net->link_count++] = link;
    link->conn = net->link_count;
    link->client = client;
    link->delay_ms = delay_ms;
    link->jitter_ms = jitter_ms;
    return link;
}

struct net_link *net_find(struct net *net, uint64_t conn)
{
    return conn == 0 || conn > net->link_count ? NULL : net->links[conn - 1];
}

static void stream_grow(struct net_stream *stream)
{
    size_t capacity = stream->capacity == 0 ? 8 : stream->capacity * 2;
    struct net_message *messages = calloc(capacity, sizeof(*messages));
    assert(messages != NULL);
    for (size_t i = 0; i < stream->count; i++) {
        messages[i] = stream->messages[(stream->first + i) % stream->capacity];
    }
    free(stream->messages);
    stream->messages = messages;
    stream->capacity = capacity;
    stream->first = 0;
}

uint64_t net_send(struct net_link *link, enum net_direction direction, uint64_t now_ms, uint32_t extra_ms,
                  const void *bytes, size_t size)
{
    struct net_stream *stream = &link->streams[direction];
    if (stream->is_dead || stream->is_closed) {
        return 0;
    }
    uint64_t ready_ms = now_ms + link->delay_ms + extra_ms;
    if (ready_ms < stream->ready_ms) {
        ready_ms = stream->ready_ms;
    }
    struct net_message message = {.ready_ms = ready_ms, .size = size};
    if (bytes != NULL) {
        message.bytes = malloc(size + 1);
        assert(message.bytes != NULL);
        memcpy(message.bytes, bytes, size);
    }
    if (stream->count == stream->capacity) {
        stream_grow(stream);
    }
    stream->messages[(stream->first + stream->count++) % stream->capacity] = message;
    stream->ready_ms = ready_ms;
    return ready_ms;
}

bool net_receive(struct net_link *link, enum net_direction direction, uint64_t now_ms,
                 struct net_message *out)
{
    struct net_stream *stream = &link->streams[direction];
    if (stream->count == 0 || stream->messages[stream->first].ready_ms > now_ms) {
        return false;
    }
    *out = stream->messages[stream->first];
    stream->first = (stream->first + 1) % stream->capacity;
    stream->count--;
    return true;
}

void net_stop(struct net_link *link, enum net_direction direction)
{
    stream_clear(&link->streams[direction]);
    link->streams[direction].is_closed = true;
}
