/*
 * roster.c - other people as the server last told of them: directory, presence, contacts; and one's own
 * policy.
 *
 * A cache: its device lists may be out of date, which the server says at the next Submit (F6). Bounded: who
 * does not fit any more is looked up again when needed.
 */
#include <assert.h>

#include "client/core/engine_state.h"
#include "common/bug.h"
#include "proto/handshake.h"

#define MISSING_LOOKUP_MAX 16u     /* after one listing; the others after the next */
#define RETRY_INTERVAL_MAX_S 3600u /* whatever a server says */

static struct person_row *find_in(const struct engine *engine, const struct oim_table *table,
                                  const struct oim_id *key)
{
    const uint32_t *place = oim_table_get(table, key);
    return place == NULL ? NULL : &engine->people[*place];
}

struct person_row *roster_find(const struct engine *engine, const struct oim_id *user_id)
{
    return find_in(engine, &engine->person_by_id, user_id);
}

struct person_row *roster_find_login(const struct engine *engine, const char *login)
{
    struct oim_id key = login_key(login);
    return find_in(engine, &engine->person_by_login, &key);
}

static void enter(const struct engine *engine, struct oim_table *table, const struct oim_id *key,
                  const struct person_row *person)
{
    uint32_t *place = oim_table_add(table, key);
    assert(place != NULL); /* as large as people */
    *place = (uint32_t)(person - engine->people);
}

static void login_leave(struct engine *engine, struct person_row *person)
{
    if (person->login[0] != '\0' && roster_find_login(engine, person->login) == person) {
        struct oim_id key = login_key(person->login);
        (void)!oim_table_remove(&engine->person_by_login, &key);
    }
    person->login[0] = '\0';
}

/* Whoever has it already keeps it. */
static void login_enter(struct engine *engine, struct person_row *person, const char *login)
{
    login_leave(engine, person);
    text_copy(person->login, sizeof(person->login), login);
    if (login[0] != '\0' && roster_find_login(engine, person->login) == NULL) {
        struct oim_id key = login_key(person->login);
        enter(engine, &engine->person_by_login, &key, person);
    }
}

bool roster_init(struct engine *engine, struct oim_arena *memory)
{
    size_t count_max = engine->config.person_count_max;
    engine->people = oim_arena_alloc(memory, count_max * sizeof(*engine->people));
    return engine->people != NULL &&
           oim_table_init(&engine->person_by_id, count_max, sizeof(uint32_t)) == OIM_OK &&
           oim_table_init(&engine->person_by_login, count_max, sizeof(uint32_t)) == OIM_OK;
}

void roster_finish(struct engine *engine)
{
    oim_table_finish(&engine->person_by_id);
    oim_table_finish(&engine->person_by_login);
}

static bool is_own(const struct engine *engine, const struct oim_id *user_id)
{
    return oim_id_equal(user_id, &engine->account.user_id);
}

/* Full: somebody without a part in anything gives way. */
static struct person_row *roster_add(struct engine *engine, const struct oim_id *user_id)
{
    if (engine->person_count < engine->config.person_count_max) {
        struct person_row *person = &engine->people[engine->person_count++];
        *person = (struct person_row){.user_id = *user_id};
        enter(engine, &engine->person_by_id, user_id, person);
        return person;
    }
    for (size_t i = 0; i < engine->person_count; i++) {
        struct person_row *person = &engine->people[i];
        if (!person->contact && !person->blocked && !is_own(engine, &person->user_id)) {
            login_leave(engine, person);
            (void)!oim_table_remove(&engine->person_by_id, &person->user_id);
            *person = (struct person_row){.user_id = *user_id};
            enter(engine, &engine->person_by_id, user_id, person);
            return person;
        }
    }
    return NULL;
}

void roster_load(struct engine *engine, const struct person_row *row)
{
    struct person_row *person = roster_add(engine, &row->user_id);
    if (person == NULL) {
        return;
    }
    *person = *row;
    person->login[0] = '\0';
    login_enter(engine, person, row->login);
    person->presence = PRESENCE_UNKNOWN;
    person->note[0] = '\0';
}

static void save_person(struct engine *engine, const struct person_row *person)
{
    struct change *change = engine_change(engine, CHANGE_PERSON);
    if (change != NULL) {
        change->u.person = person;
    }
}

