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
    {ROLE_USER, 'u', "uma"}, {ROLE_BOT, 'b', "bot"}, {ROLE_AUDITOR, 'r', "rosa"}, {ROLE_ADMIN, 'a', "adam"}};

/* Who may, besides the owner: written a second time, on purpose. About tony, a user. */
static const struct {
    struct admin_op op;
    const char *may;
} matrix[] = {
    {{.kind = ADMIN_INVITE, .login = "new", .display = "New", .role = ROLE_USER}, "a"},
    {{.kind = ADMIN_INVITE, .login = "new", .display = "New", .role = ROLE_ADMIN}, ""},
    {{.kind = ADMIN_USER_LIST}, "ra"},
    {{.kind = ADMIN_USER_SET, .who = "tony", .display = "Tony T"}, "a"},
    {{.kind = ADMIN_USER_SET, .who = "tony", .role = ROLE_ADMIN}, ""},
    {{.kind = ADMIN_USER_ENABLE, .who = "tony", .enabled = false}, "a"},
    {{.kind = ADMIN_USER_ENABLE, .who = "owner", .enabled = false}, ""},
    {{.kind = ADMIN_USER_RESET, .who = "tony"}, "a"},
    {{.kind = ADMIN_USER_RESET, .who = "owner"}, ""},
    {{.kind = ADMIN_USER_ERASE, .who = "tony"}, "a"},
    {{.kind = ADMIN_USER_ERASE, .who = "owner"}, ""},
    {{.kind = ADMIN_INVITE_LIST}, "ra"},
    {{.kind = ADMIN_INVITE_REVOKE, .login = "tony"}, "a"},
    {{.kind = ADMIN_POLICY_GET}, "ra"},
    {{.kind = ADMIN_POLICY_NEW, .identity = "P"}, "a"},
    {{.kind = ADMIN_POLICY_SET, .identity = "Global"}, "a"},
    {{.kind = ADMIN_POLICY_REMOVE, .identity = "P"}, "a"},
    {{.kind = ADMIN_IM_CONFIG}, "ra"},
    {{.kind = ADMIN_IM_CONFIG, .set = true}, "a"},
    {{.kind = ADMIN_EFFECTIVE, .who = "tony"}, "ra"},
    {{.kind = ADMIN_OFFLINE}, "ra"},
    {{.kind = ADMIN_OFFLINE, .on = TRI_FALSE}, "a"},
    {{.kind = ADMIN_QUEUE, .who = "tony"}, "ra"},
    {{.kind = ADMIN_QUEUE, .who = "tony", .erase = true, .upto_seq = 1}, "a"},
    {{.kind = ADMIN_AUDIT_READ}, "ra"},
    {{.kind = ADMIN_STATUS}, "ra"},
    {{.kind = ADMIN_ADDRESS, .address_op = ADDRESS_OP_LIST}, "ra"},
    {{.kind = ADMIN_ADDRESS, .address_op = ADDRESS_OP_ADD, .host_port = "a.example:1"}, "a"},
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

/* Whatever else may be wrong with it, whether it is denied is the role's affair alone. */
static void handle_admin__is_denied__to_whom_the_matrix_says(void **state)
{
    (void)state;
    for (size_t a = 0; a < OIM_COUNT(actors); a++) {
        struct peer *actor = administer_join(&world, actors[a].login, actors[a].role);
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
            op.dry_run = true;
            peer_cut(actor); /* its session would not outlive the seconds between changes */
            peer_sign_in(actor);
            bool may = strchr(matrix[i].may, actors[a].letter) != NULL;
            CHECK_EQ(administer(actor, &op).status == OIM_ERR_DENIED, !may);
            peer_forget(actor);
        }
    }
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
    for (size_t a = 0; a < OIM_COUNT(actors); a++) {
        struct peer *actor = administer_join(&world, actors[a].login, actors[a].role);
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
            CHECK_OK(codec_encode(&frame, &bytes));
            if (actor->conn == 0 || !actor->ready) {
                peer_cut(actor);
                world_run_ms(&world, 1000);
                peer_sign_in(actor);
            }
            CHECK(actor->ready);
            peer_say_bytes(actor, bytes.data, bytes.size);
            peer_forget(actor);
            said_count++;
        }
        peer_cut(actor);
    }
    CHECK(said_count > 500);
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
