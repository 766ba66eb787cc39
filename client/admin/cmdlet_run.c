#include "client/admin/cmdlet_run.h"

#include <assert.h>
#include <string.h>

#include "client/admin/cmdlet_bind.h"
#include "policy/name.h"
#include "policy/policy.h"

struct compiler {
    struct oim_arena *arena;
    struct cmdlet_program *program;
    struct cmdlet_step **last;
    bool from_shell;
};

static enum oim_status add_step(struct compiler *compiler, enum cmdlet_step_kind kind,
                                struct cmdlet_step **out, struct oim_error *err)
{
    struct cmdlet_step *step = oim_arena_zalloc(compiler->arena, 1, sizeof(*step));
    if (step == NULL) {
        return cmdlet_fail_size(err);
    }
    step->kind = kind;
    *compiler->last = step;
    compiler->last = &step->next;
    compiler->program->step_count++;
    *out = step;
    return OIM_OK;
}

static enum oim_status add_sentence(struct compiler *compiler, enum cmdlet_step_kind kind,
                                    const char *sentence, struct oim_error *err)
{
    struct cmdlet_step *step = NULL;
    enum oim_status status = sentence != NULL ? add_step(compiler, kind, &step, err) : cmdlet_fail_size(err);
    if (status == OIM_OK) {
        step->say = sentence;
    }
    return status;
}

/* ---- values
 * ---------------------------------------------------------------------------------------------------- */

/* The one value of a parameter; "" when it was not given. */
static enum oim_status value_of(const struct binding *binding, enum parameter_id id, const char **out,
                                struct oim_error *err)
{
    *out = "";
    return binding->values[id] != NULL ? cmdlet_value_text(&binding->values[id]->token, out, err) : OIM_OK;
}

/* A policy's identity in its own spelling, so that a slip is noticed before anything is sent. */
static enum oim_status policy_of(struct compiler *compiler, const struct cmdlet_item *item, const char **out,
                                 struct policy_identity *out_identity, struct oim_error *err)
{
    const char *text = "";
    char formatted[POLICY_NAME_SIZE_MAX + 5];
    struct oim_error why = {.status = OIM_OK};
    enum oim_status status = cmdlet_value_text(&item->token, &text, err);
    if (status != OIM_OK) {
        return status;
    }
    if (policy_identity_parse(text, out_identity, &why) != OIM_OK) {
        return cmdlet_fail(err, item->token.place, "%s", why.text);
    }
    policy_identity_format(out_identity, formatted, sizeof(formatted));
    *out = oim_arena_strdup(compiler->arena, oim_slice_text(formatted));
    return *out != NULL ? OIM_OK : cmdlet_fail_size(err);
}

static enum oim_status settings_of(struct compiler *compiler, const struct binding *binding,
                                   struct admin_op *op, struct oim_error *err)
{
    size_t count = binding->setting_count;
    struct wire_setting *wires = oim_arena_zalloc(compiler->arena, count, sizeof(*wires));
    struct setting_value_s *values = oim_arena_zalloc(compiler->arena, count, sizeof(*values));
    if (wires == NULL || values == NULL) {
        return cmdlet_fail_size(err);
    }
    for (size_t i = 0; i < count; i++) {
        const struct bound_setting *bound = &binding->settings[i];
        struct oim_error why = {.status = OIM_OK};
        const char *text = "";
        enum oim_status status = cmdlet_value_text(&bound->item->token, &text, err);
        if (status != OIM_OK) {
            return status;
        }
        if (setting_parse(bound->info, text, &values[i], &why) != OIM_OK) {
            return cmdlet_fail(err, bound->item->token.place, "%s", why.text);
        }
        setting_to_wire(bound->info, &values[i], &wires[i]);
    }
    op->settings = wires;
    op->setting_count = count;
    return OIM_OK;
}

/* ---- from bindings to requests
 * --------------------------------------------------------------------------------- */

