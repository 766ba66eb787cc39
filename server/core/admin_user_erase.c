/*
 * admin_user_erase.c - removing a person, and what the server holds of them.
 *
 * The change that is signed and audited closes the account and takes everything out of its record that says
 * who it was; the login is free from then on. What is left of the record is a handle and an id: whose the
 * messages were that still wait for others, which belong to their recipients. Once it is committed the rest
 * goes, a dozen records at a time: devices' names, contacts both ways, presence, lines, who waits for them;
 * then what waits for the person, with a word to each sender; then every other row of the mailbox; then what
 * the store's own log still shows of all that (BLUEPRINT B51). Only then is the administrator answered.
 *
 * What the store has no time for goes on soon, and at the next start of a server that ends in between:
 * erased_seq of a record that is done is UINT64_MAX.
 * Both chains stay as they are, with login, name and whatever else the requests said: they could not be
 * checked otherwise.
 */
#include <string.h>

#include "server/core/admin.h"
#include "server/core/records.h"

#define STEP_COUNT 12u /* records in one change */

static void go_on(struct core *core, const uint64_t context[2]);

static uint32_t uid_of(const uint64_t context[2])
{
    return (uint32_t)(context[1] >> 32);
}

static struct erasure erasure_of(const uint64_t context[2]);

/* ---- the end ------------------------------------------------------------------------------------------- */

static bool is_done(const struct account *person)
{
    return person->erased_seq == UINT64_MAX;
}

static void make_rows(struct admin_call *call, struct pending *pending, const struct store_reply *reply)
{
    const struct erasure *erasure = admin_erasure(pending);
    const struct account *person = registry_person(&call->core->registry, erasure->uid);
    (void)reply;
    if (admin_row(call, 3)) {
        admin_id(call, "user", &person->user_id);
        admin_number(call, "erased", person->erased_count);
        admin_flag(call, "finished", is_done(person));
    }
}

/* Answered however far it came: the account is gone, and a repeat would find nobody. */
static void end(struct core *core, const uint64_t context[2])
{
    const struct erasure erasure = erasure_of(context);
    struct account *person = registry_person(&core->registry, erasure.uid);
    person->erasing = ERASING_NOTHING;
    core_log(core, is_done(person) ? EFFECT_LOG_INFO : EFFECT_LOG_WARN, "user_erased", "uid=%u finished=%d",
             erasure.uid, is_done(person));
    admin_erasure_answer(core, &erasure);
    if (!is_done(person)) {
        admin_erase_again(core);
    }
}

static void go_to(struct core *core, const struct erasure *erasure, enum erasing step)
{
    const uint64_t context[2] = {erasure->conn, (uint64_t)erasure->uid << 32 | erasure->request};
    registry_person(&core->registry, erasure->uid)->erasing = step;
    go_on(core, context);
}

static void stop(struct core *core, const struct erasure *erasure)
{
    const uint64_t context[2] = {erasure->conn, (uint64_t)erasure->uid << 32 | erasure->request};
    end(core, context);
}

/* ---- the store's own log ------------------------------------------------------------------------------- */

static void on_scrubbed(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    if (reply->result == STORE_OK) {
        go_to(core, admin_erasure(pending), ERASING_MARK);
    } else {
        stop(core, admin_erasure(pending));
    }
}

static void on_emptied(struct core *core, const uint64_t context[2])
{
    const struct erasure erasure = erasure_of(context);
    struct pending *pending = admin_erasure_take(core, &erasure, STORE_TRIM, on_scrubbed, 0);
    if (pending == NULL) {
        end(core, context);
        return;
    }
    pending_submit(core, pending)->u.trim.scrub = true;
}

/* ---- what waits ---------------------------------------------------------------------------------------- */

static void on_told(struct core *core, const struct erasure *erasure, bool all_gone)
{
    registry_person(&core->registry, erasure->uid)->erased_count += erasure->count;
    if (all_gone) {
        go_to(core, erasure, ERASING_ROWS);
    } else {
        stop(core, erasure);
    }
}

static struct erasure erasure_of(const uint64_t context[2])
{
    return (struct erasure){.conn = context[0],
                            .request = (uint32_t)context[1],
                            .uid = uid_of(context),
                            .why = GONE_ERASED,
                            .op = ADMIN_USER_ERASE,
                            .make_rows = make_rows,
                            .then = on_told};
}

