#include "tests/torture/mail_world.h"

#include <assert.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/enums.h"

#define CHAIN 2u
#define NS 3u
#define BODY_SIZE_MAX 900u

static bool find(struct mail_world *world, const char *format, ...) OIM_PRINTF(2, 3);

static bool find(struct mail_world *world, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (world->finding[0] == '\0') {
        vsnprintf(world->finding, sizeof(world->finding), format, arguments);
    }
    va_end(arguments);
    return false;
}

static uint64_t below(struct mail_world *world, uint64_t bound)
{
    return fake_random_below(&world->random, bound);
}

void mail_world_init(struct mail_world *world, uint64_t seed)
{
    memset(world, 0, sizeof(*world));
    fake_random_init(&world->random, seed);
    for (size_t i = 0; i < MAIL_DEVICE_COUNT; i++) {
        struct mail_device *device = &world->devices[i];
        device->uid = i / MAIL_DEVICES_EACH + 1;
        device->dev = device->uid * 10 + i % MAIL_DEVICES_EACH + 1;
    }
}

/* Waits for count replies; they come in order, because pages are asked for alone. */
static void ask(struct store *store, struct store_req *reqs, size_t count, struct store_reply *out_replies)
{
    size_t taken = 0;
    size_t got = 0;
    while (got < count) {
        taken += store->ops->submit(store, reqs + taken, count - taken);
        store->ops->flush(store);
        struct pollfd fds[1];
        uint64_t wake_at_ms = 0;
        size_t fd_count = store->ops->poll(store, fds, 1, &wake_at_ms);
        if (wake_at_ms == UINT64_MAX && fd_count > 0) {
            poll(fds, (nfds_t)fd_count, -1);
        }
        got += store->ops->reap(store, out_replies + got, count - got);
    }
}

static enum store_result ask_one(struct store *store, struct store_req *req, struct store_reply *out_reply)
{
    ask(store, req, 1, out_reply);
    return out_reply->result;
}

static struct mail_device *device_of(struct mail_world *world, uint64_t dev)
{
    return &world->devices[(dev / 10 - 1) * MAIL_DEVICES_EACH + dev % 10 - 1];
}

static struct oim_id msg_id_of(uint64_t dev, uint64_t no)
{
    struct oim_id id = {.bytes = {1}};
    oim_put_be32(id.bytes + 4, (uint32_t)dev);
    oim_put_be64(id.bytes + 8, no);
    return id;
}

/* The body of a message follows from who sent it as which number. */
static struct oim_slice body_of(uint64_t dev, uint64_t no, uint32_t size, uint8_t *out)
{
    for (uint32_t i = 0; i < size; i++) {
        out[i] = (uint8_t)(dev * 31 + no * 7 + i);
    }
    return oim_slice(out, size);
}

static bool enter_device(struct mail_world *world, struct store *store, struct mail_device *device)
{
    struct store_reply reply;
    if (!device->is_known) {
        struct store_change change = {.kind = STORE_DEV_ADD, .dev = device->dev, .uid = device->uid};
        struct store_req add = {.op = STORE_CAS, .u.cas = {.changes = &change, .change_count = 1}};
        enum store_result result = ask_one(store, &add, &reply);
        if (result == STORE_CONFLICT) {
            return find(world, "device %llu cannot be added", (unsigned long long)device->dev);
        }
        if (result != STORE_OK) {
            return false;
        }
        device->is_known = true;
    }
    struct store_req attach = {
        .op = STORE_ATTACH, .lane = device->dev, .u.attach = {.dev = device->dev, .epoch = ++device->epoch}};
    enum store_result result = ask_one(store, &attach, &reply);
    if (result == STORE_NOT_FOUND || result == STORE_FENCED) {
        return find(world, "device %llu: attach with epoch %llu is %s", (unsigned long long)device->dev,
                    (unsigned long long)device->epoch, store_result_name(result));
    }
    if (result != STORE_OK) {
        return false;
    }
    uint64_t hw = reply.u.attach.hw;
    uint64_t cursor = reply.u.attach.cursor;
    if (hw < device->acked_no || hw > device->asked_no) {
        return find(world, "device %llu: hw %llu, acknowledged %llu, asked %llu",
                    (unsigned long long)device->dev, (unsigned long long)hw,
                    (unsigned long long)device->acked_no, (unsigned long long)device->asked_no);
    }
    if (cursor < device->cursor_acked || cursor > device->cursor_asked) {
        return find(world, "device %llu: cursor %llu, acknowledged %llu, asked %llu",
                    (unsigned long long)device->dev, (unsigned long long)cursor,
                    (unsigned long long)device->cursor_acked, (unsigned long long)device->cursor_asked);
    }
    if (reply.u.attach.head < world->heads[device->uid]) {
        return find(world, "mailbox %llu: head %llu, acknowledged %llu", (unsigned long long)device->uid,
                    (unsigned long long)reply.u.attach.head, (unsigned long long)world->heads[device->uid]);
    }
    device->acked_no = hw;
    device->asked_no = hw;
    device->cursor_acked = cursor;
    device->cursor_asked = cursor;
    world->heads[device->uid] = reply.u.attach.head;
    return true;
}

