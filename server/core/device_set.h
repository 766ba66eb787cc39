/*
 * device_set.h - whose devices a message is for, and the answer when its slots do not name exactly those.
 *
 * The exact set: the active devices of the recipient and the sender's others (BLUEPRINT B8). A wrong one is
 * not final: DeviceSetWrong is the whole answer, what follows on the lane is GAP (F6).
 */
#ifndef OIM_SERVER_CORE_DEVICE_SET_H
#define OIM_SERVER_CORE_DEVICE_SET_H

#include "server/core/core_internal.h"

struct device_set_difference {
    struct oim_id missing[2 * DEVICES_PER_PERSON_MAX + SLOT_COUNT_MAX];
    struct oim_id extra[SLOT_COUNT_MAX];
    size_t missing_count, extra_count;
};

/** Both mailboxes' envelopes: the same payload, no slots yet. recipient may be NULL: nobody of that id. */
void device_set_begin(const struct frame_submit *submit, const struct account *recipient,
                      struct envelope *out_env, struct envelope *out_own);
/** Sort the slots by whose device they are for. What is for neither is extra. */
void device_set_sort(struct core *core, const struct session *session, const struct account *recipient,
                     const struct frame_submit *submit, struct envelope *out_env, struct envelope *out_own,
                     struct device_set_difference *out_difference);
/** Active devices of person, but for except_dev (0: none), that have no slot. */
void device_set_missing(struct core *core, const struct envelope *envelope, const struct account *person,
                        uint32_t except_dev, struct device_set_difference *out);
/** Slots of devices that were revoked since the message was first looked at. */
void device_set_revoked(struct core *core, const struct envelope *envelope,
                        struct device_set_difference *out);
bool device_set_is_wrong(const struct device_set_difference *difference);
/** Say what differs. The session may have ended afterwards, and what waited on its lane with it. */
void device_set_answer(struct core *core, struct session *session, uint64_t send_no,
                       const struct device_set_difference *difference);

#endif
