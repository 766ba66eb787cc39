/*
 * change.c - records and chains written together: all of it or nothing, one change at a time.
 *
 * A change is put together by a handler, in one block; what it says when it is committed is encoded along
 * with it. Memory follows the committed records through registry_apply, the same way they are loaded at
 * start.
 *
 * A change whose fate is unknown leaves memory and store apart: everything is loaded again (core_reload).
 */
#include <assert.h>
#include <string.h>

#include "proto/codec.h"
#include "server/core/core_internal.h"
#include "server/core/records.h"

#define CHANGE_BLOCK_SIZE 65536u

static uint8_t *keep_bytes(struct core *core, const void *data, size_t size)
{
    struct change *change = &core->change;
    assert(size <= CHANGE_BLOCK_SIZE - change->block_used); /* sixteen records of ours always fit */
    uint8_t *at = change->block + change->block_used;
    memcpy(at, data, size);
    change->block_used += size;
    return at;
}

static struct oim_slice keep(struct core *core, struct oim_slice bytes)
{
    return oim_slice(keep_bytes(core, bytes.data, bytes.size), bytes.size);
}

enum oim_status change_open(struct core *core, struct session *session, const struct frame *frame)
{
    struct change *change = &core->change;
    assert(!change->busy);
    uint8_t *block = pool_take(&core->pool, CHANGE_BLOCK_SIZE);
    if (block == NULL) {
        return OIM_AGAIN;
    }
    *change = (struct change){
        .busy = true,
        .block = block,
        .conn = session == NULL ? 0 : session->conn,
        .request = frame == NULL ? 0 : frame->request,
        .kind = frame == NULL ? 0 : frame->kind,
        .org_id = core->orglog.org_id,
        .org_seq = core->orglog.seq,
        .org_head = core->orglog.head,
        .audit_n = core->orglog.audit_n,
        .audit_head = core->orglog.audit_head,
    };
    return OIM_OK;
}

void change_abandon(struct core *core)
{
    pool_give(&core->pool, core->change.block);
    core->change.block = NULL;
    core->change.busy = false;
}

void change_answer(struct core *core, const struct frame *frame)
{
    oim_buf_clear(&core->encode);
    if (codec_encode(frame, &core->encode) == OIM_OK) {
        core->change.answer = keep_bytes(core, core->encode.data, core->encode.size);
        core->change.answer_size = core->encode.size;
    }
}

void change_after(struct core *core, change_after_fn *after, uint64_t a, uint64_t b)
{
    core->change.after = after;
    core->change.context[0] = a;
    core->change.context[1] = b;
}

void change_otherwise(struct core *core, change_after_fn *otherwise)
{
    core->change.otherwise = otherwise;
}

static struct store_change *item(struct core *core, enum store_change_kind kind)
{
    struct change *change = &core->change;
    assert(change->busy);
    assert(change->count < STORE_CHANGE_COUNT_MAX);
    struct store_change *at = &change->items[change->count++];
    *at = (struct store_change){.kind = kind};
    return at;
}

void change_put(struct core *core, enum records_ns ns, struct oim_slice key, struct oim_slice value,
                uint64_t expected)
{
    struct store_change *at = item(core, STORE_PUT);
    at->ns = ns;
    at->key = keep(core, key);
    at->value = keep(core, value);
    at->expected = expected;
}

void change_delete(struct core *core, enum records_ns ns, struct oim_slice key, uint64_t expected)
{
    struct store_change *at = item(core, STORE_DELETE);
    at->ns = ns;
    at->key = keep(core, key);
    at->expected = expected;
}

static void put_record(struct core *core, enum records_ns ns, size_t key_size, const uint8_t *key,
                       const struct records_out *record, uint64_t expected)
{
    change_put(core, ns, oim_slice(key, key_size), oim_slice(record->data, record->size), expected);
}

void change_put_person(struct core *core, const struct account *updated)
{
    uint8_t key[RECORDS_KEY_SIZE_MAX];
    uint8_t bytes[2048];
    struct records_out out = {.data = bytes, .size_max = sizeof(bytes)};
    records_person_encode(updated, &out);
    put_record(core, RECORDS_PERSON, records_key_u64(updated->uid, key), key, &out, updated->version);
}

