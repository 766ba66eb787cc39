/*
 * test_crypto.c - our calls against published vectors, and what they promise beyond those.
 *
 * Project Wycheproof's cases are in test_crypto_wycheproof.c.
 */
#include "common/crypto.h"

#include "tests/support/check.h"

static int init_crypto(void **state)
{
    (void)state;
    return crypto_init() == OIM_OK ? 0 : -1;
}

static struct sign_secret secret_of(const char *seed_hex)
{
    uint8_t seed[32];
    CHECK_EQ(check_unhex(seed_hex, seed, sizeof(seed)), sizeof(seed));
    struct sign_secret key;
    sign_secret_from_seed(&key, seed);
    return key;
}

static struct sign_secret secret_of_bytes(uint8_t byte)
{
    uint8_t seed[32];
    memset(seed, byte, sizeof(seed));
    struct sign_secret key;
    sign_secret_from_seed(&key, seed);
    return key;
}

static struct sign_public public_of(const char *hex)
{
    struct sign_public key;
    CHECK_EQ(check_unhex(hex, key.bytes, sizeof(key.bytes)), sizeof(key.bytes));
    return key;
}

/* RFC 8032, section 7.1, tests 1 to 3. */
static void sign__agrees__with_rfc_8032(void **state)
{
    (void)state;
    static const struct {
        const char *seed;
        const char *public_key;
        const char *message;
        const char *signature;
    } cases[] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25"
         "bf5f05"
         "95bbe24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387"
         "b2eaeb"
         "4302aeeb00d291612bb0c00"},
        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7"
         "c15e97"
         "16ed28dc027beceea1ec40a"},
    };
    for (size_t i = 0; i < OIM_COUNT(cases); i++) {
        struct sign_secret key = secret_of(cases[i].seed);
        struct sign_public public_key = sign_public_of(&key);
        CHECK_HEX(public_key.bytes, 32, cases[i].public_key);
        CHECK(sign_public_valid(&public_key));

        uint8_t message[2];
        struct oim_slice part = oim_slice(message, check_unhex(cases[i].message, message, sizeof(message)));
        struct signature signature;
        crypto_sign_parts(&key, "", &part, 1, &signature);
        CHECK_HEX(signature.bytes, 64, cases[i].signature);
        CHECK(crypto_verify_parts(&public_key, "", &part, 1, &signature));
    }
}

/* Goal: a signature covers the label and every part; where the parts are divided is not its business. */
static void verify__is_false__when_anything_differs(void **state)
{
    (void)state;
    struct sign_secret key = secret_of_bytes(1);
    struct sign_secret other = secret_of_bytes(2);
    struct sign_public public_key = sign_public_of(&key);
    struct sign_public other_public = sign_public_of(&other);
    struct oim_slice parts[] = {OIM_SLICE_LITERAL("abc"), oim_slice(NULL, 0), OIM_SLICE_LITERAL("def")};
    struct oim_slice joined[] = {OIM_SLICE_LITERAL("abcdef")};
    struct oim_slice changed[] = {OIM_SLICE_LITERAL("abcdeg")};
    struct signature signature;
    crypto_sign_parts(&key, "OIM-test-v1", parts, 3, &signature);
    CHECK(crypto_verify_parts(&public_key, "OIM-test-v1", parts, 3, &signature));
    CHECK(crypto_verify_parts(&public_key, "OIM-test-v1", joined, 1, &signature));
    CHECK(!crypto_verify_parts(&public_key, "OIM-test-v2", joined, 1, &signature));
    CHECK(!crypto_verify_parts(&public_key, "OIM-test-v1", changed, 1, &signature));
    CHECK(!crypto_verify_parts(&public_key, "OIM-test-v1", parts, 2, &signature));
    CHECK(!crypto_verify_parts(&other_public, "OIM-test-v1", parts, 3, &signature));
    for (size_t bit = 0; bit < 8 * sizeof(signature.bytes); bit++) {
        struct signature forged = signature;
        forged.bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        CHECK(!crypto_verify_parts(&public_key, "OIM-test-v1", parts, 3, &forged));
    }
}

static void verify__is_false__for_more_than_can_be_signed(void **state)
{
    (void)state;
    static const uint8_t zeros[CRYPTO_SIGNED_SIZE_MAX + 1];
    struct sign_secret key = secret_of_bytes(1);
    struct sign_public public_key = sign_public_of(&key);
    struct oim_slice most = oim_slice(zeros, CRYPTO_SIGNED_SIZE_MAX - 4);
    struct signature signature;
    crypto_sign_parts(&key, "most", &most, 1, &signature);
    CHECK(crypto_verify_parts(&public_key, "most", &most, 1, &signature));
    struct oim_slice more[] = {most, oim_slice(zeros, 1)};
    CHECK(!crypto_verify_parts(&public_key, "most", more, 2, &signature));
    more[1].size = SIZE_MAX;
    CHECK(!crypto_verify_parts(&public_key, "most", more, 2, &signature));
}

