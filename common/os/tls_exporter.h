/*
 * tls_exporter.h - the 32 bytes that only the two ends of one TLS 1.3 connection can know (RFC 9266).
 *
 * Both shells sign over them, so that a session cannot be carried over to another connection. A header,
 * because only the two users of OpenSSL shall link it.
 */
#ifndef OIM_COMMON_OS_TLS_EXPORTER_H
#define OIM_COMMON_OS_TLS_EXPORTER_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#define TLS_EXPORTER_SIZE 32

/** False when ssl is no finished TLS 1.3 connection; out is untouched then. */
static inline bool tls_exporter_read(SSL *ssl, uint8_t out[TLS_EXPORTER_SIZE])
{
    static const char label[] = "EXPORTER-Channel-Binding";
    return ssl != NULL && SSL_version(ssl) == TLS1_3_VERSION &&
           SSL_export_keying_material(ssl, out, TLS_EXPORTER_SIZE, label, sizeof(label) - 1, NULL, 0, 0) == 1;
}

#endif
