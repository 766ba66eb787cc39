/*
 * attach.c - a face's end of the conversation with its profile's agent; see attach.h.
 */
#include "client/face/attach.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/face/agent_start.h"
#include "client/face/profile_path.h"
#include "client/text/safe.h"
#include "common/os/clock_os.h"

#define READ_SIZE 65536u
#define INPUT_SIZE_MAX (LOCAL_FRAME_SIZE_MAX + READ_SIZE)
#define FRAME_ARENA_SIZE (2u * LOCAL_FRAME_SIZE_MAX) /* bytes, and the structs around up to 256 fields */
#define WHOAMI_ARENA_SIZE 65536u
#define RETRY_MS 20
#define SAID_SIZE_MAX 400u
#define SAID_PREFIX "oim agent: " /* how the agent's sentence begins; ours says so already */
#define SHOWN_SIZE_MAX 80u
#define START_AGAIN_MS 500u /* between two starts: the first may have lost to one that is still coming up */

struct face {
    int fd;
    const volatile sig_atomic_t *interrupted; /* NULL: nothing interrupts */
    uint32_t request_last;
    struct oim_buf input;
    size_t input_used; /* bytes at the front that are decoded */
    struct oim_arena arena;
    struct oim_arena whoami_arena;
    struct local_fields whoami;
    uint8_t arena_memory[FRAME_ARENA_SIZE];
    uint8_t whoami_memory[WHOAMI_ARENA_SIZE];
};

/* What one attempt after the other works with. */
struct attachment {
    const struct face_options *options;
    const char *profile;
    int folder_fd;
    pid_t agent_pid; /* the one we started; 0: none */
    int say_fd;      /* where it says why it cannot start; -1: it has ended that, or there is none */
    size_t said_size;
    char said[SAID_SIZE_MAX + 1];
    uint64_t start_ms; /* not before this */
    uint64_t deadline_ms;
};

static struct face *face_create(int fd)
{
    struct face *face = calloc(1, sizeof(*face));
    if (face == NULL) {
        return NULL;
    }
    face->fd = fd;
    oim_buf_init(&face->input, INPUT_SIZE_MAX);
    oim_arena_init(&face->arena, face->arena_memory, sizeof(face->arena_memory));
    oim_arena_init(&face->whoami_arena, face->whoami_memory, sizeof(face->whoami_memory));
    return face;
}

void face_detach(struct face *face)
{
    if (face == NULL) {
        return;
    }
    close(face->fd);
    oim_buf_finish(&face->input);
    free(face);
}

static void face_detachp(struct face **face)
{
    face_detach(*face);
}

static void buf_finish(struct oim_buf *buf)
{
    oim_buf_finish(buf);
}

const struct local_fields *face_whoami(const struct face *face)
{
    return &face->whoami;
}

void face_interrupt_by(struct face *face, const volatile sig_atomic_t *flag)
{
    face->interrupted = flag;
}

int face_fd(const struct face *face)
{
    return face->fd;
}

static enum oim_status face_send(struct face *face, const struct local_frame *frame, struct oim_error *err)
{
    OIM_CLEANUP(buf_finish) struct oim_buf out;
    oim_buf_init(&out, LOCAL_FRAME_SIZE_MAX);
    enum oim_status status = local_encode(frame, &out);
    if (status != OIM_OK) {
        return oim_fail(err, status, "the request is too large");
    }
    size_t sent = 0;
    while (sent < out.size) {
        ssize_t size = send(face->fd, out.data + sent, out.size - sent, MSG_NOSIGNAL);
        if (size < 0 && errno != EINTR) {
            return oim_fail(err, OIM_ERR_IO, "the agent is gone: %s", strerror(errno));
        }
        sent += size > 0 ? (size_t)size : 0;
    }
    return OIM_OK;
}

