/*
 * core_internal.h - struct core and the functions its files offer each other. The order is that of the data's way.
 *
 * How to add a frame kind (a handler):
 *   1. write `enum oim_status handle_x(struct core *, struct session *, const struct frame *)` (handle.h) in
 *      handle_<area>.c; a status other than OIM_OK becomes an Error frame that carries core->error.text;
 *   2. add its row to router.c: state, least role, and `changes` when it writes records.
 *
 * How to write records (accounts, policies, contacts, presence states, chains): change.h. One change is at the
 * store at a time; frames whose route says `changes` wait their turn (router.c), so a handler always judges what
 * is committed. Memory follows in registry_apply when the commit is reported, never before.
 *
 * How to ask the store (pages, counts, chains): pending_take, fill pending_submit's request, answer in on_reply;
 * the session may be gone by then: session_find(core, pending->conn) says.
 *
 * How to say something: outbox_push(core, session, &frame). Frames of one session leave in the order of the
 * pushes, in one binary message at the end of the round.
 */
#ifndef OIM_SERVER_CORE_CORE_INTERNAL_H
#define OIM_SERVER_CORE_CORE_INTERNAL_H

#include "common/arena.h"
#include "policy/offline.h"
#include "policy/quota.h"
#include "proto/handshake.h"
#include "proto/orglog.h"
#include "server/core/core.h"
#include "server/core/day.h"
#include "server/core/pending.h"
#include "server/core/policies.h"
#include "server/core/pool.h"
#include "server/core/registry.h"
#include "server/core/session.h"
#include "server/core/traces.h"

#define SEND_ROOM_SIZE 1024u /* bytes of a frame around its payload, at most */
#define RETRY_AFTER_MS 1000u

enum core_phase {
    PHASE_NEW,
    PHASE_LOADING,
    PHASE_RUNNING,
    PHASE_DRAINING,
    PHASE_FAILED
};

/* ---- what is on its way to sessions: mailbox.c --------------------------------------------------------- */

enum { SENT_TELLS = 1, SENT_QUIET = 2, SENT_OWN = 4 }; /* a DELIVERED is due for it; without alert; passed over */

struct sent {
    uint64_t seq;
    struct oim_id msg_id;
    uint32_t next; /* index + 1 */
    uint32_t src_dev;
    uint32_t size;
    uint32_t flags;
};

struct mail {
    struct sent *sents; /* owned */
    uint32_t sent_count_max, sent_fresh_count, sent_free_first, sent_used_count;
};

/* ---- only while signed in: live.c ---------------------------------------------------------------------- */

struct live_entry {
    struct oim_id msg_id;
    uint64_t send_no;
    uint64_t pushed_ms;
    uint32_t src_dev, uid;
    uint32_t k, n;  /* devices that acknowledged, of those it was pushed to */
    uint32_t acked_devs[DEVICES_PER_PERSON_MAX];
    bool settled;   /* the sender was told */
};

struct live {
    struct oim_table table; /* src_dev ‖ send_no -> struct live_entry; insertion order is order of time */
    struct oim_table by_msg; /* uid of the recipient and msg_id, hashed -> key in table */
};

/* ---- linking a further device: handle_link.c ----------------------------------------------------------- */

#define LINK_COUNT_MAX 64u
struct link {
    struct oim_id link_id;
    uint64_t until_ms; /* monotonic */
    uint64_t old_conn, new_conn;
    uint32_t uid;
    struct sign_public ik;
    char label[NAME_SIZE_MAX + 1];
    uint8_t body[LOG_BODY_SIZE_MAX];
    size_t body_size;
    struct signature sig_old;
};

/* ---- records and chains: change.c ---------------------------------------------------------------------- */

typedef void change_after_fn(struct core *core, const uint64_t context[2]);

struct change {
    bool busy;      /* one is at the store, or being put together */
    struct store_change items[STORE_CHANGE_COUNT_MAX];
    size_t count;
    uint8_t *block; /* pool: keys, values and the answer */
    size_t block_used;
    bool raise;
    uint64_t conn;
    uint32_t request, kind;
    const uint8_t *answer; /* an encoded frame */
    size_t answer_size;
    change_after_fn *after;
    change_after_fn *otherwise;
    uint64_t context[2];
    struct oim_id org_id; /* the chains as they will be */
    uint64_t org_seq;
    struct oim_hash org_head;
    uint64_t audit_n;
    struct oim_hash audit_head;
};

