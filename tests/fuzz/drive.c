/*
 * drive.c - runs a fuzz target without libFuzzer: over the files named; over a corpus (a folder) and seeded
 * inputs, 5,000 or --seeded N of them.
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

static int run_file(const char *path)
{
    static uint8_t data[INPUT_SIZE_MAX];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    size_t size = fread(data, 1, sizeof(data), file);
    fclose(file);
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
static bool run_folder(const char *path, int *failed)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return false;
    }
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char name[PATH_SIZE_MAX];
        if (entry->d_name[0] != '.') {
            (void)snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
            *failed |= run_file(name);
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
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seeded") == 0 && i + 1 < argc) {
            seeded_count = (unsigned)strtoul(argv[++i], NULL, 10);
            is_seeded = true;
        } else if (run_folder(argv[i], &failed)) {
            is_seeded = true;
        } else {
            failed |= run_file(argv[i]);
        }
    }
    if (is_seeded) {
        run_seeded(seeded_count);
    }
    return failed;
}
