/*
 * faces.c - the unix socket: who is attached, and the frames in and out. Peers of another user are turned
 * away.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/agent/ask.h"

#define READ_SIZE 65536u
#define ASK_MEMORY_SIZE 131072u /* besides four times the frame: what decoding and the op need */

static void face_close(struct face_conn *face)
{
    if (face->closing) {
        return;
    }
    face->closing = true;
    ev_io_stop(face->agent->loop, &face->reader);
    ev_io_stop(face->agent->loop, &face->writer);
    ask_forget_face(face);
    drive_later(face->agent);
}

static void face_flush(struct face_conn *face)
{
    while (face->out.size > 0) {
        ssize_t sent = send(face->fd, face->out.data, face->out.size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
            ev_io_start(face->agent->loop, &face->writer);
            return;
        }
        if (sent <= 0) {
            face_close(face);
            return;
        }
        memmove(face->out.data, face->out.data + sent, face->out.size - (size_t)sent);
        face->out.size -= (size_t)sent;
    }
    ev_io_stop(face->agent->loop, &face->writer);
}

void face_send(struct face_conn *face, const struct local_frame *frame)
{
    if (face->closing) {
        return;
    }
    if (local_encode(frame, &face->out) != OIM_OK) {
        face_close(face); /* does not read, or asked for more than it may hold */
        return;
    }
    ev_io_start(face->agent->loop, &face->writer); /* all events of a round leave together */
}

static void on_attach(struct face_conn *face, const struct local_frame *frame)
{
    struct agent *agent = face->agent;
    struct local_builder fields = {.count = 0};
    fields_whoami(agent, &fields);
    face->class = frame->class >= CLASS_NONE && frame->class <= CLASS_INTERACTIVE
                      ? (enum face_class)frame->class
                      : CLASS_NONE;
    face->attached = frame->version == LOCAL_VERSION;
    face_send(face, &(struct local_frame){.kind = LOCAL_ATTACHED,
                                          .request = frame->request,
                                          .version = LOCAL_VERSION,
                                          .fields = local_built(&fields)});
    if (!face->attached) {
        agent->stopping = true; /* another version of oim: let it start its own agent (F2) */
    }
    life_settle(agent);
    drive_want(agent);
}

struct shown_group {
    struct oim_id peer;
    struct oim_id ids[NOTICE_MSG_ID_COUNT_MAX];
    size_t count;
};

static void shown_send(struct agent *agent, struct shown_group *group, bool read_by_person)
{
    if (group->count > 0) {
        drive_request(agent, &(struct engine_request){.op = REQUEST_SHOWN,
                                                      .u.shown = {.peer = group->peer,
                                                                  .msg_ids = group->ids,
                                                                  .msg_id_count = group->count,
                                                                  .read = read_by_person}});
    }
    group->count = 0;
}

/* Runs of messages of one person go to the engine as one. */
static void on_shown(struct face_conn *face, const struct local_frame *frame, struct oim_arena *arena)
{
    struct agent *agent = face->agent;
    struct shown_group group = {.count = 0};
    if (agent_state(agent) != AGENT_READY) {
        return;
    }
    for (size_t i = 0; i < frame->msg_id_count; i++) {
        struct message message;
        size_t used = arena->used;
        bool is_message = local_store_message(agent->store, &frame->msg_ids[i], arena, &message) == OIM_OK;
        bool counts =
            is_message && !message.own && (message.shown_ms == 0 || (frame->read && message.read_ms == 0));
        arena->used = used;
        if (!is_message) {
            enum oim_status status = local_store_told(agent->store, &frame->msg_ids[i]);
            assert(status == OIM_OK || status == OIM_ERR_STORAGE); /* then it is told again */
        }
        if (!counts) {
            continue;
        }
        if (!oim_id_equal(&group.peer, &message.peer) || group.count == OIM_COUNT(group.ids)) {
            shown_send(agent, &group, frame->read);
            group.peer = message.peer;
        }
        group.ids[group.count++] = message.msg_id;
    }
    shown_send(agent, &group, frame->read);
}