static void public_key__is_refused__where_a_signature_would_prove_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "0000000000000000000000000000000000000000000000000000000000000000", /* order 4 */
        "0100000000000000000000000000000000000000000000000000000000000000", /* the neutral element */
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* order 2 */
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", /* order 8 */
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", /* order 8 */
        "0200000000000000000000000000000000000000000000000000000000000000", /* not on the curve */
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* 1, not reduced */
        /* IK_A plus a point of order 8: outside the main subgroup. */
        "9ea3f11f5bd34f0cd7147fd0a436c088f624c6100c1df6a53c0a29e05d60cea0",
    };
    for (size_t i = 0; i < OIM_COUNT(bad); i++) {
        struct sign_public key = public_of(bad[i]);
        CHECK(!sign_public_valid(&key));
    }
}

/* Expected values made with Python's hashlib.blake2b. */
static void hash__is_blake2b__over_label_and_parts(void **state)
{
    (void)state;
    struct oim_slice parts[] = {OIM_SLICE_LITERAL("b"), oim_slice(NULL, 0), OIM_SLICE_LITERAL("c")};
    struct oim_hash hash;
    crypto_hash256("a", parts, 3, &hash);
    CHECK_HEX(hash.bytes, 32, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    crypto_hash256("abc", NULL, 0, &hash);
    CHECK_HEX(hash.bytes, 32, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    struct oim_id id;
    crypto_hash128("ab", parts + 2, 1, &id);
    CHECK_HEX(id.bytes, 16, "cf4ab791c62b8d2b2109c90275287816");

    uint8_t key[32];
    for (uint8_t i = 0; i < sizeof(key); i++) {
        key[i] = i;
    }
    struct oim_slice abc = OIM_SLICE_LITERAL("abc");
    crypto_mac(oim_slice(key, sizeof(key)), "OIM-x-v1", &abc, 1, &hash);
    CHECK_HEX(hash.bytes, 32, "f290cf44cd716b25a01939d159c510f75fb4c6a18d759d6a80a78f98d4e700f5");
    crypto_mac(oim_slice(key, 16), "OIM-x-v1", &abc, 1, &hash);
    CHECK(hash.bytes[0] != 0xf2);
}

static void equal__compares_every_byte__of_both(void **state)
{
    (void)state;
    CHECK(crypto_equal("abcd", "abcd", 4));
    CHECK(!crypto_equal("abcd", "abce", 4));
    CHECK(!crypto_equal("abcd", "bbcd", 4));
    CHECK(crypto_equal("abcd", "abce", 3));
}

/* RFC 5869, appendix A, tests 1 to 3. */
static void hkdf__agrees__with_rfc_5869(void **state)
{
    (void)state;
    uint8_t ikm[80];
    uint8_t salt[80];
    uint8_t info[80];
    uint8_t out[82];
    memset(ikm, 0x0b, 22);
    size_t salt_size = check_unhex("000102030405060708090a0b0c", salt, sizeof(salt));
    size_t info_size = check_unhex("f0f1f2f3f4f5f6f7f8f9", info, sizeof(info));
    crypto_hkdf_bytes(oim_slice(salt, salt_size), oim_slice(ikm, 22), oim_slice(info, info_size), out, 42);
    CHECK_HEX(out, 42,
              "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");

    crypto_hkdf(oim_slice(NULL, 0), oim_slice(ikm, 22), "", out, 42);
    CHECK_HEX(out, 42,
              "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");

    for (uint8_t i = 0; i < 80; i++) {
        ikm[i] = i;
        salt[i] = (uint8_t)(0x60 + i);
        info[i] = (uint8_t)(0xb0 + i);
    }
    crypto_hkdf_bytes(oim_slice(salt, 80), oim_slice(ikm, 80), oim_slice(info, 80), out, 82);
    CHECK_HEX(
        out, 82,
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da32"
        "75600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
}

static void open__returns_the_plain_text__and_nothing_when_forged(void **state)
{
    (void)state;
    struct seal_key key = {{1, 2, 3}};
    uint8_t nonce[CRYPTO_SEAL_NONCE_SIZE] = {9};
    struct oim_slice ad = OIM_SLICE_LITERAL("who and when");
    struct oim_slice plain = OIM_SLICE_LITERAL("the text");
    uint8_t sealed[8 + CRYPTO_SEAL_TAG_SIZE];
    uint8_t opened[8];
    crypto_seal(&key, nonce, ad, plain, sealed);
    CHECK_OK(crypto_open(&key, nonce, ad, oim_slice(sealed, sizeof(sealed)), opened));
    CHECK_BYTES(opened, plain.data, plain.size);

    for (size_t i = 0; i < sizeof(sealed); i++) {
        uint8_t untouched[8] = {0};
        sealed[i] ^= 0x40;
        memset(opened, 0, sizeof(opened));
        CHECK_STATUS(crypto_open(&key, nonce, ad, oim_slice(sealed, sizeof(sealed)), opened), OIM_ERR_AUTH);
        CHECK_BYTES(opened, untouched, sizeof(opened));
        sealed[i] ^= 0x40;
    }
    CHECK_STATUS(crypto_open(&key, nonce, plain, oim_slice(sealed, sizeof(sealed)), opened), OIM_ERR_AUTH);
    CHECK_STATUS(crypto_open(&key, nonce, ad, oim_slice(sealed, sizeof(sealed) - 1), opened), OIM_ERR_AUTH);
    CHECK_STATUS(crypto_open(&key, nonce, ad, oim_slice(sealed, CRYPTO_SEAL_TAG_SIZE - 1), opened),
                 OIM_ERR_AUTH);
    CHECK_STATUS(crypto_open(&key, nonce, ad, oim_slice(NULL, 0), opened), OIM_ERR_AUTH);
}

static void open__works__for_empty_texts(void **state)
{
    (void)state;
    struct seal_key key = {{7}};
    uint8_t nonce[CRYPTO_SEAL_NONCE_SIZE] = {0};
    uint8_t sealed[CRYPTO_SEAL_TAG_SIZE];
    uint8_t opened[1];
    crypto_seal(&key, nonce, oim_slice(NULL, 0), oim_slice(NULL, 0), sealed);
    CHECK_OK(crypto_open(&key, nonce, oim_slice(NULL, 0), oim_slice(sealed, sizeof(sealed)), opened));
}

/* The smallest parameters libsodium takes, because the cost is not what is tested. */
static void passphrase__gives_the_same_key__only_with_the_same_parameters(void **state)
{
    (void)state;
    static const uint8_t salt[16] = {1};
    static const uint8_t other_salt[16] = {2};
    struct oim_slice text = OIM_SLICE_LITERAL("correct horse");
    struct seal_key key;
    struct seal_key again;
    CHECK_OK(crypto_passphrase_key(text, salt, 1, 8192, &key));
    CHECK_OK(crypto_passphrase_key(text, salt, 1, 8192, &again));
    CHECK_BYTES(again.bytes, key.bytes, sizeof(key.bytes));
    CHECK_OK(crypto_passphrase_key(OIM_SLICE_LITERAL("correct horsf"), salt, 1, 8192, &again));
    CHECK(!crypto_equal(&again, &key, sizeof(key)));
    CHECK_OK(crypto_passphrase_key(text, other_salt, 1, 8192, &again));
    CHECK(!crypto_equal(&again, &key, sizeof(key)));
    CHECK_OK(crypto_passphrase_key(text, salt, 2, 8192, &again));
    CHECK(!crypto_equal(&again, &key, sizeof(key)));
    CHECK_OK(crypto_passphrase_key(text, salt, 1, 16384, &again));
    CHECK(!crypto_equal(&again, &key, sizeof(key)));
    CHECK_OK(crypto_passphrase_key(oim_slice(NULL, 0), salt, 1, 8192, &again));
}

static void passphrase__is_refused__with_parameters_nobody_can_meet(void **state)
{
    (void)state;
    static const uint8_t salt[16] = {1};
    struct oim_slice text = OIM_SLICE_LITERAL("correct horse");
    struct seal_key key = {{42}};
    CHECK_STATUS(crypto_passphrase_key(text, salt, 0, 8192, &key), OIM_ERR_LIMIT);
    CHECK_STATUS(crypto_passphrase_key(text, salt, 1, 100, &key), OIM_ERR_LIMIT);
    CHECK_STATUS(crypto_passphrase_key(text, salt, UINT64_MAX, 8192, &key), OIM_ERR_LIMIT);
    CHECK_STATUS(crypto_passphrase_key(text, salt, 1, SIZE_MAX, &key), OIM_ERR_LIMIT);
    CHECK_EQ(key.bytes[0], 42);
}

static void keys__are_wiped__when_finished(void **state)
{
    (void)state;
    static const struct sign_secret no_secret;
    static const struct seal_key no_key;
    struct sign_secret secret = secret_of_bytes(3);
    struct seal_key key = {{1, 2, 3}};
    sign_secret_finish(&secret);
    seal_key_finish(&key);
    sign_secret_finish(NULL);
    seal_key_finish(NULL);
    CHECK_BYTES(&secret, &no_secret, sizeof(secret));
    CHECK_BYTES(&key, &no_key, sizeof(key));
}

/* SECURITY.md, appendix A: what of it needs no X25519 and no bare HMAC. Z is 32 zero bytes. */
#define IK_A "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c"
#define IK_B "8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394"
#define SPK "ac01b2209e86354fb853237b5de0f4fab13c7fcbf433a61c019369617fecf10b"
#define SK "ae7d7b461b981cd678b8ad5c910ab4be2a708952a75e901531e43337302aeeb2"
#define MK "10279f2c0e7271c5aa1e332df9baa6c0e6422116dfc8353526eaa21d74a03eb6"
#define PAYLOAD_HASH "dc5b241ad0a817002b96d35e03acdc8d0eea10366093837bdf41d946a59350c5"
#define PAYLOAD_CT                                                                                           \
    "6a28f323f975c274c56cffae1897251a0ec8d3ccc5ff5f0dd8370a9d8759b1a7820f3e5c2c98396649b7a9408c5a774ab93751" \
    "735aed"                                                                                                 \
    "128c635d1073953f37dc8217582cf2c522de2015c9e0d043732c47b80d9284a01b192b114ced52174c9d1cdef3bcc59448d7f1" \
    "dce594"                                                                                                 \
    "7d3f5c12b9714347c3056815ac029cbbe1f0adf5e7336d49c0a8cb1627a52de8b03d35b3"

static const uint8_t zeros32[32];

static void appendix_a__names_devices__by_their_keys(void **state)
{
    (void)state;
    struct sign_secret secret_a = secret_of_bytes(1);
    struct sign_secret secret_b = secret_of_bytes(2);
    struct sign_public ik_a = sign_public_of(&secret_a);
    struct sign_public ik_b = sign_public_of(&secret_b);
    CHECK_HEX(ik_a.bytes, 32, IK_A);
    CHECK_HEX(ik_b.bytes, 32, IK_B);
    struct oim_id device_id = crypto_device_id(&ik_a);
    CHECK_HEX(device_id.bytes, 16, "085ed2726cb088e16df06272d904e1ea");
}

static void appendix_a__signs_a_prekey__of_b(void **state)
{
    (void)state;
    struct sign_secret secret_b = secret_of_bytes(2);
    struct sign_public spk = public_of(SPK);
    uint8_t id_and_time[12];
    oim_put_be32(id_and_time, 7);
    oim_put_be64(id_and_time + 4, 1000000);
    struct oim_slice parts[] = {oim_slice(id_and_time, sizeof(id_and_time)), oim_slice(spk.bytes, 32)};
    struct signature signature;
    crypto_sign_parts(&secret_b, "OIM-SPK-v1", parts, 2, &signature);
    CHECK_HEX(
        signature.bytes, 64,
        "91923f4cf172d8e259b587f3f541b927adff785c24cc0f1d3151da7329ef093e3576de97e94d9cdbf1d9b01b2137297e"
        "fe44501d569df7702733d1b108e9fb0a");
}

static void appendix_a__derives__hint_and_slot_key(void **state)
{
    (void)state;
    struct oim_slice salt = oim_slice(zeros32, 32);
    struct sign_public sk = public_of(SK);
    struct sign_public mk = public_of(MK);
    uint8_t out[32];
    crypto_hkdf(salt, oim_slice(sk.bytes, 32), "OIM-Session-v1", out, 8);
    CHECK_HEX(out, 8, "1136effef0db7fc8");
    crypto_hkdf(salt, oim_slice(mk.bytes, 32), "OIM-DR-Message-v1", out, 32);
    CHECK_HEX(out, 32, "a32504ab3e5674f373f56d5b6360131af39fb6d21f567d3311d2195a91cc308b");
}

/* payload_ad and the nonce of the vectors: suite 1, class 1, msg_id 11.., user_A a1.., device aa.., nonce
 * 07.. */
static size_t payload_ad(uint8_t out[68])
{
    memcpy(out, "OIM-payload-ad-v1", 17);
    out[17] = 1;
    out[18] = 1;
    memset(out + 19, 0x11, 16);
    memset(out + 35, 0xa1, 16);
    memset(out + 51, 0xaa, 16);
    return 67;
}

static void appendix_a__seals_and_hashes__the_payload(void **state)
{
    (void)state;
    uint8_t k[32];
    uint8_t derived[64];
    memset(k, 0x09, sizeof(k));
    crypto_hkdf(oim_slice(zeros32, 32), oim_slice(k, 32), "OIM-Payload-v1", derived, sizeof(derived));
    CHECK_HEX(derived, 64,
              "1c0e03b2a970e12d859c9e119baf0ca1906dde60c0e166f0f3a1cfc2dce388e9"
              "3fcbf685d4c1e44aeaa00efbb510f45827bf262a52d9c5f8a3e60b423ed42fb3");

    struct seal_key enc_key;
    memcpy(enc_key.bytes, derived, 32);
    uint8_t nonce[CRYPTO_SEAL_NONCE_SIZE];
    memset(nonce, 0x07, sizeof(nonce));
    uint8_t ad[68];
    struct oim_slice ad_slice = oim_slice(ad, payload_ad(ad));
    uint8_t inner[128] = "hello\x80"; /* ISO/IEC 7816-4 padding: 80 and zeros */
    uint8_t sealed[sizeof(inner) + CRYPTO_SEAL_TAG_SIZE];
    crypto_seal(&enc_key, nonce, ad_slice, oim_slice(inner, sizeof(inner)), sealed);
    CHECK_HEX(sealed, sizeof(sealed), PAYLOAD_CT);

    struct oim_slice parts[] = {ad_slice, oim_slice(nonce, sizeof(nonce)), oim_slice(derived + 32, 32),
                                oim_slice(sealed, sizeof(sealed))};
    struct oim_hash hash;
    crypto_hash256("OIM-payload-hash-v1", parts, OIM_COUNT(parts), &hash);
    CHECK_HEX(hash.bytes, 32, PAYLOAD_HASH);
}

static void appendix_a__seals__the_slot(void **state)
{
    (void)state;
    struct seal_key slot_key;
    check_unhex("a32504ab3e5674f373f56d5b6360131af39fb6d21f567d3311d2195a91cc308b", slot_key.bytes, 32);
    uint8_t nonce[CRYPTO_SEAL_NONCE_SIZE];
    memset(nonce, 0x08, sizeof(nonce));
    uint8_t ad[168];
    size_t ad_size = check_unhex(IK_A IK_B "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2"
                                           "f5b2d6e60f9477e310c2982daaa6c9136c108a1777c5947e448fa37d68174557"
                                           "00000000 00000000" PAYLOAD_HASH,
                                 ad, sizeof(ad));
    CHECK_EQ(ad_size, sizeof(ad));
    uint8_t k[32];
    uint8_t sealed[32 + CRYPTO_SEAL_TAG_SIZE];
    memset(k, 0x09, sizeof(k));
    crypto_seal(&slot_key, nonce, oim_slice(ad, ad_size), oim_slice(k, sizeof(k)), sealed);
    CHECK_HEX(
        sealed, sizeof(sealed),
        "95d979ef291f120b9a5209fcaf042e7f62fb7da8ac07fb75ec93f9217d0890e982c113d731ea3fa3a46f0f05c10757c7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sign__agrees__with_rfc_8032),
        cmocka_unit_test(verify__is_false__when_anything_differs),
        cmocka_unit_test(verify__is_false__for_more_than_can_be_signed),
        cmocka_unit_test(public_key__is_refused__where_a_signature_would_prove_nothing),
        cmocka_unit_test(hash__is_blake2b__over_label_and_parts),
        cmocka_unit_test(equal__compares_every_byte__of_both),
        cmocka_unit_test(hkdf__agrees__with_rfc_5869),
        cmocka_unit_test(open__returns_the_plain_text__and_nothing_when_forged),
        cmocka_unit_test(open__works__for_empty_texts),
        cmocka_unit_test(passphrase__gives_the_same_key__only_with_the_same_parameters),
        cmocka_unit_test(passphrase__is_refused__with_parameters_nobody_can_meet),
        cmocka_unit_test(keys__are_wiped__when_finished),
        cmocka_unit_test(appendix_a__names_devices__by_their_keys),
        cmocka_unit_test(appendix_a__signs_a_prekey__of_b),
        cmocka_unit_test(appendix_a__derives__hint_and_slot_key),
        cmocka_unit_test(appendix_a__seals_and_hashes__the_payload),
        cmocka_unit_test(appendix_a__seals__the_slot),
    };
    return cmocka_run_group_tests(tests, init_crypto, NULL);
}