/* Wait until there is something to read. Errors: OIM_AGAIN. */
static enum oim_status face_wait(const struct face *face, int timeout_ms, struct oim_error *err)
{
    struct oim_clock clock = clock_os();
    uint64_t until_ms = clock.now_ms(clock.context) + (timeout_ms > 0 ? (uint64_t)timeout_ms : 0);
    sigset_t let_in;
    sigemptyset(&let_in);
    for (;;) {
        int left_ms = timeout_ms;
        if (face->interrupted != NULL && *face->interrupted != 0) {
            return OIM_AGAIN;
        }
        if (timeout_ms > 0) {
            uint64_t now_ms = clock.now_ms(clock.context);
            left_ms = now_ms < until_ms ? (int)(until_ms - now_ms) : 0;
        }
        struct pollfd event = {.fd = face->fd, .events = POLLIN};
        struct timespec left = {.tv_sec = left_ms / 1000, .tv_nsec = left_ms % 1000 * 1000000L};
        int count = ppoll(&event, 1, left_ms < 0 ? NULL : &left, face->interrupted != NULL ? &let_in : NULL);
        if (count > 0) {
            return OIM_OK;
        }
        if (count == 0) {
            return OIM_AGAIN;
        }
        if (errno != EINTR) {
            return oim_fail(err, OIM_ERR_IO, "wait for the agent: %s", strerror(errno));
        }
    }
}

static enum oim_status face_read(struct face *face, struct oim_error *err)
{
    if (face->input_used > 0) {
        memmove(face->input.data, face->input.data + face->input_used, face->input.size - face->input_used);
        face->input.size -= face->input_used;
        face->input_used = 0;
    }
    size_t size_before = face->input.size;
    uint8_t *room = oim_buf_grow(&face->input, READ_SIZE);
    if (room == NULL) {
        return oim_fail(err, OIM_ERR_PROTOCOL, "the agent sent a frame that does not end");
    }
    ssize_t size = 0;
    do {
        size = recv(face->fd, room, READ_SIZE, 0);
    } while (size < 0 && errno == EINTR);
    face->input.size = size_before + (size > 0 ? (size_t)size : 0);
    if (size < 0) {
        return oim_fail(err, OIM_ERR_IO, "read from the agent: %s", strerror(errno));
    }
    return size == 0 ? oim_fail(err, OIM_ERR_IO, "the agent ended") : OIM_OK;
}

static enum oim_status face_next_into(struct face *face, int timeout_ms, struct oim_arena *arena,
                                      struct local_frame *out, struct oim_error *err)
{
    oim_arena_reset(arena);
    for (;;) {
        struct oim_slice rest =
            oim_slice(face->input.data + face->input_used, face->input.size - face->input_used);
        enum oim_status status = local_decode(&rest, arena, out, err);
        if (status != OIM_AGAIN) {
            face->input_used = face->input.size - rest.size;
            return status;
        }
        status = face_wait(face, timeout_ms, err);
        if (status == OIM_OK) {
            status = face_read(face, err);
        }
        if (status != OIM_OK) {
            return status;
        }
    }
}

enum oim_status face_next(struct face *face, int timeout_ms, struct local_frame *out, struct oim_error *err)
{
    return face_next_into(face, timeout_ms, &face->arena, out, err);
}

static enum oim_status check_texts(const struct local_frame *frame, struct oim_error *err)
{
    for (size_t i = 0; i < frame->fields.count; i++) {
        const struct local_field *field = &frame->fields.items[i];
        if (field->type == LOCAL_TEXT && !oim_utf8_valid((const uint8_t *)field->text, strlen(field->text))) {
            char shown[SHOWN_SIZE_MAX];
            text_safe(shown, sizeof(shown), oim_slice_text(field->text), SAFE_MARK_NEWLINES);
            return oim_fail(err, OIM_ERR_USAGE, "\"%s\" is not valid UTF-8", shown);
        }
    }
    return OIM_OK;
}

enum oim_status face_ask(struct face *face, const char *op, const struct local_fields *args,
                         uint32_t *out_request, struct oim_error *err)
{
    struct local_frame frame = {.kind = LOCAL_REQUEST, .request = face->request_last + 1, .name = op};
    if (args != NULL) {
        frame.fields = *args;
    }
    enum oim_status status = check_texts(&frame, err);
    if (status == OIM_OK && isatty(STDIN_FILENO)) {
        status = face_active(face, err);
    }
    if (status == OIM_OK) {
        status = face_send(face, &frame, err);
    }
    if (status == OIM_OK) {
        face->request_last = frame.request;
        *out_request = frame.request;
    }
    return status;
}

enum oim_status face_active(struct face *face, struct oim_error *err)
{
    struct local_frame frame = {.kind = LOCAL_ACTIVE};
    return face_send(face, &frame, err);
}

enum oim_status face_cancel(struct face *face, uint32_t request, struct oim_error *err)
{
    struct local_frame frame = {.kind = LOCAL_CANCEL, .request = request};
    return face_send(face, &frame, err);
}

