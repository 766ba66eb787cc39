/*
 * local.h - the frames between the agent and its faces as plain structs, and what may be asked.
 *
 * A face attaches, is told how things are, sends requests; each is answered by any number of events and one end
 * whose exit is the program's exit code. Fields are name and value; faces word them (client/text/words.h) or
 * print them as JSON under the same names, so names and codes here are a contract with scripts.
 *
 * whoami (in Attached, and the answer to `whoami`):
 *   state: "none" (not joined) | "locked" | "ready"; login display user device device_label role org address
 *   connected(truth) presence shown(what others see of it now) presence_until note unread(number) unread_people outbox(number) may_leave(truth)
 *   why who sealed(truth, false in suite 0) server_key org_log_seq policy invisible_ended(truth: by policy, no other
 *   state chosen since); not connected, and a person must mend it: because (a code of exit 1, 4, or as in not_reached),
 *   trust or denied (the same code)
 *
 * op            arguments                               events (what: fields)                 End fields
 * whoami        -                                       -                                     whoami's
 * join          line, login, display, device_name,      -                                     whoami's
 *               passphrase | no_passphrase(truth)
 * unlock        passphrase, for_s(number)               -                                     state
 * lock, stop    -                                       -                                     -
 * send          to(list), text, wait(held|delivered|    result: id to to_display state        -
 *               read), timeout_ms(number, absent:        reason who policy text min_version
 *               default), once, no_queue(truth)          version(older than that)
 *                                                        limit at until kept k n
 * receive       follow(truth), wait_ms, from,           summary: count people quiet expired   count
 *               mark_read(truth)                          elsewhere id(of the summary that is due after Do Not
 *                                                         Disturb or Presenting; shown like a notice)
 *                                                       talk: from from_display count first
 *                                                         last quiet elsewhere expired presence
 *                                                       message: (below)  gap: id count why at
 *                                                       notice: id notice peer peer_display
 *                                                         count at (visible_again: policy)
 * status        state, note, for_ms, until_ms           -                                     whoami's
 *               (no state: only says)
 * contacts      do(list|add|remove|block|unblock), who  contact: login display presence       code
 *                                                         note since blocked(truth) contact(truth)
 * people        words                                   person: login display team role state  -
 *                                                         presence offline_ok(truth) why who
 *                                                         version min_version (why: client_too_old)
 * history       with, search, since_ms, limit           message: (below)                      count gone policy
 *                                                                                               keeps_history(truth)
 * unread        -                                       talk: from from_display count         count people
 * outbox        do(list|retry|drop), id                 message: (below)                      code
 * why           id | to                                 message: (below)  step: step at text  -
 *                                                         until policy (held), who policy k n
 *               (steps: queued, or written elsewhere; accepted or held; how it stands now; an erased
 *                before it when it was sent again; of what was received: received shown read)
 * devices       do(list|link|revoke|name), id, label    device: id label added seen this(truth) -
 *                                                       line: line until (link)  linked: id label
 * policy        -                                       setting: name value origin            policy via may_leave
 *                                                                                               rule told
 *               (as the server says it now; else as of told, with the exit and code for why)
 * admin         op(data: packed AdminOp)                rows: code text rows(data) more(truth) -
 *               (the agent completes what needs keys:   invite: login display line until      -
 *                invite secrets, log entries, signatures)
 * watch         -                                       any of: message state presence summary talk notice
 *                                                         connected unread   (for full screen and plain faces)
 *
 * message: id from from_display to to_display text at(ms, number) arrived(ms) state reason who own(truth)
 *          quiet(truth) missed(truth) read(truth) once until kept text_gone(truth)
 * from, to, peer: a login; an id where there is none, and then from_gone, to_gone, peer_gone (truth) when nobody has
 *          it any more.
 * reason, of what is still here: the code of exit 1 or 4 that keeps it from leaving.
 * states: queued queued_not_joined held delivered delivered_quiet read refused not_delivered expired erased received
 * Times are calendar milliseconds as numbers; faces print RFC 3339 UTC in JSON and local time to people.
 * reason, who, presence, role: the words of proto/names.h.
 *
 * An end with exit != 0 has fields `code` and the code's parameters (names in braces below; optional in brackets);
 * several candidates for a name come as events `candidate: login display` before an end with exit 6. Faces word the
 * codes by client/text/words.h; one they do not know is shown as the field `text`, if there is one.
 *   exit 1  none (this computer has not joined) · already_joined{login} · locked · passphrase_wrong · failed[text] ·
 *           invite_unknown · invite_used[when label] · invite_expired · name_taken{login} · not_owner · busy_agent ·
 *           folder{text} · disk_full_here · account_closed · account_reset_here ·
 *           device_revoked_here
 *   exit 2  usage{text} · empty_text · too_long{limit [count]} · once_conflict[once] · login_invalid[login] ·
 *           name_invalid · line_invalid[text] · too_many{limit} · ambiguous_id{id}
 *   exit 3  denied[role] · invisible_denied{shown} · any reason of proto/names.h, when an operation has only one result
 *   exit 4  server_changed · log_changed · fenced
 *   exit 5  not_reached[address because]   (because: what a person must mend: no_name tls certificate not_oim
 *           certificate_date certificate_name certificate_key)
 *   exit 6  no_such_person{name} · ambiguous{name} · no_such_message[id] · no_such_device{id} · no_such_thing{name}
 *   exit 7  wait_ended
 */
