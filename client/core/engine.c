/*
 * engine.c - takes events apart, keeps a step's changes and outputs, and sends the changes first.
 */
#include "client/core/engine_state.h"

#define ROOM_FOR_A_FRAME (FRAME_SIZE_MAX + 1024u)
#define OUTPUTS_RESERVED 8u /* for WRITE and WAKE_AT, which are added when a step's effects go out */

int message_state_rank(enum message_state state)
{
    static const int ranks[MESSAGE_STATE_COUNT] = {
        [MESSAGE_QUEUED] = 1,  [MESSAGE_QUEUED_NOT_JOINED] = 1, [MESSAGE_HELD] = 2,
        [MESSAGE_REFUSED] = 3, [MESSAGE_NOT_DELIVERED] = 3,     [MESSAGE_EXPIRED] = 3,
        [MESSAGE_ERASED] = 3,  [MESSAGE_DELIVERED_QUIET] = 4,   [MESSAGE_DELIVERED] = 5,
        [MESSAGE_READ] = 6,    [MESSAGE_RECEIVED] = 6,
    };
    assert((unsigned)state < MESSAGE_STATE_COUNT);
    return ranks[state];
}

bool message_state_moves(enum message_state from, const struct change_state *to)
{
    int rise = message_state_rank(to->state) - message_state_rank(from);
    return to->back || rise > 0 || (rise == 0 && !to->only_up);
}

struct engine_config engine_config_default(struct oim_random random)
{
    return (struct engine_config){
        .outbox_count_max = 1024,
        .outbox_size_max = 4u << 20,
        .person_count_max = 2048,
        .step_memory_size = 2u << 20,
        .random = random,
    };
}

size_t engine_memory_size(const struct engine_config *config)
{
    const size_t alignment_slack = 16 * 16;
    return sizeof(struct engine) + config->outbox_count_max * sizeof(struct unsent) +
           config->outbox_size_max + config->person_count_max * sizeof(struct person_row) +
           config->step_memory_size + CHANGE_COUNT_MAX * sizeof(struct change) +
           2 * OUTPUT_COUNT_MAX * sizeof(struct engine_effect) + PENDING_COUNT_MAX * sizeof(struct pending) +
           ADMIN_SLOT_COUNT * sizeof(struct admin_slot) + alignment_slack;
}

struct engine *engine_create(struct oim_arena *memory, const struct engine_config *config)
{
    struct engine *engine = oim_arena_zalloc(memory, 1, sizeof(*engine));
    if (engine == NULL) {
        return NULL;
    }
    engine->config = *config;
    engine->unsent = oim_arena_alloc(memory, config->outbox_count_max * sizeof(*engine->unsent));
    engine->pool = oim_arena_alloc(memory, config->outbox_size_max);
    engine->changes = oim_arena_alloc(memory, CHANGE_COUNT_MAX * sizeof(*engine->changes));
    engine->outputs = oim_arena_alloc(memory, OUTPUT_COUNT_MAX * sizeof(*engine->outputs));
    engine->emitted = oim_arena_alloc(memory, OUTPUT_COUNT_MAX * sizeof(*engine->emitted));
    engine->pending = oim_arena_alloc(memory, PENDING_COUNT_MAX * sizeof(*engine->pending));
    engine->admin_slots = oim_arena_alloc(memory, ADMIN_SLOT_COUNT * sizeof(*engine->admin_slots));
    void *step = oim_arena_alloc(memory, config->step_memory_size);
    oim_buf_init(&engine->writing, MESSAGE_SIZE_MAX);
    if (!roster_init(engine, memory) || engine->unsent == NULL || engine->pool == NULL ||
        engine->changes == NULL || engine->outputs == NULL || engine->emitted == NULL ||
        engine->pending == NULL || engine->admin_slots == NULL || step == NULL ||
        oim_buf_grow(&engine->writing, MESSAGE_SIZE_MAX) == NULL) {
        roster_finish(engine);
        oim_buf_finish(&engine->writing);
        return NULL;
    }
    oim_buf_clear(&engine->writing);
    for (size_t i = 0; i < PENDING_COUNT_MAX; i++) {
        engine->pending[i].used = false;
    }
    for (size_t i = 0; i < ADMIN_SLOT_COUNT; i++) {
        engine->admin_slots[i].used = false;
    }
    oim_arena_init(&engine->step, step, config->step_memory_size);
    engine->trust = "";
    engine->denied = "";
    engine->want.class = CLASS_NONE;
    return engine;
}

