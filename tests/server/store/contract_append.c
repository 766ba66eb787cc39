/*
 * contract_append.c - what the store decides when it appends: seq, repeats, quota and share, epoch, policy
 * version.
 */
#include <stdio.h>

#include "proto/enums.h"
#include "tests/server/store/contract.h"

static void append__gives_dense_seqs__in_submission_order(struct rig *rig)
{
    rig_people(rig);
    struct store_req reqs[5];
    struct store_reply replies[5];
    for (size_t i = 0; i < 5; i++) {
        reqs[i] = rig_message(rig, RIG_A1, i + 1, RIG_BOB, "text");
    }
    rig_ask_all(rig, reqs, 5, replies);
    for (size_t i = 0; i < 5; i++) {
        rig_check_result(replies[i].result, STORE_OK);
        CHECK_EQ(replies[i].u.append.seqs[0], i + 1);
        CHECK_EQ(replies[i].u.append.hw, i + 1);
        CHECK_EQ(replies[i].u.append.uids_head[0], i + 1);
    }
}

static void append__keeps_the_envelope_as_given__in_a_page(struct rig *rig)
{
    rig_people(rig);
    struct store_req req = rig_message(rig, RIG_A1, 1, RIG_BOB, "b\xff\x01tes");
    req.u.append.targets[0].flags = STORE_ROW_QUIET;
    rig_ok(rig, req);
    struct store_reply page = rig_ok(rig, rig_page(RIG_BOB, 0));
    CHECK_EQ(page.u.page.row_count, 1);
    const struct store_row *row = &page.u.page.rows[0];
    struct oim_id id = rig_msg_id(RIG_A1, 1);
    CHECK_EQ(row->seq, 1);
    CHECK_EQ(row->kind, STORE_ROW_MESSAGE);
    CHECK_EQ(row->src_dev, RIG_A1);
    CHECK_EQ(row->send_no, 1);
    CHECK_EQ(row->cls, CLS_CHAT);
    CHECK_EQ(row->flags, STORE_ROW_QUIET);
    CHECK_EQ(row->code, 101);
    CHECK_EQ(row->server_ms, RIG_NOW_MS + 1);
    CHECK_EQ(row->expires_ms, RIG_NOW_MS + 3600000);
    CHECK(oim_id_equal(&row->msg_id, &id));
    CHECK(oim_slice_equal(row->env, oim_slice_text("b\xff\x01tes")));
}

static void check_repeat(struct rig *rig, uint64_t send_no, uint64_t seq, uint64_t own_seq)
{
    struct store_req req = rig_message(rig, RIG_A1, send_no, RIG_BOB, "text");
    rig_with_own_copy(&req);
    struct store_reply reply = rig_expect(rig, req, STORE_DUP);
    CHECK_EQ(reply.u.append.seqs[0], seq);
    CHECK_EQ(reply.u.append.seqs[1], own_seq);
    CHECK_EQ(reply.u.append.code, 100 + send_no);
    CHECK_EQ(reply.u.append.detail, 0);
    CHECK_EQ(reply.u.append.until_ms, RIG_NOW_MS + 3600000);
}

static void append__answers_a_repeat_like_the_first__after_a_restart_too(struct rig *rig)
{
    rig_people(rig);
    for (uint64_t no = 1; no <= 3; no++) {
        struct store_req req = rig_message(rig, RIG_A1, no, RIG_BOB, "text");
        rig_with_own_copy(&req);
        rig_ok(rig, req);
    }
    check_repeat(rig, 2, 2, 2);
    check_repeat(rig, 3, 3, 3);
    rig_reopen(rig);
    check_repeat(rig, 1, 1, 1);
    check_repeat(rig, 3, 3, 3);
}

/*
 * Goal:   a message that was not kept is answered as such for as long as its number may be asked about.
 * Method: only the own copy is stored; the other device takes it, it is trimmed, and the number comes again.
 */
