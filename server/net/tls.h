/*
 * tls.h - the certificate of direct mode: Ed25519, self-signed, made anew at every start.
 *
 * Nobody trusts it. Clients trust the server key of their invite, whose signature covers this connection's
 * TLS exporter (SECURITY.md 3, 2.2), so the certificate may change without anybody noticing and never has to
 * be renewed, stored or backed up. It lives in an anonymous file in memory, because libwebsockets wants a
 * path.
 */
#ifndef OIM_SERVER_NET_TLS_H
#define OIM_SERVER_NET_TLS_H

#include "common/attr.h"
#include "common/error.h"

struct tls_identity {
    int fd;        /* owned; -1: none */
    char path[32]; /* certificate and key in PEM, readable by this process only */
};

/** Errors: OIM_ERR_IO when OpenSSL or the kernel cannot make it. */
OIM_MUST_CHECK enum oim_status tls_identity_init(struct tls_identity *identity, struct oim_error *err);
void tls_identity_finish(struct tls_identity *identity);

#endif
