/*
 * event.h - everything that can happen to the client's engine. Time arrives inside the event.
 *
 * Pointers in an event are borrowed during the step.
 */
#ifndef OIM_CLIENT_CORE_EVENT_H
#define OIM_CLIENT_CORE_EVENT_H

#include "client/core/record.h"

enum engine_event_kind {
    ENGINE_START,    /* once, first: what the store holds */
    ENGINE_WANT,     /* what the attached faces need of the connection */
    ENGINE_RETRY,    /* a person asks anew: whatever was at the server's address is looked at once more */
    ENGINE_OPENED,   /* the connection asked for by CONNECT is up */
    ENGINE_RECEIVED, /* one whole binary message */
    ENGINE_CLOSED,   /* the connection is gone, or never came up */
    ENGINE_SAVED,    /* the answer to SAVE; no other event may come between the two */
    ENGINE_TICK,     /* the time asked for by WAKE_AT has come, or a little later */
    ENGINE_REQUEST,  /* a face asks for something */
    ENGINE_CANCEL,   /* it does not wait for the answer any more */
    ENGINE_ACTIVE    /* a person has just done something at a face */
};

enum request_op {
    REQUEST_NONE = 0,
    REQUEST_JOIN, /* account must not be joined */
    REQUEST_SEND, /* answered when the message is stored here; later states come as CHANGED */
    REQUEST_DROP, /* take an unsent message or a draft back: OIM_ERR_CONFLICT when it has been submitted */
    REQUEST_RESEND, /* what CHANGED_RESEND names: queued anew, under its msg_id. OIM_ERR_LIMIT: no room now */
    REQUEST_SHOWN,
    REQUEST_STATUS,
    REQUEST_LOOKUP, /* people by words or id into the roster */
    REQUEST_CONTACT,
    REQUEST_CONTACTS, /* the whole list into the roster */
    REQUEST_ADMIN,
    REQUEST_LINK, /* two answers: the line, then who was linked */
    REQUEST_REVOKE
};

struct engine_request {
    uint64_t id; /* the shell's, not 0 */
    enum request_op op;
    union {
        struct {
            const struct invite_line *line;
            const char *login, *display; /* the owner's line: required; else "" */
            const char *label;           /* this device's name */
        } join;
        struct {
            struct oim_id msg_id; /* of no message here yet; zero: the engine makes one */
            struct oim_id to_user;
            const char *text;
            const char *once; /* "" none */
        } send;
        struct {
            struct oim_id msg_id, to_user;
            const char *text;
            uint64_t sent_ms; /* when it was written */
        } resend;
        struct {
            struct oim_id msg_id;
        } drop;
        struct {
            struct oim_id peer;
            const struct oim_id *msg_ids; /* of one peer, at most NOTICE_MSG_ID_COUNT_MAX */
            size_t msg_id_count;
            bool read; /* by a person; else only written somewhere */
        } shown;
        struct {
            enum presence_state state;
            const char *note;
            uint64_t until_ms; /* 0: no end */
        } status;
        struct {
            const char *words; /* "": everybody, or the one named by user_id */
            struct oim_id user_id;
        } lookup;
        struct {
            enum contact_op op;
            struct oim_id user_id;
        } contact;
        struct {
            struct oim_slice body; /* packed AdminOp */
        } admin;
        struct {
            uint32_t valid_s;
        } link;
        struct {
            struct oim_id device_id;
            const char *reason;
        } revoke;
    } u;
};

struct engine_event {
    enum engine_event_kind kind;
    uint64_t now_ms;  /* monotonic */
    uint64_t wall_ms; /* calendar */
    union {
        struct {
            const struct account *account;
            const struct sign_secret *device_key;
            const struct outbox_row *outbox; /* in the order they were made */
            size_t outbox_count;
            const struct person_row *people;
            size_t person_count;
            const struct change_policy *policy; /* row_count 0: never told */
        } start;
        struct {
            enum face_class class;
            bool connect; /* even when nothing is unsent */
            bool fetch;   /* rows of the mailbox, not only the summary (F1) */
        } want;
        struct {
            uint32_t cb_type;
            uint8_t cb[CB_SIZE];
        } opened;
        struct {
            struct oim_slice bytes;
        } received;
        struct {
            bool ok; /* false: nothing of it was written; the engine is of no more use */
        } saved;
        struct engine_request request;
        struct {
            uint64_t id;
        } cancel;
    } u;
};

#endif
