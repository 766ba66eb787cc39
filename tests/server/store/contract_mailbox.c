/*
 * contract_mailbox.c - cursors, pages, counts, trimming and expiry of a mailbox.
 */
#include <stdio.h>

#include "proto/enums.h"
#include "tests/server/store/contract.h"

static const struct store_req trim = {.op = STORE_TRIM};

/* Alice sends Bob "t1 t2 ..." */
static void send_texts(struct rig *rig, uint64_t count)
{
    for (uint64_t no = 1; no <= count; no++) {
        char body[16];
        snprintf(body, sizeof(body), "t%u", (unsigned)no);
        rig_ok(rig, rig_message(rig, RIG_A1, no, RIG_BOB, body));
    }
}

static void check_texts(struct rig *rig, uint64_t uid, const char *expected)
{
    char text[256];
    CHECK_TEXT(rig_mailbox_text(rig, uid, text, sizeof(text)), expected);
}

static void cursor__moves_with_its_notices__once(struct rig *rig)
{
    rig_people(rig);
    send_texts(rig, 3);
    struct store_target notices[2] = {rig_notice(RIG_ALICE, "delivered"), rig_notice(77, "to nobody")};
    struct store_req cursor = rig_cursor(rig, RIG_B1, 3);
    cursor.u.cursor.notices = notices;
    cursor.u.cursor.notice_count = 2;
    struct store_reply reply = rig_ok(rig, cursor);
    CHECK_EQ(reply.u.note.seq_count, 2);
    CHECK_EQ(reply.u.note.first_seq, 1);
    CHECK_EQ(reply.u.note.seqs[1], 0);
    rig_ok(rig, cursor);
    rig_reopen(rig);
    rig_ok(rig, cursor);
    check_texts(rig, RIG_ALICE, "delivered");
    CHECK_EQ(rig_attach(rig, RIG_B1).u.attach.cursor, 3);
}

static void cursor__is_answered_not_obeyed__below_itself_or_beyond_head(struct rig *rig)
{
    rig_people(rig);
    send_texts(rig, 3);
    struct store_target notice = rig_notice(RIG_ALICE, "delivered");
    rig_ok(rig, rig_cursor(rig, RIG_B1, 2));
    for (uint64_t seq = 1; seq <= 9; seq += 3) { /* 1, 4, 7: below, beyond, far beyond */
        struct store_req cursor = rig_cursor(rig, RIG_B1, seq);
        cursor.u.cursor.notices = &notice;
        cursor.u.cursor.notice_count = 1;
        rig_ok(rig, cursor);
    }
    CHECK_EQ(rig_attach(rig, RIG_B1).u.attach.cursor, 2);
    check_texts(rig, RIG_ALICE, "");
}

/* Goal: while Bob is invisible his acks tell nobody, and what they would tell of stays until he is visible
 * (B13). */
static void announced__stands_still__while_invisible(struct rig *rig)
{
    rig_people(rig);
    send_texts(rig, 3);
    rig_ok(rig, rig_cursor(rig, RIG_B1, 1));
    struct store_req quiet = rig_cursor(rig, RIG_B1, 3);
    quiet.u.cursor.announce = false;
    rig_ok(rig, quiet);
    rig_ok(rig, trim);
    rig_reopen(rig);
    struct store_reply reply = rig_attach(rig, RIG_B1);
    CHECK_EQ(reply.u.attach.cursor, 3);
    CHECK_EQ(reply.u.attach.announced, 1);
    CHECK_EQ(reply.u.attach.base, 1);
    check_texts(rig, RIG_BOB, "t2 t3");

    struct store_target notice = rig_notice(RIG_ALICE, "delivered");
    struct store_req visible = rig_cursor(rig, RIG_B1, 3);
    visible.u.cursor.notices = &notice;
    visible.u.cursor.notice_count = 1;
    rig_ok(rig, visible);
    rig_ok(rig, visible);
    check_texts(rig, RIG_ALICE, "delivered");
    rig_ok(rig, trim);
    check_texts(rig, RIG_BOB, "");
    rig_reopen(rig);
    CHECK_EQ(rig_attach(rig, RIG_B1).u.attach.announced, 3);
}

