/*
 * handle_send.c - one Submit: verdict, device set, then one append to the recipient's mailbox and the
 * sender's own.
 *
 * Nothing is answered before the store has committed: what is kept, what is refused (a marker), what is live
 * (a marker). Answers of one device come in the order of its numbers. What the store sends back as judged too
 * early (STALE), too full (QUOTA, SHARE) or behind such a one (GAP) waits on its lane until nothing of it is
 * at the store, and is then judged again and submitted in order (BLUEPRINT B23).
 */
#include <assert.h>
#include <string.h>

#include "common/bug.h"
#include "policy/retention.h"
#include "server/core/device_set.h"
#include "server/core/handle.h"

#define TRY_COUNT_MAX 3u
#define DETAIL_WHO_SHIFT 8u /* a marker's detail: reason, and who decided above it */

static void submission_judge(struct core *core, struct device *device, struct pending *pending);

/* ---- the lane ------------------------------------------------------------------------------------------ */

/* Judging takes a Submit off the lane or to the store; an answer that does not fit ends the session and
 * empties the lane, so the first that waits is looked for anew each time. */
void lane_run(struct core *core, struct device *device)
{
    struct pending *pending = NULL;
    if (device->lane.inflight_count > 0) {
        return;
    }
    while ((pending = lane_first_waiting(&device->lane)) != NULL) {
        submission_judge(core, device, pending);
    }
}

void lane_on_session_end(struct core *core, struct device *device)
{
    struct pending *next = NULL;
    for (struct pending *pending = device->lane.first; pending != NULL; pending = next) {
        next = pending->u.submission.lane_next;
        if (!pending->u.submission.at_store) {
            lane_remove(&device->lane, pending);
            pending_give(core, pending);
        }
    }
}

/* ---- answers ------------------------------------------------------------------------------------------- */

static struct frame_submit_result plain_result(uint64_t send_no, enum outcome outcome)
{
    return (struct frame_submit_result){
        .from_no = send_no,
        .to_no = send_no,
        .outcome = outcome,
        .detail = {.policy = "", .min_version = "", .text = ""},
    };
}

static void answer_again(struct core *core, struct session *session, uint64_t send_no, enum outcome outcome,
                         enum reason reason, uint32_t retry_after_ms)
{
    struct frame_submit_result result = plain_result(send_no, outcome);
    result.reason = reason;
    result.retry_after_ms = retry_after_ms;
    outbox_result(core, session, &result);
}

static void answer_refused(struct core *core, struct session *session, const struct pending *pending,
                           enum reason reason, enum who who)
{
    const struct submission *submission = &pending->u.submission;
    struct frame_submit_result result = plain_result(submission->send_no, OUTCOME_REFUSED);
    result.reason = reason;
    result.who = who;
    judge_detail(core, session_person(core, session), registry_person(&core->registry, submission->to_uid),
                 reason, submission->limit, &result.detail);
    outbox_result(core, session, &result);
}

/* What decides how long it waits: the recipient's policy, unless the sender asked for less. "": that, or
 * gone. */
static const char *retention_policy(struct core *core, const struct submission *submission)
{
    struct account *recipient = registry_person(&core->registry, submission->to_uid);
    if (recipient == NULL || submission->cls != CLS_CHAT) {
        return "";
    }
    const struct effective *effective = policies_effective(&core->policies, recipient);
    bool asked_less = submission->ttl_s != 0 && submission->ttl_s * UINT64_C(1000) < effective->retention_ms;
    return asked_less ? "" : effective->retention_origin;
}

static void answer_stored(struct core *core, struct session *session, const struct submission *submission,
                          enum outcome outcome, uint64_t until_ms)
{
    struct frame_submit_result result = plain_result(submission->send_no, outcome);
    result.until_ms = until_ms;
    if (outcome == OUTCOME_HELD) {
        result.detail.policy = retention_policy(core, submission);
    }
    outbox_result(core, session, &result);
}

/* ---- verdict and append -------------------------------------------------------------------------------- */

static struct oim_slice env_of(const struct pending *pending)
{
    return oim_slice(pending->block, pending->u.submission.env_size);
}

static struct oim_slice own_env_of(const struct pending *pending)
{
    const struct submission *submission = &pending->u.submission;
    return oim_slice(pending->block + submission->env_size, submission->own_size);
}

