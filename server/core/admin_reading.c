/*
 * admin_reading.c - what administrators and auditors look at: people, what is in force, what waits, the audit
 * log.
 *
 * What waits is counted by the store, one mailbox after the other; the rows are made when the last count is
 * there.
 */
#include <string.h>

#include "server/core/admin.h"

#define PAGE_COUNT 64u
#define JOB_WORDS_SIZE (LOGIN_SIZE_MAX + 1)

/* ---- an answer that the store has a part in ------------------------------------------------------------ */

/* In the pending entry's block. */
struct job {
    enum admin_op_kind kind;
    bool only_waiting; /* leave out those with nothing */
    bool more;
    uint32_t uids[PAGE_COUNT];
    uint64_t counts[PAGE_COUNT], sizes[PAGE_COUNT], firsts[PAGE_COUNT], heads[PAGE_COUNT];
    uint32_t count, done;
};

/* A call again, for rows, in the frame's arena; false: whoever asked is gone. */
static bool resume(struct core *core, struct pending *pending, enum admin_op_kind kind,
                   struct admin_call *out)
{
    struct session *session = session_find(core, pending->conn);
    if (session == NULL || session->state != SESSION_READY) {
        return false;
    }
    oim_arena_reset(&core->frame_arena);
    struct frame *frame = oim_arena_zalloc(&core->frame_arena, 1, sizeof(*frame));
    struct admin_op *op = oim_arena_zalloc(&core->frame_arena, 1, sizeof(*op));
    if (frame == NULL || op == NULL) {
        return false;
    }
    frame->kind = FRAME_ADMIN;
    frame->request = pending->request;
    op->kind = kind;
    memset(out, 0, sizeof(*out));
    out->core = core;
    out->session = session;
    out->frame = frame;
    out->op = op;
    out->actor = session_person(core, session);
    out->device = session_device(core, session);
    core->error.text[0] = '\0';
    return admin_out_init(out);
}

void admin_finish_later(struct core *core, struct pending *pending, const struct store_reply *reply,
                        enum admin_op_kind kind, admin_later_fn *make_rows)
{
    struct admin_call call;
    if (!resume(core, pending, kind, &call)) {
        return;
    }
    if (reply->result == STORE_OK) {
        make_rows(&call, pending, reply);
    }
    admin_answer(&call, reply->result == STORE_OK ? OIM_OK : OIM_AGAIN);
}

struct pending *admin_ask_store(struct admin_call *call, enum store_op op, pending_reply_fn *on_reply,
                                size_t block_size)
{
    struct pending *pending = pending_take(call->core, call->session, op, on_reply, block_size);
    if (pending != NULL) {
        pending->request = call->frame->request;
        call->later = true;
    }
    return pending;
}

/* ---- people and what waits for them -------------------------------------------------------------------- */

uint64_t admin_last_seen_ms(const struct core *core, const struct account *person)
{
    uint64_t last_ms = 0;
    for (const struct device *device = registry_first_device(&core->registry, person); device != NULL;
         device = registry_next_device(&core->registry, device)) {
        uint64_t at_ms = seen_at_ms(core, device);
        last_ms = at_ms > last_ms ? at_ms : last_ms;
    }
    return last_ms;
}

static void user_row(struct admin_call *call, struct account *person, uint64_t waiting)
{
    const struct effective *effective = policies_effective(&call->core->policies, person);
    if (!admin_row(call, 14)) {
        return;
    }
    admin_text(call, "login", person->login);
    admin_text(call, "display", person->display);
    admin_text(call, "team", person->team);
    admin_text(call, "role", role_name(person->role));
    admin_put_policy_fields(call, person);
    admin_text(call, "offline", effective->may_leave ? "on" : "off");
    admin_time(call, "last_sign_in", admin_last_seen_ms(call->core, person));
    admin_number(call, "devices", person->device_count);
    admin_number(call, "waiting", waiting);
    admin_text(call, "state", person_state_name(registry_person_state(person)));
    admin_time(call, "invited", person->invited_ms);
    admin_time(call, "closed", person->closed_ms);
    admin_text(call, "say", person->say);
}

static void queue_row(struct admin_call *call, struct account *person, const struct job *job, uint32_t at)
{
    uint64_t count = job->counts[at];
    uint64_t size = job->sizes[at];
    const struct effective *effective = policies_effective(&call->core->policies, person);
    const struct quota_limits limits = quota_limits_of(effective);
    const struct quota_usage usage = {.count = count, .size = size};
    if (!admin_row(call, 8)) {
        return;
    }
    admin_text(call, "login", person->login);
    admin_text(call, "display", person->display);
    admin_number(call, "waiting", count);
    admin_number(call, "bytes", size);
    admin_time(call, "first", count == 0 ? 0 : job->firsts[at]);
    admin_number(call, "full_percent", quota_percent(&limits, &usage));
    admin_time(call, "last_sign_in", admin_last_seen_ms(call->core, person));
    admin_number(call, "head", job->heads[at]);
}