static enum oim_status make_policy_new(struct compiler *compiler, const struct cmdlet_call *call,
                                       const struct binding *binding, struct admin_op *op,
                                       struct oim_error *err)
{
    struct policy_identity identity;
    (void)call;
    enum oim_status status =
        policy_of(compiler, binding->values[PARAMETER_IDENTITY], &op->identity, &identity, err);
    if (status != OIM_OK) {
        return status;
    }
    if (identity.scope == POLICY_GLOBAL) {
        return cmdlet_fail(err, binding->values[PARAMETER_IDENTITY]->token.place,
                           "Global is always there; change it with Set-CsClientPolicy");
    }
    const struct cmdlet_item *from = binding->values[PARAMETER_FROM];
    status = from != NULL ? policy_of(compiler, from, &op->from, &identity, err) : OIM_OK;
    return status != OIM_OK ? status : settings_of(compiler, binding, op, err);
}

static enum oim_status make_policy_set(struct compiler *compiler, const struct cmdlet_call *call,
                                       const struct binding *binding, struct admin_op *op,
                                       struct oim_error *err)
{
    struct policy_identity identity;
    const struct cmdlet_item *item = binding->values[PARAMETER_IDENTITY];
    if (binding->setting_count == 0) {
        return cmdlet_fail(err, call->name.place,
                           "%s needs a setting to change, such as -EnableOfflineIm $False",
                           binding->cmdlet->name);
    }
    op->identity = "Global"; /* as in the original, where it is left out */
    enum oim_status status = item != NULL ? policy_of(compiler, item, &op->identity, &identity, err) : OIM_OK;
    return status != OIM_OK ? status : settings_of(compiler, binding, op, err);
}

static enum oim_status make_policy_get(struct compiler *compiler, const struct cmdlet_call *call,
                                       const struct binding *binding, struct admin_op *op,
                                       struct oim_error *err)
{
    struct policy_identity identity;
    const struct cmdlet_item *item = binding->values[PARAMETER_IDENTITY];
    if (item != NULL && binding->values[PARAMETER_FILTER] != NULL) {
        return cmdlet_fail(err, call->name.place, "-Identity and -Filter exclude each other");
    }
    if (item != NULL && strchr(item->token.text, '*') != NULL) {
        return cmdlet_fail(err, item->token.place, "-Identity is one policy; for several: -Filter \"%.64s\"",
                           item->token.text);
    }
    enum oim_status status = item != NULL ? policy_of(compiler, item, &op->identity, &identity, err) : OIM_OK;
    return status != OIM_OK ? status : value_of(binding, PARAMETER_FILTER, &op->filter, err);
}

static enum oim_status make_policy_remove(struct compiler *compiler, const struct cmdlet_call *call,
                                          const struct binding *binding, struct admin_op *op,
                                          struct oim_error *err)
{
    struct policy_identity identity;
    (void)call;
    op->force =
        binding->switches[PARAMETER_FORCE] == TRI_TRUE || binding->switches[PARAMETER_CONFIRM] == TRI_FALSE;
    return policy_of(compiler, binding->values[PARAMETER_IDENTITY], &op->identity, &identity, err);
}

static size_t item_count(const struct cmdlet_item *item)
{
    size_t count = 0;
    for (; item != NULL; item = item->more) {
        count++;
    }
    return count;
}

static enum oim_status add_whos(struct compiler *compiler, const struct cmdlet_item *item, const char *prefix,
                                const char **whos, size_t *count, struct oim_error *err)
{
    for (; item != NULL; item = item->more) {
        const char *text = "";
        enum oim_status status = cmdlet_value_text(&item->token, &text, err);
        if (status != OIM_OK) {
            return status;
        }
        if (text[0] == '\0') {
            return cmdlet_fail(err, item->token.place, "a person or a team is missing here");
        }
        if (strchr(text, '*') != NULL) {
            return cmdlet_fail(err, item->token.place,
                               "'%.64s' stands for many people; write them out, with commas, or name a team: "
                               "-Group TEAM",
                               text);
        }
        whos[*count] = text[0] == '@' ? text : oim_arena_printf(compiler->arena, "%s%s", prefix, text);
        if (whos[*count] == NULL) {
            return cmdlet_fail_size(err);
        }
        (*count)++;
    }
    return OIM_OK;
}

