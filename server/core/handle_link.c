/*
 * handle_link.c - a second device is added by the first (BLUEPRINT B52, F4); the server only carries.
 *
 *   old: LinkOpen -> LinkOpened      new: LinkRequest      old: <- LinkOffer      old: LinkBody(signed)
 *   new: <- LinkBody                 new: LinkSign         the server appends DEVICE_ADD
 *   new: <- JoinOk, old: <- LinkDone
 *
 * The new device's connection can do nothing else. The old device checks the mac, which only who was shown
 * the line can make; the server cannot, and does not try.
 */
#include <assert.h>
#include <string.h>

#include "server/core/handle.h"

#define LINK_VALID_S_MAX 3600u
#define LINK_VALID_S_DEFAULT 600u

static struct link *find(struct core *core, const struct oim_id *id)
{
    for (size_t i = 0; i < LINK_COUNT_MAX; i++) {
        struct link *link = &core->links[i];
        if (link->until_ms > core->now_ms && oim_id_equal(&link->link_id, id)) {
            return link;
        }
    }
    return NULL;
}

static struct link *find_free(struct core *core)
{
    for (size_t i = 0; i < LINK_COUNT_MAX; i++) {
        if (core->links[i].until_ms <= core->now_ms) {
            return &core->links[i];
        }
    }
    return NULL;
}

/* The link is over, one way or the other; a connection that only waited for it has nothing to wait for. */
static void end(struct core *core, struct link *link)
{
    struct session *session = session_find(core, link->new_conn);
    memset(link, 0, sizeof(*link));
    if (session != NULL) {
        session_close(core, session, OIM_OK, "the link has ended", 0);
    }
}

void link_on_session_end(struct core *core, uint64_t conn)
{
    for (size_t i = 0; i < LINK_COUNT_MAX; i++) {
        struct link *link = &core->links[i];
        if (link->until_ms != 0 && link->old_conn == conn) {
            end(core, link);
        } else if (link->until_ms != 0 && link->new_conn == conn) {
            link->new_conn = 0;
            link->body_size = 0;
        }
    }
}

uint64_t link_on_time(struct core *core)
{
    uint64_t next = 0;
    for (size_t i = 0; i < LINK_COUNT_MAX; i++) {
        struct link *link = &core->links[i];
        if (link->until_ms != 0 && link->until_ms <= core->now_ms) {
            end(core, link);
        } else if (link->until_ms != 0 && (next == 0 || link->until_ms < next)) {
            next = link->until_ms;
        }
    }
    return next;
}

enum oim_status handle_link_open(struct core *core, struct session *session, const struct frame *frame)
{
    const struct frame_link_open *open = &frame->u.link_open;
    const struct account *person = session_person(core, session);
    uint32_t valid_s = open->valid_s == 0 ? LINK_VALID_S_DEFAULT : open->valid_s;
    if (person->device_count >= DEVICES_PER_PERSON_MAX) {
        return oim_fail(&core->error, OIM_ERR_LIMIT, "a person has at most %u devices; revoke one first",
                        DEVICES_PER_PERSON_MAX);
    }
    if (valid_s > LINK_VALID_S_MAX) {
        valid_s = LINK_VALID_S_MAX;
    }
    if (find(core, &open->link_id) != NULL) {
        return oim_fail(&core->error, OIM_ERR_CONFLICT, "this link is open already");
    }
    struct link *link = find_free(core);
    if (link == NULL) {
        return oim_fail(&core->error, OIM_AGAIN, "too many devices are being linked now");
    }
    *link = (struct link){
        .link_id = open->link_id,
        .until_ms = core->now_ms + (uint64_t)valid_s * 1000,
        .old_conn = session->conn,
        .uid = session->uid,
    };
    struct frame answer = {.kind = FRAME_LINK_OPENED, .request = frame->request};
    answer.u.link_opened.until_ms = core->wall_ms + (uint64_t)valid_s * 1000;
    (void)outbox_push(core, session, &answer);
    return OIM_OK;
}

enum oim_status handle_link_request(struct core *core, struct session *session, const struct frame *frame)
{
    const struct frame_link_request *request = &frame->u.link_request;
    struct link *link = find(core, &request->link_id);
    struct session *old = link == NULL ? NULL : session_find(core, link->old_conn);
    if (old == NULL || old->state != SESSION_READY) {
        return oim_fail(&core->error, OIM_ERR_NOT_FOUND, "no device is waiting for this line");
    }
    if (link->new_conn != 0) {
        return oim_fail(&core->error, OIM_ERR_CONFLICT, "this line is being used");
    }
    if (!sign_public_valid(&request->ik) || !name_valid(request->device_label)) {
        return oim_fail(&core->error, OIM_ERR_PROTOCOL, "the device's key or name is not valid");
    }
    const struct account *person = session_person(core, old);
    session_enter(core, session, SESSION_LINKING);
    link->new_conn = session->conn;
    link->ik = request->ik;
    memcpy(link->label, request->device_label, strlen(request->device_label) + 1);
    struct frame offer = {.kind = FRAME_LINK_OFFER};
    offer.u.link_request = *request;
    offer.u.link_request.generation = person->generation;
    offer.u.link_request.user_seq = person->user_seq;
    offer.u.link_request.user_prev = person->user_prev;
    (void)outbox_push(core, old, &offer);
    return OIM_OK;
}

