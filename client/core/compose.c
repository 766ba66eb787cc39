/*
 * compose.c - what is to be said, and what became of it: the lane of numbers.
 *
 * A message is in the store before the network is touched. Its send_no is bound, and committed, when it is
 * first handed to a connection; from then on number and msg_id belong together until the final answer is
 * stored, so that the server recognises every repeat. Numbers are dense; at most UNANSWERED_MAX are
 * unanswered.
 *
 * Invariants: what RETRY, GAP and a wrong device set send back is submitted again in the order of numbers
 * before any new number is bound.
 *
 * Source: BLUEPRINT B2, F6, F7, F11.
 */
#include "client/core/engine_state.h"
#include "common/bug.h"
#include "proto/inner.h"

#define RETRY_MS_DEFAULT 1000u
#define SET_WRONG_COUNT_MAX 3u
#define SET_WRONG_PAUSE_MS 5000u

static enum oim_status pack_text(struct engine *engine, const char *text, uint64_t sent_ms,
                                 struct oim_slice *out_ct)
{
    size_t size_max = TEXT_SIZE_MAX + 400u;
    struct oim_buf packed = {0};
    packed.data = oim_arena_alloc(&engine->step, size_max);
    if (packed.data == NULL) {
        return OIM_ERR_LIMIT;
    }
    packed.capacity = size_max; /* in the arena: never grown, never finished */
    packed.size_max = size_max;
    struct inner inner = {.sent_ms = sent_ms, .body = INNER_CHAT, .text = text};
    enum oim_status status = inner_encode(&inner, &packed);
    if (status == OIM_OK) {
        *out_ct = oim_buf_slice(&packed);
    }
    return status;
}

void compose_request_send(struct engine *engine, const struct engine_request *request)
{
    const char *text = request->u.send.text;
    size_t size = strlen(text);
    if (!engine->account.joined) {
        engine_answer(engine, request->id, OIM_ERR_DENIED, "none");
        return;
    }
    if (size == 0 || !oim_utf8_valid((const uint8_t *)text, size)) {
        engine_answer(engine, request->id, OIM_ERR_USAGE, size == 0 ? "empty_text" : "usage");
        return;
    }
    size_t text_max = engine->limits.text_max > 0 ? engine->limits.text_max : TEXT_CHARS_MAX;
    if (size > TEXT_SIZE_MAX || oim_utf8_count((const uint8_t *)text, size) > text_max) {
        engine_answer(engine, request->id, OIM_ERR_LIMIT, "too_long");
        return;
    }
    struct oim_slice ct;
    struct oim_id msg_id = request->u.send.msg_id;
    if (oim_id_is_zero(&msg_id)) {
        oim_random_fill(&engine->config.random, &msg_id, sizeof(msg_id));
    }
    struct message *message = step_zalloc(engine, 1, sizeof(*message));
    char *kept_text = oim_arena_strdup(&engine->step, oim_slice_text(text));
    char *once = oim_arena_strdup(&engine->step, oim_slice_text(request->u.send.once));
    if (message == NULL || kept_text == NULL || once == NULL ||
        pack_text(engine, text, engine->wall_ms, &ct) != OIM_OK ||
        engine->unsent_count == engine->config.outbox_count_max ||
        engine->config.outbox_size_max - engine->pool_used < ct.size) {
        engine_answer(engine, request->id, OIM_ERR_LIMIT, "outbox_full");
        return;
    }
    struct change *change = engine_change(engine, CHANGE_MESSAGE_ADD);
    if (change == NULL) {
        return;
    }
    *message = (struct message){.msg_id = msg_id,
                                .peer = request->u.send.to_user,
                                .own = true,
                                .state = MESSAGE_QUEUED,
                                .text = kept_text,
                                .stay = engine->policy_text_stay,
                                .sent_ms = engine->wall_ms,
                                .arrived_ms = engine->wall_ms,
                                .detail = {.policy = "", .min_version = "", .text = ""},
                                .once = once,
                                .once_until_ms = once[0] != '\0' ? engine->wall_ms + ONCE_VALID_MS : 0};
    change->u.message = message;
    enum oim_status queued = outbox_queue(engine, &msg_id, &request->u.send.to_user, CLS_CHAT, ct);
    assert(queued == OIM_OK); /* room was looked at above */
    struct engine_answer *answer = engine_answer_begin(engine, request->id);
    answer->id = msg_id;
}

