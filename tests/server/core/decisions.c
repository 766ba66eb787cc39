/*
 * decisions.c - random organisations against a model: who may leave what for whom, and who decides.
 *
 *   decisions [--cases N] [--seed S]
 *
 * Organisations change record by record, as commits report them to the core: policies of every scope, grants
 * to people and teams (also of policies that are gone), teams, the organisation's switch, accounts, devices,
 * blocks, manual states and their ends, sessions, versions. After each change the core's own verdict for
 * every pair and several classes is compared with the model below, which is written from DESIGN.md sections 4
 * and 6 and shares no code with the core. A difference names its seed and says who, to whom, and both
 * answers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/crypto.h"
#include "policy/retention.h"
#include "proto/names.h"
#include "server/core/core_internal.h"
#include "server/core/records.h"
#include "tests/support/check.h"
#include "tests/support/fake.h"

#define PERSON_COUNT 6
#define DEVICE_COUNT 2
#define TEAM_COUNT 3
#define TAG_COUNT 4
#define CHANGE_COUNT 40 /* of one organisation */
#define NOW_MS UINT64_C(1700000000000)

/* ---- what the model knows --------------------------------------------------------------------------------
 */

enum { UNSET = -1 };

struct rules { /* a policy; each UNSET or its value */
    bool there;
    int archiving, offline, accepts; /* 0, 1 */
    int refuses_dnd, tells_dnd, receipts;
    int min_version; /* index into versions */
    int days;
};

struct someone {
    int team; /* UNSET: none */
    int tag;  /* own grant */
    bool joined, closed;
    bool has_device[DEVICE_COUNT];
    int version; /* of the client; UNSET: it did not say */
    bool offline_im;
    int state;         /* enum presence_state, manual; PRESENCE_UNKNOWN: none */
    int state_ends;    /* 0: never, 1: later, 2: it is over */
    bool here;         /* a session that counts */
    bool attends_none; /* a session that does not */
    bool blocks[PERSON_COUNT];
};

static struct {
    int org_offline;
    struct rules global, sites[TEAM_COUNT], tags[TAG_COUNT];
    int team_tag[TEAM_COUNT];
    struct someone people[PERSON_COUNT];
} org;

/* Oldest first; the second and third are the same version. */
static const char *const versions[] = {"0.9", "1.0", "1.0.0", "1.9.7", "1.10", "2"};
static const int version_rank[] = {0, 1, 1, 2, 3, 4};

/* ---- the model
 * --------------------------------------------------------------------------------------------- */

static const struct rules *governs(const struct someone *person)
{
    int team_tag = person->team == UNSET ? UNSET : org.team_tag[person->team];
    if (person->tag != UNSET && org.tags[person->tag].there) {
        return &org.tags[person->tag];
    }
    if (team_tag != UNSET && org.tags[team_tag].there) {
        return &org.tags[team_tag];
    }
    return person->team != UNSET && org.sites[person->team].there ? &org.sites[person->team] : &org.global;
}

static bool or_else(int value, bool built_in)
{
    return value == UNSET ? built_in : value == 1;
}

static bool may_leave(const struct rules *rules)
{
    return or_else(rules->offline, or_else(rules->archiving, true));
}

static bool is_new_enough(const struct someone *sender, const struct rules *rules)
{
    return rules->min_version == UNSET ||
           (sender->version != UNSET && version_rank[sender->version] >= version_rank[rules->min_version]);
}

struct answer {
    enum offline_action action;
    enum reason reason;
    bool tells_quiet;
};

/* Somebody's message of a class, and what DESIGN.md's table says of it. Nobody's mailbox is full. */
static struct answer expected(int from, int to, enum cls cls)
{
    const struct someone *sender = &org.people[from];
    const struct someone *recipient = &org.people[to];
    const struct rules *of_sender = governs(sender);
    const struct rules *of_recipient = governs(recipient);
    bool is_chat = cls == CLS_CHAT;
    int state = recipient->state_ends == 2 ? PRESENCE_UNKNOWN : recipient->state;
    bool blocked = recipient->blocks[from];
    bool seen = recipient->here && !blocked && state != PRESENCE_INVISIBLE;
    bool quiet = seen && is_chat && from != to && (state == PRESENCE_DND || state == PRESENCE_PRESENTING);

