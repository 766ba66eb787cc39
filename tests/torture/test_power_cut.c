/*
 * test_power_cut.c - the store over a disk that loses its power at a random moment, again and again.
 *
 * Each life starts on an empty disk, and its power goes several times: while the database is made, while it
 * works, while it recovers. Some lives get an I/O error or a full disk instead, once or from then on. After
 * each the store is opened again and held to what it had acknowledged (mail_world.h).
 *
 *   test_power_cut [--cuts N] [--seed S] [--control normal|off|lying|early]
 *   test_power_cut --every BATCHES [--seed S]
 *
 * With --every there is one life, again and again: its first, second, third ... operation fails, by a power
 * cut, an I/O error, a full disk, once and from then on, until it ends before it comes to that.
 *
 * A control plants a fault that this program exists to find, and succeeds when it is found:
 * synchronous=NORMAL, synchronous=OFF, a disk whose syncs do nothing, acknowledging before the commit.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#include "tests/sim/disk_sim.h"
#include "tests/torture/mail_world.h"

#define VFS_NAME "disk-sim"
#define CUTS_PER_LIFE 5u
#define BATCHES_MAX 30u
#define TICKS_MAX 250u

enum control { CONTROL_NONE, CONTROL_NORMAL, CONTROL_OFF, CONTROL_LYING, CONTROL_EARLY };

struct options {
    uint64_t cut_count, seed;
    uint64_t every_count; /* batches of the one life whose every operation fails; 0: random lives */
    enum control control;
};

struct torture {
    struct options options;
    struct disk_sim *disk;
    struct mail_world *world;
    struct fake_random random;
    struct fake_clock clock;
    uint64_t cut_count, fault_count, acked_count, finding_count;
};

static enum control control_of(const char *name)
{
    static const char *const names[] = {"none", "normal", "off", "lying", "early"};
    for (size_t i = 0; i < OIM_COUNT(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            return (enum control)i;
        }
    }
    fprintf(stderr, "no such control: %s\n", name);
    exit(2);
}

static struct options read_options(int argc, char **argv)
{
    struct options options = {.cut_count = 2000, .seed = (uint64_t)time(NULL)};
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--cuts") == 0) {
            options.cut_count = strtoull(argv[i + 1], NULL, 10);
        } else if (strcmp(argv[i], "--seed") == 0) {
            options.seed = strtoull(argv[i + 1], NULL, 10);
        } else if (strcmp(argv[i], "--control") == 0) {
            options.control = control_of(argv[i + 1]);
        } else if (strcmp(argv[i], "--every") == 0) {
            options.every_count = strtoull(argv[i + 1], NULL, 10);
        } else {
            fprintf(stderr,
                    "usage: test_power_cut [--cuts N] [--seed S] [--control NAME] [--every BATCHES]\n");
            exit(2);
        }
    }
    return options;
}

/* SQLite calls this for every new connection: sets what the store may not change then. */
static enum control extension_control;
static struct disk_sim *extension_disk;

static int set_synchronous(sqlite3 *db, const char **error, const void *api)
{
    (void)error;
    (void)api;
    disk_sim_keep_synchronous(extension_disk, false);
    const char *sql =
        extension_control == CONTROL_NORMAL ? "PRAGMA synchronous=NORMAL" : "PRAGMA synchronous=OFF";
    int code = sqlite3_exec(db, sql, NULL, NULL, NULL);
    disk_sim_keep_synchronous(extension_disk, true);
    return code;
}

static void plant(struct torture *torture)
{
    enum control control = torture->options.control;
    if (control == CONTROL_NORMAL || control == CONTROL_OFF) {
        extension_control = control;
        extension_disk = torture->disk;
        sqlite3_auto_extension((void (*)(void))set_synchronous);
    }
}

static uint64_t below(struct torture *torture, uint64_t bound)
{
    return fake_random_below(&torture->random, bound);
}

