/*
 * table_mail.c - rows of sending (20..22) and receiving (30..36): the frames that come by the thousand.
 */
#include "proto/tables.h"

#include "proto/oim.pb-c.h"
#include "proto/frame.h"
#include "proto/limits.h"

enum { SLOT_KEY_SIZE = 32, SLOT_CT_SIZE = 48, SEAL_NONCE_SIZE = 24, SESSION_HINT_SIZE = 8 };

#define OUR struct payload
static const struct wire_field payload_rows[] = {
    {BYTES(1, nonce, SEAL_NONCE_SIZE), EXACT},
    {BYTES(2, key_commit, SLOT_KEY_SIZE), EXACT},
    {BYTES(3, ct, PAYLOAD_CT_SIZE_MAX), MUST},
};
static const struct wire_message wire_payload = WIRE_TABLE("Payload", payload, payload_rows);
#undef OUR

#define OUR struct key_slot
static const struct wire_field x3dh_init_rows[] = {
    {BYTES_AS(1, ik, init_ik, SLOT_KEY_SIZE), EXACT, MUST},
    {BYTES_AS(2, ek, init_ek, SLOT_KEY_SIZE), EXACT, MUST},
    {U32_AS(3, spk_id, init_spk_id)},
    {U32_AS(4, otpk_id, init_otpk_id)},
};
static const struct wire_message wire_x3dh_init = WIRE_TABLE("X3dhInit", x3dh_init, x3dh_init_rows);

static const struct wire_field key_slot_rows[] = {
    {FIXED(1, device_id), MUST},
    {BYTES(2, session_hint, SESSION_HINT_SIZE), EXACT},
    {FLAT(3, init, wire_x3dh_init), HAS(has_init)},
    {BYTES(4, ratchet_pub, SLOT_KEY_SIZE), EXACT},
    {U32(5, pn)},
    {U32(6, n)},
    {BYTES(7, nonce, SEAL_NONCE_SIZE), EXACT},
    {BYTES(8, ct, SLOT_CT_SIZE), EXACT},
};
static const struct wire_message wire_key_slot = WIRE_TABLE("KeySlot", key_slot, key_slot_rows);
#undef OUR

#define OUR struct frame_submit
static const struct wire_field submit_rows[] = {
    {U64(1, send_no), MUST},
    {FIXED(2, to_user), MUST},
    {FIXED(3, msg_id), MUST},
    {U32(4, suite)},
    {ENUM(5, cls, CLS_NOTICE), MUST},
    {U64(6, log_seq)},
    {MESSAGE(7, payload, wire_payload), MUST},
    {MESSAGES(8, slots, slot_count, SLOT_COUNT_MAX, wire_key_slot)},
    {U32(9, ttl_s)},
    {FIXED(10, group_id)},
};
const struct wire_message wire_submit = WIRE_TABLE("Submit", submit, submit_rows);
#undef OUR

#define OUR struct detail
static const struct wire_field detail_rows[] = {
    {TEXT(1, policy, NAME_SIZE_MAX)},
    {TEXT(2, min_version, VERSION_SIZE_MAX)},
    {TEXT(3, text, SENTENCE_SIZE_MAX), LINES},
    {U64(4, at_ms)},
    {U64(5, limit)},
};
static const struct wire_message wire_detail = WIRE_TABLE("Detail", detail, detail_rows);
#undef OUR

#define OUR struct frame_submit_result
static const struct wire_field submit_result_rows[] = {
    {U64(1, from_no), MUST},
    {U64(2, to_no), MUST},
    {ENUM(3, outcome, OUTCOME_GAP), LENIENT},
    {ENUM(4, reason, REASON_COUNT - 1), LENIENT},
    {ENUM(5, who, WHO_RECIPIENT), LENIENT},
    {U64(6, until_ms)},
    {U32(7, k)},
    {U32(8, n)},
    {U32(9, retry_after_ms)},
    {MESSAGE(10, detail, wire_detail)},
};
const struct wire_message wire_submit_result = WIRE_TABLE("SubmitResult", submit_result, submit_result_rows);
#undef OUR

