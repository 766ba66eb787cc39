#include "policy/role.h"

#include <stddef.h>

/* read: the least role that may look; change: the least role that may change. ROLE_NONE: there is no such
 * form. */
struct needs {
    enum role read;
    enum role change;
};

static const struct needs needs[ADMIN_OP_KIND_LIMIT] = {
    [ADMIN_INVITE] = {ROLE_NONE, ROLE_ADMIN},        [ADMIN_USER_LIST] = {ROLE_AUDITOR, ROLE_NONE},
    [ADMIN_USER_SET] = {ROLE_NONE, ROLE_ADMIN},      [ADMIN_USER_ENABLE] = {ROLE_NONE, ROLE_ADMIN},
    [ADMIN_INVITE_LIST] = {ROLE_AUDITOR, ROLE_NONE}, [ADMIN_INVITE_REVOKE] = {ROLE_NONE, ROLE_ADMIN},
    [ADMIN_DEVICE_REVOKE] = {ROLE_NONE, ROLE_ADMIN}, [ADMIN_POLICY_GET] = {ROLE_AUDITOR, ROLE_NONE},
    [ADMIN_POLICY_NEW] = {ROLE_NONE, ROLE_ADMIN},    [ADMIN_POLICY_SET] = {ROLE_NONE, ROLE_ADMIN},
    [ADMIN_POLICY_REMOVE] = {ROLE_NONE, ROLE_ADMIN}, [ADMIN_GRANT] = {ROLE_NONE, ROLE_ADMIN},
    [ADMIN_IM_CONFIG] = {ROLE_AUDITOR, ROLE_ADMIN},  [ADMIN_EFFECTIVE] = {ROLE_AUDITOR, ROLE_NONE},
    [ADMIN_OFFLINE] = {ROLE_AUDITOR, ROLE_ADMIN},    [ADMIN_QUEUE] = {ROLE_AUDITOR, ROLE_ADMIN},
    [ADMIN_TRACE] = {ROLE_NONE, ROLE_AUDITOR},       [ADMIN_AUDIT_READ] = {ROLE_AUDITOR, ROLE_NONE},
    [ADMIN_STATUS] = {ROLE_AUDITOR, ROLE_NONE},      [ADMIN_ADDRESS] = {ROLE_AUDITOR, ROLE_ADMIN},
    [ADMIN_USER_RESET] = {ROLE_NONE, ROLE_ADMIN},    [ADMIN_USER_ERASE] = {ROLE_NONE, ROLE_ADMIN},
};

bool role_op_reads(const struct admin_op *op)
{
    switch (op->kind) {
    case ADMIN_IM_CONFIG:
        return !op->set;
    case ADMIN_OFFLINE:
        return op->on == TRI_UNSET;
    case ADMIN_QUEUE:
        return !op->erase;
    case ADMIN_ADDRESS:
        return op->address_op == ADDRESS_OP_LIST;
    default:
        return (unsigned)op->kind < ADMIN_OP_KIND_LIMIT && needs[op->kind].read != ROLE_NONE;
    }
}

static bool administers(enum role role)
{
    return role == ROLE_ADMIN || role == ROLE_OWNER;
}

/* Requests after which somebody else administers, or somebody no longer does. */
static bool changes_who_administers(const struct admin_op *op, enum role target)
{
    switch (op->kind) {
    case ADMIN_INVITE:
        return administers(op->role) || administers(target);
    case ADMIN_USER_SET:
        return op->role != ROLE_NONE && op->role != target && (administers(op->role) || administers(target));
    case ADMIN_USER_ENABLE:
    case ADMIN_DEVICE_REVOKE:
    case ADMIN_INVITE_REVOKE:
    case ADMIN_USER_RESET:
    case ADMIN_USER_ERASE:
        return administers(target);
    default:
        return false;
    }
}

enum role role_needed(const struct admin_op *op, enum role target)
{
    if ((unsigned)op->kind >= ADMIN_OP_KIND_LIMIT) {
        return ROLE_NONE;
    }
    if (role_op_reads(op)) {
        return needs[op->kind].read;
    }
    return changes_who_administers(op, target) ? ROLE_OWNER : needs[op->kind].change;
}

bool role_may(enum role actor, const struct admin_op *op, enum role target)
{
    _Static_assert(ROLE_AUDITOR < ROLE_ADMIN && ROLE_ADMIN < ROLE_OWNER,
                   "each role may what the one below may");
    enum role needed = role_needed(op, target);
    return needed != ROLE_NONE && actor >= needed && actor <= ROLE_OWNER;
}
