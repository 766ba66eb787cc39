/*
 * sync.c - the connection: when to have one, what comes over it, and whether it still lives.
 *
 * conn_counter is committed before the connection that uses it. A server or a profile that is not what it was
 * stops everything until a person decides.
 *
 * Source: BLUEPRINT B7, F1, F3.
 */
#include "client/core/engine_state.h"
#include "common/bug.h"
#include "proto/addresses.h"

#define BACKOFF_BASE_MS 1000u
#define BACKOFF_MAX_MS 15000u /* a connection is only tried when somebody waits for it */

static const unsigned sync_edges[SYNC_STATE_COUNT] = {
    [SYNC_DOWN] = BIT(SYNC_OPENING),
    [SYNC_OPENING] = BIT(SYNC_GREETING) | BIT(SYNC_CLOSING) | BIT(SYNC_DOWN),
    [SYNC_GREETING] = BIT(SYNC_JOINING) | BIT(SYNC_PROVING) | BIT(SYNC_CLOSING) | BIT(SYNC_DOWN),
    [SYNC_JOINING] = BIT(SYNC_CLOSING) | BIT(SYNC_DOWN),
    [SYNC_PROVING] = BIT(SYNC_READY) | BIT(SYNC_CLOSING) | BIT(SYNC_DOWN),
    [SYNC_READY] = BIT(SYNC_CLOSING) | BIT(SYNC_DOWN),
    [SYNC_CLOSING] = BIT(SYNC_DOWN),
};

uint32_t sync_idle_s(const struct engine *engine)
{
    uint64_t idle_ms = engine->now_ms - engine->active_ms;
    return idle_ms >= IDLE_TELL_MS ? (uint32_t)(idle_ms / 1000) : 0;
}

void sync_enter(struct engine *engine, enum sync_state next)
{
    assert(sync_edges[engine->sync] & BIT(next));
    engine->sync = next;
    engine->entered_ms = engine->now_ms;
}

bool sync_is_joining(const struct engine *engine)
{
    return engine->joining.request != 0;
}

static bool sync_is_needed(const struct engine *engine)
{
    if (sync_is_joining(engine)) {
        return true;
    }
    if (!engine->account.joined || !engine->has_device_key || engine->trust[0] != '\0' ||
        engine->denied[0] != '\0') {
        return false;
    }
    return engine->want.connect || engine_view(engine).wants_link;
}

static void back_off(struct engine *engine)
{
    uint64_t delay_ms = (uint64_t)BACKOFF_BASE_MS << (engine->failures < 6 ? engine->failures : 6);
    delay_ms = delay_ms < BACKOFF_MAX_MS ? delay_ms : BACKOFF_MAX_MS;
    uint64_t policy_ms = engine->policy_retry_interval_ms;
    uint64_t least_ms = policy_ms > 0 ? policy_ms : delay_ms / 2;
    uint64_t spread_ms = policy_ms > 0 ? policy_ms / 4 : delay_ms / 2; /* or all come back at once */
    uint16_t jitter;
    oim_random_fill(&engine->config.random, &jitter, sizeof(jitter));
    delay_ms = least_ms + spread_ms * jitter / UINT16_MAX;
    uint64_t retry_at_ms = engine->now_ms + delay_ms;
    if (retry_at_ms > engine->retry_at_ms) {
        engine->retry_at_ms = retry_at_ms;
    }
    engine->failures++;
}

void sync_hurry(struct engine *engine)
{
    uint64_t soon_ms = engine->now_ms + BACKOFF_BASE_MS;
    if (engine->sync == SYNC_DOWN && engine->retry_at_ms > soon_ms) {
        engine->retry_at_ms = soon_ms;
    }
}

/* Another key was refused before anything was said, so looking again gives nothing away. */
void sync_retry(struct engine *engine)
{
    sync_hurry(engine);
    if (strcmp(engine->trust, "server_changed") == 0) {
        engine->trust = "";
    }
}

void sync_leave(struct engine *engine)
{
    if (engine->sync == SYNC_DOWN || engine->sync == SYNC_CLOSING) {
        return;
    }
    sync_enter(engine, SYNC_CLOSING);
    engine_output(engine, ENGINE_DISCONNECT);
}

