/*
 * core.c - core_step(): one event in, effects out; owns every table.
 */
#include "server/core/core.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "common/memory.h"
#include "server/core/handle.h"

#define FRAME_ARENA_SIZE 524288u
#define STEP_ARENA_SIZE 2097152u
#define LIVE_COUNT_MAX 4096u
#define SENT_COUNT_MAX 131072u /* rows on their way to all sessions together; few sessions need fewer */
#define EFFECTS_RESERVED 16u   /* of a list, for what is not a log line */
#define LOG_LINE_SIZE_MAX 256u

struct core_limits core_limits_default(void)
{
    return (struct core_limits){
        .session_count_max = 10000,
        .unauthenticated_max = 1024,
        .unauthenticated_per_address_max = 128,
        .user_count_max = 20000,
        .device_count_max = 40000,
        .policy_count_max = 256,
        .contact_count_max = 200000,
        .invite_count_max = INVITES_OPEN_MAX,
        .store_request_count_max = 4096,
        .buffer_size_max = (size_t)256 * 1024 * 1024,
        .submit_rate_per_s = 2000,
        .submit_burst = 10000,
    };
}

/* ---- making and ending --------------------------------------------------------------------------------- */

static enum oim_status init_sessions(struct core *core, struct oim_error *err)
{
    const struct core_limits *limits = &core->config.limits;
    size_t conn_max = limits->session_count_max + limits->unauthenticated_max;
    if (oim_table_init(&core->sessions.table, conn_max, sizeof(struct session)) != OIM_OK ||
        oim_table_init(&core->sessions.addresses, conn_max, sizeof(uint32_t)) != OIM_OK) {
        return oim_fail(err, OIM_ERR_LIMIT, "no memory for session_count_max %zu", limits->session_count_max);
    }
    return OIM_OK;
}

static enum oim_status init_memory(struct core *core, struct oim_error *err)
{
    core->frame_memory = oim_mem_take(1, FRAME_ARENA_SIZE);
    core->step_memory = oim_mem_take(1, STEP_ARENA_SIZE);
    core->written = oim_mem_take(EFFECT_COUNT_MAX, sizeof(*core->written));
    oim_buf_init(&core->encode, FRAME_SIZE_MAX + FRAME_HEADER_SIZE);
    if (core->frame_memory == NULL || core->step_memory == NULL || core->written == NULL ||
        oim_buf_grow(&core->encode, FRAME_SIZE_MAX + FRAME_HEADER_SIZE) == NULL) {
        return oim_fail(err, OIM_ERR_LIMIT, "no memory for the core's own buffers");
    }
    oim_buf_clear(&core->encode);
    oim_arena_init(&core->frame_arena, core->frame_memory, FRAME_ARENA_SIZE);
    oim_arena_init(&core->step_arena, core->step_memory, STEP_ARENA_SIZE);
    if (pool_init(&core->pool, core->config.limits.buffer_size_max) != OIM_OK) {
        return oim_fail(err, OIM_ERR_LIMIT, "buffer_size_max: %zu bytes cannot be had",
                        core->config.limits.buffer_size_max);
    }
    size_t sent_count_max = core->config.limits.session_count_max * 2 * WINDOW_ROWS_MAX;
    sent_count_max = sent_count_max < SENT_COUNT_MAX ? sent_count_max : SENT_COUNT_MAX;
    if (mailbox_init(&core->mail, sent_count_max) != OIM_OK ||
        live_init(&core->live, LIVE_COUNT_MAX) != OIM_OK ||
        !traces_init(&core->traces, core->config.trace_count_max)) {
        return oim_fail(err, OIM_ERR_LIMIT, "no memory for what is on its way");
    }
    return OIM_OK;
}

static enum oim_status init_all(struct core *core, struct oim_error *err)
{
    const struct core_limits *limits = &core->config.limits;
    enum oim_status status = init_memory(core, err);
    if (status == OIM_OK) {
        status = init_sessions(core, err);
    }
    if (status == OIM_OK) {
        status = pending_init(&core->pendings, limits->store_request_count_max, err);
    }
    if (status == OIM_OK) {
        status = registry_init(&core->registry, limits, err);
    }
    if (status == OIM_OK) {
        status = policies_init(&core->policies, limits, err);
    }
    return status;
}