static void append__answers_from_the_marker__when_the_own_copy_has_gone(struct rig *rig)
{
    rig_people(rig);
    rig_add_device(rig, RIG_A2);
    rig_attach(rig, RIG_A2);
    struct store_req req = rig_message(rig, RIG_A1, 1, RIG_ALICE, "live");
    req.u.append.targets[0].flags = STORE_ROW_OWN_COPY;
    req.u.append.is_marked = true;
    req.u.append.code = 4;
    req.u.append.detail = 7;
    struct store_reply reply = rig_ok(rig, req);
    CHECK_EQ(reply.u.append.seqs[0], 1);
    for (int i = 0; i < 2; i++) {
        reply = rig_expect(rig, req, STORE_DUP);
        CHECK_EQ(reply.u.append.code, 4);
        CHECK_EQ(reply.u.append.detail, 7);
        CHECK_EQ(reply.u.append.seqs[0], i == 0 ? 1 : 0);
        rig_ok(rig, rig_cursor(rig, RIG_A1, 1));
        rig_ok(rig, rig_cursor(rig, RIG_A2, 1));
        rig_ok(rig, (struct store_req){.op = STORE_TRIM});
    }
    rig_reopen(rig);
    reply = rig_expect(rig, req, STORE_DUP);
    CHECK_EQ(reply.u.append.code, 4);
    CHECK_EQ(reply.u.append.detail, 7);
    rig_ok(rig, rig_message(rig, RIG_A1, 2, RIG_BOB, "next"));
}

/* Goal: the case that broke an early version: numbering before dropping the repeats (STORE.md 1.5). */
static void append__knows_a_repeat__in_the_middle_of_a_batch(struct rig *rig)
{
    rig_people(rig);
    static const uint64_t numbers[] = {1, 2, 2, 1, 3, 3, 4};
    static const uint64_t seqs[] = {1, 2, 2, 1, 3, 3, 4};
    static const bool is_repeat[] = {false, false, true, true, false, true, false};
    struct store_req reqs[7];
    struct store_reply replies[7];
    for (size_t i = 0; i < 7; i++) {
        reqs[i] = rig_message(rig, RIG_A1, numbers[i], RIG_BOB, "text");
    }
    rig_ask_all(rig, reqs, 7, replies);
    for (size_t i = 0; i < 7; i++) {
        rig_check_result(replies[i].result, is_repeat[i] ? STORE_DUP : STORE_OK);
        CHECK_EQ(replies[i].u.append.seqs[0], seqs[i]);
    }
    CHECK_EQ(rig_ok(rig, rig_count(RIG_BOB)).u.count.row_count, 4);
}

static void append__is_conflict__for_a_used_number_with_another_msg_id(struct rig *rig)
{
    rig_people(rig);
    rig_ok(rig, rig_message(rig, RIG_A1, 1, RIG_BOB, "text"));
    struct store_req req = rig_message(rig, RIG_A1, 1, RIG_BOB, "text");
    req.u.append.guard.msg_id = rig_msg_id(RIG_A1, 99);
    rig_expect(rig, req, STORE_CONFLICT);
    rig_reopen(rig);
    rig_expect(rig, req, STORE_CONFLICT);
    CHECK_EQ(rig_ok(rig, rig_count(RIG_BOB)).u.count.row_count, 1);
}

static void append__is_gap__when_a_number_is_missing(struct rig *rig)
{
    rig_people(rig);
    rig_ok(rig, rig_message(rig, RIG_A1, 1, RIG_BOB, "one"));
    CHECK_EQ(rig_expect(rig, rig_message(rig, RIG_A1, 3, RIG_BOB, "three"), STORE_GAP).u.append.hw, 1);
    rig_ok(rig, rig_message(rig, RIG_A1, 2, RIG_BOB, "two"));
    rig_ok(rig, rig_message(rig, RIG_A1, 3, RIG_BOB, "three"));
}

