/* local_sqlite.h - what local_sqlite.c and local_read.c share. */
#ifndef OIM_CLIENT_STORE_LOCAL_SQLITE_H
#define OIM_CLIENT_STORE_LOCAL_SQLITE_H

#include <sqlite3.h>

#include "client/store/local_store.h"

struct local_store {
    sqlite3 *db;
};

#endif