enum oim_status core_create(struct core **out, const struct core_config *config, struct oim_error *err)
{
    if (config->limits.submit_burst == 0 || config->limits.submit_rate_per_s == 0 ||
        config->limits.unauthenticated_max == 0 || config->limits.unauthenticated_per_address_max == 0) {
        return oim_fail(err, OIM_ERR_USAGE,
                        "submit_burst, submit_rate_per_s, unauthenticated_max and "
                        "unauthenticated_per_address_max are at least 1");
    }
    struct core *core = oim_mem_take(1, sizeof(*core));
    if (core == NULL) {
        return oim_fail(err, OIM_ERR_LIMIT, "no memory for the core");
    }
    core->config = *config;
    core->server_pub = sign_public_of(&config->server_key);
    enum oim_status status = init_all(core, err);
    if (status != OIM_OK) {
        core_destroy(core);
        return status;
    }
    *out = core;
    return OIM_OK;
}

void core_destroy(struct core *core)
{
    if (core == NULL) {
        return;
    }
    sign_secret_finish(&core->config.server_key);
    oim_buf_finish(&core->encode);
    oim_mem_give(core->frame_memory);
    oim_mem_give(core->step_memory);
    oim_mem_give(core->written);
    oim_mem_give(core->mail.sents);
    pool_finish(&core->pool);
    live_finish(&core->live);
    traces_finish(&core->traces);
    oim_table_finish(&core->sessions.table);
    oim_table_finish(&core->sessions.addresses);
    pending_finish(&core->pendings);
    registry_finish(&core->registry);
    policies_finish(&core->policies);
    oim_mem_give(core);
}

void core_configure(struct core *core, const struct core_config *config)
{
    struct core_limits limits = core->config.limits; /* sizes of tables stay as they were made */
    limits.unauthenticated_max = config->limits.unauthenticated_max;
    limits.unauthenticated_per_address_max = config->limits.unauthenticated_per_address_max;
    limits.submit_rate_per_s = config->limits.submit_rate_per_s;
    limits.submit_burst = config->limits.submit_burst;
    core->config.limits = limits;
    memcpy(core->config.address, config->address, sizeof(core->config.address));
    core->config.mode = config->mode;
}

/* ---- effects ------------------------------------------------------------------------------------------- */

struct effect *core_effect(struct core *core, enum effect_kind kind)
{
    struct effect_list *effects = core->effects;
    assert(effects->count < EFFECT_COUNT_MAX);
    struct effect *effect = &effects->items[effects->count++];
    memset(effect, 0, sizeof(*effect));
    effect->kind = kind;
    return effect;
}

void core_log(struct core *core, enum effect_log_level level, const char *event, const char *format, ...)
{
    if (core->effects->count + EFFECTS_RESERVED * 16 > EFFECT_COUNT_MAX) {
        return;
    }
    char *fields = oim_arena_alloc(&core->step_arena, LOG_LINE_SIZE_MAX);
    if (fields == NULL) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(fields, LOG_LINE_SIZE_MAX, format, arguments);
    va_end(arguments);
    struct effect *effect = core_effect(core, EFFECT_LOG);
    effect->u.log.level = level;
    effect->u.log.event = event;
    effect->u.log.fields = fields;
}

void core_fail(struct core *core, const char *text)
{
    if (core->phase == PHASE_FAILED) {
        return;
    }
    core->phase = PHASE_FAILED;
    struct effect *effect = core_effect(core, EFFECT_FATAL);
    char *kept = oim_arena_strdup(&core->step_arena, oim_slice_text(text));
    effect->u.line.text = kept == NULL ? "the server cannot go on" : kept;
}

/* ---- everybody at once --------------------------------------------------------------------------------- */

static void close_everybody(struct core *core, const char *text, uint32_t retry_after_ms)
{
    struct session *next = NULL;
    for (struct session *session = oim_table_first(&core->sessions.table); session != NULL; session = next) {
        next = oim_table_next(&core->sessions.table, session);
        if (!session->gone) {
            session_close(core, session, OIM_AGAIN, text, retry_after_ms);
        }
    }
}

