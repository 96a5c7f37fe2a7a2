/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRLs: what a peer sends beside its certificates (RFC 4945 3.3.3). Such a CRL is looked at when a
 * path has been accepted by what the host has loaded, and for this message only. So it can refuse
 * a certificate, and never excuse one that the host's own CRL refuses.
 */
#include <time.h>

#include "provider/pki.h"

X509_CRL *ike_openssl_decode_crl(OSSL_LIB_CTX *lib, ikev1_bytes der) {
    X509_CRL *crl = X509_CRL_new_ex(lib, NULL);
    const uint8_t *p = der.data;

    /* On failure d2i frees it and clears the pointer. */
    if (crl == NULL || d2i_X509_CRL(&crl, &p, (long)der.len) == NULL)
        return NULL;
    if (p == der.data + der.len)
        return crl;
    X509_CRL_free(crl);
    return NULL;
}

/* RFC 5280 5.1.2.4, 5.1.2.5. */
static bool is_current(const X509_CRL *crl, time_t now) {
    const ASN1_TIME *from = X509_CRL_get0_lastUpdate(crl);
    const ASN1_TIME *to = X509_CRL_get0_nextUpdate(crl);

    if (from == NULL || to == NULL) /* without an end it would count for ever */
        return false;
    return X509_cmp_time(from, &now) == -1 && X509_cmp_time(to, &now) == 1; /* 0: unreadable */
}

/* By the number where both have one (RFC 5280 5.2.3), and by the time of issue. */
static bool is_newer(const X509_CRL *crl, const X509_CRL *than) {
    ASN1_INTEGER *number = X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
    ASN1_INTEGER *other = X509_CRL_get_ext_d2i(than, NID_crl_number, NULL, NULL);
    bool lower = number != NULL && other != NULL && ASN1_INTEGER_cmp(number, other) < 0;

    ASN1_INTEGER_free(number);
    ASN1_INTEGER_free(other);
    return !lower &&
           ASN1_TIME_compare(X509_CRL_get0_lastUpdate(crl), X509_CRL_get0_lastUpdate(than)) == 1;
}

/* What the host has withdrawn an entry from by a newer CRL stays withdrawn. */
static bool is_newer_than_all(const ikev1_trust *trust, const X509_CRL *crl) {
    STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(trust->store);

    for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
        const X509_CRL *own = X509_OBJECT_get0_X509_CRL(sk_X509_OBJECT_value(objects, i));

        if (own != NULL && X509_NAME_cmp(X509_CRL_get_issuer(own), X509_CRL_get_issuer(crl)) == 0 &&
            !is_newer(crl, own))
            return false;
    }
    return true;
}

/* One with a critical extension covers less than all of its issuer's certificates, or says
 * something else than we read (RFC 5280 5.2). */
static bool is_of_use(const ikev1_trust *trust, const X509_CRL *crl, X509 *issuer) {
    return X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(issuer)) == 0 &&
           (X509_get_key_usage(issuer) & KU_CRL_SIGN) != 0 &&
           X509_CRL_get_ext_by_critical(crl, 1, -1) < 0 && is_current(crl, (time_t)trust->now) &&
           is_newer_than_all(trust, crl);
}

/* The signature comes last: nothing is computed for a CRL that does not name the certificate. */
static int check(const ikev1_trust *trust, X509_CRL *crl, X509 *cert, X509 *issuer,
                 const X509 **revoked) {
    X509_REVOKED *entry;

    if (X509_CRL_get0_by_cert(crl, &entry, cert) != 1 || !is_of_use(trust, crl, issuer))
        return IKEV1_OK;
    if (X509_CRL_verify(crl, X509_get0_pubkey(issuer)) != 1)
        return ike_openssl_failure(IKEV1_OK);
    *revoked = cert;
    return IKEV1_OK;
}

int ike_openssl_revoked(const ikev1_trust *trust, STACK_OF(X509_CRL) * crls, STACK_OF(X509) * path,
                        const X509 **revoked) {
    int status = IKEV1_OK;

    *revoked = NULL;
    for (int i = 0; i + 1 < sk_X509_num(path); i++)
        for (int k = 0; k < sk_X509_CRL_num(crls); k++) {
            status = check(trust, sk_X509_CRL_value(crls, k), sk_X509_value(path, i),
                           sk_X509_value(path, i + 1), revoked);
            if (status != IKEV1_OK || *revoked != NULL)
                return status;
        }
    return status;
}
