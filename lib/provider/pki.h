/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files about keys, certificates and signatures share. Nothing here belongs to an engine:
 * a key and a trust each have an OSSL_LIB_CTX of their own. Functions that return an int return an
 * IKEV1_... status; whoever is called from outside keeps the error queue as it was.
 */
#ifndef IKE_PROVIDER_PKI_H
#define IKE_PROVIDER_PKI_H

#include <ikev1/openssl.h>

#ifndef OPENSSL_NO_DEPRECATED
#define OPENSSL_NO_DEPRECATED
#endif

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

enum {
    IKE_CERT_DIGEST = 32,        /* SHA-256 of a certificate's DER */
    IKE_CERT_CACHE = 64,         /* decoded certificates that are kept */
    IKE_CERT_CACHED_SIZE = 8192, /* none of more bytes is kept */
    IKE_CERT_BYTES = 65536,      /* of all certificates and CRLs of a message (CRT-02) */
    IKE_CRLS = 4,                /* of a message; what comes behind them is ignored */
};

/* ---- openssl_sign.c ---- */

/* Whether a key is one that we use at all, of either side: RSA from 2048 to 8192 bits with a sound
 * exponent, DSA, or a named curve of RFC 4754 (CRT-07). */
bool ike_openssl_key_sound(const EVP_PKEY *key);
/* Whether it is of the method IKEV1_AUTH_... */
bool ike_openssl_key_fits(const EVP_PKEY *key, uint16_t auth);
/* The key must fit. IKEV1_OK or of class CRYPTO, LIMIT. */
int ike_openssl_sign(OSSL_LIB_CTX *lib, EVP_PKEY *key, const ikev1_signature *what, uint8_t *out,
                     size_t *len);
/* The key must fit. IKEV1_OK, IKEV1_E_AUTH, IKEV1_E_MEMORY. */
int ike_openssl_verify(OSSL_LIB_CTX *lib, EVP_PKEY *key, const ikev1_signature *what);
/* `otherwise`, unless the last thing that failed was an allocation. */
int ike_openssl_failure(int otherwise);

/* ---- openssl_identity.c ---- */

/* Whether the certificate's subject or subjectAltName holds the identity: RFC 4945 3.1. */
bool ike_openssl_names(const X509 *cert, const ikev1_id *id);
/* Whether its key may sign for IKE: RFC 4945 5.1.3.2, 5.1.3.12. */
bool ike_openssl_may_sign(X509 *cert);

/* ---- openssl_text.c: printable, cut off where the field ends ---- */

void ike_openssl_text(char out[IKEV1_WHY_TEXT], const char *text);
void ike_openssl_text_name(char out[IKEV1_WHY_TEXT], const X509_NAME *name);
void ike_openssl_text_id(char out[IKEV1_WHY_TEXT], const ikev1_id *id);

/* ---- openssl_chain.c: the certificates of one message ---- */

struct ike_cached_cert {
    uint8_t digest[IKE_CERT_DIGEST];
    X509 *cert;    /* NULL = free */
    uint64_t used; /* ikev1_trust.uses when it was last asked for */
};

struct ikev1_trust {
    OSSL_LIB_CTX *lib;
    EVP_MD *sha256;
    X509_STORE *store; /* anchors and CRLs */
    int64_t now;
    bool has_time;
    /* Decoding a certificate is dearer than all signatures of its chain. What is kept is the
     * decoded form, never a decision: dates and CRLs count anew each time. */
    struct ike_cached_cert cache[IKE_CERT_CACHE];
    uint64_t uses;
};

struct ike_presented {
    STACK_OF(X509) * certs;
    STACK_OF(X509_CRL) * crls; /* nothing about them is proven yet */
    /* Of those that came alone, by index. */
    uint8_t digests[IKEV1_MAX_CERTS][IKE_CERT_DIGEST];
    bool cacheable[IKEV1_MAX_CERTS];
};

/* Decodes what may be of use; the rest is ignored. IKEV1_OK or IKEV1_E_MEMORY. */
int ike_openssl_collect(ikev1_trust *trust, const ikev1_signature *what, struct ike_presented *p);
/* Keeps their decoded forms: only for a peer that has authenticated itself, so that nobody else can
 * drive others out. */
void ike_openssl_keep(ikev1_trust *trust, const struct ike_presented *p);
void ike_openssl_presented_free(struct ike_presented *p);
void ike_openssl_cache_free(ikev1_trust *trust);
/* One certificate in DER, to its last byte, with a sound key; NULL = it is none. */
X509 *ike_openssl_decode(OSSL_LIB_CTX *lib, ikev1_bytes der);

/* ---- openssl_crl.c ---- */

/* One CRL in DER, to its last byte; NULL = it is none. */
X509_CRL *ike_openssl_decode_crl(OSSL_LIB_CTX *lib, ikev1_bytes der);
/* The first certificate of a path, its leaf first and its anchor last, that a CRL of the peer
 * revokes; NULL = none. The path has been accepted under the host's own CRLs.
 * IKEV1_OK or IKEV1_E_MEMORY: then nothing is known. */
int ike_openssl_revoked(const ikev1_trust *trust, STACK_OF(X509_CRL) * crls, STACK_OF(X509) * path,
                        const X509 **revoked);

#endif
