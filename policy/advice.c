#include "policy/advice.h"

#include <assert.h>
#include <string.h>

static const char *const codes[ADVICE_KIND_COUNT] = {
    [ADVICE_SWITCHED_ON] = "note_switched_on",
    [ADVICE_ACCEPTED_AGAIN] = "note_accepted_again",
    [ADVICE_UNSET_HERE] = "note_unset_here",
    [ADVICE_OVERRIDDEN] = "note_overridden",
    [ADVICE_ORGANISATION_OFF] = "note_organisation_off",
    [ADVICE_HISTORY_STOPS] = "note_history_stops",
    [ADVICE_UNDOES_OFF] = "note_undoes_off",
    [ADVICE_UNDOES_REFUSAL] = "note_undoes_refusal",
    [ADVICE_UNDOES_SETTING] = "note_undoes_setting",
};

const char *advice_code(enum advice_kind kind)
{
    assert((unsigned)kind < ADVICE_KIND_COUNT);
    return codes[kind];
}

struct advisor {
    struct advice *out;
    size_t count;
};

static void add(struct advisor *advisor, bool holds, enum advice_kind kind, enum setting_id setting)
{
    if (holds) {
        advisor->out[advisor->count++] = (struct advice){.kind = kind, .setting = setting};
    }
}

static struct effective alone(const struct policy *policy, const struct org_config *org)
{
    struct effective effective;
    resolve_effective(&(struct policy_choice){.global = policy}, org, &effective);
    return effective;
}

static bool set_to(const struct policy *policy, enum setting_id id, bool value)
{
    return policy->settings[id].set && policy->settings[id].boolean == value;
}

static bool same_value(const struct setting_value_s *a, const struct setting_value_s *b)
{
    return a->set == b->set && a->boolean == b->boolean && a->uint == b->uint &&
           strcmp(a->text, b->text) == 0;
}

/* Settings that have advice of their own, or are only about the policy they stand in. */
static bool is_told_otherwise(enum setting_id id)
{
    return id == SETTING_ENABLE_IM_AUTO_ARCHIVING || id == SETTING_ENABLE_OFFLINE_IM ||
           id == SETTING_ACCEPT_OFFLINE_IM || id == SETTING_DESCRIPTION;
}

/* What one policy says that the other, which is silent about it, does not keep up. */
struct silence_kinds {
    enum advice_kind off, refusal, setting;
};

static bool turns_on_by_silence(const struct policy *policy, const struct policy *other)
{
    static const struct org_config plain_org = {0};
    return !alone(other, &plain_org).may_leave && alone(policy, &plain_org).may_leave &&
           !set_to(policy, SETTING_ENABLE_OFFLINE_IM, true);
}

static void add_switches(struct advisor *advisor, const struct policy *policy, const struct policy *other,
                         const struct silence_kinds *kinds)
{
    add(advisor, turns_on_by_silence(policy, other), kinds->off, SETTING_ENABLE_OFFLINE_IM);
    add(advisor,
        set_to(other, SETTING_ACCEPT_OFFLINE_IM, false) && !policy->settings[SETTING_ACCEPT_OFFLINE_IM].set,
        kinds->refusal, SETTING_ACCEPT_OFFLINE_IM);
}

static void add_settings(struct advisor *advisor, const struct policy *policy, const struct policy *other,
                         const struct silence_kinds *kinds)
{
    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct setting_value_s *value = &other->settings[id];
        bool differs = value->set && !same_value(value, &setting_info((enum setting_id)id)->built_in);
        add(advisor, differs && !policy->settings[id].set && !is_told_otherwise((enum setting_id)id),
            kinds->setting, (enum setting_id)id);
    }
    assert(advisor->count <= ADVICE_COUNT_MAX);
}

size_t advise(const struct policy *policy, const struct policy *global, const struct org_config *org,
              struct advice out[ADVICE_COUNT_MAX])
{
    static const struct silence_kinds kinds = {ADVICE_SWITCHED_ON, ADVICE_ACCEPTED_AGAIN, ADVICE_UNSET_HERE};
    static const struct org_config plain_org = {0};
    struct advisor advisor = {.out = out};
    struct effective here = alone(policy, &plain_org); /* as far as policies decide */
    bool says_on = set_to(policy, SETTING_ENABLE_OFFLINE_IM, true);
    bool history_follows = org_config_value(org, ORG_HISTORY_FOLLOWS_ARCHIVING)->boolean;

    add_switches(&advisor, policy, global, &kinds);
    add(&advisor,
        policy->settings[SETTING_ENABLE_OFFLINE_IM].set &&
            set_to(policy, SETTING_ENABLE_IM_AUTO_ARCHIVING, !here.may_leave),
        ADVICE_OVERRIDDEN, SETTING_ENABLE_IM_AUTO_ARCHIVING);
    add(&advisor, says_on && !org_config_value(org, ORG_ENABLE_OFFLINE_IM)->boolean, ADVICE_ORGANISATION_OFF,
        SETTING_ENABLE_OFFLINE_IM);
    add(&advisor, history_follows && set_to(policy, SETTING_ENABLE_IM_AUTO_ARCHIVING, false),
        ADVICE_HISTORY_STOPS, SETTING_ENABLE_IM_AUTO_ARCHIVING);
    add_settings(&advisor, policy, global, &kinds);
    return advisor.count;
}

size_t advise_instead(const struct policy *policy, const struct policy *before,
                      struct advice out[ADVICE_COUNT_MAX])
{
    static const struct silence_kinds kinds = {ADVICE_UNDOES_OFF, ADVICE_UNDOES_REFUSAL,
                                               ADVICE_UNDOES_SETTING};
    struct advisor advisor = {.out = out};
    assert(before->identity.scope != POLICY_GLOBAL);
    add_switches(&advisor, policy, before, &kinds);
    add_settings(&advisor, policy, before, &kinds);
    return advisor.count;
}
