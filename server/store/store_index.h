/*
 * store_index.h - what waits for whom, in the writer's memory; the four decisions read it, never SQL.
 *
 * Invariants:
 *   rows of a mailbox are in seq order, which is also id order; head only grows, by one per row.
 *   waiting_* and shares count chat from others that fills: no device has taken it, or it stands above the
 *   announced of a mailbox that is held. Everything else in the mailbox is courtesy.
 *   a row is taken when some device, owed or dropped, has start < seq <= cursor. It stays taken.
 *   answers[n % STORE_ANSWER_COUNT] names the log row of the device's send_no n, for its latest numbers.
 *
 * Rebuilt by store_scan.c. Nothing here is durable: after a commit that failed the whole index is thrown
 * away. Memory: 32 bytes a row, held in arrays that grow by a quarter, so at most 40.
 */
#ifndef OIM_SERVER_STORE_STORE_INDEX_H
#define OIM_SERVER_STORE_STORE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attr.h"
#include "proto/limits.h"
#include "server/store/store.h"
#include "server/store/store_list.h"
#include "server/store/store_map.h"

#define STORE_ANSWER_COUNT UNANSWERED_MAX /* a device resends at most its latest so many numbers (B2) */
#define STORE_ENV_SIZE_MAX ((1u << 20) - 1)

/* Four packed words; the accessors below are the way in. */
struct index_row {
    uint64_t id_size;      /* id 44 bits, size 20 */
    uint64_t seq_src;      /* seq 40, slot of the sending device 24 */
    uint64_t server_aux;   /* server_ms 44, aux 20 */
    uint64_t expires_bits; /* expires_ms 44, kind 2, cls 4, flags 8, then INDEX_ROW_* */
};

_Static_assert(sizeof(struct index_row) == 32, "a waiting row costs at most 40 bytes with the array's slack");

#define INDEX_ROW_FILLS (1ull << 59) /* in waiting_*: what quota counts */
#define INDEX_ROW_CHAT (1ull << 60)  /* chat from somebody else: what quota and summary count */
#define INDEX_ROW_TAKEN (1ull << 61) /* a device has acknowledged it */
#define INDEX_ROW_DEAD (1ull << 62)  /* leaves at the next compaction */

static inline uint64_t index_row_id(const struct index_row *row)
{
    return row->id_size & ((1ull << 44) - 1);
}
static inline uint64_t index_row_size(const struct index_row *row)
{
    return row->id_size >> 44;
}
static inline uint64_t index_row_seq(const struct index_row *row)
{
    return row->seq_src & ((1ull << 40) - 1);
}
static inline uint32_t index_row_src(const struct index_row *row)
{
    return (uint32_t)(row->seq_src >> 40);
}
static inline uint64_t index_row_server_ms(const struct index_row *row)
{
    return row->server_aux & ((1ull << 44) - 1);
}
static inline uint64_t index_row_aux(const struct index_row *row)
{
    return row->server_aux >> 44;
}
static inline uint64_t index_row_expires_ms(const struct index_row *row)
{
    return row->expires_bits & ((1ull << 44) - 1);
}
static inline enum store_row_kind index_row_kind(const struct index_row *row)
{
    return (enum store_row_kind)((row->expires_bits >> 44) & 3u);
}
static inline uint32_t index_row_flags(const struct index_row *row)
{
    return (uint32_t)((row->expires_bits >> 50) & 0xffu);
}
static inline bool index_row_is(const struct index_row *row, uint64_t bit)
{
    return (row->expires_bits & bit) != 0;
}
static inline bool index_row_waits(const struct index_row *row)
{
    return (row->expires_bits & (INDEX_ROW_CHAT | INDEX_ROW_TAKEN)) == INDEX_ROW_CHAT;
}

struct index_device {
    uint64_t dev, uid;
    uint64_t epoch, hw, settled;
    uint64_t start, cursor;
    uint64_t *answers;  /* owned; NULL until it sends. id << 1 | is a marker; 0: not known */
    uint64_t answer_no; /* the number that was entered last */
    uint32_t slot;
    uint32_t next; /* slot of the mailbox' next device; 0 ends */
    bool owed;
    bool dirty; /* listed in store_index.dirty_devices */
};

struct index_mailbox {
    uint64_t uid;
    uint64_t head;
    uint64_t announced; /* while held */
    bool held;          /* announced stands still; else it follows the highest cursor */
    bool dirty;         /* listed in store_index.dirty_mailboxes */
    bool trim_listed;
    uint32_t slot;
    uint32_t device_first;
    struct index_row *rows; /* owned */
    size_t row_count, row_capacity, dead_count;
    uint64_t row_size; /* of all rows */
    uint64_t waiting_count, waiting_size;
    uint64_t expires_min_ms; /* no row's time is up before this */
};

/* What is to be known of a row that enters. */
struct index_row_facts {
    uint64_t id, seq, size, server_ms, expires_ms, aux;
    uint32_t src_slot;
    enum store_row_kind kind;
    uint32_t cls, flags;
};