/* ---- records ------------------------------------------------------------------------------------------- */

static bool has_room(const struct core *core)
{
    return core->change.count + 2 <= STEP_COUNT;
}

static void delete_u64(struct core *core, enum records_ns ns, uint64_t handle, uint64_t version)
{
    uint8_t key[RECORDS_KEY_SIZE_MAX];
    if (version != 0 && has_room(core)) {
        change_delete(core, ns, oim_slice(key, records_key_u64(handle, key)), version);
    }
}

static void delete_contact(struct core *core, const struct contact *contact)
{
    uint8_t key[RECORDS_KEY_SIZE_MAX];
    size_t size = records_key_pair(contact->owner_uid, contact->peer_uid, key);
    change_delete(core, RECORDS_CONTACT, oim_slice(key, size), contact->version);
}

static void put_contacts(struct core *core, const struct account *person)
{
    for (const struct contact *contact = person->contact_first; contact != NULL && has_room(core);
         contact = contact->of_owner_next) {
        delete_contact(core, contact);
    }
    for (const struct contact *contact = person->watcher_first; contact != NULL && has_room(core);
         contact = contact->of_peer_next) {
        delete_contact(core, contact);
    }
}

static void put_devices(struct core *core, const struct account *person)
{
    for (uint32_t dev = person->device_first; dev != 0 && has_room(core);
         dev = core->registry.devices[dev].of_person_next) {
        struct device updated = core->registry.devices[dev];
        delete_u64(core, RECORDS_SEEN, dev, updated.seen_version);
        if (updated.label[0] != '\0' || updated.revoked_ms == 0) {
            updated.label[0] = '\0';
            updated.revoked_ms = updated.revoked_ms == 0 ? core->wall_ms : updated.revoked_ms;
            change_put_device(core, &updated);
        }
    }
}

static void put_invites(struct core *core, const struct account *person)
{
    const struct oim_table *invites = &core->registry.invites;
    for (const struct invite *invite = oim_table_first(invites); invite != NULL && has_room(core);
         invite = oim_table_next(invites, invite)) {
        if (invite->uid == person->uid) {
            change_delete(core, RECORDS_INVITE, oim_slice(invite->invite_id.bytes, OIM_ID_SIZE),
                          invite->version);
        }
    }
}

static void put_waiters(struct core *core, const struct account *person)
{
    static const enum records_ns spaces[WAITS_COUNT] = {
        [WAITS_FOR_JOIN] = RECORDS_WAITER, [WAITS_FOR_ROOM] = RECORDS_ROOM_WAITER};
    for (enum waits waits = 0; waits < WAITS_COUNT; waits++) {
        const struct waiter *waiter = registry_waiter(&core->registry, waits, person->uid);
        delete_u64(core, spaces[waits], person->uid, waiter == NULL ? 0 : waiter->version);
    }
}

static void on_turn(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    const struct erasure *erasure = admin_erasure(pending);
    const uint64_t context[2] = {erasure->conn, (uint64_t)erasure->uid << 32 | erasure->request};
    (void)reply;
    go_on(core, context);
}

/* Somebody else's change is at the store: come back when it has answered what was asked after it. */
static void wait_turn(struct core *core, const uint64_t context[2])
{
    const struct erasure erasure = erasure_of(context);
    struct pending *pending = admin_erasure_take(core, &erasure, STORE_COUNT, on_turn, 0);
    if (pending == NULL) {
        end(core, context);
        return;
    }
    pending_submit(core, pending)->u.count.uid = erasure.uid;
}

static void put_step(struct core *core, const struct account *person)
{
    struct account updated = *person;
    switch (person->erasing) {
    case ERASING_ROWS:
        change_erase_mailbox(core, person->uid);
        break;
    case ERASING_MARK:
        updated.erased_seq = UINT64_MAX;
        change_put_person(core, &updated);
        break;
    default:
        delete_u64(core, RECORDS_STATE, person->uid, person->state_version);
        put_waiters(core, person);
        put_devices(core, person);
        put_invites(core, person);
        put_contacts(core, person);
        break;
    }
}

