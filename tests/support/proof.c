/* SPDX-License-Identifier: Apache-2.0 */
#include "proof.h"
#include "rows.h"

#include "base/base.h"

struct proof pki;

const ikev1_bytes proof_hash = {(const uint8_t *)"0123456789abcdefghij", 20};
static const ikev1_id claimed = {
    .type = IKEV1_ID_FQDN, .data = (const uint8_t *)PROOF_NAME, .len = 10};

X509 *leaf_with(struct pki_spec spec, X509 *issuer, EVP_PKEY *issuer_key) {
    if (spec.subject == NULL)
        spec.subject = PROOF_SUBJECT;
    if (spec.san == NULL && spec.dns.len == 0)
        spec.san = "DNS:" PROOF_NAME ",IP:192.0.2.1";
    if (spec.key == NULL)
        spec.key = pki.key;
    return pki_cert(&spec, issuer, issuer_key);
}

void add_anchor(ikev1_trust *trust, const X509 *cert) {
    ikev1_bytes der = pki_der(cert);
    assert_int_equal(ikev1_trust_anchor(trust, der), IKEV1_OK);
    hex_free(der);
}

ikev1_trust *trust_in(const X509 *anchor) {
    ikev1_trust *trust;
    assert_int_equal(ikev1_trust_new(&trust), IKEV1_OK);
    if (anchor != NULL)
        add_anchor(trust, anchor);
    ikev1_trust_time(trust, PKI_NOW);
    return trust;
}

int proof_setup(void **state) {
    (void)state;
    pki.root_key = pki_ec_key("P-384");
    pki.mid_key = pki_ec_key("P-256");
    pki.key = pki_ec_key("P-256");
    pki.other_key = pki_ec_key("P-256");
    pki.root = pki_ca("CN=Root", pki.root_key, NULL, NULL);
    pki.mid = pki_ca("CN=Middle", pki.mid_key, pki.root, pki.root_key);
    pki.leaf = leaf_with((struct pki_spec){0}, pki.mid, pki.mid_key);
    pki.trust = trust_in(pki.root);
    return 0;
}

int proof_teardown(void **state) {
    (void)state;
    ikev1_trust_free(pki.trust);
    X509_free(pki.root);
    X509_free(pki.mid);
    X509_free(pki.leaf);
    EVP_PKEY_free(pki.root_key);
    EVP_PKEY_free(pki.mid_key);
    EVP_PKEY_free(pki.key);
    EVP_PKEY_free(pki.other_key);
    return 0;
}

void send_cert(struct sent *s, const X509 *cert) {
    s->certs[s->count++] = (ikev1_cert){IKEV1_CERT_X509_SIGNATURE, pki_der(cert)};
}

void send_bytes(struct sent *s, uint8_t encoding, ikev1_bytes data) {
    s->certs[s->count++] = (ikev1_cert){encoding, data};
}

int judge(ikev1_trust *trust, const struct sent *s, ikev1_why *why) {
    uint8_t sig[IKEV1_MAX_SIGNATURE];
    size_t len;
    ikev1_key *host;
    ikev1_signature what = {.size = sizeof what,
                            .auth = s->auth != 0 ? s->auth : IKEV1_AUTH_ECDSA_256,
                            .hash = proof_hash,
                            .certs = s->certs,
                            .cert_count = s->count,
                            .id = s->id != NULL ? s->id : &claimed};
    ikev1_bytes der = pki_key_der(s->key != NULL ? s->key : pki.key);
    assert_int_equal(ikev1_key_new(&host, der), IKEV1_OK);
    hex_free(der);
    int made = ikev1_key_sign(host, &what, sig, &len);
    ikev1_key_free(host);
    what.signature = made == IKEV1_OK ? bytes_copy(ike_bytes(sig, len)) : bytes_copy(proof_hash);
    int status = ikev1_trust_verify(trust, &what, why);
    hex_free(what.signature);
    return status;
}

int judged(ikev1_trust *trust, struct sent *s) {
    ikev1_why why;
    int status = judge(trust, s, &why);
    assert_int_equal(why.code, status);
    for (size_t i = 0; i < s->count; i++)
        hex_free(s->certs[i].data);
    s->count = 0;
    return status;
}

int judged_certs(ikev1_trust *trust, X509 *const *certs, size_t count) {
    struct sent s = {0};
    for (size_t i = 0; i < count; i++)
        send_cert(&s, certs[i]);
    return judged(trust, &s);
}
