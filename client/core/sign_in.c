/*
 * sign_in.c - who is at the other end, and who this is: from ServerHello to AuthOk.
 *
 * The server proves its pinned key before this side says who it is.
 *
 * Source: SECURITY.md 2.2; BLUEPRINT B7, B9.
 */
#include "client/core/engine_state.h"
#include "proto/orglog.h"

/* Everything wrong here is wrong before anything about ourselves was said. */
void sign_in_on_hello(struct engine *engine, const struct frame_server_hello *hello)
{
    struct oim_hash th;
    handshake_transcript(&engine->hello, hello, engine->cb, &th);
    bool joining = sync_is_joining(engine);
    struct oim_id key_id = server_key_id(&hello->server_pub);
    bool pinned = joining ? oim_id_equal(&key_id, &engine->joining.line.server_key_id)
                          : crypto_equal(hello->server_pub.bytes, engine->account.server_key.bytes,
                                         sizeof(hello->server_pub.bytes));
    if (!pinned) {
        sync_distrust(engine, "server_changed");
        return;
    }
    if (!handshake_server_verify(&th, &hello->server_pub, &hello->sig)) {
        sync_distrust(engine, "server_changed");
        return;
    }
    const struct oim_id *org_id = joining ? &engine->joining.line.org_id : &engine->account.org_id;
    if (!oim_id_is_zero(org_id) && !oim_id_equal(org_id, &hello->org_id)) {
        sync_distrust(engine, "server_changed");
        return;
    }
    if (hello->version != OIM_PROTOCOL_VERSION) {
        sync_deny(engine, "client_too_old");
        return;
    }
    if (joining) {
        sync_enter(engine, SYNC_JOINING);
        engine->joining.server_key = hello->server_pub;
        engine->joining.server_epoch = hello->server_epoch;
        identity_begin(engine);
        return;
    }
    engine->epoch_changed = !oim_id_equal(&hello->server_epoch, &engine->account.server_epoch);
    engine->told_epoch = hello->server_epoch;
    sync_enter(engine, SYNC_PROVING);
    engine->told_class = engine->want.class;
    engine->told_idle = sync_idle_s(engine) > 0;
    engine->window_open = engine->want.fetch;
    struct frame auth = {.kind = FRAME_DEVICE_AUTH,
                         .request = 2,
                         .u.device_auth = {.device_id = engine->account.device_id,
                                           .conn_counter = engine->used_counter,
                                           .class = engine->told_class,
                                           .idle_s = sync_idle_s(engine),
                                           .cursor = engine->account.cursor,
                                           .window_rows = engine->want.fetch ? WINDOW_ROWS_MAX : 0,
                                           .window_bytes = engine->want.fetch ? WINDOW_BYTES_MAX : 0,
                                           .settled_no = outbox_settled_no(engine),
                                           .client_version = OIM_VERSION,
                                           .caps = {.names = {"offline_im"}, .count = 1}}};
    handshake_device_sign(&th, &engine->account.device_id, engine->used_counter, &engine->device_key,
                          &auth.u.device_auth.sig);
    engine_write(engine, &auth);
}

/* The log only grows: a shorter or another one is a fork, unless the server says it was restored (B9). */
static bool log_head_plausible(struct engine *engine, const struct frame_auth_ok *ok)
{
    struct account *account = &engine->account;
    if (ok->log_seq > 0 && !log_head_verify(&account->org_id, ok->log_seq, &ok->log_head, ok->log_ms,
                                            &account->server_key, &ok->log_sig)) {
        return false;
    }
    bool other = ok->log_seq == account->log_seq &&
                 !crypto_equal(ok->log_head.bytes, account->log_head.bytes, sizeof(ok->log_head.bytes));
    bool shrunk = ok->log_seq < account->log_seq;
    return engine->epoch_changed || (!shrunk && !(other && ok->log_seq > 0));
}

void sign_in_on_ok(struct engine *engine, const struct frame_auth_ok *ok)
{
    struct account *account = &engine->account;
    if (!log_head_plausible(engine, ok)) {
        sync_distrust(engine, "log_changed");
        return;
    }
    if (!engine->epoch_changed && ok->hw > account->last_send_no) {
        sync_distrust(engine, "fenced"); /* this device sent what this profile does not know of */
        return;
    }
    account->log_seq = ok->log_seq;
    account->log_head = ok->log_head;
    account->server_epoch = engine->told_epoch;
    account->role = ok->role;
    text_copy(account->login, sizeof(account->login), ok->login);
    text_copy(account->display, sizeof(account->display), ok->display);
    /* The store went back in time, so what we counted is of another history (STORE.md, 1). */
    if ((engine->epoch_changed || account->cursor > ok->head) && account->cursor > ok->base) {
        account->cursor = ok->base;
    }
    sync_prefer_way(account, engine->way_index);
    engine->way_index = 0;
    engine_change_account(engine);
    engine->failures = 0;
    engine->caught_up = false;
    sync_enter(engine, SYNC_READY);
    compose_on_ready(engine, ok->hw, engine->epoch_changed);
    if (roster_find(engine, &account->user_id) == NULL) {
        roster_lookup(engine, &account->user_id);
    }
    /* A new profile learns who there is at once, so that it can write to them with the server away. */
    if (engine->told_class != CLASS_NONE || engine->person_count <= 1) {
        roster_refresh_all(engine);
    }
    engine_changed(engine, CHANGED_CONNECTED, NULL);
}

void sign_in_on_err(struct engine *engine, const struct frame_auth_err *refusal)
{
    if (refusal->retry_after_ms > 0) {
        engine->retry_at_ms = engine->now_ms + refusal->retry_after_ms;
    }
    if (refusal->last_counter > engine->account.conn_counter ||
        (refusal->last_counter != 0 && refusal->last_counter == engine->used_counter)) {
        sync_distrust(engine, "fenced"); /* B7: a copy of this profile is about, or this is an old one */
        return;
    }
    enum oim_status status = oim_status_from_wire(refusal->code);
    if (refusal->last_counter == 0 &&
        (status == OIM_ERR_AUTH || status == OIM_ERR_DENIED || status == OIM_ERR_NOT_FOUND)) {
        sync_shut_out(engine, refusal->reason);
        return;
    }
    if (engine->failures == 0) {
        engine->failures = 1; /* an own later connection overtook this one: quietly once more */
    }
    sync_leave(engine);
}
