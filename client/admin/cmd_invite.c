/*
 * cmd_invite.c - inviting: one person, a file of them, and what becomes of the lines.
 *
 * A file is all or nothing: every line is checked here, then every person by the server in a dry run along
 * with the room for all of them, and only then is anybody invited. What still fails on the way withdraws the
 * lines made so far, and says so.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/admin/ctl.h"
#include "client/admin/people_file.h"
#include "client/text/safe.h"
#include "client/text/when.h"
#include "proto/handshake.h"
#include "proto/names.h"

#define FILE_SIZE_MAX ((size_t)4 << 20)
#define LETTER_SIZE_MAX 4096u

bool ctl_valid_take(struct ctl *ctl, uint32_t *out_s)
{
    const char *valid = options_value(&ctl->options, "valid");
    struct oim_error err = {0};
    int64_t valid_ms = (int64_t)INVITE_VALID_S_DEFAULT * 1000;
    if (valid != NULL && when_parse_duration(valid, 86400000, &valid_ms, &err) != OIM_OK) {
        ctl_usage(ctl, "--valid: %s", err.text);
        return false;
    }
    if (valid_ms < 1000 || valid_ms > (int64_t)INVITE_VALID_S_MAX * 1000) {
        ctl_usage(ctl, "--valid: a line works for at least a second and at most 365 days, not %s", valid);
        return false;
    }
    *out_s = (uint32_t)(valid_ms / 1000);
    return true;
}

void ctl_invite_print(struct ctl *ctl, const struct local_fields *invite)
{
    char line[1024];
    char until[128];
    console_object(&ctl->console, "invite", invite, NULL);
    if (ctl->console.json) {
        return;
    }
    text_safe(line, sizeof(line), oim_slice_text(local_text(invite, "line")), SAFE_MARK_NEWLINES);
    console_words(&ctl->console, "invite_until", invite, until, sizeof(until));
    console_bytes(&ctl->console, oim_slice_text(line));
    console_bytes(&ctl->console, OIM_SLICE_LITERAL("   "));
    console_bytes(&ctl->console, oim_slice_text(until));
    console_bytes(&ctl->console, OIM_SLICE_LITERAL("\n"));
}

void ctl_line_lost(struct ctl *ctl, const struct ctl_answer *answer, const char *login)
{
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "login", login);
    struct local_fields fields = local_built(&builder);
    if (answer->unanswered) {
        console_complain(&ctl->console, "line_lost", &fields);
    }
}

/* Ask, and print the line that comes of it. */
static int invite_one(struct ctl *ctl, const struct admin_op *op)
{
    struct ctl_answer answer = ctl_ask(ctl, op);
    if (answer.exit_code == EXIT_DONE) {
        ctl_invite_print(ctl, &answer.invite);
        ctl_print_notes(ctl, &answer.rows);
    }
    ctl_line_lost(ctl, &answer, op->login);
    return answer.exit_code;
}

/* ---- a file of people ---------------------------------------------------------------------------------- */

struct campaign {
    struct ctl *ctl;
    struct people_line *people;
    size_t count;
    uint32_t valid_s;
    const char *letters; /* the folder; NULL: the lines are printed */
    struct words words;  /* of the letters */
    bool failed;
};

static void complain_line(void *context, size_t line, const char *code, const char *value)
{
    struct campaign *campaign = context;
    struct local_builder builder = {.count = 0};
    local_add_number(&builder, "line", (int64_t)line);
    local_add_text(&builder, "value", value);
    struct local_fields fields = local_built(&builder);
    console_complain(&campaign->ctl->console, code, &fields);
    campaign->failed = true;
}

static enum oim_status file_read(struct ctl *ctl, const char *path, struct oim_slice *out)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    char *bytes = oim_arena_alloc(&ctl->arena, FILE_SIZE_MAX);
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "path", path);
    local_add_text(&builder, "text", file == NULL ? strerror(errno) : "");
    size_t size = file == NULL || bytes == NULL ? 0 : fread(bytes, 1, FILE_SIZE_MAX, file);
    bool whole = file != NULL && bytes != NULL && size < FILE_SIZE_MAX && ferror(file) == 0;
    if (file != NULL && file != stdin) {
        fclose(file);
    }
    if (!whole) {
        struct local_fields fields = local_built(&builder);
        console_complain(&ctl->console, "people_unreadable", &fields);
        return OIM_ERR_IO;
    }
    *out = oim_slice(bytes, size);
    return OIM_OK;
}

