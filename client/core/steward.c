/*
 * steward.c - administrative requests on their way out: completed with what needs keys, signed, numbered.
 *
 * A face sends a packed AdminOp without secrets, log entries or signature. An invite gets its secret here
 * (the server never sees it, only its public key); entries of the organisation log are made and signed here.
 * A change is Admin{admin_no, body, sig}: admin_no is committed before it leaves. Reading carries neither
 * number nor signature.
 *
 * A change that was sent and not answered is not repeated: the administrator is told, and looks. One that the
 * server put off (its rate, a busy store) changed nothing and is repeated under a new number, for a few
 * seconds.
 *
 * Source: BLUEPRINT B10, C sequences; proto/orglog.h for who signs what.
 */
#include "client/core/engine_state.h"
#include "proto/admin.h"
#include "proto/orglog.h"

#define AGAIN_MS 200u
#define AGAIN_COUNT_MAX 25u

static bool op_changes(const struct admin_op *op)
{
    switch (op->kind) {
    case ADMIN_INVITE:
    case ADMIN_USER_SET:
    case ADMIN_USER_ENABLE:
    case ADMIN_INVITE_REVOKE:
    case ADMIN_DEVICE_REVOKE:
    case ADMIN_USER_RESET:
    case ADMIN_USER_ERASE:
    case ADMIN_POLICY_NEW:
    case ADMIN_POLICY_SET:
    case ADMIN_POLICY_REMOVE:
    case ADMIN_GRANT:
    case ADMIN_TRACE: /* a look that stays in the audit log */
        return true;
    case ADMIN_IM_CONFIG:
        return op->set;
    case ADMIN_OFFLINE:
        return op->on != TRI_UNSET;
    case ADMIN_QUEUE:
        return op->erase;
    case ADMIN_ADDRESS:
        return op->address_op == ADDRESS_OP_ADD || op->address_op == ADDRESS_OP_REMOVE;
    default:
        return false;
    }
}

void steward_request_admin(struct engine *engine, const struct engine_request *request)
{
    unsigned slot = 0;
    while (slot < ADMIN_SLOT_COUNT && engine->admin_slots[slot].used) {
        slot++;
    }
    if (!engine->account.joined) {
        engine_answer(engine, request->id, OIM_ERR_DENIED, "none");
        return;
    }
    struct pending *pending = NULL;
    if (slot == ADMIN_SLOT_COUNT || request->u.admin.body.size > ADMIN_BODY_SIZE_MAX ||
        (pending = pending_add(engine, request->id, REQUEST_ADMIN)) == NULL) {
        engine_answer(engine, request->id, OIM_ERR_LIMIT, "busy_agent");
        return;
    }
    pending->slot = slot;
    struct admin_slot *kept = &engine->admin_slots[slot];
    kept->used = true;
    kept->size = request->u.admin.body.size;
    memcpy(kept->body, request->u.admin.body.data, kept->size);
    oim_random_fill(&engine->config.random, pending->secret, sizeof(pending->secret));
    oim_random_fill(&engine->config.random, &pending->ids[1], sizeof(pending->ids[1]));
}

static bool entry_make(struct engine *engine, const struct log_body *body, struct log_entry *out)
{
    if (!identity_entry_begin(engine, body, out)) {
        return false;
    }
    identity_entry_sign(&engine->account.org_id, &engine->device_key, out);
    return true;
}

/* Of the secret that the request got when it began. */
static void make_line(struct engine *engine, struct pending *pending, const char *login,
                      struct sign_public *out_invite_pub)
{
    struct sign_secret key;
    invite_key(&engine->account.org_id, pending->secret, &key);
    *out_invite_pub = sign_public_of(&key);
    sign_secret_finish(&key);
    const struct account *account = &engine->account;
    const struct known_way *way = &account->ways[engine->way_index];
    struct invite_line line = {.kind = LINE_INVITE,
                               .mode = way->mode,
                               .org_id = account->org_id,
                               .server_key_id = server_key_id(&account->server_key),
                               .has_spki = way->has_spki};
    text_copy(line.host_port, sizeof(line.host_port), way->host_port);
    text_copy(line.login, sizeof(line.login), login);
    memcpy(line.secret, pending->secret, sizeof(line.secret));
    memcpy(line.spki, way->spki, sizeof(line.spki));
    invite_line_format(&line, pending->line);
    invite_line_finish(&line);
    pending->has_line = true;
}

/* What comes next in a person's own chain. */
static void continue_chain(struct log_body *body, const struct person_row *person)
{
    body->user_id = person->user_id;
    body->user_seq = person->user_seq + 1;
    body->user_prev = person->user_prev;
}

