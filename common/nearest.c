#include "common/nearest.h"

#include <string.h>

static char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

static size_t smallest(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t nearest_distance(const char *a, const char *b)
{
    size_t a_size = strlen(a);
    size_t b_size = strlen(b);
    if (a_size > NEAREST_WORD_SIZE_MAX || b_size > NEAREST_WORD_SIZE_MAX) {
        return NEAREST_WORD_SIZE_MAX;
    }
    /* Three rows of the table are enough: a swap looks two rows back. */
    size_t rows[3][NEAREST_WORD_SIZE_MAX + 1];
    for (size_t column = 0; column <= b_size; column++) {
        rows[0][column] = column;
    }
    for (size_t row = 1; row <= a_size; row++) {
        size_t *current = rows[row % 3];
        const size_t *previous = rows[(row + 2) % 3];
        const size_t *before = rows[(row + 1) % 3];
        current[0] = row;
        for (size_t column = 1; column <= b_size; column++) {
            char left = lower(a[row - 1]);
            char right = lower(b[column - 1]);
            size_t best = previous[column - 1] + (left != right);
            best = smallest(best, previous[column] + 1);
            best = smallest(best, current[column - 1] + 1);
            if (row > 1 && column > 1 && left == lower(b[column - 2]) && lower(a[row - 2]) == right) {
                best = smallest(best, before[column - 2] + 1);
            }
            current[column] = best;
        }
    }
    return rows[a_size % 3][b_size];
}

void nearest_init(struct nearest *nearest, const char *word)
{
    *nearest = (struct nearest){.word = word, .best_distance = NEAREST_WORD_SIZE_MAX};
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
    size_t distance = nearest_distance(nearest->word, candidate);
    size_t allowed = 1 + strlen(nearest->word) / 3;
    if (distance <= allowed && distance < strlen(candidate) && distance < nearest->best_distance) {
        nearest->best = candidate;
        nearest->best_distance = distance;
    }
}
