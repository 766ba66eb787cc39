/*
 * test_codec.c - every kind survives the wire; nothing that is damaged or cut passes for something else.
 */
#include "proto/codec.h"

#include "proto/limits.h"
#include "proto/tables.h"
#include "tests/proto/codec_bench.h"
#include "tests/proto/vectors.h"

static enum codec_side side_of(const struct kind_of_frame *kind)
{
    return kind->to_server ? CODEC_TO_SERVER : CODEC_TO_CLIENT;
}

static void codec__brings_back_what_was_sent__for_every_kind(void **state)
{
    struct bench *bench = *state;

    for (size_t i = 0; i < all_kind_count; i++) {
        for (unsigned round = 0; round < 20; round++) {
            struct frame sent, received;
            bench_put_random(bench, &all_kinds[i], &sent);
            struct oim_slice rest = oim_buf_slice(&bench->wire);
            CHECK_OK_ERR(bench_get(bench, &rest, side_of(&all_kinds[i]), &received), &bench->err);
            CHECK_EQ(rest.size, 0);
            CHECK_EQ(received.kind, sent.kind);
            CHECK_EQ(received.request, sent.request);
            if (!same_message(all_kinds[i].body, &sent.u, &received.u)) {
                fail_msg("%s came back different in round %u", frame_kind_name(sent.kind), round);
            }
        }
    }
}

/*
 * Goal:   what is written is what protobuf-c would write: nothing zero, numbers packed, no byte too many.
 * Method: let it read each body and say how long its own would be.
 */
static void codec__packs_as_tightly__as_protobuf_c(void **state)
{
    struct bench *bench = *state;

    for (size_t i = 0; i < all_kind_count; i++) {
        for (unsigned round = 0; round < 20; round++) {
            struct frame sent;
            bench_put_random(bench, &all_kinds[i], &sent);
            size_t size = bench->wire.size - FRAME_HEADER_SIZE;
            ProtobufCMessage *read = protobuf_c_message_unpack(all_kinds[i].body->descriptor, NULL, size,
                                                               bench->wire.data + FRAME_HEADER_SIZE);
            CHECK(read != NULL);
            CHECK_EQ(protobuf_c_message_get_packed_size(read), size);
            protobuf_c_message_free_unpacked(read, NULL);
        }
    }
}

/*
 * Goal:   what protobuf-c writes is read here as protobuf-c reads it.
 * Method: let it read each body and write it again in its own order; the same frame must come out.
 */
static void codec__reads__what_protobuf_c_writes(void **state)
{
    struct bench *bench = *state;

    for (size_t i = 0; i < all_kind_count; i++) {
        for (unsigned round = 0; round < 20; round++) {
            struct frame sent, received;
            bench_put_random(bench, &all_kinds[i], &sent);
            uint8_t *body = bench->wire.data + FRAME_HEADER_SIZE;
            size_t size = bench->wire.size - FRAME_HEADER_SIZE;
            ProtobufCMessage *read =
                protobuf_c_message_unpack(all_kinds[i].body->descriptor, NULL, size, body);
            CHECK(read != NULL);
            CHECK_EQ(protobuf_c_message_pack(read, body), size);
            protobuf_c_message_free_unpacked(read, NULL);
            struct oim_slice rest = oim_buf_slice(&bench->wire);
            CHECK_OK_ERR(bench_get(bench, &rest, side_of(&all_kinds[i]), &received), &bench->err);
            if (!same_message(all_kinds[i].body, &sent.u, &received.u)) {
                fail_msg("%s came back different in round %u", frame_kind_name(sent.kind), round);
            }
        }
    }
}

/*
 * Goal:   a frame that lost its end is never taken for a whole one.
 * Method: hand over every beginning of it; then cut the body at every byte and make the length agree, where
 * what is left may be a smaller frame of the same kind but never one of another.
 */
