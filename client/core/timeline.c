/*
 * timeline.c - what comes out of the mailbox, into conversations; and what this person has seen of it.
 *
 * The cursor moves in the same local transaction that stores the row. The store drops what it has (a msg_id,
 * a hole, a state), so a duplicate is invisible. Holes are stated by the server and kept.
 *
 * Source: BLUEPRINT B3, B11, B13, F8.
 */
#include "client/core/engine_state.h"
#include "common/bug.h"
#include "proto/inner.h"

/*
 * At or below the cursor: a row that is here already, or another one under its number, because an older copy
 * of the server's data folder was put back. So it is filed like any other, which changes nothing the second
 * time; only a notice about no message, of which nothing stays once it was told, is not told again.
 */
static bool is_passed(const struct engine *engine, uint64_t seq)
{
    return seq != 0 && seq <= engine->account.cursor;
}

/* It is filed, so it gets an Ack: again, if the server did not get the first. */
static void row_filed(struct engine *engine, uint64_t seq)
{
    if (!is_passed(engine, seq)) {
        engine->account.cursor = seq;
        engine_change_account(engine);
    }
    engine->seen_seq = seq > engine->seen_seq ? seq : engine->seen_seq;
    engine->ack_due = true;
}

static bool save_gap(struct engine *engine, uint64_t from_seq, uint64_t to_seq, enum gap_why why,
                     uint32_t count)
{
    struct change_gap *gap = step_zalloc(engine, 1, sizeof(*gap));
    struct change *change = gap == NULL ? NULL : engine_change(engine, CHANGE_GAP);
    if (change == NULL) {
        return false;
    }
    *gap = (struct change_gap){
        .from_seq = from_seq, .to_seq = to_seq, .why = why, .count = count, .at_ms = engine->wall_ms};
    oim_random_fill(&engine->config.random, &gap->id, sizeof(gap->id));
    change->u.gap = gap;
    return true;
}

/* False: it could not be kept, so the cursor must not pass it. */
static bool save_notice(struct engine *engine, const struct frame_notice *notice)
{
    if (is_passed(engine, notice->seq)) {
        return true;
    }
    struct change_notice *kept = step_zalloc(engine, 1, sizeof(*kept));
    struct change *change = kept == NULL ? NULL : engine_change(engine, CHANGE_NOTICE);
    if (change == NULL) {
        return false;
    }
    *kept = (struct change_notice){
        .what = notice->what, .peer = notice->peer, .count = notice->count, .at_ms = engine->wall_ms};
    oim_random_fill(&engine->config.random, &kept->id, sizeof(kept->id));
    change->u.notice = kept;
    if (!oim_id_is_zero(&notice->peer) && roster_find(engine, &notice->peer) == NULL) {
        roster_lookup(engine, &notice->peer);
    }
    return true;
}

static bool save_chat(struct engine *engine, const struct frame_deliver *deliver, const struct inner *inner)
{
    struct message *message = step_zalloc(engine, 1, sizeof(*message));
    char *text = oim_arena_strdup(&engine->step, oim_slice_text(inner->text));
    struct change *change =
        message == NULL || text == NULL ? NULL : engine_change(engine, CHANGE_MESSAGE_ADD);
    if (change == NULL) {
        engine->broken = true;
        return false;
    }
    /* A note to oneself, written on another device, is there to be read on this one. */
    bool own = deliver->own_copy && !oim_id_equal(&deliver->to_user, &engine->account.user_id);
    *message = (struct message){.msg_id = deliver->msg_id,
                                .peer = deliver->own_copy ? deliver->to_user : deliver->sender_user,
                                .own = own,
                                .state = own ? MESSAGE_HELD : MESSAGE_RECEIVED,
                                .text = text,
                                .stay = engine->policy_text_stay,
                                .sent_ms = inner->sent_ms,
                                .server_ms = deliver->server_ms,
                                .arrived_ms = engine->wall_ms,
                                .until_ms = own ? deliver->expires_ms : 0,
                                .quiet = deliver->quiet,
                                .live = deliver->seq == 0,
                                .detail = {.policy = "", .min_version = "", .text = ""},
                                .once = ""};
    change->u.message = message;
    if (!deliver->own_copy && roster_find(engine, &deliver->sender_user) == NULL) {
        roster_lookup(engine, &deliver->sender_user);
    }
    return true;
}

