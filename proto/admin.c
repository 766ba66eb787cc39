/*
 * admin.c - rows of administrative requests and their answers.
 */
#include "proto/admin.h"

#include "proto/oim.pb-c.h"
#include "proto/limits.h"
#include "proto/tables.h"

enum { IDENTITY_SIZE_MAX = NAME_SIZE_MAX + 8 }; /* "site:" in front of a name */
enum { HOST_SIZE_MAX = 261, MSG_TEXT_SIZE_MAX = 64, FIELD_NAME_SIZE_MAX = 64 };

#define OUR struct admin_op
static const struct wire_field invite_rows[] = {
    {TEXT(1, login, LOGIN_SIZE_MAX), MUST},
    {TEXT(2, display, NAME_SIZE_MAX)},
    {TEXT(3, team, TEAM_SIZE_MAX)},
    {ENUM(4, role, ROLE_OWNER)},
    {U32(5, valid_s)},
    {MESSAGE_AS(6, user_create, entry, wire_log_entry)},
    {BOOL(7, renew)},
};
static const struct wire_message wire_invite = WIRE_TABLE("OpInvite", op_invite, invite_rows);

static const struct wire_field user_list_rows[] = {
    {TEXT_AS(1, words, who, WORDS_SIZE_MAX)},
};
static const struct wire_message wire_user_list = WIRE_TABLE("OpUserList", op_user_list, user_list_rows);

static const struct wire_field user_set_rows[] = {
    {TEXT(1, who, WORDS_SIZE_MAX), MUST},
    {TEXT(2, display, NAME_SIZE_MAX)},
    {TEXT(3, team, TEAM_SIZE_MAX)},
    {ENUM(4, role, ROLE_OWNER)},
    {BOOL(5, clear_team)},
    {MESSAGE_AS(6, role_set, entry, wire_log_entry)},
};
static const struct wire_message wire_user_set = WIRE_TABLE("OpUserSet", op_user_set, user_set_rows);

static const struct wire_field user_enable_rows[] = {
    {TEXT(1, who, WORDS_SIZE_MAX), MUST},
    {BOOL(2, enabled)},
    {TEXT(3, say, SAY_SIZE_MAX)},
    {MESSAGE(4, entry, wire_log_entry)},
};
static const struct wire_message wire_user_enable =
    WIRE_TABLE("OpUserEnable", op_user_enable, user_enable_rows);

static const struct wire_field invite_revoke_rows[] = {
    {TEXT(1, login, LOGIN_SIZE_MAX), MUST},
};
static const struct wire_message wire_invite_revoke =
    WIRE_TABLE("OpInviteRevoke", op_invite_revoke, invite_revoke_rows);

static const struct wire_field device_revoke_rows[] = {
    {TEXT(1, who, WORDS_SIZE_MAX)},
    {FIXED(2, device_id), MUST},
    {MESSAGE(3, entry, wire_log_entry)},
};
static const struct wire_message wire_device_revoke =
    WIRE_TABLE("OpDeviceRevoke", op_device_revoke, device_revoke_rows);

static const struct wire_field user_reset_rows[] = {
    {TEXT(1, who, WORDS_SIZE_MAX), MUST},
    {U32(2, valid_s)},
    {U32(3, generation)},
    {MESSAGE(4, entry, wire_log_entry)},
};
static const struct wire_message wire_user_reset = WIRE_TABLE("OpUserReset", op_user_reset, user_reset_rows);

static const struct wire_field user_erase_rows[] = {
    {TEXT(1, who, WORDS_SIZE_MAX), MUST},
    {MESSAGE(2, entry, wire_log_entry)},
};
static const struct wire_message wire_user_erase = WIRE_TABLE("OpUserErase", op_user_erase, user_erase_rows);

static const struct wire_field policy_get_rows[] = {
    {TEXT(1, identity, IDENTITY_SIZE_MAX)},
    {TEXT(2, filter, IDENTITY_SIZE_MAX)},
};
static const struct wire_message wire_policy_get = WIRE_TABLE("OpPolicyGet", op_policy_get, policy_get_rows);

static const struct wire_field policy_new_rows[] = {
    {TEXT(1, identity, IDENTITY_SIZE_MAX), MUST},
    {MESSAGES(2, settings, setting_count, ADMIN_SETTING_COUNT_MAX, wire_setting)},
    {TEXT(3, from, IDENTITY_SIZE_MAX)},
};
static const struct wire_message wire_policy_new = WIRE_TABLE("OpPolicyNew", op_policy_new, policy_new_rows);

static const struct wire_field policy_set_rows[] = {
    {TEXT(1, identity, IDENTITY_SIZE_MAX), MUST},
    {MESSAGES(2, settings, setting_count, ADMIN_SETTING_COUNT_MAX, wire_setting)},
};
static const struct wire_message wire_policy_set = WIRE_TABLE("OpPolicySet", op_policy_set, policy_set_rows);