#define DEFERRED_COUNT_MAX 128u
struct deferred {
    uint64_t conn;
    uint8_t *bytes; /* pool: one frame */
    size_t size;
};

/* Whom the administrative change at the store concerns, for when it is committed: handle_admin.c. */
struct admin_concern {
    bool everybody, by_policy;
    bool addresses; /* the list of ways is new: everybody is told */
    uint32_t uids[STORE_CHANGE_COUNT_MAX];
    size_t uid_count;
    char team[TEAM_SIZE_MAX + 1];
    struct policy_identity policy;
};

/* People about whom something is to be told to those who watch them: watch.c. */
struct watch {
    uint32_t first;       /* uid; account.watch_next */
    uint64_t over_at_ms;  /* calendar: the nearest end of somebody's manual state; 0: none */
    uint64_t idle_at_ms;  /* when idleness alone changes somebody's state next, or later states; 0: never */
};

/* Invisibility that policy does not allow any more: uncover.c. */
#define UNCOVER_COUNT_MAX STORE_CHANGE_COUNT_MAX
struct uncover {
    bool look;       /* somebody may be invisible without being allowed to */
    uint64_t at_ms;  /* not before; 0: at once */
    uint32_t uids[UNCOVER_COUNT_MAX]; /* whose state is being rewritten */
    size_t count;
};

/* The organisation log: its length, head, and id. */
struct orglog {
    bool exists;
    struct oim_id org_id;
    uint64_t seq;
    struct oim_hash head;
    uint64_t audit_n;
    struct oim_hash audit_head;
    /* The head as it was signed last; every sign-in tells it, and a signature takes longer than the rest of it. */
    uint64_t signed_seq, signed_ms;
    struct oim_hash signed_head;
    struct signature head_sig;
};

struct core {
    struct core_config config;
    struct sign_public server_pub;
    enum core_phase phase;
    uint64_t now_ms, wall_ms;
    int32_t utc_offset_s;
    uint64_t start_wall_ms;
    struct effect_list *effects;
    struct oim_error error;        /* of the frame being handled */
    struct oim_arena frame_arena;  /* one frame: reset before each is decoded */
    struct oim_arena step_arena;   /* one step: what effects point to */
    void *frame_memory, *step_memory; /* owned */
    struct oim_buf encode;         /* one frame being encoded; its memory was taken at start */
    struct oim_slice frame_bytes;  /* the frame being handled, as received */
    struct pool pool;
    struct sessions sessions;
    struct pendings pendings;
    struct registry registry;
    struct policies policies;
    struct orglog orglog;
    struct change change;
    struct admin_concern admin_concern;
    struct trace_look trace_look; /* of the look whose entry in the audit log is at the store: admin_trace.c */
    struct watch watch;
    struct uncover uncover;
    struct deferred deferred[DEFERRED_COUNT_MAX];
    size_t deferred_first, deferred_count;
    struct mail mail;
    struct live live;
    struct traces traces;
    struct link links[LINK_COUNT_MAX];
    uint8_t **written;             /* owned: outbox blocks behind this step's WRITE effects */
    size_t written_count;
    uint32_t load_ns;
    uint64_t expiry_at_ms;
    bool expiry_running;
    uint64_t expiry_seen_now_ms, expiry_seen_wall_ms; /* the two clocks at the last look; 0: none yet */
    uint64_t expiry_trusts_at_ms;                     /* until then nothing expires */
    bool calendar_jumped;                             /* that is why */
    uint32_t ahead_uid; /* whose device knew of more than the store does; 0: nobody's since the start */
    uint64_t erase_at_ms;  /* when to look whose erasing goes on; 0: nobody's was interrupted */
    uint64_t seen_at_ms;   /* when to look whose sign-ins are to be kept */
    uint64_t timer_at_ms; /* the nearest deadline found by the last tick */
    uint64_t wake_at_ms;  /* what the shell was asked for */
    bool reload;          /* load everything again when this step ends */
    bool drained;
    struct core_figures figures;
    struct days days;
    uint64_t days_version; /* of the record */
    uint64_t days_at_ms;   /* when to keep them next */
    bool days_known;       /* its record was read, or written */
    bool days_changed;     /* since it was written */
};

