#include "proto/audit.h"

#include "proto/handshake.h"

#include <assert.h>
#include <string.h>

#define AUDIT_FORMAT 1u
#define AUDIT_FIXED_SIZE (1u + 8u + OIM_ID_SIZE + OIM_ID_SIZE + 8u + CRYPTO_SIGNATURE_SIZE)

static uint8_t *put(uint8_t *at, const void *data, size_t size)
{
    if (size > 0) {
        memcpy(at, data, size);
    }
    return at + size;
}

static uint8_t *put_short(uint8_t *at, struct oim_slice bytes)
{
    assert(bytes.size <= UINT16_MAX);
    oim_put_be16(at, (uint16_t)bytes.size);
    return put(at + 2, bytes.data, bytes.size);
}

size_t audit_encode(const struct audit_entry *entry, uint8_t out[AUDIT_ENTRY_SIZE_MAX])
{
    assert(entry->body.size <= ADMIN_BODY_SIZE_MAX);
    assert(entry->before.size < AUDIT_TEXT_SIZE && entry->after.size < AUDIT_TEXT_SIZE);
    assert(entry->login.size <= LOGIN_SIZE_MAX && entry->op.size <= 32);
    uint8_t *at = out;
    *at++ = AUDIT_FORMAT;
    oim_put_be64(at, entry->at_ms);
    at = put(at + 8, entry->user_id.bytes, OIM_ID_SIZE);
    at = put(at, entry->device_id.bytes, OIM_ID_SIZE);
    oim_put_be64(at, entry->admin_no);
    at = put(at + 8, entry->sig.bytes, CRYPTO_SIGNATURE_SIZE);
    at = put_short(at, entry->login);
    at = put_short(at, entry->op);
    at = put_short(at, entry->before);
    at = put_short(at, entry->after);
    oim_put_be32(at, (uint32_t)entry->body.size);
    at = put(at + 4, entry->body.data, entry->body.size);
    return (size_t)(at - out);
}

static bool take(struct oim_slice *rest, size_t size, struct oim_slice *out)
{
    if (rest->size < size) {
        return false;
    }
    *out = oim_slice(rest->data, size);
    *rest = oim_slice(rest->data + size, rest->size - size);
    return true;
}

static bool take_short(struct oim_slice *rest, struct oim_slice *out)
{
    struct oim_slice size;
    return take(rest, 2, &size) && take(rest, oim_get_be16(size.data), out);
}

bool audit_decode(struct oim_slice bytes, struct audit_entry *out)
{
    struct oim_slice fixed;
    struct oim_slice size;
    if (!take(&bytes, AUDIT_FIXED_SIZE, &fixed) || fixed.data[0] != AUDIT_FORMAT) {
        return false;
    }
    const uint8_t *at = fixed.data + 1;
    memset(out, 0, sizeof(*out));
    out->at_ms = oim_get_be64(at);
    at += 8;
    memcpy(out->user_id.bytes, at, OIM_ID_SIZE);
    at += OIM_ID_SIZE;
    memcpy(out->device_id.bytes, at, OIM_ID_SIZE);
    at += OIM_ID_SIZE;
    out->admin_no = oim_get_be64(at);
    at += 8;
    memcpy(out->sig.bytes, at, CRYPTO_SIGNATURE_SIZE);
    return take_short(&bytes, &out->login) && take_short(&bytes, &out->op) &&
           take_short(&bytes, &out->before) && take_short(&bytes, &out->after) && take(&bytes, 4, &size) &&
           take(&bytes, oim_get_be32(size.data), &out->body) && bytes.size == 0;
}

void audit_hash(uint64_t n, const struct oim_hash *prev, struct oim_slice entry, struct oim_hash *out)
{
    uint8_t number[8];
    uint8_t size[4];
    oim_put_be64(number, n);
    oim_put_be32(size, (uint32_t)entry.size);
    const struct oim_slice parts[] = {
        oim_slice(number, sizeof(number)),
        oim_slice(prev->bytes, sizeof(prev->bytes)),
        oim_slice(size, sizeof(size)),
        entry,
    };
    crypto_hash256("OIM-audit-entry-v1", parts, OIM_COUNT(parts), out);
}

enum audit_fault audit_follow(struct audit_chain *chain, const struct oim_id *org_id,
                              const struct audit_link *link)
{
    struct audit_entry entry;
    struct oim_hash hash;
    if (link->n != chain->n + 1) {
        return AUDIT_ORDER;
    }
    audit_hash(link->n, &chain->head, link->entry, &hash);
    if (!crypto_equal(hash.bytes, link->hash.bytes, sizeof(hash.bytes))) {
        return AUDIT_HASH;
    }
    if (!audit_decode(link->entry, &entry)) {
        return AUDIT_UNREADABLE;
    }
    struct oim_id device_id = crypto_device_id(&link->ik);
    if (!oim_id_equal(&device_id, &entry.device_id)) {
        return AUDIT_KEY;
    }
    if (!admin_verify(org_id, entry.admin_no, entry.body, &link->ik, &entry.sig)) {
        return AUDIT_SIGNATURE;
    }
    chain->n = link->n;
    chain->head = hash;
    return AUDIT_WHOLE;
}
