#include "tests/client/admin/cmdlet_rig.h"

#include <stdio.h>

static struct rig_step *step_add(struct rig *ran, int kind)
{
    CHECK(ran->step_count < OIM_COUNT(ran->steps));
    struct rig_step *step = &ran->steps[ran->step_count++];
    *step = (struct rig_step){.kind = kind, .text = "", .name = ""};
    return step;
}

#define PEOPLE_FIELDS 5
static const struct admin_field people_fields[][PEOPLE_FIELDS] = {
    {{"login", "alice"}, {"display", "Alice Ng"}, {"team", "Sales"}, {"policy", "Global"}, {"via", "global"}},
    {{"login", "bob"}, {"display", "Bob Stone"}, {"team", "Sales"}, {"policy", "Tag:Polite"}, {"via", "own"}},
    {{"login", "tony"}, {"display", "Tony Smith"}, {"team", "IT"}, {"policy", "Global"}, {"via", "global"}},
    {{"login", "sam"}, {"display", "Sam Poe"}, {"team", "IT"}, {"policy", "Global"}, {"via", "global"}},
    {{"login", "sam2"}, {"display", "Sam Poe"}, {"team", ""}, {"policy", "Global"}, {"via", "global"}},
};
static const struct admin_field policy_fields[][3] = {
    {{"identity", "Global"}, {"EnableOfflineIm", "False"}, {"IMWarning", ""}},
    {{"identity", "Tag:Polite"}, {"EnableOfflineIm", ""}, {"IMWarning", "Be polite."}},
    {{"identity", "Tag:Quiet"}, {"EnableOfflineIm", "True"}, {"IMWarning", "10"}},
};

static bool begins(const char *text, const char *words)
{
    return strncasecmp(text, words, strlen(words)) == 0;
}

static void answer(struct rig *ran, const struct admin_op *op, struct admin_rows *out)
{
    struct admin_row *rows = oim_arena_zalloc(&ran->arena, 8, sizeof(*rows));
    size_t count = 0;
    static const struct admin_field used[] = {{"identity", "Tag:Polite"}, {"used", "bob"}};
    static const struct admin_field setting[] = {
        {"setting", "IMWarning"}, {"value", "x"}, {"origin", "default"}};
    static const struct admin_field notes[] = {{"login", "tony"}, {"policy", "Global"}};
    CHECK(rows != NULL);
    for (size_t i = 0; op->kind == ADMIN_USER_LIST && i < OIM_COUNT(people_fields); i++) {
        const struct admin_field *fields = people_fields[i];
        if (begins(fields[0].value, op->who) || begins(fields[1].value, op->who)) {
            rows[count++] = (struct admin_row){fields, PEOPLE_FIELDS};
        }
    }
    for (size_t i = 0; op->kind == ADMIN_POLICY_GET && i < OIM_COUNT(policy_fields); i++) {
        if (op->identity[0] == '\0' || strcasecmp(op->identity, policy_fields[i][0].value) == 0) {
            rows[count++] = (struct admin_row){policy_fields[i], 3};
        }
    }
    if (op->kind == ADMIN_POLICY_REMOVE && strcasecmp(op->identity, "Tag:Polite") == 0) {
        rows[count++] = (struct admin_row){used, 2};
    }
    if (op->kind == ADMIN_EFFECTIVE) {
        rows[count++] = (struct admin_row){setting, 3};
        out->notes = notes;
        out->note_count = 2;
    }
    if (op->kind == ADMIN_GRANT) {
        rows[count++] = (struct admin_row){people_fields[2], PEOPLE_FIELDS};
    }
    out->rows = rows;
    out->row_count = count;
    out->next = "";
}

static int on_ask(void *context, const struct admin_op *op, struct oim_arena *arena, struct admin_rows *out)
{
    struct rig *ran = context;
    struct oim_buf packed;
    struct rig_step *step = step_add(ran, ASKED);
    (void)arena;
    oim_buf_init(&packed, 65536);
    CHECK_OK(admin_op_encode(op, &packed));
    struct oim_slice copy = oim_slice_text("");
    char *bytes = oim_arena_alloc(&ran->record, packed.size + 1);
    CHECK(bytes != NULL);
    if (packed.size > 0) {
        memcpy(bytes, packed.data, packed.size);
        copy = oim_slice(bytes, packed.size);
    }
    oim_buf_finish(&packed);
    CHECK_OK(admin_op_decode(copy, &ran->record, &step->op, NULL));
    answer(ran, op, out);
    return EXIT_DONE;
}

static int on_connect(void *context)
{
    step_add(context, CONNECTED);
    return EXIT_DONE;
}

