/*
 * migrate.h - the database file's identity and schema version; forward only.
 *
 * A file that is not ours, newer than this program or damaged is refused, never touched.
 */
#ifndef OIM_SERVER_STORE_MIGRATE_H
#define OIM_SERVER_STORE_MIGRATE_H

#include "common/attr.h"
#include "common/error.h"
#include "server/store/store_db.h"

#define STORE_APPLICATION_ID 0x4F494D64 /* "OIMd" */
/* 2: records in formats that an oimd of 1 takes for damage; the tables are those of 1. */
#define STORE_SCHEMA_VERSION 2

/** Bring the open database to this program's schema: an empty file gets all of it, an older one the steps. */
OIM_MUST_CHECK enum oim_status migrate_run(struct store_db *db, struct oim_error *err);

/**
 * Look for damage: every table but the log, and the log too while the file is small enough to be read in
 * about a second. (Of a larger log every row is read anyway when the index is built, which finds torn pages.)
 */
OIM_MUST_CHECK enum oim_status migrate_check(struct store_db *db, struct oim_error *err);

#endif
