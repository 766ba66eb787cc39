/*
 * safe.c - one pass over the characters; each is kept, replaced or shown as its number.
 */
#include "client/text/safe.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <utf8proc.h>

#define PIECE_SIZE_MAX 16u

#define CODE_ZWNJ 0x200c
#define CODE_ZWJ 0x200d
#define CODE_TEXT_STYLE 0xfe0e
#define CODE_EMOJI_STYLE 0xfe0f

/* What was written last, because joiners and marks are judged by their neighbours. */
struct safe_state {
    enum safe_newlines newlines;
    utf8proc_int32_t base; /* the last character with a place of its own on this line; 0 at its start */
    utf8proc_int32_t previous;
    size_t mark_count; /* on base */
};

/* The character at text[at], its bytes in *out_size; -1 (and one byte) where there is no well-formed one. */
static utf8proc_int32_t decode(struct oim_slice text, size_t at, size_t *out_size)
{
    utf8proc_int32_t code = -1;
    *out_size = 1;
    if (at < text.size) {
        utf8proc_ssize_t size = utf8proc_iterate(text.data + at, (utf8proc_ssize_t)(text.size - at), &code);
        if (size > 0) {
            *out_size = (size_t)size;
        } else {
            code = -1;
        }
    }
    return code;
}

static bool is_mark(utf8proc_int32_t code)
{
    utf8proc_category_t category = utf8proc_category(code);
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME;
}

static bool is_style(utf8proc_int32_t code)
{
    return code == CODE_TEXT_STYLE || code == CODE_EMOJI_STYLE;
}

/* Emoji sequences, and letters of scripts in which a joiner changes how words are written. */
static bool may_join(utf8proc_int32_t code)
{
    if (code <= 0) {
        return false;
    }
    utf8proc_category_t category = utf8proc_category(code);
    bool skin_tone = code >= 0x1f3fb && code <= 0x1f3ff;
    return category == UTF8PROC_CATEGORY_LO || category == UTF8PROC_CATEGORY_MN ||
           category == UTF8PROC_CATEGORY_MC || skin_tone ||
           utf8proc_get_property(code)->boundclass == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

/* Takes no room, or changes the order of what does. */
static bool is_hidden(utf8proc_int32_t code)
{
    utf8proc_category_t category = utf8proc_category(code);
    bool annotation = code >= 0xfff9 && code <= 0xfffb;
    return utf8proc_get_property(code)->ignorable || annotation || category == UTF8PROC_CATEGORY_ZL ||
           category == UTF8PROC_CATEGORY_ZP;
}

static bool may_stay_hidden(const struct safe_state *state, utf8proc_int32_t code, utf8proc_int32_t next)
{
    if (code == CODE_ZWJ || code == CODE_ZWNJ) {
        /* What follows must be certain to stay as it is, or the joiner would dangle. */
        return may_join(state->previous) && may_join(next) && !is_mark(next) && !is_hidden(next);
    }
    return is_style(code) && state->base != 0 && !is_style(state->previous);
}

static size_t put(char *piece, const char *text)
{
    size_t size = strlen(text);
    assert(size < PIECE_SIZE_MAX);
    memcpy(piece, text, size);
    return size;
}

static size_t put_code(char *piece, utf8proc_int32_t code)
{
    return (size_t)utf8proc_encode_char(code, (utf8proc_uint8_t *)piece);
}

/* What stands for code on the terminal. */
static size_t translate(struct safe_state *state, utf8proc_int32_t code, utf8proc_int32_t next, char *piece)
{
    if (code < 0 || (code >= 0x80 && code <= 0x9f) || (code & 0xfffe) == 0xfffe) {
        return put(piece, "\xef\xbf\xbd");
    }
    if (code == '\n') {
        return put(piece, state->newlines == SAFE_KEEP_NEWLINES ? "\n" : "\xe2\x8f\x8e");
    }
    if (code == '\t') {
        return put(piece, "    ");
    }
    if (code < 0x20 || code == 0x7f) {
        return put_code(piece, code == 0x7f ? 0x2421 : 0x2400 + code);
    }
    if (code < 0x7f) {
        return put_code(piece, code);
    }
    if (is_hidden(code) && !may_stay_hidden(state, code, next)) {
        return (size_t)snprintf(piece, PIECE_SIZE_MAX, "<U+%04X>", (unsigned)code);
    }
    if (is_mark(code) && !is_style(code)) {
        if (state->base == 0) {
            size_t size = put(piece, "\xe2\x97\x8c"); /* U+25CC, the base that Unicode lends to lone marks */
            state->base = 0x25cc;
            state->mark_count = 1;
            return size + put_code(piece + size, code);
        }
        if (++state->mark_count > SAFE_MARKS_MAX) {
            return put(piece, "\xef\xbf\xbd");
        }
    }
    return put_code(piece, code);
}

/* Keep state in step with the piece that was written for code. */
static void remember(struct safe_state *state, const char *piece, size_t piece_size)
{
    size_t at = 0;
    while (at < piece_size) {
        size_t size;
        utf8proc_int32_t code = decode(oim_slice(piece, piece_size), at, &size);
        at += size;
        state->previous = code;
        if (code == '\n') {
            state->base = 0;
        } else if (!is_mark(code) && code != CODE_ZWJ && code != CODE_ZWNJ) {
            state->base = code;
            state->mark_count = 0;
        }
    }
}

/* The next piece from text[*at] on. */
static size_t step(struct safe_state *state, struct oim_slice text, size_t *at, char *piece)
{
    size_t size;
    size_t next_size;
    utf8proc_int32_t code = decode(text, *at, &size);
    utf8proc_int32_t next = decode(text, *at + size, &next_size);
    if (code == '\r' && next == '\n') {
        size += next_size;
        code = '\n';
        next = decode(text, *at + size, &next_size);
    }
    *at += size;
    size_t piece_size = translate(state, code, next, piece);
    remember(state, piece, piece_size);
    return piece_size;
}

enum oim_status text_safe_append(struct oim_buf *out, struct oim_slice text, enum safe_newlines newlines)
{
    struct safe_state state = {.newlines = newlines};
    size_t size_before = out->size;
    size_t at = 0;
    while (at < text.size) {
        char piece[PIECE_SIZE_MAX];
        size_t piece_size = step(&state, text, &at, piece);
        enum oim_status status = oim_buf_append(out, piece, piece_size);
        if (status != OIM_OK) {
            out->size = size_before;
            return status;
        }
    }
    return OIM_OK;
}

char *text_safe(char *out, size_t out_size, struct oim_slice text, enum safe_newlines newlines)
{
    assert(out_size > 0);
    struct safe_state state = {.newlines = newlines};
    size_t used = 0;
    size_t at = 0;
    while (at < text.size) {
        char piece[PIECE_SIZE_MAX];
        size_t piece_size = step(&state, text, &at, piece);
        if (piece_size >= out_size - used) {
            break;
        }
        memcpy(out + used, piece, piece_size);
        used += piece_size;
    }
    out[used] = '\0';
    return out;
}
