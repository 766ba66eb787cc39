/*
 * key_file.c - key.json, read and written whole.
 */
#include "client/store/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#define KEY_FILE_SIZE_MAX 8192
#define SALT_SIZE 16
#define SEED_SIZE 32
#define SEALED_SIZE (SEED_SIZE + CRYPTO_SEAL_TAG_SIZE)
#define TEXT_SIZE 96

_Static_assert(CRYPTO_SEAL_KEY_SIZE == SEED_SIZE, "both keys are sealed alike");

static const char wrap_ad[] = "OIM-data-key-v1";
static const char device_ad[] = "OIM-device-key-v1";

static void json_finish(cJSON **json)
{
    cJSON_Delete(*json);
}

static void fd_finish(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

void profile_keys_finish(struct profile_keys *keys)
{
    if (keys != NULL) {
        seal_key_finish(&keys->data_key);
        sign_secret_finish(&keys->device_key);
    }
}

static enum oim_status read_json(int folder_fd, cJSON **out, struct oim_error *err)
{
    OIM_CLEANUP(fd_finish) int fd = openat(folder_fd, KEY_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return oim_fail(err, errno == ENOENT ? OIM_ERR_NOT_FOUND : OIM_ERR_IO, "%s: %s", KEY_FILE,
                        strerror(errno));
    }
    char text[KEY_FILE_SIZE_MAX + 1];
    size_t size = 0;
    ssize_t got;
    while (size < KEY_FILE_SIZE_MAX && (got = read(fd, text + size, KEY_FILE_SIZE_MAX - size)) > 0) {
        size += (size_t)got;
    }
    text[size] = '\0';
    *out = cJSON_Parse(text);
    crypto_wipe(text, sizeof(text));
    if (*out == NULL) {
        return oim_fail(err, OIM_ERR_STORAGE, "%s is damaged: not JSON", KEY_FILE);
    }
    return OIM_OK;
}

static bool get_bytes(const cJSON *json, const char *name, uint8_t *out, size_t size)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, name));
    size_t got = 0;
    return text != NULL && oim_base64url_decode(text, strlen(text), out, size, &got) == OIM_OK && got == size;
}

static void put_bytes(cJSON *json, const char *name, const uint8_t *data, size_t size)
{
    char text[TEXT_SIZE];
    oim_base64url_encode(data, size, text);
    cJSON_AddStringToObject(json, name, text);
    crypto_wipe(text, sizeof(text));
}
_Static_assert(4 * ((SEALED_SIZE + 2) / 3) + 1 <= TEXT_SIZE, "the longest value fits");

static enum key_wrap wrap_of(const cJSON *json)
{
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "wrap"));
    if (name == NULL) {
        return KEY_WRAP_NONE;
    }
    return strcmp(name, "passphrase") == 0 ? KEY_WRAP_PASSPHRASE
           : strcmp(name, "file") == 0     ? KEY_WRAP_FILE
                                           : KEY_WRAP_NONE;
}

enum oim_status key_file_look(int folder_fd, enum key_wrap *out_wrap, struct oim_error *err)
{
    OIM_CLEANUP(json_finish) cJSON *json = NULL;
    enum oim_status status = read_json(folder_fd, &json, err);
    if (status != OIM_OK) {
        return status;
    }
    *out_wrap = wrap_of(json);
    if (*out_wrap == KEY_WRAP_NONE) {
        return oim_fail(err, OIM_ERR_STORAGE, "%s is of a kind this oim does not know", KEY_FILE);
    }
    return OIM_OK;
}

static enum oim_status write_json(int folder_fd, const cJSON *json, struct oim_error *err)
{
    static const char temporary[] = KEY_FILE ".new";
    char *text = cJSON_Print(json);
    if (text == NULL) {
        return oim_fail(err, OIM_ERR_LIMIT, "out of memory");
    }
    size_t size = strlen(text);
    OIM_CLEANUP(fd_finish)
    int fd = openat(folder_fd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool written = fd >= 0 && fchmod(fd, 0600) == 0 && write(fd, text, size) == (ssize_t)size &&
                   fsync(fd) == 0 && renameat(folder_fd, temporary, folder_fd, KEY_FILE) == 0 &&
                   fsync(folder_fd) == 0;
    int why = errno;
    crypto_wipe(text, size);
    cJSON_free(text);
    return written ? OIM_OK : oim_fail(err, OIM_ERR_IO, "cannot write %s: %s", KEY_FILE, strerror(why));
}

enum oim_status key_file_create(int folder_fd, enum key_wrap wrap, const char *passphrase,
                                size_t memory_bytes, const struct oim_random *random,
                                struct profile_keys *out, struct oim_error *err)
{
    OIM_CLEANUP(json_finish) cJSON *json = cJSON_CreateObject();
    OIM_CLEANUP(profile_keys_finish) struct profile_keys keys;
    uint8_t seed[SEED_SIZE], nonce[CRYPTO_SEAL_NONCE_SIZE], sealed[SEALED_SIZE];
    oim_random_fill(random, &keys.data_key, sizeof(keys.data_key));
    oim_random_fill(random, seed, sizeof(seed));
    sign_secret_from_seed(&keys.device_key, seed);

