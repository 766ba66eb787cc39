/*
 * envelope.c - what the store keeps of a message or a notice, in a fixed layout of ours; the store never
 * looks in.
 *
 *   message  u8 format (1) ‖ u8 suite ‖ be32 to_uid ‖ u8 nonce size ‖ nonce ‖ u8 key_commit size ‖ key_commit
 *            ‖ be16 ct size ‖ ct ‖ u8 slots ‖ per slot: be32 device handle ‖ be16 rest size ‖ rest
 *   rest     empty in suite 0; else u8 has_init ‖ per field in the order of struct key_slot: be16 size ‖
 * bytes, numbers as be32 notice   u8 format (1) ‖ u8 what ‖ u8 reason ‖ be32 peer ‖ be32 k ‖ be32 n ‖ be32
 * count ‖ be64 first_ms ‖ be64 last_ms ‖ be64 until_ms ‖ be64 at_ms ‖ be16 ids ‖ ids
 */
#include <assert.h>
#include <string.h>

#include "server/core/core_internal.h"

#define FORMAT 1u
#define NOTICE_FIXED_SIZE (1u + 1 + 1 + 4 * 4 + 4 * 8 + 2)

struct cursor {
    const uint8_t *at;
    size_t left;
    bool short_;
};

static uint8_t *write_u8(uint8_t *out, size_t value)
{
    assert(value <= UINT8_MAX);
    *out = (uint8_t)value;
    return out + 1;
}

static uint8_t *write_be16(uint8_t *out, size_t value)
{
    assert(value <= UINT16_MAX);
    oim_put_be16(out, (uint16_t)value);
    return out + 2;
}

static uint8_t *write_be32(uint8_t *out, uint32_t value)
{
    oim_put_be32(out, value);
    return out + 4;
}

static uint8_t *write_be64(uint8_t *out, uint64_t value)
{
    oim_put_be64(out, value);
    return out + 8;
}

static uint8_t *write_bytes(uint8_t *out, struct oim_slice bytes)
{
    if (bytes.size > 0) {
        memcpy(out, bytes.data, bytes.size);
    }
    return out + bytes.size;
}

static struct oim_slice read_bytes(struct cursor *in, size_t size)
{
    if (in->short_ || in->left < size) {
        in->short_ = true;
        return (struct oim_slice){NULL, 0};
    }
    struct oim_slice bytes = oim_slice(in->at, size);
    in->at += size;
    in->left -= size;
    return bytes;
}

static uint64_t read_number(struct cursor *in, size_t size)
{
    struct oim_slice bytes = read_bytes(in, size);
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.size; i++) {
        value = value << 8 | bytes.data[i];
    }
    return value;
}

/* ---- slots --------------------------------------------------------------------------------------------- */

static size_t slot_rest_size(uint32_t suite, const struct key_slot *slot)
{
    if (suite == 0) {
        return 0;
    }
    return 1 + 6 * 2 + 4 * 4 + slot->session_hint.size + slot->init_ik.size + slot->init_ek.size +
           slot->ratchet_pub.size + slot->nonce.size + slot->ct.size;
}

static uint8_t *write_slot_rest(uint8_t *out, const struct key_slot *slot)
{
    const struct oim_slice fields[] = {slot->session_hint, slot->init_ik, slot->init_ek,
                                       slot->ratchet_pub,  slot->nonce,   slot->ct};
    out = write_u8(out, slot->has_init);
    for (size_t i = 0; i < OIM_COUNT(fields); i++) {
        out = write_be16(out, fields[i].size);
        out = write_bytes(out, fields[i]);
    }
    out = write_be32(out, slot->init_spk_id);
    out = write_be32(out, slot->init_otpk_id);
    out = write_be32(out, slot->pn);
    return write_be32(out, slot->n);
}

static void read_slot_rest(struct cursor *in, struct key_slot *slot)
{
    struct oim_slice *const fields[] = {&slot->session_hint, &slot->init_ik, &slot->init_ek,
                                        &slot->ratchet_pub,  &slot->nonce,   &slot->ct};
    slot->has_init = read_number(in, 1) != 0;
    for (size_t i = 0; i < OIM_COUNT(fields); i++) {
        *fields[i] = read_bytes(in, (size_t)read_number(in, 2));
    }
    slot->init_spk_id = (uint32_t)read_number(in, 4);
    slot->init_otpk_id = (uint32_t)read_number(in, 4);
    slot->pn = (uint32_t)read_number(in, 4);
    slot->n = (uint32_t)read_number(in, 4);
}

/* ---- messages ------------------------------------------------------------------------------------------ */