static const struct wire_field policy_remove_rows[] = {
    {TEXT(1, identity, IDENTITY_SIZE_MAX), MUST},
    {BOOL(2, force)},
};
static const struct wire_message wire_policy_remove =
    WIRE_TABLE("OpPolicyRemove", op_policy_remove, policy_remove_rows);

static const struct wire_field grant_rows[] = {
    {TEXT(1, policy, IDENTITY_SIZE_MAX)},
    {TEXTS_AS(2, who, whos, who_count, ADMIN_WHO_COUNT_MAX, WORDS_SIZE_MAX)},
    {BOOL(3, global)},
};
static const struct wire_message wire_grant = WIRE_TABLE("OpGrant", op_grant, grant_rows);

static const struct wire_field im_config_rows[] = {
    {MESSAGES(1, settings, setting_count, ADMIN_SETTING_COUNT_MAX, wire_setting)},
    {BOOL(2, set)},
};
static const struct wire_message wire_im_config = WIRE_TABLE("OpImConfig", op_im_config, im_config_rows);

static const struct wire_field effective_rows[] = {
    {TEXT(1, who, WORDS_SIZE_MAX)},
    {TEXT(2, to, WORDS_SIZE_MAX)},
};
static const struct wire_message wire_effective = WIRE_TABLE("OpEffective", op_effective, effective_rows);

static const struct wire_field offline_rows[] = {
    {ENUM(1, on, TRI_TRUE)},
    {TEXTS_AS(2, who, whos, who_count, ADMIN_WHO_COUNT_MAX, WORDS_SIZE_MAX)},
};
static const struct wire_message wire_offline = WIRE_TABLE("OpOffline", op_offline, offline_rows);

static const struct wire_field queue_rows[] = {
    {TEXT(1, who, WORDS_SIZE_MAX)},
    {BOOL(2, erase)},
    {U64(3, upto_seq)},
    {U64(4, waiting)},
};
static const struct wire_message wire_queue = WIRE_TABLE("OpQueue", op_queue, queue_rows);

static const struct wire_field trace_rows[] = {
    {TEXT(1, msg, MSG_TEXT_SIZE_MAX)},
    {TEXT_AS(2, from, trace_from, WORDS_SIZE_MAX)},
    {TEXT_AS(3, to, trace_to, WORDS_SIZE_MAX)},
    {U64(4, since_ms)},
    {U64(5, until_ms)},
};
static const struct wire_message wire_trace = WIRE_TABLE("OpTrace", op_trace, trace_rows);

static const struct wire_field audit_read_rows[] = {
    {U64(1, from_n)},
    {U32(2, count_max)},
    {BOOL(3, raw)},
};
static const struct wire_message wire_audit_read = WIRE_TABLE("OpAuditRead", op_audit_read, audit_read_rows);

static const struct wire_field address_rows[] = {
    {ENUM_AS(1, op, address_op, ADDRESS_OP_REMOVE), MUST},
    {TEXT(2, host_port, HOST_SIZE_MAX)},
    {ENUM(3, mode, WAY_MODE_PROXY)},
};
static const struct wire_message wire_address = WIRE_TABLE("OpAddress", op_address, address_rows);

static const struct wire_message wire_invite_list = {
    .name = "OpInviteList", .descriptor = &oim__op_invite_list__descriptor, .size = sizeof(OUR)};
static const struct wire_message wire_status = {
    .name = "OpStatus", .descriptor = &oim__op_status__descriptor, .size = sizeof(OUR)};

#define OP(n, field, table, value)                          \
    {                                                       \
        FLAT(n, field, table), ONE_OF(kind, value) \
    }
static const struct wire_field admin_op_rows[] = {
    {BOOL(1, dry_run)},
    {TEXT(2, after, WORDS_SIZE_MAX)},
    {BOOL(3, what_if)},
    OP(10, invite, wire_invite, ADMIN_INVITE),
    OP(11, user_list, wire_user_list, ADMIN_USER_LIST),
    OP(12, user_set, wire_user_set, ADMIN_USER_SET),
    OP(13, user_enable, wire_user_enable, ADMIN_USER_ENABLE),
    OP(14, invite_list, wire_invite_list, ADMIN_INVITE_LIST),
    OP(15, invite_revoke, wire_invite_revoke, ADMIN_INVITE_REVOKE),
    OP(16, device_revoke, wire_device_revoke, ADMIN_DEVICE_REVOKE),
    OP(17, user_reset, wire_user_reset, ADMIN_USER_RESET),
    OP(18, user_erase, wire_user_erase, ADMIN_USER_ERASE),
    OP(20, policy_get, wire_policy_get, ADMIN_POLICY_GET),
    OP(21, policy_new, wire_policy_new, ADMIN_POLICY_NEW),
    OP(22, policy_set, wire_policy_set, ADMIN_POLICY_SET),
    OP(23, policy_remove, wire_policy_remove, ADMIN_POLICY_REMOVE),
    OP(24, grant, wire_grant, ADMIN_GRANT),
    OP(25, im_config, wire_im_config, ADMIN_IM_CONFIG),
    OP(26, effective, wire_effective, ADMIN_EFFECTIVE),
    OP(27, offline, wire_offline, ADMIN_OFFLINE),
    OP(30, queue, wire_queue, ADMIN_QUEUE),
    OP(31, trace, wire_trace, ADMIN_TRACE),
    OP(32, audit_read, wire_audit_read, ADMIN_AUDIT_READ),
    OP(33, status, wire_status, ADMIN_STATUS),
    OP(34, address, wire_address, ADMIN_ADDRESS),
};
const struct wire_message wire_admin_op = WIRE_TABLE("AdminOp", admin_op, admin_op_rows);
#undef OUR

