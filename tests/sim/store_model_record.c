/*
 * store_model_record.c - the model's records and chains. A CAS is tried on a copy of the small tables and
 * kept whole or not at all.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/store_model.h"

static int compare_slices(struct oim_slice a, struct oim_slice b)
{
    size_t shorter = a.size < b.size ? a.size : b.size;
    int order = shorter == 0 ? 0 : memcmp(a.data, b.data, shorter);
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_place(const struct model_record *record, uint32_t ns, struct oim_slice key)
{
    if (record->ns != ns) {
        return record->ns < ns ? -1 : 1;
    }
    return compare_slices(record->record.key, key);
}

/* Where (ns, key) is or would go. */
static size_t place_of(const struct store_model *model, uint32_t ns, struct oim_slice key, bool *out_is_there)
{
    size_t at = 0;
    while (at < model->record_count && compare_place(&model->records[at], ns, key) < 0) {
        at++;
    }
    *out_is_there = at < model->record_count && compare_place(&model->records[at], ns, key) == 0;
    return at;
}

static uint64_t length_of(const struct store_model *model, uint32_t chain)
{
    uint64_t length = 0;
    for (size_t i = 0; i < model->entry_count; i++) {
        length += model->entries[i].chain == chain ? 1 : 0;
    }
    return length;
}

static const struct model_entry *entry_of(const struct store_model *model, uint32_t chain, uint64_t n)
{
    for (size_t i = 0; i < model->entry_count; i++) {
        if (model->entries[i].chain == chain && model->entries[i].entry.n == n) {
            return &model->entries[i];
        }
    }
    return NULL;
}

/* The small tables only: rows are erased, never judged, by a CAS. */
static struct store_model *copy_tables(const struct store_model *model)
{
    struct store_model *copy = store_model_create();
    for (size_t i = 0; i < model->device_count; i++) {
        copy->devices = store_model_grow(copy->devices, i, sizeof(*copy->devices));
        copy->devices[copy->device_count++] = model->devices[i];
    }
    for (size_t i = 0; i < model->mailbox_count; i++) {
        copy->mailboxes = store_model_grow(copy->mailboxes, i, sizeof(*copy->mailboxes));
        copy->mailboxes[copy->mailbox_count++] = model->mailboxes[i];
    }
    for (size_t i = 0; i < model->record_count; i++) {
        copy->records = reallocarray(copy->records, i + 1, sizeof(*copy->records));
        copy->records[i] = model->records[i];
        copy->records[i].record.key = store_model_own(model->records[i].record.key);
        copy->records[i].record.value = store_model_own(model->records[i].record.value);
        copy->record_count++;
    }
    for (size_t i = 0; i < model->entry_count; i++) {
        copy->entries = store_model_grow(copy->entries, i, sizeof(*copy->entries));
        copy->entries[i] = model->entries[i];
        copy->entries[i].entry.entry = store_model_own(model->entries[i].entry.entry);
        copy->entry_count++;
    }
    return copy;
}

struct store_model *store_model_copy(const struct store_model *model)
{
    struct store_model *copy = copy_tables(model);
    for (size_t i = 0; i < model->row_count; i++) {
        copy->rows = store_model_grow(copy->rows, i, sizeof(*copy->rows));
        copy->rows[i] = model->rows[i];
        copy->rows[i].row.env = store_model_own(model->rows[i].row.env);
        copy->row_count++;
    }
    copy->policy_version = model->policy_version;
    return copy;
}

static bool put(struct store_model *model, const struct store_change *change)
{
    bool is_there = false;
    size_t at = place_of(model, change->ns, change->key, &is_there);
    uint64_t version = is_there ? model->records[at].record.version : 0;
    if (version != change->expected) {
        return false;
    }
    if (is_there) {
        store_model_disown(model->records[at].record.value);
    } else {
        model->records = reallocarray(model->records, model->record_count + 1, sizeof(*model->records));
        assert(model->records != NULL);
        memmove(&model->records[at + 1], &model->records[at],
                (model->record_count - at) * sizeof(*model->records));
        model->record_count++;
        model->records[at] =
            (struct model_record){.ns = change->ns, .record.key = store_model_own(change->key)};
    }
    model->records[at].record.version = change->expected + 1;
    model->records[at].record.value = store_model_own(change->value);
    return true;
}

