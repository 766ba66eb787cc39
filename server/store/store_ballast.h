/*
 * store_ballast.h - 8 MiB kept on disk to be given up when the disk is full, so that acknowledgements and
 * trimming still commit while appends are refused (BLUEPRINT B35).
 */
#ifndef OIM_SERVER_STORE_STORE_BALLAST_H
#define OIM_SERVER_STORE_STORE_BALLAST_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/attr.h"

#define STORE_BALLAST_SIZE (8u << 20)

struct store_ballast {
    char path[PATH_MAX];
    bool is_held;
};

void store_ballast_init(struct store_ballast *ballast, const char *data_dir);
/** Have the file, its blocks allocated. False: no room, or none left beside it. */
OIM_MUST_CHECK bool store_ballast_take(struct store_ballast *ballast);
void store_ballast_give_up(struct store_ballast *ballast);

#endif
