/*
 * presence.c - who is here, as the core sees it and as each viewer may see it.
 *
 * A session that is READY is within its lease: silence ends it (session_on_time). Class none never counts.
 */
#include "server/core/core_internal.h"

bool presence_signed_in(const struct core *core, const struct account *person)
{
    (void)core;
    for (const struct session *session = person->session_first; session != NULL; session = session->person_next) {
        if (session->class != CLASS_NONE) {
            return true;
        }
    }
    return false;
}

enum presence_state presence_own(const struct core *core, const struct account *person)
{
    bool over = person->state_until_ms != 0 && person->state_until_ms <= core->wall_ms;
    if (person->state == PRESENCE_UNKNOWN || person->state == PRESENCE_AUTO || over) {
        return PRESENCE_AVAILABLE;
    }
    return person->state;
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
    enum presence_state own = presence_own(core, subject);
    if (own == PRESENCE_INVISIBLE && viewer->uid != subject->uid) {
        return PRESENCE_OFFLINE;
    }
    return presence_signed_in(core, subject) ? own : PRESENCE_OFFLINE;
}

void presence_on_sessions(struct core *core, struct account *person)
{
    watch_mark(core, person, false);
}
