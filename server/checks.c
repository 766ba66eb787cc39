#include "server/checks.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/os/clock_os.h"
#include "common/os/random_os.h"
#include "server/net/instance.h"
#include "server/net/listener.h"
#include "server/secret.h"
#include "server/server.h"
#include "server/store/store.h"

#define HEALTH_TIMEOUT_MS 5000

static void say(const char *what, bool well, const char *text)
{
    printf("%-14s %s  %s\n", what, well ? "well " : "WRONG", text);
}

static bool report(const char *what, enum oim_status status, const struct oim_error *err,
                   const char *well_text)
{
    say(what, status == OIM_OK, status == OIM_OK ? well_text : err->text);
    return status == OIM_OK;
}

static bool exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

static bool check_secret(const struct config *config)
{
    struct sign_secret key;
    struct oim_error err;
    enum oim_status status = secret_load(config->secret_file, &key, &err);
    sign_secret_finish(&key);
    char database[PATH_MAX];
    (void)snprintf(database, sizeof(database), "%.*s/%s", PATH_MAX - 16, config->data_dir,
                   SERVER_DATABASE_NAME);
    if (status == OIM_ERR_NOT_FOUND && !exists(database)) {
        say("secret file", true, "none yet; the first start makes it");
        return true;
    }
    return report("secret file", status, &err, config->secret_file);
}

static bool check_database(const struct config *config)
{
    char database[PATH_MAX];
    (void)snprintf(database, sizeof(database), "%.*s/%s", PATH_MAX - 16, config->data_dir,
                   SERVER_DATABASE_NAME);
    if (!exists(database)) {
        say("database", true, "none yet; the first start makes it");
        return true;
    }
    const struct store_config store_config = {
        .data_dir = config->data_dir,
        .request_count_max = 16,
        .memory_size_max = 1024 * 1024,
    };
    const struct store_env env = {.clock = clock_os(), .random = random_os()};
    struct store *store = NULL;
    struct oim_error err;
    enum oim_status status = store_sqlite_open(&store, &store_config, &env, &err);
    if (store != NULL) {
        store->ops->close(store, true);
    }
    return report("database", status, &err, database);
}

static bool check_port(const struct config *config)
{
    struct listener listener;
    struct oim_error err;
    enum oim_status status = listener_open_tcp(&listener, config->listen_host, config->listen_port, &err);
    listener_finish(&listener);
    return report("port", status, &err, config->listen);
}

static bool check_address(const struct config *config)
{
    char host[CONFIG_HOST_SIZE_MAX];
    uint16_t port = 0;
    if (config->address[0] == '\0') {
        say("address", true, "none told; people on other computers need one: --address HOST");
        return true;
    }
    if (config_split_host_port(config->address, config->listen_port, host, &port, NULL) != OIM_OK) {
        return false; /* config_settle has refused it already */
    }
    struct addrinfo *found = NULL;
    int rc = getaddrinfo(host, NULL, NULL, &found);
    if (found != NULL) {
        freeaddrinfo(found);
    }
    char text[CONFIG_HOST_SIZE_MAX + 64];
    (void)snprintf(text, sizeof(text), rc == 0 ? "%s has an address" : "%s has no address: %s", host,
                   gai_strerror(rc));
    say("address", rc == 0, text);
    return rc == 0;
}

bool checks_setup(const struct config *config)
{
    struct instance instance = {.fd = -1};
    struct oim_error err;
    bool well = true;
    if (!exists(config->data_dir)) {
        say("data folder", true, "none yet; the first start makes it");
        return check_secret(config) & check_port(config) & check_address(config);
    }
    enum oim_status status = instance_lock(&instance, config->data_dir, &err);
    if (status == OIM_ERR_CONFLICT) {
        /* Its port and its database are its own: nothing to try out there. */
        bool alive = checks_health(config);
        return alive & check_secret(config) & check_address(config);
    }
    well = report("data folder", status, &err, config->data_dir);
    well &= check_secret(config);
    well &= status != OIM_OK || check_database(config);
    well &= check_port(config);
    well &= check_address(config);
    instance_finish(&instance);
    return well;
}

static void fd_closep(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
}

/* Through the folder's descriptor, because a socket's path holds 107 bytes and a folder's name may be longer.
 */
static int connect_local(const char *data_dir)
{
    OIM_CLEANUP(fd_closep) int folder = open(data_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    OIM_CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", folder,
                   SERVER_SOCKET_NAME);
    if (folder < 0 || fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        return -1;
    }
    int taken = fd;
    fd = -1;
    return taken;
}

bool checks_health(const struct config *config)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    OIM_CLEANUP(fd_closep) int fd = connect_local(config->data_dir);
    if (fd < 0) {
        say("server", false, "no oimd serves this data folder");
        return false;
    }
    char answer[5];
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    bool well = send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) == (ssize_t)sizeof(request) - 1 &&
                poll(&readable, 1, HEALTH_TIMEOUT_MS) == 1 &&
                recv(fd, answer, sizeof(answer), MSG_WAITALL) == (ssize_t)sizeof(answer) &&
                memcmp(answer, "HTTP/", sizeof(answer)) == 0;
    say("server", well, well ? "answers" : "does not answer; it may still be starting: see its log");
    return well;
}
