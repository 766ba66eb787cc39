/* test_audit.c - whoever changes the audit chain is found out, and where. */
#include "proto/audit.h"

#include <stdlib.h>
#include <string.h>

#include "proto/handshake.h"
#include "tests/support/check.h"

#define ENTRY_COUNT 12

static struct oim_id org_id;
static struct sign_secret key, other_key;
static uint8_t memory[ENTRY_COUNT][AUDIT_ENTRY_SIZE_MAX];
static struct audit_link chain[ENTRY_COUNT];

static void write_entry(size_t i, const struct sign_secret *signer)
{
    uint8_t body[40];
    memset(body, (int)i, sizeof(body));
    struct audit_entry entry = {.at_ms = 1000 + i,
                                .admin_no = i + 1,
                                .login = oim_slice_text("ana"),
                                .op = oim_slice_text("policy.set"),
                                .before = oim_slice_text("Global EnableOfflineIm=True"),
                                .after = oim_slice_text("Global EnableOfflineIm=False"),
                                .body = oim_slice(body, sizeof(body))};
    struct sign_public ik = sign_public_of(&key);
    entry.device_id = crypto_device_id(&ik);
    admin_sign(&org_id, entry.admin_no, entry.body, signer, &entry.sig);
    chain[i].entry = oim_slice(memory[i], audit_encode(&entry, memory[i]));
    chain[i].ik = ik;
}

/* Hashes as whoever keeps the chain computes them: they show nothing but the order. */
static void link_all(void)
{
    struct oim_hash prev = {{0}};
    for (size_t i = 0; i < ENTRY_COUNT; i++) {
        chain[i].n = i + 1;
        audit_hash(i + 1, &prev, chain[i].entry, &chain[i].hash);
        prev = chain[i].hash;
    }
}

static int setup(void **state)
{
    (void)state;
    uint8_t seed[32] = {1};
    CHECK_OK(crypto_init());
    memset(org_id.bytes, 'o', sizeof(org_id.bytes));
    sign_secret_from_seed(&key, seed);
    seed[0] = 2;
    sign_secret_from_seed(&other_key, seed);
    for (size_t i = 0; i < ENTRY_COUNT; i++) {
        write_entry(i, &key);
    }
    link_all();
    return 0;
}

/* Follow these links; the fault, and how many entries were whole before it. */
static enum audit_fault follow(const struct audit_link *links, size_t count, uint64_t *out_whole)
{
    struct audit_chain state = {0};
    enum audit_fault fault = AUDIT_WHOLE;
    for (size_t i = 0; i < count && fault == AUDIT_WHOLE; i++) {
        fault = audit_follow(&state, &org_id, &links[i]);
    }
    *out_whole = state.n;
    return fault;
}

static void audit__is_whole__as_it_was_written(void **state)
{
    (void)state;
    uint64_t whole = 0;
    CHECK_EQ(follow(chain, ENTRY_COUNT, &whole), AUDIT_WHOLE);
    CHECK_EQ(whole, ENTRY_COUNT);
}

static void audit__finds__every_flipped_byte(void **state)
{
    (void)state;
    uint64_t whole = 0;
    for (size_t i = 0; i < ENTRY_COUNT; i++) {
        for (size_t at = 0; at < chain[i].entry.size; at++) {
            memory[i][at] ^= 0x40;
            CHECK(follow(chain, ENTRY_COUNT, &whole) != AUDIT_WHOLE);
            CHECK_EQ(whole, i);
            memory[i][at] ^= 0x40;
        }
    }
}

/* Goal: hashes alone would not help, since who changes an entry can hash it anew: the signature does. */
static void audit__finds__what_was_changed_and_hashed_anew(void **state)
{
    (void)state;
    uint64_t whole = 0;
    for (size_t i = 0; i < ENTRY_COUNT; i++) {
        memory[i][chain[i].entry.size - 1] ^= 1; /* of the signed body */
        link_all();
        CHECK_EQ(follow(chain, ENTRY_COUNT, &whole), AUDIT_SIGNATURE);
        CHECK_EQ(whole, i);
        memory[i][chain[i].entry.size - 1] ^= 1;

        write_entry(i, &other_key); /* by somebody who is not that device */
        link_all();
        CHECK_EQ(follow(chain, ENTRY_COUNT, &whole), AUDIT_SIGNATURE);
        chain[i].ik = sign_public_of(&other_key);
        CHECK_EQ(follow(chain, ENTRY_COUNT, &whole), AUDIT_KEY);
        CHECK_EQ(whole, i);
        write_entry(i, &key);
        link_all();
    }
}

