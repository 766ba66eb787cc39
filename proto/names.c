/*
 * names.c - the protocol's numbers as words; see names.h.
 */
#include "proto/names.h"

#include <stddef.h>
#include <string.h>

#include "common/attr.h"

static const char *const reason_names[REASON_COUNT] = {
    [REASON_NONE] = "",
    [REASON_SENDER_OFFLINE_OFF] = "sender_offline_off",
    [REASON_RECIPIENT_OFFLINE_OFF] = "recipient_offline_off",
    [REASON_ORG_OFFLINE_OFF] = "org_offline_off",
    [REASON_DND_REFUSED] = "dnd_refused",
    [REASON_GONE_MEANWHILE] = "gone_meanwhile",
    [REASON_MAILBOX_FULL] = "mailbox_full",
    [REASON_SHARE_FULL] = "share_full",
    [REASON_CLOSED] = "closed",
    [REASON_NOT_JOINED] = "not_joined",
    [REASON_CLIENT_TOO_OLD] = "client_too_old",
    [REASON_NO_SUCH_PERSON] = "no_such_person",
    [REASON_TOO_LONG] = "too_long",
    [REASON_TO_SELF] = "to_self",
    [REASON_RATE] = "rate",
    [REASON_DISK_FULL] = "disk_full",
    [REASON_CONFLICT] = "conflict",
    [REASON_CLASS] = "class",
    [REASON_BUSY] = "busy",
    [REASON_BLOCKED_BY_YOU] = "blocked_by_you",
    [REASON_RECEIPTS_OFF] = "receipts_off",
    [REASON_ACCOUNT_RESET] = "account_reset",
};

static const char *const who_names[] = {
    [WHO_NONE] = "",
    [WHO_SENDER_POLICY] = "sender_policy",
    [WHO_RECIPIENT_POLICY] = "recipient_policy",
    [WHO_ORGANISATION] = "organisation",
    [WHO_RECIPIENT] = "recipient",
};

static const char *const presence_names[PRESENCE_STATE_COUNT] = {
    [PRESENCE_UNKNOWN] = "",
    [PRESENCE_AVAILABLE] = "available",
    [PRESENCE_BUSY] = "busy",
    [PRESENCE_DND] = "dnd",
    [PRESENCE_PRESENTING] = "presenting",
    [PRESENCE_BRB] = "brb",
    [PRESENCE_AWAY] = "away",
    [PRESENCE_OFFWORK] = "offwork",
    [PRESENCE_INVISIBLE] = "invisible",
    [PRESENCE_INACTIVE] = "inactive",
    [PRESENCE_OFFLINE] = "offline",
    [PRESENCE_AUTO] = "auto",
    [PRESENCE_BUSY_INACTIVE] = "busy_inactive",
};

static const char *const role_names[] = {
    [ROLE_NONE] = "",           [ROLE_USER] = "user",   [ROLE_BOT] = "bot",
    [ROLE_AUDITOR] = "auditor", [ROLE_ADMIN] = "admin", [ROLE_OWNER] = "owner",
};

static const char *const person_state_names[] = {
    [PERSON_STATE_NONE] = "",         [PERSON_STATE_INVITED] = "invited",
    [PERSON_STATE_ACTIVE] = "active", [PERSON_STATE_NO_DEVICE] = "no_device",
    [PERSON_STATE_CLOSED] = "closed",
};

static const char *const notice_names[] = {
    [NOTICE_NONE] = "",
    [NOTICE_DELIVERED] = "delivered",
    [NOTICE_EXPIRED] = "expired",
    [NOTICE_ERASED] = "erased",
    [NOTICE_ROOM_AGAIN] = "room_again",
    [NOTICE_CONTACT_ADDED] = "contact_added",
    [NOTICE_NOT_DELIVERED] = "not_delivered",
    [NOTICE_DELIVERED_QUIET] = "delivered_quiet",
    [NOTICE_JOINED] = "joined",
    [NOTICE_EXPIRED_HERE] = "expired_here",
    [NOTICE_ERASED_HERE] = "erased_here",
    [NOTICE_FILLING] = "filling",
    [NOTICE_ACCOUNT_RESET] = "account_reset",
};

static const char *const gap_why_names[] = {
    [GAP_NONE] = "unreadable", [GAP_EXPIRED] = "expired", [GAP_ERASED] = "erased",
    [GAP_NO_SLOT] = "no_slot", [GAP_CAP] = "cap",
};

static const char *name_at(const char *const *names, size_t count, unsigned value)
{
    return value < count ? names[value] : "";
}

static unsigned value_of(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 1; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return (unsigned)i;
        }
    }
    return 0;
}

const char *reason_name(enum reason reason)
{
    return name_at(reason_names, OIM_COUNT(reason_names), reason);
}

enum reason reason_from_name(const char *name)
{
    return (enum reason)value_of(reason_names, OIM_COUNT(reason_names), name);
}

const char *who_name(enum who who)
{
    return name_at(who_names, OIM_COUNT(who_names), who);
}

enum who who_from_name(const char *name)
{
    return (enum who)value_of(who_names, OIM_COUNT(who_names), name);
}

const char *presence_name(enum presence_state state)
{
    return name_at(presence_names, OIM_COUNT(presence_names), state);
}

enum presence_state presence_from_name(const char *name)
{
    return (enum presence_state)value_of(presence_names, OIM_COUNT(presence_names), name);
}

const char *role_name(enum role role)
{
    return name_at(role_names, OIM_COUNT(role_names), role);
}

enum role role_from_name(const char *name)
{
    return (enum role)value_of(role_names, OIM_COUNT(role_names), name);
}

const char *person_state_name(enum person_state state)
{
    return name_at(person_state_names, OIM_COUNT(person_state_names), state);
}

const char *notice_name(enum notice_what what)
{
    return name_at(notice_names, OIM_COUNT(notice_names), what);
}

const char *gap_why_name(enum gap_why why)
{
    return name_at(gap_why_names, OIM_COUNT(gap_why_names), why);
}