bool mail_world_enter(struct mail_world *world, struct store *store)
{
    for (size_t i = 0; i < MAIL_DEVICE_COUNT; i++) {
        if (!enter_device(world, store, &world->devices[i])) {
            return false;
        }
    }
    return true;
}

/* What one batch needs to live until it was submitted. */
struct mail_batch {
    struct store_req reqs[MAIL_BATCH_MAX];
    struct store_reply replies[MAIL_BATCH_MAX];
    uint8_t bodies[MAIL_BATCH_MAX][BODY_SIZE_MAX];
    struct store_change changes[MAIL_BATCH_MAX];
    struct store_target notices[MAIL_BATCH_MAX];
    size_t count;
};

static void add_append(struct mail_world *world, struct mail_batch *batch, bool is_marker)
{
    struct mail_device *device = &world->devices[below(world, MAIL_DEVICE_COUNT)];
    if (device->asked_no + 1 >= MAIL_NUMBER_MAX) {
        return;
    }
    uint64_t no = ++device->asked_no;
    struct mail_sent *sent = &device->sent[no];
    uint64_t uid = 1 + below(world, MAIL_PERSON_COUNT);
    *sent = (struct mail_sent){.uid = is_marker ? 0 : uid,
                               .code = (uint32_t)(1 + below(world, 1000)),
                               .size = (uint32_t)below(world, BODY_SIZE_MAX)};
    struct store_req *req = &batch->reqs[batch->count];
    *req = (struct store_req){.op = STORE_APPEND, .lane = device->dev};
    req->u.append.guard = (struct store_guard){
        .dev = device->dev, .epoch = device->epoch, .send_no = no, .msg_id = msg_id_of(device->dev, no)};
    req->u.append.code = sent->code;
    req->u.append.detail = is_marker ? (uint32_t)no : 0;
    if (!is_marker) {
        struct store_target target = {.uid = uid,
                                      .kind = STORE_ROW_MESSAGE,
                                      .cls = CLS_CHAT,
                                      .code = sent->code,
                                      .msg_id = msg_id_of(device->dev, no),
                                      .env =
                                          body_of(device->dev, no, sent->size, batch->bodies[batch->count])};
        req->u.append.targets[0] = target;
        req->u.append.target_count = 1;
        sent->has_own_copy = uid != device->uid && below(world, 3) == 0;
        if (sent->has_own_copy) {
            req->u.append.targets[1] = target;
            req->u.append.targets[1].uid = device->uid;
            req->u.append.targets[1].flags = STORE_ROW_OWN_COPY;
            req->u.append.target_count = 2;
        }
    }
    batch->count++;
}

static void add_cursor(struct mail_world *world, struct mail_batch *batch)
{
    struct mail_device *device = &world->devices[below(world, MAIL_DEVICE_COUNT)];
    uint64_t head = world->heads[device->uid];
    if (head <= device->cursor_asked) {
        return;
    }
    device->cursor_asked += 1 + below(world, head - device->cursor_asked);
    device->settled_no = device->acked_no > 8 ? device->acked_no - 8 : 0;
    struct store_target *notice = &batch->notices[batch->count];
    *notice = (struct store_target){.uid = 1 + below(world, MAIL_PERSON_COUNT),
                                    .kind = STORE_ROW_NOTICE,
                                    .cls = CLS_NOTICE,
                                    .env = OIM_SLICE_LITERAL("delivered")};
    batch->reqs[batch->count++] = (struct store_req){.op = STORE_CURSOR,
                                                     .lane = device->dev,
                                                     .u.cursor = {.dev = device->dev,
                                                                  .epoch = device->epoch,
                                                                  .seq = device->cursor_asked,
                                                                  .settled_no = device->settled_no,
                                                                  .announce = true,
                                                                  .notices = notice,
                                                                  .notice_count = below(world, 2)}};
}