static void append__remembers_answers__of_the_last_64_numbers(struct rig *rig)
{
    rig_people(rig);
    struct store_req reqs[80];
    struct store_reply replies[80];
    for (size_t i = 0; i < 80; i++) {
        reqs[i] = i % 2 == 0 ? rig_message(rig, RIG_A1, i + 1, RIG_BOB, "text")
                             : rig_marker(rig, RIG_A1, i + 1, (uint32_t)i, 3);
    }
    rig_ask_all(rig, reqs, 80, replies);
    rig_reopen(rig);
    struct store_reply reply = rig_expect(rig, rig_message(rig, RIG_A1, 17, RIG_BOB, "text"), STORE_DUP);
    CHECK_EQ(reply.u.append.code, 117);
    reply = rig_expect(rig, rig_marker(rig, RIG_A1, 18, 0, 0), STORE_DUP);
    CHECK_EQ(reply.u.append.code, 17);
    CHECK_EQ(reply.u.append.detail, 3);
}

static struct store_req limited(const struct rig *rig, uint64_t dev, uint64_t send_no,
                                struct store_quota quota)
{
    struct store_req req = rig_message(rig, dev, send_no, RIG_BOB, "0123456789");
    req.u.append.targets[0].quota = quota;
    return req;
}

static void append__stops_the_lane__at_a_full_mailbox(struct rig *rig)
{
    rig_people(rig);
    const struct store_quota quota = {.count_max = 2};
    struct store_req reqs[5];
    struct store_reply replies[5];
    for (size_t i = 0; i < 5; i++) {
        reqs[i] = limited(rig, RIG_A1, i + 1, quota);
    }
    rig_ask_all(rig, reqs, 5, replies);
    rig_check_result(replies[1].result, STORE_OK);
    rig_check_result(replies[2].result, STORE_QUOTA);
    CHECK_EQ(replies[2].u.append.limit, 2);
    CHECK_EQ(replies[2].u.append.hw, 2);
    rig_check_result(replies[3].result, STORE_GAP);
    rig_check_result(replies[4].result, STORE_GAP);
    rig_ok(rig, rig_cursor(rig, RIG_B1, 1));
    rig_ok(rig, limited(rig, RIG_A1, 3, quota));
    rig_expect(rig, limited(rig, RIG_A1, 4, quota), STORE_QUOTA);
}

static void append__is_quota__when_bytes_are_used_up(struct rig *rig)
{
    rig_people(rig);
    const struct store_quota quota = {.size_max = 25};
    rig_ok(rig, limited(rig, RIG_A1, 1, quota));
    rig_ok(rig, limited(rig, RIG_A1, 2, quota));
    CHECK_EQ(rig_expect(rig, limited(rig, RIG_A1, 3, quota), STORE_QUOTA).u.append.limit, 25);
}

static void append__is_share__for_one_person_on_all_devices(struct rig *rig)
{
    rig_people(rig);
    rig_add_device(rig, RIG_A2);
    rig_add_device(rig, 31);
    const struct store_quota by_count = {.count_max = 100, .share_count_max = 2};
    const struct store_quota by_size = {.size_max = 1000, .share_size_max = 25};
    rig_ok(rig, limited(rig, RIG_A1, 1, by_count));
    rig_ok(rig, limited(rig, RIG_A2, 1, by_count));
    CHECK_EQ(rig_expect(rig, limited(rig, RIG_A1, 2, by_count), STORE_SHARE).u.append.limit, 2);
    CHECK_EQ(rig_expect(rig, limited(rig, RIG_A2, 2, by_size), STORE_SHARE).u.append.limit, 25);
    rig_ok(rig, limited(rig, 31, 1, by_count));
    struct store_req count = rig_count(RIG_BOB);
    count.u.count.src_uid = RIG_ALICE;
    CHECK_EQ(rig_ok(rig, count).u.count.share_count, 2);
    CHECK_EQ(rig_ok(rig, count).u.count.share_size, 20);
    CHECK_EQ(rig_ok(rig, count).u.count.count, 3);
    CHECK_EQ(rig_ok(rig, rig_count(RIG_BOB)).u.count.share_count, 0);
    rig_reopen(rig);
    rig_expect(rig, limited(rig, RIG_A1, 2, by_count), STORE_SHARE);
}