static void check_filling(struct rig *rig, uint64_t count, uint64_t oldest_ms)
{
    struct store_req of_bob = rig_count(RIG_BOB);
    of_bob.u.count.src_uid = RIG_ALICE;
    struct store_reply reply = rig_ok(rig, of_bob);
    CHECK_EQ(reply.u.count.count, count);
    CHECK_EQ(reply.u.count.size, 2 * count);
    CHECK_EQ(reply.u.count.share_count, count);
    CHECK_EQ(reply.u.count.share_size, 2 * count);
    CHECK_EQ(reply.u.count.oldest_ms, oldest_ms);
    CHECK_EQ(rig_ok(rig, rig_count(0)).u.count.count, count);
}

/* Goal: what an invisible Bob took fills his mailbox as long as its senders do not know (B13); he himself is
 * told what is. */
static void taken__goes_on_filling__until_it_is_announced(struct rig *rig)
{
    rig_people(rig);
    for (uint64_t no = 1; no <= 4; no++) {
        struct store_req req = rig_message(rig, RIG_A1, no, RIG_BOB, "t0");
        req.u.append.server_ms = 1000 * no;
        rig_ok(rig, req);
    }
    rig_ok(rig, rig_cursor(rig, RIG_B1, 1));
    check_filling(rig, 3, 2000);
    struct store_req quiet = rig_cursor(rig, RIG_B1, 3);
    quiet.u.cursor.announce = false;
    for (int i = 0; i < 2; i++) {
        rig_ok(rig, quiet);
        rig_ok(rig, trim);
        check_filling(rig, 3, 2000);
        struct store_req summary = {.op = STORE_SUMMARY, .u.summary = {.uid = RIG_BOB, .dev = RIG_B1}};
        CHECK_EQ(rig_ok(rig, summary).u.summary.total, 1);
        rig_reopen(rig);
    }
    struct store_req more = rig_message(rig, RIG_A1, 5, RIG_BOB, "t0");
    more.u.append.targets[0].quota = (struct store_quota){.count_max = 3, .courtesy_count_max = 1};
    rig_expect(rig, more, STORE_QUOTA);
    more.u.append.targets[0].quota.count_max = 4;
    more.u.append.targets[0].quota.share_count_max = 3;
    rig_expect(rig, more, STORE_SHARE);
    more.u.append.targets[0].quota.share_count_max = 4;
    CHECK_EQ(rig_ok(rig, more).u.append.waiting_count, 4);
    check_filling(rig, 4, 2000); /* what fills is no courtesy: it was not evicted for the new one */

    rig_ok(rig, rig_cursor(rig, RIG_B1, 3));
    check_filling(rig, 2, 4000);
    rig_ok(rig, rig_cursor(rig, RIG_B1, 5));
    check_filling(rig, 0, 0);
}

static void trim__waits_for_a_lagging_device__until_it_is_dropped(struct rig *rig)
{
    rig_people(rig);
    rig_add_device(rig, RIG_B2);
    send_texts(rig, 3);
    rig_ok(rig, rig_cursor(rig, RIG_B1, 3));
    rig_ok(rig, rig_cursor(rig, RIG_B2, 1));
    rig_ok(rig, trim);
    check_texts(rig, RIG_BOB, "t2 t3");
    rig_drop_device(rig, RIG_B2);
    rig_reopen(rig);
    rig_ok(rig, trim);
    check_texts(rig, RIG_BOB, "");
}

static void trim__keeps_everything__when_no_device_is_owed(struct rig *rig)
{
    rig_people(rig);
    send_texts(rig, 2);
    rig_drop_device(rig, RIG_B1);
    rig_ok(rig, trim);
    rig_ok(rig, rig_message(rig, RIG_A1, 3, RIG_BOB, "t3"));
    check_texts(rig, RIG_BOB, "t1 t2 t3");
}

/* Goal: what a deleted row was the last to show is not forgotten (B20). */
static void trim__keeps_head_and_hw__over_a_restart(struct rig *rig)
{
    rig_people(rig);
    send_texts(rig, 3);
    rig_ok(rig, rig_cursor(rig, RIG_B1, 3));
    rig_ok(rig, trim);
    rig_reopen(rig);
    CHECK_EQ(rig_ok(rig, rig_count(RIG_BOB)).u.count.head, 3);
    CHECK_EQ(rig_expect(rig, rig_message(rig, RIG_A1, 3, RIG_BOB, "t3"), STORE_DUP).u.append.hw, 3);
    CHECK_EQ(rig_ok(rig, rig_message(rig, RIG_A1, 4, RIG_BOB, "t4")).u.append.seqs[0], 4);
    /* A row id used again would show Bob's answer as if it were this number's. */
    rig_ok(rig, rig_message(rig, RIG_B1, 1, RIG_ALICE, "reply"));
    CHECK_EQ(rig_expect(rig, rig_message(rig, RIG_A1, 3, RIG_BOB, "t3"), STORE_DUP).u.append.code, 0);
    check_texts(rig, RIG_ALICE, "reply");
    check_texts(rig, RIG_BOB, "t4");
}

