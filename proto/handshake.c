/*
 * handshake.c - the fixed byte layouts that both ends sign: transcript, device proof, administrative
 * requests.
 *
 * Every layout is the concatenation of fixed-size parts in the order of SECURITY.md 2.2, so no two different
 * inputs give the same bytes.
 */
#include "proto/handshake.h"

#include <assert.h>

#include "common/bytes.h"

#define SLICE_OF(field) oim_slice((field).bytes, sizeof((field).bytes))

void handshake_transcript(const struct frame_hello *hello, const struct frame_server_hello *server_hello,
                          const uint8_t cb[CB_SIZE], struct oim_hash *out_th)
{
    static const uint8_t no_binding[CB_SIZE];
    uint8_t version[4], log_seq[8];
    uint8_t cb_type = (uint8_t)hello->cb_type;

    assert(hello->cb_type == CB_NONE || hello->cb_type == CB_TLS_EXPORTER); /* ours: judged at the Hello */
    oim_put_be32(version, server_hello->version);
    oim_put_be64(log_seq, server_hello->log_seq);
    const struct oim_slice parts[] = {
        SLICE_OF(server_hello->org_id),
        oim_slice(version, sizeof(version)),
        SLICE_OF(hello->client_nonce),
        SLICE_OF(server_hello->server_nonce),
        SLICE_OF(server_hello->server_pub),
        SLICE_OF(server_hello->server_epoch),
        oim_slice(log_seq, sizeof(log_seq)),
        SLICE_OF(server_hello->log_head),
        oim_slice(&cb_type, 1),
        oim_slice(cb_type == CB_NONE ? no_binding : cb, CB_SIZE),
    };
    crypto_hash256("OIM-hs-v1", parts, OIM_COUNT(parts), out_th);
}

void handshake_server_sign(const struct oim_hash *th, const struct sign_secret *server_key,
                           struct signature *out)
{
    const struct oim_slice part = SLICE_OF(*th);

    crypto_sign_parts(server_key, "OIM-hs-server-v1", &part, 1, out);
}

bool handshake_server_verify(const struct oim_hash *th, const struct sign_public *server_key,
                             const struct signature *sig)
{
    const struct oim_slice part = SLICE_OF(*th);

    return crypto_verify_parts(server_key, "OIM-hs-server-v1", &part, 1, sig);
}

void handshake_device_sign(const struct oim_hash *th, const struct oim_id *device_id, uint64_t conn_counter,
                           const struct sign_secret *device_key, struct signature *out)
{
    uint8_t counter[8];

    oim_put_be64(counter, conn_counter);
    const struct oim_slice parts[] = {SLICE_OF(*th), SLICE_OF(*device_id),
                                      oim_slice(counter, sizeof(counter))};
    crypto_sign_parts(device_key, "OIM-hs-device-v1", parts, OIM_COUNT(parts), out);
}

bool handshake_device_verify(const struct oim_hash *th, const struct oim_id *device_id, uint64_t conn_counter,
                             const struct sign_public *device_key, const struct signature *sig)
{
    uint8_t counter[8];

    oim_put_be64(counter, conn_counter);
    const struct oim_slice parts[] = {SLICE_OF(*th), SLICE_OF(*device_id),
                                      oim_slice(counter, sizeof(counter))};
    return crypto_verify_parts(device_key, "OIM-hs-device-v1", parts, OIM_COUNT(parts), sig);
}

void admin_sign(const struct oim_id *org_id, uint64_t admin_no, struct oim_slice body,
                const struct sign_secret *device_key, struct signature *out)
{
    uint8_t number[8];

    oim_put_be64(number, admin_no);
    const struct oim_slice parts[] = {SLICE_OF(*org_id), oim_slice(number, sizeof(number)), body};
    crypto_sign_parts(device_key, "OIM-admin-v1", parts, OIM_COUNT(parts), out);
}

bool admin_verify(const struct oim_id *org_id, uint64_t admin_no, struct oim_slice body,
                  const struct sign_public *device_key, const struct signature *sig)
{
    uint8_t number[8];

    oim_put_be64(number, admin_no);
    const struct oim_slice parts[] = {SLICE_OF(*org_id), oim_slice(number, sizeof(number)), body};
    return crypto_verify_parts(device_key, "OIM-admin-v1", parts, OIM_COUNT(parts), sig);
}
