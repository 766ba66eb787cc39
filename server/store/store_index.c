#include "server/store/store_index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/enums.h"

#define MS_MAX ((1ull << 44) - 1)
#define AUX_MAX ((1ull << 20) - 1)
#define SLOT_MAX ((1u << 24) - 1)

void store_index_finish(struct store_index *index)
{
    for (size_t i = 1; i < index->mailbox_count; i++) {
        free(index->mailboxes[i]->rows);
        free(index->mailboxes[i]);
    }
    for (size_t i = 1; i < index->device_count; i++) {
        free(index->devices[i]->answers);
        free(index->devices[i]);
    }
    free(index->mailboxes);
    free(index->devices);
    store_map_finish(&index->mailbox_by_uid);
    store_map_finish(&index->device_by_dev);
    store_map_finish(&index->shares);
    store_list_finish(&index->garbage);
    store_list_finish(&index->trim_list);
    store_list_finish(&index->dirty_devices);
    store_list_finish(&index->dirty_mailboxes);
    *index = (struct store_index){0};
}

/* Makes room for one more pointer; slot 0 stays unused so that 0 can mean "none". */
static bool reserve_slot(void **array, size_t *count, size_t *capacity)
{
    if (*count == 0) {
        *count = 1;
    }
    if (*count < *capacity) {
        return true;
    }
    size_t grown = *capacity == 0 ? 64 : *capacity * 2;
    void *bigger = grown > SLOT_MAX ? NULL : reallocarray(*array, grown, sizeof(void *));
    if (bigger == NULL) {
        return false;
    }
    *array = bigger;
    *capacity = grown;
    return true;
}

struct index_mailbox *store_index_mailbox(const struct store_index *index, uint64_t uid)
{
    const struct store_map_entry *entry = store_map_get(&index->mailbox_by_uid, uid, 0);
    return entry == NULL ? NULL : index->mailboxes[entry->value[0]];
}

struct index_device *store_index_device(const struct store_index *index, uint64_t dev)
{
    const struct store_map_entry *entry = store_map_get(&index->device_by_dev, dev, 0);
    return entry == NULL ? NULL : index->devices[entry->value[0]];
}

struct index_mailbox *store_index_add_mailbox(struct store_index *index, uint64_t uid)
{
    struct index_mailbox *known = store_index_mailbox(index, uid);
    if (known != NULL) {
        return known;
    }
    void *array = index->mailboxes;
    bool has_room = reserve_slot(&array, &index->mailbox_count, &index->mailbox_capacity);
    index->mailboxes = array;
    struct index_mailbox *mailbox = calloc(1, sizeof(*mailbox));
    struct store_map_entry *entry =
        has_room && mailbox != NULL ? store_map_add(&index->mailbox_by_uid, uid, 0) : NULL;
    if (entry == NULL) {
        free(mailbox);
        return NULL;
    }
    mailbox->uid = uid;
    mailbox->slot = (uint32_t)index->mailbox_count;
    mailbox->expires_min_ms = UINT64_MAX;
    entry->value[0] = mailbox->slot;
    index->mailboxes[index->mailbox_count++] = mailbox;
    return mailbox;
}

struct index_device *store_index_add_device(struct store_index *index, struct index_mailbox *mailbox,
                                            uint64_t dev)
{
    assert(store_index_device(index, dev) == NULL);
    void *array = index->devices;
    bool has_room = reserve_slot(&array, &index->device_count, &index->device_capacity);
    index->devices = array;
    struct index_device *device = calloc(1, sizeof(*device));
    struct store_map_entry *entry =
        has_room && device != NULL ? store_map_add(&index->device_by_dev, dev, 0) : NULL;
    if (entry == NULL) {
        free(device);
        return NULL;
    }
    device->dev = dev;
    device->uid = mailbox->uid;
    device->slot = (uint32_t)index->device_count;
    device->next = mailbox->device_first;
    mailbox->device_first = device->slot;
    entry->value[0] = device->slot;
    index->devices[index->device_count++] = device;
    return device;
}

static struct store_map_entry *share_of(const struct store_index *index, const struct index_mailbox *mailbox,
                                        const struct index_row *row)
{
    return store_map_get(&index->shares, mailbox->uid, index->devices[index_row_src(row)]->uid);
}