static struct admin_op op_of(const struct campaign *campaign, const struct people_line *person)
{
    struct admin_op op = admin_op_of(ADMIN_INVITE);
    op.login = person->login;
    op.display = person->display;
    op.team = person->team;
    op.role = person->role;
    op.renew = person->renew;
    op.valid_s = campaign->valid_s;
    return op;
}

static const char *letter_path(struct campaign *campaign, const struct people_line *person)
{
    return oim_arena_printf(&campaign->ctl->arena, "%s/%s.txt", campaign->letters, person->login);
}

/* A folder to write to, without a letter of this file's people in it. */
static void letters_check(struct campaign *campaign)
{
    struct stat info;
    struct local_builder builder = {.count = 0};
    if (mkdir(campaign->letters, 0700) != 0 && errno != EEXIST) {
        local_add_text(&builder, "path", campaign->letters);
        local_add_text(&builder, "text", strerror(errno));
        struct local_fields fields = local_built(&builder);
        console_complain(&campaign->ctl->console, "people_unreadable", &fields);
        campaign->failed = true;
        return;
    }
    for (size_t i = 0; i < campaign->count; i++) {
        const char *path = letter_path(campaign, &campaign->people[i]);
        if (path == NULL || stat(path, &info) == 0) {
            complain_line(campaign, campaign->people[i].line, "people_letter_there",
                          path != NULL ? path : "");
        }
    }
}

/* The row of one login among people or invites; NULL: none. */
static const struct admin_row *row_of(const struct admin_rows *rows, const char *login)
{
    for (size_t i = 0; i < rows->row_count; i++) {
        if (strcmp(ctl_row_value(&rows->rows[i], "login"), login) == 0) {
            return &rows->rows[i];
        }
    }
    return NULL;
}

/* Whoever was invited before and has no open invite any more is not new: their invite is renewed. */
static int people_recognise(struct campaign *campaign)
{
    struct admin_op look = admin_op_of(ADMIN_USER_LIST);
    struct ctl_answer known = ctl_ask(campaign->ctl, &look);
    look = admin_op_of(ADMIN_INVITE_LIST);
    struct ctl_answer invites = known.exit_code == EXIT_DONE ? ctl_ask(campaign->ctl, &look) : known;
    if (invites.exit_code != EXIT_DONE) {
        return invites.exit_code;
    }
    for (size_t i = 0; i < campaign->count; i++) {
        struct people_line *person = &campaign->people[i];
        const struct admin_row *row = row_of(&known.rows, person->login);
        const struct admin_row *invite = row_of(&invites.rows, person->login);
        bool open = invite != NULL && strcmp(ctl_row_value(invite, "state"), "open") == 0;
        person->renew = row != NULL && strcmp(ctl_row_value(row, "state"), "invited") == 0 && !open;
    }
    return EXIT_DONE;
}

/* What the server would say to each, and whether there is room for all. Returns an exit code. */
static int people_check(struct campaign *campaign)
{
    int exit_code = people_recognise(campaign);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    for (size_t i = 0; i < campaign->count; i++) {
        const struct people_line *person = &campaign->people[i];
        struct admin_op op = op_of(campaign, person);
        op.dry_run = true;
        struct ctl_answer answer = ctl_ask(campaign->ctl, &op);
        if (answer.exit_code == EXIT_USAGE) {
            complain_line(campaign, person->line, "people_refused", person->login);
            continue;
        }
        if (answer.exit_code != EXIT_DONE) {
            return answer.exit_code;
        }
        const char *room = answer.rows.row_count > 0 ? ctl_row_value(&answer.rows.rows[0], "room") : "";
        if (room[0] != '\0' && strtoull(room, NULL, 10) < campaign->count) {
            struct local_builder builder = {.count = 0};
            local_add_number(&builder, "count", (int64_t)campaign->count);
            local_add_number(&builder, "room", atoll(room));
            struct local_fields fields = local_built(&builder);
            console_complain(&campaign->ctl->console, "people_no_room", &fields);
            return EXIT_FAILED;
        }
    }
    return campaign->failed ? EXIT_USAGE : EXIT_DONE;
}

/* Append a sentence and the end of its line. */
static bool letter_say(const struct campaign *campaign, const char *code, const struct local_fields *fields,
                       struct oim_buf *out)
{
    return words_append(&campaign->words, code, fields, out) == OIM_OK &&
           oim_buf_append(out, "\n", 1) == OIM_OK;
}

