#include "tests/sim/store_sim.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "server/store/store_copy.h"
#include "tests/sim/store_model.h"

struct store_sim_disk {
    struct store_model *model;
};

void store_sim_count_filling(struct store_sim_disk *disk, uint64_t uid, uint64_t *out_count)
{
    *out_count = store_model_count_filling(disk->model, uid, 0).count;
}

/* Tickets in order, each with the time it is ready. */
struct ticket_queue {
    struct store_ticket **tickets;
    uint64_t *ready_ms;
    size_t count, capacity;
};

struct store_sim {
    struct store base;
    struct store_sim_disk *disk;
    struct store_config config;
    struct store_env env;
    struct store_sim_faults faults;
    enum store_sim_fate next_fate;
    bool is_held, is_committing, is_fatal;
    struct ticket_queue waiting, committing, answered, pages;
    struct store_ticket_pool pool;
    uint64_t commit_end_ms;
    uint64_t page_ready_ms; /* pages leave in order */
    size_t request_count, request_size, reply_size;
    struct store_stats stats;
};

struct store_sim_disk *store_sim_disk_create(void)
{
    struct store_sim_disk *disk = calloc(1, sizeof(*disk));
    assert(disk != NULL);
    disk->model = store_model_create();
    return disk;
}

void store_sim_disk_destroy(struct store_sim_disk *disk)
{
    if (disk != NULL) {
        store_model_destroy(disk->model);
        free(disk);
    }
}

struct store_sim_disk *store_sim_disk_copy(const struct store_sim_disk *disk)
{
    struct store_sim_disk *copy = calloc(1, sizeof(*copy));
    assert(copy != NULL);
    copy->model = store_model_copy(disk->model);
    return copy;
}

static struct store_sim *self_of(struct store *store)
{
    return (struct store_sim *)(void *)store;
}

static uint64_t now_ms_of(const struct store_sim *self)
{
    return self->env.clock.now_ms(self->env.clock.context);
}

static uint32_t draw_below(struct store_sim *self, uint32_t bound)
{
    uint32_t value = 0;
    oim_random_fill(&self->env.random, &value, sizeof(value));
    return value % bound;
}

static bool draw_chance(struct store_sim *self, uint32_t permille)
{
    return permille > 0 && draw_below(self, 1000) < permille;
}

static void queue_push(struct ticket_queue *queue, struct store_ticket *ticket, uint64_t ready_ms)
{
    if (queue->count == queue->capacity) {
        queue->capacity = queue->capacity == 0 ? 16 : queue->capacity * 2;
        queue->tickets = reallocarray(queue->tickets, queue->capacity, sizeof(struct store_ticket *));
        queue->ready_ms = reallocarray(queue->ready_ms, queue->capacity, sizeof(uint64_t));
        assert(queue->tickets != NULL && queue->ready_ms != NULL);
    }
    queue->tickets[queue->count] = ticket;
    queue->ready_ms[queue->count++] = ready_ms;
}

static struct store_ticket *queue_pop(struct ticket_queue *queue)
{
    struct store_ticket *ticket = queue->tickets[0];
    queue->count--;
    memmove(queue->tickets, queue->tickets + 1, queue->count * sizeof(struct store_ticket *));
    memmove(queue->ready_ms, queue->ready_ms + 1, queue->count * sizeof(uint64_t));
    return ticket;
}

static void queue_finish(struct store_sim *self, struct ticket_queue *queue)
{
    for (size_t i = 0; i < queue->count; i++) {
        free(queue->tickets[i]->reply.memory);
        store_ticket_destroy(&self->pool, queue->tickets[i]);
    }
    free(queue->tickets);
    free(queue->ready_ms);
    *queue = (struct ticket_queue){0};
}

static uint64_t draw_delay_ms(struct store_sim *self)
{
    if (draw_chance(self, self->faults.stall_permille)) {
        return draw_below(self, self->faults.stall_ms_max + 1);
    }
    return self->faults.delay_ms_max == 0 ? 0 : draw_below(self, self->faults.delay_ms_max + 1);
}

