/*
 * banned.h - what a core may not call, poisoned. Compiled in front of every file of server/core and client/core.
 *
 * Standard headers come first, because poisoning applies to every later token, theirs too. sodium.h may not
 * follow (it writes __attribute__((malloc))), which is why crypto.h does not include it.
 */
#ifndef OIM_COMMON_BANNED_H
#define OIM_COMMON_BANNED_H

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison time gettimeofday clock_gettime nanosleep sleep usleep localtime gmtime
#pragma GCC poison rand srand srandom getrandom arc4random
#pragma GCC poison malloc calloc realloc free strdup strndup
#pragma GCC poison printf fprintf puts putchar fputs perror
#pragma GCC poison fopen fclose getenv exit

/* Words that our own structs use as names of members: banned as calls only. The last four are not even declared. */
#define random() banned_in_cores_random
#define read(...) banned_in_cores_read
#define write(...) banned_in_cores_write
#define open(...) banned_in_cores_open
#define close(...) banned_in_cores_close

#endif
