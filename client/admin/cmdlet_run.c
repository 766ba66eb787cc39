#include "client/admin/cmdlet_run.h"

#include <stdio.h>
#include <string.h>

#include "client/admin/cmdlet_state.h"
#include "policy/name.h"
#include "proto/local.h"

void cmdlet_session_init(struct cmdlet_session *session, const struct cmdlet_host *host,
                         struct oim_arena *arena, struct oim_arena *kept)
{
    *session = (struct cmdlet_session){.host = host, .arena = arena, .kept = kept};
}

static void warn(const struct cmdlet_session *session, const char *sentence)
{
    session->host->warn(session->host->context, sentence);
}

/* ---- calls
 * ----------------------------------------------------------------------------------------------------- */

static const char *cmdlet_name_at(const void *table, size_t index)
{
    (void)table;
    const struct cmdlet *cmdlet = cmdlet_at(index);
    return cmdlet != NULL ? cmdlet->name : NULL;
}

static enum oim_status find_cmdlet(const struct cmdlet_token *name, const struct cmdlet **out,
                                   struct oim_error *err)
{
    *out = cmdlet_find(name->text);
    if (*out != NULL) {
        return OIM_OK;
    }
    struct name_search search = name_search(name->text, cmdlet_name_at, NULL);
    const char *meant = search.found ? cmdlet_at(search.index)->name : search.suggestion;
    if (meant != NULL) {
        return cmdlet_fail(err, name->place, "there is no cmdlet %.64s; did you mean %s?", name->text, meant);
    }
    char list[400];
    name_list("", cmdlet_name_at, NULL, list, sizeof(list));
    return cmdlet_fail(err, name->place, "there is no cmdlet %.64s; there are: %s", name->text, list);
}

static enum oim_status fail_torn(const struct cmdlet_call *call, struct oim_error *err)
{
    char meant[OIM_ERROR_TEXT_SIZE - 160];
    cmdlet_call_print(call, meant, sizeof(meant));
    return cmdlet_fail(
        err, call->name.place,
        "there is a blank too many beside a hyphen. This line did nothing. This was meant:\n  %s", meant);
}

static enum oim_status warn_ignored(const struct cmdlet_stage *stage, struct oim_error *err)
{
    struct cmdlet_session *session = stage->scope.session;
    for (size_t i = 0; i < stage->binding.ignored_count; i++) {
        const char *sentence = oim_arena_printf(session->arena, "-%s is not used here; ignored",
                                                stage->binding.ignored[i]->token.text);
        if (sentence == NULL) {
            return cmdlet_fail_size(err);
        }
        warn(session, sentence);
    }
    return OIM_OK;
}

/* The session lines of the original's page take anything: there is nothing to do. */
static enum oim_status session_line(struct cmdlet_session *session, const struct cmdlet *cmdlet,
                                    struct oim_error *err)
{
    if (cmdlet->does == CMDLET_DOES_SAY) {
        session->host->say(session->host->context, cmdlet->say);
        return OIM_OK;
    }
    session->exit_code = session->host->connect(session->host->context);
    if (session->exit_code == EXIT_DONE) {
        return OIM_OK;
    }
    if (err != NULL) {
        *err = (struct oim_error){.status = OIM_ERR_IO};
    }
    return OIM_ERR_IO;
}

static enum oim_status call_run(struct cmdlet_stage *stage, struct oim_error *err)
{
    const struct cmdlet *cmdlet = NULL;
    if (cmdlet_call_is_torn(stage->call)) {
        return fail_torn(stage->call, err);
    }
    enum oim_status status = find_cmdlet(&stage->call->name, &cmdlet, err);
    if (status != OIM_OK) {
        return status;
    }
    if (cmdlet->does == CMDLET_DOES_SAY || cmdlet->does == CMDLET_DOES_CONNECT) {
        return session_line(stage->scope.session, cmdlet, err);
    }
    status = cmdlet_bind(cmdlet, stage->call, stage->scope.session->from_shell, &stage->binding, err);
    status = status != OIM_OK ? status : warn_ignored(stage, err);
    if (status != OIM_OK) {
        return status;
    }
    return cmdlet->does == CMDLET_DOES_ASK ? cmdlet_ask_run(stage, err)
                                           : cmdlet_pipe_runner(cmdlet->does)(stage, err);
}

