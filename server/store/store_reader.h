/*
 * store_reader.h - pages: rows fetched by the ids that the writer resolved.
 *
 * Runs on the reader thread with a read-only connection of its own, or on the writer's connection when there
 * are no threads. A row that was deleted in between is left out (the core states the hole); one whose mailbox
 * or seq is not the expected one is never shown (B20).
 */
#ifndef OIM_SERVER_STORE_STORE_READER_H
#define OIM_SERVER_STORE_STORE_READER_H

#include "server/store/store_copy.h"
#include "server/store/store_db.h"

/** Fill a PAGE reply that is OK so far; RETRY when the database cannot be read. Others are left as they are.
 */
void store_reader_fetch(struct store_db *db, struct store_ticket *ticket);

#endif
