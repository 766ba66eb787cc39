/*
 * checker_end.c - the last look, when everything has had the time to come to rest.
 */
#include "policy/presence.h"
#include "tests/sim/checker.h"
#include "tests/sim/sim_client.h"
#include "tests/sim/sim_run.h"

#define TELLS_WITHIN_MS 15000u

static bool is_acknowledged(const struct checked_message *message)
{
    return message->outcome == OUTCOME_STORED_PUSHED || message->outcome == OUTCOME_HELD ||
           message->outcome == OUTCOME_PUSHED_QUIET;
}

static bool has_gaps(const struct checker *checker, uint32_t device)
{
    for (uint32_t i = 0; i < checker->gap_count; i++) {
        if (checker->gaps[i].device == device) {
            return true;
        }
    }
    return false;
}

/* A row that the store was never sure of may lie in any gap. */
static bool is_stated_gap(const struct sim *sim, uint32_t device, uint32_t message)
{
    const struct checker *checker = &sim->checker;
    const struct checked_row *rows = checker->rows[sim->org.devices[device].person];
    bool is_known = false;
    for (uint64_t seq = 1; seq < CHECKER_ROW_COUNT_MAX && !is_known; seq++) {
        is_known = rows[seq].is_known && rows[seq].message == message;
    }
    if (!is_known) {
        return has_gaps(checker, device);
    }
    for (uint32_t i = 0; i < checker->gap_count; i++) {
        const struct checked_gap *gap = &checker->gaps[i];
        for (uint64_t seq = gap->from_seq; gap->device == device && seq <= gap->to_seq; seq++) {
            bool is_it = seq < CHECKER_ROW_COUNT_MAX && rows[seq].is_known && rows[seq].message == message;
            if (is_it) {
                return true;
            }
        }
    }
    return false;
}

/* I1, and that the sender heard of it. */
static void check_message(struct sim *sim, uint32_t index)
{
    const struct checked_message *message = &sim->checker.messages[index];
    const struct org_device *from = &sim->org.devices[message->from_device];
    uint32_t recipients = sim_org_devices_of(&sim->org, message->to_person);
    uint32_t senders = sim_org_devices_of(&sim->org, from->person);
    if (!is_acknowledged(message)) {
        return;
    }
    for (uint32_t i = 0; i < sim->org.device_count; i++) {
        uint32_t bit = 1u << i;
        /* Under a small quota there may have been no room for the sender's own copy. */
        bool is_spare = sim->org.quota != 0 && (senders & bit) != 0;
        bool is_owed = (message->slots & bit) != 0 && !is_spare;
        if (is_owed && (message->shown & bit) == 0 && !is_stated_gap(sim, i, index)) {
            sim_find(sim, "I1: message %u was acknowledged (outcome %d) and never shown on device %u", index,
                     (int)message->outcome, i);
        }
        bool hears =
            (senders & bit) != 0 && message->to_person != from->person && !has_gaps(&sim->checker, i);
        /* Its time may have been up before the device that has it could say so; under a small quota an
         * invisible person's rows may go before they are told. */
        if (hears && sim->org.quota == 0 && (message->shown & recipients) != 0 &&
            ((message->told | message->told_expired) & bit) == 0) {
            sim_find(sim, "message %u was delivered, and device %u of its sender does not know", index, i);
        }
        if (hears && (message->shown & recipients) == 0 && (message->slots & recipients) != 0 &&
            (message->told_expired & bit) == 0) {
            sim_find(sim, "message %u expired, and device %u of its sender does not know", index, i);
        }
    }
}