/* ---- statements
 * ------------------------------------------------------------------------------------------------ */

/* A copy of the variable's one object with another value of one property. */
static enum oim_status member_set(struct cmdlet_session *session, const struct cmdlet_statement *statement,
                                  struct cmdlet_values values, struct cmdlet_values *out,
                                  struct oim_error *err)
{
    const struct cmdlet_variable *variable = cmdlet_variable_find(session, statement->variable);
    struct oim_error why = {.status = OIM_OK};
    struct cmdlet_list copy = {.count = 0};
    size_t index = 0;
    if (variable == NULL || variable->values.count != 1 || variable->values.items[0].object == NULL) {
        return cmdlet_fail(err, statement->place,
                           "$%.64s is not an object; set it first, as in $%.64s = "
                           "Get-CsClientPolicy NAME",
                           statement->variable, statement->variable);
    }
    const struct cmdlet_object *object = variable->values.items[0].object;
    if (cmdlet_property(object, statement->member, &index, &why) != OIM_OK) {
        return cmdlet_fail(err, statement->place, "%s", why.text);
    }
    if (values.count > 1) {
        return cmdlet_fail(err, statement->place, "a property takes one value, and these are %zu",
                           values.count);
    }
    struct admin_field *fields = oim_arena_zalloc(session->arena, object->field_count, sizeof(*fields));
    if (fields == NULL) {
        return cmdlet_fail_size(err);
    }
    memcpy(fields, object->fields, object->field_count * sizeof(*fields));
    fields[index].value = values.count == 1 ? cmdlet_value_identity(&values.items[0]) : "";
    struct cmdlet_object *changed =
        cmdlet_list_add_object(&copy, session->arena, object->kind, fields, object->field_count);
    if (changed == NULL) {
        return cmdlet_fail_size(err);
    }
    changed->in_memory = object->in_memory;
    *out = cmdlet_list_values(&copy);
    return OIM_OK;
}

static enum oim_status assign(struct cmdlet_session *session, const struct cmdlet_statement *statement,
                              struct cmdlet_values values, struct oim_error *err)
{
    static const char *const constants[] = {"True", "False", "Null", "_"};
    struct cmdlet_variable *variable =
        (struct cmdlet_variable *)(uintptr_t)cmdlet_variable_find(session, statement->variable);
    for (size_t i = 0; i < OIM_COUNT(constants); i++) {
        if (name_equal(statement->variable, constants[i])) {
            return cmdlet_fail(err, statement->place, "$%s cannot be changed", constants[i]);
        }
    }
    if (statement->member != NULL) {
        enum oim_status status = member_set(session, statement, values, &values, err);
        if (status != OIM_OK) {
            return status;
        }
    }
    if (variable == NULL && session->variable_count == CMDLET_VARIABLE_COUNT_MAX) {
        return cmdlet_fail(err, statement->place, "at most %d variables", CMDLET_VARIABLE_COUNT_MAX);
    }
    struct cmdlet_values kept;
    const char *name = variable != NULL
                           ? variable->name
                           : oim_arena_strdup(session->kept, oim_slice_text(statement->variable));
    if (name == NULL || !cmdlet_values_copy(session->kept, values, &kept)) {
        return cmdlet_fail(err, statement->place,
                           "there is no room for more in variables; begin a new session");
    }
    variable = variable != NULL ? variable : &session->variables[session->variable_count++];
    *variable = (struct cmdlet_variable){.name = name, .values = kept};
    return OIM_OK;
}

