/*
 * crypto.h - libsodium behind named key types; only its deterministic calls (random bytes: random.h).
 *
 * sodium.h is not included here: it may not follow banned.h, and key types are plain bytes.
 * Names keep clear of libsodium's (crypto_sign, crypto_hash): one of ours would take the place of its symbol.
 * Every _finish wipes. Labels are the frozen "OIM-...-v1" strings of SECURITY.md; they carry no terminator.
 */
#ifndef OIM_COMMON_CRYPTO_H
#define OIM_COMMON_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attr.h"
#include "common/bytes.h"
#include "common/id.h"
#include "common/status.h"

#define CRYPTO_SIGN_PUBLIC_SIZE 32
#define CRYPTO_SIGNATURE_SIZE 64
#define CRYPTO_HASH_SIZE 32
#define CRYPTO_SEAL_KEY_SIZE 32
#define CRYPTO_SEAL_NONCE_SIZE 24
#define CRYPTO_SEAL_TAG_SIZE 16
#define CRYPTO_SIGNED_SIZE_MAX 20480 /* what one signature covers, label included */

struct sign_public {
    uint8_t bytes[CRYPTO_SIGN_PUBLIC_SIZE]; /* Ed25519, RFC 8032 */
};
struct sign_secret {
    uint8_t bytes[64]; /* seed ‖ public, libsodium's form */
};
struct signature {
    uint8_t bytes[CRYPTO_SIGNATURE_SIZE];
};
struct oim_hash {
    uint8_t bytes[CRYPTO_HASH_SIZE]; /* BLAKE2b-256, RFC 7693 */
};
struct seal_key {
    uint8_t bytes[CRYPTO_SEAL_KEY_SIZE];
};

/** Once per process, before anything else here. Errors: OIM_ERR_IO when libsodium cannot start. */
OIM_MUST_CHECK enum oim_status crypto_init(void);

void sign_secret_from_seed(struct sign_secret *out, const uint8_t seed[32]);
void sign_secret_finish(struct sign_secret *key);
struct sign_public sign_public_of(const struct sign_secret *key);
void seal_key_finish(struct seal_key *key);
void crypto_wipe(void *memory, size_t size);

/**
 * Ed25519 over label ‖ parts[0] ‖ parts[1] ..., at most CRYPTO_SIGNED_SIZE_MAX bytes together: signing more
 * is our mistake (asserted), verifying more is false.
 */
void crypto_sign_parts(const struct sign_secret *key, const char *label, const struct oim_slice *parts,
                       size_t part_count, struct signature *out);
OIM_MUST_CHECK bool crypto_verify_parts(const struct sign_public *key, const char *label,
                                        const struct oim_slice *parts, size_t part_count,
                                        const struct signature *signature);
/** False for a key of small order, not on the curve or outside the main subgroup. */
OIM_MUST_CHECK bool sign_public_valid(const struct sign_public *key);

/** BLAKE2b-256 over label ‖ parts... ; the 128-bit form has its own output length (not a truncation). */
void crypto_hash256(const char *label, const struct oim_slice *parts, size_t part_count,
                    struct oim_hash *out);
void crypto_hash128(const char *label, const struct oim_slice *parts, size_t part_count, struct oim_id *out);
/** Keyed BLAKE2b-256 (a MAC). key of 16 to 64 bytes. */
void crypto_mac(struct oim_slice key, const char *label, const struct oim_slice *parts, size_t part_count,
                struct oim_hash *out);
OIM_MUST_CHECK bool crypto_equal(const void *a, const void *b, size_t size); /* constant time */

/** HKDF-SHA-256 (RFC 5869). out_size at most 255 * 32. */
void crypto_hkdf(struct oim_slice salt, struct oim_slice ikm, const char *info, uint8_t *out,
                 size_t out_size);
void crypto_hkdf_bytes(struct oim_slice salt, struct oim_slice ikm, struct oim_slice info, uint8_t *out,
                       size_t out_size);

/** XChaCha20-Poly1305-IETF. out_sealed holds plain.size + CRYPTO_SEAL_TAG_SIZE bytes. */
void crypto_seal(const struct seal_key *key, const uint8_t nonce[CRYPTO_SEAL_NONCE_SIZE], struct oim_slice ad,
                 struct oim_slice plain, uint8_t *out_sealed);
/** out_plain holds sealed.size - CRYPTO_SEAL_TAG_SIZE bytes. Errors: OIM_ERR_AUTH, out untouched or wiped. */
OIM_MUST_CHECK enum oim_status crypto_open(const struct seal_key *key,
                                           const uint8_t nonce[CRYPTO_SEAL_NONCE_SIZE], struct oim_slice ad,
                                           struct oim_slice sealed, uint8_t *out_plain);

/** argon2id (RFC 9106), parallelism 1. Errors: OIM_ERR_LIMIT when memory_bytes cannot be had. */
OIM_MUST_CHECK enum oim_status crypto_passphrase_key(struct oim_slice passphrase, const uint8_t salt[16],
                                                     uint64_t rounds, size_t memory_bytes,
                                                     struct seal_key *out);

/* device_id = BLAKE2b-128("OIM-device-id-v1" ‖ IK). SECURITY 1.5. */
struct oim_id crypto_device_id(const struct sign_public *device_key);

#endif
