/*
 * administer.h - an administrator among the model peers: requests made, signed and numbered as oimctl's agent
 * does.
 */
#ifndef OIM_TESTS_SUPPORT_ADMINISTER_H
#define OIM_TESTS_SUPPORT_ADMINISTER_H

#include "proto/admin.h"
#include "tests/support/world.h"

/* What came back. Rows live in the peer's memory, until peer_forget. */
struct answer {
    enum oim_status status;
    const char *text;
    uint64_t admin_no;
    bool more;
    struct admin_rows rows;
};

/** With log entry (where the kind has one), number and signature; and its answer. */
struct answer administer(struct peer *peer, const struct admin_op *op);
/** As given: number and signature as they are. peer_last(peer, FRAME_ADMIN_RESULT) is the answer. */
struct answer administer_raw(struct peer *peer, const struct admin_op *op, uint64_t admin_no,
                             const struct sign_secret *key);
/** Only asked: for a test that holds the answer back. */
void administer_say(struct peer *peer, const struct admin_op *op, uint64_t admin_no,
                    const struct sign_secret *key);
/** The entry that a request of this kind carries, made by peer's device. In the peer's memory. */
void administer_entry(struct peer *peer, struct admin_op *io_op, uint8_t out_secret[INVITE_SECRET_SIZE]);
/** The next number of the peer's device. */
uint64_t administer_next_no(const struct peer *peer);

/** Somebody with this role, joined and signed in. */
struct peer *administer_join(struct world *world, const char *login, enum role role);

/** The value of a field; NULL when there is none. */
const char *answer_field(const struct answer *answer, size_t row, const char *name);
/** The same, a number of the first row; fails the test when there is none. */
uint64_t answer_number(const struct answer *answer, const char *name);
/** The row in which a field has this value; fails the test when there is none. */
size_t answer_row(const struct answer *answer, const char *name, const char *value);
/** The parameter of a note; NULL when there is none. */
const char *answer_note(const struct answer *answer, const char *code);
/** One setting of a policy: True, False or a text. */
struct wire_setting setting_tri(const char *name, bool value);
struct wire_setting setting_text(const char *name, const char *value);

#endif