/* Goal: a new device is owed nothing older, and does not make older rows look delivered. */
static void new_device__starts_at_the_head__and_takes_nothing_below_it(struct rig *rig)
{
    rig_people(rig);
    send_texts(rig, 2);
    rig_add_device(rig, RIG_B2);
    CHECK_EQ(rig_attach(rig, RIG_B2).u.attach.cursor, 2);
    CHECK_EQ(rig_ok(rig, rig_summary(RIG_B2)).u.summary.talk_count, 0);
    CHECK_EQ(rig_ok(rig, rig_count(RIG_BOB)).u.count.count, 2);
    rig_drop_device(rig, RIG_B1);
    rig_ok(rig, rig_message(rig, RIG_A1, 3, RIG_BOB, "t3"));
    rig_ok(rig, rig_cursor(rig, RIG_B2, 3));
    rig_ok(rig, trim);
    rig_reopen(rig);
    CHECK_EQ(rig_ok(rig, rig_count(RIG_BOB)).u.count.count, 2);
    /* Nobody is owed them any more: due at once, so that Alice can be told. */
    struct store_reply due = rig_ok(rig, rig_due(RIG_NOW_MS));
    CHECK_EQ(due.u.due.row_count, 2);
    CHECK_EQ(due.u.due.rows[0].seq, 1);
    CHECK(!due.u.due.rows[0].taken);
}

static void page__is_cut__at_rows_and_at_bytes(struct rig *rig)
{
    rig_people(rig);
    send_texts(rig, 5);
    struct store_req req = rig_page(RIG_BOB, 1);
    req.u.page.row_max = 2;
    struct store_reply page = rig_ok(rig, req);
    CHECK_EQ(page.u.page.row_count, 2);
    CHECK_EQ(page.u.page.rows[0].seq, 2);
    CHECK_EQ(page.u.page.head, 5);
    CHECK(page.u.page.more);
    req.u.page.row_max = 128;
    req.u.page.size_max = 5;
    CHECK_EQ(rig_ok(rig, req).u.page.row_count, 2);
    req.u.page.size_max = 1;
    CHECK_EQ(rig_ok(rig, req).u.page.row_count, 1);
    req = rig_page(RIG_BOB, 3);
    page = rig_ok(rig, req);
    CHECK_EQ(page.u.page.row_count, 2);
    CHECK(!page.u.page.more);
    CHECK_EQ(rig_ok(rig, rig_page(RIG_BOB, 5)).u.page.row_count, 0);
    rig_expect(rig, rig_page(77, 0), STORE_NOT_FOUND);
}

static void page__replies_keep_their_order__within_a_lane(struct rig *rig)
{
    rig_people(rig);
    send_texts(rig, 20);
    struct store_req reqs[20];
    struct store_reply replies[20];
    for (size_t i = 0; i < 20; i++) {
        reqs[i] = rig_page(RIG_BOB, i);
        reqs[i].ticket = 500 + i;
    }
    CHECK_EQ(rig->store->ops->submit(rig->store, reqs, 20), 20);
    rig->store->ops->flush(rig->store);
    rig_reap(rig, replies, 20);
    for (size_t i = 0; i < 20; i++) {
        CHECK_EQ(replies[i].ticket, 500 + i);
        CHECK_EQ(replies[i].u.page.rows[0].seq, i + 1);
    }
}