    enum reason why = REASON_NONE;
    if (!or_else(of_recipient->accepts, true) || blocked) {
        why = REASON_RECIPIENT_OFFLINE_OFF;
    }
    if (is_chat && (!is_new_enough(sender, of_sender) || !sender->offline_im)) {
        why = REASON_CLIENT_TOO_OLD;
    }
    if (is_chat && !may_leave(of_sender)) {
        why = REASON_SENDER_OFFLINE_OFF;
    }
    if (is_chat && !or_else(org.org_offline, true)) {
        why = REASON_ORG_OFFLINE_OFF;
    }

    if (cls == CLS_RECEIPT && !or_else(of_sender->receipts, true)) {
        return (struct answer){OFFLINE_REFUSE, REASON_RECEIPTS_OFF, false};
    }
    if (recipient->closed) {
        return (struct answer){OFFLINE_REFUSE, REASON_CLOSED, false};
    }
    if (sender->blocks[to]) {
        return (struct answer){OFFLINE_REFUSE, REASON_BLOCKED_BY_YOU, false};
    }
    if (from == to && !(sender->has_device[0] && sender->has_device[1])) {
        return (struct answer){OFFLINE_REFUSE, REASON_TO_SELF, false};
    }
    if (!recipient->joined || !(recipient->has_device[0] || recipient->has_device[1])) {
        return (struct answer){OFFLINE_KEEP_QUEUED, REASON_NOT_JOINED, false};
    }
    if (cls == CLS_TYPING) {
        return seen ? (struct answer){OFFLINE_LIVE, REASON_NONE, false}
                    : (struct answer){OFFLINE_REFUSE, REASON_CLASS, false};
    }
    if (quiet && (why != REASON_NONE || of_recipient->refuses_dnd == 1)) {
        return (struct answer){OFFLINE_REFUSE, REASON_DND_REFUSED, false};
    }
    if (why != REASON_NONE) {
        return (struct answer){seen ? OFFLINE_LIVE : OFFLINE_REFUSE, why, false};
    }
    return (struct answer){quiet  ? OFFLINE_STORE_QUIET
                           : seen ? OFFLINE_STORE_PUSH
                                  : OFFLINE_STORE_HOLD,
                           REASON_NONE, quiet && or_else(of_recipient->tells_dnd, true)};
}

/* ---- the same organisation in the core --------------------------------------------------------------------
 */

static struct core *core;
static struct fake_random chance;
static uint64_t record_version;
static struct session sessions[PERSON_COUNT][2];

static const char *const team_names[TEAM_COUNT] = {"Sales", "IT", "Obra Civil"};
/* A team is the same team however it is written. */
static const char *const team_spellings[TEAM_COUNT] = {"SALES", "it", "obra civil"};

static int below(int limit)
{
    return (int)fake_random_below(&chance, (uint64_t)limit);
}

static int any(int limit) /* UNSET in half of the cases */
{
    return below(2) == 0 ? UNSET : below(limit);
}

static void apply(uint32_t ns, struct oim_slice key, struct oim_slice value)
{
    struct oim_error err = {0};
    CHECK_OK_ERR(registry_apply(core, ns, key, value, ++record_version, &err), &err);
}

static void set_bool(struct policy *policy, enum setting_id id, int value)
{
    policy->settings[id].set = value != UNSET;
    policy->settings[id].boolean = value == 1;
}

