/* codec_bench.c - see codec_bench.h. */
#include "tests/proto/codec_bench.h"

#include <stdlib.h>

#include "proto/limits.h"

enum { ARENA_SIZE = 1 << 20 };

int bench_setup(void **state)
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

int bench_teardown(void **state)
{
    struct bench *bench = *state;

    free(bench->made.memory);
    free(bench->got.memory);
    oim_buf_finish(&bench->wire);
    free(bench);
    return 0;
}

void bench_put_random(struct bench *bench, const struct kind_of_frame *kind, struct frame *out)
{
    oim_arena_reset(&bench->made);
    oim_buf_clear(&bench->wire);
    random_frame(kind->kind, kind->body, &bench->random, &bench->made, out);
    CHECK_OK(codec_encode(out, &bench->wire));
}

void bench_begin_frame(struct bench *bench, uint16_t kind)
{
    uint8_t header[FRAME_HEADER_SIZE] = {0};

    oim_buf_clear(&bench->wire);
    oim_put_be16(header + 4, kind);
    oim_put_be32(header + 6, 7);
    CHECK_OK(oim_buf_append(&bench->wire, header, sizeof(header)));
}

void bench_put_hex(struct bench *bench, const char *hex)
{
    uint8_t bytes[512];
    size_t size = check_unhex(hex, bytes, sizeof(bytes));

    CHECK_OK(oim_buf_append(&bench->wire, bytes, size));
}

struct oim_slice bench_finish_frame(struct bench *bench)
{
    oim_put_be32(bench->wire.data, (uint32_t)bench->wire.size - 4);
    return oim_buf_slice(&bench->wire);
}

enum oim_status bench_get(struct bench *bench, struct oim_slice *rest, enum codec_side side,
                          struct frame *out)
{
    oim_arena_reset(&bench->got);
    return codec_decode(rest, side, &bench->got, out, &bench->err);
}
