#include "server/config.h"

#include <errno.h>
#include <ini.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/nearest.h"
#include "proto/limits.h"

#define PER_ADDRESS_MAX_DEFAULT 128u
#define LINE_SIZE_MAX 199 /* of inih, whose longer lines would silently become two */

enum key_kind { KEY_PATH, KEY_LISTEN, KEY_ADDRESS, KEY_NUMBER, KEY_CHOICE };

struct choice {
    const char *name;
    int value;
};

struct key {
    const char *name;
    enum key_kind kind;
    size_t offset;
    size_t size;                  /* of a text */
    uint32_t min, max;            /* KEY_NUMBER */
    const struct choice *choices; /* KEY_CHOICE; ends with a NULL name */
    const char *fallback;         /* the default; "": settled later, or none */
    const char *help;
};

static const struct choice modes[] = {{"direct", WAY_DIRECT}, {"proxy", WAY_PROXY}, {NULL, 0}};
static const struct choice log_levels[] = {{"error", LOG_LEVEL_ERROR},
                                           {"warn", LOG_LEVEL_WARN},
                                           {"info", LOG_LEVEL_INFO},
                                           {"debug", LOG_LEVEL_DEBUG},
                                           {NULL, 0}};

#define TEXT_AT(field) .offset = offsetof(struct config, field), .size = sizeof(((struct config *)0)->field)
#define AT(field) .offset = offsetof(struct config, field)

static const struct key keys[] = {
    {.name = "data_dir",
     .kind = KEY_PATH,
     TEXT_AT(data_dir),
     .fallback = "",
     .help = "folder of the database and the local socket; default: the service's, else ~/.local/state/oimd"},
    {.name = "secret_file",
     .kind = KEY_PATH,
     TEXT_AT(secret_file),
     .fallback = "",
     .help = "the server's key, apart from the data; default: ~/.config/oimd/oimd.key"},
    {.name = "listen",
     .kind = KEY_LISTEN,
     TEXT_AT(listen),
     .fallback = "",
     .help = "HOST:PORT; port 0: any free one; *: every address; default 127.0.0.1:7667, with an address *"},
    {.name = "address",
     .kind = KEY_ADDRESS,
     TEXT_AT(address),
     .fallback = "",
     .help = "HOST[:PORT] that people connect to; goes into invitations"},
    {.name = "mode",
     .kind = KEY_CHOICE,
     AT(mode),
     .choices = modes,
     .fallback = "direct",
     .help = "direct: TLS of our own; proxy: plain WebSocket on loopback, behind a proxy that does TLS"},
    {.name = "log_level",
     .kind = KEY_CHOICE,
     AT(log_level),
     .choices = log_levels,
     .fallback = "info",
     .help = "error, warn, info or debug; never holds what people write"},
    {.name = "connections_max",
     .kind = KEY_NUMBER,
     AT(connections_max),
     .min = 1,
     .max = 1000000,
     .fallback = "10000",
     .help = "connections at the same time"},
    {.name = "unauthenticated_max",
     .kind = KEY_NUMBER,
     AT(unauthenticated_max),
     .min = 1,
     .max = 1000000,
     .fallback = "1024",
     .help = "connections that have not signed in; beyond it the oldest is closed"},
    {.name = "unauthenticated_per_address_max",
     .kind = KEY_NUMBER,
     AT(unauthenticated_per_address_max),
     .min = 1,
     .max = 1000000,
     .fallback = "",
     .help = "the same, of one address; default 128, or unauthenticated_max where that is less"},
    {.name = "people_max",
     .kind = KEY_NUMBER,
     AT(people_max),
     .min = 1,
     .max = 1000000,
     .fallback = "20000",
     .help = "accounts; their memory is taken at start"},
    {.name = "submit_rate",
     .kind = KEY_NUMBER,
     AT(submit_rate_per_s),
     .min = 1,
     .max = 1000000,
     .fallback = "2000",
     .help = "messages a second that one device may send for long"},
    {.name = "submit_burst",
     .kind = KEY_NUMBER,
     AT(submit_burst),
     .min = 1,
     .max = 1000000,
     .fallback = "10000",
     .help = "messages that one device may send at once"},
    {.name = "trace_hours",
     .kind = KEY_NUMBER,
     AT(trace_hours),
     .min = 0,
     .max = 720,
     .fallback = "24",
     .help = "how long what became of a message is remembered, in memory only: ids, no text; 0: not at all"},
    {.name = "gather",
     .kind = KEY_NUMBER,
     AT(gather_us),
     .min = 0,
     .max = 100,
     .fallback = "0",
     .help = "microseconds that a commit may wait for more messages"},
};

