/*
 * test_crypto_wycheproof.c - every case of Project Wycheproof for Ed25519, XChaCha20-Poly1305 and
 * HKDF-SHA-256.
 *
 * A case that our types cannot even express (a signature of 63 bytes, a nonce of 12) must be one that
 * Wycheproof calls invalid. The number of cases is checked, so that a vector file cannot shrink unnoticed.
 * Source: https://github.com/google/wycheproof, testvectors (Apache-2.0), copied to tests/vectors/wycheproof.
 */
#include "common/crypto.h"

#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "tests/support/check.h"

#define CASE_SIZE_MAX 16384u

static int init_crypto(void **state)
{
    (void)state;
    return crypto_init() == OIM_OK ? 0 : -1;
}

static cJSON *load(const char *name)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/wycheproof/%s", OIM_TEST_VECTORS, name);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        print_error("cannot open %s\n", path);
        fail();
    }
    static char text[300000];
    size_t size = fread(text, 1, sizeof(text), file);
    fclose(file);
    CHECK(size < sizeof(text));
    cJSON *root = cJSON_ParseWithLength(text, size);
    CHECK(root != NULL);
    return root;
}

static const char *text_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    if (text == NULL) {
        print_error("no \"%s\"\n", key);
        fail();
    }
    return text;
}

static size_t number_of(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    CHECK(cJSON_IsNumber(item));
    return (size_t)item->valuedouble;
}

/* Hexadecimal text in memory of exactly its size, so that the sanitizer sees a read beyond it. */
static struct oim_slice bytes_of(const cJSON *object, const char *key)
{
    const char *hex = text_of(object, key);
    size_t size = strlen(hex) / 2;
    uint8_t *bytes = malloc(size == 0 ? 1 : size);
    CHECK(bytes != NULL);
    return oim_slice(bytes, check_unhex(hex, bytes, size));
}

static void free_slice(struct oim_slice *slice)
{
    free((void *)(uintptr_t)slice->data);
}

typedef bool (*run_case)(const cJSON *group, const cJSON *test);

/* Every case of a file: run says whether ours accepted it, and result what it should have said. */
static void run_file(const char *name, size_t case_count, run_case run)
{
    cJSON *root = load(name);
    CHECK_EQ(number_of(root, "numberOfTests"), case_count);
    size_t ran = 0;
    const cJSON *group;
    cJSON_ArrayForEach(group, cJSON_GetObjectItemCaseSensitive(root, "testGroups"))
    {
        const cJSON *test;
        cJSON_ArrayForEach(test, cJSON_GetObjectItemCaseSensitive(group, "tests"))
        {
            bool expected = strcmp(text_of(test, "result"), "valid") == 0;
            if (run(group, test) != expected) {
                print_error("%s, case %zu (%s) should be %s\n", name, number_of(test, "tcId"),
                            text_of(test, "comment"), text_of(test, "result"));
                fail();
            }
            ran++;
        }
    }
    CHECK_EQ(ran, case_count);
    cJSON_Delete(root);
}

static bool run_ed25519(const cJSON *group, const cJSON *test)
{
    OIM_CLEANUP(free_slice)
    struct oim_slice pk = bytes_of(cJSON_GetObjectItemCaseSensitive(group, "publicKey"), "pk");
    OIM_CLEANUP(free_slice) struct oim_slice message = bytes_of(test, "msg");
    OIM_CLEANUP(free_slice) struct oim_slice sig = bytes_of(test, "sig");
    struct sign_public key;
    struct signature signature;
    if (pk.size != sizeof(key.bytes) || sig.size != sizeof(signature.bytes)) {
        return false;
    }
    memcpy(key.bytes, pk.data, pk.size);
    memcpy(signature.bytes, sig.data, sig.size);
    return crypto_verify_parts(&key, "", &message, 1, &signature);
}

static void ed25519__agrees__with_wycheproof(void **state)
{
    (void)state;
    run_file("ed25519_test.json", 151, run_ed25519);
}

static bool run_xchacha20_poly1305(const cJSON *group, const cJSON *test)
{
    (void)group;
    OIM_CLEANUP(free_slice) struct oim_slice key_bytes = bytes_of(test, "key");
    OIM_CLEANUP(free_slice) struct oim_slice nonce = bytes_of(test, "iv");
    OIM_CLEANUP(free_slice) struct oim_slice ad = bytes_of(test, "aad");
    OIM_CLEANUP(free_slice) struct oim_slice plain = bytes_of(test, "msg");
    OIM_CLEANUP(free_slice) struct oim_slice ct = bytes_of(test, "ct");
    OIM_CLEANUP(free_slice) struct oim_slice tag = bytes_of(test, "tag");
    struct seal_key key;
    if (key_bytes.size != sizeof(key.bytes) || nonce.size != CRYPTO_SEAL_NONCE_SIZE ||
        tag.size != CRYPTO_SEAL_TAG_SIZE) {
        return false;
    }
    memcpy(key.bytes, key_bytes.data, sizeof(key.bytes));
    CHECK(ct.size + tag.size <= CASE_SIZE_MAX);
    static uint8_t sealed[CASE_SIZE_MAX];
    static uint8_t out[CASE_SIZE_MAX];
    memcpy(sealed, ct.data, ct.size);
    memcpy(sealed + ct.size, tag.data, tag.size);
    if (crypto_open(&key, nonce.data, ad, oim_slice(sealed, ct.size + tag.size), out) != OIM_OK) {
        return false;
    }
    CHECK_EQ(ct.size, plain.size);
    CHECK_BYTES(out, plain.data, plain.size);
    crypto_seal(&key, nonce.data, ad, plain, out);
    CHECK_BYTES(out, sealed, ct.size + tag.size);
    return true;
}

static void xchacha20_poly1305__agrees__with_wycheproof(void **state)
{
    (void)state;
    run_file("xchacha20_poly1305_test.json", 315, run_xchacha20_poly1305);
}

static bool run_hkdf(const cJSON *group, const cJSON *test)
{
    (void)group;
    OIM_CLEANUP(free_slice) struct oim_slice ikm = bytes_of(test, "ikm");
    OIM_CLEANUP(free_slice) struct oim_slice salt = bytes_of(test, "salt");
    OIM_CLEANUP(free_slice) struct oim_slice info = bytes_of(test, "info");
    OIM_CLEANUP(free_slice) struct oim_slice okm = bytes_of(test, "okm");
    size_t size = number_of(test, "size");
    if (size > 255 * 32) {
        return false; /* crypto.h: asserted, because sizes are never a peer's choice */
    }
    static uint8_t out[255 * 32];
    crypto_hkdf_bytes(salt, ikm, info, out, size);
    return size == okm.size && memcmp(out, okm.data, size) == 0;
}

static void hkdf_sha256__agrees__with_wycheproof(void **state)
{
    (void)state;
    run_file("hkdf_sha256_test.json", 86, run_hkdf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ed25519__agrees__with_wycheproof),
        cmocka_unit_test(xchacha20_poly1305__agrees__with_wycheproof),
        cmocka_unit_test(hkdf_sha256__agrees__with_wycheproof),
    };
    return cmocka_run_group_tests(tests, init_crypto, NULL);
}
