/*
 * policy.h - a named policy: every setting set or unset; its identity and its record form.
 *
 * Identity: "Global", "site:Sales", or a name, shown "Tag:Name". Matched without case (ASCII and simple Unicode).
 */
#ifndef OIM_POLICY_POLICY_H
#define OIM_POLICY_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/error.h"
#include "policy/setting.h"

enum policy_scope { POLICY_GLOBAL, POLICY_SITE, POLICY_TAG };

#define POLICY_NAME_SIZE_MAX 65 /* with the terminator */

struct policy_identity {
    enum policy_scope scope;
    char name[POLICY_NAME_SIZE_MAX]; /* "" for Global; without the prefix */
};

struct policy {
    struct policy_identity identity;
    struct setting_value_s settings[SETTING_COUNT];
};

/** "global", "Site:Sales", "tag:X", "X". Errors: OIM_ERR_USAGE, in words. */
OIM_MUST_CHECK enum oim_status policy_identity_parse(const char *text, struct policy_identity *out,
                                                     struct oim_error *err);
/** "Global", "site:Sales", "Tag:X". out_size >= POLICY_NAME_SIZE_MAX + 5. */
void policy_identity_format(const struct policy_identity *identity, char *out, size_t out_size);
bool policy_identity_equal(const struct policy_identity *a, const struct policy_identity *b);
/** Equal identities have equal hashes (FNV-1a over the letters without case): to pass over the unequal quickly. */
uint64_t policy_identity_hash(const struct policy_identity *identity);

void policy_init(struct policy *policy, const struct policy_identity *identity); /* everything unset */

/** Record form for the store: stable across versions; unknown settings of a newer version are an error. */
OIM_MUST_CHECK enum oim_status policy_encode(const struct policy *policy, struct oim_buf *out);
OIM_MUST_CHECK enum oim_status policy_decode(struct oim_slice bytes, struct policy *out, struct oim_error *err);

#endif
