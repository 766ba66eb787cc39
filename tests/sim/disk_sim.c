#include "tests/sim/disk_sim.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/disk_sim_file.h"

#define SECTOR_SIZE 512u

static void bytes_reserve(struct disk_bytes *bytes, size_t size)
{
    if (size <= bytes->capacity) {
        return;
    }
    size_t capacity = bytes->capacity == 0 ? 4096 : bytes->capacity;
    while (capacity < size) {
        capacity *= 2;
    }
    bytes->data = realloc(bytes->data, capacity);
    assert(bytes->data != NULL);
    bytes->capacity = capacity;
}

static void bytes_resize(struct disk_bytes *bytes, size_t size)
{
    bytes_reserve(bytes, size);
    if (size > bytes->size) {
        memset(bytes->data + bytes->size, 0, size - bytes->size);
    }
    bytes->size = size;
}

static void bytes_write(struct disk_bytes *bytes, size_t offset, const void *data, size_t size)
{
    if (offset + size > bytes->size) {
        bytes_resize(bytes, offset + size);
    }
    if (size > 0) {
        memcpy(bytes->data + offset, data, size);
    }
}

static void bytes_copy(struct disk_bytes *to, const struct disk_bytes *from)
{
    bytes_resize(to, from->size);
    if (from->size > 0) {
        memcpy(to->data, from->data, from->size);
    }
}

static void forget_changes(struct disk_file *file)
{
    for (size_t i = 0; i < file->change_count; i++) {
        free(file->changes[i].bytes.data);
    }
    file->change_count = 0;
}

static void file_finish(struct disk_file *file)
{
    assert(file->open_count == 0);
    forget_changes(file);
    free(file->changes);
    free(file->now.data);
    free(file->durable.data);
    for (size_t i = 0; i < DISK_SHM_REGION_COUNT_MAX; i++) {
        free(file->regions[i]);
    }
    *file = (struct disk_file){0};
}

void disk_change(struct disk_file *file, bool is_truncate, size_t offset, const void *data, size_t size)
{
    if (is_truncate) {
        bytes_resize(&file->now, offset);
    } else {
        bytes_write(&file->now, offset, data, size);
    }
    if (file->change_count == file->change_capacity) {
        file->change_capacity = file->change_capacity == 0 ? 64 : file->change_capacity * 2;
        file->changes = reallocarray(file->changes, file->change_capacity, sizeof(*file->changes));
        assert(file->changes != NULL);
    }
    struct disk_change *change = &file->changes[file->change_count++];
    *change = (struct disk_change){.is_truncate = is_truncate, .offset = offset};
    if (!is_truncate) {
        bytes_write(&change->bytes, 0, data, size);
    }
}

static void apply_change(struct disk_file *file, const struct disk_change *change)
{
    if (change->is_truncate) {
        bytes_resize(&file->durable, change->offset);
    } else {
        bytes_write(&file->durable, change->offset, change->bytes.data, change->bytes.size);
    }
}

void disk_sync_folder(struct disk_sim *disk)
{
    for (size_t i = 0; i < DISK_FILE_COUNT_MAX; i++) {
        struct disk_file *file = &disk->files[i];
        if (!file->exists) {
            bytes_resize(&file->durable, 0);
        }
        file->exists_durably = file->exists;
    }
}

void disk_sync(struct disk_file *file)
{
    for (size_t i = 0; i < file->change_count; i++) {
        apply_change(file, &file->changes[i]);
    }
    forget_changes(file);
    file->exists_durably = file->exists;
}

static bool coin(struct disk_sim *disk)
{
    return fake_random_below(&disk->random, 2) == 0;
}

