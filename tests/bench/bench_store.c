/*
 * bench_store.c - how many appends a second the SQLite store commits, by batch. A tool, not a test.
 *
 *   bench_store [FOLDER]          default: the current folder, which should lie on the disk in question
 *
 * Envelopes of 350 bytes (a 200-byte text as suite 0 puts it on the wire), 16 devices, random one of 1,000
 * mailboxes.
 */
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "common/os/clock_os.h"
#include "proto/enums.h"
#include "server/store/store.h"

#define DEVICE_COUNT 16u
#define MAILBOX_COUNT 1000u
#define ENVELOPE_SIZE 350u
#define BATCH_MAX 4096u

struct bench {
    struct store *store;
    uint64_t numbers[DEVICE_COUNT];
    uint64_t sent, random;
    struct store_req reqs[BATCH_MAX];
    struct store_reply replies[BATCH_MAX];
};

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void no_random(void *context, void *out, size_t size)
{
    (void)context;
    memset(out, 0, size);
}

static size_t wait_and_reap(struct bench *bench)
{
    struct pollfd fd;
    uint64_t wake_at_ms = 0;
    bench->store->ops->poll(bench->store, &fd, 1, &wake_at_ms);
    if (wake_at_ms == UINT64_MAX) {
        poll(&fd, 1, -1);
    }
    return bench->store->ops->reap(bench->store, bench->replies, BATCH_MAX);
}

static void add_people(struct bench *bench)
{
    for (uint64_t uid = 1; uid <= MAILBOX_COUNT; uid++) {
        struct store_change change = {.kind = STORE_DEV_ADD, .dev = uid, .uid = uid};
        struct store_req reqs[2] = {
            {.op = STORE_CAS, .u.cas = {.changes = &change, .change_count = 1}},
            {.op = STORE_ATTACH, .u.attach = {.dev = uid, .epoch = 1}},
        };
        size_t got = 0;
        size_t taken = bench->store->ops->submit(bench->store, reqs, 2);
        assert(taken == 2);
        bench->store->ops->flush(bench->store);
        while (got < 2) {
            got += wait_and_reap(bench);
        }
    }
}

static void submit_some(struct bench *bench, size_t count)
{
    static const uint8_t envelope[ENVELOPE_SIZE] = {1, 2, 3};
    for (size_t i = 0; i < count; i++) {
        uint64_t device = bench->sent++ % DEVICE_COUNT;
        bench->random = bench->random * 6364136223846793005u + 1442695040888963407u;
        uint64_t no = ++bench->numbers[device];
        struct oim_id id = {.bytes = {1}};
        oim_put_be64(id.bytes + 8, bench->sent);
        struct store_req *req = &bench->reqs[i];
        *req = (struct store_req){.op = STORE_APPEND, .lane = device};
        req->u.append.guard =
            (struct store_guard){.dev = device + 1, .epoch = 1, .send_no = no, .msg_id = id};
        req->u.append.target_count = 1;
        req->u.append.targets[0] =
            (struct store_target){.uid = 1 + (bench->random >> 33) % MAILBOX_COUNT,
                                  .kind = STORE_ROW_MESSAGE,
                                  .cls = CLS_CHAT,
                                  .code = 1,
                                  .msg_id = id,
                                  .env = oim_slice(envelope, sizeof(envelope)),
                                  .quota = {.count_max = 1000000, .share_count_max = 100000}};
    }
    size_t taken = bench->store->ops->submit(bench->store, bench->reqs, count);
    assert(taken == count);
    bench->store->ops->flush(bench->store);
}

static void remove_files(const char *path)
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

/* Keeps window appends in flight for total rows: without threads a batch is exactly the window. */
static void run(const char *parent_dir, bool is_threaded, size_t window, uint64_t total)
{
    char dir[256];
    snprintf(dir, sizeof(dir), "%s/oim-bench-XXXXXX", parent_dir);
    char *made = mkdtemp(dir);
    assert(made != NULL);
    struct bench *bench = calloc(1, sizeof(*bench));
    assert(bench != NULL);
    struct store_config config = {.data_dir = dir,
                                  .request_count_max = BATCH_MAX,
                                  .memory_size_max = 64u << 20,
                                  .threadless = !is_threaded,
                                  .without_ballast = true};
    struct store_env env = {.clock = clock_os(), .random = {.fill = no_random}};
    struct oim_error err = {0};
    if (store_sqlite_open(&bench->store, &config, &env, &err) != OIM_OK) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    add_people(bench);
    struct store_stats before;
    struct store_stats after;
    bench->store->ops->stats(bench->store, &before);
    double begin = seconds_of(CLOCK_MONOTONIC);
    double cpu_begin = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    uint64_t done = 0;
    submit_some(bench, window);
    while (done < total) {
        size_t got = wait_and_reap(bench);
        for (size_t i = 0; i < got; i++) {
            assert(bench->replies[i].result == STORE_OK);
        }
        done += got;
        if (got > 0 && done < total) {
            submit_some(bench, got);
        }
    }
    double seconds = seconds_of(CLOCK_MONOTONIC) - begin;
    double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_begin;
    bench->store->ops->stats(bench->store, &after);
    uint64_t commits = after.commit_count - before.commit_count;
    printf("%-9s window %4zu: %8.0f appends/s, %6.0f commits/s, batch %6.1f, CPU %5.2f us/append\n",
           is_threaded ? "threaded" : "one thread", window, (double)done / seconds, (double)commits / seconds,
           (double)done / (double)commits, cpu * 1e6 / (double)done);
    bench->store->ops->close(bench->store, false);
    free(bench);
    remove_files(dir);
}

/* What the disk gives at all: one 4 KiB append and fdatasync after the other. */
static void run_fdatasync(const char *parent_dir)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/oim-sync-XXXXXX", parent_dir);
    int fd = mkstemp(path);
    assert(fd >= 0);
    static const uint8_t page[4096] = {1};
    double begin = seconds_of(CLOCK_MONOTONIC);
    for (size_t i = 0; i < 1000; i++) {
        ssize_t written = write(fd, page, sizeof(page));
        int synced = fdatasync(fd);
        assert(written == (ssize_t)sizeof(page) && synced == 0);
    }
    printf("fdatasync of 4 KiB appended: %.0f/s\n", 1000 / (seconds_of(CLOCK_MONOTONIC) - begin));
    close(fd);
    unlink(path);
}

int main(int argc, char **argv)
{
    const char *parent_dir = argc > 1 ? argv[1] : ".";
    run_fdatasync(parent_dir);
    run(parent_dir, false, 1, 2000);
    run(parent_dir, false, 8, 20000);
    run(parent_dir, false, 64, 100000);
    run(parent_dir, false, 512, 200000);
    run(parent_dir, true, 1, 2000);
    run(parent_dir, true, 64, 100000);
    run(parent_dir, true, 256, 200000);
    run(parent_dir, true, 1024, 200000);
    return 0;
}
