/*
 * frame.h - every frame as a plain struct; the only form the cores see.
 *
 * Strings are terminated UTF-8 without control characters other than those a field allows, never NULL ("" is
 * absent). Ids and keys are by value; all zero is absent. Arrays are borrowed: from the step's arena after
 * decoding, from the caller when encoding. Field meanings: oim.proto and PROTOCOL.md; names are the same.
 */
#ifndef OIM_PROTO_FRAME_H
#define OIM_PROTO_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/crypto.h"
#include "common/id.h"
#include "proto/limits.h"
#include "proto/enums.h"

struct caps {
    const char *names[CAP_COUNT_MAX];
    size_t count;
};

struct frame_hello {
    uint32_t versions[8];
    size_t version_count;
    struct oim_hash client_nonce;
    uint32_t cb_type;
    struct caps caps;
    const char *agent;
    struct oim_id org_id;
};

struct frame_server_hello {
    uint32_t version;
    struct oim_id org_id;
    struct oim_id server_epoch;
    struct oim_hash server_nonce;
    struct sign_public server_pub;
    uint64_t log_seq;
    struct oim_hash log_head;
    struct signature sig;
};

struct frame_device_auth {
    struct oim_id device_id;
    uint64_t conn_counter;
    struct signature sig;
    enum face_class class;
    uint64_t cursor;
    uint32_t window_rows;
    uint32_t window_bytes;
    uint64_t settled_no;
    const char *client_version;
    struct caps caps;
    uint32_t idle_s; /* as frame_attend */
};

struct frame_auth_ok {
    struct oim_id user_id;
    const char *login;
    const char *display;
    enum role role;
    uint64_t hw;
    uint64_t head;
    uint64_t base;
    uint64_t log_seq;
    struct oim_hash log_head;
    uint64_t log_ms;
    struct signature log_sig;
    uint64_t policy_version;
    uint64_t server_ms;
    uint32_t otpk_count;
    bool generation_changed;
    uint64_t restored_to_ms;
};

struct frame_auth_err {
    uint32_t code;
    uint64_t last_counter;
    uint64_t retry_after_ms;
    const char *text;
    enum reason reason; /* CLOSED, ACCOUNT_RESET; else NONE */
};

struct log_entry {
    struct oim_slice body;
    struct signature sigs[LOG_SIG_COUNT_MAX];
    size_t sig_count;
};

struct frame_join {
    struct oim_id invite_id;
    const char *login;
    const char *display;
    struct log_entry log_entries[3];
    size_t log_entry_count;
};

struct frame_join_ok {
    struct oim_id user_id;
    struct oim_id device_id;
    struct oim_id org_id;
    const char *login;
    const char *display;
    uint64_t log_seq;
    struct oim_hash log_head;
};

struct frame_join_ask {
    struct oim_id invite_id;
};

struct frame_join_offer {
    struct oim_id user_id;
    const char *login;
    const char *display;
    uint32_t generation;
    uint64_t user_seq;
    struct oim_hash user_prev;
    bool owner;
};

/* LinkRequest (8) and LinkOffer (46); the last three are the offer's. */
struct frame_link_request {
    struct oim_id link_id;
    struct sign_public ik;
    const char *device_label;
    struct oim_hash mac;
    uint32_t generation;
    uint64_t user_seq;
    struct oim_hash user_prev;
};

struct frame_link_open {
    struct oim_id link_id;
    uint32_t valid_s;
};
struct frame_link_opened {
    uint64_t until_ms;
};
struct frame_link_body {
    struct oim_id link_id;
    struct oim_slice body;
    struct signature sig_old;
};
struct frame_link_sign {
    struct oim_id link_id;
    struct signature sig_new;
};
struct frame_link_done {
    struct oim_id device_id;
    const char *device_label;
};

struct frame_limits {
    uint32_t text_max;
    uint32_t payload_max;
    uint32_t slots_max;
    uint32_t frame_max;
    uint32_t message_max;
    uint32_t unanswered_max;
    uint32_t ping_ms;
    uint32_t lease_ms;
};

enum setting_value { SETTING_VALUE_UNSET = 0, SETTING_VALUE_TRI, SETTING_VALUE_UINT, SETTING_VALUE_TEXT };

struct wire_setting {
    const char *name;
    enum setting_value value;
    enum tri tri;
    uint64_t uint;
    const char *text;
    const char *origin;
};

