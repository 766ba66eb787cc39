/*
 * disk_sim.h - a disk in memory behind SQLite's VFS, which forgets and tears what was not synced.
 *
 * Each file has what a read sees (now), what a power cut leaves for sure (durable), and the writes and
 * truncates in between. A sync applies those to durable; nothing else does. A counter ticks at every write,
 * truncate, sync and delete; at a chosen tick the power goes: everything fails from then on, until
 * disk_sim_power_cycle has drawn, for each pending write, whether it is there, gone, or there by sectors of
 * 512 bytes (one in 16 of those only in part). This is the worst disk SQLite supports (no atomic writes, no
 * powersafe overwrite).
 *
 * A sync that is made to fail drops some of its writes for good while reads still see them, as Linux does.
 * Source: STORE.md 4(b)1; SQLite's own crash tests, sqlite.org/testing.html.
 */
#ifndef OIM_TESTS_SIM_DISK_SIM_H
#define OIM_TESTS_SIM_DISK_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct disk_sim;

enum disk_sim_fault { DISK_SIM_NO_FAULT = 0, DISK_SIM_IO_ERROR, DISK_SIM_FULL };

/** A disk, registered with SQLite as VFS of this name (not the default). Asserts when memory runs out. */
struct disk_sim *disk_sim_create(const char *vfs_name, uint64_t seed);
void disk_sim_destroy(struct disk_sim *disk); /* every file must be closed; accepts NULL */

/** Forget everything and hold a copy of what from holds durably, with a fresh tick count, no faults, a new
 * seed. */
void disk_sim_load(struct disk_sim *disk, const struct disk_sim *from, uint64_t seed);
void disk_sim_format(struct disk_sim *disk, uint64_t seed); /* the same, empty */

uint64_t disk_sim_tick(struct disk_sim *disk);
/** The power goes when the counter reaches tick; 0: never. */
void disk_sim_cut_at(struct disk_sim *disk, uint64_t tick);
bool disk_sim_is_cut(struct disk_sim *disk);
/** After every file was closed: what the disk holds when the power is back. Also without a cut: pulls the
 * plug. */
void disk_sim_power_cycle(struct disk_sim *disk);

/** The operation at tick fails, once or from then on. Full: half of a write lands. */
void disk_sim_fail_at(struct disk_sim *disk, uint64_t tick, enum disk_sim_fault fault, bool is_sticky);
/** The next sync fails, once. */
void disk_sim_fail_next_sync(struct disk_sim *disk);
/** Writes that would make the disk hold more than this fail as full; 0: no limit. */
void disk_sim_set_size_max(struct disk_sim *disk, uint64_t size_max);
/** A control: syncs report success and do nothing. */
void disk_sim_set_lying_sync(struct disk_sim *disk, bool lies);
/** A control: PRAGMA synchronous has no effect on this disk from now on. */
void disk_sim_keep_synchronous(struct disk_sim *disk, bool keeps);
uint64_t disk_sim_size(struct disk_sim *disk);

#endif
