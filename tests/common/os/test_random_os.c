/* test_random_os.c - unpredictable bytes: not that they are, but that none is handed out twice. */
#include "common/os/random_os.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/crypto.h"
#include "tests/support/check.h"

static int init_crypto(void **state)
{
    (void)state;
    return crypto_init() == OIM_OK ? 0 : -1;
}

static int compare_words(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

/* Method: 16-byte draws, larger and smaller ones between them; two equal among 4,000 would be no chance. */
static void random_os__never_repeats__across_blocks(void **state)
{
    (void)state;
    struct oim_random random = random_os();
    static uint8_t words[4000][16];
    for (size_t i = 0; i < OIM_COUNT(words); i++) {
        uint8_t between[200];
        oim_random_fill(&random, words[i], 16);
        oim_random_fill(&random, between, i % sizeof(between));
    }
    qsort(words, OIM_COUNT(words), 16, compare_words);
    for (size_t i = 1; i < OIM_COUNT(words); i++) {
        CHECK(memcmp(words[i - 1], words[i], 16) != 0);
    }
}

static void random_os__writes_just_the_size__that_was_asked(void **state)
{
    (void)state;
    struct oim_random random = random_os();
    static const size_t sizes[] = {0, 1, 16, 127, 128, 129, 511, 512, 513, 1000};
    for (size_t i = 0; i < OIM_COUNT(sizes); i++) {
        uint8_t bytes[1002];
        memset(bytes, 0, sizeof(bytes));
        oim_random_fill(&random, bytes + 1, sizes[i]);
        CHECK_EQ(bytes[0], 0);
        CHECK_EQ(bytes[sizes[i] + 1], 0);
    }
}

/* Goal: parent and child do not draw the same bytes from the block that was there when they parted. */
static void random_os__gives_a_child__other_bytes(void **state)
{
    (void)state;
    struct oim_random random = random_os();
    uint8_t ours[16];
    uint8_t childs[16];
    oim_random_fill(&random, ours, sizeof(ours));
    int ends[2];
    CHECK_EQ(pipe(ends), 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        oim_random_fill(&random, childs, sizeof(childs));
        _exit(write(ends[1], childs, sizeof(childs)) == (ssize_t)sizeof(childs) ? 0 : 1);
    }
    int child_status;
    CHECK_EQ(waitpid(child, &child_status, 0), child);
    CHECK_EQ(child_status, 0);
    CHECK_EQ(read(ends[0], childs, sizeof(childs)), sizeof(childs));
    close(ends[0]);
    close(ends[1]);
    oim_random_fill(&random, ours, sizeof(ours));
    CHECK(memcmp(ours, childs, sizeof(ours)) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_os__never_repeats__across_blocks),
        cmocka_unit_test(random_os__writes_just_the_size__that_was_asked),
        cmocka_unit_test(random_os__gives_a_child__other_bytes),
    };
    return cmocka_run_group_tests(tests, init_crypto, NULL);
}
