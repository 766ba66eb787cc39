/*
 * store_rig.h - a store under test: any back end, opened, asked one thing at a time or a batch, closed and
 * reopened.
 *
 * People are 1 (Alice, devices 11 and 12) and 2 (Bob, devices 21 and 22) and so on: device = person * 10 + n.
 * rig_people makes them; further ones by rig_add_device.
 */
#ifndef OIM_TESTS_SERVER_STORE_STORE_RIG_H
#define OIM_TESTS_SERVER_STORE_STORE_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/store/store.h"
#include "tests/sim/disk_sim.h"
#include "tests/sim/store_sim.h"
#include "tests/support/check.h"
#include "tests/support/fake.h"

enum rig_kind { RIG_SQLITE, RIG_SQLITE_THREADED, RIG_SIM, RIG_KIND_COUNT };

#define RIG_ALICE 1u
#define RIG_BOB 2u
#define RIG_A1 11u
#define RIG_A2 12u
#define RIG_B1 21u
#define RIG_B2 22u
#define RIG_NOW_MS 1700000000000u
#define RIG_REPLY_COUNT_MAX 256u

struct rig {
    enum rig_kind kind;
    struct store *store;
    struct store_config config;
    struct store_env env;
    struct fake_clock clock;
    struct fake_random random;
    struct store_sim_disk *sim_disk; /* what survives of the simulated store */
    struct disk_sim *disk;           /* under SQLite; NULL: real files in dir */
    char dir[64];
    uint64_t ticket_next;
    uint64_t epochs[100]; /* by device */
    uint64_t policy_version;
    struct store_reply kept[RIG_REPLY_COUNT_MAX]; /* replies whose memory the test still reads */
    size_t kept_count;
};

const char *rig_kind_name(enum rig_kind kind);
/** SQLite without threads works on a simulated disk; with threads on real files, unless simulates_disk. */
void rig_open(struct rig *rig, enum rig_kind kind, bool simulates_disk);
/** Close without draining, pull the plug of a simulated disk, open again: what was not durable is gone. */
void rig_reopen(struct rig *rig);
void rig_close(struct rig *rig); /* and remove its files */

/** The next commit ends in doubt. The simulated store lets a coin decide; SQLite gets a sync that fails. */
void rig_break_next_commit(struct rig *rig);

/** Submit, wait, return the reply; its memory lives until the rig closes or reopens. */
struct store_reply rig_ask(struct rig *rig, struct store_req *req);
/** The same for several requests at once, in one batch where the back end makes batches. */
void rig_ask_all(struct rig *rig, struct store_req *reqs, size_t req_count, struct store_reply *out_replies);
/** Wait until count replies came. */
void rig_reap(struct rig *rig, struct store_reply *out_replies, size_t reply_count);

/** Alice with device 11 and Bob with device 21, attached. */
void rig_people(struct rig *rig);
void rig_add_device(struct rig *rig, uint64_t dev);
void rig_drop_device(struct rig *rig, uint64_t dev);
struct store_reply rig_attach(struct rig *rig, uint64_t dev);

/** A chat message of dev to uid, judged under the rig's policy version; code 100 + send_no, expires in an
 * hour. */
struct store_req rig_message(const struct rig *rig, uint64_t dev, uint64_t send_no, uint64_t uid,
                             const char *text);
/** Adds the own copy as second target. */
void rig_with_own_copy(struct store_req *req);
struct store_req rig_marker(const struct rig *rig, uint64_t dev, uint64_t send_no, uint32_t code,
                            uint32_t detail);
struct store_req rig_cursor(const struct rig *rig, uint64_t dev, uint64_t seq);
struct store_req rig_page(uint64_t uid, uint64_t after_seq);
struct store_req rig_count(uint64_t uid);
struct store_req rig_summary(uint64_t dev);
struct store_req rig_due(uint64_t now_ms);
struct store_target rig_notice(uint64_t uid, const char *text);
struct oim_id rig_msg_id(uint64_t dev, uint64_t send_no);

/** Ask and require STORE_OK. */
struct store_reply rig_ok(struct rig *rig, struct store_req req);
/** Ask and require this result. */
struct store_reply rig_expect(struct rig *rig, struct store_req req, enum store_result result);
void rig_check_result(enum store_result actual, enum store_result expected);
/** Texts of all rows of a mailbox, joined by blanks: "hello again". */
const char *rig_mailbox_text(struct rig *rig, uint64_t uid, char *out, size_t out_size);

#endif
