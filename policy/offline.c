#include "policy/offline.h"

#include <stddef.h>

static struct offline_verdict act(enum offline_action action)
{
    return (struct offline_verdict){.action = action, .reason = REASON_NONE, .who = WHO_NONE};
}

static struct offline_verdict refuse(enum reason reason, enum who who)
{
    return (struct offline_verdict){.action = OFFLINE_REFUSE, .reason = reason, .who = who};
}

/* Only what people write is subject to the sender's switch, quotas and Do Not Disturb (BLUEPRINT 12, 18). */
static bool is_chat(const struct offline_facts *facts)
{
    return facts->cls == CLS_CHAT;
}

/*
 * The recipient as this sender may know them. Blocked and invisible people answer as somebody who is signed
 * out, and who blocked the sender accepts nothing besides (BLUEPRINT 26): from here on nobody can tell the
 * difference.
 */
struct appearance {
    bool signed_in;
    bool undisturbed; /* Do Not Disturb or Presenting; needs a session (BLUEPRINT 25) */
    bool accepts;
};

static struct appearance appearance_of(const struct offline_facts *facts)
{
    bool seen = facts->signed_in && !facts->blocked && facts->presence != PRESENCE_INVISIBLE;
    bool undisturbed = facts->presence == PRESENCE_DND || facts->presence == PRESENCE_PRESENTING;
    return (struct appearance){
        .signed_in = seen,
        .undisturbed = seen && undisturbed && is_chat(facts) && !facts->to_self,
        .accepts = facts->accepts && !facts->blocked,
    };
}

/* Why it may not be stored; REASON_NONE when it may. The widest decision is named: it is the one to go and
 * ask about. */
static struct offline_verdict why_not_stored(const struct offline_facts *facts,
                                             const struct appearance *recipient)
{
    if (is_chat(facts)) {
        if (!facts->org_on || (!facts->sender_may && facts->sender_may_who == WHO_ORGANISATION)) {
            return refuse(REASON_ORG_OFFLINE_OFF, WHO_ORGANISATION);
        }
        if (!facts->sender_may) {
            return refuse(REASON_SENDER_OFFLINE_OFF, WHO_SENDER_POLICY);
        }
        if (!facts->sender_version_ok) {
            return refuse(REASON_CLIENT_TOO_OLD, WHO_SENDER_POLICY);
        }
        if (!facts->sender_has_offline_im) {
            return refuse(REASON_CLIENT_TOO_OLD, WHO_NONE);
        }
    }
    if (!recipient->accepts) {
        return refuse(REASON_RECIPIENT_OFFLINE_OFF, WHO_RECIPIENT_POLICY);
    }
    return refuse(REASON_NONE, WHO_NONE);
}

/* Rows that hold whoever is signed in. True when one of them is the answer. */
static bool judge_people(const struct offline_facts *facts, struct offline_verdict *out)
{
    if (facts->state == PERSON_STATE_NONE) {
        *out = refuse(REASON_NO_SUCH_PERSON, WHO_NONE);
    } else if (facts->state == PERSON_STATE_CLOSED) {
        *out = refuse(REASON_CLOSED, WHO_ORGANISATION);
    } else if (facts->blocked_by_sender) {
        *out = refuse(REASON_BLOCKED_BY_YOU, WHO_NONE);
    } else if (facts->to_self && !facts->self_has_other_device) {
        *out = refuse(REASON_TO_SELF, WHO_NONE);
    } else if (facts->state != PERSON_STATE_ACTIVE) {
        *out = (struct offline_verdict){
            .action = OFFLINE_KEEP_QUEUED, .reason = REASON_NOT_JOINED, .who = WHO_NONE};
    } else {
        return false;
    }
    return true;
}

struct offline_verdict offline_judge(const struct offline_facts *facts)
{
    struct offline_verdict verdict;
    if (facts->cls <= CLS_INVALID || facts->cls > CLS_NOTICE) {
        return refuse(REASON_CLASS, WHO_NONE);
    }
    if (facts->cls == CLS_RECEIPT && !facts->sender_may_receipt) {
        return refuse(REASON_RECEIPTS_OFF, WHO_SENDER_POLICY);
    }
    if (judge_people(facts, &verdict)) {
        return verdict;
    }
    struct appearance recipient = appearance_of(facts);
    if (facts->cls == CLS_TYPING) { /* never stored, so no switch applies */
        return recipient.signed_in ? act(OFFLINE_LIVE) : refuse(REASON_CLASS, WHO_NONE);
    }

    verdict = why_not_stored(facts, &recipient);
    bool storable = verdict.reason == REASON_NONE;
    if (recipient.undisturbed && (!storable || facts->dnd_action == DND_REFUSE)) {
        return refuse(REASON_DND_REFUSED, WHO_RECIPIENT);
    }
    if (!storable) {
        verdict.action = recipient.signed_in ? OFFLINE_LIVE : OFFLINE_REFUSE;
        return verdict;
    }
    if (is_chat(facts) && !facts->to_self && facts->mailbox_full) {
        return refuse(REASON_MAILBOX_FULL, WHO_RECIPIENT_POLICY);
    }
    if (is_chat(facts) && !facts->to_self && facts->share_full) {
        return refuse(REASON_SHARE_FULL, WHO_RECIPIENT_POLICY);
    }
    if (!recipient.signed_in) {
        return act(OFFLINE_STORE_HOLD);
    }
    verdict = act(recipient.undisturbed ? OFFLINE_STORE_QUIET : OFFLINE_STORE_PUSH);
    verdict.tell_quiet = recipient.undisturbed && facts->tell_sender_dnd;
    return verdict;
}
