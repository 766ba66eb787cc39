/*
 * inner.c - rows of what people write. The layout outlives suite 0: later it is the plaintext of sealed
 * bodies.
 */
#include "proto/inner.h"

#include <string.h>

#include "proto/oim.pb-c.h"
#include "proto/limits.h"
#include "proto/tables.h"

enum { CONV_ID_SIZE = 32, MSG_ID_SIZE = OIM_ID_SIZE, FIELD_COUNT_MAX = 512 };

/* The kind of a receipt is a field of its own on the wire and part of `body` for us. */
struct wire_inner {
    struct inner inner;
    uint32_t receipt_kind;
};

#define OUR struct wire_inner
static const struct wire_field chat_rows[] = {
    {TEXT_AS(1, text, inner.text, TEXT_SIZE_MAX), VERBATIM},
};
static const struct wire_message wire_chat = WIRE_TABLE("Chat", chat, chat_rows);

static const struct wire_field receipt_rows[] = {
    {ENUM_AS(1, kind, receipt_kind, OIM__RECEIPT_KIND__RECEIPT_KIND_READ), LENIENT},
    {FIXEDS_AS(2, msg_ids, inner.msg_ids, inner.msg_id_count, NOTICE_MSG_ID_COUNT_MAX)},
};
static const struct wire_message wire_receipt = WIRE_TABLE("Receipt", receipt, receipt_rows);

static const struct wire_field read_up_rows[] = {
    {FIXED_AS(1, peer, inner.peer), MUST},
    {FIXEDS_AS(2, msg_ids, inner.msg_ids, inner.msg_id_count, NOTICE_MSG_ID_COUNT_MAX)},
};
static const struct wire_message wire_read_up = WIRE_TABLE("ReadUp", read_up, read_up_rows);

static const struct wire_field self_sync_rows[] = {
    {FLAT(1, read_up, wire_read_up)},
};
static const struct wire_message wire_self_sync = WIRE_TABLE("SelfSync", self_sync, self_sync_rows);

static const struct wire_field inner_rows[] = {
    {U64_AS(1, sent_ms, inner.sent_ms)},
    {BYTES_AS(2, conv_id, inner.conv_id, CONV_ID_SIZE)},
    {U64_AS(3, sender_seq, inner.sender_seq)},
    {U64_AS(4, log_seq, inner.log_seq)},
    {FIXED_AS(5, log_head, inner.log_head)},
    {BYTES_AS(6, resend_of, inner.resend_of, MSG_ID_SIZE), EXACT},
    {FLAT(10, chat, wire_chat), ONE_OF(inner.body, INNER_CHAT)},
    {FLAT(11, receipt, wire_receipt), ONE_OF(inner.body, INNER_RECEIPT_READ)},
    {FLAT(15, sync, wire_self_sync), ONE_OF(inner.body, INNER_READ_UP)},
};
const struct wire_message wire_inner = WIRE_TABLE("Inner", inner, inner_rows);
#undef OUR

enum oim_status inner_encode(const struct inner *inner, struct oim_buf *out)
{
    const struct wire_inner wire = {.inner = *inner, .receipt_kind = OIM__RECEIPT_KIND__RECEIPT_KIND_READ};

    return wire_encode(&wire_inner, &wire, PAYLOAD_CT_SIZE_MAX, out);
}

enum oim_status inner_decode(struct oim_slice bytes, struct oim_arena *arena, struct inner *out,
                             struct oim_error *err)
{
    struct wire_inner wire;

    enum oim_status status = wire_decode(&wire_inner, bytes, FIELD_COUNT_MAX, arena, &wire, err);
    if (status != OIM_OK) {
        return status;
    }
    if (wire.inner.body == INNER_CHAT) {
        size_t chars = oim_utf8_count((const uint8_t *)wire.inner.text, strlen(wire.inner.text));
        if (chars > TEXT_CHARS_MAX) {
            return oim_fail(err, OIM_ERR_LIMIT, "the text has %zu characters, at most %u are allowed", chars,
                            TEXT_CHARS_MAX);
        }
    }
    bool is_unknown_receipt = wire.inner.body == INNER_RECEIPT_READ && wire.receipt_kind == 0;
    bool is_unknown_sync = wire.inner.body == INNER_READ_UP && oim_id_is_zero(&wire.inner.peer);
    if (is_unknown_receipt || is_unknown_sync) {
        wire.inner.body = INNER_NONE;
    }
    *out = wire.inner;
    return OIM_OK;
}