/*
 * What the server gave up undelivered goes again as the same message: whoever has it after all, from a copy
 * of their old history, sees it once. From here on it is like any other, a refusal because its recipient has
 * not joined yet included (F7). What still waits under a number is answered first, for the copy that is gone.
 */
void compose_request_resend(struct engine *engine, const struct engine_request *request)
{
    const struct oim_id *msg_id = &request->u.resend.msg_id;
    struct unsent unsent = {.msg_id = *msg_id, .to_user = request->u.resend.to_user};
    struct unsent *there = outbox_find(engine, msg_id);
    struct oim_slice ct;
    if (there != NULL && there->send_no != 0) {
        there->again = true;
        engine_answer(engine, request->id, OIM_OK, "");
        return;
    }
    if (there == NULL &&
        (pack_text(engine, request->u.resend.text, request->u.resend.sent_ms, &ct) != OIM_OK ||
         outbox_queue(engine, msg_id, &unsent.to_user, CLS_CHAT, ct) != OIM_OK)) {
        engine->resend_waits = true;
        engine_answer(engine, request->id, OIM_ERR_LIMIT, "outbox_full");
        return;
    }
    struct change_state *state = outbox_state(
        engine, &unsent, there != NULL && there->waits_join ? MESSAGE_QUEUED_NOT_JOINED : MESSAGE_QUEUED);
    if (state != NULL) {
        state->reason = there != NULL && there->waits_join ? REASON_NOT_JOINED : REASON_NONE;
        state->back = true;
    }
    engine_answer(engine, request->id, OIM_OK, "");
}

/* Only what no connection has seen can be taken back. A row without an outbox row is a draft. */
void compose_request_drop(struct engine *engine, const struct engine_request *request)
{
    struct unsent *unsent = outbox_find(engine, &request->u.drop.msg_id);
    if (unsent != NULL && unsent->send_no != 0) {
        engine_answer(engine, request->id, OIM_ERR_CONFLICT, "submitted");
        return;
    }
    struct change *change = engine_change(engine, CHANGE_MESSAGE_DROP);
    if (change == NULL) {
        return;
    }
    change->u.msg_id = request->u.drop.msg_id;
    if (unsent != NULL) {
        outbox_settle(engine, unsent);
    }
    engine_answer(engine, request->id, OIM_OK, "");
}

/* The device set: the recipient's, and the sender's other ones (F6). NULL: not known yet, a look-up is under
 * way. */
static struct key_slot *build_slots(struct engine *engine, const struct oim_id *to_user, size_t *out_count)
{
    const struct person_row *own = roster_find(engine, &engine->account.user_id);
    const struct person_row *peer = roster_find(engine, to_user);
    bool own_known = own != NULL && !own->devices_stale;
    bool peer_known = peer != NULL && !peer->devices_stale;
    if (!own_known) {
        roster_lookup(engine, &engine->account.user_id);
    }
    if (!peer_known) {
        roster_lookup(engine, to_user);
    }
    if (!own_known || !peer_known) {
        return NULL;
    }
    size_t peer_count = peer == own ? 0 : peer->device_count;
    struct key_slot *slots = step_zalloc(engine, peer_count + own->device_count, sizeof(*slots));
    if (slots == NULL) {
        return NULL;
    }
    size_t count = 0;
    for (size_t i = 0; i < peer_count; i++) {
        slots[count++].device_id = peer->devices[i];
    }
    for (size_t i = 0; i < own->device_count; i++) {
        if (!oim_id_equal(&own->devices[i], &engine->account.device_id)) {
            slots[count++].device_id = own->devices[i];
        }
    }
    *out_count = count;
    return slots;
}

