/*
 * cmd_status.c - oimctl status: one screen for every morning, and for monitoring: exit 0 well, 1 look
 * (USERS.md C1). What is to be looked at the server says, in notes.
 */
#include <stdlib.h>
#include <string.h>

#include "client/admin/ctl.h"

#define GROUP_COUNT_MAX 256u
#define INVITED_NAMED_MAX 3u

/* The rows are one figure each. */
static void figures_take(const struct ctl_answer *answer, struct local_builder *out)
{
    static const char *const texts[] = {"version", "address",      "mode",
                                        "offline", "oldest_login", "fullest_login"};
    for (size_t i = 0; i < answer->rows.row_count && out->count < LOCAL_FIELD_COUNT_MAX / 2; i++) {
        const char *name = ctl_row_value(&answer->rows.rows[i], "name");
        const char *value = ctl_row_value(&answer->rows.rows[i], "value");
        bool is_text = false;
        for (size_t j = 0; j < OIM_COUNT(texts); j++) {
            is_text = is_text || strcmp(texts[j], name) == 0;
        }
        size_t digits = strspn(value, "0123456789");
        if (is_text || digits == 0 || digits > 18 || value[digits] != '\0') {
            local_add_text(out, name, value);
        } else {
            local_add_number(out, name, atoll(value));
        }
    }
}

static const char *worded(struct ctl *ctl, const char *code, const struct local_builder *builder)
{
    char sentence[512];
    struct local_fields fields = local_built(builder);
    console_words(&ctl->console, code, &fields, sentence, sizeof(sentence));
    const char *kept = oim_arena_strdup(&ctl->arena, oim_slice_text(sentence));
    return kept == NULL ? "" : kept;
}

/* "eva until 9 May, ivan (line expired) and 3 more"; "" when it cannot be had. */
static const char *invited_words(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_INVITE_LIST);
    struct ctl_answer answer = ctl_ask(ctl, &op);
    const char **names = oim_arena_zalloc(&ctl->arena, answer.rows.row_count + 1, sizeof(*names));
    if (answer.exit_code != EXIT_DONE || names == NULL) {
        return "";
    }
    for (size_t i = 0; i < answer.rows.row_count; i++) {
        const struct admin_row *row = &answer.rows.rows[i];
        struct local_builder builder = {.count = 0};
        local_add_text(&builder, "login", ctl_row_value(row, "login"));
        local_add_number(&builder, "until", atoll(ctl_row_value(row, "until")));
        local_add_truth(&builder, "expired", strcmp(ctl_row_value(row, "state"), "expired") == 0);
        names[i] = worded(ctl, "status_invited", &builder);
    }
    return ctl_whom(ctl, names, answer.rows.row_count, INVITED_NAMED_MAX);
}

/* Through what those may not who may not: "team Sales, policy NoOffline". */
static const char *off_words(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_OFFLINE);
    struct ctl_answer answer = ctl_ask(ctl, &op);
    const char *groups[GROUP_COUNT_MAX];
    size_t count = 0;
    for (size_t i = 0; i < answer.rows.row_count && count < GROUP_COUNT_MAX; i++) {
        const struct admin_row *row = &answer.rows.rows[i];
        if (strcmp(ctl_row_value(row, "offline"), "off") != 0) {
            continue;
        }
        const char *via = ctl_row_value(row, "via");
        bool by_team = strcmp(via, "team") == 0 || strcmp(via, "site") == 0;
        struct local_builder builder = {.count = 0};
        local_add_text(&builder, "team", ctl_row_value(row, "team"));
        local_add_text(&builder, "policy", ctl_policy_shown(ctl_row_value(row, "policy")));
        const char *group = worded(ctl, by_team ? "status_off_team" : "status_off_own", &builder);
        size_t at = 0;
        while (at < count && strcmp(groups[at], group) != 0) {
            at++;
        }
        groups[at] = group;
        count += at == count;
    }
    return ctl_whom(ctl, groups, count, CTL_NAMED_MAX);
}

/* One day's figures under names without the day. False: that day was not counted. */
static bool day_say(struct ctl *ctl, const struct local_fields *figures, const char *day)
{
    static const char *const names[] = {"accepted",       "held",    "delivered", "refused",
                                        "refused_policy", "expired", "lost"};
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "day", day);
    for (size_t i = 0; i < OIM_COUNT(names); i++) {
        char name[64];
        snprintf(name, sizeof(name), "%s_%s", day, names[i]);
        if (local_field(figures, name) == NULL) {
            return false;
        }
        local_add_number(&builder, names[i], local_number(figures, name, 0));
    }
    struct local_fields fields = local_built(&builder);
    console_say(&ctl->console, "status_day", &fields);
    return true;
}

static void screen_print(struct ctl *ctl, struct local_builder *builder)
{
    struct local_fields figures = local_built(builder);
    bool by_people = strcmp(local_text(&figures, "offline"), "on") == 0 &&
                     local_number(&figures, "offline_off_people", 0) > 0;
    const char *invited = local_number(&figures, "invites_open", 0) > 0 ? invited_words(ctl) : "";
    const char *off_by = by_people ? off_words(ctl) : "";
    if (invited[0] != '\0') {
        local_add_text(builder, "invited", invited);
    }
    local_add_text(builder, "off_by", off_by);
    local_add_number(builder, "commit_age", local_number(&figures, "commit_age_ms", 0));
    local_add_number(builder, "slowest", (local_number(&figures, "commit_us_max", 0) + 999) / 1000);
    figures = local_built(builder);
    static const char *const lines[] = {"status_server", "status_people", "status_waiting", "status_policy"};
    for (size_t i = 0; i < OIM_COUNT(lines); i++) {
        console_say(&ctl->console, lines[i], &figures);
    }
    if (local_field(&figures, "store_bytes") != NULL) {
        console_say(&ctl->console, "status_store", &figures);
    }
    console_say(&ctl->console, "status_backup", &figures);
    bool knows_before = day_say(ctl, &figures, "yesterday");
    bool counts = day_say(ctl, &figures, "today");
    int64_t since_ms = local_number(&figures, "counted_since", 0);
    if (counts && (!knows_before || ctl->console.words.now_ms - since_ms < INT64_C(2) * 86400000)) {
        console_say(&ctl->console, "status_counted", &figures);
    }
}

int ctl_status(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_STATUS);
    struct ctl_answer answer = ctl_ask(ctl, &op);
    if (answer.exit_code != EXIT_DONE) {
        return answer.exit_code;
    }
    bool well = answer.rows.note_count == 0;
    struct local_builder builder = {.count = 0};
    figures_take(&answer, &builder);
    struct local_fields figures = local_built(&builder);
    int64_t since_ms = local_number(&figures, "since", 0);
    if (since_ms != 0) {
        local_add_number(&builder, "up", ctl->console.words.now_ms - since_ms);
    }
    local_add_text(&builder, "state", well ? "well" : "look");
    figures = local_built(&builder);
    if (ctl->console.json) {
        console_object(&ctl->console, "status", &figures, NULL);
    } else {
        screen_print(ctl, &builder);
    }
    ctl_print_notes(ctl, &answer.rows);
    return well ? EXIT_DONE : EXIT_FAILED;
}