/* ---- core.c -------------------------------------------------------------------------------------------- */

/** NULL when the list is full (logs only may be lost; everything else is counted beforehand). */
struct effect *core_effect(struct core *core, enum effect_kind kind);
/** One line of log: event and fields "a=b c=d", ids and codes only. */
void core_log(struct core *core, enum effect_log_level level, const char *event, const char *format, ...)
    OIM_PRINTF(4, 5);
/** The store is finished, or its records make no sense: stop with this text. */
void core_fail(struct core *core, const char *text);
/** So many more of today's. */
void core_count(struct core *core, enum day_figure figure, uint64_t count);
/** A deadline that came up in this step; its owner is asked with the tick (on_time). */
void core_wake_at(struct core *core, uint64_t at_ms);
/** A change may or may not have been committed: close everybody and load everything again. */
void core_reload(struct core *core);

/* ---- load.c -------------------------------------------------------------------------------------------- */

void load_start(struct core *core);
/** The owner's line while nobody owns the server; false when somebody does. */
bool load_owner_invite(const struct core *core, struct invite_line *out_line);
/** The secret of the owner's line of this number. */
void load_owner_secret(const struct core *core, uint32_t line_no, uint8_t out[INVITE_SECRET_SIZE]);

/* ---- router.c ------------------------------------------------------------------------------------------ */

void router_on_message(struct core *core, struct session *session, struct oim_slice bytes);
/** Frames that waited for the change before them. */
void router_run_deferred(struct core *core);

/* ---- outbox.c ------------------------------------------------------------------------------------------ */

/** False when it did not fit: the session is being closed as a slow reader. */
bool outbox_push(struct core *core, struct session *session, const struct frame *frame);
/** An already encoded frame. */
bool outbox_push_bytes(struct core *core, struct session *session, const uint8_t *bytes, size_t size);
/** Room for a page or a row: below this nothing more is paged or pushed. */
bool outbox_has_room(const struct session *session, size_t size);
/** One binary message per session with something to say. */
void outbox_flush(struct core *core);
void outbox_due(struct core *core, struct session *session);
void outbox_drop(struct core *core, struct session *session);
/** The result of one Submit; runs of equal ones become one frame. */
void outbox_result(struct core *core, struct session *session, const struct frame_submit_result *result);

/* ---- envelope.c ---------------------------------------------------------------------------------------- */

/* What a stored message holds, in our layout: payload and the slots of one mailbox's devices. */
struct envelope {
    uint32_t suite;
    uint32_t to_uid; /* own copies: whom it went to */
    struct payload payload;
    uint32_t slot_devs[SLOT_COUNT_MAX];
    struct key_slot slots[SLOT_COUNT_MAX];
    size_t slot_count;
};
/* What a stored notice holds. */
struct notice {
    enum notice_what what;
    uint32_t peer_uid;
    uint32_t k, n, count;
    uint64_t first_ms, last_ms, until_ms, at_ms;
    enum reason reason;
    const uint8_t *msg_ids; /* packed */
    size_t msg_id_count;
};
size_t envelope_size(const struct envelope *envelope);
void envelope_encode(const struct envelope *envelope, uint8_t *out); /* envelope_size bytes */
OIM_MUST_CHECK bool envelope_decode(struct oim_slice bytes, struct envelope *out);
size_t notice_size(size_t msg_id_count);
void notice_encode(const struct notice *notice, uint8_t *out); /* notice_size bytes */
OIM_MUST_CHECK bool notice_decode(struct oim_slice bytes, struct notice *out);

/* ---- mailbox.c ----------------------------------------------------------------------------------------- */

OIM_MUST_CHECK enum oim_status mailbox_init(struct mail *mail, size_t sent_count_max);
/** A committed row of a person's mailbox: pushed to the sessions for which it is the next. */
void mailbox_on_row(struct core *core, struct account *person, const struct store_row *row);
/** The row of a notice or own copy that rode along with a request. */
void mailbox_on_target(struct core *core, const struct store_target *target, uint64_t seq, uint64_t src_dev,
                       uint64_t send_no, uint64_t server_ms);
