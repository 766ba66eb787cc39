/*
 * handle_presence.c - what people say about themselves (a state, a note, until when), and typing, which is
 * passed on and never stored.
 */
#include <string.h>

#include "server/core/handle.h"

static bool may_be_set(enum presence_state state)
{
    return (state >= PRESENCE_AVAILABLE && state <= PRESENCE_INVISIBLE) || state == PRESENCE_AUTO;
}

static void on_stored(struct core *core, const uint64_t context[2])
{
    struct account *person = registry_person(&core->registry, context[0]);
    watch_mark(core, person, true);
}

enum oim_status handle_presences(struct core *core, struct session *session, const struct frame *frame)
{
    struct account updated = *session_person(core, session);
    const struct frame_presences *said = &frame->u.presences;
    const struct presence_item *item = said->items;
    if (said->item_count != 1 || !may_be_set(item->state)) {
        return oim_fail(&core->error, OIM_ERR_PROTOCOL, "one state that people can choose is expected");
    }
    if (!oim_id_is_zero(&item->user) && !oim_id_equal(&item->user, &updated.user_id)) {
        return oim_fail(&core->error, OIM_ERR_DENIED, "everybody sets their own state only");
    }
    if (item->state == PRESENCE_INVISIBLE && !policies_effective(&core->policies, &updated)->appear_offline) {
        return oim_fail(&core->error, OIM_ERR_DENIED, "your policy does not let you appear offline");
    }
    if (item->until_ms != 0 && item->until_ms <= core->wall_ms) {
        return oim_fail(&core->error, OIM_ERR_USAGE, "the state would be over already");
    }
    enum oim_status status = change_open(core, session, frame);
    if (status != OIM_OK) {
        return status;
    }
    updated.state = item->state;
    updated.state_ended = false;
    updated.state_since_ms = core->wall_ms;
    updated.state_until_ms = item->state == PRESENCE_AUTO ? 0 : item->until_ms;
    memcpy(updated.note, item->note, strlen(item->note) + 1);
    change_put_state(core, &updated);
    const struct presence_item now = {.user = updated.user_id,
                                      .state = updated.state,
                                      .note = updated.note,
                                      .since_ms = updated.state_since_ms,
                                      .until_ms = updated.state_until_ms,
                                      .shown = presence_shown(core, &updated)};
    change_answer(core, &(struct frame){.kind = FRAME_PRESENCES,
                                        .request = frame->request,
                                        .u.presences = {.items = &now, .item_count = 1}});
    change_after(core, on_stored, updated.uid, 0);
    change_commit(core);
    return OIM_OK;
}

/* To whom it goes, to_user says who types. Whoever is blocked or invisible seems not to. */
enum oim_status handle_typing(struct core *core, struct session *session, const struct frame *frame)
{
    const struct account *person = session_person(core, session);
    const struct account *peer = registry_person_by_id(&core->registry, &frame->u.typing.to_user);
    struct registry *registry = &core->registry;
    if (peer == NULL || presence_own(core, person) == PRESENCE_INVISIBLE ||
        registry_has_blocked(registry, peer->uid, person->uid) ||
        registry_has_blocked(registry, person->uid, peer->uid)) {
        return OIM_OK; /* one answer, none: nobody learns who blocked whom */
    }
    struct frame passed = {.kind = FRAME_TYPING};
    passed.u.typing.to_user = person->user_id;
    struct session *next = NULL;
    for (struct session *to = peer->session_first; to != NULL; to = next) {
        next = to->person_next;
        if (to->class != CLASS_NONE && to != session) {
            (void)outbox_push(core, to, &passed);
        }
    }
    return OIM_OK;
}
