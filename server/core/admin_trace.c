/*
 * admin_trace.c - what became of a message, or of those from one person to another. A look at it is a change
 * of the audit log, and of nothing else: it is signed, and stays (USERS C7).
 *
 * What is known is what the ring remembers (traces.h) and what the store still has for somebody (BLUEPRINT
 * B33). Once the look is in the audit log the mailboxes in question are read, piece by piece, and the answer
 * is made of both: the newest, and of each message all that is known.
 */
#include <string.h>

#include "proto/names.h"
#include "server/core/admin.h"
#include "server/core/traces.h"

#define STEP_COUNT_MAX 64u
#define WAITING_COUNT_MAX 32u
#define CANDIDATE_COUNT_MAX 16u
#define DUE_COUNT_MAX 128u /* rows at a time: the store's thread has other things to do */

struct step {
    struct trace_event event;
    uint64_t until_ms; /* WAITING: when it expires; 0: never */
};

/* A look on its way through the mailboxes. In the pending entry's block. */
struct trace_job {
    struct trace_look look;
    uint64_t uid, after_seq; /* how far the mailboxes were read */
    uint32_t uid_last;
    struct step waiting[WAITING_COUNT_MAX]; /* a ring: the last of waiting_count, by person, oldest first */
    size_t waiting_count;
};

static struct trace_job *job_of(struct pending *pending)
{
    return (struct trace_job *)(void *)pending->block;
}

/* ---- the answer ---------------------------------------------------------------------------------------- */

static void put_person(struct admin_call *call, const char *login, const char *display, uint32_t uid)
{
    const struct account *person = registry_person(&call->core->registry, uid);
    admin_text(call, login, person == NULL ? "" : person->login);
    admin_text(call, display, person == NULL ? "" : person->display);
}

/* False: there is no room. */
static bool step_row(struct admin_call *call, const struct trace_event *event, uint64_t until_ms)
{
    const struct device *device = event->dev == 0 ? NULL : registry_device(&call->core->registry, event->dev);
    if (!admin_row(call, 10)) {
        return false;
    }
    admin_time(call, "at", event->at_ms);
    admin_id(call, "id", &event->msg_id);
    put_person(call, "from", "from_display", event->from_uid);
    put_person(call, "to", "to_display", event->to_uid);
    admin_text(call, "code", traces_kind_name((enum trace_kind)event->kind));
    admin_text(call, "reason", event->kind == TRACE_REFUSED ? reason_name((enum reason)event->code) : "");
    admin_text(call, "device", device == NULL ? "" : device->label);
    admin_time(call, "until", until_ms);
    return true;
}

static size_t waiting_kept(const struct trace_job *job)
{
    return job->waiting_count < WAITING_COUNT_MAX ? job->waiting_count : WAITING_COUNT_MAX;
}

/* From the newest, 0. */
static const struct step *waiting_at(const struct trace_job *job, size_t back)
{
    return &job->waiting[(job->waiting_count - 1 - back) % WAITING_COUNT_MAX];
}

/* Before this it is not known which messages wait; 0: of all it is. */
static uint64_t waiting_known_from_ms(const struct trace_job *job)
{
    uint64_t from_ms = job->waiting_count > WAITING_COUNT_MAX ? UINT64_MAX : 0;
    for (size_t i = 0; i < waiting_kept(job); i++) {
        uint64_t at_ms = waiting_at(job, i)->event.at_ms;
        from_ms = at_ms < from_ms ? at_ms : from_ms;
    }
    return from_ms;
}

static bool is_known_to_wait(const struct trace_job *job, const struct oim_id *msg_id)
{
    for (size_t i = 0; i < waiting_kept(job); i++) {
        if (oim_id_equal(&waiting_at(job, i)->event.msg_id, msg_id)) {
            return true;
        }
    }
    return false;
}

/* From when on all is here; asked for with this as its end, the next answer begins with the same moment.
 * Where one moment alone is more than fits, the rest of it is had by id only. */
static void note_older(struct admin_call *call, const struct trace_job *job, uint64_t older_ms)
{
    if (job->look.until_ms != 0 && older_ms >= job->look.until_ms) {
        admin_note(call, "same_moment", "%llu", (unsigned long long)older_ms);
        older_ms = job->look.until_ms - 1;
    }
    admin_note(call, "older", "%llu", (unsigned long long)older_ms);
}

