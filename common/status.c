/*
 * status.c - the one table from a status to its name, its wire code and its WebSocket close code.
 *
 * Wire codes are a contract with every client ever built: add at the end, never renumber, never reuse.
 * Close codes are those of RFC 6455 (7.4.1) and IANA's registry where one fits; where none does, the private
 * range's 4000 plus the wire code.
 */
#include "common/status.h"

#include <stddef.h>

#include "common/attr.h"

#define CLOSE_NORMAL 1000
#define CLOSE_PROTOCOL 1002
#define CLOSE_POLICY 1008
#define CLOSE_TOO_BIG 1009
#define CLOSE_INTERNAL 1011
#define CLOSE_TRY_AGAIN 1013
#define CLOSE_PRIVATE 4000

struct status_row {
    const char *name;
    uint16_t wire_code;
    uint16_t close_code;
};

static const struct status_row status_rows[OIM_STATUS_COUNT] = {
    [OIM_OK] = {"ok", 0, CLOSE_NORMAL},
    [OIM_AGAIN] = {"again", 1, CLOSE_TRY_AGAIN},
    [OIM_ERR_PROTOCOL] = {"protocol", 2, CLOSE_PROTOCOL},
    [OIM_ERR_AUTH] = {"auth", 3, CLOSE_POLICY},
    [OIM_ERR_DENIED] = {"denied", 4, CLOSE_POLICY},
    [OIM_ERR_NOT_FOUND] = {"not_found", 5, CLOSE_PRIVATE + 5},
    [OIM_ERR_CONFLICT] = {"conflict", 6, CLOSE_PRIVATE + 6},
    [OIM_ERR_LIMIT] = {"limit", 7, CLOSE_TOO_BIG},
    [OIM_ERR_USAGE] = {"usage", 8, CLOSE_PRIVATE + 8},
    [OIM_ERR_TRUST] = {"trust", 9, CLOSE_PRIVATE + 9},
    [OIM_ERR_STORAGE] = {"storage", 10, CLOSE_INTERNAL},
    [OIM_ERR_IO] = {"io", 11, CLOSE_INTERNAL},
};

static const struct status_row *row_of(enum oim_status status)
{
    if ((unsigned)status >= OIM_STATUS_COUNT) {
        return NULL;
    }
    return &status_rows[status];
}

const char *oim_status_name(enum oim_status status)
{
    const struct status_row *row = row_of(status);
    return row == NULL ? "unknown" : row->name;
}

uint32_t oim_status_wire_code(enum oim_status status)
{
    const struct status_row *row = row_of(status);
    return row == NULL ? status_rows[OIM_ERR_IO].wire_code : row->wire_code;
}

enum oim_status oim_status_from_wire(uint32_t wire_code)
{
    for (size_t i = 0; i < OIM_COUNT(status_rows); i++) {
        if (status_rows[i].wire_code == wire_code) {
            return (enum oim_status)i;
        }
    }
    return OIM_ERR_PROTOCOL;
}

uint16_t oim_status_close_code(enum oim_status status)
{
    const struct status_row *row = row_of(status);
    return row == NULL ? CLOSE_INTERNAL : row->close_code;
}
