/*
 * id.c - comparison and text form of 16-byte ids.
 */
#include "common/id.h"

#include <stdint.h>
#include <string.h>

#define LETTER_COUNT (OIM_ID_TEXT_SIZE - 1)

static const char crockford_letters[] = "0123456789abcdefghjkmnpqrstvwxyz";

_Static_assert(sizeof(crockford_letters) - 1 == 32, "five bits a letter");
_Static_assert(LETTER_COUNT * 5 == OIM_ID_SIZE * 8 + 2, "the last letter carries two zero bits");

bool oim_id_equal(const struct oim_id *a, const struct oim_id *b)
{
    return memcmp(a->bytes, b->bytes, OIM_ID_SIZE) == 0;
}

bool oim_id_is_zero(const struct oim_id *id)
{
    static const struct oim_id zero;
    return oim_id_equal(id, &zero);
}

int oim_id_compare(const struct oim_id *a, const struct oim_id *b)
{
    return memcmp(a->bytes, b->bytes, OIM_ID_SIZE);
}

void oim_id_to_text(const struct oim_id *id, char out_text[OIM_ID_TEXT_SIZE])
{
    uint32_t bits = 0;
    unsigned bit_count = 0;
    size_t next = 0;
    for (size_t i = 0; i < LETTER_COUNT; i++) {
        if (bit_count < 5) {
            bits = (bits << 8) | (next < OIM_ID_SIZE ? id->bytes[next] : 0);
            next++;
            bit_count += 8;
        }
        bit_count -= 5;
        out_text[i] = crockford_letters[(bits >> bit_count) & 31];
    }
    out_text[LETTER_COUNT] = '\0';
}

/* The value of a letter as Crockford reads it: either case, i and l for 1, o for 0; -1 for any other. */
static int letter_value(char letter)
{
    char lower = letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
    if (lower == 'i' || lower == 'l') {
        return 1;
    }
    if (lower == 'o') {
        return 0;
    }
    const char *found = lower == '\0' ? NULL : strchr(crockford_letters, lower);
    return found == NULL ? -1 : (int)(found - crockford_letters);
}

enum oim_status oim_id_from_text(const char *text, struct oim_id *out_id)
{
    struct oim_id id = {{0}};
    uint32_t bits = 0;
    unsigned bit_count = 0;
    size_t filled = 0;
    for (size_t i = 0; i < LETTER_COUNT; i++) {
        int value = letter_value(text[i]);
        if (value < 0) {
            return OIM_ERR_PROTOCOL;
        }
        bits = (bits << 5) | (uint32_t)value;
        bit_count += 5;
        if (bit_count >= 8 && filled < OIM_ID_SIZE) {
            bit_count -= 8;
            id.bytes[filled++] = (uint8_t)(bits >> bit_count);
        }
    }
    if (text[LETTER_COUNT] != '\0' || (bits & 3) != 0) {
        return OIM_ERR_PROTOCOL;
    }
    *out_id = id;
    return OIM_OK;
}

bool oim_id_has_prefix(const struct oim_id *id, const char *prefix)
{
    char text[OIM_ID_TEXT_SIZE];
    oim_id_to_text(id, text);
    size_t length = 0;
    for (; prefix[length] != '\0'; length++) {
        if (length == LETTER_COUNT || letter_value(prefix[length]) != letter_value(text[length])) {
            return false;
        }
    }
    return length >= OIM_ID_PREFIX_LETTERS_MIN;
}
