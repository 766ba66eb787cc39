/* test_user_erase.c - a person is erased: what goes, who is told, and what is left. */
#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "server/core/core_internal.h"
#include "tests/support/administer.h"
#include "tests/support/check.h"

static struct world world;
static struct peer *alice, *bob;

static int setup(void **state)
{
    (void)state;
    world_init(&world, 41);
    alice = world_join(&world, "alice");
    bob = world_join(&world, "bob");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

static struct answer erase_as(struct peer *peer, const char *login)
{
    struct admin_op op = admin_op_of(ADMIN_USER_ERASE);
    op.who = login;
    return administer(peer, &op);
}

static struct answer erase(const char *login)
{
    return erase_as(world.owner, login);
}

static struct account *account_of(const struct peer *peer)
{
    return registry_person_by_id(&world.core->registry, &peer->user_id);
}

static void say_contact(struct peer *peer, enum contact_op op, const struct oim_id *user)
{
    struct frame frame = {.kind = FRAME_CONTACT, .u.contact = {.op = op, .user = *user}};
    peer_say(peer, &frame);
}

/* How often the bytes are in a file of the store. */
static size_t found_in(const char *suffix, const char *words)
{
    char path[128];
    size_t size_max = 8u << 20;
    size_t count = 0;
    char *bytes = malloc(size_max);
    CHECK(bytes != NULL);
    snprintf(path, sizeof(path), "%s/oimd.db%s", world.dir, suffix);
    FILE *file = fopen(path, "re");
    size_t size = file == NULL ? 0 : fread(bytes, 1, size_max, file);
    for (size_t i = 0; i + strlen(words) <= size; i++) {
        count += memcmp(bytes + i, words, strlen(words)) == 0;
    }
    if (file != NULL) {
        fclose(file);
    }
    free(bytes);
    return count;
}

/* Records with these bytes in them. */
static int records_with(const char *words)
{
    char path[128];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    snprintf(path, sizeof(path), "%s/oimd.db", world.dir);
    CHECK_EQ(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    CHECK_EQ(sqlite3_prepare_v2(db, "SELECT count(*) FROM rec WHERE instr(v, CAST(? AS BLOB)) > 0", -1,
                                &statement, NULL),
             SQLITE_OK);
    sqlite3_bind_text(statement, 1, words, -1, SQLITE_STATIC);
    CHECK_EQ(sqlite3_step(statement), SQLITE_ROW);
    int count = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return count;
}

static void user_erase__shuts_the_person_out__and_nobody_finds_them(void **state)
{
    (void)state;
    struct answer answer = erase("bob");
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_TEXT(answer_field(&answer, 0, "finished"), "True");
    CHECK_EQ(bob->conn, 0);
    CHECK(registry_person_by_login(&world.core->registry, "bob") == NULL);
    CHECK_EQ(erase("bob").status, OIM_ERR_NOT_FOUND);
    CHECK_EQ(world.core->registry.person_count, 2);
    for (int restarts = 0; restarts < 2; restarts++) {
        peer_greet(bob);
        peer_auth(bob);
        CHECK(!bob->ready);
        peer_cut(bob);
        world_restart(&world);
        peer_sign_in(alice);
        peer_forget(alice);
        struct frame by_id = {.kind = FRAME_DIRECTORY,
                              .u.directory = {.user_ids = &bob->user_id, .user_id_count = 1}};
        by_id.u.directory.words = "";
        by_id.u.directory.after = "";
        peer_say(alice, &by_id);
        CHECK_EQ(peer_last(alice, FRAME_PEOPLE)->u.people.person_count, 0);
        say_contact(alice, CONTACT_OP_LIST, &(struct oim_id){{0}});
        const struct frame_contacts *contacts = &peer_last(alice, FRAME_CONTACTS)->u.contacts;
        for (size_t i = 0; i < contacts->item_count; i++) {
            CHECK(!oim_id_equal(&contacts->items[i].user, &bob->user_id));
        }
        say_contact(alice, CONTACT_OP_ADD, &bob->user_id);
        CHECK(peer_last(alice, FRAME_CONTACTS)->u.contacts.code != 0);
        peer_sign_in(world.owner);
        struct admin_op list = admin_op_of(ADMIN_USER_LIST);
        CHECK_EQ(administer(world.owner, &list).rows.row_count, 2);
    }
}

/* The senders hear of it; what the person had left for others is theirs, and comes with its sender's id. */
static void user_erase__tells_senders__and_leaves_others_what_is_theirs(void **state)
{
    (void)state;
    peer_cut(alice);
    (void)peer_send(bob, "alice", "bob's last words");
    peer_cut(bob);
    (void)peer_send(world.owner, "bob", "too late");
    (void)peer_send(world.owner, "bob", "too late");
    peer_forget(world.owner);
    struct answer answer = erase("bob");
    CHECK_EQ(answer_number(&answer, "erased"), 2);
    CHECK_EQ(peer_notice_count(world.owner, NOTICE_ERASED), 1);
    CHECK_EQ(peer_last(world.owner, FRAME_NOTICE)->u.notice.msg_id_count, 2);
    world_restart(&world);
    peer_forget(alice);
    peer_sign_in(alice);
    CHECK_EQ(peer_text_count(alice, "bob's last words"), 1);
    CHECK(oim_id_equal(&peer_last(alice, FRAME_DELIVER)->u.deliver.sender_user, &bob->user_id));
}

/* Being invisible ends with the account: what was taken meanwhile is told as delivered, never as erased. */
static void user_erase__tells_senders_at_last__what_an_invisible_person_took(void **state)
{
    (void)state;
    struct presence_item item = {.state = PRESENCE_INVISIBLE, .note = ""};
    struct frame presence = {.kind = FRAME_PRESENCES, .u.presences = {.items = &item, .item_count = 1}};
    peer_say(bob, &presence);
    (void)peer_send(alice, "bob", "taken unseen");
    CHECK_EQ(peer_text_count(bob, "taken unseen"), 1);
    peer_cut(bob);
    (void)peer_send(alice, "bob", "too late");
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 0);
    struct answer answer = erase("bob");
    CHECK_EQ(answer_number(&answer, "erased"), 1);
    CHECK_EQ(peer_notice_count(alice, NOTICE_ERASED), 1);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);
    for (size_t i = 0; i < peer_count(alice, FRAME_NOTICE); i++) {
        const struct frame_notice *notice = &peer_frame(alice, FRAME_NOTICE, i)->u.notice;
        CHECK_EQ(notice->msg_id_count, notice->what == NOTICE_DELIVERED || notice->what == NOTICE_ERASED);
        CHECK(notice->what != NOTICE_DELIVERED || (notice->k == 1 && notice->n == 1));
    }
}