enum oim_status face_shown(struct face *face, const struct oim_id *msg_ids, size_t count, bool read,
                           struct oim_error *err)
{
    for (size_t at = 0; at < count; at += LOCAL_SHOWN_ID_COUNT_MAX) {
        size_t part = count - at < LOCAL_SHOWN_ID_COUNT_MAX ? count - at : LOCAL_SHOWN_ID_COUNT_MAX;
        struct local_frame frame = {
            .kind = LOCAL_SHOWN, .msg_ids = msg_ids + at, .msg_id_count = part, .read = read};
        enum oim_status status = face_send(face, &frame, err);
        if (status != OIM_OK) {
            return status;
        }
    }
    return OIM_OK;
}

enum oim_status face_run(struct face *face, const char *op, const struct local_fields *args,
                         face_on_event *on_event, void *context, struct face_end *out_end,
                         struct oim_error *err)
{
    uint32_t request = 0;
    enum oim_status status = face_ask(face, op, args, &request, err);
    bool going_on = true;
    while (status == OIM_OK) {
        struct local_frame frame;
        status = face_next(face, -1, &frame, err);
        if (status == OIM_AGAIN) {
            enum oim_status cancelled = face_cancel(face, request, err);
            return cancelled == OIM_OK ? OIM_AGAIN : cancelled;
        }
        if (status != OIM_OK || frame.request != request) {
            continue; /* of an earlier request that was given up */
        }
        if (frame.kind == LOCAL_END) {
            *out_end = (struct face_end){.exit = (enum local_exit)frame.exit, .fields = frame.fields};
            return OIM_OK;
        }
        if (frame.kind == LOCAL_EVENT && going_on && on_event != NULL) {
            going_on = on_event(context, frame.name, &frame.fields);
            status = going_on ? OIM_OK : face_cancel(face, request, err);
        }
    }
    return status;
}

/* Errors: OIM_AGAIN nobody listens there yet. */
static enum oim_status socket_connect(int folder_fd, int *out_fd, struct oim_error *err)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return oim_fail(err, OIM_ERR_IO, "make a socket: %s", strerror(errno));
    }
    struct sockaddr_un address = profile_socket_address(folder_fd);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0) {
        *out_fd = fd;
        return OIM_OK;
    }
    int error = errno;
    close(fd);
    if (error == ENOENT || error == ECONNREFUSED || error == EAGAIN || error == EINTR) {
        return OIM_AGAIN;
    }
    return oim_fail(err, OIM_ERR_IO, "reach the agent: %s", strerror(error));
}

static int left_ms(const struct attachment *attachment)
{
    struct oim_clock clock = clock_os();
    uint64_t now_ms = clock.now_ms(clock.context);
    return now_ms < attachment->deadline_ms ? (int)(attachment->deadline_ms - now_ms) : 0;
}

/*
 * Connect and say hello. OIM_AGAIN: nobody there, one that was just ending, or one of another version, which
 * ends when it hears ours.
 */
static enum oim_status attach_once(const struct attachment *attachment, struct face **out,
                                   struct oim_error *err)
{
    int fd = -1;
    enum oim_status status = socket_connect(attachment->folder_fd, &fd, err);
    if (status != OIM_OK) {
        return status;
    }
    OIM_CLEANUP(face_detachp) struct face *face = face_create(fd);
    if (face == NULL) {
        close(fd);
        return oim_fail(err, OIM_ERR_LIMIT, "no memory");
    }
    struct local_frame hello = {.kind = LOCAL_ATTACH,
                                .version = LOCAL_VERSION,
                                .class = (uint32_t)attachment->options->class,
                                .lang = attachment->options->lang};
    if (face_send(face, &hello, NULL) != OIM_OK) {
        return OIM_AGAIN;
    }
    struct local_frame answer;
    struct oim_error why = {0};
    status = face_next_into(face, left_ms(attachment), &face->whoami_arena, &answer, &why);
    if (status == OIM_ERR_IO) {
        return OIM_AGAIN;
    }
    if (status != OIM_OK) {
        return oim_fail(err, OIM_ERR_IO, "%s", status == OIM_AGAIN ? "the agent does not answer" : why.text);
    }
    if (answer.kind != LOCAL_ATTACHED) {
        return oim_fail(err, OIM_ERR_PROTOCOL, "the agent answered with something else");
    }
    if (answer.version != LOCAL_VERSION) {
        return OIM_AGAIN;
    }
    face->whoami = answer.fields;
    *out = OIM_TAKE(face);
    return OIM_OK;
}

