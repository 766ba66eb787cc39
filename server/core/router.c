/*
 * router.c - frame kind -> handler, required state, required role; and the one place that answers errors.
 *
 * Rows that say `changes` write records. Only one change is at the store at a time: while one is, such frames wait
 * here, as bytes, and are judged when their turn comes, against what is committed by then.
 */
#include <assert.h>
#include <string.h>

#include "proto/codec.h"
#include "server/core/handle.h"

#define STRANGER_SIZE_MAX (4u * FRAME_SIZE_MAX_BEFORE_AUTH) /* all that is heard of a connection before AuthOk */
#define STATES_SHAKING (BIT(SESSION_CHALLENGED))
#define STATES_ANY                                                                                       \
    (BIT(SESSION_GREETING) | BIT(SESSION_CHALLENGED) | BIT(SESSION_ATTACHING) | BIT(SESSION_LINKING) | \
     BIT(SESSION_READY))

struct route {
    handler_fn *handler;
    unsigned states; /* BIT(enum session_state) of those in which it may come */
    enum role role;  /* the least; NONE before AuthOk */
    bool changes;
};

static const struct route routes[FRAME_KIND_LIMIT] = {
    [FRAME_HELLO] = {handle_hello, BIT(SESSION_GREETING), ROLE_NONE, false},
    [FRAME_DEVICE_AUTH] = {handle_device_auth, STATES_SHAKING, ROLE_NONE, false},
    [FRAME_JOIN_ASK] = {handle_join_ask, STATES_SHAKING, ROLE_NONE, false},
    [FRAME_JOIN] = {handle_join, STATES_SHAKING, ROLE_NONE, true},
    [FRAME_LINK_REQUEST] = {handle_link_request, STATES_SHAKING, ROLE_NONE, false},
    [FRAME_LINK_SIGN] = {handle_link_sign, BIT(SESSION_LINKING), ROLE_NONE, true},
    [FRAME_LINK_OPEN] = {handle_link_open, BIT(SESSION_READY), ROLE_USER, false},
    [FRAME_LINK_BODY] = {handle_link_body, BIT(SESSION_READY), ROLE_USER, false},
    [FRAME_SUBMIT] = {handle_submit, BIT(SESSION_READY), ROLE_USER, false},
    [FRAME_DIRECTORY] = {handle_directory, BIT(SESSION_READY), ROLE_USER, false},
    [FRAME_SYNC] = {handle_sync, BIT(SESSION_READY), ROLE_USER, false},
    [FRAME_ACK] = {handle_ack, BIT(SESSION_READY), ROLE_USER, false},
    [FRAME_ATTEND] = {handle_attend, BIT(SESSION_READY), ROLE_USER, false},
    [FRAME_PRESENCES] = {handle_presences, BIT(SESSION_READY), ROLE_USER, true},
    [FRAME_TYPING] = {handle_typing, BIT(SESSION_READY), ROLE_USER, false},
    [FRAME_CONTACT] = {handle_contact, BIT(SESSION_READY), ROLE_USER, true},
    [FRAME_ADMIN] = {handle_admin, BIT(SESSION_READY), ROLE_USER, true}, /* per operation: policy/role.c */
    [FRAME_LOG_GET] = {handle_log_get, BIT(SESSION_READY), ROLE_USER, false},
    [FRAME_LOG_APPEND] = {handle_log_append, BIT(SESSION_READY), ROLE_USER, true},
    [FRAME_LOCAL] = {handle_local, BIT(SESSION_LOCAL), ROLE_NONE, true},
    [FRAME_PING] = {handle_ping, STATES_ANY, ROLE_NONE, false},
    [FRAME_PONG] = {handle_pong, STATES_ANY, ROLE_NONE, false},
    [FRAME_BYE] = {handle_bye, STATES_ANY | BIT(SESSION_LOCAL), ROLE_NONE, false},
};

static const char *default_text(enum oim_status status)
{
    switch (status) {
    case OIM_AGAIN:
        return "the server is busy; repeat";
    case OIM_ERR_DENIED:
        return "not allowed";
    case OIM_ERR_NOT_FOUND:
        return "there is no such thing";
    case OIM_ERR_LIMIT:
        return "too large or too many";
    default:
        return "this is not possible";
    }
}

static void answer_unknown(struct core *core, struct session *session, const struct frame *frame)
{
    struct frame error = {.kind = FRAME_ERROR, .request = frame->request};
    error.u.error = (struct frame_error){
        .code = OIM_WIRE_UNKNOWN_KIND,
        .text = "this server does not know this kind of frame",
        .offending_kind = frame->kind,
        .label = "",
    };
    (void)outbox_push(core, session, &error);
}

/* The role counts as it is committed now, not as it was at sign-in. */
static enum role role_of(const struct core *core, const struct session *session)
{
    const struct account *person = session->state == SESSION_READY ? session_person(core, session) : NULL;
    return person == NULL ? ROLE_NONE : person->role;
}

