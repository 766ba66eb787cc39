/*
 * day_keep.c - the day's counts as a record, so that a restart does not forget yesterday.
 *
 * Written now and then and when the server is stopped, when no other change is at the store: a server that is
 * killed forgets what it counted in the last minutes, and nothing else.
 */
#include "server/core/core_internal.h"
#include "server/core/records.h"

#define KEEP_PERIOD_MS 600000u
#define DAYS_RECORD_SIZE_MAX 512u

void days_keep(struct core *core)
{
    if (!core->days_changed || core->change.busy || change_open(core, NULL, NULL) != OIM_OK) {
        return;
    }
    uint8_t bytes[DAYS_RECORD_SIZE_MAX];
    struct records_out out = {.data = bytes, .size_max = sizeof(bytes)};
    records_days_encode(&core->days, &out);
    change_put(core, RECORDS_DAYS, OIM_SLICE_LITERAL("days"), oim_slice(out.data, out.size),
               core->days_version);
    change_commit(core);
    core->days_changed = false;
}

uint64_t days_on_time(struct core *core)
{
    if (core->days_at_ms == 0) {
        core->days_at_ms = core->now_ms + KEEP_PERIOD_MS;
    }
    if (core->now_ms >= core->days_at_ms) {
        core->days_at_ms = core->now_ms + KEEP_PERIOD_MS;
        days_keep(core);
    }
    return core->days_at_ms;
}
