/*
 * store_model.h - the store's semantics over plain arrays, searched from end to end.
 *
 * The second opinion of the contract suite: shares nothing with store_index.c. A mailbox' counts, its taken
 * rows and the repeats are worked out anew from the rows at every question. Out of memory is asserted
 * against.
 */
#ifndef OIM_TESTS_SIM_STORE_MODEL_H
#define OIM_TESTS_SIM_STORE_MODEL_H

#include "server/store/store.h"
#include "server/store/store_copy.h"

struct model_row {
    struct store_row row; /* env is owned */
    uint64_t uid;         /* 0: a marker */
    uint32_t detail;      /* markers */
};

struct model_device {
    uint64_t dev, uid, epoch, hw, settled, start, cursor;
    bool owed;
};

struct model_mailbox {
    uint64_t uid, head, announced;
    bool held;
};

struct model_record {
    uint32_t ns;
    struct store_record record; /* key and value are owned */
};

struct model_entry {
    uint32_t chain;
    struct store_chain_entry entry; /* entry is owned */
};

/* One growing array per kind of thing, in order of arrival. */
struct store_model {
    struct model_row *rows;
    struct model_device *devices;
    struct model_mailbox *mailboxes;
    struct model_record *records; /* in order of namespace and key */
    struct model_entry *entries;
    size_t row_capacity;
    size_t row_count, device_count, mailbox_count, record_count, entry_count;
    uint64_t policy_version;
};

struct store_model *store_model_create(void);
void store_model_destroy(struct store_model *model); /* accepts NULL */
struct store_model *store_model_copy(const struct store_model *model);

/** Apply one request and fill its reply; is_disk_full refuses what appends. */
void store_model_apply(struct store_model *model, struct store_ticket *ticket, bool is_disk_full);
/** Fill a PAGE: the rows as they are at this moment. */
void store_model_fetch(struct store_model *model, struct store_ticket *ticket);
void store_model_trim(struct store_model *model);

/* Among the model's files. */
struct model_device *store_model_device(struct store_model *model, uint64_t dev);   /* NULL: none */
struct model_mailbox *store_model_mailbox(struct store_model *model, uint64_t uid); /* NULL: none */
bool store_model_is_taken(struct store_model *model, const struct model_row *row);
/** Chat from somebody else that no device has taken. */
bool store_model_is_waiting(struct store_model *model, const struct model_row *row);
/** Waiting, or chat from somebody else above the announced of a mailbox that is held. */
bool store_model_fills(struct store_model *model, const struct model_row *row);
bool store_model_is_chat_from_others(struct store_model *model, const struct model_row *row);
uint64_t store_model_owner(struct store_model *model, uint64_t dev); /* 0: unknown device */
/** Count and size of what fills uid's mailbox from src_uid, or from anybody (0). */
void store_model_count_filling(struct store_model *model, uint64_t uid, uint64_t src_uid, uint64_t *out_count,
                               uint64_t *out_size);
/** The lowest cursor of uid's owed devices; false when there is none. */
bool store_model_cursor_min(struct store_model *model, uint64_t uid, uint64_t *out_seq);
uint64_t store_model_base(struct store_model *model, const struct model_mailbox *mailbox);
void store_model_remove_row(struct store_model *model, size_t at);
void store_model_append_notices(struct store_model *model, struct store_ticket *ticket,
                                const struct store_target *targets, size_t count, uint64_t server_ms);
struct oim_slice store_model_own(struct oim_slice slice);
void store_model_disown(struct oim_slice slice);
/** The array, with room for one more item behind count. */
void *store_model_grow(void *array, size_t count, size_t item_size);

/* store_model_view.c */
void store_model_apply_page(struct store_model *model, struct store_ticket *ticket);
void store_model_apply_summary(struct store_model *model, struct store_ticket *ticket);
void store_model_apply_count(struct store_model *model, struct store_ticket *ticket);
void store_model_apply_due(struct store_model *model, struct store_ticket *ticket);
void store_model_apply_expire(struct store_model *model, struct store_ticket *ticket);
/* store_model_record.c */
void store_model_apply_cas(struct store_model *model, struct store_ticket *ticket);
void store_model_apply_scan(struct store_model *model, struct store_ticket *ticket);
void store_model_apply_chain(struct store_model *model, struct store_ticket *ticket);

#endif
