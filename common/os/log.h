/*
 * log.h - one line per event: time, level, event name, then key=value fields. Ids and codes, never content,
 * invites or keys; secrets have no formatter. Values are quoted when they hold anything but [A-Za-z0-9._:/@+-].
 */
#ifndef OIM_COMMON_OS_LOG_H
#define OIM_COMMON_OS_LOG_H

#include <stdio.h>

#include "common/attr.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

struct log {
    FILE *stream; /* borrowed; standard error in life */
    enum log_level level;
};

/** event is a stable lower-case name, "session.opened"; fields_format is printf for "key=value key=value". */
void log_event(const struct log *log, enum log_level level, const char *event, const char *fields_format, ...)
    OIM_PRINTF(4, 5);
/** Quote text into out for use as a value in fields. */
const char *log_quote(char *out, size_t out_size, const char *text);

#endif
