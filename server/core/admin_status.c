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

static void waiting_figures(struct admin_call *call, const struct store_reply *reply)
{
    struct core *core = call->core;
    struct account *fullest = registry_person(&core->registry, reply->u.count.fullest_uid);
    unsigned percent = 0;
    if (fullest != NULL) {
        const struct quota_limits limits = quota_limits_of(policies_effective(&core->policies, fullest));
        const struct quota_usage usage = {.count = reply->u.count.fullest_count,
                                          .size = reply->u.count.fullest_size};
        percent = quota_percent(&limits, &usage);
    }
    figure(call, "waiting", reply->u.count.count);
    figure(call, "waiting_people", reply->u.count.mailbox_count);
    figure(call, "waiting_bytes", reply->u.count.size);
    figure(call, "oldest", reply->u.count.count == 0 ? 0 : reply->u.count.oldest_ms);
    figure_text(call, "oldest_login", login_of(core, reply->u.count.oldest_uid));
    figure_text(call, "fullest_login", login_of(core, reply->u.count.fullest_uid));
    figure(call, "fullest_percent", percent);
    if (percent >= MAILBOX_PERCENT_HIGH) {
        admin_note(call, "look_mailbox", "%s", fullest->login);
    }
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
    struct core_figures figures;
    (void)pending;
    core_read_figures(core, &figures);
    figure_text(call, "version", OIM_VERSION);
    figure_text(call, "address", core->config.address);
    figure_text(call, "mode", core->config.mode == WAY_PROXY ? "proxy" : "direct");
    figure(call, "since", core->start_wall_ms);
    people_figures(call, &figures);
    waiting_figures(call, reply);
    store_figures(call, reply);
    traffic_figures(call, &figures);
    figure(call, "log_entries", core->orglog.seq);
    figure(call, "audit_entries", core->orglog.audit_n);
}

static void on_status(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    admin_finish_later(core, pending, reply, ADMIN_STATUS, make_status);
}

enum oim_status admin_status(struct admin_call *call)
{
    struct pending *pending = admin_ask_store(call, STORE_COUNT, on_status, 0);
    if (pending == NULL) {
        return OIM_AGAIN;
    }
    pending_submit(call->core, pending)->u.count.uid = 0;
    return OIM_OK;
}