static void pending_free(struct engine *engine, struct pending *pending)
{
    if (pending->op == REQUEST_ADMIN) {
        engine->admin_slots[pending->slot].used = false;
    }
    crypto_wipe(pending, sizeof(*pending));
    engine->pending_count--;
}

void engine_finish(struct engine *engine)
{
    if (engine == NULL) {
        return;
    }
    sign_secret_finish(&engine->device_key);
    invite_line_finish(&engine->joining.line);
    roster_finish(engine);
    oim_buf_finish(&engine->writing);
    for (size_t i = 0; i < PENDING_COUNT_MAX; i++) {
        if (engine->pending[i].used) {
            pending_free(engine, &engine->pending[i]);
        }
    }
}

void text_copy(char *out, size_t out_size, const char *text)
{
    size_t size = strlen(text);
    if (size >= out_size) {
        size = out_size - 1;
    }
    memcpy(out, text, size);
    out[size] = '\0';
}

void *step_zalloc(struct engine *engine, size_t count, size_t size)
{
    void *memory = oim_arena_zalloc(&engine->step, count, size);
    if (memory == NULL) {
        engine->broken = true;
    }
    return memory;
}

struct change *engine_change(struct engine *engine, enum change_kind kind)
{
    /* The last one is the account's, with the cursor that belongs to the others. */
    if (engine->change_count + (kind == CHANGE_ACCOUNT ? 0 : 1) >= CHANGE_COUNT_MAX) {
        engine->broken = true;
        return NULL;
    }
    struct change *change = &engine->changes[engine->change_count++];
    *change = (struct change){.kind = kind};
    return change;
}

void engine_change_account(struct engine *engine)
{
    engine->account_changed = true;
}

struct engine_effect *engine_output(struct engine *engine, enum engine_effect_kind kind)
{
    if (engine->output_count + OUTPUTS_RESERVED >= OUTPUT_COUNT_MAX) {
        engine->broken = true;
        return &engine->spare_output;
    }
    struct engine_effect *effect = &engine->outputs[engine->output_count++];
    *effect = (struct engine_effect){.kind = kind};
    return effect;
}

void engine_changed(struct engine *engine, enum engine_changed what, const struct oim_id *id)
{
    struct engine_effect *effect = engine_output(engine, ENGINE_CHANGED);
    effect->u.changed.what = what;
    if (id != NULL) {
        effect->u.changed.id = *id;
    }
}

bool engine_can_write(const struct engine *engine)
{
    return engine->writing.size + ROOM_FOR_A_FRAME <= engine->writing.size_max;
}

void engine_write(struct engine *engine, const struct frame *frame)
{
    if (codec_encode(frame, &engine->writing) != OIM_OK) {
        engine->broken = true;
        return;
    }
    engine->sent_ms = engine->now_ms;
}

struct engine_answer *engine_answer_begin(struct engine *engine, uint64_t request)
{
    struct engine_effect *effect = engine_output(engine, ENGINE_ANSWER);
    effect->u.answer = (struct engine_answer){
        .request = request, .code = "", .text = "", .line = "", .label = "", .last = true};
    return &effect->u.answer;
}

void engine_answer(struct engine *engine, uint64_t request, enum oim_status status, const char *code)
{
    struct engine_answer *answer = engine_answer_begin(engine, request);
    answer->status = status;
    answer->code = code;
}

struct pending *pending_add(struct engine *engine, uint64_t id, enum request_op op)
{
    for (size_t i = 0; i < PENDING_COUNT_MAX; i++) {
        struct pending *pending = &engine->pending[i];
        if (!pending->used) {
            *pending = (struct pending){.used = true, .id = id, .internal = id == 0, .op = op};
            engine->pending_count++;
            return pending;
        }
    }
    return NULL;
}

struct pending *pending_by_wire(struct engine *engine, uint32_t wire)
{
    for (size_t i = 0; wire != 0 && i < PENDING_COUNT_MAX; i++) {
        if (engine->pending[i].used && engine->pending[i].sent && engine->pending[i].wire == wire) {
            return &engine->pending[i];
        }
    }
    return NULL;
}

void pending_end(struct engine *engine, struct pending *pending, enum oim_status status, const char *code)
{
    if (!pending->internal) {
        engine_answer(engine, pending->id, status, code);
    }
    pending_free(engine, pending);
}

uint64_t pending_wake_at(const struct engine *engine)
{
    uint64_t wake_at_ms = 0;
    for (size_t i = 0; engine->pending_count > 0 && i < PENDING_COUNT_MAX; i++) {
        const struct pending *pending = &engine->pending[i];
        if (pending->used && !pending->sent && pending->due_ms > engine->now_ms &&
            (wake_at_ms == 0 || pending->due_ms < wake_at_ms)) {
            wake_at_ms = pending->due_ms;
        }
    }
    return wake_at_ms;
}

