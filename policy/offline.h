/*
 * offline.h - the verdict on one message: store, push quietly, only while signed in, or refuse; and why.
 *
 * A pure function from facts to a verdict: DESIGN.md section 4, row by row. The hint in the composer and the
 * answer to a Submit are this one function.
 */
#ifndef OIM_POLICY_OFFLINE_H
#define OIM_POLICY_OFFLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/enums.h"

enum dnd_action { DND_HOLD, DND_REFUSE };

struct offline_facts {
    enum cls cls;

    /* the sender */
    bool sender_may;            /* resolved: organisation, EnableOfflineIm, EnableIMAutoArchiving */
    enum who sender_may_who;    /* who decided when not: WHO_ORGANISATION or WHO_SENDER_POLICY */
    bool sender_has_offline_im; /* its client announced the capability */
    bool sender_version_ok;     /* not older than MinimumClientVersion */
    bool sender_may_receipt;    /* EnableReadReceipts */
    bool to_self;
    bool self_has_other_device;

    /* the recipient, as this sender may know them */
    enum person_state state;
    bool blocked;               /* the recipient blocked the sender */
    bool blocked_by_sender;
    bool accepts;               /* AcceptOfflineIm */
    bool org_on;                /* organisation's EnableOfflineIm */
    bool signed_in;             /* a session within its lease, not of class none */
    enum presence_state presence; /* the person's own state, manual or derived; never the aggregate */
    enum dnd_action dnd_action;
    bool tell_sender_dnd;

    /* how full; the store has the last word */
    bool mailbox_full;
    bool share_full;
};

enum offline_action {
    OFFLINE_STORE_PUSH,  /* stored, pushed */
    OFFLINE_STORE_QUIET, /* stored, pushed without alert, filed as missed */
    OFFLINE_STORE_HOLD,  /* stored, waits for the sign-in */
    OFFLINE_LIVE,        /* only while signed in: pushed from memory, a content-free marker on disk */
    OFFLINE_REFUSE,
    OFFLINE_KEEP_QUEUED  /* not joined yet: refused as final, the client's outbox keeps it (F7) */
};

struct offline_verdict {
    enum offline_action action;
    enum reason reason;     /* REFUSE, KEEP_QUEUED; LIVE: why it is not stored */
    enum who who;
    bool tell_quiet;        /* STORE_QUIET: the sender may learn of it */
};

struct offline_verdict offline_judge(const struct offline_facts *facts);

#endif