/* zero peer: whoever; a message's state is only changed by the person it was written to. */
static bool save_states(struct engine *engine, const struct oim_id *peer, const struct oim_id *msg_ids,
                        size_t msg_id_count, const struct change_state *as)
{
    for (size_t i = 0; i < msg_id_count; i++) {
        struct change_state *state = step_zalloc(engine, 1, sizeof(*state));
        struct change *change = state == NULL ? NULL : engine_change(engine, CHANGE_MESSAGE_STATE);
        if (change == NULL) {
            return false;
        }
        *state = *as;
        state->at_ms = engine->wall_ms;
        state->msg_id = msg_ids[i];
        state->peer = *peer;
        state->detail =
            (struct detail){.policy = "", .min_version = "", .text = "", .at_ms = as->detail.at_ms};
        change->u.state = state;
    }
    return true;
}

static bool save_shown(struct engine *engine, const struct oim_id *peer, const struct oim_id *msg_ids,
                       size_t msg_id_count, bool read_by_person)
{
    struct change_shown *shown = step_zalloc(engine, 1, sizeof(*shown));
    struct oim_id *ids = step_zalloc(engine, msg_id_count, sizeof(*ids));
    struct change *change = shown == NULL || ids == NULL ? NULL : engine_change(engine, CHANGE_SHOWN);
    if (change == NULL) {
        return false;
    }
    memcpy(ids, msg_ids, msg_id_count * sizeof(*ids));
    *shown = (struct change_shown){.peer = *peer,
                                   .msg_ids = ids,
                                   .msg_id_count = msg_id_count,
                                   .at_ms = engine->wall_ms,
                                   .read = read_by_person};
    change->u.shown = shown;
    return true;
}

/* False: it could not be kept, so the cursor must not pass it. */
static bool save_inner(struct engine *engine, const struct frame_deliver *deliver)
{
    bool from_self = oim_id_equal(&deliver->sender_user, &engine->account.user_id);
    struct inner inner;
    struct oim_error err;
    enum oim_status status = OIM_ERR_PROTOCOL;
    if (deliver->suite == 0) {
        status = inner_decode(deliver->payload.ct, &engine->step, &inner, &err);
    }
    if (status == OIM_ERR_LIMIT && engine->step.used + PAYLOAD_CT_SIZE_MAX * 4 > engine->step.size) {
        engine->broken = true; /* our memory, not their bytes */
        return false;
    }
    if (status != OIM_OK) {
        /* Sealed in a later suite, or no sense in it: stated as a hole, once. */
        return deliver->cls != CLS_CHAT || save_gap(engine, deliver->seq, deliver->seq, GAP_NONE, 1);
    }
    if (deliver->cls == CLS_CHAT && inner.body == INNER_CHAT) {
        return save_chat(engine, deliver, &inner);
    }
    if (deliver->cls == CLS_RECEIPT && inner.body == INNER_RECEIPT_READ && inner.msg_id_count > 0) {
        if (deliver->own_copy) {
            return save_shown(engine, &deliver->to_user, inner.msg_ids, inner.msg_id_count, true);
        }
        return save_states(engine, &deliver->sender_user, inner.msg_ids, inner.msg_id_count,
                           &(struct change_state){.state = MESSAGE_READ,
                                                  .only_up = is_passed(engine, deliver->seq),
                                                  .detail.at_ms = inner.sent_ms});
    }
    if (deliver->cls == CLS_SELFSYNC && inner.body == INNER_READ_UP && from_self && inner.msg_id_count > 0) {
        return save_shown(engine, &inner.peer, inner.msg_ids, inner.msg_id_count, true);
    }
    return true;
}

void timeline_on_deliver(struct engine *engine, const struct frame_deliver *deliver)
{
    bool live = deliver->seq == 0;
    if (live && engine->live_id_count == ACK_LIVE_ID_COUNT_MAX) {
        return; /* not acknowledged, so not delivered: the sender is told */
    }
    if (!(BUG(OWN_COPY_IS_NOT_STORED) && deliver->own_copy) && !save_inner(engine, deliver)) {
        return;
    }
    if (live) {
        engine->live_ids[engine->live_id_count++] = deliver->msg_id;
        engine->ack_due = true;
        return;
    }
    row_filed(engine, deliver->seq);
}