void sync_distrust(struct engine *engine, const char *code)
{
    engine->trust = code;
    engine_changed(engine, CHANGED_TRUST, NULL);
    if (sync_is_joining(engine)) {
        identity_fail(engine, OIM_ERR_TRUST, code, "", 0);
        engine->trust = ""; /* the line was for another server; the profile is as it was: empty */
    }
    for (size_t i = 0; i < PENDING_COUNT_MAX; i++) {
        if (engine->pending[i].used) {
            pending_end(engine, &engine->pending[i], OIM_ERR_TRUST, code);
        }
    }
    sync_leave(engine);
}

void sync_deny(struct engine *engine, const char *code)
{
    engine->denied = code;
    engine_changed(engine, CHANGED_CONNECTED, NULL);
    for (size_t i = 0; i < PENDING_COUNT_MAX; i++) {
        if (engine->pending[i].used) {
            pending_end(engine, &engine->pending[i], OIM_ERR_DENIED, code);
        }
    }
    sync_leave(engine);
}

void sync_shut_out(struct engine *engine, enum reason reason)
{
    sync_deny(engine, reason == REASON_CLOSED          ? "account_closed"
                      : reason == REASON_ACCOUNT_RESET ? "account_reset_here"
                                                       : "device_revoked_here");
}

static void sync_connect(struct engine *engine)
{
    struct engine_effect *effect = engine_output(engine, ENGINE_CONNECT);
    if (sync_is_joining(engine)) {
        const struct invite_line *line = &engine->joining.line;
        struct known_way *way = &effect->u.connect;
        text_copy(way->host_port, sizeof(way->host_port), line->host_port);
        way->mode = line->mode;
        way->has_spki = line->has_spki;
        memcpy(way->spki, line->spki, sizeof(way->spki));
        engine->joining.attempts++;
    } else {
        assert(engine->account.way_count > 0);
        effect->u.connect = engine->account.ways[engine->way_index];
        engine->used_counter = ++engine->account.conn_counter;
        if (!BUG(COUNTER_IS_NOT_SAVED)) {
            engine_change_account(engine);
        }
    }
    sync_enter(engine, SYNC_OPENING);
}

void sync_on_opened(struct engine *engine, uint32_t cb_type, const uint8_t cb[CB_SIZE])
{
    if (engine->sync != SYNC_OPENING) {
        return;
    }
    sync_enter(engine, SYNC_GREETING);
    engine->received_ms = engine->now_ms;
    engine->pinged_ms = 0;
    engine->cb_type = cb_type;
    memcpy(engine->cb, cb, CB_SIZE);
    engine->hello = (struct frame_hello){
        .versions = {OIM_PROTOCOL_VERSION},
        .version_count = 1,
        .cb_type = cb_type,
        .caps = {.names = {"offline_im"}, .count = 1},
        .agent = "oim/" OIM_VERSION,
        .org_id = sync_is_joining(engine) ? engine->joining.line.org_id : engine->account.org_id,
    };
    oim_random_fill(&engine->config.random, &engine->hello.client_nonce, sizeof(engine->hello.client_nonce));
    engine_write(engine, &(struct frame){.kind = FRAME_HELLO, .request = 1, .u.hello = engine->hello});
}

void sync_on_closed(struct engine *engine)
{
    if (engine->sync == SYNC_DOWN) {
        return;
    }
    bool was_ready = engine->sync == SYNC_READY;
    bool asked_for = engine->sync == SYNC_CLOSING;
    sync_enter(engine, SYNC_DOWN);
    engine->window_open = false;
    engine->caught_up = false;
    engine->ack_due = false;
    engine->seen_seq = engine->said_seq = 0;
    engine->live_id_count = 0;
    engine->policy_told = false;
    engine->shown_state = PRESENCE_UNKNOWN;
    roster_forget_presence(engine);
    bool failed = !asked_for || engine->failures > 0;
    /* What worked is tried again; what did not is followed by the next way, which waits for nothing. */
    if (failed && !was_ready && engine->way_index + 1 < engine->account.way_count) {
        engine->way_index++;
    } else if (failed) {
        back_off(engine);
        engine->way_index = 0;
    }
    if (sync_is_joining(engine) && engine->joining.attempts >= 3) {
        identity_fail(engine, OIM_ERR_IO, "not_reached", "", 0);
    }
    if (was_ready || asked_for) {
        engine_changed(engine, CHANGED_CONNECTED, NULL);
    }
}