static void audit__finds__each_removed_and_each_exchanged_entry(void **state)
{
    (void)state;
    struct audit_link changed[ENTRY_COUNT];
    uint64_t whole = 0;
    for (size_t i = 0; i + 1 < ENTRY_COUNT; i++) {
        memcpy(changed, chain, sizeof(chain));
        memmove(&changed[i], &changed[i + 1], (ENTRY_COUNT - i - 1) * sizeof(changed[0]));
        CHECK_EQ(follow(changed, ENTRY_COUNT - 1, &whole), AUDIT_ORDER);
        CHECK_EQ(whole, i);
        for (size_t k = i; k < ENTRY_COUNT - 1; k++) {
            changed[k].n = k + 1; /* and numbered anew */
        }
        CHECK_EQ(follow(changed, ENTRY_COUNT - 1, &whole), AUDIT_HASH);
        CHECK_EQ(whole, i);

        memcpy(changed, chain, sizeof(chain));
        changed[i] = chain[i + 1];
        changed[i + 1] = chain[i];
        CHECK_EQ(follow(changed, ENTRY_COUNT, &whole), AUDIT_ORDER);
        changed[i].n = i + 1;
        changed[i + 1].n = i + 2;
        CHECK_EQ(follow(changed, ENTRY_COUNT, &whole), AUDIT_HASH);
        CHECK_EQ(whole, i);
    }
}

static void audit_hash__depends__on_place_predecessor_and_entry(void **state)
{
    (void)state;
    const struct oim_hash prev = {{7}}, other_prev = {{8}};
    struct oim_hash hash, other;
    audit_hash(5, &prev, chain[0].entry, &hash);
    audit_hash(6, &prev, chain[0].entry, &other);
    CHECK(memcmp(hash.bytes, other.bytes, sizeof(hash.bytes)) != 0);
    audit_hash(5, &other_prev, chain[0].entry, &other);
    CHECK(memcmp(hash.bytes, other.bytes, sizeof(hash.bytes)) != 0);
    audit_hash(5, &prev, chain[1].entry, &other);
    CHECK(memcmp(hash.bytes, other.bytes, sizeof(hash.bytes)) != 0);
}

static void audit_decode__refuses__what_is_cut_or_has_more_behind_it(void **state)
{
    (void)state;
    struct audit_entry entry;
    uint8_t longer[AUDIT_ENTRY_SIZE_MAX + 1] = {0};
    size_t size = chain[0].entry.size;
    memcpy(longer, chain[0].entry.data, size);
    CHECK(audit_decode(oim_slice(longer, size), &entry));
    CHECK(!audit_decode(oim_slice(longer, size + 1), &entry));
    for (size_t cut = 0; cut < size; cut++) {
        CHECK(!audit_decode(oim_slice(longer, cut), &entry));
    }
}

/* What nobody can see in the entries that are left: the head that somebody remembers is what shows it. */
static void audit__of_which_the_end_was_cut_off__is_whole_but_ends_elsewhere(void **state)
{
    (void)state;
    struct audit_chain all = {0}, cut = {0};
    for (size_t i = 0; i < ENTRY_COUNT; i++) {
        CHECK_EQ(audit_follow(&all, &org_id, &chain[i]), AUDIT_WHOLE);
        if (i + 1 < ENTRY_COUNT) {
            CHECK_EQ(audit_follow(&cut, &org_id, &chain[i]), AUDIT_WHOLE);
        }
    }
    CHECK(memcmp(all.head.bytes, cut.head.bytes, sizeof(all.head.bytes)) != 0);
    CHECK_EQ(cut.n, ENTRY_COUNT - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(audit__is_whole__as_it_was_written),
        cmocka_unit_test(audit_hash__depends__on_place_predecessor_and_entry),
        cmocka_unit_test(audit_decode__refuses__what_is_cut_or_has_more_behind_it),
        cmocka_unit_test(audit__finds__every_flipped_byte),
        cmocka_unit_test(audit__finds__what_was_changed_and_hashed_anew),
        cmocka_unit_test(audit__finds__each_removed_and_each_exchanged_entry),
        cmocka_unit_test(audit__of_which_the_end_was_cut_off__is_whole_but_ends_elsewhere),
    };
    return cmocka_run_group_tests_name("proto/audit", tests, setup, NULL);
}
