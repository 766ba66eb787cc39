/*
 * op_device.c - this device: `whoami`, `join`, `unlock`, `lock`, `stop`, `devices`; and `admin`, which needs
 * its key.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "client/agent/ask.h"
#include "common/os/random_os.h"
#include "proto/admin.h"
#include "proto/names.h"

#define JOIN_S 30.0
#define LINK_S 900.0
#define ANSWER_S 15.0

static void end_whoami(struct ask *ask)
{
    struct local_builder fields = {.count = 0};
    fields_whoami(ask->agent, &fields);
    ask_end(ask, EXIT_DONE, &fields);
}

static void whoami_go(struct ask *ask)
{
    bool reached;
    if (agent_state(ask->agent) != AGENT_READY || ask_reached(ask, &reached)) {
        end_whoami(ask);
    }
}

/* Whether the server is reached is part of the answer. */
static void whoami_begin(struct ask *ask)
{
    ask_wait(ask, LOOK_S);
}

/* ---- join ---- */

struct join {
    struct invite_line line;
    char label[NAME_SIZE_MAX + 1];
    char told_label[NAME_SIZE_MAX + 1];
    uint64_t told_ms;
};

/*
 * An earlier try may have ended without an answer although the server took it; the same key then gets the
 * same answer. So keys that open with what was given now are kept, and others replaced.
 */
static enum oim_status join_keys(struct ask *ask, struct oim_error *err)
{
    struct agent *agent = ask->agent;
    struct oim_random random = random_os();
    const char *passphrase = ask_arg(ask, "passphrase");
    enum key_wrap wanted = local_truth(&ask->args, "no_passphrase") ? KEY_WRAP_FILE : KEY_WRAP_PASSPHRASE;
    enum key_wrap wrap = KEY_WRAP_NONE;
    size_t memory_bytes =
        agent->options.key_memory_bytes != 0 ? agent->options.key_memory_bytes : KEY_FILE_MEMORY_BYTES;
    if (wanted == KEY_WRAP_PASSPHRASE && passphrase[0] == '\0') {
        return oim_fail(err, OIM_ERR_USAGE, "a passphrase, or --no-passphrase, is needed");
    }
    agent->wrap = wanted;
    if (key_file_look(agent->profile.folder_fd, &wrap, err) == OIM_OK && wrap == wanted &&
        key_file_open(agent->profile.folder_fd, passphrase, &agent->keys, err) == OIM_OK) {
        return OIM_OK;
    }
    return key_file_create(agent->profile.folder_fd, wanted, passphrase, memory_bytes, &random, &agent->keys,
                           err);
}

static void join_end(struct ask *ask)
{
    struct join *join = ask->own;
    const char *code = ask->query.code;
    struct local_builder fields = {.count = 0};
    if (ask->query.status == OIM_OK) {
        ask->agent->joined_on_disk = true;
        invite_line_finish(&join->line);
        end_whoami(ask);
        return;
    }
    enum local_exit exit = ask->query.status == OIM_ERR_TRUST   ? EXIT_TRUST
                           : ask->query.status == OIM_ERR_USAGE ? EXIT_USAGE
                           : strcmp(code, "not_reached") == 0   ? EXIT_NOT_REACHED
                                                                : EXIT_FAILED;
    local_add_text(&fields, "code", code);
    local_add_text(&fields, "address", join->line.host_port);
    local_add_text(&fields, "because", ask->agent->because);
    local_add_text(&fields, "login", ask_arg(ask, "login"));
    local_add_text(&fields, "label", join->told_label);
    local_add_text(&fields, "text", join->told_label);
    local_add_number(&fields, "when", (int64_t)join->told_ms);
    ask_end(ask, exit, &fields);
    invite_line_finish(&join->line);
}

static void join_answer(struct ask *ask, const struct engine_answer *answer)
{
    struct join *join = ask->own;
    if (answer->request == ask->query.request) {
        size_t size = strnlen(answer->label, NAME_SIZE_MAX);
        memcpy(join->told_label, answer->label, size);
        join->told_label[size] = '\0';
        join->told_ms = answer->at_ms;
    }
}

static void join_go(struct ask *ask)
{
    if (!ask->query.answered && ask->time_is_up) {
        ask->query.code = "not_reached";
        ask->query.status = OIM_ERR_IO;
        join_end(ask);
        return;
    }
    if (ask->query.answered) {
        join_end(ask);
    }
}

