/*
 * engine.h - the whole client logic as one function: one event in, effects out.
 *
 * Same events, same random bytes: same effects, every time. No socket, SQL, clock, random source, thread or
 * log inside; memory is taken from the caller's arena at creation and never again. The same engine runs
 * behind the agent and in the simulator.
 */
#ifndef OIM_CLIENT_CORE_ENGINE_H
#define OIM_CLIENT_CORE_ENGINE_H

#include "client/core/effect.h"
#include "client/core/event.h"
#include "common/arena.h"
#include "common/random.h"

struct engine;

struct engine_config {
    size_t outbox_count_max; /* 1,024 unsent messages and receipts */
    size_t outbox_size_max;  /* 4 MiB of what they hold */
    size_t person_count_max; /* 2,048 cached people */
    size_t step_memory_size; /* 2 MiB for what one step decodes and changes */
    struct oim_random random;
};

struct engine_config engine_config_default(struct oim_random random);
/* Bytes that engine_create takes of the arena. */
size_t engine_memory_size(const struct engine_config *config);
/** NULL when there is too little memory. engine_finish wipes the keys and gives back what is not the arena's.
 */
struct engine *engine_create(struct oim_arena *memory, const struct engine_config *config);
void engine_finish(struct engine *engine);

/* After SAVE the next event is ENGINE_SAVED (asserted). *out is overwritten. */
void engine_step(struct engine *engine, const struct engine_event *event, struct engine_effects *out);

enum engine_link { ENGINE_LINK_DOWN, ENGINE_LINK_TRYING, ENGINE_LINK_READY };

/* What faces may look at between steps. Pointers are valid until the next step. */
struct engine_view {
    const struct account *account;
    enum engine_link link;
    bool caught_up;      /* all rows of the mailbox are here */
    bool wants_link;     /* something is unsent, or a request needs the server */
    const char *trust;   /* "" or the word for why the server or this profile is not trusted */
    const char *denied;  /* "" or the word for why the server does not let this device in */
    size_t unsent_count; /* those that wait for a join not counted */
    size_t waits_join_count;
    const struct talk *talks;
    size_t talk_count;
    uint64_t summary_no; /* which sign-in's the talks are: it goes up with each, from 0, none yet */
    const struct policy_row *policy;
    size_t policy_count;
    const char *policy_name, *policy_via;
    bool policy_may_leave;      /* messages for people who are signed out; true until told */
    bool policy_told;           /* on this connection: it is today's */
    uint64_t policy_told_ms;    /* calendar time; 0: not known */
    const char *policy_rule;    /* what decides that: effective_rule of policy/resolve.h; "": not told */
    struct frame_limits limits; /* zeros until told */
    bool keeps_history;         /* the texts of what comes now stay */
    bool is_quiet;              /* the own state is Do Not Disturb or Presenting, and not over */
    bool invisible_ended;       /* by policy, and no other state was chosen since */
    enum presence_state shown_state; /* what others see of the person; UNKNOWN: not known now */
};
struct engine_view engine_view(const struct engine *engine);

/* The roster, in the order people became known. NULL at the end, or when unknown. */
const struct person_row *engine_person_first(const struct engine *engine);
const struct person_row *engine_person_next(const struct engine *engine, const struct person_row *person);
const struct person_row *engine_person(const struct engine *engine, const struct oim_id *user_id);
/* Devices of the account as the server lists them: labels and times; count 0 until a LOOKUP of oneself. */
const struct device_info *engine_own_devices(const struct engine *engine, size_t *out_count);
/* Where an unsent message stands. False: not in the outbox. */
bool engine_outbox_has(const struct engine *engine, const struct oim_id *msg_id, bool *out_submitted,
                       bool *out_waits_join);

#endif
