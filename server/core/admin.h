/*
 * admin.h - one administrative request on its way: what its handlers share. Private to handle_admin.c,
 * admin_*.c.
 *
 * handle_admin.c decodes it, checks role, number and signature, opens the change and, when the operation's
 * handler has said OIM_OK, adds the device's admin_no and the audit entry and commits: all in one
 * transaction. A handler judges, puts its records with admin_put_* (which do nothing in a dry run) and writes
 * rows, notes and the audit's old and new values. It never answers itself, unless it has to ask the store
 * first (call->later).
 */
#ifndef OIM_SERVER_CORE_ADMIN_H
#define OIM_SERVER_CORE_ADMIN_H

#include "proto/admin.h"
#include "proto/audit.h"
#include "proto/names.h"
#include "server/core/handle.h"

#define ADMIN_EXCEPTION_COUNT_MAX 16u /* people named who stay as they are; more are counted */
struct audit_text {
    char text[AUDIT_TEXT_SIZE];
    size_t size;
};

/* Rows and notes being put together in the frame's arena. */
struct admin_out {
    struct admin_row *rows;
    struct admin_field *fields;
    struct admin_field *notes;
    size_t row_count, field_count, note_count;
    size_t size; /* packed, roughly */
    bool full;   /* something did not fit: the answer ends with the row before */
    const char *next;
};

struct supposed; /* admin_what_if.c */

struct admin_call {
    struct core *core;
    struct session *session;
    const struct frame *frame;
    const struct admin_op *op;
    struct account *actor;
    struct device *device;
    struct account *target;    /* whom it is about; NULL: nobody, or whoever is to come */
    bool changes;              /* a change is open: a dry run has none */
    bool overflow;             /* more records than one change holds */
    bool later;                /* answered when the store has replied */
    change_after_fn
        *after_commit; /* goes on when the change is committed, and answers; NULL: answered then */
    uint64_t after_context[2];
    struct supposed *supposed; /* what would be, for what_if; else NULL */
    struct admin_out out;
    struct audit_text before, after;
};

typedef enum oim_status admin_fn(struct admin_call *call);

/* ---- handle_admin.c ------------------------------------------------------------------------------------ */

/** Answer a reader that had to ask the store. */
void admin_answer(struct admin_call *call, enum oim_status status);
/** A reader's request of the store; call->later is set. NULL: no room now. */
struct pending *admin_ask_store(struct admin_call *call, enum store_op op, pending_reply_fn *on_reply,
                                size_t block_size);
typedef void admin_later_fn(struct admin_call *call, struct pending *pending,
                            const struct store_reply *reply);
/** With the store's reply: make the rows and answer, if whoever asked is still there. */
void admin_finish_later(struct core *core, struct pending *pending, const struct store_reply *reply,
                        enum admin_op_kind kind, admin_later_fn *make_rows);

/* ---- admin_erase.c ---------------------------------------------------------------------------------------
 */

/* What waits for somebody, on its way out. */
struct erasure;
/** all_gone: nothing waits any more. Otherwise the store could not go on; what is left still waits. */
typedef void erasure_end_fn(struct core *core, const struct erasure *erasure, bool all_gone);
struct erasure {
    uint64_t conn; /* of whoever asked; 0: nobody waits for the answer */
    uint64_t upto_seq, count;
    uint64_t delivered_count; /* of what went, taken while its person was invisible, and told now */
    uint32_t request, uid;
    enum gone_why why;
    enum admin_op_kind op;
    admin_later_fn *make_rows; /* of the answer, when nothing is left */
    erasure_end_fn *then;      /* goes on, and answers; NULL: whoever asked is answered */
};
/** An entry that begins with the erasure, of whoever asked, as long as they are there. NULL: no room now. */
struct pending *admin_erasure_take(struct core *core, const struct erasure *erasure, enum store_op op,
                                   pending_reply_fn *on_reply, size_t size);