static void join_begin(struct ask *ask)
{
    struct agent *agent = ask->agent;
    struct oim_error err;
    if (agent->joined_on_disk) {
        const char *login = agent->engine == NULL ? "" : engine_view(agent->engine).account->login;
        ask_end_text(ask, EXIT_FAILED, "already_joined", "login", login);
        return;
    }
    if (agent->engine != NULL) {
        ask_end_code(ask, EXIT_FAILED, "busy_agent");
        return;
    }
    struct join *join = oim_arena_zalloc(&ask->arena, 1, sizeof(*join));
    ask->own = join;
    if (join == NULL) {
        ask_end_code(ask, EXIT_FAILED, "failed");
        return;
    }
    if (invite_line_parse(ask_arg(ask, "line"), &join->line, &err) != OIM_OK) {
        ask_end_text(ask, EXIT_USAGE, "line_invalid", "text", err.text);
        return;
    }
    const char *label = ask_arg(ask, "device_name");
    if (label[0] != '\0') {
        size_t size = strnlen(label, sizeof(join->label) - 1);
        memcpy(join->label, label, size);
    } else if (gethostname(join->label, 64) != 0 || join->label[0] == '\0') {
        memcpy(join->label, "computer", sizeof("computer"));
    }
    enum oim_status status = join_keys(ask, &err);
    if (status == OIM_OK) {
        status = drive_start(agent, &err);
    }
    if (status != OIM_OK) {
        ask_end_text(ask, status == OIM_ERR_USAGE ? EXIT_USAGE : EXIT_FAILED,
                     status == OIM_ERR_USAGE ? "usage" : "failed", "text", err.text);
        return;
    }
    ask_wait(ask, join->line.kind == LINE_LINK ? LINK_S : JOIN_S);
    ask_engine(ask, &ask->query,
               &(struct engine_request){.op = REQUEST_JOIN,
                                        .u.join = {.line = &join->line,
                                                   .login = ask_arg(ask, "login"),
                                                   .display = ask_arg(ask, "display"),
                                                   .label = join->label}});
}

/* ---- unlock, lock, stop ---- */

static void end_state(struct ask *ask)
{
    static const char *const states[] = {
        [AGENT_NONE] = "none", [AGENT_LOCKED] = "locked", [AGENT_READY] = "ready"};
    struct local_builder fields = {.count = 0};
    local_add_text(&fields, "state", states[agent_state(ask->agent)]);
    ask_end(ask, EXIT_DONE, &fields);
}

static void unlock_begin(struct ask *ask)
{
    struct agent *agent = ask->agent;
    struct oim_error err;
    if (agent_state(agent) == AGENT_NONE) {
        ask_end_code(ask, EXIT_FAILED, "none");
        return;
    }
    int64_t for_s = local_number(&ask->args, "for_s", 0);
    if (agent->wrap != KEY_WRAP_PASSPHRASE) {
        ask_end_code(ask, EXIT_DONE, "no_passphrase");
        return;
    }
    if (agent_state(agent) == AGENT_READY) {
        struct profile_keys keys;
        enum oim_status status =
            key_file_open(agent->profile.folder_fd, ask_arg(ask, "passphrase"), &keys, &err);
        profile_keys_finish(&keys);
        if (status != OIM_OK) {
            ask_end_text(ask, EXIT_FAILED, status == OIM_ERR_AUTH ? "passphrase_wrong" : "failed", "text",
                         err.text);
            return;
        }
    }
    if (agent_state(agent) == AGENT_LOCKED) {
        enum oim_status status =
            key_file_open(agent->profile.folder_fd, ask_arg(ask, "passphrase"), &agent->keys, &err);
        if (status == OIM_OK) {
            status = drive_start(agent, &err);
        }
        if (status != OIM_OK) {
            ask_end_text(ask, EXIT_FAILED, status == OIM_ERR_AUTH ? "passphrase_wrong" : "failed", "text",
                         err.text);
            return;
        }
    }
    agent->lock_after_s = for_s > 0 ? (double)for_s : LOCK_AFTER_S;
    end_state(ask);
}

static void lock_begin(struct ask *ask)
{
    struct agent *agent = ask->agent;
    if (agent_state(agent) == AGENT_READY && agent->wrap == KEY_WRAP_PASSPHRASE) {
        ask->stage = 1;
        drive_later(agent);
        return;
    }
    if (agent_state(agent) == AGENT_READY) {
        ask_end_code(ask, EXIT_DONE, "no_passphrase");
        return;
    }
    end_state(ask);
}

static void lock_go(struct ask *ask)
{
    struct agent *agent = ask->agent;
    for (struct ask *other = agent->asks; other != NULL; other = other->next) {
        if (other != ask && !other->ended && other->op->needs_ready) {
            ask_end_code(other, EXIT_FAILED, "locked");
        }
    }
    drive_stop(agent);
    end_state(ask);
}