static void on_error(struct engine *engine, const struct frame *frame)
{
    struct pending *pending = pending_by_wire(engine, frame->request);
    enum oim_status status = oim_status_from_wire(frame->u.error.code);
    if (pending == NULL) {
        return;
    }
    if (!pending->internal) {
        struct engine_answer *answer = engine_answer_begin(engine, pending->id);
        answer->status = status == OIM_OK ? OIM_ERR_PROTOCOL : status;
        answer->code = oim_status_name(answer->status);
        answer->text = oim_arena_strdup(&engine->step, oim_slice_text(frame->u.error.text));
        answer->text = answer->text == NULL ? "" : answer->text;
        pending->internal = true;
    }
    pending_end(engine, pending, status, "");
}

static void on_bye(struct engine *engine, const struct frame_bye *bye)
{
    if (bye->retry_after_ms > 0) {
        engine->retry_at_ms = engine->now_ms + bye->retry_after_ms;
    }
    if (oim_status_from_wire(bye->code) == OIM_ERR_DENIED) {
        sync_shut_out(engine, bye->reason);
        return;
    }
    engine->failures = engine->failures == 0 ? 1 : engine->failures;
    sync_leave(engine);
}

void sync_prefer_way(struct account *account, size_t index)
{
    struct known_way way = account->ways[index];
    memmove(&account->ways[1], &account->ways[0], index * sizeof(account->ways[0]));
    account->ways[0] = way;
}

/* A newer list, signed by the pinned key, replaces the ways we know: so a server can move (U-A8). */
static void on_addresses(struct engine *engine, const struct frame_addresses *addresses)
{
    struct account *account = &engine->account;
    struct address_list list;
    struct oim_error err;
    if (!addresses_verify(&account->org_id, addresses->body, &account->server_key, &addresses->sig) ||
        address_list_decode(addresses->body, &engine->step, &list, &err) != OIM_OK ||
        list.version <= account->ways_version || list.way_count == 0) {
        return;
    }
    char used[HOST_PORT_SIZE_MAX];
    text_copy(used, sizeof(used), account->ways[engine->way_index].host_port);
    account->ways_version = list.version;
    account->way_count = list.way_count < WAY_COUNT_MAX ? list.way_count : WAY_COUNT_MAX;
    for (size_t i = 0; i < account->way_count; i++) {
        struct known_way *way = &account->ways[i];
        *way = (struct known_way){.mode = list.ways[i].mode, .has_spki = list.ways[i].spki.size == 32};
        text_copy(way->host_port, sizeof(way->host_port), list.ways[i].host_port);
        if (way->has_spki) {
            memcpy(way->spki, list.ways[i].spki.data, sizeof(way->spki));
        }
        if (strcmp(way->host_port, used) == 0) {
            sync_prefer_way(account, i);
        }
    }
    engine->way_index = 0;
    engine_change_account(engine);
}

