/*
 * identity.c - how this device becomes somebody's: by an invite, as the owner, or linked by an older device;
 * and the other side of a link.
 *
 * What is sent twice is the same: nonce, ids and times of the entries are made once per request, so that a
 * lost answer costs nothing and the server repeats it.
 *
 * Source: BLUEPRINT F4, B52; proto/orglog.h for who signs what.
 */
#include "client/core/engine_state.h"
#include "proto/orglog.h"

#define LINK_VALID_S_DEFAULT 600u

void identity_fail(struct engine *engine, enum oim_status status, const char *code, const char *label,
                   uint64_t at_ms)
{
    if (engine->joining.request == 0) {
        return;
    }
    struct engine_answer *answer = engine_answer_begin(engine, engine->joining.request);
    answer->status = status;
    answer->code = code;
    char *kept = oim_arena_strdup(&engine->step, oim_slice_text(label));
    answer->label = kept == NULL ? "" : kept;
    answer->at_ms = at_ms;
    invite_line_finish(&engine->joining.line);
    engine->joining = (struct joining){0};
    sync_leave(engine);
}

void identity_request_join(struct engine *engine, const struct engine_request *request)
{
    const struct invite_line *line = request->u.join.line;
    if (engine->account.joined) {
        engine_answer(engine, request->id, OIM_ERR_CONFLICT, "already_joined");
        return;
    }
    if (engine->joining.request != 0 || !engine->has_device_key) {
        engine_answer(engine, request->id, OIM_AGAIN, "busy_agent");
        return;
    }
    if (line->kind == LINE_OWNER && !login_valid(request->u.join.login)) {
        engine_answer(engine, request->id, OIM_ERR_USAGE, "login_invalid");
        return;
    }
    if ((line->kind == LINE_OWNER && !name_valid(request->u.join.display)) ||
        !name_valid(request->u.join.label)) {
        engine_answer(engine, request->id, OIM_ERR_USAGE, "name_invalid");
        return;
    }
    struct joining *joining = &engine->joining;
    *joining = (struct joining){.request = request->id, .line = *line, .made_ms = engine->wall_ms};
    text_copy(joining->login, sizeof(joining->login), request->u.join.login);
    text_copy(joining->display, sizeof(joining->display), request->u.join.display);
    text_copy(joining->label, sizeof(joining->label), request->u.join.label);
    oim_random_fill(&engine->config.random, &joining->genesis_nonce, sizeof(joining->genesis_nonce));
    oim_random_fill(&engine->config.random, &joining->owner_id, sizeof(joining->owner_id));
    engine->retry_at_ms = engine->now_ms;
    engine->failures = 0;
}

void identity_begin(struct engine *engine)
{
    struct joining *joining = &engine->joining;
    if (joining->line.kind == LINE_LINK) {
        struct frame frame = {.kind = FRAME_LINK_REQUEST, .request = 2};
        frame.u.link_request.link_id = link_id(joining->line.secret);
        frame.u.link_request.ik = sign_public_of(&engine->device_key);
        frame.u.link_request.device_label = joining->label;
        link_mac(joining->line.secret, &frame.u.link_request.ik, joining->label, &frame.u.link_request.mac);
        engine_write(engine, &frame);
        return;
    }
    struct sign_secret key;
    invite_key(&joining->line.org_id, joining->line.secret, &key);
    struct sign_public key_pub = sign_public_of(&key);
    sign_secret_finish(&key);
    engine_write(engine, &(struct frame){.kind = FRAME_JOIN_ASK,
                                         .request = 2,
                                         .u.join_ask = {.invite_id = invite_id(&key_pub)}});
}

