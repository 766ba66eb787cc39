/*
 * records.c - see records.h.
 */
#include "server/core/records.h"

#include <assert.h>
#include <string.h>

#include "policy/record.h"

#define RECORDS_FORMAT 1u
#define PERSON_FORMAT 2u /* 1 was without erased_seq */
#define STATE_FORMAT 2u  /* 1 was without state_ended */

static void put_bytes(struct records_out *out, const void *data, size_t size)
{
    assert(size <= out->size_max - out->size);
    memcpy(out->data + out->size, data, size);
    out->size += size;
}

static void put_u8(struct records_out *out, uint64_t value)
{
    assert(value <= UINT8_MAX);
    uint8_t byte = (uint8_t)value;
    put_bytes(out, &byte, 1);
}

static void put_u32(struct records_out *out, uint32_t value)
{
    uint8_t bytes[4];
    oim_put_be32(bytes, value);
    put_bytes(out, bytes, sizeof(bytes));
}

static void put_u64(struct records_out *out, uint64_t value)
{
    uint8_t bytes[8];
    oim_put_be64(bytes, value);
    put_bytes(out, bytes, sizeof(bytes));
}

static void put_text(struct records_out *out, const char *text)
{
    size_t size = strlen(text);
    uint8_t bytes[2];
    oim_put_be16(bytes, (uint16_t)size);
    put_bytes(out, bytes, sizeof(bytes));
    put_bytes(out, text, size);
}

static void begin(struct records_out *out)
{
    out->size = 0;
    put_u8(out, RECORDS_FORMAT);
}

static void get_bytes(struct record_reader *in, void *out, size_t size)
{
    if (in->short_ || in->rest.size < size) {
        in->short_ = true;
        memset(out, 0, size);
        return;
    }
    memcpy(out, in->rest.data, size);
    in->rest.data += size;
    in->rest.size -= size;
}

static uint32_t get_u32(struct record_reader *in)
{
    uint8_t bytes[4];
    get_bytes(in, bytes, sizeof(bytes));
    return oim_get_be32(bytes);
}

static uint64_t get_u64(struct record_reader *in)
{
    uint8_t bytes[8];
    get_bytes(in, bytes, sizeof(bytes));
    return oim_get_be64(bytes);
}

static void get_text(struct record_reader *in, char *out, size_t out_size)
{
    uint8_t size[2];
    get_bytes(in, size, sizeof(size));
    out[0] = '\0';
    if (!in->short_) {
        record_read_text(in, oim_get_be16(size), out, out_size);
    }
}

static uint8_t get_u8(struct record_reader *in)
{
    uint8_t byte = 0;
    get_bytes(in, &byte, 1);
    return byte;
}

static bool open_record(struct record_reader *in, struct oim_slice bytes)
{
    *in = (struct record_reader){.rest = bytes};
    return get_u8(in) == RECORDS_FORMAT && !in->short_;
}

/* A record is whole when nothing was missing and nothing is left over. */
static bool close_record(const struct record_reader *in)
{
    return !in->short_ && in->rest.size == 0;
}

void records_person_encode(const struct account *person, struct records_out *out)
{
    out->size = 0;
    put_u8(out, PERSON_FORMAT);
    put_u32(out, person->uid);
    put_bytes(out, person->user_id.bytes, OIM_ID_SIZE);
    put_text(out, person->login);
    put_text(out, person->display);
    put_text(out, person->team);
    put_text(out, person->say);
    put_text(out, person->grant);
    put_u8(out, person->role);
    put_u8(out, person->joined);
    put_u8(out, person->closed);
    put_u32(out, person->generation);
    put_u64(out, person->invited_ms);
    put_u64(out, person->closed_ms);
    put_u64(out, person->user_seq);
    put_bytes(out, person->user_prev.bytes, CRYPTO_HASH_SIZE);
    put_u64(out, person->erased_seq);
}

