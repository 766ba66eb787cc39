/*
 * table_session.c - rows of what a session is told (limits, policy, summary, addresses), of errors and the
 * end, and of the local socket.
 */
#include "proto/tables.h"

#include "proto/oim.pb-c.h"
#include "proto/frame.h"
#include "proto/limits.h"

#define OUR struct frame_limits
static const struct wire_field limits_rows[] = {
    {U32(1, text_max)},    {U32(2, payload_max)},    {U32(3, slots_max)}, {U32(4, frame_max)},
    {U32(5, message_max)}, {U32(6, unanswered_max)}, {U32(7, ping_ms)},   {U32(8, lease_ms)},
};
const struct wire_message wire_limits = WIRE_TABLE("Limits", limits, limits_rows);
#undef OUR

#define OUR struct wire_setting
static const struct wire_field setting_rows[] = {
    {TEXT(1, name, VERSION_SIZE_MAX), MUST},
    {ENUM(2, tri, TRI_TRUE), ONE_OF(value, SETTING_VALUE_TRI)},
    {U64(3, uint), ONE_OF(value, SETTING_VALUE_UINT)},
    {TEXT(4, text, SETTING_SIZE_MAX), LINES, ONE_OF(value, SETTING_VALUE_TEXT)},
    {TEXT(5, origin, NAME_SIZE_MAX)},
};
const struct wire_message wire_setting = WIRE_TABLE("Setting", setting, setting_rows);
#undef OUR

#define OUR struct frame_policy
static const struct wire_field policy_rows[] = {
    {U64(1, policy_version)},
    {MESSAGES(2, settings, setting_count, ADMIN_SETTING_COUNT_MAX, wire_setting)},
    {TEXT(3, name, NAME_SIZE_MAX)},
    {TEXT(4, via, VERSION_SIZE_MAX)},
    {BOOL(5, may_leave)},
    {TEXT(6, rule, NAME_SIZE_MAX)},
};
const struct wire_message wire_policy = WIRE_TABLE("Policy", policy, policy_rows);
#undef OUR

#define OUR struct talk
static const struct wire_field talk_rows[] = {
    {FIXED(1, user), MUST}, {U32(2, count)},
    {U64(3, first_ms)},     {U64(4, last_ms)},
    {U32(5, quiet)},        {U32(6, elsewhere)},
    {U32(7, expired)},      {ENUM(8, presence, PRESENCE_STATE_COUNT - 1), LENIENT},
};
static const struct wire_message wire_talk = WIRE_TABLE("Talk", talk, talk_rows);
#undef OUR

#define OUR struct frame_summary
static const struct wire_field summary_rows[] = {
    {MESSAGES(1, talks, talk_count, SUMMARY_TALK_COUNT_MAX, wire_talk)},
    {U32(2, total)},
    {U64(3, bytes)},
    {U32(4, gaps)},
};
const struct wire_message wire_summary = WIRE_TABLE("Summary", summary, summary_rows);
#undef OUR

#define OUR struct frame_addresses
static const struct wire_field addresses_rows[] = {
    {BYTES(1, body, PAGE_SIZE_MAX), MUST},
    {FIXED(2, sig), MUST},
};
const struct wire_message wire_addresses = WIRE_TABLE("Addresses", addresses, addresses_rows);
#undef OUR

#define OUR struct frame_error
static const struct wire_field error_rows[] = {
    {U32(1, code), MUST}, {TEXT(2, text, SENTENCE_SIZE_MAX), LINES},
    {U64(3, limit)},      {U32(4, offending_kind)},
    {U64(5, at_ms)},      {TEXT(6, label, NAME_SIZE_MAX)},
};
const struct wire_message wire_error = WIRE_TABLE("Error", error, error_rows);
#undef OUR

#define OUR struct frame_ping
static const struct wire_field ping_rows[] = {
    {BYTES(1, opaque, 8)},
};
const struct wire_message wire_ping = WIRE_TABLE("Ping", ping, ping_rows);
#undef OUR

#define OUR struct frame_bye
static const struct wire_field bye_rows[] = {
    {U32(1, code)},
    {TEXT(2, text, SENTENCE_SIZE_MAX)},
    {U32(3, retry_after_ms)},
    {ENUM(4, reason, REASON_COUNT - 1), LENIENT},
};
const struct wire_message wire_bye = WIRE_TABLE("Bye", bye, bye_rows);
#undef OUR

#define OUR struct frame_local
static const struct wire_field local_rows[] = {
    {ENUM(1, op, LOCAL_OP_BACKUP), MUST},
    {TEXT(2, arg, SENTENCE_SIZE_MAX)},
};
const struct wire_message wire_local = WIRE_TABLE("Local", local, local_rows);
#undef OUR

#define OUR struct frame_local_result
static const struct wire_field local_result_rows[] = {
    {U32(1, code)},
    {TEXT(2, text, SENTENCE_SIZE_MAX), LINES},
    {BYTES(3, rows, PAGE_SIZE_MAX)},
};
const struct wire_message wire_local_result = WIRE_TABLE("LocalResult", local_result, local_result_rows);
#undef OUR