bool identity_entry_begin(struct engine *engine, const struct log_body *body, struct log_entry *out)
{
    struct oim_buf packed = {0};
    packed.data = oim_arena_alloc(&engine->step, LOG_BODY_SIZE_MAX);
    if (packed.data == NULL) {
        return false;
    }
    packed.capacity = LOG_BODY_SIZE_MAX;
    packed.size_max = LOG_BODY_SIZE_MAX;
    if (log_body_encode(body, &packed) != OIM_OK) {
        return false;
    }
    *out = (struct log_entry){.body = oim_buf_slice(&packed)};
    return true;
}

void identity_entry_sign(const struct oim_id *org_id, const struct sign_secret *key, struct log_entry *entry)
{
    assert(entry->sig_count < LOG_SIG_COUNT_MAX);
    log_body_sign(org_id, entry->body, key, &entry->sigs[entry->sig_count++]);
}

static bool owner_entries(struct engine *engine, const struct sign_secret *invite, struct frame_join *join)
{
    const struct joining *joining = &engine->joining;
    const struct oim_id no_org = {{0}};
    struct sign_public ik = sign_public_of(&engine->device_key);
    struct log_entry *entries = join->log_entries;

    struct log_body genesis = {.kind = LOG_BODY_GENESIS,
                               .made_ms = joining->made_ms,
                               .server_pub = joining->server_key,
                               .ik = ik,
                               .nonce = joining->genesis_nonce};
    if (!identity_entry_begin(engine, &genesis, &entries[0])) {
        return false;
    }
    identity_entry_sign(&no_org, &engine->device_key, &entries[0]);
    struct oim_id org_id = log_org_id(entries[0].body);

    struct log_body create = {.kind = LOG_BODY_USER_CREATE,
                              .user_id = joining->owner_id,
                              .user_seq = 1,
                              .made_ms = joining->made_ms,
                              .login = joining->login,
                              .role = ROLE_OWNER,
                              .invite_pub = sign_public_of(invite)};
    if (!identity_entry_begin(engine, &create, &entries[1])) {
        return false;
    }
    identity_entry_sign(&org_id, &engine->device_key, &entries[1]);

    /* A person's own chain: its hashes are made of user_seq and user_prev. */
    struct log_body add = {.kind = LOG_BODY_DEVICE_ADD,
                           .user_id = joining->owner_id,
                           .user_seq = 2,
                           .made_ms = joining->made_ms,
                           .generation = 1,
                           .ik = ik,
                           .device_kind = LOG_DEVICE_NORMAL,
                           .label = joining->label};
    log_entry_hash(1, &create.user_prev, &entries[1], &add.user_prev);
    if (!identity_entry_begin(engine, &add, &entries[2])) {
        return false;
    }
    identity_entry_sign(&org_id, invite, &entries[2]);
    identity_entry_sign(&org_id, &engine->device_key, &entries[2]);
    join->log_entry_count = 3;
    return true;
}

static bool invited_entry(struct engine *engine, const struct frame_join_offer *offer,
                          const struct sign_secret *invite, struct frame_join *join)
{
    const struct joining *joining = &engine->joining;
    struct log_body add = {.kind = LOG_BODY_DEVICE_ADD,
                           .user_id = offer->user_id,
                           .user_seq = offer->user_seq + 1,
                           .user_prev = offer->user_prev,
                           .made_ms = joining->made_ms,
                           .generation = offer->generation,
                           .ik = sign_public_of(&engine->device_key),
                           .device_kind = LOG_DEVICE_NORMAL,
                           .label = joining->label};
    if (!identity_entry_begin(engine, &add, &join->log_entries[0])) {
        return false;
    }
    identity_entry_sign(&joining->line.org_id, invite, &join->log_entries[0]);
    identity_entry_sign(&joining->line.org_id, &engine->device_key, &join->log_entries[0]);
    join->log_entry_count = 1;
    return true;
}