bool records_person_decode(struct oim_slice bytes, struct account *out)
{
    struct record_reader in = {.rest = bytes};
    uint8_t format = get_u8(&in);
    if (in.short_ || (format != RECORDS_FORMAT && format != PERSON_FORMAT)) {
        return false;
    }
    out->uid = get_u32(&in);
    get_bytes(&in, out->user_id.bytes, OIM_ID_SIZE);
    get_text(&in, out->login, sizeof(out->login));
    get_text(&in, out->display, sizeof(out->display));
    get_text(&in, out->team, sizeof(out->team));
    get_text(&in, out->say, sizeof(out->say));
    get_text(&in, out->grant, sizeof(out->grant));
    out->role = get_u8(&in);
    out->joined = get_u8(&in) != 0;
    out->closed = get_u8(&in) != 0;
    out->generation = get_u32(&in);
    out->invited_ms = get_u64(&in);
    out->closed_ms = get_u64(&in);
    out->user_seq = get_u64(&in);
    get_bytes(&in, out->user_prev.bytes, CRYPTO_HASH_SIZE);
    out->erased_seq = format == PERSON_FORMAT ? get_u64(&in) : 0;
    return close_record(&in) && out->uid != 0 && out->role <= ROLE_OWNER;
}

void records_device_encode(const struct device *device, struct records_out *out)
{
    begin(out);
    put_u32(out, device->dev);
    put_u32(out, device->uid);
    put_bytes(out, device->device_id.bytes, OIM_ID_SIZE);
    put_bytes(out, device->ik.bytes, CRYPTO_SIGN_PUBLIC_SIZE);
    put_text(out, device->label);
    put_u8(out, device->kind);
    put_u32(out, device->generation);
    put_u64(out, device->added_ms);
    put_u64(out, device->revoked_ms);
    put_u64(out, device->admin_no);
}

bool records_device_decode(struct oim_slice bytes, struct device *out)
{
    struct record_reader in;
    if (!open_record(&in, bytes)) {
        return false;
    }
    out->dev = get_u32(&in);
    out->uid = get_u32(&in);
    get_bytes(&in, out->device_id.bytes, OIM_ID_SIZE);
    get_bytes(&in, out->ik.bytes, CRYPTO_SIGN_PUBLIC_SIZE);
    get_text(&in, out->label, sizeof(out->label));
    out->kind = get_u8(&in);
    out->generation = get_u32(&in);
    out->added_ms = get_u64(&in);
    out->revoked_ms = get_u64(&in);
    out->admin_no = get_u64(&in);
    return close_record(&in) && out->dev != 0 && out->uid != 0;
}

void records_invite_encode(const struct invite *invite, struct records_out *out)
{
    begin(out);
    put_bytes(out, invite->invite_id.bytes, OIM_ID_SIZE);
    put_bytes(out, invite->invite_pub.bytes, CRYPTO_SIGN_PUBLIC_SIZE);
    put_u32(out, invite->uid);
    put_u8(out, invite->kind);
    put_u32(out, invite->generation);
    put_u64(out, invite->made_ms);
    put_u64(out, invite->expires_ms);
    put_u64(out, invite->used_ms);
    put_bytes(out, invite->used_device.bytes, OIM_ID_SIZE);
    put_u8(out, invite->revoked);
}

bool records_invite_decode(struct oim_slice bytes, struct invite *out)
{
    struct record_reader in;
    if (!open_record(&in, bytes)) {
        return false;
    }
    get_bytes(&in, out->invite_id.bytes, OIM_ID_SIZE);
    get_bytes(&in, out->invite_pub.bytes, CRYPTO_SIGN_PUBLIC_SIZE);
    out->uid = get_u32(&in);
    out->kind = get_u8(&in);
    out->generation = get_u32(&in);
    out->made_ms = get_u64(&in);
    out->expires_ms = get_u64(&in);
    out->used_ms = get_u64(&in);
    get_bytes(&in, out->used_device.bytes, OIM_ID_SIZE);
    out->revoked = get_u8(&in) != 0;
    return close_record(&in) && (out->kind == INVITE_PERSON || out->kind == INVITE_OWNER);
}

void records_contact_encode(const struct contact *contact, struct records_out *out)
{
    begin(out);
    put_u32(out, contact->owner_uid);
    put_u32(out, contact->peer_uid);
    put_u32(out, contact->flags);
}

bool records_contact_decode(struct oim_slice bytes, struct contact *out)
{
    struct record_reader in;
    if (!open_record(&in, bytes)) {
        return false;
    }
    out->owner_uid = get_u32(&in);
    out->peer_uid = get_u32(&in);
    out->flags = get_u32(&in);
    return close_record(&in);
}

