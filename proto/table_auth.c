/*
 * table_auth.c - rows of the frames that lead up to AuthOk: handshake, first join, linking a device.
 */
#include "proto/tables.h"

#include "proto/oim.pb-c.h"
#include "proto/frame.h"
#include "proto/limits.h"

#define OUR struct frame_hello
static const struct wire_field hello_rows[] = {
    {U32S(1, versions, version_count, 8), MUST},
    {FIXED(2, client_nonce), MUST},
    {U32(3, cb_type)},
    {TEXTS_AS(4, caps, caps.names, caps.count, CAP_COUNT_MAX, VERSION_SIZE_MAX), INSIDE},
    {TEXT(5, agent, VERSION_SIZE_MAX)},
    {FIXED(6, org_id)},
};
const struct wire_message wire_hello = WIRE_TABLE("Hello", hello, hello_rows);
#undef OUR

#define OUR struct frame_server_hello
static const struct wire_field server_hello_rows[] = {
    {U32(1, version), MUST},        {FIXED(2, org_id)},           {FIXED(3, server_epoch), MUST},
    {FIXED(4, server_nonce), MUST}, {FIXED(5, server_pub), MUST}, {U64(6, log_seq)},
    {FIXED(7, log_head)},           {FIXED(8, sig), MUST},
};
const struct wire_message wire_server_hello = WIRE_TABLE("ServerHello", server_hello, server_hello_rows);
#undef OUR

#define OUR struct frame_device_auth
static const struct wire_field device_auth_rows[] = {
    {FIXED(1, device_id), MUST},
    {U64(2, conn_counter), MUST},
    {FIXED(3, sig), MUST},
    {ENUM_AS(4, class_, class, CLASS_INTERACTIVE), MUST},
    {U64(5, cursor)},
    {U32(6, window_rows)},
    {U32(7, window_bytes)},
    {U64(8, settled_no)},
    {TEXT(9, client_version, VERSION_SIZE_MAX)},
    {TEXTS_AS(10, caps, caps.names, caps.count, CAP_COUNT_MAX, VERSION_SIZE_MAX), INSIDE},
    {U32(11, idle_s)},
};
const struct wire_message wire_device_auth = WIRE_TABLE("DeviceAuth", device_auth, device_auth_rows);
#undef OUR

#define OUR struct frame_auth_ok
static const struct wire_field auth_ok_rows[] = {
    {FIXED(1, user_id), MUST},
    {TEXT(2, login, LOGIN_SIZE_MAX), MUST},
    {ENUM(3, role, ROLE_OWNER), LENIENT},
    {U64(4, hw)},
    {U64(5, head)},
    {U64_AS(6, base_seq, base)},
    {U64(7, log_seq)},
    {FIXED(8, log_head)},
    {U64(9, policy_version)},
    {U64(10, server_ms)},
    {U32(11, otpk_count)},
    {BOOL(12, generation_changed)},
    {U64(13, restored_to_ms)},
    {U64(14, log_ms)},
    {FIXED(15, log_sig)},
    {TEXT(16, display, NAME_SIZE_MAX)},
};
const struct wire_message wire_auth_ok = WIRE_TABLE("AuthOk", auth_ok, auth_ok_rows);
#undef OUR

#define OUR struct frame_auth_err
static const struct wire_field auth_err_rows[] = {
    {U32(1, code), MUST},
    {U64(2, last_counter)},
    {U64(3, retry_after_ms)},
    {TEXT(4, text, SENTENCE_SIZE_MAX)},
    {ENUM(5, reason, REASON_COUNT - 1), LENIENT},
};
const struct wire_message wire_auth_err = WIRE_TABLE("AuthErr", auth_err, auth_err_rows);
#undef OUR

#define OUR struct log_entry
static const struct wire_field log_entry_rows[] = {
    {BYTES(1, body, LOG_BODY_SIZE_MAX), MUST},
    {FIXEDS(2, sigs, sig_count, LOG_SIG_COUNT_MAX), INSIDE},
};
const struct wire_message wire_log_entry = WIRE_TABLE("LogEntry", log_entry, log_entry_rows);
#undef OUR