static enum oim_status grant_policy(struct compiler *compiler, const struct binding *binding,
                                    struct admin_op *op, struct oim_error *err)
{
    const struct cmdlet_item *item = binding->values[PARAMETER_POLICY_NAME];
    struct policy_identity identity;
    const char *text = "";
    enum oim_status status = cmdlet_value_text(&item->token, &text, err);
    if (status != OIM_OK) {
        return status;
    }
    op->policy = ""; /* $Null: back under the team's policy or Global */
    if (text[0] == '\0') {
        return OIM_OK;
    }
    status = policy_of(compiler, item, &op->policy, &identity, err);
    if (status != OIM_OK || identity.scope == POLICY_TAG) {
        return status;
    }
    return cmdlet_fail(
        err, item->token.place,
        "Policy \"%s\" is not a user policy. You can assign only a user policy to a specific user. To "
        "put somebody back under Global: -PolicyName $Null",
        op->policy);
}

static enum oim_status make_grant(struct compiler *compiler, const struct cmdlet_call *call,
                                  const struct binding *binding, struct admin_op *op, struct oim_error *err)
{
    const struct cmdlet_item *people = binding->values[PARAMETER_IDENTITY];
    const struct cmdlet_item *teams = binding->values[PARAMETER_GROUP];
    op->global = binding->switches[PARAMETER_GLOBAL] == TRI_TRUE;
    if (op->global == (people != NULL || teams != NULL)) {
        return cmdlet_fail(err, call->name.place,
                           op->global ? "-Global means everybody; leave -Identity and -Group out"
                                      : "%s needs -Identity, -Group or -Global: who gets the policy?",
                           binding->cmdlet->name);
    }
    size_t count = item_count(people) + item_count(teams);
    if (count > ADMIN_WHO_COUNT_MAX) {
        return cmdlet_fail(err, call->name.place, "at most %u people at once", ADMIN_WHO_COUNT_MAX);
    }
    const char **whos = oim_arena_zalloc(compiler->arena, count, sizeof(*whos));
    if (whos == NULL) {
        return cmdlet_fail_size(err);
    }
    enum oim_status status = add_whos(compiler, people, "", whos, &op->who_count, err);
    status = status != OIM_OK ? status : add_whos(compiler, teams, "@", whos, &op->who_count, err);
    op->whos = whos;
    return status != OIM_OK ? status : grant_policy(compiler, binding, op, err);
}

static enum oim_status make_im_config(struct compiler *compiler, const struct cmdlet_call *call,
                                      const struct binding *binding, struct admin_op *op,
                                      struct oim_error *err)
{
    const struct cmdlet_item *item = binding->values[PARAMETER_IDENTITY];
    op->set = binding->cmdlet->changes;
    if (item != NULL && !name_equal(item->token.text, "Global")) {
        return cmdlet_fail(err, item->token.place,
                           "there is one configuration, Global; for a team make a policy site:TEAM instead");
    }
    if (op->set && binding->setting_count == 0) {
        return cmdlet_fail(err, call->name.place,
                           "%s needs a setting to change, such as -EnableOfflineIm $False",
                           binding->cmdlet->name);
    }
    return settings_of(compiler, binding, op, err);
}

static enum oim_status make_who(struct compiler *compiler, const struct cmdlet_call *call,
                                const struct binding *binding, struct admin_op *op, struct oim_error *err)
{
    (void)compiler;
    (void)call;
    return value_of(binding, PARAMETER_IDENTITY, &op->who, err);
}

typedef enum oim_status make_fn(struct compiler *compiler, const struct cmdlet_call *call,
                                const struct binding *binding, struct admin_op *op, struct oim_error *err);

