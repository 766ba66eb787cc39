#include "policy/name.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "common/nearest.h"

bool name_equal(const char *a, const char *b)
{
    return strcasecmp(a, b) == 0;
}

bool name_has_prefix(const char *name, const char *prefix)
{
    return strncasecmp(name, prefix, strlen(prefix)) == 0;
}

struct name_search name_search(const char *wanted, name_at_fn *name_at, const void *table)
{
    struct name_search result = {.found = false};
    struct nearest nearest;
    nearest_init(&nearest, wanted);
    for (size_t i = 0; name_at(table, i) != NULL; i++) {
        const char *candidate = name_at(table, i);
        if (name_equal(candidate, wanted)) {
            return (struct name_search){.found = true, .index = i, .prefix_count = 1};
        }
        if (wanted[0] != '\0' && name_has_prefix(candidate, wanted)) {
            result.prefix_count++;
            result.index = i;
        }
        nearest_offer(&nearest, candidate);
    }
    result.found = result.prefix_count == 1;
    result.suggestion = result.prefix_count == 0 ? nearest.best : NULL;
    return result;
}

void name_list(const char *prefix, name_at_fn *name_at, const void *table, char *out, size_t out_size)
{
    static const char more[] = ", ...";
    assert(out_size > sizeof(more));

    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; name_at(table, i) != NULL; i++) {
        const char *candidate = name_at(table, i);
        if (!name_has_prefix(candidate, prefix)) {
            continue;
        }
        size_t comma = used != 0 ? 2 : 0;
        size_t size = strlen(candidate);
        if (used + comma + size + sizeof(more) > out_size) {
            const char *tail = used != 0 ? more : more + 2;
            memcpy(out + used, tail, strlen(tail) + 1);
            return;
        }
        memcpy(out + used, ", ", comma);
        memcpy(out + used + comma, candidate, size + 1);
        used += comma + size;
    }
}
