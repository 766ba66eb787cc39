/*
 * admin_reset.c - somebody who has lost every device, or whose account is in wrong hands, begins anew
 * (SECURITY.md 1.9, 1.11; USERS.md C6).
 *
 * The change is one transaction: ACCOUNT_RESET in the organisation log, the account's generation counted up,
 * which revokes every device of the older ones, the person back to invited, and a new line. Once it is
 * committed those who have them as a contact are told, and what waited is erased, for nobody can open it any
 * more: its senders are told with the ids, and their clients send it again. Erasing that is interrupted goes
 * on soon, or when the server starts again; who was not told of the reset by then sees it at the next
 * look-up.
 */
#include <assert.h>
#include <string.h>

#include "server/core/admin.h"

#define TOLD_COUNT_MAX 64u /* in one request of the store */

/* ---- colleagues ---------------------------------------------------------------------------------------- */

static void tell_from(struct core *core, uint32_t uid, uint32_t from_uid);

static void on_told(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    if (reply->result == STORE_OK) {
        notices_on_stored(core, pending->u.notices.notices, pending->u.notices.notice_count, reply,
                          pending->u.notices.server_ms);
    } else if (reply->result == STORE_UNKNOWN) {
        mailbox_on_unknown(core, pending->u.notices.notices, pending->u.notices.notice_count);
    }
    tell_from(core, pending->uid, (uint32_t)pending->u.notices.seq);
}

/* Has them as a contact, is there to read it, and is not blocked by them (BLUEPRINT B26). */
static bool is_to_be_told(struct core *core, struct account *other, struct account *person)
{
    return other != NULL && other != person && other->device_count > 0 && !other->closed &&
           contacts_has(core, other, person) &&
           !registry_has_blocked(&core->registry, person->uid, other->uid);
}

/* The next of them. A store that has no time now loses some of them the notice, and nothing else. */
static void tell_from(struct core *core, uint32_t uid, uint32_t from_uid)
{
    struct registry *registry = &core->registry;
    struct account *person = registry_person(registry, uid);
    size_t block_size = notice_list_block_size(TOLD_COUNT_MAX, 0);
    struct pending *pending = person == NULL || from_uid > registry->uid_last
                                  ? NULL
                                  : pending_take(core, NULL, STORE_NOTE, on_told, block_size);
    if (pending == NULL) {
        return;
    }
    const struct notice notice = {.what = NOTICE_ACCOUNT_RESET, .peer_uid = uid, .at_ms = core->wall_ms};
    struct notice_list list;
    notice_list_init(&list, pending->block, block_size, TOLD_COUNT_MAX);
    uint32_t at = from_uid;
    for (; at <= registry->uid_last && list.target_count < TOLD_COUNT_MAX; at++) {
        struct account *other = registry_person(registry, at);
        if (is_to_be_told(core, other, person)) {
            bool added = notice_list_add(core, &list, other, &notice, 0, 0);
            assert(added);
            (void)added;
        }
    }
    if (list.target_count == 0) {
        pending_give(core, pending);
        return;
    }
    pending->uid = uid;
    pending->u.notices.seq = at;
    pending->u.notices.notices = list.targets;
    pending->u.notices.notice_count = list.target_count;
    pending->u.notices.server_ms = core->wall_ms;
    struct store_req *req = pending_submit(core, pending);
    req->u.note.targets = list.targets;
    req->u.note.target_count = list.target_count;
    req->u.note.server_ms = core->wall_ms;
}

/* ---- once it is committed ------------------------------------------------------------------------------ */

/* Devices that went with the generation before this one. */
static size_t devices_gone(const struct registry *registry, const struct account *person)
{
    size_t count = 0;
    for (uint32_t dev = person->device_first; dev != 0; dev = registry->devices[dev].of_person_next) {
        count += registry->devices[dev].revoked_ms == person->invited_ms;
    }
    return count;
}

static void make_rows(struct admin_call *call, struct pending *pending, const struct store_reply *reply)
{
    const struct erasure *erasure = admin_erasure(pending);
    const struct account *person = registry_person(&call->core->registry, erasure->uid);
    (void)reply;
    if (admin_row(call, 5)) {
        admin_text(call, "login", person->login);
        admin_text(call, "display", person->display);
        admin_number(call, "devices", devices_gone(&call->core->registry, person));
        admin_number(call, "erased", erasure->count);
        admin_number(call, "generation", person->generation);
    }
}

/* The reset is made, whatever is left to erase: whoever repeated it would be told that there is nothing to
 * reset. */
static void on_erased(struct core *core, const struct erasure *erasure, bool all_gone)
{
    struct account *person = registry_person(&core->registry, erasure->uid);
    if (person->erasing == ERASING_WAITING) { /* else the person is being erased by now */
        person->erasing = ERASING_NOTHING;
    }
    admin_erasure_answer(core, erasure);
    if (!all_gone) {
        admin_erase_again(core);
    }
}

