#include "tests/bench/people.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/os/random_os.h"

#define FILE_NAME "people"
#define LINE_SIZE_MAX 512
#define HEX_SIZE(size) (2 * (size) + 1)

void people_finish(struct people *people)
{
    for (size_t i = 0; i < people->count; i++) {
        sign_secret_finish(&people->all[i]->key);
        crypto_wipe(people->all[i]->seed, sizeof(people->all[i]->seed));
        free(people->all[i]);
    }
    free((void *)people->all);
    *people = (struct people){.count = 0};
}

static void set_seed(struct person_account *person, const uint8_t seed[32])
{
    memcpy(person->seed, seed, sizeof(person->seed));
    sign_secret_from_seed(&person->key, seed);
    const struct sign_public ik = sign_public_of(&person->key);
    person->device_id = crypto_device_id(&ik);
}

/* People are asked for in the order they were made, so the search starts behind the last one found. */
static struct person_account *find(const struct people *people, const char *login)
{
    for (size_t i = people->count; i > 0; i--) {
        if (strcmp(people->all[i - 1]->login, login) == 0) {
            return people->all[i - 1];
        }
    }
    return NULL;
}

static struct person_account *add(struct people *people, const char *login)
{
    if (people->count == people->capacity) {
        size_t capacity = people->capacity == 0 ? 64 : people->capacity * 2;
        struct person_account **all =
            realloc((void *)people->all, capacity * sizeof(struct person_account *));
        if (all == NULL) {
            abort();
        }
        people->all = all;
        people->capacity = capacity;
    }
    struct person_account *person = calloc(1, sizeof(*person));
    if (person == NULL) {
        abort();
    }
    (void)snprintf(person->login, sizeof(person->login), "%s", login);
    people->all[people->count++] = person;
    return person;
}

struct person_account *people_get(struct people *people, const char *login)
{
    struct person_account *person = find(people, login);
    if (person != NULL) {
        return person;
    }
    const struct oim_random random = random_os();
    uint8_t seed[32];
    oim_random_fill(&random, seed, sizeof(seed));
    person = add(people, login);
    set_seed(person, seed);
    crypto_wipe(seed, sizeof(seed));
    return person;
}

struct person_account *people_numbered(struct people *people, const char *prefix, size_t number)
{
    char login[LOGIN_SIZE_MAX + 1];
    (void)snprintf(login, sizeof(login), "%s%zu", prefix, number);
    return people_get(people, login);
}

/* ---- the folder
 * ---------------------------------------------------------------------------------------------- */

static void to_hex(const uint8_t *data, size_t size, char *out)
{
    for (size_t i = 0; i < size; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", data[i]);
    }
}

static bool from_hex(const char *text, uint8_t *out, size_t size)
{
    if (strlen(text) != 2 * size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        unsigned byte = 0;
        if (sscanf(text + 2 * i, "%2x", &byte) != 1) {
            return false;
        }
        out[i] = (uint8_t)byte;
    }
    return true;
}

enum oim_status people_save(const struct people *people, const char *folder, struct oim_error *err)
{
    char path[PATH_MAX];
    char fresh[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/" FILE_NAME, folder) >= (int)sizeof(path) ||
        snprintf(fresh, sizeof(fresh), "%s/" FILE_NAME ".new", folder) >= (int)sizeof(fresh)) {
        return oim_fail(err, OIM_ERR_USAGE, "the path '%.60s' is too long", folder);
    }
    (void)mkdir(folder, 0700);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL) {
        return oim_fail(err, OIM_ERR_IO, "cannot write '%s': %s", fresh, strerror(errno));
    }
    char key_id[HEX_SIZE(OIM_ID_SIZE)];
    char org_id[HEX_SIZE(OIM_ID_SIZE)];
    to_hex(people->server_key_id.bytes, OIM_ID_SIZE, key_id);
    to_hex(people->org_id.bytes, OIM_ID_SIZE, org_id);
    fprintf(file, "server %s %d %s %s\n", people->host_port, (int)people->mode, key_id, org_id);
    for (size_t i = 0; i < people->count; i++) {
        const struct person_account *person = people->all[i];
        char seed[HEX_SIZE(32)];
        char user_id[HEX_SIZE(OIM_ID_SIZE)];
        to_hex(person->seed, sizeof(person->seed), seed);
        to_hex(person->user_id.bytes, OIM_ID_SIZE, user_id);
        fprintf(file, "person %s %s %s\n", person->login, seed, user_id);
    }
    bool written = fflush(file) == 0 && fsync(fd) == 0;
    written = fclose(file) == 0 && written && rename(fresh, path) == 0;
    return written ? OIM_OK : oim_fail(err, OIM_ERR_IO, "cannot write '%s': %s", path, strerror(errno));
}

static bool read_server(struct people *people, const char *line)
{
    int mode = 0;
    char key_id[HEX_SIZE(OIM_ID_SIZE)];
    char org_id[HEX_SIZE(OIM_ID_SIZE)];
    if (sscanf(line, "server %261s %d %32s %32s", people->host_port, &mode, key_id, org_id) != 4) {
        return false;
    }
    people->mode = (enum way_mode)mode;
    return from_hex(key_id, people->server_key_id.bytes, OIM_ID_SIZE) &&
           from_hex(org_id, people->org_id.bytes, OIM_ID_SIZE);
}

static bool read_person(struct people *people, const char *line)
{
    char login[LOGIN_SIZE_MAX + 1];
    char seed_text[HEX_SIZE(32)];
    char user_id[HEX_SIZE(OIM_ID_SIZE)];
    uint8_t seed[32];
    if (sscanf(line, "person %32s %64s %32s", login, seed_text, user_id) != 3 ||
        !from_hex(seed_text, seed, sizeof(seed))) {
        return false;
    }
    struct person_account *person = add(people, login);
    set_seed(person, seed);
    crypto_wipe(seed, sizeof(seed));
    return from_hex(user_id, person->user_id.bytes, OIM_ID_SIZE);
}

enum oim_status people_load(struct people *people, const char *folder, struct oim_error *err)
{
    char path[PATH_MAX];
    char line[LINE_SIZE_MAX];
    if (snprintf(path, sizeof(path), "%s/" FILE_NAME, folder) >= (int)sizeof(path)) {
        return oim_fail(err, OIM_ERR_USAGE, "the path '%.60s' is too long", folder);
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return oim_fail(err, OIM_ERR_NOT_FOUND, "cannot read '%s': %s", path, strerror(errno));
    }
    bool valid = fgets(line, sizeof(line), file) != NULL && read_server(people, line);
    while (valid && fgets(line, sizeof(line), file) != NULL) {
        valid = read_person(people, line);
    }
    (void)fclose(file);
    return valid ? OIM_OK : oim_fail(err, OIM_ERR_PROTOCOL, "'%s' is damaged", path);
}
