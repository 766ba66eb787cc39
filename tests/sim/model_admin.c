/*
 * model_admin.c - see model_admin.h.
 */
#include "tests/sim/model_admin.h"

#include <assert.h>

#include "proto/admin.h"
#include "tests/sim/sim_client.h"
#include "tests/sim/sim_run.h"

static struct model_client *owners_client(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->org.device_count; i++) {
        if (sim->org.devices[i].person == ADMIN_PERSON && sim->clients[i].u.model.state == CLIENT_READY) {
            return &sim->clients[i].u.model;
        }
    }
    return NULL;
}

/* Returns the number under which it was asked. */
static uint64_t ask(struct sim *sim, struct model_client *client, const struct admin_op *op)
{
    struct oim_buf bytes;
    oim_buf_init(&bytes, ADMIN_BODY_SIZE_MAX);
    enum oim_status status = admin_op_encode(op, &bytes);
    assert(status == OIM_OK);
    struct frame frame = {.kind = FRAME_ADMIN};
    frame.u.admin.admin_no = ++sim->admin.admin_nos[client->index];
    frame.u.admin.body = oim_buf_slice(&bytes);
    admin_sign(&sim->org.org_id, frame.u.admin.admin_no, frame.u.admin.body,
               &sim->org.devices[client->index].key, &frame.u.admin.sig);
    model_client_say(sim, client, &frame);
    oim_buf_finish(&bytes);
    return frame.u.admin.admin_no;
}

void model_admin_switch(struct sim *sim, bool on)
{
    struct model_admin *admin = &sim->admin;
    struct model_client *client = owners_client(sim);
    if (client == NULL) {
        return;
    }
    struct admin_op op = admin_op_of(ADMIN_OFFLINE);
    op.on = on ? TRI_TRUE : TRI_FALSE;
    admin->off_since_ms = 0;
    admin->asked_no = 0;
    uint64_t number = ask(sim, client, &op);
    admin->asked_no = on ? 0 : number;
    admin->asked_device = client->index;
    if (on) { /* on a slow connection it may yet come to the server after a later "off" of the other device */
        admin->on_no = number;
        admin->on_device = client->index;
    }
    sim_trace(sim, "device %llu switches offline messages to %llu, number %llu", client->index, on, number,
              0);
}

/* Returns the number, as ask does. */
static uint64_t set(struct sim *sim, struct model_client *client, enum admin_op_kind kind, const char *name,
                    bool value)
{
    const struct wire_setting setting = {.name = name,
                                         .value = SETTING_VALUE_TRI,
                                         .tri = value ? TRI_TRUE : TRI_FALSE,
                                         .text = "",
                                         .origin = ""};
    struct admin_op op = admin_op_of(kind);
    op.identity = kind == ADMIN_POLICY_SET ? "Global" : "";
    op.set = true;
    op.settings = &setting;
    op.setting_count = 1;
    return ask(sim, client, &op);
}

void model_admin_allow_invisible(struct sim *sim, bool allow)
{
    struct model_client *client = owners_client(sim);
    if (client == NULL) {
        return;
    }
    uint64_t number = set(sim, client, ADMIN_POLICY_SET, "EnableAppearOffline", allow);
    sim_trace(sim, "device %llu lets people be invisible: %llu, number %llu", client->index, allow, number,
              0);
}

void model_admin_let_history_follow(struct sim *sim, bool follows, bool archives)
{
    struct model_client *client = owners_client(sim);
    if (client == NULL) {
        return;
    }
    (void)set(sim, client, ADMIN_IM_CONFIG, "HistoryFollowsArchiving", follows);
    uint64_t number = set(sim, client, ADMIN_POLICY_SET, "EnableIMAutoArchiving", archives);
    sim_trace(sim, "device %llu lets history follow archiving: %llu, archives: %llu, number %llu",
              client->index, follows, archives, number);
}

void model_admin_erase(struct sim *sim, uint32_t person)
{
    struct model_client *client = owners_client(sim);
    uint64_t upto_seq = checker_head(sim, person);
    if (client == NULL || upto_seq == 0) {
        return;
    }
    struct admin_op op = admin_op_of(ADMIN_QUEUE);
    char login[LOGIN_SIZE_MAX + 1];
    sim_org_login(person, login);
    op.who = login;
    op.erase = true;
    op.upto_seq = upto_seq;
    checker_on_erase(sim, person, upto_seq);
    uint64_t number = ask(sim, client, &op);
    sim_trace(sim, "device %llu erases what waits for person %llu up to %llu, number %llu", client->index,
              person, upto_seq, number);
}

void model_admin_on_result(struct sim *sim, const struct model_client *client,
                           const struct frame_admin_result *result)
{
    struct model_admin *admin = &sim->admin;
    sim_trace(sim, "device %llu hears about change %llu: code %llu", client->index, result->admin_no,
              result->code, 0);
    bool is_it = admin->asked_no != 0 && client->index == admin->asked_device &&
                 result->admin_no == admin->asked_no && result->code == 0;
    if (client->index == admin->on_device && result->admin_no == admin->on_no) {
        admin->on_no = 0;
    }
    if (is_it && admin->on_no == 0) {
        admin->off_since_ms = sim->clock.now_ms;
    }
}