static void erase_waiting(struct core *core, uint32_t uid, uint64_t conn, uint32_t request)
{
    const struct erasure erasure = {.conn = conn,
                                    .request = request,
                                    .uid = uid,
                                    .why = GONE_RESET,
                                    .op = ADMIN_USER_RESET,
                                    .make_rows = make_rows,
                                    .then = on_erased};
    registry_person(&core->registry, uid)->erasing = ERASING_WAITING;
    admin_erase_all(core, &erasure);
}

static void on_reset(struct core *core, const uint64_t context[2])
{
    uint32_t uid = (uint32_t)(context[1] >> 32);
    admin_on_committed(core);
    tell_from(core, uid, 1);
    erase_waiting(core, uid, context[0], (uint32_t)context[1]);
}

void reset_begin_anew(struct core *core, uint32_t uid)
{
    tell_from(core, uid, 1);
    erase_waiting(core, uid, 0, 0);
}

/* An owner who is being recovered counts as joined all the while. */
static bool has_joined_anew(const struct registry *registry, const struct account *person)
{
    for (uint32_t dev = person->device_first; dev != 0; dev = registry->devices[dev].of_person_next) {
        if (registry->devices[dev].generation == person->generation) {
            return true;
        }
    }
    return false;
}

void reset_go_on(struct core *core)
{
    for (uint32_t uid = 1; uid <= core->registry.uid_last; uid++) {
        const struct account *person = registry_person(&core->registry, uid);
        bool is_due = person != NULL && person->generation > 1 && person->erasing == ERASING_NOTHING &&
                      !registry_is_erased(person) && !has_joined_anew(&core->registry, person);
        if (is_due) {
            erase_waiting(core, uid, 0, 0);
        }
    }
}

/* ---- the change ---------------------------------------------------------------------------------------- */

static enum oim_status check_possible(struct admin_call *call)
{
    struct core *core = call->core;
    const struct account *person = call->target;
    if (person == call->actor) {
        return oim_fail(
            &core->error, OIM_ERR_CONFLICT,
            "this is your own account, and the device you are using would go with it; another owner can reset it");
    }
    if (person->closed) {
        return oim_fail(&core->error, OIM_ERR_CONFLICT, "the account of %s is closed; enable it first",
                        person->login);
    }
    if (!person->joined) {
        return oim_fail(&core->error, OIM_ERR_CONFLICT, "%s has not joined yet; renew that invite",
                        person->login);
    }
    return admin_check_new_invite(call);
}

static enum oim_status check_entry(struct admin_call *call, uint32_t generation, struct log_body *out)
{
    struct core *core = call->core;
    enum oim_status status = admin_check_entry(call, LOG_BODY_ACCOUNT_RESET, call->target, out);
    if (status != OIM_OK || out->kind == LOG_BODY_NONE) {
        return status;
    }
    struct oim_id id = invite_id(&out->invite_pub);
    if (out->generation != generation || !sign_public_valid(&out->invite_pub)) {
        return oim_fail(&core->error, OIM_ERR_PROTOCOL, "the entry does not say what the request says");
    }
    return registry_invite(&core->registry, &id) == NULL
               ? OIM_OK
               : oim_fail(&core->error, OIM_ERR_CONFLICT, "this entry was used already");
}

static void dry_row(struct admin_call *call, const struct account *person, uint32_t generation)
{
    if (admin_row(call, 4)) {
        admin_text(call, "login", person->login);
        admin_text(call, "display", person->display);
        admin_number(call, "devices", person->device_count);
        admin_number(call, "generation", generation);
    }
}

enum oim_status admin_user_reset(struct admin_call *call)
{
    struct account person = *call->target;
    struct log_body body;
    uint32_t generation = person.generation + 1;
    enum oim_status status = check_possible(call);
    if (status == OIM_OK && call->changes && call->op->generation != generation) {
        status =
            oim_fail(&call->core->error, OIM_ERR_CONFLICT, "it changed meanwhile; look again and repeat");
    }
    if (status == OIM_OK) {
        status = check_entry(call, generation, &body);
    }
    if (status != OIM_OK) {
        return status;
    }
    if (!call->changes) {
        dry_row(call, &person, generation);
        return OIM_OK;
    }
    audit_text_add(&call->before, "login=%s generation=%u devices=%u", person.login, person.generation,
                   person.device_count);
    admin_log_entry(call, &person);
    person.generation = generation;
    person.joined = false;
    person.invited_ms = call->core->wall_ms;
    struct invite invite = admin_new_invite(call, &person, &body.invite_pub);
    (void)admin_void_unused(call, &person);
    admin_put_person(call, &person);
    admin_put_invite(call, &invite);
    admin_drop_devices(call, call->target);
    admin_forget_invites(call, &person); /* in the room that is left */
    change_raise_policy_version(call->core);
    audit_text_add(&call->after, "login=%s generation=%u devices=0", person.login, generation);
    call->after_commit = on_reset;
    call->after_context[0] = call->session->conn;
    call->after_context[1] = (uint64_t)person.uid << 32 | call->frame->request;
    return OIM_OK;
}
