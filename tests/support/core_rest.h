/*
 * core_rest.h - whether a server's core has given back all it had taken.
 */
#ifndef OIM_TESTS_SUPPORT_CORE_REST_H
#define OIM_TESTS_SUPPORT_CORE_REST_H

#include <stdbool.h>

struct core;

/** No request is at the store, and no buffer, sent row or connection is left. */
bool core_is_at_rest(const struct core *core);

#endif
