/*
 * filling.c - a mailbox that is getting full says so to its owner, before anybody is refused, at 80 and at 95
 * %, and that it is full; once each, and again only after it has been below 80 %.
 *
 * What was said is remembered in memory: a restart may say it once more.
 */
#include "server/core/core_internal.h"

static const uint8_t levels[] = {80, 95, 100}; /* percent */

void filling_look(struct core *core, struct account *person, uint64_t waiting_count, uint64_t waiting_size)
{
    const struct quota_limits limits = quota_limits_of(policies_effective(&core->policies, person));
    const struct quota_usage usage = {.count = waiting_count, .size = waiting_size};
    unsigned percent = quota_percent(&limits, &usage);
    uint8_t level = 0;
    for (size_t i = 0; i < OIM_COUNT(levels); i++) {
        level = percent >= levels[i] ? levels[i] : level;
    }
    if (level <= person->filling_told) {
        person->filling_told = level == 0 ? 0 : person->filling_told;
        return;
    }
    const struct notice notice = {
        .what = NOTICE_FILLING, .peer_uid = person->uid, .count = level, .at_ms = core->wall_ms};
    if (notices_send(core, person->uid, &notice)) {
        person->filling_told = level;
        core_log(core, EFFECT_LOG_INFO, "mailbox.filling", "uid=%u percent=%u", person->uid, percent);
    }
}
