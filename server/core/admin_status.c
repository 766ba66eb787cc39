/*
 * admin_status.c - how the server stands, as figures: people, what waits, policies, the store, the day's
 * messages; and what somebody should look at, as notes (USERS.md C1).
 *
 * A note is only what needs somebody: a disk that is nearly full, a mailbox that is, rows that came back
 * damaged, a calendar that jumped.
 */
#include <stdio.h>

#include "server/core/admin.h"

#define DISK_FREE_LOW (UINT64_C(1) << 30)
#define MAILBOX_PERCENT_HIGH 95u
#define LOOK_NAMED_MAX 3u

/* Whose mailbox is to be looked at: the first few by name. */
struct looks {
    uint32_t uids[LOOK_NAMED_MAX];
    uint32_t count; /* of all */
};

/* In the pending entry's block: the mailboxes, judged as the store tells them. */
struct status_job {
    struct store_reply first; /* its figures, without the usages */
    struct looks full, nearly_full, share_full;
    uint32_t fullest_uid;
    unsigned fullest_percent;
    uint64_t after_uid;
};

static struct status_job *job_of(struct pending *pending)
{
    return (struct status_job *)(void *)pending->block;
}

static void figure(struct admin_call *call, const char *name, uint64_t value)
{
    if (admin_row(call, 2)) {
        admin_text(call, "name", name);
        admin_number(call, "value", value);
    }
}

static void figure_text(struct admin_call *call, const char *name, const char *value)
{
    if (admin_row(call, 2)) {
        admin_text(call, "name", name);
        admin_text(call, "value", value);
    }
}

static const char *login_of(const struct core *core, uint64_t uid)
{
    const struct account *person = registry_person(&core->registry, uid);
    return person == NULL ? "" : person->login;
}

static void people_figures(struct admin_call *call, const struct core_figures *figures)
{
    struct core *core = call->core;
    uint64_t off_count = 0;
    uint64_t closed_count = 0;
    uint64_t policy_count = 0;
    for (uint32_t uid = 1; uid <= core->registry.uid_last; uid++) {
        struct account *person = registry_person(&core->registry, uid);
        if (person == NULL || registry_is_erased(person)) {
            continue;
        }
        const struct effective *effective = policies_effective(&core->policies, person);
        closed_count += person->closed;
        off_count += !person->closed && !effective->may_leave;
        policy_count += !person->closed && effective->via != POLICY_VIA_GLOBAL;
    }
    figure(call, "people", figures->person_count);
    figure(call, "joined", figures->joined_count);
    figure(call, "closed_count", closed_count);
    figure(call, "invites_open", registry_open_invite_count(&core->registry, core->wall_ms));
    figure(call, "signed_in", figures->signed_in_count);
    figure(call, "sessions", figures->session_count);
    figure_text(call, "offline", policies_effective(&core->policies, call->actor)->org_on ? "on" : "off");
    figure(call, "offline_off_people", off_count);
    figure(call, "policy_people", policy_count);
    figure(call, "policy_version", core->policies.policy_version);
}

static void look_notes(struct admin_call *call, const struct looks *looks, const char *note, const char *more)
{
    for (uint32_t i = 0; i < looks->count && i < LOOK_NAMED_MAX; i++) {
        admin_note(call, note, "%s", login_of(call->core, looks->uids[i]));
    }
    if (looks->count > LOOK_NAMED_MAX) {
        admin_note(call, more, "%u", looks->count - LOOK_NAMED_MAX);
    }
}

static void waiting_figures(struct admin_call *call, const struct status_job *job)
{
    struct core *core = call->core;
    const struct store_reply *reply = &job->first;
    figure(call, "waiting", reply->u.count.count);
    figure(call, "waiting_people", reply->u.count.mailbox_count);
    figure(call, "waiting_bytes", reply->u.count.size);
    figure(call, "oldest", reply->u.count.count == 0 ? 0 : reply->u.count.oldest_ms);
    figure_text(call, "oldest_login", login_of(core, reply->u.count.oldest_uid));
    figure_text(call, "fullest_login", login_of(core, job->fullest_uid));
    figure(call, "fullest_percent", job->fullest_percent);
    figure(call, "mailboxes_full", job->full.count);
    look_notes(call, &job->full, "look_full", "look_full_more");
    look_notes(call, &job->nearly_full, "look_mailbox", "look_mailbox_more");
    look_notes(call, &job->share_full, "look_share", "look_share_more");
}

static void store_figures(struct admin_call *call, const struct store_reply *reply)
{
    if (reply->u.count.db_size == 0) {
        return; /* a store that is no file */
    }
    figure(call, "store_bytes", reply->u.count.db_size);
    figure(call, "disk_free", reply->u.count.disk_free);
    figure(call, "commit_age_ms", reply->u.count.commit_age_ms);
    figure(call, "commit_us_max", reply->u.count.commit_us_max);
    if (reply->u.count.disk_free < DISK_FREE_LOW) {
        admin_note(call, "look_disk", "%llu", (unsigned long long)reply->u.count.disk_free);
    }
}