/** Rows of these targets may have been committed, or not: whoever is connected looks for them. */
void mailbox_on_unknown(struct core *core, const struct store_target *targets, size_t target_count);
/** Ask for what is to be sent next, at the end of the step. */
void mailbox_pump_later(struct core *core, struct session *session);
void mailbox_pump_all(struct core *core);
/** The cursor of the session's device moves to session->acked_seq, without notices (handle_sync.c). */
void sync_move_cursor(struct core *core, struct session *session);
/** Acknowledge what waited while no CURSOR could go to the store. */
void sync_go_on(struct core *core, struct session *session);
/** First page: from the store's cursor. */
void mailbox_open(struct core *core, struct session *session, uint64_t cursor);
void mailbox_on_page(struct core *core, struct pending *pending, const struct store_reply *reply);
/** SENT_TELLS and SENT_QUIET of a row. */
uint32_t mailbox_sent_flags(const struct store_row *row);
/** Takes what is acknowledged off the sent list; *io_seq moves on over rows that were passed over. Up to
 * item_count_max of those that tell are copied out. */
size_t mailbox_take_acked(struct core *core, struct session *session, uint64_t *io_seq, struct sent *out_items,
                          size_t item_count_max);
void mailbox_forget(struct core *core, struct session *session); /* the session ends: its sent list goes */
/** Push a message or notice that is not stored to all sessions of a person that count (0: and seq 0). */
uint32_t mailbox_push_live(struct core *core, struct account *person, const struct store_row *row);

/* ---- notices.c ----------------------------------------------------------------------------------------- */

/* Notices being put together for one request; arrays and bytes are in the pending entry's block. */
struct notice_list {
    struct store_target *targets;
    size_t target_count, target_count_max;
    uint8_t *bytes;
    size_t size, size_max;
};
size_t notice_list_block_size(size_t notice_count, size_t msg_id_count);
void notice_list_init(struct notice_list *list, uint8_t *block, size_t block_size, size_t notice_count_max);
/** False: no room. A person who accepts nothing stored gets it live or not at all; then nothing is added. */
bool notice_list_add(struct core *core, struct notice_list *list, struct account *to, const struct notice *notice,
                     uint64_t aux, uint64_t aux_dev);
/** Append a notice of our own: JOINED, CONTACT_ADDED. Best effort: a full disk loses it. False: the store has enough
 * to do now, nothing was asked. */
bool notices_send(struct core *core, uint32_t to_uid, const struct notice *notice);
/** Push those that were stored. seqs as in the reply. */
void notices_on_stored(struct core *core, const struct store_target *targets, size_t target_count,
                       const struct store_reply *reply, uint64_t server_ms);

/* ---- day_keep.c ---------------------------------------------------------------------------------------- */

uint64_t days_on_time(struct core *core);
/** Write what was counted, unless another change is at the store. */
void days_keep(struct core *core);

/* ---- filling.c ----------------------------------------------------------------------------------------- */

/** After an append: how much waits for the person now, not taken by any device. */
void filling_look(struct core *core, struct account *person, uint64_t waiting_count, uint64_t waiting_size);

/* ---- gone.c -------------------------------------------------------------------------------------------- */

#define GONE_ROW_COUNT_MAX 120u /* at most two notices a row, within STORE_NOTICE_COUNT_MAX */

enum gone_why { GONE_EXPIRED, GONE_ERASED, GONE_RESET /* erased, because the account begins anew */ };
/** What gone_submit wants of a pending entry's block. */
size_t gone_block_size(size_t row_count);
/** Remove these rows, which are copied, at most GONE_ROW_COUNT_MAX, and tell both sides. block: gone_block_size
 * bytes within the entry's own, aligned. */
void gone_submit(struct core *core, struct pending *pending, uint8_t *block, enum gone_why why,
                 const struct store_due_row *due, size_t row_count);
/** The store's answer: notices are pushed and what went is counted and traced once it is committed. Returns how
 * many messages went that no device had taken. */