void change_put_device(struct core *core, const struct device *updated)
{
    uint8_t key[RECORDS_KEY_SIZE_MAX];
    uint8_t bytes[512];
    struct records_out out = {.data = bytes, .size_max = sizeof(bytes)};
    records_device_encode(updated, &out);
    put_record(core, RECORDS_DEVICE, records_key_u64(updated->dev, key), key, &out, updated->version);
}

void change_put_invite(struct core *core, const struct invite *updated)
{
    uint8_t bytes[256];
    struct records_out out = {.data = bytes, .size_max = sizeof(bytes)};
    records_invite_encode(updated, &out);
    put_record(core, RECORDS_INVITE, OIM_ID_SIZE, updated->invite_id.bytes, &out, updated->version);
}

void change_put_state(struct core *core, const struct account *updated)
{
    uint8_t key[RECORDS_KEY_SIZE_MAX];
    uint8_t bytes[512];
    struct records_out out = {.data = bytes, .size_max = sizeof(bytes)};
    records_state_encode(updated, &out);
    put_record(core, RECORDS_STATE, records_key_u64(updated->uid, key), key, &out, updated->state_version);
}

void change_put_meta(struct core *core, const struct server_meta *updated)
{
    uint8_t bytes[128];
    struct records_out out = {.data = bytes, .size_max = sizeof(bytes)};
    records_meta_encode(updated, &out);
    change_put(core, RECORDS_META, OIM_SLICE_LITERAL("server"), oim_slice(out.data, out.size),
               updated->version);
}

void change_put_contact(struct core *core, const struct contact *updated)
{
    uint8_t key[RECORDS_KEY_SIZE_MAX];
    uint8_t bytes[64];
    struct records_out out = {.data = bytes, .size_max = sizeof(bytes)};
    records_contact_encode(updated, &out);
    size_t key_size = records_key_pair(updated->owner_uid, updated->peer_uid, key);
    put_record(core, RECORDS_CONTACT, key_size, key, &out, updated->version);
}

void change_device_add(struct core *core, uint32_t dev, uint32_t uid)
{
    struct store_change *at = item(core, STORE_DEV_ADD);
    at->dev = dev;
    at->uid = uid;
}

void change_device_drop(struct core *core, uint32_t dev)
{
    struct store_change *at = item(core, STORE_DEV_DROP);
    at->dev = dev;
    at->uid = registry_device(&core->registry, dev)->uid;
}

void change_erase_mailbox(struct core *core, uint32_t uid)
{
    item(core, STORE_ERASE)->uid = uid;
}

void change_raise_policy_version(struct core *core)
{
    core->change.raise = true;
}

void change_log(struct core *core, const struct log_entry *entry, struct account *io_person)
{
    struct change *change = &core->change;
    oim_buf_clear(&core->encode);
    enum oim_status status = log_entry_encode(entry, &core->encode);
    assert(status == OIM_OK); /* it was decoded within the same limits */
    (void)status;
    struct store_change *at = item(core, STORE_CHAIN_APPEND);
    at->ns = CHAIN_ORG;
    at->expected = change->org_seq;
    at->value = keep(core, oim_buf_slice(&core->encode));
    struct oim_hash head;
    log_entry_hash(change->org_seq + 1, &change->org_head, entry, &head);
    change->org_seq++;
    change->org_head = head;
    at->hash = head;
    if (io_person != NULL) {
        struct oim_hash prev;
        orglog_user_hash(io_person->user_seq + 1, &io_person->user_prev, entry, &prev);
        io_person->user_seq++;
        io_person->user_prev = prev;
    }
}

void change_audit(struct core *core, struct oim_slice entry, const struct oim_hash *hash)
{
    struct change *change = &core->change;
    struct store_change *at = item(core, STORE_CHAIN_APPEND);
    at->ns = CHAIN_AUDIT;
    at->expected = change->audit_n;
    at->value = keep(core, entry);
    at->hash = *hash;
    change->audit_n++;
    change->audit_head = *hash;
}

/* ---- the store's answer -------------------------------------------------------------------------------- */

