/*
 * agent.h - one process per profile: its lock, keys, store, engine and connection; what faces ask of it.
 *
 * Single-threaded, on one libev loop. The engine decides; this performs its effects. No global state:
 * everything hangs off struct agent, made in agent_main.
 */
#ifndef OIM_CLIENT_AGENT_AGENT_H
#define OIM_CLIENT_AGENT_AGENT_H

#include <ev.h>

#include "client/agent/main.h"
#include "client/agent/profile.h"
#include "client/core/engine.h"
#include "client/net/ws_client.h"
#include "client/store/key_file.h"
#include "client/store/local_store.h"
#include "proto/local.h"

#define FACE_COUNT_MAX 256u
#define FACE_OUT_SIZE_MAX ((size_t)8 << 20)
#define LINGER_S 10.0
#define LOCK_AFTER_S (30.0 * 60.0)
#define TALK_MAX 256u

struct agent;
struct ask;

/* One attached face: a connection on the unix socket. */
struct face_conn {
    struct agent *agent;
    struct face_conn *next;
    int fd;
    ev_io reader, writer;
    struct oim_buf in, out;
    enum face_class class;
    bool attached;
    bool closing; /* freed when the loop comes round */
};

enum agent_state { AGENT_NONE, AGENT_LOCKED, AGENT_READY };

/* What is being waited to leave: the connection takes one message at a time. */
struct unsent_write {
    struct unsent_write *next;
    size_t size;
    uint8_t bytes[];
};

struct agent {
    struct ev_loop *loop;
    struct agent_options options;
    struct profile profile;
    struct local_store *store;
    enum key_wrap wrap;
    struct profile_keys keys;
    bool joined_on_disk;

    void *engine_memory;
    struct engine *engine; /* NULL: locked, or nobody joined and nobody is joining */
    struct ws_client *ws;
    struct {
        enum face_class class;
        bool connect, fetch;
    } wanted; /* what the engine was told last */
    bool must_connect, must_disconnect;
    bool must_resend; /* something that the server gave up may be there to be sent again */
    struct known_way way;
    const char *because; /* what a person must mend before it can succeed: ws_client_end_name; "": nothing */
    bool unreachable;    /* the last attempt failed */
    struct unsent_write *writes, **writes_end;
    size_t write_size;

    ev_timer wake;   /* the engine's */
    ev_timer linger; /* after the last face */
    ev_timer locker; /* lock_after */
    ev_timer later;  /* what may not be done inside a callback */
    ev_io listener;
    int listen_fd;

    struct face_conn *faces;
    struct ask *asks;
    uint64_t last_request;
    double lock_after_s;
    bool stopping;
    uint64_t summary_told_no; /* of this sign-in's talks what only the server knew has been told to a face */

    struct oim_arena texts; /* what fields_whoami needs, until it is called again */
    uint8_t texts_memory[1024];
};

/* ---- drive.c: the engine and its effects ---- */
OIM_MUST_CHECK enum oim_status drive_init(struct agent *agent, struct oim_error *err);
void drive_finish(struct agent *agent);
/** Start the engine on what the store holds. Errors: OIM_ERR_STORAGE, OIM_ERR_LIMIT, OIM_ERR_IO. */
OIM_MUST_CHECK enum oim_status drive_start(struct agent *agent, struct oim_error *err);
void drive_stop(struct agent *agent); /* disconnects and wipes the keys: locked */
void drive_want(struct agent *agent); /* tell the engine what the faces need now */
/* These five make the engine step: never from within ask_on_answer or ask_on_changed. */
void drive_retry(struct agent *agent); /* a face asks: what the last attempt found is not the answer */
void drive_active(struct agent *agent); /* a person does something at a face */
uint64_t drive_request(struct agent *agent, struct engine_request *request); /* returns the id it gave */
void drive_cancel(struct agent *agent, uint64_t request);
enum agent_state agent_state(const struct agent *agent);
uint64_t agent_wall_ms(void);
void drive_later(struct agent *agent); /* come round once more: asks, faces, life */

/* ---- faces.c ---- */
OIM_MUST_CHECK enum oim_status faces_listen(struct agent *agent, struct oim_error *err);
void faces_finish(struct agent *agent);
void face_send(struct face_conn *face, const struct local_frame *frame);
size_t faces_count(const struct agent *agent);
void faces_reap(struct agent *agent);

/* ---- life.c: ends, locks ---- */
void life_init(struct agent *agent);
void life_settle(struct agent *agent); /* after anything changed: faces, outbox, lock */

#endif
