/*
 * store_result.c - the results' names, for logs and tests of every back end.
 */
#include "server/store/store.h"

static const char *const names[] = {
    [STORE_OK] = "ok",
    [STORE_DUP] = "dup",
    [STORE_GAP] = "gap",
    [STORE_CONFLICT] = "conflict",
    [STORE_QUOTA] = "quota",
    [STORE_SHARE] = "share",
    [STORE_FENCED] = "fenced",
    [STORE_STALE] = "stale",
    [STORE_NOT_FOUND] = "not_found",
    [STORE_RETRY] = "retry",
    [STORE_DISK_FULL] = "disk_full",
    [STORE_UNKNOWN] = "unknown",
    [STORE_FATAL] = "fatal",
};

const char *store_result_name(enum store_result result)
{
    return (size_t)result < OIM_COUNT(names) ? names[result] : "?";
}