/* Both mailboxes' slots against the devices there are now. */
static void compare_sets(struct core *core, const struct session *session, const struct pending *pending,
                         struct account *recipient, struct device_set_difference *out)
{
    struct envelope envelope;
    struct account *sender = session_person(core, session);
    bool decoded = envelope_decode(env_of(pending), &envelope);
    assert(decoded);
    device_set_missing(core, &envelope, recipient, sender == recipient ? session->dev : 0, out);
    device_set_revoked(core, &envelope, out);
    if (sender != recipient) {
        decoded = envelope_decode(own_env_of(pending), &envelope);
        assert(decoded);
        device_set_missing(core, &envelope, sender, session->dev, out);
        device_set_revoked(core, &envelope, out);
    }
}

static void add_target(struct pending *pending, const struct account *owner,
                       const struct effective *effective, struct oim_slice env, uint32_t flags)
{
    struct submission *submission = &pending->u.submission;
    const struct quota_limits limits = quota_limits_of(effective);
    struct store_target *target = &submission->targets[submission->target_count++];
    *target = (struct store_target){
        .uid = owner->uid,
        .kind = STORE_ROW_MESSAGE,
        .cls = submission->cls,
        .flags = flags,
        .code = submission->outcome,
        .expires_ms = submission->expires_ms,
        .msg_id = submission->msg_id,
        .env = env,
        .quota = {.courtesy_count_max = limits.count_max, .courtesy_size_max = limits.size_max},
    };
    if ((flags & STORE_ROW_OWN_COPY) == 0 && !BUG(NO_QUOTA)) {
        target->quota.count_max = limits.count_max;
        target->quota.size_max = limits.size_max;
        target->quota.share_count_max = limits.share_count_max;
        target->quota.share_size_max = limits.share_size_max;
    }
}

static void add_own_copy(struct core *core, struct pending *pending, struct account *sender)
{
    const struct effective *effective = policies_effective(&core->policies, sender);
    if (sender->device_count > 1 && effective->accepts && !BUG(NO_OWN_COPY)) {
        add_target(pending, sender, effective, own_env_of(pending), STORE_ROW_OWN_COPY);
    }
}

static void prepare(struct core *core, struct pending *pending, struct account *sender,
                    struct account *recipient, const struct offline_verdict *verdict)
{
    struct submission *submission = &pending->u.submission;
    uint32_t flags = sender == recipient ? (uint32_t)STORE_ROW_OWN_COPY : 0;
    submission->target_count = 0;
    submission->reason = (uint8_t)verdict->reason;
    submission->who = (uint8_t)verdict->who;
    submission->server_ms = core->wall_ms;
    submission->expires_ms = 0;
    switch (verdict->action) {
    case OFFLINE_STORE_PUSH:
        submission->outcome = OUTCOME_STORED_PUSHED;
        break;
    case OFFLINE_STORE_QUIET:
        submission->outcome = verdict->tell_quiet ? OUTCOME_PUSHED_QUIET : OUTCOME_STORED_PUSHED;
        flags |= STORE_ROW_QUIET;
        break;
    case OFFLINE_STORE_HOLD:
        submission->outcome = OUTCOME_HELD;
        break;
    case OFFLINE_LIVE:
        submission->outcome = OUTCOME_LIVE;
        if (sender != recipient) { /* a note to oneself has no slots but those that are pushed */
            add_own_copy(core, pending, sender);
        }
        return;
    case OFFLINE_REFUSE:
    case OFFLINE_KEEP_QUEUED:
        submission->outcome = OUTCOME_REFUSED;
        return;
    }
    const struct effective *effective = policies_effective(&core->policies, recipient);
    uint64_t expires_ms =
        retention_expires_ms(core->wall_ms, effective->retention_ms, submission->ttl_s, submission->cls);
    submission->expires_ms = expires_ms == UINT64_MAX ? 0 : expires_ms;
    add_target(pending, recipient, effective, env_of(pending), flags);
    if (sender != recipient) {
        add_own_copy(core, pending, sender);
    }
}

static struct offline_verdict verdict_on(struct core *core, const struct pending *pending,
                                         struct account *sender, struct device *device,
                                         struct account *recipient)
{
    const struct submission *submission = &pending->u.submission;
    if (recipient == NULL || registry_is_erased(recipient)) {
        return (struct offline_verdict){.action = OFFLINE_REFUSE, .reason = REASON_NO_SUCH_PERSON};
    }
    if (submission->cls != CLS_CHAT && submission->cls != CLS_RECEIPT && submission->cls != CLS_KEYCTL &&
        submission->cls != CLS_SELFSYNC) {
        return (struct offline_verdict){.action = OFFLINE_REFUSE, .reason = REASON_CLASS};
    }
    struct offline_facts facts;
    judge_facts(core, sender, device, recipient, submission->cls, &facts);
    facts.mailbox_full = submission->mailbox_full;
    facts.share_full = submission->share_full;
    return offline_judge(&facts);
}