static void put_rules(const struct rules *rules, const char *identity)
{
    struct oim_error err = {0};
    struct policy_identity parsed;
    struct policy policy;
    CHECK_OK_ERR(policy_identity_parse(identity, &parsed, &err), &err);
    struct oim_id key = policies_identity_key(&parsed);
    policy_init(&policy, &parsed);
    set_bool(&policy, SETTING_ENABLE_IM_AUTO_ARCHIVING, rules->archiving);
    set_bool(&policy, SETTING_ENABLE_OFFLINE_IM, rules->offline);
    set_bool(&policy, SETTING_ACCEPT_OFFLINE_IM, rules->accepts);
    set_bool(&policy, SETTING_TELL_SENDER_DND, rules->tells_dnd);
    set_bool(&policy, SETTING_ENABLE_READ_RECEIPTS, rules->receipts);
    if (rules->refuses_dnd != UNSET) {
        policy.settings[SETTING_DND_ACTION] =
            (struct setting_value_s){.set = true, .uint = rules->refuses_dnd == 1 ? DND_REFUSE : DND_HOLD};
    }
    if (rules->min_version != UNSET) {
        struct setting_value_s *version = &policy.settings[SETTING_MINIMUM_CLIENT_VERSION];
        version->set = true;
        (void)snprintf(version->text, sizeof(version->text), "%s", versions[rules->min_version]);
    }
    if (rules->days != UNSET) {
        policy.settings[SETTING_OFFLINE_RETENTION_DAYS] =
            (struct setting_value_s){.set = true, .uint = (uint64_t)rules->days};
    }
    struct oim_buf bytes;
    oim_buf_init(&bytes, RECORD_SIZE_MAX);
    CHECK_OK(policy_encode(&policy, &bytes));
    apply(RECORDS_POLICY, oim_slice(key.bytes, OIM_ID_SIZE),
          rules->there ? oim_buf_slice(&bytes) : (struct oim_slice){0});
    oim_buf_finish(&bytes);
}

static void put_team_tag(int team)
{
    char identity[IDENTITY_TEXT_SIZE];
    uint8_t value[RECORD_SIZE_MAX];
    (void)snprintf(identity, sizeof(identity), "Tag:Policy %d", org.team_tag[team]);
    struct oim_id key = policies_team_key(team_names[team]);
    size_t size = policies_team_encode(team_names[team], identity, value);
    apply(RECORDS_TEAM, oim_slice(key.bytes, OIM_ID_SIZE),
          org.team_tag[team] == UNSET ? (struct oim_slice){0} : oim_slice(value, size));
}

static void put_org(void)
{
    struct org_config config = {0};
    config.settings[ORG_ENABLE_OFFLINE_IM] =
        (struct setting_value_s){.set = org.org_offline != UNSET, .boolean = org.org_offline == 1};
    struct oim_buf bytes;
    oim_buf_init(&bytes, RECORD_SIZE_MAX);
    CHECK_OK(org_config_encode(&config, &bytes));
    apply(RECORDS_CONFIG, OIM_SLICE_LITERAL("im"), oim_buf_slice(&bytes));
    oim_buf_finish(&bytes);
}

static uint32_t uid_of(int index)
{
    return (uint32_t)index + 1;
}

static void put_person(int index)
{
    const struct someone *someone = &org.people[index];
    uint8_t bytes[2048], key[RECORDS_KEY_SIZE_MAX];
    struct records_out out = {.data = bytes, .size_max = sizeof(bytes)};
    struct account person = {.uid = uid_of(index),
                             .user_id = {{(uint8_t)uid_of(index)}},
                             .role = ROLE_USER,
                             .joined = someone->joined,
                             .closed = someone->closed,
                             .generation = 1};
    (void)snprintf(person.login, sizeof(person.login), "p%d", index);
    if (someone->team != UNSET) {
        (void)snprintf(person.team, sizeof(person.team), "%s",
                       below(2) == 0 ? team_names[someone->team] : team_spellings[someone->team]);
    }
    if (someone->tag != UNSET) {
        (void)snprintf(person.grant, sizeof(person.grant), "Tag:Policy %d", someone->tag);
    }
    records_person_encode(&person, &out);
    apply(RECORDS_PERSON, oim_slice(key, records_key_u64(person.uid, key)), oim_slice(bytes, out.size));
}