static void codec__refuses__what_was_cut(void **state)
{
    struct bench *bench = *state;

    for (size_t i = 0; i < all_kind_count; i++) {
        struct frame sent, received;
        bench_put_random(bench, &all_kinds[i], &sent);
        for (size_t size = 0; size < bench->wire.size; size++) {
            struct oim_slice rest = oim_slice(bench->wire.data, size);
            CHECK_STATUS(bench_get(bench, &rest, side_of(&all_kinds[i]), &received), OIM_ERR_PROTOCOL);
            CHECK_EQ(rest.size, size);
        }
        for (size_t size = FRAME_HEADER_SIZE; size < bench->wire.size; size++) {
            struct oim_slice rest = oim_slice(bench->wire.data, size);
            oim_put_be32(bench->wire.data, (uint32_t)size - 4);
            enum oim_status status = bench_get(bench, &rest, side_of(&all_kinds[i]), &received);
            CHECK(status == OIM_ERR_PROTOCOL || (status == OIM_OK && received.kind == sent.kind));
        }
    }
}

/*
 * Goal:   no single damaged byte does harm; what is accepted all the same can be sent on.
 * Method: change each byte of a random frame of each kind in several ways, under the sanitizers; pack again
 * what passed.
 */
static void codec__survives__any_damaged_byte(void **state)
{
    static const uint8_t masks[] = {0x01, 0x80, 0xff, 0x55};
    struct bench *bench = *state;
    struct oim_buf again = {0};

    oim_buf_init(&again, MESSAGE_SIZE_MAX);
    for (size_t i = 0; i < all_kind_count; i++) {
        struct frame sent, received;
        bench_put_random(bench, &all_kinds[i], &sent);
        for (size_t at = 0; at < bench->wire.size * OIM_COUNT(masks); at++) {
            uint8_t *byte = &bench->wire.data[at / OIM_COUNT(masks)];
            uint8_t before = *byte;
            *byte ^= masks[at % OIM_COUNT(masks)];
            struct oim_slice rest = oim_buf_slice(&bench->wire);
            if (bench_get(bench, &rest, side_of(&all_kinds[i]), &received) == OIM_OK) {
                oim_buf_clear(&again);
                CHECK_OK(codec_encode(&received, &again));
            }
            *byte = before;
        }
    }
    oim_buf_finish(&again);
}

static void codec__reads__a_submit_written_by_hand(void **state)
{
    struct bench *bench = *state;
    struct frame got;

    bench_begin_frame(bench, FRAME_SUBMIT);
    bench_put_hex(bench, SUBMIT_SMALL "4212"
                                      "0a10"
                                      "33333333333333333333333333333333");
    struct oim_slice rest = bench_finish_frame(bench);
    CHECK_OK_ERR(bench_get(bench, &rest, CODEC_TO_SERVER, &got), &bench->err);
    CHECK_EQ(got.request, 7);
    CHECK_EQ(got.u.submit.send_no, 1);
    CHECK_HEX(got.u.submit.to_user.bytes, OIM_ID_SIZE, ID_11);
    CHECK_EQ(got.u.submit.cls, CLS_CHAT);
    CHECK_HEX(got.u.submit.payload.ct.data, got.u.submit.payload.ct.size, "78");
    CHECK_EQ(got.u.submit.slot_count, 1);
    CHECK_HEX(got.u.submit.slots[0].device_id.bytes, OIM_ID_SIZE, "33333333333333333333333333333333");
    CHECK(!got.u.submit.slots[0].has_init);
}

static void codec__packs_the_example_of_the_protocol(void **state)
{
    struct bench *bench = *state;
    struct key_slot slot = {0};
    uint8_t inner[64];
    struct frame sent = {
        .kind = FRAME_SUBMIT,
        .request = 1,
        .u.submit = {.send_no = 8, .cls = CLS_CHAT, .log_seq = 2, .slots = &slot, .slot_count = 1}};

    memset(sent.u.submit.to_user.bytes, 0x0a, OIM_ID_SIZE);
    memset(sent.u.submit.msg_id.bytes, 0x22, OIM_ID_SIZE);
    (void)check_unhex(VECTOR_DEVICE_ID, slot.device_id.bytes, OIM_ID_SIZE);
    sent.u.submit.payload.ct = oim_slice(inner, check_unhex(VECTOR_INNER, inner, sizeof(inner)));
    CHECK_OK(codec_encode(&sent, &bench->wire));
    CHECK_HEX(bench->wire.data, bench->wire.size, VECTOR_SUBMIT_FRAME);
}

