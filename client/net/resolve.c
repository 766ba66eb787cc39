#include "client/net/resolve.h"

#include <ev.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* What thread and loop share; the last of the two frees it. */
struct lookup {
    _Atomic int holder_count;
    int event_fd; /* written once, when resolved is complete */
    char *host;
    struct resolved resolved;
};

struct resolve {
    struct ev_loop *ev;
    struct ev_io done_watcher;
    struct lookup *lookup;
    void (*on_done)(void *context, const struct resolved *resolved);
    void *context;
};

static void let_go(struct lookup *lookup)
{
    if (atomic_fetch_sub(&lookup->holder_count, 1) == 1) {
        if (lookup->event_fd >= 0) {
            (void)close(lookup->event_fd);
        }
        free(lookup->host);
        free(lookup);
    }
}

static void *look_up(void *argument)
{
    struct lookup *lookup = argument;
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(lookup->host, NULL, &hints, &found) == 0) {
        for (const struct addrinfo *one = found; one != NULL; one = one->ai_next) {
            size_t index = lookup->resolved.address_count;
            if (index < RESOLVE_ADDRESS_COUNT_MAX &&
                getnameinfo(one->ai_addr, one->ai_addrlen, lookup->resolved.addresses[index],
                            RESOLVE_ADDRESS_SIZE, NULL, 0, NI_NUMERICHOST) == 0) {
                lookup->resolved.address_count++;
            }
        }
        freeaddrinfo(found);
    }
    (void)eventfd_write(lookup->event_fd, 1);
    let_go(lookup);
    return NULL;
}

static void finish(struct resolve *resolve)
{
    ev_io_stop(resolve->ev, &resolve->done_watcher);
    let_go(resolve->lookup);
    free(resolve);
}

static void on_readable(struct ev_loop *ev, struct ev_io *watcher, int events)
{
    (void)ev;
    (void)events;
    struct resolve *resolve = watcher->data;
    struct resolved resolved = resolve->lookup->resolved;
    void (*on_done)(void *context, const struct resolved *resolved) = resolve->on_done;
    void *context = resolve->context;
    finish(resolve);
    on_done(context, &resolved);
}

enum oim_status resolve_start(struct resolve **out, struct ev_loop *ev, const char *host,
                              void (*on_done)(void *context, const struct resolved *resolved), void *context,
                              struct oim_error *err)
{
    struct resolve *resolve = calloc(1, sizeof(*resolve));
    struct lookup *lookup = calloc(1, sizeof(*lookup));
    if (resolve == NULL || lookup == NULL) {
        free(resolve);
        free(lookup);
        return oim_fail(err, OIM_ERR_IO, "no memory to look up '%s'", host);
    }
    lookup->holder_count = 1;
    lookup->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    lookup->host = strdup(host);
    resolve->lookup = lookup;
    resolve->ev = ev;
    resolve->on_done = on_done;
    resolve->context = context;
    ev_io_init(&resolve->done_watcher, on_readable, lookup->event_fd, EV_READ);
    resolve->done_watcher.data = resolve;

    pthread_t thread;
    bool ready = lookup->event_fd >= 0 && lookup->host != NULL;
    lookup->holder_count = 2;
    if (!ready || pthread_create(&thread, NULL, look_up, lookup) != 0) {
        lookup->holder_count = 1;
        finish(resolve);
        return oim_fail(err, OIM_ERR_IO, "cannot start looking up '%s'", host);
    }
    (void)pthread_detach(thread);
    ev_io_start(ev, &resolve->done_watcher);
    *out = resolve;
    return OIM_OK;
}

void resolve_cancel(struct resolve *resolve)
{
    if (resolve != NULL) {
        finish(resolve);
    }
}