static enum oim_status pipeline_run(const struct cmdlet_scope *scope,
                                    const struct cmdlet_statement *statement, struct cmdlet_list *out,
                                    enum cmdlet_shape *shape, struct oim_error *err)
{
    struct cmdlet_list values = {.count = 0};
    bool has_input = statement->expression != NULL;
    enum oim_status status =
        has_input ? cmdlet_expression_values(scope, statement->expression, &values, err) : OIM_OK;
    for (const struct cmdlet_call *call = statement->call; call != NULL && status == OIM_OK;
         call = call->next) {
        struct cmdlet_list next = {.count = 0};
        struct cmdlet_stage stage = {.scope = *scope,
                                     .call = call,
                                     .has_input = has_input,
                                     .input = cmdlet_list_values(&values),
                                     .out = &next,
                                     .shape = shape};
        status = call_run(&stage, err);
        values = next;
        has_input = true;
    }
    for (size_t i = 0; i < values.count && status == OIM_OK; i++) {
        status =
            cmdlet_list_add(out, scope->session->arena, values.items[i]) ? OIM_OK : cmdlet_fail_size(err);
    }
    return status;
}

enum oim_status cmdlet_statement_run(const struct cmdlet_scope *scope,
                                     const struct cmdlet_statement *statement, struct cmdlet_list *out,
                                     enum cmdlet_shape *shape, struct oim_error *err)
{
    struct cmdlet_list values = {.count = 0};
    if (!statement->assigns) {
        return pipeline_run(scope, statement, out, shape, err);
    }
    enum oim_status status = pipeline_run(scope, statement, &values, shape, err);
    if (status != OIM_OK) {
        return status;
    }
    if (statement->variable[0] == '\0') { /* a shell has eaten the name: fine where nothing came of it */
        return values.count == 0 ? OIM_OK
                                 : cmdlet_fail(err, statement->place,
                                               "the variable's name is missing. Your shell replaced "
                                               "it before oimctl saw it; use oimctl -c '...'");
    }
    return assign(scope->session, statement, cmdlet_list_values(&values), err);
}

/* ---- sessions
 * -------------------------------------------------------------------------------------------------- */

static void say_mended(const struct cmdlet_session *session, const struct cmdlet_lexer *lexer)
{
    static const struct {
        enum cmdlet_mend bit;
        const char *sentence;
    } sentences[] = {
        {CMDLET_MEND_BLANKS, "Read non-breaking spaces as spaces."},
        {CMDLET_MEND_HYPHENS, "Read dashes as hyphens."},
        {CMDLET_MEND_QUOTES, "Read curly quotes as straight ones."},
        {CMDLET_MEND_PAGE, "Left out the marks of a pasted page (> and ```)."},
        {CMDLET_MEND_PROMPT, "Left out the prompts (PS ...>)."},
    };
    for (size_t i = 0; i < OIM_COUNT(sentences); i++) {
        if ((lexer->mended & sentences[i].bit) != 0) {
            warn(session, sentences[i].sentence);
        }
    }
    if ((lexer->mended & CMDLET_MEND_PROSE) != 0) {
        char sentence[80];
        snprintf(sentence, sizeof(sentence), "Left out %u lines of text around the fences.",
                 lexer->prose_line_count);
        warn(session, sentence);
    }
}

/* One statement of the outermost: what it gives is printed. */
static enum oim_status statement_print(struct cmdlet_session *session,
                                       const struct cmdlet_statement *statement, struct oim_error *err)
{
    const struct cmdlet_scope scope = {.session = session};
    struct cmdlet_list out = {.count = 0};
    enum cmdlet_shape shape = CMDLET_SHAPE_LIST;
    enum oim_status status = cmdlet_statement_run(&scope, statement, &out, &shape, err);
    if (status == OIM_OK && out.count > 0) {
        session->exit_code = session->host->print(session->host->context, cmdlet_list_values(&out), shape);
        status = session->exit_code == EXIT_DONE ? OIM_OK : OIM_ERR_IO;
    }
    return status;
}

/* The lines that were not run any more are named: somebody has to know where to go on. */
static void say_stopped(const struct cmdlet_session *session, const struct cmdlet_statement *statement)
{
    char sentence[120];
    if (statement->place.line == 0) {
        return;
    }
    snprintf(sentence, sizeof(sentence), "Stopped at line %u; %s", statement->place.line,
             statement->next != NULL ? "nothing below it was run." : "what stands above it was done.");
    warn(session, sentence);
}

