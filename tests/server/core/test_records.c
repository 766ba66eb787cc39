/* test_records.c - records and envelopes come back as they were written, and damaged ones do not come back. */
#include <stdio.h>

#include "server/core/core_internal.h"
#include "server/core/records.h"
#include "tests/support/check.h"

static void records_person__comes_back__as_written(void **state)
{
    (void)state;
    uint8_t bytes[2048];
    struct records_out out = {.data = bytes, .size_max = sizeof(bytes)};
    struct account person = {.uid = 7,
                             .user_id = {{1, 2, 3}},
                             .login = "tony",
                             .display = "Tony Smith",
                             .team = "Sales",
                             .say = "ask Ann",
                             .grant = "Tag:OfflineIM",
                             .role = ROLE_ADMIN,
                             .joined = true,
                             .closed = true,
                             .generation = 2,
                             .invited_ms = 11,
                             .closed_ms = 12,
                             .user_seq = 13,
                             .user_prev = {{9}}};
    struct account read;
    records_person_encode(&person, &out);
    memset(&read, 0, sizeof(read));
    CHECK(records_person_decode(oim_slice(bytes, out.size), &read));
    CHECK_BYTES(&read, &person, sizeof(read));
}

/*
 * Goal:   a damaged record is noticed, not half believed.
 * Method: every shorter and one longer form of each kind of record, and another version.
 */
static void records__are_refused__when_cut_or_of_another_version(void **state)
{
    (void)state;
    uint8_t bytes[2048];
    struct records_out out = {.data = bytes, .size_max = sizeof(bytes)};
    struct account person = {.uid = 1, .login = "a"};
    struct device device = {.dev = 1, .uid = 1, .label = "x"};
    struct invite invite = {.kind = INVITE_PERSON};
    struct waiter waiter = {.uid = 1, .count = 2};
    for (int kind = 0; kind < 4; kind++) {
        switch (kind) {
        case 0:
            records_person_encode(&person, &out);
            break;
        case 1:
            records_device_encode(&device, &out);
            break;
        case 2:
            records_invite_encode(&invite, &out);
            break;
        default:
            records_waiter_encode(&waiter, &out);
            break;
        }
        for (size_t size = 0; size <= out.size + 1; size++) {
            struct oim_slice cut = oim_slice(bytes, size);
            bool whole = size == out.size;
            CHECK_EQ(kind != 0 || records_person_decode(cut, &person), kind != 0 || whole);
            CHECK_EQ(kind != 1 || records_device_decode(cut, &device), kind != 1 || whole);
            CHECK_EQ(kind != 2 || records_invite_decode(cut, &invite), kind != 2 || whole);
            CHECK_EQ(kind != 3 || records_waiter_decode(cut, &waiter), kind != 3 || whole);
        }
    }
    struct days days = {.since_ms = 1, .today = {.number = 5, .counts = {[DAY_LOST] = 9}}};
    records_days_encode(&days, &out);
    for (size_t size = 0; size <= out.size + 1; size++) {
        CHECK_EQ(records_days_decode(oim_slice(bytes, size), &days), size == out.size);
    }
    CHECK_EQ(days.today.counts[DAY_LOST], 9);
    /* A person of before anything could be erased. */
    person.erased_seq = 7;
    records_person_encode(&person, &out);
    CHECK(records_person_decode(oim_slice(bytes, out.size), &person));
    CHECK_EQ(person.erased_seq, 7);
    bytes[0] = 1;
    CHECK(records_person_decode(oim_slice(bytes, out.size - 8), &person));
    CHECK_EQ(person.erased_seq, 0);
    CHECK(!records_person_decode(oim_slice(bytes, out.size), &person));
    records_waiter_encode(&waiter, &out);
    bytes[0] = 99;
    CHECK(!records_waiter_decode(oim_slice(bytes, out.size), &waiter));
}

static void envelope__comes_back__with_every_slot(void **state)
{
    (void)state;
    static struct envelope envelope = {.suite = 0, .to_uid = 5, .payload = {.ct = OIM_SLICE_LITERAL("words")}};
    static struct envelope read;
    uint8_t bytes[1024];
    envelope.slot_count = 3;
    for (uint32_t i = 0; i < 3; i++) {
        envelope.slot_devs[i] = 100 + i;
    }
    size_t size = envelope_size(&envelope);
    envelope_encode(&envelope, bytes);
    CHECK(envelope_decode(oim_slice(bytes, size), &read));
    CHECK_EQ(read.to_uid, 5);
    CHECK_EQ(read.slot_count, 3);
    CHECK_EQ(read.slot_devs[2], 102);
    CHECK(oim_slice_equal(read.payload.ct, envelope.payload.ct));
    for (size_t cut = 0; cut < size; cut++) {
        CHECK(!envelope_decode(oim_slice(bytes, cut), &read));
    }
}

static void envelope__keeps_sealed_slots__for_the_suites_to_come(void **state)
{
    (void)state;
    static struct envelope envelope = {.suite = 1, .slot_count = 1};
    static struct envelope read;
    uint8_t bytes[1024];
    envelope.payload = (struct payload){
        .nonce = OIM_SLICE_LITERAL("nonce"), .key_commit = OIM_SLICE_LITERAL("commit"), .ct = OIM_SLICE_LITERAL("ct")};
    envelope.slots[0] = (struct key_slot){.session_hint = OIM_SLICE_LITERAL("hinthint"),
                                          .has_init = true,
                                          .init_ik = OIM_SLICE_LITERAL("ik"),
                                          .ratchet_pub = OIM_SLICE_LITERAL("ratchet"),
                                          .init_spk_id = 3,
                                          .pn = 4,
                                          .n = 5,
                                          .ct = OIM_SLICE_LITERAL("slot")};
    envelope_encode(&envelope, bytes);
    CHECK(envelope_decode(oim_slice(bytes, envelope_size(&envelope)), &read));
    CHECK(read.slots[0].has_init);
    CHECK_EQ(read.slots[0].n, 5);
    CHECK_EQ(read.slots[0].init_spk_id, 3);
    CHECK(oim_slice_equal(read.slots[0].ct, envelope.slots[0].ct));
    CHECK(oim_slice_equal(read.slots[0].ratchet_pub, envelope.slots[0].ratchet_pub));
    CHECK(oim_slice_equal(read.payload.key_commit, envelope.payload.key_commit));
}

static void notice__comes_back__with_its_ids(void **state)
{
    (void)state;
    uint8_t ids[3 * OIM_ID_SIZE] = {1};
    uint8_t bytes[256];
    const struct notice notice = {.what = NOTICE_DELIVERED,
                                  .peer_uid = 4,
                                  .k = 1,
                                  .n = 2,
                                  .at_ms = 99,
                                  .msg_ids = ids,
                                  .msg_id_count = 3};
    struct notice read;
    notice_encode(&notice, bytes);
    CHECK(notice_decode(oim_slice(bytes, notice_size(3)), &read));
    CHECK_EQ(read.what, NOTICE_DELIVERED);
    CHECK_EQ(read.n, 2);
    CHECK_EQ(read.at_ms, 99);
    CHECK_EQ(read.msg_id_count, 3);
    CHECK_BYTES(read.msg_ids, ids, sizeof(ids));
    CHECK(!notice_decode(oim_slice(bytes, notice_size(3) - 1), &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_person__comes_back__as_written),
        cmocka_unit_test(records__are_refused__when_cut_or_of_another_version),
        cmocka_unit_test(envelope__comes_back__with_every_slot),
        cmocka_unit_test(envelope__keeps_sealed_slots__for_the_suites_to_come),
        cmocka_unit_test(notice__comes_back__with_its_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
