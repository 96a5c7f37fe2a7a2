/* SPDX-License-Identifier: Apache-2.0 */
#include "pki.h"
#include "rows.h"

const struct pki_kind PKI_KINDS[] = {
    {"RSA", IKEV1_AUTH_RSA, PKI_RSA_2048, NULL, 256},
    {"DSS", IKEV1_AUTH_DSS, PKI_DSA_1024, NULL, 40},
    {"ECDSA-256", IKEV1_AUTH_ECDSA_256, NULL, "P-256", 64},
    {"ECDSA-384", IKEV1_AUTH_ECDSA_384, NULL, "P-384", 96},
    {"ECDSA-521", IKEV1_AUTH_ECDSA_521, NULL, "P-521", 132},
    {NULL, 0, NULL, NULL, 0},
};

EVP_PKEY *pki_kind_key(const struct pki_kind *k) {
    return k->pem != NULL ? pki_key(k->pem) : pki_ec_key(k->curve);
}

EVP_PKEY *pki_kind_other(const struct pki_kind *k) {
    if (k->curve != NULL)
        return pki_ec_key(k->curve);
    return k->pem == PKI_RSA_2048 ? pki_key(PKI_RSA_2048_OTHER) : NULL;
}

ikev1_key *pki_host_key(const EVP_PKEY *key) {
    ikev1_bytes der = pki_key_der(key);
    ikev1_key *out;
    assert_int_equal(ikev1_key_new(&out, der), IKEV1_OK);
    hex_free(der);
    return out;
}

ikev1_signature pki_over(uint16_t auth, ikev1_bytes digest) {
    return (ikev1_signature){.size = sizeof(ikev1_signature), .auth = auth, .hash = digest};
}
