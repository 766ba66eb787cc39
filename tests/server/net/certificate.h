/*
 * certificate.h - certificates as a server in front may have them: of this authority or that, for this name,
 * until then.
 */
#ifndef OIM_TESTS_SERVER_NET_CERTIFICATE_H
#define OIM_TESTS_SERVER_NET_CERTIFICATE_H

#include <stdint.h>

struct certificate_want {
    const char *issuer; /* file of the authority that signs it; NULL: signed by itself, an authority */
    const char *name;   /* as in subjectAltName, "IP:0.0.0.0"; NULL: none */
    long from_s, to_s;  /* valid, seen from now */
};

/* A new key and its certificate, in one PEM file; spki: SHA-256 of its SubjectPublicKeyInfo, or NULL. */
void certificate_make(const char *path, const struct certificate_want *want, uint8_t spki[32]);

#endif