struct frame_policy {
    uint64_t policy_version;
    const struct wire_setting *settings;
    size_t setting_count;
    const char *name;
    const char *via;
    bool may_leave;
    const char *rule;
};

struct talk {
    struct oim_id user;
    uint32_t count;
    uint64_t first_ms;
    uint64_t last_ms;
    uint32_t quiet;
    uint32_t elsewhere;
    uint32_t expired;
    enum presence_state presence;
};

struct frame_summary {
    const struct talk *talks;
    size_t talk_count;
    uint32_t total;
    uint64_t bytes;
    uint32_t gaps;
};

struct frame_addresses {
    struct oim_slice body; /* packed AddressList */
    struct signature sig;
};

struct payload {
    struct oim_slice nonce;      /* 24; empty in suite 0 */
    struct oim_slice key_commit; /* 32; empty in suite 0 */
    struct oim_slice ct;
};

/* Suite 0 fills device_id only. */
struct key_slot {
    struct oim_id device_id;
    struct oim_slice session_hint; /* 8 */
    bool has_init;
    struct oim_slice init_ik, init_ek;
    uint32_t init_spk_id, init_otpk_id;
    struct oim_slice ratchet_pub;
    uint32_t pn, n;
    struct oim_slice nonce;
    struct oim_slice ct;
};

struct frame_submit {
    uint64_t send_no;
    struct oim_id to_user;
    struct oim_id msg_id;
    uint32_t suite;
    enum cls cls;
    uint64_t log_seq;
    struct payload payload;
    const struct key_slot *slots;
    size_t slot_count;
    uint32_t ttl_s;
    struct oim_id group_id;
};

struct detail {
    const char *policy;
    const char *min_version;
    const char *text;
    uint64_t at_ms;
    uint64_t limit;
};

struct frame_submit_result {
    uint64_t from_no;
    uint64_t to_no;
    enum outcome outcome;
    enum reason reason;
    enum who who;
    uint64_t until_ms;
    uint32_t k;
    uint32_t n;
    uint32_t retry_after_ms;
    struct detail detail;
};

struct frame_device_set_wrong {
    uint64_t send_no;
    const struct oim_id *missing;
    size_t missing_count;
    const struct oim_id *extra;
    size_t extra_count;
    uint64_t log_seq;
};

struct frame_directory {
    const struct oim_id *user_ids;
    size_t user_id_count;
    const char *words;
    const char *after;
};

struct device_info {
    struct oim_id device_id;
    const char *label;
    struct sign_public ik;
    uint64_t added_ms;
    uint64_t seen_ms;
};

struct person {
    struct oim_id user_id;
    const char *login;
    const char *display;
    enum role role;
    const struct device_info *devices;
    size_t device_count;
    bool offline_ok;
    enum reason why;
    enum who who;
    enum presence_state presence;
    const char *team;
    enum person_state state;
    uint64_t invited_ms;
    uint64_t closed_ms;
    const char *say;
    uint64_t user_seq;
    struct oim_hash user_prev;
    const char *note;
    uint64_t since_ms;
};

struct frame_people {
    const struct person *persons;
    size_t person_count;
    bool more;
    uint64_t log_seq;
};

struct frame_sync {
    uint64_t from_seq;
    uint32_t window_rows;
    uint32_t window_bytes;
};

struct frame_deliver {
    uint64_t seq;
    struct oim_id msg_id;
    uint32_t suite;
    enum cls cls;
    struct oim_id sender_user;
    struct oim_id sender_device;
    uint64_t send_no;
    uint64_t server_ms;
    uint64_t expires_ms;
    bool quiet;
    bool own_copy;
    struct payload payload;
    struct key_slot slot;
    struct oim_id to_user;
};

struct frame_notice {
    uint64_t seq;
    enum notice_what what;
    struct oim_id peer;
    const struct oim_id *msg_ids;
    size_t msg_id_count;
    uint32_t k;
    uint32_t n;
    uint32_t count;
    uint64_t first_ms;
    uint64_t last_ms;
    enum reason reason;
    uint64_t until_ms;
    uint64_t at_ms;
};

struct frame_gap {
    uint64_t from_seq;
    uint64_t to_seq;
    enum gap_why why;
    uint32_t count;
};
struct frame_caught_up {
    uint64_t head;
};
struct frame_ack {
    uint64_t seq;
    const struct oim_id *live_ids;
    size_t live_id_count;
    uint64_t settled_no;
};
struct frame_live_result {
    uint64_t send_no;
    struct oim_id msg_id;
    enum live_state state;
    uint32_t k;
    uint32_t n;
};

