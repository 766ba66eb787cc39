#include "tests/bench/joining.h"

#include <stdlib.h>
#include <string.h>

#include "proto/admin.h"
#include "proto/orglog.h"
#include "tests/bench/machine.h"

#define OWNER_LOGIN "owner"
#define INVITERS_PREFIX "s"
#define INVITER_COUNT 16u
#define AGAIN_NS 50000000
#define DEADLINE_NS INT64_C(180000000000)

/* Somebody who invites, and the device that joins by each invite. */
struct lane {
    struct actor inviter;
    struct actor joiner;
    struct person_account *person; /* whose turn it is; NULL: idle */
    enum role role;
    uint8_t secret[INVITE_SECRET_SIZE];
    int64_t again_at_ns; /* 0: not to be asked again */
};

struct joining {
    struct lane *lanes;
    size_t lane_count;
    struct person_account **todo;
    size_t todo_count, todo_next;
    enum role role;
    size_t done_count;
    uint64_t admin_no;
};

/* ---- entries of the organisation's log
 * ----------------------------------------------------------------------- */

static struct log_entry make_entry(struct oim_buf *bytes, const struct log_body *body,
                                   const struct oim_id *org_id, const struct sign_secret *first,
                                   const struct sign_secret *second)
{
    oim_buf_init(bytes, LOG_BODY_SIZE_MAX);
    if (log_body_encode(body, bytes) != OIM_OK) {
        stage_fail("an entry of the organisation's log cannot be packed");
    }
    struct log_entry entry = {.body = oim_buf_slice(bytes), .sig_count = second == NULL ? 1 : 2};
    log_body_sign(org_id, entry.body, first, &entry.sigs[0]);
    if (second != NULL) {
        log_body_sign(org_id, entry.body, second, &entry.sigs[1]);
    }
    return entry;
}

static struct log_body user_create(const struct stage *stage, const char *login, enum role role,
                                   const struct sign_public *invite_pub)
{
    struct log_body body = {.kind = LOG_BODY_USER_CREATE,
                            .user_seq = 1,
                            .made_ms = machine_wall_ms(),
                            .login = login,
                            .label = "",
                            .role = role,
                            .invite_pub = *invite_pub};
    oim_random_fill(&stage->random, body.user_id.bytes, sizeof(body.user_id.bytes));
    return body;
}

static struct log_body device_add(const struct person_account *person, const struct oim_id *user_id,
                                  uint32_t generation, uint64_t user_seq, const struct oim_hash *user_prev)
{
    return (struct log_body){.kind = LOG_BODY_DEVICE_ADD,
                             .user_id = *user_id,
                             .user_seq = user_seq,
                             .user_prev = *user_prev,
                             .made_ms = machine_wall_ms(),
                             .ik = sign_public_of(&person->key),
                             .generation = generation,
                             .device_kind = LOG_DEVICE_NORMAL,
                             .login = "",
                             .label = "bench"};
}

/* ---- the owner
 * ----------------------------------------------------------------------------------------------- */

static void owner_on_greeted(struct stage *stage, struct actor *actor)
{
    static const struct oim_id nobody;
    const struct invite_line *line = stage->context;
    struct person_account *owner = actor->person;
    struct sign_secret invite;
    struct oim_buf bytes[3];
    struct frame frame = {.kind = FRAME_JOIN, .request = 3};
    struct frame_join *join = &frame.u.join;
    invite_key(&line->org_id, line->secret, &invite);
    const struct sign_public invite_pub = sign_public_of(&invite);

    struct log_body genesis = {.kind = LOG_BODY_GENESIS,
                               .made_ms = machine_wall_ms(),
                               .server_pub = actor->server_pub,
                               .ik = sign_public_of(&owner->key),
                               .login = "",
                               .label = ""};
    oim_random_fill(&stage->random, genesis.nonce.bytes, sizeof(genesis.nonce.bytes));
    join->log_entries[0] = make_entry(&bytes[0], &genesis, &nobody, &owner->key, NULL);
    stage->people->org_id = log_org_id(join->log_entries[0].body);
    struct log_body create = user_create(stage, OWNER_LOGIN, ROLE_OWNER, &invite_pub);
    join->log_entries[1] = make_entry(&bytes[1], &create, &stage->people->org_id, &owner->key, NULL);
    struct oim_hash prev;
    log_entry_hash(1, &create.user_prev, &join->log_entries[1], &prev);
    struct log_body add = device_add(owner, &create.user_id, 1, 2, &prev);
    join->log_entries[2] = make_entry(&bytes[2], &add, &stage->people->org_id, &invite, &owner->key);
    join->log_entry_count = 3;
    join->invite_id = invite_id(&invite_pub);
    join->login = OWNER_LOGIN;
    join->display = "Olga Owner";
    actor_say(stage, actor, &frame);
    for (size_t i = 0; i < OIM_COUNT(bytes); i++) {
        oim_buf_finish(&bytes[i]);
    }
    sign_secret_finish(&invite);
}

