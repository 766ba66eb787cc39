/*
 * seen.c - when each device was last signed in, so that a restart does not forget it: kept as a record, to
 * the hour.
 *
 * Nothing waits for these records: they are written now and then, a handful in one change, when no other
 * change is at the store.
 */
#include "server/core/core_internal.h"
#include "server/core/records.h"

#define SEEN_PERIOD_MS 60000u
#define SEEN_STEP_MS 3600000u
#define SEEN_CHANGE_COUNT_MAX 14u

uint64_t seen_at_ms(const struct core *core, const struct device *device)
{
    return device->session != NULL ? core->wall_ms : device->seen_ms;
}

static bool is_due(const struct core *core, const struct device *device)
{
    return device->revoked_ms == 0 && seen_at_ms(core, device) >= device->seen_kept_ms + SEEN_STEP_MS;
}

static void put(struct core *core, const struct device *device)
{
    uint8_t key[RECORDS_KEY_SIZE_MAX];
    uint8_t bytes[16];
    struct records_out out = {.data = bytes, .size_max = sizeof(bytes)};
    records_seen_encode(seen_at_ms(core, device), &out);
    change_put(core, RECORDS_SEEN, oim_slice(key, records_key_u64(device->dev, key)),
               oim_slice(out.data, out.size), device->seen_version);
}

static void on_kept(struct core *core, const uint64_t context[2])
{
    (void)context;
    core->seen_at_ms = core->now_ms; /* perhaps there are more */
    core_wake_at(core, core->seen_at_ms);
}

static void keep_some(struct core *core)
{
    size_t count = 0;
    for (uint32_t dev = 1; dev <= core->registry.dev_last && count < SEEN_CHANGE_COUNT_MAX; dev++) {
        const struct device *device = registry_device(&core->registry, dev);
        if (device == NULL || !is_due(core, device)) {
            continue;
        }
        if (count == 0 && change_open(core, NULL, NULL) != OIM_OK) {
            return;
        }
        put(core, device);
        count++;
    }
    if (count > 0) {
        change_after(core, on_kept, 0, 0);
        change_commit(core);
    }
}

uint64_t seen_on_time(struct core *core)
{
    if (core->now_ms >= core->seen_at_ms) {
        core->seen_at_ms = core->now_ms + SEEN_PERIOD_MS;
        if (!core->change.busy) {
            keep_some(core);
        }
    }
    return core->seen_at_ms;
}