/* Goal: a look-up that waits for the store while the person is erased finds nobody. */
static void user_erase__is_seen__by_who_was_looking(void **state)
{
    (void)state;
    struct frame by_id = {.kind = FRAME_DIRECTORY,
                          .u.directory = {.user_ids = &bob->user_id, .user_id_count = 1}};
    by_id.u.directory.words = "";
    by_id.u.directory.after = "";
    peer_forget(alice);
    world_hold_commits(&world);
    peer_say(alice, &by_id);
    CHECK_EQ(peer_count(alice, FRAME_PEOPLE), 0);
    memset(account_of(bob)->login, 0, sizeof(account_of(bob)->login)); /* as its record says by then */
    world_release_commits(&world);
    CHECK_EQ(peer_last(alice, FRAME_PEOPLE)->u.people.person_count, 0);
}

static void user_erase__refuses_what_is_sent__to_who_is_not_here_any_more(void **state)
{
    (void)state;
    struct frame submit;
    struct key_slot slots[SLOT_COUNT_MAX];
    peer_submit_fill(alice, "bob", "anybody?", ++alice->send_no, CLS_CHAT, &submit, slots);
    (void)erase("bob");
    peer_say(alice, &submit);
    CHECK_EQ(peer_result(alice, alice->send_no)->outcome, OUTCOME_REFUSED);
    CHECK_EQ(peer_result(alice, alice->send_no)->reason, REASON_NO_SUCH_PERSON);
}

/*
 * Goal:   after the answer, nothing that the person wrote, was written or was called is in any record or row,
 * nor in the pages and the log of the database's files. What the chains say stays.
 * Method: leave a message, a note, a contact both ways, a second device; erase; look into the files as they
 * are.
 */