static void put_devices(int index)
{
    const struct someone *someone = &org.people[index];
    for (int i = 0; i < DEVICE_COUNT; i++) {
        uint8_t bytes[512], key[RECORDS_KEY_SIZE_MAX];
        struct records_out out = {.data = bytes, .size_max = sizeof(bytes)};
        struct device device = {.dev = uid_of(index) * DEVICE_COUNT + (uint32_t)i - 1,
                                .uid = uid_of(index),
                                .label = "d",
                                .revoked_ms = someone->has_device[i] ? 0 : NOW_MS};
        device.device_id.bytes[0] = (uint8_t)device.dev;
        records_device_encode(&device, &out);
        apply(RECORDS_DEVICE, oim_slice(key, records_key_u64(device.dev, key)), oim_slice(bytes, out.size));
        /* What its client said of itself when it signed in. */
        struct device *known = registry_device(&core->registry, device.dev);
        known->offline_im = someone->offline_im;
        (void)snprintf(known->client_version, sizeof(known->client_version), "%s",
                       someone->version == UNSET ? "" : versions[someone->version]);
    }
}

static void put_state(int index)
{
    static const uint64_t ends[] = {0, NOW_MS + 1, NOW_MS};
    const struct someone *someone = &org.people[index];
    uint8_t bytes[512], key[RECORDS_KEY_SIZE_MAX];
    struct records_out out = {.data = bytes, .size_max = sizeof(bytes)};
    struct account person = {.uid = uid_of(index),
                             .state = (enum presence_state)someone->state,
                             .state_until_ms = ends[someone->state_ends]};
    records_state_encode(&person, &out);
    apply(RECORDS_STATE, oim_slice(key, records_key_u64(person.uid, key)),
          someone->state == PRESENCE_UNKNOWN ? (struct oim_slice){0} : oim_slice(bytes, out.size));
}

static void put_sessions(int index)
{
    const struct someone *someone = &org.people[index];
    struct session *first = NULL;
    if (someone->here) {
        sessions[index][0] = (struct session){.class = CLASS_INTERACTIVE};
        first = &sessions[index][0];
    }
    if (someone->attends_none) {
        sessions[index][1] = (struct session){.class = CLASS_NONE, .person_next = first};
        first = &sessions[index][1];
    }
    registry_person(&core->registry, uid_of(index))->session_first = first;
}

static void put_block(int owner, int peer)
{
    uint8_t bytes[256], key[RECORDS_KEY_SIZE_MAX];
    struct records_out out = {.data = bytes, .size_max = sizeof(bytes)};
    bool blocks = org.people[owner].blocks[peer];
    struct contact contact = {.owner_uid = uid_of(owner),
                              .peer_uid = uid_of(peer),
                              .flags = blocks ? CONTACT_BLOCKED : CONTACT_HAS};
    records_contact_encode(&contact, &out);
    apply(RECORDS_CONTACT, oim_slice(key, records_key_pair(contact.owner_uid, contact.peer_uid, key)),
          oim_slice(bytes, out.size));
}

/* ---- chance
 * ------------------------------------------------------------------------------------------------ */

static void change_rules(struct rules *rules, const char *identity)
{
    *rules = (struct rules){.there = rules == &org.global || below(4) != 0,
                            .archiving = any(2),
                            .offline = any(2),
                            .accepts = any(4) != 0 ? UNSET : 0,
                            .refuses_dnd = any(2),
                            .tells_dnd = any(2),
                            .receipts = any(2),
                            .min_version = below(3) != 0 ? UNSET : below((int)OIM_COUNT(versions)),
                            .days = below(2) != 0 ? UNSET : 1 + below(90)};
    put_rules(rules, identity);
}

enum what {
    CHANGE_ORG,
    CHANGE_GLOBAL,
    CHANGE_SITE,
    CHANGE_TAG,
    CHANGE_TEAM_TAG,
    CHANGE_PERSON,
    CHANGE_DEVICES,
    CHANGE_STATE,
    CHANGE_SESSIONS,
    CHANGE_BLOCK,
    CHANGE_LIMIT
};

