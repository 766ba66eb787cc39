/*
 * handle_admin.c - Admin: who may ask what, what must be signed, and how a change is committed together with
 * its entry in the audit chain (BLUEPRINT B5, B10).
 *
 * admin_no counts per device and is kept in the device's record, in the transaction of the change: a number
 * that was used is refused, whatever came of its answer, so a repeat never does a thing twice. Reading and
 * dry runs need neither number nor signature. A device makes at most ten changes a second (B50: the chains
 * only grow).
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "policy/role.h"
#include "server/core/admin.h"

#define RESERVED_CHANGES 2u /* the device's admin_no and the audit entry */

static const struct rate_limit change_rate = {.burst = 10, .count = 10, .period_ms = 1000};

static admin_fn *const handlers[ADMIN_OP_KIND_LIMIT] = {
    [ADMIN_INVITE] = admin_invite,
    [ADMIN_USER_LIST] = admin_user_list,
    [ADMIN_USER_SET] = admin_user_set,
    [ADMIN_USER_ENABLE] = admin_user_enable,
    [ADMIN_INVITE_LIST] = admin_invite_list,
    [ADMIN_INVITE_REVOKE] = admin_invite_revoke,
    [ADMIN_DEVICE_REVOKE] = admin_device_revoke,
    [ADMIN_USER_RESET] = admin_user_reset,
    [ADMIN_USER_ERASE] = admin_user_erase,
    [ADMIN_POLICY_GET] = admin_policy_get,
    [ADMIN_POLICY_NEW] = admin_policy_new,
    [ADMIN_POLICY_SET] = admin_policy_set,
    [ADMIN_POLICY_REMOVE] = admin_policy_remove,
    [ADMIN_GRANT] = admin_grant,
    [ADMIN_IM_CONFIG] = admin_im_config,
    [ADMIN_EFFECTIVE] = admin_effective,
    [ADMIN_OFFLINE] = admin_offline,
    [ADMIN_QUEUE] = admin_queue,
    [ADMIN_TRACE] = admin_trace,
    [ADMIN_AUDIT_READ] = admin_audit_read,
    [ADMIN_STATUS] = admin_status,
    [ADMIN_ADDRESS] = admin_address,
};

/* ---- the change ---------------------------------------------------------------------------------------- */

bool admin_has_room(const struct admin_call *call)
{
    return call->core->change.count + RESERVED_CHANGES < STORE_CHANGE_COUNT_MAX;
}

static bool has_room(struct admin_call *call)
{
    if (call->changes && !admin_has_room(call)) {
        call->overflow = true;
    }
    return call->changes && !call->overflow;
}

void admin_put_person(struct admin_call *call, const struct account *updated)
{
    suppose_person(call, updated);
    if (has_room(call)) {
        change_put_person(call->core, updated);
    }
}

void admin_put_invite(struct admin_call *call, const struct invite *updated)
{
    if (has_room(call)) {
        change_put_invite(call->core, updated);
    }
}

void admin_put_device_gone(struct admin_call *call, const struct device *updated)
{
    if (has_room(call)) {
        change_put_device(call->core, updated);
    }
    if (has_room(call)) {
        change_device_drop(call->core, updated->dev);
    }
}

void admin_drop_devices(struct admin_call *call, const struct account *person)
{
    for (const struct device *device = registry_first_device(&call->core->registry, person);
         device != NULL && has_room(call); device = registry_next_device(&call->core->registry, device)) {
        change_device_drop(call->core, device->dev);
    }
}

void admin_put(struct admin_call *call, enum records_ns ns, struct oim_slice key, struct oim_slice value,
               uint64_t expected)
{
    if (has_room(call)) {
        change_put(call->core, ns, key, value, expected);
    }
}

void admin_delete(struct admin_call *call, enum records_ns ns, struct oim_slice key, uint64_t expected)
{
    if (has_room(call)) {
        change_delete(call->core, ns, key, expected);
    }
}

void admin_log_entry(struct admin_call *call, struct account *io_person)
{
    if (has_room(call)) {
        change_log(call->core, &call->op->entry, io_person);
    }
}

/* ---- who is told --------------------------------------------------------------------------------------- */

void admin_concerns_everybody(struct admin_call *call)
{
    call->core->admin_concern.everybody = true;
}

