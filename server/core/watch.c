/*
 * watch.c - telling people how their contacts are: collected over 250 ms, and only when it is news.
 *
 * Watchers are those who have somebody as a contact and are not blocked by them; in privacy mode only the
 * person's own contacts. Whoever leaves is told of after ten seconds, so that a return within them is no
 * change, but for those who looked in between. Of the blocked and of the invisible nothing is told, not even
 * that there is nothing: no frame at all.
 *
 * Sessions of class none are told nothing of others: there is nobody to look. The own state is told to all,
 * at their sign-in and when it changes.
 */
#include <string.h>

#include "common/bug.h"
#include "server/core/core_internal.h"

#define ITEMS_MAX 64u /* of one frame: with the longest notes they fit */

static enum presence_state told(const struct account *person)
{
    return person->watch_told == 0 ? PRESENCE_OFFLINE : (enum presence_state)person->watch_told;
}

static struct presence_item item_of(struct core *core, struct account *viewer, struct account *subject)
{
    struct presence_item item = {.user = subject->user_id, .note = ""};
    item.state = presence_seen(core, viewer, subject);
    if (item.state != PRESENCE_OFFLINE && item.state != PRESENCE_UNKNOWN) {
        bool manual = subject->state == presence_own(core, subject);
        item.note = manual || subject->state == PRESENCE_AUTO ? subject->note : "";
        item.since_ms = manual ? subject->state_since_ms : 0;
        item.until_ms = manual ? subject->state_until_ms : 0;
    }
    return item;
}

static void push(struct core *core, struct session *session, const struct presence_item *items,
                 size_t item_count)
{
    struct frame frame = {.kind = FRAME_PRESENCES};
    frame.u.presences = (struct frame_presences){.items = items, .item_count = item_count};
    (void)outbox_push(core, session, &frame);
}

static void push_to_person(struct core *core, struct account *person, const struct presence_item *item)
{
    struct session *next = NULL;
    for (struct session *session = person->session_first; session != NULL; session = next) {
        next = session->person_next;
        if (session->class != CLASS_NONE) {
            push(core, session, item, 1);
        }
    }
}

static void tell_watcher(struct core *core, struct account *viewer, void *context)
{
    struct account *subject = context;
    if (viewer->session_first == NULL || registry_has_blocked(&core->registry, subject->uid, viewer->uid)) {
        return;
    }
    const struct presence_item item = item_of(core, viewer, subject);
    if (item.state != PRESENCE_UNKNOWN) {
        push_to_person(core, viewer, &item);
    }
}

/* Somebody is about to see that subject is not here. A return within the grace is no change to the others;
 * this viewer has to be told of it. */
static void tell_of_return(struct core *core, struct account *subject)
{
    if (!BUG(RETURN_IS_NEVER_NEWS) && !presence_signed_in(core, subject) &&
        told(subject) != PRESENCE_OFFLINE) {
        subject->watch_force = true;
    }
}

void watch_tell_one(struct core *core, struct account *viewer, struct account *subject)
{
    const struct presence_item item = item_of(core, viewer, subject);
    tell_of_return(core, subject);
    bool seen = item.state != PRESENCE_UNKNOWN && item.state != PRESENCE_OFFLINE;
    if (seen && contacts_has(core, viewer, subject)) {
        push_to_person(core, viewer, &item);
    }
}

void watch_tell_gone(struct core *core, struct account *viewer, struct account *subject)
{
    const struct presence_item item = {.user = subject->user_id, .state = PRESENCE_OFFLINE, .note = ""};
    if (presence_shown(core, subject) != PRESENCE_OFFLINE && contacts_has(core, viewer, subject)) {
        push_to_person(core, viewer, &item);
    }
}

static void hide_from(struct core *core, struct account *viewer, void *context)
{
    struct account *subject = context;
    if (presence_seen(core, viewer, subject) == PRESENCE_UNKNOWN) {
        watch_tell_gone(core, viewer, subject);
    }
}