/* One more step of person->erasing, or what comes after it. */
static void go_on(struct core *core, const uint64_t context[2])
{
    static change_after_fn *const after[] = {
        [ERASING_RECORDS] = go_on, [ERASING_ROWS] = on_emptied, [ERASING_MARK] = end};
    const struct account *person = registry_person(&core->registry, uid_of(context));
    const struct erasure erasure = erasure_of(context);
    if (core->change.busy) {
        wait_turn(core, context);
        return;
    }
    if (change_open(core, NULL, NULL) != OIM_OK) {
        end(core, context);
        return;
    }
    put_step(core, person);
    if (core->change.count == 0) {
        change_abandon(core);
        admin_erase_all(core, &erasure);
        return;
    }
    change_after(core, after[person->erasing], context[0], context[1]);
    change_otherwise(core, end);
    change_commit(core);
}

void user_erase_go_on(struct core *core)
{
    for (uint32_t uid = 1; uid <= core->registry.uid_last; uid++) {
        struct account *person = registry_person(&core->registry, uid);
        bool is_due = person != NULL && registry_is_erased(person) && !is_done(person) &&
                      person->erasing == ERASING_NOTHING;
        if (is_due) {
            const uint64_t context[2] = {0, (uint64_t)uid << 32};
            person->erasing = ERASING_RECORDS;
            wait_turn(core, context);
        }
    }
}

/* ---- the change ---------------------------------------------------------------------------------------- */

static void on_closed(struct core *core, const uint64_t context[2])
{
    admin_on_committed(core);
    registry_person(&core->registry, uid_of(context))->erasing = ERASING_RECORDS;
    go_on(core, context);
}

static size_t contact_count(const struct account *person)
{
    size_t count = 0;
    for (const struct contact *contact = person->contact_first; contact != NULL;
         contact = contact->of_owner_next) {
        count++;
    }
    for (const struct contact *contact = person->watcher_first; contact != NULL;
         contact = contact->of_peer_next) {
        count++;
    }
    return count;
}

static void dry_row(struct admin_call *call)
{
    const struct account *person = call->target;
    if (admin_row(call, 6)) {
        admin_text(call, "login", person->login);
        admin_text(call, "display", person->display);
        admin_id(call, "user", &person->user_id);
        admin_text(call, "state", person_state_name(registry_person_state(person)));
        admin_number(call, "devices", person->device_count);
        admin_number(call, "contacts", contact_count(person));
    }
}

enum oim_status admin_user_erase(struct admin_call *call)
{
    struct core *core = call->core;
    struct account person = *call->target;
    struct log_body body = {.kind = LOG_BODY_NONE};
    if (call->target == call->actor) {
        return oim_fail(&core->error, OIM_ERR_CONFLICT,
                        "this is your own account; another owner can erase it");
    }
    if (!person.closed) { /* the organisation's log says so already of one that was closed before */
        enum oim_status status = admin_check_entry(call, LOG_BODY_USER_DISABLE, call->target, &body);
        if (status == OIM_OK && body.kind != LOG_BODY_NONE && !body.disabled) {
            status = oim_fail(&core->error, OIM_ERR_PROTOCOL, "the entry does not say what the request says");
        }
        if (status != OIM_OK) {
            return status;
        }
    }
    if (!call->changes) {
        dry_row(call);
        return OIM_OK;
    }
    char user[OIM_ID_TEXT_SIZE];
    oim_id_to_text(&person.user_id, user);
    audit_text_add(&call->before, "login=%s user=%s", person.login, user);
    audit_text_add(&call->after, "user=%s erased", user);
    if (!person.closed) {
        admin_log_entry(call, &person);
        person.closed_ms = core->wall_ms;
    }
    admin_drop_devices(call, call->target);
    person.closed = true;
    person.joined = false;
    person.role = ROLE_USER;
    person.erased_seq = 0;
    memset(person.login, 0, sizeof(person.login));
    memset(person.display, 0, sizeof(person.display));
    memset(person.team, 0, sizeof(person.team));
    memset(person.say, 0, sizeof(person.say));
    memset(person.grant, 0, sizeof(person.grant));
    admin_put_person(call, &person);
    change_raise_policy_version(core);
    call->after_commit = on_closed;
    call->after_context[0] = call->session->conn;
    call->after_context[1] = (uint64_t)person.uid << 32 | call->frame->request;
    return OIM_OK;
}
