/*
 * engine_state.h - the engine's memory and what its files offer each other. Not for the outside.
 *
 * Each handler adds changes and outputs; engine_step sends the changes first and the outputs after they are
 * saved.
 */
#ifndef OIM_CLIENT_CORE_ENGINE_STATE_H
#define OIM_CLIENT_CORE_ENGINE_STATE_H

#include "client/core/engine.h"
#include "common/error.h"
#include "common/table.h"
#include "proto/codec.h"
#include "proto/orglog.h"

#define CHANGE_COUNT_MAX 4096u
#define OUTPUT_COUNT_MAX 4608u
#define PENDING_COUNT_MAX 160u
#define ADMIN_SLOT_COUNT 4u
#define TALK_COUNT_MAX 256u
#define POLICY_COUNT_MAX 48u
#define LINE_TEXT_SIZE 600u
#define IDLE_TELL_MS 300000u /* from here on the server shows that nobody is there */

enum sync_state {
    SYNC_DOWN,     /* no connection, none under way */
    SYNC_OPENING,  /* CONNECT asked for */
    SYNC_GREETING, /* Hello sent */
    SYNC_JOINING,  /* server proved; JoinAsk, Join, LinkRequest under way */
    SYNC_PROVING,  /* DeviceAuth sent */
    SYNC_READY,
    SYNC_CLOSING, /* DISCONNECT asked for */
    SYNC_STATE_COUNT
};

/* One row of the outbox in memory; its Inner lies in the pool. */
struct unsent {
    struct oim_id msg_id;
    struct oim_id to_user;
    enum cls cls;
    uint64_t send_no;
    uint64_t made_ms;
    bool waits_join;
    bool in_flight; /* submitted on this connection, no answer yet */
    bool submitted; /* handed to a connection at least once by this process */
    bool live;      /* answered LIVE: its LiveResult is still to come */
    bool again;     /* erased by a reset while its number was unanswered: once answered, it is to go anew */
    unsigned set_wrong_count;
    size_t ct_offset, ct_size;
};

struct pending {
    uint64_t id; /* 0: free, unless internal */
    bool used;
    bool internal; /* nobody waits for the answer */
    bool sent;
    uint32_t wire; /* request number of the frame in flight */
    enum request_op op;
    char words[NAME_SIZE_MAX + 1];  /* LOOKUP; note of STATUS; reason of REVOKE */
    char after[LOGIN_SIZE_MAX + 1]; /* LOOKUP: page */
    struct oim_id ids[2];           /* LOOKUP, CONTACT, REVOKE */
    size_t id_count;
    enum contact_op contact;
    enum presence_state state;
    uint64_t until_ms;
    uint32_t valid_s;
    unsigned slot;                      /* ADMIN */
    uint64_t due_ms;                    /* not sent before: the server asked for patience */
    unsigned again_count;               /* how often it did */
    uint8_t secret[INVITE_SECRET_SIZE]; /* LINK, ADMIN invite */
    bool has_line;
    char line[LINE_TEXT_SIZE];
};

struct admin_slot {
    bool used;
    uint8_t body[ADMIN_BODY_SIZE_MAX];
    size_t size;
};

/* A join or link under way; survives a lost connection, because the server repeats its answer. */
struct joining {
    uint64_t request; /* 0: none */
    struct invite_line line;
    char login[LOGIN_SIZE_MAX + 1];
    char display[NAME_SIZE_MAX + 1];
    char label[NAME_SIZE_MAX + 1];
    unsigned attempts;
    struct sign_public server_key; /* as it proved itself on this connection */
    struct oim_id server_epoch;
    struct oim_id genesis_nonce; /* made once, so that a repeat is the same entry */
    struct oim_id owner_id;
    uint64_t made_ms;
};

struct engine {
    struct engine_config config;
    struct account account;
    bool account_changed;
    struct sign_secret device_key;
    bool has_device_key;

    uint64_t now_ms, wall_ms;
    struct oim_arena step; /* reset when a step begins, except between SAVE and SAVED */
    bool saving;
    struct change *changes;
    size_t change_count;
    struct engine_effect *outputs; /* what waits for the save */
    size_t output_count;
    struct oim_buf writing;            /* the one binary message of this step */
    struct engine_effect spare_output; /* written to and never read when a step is broken */
    struct engine_effect *emitted;
    bool broken; /* this step could not be finished within its bounds: leave the connection */

    /* sync */
    enum sync_state sync;
    struct face_wants {
        enum face_class class;
        bool connect, fetch;
    } want;
    enum face_class told_class;
    bool told_idle;
    uint64_t active_ms; /* when a person last did something at a face; never: IDLE_TELL_MS before the start */
    bool window_open;
    bool caught_up;
    uint64_t entered_ms, sent_ms, received_ms, pinged_ms;
    uint64_t retry_at_ms;
    unsigned failures;
    size_t way_index;
    struct frame_hello hello;
    uint32_t cb_type;
    uint8_t cb[CB_SIZE];
    uint64_t used_counter; /* conn_counter of this connection */
    struct oim_id told_epoch;
    bool epoch_changed;
    struct frame_limits limits;
    const char *trust;
    const char *denied;
    bool ack_due;
    uint64_t seen_seq; /* highest row that came on this connection: what an Ack may say */
    uint64_t said_seq; /* what the last Ack of this connection said */
    struct oim_id live_ids[ACK_LIVE_ID_COUNT_MAX];
    size_t live_id_count;
    uint32_t wire_request;