static void fail_if_refused(const struct actor *actor, const struct frame *frame)
{
    if (frame->kind == FRAME_ERROR) {
        stage_fail("%s cannot join: %s", actor->person->login, frame->u.error.text);
    }
    if (frame->kind == FRAME_BYE) {
        stage_fail("%s cannot join: %s", actor->person->login, frame->u.bye.text);
    }
}

static void owner_on_frame(struct stage *stage, struct actor *actor, const struct frame *frame)
{
    (void)stage;
    fail_if_refused(actor, frame);
    if (frame->kind == FRAME_JOIN_OK) {
        actor->person->user_id = frame->u.join_ok.user_id;
        actor->wants_to_end = true;
    }
}

void joining_owner(struct stage *stage, const char *text)
{
    static const struct stage_ops ops = {.on_greeted = owner_on_greeted, .on_frame = owner_on_frame};
    OIM_CLEANUP(invite_line_finish) struct invite_line line;
    struct oim_error err;
    struct actor *actor = calloc(1, sizeof(*actor));
    if (actor == NULL || invite_line_parse(text, &line, &err) != OIM_OK) {
        stage_fail("the owner's line: %s", actor == NULL ? "no memory" : err.text);
    }
    stage->ops = &ops;
    stage->context = &line;
    int64_t until_ns = machine_now_ns() + DEADLINE_NS;
    actor_open(stage, actor, people_get(stage->people, OWNER_LOGIN), CLASS_NONE, 0, true);
    while (actor->state != ACTOR_OFF) {
        stage_turn(stage, AGAIN_NS);
        if (machine_now_ns() > until_ns) {
            stage_fail("the owner's join was not answered");
        }
    }
    free(actor);
}

/* ---- everybody else
 * ------------------------------------------------------------------------------------------ */

static void say_invite(struct stage *stage, struct joining *joining, struct lane *lane)
{
    const struct oim_id *org_id = &stage->people->org_id;
    const struct sign_secret *key = &lane->inviter.person->key;
    struct sign_secret invite;
    struct oim_buf entry_bytes;
    struct oim_buf op_bytes;
    struct frame frame = {.kind = FRAME_ADMIN, .request = 4};
    oim_random_fill(&stage->random, lane->secret, sizeof(lane->secret));
    invite_key(org_id, lane->secret, &invite);
    const struct sign_public invite_pub = sign_public_of(&invite);
    sign_secret_finish(&invite);

    const struct log_body body = user_create(stage, lane->person->login, joining->role, &invite_pub);
    const struct admin_op op = {
        .kind = ADMIN_INVITE,
        .login = lane->person->login,
        .display = lane->person->login,
        .role = joining->role,
        .entry = make_entry(&entry_bytes, &body, org_id, key, NULL),
    };
    oim_buf_init(&op_bytes, ADMIN_BODY_SIZE_MAX);
    if (admin_op_encode(&op, &op_bytes) != OIM_OK) {
        stage_fail("an invite cannot be packed");
    }
    frame.u.admin.admin_no = ++joining->admin_no;
    frame.u.admin.body = oim_buf_slice(&op_bytes);
    admin_sign(org_id, frame.u.admin.admin_no, frame.u.admin.body, key, &frame.u.admin.sig);
    actor_say(stage, &lane->inviter, &frame);
    oim_buf_finish(&op_bytes);
    oim_buf_finish(&entry_bytes);
}

static void begin_next(struct stage *stage, struct joining *joining, struct lane *lane)
{
    lane->person = NULL;
    if (joining->todo_next < joining->todo_count) {
        lane->person = joining->todo[joining->todo_next++];
        say_invite(stage, joining, lane);
    }
}

static void on_ready(struct stage *stage, struct actor *actor)
{
    begin_next(stage, stage->context, actor->task);
}

static void on_greeted(struct stage *stage, struct actor *actor)
{
    const struct lane *lane = actor->task;
    struct sign_secret invite;
    struct frame frame = {.kind = FRAME_JOIN_ASK, .request = 5};
    invite_key(&stage->people->org_id, lane->secret, &invite);
    const struct sign_public invite_pub = sign_public_of(&invite);
    sign_secret_finish(&invite);
    frame.u.join_ask.invite_id = invite_id(&invite_pub);
    actor_say(stage, actor, &frame);
}

static void say_join(struct stage *stage, struct actor *actor, const struct frame_join_offer *offer)
{
    const struct lane *lane = actor->task;
    const struct oim_id *org_id = &stage->people->org_id;
    struct sign_secret invite;
    struct oim_buf bytes;
    struct frame frame = {.kind = FRAME_JOIN, .request = 6};
    invite_key(org_id, lane->secret, &invite);
    const struct sign_public invite_pub = sign_public_of(&invite);
    const struct log_body body =
        device_add(actor->person, &offer->user_id, offer->generation, offer->user_seq + 1, &offer->user_prev);
    frame.u.join.log_entries[0] = make_entry(&bytes, &body, org_id, &invite, &actor->person->key);
    frame.u.join.log_entry_count = 1;
    frame.u.join.invite_id = invite_id(&invite_pub);
    frame.u.join.login = "";
    frame.u.join.display = "";
    actor_say(stage, actor, &frame);
    oim_buf_finish(&bytes);
    sign_secret_finish(&invite);
}