int cmdlet_session_run(struct cmdlet_session *session, const char *text, struct oim_error *err)
{
    struct cmdlet_lexer lexer;
    const struct cmdlet_statement *statement = NULL;
    size_t used_before = session->arena->used;
    session->exit_code = EXIT_DONE;
    *err = (struct oim_error){.status = OIM_OK};
    cmdlet_lexer_init(&lexer, session->arena, text);
    enum oim_status status = cmdlet_parse(&lexer, &statement, err);
    if (status == OIM_OK) {
        say_mended(session, &lexer);
    }
    size_t used_parsed = session->arena->used;
    for (; status == OIM_OK && statement != NULL; statement = statement->next) {
        status = statement_print(session, statement, err);
        session->arena->used = used_parsed;
        if (status != OIM_OK) {
            break;
        }
    }
    session->arena->used = used_before;
    if (status == OIM_OK) {
        return EXIT_DONE;
    }
    int exit_code = session->exit_code != EXIT_DONE ? session->exit_code : EXIT_USAGE;
    if (statement != NULL && err->text[0] == '\0') {
        say_stopped(session, statement);
    }
    return exit_code;
}

/* A shell that replaces $_ tears { } apart: say so rather than what is missing then (USERS.md B1). */
static const char *torn_block(const char *const *words, size_t word_count)
{
    bool has_current = false;
    const char *block = NULL;
    for (size_t i = 0; i < word_count; i++) {
        has_current = has_current || strstr(words[i], "$_") != NULL;
        if (block == NULL && strchr(words[i], '{') != NULL && strpbrk(words[i], " \t\n") == NULL) {
            block = words[i];
        }
    }
    return has_current ? NULL : block;
}

int cmdlet_session_run_words(struct cmdlet_session *session, const char *const *words, size_t word_count,
                             struct oim_error *err)
{
    size_t used_before = session->arena->used;
    const char *torn = torn_block(words, word_count);
    if (word_count == 1 && strpbrk(words[0], " \t\n") != NULL) {
        return cmdlet_session_run(session, words[0], err);
    }
    if (torn != NULL) {
        (void)oim_fail(err, OIM_ERR_USAGE,
                       "'%.64s' holds { but no $_. Your shell replaced $_ before oimctl saw it. Any of these "
                       "works:\n  oimctl -c 'Get-CsUser | Where-Object {$_.Team -eq \"Sales\"}'\n"
                       "  oimctl shell",
                       torn);
        return EXIT_USAGE;
    }
    const char *line = cmdlet_line_of_words(session->arena, words, word_count);
    if (line == NULL) {
        (void)cmdlet_fail_size(err);
        return EXIT_USAGE;
    }
    session->from_shell = true;
    int exit_code = cmdlet_session_run(session, line, err);
    session->from_shell = false;
    session->arena->used = used_before;
    return exit_code;
}

bool cmdlet_is_unfinished(const char *text, struct oim_arena *arena)
{
    struct cmdlet_lexer lexer;
    const struct cmdlet_statement *statement = NULL;
    size_t used_before = arena->used;
    cmdlet_lexer_init(&lexer, arena, text);
    enum oim_status status = cmdlet_parse(&lexer, &statement, NULL);
    arena->used = used_before;
    return lexer.unfinished && (status != OIM_OK || lexer.cursor[0] == '\0');
}

bool cmdlet_is_line(const char *const *words, size_t word_count)
{
    char begin[64];
    if (word_count == 0) {
        return false;
    }
    if (strcmp(words[0], "=") == 0 || cmdlet_begins(words[0])) {
        return true;
    }
    /* "Grant" "-CsClientPolicy" */
    snprintf(begin, sizeof(begin), "%.30s %.30s", words[0], word_count > 1 ? words[1] : "");
    return cmdlet_begins(begin);
}