static bool is_refusal(const struct offline_verdict *verdict)
{
    return verdict->action == OFFLINE_REFUSE || verdict->action == OFFLINE_KEEP_QUEUED;
}

static void append(struct core *core, struct session *session, struct device *device, struct pending *pending)
{
    struct submission *submission = &pending->u.submission;
    struct store_req *req = pending_submit(core, pending);
    req->u.append.guard = (struct store_guard){
        .dev = session->dev,
        .epoch = session->epoch,
        .send_no = submission->send_no,
        .policy_version = core->policies.policy_version,
        .msg_id = submission->msg_id,
    };
    for (size_t i = 0; i < submission->target_count; i++) {
        req->u.append.targets[i] = submission->targets[i];
    }
    req->u.append.target_count = submission->target_count;
    req->u.append.is_marked =
        submission->outcome == OUTCOME_LIVE; /* own copies come and go before the answer */
    req->u.append.code = submission->outcome;
    req->u.append.detail = (uint32_t)submission->reason | (uint32_t)submission->who << DETAIL_WHO_SHIFT;
    req->u.append.server_ms = submission->server_ms;
    submission->at_store = true;
    device->lane.inflight_count++;
}

static void submission_judge(struct core *core, struct device *device, struct pending *pending)
{
    struct session *session = session_find(core, pending->conn);
    struct submission *submission = &pending->u.submission;
    if (session == NULL || session->state != SESSION_READY) {
        lane_remove(&device->lane, pending);
        pending_give(core, pending);
        return;
    }
    struct account *sender = session_person(core, session);
    struct account *recipient = registry_person(&core->registry, submission->to_uid);
    struct offline_verdict verdict = verdict_on(core, pending, sender, device, recipient);
    struct device_set_difference difference = {.missing_count = 0};
    if (!is_refusal(&verdict)) {
        compare_sets(core, session, pending, recipient, &difference);
    }
    if (device_set_is_wrong(&difference)) {
        uint64_t send_no = submission->send_no;
        lane_remove(&device->lane, pending);
        pending_give(core, pending); /* before the answer, which may end the session */
        device_set_answer(core, session, send_no, &difference);
        return;
    }
    if (BUG(STALE_IS_REPEATED) && submission->try_count > 0) {
        append(core, session, device, pending);
        return;
    }
    prepare(core, pending, sender, recipient, &verdict);
    if (BUG(REFUSAL_WITHOUT_MARKER) && submission->outcome == OUTCOME_REFUSED) {
        lane_remove(&device->lane, pending);
        answer_refused(core, session, pending, submission->reason, submission->who);
        pending_give(core, pending);
        return;
    }
    append(core, session, device, pending);
    if (BUG(ANSWER_BEFORE_STORE) && submission->outcome == OUTCOME_HELD) {
        answer_stored(core, session, submission, submission->outcome, submission->expires_ms);
    }
}

/* ---- the store's answer -------------------------------------------------------------------------------- */

/* Repeats are answered elsewhere, so each message counts once. Receipts and keys are no messages. */
static void count_first_answer(struct core *core, const struct submission *submission)
{
    if (submission->cls != CLS_CHAT) {
        return;
    }
    struct core_figures *figures = &core->figures;
    bool refused = submission->outcome == OUTCOME_REFUSED;
    bool by_policy = submission->reason == REASON_SENDER_OFFLINE_OFF ||
                     submission->reason == REASON_RECIPIENT_OFFLINE_OFF ||
                     submission->reason == REASON_ORG_OFFLINE_OFF;
    figures->submit_count++;
    figures->refused_count += refused;
    figures->held_count += submission->outcome == OUTCOME_HELD;
    figures->live_count += submission->outcome == OUTCOME_LIVE;
    core_count(core, refused ? DAY_REFUSED : DAY_ACCEPTED, 1);
    core_count(core, DAY_HELD, submission->outcome == OUTCOME_HELD);
    core_count(core, DAY_REFUSED_POLICY, refused && by_policy);
}