/* What waited while the last commit ran becomes the next one. */
static void begin_commit(struct store_sim *self)
{
    if (self->is_committing || self->waiting.count == 0) {
        return;
    }
    struct ticket_queue empty = self->committing;
    self->committing = self->waiting;
    self->waiting = empty;
    self->is_committing = true;
    self->commit_end_ms = now_ms_of(self) + draw_delay_ms(self);
}

static enum store_sim_fate draw_fate(struct store_sim *self)
{
    enum store_sim_fate fate = self->next_fate;
    self->next_fate = STORE_SIM_COMMITS;
    if (fate != STORE_SIM_COMMITS) {
        return fate;
    }
    if (draw_chance(self, self->faults.retry_permille)) {
        return STORE_SIM_RETRY;
    }
    if (draw_chance(self, self->faults.unknown_permille)) {
        return draw_below(self, 2) == 0 ? STORE_SIM_UNKNOWN_APPLIED : STORE_SIM_UNKNOWN_LOST;
    }
    return STORE_SIM_COMMITS;
}

static void answer(struct store_ticket *ticket, enum store_result result)
{
    free(ticket->reply.memory);
    ticket->reply = (struct store_reply){
        .op = ticket->req.op, .lane = ticket->req.lane, .ticket = ticket->req.ticket, .result = result};
}

static enum store_result refusal_of(enum store_sim_fate fate)
{
    switch (fate) {
    case STORE_SIM_UNKNOWN_APPLIED:
    case STORE_SIM_UNKNOWN_LOST:
        return STORE_UNKNOWN;
    case STORE_SIM_FATAL:
        return STORE_FATAL;
    default:
        return STORE_RETRY;
    }
}

static void end_commit(struct store_sim *self)
{
    enum store_sim_fate fate = self->is_fatal ? STORE_SIM_FATAL : draw_fate(self);
    self->is_fatal = fate == STORE_SIM_FATAL;
    bool is_disk_full = fate == STORE_SIM_DISK_FULL;
    bool is_success = fate == STORE_SIM_COMMITS || is_disk_full;
    bool is_applied = is_success || fate == STORE_SIM_UNKNOWN_APPLIED;
    uint64_t now_ms = now_ms_of(self);
    self->is_committing = false;
    for (size_t i = 0; i < self->committing.count; i++) {
        struct store_ticket *ticket = self->committing.tickets[i];
        if (is_applied) {
            store_model_apply(self->disk->model, ticket, is_disk_full);
        }
        if (!is_success) {
            answer(ticket, refusal_of(fate));
        }
        if (ticket->req.op == STORE_PAGE) {
            uint64_t ready_ms = now_ms + draw_delay_ms(self);
            self->page_ready_ms = ready_ms > self->page_ready_ms ? ready_ms : self->page_ready_ms;
            queue_push(&self->pages, ticket, self->page_ready_ms);
        } else {
            queue_push(&self->answered, ticket, 0);
        }
    }
    self->committing.count = 0;
    if (is_applied && draw_chance(self, self->faults.trim_permille)) {
        store_model_trim(self->disk->model);
    }
    self->stats.commit_count++;
    begin_commit(self);
}

static void work(struct store_sim *self)
{
    begin_commit(self);
    while (self->is_committing && !self->is_held && self->commit_end_ms <= now_ms_of(self)) {
        end_commit(self);
    }
}

static bool fits(size_t used, size_t more, size_t max)
{
    return used == 0 || (used <= max && more <= max - used);
}

static size_t sim_submit(struct store *store, const struct store_req *reqs, size_t req_count)
{
    struct store_sim *self = self_of(store);
    bool is_short = draw_chance(self, self->faults.short_submit_permille);
    size_t count_max = is_short ? draw_below(self, (uint32_t)req_count + 1) : req_count;
    size_t taken = 0;
    for (; taken < count_max && self->request_count < self->config.request_count_max; taken++) {
        size_t size = store_ticket_size(&reqs[taken]);
        size_t reply_size = store_ticket_reply_size(&reqs[taken]);
        if (!fits(self->request_size, size, self->config.memory_size_max) ||
            !fits(self->reply_size, reply_size, self->config.memory_size_max)) {
            break;
        }
        struct store_ticket *ticket = store_ticket_create(&self->pool, &reqs[taken]);
        assert(ticket != NULL);
        self->request_count++;
        self->request_size += size;
        self->reply_size += reply_size;
        queue_push(&self->waiting, ticket, 0);
    }
    return taken;
}

