/*
 * test_wire_decode.c - what the decoder lets pass: told through the codec, as a peer meets it.
 */
#include "proto/wire.h"

#include "proto/limits.h"
#include "tests/proto/codec_bench.h"

static void check_refused(struct bench *bench, uint16_t kind, const char *hex, enum oim_status status,
                          const char *sentence)
{
    struct frame got;

    bench_begin_frame(bench, kind);
    bench_put_hex(bench, hex);
    struct oim_slice rest = bench_finish_frame(bench);
    CHECK_STATUS(bench_get(bench, &rest, CODEC_TO_SERVER, &got), status);
    CHECK_TEXT(bench->err.text, sentence);
}

static void wire_decode__says_which_field_is_wrong(void **state)
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
    check_refused(bench, FRAME_SUBMIT, "0a0101", OIM_ERR_PROTOCOL,
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
    check_refused(bench, FRAME_SUBMIT, SUBMIT_SMALL "88808080800001", OIM_ERR_PROTOCOL,
                  "Submit holds bytes that are no field"); /* a tag of six bytes, the last of which is nothing */
    check_refused(bench, FRAME_SUBMIT, "08ffffffffffffffffff02", OIM_ERR_PROTOCOL,
                  "Submit is cut short in field 1");
}

/* A text ends where protobuf says, not at a NUL; and no control character reaches anybody. */
static void wire_decode__refuses__texts_that_are_none(void **state)
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

static void wire_decode__keeps_line_feeds__where_sentences_have_them(void **state)
{
    struct bench *bench = *state;
    struct frame got;

    bench_begin_frame(bench, FRAME_ERROR);
    bench_put_hex(bench, "0802"
                         "1203"
                         "610a62");
    struct oim_slice rest = bench_finish_frame(bench);
    CHECK_OK_ERR(bench_get(bench, &rest, CODEC_TO_CLIENT, &got), &bench->err);
    CHECK_TEXT(got.u.error.text, "a\nb");
    CHECK_TEXT(got.u.error.label, "");
}

/*
 * Goal:   a few bytes cannot make the server allocate many (BLUEPRINT B45).
 * Method: fill a frame with the smallest repeated elements there are; nothing may have been taken from the
 * arena.
 */
static void wire_decode__takes_no_memory__when_fields_are_too_many(void **state)
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
        bench_begin_frame(bench, floods[i].kind);
        while (bench->wire.size + 2 <= FRAME_SIZE_MAX) {
            CHECK_OK(oim_buf_append(&bench->wire, floods[i].element, 2));
        }
        struct oim_slice rest = bench_finish_frame(bench);
        enum oim_status status = bench_get(bench, &rest, floods[i].side, &got);
        CHECK(status == OIM_ERR_LIMIT || status == OIM_ERR_PROTOCOL);
        CHECK_EQ(bench->got.used, 0);
    }
    /* 64 KiB do not even get that far. */
    bench_begin_frame(bench, FRAME_SUBMIT);
    CHECK(oim_buf_grow(&bench->wire, 65536) != NULL);
    memset(bench->wire.data + FRAME_HEADER_SIZE, 0, 65536);
    struct oim_slice rest = bench_finish_frame(bench);
    struct frame got;
    CHECK_STATUS(bench_get(bench, &rest, CODEC_TO_SERVER, &got), OIM_ERR_LIMIT);
}

/* An Ack with this many live ids, read by the server. */
static enum oim_status ack_with(struct bench *bench, size_t count, size_t *out_count)
{
    static const uint8_t id[2 + OIM_ID_SIZE] = {0x12, OIM_ID_SIZE, 1};
    struct frame got = {0};

    bench_begin_frame(bench, FRAME_ACK);
    for (size_t i = 0; i < count; i++) {
        CHECK_OK(oim_buf_append(&bench->wire, id, sizeof(id)));
    }
    struct oim_slice rest = bench_finish_frame(bench);
    enum oim_status status = bench_get(bench, &rest, CODEC_TO_SERVER, &got);
    *out_count = got.u.ack.live_id_count;
    return status;
}

