/*
 * test_local.c - agent and faces understand each other, whatever the pieces a stream arrives in.
 */
#include "proto/local.h"

#include <stdlib.h>

#include <protobuf-c/protobuf-c.h>

#include "tests/support/check.h"

struct fixture {
    struct oim_buf buf;
    struct oim_arena arena;
    uint8_t memory[400000];
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    oim_buf_init(&fixture->buf, 4u * LOCAL_FRAME_SIZE_MAX);
    oim_arena_init(&fixture->arena, fixture->memory, sizeof(fixture->memory));
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    oim_buf_finish(&fixture->buf);
    free(fixture);
    return 0;
}

static struct local_frame round_trip(struct fixture *fixture, const struct local_frame *frame)
{
    struct oim_error err = {0};
    struct local_frame out;
    CHECK_STATUS(local_encode(frame, &fixture->buf), OIM_OK);
    struct oim_slice rest = oim_buf_slice(&fixture->buf);
    CHECK_OK_ERR(local_decode(&rest, &fixture->arena, &out, &err), &err);
    CHECK_EQ(rest.size, 0);
    CHECK_EQ(out.kind, frame->kind);
    CHECK_EQ(out.request, frame->request);
    return out;
}

static void local__keeps_every_type_of_value__in_a_request(void **state)
{
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "to", "bob");
    local_add_text(&builder, "to", "carol");
    local_add_text(&builder, "text", "¿Qué tal? 👋");
    local_add_number(&builder, "timeout_ms", -7);
    local_add_truth(&builder, "no_queue", true);
    local_add_truth(&builder, "other", false);
    local_add_data(&builder, "op", OIM_SLICE_LITERAL("\0\1\2"));
    struct local_frame frame = {.kind = LOCAL_REQUEST, .request = 9, .name = "send"};
    frame.fields = local_built(&builder);

    struct local_frame out = round_trip(*state, &frame);
    CHECK_TEXT(out.name, "send");
    CHECK_EQ(out.fields.count, 7);
    CHECK_TEXT(out.fields.items[1].text, "carol");
    CHECK_TEXT(local_text(&out.fields, "to"), "bob");
    CHECK_TEXT(local_text(&out.fields, "text"), "¿Qué tal? 👋");
    CHECK(local_number(&out.fields, "timeout_ms", 0) == -7);
    CHECK(local_truth(&out.fields, "no_queue"));
    CHECK(!local_truth(&out.fields, "other"));
    CHECK(oim_slice_equal(local_field(&out.fields, "op")->data, OIM_SLICE_LITERAL("\0\1\2")));
}

/* What a codec of protobuf-c gave out as an empty text is, to its encoder, a text that was not set. */
static void local__keeps_an_empty_text__also_a_decoded_one(void **state)
{
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "display", protobuf_c_empty_string);
    local_add_text(&builder, "note", "");
    struct local_frame frame = {.kind = LOCAL_EVENT, .request = 9, .name = "invite"};
    frame.fields = local_built(&builder);
    struct local_frame out = round_trip(*state, &frame);
    CHECK_EQ(out.fields.count, 2);
    CHECK_EQ(out.fields.items[0].type, LOCAL_TEXT);
    CHECK_TEXT(out.fields.items[0].text, "");
    CHECK_TEXT(out.fields.items[1].text, "");
}

static void local__answers_with_absent__for_missing_or_other_typed_fields(void **state)
{
    (void)state;
    struct local_builder builder = {.count = 0};
    local_add_number(&builder, "count", 3);
    struct local_fields fields = local_built(&builder);
    CHECK(local_field(&fields, "nothing") == NULL);
    CHECK_TEXT(local_text(&fields, "count"), "");
    CHECK(local_number(&fields, "nothing", -1) == -1);
    CHECK(!local_truth(&fields, "count"));
}

static void local__keeps_header_fields__of_every_kind(void **state)
{
    struct fixture *fixture = *state;
    struct local_frame attach = {.kind = LOCAL_ATTACH, .version = 1, .class = 3, .lang = "es"};
    struct local_frame out = round_trip(fixture, &attach);
    CHECK_EQ(out.version, 1);
    CHECK_EQ(out.class, 3);
    CHECK_TEXT(out.lang, "es");

    oim_buf_clear(&fixture->buf);
    struct local_frame attached = {.kind = LOCAL_ATTACHED, .version = 7};
    CHECK_EQ(round_trip(fixture, &attached).version, 7);

    oim_buf_clear(&fixture->buf);
    struct local_frame cancel = {.kind = LOCAL_CANCEL, .request = 4};
    round_trip(fixture, &cancel);

    oim_buf_clear(&fixture->buf);
    struct local_frame active = {.kind = LOCAL_ACTIVE};
    round_trip(fixture, &active);

    oim_buf_clear(&fixture->buf);
    struct local_frame event = {.kind = LOCAL_EVENT, .request = 4, .name = "message"};
    CHECK_TEXT(round_trip(fixture, &event).name, "message");

    oim_buf_clear(&fixture->buf);
    struct local_frame end = {.kind = LOCAL_END, .request = 4, .exit = EXIT_WAIT_ENDED};
    CHECK_EQ(round_trip(fixture, &end).exit, EXIT_WAIT_ENDED);

    oim_buf_clear(&fixture->buf);
    struct oim_id ids[2] = {{.bytes = {1}}, {.bytes = {2}}};
    struct local_frame shown = {.kind = LOCAL_SHOWN, .msg_ids = ids, .msg_id_count = 2, .read = true};
    out = round_trip(fixture, &shown);
    CHECK_EQ(out.msg_id_count, 2);
    CHECK(oim_id_equal(&out.msg_ids[1], &ids[1]));
    CHECK(out.read);
}

