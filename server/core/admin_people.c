/*
 * admin_people.c - inviting, changing and closing accounts, and taking devices away.
 *
 * The account exists from the invite on, so that it can be given a team and a policy before its person has
 * joined. What everybody must be able to check later (who exists, with which role, which devices) is an entry
 * of the organisation log, made and signed by the administrator's device; it goes into the same transaction.
 */
#include <string.h>

#include "server/core/admin.h"

/* ---- shared -------------------------------------------------------------------------------------------- */

enum oim_status admin_check_entry(struct admin_call *call, enum log_body_kind kind,
                                  const struct account *about, struct log_body *out)
{
    const struct log_entry *entry = &call->op->entry;
    if (!call->changes && entry->body.size == 0) {
        *out = (struct log_body){.kind = LOG_BODY_NONE};
        return OIM_OK;
    }
    if (entry->body.size == 0) {
        return oim_fail(&call->core->error, OIM_ERR_PROTOCOL,
                        "the entry for the organisation's log is missing");
    }
    return orglog_check(call->core, entry, kind, about, call->device, out, &call->core->error);
}

static void person_row(struct admin_call *call, const struct account *person)
{
    if (!admin_row(call, 9)) {
        return;
    }
    admin_text(call, "login", person->login);
    admin_text(call, "display", person->display);
    admin_text(call, "team", person->team);
    admin_text(call, "role", role_name(person->role));
    admin_text(call, "state", person_state_name(registry_person_state(person)));
    admin_number(call, "devices", person->device_count);
    admin_put_policy_fields(call, person);
    admin_text(call, "say", person->say);
}

static bool is_last_owner(const struct admin_call *call, const struct account *person)
{
    return person->role == ROLE_OWNER && !person->closed && call->core->registry.owner_count <= 1;
}

static enum oim_status last_owner(struct admin_call *call)
{
    return oim_fail(&call->core->error, OIM_ERR_CONFLICT,
                    "%s is the only owner; make somebody else owner first", call->target->login);
}

/* ---- invites ------------------------------------------------------------------------------------------- */

static bool is_open(const struct invite *invite, uint64_t wall_ms)
{
    return invite->used_ms == 0 && !invite->revoked &&
           (invite->expires_ms == 0 || invite->expires_ms > wall_ms);
}

static const struct invite *next_invite_of(const struct admin_call *call, const struct account *person,
                                           const struct invite *after)
{
    const struct oim_table *invites = &call->core->registry.invites;
    const struct invite *invite = after == NULL ? oim_table_first(invites) : oim_table_next(invites, after);
    while (invite != NULL && invite->uid != person->uid) {
        invite = oim_table_next(invites, invite);
    }
    return invite;
}

static bool has_open_invite(const struct admin_call *call, const struct account *person)
{
    const struct invite *invite = NULL;
    while ((invite = next_invite_of(call, person, invite)) != NULL) {
        if (is_open(invite, call->core->wall_ms)) {
            return true;
        }
    }
    return false;
}

static enum oim_status check_invite_words(struct admin_call *call)
{
    const struct admin_op *op = call->op;
    struct core *core = call->core;
    if (!login_valid(op->login)) {
        return oim_fail(&core->error, OIM_ERR_USAGE,
                        "a login is a-z 0-9 . _ - and begins with a letter or digit");
    }
    if (op->display[0] == '\0' && !op->renew) {
        return oim_fail(&core->error, OIM_ERR_USAGE, "a display name is needed: it is what others see");
    }
    if (op->display[0] != '\0' && !name_valid(op->display)) {
        return oim_fail(&core->error, OIM_ERR_USAGE, "this display name cannot be shown safely");
    }
    return op->team[0] == '\0' ? OIM_OK : admin_check_team(call, op->team);
}

void admin_forget_invites(struct admin_call *call, const struct account *person)
{
    const struct invite *invite = NULL;
    while ((invite = next_invite_of(call, person, invite)) != NULL) {
        if (invite->generation + 1 < person->generation && admin_has_room(call)) {
            admin_delete(call, RECORDS_INVITE, oim_slice(invite->invite_id.bytes, OIM_ID_SIZE),
                         invite->version);
        }
    }
}