static bool letter_write(struct campaign *campaign, const struct people_line *person,
                         const struct local_fields *invite)
{
    static const char *const sentences[] = {"letter_hello", "letter_install", "letter_run", "letter_line",
                                            "letter_once"};
    OIM_CLEANUP(invite_line_finish) struct invite_line line;
    struct oim_error err = {0};
    struct local_builder builder = {.count = 0};
    bool parsed = invite_line_parse(local_text(invite, "line"), &line, &err) == OIM_OK;
    local_add_text(&builder, "display", person->display);
    local_add_text(&builder, "mail", person->mail);
    local_add_text(&builder, "address", parsed ? line.host_port : "");
    local_add_text(&builder, "line", local_text(invite, "line"));
    local_add_number(&builder, "until", local_number(invite, "until", 0));
    struct local_fields fields = local_built(&builder);
    struct oim_buf letter;
    oim_buf_init(&letter, LETTER_SIZE_MAX);
    bool worded = person->mail[0] == '\0' || letter_say(campaign, "letter_to", &fields, &letter);
    for (size_t i = 0; i < OIM_COUNT(sentences) && worded; i++) {
        worded = letter_say(campaign, sentences[i], &fields, &letter);
    }
    const char *path = letter_path(campaign, person);
    int fd = path == NULL || !worded ? -1 : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool written = fd >= 0 && write(fd, letter.data, letter.size) == (ssize_t)letter.size;
    written = fd >= 0 && close(fd) == 0 && written;
    if (!written) {
        complain_line(campaign, person->line, "people_letter_not_written", path != NULL ? path : "");
    }
    oim_buf_finish(&letter);
    return written;
}

/* Withdraw the lines of the first count people. Returns how many could not be withdrawn. */
static size_t withdraw(struct campaign *campaign, size_t count)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        struct admin_op op = admin_op_of(ADMIN_INVITE_REVOKE);
        op.login = campaign->people[i].login;
        left += ctl_ask(campaign->ctl, &op).exit_code != EXIT_DONE;
        const char *path = campaign->letters == NULL ? NULL : letter_path(campaign, &campaign->people[i]);
        if (path != NULL) {
            (void)unlink(path);
        }
    }
    struct local_builder builder = {.count = 0};
    local_add_number(&builder, "count", (int64_t)count);
    local_add_number(&builder, "left", (int64_t)left);
    struct local_fields fields = local_built(&builder);
    console_complain(&campaign->ctl->console, "people_withdrawn", &fields);
    return left;
}

static int people_invite(struct campaign *campaign)
{
    struct local_fields *invites = oim_arena_zalloc(&campaign->ctl->arena, campaign->count, sizeof(*invites));
    if (invites == NULL) {
        return EXIT_FAILED;
    }
    for (size_t i = 0; i < campaign->count; i++) {
        struct admin_op op = op_of(campaign, &campaign->people[i]);
        struct ctl_answer answer = ctl_ask(campaign->ctl, &op);
        bool made = answer.exit_code == EXIT_DONE;
        bool told = made && (campaign->letters == NULL ||
                             letter_write(campaign, &campaign->people[i], &answer.invite));
        if (!told) {
            (void)withdraw(campaign, i + made);
            return made ? EXIT_FAILED : answer.exit_code;
        }
        invites[i] = answer.invite;
    }
    for (size_t i = 0; i < campaign->count; i++) { /* not before all are there */
        if (campaign->letters == NULL || campaign->ctl->console.json) {
            console_say(&campaign->ctl->console, "invite_for", &invites[i]);
            ctl_invite_print(campaign->ctl, &invites[i]);
        }
    }
    struct local_builder builder = {.count = 0};
    local_add_number(&builder, "count", (int64_t)campaign->count);
    local_add_text(&builder, "path", campaign->letters != NULL ? campaign->letters : "");
    struct local_fields fields = local_built(&builder);
    console_say(&campaign->ctl->console, "people_invited", &fields);
    return EXIT_DONE;
}