size_t envelope_size(const struct envelope *envelope)
{
    size_t size = 1 + 1 + 4 + 1 + 1 + 2 + 1 + envelope->payload.nonce.size +
                  envelope->payload.key_commit.size + envelope->payload.ct.size;
    for (size_t i = 0; i < envelope->slot_count; i++) {
        size += 4 + 2 + slot_rest_size(envelope->suite, &envelope->slots[i]);
    }
    return size;
}

void envelope_encode(const struct envelope *envelope, uint8_t *out)
{
    out = write_u8(out, FORMAT);
    out = write_u8(out, envelope->suite);
    out = write_be32(out, envelope->to_uid);
    out = write_u8(out, envelope->payload.nonce.size);
    out = write_bytes(out, envelope->payload.nonce);
    out = write_u8(out, envelope->payload.key_commit.size);
    out = write_bytes(out, envelope->payload.key_commit);
    out = write_be16(out, envelope->payload.ct.size);
    out = write_bytes(out, envelope->payload.ct);
    out = write_u8(out, envelope->slot_count);
    for (size_t i = 0; i < envelope->slot_count; i++) {
        out = write_be32(out, envelope->slot_devs[i]);
        out = write_be16(out, slot_rest_size(envelope->suite, &envelope->slots[i]));
        if (envelope->suite != 0) {
            out = write_slot_rest(out, &envelope->slots[i]);
        }
    }
}

bool envelope_decode(struct oim_slice bytes, struct envelope *out)
{
    struct cursor in = {.at = bytes.data, .left = bytes.size};
    memset(out, 0, offsetof(struct envelope, slot_devs));
    out->slot_count = 0;
    if (read_number(&in, 1) != FORMAT) {
        return false;
    }
    out->suite = (uint32_t)read_number(&in, 1);
    out->to_uid = (uint32_t)read_number(&in, 4);
    out->payload.nonce = read_bytes(&in, (size_t)read_number(&in, 1));
    out->payload.key_commit = read_bytes(&in, (size_t)read_number(&in, 1));
    out->payload.ct = read_bytes(&in, (size_t)read_number(&in, 2));
    size_t slot_count = (size_t)read_number(&in, 1);
    if (in.short_ || slot_count > SLOT_COUNT_MAX) {
        return false;
    }
    for (size_t i = 0; i < slot_count; i++) {
        memset(&out->slots[i], 0, sizeof(out->slots[i]));
        out->slot_devs[i] = (uint32_t)read_number(&in, 4);
        if (read_number(&in, 2) > 0) {
            read_slot_rest(&in, &out->slots[i]);
        }
    }
    out->slot_count = slot_count;
    return !in.short_ && in.left == 0;
}

/* ---- notices ------------------------------------------------------------------------------------------- */

size_t notice_size(size_t msg_id_count)
{
    return NOTICE_FIXED_SIZE + msg_id_count * OIM_ID_SIZE;
}

void notice_encode(const struct notice *notice, uint8_t *out)
{
    assert(notice->msg_id_count <= NOTICE_MSG_ID_COUNT_MAX);
    out = write_u8(out, FORMAT);
    out = write_u8(out, notice->what);
    out = write_u8(out, notice->reason);
    out = write_be32(out, notice->peer_uid);
    out = write_be32(out, notice->k);
    out = write_be32(out, notice->n);
    out = write_be32(out, notice->count);
    out = write_be64(out, notice->first_ms);
    out = write_be64(out, notice->last_ms);
    out = write_be64(out, notice->until_ms);
    out = write_be64(out, notice->at_ms);
    out = write_be16(out, notice->msg_id_count);
    (void)write_bytes(out, oim_slice(notice->msg_ids, notice->msg_id_count * OIM_ID_SIZE));
}

bool notice_decode(struct oim_slice bytes, struct notice *out)
{
    struct cursor in = {.at = bytes.data, .left = bytes.size};
    memset(out, 0, sizeof(*out));
    if (read_number(&in, 1) != FORMAT) {
        return false;
    }
    out->what = (enum notice_what)read_number(&in, 1);
    out->reason = (enum reason)read_number(&in, 1);
    out->peer_uid = (uint32_t)read_number(&in, 4);
    out->k = (uint32_t)read_number(&in, 4);
    out->n = (uint32_t)read_number(&in, 4);
    out->count = (uint32_t)read_number(&in, 4);
    out->first_ms = read_number(&in, 8);
    out->last_ms = read_number(&in, 8);
    out->until_ms = read_number(&in, 8);
    out->at_ms = read_number(&in, 8);
    out->msg_id_count = (size_t)read_number(&in, 2);
    out->msg_ids = read_bytes(&in, out->msg_id_count * OIM_ID_SIZE).data;
    return !in.short_ && in.left == 0;
}
