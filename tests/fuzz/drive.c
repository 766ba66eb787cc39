/*
 * drive.c - runs a fuzz target without libFuzzer: over the files named; over a corpus (a folder) and seeded
 * inputs, 5,000 or --seeded N of them.
 *
 * A file whose name ends in .hex is hexadecimal digits with blanks; '#' begins a comment. --bytes DIR writes
 * what the files named after it stand for into that folder, for libFuzzer, and runs nothing.
 *
 * Half of a seeded input's bytes are small numbers, so that lengths, kinds and field tags come about at all.
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/attr.h"
#include "tests/support/check.h"
#include "tests/support/fake.h"

#define INPUT_SIZE_MAX 65536u
#define SEEDED_SIZE_MAX 256u
#define SEEDED_COUNT 5000u
#define PATH_SIZE_MAX 4096u

static void freep(void *memory)
{
    free(*(void **)memory);
}

/* A copy of exactly its size, so that the sanitizer sees a read beyond it. */
static void run(const uint8_t *data, size_t size)
{
    OIM_CLEANUP(freep) uint8_t *copy = malloc(size == 0 ? 1 : size);
    assert(copy != NULL);
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
}

/* Comments and ends of lines become blanks. */
static void blank_comments(char *text)
{
    for (char *at = text; *at != '\0'; at++) {
        if (*at == '#') {
            memset(at, ' ', strcspn(at, "\n"));
        }
        *at = *at == '\n' ? ' ' : *at;
    }
}

static bool is_hex(const char *path)
{
    size_t size = strlen(path);
    return size > 4 && strcmp(path + size - 4, ".hex") == 0;
}

/* SIZE_MAX: it cannot be read. */
static size_t read_input(const char *path, uint8_t data[INPUT_SIZE_MAX])
{
    static char text[INPUT_SIZE_MAX];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return SIZE_MAX;
    }
    size_t size = fread(is_hex(path) ? (uint8_t *)text : data, 1, INPUT_SIZE_MAX - 1, file);
    fclose(file);
    if (!is_hex(path)) {
        return size;
    }
    text[size] = '\0';
    blank_comments(text);
    return check_unhex(text, data, INPUT_SIZE_MAX);
}

/* Under the file's own name. */
static int write_bytes(const char *folder, const char *path, const uint8_t *data, size_t size)
{
    char name[PATH_SIZE_MAX];
    const char *slash = strrchr(path, '/');
    (void)snprintf(name, sizeof(name), "%s/%s", folder, slash == NULL ? path : slash + 1);
    FILE *file = fopen(name, "wb");
    bool written = file != NULL && fwrite(data, 1, size, file) == size;
    written = file != NULL && fclose(file) == 0 && written;
    if (!written) {
        perror(name);
    }
    return written ? 0 : 1;
}

/* bytes_dir: where its bytes go instead of being run; NULL: run them. */
static int run_file(const char *path, const char *bytes_dir)
{
    static uint8_t data[INPUT_SIZE_MAX];
    size_t size = read_input(path, data);
    if (size == SIZE_MAX) {
        return 1;
    }
    if (bytes_dir != NULL) {
        return write_bytes(bytes_dir, path, data, size);
    }
    run(data, size);
    printf("%s: %zu bytes, nothing wrong\n", path, size);
    return 0;
}

static void run_seeded(unsigned count)
{
    struct fake_random random;
    fake_random_init(&random, 1);
    for (unsigned round = 0; round < count; round++) {
        uint8_t data[SEEDED_SIZE_MAX];
        size_t size = fake_random_below(&random, SEEDED_SIZE_MAX);
        for (size_t i = 0; i < size; i++) {
            uint64_t draw = fake_random_u64(&random);
            data[i] = draw % 2 == 0 ? (uint8_t)(draw >> 8) : (uint8_t)((draw >> 8) % 32);
        }
        run(data, size);
    }
}

/* False when path is no folder. */
static bool run_folder(const char *path, const char *bytes_dir, int *failed)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return false;
    }
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char name[PATH_SIZE_MAX];
        if (entry->d_name[0] != '.') {
            (void)snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
            *failed |= run_file(name, bytes_dir);
        }
    }
    closedir(folder);
    return true;
}

int main(int argc, char **argv)
{
    int failed = 0;
    bool is_seeded = argc == 1;
    unsigned seeded_count = SEEDED_COUNT;
    const char *bytes_dir = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seeded") == 0 && i + 1 < argc) {
            seeded_count = (unsigned)strtoul(argv[++i], NULL, 10);
            is_seeded = true;
        } else if (strcmp(argv[i], "--bytes") == 0 && i + 1 < argc) {
            bytes_dir = argv[++i];
        } else if (run_folder(argv[i], bytes_dir, &failed)) {
            is_seeded = bytes_dir == NULL;
        } else {
            failed |= run_file(argv[i], bytes_dir);
        }
    }
    if (is_seeded) {
        run_seeded(seeded_count);
    }
    return failed;
}
