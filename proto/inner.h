/*
 * inner.h - what people write: the plaintext of payload.ct. Unsealed in suite 0 (BLUEPRINT F8).
 */
#ifndef OIM_PROTO_INNER_H
#define OIM_PROTO_INNER_H

#include "common/arena.h"
#include "common/bytes.h"
#include "common/crypto.h"
#include "common/error.h"
#include "common/id.h"

enum inner_body { INNER_NONE = 0, INNER_CHAT, INNER_RECEIPT_READ, INNER_READ_UP };

struct inner {
    uint64_t sent_ms;
    struct oim_slice conv_id;
    uint64_t sender_seq;
    uint64_t log_seq;
    struct oim_hash log_head;
    struct oim_slice resend_of;
    enum inner_body body;
    const char *text;             /* CHAT: valid UTF-8, at most TEXT_CHARS_MAX characters */
    struct oim_id peer;           /* READ_UP */
    const struct oim_id *msg_ids; /* RECEIPT_READ, READ_UP */
    size_t msg_id_count;
};

OIM_MUST_CHECK enum oim_status inner_encode(const struct inner *inner, struct oim_buf *out);
/** An unknown body (a later version's) decodes as INNER_NONE. Errors: OIM_ERR_PROTOCOL, OIM_ERR_LIMIT. */
OIM_MUST_CHECK enum oim_status inner_decode(struct oim_slice bytes, struct oim_arena *arena, struct inner *out,
                                            struct oim_error *err);

#endif
