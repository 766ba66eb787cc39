/*
 * test_every_role.c - every administrator's operation and every frame, from somebody of every role, through
 * the core.
 */
#include "proto/codec.h"
#include "tests/proto/random_message.h"
#include "tests/support/administer.h"
#include "tests/support/check.h"
#include "tests/support/world.h"

static const struct {
    enum role role;
    char letter;
    const char *login;
} actors[] = {
    {ROLE_USER, 'u', "uma"},   {ROLE_BOT, 'b', "bot"},     {ROLE_AUDITOR, 'r', "rosa"},
    {ROLE_ADMIN, 'a', "adam"}, {ROLE_OWNER, 'o', "owner"},
};

/*
 * Who may, besides the owner: written a second time, on purpose. About tony, a user. Who may gets it done (in
 * a dry run), or hears what else is wrong with it: status.
 */
static const struct {
    struct admin_op op;
    const char *may;
    enum oim_status status;
} matrix[] = {
    {{.kind = ADMIN_INVITE, .login = "new", .display = "New", .role = ROLE_USER}, .may = "a"},
    {{.kind = ADMIN_INVITE, .login = "new", .display = "New", .role = ROLE_ADMIN}, .may = ""},
    {{.kind = ADMIN_USER_LIST}, .may = "ra"},
    {{.kind = ADMIN_USER_SET, .who = "tony", .display = "Tony T"}, .may = "a"},
    {{.kind = ADMIN_USER_SET, .who = "tony", .role = ROLE_ADMIN}, .may = ""},
    {{.kind = ADMIN_USER_ENABLE, .who = "tony", .enabled = false}, .may = "a"},
    {{.kind = ADMIN_USER_ENABLE, .who = "owner", .enabled = false}, .may = "", .status = OIM_ERR_CONFLICT},
    {{.kind = ADMIN_USER_RESET, .who = "tony", .generation = 2}, .may = "a"},
    {{.kind = ADMIN_USER_RESET, .who = "owner", .generation = 2}, .may = "", .status = OIM_ERR_CONFLICT},
    {{.kind = ADMIN_USER_ERASE, .who = "tony"}, .may = "a"},
    {{.kind = ADMIN_USER_ERASE, .who = "owner"}, .may = "", .status = OIM_ERR_CONFLICT},
    {{.kind = ADMIN_INVITE_LIST}, .may = "ra"},
    {{.kind = ADMIN_INVITE_REVOKE, .login = "tony"}, .may = "a", .status = OIM_ERR_NOT_FOUND},
    {{.kind = ADMIN_POLICY_GET}, .may = "ra"},
    {{.kind = ADMIN_POLICY_NEW, .identity = "P"}, .may = "a"},
    {{.kind = ADMIN_POLICY_SET, .identity = "Global"}, .may = "a", .status = OIM_ERR_USAGE},
    {{.kind = ADMIN_POLICY_REMOVE, .identity = "P"}, .may = "a", .status = OIM_ERR_NOT_FOUND},
    {{.kind = ADMIN_IM_CONFIG}, .may = "ra"},
    {{.kind = ADMIN_IM_CONFIG, .set = true}, .may = "a", .status = OIM_ERR_USAGE},
    {{.kind = ADMIN_EFFECTIVE, .who = "tony"}, .may = "ra"},
    {{.kind = ADMIN_OFFLINE}, .may = "ra"},
    {{.kind = ADMIN_OFFLINE, .on = TRI_FALSE}, .may = "a"},
    {{.kind = ADMIN_QUEUE, .who = "tony"}, .may = "ra"},
    {{.kind = ADMIN_QUEUE, .who = "tony", .erase = true, .upto_seq = 1}, .may = "a"},
    {{.kind = ADMIN_AUDIT_READ}, .may = "ra"},
    {{.kind = ADMIN_STATUS}, .may = "ra"},
    {{.kind = ADMIN_ADDRESS, .address_op = ADDRESS_OP_LIST}, .may = "ra"},
    {{.kind = ADMIN_ADDRESS, .address_op = ADDRESS_OP_ADD, .host_port = "a.example:1"}, .may = "a"},
};

