#include "server/store/store_thread.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "server/store/store_reader.h"
#include "server/store/store_trim.h"

enum stop_mode { STOP_NOT = 0, STOP_DRAIN, STOP_ABANDON };

static uint64_t now_ms_of(const struct store_thread *thread)
{
    const struct oim_clock *clock = &thread->writer->env.clock;
    return clock->now_ms(clock->context);
}

static void wake_fd(int fd)
{
    /* The counter cannot overflow: it is read before the next wake. */
    ssize_t written = write(fd, &(uint64_t){1}, sizeof(uint64_t));
    assert(written == (ssize_t)sizeof(uint64_t));
}

static void drain_fd(int fd)
{
    uint64_t count = 0;
    ssize_t got = read(fd, &count, sizeof(count));
    assert(got == (ssize_t)sizeof(count) || errno == EAGAIN);
}

/* Both sides exchange: whichever comes second sees the other, so that no wake-up is lost. */
static void wake_side(_Atomic bool *sleeps, int fd)
{
    if (atomic_exchange(sleeps, false)) {
        wake_fd(fd);
    }
}

static void sleep_side(_Atomic bool *sleeps, int fd, struct oim_ring *ring, _Atomic int *stop, int timeout_ms)
{
    atomic_exchange(sleeps, true);
    if (oim_ring_count(ring) == 0 && atomic_load(stop) == STOP_NOT) {
        struct pollfd waits = {.fd = fd, .events = POLLIN};
        poll(&waits, 1, timeout_ms);
    }
    if (!atomic_exchange(sleeps, false)) {
        drain_fd(fd);
    }
}

void store_thread_wake_loop(struct store_thread *thread)
{
    if (!atomic_exchange(&thread->loop_woken, true)) {
        wake_fd(thread->loop_fd);
    }
}

void store_thread_begin_reap(struct store_thread *thread)
{
    drain_fd(thread->loop_fd);
    atomic_exchange(&thread->loop_woken, false);
}

/* Whether the ticket has to be committed now: only a cursor that says nothing to anybody may wait. */
static bool is_urgent(const struct store_ticket *ticket)
{
    return ticket->req.op != STORE_CURSOR || ticket->req.u.cursor.notice_count > 0;
}

static size_t take_waiting(struct store_thread *thread)
{
    size_t taken = 0;
    struct store_ticket *ticket = NULL;
    while (thread->batch_count < thread->batch_capacity && oim_ring_pop(&thread->to_writer, &ticket)) {
        if (thread->batch_count == 0) {
            thread->batch_since_ms = now_ms_of(thread);
        }
        thread->is_urgent = thread->is_urgent || is_urgent(ticket);
        thread->batch[thread->batch_count++] = ticket;
        taken++;
    }
    return taken;
}

static void push(struct oim_ring *ring, struct store_ticket *ticket)
{
    bool has_room = oim_ring_push(ring, &ticket);
    assert(has_room); /* what is in flight is bounded by the rings' capacity */
}

static void run_batch(struct store_thread *thread)
{
    store_writer_run(thread->writer, thread->batch, thread->batch_count);
    pthread_mutex_lock(&thread->stats_mutex);
    thread->stats = thread->writer->stats;
    pthread_mutex_unlock(&thread->stats_mutex);
    size_t page_count = 0;
    for (size_t i = 0; i < thread->batch_count; i++) {
        struct store_ticket *ticket = thread->batch[i];
        bool is_for_reader = thread->is_threaded && ticket->req.op == STORE_PAGE;
        if (!thread->is_threaded && ticket->req.op == STORE_PAGE) {
            store_reader_fetch(&thread->writer->db, ticket);
        }
        push(is_for_reader ? &thread->to_reader : &thread->from_writer, ticket);
        page_count += is_for_reader ? 1 : 0;
    }
    if (page_count > 0) {
        wake_side(&thread->reader_sleeps, thread->reader_fd);
    }
    if (page_count < thread->batch_count && thread->is_threaded) {
        store_thread_wake_loop(thread);
    }
    thread->last_counts[1] = thread->last_counts[0];
    thread->last_counts[0] = thread->batch_count;
    thread->batch_count = 0;
    thread->is_urgent = false;
    thread->active_ms = now_ms_of(thread);
}

static uint64_t microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

/*
 * In a closed loop natural batching splits the senders into two halves that take turns, and everybody waits
 * for two commits. Waiting a moment for as many as the last two batches held brings them together (B37).
 */