static bool delete_record(struct store_model *model, const struct store_change *change)
{
    bool is_there = false;
    size_t at = place_of(model, change->ns, change->key, &is_there);
    uint64_t version = is_there ? model->records[at].record.version : 0;
    if (version != change->expected) {
        return false;
    }
    if (is_there) {
        store_model_disown(model->records[at].record.key);
        store_model_disown(model->records[at].record.value);
        model->record_count--;
        memmove(&model->records[at], &model->records[at + 1],
                (model->record_count - at) * sizeof(*model->records));
    }
    return true;
}

static bool append_chain(struct store_model *model, const struct store_change *change)
{
    if (length_of(model, change->ns) != change->expected) {
        return false;
    }
    model->entries = store_model_grow(model->entries, model->entry_count, sizeof(*model->entries));
    model->entries[model->entry_count++] = (struct model_entry){
        .chain = change->ns,
        .entry = {.n = change->expected + 1, .hash = change->hash, .entry = store_model_own(change->value)}};
    return true;
}

static bool add_device(struct store_model *model, const struct store_change *change)
{
    if (store_model_device(model, change->dev) != NULL) {
        return false;
    }
    if (store_model_mailbox(model, change->uid) == NULL) {
        model->mailboxes =
            store_model_grow(model->mailboxes, model->mailbox_count, sizeof(*model->mailboxes));
        model->mailboxes[model->mailbox_count++] = (struct model_mailbox){.uid = change->uid};
    }
    uint64_t head = store_model_mailbox(model, change->uid)->head;
    model->devices = store_model_grow(model->devices, model->device_count, sizeof(*model->devices));
    model->devices[model->device_count++] = (struct model_device){
        .dev = change->dev, .uid = change->uid, .start = head, .cursor = head, .owed = true};
    return true;
}

static bool make_change(struct store_model *model, const struct store_change *change)
{
    switch (change->kind) {
    case STORE_PUT:
        return put(model, change);
    case STORE_DELETE:
        return delete_record(model, change);
    case STORE_CHAIN_APPEND:
        return append_chain(model, change);
    case STORE_DEV_ADD:
        return add_device(model, change);
    case STORE_DEV_DROP:
        if (store_model_device(model, change->dev) != NULL) {
            store_model_device(model, change->dev)->owed = false;
            return true;
        }
        return false;
    case STORE_ERASE:
        return true;
    }
    return false;
}

/* Is the world already as the change would leave it? */
static bool is_made(struct store_model *model, const struct store_change *change)
{
    bool is_there = false;
    size_t at = place_of(model, change->ns, change->key, &is_there);
    const struct model_entry *entry = entry_of(model, change->ns, change->expected + 1);
    const struct model_device *device = store_model_device(model, change->dev);
    switch (change->kind) {
    case STORE_PUT:
        return is_there && model->records[at].record.version == change->expected + 1 &&
               oim_slice_equal(model->records[at].record.value, change->value);
    case STORE_DELETE:
        return !is_there;
    case STORE_CHAIN_APPEND:
        return entry != NULL && memcmp(&entry->entry.hash, &change->hash, sizeof(change->hash)) == 0 &&
               oim_slice_equal(entry->entry.entry, change->value);
    case STORE_DEV_ADD:
        return device != NULL && device->uid == change->uid;
    case STORE_DEV_DROP:
        return device != NULL && !device->owed;
    case STORE_ERASE:
        return true;
    }
    return false;
}

static void erase_rows(struct store_model *model, uint64_t uid)
{
    for (size_t i = model->row_count; i-- > 0;) {
        if (model->rows[i].uid == uid) {
            store_model_remove_row(model, i);
        }
    }
}

static void keep_tables(struct store_model *model, struct store_model *changed)
{
    struct store_model before = *model;
    *model = *changed;
    model->rows = before.rows;
    model->row_count = before.row_count;
    model->row_capacity = before.row_capacity;
    model->policy_version = before.policy_version;
    *changed = before;
    changed->rows = NULL;
    changed->row_count = 0;
    changed->row_capacity = 0;
}

