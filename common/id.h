/*
 * id.h - 16-byte names of organisations, people, devices, messages and invites.
 *
 * Text form: Crockford base32, lower case, 26 letters (130 bits, the last two zero); people type the first
 * four or more. Source: https://www.crockford.com/base32.html; BLUEPRINT F10.
 */
#ifndef OIM_COMMON_ID_H
#define OIM_COMMON_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attr.h"
#include "common/status.h"

#define OIM_ID_SIZE 16
#define OIM_ID_TEXT_SIZE 27       /* with the terminator */
#define OIM_ID_SHORT_LETTERS 6    /* as shown on screens */
#define OIM_ID_PREFIX_LETTERS_MIN 4

struct oim_id {
    uint8_t bytes[OIM_ID_SIZE];
};

bool oim_id_equal(const struct oim_id *a, const struct oim_id *b);
bool oim_id_is_zero(const struct oim_id *id);
int oim_id_compare(const struct oim_id *a, const struct oim_id *b); /* as memcmp */
void oim_id_to_text(const struct oim_id *id, char out_text[OIM_ID_TEXT_SIZE]);
/** The whole 26 letters. Errors: OIM_ERR_PROTOCOL. i l o and upper case are read as Crockford says. */
OIM_MUST_CHECK enum oim_status oim_id_from_text(const char *text, struct oim_id *out_id);
/** True when the text form of id begins with prefix (at least four letters, read leniently). */
bool oim_id_has_prefix(const struct oim_id *id, const char *prefix);

#endif
