/*
 * registry.h - people, devices, invites and contacts, as the store's records say; and what the core knows of each
 * while it runs.
 *
 * Invariants:
 *   a handle (uid, dev) is an index into its array, from 1, and is never given out twice.
 *   the kept half of an entry changes only in registry_apply, from a record that the store has committed.
 */
#ifndef OIM_SERVER_CORE_REGISTRY_H
#define OIM_SERVER_CORE_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/crypto.h"
#include "common/error.h"
#include "common/id.h"
#include "common/table.h"
#include "policy/rate.h"
#include "policy/resolve.h"
#include "proto/frame.h"
#include "proto/limits.h"

struct core;
struct pending;
struct session;
struct log_body;

/* Namespaces of the store's records and its chains. */
enum records_ns {
    RECORDS_META = 1,    /* "server": struct server_meta */
    RECORDS_PERSON = 2,  /* be64 uid */
    RECORDS_DEVICE = 3,  /* be64 dev */
    RECORDS_INVITE = 4,  /* invite_id */
    RECORDS_POLICY = 5,  /* identity in lower case, "tag:offlineim" */
    RECORDS_TEAM = 6,    /* team in lower case -> identity of the policy it was granted */
    RECORDS_CONFIG = 7,  /* "im": struct org_config */
    RECORDS_CONTACT = 8, /* be64 uid of the one who has it ‖ be64 uid of the peer */
    RECORDS_STATE = 9,   /* be64 uid: manual presence */
    RECORDS_WAITER = 10, /* be64 uid of somebody not joined: who wants to be told */
    RECORDS_ADDRESS = 11, /* "list": packed AddressList, version included */
    RECORDS_ROOM_WAITER = 12, /* be64 uid of somebody whose mailbox was full: who wants to be told */
    RECORDS_SEEN = 13, /* be64 dev: when it was last signed in, calendar, to the hour */
    RECORDS_DAYS = 14, /* "days": what became of messages today and the day before */
    RECORDS_NS_LIMIT = 15
};
enum chain_name { CHAIN_ORG = 1, CHAIN_AUDIT = 2 };

#define IDENTITY_TEXT_SIZE (POLICY_NAME_SIZE_MAX + 5)
#define RECORD_SIZE_MAX 16384u
#define WAITER_COUNT_MAX 64u

/* How far the erasing is that goes on just now: of what waits, after a reset; or of a person. */
enum erasing {
    ERASING_NOTHING, /* that is, or it was interrupted */
    ERASING_WAITING,
    ERASING_RECORDS,
    ERASING_ROWS, /* what is left of the mailbox: everybody was told */
    ERASING_MARK  /* nothing is left but to say so in the record */
};

