/*
 * test_profile_path.c - every process of a person finds the same folder, and nobody else can enter it.
 */
#include "client/face/profile_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/check.h"

static void check_folder(struct profile_environment environment, const char *name, const char *expected)
{
    struct profile_path path;
    struct oim_error err = {0};
    CHECK_OK_ERR(profile_path_resolve(&environment, name, &path, &err), &err);
    CHECK_TEXT(path.folder, expected);
}

static void profile_path__prefers_oim_home__then_xdg__then_home(void **state)
{
    (void)state;
    struct profile_environment all = {.oim_home = "/h/oim", .xdg_data_home = "/x", .home = "/home/a"};
    check_folder(all, "default", "/h/oim/default");
    all.oim_home = "";
    check_folder(all, "work", "/x/oim/work");
    all.xdg_data_home = "relative";
    check_folder(all, "default", "/home/a/.local/share/oim/default");
    all.xdg_data_home = NULL;
    check_folder(all, "default", "/home/a/.local/share/oim/default");
}

static void profile_path__refuses__names_that_leave_the_folder(void **state)
{
    (void)state;
    static const char *const bad[] = {"", ".", "..", "../x", "a/b", "-x", ".hidden", "a b", "ñ"};
    struct profile_environment environment = {.home = "/home/a"};
    struct profile_path path;
    for (size_t i = 0; i < OIM_COUNT(bad); i++) {
        CHECK_STATUS(profile_path_resolve(&environment, bad[i], &path, NULL), OIM_ERR_USAGE);
    }
    struct profile_environment nowhere = {0};
    CHECK_STATUS(profile_path_resolve(&nowhere, "default", &path, NULL), OIM_ERR_USAGE);
}

static void profile_folder__is_made_for_its_owner_only__and_refused_when_open_to_others(void **state)
{
    (void)state;
    char root[] = "/tmp/oim-test-XXXXXX";
    CHECK(mkdtemp(root) != NULL);
    struct profile_environment environment = {.oim_home = root};
    struct profile_path path;
    struct oim_error err = {0};
    CHECK_OK_ERR(profile_path_resolve(&environment, "one", &path, &err), &err);

    int fd = -1;
    CHECK_STATUS(profile_folder_open(&path, false, &fd, NULL), OIM_ERR_NOT_FOUND);
    CHECK_OK_ERR(profile_folder_open(&path, true, &fd, &err), &err);
    struct stat info;
    CHECK(fstat(fd, &info) == 0);
    CHECK_EQ(info.st_mode & 0777, 0700);
    CHECK(strncmp(profile_socket_address(fd).sun_path, "/proc/self/fd/", 14) == 0);
    close(fd);

    CHECK(chmod(path.folder, 0755) == 0);
    CHECK_STATUS(profile_folder_open(&path, true, &fd, NULL), OIM_ERR_TRUST);
    CHECK(rmdir(path.folder) == 0);
    CHECK(rmdir(root) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(profile_path__prefers_oim_home__then_xdg__then_home),
        cmocka_unit_test(profile_path__refuses__names_that_leave_the_folder),
        cmocka_unit_test(profile_folder__is_made_for_its_owner_only__and_refused_when_open_to_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
