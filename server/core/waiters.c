/*
 * waiters.c - senders who were refused because somebody has not joined yet, and the notice they get when that
 * person does (BLUEPRINT F7). At most 64 for one person, the newest; kept as a record, so it survives a
 * restart.
 *
 * The notices go first and the record after them: told twice is better than not told.
 */
#include <string.h>

#include "server/core/core_internal.h"
#include "server/core/records.h"

void waiters_add(struct core *core, struct account *recipient, struct account *sender)
{
    if (recipient == NULL || sender == NULL || core->change.busy) {
        return; /* the sender's client asks again from time to time, and is remembered then */
    }
    struct waiter updated = {.uid = recipient->uid};
    const struct waiter *waiter = registry_waiter(&core->registry, recipient->uid);
    if (waiter != NULL) {
        updated = *waiter;
    }
    for (uint32_t i = 0; i < updated.count; i++) {
        if (updated.senders[i] == sender->uid) {
            return;
        }
    }
    if (updated.count == WAITER_COUNT_MAX) {
        memmove(&updated.senders[0], &updated.senders[1],
                (WAITER_COUNT_MAX - 1) * sizeof(updated.senders[0]));
        updated.count--;
    }
    updated.senders[updated.count++] = sender->uid;
    if (change_open(core, NULL, NULL) != OIM_OK) {
        return;
    }
    uint8_t key[RECORDS_KEY_SIZE_MAX];
    uint8_t bytes[16 + 4 * WAITER_COUNT_MAX];
    struct records_out out = {.data = bytes, .size_max = sizeof(bytes)};
    records_waiter_encode(&updated, &out);
    size_t key_size = records_key_u64(recipient->uid, key);
    change_put(core, RECORDS_WAITER, oim_slice(key, key_size), oim_slice(out.data, out.size),
               updated.version);
    change_commit(core);
}

static void on_told(struct core *core, const uint64_t context[2])
{
    (void)context;
    waiters_run(core);
}

/* False: the store has enough to do; some have been told. */
static bool tell(struct core *core, const struct waiter *waiter)
{
    const struct notice notice = {
        .what = NOTICE_JOINED,
        .peer_uid = waiter->uid,
        .at_ms = core->wall_ms,
    };
    for (uint32_t i = 0; i < waiter->count; i++) {
        if (!notices_send(core, waiter->senders[i], &notice)) {
            return false;
        }
    }
    return true;
}

void waiters_run(struct core *core)
{
    const struct oim_table *waiters = &core->registry.waiters;
    for (const struct waiter *waiter = oim_table_first(waiters); waiter != NULL;
         waiter = oim_table_next(waiters, waiter)) {
        const struct account *person = registry_person(&core->registry, waiter->uid);
        if (person == NULL || person->device_count == 0) {
            continue;
        }
        if (core->change.busy || change_open(core, NULL, NULL) != OIM_OK) {
            return; /* the next join or start looks again */
        }
        if (!tell(core, waiter)) {
            change_abandon(core);
            return;
        }
        uint8_t key[RECORDS_KEY_SIZE_MAX];
        size_t key_size = records_key_u64(waiter->uid, key);
        change_delete(core, RECORDS_WAITER, oim_slice(key, key_size), waiter->version);
        change_after(core, on_told, 0, 0);
        change_commit(core);
        return;
    }
}
