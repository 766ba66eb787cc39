/*
 * session.c - see session.h.
 */
#include "server/core/session.h"

#include <assert.h>
#include <string.h>

#include "server/core/core_internal.h"

/* The whole machine: from each state, the states it may enter. */
static const unsigned session_edges[SESSION_STATE_COUNT] = {
    [SESSION_GREETING] = BIT(SESSION_CHALLENGED) | BIT(SESSION_CLOSED),
    [SESSION_CHALLENGED] = BIT(SESSION_ATTACHING) | BIT(SESSION_LINKING) | BIT(SESSION_CLOSED),
    [SESSION_ATTACHING] = BIT(SESSION_CHALLENGED) | BIT(SESSION_READY) | BIT(SESSION_CLOSED),
    [SESSION_READY] = BIT(SESSION_CLOSED),
    [SESSION_LINKING] = BIT(SESSION_CLOSED),
    [SESSION_LOCAL] = BIT(SESSION_CLOSED),
    [SESSION_CLOSED] = 0,
};

static void list_remove(struct session_list *list, struct session *session)
{
    if (session->heard_previous != NULL) {
        session->heard_previous->heard_next = session->heard_next;
    } else {
        list->first = session->heard_next;
    }
    if (session->heard_next != NULL) {
        session->heard_next->heard_previous = session->heard_previous;
    } else {
        list->last = session->heard_previous;
    }
    session->heard_previous = NULL;
    session->heard_next = NULL;
}

static void list_append(struct session_list *list, struct session *session)
{
    session->heard_previous = list->last;
    session->heard_next = NULL;
    if (list->last != NULL) {
        list->last->heard_next = session;
    } else {
        list->first = session;
    }
    list->last = session;
}

static bool is_waiting(const struct session *session)
{
    return session->state == SESSION_GREETING || session->state == SESSION_CHALLENGED ||
           session->state == SESSION_ATTACHING;
}

static struct session_list *list_of(struct core *core, const struct session *session)
{
    if (is_waiting(session)) {
        return &core->sessions.waiting;
    }
    if (session->state == SESSION_READY) {
        return session->pinged ? &core->sessions.pinged : &core->sessions.quiet;
    }
    return NULL;
}

struct session *session_find(struct core *core, uint64_t conn)
{
    struct session *session = core->sessions.found;
    if (session == NULL || session->conn != conn) {
        struct oim_id key = oim_key_u64(conn);
        session = oim_table_get(&core->sessions.table, &key);
        core->sessions.found = session;
    }
    return session == NULL || session->gone ? NULL : session;
}

struct account *session_person(const struct core *core, const struct session *session)
{
    return registry_person(&core->registry, session->uid);
}

struct device *session_device(const struct core *core, const struct session *session)
{
    return registry_device(&core->registry, session->dev);
}

/* ---- unfinished connections (BLUEPRINT B28) ------------------------------------------------------------ */

static void address_count(struct core *core, uint64_t address_key, int change)
{
    if (address_key == 0) {
        return;
    }
    struct oim_id key = oim_key_u64(address_key);
    uint32_t *count = oim_table_get(&core->sessions.addresses, &key);
    if (count == NULL) {
        assert(change > 0);
        count = oim_table_add(&core->sessions.addresses, &key);
        assert(count != NULL); /* at most one per unfinished connection, and the table holds as many */
    }
    *count = change > 0 ? *count + 1 : *count - 1;
    if (*count == 0) {
        bool removed = oim_table_remove(&core->sessions.addresses, &key);
        assert(removed);
        (void)removed;
    }
}

static void close_oldest_of(struct core *core, uint64_t address_key)
{
    struct session *session = core->sessions.waiting.first;
    while (session != NULL && address_key != 0 && session->u.shake.address_key != address_key) {
        session = session->heard_next;
    }
    if (session != NULL) {
        session_close(core, session, OIM_AGAIN, "too many connections are signing in", RETRY_AFTER_MS);
    }
}

