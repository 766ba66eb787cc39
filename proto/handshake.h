/*
 * handshake.h - the bytes both ends sign at every connection (SECURITY.md 2.2), invite lines, derived keys.
 */
#ifndef OIM_PROTO_HANDSHAKE_H
#define OIM_PROTO_HANDSHAKE_H

#include "common/crypto.h"
#include "common/error.h"
#include "common/id.h"
#include "proto/frame.h"

#define CB_SIZE 32
enum { CB_NONE = 0, CB_TLS_EXPORTER = 1 };

/**
 * th = BLAKE2b-256("OIM-hs-v1" ‖ org_id ‖ be32 version ‖ client_nonce ‖ server_nonce ‖ server_pub ‖
 *      server_epoch ‖ be64 log_seq ‖ log_head ‖ u8 cb_type ‖ cb). org_id, log_seq and log_head are those of
 * the ServerHello. cb is 32 zeros when cb_type is CB_NONE.
 */
void handshake_transcript(const struct frame_hello *hello, const struct frame_server_hello *server_hello,
                          const uint8_t cb[CB_SIZE], struct oim_hash *out_th);
void handshake_server_sign(const struct oim_hash *th, const struct sign_secret *server_key,
                           struct signature *out);
OIM_MUST_CHECK bool handshake_server_verify(const struct oim_hash *th, const struct sign_public *server_key,
                                            const struct signature *sig);
void handshake_device_sign(const struct oim_hash *th, const struct oim_id *device_id, uint64_t conn_counter,
                           const struct sign_secret *device_key, struct signature *out);
OIM_MUST_CHECK bool handshake_device_verify(const struct oim_hash *th, const struct oim_id *device_id,
                                            uint64_t conn_counter, const struct sign_public *device_key,
                                            const struct signature *sig);

void admin_sign(const struct oim_id *org_id, uint64_t admin_no, struct oim_slice body,
                const struct sign_secret *device_key, struct signature *out);
OIM_MUST_CHECK bool admin_verify(const struct oim_id *org_id, uint64_t admin_no, struct oim_slice body,
                                 const struct sign_public *device_key, const struct signature *sig);

/*
 * An invite or link line: oim://HOST:PORT/#PAYLOAD, PAYLOAD = base64url of
 *   u8 version (1) ‖ u8 kind (1 invite, 2 owner, 3 link) ‖ u8 mode (1 direct, 2 proxy) ‖ org_id(16)
 *   ‖ server_key_id(16) ‖ secret(16) ‖ u8 spki_size (0 or 32) ‖ spki ‖ login (the rest, may be empty)
 * server_key_id = BLAKE2b-128("OIM-server-key-id-v1" ‖ SRV).
 */
enum line_kind { LINE_INVITE = 1, LINE_OWNER = 2, LINE_LINK = 3 };
enum way_mode { WAY_DIRECT = 1, WAY_PROXY = 2 };
#define INVITE_SECRET_SIZE 16
#define HOST_PORT_SIZE_MAX 262
#define INVITE_LINE_SIZE_MAX 512

struct invite_line {
    char host_port[HOST_PORT_SIZE_MAX]; /* "chat.example.org:7667", "[::1]:7667" */
    enum line_kind kind;
    enum way_mode mode;
    struct oim_id org_id;
    struct oim_id server_key_id;
    uint8_t secret[INVITE_SECRET_SIZE];
    bool has_spki;
    uint8_t spki[32];
    char login[LOGIN_SIZE_MAX + 1];
};

void invite_line_finish(struct invite_line *line); /* wipes */
void invite_line_format(const struct invite_line *line, char out[INVITE_LINE_SIZE_MAX]);
/** Blanks around it, line breaks inside it and a missing port are forgiven. Errors: OIM_ERR_USAGE, in words.
 */
OIM_MUST_CHECK enum oim_status invite_line_parse(const char *text, struct invite_line *out,
                                                 struct oim_error *err);

/** "chat.example.org", "[::1]:443": with the port, the default one when it is missing. Errors: OIM_ERR_USAGE,
 * in words. */
OIM_MUST_CHECK enum oim_status host_port_parse(const char *text, char out[HOST_PORT_SIZE_MAX],
                                               struct oim_error *err);

struct oim_id server_key_id(const struct sign_public *server_key);
/* Ed25519 seed = HKDF(salt=org_id, ikm=secret, "OIM-Invite-v1", 32). */
void invite_key(const struct oim_id *org_id, const uint8_t secret[INVITE_SECRET_SIZE],
                struct sign_secret *out);
/* invite_id = BLAKE2b-128("OIM-invite-id-v1" ‖ invite_pub). */
struct oim_id invite_id(const struct sign_public *invite_pub);
/* link_id = BLAKE2b-128("OIM-link-id-v1" ‖ secret); mac = keyed BLAKE2b(secret, "OIM-link-v1" ‖ ik ‖ label).
 */
struct oim_id link_id(const uint8_t secret[INVITE_SECRET_SIZE]);
void link_mac(const uint8_t secret[INVITE_SECRET_SIZE], const struct sign_public *ik, const char *label,
              struct oim_hash *out);

/* True for [a-z0-9][a-z0-9._-]{0,31}. */
bool login_valid(const char *login);
/* For tables of people by login: BLAKE2b-128("OIM-login-key-v1" ‖ login). Not on the wire. */
struct oim_id login_key(const char *login);
/* True for 1..NAME_SIZE_MAX bytes of UTF-8 without control, bidi-control or line-separator characters. */
bool name_valid(const char *name);

#endif
