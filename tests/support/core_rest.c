/*
 * core_rest.c - see core_rest.h. A file of its own: the core's inside and the client's share names.
 */
#include "tests/support/core_rest.h"

#include "server/core/core_internal.h"

bool core_is_at_rest(const struct core *core)
{
    return core->pendings.count == 0 && core->mail.sent_used_count == 0 && core->sessions.table.count == 0 &&
           core->pool.used_size == 0;
}