static void gather(struct store_thread *thread)
{
    uint32_t gather_us = thread->writer->config->gather_us;
    uint64_t expected = thread->last_counts[0] + thread->last_counts[1];
    if (gather_us == 0 || expected < 2) {
        return;
    }
    uint64_t end_us = microseconds() + gather_us;
    while (oim_ring_count(&thread->to_writer) + thread->batch_count < expected && microseconds() < end_us) {
        sched_yield();
    }
}

static bool is_batch_due(const struct store_thread *thread, uint64_t now_ms, int stop)
{
    if (thread->batch_count == 0) {
        return false;
    }
    return thread->is_urgent || stop != STOP_NOT || thread->batch_count * 2 >= thread->batch_capacity ||
           now_ms - thread->batch_since_ms >= STORE_CURSOR_WAIT_MS;
}

/* When the writer has something to do although nobody asks. UINT64_MAX: never. */
static uint64_t idle_due_ms(const struct store_thread *thread)
{
    uint64_t due_ms = UINT64_MAX;
    if (thread->batch_count > 0) {
        due_ms = thread->batch_since_ms + STORE_CURSOR_WAIT_MS;
    }
    uint64_t trim_ms = thread->active_ms + STORE_TRIM_IDLE_MS;
    if (store_trim_is_due(thread->writer) && trim_ms < due_ms) {
        due_ms = trim_ms;
    }
    return due_ms;
}

static void writer_idle(struct store_thread *thread)
{
    uint64_t now_ms = now_ms_of(thread);
    uint64_t due_ms = idle_due_ms(thread);
    if (due_ms > now_ms) {
        uint64_t wait_ms = due_ms - now_ms < 60000 ? due_ms - now_ms : 60000;
        sleep_side(&thread->writer_sleeps, thread->writer_fd, &thread->to_writer, &thread->stop,
                   due_ms == UINT64_MAX ? -1 : (int)wait_ms);
    } else if (thread->batch_count == 0) {
        store_writer_trim(thread->writer);
    }
}

static void *writer_main(void *context)
{
    struct store_thread *thread = context;
    for (;;) {
        int stop = atomic_load(&thread->stop);
        if (stop == STOP_ABANDON) {
            return NULL;
        }
        size_t taken = take_waiting(thread);
        if (is_batch_due(thread, now_ms_of(thread), stop)) {
            if (stop == STOP_NOT) {
                gather(thread);
                take_waiting(thread);
            }
            run_batch(thread);
        } else if (taken == 0 && stop == STOP_DRAIN) {
            return NULL;
        } else if (taken == 0) {
            writer_idle(thread);
        }
    }
}

static void *reader_main(void *context)
{
    struct store_thread *thread = context;
    for (;;) {
        int stop = atomic_load(&thread->stop);
        struct store_ticket *ticket = NULL;
        bool did_work = false;
        while (oim_ring_pop(&thread->to_reader, &ticket)) {
            store_reader_fetch(&thread->reader_db, ticket);
            push(&thread->from_reader, ticket);
            did_work = true;
        }
        if (did_work) {
            store_thread_wake_loop(thread);
        } else if (stop != STOP_NOT) {
            return NULL;
        } else {
            sleep_side(&thread->reader_sleeps, thread->reader_fd, &thread->to_reader, &thread->stop, -1);
        }
    }
}

static enum oim_status start_threads(struct store_thread *thread, struct oim_error *err)
{
    const struct store_config *config = thread->writer->config;
    enum oim_status status =
        store_db_open(&thread->reader_db, thread->writer->path, config->vfs, DB_READER, err);
    if (status == OIM_OK) {
        status = store_db_prepare(&thread->reader_db, err);
    }
    if (status != OIM_OK) {
        return status;
    }
    if (pthread_create(&thread->writer_thread, NULL, writer_main, thread) != 0) {
        return oim_fail(err, OIM_ERR_IO, "cannot start the storage thread");
    }
    if (pthread_create(&thread->reader_thread, NULL, reader_main, thread) != 0) {
        atomic_store(&thread->stop, STOP_ABANDON);
        wake_side(&thread->writer_sleeps, thread->writer_fd);
        pthread_join(thread->writer_thread, NULL);
        return oim_fail(err, OIM_ERR_IO, "cannot start the reader thread");
    }
    thread->has_started = true;
    return OIM_OK;
}

