#include "tests/support/administer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/orglog.h"
#include "server/core/core_internal.h"
#include "tests/support/check.h"

uint64_t administer_next_no(const struct peer *peer)
{
    return registry_device_by_id(&peer->world->core->registry, &peer->device_id)->admin_no + 1;
}

static bool reads(const struct admin_op *op)
{
    switch (op->kind) {
    case ADMIN_USER_LIST:
    case ADMIN_INVITE_LIST:
    case ADMIN_POLICY_GET:
    case ADMIN_EFFECTIVE:
    case ADMIN_AUDIT_READ:
    case ADMIN_STATUS:
        return true;
    case ADMIN_IM_CONFIG:
        return !op->set;
    case ADMIN_QUEUE:
        return !op->erase;
    case ADMIN_OFFLINE:
        return op->on == TRI_UNSET;
    case ADMIN_ADDRESS:
        return op->address_op == ADDRESS_OP_LIST;
    default:
        return false;
    }
}

void administer_entry(struct peer *peer, struct admin_op *io_op, uint8_t out_secret[INVITE_SECRET_SIZE])
{
    struct world *world = peer->world;
    struct log_body body = {.login = "", .label = "", .signer_device = peer->device_id};
    const struct account *about = NULL;
    if (io_op->kind == ADMIN_INVITE) {
        struct sign_secret key;
        oim_random_fill(&world->config.random, out_secret, INVITE_SECRET_SIZE);
        invite_key(&world->org_id, out_secret, &key);
        about = registry_person_by_login(&world->core->registry, io_op->login);
        body.kind = LOG_BODY_USER_CREATE;
        body.login = io_op->login;
        body.role = io_op->role == ROLE_NONE ? ROLE_USER : io_op->role;
        body.invite_pub = sign_public_of(&key);
        body.user_seq = 1;
        oim_random_fill(&world->config.random, body.user_id.bytes, OIM_ID_SIZE);
    } else {
        bool sets_role = io_op->kind == ADMIN_USER_SET && io_op->role != ROLE_NONE;
        bool resets = io_op->kind == ADMIN_USER_RESET;
        bool closes = io_op->kind == ADMIN_USER_ENABLE || io_op->kind == ADMIN_USER_ERASE;
        if (!sets_role && !resets && !closes && io_op->kind != ADMIN_DEVICE_REVOKE) {
            return;
        }
        about = registry_person_by_login(&world->core->registry, io_op->who);
        body.kind = resets      ? LOG_BODY_ACCOUNT_RESET
                    : sets_role ? LOG_BODY_ROLE_SET
                    : closes    ? LOG_BODY_USER_DISABLE
                                : LOG_BODY_DEVICE_REVOKE;
        body.role = io_op->role;
        body.disabled = !io_op->enabled;
        body.device_id = io_op->device_id;
        body.generation = io_op->generation;
        if (resets) {
            struct sign_secret key;
            oim_random_fill(&world->config.random, out_secret, INVITE_SECRET_SIZE);
            invite_key(&world->org_id, out_secret, &key);
            body.invite_pub = sign_public_of(&key);
        }
    }
    if (about != NULL) {
        body.user_id = about->user_id;
        body.user_seq = about->user_seq + 1;
        body.user_prev = about->user_prev;
    }
    struct oim_buf buf;
    oim_buf_init(&buf, LOG_BODY_SIZE_MAX);
    CHECK_OK(log_body_encode(&body, &buf));
    uint8_t *copy = oim_arena_alloc(&peer->arena, buf.size);
    CHECK(copy != NULL);
    memcpy(copy, buf.data, buf.size);
    io_op->entry = (struct log_entry){.body = oim_slice(copy, buf.size), .sig_count = 1};
    log_body_sign(&world->org_id, io_op->entry.body, &peer->key, &io_op->entry.sigs[0]);
    oim_buf_finish(&buf);
}

