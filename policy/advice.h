/*
 * advice.h - what an administrator should hear about a policy before others find out (USERS.md B3).
 *
 * One object governs a person, and what it leaves unset falls to the built-in default, not to Global's value.
 * That is the original's rule and surprises everybody; so New, Set and Grant say it whenever it changes what
 * people may do.
 */
#ifndef OIM_POLICY_ADVICE_H
#define OIM_POLICY_ADVICE_H

#include "policy/resolve.h"

enum advice_kind {
    ADVICE_SWITCHED_ON,    /* Global turns leaving messages off; this policy turns it on by saying nothing */
    ADVICE_ACCEPTED_AGAIN, /* the same for AcceptOfflineIm */
    ADVICE_UNSET_HERE,     /* Global sets `setting`, this policy leaves it unset: the default counts */
    ADVICE_OVERRIDDEN, /* EnableIMAutoArchiving says one thing and EnableOfflineIm, which decides, another */
    ADVICE_ORGANISATION_OFF, /* the organisation turns it off, so it is no use that this policy turns it on */
    ADVICE_HISTORY_STOPS,    /* EnableIMAutoArchiving False also stops history (HistoryFollowsArchiving) */
    ADVICE_UNDOES_OFF,     /* what governed until now turns leaving messages off; this policy says nothing */
    ADVICE_UNDOES_REFUSAL, /* the same for AcceptOfflineIm */
    ADVICE_UNDOES_SETTING, /* what governed until now sets `setting`, this policy leaves it unset */
    ADVICE_KIND_COUNT
};

struct advice {
    enum advice_kind kind;
    enum setting_id setting; /* ADVICE_UNSET_HERE, ADVICE_UNDOES_SETTING */
};

#define ADVICE_COUNT_MAX (ADVICE_KIND_COUNT + SETTING_COUNT)

/** For whoever gets this policy; global may be policy itself. Returns how many were written. */
size_t advise(const struct policy *policy, const struct policy *global, const struct org_config *org,
              struct advice out[ADVICE_COUNT_MAX]);
/** For whom before governed until now: another policy than Global, which advise() tells of. Only _UNDOES_. */
size_t advise_instead(const struct policy *policy, const struct policy *before,
                      struct advice out[ADVICE_COUNT_MAX]);
/** The code of the note that goes with the answer: "note_switched_on". Its parameter: `setting`'s name, else
 * the policy's identity; for _UNDOES_ the identity of what governed before is in it. */
const char *advice_code(enum advice_kind kind);

#endif
