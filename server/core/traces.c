#include "server/core/traces.h"

#include "common/memory.h"
#include "server/core/core_internal.h"

bool traces_init(struct traces *traces, uint32_t capacity)
{
    *traces = (struct traces){.capacity = capacity};
    traces->events = capacity == 0 ? NULL : oim_mem_take(capacity, sizeof(*traces->events));
    return capacity == 0 || traces->events != NULL;
}

void traces_finish(struct traces *traces)
{
    oim_mem_give(traces->events);
    traces->events = NULL;
}

void traces_add(struct core *core, enum trace_kind kind, const struct oim_id *msg_id, uint64_t src_dev,
                uint32_t to_uid, uint32_t dev, uint8_t code)
{
    struct traces *traces = &core->traces;
    if (traces->events == NULL) {
        return;
    }
    const struct device *source = registry_device(&core->registry, src_dev);
    traces->events[traces->count++ % traces->capacity] =
        (struct trace_event){.at_ms = core->wall_ms,
                             .msg_id = *msg_id,
                             .from_uid = source == NULL ? 0 : source->uid,
                             .to_uid = to_uid,
                             .dev = dev,
                             .kind = (uint8_t)kind,
                             .code = code};
}

void traces_submission(struct core *core, const struct submission *submission, uint64_t src_dev)
{
    static const enum trace_kind kinds[] = {
        [OUTCOME_STORED_PUSHED] = TRACE_PUSHED, [OUTCOME_HELD] = TRACE_HELD,
        [OUTCOME_PUSHED_QUIET] = TRACE_QUIET,   [OUTCOME_LIVE] = TRACE_LIVE,
        [OUTCOME_REFUSED] = TRACE_REFUSED,
    };
    if (submission->cls == CLS_CHAT && submission->outcome < OIM_COUNT(kinds)) {
        traces_add(core, kinds[submission->outcome], &submission->msg_id, src_dev, submission->to_uid, 0,
                   submission->reason);
    }
}

uint64_t traces_first(const struct core *core)
{
    const struct traces *traces = &core->traces;
    uint64_t index = traces->count > traces->capacity ? traces->count - traces->capacity : 0;
    while (index < traces->count && traces_at(traces, index)->at_ms + core->config.trace_ms < core->wall_ms) {
        index++;
    }
    return index;
}

const struct trace_event *traces_at(const struct traces *traces, uint64_t index)
{
    return &traces->events[index % traces->capacity];
}

bool trace_look_wants(const struct trace_look *look, const struct trace_event *event)
{
    return (look->from_uid == 0 || event->from_uid == look->from_uid) &&
           (look->to_uid == 0 || event->to_uid == look->to_uid) && event->at_ms >= look->since_ms &&
           (look->until_ms == 0 || event->at_ms <= look->until_ms) &&
           (look->prefix[0] == '\0' || oim_id_has_prefix(&event->msg_id, look->prefix));
}

const char *traces_kind_name(enum trace_kind kind)
{
    static const char *const names[TRACE_KIND_COUNT] = {
        [TRACE_NONE] = "",           [TRACE_HELD] = "held",     [TRACE_PUSHED] = "pushed",
        [TRACE_QUIET] = "quiet",     [TRACE_LIVE] = "live",     [TRACE_REFUSED] = "refused",
        [TRACE_SENT] = "sent",       [TRACE_TAKEN] = "taken",   [TRACE_LOST] = "not_delivered",
        [TRACE_EXPIRED] = "expired", [TRACE_ERASED] = "erased", [TRACE_WAITING] = "waiting",
    };
    return names[kind];
}