#define OUR struct frame_join
static const struct wire_field join_rows[] = {
    {FIXED(1, invite_id), MUST},
    {TEXT(2, login, LOGIN_SIZE_MAX)},
    {TEXT(3, display, NAME_SIZE_MAX)},
    {MESSAGES(4, log_entries, log_entry_count, 3, wire_log_entry), INSIDE, MUST},
};
const struct wire_message wire_join = WIRE_TABLE("Join", join, join_rows);
#undef OUR

#define OUR struct frame_join_ok
static const struct wire_field join_ok_rows[] = {
    {FIXED(1, user_id), MUST},
    {FIXED(2, device_id), MUST},
    {FIXED(3, org_id), MUST},
    {TEXT(4, login, LOGIN_SIZE_MAX)},
    {TEXT(5, display, NAME_SIZE_MAX)},
    {U64(6, log_seq)},
    {FIXED(7, log_head)},
};
const struct wire_message wire_join_ok = WIRE_TABLE("JoinOk", join_ok, join_ok_rows);
#undef OUR

#define OUR struct frame_join_ask
static const struct wire_field join_ask_rows[] = {
    {FIXED(1, invite_id), MUST},
};
const struct wire_message wire_join_ask = WIRE_TABLE("JoinAsk", join_ask, join_ask_rows);
#undef OUR

#define OUR struct frame_join_offer
static const struct wire_field join_offer_rows[] = {
    {FIXED(1, user_id)},
    {TEXT(2, login, LOGIN_SIZE_MAX)},
    {TEXT(3, display, NAME_SIZE_MAX)},
    {U32(4, generation)},
    {U64(5, user_seq)},
    {FIXED(6, user_prev)},
    {BOOL(7, owner)},
};
const struct wire_message wire_join_offer = WIRE_TABLE("JoinOffer", join_offer, join_offer_rows);
#undef OUR

#define OUR struct frame_link_request
static const struct wire_field link_request_rows[] = {
    {FIXED(1, link_id), MUST},
    {FIXED(2, ik), MUST},
    {TEXT(3, device_label, NAME_SIZE_MAX)},
    {FIXED(4, mac), MUST},
};
const struct wire_message wire_link_request = WIRE_TABLE("LinkRequest", link_request, link_request_rows);

static const struct wire_field link_offer_rows[] = {
    {FIXED(1, link_id), MUST}, {FIXED(2, ik), MUST}, {TEXT(3, device_label, NAME_SIZE_MAX)},
    {FIXED(4, mac), MUST},     {U32(5, generation)}, {U64(6, user_seq)},
    {FIXED(7, user_prev)},
};
const struct wire_message wire_link_offer = WIRE_TABLE("LinkOffer", link_offer, link_offer_rows);
#undef OUR

#define OUR struct frame_link_open
static const struct wire_field link_open_rows[] = {
    {FIXED(1, link_id), MUST},
    {U32(2, valid_s)},
};
const struct wire_message wire_link_open = WIRE_TABLE("LinkOpen", link_open, link_open_rows);
#undef OUR

#define OUR struct frame_link_opened
static const struct wire_field link_opened_rows[] = {
    {U64(1, until_ms)},
};
const struct wire_message wire_link_opened = WIRE_TABLE("LinkOpened", link_opened, link_opened_rows);
#undef OUR

#define OUR struct frame_link_body
static const struct wire_field link_body_rows[] = {
    {FIXED(1, link_id), MUST},
    {BYTES(2, body, LOG_BODY_SIZE_MAX), MUST},
    {FIXED(3, sig_old), MUST},
};
const struct wire_message wire_link_body = WIRE_TABLE("LinkBody", link_body, link_body_rows);
#undef OUR

#define OUR struct frame_link_sign
static const struct wire_field link_sign_rows[] = {
    {FIXED(1, link_id), MUST},
    {FIXED(2, sig_new), MUST},
};
const struct wire_message wire_link_sign = WIRE_TABLE("LinkSign", link_sign, link_sign_rows);
#undef OUR

#define OUR struct frame_link_done
static const struct wire_field link_done_rows[] = {
    {FIXED(1, device_id), MUST},
    {TEXT(2, device_label, NAME_SIZE_MAX)},
};
const struct wire_message wire_link_done = WIRE_TABLE("LinkDone", link_done, link_done_rows);
#undef OUR