void administer_say(struct peer *peer, const struct admin_op *op, uint64_t admin_no,
                    const struct sign_secret *key)
{
    struct oim_buf buf;
    oim_buf_init(&buf, ADMIN_BODY_SIZE_MAX);
    CHECK_OK(admin_op_encode(op, &buf));
    struct frame frame = {.kind = FRAME_ADMIN};
    frame.u.admin.admin_no = admin_no;
    frame.u.admin.body = oim_buf_slice(&buf);
    if (key != NULL) {
        admin_sign(&peer->world->org_id, admin_no, frame.u.admin.body, key, &frame.u.admin.sig);
    }
    peer_say(peer, &frame);
    oim_buf_finish(&buf);
}

struct answer administer_raw(struct peer *peer, const struct admin_op *op, uint64_t admin_no,
                             const struct sign_secret *key)
{
    size_t before = peer_count(peer, FRAME_ADMIN_RESULT);
    administer_say(peer, op, admin_no, key);
    CHECK_EQ(peer_count(peer, FRAME_ADMIN_RESULT), before + 1);
    const struct frame_admin_result *result = &peer_last(peer, FRAME_ADMIN_RESULT)->u.admin_result;
    struct answer answer = {
        .status = result->code == 0 ? OIM_OK : oim_status_from_wire(result->code),
        .text = result->text,
        .admin_no = result->admin_no,
        .more = result->more,
    };
    struct oim_error err;
    CHECK_OK_ERR(admin_rows_decode(result->rows, &peer->arena, &answer.rows, &err), &err);
    return answer;
}

struct answer administer(struct peer *peer, const struct admin_op *op)
{
    struct admin_op complete = *op;
    uint8_t secret[INVITE_SECRET_SIZE];
    if (reads(op)) {
        return administer_raw(peer, op, 0, NULL);
    }
    if (complete.entry.body.size == 0) {
        administer_entry(peer, &complete, secret);
    }
    world_run_ms(peer->world, 1000); /* no test is about the rate unless it says so */
    return administer_raw(peer, &complete, administer_next_no(peer), &peer->key);
}

struct peer *administer_join(struct world *world, const char *login, enum role role)
{
    struct admin_op op = admin_op_of(ADMIN_INVITE);
    uint8_t secret[INVITE_SECRET_SIZE];
    op.login = login;
    op.display = login;
    op.role = role;
    administer_entry(world->owner, &op, secret);
    struct answer answer = administer(world->owner, &op);
    CHECK_EQ(answer.status, OIM_OK);
    return world_join_invited(world, login, secret);
}

static const char *field_of(const struct admin_row *row, const char *name)
{
    for (size_t i = 0; i < row->field_count; i++) {
        if (strcmp(row->fields[i].name, name) == 0) {
            return row->fields[i].value;
        }
    }
    return NULL;
}

const char *answer_field(const struct answer *answer, size_t row, const char *name)
{
    return row < answer->rows.row_count ? field_of(&answer->rows.rows[row], name) : NULL;
}

uint64_t answer_number(const struct answer *answer, const char *name)
{
    const char *value = answer_field(answer, 0, name);
    if (value == NULL) {
        fail_msg("the first row has no %s", name);
    }
    return strtoull(value, NULL, 10);
}

size_t answer_row(const struct answer *answer, const char *name, const char *value)
{
    for (size_t i = 0; i < answer->rows.row_count; i++) {
        const char *found = field_of(&answer->rows.rows[i], name);
        if (found != NULL && strcmp(found, value) == 0) {
            return i;
        }
    }
    fail_msg("no row with %s = %s", name, value);
    return 0;
}

const char *answer_note(const struct answer *answer, const char *code)
{
    for (size_t i = 0; i < answer->rows.note_count; i++) {
        if (strcmp(answer->rows.notes[i].name, code) == 0) {
            return answer->rows.notes[i].value;
        }
    }
    return NULL;
}

struct wire_setting setting_tri(const char *name, bool value)
{
    return (struct wire_setting){.name = name,
                                 .value = SETTING_VALUE_TRI,
                                 .tri = value ? TRI_TRUE : TRI_FALSE,
                                 .text = "",
                                 .origin = ""};
}

struct wire_setting setting_text(const char *name, const char *value)
{
    return (struct wire_setting){.name = name, .value = SETTING_VALUE_TEXT, .text = value, .origin = ""};
}
