/*
 * store.h - everything the server remembers: requests in, replies out, no callbacks.
 *
 * Back ends: store_sqlite (in life), store_sim (tests), store_pgsql (later). The contract, which one suite
 * runs against all of them (reference: STORE.md 2, BLUEPRINT B1, B2, B5, B16, B19-B23, B35):
 *
 *  1. Every request is atomic alone. Neighbours may share a commit; no caller may rely on it.
 *  2. STORE_OK means durable. An error from COMMIT is STORE_UNKNOWN for every ticket of the batch.
 *  3. Replies of one lane come in submission order (pages: only among the pages of a lane).
 *  4. Nothing completes inside submit, and nothing calls back.
 *  5. Every request may be submitted twice; the second answer equals the first.
 *  6. Queue, page memory and replies are bounded at open; submit takes fewer than asked when full.
 *  7. The store decides, in the transaction that appends: the next seq, whether send_no is a repeat, whether
 *     quota and share hold, whether the epoch and the policy version are the current ones. Nothing else.
 *
 * What follows from that, and is part of the contract too:
 *   - A mailbox exists from the first DEV_ADD of its uid. A guarded append to none is NOT_FOUND; a notice
 * gets seq 0.
 *   - A row is taken when a device acknowledged it: that device's start (head at DEV_ADD) < seq <= its
 * cursor.
 *   - While announced stands still (the person is invisible), taken rows above it go on filling the mailbox:
 * COUNT, quota, share and waiting_* tell senders what they may know, and that is announced, not taken (B13).
 * SUMMARY and DUE say what is; DUE with untold, what fills.
 *   - A cursor that moves neither itself nor announced appends nothing: its notices came with the first.
 *   - A CAS whose every change is already made, byte for byte, is answered as the first was.
 *   - NOTE and EXPIRE carry no number. After UNKNOWN ask DUE again; send a NOTE again where twice does no
 * harm.
 *   - A device's repeats are answered in full for its latest 64 numbers; a marker cannot tell another msg_id.
 *   - Trimming leaves chat that nobody took, though nobody is owed it any more: DUE names it, so that
 * somebody is told.
 *
 * People (uid) and devices (dev) are handles: small numbers, never reused, given out by the core and kept in
 * its records. The store never looks into an envelope.
 */
#ifndef OIM_SERVER_STORE_STORE_H
#define OIM_SERVER_STORE_STORE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/clock.h"
#include "common/crypto.h"
#include "common/error.h"
#include "common/id.h"
#include "common/random.h"

#define STORE_TARGET_COUNT_MAX 2u   /* an append: the recipient, then the sender's own mailbox */
#define STORE_NOTICE_COUNT_MAX 260u /* appends that ride with a cursor or an expiry */
#define STORE_CHANGE_COUNT_MAX 16u
#define STORE_DUE_COUNT_MAX 500u
#define STORE_PAGE_ROW_COUNT_MAX 128u
#define STORE_REQUEST_SIZE_MAX (1u << 20) /* for sizing: no request of the core, and no reply, takes more memory */
#define STORE_TALK_COUNT_MAX 500u /* a summary names so many people; its totals count all */
#define STORE_USAGE_RANGE 4096u   /* one COUNT of all tells the usages of so many uids */

enum store_op {
    STORE_NONE = 0,
    STORE_ATTACH,  /* sign-in: raise the device's epoch; says hw, cursor, head, base, announced */
    STORE_APPEND,  /* one sender guard, 0..2 targets, all rows or none; no target: a marker */
    STORE_NOTE,    /* the server's own rows (notices), without guard: 1..n targets */
    STORE_CURSOR,  /* cumulative: cursor = max(cursor, seq), with the notices that the ack causes */
    STORE_PAGE,    /* rows after a seq: at most row_max and size_max */
    STORE_SUMMARY, /* what waits for a device, by sender */
    STORE_COUNT,   /* what fills one mailbox (uid) or all (uid 0): as senders may know it */
    STORE_DUE,     /* rows whose time is up and that no device has taken, or that nobody is owed any more */
    STORE_EXPIRE,  /* remove these rows and append these notices, if the rows are as STORE_DUE said */
    STORE_CAS,     /* 1..16 puts, deletes, chain appends, device changes: all or CONFLICT */
    STORE_SCAN,    /* records of a namespace, in key order, after a key */
    STORE_CHAIN,   /* entries of a chain from a number on */
    STORE_TRIM,  /* purge what every owed device has passed; optional, the store also does it in idle time */
    STORE_LEASE, /* reserved for several nodes */
    STORE_HINT   /* reserved for several nodes */
};