#define OUR struct frame_device_set_wrong
static const struct wire_field device_set_wrong_rows[] = {
    {U64(1, send_no), MUST},
    {FIXEDS(2, missing, missing_count, SLOT_COUNT_MAX)},
    {FIXEDS(3, extra, extra_count, SLOT_COUNT_MAX)},
    {U64(4, log_seq)},
};
const struct wire_message wire_device_set_wrong =
    WIRE_TABLE("DeviceSetWrong", device_set_wrong, device_set_wrong_rows);
#undef OUR

#define OUR struct frame_sync
static const struct wire_field sync_rows[] = {
    {U64(1, from_seq)},
    {U32(2, window_rows)},
    {U32(3, window_bytes)},
};
const struct wire_message wire_sync = WIRE_TABLE("Sync", sync, sync_rows);
#undef OUR

#define OUR struct frame_deliver
static const struct wire_field deliver_rows[] = {
    {U64(1, seq)},
    {FIXED(2, msg_id), MUST},
    {U32(3, suite)},
    {ENUM(4, cls, CLS_NOTICE), LENIENT},
    {FIXED(5, sender_user), MUST},
    {FIXED(6, sender_device)},
    {U64(7, send_no)},
    {U64(8, server_ms)},
    {U64(9, expires_ms)},
    {BOOL(10, quiet)},
    {BOOL(11, own_copy)},
    {MESSAGE(12, payload, wire_payload)},
    {MESSAGE(13, slot, wire_key_slot)},
    {FIXED(14, to_user)},
};
const struct wire_message wire_deliver = WIRE_TABLE("Deliver", deliver, deliver_rows);
#undef OUR

#define OUR struct frame_notice
static const struct wire_field notice_rows[] = {
    {U64(1, seq)},       {ENUM(2, what, NOTICE_ACCOUNT_RESET), LENIENT},
    {FIXED(3, peer)},    {FIXEDS(4, msg_ids, msg_id_count, NOTICE_MSG_ID_COUNT_MAX)},
    {U32(5, k)},         {U32(6, n)},
    {U32(7, count)},     {U64(8, first_ms)},
    {U64(9, last_ms)},   {ENUM(10, reason, REASON_COUNT - 1), LENIENT},
    {U64(11, until_ms)}, {U64(12, at_ms)},
};
const struct wire_message wire_notice = WIRE_TABLE("Notice", notice, notice_rows);
#undef OUR

#define OUR struct frame_gap
static const struct wire_field gap_rows[] = {
    {U64(1, from_seq), MUST},
    {U64(2, to_seq), MUST},
    {ENUM(3, why, GAP_CAP), LENIENT},
    {U32(4, count)},
};
const struct wire_message wire_gap = WIRE_TABLE("Gap", gap, gap_rows);
#undef OUR

#define OUR struct frame_caught_up
static const struct wire_field caught_up_rows[] = {
    {U64(1, head)},
};
const struct wire_message wire_caught_up = WIRE_TABLE("CaughtUp", caught_up, caught_up_rows);
#undef OUR

#define OUR struct frame_ack
static const struct wire_field ack_rows[] = {
    {U64(1, seq)},
    {FIXEDS(2, live_ids, live_id_count, ACK_LIVE_ID_COUNT_MAX)},
    {U64(3, settled_no)},
};
const struct wire_message wire_ack = WIRE_TABLE("Ack", ack, ack_rows);
#undef OUR

#define OUR struct frame_live_result
static const struct wire_field live_result_rows[] = {
    {U64(1, send_no), MUST},
    {FIXED(2, msg_id), MUST},
    {ENUM(3, state, LIVE_NOT_DELIVERED), LENIENT},
    {U32(4, k)},
    {U32(5, n)},
};
const struct wire_message wire_live_result = WIRE_TABLE("LiveResult", live_result, live_result_rows);
#undef OUR
