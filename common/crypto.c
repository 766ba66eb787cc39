/*
 * crypto.c - libsodium's deterministic calls, with labels and parts instead of concatenated buffers.
 *
 * Results of libsodium that can only mean a programming mistake are asserted; those that depend on what a
 * peer sent become false or OIM_ERR_AUTH.
 */
#include "common/crypto.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define HKDF_HASH_SIZE crypto_auth_hmacsha256_BYTES
#define HKDF_SIZE_MAX (255u * HKDF_HASH_SIZE)

_Static_assert(CRYPTO_SIGN_PUBLIC_SIZE == crypto_sign_PUBLICKEYBYTES, "Ed25519");
_Static_assert(sizeof(struct sign_secret) == crypto_sign_SECRETKEYBYTES, "Ed25519");
_Static_assert(CRYPTO_SIGNATURE_SIZE == crypto_sign_BYTES, "Ed25519");
_Static_assert(CRYPTO_SEAL_KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "XChaCha20-Poly1305");
_Static_assert(CRYPTO_SEAL_NONCE_SIZE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "XChaCha20-Poly1305");
_Static_assert(CRYPTO_SEAL_TAG_SIZE == crypto_aead_xchacha20poly1305_ietf_ABYTES, "XChaCha20-Poly1305");

enum oim_status crypto_init(void)
{
    return sodium_init() < 0 ? OIM_ERR_IO : OIM_OK;
}

void sign_secret_from_seed(struct sign_secret *out, const uint8_t seed[32])
{
    struct sign_public unused;
    crypto_sign_seed_keypair(unused.bytes, out->bytes, seed);
}

void sign_secret_finish(struct sign_secret *key)
{
    if (key != NULL) {
        crypto_wipe(key, sizeof(*key));
    }
}

struct sign_public sign_public_of(const struct sign_secret *key)
{
    struct sign_public public_key;
    memcpy(public_key.bytes, key->bytes + 32, sizeof(public_key.bytes));
    return public_key;
}

void seal_key_finish(struct seal_key *key)
{
    if (key != NULL) {
        crypto_wipe(key, sizeof(*key));
    }
}

void crypto_wipe(void *memory, size_t size)
{
    sodium_memzero(memory, size);
}

/* label ‖ parts in out; false when that is more than CRYPTO_SIGNED_SIZE_MAX. Ed25519 reads its message twice
 * and libsodium wants it in one piece. */
static bool join(const char *label, const struct oim_slice *parts, size_t part_count,
                 uint8_t out[CRYPTO_SIGNED_SIZE_MAX], size_t *out_size)
{
    size_t size = strlen(label);
    if (size > CRYPTO_SIGNED_SIZE_MAX) {
        return false;
    }
    memcpy(out, label, size);
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i].size > CRYPTO_SIGNED_SIZE_MAX - size) {
            return false;
        }
        if (parts[i].size > 0) {
            memcpy(out + size, parts[i].data, parts[i].size);
        }
        size += parts[i].size;
    }
    *out_size = size;
    return true;
}

void crypto_sign_parts(const struct sign_secret *key, const char *label, const struct oim_slice *parts,
                       size_t part_count, struct signature *out)
{
    uint8_t message[CRYPTO_SIGNED_SIZE_MAX];
    size_t size = 0;
    bool fits = join(label, parts, part_count, message, &size);
    assert(fits);
    crypto_sign_detached(out->bytes, NULL, message, size, key->bytes);
}

bool crypto_verify_parts(const struct sign_public *key, const char *label, const struct oim_slice *parts,
                         size_t part_count, const struct signature *signature)
{
    uint8_t message[CRYPTO_SIGNED_SIZE_MAX];
    size_t size = 0;
    return join(label, parts, part_count, message, &size) &&
           crypto_sign_verify_detached(signature->bytes, message, size, key->bytes) == 0;
}

bool sign_public_valid(const struct sign_public *key)
{
    return crypto_core_ed25519_is_valid_point(key->bytes) == 1;
}

static void hash_into(struct oim_slice key, const char *label, const struct oim_slice *parts,
                      size_t part_count, uint8_t *out, size_t out_size)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, key.data, key.size, out_size);
    crypto_generichash_update(&state, (const uint8_t *)label, strlen(label));
    for (size_t i = 0; i < part_count; i++) {
        crypto_generichash_update(&state, parts[i].data, parts[i].size);
    }
    crypto_generichash_final(&state, out, out_size);
    crypto_wipe(&state, sizeof(state));
}

void crypto_hash256(const char *label, const struct oim_slice *parts, size_t part_count, struct oim_hash *out)
{
    hash_into(oim_slice(NULL, 0), label, parts, part_count, out->bytes, sizeof(out->bytes));
}

