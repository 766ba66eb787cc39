/*
 * fuzz_cmdlet.c - any text as lines of the cmdlet dialect, run against a server that answers everything
 * alike.
 *
 * Nothing that is typed or pasted crashes; what fails has a sentence; memory is as before; a line that is
 * whole is never taken for an unfinished one by what runs it.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "client/admin/cmdlet_complete.h"
#include "client/admin/cmdlet_run.h"
#include "proto/local.h"

#define TRIED_SIZE_MAX 4096u

struct world {
    uint8_t memory[1024 * 1024];
    uint8_t kept_memory[64 * 1024];
    struct oim_arena arena, kept;
    struct cmdlet_session session;
};

static int on_ask(void *context, const struct admin_op *op, struct oim_arena *arena, struct admin_rows *out)
{
    static const struct admin_field person[] = {{"login", "bob"}, {"display", "Bob Stone"}, {"team", ""}};
    static const struct admin_field policy[] = {
        {"identity", "Tag:X"}, {"EnableOfflineIm", "True"}, {"used", "bob"}};
    static const struct admin_row rows[] = {{person, 3}, {policy, 3}};
    (void)context;
    (void)op;
    (void)arena;
    *out = (struct admin_rows){.rows = rows, .row_count = 2, .next = "", .notes = person, .note_count = 3};
    return EXIT_DONE;
}

static int on_connect(void *context)
{
    (void)context;
    return EXIT_DONE;
}

static int on_confirm(void *context, const struct cmdlet_question *question)
{
    (void)context;
    return question->people_count % 2 == 0 ? EXIT_DONE : EXIT_REFUSED;
}

static void on_rows(void *context, const struct admin_rows *rows)
{
    (void)context;
    (void)rows;
}

static void on_what_if(void *context, const struct cmdlet_question *what, const struct admin_rows *rows)
{
    (void)context;
    (void)what;
    (void)rows;
}

static void on_sentence(void *context, const char *sentence)
{
    (void)context;
    assert(sentence != NULL && sentence[0] != '\0');
}

static int on_print(void *context, struct cmdlet_values values, enum cmdlet_shape shape)
{
    (void)context;
    OIM_CLEANUP(oim_buf_finish) struct oim_buf out = {.size_max = 1024 * 1024};
    return cmdlet_print(&out, values, shape) == OIM_OK ? EXIT_DONE : EXIT_FAILED;
}

static void check_completion(struct world *world, const char *text)
{
    static const char *const names[] = {"Global", "Tag:Polite", "Bob Stone"};
    const struct cmdlet_known known = {names, 3, names, 3, names, 3};
    struct cmdlet_completion completion;
    size_t used = world->arena.used;
    cmdlet_complete(text, &known, &world->arena, &completion);
    assert(completion.word_size <= strlen(text));
    assert(completion.count == 0 ||
           cmdlet_completion_common(&completion) <= strlen(completion.candidates[0]));
    world->arena.used = used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world;
    const struct cmdlet_host host = {&world,     on_ask,  on_connect,  on_confirm,  on_rows,
                                     on_what_if, on_rows, on_sentence, on_sentence, on_print};
    struct oim_error err;
    char text[TRIED_SIZE_MAX + 1];
    if (size > TRIED_SIZE_MAX) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    oim_arena_init(&world.arena, world.memory, sizeof(world.memory));
    oim_arena_init(&world.kept, world.kept_memory, sizeof(world.kept_memory));
    cmdlet_session_init(&world.session, &host, &world.arena, &world.kept);
    int exit_code = cmdlet_session_run(&world.session, text, &err);
    assert(exit_code == EXIT_DONE || err.text[0] != '\0' || world.session.exit_code == exit_code);
    assert(world.arena.used == 0);
    bool unfinished = cmdlet_is_unfinished(text, &world.arena);
    assert(!unfinished || exit_code != EXIT_USAGE || err.text[0] != '\0');
    check_completion(&world, text);
    return 0;
}
