/*
 * man_page.c - writes oim(1) and oimctl(1) from the same option tables that parse and print --help.
 *
 * A build tool: `man_page oim` writes the page to standard output. What the tables cannot say (files,
 * environment, an example) is here.
 */
#include <stdio.h>
#include <string.h>

#include "client/admin/ctl_spec.h"
#include "client/cli/spec.h"

/* What no table holds: examples, files, and where to read on. */
struct page {
    const struct program_spec *program;
    const char *example;
    const char *see_also;
};

/* Text with what roff would take for its own made harmless: a backslash anywhere, a dot or quote at a line's
 * begin. */
static void roff_print(const char *text)
{
    bool begins = true;
    for (; *text != '\0'; text++) {
        if (begins && (*text == '.' || *text == '\'')) {
            fputs("\\&", stdout);
        }
        if (*text == '\\') {
            fputs("\\e", stdout);
        } else if (*text == '-') {
            fputs("\\-", stdout);
        } else {
            putchar(*text);
        }
        begins = *text == '\n';
    }
}

static void option_print(const struct option_spec *option)
{
    printf(".TP\n.B ");
    if (option->letter != 0) {
        printf("\\-%c, ", option->letter);
    }
    fputs("\\-\\-", stdout);
    roff_print(option->name);
    if (option->value != NULL) {
        fputs(" \\fI", stdout);
        roff_print(option->value);
        fputs("\\fR", stdout);
    }
    putchar('\n');
    roff_print(option->help);
    putchar('\n');
}

static void command_print(const struct program_spec *program, const struct command_spec *command)
{
    printf(".SS ");
    roff_print(command->name[0] != '\0' ? command->name : program->name);
    if (command->operands != NULL) {
        putchar(' ');
        roff_print(command->operands);
    }
    putchar('\n');
    roff_print(command->help);
    printf(".\n");
    for (size_t i = 0; i < command->option_count; i++) {
        option_print(&command->options[i]);
    }
}

static void page_print(const struct page *page)
{
    const struct program_spec *program = page->program;
    printf(".TH %s 1 \"\" \"oim " OIM_VERSION "\" \"oim\"\n.SH NAME\n%s \\- ", program->name, program->name);
    roff_print(program->summary);
    printf("\n.SH SYNOPSIS\n.B %s\n[\\fICOMMAND\\fR] [\\fIOPTIONS\\fR] [\\fIOPERANDS\\fR]\n.SH COMMANDS\n",
           program->name);
    for (size_t i = 0; i < program->command_count; i++) {
        command_print(program, &program->commands[i]);
    }
    printf(".SH OPTIONS OF EVERY COMMAND\n");
    for (size_t i = 0; i < program->option_count; i++) {
        option_print(&program->options[i]);
    }
    printf(".TP\n.B \\-h, \\-\\-help\nprint a summary and end\n.TP\n.B \\-\\-version\nprint the version and "
           "end\n");
    printf(".SH NOTES\n.nf\n");
    roff_print(program->closing);
    printf(
        "\n.fi\n.SH ENVIRONMENT\n.TP\n.B OIM_HOME\nthe folder of the client's profiles, instead of "
        "$XDG_DATA_HOME/oim or ~/.local/share/oim\n.TP\n.B LC_ALL, LC_MESSAGES, LANG\nthe language of what "
        "people read: English or Spanish; JSON and codes are never translated\n.SH EXAMPLES\n.nf\n");
    roff_print(page->example);
    printf(".fi\n.SH SEE ALSO\n%s\n", page->see_also);
}

int main(int argc, char **argv)
{
    static const struct page pages[] = {
        {.program = &cli_program,
         .example =
             "oim join                                  paste the line your administrator sent you\n"
             "oim send bob \"The contract is signed.\"    held until bob signs in, or delivered at once\n"
             "tail -n 50 log | oim send ops - --truncate\n"
             "oim receive --follow --json | while read -r line; do ...; done\n",
         .see_also = ".BR oimctl (1)"},
        {.program = &ctl_program,
         .example = "oimctl invite tony --display \"Tony Smith\" --team sales\n"
                    "oimctl offline off @sales\n"
                    "oimctl -c 'Grant-CsClientPolicy -Identity \"Tony Smith\" -PolicyName OfflineIM'\n"
                    "oimctl policy effective tony\n",
         .see_also = ".BR oim (1)"},
    };
    for (size_t i = 0; i < OIM_COUNT(pages); i++) {
        if (argc == 2 && strcmp(argv[1], pages[i].program->name) == 0) {
            page_print(&pages[i]);
            return fflush(stdout) == 0 ? 0 : 1;
        }
    }
    fprintf(stderr, "usage: man_page oim|oimctl\n");
    return 2;
}