static void on_offer(struct engine *engine, const struct frame_join_offer *offer)
{
    struct joining *joining = &engine->joining;
    struct sign_secret invite;
    invite_key(&joining->line.org_id, joining->line.secret, &invite);
    struct sign_public invite_pub = sign_public_of(&invite);
    struct frame frame = {.kind = FRAME_JOIN, .request = 3};
    frame.u.join.invite_id = invite_id(&invite_pub);
    frame.u.join.login = offer->owner ? joining->login : "";
    frame.u.join.display = joining->display;
    bool made = offer->owner ? owner_entries(engine, &invite, &frame.u.join)
                             : invited_entry(engine, offer, &invite, &frame.u.join);
    sign_secret_finish(&invite);
    if (!made) {
        identity_fail(engine, OIM_ERR_LIMIT, "failed", "", 0);
        return;
    }
    engine_write(engine, &frame);
}

/* The new device's half of a link: what the old device signed must be exactly this device. */
static void on_link_body(struct engine *engine, const struct frame_link_body *link)
{
    struct log_body body;
    struct oim_error err;
    struct sign_public ik = sign_public_of(&engine->device_key);
    if (log_body_decode(link->body, &engine->step, &body, &err) != OIM_OK ||
        body.kind != LOG_BODY_DEVICE_ADD || !crypto_equal(&body.ik, &ik, sizeof(ik)) ||
        strcmp(body.label, engine->joining.label) != 0) {
        identity_fail(engine, OIM_ERR_TRUST, "server_changed", "", 0);
        return;
    }
    struct frame frame = {.kind = FRAME_LINK_SIGN, .request = 3, .u.link_sign = {.link_id = link->link_id}};
    log_body_sign(&engine->joining.line.org_id, link->body, &engine->device_key, &frame.u.link_sign.sig_new);
    engine_write(engine, &frame);
}

static void on_join_ok(struct engine *engine, const struct frame_join_ok *ok)
{
    struct joining *joining = &engine->joining;
    struct sign_public ik = sign_public_of(&engine->device_key);
    struct oim_id device_id = crypto_device_id(&ik);
    bool other_org =
        !oim_id_is_zero(&joining->line.org_id) && !oim_id_equal(&joining->line.org_id, &ok->org_id);
    if (other_org || !oim_id_equal(&device_id, &ok->device_id) || oim_id_is_zero(&ok->org_id)) {
        identity_fail(engine, OIM_ERR_TRUST, "server_changed", "", 0);
        return;
    }
    struct account *account = &engine->account;
    *account = (struct account){.joined = true,
                                .org_id = ok->org_id,
                                .server_key = joining->server_key,
                                .server_epoch = joining->server_epoch,
                                .user_id = ok->user_id,
                                .device_id = ok->device_id,
                                .way_count = 1,
                                .presence = PRESENCE_AUTO};
    text_copy(account->login, sizeof(account->login), ok->login);
    text_copy(account->display, sizeof(account->display), ok->display);
    text_copy(account->label, sizeof(account->label), joining->label);
    struct known_way *way = &account->ways[0];
    text_copy(way->host_port, sizeof(way->host_port), joining->line.host_port);
    way->mode = joining->line.mode;
    way->has_spki = joining->line.has_spki;
    memcpy(way->spki, joining->line.spki, sizeof(way->spki));
    /* log_seq and log_head stay zero: what JoinOk says of them is not signed; the first AuthOk's is. */
    engine_change_account(engine);
    engine_answer(engine, joining->request, OIM_OK, "");
    invite_line_finish(&joining->line);
    *joining = (struct joining){0};
    engine->failures = 0;
    engine->retry_at_ms = engine->now_ms;
    sync_leave(engine); /* and come back as this device */
}

