/*
 * actor.h - people's devices at work: they sign in or join, send under a window, acknowledge what comes.
 *
 * A stage is one server with the devices that speak to it; a workload gives it ops and turns it. Frames that
 * an actor says in one turn leave as one binary message, as PROTOCOL.md section 1 allows.
 *
 * Acknowledging is as a client does it (BLUEPRINT B39): once per binary message that brought mail, nothing
 * being stored here; notices alone wait for the next frame that goes anyway, or a second.
 */
#ifndef OIM_TESTS_BENCH_ACTOR_H
#define OIM_TESTS_BENCH_ACTOR_H

#include "common/arena.h"
#include "common/random.h"
#include "proto/frame.h"
#include "tests/bench/frames.h"
#include "tests/bench/link.h"
#include "tests/bench/people.h"

#define ACTOR_TEXT_SIZE_MIN 26u /* id, time and their blanks */

enum actor_state { ACTOR_OFF = 0, ACTOR_GREETING, ACTOR_SIGNING, ACTOR_JOINING, ACTOR_READY };

/* One Submit without final answer. */
struct in_flight {
    uint32_t id;
    bool answered;
    int64_t due_ns;
    uint64_t sent_ms;
    const struct person_account *to;
};

struct actor {
    struct link link; /* first: a link's owner is found by its address */
    struct person_account *person;
    enum actor_state state;
    enum face_class class;
    uint32_t window_rows;
    bool joins; /* instead of signing in */
    bool wants_to_end;
    struct oim_hash client_nonce;
    struct oim_hash th;
    struct sign_public server_pub;

    uint64_t send_no;     /* the last one used */
    uint64_t answered_no; /* everything up to it has its final answer */
    struct in_flight in_flight[UNANSWERED_MAX];
    int64_t resend_at_ns; /* 0: nothing to send again */

    uint64_t seq;       /* the highest that came */
    uint64_t acked_seq; /* the highest we acknowledged */
    uint64_t kept_seq;  /* what it had before this connection: comes again when its last Ack was lost */
    int64_t ack_by_ns;  /* when a notice must be acknowledged; 0: none waits */
    bool ack_now;
    bool caught_up;

    struct oim_buf staged; /* frames of this turn */
    bool is_staged;

    int64_t opened_ns, ready_ns, first_ns, last_ns;
    uint64_t received_count;
    uint32_t undelivered_count; /* the workload's */
    size_t index;               /* the workload's */
    void *task;                 /* the workload's */
};

struct stage;

struct stage_ops {
    void (*on_ready)(struct stage *stage, struct actor *actor);
    /* For actors that join: ServerHello has come, say JoinAsk. */
    void (*on_greeted)(struct stage *stage, struct actor *actor);
    void (*on_answered)(struct stage *stage, struct actor *actor, const struct in_flight *sent);
    void (*on_text)(struct stage *stage, struct actor *actor, uint32_t id, int64_t due_ns);
    /* Any other frame, unpacked. */
    void (*on_frame)(struct stage *stage, struct actor *actor, const struct frame *frame);
};

struct stage {
    struct links links;
    struct people *people;
    const struct stage_ops *ops; /* any of them may be NULL */
    void *context;
    struct oim_random random;
    size_t text_size;
    bool one_frame_per_message;
    bool expects_close; /* the server is about to be killed */
    bool has_checked_server;

    uint64_t log_seq; /* the organisation's log, from the last AuthOk */
    struct oim_hash log_head;
    uint64_t counter_last;
    uint64_t run; /* part of every msg_id */

    struct actor **staged;
    size_t staged_count, staged_capacity;
    struct actor **waiting; /* notices to acknowledge, or Submits to repeat */
    size_t waiting_count, waiting_capacity;

    uint64_t signing_in_count, ready_count, closed_count;
    uint64_t refused_count, retried_count, notice_count, ack_count;
    struct oim_arena arena;
    void *arena_memory;
};

OIM_MUST_CHECK enum oim_status stage_init(struct stage *stage, struct people *people, size_t text_size,
                                          struct oim_error *err);
void stage_finish(struct stage *stage);
/** One turn of the loop; waits at most wait_ns. */
void stage_turn(struct stage *stage, int64_t wait_ns);
/** Turns until duration_ns have passed. */
void stage_settle(struct stage *stage, int64_t duration_ns);
/** Say what is wrong and end the program: a run that goes wrong measures nothing. */
_Noreturn void stage_fail(const char *format, ...) OIM_PRINTF(1, 2);

/** Connect and sign in; with joins, connect and greet. */
void actor_open(struct stage *stage, struct actor *actor, struct person_account *person,
                enum face_class class, uint32_t window_rows, bool joins);
void actor_close(struct stage *stage, struct actor *actor);
/** Say a frame now. */
void actor_say(struct stage *stage, struct actor *actor, const struct frame *frame);
/** Submit the message of that id; timed from due_ns. */
void actor_submit(struct stage *stage, struct actor *actor, const struct person_account *to, uint32_t id,
                  int64_t due_ns);
size_t actor_unanswered(const struct actor *actor);

#endif
