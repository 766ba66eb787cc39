/*
 * effect.h - what the client's engine asks its shell to do, in this order. Memory behind an effect is valid
 * until the next engine_step.
 *
 * When a step changes anything that must last, its only effect is SAVE; what the step wanted to write, answer
 * or announce comes with the ENGINE_SAVED that follows. So nothing leaves that depends on what is not yet on
 * disk.
 */
#ifndef OIM_CLIENT_CORE_EFFECT_H
#define OIM_CLIENT_CORE_EFFECT_H

#include "client/core/record.h"
#include "common/status.h"

enum engine_effect_kind {
    ENGINE_SAVE,       /* commit all changes in one transaction, then report ENGINE_SAVED */
    ENGINE_WRITE,      /* one binary message */
    ENGINE_DISCONNECT, /* then report ENGINE_CLOSED */
    ENGINE_CONNECT,    /* one connection at a time */
    ENGINE_WAKE_AT,    /* ENGINE_TICK at this monotonic time; replaces the earlier one; 0: never */
    ENGINE_ANSWER,     /* to a request */
    ENGINE_CHANGED     /* something that faces show */
};

enum engine_changed {
    CHANGED_MESSAGE,  /* msg_id: new here */
    CHANGED_STATE,    /* msg_id: state */
    CHANGED_RESEND,   /* look for what was erased because its recipient begins anew, and send it again: msg_id
                         was   erased, or has made room in the outbox */
    CHANGED_READ,     /* user: messages of this person were read, here or elsewhere */
    CHANGED_PRESENCE, /* user; zero: own */
    CHANGED_PEOPLE,   /* user */
    CHANGED_CONNECTED, /* engine_view says which */
    CHANGED_SUMMARY,
    CHANGED_CAUGHT_UP,
    CHANGED_POLICY,
    CHANGED_NEWS,      /* a hole or a notice is there to be told: local_store_news */
    CHANGED_LOUD,      /* Do Not Disturb or Presenting has ended: local_store_quiet */
    CHANGED_UNCOVERED, /* policy has ended invisibility: others see the person again */
    CHANGED_TRUST      /* engine_view.trust */
};

struct engine_answer {
    uint64_t request;
    enum oim_status status;
    const char *code;  /* a word of the table of words; "" when done. Never NULL. */
    const char *text;  /* the server's English, for codes we do not know */
    bool last;         /* false: another answer to the same request follows */
    struct oim_id id;  /* SEND: msg_id; LINK: device_id */
    const char *line;  /* LINK, ADMIN invite: to hand to the person; "" */
    const char *label; /* LINK, INVITE_USED */
    uint64_t at_ms;    /* LINK: until; INVITE_USED: when */
    uint32_t admin_code;
    struct oim_slice rows; /* ADMIN: packed AdminRows */
    bool more;
};

struct engine_effect {
    enum engine_effect_kind kind;
    union {
        struct {
            struct change *changes;
            size_t change_count;
        } save;
        struct oim_slice write;
        struct known_way connect;
        uint64_t wake_at_ms;
        struct engine_answer answer;
        struct {
            enum engine_changed what;
            struct oim_id id;
        } changed;
    } u;
};

struct engine_effects {
    const struct engine_effect *items;
    size_t count;
};

#endif
