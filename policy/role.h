/*
 * role.h - which administrative request each role may make.
 *
 * Owner, administrator, auditor: each may what the next may, and more. An auditor reads; an administrator
 * changes everything but who administers; users and bots have no administrative requests (theirs are frames
 * of their own).
 */
#ifndef OIM_POLICY_ROLE_H
#define OIM_POLICY_ROLE_H

#include <stdbool.h>

#include "proto/admin.h"

/** Does it only read? Such a request leaves policy and people as they are. */
bool role_op_reads(const struct admin_op *op);
/**
 * The least role that may make this request. target is the role of the person it is about, ROLE_NONE where it
 * is about nobody or about a person who is invited anew. ROLE_NONE: there is no such request.
 */
enum role role_needed(const struct admin_op *op, enum role target);
bool role_may(enum role actor, const struct admin_op *op, enum role target);

#endif
