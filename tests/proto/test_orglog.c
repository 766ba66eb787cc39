/* test_orglog.c - bodies, hashes and signatures of the organisation log are byte for byte those of
 * PROTOCOL.md. */
#include "proto/orglog.h"

#include <stdlib.h>

#include "proto/limits.h"
#include "tests/proto/vectors.h"
#include "tests/support/check.h"

static struct sign_secret key_of(uint8_t seed_byte)
{
    struct sign_secret key;
    uint8_t seed[32];

    memset(seed, seed_byte, sizeof(seed));
    sign_secret_from_seed(&key, seed);
    return key;
}

static struct oim_id id_of(uint8_t byte)
{
    struct oim_id id;

    memset(id.bytes, byte, sizeof(id.bytes));
    return id;
}

static struct log_body genesis(void)
{
    struct sign_secret server = key_of(1), owner = key_of(2);

    return (struct log_body){.kind = LOG_BODY_GENESIS,
                             .made_ms = 1700000000000,
                             .server_pub = sign_public_of(&server),
                             .ik = sign_public_of(&owner),
                             .nonce = id_of(7)};
}

static struct log_body user_create(void)
{
    struct log_body body = {.kind = LOG_BODY_USER_CREATE,
                            .user_id = id_of(0x0a),
                            .user_seq = 1,
                            .made_ms = 1700000000001,
                            .login = "tony",
                            .role = ROLE_USER};

    (void)check_unhex(VECTOR_INVITE_PUB, body.invite_pub.bytes, sizeof(body.invite_pub.bytes));
    return body;
}

static struct log_body device_add(void)
{
    struct sign_secret device = key_of(3);
    struct log_body body = {.kind = LOG_BODY_DEVICE_ADD,
                            .user_id = id_of(0x0a),
                            .user_seq = 2,
                            .made_ms = 1700000000002,
                            .ik = sign_public_of(&device),
                            .generation = 1,
                            .device_kind = LOG_DEVICE_NORMAL,
                            .label = "device-1"};

    (void)check_unhex(VECTOR_USER_HASH_1, body.user_prev.bytes, sizeof(body.user_prev.bytes));
    return body;
}

static struct oim_id org_id(void)
{
    struct oim_id id;

    (void)check_unhex(VECTOR_ORG_ID, id.bytes, sizeof(id.bytes));
    return id;
}

static void check_packs_as(const struct log_body *body, const char *hex)
{
    struct oim_buf out = {0};
    uint8_t memory[8192];
    struct oim_arena arena;
    struct log_body got;
    struct oim_error err = {0};

    oim_buf_init(&out, LOG_BODY_SIZE_MAX);
    CHECK_OK(log_body_encode(body, &out));
    CHECK_HEX(out.data, out.size, hex);

    oim_arena_init(&arena, memory, sizeof(memory));
    CHECK_OK_ERR(log_body_decode(oim_buf_slice(&out), &arena, &got, &err), &err);
    CHECK_EQ(got.kind, body->kind);
    CHECK_BYTES(got.user_id.bytes, body->user_id.bytes, OIM_ID_SIZE);
    CHECK_EQ(got.user_seq, body->user_seq);
    CHECK_EQ(got.made_ms, body->made_ms);
    CHECK_BYTES(got.ik.bytes, body->ik.bytes, CRYPTO_SIGN_PUBLIC_SIZE);
    CHECK_TEXT(got.login, body->login == NULL ? "" : body->login);
    CHECK_TEXT(got.label, body->label == NULL ? "" : body->label);
    oim_buf_finish(&out);
}

static void log_body__packs_as_in_the_protocol(void **state)
{
    struct log_body bodies[] = {genesis(), user_create(), device_add()};

    (void)state;
    check_packs_as(&bodies[0], VECTOR_GENESIS_BODY);
    check_packs_as(&bodies[1], VECTOR_USER_CREATE_BODY);
    check_packs_as(&bodies[2], VECTOR_DEVICE_ADD_BODY);
}

struct body_bytes {
    uint8_t bytes[LOG_BODY_SIZE_MAX];
};

