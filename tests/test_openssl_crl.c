/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRLs that a peer sends: RFC 4945 3.3.3, RFC 5280 5.1.2.4, 5.1.2.5, 5.2, 5.2.3, RFC 2408 3.9;
 * mission R6. They can refuse what the host's own CRLs accept, and excuse nothing.
 */
#include "support/proof.h"
#include "support/rows.h"

#include "base/base.h"
#include "provider/pki.h"

enum { AGE = 1000 }; /* seconds, of the host's CRL */

static ikev1_trust *trust_with(const struct pki_crl_spec *own) {
    ikev1_trust *trust = trust_in(pki.root);
    if (own->issuer != NULL) {
        ikev1_bytes der = pki_crl(own);
        assert_int_equal(ikev1_trust_crl(trust, der), IKEV1_OK);
        hex_free(der);
    }
    return trust;
}

/* The peer's certificates and that CRL, before them or behind them, alone or bundled. */
static int judged_with(ikev1_trust *trust, const struct pki_crl_spec *crl, int form) {
    struct sent s = {0};
    if (form == 0)
        send_bytes(&s, IKEV1_CERT_CRL, pki_crl(crl));
    send_cert(&s, pki.leaf);
    send_cert(&s, pki.mid);
    if (form == 1)
        send_bytes(&s, IKEV1_CERT_CRL, pki_crl(crl));
    if (form == 2)
        send_bytes(&s, IKEV1_CERT_PKCS7, pki_crl_bundle(crl));
    return judged(trust, &s);
}