enum oim_status admin_check_new_invite(struct admin_call *call)
{
    struct core *core = call->core;
    if (call->op->valid_s > INVITE_VALID_S_MAX) {
        return oim_fail(&core->error, OIM_ERR_USAGE, "an invite is valid for at most a year");
    }
    if (registry_open_invite_count(&core->registry, core->wall_ms) >= core->config.limits.invite_count_max) {
        return oim_fail(&core->error, OIM_ERR_LIMIT,
                        "%zu invites are open; revoke some, or wait for people to join",
                        core->config.limits.invite_count_max);
    }
    return OIM_OK;
}

static enum oim_status check_invite_room(struct admin_call *call)
{
    struct core *core = call->core;
    struct registry *registry = &core->registry;
    if (call->target != NULL && call->target->joined) {
        return oim_fail(&core->error, OIM_ERR_CONFLICT, "there is %s already", call->target->login);
    }
    if (call->target == NULL && call->op->renew) {
        return oim_fail(&core->error, OIM_ERR_NOT_FOUND, "nobody called '%s' was invited", call->op->login);
    }
    if (call->target != NULL && has_open_invite(call, call->target)) {
        return call->op->renew /* takes the place of that one */
                   ? OIM_OK
                   : oim_fail(&core->error, OIM_ERR_CONFLICT, "%s is invited already; renew that invite",
                              call->target->login);
    }
    enum oim_status status = admin_check_new_invite(call);
    if (status != OIM_OK) {
        return status;
    }
    if (call->target == NULL && registry->uid_last >= registry->person_count_max) {
        return oim_fail(&core->error, OIM_ERR_LIMIT, "there is room for %u people",
                        registry->person_count_max);
    }
    return OIM_OK;
}

static enum oim_status check_user_create(struct admin_call *call, enum role role, struct log_body *out)
{
    struct core *core = call->core;
    enum oim_status status = admin_check_entry(call, LOG_BODY_USER_CREATE, call->target, out);
    if (status != OIM_OK && call->target != NULL && !call->op->renew) { /* made as for somebody new */
        return oim_fail(&core->error, status, "%s was invited before; renew that invite",
                        call->target->login);
    }
    if (status != OIM_OK || out->kind == LOG_BODY_NONE) {
        return status;
    }
    if (strcmp(out->login, call->op->login) != 0 || out->role != role || oim_id_is_zero(&out->user_id) ||
        !sign_public_valid(&out->invite_pub)) {
        return oim_fail(&core->error, OIM_ERR_PROTOCOL, "the entry does not say what the request says");
    }
    struct oim_id id = invite_id(&out->invite_pub);
    bool new_id_taken = call->target == NULL && registry_person_by_id(&core->registry, &out->user_id) != NULL;
    if (new_id_taken || registry_invite(&core->registry, &id) != NULL) {
        return oim_fail(&core->error, OIM_ERR_CONFLICT, "this entry was used already");
    }
    return OIM_OK;
}

static struct account invited_person(const struct admin_call *call, const struct log_body *body,
                                     enum role role)
{
    const struct admin_op *op = call->op;
    struct account person;
    memset(&person, 0, sizeof(person));
    if (call->target != NULL) {
        person = *call->target;
    } else {
        person.uid = call->core->registry.uid_last + 1;
        person.user_id = body->user_id;
        person.generation = 1;
        memcpy(person.login, op->login, strlen(op->login) + 1);
    }
    person.role = role;
    person.invited_ms = call->core->wall_ms;
    if (op->display[0] != '\0') {
        memcpy(person.display, op->display, strlen(op->display) + 1);
    }
    if (op->team[0] != '\0') {
        memcpy(person.team, op->team, strlen(op->team) + 1);
    }
    return person;
}

size_t admin_void_unused(struct admin_call *call, const struct account *person)
{
    const struct invite *invite = NULL;
    size_t count = 0;
    while ((invite = next_invite_of(call, person, invite)) != NULL) {
        if (invite->used_ms == 0 && !invite->revoked) {
            struct invite updated = *invite;
            updated.revoked = true;
            admin_put_invite(call, &updated);
            count++;
        }
    }
    return count;
}

struct invite admin_new_invite(const struct admin_call *call, const struct account *person,
                               const struct sign_public *invite_pub)
{
    uint32_t valid_s = call->op->valid_s == 0 ? INVITE_VALID_S_DEFAULT : call->op->valid_s;
    return (struct invite){
        .invite_id = invite_id(invite_pub),
        .invite_pub = *invite_pub,
        .uid = person->uid,
        .kind = INVITE_PERSON,
        .generation = person->generation,
        .made_ms = call->core->wall_ms,
        .expires_ms = call->core->wall_ms + (uint64_t)valid_s * 1000,
    };
}

