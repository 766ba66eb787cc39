/*
 * output.h - what a program prints is with the operating system when it says that it is done.
 */
#ifndef OIM_COMMON_OS_OUTPUT_H
#define OIM_COMMON_OS_OUTPUT_H

#include <stdio.h>

#include "common/error.h"

/**
 * Flush out. An earlier write that failed counts, too: part of the output is missing then.
 *
 * Errors: OIM_ERR_IO, in words that end without a full stop.
 */
OIM_MUST_CHECK enum oim_status output_flush(FILE *out, struct oim_error *err);

#endif
