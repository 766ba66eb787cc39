/*
 * handle_join.c - from an invite to a person with a device (BLUEPRINT F4).
 *
 * The invite's key signs the first DEVICE_ADD together with the new device's own key; the server appends it
 * to the organisation log, and makes device, person and invite in the same change. The owner's first join
 * brings the whole organisation: genesis, the owner's own entry, the device. The same join again is answered
 * again.
 */
#include <assert.h>
#include <string.h>

#include "server/core/handle.h"

/* The invite that a peer names: a kept one, or the owner's line while nobody owns the server. */
static bool find_invite(struct core *core, const struct oim_id *wanted, struct invite *out)
{
    const struct invite *kept = registry_invite(&core->registry, wanted);
    if (kept != NULL) {
        *out = *kept;
        return true;
    }
    OIM_CLEANUP(invite_line_finish) struct invite_line line;
    if (core->orglog.exists || !load_owner_invite(core, &line)) {
        return false;
    }
    OIM_CLEANUP(sign_secret_finish) struct sign_secret key;
    invite_key(&line.org_id, line.secret, &key);
    *out = (struct invite){.kind = INVITE_OWNER, .generation = 1, .made_ms = core->wall_ms};
    out->invite_pub = sign_public_of(&key);
    out->invite_id = invite_id(&out->invite_pub);
    return oim_id_equal(&out->invite_id, wanted);
}

static enum oim_status check_usable(struct core *core, const struct invite *invite)
{
    if (invite->revoked) {
        return oim_fail(&core->error, OIM_ERR_DENIED, "this invite was withdrawn; ask for a new one");
    }
    if (invite->expires_ms != 0 && invite->expires_ms <= core->wall_ms) {
        return oim_fail(&core->error, OIM_ERR_DENIED, "this invite is out of date; ask for a new one");
    }
    return OIM_OK;
}

/* INVITE_USED: when, and by the device of which name. */
static void answer_used(struct core *core, struct session *session, const struct frame *frame,
                        const struct invite *invite)
{
    const struct device *device = registry_device_by_id(&core->registry, &invite->used_device);
    struct frame error = {.kind = FRAME_ERROR, .request = frame->request};
    error.u.error = (struct frame_error){
        .code = oim_status_wire_code(OIM_ERR_CONFLICT),
        .text = "this invite has been used",
        .offending_kind = frame->kind,
        .at_ms = invite->used_ms,
        .label = device == NULL ? "" : device->label,
    };
    (void)outbox_push(core, session, &error);
}

enum oim_status handle_join_ask(struct core *core, struct session *session, const struct frame *frame)
{
    struct invite invite;
    struct frame answer = {.kind = FRAME_JOIN_OFFER, .request = frame->request};
    if (!find_invite(core, &frame->u.join_ask.invite_id, &invite)) {
        return oim_fail(&core->error, OIM_ERR_NOT_FOUND, "this server knows no such invite");
    }
    const struct account *person = registry_person(&core->registry, invite.uid);
    enum oim_status status = invite.used_ms != 0 ? OIM_OK : check_usable(core, &invite);
    if (status != OIM_OK) {
        return status;
    }
    answer.u.join_offer = (struct frame_join_offer){
        .login = person == NULL ? "" : person->login,
        .display = person == NULL ? "" : person->display,
        .generation = invite.generation,
        .owner = person == NULL,
    };
    if (person != NULL) {
        answer.u.join_offer.user_id = person->user_id;
        answer.u.join_offer.user_seq = person->user_seq;
        answer.u.join_offer.user_prev = person->user_prev;
    }
    (void)outbox_push(core, session, &answer);
    return OIM_OK;
}

static void join_ok(const struct core *core, const struct account *person, const struct device *device,
                    uint64_t log_seq, const struct oim_hash *log_head, struct frame *out)
{
    out->kind = FRAME_JOIN_OK;
    out->u.join_ok = (struct frame_join_ok){
        .user_id = person->user_id,
        .device_id = device->device_id,
        .org_id = core->orglog.org_id,
        .login = person->login,
        .display = person->display,
        .log_seq = log_seq,
        .log_head = *log_head,
    };
}

static void on_joined(struct core *core, const uint64_t context[2])
{
    (void)context;
    waiters_run(core);
}

static void on_owner_joined(struct core *core, const uint64_t context[2])
{
    (void)context;
    (void)core_effect(core, EFFECT_OWNER_JOINED);
}

