#include "policy/resolve.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "policy/record.h"
#include "policy/retention.h"

#define ORG_RECORD_VERSION 1

_Static_assert(sizeof(((struct effective *)0)->min_version) > 31, "the longest version fits");

static const struct policy *choose(const struct policy_choice *choice, enum policy_via *out_via)
{
    if (choice->own != NULL) {
        *out_via = POLICY_VIA_OWN;
        return choice->own;
    }
    if (choice->team != NULL) {
        *out_via = POLICY_VIA_TEAM;
        return choice->team;
    }
    if (choice->site != NULL) {
        *out_via = POLICY_VIA_SITE;
        return choice->site;
    }
    *out_via = POLICY_VIA_GLOBAL;
    return choice->global;
}

static const struct setting_value_s *value_of(const struct policy *policy, enum setting_id id)
{
    return policy->settings[id].set ? &policy->settings[id] : &setting_info(id)->built_in;
}

const struct setting_value_s *org_config_value(const struct org_config *org, enum org_setting_id id)
{
    return org->settings[id].set ? &org->settings[id] : &org_setting_info(id)->built_in;
}

/* BLUEPRINT 36: organisation False, no; the policy's EnableOfflineIm; its EnableIMAutoArchiving; yes. */
static bool may_leave(const struct policy *policy, bool org_on, enum who *out_who)
{
    if (!org_on) {
        *out_who = WHO_ORGANISATION;
        return false;
    }
    enum setting_id decides = policy->settings[SETTING_ENABLE_OFFLINE_IM].set
                                  ? SETTING_ENABLE_OFFLINE_IM
                                  : SETTING_ENABLE_IM_AUTO_ARCHIVING;
    bool may = value_of(policy, decides)->boolean;
    *out_who = may ? WHO_NONE : WHO_SENDER_POLICY;
    return may;
}

void resolve_effective(const struct policy_choice *choice, const struct org_config *org,
                       struct effective *out)
{
    assert(choice->global != NULL);

    memset(out, 0, sizeof(*out));
    const struct policy *policy = choose(choice, &out->via);
    out->policy = policy;
    out->org_on = org_config_value(org, ORG_ENABLE_OFFLINE_IM)->boolean;
    out->may_leave = may_leave(policy, out->org_on, &out->may_leave_who);
    out->accepts = value_of(policy, SETTING_ACCEPT_OFFLINE_IM)->boolean;
    out->dnd_refuse = value_of(policy, SETTING_DND_ACTION)->uint == DND_REFUSE;
    out->tell_sender_dnd = value_of(policy, SETTING_TELL_SENDER_DND)->boolean;
    out->retention_ms = value_of(policy, SETTING_OFFLINE_RETENTION_DAYS)->uint * RETENTION_DAY_MS;
    out->quota_count = value_of(policy, SETTING_OFFLINE_QUOTA_MESSAGES)->uint;
    out->quota_size = value_of(policy, SETTING_OFFLINE_QUOTA_BYTES)->uint;
    out->share_percent = (uint32_t)value_of(policy, SETTING_OFFLINE_SENDER_SHARE)->uint;
    const struct setting_value_s *version = value_of(policy, SETTING_MINIMUM_CLIENT_VERSION);
    memcpy(out->min_version, version->text, sizeof(out->min_version) - 1);
    out->read_receipts = value_of(policy, SETTING_ENABLE_READ_RECEIPTS)->boolean;
    out->appear_offline = value_of(policy, SETTING_ENABLE_APPEAR_OFFLINE)->boolean;
    out->privacy_mode = value_of(policy, SETTING_ENABLE_PRIVACY_MODE)->boolean;
    const struct setting_value_s *contacts = value_of(policy, SETTING_MAXIMUM_NUMBER_OF_CONTACTS);
    out->contacts_max = contacts->set ? contacts->uint : UINT64_MAX;
    (void)effective_value(out, SETTING_OFFLINE_RETENTION_DAYS, out->retention_origin,
                          sizeof(out->retention_origin));
}

const struct setting_value_s *effective_value(const struct effective *effective, enum setting_id id,
                                              char *out_origin, size_t origin_size)
{
    if (effective->policy->settings[id].set) {
        policy_identity_format(&effective->policy->identity, out_origin, origin_size);
    } else {
        snprintf(out_origin, origin_size, "default");
    }
    return value_of(effective->policy, id);
}

const struct setting_value_s *effective_setting(const struct effective *effective, enum setting_id id)
{
    return value_of(effective->policy, id);
}

const char *effective_rule(const struct effective *effective)
{
    static const enum setting_id by_precedence[] = {SETTING_ENABLE_OFFLINE_IM,
                                                    SETTING_ENABLE_IM_AUTO_ARCHIVING};
    if (!effective->org_on) {
        return "organisation";
    }
    for (size_t i = 0; i < OIM_COUNT(by_precedence); i++) {
        if (effective->policy->settings[by_precedence[i]].set) {
            return setting_info(by_precedence[i])->name;
        }
    }
    return "default";
}

enum oim_status org_config_encode(const struct org_config *org, struct oim_buf *out)
{
    uint8_t version = ORG_RECORD_VERSION;
    enum oim_status status = oim_buf_append(out, &version, 1);
    return status != OIM_OK
               ? status
               : record_write_settings(org_setting_info(0), org->settings, ORG_SETTING_COUNT, out);
}

enum oim_status org_config_decode(struct oim_slice bytes, struct org_config *out, struct oim_error *err)
{
    struct record_reader reader = {.rest = bytes};
    struct org_config org;
    if (record_read_u8(&reader) != ORG_RECORD_VERSION) {
        return oim_fail(err, OIM_ERR_PROTOCOL, "the organisation's record is of another version");
    }
    enum oim_status status =
        record_read_settings(&reader, org_setting_info(0), org.settings, ORG_SETTING_COUNT, err);
    if (status != OIM_OK) {
        return status;
    }
    if (reader.rest.size != 0) {
        return oim_fail(err, OIM_ERR_PROTOCOL, "the organisation's record goes on after its end");
    }
    *out = org;
    return OIM_OK;
}

/* ---- versions
 * -------------------------------------------------------------------------------------------------- */

/* The next part without leading zeros, as digits: any length compares without overflow. "" after the last. */
static struct oim_slice part_next(const char **text)
{
    while (**text == '0') {
        (*text)++;
    }
    const char *first = *text;
    while (**text >= '0' && **text <= '9') {
        (*text)++;
    }
    struct oim_slice part = oim_slice(first, (size_t)(*text - first));
    if (**text == '.') {
        (*text)++;
    }
    return part;
}

int version_compare(const char *a, const char *b)
{
    bool a_good = version_valid(a);
    bool b_good = version_valid(b);
    if (!a_good || !b_good) {
        return (a_good ? 1 : 0) - (b_good ? 1 : 0);
    }
    while (*a != '\0' || *b != '\0') {
        struct oim_slice x = part_next(&a);
        struct oim_slice y = part_next(&b);
        if (x.size != y.size) {
            return x.size < y.size ? -1 : 1;
        }
        int order = x.size == 0 ? 0 : memcmp(x.data, y.data, x.size);
        if (order != 0) {
            return order < 0 ? -1 : 1;
        }
    }
    return 0;
}