uint32_t gone_on_reply(struct core *core, const struct pending *pending, enum gone_why why,
                       const struct store_reply *reply);

/* ---- admin_erase.c ------------------------------------------------------------------------------------- */

/** Erasing that was interrupted goes on. Returns when to come again; 0: no need. */
uint64_t erase_on_time(struct core *core);

/* ---- admin_reset.c ------------------------------------------------------------------------------------- */

/** The account was begun anew at the server itself: colleagues are told, and what waits is erased. */
void reset_begin_anew(struct core *core, uint32_t uid);
/** What waits for those whose account begins anew and who have not joined again goes on being erased. Of who has
 * joined, expiry finds it (gone.c). */
void reset_go_on(struct core *core);

/* ---- admin_user_erase.c -------------------------------------------------------------------------------- */

/** Go on with whom the server was erasing when it ended, or when the store had no time. */
void user_erase_go_on(struct core *core);

/* ---- delivered.c --------------------------------------------------------------------------------------- */

#define DELIVERED_COUNT_MAX WINDOW_ROWS_MAX
struct delivered_group { /* the messages of one sender */
    struct account *to;
    bool quiet;
    uint32_t count;
};

/** Messages by their senders. Returns how many groups there are. */
size_t delivered_group(struct core *core, struct account *person, const struct sent *items, size_t item_count,
                       struct delivered_group groups[DELIVERED_COUNT_MAX]);
/** The groups' notices into list, which was made for them. dev: the device that has just acknowledged. */
void delivered_add(struct core *core, struct account *person, uint32_t dev, const struct sent *items,
                   size_t item_count, const struct delivered_group *groups, size_t group_count,
                   struct notice_list *list);
/** Devices of the person that are known to have acknowledged seq; dev is among them. */
uint32_t delivered_device_count(const struct core *core, const struct account *person, uint32_t dev, uint64_t seq);

/* ---- announce.c ---------------------------------------------------------------------------------------- */

/** May senders not be told yet of what this person acknowledges? */
bool announce_is_withheld(const struct core *core, const struct account *person);
/** As a reply of the store said. */
void announce_learn(struct account *person, uint64_t announced, uint64_t taken);
/** Tell what was withheld, if it may be told now. Acks wait meanwhile (account.announcing). */
void announce_look(struct core *core, struct account *person);

/* ---- judge.c ------------------------------------------------------------------------------------------- */

/** All facts of section 4 about a message from sender to recipient as this sender may know them. */
void judge_facts(struct core *core, struct account *sender, const struct device *device, struct account *recipient,
                 enum cls cls, struct offline_facts *out);
/** What would become of a chat message of the viewer's to the subject now. room: what waits there, as the store
 * counts it for the viewer; NULL: not asked, so the mailbox is taken for empty. */
struct offline_verdict judge_hint(struct core *core, struct account *viewer, const struct device *device,
                                  struct account *subject, const struct quota_usage *room);
/** Is there room for the shortest chat message in the subject's mailbox, with what the store counted there? */
enum quota_answer judge_fullness(struct core *core, struct account *subject, const struct quota_usage *room);
/** What the store counted, for judge_hint. */
struct quota_usage judge_room(const struct store_reply *reply);
/** The detail that goes with a reason. Texts live in the frame arena. */
void judge_detail(struct core *core, struct account *sender, struct account *recipient, enum reason reason,
                  uint64_t limit, struct detail *out);

/* ---- presence.c ---------------------------------------------------------------------------------------- */

/** At least one READY session that is not class none. */
bool presence_signed_in(const struct core *core, const struct account *person);
/** Was what the person has chosen bounded in time, and is that up? */
bool presence_is_over(const struct core *core, const struct account *person);
/** The person's own state: manual while it lasts, else AVAILABLE. Not whether anybody is signed in. */
enum presence_state presence_own(const struct core *core, const struct account *person);
/** As those see it who may: by idleness too, OFFLINE for the signed out and the invisible. */
enum presence_state presence_shown(const struct core *core, const struct account *person);
/** When idleness alone changes it, monotonic; 0: not before somebody does something. */
uint64_t presence_changes_ms(const struct core *core, const struct account *person);
/** What a client says of its device: nobody was at it for so long; 0: somebody is. */
void presence_set_idle(const struct core *core, struct session *session, uint32_t idle_s);
/** As this viewer may see it: OFFLINE for the signed out, the invisible, and those who blocked the viewer; UNKNOWN
 * in privacy mode for those who are not their contacts. */
