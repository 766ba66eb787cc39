/* test_handle_people.c - the directory, as each viewer may see it. */
#include <stdio.h>

#include "server/core/core_internal.h"
#include "tests/support/administer.h"
#include "tests/support/check.h"
#include "tests/support/world.h"

static struct world world;
static struct peer *alice, *bob;

static int setup(void **state)
{
    (void)state;
    world_init(&world, 19);
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

static const struct frame_people *ask(struct peer *peer, const char *words, const char *after)
{
    struct frame frame = {.kind = FRAME_DIRECTORY, .u.directory = {.words = words, .after = after}};
    peer_say(peer, &frame);
    return &peer_last(peer, FRAME_PEOPLE)->u.people;
}

static void handle_directory__finds__by_beginnings_of_login_and_name(void **state)
{
    (void)state;
    CHECK_EQ(ask(alice, "bo", "")->person_count, 1);
    CHECK_TEXT(ask(alice, "BO", "")->persons[0].login, "bob");
    CHECK_EQ(ask(alice, "the", "")->person_count, 2); /* "The alice", "The bob" */
    CHECK_EQ(ask(alice, "nobody", "")->person_count, 0);
    CHECK_EQ(ask(alice, "", "")->person_count, 3);
    const struct frame_people *people = ask(alice, "bob", "");
    CHECK_EQ(people->persons[0].device_count, 1);
    CHECK(oim_id_equal(&people->persons[0].devices[0].device_id, &bob->device_id));
    CHECK_EQ(people->persons[0].state, PERSON_STATE_ACTIVE);
    CHECK_EQ(people->persons[0].presence, PRESENCE_AVAILABLE);
    CHECK(people->persons[0].offline_ok);
}

static void handle_directory__finds__any_word_of_the_name_without_case_and_accents(void **state)
{
    (void)state;
    struct account *person = registry_person_by_id(&world.core->registry, &bob->user_id);
    (void)snprintf(person->display, sizeof(person->display), "Robert Núñez-Ångström");
    static const char *const found[] = {"núñ", "NUN", "nuñez-ang", "Ång", "robert nu", "ångström"};
    for (size_t i = 0; i < OIM_COUNT(found); i++) {
        CHECK_EQ(ask(alice, found[i], "")->person_count, 1);
        CHECK_TEXT(ask(alice, found[i], "")->persons[0].login, "bob");
    }
    CHECK_EQ(ask(alice, "unez", "")->person_count, 0);
    CHECK_EQ(ask(alice, "nunezang", "")->person_count, 0);
}

static void handle_directory__pages__in_the_order_of_logins(void **state)
{
    (void)state;
    char last[LOGIN_SIZE_MAX + 1] = "";
    size_t total = 0;
    bool more = true;
    for (int i = 0; i < 100; i++) {
        uint8_t secret[INVITE_SECRET_SIZE];
        char login[16];
        (void)snprintf(login, sizeof(login), "user%03d", (i * 37) % 100);
        world_invite(&world, login, secret);
    }
    while (more) {
        const struct frame_people *people = ask(alice, "", last);
        CHECK(people->person_count > 0);
        for (size_t i = 0; i < people->person_count; i++) {
            CHECK(strcmp(people->persons[i].login, last) > 0);
            (void)snprintf(last, sizeof(last), "%s", people->persons[i].login);
        }
        total += people->person_count;
        more = people->more;
    }
    CHECK_EQ(total, 103);
}

/*
 * Goal:   the hint in the directory and the answer to a Submit are the same.
 * Method: one refusal by policy, by blocking, by closing; each asked both ways.
 */
static void handle_directory__hints__what_a_submit_would_be_told(void **state)
{
    (void)state;
    world_set_block(&world, "bob", "alice", true);
    struct person person = ask(alice, "bob", "")->persons[0];
    uint64_t send_no = peer_send(alice, "bob", "1");
    CHECK(!person.offline_ok);
    CHECK_EQ(person.presence, PRESENCE_OFFLINE);
    CHECK_EQ(person.why, peer_result(alice, send_no)->reason);
    CHECK_EQ(person.who, peer_result(alice, send_no)->who);
    CHECK_EQ(ask(world.owner, "bob", "")->persons[0].presence, PRESENCE_AVAILABLE);

    world_set_block(&world, "bob", "alice", false);
    world_close_account(&world, "bob", "gone fishing");
    person = ask(alice, "bob", "")->persons[0];
    send_no = peer_send(alice, "bob", "2");
    CHECK_EQ(person.why, REASON_CLOSED);
    CHECK_EQ(peer_result(alice, send_no)->reason, REASON_CLOSED);
    CHECK_TEXT(person.say, "gone fishing");
}

/* What a composer makes of a directory entry before anything is sent. */
static enum outcome foretold(const struct person *person)
{
    bool is_here = person->presence != PRESENCE_OFFLINE;
    bool is_undisturbed = person->presence == PRESENCE_DND || person->presence == PRESENCE_PRESENTING;
    if (!person->offline_ok) {
        bool is_full = person->why == REASON_MAILBOX_FULL || person->why == REASON_SHARE_FULL;
        return is_here && !is_full && person->why != REASON_DND_REFUSED ? OUTCOME_LIVE : OUTCOME_REFUSED;
    }
    return !is_here ? OUTCOME_HELD : is_undisturbed ? OUTCOME_PUSHED_QUIET : OUTCOME_STORED_PUSHED;
}

static void check_foretold(void)
{
    peer_forget(alice);
    peer_forget(bob);
    struct person person = ask(alice, "bob", "")->persons[0];
    const struct frame_submit_result *result = peer_result(alice, peer_send(alice, "bob", "x"));
    CHECK(result != NULL);
    CHECK_EQ(result->outcome, foretold(&person));
    if (result->outcome != OUTCOME_LIVE) { /* it reached them: only the hint says why it would not wait */
        CHECK_EQ(result->reason, person.why);
        CHECK_EQ(result->who, person.who);
    }
}

/*
 * Goal:   the hint equals the verdict on every row of DESIGN.md section 4: before anybody types, the composer
 * knows what a Submit will be told. Method: switches of the organisation, the sender and the recipient, the
 * sender's client, blocking, and all the ways in which somebody can be here or not, each with each, by real
 * frames.
 */
static void handle_directory__foretells_the_verdict__on_every_row(void **state)
{
    (void)state;
    static const char *const off_or_on[] = {"False", "True"};
    static const enum presence_state states[] = {PRESENCE_AVAILABLE, PRESENCE_BUSY, PRESENCE_DND,
                                                 PRESENCE_PRESENTING, PRESENCE_INVISIBLE};
    for (unsigned bits = 0; bits < 64; bits++) {
        bool here = (bits & 1) != 0;
        world_set_policy(&world, "alice", "EnableOfflineIm", off_or_on[(bits & 2) != 0]);
        world_set_policy(&world, "bob", "AcceptOfflineIm", off_or_on[(bits & 4) != 0]);
        world_set_policy(&world, "bob", "DndAction", (bits & 8) != 0 ? "Refuse" : "Hold");
        world_set_block(&world, "bob", "alice", (bits & 16) != 0);
        alice->no_offline_im = (bits & 32) != 0;
        peer_cut(alice);
        if (!here) {
            peer_cut(bob);
            world_run_ms(&world, 60000);
        } else if (!bob->ready) {
            peer_sign_in(bob);
        }
        peer_sign_in(alice);
        for (size_t i = 0; i < OIM_COUNT(states); i++) {
            world_set_state(&world, "bob", states[i]);
            check_foretold();
        }
    }
}

static void set_org_offline(bool on)
{
    struct admin_op op = admin_op_of(ADMIN_IM_CONFIG);
    struct wire_setting setting = setting_tri("EnableOfflineIm", on);
    op.set = true;
    op.settings = &setting;
    op.setting_count = 1;
    CHECK_STATUS(administer(world.owner, &op).status, OIM_OK);
}

/*
 * Goal:   the same for what else decides: the organisation's switch, EnableIMAutoArchiving and
 * MinimumClientVersion. Method: each with each, and with what it meets: is the sender allowed, does the
 * recipient accept, are they here.
 */
static void handle_directory__foretells_the_verdict__of_the_other_switches(void **state)
{
    (void)state;
    static const char *const off_or_on[] = {"False", "True"};
    static const enum presence_state states[] = {PRESENCE_AVAILABLE, PRESENCE_DND, PRESENCE_INVISIBLE};
    unsigned reasons = 0;
    for (unsigned bits = 0; bits < 64; bits++) {
        bool here = (bits & 1) != 0;
        world_set_policy(&world, "alice", "EnableOfflineIm", off_or_on[(bits & 2) != 0]);
        world_set_policy(&world, "bob", "AcceptOfflineIm", off_or_on[(bits & 4) != 0]);
        set_org_offline((bits & 8) != 0);
        world_set_policy(&world, "alice", "EnableIMAutoArchiving", off_or_on[(bits & 16) != 0]);
        world_set_policy(&world, "alice", "MinimumClientVersion", (bits & 32) != 0 ? "9.0" : "0.1");
        peer_cut(alice);
        if (!here) {
            peer_cut(bob);
            world_run_ms(&world, 60000);
        } else if (!bob->ready) {
            peer_sign_in(bob);
        }
        peer_sign_in(alice);
        peer_cut(world.owner);
        peer_sign_in(world.owner);
        for (size_t i = 0; i < OIM_COUNT(states); i++) {
            world_set_state(&world, "bob", states[i]);
            check_foretold();
            reasons |= BIT(ask(alice, "bob", "")->persons[0].why);
        }
    }
    CHECK((reasons & BIT(REASON_ORG_OFFLINE_OFF)) != 0 && (reasons & BIT(REASON_SENDER_OFFLINE_OFF)) != 0);
    CHECK((reasons & BIT(REASON_RECIPIENT_OFFLINE_OFF)) != 0 && (reasons & BIT(REASON_CLIENT_TOO_OLD)) != 0);
}

/*
 * Goal:   also where it depends on how full the mailbox is, or how full of the sender's, and when there is
 * room again. Method: a limit of each kind; more messages than it allows, the hint asked before each; then
 * bob is here, and then he takes them.
 */
static void handle_directory__foretells_the_verdict__of_a_full_mailbox(void **state)
{
    (void)state;
    static const struct {
        const char *count, *share;
        enum reason reason;
    } limits[] = {
        {"4", "100", REASON_MAILBOX_FULL},
        {"8", "50", REASON_SHARE_FULL},
    };
    for (size_t i = 0; i < OIM_COUNT(limits); i++) {
        world_set_policy(&world, "bob", "OfflineQuotaMessages", limits[i].count);
        world_set_policy(&world, "bob", "OfflineSenderShare", limits[i].share);
        peer_cut(bob);
        peer_cut(alice);
        world_run_ms(&world, 60000);
        peer_sign_in(alice);
        for (int n = 0; n < 6; n++) {
            check_foretold();
        }
        CHECK_EQ(ask(alice, "bob", "")->persons[0].why, limits[i].reason);
        peer_sign_in(bob);
        check_foretold();
        peer_ack(bob, 1000);
        check_foretold();
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(handle_directory__finds__by_beginnings_of_login_and_name),
        TEST(handle_directory__finds__any_word_of_the_name_without_case_and_accents),
        TEST(handle_directory__pages__in_the_order_of_logins),
        TEST(handle_directory__hints__what_a_submit_would_be_told),
        TEST(handle_directory__foretells_the_verdict__on_every_row),
        TEST(handle_directory__foretells_the_verdict__of_the_other_switches),
        TEST(handle_directory__foretells_the_verdict__of_a_full_mailbox),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