static make_fn *const makers[ADMIN_OP_KIND_LIMIT] = {
    [ADMIN_POLICY_NEW] = make_policy_new, [ADMIN_POLICY_SET] = make_policy_set,
    [ADMIN_POLICY_GET] = make_policy_get, [ADMIN_POLICY_REMOVE] = make_policy_remove,
    [ADMIN_GRANT] = make_grant,           [ADMIN_IM_CONFIG] = make_im_config,
    [ADMIN_EFFECTIVE] = make_who,         [ADMIN_USER_LIST] = make_who,
};

/* ---- statements
 * ------------------------------------------------------------------------------------------------ */

static const char *cmdlet_name_at(const void *table, size_t index)
{
    (void)table;
    const struct cmdlet *cmdlet = cmdlet_at(index);
    return cmdlet != NULL ? cmdlet->name : NULL;
}

static enum oim_status find_cmdlet(const struct cmdlet_token *name, const struct cmdlet **out,
                                   struct oim_error *err)
{
    struct name_search search = name_search(name->text, cmdlet_name_at, NULL);
    if (search.found && name_equal(cmdlet_at(search.index)->name, name->text)) {
        *out = cmdlet_at(search.index);
        return OIM_OK;
    }
    const char *meant = search.found ? cmdlet_at(search.index)->name : search.suggestion;
    if (meant != NULL) {
        return cmdlet_fail(err, name->place, "there is no cmdlet %.64s; did you mean %s?", name->text, meant);
    }
    char list[300];
    name_list("", cmdlet_name_at, NULL, list, sizeof(list));
    return cmdlet_fail(err, name->place, "there is no cmdlet %.64s; there are: %s", name->text, list);
}

static enum oim_status compile_call(struct compiler *compiler, const struct cmdlet *cmdlet,
                                    const struct cmdlet_call *call, struct oim_error *err)
{
    struct binding binding;
    enum oim_status status = cmdlet_bind(cmdlet, call, compiler->from_shell, &binding, err);
    for (size_t i = 0; i < binding.ignored_count && status == OIM_OK; i++) {
        status = add_sentence(compiler, CMDLET_STEP_WARN,
                              oim_arena_printf(compiler->arena, "-%s is not used here; ignored",
                                               binding.ignored[i]->token.text),
                              err);
    }
    struct admin_op op;
    op = admin_op_of(cmdlet->kind);
    op.dry_run = binding.switches[PARAMETER_WHAT_IF] == TRI_TRUE;
    assert(makers[cmdlet->kind] != NULL);
    status = status != OIM_OK ? status : makers[cmdlet->kind](compiler, call, &binding, &op, err);
    struct cmdlet_step *step = NULL;
    status = status != OIM_OK ? status : add_step(compiler, CMDLET_STEP_OP, &step, err);
    if (status != OIM_OK) {
        return status;
    }
    step->op = op;
    step->cmdlet = cmdlet->name;
    step->place = call->name.place;
    step->confirm = binding.switches[PARAMETER_CONFIRM] == TRI_TRUE;
    step->rows_wanted = !cmdlet->changes || op.dry_run || binding.switches[PARAMETER_PASS_THRU] == TRI_TRUE;
    return OIM_OK;
}

/* The session lines of the original's page take anything: there is nothing to do. */
static enum oim_status compile_session(struct compiler *compiler, const struct cmdlet *cmdlet,
                                       const struct cmdlet_call *call, struct oim_error *err)
{
    struct cmdlet_step *step = NULL;
    enum cmdlet_step_kind kind = cmdlet->say != NULL ? CMDLET_STEP_SAY : CMDLET_STEP_CONNECT;
    enum oim_status status = add_step(compiler, kind, &step, err);
    if (status == OIM_OK) {
        step->say = cmdlet->say;
        step->cmdlet = cmdlet->name;
        step->place = call->name.place;
    }
    return status;
}