enum store_result {
    STORE_OK = 0,
    STORE_DUP,       /* send_no was used up before: code, until_ms and seq are those of the first answer */
    STORE_GAP,       /* send_no > hw + 1, or something before it on this lane was not final */
    STORE_CONFLICT,  /* same send_no, other msg_id; or a CAS whose expectation does not hold */
    STORE_QUOTA,     /* the recipient's mailbox is full; nothing was stored; hw has not moved */
    STORE_SHARE,     /* the sender's share of it is; as above */
    STORE_FENCED,    /* another session of the device is the current one; ATTACH: epoch not above the last */
    STORE_STALE,     /* judged under an older policy version; EXPIRE: the rows are not as they were */
    STORE_NOT_FOUND, /* no such device or mailbox */
    STORE_RETRY,     /* certainly not applied */
    STORE_DISK_FULL, /* certainly not applied; appends only: cursors and trimming go on (ballast) */
    STORE_UNKNOWN,   /* may have been applied: attach again, then resend */
    STORE_FATAL      /* this store is finished; close it */
};

enum store_row_kind { STORE_ROW_MESSAGE = 1, STORE_ROW_NOTICE = 2, STORE_ROW_MARKER = 3 };

enum { STORE_ROW_QUIET = 1, STORE_ROW_OWN_COPY = 2 }; /* flags */

/*
 * What quota and share are judged by; 0 is "no limit". They count CHAT rows from others that fill: no device
 * took them, or they are above announced.
 */
struct store_quota {
    uint64_t count_max;
    uint64_t size_max;
    uint64_t share_count_max; /* of one sender (person) */
    uint64_t share_size_max;
    uint64_t courtesy_count_max; /* rows kept only for lagging devices, own copies, notices: oldest go */
    uint64_t courtesy_size_max;
};

struct store_target {
    uint64_t uid;
    enum store_row_kind kind; /* MESSAGE or NOTICE */
    uint32_t cls;             /* enum cls */
    uint32_t flags;
    uint32_t code;            /* the outcome (messages) or what (notices): kept, and given back by DUP */
    uint64_t expires_ms;      /* calendar; 0: never */
    uint64_t aux;             /* notices: a count the summary shows (expired ones); else 0 */
    uint64_t aux_dev;         /* notices with aux: the device of the peer the count is about; else 0 */
    struct oim_id msg_id;     /* zero for notices */
    struct oim_slice env;     /* opaque, kept as given */
    struct store_quota quota; /* messages from others only */
};

struct store_guard {
    uint64_t dev;
    uint64_t epoch;
    uint64_t send_no;
    uint64_t policy_version;
    struct oim_id msg_id;
};

enum store_change_kind {
    STORE_PUT = 1,
    STORE_DELETE,
    STORE_CHAIN_APPEND,
    STORE_DEV_ADD,  /* dev of uid; its cursor starts at the mailbox' head of this moment */
    STORE_DEV_DROP, /* owed nothing from now on */
    STORE_ERASE     /* every row of uid's mailbox goes */
};

struct store_change {
    enum store_change_kind kind;
    uint32_t ns;            /* PUT, DELETE: namespace. CHAIN_APPEND: chain */
    struct oim_slice key;   /* at most 64 bytes */
    uint64_t expected;      /* record version (0: must not exist), or length of the chain before */
    struct oim_slice value; /* record, or chain entry */
    struct oim_hash hash;   /* CHAIN_APPEND: the new head */
    uint64_t dev, uid;
};

struct store_due_row {
    uint64_t uid, seq;
    uint64_t src_dev, send_no;
    uint32_t kind, cls, flags;
    uint64_t server_ms, expires_ms;
    bool taken;     /* a device has acknowledged it... */
    bool announced; /* ...and that was said to its sender: goes without a word to anybody */
    struct oim_id msg_id;
};