static bool submit(struct engine *engine, struct unsent *unsent)
{
    size_t slot_count = 0;
    struct key_slot *slots = build_slots(engine, &unsent->to_user, &slot_count);
    if (slots == NULL) {
        return false;
    }
    bool binds = unsent->send_no == 0;
    if (binds) {
        unsent->send_no = ++engine->account.last_send_no;
        if (!BUG(NUMBER_IS_NOT_SAVED)) {
            engine_change_account(engine);
            outbox_put(engine, unsent);
        }
    }
    unsent->in_flight = true;
    unsent->submitted = true;
    engine_write(engine, &(struct frame){.kind = FRAME_SUBMIT,
                                         .request = ++engine->wire_request,
                                         .u.submit = {.send_no = unsent->send_no,
                                                      .to_user = unsent->to_user,
                                                      .msg_id = unsent->msg_id,
                                                      .suite = 0,
                                                      .cls = unsent->cls,
                                                      .log_seq = engine->log_seq_told,
                                                      .payload = {.ct = outbox_ct(engine, unsent)},
                                                      .slots = slots,
                                                      .slot_count = slot_count}});
    return true;
}

/* The lowest bound number that has to be submitted (again) on this connection. */
static struct unsent *first_to_repeat(struct engine *engine)
{
    struct unsent *first = NULL;
    for (size_t i = 0; i < engine->unsent_count; i++) {
        struct unsent *unsent = &engine->unsent[i];
        if (unsent->send_no != 0 && !unsent->in_flight &&
            (first == NULL || (BUG(NEWEST_IS_REPEATED_FIRST) ? unsent->send_no > first->send_no
                                                             : unsent->send_no < first->send_no))) {
            first = unsent;
        }
    }
    return first;
}

static size_t bound_count(const struct engine *engine)
{
    size_t count = 0;
    for (size_t i = 0; i < engine->unsent_count; i++) {
        count += engine->unsent[i].send_no != 0 ? 1 : 0;
    }
    return count;
}

static size_t unanswered_max(const struct engine *engine)
{
    uint32_t told = engine->limits.unanswered_max;
    return told > 0 && told < UNANSWERED_MAX ? told : UNANSWERED_MAX;
}

void compose_pump(struct engine *engine)
{
    if (engine->sync != SYNC_READY || engine->now_ms < engine->lane_until_ms) {
        return;
    }
    struct unsent *unsent;
    while ((unsent = first_to_repeat(engine)) != NULL) {
        if (!engine_can_write(engine) || !submit(engine, unsent)) {
            return;
        }
    }
    size_t bound = bound_count(engine);
    for (size_t i = 0; i < engine->unsent_count && bound < unanswered_max(engine); i++) {
        unsent = &engine->unsent[BUG(NEWEST_IS_SENT_FIRST) ? engine->unsent_count - 1 - i : i];
        bool too_early = unsent->cls == CLS_RECEIPT && !engine->policy_told;
        if (unsent->send_no != 0 || unsent->waits_join || too_early) {
            continue;
        }
        if (!engine_can_write(engine)) {
            return;
        }
        bound += submit(engine, unsent) ? 1 : 0;
        if (BUG(OUTBOX_FORGETS_EARLY) && unsent->submitted) {
            outbox_settle(engine, unsent);
            return;
        }
    }
}

uint64_t compose_wake_at(const struct engine *engine)
{
    if (engine->unsent_count > 0 && engine->lane_until_ms > engine->now_ms) {
        return engine->lane_until_ms;
    }
    for (size_t i = 0; i < engine->unsent_count; i++) {
        /* There was no room left in this step's message: go on at once. */
        if (!engine_can_write(engine) && !engine->unsent[i].in_flight && !engine->unsent[i].waits_join) {
            return engine->now_ms;
        }
    }
    return 0;
}

