/*
 * profile.c - see profile.h.
 */
#include "tests/sim/profile.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_run.h"

#define STORE_PATH "profile.db"
#define LOAD_MEMORY_SIZE (4u << 20)
#define CUT_TICK_COUNT 24u

/* ---- in memory -------------------------------------------------------------------------------------------
 */

static struct outbox_row *outbox_find(struct profile *profile, const struct oim_id *msg_id)
{
    for (uint32_t i = 0; i < profile->outbox_count; i++) {
        if (oim_id_equal(&profile->outbox[i].msg_id, msg_id)) {
            return &profile->outbox[i];
        }
    }
    return NULL;
}

static void outbox_put(struct sim *sim, struct profile *profile, const struct outbox_row *row)
{
    struct outbox_row *place = outbox_find(profile, &row->msg_id);
    if (place == NULL) {
        if (profile->outbox_count == PROFILE_OUTBOX_COUNT_MAX) {
            sim_find(sim, "device %u has more in its outbox than anybody wrote", profile->device);
            return;
        }
        place = &profile->outbox[profile->outbox_count++];
        place->ct.data = NULL;
    }
    uint8_t *ct = malloc(row->ct.size + 1);
    assert(ct != NULL);
    memcpy(ct, row->ct.data, row->ct.size);
    free((void *)(uintptr_t)place->ct.data);
    *place = *row;
    place->ct = oim_slice(ct, row->ct.size);
}

static void outbox_drop(struct profile *profile, const struct oim_id *msg_id)
{
    struct outbox_row *row = outbox_find(profile, msg_id);
    if (row != NULL) {
        free((void *)(uintptr_t)row->ct.data);
        size_t index = (size_t)(row - profile->outbox);
        memmove(row, row + 1, (--profile->outbox_count - index) * sizeof(*row));
    }
}

static void put_person(struct profile *profile, const struct person_row *person)
{
    uint32_t at = 0;
    while (at < profile->person_count && !oim_id_equal(&profile->people[at].user_id, &person->user_id)) {
        at++;
    }
    assert(at < PROFILE_PERSON_COUNT_MAX);
    profile->person_count += at == profile->person_count ? 1 : 0;
    profile->people[at] = *person;
}

/* NULL: not one of the checker's (a receipt). */
static struct profile_message *message_of(struct sim *sim, struct profile *profile,
                                          const struct oim_id *msg_id)
{
    uint32_t index = checker_find(sim, msg_id);
    return index == CHECKER_MESSAGE_COUNT_MAX ? NULL : &profile->messages[index];
}

static void add_message(struct sim *sim, struct profile *profile, struct change *change)
{
    struct profile_message *message = message_of(sim, profile, &change->u.message->msg_id);
    if (message == NULL) {
        sim_find(sim, "device %u stores a message that nobody wrote", profile->device);
        return;
    }
    bool text_goes = profile->policy.text_goes;
    if (profile->policy.is_sure && change->u.message->stay != (text_goes ? TEXT_GOES : TEXT_STAYS)) {
        sim_find(sim, "the text of a message that comes to device %u %s, whatever its policy says",
                 profile->device, text_goes ? "stays" : "goes");
    }
    change->applied = !message->is_here;
    if (change->applied) {
        *message = (struct profile_message){.is_here = true,
                                            .is_fresh = true,
                                            .is_own = change->u.message->own,
                                            .state = change->u.message->state};
    }
}

static void set_state(struct sim *sim, struct profile *profile, struct change *change)
{
    const struct change_state *state = change->u.state;
    struct profile_message *message = message_of(sim, profile, &state->msg_id);
    change->applied =
        message != NULL && message->is_here && message->is_own && message_state_moves(message->state, state);
    if (change->applied) {
        message->state = state->state;
    }
}

static void set_shown(struct sim *sim, struct profile *profile, struct change *change)
{
    const struct change_shown *shown = change->u.shown;
    for (size_t i = 0; i < shown->msg_id_count; i++) {
        struct profile_message *message = message_of(sim, profile, &shown->msg_ids[i]);
        if (message != NULL && message->is_here && !message->is_own && shown->read) {
            change->applied |= !message->is_read;
            message->is_read = true;
        }
    }
}

static bool is_set(const struct profile_policy *policy, const char *name, const char *value)
{
    for (size_t i = 0; i < policy->row_count; i++) {
        if (strcmp(policy->rows[i].name, name) == 0) {
            return strcmp(policy->rows[i].value, value) == 0;
        }
    }
    return false;
}

static void put_policy(struct profile *profile, const struct change_policy *told)
{
    struct profile_policy *policy = &profile->policy;
    assert(told->row_count <= PROFILE_POLICY_COUNT_MAX);
    policy->row_count = told->row_count;
    for (size_t i = 0; i < told->row_count; i++) {
        policy->rows[i] = told->rows[i];
    }
    policy->may_leave = told->may_leave;
    policy->text_goes =
        is_set(policy, "HistoryFollowsArchiving", "True") && is_set(policy, "EnableIMAutoArchiving", "False");
}

