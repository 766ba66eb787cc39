/*
 * admin_audit.c - the audit log as administrators and auditors read it: in words, or raw, to be checked by
 * the reader.
 */
#include <string.h>

#include "server/core/admin.h"

#define AUDIT_PAGE_COUNT 32u
#define PIECE_SIZE 3072u    /* a value holds its base64url */
#define RAW_SIZE_MAX 24576u /* of a page, unless one entry alone is larger */

_Static_assert(4 * PIECE_SIZE / 3 <= ADMIN_VALUE_SIZE_MAX, "a piece fits a value");

static void text_of(struct admin_call *call, const char *name, struct oim_slice bytes)
{
    const char *text = oim_arena_strdup(&call->core->frame_arena, bytes);
    admin_text(call, name, text == NULL ? "" : text);
}

static void base64_of(struct admin_call *call, const char *name, const uint8_t *data, size_t size)
{
    char text[4 * PIECE_SIZE / 3 + 1];
    text[0] = '\0';
    if (size > 0) {
        oim_base64url_encode(data, size, text);
    }
    admin_text(call, name, text);
}

static void audit_row(struct admin_call *call, const struct store_chain_entry *at)
{
    struct audit_entry entry;
    if (!audit_decode(at->entry, &entry)) {
        admin_note(call, "unreadable", "%llu", (unsigned long long)at->n);
        return;
    }
    if (!admin_row(call, 11)) {
        return;
    }
    admin_number(call, "n", at->n);
    admin_time(call, "at", entry.at_ms);
    text_of(call, "login", entry.login);
    admin_id(call, "user", &entry.user_id);
    admin_id(call, "device", &entry.device_id);
    text_of(call, "op", entry.op);
    text_of(call, "old", entry.before);
    text_of(call, "new", entry.after);
    admin_number(call, "admin_no", entry.admin_no);
    base64_of(call, "sig", entry.sig.bytes, sizeof(entry.sig.bytes));
    base64_of(call, "hash", at->hash.bytes, sizeof(at->hash.bytes));
}

/* As bytes, in pieces that fit a value, with the key of the device that signed: whoever reads it believes
 * nobody. */
static void raw_row(struct admin_call *call, const struct store_chain_entry *at)
{
    struct audit_entry entry;
    size_t piece_count = (at->entry.size + PIECE_SIZE - 1) / PIECE_SIZE;
    bool is_readable = audit_decode(at->entry, &entry);
    const struct device *device =
        is_readable ? registry_device_by_id(&call->core->registry, &entry.device_id) : NULL;
    if (call->out.row_count > 0 && call->out.size + 4 * at->entry.size / 3 > RAW_SIZE_MAX) {
        call->out.full = true;
        return;
    }
    if (!admin_row(call, 3 + piece_count)) {
        return;
    }
    admin_number(call, "n", at->n);
    base64_of(call, "hash", at->hash.bytes, sizeof(at->hash.bytes));
    base64_of(call, "ik", device == NULL ? NULL : device->ik.bytes,
              device == NULL ? 0 : sizeof(device->ik.bytes));
    for (size_t i = 0; i < piece_count; i++) {
        size_t left = at->entry.size - i * PIECE_SIZE;
        base64_of(call, "entry", at->entry.data + i * PIECE_SIZE, left < PIECE_SIZE ? left : PIECE_SIZE);
    }
}

/* The first entry read vouches for those behind it; it is read along with the one before it. */
static void make_audit(struct admin_call *call, struct pending *pending, const struct store_reply *reply)
{
    uint64_t from_n = pending->u.any.a;
    const struct store_chain_entry *entries = reply->u.chain.entries;
    size_t count = reply->u.chain.entry_count;
    struct oim_hash prev = {{0}};
    uint64_t next_n = 0;
    bool linked = true;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 || entries[i].n == 1) {
            struct oim_hash hash;
            audit_hash(entries[i].n, &prev, entries[i].entry, &hash);
            if (memcmp(hash.bytes, entries[i].hash.bytes, sizeof(hash.bytes)) != 0) {
                admin_note(call, "broken", "%llu", (unsigned long long)entries[i].n);
                linked = false;
            }
        }
        prev = entries[i].hash;
        if (entries[i].n < from_n) {
            continue;
        }
        if (pending->u.any.b != 0) {
            raw_row(call, &entries[i]);
        } else {
            audit_row(call, &entries[i]);
        }
        if (call->out.full) {
            next_n = entries[i].n;
            break;
        }
        next_n = entries[i].n + 1;
    }
    admin_note(call, "length", "%llu", (unsigned long long)reply->u.chain.length);
    admin_note(call, "chain", "%s", linked ? "ok" : "broken");
    if (next_n != 0 && next_n <= reply->u.chain.length) {
        call->out.next = oim_arena_printf(&call->core->frame_arena, "%llu", (unsigned long long)next_n);
    }
}

static void on_audit(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    admin_finish_later(core, pending, reply, ADMIN_AUDIT_READ, make_audit);
}

static uint64_t number_in(const char *text)
{
    uint64_t value = 0;
    for (; *text >= '0' && *text <= '9' && value < UINT64_MAX / 16; text++) {
        value = value * 10 + (uint64_t)(*text - '0');
    }
    return value;
}

/* The entry to begin with; the last ones when only their number was said. */
static uint64_t first_n(const struct core *core, const struct admin_op *op)
{
    uint64_t from_n = op->after[0] != '\0' ? number_in(op->after) : op->from_n;
    uint64_t length = core->orglog.audit_n;
    if (from_n == 0 && op->count_max != 0 && op->count_max < length) {
        return length - op->count_max + 1;
    }
    return from_n == 0 ? 1 : from_n;
}

enum oim_status admin_audit_read(struct admin_call *call)
{
    const struct admin_op *op = call->op;
    uint64_t from_n = first_n(call->core, op);
    uint32_t count =
        op->count_max == 0 || op->count_max > AUDIT_PAGE_COUNT ? AUDIT_PAGE_COUNT : op->count_max;
    struct pending *pending = admin_ask_store(call, STORE_CHAIN, on_audit, 0);
    if (pending == NULL) {
        return OIM_AGAIN;
    }
    pending->u.any.a = from_n;
    pending->u.any.b = op->raw;
    struct store_req *req = pending_submit(call->core, pending);
    req->u.chain.chain = CHAIN_AUDIT;
    req->u.chain.from_n = from_n == 1 ? 1 : from_n - 1;
    req->u.chain.entry_max = from_n == 1 ? count : count + 1;
    return OIM_OK;
}