enum presence_state presence_seen(struct core *core, struct account *viewer, struct account *subject);
/** A session came, went, or changed its class. */
void presence_on_sessions(struct core *core, struct account *person);

/* ---- contacts.c ---------------------------------------------------------------------------------------- */

/** Is peer a contact of owner: added, or from the start (StartContacts)? */
bool contacts_has(struct core *core, struct account *owner, struct account *peer);
typedef void contacts_fn(struct core *core, struct account *person, void *context);
/** Everybody whom owner has as a contact. */
void contacts_each(struct core *core, struct account *owner, contacts_fn *fn, void *context);
/** Everybody who has peer as a contact. */
void contacts_each_watcher(struct core *core, struct account *peer, contacts_fn *fn, void *context);

/* ---- watch.c ------------------------------------------------------------------------------------------- */

/** Tell watchers of person soon, if there is anything new by then. force: the note or the end may be. */
void watch_mark(struct core *core, struct account *person, bool force);
/** Tell a viewer at once who came into sight, by being added or unblocking; nothing when nobody is to be seen. */
void watch_tell_one(struct core *core, struct account *viewer, struct account *subject);
/** Privacy mode may have come: whoever has seen this person and may no longer is told once that they are gone. */
void watch_on_policy(struct core *core, struct account *person);
/** Somebody who was in sight has blocked the viewer. */
void watch_tell_gone(struct core *core, struct account *viewer, struct account *subject);
/** Returns when to look again; 0: nothing waits. */
uint64_t watch_on_time(struct core *core);
/** Everything was loaded anew. */
void watch_clear(struct core *core);
/** Idleness may change this person's state by itself from now on. */
void watch_on_idle(struct core *core, const struct account *person);
/** Tell a session what its own person's state is. */
void watch_tell_own(struct core *core, struct session *session);
/** A manual state was stored or loaded. */
void watch_on_state(struct core *core, const struct account *person);

/* ---- uncover.c ----------------------------------------------------------------------------------------- */

/** A record of this kind was applied: it may say who may appear offline, or who does. */
void uncover_on_record(struct core *core, enum records_ns ns);
/** Rewrite the states of people who may not be invisible any more, unless a change is at the store. */
void uncover_run(struct core *core);
/** When to look again; 0: nothing waits for a time. */
uint64_t uncover_wake_at(const struct core *core);

/* ---- orglog.c, change.c -------------------------------------------------------------------------------- */

/** Start a change for the frame being handled. Nothing else may be busy (the router sees to it). OIM_AGAIN: no
 * memory now. session may be NULL (the server's own). */
OIM_MUST_CHECK enum oim_status change_open(struct core *core, struct session *session, const struct frame *frame);
/** What the peer hears, and what else happens, once it is committed. */
void change_answer(struct core *core, const struct frame *frame);
void change_after(struct core *core, change_after_fn *after, uint64_t a, uint64_t b);
/** What happens, with change_after's a and b, instead of an error to the peer, when it was certainly not made. */
void change_otherwise(struct core *core, change_after_fn *otherwise);
/** Steps of the change; values and keys are copied. expected is the record's version, 0: must not be there. */
void change_put(struct core *core, enum records_ns ns, struct oim_slice key, struct oim_slice value,
                uint64_t expected);
