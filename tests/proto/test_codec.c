/* test_codec.c - every kind survives the wire; nothing that is damaged, cut or overgrown passes for something
 * else. */
#include "proto/codec.h"

#include <stdlib.h>

#include "proto/limits.h"
#include "proto/tables.h"
#include "tests/proto/random_message.h"
#include "tests/support/check.h"
#include "tests/support/fake.h"

enum { ARENA_SIZE = 1 << 20 };

struct bench {
    struct oim_arena made; /* what was sent */
    struct oim_arena got;  /* what was received */
    struct oim_buf wire;
    struct fake_random random;
    struct oim_error err;
};

static int bench_setup(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));

    CHECK(bench != NULL);
    oim_arena_init(&bench->made, malloc(ARENA_SIZE), ARENA_SIZE);
    oim_arena_init(&bench->got, malloc(ARENA_SIZE), ARENA_SIZE);
    oim_buf_init(&bench->wire, MESSAGE_SIZE_MAX);
    fake_random_init(&bench->random, 42);
    *state = bench;
    return 0;
}

static int bench_teardown(void **state)
{
    struct bench *bench = *state;

    free(bench->made.memory);
    free(bench->got.memory);
    oim_buf_finish(&bench->wire);
    free(bench);
    return 0;
}

static enum codec_side side_of(const struct kind_of_frame *kind)
{
    return kind->to_server ? CODEC_TO_SERVER : CODEC_TO_CLIENT;
}

/* A random frame of this kind, alone in bench->wire. */
static void put_random(struct bench *bench, const struct kind_of_frame *kind, struct frame *out)
{
    oim_arena_reset(&bench->made);
    oim_buf_clear(&bench->wire);
    random_frame(kind->kind, kind->body, &bench->random, &bench->made, out);
    CHECK_OK(codec_encode(out, &bench->wire));
}

static enum oim_status get(struct bench *bench, struct oim_slice *rest, enum codec_side side,
                           struct frame *out)
{
    oim_arena_reset(&bench->got);
    return codec_decode(rest, side, &bench->got, out, &bench->err);
}

static void codec__brings_back_what_was_sent__for_every_kind(void **state)
{
    struct bench *bench = *state;

    for (size_t i = 0; i < all_kind_count; i++) {
        for (unsigned round = 0; round < 20; round++) {
            struct frame sent, received;
            put_random(bench, &all_kinds[i], &sent);
            struct oim_slice rest = oim_buf_slice(&bench->wire);
            CHECK_OK_ERR(get(bench, &rest, side_of(&all_kinds[i]), &received), &bench->err);
            CHECK_EQ(rest.size, 0);
            CHECK_EQ(received.kind, sent.kind);
            CHECK_EQ(received.request, sent.request);
            if (!same_message(all_kinds[i].body, &sent.u, &received.u)) {
                fail_msg("%s came back different in round %u", frame_kind_name(sent.kind), round);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(codec__brings_back_what_was_sent__for_every_kind, bench_setup,
                                        bench_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
