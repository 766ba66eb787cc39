#include "tests/bench/frames.h"

#include <string.h>

#include "proto/frame.h"

enum { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

/* Field numbers of oim.proto. */
enum { DELIVER_SEQ = 1, DELIVER_PAYLOAD = 12, PAYLOAD_CT = 3, INNER_CHAT_FIELD = 10, CHAT_TEXT = 1 };

/* ---- writing
 * ------------------------------------------------------------------------------------------------- */

static uint8_t *put_varint(uint8_t *out, uint64_t value)
{
    while (value >= 0x80) {
        *out++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *out++ = (uint8_t)value;
    return out;
}

static uint8_t *put_number(uint8_t *out, uint32_t field, uint64_t value)
{
    *out++ = (uint8_t)(field << 3 | WIRE_VARINT);
    return put_varint(out, value);
}

static uint8_t *put_bytes(uint8_t *out, uint32_t field, const void *data, size_t size)
{
    *out++ = (uint8_t)(field << 3 | WIRE_BYTES);
    out = put_varint(out, size);
    memcpy(out, data, size);
    return out + size;
}

static size_t finish_frame(uint8_t *out, uint8_t *end, enum frame_kind kind, uint32_t request)
{
    oim_put_be32(out, (uint32_t)(end - out) - 4);
    oim_put_be16(out + 4, (uint16_t)kind);
    oim_put_be32(out + 6, request);
    return (size_t)(end - out);
}

/* Inner of suite 0, as oim.proto has it. */
static uint8_t *put_inner(uint8_t *out, const struct frames_submit *submit)
{
    uint8_t chat_head[16];
    chat_head[0] = CHAT_TEXT << 3 | WIRE_BYTES;
    size_t head_size = (size_t)(put_varint(chat_head + 1, submit->text.size) - chat_head);
    out = put_number(out, 1, submit->sent_ms);
    out = put_number(out, 3, submit->sender_seq);
    out = put_number(out, 4, submit->log_seq);
    out = put_bytes(out, 5, submit->log_head.bytes, sizeof(submit->log_head.bytes));
    *out++ = INNER_CHAT_FIELD << 3 | WIRE_BYTES;
    out = put_varint(out, head_size + submit->text.size);
    memcpy(out, chat_head, head_size);
    memcpy(out + head_size, submit->text.data, submit->text.size);
    return out + head_size + submit->text.size;
}

size_t frames_put_submit(uint8_t *out, const struct frames_submit *submit)
{
    uint8_t inner[FRAMES_TEXT_SIZE_MAX + FRAMES_SUBMIT_OVERHEAD];
    uint8_t slot[2 + OIM_ID_SIZE];
    uint8_t ct_head[8];
    size_t inner_size = (size_t)(put_inner(inner, submit) - inner);
    ct_head[0] = PAYLOAD_CT << 3 | WIRE_BYTES;
    size_t ct_head_size = (size_t)(put_varint(ct_head + 1, inner_size) - ct_head);
    (void)put_bytes(slot, 1, submit->to_device.bytes, OIM_ID_SIZE);

    uint8_t *at = out + FRAME_HEADER_SIZE;
    at = put_number(at, 1, submit->send_no);
    at = put_bytes(at, 2, submit->to_user.bytes, OIM_ID_SIZE);
    at = put_bytes(at, 3, submit->msg_id.bytes, OIM_ID_SIZE);
    at = put_number(at, 5, CLS_CHAT);
    at = put_number(at, 6, submit->log_seq);
    *at++ = 7 << 3 | WIRE_BYTES;
    at = put_varint(at, ct_head_size + inner_size);
    memcpy(at, ct_head, ct_head_size);
    memcpy(at + ct_head_size, inner, inner_size);
    at = put_bytes(at + ct_head_size + inner_size, 8, slot, sizeof(slot));
    return finish_frame(out, at, FRAME_SUBMIT, 0);
}

size_t frames_put_ack(uint8_t *out, uint64_t seq, uint64_t settled_no)
{
    uint8_t *at = put_number(out + FRAME_HEADER_SIZE, 1, seq);
    at = put_number(at, 3, settled_no);
    return finish_frame(out, at, FRAME_ACK, 0);
}

size_t frames_put_pong(uint8_t *out, uint32_t request, struct oim_slice ping_body)
{
    size_t size = ping_body.size <= FRAMES_PONG_SIZE_MAX - FRAME_HEADER_SIZE ? ping_body.size : 0;
    memcpy(out + FRAME_HEADER_SIZE, ping_body.data, size);
    return finish_frame(out, out + FRAME_HEADER_SIZE + size, FRAME_PONG, request);
}

/* ---- reading
 * ------------------------------------------------------------------------------------------------- */

bool frames_next(struct oim_slice *rest, struct frames_head *out)
{
    if (rest->size < FRAME_HEADER_SIZE) {
        return false;
    }
    size_t size = (size_t)oim_get_be32(rest->data) + 4;
    if (size < FRAME_HEADER_SIZE || size > rest->size) {
        return false;
    }
    out->kind = oim_get_be16(rest->data + 4);
    out->request = oim_get_be32(rest->data + 6);
    out->body = oim_slice(rest->data + FRAME_HEADER_SIZE, size - FRAME_HEADER_SIZE);
    rest->data += size;
    rest->size -= size;
    return true;
}

static bool read_varint(struct oim_slice *in, uint64_t *out)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && in->size > 0; shift += 7) {
        uint8_t byte = *in->data++;
        in->size--;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *out = value;
            return true;
        }
    }
    return false;
}

