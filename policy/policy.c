#include "policy/policy.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#include "policy/name.h"
#include "policy/record.h"

#define POLICY_RECORD_VERSION 1

/* ---- identity
 * -------------------------------------------------------------------------------------------------- */

static utf8proc_int32_t letter_next(const char **text)
{
    unsigned char byte = (unsigned char)**text;
    if (byte < 0x80) { /* most letters of most names, and much quicker than a table's */
        *text += 1;
        return byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte;
    }
    utf8proc_int32_t letter = 0;
    utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)*text, -1, &letter);
    assert(size > 0); /* names are checked when they come in */
    *text += size;
    return utf8proc_tolower(letter);
}

static bool name_equal_unicode(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        if (letter_next(&a) != letter_next(&b)) {
            return false;
        }
    }
    return *a == *b;
}

/* Names go into command lines, wildcards and lists: no control characters, no pattern letters, no other
 * scope's colon. */
static enum oim_status name_check(const char *name, struct oim_error *err)
{
    size_t size = strlen(name);
    if (size == 0) {
        return oim_fail(err, OIM_ERR_USAGE, "the name of the policy is missing");
    }
    if (size >= POLICY_NAME_SIZE_MAX) {
        return oim_fail(err, OIM_ERR_USAGE, "the name of a policy has at most %d bytes; this one has %zu",
                        POLICY_NAME_SIZE_MAX - 1, size);
    }
    if (!oim_utf8_valid((const uint8_t *)name, size)) {
        return oim_fail(err, OIM_ERR_USAGE, "the name of the policy is not valid UTF-8");
    }
    for (const char *letter = name; *letter != '\0'; letter++) {
        if ((unsigned char)*letter < 0x20 || *letter == 0x7f) {
            return oim_fail(err, OIM_ERR_USAGE, "the name of a policy holds no control characters");
        }
        if (strchr(":*?@,=|{}\"'$`", *letter) != NULL) {
            return oim_fail(err, OIM_ERR_USAGE, "the name of a policy may not hold '%c'", *letter);
        }
    }
    if (name[0] == ' ' || name[0] == '-' || name[size - 1] == ' ') {
        return oim_fail(err, OIM_ERR_USAGE,
                        "the name of a policy begins with a letter and does not end in a blank");
    }
    return OIM_OK;
}

enum oim_status policy_identity_parse(const char *text, struct policy_identity *out, struct oim_error *err)
{
    struct policy_identity identity = {.scope = POLICY_TAG};
    const char *name = text;
    if (name_equal(text, "Global")) {
        *out = (struct policy_identity){.scope = POLICY_GLOBAL};
        return OIM_OK;
    }
    if (name_has_prefix(text, "site:")) {
        identity.scope = POLICY_SITE;
        name += strlen("site:");
    } else if (name_has_prefix(text, "tag:")) {
        name += strlen("tag:");
    }
    if (identity.scope == POLICY_TAG && name_equal(name, "Global")) {
        return oim_fail(err, OIM_ERR_USAGE,
                        "Global is the policy of everybody; no other policy can have this name");
    }
    enum oim_status status = name_check(name, err);
    if (status != OIM_OK) {
        return status;
    }
    memcpy(identity.name, name, strlen(name) + 1);
    *out = identity;
    return OIM_OK;
}

void policy_identity_format(const struct policy_identity *identity, char *out, size_t out_size)
{
    static const char *const prefixes[] = {
        [POLICY_GLOBAL] = "Global", [POLICY_SITE] = "site:", [POLICY_TAG] = "Tag:"};
    assert(out_size >= POLICY_NAME_SIZE_MAX + 5);
    snprintf(out, out_size, "%s%s", prefixes[identity->scope], identity->name);
}

bool policy_identity_equal(const struct policy_identity *a, const struct policy_identity *b)
{
    return a->scope == b->scope && name_equal_unicode(a->name, b->name);
}

uint64_t policy_identity_hash(const struct policy_identity *identity)
{
    const uint64_t offset_basis = 0xcbf29ce484222325u;
    const uint64_t prime = 0x100000001b3u;
    uint64_t hash = (offset_basis ^ identity->scope) * prime;
    for (const char *name = identity->name; *name != '\0';) {
        hash = (hash ^ (uint32_t)letter_next(&name)) * prime;
    }
    return hash;
}

void policy_init(struct policy *policy, const struct policy_identity *identity)
{
    memset(policy, 0, sizeof(*policy));
    policy->identity = *identity;
}

/* ---- record
 * ---------------------------------------------------------------------------------------------------- */

enum oim_status policy_encode(const struct policy *policy, struct oim_buf *out)
{
    size_t name_size = strlen(policy->identity.name);
    uint8_t head[3] = {POLICY_RECORD_VERSION, (uint8_t)policy->identity.scope, (uint8_t)name_size};
    enum oim_status status = oim_buf_append(out, head, sizeof(head));
    status = status != OIM_OK ? status : oim_buf_append(out, policy->identity.name, name_size);
    return status != OIM_OK ? status
                            : record_write_settings(setting_info(0), policy->settings, SETTING_COUNT, out);
}

enum oim_status policy_decode(struct oim_slice bytes, struct policy *out, struct oim_error *err)
{
    struct record_reader reader = {.rest = bytes};
    uint8_t version = record_read_u8(&reader);
    uint8_t scope = record_read_u8(&reader);
    uint8_t name_size = record_read_u8(&reader);
    struct policy policy = {.identity.scope = POLICY_GLOBAL};
    record_read_text(&reader, name_size, policy.identity.name, sizeof(policy.identity.name));
    if (reader.short_ || scope > POLICY_TAG) {
        return oim_fail(err, OIM_ERR_PROTOCOL, "this is no policy's record");
    }
    if (version != POLICY_RECORD_VERSION) {
        return oim_fail(err, OIM_ERR_PROTOCOL, "the policy's record has version %u; this program reads %u",
                        (unsigned)version, POLICY_RECORD_VERSION);
    }
    policy.identity.scope = (enum policy_scope)scope;
    bool named = policy.identity.scope != POLICY_GLOBAL;
    if (named != (name_size != 0) || (named && name_check(policy.identity.name, NULL) != OIM_OK)) {
        return oim_fail(err, OIM_ERR_PROTOCOL, "the policy's record has a name that no policy can have");
    }
    enum oim_status status =
        record_read_settings(&reader, setting_info(0), policy.settings, SETTING_COUNT, err);
    if (status != OIM_OK) {
        return status;
    }
    if (reader.rest.size != 0) {
        return oim_fail(err, OIM_ERR_PROTOCOL, "the policy's record goes on after its end");
    }
    *out = policy;
    return OIM_OK;
}
