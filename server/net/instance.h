/*
 * instance.h - one server per data folder: a lock that is held before anything listens, and named when it is
 * not free.
 */
#ifndef OIM_SERVER_NET_INSTANCE_H
#define OIM_SERVER_NET_INSTANCE_H

#include <sys/types.h>

#include "common/attr.h"
#include "common/error.h"

#define INSTANCE_LOCK_NAME "oimd.lock"

struct instance {
    int fd; /* owned; holds the lock as long as it is open; -1: none */
};

/**
 * Make the data folder if there is none (0700), check that it is private, and lock it.
 *
 * Errors: OIM_ERR_CONFLICT  another server serves it; its process number is in the sentence.
 *         OIM_ERR_TRUST     others may look into the folder.
 *         OIM_ERR_IO        it cannot be made or locked.
 */
OIM_MUST_CHECK enum oim_status instance_lock(struct instance *instance, const char *data_dir,
                                             struct oim_error *err);
/* Accepts all-zero and an instance that is not locked. */
void instance_finish(struct instance *instance);

#endif