void store_model_apply_cas(struct store_model *model, struct store_ticket *ticket)
{
    const struct store_req *req = &ticket->req;
    struct store_reply *reply = &ticket->reply;
    struct store_model *trial = copy_tables(model);
    size_t made = 0;
    while (made < req->u.cas.change_count && make_change(trial, &req->u.cas.changes[made])) {
        made++;
    }
    if (made == req->u.cas.change_count) {
        keep_tables(model, trial);
        for (size_t i = 0; i < made; i++) {
            if (req->u.cas.changes[i].kind == STORE_ERASE) {
                erase_rows(model, req->u.cas.changes[i].uid);
            }
        }
        model->policy_version += req->u.cas.raise_policy_version ? 1 : 0;
    } else {
        bool is_repeat = true;
        for (size_t i = 0; i < req->u.cas.change_count; i++) {
            is_repeat = is_repeat && is_made(model, &req->u.cas.changes[i]);
        }
        reply->result = is_repeat ? STORE_OK : STORE_CONFLICT;
        reply->u.cas.failed_index = is_repeat ? 0 : made;
    }
    reply->u.cas.policy_version = model->policy_version;
    store_model_destroy(trial);
}

static struct oim_slice lend(struct store_memory *memory, struct oim_slice slice)
{
    uint8_t *copy = store_memory_take(memory, slice.size);
    assert(copy != NULL);
    if (slice.size > 0) {
        memcpy(copy, slice.data, slice.size);
    }
    return (struct oim_slice){.data = copy, .size = slice.size};
}

void store_model_apply_scan(struct store_model *model, struct store_ticket *ticket)
{
    const struct store_req *req = &ticket->req;
    struct store_reply *reply = &ticket->reply;
    size_t size = 64;
    for (size_t i = 0; i < model->record_count; i++) {
        size += sizeof(struct store_record) + model->records[i].record.key.size +
                model->records[i].record.value.size + 64;
    }
    struct store_memory *memory = store_memory_create(size);
    assert(memory != NULL);
    struct store_record *records = store_memory_take(memory, model->record_count * sizeof(*records));
    size_t count = 0;
    for (size_t i = 0; i < model->record_count; i++) {
        const struct model_record *record = &model->records[i];
        if (record->ns != req->u.scan.ns || compare_slices(record->record.key, req->u.scan.after) <= 0) {
            continue;
        }
        if (count == req->u.scan.row_max) {
            reply->u.scan.more = true;
            break;
        }
        records[count++] = (struct store_record){.key = lend(memory, record->record.key),
                                                 .version = record->record.version,
                                                 .value = lend(memory, record->record.value)};
    }
    reply->memory = memory;
    reply->u.scan.records = records;
    reply->u.scan.record_count = count;
}

void store_model_apply_chain(struct store_model *model, struct store_ticket *ticket)
{
    const struct store_req *req = &ticket->req;
    struct store_reply *reply = &ticket->reply;
    size_t size = 64;
    for (size_t i = 0; i < model->entry_count; i++) {
        size += sizeof(struct store_chain_entry) + model->entries[i].entry.entry.size + 64;
    }
    struct store_memory *memory = store_memory_create(size);
    assert(memory != NULL);
    struct store_chain_entry *entries = store_memory_take(memory, model->entry_count * sizeof(*entries));
    size_t count = 0;
    for (size_t i = 0; i < model->entry_count; i++) {
        const struct model_entry *entry = &model->entries[i];
        if (entry->chain != req->u.chain.chain) {
            continue;
        }
        reply->u.chain.length = entry->entry.n;
        reply->u.chain.head = entry->entry.hash;
        if (entry->entry.n >= req->u.chain.from_n && count < req->u.chain.entry_max) {
            entries[count] = entry->entry;
            entries[count++].entry = lend(memory, entry->entry.entry);
        }
    }
    reply->memory = memory;
    reply->u.chain.entries = entries;
    reply->u.chain.entry_count = count;
}
