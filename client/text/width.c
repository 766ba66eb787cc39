/*
 * width.c - columns by utf8proc's widths and grapheme rules.
 */
#include "client/text/width.h"

#include <string.h>

#include <utf8proc.h>

#define CODE_EMOJI_STYLE 0xfe0f
#define CODE_REPLACEMENT 0xfffd
#define ELLIPSIS "\xe2\x80\xa6"

static utf8proc_int32_t decode(struct oim_slice text, size_t at, size_t *out_size)
{
    utf8proc_int32_t code;
    utf8proc_ssize_t size = utf8proc_iterate(text.data + at, (utf8proc_ssize_t)(text.size - at), &code);
    if (size <= 0) {
        *out_size = 1;
        return CODE_REPLACEMENT;
    }
    *out_size = (size_t)size;
    return code;
}

static size_t code_columns(utf8proc_int32_t code)
{
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) {
        return 1;
    }
    /* A regional indicator is half a flag; alone it is drawn as a wide letter. */
    if (code >= 0x1f1e6 && code <= 0x1f1ff) {
        return 2;
    }
    int columns = utf8proc_charwidth(code);
    return columns < 0 ? 0 : (size_t)columns;
}

struct text_cluster text_cluster_first(struct oim_slice text)
{
    struct text_cluster cluster = {0};
    if (text.size == 0) {
        return cluster;
    }
    size_t size;
    utf8proc_int32_t previous = decode(text, 0, &size);
    utf8proc_int32_t break_state = 0;
    cluster = (struct text_cluster){.size = size, .columns = code_columns(previous)};
    while (cluster.size < text.size) {
        utf8proc_int32_t code = decode(text, cluster.size, &size);
        if (utf8proc_grapheme_break_stateful(previous, code, &break_state)) {
            break;
        }
        size_t columns = code == CODE_EMOJI_STYLE && cluster.columns > 0 ? 2 : code_columns(code);
        if (columns > cluster.columns) {
            cluster.columns = columns;
        }
        cluster.size += size;
        previous = code;
    }
    return cluster;
}

static struct oim_slice after(struct oim_slice text, size_t size)
{
    return oim_slice(text.data + size, text.size - size);
}

size_t text_columns(struct oim_slice text)
{
    size_t columns = 0;
    while (text.size > 0) {
        struct text_cluster cluster = text_cluster_first(text);
        columns += cluster.columns;
        text = after(text, cluster.size);
    }
    return columns;
}

size_t text_fit(struct oim_slice text, size_t columns_max, size_t *out_columns)
{
    size_t size = 0;
    size_t columns = 0;
    while (size < text.size) {
        struct text_cluster cluster = text_cluster_first(after(text, size));
        if (cluster.columns > columns_max - columns) {
            break;
        }
        size += cluster.size;
        columns += cluster.columns;
    }
    *out_columns = columns;
    return size;
}

/* As text_truncate; the columns that were written come back in *out_columns. */
static enum oim_status truncate_to(struct oim_buf *out, struct oim_slice text, size_t columns_max,
                                   size_t *out_columns)
{
    size_t size = text_fit(text, columns_max, out_columns);
    if (size == text.size) {
        return oim_buf_append(out, text.data, text.size);
    }
    if (columns_max == 0) {
        return OIM_OK;
    }
    size = text_fit(text, columns_max - 1, out_columns);
    *out_columns += 1;
    uint8_t *where = oim_buf_grow(out, size + sizeof(ELLIPSIS) - 1);
    if (where == NULL) {
        return OIM_ERR_LIMIT;
    }
    memcpy(where, text.data, size);
    memcpy(where + size, ELLIPSIS, sizeof(ELLIPSIS) - 1);
    return OIM_OK;
}

enum oim_status text_truncate(struct oim_buf *out, struct oim_slice text, size_t columns_max)
{
    size_t columns;
    return truncate_to(out, text, columns_max, &columns);
}

enum oim_status text_pad(struct oim_buf *out, struct oim_slice text, size_t columns)
{
    size_t size_before = out->size;
    size_t written;
    enum oim_status status = truncate_to(out, text, columns, &written);
    if (status != OIM_OK) {
        return status;
    }
    uint8_t *blanks = oim_buf_grow(out, columns - written);
    if (blanks == NULL) {
        out->size = size_before;
        return OIM_ERR_LIMIT;
    }
    memset(blanks, ' ', columns - written);
    return OIM_OK;
}
