/* test_codec.c - every kind survives the wire; nothing that is damaged, cut or overgrown passes for something
 * else. */
#include "proto/codec.h"

#include <stdlib.h>

#include "proto/limits.h"
#include "proto/tables.h"
#include "tests/proto/random_message.h"
#include "tests/proto/vectors.h"
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
        put_random(bench, &all_kinds[i], &sent);
        for (size_t size = 0; size < bench->wire.size; size++) {
            struct oim_slice rest = oim_slice(bench->wire.data, size);
            CHECK_STATUS(get(bench, &rest, side_of(&all_kinds[i]), &received), OIM_ERR_PROTOCOL);
            CHECK_EQ(rest.size, size);
        }
        for (size_t size = FRAME_HEADER_SIZE; size < bench->wire.size; size++) {
            struct oim_slice rest = oim_slice(bench->wire.data, size);
            oim_put_be32(bench->wire.data, (uint32_t)size - 4);
            enum oim_status status = get(bench, &rest, side_of(&all_kinds[i]), &received);
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
        put_random(bench, &all_kinds[i], &sent);
        for (size_t at = 0; at < bench->wire.size * OIM_COUNT(masks); at++) {
            uint8_t *byte = &bench->wire.data[at / OIM_COUNT(masks)];
            uint8_t before = *byte;
            *byte ^= masks[at % OIM_COUNT(masks)];
            struct oim_slice rest = oim_buf_slice(&bench->wire);
            if (get(bench, &rest, side_of(&all_kinds[i]), &received) == OIM_OK) {
                oim_buf_clear(&again);
                CHECK_OK(codec_encode(&received, &again));
            }
            *byte = before;
        }
    }
    oim_buf_finish(&again);
}

/* Start a frame by hand; finish_frame writes its length. */
static void begin_frame(struct bench *bench, uint16_t kind)
{
    uint8_t header[FRAME_HEADER_SIZE] = {0};

    oim_buf_clear(&bench->wire);
    oim_put_be16(header + 4, kind);
    oim_put_be32(header + 6, 7);
    CHECK_OK(oim_buf_append(&bench->wire, header, sizeof(header)));
}

static void put_hex(struct bench *bench, const char *hex)
{
    uint8_t bytes[512];
    size_t size = check_unhex(hex, bytes, sizeof(bytes));

    CHECK_OK(oim_buf_append(&bench->wire, bytes, size));
}

static struct oim_slice finish_frame(struct bench *bench)
{
    oim_put_be32(bench->wire.data, (uint32_t)bench->wire.size - 4);
    return oim_buf_slice(&bench->wire);
}

#define ID_11 "11111111111111111111111111111111"
/* send_no 1, to_user 16 x 11, msg_id 16 x 22, cls CHAT, payload{ct "x"} */
#define SUBMIT_SMALL                   \
    "0801"                             \
    "1210" ID_11 "1a10"                \
    "22222222222222222222222222222222" \
    "2801"                             \
    "3a03"                             \
    "1a0178"