/** Erase what waits for erasure->uid at this moment, and answer. upto_seq and count are found. */
void admin_erase_all(struct core *core, const struct erasure *erasure);
/** Answer whoever asked, if they are there still, with the rows. */
void admin_erasure_answer(struct core *core, const struct erasure *erasure);
/** Something could not be erased now: look again soon whose erasing is to go on. */
void admin_erase_again(struct core *core);
/** In make_rows: whose pending entry it is. */
const struct erasure *admin_erasure(const struct pending *pending);

/* ---- handle_admin.c --------------------------------------------------------------------------------------
 */

/** What a change concerns is told once it is committed: sessions are closed, policies pushed. Done unless
 * after_commit is set, which calls it then. */
void admin_on_committed(struct core *core);
/** May the change have one record more? */
bool admin_has_room(const struct admin_call *call);
/** Records of the change. Too many: call->overflow, and the request is refused as a whole. */
void admin_put_person(struct admin_call *call, const struct account *updated);
void admin_put_invite(struct admin_call *call, const struct invite *updated);
void admin_put_device_gone(struct admin_call *call, const struct device *updated);
/** The store owes nothing more to any of the person's devices: goes with a person's record of a new
 * generation. */
void admin_drop_devices(struct admin_call *call, const struct account *person);
void admin_put(struct admin_call *call, enum records_ns ns, struct oim_slice key, struct oim_slice value,
               uint64_t expected);
void admin_delete(struct admin_call *call, enum records_ns ns, struct oim_slice key, uint64_t expected);
/** An entry of the organisation log; moves io_person's user_seq and user_prev. */
void admin_log_entry(struct admin_call *call, struct account *io_person);

/* Who is told what once it is committed. */
void admin_concerns_everybody(struct admin_call *call);
void admin_concerns_person(struct admin_call *call, const struct account *person);
/** Does the request concern this person already? */
bool admin_was_named(const struct admin_call *call, uint32_t uid);
void admin_concerns_team(struct admin_call *call, const char *team);
void admin_concerns_policy(struct admin_call *call, const struct policy_identity *identity);

/* ---- admin_out.c --------------------------------------------------------------------------------------- */

OIM_MUST_CHECK bool admin_out_init(struct admin_call *call);
/** False: no room for a further row of field_count fields. */
bool admin_row(struct admin_call *call, size_t field_count);
void admin_text(struct admin_call *call, const char *name, const char *value);
void admin_number(struct admin_call *call, const char *name, uint64_t value);
void admin_time(struct admin_call *call, const char *name, uint64_t wall_ms); /* "" for 0 */
void admin_flag(struct admin_call *call, const char *name, bool value);       /* True, False */
void admin_id(struct admin_call *call, const char *name, const struct oim_id *id);
void admin_note(struct admin_call *call, const char *code, const char *format, ...) OIM_PRINTF(3, 4);
void admin_identity(struct admin_call *call, const char *name, const struct policy_identity *identity);
/** The rows as AdminResult carries them; in the frame's arena. Empty when they cannot be packed. */
struct oim_slice admin_out_pack(struct admin_call *call);
void audit_text_add(struct audit_text *audit, const char *format, ...) OIM_PRINTF(2, 3);

/* ---- admin_what_if.c: what a change that is only considered would alter, and for whom ---------------------
 */

OIM_MUST_CHECK bool suppose_begin(struct admin_call *call); /* false: no memory */
/** Nothing, unless call->supposed: the record as it would be. Borrowed things are copied. */
void suppose_person(struct admin_call *call, const struct account *updated);
void suppose_team_grant(struct admin_call *call, const char *team, const char *identity); /* "": none */
void suppose_policy(struct admin_call *call, const struct policy *policy);
void suppose_policy_gone(struct admin_call *call, const struct policy_identity *identity);
void suppose_org(struct admin_call *call, const struct org_config *org);
/** In place of the handler's rows: one per person and setting whose value in force would be another. */
void suppose_rows(struct admin_call *call);
/** Notes "may_not_leave" and "may_leave", each with the number of people for whom that is new; none where it
 * is 0. */
void suppose_notes(struct admin_call *call);

/* ---- admin_who.c --------------------------------------------------------------------------------------- */

/**
 * A login, a display name, or an unambiguous beginning of either, without case and accents.
 * Errors: OIM_ERR_NOT_FOUND nobody, a @TEAM, or several: these are the rows then.
 */