static void make_room(struct core *core, uint64_t address_key)
{
    const struct core_limits *limits = &core->config.limits;
    struct oim_id key = oim_key_u64(address_key);
    const uint32_t *count = oim_table_get(&core->sessions.addresses, &key);
    if (count != NULL && *count >= limits->unauthenticated_per_address_max) {
        close_oldest_of(core, address_key);
    }
    if (core->sessions.waiting_count >= limits->unauthenticated_max) {
        close_oldest_of(core, 0);
    }
}

static void refuse(struct core *core, uint64_t conn, enum oim_status status)
{
    struct effect *effect = core_effect(core, EFFECT_CLOSE);
    effect->conn = conn;
    effect->u.close.code = oim_status_close_code(status);
    effect->u.close.reason = oim_status_name(status);
}

void session_on_opened(struct core *core, const struct core_event *event)
{
    if (core->phase != PHASE_RUNNING) {
        refuse(core, event->conn, OIM_AGAIN);
        return;
    }
    bool local = event->u.opened.transport == TRANSPORT_LOCAL;
    if (!local) {
        make_room(core, event->u.opened.address_key);
    }
    struct oim_id key = oim_key_u64(event->conn);
    struct session *session = oim_table_add(&core->sessions.table, &key);
    if (session == NULL) {
        refuse(core, event->conn, OIM_AGAIN);
        return;
    }
    session->conn = event->conn;
    session->entered_ms = core->now_ms;
    session->heard_ms = core->now_ms;
    session->transport = (uint8_t)event->u.opened.transport;
    session->state = local ? SESSION_LOCAL : SESSION_GREETING;
    if (local) {
        return;
    }
    memcpy(session->u.shake.cb, event->u.opened.cb, CB_SIZE);
    session->u.shake.address_key = event->u.opened.address_key;
    list_append(&core->sessions.waiting, session);
    core->sessions.waiting_count++;
    address_count(core, session->u.shake.address_key, 1);
}

/* ---- states -------------------------------------------------------------------------------------------- */

static void on_ready(struct core *core, struct session *session)
{
    struct account *person = session_person(core, session);
    struct device *device = session_device(core, session);
    session->u.ready.run = (struct result_run){0};
    session->person_next = person->session_first;
    person->session_first = session;
    device->session = session;
    device->seen_ms = core->wall_ms;
    core->sessions.ready_count++;
    core->sessions.signed_in_count += session->class != CLASS_NONE;
    presence_on_sessions(core, person);
}

static void on_ready_ended(struct core *core, struct session *session)
{
    struct account *person = session_person(core, session);
    struct device *device = session_device(core, session);
    struct session **at = &person->session_first;
    while (*at != session) {
        at = &(*at)->person_next;
    }
    *at = session->person_next;
    session->person_next = NULL;
    core->sessions.ready_count--;
    core->sessions.signed_in_count -= session->class != CLASS_NONE;
    mailbox_forget(core, session);
    if (device->session == session) {
        device->session = NULL;
        device->seen_ms = core->wall_ms;
        lane_on_session_end(core, device);
    }
    if (!presence_signed_in(core, person)) {
        person->signed_out_ms = core->now_ms;
        live_on_signed_out(core, person);
    }
    presence_on_sessions(core, person);
}

void session_enter(struct core *core, struct session *session, enum session_state next)
{
    assert(session_edges[session->state] & BIT(next));

    struct session_list *before = list_of(core, session);
    bool was_ready = session->state == SESSION_READY;
    bool was_waiting = is_waiting(session);
    uint64_t address_key = was_waiting ? session->u.shake.address_key : 0;
    session->state = (uint8_t)next;
    session->entered_ms = core->now_ms;
    if (was_waiting && !is_waiting(session)) {
        core->sessions.waiting_count--;
        address_count(core, address_key, -1);
    }
    if (next == SESSION_READY) {
        session->heard_ms = core->now_ms;
    }
    struct session_list *after = list_of(core, session);
    if (before != after && before != NULL) {
        list_remove(before, session);
    }
    if (before != after && after != NULL) {
        list_append(after, session);
    }
    if (next == SESSION_READY) {
        on_ready(core, session);
    }
    if (was_ready) {
        on_ready_ended(core, session);
    }
    if (next == SESSION_CLOSED) {
        link_on_session_end(core, session->conn);
    }
}

