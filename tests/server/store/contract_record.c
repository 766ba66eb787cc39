/*
 * contract_record.c - keyed records, chains and devices: all of a CAS or nothing of it.
 */
#include "tests/server/store/contract.h"

#define NS 5u
#define CHAIN 2u

static struct store_change put(const char *key, uint64_t expected, const char *value)
{
    return (struct store_change){.kind = STORE_PUT,
                                 .ns = NS,
                                 .key = oim_slice_text(key),
                                 .expected = expected,
                                 .value = oim_slice_text(value)};
}

static struct store_change link_entry(uint64_t length, const char *entry)
{
    struct store_change change = {
        .kind = STORE_CHAIN_APPEND, .ns = CHAIN, .expected = length, .value = oim_slice_text(entry)};
    change.hash.bytes[0] = (uint8_t)(length + 1);
    return change;
}

static struct store_req cas(const struct store_change *changes, size_t count)
{
    return (struct store_req){.op = STORE_CAS, .u.cas = {.changes = changes, .change_count = count}};
}

static const struct store_req scan_all = {.op = STORE_SCAN, .u.scan = {.ns = NS, .row_max = 100}};
static const struct store_req chain_all = {.op = STORE_CHAIN,
                                           .u.chain = {.chain = CHAIN, .from_n = 1, .entry_max = 100}};

static void check_record(const struct store_record *record, const char *key, uint64_t version,
                         const char *value)
{
    CHECK(oim_slice_equal(record->key, oim_slice_text(key)));
    CHECK_EQ(record->version, version);
    CHECK(oim_slice_equal(record->value, oim_slice_text(value)));
}

static void put__raises_the_version__and_scan_gives_key_order(struct rig *rig)
{
    struct store_change changes[3] = {put("b", 0, "1"), put("a", 0, "2"), put("b", 1, "3")};
    rig_ok(rig, cas(changes, 3));
    rig_reopen(rig);
    struct store_reply reply = rig_ok(rig, scan_all);
    CHECK_EQ(reply.u.scan.record_count, 2);
    check_record(&reply.u.scan.records[0], "a", 1, "2");
    check_record(&reply.u.scan.records[1], "b", 2, "3");
    CHECK(!reply.u.scan.more);
}

static void scan__goes_on_after_a_key__within_its_namespace(struct rig *rig)
{
    struct store_change changes[4] = {put("a", 0, "1"), put("ab", 0, "2"), put("b", 0, "3"),
                                      put("x", 0, "4")};
    changes[3].ns = NS + 1;
    rig_ok(rig, cas(changes, 4));
    struct store_req scan = scan_all;
    scan.u.scan.row_max = 1;
    struct store_reply reply = rig_ok(rig, scan);
    CHECK_EQ(reply.u.scan.record_count, 1);
    CHECK(reply.u.scan.more);
    scan.u.scan.after = OIM_SLICE_LITERAL("a");
    scan.u.scan.row_max = 100;
    reply = rig_ok(rig, scan);
    CHECK_EQ(reply.u.scan.record_count, 2);
    check_record(&reply.u.scan.records[0], "ab", 1, "2");
}

static void cas__changes_nothing__when_one_expectation_fails(struct rig *rig)
{
    rig_people(rig);
    struct store_change first = put("a", 0, "1");
    rig_ok(rig, cas(&first, 1));
    struct store_change changes[5] = {put("a", 1, "2"),
                                      link_entry(0, "entry"),
                                      put("c", 0, "new"),
                                      put("b", 7, "x"),
                                      {.kind = STORE_DEV_ADD, .dev = 41, .uid = 4}};
    struct store_req req = cas(changes, 5);
    req.u.cas.raise_policy_version = true;
    struct store_reply reply = rig_expect(rig, req, STORE_CONFLICT);
    CHECK_EQ(reply.u.cas.failed_index, 3);
    CHECK_EQ(reply.u.cas.policy_version, 0);
    reply = rig_ok(rig, scan_all);
    CHECK_EQ(reply.u.scan.record_count, 1);
    check_record(&reply.u.scan.records[0], "a", 1, "1");
    CHECK_EQ(rig_ok(rig, chain_all).u.chain.length, 0);
    rig_expect(rig, rig_count(4), STORE_NOT_FOUND);
}