void watch_on_policy(struct core *core, struct account *person)
{
    bool is_private = policies_effective(&core->policies, person)->privacy_mode;
    if (is_private && !person->watch_hidden) {
        contacts_each_watcher(core, person, hide_from, person);
    }
    person->watch_hidden = is_private;
}

/* ---- the own state ----------------------------------------------------------------------------------------
 */

void watch_tell_own(struct core *core, struct session *session)
{
    const struct account *person = session_person(core, session);
    bool is_over = presence_is_over(core, person);
    const struct presence_item item = {
        .user = person->user_id,
        .state = is_over || person->state == PRESENCE_UNKNOWN ? PRESENCE_AUTO : person->state,
        .note = is_over ? "" : person->note,
        .since_ms = is_over ? person->state_until_ms : person->state_since_ms,
        .until_ms = is_over ? 0 : person->state_until_ms,
        .ended_by_policy = person->state_ended,
        .shown = presence_shown(core, person),
    };
    push(core, session, &item, 1);
}

static void tell_own_sessions(struct core *core, struct account *person)
{
    struct session *next = NULL;
    for (struct session *session = person->session_first; session != NULL; session = next) {
        next = session->person_next;
        watch_tell_own(core, session);
    }
}

/* ---- who is here, for a session that has just come or looks again
 * ------------------------------------------------------
 */

struct snapshot {
    struct account *viewer;
    struct session *session;
    struct presence_item items[ITEMS_MAX];
    size_t count;
};

static void flush_snapshot(struct core *core, struct snapshot *snapshot)
{
    if (snapshot->count > 0) {
        push(core, snapshot->session, snapshot->items, snapshot->count);
        snapshot->count = 0;
    }
}

static void add_to_snapshot(struct core *core, struct account *subject, void *context)
{
    struct snapshot *snapshot = context;
    const struct presence_item item = item_of(core, snapshot->viewer, subject);
    tell_of_return(core, subject);
    bool is_granted = item.state == PRESENCE_OFFLINE && !snapshot->session->presences_sent;
    if (is_granted || item.state == PRESENCE_UNKNOWN) {
        return; /* clients take it for granted */
    }
    if (snapshot->count == ITEMS_MAX) {
        flush_snapshot(core, snapshot);
    }
    snapshot->items[snapshot->count++] = item;
}

static void greet_sessions(struct core *core, struct account *person)
{
    struct session *next = NULL;
    for (struct session *session = person->session_first; session != NULL; session = next) {
        next = session->person_next;
        bool is_new = !session->presences_sent || session->presences_stale;
        if (!is_new || session->class == CLASS_NONE) {
            continue;
        }
        struct snapshot snapshot = {.viewer = person, .session = session};
        contacts_each(core, person, add_to_snapshot, &snapshot);
        flush_snapshot(core, &snapshot);
        session->presences_sent = true;
        session->presences_stale = false;
    }
}

/* ---- changes ------------------------------------------------------------------------------------------- */

void watch_mark(struct core *core, struct account *person, bool force)
{
    bool leaves = !presence_signed_in(core, person) && told(person) != PRESENCE_OFFLINE;
    uint64_t at_ms = leaves ? person->signed_out_ms + RETURN_GRACE_MS : core->now_ms + PRESENCE_COALESCE_MS;
    person->watch_force = person->watch_force || force;
    if (force) {
        tell_own_sessions(core, person); /* at once: who asks sees it already */
    }
    if (!person->watch_listed || leaves || at_ms < person->watch_due_ms) {
        person->watch_due_ms = at_ms; /* further changes do not put off the first one */
    }
    if (!person->watch_listed) {
        person->watch_listed = true;
        person->watch_next = core->watch.first;
        core->watch.first = person->uid;
    }
    core_wake_at(core, person->watch_due_ms);
}