struct store_req {
    enum store_op op;
    uint64_t lane;   /* one per sending or receiving device; 0: the server's own */
    uint64_t ticket; /* the caller's name for it; comes back in the reply */
    union {
        struct {
            uint64_t dev, epoch, settled_no;
        } attach;
        struct {
            struct store_guard guard;
            struct store_target targets[STORE_TARGET_COUNT_MAX];
            size_t target_count;
            bool is_marked;  /* a marker besides the targets: what is kept there outlives not the answer */
            uint32_t code;   /* is_marked, or target_count 0: what the marker says */
            uint32_t detail; /* and its reason; given back by DUP */
            uint64_t server_ms;
        } append;
        struct {
            const struct store_target *targets; /* copied by submit */
            size_t target_count;
            uint64_t server_ms;
        } note;
        struct {
            uint64_t dev, epoch, seq, settled_no;
            bool announce; /* move announced with the highest cursor (false while invisible) */
            const struct store_target *notices; /* copied by submit */
            size_t notice_count;
            uint64_t server_ms;
        } cursor;
        struct {
            uint64_t uid, after_seq;
            uint32_t row_max;
            uint32_t size_max;
        } page;
        struct {
            uint64_t uid, dev;
        } summary;
        struct {
            uint64_t uid, src_uid; /* src_uid: whose share, too; 0: nobody's */
            uint64_t after_uid;    /* uid 0: the usages of the STORE_USAGE_RANGE uids behind this one */
        } count;
        struct {
            uint64_t now_ms; /* calendar */
            uint32_t row_max;
            /* uid not 0: instead what waits in this mailbox, in order, behind after_seq and up to upto_seq */
            uint64_t uid, after_seq, upto_seq;
            uint64_t uid_last; /* with a uid, and above it: also what waits in the mailboxes up to this one */
            bool untold; /* with a uid: also chat that was taken, and that `announced` has not reached */
        } due;
        struct {
            const struct store_due_row *rows; /* copied by submit */
            size_t row_count;
            const struct store_target *notices; /* copied by submit */
            size_t notice_count;
            uint64_t server_ms;
        } expire;
        struct {
            const struct store_change *changes; /* copied by submit, deep */
            size_t change_count;
            bool raise_policy_version;
        } cas;
        struct {
            uint32_t ns;
            struct oim_slice after; /* copied by submit; empty: from the first */
            uint32_t row_max;
        } scan;
        struct {
            uint32_t chain;
            uint64_t from_n; /* the first is 1 */
            uint32_t entry_max;
        } chain;
        struct {
            bool scrub; /* also leave no trace of what is gone in the back end's own log; RETRY: not now */
        } trim;
    } u;
};

struct store_row {
    uint64_t seq;
    enum store_row_kind kind;
    uint64_t src_dev, send_no;
    uint32_t cls, flags, code;
    uint64_t server_ms, expires_ms;
    struct oim_id msg_id;
    struct oim_slice env;
};

struct store_talk {
    uint64_t src_uid;
    uint64_t count;     /* CHAT rows above the device's cursor that no device has taken */
    uint64_t elsewhere; /* above its cursor, taken by another device of the person */
    uint64_t quiet, expired;
    uint64_t first_ms, last_ms;
    uint64_t size;
};

/* What fills one mailbox; and the most that one sender has in it, by count and by bytes. */
struct store_usage {
    uint64_t uid;
    uint64_t count, size;
    uint64_t share_count, share_size;
};

struct store_record {
    struct oim_slice key;
    uint64_t version;
    struct oim_slice value;
};

struct store_chain_entry {
    uint64_t n;
    struct oim_hash hash;
    struct oim_slice entry;
};

