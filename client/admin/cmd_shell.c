/*
 * cmd_shell.c - oimctl shell: cmdlets at a prompt, with history and completion.
 *
 * Ctrl-C drops the line that is being typed, or gives up what the server was asked; Ctrl-D on an empty line
 * ends the shell. A line that ends within brackets or behind a pipe goes on in the next one. The history lies
 * in the profile's folder and is for its owner only. When standard input is no terminal this is `run -`.
 */
#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

#include "client/admin/cmdlet_complete.h"
#include "client/admin/cmdlet_host.h"
#include "client/face/profile_path.h"
#include "policy/name.h"

#define HISTORY_COUNT_MAX 1000
#define HISTORY_NAME "oimctl_history"
#define SHELL_TEXT_SIZE_MAX 65536u
#define KNOWN_SIZE ((size_t)8 << 20)

struct shell {
    struct ctl *ctl;
    struct ctl_cmdlets cmdlets;
    EditLine *edit;
    History *history;
    char history_path[PATH_MAX + sizeof(HISTORY_NAME)]; /* "": none is kept */
    struct oim_buf text;                                /* the line so far, with those that it goes on in */
    struct cmdlet_known known;
    bool known_fresh; /* asked since the last line */
    struct oim_arena known_arena;
    uint8_t known_memory[KNOWN_SIZE];
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

/* Ctrl-C waits until something that can be interrupted lets it in, so that none is missed: the reading of a
 * line (on_character), an answer that does not come (attach.h), a question (ask.h). */
static void catch_interrupts(bool catch)
{
    struct sigaction action = {.sa_handler = catch ? on_interrupt : SIG_DFL};
    sigset_t interrupt;
    sigemptyset(&action.sa_mask);
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    interrupted = 0;
    sigaction(SIGINT, &action, NULL);
    sigprocmask(catch ? SIG_BLOCK : SIG_UNBLOCK, &interrupt, NULL);
}

/* libedit's reader of one letter. 1, 0 at the end, -1 when Ctrl-C came. */
static int on_character(EditLine *edit, wchar_t *out)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    mbstate_t state = {0};
    sigset_t all_in;
    (void)edit;
    sigemptyset(&all_in);
    while (interrupted == 0) {
        char byte = 0;
        if (ppoll(&input, 1, NULL, &all_in) < 0) {
            if (errno == EINTR) {
                continue; /* a signal; which one the loop's condition says */
            }
            return 0;
        }
        ssize_t got = read(STDIN_FILENO, &byte, 1);
        if (got <= 0) {
            return 0;
        }
        size_t used = mbrtowc(out, &byte, 1, &state);
        if (used == (size_t)-1) { /* no letter of this locale */
            state = (mbstate_t){0};
        } else if (used != (size_t)-2) {
            return 1;
        }
    }
    errno = EINTR;
    return -1;
}

/* ---- what the server knows, for completion
 * ---------------------------------------------------------------------- */

/* One column of the answer's rows, each value once. Fewer when memory ends: completion is a convenience. */
static size_t column(struct shell *shell, const struct admin_rows *rows, const char *name, const char **out,
                     size_t count)
{
    for (size_t i = 0; i < rows->row_count; i++) {
        const char *value = ctl_row_value(&rows->rows[i], name);
        bool again = value[0] == '\0' || (count > 0 && strcasecmp(out[count - 1], value) == 0);
        char *copy = again ? NULL : oim_arena_strdup(&shell->known_arena, oim_slice_text(value));
        if (copy != NULL) {
            out[count++] = copy;
        }
    }
    return count;
}

static void known_refresh(struct shell *shell)
{
    struct oim_arena *arena = &shell->ctl->arena;
    size_t used_before = arena->used;
    struct admin_op op = admin_op_of(ADMIN_POLICY_GET);
    struct ctl_answer policies = ctl_ask(shell->ctl, &op);
    op = admin_op_of(ADMIN_USER_LIST);
    struct ctl_answer people = ctl_ask(shell->ctl, &op);
    oim_arena_reset(&shell->known_arena);
    shell->known = (struct cmdlet_known){.policies = NULL};
    size_t policy_count = policies.rows.row_count;
    size_t people_count = people.rows.row_count;
    const char **names =
        oim_arena_zalloc(&shell->known_arena, policy_count + 3 * people_count + 1, sizeof(const char *));
    if (policies.exit_code == EXIT_DONE && people.exit_code == EXIT_DONE && names != NULL) {
        shell->known.policies = names;
        shell->known.policy_count = column(shell, &policies.rows, "identity", names, 0);
        names += policy_count;
        shell->known.people = names;
        shell->known.people_count = column(shell, &people.rows, "login", names, 0);
        shell->known.people_count = column(shell, &people.rows, "display", names, shell->known.people_count);
        names += 2 * people_count;
        shell->known.teams = names;
        shell->known.team_count = column(shell, &people.rows, "team", names, 0);
    }
    arena->used = used_before;
    shell->known_fresh = true;
}