static void cas__answers_a_repeat_like_the_first__byte_for_byte(struct rig *rig)
{
    struct store_change changes[3] = {
        put("a", 0, "1"), link_entry(0, "entry"), {.kind = STORE_DEV_ADD, .dev = 41, .uid = 4}};
    struct store_req req = cas(changes, 3);
    req.u.cas.raise_policy_version = true;
    CHECK_EQ(rig_ok(rig, req).u.cas.policy_version, 1);
    rig_reopen(rig);
    CHECK_EQ(rig_ok(rig, req).u.cas.policy_version, 1);
    CHECK_EQ(rig_ok(rig, chain_all).u.chain.length, 1);
    changes[0].value = OIM_SLICE_LITERAL("2");
    CHECK_EQ(rig_expect(rig, req, STORE_CONFLICT).u.cas.failed_index, 0);
}

static void delete__needs_the_version__and_makes_room_for_a_first_one(struct rig *rig)
{
    struct store_change change = put("a", 0, "1");
    rig_ok(rig, cas(&change, 1));
    struct store_change wrong = {
        .kind = STORE_DELETE, .ns = NS, .key = OIM_SLICE_LITERAL("a"), .expected = 2};
    rig_expect(rig, cas(&wrong, 1), STORE_CONFLICT);
    wrong.expected = 1;
    rig_ok(rig, cas(&wrong, 1));
    rig_ok(rig, cas(&wrong, 1)); /* again: already gone */
    CHECK_EQ(rig_ok(rig, scan_all).u.scan.record_count, 0);
    struct store_change both[2] = {put("a", 0, "2"), wrong};
    rig_ok(rig, cas(both, 2));
    CHECK_EQ(rig_ok(rig, scan_all).u.scan.record_count, 0);
}

static void chain__grows_by_several_in_one_group__and_is_read_from_any_number(struct rig *rig)
{
    struct store_change changes[3] = {link_entry(0, "genesis"), link_entry(1, "user"),
                                      link_entry(2, "device")};
    rig_ok(rig, cas(changes, 3));
    struct store_change late = link_entry(2, "other");
    CHECK_EQ(rig_expect(rig, cas(&late, 1), STORE_CONFLICT).u.cas.failed_index, 0);
    rig_reopen(rig);
    struct store_req req = chain_all;
    req.u.chain.from_n = 2;
    req.u.chain.entry_max = 1;
    struct store_reply reply = rig_ok(rig, req);
    CHECK_EQ(reply.u.chain.length, 3);
    CHECK_EQ(reply.u.chain.head.bytes[0], 3);
    CHECK_EQ(reply.u.chain.entry_count, 1);
    CHECK_EQ(reply.u.chain.entries[0].n, 2);
    CHECK_EQ(reply.u.chain.entries[0].hash.bytes[0], 2);
    CHECK(oim_slice_equal(reply.u.chain.entries[0].entry, OIM_SLICE_LITERAL("user")));
}

static void device__is_added_once__and_dropped_if_known(struct rig *rig)
{
    rig_people(rig);
    struct store_change again = {.kind = STORE_DEV_ADD, .dev = RIG_A1, .uid = RIG_BOB};
    rig_expect(rig, cas(&again, 1), STORE_CONFLICT);
    struct store_change unknown = {.kind = STORE_DEV_DROP, .dev = 99, .uid = RIG_BOB};
    rig_expect(rig, cas(&unknown, 1), STORE_CONFLICT);
    rig_drop_device(rig, RIG_B1);
    rig_reopen(rig);
    struct store_req attach = {.op = STORE_ATTACH, .u.attach = {.dev = RIG_B1, .epoch = 9}};
    rig_expect(rig, attach, STORE_NOT_FOUND);
}

const struct contract_claim contract_record[] = {
    CLAIM(put__raises_the_version__and_scan_gives_key_order),
    CLAIM(scan__goes_on_after_a_key__within_its_namespace),
    CLAIM(cas__changes_nothing__when_one_expectation_fails),
    CLAIM(cas__answers_a_repeat_like_the_first__byte_for_byte),
    CLAIM(delete__needs_the_version__and_makes_room_for_a_first_one),
    CLAIM(chain__grows_by_several_in_one_group__and_is_read_from_any_number),
    CLAIM(device__is_added_once__and_dropped_if_known),
    {NULL, NULL},
};