static void summary__counts_by_sender__for_each_of_two_devices(struct rig *rig)
{
    rig_people(rig);
    rig_add_device(rig, RIG_B2);
    rig_add_device(rig, 31);
    send_texts(rig, 3);
    struct store_req quiet = rig_message(rig, 31, 1, RIG_BOB, "carol");
    quiet.u.append.targets[0].flags = STORE_ROW_QUIET;
    rig_ok(rig, quiet);
    struct store_target expired = rig_notice(RIG_BOB, "expired");
    expired.aux = 5;
    expired.aux_dev = 31;
    rig_ok(rig, (struct store_req){.op = STORE_NOTE, .u.note = {.targets = &expired, .target_count = 1}});
    rig_ok(rig, rig_cursor(rig, RIG_B1, 2));
    for (size_t i = 0; i < 2; i++) {
        struct store_reply first = rig_ok(rig, rig_summary(RIG_B1));
        CHECK_EQ(first.u.summary.talk_count, 2);
        CHECK_EQ(first.u.summary.total, 2);
        CHECK_EQ(first.u.summary.size, 7);
        CHECK_EQ(first.u.summary.talks[0].src_uid, RIG_ALICE);
        CHECK_EQ(first.u.summary.talks[0].count, 1);
        CHECK_EQ(first.u.summary.talks[0].elsewhere, 0);
        CHECK_EQ(first.u.summary.talks[0].first_ms, RIG_NOW_MS + 3);
        CHECK_EQ(first.u.summary.talks[1].src_uid, 3);
        CHECK_EQ(first.u.summary.talks[1].quiet, 1);
        CHECK_EQ(first.u.summary.talks[1].expired, 5);
        struct store_reply second = rig_ok(rig, rig_summary(RIG_B2));
        CHECK_EQ(second.u.summary.talks[0].count, 1);
        CHECK_EQ(second.u.summary.talks[0].elsewhere, 2);
        CHECK_EQ(second.u.summary.talks[0].first_ms, RIG_NOW_MS + 1);
        CHECK_EQ(second.u.summary.talks[0].last_ms, RIG_NOW_MS + 3);
        rig_reopen(rig);
    }
    rig_expect(rig, rig_summary(77), STORE_NOT_FOUND);
}

static void count__tells_what_nobody_took__of_one_and_of_all(struct rig *rig)
{
    rig_people(rig);
    send_texts(rig, 3);
    struct store_req req = rig_message(rig, RIG_B1, 1, RIG_ALICE, "reply");
    req.u.append.server_ms = RIG_NOW_MS - 5;
    rig_ok(rig, req);
    rig_ok(rig, rig_cursor(rig, RIG_B1, 1));
    struct store_reply one = rig_ok(rig, rig_count(RIG_BOB));
    CHECK_EQ(one.u.count.count, 2);
    CHECK_EQ(one.u.count.size, 4);
    CHECK_EQ(one.u.count.oldest_ms, RIG_NOW_MS + 2);
    CHECK_EQ(one.u.count.row_count, 3);
    CHECK_EQ(one.u.count.head, 3);
    struct store_reply all = rig_ok(rig, rig_count(0));
    CHECK_EQ(all.u.count.count, 3);
    CHECK_EQ(all.u.count.mailbox_count, 2);
    CHECK_EQ(all.u.count.oldest_uid, RIG_ALICE);
    CHECK_EQ(all.u.count.oldest_ms, RIG_NOW_MS - 5);
    rig_expect(rig, rig_count(77), STORE_NOT_FOUND);
}

/*
 * Goal:   who judges how full mailboxes are learns of each what the verdict on a message counts, and nothing
 *         else; also where there are more people than one answer names.
 * Method: two senders to bob, one to somebody far behind the first range; what bob's invisible device took
 *         counts, what was announced does not.
 */
