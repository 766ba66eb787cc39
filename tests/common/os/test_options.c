/* test_options.c - one small program with two-word commands, and every way to call it wrongly. */
#include "common/os/options.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/check.h"

enum { SEND = 1, LIST, SHOW, DEFAULT };

static const struct option_spec send_options[] = {
    {.name = "wait", .value = "STATE", .help = "when to come back"},
    {.name = "tag", .letter = 't', .value = "TAG", .help = "a mark", .repeats = true},
};
static const struct option_spec program_options[] = {
    {.name = "json", .help = "one object a line"},
    {.name = "profile", .letter = 'p', .value = "NAME", .help = "which profile"},
};
static const struct command_spec commands[] = {
    {.name = "", .operand_count_max = 0, .help = "the full screen", .id = DEFAULT},
    {.name = "send",
     .operands = "WHO [TEXT…]",
     .operand_count_min = 1,
     .operand_count_max = OPTIONS_OPERANDS_ANY,
     .help = "write to somebody",
     .options = send_options,
     .option_count = OIM_COUNT(send_options),
     .id = SEND},
    {.name = "user list", .operand_count_max = 0, .help = "everybody", .id = LIST},
    {.name = "user show",
     .operands = "WHO",
     .operand_count_min = 1,
     .operand_count_max = 1,
     .help = "one person",
     .id = SHOW},
};
static const struct program_spec program = {
    .name = "probe",
    .summary = "a program for the test",
    .options = program_options,
    .option_count = OIM_COUNT(program_options),
    .commands = commands,
    .command_count = OIM_COUNT(commands),
};

#define PARSE(...)                                       \
    char *argv[] = {(char *)"probe", __VA_ARGS__, NULL}; \
    struct options options;                              \
    struct oim_error err = {0};                          \
    enum oim_status status = options_parse(&program, (int)OIM_COUNT(argv) - 1, argv, &options, &err)

#define WORD(text) (char *)(text)

static void options_parse__finds_command_options_and_operands__in_any_order(void **state)
{
    (void)state;
    PARSE(WORD("--json"), WORD("--wait"), WORD("read"), WORD("send"), WORD("bob"), WORD("-p"), WORD("work"),
          WORD("hello"), WORD("-"));
    assert_int_equal(status, OIM_OK);
    assert_int_equal(options.command->id, SEND);
    assert_true(options_has(&options, "json"));
    assert_string_equal(options_value(&options, "wait"), "read");
    assert_string_equal(options_value(&options, "profile"), "work");
    assert_null(options_value(&options, "tag"));
    assert_int_equal(options.operand_count, 3);
    assert_string_equal(options.operands[0], "bob");
    assert_string_equal(options.operands[1], "hello");
    assert_string_equal(options.operands[2], "-");
}

static void options_parse__reads_values_after_equals__even_empty_ones(void **state)
{
    (void)state;
    PARSE(WORD("send"), WORD("--wait="), WORD("--profile=a=b"), WORD("bob"));
    assert_int_equal(status, OIM_OK);
    assert_string_equal(options_value(&options, "wait"), "");
    assert_string_equal(options_value(&options, "profile"), "a=b");
}

static void options_parse__leaves_everything_after_two_dashes_alone(void **state)
{
    (void)state;
    PARSE(WORD("send"), WORD("bob"), WORD("--"), WORD("--json"), WORD("--"));
    assert_int_equal(status, OIM_OK);
    assert_false(options_has(&options, "json"));
    assert_int_equal(options.operand_count, 3);
    assert_string_equal(options.operands[1], "--json");
    assert_string_equal(options.operands[2], "--");
}

static void options_parse__matches_commands_of_two_words(void **state)
{
    (void)state;
    PARSE(WORD("user"), WORD("--json"), WORD("show"), WORD("tony"));
    assert_int_equal(status, OIM_OK);
    assert_int_equal(options.command->id, SHOW);
    assert_int_equal(options.operand_count, 1);
    assert_string_equal(options.operands[0], "tony");
}

static void options_parse__runs_the_unnamed_command__without_arguments(void **state)
{
    (void)state;
    PARSE(WORD("--json"));
    assert_int_equal(status, OIM_OK);
    assert_int_equal(options.command->id, DEFAULT);
}

static void options_parse__keeps_every_value__of_a_repeating_option(void **state)
{
    (void)state;
    PARSE(WORD("send"), WORD("-t"), WORD("a"), WORD("--tag"), WORD("b"), WORD("bob"));
    assert_int_equal(status, OIM_OK);
    assert_int_equal(options.given_count, 2);
    assert_string_equal(options.given[0].value, "a");
    assert_string_equal(options_value(&options, "tag"), "b");
}

static void expect_refused(enum oim_status status, const struct oim_error *err, const char *part)
{
    assert_int_equal(status, OIM_ERR_USAGE);
    if (strstr(err->text, part) == NULL) {
        fail_msg("'%s' does not say '%s'", err->text, part);
    }
}

static void options_parse__refuses__an_unknown_option_naming_the_nearest(void **state)
{
    (void)state;
    PARSE(WORD("send"), WORD("--wiat=read"), WORD("bob"));
    expect_refused(status, &err, "did you mean --wait?");
}

