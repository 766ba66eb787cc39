/*
 * local_store.h - a profile's history, outbox and counters on disk: client/core/record.h's rows, in SQLite.
 *
 * The file is 0600 in a 0700 folder; WAL, synchronous=FULL, secure_delete. Columns are not sealed yet:
 * whoever can read the file can read the messages. The data key that will seal them is made and wrapped from
 * the first day (key_file.h), so that sealing needs no new passphrase.
 *
 * Only local_store_commit changes what the engine remembers, one batch one transaction. Reads serve the
 * faces, and so does what they were told.
 */
#ifndef OIM_CLIENT_STORE_LOCAL_STORE_H
#define OIM_CLIENT_STORE_LOCAL_STORE_H

#include "client/core/record.h"
#include "common/arena.h"
#include "common/error.h"

struct local_store;

/**
 * Open or make the store at path.
 *
 * Errors: OIM_ERR_STORAGE, in words: damaged, not ours, of a newer version, no room.
 */
OIM_MUST_CHECK enum oim_status local_store_open(struct local_store **out, const char *path,
                                                struct oim_error *err);
void local_store_close(struct local_store *store);

/**
 * Commit a batch of changes in one transaction and set each change's `applied`. After an error nothing of it
 * is stored, and what is in memory is ahead of the disk: start the engine anew.
 *
 * Errors: OIM_ERR_STORAGE.
 */
OIM_MUST_CHECK enum oim_status local_store_commit(struct local_store *store, struct change *changes,
                                                  size_t change_count, struct oim_error *err);

/* What an engine starts with; arrays live in the arena given. */
struct local_start {
    struct account account; /* account.joined false: nobody yet */
    struct outbox_row *outbox;
    size_t outbox_count;
    struct person_row *people;
    size_t person_count;
    struct change_policy policy; /* as last told by the server; row_count 0: never */
};
/** Errors: OIM_ERR_STORAGE; OIM_ERR_LIMIT the arena is full. */
OIM_MUST_CHECK enum oim_status local_store_load(struct local_store *store, struct oim_arena *arena,
                                                struct local_start *out, struct oim_error *err);

/* Called per row, texts borrowed during the call; false: enough. */
typedef bool local_store_row_fn(void *context, const struct message *message);

enum local_store_which {
    LOCAL_STORE_ALL,     /* newest first */
    LOCAL_STORE_UNSHOWN, /* received, neither written nor read anywhere; oldest first */
    LOCAL_STORE_RESEND,  /* own, written here: erased, because the recipient begins anew; oldest first */
    LOCAL_STORE_UNSENT /* own: queued, and drafts of what was refused, not delivered or expired; oldest first
                        */
};
struct local_store_query {
    enum local_store_which which;
    struct oim_id peer; /* zero: everybody */
    uint64_t since_ms;  /* arrived */
};
OIM_MUST_CHECK enum oim_status local_store_each(struct local_store *store,
                                                const struct local_store_query *query,
                                                local_store_row_fn *row, void *context,
                                                struct oim_error *err);

/** Texts live in the arena. Errors: OIM_ERR_NOT_FOUND, OIM_ERR_LIMIT, OIM_ERR_STORAGE. */
OIM_MUST_CHECK enum oim_status local_store_message(struct local_store *store, const struct oim_id *msg_id,
                                                   struct oim_arena *arena, struct message *out);
/** Errors: OIM_ERR_NOT_FOUND none begins so; OIM_ERR_CONFLICT several do; OIM_ERR_STORAGE. */
OIM_MUST_CHECK enum oim_status local_store_find(struct local_store *store, const char *prefix,
                                                struct oim_id *out_msg_id);
/** The message to peer that holds the key. Errors: OIM_ERR_NOT_FOUND, OIM_ERR_LIMIT, OIM_ERR_STORAGE. */
OIM_MUST_CHECK enum oim_status local_store_once(struct local_store *store, const char *key,
                                                const struct oim_id *peer, uint64_t wall_ms,
                                                struct oim_arena *arena, struct message *out);

struct local_talk {
    struct oim_id peer;
    uint32_t count, quiet;
    uint64_t first_ms, last_ms;
};
/*
 * Per person: messages that nobody was shown, here or elsewhere: what the next receive brings. What a pipe or
 * a file took whole is not among them, though its sender is not told that it was read. At most talk_max,
 * latest first.
 */
OIM_MUST_CHECK enum oim_status local_store_unread(struct local_store *store, struct local_talk *out_talks,
                                                  size_t talk_max, size_t *out_count);
/**
 * The same, and what came without alert since then, shown or not; with unshown false only that.
 *
 * Units:  quiet_since_ms, the server's clock.
 * Errors: OIM_ERR_STORAGE.
 */
OIM_MUST_CHECK enum oim_status local_store_missed(struct local_store *store, bool unshown,
                                                  uint64_t quiet_since_ms, struct local_talk *out_talks,
                                                  size_t talk_max, size_t *out_count);

/* What is to be told and no message shows: a hole in the mailbox, or a notice. */
struct local_news {
    const struct change_gap *gap; /* NULL: it is the notice */
    const struct change_notice *notice;
};
/* False: enough, and this one was not taken. Borrowed during the call. */
typedef bool local_store_news_fn(void *context, const struct local_news *news);

/* How far somebody has looked through the news; all zeros: not at all. */
struct local_news_mark {
    int64_t gap_n, notice_n;
};
/**
 * All news behind *mark that no face has shown, holes first, each kind oldest first; *mark moves past what
 * was taken. They stay news until local_store_told.
 *
 * Errors: OIM_ERR_STORAGE.
 */
OIM_MUST_CHECK enum oim_status local_store_news(struct local_store *store, struct local_news_mark *mark,
                                                local_store_news_fn *fn, void *context);
/**
 * Since when the own state keeps things quiet, or kept them: the summary of that is due when it does not any
 * more, until local_store_told of its id.
 *
 * Errors: OIM_ERR_NOT_FOUND none is due; OIM_ERR_STORAGE.
 */
OIM_MUST_CHECK enum oim_status local_store_quiet(struct local_store *store, struct change_quiet *out);
/** A face has shown news of this id. No such news: nothing happens. Errors: OIM_ERR_STORAGE. */
OIM_MUST_CHECK enum oim_status local_store_told(struct local_store *store, const struct oim_id *id);

#endif
