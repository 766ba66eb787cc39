/*
 * session.h - one connection's states, their legal edges, and what is on its way to it.
 *
 * Invariants:
 *   dev, uid and epoch are set from ATTACHING on; device->session points back from READY on.
 *   next_seq is the next row of the mailbox to send; rows sent and not acknowledged are in the sent list, in order.
 *   an outbox block is held only while it holds bytes.
 */
#ifndef OIM_SERVER_CORE_SESSION_H
#define OIM_SERVER_CORE_SESSION_H

#include "common/table.h"
#include "policy/resolve.h"
#include "proto/frame.h"
#include "proto/handshake.h"
#include "server/core/event.h"

struct core;
struct device;
struct account;

enum session_state {
    SESSION_GREETING,   /* nothing but Hello may come (or Local, on the unix socket) */
    SESSION_CHALLENGED, /* our nonce is out: DeviceAuth, or joining and linking */
    SESSION_ATTACHING,  /* the proof held; the store is raising the epoch */
    SESSION_READY,      /* AuthOk is said, or held back for a moment */
    SESSION_LINKING,    /* a new device waits for the old one; the link's end is its time-out */
    SESSION_LOCAL,      /* the unix socket */
    SESSION_CLOSED,     /* Bye said or owed; what comes in is ignored */
    SESSION_STATE_COUNT
};

/* Results of Submits with equal outcomes and following numbers, not yet in the outbox. */
struct result_run {
    uint64_t from_no, to_no; /* from_no 0: none */
    uint64_t until_ms;
    uint8_t outcome, reason, who;
    uint32_t retry_after_ms;
    char policy[ORIGIN_SIZE]; /* HELD: what decided how long, when it was judged */
};

struct session {
    uint64_t conn;
    uint64_t entered_ms; /* the state */
    uint64_t heard_ms;
    struct session *heard_previous, *heard_next; /* in core->sessions.quiet or .waiting */
    struct session *person_next;                 /* other sessions of the same person */
    struct session *due_next;                    /* in core->sessions.due */
    struct session *pump_next;                   /* in core->sessions.pump, during a step */
    struct session *stopped_next;                /* in core->sessions.stopped */
    uint8_t *outbox;                             /* pool block: headroom, then bytes */
    uint32_t outbox_size;
    uint32_t inflight_count;                     /* requests at the store that this session caused */
    uint16_t close_code;
    uint8_t state;     /* enum session_state */
    uint8_t transport; /* enum transport */
    uint8_t class;     /* enum face_class */
    bool due : 1;      /* is in core->sessions.due */
    bool blocked : 1;  /* a write waits in the shell */
    bool closing : 1;  /* close after the outbox */
    bool read_stopped : 1;
    bool pinged : 1;
    bool paging : 1;   /* a page is on its way from the store */
    bool behind : 1;   /* CaughtUp is owed */
    bool unsure : 1;   /* the mailbox may reach further than replies told: ask for a page */
    bool held : 1;     /* AuthOk waits for the summary and the first page, to leave with them */
    bool own_acked : 1; /* rows of its own were passed over: move the cursor */
    bool cursor_busy : 1; /* a CURSOR is at the store: the next one waits for it */
    bool ack_waits : 1;   /* an Ack up to wanted_seq came meanwhile */
    bool pump : 1;     /* is in core->sessions.pump */
    bool gone : 1;     /* the connection is no more; in the table only until it is out of the lists */
    bool offline_im : 1;
    bool presences_sent : 1;  /* was told who is here... */
    bool presences_stale : 1; /* ...and looked away since, when nothing was told */
    bool is_idle : 1;        /* nobody is at the device */
    union {
        struct { /* until READY */
            struct oim_hash th;
            uint64_t address_key;
            uint8_t cb[CB_SIZE];
            uint32_t received_size; /* what the peer has said so far */
        } shake;
        struct {
            struct result_run run;
        } ready;
    } u;
    uint32_t dev, uid;
    int64_t idle_since_ms; /* is_idle: monotonic; before the start of the machine perhaps */
    uint64_t epoch;
    uint64_t next_seq, acked_seq, settled_no;
    uint64_t wanted_seq; /* ack_waits */
    uint32_t window_rows, window_bytes;
    uint32_t sent_first, sent_last; /* index + 1 into core->mail.sents */
    uint32_t sent_count, sent_size;
};

_Static_assert(sizeof(struct session) <= 320, "ten thousand idle sessions are cheap");

struct session_list {
    struct session *first, *last;
};

struct sessions {
    struct oim_table table; /* conn -> struct session */
    struct session *found;      /* the one that was looked up last, mostly the one that is meant again */
    struct oim_table addresses; /* address_key -> uint32_t, unfinished connections from there */
    struct session_list waiting; /* before READY, oldest first */
    struct session_list quiet;   /* READY, not heard from for longest first */
    struct session_list pinged;  /* READY, asked whether they live, longest ago first */
    struct session *due;         /* something to write or to close */
    struct session *pump;        /* rows may be waiting to be sent */
    struct session *stopped;     /* reading was stopped because the store is busy */
    size_t waiting_count, ready_count, signed_in_count;
};

struct session *session_find(struct core *core, uint64_t conn);
/** A new connection. When there are too many unfinished ones, the oldest is closed. */
void session_on_opened(struct core *core, const struct core_event *event);
void session_on_closed(struct core *core, uint64_t conn);
/** Out of the table once the connection is gone and no list holds the session. */
void session_release(struct core *core, struct session *session);
void session_enter(struct core *core, struct session *session, enum session_state next);
/** The peer gave a sign of life. */
void session_heard(struct core *core, struct session *session);
/** Say Bye with status and text (static or valid during the call), and close when that is written. */
void session_close(struct core *core, struct session *session, enum oim_status status, const char *text,
                   uint32_t retry_after_ms);
/** Answer one request with an Error. */
void session_error(struct core *core, struct session *session, uint32_t request, uint32_t offending_kind,
                   enum oim_status status, const char *text);
/** Pings, silence, unfinished handshakes. Returns when to look again; 0: nothing is waiting. */
uint64_t session_on_time(struct core *core);
/** The person and device of a READY session. */
struct account *session_person(const struct core *core, const struct session *session);
struct device *session_device(const struct core *core, const struct session *session);

#endif
