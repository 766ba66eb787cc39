#include "server/net/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024
#define PAUSE_S 0.2

static void addrinfo_freep(struct addrinfo **found)
{
    if (*found != NULL) {
        freeaddrinfo(*found);
    }
}

static void fd_closep(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
}

static int take_fd(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}

static enum oim_status fail_bind(struct oim_error *err, const char *host, uint16_t port, int error)
{
    switch (error) {
    case EADDRINUSE:
        return oim_fail(err, OIM_ERR_IO,
                        "port %u on %s is in use by another program (ss -ltnp shows which); "
                        "stop it or choose another with --listen HOST:PORT",
                        port, host);
    case EACCES:
        return oim_fail(err, OIM_ERR_IO, "port %u is for root alone; choose one above 1023 with --listen",
                        port);
    case EADDRNOTAVAIL:
        return oim_fail(err, OIM_ERR_USAGE, "%s is no address of this computer (ip addr shows them)", host);
    default:
        return oim_fail(err, OIM_ERR_IO, "cannot listen on %s port %u: %s", host, port, strerror(error));
    }
}

static uint16_t port_of(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t address_size = sizeof(address);
    if (getsockname(fd, (struct sockaddr *)&address, &address_size) != 0) {
        return 0;
    }
    return address.ss_family == AF_INET6 ? ntohs(((const struct sockaddr_in6 *)&address)->sin6_port)
                                         : ntohs(((const struct sockaddr_in *)&address)->sin_port);
}

/* A socket for the first address of host; "*" is every address, IPv6 and IPv4 in one where there is IPv6. */
static enum oim_status make_socket(const char *host, const char *service, int *out_fd,
                                   struct addrinfo **out_found, struct oim_error *err)
{
    static const char *const everything[] = {"::", "0.0.0.0"};
    bool every = strcmp(host, "*") == 0;
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    for (size_t i = 0; i < (every ? OIM_COUNT(everything) : 1); i++) {
        int rc = getaddrinfo(every ? everything[i] : host, service, &hints, out_found);
        if (rc != 0) {
            return oim_fail(err, OIM_ERR_USAGE, "'%s' is no address to listen on: %s", host,
                            gai_strerror(rc));
        }
        *out_fd = socket((*out_found)->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (*out_fd >= 0) {
            return OIM_OK;
        }
        freeaddrinfo(OIM_TAKE(*out_found));
    }
    return oim_fail(err, OIM_ERR_IO, "cannot make a socket for '%s': %m", host);
}

enum oim_status listener_open_tcp(struct listener *listener, const char *host, uint16_t port,
                                  struct oim_error *err)
{
    *listener = (struct listener){.fd = -1};
    char service[8];
    (void)snprintf(service, sizeof(service), "%u", port);
    OIM_CLEANUP(addrinfo_freep) struct addrinfo *found = NULL;
    OIM_CLEANUP(fd_closep) int fd = -1;
    enum oim_status status = make_socket(host, service, &fd, &found, err);
    if (status != OIM_OK) {
        return status;
    }
    int on = 1;
    int off = 0;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (found->ai_family == AF_INET6) {
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    }
    if (bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
        return fail_bind(err, host, port, errno);
    }
    listener->port = port_of(fd);
    listener->fd = take_fd(&fd);
    return OIM_OK;
}

static enum oim_status prove_ours(int fd, const struct sockaddr_un *address, struct oim_error *err)
{
    OIM_CLEANUP(fd_closep) int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0 || connect(probe, (const struct sockaddr *)address, sizeof(*address)) != 0) {
        return oim_fail(err, OIM_ERR_IO, "nobody answers on '%s' although it was just created: %m",
                        address->sun_path);
    }
    OIM_CLEANUP(fd_closep) int accepted = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    struct ucred peer = {0};
    socklen_t peer_size = sizeof(peer);
    if (accepted < 0 || getsockopt(accepted, SOL_SOCKET, SO_PEERCRED, &peer, &peer_size) != 0 ||
        peer.pid != getpid()) {
        return oim_fail(err, OIM_ERR_IO, "another program has taken '%s' over", address->sun_path);
    }
    return OIM_OK;
}

enum oim_status listener_open_unix(struct listener *listener, const char *name, struct oim_error *err)
{
    *listener = (struct listener){.fd = -1};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(name) >= sizeof(address.sun_path)) {
        return oim_fail(err, OIM_ERR_USAGE, "'%s' is longer than a socket's name may be (%zu)", name,
                        sizeof(address.sun_path) - 1);
    }
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);

    OIM_CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return oim_fail(err, OIM_ERR_IO, "cannot make the socket '%s': %m", name);
    }
    (void)unlink(name);
    mode_t mask = umask(077);
    int rc = bind(fd, (const struct sockaddr *)&address, sizeof(address));
    int error = errno;
    (void)umask(mask);
    if (rc != 0 || listen(fd, BACKLOG) != 0) {
        return oim_fail(err, OIM_ERR_IO, "cannot listen on the socket '%s': %s", name,
                        strerror(rc != 0 ? error : errno));
    }
    enum oim_status status = prove_ours(fd, &address, err);
    if (status != OIM_OK) {
        return status;
    }
    listener->fd = take_fd(&fd);
    return OIM_OK;
}

static void on_pause_over(struct ev_loop *ev, struct ev_timer *timer, int events)
{
    (void)events;
    struct listener *listener = timer->data;
    ev_io_start(ev, &listener->accept_watcher);
}

static void on_acceptable(struct ev_loop *ev, struct ev_io *watcher, int events)
{
    (void)events;
    struct listener *listener = watcher->data;
    for (;;) {
        int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            listener->on_accept(listener->context, fd);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            ev_io_stop(ev, watcher);
            ev_timer_set(&listener->pause, PAUSE_S, 0.0);
            ev_timer_start(ev, &listener->pause);
            return;
        }
        if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

void listener_start(struct listener *listener, struct ev_loop *ev, void (*on_accept)(void *context, int fd),
                    void *context)
{
    listener->ev = ev;
    listener->on_accept = on_accept;
    listener->context = context;
    ev_timer_init(&listener->pause, on_pause_over, PAUSE_S, 0.0);
    listener->pause.data = listener;
    ev_io_init(&listener->accept_watcher, on_acceptable, listener->fd, EV_READ);
    listener->accept_watcher.data = listener;
    ev_io_start(ev, &listener->accept_watcher);
}

void listener_finish(struct listener *listener)
{
    if (listener->ev != NULL) {
        ev_io_stop(listener->ev, &listener->accept_watcher);
        ev_timer_stop(listener->ev, &listener->pause);
    }
    if (listener->fd > 0) {
        (void)close(listener->fd);
    }
    *listener = (struct listener){.fd = -1};
}

bool listener_peer_is_own(int fd)
{
    struct ucred peer = {0};
    socklen_t peer_size = sizeof(peer);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_size) == 0 &&
           (peer.uid == 0 || peer.uid == geteuid());
}