static void user_erase__leaves_no_trace__but_in_the_chains(void **state)
{
    (void)state;
    (void)world_link(bob, "bobs-second-device");
    struct frame presence = {.kind = FRAME_PRESENCES};
    struct presence_item item = {.state = PRESENCE_BUSY, .note = "dentist until four"};
    presence.u.presences = (struct frame_presences){.items = &item, .item_count = 1};
    peer_say(bob, &presence);
    say_contact(bob, CONTACT_OP_BLOCK, &alice->user_id);
    say_contact(bob, CONTACT_OP_UNBLOCK, &alice->user_id);
    say_contact(alice, CONTACT_OP_REMOVE, &bob->user_id);
    (void)peer_send(bob, "alice", "a copy for the second device");
    CHECK_EQ(peer_text_count(alice, "a copy for the second device"), 1);
    peer_cut(bob);
    (void)peer_send(alice, "bob", "a secret that waits");
    CHECK(found_in("", "a secret that waits") + found_in("-wal", "a secret that waits") > 0);
    CHECK(found_in("", "dentist until four") + found_in("-wal", "dentist until four") > 0);
    CHECK(records_with("bob") > 0);
    CHECK(records_with("bobs-second-device") > 0);

    struct answer answer = erase("bob");
    CHECK_TEXT(answer_field(&answer, 0, "finished"), "True");
    static const char *const suffixes[] = {"", "-wal"};
    for (size_t i = 0; i < OIM_COUNT(suffixes); i++) {
        CHECK_EQ(found_in(suffixes[i], "a secret that waits"), 0);
        CHECK_EQ(found_in(suffixes[i], "dentist until four"), 0);
        CHECK_EQ(found_in(suffixes[i], "a copy for the second device"), 0);
    }
    CHECK_EQ(records_with("bob"), 0);
    CHECK_EQ(world.core->registry.contacts.count, 0);
    CHECK(found_in("", "bob") > 0); /* both chains: who was invited, which device was added */
}

/* More records than one change holds. */
static void user_erase__goes_in_steps__until_nothing_is_left(void **state)
{
    (void)state;
    for (int i = 0; i < 16; i++) {
        char login[16];
        snprintf(login, sizeof(login), "p%d", i);
        struct peer *peer = world_join(&world, login);
        say_contact(bob, CONTACT_OP_ADD, &peer->user_id);
        say_contact(peer, CONTACT_OP_ADD, &bob->user_id);
        peer_cut(peer);
    }
    CHECK_EQ(world.core->registry.contacts.count, 32);
    struct admin_op op = admin_op_of(ADMIN_USER_ERASE);
    op.who = "bob";
    op.dry_run = true;
    struct answer dry = administer_raw(world.owner, &op, 0, NULL);
    CHECK_EQ(answer_number(&dry, "contacts"), 32);
    struct answer answer = erase("bob");
    CHECK_TEXT(answer_field(&answer, 0, "finished"), "True");
    CHECK_EQ(world.core->registry.contacts.count, 0);
}

static void user_erase__goes_on__after_a_restart(void **state)
{
    (void)state;
    peer_cut(bob);
    (void)peer_send(alice, "bob", "too late");
    peer_forget(alice);
    world.fail_op = STORE_COUNT;
    world.fail_result = STORE_RETRY;
    struct answer answer = erase("bob");
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_TEXT(answer_field(&answer, 0, "finished"), "False");
    world_restart(&world);
    CHECK_EQ(account_of(bob)->erased_seq, UINT64_MAX);
    peer_forget(alice);
    peer_sign_in(alice);
    CHECK_EQ(peer_notice_count(alice, NOTICE_ERASED), 1);
    CHECK_EQ(found_in("", "too late") + found_in("-wal", "too late"), 0);
}

/* Without a restart too, whatever the store had no time for. */
static void user_erase__goes_on_by_itself__after_the_store_had_no_time(void **state)
{
    (void)state;
    static const enum store_op ops[] = {STORE_COUNT, STORE_DUE, STORE_EXPIRE, STORE_TRIM};
    for (size_t i = 0; i < OIM_COUNT(ops); i++) {
        char login[16];
        snprintf(login, sizeof(login), "p%zu", i);
        struct peer *peer = world_join(&world, login);
        say_contact(peer, CONTACT_OP_ADD, &alice->user_id);
        peer_cut(peer);
        (void)peer_send(world.owner, login, "too late");
        peer_forget(world.owner);
        world.fail_op = ops[i];
        world.fail_result = i % 2 == 0 ? STORE_RETRY : STORE_DISK_FULL;
        struct answer answer = erase(login);
        CHECK_EQ(answer.status, OIM_OK);
        CHECK_TEXT(answer_field(&answer, 0, "finished"), "False");
        CHECK(account_of(peer)->erased_seq != UINT64_MAX);
        world.fail_op = STORE_CAS; /* and the next attempt does not come to its end either */
        world_run_ms(&world, 1000);
        CHECK_EQ(world.fail_op, STORE_NONE);
        CHECK(account_of(peer)->erased_seq != UINT64_MAX);
        world_run_ms(&world, 1000);
        CHECK_EQ(account_of(peer)->erased_seq, UINT64_MAX);
        CHECK_EQ(peer_notice_count(world.owner, NOTICE_ERASED), 1);
        CHECK_EQ(found_in("", "too late") + found_in("-wal", "too late"), 0);
    }
}

