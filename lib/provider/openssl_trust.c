/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Anchors, CRLs, and the decision about a peer: a path from its certificate to an anchor (RFC 5280
 * 6.1), its identity in that certificate (RFC 4945 3.1), its signature under that certificate's key
 * (CRT-05). Nothing is fetched, and nobody is called back (CRT-09).
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include "provider/pki.h"

enum {
    MAX_PATH = 8,    /* certificates, the peer's and the anchor among them (CRT-02) */
    NO_MD5_SHA1 = 1, /* auth level 1: no certificate under a hash with known collisions */
};

/* ---- paths ---- */

/* Whoever has no CRL loaded is not checked for revocation; any other failure stays one. A search
 * without allocation: a lack of memory must not look like a lack of CRLs. */
static int allow_issuer_without_crl(int ok, X509_STORE_CTX *ctx) {
    X509 *cert = X509_STORE_CTX_get_current_cert(ctx);
    STACK_OF(X509_OBJECT) * objects;

    if (ok == 1 || X509_STORE_CTX_get_error(ctx) != X509_V_ERR_UNABLE_TO_GET_CRL || cert == NULL)
        return ok;
    objects = X509_STORE_get0_objects(X509_STORE_CTX_get0_store(ctx));
    if (X509_OBJECT_idx_by_subject(objects, X509_LU_CRL, X509_get_issuer_name(cert)) >= 0)
        return 0;
    X509_STORE_CTX_set_error(ctx, X509_V_OK);
    return 1;
}

static int refuse(ikev1_why *why, int code, uint8_t payload, uint16_t notify, const char *cite) {
    if (why == NULL)
        return code;
    *why = (ikev1_why){.code = code, .notify = notify, .payload = payload, .cite = cite};
    return code;
}

/* "theirs" is the certificate that is not accepted, "ours" is why. */
static int refuse_path(const X509 *cert, int error, ikev1_why *why) {
    if (error == X509_V_ERR_OUT_OF_MEM)
        return IKEV1_E_MEMORY;
    refuse(why, IKEV1_E_CERT, IKEV1_PAYLOAD_CERT, IKEV1_NOTIFY_INVALID_CERTIFICATE, "RFC 5280 6.1");
    if (why != NULL) {
        if (cert != NULL)
            ike_openssl_text_name(why->theirs, X509_get_subject_name(cert));
        ike_openssl_text(why->ours, X509_verify_cert_error_string(error));
    }
    return IKEV1_E_CERT;
}

static int check_path(const ikev1_trust *trust, X509 *leaf, const struct ike_presented *p,
                      ikev1_why *why) {
    X509_STORE_CTX *ctx = X509_STORE_CTX_new_ex(trust->lib, NULL);
    const X509 *revoked = NULL;
    int status = IKEV1_E_MEMORY;

    if (ctx != NULL && X509_STORE_CTX_init(ctx, trust->store, leaf, p->certs) == 1) {
        X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(ctx), (time_t)trust->now);
        X509_STORE_CTX_set_verify_cb(ctx, allow_issuer_without_crl);
        if (X509_verify_cert(ctx) != 1)
            status = refuse_path(X509_STORE_CTX_get_current_cert(ctx),
                                 X509_STORE_CTX_get_error(ctx), why);
        else
            status = ike_openssl_revoked(trust, p->crls, X509_STORE_CTX_get0_chain(ctx), &revoked);
    }
    if (revoked != NULL)
        status = refuse_path(revoked, X509_V_ERR_CERT_REVOKED, why);
    X509_STORE_CTX_free(ctx);
    return status;
}

/* ---- the peer's own certificate ---- */

/* How far a certificate is from being the peer's. */
enum fitness { NOT_NAMED, NO_SIGNATURES, OTHER_METHOD, FITS };

static enum fitness fitness_of(X509 *cert, const ikev1_signature *what) {
    if (!ike_openssl_names(cert, what->id))
        return NOT_NAMED;
    if (!ike_openssl_may_sign(cert))
        return NO_SIGNATURES;
    return ike_openssl_key_fits(X509_get0_pubkey(cert), what->auth) ? FITS : OTHER_METHOD;
}

/* The first that fits; else that which comes nearest, to tell of it. NULL: there is none. */
static X509 *find_leaf(STACK_OF(X509) * certs, const ikev1_signature *what, enum fitness *best) {
    X509 *leaf = NULL;

    for (int i = 0; i < sk_X509_num(certs) && (leaf == NULL || *best != FITS); i++) {
        enum fitness fitness = fitness_of(sk_X509_value(certs, i), what);

        if (leaf != NULL && fitness <= *best)
            continue;
        leaf = sk_X509_value(certs, i);
        *best = fitness;
    }
    return leaf;
}