static const struct key *find_key(const char *name)
{
    for (size_t i = 0; i < OIM_COUNT(keys); i++) {
        if (strcmp(keys[i].name, name) == 0) {
            return &keys[i];
        }
    }
    return NULL;
}

static enum oim_status fail_unknown(const char *name, struct oim_error *err)
{
    struct nearest nearest;
    nearest_init(&nearest, name);
    for (size_t i = 0; i < OIM_COUNT(keys); i++) {
        nearest_offer(&nearest, keys[i].name);
    }
    if (nearest.best != NULL) {
        return oim_fail(err, OIM_ERR_USAGE, "unknown key '%s'; did you mean '%s'?", name, nearest.best);
    }
    return oim_fail(err, OIM_ERR_USAGE, "unknown key '%s' (oimd --help lists them)", name);
}

bool config_host_is_loopback(const char *host)
{
    return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 || strcmp(host, "localhost") == 0;
}

static bool parse_port(const char *text, uint16_t *out_port)
{
    char *end = NULL;
    if (text[0] < '0' || text[0] > '9') {
        return false;
    }
    unsigned long port = strtoul(text, &end, 10);
    if (*end != '\0' || port > UINT16_MAX) {
        return false;
    }
    *out_port = (uint16_t)port;
    return true;
}

enum oim_status config_split_host_port(const char *text, uint16_t default_port,
                                       char out_host[CONFIG_HOST_SIZE_MAX], uint16_t *out_port,
                                       struct oim_error *err)
{
    const char *host = text;
    size_t host_size = 0;
    const char *after = NULL;
    if (*text == '[') {
        host = text + 1;
        host_size = strcspn(host, "]");
        after = host[host_size] == ']' ? host + host_size + 1 : NULL;
    } else {
        host_size = strcspn(host, ":");
        after = host + host_size;
    }
    if (after != NULL && strchr(after + (*after == ':'), ':') != NULL) {
        return oim_fail(err, OIM_ERR_USAGE, "'%s': an IPv6 address stands in brackets, [::1]:%u", text,
                        OIM_PORT_DEFAULT);
    }
    uint16_t port = default_port;
    bool has_port = after != NULL && *after == ':';
    bool valid = after != NULL && host_size > 0 && host_size < CONFIG_HOST_SIZE_MAX &&
                 (has_port ? parse_port(after + 1, &port) : *after == '\0' && default_port != 0);
    if (!valid) {
        return oim_fail(err, OIM_ERR_USAGE, "'%s' is no HOST:PORT, for example 127.0.0.1:%u", text,
                        OIM_PORT_DEFAULT);
    }
    memcpy(out_host, host, host_size);
    out_host[host_size] = '\0';
    *out_port = port;
    return OIM_OK;
}

static enum oim_status set_number(uint32_t *out, const struct key *key, const char *value,
                                  struct oim_error *err)
{
    char *end = NULL;
    errno = 0;
    unsigned long number = strtoul(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 || number < key->min ||
        number > key->max) {
        return oim_fail(err, OIM_ERR_USAGE, "%s: '%s' is not allowed; a number from %u to %u is", key->name,
                        value, key->min, key->max);
    }
    *out = (uint32_t)number;
    return OIM_OK;
}

static enum oim_status set_choice(void *out, const struct key *key, const char *value, struct oim_error *err)
{
    char allowed[128] = "";
    for (const struct choice *choice = key->choices; choice->name != NULL; choice++) {
        if (strcmp(choice->name, value) == 0) {
            memcpy(out, &choice->value, sizeof(choice->value)); /* enums here are ints */
            return OIM_OK;
        }
        size_t used = strlen(allowed);
        (void)snprintf(allowed + used, sizeof(allowed) - used, "%s%s", used > 0 ? ", " : "", choice->name);
    }
    return oim_fail(err, OIM_ERR_USAGE, "%s: '%s' is not allowed; one of these is: %s", key->name, value,
                    allowed);
}

_Static_assert(sizeof(enum way_mode) == sizeof(int) && sizeof(enum log_level) == sizeof(int),
               "set_choice writes ints");