static void tell(struct core *core, struct account *person)
{
    enum presence_state now = presence_shown(core, person);
    bool changes = now != told(person);
    bool news = changes || (person->watch_force && now != PRESENCE_OFFLINE);
    if (changes && !person->watch_force && told(person) != PRESENCE_OFFLINE) {
        tell_own_sessions(core, person);
    }
    person->watch_force = false;
    greet_sessions(core, person);
    if (news) {
        person->watch_told = (uint8_t)now;
        contacts_each_watcher(core, person, tell_watcher, person);
    }
    announce_look(core, person);
    watch_on_idle(core, person);
}

/* Manual states that end by themselves. */
static void look_for_ends(struct core *core)
{
    struct registry *registry = &core->registry;
    uint64_t over_at_ms = core->watch.over_at_ms;
    if (over_at_ms == 0 || over_at_ms > core->wall_ms) {
        return;
    }
    core->watch.over_at_ms = 0;
    for (uint32_t uid = 1; uid <= registry->uid_last; uid++) {
        struct account *person = registry_person(registry, uid);
        if (person == NULL || person->state_until_ms == 0) {
            continue;
        }
        if (person->state_until_ms > core->wall_ms) {
            watch_on_state(core, person);
        } else if (person->state_until_ms >= over_at_ms) {
            watch_mark(core, person, true);
        }
    }
}

/* States that idleness changes: whoever's is another one now is told of, and the next one's time is found. */
static void look_for_idle(struct core *core)
{
    struct registry *registry = &core->registry;
    if (core->watch.idle_at_ms == 0 || core->watch.idle_at_ms > core->now_ms) {
        return;
    }
    core->watch.idle_at_ms = 0;
    for (uint32_t uid = 1; uid <= registry->uid_last; uid++) {
        struct account *person = registry_person(registry, uid);
        if (person == NULL || person->session_first == NULL) {
            continue;
        }
        bool is_news = presence_shown(core, person) != told(person) && !BUG(IDLENESS_IS_NOT_TOLD);
        if (is_news && !person->watch_listed) {
            watch_mark(core, person, false);
        }
        watch_on_idle(core, person);
    }
}

void watch_on_idle(struct core *core, const struct account *person)
{
    struct watch *watch = &core->watch;
    uint64_t at_ms = presence_changes_ms(core, person);
    if (at_ms != 0 && (watch->idle_at_ms == 0 || at_ms < watch->idle_at_ms)) {
        watch->idle_at_ms = at_ms;
        core_wake_at(core, at_ms);
    }
}

void watch_on_state(struct core *core, const struct account *person)
{
    struct watch *watch = &core->watch;
    if (person->state_until_ms != 0 &&
        (watch->over_at_ms == 0 || person->state_until_ms < watch->over_at_ms)) {
        watch->over_at_ms = person->state_until_ms;
    }
}

uint64_t watch_on_time(struct core *core)
{
    uint64_t next_ms = 0;
    look_for_ends(core);
    look_for_idle(core);
    uint32_t *at = &core->watch.first;
    while (*at != 0) {
        struct account *person = registry_person(&core->registry, *at);
        if (person->watch_due_ms > core->now_ms) {
            next_ms = next_ms == 0 || person->watch_due_ms < next_ms ? person->watch_due_ms : next_ms;
            at = &person->watch_next;
            continue;
        }
        *at = person->watch_next;
        person->watch_next = 0;
        person->watch_listed = false;
        tell(core, person);
    }
    if (core->watch.idle_at_ms != 0) {
        next_ms = next_ms == 0 || core->watch.idle_at_ms < next_ms ? core->watch.idle_at_ms : next_ms;
    }
    if (core->watch.over_at_ms > core->wall_ms) {
        uint64_t over_ms = core->now_ms + (core->watch.over_at_ms - core->wall_ms);
        next_ms = next_ms == 0 || over_ms < next_ms ? over_ms : next_ms;
    }
    return next_ms;
}

void watch_clear(struct core *core)
{
    memset(&core->watch, 0, sizeof(core->watch));
}
