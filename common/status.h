/*
 * status.h - the only way to fail, and whose fault it was.
 */
#ifndef OIM_COMMON_STATUS_H
#define OIM_COMMON_STATUS_H

#include <stdint.h>

enum oim_status {
    OIM_OK = 0,
    OIM_AGAIN,         /* flow, not failure: full or not ready, call again later */
    OIM_ERR_PROTOCOL,  /* theirs: bytes or a sequence the protocol does not allow */
    OIM_ERR_AUTH,      /* theirs: the proof does not hold */
    OIM_ERR_DENIED,    /* theirs: known, and not allowed */
    OIM_ERR_NOT_FOUND, /* theirs: no such thing, or more than one of that name */
    OIM_ERR_CONFLICT,  /* theirs: contradicts what is already there */
    OIM_ERR_LIMIT,     /* theirs: too large, too many, too fast */
    OIM_ERR_USAGE,     /* theirs: a command line, file or setting that makes no sense */
    OIM_ERR_TRUST,     /* a question of trust: keys or history are not what was pinned */
    OIM_ERR_STORAGE,   /* ours: the database said no */
    OIM_ERR_IO,        /* ours: file, socket or system call */
    OIM_STATUS_COUNT
};

/* Stable lower-case name, as in logs and JSON: "ok", "again", "protocol", ... Never NULL. */
const char *oim_status_name(enum oim_status status);

/* The code that an Error or Bye frame carries for this status; 0 for OIM_OK. Source: PROTOCOL.md. */
uint32_t oim_status_wire_code(enum oim_status status);

/* What a receiver makes of a wire code. A code this version does not know is OIM_ERR_PROTOCOL. */
enum oim_status oim_status_from_wire(uint32_t wire_code);

/* In Error frames only: the frame named by offending_kind is of a kind this end does not know. No status has
 * it. */
#define OIM_WIRE_UNKNOWN_KIND 20u

/* The WebSocket close code (RFC 6455, 7.4) that goes with this status. */
uint16_t oim_status_close_code(enum oim_status status);

#endif