/* Requests that need the server wait here until there is one, or until their face gives up. */
static void pending_pump(struct engine *engine)
{
    if (engine->sync != SYNC_READY || engine->pending_count == 0) {
        return;
    }
    for (size_t i = 0; i < PENDING_COUNT_MAX; i++) {
        struct pending *pending = &engine->pending[i];
        if (!pending->used || pending->sent || pending->due_ms > engine->now_ms ||
            !engine_can_write(engine)) {
            continue;
        }
        pending->sent = true;
        pending->wire = ++engine->wire_request;
        switch (pending->op) {
        case REQUEST_LOOKUP:
            roster_send_lookup(engine, pending);
            break;
        case REQUEST_CONTACT:
        case REQUEST_CONTACTS:
            engine_write(engine, &(struct frame){.kind = FRAME_CONTACT,
                                                 .request = pending->wire,
                                                 .u.contact = {.op = pending->contact,
                                                               .user = pending->ids[0],
                                                               .after = pending->ids[1]}});
            break;
        case REQUEST_STATUS: {
            struct presence_item item = {.user = engine->account.user_id,
                                         .state = pending->state,
                                         .note = pending->words,
                                         .until_ms = pending->until_ms};
            engine_write(engine, &(struct frame){.kind = FRAME_PRESENCES,
                                                 .request = pending->wire,
                                                 .u.presences = {.items = &item, .item_count = 1}});
            break;
        }
        case REQUEST_ADMIN:
            steward_send(engine, pending);
            break;
        case REQUEST_LINK:
            identity_send_link(engine, pending);
            break;
        case REQUEST_REVOKE:
            identity_send_revoke(engine, pending);
            break;
        default:
            assert(!"an operation that does not wait");
        }
    }
}

static void on_start(struct engine *engine, const struct engine_event *event)
{
    engine->account = *event->u.start.account;
    if (event->u.start.device_key != NULL) {
        engine->device_key = *event->u.start.device_key;
        engine->has_device_key = true;
    }
    for (size_t i = 0; i < event->u.start.person_count; i++) {
        roster_load(engine, &event->u.start.people[i]);
    }
    roster_load_policy(engine, event->u.start.policy);
    for (size_t i = 0; i < event->u.start.outbox_count; i++) {
        if (!outbox_load(engine, &event->u.start.outbox[i])) {
            break;
        }
    }
    engine->was_quiet = roster_is_quiet(engine);
    engine->retry_at_ms = event->now_ms;
    engine->active_ms = event->now_ms - IDLE_TELL_MS;
}

static struct pending *request_pending(struct engine *engine, const struct engine_request *request)
{
    if (!engine->account.joined) {
        engine_answer(engine, request->id, OIM_ERR_DENIED, "none");
        return NULL;
    }
    struct pending *pending = pending_add(engine, request->id, request->op);
    if (pending == NULL) {
        engine_answer(engine, request->id, OIM_ERR_LIMIT, "busy");
    }
    return pending;
}

static void request_status(struct engine *engine, const struct engine_request *request)
{
    struct pending *pending = request_pending(engine, request);
    if (pending == NULL) {
        return;
    }
    pending->state = request->u.status.state;
    pending->until_ms = request->u.status.until_ms;
    text_copy(pending->words, sizeof(pending->words), request->u.status.note);
}

static void request_lookup(struct engine *engine, const struct engine_request *request)
{
    struct oim_slice words = oim_slice_text(request->u.lookup.words != NULL ? request->u.lookup.words : "");
    if (oim_text_has_control(words.data, words.size, false)) {
        engine_answer(engine, request->id, OIM_OK,
                      ""); /* nobody has such a name, and the server would hang up */
        return;
    }
    struct pending *pending = request_pending(engine, request);
    if (pending != NULL) {
        text_copy(pending->words, sizeof(pending->words), request->u.lookup.words);
        pending->ids[0] = request->u.lookup.user_id;
        pending->id_count = oim_id_is_zero(&request->u.lookup.user_id) ? 0 : 1;
    }
}