static void wire_decode__counts_elements__up_to_the_limit_and_no_further(void **state)
{
    struct bench *bench = *state;
    size_t count = 0;

    CHECK_OK_ERR(ack_with(bench, ACK_LIVE_ID_COUNT_MAX, &count), &bench->err);
    CHECK_EQ(count, ACK_LIVE_ID_COUNT_MAX);
    CHECK_STATUS(ack_with(bench, ACK_LIVE_ID_COUNT_MAX + 1, &count), OIM_ERR_LIMIT);
    CHECK_TEXT(bench->err.text, "Ack.live_ids has 257 elements, at most 256 are allowed");
}

static void wire_decode__ignores__fields_of_a_later_version(void **state)
{
    struct bench *bench = *state;
    struct frame got;

    bench_begin_frame(bench, FRAME_SYNC);
    bench_put_hex(bench, "0805"
                         "f80601"
                         "fa0603616263"
                         "fd0600000000"
                         "f9060000000000000000"
                         "1003");
    struct oim_slice rest = bench_finish_frame(bench);
    CHECK_OK_ERR(bench_get(bench, &rest, CODEC_TO_SERVER, &got), &bench->err);
    CHECK_EQ(got.u.sync.from_seq, 5);
    CHECK_EQ(got.u.sync.window_rows, 3);
}

/* Two values for one setting: which of them was meant, nobody can say. */
static void wire_decode__refuses__two_of_a_choice(void **state)
{
    struct bench *bench = *state;
    struct frame got;

    bench_begin_frame(bench, FRAME_POLICY);
    bench_put_hex(bench, "1207"
                         "0a0161"
                         "1001"
                         "1802");
    struct oim_slice rest = bench_finish_frame(bench);
    CHECK_STATUS(bench_get(bench, &rest, CODEC_TO_CLIENT, &got), OIM_ERR_PROTOCOL);
    CHECK_TEXT(bench->err.text, "Setting.uint is there beside another of its choice");
    CHECK_EQ(bench->got.used, 0);
}

/* Elements of an array need not lie side by side. */
static void wire_decode__collects__elements_between_other_fields(void **state)
{
    struct bench *bench = *state;
    struct frame got;

    bench_begin_frame(bench, FRAME_SUBMIT);
    bench_put_hex(bench, "4212"
                         "0a10" ID_11 SUBMIT_SMALL "4212"
                         "0a10"
                         "33333333333333333333333333333333");
    struct oim_slice rest = bench_finish_frame(bench);
    CHECK_OK_ERR(bench_get(bench, &rest, CODEC_TO_SERVER, &got), &bench->err);
    CHECK_EQ(got.u.submit.slot_count, 2);
    CHECK_HEX(got.u.submit.slots[0].device_id.bytes, OIM_ID_SIZE, ID_11);
    CHECK_HEX(got.u.submit.slots[1].device_id.bytes, OIM_ID_SIZE, "33333333333333333333333333333333");
}

/* A newer server may have more outcomes and reasons than this client; it reads them as "none". */
static void wire_decode__reads_unknown_values_as_none__towards_the_client(void **state)
{
    struct bench *bench = *state;
    struct frame got;

    bench_begin_frame(bench, FRAME_SUBMIT_RESULT);
    bench_put_hex(bench, "0801"
                         "1001"
                         "1805"
                         "20c801"
                         "2802");
    struct oim_slice rest = bench_finish_frame(bench);
    CHECK_OK_ERR(bench_get(bench, &rest, CODEC_TO_CLIENT, &got), &bench->err);
    CHECK_EQ(got.u.submit_result.outcome, OUTCOME_REFUSED);
    CHECK_EQ(got.u.submit_result.reason, REASON_NONE);
    CHECK_EQ(got.u.submit_result.who, WHO_RECIPIENT_POLICY);
    CHECK_TEXT(got.u.submit_result.detail.policy, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(wire_decode__says_which_field_is_wrong),
        BENCH_TEST(wire_decode__refuses__texts_that_are_none),
        BENCH_TEST(wire_decode__keeps_line_feeds__where_sentences_have_them),
        BENCH_TEST(wire_decode__takes_no_memory__when_fields_are_too_many),
        BENCH_TEST(wire_decode__counts_elements__up_to_the_limit_and_no_further),
        BENCH_TEST(wire_decode__ignores__fields_of_a_later_version),
        BENCH_TEST(wire_decode__refuses__two_of_a_choice),
        BENCH_TEST(wire_decode__collects__elements_between_other_fields),
        BENCH_TEST(wire_decode__reads_unknown_values_as_none__towards_the_client),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