static void test_verify__crl_of_the_peer__adds_revocations_only(void **state) {
    (void)state;
    X509 *elsewhere = pki_ca("CN=Elsewhere", pki.other_key, NULL, NULL);
    const struct pki_crl_spec none = {0};
    const struct pki_crl_spec own = {.issuer = pki.mid, .key = pki.mid_key, .from = PKI_NOW - AGE};
    struct pki_crl_spec own_revokes = own;
    own_revokes.revoked = pki.leaf;
    const struct {
        const char *name;
        struct pki_crl_spec own, peers;
        int status;
    } rows[] = {
#define BY_MID .issuer = pki.mid, .key = pki.mid_key
        {"revokes", none, {BY_MID, .revoked = pki.leaf}, IKEV1_E_CERT},
        {"revokes another", none, {BY_MID, .revoked = pki.mid}, IKEV1_OK},
        {"revokes the CA",
         none,
         {.issuer = pki.root, .key = pki.root_key, .revoked = pki.mid},
         IKEV1_E_CERT},
        {"newer than the host's",
         own,
         {BY_MID, .revoked = pki.leaf, .from = PKI_NOW - AGE + 1},
         IKEV1_E_CERT},
        {"newer, its number higher",
         own,
         {BY_MID, .revoked = pki.leaf, .from = PKI_NOW - 1, .number = 8},
         IKEV1_E_CERT},
        {"newer, its number lower",
         own,
         {BY_MID, .revoked = pki.leaf, .from = PKI_NOW - 1, .number = 6},
         IKEV1_OK},
        {"as old as the host's",
         own,
         {BY_MID, .revoked = pki.leaf, .from = PKI_NOW - AGE},
         IKEV1_OK},
        {"older than the host's",
         own,
         {BY_MID, .revoked = pki.leaf, .from = PKI_NOW - AGE - 1},
         IKEV1_OK},
        {"newer, and the host's revokes",
         own_revokes,
         {BY_MID, .from = PKI_NOW - 1, .number = 8},
         IKEV1_E_CERT},
        {"older, and the host's revokes",
         own_revokes,
         {BY_MID, .from = PKI_NOW - AGE - 1},
         IKEV1_E_CERT},
        {"of a stranger",
         none,
         {.issuer = elsewhere, .key = pki.other_key, .revoked = pki.leaf},
         IKEV1_OK},
        {"of the root for another's certificate",
         none,
         {.issuer = pki.root, .key = pki.root_key, .revoked = pki.leaf},
         IKEV1_OK},
        {"signed by another",
         none,
         {.issuer = pki.mid, .key = pki.other_key, .revoked = pki.leaf},
         IKEV1_OK},
        {"signed by the peer itself",
         none,
         {.issuer = pki.mid, .key = pki.key, .revoked = pki.leaf},
         IKEV1_OK},
        {"last second", none, {BY_MID, .revoked = pki.leaf, .to = PKI_NOW + 1}, IKEV1_E_CERT},
        {"expired", none, {BY_MID, .revoked = pki.leaf, .to = PKI_NOW - 1}, IKEV1_OK},
        {"not yet valid", none, {BY_MID, .revoked = pki.leaf, .from = PKI_NOW + 1}, IKEV1_OK},
        {"delta", none, {BY_MID, .revoked = pki.leaf, .delta = true}, IKEV1_OK},
        {"with a scope",
         none,
         {BY_MID, .revoked = pki.leaf, .scope = "critical,onlyAA:TRUE"},
         IKEV1_OK},
#undef BY_MID
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        for (int form = 0; form < 3; form++) {
            ikev1_trust *trust = trust_with(&rows[i].own);
            ROW_EQUAL(rows[i].name, judged_with(trust, &rows[i].peers, form), rows[i].status);
            ikev1_trust_free(trust);
        }
    X509_free(elsewhere);
}

/* For that message only: nothing of it stays. */
static void test_verify__crl_of_the_peer__forgotten_with_the_message(void **state) {
    (void)state;
    const struct pki_crl_spec revokes = {
        .issuer = pki.mid, .key = pki.mid_key, .revoked = pki.leaf};
    X509 *const certs[] = {pki.leaf, pki.mid};
    for (int form = 0; form < 3; form++) {
        assert_int_equal(judged_certs(pki.trust, certs, 2), IKEV1_OK);
        assert_int_equal(judged_with(pki.trust, &revokes, form), IKEV1_E_CERT);
    }
    assert_int_equal(judged_certs(pki.trust, certs, 2), IKEV1_OK);
}

static void test_verify__revoked_by_the_peers_crl__refused_with_subject_and_cause(void **state) {
    (void)state;
    const struct pki_crl_spec revokes = {
        .issuer = pki.mid, .key = pki.mid_key, .revoked = pki.leaf};
    struct sent s = {0};
    ikev1_why why;
    send_cert(&s, pki.leaf);
    send_cert(&s, pki.mid);
    send_bytes(&s, IKEV1_CERT_CRL, pki_crl(&revokes));
    assert_int_equal(judge(pki.trust, &s, &why), IKEV1_E_CERT);
    assert_string_equal(why.theirs, "C=XX, O=Peers, CN=gw");
    assert_string_equal(why.ours, "certificate revoked");
    assert_string_equal(why.cite, "RFC 5280 6.1");
    assert_int_equal(why.notify, IKEV1_NOTIFY_INVALID_CERTIFICATE);
    assert_int_equal(judged(pki.trust, &s), IKEV1_E_CERT);
}

/* A CA whose certificate does not say that it signs CRLs. */
static void test_verify__crl_of_a_ca_that_may_not__ignored(void **state) {
    (void)state;
    static const struct {
        const char *usage;
        int status;
    } rows[] = {{"critical,keyCertSign", IKEV1_OK},
                {"critical,keyCertSign,cRLSign", IKEV1_E_CERT},
                {NULL, IKEV1_E_CERT}}; /* no keyUsage: everything */
    for (size_t i = 0; i < COUNT(rows); i++) {
        X509 *mid = pki_cert(&(struct pki_spec){.subject = "CN=Middle",
                                                .key = pki.mid_key,
                                                .constraints = "critical,CA:TRUE",
                                                .usage = rows[i].usage},
                             pki.root, pki.root_key);
        X509 *leaf = leaf_with((struct pki_spec){0}, mid, pki.mid_key);
        const struct pki_crl_spec revokes = {.issuer = mid, .key = pki.mid_key, .revoked = leaf};
        struct sent s = {0};
        send_cert(&s, leaf);
        send_cert(&s, mid);
        send_bytes(&s, IKEV1_CERT_CRL, pki_crl(&revokes));
        assert_int_equal(judged(pki.trust, &s), rows[i].status);
        X509_free(leaf);
        X509_free(mid);
    }
}

/* The first four of a message count. Bytes: CRT-02, in test_openssl_chain.c. */
static void test_verify__crls_of_the_peer__up_to_four(void **state) {
    (void)state;
    const struct pki_crl_spec empty = {.issuer = pki.mid, .key = pki.mid_key};
    const struct pki_crl_spec revokes = {
        .issuer = pki.mid, .key = pki.mid_key, .revoked = pki.leaf};
    for (size_t before = IKE_CRLS - 1; before <= IKE_CRLS; before++)
        for (int bundled = 0; bundled <= 1; bundled++) {
            struct sent s = {0};
            send_cert(&s, pki.leaf);
            send_cert(&s, pki.mid);
            for (size_t i = 0; i < before; i++)
                send_bytes(&s, IKEV1_CERT_CRL, pki_crl(&empty));
            if (bundled)
                send_bytes(&s, IKEV1_CERT_PKCS7, pki_crl_bundle(&revokes));
            else
                send_bytes(&s, IKEV1_CERT_CRL, pki_crl(&revokes));
            assert_int_equal(judged(pki.trust, &s), before < IKE_CRLS ? IKEV1_E_CERT : IKEV1_OK);
        }
}

/* Behind one that does not count, a good one still does. */
static void test_verify__two_crls_of_the_peer__the_genuine_one_counts(void **state) {
    (void)state;
    const struct pki_crl_spec forged = {
        .issuer = pki.mid, .key = pki.other_key, .from = PKI_NOW - 1, .number = 9};
    const struct pki_crl_spec revokes = {
        .issuer = pki.mid, .key = pki.mid_key, .revoked = pki.leaf};
    struct sent s = {0};
    send_bytes(&s, IKEV1_CERT_CRL, pki_crl(&forged));
    send_bytes(&s, IKEV1_CERT_CRL, pki_crl(&revokes));
    send_cert(&s, pki.leaf);
    send_cert(&s, pki.mid);
    assert_int_equal(judged(pki.trust, &s), IKEV1_E_CERT);
}

/* The CRL cut off anywhere, longer, or with any byte changed: ignored, the rest is as it was. */
static void test_verify__damaged_crl_of_the_peer__ignored(void **state) {
    (void)state;
    const struct pki_crl_spec revokes = {
        .issuer = pki.mid, .key = pki.mid_key, .revoked = pki.leaf};
    ikev1_bytes whole = pki_crl(&revokes);
    uint8_t *changed = malloc(whole.len + 1);
    assert_non_null(changed);
    memcpy(changed, whole.data, whole.len);
    changed[whole.len] = 0;
    for (size_t i = 0; i <= whole.len; i++) {
        struct sent s = {0};
        send_cert(&s, pki.leaf);
        send_cert(&s, pki.mid);
        if (i == whole.len) {
            send_bytes(&s, IKEV1_CERT_CRL, bytes_copy(ike_bytes(changed, whole.len + 1)));
        } else {
            changed[i] ^= (uint8_t)(1u << i % 8);
            send_bytes(&s, IKEV1_CERT_CRL, bytes_copy(ike_bytes(changed, whole.len)));
            send_bytes(&s, IKEV1_CERT_CRL, bytes_copy(ike_bytes(whole.data, i)));
            changed[i] = whole.data[i];
        }
        int status = judged(pki.trust, &s);
        if (status != IKEV1_OK)
            fail_msg("counts with byte %zu changed: %d", i, status);
    }
    free(changed);
    hex_free(whole);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verify__crl_of_the_peer__adds_revocations_only),
        cmocka_unit_test(test_verify__crl_of_the_peer__forgotten_with_the_message),
        cmocka_unit_test(test_verify__revoked_by_the_peers_crl__refused_with_subject_and_cause),
        cmocka_unit_test(test_verify__crl_of_a_ca_that_may_not__ignored),
        cmocka_unit_test(test_verify__crls_of_the_peer__up_to_four),
        cmocka_unit_test(test_verify__two_crls_of_the_peer__the_genuine_one_counts),
        cmocka_unit_test(test_verify__damaged_crl_of_the_peer__ignored),
    };
    return cmocka_run_group_tests(tests, proof_setup, proof_teardown);
}