enum oim_status admin_invite(struct admin_call *call)
{
    const struct admin_op *op = call->op;
    enum role role = op->role == ROLE_NONE ? ROLE_USER : op->role;
    struct log_body body;
    enum oim_status status = check_invite_words(call);
    if (status == OIM_OK) {
        status = check_invite_room(call);
    }
    if (status == OIM_OK) {
        status = check_user_create(call, role, &body);
    }
    if (status != OIM_OK) {
        return status;
    }
    struct account person = invited_person(call, &body, role);
    struct invite invite = admin_new_invite(call, &person, &body.invite_pub);
    if (call->target != NULL && admin_void_unused(call, call->target) > 0) {
        audit_text_add(&call->before, "login=%s", person.login);
    }
    admin_log_entry(call, &person);
    admin_put_person(call, &person);
    admin_put_invite(call, &invite);
    audit_text_add(&call->after, "login=%s role=%s team=%s", person.login, role_name(role), person.team);
    size_t open = registry_open_invite_count(&call->core->registry, call->core->wall_ms);
    if (admin_row(call, 7)) {
        admin_text(call, "login", person.login);
        admin_text(call, "display", person.display);
        admin_text(call, "team", person.team);
        admin_text(call, "role", role_name(role));
        admin_number(call, "room", call->core->config.limits.invite_count_max - open);
        admin_id(call, "user", &person.user_id);
        admin_time(call, "until", invite.expires_ms);
    }
    return OIM_OK;
}

/* Those that are open or out of date; used and withdrawn ones are in the audit log. */
enum oim_status admin_invite_list(struct admin_call *call)
{
    struct core *core = call->core;
    const struct oim_table *invites = &core->registry.invites;
    for (const struct invite *invite = oim_table_first(invites); invite != NULL;
         invite = oim_table_next(invites, invite)) {
        const struct account *person = registry_person(&core->registry, invite->uid);
        if (person == NULL || invite->used_ms != 0 || invite->revoked) {
            continue;
        }
        if (!admin_row(call, 7)) {
            break;
        }
        admin_text(call, "login", person->login);
        admin_text(call, "display", person->display);
        admin_text(call, "team", person->team);
        admin_text(call, "role", role_name(person->role));
        admin_time(call, "made", invite->made_ms);
        admin_time(call, "until", invite->expires_ms);
        admin_text(call, "state", is_open(invite, core->wall_ms) ? "open" : "expired");
    }
    return OIM_OK;
}

enum oim_status admin_invite_revoke(struct admin_call *call)
{
    size_t count = call->target == NULL ? 0 : admin_void_unused(call, call->target);
    if (count == 0) {
        return oim_fail(&call->core->error, OIM_ERR_NOT_FOUND, "there is no invite for '%s'",
                        call->op->login);
    }
    audit_text_add(&call->before, "login=%s", call->target->login);
    if (admin_row(call, 1)) {
        admin_text(call, "login", call->target->login);
    }
    return OIM_OK;
}

/* ---- accounts ------------------------------------------------------------------------------------------ */

static enum oim_status set_role(struct admin_call *call, struct account *io_person)
{
    struct log_body body;
    enum role role = call->op->role;
    if (is_last_owner(call, call->target)) {
        return last_owner(call);
    }
    enum oim_status status = admin_check_entry(call, LOG_BODY_ROLE_SET, call->target, &body);
    if (status != OIM_OK) {
        return status;
    }
    if (body.kind != LOG_BODY_NONE && body.role != role) {
        return oim_fail(&call->core->error, OIM_ERR_PROTOCOL, "the entry does not say what the request says");
    }
    audit_text_add(&call->before, " role=%s", role_name(io_person->role));
    audit_text_add(&call->after, " role=%s", role_name(role));
    io_person->role = role;
    admin_log_entry(call, io_person);
    return OIM_OK;
}

static enum oim_status set_words(struct admin_call *call, struct account *io_person)
{
    const struct admin_op *op = call->op;
    if (op->display[0] != '\0') {
        if (!name_valid(op->display)) {
            return oim_fail(&call->core->error, OIM_ERR_USAGE, "this display name cannot be shown safely");
        }
        audit_text_add(&call->before, " display=\"%s\"", io_person->display);
        audit_text_add(&call->after, " display=\"%s\"", op->display);
        memcpy(io_person->display, op->display, strlen(op->display) + 1);
    }
    if (op->team[0] == '\0' && !op->clear_team) {
        return OIM_OK;
    }
    enum oim_status status = op->clear_team ? OIM_OK : admin_check_team(call, op->team);
    if (status != OIM_OK) {
        return status;
    }
    const char *team = op->clear_team ? "" : op->team;
    audit_text_add(&call->before, " team=%s", io_person->team);
    audit_text_add(&call->after, " team=%s", team);
    memcpy(io_person->team, team, strlen(team) + 1);
    return OIM_OK;
}