static void options_parse__refuses__an_unknown_letter_and_glued_letters(void **state)
{
    (void)state;
    {
        PARSE(WORD("-x"));
        expect_refused(status, &err, "unknown option -x");
    }
    {
        PARSE(WORD("-pwork"));
        expect_refused(status, &err, "unknown option -pwork");
    }
}

static void options_parse__refuses__abbreviations(void **state)
{
    (void)state;
    PARSE(WORD("--prof"), WORD("x"));
    expect_refused(status, &err, "unknown option --prof");
}

static void options_parse__refuses__an_unknown_command_naming_the_nearest(void **state)
{
    (void)state;
    {
        PARSE(WORD("sned"), WORD("bob"));
        expect_refused(status, &err, "did you mean 'probe send'?");
    }
    {
        PARSE(WORD("user"), WORD("lst"));
        expect_refused(status, &err, "did you mean 'probe user list'?");
    }
    {
        PARSE(WORD("user"));
        expect_refused(status, &err, "what follows 'probe user' is one of: list, show");
    }
    {
        PARSE(WORD("user"), WORD("frobnicate"));
        expect_refused(status, &err, "what follows 'probe user' is one of: list, show");
    }
}

static void options_parse__refuses__an_option_of_another_command(void **state)
{
    (void)state;
    PARSE(WORD("user"), WORD("list"), WORD("--wait"), WORD("read"));
    expect_refused(status, &err, "--wait is not an option of 'probe user list'");
}

static void options_parse__refuses__values_missing_unwanted_or_doubled(void **state)
{
    (void)state;
    {
        PARSE(WORD("send"), WORD("bob"), WORD("--wait"));
        expect_refused(status, &err, "--wait needs a value: --wait STATE");
    }
    {
        PARSE(WORD("--json=yes"));
        expect_refused(status, &err, "--json takes no value");
    }
    {
        PARSE(WORD("-p"), WORD("a"), WORD("--profile"), WORD("b"));
        expect_refused(status, &err, "--profile is given twice");
    }
}

static void options_parse__refuses__too_few_and_too_many_operands(void **state)
{
    (void)state;
    {
        PARSE(WORD("send"));
        expect_refused(status, &err, "'probe send' needs WHO [TEXT…]");
    }
    {
        PARSE(WORD("user"), WORD("show"), WORD("a"), WORD("b"));
        expect_refused(status, &err, "'probe user show' does not know what to do with 'b'");
    }
}

static void options_answer__prints_help__although_operands_are_missing(void **state)
{
    (void)state;
    char text[4096] = "";
    FILE *out = fmemopen(text, sizeof(text), "w");
    PARSE(WORD("send"), WORD("--help"));
    assert_int_equal(status, OIM_OK);
    assert_true(options_answer(&options, out));
    fclose(out);
    assert_non_null(strstr(text, "usage: probe send [OPTION…] WHO [TEXT…]"));
    assert_non_null(strstr(text, "-t, --tag TAG"));
    assert_non_null(strstr(text, "--json"));
    assert_non_null(strstr(text, "--version"));
    assert_null(strstr(text, "user list"));
}

static void options_answer__lists_every_command__for_the_program(void **state)
{
    (void)state;
    char text[4096] = "";
    FILE *out = fmemopen(text, sizeof(text), "w");
    PARSE(WORD("-h"));
    assert_int_equal(status, OIM_OK);
    assert_true(options_answer(&options, out));
    fclose(out);
    assert_non_null(strstr(text, "probe send WHO [TEXT…]"));
    assert_non_null(strstr(text, "probe user list"));
    assert_non_null(strstr(text, "--profile NAME"));
}

static void options_answer__prints_the_version_and_nothing_else(void **state)
{
    (void)state;
    char text[256] = "";
    FILE *out = fmemopen(text, sizeof(text), "w");
    PARSE(WORD("--version"));
    assert_int_equal(status, OIM_OK);
    assert_true(options_answer(&options, out));
    fclose(out);
    assert_string_equal(text, "probe " OIM_VERSION "\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_parse__finds_command_options_and_operands__in_any_order),
        cmocka_unit_test(options_parse__reads_values_after_equals__even_empty_ones),
        cmocka_unit_test(options_parse__leaves_everything_after_two_dashes_alone),
        cmocka_unit_test(options_parse__matches_commands_of_two_words),
        cmocka_unit_test(options_parse__runs_the_unnamed_command__without_arguments),
        cmocka_unit_test(options_parse__keeps_every_value__of_a_repeating_option),
        cmocka_unit_test(options_parse__refuses__an_unknown_option_naming_the_nearest),
        cmocka_unit_test(options_parse__refuses__an_unknown_letter_and_glued_letters),
        cmocka_unit_test(options_parse__refuses__abbreviations),
        cmocka_unit_test(options_parse__refuses__an_unknown_command_naming_the_nearest),
        cmocka_unit_test(options_parse__refuses__an_option_of_another_command),
        cmocka_unit_test(options_parse__refuses__values_missing_unwanted_or_doubled),
        cmocka_unit_test(options_parse__refuses__too_few_and_too_many_operands),
        cmocka_unit_test(options_answer__prints_help__although_operands_are_missing),
        cmocka_unit_test(options_answer__lists_every_command__for_the_program),
        cmocka_unit_test(options_answer__prints_the_version_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
