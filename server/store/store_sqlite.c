/*
 * store_sqlite.c - the back end in life: store.h's operations over one writer, one reader and their rings.
 *
 * The loop's side. It alone counts what is in flight and how much memory that takes, so those counts need no
 * lock: a request counts from submit to reap, the memory behind its reply until release.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "server/store/store.h"
#include "server/store/store_thread.h"

struct store_sqlite {
    struct store base;
    struct store_config config;
    char *data_dir, *vfs; /* owned copies of what config names */
    struct store_writer writer;
    struct store_thread thread;
    struct store_ticket_pool pool;
    size_t request_count; /* submitted, not reaped */
    size_t request_size;  /* bytes of their tickets */
    size_t reply_size;    /* bytes reserved for replies, until release */
};

static struct store_sqlite *self_of(struct store *store)
{
    return (struct store_sqlite *)(void *)store;
}

/* One request always fits an empty store, however small the bounds. */
static bool fits(size_t used, size_t more, size_t max)
{
    return used == 0 || (used <= max && more <= max - used);
}

static size_t sqlite_submit(struct store *store, const struct store_req *reqs, size_t req_count)
{
    struct store_sqlite *self = self_of(store);
    size_t taken = 0;
    for (; taken < req_count && self->request_count < self->config.request_count_max; taken++) {
        size_t size = store_ticket_size(&reqs[taken]);
        size_t reply_size = store_ticket_reply_size(&reqs[taken]);
        bool has_room = fits(self->request_size, size, self->config.memory_size_max) &&
                        fits(self->reply_size, reply_size, self->config.memory_size_max);
        struct store_ticket *ticket = has_room ? store_ticket_create(&self->pool, &reqs[taken]) : NULL;
        if (ticket == NULL) {
            break;
        }
        self->request_count++;
        self->request_size += size;
        self->reply_size += reply_size;
        store_thread_submit(&self->thread, ticket);
    }
    return taken;
}

static void sqlite_flush(struct store *store)
{
    store_thread_flush(&self_of(store)->thread);
}

static size_t sqlite_reap(struct store *store, struct store_reply *out_replies, size_t reply_count_max)
{
    struct store_sqlite *self = self_of(store);
    if (self->config.threadless) {
        store_thread_work(&self->thread);
    }
    store_thread_begin_reap(&self->thread);
    size_t count = 0;
    struct store_ticket *ticket = NULL;
    while (count < reply_count_max && (ticket = store_thread_take(&self->thread)) != NULL) {
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
    if (count == reply_count_max) {
        store_thread_wake_loop(&self->thread); /* there may be more */
    }
    return count;
}

static void sqlite_release(struct store *store, struct store_reply *replies, size_t reply_count)
{
    struct store_sqlite *self = self_of(store);
    for (size_t i = 0; i < reply_count; i++) {
        struct store_memory *memory = replies[i].memory;
        if (memory != NULL) {
            assert(self->reply_size >= memory->reserved_size);
            self->reply_size -= memory->reserved_size;
            free(memory);
            replies[i].memory = NULL;
        }
    }
}

static size_t sqlite_poll(struct store *store, struct pollfd *out_fds, size_t fd_count_max,
                          uint64_t *out_wake_at_ms)
{
    struct store_sqlite *self = self_of(store);
    *out_wake_at_ms = store_thread_wake_at_ms(&self->thread);
    if (fd_count_max == 0) {
        return 0;
    }
    out_fds[0] = (struct pollfd){.fd = self->thread.loop_fd, .events = POLLIN};
    return 1;
}

static void sqlite_stats(struct store *store, struct store_stats *out)
{
    struct store_sqlite *self = self_of(store);
    pthread_mutex_lock(&self->thread.stats_mutex);
    *out = self->thread.stats;
    pthread_mutex_unlock(&self->thread.stats_mutex);
}

static void destroy(struct store_sqlite *self)
{
    if (self != NULL) {
        store_writer_close(&self->writer);
        store_ticket_pool_finish(&self->pool);
        free(self->data_dir);
        free(self->vfs);
        free(self);
    }
}

static void destroyp(struct store_sqlite **self)
{
    destroy(*self);
}

static void sqlite_close(struct store *store, bool drain)
{
    struct store_sqlite *self = self_of(store);
    store_thread_stop(&self->thread, drain);
    destroy(self);
}

static const struct store_ops sqlite_ops = {
    .submit = sqlite_submit,
    .flush = sqlite_flush,
    .reap = sqlite_reap,
    .release = sqlite_release,
    .poll = sqlite_poll,
    .stats = sqlite_stats,
    .close = sqlite_close,
};

static char *copy_text(const char *text)
{
    size_t size = text == NULL ? 0 : strlen(text) + 1;
    char *copy = size == 0 ? NULL : malloc(size);
    return copy == NULL ? NULL : memcpy(copy, text, size);
}

enum oim_status store_sqlite_open(struct store **out, const struct store_config *config,
                                  const struct store_env *env, struct oim_error *err)
{
    OIM_CLEANUP(destroyp) struct store_sqlite *self = calloc(1, sizeof(*self));
    if (self == NULL) {
        return oim_fail(err, OIM_ERR_IO, "out of memory");
    }
    self->base.ops = &sqlite_ops;
    self->pool.count_max = config->request_count_max;
    self->config = *config;
    self->data_dir = copy_text(config->data_dir);
    self->vfs = copy_text(config->vfs);
    if (self->data_dir == NULL || (config->vfs != NULL && self->vfs == NULL)) {
        return oim_fail(err, OIM_ERR_IO, "out of memory");
    }
    self->config.data_dir = self->data_dir;
    self->config.vfs = self->vfs;
    enum oim_status status = store_writer_open(&self->writer, &self->config, env, err);
    if (status != OIM_OK) {
        return status;
    }
    status = store_thread_start(&self->thread, &self->writer, err);
    if (status != OIM_OK) {
        return status;
    }
    *out = &self->base;
    self = NULL;
    return OIM_OK;
}
