/*
 * records.h - the keyed records of people, devices, invites, contacts and so on as bytes: fixed layouts, big
 * endian, a version byte first, texts as be16 length and bytes.
 */
#ifndef OIM_SERVER_CORE_RECORDS_H
#define OIM_SERVER_CORE_RECORDS_H

#include "server/core/day.h"
#include "server/core/registry.h"

/* Where a record is being written; too small a buffer is our own mistake and asserted. */
struct records_out {
    uint8_t *data;
    size_t size, size_max;
};

void records_person_encode(const struct account *person, struct records_out *out);
void records_device_encode(const struct device *device, struct records_out *out);
void records_invite_encode(const struct invite *invite, struct records_out *out);
void records_contact_encode(const struct contact *contact, struct records_out *out);
void records_state_encode(const struct account *person, struct records_out *out);
void records_waiter_encode(const struct waiter *waiter, struct records_out *out);
void records_seen_encode(uint64_t seen_ms, struct records_out *out);
void records_days_encode(const struct days *days, struct records_out *out);
void records_meta_encode(const struct server_meta *meta, struct records_out *out);

/* Decoding writes the kept fields only. False: not a record of this kind and version. */
OIM_MUST_CHECK bool records_person_decode(struct oim_slice bytes, struct account *out);
OIM_MUST_CHECK bool records_device_decode(struct oim_slice bytes, struct device *out);
OIM_MUST_CHECK bool records_invite_decode(struct oim_slice bytes, struct invite *out);
OIM_MUST_CHECK bool records_contact_decode(struct oim_slice bytes, struct contact *out);
OIM_MUST_CHECK bool records_state_decode(struct oim_slice bytes, struct account *out);
OIM_MUST_CHECK bool records_waiter_decode(struct oim_slice bytes, struct waiter *out);
OIM_MUST_CHECK bool records_seen_decode(struct oim_slice bytes, uint64_t *out_seen_ms);
OIM_MUST_CHECK bool records_days_decode(struct oim_slice bytes, struct days *out);
OIM_MUST_CHECK bool records_meta_decode(struct oim_slice bytes, struct server_meta *out);

/* Keys. */
#define RECORDS_KEY_SIZE_MAX 64u
size_t records_key_u64(uint64_t value, uint8_t out_key[RECORDS_KEY_SIZE_MAX]);
size_t records_key_pair(uint64_t a, uint64_t b, uint8_t out_key[RECORDS_KEY_SIZE_MAX]);

#endif
