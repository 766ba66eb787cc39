/*
 * json.h - events and ends as JSON, one object a line: a contract with scripts.
 *
 * Keys are the fields' names (proto/local.h), in the order they came; times are RFC 3339 in UTC; fields that
 * may come more than once are always arrays. Never translated. What a terminal could take for a command is
 * escaped.
 */
#ifndef OIM_CLIENT_FACE_JSON_H
#define OIM_CLIENT_FACE_JSON_H

#include "common/bytes.h"
#include "proto/local.h"

/**
 * Append one object and a line end. what, when not NULL, becomes the first key "what". Names in always (ended
 * by NULL; may be NULL) are there even when no field has them: as null.
 *
 * Errors: OIM_ERR_LIMIT.
 */
OIM_MUST_CHECK enum oim_status json_append(struct oim_buf *out, const char *what,
                                           const struct local_fields *fields, const char *const *always);

/* True when numbers under this name are calendar milliseconds. */
bool json_is_time(const char *name);

#endif
