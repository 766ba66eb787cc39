/*
 * store_thread.h - who runs the writer and the reader: two threads, or reap itself.
 *
 * Invariants:
 *   a ticket is owned by one side at a time; it changes hands only through a ring.
 *   four rings, one thread in and one out each: loop -> writer -> loop, writer -> reader -> loop. Each holds
 *   request_count_max, which bounds what is in flight, so that a push never fails.
 *   at most one wake-up of the loop is on its way at any time.
 *
 * Batches: the writer takes all that waits, up to STORE_BATCH_COUNT_MAX. A cursor without notices is no
 * reason to sync: it waits for the next commit, at most STORE_CURSOR_WAIT_MS (B22).
 */
#ifndef OIM_SERVER_STORE_STORE_THREAD_H
#define OIM_SERVER_STORE_STORE_THREAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attr.h"
#include "common/error.h"
#include "common/ring.h"
#include "server/store/store_copy.h"
#include "server/store/store_writer.h"

#define STORE_BATCH_COUNT_MAX 4096u
#define STORE_CURSOR_WAIT_MS 1000u

struct store_thread {
    struct store_writer *writer; /* borrowed; the writer thread's while it runs */
    struct store_db reader_db;   /* the reader thread's while it runs */
    struct oim_ring to_writer, from_writer, to_reader, from_reader; /* of struct store_ticket * */
    struct store_ticket **batch; /* the writer's: what it took and has not answered */
    size_t batch_count, batch_capacity;
    bool is_urgent;                    /* something in batch needs its commit now */
    uint64_t batch_since_ms;           /* when the first of batch was taken */
    uint64_t active_ms;                /* when something was last done */
    uint64_t last_counts[2];           /* of the last two batches, for the gather */
    int loop_fd, writer_fd, reader_fd; /* eventfds: wake that side */
    _Atomic bool loop_woken, writer_sleeps, reader_sleeps;
    _Atomic int stop; /* enum stop_mode */
    bool is_threaded, has_started;
    pthread_t writer_thread, reader_thread;
    pthread_mutex_t stats_mutex;
    struct store_stats stats; /* under stats_mutex: the writer's, as of its last commit */
};

/** Make rings and, unless threadless, start both threads. */
OIM_MUST_CHECK enum oim_status store_thread_start(struct store_thread *thread, struct store_writer *writer,
                                                  struct oim_error *err);
/** drain: answer what was handed over first. Tickets that are left are destroyed. */
void store_thread_stop(struct store_thread *thread, bool drain);

/** Hand a ticket over; there is always room for request_count_max. */
void store_thread_submit(struct store_thread *thread, struct store_ticket *ticket);
/** Wake the writer for what was handed over. */
void store_thread_flush(struct store_thread *thread);
/** Without threads: do the work that waits. */
void store_thread_work(struct store_thread *thread);
/** An answered ticket, or NULL. */
struct store_ticket *store_thread_take(struct store_thread *thread);
/** Before taking: from now on a new answer wakes the loop again. */
void store_thread_begin_reap(struct store_thread *thread);
/** Answers were left behind: make the descriptor readable again. */
void store_thread_wake_loop(struct store_thread *thread);
/** Monotonic time at which reap has something to do without a descriptor saying so; UINT64_MAX: never. */
uint64_t store_thread_wake_at_ms(struct store_thread *thread);

#endif