static void add_link(struct mail_world *world, struct mail_batch *batch)
{
    struct store_change *change = &batch->changes[batch->count];
    *change =
        (struct store_change){.kind = STORE_CHAIN_APPEND,
                              .ns = CHAIN,
                              .expected = world->chain_asked++,
                              .value = body_of(CHAIN, world->chain_asked, 40, batch->bodies[batch->count])};
    oim_put_be64(change->hash.bytes, world->chain_asked);
    batch->reqs[batch->count++] =
        (struct store_req){.op = STORE_CAS, .u.cas = {.changes = change, .change_count = 1}};
}

static void add_request(struct mail_world *world, struct mail_batch *batch)
{
    uint64_t draw = below(world, 100);
    if (draw < 70) {
        add_append(world, batch, false);
    } else if (draw < 78) {
        add_append(world, batch, true);
    } else if (draw < 92) {
        add_cursor(world, batch);
    } else if (draw < 96) {
        add_link(world, batch);
    } else {
        batch->reqs[batch->count++] = (struct store_req){.op = STORE_TRIM};
    }
}

static void claim(struct mail_world *world, struct mail_device *device, uint64_t no, uint64_t uid,
                  uint64_t seq)
{
    assert(seq < MAIL_SEQ_MAX);
    device->sent[no].seq = seq;
    world->claims[uid][seq] = (uint32_t)(device->dev * MAIL_NUMBER_MAX + no);
}

static bool on_acked(struct mail_world *world, const struct store_req *req, const struct store_reply *reply)
{
    if (req->op == STORE_CURSOR) {
        device_of(world, req->u.cursor.dev)->cursor_acked = req->u.cursor.seq;
        return true;
    }
    if (req->op == STORE_CAS) {
        world->chain_acked = req->u.cas.changes[0].expected + 1;
        return true;
    }
    if (req->op != STORE_APPEND) {
        return true;
    }
    struct mail_device *device = device_of(world, req->u.append.guard.dev);
    device->acked_no = req->u.append.guard.send_no;
    world->acked_count++;
    for (size_t i = 0; i < req->u.append.target_count && reply != NULL; i++) {
        uint64_t uid = req->u.append.targets[i].uid;
        uint64_t seq = reply->u.append.seqs[i];
        if (seq <= world->heads[uid]) {
            return find(world, "mailbox %llu: seq %llu given out again", (unsigned long long)uid,
                        (unsigned long long)seq);
        }
        world->heads[uid] = seq;
        if (i == 0) {
            claim(world, device, device->acked_no, uid, seq);
        }
    }
    return true;
}

/* Certainly not applied: as if it had never been asked for. */
static void on_refused(struct mail_world *world, const struct store_req *req)
{
    if (req->op == STORE_APPEND) {
        struct mail_device *device = device_of(world, req->u.append.guard.dev);
        uint64_t before = req->u.append.guard.send_no - 1;
        device->asked_no = before < device->asked_no ? before : device->asked_no;
    } else if (req->op == STORE_CURSOR) {
        struct mail_device *device = device_of(world, req->u.cursor.dev);
        device->cursor_asked = device->cursor_acked;
    } else if (req->op == STORE_CAS) {
        uint64_t before = req->u.cas.changes[0].expected;
        world->chain_asked = before < world->chain_asked ? before : world->chain_asked;
    }
}

static bool is_refusal(enum store_result result)
{
    return result == STORE_RETRY || result == STORE_DISK_FULL || result == STORE_GAP ||
           result == STORE_CONFLICT;
}

bool mail_world_work(struct mail_world *world, struct store *store)
{
    struct mail_batch batch;
    batch.count = 0;
    size_t wanted = 1 + below(world, MAIL_BATCH_MAX);
    for (size_t i = 0; i < wanted; i++) {
        add_request(world, &batch);
    }
    for (size_t i = 0; i < batch.count && world->acks_early; i++) {
        on_acked(world, &batch.reqs[i], NULL);
    }
    if (batch.count > 0) {
        ask(store, batch.reqs, batch.count, batch.replies);
    }
    bool is_sure = true;
    for (size_t i = 0; i < batch.count; i++) {
        enum store_result result = batch.replies[i].result;
        store->ops->release(store, &batch.replies[i], 1);
        if (result == STORE_OK) {
            if (!on_acked(world, &batch.reqs[i], &batch.replies[i])) {
                return false;
            }
        } else if (is_refusal(result)) {
            on_refused(world, &batch.reqs[i]);
        } else if (result == STORE_UNKNOWN || result == STORE_FATAL) {
            is_sure = false;
        } else {
            return find(world, "%s where it cannot be", store_result_name(result));
        }
    }
    return is_sure;
}