enum oim_status config_set(struct config *config, const char *name, const char *value, struct oim_error *err)
{
    const struct key *key = find_key(name);
    if (key == NULL) {
        return fail_unknown(name, err);
    }
    char *field = (char *)config + key->offset;
    char host[CONFIG_HOST_SIZE_MAX];
    uint16_t port = 0;
    enum oim_status status = OIM_OK;
    switch (key->kind) {
    case KEY_NUMBER:
        return set_number((uint32_t *)(void *)field, key, value, err);
    case KEY_CHOICE:
        return set_choice(field, key, value, err);
    case KEY_LISTEN:
        status = config_split_host_port(value, 0, host, &port, err);
        break;
    case KEY_ADDRESS:
        status = config_split_host_port(value, OIM_PORT_DEFAULT, host, &port, err);
        break;
    case KEY_PATH:
        if (value[0] == '\0') {
            status = oim_fail(err, OIM_ERR_USAGE, "%s is empty", key->name);
        }
        break;
    }
    if (status == OIM_OK && strlen(value) >= key->size) {
        status = oim_fail(err, OIM_ERR_USAGE, "%s is longer than %zu bytes", key->name, key->size - 1);
    }
    if (status == OIM_OK) {
        (void)snprintf(field, key->size, "%s", value);
    }
    return status;
}

void config_init(struct config *config)
{
    *config = (struct config){0};
    for (size_t i = 0; i < OIM_COUNT(keys); i++) {
        if (keys[i].fallback[0] != '\0' &&
            config_set(config, keys[i].name, keys[i].fallback, NULL) != OIM_OK) {
            abort(); /* a default of ours that we do not allow */
        }
    }
}

/* ---- the file
 * -------------------------------------------------------------------------------------------------- */

struct reading {
    struct config *config;
    const char *path;
    FILE *stream;
    int line_no;
    int seen_line_no[OIM_COUNT(keys)]; /* where a key was set; 0: nowhere */
    bool failed;
    struct oim_error *err;
};

static void fail_line(struct reading *reading, const char *what)
{
    if (!reading->failed) {
        reading->failed = true;
        (void)oim_fail(reading->err, OIM_ERR_USAGE, "%s, line %d: %s", reading->path, reading->line_no, what);
    }
}

/* Reads like fgets, but also tells whether there was a NUL byte, behind which fgets' callers see nothing. */
static bool read_bytes(FILE *stream, char *line, int size, bool *out_has_nul)
{
    int count = 0;
    int byte = 0;
    *out_has_nul = false;
    while (count < size - 1 && byte != '\n' && (byte = getc(stream)) != EOF) {
        *out_has_nul = *out_has_nul || byte == '\0';
        line[count++] = (char)byte;
    }
    line[count] = '\0';
    return count > 0;
}

/* inih's idea of fgets; counts lines, because its handler is not told them. */
static char *read_line(char *line, int size, void *context)
{
    struct reading *reading = context;
    bool has_nul = false;
    if (reading->failed || !read_bytes(reading->stream, line, size, &has_nul)) {
        return NULL;
    }
    reading->line_no++;
    if (has_nul) {
        fail_line(reading, "there is a NUL byte in it; write this file as plain text");
        return NULL;
    }
    if (strlen(line) >= LINE_SIZE_MAX && strchr(line, '\n') == NULL) {
        fail_line(reading, "longer than a line may be");
        return NULL;
    }
    return line;
}

static int on_value(void *context, const char *section, const char *name, const char *value)
{
    struct reading *reading = context;
    char what[OIM_ERROR_TEXT_SIZE];
    if (section[0] != '\0') {
        (void)snprintf(what, sizeof(what), "there are no sections here; take '[%s]' out", section);
        fail_line(reading, what);
        return 0;
    }
    const struct key *key = find_key(name);
    if (key != NULL && reading->seen_line_no[key - keys] != 0) {
        (void)snprintf(what, sizeof(what), "'%s' was already set in line %d", name,
                       reading->seen_line_no[key - keys]);
        fail_line(reading, what);
        return 0;
    }
    struct oim_error err;
    if (config_set(reading->config, name, value, &err) != OIM_OK) {
        fail_line(reading, err.text);
        return 0;
    }
    reading->seen_line_no[key - keys] = reading->line_no;
    return 1;
}