static void forget_pendings(struct core *core)
{
    for (uint32_t i = 0; i < core->pendings.fresh_count; i++) {
        if (core->pendings.entries[i].in_use) {
            pending_give(core, &core->pendings.entries[i]);
        }
    }
    core->pendings.req_count = 0;
}

static void forget_deferred(struct core *core)
{
    while (core->deferred_count > 0) {
        pool_give(&core->pool, core->deferred[core->deferred_first].bytes);
        core->deferred_first = (core->deferred_first + 1) % DEFERRED_COUNT_MAX;
        core->deferred_count--;
    }
}

void core_reload(struct core *core)
{
    close_everybody(core, "the store is not sure; connect again", RETRY_AFTER_MS);
    forget_deferred(core);
    core->reload = true;
}

/* Replies that are still to come belong to nobody: their tickets are of an older generation. */
static void reload_now(struct core *core)
{
    core->reload = false;
    forget_pendings(core);
    if (core->change.busy) { /* begun by a reply that came in the same step: nobody would end it */
        change_abandon(core);
    }
    registry_clear(&core->registry);
    policies_clear(&core->policies);
    watch_clear(core);
    core->uncover = (struct uncover){.look = true};
    memset(&core->orglog, 0, sizeof(core->orglog));
    core->expiry_running = false;
    core->erase_at_ms = 0;
    if (core->phase != PHASE_FAILED && core->phase != PHASE_DRAINING) {
        load_start(core);
    }
}

static void drain(struct core *core, uint32_t retry_after_ms)
{
    core->phase = PHASE_DRAINING;
    close_everybody(core, "the server is being stopped", retry_after_ms);
    forget_deferred(core);
    days_keep(core);
}

static void check_drained(struct core *core)
{
    if (core->phase == PHASE_DRAINING && !core->drained && core->pendings.count == 0 &&
        core->sessions.due == NULL) {
        core->drained = true;
        (void)core_effect(core, EFFECT_DRAINED);
    }
}

/* ---- time ---------------------------------------------------------------------------------------------- */

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static void on_time(struct core *core)
{
    if (core->phase != PHASE_RUNNING) {
        return;
    }
    core->timer_at_ms = 0;
    core->timer_at_ms = sooner(core->timer_at_ms, session_on_time(core));
    core->timer_at_ms = sooner(core->timer_at_ms, live_on_time(core));
    core->timer_at_ms = sooner(core->timer_at_ms, expiry_on_time(core));
    core->timer_at_ms = sooner(core->timer_at_ms, link_on_time(core));
    core->timer_at_ms = sooner(core->timer_at_ms, seen_on_time(core));
    core->timer_at_ms = sooner(core->timer_at_ms, days_on_time(core));
    core->timer_at_ms = sooner(core->timer_at_ms, watch_on_time(core));
    core->timer_at_ms = sooner(core->timer_at_ms, uncover_wake_at(core));
    core->timer_at_ms = sooner(core->timer_at_ms, erase_on_time(core));
}

void core_wake_at(struct core *core, uint64_t at_ms)
{
    core->timer_at_ms = sooner(core->timer_at_ms, at_ms);
}

/* The nearest of what can only have come nearer in this step; the rest is counted anew with each tick. */
static void set_wake(struct core *core)
{
    if (core->phase != PHASE_RUNNING) {
        return;
    }
    uint64_t soon_ms = core->now_ms + 1000; /* timeouts are seconds: a second late at most is on time */
    bool idle = core->sessions.table.count == 0 && core->live.table.count == 0;
    uint64_t wanted = idle ? core->timer_at_ms : sooner(core->timer_at_ms, soon_ms);
    if (core->wake_at_ms > core->now_ms && core->wake_at_ms <= wanted) {
        return;
    }
    if (wanted == 0 || wanted <= core->now_ms) {
        wanted = soon_ms;
    }
    core->wake_at_ms = wanted;
    core_effect(core, EFFECT_WAKE_AT)->u.wake_at.now_ms = wanted;
}

/* ---- one step ------------------------------------------------------------------------------------------ */

