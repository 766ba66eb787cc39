/* clock_os.h - struct oim_clock from the operating system (CLOCK_MONOTONIC, CLOCK_REALTIME). */
#ifndef OIM_COMMON_OS_CLOCK_OS_H
#define OIM_COMMON_OS_CLOCK_OS_H

#include "common/clock.h"

struct oim_clock clock_os(void);

#endif