static void day_figures(struct admin_call *call, const char *prefix, const struct day *day)
{
    for (unsigned i = 0; i < DAY_FIGURE_COUNT; i++) {
        const char *name =
            oim_arena_printf(&call->core->frame_arena, "%s_%s", prefix, day_figure_name((enum day_figure)i));
        if (name != NULL) {
            figure(call, name, day->counts[i]);
        }
    }
}

static void traffic_figures(struct admin_call *call, const struct core_figures *figures)
{
    struct core *core = call->core;
    struct days *days = &core->days;
    days_roll(days, core->wall_ms, core->utc_offset_s);
    figure(call, "submitted", figures->submit_count);
    figure(call, "held", figures->held_count);
    figure(call, "delivered", figures->delivered_count);
    figure(call, "live", figures->live_count);
    figure(call, "refused", figures->refused_count);
    figure(call, "counted_since", days->since_ms);
    day_figures(call, "today", &days->today);
    if (days_know_before(days, core->utc_offset_s)) {
        day_figures(call, "yesterday", &days->before);
    }
    uint64_t lost = days->today.counts[DAY_LOST] + days->before.counts[DAY_LOST];
    if (lost > 0) {
        admin_note(call, "look_lost", "%llu", (unsigned long long)lost);
    }
    if (core->ahead_uid != 0) {
        admin_note(call, "look_older_copy", "%s", registry_person(&core->registry, core->ahead_uid)->login);
    }
    if (core->calendar_jumped && core->now_ms < core->expiry_trusts_at_ms) {
        admin_note(call, "look_calendar", "%llu",
                   (unsigned long long)((core->expiry_trusts_at_ms - core->now_ms) / 60000 + 1));
    }
}

static void make_status(struct admin_call *call, struct pending *pending, const struct store_reply *reply)
{
    struct core *core = call->core;
    const struct status_job *job = job_of(pending);
    struct core_figures figures;
    (void)reply;
    core_read_figures(core, &figures);
    figure_text(call, "version", OIM_VERSION);
    figure_text(call, "address", core->config.address);
    figure_text(call, "mode", core->config.mode == WAY_PROXY ? "proxy" : "direct");
    figure(call, "since", core->start_wall_ms);
    people_figures(call, &figures);
    waiting_figures(call, job);
    store_figures(call, &job->first);
    traffic_figures(call, &figures);
    figure(call, "log_entries", core->orglog.seq);
    figure(call, "audit_entries", core->orglog.audit_n);
}

/* ---- how full the mailboxes are ------------------------------------------------------------------------ */

static void looks_add(struct looks *looks, uint32_t uid)
{
    if (looks->count < LOOK_NAMED_MAX) {
        looks->uids[looks->count] = uid;
    }
    looks->count++;
}

/* A mailbox by its person's own limits, as a message would be judged. Of somebody whose account is closed
 * nobody is refused for want of room. */
static void take_usage(struct core *core, struct status_job *job, const struct store_usage *usage)
{
    struct account *person = registry_person(&core->registry, usage->uid);
    if (person == NULL || person->closed) {
        return;
    }
    const struct quota_limits limits = quota_limits_of(policies_effective(&core->policies, person));
    const struct quota_usage used = {.count = usage->count,
                                     .size = usage->size,
                                     .share_count = usage->share_count,
                                     .share_size = usage->share_size};
    unsigned percent = quota_percent(&limits, &used);
    enum quota_answer answer = judge_fullness(core, person, &used);
    if (job->fullest_uid == 0 || percent > job->fullest_percent) {
        job->fullest_uid = person->uid;
        job->fullest_percent = percent;
    }
    if (answer == QUOTA_MAILBOX_FULL) {
        looks_add(&job->full, person->uid);
    } else if (answer == QUOTA_SHARE_FULL) {
        looks_add(&job->share_full, person->uid);
    } else if (percent >= MAILBOX_PERCENT_HIGH) {
        looks_add(&job->nearly_full, person->uid);
    }
}

static void on_count(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    struct status_job *job = job_of(pending);
    for (size_t i = 0; reply->result == STORE_OK && i < reply->u.count.usage_count; i++) {
        take_usage(core, job, &reply->u.count.usages[i]);
    }
    if (job->after_uid == 0) {
        job->first = *reply;
        job->first.memory = NULL;
        job->first.u.count.usages = NULL;
    }
    if (reply->result == STORE_OK && reply->u.count.more && session_find(core, pending->conn) != NULL) {
        job->after_uid += STORE_USAGE_RANGE;
        pending_keep(pending);
        pending_submit(core, pending)->u.count.after_uid = job->after_uid;
        return;
    }
    admin_finish_later(core, pending, reply, ADMIN_STATUS, make_status);
}

enum oim_status admin_status(struct admin_call *call)
{
    struct pending *pending = admin_ask_store(call, STORE_COUNT, on_count, sizeof(struct status_job));
    if (pending == NULL) {
        return OIM_AGAIN;
    }
    *job_of(pending) = (struct status_job){0};
    (void)pending_submit(call->core, pending);
    return OIM_OK;
}