static void begin_step(struct core *core, const struct core_event *event, struct effect_list *effects)
{
    effects->count = 0;
    effects->more = false;
    core->effects = effects;
    core->now_ms = event->now_ms;
    core->wall_ms = event->wall_ms;
    core->utc_offset_s = event->utc_offset_s;
    for (size_t i = 0; i < core->written_count; i++) {
        pool_give(&core->pool, core->written[i]);
    }
    core->written_count = 0;
    core->pendings.req_count = 0;
    oim_arena_reset(&core->step_arena);
}

static void resume_reading(struct core *core)
{
    if (core->pendings.count > core->pendings.entry_count / 2) {
        return;
    }
    while (core->sessions.stopped != NULL && core->effects->count + EFFECTS_RESERVED < EFFECT_COUNT_MAX) {
        struct session *session = core->sessions.stopped;
        core->sessions.stopped = session->stopped_next;
        session->read_stopped = false;
        if (!session->gone && session->state != SESSION_CLOSED) {
            core_effect(core, EFFECT_READ_GO)->conn = session->conn;
        }
        session_release(core, session);
    }
}

static void end_step(struct core *core, bool is_round_end)
{
    if (core->phase == PHASE_RUNNING) {
        uncover_run(core);
        router_run_deferred(core);
        mailbox_pump_all(core);
    }
    if (core->reload) {
        reload_now(core);
    }
    resume_reading(core);
    if (core->pendings.req_count > 0) {
        struct effect *effect = core_effect(core, EFFECT_SUBMIT);
        effect->u.submit.reqs = core->pendings.reqs;
        effect->u.submit.req_count = core->pendings.req_count;
    }
    core->effects->more = core->effects->more || (is_round_end && core->sessions.due != NULL);
    check_drained(core);
    set_wake(core);
}

static void on_received(struct core *core, const struct core_event *event)
{
    struct session *session = session_find(core, event->conn);
    if (session != NULL && session->state != SESSION_CLOSED) {
        router_on_message(core, session, event->u.received.bytes);
    }
}

static void on_writable(struct core *core, uint64_t conn, bool blocked)
{
    struct session *session = session_find(core, conn);
    if (session == NULL) {
        return;
    }
    session->blocked = blocked;
    if (!blocked) {
        outbox_due(core, session);
    }
}

void core_step(struct core *core, const struct core_event *event, struct effect_list *effects)
{
    begin_step(core, event, effects);
    switch (event->kind) {
    case CORE_START:
        assert(core->phase == PHASE_NEW);
        core->start_wall_ms = event->wall_ms;
        days_roll(&core->days, core->wall_ms, core->utc_offset_s);
        load_start(core);
        break;
    case CORE_OPENED:
        session_on_opened(core, event);
        break;
    case CORE_RECEIVED:
        on_received(core, event);
        break;
    case CORE_BLOCKED:
        on_writable(core, event->conn, true);
        break;
    case CORE_WRITABLE:
        on_writable(core, event->conn, false);
        break;
    case CORE_CLOSED:
        session_on_closed(core, event->conn);
        break;
    case CORE_REPLIED:
        if (core->phase != PHASE_FAILED) {
            pending_on_replies(core, event->u.replied.replies, event->u.replied.reply_count);
        }
        break;
    case CORE_TICK:
        core->wake_at_ms = 0;
        on_time(core);
        break;
    case CORE_ROUND_END:
        outbox_flush(core);
        break;
    case CORE_DRAIN:
        drain(core, event->u.drain.retry_after_ms);
        break;
    case CORE_RELOADED:
        break;
    }
    end_step(core, event->kind == CORE_ROUND_END);
}

void core_count(struct core *core, enum day_figure figure, uint64_t count)
{
    if (count == 0) {
        return;
    }
    core->days_changed = true;
    days_add(&core->days, core->wall_ms, core->utc_offset_s, figure, count);
}

void core_read_figures(const struct core *core, struct core_figures *out)
{
    *out = core->figures;
    out->person_count = core->registry.person_count;
    out->joined_count = core->registry.joined_count;
    out->session_count = core->sessions.ready_count;
    out->signed_in_count = core->sessions.signed_in_count;
    out->owned = core->orglog.exists;
    out->org_id = core->orglog.org_id;
}
