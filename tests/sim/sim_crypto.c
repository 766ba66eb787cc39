/*
 * sim_crypto.c - a keyed hash in the place of Ed25519, for the simulator only (BLUEPRINT B41).
 *
 * Real signatures would take most of a run's time. The linker sends calls of the functions below here
 * (--wrap); everything else of common/crypto.h is the real thing. Proves that the right key was used on the
 * right bytes, and nothing else: whoever knows the public key can sign.
 */
#include <string.h>

#include "common/crypto.h"

void __wrap_sign_secret_from_seed(struct sign_secret *out, const uint8_t seed[32]);
bool __wrap_sign_public_valid(const struct sign_public *key);
void __wrap_crypto_sign_parts(const struct sign_secret *key, const char *label, const struct oim_slice *parts,
                              size_t part_count, struct signature *out);
bool __wrap_crypto_verify_parts(const struct sign_public *key, const char *label,
                                const struct oim_slice *parts, size_t part_count,
                                const struct signature *signature);

void __wrap_sign_secret_from_seed(struct sign_secret *out, const uint8_t seed[32])
{
    struct oim_slice part = oim_slice(seed, 32);
    struct oim_hash public_half;
    crypto_hash256("OIM-sim-key", &part, 1, &public_half);
    memcpy(out->bytes, seed, 32);
    memcpy(out->bytes + 32, public_half.bytes, sizeof(public_half.bytes));
}

bool __wrap_sign_public_valid(const struct sign_public *key)
{
    (void)key;
    return true;
}

static void sign(const uint8_t public_half[32], const char *label, const struct oim_slice *parts,
                 size_t part_count, struct signature *out)
{
    struct oim_hash mac;
    crypto_mac(oim_slice(public_half, 32), label, parts, part_count, &mac);
    memcpy(out->bytes, mac.bytes, sizeof(mac.bytes));
    memcpy(out->bytes + sizeof(mac.bytes), mac.bytes, sizeof(mac.bytes));
}

void __wrap_crypto_sign_parts(const struct sign_secret *key, const char *label, const struct oim_slice *parts,
                              size_t part_count, struct signature *out)
{
    sign(key->bytes + 32, label, parts, part_count, out);
}

bool __wrap_crypto_verify_parts(const struct sign_public *key, const char *label,
                                const struct oim_slice *parts, size_t part_count,
                                const struct signature *signature)
{
    struct signature expected;
    sign(key->bytes, label, parts, part_count, &expected);
    return crypto_equal(expected.bytes, signature->bytes, sizeof(expected.bytes));
}
