/* test_people_file.c - files of people to invite: what is read, and what is complained about, by line. */
#include "client/admin/people_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/check.h"

#define ARENA_SIZE ((size_t)8 << 20)

struct fixture {
    void *memory;
    struct oim_arena arena;
    struct people_line *people;
    size_t count;
    char complaints[1024]; /* "LINE CODE VALUE\n" each */
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->memory = malloc(ARENA_SIZE);
    oim_arena_init(&fixture->arena, fixture->memory, ARENA_SIZE);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    free(fixture->memory);
    free(fixture);
    return 0;
}

static void complain(void *context, size_t line, const char *code, const char *value)
{
    struct fixture *fixture = context;
    size_t size = strlen(fixture->complaints);
    snprintf(fixture->complaints + size, sizeof(fixture->complaints) - size, "%zu %s %s\n", line, code,
             value);
}

static enum oim_status read_people(struct fixture *fixture, const char *text)
{
    fixture->complaints[0] = '\0';
    oim_arena_reset(&fixture->arena);
    return people_file_read(oim_slice_text(text), &fixture->arena, complain, fixture, &fixture->people,
                            &fixture->count);
}

static void
people_file_read__takes_quotes_named_columns_and_semicolons__as_spreadsheets_write_them(void **state)
{
    struct fixture *fixture = *state;
    CHECK_EQ(read_people(fixture, "\xEF\xBB\xBFmail,login,Display\r\n"
                                  "t@x.org,tony,\"Smith, \"\"Tony\"\"\"\r\n\r\n,eve,"),
             OIM_OK);
    CHECK_EQ(fixture->count, 2);
    CHECK_TEXT(fixture->people[0].login, "tony");
    CHECK_TEXT(fixture->people[0].display, "Smith, \"Tony\"");
    CHECK_TEXT(fixture->people[0].mail, "t@x.org");
    CHECK_EQ(fixture->people[0].line, 2);
    CHECK_TEXT(fixture->people[1].display, "eve"); /* none given */
    CHECK_EQ(fixture->people[1].line, 4);
    CHECK_EQ(fixture->people[1].role, ROLE_USER);
    CHECK_EQ(read_people(fixture, "ana;Ana Ruiz;ventas;;admin\n"), OIM_OK);
    CHECK_TEXT(fixture->people[0].team, "ventas");
    CHECK_EQ(fixture->people[0].role, ROLE_ADMIN);
}

static void people_file_read__names_every_bad_line__and_gives_nobody(void **state)
{
    struct fixture *fixture = *state;
    CHECK_EQ(read_people(fixture, "ok,Fine\nBad One,X\nok,Again\nq,Y,,,king\n,No login\nz,\"open\n"),
             OIM_ERR_USAGE);
    CHECK_TEXT(fixture->complaints, "2 people_login Bad One\n3 people_twice ok\n4 people_role king\n"
                                    "5 people_login \n6 people_quote \n6 people_display open\n\n");
    CHECK_EQ(read_people(fixture, "login,shoe\nok,42\n"), OIM_ERR_USAGE);
    CHECK_TEXT(fixture->complaints, "1 people_column shoe\n");
    CHECK_EQ(read_people(fixture, "a,b,c,d,user,f\n"), OIM_ERR_USAGE);
    CHECK_TEXT(fixture->complaints, "1 people_columns f\n");
    CHECK_EQ(read_people(fixture, "\n\n"), OIM_ERR_USAGE);
    CHECK_EQ(read_people(fixture, ""), OIM_ERR_USAGE);
    CHECK_TEXT(fixture->complaints, "0 people_nobody \n");
}

static void people_file_read__names_the_line__that_is_not_utf8_or_holds_a_nul(void **state)
{
    static const char with_nul[] = "ana,Ana\nbob,Bob\n\0eve,Eve\n";
    struct fixture *fixture = *state;
    CHECK_EQ(read_people(fixture, "login;display\r\nuno;Uno\r\njose;Jos\xE9\r\n"), OIM_ERR_USAGE);
    CHECK_TEXT(fixture->complaints, "3 people_encoding \n");
    CHECK_EQ(read_people(fixture, "\xFF\xFEl"), OIM_ERR_USAGE);
    CHECK_TEXT(fixture->complaints, "1 people_encoding \n");
    fixture->complaints[0] = '\0';
    CHECK_EQ(people_file_read(oim_slice(with_nul, sizeof(with_nul) - 1), &fixture->arena, complain, fixture,
                              &fixture->people, &fixture->count),
             OIM_ERR_USAGE); /* not: whoever stands before it */
    CHECK_TEXT(fixture->complaints, "3 people_encoding \n");
    CHECK_EQ(read_people(fixture, "jose,Jos\xC3\xA9\n"), OIM_OK);
    CHECK_TEXT(fixture->people[0].display, "Jos\xC3\xA9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            people_file_read__takes_quotes_named_columns_and_semicolons__as_spreadsheets_write_them, setup,
            teardown),
        cmocka_unit_test_setup_teardown(people_file_read__names_every_bad_line__and_gives_nobody, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(people_file_read__names_the_line__that_is_not_utf8_or_holds_a_nul,
                                        setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