/* ---- line editing
 * ---------------------------------------------------------------------------------------------- */

static struct shell *shell_of(EditLine *edit)
{
    struct shell *shell = NULL;
    el_get(edit, EL_CLIENTDATA, &shell);
    return shell;
}

static char *on_prompt(EditLine *edit)
{
    static char first[] = "PS oim> ";
    static char further[] = ">> ";
    return shell_of(edit)->text.size == 0 ? first : further;
}

static void candidates_list(struct shell *shell, const struct cmdlet_completion *completion)
{
    fputc('\n', shell->ctl->console.out);
    for (size_t i = 0; i < completion->count; i++) {
        fprintf(shell->ctl->console.out, "%s%s", i > 0 ? "  " : "", completion->candidates[i]);
    }
    fprintf(shell->ctl->console.out, "%s\n", completion->count == COMPLETION_COUNT_MAX ? "  ..." : "");
    fflush(shell->ctl->console.out);
}

static unsigned char on_tab(EditLine *edit, int key)
{
    struct shell *shell = shell_of(edit);
    const LineInfo *info = el_line(edit);
    struct oim_arena *arena = &shell->ctl->arena;
    size_t used_before = arena->used;
    struct cmdlet_completion completion;
    unsigned char result = CC_ERROR;
    (void)key;
    if (!shell->known_fresh) {
        known_refresh(shell);
    }
    const char *line = oim_arena_printf(arena, "%.*s%.*s", (int)shell->text.size,
                                        shell->text.size > 0 ? (const char *)shell->text.data : "",
                                        (int)(info->cursor - info->buffer), info->buffer);
    if (line == NULL) {
        return CC_ERROR;
    }
    cmdlet_complete(line, &shell->known, arena, &completion);
    size_t common = cmdlet_completion_common(&completion);
    const char *word = line + strlen(line) - completion.word_size;
    if (completion.count == 1 || common > completion.word_size) {
        char *insert = oim_arena_printf(arena, "%.*s%s", (int)common, completion.candidates[0],
                                        completion.count == 1 ? " " : "");
        el_deletestr(edit, (int)oim_utf8_count((const uint8_t *)word, completion.word_size));
        result = insert != NULL && el_insertstr(edit, insert) == 0 ? CC_REFRESH : CC_ERROR;
    } else if (completion.count > 1) {
        candidates_list(shell, &completion);
        result = CC_REDISPLAY;
    }
    arena->used = used_before;
    return result;
}

/* ---- history
 * --------------------------------------------------------------------------------------------------- */

static void history_find(struct shell *shell)
{
    struct profile_environment environment = profile_environment_read();
    const char *profile = options_value(&shell->ctl->options, "profile");
    struct profile_path path;
    if (profile_path_resolve(&environment, profile != NULL ? profile : "default", &path, NULL) == OIM_OK) {
        snprintf(shell->history_path, sizeof(shell->history_path), "%s/" HISTORY_NAME, path.folder);
    }
}

static void history_keep(struct shell *shell)
{
    HistEvent event;
    mode_t before = umask(S_IRWXG | S_IRWXO);
    if (shell->history_path[0] != '\0') {
        history(shell->history, &event, H_SAVE, shell->history_path);
    }
    umask(before);
}