static bool count_waiting(struct store_index *index, struct index_mailbox *mailbox,
                          const struct index_row *row)
{
    struct store_map_entry *share =
        store_map_add(&index->shares, mailbox->uid, index->devices[index_row_src(row)]->uid);
    if (share == NULL) {
        return false;
    }
    share->value[0] += 1;
    share->value[1] += index_row_size(row);
    mailbox->waiting_count += 1;
    mailbox->waiting_size += index_row_size(row);
    return true;
}

static void uncount_waiting(struct store_index *index, struct index_mailbox *mailbox,
                            const struct index_row *row)
{
    struct store_map_entry *share = share_of(index, mailbox, row);
    assert(share != NULL && share->value[0] > 0 && mailbox->waiting_count > 0);
    share->value[0] -= 1;
    share->value[1] -= index_row_size(row);
    if (share->value[0] == 0) {
        store_map_remove(&index->shares, share);
    }
    mailbox->waiting_count -= 1;
    mailbox->waiting_size -= index_row_size(row);
}

static bool is_chat_from_others(const struct store_index *index, const struct index_mailbox *mailbox,
                                const struct index_row_facts *facts)
{
    return facts->kind == STORE_ROW_MESSAGE && facts->cls == CLS_CHAT &&
           (facts->flags & STORE_ROW_OWN_COPY) == 0 && facts->src_slot != 0 &&
           index->devices[facts->src_slot]->uid != mailbox->uid;
}

static bool is_taken(const struct store_index *index, const struct index_mailbox *mailbox, uint64_t seq)
{
    for (uint32_t slot = mailbox->device_first; slot != 0; slot = index->devices[slot]->next) {
        const struct index_device *device = index->devices[slot];
        if (device->start < seq && seq <= device->cursor) {
            return true;
        }
    }
    return false;
}

static bool is_untold(const struct index_mailbox *mailbox, const struct index_row *row)
{
    return mailbox->held && index_row_seq(row) > mailbox->announced;
}

static bool fills(const struct index_mailbox *mailbox, const struct index_row *row)
{
    return index_row_waits(row) || (index_row_is(row, INDEX_ROW_CHAT) && is_untold(mailbox, row));
}

bool store_index_add_row(struct store_index *index, struct index_mailbox *mailbox,
                         const struct index_row_facts *facts)
{
    assert(mailbox->row_count == 0 || facts->seq > index_row_seq(&mailbox->rows[mailbox->row_count - 1]));
    assert(facts->id < (1ull << 44) && facts->seq < (1ull << 40) && facts->size <= STORE_ENV_SIZE_MAX);
    if (mailbox->row_count == mailbox->row_capacity) {
        size_t capacity = mailbox->row_capacity + mailbox->row_capacity / 4 + 4;
        struct index_row *rows = reallocarray(mailbox->rows, capacity, sizeof(*rows));
        if (rows == NULL) {
            return false;
        }
        mailbox->rows = rows;
        mailbox->row_capacity = capacity;
    }
    uint64_t server_ms = facts->server_ms < MS_MAX ? facts->server_ms : MS_MAX;
    uint64_t expires_ms = facts->expires_ms < MS_MAX ? facts->expires_ms : MS_MAX;
    uint64_t aux = facts->aux < AUX_MAX ? facts->aux : AUX_MAX;
    struct index_row row = {
        .id_size = facts->id | facts->size << 44,
        .seq_src = facts->seq | (uint64_t)facts->src_slot << 40,
        .server_aux = server_ms | aux << 44,
        .expires_bits = expires_ms | (uint64_t)facts->kind << 44 | (uint64_t)(facts->cls & 0xfu) << 46 |
                        (uint64_t)(facts->flags & 0xffu) << 50,
    };
    if (is_chat_from_others(index, mailbox, facts)) {
        row.expires_bits |= INDEX_ROW_CHAT;
    }
    if (is_taken(index, mailbox, facts->seq)) {
        row.expires_bits |= INDEX_ROW_TAKEN;
    }
    if (fills(mailbox, &row)) {
        if (!count_waiting(index, mailbox, &row)) {
            return false;
        }
        row.expires_bits |= INDEX_ROW_FILLS;
    }
    mailbox->rows[mailbox->row_count++] = row;
    mailbox->row_size += facts->size;
    mailbox->head = facts->seq > mailbox->head ? facts->seq : mailbox->head;
    if (expires_ms != 0 && expires_ms < mailbox->expires_min_ms) {
        mailbox->expires_min_ms = expires_ms;
    }
    return true;
}