/* Change one thing, there and here. which: the policy, team or person, as many as there are of that kind. */
static void change_one(enum what what, int which)
{
    char identity[IDENTITY_TEXT_SIZE];
    struct someone *person = &org.people[which % PERSON_COUNT];
    switch (what) {
    case CHANGE_ORG:
        org.org_offline = below(4) == 0 ? 0 : any(2) == UNSET ? UNSET : 1;
        put_org();
        break;
    case CHANGE_GLOBAL:
        change_rules(&org.global, "Global");
        break;
    case CHANGE_SITE:
        (void)snprintf(identity, sizeof(identity), "site:%s", team_names[which % TEAM_COUNT]);
        change_rules(&org.sites[which % TEAM_COUNT], identity);
        break;
    case CHANGE_TAG:
        (void)snprintf(identity, sizeof(identity), "Tag:Policy %d", which % TAG_COUNT);
        change_rules(&org.tags[which % TAG_COUNT], identity);
        break;
    case CHANGE_TEAM_TAG:
        org.team_tag[which % TEAM_COUNT] = any(TAG_COUNT);
        put_team_tag(which % TEAM_COUNT);
        break;
    case CHANGE_PERSON:
        person->team = any(TEAM_COUNT);
        person->tag = any(TAG_COUNT);
        person->joined = below(8) != 0;
        person->closed = below(8) == 0;
        put_person(which % PERSON_COUNT);
        break;
    case CHANGE_DEVICES:
        person->has_device[0] = below(8) != 0;
        person->has_device[1] = below(2) == 0;
        person->offline_im = below(8) != 0;
        person->version = below(8) == 0 ? UNSET : below((int)OIM_COUNT(versions));
        put_devices(which % PERSON_COUNT);
        break;
    case CHANGE_STATE:
        person->state = below(PRESENCE_INVISIBLE + 1);
        person->state_ends = below(3);
        put_state(which % PERSON_COUNT);
        break;
    case CHANGE_SESSIONS:
        person->here = below(2) == 0;
        person->attends_none = below(2) == 0;
        put_sessions(which % PERSON_COUNT);
        break;
    case CHANGE_BLOCK: {
        int peer = below(PERSON_COUNT);
        person->blocks[peer] = peer != which % PERSON_COUNT && below(4) == 0;
        put_block(which % PERSON_COUNT, peer);
        break;
    }
    case CHANGE_LIMIT:
        break;
    }
}

static void begin(uint64_t seed)
{
    fake_random_init(&chance, seed);
    registry_clear(&core->registry);
    policies_clear(&core->policies);
    memset(&core->watch, 0, sizeof(core->watch));
    memset(&org, 0, sizeof(org));
    record_version = 0;
    for (int i = 0; i < PERSON_COUNT; i++) { /* a device belongs to a person who is there */
        change_one(CHANGE_PERSON, i);
        change_one(CHANGE_DEVICES, i);
    }
    for (int i = 0; i < PERSON_COUNT; i++) {
        for (enum what what = 0; what < CHANGE_LIMIT; what++) {
            change_one(what, i);
        }
    }
}

/* ---- comparing
 * --------------------------------------------------------------------------------------------- */

static void show(const char *word, int index)
{
    const struct someone *person = &org.people[index];
    const struct rules *rules = governs(person);
    fprintf(stderr,
            "  %s p%d: team %d, own grant %d, joined %d, closed %d, devices %d %d, version %d, offline_im "
            "%d, state %d "
            "(ends %d), here %d\n    governed by %s: archiving %d, offline %d, accepts %d, refuses DND %d, "
            "tells %d, "
            "version %d\n",
            word, index, person->team, person->tag, person->joined, person->closed, person->has_device[0],
            person->has_device[1], person->version, person->offline_im, person->state, person->state_ends,
            person->here,
            rules == &org.global                                   ? "Global"
            : rules >= org.sites && rules < org.sites + TEAM_COUNT ? "a site"
                                                                   : "a tag",
            rules->archiving, rules->offline, rules->accepts, rules->refuses_dnd, rules->tells_dnd,
            rules->min_version);
}