static void quota__counts_only_chat_from_others__that_nobody_took(struct rig *rig)
{
    rig_people(rig);
    rig_add_device(rig, RIG_B2);
    const struct store_quota quota = {.count_max = 1};
    struct store_target notice = rig_notice(RIG_BOB, "notice");
    rig_ok(rig, (struct store_req){.op = STORE_NOTE, .u.note = {.targets = &notice, .target_count = 1}});
    struct store_req receipt = limited(rig, RIG_A1, 1, quota);
    receipt.u.append.targets[0].cls = CLS_RECEIPT;
    rig_ok(rig, receipt);
    struct store_req own = rig_message(rig, RIG_B1, 1, RIG_ALICE, "out");
    rig_with_own_copy(&own);
    rig_ok(rig, own);
    rig_ok(rig, limited(rig, RIG_A1, 2, quota));
    rig_expect(rig, limited(rig, RIG_A1, 3, quota), STORE_QUOTA);
    rig_ok(rig, rig_cursor(rig, RIG_B1, 4)); /* one of two devices: taken, although the row still waits */
    rig_ok(rig, limited(rig, RIG_A1, 3, quota));
    CHECK_EQ(rig_ok(rig, rig_count(RIG_BOB)).u.count.row_count, 5);
}

static void append__is_stale__when_judged_under_an_older_policy(struct rig *rig)
{
    rig_people(rig);
    rig_ok(rig, rig_message(rig, RIG_A1, 1, RIG_BOB, "text"));
    struct store_change change = {
        .kind = STORE_PUT, .ns = 1, .key = OIM_SLICE_LITERAL("policy"), .value = OIM_SLICE_LITERAL("v")};
    struct store_req reqs[4] = {
        rig_message(rig, RIG_A1, 2, RIG_BOB, "before"),
        {.op = STORE_CAS, .u.cas = {.changes = &change, .change_count = 1, .raise_policy_version = true}},
        rig_message(rig, RIG_A1, 3, RIG_BOB, "after"),
        rig_message(rig, RIG_A1, 4, RIG_BOB, "behind"),
    };
    struct store_reply replies[4];
    rig_ask_all(rig, reqs, 4, replies);
    rig_check_result(replies[0].result, STORE_OK);
    CHECK_EQ(replies[1].u.cas.policy_version, 1);
    rig_check_result(replies[2].result, STORE_STALE);
    CHECK_EQ(replies[2].u.append.hw, 2);
    rig_check_result(replies[3].result, STORE_GAP);
    rig_expect(rig, rig_message(rig, RIG_A1, 1, RIG_BOB, "text"), STORE_DUP);
    rig->policy_version = 1;
    rig_ok(rig, rig_message(rig, RIG_A1, 3, RIG_BOB, "after"));
    rig_reopen(rig);
    CHECK_EQ(rig_attach(rig, RIG_A1).u.attach.policy_version, 1);
}

static void append__is_fenced__from_an_older_session(struct rig *rig)
{
    rig_people(rig);
    struct store_req old = rig_message(rig, RIG_A1, 1, RIG_BOB, "old");
    struct store_req attach = {.op = STORE_ATTACH, .lane = RIG_A1, .u.attach = {.dev = RIG_A1, .epoch = 2}};
    struct store_req reqs[3] = {attach, old, rig_cursor(rig, RIG_A1, 0)};
    struct store_reply replies[3];
    rig_ask_all(rig, reqs, 3, replies);
    rig_check_result(replies[0].result, STORE_OK);
    rig_check_result(replies[1].result, STORE_FENCED);
    rig_check_result(replies[2].result, STORE_FENCED);
    rig_reopen(rig);
    rig_expect(rig, old, STORE_FENCED);
    rig->epochs[RIG_A1] = 2;
    rig_ok(rig, rig_message(rig, RIG_A1, 1, RIG_BOB, "new"));
}

