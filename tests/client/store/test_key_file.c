/*
 * test_key_file.c - key.json: what opens it and what does not.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/store/key_file.h"
#include "tests/support/check.h"
#include "tests/support/fake.h"

#define MEMORY_BYTES ((size_t)65536)

struct folder {
    char path[32];
    int fd;
};

static int folder_make(void **state)
{
    struct folder *folder = calloc(1, sizeof(*folder));
    memcpy(folder->path, "/tmp/oim-test-XXXXXX", sizeof("/tmp/oim-test-XXXXXX"));
    if (crypto_init() != OIM_OK || mkdtemp(folder->path) == NULL) {
        free(folder);
        return -1;
    }
    folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY);
    *state = folder;
    return folder->fd < 0 ? -1 : 0;
}

static int folder_remove(void **state)
{
    struct folder *folder = *state;
    unlinkat(folder->fd, KEY_FILE, 0);
    close(folder->fd);
    rmdir(folder->path);
    free(folder);
    return 0;
}

static struct profile_keys create(const struct folder *folder, enum key_wrap wrap, const char *passphrase)
{
    struct fake_random random;
    struct profile_keys keys;
    struct oim_error err;
    fake_random_init(&random, 3);
    struct oim_random source = fake_random_of(&random);
    CHECK_OK_ERR(key_file_create(folder->fd, wrap, passphrase, MEMORY_BYTES, &source, &keys, &err), &err);
    return keys;
}

static void key_file__opens_with_its_passphrase__and_no_other(void **state)
{
    const struct folder *folder = *state;
    struct profile_keys made = create(folder, KEY_WRAP_PASSPHRASE, "correct horse");
    struct profile_keys keys;
    struct oim_error err;
    CHECK_OK_ERR(key_file_open(folder->fd, "correct horse", &keys, &err), &err);
    CHECK_BYTES(&keys.device_key, &made.device_key, sizeof(keys.device_key));
    CHECK_BYTES(&keys.data_key, &made.data_key, sizeof(keys.data_key));
    CHECK_STATUS(key_file_open(folder->fd, "correct hors", &keys, &err), OIM_ERR_AUTH);
    CHECK_STATUS(key_file_open(folder->fd, "", &keys, &err), OIM_ERR_AUTH);
}

static void key_file__opens_without_passphrase__only_when_that_was_asked_for(void **state)
{
    const struct folder *folder = *state;
    enum key_wrap wrap = KEY_WRAP_NONE;
    struct profile_keys keys;
    struct oim_error err;
    CHECK_STATUS(key_file_look(folder->fd, &wrap, &err), OIM_ERR_NOT_FOUND);
    struct profile_keys made = create(folder, KEY_WRAP_FILE, "");
    CHECK_OK(key_file_look(folder->fd, &wrap, &err));
    CHECK_EQ(wrap, KEY_WRAP_FILE);
    CHECK_OK_ERR(key_file_open(folder->fd, "", &keys, &err), &err);
    CHECK_BYTES(&keys.device_key, &made.device_key, sizeof(keys.device_key));
}

static void key_file__is_for_its_owner_only__and_replaced_whole(void **state)
{
    const struct folder *folder = *state;
    struct stat status;
    struct profile_keys keys;
    struct oim_error err;
    create(folder, KEY_WRAP_PASSPHRASE, "one");
    create(folder, KEY_WRAP_PASSPHRASE, "two");
    CHECK_EQ(fstatat(folder->fd, KEY_FILE, &status, 0), 0);
    CHECK_EQ(status.st_mode & 0777, 0600);
    CHECK_OK_ERR(key_file_open(folder->fd, "two", &keys, &err), &err);
    CHECK_STATUS(key_file_open(folder->fd, "one", &keys, &err), OIM_ERR_AUTH);
}

static void key_file__says_damaged__of_anything_else(void **state)
{
    const struct folder *folder = *state;
    static const char *const texts[] = {"",
                                        "{",
                                        "{}",
                                        "{\"wrap\":\"passphrase\"}",
                                        "{\"wrap\":\"file\",\"data_key\":1}",
                                        "{\"wrap\":\"tomorrow\"}"};
    struct profile_keys keys;
    struct oim_error err;
    for (size_t i = 0; i < OIM_COUNT(texts); i++) {
        int fd = openat(folder->fd, KEY_FILE, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        CHECK_EQ(write(fd, texts[i], strlen(texts[i])), strlen(texts[i]));
        close(fd);
        CHECK_STATUS(key_file_open(folder->fd, "x", &keys, &err), OIM_ERR_STORAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(key_file__opens_with_its_passphrase__and_no_other, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(key_file__opens_without_passphrase__only_when_that_was_asked_for,
                                        folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(key_file__is_for_its_owner_only__and_replaced_whole, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(key_file__says_damaged__of_anything_else, folder_make, folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
