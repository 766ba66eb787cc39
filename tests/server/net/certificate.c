#include "tests/server/net/certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "tests/support/check.h"

static void add_extension(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    CHECK(extension != NULL && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static void read_issuer(const char *path, X509 **out_certificate, EVP_PKEY **out_key)
{
    FILE *file = fopen(path, "r");
    CHECK(file != NULL);
    *out_certificate = PEM_read_X509(file, NULL, NULL, NULL);
    *out_key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    CHECK(*out_certificate != NULL && *out_key != NULL);
    (void)fclose(file);
}

static void write_both(const char *path, X509 *certificate, EVP_PKEY *key)
{
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && PEM_write_X509(file, certificate) == 1 &&
          PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
    CHECK_EQ(fclose(file), 0);
}

void certificate_make(const char *path, const struct certificate_want *want, uint8_t spki[32])
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    X509 *certificate = X509_new();
    X509 *issuer = certificate;
    EVP_PKEY *issuer_key = key;
    CHECK(key != NULL && certificate != NULL && X509_set_version(certificate, X509_VERSION_3) == 1);
    if (want->issuer != NULL) {
        read_issuer(want->issuer, &issuer, &issuer_key);
    }
    CHECK(ASN1_INTEGER_set(X509_get_serialNumber(certificate), want->issuer != NULL ? 2 : 1) == 1);
    CHECK(X509_gmtime_adj(X509_getm_notBefore(certificate), want->from_s) != NULL);
    CHECK(X509_gmtime_adj(X509_getm_notAfter(certificate), want->to_s) != NULL);
    CHECK(X509_set_pubkey(certificate, key) == 1);
    const char *subject = want->issuer != NULL ? "a server" : "an authority";
    CHECK(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                                     (const unsigned char *)subject, -1, -1, 0) == 1);
    CHECK(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1);
    add_extension(certificate, NID_basic_constraints, want->issuer != NULL ? "CA:FALSE" : "critical,CA:TRUE");
    if (want->name != NULL) {
        add_extension(certificate, NID_subject_alt_name, want->name);
    }
    CHECK(X509_sign(certificate, issuer_key, NULL) > 0);
    write_both(path, certificate, key);
    if (spki != NULL) {
        unsigned char *der = NULL;
        int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
        CHECK(size > 0 && EVP_Digest(der, (size_t)size, spki, NULL, EVP_sha256(), NULL) == 1);
        OPENSSL_free(der);
    }
    if (want->issuer != NULL) {
        X509_free(issuer);
        EVP_PKEY_free(issuer_key);
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
}
