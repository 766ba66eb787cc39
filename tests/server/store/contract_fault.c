/*
 * contract_fault.c - a commit in doubt: what is told, and that everybody finds his way out of it.
 */
#include "proto/enums.h"
#include "tests/server/store/contract.h"

static void unknown_commit__is_told_to_every_ticket_of_its_batch(struct rig *rig)
{
    rig_people(rig);
    rig_ok(rig, rig_message(rig, RIG_A1, 1, RIG_BOB, "one"));
    struct store_req reqs[4] = {
        rig_message(rig, RIG_A1, 2, RIG_BOB, "two"),
        rig_cursor(rig, RIG_B1, 1),
        rig_marker(rig, RIG_B1, 1, 5, 5),
        rig_count(RIG_BOB),
    };
    struct store_reply replies[4];
    rig_break_next_commit(rig);
    rig_ask_all(rig, reqs, 4, replies);
    for (size_t i = 0; i < 4; i++) {
        rig_check_result(replies[i].result, STORE_UNKNOWN);
    }
}

/* Goal: attach and resend is the whole cure, whether the commit had been applied or not (contract 5). */
static void unknown_commit__leaves_nothing_twice_and_nothing_out__after_resending(struct rig *rig)
{
    char text[64];
    rig_people(rig);
    rig_ok(rig, rig_message(rig, RIG_A1, 1, RIG_BOB, "one"));
    for (uint64_t round = 0; round < 8; round++) {
        uint64_t first = 2 + round * 2;
        struct store_req reqs[2] = {rig_message(rig, RIG_A1, first, RIG_BOB, "x"),
                                    rig_message(rig, RIG_A1, first + 1, RIG_BOB, "y")};
        struct store_reply replies[2];
        rig_break_next_commit(rig);
        rig_ask_all(rig, reqs, 2, replies);
        rig_check_result(replies[1].result, STORE_UNKNOWN);
        uint64_t hw = rig_attach(rig, RIG_A1).u.attach.hw;
        CHECK(hw == first - 1 || hw == first + 1);
        for (size_t i = 0; i < 2; i++) {
            reqs[i].u.append.guard.epoch = rig->epochs[RIG_A1];
        }
        rig_ask_all(rig, reqs, 2, replies);
        for (size_t i = 0; i < 2; i++) {
            rig_check_result(replies[i].result, hw == first - 1 ? STORE_OK : STORE_DUP);
            CHECK_EQ(replies[i].u.append.seqs[0], first + i);
            CHECK_EQ(replies[i].u.append.hw, hw == first - 1 ? first + i : first + 1);
        }
    }
    rig_reopen(rig);
    CHECK_TEXT(rig_mailbox_text(rig, RIG_BOB, text, sizeof(text)), "one x y x y x y x y x y x y x y x y");
}

static void unknown_commit__keeps_cursor_and_notice_together(struct rig *rig)
{
    char text[64];
    rig_people(rig);
    rig_ok(rig, rig_message(rig, RIG_A1, 1, RIG_BOB, "one"));
    struct store_target notice = rig_notice(RIG_ALICE, "delivered");
    struct store_req cursor = rig_cursor(rig, RIG_B1, 1);
    cursor.u.cursor.notices = &notice;
    cursor.u.cursor.notice_count = 1;
    rig_break_next_commit(rig);
    rig_expect(rig, cursor, STORE_UNKNOWN);
    uint64_t moved = rig_attach(rig, RIG_B1).u.attach.cursor;
    CHECK_TEXT(rig_mailbox_text(rig, RIG_ALICE, text, sizeof(text)), moved == 1 ? "delivered" : "");
    cursor.u.cursor.epoch = rig->epochs[RIG_B1];
    rig_ok(rig, cursor);
    rig_reopen(rig);
    CHECK_TEXT(rig_mailbox_text(rig, RIG_ALICE, text, sizeof(text)), "delivered");
}

static void unknown_commit__keeps_a_cas_whole(struct rig *rig)
{
    for (uint64_t round = 0; round < 4; round++) {
        struct store_change changes[2] = {
            {.kind = STORE_PUT,
             .ns = 1,
             .key = OIM_SLICE_LITERAL("k"),
             .expected = round,
             .value = {.size = 0}},
            {.kind = STORE_CHAIN_APPEND, .ns = 2, .expected = round, .value = OIM_SLICE_LITERAL("entry")},
        };
        struct store_req req = {
            .op = STORE_CAS, .u.cas = {.changes = changes, .change_count = 2, .raise_policy_version = true}};
        rig_break_next_commit(rig);
        rig_expect(rig, req, STORE_UNKNOWN);
        CHECK_EQ(rig_ok(rig, req).u.cas.policy_version, round + 1);
        struct store_req chain = {.op = STORE_CHAIN, .u.chain = {.chain = 2, .from_n = 1, .entry_max = 9}};
        CHECK_EQ(rig_ok(rig, chain).u.chain.length, round + 1);
        rig_reopen(rig);
    }
}

static void close__without_draining__loses_only_what_was_not_answered(struct rig *rig)
{
    char text[64];
    rig_people(rig);
    rig_ok(rig, rig_message(rig, RIG_A1, 1, RIG_BOB, "one"));
    struct store_req req = rig_message(rig, RIG_A1, 2, RIG_BOB, "two");
    req.ticket = 9;
    CHECK_EQ(rig->store->ops->submit(rig->store, &req, 1), 1);
    rig_reopen(rig);
    uint64_t hw = rig_attach(rig, RIG_A1).u.attach.hw;
    CHECK(hw == 1 || hw == 2);
    CHECK_TEXT(rig_mailbox_text(rig, RIG_BOB, text, sizeof(text)), hw == 1 ? "one" : "one two");
}

const struct contract_claim contract_fault[] = {
    CLAIM(unknown_commit__is_told_to_every_ticket_of_its_batch),
    CLAIM(unknown_commit__leaves_nothing_twice_and_nothing_out__after_resending),
    CLAIM(unknown_commit__keeps_cursor_and_notice_together),
    CLAIM(unknown_commit__keeps_a_cas_whole),
    CLAIM(close__without_draining__loses_only_what_was_not_answered),
    {NULL, NULL},
};