void roster_lookup(struct engine *engine, const struct oim_id *user_id)
{
    for (size_t i = 0; i < PENDING_COUNT_MAX; i++) {
        const struct pending *pending = &engine->pending[i];
        if (pending->used && pending->internal && pending->op == REQUEST_LOOKUP && pending->id_count == 1 &&
            oim_id_equal(&pending->ids[0], user_id)) {
            return;
        }
    }
    struct pending *pending = pending_add(engine, 0, REQUEST_LOOKUP);
    if (pending != NULL) {
        pending->ids[0] = *user_id;
        pending->id_count = 1;
    }
}

void roster_refresh_all(struct engine *engine)
{
    pending_add(engine, 0, REQUEST_LOOKUP);
    struct pending *contacts = pending_add(engine, 0, REQUEST_CONTACTS);
    if (contacts != NULL) {
        contacts->contact = CONTACT_OP_LIST;
    }
}

void roster_send_lookup(struct engine *engine, struct pending *pending)
{
    engine_write(engine, &(struct frame){.kind = FRAME_DIRECTORY,
                                         .request = pending->wire,
                                         .u.directory = {.user_ids = pending->ids,
                                                         .user_id_count = pending->id_count,
                                                         .words = pending->words,
                                                         .after = pending->after}});
}

static void keep_own_devices(struct engine *engine, const struct person *told)
{
    engine->own_device_count =
        told->device_count < DEVICES_PER_PERSON_MAX ? told->device_count : DEVICES_PER_PERSON_MAX;
    for (size_t i = 0; i < engine->own_device_count; i++) {
        engine->own_devices[i] = told->devices[i];
        text_copy(engine->own_labels[i], sizeof(engine->own_labels[i]), told->devices[i].label);
        engine->own_devices[i].label = engine->own_labels[i];
    }
}

/* A login belongs to one person at a time: whoever had it before was erased, and keeps the name here only. */
static void take_login(struct engine *engine, struct person_row *person, const char *login)
{
    struct person_row *before = roster_find_login(engine, login);
    if (before != NULL && before != person) {
        login_leave(engine, before);
        before->state = PERSON_STATE_CLOSED;
        save_person(engine, before);
    }
    login_enter(engine, person, login);
}

/* The server was asked by id and tells of nobody: never there, or erased. What is known of them is kept. */
static void close_person(struct engine *engine, const struct oim_id *user_id)
{
    struct person_row *person = roster_find(engine, user_id);
    if (person == NULL && (person = roster_add(engine, user_id)) == NULL) {
        return;
    }
    person->state = PERSON_STATE_CLOSED;
    person->device_count = 0;
    person->devices_stale = false;
    person->contact = false;
    person->presence = PRESENCE_UNKNOWN;
    save_person(engine, person);
    engine_changed(engine, CHANGED_PEOPLE, user_id);
}

static bool tells_of(const struct frame_people *people, const struct oim_id *user_id)
{
    for (size_t i = 0; i < people->person_count; i++) {
        if (oim_id_equal(&people->persons[i].user_id, user_id)) {
            return true;
        }
    }
    return false;
}

/* A listing leaves out whose account is closed or erased; only an answer to their id says so. */
static void look_for_missing(struct engine *engine)
{
    size_t asked = 0;
    for (size_t i = 0; i < engine->person_count && asked < MISSING_LOOKUP_MAX; i++) {
        const struct person_row *person = &engine->people[i];
        if (!person->listed && person->state != PERSON_STATE_CLOSED) {
            roster_lookup(engine, &person->user_id);
            asked++;
        }
    }
}