static void on_stored(struct core *core, struct session *session, struct pending *pending,
                      const struct store_reply *reply)
{
    const struct submission *submission = &pending->u.submission;
    count_first_answer(core, submission);
    traces_submission(core, submission, pending->dev);
    switch (submission->outcome) {
    case OUTCOME_REFUSED:
        if (session != NULL) {
            answer_refused(core, session, pending, submission->reason, submission->who);
        }
        if (submission->reason == REASON_NOT_JOINED) {
            waiters_add(core, WAITS_FOR_JOIN, registry_person(&core->registry, submission->to_uid),
                        registry_person(&core->registry, pending->uid));
        } else if (submission->reason == REASON_MAILBOX_FULL) {
            waiters_add(core, WAITS_FOR_ROOM, registry_person(&core->registry, submission->to_uid),
                        registry_person(&core->registry, pending->uid));
        }
        break;
    case OUTCOME_LIVE:
        live_start(core, pending);
        break;
    default:
        if (session != NULL) {
            answer_stored(core, session, submission, submission->outcome, submission->expires_ms);
        }
        break;
    }
    for (size_t i = 0; i < submission->target_count; i++) {
        mailbox_on_target(core, &submission->targets[i], reply->u.append.seqs[i], pending->dev,
                          submission->send_no, submission->server_ms);
    }
    bool waits = submission->target_count > 0 && submission->targets[0].uid == submission->to_uid;
    if (waits && submission->outcome != OUTCOME_LIVE) {
        filling_look(core, registry_person(&core->registry, submission->to_uid),
                     reply->u.append.waiting_count, reply->u.append.waiting_size);
    }
}

/* The first answer again, from what the store kept of it. */
static void on_repeated(struct core *core, struct session *session, const struct pending *pending,
                        const struct store_reply *reply)
{
    const struct submission *submission = &pending->u.submission;
    uint32_t detail = reply->u.append.detail;
    switch (reply->u.append.code) {
    case OUTCOME_REFUSED:
        if (BUG(REPEAT_OF_REFUSED_IS_HELD)) {
            answer_stored(core, session, submission, OUTCOME_HELD, 0);
            break;
        }
        answer_refused(core, session, pending, detail & UINT8_MAX, detail >> DETAIL_WHO_SHIFT);
        break;
    case OUTCOME_LIVE:
        live_replay(core, session, submission->send_no, &submission->msg_id);
        break;
    case OUTCOME_NONE: /* stored, and gone to its devices long ago */
        answer_stored(core, session, submission, OUTCOME_STORED_PUSHED, 0);
        break;
    default:
        answer_stored(core, session, submission, reply->u.append.code, reply->u.append.until_ms);
        break;
    }
}

/* True when the Submit stays on its lane to be judged and submitted again. */
static bool wants_another_turn(struct device *device, struct pending *pending,
                               const struct store_reply *reply)
{
    struct submission *submission = &pending->u.submission;
    switch (reply->result) {
    case STORE_QUOTA:
    case STORE_SHARE:
        submission->mailbox_full = reply->result == STORE_QUOTA;
        submission->share_full = reply->result == STORE_SHARE;
        submission->limit = reply->u.append.limit;
        return submission->try_count++ < TRY_COUNT_MAX;
    case STORE_STALE:
        return submission->try_count++ < TRY_COUNT_MAX;
    case STORE_GAP:
        return device->lane.first != pending;
    default:
        return false;
    }
}

static void on_final(struct core *core, struct session *session, struct pending *pending,
                     const struct store_reply *reply)
{
    const struct submission *submission = &pending->u.submission;
    switch (reply->result) {
    case STORE_DUP:
        if (!BUG(REPEAT_IS_NOT_ANSWERED)) {
            on_repeated(core, session, pending, reply);
        }
        break;
    case STORE_GAP:
        answer_again(core, session, submission->send_no, OUTCOME_GAP, REASON_NONE, 0);
        break;
    case STORE_CONFLICT:
        answer_refused(core, session, pending, REASON_CONFLICT, WHO_NONE);
        break;
    case STORE_DISK_FULL:
        answer_again(core, session, submission->send_no, OUTCOME_RETRY, REASON_DISK_FULL, RETRY_AFTER_MS);
        break;
    case STORE_FENCED:
    case STORE_NOT_FOUND:
        session_close(core, session, OIM_ERR_CONFLICT, "another connection of this device took over", 0);
        break;
    case STORE_UNKNOWN:
        session_close(core, session, OIM_AGAIN, "the store is not sure; connect and send again",
                      RETRY_AFTER_MS);
        break;
    default:
        answer_again(core, session, submission->send_no, OUTCOME_RETRY, REASON_BUSY, RETRY_AFTER_MS);
        break;
    }
}

