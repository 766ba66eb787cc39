/*
 * record.h - what a profile remembers, as rows; and changes to it, which a shell commits as one transaction.
 *
 * Invariants:
 *   a message is stored by its msg_id once; adding it again changes nothing (change.applied stays false).
 *   a message's state only moves up its rank (message_state_rank), so late and repeated notices are harmless.
 *   a text goes only after it was shown, or delivered, and only if it came while policy kept no history.
 *   an outbox row exists from before the network is touched until the server's final answer is stored.
 *
 * The engine writes changes and never reads rows back, except at its start; faces are answered from the
 * store.
 */
#ifndef OIM_CLIENT_CORE_RECORD_H
#define OIM_CLIENT_CORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/crypto.h"
#include "common/id.h"
#include "proto/frame.h"
#include "proto/handshake.h"

#define ONCE_KEY_SIZE_MAX 128u
#define ONCE_VALID_MS (14ull * 86400000ull)
#define NOT_JOINED_KEPT_MS (30ull * 86400000ull)

/* The values are kept in stores: add at the end. */
enum message_state {
    MESSAGE_NONE = 0,
    MESSAGE_QUEUED = 1,            /* on this computer */
    MESSAGE_QUEUED_NOT_JOINED = 2, /* on this computer, goes by itself when the person joins (F7) */
    MESSAGE_HELD = 3,              /* on the server */
    MESSAGE_DELIVERED = 4,
    MESSAGE_DELIVERED_QUIET = 5,
    MESSAGE_READ = 6,
    MESSAGE_REFUSED = 7, /* the text is kept as a draft */
    MESSAGE_NOT_DELIVERED = 8,
    MESSAGE_EXPIRED = 9,
    MESSAGE_ERASED = 10,
    MESSAGE_RECEIVED = 11,
    MESSAGE_STATE_COUNT
};

/* What becomes of a message's text. The values are kept in stores. */
enum text_stay {
    TEXT_STAYS = 0,
    TEXT_GOES = 1, /* once it was shown, or, one's own, delivered (HistoryFollowsArchiving) */
    TEXT_GONE = 2
};

/* 1 on this computer, 2 on the server, 3 it ended there, 4 delivered quietly, 5 delivered, 6 read. */
int message_state_rank(enum message_state state);

/* A way in to the server: BLUEPRINT F3. */
struct known_way {
    char host_port[HOST_PORT_SIZE_MAX];
    enum way_mode mode;
    bool has_spki;
    uint8_t spki[32];
};

/* Who this profile is, where its server is, and every counter that must never go back. */
struct account {
    bool joined;
    struct oim_id org_id;
    struct sign_public server_key; /* pinned */
    struct oim_id server_epoch;
    struct oim_id user_id;
    struct oim_id device_id;
    char login[LOGIN_SIZE_MAX + 1];
    char display[NAME_SIZE_MAX + 1];
    char label[NAME_SIZE_MAX + 1];
    enum role role;
    struct known_way ways[WAY_COUNT_MAX];
    size_t way_count;
    uint64_t ways_version;
    uint64_t log_seq; /* the highest signed head of the organisation log ever seen */
    struct oim_hash log_head;
    uint64_t conn_counter; /* last one used; written before the connection that uses it */
    uint64_t last_send_no; /* last one bound to a message */
    uint64_t cursor;
    uint64_t admin_no;
    enum presence_state presence; /* set by hand; PRESENCE_AUTO: none */
    char note[NOTE_SIZE_MAX + 1];
    uint64_t presence_until_ms; /* 0: no end */
};

struct message {
    struct oim_id msg_id;
    struct oim_id peer; /* the other person, whichever way it went */
    bool own;
    enum message_state state;
    enum reason reason;
    enum who who;
    struct detail detail; /* parameters of the reason; texts never NULL */
    const char *text;     /* "" when it is gone */
    enum text_stay stay;
    uint64_t sent_ms; /* the writer's clock */
    uint64_t server_ms;
    uint64_t arrived_ms;     /* our clock */
    uint64_t shown_ms;       /* written somewhere: a pipe is enough */
    uint64_t read_ms;        /* seen by the person */
    uint64_t until_ms;       /* held until */
    uint64_t state_ms;       /* own: when it came into this state, our clock; 0: an oim that did not keep it */
    uint64_t erased_ms;      /* likewise, when it was last erased, whatever came after; 0: never */
    uint64_t held_until_ms;  /* what was said when it was held, whatever came after; 0: it was not held */
    const char *held_policy; /* what decides that: "Tag:X", "site:X", "Global", "default"; "": not told */
    uint32_t k, n;           /* delivered to k of n devices */
    bool quiet;
    bool live;        /* never stored by the server */
    const char *once; /* "" none */
    uint64_t once_until_ms;
};

/* Written on this computer; of what another device of ours wrote, only that one was told the outcome. */
static inline bool message_is_from_here(const struct message *message)
{
    return message->own && message->sent_ms == message->arrived_ms;
}