struct field {
    uint32_t number;
    uint64_t value;         /* of a number */
    struct oim_slice bytes; /* of anything else with a length */
};

static bool skip(struct oim_slice *in, size_t size)
{
    if (size > in->size) {
        return false;
    }
    in->data += size;
    in->size -= size;
    return true;
}

static bool next_field(struct oim_slice *in, struct field *out)
{
    uint64_t tag = 0;
    if (!read_varint(in, &tag)) {
        return false;
    }
    *out = (struct field){.number = (uint32_t)(tag >> 3)};
    switch (tag & 7) {
    case WIRE_VARINT:
        return read_varint(in, &out->value);
    case WIRE_FIXED64:
        return skip(in, 8);
    case WIRE_FIXED32:
        return skip(in, 4);
    case WIRE_BYTES:
        if (!read_varint(in, &out->value)) {
            return false;
        }
        out->bytes = oim_slice(in->data, out->value);
        return skip(in, out->value);
    default:
        return false;
    }
}

bool frames_read_result(struct oim_slice body, struct frames_result *out)
{
    struct field field;
    *out = (struct frames_result){0};
    while (body.size > 0) {
        if (!next_field(&body, &field)) {
            return false;
        }
        switch (field.number) {
        case 1:
            out->from_no = field.value;
            break;
        case 2:
            out->to_no = field.value;
            break;
        case 3:
            out->outcome = (uint32_t)field.value;
            break;
        case 4:
            out->reason = (uint32_t)field.value;
            break;
        case 9:
            out->retry_after_ms = (uint32_t)field.value;
            break;
        default:
            break;
        }
    }
    return out->from_no > 0 && out->to_no >= out->from_no;
}

static bool find_bytes(struct oim_slice body, uint32_t number, struct oim_slice *out)
{
    struct field field;
    while (body.size > 0) {
        if (!next_field(&body, &field)) {
            return false;
        }
        if (field.number == number) {
            *out = field.bytes;
            return true;
        }
    }
    *out = (struct oim_slice){NULL, 0};
    return true;
}

bool frames_read_deliver(struct oim_slice body, struct frames_deliver *out)
{
    struct field field;
    *out = (struct frames_deliver){0};
    while (body.size > 0) {
        if (!next_field(&body, &field)) {
            return false;
        }
        if (field.number == DELIVER_SEQ) {
            out->seq = field.value;
        } else if (field.number == DELIVER_PAYLOAD) {
            struct oim_slice inner;
            struct oim_slice chat;
            return find_bytes(field.bytes, PAYLOAD_CT, &inner) &&
                   find_bytes(inner, INNER_CHAT_FIELD, &chat) && find_bytes(chat, CHAT_TEXT, &out->text);
        }
    }
    return true;
}

bool frames_read_number(struct oim_slice body, uint32_t number, uint64_t *out)
{
    struct field field;
    *out = 0;
    while (body.size > 0) {
        if (!next_field(&body, &field)) {
            return false;
        }
        if (field.number == number) {
            *out = field.value;
            return true;
        }
    }
    return true;
}