void admin_concerns_person(struct admin_call *call, const struct account *person)
{
    struct admin_concern *concern = &call->core->admin_concern;
    if (concern->uid_count < OIM_COUNT(concern->uids)) {
        concern->uids[concern->uid_count++] = person->uid;
    } else {
        concern->everybody = true;
    }
}

void admin_concerns_team(struct admin_call *call, const char *team)
{
    struct admin_concern *concern = &call->core->admin_concern;
    if (concern->team[0] != '\0' && !admin_same_team(concern->team, team)) {
        concern->everybody = true;
        return;
    }
    memcpy(concern->team, team, strlen(team) + 1);
}

void admin_concerns_policy(struct admin_call *call, const struct policy_identity *identity)
{
    call->core->admin_concern.by_policy = true;
    call->core->admin_concern.policy = *identity;
}

static bool is_concerned(struct core *core, struct account *person)
{
    const struct admin_concern *concern = &core->admin_concern;
    for (size_t i = 0; i < concern->uid_count; i++) {
        if (concern->uids[i] == person->uid) {
            return true;
        }
    }
    if (concern->everybody || (concern->team[0] != '\0' && admin_same_team(concern->team, person->team))) {
        return true;
    }
    const struct effective *effective = policies_effective(&core->policies, person);
    return concern->by_policy && policy_identity_equal(&effective->policy->identity, &concern->policy);
}

/* Sessions leave the person's list while they are closed. */
static void close_sessions(struct core *core, const struct account *person)
{
    const char *text = person->say[0] != '\0' ? person->say : "this account was closed";
    while (person->session_first != NULL) {
        session_close(core, person->session_first, OIM_ERR_DENIED, text, 0);
    }
}

/* Devices that were revoked: one, or all with the account's generation. */
static void close_revoked(struct core *core, const struct account *person)
{
    struct session *next = NULL;
    for (struct session *session = person->session_first; session != NULL; session = next) {
        const struct device *device = session_device(core, session);
        next = session->person_next;
        if (device->revoked_ms != 0) {
            session_close(core, session, OIM_ERR_DENIED, registry_revoked_text(person, device), 0);
        }
    }
}

void admin_on_committed(struct core *core)
{
    const struct admin_concern *concern = &core->admin_concern;
    for (uint32_t uid = 1; uid <= core->registry.uid_last; uid++) {
        struct account *person = registry_person(&core->registry, uid);
        if (person == NULL || person->session_first == NULL) {
            continue;
        }
        if (person->closed) {
            close_sessions(core, person);
            continue;
        }
        close_revoked(core, person);
        bool is_concerned_here = is_concerned(core, person);
        if (is_concerned_here) {
            watch_on_policy(core, person);
        }
        struct session *next = NULL;
        for (struct session *session = person->session_first; session != NULL; session = next) {
            next = session->person_next; /* a slow reader may be closed by what is pushed */
            if (concern->addresses) {
                session_send_addresses(core, session);
            }
            if (is_concerned_here) {
                session_send_policy(core, session);
            }
        }
    }
}

static void on_committed(struct core *core, const uint64_t context[2])
{
    (void)context;
    admin_on_committed(core);
}

/* ---- answers ------------------------------------------------------------------------------------------- */

static void make_answer(struct admin_call *call, enum oim_status status, uint64_t admin_no, struct frame *out)
{
    *out = (struct frame){.kind = FRAME_ADMIN_RESULT, .request = call->frame->request};
    out->u.admin_result = (struct frame_admin_result){
        .code = oim_status_wire_code(status),
        .text = status == OIM_OK ? "" : call->core->error.text,
        .rows = admin_out_pack(call),
        .more = call->out.next != NULL && call->out.next[0] != '\0',
        .admin_no = admin_no,
    };
}

void admin_answer(struct admin_call *call, enum oim_status status)
{
    struct frame answer;
    if (status != OIM_OK && call->core->error.text[0] == '\0') {
        (void)oim_fail(&call->core->error, status, "%s",
                       status == OIM_AGAIN ? "the server is busy; repeat" : "this is not possible");
    }
    make_answer(call, status, call->device->admin_no, &answer);
    (void)outbox_push(call->core, call->session, &answer);
}

/* ---- what must hold before anything is done ------------------------------------------------------------ */

