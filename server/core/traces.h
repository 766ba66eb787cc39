/*
 * traces.h - what became of messages lately, in memory only: ids and codes, never text (BLUEPRINT B33).
 *
 * A ring; its memory is taken at the start and touched as it fills. After a restart it is empty.
 */
#ifndef OIM_SERVER_CORE_TRACES_H
#define OIM_SERVER_CORE_TRACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/id.h"

struct core;
struct submission;

enum trace_kind {
    TRACE_NONE,
    TRACE_HELD,    /* on disk; waits for the sign-in */
    TRACE_PUSHED,  /* on disk, for somebody who was signed in */
    TRACE_QUIET,   /* the same, without alert */
    TRACE_LIVE,    /* only while signed in: not stored */
    TRACE_REFUSED, /* code: enum reason */
    TRACE_SENT,    /* to a device */
    TRACE_TAKEN,   /* that device has acknowledged it */
    TRACE_LOST,    /* live, and nobody acknowledged it in time */
    TRACE_EXPIRED,
    TRACE_ERASED,
    TRACE_WAITING, /* never in the ring: said of what the store still has for somebody */
    TRACE_KIND_COUNT
};

struct trace_event {
    uint64_t at_ms; /* calendar */
    struct oim_id msg_id;
    uint32_t from_uid, to_uid;
    uint32_t dev; /* SENT and TAKEN */
    uint8_t kind, code;
};

/* Which events an administrator wants to see. */
struct trace_look {
    uint32_t from_uid, to_uid;     /* 0: whoever */
    char prefix[OIM_ID_TEXT_SIZE]; /* of the message's id as text; "": any */
    uint64_t since_ms, until_ms;   /* calendar; until 0: no bound */
};

struct traces {
    struct trace_event *events; /* owned; NULL: nothing is remembered */
    uint32_t capacity;
    uint64_t count; /* ever; the newest is at (count - 1) % capacity */
};

/* capacity 0: nothing is remembered. False: no memory. */
bool traces_init(struct traces *traces, uint32_t capacity);
void traces_finish(struct traces *traces);

/** src_dev: the sender's device. */
void traces_add(struct core *core, enum trace_kind kind, const struct oim_id *msg_id, uint64_t src_dev,
                uint32_t to_uid, uint32_t dev, uint8_t code);
/** The first answer to a Submit of chat. */
void traces_submission(struct core *core, const struct submission *submission, uint64_t src_dev);

/** The oldest event that is young enough, as an index for traces_at; traces->count when there is none. */
uint64_t traces_first(const struct core *core);
const struct trace_event *traces_at(const struct traces *traces, uint64_t index);
bool trace_look_wants(const struct trace_look *look, const struct trace_event *event);
const char *traces_kind_name(enum trace_kind kind); /* "held", as the wire has it */

#endif