enum oim_status store_thread_start(struct store_thread *thread, struct store_writer *writer,
                                   struct oim_error *err)
{
    *thread = (struct store_thread){.writer = writer, .loop_fd = -1, .writer_fd = -1, .reader_fd = -1};
    thread->is_threaded = !writer->config->threadless;
    pthread_mutex_init(&thread->stats_mutex, NULL);
    thread->stats = writer->stats;
    size_t capacity = writer->config->request_count_max;
    thread->batch_capacity = capacity < STORE_BATCH_COUNT_MAX ? capacity : STORE_BATCH_COUNT_MAX;
    thread->batch = calloc(thread->batch_capacity, sizeof(struct store_ticket *));
    thread->loop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    thread->writer_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    thread->reader_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    bool is_made = thread->batch != NULL && thread->loop_fd >= 0 && thread->writer_fd >= 0 &&
                   thread->reader_fd >= 0 &&
                   oim_ring_init(&thread->to_writer, capacity, sizeof(struct store_ticket *)) == OIM_OK &&
                   oim_ring_init(&thread->from_writer, capacity, sizeof(struct store_ticket *)) == OIM_OK &&
                   oim_ring_init(&thread->to_reader, capacity, sizeof(struct store_ticket *)) == OIM_OK &&
                   oim_ring_init(&thread->from_reader, capacity, sizeof(struct store_ticket *)) == OIM_OK;
    enum oim_status status = OIM_OK;
    if (!is_made) {
        status = oim_fail(err, OIM_ERR_IO, "not enough memory or descriptors for the store's queues");
    } else if (thread->is_threaded) {
        status = start_threads(thread, err);
    }
    if (status != OIM_OK) {
        store_thread_stop(thread, false);
    }
    return status;
}

static void destroy_left(struct oim_ring *ring)
{
    struct store_ticket *ticket = NULL;
    while (ring->items != NULL && oim_ring_pop(ring, &ticket)) {
        free(ticket->reply.memory);
        store_ticket_destroy(NULL, ticket);
    }
    oim_ring_finish(ring);
}

static void close_fd(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

static void join_threads(struct store_thread *thread, bool drain)
{
    if (!thread->has_started) {
        return;
    }
    atomic_store(&thread->stop, drain ? STOP_DRAIN : STOP_ABANDON);
    wake_fd(thread->writer_fd);
    pthread_join(thread->writer_thread, NULL);
    wake_fd(thread->reader_fd);
    pthread_join(thread->reader_thread, NULL);
}

void store_thread_stop(struct store_thread *thread, bool drain)
{
    join_threads(thread, drain);
    if (!thread->is_threaded && drain && thread->batch != NULL) {
        store_thread_work(thread);
    }
    for (size_t i = 0; i < thread->batch_count; i++) {
        store_ticket_destroy(NULL, thread->batch[i]);
    }
    free(thread->batch);
    destroy_left(&thread->to_writer);
    destroy_left(&thread->from_writer);
    destroy_left(&thread->to_reader);
    destroy_left(&thread->from_reader);
    close_fd(thread->loop_fd);
    close_fd(thread->writer_fd);
    close_fd(thread->reader_fd);
    store_db_close(&thread->reader_db);
    pthread_mutex_destroy(&thread->stats_mutex);
}

void store_thread_submit(struct store_thread *thread, struct store_ticket *ticket)
{
    push(&thread->to_writer, ticket);
}

void store_thread_flush(struct store_thread *thread)
{
    if (thread->is_threaded && oim_ring_count(&thread->to_writer) > 0) {
        wake_side(&thread->writer_sleeps, thread->writer_fd);
    }
}

void store_thread_work(struct store_thread *thread)
{
    if (take_waiting(thread) > 0) {
        run_batch(thread);
    } else if (idle_due_ms(thread) <= now_ms_of(thread)) {
        store_writer_trim(thread->writer);
    }
}

struct store_ticket *store_thread_take(struct store_thread *thread)
{
    struct store_ticket *ticket = NULL;
    bool has_one = oim_ring_pop(&thread->from_writer, &ticket) || oim_ring_pop(&thread->from_reader, &ticket);
    return has_one ? ticket : NULL;
}

uint64_t store_thread_wake_at_ms(struct store_thread *thread)
{
    if (thread->is_threaded) {
        return UINT64_MAX;
    }
    bool has_work = oim_ring_count(&thread->to_writer) > 0 || oim_ring_count(&thread->from_writer) > 0;
    return has_work ? 0 : idle_due_ms(thread);
}