static bool discard(struct store_index *index, uint64_t id, uint32_t src_slot)
{
    return store_list_push(&index->garbage, id) && store_list_push(&index->garbage, src_slot);
}

bool store_index_remember(struct store_index *index, struct index_device *device, uint64_t send_no,
                          uint64_t id, bool is_marker)
{
    if (device->answers == NULL) {
        device->answers = calloc(STORE_ANSWER_COUNT, sizeof(*device->answers));
        if (device->answers == NULL) {
            return false;
        }
    }
    uint64_t *answer = &device->answers[send_no % STORE_ANSWER_COUNT];
    if ((*answer & 1u) != 0 && !discard(index, *answer >> 1, device->slot)) {
        return false;
    }
    *answer = id << 1 | (is_marker ? 1u : 0u);
    device->answer_no = send_no;
    return true;
}

bool store_index_settle(struct store_index *index, struct index_device *device, uint64_t settled_no)
{
    uint64_t settled = settled_no < device->hw ? settled_no : device->hw;
    if (settled <= device->settled) {
        return true;
    }
    uint64_t first = device->settled + 1;
    if (device->hw > STORE_ANSWER_COUNT && first < device->hw - STORE_ANSWER_COUNT + 1) {
        first = device->hw - STORE_ANSWER_COUNT + 1;
    }
    for (uint64_t no = first; device->answers != NULL && no <= settled; no++) {
        uint64_t *answer = &device->answers[no % STORE_ANSWER_COUNT];
        if ((*answer & 1u) != 0) {
            if (!discard(index, *answer >> 1, device->slot)) {
                return false;
            }
            *answer = 0;
        }
    }
    device->settled = settled;
    return store_index_dirty_device(index, device);
}

uint64_t store_index_answer(const struct index_device *device, uint64_t send_no, bool *out_is_marker)
{
    *out_is_marker = false;
    if (device->answers == NULL || send_no > device->hw || device->hw - send_no >= STORE_ANSWER_COUNT) {
        return 0;
    }
    uint64_t answer = device->answers[send_no % STORE_ANSWER_COUNT];
    *out_is_marker = (answer & 1u) != 0;
    return answer >> 1;
}

size_t store_index_row_after(const struct index_mailbox *mailbox, uint64_t seq)
{
    size_t low = 0;
    size_t high = mailbox->row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index_row_seq(&mailbox->rows[middle]) <= seq) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct index_row *store_index_row_at(const struct index_mailbox *mailbox, uint64_t seq)
{
    if (seq == 0) {
        return NULL;
    }
    size_t i = store_index_row_after(mailbox, seq - 1);
    bool is_there = i < mailbox->row_count && index_row_seq(&mailbox->rows[i]) == seq;
    return is_there ? &mailbox->rows[i] : NULL;
}

bool store_index_move_cursor(struct store_index *index, struct index_mailbox *mailbox,
                             struct index_device *device, uint64_t seq)
{
    assert(seq > device->cursor && seq <= mailbox->head);
    size_t first = store_index_row_after(mailbox, device->cursor);
    size_t end = store_index_row_after(mailbox, seq);
    for (size_t i = first; i < end; i++) {
        mailbox->rows[i].expires_bits |= INDEX_ROW_TAKEN;
    }
    device->cursor = seq;
    return store_index_dirty_device(index, device) && store_index_list_for_trim(index, mailbox, end - first);
}

void store_index_recount(struct store_index *index, struct index_mailbox *mailbox, uint64_t seq)
{
    for (size_t i = store_index_row_after(mailbox, seq); i < mailbox->row_count; i++) {
        struct index_row *row = &mailbox->rows[i];
        if (index_row_is(row, INDEX_ROW_FILLS) && !fills(mailbox, row)) {
            uncount_waiting(index, mailbox, row);
            row->expires_bits &= ~INDEX_ROW_FILLS;
        }
    }
}

void store_index_share(const struct store_index *index, uint64_t uid, uint64_t src_uid, uint64_t *out_count,
                       uint64_t *out_size)
{
    const struct store_map_entry *share = store_map_get(&index->shares, uid, src_uid);
    *out_count = share == NULL ? 0 : share->value[0];
    *out_size = share == NULL ? 0 : share->value[1];
}

uint64_t store_index_base(const struct index_mailbox *mailbox)
{
    return mailbox->row_count == 0 ? mailbox->head : index_row_seq(&mailbox->rows[0]) - 1;
}

