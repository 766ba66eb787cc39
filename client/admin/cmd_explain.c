/*
 * cmd_explain.c - policy explain: the rule that decides, where each value comes from, and who set it when.
 *
 * What is in force the server says (OpEffective). Who set it is what the audit log is for, so it is read
 * there: the latest entry that gave the setting its value, or the person the policy, names who, when and from
 * which device. Nothing about it is kept a second time.
 */
#include <stdlib.h>
#include <string.h>

#include "client/admin/ctl.h"

static bool op_is(const struct admin_row *entry, const char *op)
{
    return strcmp(ctl_row_value(entry, "op"), op) == 0;
}

/* Does text hold "WORD=" with nothing but a blank or the beginning in front of it? */
static bool assigns(const char *text, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
        if ((at == text || at[-1] == ' ') && at[size] == '=') {
            return true;
        }
    }
    return false;
}

/* "Tag:Polite EnableOfflineIm=True": what comes behind the name, if it is this one; else NULL. */
static const char *behind_name(const char *text, const char *name)
{
    size_t size = strlen(name);
    bool begins = strncmp(text, name, size) == 0 && (text[size] == ' ' || text[size] == '\0');
    return begins ? text + size : NULL;
}

/* `oimctl offline`: "organisation EnableOfflineIm=", "Global EnableOfflineIm=",
 * "Tag:NoOffline(". */
static bool switch_sets(struct ctl *ctl, const char *text, const char *origin, const char *setting)
{
    const char *plain = oim_arena_printf(&ctl->arena, "%s %s=", origin, setting);
    const char *made = oim_arena_printf(&ctl->arena, "%s(", origin); /* a copy: all that it sets */
    return plain != NULL && made != NULL && (strstr(text, plain) != NULL || strstr(text, made) != NULL);
}

/* Did this entry give the setting its value in the policy called origin, or in the organisation's settings?
 */
static bool entry_sets(struct ctl *ctl, const struct admin_row *entry, const char *origin,
                       const char *setting)
{
    const char *text = ctl_row_value(entry, "new");
    if (op_is(entry, "offline")) {
        return switch_sets(ctl, text, origin, setting);
    }
    if (op_is(entry, "im.config")) {
        return strcmp(origin, "organisation") == 0 && assigns(text, setting);
    }
    if (op_is(entry, "policy.grant")) {
        return strcmp(origin, "Global") == 0 && strncmp(text, "Global=", strlen("Global=")) == 0;
    }
    const char *rest =
        op_is(entry, "policy.set") || op_is(entry, "policy.new") ? behind_name(text, origin) : NULL;
    return rest != NULL && (assigns(rest, setting) || assigns(rest, "from"));
}

static bool entry_grants(const struct admin_row *entry, const char *whom)
{
    return (op_is(entry, "policy.grant") || op_is(entry, "offline")) &&
           assigns(ctl_row_value(entry, "new"), whom);
}

/* By whom, when, from where: into builder, as by, at, device. */
static void origin_add(const struct admin_row *entry, struct local_builder *builder)
{
    if (entry == NULL) {
        return;
    }
    local_add_text(builder, "by", ctl_row_value(entry, "login"));
    local_add_number(builder, "at", atoll(ctl_row_value(entry, "at")));
    local_add_text(builder, "device", ctl_row_value(entry, "device"));
}

static const struct admin_row *setter_of(struct ctl *ctl, const struct admin_rows *audit,
                                         const struct admin_row *setting)
{
    const char *name = ctl_row_value(setting, "setting");
    const char *origin = ctl_row_value(setting, "origin");
    if (strcmp(origin, "default") == 0) {
        return NULL;
    }
    for (size_t i = audit->row_count; i > 0; i--) {
        if (entry_sets(ctl, &audit->rows[i - 1], origin, name)) {
            return &audit->rows[i - 1];
        }
    }
    return NULL;
}

static const struct admin_row *granter_of(struct ctl *ctl, const struct admin_rows *audit,
                                          const struct local_fields *about)
{
    const char *via = local_text(about, "via");
    const char *whom = NULL;
    if (strcmp(via, "own") == 0) {
        whom = local_text(about, "login");
    } else if (strcmp(via, "team") == 0) {
        whom = oim_arena_printf(&ctl->arena, "@%s", local_text(about, "team"));
    }
    for (size_t i = audit->row_count; whom != NULL && i > 0; i--) {
        if (entry_grants(&audit->rows[i - 1], whom)) {
            return &audit->rows[i - 1];
        }
    }
    return NULL;
}

static void settings_print_json(struct ctl *ctl, const struct admin_rows *settings,
                                const struct admin_rows *audit)
{
    for (size_t i = 0; i < settings->row_count; i++) {
        struct local_builder builder = {.count = 0};
        ctl_fields_of(settings->rows[i].fields, settings->rows[i].field_count, &builder);
        origin_add(setter_of(ctl, audit, &settings->rows[i]), &builder);
        struct local_fields fields = local_built(&builder);
        console_object(&ctl->console, "row", &fields, NULL);
    }
}