static void count__tells_how_full_each_mailbox_is__and_the_largest_part_of_one_sender(struct rig *rig)
{
    const uint64_t far_uid = RIG_ALICE + STORE_USAGE_RANGE + 5;
    rig_people(rig);
    rig_add_device(rig, 31);
    struct store_change change = {.kind = STORE_DEV_ADD, .dev = 32, .uid = far_uid};
    rig_ok(rig, (struct store_req){.op = STORE_CAS, .u.cas = {.changes = &change, .change_count = 1}});
    send_texts(rig, 4);
    rig_ok(rig, rig_message(rig, 31, 1, RIG_BOB, "a longer one than those"));
    rig_ok(rig, rig_message(rig, RIG_A1, 5, far_uid, "far"));
    rig_ok(rig, rig_cursor(rig, RIG_B1, 1));
    struct store_req quiet = rig_cursor(rig, RIG_B1, 2);
    quiet.u.cursor.announce = false;
    rig_ok(rig, quiet);
    for (size_t i = 0; i < 2; i++) {
        struct store_reply all = rig_ok(rig, rig_count(0));
        CHECK_EQ(all.u.count.usage_count, 1);
        CHECK(all.u.count.more);
        const struct store_usage *bob = &all.u.count.usages[0];
        CHECK_EQ(bob->uid, RIG_BOB);
        CHECK_EQ(bob->count, 4);
        CHECK_EQ(bob->size, 3 * 2 + 23);
        CHECK_EQ(bob->share_count, 3);
        CHECK_EQ(bob->share_size, 23);
        struct store_req rest = rig_count(0);
        rest.u.count.after_uid = STORE_USAGE_RANGE;
        all = rig_ok(rig, rest);
        CHECK_EQ(all.u.count.usage_count, 1);
        CHECK(!all.u.count.more);
        CHECK_EQ(all.u.count.usages[0].uid, far_uid);
        CHECK_EQ(all.u.count.usages[0].size, 3);
        CHECK_EQ(all.u.count.count, 5);
        rest.u.count.after_uid = far_uid;
        CHECK_EQ(rig_ok(rig, rest).u.count.usage_count, 0);
        rig_reopen(rig);
    }
}

static struct store_req expire_all(const struct store_reply *due, const struct store_target *notices,
                                   size_t count)
{
    return (struct store_req){.op = STORE_EXPIRE,
                              .u.expire = {.rows = due->u.due.rows,
                                           .row_count = due->u.due.row_count,
                                           .notices = notices,
                                           .notice_count = count,
                                           .server_ms = RIG_NOW_MS}};
}

static void expire__removes_what_is_due__and_leaves_its_notices(struct rig *rig)
{
    rig_people(rig);
    send_texts(rig, 2);
    struct store_req later = rig_message(rig, RIG_A1, 3, RIG_BOB, "later");
    later.u.append.targets[0].expires_ms += 1;
    rig_ok(rig, later);
    struct store_req never = rig_message(rig, RIG_A1, 4, RIG_BOB, "never");
    never.u.append.targets[0].expires_ms = 0;
    rig_ok(rig, never);
    CHECK_EQ(rig_ok(rig, rig_due(RIG_NOW_MS + 3599999)).u.due.row_count, 0);
    struct store_reply due = rig_ok(rig, rig_due(RIG_NOW_MS + 3600000));
    CHECK_EQ(due.u.due.row_count, 2);
    CHECK(!due.u.due.more);
    const struct store_due_row *row = &due.u.due.rows[1];
    struct oim_id id = rig_msg_id(RIG_A1, 2);
    CHECK_EQ(row->uid, RIG_BOB);
    CHECK_EQ(row->seq, 2);
    CHECK_EQ(row->src_dev, RIG_A1);
    CHECK_EQ(row->send_no, 2);
    CHECK_EQ(row->kind, STORE_ROW_MESSAGE);
    CHECK_EQ(row->cls, CLS_CHAT);
    CHECK_EQ(row->server_ms, RIG_NOW_MS + 2);
    CHECK(oim_id_equal(&row->msg_id, &id));
    struct store_target notices[2] = {rig_notice(RIG_ALICE, "expired"), rig_notice(RIG_BOB, "missed")};
    struct store_reply reply = rig_ok(rig, expire_all(&due, notices, 2));
    CHECK_EQ(reply.u.note.seqs[0], 1);
    CHECK_EQ(reply.u.note.seqs[1], 5);
    rig_reopen(rig);
    check_texts(rig, RIG_BOB, "later never missed");
    check_texts(rig, RIG_ALICE, "expired");
    rig_expect(rig, rig_message(rig, RIG_A1, 2, RIG_BOB, "t2"), STORE_DUP);
}

static void due__says_more__when_there_are_too_many(struct rig *rig)
{
    rig_people(rig);
    send_texts(rig, 3);
    struct store_req req = rig_due(RIG_NOW_MS * 2);
    req.u.due.row_max = 2;
    struct store_reply due = rig_ok(rig, req);
    CHECK_EQ(due.u.due.row_count, 2);
    CHECK(due.u.due.more);
}

/* What waits in one mailbox, whether or not its time is up; never what a device has taken, nor beyond upto.
 */