enum oim_status config_read_file(struct config *config, const char *path, struct oim_error *err)
{
    struct reading reading = {.config = config, .path = path, .stream = fopen(path, "re"), .err = err};
    if (reading.stream == NULL) {
        return oim_fail(err, OIM_ERR_IO, "cannot read '%s': %m", path);
    }
    struct stat info;
    if (fstat(fileno(reading.stream), &info) == 0 && S_ISDIR(info.st_mode)) {
        (void)fclose(reading.stream);
        return oim_fail(err, OIM_ERR_USAGE, "cannot read '%s': it is a folder; name the file in it", path);
    }
    int rc = ini_parse_stream(read_line, &reading, on_value, &reading);
    bool unreadable = ferror(reading.stream) != 0;
    (void)fclose(reading.stream);
    if (reading.failed) {
        return OIM_ERR_USAGE;
    }
    if (rc > 0) {
        return oim_fail(err, OIM_ERR_USAGE, "%s, line %d: neither 'key = value' nor a comment", path, rc);
    }
    return unreadable || rc < 0 ? oim_fail(err, OIM_ERR_IO, "cannot read '%s'", path) : OIM_OK;
}

/* ---- as a whole
 * ------------------------------------------------------------------------------------------------ */

void config_read_environment(struct config_environment *out)
{
    struct stat info;
    char credential[PATH_MAX];
    *out = (struct config_environment){
        .state_directory = getenv("STATE_DIRECTORY"),
        .credentials_directory = getenv("CREDENTIALS_DIRECTORY"),
        .xdg_state_home = getenv("XDG_STATE_HOME"),
        .xdg_config_home = getenv("XDG_CONFIG_HOME"),
        .home = getenv("HOME"),
        .is_root = geteuid() == 0,
        .has_service_folder = stat(CONFIG_SERVICE_DATA_DIR, &info) == 0,
    };
    if (out->credentials_directory != NULL) {
        (void)snprintf(credential, sizeof(credential), "%s/oimd.key", out->credentials_directory);
        out->has_credential = stat(credential, &info) == 0;
    }
}

static bool given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static enum oim_status settle_path(char out[PATH_MAX], const char *base, const char *rest,
                                   struct oim_error *err)
{
    int size = snprintf(out, PATH_MAX, "%s%s", base, rest);
    return size > 0 && size < PATH_MAX ? OIM_OK
                                       : oim_fail(err, OIM_ERR_USAGE, "the path '%.60s…' is too long", base);
}

static enum oim_status settle_data_dir(struct config *config, const struct config_environment *environment,
                                       struct oim_error *err)
{
    if (config->data_dir[0] != '\0') {
        return OIM_OK;
    }
    if (given(environment->state_directory)) {
        char first[PATH_MAX];
        (void)snprintf(first, sizeof(first), "%.*s", (int)strcspn(environment->state_directory, ":"),
                       environment->state_directory);
        return settle_path(config->data_dir, first, "", err);
    }
    /* Started once by hand as root, a second, empty server would look like all accounts being gone (USERS
     * B4). */
    if (environment->is_root && environment->has_service_folder) {
        return oim_fail(err, OIM_ERR_USAGE,
                        "you are root, and the service keeps its data in %s: run 'systemctl start oimd', "
                        "or name a folder with --data-dir DIR",
                        CONFIG_SERVICE_DATA_DIR);
    }
    if (environment->is_root) {
        return oim_fail(err, OIM_ERR_USAGE, "you are root: name the data folder with --data-dir DIR");
    }
    if (given(environment->xdg_state_home)) {
        return settle_path(config->data_dir, environment->xdg_state_home, "/oimd", err);
    }
    if (given(environment->home)) {
        return settle_path(config->data_dir, environment->home, "/.local/state/oimd", err);
    }
    return oim_fail(err, OIM_ERR_USAGE, "there is no HOME: name the data folder with --data-dir DIR");
}

static enum oim_status settle_secret_file(struct config *config, const struct config_environment *environment,
                                          struct oim_error *err)
{
    if (config->secret_file[0] != '\0') {
        return OIM_OK;
    }
    if (given(environment->credentials_directory) && environment->has_credential) {
        return settle_path(config->secret_file, environment->credentials_directory, "/oimd.key", err);
    }
    if (given(environment->xdg_config_home)) {
        return settle_path(config->secret_file, environment->xdg_config_home, "/oimd/oimd.key", err);
    }
    if (given(environment->home)) {
        return settle_path(config->secret_file, environment->home, "/.config/oimd/oimd.key", err);
    }
    return oim_fail(err, OIM_ERR_USAGE, "there is no HOME: name the secret file with --secret-file FILE");
}