/* "theirs" is the identity that is claimed, "ours" the subject that the certificate proves. */
static int refuse_leaf(const X509 *leaf, const ikev1_signature *what, int code, const char *cite,
                       ikev1_why *why) {
    if (code == IKEV1_E_AUTH)
        refuse(why, code, IKEV1_PAYLOAD_SIG, IKEV1_NOTIFY_INVALID_SIGNATURE, cite);
    else
        refuse(why, code, IKEV1_PAYLOAD_CERT, IKEV1_NOTIFY_INVALID_CERTIFICATE, cite);
    if (why != NULL) {
        ike_openssl_text_id(why->theirs, what->id);
        if (leaf != NULL)
            ike_openssl_text_name(why->ours, X509_get_subject_name(leaf));
    }
    return code;
}

static int check_peer(ikev1_trust *trust, const ikev1_signature *what,
                      const struct ike_presented *p, ikev1_why *why) {
    static const char *const CITES[] = {"RFC 4945 3.1", "RFC 4945 5.1.3.2", "RFC 2409 5.1"};
    enum fitness fitness = NOT_NAMED;
    X509 *leaf = find_leaf(p->certs, what, &fitness);
    int status;

    if (leaf == NULL || fitness != FITS)
        return refuse_leaf(leaf, what, ike_openssl_failure(IKEV1_E_CERT), CITES[fitness], why);
    status = check_path(trust, leaf, p, why);
    if (status != IKEV1_OK)
        return status;
    status = ike_openssl_verify(trust->lib, X509_get0_pubkey(leaf), what);
    if (status != IKEV1_OK)
        return refuse_leaf(leaf, what, status, "RFC 2409 5.1", why);
    ike_openssl_keep(trust, p);
    return IKEV1_OK;
}

int ikev1_trust_verify(ikev1_trust *trust, const ikev1_signature *what, ikev1_why *why) {
    struct ike_presented p = {0};
    int status;

    if (trust == NULL || what == NULL || what->id == NULL)
        return refuse(why, IKEV1_E_ARGUMENT, 0, 0, NULL);
    if (!trust->has_time) {
        refuse(why, IKEV1_E_CERT, IKEV1_PAYLOAD_CERT, 0, "RFC 5280 6.1");
        if (why != NULL)
            ike_openssl_text(why->ours, "time of day is not set");
        return IKEV1_E_CERT;
    }
    if (why != NULL)
        *why = (ikev1_why){0};
    ERR_set_mark();
    status = ike_openssl_collect(trust, what, &p);
    if (status == IKEV1_OK)
        status = check_peer(trust, what, &p, why);
    ike_openssl_presented_free(&p);
    ERR_pop_to_mark();
    if (why != NULL)
        why->code = status;
    return status;
}

/* ---- what the host trusts ---- */

static bool prepare(ikev1_trust *trust) {
    X509_VERIFY_PARAM *param;

    trust->lib = OSSL_LIB_CTX_new();
    if (trust->lib == NULL)
        return false;
    trust->sha256 = EVP_MD_fetch(trust->lib, "SHA256", NULL);
    trust->store = X509_STORE_new();
    if (trust->sha256 == NULL || trust->store == NULL)
        return false;
    param = X509_STORE_get0_param(trust->store);
    X509_VERIFY_PARAM_set_depth(param, MAX_PATH - 2); /* those between the peer's and the anchor */
    X509_VERIFY_PARAM_set_auth_level(param, NO_MD5_SHA1);
    /* Every anchor ends a path, its own issuer known or not. */
    return X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_CRL_CHECK |
                                                  X509_V_FLAG_CRL_CHECK_ALL) == 1;
}

int ikev1_trust_new(ikev1_trust **out) {
    struct ikev1_trust *trust;
    bool ready;

    if (out == NULL)
        return IKEV1_E_ARGUMENT;
    *out = NULL;
    trust = calloc(1, sizeof *trust);
    if (trust == NULL)
        return IKEV1_E_MEMORY;
    ERR_set_mark();
    ready = prepare(trust);
    ERR_pop_to_mark();
    if (!ready) {
        ikev1_trust_free(trust);
        return IKEV1_E_MEMORY;
    }
    *out = trust;
    return IKEV1_OK;
}

void ikev1_trust_free(ikev1_trust *trust) {
    if (trust == NULL)
        return;
    ERR_set_mark();
    ike_openssl_cache_free(trust);
    X509_STORE_free(trust->store);
    EVP_MD_free(trust->sha256);
    OSSL_LIB_CTX_free(trust->lib);
    ERR_pop_to_mark();
    free(trust);
}