struct store_reply {
    enum store_op op;
    enum store_result result;
    uint64_t lane;
    uint64_t ticket;
    union {
        struct {
            uint64_t last_epoch; /* FENCED: the store's value */
            uint64_t hw, cursor, head, base, policy_version;
            uint64_t announced, taken; /* of the mailbox: DELIVERED was said, and a device has acknowledged, up to */
        } attach;
        struct {
            uint64_t seqs[STORE_TARGET_COUNT_MAX]; /* per target; 0: own copy dropped (its mailbox' cap) */
            uint32_t code, detail;                 /* DUP: the first answer; 0: stored, row long gone */
            uint64_t until_ms;                     /* DUP */
            uint64_t hw;                           /* after this request */
            uint64_t limit;                        /* QUOTA, SHARE: the limit that was met */
            uint64_t uids_head[STORE_TARGET_COUNT_MAX];
            uint64_t waiting_count, waiting_size; /* of the first target's mailbox, with this: what fills */
        } append;
        struct {
            uint64_t first_seq; /* of the first target; further targets: seqs */
            const uint64_t *seqs;
            size_t seq_count;
            uint64_t announced, taken; /* CURSOR: as attach, after it */
        } note; /* also CURSOR's and EXPIRE's notices; seq 0: not stored (cap) */
        struct {
            const struct store_row *rows; /* memory of the store until release */
            size_t row_count;
            uint64_t head; /* of the mailbox, when the page was cut */
            bool more;
        } page;
        struct {
            const struct store_talk *talks;
            size_t talk_count;
            uint64_t total, size; /* over all talks: not taken */
        } summary;
        struct {
            uint64_t count, size, oldest_ms, head, base, row_count;
            uint64_t share_count, share_size; /* of count and size: from src_uid */
            uint64_t mailbox_count; /* uid 0: mailboxes with something that fills */
            uint64_t oldest_uid;
            const struct store_usage *usages; /* uid 0: of mailboxes with something that fills, by uid */
            size_t usage_count;
            bool more; /* such mailboxes lie behind the range */
            /* uid 0, of a store with a file (else db_size is 0); the slowest commit of the last 24 hours */
            uint64_t db_size, disk_free, commit_age_ms, commit_us_max;
        } count;
        struct {
            const struct store_due_row *rows;
            size_t row_count;
            bool more;
        } due;
        struct {
            uint64_t policy_version; /* after it */
            size_t failed_index;     /* CONFLICT: which change */
        } cas;
        struct {
            const struct store_record *records;
            size_t record_count;
            bool more;
        } scan;
        struct {
            const struct store_chain_entry *entries;
            size_t entry_count;
            uint64_t length;
            struct oim_hash head;
        } chain;
    } u;
    void *memory; /* the store's; given back by release */
};

struct store_config {
    const char *data_dir;     /* sqlite: holds oimd.db */
    size_t request_count_max; /* in flight at once */
    size_t memory_size_max;   /* of copied requests and of pages, each */
    uint32_t gather_us;       /* at most 100; 0: commit as soon as the last commit has ended */
    bool threadless;          /* poll says "now" and reap does the work: tests and the simulator */
    const char *vfs;          /* SQLite VFS by name; NULL: the system's */
    bool without_ballast;     /* no 8 MiB reserve file beside the database (simulated disks) */
};

struct store_env {
    struct oim_clock clock;
    struct oim_random random;
};

struct store; /* begins with: const struct store_ops *ops; */

struct store_stats {
    uint64_t commit_count, append_count, batch_histogram[16]; /* index: log2 of rows per commit */
    uint64_t commit_us_max, commit_us_last, disk_free_bytes, db_size_bytes;
};

struct store_ops {
    /** Copies what it takes. Returns how many of reqs were taken; fewer = full, call again after the next
     * reap. */
    size_t (*submit)(struct store *store, const struct store_req *reqs, size_t req_count);
    /** Wake the writer for what was submitted: once per round of events. */
    void (*flush)(struct store *store);
    size_t (*reap)(struct store *store, struct store_reply *out_replies, size_t reply_count_max);
    /** Give back the memory behind replies. */
    void (*release)(struct store *store, struct store_reply *replies, size_t reply_count);
    /** Descriptors that become readable when reap has something. */
    size_t (*poll)(struct store *store, struct pollfd *out_fds, size_t fd_count_max,
                   uint64_t *out_wake_at_ms);
    void (*stats)(struct store *store, struct store_stats *out);
    /** drain: finish what was submitted first. Frees store. */
    void (*close)(struct store *store, bool drain);
};

struct store {
    const struct store_ops *ops;
};

/**
 * Open or create the database in config->data_dir. Refuses a damaged or newer one, saying what to do.
 * Ownership: the store is closed by its ops->close.
 */
OIM_MUST_CHECK enum oim_status store_sqlite_open(struct store **out, const struct store_config *config,
                                                 const struct store_env *env, struct oim_error *err);

const char *store_result_name(enum store_result result);

#endif
