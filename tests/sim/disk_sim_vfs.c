/*
 * disk_sim_vfs.c - SQLite's calls onto the simulated disk: files, locks, the wal-index.
 *
 * Only the public VFS interface (sqlite.org/c3ref/io_methods.html). Locks are those of one machine: counters,
 * lost with the power.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/disk_sim_file.h"

struct vfs_file {
    sqlite3_file base;
    struct disk_sim *disk;
    struct disk_file *file;
    int lock;
    unsigned shm_shared, shm_exclusive; /* masks of this connection */
    bool uses_shm, deletes_on_close;
    bool syncs_folder; /* with the first sync */
};

static struct vfs_file *self_of(sqlite3_file *base)
{
    return (struct vfs_file *)(void *)base;
}

static int vfs_unlock(sqlite3_file *base, int level);
static int vfs_shm_unmap(sqlite3_file *base, int deletes);

static int vfs_close(sqlite3_file *base)
{
    struct vfs_file *self = self_of(base);
    vfs_unlock(base, SQLITE_LOCK_NONE);
    vfs_shm_unmap(base, 0);
    pthread_mutex_lock(&self->disk->mutex);
    self->file->open_count--;
    if (self->deletes_on_close && !self->disk->is_cut) {
        disk_delete(self->file, true);
    }
    pthread_mutex_unlock(&self->disk->mutex);
    return SQLITE_OK;
}

static int vfs_read(sqlite3_file *base, void *out, int amount, sqlite3_int64 offset)
{
    struct vfs_file *self = self_of(base);
    pthread_mutex_lock(&self->disk->mutex);
    const struct disk_bytes *now = &self->file->now;
    size_t from = (size_t)offset;
    size_t wanted = (size_t)amount;
    size_t there = from >= now->size ? 0 : now->size - from;
    size_t size = there < wanted ? there : wanted;
    bool is_cut = self->disk->is_cut;
    if (!is_cut && size > 0) {
        memcpy(out, now->data + from, size);
    }
    pthread_mutex_unlock(&self->disk->mutex);
    if (is_cut) {
        return SQLITE_IOERR_READ;
    }
    if (size < wanted) {
        memset((uint8_t *)out + size, 0, wanted - size);
        return SQLITE_IOERR_SHORT_READ;
    }
    return SQLITE_OK;
}

static int vfs_write(sqlite3_file *base, const void *data, int amount, sqlite3_int64 offset)
{
    struct vfs_file *self = self_of(base);
    struct disk_sim *disk = self->disk;
    size_t end = (size_t)offset + (size_t)amount;
    pthread_mutex_lock(&disk->mutex);
    bool was_cut = disk->is_cut;
    int code = disk_next_tick(disk, SQLITE_IOERR_WRITE);
    uint64_t growth = end > self->file->now.size ? end - self->file->now.size : 0;
    if (code == SQLITE_OK && disk->size_max != 0 && growth > 0 &&
        disk_total_size(disk) + growth > disk->size_max) {
        code = SQLITE_FULL;
    }
    /* The write that the cut interrupts may have arrived; a full disk took half of it. */
    size_t size = code == SQLITE_FULL ? (size_t)amount / 2 : (size_t)amount;
    bool lands = code == SQLITE_OK || code == SQLITE_FULL || (disk->is_cut && !was_cut);
    if (lands) {
        disk_change(self->file, false, (size_t)offset, data, size);
    }
    pthread_mutex_unlock(&disk->mutex);
    return code;
}

static int vfs_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct vfs_file *self = self_of(base);
    pthread_mutex_lock(&self->disk->mutex);
    int code = disk_next_tick(self->disk, SQLITE_IOERR_TRUNCATE);
    if (code == SQLITE_OK) {
        disk_change(self->file, true, (size_t)size, NULL, 0);
    }
    pthread_mutex_unlock(&self->disk->mutex);
    return code == SQLITE_FULL ? SQLITE_IOERR_TRUNCATE : code;
}

