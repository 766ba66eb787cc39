/* test_config.c - what an administrator may write, and what every kind of mistake is told. */
#include "server/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/check.h"

static enum oim_status read_bytes(const char *text, size_t size, struct config *config, struct oim_error *err)
{
    char path[] = "/tmp/oim-test-config-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, text, size), size);
    close(fd);
    config_init(config);
    enum oim_status status = config_read_file(config, path, err);
    unlink(path);
    return status;
}

static enum oim_status read_text(const char *text, struct config *config, struct oim_error *err)
{
    return read_bytes(text, strlen(text), config, err);
}

static void expect_refused(const char *text, const char *part)
{
    struct config config;
    struct oim_error err = {0};
    CHECK_STATUS(read_text(text, &config, &err), OIM_ERR_USAGE);
    if (strstr(err.text, part) == NULL) {
        fail_msg("'%s' does not say '%s'", err.text, part);
    }
}

static const struct config_environment plain_user = {.home = "/home/ana"};

static void expect_unsettled(struct config *config, const struct config_environment *environment,
                             const char *part)
{
    struct oim_error err = {0};
    CHECK_STATUS(config_settle(config, environment, &err), OIM_ERR_USAGE);
    if (strstr(err.text, part) == NULL) {
        fail_msg("'%s' does not say '%s'", err.text, part);
    }
}

static void config__has_a_default__for_everything(void **state)
{
    (void)state;
    struct config config;
    struct oim_error err = {0};
    config_init(&config);
    CHECK_OK_ERR(config_settle(&config, &plain_user, &err), &err);
    CHECK_TEXT(config.data_dir, "/home/ana/.local/state/oimd");
    CHECK_TEXT(config.secret_file, "/home/ana/.config/oimd/oimd.key");
    CHECK_TEXT(config.listen_host, "127.0.0.1");
    CHECK_EQ(config.listen_port, 7667);
    CHECK_EQ(config.mode, WAY_DIRECT);
    CHECK_EQ(config.connections_max, 10000);
    CHECK_TEXT(config.address, "");
}

static void config_read_file__takes_every_key(void **state)
{
    (void)state;
    struct config config;
    struct oim_error err = {0};
    CHECK_OK_ERR(read_text("# a comment\n"
                           "; another\n"
                           "data_dir = /srv/oim data\n"
                           "secret_file=/etc/oimd/key\n"
                           "listen = [::1]:0\n"
                           "address = chat.example.org\n"
                           "mode = proxy\n"
                           "log_level = debug\n"
                           "connections_max = 500\n"
                           "unauthenticated_max = 20\n"
                           "unauthenticated_per_address_max = 2\n"
                           "people_max = 40\n"
                           "submit_rate = 7\n"
                           "submit_burst = 9\n"
                           "gather = 100\n",
                           &config, &err),
                 &err);
    CHECK_OK_ERR(config_settle(&config, &plain_user, &err), &err);
    CHECK_TEXT(config.data_dir, "/srv/oim data");
    CHECK_TEXT(config.secret_file, "/etc/oimd/key");
    CHECK_TEXT(config.listen_host, "::1");
    CHECK_EQ(config.listen_port, 0);
    CHECK_TEXT(config.address, "chat.example.org");
    CHECK_EQ(config.mode, WAY_PROXY);
    CHECK_EQ(config.log_level, LOG_LEVEL_DEBUG);
    CHECK_EQ(config.connections_max, 500);
    CHECK_EQ(config.unauthenticated_max, 20);
    CHECK_EQ(config.unauthenticated_per_address_max, 2);
    CHECK_EQ(config.people_max, 40);
    CHECK_EQ(config.submit_rate_per_s, 7);
    CHECK_EQ(config.submit_burst, 9);
    CHECK_EQ(config.gather_us, 100);
}

static void config_read_file__names_line_and_nearest_key__of_an_unknown_one(void **state)
{
    (void)state;
    expect_refused("data_dir = /x\nlistne = 127.0.0.1:1\n",
                   "line 2: unknown key 'listne'; did you mean 'listen'?");
    expect_refused("frobnicate = 1\n", "line 1: unknown key 'frobnicate'");
    expect_refused("Data_Dir = /x\n", "did you mean 'data_dir'?");
}

