/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificates of one message: alone or in PKCS #7 bundles. What is of another encoding, is not
 * one, or has a key that we would not use is ignored (RFC 4945 3.3.10, CRT-01, CRT-07): then the
 * chain ends there. CRLs are collected from both places: openssl_crl.c says which of them count.
 */
#include <string.h>

#include <openssl/pkcs7.h>

#include "provider/pki.h"

X509 *ike_openssl_decode(OSSL_LIB_CTX *lib, ikev1_bytes der) {
    X509 *cert = X509_new_ex(lib, NULL);
    const uint8_t *p = der.data;
    EVP_PKEY *key;

    /* On failure d2i frees it and clears the pointer. */
    if (cert == NULL || d2i_X509(&cert, &p, (long)der.len) == NULL)
        return NULL;
    key = X509_get0_pubkey(cert);
    if (p == der.data + der.len && key != NULL && ike_openssl_key_sound(key) &&
        X509_check_purpose(cert, -1, 0) == 1) /* all extensions can be read */
        return cert;
    X509_free(cert);
    return NULL;
}

/* ---- decoded before ---- */

static X509 *cached(ikev1_trust *trust, const uint8_t digest[IKE_CERT_DIGEST]) {
    for (size_t i = 0; i < IKE_CERT_CACHE; i++) {
        struct ike_cached_cert *entry = &trust->cache[i];

        if (entry->cert != NULL && memcmp(entry->digest, digest, IKE_CERT_DIGEST) == 0 &&
            X509_up_ref(entry->cert) == 1) {
            entry->used = ++trust->uses;
            return entry->cert;
        }
    }
    return NULL;
}

/* A free place, else that of what was not asked for longest. */
static struct ike_cached_cert *place(ikev1_trust *trust) {
    struct ike_cached_cert *oldest = &trust->cache[0];

    for (size_t i = 1; i < IKE_CERT_CACHE && oldest->cert != NULL; i++)
        if (trust->cache[i].cert == NULL || trust->cache[i].used < oldest->used)
            oldest = &trust->cache[i];
    return oldest;
}

static void keep(ikev1_trust *trust, const uint8_t digest[IKE_CERT_DIGEST], X509 *cert) {
    X509 *known = cached(trust, digest);
    struct ike_cached_cert *entry;

    X509_free(known); /* the reference just got; the cache has its own */
    if (known != NULL || X509_up_ref(cert) != 1)
        return;
    entry = place(trust);
    X509_free(entry->cert);
    memcpy(entry->digest, digest, IKE_CERT_DIGEST);
    entry->cert = cert;
    entry->used = ++trust->uses;
}

void ike_openssl_keep(ikev1_trust *trust, const struct ike_presented *p) {
    for (int i = 0; i < sk_X509_num(p->certs); i++)
        if (p->cacheable[i])
            keep(trust, p->digests[i], sk_X509_value(p->certs, i));
}

void ike_openssl_cache_free(ikev1_trust *trust) {
    for (size_t i = 0; i < IKE_CERT_CACHE; i++)
        X509_free(trust->cache[i].cert);
}

/* ---- of this message ---- */

/* Takes the reference. */
static int push(struct ike_presented *p, X509 *cert) {
    if (sk_X509_push(p->certs, cert) > 0)
        return IKEV1_OK;
    X509_free(cert);
    return IKEV1_E_MEMORY;
}

static int add_cert(ikev1_trust *trust, struct ike_presented *p, ikev1_bytes der) {
    const int at = sk_X509_num(p->certs);
    X509 *cert;

    if (EVP_Digest(der.data, der.len, p->digests[at], NULL, trust->sha256, NULL) != 1)
        return ike_openssl_failure(IKEV1_E_PROVIDER);
    for (int i = 0; i < at; i++) /* CRT-02: the same one again */
        if (memcmp(p->digests[i], p->digests[at], IKE_CERT_DIGEST) == 0)
            return IKEV1_OK;
    cert = cached(trust, p->digests[at]);
    if (cert == NULL)
        cert = ike_openssl_decode(trust->lib, der);
    if (cert == NULL)
        return ike_openssl_failure(IKEV1_OK);
    p->cacheable[at] = der.len <= IKE_CERT_CACHED_SIZE;
    return push(p, cert);
}

