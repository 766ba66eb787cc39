/*
 * test_attach.c - a face finds its agent, starts one when there is none, and hears every event of its
 * request.
 *
 * The agent is this same program, started as `test_attach agent --profile P`: it takes the profile's lock as
 * the real one does, and plays the part that $FAKE_AGENT names.
 */
#include "client/face/attach.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>

#include "client/face/profile_path.h"
#include "tests/support/check.h"

#define FACES_AT_ONCE 8

/* ---- the agent's part
 * ---------------------------------------------------------------------------------------- */

struct fake {
    int fd;
    const char *part;
    struct oim_arena arena;
    uint8_t memory[LOCAL_FRAME_SIZE_MAX * 2];
};

static void fake_send(struct fake *fake, const struct local_frame *frame)
{
    struct oim_buf out;
    oim_buf_init(&out, LOCAL_FRAME_SIZE_MAX);
    if (local_encode(frame, &out) != OIM_OK || send(fake->fd, out.data, out.size, MSG_NOSIGNAL) < 0) {
        _exit(3);
    }
    oim_buf_finish(&out);
}

static void fake_answer_send(struct fake *fake, const struct local_frame *request)
{
    for (size_t i = 0; i < request->fields.count; i++) {
        if (strcmp(request->fields.items[i].name, "to") == 0) {
            struct local_builder builder = {.count = 0};
            local_add_text(&builder, "to", request->fields.items[i].text);
            local_add_text(&builder, "state", "held");
            struct local_frame event = {.kind = LOCAL_EVENT, .request = request->request, .name = "result"};
            event.fields = local_built(&builder);
            fake_send(fake, &event);
        }
    }
    struct local_builder builder = {.count = 0};
    local_add_number(&builder, "pid", getpid());
    struct local_frame end = {.kind = LOCAL_END, .request = request->request, .exit = EXIT_DONE};
    end.fields = local_built(&builder);
    fake_send(fake, &end);
}

/* "endless" sends messages until it is told to stop; the end says how. */
static void fake_answer_receive(struct fake *fake, const struct local_frame *frame, bool cancelled)
{
    struct local_frame event = {.kind = LOCAL_EVENT, .request = frame->request, .name = "message"};
    struct local_frame end = {.kind = LOCAL_END, .request = frame->request, .exit = EXIT_WAIT_ENDED};
    fake_send(fake, cancelled ? &end : &event);
}

static void fake_on_frame(struct fake *fake, const struct local_frame *frame)
{
    if (frame->kind == LOCAL_ATTACH) {
        struct local_builder builder = {.count = 0};
        local_add_text(&builder, "state", "ready");
        local_add_text(&builder, "lang", frame->lang);
        struct local_frame attached = {.kind = LOCAL_ATTACHED, .version = LOCAL_VERSION};
        attached.fields = local_built(&builder);
        fake_send(fake, &attached);
    } else if (frame->kind == LOCAL_REQUEST && strcmp(fake->part, "dies") == 0) {
        _exit(4);
    } else if (frame->kind == LOCAL_REQUEST && strcmp(frame->name, "send") == 0) {
        fake_answer_send(fake, frame);
    } else if (frame->kind == LOCAL_REQUEST && strcmp(frame->name, "receive") == 0) {
        fake_answer_receive(fake, frame, false);
    } else if (frame->kind == LOCAL_CANCEL) {
        fake_answer_receive(fake, frame, true);
    } else if (frame->kind == LOCAL_REQUEST && strcmp(frame->name, "stop") == 0) {
        struct local_frame end = {.kind = LOCAL_END, .request = frame->request, .exit = EXIT_DONE};
        fake_send(fake, &end);
        _exit(0);
    }
}