/* The server's words for why an invite is no good, from status and what comes with it. */
static void on_join_error(struct engine *engine, const struct frame_error *error)
{
    enum oim_status status = oim_status_from_wire(error->code);
    switch (status) {
    case OIM_AGAIN:
        sync_leave(engine);
        return;
    case OIM_ERR_NOT_FOUND:
        identity_fail(engine, status, "invite_unknown", "", 0);
        return;
    case OIM_ERR_CONFLICT:
        if (engine->joining.line.kind == LINE_OWNER && error->at_ms == 0) {
            identity_fail(engine, status, "name_taken", engine->joining.login, 0);
            return;
        }
        identity_fail(engine, status, "invite_used", error->label, error->at_ms);
        return;
    case OIM_ERR_DENIED:
        identity_fail(engine, status, "invite_expired", "", error->at_ms);
        return;
    default:
        identity_fail(engine, status == OIM_OK ? OIM_ERR_PROTOCOL : status, "failed", error->text, 0);
    }
}

void identity_on_frame(struct engine *engine, const struct frame *frame)
{
    switch (frame->kind) {
    case FRAME_JOIN_OFFER:
        on_offer(engine, &frame->u.join_offer);
        return;
    case FRAME_LINK_BODY:
        on_link_body(engine, &frame->u.link_body);
        return;
    case FRAME_JOIN_OK:
        on_join_ok(engine, &frame->u.join_ok);
        return;
    case FRAME_ERROR:
        on_join_error(engine, &frame->u.error);
        return;
    default:
        sync_leave(engine); /* out of turn */
    }
}

/* ---- the old device's side ---- */

void identity_send_link(struct engine *engine, struct pending *pending)
{
    oim_random_fill(&engine->config.random, pending->secret, sizeof(pending->secret));
    uint32_t valid_s = pending->valid_s > 0 ? pending->valid_s : LINK_VALID_S_DEFAULT;
    engine_write(engine,
                 &(struct frame){.kind = FRAME_LINK_OPEN,
                                 .request = pending->wire,
                                 .u.link_open = {.link_id = link_id(pending->secret), .valid_s = valid_s}});
}

static void tell_line(struct engine *engine, struct pending *pending, uint64_t until_ms)
{
    const struct account *account = &engine->account;
    const struct known_way *way = &account->ways[engine->way_index];
    struct invite_line line = {.kind = LINE_LINK,
                               .mode = way->mode,
                               .org_id = account->org_id,
                               .server_key_id = server_key_id(&account->server_key),
                               .has_spki = way->has_spki};
    text_copy(line.host_port, sizeof(line.host_port), way->host_port);
    text_copy(line.login, sizeof(line.login), account->login);
    memcpy(line.secret, pending->secret, sizeof(line.secret));
    memcpy(line.spki, way->spki, sizeof(line.spki));
    invite_line_format(&line, pending->line);
    invite_line_finish(&line);
    pending->has_line = true;
    struct engine_answer *answer = engine_answer_begin(engine, pending->id);
    answer->last = false;
    answer->line = pending->line;
    answer->at_ms = until_ms;
}

static struct pending *link_by_id(struct engine *engine, const struct oim_id *id)
{
    for (size_t i = 0; i < PENDING_COUNT_MAX; i++) {
        struct pending *pending = &engine->pending[i];
        if (pending->used && pending->op == REQUEST_LINK && pending->sent) {
            struct oim_id own = link_id(pending->secret);
            if (oim_id_equal(&own, id)) {
                return pending;
            }
        }
    }
    return NULL;
}