static void user_erase__finishes__with_who_never_joined(void **state)
{
    (void)state;
    uint8_t secret[INVITE_SECRET_SIZE];
    world_invite(&world, "ivan", secret);
    struct answer answer = erase("ivan");
    CHECK_TEXT(answer_field(&answer, 0, "finished"), "True");
}

/* Goal: a mark that stands before the store's own log is clean would keep the next start from cleaning it. */
static void user_erase__is_marked_as_done__after_the_scrub_only(void **state)
{
    (void)state;
    peer_cut(bob);
    (void)peer_send(alice, "bob", "too late");
    world.fail_op = STORE_TRIM;
    world.fail_result = STORE_RETRY;
    (void)erase("bob");
    CHECK(found_in("-wal", "too late") > 0);
    CHECK(account_of(bob)->erased_seq != UINT64_MAX);
    world_restart(&world);
    CHECK_EQ(account_of(bob)->erased_seq, UINT64_MAX);
    CHECK_EQ(found_in("", "too late") + found_in("-wal", "too late"), 0);
}

/* Somebody else: another id, no contacts, nothing of what was. */
static void user_erase__frees_the_login__for_somebody_else(void **state)
{
    (void)state;
    (void)erase("bob");
    struct peer *other = world_join(&world, "bob");
    CHECK(!oim_id_equal(&other->user_id, &bob->user_id));
    (void)peer_send(alice, "bob", "are you new?");
    CHECK_EQ(peer_text_count(other, "are you new?"), 1);
    world_restart(&world);
    CHECK(registry_person_by_login(&world.core->registry, "bob") == account_of(other));
}

static void user_erase__is_a_change__of_those_who_may(void **state)
{
    (void)state;
    struct peer *admin = administer_join(&world, "ada", ROLE_ADMIN);
    uint64_t log_seq = world.core->orglog.seq;
    CHECK_EQ(erase("owner").status, OIM_ERR_CONFLICT); /* oneself: the last owner among them */
    CHECK_EQ(erase_as(admin, "owner").status, OIM_ERR_DENIED);
    CHECK_EQ(erase_as(alice, "bob").status, OIM_ERR_DENIED);
    CHECK_EQ(world.core->orglog.seq, log_seq);
    CHECK_EQ(erase_as(admin, "bob").status, OIM_OK);
    CHECK_EQ(world.core->orglog.seq, log_seq + 1); /* closed, as everybody must be able to check */
    world_close_account(&world, "alice", "gone");
    log_seq = world.core->orglog.seq;
    CHECK_EQ(erase("alice").status, OIM_OK);
    CHECK_EQ(world.core->orglog.seq, log_seq); /* it says so already */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(user_erase__shuts_the_person_out__and_nobody_finds_them, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(user_erase__tells_senders__and_leaves_others_what_is_theirs, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(user_erase__tells_senders_at_last__what_an_invisible_person_took,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(user_erase__is_seen__by_who_was_looking, setup, teardown),
        cmocka_unit_test_setup_teardown(user_erase__refuses_what_is_sent__to_who_is_not_here_any_more, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(user_erase__leaves_no_trace__but_in_the_chains, setup, teardown),
        cmocka_unit_test_setup_teardown(user_erase__goes_in_steps__until_nothing_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(user_erase__goes_on__after_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(user_erase__goes_on_by_itself__after_the_store_had_no_time, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(user_erase__finishes__with_who_never_joined, setup, teardown),
        cmocka_unit_test_setup_teardown(user_erase__is_marked_as_done__after_the_scrub_only, setup, teardown),
        cmocka_unit_test_setup_teardown(user_erase__frees_the_login__for_somebody_else, setup, teardown),
        cmocka_unit_test_setup_teardown(user_erase__is_a_change__of_those_who_may, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