static void on_admin_result(struct stage *stage, struct lane *lane, uint32_t code, const char *text)
{
    if (code == oim_status_wire_code(OIM_AGAIN)) {
        lane->again_at_ns = stage->links.now_ns + AGAIN_NS;
    } else if (code != 0) {
        stage_fail("%s cannot be invited: %s (code %u)", lane->person->login, text, code);
    } else {
        actor_open(stage, &lane->joiner, lane->person, CLASS_NONE, 0, true);
    }
}

static void on_frame(struct stage *stage, struct actor *actor, const struct frame *frame)
{
    struct joining *joining = stage->context;
    struct lane *lane = actor->task;
    switch (frame->kind) {
    case FRAME_ADMIN_RESULT:
        on_admin_result(stage, lane, frame->u.admin_result.code, frame->u.admin_result.text);
        break;
    case FRAME_ERROR:
        if (frame->u.error.code != oim_status_wire_code(OIM_AGAIN)) {
            fail_if_refused(actor, frame);
        }
        lane->again_at_ns = stage->links.now_ns + AGAIN_NS;
        break;
    case FRAME_JOIN_OFFER:
        say_join(stage, actor, &frame->u.join_offer);
        break;
    case FRAME_JOIN_OK:
        actor->person->user_id = frame->u.join_ok.user_id;
        actor->wants_to_end = true;
        joining->done_count++;
        begin_next(stage, joining, lane);
        break;
    default:
        fail_if_refused(actor, frame);
        break;
    }
}

/* Who was told "again" asks again; an invite that stands is not made twice. */
static void ask_again(struct stage *stage, struct joining *joining)
{
    int64_t now_ns = machine_now_ns();
    for (size_t i = 0; i < joining->lane_count; i++) {
        struct lane *lane = &joining->lanes[i];
        if (lane->again_at_ns == 0 || lane->again_at_ns > now_ns) {
            continue;
        }
        lane->again_at_ns = 0;
        if (lane->joiner.state == ACTOR_JOINING) {
            on_greeted(stage, &lane->joiner);
        } else {
            say_invite(stage, joining, lane);
        }
    }
}

static void run(struct stage *stage, struct joining *joining, struct person_account *const *inviters)
{
    static const struct stage_ops ops = {
        .on_ready = on_ready, .on_greeted = on_greeted, .on_frame = on_frame};
    joining->lanes = calloc(joining->lane_count, sizeof(*joining->lanes));
    if (joining->lanes == NULL) {
        stage_fail("no memory");
    }
    stage->ops = &ops;
    stage->context = joining;
    joining->admin_no = machine_wall_ms() * 1000; /* grows from run to run, whatever is known of the last */
    for (size_t i = 0; i < joining->lane_count; i++) {
        struct lane *lane = &joining->lanes[i];
        lane->inviter.task = lane->joiner.task = lane;
        actor_open(stage, &lane->inviter, inviters[i], CLASS_NONE, 0, false);
    }
    size_t last_count = 0;
    int64_t until_ns = machine_now_ns() + DEADLINE_NS;
    while (joining->done_count < joining->todo_count) {
        stage_turn(stage, AGAIN_NS);
        ask_again(stage, joining);
        if (joining->done_count != last_count) {
            last_count = joining->done_count;
            until_ns = machine_now_ns() + DEADLINE_NS;
        } else if (machine_now_ns() > until_ns) {
            stage_fail("joining stands still at %zu of %zu", joining->done_count, joining->todo_count);
        }
    }
    for (size_t i = 0; i < joining->lane_count; i++) {
        actor_close(stage, &joining->lanes[i].joiner);
        actor_close(stage, &joining->lanes[i].inviter);
    }
    free(joining->lanes);
}

static void join_all(struct stage *stage, const char *prefix, size_t count, enum role role,
                     struct person_account *const *inviters, size_t inviter_count)
{
    struct joining joining = {.lane_count = inviter_count, .role = role};
    joining.todo = calloc(count, sizeof(struct person_account *));
    if (joining.todo == NULL) {
        stage_fail("no memory");
    }
    for (size_t i = 0; i < count; i++) {
        struct person_account *person = people_numbered(stage->people, prefix, i);
        if (oim_id_is_zero(&person->user_id)) {
            joining.todo[joining.todo_count++] = person;
        }
    }
    if (joining.todo_count > 0) {
        run(stage, &joining, inviters);
    }
    free((void *)joining.todo);
}

void joining_people(struct stage *stage, const char *prefix, size_t count)
{
    struct person_account *owner = people_get(stage->people, OWNER_LOGIN);
    struct person_account *inviters[INVITER_COUNT];
    join_all(stage, INVITERS_PREFIX, INVITER_COUNT, ROLE_ADMIN, &owner, 1);
    for (size_t i = 0; i < INVITER_COUNT; i++) {
        inviters[i] = people_numbered(stage->people, INVITERS_PREFIX, i);
    }
    if (strcmp(prefix, INVITERS_PREFIX) != 0) {
        join_all(stage, prefix, count, ROLE_USER, inviters, INVITER_COUNT);
    }
}