/* Only who knows the line's secret can make this mac: the new device, whose key it covers. */
static void on_link_offer(struct engine *engine, const struct frame *frame)
{
    const struct frame_link_request *offer = &frame->u.link_request;
    struct pending *pending = link_by_id(engine, &offer->link_id);
    if (pending == NULL) {
        return;
    }
    struct oim_hash mac;
    link_mac(pending->secret, &offer->ik, offer->device_label, &mac);
    if (!crypto_equal(&mac, &offer->mac, sizeof(mac)) || !sign_public_valid(&offer->ik)) {
        pending_end(engine, pending, OIM_ERR_TRUST, "server_changed");
        return;
    }
    struct log_body add = {.kind = LOG_BODY_DEVICE_ADD,
                           .user_id = engine->account.user_id,
                           .user_seq = offer->user_seq + 1,
                           .user_prev = offer->user_prev,
                           .made_ms = engine->wall_ms,
                           .generation = offer->generation,
                           .ik = offer->ik,
                           .device_kind = LOG_DEVICE_NORMAL,
                           .label = offer->device_label,
                           .signer_device = engine->account.device_id};
    struct log_entry entry;
    if (!identity_entry_begin(engine, &add, &entry)) {
        engine->broken = true;
        return;
    }
    identity_entry_sign(&engine->account.org_id, &engine->device_key, &entry);
    engine_write(engine, &(struct frame){.kind = FRAME_LINK_BODY,
                                         .request = frame->request,
                                         .u.link_body = {.link_id = offer->link_id,
                                                         .body = entry.body,
                                                         .sig_old = entry.sigs[0]}});
    pending->ids[0] = crypto_device_id(&offer->ik);
    text_copy(pending->words, sizeof(pending->words), offer->device_label);
}

static void on_link_done(struct engine *engine, const struct frame_link_done *done)
{
    for (size_t i = 0; i < PENDING_COUNT_MAX; i++) {
        struct pending *pending = &engine->pending[i];
        if (!pending->used || pending->op != REQUEST_LINK ||
            !oim_id_equal(&pending->ids[0], &done->device_id)) {
            continue;
        }
        struct engine_answer *answer = engine_answer_begin(engine, pending->id);
        answer->id = done->device_id;
        char *label = oim_arena_strdup(&engine->step, oim_slice_text(done->device_label));
        answer->label = label == NULL ? "" : label;
        pending->internal = true; /* answered */
        pending_end(engine, pending, OIM_OK, "");
    }
    roster_lookup(engine, &engine->account.user_id);
}

void identity_send_revoke(struct engine *engine, struct pending *pending)
{
    const struct person_row *own = roster_find(engine, &engine->account.user_id);
    struct log_entry entry;
    struct log_body body = {.kind = LOG_BODY_DEVICE_REVOKE,
                            .user_id = engine->account.user_id,
                            .user_seq = own == NULL ? 0 : own->user_seq + 1,
                            .made_ms = engine->wall_ms,
                            .label = pending->words,
                            .device_id = pending->ids[0],
                            .signer_device = engine->account.device_id};
    if (own == NULL) {
        roster_lookup(engine, &engine->account.user_id);
        pending->sent = false;
        return;
    }
    body.user_prev = own->user_prev;
    if (!identity_entry_begin(engine, &body, &entry)) {
        pending_end(engine, pending, OIM_ERR_LIMIT, "failed");
        return;
    }
    identity_entry_sign(&engine->account.org_id, &engine->device_key, &entry);
    engine_write(engine, &(struct frame){.kind = FRAME_LOG_APPEND,
                                         .request = pending->wire,
                                         .u.log_append = {.entry = entry}});
}

void identity_on_link_frame(struct engine *engine, const struct frame *frame)
{
    struct pending *pending = pending_by_wire(engine, frame->request);
    switch (frame->kind) {
    case FRAME_LINK_OPENED:
        if (pending != NULL && pending->op == REQUEST_LINK) {
            tell_line(engine, pending, frame->u.link_opened.until_ms);
        }
        return;
    case FRAME_LINK_OFFER:
        on_link_offer(engine, frame);
        return;
    case FRAME_LINK_DONE:
        on_link_done(engine, &frame->u.link_done);
        return;
    case FRAME_LOG_APPENDED:
        if (pending != NULL && pending->op == REQUEST_REVOKE) {
            enum oim_status status =
                frame->u.log_appended.code == 0 ? OIM_OK : oim_status_from_wire(frame->u.log_appended.code);
            pending_end(engine, pending, status, status == OIM_OK ? "" : "failed");
            roster_lookup(engine, &engine->account.user_id);
        }
        return;
    default:
        assert(!"sync passes no other kind");
    }
}