struct store_index {
    struct index_mailbox **mailboxes; /* owned, by slot; 0 is unused */
    size_t mailbox_count, mailbox_capacity;
    struct index_device **devices; /* owned, by slot; 0 is unused */
    size_t device_count, device_capacity;
    struct store_map mailbox_by_uid, device_by_dev;
    struct store_map shares; /* (uid, sender's uid) -> waiting count, size */
    uint64_t id_high;        /* the last row id given out */
    uint64_t policy_version;
    struct store_list garbage;   /* pairs: row id that left the index, slot of its sender */
    struct store_list trim_list; /* mailboxes in which something may be trimmed */
    uint64_t trim_backlog;       /* about how many rows that is */
    struct store_list dirty_devices, dirty_mailboxes; /* rows of dev and mbox to write with this commit */
    bool id_high_dirty, policy_dirty;
};

void store_index_finish(struct store_index *index); /* leaves it all-zero, which is empty */

struct index_mailbox *store_index_mailbox(const struct store_index *index, uint64_t uid); /* NULL: none */
struct index_device *store_index_device(const struct store_index *index, uint64_t dev);   /* NULL: none */

/** The mailbox of uid, made when there is none. NULL: out of memory. */
struct index_mailbox *store_index_add_mailbox(struct store_index *index, uint64_t uid);
/** A new device at the end of its mailbox' list; dev must be unknown (asserted). NULL: out of memory. */
struct index_device *store_index_add_device(struct store_index *index, struct index_mailbox *mailbox,
                                            uint64_t dev);

/** Enter a row at the mailbox' end. Raises head. False: out of memory. */
OIM_MUST_CHECK bool store_index_add_row(struct store_index *index, struct index_mailbox *mailbox,
                                        const struct index_row_facts *facts);
/** Remember which log row answers for send_no. A marker it pushes out becomes garbage. False: out of memory.
 */
OIM_MUST_CHECK bool store_index_remember(struct store_index *index, struct index_device *device,
                                         uint64_t send_no, uint64_t id, bool is_marker);
/** Raise settled; markers up to it become garbage. False: out of memory. */
OIM_MUST_CHECK bool store_index_settle(struct store_index *index, struct index_device *device,
                                       uint64_t settled_no);
/** The log row of send_no, and whether it is a marker; 0 when not known any more. */
uint64_t store_index_answer(const struct index_device *device, uint64_t send_no, bool *out_is_marker);

/**
 * Move the cursor up to seq, which is above it: the rows passed become taken, and fill until
 * store_index_recount. False: out of memory.
 */
OIM_MUST_CHECK bool store_index_move_cursor(struct store_index *index, struct index_mailbox *mailbox,
                                            struct index_device *device, uint64_t seq);

/** Rows above seq that are taken and announced leave the counts. */
void store_index_recount(struct store_index *index, struct index_mailbox *mailbox, uint64_t seq);

/** What fills the mailbox from one person. */
void store_index_share(const struct store_index *index, uint64_t uid, uint64_t src_uid, uint64_t *out_count,
                       uint64_t *out_size);

/** Position of the first row above seq; row_count when there is none. */
size_t store_index_row_after(const struct index_mailbox *mailbox, uint64_t seq);
/** The row of exactly this seq; NULL when it is gone. */
struct index_row *store_index_row_at(const struct index_mailbox *mailbox, uint64_t seq);

uint64_t store_index_base(const struct index_mailbox *mailbox);
uint64_t store_index_cursor_max(const struct store_index *index, const struct index_mailbox *mailbox);
uint64_t store_index_announced(const struct store_index *index, const struct index_mailbox *mailbox);
/** The lowest cursor of the devices still owed; false when there is no such device. */
bool store_index_cursor_min(const struct store_index *index, const struct index_mailbox *mailbox,
                            uint64_t *out_seq);

/** Mark row as leaving: out of the counts now, out of the array at store_index_compact. */
void store_index_kill_row(struct store_index *index, struct index_mailbox *mailbox, struct index_row *row);
void store_index_compact(struct index_mailbox *mailbox);
/** Put the mailbox on the trim list, as having about row_count rows to trim. False: out of memory. */
OIM_MUST_CHECK bool store_index_list_for_trim(struct store_index *index, struct index_mailbox *mailbox,
                                              uint64_t row_count);
/** May the row go: every owed device has passed it and nobody is to be told of it any more? */
bool store_index_trimmable(const struct index_mailbox *mailbox, const struct index_row *row,
                           uint64_t cursor_min);
/** Evict the oldest courtesy rows until the caps of quota hold; they become garbage. False: out of memory. */
OIM_MUST_CHECK bool store_index_evict(struct store_index *index, struct index_mailbox *mailbox,
                                      const struct store_quota *quota);

/** List for writing with this commit. False: out of memory. */
OIM_MUST_CHECK bool store_index_dirty_device(struct store_index *index, struct index_device *device);
OIM_MUST_CHECK bool store_index_dirty_mailbox(struct store_index *index, struct index_mailbox *mailbox);

#endif