/* True: go on with the next frame. */
static bool take_frame(struct face_conn *face, struct oim_slice *rest)
{
    size_t size = rest->size < LOCAL_FRAME_SIZE_MAX ? rest->size : LOCAL_FRAME_SIZE_MAX;
    size_t memory_size = 4 * size + ASK_MEMORY_SIZE;
    void *memory = malloc(memory_size);
    if (memory == NULL) {
        face_close(face);
        return false;
    }
    struct oim_arena arena;
    struct local_frame frame;
    struct oim_error err;
    oim_arena_init(&arena, memory, memory_size);
    enum oim_status status = local_decode(rest, &arena, &frame, &err);
    if (status == OIM_OK && frame.kind == LOCAL_REQUEST && face->attached) {
        ask_begin(face, &frame, memory, arena);
        return true;
    }
    if (status == OIM_OK && frame.kind == LOCAL_ATTACH) {
        on_attach(face, &frame);
    } else if (status == OIM_OK && frame.kind == LOCAL_CANCEL) {
        ask_cancel(face, frame.request);
    } else if (status == OIM_OK && frame.kind == LOCAL_ACTIVE && face->attached) {
        drive_active(face->agent);
    } else if (status == OIM_OK && frame.kind == LOCAL_SHOWN && face->attached) {
        on_shown(face, &frame, &arena);
    } else if (status != OIM_AGAIN) {
        face_close(face);
    }
    free(memory);
    return status == OIM_OK && !face->closing;
}

static void on_readable(struct ev_loop *loop, ev_io *io, int events)
{
    struct face_conn *face = io->data;
    (void)loop;
    (void)events;
    uint8_t *room = oim_buf_grow(&face->in, READ_SIZE);
    if (room == NULL) {
        face_close(face);
        return;
    }
    face->in.size -= READ_SIZE;
    ssize_t got = recv(face->fd, room, READ_SIZE, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (got <= 0) {
        face_close(face);
        return;
    }
    face->in.size += (size_t)got;
    struct oim_slice rest = oim_buf_slice(&face->in);
    while (rest.size > 0 && !face->closing && take_frame(face, &rest)) {
    }
    crypto_wipe(face->in.data, face->in.size - rest.size); /* a passphrase may have passed */
    memmove(face->in.data, face->in.data + (face->in.size - rest.size), rest.size);
    face->in.size = rest.size;
}

static void on_writable(struct ev_loop *loop, ev_io *io, int events)
{
    (void)loop;
    (void)events;
    face_flush(io->data);
}

static bool is_same_user(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

static void on_accept(struct ev_loop *loop, ev_io *io, int events)
{
    struct agent *agent = io->data;
    (void)events;
    int fd = accept4(io->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        return;
    }
    struct face_conn *face = NULL;
    if (!is_same_user(fd) || faces_count(agent) >= FACE_COUNT_MAX ||
        (face = calloc(1, sizeof(*face))) == NULL) {
        close(fd);
        return;
    }
    face->agent = agent;
    face->fd = fd;
    face->class = CLASS_NONE;
    oim_buf_init(&face->in, LOCAL_FRAME_SIZE_MAX + READ_SIZE + 64);
    oim_buf_init(&face->out, FACE_OUT_SIZE_MAX);
    ev_io_init(&face->reader, on_readable, fd, EV_READ);
    ev_io_init(&face->writer, on_writable, fd, EV_WRITE);
    face->reader.data = face;
    face->writer.data = face;
    ev_io_start(loop, &face->reader);
    face->next = agent->faces;
    agent->faces = face;
    life_settle(agent);
}

size_t faces_count(const struct agent *agent)
{
    size_t count = 0;
    for (const struct face_conn *face = agent->faces; face != NULL; face = face->next) {
        count += face->closing ? 0 : 1;
    }
    return count;
}

static void face_free(struct face_conn *face)
{
    ev_io_stop(face->agent->loop, &face->reader);
    ev_io_stop(face->agent->loop, &face->writer);
    close(face->fd);
    oim_buf_finish(&face->in);
    oim_buf_finish(&face->out);
    free(face);
}

void faces_reap(struct agent *agent)
{
    struct face_conn **link = &agent->faces;
    while (*link != NULL) {
        struct face_conn *face = *link;
        if (!face->closing) {
            link = &face->next;
            continue;
        }
        *link = face->next;
        face_free(face);
    }
}

enum oim_status faces_listen(struct agent *agent, struct oim_error *err)
{
    enum oim_status status = profile_listen(&agent->profile, &agent->listen_fd, err);
    if (status != OIM_OK) {
        return status;
    }
    ev_io_init(&agent->listener, on_accept, agent->listen_fd, EV_READ);
    agent->listener.data = agent;
    ev_io_start(agent->loop, &agent->listener);
    return OIM_OK;
}

void faces_finish(struct agent *agent)
{
    ev_io_stop(agent->loop, &agent->listener);
    for (struct face_conn *face = agent->faces; face != NULL; face = face->next) {
        if (!face->closing) {
            face_flush(face);
        }
        face->closing = true;
    }
    faces_reap(agent);
    close(agent->listen_fd);
}