/* The newest that fit, oldest first, and last what still waits. */
static void step_rows(struct admin_call *call, const struct trace_job *job)
{
    const struct traces *traces = &call->core->traces;
    uint64_t oldest = traces_first(call->core);
    uint64_t known_ms = waiting_known_from_ms(job);
    uint64_t shown_ms = known_ms;
    struct admin_out *out = &call->out;
    bool fits = true;
    size_t count = 0;
    for (size_t i = 0; i < waiting_kept(job) && fits; i++) {
        fits = step_row(call, &waiting_at(job, i)->event, waiting_at(job, i)->until_ms);
        shown_ms = fits ? waiting_at(job, i)->event.at_ms : shown_ms;
    }
    for (uint64_t i = traces->count; i > oldest && fits; i--) {
        const struct trace_event *event = traces_at(traces, i - 1);
        bool is_whole = event->at_ms > known_ms || is_known_to_wait(job, &event->msg_id);
        if (trace_look_wants(&job->look, event) && is_whole) {
            fits = count < STEP_COUNT_MAX && step_row(call, event, 0);
            shown_ms = fits ? event->at_ms : shown_ms;
            count++;
        }
    }
    for (size_t i = 0; i < out->row_count / 2; i++) {
        struct admin_row row = out->rows[i];
        out->rows[i] = out->rows[out->row_count - 1 - i];
        out->rows[out->row_count - 1 - i] = row;
    }
    if (!fits || known_ms != 0) {
        note_older(call, job, fits ? known_ms : shown_ms);
    }
}

/* The newest event of each message of the prefix, newest first. */
struct candidates {
    const struct trace_event *events[CANDIDATE_COUNT_MAX];
    size_t count;
    bool more;
};

static void candidates_add(struct candidates *candidates, const struct trace_event *event)
{
    for (size_t i = 0; i < candidates->count; i++) {
        if (oim_id_equal(&candidates->events[i]->msg_id, &event->msg_id)) {
            return;
        }
    }
    if (candidates->count == CANDIDATE_COUNT_MAX) {
        candidates->more = true;
        return;
    }
    candidates->events[candidates->count++] = event;
}

static void find_candidates(const struct core *core, const struct trace_job *job, struct candidates *out)
{
    const struct traces *traces = &core->traces;
    uint64_t oldest = traces_first(core);
    *out = (struct candidates){.count = 0};
    for (size_t i = 0; i < waiting_kept(job); i++) {
        candidates_add(out, &waiting_at(job, i)->event);
    }
    for (uint64_t i = traces->count; i > oldest; i--) {
        if (trace_look_wants(&job->look, traces_at(traces, i - 1))) {
            candidates_add(out, traces_at(traces, i - 1));
        }
    }
}

static void make_trace(struct admin_call *call, struct pending *pending, const struct store_reply *reply)
{
    struct core *core = call->core;
    const struct trace_job *job = job_of(pending);
    struct candidates candidates = {.count = 0};
    (void)reply;
    if (job->look.prefix[0] != '\0') {
        find_candidates(core, job, &candidates);
    }
    if (candidates.count > 1) {
        for (size_t i = 0; i < candidates.count; i++) {
            (void)step_row(call, candidates.events[i], 0);
        }
        admin_note(call, "ambiguous", "%s", job->look.prefix);
        if (candidates.more) {
            admin_note(call, "more_match", "%zu", candidates.count);
        }
    } else {
        step_rows(call, job);
    }
    admin_note(call, "hours", "%llu", (unsigned long long)(core->config.trace_ms / 3600000u));
    admin_note(call, "since", "%llu", (unsigned long long)core->start_wall_ms);
}

/* ---- what still waits ---------------------------------------------------------------------------------- */

static void ask_piece(struct core *core, struct pending *pending)
{
    const struct trace_job *job = job_of(pending);
    struct store_req *req = pending_submit(core, pending);
    req->u.due.uid = job->uid;
    req->u.due.uid_last = job->uid_last;
    req->u.due.after_seq = job->after_seq;
    req->u.due.upto_seq = UINT64_MAX;
    req->u.due.row_max = DUE_COUNT_MAX;
}