    cJSON_AddNumberToObject(json, "version", 1);
    cJSON_AddStringToObject(json, "wrap", wrap == KEY_WRAP_FILE ? "file" : "passphrase");
    if (wrap == KEY_WRAP_FILE) {
        put_bytes(json, "data_key", keys.data_key.bytes, sizeof(keys.data_key.bytes));
    } else {
        uint8_t salt[SALT_SIZE];
        struct seal_key wrapper;
        oim_random_fill(random, salt, sizeof(salt));
        oim_random_fill(random, nonce, sizeof(nonce));
        enum oim_status status =
            crypto_passphrase_key(oim_slice_text(passphrase), salt, KEY_FILE_ROUNDS, memory_bytes, &wrapper);
        if (status != OIM_OK) {
            crypto_wipe(seed, sizeof(seed));
            return oim_fail(err, status, "not enough memory to derive a key from the passphrase");
        }
        crypto_seal(&wrapper, nonce, OIM_SLICE_LITERAL(wrap_ad),
                    oim_slice(keys.data_key.bytes, sizeof(keys.data_key.bytes)), sealed);
        seal_key_finish(&wrapper);
        cJSON_AddStringToObject(json, "kdf", "argon2id");
        cJSON_AddNumberToObject(json, "rounds", KEY_FILE_ROUNDS);
        cJSON_AddNumberToObject(json, "memory_bytes", (double)memory_bytes);
        put_bytes(json, "salt", salt, sizeof(salt));
        put_bytes(json, "nonce", nonce, sizeof(nonce));
        put_bytes(json, "data_key", sealed, sizeof(sealed));
    }
    oim_random_fill(random, nonce, sizeof(nonce));
    crypto_seal(&keys.data_key, nonce, OIM_SLICE_LITERAL(device_ad), oim_slice(seed, sizeof(seed)), sealed);
    crypto_wipe(seed, sizeof(seed));
    put_bytes(json, "device_nonce", nonce, sizeof(nonce));
    put_bytes(json, "device_key", sealed, sizeof(sealed));
    enum oim_status status = write_json(folder_fd, json, err);
    if (status == OIM_OK) {
        *out = keys;
    }
    return status;
}

static enum oim_status unwrap(const cJSON *json, const char *passphrase, struct seal_key *out,
                              struct oim_error *err)
{
    if (wrap_of(json) == KEY_WRAP_FILE) {
        return get_bytes(json, "data_key", out->bytes, sizeof(out->bytes))
                   ? OIM_OK
                   : oim_fail(err, OIM_ERR_STORAGE, "%s is damaged", KEY_FILE);
    }
    uint8_t salt[SALT_SIZE], nonce[CRYPTO_SEAL_NONCE_SIZE], sealed[SEALED_SIZE];
    double rounds = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(json, "rounds"));
    double memory_bytes = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(json, "memory_bytes"));
    if (!get_bytes(json, "salt", salt, sizeof(salt)) || !get_bytes(json, "nonce", nonce, sizeof(nonce)) ||
        !get_bytes(json, "data_key", sealed, sizeof(sealed)) || !(rounds >= 1 && rounds <= 100) ||
        !(memory_bytes >= KEY_FILE_MEMORY_BYTES_MIN && memory_bytes <= (double)((size_t)4 << 30))) {
        return oim_fail(err, OIM_ERR_STORAGE, "%s is damaged", KEY_FILE);
    }
    struct seal_key wrapper;
    enum oim_status status = crypto_passphrase_key(oim_slice_text(passphrase), salt, (uint64_t)rounds,
                                                   (size_t)memory_bytes, &wrapper);
    if (status != OIM_OK) {
        return oim_fail(err, status, "not enough memory to derive a key from the passphrase");
    }
    status = crypto_open(&wrapper, nonce, OIM_SLICE_LITERAL(wrap_ad), oim_slice(sealed, sizeof(sealed)),
                         out->bytes);
    seal_key_finish(&wrapper);
    return status == OIM_OK ? OIM_OK : oim_fail(err, OIM_ERR_AUTH, "that is not this profile's passphrase");
}

enum oim_status key_file_open(int folder_fd, const char *passphrase, struct profile_keys *out,
                              struct oim_error *err)
{
    OIM_CLEANUP(json_finish) cJSON *json = NULL;
    OIM_CLEANUP(profile_keys_finish) struct profile_keys keys;
    memset(&keys, 0, sizeof(keys));
    uint8_t seed[SEED_SIZE], nonce[CRYPTO_SEAL_NONCE_SIZE], sealed[SEALED_SIZE];
    enum oim_status status = read_json(folder_fd, &json, err);
    if (status == OIM_OK && wrap_of(json) == KEY_WRAP_NONE) {
        return oim_fail(err, OIM_ERR_STORAGE, "%s is of a kind this oim does not know", KEY_FILE);
    }
    if (status == OIM_OK) {
        status = unwrap(json, passphrase, &keys.data_key, err);
    }
    if (status != OIM_OK) {
        return status;
    }
    if (!get_bytes(json, "device_nonce", nonce, sizeof(nonce)) ||
        !get_bytes(json, "device_key", sealed, sizeof(sealed)) ||
        crypto_open(&keys.data_key, nonce, OIM_SLICE_LITERAL(device_ad), oim_slice(sealed, sizeof(sealed)),
                    seed) != OIM_OK) {
        return oim_fail(err, OIM_ERR_STORAGE, "%s is damaged", KEY_FILE);
    }
    sign_secret_from_seed(&keys.device_key, seed);
    crypto_wipe(seed, sizeof(seed));
    *out = keys;
    return OIM_OK;
}