static bool agrees(uint64_t seed, int change, int from, int to, enum cls cls)
{
    struct account *sender = registry_person(&core->registry, uid_of(from));
    struct account *recipient = registry_person(&core->registry, uid_of(to));
    const struct device *device = registry_device(&core->registry, sender->device_first);
    struct offline_facts facts;
    judge_facts(core, sender, device, recipient, cls, &facts);
    struct offline_verdict verdict = offline_judge(&facts);
    struct answer answer = expected(from, to, cls);
    const struct rules *rules = governs(&org.people[to]);
    uint64_t days = policies_effective(&core->policies, recipient)->retention_ms / RETENTION_DAY_MS;
    uint64_t days_expected = rules->days == UNSET ? 14 : (uint64_t)rules->days;
    if (verdict.action == answer.action && verdict.reason == answer.reason &&
        verdict.tell_quiet == answer.tells_quiet && days == days_expected) {
        return true;
    }
    fprintf(stderr,
            "seed %llu, change %d: class %d from p%d to p%d: action %d, reason %s, tells %d, %llu days; "
            "expected action "
            "%d, reason %s, tells %d, %llu days\n",
            (unsigned long long)seed, change, (int)cls, from, to, (int)verdict.action,
            reason_name(verdict.reason), verdict.tell_quiet, (unsigned long long)days, (int)answer.action,
            reason_name(answer.reason), answer.tells_quiet, (unsigned long long)days_expected);
    show("sender", from);
    show("recipient", to);
    return false;
}

static bool all_agree(uint64_t seed, int change, uint64_t *case_count)
{
    static const enum cls classes[] = {CLS_CHAT, CLS_TYPING, CLS_RECEIPT};
    for (int from = 0; from < PERSON_COUNT; from++) {
        for (int to = 0; to < PERSON_COUNT; to++) {
            for (size_t i = 0; i < OIM_COUNT(classes); i++) {
                (*case_count)++;
                if (!agrees(seed, change, from, to, classes[i])) {
                    return false;
                }
            }
        }
    }
    return true;
}

static uint64_t number_of(const char *text)
{
    char *end = NULL;
    uint64_t value = text == NULL ? 0 : strtoull(text, &end, 10);
    if (value == 0 || *end != '\0') {
        fprintf(stderr, "decisions [--cases N] [--seed S]\n");
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    uint64_t case_count_min = 200000;
    uint64_t seed = 1;
    for (int i = 1; i < argc; i += 2) {
        uint64_t value = number_of(argv[i + 1]);
        if (strcmp(argv[i], "--cases") == 0) {
            case_count_min = value;
        } else {
            seed = value;
        }
    }
    struct fake_random random;
    struct core_config config = {.limits = core_limits_default()};
    struct oim_error err = {0};
    CHECK_OK(crypto_init());
    fake_random_init(&random, 1);
    config.random = fake_random_of(&random);
    config.limits.session_count_max = 8;
    config.limits.user_count_max = PERSON_COUNT;
    config.limits.device_count_max = DEVICE_COUNT * PERSON_COUNT;
    config.limits.policy_count_max = 1 + TEAM_COUNT + TAG_COUNT;
    config.limits.contact_count_max = PERSON_COUNT * PERSON_COUNT;
    CHECK_OK_ERR(core_create(&core, &config, &err), &err);
    core->wall_ms = NOW_MS;

    uint64_t case_count = 0;
    uint64_t first = seed;
    for (; case_count < case_count_min; seed++) {
        begin(seed);
        for (int change = 0; change < CHANGE_COUNT; change++) {
            if (!all_agree(seed, change, &case_count)) {
                return 1;
            }
            change_one((enum what)below(CHANGE_LIMIT), below(PERSON_COUNT * TEAM_COUNT * TAG_COUNT));
        }
    }
    printf("%llu cases in %llu organisations, no difference\n", (unsigned long long)case_count,
           (unsigned long long)(seed - first));
    core_destroy(core);
    return 0;
}