static void config_read_file__says_what_is_allowed(void **state)
{
    (void)state;
    expect_refused("\nconnections_max = many\n",
                   "line 2: connections_max: 'many' is not allowed; a number from 1 to");
    expect_refused("connections_max = 0\n", "a number from 1 to");
    expect_refused("connections_max = -5\n", "a number from 1 to");
    expect_refused("connections_max = 99999999999999999999\n", "a number from 1 to");
    expect_refused("connections_max = 10k\n", "a number from 1 to");
    expect_refused("connections_max =\n", "a number from 1 to");
    expect_refused("gather = 101\n", "a number from 0 to 100");
    expect_refused("mode = tls\n", "one of these is: direct, proxy");
    expect_refused("log_level = loud\n", "error, warn, info, debug");
    expect_refused("data_dir =\n", "data_dir is empty");
}

static void config_read_file__refuses__what_is_no_address(void **state)
{
    (void)state;
    expect_refused("listen = 7667\n", "'7667' is no HOST:PORT");
    expect_refused("listen = localhost\n", "is no HOST:PORT");
    expect_refused("listen = :7667\n", "is no HOST:PORT");
    expect_refused("listen = localhost:\n", "is no HOST:PORT");
    expect_refused("listen = localhost:99999\n", "is no HOST:PORT");
    expect_refused("listen = localhost:+1\n", "is no HOST:PORT");
    expect_refused("listen = ::1:7667\n", "in brackets");
    expect_refused("listen = [::1:7667\n", "is no HOST:PORT");
    expect_refused("listen = [::1]7667\n", "is no HOST:PORT");
    expect_refused("address = chat.example.org:x\n", "is no HOST:PORT");
}

static void config_read_file__refuses__what_an_ini_reader_would_let_pass(void **state)
{
    (void)state;
    expect_refused("listen = 127.0.0.1:1\n\nlisten = 127.0.0.1:2\n",
                   "line 3: 'listen' was already set in line 1");
    expect_refused("[server]\nlisten = 127.0.0.1:1\n", "there are no sections here; take '[server]' out");
    expect_refused("mode = direct\nnonsense\n", "line 2: neither 'key = value' nor a comment");
    char text[1024];
    memset(text, 'x', sizeof(text));
    memcpy(text, "\ndata_dir = /", 13);
    text[600] = '\n';
    text[601] = '\0';
    expect_refused(text, "line 2: longer than a line may be");
}

/* Behind a NUL byte C sees nothing: half a value would be taken, or a line overlooked. */
static void config_read_file__refuses__a_nul_byte(void **state)
{
    (void)state;
    static const char *const texts[] = {"# well\nmode = direct\0x\n", "# well\n\0mode = proxy\n",
                                        "# well\n#\0\n", "# well\nmode = proxy\n\0"};
    static const size_t sizes[] = {23, 21, 10, 21};
    for (size_t i = 0; i < OIM_COUNT(texts); i++) {
        struct config config;
        struct oim_error err = {0};
        CHECK_STATUS(read_bytes(texts[i], sizes[i], &config, &err), OIM_ERR_USAGE);
        if (strstr(err.text, i == 3 ? "line 3: there is a NUL byte" : "line 2: there is a NUL byte") ==
            NULL) {
            fail_msg("'%s'", err.text);
        }
    }
}

static void config_read_file__says__that_it_is_a_folder(void **state)
{
    (void)state;
    struct config config;
    struct oim_error err = {0};
    config_init(&config);
    CHECK_STATUS(config_read_file(&config, "/tmp", &err), OIM_ERR_USAGE);
    CHECK_TEXT(err.text, "cannot read '/tmp': it is a folder; name the file in it");
}

static void config_settle__refuses__a_limit_of_one_above_that_of_all(void **state)
{
    (void)state;
    struct config config;
    struct oim_error err = {0};
    CHECK_OK_ERR(read_text("unauthenticated_max = 20\nunauthenticated_per_address_max = 21\n", &config, &err),
                 &err);
    expect_unsettled(
        &config, &plain_user,
        "unauthenticated_per_address_max = 21 is for one address, and above unauthenticated_max = 20");
    CHECK_OK_ERR(read_text("unauthenticated_max = 20\nunauthenticated_per_address_max = 20\n", &config, &err),
                 &err);
    CHECK_OK_ERR(config_settle(&config, &plain_user, &err), &err);
    CHECK_OK_ERR(read_text("unauthenticated_max = 20\n", &config, &err), &err);
    CHECK_OK_ERR(config_settle(&config, &plain_user, &err), &err);
    CHECK_EQ(config.unauthenticated_per_address_max, 20);
    config_init(&config);
    CHECK_OK_ERR(config_settle(&config, &plain_user, &err), &err);
    CHECK_EQ(config.unauthenticated_per_address_max, 128);
}

static void config_read_file__reports_the_first_mistake__of_several(void **state)
{
    (void)state;
    expect_refused("mode = x\nnonsense\nlog_level = y\n", "line 1: mode");
}

