/*
 * core.h - the whole server logic as one function: one event in, effects out.
 *
 * Same events, same random bytes: same effects, every time. No socket, SQL, clock, random source, thread or log
 * inside. The shell performs the effects in order and reports back with further events.
 */
#ifndef OIM_SERVER_CORE_CORE_H
#define OIM_SERVER_CORE_CORE_H

#include "common/crypto.h"
#include "common/error.h"
#include "common/random.h"
#include "server/core/effect.h"
#include "server/core/event.h"

struct core_limits {
    size_t session_count_max;       /* 10,000 */
    size_t unauthenticated_max;     /* 1,024; when full the oldest unfinished one is closed */
    size_t unauthenticated_per_address_max; /* 128 */
    size_t user_count_max;          /* 20,000 */
    size_t device_count_max;
    size_t policy_count_max;
    size_t contact_count_max;       /* all people's together */
    size_t invite_count_max;        /* INVITES_OPEN_MAX */
    size_t store_request_count_max; /* the store's request_count_max */
    size_t buffer_size_max;         /* all outboxes together */
    uint32_t submit_rate_per_s;     /* per device, and its burst */
    uint32_t submit_burst;
};

struct core_config {
    struct sign_secret server_key;  /* SRV */
    struct core_limits limits;
    char address[HOST_PORT_SIZE_MAX]; /* what goes into invite lines; "" when nobody told us */
    enum way_mode mode;               /* direct or proxy, for invite lines */
    uint32_t trace_count_max;       /* events that are remembered for `oimctl trace`; 0: none */
    uint64_t trace_ms;              /* and for how long */
    struct oim_random random;
};

struct core;

struct core_limits core_limits_default(void);

/** Takes all memory the core will ever use. Errors: OIM_ERR_LIMIT, OIM_ERR_USAGE with the limit's name. */
OIM_MUST_CHECK enum oim_status core_create(struct core **out, const struct core_config *config,
                                           struct oim_error *err);
void core_destroy(struct core *core);

/* One event in, at most EFFECT_COUNT_MAX effects out (effects is cleared first). */
void core_step(struct core *core, const struct core_event *event, struct effect_list *effects);

/* New addresses or limits: takes effect with the CORE_RELOADED event that must follow. */
void core_configure(struct core *core, const struct core_config *config);

/* For the first line of a start, `status` and metrics. */
struct core_figures {
    uint64_t person_count, joined_count, signed_in_count, session_count, waiting_count, waiting_mailbox_count;
    /* Since the start, each message once: submit_count is those accepted and those refused. */
    uint64_t submit_count, delivered_count, refused_count, held_count, live_count;
    bool owned;
    struct oim_id org_id;
};
void core_read_figures(const struct core *core, struct core_figures *out);

#endif
