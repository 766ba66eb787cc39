/* test_protocol_md.c - the page a stranger reads shows the bytes that the tests hold the code to. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/proto/vectors.h"
#include "tests/support/check.h"

enum { PAGE_SIZE_MAX_READ = 1 << 20 };

static const char *page_path;

/* The page without blanks and line breaks, because long vectors are broken into lines. */
static void read_page(char *out)
{
    FILE *file = fopen(page_path, "rb");
    size_t size = 0;

    CHECK(file != NULL);
    for (int letter = fgetc(file); letter != EOF && size < PAGE_SIZE_MAX_READ - 1; letter = fgetc(file)) {
        if (!isspace(letter)) {
            out[size++] = (char)letter;
        }
    }
    out[size] = '\0';
    (void)fclose(file);
}

static void protocol_md__shows_every_vector(void **state)
{
    static const char *const vectors[] = {
        VECTOR_SERVER_PUB,
        VECTOR_OWNER_IK,
        VECTOR_DEVICE_IK,
        VECTOR_GENESIS_BODY,
        VECTOR_ORG_ID,
        VECTOR_GENESIS_SIG_OWNER,
        VECTOR_GENESIS_SIG_SERVER,
        VECTOR_HASH_1,
        VECTOR_INVITE_SEED,
        VECTOR_INVITE_PUB,
        VECTOR_INVITE_ID,
        VECTOR_USER_CREATE_BODY,
        VECTOR_USER_CREATE_SIG,
        VECTOR_HASH_2,
        VECTOR_USER_HASH_1,
        VECTOR_DEVICE_ADD_BODY,
        VECTOR_DEVICE_ADD_SIG_INVITE,
        VECTOR_DEVICE_ADD_SIG_DEVICE,
        VECTOR_HEAD_SIG,
        VECTOR_SERVER_KEY_ID,
        VECTOR_DEVICE_ID,
        VECTOR_LINE,
        VECTOR_LINK_ID,
        VECTOR_LINK_MAC,
        VECTOR_TH_CB0,
        VECTOR_SIG_SERVER,
        VECTOR_SIG_DEVICE,
        VECTOR_TH_CB1,
        VECTOR_SIG_SERVER_CB1,
        VECTOR_SIG_DEVICE_CB1,
        VECTOR_ADMIN_BODY,
        VECTOR_ADMIN_SIG,
        VECTOR_ADDR_BODY,
        VECTOR_ADDR_SIG,
        VECTOR_INNER,
        VECTOR_SUBMIT_FRAME,
    };
    static char page[PAGE_SIZE_MAX_READ];

    (void)state;
    read_page(page);
    for (size_t i = 0; i < OIM_COUNT(vectors); i++) {
        if (strstr(page, vectors[i]) == NULL) {
            fail_msg("PROTOCOL.md lacks %s", vectors[i]);
        }
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(protocol_md__shows_every_vector)};

    if (argc != 2) {
        return 2;
    }
    page_path = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