static void make_people(struct admin_call *call, const struct job *job)
{
    struct registry *registry = &call->core->registry;
    for (uint32_t i = 0; i < job->count; i++) {
        struct account *person = registry_person(registry, job->uids[i]);
        if (person == NULL || (job->only_waiting && job->counts[i] == 0)) {
            continue;
        }
        if (job->kind == ADMIN_QUEUE) {
            queue_row(call, person, job, i);
        } else {
            user_row(call, person, job->counts[i]);
        }
    }
    if (job->more) {
        call->out.next = registry_person(registry, job->uids[job->count - 1])->login;
    }
}

static void submit_count(struct core *core, struct pending *pending)
{
    const struct job *job = (const struct job *)(const void *)pending->block;
    struct store_req *req = pending_submit(core, pending);
    req->u.count.uid = job->uids[job->done];
}

static void on_count(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    struct job *job = (struct job *)(void *)pending->block;
    struct admin_call call;
    bool counted = reply->result == STORE_OK || reply->result == STORE_NOT_FOUND;
    if (counted) {
        bool there = reply->result == STORE_OK;
        job->counts[job->done] = there ? reply->u.count.count : 0;
        job->sizes[job->done] = there ? reply->u.count.size : 0;
        job->firsts[job->done] = there ? reply->u.count.oldest_ms : 0;
        job->heads[job->done] = there ? reply->u.count.head : 0;
        job->done++;
    }
    if (counted && job->done < job->count && session_find(core, pending->conn) != NULL) {
        pending_keep(pending);
        submit_count(core, pending);
        return;
    }
    if (!resume(core, pending, job->kind, &call)) {
        return;
    }
    if (counted) {
        make_people(&call, job);
    }
    admin_answer(&call, counted ? OIM_OK : OIM_AGAIN);
}

/* Keeps the first PAGE_COUNT by login. */
static void job_add(struct job *job, const struct registry *registry, const struct account *person)
{
    uint32_t at = job->count;
    while (at > 0 && strcmp(registry_person(registry, job->uids[at - 1])->login, person->login) > 0) {
        at--;
    }
    if (at == PAGE_COUNT) {
        job->more = true;
        return;
    }
    if (job->count == PAGE_COUNT) {
        job->count--;
        job->more = true;
    }
    memmove(&job->uids[at + 1], &job->uids[at], (job->count - at) * sizeof(job->uids[0]));
    job->uids[at] = person->uid;
    job->count++;
}

/* Members of @TEAM, or whose name is so. */
static bool is_meant(const struct account *person, const char *words)
{
    return words[0] == '@' ? admin_same_team(person->team, words + 1) : admin_matches(person, words);
}

static enum oim_status count_people(struct admin_call *call, const char *words)
{
    struct registry *registry = &call->core->registry;
    struct pending *pending = admin_ask_store(call, STORE_COUNT, on_count, sizeof(struct job));
    if (pending == NULL) {
        return OIM_AGAIN;
    }
    struct job *job = (struct job *)(void *)pending->block;
    memset(job, 0, sizeof(*job));
    job->kind = call->op->kind;
    job->only_waiting = call->op->kind == ADMIN_QUEUE && call->op->who[0] == '\0';
    if (call->target != NULL) {
        job->uids[job->count++] = call->target->uid;
    }
    for (uint32_t uid = 1; call->target == NULL && uid <= registry->uid_last; uid++) {
        const struct account *person = registry_person(registry, uid);
        if (person != NULL && strcmp(person->login, call->op->after) > 0 && is_meant(person, words)) {
            job_add(job, registry, person);
        }
    }
    if (job->count == 0) {
        call->later = false;
        pending_give(call->core, pending);
        return OIM_OK;
    }
    submit_count(call->core, pending);
    return OIM_OK;
}

enum oim_status admin_user_list(struct admin_call *call)
{
    return count_people(call, call->op->who);
}

enum oim_status admin_queue(struct admin_call *call)
{
    if (call->op->erase) {
        return admin_erase(call);
    }
    return count_people(call, call->target != NULL ? "" : call->op->who);
}

/* ---- what is in force ---------------------------------------------------------------------------------- */

/* The device with which somebody would most likely write: the one seen last. NULL: has none. */
static const struct device *likely_device(const struct core *core, const struct account *person)
{
    const struct device *likely = NULL;
    for (const struct device *device = registry_first_device(&core->registry, person); device != NULL;
         device = registry_next_device(&core->registry, device)) {
        if (likely == NULL || seen_at_ms(core, device) > seen_at_ms(core, likely)) {
            likely = device;
        }
    }
    return likely;
}