/* Something to submit; of a chat message the text is in its message row too. */
struct outbox_row {
    struct oim_id msg_id;
    struct oim_id to_user;
    enum cls cls;
    uint64_t send_no; /* 0: not yet handed to a connection */
    bool waits_join;
    uint64_t made_ms;
    struct oim_slice ct; /* packed Inner */
};

/* A person as last told by the server. */
struct person_row {
    struct oim_id user_id;
    char login[LOGIN_SIZE_MAX + 1];
    char display[NAME_SIZE_MAX + 1];
    char team[TEAM_SIZE_MAX + 1];
    char say[SAY_SIZE_MAX + 1];
    enum role role;
    enum person_state state;
    bool offline_ok;
    enum reason why;
    enum who who;
    uint64_t invited_ms, closed_ms;
    uint64_t user_seq; /* this person's last entry in the organisation log */
    struct oim_hash user_prev;
    struct oim_id devices[DEVICES_PER_PERSON_MAX];
    size_t device_count;
    bool contact;
    bool blocked;
    bool devices_stale; /* not stored: the server said that the list is not right any more */
    bool listed;        /* not stored: told of since the last listing of everybody began */
    bool was_contact;   /* not stored: contact or blocked before the listing of contacts under way */
    /* not stored: true only while connected */
    enum presence_state presence;
    uint64_t since_ms;
    char note[NOTE_SIZE_MAX + 1];
};

struct policy_row {
    char name[64];
    char value[SAY_SIZE_MAX + 1]; /* "True", "14", "Hold"; "" unset */
    char origin[NAME_SIZE_MAX + 1];
};

enum change_kind {
    CHANGE_ACCOUNT,       /* the whole of it */
    CHANGE_MESSAGE_ADD,   /* ignored when the msg_id is there; frees an expired or refused holder of its once
                             key */
    CHANGE_MESSAGE_STATE, /* applied when msg_id (and peer) match and the rank may move so; delivered: the
                             text goes if it is to */
    CHANGE_OUTBOX_PUT,    /* insert or replace */
    CHANGE_OUTBOX_DROP,
    CHANGE_MESSAGE_DROP, /* an own message taken back before it left */
    CHANGE_SHOWN,  /* received messages: shown, and read when read_ms is set; the text goes if it is to */
    CHANGE_PERSON, /* insert or replace, contact and blocked included */
    CHANGE_POLICY, /* replaces all settings */
    CHANGE_GAP,    /* a stated hole in the mailbox; applied when it was not stated before */
    CHANGE_NOTICE, /* something that no message shows; the same again of the same person replaces it */
    CHANGE_QUIET   /* the own state keeps alerts away; ignored while the summary of an earlier time is due */
};

struct change_state {
    struct oim_id msg_id;
    struct oim_id peer; /* zero: whoever */
    enum message_state state;
    enum reason reason;
    enum who who;
    struct detail detail;
    uint64_t at_ms; /* our clock */
    uint64_t until_ms;
    uint64_t server_ms;
    uint32_t k, n;
    const char *held_policy; /* NULL: it is not held with this; else until_ms is until when */
    bool live;
    bool back;    /* may fall in rank: the server was restored and does not have it any more */
    bool only_up; /* must rise in rank: it was probably told before, and nobody is to be told twice */
};

/* Whether a message in the state from goes to the one that is named. */
bool message_state_moves(enum message_state from, const struct change_state *to);

struct change_shown {
    struct oim_id peer; /* zero: whoever */
    const struct oim_id *msg_ids;
    size_t msg_id_count;
    uint64_t at_ms;
    bool read;
};

struct change_policy {
    const struct policy_row *rows;
    size_t row_count;
    const char *name;
    const char *via;
    bool may_leave; /* messages for people who are signed out */
    const char *rule;
    uint64_t told_ms; /* when the server said so; 0: an oim that did not keep it */
};

struct change_gap {
    struct oim_id id; /* so that a face can say that it has shown it */
    uint64_t from_seq, to_seq;
    enum gap_why why;
    uint32_t count;
    uint64_t at_ms;
};

struct change_notice {
    struct oim_id id; /* likewise */
    enum notice_what what;
    struct oim_id peer; /* zero: it is about no one person */
    uint32_t count;     /* of messages, or of per cent; 0: none */
    uint64_t at_ms;
};

struct change_quiet {
    struct oim_id id;  /* likewise, of the summary */
    uint64_t since_ms; /* the server's clock */
};

struct change {
    enum change_kind kind;
    bool applied; /* out: set by the shell when the row was really changed */
    union {
        const struct account *account;
        const struct message *message;
        const struct change_state *state;
        const struct outbox_row *outbox;
        struct oim_id msg_id; /* OUTBOX_DROP, MESSAGE_DROP */
        const struct change_shown *shown;
        const struct person_row *person;
        const struct change_policy *policy;
        const struct change_gap *gap;
        const struct change_notice *notice;
        const struct change_quiet *quiet;
    } u;
};

#endif