static int vfs_sync(sqlite3_file *base, int flags)
{
    (void)flags;
    struct vfs_file *self = self_of(base);
    struct disk_sim *disk = self->disk;
    pthread_mutex_lock(&disk->mutex);
    int code = disk_next_tick(disk, SQLITE_IOERR_FSYNC);
    if (code == SQLITE_OK && disk->fails_next_sync) {
        disk->fails_next_sync = false;
        code = SQLITE_IOERR_FSYNC;
    }
    if (code == SQLITE_OK && !disk->lies) {
        disk_sync(self->file);
        if (self->syncs_folder) {
            disk_sync_folder(disk);
        }
        self->syncs_folder = false;
    } else if (code != SQLITE_OK && !disk->is_cut) {
        disk_fail_sync(disk, self->file);
        code = SQLITE_IOERR_FSYNC;
    }
    pthread_mutex_unlock(&disk->mutex);
    return code;
}

static int vfs_file_size(sqlite3_file *base, sqlite3_int64 *out_size)
{
    struct vfs_file *self = self_of(base);
    pthread_mutex_lock(&self->disk->mutex);
    *out_size = (sqlite3_int64)self->file->now.size;
    bool is_cut = self->disk->is_cut;
    pthread_mutex_unlock(&self->disk->mutex);
    return is_cut ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

static int take_lock(struct vfs_file *self, int level)
{
    struct disk_file *file = self->file;
    if (level == SQLITE_LOCK_SHARED) {
        if (file->has_pending || file->has_exclusive) {
            return SQLITE_BUSY;
        }
        file->shared_count++;
        return SQLITE_OK;
    }
    if (level == SQLITE_LOCK_RESERVED) {
        if (file->has_reserved) {
            return SQLITE_BUSY;
        }
        file->has_reserved = true;
        return SQLITE_OK;
    }
    if (self->lock < SQLITE_LOCK_RESERVED && file->has_reserved) {
        return SQLITE_BUSY;
    }
    file->has_reserved = true;
    file->has_pending = true;
    self->lock = SQLITE_LOCK_PENDING;
    if (file->shared_count > 1) {
        return SQLITE_BUSY;
    }
    file->has_exclusive = true;
    return SQLITE_OK;
}

static int vfs_lock(sqlite3_file *base, int level)
{
    struct vfs_file *self = self_of(base);
    if (self->lock >= level) {
        return SQLITE_OK;
    }
    pthread_mutex_lock(&self->disk->mutex);
    int code = self->disk->is_cut ? SQLITE_IOERR_LOCK : take_lock(self, level);
    if (code == SQLITE_OK) {
        self->lock = level;
    }
    pthread_mutex_unlock(&self->disk->mutex);
    return code;
}

static int vfs_unlock(sqlite3_file *base, int level)
{
    struct vfs_file *self = self_of(base);
    if (self->lock <= level) {
        return SQLITE_OK;
    }
    pthread_mutex_lock(&self->disk->mutex);
    struct disk_file *file = self->file;
    if (self->lock >= SQLITE_LOCK_RESERVED) {
        file->has_reserved = false;
        file->has_pending = false;
        file->has_exclusive = false;
    }
    if (level == SQLITE_LOCK_NONE) {
        file->shared_count--;
    }
    self->lock = level;
    pthread_mutex_unlock(&self->disk->mutex);
    return SQLITE_OK;
}

static int vfs_check_reserved_lock(sqlite3_file *base, int *out_is_reserved)
{
    struct vfs_file *self = self_of(base);
    pthread_mutex_lock(&self->disk->mutex);
    *out_is_reserved = self->file->has_reserved ? 1 : 0;
    pthread_mutex_unlock(&self->disk->mutex);
    return SQLITE_OK;
}

/* A control wants its own "synchronous" whatever the store asks for: the pragma is answered, not obeyed. */
static int vfs_file_control(sqlite3_file *base, int operation, void *argument)
{
    bool is_pragma = operation == SQLITE_FCNTL_PRAGMA && self_of(base)->disk->keeps_synchronous;
    if (is_pragma && sqlite3_stricmp(((char **)argument)[1], "synchronous") == 0) {
        return SQLITE_OK;
    }
    return SQLITE_NOTFOUND;
}

static int vfs_sector_size(sqlite3_file *base)
{
    (void)base;
    return 512;
}

static int vfs_device_characteristics(sqlite3_file *base)
{
    (void)base;
    return 0;
}

static int vfs_shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **out)
{
    struct vfs_file *self = self_of(base);
    assert(region < DISK_SHM_REGION_COUNT_MAX);
    pthread_mutex_lock(&self->disk->mutex);
    if (!self->uses_shm) {
        self->uses_shm = true;
        self->file->shm_user_count++;
    }
    void **place = &self->file->regions[region];
    if (*place == NULL && extend) {
        *place = calloc(1, (size_t)size);
        assert(*place != NULL);
    }
    *out = *place;
    pthread_mutex_unlock(&self->disk->mutex);
    return SQLITE_OK;
}