static void fake_serve(struct fake *fake)
{
    static uint8_t bytes[LOCAL_FRAME_SIZE_MAX];
    size_t have = 0;
    ssize_t size = 0;
    while ((size = recv(fake->fd, bytes + have, sizeof(bytes) - have, 0)) > 0) {
        struct oim_slice rest = oim_slice(bytes, have + (size_t)size);
        struct local_frame frame;
        oim_arena_reset(&fake->arena);
        while (local_decode(&rest, &fake->arena, &frame, NULL) == OIM_OK) {
            fake_on_frame(fake, &frame);
        }
        memmove(bytes, rest.data, rest.size);
        have = rest.size;
    }
    close(fake->fd);
}

/* An agent of yesterday: answers in its version and ends. The second start is today's. */
static bool fake_was_old(struct fake *fake, int folder_fd)
{
    if (strcmp(fake->part, "old") != 0 || faccessat(folder_fd, "was-old", F_OK, 0) == 0) {
        return false;
    }
    close(openat(folder_fd, "was-old", O_CREAT | O_WRONLY, 0600));
    struct local_frame attached = {.kind = LOCAL_ATTACHED, .version = LOCAL_VERSION + 1};
    fake_send(fake, &attached);
    return true;
}

static int fake_agent(int argc, char **argv)
{
    if (argc != 4 || strcmp(argv[2], "--profile") != 0) {
        return 5;
    }
    static struct fake fake;
    fake.part = getenv("FAKE_AGENT");
    oim_arena_init(&fake.arena, fake.memory, sizeof(fake.memory));
    struct profile_environment environment = profile_environment_read();
    struct profile_path path;
    int folder_fd = -1;
    if (profile_path_resolve(&environment, argv[3], &path, NULL) != OIM_OK ||
        profile_folder_open(&path, false, &folder_fd, NULL) != OIM_OK) {
        return 6;
    }
    if (strcmp(fake.part, "cannot") == 0) {
        bool again = faccessat(folder_fd, "tried", F_OK, 0) == 0;
        close(openat(folder_fd, "tried", O_CREAT | O_WRONLY, 0600));
        dprintf(STDERR_FILENO, "oim agent: the store is of another version (%s)\nand more\n",
                again ? "again" : "once");
        return 1;
    }
    int lock_fd = openat(folder_fd, PROFILE_LOCK_FILE, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (flock(lock_fd, LOCK_EX | LOCK_NB) != 0) {
        return 0; /* lost the race */
    }
    struct sockaddr_un address = profile_socket_address(folder_fd);
    int listen_fd = socket(AF_UNIX, SOCK_STREAM, 0);
    unlinkat(folder_fd, PROFILE_SOCKET_FILE, 0);
    if (bind(listen_fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(listen_fd, 64) != 0) {
        return 7;
    }
    alarm(20); /* never outlives a failed test by much */
    for (;;) {
        fake.fd = accept(listen_fd, NULL, NULL);
        if (fake_was_old(&fake, folder_fd)) {
            return 0;
        }
        fake_serve(&fake);
    }
}

/* ---- the tests
 * ------------------------------------------------------------------------------------------------ */

struct fixture {
    char root[32];
};

static int setup(void **state)
{
    static struct fixture fixture;
    snprintf(fixture.root, sizeof(fixture.root), "/tmp/oim-test-XXXXXX");
    if (mkdtemp(fixture.root) == NULL) {
        return 1;
    }
    setenv("OIM_HOME", fixture.root, 1);
    setenv("FAKE_AGENT", "plain", 1);
    *state = &fixture;
    return 0;
}

static struct face *attached(struct oim_error *err)
{
    struct face_options options = {.class = CLASS_NONE, .lang = "es", .agent_program = "/proc/self/exe"};
    struct face *face = NULL;
    return face_attach(&options, &face, err) == OIM_OK ? face : NULL;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    setenv("FAKE_AGENT", "plain", 1);
    struct face *face = attached(NULL);
    struct face_end end;
    if (face != NULL && face_run(face, "stop", NULL, NULL, NULL, &end, NULL) != OIM_OK) {
        fprintf(stderr, "the agent was gone already\n");
    }
    face_detach(face);
    char command[128];
    snprintf(command, sizeof(command), "rm -r '%s'", fixture->root);
    return system(command);
}

static bool count_event(void *context, const char *what, const struct local_fields *fields)
{
    (void)what;
    (void)fields;
    (*(int *)context)++;
    return true;
}

static bool stop_at_first(void *context, const char *what, const struct local_fields *fields)
{
    (void)what;
    (void)fields;
    (*(int *)context)++;
    return false;
}

static int agent_pid_of(struct face *face)
{
    struct face_end end;
    struct oim_error err = {0};
    CHECK_OK_ERR(face_run(face, "send", NULL, NULL, NULL, &end, &err), &err);
    return (int)local_number(&end.fields, "pid", 0);
}

static void face_attach__starts_an_agent__when_there_is_none(void **state)
{
    (void)state;
    struct oim_error err = {0};
    struct face *face = attached(&err);
    CHECK_TEXT(err.text, "");
    CHECK(face != NULL);
    CHECK_TEXT(local_text(face_whoami(face), "state"), "ready");
    CHECK_TEXT(local_text(face_whoami(face), "lang"), "es");
    int first = agent_pid_of(face);
    CHECK(getsid(first) == first);
    face_detach(face);

    face = attached(&err);
    CHECK(face != NULL);
    CHECK_EQ(agent_pid_of(face), first);
    face_detach(face);
}

/*
 * Goal:   nothing of the face stays open in the agent; a substituted command would wait for it for ever.
 * Method: give the face a pipe, start the agent, close the pipe's writing end here: reading must end at once.
 */
static void face_attach__leaves_no_descriptor__with_the_agent(void **state)
{
    (void)state;
    int ends[2];
    CHECK(pipe(ends) == 0);
    struct face *face = attached(NULL);
    CHECK(face != NULL);
    close(ends[1]);
    char byte;
    CHECK_EQ(read(ends[0], &byte, 1), 0);
    close(ends[0]);
    face_detach(face);
}

/*
 * Goal:   however many start at once, there is one agent.
 * Method: that many processes attach at the same time and report the agent's pid through a pipe.
 */
static void face_attach__finds_the_winner__of_a_race(void **state)
{
    (void)state;
    int ends[2];
    CHECK(pipe(ends) == 0);
    for (int i = 0; i < FACES_AT_ONCE; i++) {
        if (fork() == 0) {
            struct face *face = attached(NULL);
            int pid = face != NULL ? agent_pid_of(face) : -1;
            face_detach(face);
            _exit(write(ends[1], &pid, sizeof(pid)) == sizeof(pid) ? 0 : 1);
        }
    }
    int first = 0;
    CHECK(read(ends[0], &first, sizeof(first)) == sizeof(first));
    CHECK(first > 0);
    for (int i = 1; i < FACES_AT_ONCE; i++) {
        int pid = 0;
        CHECK(read(ends[0], &pid, sizeof(pid)) == sizeof(pid));
        CHECK_EQ(pid, first);
    }
    close(ends[0]);
    close(ends[1]);
}

static void face_attach__replaces__an_agent_of_another_version(void **state)
{
    (void)state;
    setenv("FAKE_AGENT", "old", 1);
    struct oim_error err = {0};
    struct face *face = attached(&err);
    CHECK_TEXT(err.text, "");
    CHECK(face != NULL);
    face_detach(face);
}

static void face_attach__says_why__when_no_agent_can_be_run(void **state)
{
    (void)state;
    struct face_options options = {.class = CLASS_NONE, .lang = "en", .agent_program = "/nonexistent/oim"};
    struct face *face = NULL;
    struct oim_error err = {0};
    CHECK_STATUS(face_attach(&options, &face, &err), OIM_ERR_IO);
    CHECK(strstr(err.text, "/nonexistent/oim") != NULL);
    options.profile = "../x";
    CHECK_STATUS(face_attach(&options, &face, &err), OIM_ERR_USAGE);
}

/*
 * Goal:   what the agent says when it cannot start is said by the face, at once: nothing is tried again.
 * Method: an agent that says why, and whether it was run before.
 */
static void face_attach__says_what_the_agent_says__when_it_cannot_start(void **state)
{
    (void)state;
    setenv("FAKE_AGENT", "cannot", 1);
    struct oim_error err = {0};
    CHECK(attached(&err) == NULL);
    CHECK_EQ(err.status, OIM_ERR_IO);
    CHECK_TEXT(err.text, "the store is of another version (once)");
}

static void face_run__passes_every_event__until_the_end(void **state)
{
    (void)state;
    struct face *face = attached(NULL);
    CHECK(face != NULL);
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "to", "bob");
    local_add_text(&builder, "to", "carol");
    struct local_fields args = local_built(&builder);
    struct face_end end;
    int count = 0;
    CHECK_OK(face_run(face, "send", &args, count_event, &count, &end, NULL));
    CHECK_EQ(count, 2);
    CHECK_EQ(end.exit, EXIT_DONE);
    face_detach(face);
}

static void face_run__cancels__and_waits_for_the_end(void **state)
{
    (void)state;
    struct face *face = attached(NULL);
    CHECK(face != NULL);
    struct face_end end;
    int count = 0;
    CHECK_OK(face_run(face, "receive", NULL, stop_at_first, &count, &end, NULL));
    CHECK_EQ(count, 1);
    CHECK_EQ(end.exit, EXIT_WAIT_ENDED);
    face_detach(face);
}

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

/*
 * Goal:   Ctrl-C gives up a request that is not answered, at whatever moment it comes, and the face goes on.
 * Method: the signal waits, blocked, before anything is asked; the agent knows no answer to "nothing".
 */
static void face_run__is_given_up__when_interrupted(void **state)
{
    (void)state;
    struct face *face = attached(NULL);
    CHECK(face != NULL);
    const struct sigaction action = {.sa_handler = on_interrupt};
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    CHECK_EQ(sigprocmask(SIG_BLOCK, &interrupt, NULL), 0);
    CHECK_EQ(sigaction(SIGINT, &action, NULL), 0);
    interrupted = 0;
    face_interrupt_by(face, &interrupted);
    CHECK_EQ(raise(SIGINT), 0);
    struct face_end end;
    CHECK_STATUS(face_run(face, "nothing", NULL, NULL, NULL, &end, NULL), OIM_AGAIN);
    CHECK_EQ(interrupted, 1);
    interrupted = 0;
    int count = 0;
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "to", "bob");
    struct local_fields args = local_built(&builder);
    CHECK_OK(face_run(face, "send", &args, count_event, &count, &end, NULL));
    CHECK_EQ(count, 1);
    CHECK_EQ(end.exit, EXIT_DONE);
    face_detach(face);
    signal(SIGINT, SIG_DFL);
    CHECK_EQ(sigprocmask(SIG_UNBLOCK, &interrupt, NULL), 0);
}

static void face_run__fails__when_the_agent_dies(void **state)
{
    (void)state;
    setenv("FAKE_AGENT", "dies", 1);
    struct face *face = attached(NULL);
    CHECK(face != NULL);
    struct face_end end;
    CHECK_STATUS(face_run(face, "send", NULL, NULL, NULL, &end, NULL), OIM_ERR_IO);
    face_detach(face);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "agent") == 0) {
        return fake_agent(argc, argv);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(face_attach__starts_an_agent__when_there_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(face_attach__leaves_no_descriptor__with_the_agent, setup, teardown),
        cmocka_unit_test_setup_teardown(face_attach__finds_the_winner__of_a_race, setup, teardown),
        cmocka_unit_test_setup_teardown(face_attach__replaces__an_agent_of_another_version, setup, teardown),
        cmocka_unit_test_setup_teardown(face_attach__says_why__when_no_agent_can_be_run, setup, teardown),
        cmocka_unit_test_setup_teardown(face_attach__says_what_the_agent_says__when_it_cannot_start, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(face_run__passes_every_event__until_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(face_run__cancels__and_waits_for_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(face_run__is_given_up__when_interrupted, setup, teardown),
        cmocka_unit_test_setup_teardown(face_run__fails__when_the_agent_dies, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