static void due__names_what_waits__of_one_mailbox_up_to_a_seq(struct rig *rig)
{
    rig_people(rig);
    rig_add_device(rig, RIG_B2);
    send_texts(rig, 4);
    rig_ok(rig, rig_message(rig, RIG_B1, 1, RIG_ALICE, "reply"));
    rig_ok(rig, rig_cursor(rig, RIG_B1, 1));
    struct store_req req = rig_due(0);
    req.u.due.uid = RIG_BOB;
    req.u.due.upto_seq = 3;
    struct store_reply due = rig_ok(rig, req);
    CHECK_EQ(due.u.due.row_count, 2);
    CHECK(!due.u.due.more);
    for (size_t i = 0; i < due.u.due.row_count; i++) {
        CHECK_EQ(due.u.due.rows[i].uid, RIG_BOB);
        CHECK_EQ(due.u.due.rows[i].seq, i + 2);
        CHECK(!due.u.due.rows[i].taken);
    }
    req.u.due.row_max = 1;
    due = rig_ok(rig, req);
    CHECK_EQ(due.u.due.row_count, 1);
    CHECK(due.u.due.more);
    req.u.due.after_seq = due.u.due.rows[0].seq;
    due = rig_ok(rig, req);
    CHECK_EQ(due.u.due.row_count, 1);
    CHECK_EQ(due.u.due.rows[0].seq, 3);
    CHECK(!due.u.due.more);
    req.u.due.uid = RIG_BOB + 1000;
    CHECK_EQ(rig_ok(rig, req).u.due.row_count, 0);
}

/* Who looks for one message in every mailbox asks as often as there are pieces, not as there are people. */
static void due__goes_on_to_the_next_mailbox__up_to_the_last_asked_for(struct rig *rig)
{
    static const struct {
        uint64_t uid, seq;
    } expected[] = {{RIG_ALICE, 1}, {RIG_BOB, 2}, {RIG_BOB, 3}, {3, 1}};
    rig_people(rig);
    rig_add_device(rig, 31);
    rig_ok(rig, rig_message(rig, RIG_B1, 1, 3, "to the third"));
    send_texts(rig, 3);
    rig_ok(rig, rig_message(rig, RIG_B1, 2, RIG_ALICE, "to alice"));
    rig_ok(rig, rig_cursor(rig, RIG_B1, 1));
    struct store_req req = rig_due(0);
    req.u.due.uid = RIG_ALICE;
    req.u.due.uid_last = 3;
    req.u.due.upto_seq = UINT64_MAX;
    struct store_reply due = rig_ok(rig, req);
    CHECK_EQ(due.u.due.row_count, OIM_COUNT(expected));
    CHECK(!due.u.due.more);
    req.u.due.row_max = 2;
    for (size_t i = 0; i < OIM_COUNT(expected); i++) {
        CHECK_EQ(due.u.due.rows[i % req.u.due.row_max].uid, expected[i].uid);
        CHECK_EQ(due.u.due.rows[i % req.u.due.row_max].seq, expected[i].seq);
        if (i % req.u.due.row_max != 1) {
            continue;
        }
        req.u.due.uid = expected[i].uid;
        req.u.due.after_seq = expected[i].seq;
        due = rig_ok(rig, req);
    }
    CHECK_EQ(due.u.due.row_count, 0);
    req.u.due.uid = RIG_ALICE;
    req.u.due.uid_last = RIG_BOB;
    req.u.due.after_seq = 1;
    due = rig_ok(rig, req);
    CHECK_EQ(due.u.due.row_count, 2);
    CHECK(!due.u.due.more);
}

/* Whoever empties a mailbox for good asks for what an invisible person took, too. */
static void due__names_what_nobody_was_told_of__if_asked(struct rig *rig)
{
    rig_people(rig);
    send_texts(rig, 4);
    rig_ok(rig, rig_cursor(rig, RIG_B1, 1));
    struct store_req quiet = rig_cursor(rig, RIG_B1, 3);
    quiet.u.cursor.announce = false;
    rig_ok(rig, quiet);
    struct store_req req = rig_due(0);
    req.u.due.uid = RIG_BOB;
    req.u.due.upto_seq = UINT64_MAX;
    CHECK_EQ(rig_ok(rig, req).u.due.row_count, 1);
    req.u.due.untold = true;
    struct store_reply due = rig_ok(rig, req);
    CHECK_EQ(due.u.due.row_count, 3);
    for (size_t i = 0; i < due.u.due.row_count; i++) {
        CHECK_EQ(due.u.due.rows[i].seq, i + 2);
        CHECK_EQ(due.u.due.rows[i].taken, i < 2);
        CHECK(!due.u.due.rows[i].taken || !due.u.due.rows[i].announced);
    }
    rig_ok(rig, rig_cursor(rig, RIG_B1, 3));
    due = rig_ok(rig, req);
    CHECK_EQ(due.u.due.row_count, 1);
    CHECK_EQ(due.u.due.rows[0].seq, 4);
}

