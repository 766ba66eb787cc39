/*
 * judge.c - collects the facts of DESIGN.md section 4 for policy/offline.h. The hint and the verdict are one.
 */
#include <string.h>

#include "server/core/core_internal.h"

void judge_facts(struct core *core, struct account *sender, const struct device *device,
                 struct account *recipient, enum cls cls, struct offline_facts *out)
{
    const struct effective *of_sender = policies_effective(&core->policies, sender);
    const struct effective *of_recipient = policies_effective(&core->policies, recipient);
    bool to_self = sender == recipient;
    enum presence_state own = presence_own(core, recipient);
    *out = (struct offline_facts){
        .cls = cls,
        .sender_may = of_sender->may_leave,
        .sender_may_who = of_sender->may_leave_who,
        .sender_has_offline_im = device->offline_im,
        .sender_version_ok = of_sender->min_version[0] == '\0' ||
                             version_compare(device->client_version, of_sender->min_version) >= 0,
        .sender_may_receipt = of_sender->read_receipts,
        .to_self = to_self,
        .self_has_other_device = to_self && sender->device_count > 1,
        .state = registry_person_state(recipient),
        .blocked = registry_has_blocked(&core->registry, recipient->uid, sender->uid),
        .blocked_by_sender = registry_has_blocked(&core->registry, sender->uid, recipient->uid),
        .accepts = of_recipient->accepts,
        .org_on = of_recipient->org_on,
        .signed_in = presence_signed_in(core, recipient),
        .presence = own,
        .dnd_action = of_recipient->dnd_refuse ? DND_REFUSE : DND_HOLD,
        .tell_sender_dnd = of_recipient->tell_sender_dnd,
    };
}

enum quota_answer judge_fullness(struct core *core, struct account *subject, const struct quota_usage *room)
{
    static const struct envelope shortest = {0};
    const struct quota_limits limits = quota_limits_of(policies_effective(&core->policies, subject));
    return quota_judge(&limits, room, envelope_size(&shortest));
}

struct offline_verdict judge_hint(struct core *core, struct account *viewer, const struct device *device,
                                  struct account *subject, const struct quota_usage *room)
{
    struct offline_facts facts;
    judge_facts(core, viewer, device, subject, CLS_CHAT, &facts);
    if (room != NULL) {
        enum quota_answer answer = judge_fullness(core, subject, room);
        facts.mailbox_full = answer == QUOTA_MAILBOX_FULL;
        facts.share_full = answer == QUOTA_SHARE_FULL;
    }
    return offline_judge(&facts);
}

struct quota_usage judge_room(const struct store_reply *reply)
{
    return (struct quota_usage){.count = reply->u.count.count,
                                .size = reply->u.count.size,
                                .share_count = reply->u.count.share_count,
                                .share_size = reply->u.count.share_size};
}

void judge_detail(struct core *core, struct account *sender, struct account *recipient, enum reason reason,
                  uint64_t limit, struct detail *out)
{
    *out = (struct detail){.policy = "", .min_version = "", .text = "", .limit = limit};
    const struct effective *effective = policies_effective(&core->policies, sender);
    char *name = NULL;
    switch (reason) {
    case REASON_SENDER_OFFLINE_OFF:
    case REASON_RECEIPTS_OFF:
        name = oim_arena_zalloc(&core->frame_arena, 1, IDENTITY_TEXT_SIZE);
        if (name != NULL) {
            policy_identity_format(&effective->policy->identity, name, IDENTITY_TEXT_SIZE);
            out->policy = name;
        }
        break;
    case REASON_CLIENT_TOO_OLD:
        out->min_version = effective->min_version;
        break;
    case REASON_CLOSED:
        if (recipient != NULL) {
            out->text = recipient->say;
            out->at_ms = recipient->closed_ms;
        }
        break;
    case REASON_NOT_JOINED:
        if (recipient != NULL) {
            out->at_ms = recipient->invited_ms;
        }
        break;
    default:
        break;
    }
}
