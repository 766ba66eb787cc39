/*
 * fuzz_config.c - the server's configuration file: whatever is in it is taken or refused with a sentence; and
 * what was taken settles, or is refused with a sentence.
 */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "server/config.h"

static void check_settled(const struct config *config)
{
    assert(config->listen_host[0] != '\0');
    assert(config->data_dir[0] != '\0' && config->secret_file[0] != '\0');
    assert(memchr(config->address, '\0', sizeof(config->address)) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct config_environment environment = {.home = "/nowhere"};
    char path[64];
    struct config config;
    struct oim_error err = {.text = ""};
    int file = memfd_create("config", 0);
    ssize_t written = write(file, data, size);
    assert(file >= 0 && written == (ssize_t)size);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    config_init(&config);
    enum oim_status status = config_read_file(&config, path, &err);
    if (status == OIM_OK) {
        status = config_settle(&config, &environment, &err);
    }
    if (status == OIM_OK) {
        check_settled(&config);
    } else {
        assert(status == OIM_ERR_USAGE && err.text[0] != '\0');
    }
    (void)close(file);
    (void)written;
    return 0;
}