/* Fill op->entry where the kind has one. False: it cannot be made (nobody of that name is known). */
static bool complete(struct engine *engine, struct pending *pending, struct admin_op *op)
{
    struct log_body body = {
        .made_ms = engine->wall_ms, .signer_device = engine->account.device_id, .label = ""};
    if (op->kind == ADMIN_INVITE) {
        const struct person_row *invited = op->renew ? roster_find_login(engine, op->login) : NULL;
        if (op->renew && invited == NULL) {
            return false;
        }
        body.kind = LOG_BODY_USER_CREATE;
        body.user_id = pending->ids[1];
        body.user_seq = 1;
        if (invited != NULL) {
            continue_chain(&body, invited);
        }
        body.login = op->login;
        body.role = op->role == ROLE_NONE ? ROLE_USER : op->role;
        make_line(engine, pending, op->login, &body.invite_pub);
        return entry_make(engine, &body, &op->entry);
    }
    bool sets_role = op->kind == ADMIN_USER_SET && op->role != ROLE_NONE;
    bool resets = op->kind == ADMIN_USER_RESET && !op->dry_run;
    bool closes = op->kind == ADMIN_USER_ENABLE || op->kind == ADMIN_USER_ERASE;
    if (!sets_role && !resets && !closes && op->kind != ADMIN_DEVICE_REVOKE) {
        return true;
    }
    const struct person_row *person = roster_find_login(engine, op->who);
    if (person == NULL) {
        return false;
    }
    continue_chain(&body, person);
    if (resets) {
        body.kind = LOG_BODY_ACCOUNT_RESET;
        body.generation = op->generation;
        make_line(engine, pending, op->who, &body.invite_pub);
    } else if (op->kind == ADMIN_DEVICE_REVOKE) {
        body.kind = LOG_BODY_DEVICE_REVOKE;
        body.device_id = op->device_id;
    } else if (closes) {
        body.kind = LOG_BODY_USER_DISABLE;
        body.disabled = !op->enabled;
    } else {
        body.kind = LOG_BODY_ROLE_SET;
        body.role = op->role;
    }
    return entry_make(engine, &body, &op->entry);
}

void steward_send(struct engine *engine, struct pending *pending)
{
    const struct admin_slot *slot = &engine->admin_slots[pending->slot];
    struct oim_error err;
    struct admin_op op;
    if (admin_op_decode(oim_slice(slot->body, slot->size), &engine->step, &op, &err) != OIM_OK) {
        pending_end(engine, pending, OIM_ERR_USAGE, "usage");
        return;
    }
    if (!complete(engine, pending, &op)) {
        pending_end(engine, pending, OIM_ERR_NOT_FOUND, "no_such_person");
        return;
    }
    struct oim_buf packed = {0};
    packed.data = oim_arena_alloc(&engine->step, ADMIN_BODY_SIZE_MAX);
    packed.capacity = ADMIN_BODY_SIZE_MAX;
    packed.size_max = ADMIN_BODY_SIZE_MAX;
    if (packed.data == NULL || admin_op_encode(&op, &packed) != OIM_OK) {
        pending_end(engine, pending, OIM_ERR_LIMIT, "too_many");
        return;
    }
    struct frame frame = {.kind = FRAME_ADMIN, .request = pending->wire};
    frame.u.admin.body = oim_buf_slice(&packed);
    if (op_changes(&op)) {
        frame.u.admin.admin_no = ++engine->account.admin_no;
        engine_change_account(engine);
        admin_sign(&engine->account.org_id, frame.u.admin.admin_no, frame.u.admin.body, &engine->device_key,
                   &frame.u.admin.sig);
    }
    engine_write(engine, &frame);
}

void steward_on_result(struct engine *engine, uint32_t wire, const struct frame_admin_result *result)
{
    struct pending *pending = pending_by_wire(engine, wire);
    if (pending == NULL || pending->op != REQUEST_ADMIN) {
        return;
    }
    if (result->admin_no > engine->account.admin_no) {
        engine->account.admin_no = result->admin_no; /* counted on by what a restored profile forgot */
        engine_change_account(engine);
    }
    if (result->code == oim_status_wire_code(OIM_AGAIN) && pending->again_count < AGAIN_COUNT_MAX) {
        pending->again_count++;
        pending->sent = false;
        pending->due_ms = engine->now_ms + AGAIN_MS;
        return;
    }
    struct engine_answer *answer = engine_answer_begin(engine, pending->id);
    answer->status = result->code == 0 ? OIM_OK : oim_status_from_wire(result->code);
    answer->admin_code = result->code;
    answer->rows = result->rows;
    answer->more = result->more;
    char *text = oim_arena_strdup(&engine->step, oim_slice_text(result->text));
    answer->text = text == NULL ? "" : text;
    if (pending->has_line && result->code == 0) {
        char *line = oim_arena_strdup(&engine->step, oim_slice_text(pending->line));
        answer->line = line == NULL ? "" : line;
    }
    pending->internal = true; /* answered */
    pending_end(engine, pending, OIM_OK, "");
}