/* I7: rows above its cursor are only those that the device sent itself. */
static void check_device(struct sim *sim, uint32_t index)
{
    const struct sim_client *client = &sim->clients[index];
    const uint64_t cursor = sim_client_cursor(client);
    const struct checked_row *rows = sim->checker.rows[sim->org.devices[index].person];
    uint64_t head = sim_server_read_head(sim, sim->org.devices[index].person + 1);
    if (sim_client_unsent(client) > 0) {
        sim_find(sim, "I7: device %u (%s) still has %u messages in its outbox", index,
                 client->is_real ? "real" : "model", sim_client_unsent(client));
    }
    if (cursor > head) {
        sim_find(sim, "I7: device %u is at %llu, its mailbox ends at %llu", index, (unsigned long long)cursor,
                 (unsigned long long)head);
    }
    uint32_t untold_count = sim->checker.untold_rows[index];
    for (uint64_t seq = cursor + 1; seq <= head && seq < CHECKER_ROW_COUNT_MAX; seq++) {
        bool is_own = rows[seq].is_known && rows[seq].from_device == index;
        if (!rows[seq].is_known && untold_count > 0) {
            untold_count--;
        } else if (!is_own) {
            sim_find(sim,
                     "I7: device %u (%s) is at %llu, and row %llu of %llu never came (%s, from device %u)",
                     index, client->is_real ? "real" : "model", (unsigned long long)cursor,
                     (unsigned long long)seq, (unsigned long long)head,
                     rows[seq].is_known ? "known" : "not known", rows[seq].from_device);
        }
    }
}

/* What the person who wrote a message on this device sees of it. */
static void check_seen(struct sim *sim, uint32_t device, uint32_t index)
{
    const struct checked_message *message = &sim->checker.messages[index];
    const struct profile_message *seen = &sim->clients[device].u.real.profile.messages[index];
    bool is_to_self = message->to_person == sim->org.devices[device].person;
    bool was_delivered = (message->told & 1u << device) != 0;
    if (!seen->is_here || !seen->is_own || is_to_self || message->from_device != device) {
        return;
    }
    if (seen->state == MESSAGE_QUEUED) {
        sim_find(sim, "I7: message %u is queued on device %u for ever", index, device);
    }
    if (!message->is_held) {
        sim_find(sim, "I7: message %u is in state %d on device %u, and the server never had it", index,
                 (int)seen->state, device);
    }
    if (was_delivered && message_state_rank(seen->state) < message_state_rank(MESSAGE_DELIVERED_QUIET)) {
        sim_find(sim, "I7: device %u was told that message %u is delivered, and has it in state %d", device,
                 index, (int)seen->state);
    }
    if (message->outcome == OUTCOME_REFUSED && seen->state != MESSAGE_REFUSED) {
        sim_find(sim, "I7: message %u was refused, and device %u has it in state %d", index, device,
                 (int)seen->state);
    }
}

/* How long nobody has been at any of a person's devices. A model client never says that nobody is there. */
static uint64_t idle_ms(const struct sim *sim, uint32_t person)
{
    uint64_t least_ms = UINT64_MAX;
    for (uint32_t i = 0; i < sim->org.device_count; i++) {
        const struct sim_client *client = &sim->clients[i];
        uint64_t ms = client->is_real ? sim->clock.now_ms - client->u.real.active_ms : 0;
        if (sim->org.devices[i].person == person) {
            least_ms = ms < least_ms ? ms : least_ms;
        }
    }
    return least_ms;
}

/* I10. Everybody is signed in and chose nothing, so only idleness makes a difference. */
static void check_presence(struct sim *sim, uint32_t viewer, uint32_t person)
{
    const struct engine *engine = sim->clients[viewer].u.real.engine;
    const struct person_row *row = engine_person(engine, &sim->org.user_ids[person]);
    uint64_t ms = idle_ms(sim, person);
    enum presence_state before =
        presence_of(PRESENCE_UNKNOWN, ms < TELLS_WITHIN_MS ? 0 : ms - TELLS_WITHIN_MS);
    enum presence_state now = presence_of(PRESENCE_UNKNOWN, ms);
    enum presence_state seen = row == NULL ? PRESENCE_UNKNOWN : row->presence;
    if (seen != now && seen != before) {
        sim_find(sim, "I10: device %u sees person %u in state %d, idle for %llu ms (state %d)", viewer,
                 person, (int)seen, (unsigned long long)ms, (int)now);
    }
}

void checker_on_end(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->org.device_count; i++) {
        check_device(sim, i);
        for (uint32_t person = 0; sim->clients[i].is_real && person < ORG_PERSON_COUNT; person++) {
            if (person != sim->org.devices[i].person) {
                check_presence(sim, i, person);
            }
        }
    }
    for (uint32_t i = 0; i < sim->checker.message_count; i++) {
        check_message(sim, i);
        if (sim->clients[sim->checker.messages[i].from_device].is_real) {
            check_seen(sim, sim->checker.messages[i].from_device, i);
        }
    }
}