void ikev1_trust_time(ikev1_trust *trust, int64_t seconds) {
    if (trust == NULL)
        return;
    trust->now = seconds;
    trust->has_time = (int64_t)(time_t)seconds == seconds;
}

/* The DER within PEM of one block, or within itself. A second block would be trusted by the host
 * and not by us, or the other way round: it is refused. */
static uint8_t *unwrap(ikev1_bytes data, const char *wanted, long *len) {
    enum { SEQUENCE = 0x30 };
    BIO *bio =
        data.len > 0 && data.len < INT_MAX ? BIO_new_mem_buf(data.data, (int)data.len) : NULL;
    char *name = NULL, *header = NULL;
    uint8_t *der = NULL, *more = NULL;
    long more_len;

    if (bio != NULL && data.data[0] == SEQUENCE) {
        *len = (long)data.len;
        der = OPENSSL_memdup(data.data, data.len);
    } else if (bio != NULL && PEM_read_bio(bio, &name, &header, &der, len) == 1) {
        bool alone = strcmp(name, wanted) == 0 && header[0] == '\0';

        OPENSSL_free(name);
        OPENSSL_free(header);
        if (PEM_read_bio(bio, &name, &header, &more, &more_len) == 1) {
            OPENSSL_free(name);
            OPENSSL_free(header);
            OPENSSL_free(more);
            alone = false;
        }
        if (!alone) {
            OPENSSL_free(der);
            der = NULL;
        }
    }
    BIO_free(bio);
    return der;
}

/* RFC 4945 5.1.3.9: a CA without basicConstraints is none. */
static int add_anchor(ikev1_trust *trust, ikev1_bytes der) {
    X509 *cert = ike_openssl_decode(trust->lib, der);
    int status = IKEV1_OK;

    if (cert == NULL || X509_check_ca(cert) != 1)
        status = ike_openssl_failure(IKEV1_E_CONFIG);
    else if (X509_STORE_add_cert(trust->store, cert) != 1)
        status = IKEV1_E_MEMORY;
    X509_free(cert);
    return status;
}

/* A delta CRL says nothing without its base (RFC 4945 App. A). */
static int add_crl(ikev1_trust *trust, ikev1_bytes der) {
    X509_CRL *crl = ike_openssl_decode_crl(trust->lib, der);
    int status = IKEV1_OK;

    if (crl == NULL)
        return ike_openssl_failure(IKEV1_E_CONFIG);
    if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0)
        status = IKEV1_E_CONFIG;
    else if (X509_STORE_add_crl(trust->store, crl) != 1)
        status = IKEV1_E_MEMORY;
    X509_CRL_free(crl);
    return status;
}

static int add(ikev1_trust *trust, ikev1_bytes data, const char *wanted,
               int (*take)(ikev1_trust *, ikev1_bytes)) {
    long len = 0;
    uint8_t *der;
    int status;

    if (trust == NULL)
        return IKEV1_E_ARGUMENT;
    ERR_set_mark();
    der = unwrap(data, wanted, &len);
    status = der != NULL ? take(trust, (ikev1_bytes){der, (size_t)len})
                         : ike_openssl_failure(IKEV1_E_CONFIG);
    OPENSSL_free(der);
    ERR_pop_to_mark();
    return status;
}

int ikev1_trust_anchor(ikev1_trust *trust, ikev1_bytes data) {
    return add(trust, data, PEM_STRING_X509, add_anchor);
}

int ikev1_trust_crl(ikev1_trust *trust, ikev1_bytes data) {
    return add(trust, data, PEM_STRING_X509_CRL, add_crl);
}

/* Whether an anchor of the same name stands before this one. */
static bool named_before(STACK_OF(X509_OBJECT) * objects, int at, const X509_NAME *name) {
    for (int i = 0; i < at; i++) {
        const X509 *cert = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));

        if (cert != NULL && X509_NAME_cmp(X509_get_subject_name(cert), name) == 0)
            return true;
    }
    return false;
}

size_t ikev1_trust_authorities(ikev1_trust *trust, ikev1_bytes *names, size_t cap) {
    STACK_OF(X509_OBJECT) * objects;
    size_t count = 0;

    if (trust == NULL)
        return 0;
    ERR_set_mark();
    objects = X509_STORE_get0_objects(trust->store);
    for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
        const X509 *cert = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
        const X509_NAME *name = cert != NULL ? X509_get_subject_name(cert) : NULL;
        const uint8_t *der;
        size_t len;

        if (name == NULL || named_before(objects, i, name) ||
            X509_NAME_get0_der(name, &der, &len) != 1)
            continue;
        if (count < cap)
            names[count] = (ikev1_bytes){der, len};
        count++;
    }
    ERR_pop_to_mark();
    return count;
}
