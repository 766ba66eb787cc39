/*
 * resolve.h - the one policy that governs a person, by which grant, and what follows from it.
 *
 * Own grant, else the team's grant, else site:Team, else Global. One object governs: a setting it leaves unset
 * takes the built-in default, not Global's value.
 */
#ifndef OIM_POLICY_RESOLVE_H
#define OIM_POLICY_RESOLVE_H

#include "policy/offline.h"
#include "policy/policy.h"

enum policy_via { POLICY_VIA_OWN, POLICY_VIA_TEAM, POLICY_VIA_SITE, POLICY_VIA_GLOBAL };

/* What is there to choose from; NULL where there is none. global is never NULL. */
struct policy_choice {
    const struct policy *own;
    const struct policy *team;
    const struct policy *site;
    const struct policy *global;
};

struct org_config {
    struct setting_value_s settings[ORG_SETTING_COUNT];
};

/** What is set, else the built-in default. */
const struct setting_value_s *org_config_value(const struct org_config *org, enum org_setting_id id);
/** Record form for the store; as policy_encode. */
OIM_MUST_CHECK enum oim_status org_config_encode(const struct org_config *org, struct oim_buf *out);
OIM_MUST_CHECK enum oim_status org_config_decode(struct oim_slice bytes, struct org_config *out,
                                                 struct oim_error *err);

#define ORIGIN_SIZE (POLICY_NAME_SIZE_MAX + 5) /* "site:", a name; with the terminator */

/* What the hot path needs, resolved once per change and kept with the person. */
struct effective {
    const struct policy *policy; /* borrowed: the governing object */
    enum policy_via via;
    bool may_leave;          /* sender: organisation, EnableOfflineIm, EnableIMAutoArchiving */
    enum who may_leave_who;  /* who decided when not */
    bool accepts;            /* AcceptOfflineIm */
    bool org_on;
    bool dnd_refuse;
    bool tell_sender_dnd;
    uint64_t retention_ms;
    uint64_t quota_count;
    uint64_t quota_size;
    uint32_t share_percent;
    char min_version[32];    /* "" none */
    bool read_receipts;
    bool appear_offline;
    bool privacy_mode;
    uint64_t contacts_max;   /* UINT64_MAX: no limit */
    char retention_origin[ORIGIN_SIZE]; /* of OfflineRetentionDays, as effective_value has it */
};

void resolve_effective(const struct policy_choice *choice, const struct org_config *org, struct effective *out);

/** The value in force and where it comes from: "Tag:X", "site:Sales", "Global" or "default". */
const struct setting_value_s *effective_value(const struct effective *effective, enum setting_id id,
                                              char *out_origin, size_t origin_size);
/** The value in force alone; what is set comes from effective->policy->identity, the rest is the default. */
const struct setting_value_s *effective_setting(const struct effective *effective, enum setting_id id);

/** What decides whether somebody may leave messages, by precedence: "organisation", the name of the setting of
 * the governing policy, or "default". */
const char *effective_rule(const struct effective *effective);

/** -1, 0, 1 as versions "1.10.2" compare; text that is no version is older than any. */
int version_compare(const char *a, const char *b);

#endif