static void defer(struct core *core, struct session *session, const struct frame *frame)
{
    uint8_t *bytes = NULL;
    if (core->deferred_count < DEFERRED_COUNT_MAX) {
        bytes = pool_take(&core->pool, core->frame_bytes.size);
    }
    if (bytes == NULL) {
        session_error(core, session, frame->request, frame->kind, OIM_AGAIN, default_text(OIM_AGAIN));
        return;
    }
    memcpy(bytes, core->frame_bytes.data, core->frame_bytes.size);
    size_t index = (core->deferred_first + core->deferred_count) % DEFERRED_COUNT_MAX;
    core->deferred[index] =
        (struct deferred){.conn = session->conn, .bytes = bytes, .size = core->frame_bytes.size};
    core->deferred_count++;
}

static void route(struct core *core, struct session *session, const struct frame *frame, bool deferred)
{
    const struct route *row = frame->kind < FRAME_KIND_LIMIT ? &routes[frame->kind] : NULL;
    if (row == NULL || row->handler == NULL) {
        answer_unknown(core, session, frame);
        return;
    }
    if ((row->states & BIT(session->state)) == 0) {
        session_error(core, session, frame->request, frame->kind, OIM_ERR_PROTOCOL,
                      "this frame may not be sent now");
        return;
    }
    if (row->role != ROLE_NONE && role_of(core, session) < row->role) {
        session_error(core, session, frame->request, frame->kind, OIM_ERR_DENIED, default_text(OIM_ERR_DENIED));
        return;
    }
    if (row->changes && (core->change.busy || (!deferred && core->deferred_count > 0))) {
        defer(core, session, frame);
        return;
    }
    core->error.text[0] = '\0';
    enum oim_status status = row->handler(core, session, frame);
    if (status != OIM_OK) {
        const char *text = core->error.text[0] != '\0' ? core->error.text : default_text(status);
        session_error(core, session, frame->request, frame->kind, status, text);
    }
}

static bool is_before_auth(const struct session *session)
{
    return session->state != SESSION_READY && session->state != SESSION_LOCAL;
}

/* Strangers are heard out for as much as signing in, joining or linking takes: every proof costs us a check. */
static bool says_too_much(struct session *session, size_t size)
{
    if (!is_before_auth(session)) {
        return false;
    }
    session->u.shake.received_size += (uint32_t)size;
    return session->u.shake.received_size > STRANGER_SIZE_MAX;
}

/* Takes the next frame off *rest; false: the rest cannot be used and the session is being closed. */
static bool next_frame(struct core *core, struct session *session, struct oim_slice *rest, struct frame *out,
                       bool *out_known)
{
    struct oim_slice before = *rest;
    oim_arena_reset(&core->frame_arena);
    core->error.text[0] = '\0';
    enum oim_status status = codec_decode(rest, CODEC_TO_SERVER, &core->frame_arena, out, &core->error);
    core->frame_bytes = oim_slice(before.data, before.size - rest->size);
    *out_known = status == OIM_OK;
    if (status == OIM_ERR_NOT_FOUND) {
        answer_unknown(core, session, out);
        return true;
    }
    if (status != OIM_OK) {
        session_close(core, session, status, core->error.text, 0);
        return false;
    }
    return true;
}

void router_on_message(struct core *core, struct session *session, struct oim_slice bytes)
{
    struct frame frame;
    bool known = false;
    session_heard(core, session);
    if (bytes.size > MESSAGE_SIZE_MAX) {
        session_close(core, session, OIM_ERR_LIMIT, "the message is too large", 0);
        return;
    }
    if (is_before_auth(session) && bytes.size > FRAME_SIZE_MAX_BEFORE_AUTH) {
        session_close(core, session, OIM_ERR_LIMIT, "messages before the sign-in are small", 0);
        return;
    }
    if (says_too_much(session, bytes.size)) {
        session_close(core, session, OIM_ERR_LIMIT, "too much was said before the sign-in", 0);
        return;
    }
    while (bytes.size > 0 && session->state != SESSION_CLOSED) {
        memset(&frame, 0, sizeof(frame));
        if (!next_frame(core, session, &bytes, &frame, &known)) {
            return;
        }
        if (known) {
            route(core, session, &frame, false);
        }
    }
}

void router_run_deferred(struct core *core)
{
    struct frame frame;
    while (core->deferred_count > 0 && !core->change.busy && core->phase == PHASE_RUNNING) {
        struct deferred item = core->deferred[core->deferred_first];
        core->deferred_first = (core->deferred_first + 1) % DEFERRED_COUNT_MAX;
        core->deferred_count--;
        struct session *session = session_find(core, item.conn);
        struct oim_slice rest = oim_slice(item.bytes, item.size);
        bool known = false;
        memset(&frame, 0, sizeof(frame));
        if (session != NULL && session->state != SESSION_CLOSED &&
            next_frame(core, session, &rest, &frame, &known) && known) {
            route(core, session, &frame, true);
        }
        pool_give(&core->pool, item.bytes);
    }
}
