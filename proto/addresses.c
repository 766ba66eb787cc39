/*
 * addresses.c - rows of the list of ways, and its signature.
 */
#include "proto/addresses.h"

#include "proto/oim.pb-c.h"
#include "proto/tables.h"

enum { SPKI_SIZE = 32, FIELD_COUNT_MAX = 8 * WAY_COUNT_MAX, LIST_SIZE_MAX = 8000 };

#define OUR struct way
static const struct wire_field way_rows[] = {
    {TEXT(1, host_port, HOST_PORT_SIZE_MAX - 1), MUST},
    {ENUM(2, mode, WAY_PROXY), MUST},
    {BYTES(3, spki, SPKI_SIZE), EXACT},
};
static const struct wire_message wire_way = WIRE_TABLE("Way", way, way_rows);
#undef OUR

#define OUR struct address_list
static const struct wire_field address_list_rows[] = {
    {U64(1, version), MUST},
    {MESSAGES(2, ways, way_count, WAY_COUNT_MAX, wire_way)},
};
const struct wire_message wire_address_list =
    WIRE_TABLE("AddressList", address_list, address_list_rows);
#undef OUR

enum oim_status address_list_encode(const struct address_list *list, struct oim_buf *out)
{
    return wire_encode(&wire_address_list, list, LIST_SIZE_MAX, out);
}

enum oim_status address_list_decode(struct oim_slice bytes, struct oim_arena *arena, struct address_list *out,
                                    struct oim_error *err)
{
    return wire_decode(&wire_address_list, bytes, FIELD_COUNT_MAX, arena, out, err);
}

void addresses_sign(const struct oim_id *org_id, struct oim_slice body, const struct sign_secret *server_key,
                    struct signature *out)
{
    const struct oim_slice parts[] = {oim_slice(org_id->bytes, OIM_ID_SIZE), body};

    crypto_sign_parts(server_key, "OIM-addresses-v1", parts, OIM_COUNT(parts), out);
}

bool addresses_verify(const struct oim_id *org_id, struct oim_slice body,
                      const struct sign_public *server_key, const struct signature *sig)
{
    const struct oim_slice parts[] = {oim_slice(org_id->bytes, OIM_ID_SIZE), body};

    return crypto_verify_parts(server_key, "OIM-addresses-v1", parts, OIM_COUNT(parts), sig);
}