static void on_ready_frame(struct engine *engine, const struct frame *frame)
{
    switch (frame->kind) {
    case FRAME_LIMITS:
        engine->limits = frame->u.limits;
        break;
    case FRAME_POLICY:
        roster_on_policy(engine, &frame->u.policy);
        break;
    case FRAME_ADDRESSES:
        on_addresses(engine, &frame->u.addresses);
        break;
    case FRAME_SUMMARY:
        roster_on_summary(engine, &frame->u.summary);
        break;
    case FRAME_SUBMIT_RESULT:
        compose_on_result(engine, &frame->u.submit_result);
        break;
    case FRAME_DEVICE_SET_WRONG:
        compose_on_set_wrong(engine, &frame->u.device_set_wrong);
        break;
    case FRAME_LIVE_RESULT:
        compose_on_live_result(engine, &frame->u.live_result);
        break;
    case FRAME_DELIVER:
        timeline_on_deliver(engine, &frame->u.deliver);
        break;
    case FRAME_NOTICE:
        timeline_on_notice(engine, &frame->u.notice);
        break;
    case FRAME_GAP:
        timeline_on_gap(engine, &frame->u.gap);
        break;
    case FRAME_CAUGHT_UP:
        engine->caught_up = true;
        engine_changed(engine, CHANGED_CAUGHT_UP, NULL);
        break;
    case FRAME_PRESENCES:
        roster_on_presences(engine, frame->request, &frame->u.presences);
        break;
    case FRAME_PEOPLE:
        roster_on_people(engine, frame->request, &frame->u.people);
        break;
    case FRAME_CONTACTS:
        roster_on_contacts(engine, frame->request, &frame->u.contacts);
        break;
    case FRAME_ADMIN_RESULT:
        steward_on_result(engine, frame->request, &frame->u.admin_result);
        break;
    case FRAME_LINK_OPENED:
    case FRAME_LINK_OFFER:
    case FRAME_LINK_DONE:
    case FRAME_LOG_APPENDED:
        identity_on_link_frame(engine, frame);
        break;
    default:
        break; /* known to the codec, of no use to this client */
    }
}

void sync_on_frame(struct engine *engine, const struct frame *frame)
{
    switch (frame->kind) {
    case FRAME_PING:
        if (engine_can_write(engine)) {
            engine_write(engine, &(struct frame){
                                     .kind = FRAME_PONG, .request = frame->request, .u.ping = frame->u.ping});
        }
        return;
    case FRAME_PONG:
        return;
    case FRAME_BYE:
        on_bye(engine, &frame->u.bye);
        return;
    default:
        break;
    }
    if (engine->sync == SYNC_GREETING && frame->kind == FRAME_SERVER_HELLO) {
        sign_in_on_hello(engine, &frame->u.server_hello);
    } else if (engine->sync == SYNC_PROVING && frame->kind == FRAME_AUTH_OK) {
        sign_in_on_ok(engine, &frame->u.auth_ok);
    } else if (engine->sync == SYNC_PROVING && frame->kind == FRAME_AUTH_ERR) {
        sign_in_on_err(engine, &frame->u.auth_err);
    } else if (engine->sync == SYNC_JOINING) {
        identity_on_frame(engine, frame);
    } else if (engine->sync == SYNC_READY && frame->kind == FRAME_ERROR) {
        on_error(engine, frame);
    } else if (engine->sync == SYNC_READY) {
        on_ready_frame(engine, frame);
    } else {
        sync_leave(engine); /* out of turn */
    }
}

static uint32_t ping_ms(const struct engine *engine)
{
    return engine->limits.ping_ms > 0 ? engine->limits.ping_ms : PING_MS;
}

static uint32_t lease_ms(const struct engine *engine)
{
    return engine->limits.lease_ms > 0 ? engine->limits.lease_ms : LEASE_MS;
}

static uint64_t quiet_since_ms(const struct engine *engine)
{
    return engine->received_ms < engine->sent_ms ? engine->received_ms : engine->sent_ms;
}

/* Half-dead links: nobody hung up, and nothing comes any more. */
static void keep_alive(struct engine *engine)
{
    if (engine->now_ms - engine->received_ms >= lease_ms(engine)) {
        engine->failures = engine->failures == 0 ? 1 : engine->failures;
        sync_leave(engine);
        return;
    }
    if (engine->now_ms - quiet_since_ms(engine) >= ping_ms(engine) &&
        (engine->pinged_ms == 0 || engine->now_ms - engine->pinged_ms >= ping_ms(engine))) {
        engine->pinged_ms = engine->now_ms;
        engine_write(engine, &(struct frame){.kind = FRAME_PING, .request = ++engine->wire_request});
    }
}

