/*
 * fuzz_text.c - any bytes as the text of a message, on their way to a terminal.
 *
 * The invariants of client/text/safe.h, and that cutting agrees with counting.
 */
#include "tests/fuzz/fuzz.h"

#include "client/text/safe.h"
#include "client/text/width.h"

static void check_harmless(struct oim_slice out, enum safe_newlines newlines)
{
    assert(oim_utf8_valid(out.data, out.size));
    for (size_t i = 0; i < out.size; i++) {
        assert(out.data[i] != 0x7f);
        assert(out.data[i] >= 0x20 || (out.data[i] == '\n' && newlines == SAFE_KEEP_NEWLINES));
        assert(out.data[i] != 0xc2 || out.data[i + 1] >= 0xa0);
    }
}

static void check_cuts(struct oim_slice text)
{
    size_t whole = text_columns(text);
    for (size_t columns_max = 0; columns_max < whole && columns_max < 100; columns_max += 7) {
        size_t columns;
        size_t size = text_fit(text, columns_max, &columns);
        assert(size <= text.size && columns <= columns_max);
        assert(text_columns(oim_slice(text.data, size)) == columns);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (enum safe_newlines newlines = SAFE_KEEP_NEWLINES; newlines <= SAFE_MARK_NEWLINES; newlines++) {
        OIM_CLEANUP(oim_buf_finish) struct oim_buf once = {.size_max = size * SAFE_GROWTH_MAX};
        OIM_CLEANUP(oim_buf_finish) struct oim_buf twice = {.size_max = size * SAFE_GROWTH_MAX};
        enum oim_status status = text_safe_append(&once, oim_slice(data, size), newlines);
        assert(status == OIM_OK);
        check_harmless(oim_buf_slice(&once), newlines);
        check_cuts(oim_buf_slice(&once));
        status = text_safe_append(&twice, oim_buf_slice(&once), newlines);
        assert(status == OIM_OK);
        assert(oim_slice_equal(oim_buf_slice(&once), oim_buf_slice(&twice)));
    }
    check_cuts(oim_slice(data, size));
    return 0;
}