static void apply(struct sim *sim, struct profile *profile, struct change *change)
{
    struct profile_message *message;
    switch (change->kind) {
    case CHANGE_ACCOUNT:
        profile->account = *change->u.account;
        change->applied = true;
        break;
    case CHANGE_MESSAGE_ADD:
        add_message(sim, profile, change);
        break;
    case CHANGE_MESSAGE_STATE:
        set_state(sim, profile, change);
        break;
    case CHANGE_OUTBOX_PUT:
        outbox_put(sim, profile, change->u.outbox);
        change->applied = true;
        break;
    case CHANGE_OUTBOX_DROP:
        outbox_drop(profile, &change->u.msg_id);
        change->applied = true;
        break;
    case CHANGE_MESSAGE_DROP:
        message = message_of(sim, profile, &change->u.msg_id);
        change->applied = message != NULL && message->is_here;
        if (change->applied) {
            *message = (struct profile_message){.is_here = false};
        }
        break;
    case CHANGE_SHOWN:
        set_shown(sim, profile, change);
        break;
    case CHANGE_PERSON:
        put_person(profile, change->u.person);
        change->applied = true;
        break;
    case CHANGE_POLICY:
        put_policy(profile, change->u.policy);
        change->applied = true;
        break;
    case CHANGE_GAP:
    case CHANGE_NOTICE:
    case CHANGE_QUIET:
        change->applied = true;
        break;
    }
}

/* ---- on a disk -------------------------------------------------------------------------------------------
 */

static bool open_store(struct sim *sim, struct profile *profile)
{
    struct oim_error err;
    sqlite3_vfs *usual = sqlite3_vfs_find(NULL);
    (void)sqlite3_vfs_register(sqlite3_vfs_find(profile->vfs_name), 1);
    enum oim_status status = local_store_open(&profile->store, STORE_PATH, &err);
    (void)sqlite3_vfs_register(usual, 1);
    if (status != OIM_OK) {
        profile->store = NULL;
        sim_find(sim, "I9: the store of device %u cannot be opened: %s", profile->device, err.text);
    }
    return status == OIM_OK;
}

/* What one change did must be the same in memory and on disk: the states are one rule, written twice. */
static void compare_applied(struct sim *sim, const struct profile *profile, const struct change *changes,
                            const bool *applied, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool is_told = changes[i].kind == CHANGE_MESSAGE_ADD || changes[i].kind == CHANGE_MESSAGE_STATE;
        if (is_told && changes[i].applied != applied[i]) {
            sim_find(sim, "the store of device %u says that change %zu (kind %d) was%s made", profile->device,
                     i, (int)changes[i].kind, applied[i] ? "" : " not");
        }
    }
}

bool profile_commit(struct sim *sim, struct profile *profile, struct change *changes, size_t count,
                    bool power_dies)
{
    static bool applied[4096];
    struct oim_error err;
    if (profile->store != NULL) {
        assert(count <= OIM_COUNT(applied));
        if (power_dies) {
            disk_sim_cut_at(profile->disk, disk_sim_tick(profile->disk) + 1 + sim_below(sim, CUT_TICK_COUNT));
        }
        enum oim_status status = local_store_commit(profile->store, changes, count, &err);
        if (status != OIM_OK && !power_dies) {
            sim_find(sim, "the store of device %u failed by itself: %s", profile->device, err.text);
        }
        if (status != OIM_OK) {
            return false;
        }
        for (size_t i = 0; i < count; i++) {
            applied[i] = changes[i].applied;
            changes[i].applied = false;
        }
    }
    size_t policy_count = 0;
    for (size_t i = 0; i < count; i++) {
        policy_count += changes[i].kind == CHANGE_POLICY ? 1 : 0;
    }
    profile->policy.is_sure = policy_count < 2;
    for (size_t i = 0; i < count; i++) {
        apply(sim, profile, &changes[i]);
    }
    if (profile->store != NULL) {
        compare_applied(sim, profile, changes, applied, count);
    }
    return true;
}

static void check_against(struct sim *sim, const struct profile *profile, const struct local_start *found)
{
    const struct account *was = &profile->account;
    const struct account *is = &found->account;
    if (is->cursor < was->cursor || is->conn_counter < was->conn_counter ||
        is->last_send_no < was->last_send_no) {
        sim_find(
            sim,
            "I9: device %u remembers cursor %llu, connection %llu, number %llu, and had %llu, %llu, %llu",
            profile->device, (unsigned long long)is->cursor, (unsigned long long)is->conn_counter,
            (unsigned long long)is->last_send_no, (unsigned long long)was->cursor,
            (unsigned long long)was->conn_counter, (unsigned long long)was->last_send_no);
    }
}

