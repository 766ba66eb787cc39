/*
 * random_message.h - valid random contents for any wire table, and whether two structs hold the same.
 */
#ifndef OIM_TESTS_PROTO_RANDOM_MESSAGE_H
#define OIM_TESTS_PROTO_RANDOM_MESSAGE_H

#include "common/arena.h"
#include "proto/frame.h"
#include "proto/wire.h"
#include "tests/support/fake.h"

enum fullness {
    FULL_SOME, /* some fields, few elements */
    FULL_ALL,  /* every field, few elements */
    FULL_MOST  /* every field, as many elements as allowed */
};

/** Fill *out (message->size bytes) from the seed. Pointed-to things lie in arena. */
void random_message(const struct wire_message *message, struct fake_random *random, enum fullness fullness,
                    struct oim_arena *arena, void *out);

/** A random frame of one kind, also as the kind's own check wants it. body is the kind's table. */
void random_frame(enum frame_kind kind, const struct wire_message *body, struct fake_random *random,
                  struct oim_arena *arena, struct frame *out);

bool same_message(const struct wire_message *message, const void *a, const void *b);

/* Every kind with its table and the sides that receive it: written out here a second time, on purpose. */
struct kind_of_frame {
    enum frame_kind kind;
    const struct wire_message *body;
    bool to_server, to_client;
};
extern const struct kind_of_frame all_kinds[];
extern const size_t all_kind_count;

#endif
