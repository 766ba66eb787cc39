#include "tests/bench/frames.h"

#include <string.h>

#include "proto/codec.h"
#include "proto/inner.h"
#include "tests/support/check.h"

#define ARENA_SIZE (256u * 1024)
#define MESSAGE_SIZE 8192u

static uint8_t arena_memory[ARENA_SIZE];

static struct frame decode(const uint8_t *bytes, size_t size, enum codec_side side, struct oim_arena *arena)
{
    struct oim_slice rest = oim_slice(bytes, size);
    struct oim_error err;
    struct frame frame;
    oim_arena_init(arena, arena_memory, sizeof(arena_memory));
    CHECK_OK_ERR(codec_decode(&rest, side, arena, &frame, &err), &err);
    CHECK_EQ(rest.size, 0);
    return frame;
}

/*
 * Goal:   what the load generator writes by hand is the Submit a client would pack.
 * Method: unpack it with the codec, the Inner too, at sizes on both sides of a one-byte length.
 */
static void frames_put_submit__is_what_the_codec_reads__at_any_size(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 100, 127, 128, 200, 4000};
    static char text[FRAMES_TEXT_SIZE_MAX + 1];
    for (size_t i = 0; i < OIM_COUNT(sizes); i++) {
        uint8_t bytes[MESSAGE_SIZE];
        struct oim_arena arena;
        struct oim_error err;
        struct inner inner;
        memset(text, 'x', sizeof(text));
        const struct frames_submit submit = {
            .send_no = 300,
            .to_user = {{1}},
            .to_device = {{2}},
            .msg_id = {{3}},
            .log_seq = 70000,
            .log_head = {{4}},
            .sent_ms = UINT64_C(1700000000123),
            .sender_seq = 9,
            .text = oim_slice(text, sizes[i]),
        };
        size_t size = frames_put_submit(bytes, &submit);
        CHECK(size <= sizes[i] + FRAMES_SUBMIT_OVERHEAD);
        struct frame frame = decode(bytes, size, CODEC_TO_SERVER, &arena);
        CHECK_EQ(frame.kind, FRAME_SUBMIT);
        CHECK_EQ(frame.u.submit.send_no, 300);
        CHECK(oim_id_equal(&frame.u.submit.to_user, &submit.to_user));
        CHECK(oim_id_equal(&frame.u.submit.msg_id, &submit.msg_id));
        CHECK_EQ(frame.u.submit.cls, CLS_CHAT);
        CHECK_EQ(frame.u.submit.log_seq, 70000);
        CHECK_EQ(frame.u.submit.slot_count, 1);
        CHECK(oim_id_equal(&frame.u.submit.slots[0].device_id, &submit.to_device));
        CHECK_OK_ERR(inner_decode(frame.u.submit.payload.ct, &arena, &inner, &err), &err);
        CHECK_EQ(inner.body, INNER_CHAT);
        CHECK_EQ(inner.sent_ms, submit.sent_ms);
        CHECK_EQ(strlen(inner.text), sizes[i]);
    }
}

static void frames_put_ack__is_what_the_codec_reads__with_large_numbers(void **state)
{
    (void)state;
    uint8_t bytes[FRAMES_ACK_SIZE_MAX];
    struct oim_arena arena;
    size_t size = frames_put_ack(bytes, UINT64_MAX, UINT64_C(1) << 40);
    CHECK(size <= sizeof(bytes));
    struct frame frame = decode(bytes, size, CODEC_TO_SERVER, &arena);
    CHECK_EQ(frame.kind, FRAME_ACK);
    CHECK(frame.u.ack.seq == UINT64_MAX);
    CHECK(frame.u.ack.settled_no == UINT64_C(1) << 40);
}

static struct oim_slice encode(const struct frame *frame, struct oim_buf *bytes)
{
    struct frames_head head;
    oim_buf_init(bytes, FRAME_SIZE_MAX);
    CHECK_OK(codec_encode(frame, bytes));
    struct oim_slice rest = oim_buf_slice(bytes);
    CHECK(frames_next(&rest, &head));
    CHECK_EQ(head.kind, frame->kind);
    CHECK_EQ(rest.size, 0);
    return head.body;
}

static void frames_read_result__finds_the_run__among_other_fields(void **state)
{
    (void)state;
    struct oim_buf bytes;
    struct frames_result result;
    struct frame frame = {.kind = FRAME_SUBMIT_RESULT};
    frame.u.submit_result = (struct frame_submit_result){
        .from_no = 200, .to_no = 215, .outcome = OUTCOME_HELD, .until_ms = UINT64_C(1700000000123)};
    frame.u.submit_result.detail = (struct detail){.policy = "", .min_version = "", .text = ""};
    CHECK(frames_read_result(encode(&frame, &bytes), &result));
    CHECK_EQ(result.from_no, 200);
    CHECK_EQ(result.to_no, 215);
    CHECK_EQ(result.outcome, OUTCOME_HELD);
    oim_buf_finish(&bytes);
}

/*
 * Goal:   the text is found through Deliver, Payload, Inner and Chat.
 * Method: pack all four with the codec.
 */
static void frames_read_deliver__finds_seq_and_text__of_a_chat(void **state)
{
    (void)state;
    struct oim_buf bytes;
    struct oim_buf packed;
    struct frames_deliver deliver;
    const struct inner inner = {.sent_ms = 1, .body = INNER_CHAT, .text = "00000007 0000000000000008 hello"};
    oim_buf_init(&packed, 512);
    CHECK_OK(inner_encode(&inner, &packed));
    struct frame frame = {.kind = FRAME_DELIVER};
    frame.u.deliver = (struct frame_deliver){
        .seq = 130, .msg_id = {{1}}, .sender_user = {{2}}, .sender_device = {{3}}, .cls = CLS_CHAT};
    frame.u.deliver.server_ms = UINT64_C(1700000000123);
    frame.u.deliver.payload.ct = oim_buf_slice(&packed);
    frame.u.deliver.slot.device_id = (struct oim_id){{4}};
    CHECK(frames_read_deliver(encode(&frame, &bytes), &deliver));
    CHECK_EQ(deliver.seq, 130);
    CHECK_EQ(deliver.text.size, strlen(inner.text));
    CHECK(memcmp(deliver.text.data, inner.text, deliver.text.size) == 0);
    oim_buf_finish(&bytes);
    oim_buf_finish(&packed);
}

static void frames_next__refuses__what_is_cut_short(void **state)
{
    (void)state;
    uint8_t bytes[FRAMES_ACK_SIZE_MAX];
    struct frames_head head;
    size_t size = frames_put_ack(bytes, 1, 1);
    for (size_t cut = 0; cut < size; cut++) {
        struct oim_slice rest = oim_slice(bytes, cut);
        CHECK(!frames_next(&rest, &head));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_put_submit__is_what_the_codec_reads__at_any_size),
        cmocka_unit_test(frames_put_ack__is_what_the_codec_reads__with_large_numbers),
        cmocka_unit_test(frames_read_result__finds_the_run__among_other_fields),
        cmocka_unit_test(frames_read_deliver__finds_seq_and_text__of_a_chat),
        cmocka_unit_test(frames_next__refuses__what_is_cut_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