/* Compares what the paths lead to; a folder that does not exist yet can only be compared by its name. */
static bool is_inside(const char *file, const char *folder)
{
    char file_path[PATH_MAX];
    char folder_path[PATH_MAX];
    char parent[PATH_MAX];
    (void)snprintf(parent, sizeof(parent), "%s", file);
    char *slash = strrchr(parent, '/');
    if (slash == NULL) {
        (void)snprintf(parent, sizeof(parent), ".");
    } else {
        slash[slash == parent] = '\0';
    }
    const char *inner = realpath(parent, file_path) != NULL ? file_path : parent;
    const char *outer = realpath(folder, folder_path) != NULL ? folder_path : folder;
    size_t outer_size = strlen(outer);
    return strncmp(inner, outer, outer_size) == 0 && (inner[outer_size] == '\0' || inner[outer_size] == '/');
}

static enum oim_status settle_listen(struct config *config, struct oim_error *err)
{
    char address_host[CONFIG_HOST_SIZE_MAX] = "";
    uint16_t address_port = OIM_PORT_DEFAULT;
    if (config->address[0] != '\0') {
        enum oim_status status =
            config_split_host_port(config->address, OIM_PORT_DEFAULT, address_host, &address_port, err);
        if (status != OIM_OK) {
            return status;
        }
    }
    if (config->listen[0] == '\0') {
        /* Who tells the world an address wants to be reached there (USERS B5). */
        bool reachable =
            config->mode == WAY_DIRECT && address_host[0] != '\0' && !config_host_is_loopback(address_host);
        (void)snprintf(config->listen, sizeof(config->listen), "%s:%u", reachable ? "*" : "127.0.0.1",
                       reachable ? address_port : OIM_PORT_DEFAULT);
    }
    enum oim_status status =
        config_split_host_port(config->listen, 0, config->listen_host, &config->listen_port, err);
    if (status != OIM_OK) {
        return status;
    }
    if (config->mode == WAY_PROXY && !config_host_is_loopback(config->listen_host)) {
        return oim_fail(err, OIM_ERR_USAGE,
                        "mode = proxy is without encryption and only allowed on this computer's loopback; "
                        "listen on 127.0.0.1:%u, or use mode = direct",
                        OIM_PORT_DEFAULT);
    }
    return OIM_OK;
}

static enum oim_status settle_limits(struct config *config, struct oim_error *err)
{
    if (config->unauthenticated_per_address_max == 0) {
        bool fits = config->unauthenticated_max >= PER_ADDRESS_MAX_DEFAULT;
        config->unauthenticated_per_address_max =
            fits ? PER_ADDRESS_MAX_DEFAULT : config->unauthenticated_max;
    }
    if (config->unauthenticated_per_address_max > config->unauthenticated_max) {
        return oim_fail(
            err, OIM_ERR_USAGE,
            "unauthenticated_per_address_max = %u is for one address, and above unauthenticated_max = %u, "
            "which is for all of them: lower it, or raise the other",
            config->unauthenticated_per_address_max, config->unauthenticated_max);
    }
    return OIM_OK;
}

enum oim_status config_settle(struct config *config, const struct config_environment *environment,
                              struct oim_error *err)
{
    enum oim_status status = settle_limits(config, err);
    if (status == OIM_OK) {
        status = settle_data_dir(config, environment, err);
    }
    if (status == OIM_OK) {
        status = settle_secret_file(config, environment, err);
    }
    if (status == OIM_OK) {
        status = settle_listen(config, err);
    }
    if (status != OIM_OK) {
        return status;
    }
    if (!config->insecure_one_folder && is_inside(config->secret_file, config->data_dir)) {
        return oim_fail(err, OIM_ERR_USAGE,
                        "the secret file '%s' lies in the data folder, so that one stolen copy holds both; "
                        "name another place with --secret-file FILE, or accept it with --insecure-one-folder",
                        config->secret_file);
    }
    return OIM_OK;
}

void config_print_keys(FILE *out)
{
    fputs("Keys of the configuration file, 'key = value', one a line; '#' begins a comment:\n", out);
    for (size_t i = 0; i < OIM_COUNT(keys); i++) {
        fprintf(out, "  %-32s%s", keys[i].name, keys[i].help);
        if (keys[i].fallback[0] != '\0') {
            fprintf(out, " (%s)", keys[i].fallback);
        }
        fputc('\n', out);
    }
}
