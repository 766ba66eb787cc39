/*
 * effect.h - what the core asks the shell to do. Memory behind an effect is valid until the next core_step.
 */
#ifndef OIM_SERVER_CORE_EFFECT_H
#define OIM_SERVER_CORE_EFFECT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "server/store/store.h"

#define EFFECT_COUNT_MAX 1024u
#define EFFECT_WRITE_HEADROOM 32u /* writable bytes in front of WRITE's data (libwebsockets wants LWS_PRE) */

enum effect_kind {
    EFFECT_WRITE,      /* one binary message; the bytes may be scribbled on, headroom included */
    EFFECT_CLOSE,      /* after what was written: close with this WebSocket code */
    EFFECT_SUBMIT,     /* to the store; always fits, the core counts what is in flight */
    EFFECT_READ_STOP,  /* flow control: read no more from conn */
    EFFECT_READ_GO,
    EFFECT_SIGNED_IN,  /* conn may send messages of more than FRAME_SIZE_MAX_BEFORE_AUTH from now on */
    EFFECT_WAKE_AT,    /* CORE_TICK at this monotonic time; a later WAKE_AT replaces it; 0: never */
    EFFECT_LOG,        /* one line: ids and codes only */
    EFFECT_READY,      /* everything is loaded, connections may be accepted */
    EFFECT_OWNER_LINE, /* nobody owns this server: the line to print and keep in a 0600 file */
    EFFECT_OWNER_JOINED, /* the line is used up: forget it */
    EFFECT_DRAINED,    /* nothing is in flight any more: the shell may end */
    EFFECT_FATAL       /* the store is finished: stop with this text */
};

enum effect_log_level { EFFECT_LOG_ERROR, EFFECT_LOG_WARN, EFFECT_LOG_INFO, EFFECT_LOG_DEBUG };

struct effect {
    enum effect_kind kind;
    uint64_t conn;
    union {
        struct {
            uint8_t *data; /* EFFECT_WRITE_HEADROOM bytes before it are writable too */
            size_t size;
        } write;
        struct {
            uint16_t code;
            const char *reason;
        } close;
        struct {
            const struct store_req *reqs;
            size_t req_count;
        } submit;
        struct {
            uint64_t now_ms;
        } wake_at;
        struct {
            enum effect_log_level level;
            const char *event;
            const char *fields;
        } log;
        struct {
            const char *text;
        } line; /* OWNER_LINE, FATAL */
    } u;
};

struct effect_list {
    struct effect items[EFFECT_COUNT_MAX];
    size_t count;
    bool more; /* call core_step with CORE_ROUND_END again after performing these */
};

#endif