static bool is_about_person(const struct admin_op *op)
{
    switch (op->kind) {
    case ADMIN_USER_SET:
    case ADMIN_USER_ENABLE:
    case ADMIN_DEVICE_REVOKE:
    case ADMIN_USER_RESET:
    case ADMIN_USER_ERASE:
    case ADMIN_EFFECTIVE:
        return true;
    case ADMIN_QUEUE:
        return op->who[0] != '\0' && (op->who[0] != '@' || op->erase);
    default:
        return false;
    }
}

static enum oim_status deny(struct admin_call *call)
{
    enum role needed = role_needed(call->op, call->target == NULL ? ROLE_NONE : call->target->role);
    if (needed == ROLE_NONE) {
        return oim_fail(&call->core->error, OIM_ERR_NOT_FOUND, "this server does not know this request");
    }
    admin_note(call, "role", "%s", role_name(call->actor->role)); /* the client may know an older one */
    return oim_fail(&call->core->error, OIM_ERR_DENIED, "this needs the role %s", role_name(needed));
}

/* Everybody may ask what is in force for oneself. */
static bool asks_about_self(const struct admin_call *call)
{
    return call->op->kind == ADMIN_EFFECTIVE &&
           (call->op->who[0] == '\0' || strcmp(call->op->who, call->actor->login) == 0);
}

static enum oim_status authorise(struct admin_call *call)
{
    const struct admin_op *op = call->op;
    struct registry *registry = &call->core->registry;
    if (asks_about_self(call)) {
        call->target = call->actor;
        return OIM_OK;
    }
    if (!role_may(call->actor->role, op, ROLE_NONE)) {
        return deny(call); /* before anybody is looked up */
    }
    if (op->kind == ADMIN_INVITE || op->kind == ADMIN_INVITE_REVOKE) {
        call->target = registry_person_by_login(registry, op->login);
    } else if (is_about_person(op)) {
        enum oim_status status = admin_find(call, op->who, &call->target);
        if (status != OIM_OK) {
            return status;
        }
    }
    enum role target = call->target == NULL ? ROLE_NONE : call->target->role;
    return role_may(call->actor->role, op, target) ? OIM_OK : deny(call);
}

static enum oim_status check_signed(struct admin_call *call)
{
    const struct frame_admin *admin = &call->frame->u.admin;
    struct core *core = call->core;
    if (!admin_verify(&core->orglog.org_id, admin->admin_no, admin->body, &call->device->ik, &admin->sig)) {
        return oim_fail(&core->error, OIM_ERR_AUTH, "a change must be signed by the device that asks for it");
    }
    if (admin->admin_no <= call->device->admin_no) {
        return oim_fail(&core->error, OIM_ERR_CONFLICT,
                        "number %llu was used by this device already; the last one is %llu",
                        (unsigned long long)admin->admin_no, (unsigned long long)call->device->admin_no);
    }
    uint64_t wait_ms = 0;
    if (!rate_bucket_take(&call->device->admin_rate, &change_rate, 1, core->now_ms, &wait_ms)) {
        return oim_fail(&core->error, OIM_AGAIN, "at most %u changes a second from one device; repeat",
                        change_rate.count);
    }
    return OIM_OK;
}

/* ---- the way of a change ------------------------------------------------------------------------------- */

static enum oim_status append_audit(struct admin_call *call)
{
    struct core *core = call->core;
    const struct frame_admin *admin = &call->frame->u.admin;
    const struct audit_entry entry = {
        .at_ms = core->wall_ms,
        .user_id = call->actor->user_id,
        .device_id = call->device->device_id,
        .admin_no = admin->admin_no,
        .sig = admin->sig,
        .login = oim_slice_text(call->actor->login),
        .op = oim_slice_text(admin_op_name(call->op)),
        .before = oim_slice(call->before.text, call->before.size),
        .after = oim_slice(call->after.text, call->after.size),
        .body = admin->body,
    };
    uint8_t *bytes = oim_arena_alloc(&core->frame_arena, AUDIT_ENTRY_SIZE_MAX);
    if (bytes == NULL) {
        return OIM_ERR_LIMIT;
    }
    struct oim_slice packed = oim_slice(bytes, audit_encode(&entry, bytes));
    struct oim_hash hash;
    audit_hash(core->change.audit_n + 1, &core->change.audit_head, packed, &hash);
    change_audit(core, packed, &hash);
    return OIM_OK;
}