/* Goal: nobody is told "expired" of a message that a device took between DUE and EXPIRE. */
static void expire__is_stale__when_a_device_took_the_row_meanwhile(struct rig *rig)
{
    rig_people(rig);
    rig_add_device(rig, RIG_B2);
    send_texts(rig, 2);
    struct store_reply due = rig_ok(rig, rig_due(RIG_NOW_MS + 3600000));
    struct store_target notice = rig_notice(RIG_ALICE, "expired");
    rig_ok(rig, rig_cursor(rig, RIG_B1, 1));
    rig_expect(rig, expire_all(&due, &notice, 1), STORE_STALE);
    check_texts(rig, RIG_BOB, "t1 t2");
    check_texts(rig, RIG_ALICE, "");
    due = rig_ok(rig, rig_due(RIG_NOW_MS + 3600000));
    CHECK(due.u.due.rows[0].taken);
    CHECK(!due.u.due.rows[1].taken);
    struct store_req expire = expire_all(&due, &notice, 1);
    rig_ok(rig, expire);
    rig_expect(rig, expire, STORE_STALE);
    check_texts(rig, RIG_ALICE, "expired");
}

static void erase__empties_one_mailbox__and_its_order_goes_on(struct rig *rig)
{
    rig_people(rig);
    send_texts(rig, 3);
    struct store_req reply = rig_message(rig, RIG_B1, 1, RIG_ALICE, "reply");
    rig_ok(rig, reply);
    struct store_change change = {.kind = STORE_ERASE, .uid = RIG_BOB};
    rig_ok(rig, (struct store_req){.op = STORE_CAS, .u.cas = {.changes = &change, .change_count = 1}});
    rig_reopen(rig);
    check_texts(rig, RIG_BOB, "");
    check_texts(rig, RIG_ALICE, "reply");
    CHECK_EQ(rig_ok(rig, rig_message(rig, RIG_A1, 4, RIG_BOB, "t4")).u.append.seqs[0], 4);
    CHECK_EQ(rig_ok(rig, rig_count(RIG_BOB)).u.count.count, 1);
}

const struct contract_claim contract_mailbox[] = {
    CLAIM(cursor__moves_with_its_notices__once),
    CLAIM(cursor__is_answered_not_obeyed__below_itself_or_beyond_head),
    CLAIM(announced__stands_still__while_invisible),
    CLAIM(taken__goes_on_filling__until_it_is_announced),
    CLAIM(trim__waits_for_a_lagging_device__until_it_is_dropped),
    CLAIM(trim__keeps_everything__when_no_device_is_owed),
    CLAIM(trim__keeps_head_and_hw__over_a_restart),
    CLAIM(new_device__starts_at_the_head__and_takes_nothing_below_it),
    CLAIM(page__is_cut__at_rows_and_at_bytes),
    CLAIM(page__replies_keep_their_order__within_a_lane),
    CLAIM(summary__counts_by_sender__for_each_of_two_devices),
    CLAIM(count__tells_what_nobody_took__of_one_and_of_all),
    CLAIM(count__tells_how_full_each_mailbox_is__and_the_largest_part_of_one_sender),
    CLAIM(expire__removes_what_is_due__and_leaves_its_notices),
    CLAIM(due__says_more__when_there_are_too_many),
    CLAIM(due__names_what_waits__of_one_mailbox_up_to_a_seq),
    CLAIM(due__goes_on_to_the_next_mailbox__up_to_the_last_asked_for),
    CLAIM(due__names_what_nobody_was_told_of__if_asked),
    CLAIM(expire__is_stale__when_a_device_took_the_row_meanwhile),
    CLAIM(erase__empties_one_mailbox__and_its_order_goes_on),
    {NULL, NULL},
};