static void settle_ready(struct engine *engine)
{
    keep_alive(engine);
    if (engine->sync != SYNC_READY || !engine_can_write(engine)) {
        return;
    }
    bool is_idle = sync_idle_s(engine) > 0;
    if (engine->told_class != engine->want.class ||
        (engine->told_class != CLASS_NONE && engine->told_idle != is_idle &&
         !(BUG(BACK_IS_NOT_SAID) && !is_idle))) {
        if (engine->told_class == CLASS_NONE) {
            roster_refresh_all(engine);
        }
        engine->told_class = engine->want.class;
        engine->told_idle = is_idle;
        engine_write(engine, &(struct frame){
                                 .kind = FRAME_ATTEND,
                                 .u.attend = {.class = engine->told_class, .idle_s = sync_idle_s(engine)}});
    }
    if (engine->want.fetch && !engine->window_open) {
        engine->window_open = true;
        engine_write(engine, &(struct frame){.kind = FRAME_SYNC,
                                             .u.sync = {.from_seq = engine->account.cursor,
                                                        .window_rows = WINDOW_ROWS_MAX,
                                                        .window_bytes = WINDOW_BYTES_MAX}});
    }
    if (engine->ack_due) {
        /* 0 when no row is new: the server's cursor may be ahead of ours by rows that are not for this
         * device. */
        uint64_t seq =
            engine->seen_seq > engine->said_seq ? engine->seen_seq + (BUG(ACK_OF_THE_NEXT) ? 1 : 0) : 0;
        engine->ack_due = false;
        engine->said_seq = engine->seen_seq;
        engine_write(engine, &(struct frame){.kind = FRAME_ACK,
                                             .u.ack = {.seq = seq,
                                                       .live_ids = engine->live_ids,
                                                       .live_id_count = engine->live_id_count,
                                                       .settled_no = outbox_settled_no(engine)}});
        engine->live_id_count = 0;
    }
}

/* A link waits for the owner of the other device; everything else before READY is a matter of seconds. */
static bool waits_for_person(const struct engine *engine)
{
    return engine->sync == SYNC_JOINING && engine->joining.line.kind == LINE_LINK;
}

void sync_settle(struct engine *engine)
{
    bool needed = sync_is_needed(engine);
    if (engine->sync == SYNC_DOWN) {
        if (needed && engine->now_ms >= engine->retry_at_ms) {
            sync_connect(engine);
        }
        return;
    }
    if (engine->sync == SYNC_CLOSING) {
        return;
    }
    if (!needed) {
        sync_leave(engine);
        return;
    }
    if (engine->sync == SYNC_READY) {
        settle_ready(engine);
        return;
    }
    if (!waits_for_person(engine) && engine->now_ms - engine->entered_ms >= AUTH_TIMEOUT_MS) {
        engine->failures = engine->failures == 0 ? 1 : engine->failures;
        sync_leave(engine);
    }
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static uint64_t connection_wake_at(const struct engine *engine)
{
    switch (engine->sync) {
    case SYNC_DOWN:
        return sync_is_needed(engine) ? engine->retry_at_ms : 0;
    case SYNC_OPENING:
    case SYNC_GREETING:
    case SYNC_PROVING:
    case SYNC_JOINING:
        return waits_for_person(engine) ? 0 : engine->entered_ms + AUTH_TIMEOUT_MS;
    case SYNC_READY: {
        uint64_t quiet_ms =
            engine->pinged_ms > quiet_since_ms(engine) ? engine->pinged_ms : quiet_since_ms(engine);
        uint64_t at_ms = sooner(quiet_ms + ping_ms(engine), engine->received_ms + lease_ms(engine));
        if (!engine->told_idle && engine->told_class != CLASS_NONE) {
            at_ms = sooner(at_ms, engine->active_ms + IDLE_TELL_MS);
        }
        return sooner(sooner(at_ms, compose_wake_at(engine)), pending_wake_at(engine));
    }
    case SYNC_CLOSING:
    case SYNC_STATE_COUNT:
        break;
    }
    return 0;
}

uint64_t sync_wake_at(const struct engine *engine)
{
    return sooner(connection_wake_at(engine), roster_wake_at(engine));
}