/* Whoever asks may wait for the end of the connection, which is that of the process: nothing closes this one. */
static void stop_begin(struct ask *ask)
{
    (void)fcntl(ask->face->fd, F_DUPFD_CLOEXEC, 0);
    ask_end(ask, EXIT_DONE, NULL);
    ask->agent->stopping = true;
}

/* ---- devices ---- */

enum { DEVICES_LOOK, DEVICES_LINK, DEVICES_REVOKE };

static void tell_devices(struct ask *ask)
{
    size_t count = 0;
    const struct device_info *devices = engine_own_devices(ask->agent->engine, &count);
    const struct account *account = engine_view(ask->agent->engine).account;
    for (size_t i = 0; i < count; i++) {
        struct local_builder fields = {.count = 0};
        local_add_text(&fields, "id", ask_id_text(&ask->arena, &devices[i].device_id));
        local_add_text(&fields, "label", devices[i].label);
        local_add_number(&fields, "added", (int64_t)devices[i].added_ms);
        local_add_number(&fields, "seen", (int64_t)devices[i].seen_ms);
        local_add_truth(&fields, "this", oim_id_equal(&devices[i].device_id, &account->device_id));
        ask_event(ask, "device", &fields);
    }
}

static void devices_answer(struct ask *ask, const struct engine_answer *answer)
{
    if (answer->request != ask->query.request || ask->stage != DEVICES_LINK) {
        return;
    }
    struct local_builder fields = {.count = 0};
    size_t used = ask->arena.used;
    if (!answer->last) {
        local_add_text(&fields, "line", answer->line);
        local_add_number(&fields, "until", (int64_t)answer->at_ms);
        ask_event(ask, "line", &fields);
        ask_wait(ask, LINK_S); /* for a person to type it somewhere */
    } else if (answer->status == OIM_OK) {
        local_add_text(&fields, "id", ask_id_text(&ask->arena, &answer->id));
        local_add_text(&fields, "label", answer->label);
        ask_event(ask, "linked", &fields);
    }
    ask->arena.used = used;
}

/* One of one's own devices by its id or the beginning of that, or by its name as `devices` lists it. */
static void devices_revoke(struct ask *ask)
{
    size_t count = 0;
    const struct device_info *devices = engine_own_devices(ask->agent->engine, &count);
    const char *words = ask_arg(ask, "id");
    const struct device_info *found = NULL;
    size_t matches = 0;
    for (size_t i = 0; i < count; i++) {
        if (oim_id_has_prefix(&devices[i].device_id, words) || strcasecmp(devices[i].label, words) == 0) {
            found = &devices[i];
            matches++;
        }
    }
    if (matches != 1) {
        ask_end_text(ask, EXIT_NO_SUCH_NAME, matches == 0 ? "no_such_device" : "ambiguous_device", "id",
                     words);
        return;
    }
    struct oim_id device_id = found->device_id;
    ask->stage = DEVICES_REVOKE;
    ask_engine(
        ask, &ask->query,
        &(struct engine_request){.op = REQUEST_REVOKE,
                                 .u.revoke = {.device_id = device_id, .reason = "revoked by its owner"}});
}

static void devices_go(struct ask *ask)
{
    bool reached;
    if (!ask->query.answered) {
        if (ask_reached(ask, &reached) && (!reached || ask->time_is_up)) {
            if (reached) {
                ask_end_code(ask, EXIT_WAIT_ENDED, "wait_ended");
            } else {
                ask_end_unreached(ask);
            }
        }
        return;
    }
    if (ask->query.status != OIM_OK || ask->stage != DEVICES_LOOK) {
        ask_end_answer(ask, &ask->query);
    } else if (strcmp(ask_arg(ask, "do"), "revoke") == 0) {
        devices_revoke(ask);
    } else {
        tell_devices(ask);
        ask_end(ask, EXIT_DONE, NULL);
    }
}

static void devices_begin(struct ask *ask)
{
    const char *what = ask_arg(ask, "do");
    struct engine_request request = {.op = REQUEST_LOOKUP};
    request.u.lookup.words = "";
    request.u.lookup.user_id = engine_view(ask->agent->engine).account->user_id;
    if (strcmp(what, "link") == 0) {
        ask->stage = DEVICES_LINK;
        request = (struct engine_request){.op = REQUEST_LINK};
    } else if (what[0] != '\0' && strcmp(what, "list") != 0 && strcmp(what, "revoke") != 0) {
        ask_end_text(ask, EXIT_USAGE, "usage", "text", "devices list, link or revoke");
        return;
    }
    ask_wait(ask, ANSWER_S);
    ask_engine(ask, &ask->query, &request);
}