static void take_person(struct engine *engine, const struct person *told)
{
    struct person_row *person = roster_find(engine, &told->user_id);
    if (person == NULL && (person = roster_add(engine, &told->user_id)) == NULL) {
        return;
    }
    bool joined = told->state == PERSON_STATE_ACTIVE && person->state != PERSON_STATE_ACTIVE;
    if (strcmp(person->login, told->login) != 0) {
        take_login(engine, person, told->login);
    }
    struct person_row row = *person;
    row.listed = true;
    text_copy(row.display, sizeof(row.display), told->display);
    text_copy(row.team, sizeof(row.team), told->team);
    text_copy(row.say, sizeof(row.say), told->say);
    row.role = told->role;
    row.state = told->state;
    row.offline_ok = told->offline_ok;
    row.why = told->why;
    row.who = told->who;
    row.invited_ms = told->invited_ms;
    row.closed_ms = told->closed_ms;
    row.user_seq = told->user_seq;
    row.user_prev = told->user_prev;
    row.device_count =
        told->device_count < DEVICES_PER_PERSON_MAX ? told->device_count : DEVICES_PER_PERSON_MAX;
    for (size_t i = 0; i < row.device_count; i++) {
        row.devices[i] = told->devices[i].device_id;
    }
    row.devices_stale = false;
    if (told->presence != PRESENCE_UNKNOWN) {
        row.presence = told->presence;
        row.since_ms = told->since_ms;
        text_copy(row.note, sizeof(row.note), told->note);
    }
    *person = row;
    save_person(engine, person);
    if (is_own(engine, &told->user_id)) {
        keep_own_devices(engine, told);
    }
    if (is_own(engine, &told->user_id) && engine->account.role != told->role) {
        engine->account.role = told->role;
        engine_change_account(engine);
    }
    if (joined) {
        compose_on_joined(engine, &told->user_id);
    }
    engine_changed(engine, CHANGED_PEOPLE, &told->user_id);
}

void roster_on_people(struct engine *engine, uint32_t wire, const struct frame_people *people)
{
    struct pending *pending = pending_by_wire(engine, wire);
    bool lookup = pending != NULL && pending->op == REQUEST_LOOKUP;
    bool lists_all = lookup && pending->id_count == 0 && pending->words[0] == '\0';
    engine->log_seq_told = people->log_seq;
    for (size_t i = 0; lists_all && pending->after[0] == '\0' && i < engine->person_count; i++) {
        engine->people[i].listed = false;
    }
    for (size_t i = 0; i < people->person_count && !engine->broken; i++) {
        take_person(engine, &people->persons[i]);
    }
    if (!lookup) {
        return;
    }
    if (people->more && people->person_count > 0) {
        const struct person *last = &people->persons[people->person_count - 1];
        text_copy(pending->after, sizeof(pending->after), last->login);
        pending->sent = false;
        return;
    }
    if (pending->id_count == 1 && !tells_of(people, &pending->ids[0])) {
        close_person(engine, &pending->ids[0]);
    }
    pending_end(engine, pending, OIM_OK, "");
    if (lists_all) {
        look_for_missing(engine);
    }
}

bool roster_is_quiet(const struct engine *engine)
{
    const struct account *own = &engine->account;
    return (own->presence == PRESENCE_DND || own->presence == PRESENCE_PRESENTING) &&
           (own->presence_until_ms == 0 || own->presence_until_ms > engine->wall_ms);
}

uint64_t roster_wake_at(const struct engine *engine)
{
    uint64_t until_ms = engine->account.presence_until_ms;
    return until_ms != 0 && roster_is_quiet(engine) ? engine->now_ms + (until_ms - engine->wall_ms) : 0;
}

void roster_settle(struct engine *engine)
{
    bool is_quiet = roster_is_quiet(engine);
    if (engine->was_quiet && !is_quiet) {
        engine_changed(engine, CHANGED_LOUD, NULL);
    }
    engine->was_quiet = is_quiet;
}

/* Since when, so that what came meanwhile can be summed up once it is over. */
static void save_quiet(struct engine *engine, uint64_t since_ms)
{
    struct change_quiet *quiet = step_zalloc(engine, 1, sizeof(*quiet));
    struct change *change = quiet == NULL ? NULL : engine_change(engine, CHANGE_QUIET);
    if (change != NULL) {
        quiet->since_ms = since_ms;
        oim_random_fill(&engine->config.random, &quiet->id, sizeof(quiet->id));
        change->u.quiet = quiet;
    }
}