static void commit(struct admin_call *call)
{
    struct core *core = call->core;
    struct device device = *call->device;
    struct frame answer;
    device.admin_no = call->frame->u.admin.admin_no;
    change_put_device(core, &device);
    if (call->after_commit != NULL) {
        change_after(core, call->after_commit, call->after_context[0], call->after_context[1]);
    } else {
        make_answer(call, OIM_OK, device.admin_no, &answer);
        change_answer(core, &answer);
        change_after(core, on_committed, 0, 0);
    }
    core_log(core, EFFECT_LOG_INFO, "admin", "op=%s uid=%u dev=%u no=%llu", admin_op_name(call->op),
             call->actor->uid, device.dev, (unsigned long long)device.admin_no);
    change_commit(core);
}

/* `offline` has its own sentences, for each person. */
static bool tells_whom_it_changes(enum admin_op_kind kind)
{
    return kind == ADMIN_POLICY_NEW || kind == ADMIN_POLICY_SET || kind == ADMIN_POLICY_REMOVE ||
           kind == ADMIN_GRANT || kind == ADMIN_IM_CONFIG;
}

static enum oim_status run_change(struct admin_call *call, admin_fn *handler)
{
    struct core *core = call->core;
    enum oim_status status = check_signed(call);
    if (status == OIM_OK) {
        status = change_open(core, call->session, call->frame);
    }
    if (status != OIM_OK) {
        return status;
    }
    call->changes = true;
    bool counts = tells_whom_it_changes(call->op->kind);
    if (counts && !suppose_begin(call)) {
        change_abandon(core);
        return OIM_ERR_LIMIT;
    }
    status = handler(call);
    if (status == OIM_OK && counts && !call->overflow) {
        suppose_notes(call);
    }
    if (status == OIM_OK && call->overflow) {
        status =
            oim_fail(&core->error, OIM_ERR_LIMIT,
                     "too much for one step: at most a dozen people at once; use a team, or do it in parts");
    }
    if (status == OIM_OK) {
        status = append_audit(call);
    }
    if (status != OIM_OK) {
        change_abandon(core);
        return status;
    }
    commit(call);
    return OIM_OK;
}

static enum oim_status consider(struct admin_call *call, admin_fn *handler)
{
    if (!suppose_begin(call)) {
        return OIM_ERR_LIMIT;
    }
    enum oim_status status = handler(call);
    if (status == OIM_OK && call->overflow) {
        status = oim_fail(&call->core->error, OIM_ERR_LIMIT, "too much to consider in one step");
    }
    if (status == OIM_OK) {
        suppose_rows(call);
    }
    return status;
}

static enum oim_status run(struct admin_call *call)
{
    const struct admin_op *op = call->op;
    admin_fn *handler = (unsigned)op->kind < ADMIN_OP_KIND_LIMIT ? handlers[op->kind] : NULL;
    enum oim_status status = authorise(call);
    if (status != OIM_OK) {
        return status;
    }
    if (handler == NULL) {
        return oim_fail(&call->core->error, OIM_ERR_NOT_FOUND, "this server does not do this: %s",
                        admin_op_name(op));
    }
    if (role_op_reads(op)) {
        return handler(call);
    }
    if (op->what_if) {
        return consider(call, handler);
    }
    if (op->dry_run) {
        return handler(call);
    }
    status = run_change(call, handler);
    call->later = status == OIM_OK; /* it answers when it is committed */
    return status;
}

enum oim_status handle_admin(struct core *core, struct session *session, const struct frame *frame)
{
    struct admin_op op;
    enum oim_status status = admin_op_decode(frame->u.admin.body, &core->frame_arena, &op, &core->error);
    if (status != OIM_OK) {
        return status;
    }
    struct admin_call *call = oim_arena_zalloc(&core->frame_arena, 1, sizeof(*call));
    if (call == NULL) {
        return OIM_ERR_LIMIT;
    }
    call->core = core;
    call->session = session;
    call->frame = frame;
    call->op = &op;
    call->actor = session_person(core, session);
    call->device = session_device(core, session);
    if (!admin_out_init(call)) {
        return OIM_ERR_LIMIT;
    }
    memset(&core->admin_concern, 0, sizeof(core->admin_concern));
    core->error.text[0] = '\0';
    status = run(call);
    if (status != OIM_OK || !call->later) {
        admin_answer(call, status);
    }
    return OIM_OK;
}
