/*
 * disk_sim_file.h - the disk's inside, shared by disk_sim.c (what is kept and lost) and disk_sim_vfs.c
 * (SQLite's calls). Every function here expects the disk's mutex to be held.
 */
#ifndef OIM_TESTS_SIM_DISK_SIM_FILE_H
#define OIM_TESTS_SIM_DISK_SIM_FILE_H

#include <pthread.h>
#include <sqlite3.h>

#include "tests/sim/disk_sim.h"
#include "tests/support/fake.h"

#define DISK_FILE_COUNT_MAX 8
#define DISK_NAME_SIZE 128
#define DISK_SHM_REGION_COUNT_MAX 16
#define DISK_SHM_LOCK_COUNT 8

struct disk_bytes {
    uint8_t *data; /* owned */
    size_t size, capacity;
};

/* A write, or with is_truncate the file's new size in offset. */
struct disk_change {
    bool is_truncate;
    size_t offset;
    struct disk_bytes bytes;
};

struct disk_file {
    char name[DISK_NAME_SIZE]; /* empty: the place is free */
    struct disk_bytes now, durable;
    bool exists, exists_durably;
    struct disk_change *changes; /* owned; since the last sync, in order */
    size_t change_count, change_capacity;
    unsigned open_count;
    unsigned shared_count; /* of the database's locks */
    bool has_reserved, has_pending, has_exclusive;
    void *regions[DISK_SHM_REGION_COUNT_MAX]; /* owned: the wal-index */
    int shm_locks[DISK_SHM_LOCK_COUNT];       /* count of shared holders, -1: exclusive */
    unsigned shm_user_count;
};

struct disk_sim {
    sqlite3_vfs vfs;
    char vfs_name[32];
    pthread_mutex_t mutex;
    struct fake_random random;
    struct disk_file files[DISK_FILE_COUNT_MAX];
    uint64_t tick, cut_tick;
    bool is_cut, lies, keeps_synchronous;
    uint64_t fail_tick;
    enum disk_sim_fault fault;
    bool is_fault_sticky, fails_next_sync;
    uint64_t size_max;
};

/** SQLITE_OK, or what the operation at the next tick has to fail with. */
int disk_next_tick(struct disk_sim *disk, int io_error_code);
struct disk_file *disk_find(struct disk_sim *disk, const char *name, bool create);
/** Write or truncate now, and remember the change for the next sync. */
void disk_change(struct disk_file *file, bool is_truncate, size_t offset, const void *data, size_t size);
void disk_sync(struct disk_file *file);
/** Every name that was made or removed stays so. */
void disk_sync_folder(struct disk_sim *disk);
/** A sync that failed: some of its changes will never be durable, and nobody remembers them. */
void disk_fail_sync(struct disk_sim *disk, struct disk_file *file);
void disk_delete(struct disk_file *file, bool is_durable);
uint64_t disk_total_size(const struct disk_sim *disk);

/* disk_sim_vfs.c */
void disk_vfs_init(struct disk_sim *disk);

#endif