/* A DEVICE_ADD by an invite: the invite's key and the device's own have signed it. */
static enum oim_status check_device_add(struct core *core, const struct oim_id *org_id,
                                        const struct log_entry *entry, const struct invite *invite,
                                        const struct account *person, struct log_body *out)
{
    enum oim_status status = log_body_decode(entry->body, &core->frame_arena, out, &core->error);
    if (status != OIM_OK) {
        return status;
    }
    if (out->kind != LOG_BODY_DEVICE_ADD || entry->sig_count != 2 || !oim_id_is_zero(&out->signer_device) ||
        !oim_id_equal(&out->user_id, &person->user_id) || !name_valid(out->label) ||
        (out->device_kind != LOG_DEVICE_NORMAL && out->device_kind != LOG_DEVICE_BOT)) {
        return oim_fail(&core->error, OIM_ERR_PROTOCOL, "the entry is no DEVICE_ADD for this invite");
    }
    if (out->generation != invite->generation || out->user_seq != person->user_seq + 1 ||
        memcmp(out->user_prev.bytes, person->user_prev.bytes, CRYPTO_HASH_SIZE) != 0) {
        return oim_fail(&core->error, OIM_ERR_CONFLICT, "the organisation's log has moved on; ask again");
    }
    if (!sign_public_valid(&out->ik) ||
        !log_body_verify(org_id, entry->body, &invite->invite_pub, &entry->sigs[0]) ||
        !log_body_verify(org_id, entry->body, &out->ik, &entry->sigs[1])) {
        return oim_fail(&core->error, OIM_ERR_AUTH, "a signature of the entry does not hold");
    }
    return OIM_OK;
}

/* The records of a join; the log entries are in the change already. */
static void put_join(struct core *core, struct account *person, const struct device *device,
                     struct invite *invite)
{
    person->joined = true;
    invite->uid = person->uid;
    invite->used_ms = core->wall_ms;
    invite->used_device = device->device_id;
    change_put_person(core, person);
    change_put_device(core, device);
    change_put_invite(core, invite);
    change_device_add(core, device->dev, device->uid);
}

static enum oim_status join_person(struct core *core, struct session *session, const struct frame *frame,
                                   struct invite *invite)
{
    const struct frame_join *join = &frame->u.join;
    struct account person = *registry_person(&core->registry, invite->uid);
    struct log_body body;
    struct device device;
    if (join->log_entry_count != 1) {
        return oim_fail(&core->error, OIM_ERR_PROTOCOL, "one entry is expected");
    }
    if (join->login[0] != '\0' && strcmp(join->login, person.login) != 0) {
        return oim_fail(&core->error, OIM_ERR_DENIED, "this invite is for %s", person.login);
    }
    enum oim_status status =
        check_device_add(core, &core->orglog.org_id, &join->log_entries[0], invite, &person, &body);
    if (status == OIM_OK) {
        status = registry_new_device(core, &body, person.uid, &device, &core->error);
    }
    if (status == OIM_OK) {
        status = change_open(core, session, frame);
    }
    if (status != OIM_OK) {
        return status;
    }
    if (person.display[0] == '\0' && name_valid(join->display)) {
        memcpy(person.display, join->display, strlen(join->display) + 1);
    }
    change_log(core, &join->log_entries[0], &person);
    put_join(core, &person, &device, invite);
    struct frame answer = {.request = frame->request};
    join_ok(core, &person, &device, core->change.org_seq, &core->change.org_head, &answer);
    change_answer(core, &answer);
    change_after(core, invite->kind == INVITE_OWNER ? on_owner_joined : on_joined, 0, 0);
    change_commit(core);
    return OIM_OK;
}

/* ---- the owner's first join: the organisation begins --------------------------------------------------- */

static enum oim_status check_genesis(struct core *core, const struct log_entry *entry, struct log_body *out)
{
    static const struct oim_id nobody;
    enum oim_status status = log_body_decode(entry->body, &core->frame_arena, out, &core->error);
    if (status != OIM_OK) {
        return status;
    }
    if (out->kind != LOG_BODY_GENESIS || entry->sig_count != 1 || oim_id_is_zero(&out->nonce) ||
        memcmp(out->server_pub.bytes, core->server_pub.bytes, sizeof(out->server_pub.bytes)) != 0) {
        return oim_fail(&core->error, OIM_ERR_PROTOCOL, "the entry is no ORG_GENESIS for this server");
    }
    if (!sign_public_valid(&out->ik) || !log_body_verify(&nobody, entry->body, &out->ik, &entry->sigs[0])) {
        return oim_fail(&core->error, OIM_ERR_AUTH, "the signature of the genesis does not hold");
    }
    return OIM_OK;
}

static enum oim_status check_owner(struct core *core, const struct oim_id *org_id,
                                   const struct log_entry *entry, const struct frame_join *join,
                                   const struct invite *invite, const struct sign_public *owner_ik,
                                   struct account *out)
{
    struct log_body body;
    enum oim_status status = log_body_decode(entry->body, &core->frame_arena, &body, &core->error);
    if (status != OIM_OK) {
        return status;
    }
    if (body.kind != LOG_BODY_USER_CREATE || entry->sig_count != 1 || body.role != ROLE_OWNER ||
        body.user_seq != 1 || oim_id_is_zero(&body.user_id) || strcmp(body.login, join->login) != 0 ||
        memcmp(&body.invite_pub, &invite->invite_pub, sizeof(body.invite_pub)) != 0) {
        return oim_fail(&core->error, OIM_ERR_PROTOCOL, "the entry is no USER_CREATE of the owner");
    }
    if (!login_valid(join->login) || !name_valid(join->display)) {
        return oim_fail(&core->error, OIM_ERR_USAGE, "a login is a-z 0-9 . _ - and a display name is needed");
    }
    if (!log_body_verify(org_id, entry->body, owner_ik, &entry->sigs[0])) {
        return oim_fail(&core->error, OIM_ERR_AUTH, "the signature of the owner's entry does not hold");
    }
    memset(out, 0, sizeof(*out));
    out->uid = core->registry.uid_last + 1;
    out->user_id = body.user_id;
    out->role = ROLE_OWNER;
    out->generation = 1;
    out->invited_ms = core->wall_ms;
    memcpy(out->login, join->login, strlen(join->login) + 1);
    memcpy(out->display, join->display, strlen(join->display) + 1);
    return OIM_OK;
}

