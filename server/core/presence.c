/*
 * presence.c - who is here, as the core sees it and as each viewer may see it.
 *
 * A session that is READY is within its lease: silence ends it (session_on_time). Class none never counts. Of
 * several devices the most active one counts.
 */
#include "policy/presence.h"
#include "server/core/core_internal.h"

bool presence_signed_in(const struct core *core, const struct account *person)
{
    (void)core;
    for (const struct session *session = person->session_first; session != NULL;
         session = session->person_next) {
        if (session->class != CLASS_NONE) {
            return true;
        }
    }
    return false;
}

void presence_set_idle(const struct core *core, struct session *session, uint32_t idle_s)
{
    session->is_idle = idle_s > 0;
    session->idle_since_ms = (int64_t)core->now_ms - (int64_t)idle_s * 1000;
}

static uint64_t idle_ms(const struct core *core, const struct account *person)
{
    uint64_t least_ms = UINT64_MAX;
    for (const struct session *session = person->session_first; session != NULL;
         session = session->person_next) {
        if (session->class != CLASS_NONE) {
            uint64_t ms = session->is_idle ? (uint64_t)((int64_t)core->now_ms - session->idle_since_ms) : 0;
            least_ms = ms < least_ms ? ms : least_ms;
        }
    }
    return least_ms;
}

bool presence_is_over(const struct core *core, const struct account *person)
{
    return person->state_until_ms != 0 && person->state_until_ms <= core->wall_ms;
}

/* UNKNOWN: nothing, or not any more. */
static enum presence_state chosen(const struct core *core, const struct account *person)
{
    bool none = presence_is_over(core, person) || person->state == PRESENCE_AUTO;
    return none ? PRESENCE_UNKNOWN : person->state;
}

enum presence_state presence_own(const struct core *core, const struct account *person)
{
    enum presence_state own = chosen(core, person);
    return own == PRESENCE_UNKNOWN ? PRESENCE_AVAILABLE : own;
}

enum presence_state presence_shown(const struct core *core, const struct account *person)
{
    enum presence_state own = chosen(core, person);
    bool is_seen = own != PRESENCE_INVISIBLE && presence_signed_in(core, person);
    return is_seen ? presence_of(own, idle_ms(core, person)) : PRESENCE_OFFLINE;
}

uint64_t presence_changes_ms(const struct core *core, const struct account *person)
{
    uint64_t ms = idle_ms(core, person);
    if (ms == 0 || ms == UINT64_MAX) { /* somebody is there, or nobody is signed in */
        return 0;
    }
    uint64_t at_ms = presence_changes_at_ms(chosen(core, person), ms);
    return at_ms == 0 ? 0 : core->now_ms + (at_ms - ms);
}

enum presence_state presence_seen(struct core *core, struct account *viewer, struct account *subject)
{
    if (registry_has_blocked(&core->registry, subject->uid, viewer->uid)) {
        return PRESENCE_OFFLINE;
    }
    if (viewer != subject && policies_effective(&core->policies, subject)->privacy_mode &&
        !contacts_has(core, subject, viewer)) {
        return PRESENCE_UNKNOWN;
    }
    bool is_oneself = viewer == subject && presence_signed_in(core, subject);
    return is_oneself && presence_own(core, subject) == PRESENCE_INVISIBLE ? PRESENCE_INVISIBLE
                                                                           : presence_shown(core, subject);
}

void presence_on_sessions(struct core *core, struct account *person)
{
    watch_mark(core, person, false);
}