void change_delete(struct core *core, enum records_ns ns, struct oim_slice key, uint64_t expected);
void change_put_person(struct core *core, const struct account *updated);
void change_put_device(struct core *core, const struct device *updated);
void change_put_invite(struct core *core, const struct invite *updated);
void change_put_state(struct core *core, const struct account *updated);
void change_put_meta(struct core *core, const struct server_meta *updated);
void change_put_contact(struct core *core, const struct contact *updated);
void change_device_add(struct core *core, uint32_t dev, uint32_t uid);
void change_device_drop(struct core *core, uint32_t dev);
/** Every row of the mailbox. */
void change_erase_mailbox(struct core *core, uint32_t uid);
void change_raise_policy_version(struct core *core);
/** One entry of the organisation log; moves *io_person's user_seq and user_prev (NULL: about nobody). */
void change_log(struct core *core, const struct log_entry *entry, struct account *io_person);
/** One entry of the audit chain; its new head hash is the caller's. */
void change_audit(struct core *core, struct oim_slice entry, const struct oim_hash *hash);
/** Off to the store. From here on the change belongs to it. */
void change_commit(struct core *core);
/** Give up while still putting it together. */
void change_abandon(struct core *core);

/**
 * Check one entry of the organisation log that a device signed: kind, whom it is about, its place in that
 * person's own chain, and the signature. about NULL: a USER_CREATE, about somebody new.
 *
 * Errors: OIM_ERR_PROTOCOL not such an entry; OIM_ERR_CONFLICT the person's chain has moved on; OIM_ERR_AUTH
 *         the signature does not hold.
 */
OIM_MUST_CHECK enum oim_status orglog_check(struct core *core, const struct log_entry *entry,
                                            enum log_body_kind kind, const struct account *about,
                                            const struct device *signer, struct log_body *out_body,
                                            struct oim_error *err);
/* A person's own chain: hash of (user_seq, user_prev, entry), which the person can compute alone. */
/* See that signed_ms and head_sig speak of the head there is now, as of at most a second ago. */
void orglog_sign_head(struct core *core);
void orglog_user_hash(uint64_t user_seq, const struct oim_hash *user_prev, const struct log_entry *entry,
                      struct oim_hash *out);

/* ---- live.c -------------------------------------------------------------------------------------------- */

OIM_MUST_CHECK enum oim_status live_init(struct live *live, size_t entry_count_max);
void live_finish(struct live *live);
/** The marker is committed: push the message to the sessions there are and answer the sender. */
void live_start(struct core *core, struct pending *pending);
/** A number that was live, asked again. */
void live_replay(struct core *core, struct session *session, uint64_t send_no, const struct oim_id *msg_id);
void live_on_ack(struct core *core, struct session *session, const struct oim_id *msg_id);
/** Ten seconds are over for some. Returns when to look again; 0: nothing waits. */
uint64_t live_on_time(struct core *core);
void live_on_signed_out(struct core *core, struct account *person);

/* ---- expiry.c, waiters.c, handle_link.c ---------------------------------------------------------------- */

/** Once a minute, and on while there is more. Returns when to look again. */
uint64_t expiry_on_time(struct core *core);
/** sender was refused because of recipient: remember whom to tell. */
void waiters_add(struct core *core, enum waits waits, struct account *recipient, struct account *sender);
/** Somebody has joined (or the server has started): tell those who wait for people who have a device now. */
void waiters_run(struct core *core);
/** Something has left the person's mailbox: if senders wait for room, ask the store whether there is some. */
void waiters_look_for_room(struct core *core, struct account *person);
/** The same for everybody who is waited for: at the start, and when something has expired. */
void waiters_look_everywhere(struct core *core);

/* ---- seen.c -------------------------------------------------------------------------------------------- */

/** When the device was last signed in, calendar: now, if it is. 0: not known. */
uint64_t seen_at_ms(const struct core *core, const struct device *device);
/** Keep what is to be kept. Returns when to look again. */
uint64_t seen_on_time(struct core *core);
void link_on_session_end(struct core *core, uint64_t conn);
uint64_t link_on_time(struct core *core);

/* ---- handlers' shared parts ---------------------------------------------------------------------------- */

/** Send what sign-in sends after AuthOk, and on changes: Limits, Policy, Addresses. */
void session_send_limits(struct core *core, struct session *session);
void session_send_policy(struct core *core, struct session *session);
void session_send_addresses(struct core *core, struct session *session);
/** The lane's Submits that wait for their turn, once nothing of it is at the store. */
void lane_run(struct core *core, struct device *device);
/** The session of the device is gone or fenced: what was not at the store is forgotten. */
void lane_on_session_end(struct core *core, struct device *device);

#endif
