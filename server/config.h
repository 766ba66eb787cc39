/*
 * config.h - every option of the server, from its defaults, an ini file and the command line, checked as a
 * whole.
 *
 * One table in config.c names the keys, their defaults, what is allowed and what they are for; the file's
 * reader, the command line and `oimd --help` all read it. The command line wins over the file, the file over
 * defaults. What the folders default to depends on who starts the server, so config_settle takes that as an
 * argument.
 */
#ifndef OIM_SERVER_CONFIG_H
#define OIM_SERVER_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/attr.h"
#include "common/error.h"
#include "common/os/log.h"
#include "proto/handshake.h"

#define CONFIG_HOST_SIZE_MAX 256
#define CONFIG_SERVICE_DATA_DIR "/var/lib/oimd" /* where oimd.service keeps its data */

struct config {
    char data_dir[PATH_MAX];
    char secret_file[PATH_MAX];
    char listen[HOST_PORT_SIZE_MAX];
    char address[HOST_PORT_SIZE_MAX]; /* what people connect to, with its port; "" when nobody said */
    enum way_mode mode;
    enum log_level log_level;
    uint32_t connections_max;
    uint32_t unauthenticated_max;
    uint32_t unauthenticated_per_address_max;
    uint32_t people_max;
    uint32_t submit_rate_per_s;
    uint32_t submit_burst;
    uint32_t trace_hours;
    uint32_t gather_us;
    bool insecure_one_folder; /* the command line's alone */

    /* From config_settle: listen, taken apart. */
    char listen_host[CONFIG_HOST_SIZE_MAX]; /* "*": every address of this computer */
    uint16_t listen_port;
};

/* Who starts the server, and what that says about folders. */
struct config_environment {
    const char *state_directory;       /* STATE_DIRECTORY: systemd's, the first of a list; NULL or "": none */
    const char *credentials_directory; /* CREDENTIALS_DIRECTORY */
    const char *xdg_state_home;
    const char *xdg_config_home;
    const char *home;
    bool is_root;
    bool has_service_folder; /* CONFIG_SERVICE_DATA_DIR exists */
    bool has_credential;     /* there is an oimd.key in credentials_directory */
};

void config_init(struct config *config); /* all defaults */

/** Errors: OIM_ERR_USAGE with the line, what is wrong with it and the nearest key; OIM_ERR_IO cannot be read.
 */
OIM_MUST_CHECK enum oim_status config_read_file(struct config *config, const char *path,
                                                struct oim_error *err);

/** One value; key as in the file ("data_dir"). Errors: OIM_ERR_USAGE, with what is allowed. */
OIM_MUST_CHECK enum oim_status config_set(struct config *config, const char *key, const char *value,
                                          struct oim_error *err);

void config_read_environment(struct config_environment *out);

/**
 * Fill in the folders nobody named, take listen apart and check what only fits together as a whole.
 *
 * Errors: OIM_ERR_USAGE  with what to do: root without a folder, the secret in the data folder, an
 * unprotected connection that others could reach.
 */
OIM_MUST_CHECK enum oim_status
config_settle(struct config *config, const struct config_environment *environment, struct oim_error *err);

/** "host:port", "[v6]:port", the port optional when default_port is not 0. Errors: OIM_ERR_USAGE. */
OIM_MUST_CHECK enum oim_status config_split_host_port(const char *text, uint16_t default_port,
                                                      char out_host[CONFIG_HOST_SIZE_MAX], uint16_t *out_port,
                                                      struct oim_error *err);
bool config_host_is_loopback(const char *host);

/* A commented file with every key and its default: `oimd --help`'s second half. */
void config_print_keys(FILE *out);

#endif
