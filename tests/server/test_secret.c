/* test_secret.c - the file that makes a server this server. */
#include "server/secret.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/check.h"
#include "tests/support/fake.h"

struct place {
    char folder[PATH_MAX];
    char path[PATH_MAX];
    struct fake_random random;
};

static int place_init(void **state)
{
    static struct place place;
    (void)snprintf(place.folder, sizeof(place.folder), "/tmp/oim-test-secret-XXXXXX");
    if (mkdtemp(place.folder) == NULL || crypto_init() != OIM_OK) {
        return -1;
    }
    (void)snprintf(place.path, sizeof(place.path), "%.*s/a/b/oimd.key", PATH_MAX - 32, place.folder);
    fake_random_init(&place.random, 7);
    *state = &place;
    return 0;
}

static int place_finish(void **state)
{
    const struct place *place = *state;
    char command[PATH_MAX + 16];
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", place->folder);
    return system(command);
}

static enum oim_status create(struct place *place, struct sign_secret *out, struct oim_error *err)
{
    const struct oim_random random = fake_random_of(&place->random);
    return secret_create(place->path, &random, out, err);
}

static void secret__is_the_same_key__when_read_again(void **state)
{
    struct place *place = *state;
    struct oim_error err = {0};
    struct sign_secret made;
    struct sign_secret read;
    CHECK_STATUS(secret_load(place->path, &read, &err), OIM_ERR_NOT_FOUND);
    CHECK_OK_ERR(create(place, &made, &err), &err);
    CHECK_OK_ERR(secret_load(place->path, &read, &err), &err);
    CHECK_BYTES(read.bytes, made.bytes, sizeof(made.bytes));
}

static void secret_create__is_private__folders_too(void **state)
{
    struct place *place = *state;
    struct oim_error err = {0};
    struct sign_secret key;
    struct stat info;
    char folder[PATH_MAX];
    CHECK_OK_ERR(create(place, &key, &err), &err);
    CHECK_EQ(stat(place->path, &info), 0);
    CHECK_EQ(info.st_mode & 0777, 0600);
    (void)snprintf(folder, sizeof(folder), "%.*s/a", PATH_MAX - 8, place->folder);
    CHECK_EQ(stat(folder, &info), 0);
    CHECK_EQ(info.st_mode & 0777, 0700);
    CHECK_EQ(info.st_nlink, 3);
}

static void secret_create__never_replaces__what_is_there(void **state)
{
    struct place *place = *state;
    struct oim_error err = {0};
    struct sign_secret first;
    struct sign_secret second;
    CHECK_OK_ERR(create(place, &first, &err), &err);
    CHECK_STATUS(create(place, &second, &err), OIM_ERR_IO);
    CHECK_OK_ERR(secret_load(place->path, &second, &err), &err);
    CHECK_BYTES(second.bytes, first.bytes, sizeof(first.bytes));
}

static void secret_load__refuses__what_others_may_read(void **state)
{
    struct place *place = *state;
    struct oim_error err = {0};
    struct sign_secret key;
    CHECK_OK_ERR(create(place, &key, &err), &err);
    CHECK_EQ(chmod(place->path, 0640), 0);
    CHECK_STATUS(secret_load(place->path, &key, &err), OIM_ERR_TRUST);
    CHECK(strstr(err.text, "chmod 600") != NULL);
}

static void write_secret(const struct place *place, const char *text)
{
    int fd = open(place->path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void secret_load__refuses__what_is_no_secret_file(void **state)
{
    struct place *place = *state;
    struct oim_error err = {0};
    struct sign_secret key;
    CHECK_OK_ERR(create(place, &key, &err), &err);
    static const char *const texts[] = {
        "",
        "server-key\n",
        "server-key =\n",
        "server-key = tooshort\n",
        "server-keys = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "# server-key = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "server-key = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!\n",
        "server-key = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
    };
    for (size_t i = 0; i < OIM_COUNT(texts); i++) {
        write_secret(place, texts[i]);
        if (secret_load(place->path, &key, &err) != OIM_ERR_USAGE) {
            fail_msg("text %zu was taken", i);
        }
    }
    write_secret(place, "# by hand\r\n\tserver-key=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA \r\nmore = x");
    CHECK_OK_ERR(secret_load(place->path, &key, &err), &err);
}

static void owner_line__lies_beside_the_secret__until_forgotten(void **state)
{
    struct place *place = *state;
    struct oim_error err = {0};
    struct sign_secret key;
    struct stat info;
    char path[PATH_MAX];
    char text[64] = "";
    CHECK_OK_ERR(create(place, &key, &err), &err);
    CHECK_OK_ERR(secret_keep_owner_line(place->path, "oim://first", &err), &err);
    CHECK_OK_ERR(secret_keep_owner_line(place->path, "oim://second", &err), &err);
    (void)snprintf(path, sizeof(path), "%.*s.owner-line", PATH_MAX - 16, place->path);
    CHECK_EQ(stat(path, &info), 0);
    CHECK_EQ(info.st_mode & 0777, 0600);
    FILE *file = fopen(path, "r");
    CHECK(file != NULL && fgets(text, sizeof(text), file) != NULL);
    fclose(file);
    CHECK_TEXT(text, "oim://second\n");
    secret_forget_owner_line(place->path);
    CHECK(stat(path, &info) != 0);
    secret_forget_owner_line(place->path);
}

int main(void)
{
#define PLACED(test) cmocka_unit_test_setup_teardown(test, place_init, place_finish)
    const struct CMUnitTest tests[] = {
        PLACED(secret__is_the_same_key__when_read_again),
        PLACED(secret_create__is_private__folders_too),
        PLACED(secret_create__never_replaces__what_is_there),
        PLACED(secret_load__refuses__what_others_may_read),
        PLACED(secret_load__refuses__what_is_no_secret_file),
        PLACED(owner_line__lies_beside_the_secret__until_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
