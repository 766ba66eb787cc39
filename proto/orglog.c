/*
 * orglog.c - rows of the bodies of the organisation log, and the exact bytes that are signed and hashed.
 */
#include "proto/orglog.h"

#include <string.h>

#include "proto/oim.pb-c.h"
#include "proto/limits.h"
#include "proto/tables.h"

enum { FIELD_COUNT_MAX = 64, LOG_ENTRY_SIZE_MAX = LOG_BODY_SIZE_MAX + LOG_SIG_COUNT_MAX * 66 + 8 };

#define OUR struct log_body
static const struct wire_field genesis_rows[] = {
    {FIXED(1, server_pub), MUST},
    {FIXED_AS(2, owner_ik, ik), MUST},
    {FIXED(3, nonce), MUST},
};
static const struct wire_message wire_genesis = WIRE_TABLE("LogGenesis", log_genesis, genesis_rows);

static const struct wire_field user_create_rows[] = {
    {TEXT(1, login, LOGIN_SIZE_MAX), MUST},
    {ENUM(2, role, ROLE_OWNER), MUST},
    {FIXED(3, invite_pub), MUST},
};
static const struct wire_message wire_user_create =
    WIRE_TABLE("LogUserCreate", log_user_create, user_create_rows);

static const struct wire_field device_add_rows[] = {
    {U32(1, generation), MUST},
    {FIXED(2, ik), MUST},
    {ENUM_AS(3, kind, device_kind, LOG_DEVICE_BOT), MUST},
    {TEXT(4, label, NAME_SIZE_MAX)},
    {FIXED(5, signer_device)},
};
static const struct wire_message wire_device_add =
    WIRE_TABLE("LogDeviceAdd", log_device_add, device_add_rows);

static const struct wire_field device_revoke_rows[] = {
    {FIXED(1, device_id), MUST},
    {TEXT_AS(2, reason, label, NAME_SIZE_MAX)},
    {FIXED(3, signer_device), MUST},
};
static const struct wire_message wire_device_revoke =
    WIRE_TABLE("LogDeviceRevoke", log_device_revoke, device_revoke_rows);

static const struct wire_field role_set_rows[] = {
    {ENUM(1, role, ROLE_OWNER), MUST},
    {FIXED(2, signer_device), MUST},
};
static const struct wire_message wire_role_set = WIRE_TABLE("LogRoleSet", log_role_set, role_set_rows);

static const struct wire_field user_disable_rows[] = {
    {BOOL(1, disabled)},
    {FIXED(2, signer_device), MUST},
};
static const struct wire_message wire_user_disable =
    WIRE_TABLE("LogUserDisable", log_user_disable, user_disable_rows);

static const struct wire_field owner_recovered_rows[] = {
    {FIXED(1, invite_pub), MUST},
    {TEXT(2, login, LOGIN_SIZE_MAX), MUST},
};
static const struct wire_message wire_owner_recovered =
    WIRE_TABLE("LogOwnerRecovered", log_owner_recovered, owner_recovered_rows);

static const struct wire_field account_reset_rows[] = {
    {U32(1, generation), MUST},
    {FIXED(2, invite_pub), MUST},
    {FIXED(3, signer_device), MUST},
};
static const struct wire_message wire_account_reset =
    WIRE_TABLE("LogAccountReset", log_account_reset, account_reset_rows);

static const struct wire_field log_body_rows[] = {
    {FIXED(1, user_id)},
    {U64(2, user_seq)},
    {FIXED(3, user_prev)},
    {U64(4, made_ms)},
    {FLAT(10, genesis, wire_genesis), ONE_OF(kind, LOG_BODY_GENESIS)},
    {FLAT(11, user_create, wire_user_create), ONE_OF(kind, LOG_BODY_USER_CREATE)},
    {FLAT(12, device_add, wire_device_add), ONE_OF(kind, LOG_BODY_DEVICE_ADD)},
    {FLAT(13, device_revoke, wire_device_revoke), ONE_OF(kind, LOG_BODY_DEVICE_REVOKE)},
    {FLAT(14, role_set, wire_role_set), ONE_OF(kind, LOG_BODY_ROLE_SET)},
    {FLAT(15, user_disable, wire_user_disable), ONE_OF(kind, LOG_BODY_USER_DISABLE)},
    {FLAT(16, owner_recovered, wire_owner_recovered), ONE_OF(kind, LOG_BODY_OWNER_RECOVERED)},
    {FLAT(17, account_reset, wire_account_reset), ONE_OF(kind, LOG_BODY_ACCOUNT_RESET)},
};
const struct wire_message wire_log_body = WIRE_TABLE("LogBody", log_body, log_body_rows);
#undef OUR

enum oim_status log_body_encode(const struct log_body *body, struct oim_buf *out)
{
    return wire_encode(&wire_log_body, body, LOG_BODY_SIZE_MAX, out);
}

