/*
 * waiters.c - senders who were refused because of one person, and the notice they get when that has changed: somebody has
 * not joined yet (BLUEPRINT F7), or a mailbox was full and there is room again (B34). At most 64 for one person and reason,
 * the newest; kept as a record, so it survives a restart.
 *
 * The notices go first and the record after them: told twice is better than not told.
 */
#include <string.h>

#include "server/core/core_internal.h"
#include "server/core/records.h"

static const struct {
    enum records_ns ns;
    enum notice_what what;
} kinds[WAITS_COUNT] = {
    [WAITS_FOR_JOIN] = {RECORDS_WAITER, NOTICE_JOINED},
    [WAITS_FOR_ROOM] = {RECORDS_ROOM_WAITER, NOTICE_ROOM_AGAIN},
};

void waiters_add(struct core *core, enum waits waits, struct account *recipient, struct account *sender)
{
    if (recipient == NULL || sender == NULL || core->change.busy) {
        return; /* the sender's client asks again from time to time, and is remembered then */
    }
    struct waiter updated = {.uid = recipient->uid};
    const struct waiter *waiter = registry_waiter(&core->registry, waits, recipient->uid);
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
    change_put(core, kinds[waits].ns, oim_slice(key, key_size), oim_slice(out.data, out.size),
               updated.version);
    change_commit(core);
}

static void on_told(struct core *core, const uint64_t context[2])
{
    (void)context;
    waiters_run(core);
}

/* False: the store has enough to do; some have been told. Whom the person has blocked since hears nothing (B26). */
static bool tell(struct core *core, enum waits waits, const struct waiter *waiter)
{
    const struct notice notice = {
        .what = kinds[waits].what,
        .peer_uid = waiter->uid,
        .at_ms = core->wall_ms,
    };
    for (uint32_t i = 0; i < waiter->count; i++) {
        if (!registry_has_blocked(&core->registry, waiter->uid, waiter->senders[i]) &&
            !notices_send(core, waiter->senders[i], &notice)) {
            return false;
        }
    }
    return true;
}

/* Tell all of them and forget them. False: not now; the next occasion looks again. */
static bool settle(struct core *core, enum waits waits, const struct waiter *waiter, change_after_fn *after)
{
    if (core->change.busy || change_open(core, NULL, NULL) != OIM_OK) {
        return false;
    }
    if (!tell(core, waits, waiter)) {
        change_abandon(core);
        return false;
    }
    uint8_t key[RECORDS_KEY_SIZE_MAX];
    size_t key_size = records_key_u64(waiter->uid, key);
    change_delete(core, kinds[waits].ns, oim_slice(key, key_size), waiter->version);
    if (after != NULL) {
        change_after(core, after, 0, 0);
    }
    change_commit(core);
    return true;
}

void waiters_run(struct core *core)
{
    const struct oim_table *waiters = &core->registry.waiters[WAITS_FOR_JOIN];
    for (const struct waiter *waiter = oim_table_first(waiters); waiter != NULL;
         waiter = oim_table_next(waiters, waiter)) {
        const struct account *person = registry_person(&core->registry, waiter->uid);
        if (person != NULL && person->device_count > 0) {
            (void)settle(core, WAITS_FOR_JOIN, waiter, on_told);
            return; /* on_told goes on with the next */
        }
    }
}

static void on_counted(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    struct account *person = registry_person(&core->registry, pending->uid);
    const struct waiter *waiter = registry_waiter(&core->registry, WAITS_FOR_ROOM, pending->uid);
    if (reply->result != STORE_OK || person == NULL || waiter == NULL) {
        return;
    }
    const struct quota_limits limits = quota_limits_of(policies_effective(&core->policies, person));
    const struct quota_usage usage = {.count = reply->u.count.count, .size = reply->u.count.size};
    if (quota_has_room_again(&limits, &usage)) {
        (void)settle(core, WAITS_FOR_ROOM, waiter, NULL);
    }
}

void waiters_look_everywhere(struct core *core)
{
    const struct oim_table *waiters = &core->registry.waiters[WAITS_FOR_ROOM];
    for (const struct waiter *waiter = oim_table_first(waiters); waiter != NULL;
         waiter = oim_table_next(waiters, waiter)) {
        waiters_look_for_room(core, registry_person(&core->registry, waiter->uid));
    }
}

void waiters_look_for_room(struct core *core, struct account *person)
{
    if (person == NULL || core->registry.waiters[WAITS_FOR_ROOM].count == 0 ||
        registry_waiter(&core->registry, WAITS_FOR_ROOM, person->uid) == NULL) {
        return;
    }
    struct pending *pending = pending_take(core, NULL, STORE_COUNT, on_counted, 0);
    if (pending != NULL) {
        pending->uid = person->uid;
        pending_submit(core, pending)->u.count.uid = person->uid;
    } /* else with the next Ack */
}
