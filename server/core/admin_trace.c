/*
 * admin_trace.c - what became of a message, or of those from one person to another. A look at it is a change
 * of the audit log, and of nothing else: it is signed, and stays (USERS C7).
 */
#include <string.h>

#include "proto/names.h"
#include "server/core/admin.h"
#include "server/core/traces.h"

#define PREFIX_SIZE_MIN 4u
#define ROW_COUNT_MAX 64u /* the answer fits the change it is written with */

struct look {
    const struct account *from, *to; /* NULL: whoever */
    const char *prefix;              /* of the message's id as text; "": any */
    uint64_t since_ms;
};

static bool is_looked_for(const struct look *look, const struct trace_event *event)
{
    char text[OIM_ID_TEXT_SIZE];
    if ((look->from != NULL && event->from_uid != look->from->uid) ||
        (look->to != NULL && event->to_uid != look->to->uid) || event->at_ms < look->since_ms) {
        return false;
    }
    if (look->prefix[0] == '\0') {
        return true;
    }
    oim_id_to_text(&event->msg_id, text);
    return strncasecmp(text, look->prefix, strlen(look->prefix)) == 0;
}

static const char *login_of(const struct admin_call *call, uint32_t uid)
{
    const struct account *person = registry_person(&call->core->registry, uid);
    return person == NULL ? "" : person->login;
}

static const char *display_of(const struct admin_call *call, uint32_t uid)
{
    const struct account *person = registry_person(&call->core->registry, uid);
    return person == NULL ? "" : person->display;
}

static void event_row(struct admin_call *call, const struct trace_event *event)
{
    char text[OIM_ID_TEXT_SIZE];
    const struct device *device = event->dev == 0 ? NULL : registry_device(&call->core->registry, event->dev);
    if (!admin_row(call, 9)) {
        return;
    }
    oim_id_to_text(&event->msg_id, text);
    admin_time(call, "at", event->at_ms);
    admin_text(call, "id", text);
    admin_text(call, "from", login_of(call, event->from_uid));
    admin_text(call, "from_display", display_of(call, event->from_uid));
    admin_text(call, "to", login_of(call, event->to_uid));
    admin_text(call, "to_display", display_of(call, event->to_uid));
    admin_text(call, "code", traces_kind_name((enum trace_kind)event->kind));
    admin_text(call, "reason", event->kind == TRACE_REFUSED ? reason_name((enum reason)event->code) : "");
    admin_text(call, "device", device == NULL ? "" : device->label);
}

static enum oim_status look_take(struct admin_call *call, struct look *out)
{
    const struct admin_op *op = call->op;
    struct account *from = NULL;
    struct account *to = NULL;
    enum oim_status status = op->trace_from[0] == '\0' ? OIM_OK : admin_find(call, op->trace_from, &from);
    if (status == OIM_OK && op->trace_to[0] != '\0') {
        status = admin_find(call, op->trace_to, &to);
    }
    *out = (struct look){.from = from, .to = to, .prefix = op->msg, .since_ms = op->since_ms};
    if (status != OIM_OK) {
        return status;
    }
    if (op->msg[0] == '\0' && (from == NULL || to == NULL)) {
        return oim_fail(&call->core->error, OIM_ERR_USAGE, "a message, or from whom and to whom");
    }
    if (op->msg[0] != '\0' && strlen(op->msg) < PREFIX_SIZE_MIN) {
        return oim_fail(&call->core->error, OIM_ERR_USAGE, "at least %u letters of a message's id",
                        PREFIX_SIZE_MIN);
    }
    return OIM_OK;
}

/* The newest that fit, oldest first; every message of a prefix, which the reader tells apart. */
static void event_rows(struct admin_call *call, const struct look *look)
{
    const struct traces *traces = &call->core->traces;
    uint64_t first = traces->count;
    size_t count = 0;
    uint64_t oldest = traces_first(call->core);
    while (first > oldest && count < ROW_COUNT_MAX) {
        first--;
        count += is_looked_for(look, traces_at(traces, first));
    }
    for (uint64_t i = first; i < traces->count; i++) {
        if (is_looked_for(look, traces_at(traces, i))) {
            event_row(call, traces_at(traces, i));
        }
    }
    if (first > oldest) {
        admin_note(call, "older", "%llu", (unsigned long long)traces_at(traces, first)->at_ms);
    }
}

enum oim_status admin_trace(struct admin_call *call)
{
    struct look look;
    if (call->core->traces.events == NULL) {
        return oim_fail(&call->core->error, OIM_ERR_NOT_FOUND,
                        "this server remembers nothing: trace_hours is 0 in its configuration");
    }
    enum oim_status status = look_take(call, &look);
    if (status != OIM_OK) {
        return status;
    }
    event_rows(call, &look);
    admin_note(call, "hours", "%llu", (unsigned long long)(call->core->config.trace_ms / 3600000u));
    admin_note(call, "since", "%llu", (unsigned long long)call->core->start_wall_ms);
    audit_text_add(&call->after, "msg=%s from=%s to=%s", look.prefix,
                   look.from == NULL ? "" : look.from->login, look.to == NULL ? "" : look.to->login);
    return OIM_OK;
}
