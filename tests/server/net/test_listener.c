/* test_listener.c - sockets that say why they cannot listen. */
#include "server/net/listener.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/check.h"

static int enter_folder(void **state)
{
    static char folder[32];
    (void)snprintf(folder, sizeof(folder), "/tmp/oim-test-listen-XXXXXX");
    *state = folder;
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    (void)unlink("test.sock");
    return chdir("/") == 0 && rmdir(*state) == 0 ? 0 : -1;
}

static void listener__tells_the_port__when_any_free_one_will_do(void **state)
{
    (void)state;
    struct listener listener;
    struct oim_error err = {0};
    CHECK_OK_ERR(listener_open_tcp(&listener, "127.0.0.1", 0, &err), &err);
    CHECK(listener.port != 0);
    listener_finish(&listener);
    CHECK_OK_ERR(listener_open_tcp(&listener, "*", 0, &err), &err);
    listener_finish(&listener);
    CHECK_OK_ERR(listener_open_tcp(&listener, "localhost", 0, &err), &err);
    listener_finish(&listener);
    listener_finish(&listener);
}

static void listener__says_what_to_do__when_the_port_is_taken(void **state)
{
    (void)state;
    struct listener first;
    struct listener second;
    struct oim_error err = {0};
    CHECK_OK_ERR(listener_open_tcp(&first, "127.0.0.1", 0, &err), &err);
    CHECK_STATUS(listener_open_tcp(&second, "127.0.0.1", first.port, &err), OIM_ERR_IO);
    CHECK(strstr(err.text, "is in use by another program") != NULL);
    CHECK(strstr(err.text, "--listen") != NULL);
    CHECK_EQ(second.fd, -1);
    listener_finish(&first);
}

static void listener__refuses__addresses_that_are_not_ours(void **state)
{
    (void)state;
    struct listener listener;
    struct oim_error err = {0};
    CHECK_STATUS(listener_open_tcp(&listener, "192.0.2.1", 0, &err), OIM_ERR_USAGE);
    CHECK(strstr(err.text, "no address of this computer") != NULL);
    CHECK_STATUS(listener_open_tcp(&listener, "999.1.1.1.example.invalid", 0, &err), OIM_ERR_USAGE);
}

static void listener_open_unix__is_for_this_user_alone(void **state)
{
    (void)state;
    struct listener listener;
    struct oim_error err = {0};
    struct stat info;
    CHECK_OK_ERR(listener_open_unix(&listener, "test.sock", &err), &err);
    CHECK_EQ(stat("test.sock", &info), 0);
    CHECK(S_ISSOCK(info.st_mode));
    CHECK_EQ(info.st_mode & 0077, 0);
    CHECK_EQ(umask(022), 022); /* the caller's mask is as before */
    listener_finish(&listener);
}

/* A server that was killed leaves its socket behind; the next one holds the lock and may replace it. */
static void listener_open_unix__replaces__what_a_killed_server_left(void **state)
{
    (void)state;
    struct listener listener;
    struct oim_error err = {0};
    CHECK_OK_ERR(listener_open_unix(&listener, "test.sock", &err), &err);
    listener_finish(&listener);
    CHECK_EQ(access("test.sock", F_OK), 0);
    CHECK_OK_ERR(listener_open_unix(&listener, "test.sock", &err), &err);
    listener_finish(&listener);
}

/* libwebsockets would cut the name off and say that all is well. */
static void listener_open_unix__refuses__a_name_that_does_not_fit(void **state)
{
    (void)state;
    struct listener listener;
    struct oim_error err = {0};
    char name[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    CHECK_STATUS(listener_open_unix(&listener, name, &err), OIM_ERR_USAGE);
    CHECK(access(name, F_OK) != 0);
    CHECK_STATUS(listener_open_unix(&listener, "no/such/folder.sock", &err), OIM_ERR_IO);
}

static void listener_peer_is_own__knows_this_user(void **state)
{
    (void)state;
    int ends[2];
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    CHECK(listener_peer_is_own(ends[0]));
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)
    (void)umask(022);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listener__tells_the_port__when_any_free_one_will_do),
        cmocka_unit_test(listener__says_what_to_do__when_the_port_is_taken),
        cmocka_unit_test(listener__refuses__addresses_that_are_not_ours),
        IN_FOLDER(listener_open_unix__is_for_this_user_alone),
        IN_FOLDER(listener_open_unix__replaces__what_a_killed_server_left),
        IN_FOLDER(listener_open_unix__refuses__a_name_that_does_not_fit),
        cmocka_unit_test(listener_peer_is_own__knows_this_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
