/*
 * checker.h - what was promised to whom, and whether it was kept (STORE.md 4(c), BLUEPRINT F14).
 *
 * - I1: acknowledged: shown exactly once on each device still owed it; else a stated Gap, and the sender told
 * - I2: refused, or taken back before it was handed over: never shown
 * - I3: shown in the order of the sending device
 * - I4: no more waits for anybody than their policy's quota
 * - I5: nothing is taken from a session that is not its device's current one, nor kept once the owner was
 * told that nothing is
 * - I6: nothing is purged that an owed device still needs: every Gap is of rows whose time was up
 * - I7: in the end every outbox is empty, every cursor at its head, every sender told what was delivered; and what
 * persons see of their own messages is what became of them
 * - I10: everybody is seen as they are, by whoever looks: there, or away for so long
 * - and: the text of a message goes when the policy that the device was told last says so, after a restart too
 * - and: no answer before the store has said that it holds what is answered; the second answer equals the
 * first
 */
#ifndef OIM_TESTS_SIM_CHECKER_H
#define OIM_TESTS_SIM_CHECKER_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/frame.h"
#include "server/store/store.h"
#include "tests/sim/sim_org.h"

#define CHECKER_MESSAGE_COUNT_MAX 512u
#define CHECKER_ROW_COUNT_MAX 1024u
#define CHECKER_NUMBER_COUNT_MAX 1024u
#define CHECKER_TICKET_COUNT_MAX 512u
#define CHECKER_GAP_COUNT_MAX 256u

struct sim;

enum inbox_kind { INBOX_MESSAGE, INBOX_OTHER, INBOX_NOTICE, INBOX_GAP }; /* other: receipts */

/* A row as a device received it. */
struct inbox_item {
    enum inbox_kind kind;
    uint64_t conn;
    uint64_t seq, from_seq; /* from_seq: of a gap */
    enum gap_why why;
    enum notice_what what; /* a notice is an item per message it speaks of, all with its seq */
    struct oim_id msg_id;
    uint32_t sender_device;
    bool is_own_copy;
};

struct checked_message {
    struct oim_id msg_id;
    uint32_t from_device, to_person;
    uint32_t order;       /* of its sending device, from 1 */
    enum outcome outcome; /* the final one, as its sender was told; NONE: not yet */
    uint64_t until_ms;
    uint64_t submitted_ms; /* the first time */
    bool was_submitted, was_taken_back;
    bool is_held; /* the store has said that it has its number */
    uint32_t slots;        /* devices it was for in every Submit so far, as bits */
    uint32_t shown;        /* devices, as bits */
    uint32_t told;         /* devices of the sender that know of the delivery */
    uint32_t told_expired; /* or of the expiry, or that it was erased */
    uint64_t shown_seqs[ORG_DEVICE_COUNT_MAX];
};

/* A row of a mailbox, as the store said when it took it. */
struct checked_row {
    bool is_known;
    uint32_t message;     /* CHECKER_MESSAGE_COUNT_MAX: none of ours (a notice, a receipt) */
    uint32_t from_device; /* ORG_DEVICE_COUNT_MAX: the server */
    uint64_t expires_ms;
};

struct checked_gap {
    uint32_t device;
    uint64_t from_seq, to_seq;
};

/* What the store was asked and has not answered. */
struct checked_ticket {
    uint64_t ticket; /* 0: free */
    enum store_op op;
    uint64_t dev, epoch, send_no;
    uint32_t message;
    uint64_t uids[STORE_TARGET_COUNT_MAX];
    uint64_t expires_ms[STORE_TARGET_COUNT_MAX];
    bool is_counted; /* a message for somebody else */
};

struct checker {
    struct checked_message messages[CHECKER_MESSAGE_COUNT_MAX];
    uint32_t message_count;
    uint32_t orders[ORG_DEVICE_COUNT_MAX]; /* the last order given, by sending device */
    uint32_t shown_orders[ORG_DEVICE_COUNT_MAX][ORG_DEVICE_COUNT_MAX]; /* [on][from] */
    struct checked_row rows[ORG_PERSON_COUNT][CHECKER_ROW_COUNT_MAX];  /* [person][seq] */
    bool is_held[ORG_DEVICE_COUNT_MAX][CHECKER_NUMBER_COUNT_MAX]; /* [device][send_no]: the store said so */
    uint64_t epochs[ORG_DEVICE_COUNT_MAX];
    uint32_t untold_rows[ORG_DEVICE_COUNT_MAX]; /* of its own, gone before the store could say where they were */
    struct checked_ticket tickets[CHECKER_TICKET_COUNT_MAX];
    uint64_t erased_seqs[ORG_PERSON_COUNT]; /* up to there it was asked to erase what waits */
    struct checked_gap gaps[CHECKER_GAP_COUNT_MAX];
    uint32_t gap_count;
    uint64_t wall_max_ms;
    uint64_t acked_count, shown_count;
};

/** A new message; returns its index, or CHECKER_MESSAGE_COUNT_MAX when there were enough. */
uint32_t checker_write(struct sim *sim, uint32_t from_device, uint32_t to_person);
void checker_on_submit(struct sim *sim, uint32_t message, uint32_t slots);
void checker_on_taken_back(struct sim *sim, uint32_t message);
/** A final answer reached the sender. */
void checker_on_answer(struct sim *sim, uint32_t message, uint64_t send_no,
                       const struct frame_submit_result *result);
/** The sender was told what became of a message that was not kept. */
void checker_on_live_result(struct sim *sim, const struct frame_live_result *result);

/** A device committed what it had received. */
void checker_on_shown(struct sim *sim, uint32_t device, const struct inbox_item *item);
void checker_on_gap(struct sim *sim, uint32_t device, const struct inbox_item *item);
void checker_on_notice(struct sim *sim, uint32_t device, const struct inbox_item *item);

/** It is asked to erase what waits for a person; perhaps that never comes to anything. */
void checker_on_erase(struct sim *sim, uint32_t person, uint64_t upto_seq);
/** The latest row of a person that the store is known to have. */
uint64_t checker_head(const struct sim *sim, uint32_t person);

/** Between the core and its store. */
void checker_on_request(struct sim *sim, const struct store_req *req);
void checker_on_reply(struct sim *sim, const struct store_reply *reply);
void checker_on_crash(struct sim *sim);
void checker_on_clock(struct sim *sim);

/** After the calm: the server is down, its disk can be read. */
void checker_on_end(struct sim *sim);

/** The index of the message; CHECKER_MESSAGE_COUNT_MAX: none of ours. */
uint32_t checker_find(const struct sim *sim, const struct oim_id *msg_id);

#endif
