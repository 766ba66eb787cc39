/*
 * handle_local.c - the unix socket on the server itself: root or the service's user (BLUEPRINT F5). It looks,
 * and it bootstraps; it never sees policy.
 *
 *   OWNER_LINE       the line of a server that nobody owns
 *   OWNER_RECOVERED  arg: the login of an owner whose devices are lost: a new line, in everybody's log
 *   STATUS           figures
 */
#include <stdio.h>
#include <string.h>

#include "proto/admin.h"
#include "server/core/handle.h"

#define FIELD_COUNT 9u
#define VALUE_SIZE 32u

static void answer(struct core *core, struct session *session, const struct frame *frame, const char *text,
                   struct oim_slice rows)
{
    struct frame result = {.kind = FRAME_LOCAL_RESULT, .request = frame->request};
    result.u.local_result = (struct frame_local_result){.text = text, .rows = rows};
    (void)outbox_push(core, session, &result);
}

static enum oim_status owner_line(struct core *core, struct session *session, const struct frame *frame)
{
    OIM_CLEANUP(invite_line_finish) struct invite_line line;
    char text[INVITE_LINE_SIZE_MAX];
    if (!load_owner_invite(core, &line)) {
        return oim_fail(&core->error, OIM_ERR_NOT_FOUND, "this server has an owner");
    }
    invite_line_format(&line, text);
    answer(core, session, frame, text, (struct oim_slice){NULL, 0});
    crypto_wipe(text, sizeof(text));
    return OIM_OK;
}

static enum oim_status status(struct core *core, struct session *session, const struct frame *frame)
{
    struct core_figures figures;
    core_read_figures(core, &figures);
    const struct {
        const char *name;
        uint64_t value;
    } numbers[FIELD_COUNT] = {
        {"people", figures.person_count},
        {"joined", figures.joined_count},
        {"signed_in", figures.signed_in_count},
        {"sessions", figures.session_count},
        {"submitted", figures.submit_count},
        {"delivered", figures.delivered_count},
        {"refused", figures.refused_count},
        {"held", figures.held_count},
        {"owned", figures.owned},
    };
    struct admin_field fields[FIELD_COUNT];
    char *values = oim_arena_zalloc(&core->frame_arena, FIELD_COUNT, VALUE_SIZE);
    if (values == NULL) {
        return OIM_ERR_LIMIT;
    }
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        char *value = values + i * VALUE_SIZE;
        (void)snprintf(value, VALUE_SIZE, "%llu", (unsigned long long)numbers[i].value);
        fields[i] = (struct admin_field){.name = numbers[i].name, .value = value};
    }
    const struct admin_row row = {.fields = fields, .field_count = FIELD_COUNT};
    const struct admin_rows rows = {.rows = &row, .row_count = 1, .next = ""};
    oim_buf_clear(&core->encode);
    if (admin_rows_encode(&rows, &core->encode) != OIM_OK) {
        return OIM_ERR_LIMIT;
    }
    void *copy = oim_arena_alloc(&core->frame_arena, core->encode.size);
    if (copy == NULL) {
        return OIM_ERR_LIMIT;
    }
    memcpy(copy, core->encode.data, core->encode.size);
    answer(core, session, frame, "", oim_slice(copy, core->encode.size));
    return OIM_OK;
}

static void on_recovered(struct core *core, const uint64_t context[2])
{
    struct session *session = session_find(core, context[0]);
    const struct frame frame = {.kind = FRAME_LOCAL, .request = (uint32_t)context[1]};
    reset_begin_anew(core, (uint32_t)(context[1] >> 32));
    if (session != NULL && session->state == SESSION_LOCAL) {
        (void)owner_line(core, session, &frame);
    }
}

/* The line that will be valid once line_no is committed. */
static struct invite next_owner_invite(struct core *core, const struct account *person, uint32_t line_no)
{
    OIM_CLEANUP(sign_secret_finish) struct sign_secret key;
    uint8_t secret[INVITE_SECRET_SIZE];
    load_owner_secret(core, line_no, secret);
    invite_key(&core->orglog.org_id, secret, &key);
    crypto_wipe(secret, sizeof(secret));
    struct invite invite = {
        .uid = person->uid,
        .kind = INVITE_OWNER,
        .generation = person->generation + 1,
        .made_ms = core->wall_ms,
    };
    invite.invite_pub = sign_public_of(&key);
    invite.invite_id = invite_id(&invite.invite_pub);
    return invite;
}

/* Every device goes with the old generation: whoever holds one has lost the account. */
static void drop_devices(struct core *core, const struct account *person)
{
    for (struct device *device = registry_first_device(&core->registry, person); device != NULL;
         device = registry_next_device(&core->registry, device)) {
        change_device_drop(core, device->dev);
        if (device->session != NULL) {
            session_close(core, device->session, OIM_ERR_DENIED, "the account is being recovered", 0);
        }
    }
}

static enum oim_status owner_recovered(struct core *core, struct session *session, const struct frame *frame)
{
    OIM_CLEANUP(invite_line_finish) struct invite_line open_line;
    const char *login = frame->u.local.arg;
    const struct account *found = registry_person_by_login(&core->registry, login);
    if (!core->orglog.exists || load_owner_invite(core, &open_line)) {
        return owner_line(core, session, frame);
    }
    if (found == NULL || found->role != ROLE_OWNER) {
        return oim_fail(&core->error, OIM_ERR_NOT_FOUND, "name the login of an owner");
    }
    struct account person = *found;
    struct server_meta meta = core->registry.meta;
    meta.owner_line_no++;
    struct invite invite = next_owner_invite(core, &person, meta.owner_line_no);
    struct log_body body = {
        .kind = LOG_BODY_OWNER_RECOVERED,
        .user_id = person.user_id,
        .user_seq = person.user_seq + 1,
        .user_prev = person.user_prev,
        .made_ms = core->wall_ms,
        .login = person.login,
        .invite_pub = invite.invite_pub,
    };
    oim_buf_clear(&core->encode);
    uint8_t bytes[LOG_BODY_SIZE_MAX];
    if (log_body_encode(&body, &core->encode) != OIM_OK || core->encode.size > sizeof(bytes)) {
        return OIM_ERR_LIMIT;
    }
    memcpy(bytes, core->encode.data, core->encode.size);
    struct log_entry entry = {.body = oim_slice(bytes, core->encode.size), .sig_count = 1};
    log_body_sign(&core->orglog.org_id, entry.body, &core->config.server_key, &entry.sigs[0]);
    enum oim_status result = change_open(core, session, frame);
    if (result != OIM_OK) {
        return result;
    }
    change_log(core, &entry, &person);
    person.generation = invite.generation;
    person.invited_ms = core->wall_ms;
    change_put_person(core, &person);
    change_put_invite(core, &invite);
    change_put_meta(core, &meta);
    drop_devices(core, found);
    change_after(core, on_recovered, session->conn, (uint64_t)person.uid << 32 | frame->request);
    change_commit(core);
    return OIM_OK;
}

enum oim_status handle_local(struct core *core, struct session *session, const struct frame *frame)
{
    switch (frame->u.local.op) {
    case LOCAL_OP_OWNER_LINE:
        return owner_line(core, session, frame);
    case LOCAL_OP_STATUS:
        return status(core, session, frame);
    case LOCAL_OP_OWNER_RECOVERED:
        return owner_recovered(core, session, frame);
    default:
        return oim_fail(&core->error, OIM_ERR_NOT_FOUND, "the server does not do this over its socket");
    }
}