struct recovery {
    struct sim *sim;
    struct profile *profile;
    struct profile_message found[CHECKER_MESSAGE_COUNT_MAX];
};

static bool recover_message(void *context, const struct message *row)
{
    struct recovery *recovery = context;
    uint32_t index = checker_find(recovery->sim, &row->msg_id);
    if (index != CHECKER_MESSAGE_COUNT_MAX) {
        recovery->found[index] =
            (struct profile_message){.is_here = true,
                                     .is_own = row->own,
                                     .is_fresh = !recovery->profile->messages[index].is_here ||
                                                 recovery->profile->messages[index].is_fresh,
                                     .is_read = row->read_ms != 0,
                                     .state = row->state};
    }
    return true;
}

static void recover_messages(struct sim *sim, struct profile *profile)
{
    static struct recovery recovery;
    struct oim_error err;
    struct local_store_query query = {.which = LOCAL_STORE_ALL};
    recovery = (struct recovery){.sim = sim, .profile = profile};
    if (local_store_each(profile->store, &query, recover_message, &recovery, &err) != OIM_OK) {
        sim_find(sim, "I9: the store of device %u cannot be read: %s", profile->device, err.text);
    }
    for (uint32_t i = 0; i < sim->checker.message_count; i++) {
        const struct profile_message *was = &profile->messages[i];
        const struct profile_message *is = &recovery.found[i];
        if (was->is_here && !is->is_here && !was->is_own) {
            sim_find(sim, "I9: device %u had message %u and has it no more", profile->device, i);
        }
        if (was->is_here && is->is_here && message_state_rank(is->state) < message_state_rank(was->state)) {
            sim_find(sim, "I9: device %u remembers message %u in state %d, and had it in %d", profile->device,
                     i, (int)is->state, (int)was->state);
        }
    }
    memcpy(profile->messages, recovery.found, sizeof(profile->messages));
}

void profile_recover(struct sim *sim, struct profile *profile)
{
    static uint8_t memory[LOAD_MEMORY_SIZE];
    struct oim_arena arena;
    struct local_start found;
    struct oim_error err;
    if (profile->disk == NULL) {
        return;
    }
    if (!disk_sim_is_cut(profile->disk)) {
        disk_sim_cut_at(profile->disk, disk_sim_tick(profile->disk) + 1);
    }
    local_store_close(profile->store);
    disk_sim_power_cycle(profile->disk);
    if (!open_store(sim, profile)) {
        return;
    }
    oim_arena_init(&arena, memory, sizeof(memory));
    if (local_store_load(profile->store, &arena, &found, &err) != OIM_OK) {
        sim_find(sim, "I9: the store of device %u cannot be loaded: %s", profile->device, err.text);
        return;
    }
    check_against(sim, profile, &found);
    recover_messages(sim, profile);
    profile->account = found.account;
    while (profile->outbox_count > 0) {
        outbox_drop(profile, &profile->outbox[0].msg_id);
    }
    for (size_t i = 0; i < found.outbox_count; i++) {
        outbox_put(sim, profile, &found.outbox[i]);
    }
    profile->person_count = 0;
    for (size_t i = 0; i < found.person_count; i++) {
        put_person(profile, &found.people[i]);
    }
    put_policy(profile, &found.policy);
}

/* ---- its life --------------------------------------------------------------------------------------------
 */

void profile_init(struct sim *sim, struct profile *profile, uint32_t device, const struct account *account)
{
    memset(profile, 0, offsetof(struct profile, outbox));
    put_policy(profile, &(struct change_policy){.row_count = 0});
    profile->device = device;
    if (sim->options.disks) {
        (void)snprintf(profile->vfs_name, sizeof(profile->vfs_name), "device-%u", device);
        profile->disk = disk_sim_create(profile->vfs_name, fake_random_u64(&sim->random));
        (void)open_store(sim, profile);
    }
    struct change change = {.kind = CHANGE_ACCOUNT, .u.account = account};
    (void)profile_commit(sim, profile, &change, 1, false);
}

void profile_finish(struct profile *profile)
{
    while (profile->outbox_count > 0) {
        outbox_drop(profile, &profile->outbox[0].msg_id);
    }
    local_store_close(profile->store);
    disk_sim_destroy(profile->disk);
    profile->store = NULL;
    profile->disk = NULL;
}

void profile_start(const struct profile *profile, struct engine_event *out)
{
    static struct change_policy policy;
    policy = (struct change_policy){.rows = profile->policy.rows,
                                    .row_count = profile->policy.row_count,
                                    .name = "",
                                    .via = "",
                                    .may_leave = profile->policy.may_leave,
                                    .rule = ""};
    out->kind = ENGINE_START;
    out->u.start.account = &profile->account;
    out->u.start.outbox = profile->outbox;
    out->u.start.outbox_count = profile->outbox_count;
    out->u.start.people = profile->people;
    out->u.start.person_count = profile->person_count;
    out->u.start.policy = &policy;
}