/* ---- admin ---- */

struct steward {
    struct admin_op op;
    bool named; /* op.who is a login now */
};

static bool needs_person(const struct admin_op *op)
{
    return op->kind == ADMIN_USER_ENABLE || op->kind == ADMIN_DEVICE_REVOKE || op->kind == ADMIN_USER_ERASE ||
           (op->kind == ADMIN_USER_RESET && !op->dry_run) ||
           (op->kind == ADMIN_USER_SET && op->role != ROLE_NONE) || (op->kind == ADMIN_INVITE && op->renew);
}

static void admin_send(struct ask *ask)
{
    struct steward *steward = ask->own;
    struct oim_buf packed;
    oim_buf_init(&packed, ADMIN_BODY_SIZE_MAX);
    ask->stage = 1;
    if (admin_op_encode(&steward->op, &packed) != OIM_OK) {
        ask_end_text(ask, EXIT_USAGE, "usage", "text", "the request is too large");
    } else {
        ask_engine(ask, &ask->query,
                   &(struct engine_request){.op = REQUEST_ADMIN, .u.admin.body = oim_buf_slice(&packed)});
    }
    oim_buf_finish(&packed);
}

static void admin_go(struct ask *ask)
{
    struct steward *steward = ask->own;
    bool reached;
    if (ask->stage == 0) {
        struct oim_id user_id;
        const char *words = steward->op.kind == ADMIN_INVITE ? steward->op.login : steward->op.who;
        if (ask->query.request == 0) { /* such changes move their chain on, and nobody is told of every one */
            ask_engine(ask, &ask->query,
                       &(struct engine_request){.op = REQUEST_LOOKUP, .u.lookup = {.words = words}});
        }
        if (!ask->query.answered && !(ask_reached(ask, &reached) && (!reached || ask->time_is_up))) {
            return;
        }
        if (!ask_who(ask, words, &user_id)) {
            return;
        }
        const struct person_row *person = engine_person(ask->agent->engine, &user_id);
        steward->op.who = oim_arena_strdup(&ask->arena, oim_slice_text(person->login));
        if (steward->op.kind == ADMIN_USER_RESET) { /* not sent: for the line that comes of it */
            const char *display = oim_arena_strdup(&ask->arena, oim_slice_text(person->display));
            steward->op.login = steward->op.who;
            steward->op.display = display == NULL ? "" : display;
        }
        if (steward->op.who == NULL) {
            ask_end_code(ask, EXIT_FAILED, "failed");
            return;
        }
        admin_send(ask);
        return;
    }
    if (ask->query.answered) {
        ask_end_answer(ask,
                       &ask->query); /* refused before it left; the server's answer ended the ask itself */
    } else if (ask_reached(ask, &reached) && (!reached || ask->time_is_up)) {
        ask_end_unreached(ask);
    }
}

/*
 * The server says in notes whom or what it did not find, so that people read it in their language; its own
 * sentence counts where it has no note. False: nothing was said about it.
 */
static bool admin_missed(struct ask *ask, const struct engine_answer *answer)
{
    struct admin_rows rows;
    struct oim_error err;
    struct local_builder fields = {.count = 0};
    if (answer->rows.size == 0 || admin_rows_decode(answer->rows, &ask->arena, &rows, &err) != OIM_OK) {
        return false;
    }
    const char *code = "";
    for (size_t i = 0; i < rows.note_count; i++) {
        const struct admin_field *note = &rows.notes[i];
        bool nearest = strcmp(note->name, "nearest") == 0;
        if (!nearest && strcmp(note->name, "ambiguous") != 0 && strcmp(note->name, "no_such_person") != 0 &&
            strcmp(note->name, "no_such_policy") != 0 && strcmp(note->name, "is_team") != 0) {
            continue;
        }
        local_add_text(&fields, nearest ? "nearest" : "name", note->value);
        code = nearest ? code : note->name;
    }
    for (size_t i = 0; i < rows.row_count && strcmp(code, "ambiguous") == 0; i++) {
        struct local_builder candidate = {.count = 0};
        for (size_t j = 0; j < rows.rows[i].field_count; j++) {
            local_add_text(&candidate, rows.rows[i].fields[j].name, rows.rows[i].fields[j].value);
        }
        ask_event(ask, "candidate", &candidate);
    }
    if (code[0] == '\0') {
        return false;
    }
    local_add_text(&fields, "code", code);
    ask_end(ask, EXIT_NO_SUCH_NAME, &fields);
    return true;
}