/* Sector by sector: there, gone, or one in 16 of those that are there only with its first bytes. */
static void apply_sectors(struct disk_sim *disk, struct disk_file *file, const struct disk_change *change)
{
    size_t at = 0;
    while (at < change->bytes.size) {
        size_t to_boundary = SECTOR_SIZE - (change->offset + at) % SECTOR_SIZE;
        size_t left = change->bytes.size - at;
        size_t size = left < to_boundary ? left : to_boundary;
        if (coin(disk)) {
            bool is_torn = fake_random_below(&disk->random, 16) == 0;
            size_t kept = is_torn ? (size_t)fake_random_below(&disk->random, size) : size;
            bytes_write(&file->durable, change->offset + at, change->bytes.data + at, kept);
        }
        at += size;
    }
}

static void lose_changes(struct disk_sim *disk, struct disk_file *file)
{
    for (size_t i = 0; i < file->change_count; i++) {
        const struct disk_change *change = &file->changes[i];
        uint64_t fate = fake_random_below(&disk->random, 3);
        if (fate == 0) {
            apply_change(file, change);
        } else if (fate == 1 && !change->is_truncate) {
            apply_sectors(disk, file, change);
        }
    }
    forget_changes(file);
}

void disk_fail_sync(struct disk_sim *disk, struct disk_file *file)
{
    lose_changes(disk, file);
}

void disk_delete(struct disk_file *file, bool is_durable)
{
    file->exists = false;
    forget_changes(file);
    bytes_resize(&file->now, 0);
    if (is_durable) {
        file->exists_durably = false;
        bytes_resize(&file->durable, 0);
    }
}

uint64_t disk_total_size(const struct disk_sim *disk)
{
    uint64_t size = 0;
    for (size_t i = 0; i < DISK_FILE_COUNT_MAX; i++) {
        size += disk->files[i].now.size;
    }
    return size;
}

struct disk_file *disk_find(struct disk_sim *disk, const char *name, bool create)
{
    struct disk_file *unused = NULL;
    for (size_t i = 0; i < DISK_FILE_COUNT_MAX; i++) {
        struct disk_file *file = &disk->files[i];
        if (strcmp(file->name, name) == 0) {
            return file;
        }
        if (file->name[0] == '\0' && unused == NULL) {
            unused = file;
        }
    }
    if (!create) {
        return NULL;
    }
    assert(unused != NULL && strlen(name) < DISK_NAME_SIZE);
    snprintf(unused->name, sizeof(unused->name), "%s", name);
    return unused;
}

int disk_next_tick(struct disk_sim *disk, int io_error_code)
{
    if (disk->is_cut) {
        return SQLITE_IOERR;
    }
    disk->tick++;
    if (disk->tick == disk->cut_tick) {
        disk->is_cut = true;
        return SQLITE_IOERR;
    }
    bool fails = disk->fault != DISK_SIM_NO_FAULT &&
                 (disk->tick == disk->fail_tick || (disk->is_fault_sticky && disk->tick > disk->fail_tick));
    if (!fails) {
        return SQLITE_OK;
    }
    return disk->fault == DISK_SIM_FULL ? SQLITE_FULL : io_error_code;
}

static void reset(struct disk_sim *disk, uint64_t seed)
{
    for (size_t i = 0; i < DISK_FILE_COUNT_MAX; i++) {
        file_finish(&disk->files[i]);
    }
    fake_random_init(&disk->random, seed);
    disk->tick = 0;
    disk->cut_tick = 0;
    disk->is_cut = false;
    disk->lies = false;
    disk->fault = DISK_SIM_NO_FAULT;
    disk->fails_next_sync = false;
    disk->size_max = 0;
}

struct disk_sim *disk_sim_create(const char *vfs_name, uint64_t seed)
{
    struct disk_sim *disk = calloc(1, sizeof(*disk));
    assert(disk != NULL && strlen(vfs_name) < sizeof(disk->vfs_name));
    snprintf(disk->vfs_name, sizeof(disk->vfs_name), "%s", vfs_name);
    pthread_mutex_init(&disk->mutex, NULL);
    reset(disk, seed);
    disk_vfs_init(disk);
    return disk;
}

void disk_sim_destroy(struct disk_sim *disk)
{
    if (disk == NULL) {
        return;
    }
    sqlite3_vfs_unregister(&disk->vfs);
    reset(disk, 0);
    pthread_mutex_destroy(&disk->mutex);
    free(disk);
}

