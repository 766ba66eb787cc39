/* test_addresses.c - the list of ways is packed and signed as in PROTOCOL.md. */
#include "proto/addresses.h"

#include "tests/proto/vectors.h"
#include "tests/support/check.h"

static void address_list__packs_and_comes_back(void **state)
{
    const struct way ways[] = {{.host_port = "chat.example.org:7667", .mode = WAY_DIRECT}};
    const struct address_list sent = {.version = 5, .ways = ways, .way_count = 1};
    struct oim_buf out = {0};
    uint8_t memory[4096];
    struct oim_arena arena;
    struct address_list got;
    struct oim_error err = {0};

    (void)state;
    oim_buf_init(&out, 4096);
    CHECK_OK(address_list_encode(&sent, &out));
    CHECK_HEX(out.data, out.size, VECTOR_ADDR_BODY);
    oim_arena_init(&arena, memory, sizeof(memory));
    CHECK_OK_ERR(address_list_decode(oim_buf_slice(&out), &arena, &got, &err), &err);
    CHECK_EQ(got.version, 5);
    CHECK_EQ(got.way_count, 1);
    CHECK_TEXT(got.ways[0].host_port, "chat.example.org:7667");
    CHECK_EQ(got.ways[0].mode, WAY_DIRECT);
    CHECK_EQ(got.ways[0].spki.size, 0);
    oim_buf_finish(&out);
}

static void addresses__are_signed_by_the_server(void **state)
{
    uint8_t seed[32], bytes[64];
    struct sign_secret key;
    struct signature sig;
    struct oim_id org, other = {{1}};
    struct oim_slice body = oim_slice(bytes, check_unhex(VECTOR_ADDR_BODY, bytes, sizeof(bytes)));

    (void)state;
    memset(seed, 1, sizeof(seed));
    sign_secret_from_seed(&key, seed);
    struct sign_public pub = sign_public_of(&key);
    (void)check_unhex(VECTOR_ORG_ID, org.bytes, sizeof(org.bytes));
    addresses_sign(&org, body, &key, &sig);
    CHECK_HEX(sig.bytes, sizeof(sig.bytes), VECTOR_ADDR_SIG);
    CHECK(addresses_verify(&org, body, &pub, &sig));
    CHECK(!addresses_verify(&other, body, &pub, &sig));
    bytes[1] ^= 1;
    CHECK(!addresses_verify(&org, body, &pub, &sig));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address_list__packs_and_comes_back),
        cmocka_unit_test(addresses__are_signed_by_the_server),
    };

    if (crypto_init() != OIM_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