    /* compose */
    struct unsent *unsent;
    size_t unsent_count;
    uint8_t *pool;
    size_t pool_used;
    bool resend_waits;      /* for room in the outbox */
    uint64_t lane_until_ms; /* RETRY: nothing is submitted before */

    /* roster */
    struct person_row *people;
    size_t person_count;
    struct oim_table person_by_id;    /* -> uint32_t, the place in people */
    struct oim_table person_by_login; /* login_key -> the same, of those who have one */
    uint64_t log_seq_told; /* of the last People */
    struct talk talks[TALK_COUNT_MAX];
    size_t talk_count;
    uint64_t summary_no;
    struct policy_row policy[POLICY_COUNT_MAX];
    size_t policy_count;
    char policy_name[NAME_SIZE_MAX + 1], policy_via[16], policy_rule[NAME_SIZE_MAX + 1];
    bool policy_may_leave;
    uint64_t policy_told_ms;
    /* What the rows say, as it is asked for with every message. */
    bool policy_no_receipts;
    enum text_stay policy_text_stay;   /* what becomes of the text of a message that comes or is written now */
    uint64_t policy_retry_interval_ms; /* what it wants between two attempts to connect; 0: nothing */
    bool invisible_ended;            /* as the server said of the own state */
    enum presence_state shown_state; /* what others see of it; UNKNOWN: not told on this connection */
    bool was_quiet;                  /* after the last step: roster_is_quiet */
    bool policy_told;     /* on this connection: the rows may be an earlier day's */
    struct device_info own_devices[DEVICES_PER_PERSON_MAX];
    char own_labels[DEVICES_PER_PERSON_MAX][NAME_SIZE_MAX + 1];
    size_t own_device_count;

    /* identity */
    struct joining joining;

    struct pending *pending;        /* PENDING_COUNT_MAX; what is not used holds nothing */
    size_t pending_count;           /* in use */
    struct admin_slot *admin_slots; /* ADMIN_SLOT_COUNT; likewise */
};

/* engine.c */
struct change *engine_change(struct engine *engine, enum change_kind kind); /* NULL: the step is broken */
void engine_change_account(struct engine *engine);
void engine_changed(struct engine *engine, enum engine_changed what, const struct oim_id *id);
struct engine_effect *engine_output(struct engine *engine, enum engine_effect_kind kind);
void engine_write(struct engine *engine, const struct frame *frame);
bool engine_can_write(const struct engine *engine); /* room for one more frame of any size */
void engine_answer(struct engine *engine, uint64_t request, enum oim_status status, const char *code);
struct engine_answer *engine_answer_begin(struct engine *engine, uint64_t request);
struct pending *pending_add(struct engine *engine, uint64_t id, enum request_op op);
struct pending *pending_by_wire(struct engine *engine, uint32_t wire);
void pending_end(struct engine *engine, struct pending *pending, enum oim_status status, const char *code);
uint64_t pending_wake_at(const struct engine *engine); /* 0: nothing waits for its time */
void text_copy(char *out, size_t out_size, const char *text);
void *step_zalloc(struct engine *engine, size_t count, size_t size); /* NULL: the step is broken */

/* sync.c */
void sync_on_opened(struct engine *engine, uint32_t cb_type, const uint8_t cb[CB_SIZE]);
void sync_on_closed(struct engine *engine);
void sync_on_frame(struct engine *engine, const struct frame *frame);
void sync_settle(struct engine *engine); /* after every event: connect, ping, acknowledge, give up */
void sync_retry(struct engine *engine);  /* somebody asks anew */
void sync_hurry(struct engine *engine);  /* somebody waits: no back-off longer than its first step */
uint64_t sync_wake_at(const struct engine *engine);
void sync_leave(struct engine *engine); /* close the connection; back off */
void sync_distrust(struct engine *engine, const char *code);
void sync_deny(struct engine *engine, const char *code);
void sync_shut_out(struct engine *engine, enum reason reason); /* this device, or all that there were */
void sync_enter(struct engine *engine, enum sync_state next);
bool sync_is_joining(const struct engine *engine);
/** For how long nobody was here, as the server is told it: it counts on by itself, so 0 until it matters. */
uint32_t sync_idle_s(const struct engine *engine);
/** The way that works comes first: it is tried first next time too, and invites name it. */
void sync_prefer_way(struct account *account, size_t index);

/* sign_in.c */
void sign_in_on_hello(struct engine *engine, const struct frame_server_hello *hello);
void sign_in_on_ok(struct engine *engine, const struct frame_auth_ok *ok);
void sign_in_on_err(struct engine *engine, const struct frame_auth_err *refusal);