static void codec__reads__a_submit_written_by_hand(void **state)
{
    struct bench *bench = *state;
    struct frame got;

    begin_frame(bench, FRAME_SUBMIT);
    put_hex(bench, SUBMIT_SMALL "4212"
                                "0a10"
                                "33333333333333333333333333333333");
    struct oim_slice rest = finish_frame(bench);
    CHECK_OK_ERR(get(bench, &rest, CODEC_TO_SERVER, &got), &bench->err);
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

static void check_refused(struct bench *bench, uint16_t kind, const char *hex, enum oim_status status,
                          const char *sentence)
{
    struct frame got;

    begin_frame(bench, kind);
    put_hex(bench, hex);
    struct oim_slice rest = finish_frame(bench);
    CHECK_STATUS(get(bench, &rest, CODEC_TO_SERVER, &got), status);
    CHECK_TEXT(bench->err.text, sentence);
}

static void codec__says_which_field_is_wrong(void **state)
{
    struct bench *bench = *state;

    check_refused(bench, FRAME_SUBMIT,
                  "0801"
                  "1210" ID_11 "1a0f"
                  "222222222222222222222222222222",
                  OIM_ERR_PROTOCOL, "Submit.msg_id is 15 bytes, must be 16");
    check_refused(bench, FRAME_SUBMIT,
                  "0801"
                  "1210" ID_11 "1a11" ID_11 "00",
                  OIM_ERR_PROTOCOL, "Submit.msg_id is 17 bytes, must be 16");
    check_refused(bench, FRAME_SUBMIT,
                  "0801"
                  "1210" ID_11 "2801"
                  "3a03"
                  "1a0178",
                  OIM_ERR_PROTOCOL, "Submit.msg_id is missing");
    check_refused(bench, FRAME_TYPING,
                  "0a10"
                  "00000000000000000000000000000000",
                  OIM_ERR_PROTOCOL, "Typing.to_user is missing");
    check_refused(bench, FRAME_SUBMIT,
                  "0801"
                  "1210" ID_11 "1a10" ID_11 "2801"
                  "3a021a00",
                  OIM_ERR_PROTOCOL, "Payload.ct is missing");
    check_refused(bench, FRAME_SUBMIT, SUBMIT_SMALL "0802", OIM_ERR_PROTOCOL,
                  "Submit.send_no is there twice");
    check_refused(bench, FRAME_SUBMIT, SUBMIT_SMALL "4200", OIM_ERR_PROTOCOL, "KeySlot.device_id is missing");
    check_refused(bench, FRAME_SUBMIT, SUBMIT_SMALL "0a0101", OIM_ERR_PROTOCOL,
                  "Submit.send_no is bytes, must be a number");
    check_refused(bench, FRAME_SUBMIT, "1805", OIM_ERR_PROTOCOL, "Submit.msg_id is a number, must be bytes");
    check_refused(bench, FRAME_SUBMIT, "2807", OIM_ERR_PROTOCOL, "Submit.cls has the unknown value 7");
    check_refused(bench, FRAME_SUBMIT, "20ffffffff7f", OIM_ERR_PROTOCOL,
                  "Submit.suite is 34359738367, which is no 32-bit number");
    check_refused(bench, FRAME_SUBMIT, "0900", OIM_ERR_PROTOCOL, "Submit is cut short in field 1");
    check_refused(bench, FRAME_SUBMIT, "0900000000000000ff", OIM_ERR_PROTOCOL,
                  "Submit.send_no has a wrong wire type");
    check_refused(bench, FRAME_SUBMIT, "0b", OIM_ERR_PROTOCOL, "Submit is cut short in field 1");
    check_refused(bench, FRAME_SUBMIT, "00", OIM_ERR_PROTOCOL, "Submit holds bytes that are no field");
    check_refused(bench, FRAME_SUBMIT, "08ffffffffffffffffff02", OIM_ERR_PROTOCOL,
                  "Submit is cut short in field 1");
}

/* A text ends where protobuf says, not at a NUL; and no control character reaches anybody. */
static void codec__refuses__texts_that_are_none(void **state)
{
    struct bench *bench = *state;

    check_refused(bench, FRAME_DIRECTORY,
                  "1203"
                  "610062",
                  OIM_ERR_PROTOCOL, "Directory.words is not valid UTF-8");
    check_refused(bench, FRAME_DIRECTORY,
                  "1202"
                  "c3"
                  "28",
                  OIM_ERR_PROTOCOL, "Directory.words is not valid UTF-8");
    check_refused(bench, FRAME_DIRECTORY,
                  "1202"
                  "1b"
                  "5b",
                  OIM_ERR_PROTOCOL, "Directory.words holds a control character");
    check_refused(bench, FRAME_DIRECTORY,
                  "1202"
                  "c29b",
                  OIM_ERR_PROTOCOL, "Directory.words holds a control character");
    check_refused(bench, FRAME_DIRECTORY,
                  "1201"
                  "0a",
                  OIM_ERR_PROTOCOL, "Directory.words holds a control character");
    check_refused(bench, FRAME_DIRECTORY, "1a21" ID_11 ID_11 "61", OIM_ERR_LIMIT,
                  "Directory.after is 33 bytes, at most 32 are allowed");
}

static void codec__keeps_line_feeds__where_sentences_have_them(void **state)
{
    struct bench *bench = *state;
    struct frame got;

    begin_frame(bench, FRAME_ERROR);
    put_hex(bench, "0802"
                   "1203"
                   "610a62");
    struct oim_slice rest = finish_frame(bench);
    CHECK_OK_ERR(get(bench, &rest, CODEC_TO_CLIENT, &got), &bench->err);
    CHECK_TEXT(got.u.error.text, "a\nb");
    CHECK_TEXT(got.u.error.label, "");
}

/*
 * Goal:   a few bytes cannot make the server allocate many (BLUEPRINT B45).
 * Method: fill a frame with the smallest repeated elements there are; nothing may have been taken from the
 * arena.
 */
static void codec__refuses_before_unpacking__when_fields_are_too_many(void **state)
{
    static const struct {
        uint16_t kind;
        enum codec_side side;
        uint8_t element[2];
    } floods[] = {
        {FRAME_SUBMIT, CODEC_TO_SERVER, {0x42, 0}},    /* slots */
        {FRAME_SUBMIT, CODEC_TO_SERVER, {0x7a, 0}},    /* unknown field 15 */
        {FRAME_PRESENCES, CODEC_TO_SERVER, {0x0a, 0}}, /* items */
        {FRAME_SUMMARY, CODEC_TO_CLIENT, {0x0a, 0}},   /* talks */
        {FRAME_POLICY, CODEC_TO_CLIENT, {0x7a, 0}},
    };
    struct bench *bench = *state;

    for (size_t i = 0; i < OIM_COUNT(floods); i++) {
        struct frame got;
        begin_frame(bench, floods[i].kind);
        while (bench->wire.size + 2 <= FRAME_SIZE_MAX) {
            CHECK_OK(oim_buf_append(&bench->wire, floods[i].element, 2));
        }
        struct oim_slice rest = finish_frame(bench);
        enum oim_status status = get(bench, &rest, floods[i].side, &got);
        CHECK(status == OIM_ERR_LIMIT || status == OIM_ERR_PROTOCOL);
        CHECK_EQ(bench->got.used, 0);
    }
    /* 64 KiB do not even get that far. */
    begin_frame(bench, FRAME_SUBMIT);
    CHECK(oim_buf_grow(&bench->wire, 65536) != NULL);
    memset(bench->wire.data + FRAME_HEADER_SIZE, 0, 65536);
    struct oim_slice rest = finish_frame(bench);
    struct frame got;
    CHECK_STATUS(get(bench, &rest, CODEC_TO_SERVER, &got), OIM_ERR_LIMIT);
}

/* An Ack with this many live ids, read by the server. */
static enum oim_status ack_with(struct bench *bench, size_t count, size_t *out_count)
{
    static const uint8_t id[2 + OIM_ID_SIZE] = {0x12, OIM_ID_SIZE, 1};
    struct frame got = {0};

    begin_frame(bench, FRAME_ACK);
    for (size_t i = 0; i < count; i++) {
        CHECK_OK(oim_buf_append(&bench->wire, id, sizeof(id)));
    }
    struct oim_slice rest = finish_frame(bench);
    enum oim_status status = get(bench, &rest, CODEC_TO_SERVER, &got);
    *out_count = got.u.ack.live_id_count;
    return status;
}

static void codec__counts_elements__up_to_the_limit_and_no_further(void **state)
{
    struct bench *bench = *state;
    size_t count = 0;

    CHECK_OK_ERR(ack_with(bench, ACK_LIVE_ID_COUNT_MAX, &count), &bench->err);
    CHECK_EQ(count, ACK_LIVE_ID_COUNT_MAX);
    CHECK_STATUS(ack_with(bench, ACK_LIVE_ID_COUNT_MAX + 1, &count), OIM_ERR_LIMIT);
    CHECK_TEXT(bench->err.text, "Ack.live_ids has 257 elements, at most 256 are allowed");
}

static void codec__moves_on__past_a_kind_it_does_not_know(void **state)
{
    struct bench *bench = *state;
    struct frame ping = {.kind = FRAME_PING, .request = 9}, got;

    begin_frame(bench, 77);
    put_hex(bench, "ffffff");
    (void)finish_frame(bench);
    CHECK_OK(codec_encode(&ping, &bench->wire));
    struct oim_slice rest = oim_buf_slice(&bench->wire);
    CHECK_STATUS(get(bench, &rest, CODEC_TO_SERVER, &got), OIM_ERR_NOT_FOUND);
    CHECK_EQ((unsigned)got.kind, 77);
    CHECK_EQ(got.request, 7);
    CHECK_OK_ERR(get(bench, &rest, CODEC_TO_SERVER, &got), &bench->err);
    CHECK_EQ(got.kind, FRAME_PING);
    CHECK_EQ(got.request, 9);
    CHECK_EQ(rest.size, 0);
}

static void codec__does_not_know__kinds_of_the_other_direction(void **state)
{
    struct bench *bench = *state;

    for (size_t i = 0; i < all_kind_count; i++) {
        struct frame sent, got;
        put_random(bench, &all_kinds[i], &sent);
        for (enum codec_side side = CODEC_TO_SERVER; side <= CODEC_TO_CLIENT; side++) {
            bool is_allowed = side == CODEC_TO_SERVER ? all_kinds[i].to_server : all_kinds[i].to_client;
            struct oim_slice rest = oim_buf_slice(&bench->wire);
            CHECK_STATUS(get(bench, &rest, side, &got), is_allowed ? OIM_OK : OIM_ERR_NOT_FOUND);
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
        CHECK_OK_ERR(get(bench, &rest, CODEC_TO_SERVER, &got), &bench->err);
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
        begin_frame(bench, FRAME_SYNC);
        oim_put_be32(bench->wire.data, cases[i].length);
        struct oim_slice rest = oim_buf_slice(&bench->wire);
        CHECK_STATUS(get(bench, &rest, CODEC_TO_SERVER, &got), cases[i].status);
    }
}

static void codec__ignores__fields_of_a_later_version(void **state)
{
    struct bench *bench = *state;
    struct frame got;

    begin_frame(bench, FRAME_SYNC);
    put_hex(bench, "0805"
                   "f80601"
                   "fa0603616263"
                   "fd0600000000"
                   "f9060000000000000000"
                   "1003");
    struct oim_slice rest = finish_frame(bench);
    CHECK_OK_ERR(get(bench, &rest, CODEC_TO_SERVER, &got), &bench->err);
    CHECK_EQ(got.u.sync.from_seq, 5);
    CHECK_EQ(got.u.sync.window_rows, 3);
}

/* A newer server may have more outcomes and reasons than this client; it reads them as "none". */
static void codec__reads_unknown_values_as_none__towards_the_client(void **state)
{
    struct bench *bench = *state;
    struct frame got;

    begin_frame(bench, FRAME_SUBMIT_RESULT);
    put_hex(bench, "0801"
                   "1001"
                   "1805"
                   "20c801"
                   "2802");
    struct oim_slice rest = finish_frame(bench);
    CHECK_OK_ERR(get(bench, &rest, CODEC_TO_CLIENT, &got), &bench->err);
    CHECK_EQ(got.u.submit_result.outcome, OUTCOME_REFUSED);
    CHECK_EQ(got.u.submit_result.reason, REASON_NONE);
    CHECK_EQ(got.u.submit_result.who, WHO_RECIPIENT_POLICY);
    CHECK_TEXT(got.u.submit_result.detail.policy, "");
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
        begin_frame(bench, cases[i].kind);
        put_hex(bench, cases[i].hex);
        struct oim_slice rest = finish_frame(bench);
        CHECK_STATUS(get(bench, &rest, CODEC_TO_CLIENT, &got), OIM_ERR_PROTOCOL);
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
        put_random(bench, &all_kinds[i], &sent);
        struct oim_slice rest = oim_buf_slice(&bench->wire);
        CHECK_OK_ERR(get(bench, &rest, side_of(&all_kinds[i]), &got), &bench->err);
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
        put_random(bench, &all_kinds[i], &sent);
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
        CHECK_OK_ERR(get(bench, &rest, CODEC_TO_CLIENT, &got), &bench->err);
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
    CHECK_OK_ERR(get(bench, &rest, CODEC_TO_SERVER, &got), &bench->err);
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
        CHECK_OK_ERR(get(bench, &rest, side, &got), &bench->err);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(codec__brings_back_what_was_sent__for_every_kind),
        TEST(codec__refuses__what_was_cut),
        TEST(codec__survives__any_damaged_byte),
        TEST(codec__reads__a_submit_written_by_hand),
        TEST(codec__packs_the_example_of_the_protocol),
        TEST(codec__says_which_field_is_wrong),
        TEST(codec__refuses__texts_that_are_none),
        TEST(codec__keeps_line_feeds__where_sentences_have_them),
        TEST(codec__refuses_before_unpacking__when_fields_are_too_many),
        TEST(codec__counts_elements__up_to_the_limit_and_no_further),
        TEST(codec__moves_on__past_a_kind_it_does_not_know),
        TEST(codec__does_not_know__kinds_of_the_other_direction),
        TEST(codec__takes_frames_in_order__from_one_message),
        TEST(codec__refuses__lengths_that_cannot_be),
        TEST(codec__ignores__fields_of_a_later_version),
        TEST(codec__reads_unknown_values_as_none__towards_the_client),
        TEST(codec__refuses__ranges_that_run_backwards_or_away),
        TEST(codec__says_limit__when_the_arena_is_full),
        TEST(codec__leaves_the_buffer_alone__when_a_frame_does_not_fit),
        TEST(codec__carries__payloads_of_every_size_that_matters),
        TEST(codec__fits__the_largest_submit_into_a_frame),
        TEST(codec__needs_at_most_256_kib__for_the_fullest_frames),
        TEST(codec__names__its_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