/*
 * Goal:   a stream may be cut anywhere.
 * Method: two frames, offered with every possible number of bytes; only whole ones come out, in order.
 */
static void local_decode__waits__until_a_frame_is_whole(void **state)
{
    struct fixture *fixture = *state;
    struct local_frame first = {.kind = LOCAL_EVENT, .request = 1, .name = "message"};
    struct local_frame second = {.kind = LOCAL_END, .request = 1, .exit = 3};
    CHECK_STATUS(local_encode(&first, &fixture->buf), OIM_OK);
    size_t first_size = fixture->buf.size;
    CHECK_STATUS(local_encode(&second, &fixture->buf), OIM_OK);

    for (size_t size = 0; size <= fixture->buf.size; size++) {
        struct oim_slice rest = oim_slice(fixture->buf.data, size);
        struct local_frame out;
        size_t count = 0;
        oim_arena_reset(&fixture->arena);
        enum oim_status status = local_decode(&rest, &fixture->arena, &out, NULL);
        while (status == OIM_OK) {
            count++;
            status = local_decode(&rest, &fixture->arena, &out, NULL);
        }
        CHECK_EQ(status, OIM_AGAIN);
        CHECK_EQ(count, size < first_size ? 0 : size < fixture->buf.size ? 1 : 2);
        CHECK_EQ(rest.size, count == 0 ? size : count == 1 ? size - first_size : 0);
    }
}

static void check_refused(struct fixture *fixture, const void *bytes, size_t size, enum oim_status expected)
{
    struct oim_slice rest = oim_slice(bytes, size);
    struct local_frame out;
    oim_arena_reset(&fixture->arena);
    CHECK_STATUS(local_decode(&rest, &fixture->arena, &out, NULL), expected);
    CHECK_EQ(rest.size, size);
}

static void local_decode__refuses__what_is_no_frame(void **state)
{
    static const uint8_t too_short[] = {0, 0, 0, 5, 0, 1, 0, 0, 0};
    static const uint8_t too_long[] = {0, 4, 0, 0};
    static const uint8_t unknown[] = {0, 0, 0, 6, 0, 99, 0, 0, 0, 1};
    static const uint8_t garbage[] = {0, 0, 0, 8, 0, 2, 0, 0, 0, 1, 0x0a, 0xff};
    static const uint8_t no_name[] = {0, 0, 0, 6, 0, 2, 0, 0, 0, 1};
    static const uint8_t bad_text[] = {0, 0, 0, 10, 0, 2, 0, 0, 0, 1, 0x0a, 2, 0xc3, 0x28};
    static const uint8_t short_id[] = {0, 0, 0, 9, 0, 4, 0, 0, 0, 0, 0x0a, 1, 7};
    check_refused(*state, too_short, sizeof(too_short), OIM_ERR_PROTOCOL);
    check_refused(*state, too_long, sizeof(too_long), OIM_ERR_LIMIT);
    check_refused(*state, unknown, sizeof(unknown), OIM_ERR_PROTOCOL);
    check_refused(*state, garbage, sizeof(garbage), OIM_ERR_PROTOCOL);
    check_refused(*state, no_name, sizeof(no_name), OIM_ERR_PROTOCOL);
    check_refused(*state, bad_text, sizeof(bad_text), OIM_ERR_PROTOCOL);
    check_refused(*state, short_id, sizeof(short_id), OIM_ERR_PROTOCOL);
}

static void local_encode__writes_nothing__when_the_frame_is_too_large(void **state)
{
    struct fixture *fixture = *state;
    char *text = malloc(LOCAL_FRAME_SIZE_MAX + 1);
    memset(text, 'a', LOCAL_FRAME_SIZE_MAX);
    text[LOCAL_FRAME_SIZE_MAX] = '\0';
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "text", text);
    struct local_frame frame = {.kind = LOCAL_REQUEST, .name = "send", .fields = local_built(&builder)};
    CHECK_STATUS(local_encode(&frame, &fixture->buf), OIM_ERR_LIMIT);
    CHECK_EQ(fixture->buf.size, 0);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(local__keeps_an_empty_text__also_a_decoded_one, setup, teardown),
        cmocka_unit_test_setup_teardown(local__keeps_every_type_of_value__in_a_request, setup, teardown),
        cmocka_unit_test(local__answers_with_absent__for_missing_or_other_typed_fields),
        cmocka_unit_test_setup_teardown(local__keeps_header_fields__of_every_kind, setup, teardown),
        cmocka_unit_test_setup_teardown(local_decode__waits__until_a_frame_is_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(local_decode__refuses__what_is_no_frame, setup, teardown),
        cmocka_unit_test_setup_teardown(local_encode__writes_nothing__when_the_frame_is_too_large, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