/* outbox.c */
bool outbox_load(struct engine *engine, const struct outbox_row *row); /* false: it is full */
/** Queue a packed Inner. Errors: OIM_ERR_LIMIT the outbox is full. */
OIM_MUST_CHECK enum oim_status outbox_queue(struct engine *engine, const struct oim_id *msg_id,
                                            const struct oim_id *to_user, enum cls cls, struct oim_slice ct);
struct unsent *outbox_find(struct engine *engine, const struct oim_id *msg_id); /* NULL: settled, or unknown */
struct unsent *outbox_by_no(struct engine *engine, uint64_t send_no);
struct oim_slice outbox_ct(const struct engine *engine, const struct unsent *unsent);
void outbox_put(struct engine *engine, const struct unsent *unsent); /* the row as it is now, into the store */
/** The message goes to this state; NULL: the step is broken. */
struct change_state *outbox_state(struct engine *engine, const struct unsent *unsent, enum message_state state);
/** The answer is final and what it says is on its way to the store: the row has done its work. */
void outbox_settle(struct engine *engine, struct unsent *unsent);
uint64_t outbox_settled_no(const struct engine *engine);
size_t outbox_unsent_count(const struct engine *engine);

/* compose.c */
void compose_request_send(struct engine *engine, const struct engine_request *request);
void compose_request_resend(struct engine *engine, const struct engine_request *request);
void compose_request_drop(struct engine *engine, const struct engine_request *request);
void compose_pump(struct engine *engine);
void compose_on_ready(struct engine *engine, uint64_t hw, bool epoch_changed);
void compose_on_closed(struct engine *engine);
void compose_on_result(struct engine *engine, const struct frame_submit_result *result);
void compose_on_set_wrong(struct engine *engine, const struct frame_device_set_wrong *wrong);
void compose_on_live_result(struct engine *engine, const struct frame_live_result *result);
void compose_drop_receipts(struct engine *engine); /* those no connection has seen */
void compose_on_joined(struct engine *engine, const struct oim_id *user_id);
void compose_expire(struct engine *engine); /* what waited too long for a join */
uint64_t compose_wake_at(const struct engine *engine);

/* timeline.c */
void timeline_on_deliver(struct engine *engine, const struct frame_deliver *deliver);
void timeline_on_notice(struct engine *engine, const struct frame_notice *notice);
void timeline_on_gap(struct engine *engine, const struct frame_gap *gap);
void timeline_request_shown(struct engine *engine, const struct engine_request *request);

/* roster.c */
bool roster_init(struct engine *engine, struct oim_arena *memory); /* false: out of memory */
void roster_finish(struct engine *engine);
void roster_load(struct engine *engine, const struct person_row *person);
struct person_row *roster_find(const struct engine *engine, const struct oim_id *user_id);
struct person_row *roster_find_login(const struct engine *engine, const char *login);
void roster_lookup(struct engine *engine, const struct oim_id *user_id); /* unless it is under way */
void roster_refresh_all(struct engine *engine);                          /* everybody, and the contact list */
void roster_send_lookup(struct engine *engine, struct pending *pending);
void roster_on_people(struct engine *engine, uint32_t wire, const struct frame_people *people);
void roster_on_presences(struct engine *engine, uint32_t wire, const struct frame_presences *presences);
void roster_on_contacts(struct engine *engine, uint32_t wire, const struct frame_contacts *contacts);
void roster_load_policy(struct engine *engine, const struct change_policy *policy);
void roster_on_policy(struct engine *engine, const struct frame_policy *policy);
void roster_on_summary(struct engine *engine, const struct frame_summary *summary);
void roster_forget_presence(struct engine *engine);
/** The own state is Do Not Disturb or Presenting, and not over. */
bool roster_is_quiet(const struct engine *engine);
uint64_t roster_wake_at(const struct engine *engine); /* when that is over by itself; 0: never */
void roster_settle(struct engine *engine);            /* after every event: say that it is over */

/* identity.c */
void identity_request_join(struct engine *engine, const struct engine_request *request);
void identity_begin(struct engine *engine); /* the server has proved itself on a joining connection */
void identity_on_frame(struct engine *engine, const struct frame *frame);
void identity_fail(struct engine *engine, enum oim_status status, const char *code, const char *label,
                   uint64_t at_ms);
void identity_on_link_frame(struct engine *engine, const struct frame *frame);
void identity_send_link(struct engine *engine, struct pending *pending);
void identity_send_revoke(struct engine *engine, struct pending *pending);
/** Pack body into the step's memory as an entry that nobody has signed. False: it does not fit; the step is
 * broken. */
bool identity_entry_begin(struct engine *engine, const struct log_body *body, struct log_entry *out);
void identity_entry_sign(const struct oim_id *org_id, const struct sign_secret *key, struct log_entry *entry);

/* steward.c */
void steward_request_admin(struct engine *engine, const struct engine_request *request);
void steward_send(struct engine *engine, struct pending *pending);
void steward_on_result(struct engine *engine, uint32_t wire, const struct frame_admin_result *result);

#endif