static void take_waiting(const struct core *core, struct trace_job *job, const struct store_due_row *row)
{
    const struct device *source = registry_device(&core->registry, row->src_dev);
    const struct trace_event event = {
        .at_ms = row->server_ms,
        .msg_id = row->msg_id,
        .from_uid = source == NULL ? 0 : source->uid,
        .to_uid = (uint32_t)row->uid,
        .kind = TRACE_WAITING,
    };
    if (row->cls != CLS_CHAT || !trace_look_wants(&job->look, &event)) {
        return;
    }
    job->waiting[job->waiting_count % WAITING_COUNT_MAX] =
        (struct step){.event = event, .until_ms = row->expires_ms};
    job->waiting_count++;
}

static void on_due(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    struct trace_job *job = job_of(pending);
    for (size_t i = 0; reply->result == STORE_OK && i < reply->u.due.row_count; i++) {
        take_waiting(core, job, &reply->u.due.rows[i]);
    }
    if (reply->result == STORE_OK && reply->u.due.more && session_find(core, pending->conn) != NULL) {
        job->uid = reply->u.due.rows[reply->u.due.row_count - 1].uid;
        job->after_seq = reply->u.due.rows[reply->u.due.row_count - 1].seq;
        pending_keep(pending);
        ask_piece(core, pending);
        return;
    }
    admin_finish_later(core, pending, reply, ADMIN_TRACE, make_trace);
}

static void on_audited(struct core *core, const uint64_t context[2])
{
    struct session *session = session_find(core, context[0]);
    uint32_t request = (uint32_t)context[1];
    if (session == NULL) {
        return;
    }
    struct pending *pending = pending_take(core, session, STORE_DUE, on_due, sizeof(struct trace_job));
    if (pending == NULL) {
        session_error(core, session, request, FRAME_ADMIN, OIM_AGAIN, "the server is busy; repeat");
        return;
    }
    struct trace_job *job = job_of(pending);
    uint32_t to_uid = core->trace_look.to_uid;
    *job = (struct trace_job){
        .look = core->trace_look,
        .uid = to_uid != 0 ? to_uid : 1,
        .uid_last = to_uid != 0 ? to_uid : core->registry.uid_last,
    };
    pending->request = request;
    ask_piece(core, pending);
}

/* ---- the request --------------------------------------------------------------------------------------- */

static enum oim_status find_if_named(struct admin_call *call, const char *words, uint32_t *out_uid,
                                     const char **out_login)
{
    struct account *person = NULL;
    *out_uid = 0;
    *out_login = "";
    enum oim_status status = words[0] == '\0' ? OIM_OK : admin_find(call, words, &person);
    if (person != NULL) {
        *out_uid = person->uid;
        *out_login = person->login;
    }
    return status;
}

enum oim_status admin_trace(struct admin_call *call)
{
    const struct admin_op *op = call->op;
    struct trace_look look = {.since_ms = op->since_ms, .until_ms = op->until_ms};
    const char *from = "";
    const char *to = "";
    size_t letter_count = strlen(op->msg);
    enum oim_status status = find_if_named(call, op->trace_from, &look.from_uid, &from);
    if (status == OIM_OK) {
        status = find_if_named(call, op->trace_to, &look.to_uid, &to);
    }
    if (status != OIM_OK) {
        return status;
    }
    if (letter_count == 0 && (look.from_uid == 0 || look.to_uid == 0)) {
        return oim_fail(&call->core->error, OIM_ERR_USAGE, "a message, or from whom and to whom");
    }
    if (letter_count != 0 &&
        (letter_count < OIM_ID_PREFIX_LETTERS_MIN || letter_count >= sizeof(look.prefix))) {
        return oim_fail(&call->core->error, OIM_ERR_USAGE,
                        "at least %d letters of a message's id, at most %zu", OIM_ID_PREFIX_LETTERS_MIN,
                        sizeof(look.prefix) - 1);
    }
    if (!call->changes) {
        return OIM_OK; /* only considered: there is no look that is not in the audit log */
    }
    memcpy(look.prefix, op->msg, letter_count + 1);
    audit_text_add(&call->after, "msg=%s from=%s to=%s", look.prefix, from, to);
    call->core->trace_look = look;
    call->after_commit = on_audited;
    call->after_context[0] = call->session->conn;
    call->after_context[1] = call->frame->request;
    return OIM_OK;
}