static int vfs_shm_lock(sqlite3_file *base, int offset, int count, int flags)
{
    struct vfs_file *self = self_of(base);
    unsigned mask = ((1u << count) - 1u) << offset;
    int code = SQLITE_OK;
    pthread_mutex_lock(&self->disk->mutex);
    int *locks = self->file->shm_locks;
    for (int i = offset; i < offset + count; i++) {
        unsigned bit = 1u << i;
        if ((flags & SQLITE_SHM_UNLOCK) != 0) {
            locks[i] =
                (self->shm_exclusive & bit) != 0 ? 0 : locks[i] - ((self->shm_shared & bit) != 0 ? 1 : 0);
        } else if ((flags & SQLITE_SHM_SHARED) != 0) {
            code = locks[i] < 0 ? SQLITE_BUSY : code;
        } else {
            int others = locks[i] - ((self->shm_shared & bit) != 0 ? 1 : 0);
            code = locks[i] < 0 || others > 0 ? SQLITE_BUSY : code;
        }
    }
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
        self->shm_exclusive &= ~mask;
        self->shm_shared &= ~mask;
    } else if (code == SQLITE_OK) {
        for (int i = offset; i < offset + count; i++) {
            bool is_shared = (flags & SQLITE_SHM_SHARED) != 0;
            bool is_held = (self->shm_shared & (1u << i)) != 0;
            locks[i] = is_shared ? locks[i] + (is_held ? 0 : 1) : -1;
        }
        *((flags & SQLITE_SHM_SHARED) != 0 ? &self->shm_shared : &self->shm_exclusive) |= mask;
    }
    pthread_mutex_unlock(&self->disk->mutex);
    return code;
}

static void vfs_shm_barrier(sqlite3_file *base)
{
    struct vfs_file *self = self_of(base);
    pthread_mutex_lock(&self->disk->mutex);
    pthread_mutex_unlock(&self->disk->mutex);
}

static int vfs_shm_unmap(sqlite3_file *base, int deletes)
{
    (void)deletes;
    struct vfs_file *self = self_of(base);
    if (!self->uses_shm) {
        return SQLITE_OK;
    }
    vfs_shm_lock(base, 0, DISK_SHM_LOCK_COUNT, SQLITE_SHM_UNLOCK);
    pthread_mutex_lock(&self->disk->mutex);
    self->uses_shm = false;
    self->file->shm_user_count--;
    for (size_t i = 0; i < DISK_SHM_REGION_COUNT_MAX && self->file->shm_user_count == 0; i++) {
        free(self->file->regions[i]);
        self->file->regions[i] = NULL;
    }
    pthread_mutex_unlock(&self->disk->mutex);
    return SQLITE_OK;
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 2,
    .xClose = vfs_close,
    .xRead = vfs_read,
    .xWrite = vfs_write,
    .xTruncate = vfs_truncate,
    .xSync = vfs_sync,
    .xFileSize = vfs_file_size,
    .xLock = vfs_lock,
    .xUnlock = vfs_unlock,
    .xCheckReservedLock = vfs_check_reserved_lock,
    .xFileControl = vfs_file_control,
    .xSectorSize = vfs_sector_size,
    .xDeviceCharacteristics = vfs_device_characteristics,
    .xShmMap = vfs_shm_map,
    .xShmLock = vfs_shm_lock,
    .xShmBarrier = vfs_shm_barrier,
    .xShmUnmap = vfs_shm_unmap,
};

