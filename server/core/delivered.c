/*
 * delivered.c - the notices that tell senders of what was acknowledged: one for each of them, whatever the
 * number of messages (BLUEPRINT B3).
 */
#include <assert.h>
#include <string.h>

#include "server/core/core_internal.h"

uint32_t delivered_device_count(const struct core *core, const struct account *person, uint32_t dev,
                                uint64_t seq)
{
    uint32_t count = 0;
    for (const struct device *device = registry_first_device(&core->registry, person); device != NULL;
         device = registry_next_device(&core->registry, device)) {
        count += device->dev == dev || device->cursor >= seq;
    }
    return count;
}

static bool tells_quiet(struct core *core, struct account *person)
{
    return policies_effective(&core->policies, person)->tell_sender_dnd;
}

size_t delivered_group(struct core *core, struct account *person, const struct sent *items, size_t item_count,
                       struct delivered_group groups[DELIVERED_COUNT_MAX])
{
    bool tell_quiet = tells_quiet(core, person);
    size_t group_count = 0;
    for (size_t i = 0; i < item_count; i++) {
        const struct device *device = registry_device(&core->registry, items[i].src_dev);
        struct account *to = device == NULL ? NULL : registry_person(&core->registry, device->uid);
        if (to == NULL) {
            continue;
        }
        bool quiet = tell_quiet && (items[i].flags & SENT_QUIET) != 0;
        size_t at = 0;
        while (at < group_count && (groups[at].to != to || groups[at].quiet != quiet)) {
            at++;
        }
        if (at == group_count) {
            groups[group_count++] = (struct delivered_group){.to = to, .quiet = quiet};
        }
        groups[at].count++;
    }
    return group_count;
}

/* The ids of one group's messages, packed: as many as it counts. */
static void collect_ids(struct core *core, const struct sent *items, size_t item_count, bool tell_quiet,
                        const struct delivered_group *group, uint8_t *out)
{
    size_t count = 0;
    for (size_t i = 0; i < item_count; i++) {
        const struct device *device = registry_device(&core->registry, items[i].src_dev);
        bool quiet = tell_quiet && (items[i].flags & SENT_QUIET) != 0;
        if (device != NULL && device->uid == group->to->uid && quiet == group->quiet) {
            memcpy(out + count++ * OIM_ID_SIZE, items[i].msg_id.bytes, OIM_ID_SIZE);
        }
    }
    assert(count == group->count);
}

void delivered_add(struct core *core, struct account *person, uint32_t dev, const struct sent *items,
                   size_t item_count, const struct delivered_group *groups, size_t group_count,
                   struct notice_list *list)
{
    uint8_t msg_ids[DELIVERED_COUNT_MAX * OIM_ID_SIZE];
    bool tell_quiet = tells_quiet(core, person);
    uint32_t k = item_count == 0 ? 0 : delivered_device_count(core, person, dev, items[item_count - 1].seq);
    for (size_t i = 0; i < group_count; i++) {
        collect_ids(core, items, item_count, tell_quiet, &groups[i], msg_ids);
        const struct notice notice = {
            .what = groups[i].quiet ? NOTICE_DELIVERED_QUIET : NOTICE_DELIVERED,
            .peer_uid = person->uid,
            .k = k,
            .n = person->device_count,
            .until_ms = groups[i].quiet ? person->state_until_ms : 0,
            .at_ms = core->wall_ms,
            .msg_ids = msg_ids,
            .msg_id_count = groups[i].count,
        };
        bool added = notice_list_add(core, list, groups[i].to, &notice, 0, 0);
        assert(added); /* the block was sized for them */
        (void)added;
    }
}