/* What a chat message of target's to somebody would meet now, as target would be told. */
static void note_verdict(struct admin_call *call, struct account *target, struct account *to,
                         const struct quota_usage *room)
{
    static const char *const actions[] = {
        [OFFLINE_STORE_PUSH] = "delivered", [OFFLINE_STORE_QUIET] = "delivered_quiet",
        [OFFLINE_STORE_HOLD] = "held",      [OFFLINE_LIVE] = "live",
        [OFFLINE_REFUSE] = "refused",       [OFFLINE_KEEP_QUEUED] = "queued_not_joined",
    };
    admin_note(call, "to", "%s", to->login);
    admin_note(call, "to_display", "%s", to->display);
    const struct device *device = likely_device(call->core, target);
    if (device == NULL) {
        admin_note(call, "meets", "no_device");
        return;
    }
    const char *min_version = policies_effective(&call->core->policies, target)->min_version;
    struct device assumed = *device;
    if (!device->offline_im &&
        device->client_version[0] == '\0') { /* not heard of since the server started */
        assumed.offline_im = true;
        snprintf(assumed.client_version, sizeof(assumed.client_version), "%s", min_version);
    }
    const struct offline_verdict verdict = judge_hint(call->core, target, &assumed, to, room);
    bool quiet_told = verdict.action != OFFLINE_STORE_QUIET || verdict.tell_quiet;
    admin_note(call, "meets", "%s", actions[quiet_told ? verdict.action : OFFLINE_STORE_PUSH]);
    if (verdict.action == OFFLINE_REFUSE || verdict.action == OFFLINE_LIVE) {
        admin_note(call, "reason", "%s", reason_name(verdict.reason));
        admin_note(call, "decided_by", "%s", who_name(verdict.who));
    }
    if (verdict.reason == REASON_CLIENT_TOO_OLD && min_version[0] != '\0') {
        admin_note(call, "version", "%s", device->client_version);
        admin_note(call, "min_version", "%s", min_version);
    }
}

static enum oim_status effective_rows(struct admin_call *call, struct account *target)
{
    struct core *core = call->core;
    struct frame_policy policy;
    enum oim_status status = policies_frame(&core->policies, target, &core->frame_arena, &policy);
    if (status != OIM_OK) {
        return status;
    }
    const struct effective *effective = policies_effective(&core->policies, target);
    char text[SETTING_TEXT_SIZE_MAX];
    for (unsigned i = 0; i < SETTING_COUNT + ORG_SETTING_COUNT && admin_row(call, 3); i++) {
        bool of_org = i >= SETTING_COUNT;
        const struct setting_info *info = of_org ? org_setting_info((enum org_setting_id)(i - SETTING_COUNT))
                                                 : setting_info((enum setting_id)i);
        char origin[IDENTITY_TEXT_SIZE];
        const struct setting_value_s *value =
            of_org ? org_config_value(&core->policies.org, (enum org_setting_id)(i - SETTING_COUNT))
                   : effective_value(effective, (enum setting_id)i, origin, sizeof(origin));
        setting_format(info, value, text, sizeof(text));
        admin_text(call, "setting", info->name);
        admin_text(call, "value", text);
        admin_text(call, "origin", policy.settings[i].origin);
    }
    admin_note(call, "login", "%s", target->login);
    admin_note(call, "policy", "%s", policy.name);
    admin_note(call, "via", "%s", policy.via);
    admin_note(call, "offline", "%s", effective->may_leave ? "on" : "off");
    admin_note(call, "who", "%s", who_name(effective->may_leave_who));
    admin_note(call, "display", "%s", target->display);
    admin_note(call, "team", "%s", target->team);
    admin_note(call, "rule", "%s", effective_rule(effective));
    admin_note(call, "accepts", "%s", effective->accepts ? "True" : "False");
    if (target->closed) {
        admin_note(call, "closed", "%llu", (unsigned long long)target->closed_ms);
    }
    return OIM_OK;
}

/* How full the mailbox is only the store knows. */
static enum oim_status with_verdict(struct admin_call *call, struct pending *pending,
                                    const struct store_reply *reply)
{
    struct registry *registry = &call->core->registry;
    struct account *target = registry_person(registry, (uint32_t)pending->u.any.a);
    struct account *to = registry_person(registry, (uint32_t)pending->u.any.b);
    const struct quota_usage room = judge_room(reply);
    bool counted = reply->result == STORE_OK || reply->result == STORE_NOT_FOUND;
    if (!counted || target == NULL || to == NULL) {
        return OIM_AGAIN;
    }
    enum oim_status status = effective_rows(call, target);
    if (status == OIM_OK) {
        note_verdict(call, target, to, reply->result == STORE_OK ? &room : NULL);
    }
    return status;
}

static void on_room(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    struct admin_call call;
    if (resume(core, pending, ADMIN_EFFECTIVE, &call)) {
        admin_answer(&call, with_verdict(&call, pending, reply));
    }
}

enum oim_status admin_effective(struct admin_call *call)
{
    if (call->op->to[0] == '\0') {
        return effective_rows(call, call->target);
    }
    struct account *to = NULL;
    enum oim_status status = admin_find(call, call->op->to, &to);
    if (status != OIM_OK) {
        return status;
    }
    struct pending *pending = admin_ask_store(call, STORE_COUNT, on_room, 0);
    if (pending == NULL) {
        return OIM_AGAIN;
    }
    pending->u.any.a = call->target->uid;
    pending->u.any.b = to->uid;
    struct store_req *req = pending_submit(call->core, pending);
    req->u.count.uid = to->uid;
    req->u.count.src_uid = call->target->uid;
    return OIM_OK;
}