#ifndef OIM_PROTO_LOCAL_H
#define OIM_PROTO_LOCAL_H

#include "common/arena.h"
#include "common/bytes.h"
#include "common/error.h"
#include "common/id.h"

#define LOCAL_VERSION 3u /* 1 was without ACTIVE; 2: gaps and notices had no id for SHOWN */
#define LOCAL_FRAME_SIZE_MAX 262144u
#define LOCAL_FIELD_COUNT_MAX 256u
#define LOCAL_SHOWN_ID_COUNT_MAX 1024u

enum local_kind {
    LOCAL_ATTACH = 1,
    LOCAL_REQUEST = 2,
    LOCAL_CANCEL = 3,
    LOCAL_SHOWN = 4,
    LOCAL_ACTIVE = 5,
    LOCAL_ATTACHED = 101,
    LOCAL_EVENT = 102,
    LOCAL_END = 103
};

/* The programs' exit codes: DESIGN.md section 2. */
enum local_exit {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_REFUSED = 3,
    EXIT_TRUST = 4,
    EXIT_NOT_REACHED = 5,
    EXIT_NO_SUCH_NAME = 6,
    EXIT_WAIT_ENDED = 7
};

enum local_value { LOCAL_TEXT, LOCAL_NUMBER, LOCAL_TRUTH, LOCAL_DATA };

struct local_field {
    const char *name;
    enum local_value type;
    const char *text;
    int64_t number;
    bool truth;
    struct oim_slice data;
};

struct local_fields {
    const struct local_field *items;
    size_t count;
};

struct local_frame {
    enum local_kind kind;
    uint32_t request;
    uint32_t version;      /* ATTACH, ATTACHED */
    uint32_t class;        /* ATTACH */
    const char *lang;      /* ATTACH */
    const char *name;      /* REQUEST: op; EVENT: what */
    uint32_t exit;         /* END */
    struct local_fields fields;
    const struct oim_id *msg_ids; /* SHOWN: of messages, gaps and notices */
    size_t msg_id_count;
    bool read;             /* SHOWN: seen by a person, not only written to a pipe */
};

/** Append one frame. Errors: OIM_ERR_LIMIT. */
OIM_MUST_CHECK enum oim_status local_encode(const struct local_frame *frame, struct oim_buf *out);
/**
 * Take one whole frame off *rest (a stream, so it may hold less). Errors: OIM_AGAIN not whole yet, *rest
 * untouched; OIM_ERR_PROTOCOL, OIM_ERR_LIMIT: close the connection.
 */
OIM_MUST_CHECK enum oim_status local_decode(struct oim_slice *rest, struct oim_arena *arena,
                                            struct local_frame *out, struct oim_error *err);

const struct local_field *local_field(const struct local_fields *fields, const char *name); /* NULL: absent */
const char *local_text(const struct local_fields *fields, const char *name);                 /* "" absent */
int64_t local_number(const struct local_fields *fields, const char *name, int64_t absent);
bool local_truth(const struct local_fields *fields, const char *name);

/*
 * Built up field by field, encoded once: for events and requests. Start with count = 0; names, texts and data
 * are borrowed until then. Never more than LOCAL_FIELD_COUNT_MAX: bound lists where they come in.
 */
struct local_builder {
    struct local_field items[LOCAL_FIELD_COUNT_MAX];
    size_t count;
};
void local_add_text(struct local_builder *builder, const char *name, const char *text);
void local_add_number(struct local_builder *builder, const char *name, int64_t number);
void local_add_truth(struct local_builder *builder, const char *name, bool truth);
void local_add_data(struct local_builder *builder, const char *name, struct oim_slice data);
struct local_fields local_built(const struct local_builder *builder);

#endif