#define OUR struct admin_field
static const struct wire_field admin_field_rows[] = {
    {TEXT(1, name, FIELD_NAME_SIZE_MAX), MUST},
    {TEXT(2, value, ADMIN_VALUE_SIZE_MAX), LINES},
};
static const struct wire_message wire_admin_field = WIRE_TABLE("AdminField", admin_field, admin_field_rows);
#undef OUR

#define OUR struct admin_row
static const struct wire_field admin_row_rows[] = {
    {MESSAGES(1, fields, field_count, ADMIN_FIELD_COUNT_MAX, wire_admin_field)},
};
static const struct wire_message wire_admin_row = WIRE_TABLE("AdminRow", admin_row, admin_row_rows);
#undef OUR

#define OUR struct admin_rows
static const struct wire_field admin_rows_rows[] = {
    {MESSAGES(1, rows, row_count, ADMIN_ROW_COUNT_MAX, wire_admin_row)},
    {TEXT(2, next, WORDS_SIZE_MAX)},
    {MESSAGES(3, notes, note_count, ADMIN_FIELD_COUNT_MAX, wire_admin_field)},
};
const struct wire_message wire_admin_rows = WIRE_TABLE("AdminRows", admin_rows, admin_rows_rows);
#undef OUR

static const char *const op_names[ADMIN_OP_KIND_LIMIT] = {
    [ADMIN_INVITE] = "invite",
    [ADMIN_USER_LIST] = "user.list",
    [ADMIN_USER_SET] = "user.set",
    [ADMIN_USER_ENABLE] = "user.enable",
    [ADMIN_INVITE_LIST] = "invite.list",
    [ADMIN_INVITE_REVOKE] = "invite.revoke",
    [ADMIN_DEVICE_REVOKE] = "device.revoke",
    [ADMIN_USER_RESET] = "user.reset",
    [ADMIN_USER_ERASE] = "user.erase",
    [ADMIN_POLICY_GET] = "policy.get",
    [ADMIN_POLICY_NEW] = "policy.new",
    [ADMIN_POLICY_SET] = "policy.set",
    [ADMIN_POLICY_REMOVE] = "policy.remove",
    [ADMIN_GRANT] = "policy.grant",
    [ADMIN_IM_CONFIG] = "im.config",
    [ADMIN_EFFECTIVE] = "policy.effective",
    [ADMIN_OFFLINE] = "offline",
    [ADMIN_QUEUE] = "queue",
    [ADMIN_TRACE] = "trace",
    [ADMIN_AUDIT_READ] = "audit.read",
    [ADMIN_STATUS] = "status",
    [ADMIN_ADDRESS] = "address",
};

const char *admin_op_name(const struct admin_op *op)
{
    if ((unsigned)op->kind >= ADMIN_OP_KIND_LIMIT || op_names[op->kind] == NULL) {
        return "unknown";
    }
    return op->kind == ADMIN_USER_ENABLE && !op->enabled ? "user.disable" : op_names[op->kind];
}

enum oim_status admin_op_encode(const struct admin_op *op, struct oim_buf *out)
{
    return wire_encode(&wire_admin_op, op, ADMIN_BODY_SIZE_MAX, out);
}

enum oim_status admin_op_decode(struct oim_slice bytes, struct oim_arena *arena, struct admin_op *out,
                                struct oim_error *err)
{
    return wire_decode(&wire_admin_op, bytes, PRESCAN_FIELDS_MAX_TO_SERVER, arena, out, err);
}

enum oim_status admin_rows_encode(const struct admin_rows *rows, struct oim_buf *out)
{
    return wire_encode(&wire_admin_rows, rows, PAGE_SIZE_MAX, out);
}

enum oim_status admin_rows_decode(struct oim_slice bytes, struct oim_arena *arena, struct admin_rows *out,
                                  struct oim_error *err)
{
    return wire_decode(&wire_admin_rows, bytes, PRESCAN_FIELDS_MAX_ROWS, arena, out, err);
}