struct account {
    /* kept: RECORDS_PERSON */
    uint64_t version; /* of the record; 0: there is no such person */
    uint32_t uid;
    struct oim_id user_id;
    char login[LOGIN_SIZE_MAX + 1]; /* "": erased; what is left is whose the messages were that others still have */
    char display[NAME_SIZE_MAX + 1];
    char team[TEAM_SIZE_MAX + 1];
    char say[SAY_SIZE_MAX + 1];     /* shown to those who write to a closed account */
    char grant[IDENTITY_TEXT_SIZE]; /* own grant: "Tag:X"; "": none */
    enum role role;
    bool joined;
    bool closed;
    uint32_t generation; /* of the device identity to come or there; devices of older ones are revoked */
    uint64_t invited_ms; /* last: with this generation */
    uint64_t closed_ms;
    uint64_t user_seq;
    struct oim_hash user_prev;
    uint64_t erased_seq; /* what waited up to there was erased by an administrator; 0: nothing ever */
    /* kept: RECORDS_STATE */
    uint64_t state_version;
    enum presence_state state; /* manual; UNKNOWN: none */
    char note[NOTE_SIZE_MAX + 1];
    uint64_t state_since_ms, state_until_ms;
    bool state_ended; /* it is AUTO because INVISIBLE was not allowed any more */
    /* while running */
    uint32_t device_first;      /* dev; the next is device.of_person_next */
    uint32_t device_count;      /* not revoked */
    uint32_t contact_count;
    struct contact *contact_first; /* whom this person has or has blocked */
    struct contact *watcher_first; /* who has this person or has blocked them */
    struct session *session_first;
    uint64_t head;              /* of the mailbox, as far as replies told */
    uint64_t signed_out_ms;     /* monotonic; when the last session that counted ended */
    uint32_t effective_age;     /* policies.age when effective was looked up */
    const struct effective *effective;
    uint32_t watch_next;        /* uid; in core->watch: something about this person is to be told */
    bool watch_listed, watch_force;
    bool watch_hidden;          /* privacy mode: those who may see no more were told that they are gone */
    uint8_t filling_told;       /* percent: the owner was told that the mailbox is so full */
    uint8_t watch_told;         /* enum presence_state that watchers were told last; 0: signed out */
    uint64_t watch_due_ms;
    uint64_t announced_seq, taken_seq; /* of the mailbox, as replies told: between them lies what senders do not know */
    uint32_t withheld_count;           /* Acks on their way to the store that senders are not told of */
    bool announcing;                   /* they are being told */
    enum erasing erasing;
    uint64_t erased_count; /* messages, while the person is being erased */
};

struct lane { /* what one device's Submits wait for, in order of send_no */
    struct pending *first, *last;
    uint32_t count;
    uint32_t inflight_count; /* at the store now */
};

struct device {
    /* kept: RECORDS_DEVICE */
    uint64_t version;
    uint32_t dev, uid;
    struct oim_id device_id;
    struct sign_public ik;
    char label[NAME_SIZE_MAX + 1];
    uint32_t kind; /* enum log_device_kind */
    uint32_t generation;
    uint64_t added_ms;
    uint64_t revoked_ms; /* 0: it is not. Memory's own for a device of an older generation than its person's */
    uint64_t admin_no; /* the last one used */
    /* kept: RECORDS_SEEN */
    uint64_t seen_version, seen_kept_ms;
    /* while running */
    uint32_t of_person_next;
    struct session *session;
    uint64_t seen_ms; /* calendar: when its last session began or ended; 0: not known. See seen_at_ms */
    uint64_t cursor; /* as far as replies told */
    bool offline_im;
    char client_version[32];
    struct rate_bucket rate;
    struct rate_bucket admin_rate; /* changes an administrator makes with it */
    struct lane lane;
};

enum invite_kind { INVITE_PERSON = 1, INVITE_OWNER = 2 };

struct invite {
    uint64_t version;
    struct oim_id invite_id;
    struct sign_public invite_pub;
    uint32_t uid;      /* 0 for an owner's line before genesis */
    enum invite_kind kind;
    uint32_t generation;
    uint64_t made_ms, expires_ms; /* expires 0: never */
    uint64_t used_ms;
    struct oim_id used_device; /* the device that took it */
    bool revoked;
};

enum { CONTACT_HAS = 1, CONTACT_BLOCKED = 2, CONTACT_ADDED = 4 /* once at least */ }; /* flags */

struct contact {
    uint64_t version;
    uint32_t owner_uid, peer_uid;
    uint32_t flags; /* without CONTACT_HAS: removed; stays, so that being added again is no news */
    /* while running */
    struct contact *of_owner_next; /* account.contact_first */
    struct contact *of_peer_next;  /* account.watcher_first */
};

/* What somebody waits for who was refused. */
enum waits { WAITS_FOR_JOIN, WAITS_FOR_ROOM, WAITS_COUNT };

/* Who was refused because of one person, and wants to hear when that has changed. */
struct waiter {
    uint64_t version;
    uint32_t uid;
    uint32_t count;
    uint32_t senders[WAITER_COUNT_MAX];
};