void records_state_encode(const struct account *person, struct records_out *out)
{
    out->size = 0;
    put_u8(out, STATE_FORMAT);
    put_u8(out, person->state);
    put_text(out, person->note);
    put_u64(out, person->state_since_ms);
    put_u64(out, person->state_until_ms);
    put_u8(out, person->state_ended);
}

bool records_state_decode(struct oim_slice bytes, struct account *out)
{
    struct record_reader in = {.rest = bytes};
    uint8_t format = get_u8(&in);
    if (in.short_ || (format != RECORDS_FORMAT && format != STATE_FORMAT)) {
        return false;
    }
    out->state = get_u8(&in);
    get_text(&in, out->note, sizeof(out->note));
    out->state_since_ms = get_u64(&in);
    out->state_until_ms = get_u64(&in);
    out->state_ended = format == STATE_FORMAT && get_u8(&in) != 0;
    return close_record(&in) && out->state < PRESENCE_STATE_COUNT;
}

void records_seen_encode(uint64_t seen_ms, struct records_out *out)
{
    begin(out);
    put_u64(out, seen_ms);
}

bool records_seen_decode(struct oim_slice bytes, uint64_t *out_seen_ms)
{
    struct record_reader in;
    if (!open_record(&in, bytes)) {
        return false;
    }
    *out_seen_ms = get_u64(&in);
    return close_record(&in);
}

static void put_day(struct records_out *out, const struct day *day)
{
    put_u64(out, (uint64_t)day->number);
    put_u8(out, DAY_FIGURE_COUNT);
    for (unsigned i = 0; i < DAY_FIGURE_COUNT; i++) {
        put_u64(out, day->counts[i]);
    }
}

/* Figures that came later are zero, those of a newer server are left out. */
static void get_day(struct record_reader *in, struct day *out)
{
    *out = (struct day){.number = (int64_t)get_u64(in)};
    uint8_t count = get_u8(in);
    for (unsigned i = 0; i < count && !in->short_; i++) {
        uint64_t value = get_u64(in);
        if (i < DAY_FIGURE_COUNT) {
            out->counts[i] = value;
        }
    }
}

void records_days_encode(const struct days *days, struct records_out *out)
{
    begin(out);
    put_u64(out, days->since_ms);
    put_day(out, &days->today);
    put_day(out, &days->before);
}

bool records_days_decode(struct oim_slice bytes, struct days *out)
{
    struct record_reader in;
    if (!open_record(&in, bytes)) {
        return false;
    }
    out->since_ms = get_u64(&in);
    get_day(&in, &out->today);
    get_day(&in, &out->before);
    return close_record(&in) && out->since_ms != 0;
}

void records_waiter_encode(const struct waiter *waiter, struct records_out *out)
{
    begin(out);
    put_u32(out, waiter->uid);
    put_u8(out, waiter->count);
    for (uint32_t i = 0; i < waiter->count; i++) {
        put_u32(out, waiter->senders[i]);
    }
}

bool records_waiter_decode(struct oim_slice bytes, struct waiter *out)
{
    struct record_reader in;
    if (!open_record(&in, bytes)) {
        return false;
    }
    out->uid = get_u32(&in);
    out->count = get_u8(&in);
    if (out->count > WAITER_COUNT_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < out->count; i++) {
        out->senders[i] = get_u32(&in);
    }
    return close_record(&in);
}

void records_meta_encode(const struct server_meta *meta, struct records_out *out)
{
    begin(out);
    put_bytes(out, meta->server_epoch.bytes, OIM_ID_SIZE);
    put_u64(out, meta->restored_to_ms);
    put_u32(out, meta->owner_line_no);
}

bool records_meta_decode(struct oim_slice bytes, struct server_meta *out)
{
    struct record_reader in;
    if (!open_record(&in, bytes)) {
        return false;
    }
    get_bytes(&in, out->server_epoch.bytes, OIM_ID_SIZE);
    out->restored_to_ms = get_u64(&in);
    out->owner_line_no = get_u32(&in);
    return close_record(&in);
}

size_t records_key_u64(uint64_t value, uint8_t out_key[RECORDS_KEY_SIZE_MAX])
{
    oim_put_be64(out_key, value);
    return 8;
}

size_t records_key_pair(uint64_t a, uint64_t b, uint8_t out_key[RECORDS_KEY_SIZE_MAX])
{
    oim_put_be64(out_key, a);
    oim_put_be64(out_key + 8, b);
    return 16;
}