static void on_append(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    struct device *device = registry_device(&core->registry, pending->dev);
    struct session *session = session_find(core, pending->conn);
    if (session != NULL && session->state != SESSION_READY) {
        session = NULL;
    }
    pending->u.submission.at_store = false;
    device->lane.inflight_count--;
    if (reply->result == STORE_UNKNOWN) {
        mailbox_on_unknown(core, pending->u.submission.targets, pending->u.submission.target_count);
    }
    if (session != NULL && wants_another_turn(device, pending, reply)) {
        pending_keep(pending);
    } else {
        lane_remove(&device->lane, pending);
        if (reply->result == STORE_OK) {
            on_stored(core, session, pending, reply);
        } else if (session != NULL) {
            on_final(core, session, pending, reply);
        }
    }
    lane_run(core, device);
}

/* ---- the frame ----------------------------------------------------------------------------------------- */

static void stop_reading(struct core *core, struct session *session)
{
    if (session->read_stopped) {
        return;
    }
    session->read_stopped = true;
    session->stopped_next = core->sessions.stopped;
    core->sessions.stopped = session;
    core_effect(core, EFFECT_READ_STOP)->conn = session->conn;
}

/* The Submit as the lane keeps it; NULL when there is no room now. */
static struct pending *take_submission(struct core *core, struct session *session,
                                       const struct frame_submit *submit, const struct account *recipient,
                                       const struct envelope *env, const struct envelope *own)
{
    size_t env_size = envelope_size(env);
    size_t own_size = envelope_size(own);
    struct pending *pending = pending_take(core, session, STORE_APPEND, on_append, env_size + own_size);
    if (pending == NULL) {
        return NULL;
    }
    envelope_encode(env, pending->block);
    envelope_encode(own, pending->block + env_size);
    pending->u.submission = (struct submission){
        .send_no = submit->send_no,
        .msg_id = submit->msg_id,
        .to_user = submit->to_user,
        .to_uid = recipient == NULL ? 0 : recipient->uid,
        .env_size = (uint32_t)env_size,
        .own_size = (uint32_t)own_size,
        .ttl_s = submit->ttl_s,
        .cls = (uint8_t)submit->cls,
    };
    return pending;
}

static bool within_rate(struct core *core, struct device *device, uint64_t *out_wait_ms)
{
    const struct rate_limit limit = {
        .burst = core->config.limits.submit_burst,
        .count = core->config.limits.submit_rate_per_s,
        .period_ms = 1000,
    };
    return rate_bucket_take(&device->rate, &limit, 1, core->now_ms, out_wait_ms);
}

enum oim_status handle_submit(struct core *core, struct session *session, const struct frame *frame)
{
    const struct frame_submit *submit = &frame->u.submit;
    struct device *device = session_device(core, session);
    uint64_t wait_ms = 0;
    if (submit->suite != 0) {
        return oim_fail(&core->error, OIM_ERR_PROTOCOL, "this server takes suite 0 only");
    }
    if (device->lane.count >= UNANSWERED_MAX) {
        answer_again(core, session, submit->send_no, OUTCOME_RETRY, REASON_BUSY, RETRY_AFTER_MS);
        return OIM_OK;
    }
    if (!within_rate(core, device, &wait_ms)) {
        answer_again(core, session, submit->send_no, OUTCOME_RETRY, REASON_RATE, (uint32_t)wait_ms);
        return OIM_OK;
    }
    struct account *recipient = registry_person_by_id(&core->registry, &submit->to_user);
    struct envelope env;
    struct envelope own;
    struct device_set_difference difference = {.missing_count = 0};
    device_set_begin(submit, recipient, &env, &own);
    device_set_sort(core, session, recipient, submit, &env, &own, &difference);
    struct pending *pending = take_submission(core, session, submit, recipient, &env, &own);
    if (pending == NULL || pending_is_crowded(core)) {
        stop_reading(core, session);
    }
    if (pending == NULL) {
        answer_again(core, session, submit->send_no, OUTCOME_RETRY, REASON_BUSY, RETRY_AFTER_MS);
        return OIM_OK;
    }
    struct account *sender = session_person(core, session);
    if (difference.extra_count > 0) {
        struct offline_verdict verdict = verdict_on(core, pending, sender, device, recipient);
        if (!is_refusal(&verdict)) {
            device_set_missing(core, &env, recipient, recipient == sender ? session->dev : 0, &difference);
            if (recipient != sender) {
                device_set_missing(core, &own, sender, session->dev, &difference);
            }
            pending_give(core, pending);
            device_set_answer(core, session, submit->send_no, &difference);
            return OIM_OK;
        }
    }
    bool wait = device->lane.count > device->lane.inflight_count;
    lane_append(&device->lane, pending);
    if (!wait) {
        submission_judge(core, device, pending);
    }
    return OIM_OK;
}