static enum oim_status open_store(struct torture *torture, struct store **out, struct oim_error *err)
{
    struct store_config config = {.data_dir = "disk",
                                  .request_count_max = 64,
                                  .memory_size_max = 4u << 20,
                                  .threadless = true,
                                  .vfs = VFS_NAME,
                                  .without_ballast = true};
    struct store_env env = {.clock = fake_clock_of(&torture->clock),
                            .random = fake_random_of(&torture->random)};
    return store_sqlite_open(out, &config, &env, err);
}

/* Work until the store fails in doubt, the power is cut, or there was enough of it. */
static void work(struct torture *torture, struct store *store)
{
    if (!mail_world_enter(torture->world, store)) {
        return;
    }
    for (uint64_t left = 1 + below(torture, BATCHES_MAX); left > 0; left--) {
        fake_clock_pass(&torture->clock, below(torture, 600));
        if (!mail_world_work(torture->world, store)) {
            return;
        }
    }
}

static void set_trap(struct torture *torture)
{
    uint64_t tick = disk_sim_tick(torture->disk) + 1 + below(torture, TICKS_MAX);
    uint64_t draw = below(torture, 6);
    if (torture->options.control != CONTROL_NONE || draw < 4) {
        disk_sim_cut_at(torture->disk, tick);
        return;
    }
    torture->fault_count++;
    disk_sim_fail_at(torture->disk, tick, draw == 4 ? DISK_SIM_IO_ERROR : DISK_SIM_FULL,
                     below(torture, 2) == 0);
}

/* After the cut. False: a finding. */
static bool look_after(struct torture *torture)
{
    struct mail_world *world = torture->world;
    struct store *store = NULL;
    struct oim_error err = {0};
    if (open_store(torture, &store, &err) != OIM_OK) {
        snprintf(world->finding, sizeof(world->finding), "cannot be opened: %.200s", err.text);
        return false;
    }
    bool is_well = mail_world_enter(world, store) && mail_world_check(world, store);
    if (!is_well && world->finding[0] == '\0') {
        snprintf(world->finding, sizeof(world->finding), "the store fails on a sound disk");
    }
    store->ops->close(store, true);
    return is_well;
}

/* One life on a new disk. False: a finding. */
static bool live(struct torture *torture, uint64_t life)
{
    mail_world_init(torture->world, torture->options.seed + life);
    torture->world->acks_early = torture->options.control == CONTROL_EARLY;
    fake_random_init(&torture->random, torture->options.seed * 1000003 + life);
    fake_clock_init(&torture->clock);
    disk_sim_format(torture->disk, torture->options.seed + life * 31);
    bool is_well = true;
    for (uint64_t i = 0; i < CUTS_PER_LIFE && is_well; i++) {
        disk_sim_set_lying_sync(torture->disk, torture->options.control == CONTROL_LYING);
        set_trap(torture);
        struct store *store = NULL;
        struct oim_error err = {0};
        if (open_store(torture, &store, &err) == OIM_OK) {
            work(torture, store);
            /* Some stop in good order and lose the power right after. */
            store->ops->close(store, below(torture, 4) == 0);
        }
        torture->cut_count++;
        disk_sim_power_cycle(torture->disk);
        is_well = torture->world->finding[0] == '\0' && look_after(torture);
        /* And again without any trap set: a recovery that only half happened. */
        disk_sim_power_cycle(torture->disk);
    }
    torture->acked_count += torture->world->acked_count;
    return is_well;
}

/* What becomes of the operation that the trap is set for. */
enum trap { TRAP_CUT, TRAP_EIO_ONCE, TRAP_EIO_FOR_GOOD, TRAP_FULL_ONCE, TRAP_FULL_FOR_GOOD, TRAP_COUNT };