/* The setting that decides, by the name and origin of its row: into builder, as rule_by, rule_at. */
static void rule_origin_add(struct ctl *ctl, const struct admin_rows *settings,
                            const struct admin_rows *audit, const struct local_fields *about,
                            struct local_builder *builder)
{
    const char *rule = local_text(about, "rule");
    bool of_org = strcmp(rule, "organisation") == 0;
    const char *name = of_org ? "EnableOfflineIm" : rule;
    const char *origin = of_org ? "organisation" : local_text(about, "policy");
    for (size_t i = 0; i < settings->row_count; i++) {
        const struct admin_row *setting = &settings->rows[i];
        if (strcmp(ctl_row_value(setting, "setting"), name) != 0 ||
            strcmp(ctl_row_value(setting, "origin"), origin) != 0) {
            continue;
        }
        const struct admin_row *entry = setter_of(ctl, audit, setting);
        if (entry != NULL) {
            local_add_text(builder, "rule_by", ctl_row_value(entry, "login"));
            local_add_number(builder, "rule_at", atoll(ctl_row_value(entry, "at")));
        }
    }
}

/* Only what somebody set; the rest is counted. */
static void settings_print(struct ctl *ctl, const struct admin_rows *settings, const struct admin_rows *audit,
                           const char *login)
{
    size_t count = 0;
    struct ctl_answer shown = {.text = "", .exit_code = EXIT_DONE};
    static const char *const columns[] = {"setting", "value", "origin", "by", "at", "device", NULL};
    struct admin_row *rows = oim_arena_zalloc(&ctl->arena, settings->row_count, sizeof(*rows));
    if (rows == NULL) {
        ctl->console.failed = true;
        return;
    }
    for (size_t i = 0; i < settings->row_count; i++) {
        const struct admin_row *setting = &settings->rows[i];
        if (strcmp(ctl_row_value(setting, "origin"), "default") == 0) {
            continue;
        }
        const struct admin_row *entry = setter_of(ctl, audit, setting);
        struct admin_field *fields = oim_arena_zalloc(&ctl->arena, 6, sizeof(*fields));
        const char *device = entry == NULL ? "" : ctl_row_value(entry, "device");
        const char *device_shown = oim_arena_printf(&ctl->arena, "%.*s", CTL_DEVICE_SHOWN_SIZE, device);
        if (fields == NULL || device_shown == NULL) {
            ctl->console.failed = true;
            return;
        }
        fields[0] = (struct admin_field){"setting", ctl_row_value(setting, "setting")};
        fields[1] = (struct admin_field){"value", ctl_row_value(setting, "value")};
        fields[2] = (struct admin_field){"origin", ctl_row_value(setting, "origin")};
        fields[3] = (struct admin_field){"by", entry == NULL ? "" : ctl_row_value(entry, "login")};
        fields[4] = (struct admin_field){"at", entry == NULL ? "" : ctl_row_value(entry, "at")};
        fields[5] = (struct admin_field){"device", device_shown};
        rows[count++] = (struct admin_row){.fields = fields, .field_count = 6};
    }
    shown.rows = (struct admin_rows){.rows = rows, .row_count = count, .next = ""};
    (void)ctl_print_columns(ctl, &shown, columns);
    struct local_builder builder = {.count = 0};
    local_add_number(&builder, "count", (int64_t)(settings->row_count - count));
    local_add_text(&builder, "login", login);
    struct local_fields defaults = local_built(&builder);
    if (count < settings->row_count) {
        console_say(&ctl->console, "explain_defaults", &defaults);
    }
}

static int explain(struct ctl *ctl, const char *who)
{
    struct admin_op op = admin_op_of(ADMIN_EFFECTIVE);
    const char *to = options_value(&ctl->options, "to");
    op.who = who;
    op.to = to != NULL ? to : "";
    struct ctl_answer answer = ctl_ask(ctl, &op);
    if (answer.exit_code != EXIT_DONE) {
        return answer.exit_code;
    }
    struct admin_op look = admin_op_of(ADMIN_AUDIT_READ);
    look.from_n = 1;
    struct ctl_answer audit = ctl_ask(ctl, &look); /* refused: complained about, and explained without it */
    struct local_builder builder = {.count = 0};
    ctl_fields_of(answer.rows.notes, answer.rows.note_count, &builder);
    struct local_fields about = local_built(&builder);
    origin_add(granter_of(ctl, &audit.rows, &about), &builder);
    rule_origin_add(ctl, &answer.rows, &audit.rows, &about, &builder);
    about = local_built(&builder);
    console_object(&ctl->console, "explain", &about, NULL);
    if (local_field(&about, "closed") != NULL) {
        console_say(&ctl->console, "explain_closed", &about);
    }
    console_say(&ctl->console, "explain_policy", &about);
    console_say(&ctl->console, "explain_rule", &about);
    console_say(&ctl->console, "explain_accepts", &about);
    if (op.to[0] != '\0') {
        console_say(&ctl->console, "explain_meets", &about);
    }
    if (ctl->console.json) {
        settings_print_json(ctl, &answer.rows, &audit.rows);
    } else {
        settings_print(ctl, &answer.rows, &audit.rows, local_text(&about, "login"));
    }
    return audit.exit_code;
}

int ctl_policy_explain(struct ctl *ctl)
{
    struct ctl_whos whos;
    int exit_code = ctl_whos_look(ctl, 0, &whos);
    for (size_t i = 0; i < whos.count && exit_code == EXIT_DONE; i++) {
        if (i > 0 && !ctl->console.json) {
            console_bytes(&ctl->console, OIM_SLICE_LITERAL("\n"));
        }
        exit_code = explain(ctl, whos.names[i]);
    }
    return exit_code;
}
