#include "tests/server/store/store_rig.h"

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/os/clock_os.h"
#include "proto/enums.h"

const char *rig_kind_name(enum rig_kind kind)
{
    static const char *const names[RIG_KIND_COUNT] = {"sqlite", "sqlite-threaded", "sim"};
    return names[kind];
}

static void open_store(struct rig *rig)
{
    struct oim_error err = {0};
    if (rig->kind == RIG_SIM) {
        rig->store = store_sim_open(rig->sim_disk, &rig->config, &rig->env);
        return;
    }
    CHECK_OK_ERR(store_sqlite_open(&rig->store, &rig->config, &rig->env, &err), &err);
}

void rig_open(struct rig *rig, enum rig_kind kind, bool simulates_disk)
{
    *rig = (struct rig){.kind = kind, .ticket_next = 1};
    bool has_disk = kind == RIG_SQLITE || (kind == RIG_SQLITE_THREADED && simulates_disk);
    rig->disk = has_disk ? disk_sim_create("rig-disk", 1) : NULL;
    fake_clock_init(&rig->clock);
    fake_random_init(&rig->random, 1);
    snprintf(rig->dir, sizeof(rig->dir), "/tmp/oim-store-XXXXXX");
    CHECK(mkdtemp(rig->dir) != NULL);
    rig->config = (struct store_config){
        .data_dir = rig->dir,
        .request_count_max = 512,
        .memory_size_max = 16u << 20,
        .threadless = kind == RIG_SQLITE,
        .vfs = has_disk ? "rig-disk" : NULL,
        .without_ballast = true,
    };
    /* A thread would read the fake clock while the test moves it. */
    rig->env.clock = kind == RIG_SQLITE_THREADED ? clock_os() : fake_clock_of(&rig->clock);
    rig->env.random = fake_random_of(&rig->random);
    rig->sim_disk = kind == RIG_SIM ? store_sim_disk_create() : NULL;
    open_store(rig);
}

static void close_store(struct rig *rig)
{
    rig->store->ops->release(rig->store, rig->kept, rig->kept_count);
    rig->kept_count = 0;
    rig->store->ops->close(rig->store, false);
    rig->store = NULL;
}

void rig_reopen(struct rig *rig)
{
    close_store(rig);
    if (rig->disk != NULL) {
        disk_sim_power_cycle(rig->disk);
    }
    open_store(rig);
}

void rig_break_next_commit(struct rig *rig)
{
    if (rig->kind == RIG_SIM) {
        bool is_applied = fake_random_below(&rig->random, 2) == 0;
        store_sim_set_next_fate(rig->store, is_applied ? STORE_SIM_UNKNOWN_APPLIED : STORE_SIM_UNKNOWN_LOST);
    } else {
        disk_sim_fail_next_sync(rig->disk);
    }
}

void rig_close(struct rig *rig)
{
    close_store(rig);
    store_sim_disk_destroy(rig->sim_disk);
    disk_sim_destroy(rig->disk);
    DIR *dir = opendir(rig->dir);
    CHECK(dir != NULL);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        unlinkat(dirfd(dir), entry->d_name, 0);
    }
    closedir(dir);
    rmdir(rig->dir);
}

static void wait_for_replies(struct rig *rig)
{
    struct pollfd fds[1];
    uint64_t wake_at_ms = 0;
    size_t count = rig->store->ops->poll(rig->store, fds, 1, &wake_at_ms);
    if (rig->kind == RIG_SQLITE_THREADED) {
        poll(fds, (nfds_t)count, -1);
    } else if (wake_at_ms != UINT64_MAX && wake_at_ms > rig->clock.now_ms) {
        fake_clock_pass(&rig->clock, wake_at_ms - rig->clock.now_ms);
    }
}

void rig_reap(struct rig *rig, struct store_reply *out_replies, size_t reply_count)
{
    size_t count = 0;
    while (count < reply_count) {
        wait_for_replies(rig);
        size_t got = rig->store->ops->reap(rig->store, out_replies + count, reply_count - count);
        for (size_t i = count; i < count + got; i++) {
            if (out_replies[i].memory != NULL) {
                CHECK(rig->kept_count < RIG_REPLY_COUNT_MAX);
                rig->kept[rig->kept_count++] = out_replies[i];
            }
        }
        count += got;
    }
}

static void order_by_ticket(struct store_reply *replies, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t j = i; j > 0 && replies[j].ticket < replies[j - 1].ticket; j--) {
            struct store_reply swap = replies[j];
            replies[j] = replies[j - 1];
            replies[j - 1] = swap;
        }
    }
}

void rig_ask_all(struct rig *rig, struct store_req *reqs, size_t req_count, struct store_reply *out_replies)
{
    for (size_t i = 0; i < req_count; i++) {
        reqs[i].ticket = rig->ticket_next++;
    }
    CHECK_EQ(rig->store->ops->submit(rig->store, reqs, req_count), req_count);
    /* A cursor alone may wait a second for company; a count asks for the commit. */
    struct store_req push = {.op = STORE_COUNT, .ticket = UINT64_MAX};
    struct store_reply replies[RIG_REPLY_COUNT_MAX];
    CHECK(req_count < RIG_REPLY_COUNT_MAX);
    CHECK_EQ(rig->store->ops->submit(rig->store, &push, 1), 1);
    rig->store->ops->flush(rig->store);
    rig_reap(rig, replies, req_count + 1);
    order_by_ticket(replies, req_count + 1);
    memcpy(out_replies, replies, req_count * sizeof(*replies));
}

struct store_reply rig_ask(struct rig *rig, struct store_req *req)
{
    struct store_reply reply;
    rig_ask_all(rig, req, 1, &reply);
    return reply;
}

