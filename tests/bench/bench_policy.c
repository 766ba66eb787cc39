/*
 * bench_policy.c - what deciding costs: one verdict, and what is in force for everybody. A tool, not a test.
 *
 *   bench_policy
 *
 * 10,000 people in 100 teams; 200 policies: Global, 100 of sites, 99 that are granted, to 50 of the teams and to
 * every tenth person.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/core/core.h"
#include "server/core/policies.h"

#define PERSON_COUNT 10000u
#define TEAM_COUNT 100u
#define TAG_COUNT 99u
#define GRANTED_TEAM_COUNT 50u
#define VERDICT_COUNT 10000000u
#define FACTS_COUNT 4096u
#define REPEAT_COUNT 9u

static double cpu_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static uint32_t next_random(void)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double values[REPEAT_COUNT])
{
    qsort(values, REPEAT_COUNT, sizeof(values[0]), compare);
    return values[REPEAT_COUNT / 2];
}

static void add_policy(struct policies *policies, enum policy_scope scope, const char *name)
{
    static uint64_t version;
    struct policy_identity identity = {.scope = scope};
    (void)snprintf(identity.name, sizeof(identity.name), "%s", name);
    struct policy policy;
    policy_init(&policy, &identity);
    struct oim_buf bytes;
    oim_buf_init(&bytes, RECORD_SIZE_MAX);
    struct oim_id key = policies_identity_key(&identity);
    enum oim_status status = policy_encode(&policy, &bytes);
    assert(status == OIM_OK);
    status = policies_apply_policy(policies, &key, oim_buf_slice(&bytes), ++version, NULL);
    assert(status == OIM_OK);
    oim_buf_finish(&bytes);
}

static void grant_to_team(struct policies *policies, const char *team, const char *identity)
{
    uint8_t value[RECORD_SIZE_MAX];
    size_t size = policies_team_encode(team, identity, value);
    struct oim_id key = policies_team_key(team);
    enum oim_status status = policies_apply_team(policies, &key, oim_slice(value, size), 1, NULL);
    assert(status == OIM_OK);
}

/* As load.c does at the start: record by record. */
static void fill(struct policies *policies)
{
    char name[32];
    char identity[IDENTITY_TEXT_SIZE];
    for (unsigned i = 0; i < TEAM_COUNT; i++) {
        (void)snprintf(name, sizeof(name), "Team %u", i);
        add_policy(policies, POLICY_SITE, name);
    }
    for (unsigned i = 0; i < TAG_COUNT; i++) {
        (void)snprintf(name, sizeof(name), "Policy %u", i);
        add_policy(policies, POLICY_TAG, name);
    }
    for (unsigned i = 0; i < GRANTED_TEAM_COUNT; i++) {
        (void)snprintf(name, sizeof(name), "Team %u", i);
        (void)snprintf(identity, sizeof(identity), "Tag:Policy %u", i);
        grant_to_team(policies, name, identity);
    }
}

static void hire(struct account *people)
{
    for (unsigned i = 0; i < PERSON_COUNT; i++) {
        (void)snprintf(people[i].team, sizeof(people[i].team), "Team %u", i % TEAM_COUNT);
        if (i % 10 == 0) {
            (void)snprintf(people[i].grant, sizeof(people[i].grant), "Tag:Policy %u", i % TAG_COUNT);
        }
    }
}

static void run_effective(struct policies *policies, struct account *people)
{
    double first[REPEAT_COUNT];
    double again[REPEAT_COUNT];
    for (size_t run = 0; run < REPEAT_COUNT; run++) {
        policies->age++; /* a change: everybody's is to be looked up */
        double begin = cpu_now_ns();
        for (size_t i = 0; i < PERSON_COUNT; i++) {
            (void)policies_effective(policies, &people[i]);
        }
        double middle = cpu_now_ns();
        for (size_t i = 0; i < PERSON_COUNT; i++) {
            (void)policies_effective(policies, &people[i]);
        }
        first[run] = middle - begin;
        again[run] = cpu_now_ns() - middle;
    }
    printf("effective for all %u after a change: %.1f ms of CPU\n", PERSON_COUNT, median(first) / 1e6);
    printf("effective for one, unchanged:          %.1f ns\n", median(again) / PERSON_COUNT);
}

static void draw_facts(struct policies *policies, struct account *people, struct offline_facts facts[FACTS_COUNT])
{
    for (size_t i = 0; i < FACTS_COUNT; i++) {
        const struct effective *sender = policies_effective(policies, &people[next_random() % PERSON_COUNT]);
        const struct effective *recipient = policies_effective(policies, &people[next_random() % PERSON_COUNT]);
        facts[i] = (struct offline_facts){
            .cls = CLS_CHAT,
            .sender_may = sender->may_leave,
            .sender_may_who = sender->may_leave_who,
            .sender_has_offline_im = true,
            .sender_version_ok = next_random() % 64 != 0,
            .state = PERSON_STATE_ACTIVE,
            .blocked = next_random() % 64 == 0,
            .accepts = recipient->accepts,
            .org_on = recipient->org_on,
            .signed_in = next_random() % 2 == 0,
            .presence = next_random() % 8 == 0 ? PRESENCE_DND : PRESENCE_AVAILABLE,
            .mailbox_full = next_random() % 64 == 0,
        };
    }
}

static void run_verdict(struct policies *policies, struct account *people)
{
    static struct offline_facts facts[FACTS_COUNT];
    double costs[REPEAT_COUNT];
    unsigned refused = 0;
    draw_facts(policies, people, facts);
    for (size_t run = 0; run < REPEAT_COUNT; run++) {
        double begin = cpu_now_ns();
        for (size_t i = 0; i < VERDICT_COUNT / REPEAT_COUNT; i++) {
            refused += offline_judge(&facts[i % FACTS_COUNT]).action == OFFLINE_REFUSE;
        }
        costs[run] = (cpu_now_ns() - begin) / (VERDICT_COUNT / REPEAT_COUNT);
    }
    printf("one verdict:                           %.1f ns (%.1f %% refused)\n", median(costs),
           100.0 * refused / VERDICT_COUNT);
}

int main(void)
{
    struct core_limits limits = core_limits_default();
    struct policies policies;
    struct account *people = calloc(PERSON_COUNT, sizeof(*people));
    enum oim_status status = policies_init(&policies, &limits, NULL);
    assert(people != NULL && status == OIM_OK);
    double begin = cpu_now_ns();
    fill(&policies);
    printf("taking over %u policies:              %.1f ms of CPU\n", 1 + TEAM_COUNT + TAG_COUNT,
           (cpu_now_ns() - begin) / 1e6);
    hire(people);
    run_effective(&policies, people);
    run_verdict(&policies, people);
    policies_finish(&policies);
    free(people);
    return 0;
}