struct presence_item {
    struct oim_id user;
    enum presence_state state;
    const char *note;
    uint64_t since_ms;
    uint64_t until_ms;
    bool ended_by_policy;      /* own state: INVISIBLE was ended, and nothing chosen since */
    enum presence_state shown; /* own state: what others see of it now; UNKNOWN: not said */
};
struct frame_presences {
    const struct presence_item *items;
    size_t item_count;
};
struct frame_typing {
    struct oim_id to_user;
};
struct frame_attend {
    enum face_class class;
    uint32_t idle_s; /* since somebody was at the device; the server counts on. 0: somebody is there */
};
struct frame_contact {
    enum contact_op op;
    struct oim_id user;
    struct oim_id after;
};
struct contact_item {
    struct oim_id user;
    bool contact;
    bool blocked;
};
struct frame_contacts {
    const struct contact_item *items;
    size_t item_count;
    bool more;
    uint32_t code;
};

struct frame_admin {
    uint64_t admin_no;
    struct oim_slice body; /* packed AdminOp: proto/admin.h */
    struct signature sig;  /* over "OIM-admin-v1" ‖ org_id ‖ be64 admin_no ‖ body; zeros when only reading */
};
struct frame_admin_result {
    uint32_t code;
    const char *text;
    struct oim_slice rows; /* packed AdminRows: proto/admin.h */
    bool more;
    uint64_t admin_no;
};

struct frame_log_get {
    uint64_t from_seq;
};
struct frame_log_page {
    const struct log_entry *entries;
    size_t entry_count;
    uint64_t from_seq;
    uint64_t head_seq;
    struct oim_hash head;
    uint64_t head_ms;
    struct signature sig;
};
struct frame_log_append {
    struct log_entry entry;
};
struct frame_log_appended {
    uint32_t code;
    uint64_t log_seq;
    const char *text;
};

struct frame_local {
    enum local_op op;
    const char *arg;
};
struct frame_local_result {
    uint32_t code;
    const char *text;
    struct oim_slice rows;
};

struct frame_error {
    uint32_t code;
    const char *text;
    uint64_t limit;
    uint32_t offending_kind;
    uint64_t at_ms;
    const char *label;
};
struct frame_ping {
    struct oim_slice opaque; /* at most 8 */
};
struct frame_bye {
    uint32_t code;
    const char *text;
    uint32_t retry_after_ms;
    enum reason reason; /* CLOSED, ACCOUNT_RESET; else NONE */
};

struct frame {
    enum frame_kind kind;
    uint32_t request;
    union {
        struct frame_hello hello;
        struct frame_server_hello server_hello;
        struct frame_device_auth device_auth;
        struct frame_auth_ok auth_ok;
        struct frame_auth_err auth_err;
        struct frame_join join;
        struct frame_join_ok join_ok;
        struct frame_join_ask join_ask;
        struct frame_join_offer join_offer;
        struct frame_link_request link_request; /* LINK_REQUEST and LINK_OFFER */
        struct frame_link_open link_open;
        struct frame_link_opened link_opened;
        struct frame_link_body link_body;
        struct frame_link_sign link_sign;
        struct frame_link_done link_done;
        struct frame_limits limits;
        struct frame_policy policy;
        struct frame_summary summary;
        struct frame_addresses addresses;
        struct frame_submit submit;
        struct frame_submit_result submit_result;
        struct frame_device_set_wrong device_set_wrong;
        struct frame_directory directory;
        struct frame_people people;
        struct frame_sync sync;
        struct frame_deliver deliver;
        struct frame_notice notice;
        struct frame_gap gap;
        struct frame_caught_up caught_up;
        struct frame_ack ack;
        struct frame_live_result live_result;
        struct frame_presences presences;
        struct frame_typing typing;
        struct frame_attend attend;
        struct frame_contact contact;
        struct frame_contacts contacts;
        struct frame_admin admin;
        struct frame_admin_result admin_result;
        struct frame_log_get log_get;
        struct frame_log_page log_page;
        struct frame_log_append log_append;
        struct frame_log_appended log_appended;
        struct frame_local local;
        struct frame_local_result local_result;
        struct frame_error error;
        struct frame_ping ping; /* PING and PONG */
        struct frame_bye bye;
    } u;
};

#endif