static void config_read_file__says__when_there_is_no_file(void **state)
{
    (void)state;
    struct config config;
    struct oim_error err = {0};
    config_init(&config);
    CHECK_STATUS(config_read_file(&config, "/nonexistent/oimd.conf", &err), OIM_ERR_IO);
    CHECK(strstr(err.text, "/nonexistent/oimd.conf") != NULL);
}

/* The file that is installed as an example names every key, and its comments tell the truth about the
 * defaults. */
static void config__agrees_with_the_sample_file(void **state)
{
    (void)state;
    char text[8192] = "";
    char line[256];
    size_t key_count = 0;
    FILE *sample = fopen(SAMPLE_FILE, "re");
    CHECK(sample != NULL);
    while (fgets(line, sizeof(line), sample) != NULL) {
        const char *setting = line[0] == '#' && line[1] != ' ' ? line + 1 : line;
        bool is_place = strncmp(setting, "address", 7) == 0 || strncmp(setting, "data_dir", 8) == 0 ||
                        strncmp(setting, "secret_file", 11) == 0;
        key_count += strchr(setting, '=') != NULL && setting[0] != '#';
        strcat(text, is_place ? "#" : "");
        strcat(text, setting);
    }
    fclose(sample);
    struct config config;
    struct config defaults;
    struct oim_error err = {0};
    CHECK_OK_ERR(read_text(text, &config, &err), &err);
    config_init(&defaults);
    CHECK_TEXT(config.listen, "127.0.0.1:7667");
    CHECK_EQ(config.mode, defaults.mode);
    CHECK_EQ(config.log_level, defaults.log_level);
    CHECK_EQ(config.connections_max, defaults.connections_max);
    CHECK_EQ(config.unauthenticated_max, defaults.unauthenticated_max);
    CHECK_OK_ERR(config_settle(&defaults, &plain_user, &err), &err);
    CHECK_EQ(config.unauthenticated_per_address_max, defaults.unauthenticated_per_address_max);
    CHECK_EQ(config.people_max, defaults.people_max);
    CHECK_EQ(config.submit_rate_per_s, defaults.submit_rate_per_s);
    CHECK_EQ(config.submit_burst, defaults.submit_burst);
    CHECK_EQ(config.gather_us, defaults.gather_us);
    CHECK_EQ(key_count, 13);
}

static void config_settle__follows_systemd_then_xdg_then_home(void **state)
{
    (void)state;
    struct config config;
    struct oim_error err = {0};
    struct config_environment environment = {
        .home = "/home/ana",
        .xdg_state_home = "/home/ana/state",
        .xdg_config_home = "/home/ana/config",
    };
    config_init(&config);
    CHECK_OK_ERR(config_settle(&config, &environment, &err), &err);
    CHECK_TEXT(config.data_dir, "/home/ana/state/oimd");
    CHECK_TEXT(config.secret_file, "/home/ana/config/oimd/oimd.key");

    environment.state_directory = "/var/lib/oimd:/var/lib/oimd-secret";
    environment.credentials_directory = "/run/credentials/oimd";
    environment.has_credential = true;
    config_init(&config);
    CHECK_OK_ERR(config_settle(&config, &environment, &err), &err);
    CHECK_TEXT(config.data_dir, "/var/lib/oimd");
    CHECK_TEXT(config.secret_file, "/run/credentials/oimd/oimd.key");

    environment.has_credential = false;
    config_init(&config);
    CHECK_OK_ERR(config_settle(&config, &environment, &err), &err);
    CHECK_TEXT(config.secret_file, "/home/ana/config/oimd/oimd.key");
}

/* A second, empty server made by hand would look as if all accounts were gone (USERS B4). */
static void config_settle__refuses_root__without_a_folder(void **state)
{
    (void)state;
    struct config config;
    struct oim_error err = {0};
    struct config_environment environment = {.home = "/root", .is_root = true};
    config_init(&config);
    expect_unsettled(&config, &environment, "--data-dir DIR");
    environment.has_service_folder = true;
    expect_unsettled(&config, &environment, "the service keeps its data in /var/lib/oimd");
    CHECK_OK(config_set(&config, "data_dir", "/srv/oim", &err));
    CHECK_OK_ERR(config_settle(&config, &environment, &err), &err);
}

static void config_settle__says__when_there_is_no_home(void **state)
{
    (void)state;
    struct config config;
    const struct config_environment environment = {0};
    config_init(&config);
    expect_unsettled(&config, &environment, "--data-dir DIR");
    CHECK_OK(config_set(&config, "data_dir", "/srv/oim", NULL));
    expect_unsettled(&config, &environment, "--secret-file FILE");
}