enum oim_status log_body_decode(struct oim_slice bytes, struct oim_arena *arena, struct log_body *out,
                                struct oim_error *err)
{
    if (bytes.size > LOG_BODY_SIZE_MAX) {
        return oim_fail(err, OIM_ERR_LIMIT, "LogBody is %zu bytes, at most %u are allowed", bytes.size,
                        LOG_BODY_SIZE_MAX);
    }
    enum oim_status status = wire_decode(&wire_log_body, bytes, FIELD_COUNT_MAX, arena, out, err);
    if (status != OIM_OK) {
        return status;
    }
    bool is_about_somebody = out->kind != LOG_BODY_GENESIS && out->kind != LOG_BODY_NONE;
    if (is_about_somebody && (oim_id_is_zero(&out->user_id) || out->user_seq == 0)) {
        return oim_fail(err, OIM_ERR_PROTOCOL, "LogBody does not say whom it is about");
    }
    return OIM_OK;
}

void log_body_sign(const struct oim_id *org_id, struct oim_slice body, const struct sign_secret *key,
                   struct signature *out)
{
    const struct oim_slice parts[] = {oim_slice(org_id->bytes, OIM_ID_SIZE), body};

    crypto_sign_parts(key, "OIM-log-v1", parts, OIM_COUNT(parts), out);
}

bool log_body_verify(const struct oim_id *org_id, struct oim_slice body, const struct sign_public *key,
                     const struct signature *signature)
{
    const struct oim_slice parts[] = {oim_slice(org_id->bytes, OIM_ID_SIZE), body};

    return crypto_verify_parts(key, "OIM-log-v1", parts, OIM_COUNT(parts), signature);
}

struct oim_id log_org_id(struct oim_slice genesis_body)
{
    struct oim_id org_id;

    crypto_hash128("OIM-org-id-v1", &genesis_body, 1, &org_id);
    return org_id;
}

void log_entry_hash(uint64_t seq, const struct oim_hash *prev, const struct log_entry *entry,
                    struct oim_hash *out)
{
    uint8_t seq_bytes[8], size_bytes[4];

    oim_put_be64(seq_bytes, seq);
    oim_put_be32(size_bytes, (uint32_t)entry->body.size);
    const struct oim_slice parts[] = {
        oim_slice(seq_bytes, sizeof(seq_bytes)),
        oim_slice(prev->bytes, CRYPTO_HASH_SIZE),
        oim_slice(size_bytes, sizeof(size_bytes)),
        entry->body,
        oim_slice(entry->sigs, entry->sig_count * sizeof(entry->sigs[0])),
    };
    crypto_hash256("OIM-log-entry-v1", parts, OIM_COUNT(parts), out);
}

/* The fixed bytes of a signed head: org_id ‖ be64 seq ‖ hash ‖ be64 time_ms. */
struct head_bytes {
    uint8_t bytes[OIM_ID_SIZE + 8 + CRYPTO_HASH_SIZE + 8];
};

static struct oim_slice put_head(struct head_bytes *out, const struct oim_id *org_id, uint64_t seq,
                                 const struct oim_hash *head, uint64_t time_ms)
{
    uint8_t *to = out->bytes;

    memcpy(to, org_id->bytes, OIM_ID_SIZE);
    oim_put_be64(to + OIM_ID_SIZE, seq);
    memcpy(to + OIM_ID_SIZE + 8, head->bytes, CRYPTO_HASH_SIZE);
    oim_put_be64(to + OIM_ID_SIZE + 8 + CRYPTO_HASH_SIZE, time_ms);
    return oim_slice(out->bytes, sizeof(out->bytes));
}

void log_head_sign(const struct oim_id *org_id, uint64_t seq, const struct oim_hash *head, uint64_t time_ms,
                   const struct sign_secret *server_key, struct signature *out)
{
    struct head_bytes fixed;
    struct oim_slice part = put_head(&fixed, org_id, seq, head, time_ms);

    crypto_sign_parts(server_key, "OIM-log-head-v1", &part, 1, out);
}

bool log_head_verify(const struct oim_id *org_id, uint64_t seq, const struct oim_hash *head, uint64_t time_ms,
                     const struct sign_public *server_key, const struct signature *signature)
{
    struct head_bytes fixed;
    struct oim_slice part = put_head(&fixed, org_id, seq, head, time_ms);

    return crypto_verify_parts(server_key, "OIM-log-head-v1", &part, 1, signature);
}

enum oim_status log_entry_encode(const struct log_entry *entry, struct oim_buf *out)
{
    return wire_encode(&wire_log_entry, entry, LOG_ENTRY_SIZE_MAX, out);
}

enum oim_status log_entry_decode(struct oim_slice bytes, struct oim_arena *arena, struct log_entry *out,
                                 struct oim_error *err)
{
    return wire_decode(&wire_log_entry, bytes, FIELD_COUNT_MAX, arena, out, err);
}