static enum oim_status compile_statement(struct compiler *compiler, const struct cmdlet_statement *statement,
                                         struct oim_error *err)
{
    const struct cmdlet_call *call = statement->call;
    const struct cmdlet *cmdlet = NULL;
    enum oim_status status = find_cmdlet(&call->name, &cmdlet, err);
    if (status != OIM_OK) {
        return status;
    }
    if (call->next != NULL) {
        return cmdlet_fail(
            err, call->next->name.place,
            "pipelines (|) are not understood yet, nothing was done; write the names out, one line for "
            "each");
    }
    if (cmdlet->kind == ADMIN_NONE) {
        return compile_session(compiler, cmdlet, call, err);
    }
    if (statement->assigns) {
        return cmdlet_fail(
            err, call->name.place,
            "results are not kept in variables yet; write the line without $%.64s =", statement->variable);
    }
    return compile_call(compiler, cmdlet, call, err);
}

static enum oim_status add_mended(struct compiler *compiler, unsigned mended, struct oim_error *err)
{
    static const struct {
        enum cmdlet_mend bit;
        const char *sentence;
    } sentences[] = {
        {CMDLET_MEND_BLANKS, "Read non-breaking spaces as spaces."},
        {CMDLET_MEND_HYPHENS, "Read dashes as hyphens."},
        {CMDLET_MEND_QUOTES, "Read curly quotes as straight ones."},
        {CMDLET_MEND_PAGE, "Left out the marks of a pasted page (> and ```)."},
    };
    enum oim_status status = OIM_OK;
    for (size_t i = 0; i < OIM_COUNT(sentences) && status == OIM_OK; i++) {
        if ((mended & sentences[i].bit) != 0) {
            status = add_sentence(compiler, CMDLET_STEP_WARN, sentences[i].sentence, err);
        }
    }
    return status;
}

static enum oim_status compile(struct cmdlet_lexer *lexer, struct cmdlet_program *out, struct oim_error *err)
{
    struct cmdlet_program program = {.first = NULL};
    struct compiler compiler = {.arena = lexer->arena, .program = &program, .last = &program.first};
    compiler.from_shell = lexer->words != NULL;
    struct cmdlet_statement *statement = NULL;
    enum oim_status status = cmdlet_parse(lexer, &statement, err);
    status = status != OIM_OK ? status : add_mended(&compiler, lexer->mended, err);
    for (; status == OIM_OK && statement != NULL; statement = statement->next) {
        status = compile_statement(&compiler, statement, err);
    }
    if (status == OIM_OK) {
        *out = program;
    }
    return status;
}

enum oim_status cmdlet_compile_text(const char *text, struct oim_arena *arena, struct cmdlet_program *out,
                                    struct oim_error *err)
{
    struct cmdlet_lexer lexer;
    cmdlet_lexer_init_text(&lexer, arena, text);
    return compile(&lexer, out, err);
}

enum oim_status cmdlet_compile_words(const char *const *words, size_t word_count, struct oim_arena *arena,
                                     struct cmdlet_program *out, struct oim_error *err)
{
    struct cmdlet_lexer lexer;
    if (word_count == 1 && strpbrk(words[0], " \t\n") != NULL) {
        return cmdlet_compile_text(words[0], arena, out, err);
    }
    cmdlet_lexer_init_words(&lexer, arena, words, word_count);
    return compile(&lexer, out, err);
}

bool cmdlet_is_line(const char *const *words, size_t word_count)
{
    static const char *const verbs[] = {"New",    "Set",   "Get",     "Remove", "Grant",   "Import",
                                        "Export", "Where", "ForEach", "Test",   "Disable", "Enable"};
    if (word_count == 0) {
        return false;
    }
    const char *first = words[0];
    if (first[0] == '$' || strcmp(first, "=") == 0) {
        return true;
    }
    for (size_t i = 0; i < OIM_COUNT(verbs); i++) {
        size_t size = strlen(verbs[i]);
        if (!name_has_prefix(first, verbs[i])) {
            continue;
        }
        bool split = first[size] == '\0' && word_count > 1 && words[1][0] == '-';
        if (first[size] == '-' || split || first[size] == ' ') {
            return true;
        }
    }
    return false;
}