static const char *people_text(struct rig *ran, const struct cmdlet_question *question)
{
    const char *text = "";
    for (size_t i = 0; i < question->people_count; i++) {
        text = oim_arena_printf(&ran->record, "%s%s ", text, question->people[i].fields[0].value);
    }
    return text;
}

static int on_confirm(void *context, const struct cmdlet_question *question)
{
    struct rig *ran = context;
    struct rig_step *step = step_add(ran, CONFIRMED);
    step->name = question->code;
    step->text = people_text(ran, question);
    return ran->declines ? EXIT_REFUSED : EXIT_DONE;
}

static void on_what_if(void *context, const struct cmdlet_question *what, const struct admin_rows *rows)
{
    (void)rows;
    step_add(context, TRIED)->text = people_text(context, what);
}

static void on_done(void *context, const struct admin_rows *rows)
{
    (void)context;
    (void)rows;
}

static void on_say(void *context, const char *sentence)
{
    step_add(context, SAID)->text = sentence;
}

static void on_warn(void *context, const char *sentence)
{
    struct rig *ran = context;
    step_add(ran, WARNED)->text = oim_arena_strdup(&ran->record, oim_slice_text(sentence));
}

static int on_print(void *context, struct cmdlet_values values, enum cmdlet_shape shape)
{
    struct rig *ran = context;
    struct oim_buf out;
    oim_buf_init(&out, 65536);
    CHECK_OK(cmdlet_print(&out, values, shape));
    step_add(ran, PRINTED)->text = oim_arena_strdup(&ran->record, oim_buf_slice(&out));
    oim_buf_finish(&out);
    return EXIT_DONE;
}

void rig_init(struct rig *ran)
{
    oim_arena_init(&ran->arena, ran->memory, sizeof(ran->memory));
    oim_arena_init(&ran->kept, ran->kept_memory, sizeof(ran->kept_memory));
    oim_arena_init(&ran->record, ran->record_memory, sizeof(ran->record_memory));
    ran->host = (struct cmdlet_host){ran,        on_ask,  on_connect, on_confirm, on_done,
                                     on_what_if, on_done, on_say,     on_warn,    on_print};
    ran->declines = false;
    ran->step_count = 0;
    cmdlet_session_init(&ran->session, &ran->host, &ran->arena, &ran->kept);
}

int rig_run(struct rig *ran, const char *text)
{
    rig_init(ran);
    ran->exit_code = cmdlet_session_run(&ran->session, text, &ran->err);
    CHECK_EQ(ran->arena.used, 0);
    return ran->exit_code;
}

void rig_run_well(struct rig *ran, const char *text)
{
    if (rig_run(ran, text) != EXIT_DONE) {
        printf("%s: %s\n", text, ran->err.text);
    }
    CHECK_EQ(ran->exit_code, EXIT_DONE);
}

const struct admin_op *rig_only_op(struct rig *ran, const char *text)
{
    const struct admin_op *last = NULL;
    rig_run_well(ran, text);
    for (size_t i = 0; i < ran->step_count; i++) {
        if (ran->steps[i].kind == ASKED) {
            CHECK(last == NULL || last->kind == ADMIN_USER_LIST || last->kind == ADMIN_POLICY_GET ||
                  last->dry_run);
            last = &ran->steps[i].op;
        }
    }
    CHECK(last != NULL);
    return last;
}

const struct rig_step *rig_step_of(const struct rig *ran, int kind, size_t index)
{
    for (size_t i = 0; i < ran->step_count; i++) {
        if ((int)ran->steps[i].kind == kind && index-- == 0) {
            return &ran->steps[i];
        }
    }
    return NULL;
}

void rig_check_printed(const char *text, const char *expected)
{
    struct rig ran;
    rig_run_well(&ran, text);
    const struct rig_step *printed = rig_step_of(&ran, PRINTED, 0);
    CHECK_TEXT(printed != NULL ? printed->text : "(nothing)", expected);
}

void rig_check_refused(const char *text, const char *sentence)
{
    struct rig ran;
    CHECK_EQ(rig_run(&ran, text), EXIT_USAGE);
    CHECK_TEXT(ran.err.text, sentence);
    for (size_t i = 0; i < ran.step_count; i++) {
        CHECK(ran.steps[i].kind != ASKED || ran.steps[i].op.kind == ADMIN_USER_LIST ||
              ran.steps[i].op.kind == ADMIN_POLICY_GET);
    }
}

void rig_check_tri(const struct wire_setting *setting, const char *name, enum tri value)
{
    CHECK_TEXT(setting->name, name);
    CHECK_EQ(setting->value, value == TRI_UNSET ? SETTING_VALUE_UNSET : SETTING_VALUE_TRI);
    CHECK_EQ(setting->tri, value);
}