void roster_on_presences(struct engine *engine, uint32_t wire, const struct frame_presences *presences)
{
    struct pending *pending = pending_by_wire(engine, wire);
    for (size_t i = 0; i < presences->item_count; i++) {
        const struct presence_item *item = &presences->items[i];
        struct person_row *person = roster_find(engine, &item->user);
        if (is_own(engine, &item->user)) {
            bool is_news = item->ended_by_policy && engine->account.presence == PRESENCE_INVISIBLE;
            engine->invisible_ended = item->ended_by_policy;
            engine->shown_state = item->shown;
            engine->account.presence = item->state;
            engine->account.presence_until_ms = item->until_ms;
            text_copy(engine->account.note, sizeof(engine->account.note), item->note);
            engine_change_account(engine);
            engine_changed(engine, CHANGED_PRESENCE, &item->user);
            if (roster_is_quiet(engine)) {
                save_quiet(engine, item->since_ms);
            }
            if (is_news) {
                engine_changed(engine, CHANGED_UNCOVERED, NULL);
            }
            continue;
        }
        if (person == NULL) {
            continue;
        }
        person->presence = item->state;
        person->since_ms = item->since_ms;
        text_copy(person->note, sizeof(person->note), item->note);
        engine_changed(engine, CHANGED_PRESENCE, &item->user);
    }
    if (pending != NULL && pending->op == REQUEST_STATUS) {
        pending_end(engine, pending, OIM_OK, "");
    }
}

void roster_on_contacts(struct engine *engine, uint32_t wire, const struct frame_contacts *contacts)
{
    struct pending *pending = pending_by_wire(engine, wire);
    bool listing = pending != NULL && pending->contact == CONTACT_OP_LIST;
    if (listing && oim_id_is_zero(&pending->ids[1])) {
        for (size_t i = 0; i < engine->person_count; i++) {
            struct person_row *person = &engine->people[i];
            person->was_contact = person->contact || person->blocked;
            person->contact = false;
            person->blocked = false;
        }
    }
    for (size_t i = 0; i < contacts->item_count && !engine->broken; i++) {
        const struct contact_item *item = &contacts->items[i];
        struct person_row *person = roster_find(engine, &item->user);
        if (person == NULL && (person = roster_add(engine, &item->user)) == NULL) {
            continue;
        }
        if (person->login[0] == '\0' && person->state != PERSON_STATE_CLOSED) {
            roster_lookup(engine, &item->user);
        }
        person->contact = item->contact;
        person->blocked = item->blocked;
        save_person(engine, person);
        engine_changed(engine, CHANGED_PEOPLE, &item->user);
    }
    if (pending == NULL || (pending->op != REQUEST_CONTACT && pending->op != REQUEST_CONTACTS)) {
        return;
    }
    if (listing && contacts->more && contacts->item_count > 0) {
        pending->ids[1] = contacts->items[contacts->item_count - 1].user;
        pending->sent = false;
        return;
    }
    for (size_t i = 0; listing && i < engine->person_count; i++) {
        struct person_row *person = &engine->people[i];
        if (person->was_contact && !person->contact && !person->blocked) {
            save_person(engine, person);
        }
    }
    enum oim_status status = contacts->code == 0 ? OIM_OK : oim_status_from_wire(contacts->code);
    pending_end(engine, pending, status, status == OIM_OK ? "" : oim_status_name(status));
}

static void format_setting(const struct wire_setting *setting, struct policy_row *row)
{
    text_copy(row->name, sizeof(row->name), setting->name);
    text_copy(row->origin, sizeof(row->origin), setting->origin);
    switch (setting->value) {
    case SETTING_VALUE_TRI:
        text_copy(row->value, sizeof(row->value),
                  setting->tri == TRI_TRUE    ? "True"
                  : setting->tri == TRI_FALSE ? "False"
                                              : "");
        break;
    case SETTING_VALUE_UINT:
        snprintf(row->value, sizeof(row->value), "%" PRIu64, setting->uint);
        break;
    case SETTING_VALUE_TEXT:
        text_copy(row->value, sizeof(row->value), setting->text);
        break;
    case SETTING_VALUE_UNSET:
        row->value[0] = '\0';
        break;
    }
}

static const char *setting_text(const struct engine *engine, const char *name)
{
    for (size_t i = 0; i < engine->policy_count; i++) {
        if (strcmp(engine->policy[i].name, name) == 0) {
            return engine->policy[i].value;
        }
    }
    return "";
}

static uint64_t retry_interval_ms(const struct engine *engine)
{
    uint64_t seconds = 0;
    for (const char *text = setting_text(engine, "AutoDiscoveryRetryInterval"); *text >= '0' && *text <= '9';
         text++) {
        seconds = seconds * 10 + (uint64_t)(*text - '0');
        seconds = seconds < RETRY_INTERVAL_MAX_S ? seconds : RETRY_INTERVAL_MAX_S;
    }
    return seconds * 1000;
}