static bool usable(X509 *cert) {
    const EVP_PKEY *key = X509_get0_pubkey(cert);

    return key != NULL && ike_openssl_key_sound(key) && X509_check_purpose(cert, -1, 0) == 1;
}

static int add_all(struct ike_presented *p, STACK_OF(X509) * certs) {
    int status = IKEV1_OK;

    for (int i = 0; i < sk_X509_num(certs) && status == IKEV1_OK; i++) {
        X509 *cert = sk_X509_value(certs, i);

        if (sk_X509_num(p->certs) == IKEV1_MAX_CERTS)
            break;
        if (usable(cert))
            status = X509_up_ref(cert) == 1 ? push(p, cert) : IKEV1_E_MEMORY;
    }
    return status;
}

static int add_crl(ikev1_trust *trust, struct ike_presented *p, ikev1_bytes der) {
    X509_CRL *crl;

    if (sk_X509_CRL_num(p->crls) == IKE_CRLS)
        return IKEV1_OK;
    crl = ike_openssl_decode_crl(trust->lib, der);
    if (crl == NULL)
        return ike_openssl_failure(IKEV1_OK);
    if (sk_X509_CRL_push(p->crls, crl) > 0)
        return IKEV1_OK;
    X509_CRL_free(crl);
    return IKEV1_E_MEMORY;
}

/* Decoded again: within a bundle they belong to OpenSSL's default context. */
static int add_all_crls(ikev1_trust *trust, struct ike_presented *p, STACK_OF(X509_CRL) * crls) {
    int status = IKEV1_OK;

    for (int i = 0; i < sk_X509_CRL_num(crls) && i < IKE_CRLS && status == IKEV1_OK; i++) {
        uint8_t *der = NULL;
        int len = i2d_X509_CRL(sk_X509_CRL_value(crls, i), &der);

        status = len > 0 ? add_crl(trust, p, (ikev1_bytes){der, (size_t)len})
                         : ike_openssl_failure(IKEV1_OK);
        OPENSSL_free(der);
    }
    return status;
}

/* RFC 4945 3.3.4. Its certificates and CRLs count: whatever it signs is not looked at. */
static int add_bundle(ikev1_trust *trust, struct ike_presented *p, ikev1_bytes der) {
    PKCS7 *bundle = PKCS7_new_ex(trust->lib, NULL);
    const uint8_t *at = der.data;
    int status = IKEV1_OK;

    if (bundle == NULL)
        return IKEV1_E_MEMORY;
    if (d2i_PKCS7(&bundle, &at, (long)der.len) == NULL)
        return ike_openssl_failure(IKEV1_OK);
    if (at == der.data + der.len && PKCS7_type_is_signed(bundle) && bundle->d.sign != NULL) {
        status = add_all(p, bundle->d.sign->cert);
        if (status == IKEV1_OK)
            status = add_all_crls(trust, p, bundle->d.sign->crl);
    }
    PKCS7_free(bundle);
    return status;
}

int ike_openssl_collect(ikev1_trust *trust, const ikev1_signature *what, struct ike_presented *p) {
    size_t total = 0;
    int status = IKEV1_OK;

    *p = (struct ike_presented){.certs = sk_X509_new_reserve(NULL, IKEV1_MAX_CERTS),
                                .crls = sk_X509_CRL_new_reserve(NULL, IKE_CRLS)};
    if (p->certs == NULL || p->crls == NULL)
        return IKEV1_E_MEMORY;
    for (size_t i = 0; i < what->cert_count && i < IKEV1_MAX_CERTS && status == IKEV1_OK; i++) {
        const ikev1_cert *cert = &what->certs[i];

        if (cert->data.len > IKE_CERT_BYTES - total || sk_X509_num(p->certs) == IKEV1_MAX_CERTS)
            break;
        total += cert->data.len;
        if (cert->encoding == IKEV1_CERT_X509_SIGNATURE)
            status = add_cert(trust, p, cert->data);
        else if (cert->encoding == IKEV1_CERT_PKCS7)
            status = add_bundle(trust, p, cert->data);
        else if (cert->encoding == IKEV1_CERT_CRL)
            status = add_crl(trust, p, cert->data);
    }
    return status;
}

void ike_openssl_presented_free(struct ike_presented *p) {
    sk_X509_pop_free(p->certs, X509_free);
    sk_X509_CRL_pop_free(p->crls, X509_CRL_free);
}
