/*
 * store_scan.h - rebuild the memory index from the database: small tables first, then one pass over the log.
 *
 * Does not touch envelopes: 100,000 rows take about 0.1 s.
 */
#ifndef OIM_SERVER_STORE_STORE_SCAN_H
#define OIM_SERVER_STORE_STORE_SCAN_H

#include "common/attr.h"
#include "server/store/store_db.h"
#include "server/store/store_index.h"

/** index must be all-zero. Errors: OIM_ERR_STORAGE, OIM_ERR_IO out of memory; the index may then be half
 * built. */
OIM_MUST_CHECK enum oim_status store_scan(struct store_index *index, struct store_db *db);

#endif