/* Every unanswered message gets a number that this server has not seen yet, in the old order. */
static void renumber(struct engine *engine, uint64_t hw)
{
    uint64_t last = hw;
    struct unsent *unsent;
    for (size_t i = 0; i < engine->unsent_count; i++) {
        engine->unsent[i].in_flight = false;
    }
    while ((unsent = first_to_repeat(engine)) != NULL) {
        unsent->send_no = ++last;
        unsent->in_flight = true; /* marks what has its new number already */
        outbox_put(engine, unsent);
    }
    for (size_t i = 0; i < engine->unsent_count; i++) {
        engine->unsent[i].in_flight = false;
    }
    engine->account.last_send_no = last;
    engine_change_account(engine);
}

void compose_on_ready(struct engine *engine, uint64_t hw, bool epoch_changed)
{
    engine->lane_until_ms = 0;
    const struct unsent *first = first_to_repeat(engine);
    bool hole = first != NULL ? first->send_no > hw + 1 : engine->account.last_send_no > hw;
    if (epoch_changed || hole) {
        renumber(engine, hw);
    }
}

void compose_on_closed(struct engine *engine)
{
    for (size_t i = 0; i < engine->unsent_count; i++) {
        engine->unsent[i].in_flight = false;
        engine->unsent[i].live = false;
        engine->unsent[i].send_no = BUG(NEW_NUMBER_AFTER_CUT) ? 0 : engine->unsent[i].send_no;
        engine->unsent[i].set_wrong_count = 0;
    }
}

static void on_refused(struct engine *engine, struct unsent *unsent, const struct frame_submit_result *result)
{
    bool kept = result->reason == REASON_NOT_JOINED && unsent->cls == CLS_CHAT;
    struct change_state *state =
        outbox_state(engine, unsent, kept ? MESSAGE_QUEUED_NOT_JOINED : MESSAGE_REFUSED);
    if (state == NULL) {
        return;
    }
    state->reason = result->reason;
    state->who = result->who;
    state->detail = result->detail;
    state->until_ms = result->until_ms;
    if (!kept) {
        outbox_settle(engine, unsent);
        return;
    }
    /* The number is used up; the message goes back without one, under its msg_id (F7). */
    state->back = unsent->again;
    unsent->again = false;
    unsent->send_no = 0;
    unsent->in_flight = false;
    unsent->waits_join = true;
    outbox_put(engine, unsent);
    engine->ack_due = true;
}

static void on_outcome(struct engine *engine, struct unsent *unsent, const struct frame_submit_result *result)
{
    struct change_state *state;
    switch (result->outcome) {
    case OUTCOME_STORED_PUSHED:
    case OUTCOME_HELD:
    case OUTCOME_PUSHED_QUIET:
        state = outbox_state(engine, unsent, BUG(HELD_IS_NOT_FILED) ? MESSAGE_QUEUED : MESSAGE_HELD);
        if (state != NULL) {
            state->until_ms = result->until_ms;
            state->server_ms = engine->wall_ms;
            state->held_policy = result->outcome == OUTCOME_HELD ? result->detail.policy : NULL;
            outbox_settle(engine, unsent);
        }
        return;
    case OUTCOME_LIVE:
        unsent->live = true; /* final for the server; here it stays until LiveResult says how it went */
        return;
    case OUTCOME_REFUSED:
        on_refused(engine, unsent, result);
        return;
    case OUTCOME_RETRY:
        unsent->in_flight = false;
        engine->lane_until_ms =
            engine->now_ms + (result->retry_after_ms > 0 ? result->retry_after_ms : RETRY_MS_DEFAULT);
        return;
    case OUTCOME_GAP:
        unsent->in_flight = false;
        if (BUG(GAP_IS_FINAL)) {
            outbox_settle(engine, unsent);
        }
        return;
    case OUTCOME_NONE:
        break;
    }
    engine->broken = true; /* an outcome that this version cannot file: not acknowledged, asked again later */
}