void crypto_hash128(const char *label, const struct oim_slice *parts, size_t part_count, struct oim_id *out)
{
    hash_into(oim_slice(NULL, 0), label, parts, part_count, out->bytes, sizeof(out->bytes));
}

void crypto_mac(struct oim_slice key, const char *label, const struct oim_slice *parts, size_t part_count,
                struct oim_hash *out)
{
    assert(key.size >= crypto_generichash_KEYBYTES_MIN && key.size <= crypto_generichash_KEYBYTES_MAX);
    hash_into(key, label, parts, part_count, out->bytes, sizeof(out->bytes));
}

bool crypto_equal(const void *a, const void *b, size_t size)
{
    return sodium_memcmp(a, b, size) == 0;
}

/* libsodium declares its inputs never to be NULL, even of no bytes. */
static const uint8_t *never_null(struct oim_slice slice)
{
    static const uint8_t none[1];
    return slice.data == NULL ? none : slice.data;
}

void crypto_hkdf_bytes(struct oim_slice salt, struct oim_slice ikm, struct oim_slice info, uint8_t *out,
                       size_t out_size)
{
    assert(out_size <= HKDF_SIZE_MAX);
    crypto_auth_hmacsha256_state state;
    uint8_t prk[HKDF_HASH_SIZE];
    crypto_auth_hmacsha256_init(&state, never_null(salt), salt.size);
    crypto_auth_hmacsha256_update(&state, never_null(ikm), ikm.size);
    crypto_auth_hmacsha256_final(&state, prk);

    uint8_t block[HKDF_HASH_SIZE];
    size_t block_size = 0; /* of the previous one: T(0) is empty */
    uint8_t counter = 1;
    while (out_size > 0) {
        crypto_auth_hmacsha256_init(&state, prk, sizeof(prk));
        crypto_auth_hmacsha256_update(&state, block, block_size);
        crypto_auth_hmacsha256_update(&state, never_null(info), info.size);
        crypto_auth_hmacsha256_update(&state, &counter, 1);
        crypto_auth_hmacsha256_final(&state, block);
        block_size = sizeof(block);
        counter++;

        size_t take = out_size < block_size ? out_size : block_size;
        memcpy(out, block, take);
        out += take;
        out_size -= take;
    }
    crypto_wipe(&state, sizeof(state));
    crypto_wipe(prk, sizeof(prk));
    crypto_wipe(block, sizeof(block));
}

void crypto_hkdf(struct oim_slice salt, struct oim_slice ikm, const char *info, uint8_t *out, size_t out_size)
{
    crypto_hkdf_bytes(salt, ikm, oim_slice_text(info), out, out_size);
}

void crypto_seal(const struct seal_key *key, const uint8_t nonce[CRYPTO_SEAL_NONCE_SIZE], struct oim_slice ad,
                 struct oim_slice plain, uint8_t *out_sealed)
{
    crypto_aead_xchacha20poly1305_ietf_encrypt(out_sealed, NULL, plain.data, plain.size, ad.data, ad.size,
                                               NULL, nonce, key->bytes);
}

enum oim_status crypto_open(const struct seal_key *key, const uint8_t nonce[CRYPTO_SEAL_NONCE_SIZE],
                            struct oim_slice ad, struct oim_slice sealed, uint8_t *out_plain)
{
    if (sealed.size < CRYPTO_SEAL_TAG_SIZE) {
        return OIM_ERR_AUTH;
    }
    int rc = crypto_aead_xchacha20poly1305_ietf_decrypt(out_plain, NULL, NULL, sealed.data, sealed.size,
                                                        ad.data, ad.size, nonce, key->bytes);
    return rc == 0 ? OIM_OK : OIM_ERR_AUTH;
}

enum oim_status crypto_passphrase_key(struct oim_slice passphrase, const uint8_t salt[16], uint64_t rounds,
                                      size_t memory_bytes, struct seal_key *out)
{
    struct seal_key key;
    const char *text = passphrase.size == 0 ? "" : (const char *)passphrase.data;
    int rc = crypto_pwhash(key.bytes, sizeof(key.bytes), text, passphrase.size, salt, rounds, memory_bytes,
                           crypto_pwhash_ALG_ARGON2ID13);
    if (rc != 0) {
        return OIM_ERR_LIMIT;
    }
    *out = key;
    seal_key_finish(&key);
    return OIM_OK;
}

struct oim_id crypto_device_id(const struct sign_public *device_key)
{
    struct oim_slice part = oim_slice(device_key->bytes, sizeof(device_key->bytes));
    struct oim_id id;
    crypto_hash128("OIM-device-id-v1", &part, 1, &id);
    return id;
}
