/*
 * uncover.c - ends invisibility that policy does not allow any more (EnableAppearOffline False).
 *
 * What was chosen is a record, so its end is one too. Whenever a record was applied that may say something
 * new about who may appear offline, and after the start, people are looked through; a handful of states is
 * rewritten in one change, until nobody is left. The state then says why it ended until the person chooses
 * another. The note goes too: nobody has seen it, and it was not written to be seen.
 */
#include "server/core/core_internal.h"

static bool is_due(struct core *core, struct account *person)
{
    return presence_own(core, person) == PRESENCE_INVISIBLE &&
           !policies_effective(&core->policies, person)->appear_offline;
}

static void on_uncovered(struct core *core, const uint64_t context[2])
{
    struct uncover *uncover = &core->uncover;
    (void)context;
    uncover->at_ms = 0;
    for (size_t i = 0; i < uncover->count; i++) {
        watch_mark(core, registry_person(&core->registry, uncover->uids[i]), true);
    }
}

static void put(struct core *core, const struct account *person)
{
    struct account updated = *person;
    updated.state = PRESENCE_AUTO;
    updated.state_ended = true;
    updated.state_since_ms = core->wall_ms;
    updated.state_until_ms = 0;
    updated.note[0] = '\0';
    change_put_state(core, &updated);
    core->uncover.uids[core->uncover.count++] = person->uid;
}

void uncover_on_record(struct core *core, enum records_ns ns)
{
    if (ns == RECORDS_PERSON || ns == RECORDS_POLICY || ns == RECORDS_TEAM || ns == RECORDS_STATE) {
        core->uncover.look = true;
    }
}

void uncover_run(struct core *core)
{
    struct uncover *uncover = &core->uncover;
    if (!uncover->look || core->change.busy || core->now_ms < uncover->at_ms) {
        return;
    }
    uncover->count = 0;
    for (uint32_t uid = 1; uid <= core->registry.uid_last && uncover->count < UNCOVER_COUNT_MAX; uid++) {
        struct account *person = registry_person(&core->registry, uid);
        if (person == NULL || !is_due(core, person)) {
            continue;
        }
        if (uncover->count == 0) {
            uncover->at_ms = core->now_ms + RETRY_AFTER_MS; /* should it not be possible now */
            core_wake_at(core, uncover->at_ms);
            if (change_open(core, NULL, NULL) != OIM_OK) {
                return;
            }
        }
        put(core, person);
    }
    if (uncover->count == 0) {
        uncover->look = false;
        return;
    }
    core_log(core, EFFECT_LOG_INFO, "uncover", "people=%zu", uncover->count);
    change_after(core, on_uncovered, 0, 0);
    change_commit(core);
}

uint64_t uncover_wake_at(const struct core *core)
{
    return core->uncover.look ? core->uncover.at_ms : 0;
}
