/*
 * audit.h - entries of the audit chain as bytes, how they are linked, and what must be true of a chain.
 *
 * Layout: u8 version ‖ be64 at_ms ‖ user_id ‖ device_id ‖ be64 admin_no ‖ sig, then login, op, before, after
 * as be16 size and bytes, then body as be32 size and bytes. The body is what the device signed, as received,
 * so that the signature can be checked for ever, by anybody who has the entries.
 */
#ifndef OIM_PROTO_AUDIT_H
#define OIM_PROTO_AUDIT_H

#include "common/bytes.h"
#include "common/crypto.h"
#include "common/id.h"
#include "proto/admin.h"

#define AUDIT_TEXT_SIZE 2048u /* old and new values, each, with the terminator; longer ones end in "..." */

/* One entry of the audit chain: who changed what, when, with which device; and what was signed. */
struct audit_entry {
    uint64_t at_ms;
    struct oim_id user_id, device_id;
    uint64_t admin_no;
    struct signature sig;
    struct oim_slice login, op, before, after, body; /* borrowed */
};

#define AUDIT_ENTRY_SIZE_MAX (ADMIN_BODY_SIZE_MAX + 2 * AUDIT_TEXT_SIZE + 256u)

size_t audit_encode(const struct audit_entry *entry, uint8_t out[AUDIT_ENTRY_SIZE_MAX]);
OIM_MUST_CHECK bool audit_decode(struct oim_slice bytes, struct audit_entry *out);
/* hash_n = BLAKE2b-256("OIM-audit-entry-v1" ‖ be64 n ‖ prev ‖ be32 size ‖ entry). The first prev is zeros. */
void audit_hash(uint64_t n, const struct oim_hash *prev, struct oim_slice entry, struct oim_hash *out);

/* An entry as somebody shows it: its place, the hash it is said to have, and the key of the device that
 * signed. */
struct audit_link {
    uint64_t n;
    struct oim_hash hash;
    struct sign_public ik;
    struct oim_slice entry; /* borrowed */
};

enum audit_fault {
    AUDIT_WHOLE,
    AUDIT_ORDER,      /* another entry was to come: one is missing, or they were exchanged */
    AUDIT_UNREADABLE, /* the bytes are no entry */
    AUDIT_HASH,       /* the entry, or one before it, is not the one that was hashed */
    AUDIT_KEY,        /* the key is not the device's that the entry names */
    AUDIT_SIGNATURE   /* the device has not signed this */
};

/* How far a chain was followed; begin with zeros. */
struct audit_chain {
    uint64_t n;
    struct oim_hash head;
};

/** Follow the chain by one entry; stays where it is when that is not the next one. A cut tail cannot be seen
 * here: whoever remembers a head compares it. */
OIM_MUST_CHECK enum audit_fault audit_follow(struct audit_chain *chain, const struct oim_id *org_id,
                                             const struct audit_link *link);

#endif
