/* test_handshake.c - the signed bytes are those of PROTOCOL.md, and every input of them matters. */
#include "proto/handshake.h"

#include "tests/proto/vectors.h"
#include "tests/support/check.h"

#define COUNTER 42

struct ends {
    struct sign_secret server, device;
    struct frame_hello hello;
    struct frame_server_hello server_hello;
    struct oim_id device_id;
    uint8_t cb[CB_SIZE];
};

static void ends_init(struct ends *ends)
{
    uint8_t seed[32];

    memset(ends, 0, sizeof(*ends));
    memset(seed, 1, sizeof(seed));
    sign_secret_from_seed(&ends->server, seed);
    memset(seed, 3, sizeof(seed));
    sign_secret_from_seed(&ends->device, seed);
    struct sign_public device_key = sign_public_of(&ends->device);
    ends->device_id = crypto_device_id(&device_key);
    memset(ends->hello.client_nonce.bytes, 0x11, sizeof(ends->hello.client_nonce.bytes));
    ends->server_hello.version = 1;
    (void)check_unhex(VECTOR_ORG_ID, ends->server_hello.org_id.bytes, OIM_ID_SIZE);
    memset(ends->server_hello.server_nonce.bytes, 0x12, CRYPTO_HASH_SIZE);
    memset(ends->server_hello.server_epoch.bytes, 0x13, OIM_ID_SIZE);
    ends->server_hello.server_pub = sign_public_of(&ends->server);
    ends->server_hello.log_seq = 2;
    (void)check_unhex(VECTOR_HASH_2, ends->server_hello.log_head.bytes, CRYPTO_HASH_SIZE);
    memset(ends->cb, 0x14, sizeof(ends->cb));
}

static void handshake__signs_the_bytes_of_the_protocol(void **state)
{
    struct ends ends;
    struct oim_hash th;
    struct signature sig;

    (void)state;
    ends_init(&ends);
    CHECK_HEX(ends.device_id.bytes, OIM_ID_SIZE, VECTOR_DEVICE_ID);
    handshake_transcript(&ends.hello, &ends.server_hello, ends.cb, &th);
    CHECK_HEX(th.bytes, sizeof(th.bytes), VECTOR_TH_CB0);
    handshake_server_sign(&th, &ends.server, &sig);
    CHECK_HEX(sig.bytes, sizeof(sig.bytes), VECTOR_SIG_SERVER);
    handshake_device_sign(&th, &ends.device_id, COUNTER, &ends.device, &sig);
    CHECK_HEX(sig.bytes, sizeof(sig.bytes), VECTOR_SIG_DEVICE);

    ends.hello.cb_type = CB_TLS_EXPORTER;
    handshake_transcript(&ends.hello, &ends.server_hello, ends.cb, &th);
    CHECK_HEX(th.bytes, sizeof(th.bytes), VECTOR_TH_CB1);
    handshake_device_sign(&th, &ends.device_id, COUNTER, &ends.device, &sig);
    CHECK_HEX(sig.bytes, sizeof(sig.bytes), VECTOR_SIG_DEVICE_CB1);
}

/*
 * Goal:   nobody in the middle can change one of the things both ends agreed on.
 * Method: change each in turn; the transcript must differ from all others.
 */
static void handshake__depends_on_every_input(void **state)
{
    struct ends ends;
    struct oim_hash seen[11];
    uint8_t *inputs[] = {ends.server_hello.org_id.bytes,
                         (uint8_t *)&ends.server_hello.version,
                         ends.hello.client_nonce.bytes,
                         ends.server_hello.server_nonce.bytes,
                         ends.server_hello.server_pub.bytes,
                         ends.server_hello.server_epoch.bytes,
                         (uint8_t *)&ends.server_hello.log_seq,
                         ends.server_hello.log_head.bytes,
                         ends.cb};
    size_t count = 0;

    (void)state;
    ends_init(&ends);
    handshake_transcript(&ends.hello, &ends.server_hello, ends.cb, &seen[count++]);
    ends.hello.cb_type = CB_TLS_EXPORTER;
    handshake_transcript(&ends.hello, &ends.server_hello, ends.cb, &seen[count++]);
    for (size_t i = 0; i < OIM_COUNT(inputs); i++) {
        *inputs[i] ^= 1;
        handshake_transcript(&ends.hello, &ends.server_hello, ends.cb, &seen[count++]);
        *inputs[i] ^= 1;
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            CHECK(!crypto_equal(seen[i].bytes, seen[j].bytes, CRYPTO_HASH_SIZE));
        }
    }
}

static void handshake__believes__only_the_right_key_transcript_and_counter(void **state)
{
    struct ends ends;
    struct oim_hash th;
    struct signature sig;

    (void)state;
    ends_init(&ends);
    struct sign_public server_key = sign_public_of(&ends.server), device_key = sign_public_of(&ends.device);
    handshake_transcript(&ends.hello, &ends.server_hello, ends.cb, &th);
    handshake_server_sign(&th, &ends.server, &sig);
    CHECK(handshake_server_verify(&th, &server_key, &sig));
    CHECK(!handshake_server_verify(&th, &device_key, &sig));
    CHECK(!handshake_device_verify(&th, &ends.device_id, COUNTER, &server_key, &sig)); /* other label */

    handshake_device_sign(&th, &ends.device_id, COUNTER, &ends.device, &sig);
    CHECK(handshake_device_verify(&th, &ends.device_id, COUNTER, &device_key, &sig));
    CHECK(!handshake_device_verify(&th, &ends.device_id, COUNTER + 1, &device_key, &sig));
    CHECK(!handshake_device_verify(&th, &ends.server_hello.org_id, COUNTER, &device_key, &sig));
    th.bytes[31] ^= 1;
    CHECK(!handshake_device_verify(&th, &ends.device_id, COUNTER, &device_key, &sig));
}

static void admin__signs_number_and_body(void **state)
{
    uint8_t body[128];
    struct ends ends;
    struct signature sig;

    (void)state;
    ends_init(&ends);
    struct oim_slice op = oim_slice(body, check_unhex(VECTOR_ADMIN_BODY, body, sizeof(body)));
    struct sign_public key = sign_public_of(&ends.device);
    admin_sign(&ends.server_hello.org_id, 3, op, &ends.device, &sig);
    CHECK_HEX(sig.bytes, sizeof(sig.bytes), VECTOR_ADMIN_SIG);
    CHECK(admin_verify(&ends.server_hello.org_id, 3, op, &key, &sig));
    CHECK(!admin_verify(&ends.server_hello.org_id, 4, op, &key, &sig));
    CHECK(!admin_verify(&ends.device_id, 3, op, &key, &sig));
    body[0] ^= 1;
    CHECK(!admin_verify(&ends.server_hello.org_id, 3, op, &key, &sig));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshake__signs_the_bytes_of_the_protocol),
        cmocka_unit_test(handshake__depends_on_every_input),
        cmocka_unit_test(handshake__believes__only_the_right_key_transcript_and_counter),
        cmocka_unit_test(admin__signs_number_and_body),
    };

    if (crypto_init() != OIM_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
