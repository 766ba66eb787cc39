/*
 * store_apply.h - what each request does: decides by the index, writes by INSERT, fills the reply.
 *
 * Every function returns OIM_OK unless the database failed; what the caller is told is reply.result. Nothing
 * here is final before store_writer.c has committed.
 */
#ifndef OIM_SERVER_STORE_STORE_APPLY_H
#define OIM_SERVER_STORE_STORE_APPLY_H

#include "common/attr.h"
#include "server/store/store_writer.h"

OIM_MUST_CHECK enum oim_status store_apply(struct store_writer *writer, struct store_ticket *ticket);
/** Drop what a reply already holds; its batch has failed. */
void store_apply_discard(struct store_ticket *ticket);

/**
 * The server's own rows: append targets to the mailboxes that exist, and say their seqs in reply->u.note.
 * A mailbox that does not exist, or a notice larger than its cap, gives seq 0.
 */
OIM_MUST_CHECK enum oim_status store_apply_notices(struct store_writer *writer, struct store_ticket *ticket,
                                                   const struct store_target *targets, size_t target_count,
                                                   uint64_t server_ms);

/* store_record.c: keyed records and chains. */
OIM_MUST_CHECK enum oim_status store_apply_cas(struct store_writer *writer, struct store_ticket *ticket);
OIM_MUST_CHECK enum oim_status store_apply_scan(struct store_writer *writer, struct store_ticket *ticket);
OIM_MUST_CHECK enum oim_status store_apply_chain(struct store_writer *writer, struct store_ticket *ticket);

/* store_due.c: what has to go because of its time. */
OIM_MUST_CHECK enum oim_status store_apply_due(struct store_writer *writer, struct store_ticket *ticket);
OIM_MUST_CHECK enum oim_status store_apply_expire(struct store_writer *writer, struct store_ticket *ticket);

/* store_view.c: answers from the index alone. */
OIM_MUST_CHECK enum oim_status store_apply_summary(struct store_writer *writer, struct store_ticket *ticket);
OIM_MUST_CHECK enum oim_status store_apply_count(struct store_writer *writer, struct store_ticket *ticket);
OIM_MUST_CHECK enum oim_status store_apply_page(struct store_writer *writer, struct store_ticket *ticket);

#endif
