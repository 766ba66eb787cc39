/*
 * error.h - a status and a sentence, for whoever has to act on it.
 */
#ifndef OIM_COMMON_ERROR_H
#define OIM_COMMON_ERROR_H

#include "common/attr.h"
#include "common/status.h"

#define OIM_ERROR_TEXT_SIZE 512

struct oim_error {
    enum oim_status status;
    char text[OIM_ERROR_TEXT_SIZE]; /* one sentence: what was wrong and what to do; always terminated */
};

/**
 * Fill *err and return status, so that a failing line reads `return oim_fail(err, ...)`.
 * err may be NULL when the caller only wants the status.
 */
enum oim_status oim_fail(struct oim_error *err, enum oim_status status, const char *format, ...)
    OIM_PRINTF(3, 4);

#endif
