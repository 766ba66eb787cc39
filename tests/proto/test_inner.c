/* test_inner.c - what people write comes through whole, and what cannot be written is refused. */
#include "proto/inner.h"

#include "proto/limits.h"
#include "tests/proto/vectors.h"
#include "tests/support/check.h"

struct bench {
    uint8_t memory[65536];
    struct oim_arena arena;
    struct oim_buf out;
    struct oim_error err;
    struct inner got;
};

static void bench_init(struct bench *bench)
{
    memset(bench, 0, sizeof(*bench));
    oim_arena_init(&bench->arena, bench->memory, sizeof(bench->memory));
    oim_buf_init(&bench->out, PAYLOAD_CT_SIZE_MAX);
}

static enum oim_status back(struct bench *bench)
{
    return inner_decode(oim_buf_slice(&bench->out), &bench->arena, &bench->got, &bench->err);
}

static void inner__carries_a_chat__as_in_the_protocol(void **state)
{
    struct bench bench;
    struct inner sent = {.sent_ms = 1700000000100, .sender_seq = 1, .body = INNER_CHAT, .text = "hello"};

    (void)state;
    bench_init(&bench);
    CHECK_OK(inner_encode(&sent, &bench.out));
    CHECK_HEX(bench.out.data, bench.out.size, VECTOR_INNER);
    CHECK_OK_ERR(back(&bench), &bench.err);
    CHECK_EQ(bench.got.body, INNER_CHAT);
    CHECK_TEXT(bench.got.text, "hello");
    CHECK_EQ(bench.got.sent_ms, sent.sent_ms);
    oim_buf_finish(&bench.out);
}

static void inner__carries_receipts_and_what_was_read_elsewhere(void **state)
{
    static const struct oim_id ids[] = {{{1}}, {{2}}, {{3}}};
    static const enum inner_body bodies[] = {INNER_RECEIPT_READ, INNER_READ_UP};

    (void)state;
    for (size_t i = 0; i < OIM_COUNT(bodies); i++) {
        struct bench bench;
        struct inner sent = {.body = bodies[i], .text = "", .msg_ids = ids, .msg_id_count = OIM_COUNT(ids)};
        sent.peer.bytes[0] = bodies[i] == INNER_READ_UP ? 9 : 0;

        bench_init(&bench);
        CHECK_OK(inner_encode(&sent, &bench.out));
        CHECK_OK_ERR(back(&bench), &bench.err);
        CHECK_EQ(bench.got.body, bodies[i]);
        CHECK_EQ(bench.got.msg_id_count, OIM_COUNT(ids));
        CHECK_BYTES(bench.got.msg_ids, ids, sizeof(ids));
        CHECK_EQ(bench.got.peer.bytes[0], sent.peer.bytes[0]);
        CHECK_TEXT(bench.got.text, "");
        oim_buf_finish(&bench.out);
    }
}

/* What a program printed is sent as it is: the receiving face makes it safe (client/text/safe.h). */
static void inner__carries_any_character__that_people_may_pipe_in(void **state)
{
    (void)state;
    struct bench bench;
    bench_init(&bench);
    const struct inner in = {.body = INNER_CHAT, .text = "\x1b[31mred\x07\r\nnext\x7f \xc2\x9b tab\t"};
    CHECK_OK(inner_encode(&in, &bench.out));
    CHECK_OK_ERR(back(&bench), &bench.err);
    CHECK_TEXT(bench.got.text, in.text);
    oim_buf_finish(&bench.out);
}

static void inner__reads_later_bodies_as_none(void **state)
{
    static const char *const later[] = {
        "5200",     /* a chat, empty, for comparison */
        "6200",     /* retry = 12 */
        "5a020802", /* a receipt of kind 2 */
        "7a00",     /* a sync without read_up */
        "",
    };

    (void)state;
    for (size_t i = 0; i < OIM_COUNT(later); i++) {
        struct bench bench;
        uint8_t bytes[16];
        bench_init(&bench);
        size_t size = later[i][0] == '\0' ? 0 : check_unhex(later[i], bytes, sizeof(bytes));
        CHECK_OK(oim_buf_append(&bench.out, bytes, size));
        CHECK_OK_ERR(back(&bench), &bench.err);
        CHECK_EQ(bench.got.body, i == 0 ? INNER_CHAT : INNER_NONE);
        CHECK_TEXT(bench.got.text, "");
        oim_buf_finish(&bench.out);
    }
}

/* 8,000 characters and 16,000 bytes, whichever comes first. */
static void inner__counts_characters_and_bytes(void **state)
{
    static const struct {
        const char *letter;
        size_t count;
        bool is_allowed;
    } cases[] = {
        {"a", 8000, true}, {"a", 8001, false}, {"é", 8000, true}, {"語", 5333, true}, {"語", 5334, false}};
    static char text[32768];

    (void)state;
    for (size_t i = 0; i < OIM_COUNT(cases); i++) {
        struct bench bench;
        struct inner sent = {.body = INNER_CHAT, .text = text};
        size_t size = strlen(cases[i].letter);
        for (size_t j = 0; j < cases[i].count; j++) {
            memcpy(text + j * size, cases[i].letter, size);
        }
        text[cases[i].count * size] = '\0';
        bench_init(&bench);
        CHECK_OK(inner_encode(&sent, &bench.out));
        CHECK_STATUS(back(&bench), cases[i].is_allowed ? OIM_OK : OIM_ERR_LIMIT);
        oim_buf_finish(&bench.out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inner__carries_a_chat__as_in_the_protocol),
        cmocka_unit_test(inner__carries_receipts_and_what_was_read_elsewhere),
        cmocka_unit_test(inner__carries_any_character__that_people_may_pipe_in),
        cmocka_unit_test(inner__reads_later_bodies_as_none),
        cmocka_unit_test(inner__counts_characters_and_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