static void apply(struct core *core, const struct store_reply *reply)
{
    struct change *change = &core->change;
    struct oim_error err;
    for (size_t i = 0; i < change->count; i++) {
        const struct store_change *at = &change->items[i];
        if (at->kind != STORE_PUT && at->kind != STORE_DELETE) {
            continue;
        }
        struct oim_slice value = at->kind == STORE_PUT ? at->value : (struct oim_slice){NULL, 0};
        enum oim_status status = registry_apply(core, at->ns, at->key, value, at->expected + 1, &err);
        if (status != OIM_OK) {
            core_fail(core, err.text);
            return;
        }
    }
    core->orglog.exists = change->org_seq > 0;
    core->orglog.org_id = change->org_id;
    core->orglog.seq = change->org_seq;
    core->orglog.head = change->org_head;
    core->orglog.audit_n = change->audit_n;
    core->orglog.audit_head = change->audit_head;
    if (reply->u.cas.policy_version > core->policies.policy_version) {
        core->policies.policy_version = reply->u.cas.policy_version;
    }
}

static void refuse(struct core *core, const struct change *done, enum store_result result)
{
    struct session *session = done->conn == 0 ? NULL : session_find(core, done->conn);
    core_log(core, EFFECT_LOG_WARN, "change_failed", "kind=%u result=%d", done->kind, (int)result);
    if (core->phase == PHASE_LOADING) { /* the server's own record: nothing goes without it */
        if (result == STORE_RETRY) {
            core_reload(core);
        } else {
            core_fail(core, "the server's own record could not be written");
        }
        return;
    }
    if (done->otherwise != NULL) {
        done->otherwise(core, done->context);
        return;
    }
    if (session == NULL) {
        return;
    }
    if (result == STORE_CONFLICT) {
        session_error(core, session, done->request, done->kind, OIM_ERR_CONFLICT,
                      "it changed meanwhile; look again and repeat");
    } else {
        session_error(core, session, done->request, done->kind, OIM_AGAIN,
                      result == STORE_DISK_FULL ? "the server's disk is full" : "the server is busy; repeat");
    }
}

static void on_reply(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    (void)pending;
    if (reply->result == STORE_UNKNOWN) {
        change_abandon(core);
        core_reload(core);
        return;
    }
    if (reply->result == STORE_OK) {
        apply(core, reply);
    }
    /* Whatever is said or done next may open a change of its own. */
    struct change done = core->change;
    core->change.busy = false;
    core->change.block = NULL;
    if (core->phase == PHASE_FAILED) {
        pool_give(&core->pool, done.block);
        return;
    }
    if (reply->result != STORE_OK) {
        refuse(core, &done, reply->result);
    } else {
        struct session *session = done.conn == 0 ? NULL : session_find(core, done.conn);
        if (session != NULL && done.answer != NULL) {
            (void)outbox_push_bytes(core, session, done.answer, done.answer_size);
        }
        if (done.after != NULL) {
            done.after(core, done.context);
        }
    }
    pool_give(&core->pool, done.block);
}

/* Whether memory can follow what would be written. */
static bool has_room(const struct core *core)
{
    const struct change *change = &core->change;
    size_t new_counts[RECORDS_NS_LIMIT] = {0};
    for (size_t i = 0; i < change->count; i++) {
        const struct store_change *at = &change->items[i];
        bool is_new = at->kind == STORE_PUT && at->expected == 0;
        if (is_new && ++new_counts[at->ns] > registry_room(core, at->ns)) {
            return false;
        }
    }
    return true;
}

/* It does not come to the store. */
static void drop(struct core *core, enum oim_status status, const char *text)
{
    const struct change dropped = core->change;
    struct session *session = dropped.conn == 0 ? NULL : session_find(core, dropped.conn);
    change_abandon(core);
    if (dropped.otherwise != NULL) {
        dropped.otherwise(core, dropped.context);
    } else if (session != NULL) {
        session_error(core, session, dropped.request, dropped.kind, status, text);
    }
}

void change_commit(struct core *core)
{
    struct change *change = &core->change;
    assert(change->busy && change->count > 0);
    if (!has_room(core)) {
        core_log(core, EFFECT_LOG_WARN, "change_no_room", "kind=%u", change->kind);
        drop(core, OIM_ERR_LIMIT, "this server has no room for more of these");
        return;
    }
    struct pending *pending = pending_take(core, NULL, STORE_CAS, on_reply, 0);
    if (pending == NULL) {
        drop(core, OIM_AGAIN, "the server is busy; repeat");
        return;
    }
    struct store_req *req = pending_submit(core, pending);
    req->lane = 0;
    req->u.cas.changes = change->items;
    req->u.cas.change_count = change->count;
    req->u.cas.raise_policy_version = change->raise;
}
