/*
 * frames.h - the few frames a load consists of, written and read without the codec.
 *
 * The load generator may cost 3 µs a message (BLUEPRINT B38), so it neither packs nor unpacks: it writes
 * fields where they belong and reads only those it needs. Everything else (handshake, joining) goes through
 * proto/codec.h. test_frames.c holds these bytes to that codec.
 */
#ifndef OIM_TESTS_BENCH_FRAMES_H
#define OIM_TESTS_BENCH_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/crypto.h"
#include "common/id.h"

#define FRAMES_TEXT_SIZE_MAX 4096u
#define FRAMES_SUBMIT_OVERHEAD 256u /* a Submit is at most its text and this */
#define FRAMES_ACK_SIZE_MAX 64u
#define FRAMES_PONG_SIZE_MAX 32u

struct frames_submit {
    uint64_t send_no;
    struct oim_id to_user;
    struct oim_id to_device; /* the one slot */
    struct oim_id msg_id;
    uint64_t log_seq; /* of the device set, and of the Inner */
    struct oim_hash log_head;
    uint64_t sent_ms;
    uint64_t sender_seq;
    struct oim_slice text;
};

/** Each writes one frame and returns its size. out is large enough as above says. */
size_t frames_put_submit(uint8_t *out, const struct frames_submit *submit);
size_t frames_put_ack(uint8_t *out, uint64_t seq, uint64_t settled_no);
size_t frames_put_pong(uint8_t *out, uint32_t request, struct oim_slice ping_body);

struct frames_head {
    uint16_t kind;
    uint32_t request;
    struct oim_slice body;
};

/** Take the next frame off a binary message. False when there is no whole one. */
bool frames_next(struct oim_slice *rest, struct frames_head *out);

struct frames_result {
    uint64_t from_no;
    uint64_t to_no;
    uint32_t outcome;
    uint32_t reason;
    uint32_t retry_after_ms;
};

struct frames_deliver {
    uint64_t seq;
    struct oim_slice text; /* borrowed from the message; empty when it is no chat */
};

/** False when the body is not what it should be. */
bool frames_read_result(struct oim_slice body, struct frames_result *out);
bool frames_read_deliver(struct oim_slice body, struct frames_deliver *out);
/** The number in one field; 0 when it is absent. Notice.seq and CaughtUp.head are field 1, Gap.to_seq is 2.
 */
bool frames_read_number(struct oim_slice body, uint32_t field, uint64_t *out);

#endif
