#include "server/core/device_set.h"

static bool has_slot(const struct envelope *envelope, uint32_t dev)
{
    for (size_t i = 0; i < envelope->slot_count; i++) {
        if (envelope->slot_devs[i] == dev) {
            return true;
        }
    }
    return false;
}

void device_set_missing(struct core *core, const struct envelope *envelope, const struct account *person,
                        uint32_t except_dev, struct device_set_difference *out)
{
    for (struct device *device = registry_first_device(&core->registry, person); device != NULL;
         device = registry_next_device(&core->registry, device)) {
        if (device->dev != except_dev && !has_slot(envelope, device->dev) &&
            out->missing_count < OIM_COUNT(out->missing)) {
            out->missing[out->missing_count++] = device->device_id;
        }
    }
}

/* Slots of devices that were revoked since the message was first looked at. */
void device_set_revoked(struct core *core, const struct envelope *envelope, struct device_set_difference *out)
{
    for (size_t i = 0; i < envelope->slot_count; i++) {
        const struct device *device = registry_device(&core->registry, envelope->slot_devs[i]);
        if (device->revoked_ms != 0 && out->extra_count < OIM_COUNT(out->extra)) {
            out->extra[out->extra_count++] = device->device_id;
        }
    }
}

bool device_set_is_wrong(const struct device_set_difference *difference)
{
    return difference->missing_count > 0 || difference->extra_count > 0;
}

void device_set_answer(struct core *core, struct session *session, uint64_t send_no,
                       const struct device_set_difference *difference)
{
    struct frame frame = {.kind = FRAME_DEVICE_SET_WRONG};
    frame.u.device_set_wrong = (struct frame_device_set_wrong){
        .send_no = send_no,
        .missing = difference->missing,
        .missing_count = difference->missing_count,
        .extra = difference->extra,
        .extra_count = difference->extra_count,
        .log_seq = core->orglog.seq,
    };
    (void)outbox_push(core, session, &frame);
}

/* Envelopes of both mailboxes: the same payload, each with the slots of its own devices. */
void device_set_begin(const struct frame_submit *submit, const struct account *recipient,
                      struct envelope *out_env, struct envelope *out_own)
{
    out_env->suite = submit->suite;
    out_env->payload = submit->payload;
    out_env->to_uid = recipient == NULL ? 0 : recipient->uid;
    out_env->slot_count = 0;
    out_own->suite = submit->suite;
    out_own->payload = submit->payload;
    out_own->to_uid = out_env->to_uid;
    out_own->slot_count = 0;
}

/* Sorts the slots by whose device they are for. What is for neither is extra. */
void device_set_sort(struct core *core, const struct session *session, const struct account *recipient,
                     const struct frame_submit *submit, struct envelope *out_env, struct envelope *out_own,
                     struct device_set_difference *out_difference)
{
    for (size_t i = 0; i < submit->slot_count; i++) {
        const struct device *device = registry_device_by_id(&core->registry, &submit->slots[i].device_id);
        bool active = device != NULL && device->revoked_ms == 0 && device->dev != session->dev;
        struct envelope *envelope = NULL;
        if (active && recipient != NULL && device->uid == recipient->uid) {
            envelope = out_env;
        } else if (active && device->uid == session->uid) {
            envelope = out_own;
        }
        if (envelope != NULL && !has_slot(envelope, device->dev)) {
            envelope->slot_devs[envelope->slot_count] = device->dev;
            envelope->slots[envelope->slot_count++] = submit->slots[i];
        } else if (out_difference->extra_count < OIM_COUNT(out_difference->extra)) {
            out_difference->extra[out_difference->extra_count++] = submit->slots[i].device_id;
        }
    }
}