static struct oim_slice unhex(struct body_bytes *out, const char *hex)
{
    return oim_slice(out->bytes, check_unhex(hex, out->bytes, sizeof(out->bytes)));
}

static void log_body__is_signed_with_the_organisation_in_front(void **state)
{
    struct body_bytes bytes;
    struct oim_slice body = unhex(&bytes, VECTOR_DEVICE_ADD_BODY);
    struct oim_id org = org_id(), other = id_of(1);
    struct sign_secret device = key_of(3), owner = key_of(2);
    struct sign_public device_key = sign_public_of(&device), owner_key = sign_public_of(&owner);
    struct signature sig;

    (void)state;
    log_body_sign(&org, body, &device, &sig);
    CHECK_HEX(sig.bytes, sizeof(sig.bytes), VECTOR_DEVICE_ADD_SIG_DEVICE);
    CHECK(log_body_verify(&org, body, &device_key, &sig));
    CHECK(!log_body_verify(&other, body, &device_key, &sig));
    CHECK(!log_body_verify(&org, body, &owner_key, &sig));
    bytes.bytes[5] ^= 1;
    CHECK(!log_body_verify(&org, body, &device_key, &sig));
}

/* Genesis (owner, server) and the person after it: the chain of PROTOCOL.md. */
static void log_entry__hashes_into_the_chain_of_the_protocol(void **state)
{
    struct body_bytes genesis_bytes, create_bytes;
    struct sign_secret server = key_of(1), owner = key_of(2);
    struct oim_id none = {{0}}, org = org_id();
    struct oim_hash prev = {{0}}, head;
    struct log_entry first = {.body = unhex(&genesis_bytes, VECTOR_GENESIS_BODY), .sig_count = 2};
    struct log_entry second = {.body = unhex(&create_bytes, VECTOR_USER_CREATE_BODY), .sig_count = 1};

    (void)state;
    struct oim_id got = log_org_id(first.body);
    CHECK_HEX(got.bytes, OIM_ID_SIZE, VECTOR_ORG_ID);
    log_body_sign(&none, first.body, &owner, &first.sigs[0]);
    log_body_sign(&none, first.body, &server, &first.sigs[1]);
    CHECK_HEX(first.sigs[0].bytes, CRYPTO_SIGNATURE_SIZE, VECTOR_GENESIS_SIG_OWNER);
    CHECK_HEX(first.sigs[1].bytes, CRYPTO_SIGNATURE_SIZE, VECTOR_GENESIS_SIG_SERVER);
    log_entry_hash(1, &prev, &first, &head);
    CHECK_HEX(head.bytes, CRYPTO_HASH_SIZE, VECTOR_HASH_1);

    prev = head;
    log_body_sign(&org, second.body, &owner, &second.sigs[0]);
    CHECK_HEX(second.sigs[0].bytes, CRYPTO_SIGNATURE_SIZE, VECTOR_USER_CREATE_SIG);
    log_entry_hash(2, &prev, &second, &head);
    CHECK_HEX(head.bytes, CRYPTO_HASH_SIZE, VECTOR_HASH_2);

    /* The person's own chain: the same hash over the person's own count, from zeros. */
    prev = (struct oim_hash){{0}};
    log_entry_hash(1, &prev, &second, &head);
    CHECK_HEX(head.bytes, CRYPTO_HASH_SIZE, VECTOR_USER_HASH_1);
}

static void log_head__is_signed_with_its_time(void **state)
{
    struct oim_id org = org_id();
    struct oim_hash head;
    struct sign_secret server = key_of(1);
    struct sign_public server_key = sign_public_of(&server);
    struct signature sig;

    (void)state;
    (void)check_unhex(VECTOR_HASH_2, head.bytes, sizeof(head.bytes));
    log_head_sign(&org, 2, &head, 1700000000003, &server, &sig);
    CHECK_HEX(sig.bytes, sizeof(sig.bytes), VECTOR_HEAD_SIG);
    CHECK(log_head_verify(&org, 2, &head, 1700000000003, &server_key, &sig));
    CHECK(!log_head_verify(&org, 3, &head, 1700000000003, &server_key, &sig));
    CHECK(!log_head_verify(&org, 2, &head, 1700000000004, &server_key, &sig));
    head.bytes[0] ^= 1;
    CHECK(!log_head_verify(&org, 2, &head, 1700000000003, &server_key, &sig));
}