static void sim_flush(struct store *store)
{
    begin_commit(self_of(store));
}

static struct store_ticket *take_answer(struct store_sim *self)
{
    if (self->answered.count > 0) {
        return queue_pop(&self->answered);
    }
    if (self->pages.count == 0 || self->pages.ready_ms[0] > now_ms_of(self)) {
        return NULL;
    }
    struct store_ticket *ticket = queue_pop(&self->pages);
    store_model_fetch(self->disk->model, ticket);
    return ticket;
}

static size_t sim_reap(struct store *store, struct store_reply *out_replies, size_t reply_count_max)
{
    struct store_sim *self = self_of(store);
    work(self);
    size_t count = 0;
    struct store_ticket *ticket = NULL;
    while (count < reply_count_max && (ticket = take_answer(self)) != NULL) {
        self->request_count--;
        self->request_size -= ticket->block_size;
        out_replies[count++] = ticket->reply;
        struct store_memory *memory = ticket->reply.memory;
        if (memory == NULL) {
            self->reply_size -= ticket->reserved_size;
        } else {
            memory->reserved_size = ticket->reserved_size;
        }
        store_ticket_destroy(&self->pool, ticket);
    }
    return count;
}

static void sim_release(struct store *store, struct store_reply *replies, size_t reply_count)
{
    struct store_sim *self = self_of(store);
    for (size_t i = 0; i < reply_count; i++) {
        struct store_memory *memory = replies[i].memory;
        if (memory != NULL) {
            self->reply_size -= memory->reserved_size;
            free(memory);
            replies[i].memory = NULL;
        }
    }
}

static size_t sim_poll(struct store *store, struct pollfd *out_fds, size_t fd_count_max,
                       uint64_t *out_wake_at_ms)
{
    struct store_sim *self = self_of(store);
    (void)out_fds;
    (void)fd_count_max;
    begin_commit(self);
    uint64_t wake_at_ms = UINT64_MAX;
    if (self->is_committing && !self->is_held) {
        wake_at_ms = self->commit_end_ms;
    }
    if (self->pages.count > 0 && self->pages.ready_ms[0] < wake_at_ms) {
        wake_at_ms = self->pages.ready_ms[0];
    }
    *out_wake_at_ms = self->answered.count > 0 ? 0 : wake_at_ms;
    return 0;
}

static void sim_stats(struct store *store, struct store_stats *out)
{
    *out = self_of(store)->stats;
}

static void sim_close(struct store *store, bool drain)
{
    struct store_sim *self = self_of(store);
    begin_commit(self);
    while (drain && self->is_committing) {
        end_commit(self);
    }
    queue_finish(self, &self->waiting);
    queue_finish(self, &self->committing);
    queue_finish(self, &self->answered);
    queue_finish(self, &self->pages);
    store_ticket_pool_finish(&self->pool);
    free(self);
}

static const struct store_ops sim_ops = {
    .submit = sim_submit,
    .flush = sim_flush,
    .reap = sim_reap,
    .release = sim_release,
    .poll = sim_poll,
    .stats = sim_stats,
    .close = sim_close,
};

struct store *store_sim_open(struct store_sim_disk *disk, const struct store_config *config,
                             const struct store_env *env)
{
    struct store_sim *self = calloc(1, sizeof(*self));
    assert(self != NULL);
    *self = (struct store_sim){.base.ops = &sim_ops,
                               .disk = disk,
                               .config = *config,
                               .env = *env,
                               .pool.count_max = config->request_count_max};
    return &self->base;
}

void store_sim_set_faults(struct store *store, const struct store_sim_faults *faults)
{
    self_of(store)->faults = *faults;
}

void store_sim_set_next_fate(struct store *store, enum store_sim_fate fate)
{
    self_of(store)->next_fate = fate;
}

void store_sim_hold(struct store *store, bool hold)
{
    self_of(store)->is_held = hold;
}