static void attach__is_fenced_with_the_last_epoch__when_not_above_it(struct rig *rig)
{
    rig_people(rig);
    struct store_req attach = {.op = STORE_ATTACH, .u.attach = {.dev = RIG_A1, .epoch = 41}};
    CHECK_EQ(rig_ok(rig, attach).u.attach.last_epoch, 41);
    CHECK_EQ(rig_expect(rig, attach, STORE_FENCED).u.attach.last_epoch, 41);
    rig_reopen(rig);
    attach.u.attach.epoch = 40;
    CHECK_EQ(rig_expect(rig, attach, STORE_FENCED).u.attach.last_epoch, 41);
    attach.u.attach.dev = 99;
    rig_expect(rig, attach, STORE_NOT_FOUND);
}

static void attach__says_where_the_device_stands(struct rig *rig)
{
    rig_people(rig);
    for (uint64_t no = 1; no <= 3; no++) {
        rig_ok(rig, rig_message(rig, RIG_A1, no, RIG_BOB, "text"));
    }
    rig_ok(rig, rig_cursor(rig, RIG_B1, 2));
    rig_ok(rig, (struct store_req){.op = STORE_TRIM});
    CHECK_EQ(rig_attach(rig, RIG_A1).u.attach.hw, 3);
    for (size_t i = 0; i < 2; i++) {
        struct store_reply reply = rig_attach(rig, RIG_B1);
        CHECK_EQ(reply.u.attach.cursor, 2);
        CHECK_EQ(reply.u.attach.head, 3);
        CHECK_EQ(reply.u.attach.base, 2);
        CHECK_EQ(reply.u.attach.announced, 2);
        rig_reopen(rig);
    }
}

static void marker__uses_its_number_up__and_gives_its_answer_again(struct rig *rig)
{
    rig_people(rig);
    struct store_reply reply = rig_ok(rig, rig_marker(rig, RIG_A1, 1, 55, 0x80000007u));
    CHECK_EQ(reply.u.append.hw, 1);
    rig_ok(rig, rig_message(rig, RIG_A1, 2, RIG_BOB, "text"));
    for (size_t i = 0; i < 2; i++) {
        /* The second time it may have become a message: what was final stays so. */
        struct store_req req =
            i == 0 ? rig_marker(rig, RIG_A1, 1, 1, 1) : rig_message(rig, RIG_A1, 1, RIG_BOB, "t");
        reply = rig_expect(rig, req, STORE_DUP);
        CHECK_EQ(reply.u.append.code, 55);
        CHECK_EQ(reply.u.append.detail, 0x80000007u);
        CHECK_EQ(reply.u.append.until_ms, 0);
        CHECK_EQ(reply.u.append.seqs[0], 0);
        rig_reopen(rig);
    }
    CHECK_EQ(rig_ok(rig, rig_count(0)).u.count.row_count, 1);
}

static void marker__is_forgotten__once_settled_and_trimmed(struct rig *rig)
{
    rig_people(rig);
    rig_ok(rig, rig_marker(rig, RIG_A1, 1, 55, 7));
    rig_ok(rig, rig_marker(rig, RIG_A1, 2, 56, 8));
    struct store_req cursor = rig_cursor(rig, RIG_A1, 0);
    cursor.u.cursor.settled_no = 1;
    rig_ok(rig, cursor);
    rig_ok(rig, (struct store_req){.op = STORE_TRIM});
    for (size_t i = 0; i < 2; i++) {
        CHECK_EQ(rig_expect(rig, rig_marker(rig, RIG_A1, 1, 1, 1), STORE_DUP).u.append.code, 0);
        CHECK_EQ(rig_expect(rig, rig_marker(rig, RIG_A1, 2, 1, 1), STORE_DUP).u.append.code, 56);
        rig_reopen(rig);
    }
}