static void codec__moves_on__past_a_kind_it_does_not_know(void **state)
{
    struct bench *bench = *state;
    struct frame ping = {.kind = FRAME_PING, .request = 9}, got;

    bench_begin_frame(bench, 77);
    bench_put_hex(bench, "ffffff");
    (void)bench_finish_frame(bench);
    CHECK_OK(codec_encode(&ping, &bench->wire));
    struct oim_slice rest = oim_buf_slice(&bench->wire);
    CHECK_STATUS(bench_get(bench, &rest, CODEC_TO_SERVER, &got), OIM_ERR_NOT_FOUND);
    CHECK_EQ((unsigned)got.kind, 77);
    CHECK_EQ(got.request, 7);
    CHECK_OK_ERR(bench_get(bench, &rest, CODEC_TO_SERVER, &got), &bench->err);
    CHECK_EQ(got.kind, FRAME_PING);
    CHECK_EQ(got.request, 9);
    CHECK_EQ(rest.size, 0);
}

static void codec__does_not_know__kinds_of_the_other_direction(void **state)
{
    struct bench *bench = *state;

    for (size_t i = 0; i < all_kind_count; i++) {
        struct frame sent, got;
        bench_put_random(bench, &all_kinds[i], &sent);
        for (enum codec_side side = CODEC_TO_SERVER; side <= CODEC_TO_CLIENT; side++) {
            bool is_allowed = side == CODEC_TO_SERVER ? all_kinds[i].to_server : all_kinds[i].to_client;
            struct oim_slice rest = oim_buf_slice(&bench->wire);
            CHECK_STATUS(bench_get(bench, &rest, side, &got), is_allowed ? OIM_OK : OIM_ERR_NOT_FOUND);
            CHECK_EQ(rest.size, 0);
        }
    }
}

static void codec__takes_frames_in_order__from_one_message(void **state)
{
    struct bench *bench = *state;
    struct frame got;

    for (uint32_t i = 0; i < 16; i++) {
        struct frame sync = {.kind = FRAME_SYNC, .request = i, .u.sync = {.from_seq = i, .window_rows = 256}};
        CHECK_OK(codec_encode(&sync, &bench->wire));
    }
    struct oim_slice rest = oim_buf_slice(&bench->wire);
    for (uint32_t i = 0; i < 16; i++) {
        CHECK_OK_ERR(bench_get(bench, &rest, CODEC_TO_SERVER, &got), &bench->err);
        CHECK_EQ(got.u.sync.from_seq, i);
        CHECK_EQ(got.request, i);
    }
    CHECK_EQ(rest.size, 0);
}

static void codec__refuses__lengths_that_cannot_be(void **state)
{
    static const struct {
        uint32_t length;
        enum oim_status status;
    } cases[] = {
        {0, OIM_ERR_PROTOCOL},
        {5, OIM_ERR_PROTOCOL},
        {7, OIM_ERR_PROTOCOL},
        {FRAME_SIZE_MAX - 4, OIM_ERR_PROTOCOL}, /* more than there is */
        {FRAME_SIZE_MAX - 3, OIM_ERR_LIMIT},
        {UINT32_MAX, OIM_ERR_LIMIT},
    };
    struct bench *bench = *state;

    for (size_t i = 0; i < OIM_COUNT(cases); i++) {
        struct frame got;
        bench_begin_frame(bench, FRAME_SYNC);
        oim_put_be32(bench->wire.data, cases[i].length);
        struct oim_slice rest = oim_buf_slice(&bench->wire);
        CHECK_STATUS(bench_get(bench, &rest, CODEC_TO_SERVER, &got), cases[i].status);
    }
}

static void codec__refuses__ranges_that_run_backwards_or_away(void **state)
{
    static const struct {
        uint16_t kind;
        const char *hex;
    } cases[] = {
        {FRAME_SUBMIT_RESULT, "0802"
                              "1001"
                              "1801"},
        {FRAME_SUBMIT_RESULT, "0801"
                              "1041"
                              "1801"}, /* 65 numbers: more than may be unanswered */
        {FRAME_GAP, "0802"
                    "1001"},
    };
    struct bench *bench = *state;

    for (size_t i = 0; i < OIM_COUNT(cases); i++) {
        struct frame got;
        bench_begin_frame(bench, cases[i].kind);
        bench_put_hex(bench, cases[i].hex);
        struct oim_slice rest = bench_finish_frame(bench);
        CHECK_STATUS(bench_get(bench, &rest, CODEC_TO_CLIENT, &got), OIM_ERR_PROTOCOL);
    }
}