OIM_MUST_CHECK enum oim_status admin_find(struct admin_call *call, const char *words, struct account **out);
/** Does the login, the name or a word of it begin so, without case and accents? Empty words: everybody. */
bool admin_matches(const struct account *person, const char *words);
bool admin_same_team(const char *a, const char *b);
/** May this be the name of a team? Teams are also names of policies: site:TEAM. Errors: OIM_ERR_USAGE. */
OIM_MUST_CHECK enum oim_status admin_check_team(struct admin_call *call, const char *team);

/* ---- admin_people.c --------------------------------------------------------------------------------------
 */

/** The entry that the request carries, checked against the person it is about. A dry run may leave it out:
 * then out->kind is LOG_BODY_NONE. Errors: as orglog_check. */
OIM_MUST_CHECK enum oim_status admin_check_entry(struct admin_call *call, enum log_body_kind kind,
                                                 const struct account *about, struct log_body *out);
/** Is there room for one more open invite, and may it be valid so long? Errors: OIM_ERR_LIMIT, OIM_ERR_USAGE.
 */
OIM_MUST_CHECK enum oim_status admin_check_new_invite(struct admin_call *call);
/** A person's line, valid from now on. */
struct invite admin_new_invite(const struct admin_call *call, const struct account *person,
                               const struct sign_public *invite_pub);
/** Make the person's unused lines worthless. Returns how many there were. */
size_t admin_void_unused(struct admin_call *call, const struct account *person);
/** Forget the lines of the generations before the last, as many as the change has room for: a later one
 * forgets the rest. */
void admin_forget_invites(struct admin_call *call, const struct account *person);

/* ---- admin_people.c, admin_policies.c, admin_grant.c, admin_offline.c, admin_reading.c, admin_address.c */

admin_fn admin_invite, admin_invite_list, admin_invite_revoke, admin_user_set, admin_user_enable,
    admin_device_revoke;
admin_fn admin_user_reset; /* admin_reset.c */
admin_fn admin_user_erase; /* admin_user_erase.c */
admin_fn admin_policy_get, admin_policy_new, admin_policy_set, admin_policy_remove, admin_im_config;
admin_fn admin_grant, admin_offline, admin_trace;
admin_fn admin_erase; /* admin_erase.c */
admin_fn admin_user_list, admin_effective, admin_queue, admin_audit_read, admin_status, admin_address;

/** When one of the person's devices was last signed in, calendar; 0: not known. */
uint64_t admin_last_seen_ms(const struct core *core, const struct account *person);
/** The object that governs by this choice, and the way: "own", "team", "site", "global". */
const struct policy *admin_governing(const struct policy_choice *choice, const char **out_via);
/** Fields policy and via of a person as the (perhaps changed) record says. */
void admin_put_policy_fields(struct admin_call *call, const struct account *person);
/** Errors: OIM_ERR_NOT_FOUND, naming the nearest. */
OIM_MUST_CHECK enum oim_status admin_find_policy(struct admin_call *call, const char *text,
                                                 struct policy_entry **out);
/** Write a policy's record; expected 0: it is new. */
OIM_MUST_CHECK enum oim_status admin_write_policy(struct admin_call *call, const struct policy *policy,
                                                  const struct oim_id *key, uint64_t expected);
/** " Name=value" of every setting that is set, for the audit log. */
void admin_audit_settings(struct audit_text *audit, const struct policy *policy);
/** "Tag:Name( Name=value …) ": a policy that was made or taken away besides. */
void admin_audit_whole(struct audit_text *audit, const char *identity, const struct policy *policy);
/** Write the organisation's configuration. */
OIM_MUST_CHECK enum oim_status admin_write_org(struct admin_call *call, const struct org_config *org);
/** Grant identity ("": none of its own) to a team, in the change. */
void admin_write_team_grant(struct admin_call *call, const char *team, const char *identity);
/** "Global turns offline messages off; Polite leaves it unset": the notes about a policy. */
void admin_advise(struct admin_call *call, const struct policy *policy);

#endif