static void append__stores_all_rows_or_none__with_an_own_copy(struct rig *rig)
{
    rig_people(rig);
    struct store_req req = limited(rig, RIG_A1, 1, (struct store_quota){.size_max = 5});
    rig_with_own_copy(&req);
    rig_expect(rig, req, STORE_QUOTA);
    CHECK_EQ(rig_ok(rig, rig_count(0)).u.count.row_count, 0);
    req.u.append.targets[0].quota.size_max = 0;
    struct store_reply reply = rig_ok(rig, req);
    CHECK_EQ(reply.u.append.seqs[0], 1);
    CHECK_EQ(reply.u.append.seqs[1], 1);
    struct store_reply page = rig_ok(rig, rig_page(RIG_ALICE, 0));
    CHECK_EQ(page.u.page.rows[0].flags, STORE_ROW_OWN_COPY);
    CHECK_EQ(page.u.page.rows[0].send_no, 1);
}

static void append__is_not_found__for_an_unknown_mailbox_or_device(struct rig *rig)
{
    rig_people(rig);
    CHECK_EQ(rig_expect(rig, rig_message(rig, RIG_A1, 1, 77, "text"), STORE_NOT_FOUND).u.append.hw, 0);
    rig_expect(rig, rig_message(rig, 78, 1, RIG_BOB, "text"), STORE_NOT_FOUND);
    rig_ok(rig, rig_message(rig, RIG_A1, 1, RIG_BOB, "text"));
    rig_drop_device(rig, RIG_A1);
    rig_expect(rig, rig_message(rig, RIG_A1, 2, RIG_BOB, "text"), STORE_NOT_FOUND);
}

static void own_copy__is_dropped__when_it_alone_exceeds_the_cap(struct rig *rig)
{
    rig_people(rig);
    struct store_req req = rig_message(rig, RIG_A1, 1, RIG_BOB, "0123456789");
    rig_with_own_copy(&req);
    req.u.append.targets[1].quota.courtesy_size_max = 5;
    struct store_reply reply = rig_ok(rig, req);
    CHECK_EQ(reply.u.append.seqs[0], 1);
    CHECK_EQ(reply.u.append.seqs[1], 0);
    /* To oneself, with nothing stored at all: the number is used up all the same. */
    req = rig_message(rig, RIG_A1, 2, RIG_ALICE, "0123456789");
    req.u.append.targets[0].quota.courtesy_size_max = 5;
    CHECK_EQ(rig_ok(rig, req).u.append.seqs[0], 0);
    rig_reopen(rig);
    CHECK_EQ(rig_expect(rig, req, STORE_DUP).u.append.code, 102);
}

static void courtesy__oldest_rows_go__at_the_cap(struct rig *rig)
{
    rig_people(rig);
    char text[64];
    rig_ok(rig, rig_message(rig, RIG_B1, 1, RIG_ALICE, "chat"));
    for (uint64_t no = 1; no <= 5; no++) {
        char body[8];
        snprintf(body, sizeof(body), "own%u", (unsigned)no);
        struct store_req req = rig_message(rig, RIG_A1, no, RIG_BOB, body);
        rig_with_own_copy(&req);
        req.u.append.targets[1].quota.courtesy_count_max = 2;
        CHECK_EQ(rig_ok(rig, req).u.append.seqs[1], no + 1);
    }
    CHECK_TEXT(rig_mailbox_text(rig, RIG_ALICE, text, sizeof(text)), "chat own4 own5");
}

static void lane__replies_come_in_submission_order__whatever_they_say(struct rig *rig)
{
    rig_people(rig);
    struct store_req reqs[60];
    for (size_t i = 0; i < 60; i++) {
        uint64_t dev = i % 2 == 0 ? RIG_A1 : RIG_B1;
        uint64_t number = i % 10 == 8 ? i : i / 2 + 1; /* some repeats and gaps among them */
        reqs[i] = rig_message(rig, dev, number, i % 2 == 0 ? RIG_BOB : RIG_ALICE, "text");
        reqs[i].ticket = 1000 + i;
    }
    CHECK_EQ(rig->store->ops->submit(rig->store, reqs, 60), 60);
    rig->store->ops->flush(rig->store);
    struct store_reply replies[60];
    rig_reap(rig, replies, 60);
    uint64_t last[100] = {0};
    for (size_t i = 0; i < 60; i++) {
        CHECK(replies[i].ticket > last[replies[i].lane]);
        last[replies[i].lane] = replies[i].ticket;
    }
}

