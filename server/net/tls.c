#include "server/net/tls.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static void key_freep(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void certificate_freep(X509 **certificate)
{
    X509_free(*certificate);
}

static void stream_closep(FILE **stream)
{
    if (*stream != NULL) {
        (void)fclose(*stream);
    }
}

static enum oim_status fail_openssl(struct oim_error *err, const char *what)
{
    char text[256];
    ERR_error_string_n(ERR_get_error(), text, sizeof(text));
    return oim_fail(err, OIM_ERR_IO, "cannot %s: %s", what, text);
}

/* No expiry (RFC 5280, 4.1.2.5: 99991231235959Z means none), because nobody judges it by its dates. */
static X509 *self_sign(EVP_PKEY *key)
{
    OIM_CLEANUP(certificate_freep) X509 *certificate = X509_new();
    if (certificate == NULL || X509_set_version(certificate, X509_VERSION_3) != 1 ||
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) != 1 ||
        ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate), "20200101000000Z") != 1 ||
        ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), "99991231235959Z") != 1 ||
        X509_set_pubkey(certificate, key) != 1) {
        return NULL;
    }
    X509_NAME *name = X509_get_subject_name(certificate);
    if (X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"oimd", -1, -1, 0) != 1 ||
        X509_set_issuer_name(certificate, name) != 1 || X509_sign(certificate, key, NULL) == 0) {
        return NULL;
    }
    return OIM_TAKE(certificate);
}

enum oim_status tls_identity_init(struct tls_identity *identity, struct oim_error *err)
{
    *identity = (struct tls_identity){.fd = -1};
    OIM_CLEANUP(key_freep) EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (key == NULL) {
        return fail_openssl(err, "make a TLS key");
    }
    OIM_CLEANUP(certificate_freep) X509 *certificate = self_sign(key);
    if (certificate == NULL) {
        return fail_openssl(err, "make a TLS certificate");
    }
    int fd = memfd_create("oimd-tls", MFD_CLOEXEC);
    if (fd < 0) {
        return oim_fail(err, OIM_ERR_IO, "memfd_create: %m");
    }
    identity->fd = fd;
    (void)snprintf(identity->path, sizeof(identity->path), "/proc/self/fd/%d", fd);

    OIM_CLEANUP(stream_closep) FILE *stream = fopen(identity->path, "w");
    if (stream == NULL || PEM_write_X509(stream, certificate) != 1 ||
        PEM_write_PrivateKey(stream, key, NULL, NULL, 0, NULL, NULL) != 1 || fflush(stream) != 0) {
        tls_identity_finish(identity);
        return oim_fail(err, OIM_ERR_IO, "cannot keep the TLS certificate in memory: is /proc mounted?");
    }
    return OIM_OK;
}

void tls_identity_finish(struct tls_identity *identity)
{
    if (identity->fd > 0) {
        (void)close(identity->fd);
    }
    *identity = (struct tls_identity){.fd = -1};
}
