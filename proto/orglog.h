/*
 * orglog.h - entries of the organisation log: who exists and which devices are theirs (SECURITY.md 1.9).
 *
 * Signatures are over "OIM-log-v1" ‖ org_id ‖ body as received. For ORG_GENESIS org_id is 16 zeros (the id is
 * the hash of the body). Order of signatures in an entry:
 *   GENESIS       owner IK, then SRV (added by the server)
 *   USER_CREATE   the administrator's device (the owner's own: the owner's IK)
 *   DEVICE_ADD    invite key or signer_device, then the new device's IK
 *   others        signer_device (OWNER_RECOVERED: SRV)
 */
#ifndef OIM_PROTO_ORGLOG_H
#define OIM_PROTO_ORGLOG_H

#include "common/arena.h"
#include "common/bytes.h"
#include "common/crypto.h"
#include "common/error.h"
#include "common/id.h"
#include "proto/frame.h"

enum log_body_kind {
    LOG_BODY_NONE = 0,
    LOG_BODY_GENESIS,
    LOG_BODY_USER_CREATE,
    LOG_BODY_DEVICE_ADD,
    LOG_BODY_DEVICE_REVOKE,
    LOG_BODY_ROLE_SET,
    LOG_BODY_USER_DISABLE,
    LOG_BODY_OWNER_RECOVERED,
    LOG_BODY_ACCOUNT_RESET
};

enum log_device_kind { LOG_DEVICE_NORMAL = 1, LOG_DEVICE_BOT = 3 };

struct log_body {
    enum log_body_kind kind;
    struct oim_id user_id;
    uint64_t user_seq;
    struct oim_hash user_prev;
    uint64_t made_ms;
    struct sign_public server_pub;   /* GENESIS */
    struct sign_public ik;           /* GENESIS: the owner's; DEVICE_ADD: the new device's */
    struct oim_id nonce;             /* GENESIS: makes two organisations of one owner differ */
    const char *login;               /* USER_CREATE, OWNER_RECOVERED */
    enum role role;                  /* USER_CREATE, ROLE_SET */
    struct sign_public invite_pub; /* USER_CREATE, OWNER_RECOVERED, ACCOUNT_RESET */
    uint32_t generation;           /* DEVICE_ADD, from 1; ACCOUNT_RESET: the new one */
    enum log_device_kind device_kind;
    const char *label;               /* DEVICE_ADD; DEVICE_REVOKE: reason */
    struct oim_id signer_device;     /* zero in DEVICE_ADD: the invite key */
    struct oim_id device_id;         /* DEVICE_REVOKE */
    bool disabled;                   /* USER_DISABLE */
};

OIM_MUST_CHECK enum oim_status log_body_encode(const struct log_body *body, struct oim_buf *out);
OIM_MUST_CHECK enum oim_status log_body_decode(struct oim_slice bytes, struct oim_arena *arena,
                                               struct log_body *out, struct oim_error *err);

void log_body_sign(const struct oim_id *org_id, struct oim_slice body, const struct sign_secret *key,
                   struct signature *out);
OIM_MUST_CHECK bool log_body_verify(const struct oim_id *org_id, struct oim_slice body,
                                    const struct sign_public *key, const struct signature *signature);

/* org_id = BLAKE2b-128("OIM-org-id-v1" ‖ genesis body). */
struct oim_id log_org_id(struct oim_slice genesis_body);
/* hash_n = BLAKE2b-256("OIM-log-entry-v1" ‖ be64 seq ‖ prev_hash ‖ be32 len ‖ body ‖ all signatures). */
void log_entry_hash(uint64_t seq, const struct oim_hash *prev, const struct log_entry *entry,
                    struct oim_hash *out);
/* SRV over "OIM-log-head-v1" ‖ org_id ‖ be64 seq ‖ hash ‖ be64 time_ms. */
void log_head_sign(const struct oim_id *org_id, uint64_t seq, const struct oim_hash *head, uint64_t time_ms,
                   const struct sign_secret *server_key, struct signature *out);
OIM_MUST_CHECK bool log_head_verify(const struct oim_id *org_id, uint64_t seq, const struct oim_hash *head,
                                    uint64_t time_ms, const struct sign_public *server_key,
                                    const struct signature *signature);

/* An entry as stored in a chain and sent on the wire: packed LogEntry. */
OIM_MUST_CHECK enum oim_status log_entry_encode(const struct log_entry *entry, struct oim_buf *out);
OIM_MUST_CHECK enum oim_status log_entry_decode(struct oim_slice bytes, struct oim_arena *arena,
                                                struct log_entry *out, struct oim_error *err);

#endif