static void read_policy(struct engine *engine)
{
    bool history_follows = strcmp(setting_text(engine, "HistoryFollowsArchiving"), "True") == 0;
    bool archives = strcmp(setting_text(engine, "EnableIMAutoArchiving"), "False") != 0;
    engine->policy_text_stay = history_follows && !archives ? TEXT_GOES : TEXT_STAYS;
    engine->policy_no_receipts = strcmp(setting_text(engine, "EnableReadReceipts"), "False") == 0;
    engine->policy_retry_interval_ms = retry_interval_ms(engine);
}

void roster_load_policy(struct engine *engine, const struct change_policy *policy)
{
    engine->policy_count = policy->row_count < POLICY_COUNT_MAX ? policy->row_count : POLICY_COUNT_MAX;
    for (size_t i = 0; i < engine->policy_count; i++) {
        engine->policy[i] = policy->rows[i];
    }
    text_copy(engine->policy_name, sizeof(engine->policy_name), policy->name);
    text_copy(engine->policy_via, sizeof(engine->policy_via), policy->via);
    text_copy(engine->policy_rule, sizeof(engine->policy_rule), policy->rule);
    engine->policy_may_leave = policy->may_leave;
    engine->policy_told_ms = policy->told_ms;
    if (!BUG(POLICY_IS_FORGOTTEN)) {
        read_policy(engine);
    }
}

void roster_on_policy(struct engine *engine, const struct frame_policy *policy)
{
    engine->policy_count =
        policy->setting_count < POLICY_COUNT_MAX ? policy->setting_count : POLICY_COUNT_MAX;
    for (size_t i = 0; i < engine->policy_count; i++) {
        format_setting(&policy->settings[i], &engine->policy[i]);
    }
    text_copy(engine->policy_name, sizeof(engine->policy_name), policy->name);
    text_copy(engine->policy_via, sizeof(engine->policy_via), policy->via);
    text_copy(engine->policy_rule, sizeof(engine->policy_rule), policy->rule);
    engine->policy_may_leave = policy->may_leave;
    engine->policy_told_ms = engine->wall_ms;
    read_policy(engine);
    struct change_policy *row = step_zalloc(engine, 1, sizeof(*row));
    struct change *change = row == NULL ? NULL : engine_change(engine, CHANGE_POLICY);
    if (change == NULL) {
        return;
    }
    *row = (struct change_policy){.rows = engine->policy,
                                  .row_count = engine->policy_count,
                                  .name = engine->policy_name,
                                  .via = engine->policy_via,
                                  .may_leave = engine->policy_may_leave,
                                  .rule = engine->policy_rule,
                                  .told_ms = engine->policy_told_ms};
    change->u.policy = row;
    engine->policy_told = true;
    if (engine->policy_no_receipts) {
        compose_drop_receipts(engine);
    }
    engine_changed(engine, CHANGED_POLICY, NULL);
}

void roster_on_summary(struct engine *engine, const struct frame_summary *summary)
{
    engine->talk_count = summary->talk_count < TALK_COUNT_MAX ? summary->talk_count : TALK_COUNT_MAX;
    for (size_t i = 0; i < engine->talk_count; i++) {
        engine->talks[i] = summary->talks[i];
        if (roster_find(engine, &summary->talks[i].user) == NULL) {
            roster_lookup(engine, &summary->talks[i].user);
        }
    }
    engine->summary_no++;
    engine_changed(engine, CHANGED_SUMMARY, NULL);
}

void roster_forget_presence(struct engine *engine)
{
    for (size_t i = 0; i < engine->person_count; i++) {
        engine->people[i].presence = PRESENCE_UNKNOWN;
        engine->people[i].note[0] = '\0';
    }
}

const struct person_row *engine_person_first(const struct engine *engine)
{
    return engine->person_count > 0 ? &engine->people[0] : NULL;
}

const struct person_row *engine_person_next(const struct engine *engine, const struct person_row *person)
{
    size_t index = (size_t)(person - engine->people) + 1;
    return index < engine->person_count ? &engine->people[index] : NULL;
}

const struct person_row *engine_person(const struct engine *engine, const struct oim_id *user_id)
{
    return roster_find(engine, user_id);
}

const struct device_info *engine_own_devices(const struct engine *engine, size_t *out_count)
{
    *out_count = engine->own_device_count;
    return engine->own_devices;
}