enum oim_status handle_link_body(struct core *core, struct session *session, const struct frame *frame)
{
    const struct frame_link_body *body = &frame->u.link_body;
    struct link *link = find(core, &body->link_id);
    if (link == NULL || link->old_conn != session->conn) {
        return oim_fail(&core->error, OIM_ERR_NOT_FOUND, "you have opened no such link");
    }
    struct session *new_session = session_find(core, link->new_conn);
    if (new_session == NULL || new_session->state != SESSION_LINKING) {
        return oim_fail(&core->error, OIM_ERR_NOT_FOUND, "the new device is gone; open the link again");
    }
    if (body->body.size == 0 || body->body.size > sizeof(link->body)) {
        return oim_fail(&core->error, OIM_ERR_LIMIT, "the entry is too large");
    }
    memcpy(link->body, body->body.data, body->body.size);
    link->body_size = body->body.size;
    link->sig_old = body->sig_old;
    (void)outbox_push(core, new_session, &(struct frame){.kind = FRAME_LINK_BODY, .u.link_body = *body});
    return OIM_OK;
}

static void on_linked(struct core *core, const uint64_t context[2])
{
    struct session *old = session_find(core, context[0]);
    const struct device *device = registry_device(&core->registry, context[1]);
    if (old != NULL && old->state == SESSION_READY) {
        struct frame done = {.kind = FRAME_LINK_DONE};
        done.u.link_done.device_id = device->device_id;
        done.u.link_done.device_label = device->label;
        (void)outbox_push(core, old, &done);
    }
    link_on_session_end(core, context[0]);
    waiters_run(core);
}

/* The entry as both devices have signed it; adds a device to the person. */
static enum oim_status check_entry(struct core *core, const struct link *link, const struct log_entry *entry,
                                   const struct account *person, const struct device *signer,
                                   struct log_body *out)
{
    enum oim_status status =
        orglog_check(core, entry, LOG_BODY_DEVICE_ADD, person, signer, out, &core->error);
    if (status != OIM_OK) {
        return status;
    }
    if (memcmp(&out->ik, &link->ik, sizeof(out->ik)) != 0 || out->generation != person->generation ||
        strcmp(out->label, link->label) != 0) {
        return oim_fail(&core->error, OIM_ERR_PROTOCOL, "the entry is about another device");
    }
    if (!log_body_verify(&core->orglog.org_id, entry->body, &link->ik, &entry->sigs[1])) {
        return oim_fail(&core->error, OIM_ERR_AUTH, "the new device's signature does not hold");
    }
    return OIM_OK;
}

enum oim_status handle_link_sign(struct core *core, struct session *session, const struct frame *frame)
{
    struct link *link = find(core, &frame->u.link_sign.link_id);
    struct session *old = link == NULL ? NULL : session_find(core, link->old_conn);
    if (old == NULL || old->state != SESSION_READY || link->new_conn != session->conn ||
        link->body_size == 0) {
        return oim_fail(&core->error, OIM_ERR_NOT_FOUND, "there is nothing to sign; begin again");
    }
    const struct log_entry entry = {
        .body = oim_slice(link->body, link->body_size),
        .sigs = {link->sig_old, frame->u.link_sign.sig_new},
        .sig_count = 2,
    };
    struct account person = *session_person(core, old);
    struct log_body body;
    struct device device;
    enum oim_status status = check_entry(core, link, &entry, &person, session_device(core, old), &body);
    if (status == OIM_OK && person.device_count >= DEVICES_PER_PERSON_MAX) {
        status =
            oim_fail(&core->error, OIM_ERR_LIMIT, "a person has at most %u devices", DEVICES_PER_PERSON_MAX);
    }
    if (status == OIM_OK) {
        status = registry_new_device(core, &body, person.uid, &device, &core->error);
    }
    if (status == OIM_OK) {
        status = change_open(core, session, frame);
    }
    if (status != OIM_OK) {
        return status;
    }
    change_log(core, &entry, &person);
    change_put_person(core, &person);
    change_put_device(core, &device);
    change_device_add(core, device.dev, device.uid);
    struct frame answer = {.kind = FRAME_JOIN_OK, .request = frame->request};
    answer.u.join_ok = (struct frame_join_ok){
        .user_id = person.user_id,
        .device_id = device.device_id,
        .org_id = core->orglog.org_id,
        .login = person.login,
        .display = person.display,
        .log_seq = core->change.org_seq,
        .log_head = core->change.org_head,
    };
    change_answer(core, &answer);
    change_after(core, on_linked, link->old_conn, device.dev);
    change_commit(core);
    return OIM_OK;
}