void rig_check_result(enum store_result actual, enum store_result expected)
{
    CHECK_TEXT(store_result_name(actual), store_result_name(expected));
}

struct store_reply rig_expect(struct rig *rig, struct store_req req, enum store_result result)
{
    struct store_reply reply = rig_ask(rig, &req);
    rig_check_result(reply.result, result);
    return reply;
}

struct store_reply rig_ok(struct rig *rig, struct store_req req)
{
    return rig_expect(rig, req, STORE_OK);
}

static void change_device(struct rig *rig, enum store_change_kind kind, uint64_t dev)
{
    struct store_change change = {.kind = kind, .dev = dev, .uid = dev / 10};
    struct store_req req = {.op = STORE_CAS, .u.cas = {.changes = &change, .change_count = 1}};
    rig_ok(rig, req);
}

void rig_add_device(struct rig *rig, uint64_t dev)
{
    change_device(rig, STORE_DEV_ADD, dev);
    rig_attach(rig, dev);
}

void rig_drop_device(struct rig *rig, uint64_t dev)
{
    change_device(rig, STORE_DEV_DROP, dev);
}

struct store_reply rig_attach(struct rig *rig, uint64_t dev)
{
    struct store_req req = {
        .op = STORE_ATTACH, .lane = dev, .u.attach = {.dev = dev, .epoch = ++rig->epochs[dev]}};
    return rig_ok(rig, req);
}

void rig_people(struct rig *rig)
{
    rig_add_device(rig, RIG_A1);
    rig_add_device(rig, RIG_B1);
}

struct oim_id rig_msg_id(uint64_t dev, uint64_t send_no)
{
    struct oim_id id = {.bytes = {0xab}};
    oim_put_be32(id.bytes + 4, (uint32_t)dev);
    oim_put_be64(id.bytes + 8, send_no);
    return id;
}

struct store_req rig_message(const struct rig *rig, uint64_t dev, uint64_t send_no, uint64_t uid,
                             const char *text)
{
    struct store_req req = {.op = STORE_APPEND, .lane = dev};
    req.u.append.guard = (struct store_guard){.dev = dev,
                                              .epoch = rig->epochs[dev],
                                              .send_no = send_no,
                                              .policy_version = rig->policy_version,
                                              .msg_id = rig_msg_id(dev, send_no)};
    req.u.append.server_ms = RIG_NOW_MS + send_no;
    req.u.append.target_count = 1;
    req.u.append.targets[0] = (struct store_target){.uid = uid,
                                                    .kind = STORE_ROW_MESSAGE,
                                                    .cls = CLS_CHAT,
                                                    .code = (uint32_t)(100 + send_no),
                                                    .expires_ms = RIG_NOW_MS + 3600000,
                                                    .msg_id = rig_msg_id(dev, send_no),
                                                    .env = oim_slice_text(text)};
    return req;
}

void rig_with_own_copy(struct store_req *req)
{
    struct store_target *own = &req->u.append.targets[1];
    *own = req->u.append.targets[0];
    own->uid = req->u.append.guard.dev / 10;
    own->flags = STORE_ROW_OWN_COPY;
    req->u.append.target_count = 2;
}

struct store_req rig_marker(const struct rig *rig, uint64_t dev, uint64_t send_no, uint32_t code,
                            uint32_t detail)
{
    struct store_req req = rig_message(rig, dev, send_no, dev / 10, "");
    req.u.append.target_count = 0;
    req.u.append.code = code;
    req.u.append.detail = detail;
    return req;
}

struct store_req rig_cursor(const struct rig *rig, uint64_t dev, uint64_t seq)
{
    return (struct store_req){
        .op = STORE_CURSOR,
        .lane = dev,
        .u.cursor = {
            .dev = dev, .epoch = rig->epochs[dev], .seq = seq, .announce = true, .server_ms = RIG_NOW_MS}};
}

struct store_req rig_page(uint64_t uid, uint64_t after_seq)
{
    return (struct store_req){
        .op = STORE_PAGE,
        .lane = uid,
        .u.page = {.uid = uid, .after_seq = after_seq, .row_max = 128, .size_max = 32768}};
}

struct store_req rig_count(uint64_t uid)
{
    return (struct store_req){.op = STORE_COUNT, .u.count.uid = uid};
}

struct store_req rig_summary(uint64_t dev)
{
    return (struct store_req){.op = STORE_SUMMARY, .lane = dev, .u.summary = {.uid = dev / 10, .dev = dev}};
}

struct store_req rig_due(uint64_t now_ms)
{
    return (struct store_req){.op = STORE_DUE, .u.due = {.now_ms = now_ms, .row_max = STORE_DUE_COUNT_MAX}};
}

struct store_target rig_notice(uint64_t uid, const char *text)
{
    return (struct store_target){.uid = uid,
                                 .kind = STORE_ROW_NOTICE,
                                 .cls = CLS_NOTICE,
                                 .code = 7,
                                 .expires_ms = RIG_NOW_MS + 3600000,
                                 .env = oim_slice_text(text)};
}

const char *rig_mailbox_text(struct rig *rig, uint64_t uid, char *out, size_t out_size)
{
    struct store_reply reply = rig_ok(rig, rig_page(uid, 0));
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < reply.u.page.row_count; i++) {
        const struct oim_slice *env = &reply.u.page.rows[i].env;
        int length = snprintf(out + used, out_size - used, "%s%.*s", i == 0 ? "" : " ", (int)env->size,
                              (const char *)env->data);
        used += (size_t)length;
    }
    return out;
}
