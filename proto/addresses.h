/*
 * addresses.h - the signed list of ways to the server, so that it can move and clients follow (kind 13).
 */
#ifndef OIM_PROTO_ADDRESSES_H
#define OIM_PROTO_ADDRESSES_H

#include "common/arena.h"
#include "common/bytes.h"
#include "common/crypto.h"
#include "common/error.h"
#include "proto/handshake.h"
#include "proto/limits.h"

struct way {
    const char *host_port;
    enum way_mode mode;
    struct oim_slice spki; /* 32, SHA-256 of the certificate's public key; empty: the name is checked */
};

struct address_list {
    uint64_t version; /* grows with every change; a client ignores a list that is not newer */
    const struct way *ways;
    size_t way_count;
};

OIM_MUST_CHECK enum oim_status address_list_encode(const struct address_list *list, struct oim_buf *out);
OIM_MUST_CHECK enum oim_status address_list_decode(struct oim_slice bytes, struct oim_arena *arena,
                                                   struct address_list *out, struct oim_error *err);

/* SRV over "OIM-addresses-v1" ‖ org_id ‖ body. */
void addresses_sign(const struct oim_id *org_id, struct oim_slice body, const struct sign_secret *server_key,
                    struct signature *out);
OIM_MUST_CHECK bool addresses_verify(const struct oim_id *org_id, struct oim_slice body,
                                     const struct sign_public *server_key, const struct signature *sig);

#endif