static struct world world;

static int setup(void **state)
{
    (void)state;
    world_init(&world, 11);
    (void)world_join(&world, "tony");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

static struct peer *actor_of(size_t index)
{
    return actors[index].role == ROLE_OWNER
               ? world.owner
               : administer_join(&world, actors[index].login, actors[index].role);
}

/* Whatever else may be wrong with it, whether it is denied is the role's affair alone. */
static void handle_admin__is_denied__to_whom_the_matrix_says(void **state)
{
    (void)state;
    for (size_t a = 0; a < OIM_COUNT(actors); a++) {
        struct peer *actor = actor_of(a);
        for (size_t i = 0; i < OIM_COUNT(matrix); i++) {
            struct admin_op op = admin_op_of(matrix[i].op.kind);
            const struct admin_op *wanted = &matrix[i].op;
            op.login = wanted->login != NULL ? wanted->login : op.login;
            op.display = wanted->display != NULL ? wanted->display : op.display;
            op.who = wanted->who != NULL ? wanted->who : op.who;
            op.identity = wanted->identity != NULL ? wanted->identity : op.identity;
            op.host_port = wanted->host_port != NULL ? wanted->host_port : op.host_port;
            op.role = wanted->role;
            op.enabled = wanted->enabled;
            op.set = wanted->set;
            op.on = wanted->on;
            op.address_op = wanted->address_op;
            op.erase = wanted->erase;
            op.upto_seq = wanted->upto_seq;
            op.generation = wanted->generation;
            op.dry_run = true;
            peer_cut(actor); /* its session would not outlive the seconds between changes */
            peer_sign_in(actor);
            bool is_owner = actors[a].role == ROLE_OWNER;
            bool may = is_owner || strchr(matrix[i].may, actors[a].letter) != NULL;
            CHECK_STATUS(administer(actor, &op).status, may ? matrix[i].status : OIM_ERR_DENIED);
            peer_forget(actor);
        }
    }
}

/* What answers each kind from somebody who is signed in, if not Error; 0: nothing does. */
static const struct {
    enum frame_kind kind, answer;
} answers[] = {
    {FRAME_SUBMIT, 0},
    {FRAME_DIRECTORY, FRAME_PEOPLE},
    {FRAME_SYNC, 0},
    {FRAME_ACK, 0},
    {FRAME_ATTEND, 0},
    {FRAME_PRESENCES, 0},
    {FRAME_TYPING, 0},
    {FRAME_CONTACT, FRAME_CONTACTS},
    {FRAME_LINK_OPEN, FRAME_LINK_OPENED},
    {FRAME_LINK_BODY, 0},
    {FRAME_LOG_GET, FRAME_LOG_PAGE},
    {FRAME_LOG_APPEND, FRAME_LOG_APPENDED},
    {FRAME_PONG, 0},
    {FRAME_ADMIN, FRAME_ADMIN_RESULT},
    {FRAME_PING, FRAME_PONG},
    {FRAME_BYE, 0},
};

static bool is_signed_in_kind(enum frame_kind kind, enum frame_kind *out_answer)
{
    for (size_t i = 0; i < OIM_COUNT(answers); i++) {
        if (answers[i].kind == kind) {
            *out_answer = answers[i].answer;
            return true;
        }
    }
    return false;
}

/* One Error with this code for the request, and nothing else. */
static void check_error(const struct peer *actor, const struct frame *said, uint32_t code)
{
    CHECK_EQ(peer_count(actor, FRAME_ERROR), 1);
    const struct frame *error = peer_last(actor, FRAME_ERROR);
    CHECK_EQ(error->u.error.code, code);
    CHECK_EQ(error->u.error.offending_kind, said->kind);
    CHECK_EQ(error->request, said->request);
}

/*
 * What came back is right for the kind: what it asks for, or one Error that does not blame the server. A
 * Submit is answered by its number, once. Returns whether it was done.
 */
static bool check_answer(const struct peer *actor, const struct kind_of_frame *kind, const struct frame *said)
{
    enum frame_kind answer = 0;
    if (!kind->to_server || kind->kind == FRAME_ERROR) {
        check_error(actor, said, OIM_WIRE_UNKNOWN_KIND);
        return false;
    }
    if (!is_signed_in_kind(kind->kind, &answer)) {
        check_error(actor, said, oim_status_wire_code(OIM_ERR_PROTOCOL));
        return false;
    }
    if (actor->conn == 0) { /* only Bye and what is no valid request at all end it */
        CHECK(kind->kind == FRAME_BYE || peer_count(actor, FRAME_BYE) == 1);
        return false;
    }
    size_t error_count = peer_count(actor, FRAME_ERROR);
    if (error_count > 0) {
        uint32_t code = peer_last(actor, FRAME_ERROR)->u.error.code;
        check_error(actor, said, code);
        CHECK(code != oim_status_wire_code(OIM_ERR_STORAGE) && code != oim_status_wire_code(OIM_ERR_IO));
        CHECK_EQ(answer == 0 ? 0 : peer_count(actor, answer), 0);
        return false;
    }
    if (answer != 0) {
        CHECK_EQ(peer_count(actor, answer), 1);
        CHECK_EQ(peer_last(actor, answer)->request, said->request);
    }
    if (kind->kind == FRAME_SUBMIT) {
        CHECK_EQ(peer_count(actor, FRAME_SUBMIT_RESULT) + peer_count(actor, FRAME_DEVICE_SET_WRONG), 1);
    }
    return true;
}

/*
 * Goal:   nobody's frames, however well formed, stop the server or lose what waits.
 * Method: somebody of each role says every kind of frame, several of each, filled at random; who is shut out
 * signs in again.
 */
static void core_step__goes_on__after_every_frame_from_every_role(void **state)
{
    (void)state;
    static uint8_t memory[256 * 1024];
    struct peer *bob = world_join(&world, "bob");
    struct peer *eve = world_join(&world, "eve");
    peer_cut(bob);
    (void)peer_send(eve, "bob", "still here");
    size_t said_count = 0;
    size_t done_count = 0;
    for (size_t a = 0; a < OIM_COUNT(actors); a++) {
        struct peer *actor = actor_of(a);
        for (size_t i = 0; i < 5 * all_kind_count; i++) {
            struct oim_arena arena;
            struct fake_random random;
            struct frame frame;
            OIM_CLEANUP(oim_buf_finish)
            struct oim_buf bytes = {.size_max = FRAME_SIZE_MAX + FRAME_HEADER_SIZE};
            oim_arena_init(&arena, memory, sizeof(memory));
            fake_random_init(&random, i);
            random_frame(all_kinds[i % all_kind_count].kind, all_kinds[i % all_kind_count].body, &random,
                         &arena, &frame);
            frame.request = (uint32_t)i + 1;
            CHECK_OK(codec_encode(&frame, &bytes));
            if (actor->conn == 0 || !actor->ready) {
                peer_cut(actor);
                world_run_ms(&world, 1000);
                peer_sign_in(actor);
            }
            CHECK(actor->ready);
            peer_forget(actor);
            peer_say_bytes(actor, bytes.data, bytes.size);
            done_count += check_answer(actor, &all_kinds[i % all_kind_count], &frame);
            peer_forget(actor);
            said_count++;
        }
        peer_cut(actor);
    }
    CHECK(said_count > 500);
    CHECK(done_count > 50);
    peer_sign_in(bob);
    CHECK_EQ(peer_text_count(bob, "still here"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(handle_admin__is_denied__to_whom_the_matrix_says, setup, teardown),
        cmocka_unit_test_setup_teardown(core_step__goes_on__after_every_frame_from_every_role, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