static void say_end(struct attachment *attachment)
{
    if (attachment->say_fd >= 0) {
        close(attachment->say_fd);
        attachment->say_fd = -1;
    }
}

/* Take what the agent has said so far. */
static void say_read(struct attachment *attachment)
{
    while (attachment->say_fd >= 0) {
        char bytes[SAID_SIZE_MAX];
        ssize_t size = read(attachment->say_fd, bytes, sizeof(bytes));
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0 && errno == EAGAIN) {
            return;
        }
        if (size <= 0) {
            say_end(attachment);
            return;
        }
        size_t room = SAID_SIZE_MAX - attachment->said_size;
        size_t kept = (size_t)size < room ? (size_t)size : room;
        memcpy(attachment->said + attachment->said_size, bytes, kept);
        attachment->said_size += kept;
    }
}

/*
 * The agent we started has ended. Not an error: it lost the race to another, or was killed; the next attempt
 * shows which. Errors: OIM_ERR_IO it said why it cannot start, and nor could another.
 */
static enum oim_status agent_ended(struct attachment *attachment, int wait_status, struct oim_error *err)
{
    say_read(attachment);
    say_end(attachment);
    attachment->agent_pid = 0;
    attachment->said[attachment->said_size] = '\0';
    attachment->said[strcspn(attachment->said, "\n")] = '\0';
    attachment->said_size = 0;
    if (attachment->said[0] == '\0' || !WIFEXITED(wait_status) || WEXITSTATUS(wait_status) == 0) {
        return OIM_OK;
    }
    bool prefixed = strncmp(attachment->said, SAID_PREFIX, strlen(SAID_PREFIX)) == 0;
    return oim_fail(err, OIM_ERR_IO, "%s", attachment->said + (prefixed ? strlen(SAID_PREFIX) : 0));
}

/* Start an agent unless the one we started is still coming up, or has only just gone. */
static enum oim_status agent_ensure(struct attachment *attachment, struct oim_error *err)
{
    int wait_status = 0;
    if (attachment->agent_pid != 0) {
        say_read(attachment);
        if (waitpid(attachment->agent_pid, &wait_status, WNOHANG) == 0) {
            return OIM_OK;
        }
        enum oim_status status = agent_ended(attachment, wait_status, err);
        if (status != OIM_OK) {
            return status;
        }
    }
    struct oim_clock clock = clock_os();
    uint64_t now_ms = clock.now_ms(clock.context);
    if (now_ms < attachment->start_ms) {
        return OIM_OK;
    }
    attachment->start_ms = now_ms + START_AGAIN_MS;
    return agent_start(attachment->options->agent_program, attachment->profile, &attachment->agent_pid,
                       &attachment->say_fd, err);
}

static enum oim_status attach_until_deadline(struct attachment *attachment, struct face **out,
                                             struct oim_error *err)
{
    for (;;) {
        enum oim_status status = attach_once(attachment, out, err);
        if (status != OIM_AGAIN) {
            return status;
        }
        if (left_ms(attachment) == 0) {
            return oim_fail(err, OIM_ERR_IO, "no agent answered within %u seconds", FACE_START_MS / 1000);
        }
        status = agent_ensure(attachment, err);
        if (status != OIM_OK) {
            return status;
        }
        struct pollfd said = {.fd = attachment->say_fd, .events = POLLIN}; /* it ends when the agent serves */
        poll(&said, 1, RETRY_MS);
    }
}

enum oim_status face_attach(const struct face_options *options, struct face **out, struct oim_error *err)
{
    struct attachment attachment = {.options = options,
                                    .profile =
                                        options->profile != NULL ? options->profile : PROFILE_NAME_DEFAULT,
                                    .say_fd = -1};
    struct profile_environment environment = profile_environment_read();
    struct profile_path path;
    enum oim_status status = profile_path_resolve(&environment, attachment.profile, &path, err);
    if (status == OIM_OK) {
        status = profile_folder_open(&path, true, &attachment.folder_fd, err);
    }
    if (status != OIM_OK) {
        return status;
    }
    struct oim_clock clock = clock_os();
    attachment.deadline_ms = clock.now_ms(clock.context) + FACE_START_MS;
    status = attach_until_deadline(&attachment, out, err);
    say_end(&attachment);
    close(attachment.folder_fd);
    return status;
}
