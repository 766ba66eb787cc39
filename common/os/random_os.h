/* random_os.h - struct oim_random from libsodium; draws in blocks, because each draw is a system call. */
#ifndef OIM_COMMON_OS_RANDOM_OS_H
#define OIM_COMMON_OS_RANDOM_OS_H

#include "common/random.h"

struct oim_random random_os(void);

#endif