struct server_meta {
    uint64_t version;
    struct oim_id server_epoch;
    uint64_t restored_to_ms;
    uint32_t owner_line_no; /* how many owner's lines were made; the secret follows from it */
};

struct registry {
    struct account *persons; /* [uid] */
    struct device *devices; /* [dev] */
    uint32_t person_count_max, device_count_max;
    uint32_t uid_last, dev_last;
    uint32_t person_count, joined_count, device_count;
    uint32_t owner_count;
    struct oim_table by_user_id;   /* -> uint32_t uid */
    struct oim_table by_login;     /* hash of the login -> uint32_t uid */
    struct oim_table by_device_id; /* -> uint32_t dev */
    struct oim_table invites;      /* invite_id -> struct invite */
    struct oim_table contacts;     /* owner ‖ peer -> struct contact */
    struct oim_table waiters[WAITS_COUNT]; /* uid -> struct waiter */
    struct server_meta meta;
    uint64_t addresses_version;
    uint8_t addresses[4096];
    size_t addresses_size;
};

struct core_limits;

OIM_MUST_CHECK enum oim_status registry_init(struct registry *registry, const struct core_limits *limits,
                                             struct oim_error *err);
void registry_finish(struct registry *registry);
void registry_clear(struct registry *registry); /* before loading again */

/* All return NULL for what is not there. */
struct account *registry_person(const struct registry *registry, uint64_t uid);
struct device *registry_device(const struct registry *registry, uint64_t dev);
struct account *registry_person_by_id(const struct registry *registry, const struct oim_id *user_id);
struct account *registry_person_by_login(const struct registry *registry, const char *login);
struct device *registry_device_by_id(const struct registry *registry, const struct oim_id *device_id);
struct invite *registry_invite(const struct registry *registry, const struct oim_id *invite_id);
struct contact *registry_contact(const struct registry *registry, uint32_t owner_uid, uint32_t peer_uid);
struct waiter *registry_waiter(const struct registry *registry, enum waits waits, uint32_t uid);
/** Among the registry's files: a key of its tables. */
struct oim_id registry_pair_key(uint64_t a, uint64_t b);

/** Nobody any more: the account was erased, and only its handle and id are left. */
bool registry_is_erased(const struct account *person);
bool registry_has_blocked(const struct registry *registry, uint32_t owner_uid, uint32_t peer_uid);
enum person_state registry_person_state(const struct account *person);
/** Devices of a person that are owed mail: for (d = first; d != NULL; d = next). */
struct device *registry_first_device(const struct registry *registry, const struct account *person);
struct device *registry_next_device(const struct registry *registry, const struct device *device);
/** What a revoked device of the person is told; and ACCOUNT_RESET, if it went with its whole generation, else NONE. */
const char *registry_revoked_text(const struct account *person, const struct device *device);
enum reason registry_revoked_reason(const struct account *person, const struct device *device);
/** How many invites are neither used, revoked nor out of date. */
size_t registry_open_invite_count(const struct registry *registry, uint64_t wall_ms);

/** How many more new records of this kind there is memory for. Asked before they are written: what is committed must
 * be loadable, or the server could never start again. */
size_t registry_room(const struct core *core, uint32_t ns);

/** A device to be, as its DEVICE_ADD names it. Errors: OIM_ERR_LIMIT no room; OIM_ERR_CONFLICT the key is known. */
OIM_MUST_CHECK enum oim_status registry_new_device(const struct core *core, const struct log_body *body,
                                                   uint32_t uid, struct device *out, struct oim_error *err);

/**
 * Take over one committed record, loaded at start or just written. value.data NULL: it was deleted.
 * Errors: OIM_ERR_STORAGE  the record is not one of ours.
 *         OIM_ERR_LIMIT    there is no room for it.
 */
OIM_MUST_CHECK enum oim_status registry_apply(struct core *core, uint32_t ns, struct oim_slice key,
                                              struct oim_slice value, uint64_t version, struct oim_error *err);

#endif