/* As the server sees it now; else as it did at the sign-in. */
static const char *role_told(struct ask *ask, const struct engine_answer *answer)
{
    struct admin_rows rows;
    struct oim_error err;
    bool has_rows =
        answer->rows.size > 0 && admin_rows_decode(answer->rows, &ask->arena, &rows, &err) == OIM_OK;
    for (size_t i = 0; has_rows && i < rows.note_count; i++) {
        if (strcmp(rows.notes[i].name, "role") == 0) {
            return rows.notes[i].value;
        }
    }
    return role_name(engine_view(ask->agent->engine).account->role);
}

static void admin_failed(struct ask *ask, const struct engine_answer *answer)
{
    struct local_builder fields = {.count = 0};
    enum local_exit exit = EXIT_FAILED;
    const char *code = "failed";
    if (answer->status == OIM_ERR_DENIED) {
        exit = EXIT_REFUSED;
        code = "denied";
        local_add_text(&fields, "role", role_told(ask, answer));
    } else if (answer->status == OIM_ERR_NOT_FOUND) {
        if (admin_missed(ask, answer)) {
            return;
        }
        exit = EXIT_NO_SUCH_NAME;
        code = "not_found";
    } else if (answer->status == OIM_ERR_USAGE || answer->status == OIM_ERR_CONFLICT) {
        exit = EXIT_USAGE;
        code = "usage";
    }
    local_add_text(&fields, "code", code);
    local_add_text(&fields, "text", answer->text);
    ask_end(ask, exit, &fields);
}

/* Rows are borrowed from the engine's step, so they go to the face here and now. */
static void admin_answer(struct ask *ask, const struct engine_answer *answer)
{
    const struct steward *steward = ask->own;
    if (ask->stage != 1 || answer->request != ask->query.request || answer->code[0] != '\0') {
        return;
    }
    if (answer->status != OIM_OK) {
        admin_failed(ask, answer);
        return;
    }
    struct local_builder fields = {.count = 0};
    local_add_number(&fields, "code", answer->admin_code);
    local_add_text(&fields, "text", answer->text);
    local_add_data(&fields, "rows", answer->rows);
    local_add_truth(&fields, "more", answer->more);
    ask_event(ask, "rows", &fields);
    if (answer->line[0] != '\0' && !steward->op.dry_run) {
        uint32_t valid_s = steward->op.valid_s > 0 ? steward->op.valid_s : INVITE_VALID_S_DEFAULT;
        fields.count = 0;
        local_add_text(&fields, "login", steward->op.login);
        local_add_text(&fields, "display", steward->op.display);
        local_add_text(&fields, "line", answer->line);
        local_add_number(&fields, "until", (int64_t)(agent_wall_ms() + 1000ull * valid_s));
        ask_event(ask, "invite", &fields);
    }
    ask_end(ask, EXIT_DONE, NULL);
}

static void admin_begin(struct ask *ask)
{
    static const char message[] = "AdminOp.";
    struct oim_error err = {.text = "not an administrative request"};
    struct steward *steward = oim_arena_zalloc(&ask->arena, 1, sizeof(*steward));
    const struct local_field *op = local_field(&ask->args, "op");
    ask->own = steward;
    if (steward == NULL || op == NULL || op->type != LOCAL_DATA ||
        admin_op_decode(op->data, &ask->arena, &steward->op, &err) != OIM_OK) {
        ask->own = NULL;
        bool of_field = strncmp(err.text, message, strlen(message)) == 0; /* people know the field's name */
        ask_end_text(ask, EXIT_USAGE, "usage", "text", of_field ? err.text + strlen(message) : err.text);
        return;
    }
    ask_wait(ask, ANSWER_S);
    if (!needs_person(&steward->op)) {
        admin_send(ask);
    }
}

const struct op ops_device[] = {
    {.name = "whoami", .begin = whoami_begin, .go = whoami_go},
    {.name = "join", .begin = join_begin, .go = join_go, .answer = join_answer},
    {.name = "unlock", .begin = unlock_begin},
    {.name = "lock", .stays_here = true, .begin = lock_begin, .go = lock_go},
    {.name = "stop", .stays_here = true, .begin = stop_begin},
    {.name = "devices",
     .needs_ready = true,
     .begin = devices_begin,
     .go = devices_go,
     .answer = devices_answer},
    {.name = "admin", .needs_ready = true, .begin = admin_begin, .go = admin_go, .answer = admin_answer},
};
const size_t ops_device_count = OIM_COUNT(ops_device);