void session_heard(struct core *core, struct session *session)
{
    if (session->state != SESSION_READY) {
        return; /* the time for signing in does not grow by talking */
    }
    list_remove(list_of(core, session), session);
    session->pinged = false;
    session->heard_ms = core->now_ms;
    list_append(list_of(core, session), session);
}

void session_close(struct core *core, struct session *session, enum oim_status status, const char *text,
                   uint32_t retry_after_ms)
{
    if (session->state == SESSION_CLOSED) {
        return;
    }
    struct frame bye = {.kind = FRAME_BYE};
    bye.u.bye.code = oim_status_wire_code(status);
    bye.u.bye.text = text;
    bye.u.bye.retry_after_ms = retry_after_ms;
    bye.u.bye.reason = session->uid == 0 ? REASON_NONE
                                         : registry_revoked_reason(session_person(core, session),
                                                                   session_device(core, session));
    (void)outbox_push(core, session, &bye);
    if (session->state == SESSION_CLOSED) {
        return; /* the Bye did not fit, which closed it */
    }
    session->close_code = oim_status_close_code(status);
    session->closing = true;
    session_enter(core, session, SESSION_CLOSED);
    outbox_due(core, session);
}

void session_error(struct core *core, struct session *session, uint32_t request, uint32_t offending_kind,
                   enum oim_status status, const char *text)
{
    struct frame error = {.kind = FRAME_ERROR, .request = request};
    error.u.error.code = oim_status_wire_code(status);
    error.u.error.text = text;
    error.u.error.offending_kind = offending_kind;
    error.u.error.label = "";
    (void)outbox_push(core, session, &error);
}

void session_release(struct core *core, struct session *session)
{
    if (!session->gone || session->due || session->read_stopped || session->pump) {
        return;
    }
    core->sessions.found = NULL;
    struct oim_id key = oim_key_u64(session->conn);
    bool removed = oim_table_remove(&core->sessions.table, &key);
    assert(removed);
    (void)removed;
}

void session_on_closed(struct core *core, uint64_t conn)
{
    struct session *session = session_find(core, conn);
    if (session == NULL) {
        return;
    }
    if (session->state != SESSION_CLOSED) {
        session_enter(core, session, SESSION_CLOSED);
    }
    outbox_drop(core, session);
    session->gone = true;
    session_release(core, session);
}

/* ---- time ---------------------------------------------------------------------------------------------- */

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static void ping(struct core *core, struct session *session)
{
    struct frame frame = {.kind = FRAME_PING};
    list_remove(&core->sessions.quiet, session);
    session->pinged = true;
    list_append(&core->sessions.pinged, session);
    (void)outbox_push(core, session, &frame);
}

uint64_t session_on_time(struct core *core)
{
    struct sessions *sessions = &core->sessions;
    struct session *session = NULL;
    while ((session = sessions->waiting.first) != NULL &&
           core->now_ms - session->heard_ms >= AUTH_TIMEOUT_MS) {
        session_close(core, session, OIM_ERR_AUTH, "signing in took too long", 0);
    }
    while ((session = sessions->pinged.first) != NULL && core->now_ms - session->heard_ms >= LEASE_MS) {
        session_close(core, session, OIM_AGAIN, "no sign of life", 0);
    }
    while ((session = sessions->quiet.first) != NULL && core->now_ms - session->heard_ms >= PING_MS) {
        ping(core, session);
    }
    uint64_t next = 0;
    if (sessions->waiting.first != NULL) {
        next = sooner(next, sessions->waiting.first->heard_ms + AUTH_TIMEOUT_MS);
    }
    if (sessions->pinged.first != NULL) {
        next = sooner(next, sessions->pinged.first->heard_ms + LEASE_MS);
    }
    if (sessions->quiet.first != NULL) {
        next = sooner(next, sessions->quiet.first->heard_ms + PING_MS);
    }
    return next;
}
