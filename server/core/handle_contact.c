/*
 * handle_contact.c - Contact: list, add, remove, block, unblock.
 *
 * Being added is news that waits like mail (CONTACT_ADDED), once per pair of people, unless they blocked
 * whoever adds them or their policy says no (EnableNotificationForNewSubscribers). To be a contact from the
 * start (StartContacts) is not to be added: the first time that somebody says so is. Nothing here tells the
 * one who adds whether they are blocked.
 */
#include <string.h>

#include "server/core/handle.h"

/* ---- list
 * -------------------------------------------------------------------------------------------------------- */

struct listing {
    uint32_t after_uid;
    struct account *peers[CONTACT_PAGE_MAX];
    size_t count;
    bool more;
};

/* Keeps the first CONTACT_PAGE_MAX behind after_uid, by uid. */
static void add_to_listing(struct core *core, struct account *peer, void *context)
{
    struct listing *listing = context;
    size_t at = listing->count;
    (void)core;
    if (peer->uid <= listing->after_uid) {
        return;
    }
    while (at > 0 && listing->peers[at - 1]->uid > peer->uid) {
        at--;
    }
    if (at == CONTACT_PAGE_MAX) {
        listing->more = true;
        return;
    }
    if (listing->count == CONTACT_PAGE_MAX) {
        listing->count--;
        listing->more = true;
    }
    memmove(&listing->peers[at + 1], &listing->peers[at], (listing->count - at) * sizeof(listing->peers[0]));
    listing->peers[at] = peer;
    listing->count++;
}

static struct contact_item item_of(struct core *core, struct account *owner, struct account *peer)
{
    return (struct contact_item){
        .user = peer->user_id,
        .contact = contacts_has(core, owner, peer),
        .blocked = registry_has_blocked(&core->registry, owner->uid, peer->uid),
    };
}

static enum oim_status list(struct core *core, struct session *session, const struct frame *frame)
{
    struct account *owner = session_person(core, session);
    const struct account *after = registry_person_by_id(&core->registry, &frame->u.contact.after);
    struct listing listing = {.after_uid = after == NULL ? 0 : after->uid};
    contacts_each(core, owner, add_to_listing, &listing);
    for (const struct contact *contact = owner->contact_first; contact != NULL;
         contact = contact->of_owner_next) {
        if ((contact->flags & (CONTACT_HAS | CONTACT_BLOCKED)) == CONTACT_BLOCKED) {
            add_to_listing(core, registry_person(&core->registry, contact->peer_uid), &listing);
        }
    }
    struct contact_item *items = oim_arena_zalloc(&core->frame_arena, CONTACT_PAGE_MAX, sizeof(*items));
    if (items == NULL) {
        return OIM_ERR_LIMIT;
    }
    for (size_t i = 0; i < listing.count; i++) {
        items[i] = item_of(core, owner, listing.peers[i]);
    }
    struct frame answer = {.kind = FRAME_CONTACTS, .request = frame->request};
    answer.u.contacts =
        (struct frame_contacts){.items = items, .item_count = listing.count, .more = listing.more};
    (void)outbox_push(core, session, &answer);
    return OIM_OK;
}

/* ---- changes
 * ----------------------------------------------------------------------------------------------------- */

#define ADDED_NEW 256u /* beside the operation, in the context of a change */

static void on_changed(struct core *core, const uint64_t context[2])
{
    struct account *owner = registry_person(&core->registry, context[0] >> 32);
    struct account *peer = registry_person(&core->registry, context[0] & UINT32_MAX);
    switch ((enum contact_op)(context[1] & ~(uint64_t)ADDED_NEW)) {
    case CONTACT_OP_ADD:
        watch_tell_one(core, owner, peer);
        break;
    case CONTACT_OP_BLOCK:
        watch_tell_gone(core, peer, owner);
        break;
    case CONTACT_OP_UNBLOCK:
        watch_tell_one(core, peer, owner);
        break;
    default:
        break;
    }
    if ((context[1] & ADDED_NEW) != 0) {
        const struct notice notice = {
            .what = NOTICE_CONTACT_ADDED, .peer_uid = owner->uid, .at_ms = core->wall_ms};
        (void)notices_send(core, peer->uid, &notice);
    }
}

static bool wants_to_know(struct core *core, struct account *peer, const struct account *owner)
{
    const struct effective *effective = policies_effective(&core->policies, peer);
    return peer->joined && !peer->closed && !registry_has_blocked(&core->registry, peer->uid, owner->uid) &&
           effective_setting(effective, SETTING_ENABLE_NOTIFICATION_FOR_NEW_SUBSCRIBERS)->boolean;
}