static void set_trap_at(struct torture *torture, enum trap trap, uint64_t tick)
{
    switch (trap) {
    case TRAP_EIO_ONCE:
    case TRAP_EIO_FOR_GOOD:
        disk_sim_fail_at(torture->disk, tick, DISK_SIM_IO_ERROR, trap == TRAP_EIO_FOR_GOOD);
        break;
    case TRAP_FULL_ONCE:
    case TRAP_FULL_FOR_GOOD:
        disk_sim_fail_at(torture->disk, tick, DISK_SIM_FULL, trap == TRAP_FULL_FOR_GOOD);
        break;
    case TRAP_CUT:
    case TRAP_COUNT:
        disk_sim_cut_at(torture->disk, tick);
        break;
    }
}

/* The same life, with the trap at its n-th write, truncate, sync or delete. False: a finding. */
static bool live_with(struct torture *torture, enum trap trap, uint64_t tick, bool *out_sprung)
{
    struct store *store = NULL;
    struct oim_error err = {0};
    mail_world_init(torture->world, torture->options.seed);
    fake_random_init(&torture->random, torture->options.seed);
    fake_clock_init(&torture->clock);
    disk_sim_format(torture->disk, torture->options.seed);
    set_trap_at(torture, trap, tick);
    if (open_store(torture, &store, &err) == OIM_OK) {
        bool goes_on = mail_world_enter(torture->world, store);
        for (uint64_t i = 0; i < torture->options.every_count && goes_on; i++) {
            fake_clock_pass(&torture->clock, 300);
            goes_on = mail_world_work(torture->world, store);
        }
        store->ops->close(store, true);
    }
    *out_sprung = disk_sim_tick(torture->disk) >= tick;
    disk_sim_power_cycle(torture->disk);
    return torture->world->finding[0] == '\0' && look_after(torture);
}

/* Every operation of one life fails in every way, one after the other. */
static void live_every_way(struct torture *torture)
{
    for (enum trap trap = 0; trap < TRAP_COUNT && torture->finding_count == 0; trap++) {
        bool sprung = true;
        for (uint64_t tick = 1; sprung && torture->finding_count == 0; tick++) {
            if (!live_with(torture, trap, tick, &sprung)) {
                torture->finding_count++;
                printf("FINDING: way %d, operation %llu: %s\n", (int)trap, (unsigned long long)tick,
                       torture->world->finding);
            }
            torture->cut_count++;
            torture->fault_count += trap != TRAP_CUT;
            torture->acked_count += torture->world->acked_count;
        }
    }
}

int main(int argc, char **argv)
{
    struct torture torture = {.options = read_options(argc, argv)};
    printf("seed %llu\n", (unsigned long long)torture.options.seed);
    fflush(stdout);
    torture.disk = disk_sim_create(VFS_NAME, 1);
    torture.world = malloc(sizeof(*torture.world));
    assert(torture.world != NULL);
    plant(&torture);
    struct timespec begin;
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    bool is_control = torture.options.control != CONTROL_NONE;
    if (torture.options.every_count > 0) {
        live_every_way(&torture);
    }
    for (uint64_t life = 0; torture.options.every_count == 0 && torture.cut_count < torture.options.cut_count;
         life++) {
        if (!live(&torture, life)) {
            torture.finding_count++;
            printf("%s: life %llu, cut %llu: %s\n", is_control ? "found" : "FINDING",
                   (unsigned long long)life, (unsigned long long)torture.cut_count, torture.world->finding);
            break;
        }
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    double seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
    printf("%llu cuts (%llu of them with a fault), %llu acknowledged, %llu findings, %.0f cuts/s\n",
           (unsigned long long)torture.cut_count, (unsigned long long)torture.fault_count,
           (unsigned long long)torture.acked_count, (unsigned long long)torture.finding_count,
           (double)torture.cut_count / seconds);
    sqlite3_reset_auto_extension();
    disk_sim_destroy(torture.disk);
    free(torture.world);
    bool is_found = torture.finding_count > 0;
    return is_found == is_control ? 0 : 1;
}