static void submit__takes_fewer__when_the_queue_is_full(struct rig *rig)
{
    rig_people(rig);
    static struct store_req reqs[600];
    static struct store_reply replies[600];
    for (size_t i = 0; i < 600; i++) {
        reqs[i] = (struct store_req){.op = STORE_COUNT, .ticket = i};
    }
    CHECK_EQ(rig->store->ops->submit(rig->store, reqs, 600), rig->config.request_count_max);
    CHECK_EQ(rig->store->ops->submit(rig->store, reqs, 1), 0);
    rig->store->ops->flush(rig->store);
    rig_reap(rig, replies, rig->config.request_count_max);
    CHECK_EQ(rig->store->ops->submit(rig->store, reqs, 1), 1);
    rig->store->ops->flush(rig->store);
    rig_reap(rig, replies, 1);
}

/* Method: pages of 12 MiB reserved each, in a store of 16: the second waits until the first was released. */
static void submit__takes_fewer__while_page_memory_is_out(struct rig *rig)
{
    rig_people(rig);
    rig_ok(rig, rig_message(rig, RIG_A1, 1, RIG_BOB, "text"));
    struct store_req reqs[2] = {rig_page(RIG_BOB, 0), rig_page(RIG_BOB, 0)};
    reqs[0].u.page.size_max = 12u << 20;
    reqs[1].u.page.size_max = 12u << 20;
    CHECK_EQ(rig->store->ops->submit(rig->store, reqs, 2), 1);
    rig->store->ops->flush(rig->store);
    struct store_reply reply;
    rig_reap(rig, &reply, 1);
    CHECK_EQ(reply.u.page.row_count, 1);
    CHECK_EQ(rig->store->ops->submit(rig->store, &reqs[1], 1), 0);
    rig->store->ops->release(rig->store, &reply, 1);
    rig->kept_count--;
    CHECK_EQ(rig->store->ops->submit(rig->store, &reqs[1], 1), 1);
    rig->store->ops->flush(rig->store);
    rig_reap(rig, &reply, 1);
}

const struct contract_claim contract_append[] = {
    CLAIM(append__gives_dense_seqs__in_submission_order),
    CLAIM(append__keeps_the_envelope_as_given__in_a_page),
    CLAIM(append__answers_a_repeat_like_the_first__after_a_restart_too),
    CLAIM(append__answers_from_the_marker__when_the_own_copy_has_gone),
    CLAIM(append__knows_a_repeat__in_the_middle_of_a_batch),
    CLAIM(append__is_conflict__for_a_used_number_with_another_msg_id),
    CLAIM(append__is_gap__when_a_number_is_missing),
    CLAIM(append__remembers_answers__of_the_last_64_numbers),
    CLAIM(append__stops_the_lane__at_a_full_mailbox),
    CLAIM(append__is_quota__when_bytes_are_used_up),
    CLAIM(append__is_share__for_one_person_on_all_devices),
    CLAIM(quota__counts_only_chat_from_others__that_nobody_took),
    CLAIM(append__is_stale__when_judged_under_an_older_policy),
    CLAIM(append__is_fenced__from_an_older_session),
    CLAIM(attach__is_fenced_with_the_last_epoch__when_not_above_it),
    CLAIM(attach__says_where_the_device_stands),
    CLAIM(marker__uses_its_number_up__and_gives_its_answer_again),
    CLAIM(marker__is_forgotten__once_settled_and_trimmed),
    CLAIM(append__stores_all_rows_or_none__with_an_own_copy),
    CLAIM(append__is_not_found__for_an_unknown_mailbox_or_device),
    CLAIM(own_copy__is_dropped__when_it_alone_exceeds_the_cap),
    CLAIM(courtesy__oldest_rows_go__at_the_cap),
    CLAIM(lane__replies_come_in_submission_order__whatever_they_say),
    CLAIM(submit__takes_fewer__when_the_queue_is_full),
    CLAIM(submit__takes_fewer__while_page_memory_is_out),
    {NULL, NULL},
};