void compose_on_result(struct engine *engine, const struct frame_submit_result *result)
{
    if (result->to_no < result->from_no || result->to_no - result->from_no >= 2 * UNANSWERED_MAX) {
        engine->broken = true;
        return;
    }
    const struct unsent *lowest = NULL;
    for (size_t i = 0; i < engine->unsent_count; i++) {
        const struct unsent *unsent = &engine->unsent[i];
        if (unsent->send_no != 0 && (lowest == NULL || unsent->send_no < lowest->send_no)) {
            lowest = unsent;
        }
    }
    if (result->outcome == OUTCOME_GAP && lowest != NULL && result->from_no <= lowest->send_no) {
        sync_leave(engine); /* nothing of ours is missing before it: AuthOk will say what the server has */
        return;
    }
    for (uint64_t no = result->from_no; no <= result->to_no; no++) {
        struct unsent *unsent = outbox_by_no(engine, no);
        if (unsent != NULL && !engine->broken) {
            on_outcome(engine, unsent, result);
        }
    }
}

void compose_on_set_wrong(struct engine *engine, const struct frame_device_set_wrong *wrong)
{
    struct unsent *unsent = outbox_by_no(engine, wrong->send_no);
    if (unsent == NULL) {
        return;
    }
    unsent->in_flight = false;
    if (++unsent->set_wrong_count > SET_WRONG_COUNT_MAX) {
        engine->lane_until_ms = engine->now_ms + SET_WRONG_PAUSE_MS;
    }
    /* Nothing is submitted with the old set: forget it, and look both people up again. */
    struct person_row *own = roster_find(engine, &engine->account.user_id);
    struct person_row *peer = roster_find(engine, &unsent->to_user);
    if (own != NULL) {
        own->devices_stale = true;
    }
    if (peer != NULL) {
        peer->devices_stale = true;
    }
}

void compose_on_live_result(struct engine *engine, const struct frame_live_result *result)
{
    bool delivered = result->state == LIVE_DELIVERED;
    struct unsent *unsent = outbox_find(engine, &result->msg_id);
    struct unsent gone = {.msg_id = result->msg_id};
    struct change_state *state = outbox_state(engine, unsent != NULL ? unsent : &gone,
                                              delivered ? MESSAGE_DELIVERED : MESSAGE_NOT_DELIVERED);
    if (state == NULL) {
        return;
    }
    state->live = true;
    state->k = result->k;
    state->n = result->n;
    state->reason = delivered ? REASON_NONE : REASON_GONE_MEANWHILE;
    if (unsent != NULL && unsent->send_no == result->send_no) {
        outbox_settle(engine, unsent);
    }
}

/* A bound number must be answered, so what has one goes on. */
void compose_drop_receipts(struct engine *engine)
{
    for (size_t i = engine->unsent_count; i-- > 0;) {
        struct unsent *unsent = &engine->unsent[i];
        if (unsent->cls == CLS_RECEIPT && unsent->send_no == 0) {
            outbox_settle(engine, unsent);
        }
    }
}

void compose_on_joined(struct engine *engine, const struct oim_id *user_id)
{
    for (size_t i = 0; i < engine->unsent_count; i++) {
        struct unsent *unsent = &engine->unsent[i];
        if (!unsent->waits_join || !oim_id_equal(&unsent->to_user, user_id)) {
            continue;
        }
        unsent->waits_join = false;
        outbox_put(engine, unsent);
        outbox_state(engine, unsent, MESSAGE_QUEUED);
    }
}

void compose_expire(struct engine *engine)
{
    for (size_t i = engine->unsent_count; i-- > 0;) {
        struct unsent *unsent = &engine->unsent[i];
        if (!unsent->waits_join || engine->wall_ms < unsent->made_ms + NOT_JOINED_KEPT_MS) {
            continue;
        }
        struct change_state *state = outbox_state(engine, unsent, MESSAGE_REFUSED);
        if (state == NULL) {
            return;
        }
        state->reason = REASON_NOT_JOINED;
        outbox_settle(engine, unsent);
    }
}
