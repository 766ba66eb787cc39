/*
 * width.h - the columns a string takes on a terminal, and cutting it to some.
 *
 * Counts by grapheme clusters (UAX 29), so that a family emoji or a letter with its accents is never cut in
 * two: a cluster is as wide as its widest character, and two columns when it asks for emoji style. Terminals
 * that draw a sequence as its parts show more; no library knows which terminal that is.
 *
 * The input is what safe.h let through. Control characters and bytes that are no UTF-8 count as one column.
 */
#ifndef OIM_CLIENT_TEXT_WIDTH_H
#define OIM_CLIENT_TEXT_WIDTH_H

#include "common/bytes.h"

struct text_cluster {
    size_t size;    /* bytes; 0 only at the end of the text */
    size_t columns; /* 0, 1 or 2 */
};

/** The first cluster of text. */
struct text_cluster text_cluster_first(struct oim_slice text);

size_t text_columns(struct oim_slice text);

/** Bytes of the longest beginning of text, in whole clusters, that takes at most columns_max. */
size_t text_fit(struct oim_slice text, size_t columns_max, size_t *out_columns);

/** Append text, cut to columns_max with a final U+2026 when it is longer. Errors: OIM_ERR_LIMIT, nothing
 * appended. */
OIM_MUST_CHECK enum oim_status text_truncate(struct oim_buf *out, struct oim_slice text, size_t columns_max);

/** Append text as exactly columns columns: cut as text_truncate does, or filled up with blanks on the right.
 */
OIM_MUST_CHECK enum oim_status text_pad(struct oim_buf *out, struct oim_slice text, size_t columns);

#endif
