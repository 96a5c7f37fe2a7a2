/* SPDX-License-Identifier: Apache-2.0 */
/* A CA, and for each method a key and a certificate that both sides of a pair use. */
#include <ikev1/openssl.h>

#include "record_wire.h"
#include "support/pki.h"

struct credential {
    uint16_t auth; /* as the signer is asked: without XAUTH and hybrid */
    const char *pem, *curve;
    ikev1_key *key;
    ikev1_bytes cert;
};

static struct credential credentials[] = {
    {IKEV1_AUTH_RSA, PKI_RSA_2048, NULL, NULL, {NULL, 0}},
    {IKEV1_AUTH_DSS, PKI_DSA_1024, NULL, NULL, {NULL, 0}},
    {IKEV1_AUTH_ECDSA_256, NULL, "P-256", NULL, {NULL, 0}},
    {IKEV1_AUTH_ECDSA_384, NULL, "P-384", NULL, {NULL, 0}},
    {IKEV1_AUTH_ECDSA_521, NULL, "P-521", NULL, {NULL, 0}},
};

static struct {
    ikev1_bytes cert, crl;
    ikev1_trust *trust;
} ca;

static void make_credential(struct credential *c, X509 *issuer, EVP_PKEY *issuer_key) {
    EVP_PKEY *key = c->pem != NULL ? pki_key(c->pem) : pki_ec_key(c->curve);
    X509 *cert = pki_cert(&(struct pki_spec){.subject = "C=XX,O=Example,CN=gateway",
                                             .key = key,
                                             .san = "IP:192.0.2.1,IP:192.0.2.2,DNS:gw.example.org",
                                             .from = PKI_NOW - PKI_DAY,
                                             .to = PKI_NOW + PKI_DAY},
                          issuer, issuer_key);
    ikev1_bytes der = pki_key_der(key);
    assert_int_equal(ikev1_key_new(&c->key, der), IKEV1_OK);
    c->cert = pki_der(cert);
    hex_free(der);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void make_all(void) {
    EVP_PKEY *key = pki_key(PKI_RSA_2048_OTHER);
    X509 *cert = pki_ca("C=XX,O=Example,CN=CA", key, NULL, NULL);
    for (size_t i = 0; i < COUNT(credentials); i++)
        make_credential(&credentials[i], cert, key);
    ca.cert = pki_der(cert);
    ca.crl = pki_crl(&(struct pki_crl_spec){
        .issuer = cert, .key = key, .from = PKI_NOW - PKI_DAY, .to = PKI_NOW + PKI_DAY});
    assert_int_equal(ikev1_trust_new(&ca.trust), IKEV1_OK);
    assert_int_equal(ikev1_trust_anchor(ca.trust, ca.cert), IKEV1_OK);
    ikev1_trust_time(ca.trust, PKI_NOW);
    X509_free(cert);
    EVP_PKEY_free(key);
}

void record_sign_end(void) {
    if (ca.trust == NULL)
        return;
    for (size_t i = 0; i < COUNT(credentials); i++) {
        ikev1_key_free(credentials[i].key);
        hex_free(credentials[i].cert);
    }
    hex_free(ca.cert);
    hex_free(ca.crl);
    ikev1_trust_free(ca.trust);
}

static const struct credential *credential(uint16_t auth) {
    for (size_t i = 0; i < COUNT(credentials); i++)
        if (credentials[i].auth == auth)
            return &credentials[i];
    fail_msg("no key for method %u", auth);
    return NULL;
}

/* ---- the answers ---- */

static uint16_t signs_by(uint16_t auth) {
    switch (auth) {
    case IKEV1_AUTH_XAUTH_INIT_DSS:
    case IKEV1_AUTH_XAUTH_RESP_DSS:
    case IKEV1_AUTH_HYBRID_INIT_DSS:
    case IKEV1_AUTH_HYBRID_RESP_DSS:
        return IKEV1_AUTH_DSS;
    default:
        return auth > IKEV1_AUTH_ECDSA_521 ? IKEV1_AUTH_RSA : auth;
    }
}

static int certs(void *user, const ikev1_question *q, ikev1_certs *answer) {
    static ikev1_cert chain[3];
    static ikev1_bytes authorities[2];
    const struct side *s = user;
    (void)q;
    chain[0] =
        (ikev1_cert){IKEV1_CERT_X509_SIGNATURE, credential(signs_by(s->suites1[0].auth))->cert};
    chain[1] = (ikev1_cert){IKEV1_CERT_X509_SIGNATURE, ca.cert};
    chain[2] = (ikev1_cert){IKEV1_CERT_CRL, ca.crl};
    assert_int_equal(ikev1_trust_authorities(ca.trust, authorities, 1), 1);
    answer->chain = chain;
    answer->chain_count = COUNT(chain);
    answer->authorities = authorities; /* the second one is any */
    answer->authority_count = COUNT(authorities);
    return IKEV1_OK;
}

static int sign(void *user, const ikev1_question *q, const ikev1_signature *what,
                ikev1_bytes *answer) {
    static uint8_t signature[IKEV1_MAX_SIGNATURE];
    (void)user, (void)q;
    answer->data = signature;
    return ikev1_key_sign(credential(what->auth)->key, what, signature, &answer->len);
}

static int verify(void *user, const ikev1_question *q, const ikev1_signature *what) {
    (void)user, (void)q;
    return ikev1_trust_verify(ca.trust, what, NULL);
}

void record_sign(struct pair *p, uint16_t auth) {
    struct side *both[] = {&p->i, &p->r};
    if (ca.trust == NULL)
        make_all();
    (void)credential(signs_by(auth));
    for (size_t n = 0; n < 2; n++) {
        both[n]->policy.certs = certs;
        both[n]->policy.sign = sign;
        both[n]->policy.verify = verify;
        both[n]->phase1.whole_answer = true; /* Aggressive Mode with short public values, too */
    }
}