/*
 * Goal:   a full arena is an answer, not an end (STYLE 7).
 * Method: decode one frame of each kind in every arena that is too small for it.
 */
static void codec__says_limit__when_the_arena_is_full(void **state)
{
    struct bench *bench = *state;

    for (size_t i = 0; i < all_kind_count; i++) {
        struct frame sent, got;
        bench_put_random(bench, &all_kinds[i], &sent);
        struct oim_slice rest = oim_buf_slice(&bench->wire);
        CHECK_OK_ERR(bench_get(bench, &rest, side_of(&all_kinds[i]), &got), &bench->err);
        size_t needed = bench->got.used;
        for (size_t size = 0; size < needed; size += 16) {
            struct oim_arena small;
            oim_arena_init(&small, bench->got.memory, size);
            rest = oim_buf_slice(&bench->wire);
            CHECK_STATUS(codec_decode(&rest, side_of(&all_kinds[i]), &small, &got, &bench->err),
                         OIM_ERR_LIMIT);
            CHECK_EQ(rest.size, bench->wire.size);
        }
    }
}

/* What does not fit leaves no half frame behind: the message before it can still be sent. */
static void codec__leaves_the_buffer_alone__when_a_frame_does_not_fit(void **state)
{
    struct bench *bench = *state;

    for (size_t i = 0; i < all_kind_count; i++) {
        struct frame sent;
        bench_put_random(bench, &all_kinds[i], &sent);
        for (size_t size_max = 3; size_max < 3 + bench->wire.size; size_max++) {
            struct oim_buf small = {0};
            oim_buf_init(&small, size_max);
            CHECK_OK(oim_buf_append(&small, "abc", 3));
            CHECK_STATUS(codec_encode(&sent, &small), OIM_ERR_LIMIT);
            CHECK_EQ(small.size, 3);
            CHECK_BYTES(small.data, "abc", 3);
            oim_buf_finish(&small);
        }
    }
}

/* The length of a sub-message takes one, two or three bytes: around 128 and 16384 its contents move up. */
static void codec__carries__payloads_of_every_size_that_matters(void **state)
{
    static const size_t sizes[] = {1,   123,   124,   125,   126,   127,   128,
                                   129, 16377, 16378, 16379, 16380, 16381, PAYLOAD_CT_SIZE_MAX};
    static uint8_t ct[PAYLOAD_CT_SIZE_MAX];
    struct bench *bench = *state;

    fake_random_of(&bench->random).fill(&bench->random, ct, sizeof(ct));
    for (size_t i = 0; i < OIM_COUNT(sizes); i++) {
        struct frame sent = {.kind = FRAME_DELIVER,
                             .u.deliver = {.seq = 1,
                                           .msg_id = {{1}},
                                           .cls = CLS_CHAT,
                                           .sender_user = {{2}},
                                           .payload.ct = oim_slice(ct, sizes[i])}};
        struct frame got;
        oim_buf_clear(&bench->wire);
        CHECK_OK(codec_encode(&sent, &bench->wire));
        struct oim_slice rest = oim_buf_slice(&bench->wire);
        CHECK_OK_ERR(bench_get(bench, &rest, CODEC_TO_CLIENT, &got), &bench->err);
        CHECK(oim_slice_equal(got.u.deliver.payload.ct, sent.u.deliver.payload.ct));
    }
}

