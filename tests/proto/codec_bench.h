/*
 * codec_bench.h - two arenas, a message and a seed: what tests of the codec share.
 */
#ifndef OIM_TESTS_PROTO_CODEC_BENCH_H
#define OIM_TESTS_PROTO_CODEC_BENCH_H

#include "proto/codec.h"
#include "tests/proto/random_message.h"
#include "tests/support/check.h"
#include "tests/support/fake.h"

struct bench {
    struct oim_arena made; /* what was sent */
    struct oim_arena got;  /* what was received */
    struct oim_buf wire;
    struct fake_random random;
    struct oim_error err;
};

int bench_setup(void **state);
int bench_teardown(void **state);

/* A random frame of this kind, alone in bench->wire. */
void bench_put_random(struct bench *bench, const struct kind_of_frame *kind, struct frame *out);

/* A frame by hand: begin (request 7), any hexadecimal bytes, finish. */
void bench_begin_frame(struct bench *bench, uint16_t kind);
void bench_put_hex(struct bench *bench, const char *hex);
struct oim_slice bench_finish_frame(struct bench *bench); /* the whole message */

/* codec_decode with a fresh arena; the sentence is in bench->err. */
enum oim_status bench_get(struct bench *bench, struct oim_slice *rest, enum codec_side side,
                          struct frame *out);

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

/* clang-format off */
#define ID_11 "11111111111111111111111111111111"
/* send_no 1, to_user 16 x 11, msg_id 16 x 22, cls CHAT, payload{ct "x"} */
#define SUBMIT_SMALL "0801" "1210" ID_11 "1a10" "22222222222222222222222222222222" "2801" "3a03" "1a0178"
/* clang-format on */

#endif