static enum oim_status check_room(struct core *core, struct account *owner, bool adds, bool makes)
{
    uint64_t contacts_max = policies_effective(&core->policies, owner)->contacts_max;
    if (adds && owner->contact_count >= contacts_max) {
        return oim_fail(&core->error, OIM_ERR_LIMIT, "your policy allows you %llu contacts",
                        (unsigned long long)contacts_max);
    }
    if (makes && core->registry.contacts.count >= core->registry.contacts.capacity) {
        return oim_fail(&core->error, OIM_ERR_LIMIT, "this server holds no more contacts");
    }
    return OIM_OK;
}

static uint32_t flags_after(enum contact_op op, uint32_t flags)
{
    switch (op) {
    case CONTACT_OP_ADD:
        return flags | CONTACT_HAS | CONTACT_ADDED;
    case CONTACT_OP_REMOVE:
        return flags & ~(uint32_t)CONTACT_HAS;
    case CONTACT_OP_BLOCK:
        return flags | CONTACT_BLOCKED;
    default:
        return flags & ~(uint32_t)CONTACT_BLOCKED;
    }
}

static void answer_item(struct core *core, struct session *session, const struct frame *frame,
                        const struct contact_item *item, bool when_committed)
{
    struct frame answer = {.kind = FRAME_CONTACTS, .request = frame->request};
    answer.u.contacts = (struct frame_contacts){.items = item, .item_count = 1};
    if (when_committed) {
        change_answer(core, &answer);
    } else {
        (void)outbox_push(core, session, &answer);
    }
}

static enum oim_status change(struct core *core, struct session *session, const struct frame *frame)
{
    enum contact_op op = frame->u.contact.op;
    struct account *owner = session_person(core, session);
    struct account *peer = registry_person_by_id(&core->registry, &frame->u.contact.user);
    if (peer == NULL || registry_is_erased(peer)) {
        return oim_fail(&core->error, OIM_ERR_NOT_FOUND, "there is no such person");
    }
    if (peer == owner) {
        return oim_fail(&core->error, OIM_ERR_USAGE, "this is yourself");
    }
    const struct contact *before = registry_contact(&core->registry, owner->uid, peer->uid);
    bool had = contacts_has(core, owner, peer);
    struct contact updated = {.owner_uid = owner->uid, .peer_uid = peer->uid};
    if (before != NULL) {
        updated = *before;
    } else if (had) {
        updated.flags = CONTACT_HAS; /* from the start; the record speaks for it from now on */
    }
    uint32_t flags = flags_after(op, updated.flags);
    struct contact_item item = {.user = peer->user_id,
                                .contact = (flags & CONTACT_HAS) != 0,
                                .blocked = (flags & CONTACT_BLOCKED) != 0};
    if (flags == updated.flags) {
        answer_item(core, session, frame, &item, false);
        return OIM_OK;
    }
    enum oim_status status = check_room(core, owner, op == CONTACT_OP_ADD, before == NULL);
    if (status == OIM_OK) {
        status = change_open(core, session, frame);
    }
    if (status != OIM_OK) {
        return status;
    }
    bool is_new = (flags & ~updated.flags & CONTACT_ADDED) != 0 && wants_to_know(core, peer, owner);
    updated.flags = flags;
    change_put_contact(core, &updated);
    if (op == CONTACT_OP_BLOCK || op == CONTACT_OP_UNBLOCK) {
        change_raise_policy_version(core); /* judged in verdicts: BLUEPRINT B23 */
    }
    answer_item(core, session, frame, &item, true);
    change_after(core, on_changed, (uint64_t)owner->uid << 32 | peer->uid, op | (is_new ? ADDED_NEW : 0u));
    change_commit(core);
    return OIM_OK;
}

enum oim_status handle_contact(struct core *core, struct session *session, const struct frame *frame)
{
    enum oim_status status = OIM_ERR_PROTOCOL;
    switch (frame->u.contact.op) {
    case CONTACT_OP_LIST:
        status = list(core, session, frame);
        break;
    case CONTACT_OP_ADD:
    case CONTACT_OP_REMOVE:
    case CONTACT_OP_BLOCK:
    case CONTACT_OP_UNBLOCK:
        status = change(core, session, frame);
        break;
    case CONTACT_OP_NONE:
        break;
    }
    if (status == OIM_OK) {
        return OIM_OK;
    }
    struct frame answer = {.kind = FRAME_CONTACTS, .request = frame->request};
    answer.u.contacts.code = oim_status_wire_code(status);
    (void)outbox_push(core, session, &answer);
    return OIM_OK;
}
