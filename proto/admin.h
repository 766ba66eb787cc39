/*
 * admin.h - administrative requests and their answers as plain structs (packed AdminOp, AdminRows).
 */
#ifndef OIM_PROTO_ADMIN_H
#define OIM_PROTO_ADMIN_H

#include "common/arena.h"
#include "common/bytes.h"
#include "common/error.h"
#include "proto/frame.h"

enum admin_op_kind { /* the field numbers of AdminOp.op */
    ADMIN_NONE = 0,
    ADMIN_INVITE = 10,
    ADMIN_USER_LIST = 11,
    ADMIN_USER_SET = 12,
    ADMIN_USER_ENABLE = 13,
    ADMIN_INVITE_LIST = 14,
    ADMIN_INVITE_REVOKE = 15,
    ADMIN_DEVICE_REVOKE = 16,
                     ADMIN_USER_RESET = 17,
    ADMIN_USER_ERASE = 18,
    ADMIN_POLICY_GET = 20,
    ADMIN_POLICY_NEW = 21,
    ADMIN_POLICY_SET = 22,
    ADMIN_POLICY_REMOVE = 23,
    ADMIN_GRANT = 24,
    ADMIN_IM_CONFIG = 25,
    ADMIN_EFFECTIVE = 26,
    ADMIN_OFFLINE = 27,
    ADMIN_QUEUE = 30,
    ADMIN_TRACE = 31,
    ADMIN_AUDIT_READ = 32,
    ADMIN_STATUS = 33,
    ADMIN_ADDRESS = 34,
    ADMIN_OP_KIND_LIMIT = 35
};

enum address_op { ADDRESS_OP_NONE = 0, ADDRESS_OP_LIST = 1, ADDRESS_OP_ADD = 2, ADDRESS_OP_REMOVE = 3 };

/* One struct for all: each kind uses the fields that oim.proto gives it, by the same names. */
struct admin_op {
    enum admin_op_kind kind;
    bool dry_run;
    bool what_if; /* as dry_run; the rows are whom it would change */
    const char *after;

    const char *who;   /* USER_SET USER_ENABLE USER_RESET USER_ERASE DEVICE_REVOKE EFFECTIVE QUEUE; words of USER_LIST */
    const char *login;           /* INVITE INVITE_REVOKE */
    const char *display;         /* INVITE USER_SET */
    const char *team;            /* INVITE USER_SET */
    bool clear_team;             /* USER_SET */
    enum role role;              /* INVITE USER_SET */
    uint32_t valid_s;        /* INVITE USER_RESET */
    bool renew;                  /* INVITE: somebody invited before, whose older lines it voids */
    struct log_entry entry;  /* INVITE USER_SET USER_ENABLE USER_RESET USER_ERASE DEVICE_REVOKE; body empty: none */
    uint32_t generation;     /* USER_RESET: the new one, as a dry run said */
    bool enabled;                /* USER_ENABLE */
    const char *say;             /* USER_ENABLE */
    struct oim_id device_id;     /* DEVICE_REVOKE */

    const char *identity;        /* POLICY_*: "Global", "site:Sales", "Tag:X" or "X" */
    const char *filter;          /* POLICY_GET: wildcard */
    const char *from;            /* POLICY_NEW */
    const struct wire_setting *settings; /* POLICY_NEW POLICY_SET IM_CONFIG */
    size_t setting_count;
    bool force;                  /* POLICY_REMOVE */
    bool set;                    /* IM_CONFIG: change, else read */
    const char *policy;          /* GRANT; "": back to team or Global */
    bool global;                 /* GRANT: to everybody */
    const char *const *whos;     /* GRANT OFFLINE */
    size_t who_count;
    enum tri on;                 /* OFFLINE */
    bool erase;                  /* QUEUE: what waits for who, up to upto_seq */
    uint64_t upto_seq;           /* QUEUE */
    uint64_t waiting;            /* QUEUE: to be erased, as whoever asks was shown; 0: not said */
    const char *to;              /* EFFECTIVE: the recipient of a message that is only imagined; "": none */

    const char *msg, *trace_from, *trace_to; /* TRACE */
    uint64_t since_ms, until_ms; /* TRACE; 0: no bound */
    uint64_t from_n;             /* AUDIT_READ */
    uint32_t count_max;
    bool raw;                    /* AUDIT_READ: entries as bytes, with the keys that signed them */
    enum address_op address_op;  /* ADDRESS */
    const char *host_port;
    enum way_mode_wire { WAY_MODE_NONE = 0, WAY_MODE_DIRECT = 1, WAY_MODE_PROXY = 2 } mode;
};

/* A request of this kind with nothing in it: its texts are never NULL. */
static inline struct admin_op admin_op_of(enum admin_op_kind kind)
{
    return (struct admin_op){
        .kind = kind,
        .after = "",
        .who = "",
        .login = "",
        .display = "",
        .team = "",
        .say = "",
        .identity = "",
        .filter = "",
        .from = "",
        .policy = "",
        .to = "",
        .msg = "",
        .trace_from = "",
        .trace_to = "",
        .host_port = "",
    };
}

OIM_MUST_CHECK enum oim_status admin_op_encode(const struct admin_op *op, struct oim_buf *out);
OIM_MUST_CHECK enum oim_status admin_op_decode(struct oim_slice bytes, struct oim_arena *arena,
                                               struct admin_op *out, struct oim_error *err);
const char *admin_op_name(const struct admin_op *op); /* "policy.set", as in the audit log */

struct admin_field {
    const char *name; /* stable, lower case: also the JSON key */
    const char *value;
};
struct admin_row {
    const struct admin_field *fields;
    size_t field_count;
};
struct admin_rows {
    const struct admin_row *rows;
    size_t row_count;
    const char *next;                /* the `after` of the next page, "" at the end */
    const struct admin_field *notes; /* warnings and remarks: code → parameter */
    size_t note_count;
};

OIM_MUST_CHECK enum oim_status admin_rows_encode(const struct admin_rows *rows, struct oim_buf *out);
OIM_MUST_CHECK enum oim_status admin_rows_decode(struct oim_slice bytes, struct oim_arena *arena,
                                                 struct admin_rows *out, struct oim_error *err);

#endif