static void log_entry__comes_back_as_stored(void **state)
{
    struct body_bytes bytes;
    struct log_entry entry = {.body = unhex(&bytes, VECTOR_DEVICE_ADD_BODY), .sig_count = 2}, got;
    struct oim_buf out = {0};
    uint8_t memory[8192];
    struct oim_arena arena;
    struct oim_error err = {0};

    (void)state;
    memset(entry.sigs[0].bytes, 1, CRYPTO_SIGNATURE_SIZE);
    memset(entry.sigs[1].bytes, 2, CRYPTO_SIGNATURE_SIZE);
    oim_buf_init(&out, 4096);
    CHECK_OK(log_entry_encode(&entry, &out));
    oim_arena_init(&arena, memory, sizeof(memory));
    CHECK_OK_ERR(log_entry_decode(oim_buf_slice(&out), &arena, &got, &err), &err);
    CHECK(oim_slice_equal(got.body, entry.body));
    CHECK_EQ(got.sig_count, 2);
    CHECK_BYTES(got.sigs, entry.sigs, 2 * sizeof(entry.sigs[0]));
    oim_buf_finish(&out);
}

static void check_refused(const char *hex, enum oim_status status, const char *sentence)
{
    struct body_bytes bytes;
    struct log_body got;
    uint8_t memory[8192];
    struct oim_arena arena;
    struct oim_error err = {0};

    oim_arena_init(&arena, memory, sizeof(memory));
    CHECK_STATUS(log_body_decode(unhex(&bytes, hex), &arena, &got, &err), status);
    CHECK_TEXT(err.text, sentence);
}

#define ABOUT "0a100a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a1001"

static void log_body__refuses__what_lacks_its_parts(void **state)
{
    (void)state;
    check_refused("5200", OIM_ERR_PROTOCOL, "LogGenesis.server_pub is missing");
    check_refused("720408051200", OIM_ERR_PROTOCOL, "LogRoleSet.signer_device is missing");
    check_refused("72040806"
                  "1200",
                  OIM_ERR_PROTOCOL, "LogRoleSet.role has the unknown value 6");
    check_refused("5a0a0a0474"
                  "6f6e79"
                  "1001"
                  "1a00",
                  OIM_ERR_PROTOCOL, "LogUserCreate.invite_pub is missing");
    check_refused("7a120801"
                  "1a0e"
                  "1111111111111111111111111111",
                  OIM_ERR_PROTOCOL, "LogUserDisable.signer_device is missing");
    check_refused("7a14"
                  "0801"
                  "1210"
                  "11111111111111111111111111111111",
                  OIM_ERR_PROTOCOL, "LogBody does not say whom it is about");
    check_refused(ABOUT "5000", OIM_ERR_PROTOCOL, "LogBody.genesis is a number, must be bytes");
}

/* A later version's entry is kept and hashed like any other, but nothing is read from it. */
static void log_body__reads_later_kinds_as_none(void **state)
{
    struct body_bytes bytes;
    struct log_body got;
    uint8_t memory[8192];
    struct oim_arena arena;
    struct oim_error err = {0};

    (void)state;
    oim_arena_init(&arena, memory, sizeof(memory));
    CHECK_OK_ERR(log_body_decode(unhex(&bytes, ABOUT "b20600"), &arena, &got, &err), &err);
    CHECK_EQ(got.kind, LOG_BODY_NONE);
    CHECK_EQ(got.user_seq, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_body__packs_as_in_the_protocol),
        cmocka_unit_test(log_body__is_signed_with_the_organisation_in_front),
        cmocka_unit_test(log_entry__hashes_into_the_chain_of_the_protocol),
        cmocka_unit_test(log_head__is_signed_with_its_time),
        cmocka_unit_test(log_entry__comes_back_as_stored),
        cmocka_unit_test(log_body__refuses__what_lacks_its_parts),
        cmocka_unit_test(log_body__reads_later_kinds_as_none),
    };

    if (crypto_init() != OIM_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