/* limits.h promises it: the longest text to 32 sealed devices, each with a new session. */
static void codec__fits__the_largest_submit_into_a_frame(void **state)
{
    static uint8_t ct[PAYLOAD_CT_SIZE_MAX];
    struct bench *bench = *state;
    struct key_slot slots[SLOT_COUNT_MAX];
    struct frame got;
    struct frame sent = {
        .kind = FRAME_SUBMIT,
        .request = UINT32_MAX,
        .u.submit = {.send_no = UINT64_MAX,
                     .to_user = {{1}},
                     .msg_id = {{1}},
                     .suite = UINT32_MAX,
                     .cls = CLS_NOTICE,
                     .log_seq = UINT64_MAX,
                     .payload = {oim_slice(ct, 24), oim_slice(ct, 32), oim_slice(ct, sizeof(ct))},
                     .slots = slots,
                     .slot_count = SLOT_COUNT_MAX,
                     .ttl_s = UINT32_MAX,
                     .group_id = {{1}}}};

    for (size_t i = 0; i < SLOT_COUNT_MAX; i++) {
        slots[i] = (struct key_slot){.device_id = {{1}},
                                     .session_hint = oim_slice(ct, 8),
                                     .has_init = true,
                                     .init_ik = oim_slice(ct, 32),
                                     .init_ek = oim_slice(ct, 32),
                                     .init_spk_id = UINT32_MAX,
                                     .init_otpk_id = UINT32_MAX,
                                     .ratchet_pub = oim_slice(ct, 32),
                                     .pn = UINT32_MAX,
                                     .n = UINT32_MAX,
                                     .nonce = oim_slice(ct, 24),
                                     .ct = oim_slice(ct, 48)};
    }
    CHECK_OK(codec_encode(&sent, &bench->wire));
    struct oim_slice rest = oim_buf_slice(&bench->wire);
    CHECK_OK_ERR(bench_get(bench, &rest, CODEC_TO_SERVER, &got), &bench->err);
    CHECK(same_message(&wire_submit, &sent.u, &got.u));
}

/*
 * Goal:   the step's arena of 256 KiB is enough for whatever a peer may rightly send.
 * Method: the fullest frame of each kind; what is too full for a frame is not sent.
 */
static void codec__needs_at_most_256_kib__for_the_fullest_frames(void **state)
{
    struct bench *bench = *state;

    for (size_t i = 0; i < all_kind_count; i++) {
        enum codec_side side = all_kinds[i].to_client ? CODEC_TO_CLIENT : CODEC_TO_SERVER;
        struct frame sent = {.kind = all_kinds[i].kind}, got;
        oim_arena_reset(&bench->made);
        oim_buf_clear(&bench->wire);
        random_message(all_kinds[i].body, &bench->random, FULL_MOST, &bench->made, &sent.u);
        if (sent.kind == FRAME_PEOPLE) {
            sent.u.people.person_count = 15; /* with 8 devices each */
        } else if (sent.kind == FRAME_SUBMIT_RESULT) {
            sent.u.submit_result.to_no = sent.u.submit_result.from_no;
        } else if (sent.kind == FRAME_GAP) {
            sent.u.gap.to_seq = sent.u.gap.from_seq;
        }
        CHECK_OK(codec_encode(&sent, &bench->wire));
        struct oim_slice rest = oim_buf_slice(&bench->wire);
        CHECK_OK_ERR(bench_get(bench, &rest, side, &got), &bench->err);
        CHECK(bench->got.used <= 256 * 1024);
    }
}

static void codec__names__its_kinds(void **state)
{
    (void)state;
    CHECK_TEXT(frame_kind_name(FRAME_SUBMIT), "Submit");
    CHECK_TEXT(frame_kind_name(FRAME_PONG), "Pong");
    CHECK_TEXT(frame_kind_name(77), "unknown");
    CHECK_TEXT(frame_kind_name(UINT32_MAX), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(codec__brings_back_what_was_sent__for_every_kind),
        BENCH_TEST(codec__packs_as_tightly__as_protobuf_c),
        BENCH_TEST(codec__reads__what_protobuf_c_writes),
        BENCH_TEST(codec__refuses__what_was_cut),
        BENCH_TEST(codec__survives__any_damaged_byte),
        BENCH_TEST(codec__reads__a_submit_written_by_hand),
        BENCH_TEST(codec__packs_the_example_of_the_protocol),
        BENCH_TEST(codec__moves_on__past_a_kind_it_does_not_know),
        BENCH_TEST(codec__does_not_know__kinds_of_the_other_direction),
        BENCH_TEST(codec__takes_frames_in_order__from_one_message),
        BENCH_TEST(codec__refuses__lengths_that_cannot_be),
        BENCH_TEST(codec__refuses__ranges_that_run_backwards_or_away),
        BENCH_TEST(codec__says_limit__when_the_arena_is_full),
        BENCH_TEST(codec__leaves_the_buffer_alone__when_a_frame_does_not_fit),
        BENCH_TEST(codec__carries__payloads_of_every_size_that_matters),
        BENCH_TEST(codec__fits__the_largest_submit_into_a_frame),
        BENCH_TEST(codec__needs_at_most_256_kib__for_the_fullest_frames),
        BENCH_TEST(codec__names__its_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
