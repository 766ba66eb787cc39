/*
 * store_trim.h - deleting rows of the log: what every owed device has passed, and what left the index.
 *
 * Whatever a deleted row was the last to show (hw of its sender, head of its mailbox, the highest id) is
 * written to the small tables in the same transaction (BLUEPRINT B20).
 */
#ifndef OIM_SERVER_STORE_STORE_TRIM_H
#define OIM_SERVER_STORE_STORE_TRIM_H

#include <stdbool.h>
#include <stddef.h>

#include "common/attr.h"
#include "server/store/store_writer.h"

/** Take up to about row_max rows that may go out of the index and onto writer->doomed. */
OIM_MUST_CHECK enum oim_status store_trim_collect(struct store_writer *writer, size_t row_max);
/** Take this row out of the index (array compacted by the caller) and onto writer->doomed. */
OIM_MUST_CHECK enum oim_status store_trim_row(struct store_writer *writer, struct index_mailbox *mailbox,
                                              struct index_row *row);
/** Delete the doomed rows from the log. */
OIM_MUST_CHECK enum oim_status store_trim_delete(struct store_writer *writer);
bool store_trim_is_due(const struct store_writer *writer);

#endif
