/* test_instance.c - never two servers on one folder. */
#include "server/net/instance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/check.h"

static char folder[32];
static char data_dir[64];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/oim-test-inst-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(data_dir, sizeof(data_dir), "%s/a/data", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[64];
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}

static void instance_lock__makes_a_private_folder(void **state)
{
    (void)state;
    struct instance instance;
    struct oim_error err = {0};
    struct stat info;
    CHECK_OK_ERR(instance_lock(&instance, data_dir, &err), &err);
    CHECK_EQ(stat(data_dir, &info), 0);
    CHECK_EQ(info.st_mode & 0777, 0700);
    instance_finish(&instance);
    instance_finish(&instance);
}

static void instance_lock__names_the_holder__when_taken(void **state)
{
    (void)state;
    struct instance first;
    struct instance second;
    struct oim_error err = {0};
    char number[16];
    (void)snprintf(number, sizeof(number), "process %d", getpid());
    CHECK_OK_ERR(instance_lock(&first, data_dir, &err), &err);
    CHECK_STATUS(instance_lock(&second, data_dir, &err), OIM_ERR_CONFLICT);
    CHECK(strstr(err.text, number) != NULL);
    CHECK_EQ(second.fd, -1);
    instance_finish(&first);
    CHECK_OK_ERR(instance_lock(&second, data_dir, &err), &err);
    instance_finish(&second);
}

static void instance_lock__refuses__a_folder_open_to_others(void **state)
{
    (void)state;
    struct instance instance;
    struct oim_error err = {0};
    CHECK_OK_ERR(instance_lock(&instance, data_dir, &err), &err);
    instance_finish(&instance);
    CHECK_EQ(chmod(data_dir, 0750), 0);
    CHECK_STATUS(instance_lock(&instance, data_dir, &err), OIM_ERR_TRUST);
    CHECK(strstr(err.text, "chmod 700") != NULL);
}

static void instance_lock__refuses__what_is_no_folder(void **state)
{
    (void)state;
    struct instance instance;
    struct oim_error err = {0};
    CHECK_STATUS(instance_lock(&instance, "/dev/null", &err), OIM_ERR_IO);
    CHECK_STATUS(instance_lock(&instance, "/dev/null/data", &err), OIM_ERR_IO);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(instance_lock__makes_a_private_folder),
        IN_FOLDER(instance_lock__names_the_holder__when_taken),
        IN_FOLDER(instance_lock__refuses__a_folder_open_to_others),
        IN_FOLDER(instance_lock__refuses__what_is_no_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