static void on_request(struct engine *engine, const struct engine_request *request)
{
    struct pending *pending;
    switch (request->op) {
    case REQUEST_JOIN:
        identity_request_join(engine, request);
        return;
    case REQUEST_SEND:
        compose_request_send(engine, request);
        return;
    case REQUEST_RESEND:
        compose_request_resend(engine, request);
        return;
    case REQUEST_DROP:
        compose_request_drop(engine, request);
        return;
    case REQUEST_SHOWN:
        timeline_request_shown(engine, request);
        return;
    case REQUEST_STATUS:
        request_status(engine, request);
        return;
    case REQUEST_ADMIN:
        steward_request_admin(engine, request);
        return;
    case REQUEST_LOOKUP:
        request_lookup(engine, request);
        return;
    case REQUEST_CONTACT:
        if ((pending = request_pending(engine, request)) != NULL) {
            pending->contact = request->u.contact.op;
            pending->ids[0] = request->u.contact.user_id;
        }
        return;
    case REQUEST_CONTACTS:
        if ((pending = request_pending(engine, request)) != NULL) {
            pending->contact = CONTACT_OP_LIST;
        }
        return;
    case REQUEST_LINK:
        if ((pending = request_pending(engine, request)) != NULL) {
            pending->valid_s = request->u.link.valid_s;
        }
        return;
    case REQUEST_REVOKE:
        if ((pending = request_pending(engine, request)) != NULL) {
            pending->ids[0] = request->u.revoke.device_id;
            text_copy(pending->words, sizeof(pending->words), request->u.revoke.reason);
        }
        return;
    case REQUEST_NONE:
        break;
    }
    engine_answer(engine, request->id, OIM_ERR_USAGE, "usage");
}

/* What was sent on a connection that is gone: asked again, unless repeating it could mean something else. */
static void pending_on_closed(struct engine *engine)
{
    for (size_t i = 0; i < PENDING_COUNT_MAX; i++) {
        struct pending *pending = &engine->pending[i];
        if (!pending->used || !pending->sent) {
            continue;
        }
        if (pending->op == REQUEST_ADMIN || (pending->op == REQUEST_LINK && pending->has_line)) {
            pending_end(engine, pending, OIM_ERR_IO, "unanswered");
        } else if (pending->internal) {
            pending_free(engine, pending);
        } else {
            pending->sent = false;
            pending->after[0] = '\0';
        }
    }
}

static void on_received(struct engine *engine, struct oim_slice bytes)
{
    engine->received_ms = engine->now_ms;
    while (bytes.size > 0 && !engine->broken && engine->sync != SYNC_DOWN && engine->sync != SYNC_CLOSING) {
        struct frame frame;
        struct oim_error err;
        enum oim_status status = codec_decode(&bytes, CODEC_TO_CLIENT, &engine->step, &frame, &err);
        if (status == OIM_ERR_NOT_FOUND) {
            continue; /* a later server's kind: nothing we asked for */
        }
        if (status != OIM_OK) {
            sync_leave(engine);
            return;
        }
        sync_on_frame(engine, &frame);
    }
}

/* Outputs that follow from what the store really did. */
static void announce_saved(struct engine *engine)
{
    for (size_t i = 0; i < engine->change_count; i++) {
        const struct change *change = &engine->changes[i];
        if (!change->applied) {
            continue;
        }
        if (change->kind == CHANGE_MESSAGE_ADD) {
            engine_changed(engine, CHANGED_MESSAGE, &change->u.message->msg_id);
        } else if (change->kind == CHANGE_MESSAGE_STATE) {
            engine_changed(engine, CHANGED_STATE, &change->u.state->msg_id);
            if (change->u.state->reason == REASON_ACCOUNT_RESET) {
                engine_changed(engine, CHANGED_RESEND, &change->u.state->msg_id);
            }
        } else if (change->kind == CHANGE_SHOWN && change->u.shown->read) {
            engine_changed(engine, CHANGED_READ, &change->u.shown->peer);
        } else if (change->kind == CHANGE_GAP || change->kind == CHANGE_NOTICE) {
            engine_changed(engine, CHANGED_NEWS, NULL);
        }
    }
}

static void emit_outputs(struct engine *engine, struct engine_effects *out)
{
    size_t count = 0;
    if (engine->writing.size > 0) {
        engine->emitted[count].kind = ENGINE_WRITE;
        engine->emitted[count++].u.write = oim_buf_slice(&engine->writing);
    }
    memcpy(&engine->emitted[count], engine->outputs, engine->output_count * sizeof(*engine->outputs));
    count += engine->output_count;
    engine->emitted[count].kind = ENGINE_WAKE_AT;
    engine->emitted[count++].u.wake_at_ms = sync_wake_at(engine);
    *out = (struct engine_effects){.items = engine->emitted, .count = count};
    engine->output_count = 0;
    engine->change_count = 0;
}

