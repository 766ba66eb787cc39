/*
 * output.c - see output.h.
 */
#include "common/os/output.h"

#include <errno.h>
#include <string.h>

enum oim_status output_flush(FILE *out, struct oim_error *err)
{
    if (fflush(out) != 0) {
        return oim_fail(err, OIM_ERR_IO, "%s", strerror(errno));
    }
    return ferror(out) ? oim_fail(err, OIM_ERR_IO, "a part of it is missing") : OIM_OK;
}
