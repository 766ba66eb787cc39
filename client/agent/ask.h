/*
 * ask.h - one request of a face while it runs: from LOCAL_REQUEST to LOCAL_END.
 *
 * begin runs once; go runs whenever something may have changed for it (an answer, a state, a timer). Both may
 * make the engine step. answer and changed run in the middle of a step: they may answer the face and read the
 * store, and nothing more. Every ask ends exactly once, by ask_end.
 */
#ifndef OIM_CLIENT_AGENT_ASK_H
#define OIM_CLIENT_AGENT_ASK_H

#include "client/agent/agent.h"

#define LOOK_S 3.0 /* what only says something waits so long for whether the server is reached */

struct op {
    const char *name;
    bool needs_ready; /* joined and unlocked, else it ends with why not */
    bool stays_here; /* says or does something here, whatever the server may be: it is not looked at once more
                      */
    void (*begin)(struct ask *ask);
    void (*go)(struct ask *ask);
    void (*answer)(struct ask *ask, const struct engine_answer *answer);
    void (*changed)(struct ask *ask, const struct engine_effect *effect);
    void (*stuck)(struct ask *ask); /* NULL: nothing to say. This disk is full: what was kept before is where? */
};

/* A question to the engine and what became of it. */
struct query {
    uint64_t request; /* 0: not asked */
    bool answered;
    enum oim_status status;
    const char *code;
    struct oim_id id;
};

struct ask {
    struct agent *agent;
    struct ask *next;
    struct face_conn *face;
    uint32_t request;
    const struct op *op;
    void *memory;
    struct oim_arena arena; /* args live here, and what the op keeps */
    struct local_fields args;
    ev_timer timer;
    bool time_is_up;
    bool fetches; /* needs the rows of the mailbox (F1) */
    bool ended;
    int stage;
    struct query query;
    struct oim_id user_id;
    void *own; /* the op's, in the arena */
};

/* ---- for faces.c and drive.c ---- */
/** A request of face; frame is decoded into arena_memory, which becomes the ask's. */
void ask_begin(struct face_conn *face, const struct local_frame *frame, void *memory, struct oim_arena arena);
void ask_cancel(struct face_conn *face, uint32_t request);
void ask_forget_face(struct face_conn *face);
void ask_on_answer(struct agent *agent, const struct engine_answer *answer);
void ask_on_changed(struct agent *agent, const struct engine_effect *effect);
void ask_run_all(struct agent *agent);
void ask_end_all(struct agent *agent, enum local_exit exit, const char *code);
void ask_end_stuck(struct agent *agent); /* the same, because this disk is full */
bool ask_any_fetches(const struct agent *agent);
size_t ask_count(const struct agent *agent);

/* ---- for the ops ---- */
void ask_event(struct ask *ask, const char *what, const struct local_builder *fields);
void ask_end(struct ask *ask, enum local_exit exit, const struct local_builder *fields);
void ask_end_code(struct ask *ask, enum local_exit exit, const char *code);
/* What ask_end_code says: the code and, of a server that is not reached, where it is sought and what is
 * wrong. */
void ask_add_code(const struct agent *agent, const char *code, struct local_builder *fields);
/* Why the server does not answer: the exit and code for what needs it. */
struct ask_miss {
    enum local_exit exit;
    const char *code;
};
struct ask_miss ask_unreached(const struct ask *ask);
void ask_end_unreached(struct ask *ask);
void ask_end_text(struct ask *ask, enum local_exit exit, const char *code, const char *name,
                  const char *text);
/* The exit and code that an engine's answer means. */
void ask_end_answer(struct ask *ask, const struct query *query);
void ask_wait(struct ask *ask, double seconds); /* go with time_is_up after that */
void ask_engine(struct ask *ask, struct query *query, struct engine_request *request);
/** True when the server is reached, or will not be within the time given; then *out_reached says which. */
bool ask_reached(const struct ask *ask, bool *out_reached);
const char *ask_arg(const struct ask *ask, const char *name); /* "" absent */

/** A setting of the policy that governs this person, as text; "": unset, or nothing is known yet. */
const char *ask_policy_value(const struct ask *ask, const char *name);
/** What was needed ("": nothing), and the version of this oim if it is older: by now it may not be. */
void ask_add_versions(const char *min_version, struct local_builder *out);
/** The policy's IMWarning as an event, if there is one. */
void ask_warning(struct ask *ask);

void fields_whoami(struct agent *agent, struct local_builder *out);
/* Text of an id for a builder: lives in the arena. "" when that is full. */
const char *ask_id_text(struct oim_arena *arena, const struct oim_id *id);
struct fields_person_names {
    const char *login, *display, *gone;
};
extern const struct fields_person_names fields_from, fields_to, fields_peer;
/* Login (where there is none: the id, in the arena) and display name; gone: the login is nobody's or
 * another's. */
void fields_person(struct agent *agent, struct oim_arena *arena, const struct oim_id *id,
                   const struct fields_person_names *names, struct local_builder *out);
/*
 * What its reason names: policy, limit, version; of a closed account when, and what the administrator says of
 * it. pushed: it is held by the server alone so far, but not for somebody who is signed out.
 */
void fields_detail(const struct message *message, struct local_builder *out);
void fields_message(struct agent *agent, struct oim_arena *arena, const struct message *message,
                    struct local_builder *out);
const char *message_state_name(enum message_state state);
/* Send a message event to one ask; the arena's use is undone. */
void ask_message(struct ask *ask, const char *what, const struct message *message);

/* ---- who.c ---- */
#define WHO_MATCH_MAX 16u
/* People whom words name: an exact login alone, else an exact display name, else all whose beginning it is.
 */
size_t who_match(const struct agent *agent, const char *words, struct oim_id out[WHO_MATCH_MAX]);
/* Lower case, no accents, for comparison. Ownership: the caller's, free(). NULL: out of memory or not UTF-8.
 */
char *who_fold(const char *text);

enum who_found { WHO_FOUND, WHO_WAIT, WHO_NOT };
/** Look words up in the roster, then at the server. WHO_WAIT: call again from go. WHO_NOT: *out_miss says
 * why. */
enum who_found who_find(struct ask *ask, struct query *query, const char *words, struct oim_id *out,
                        struct ask_miss *out_miss);
/** The same for ops with one name: ends the ask when there is nobody. False: not yet, or ended. */
bool ask_who(struct ask *ask, const char *words, struct oim_id *out);
void ask_candidates(struct ask *ask, const char *words);

extern const struct op ops_send[], ops_receive[], ops_people[], ops_history[], ops_device[];
extern const size_t ops_send_count, ops_receive_count, ops_people_count, ops_history_count, ops_device_count;

#endif