void engine_step(struct engine *engine, const struct engine_event *event, struct engine_effects *out)
{
    assert(engine->saving == (event->kind == ENGINE_SAVED));
    engine->now_ms = event->now_ms;
    engine->wall_ms = event->wall_ms;

    if (event->kind == ENGINE_SAVED) {
        engine->saving = false;
        if (!event->u.saved.ok) {
            *out = (struct engine_effects){0};
            return;
        }
        announce_saved(engine);
        emit_outputs(engine, out);
        return;
    }

    oim_arena_reset(&engine->step);
    oim_buf_clear(&engine->writing);
    engine->broken = false;
    switch (event->kind) {
    case ENGINE_START:
        on_start(engine, event);
        break;
    case ENGINE_ACTIVE:
        engine->active_ms = engine->now_ms;
        break;
    case ENGINE_WANT:
        sync_hurry(engine);
        engine->want = (struct face_wants){
            .class = event->u.want.class, .connect = event->u.want.connect, .fetch = event->u.want.fetch};
        break;
    case ENGINE_RETRY:
        sync_retry(engine);
        break;
    case ENGINE_OPENED:
        sync_on_opened(engine, event->u.opened.cb_type, event->u.opened.cb);
        break;
    case ENGINE_RECEIVED:
        on_received(engine, event->u.received.bytes);
        break;
    case ENGINE_CLOSED:
        pending_on_closed(engine);
        compose_on_closed(engine);
        sync_on_closed(engine);
        break;
    case ENGINE_REQUEST:
        sync_hurry(engine);
        on_request(engine, &event->u.request);
        break;
    case ENGINE_CANCEL:
        for (size_t i = 0; i < PENDING_COUNT_MAX; i++) {
            if (engine->pending[i].used && engine->pending[i].id == event->u.cancel.id) {
                pending_free(engine, &engine->pending[i]);
            }
        }
        if (engine->joining.request == event->u.cancel.id) {
            identity_fail(engine, OIM_AGAIN, "cancelled", "", 0);
        }
        break;
    case ENGINE_TICK:
    case ENGINE_SAVED:
        break;
    }
    roster_settle(engine);
    compose_expire(engine);
    compose_pump(engine);
    sync_settle(engine);
    pending_pump(engine); /* last: what the others want looked up leaves with them */
    if (engine->broken) {
        sync_leave(engine);
    }

    if (engine->account_changed) {
        engine->account_changed = false;
        struct change *change = engine_change(engine, CHANGE_ACCOUNT);
        assert(change != NULL);
        change->u.account = &engine->account;
    }
    if (engine->change_count > 0) {
        engine->saving = true;
        engine->emitted[0].kind = ENGINE_SAVE;
        engine->emitted[0].u.save.changes = engine->changes;
        engine->emitted[0].u.save.change_count = engine->change_count;
        *out = (struct engine_effects){.items = engine->emitted, .count = 1};
        return;
    }
    emit_outputs(engine, out);
}

static bool pending_wants_link(const struct engine *engine)
{
    for (size_t i = 0; i < PENDING_COUNT_MAX; i++) {
        if (engine->pending[i].used && !engine->pending[i].internal) {
            return true;
        }
    }
    return engine->joining.request != 0;
}

struct engine_view engine_view(const struct engine *engine)
{
    size_t unsent_count = outbox_unsent_count(engine);
    enum engine_link link = engine->sync == SYNC_READY  ? ENGINE_LINK_READY
                            : engine->sync == SYNC_DOWN ? ENGINE_LINK_DOWN
                                                        : ENGINE_LINK_TRYING;
    return (struct engine_view){
        .account = &engine->account,
        .link = link,
        .caught_up = engine->caught_up,
        .wants_link = unsent_count > 0 || pending_wants_link(engine),
        .trust = engine->trust,
        .denied = engine->denied,
        .unsent_count = unsent_count,
        .waits_join_count = engine->unsent_count - unsent_count,
        .talks = engine->talks,
        .talk_count = engine->talk_count,
        .summary_no = engine->summary_no,
        .policy = engine->policy,
        .policy_count = engine->policy_count,
        .policy_name = engine->policy_name,
        .policy_via = engine->policy_via,
        .policy_may_leave = engine->policy_may_leave || engine->policy_rule[0] == '\0',
        .policy_told = engine->policy_told,
        .policy_told_ms = engine->policy_told_ms,
        .policy_rule = engine->policy_rule,
        .limits = engine->limits,
        .keeps_history = engine->policy_text_stay == TEXT_STAYS,
        .is_quiet = roster_is_quiet(engine),
        .invisible_ended = engine->invisible_ended,
        .shown_state = engine->shown_state,
    };
}