/* One stolen copy must not hold both; also not through a symbolic link or a name that only begins alike. */
static void config_settle__refuses_the_secret__in_the_data_folder(void **state)
{
    (void)state;
    struct config config;
    struct oim_error err = {0};
    char folder[] = "/tmp/oim-test-config-XXXXXX";
    char path[128];
    char link_path[64];
    CHECK(mkdtemp(folder) != NULL);
    (void)snprintf(link_path, sizeof(link_path), "%s-link", folder);
    CHECK_EQ(symlink(folder, link_path), 0);

    config_init(&config);
    CHECK_OK(config_set(&config, "data_dir", folder, NULL));
    (void)snprintf(path, sizeof(path), "%s/oimd.key", folder);
    CHECK_OK(config_set(&config, "secret_file", path, NULL));
    expect_unsettled(&config, &plain_user, "--insecure-one-folder");
    (void)snprintf(path, sizeof(path), "%s/oimd.key", link_path);
    CHECK_OK(config_set(&config, "secret_file", path, NULL));
    expect_unsettled(&config, &plain_user, "--insecure-one-folder");
    config.insecure_one_folder = true;
    CHECK_OK_ERR(config_settle(&config, &plain_user, &err), &err);
    config.insecure_one_folder = false;
    (void)snprintf(path, sizeof(path), "%s-secret/oimd.key", folder);
    CHECK_OK(config_set(&config, "secret_file", path, NULL));
    CHECK_OK_ERR(config_settle(&config, &plain_user, &err), &err);
    unlink(link_path);
    rmdir(folder);
}

static void config_settle__refuses_proxy_mode__where_others_could_listen_in(void **state)
{
    (void)state;
    struct config config;
    struct oim_error err = {0};
    config_init(&config);
    CHECK_OK(config_set(&config, "mode", "proxy", NULL));
    CHECK_OK(config_set(&config, "listen", "0.0.0.0:7667", NULL));
    expect_unsettled(&config, &plain_user, "mode = proxy is without encryption");
    config_init(&config);
    CHECK_OK(config_set(&config, "mode", "proxy", NULL));
    CHECK_OK(config_set(&config, "address", "chat.example.org", NULL));
    CHECK_OK_ERR(config_settle(&config, &plain_user, &err), &err);
    CHECK_TEXT(config.listen_host, "127.0.0.1");
}

/* Who names a public address wants to be reached there (USERS B5). */
static void config_settle__listens_everywhere__for_a_public_address(void **state)
{
    (void)state;
    struct config config;
    struct oim_error err = {0};
    config_init(&config);
    CHECK_OK(config_set(&config, "address", "chat.example.org:443", NULL));
    CHECK_OK_ERR(config_settle(&config, &plain_user, &err), &err);
    CHECK_TEXT(config.listen_host, "*");
    CHECK_EQ(config.listen_port, 443);
    config_init(&config);
    CHECK_OK(config_set(&config, "address", "localhost", NULL));
    CHECK_OK_ERR(config_settle(&config, &plain_user, &err), &err);
    CHECK_TEXT(config.listen_host, "127.0.0.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config__has_a_default__for_everything),
        cmocka_unit_test(config_read_file__takes_every_key),
        cmocka_unit_test(config_read_file__names_line_and_nearest_key__of_an_unknown_one),
        cmocka_unit_test(config_read_file__says_what_is_allowed),
        cmocka_unit_test(config_read_file__refuses__what_is_no_address),
        cmocka_unit_test(config_read_file__refuses__what_an_ini_reader_would_let_pass),
        cmocka_unit_test(config_read_file__refuses__a_nul_byte),
        cmocka_unit_test(config_read_file__says__that_it_is_a_folder),
        cmocka_unit_test(config_settle__refuses__a_limit_of_one_above_that_of_all),
        cmocka_unit_test(config_read_file__reports_the_first_mistake__of_several),
        cmocka_unit_test(config_read_file__says__when_there_is_no_file),
        cmocka_unit_test(config__agrees_with_the_sample_file),
        cmocka_unit_test(config_settle__follows_systemd_then_xdg_then_home),
        cmocka_unit_test(config_settle__refuses_root__without_a_folder),
        cmocka_unit_test(config_settle__says__when_there_is_no_home),
        cmocka_unit_test(config_settle__refuses_the_secret__in_the_data_folder),
        cmocka_unit_test(config_settle__refuses_proxy_mode__where_others_could_listen_in),
        cmocka_unit_test(config_settle__listens_everywhere__for_a_public_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