static struct disk_sim *disk_of(sqlite3_vfs *vfs)
{
    return vfs->pAppData;
}

static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *base, int flags, int *out_flags)
{
    struct disk_sim *disk = disk_of(vfs);
    struct vfs_file *self = self_of(base);
    *self = (struct vfs_file){.disk = disk};
    if (name == NULL) {
        return SQLITE_CANTOPEN; /* temporary files: temp_store is MEMORY */
    }
    pthread_mutex_lock(&disk->mutex);
    struct disk_file *file = disk->is_cut ? NULL : disk_find(disk, name, (flags & SQLITE_OPEN_CREATE) != 0);
    bool opens = file != NULL && (file->exists || (flags & SQLITE_OPEN_CREATE) != 0);
    if (opens && !file->exists) {
        disk_change(file, true, 0, NULL, 0); /* a new file of an old name */
        file->exists = true;
    }
    if (opens) {
        file->open_count++;
        self->file = file;
        self->deletes_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
        /* As SQLite's own VFS does: else a removed journal could come back and undo what was committed later.
         */
        self->syncs_folder = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
        self->base.pMethods = &file_methods;
    }
    pthread_mutex_unlock(&disk->mutex);
    if (out_flags != NULL) {
        *out_flags = flags;
    }
    return opens ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int syncs_folder)
{
    struct disk_sim *disk = disk_of(vfs);
    pthread_mutex_lock(&disk->mutex);
    int code = disk_next_tick(disk, SQLITE_IOERR_DELETE);
    struct disk_file *file = disk_find(disk, name, false);
    if (code == SQLITE_OK && (file == NULL || !file->exists)) {
        code = SQLITE_IOERR_DELETE_NOENT;
    } else if (code == SQLITE_OK) {
        disk_delete(file, syncs_folder != 0 && !disk->lies);
    } else if (code == SQLITE_FULL) {
        code = SQLITE_IOERR_DELETE;
    }
    pthread_mutex_unlock(&disk->mutex);
    return code;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out_result)
{
    (void)flags;
    struct disk_sim *disk = disk_of(vfs);
    pthread_mutex_lock(&disk->mutex);
    const struct disk_file *file = disk_find(disk, name, false);
    *out_result =
        file != NULL && file->exists && (file->now.size > 0 || flags != SQLITE_ACCESS_EXISTS) ? 1 : 0;
    bool is_cut = disk->is_cut;
    pthread_mutex_unlock(&disk->mutex);
    return is_cut ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

static int vfs_full_pathname(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
    (void)vfs;
    sqlite3_snprintf(size, out, "%s", name);
    return SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *vfs, int size, char *out)
{
    struct disk_sim *disk = disk_of(vfs);
    pthread_mutex_lock(&disk->mutex);
    for (int i = 0; i < size; i++) {
        out[i] = (char)fake_random_below(&disk->random, 256);
    }
    pthread_mutex_unlock(&disk->mutex);
    return size;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
    (void)vfs;
    return microseconds;
}

static int vfs_current_time(sqlite3_vfs *vfs, double *out)
{
    (void)vfs;
    *out = 2460000.5;
    return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *vfs, int size, char *out)
{
    (void)vfs;
    (void)size;
    (void)out;
    return 0;
}

void disk_vfs_init(struct disk_sim *disk)
{
    disk->vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = (int)sizeof(struct vfs_file),
        .mxPathname = DISK_NAME_SIZE - 8,
        .zName = disk->vfs_name,
        .pAppData = disk,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_pathname,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_current_time,
        .xGetLastError = vfs_last_error,
    };
    int code = sqlite3_vfs_register(&disk->vfs, 0);
    assert(code == SQLITE_OK);
}
