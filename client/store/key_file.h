/*
 * key_file.h - key.json: this device's key, sealed under the data key, and the data key, wrapped.
 *
 * Wrapped by a passphrase (argon2id, parameters stored) or, when asked for, lying open in the 0600 file: for
 * bots and machines without a person. Never silently the latter. The data key will also seal the store's
 * columns.
 *
 * Source: SECURITY.md 1.15.
 */
#ifndef OIM_CLIENT_STORE_KEY_FILE_H
#define OIM_CLIENT_STORE_KEY_FILE_H

#include "common/crypto.h"
#include "common/error.h"
#include "common/random.h"

#define KEY_FILE "key.json"
#define KEY_FILE_ROUNDS 3u
#define KEY_FILE_MEMORY_BYTES ((size_t)64 << 20)
#define KEY_FILE_MEMORY_BYTES_MIN ((size_t)8192)

struct profile_keys {
    struct seal_key data_key;
    struct sign_secret device_key;
};
void profile_keys_finish(struct profile_keys *keys);

enum key_wrap { KEY_WRAP_NONE, KEY_WRAP_PASSPHRASE, KEY_WRAP_FILE };

/** How the keys in the folder are kept. Errors: OIM_ERR_NOT_FOUND there are none; OIM_ERR_STORAGE damaged;
 * OIM_ERR_IO. */
OIM_MUST_CHECK enum oim_status key_file_look(int folder_fd, enum key_wrap *out_wrap, struct oim_error *err);

/**
 * Make new keys and write them, replacing what is there: on disk when this returns.
 *
 * Units:  memory_bytes for argon2id, ignored without a passphrase.
 * Errors: OIM_ERR_IO, OIM_ERR_LIMIT.
 */
OIM_MUST_CHECK enum oim_status key_file_create(int folder_fd, enum key_wrap wrap, const char *passphrase,
                                               size_t memory_bytes, const struct oim_random *random,
                                               struct profile_keys *out, struct oim_error *err);

/** passphrase is ignored for KEY_WRAP_FILE. Errors: as key_file_look; OIM_ERR_AUTH the passphrase is wrong.
 */
OIM_MUST_CHECK enum oim_status key_file_open(int folder_fd, const char *passphrase, struct profile_keys *out,
                                             struct oim_error *err);

#endif
