/*
 * store_model.h - the store's semantics over plain arrays, searched from end to end.
 *
 * The second opinion of the contract suite: shares nothing with store_index.c. A mailbox' counts and the
 * repeats are worked out anew from the rows at every question; a row keeps what never changes about it. Out
 * of memory is asserted against.
 */
#ifndef OIM_TESTS_SIM_STORE_MODEL_H
#define OIM_TESTS_SIM_STORE_MODEL_H

#include "server/store/store.h"
#include "server/store/store_copy.h"

struct model_row {
    struct store_row row; /* env is owned */
    uint64_t uid;         /* 0: a marker */
    uint64_t src_uid;     /* whose device row.src_dev is; 0: nobody's */
    uint32_t detail;      /* markers */
    bool is_foreign_chat; /* from somebody else */
    bool is_taken;        /* known to be: cursors never go back */
};

struct model_device {
    uint64_t dev, uid, epoch, hw, settled, start, cursor;
    bool owed;
};

struct model_mailbox {
    uint64_t uid, head, announced;
    bool held;
    uint64_t passed; /* what all owed devices have; 0: there is none; worked out at the beginning of a trim */
};

struct model_record {
    uint32_t ns;
    struct store_record record; /* key and value are owned */
};

struct model_entry {
    uint32_t chain;
    struct store_chain_entry entry; /* entry is owned */
};

/* What is in a mailbox; sizes in bytes. */
struct model_filling {
    uint64_t count, size;             /* of what fills it */
    uint64_t share_count, share_size; /* of that, from one person */
    uint64_t rest_count, rest_size;   /* of the others, kept as a courtesy or not a message at all */
    size_t rest_first;                /* where the oldest of them is */
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
bool store_model_is_taken(const struct store_model *model, struct model_row *row);
/** Chat from somebody else that no device has taken. */
bool store_model_is_waiting(const struct store_model *model, struct model_row *row);
/** Of a row of this mailbox: waiting, or chat from somebody else above the announced of a held one. */
bool store_model_fills(const struct store_model *model, const struct model_mailbox *mailbox,
                       struct model_row *row);
uint64_t store_model_owner(struct store_model *model, uint64_t dev); /* 0: unknown device */
/** Of uid's mailbox; the share is that of src_uid. */
struct model_filling store_model_count_filling(struct store_model *model, uint64_t uid, uint64_t src_uid);
/** Every owed device has acknowledged the row, and there is one. */
bool store_model_is_passed(const struct store_model *model, const struct model_row *row);
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