void disk_sim_format(struct disk_sim *disk, uint64_t seed)
{
    reset(disk, seed);
}

void disk_sim_load(struct disk_sim *disk, const struct disk_sim *from, uint64_t seed)
{
    reset(disk, seed);
    for (size_t i = 0; i < DISK_FILE_COUNT_MAX; i++) {
        const struct disk_file *source = &from->files[i];
        struct disk_file *file = &disk->files[i];
        assert(source->open_count == 0);
        memcpy(file->name, source->name, sizeof(file->name));
        bytes_copy(&file->now, &source->durable);
        bytes_copy(&file->durable, &source->durable);
        file->exists = source->exists_durably;
        file->exists_durably = source->exists_durably;
    }
}

void disk_sim_power_cycle(struct disk_sim *disk)
{
    for (size_t i = 0; i < DISK_FILE_COUNT_MAX; i++) {
        struct disk_file *file = &disk->files[i];
        assert(file->open_count == 0);
        /* A name that was made or removed without a sync of its folder is a coin toss. */
        bool exists = file->exists == file->exists_durably ? file->exists : coin(disk);
        if (file->exists) {
            lose_changes(disk, file);
        }
        forget_changes(file);
        if (!exists) {
            bytes_resize(&file->durable, 0);
        }
        file->exists = exists;
        file->exists_durably = exists;
        bytes_copy(&file->now, &file->durable);
        for (size_t r = 0; r < DISK_SHM_REGION_COUNT_MAX; r++) {
            free(file->regions[r]);
            file->regions[r] = NULL;
        }
    }
    disk->is_cut = false;
    disk->cut_tick = 0;
    disk->fault = DISK_SIM_NO_FAULT;
}

uint64_t disk_sim_tick(struct disk_sim *disk)
{
    pthread_mutex_lock(&disk->mutex);
    uint64_t tick = disk->tick;
    pthread_mutex_unlock(&disk->mutex);
    return tick;
}

void disk_sim_cut_at(struct disk_sim *disk, uint64_t tick)
{
    pthread_mutex_lock(&disk->mutex);
    disk->cut_tick = tick;
    pthread_mutex_unlock(&disk->mutex);
}

bool disk_sim_is_cut(struct disk_sim *disk)
{
    pthread_mutex_lock(&disk->mutex);
    bool is_cut = disk->is_cut;
    pthread_mutex_unlock(&disk->mutex);
    return is_cut;
}

void disk_sim_fail_at(struct disk_sim *disk, uint64_t tick, enum disk_sim_fault fault, bool is_sticky)
{
    pthread_mutex_lock(&disk->mutex);
    disk->fail_tick = tick;
    disk->fault = fault;
    disk->is_fault_sticky = is_sticky;
    pthread_mutex_unlock(&disk->mutex);
}

void disk_sim_fail_next_sync(struct disk_sim *disk)
{
    pthread_mutex_lock(&disk->mutex);
    disk->fails_next_sync = true;
    pthread_mutex_unlock(&disk->mutex);
}

void disk_sim_set_size_max(struct disk_sim *disk, uint64_t size_max)
{
    pthread_mutex_lock(&disk->mutex);
    disk->size_max = size_max;
    pthread_mutex_unlock(&disk->mutex);
}

void disk_sim_set_lying_sync(struct disk_sim *disk, bool lies)
{
    pthread_mutex_lock(&disk->mutex);
    disk->lies = lies;
    pthread_mutex_unlock(&disk->mutex);
}

void disk_sim_keep_synchronous(struct disk_sim *disk, bool keeps)
{
    pthread_mutex_lock(&disk->mutex);
    disk->keeps_synchronous = keeps;
    pthread_mutex_unlock(&disk->mutex);
}

uint64_t disk_sim_size(struct disk_sim *disk)
{
    pthread_mutex_lock(&disk->mutex);
    uint64_t size = disk_total_size(disk);
    pthread_mutex_unlock(&disk->mutex);
    return size;
}