uint64_t store_index_cursor_max(const struct store_index *index, const struct index_mailbox *mailbox)
{
    uint64_t highest = 0;
    for (uint32_t slot = mailbox->device_first; slot != 0; slot = index->devices[slot]->next) {
        const struct index_device *device = index->devices[slot];
        if (device->cursor > device->start && device->cursor > highest) {
            highest = device->cursor;
        }
    }
    return highest;
}

uint64_t store_index_announced(const struct store_index *index, const struct index_mailbox *mailbox)
{
    return mailbox->held ? mailbox->announced : store_index_cursor_max(index, mailbox);
}

bool store_index_cursor_min(const struct store_index *index, const struct index_mailbox *mailbox,
                            uint64_t *out_seq)
{
    bool is_any_owed = false;
    *out_seq = UINT64_MAX;
    for (uint32_t slot = mailbox->device_first; slot != 0; slot = index->devices[slot]->next) {
        const struct index_device *device = index->devices[slot];
        if (device->owed) {
            is_any_owed = true;
            *out_seq = device->cursor < *out_seq ? device->cursor : *out_seq;
        }
    }
    return is_any_owed;
}

bool store_index_trimmable(const struct index_mailbox *mailbox, const struct index_row *row,
                           uint64_t cursor_min)
{
    return index_row_seq(row) <= cursor_min && !index_row_waits(row) && !is_untold(mailbox, row);
}

void store_index_kill_row(struct store_index *index, struct index_mailbox *mailbox, struct index_row *row)
{
    assert(!index_row_is(row, INDEX_ROW_DEAD));
    if (index_row_is(row, INDEX_ROW_FILLS)) {
        uncount_waiting(index, mailbox, row);
    }
    row->expires_bits |= INDEX_ROW_DEAD;
    mailbox->row_size -= index_row_size(row);
    mailbox->dead_count++;
}

void store_index_compact(struct index_mailbox *mailbox)
{
    size_t kept = 0;
    for (size_t i = 0; mailbox->dead_count > 0 && i < mailbox->row_count; i++) {
        if (!index_row_is(&mailbox->rows[i], INDEX_ROW_DEAD)) {
            mailbox->rows[kept++] = mailbox->rows[i];
        }
    }
    if (mailbox->dead_count > 0) {
        mailbox->row_count = kept;
        mailbox->dead_count = 0;
    }
    if (mailbox->row_count == 0) {
        free(mailbox->rows);
        mailbox->rows = NULL;
        mailbox->row_capacity = 0;
    }
}

bool store_index_list_for_trim(struct store_index *index, struct index_mailbox *mailbox, uint64_t row_count)
{
    index->trim_backlog += row_count;
    if (mailbox->trim_listed) {
        return true;
    }
    mailbox->trim_listed = store_list_push(&index->trim_list, mailbox->slot);
    return mailbox->trim_listed;
}

bool store_index_evict(struct store_index *index, struct index_mailbox *mailbox,
                       const struct store_quota *quota)
{
    uint64_t count = mailbox->row_count - mailbox->waiting_count;
    uint64_t size = mailbox->row_size - mailbox->waiting_size;
    for (size_t i = 0; i < mailbox->row_count; i++) {
        bool is_over = (quota->courtesy_count_max != 0 && count > quota->courtesy_count_max) ||
                       (quota->courtesy_size_max != 0 && size > quota->courtesy_size_max);
        if (!is_over) {
            break;
        }
        struct index_row *row = &mailbox->rows[i];
        if (index_row_is(row, INDEX_ROW_FILLS)) {
            continue;
        }
        if (!discard(index, index_row_id(row), index_row_src(row))) {
            return false;
        }
        count -= 1;
        size -= index_row_size(row);
        store_index_kill_row(index, mailbox, row);
    }
    store_index_compact(mailbox);
    return true;
}

bool store_index_dirty_device(struct store_index *index, struct index_device *device)
{
    if (!device->dirty) {
        device->dirty = store_list_push(&index->dirty_devices, device->slot);
    }
    return device->dirty;
}

bool store_index_dirty_mailbox(struct store_index *index, struct index_mailbox *mailbox)
{
    if (!mailbox->dirty) {
        mailbox->dirty = store_list_push(&index->dirty_mailboxes, mailbox->slot);
    }
    return mailbox->dirty;
}
