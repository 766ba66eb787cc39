/*
 * test_store_kill.c - a process with the threaded store on a real disk, killed at a random moment, again and
 * again.
 *
 * The child works; what it was told lies in memory shared with the parent (mail_world.h), which therefore
 * knows every acknowledgement the child has seen when it is killed. The parent opens the store and compares.
 *
 *   test_store_kill [--kills N] [--seed S] [--dir FOLDER]
 */
#include <assert.h>
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/os/clock_os.h"
#include "tests/torture/mail_world.h"

#define KILLS_PER_LIFE 5u
#define KILL_MS_MIN 20u
#define KILL_MS_MAX 500u

struct killing {
    uint64_t kill_count_max, kill_count, acked_count, seed;
    const char *parent_dir;
    char dir[256];
    struct mail_world *world; /* shared with the child */
    struct fake_random random;
};

static enum oim_status open_store(struct killing *killing, struct store **out, struct oim_error *err)
{
    struct store_config config = {
        .data_dir = killing->dir, .request_count_max = 256, .memory_size_max = 16u << 20};
    struct store_env env = {.clock = clock_os(), .random = fake_random_of(&killing->random)};
    return store_sqlite_open(out, &config, &env, err);
}

/* Works until it is killed; ends by itself only with a finding, or with nothing left to send. */
static void run_child(struct killing *killing, int alive_fd)
{
    struct store *store = NULL;
    struct oim_error err = {0};
    if (open_store(killing, &store, &err) != OIM_OK) {
        snprintf(killing->world->finding, sizeof(killing->world->finding), "cannot be opened: %.200s",
                 err.text);
        _exit(1);
    }
    bool goes_on = mail_world_enter(killing->world, store);
    while (goes_on) {
        goes_on = mail_world_work(killing->world, store);
    }
    close(alive_fd);
    _exit(1);
}

/* One child from start to SIGKILL. */
static void kill_one(struct killing *killing)
{
    int pipe_fds[2];
    uint64_t life_ms = KILL_MS_MIN + fake_random_below(&killing->random, KILL_MS_MAX - KILL_MS_MIN);
    int piped = pipe(pipe_fds);
    assert(piped == 0);
    pid_t child = fork();
    assert(child >= 0);
    if (child == 0) {
        close(pipe_fds[0]);
        run_child(killing, pipe_fds[1]);
    }
    close(pipe_fds[1]);
    /* Readable when the child has ended by itself; else its time is up. */
    struct pollfd ended = {.fd = pipe_fds[0], .events = POLLIN};
    poll(&ended, 1, (int)life_ms);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(pipe_fds[0]);
    killing->kill_count++;
}

static bool look_after(struct killing *killing)
{
    struct mail_world *world = killing->world;
    struct store *store = NULL;
    struct oim_error err = {0};
    if (world->finding[0] != '\0') {
        return false;
    }
    if (open_store(killing, &store, &err) != OIM_OK) {
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

static void remove_folder(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *entry = dir == NULL ? NULL : readdir(dir); entry != NULL; entry = readdir(dir)) {
        unlinkat(dirfd(dir), entry->d_name, 0);
    }
    if (dir != NULL) {
        closedir(dir);
    }
    rmdir(path);
}

static bool live(struct killing *killing, uint64_t life)
{
    mail_world_init(killing->world, killing->seed + life);
    snprintf(killing->dir, sizeof(killing->dir), "%s/oim-kill-XXXXXX", killing->parent_dir);
    char *made = mkdtemp(killing->dir);
    assert(made != NULL);
    bool is_well = true;
    for (uint64_t i = 0; i < KILLS_PER_LIFE && killing->kill_count < killing->kill_count_max && is_well;
         i++) {
        kill_one(killing);
        is_well = look_after(killing);
    }
    killing->acked_count += killing->world->acked_count;
    if (is_well) {
        remove_folder(killing->dir);
    }
    return is_well;
}

int main(int argc, char **argv)
{
    struct killing killing = {.kill_count_max = 5, .seed = (uint64_t)time(NULL), .parent_dir = "/tmp"};
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--kills") == 0) {
            killing.kill_count_max = strtoull(argv[i + 1], NULL, 10);
        } else if (strcmp(argv[i], "--seed") == 0) {
            killing.seed = strtoull(argv[i + 1], NULL, 10);
        } else if (strcmp(argv[i], "--dir") == 0) {
            killing.parent_dir = argv[i + 1];
        } else {
            fprintf(stderr, "usage: test_store_kill [--kills N] [--seed S] [--dir FOLDER]\n");
            return 2;
        }
    }
    printf("seed %llu\n", (unsigned long long)killing.seed);
    fflush(stdout);
    fake_random_init(&killing.random, killing.seed);
    killing.world =
        mmap(NULL, sizeof(*killing.world), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert(killing.world != MAP_FAILED);
    bool is_well = true;
    for (uint64_t life = 0; killing.kill_count < killing.kill_count_max && is_well; life++) {
        is_well = live(&killing, life);
    }
    if (!is_well) {
        printf("FINDING after kill %llu in %s: %s\n", (unsigned long long)killing.kill_count, killing.dir,
               killing.world->finding);
    }
    printf("%llu kills, %llu acknowledged, %s\n", (unsigned long long)killing.kill_count,
           (unsigned long long)killing.acked_count, is_well ? "0 lost, 0 twice, 0 out of order" : "not well");
    munmap(killing.world, sizeof(*killing.world));
    return is_well ? 0 : 1;
}