/* ORG_GENESIS as it is appended: with the server's signature behind the owner's. */
static struct log_entry countersigned(const struct core *core, const struct log_entry *entry)
{
    static const struct oim_id nobody;
    struct log_entry both = *entry;
    log_body_sign(&nobody, entry->body, &core->config.server_key, &both.sigs[1]);
    both.sig_count = 2;
    return both;
}

static enum oim_status join_owner(struct core *core, struct session *session, const struct frame *frame,
                                  struct invite *invite)
{
    const struct frame_join *join = &frame->u.join;
    struct log_body genesis;
    struct log_body device_add;
    struct account owner;
    struct device device;
    if (join->log_entry_count != 3) {
        return oim_fail(&core->error, OIM_ERR_PROTOCOL, "three entries are expected");
    }
    enum oim_status status = check_genesis(core, &join->log_entries[0], &genesis);
    struct oim_id org_id = log_org_id(join->log_entries[0].body);
    if (status == OIM_OK) {
        status = check_owner(core, &org_id, &join->log_entries[1], join, invite, &genesis.ik, &owner);
    }
    if (status != OIM_OK) {
        return status;
    }
    struct account after_create = owner;
    after_create.user_seq = 1;
    orglog_user_hash(1, &owner.user_prev, &join->log_entries[1], &after_create.user_prev);
    status = check_device_add(core, &org_id, &join->log_entries[2], invite, &after_create, &device_add);
    if (status == OIM_OK && memcmp(&device_add.ik, &genesis.ik, sizeof(genesis.ik)) != 0) {
        status = oim_fail(&core->error, OIM_ERR_PROTOCOL, "genesis and device name different keys");
    }
    if (status == OIM_OK) {
        status = registry_new_device(core, &device_add, owner.uid, &device, &core->error);
    }
    if (status == OIM_OK) {
        status = change_open(core, session, frame);
    }
    if (status != OIM_OK) {
        return status;
    }
    const struct log_entry first = countersigned(core, &join->log_entries[0]);
    change_log(core, &first, NULL);
    change_log(core, &join->log_entries[1], &owner);
    change_log(core, &join->log_entries[2], &owner);
    put_join(core, &owner, &device, invite);
    struct frame answer = {.request = frame->request};
    join_ok(core, &owner, &device, core->change.org_seq, &core->change.org_head, &answer);
    answer.u.join_ok.org_id = org_id;
    core->change.org_id = org_id;
    change_answer(core, &answer);
    change_after(core, on_owner_joined, 0, 0);
    change_commit(core);
    return OIM_OK;
}

/* The same invite and key again, because JoinOk was lost: answered again. */
static enum oim_status join_again(struct core *core, struct session *session, const struct frame *frame,
                                  const struct invite *invite)
{
    const struct frame_join *join = &frame->u.join;
    const struct log_entry *last = &join->log_entries[join->log_entry_count - 1];
    struct log_body body;
    enum oim_status status = log_body_decode(last->body, &core->frame_arena, &body, &core->error);
    if (status != OIM_OK) {
        return status;
    }
    struct oim_id device_id = crypto_device_id(&body.ik);
    const struct device *device = registry_device_by_id(&core->registry, &invite->used_device);
    if (device == NULL || !oim_id_equal(&device_id, &invite->used_device)) {
        answer_used(core, session, frame, invite);
        return OIM_OK;
    }
    struct frame answer = {.request = frame->request};
    join_ok(core, registry_person(&core->registry, device->uid), device, core->orglog.seq, &core->orglog.head,
            &answer);
    (void)outbox_push(core, session, &answer);
    return OIM_OK;
}

enum oim_status handle_join(struct core *core, struct session *session, const struct frame *frame)
{
    struct invite invite;
    if (frame->u.join.log_entry_count == 0) {
        return oim_fail(&core->error, OIM_ERR_PROTOCOL, "an entry for the organisation's log is needed");
    }
    if (!find_invite(core, &frame->u.join.invite_id, &invite)) {
        return oim_fail(&core->error, OIM_ERR_NOT_FOUND, "this server knows no such invite");
    }
    if (invite.used_ms != 0) {
        return join_again(core, session, frame, &invite);
    }
    enum oim_status status = check_usable(core, &invite);
    if (status != OIM_OK) {
        return status;
    }
    return invite.uid == 0 ? join_owner(core, session, frame, &invite)
                           : join_person(core, session, frame, &invite);
}