void timeline_on_notice(struct engine *engine, const struct frame_notice *notice)
{
    struct change_state state = {.k = notice->k,
                                 .n = notice->n,
                                 .until_ms = notice->until_ms,
                                 .reason = notice->reason,
                                 .only_up = is_passed(engine, notice->seq)};
    bool is_told = false; /* it is more than a message's state */
    state.detail.at_ms = notice->at_ms != 0 ? notice->at_ms : engine->wall_ms;
    switch (notice->what) {
    case NOTICE_DELIVERED:
        state.state = MESSAGE_DELIVERED;
        break;
    case NOTICE_DELIVERED_QUIET:
        state.state = MESSAGE_DELIVERED_QUIET;
        break;
    case NOTICE_EXPIRED:
        state.state = MESSAGE_EXPIRED;
        break;
    case NOTICE_ERASED:
        state.state = MESSAGE_ERASED;
        break;
    case NOTICE_NOT_DELIVERED:
        state.state = MESSAGE_NOT_DELIVERED;
        break;
    case NOTICE_JOINED:
        if (roster_find(engine, &notice->peer) != NULL) {
            roster_find(engine, &notice->peer)->devices_stale = true;
        }
        compose_on_joined(engine, &notice->peer);
        roster_lookup(engine, &notice->peer);
        is_told = true;
        break;
    case NOTICE_ACCOUNT_RESET:
        if (roster_find(engine, &notice->peer) != NULL) {
            roster_find(engine, &notice->peer)->devices_stale = true;
        }
        roster_lookup(engine, &notice->peer);
        is_told = true;
        break;
    case NOTICE_CONTACT_ADDED:
        roster_lookup(engine, &notice->peer);
        is_told = true;
        break;
    case NOTICE_ROOM_AGAIN:
    case NOTICE_EXPIRED_HERE:
    case NOTICE_ERASED_HERE:
    case NOTICE_FILLING:
        is_told = true;
        break;
    case NOTICE_NONE: /* of a later server */
        break;
    }
    if (is_told && !save_notice(engine, notice)) {
        return;
    }
    if (state.state != MESSAGE_NONE && !BUG(NOTICE_IS_NOT_FILED) &&
        !save_states(engine, &notice->peer, notice->msg_ids, notice->msg_id_count, &state)) {
        return;
    }
    if (notice->seq != 0 && !engine->broken) {
        row_filed(engine, notice->seq);
    }
}

void timeline_on_gap(struct engine *engine, const struct frame_gap *gap)
{
    if (gap->to_seq >= gap->from_seq && save_gap(engine, gap->from_seq, gap->to_seq, gap->why, gap->count)) {
        row_filed(engine, gap->to_seq);
    }
}

static enum oim_status queue_inner(struct engine *engine, const struct oim_id *to_user, enum cls cls,
                                   const struct inner *inner)
{
    const size_t size_max = 8192;
    struct oim_buf packed = {0};
    packed.data = oim_arena_alloc(&engine->step, size_max);
    if (packed.data == NULL) {
        return OIM_ERR_LIMIT;
    }
    packed.capacity = size_max;
    packed.size_max = size_max;
    enum oim_status status = inner_encode(inner, &packed);
    if (status != OIM_OK) {
        return status;
    }
    struct oim_id msg_id;
    oim_random_fill(&engine->config.random, &msg_id, sizeof(msg_id));
    return outbox_queue(engine, &msg_id, to_user, cls, oim_buf_slice(&packed));
}

/*
 * A read receipt is the person's own statement: not made while invisible, nor when policy says so; and it
 * leaves only when the server has told the policy of today (compose_pump). When the outbox is full the
 * receipts are left out; that it was read is kept all the same.
 */
static void queue_receipts(struct engine *engine, const struct oim_id *peer, const struct oim_id *msg_ids,
                           size_t msg_id_count)
{
    struct inner inner = {.sent_ms = engine->wall_ms,
                          .body = INNER_RECEIPT_READ,
                          .msg_ids = msg_ids,
                          .msg_id_count = msg_id_count};
    bool wanted = !engine->policy_no_receipts && !oim_id_equal(peer, &engine->account.user_id);
    if (wanted && engine->account.presence != PRESENCE_INVISIBLE &&
        queue_inner(engine, peer, CLS_RECEIPT, &inner) != OIM_OK) {
        return;
    }
    const struct person_row *own = roster_find(engine, &engine->account.user_id);
    if (own == NULL || own->device_count < 2) {
        return;
    }
    inner.body = INNER_READ_UP;
    inner.peer = *peer;
    enum oim_status full = queue_inner(engine, &engine->account.user_id, CLS_SELFSYNC, &inner);
    assert(full == OIM_OK || full == OIM_ERR_LIMIT);
}

void timeline_request_shown(struct engine *engine, const struct engine_request *request)
{
    size_t count = request->u.shown.msg_id_count;
    if (count == 0 || count > NOTICE_MSG_ID_COUNT_MAX) {
        engine_answer(engine, request->id, count == 0 ? OIM_OK : OIM_ERR_LIMIT, count == 0 ? "" : "too_many");
        return;
    }
    if (!save_shown(engine, &request->u.shown.peer, request->u.shown.msg_ids, count, request->u.shown.read)) {
        return;
    }
    engine_answer(engine, request->id, OIM_OK, "");
    if (request->u.shown.read) {
        queue_receipts(engine, &request->u.shown.peer, request->u.shown.msg_ids, count);
    }
}
