/*
 * random_os.c - unpredictable bytes, drawn from the kernel in blocks.
 *
 * Invariants:
 *   a byte is handed out once: it is wiped from the block as it leaves, and a forked child starts a new
 * block.
 *
 * The block is the one piece of state here that hangs off no struct: one per thread, so that no lock is
 * needed.
 */
#include "common/os/random_os.h"

#include <pthread.h>
#include <sodium.h>
#include <stdint.h>
#include <string.h>

#define BLOCK_SIZE 512u

struct block {
    uint8_t bytes[BLOCK_SIZE];
    size_t left; /* unused bytes, at the front */
};

static _Thread_local struct block block;
static pthread_once_t fork_guard = PTHREAD_ONCE_INIT;

static void forget_block(void)
{
    sodium_memzero(&block, sizeof(block));
}

static void guard_forks(void)
{
    /* In a child only the forking thread lives, and this runs in it, so its block is the only one to forget.
     */
    pthread_atfork(NULL, NULL, forget_block);
}

static void fill(void *context, void *out, size_t size)
{
    (void)context;
    if (size > BLOCK_SIZE / 4) {
        randombytes_buf(out, size);
        return;
    }
    if (block.left < size) {
        randombytes_buf(block.bytes, sizeof(block.bytes));
        block.left = sizeof(block.bytes);
    }
    block.left -= size;
    memcpy(out, block.bytes + block.left, size);
    sodium_memzero(block.bytes + block.left, size);
}

struct oim_random random_os(void)
{
    pthread_once(&fork_guard, guard_forks);
    return (struct oim_random){.fill = fill, .context = NULL};
}