static bool check_row(struct mail_world *world, uint64_t uid, const struct store_row *row)
{
    if (row->kind == STORE_ROW_NOTICE) {
        return oim_slice_equal(row->env, OIM_SLICE_LITERAL("delivered")) ||
               find(world, "mailbox %llu: a damaged notice", (unsigned long long)uid);
    }
    struct mail_device *device = device_of(world, row->src_dev);
    struct oim_id msg_id = msg_id_of(row->src_dev, row->send_no);
    uint8_t body[BODY_SIZE_MAX];
    if (row->send_no > device->acked_no) {
        return find(world, "mailbox %llu: number %llu of %llu is stored, hw is %llu", (unsigned long long)uid,
                    (unsigned long long)row->send_no, (unsigned long long)row->src_dev,
                    (unsigned long long)device->acked_no);
    }
    const struct mail_sent *sent = &device->sent[row->send_no];
    bool is_own = (row->flags & STORE_ROW_OWN_COPY) != 0;
    bool is_meant = is_own ? sent->has_own_copy && uid == device->uid : sent->uid == uid;
    bool is_whole = oim_id_equal(&msg_id, &row->msg_id) && row->code == sent->code &&
                    oim_slice_equal(row->env, body_of(row->src_dev, row->send_no, sent->size, body));
    if (!is_meant || !is_whole) {
        return find(world, "mailbox %llu: row %llu is not what was sent", (unsigned long long)uid,
                    (unsigned long long)row->seq);
    }
    if (!is_own && sent->seq == 0) {
        claim(world, device, row->send_no, uid, row->seq); /* was in doubt, and is there */
    }
    return is_own || sent->seq == row->seq ||
           find(world, "mailbox %llu: number %llu of %llu was acknowledged as seq %llu and is %llu",
                (unsigned long long)uid, (unsigned long long)row->send_no, (unsigned long long)row->src_dev,
                (unsigned long long)sent->seq, (unsigned long long)row->seq);
}

/* Is the message that was acknowledged as this row the one that is there? */
static bool check_claim(struct mail_world *world, uint64_t uid, const struct store_row *row)
{
    uint32_t claimed = world->claims[uid][row->seq];
    bool is_primary = row->kind == STORE_ROW_MESSAGE && (row->flags & STORE_ROW_OWN_COPY) == 0;
    uint32_t found = is_primary ? (uint32_t)(row->src_dev * MAIL_NUMBER_MAX + row->send_no) : 0;
    return claimed == 0 || claimed == found ||
           find(world, "mailbox %llu: row %llu is not the message acknowledged as it",
                (unsigned long long)uid, (unsigned long long)row->seq);
}

/* Nothing that a device of uid has not acknowledged may be gone. */
static bool check_base(struct mail_world *world, uint64_t uid, uint64_t base)
{
    for (size_t i = 0; i < MAIL_DEVICE_COUNT; i++) {
        const struct mail_device *device = &world->devices[i];
        if (device->uid == uid && base > device->cursor_acked) {
            return find(world, "mailbox %llu: base %llu is above the cursor of %llu", (unsigned long long)uid,
                        (unsigned long long)base, (unsigned long long)device->dev);
        }
    }
    return true;
}

/* Walks one mailbox page by page: dense, in order, every row as it was sent, every device's numbers growing.
 */
