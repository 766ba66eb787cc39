/*
 * cmd_init.c - on the server itself: the line by which its owner joins.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "client/admin/ctl.h"
#include "client/face/ask.h"
#include "proto/handshake.h"

/* The file in which oimd keeps the owner's line: beside the secret file, wherever that may be. */
static bool owner_line_read(struct ctl *ctl, char out[ASK_LINE_SIZE_MAX], char tried[PATH_MAX])
{
    const char *secret = options_value(&ctl->options, "secret-file");
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    char paths[3][PATH_MAX] = {"", "", "/etc/oimd/oimd.key.owner-line"};
    if (secret != NULL) {
        snprintf(paths[0], PATH_MAX, "%s.owner-line", secret);
    } else if (config != NULL && config[0] == '/') {
        snprintf(paths[0], PATH_MAX, "%s/oimd/oimd.key.owner-line", config);
    }
    if (home != NULL) {
        snprintf(paths[1], PATH_MAX, "%s/.config/oimd/oimd.key.owner-line", home);
    }
    for (size_t i = 0; i < (secret != NULL ? 1 : OIM_COUNT(paths)); i++) {
        if (paths[i][0] != '\0') {
            memcpy(tried, paths[i], PATH_MAX);
        }
        if (paths[i][0] != '\0' && ask_file(paths[i], out, NULL) == OIM_OK) {
            return true;
        }
    }
    return false;
}

int ctl_init(struct ctl *ctl)
{
    char text[ASK_LINE_SIZE_MAX];
    char tried[PATH_MAX] = "";
    if (!owner_line_read(ctl, text, tried)) {
        struct local_builder builder = {.count = 0};
        local_add_text(&builder, "path", tried);
        struct local_fields fields = local_built(&builder);
        console_complain(&ctl->console, "no_owner_line", &fields);
        return EXIT_FAILED;
    }
    OIM_CLEANUP(invite_line_finish) struct invite_line line;
    struct oim_error err = {0};
    enum oim_status status = invite_line_parse(text, &line, &err);
    explicit_bzero(text, sizeof(text));
    if (status != OIM_OK) {
        return console_status(&ctl->console, status, &err);
    }
    const char *address = options_value(&ctl->options, "address");
    if (address != NULL) {
        bool has_port = strrchr(address, ':') != NULL && strrchr(address, ']') < strrchr(address, ':');
        int size = snprintf(line.host_port, sizeof(line.host_port), has_port ? "%s" : "%s:%d", address,
                            OIM_PORT_DEFAULT);
        if (size <= 0 || (size_t)size >= sizeof(line.host_port)) {
            return ctl_usage(ctl, "'%s' is no address", address);
        }
    }
    char said[INVITE_LINE_SIZE_MAX];
    invite_line_format(&line, said);
    struct local_builder builder = {.count = 0};
    local_add_text(&builder, "line", said);
    local_add_text(&builder, "address", line.host_port);
    struct local_fields fields = local_built(&builder);
    console_object(&ctl->console, "owner_line", &fields, NULL);
    console_say(&ctl->console, "owner_line", &fields);
    if (address != NULL) {
        console_say(&ctl->console, "owner_address", &fields);
    }
    explicit_bzero(said, sizeof(said));
    return EXIT_DONE;
}