enum oim_status admin_user_set(struct admin_call *call)
{
    const struct admin_op *op = call->op;
    struct account person = *call->target;
    if (op->display[0] == '\0' && op->team[0] == '\0' && !op->clear_team && op->role == ROLE_NONE) {
        return oim_fail(&call->core->error, OIM_ERR_USAGE, "there is nothing to change");
    }
    audit_text_add(&call->before, "login=%s", person.login);
    audit_text_add(&call->after, "login=%s", person.login);
    enum oim_status status = set_words(call, &person);
    if (status == OIM_OK && op->role != ROLE_NONE && op->role != person.role) {
        status = set_role(call, &person);
    }
    if (status != OIM_OK) {
        return status;
    }
    admin_put_person(call, &person);
    if (call->changes) {
        change_raise_policy_version(call->core);
    }
    admin_concerns_person(call, &person);
    person_row(call, &person);
    return OIM_OK;
}

enum oim_status admin_user_enable(struct admin_call *call)
{
    const struct admin_op *op = call->op;
    struct account person = *call->target;
    struct log_body body;
    bool closed = !op->enabled;
    if (closed && is_last_owner(call, call->target)) {
        return last_owner(call);
    }
    if (closed != person.closed) {
        enum oim_status status = admin_check_entry(call, LOG_BODY_USER_DISABLE, call->target, &body);
        if (status != OIM_OK) {
            return status;
        }
        if (body.kind != LOG_BODY_NONE && body.disabled != closed) {
            return oim_fail(&call->core->error, OIM_ERR_PROTOCOL,
                            "the entry does not say what the request says");
        }
        admin_log_entry(call, &person);
        person.closed_ms = closed ? call->core->wall_ms : 0;
    } else if (!closed || strcmp(op->say, person.say) == 0) {
        admin_note(call, "nothing_changed", "%s", person.login);
    }
    audit_text_add(&call->before, "login=%s closed=%s say=%s", person.login, person.closed ? "True" : "False",
                   person.say);
    audit_text_add(&call->after, "login=%s closed=%s say=%s", person.login, closed ? "True" : "False",
                   closed ? op->say : "");
    person.closed = closed;
    memcpy(person.say, closed ? op->say : "", closed ? strlen(op->say) + 1 : 1);
    admin_put_person(call, &person);
    if (call->changes) {
        change_raise_policy_version(call->core);
    }
    person_row(call, &person);
    return OIM_OK;
}

enum oim_status admin_device_revoke(struct admin_call *call)
{
    struct core *core = call->core;
    const struct device *device = registry_device_by_id(&core->registry, &call->op->device_id);
    struct account person = *call->target;
    struct log_body body;
    if (device == NULL || device->uid != person.uid || device->revoked_ms != 0) {
        return oim_fail(&core->error, OIM_ERR_NOT_FOUND, "%s has no such device", person.login);
    }
    if (device == call->device) {
        return oim_fail(&core->error, OIM_ERR_CONFLICT,
                        "this is the device you are using; revoke it as one of your own");
    }
    enum oim_status status = admin_check_entry(call, LOG_BODY_DEVICE_REVOKE, call->target, &body);
    if (status != OIM_OK) {
        return status;
    }
    if (body.kind != LOG_BODY_NONE && !oim_id_equal(&body.device_id, &device->device_id)) {
        return oim_fail(&core->error, OIM_ERR_PROTOCOL, "the entry is about another device");
    }
    struct device updated = *device;
    updated.revoked_ms = core->wall_ms;
    admin_log_entry(call, &person);
    admin_put_person(call, &person);
    admin_put_device_gone(call, &updated);
    char id[OIM_ID_TEXT_SIZE];
    oim_id_to_text(&device->device_id, id);
    audit_text_add(&call->before, "login=%s device=%s", person.login, id);
    audit_text_add(&call->after, "login=%s", person.login);
    if (admin_row(call, 3)) {
        admin_text(call, "login", person.login);
        admin_text(call, "device", id);
        admin_text(call, "label", device->label);
    }
    return OIM_OK;
}
