/*
 * handle_log.c - the organisation log for clients: pages of it, and entries that a person's own device makes.
 */
#include <assert.h>
#include <string.h>

#include "server/core/handle.h"

#define LOG_PAGE_COUNT 16u

static void on_chain(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    struct session *session = session_find(core, pending->conn);
    if (session == NULL || session->state != SESSION_READY) {
        return;
    }
    struct log_entry entries[LOG_PAGE_COUNT];
    size_t count = reply->result == STORE_OK ? reply->u.chain.entry_count : 0;
    bool readable = reply->result == STORE_OK && count <= LOG_PAGE_COUNT;
    oim_arena_reset(&core->frame_arena);
    for (size_t i = 0; i < count && readable; i++) {
        readable = log_entry_decode(reply->u.chain.entries[i].entry, &core->frame_arena, &entries[i], NULL) ==
                   OIM_OK;
    }
    if (!readable) {
        session_error(core, session, pending->request, FRAME_LOG_GET, OIM_AGAIN,
                      "the log cannot be read now");
        return;
    }
    struct frame answer = {.kind = FRAME_LOG_PAGE, .request = pending->request};
    answer.u.log_page = (struct frame_log_page){
        .entries = entries,
        .entry_count = count,
        .from_seq = pending->u.any.a,
        .head_seq = reply->u.chain.length,
        .head = reply->u.chain.head,
        .head_ms = core->wall_ms,
    };
    log_head_sign(&core->orglog.org_id, reply->u.chain.length, &reply->u.chain.head, core->wall_ms,
                  &core->config.server_key, &answer.u.log_page.sig);
    (void)outbox_push(core, session, &answer);
}

enum oim_status handle_log_get(struct core *core, struct session *session, const struct frame *frame)
{
    uint64_t from_seq = frame->u.log_get.from_seq == 0 ? 1 : frame->u.log_get.from_seq;
    struct pending *pending = pending_take(core, session, STORE_CHAIN, on_chain, 0);
    if (pending == NULL) {
        return OIM_AGAIN;
    }
    pending->request = frame->request;
    pending->u.any.a = from_seq;
    struct store_req *req = pending_submit(core, pending);
    req->u.chain.chain = CHAIN_ORG;
    req->u.chain.from_n = from_seq;
    req->u.chain.entry_max = LOG_PAGE_COUNT;
    return OIM_OK;
}

static void on_revoked(struct core *core, const uint64_t context[2])
{
    struct device *device = registry_device(&core->registry, context[0]);
    if (device != NULL && device->session != NULL) {
        session_close(core, device->session, OIM_ERR_DENIED, "this device was revoked", 0);
    }
}

/* A person revokes one of the own devices; administrators do it through Admin. */
enum oim_status handle_log_append(struct core *core, struct session *session, const struct frame *frame)
{
    const struct log_entry *entry = &frame->u.log_append.entry;
    const struct device *signer = session_device(core, session);
    struct account person = *session_person(core, session);
    struct log_body body;
    enum oim_status status =
        orglog_check(core, entry, LOG_BODY_DEVICE_REVOKE, &person, signer, &body, &core->error);
    if (status != OIM_OK) {
        return status;
    }
    const struct device *device = registry_device_by_id(&core->registry, &body.device_id);
    if (device == NULL || device->uid != person.uid || device->revoked_ms != 0) {
        return oim_fail(&core->error, OIM_ERR_NOT_FOUND, "you have no such device");
    }
    status = change_open(core, session, frame);
    if (status != OIM_OK) {
        return status;
    }
    struct device updated = *device;
    updated.revoked_ms = core->wall_ms;
    change_log(core, entry, &person);
    change_put_person(core, &person);
    change_put_device(core, &updated);
    change_device_drop(core, device->dev);
    struct frame answer = {.kind = FRAME_LOG_APPENDED, .request = frame->request};
    answer.u.log_appended = (struct frame_log_appended){.log_seq = core->change.org_seq, .text = ""};
    change_answer(core, &answer);
    change_after(core, on_revoked, device->dev, 0);
    change_commit(core);
    return OIM_OK;
}