static bool shell_open(struct shell *shell)
{
    HistEvent event;
    setlocale(LC_CTYPE, "");
    shell->history = history_init();
    shell->edit =
        el_init(shell->ctl->console.program, stdin, shell->ctl->console.out, shell->ctl->console.err);
    if (shell->history == NULL || shell->edit == NULL) {
        return false;
    }
    history(shell->history, &event, H_SETSIZE, HISTORY_COUNT_MAX);
    history(shell->history, &event, H_SETUNIQUE, 1);
    history_find(shell);
    if (shell->history_path[0] != '\0') {
        history(shell->history, &event, H_LOAD, shell->history_path);
    }
    el_set(shell->edit, EL_CLIENTDATA, shell);
    el_set(shell->edit, EL_PROMPT, on_prompt);
    el_set(shell->edit, EL_EDITOR, "emacs");
    el_set(shell->edit, EL_GETCFN, on_character);
    el_set(shell->edit, EL_HIST, history, shell->history);
    /* The wide form keeps these strings; the other one copies them and never frees the copies. */
    el_wset(shell->edit, EL_ADDFN, L"oim-complete", L"complete cmdlets, parameters, policies, people",
            on_tab);
    el_set(shell->edit, EL_BIND, "^I", "oim-complete", NULL);
    el_set(shell->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
    return true;
}

static void shell_close(struct shell *shell)
{
    if (shell->edit != NULL) {
        el_end(shell->edit);
    }
    if (shell->history != NULL) {
        history_end(shell->history);
    }
    oim_buf_finish(&shell->text);
}

/* ---- the loop
 * -------------------------------------------------------------------------------------------------- */

static bool says_end(const char *text)
{
    static const char *const words[] = {"exit", "quit"};
    size_t size = strcspn(text, " \t\r\n");
    for (size_t i = 0; i < OIM_COUNT(words); i++) {
        if (size == strlen(words[i]) && strncasecmp(text, words[i], size) == 0 &&
            text[size + strspn(text + size, " \t\r\n")] == '\0') {
            return true;
        }
    }
    return false;
}

static void text_run(struct shell *shell, const char *text)
{
    HistEvent event;
    struct oim_error err = {.status = OIM_OK};
    history(shell->history, &event, H_ENTER, text);
    history_keep(shell);
    interrupted = 0;
    int exit_code = cmdlet_session_run(&shell->cmdlets.session, text, &err);
    ctl_cmdlets_end(&shell->cmdlets, exit_code, &err);
    console_flush(&shell->ctl->console);
    shell->known_fresh = false;
}

/* One more line of input. False: the shell ends. */
static bool line_take(struct shell *shell, const char *line, size_t size)
{
    bool blank = line[strspn(line, " \t\r\n")] == '\0';
    if (oim_buf_append(&shell->text, line, size) != OIM_OK) {
        oim_buf_clear(&shell->text);
        ctl_usage(shell->ctl, "this is too long; put it into a file, for oimctl run FILE");
        return true;
    }
    const char *text = (const char *)shell->text.data;
    shell->text.data[shell->text.size] = '\0'; /* there is always room for it: bytes.h */
    if (says_end(text)) {
        return false;
    }
    if (!blank && cmdlet_is_unfinished(text, &shell->ctl->arena)) {
        return true; /* an empty line ends even what is unfinished */
    }
    if (text[strspn(text, " \t\r\n")] != '\0') {
        text_run(shell, text);
    }
    oim_buf_clear(&shell->text);
    return true;
}

static void shell_run(struct shell *shell)
{
    bool goes_on = true;
    while (goes_on) {
        int count = 0;
        catch_interrupts(true);
        const char *line = el_gets(shell->edit, &count);
        if (line != NULL && count > 0) {
            goes_on = line_take(shell, line, (size_t)count);
            continue;
        }
        goes_on = interrupted != 0;
        oim_buf_clear(&shell->text);
        fputs(goes_on ? "^C\n" : "\n", shell->ctl->console.out);
    }
    catch_interrupts(false);
}

int ctl_shell(struct ctl *ctl)
{
    if (!isatty(STDIN_FILENO)) {
        return ctl_run_file(ctl, stdin, "-");
    }
    int exit_code = ctl_attach(ctl);
    struct shell *shell = exit_code == EXIT_DONE ? calloc(1, sizeof(*shell)) : NULL;
    if (shell == NULL) {
        return exit_code != EXIT_DONE ? exit_code : ctl_usage(ctl, "no memory");
    }
    shell->ctl = ctl;
    ctl->interrupted = &interrupted;
    face_interrupt_by(ctl->face, &interrupted);
    oim_buf_init(&shell->text, SHELL_TEXT_SIZE_MAX);
    oim_arena_init(&shell->known_arena, shell->known_memory, sizeof(shell->known_memory));
    ctl_cmdlets_init(&shell->cmdlets, ctl);
    if (shell_open(shell)) {
        console_say(&ctl->console, "shell_hello", NULL);
        shell_run(shell);
    } else {
        exit_code = ctl_usage(ctl, "this terminal cannot be used; try oimctl run -");
    }
    shell_close(shell);
    free(shell);
    return exit_code;
}
