/*
 * fuzz_words.c - what people paste: invite lines, ids, base64url.
 *
 * What is read can be written, and is then read as the same.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/bytes.h"
#include "common/id.h"
#include "proto/handshake.h"

#define TEXT_SIZE_MAX_TRIED 1024u

static void check_invite_line(const char *text)
{
    struct invite_line line;
    struct invite_line again;
    struct oim_error err;
    if (invite_line_parse(text, &line, &err) != OIM_OK) {
        return;
    }
    char written[INVITE_LINE_SIZE_MAX];
    char rewritten[INVITE_LINE_SIZE_MAX];
    invite_line_format(&line, written);
    enum oim_status status = invite_line_parse(written, &again, &err);
    assert(status == OIM_OK);
    invite_line_format(&again, rewritten);
    assert(strcmp(written, rewritten) == 0);
    invite_line_finish(&line);
    invite_line_finish(&again);
}

static void check_id(const char *text)
{
    struct oim_id id;
    struct oim_id again;
    if (oim_id_from_text(text, &id) != OIM_OK) {
        return;
    }
    char written[OIM_ID_TEXT_SIZE];
    oim_id_to_text(&id, written);
    enum oim_status status = oim_id_from_text(written, &again);
    assert(status == OIM_OK && oim_id_equal(&id, &again) && oim_id_has_prefix(&id, text));
}

static void check_base64url(const char *text)
{
    uint8_t bytes[TEXT_SIZE_MAX_TRIED];
    char written[TEXT_SIZE_MAX_TRIED + 4];
    size_t size;
    if (oim_base64url_decode(text, strlen(text), bytes, sizeof(bytes), &size) == OIM_OK) {
        oim_base64url_encode(bytes, size, written);
        assert(strcmp(written, text) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[TEXT_SIZE_MAX_TRIED + 1];
    if (size > TEXT_SIZE_MAX_TRIED) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    check_invite_line(text);
    check_id(text);
    check_base64url(text);
    return 0;
}