static int invite_file(struct ctl *ctl, const char *path)
{
    struct campaign campaign = {
        .ctl = ctl, .letters = options_value(&ctl->options, "letters"), .words = ctl->console.words};
    const char *language = options_value(&ctl->options, "lang");
    struct oim_slice text;
    if (ctl_operand(ctl, 0) != NULL || options_has(&ctl->options, "display") ||
        options_has(&ctl->options, "team") || options_has(&ctl->options, "role")) {
        return ctl_usage(ctl,
                         "with --file who is invited, with which name, team and role, stands in the file");
    }
    if (language != NULL && strcmp(language, "en") != 0 && strcmp(language, "es") != 0) {
        return ctl_usage(ctl, "--lang: letters are written in en or es, not in '%s'", language);
    }
    if (language != NULL) {
        campaign.words.language = words_language_of(language);
    }
    if (!ctl_valid_take(ctl, &campaign.valid_s)) {
        return EXIT_USAGE;
    }
    if (file_read(ctl, path, &text) != OIM_OK) {
        return EXIT_FAILED;
    }
    enum oim_status status =
        people_file_read(text, &ctl->arena, complain_line, &campaign, &campaign.people, &campaign.count);
    if (status == OIM_ERR_USAGE) {
        console_complain(&ctl->console, "admin_not_done", NULL);
        return EXIT_USAGE;
    }
    if (status != OIM_OK) {
        return ctl_usage(ctl, "at most %u people in one file", PEOPLE_FILE_LINES_MAX);
    }
    if (campaign.letters != NULL) {
        letters_check(&campaign);
    }
    int exit_code = campaign.failed ? EXIT_USAGE : people_check(&campaign);
    if (exit_code != EXIT_DONE) {
        console_complain(&ctl->console, "admin_not_done", NULL);
        return exit_code;
    }
    return people_invite(&campaign);
}

/* ---- the commands -------------------------------------------------------------------------------------- */

int ctl_invite(struct ctl *ctl)
{
    const char *path = options_value(&ctl->options, "file");
    if (path != NULL) {
        return invite_file(ctl, path);
    }
    struct admin_op op = admin_op_of(ADMIN_INVITE);
    const char *login = ctl_operand(ctl, 0);
    if (login == NULL) {
        return ctl_usage(ctl, "invite whom? A login, or --file with one person a line");
    }
    if (options_has(&ctl->options, "letters") || options_has(&ctl->options, "lang")) {
        return ctl_usage(ctl, "--letters and --lang go with --file");
    }
    op.login = login;
    op.display = ctl_option(ctl, "display");
    op.team = ctl_option(ctl, "team");
    if (!login_valid(op.login)) {
        return ctl_usage(ctl, "'%s' cannot be a login: a-z, 0-9, then also . _ -, at most 32", op.login);
    }
    if (op.display[0] == '\0') {
        op.display = op.login;
    }
    if (!name_valid(op.display)) {
        return ctl_usage(ctl, "that cannot be a name: at most %u bytes, no control characters",
                         NAME_SIZE_MAX);
    }
    if (!ctl_role_take(ctl, &op.role) || !ctl_valid_take(ctl, &op.valid_s)) {
        return EXIT_USAGE;
    }
    if (op.role == ROLE_NONE) {
        op.role = ROLE_USER;
    }
    return invite_one(ctl, &op);
}

int ctl_invite_list(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_INVITE_LIST);
    return ctl_ask_print(ctl, &op, CTL_TABLE);
}

int ctl_invite_revoke(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_INVITE_REVOKE);
    op.login = ctl_operand(ctl, 0);
    return ctl_ask_done(ctl, &op);
}

/* A new line in place of the old one, with the name, team and role there are. */
int ctl_invite_renew(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_INVITE);
    op.login = ctl_operand(ctl, 0);
    op.renew = true;
    if (!ctl_valid_take(ctl, &op.valid_s)) {
        return EXIT_USAGE;
    }
    struct admin_op look = admin_op_of(ADMIN_USER_LIST);
    look.who = op.login;
    struct ctl_answer people = ctl_ask(ctl, &look);
    if (people.exit_code != EXIT_DONE) {
        return people.exit_code;
    }
    const struct admin_row *row = row_of(&people.rows, op.login);
    if (row == NULL || strcmp(ctl_row_value(row, "state"), "invited") != 0) {
        struct local_builder builder = {.count = 0};
        local_add_text(&builder, "name", op.login);
        struct local_fields fields = local_built(&builder);
        console_complain(&ctl->console, "no_such_invite", &fields);
        return EXIT_NO_SUCH_NAME;
    }
    op.role = role_from_name(ctl_row_value(row, "role"));
    op.display = ctl_row_value(row, "display");
    return invite_one(ctl, &op);
}