static bool check_mailbox(struct mail_world *world, struct store *store, uint64_t uid)
{
    struct store_reply reply;
    struct store_req count = {.op = STORE_COUNT, .u.count.uid = uid};
    if (ask_one(store, &count, &reply) != STORE_OK) {
        return false;
    }
    uint64_t at = reply.u.count.base;
    uint64_t head = reply.u.count.head;
    uint64_t last_no[MAIL_DEVICE_COUNT] = {0};
    if (!check_base(world, uid, at)) {
        return false;
    }
    for (bool more = true; more;) {
        struct store_req page = {.op = STORE_PAGE,
                                 .u.page = {.uid = uid, .after_seq = at, .row_max = 128, .size_max = 32768}};
        if (ask_one(store, &page, &reply) != STORE_OK) {
            return false;
        }
        bool is_well = true;
        for (size_t i = 0; i < reply.u.page.row_count && is_well; i++) {
            const struct store_row *row = &reply.u.page.rows[i];
            is_well =
                (row->seq == at + 1 || find(world, "mailbox %llu: %llu follows %llu", (unsigned long long)uid,
                                            (unsigned long long)row->seq, (unsigned long long)at)) &&
                check_row(world, uid, row) && check_claim(world, uid, row);
            at = row->seq;
            if (is_well && row->kind == STORE_ROW_MESSAGE) {
                uint64_t *last = &last_no[device_of(world, row->src_dev) - world->devices];
                is_well =
                    row->send_no > *last || find(world, "mailbox %llu: number %llu of %llu after %llu",
                                                 (unsigned long long)uid, (unsigned long long)row->send_no,
                                                 (unsigned long long)row->src_dev, (unsigned long long)*last);
                *last = row->send_no;
            }
        }
        more = reply.u.page.more;
        store->ops->release(store, &reply, 1);
        if (!is_well) {
            return false;
        }
    }
    return at == head || find(world, "mailbox %llu: ends at %llu, head %llu", (unsigned long long)uid,
                              (unsigned long long)at, (unsigned long long)head);
}

/* Ask for the last numbers again: the answer is the first one, or "stored" once the row may have gone. */
static bool check_repeats(struct mail_world *world, struct store *store, const struct mail_device *device)
{
    for (uint64_t no = device->acked_no; no > 0 && no + 5 > device->acked_no; no--) {
        const struct mail_sent *sent = &device->sent[no];
        struct store_req req = {.op = STORE_APPEND, .lane = device->dev};
        req.u.append.guard = (struct store_guard){
            .dev = device->dev, .epoch = device->epoch, .send_no = no, .msg_id = msg_id_of(device->dev, no)};
        struct store_reply reply;
        enum store_result result = ask_one(store, &req, &reply);
        if (result == STORE_UNKNOWN || result == STORE_FATAL || result == STORE_RETRY) {
            return false;
        }
        bool may_be_gone = sent->uid != 0 || no <= device->settled_no;
        bool is_first =
            reply.u.append.code == sent->code && (sent->uid != 0 || reply.u.append.detail == (uint32_t)no);
        bool is_right = result == STORE_DUP && (is_first || (may_be_gone && reply.u.append.code == 0));
        if (!is_right) {
            return find(world, "device %llu: number %llu again is %s with code %u, first %u",
                        (unsigned long long)device->dev, (unsigned long long)no, store_result_name(result),
                        reply.u.append.code, sent->code);
        }
    }
    return true;
}

static bool check_chain(struct mail_world *world, struct store *store)
{
    struct store_reply reply;
    struct store_req req = {.op = STORE_CHAIN, .u.chain = {.chain = CHAIN, .from_n = 1, .entry_max = 1000}};
    if (ask_one(store, &req, &reply) != STORE_OK) {
        return false;
    }
    uint64_t length = reply.u.chain.length;
    bool is_well =
        length >= world->chain_acked && length <= world->chain_asked && reply.u.chain.entry_count == length;
    for (size_t i = 0; i < reply.u.chain.entry_count && is_well; i++) {
        const struct store_chain_entry *entry = &reply.u.chain.entries[i];
        uint8_t body[40];
        is_well = entry->n == i + 1 && oim_get_be64(entry->hash.bytes) == i + 1 &&
                  oim_slice_equal(entry->entry, body_of(CHAIN, i + 1, 40, body));
    }
    store->ops->release(store, &reply, 1);
    if (!is_well) {
        return find(world, "chain: length %llu, acknowledged %llu, asked %llu", (unsigned long long)length,
                    (unsigned long long)world->chain_acked, (unsigned long long)world->chain_asked);
    }
    world->chain_acked = length;
    world->chain_asked = length;
    return true;
}

bool mail_world_check(struct mail_world *world, struct store *store)
{
    for (uint64_t uid = 1; uid <= MAIL_PERSON_COUNT; uid++) {
        if (!check_mailbox(world, store, uid)) {
            return false;
        }
    }
    for (size_t i = 0; i < MAIL_DEVICE_COUNT; i++) {
        if (!check_repeats(world, store, &world->devices[i])) {
            return false;
        }
    }
    return check_chain(world, store);
}
