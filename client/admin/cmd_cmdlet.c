/*
 * cmd_cmdlet.c - lines of cmdlets: as words, by -c, from a file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/admin/cmdlet_host.h"

#define TEXT_FILE_SIZE_MAX (1024u * 1024u)

static void buf_finish(struct oim_buf *buf)
{
    oim_buf_finish(buf);
}

static void freep(struct ctl_cmdlets **cmdlets)
{
    free(*cmdlets);
}

/* Lines as text, or words that a shell has cut. Returns an exit code. */
static int lines_run(struct ctl *ctl, const char *text, const char *const *words, size_t word_count)
{
    OIM_CLEANUP(freep) struct ctl_cmdlets *cmdlets = malloc(sizeof(*cmdlets));
    struct oim_error err = {.status = OIM_OK};
    if (cmdlets == NULL) {
        return ctl_usage(ctl, "no memory");
    }
    ctl_cmdlets_init(cmdlets, ctl);
    int exit_code = text != NULL ? cmdlet_session_run(&cmdlets->session, text, &err)
                                 : cmdlet_session_run_words(&cmdlets->session, words, word_count, &err);
    return ctl_cmdlets_end(cmdlets, exit_code, &err);
}

int ctl_cmdlet(struct ctl *ctl, const char *const *words, size_t word_count)
{
    return lines_run(ctl, NULL, words, word_count);
}

int ctl_line(struct ctl *ctl)
{
    const char *line = options_value(&ctl->options, "command");
    if (line == NULL) {
        options_print_help(ctl->options.program, NULL, ctl->console.out);
        return EXIT_USAGE;
    }
    return lines_run(ctl, line, NULL, 0);
}

int ctl_run_file(struct ctl *ctl, FILE *file, const char *name)
{
    OIM_CLEANUP(buf_finish) struct oim_buf text;
    oim_buf_init(&text, TEXT_FILE_SIZE_MAX);
    char part[4096];
    size_t size = 0;
    enum oim_status status = OIM_OK;
    while (status == OIM_OK && (size = fread(part, 1, sizeof(part), file)) > 0) {
        status = oim_buf_append(&text, part, size);
    }
    if (ferror(file) != 0) {
        return ctl_usage(ctl, "read '%s': %s", name, strerror(errno));
    }
    if (status != OIM_OK || oim_buf_append(&text, "", 1) != OIM_OK) {
        return ctl_usage(ctl, "'%s' is larger than 1 MiB", name);
    }
    if (strlen((const char *)text.data) + 1 != text.size) {
        return ctl_usage(ctl, "'%s' is no text: it holds a zero byte", name);
    }
    return lines_run(ctl, (const char *)text.data, NULL, 0);
}

int ctl_run(struct ctl *ctl)
{
    const char *path = ctl_operand(ctl, 0);
    bool input = strcmp(path, "-") == 0;
    FILE *file = input ? stdin : fopen(path, "re");
    if (file == NULL) {
        return ctl_usage(ctl, "open '%s': %s", path, strerror(errno));
    }
    int exit_code = ctl_run_file(ctl, file, path);
    if (!input) {
        fclose(file);
    }
    return exit_code;
}
