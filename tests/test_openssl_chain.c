/* SPDX-License-Identifier: Apache-2.0 */
/* What of a peer's certificates and signature is accepted: RFC 5280 6.1, RFC 4945, CRT-01 to 08. */
#include "support/proof.h"
#include "support/rows.h"

#include "base/base.h"
#include "provider/pki.h"

#define CA        "critical,CA:TRUE"
#define LONG_NAME "another-name-that-makes-the-certificate-longer-than-any-other-here.example"
#define CA_USAGE  "critical,keyCertSign,cRLSign"

/* ---- paths ---- */

static void test_verify__path_of_three__accepted_in_any_order(void **state) {
    (void)state;
    X509 *const orders[][4] = {{pki.leaf, pki.mid, pki.root, pki.mid},
                               {pki.mid, pki.leaf, pki.mid, pki.mid},
                               {pki.root, pki.mid, pki.leaf, pki.leaf}};
    for (size_t i = 0; i < COUNT(orders); i++)
        assert_int_equal(judged_certs(pki.trust, orders[i], 4), IKEV1_OK);
    assert_int_equal(judged_certs(pki.trust, orders[0], 2), IKEV1_OK);
}

static void test_verify__certificate_missing__refused(void **state) {
    (void)state;
    assert_int_equal(judged_certs(pki.trust, NULL, 0), IKEV1_E_CERT); /* CRT-03 */
    assert_int_equal(judged_certs(pki.trust, &pki.leaf, 1), IKEV1_E_CERT);
    assert_int_equal(judged_certs(pki.trust, &pki.mid, 1), IKEV1_E_CERT);
}

/* CRT-04 */
static void test_verify__no_path_to_an_anchor__refused(void **state) {
    (void)state;
    X509 *alone = leaf_with((struct pki_spec){0}, NULL, NULL);
    X509 *alone_ca = leaf_with((struct pki_spec){.constraints = CA}, NULL, NULL);
    X509 *false_root = pki_ca("CN=Root", pki.other_key, NULL, NULL);
    X509 *forged = leaf_with((struct pki_spec){0}, false_root, pki.other_key);
    ikev1_trust *nobody = trust_in(NULL);
    assert_int_equal(judged_certs(pki.trust, &alone, 1), IKEV1_E_CERT);
    assert_int_equal(judged_certs(pki.trust, &alone_ca, 1), IKEV1_E_CERT);
    assert_int_equal(judged_certs(pki.trust, (X509 *[]){forged, false_root}, 2), IKEV1_E_CERT);
    assert_int_equal(judged_certs(pki.trust, (X509 *[]){forged, pki.root}, 2), IKEV1_E_CERT);
    assert_int_equal(judged_certs(nobody, (X509 *[]){pki.leaf, pki.mid, pki.root}, 3),
                     IKEV1_E_CERT);
    ikev1_trust_free(nobody);
    X509_free(alone);
    X509_free(alone_ca);
    X509_free(false_root);
    X509_free(forged);
}

/* RFC 4945 5.1.2.1: then it has only its other names. */
static void test_verify__empty_subject__by_its_other_names(void **state) {
    (void)state;
    struct pki_spec spec = {.key = pki.key, .san = "critical,DNS:" PROOF_NAME};
    X509 *leaf = pki_cert(&spec, pki.mid, pki.mid_key);
    assert_int_equal(X509_NAME_entry_count(X509_get_subject_name(leaf)), 0);
    assert_int_equal(judged_certs(pki.trust, (X509 *[]){leaf, pki.mid}, 2), IKEV1_OK);
    X509_free(leaf);
}

/* A peer whose certificate is the row's `leaf`, below a CA whose certificate is its `mid`. */
static const struct {
    const char *name;
    struct pki_spec mid, leaf;
    int status;
} PATHS[] = {
    {"as usual", {.constraints = CA, .usage = CA_USAGE}, {0}, IKEV1_OK},
    {"path length 0", {.constraints = CA ",pathlen:0"}, {0}, IKEV1_OK},
    {"path length 0, and a CA below",
     {.constraints = CA ",pathlen:0"},
     {.constraints = CA},
     IKEV1_OK}, /* RFC 5280 4.2.1.9: the last certificate does not count */
    {"no CA", {.constraints = "CA:FALSE"}, {0}, IKEV1_E_CERT},
    {"no constraints", {0}, {0}, IKEV1_E_CERT},
    {"version 1", {.version1 = true}, {0}, IKEV1_E_CERT},
    {"CA that may not sign", {.constraints = CA, .usage = "digitalSignature"}, {0}, IKEV1_E_CERT},
    {"CA expired", {.constraints = CA, .from = PKI_NOW - 9, .to = PKI_NOW - 1}, {0}, IKEV1_E_CERT},
    {"CA not yet valid", {.constraints = CA, .from = PKI_NOW + 1}, {0}, IKEV1_E_CERT},
    {"expired", {.constraints = CA}, {.from = PKI_NOW - 9, .to = PKI_NOW - 1}, IKEV1_E_CERT},
    {"last second", {.constraints = CA}, {.from = PKI_NOW - 9, .to = PKI_NOW + 1}, IKEV1_OK},
    {"not yet valid", {.constraints = CA}, {.from = PKI_NOW + 1}, IKEV1_E_CERT},
    {"unknown critical extension", {.constraints = CA}, {.unknown = true}, IKEV1_E_CERT},
    {"the same in the CA", {.constraints = CA, .unknown = true}, {0}, IKEV1_E_CERT},
    {"no digitalSignature", {.constraints = CA}, {.usage = "keyEncipherment"}, IKEV1_E_CERT},
    {"nonRepudiation", {.constraints = CA}, {.usage = "nonRepudiation"}, IKEV1_OK},
    {"critical purpose", {.constraints = CA}, {.purpose = "critical,serverAuth"}, IKEV1_E_CERT},
    {"under SHA-1", {.constraints = CA}, {.digest = "SHA1"}, IKEV1_E_CERT},
    {"CA under SHA-1", {.constraints = CA, .digest = "SHA1"}, {0}, IKEV1_E_CERT},
    {"under SHA-512", {.constraints = CA}, {.digest = "SHA512"}, IKEV1_OK},
    {"name permitted", {.constraints = CA, .permitted = "permitted;DNS:example"}, {0}, IKEV1_OK},
    {"name not permitted",
     {.constraints = CA, .permitted = "permitted;DNS:test"},
     {0},
     IKEV1_E_CERT},
    {"name excluded",
     {.constraints = CA, .permitted = "critical,excluded;DNS:gw.example"},
     {0},
     IKEV1_E_CERT},
    {"address excluded",
     {.constraints = CA, .permitted = "excluded;IP:192.0.2.0/255.255.255.0"},
     {0},
     IKEV1_E_CERT},
    {"name in the CN only",
     {.constraints = CA},
     {.subject = "CN=" PROOF_NAME, .san = "IP:192.0.2.1"},
     IKEV1_E_CERT},
    {"another name", {.constraints = CA}, {.san = "DNS:gx.example"}, IKEV1_E_CERT},
    {"name and more behind a NUL",
     {.constraints = CA},
     {.dns = {(const uint8_t *)PROOF_NAME "\0x", 12}},
     IKEV1_E_CERT},
};

static void test_verify__each_path__accepted_or_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(PATHS); i++) {
        struct pki_spec spec = PATHS[i].mid;
        spec.subject = "CN=Middle of a row";
        spec.key = pki.mid_key;
        X509 *mid = pki_cert(&spec, pki.root, pki.root_key);
        X509 *leaf = leaf_with(PATHS[i].leaf, mid, pki.mid_key);
        ROW_EQUAL(PATHS[i].name, judged_certs(pki.trust, (X509 *[]){leaf, mid}, 2),
                  PATHS[i].status);
        X509_free(mid);
        X509_free(leaf);
    }
}

/* CRT-07: a key too weak to hold is too weak to sign for others. */
static void test_verify__weak_ca_key__refused(void **state) {
    (void)state;
    struct {
        const char *name;
        EVP_PKEY *key;
        int status;
    } rows[] = {
        {"RSA-2048", pki_key(PKI_RSA_2048), IKEV1_OK},
        {"DSA-1024", pki_key(PKI_DSA_1024), IKEV1_OK},
        {"P-521", pki_ec_key("P-521"), IKEV1_OK},
        {"RSA-1024", pki_key(PKI_RSA_1024), IKEV1_E_CERT},
        {"P-192", pki_ec_key("P-192"), IKEV1_E_CERT},
        {"secp256k1", pki_ec_key("secp256k1"), IKEV1_E_CERT},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        X509 *mid = pki_ca("CN=Weak", rows[i].key, pki.root, pki.root_key);
        X509 *leaf = leaf_with((struct pki_spec){0}, mid, rows[i].key);
        ROW_EQUAL(rows[i].name, judged_certs(pki.trust, (X509 *[]){leaf, mid}, 2), rows[i].status);
        X509_free(mid);
        X509_free(leaf);
        EVP_PKEY_free(rows[i].key);
    }
}

/* CRT-02: eight certificates from the peer's to the anchor, and nine. */
static void test_verify__long_path__up_to_eight(void **state) {
    (void)state;
    for (size_t between = 6; between <= 7; between++) {
        X509 *certs[8] = {0}, *issuer = pki.root;
        EVP_PKEY *issuer_key = pki.root_key;
        for (size_t i = 0; i < between; i++) {
            char subject[] = "CN=Step 0";
            subject[8] = (char)('0' + i);
            certs[between - i] = pki_ca(subject, pki.mid_key, issuer, issuer_key);
            issuer = certs[between - i];
            issuer_key = pki.mid_key;
        }
        certs[0] = leaf_with((struct pki_spec){0}, issuer, issuer_key);
        assert_int_equal(judged_certs(pki.trust, certs, between + 1),
                         between == 6 ? IKEV1_OK : IKEV1_E_CERT);
        for (size_t i = 0; i <= between; i++)
            X509_free(certs[i]);
    }
}

/* CRT-02: two CAs that sign each other. */
static void test_verify__loop__refused(void **state) {
    (void)state;
    X509 *one = pki_ca("CN=One", pki.mid_key, NULL, NULL);
    X509 *two = pki_ca("CN=Two", pki.other_key, one, pki.mid_key);
    X509 *one_by_two = pki_ca("CN=One", pki.mid_key, two, pki.other_key);
    X509 *leaf = leaf_with((struct pki_spec){0}, two, pki.other_key);
    assert_int_equal(judged_certs(pki.trust, (X509 *[]){leaf, two, one_by_two}, 3), IKEV1_E_CERT);
    X509_free(one);
    X509_free(two);
    X509_free(one_by_two);
    X509_free(leaf);
}

/* RFC 4945 3.3: one's intermediate CA may be another's anchor. */
static void test_verify__anchor_in_the_middle__ends_the_path(void **state) {
    (void)state;
    ikev1_trust *trust = trust_in(pki.mid);
    assert_int_equal(judged_certs(trust, &pki.leaf, 1), IKEV1_OK);
    assert_int_equal(judged_certs(trust, (X509 *[]){pki.leaf, pki.mid, pki.root}, 3), IKEV1_OK);
    ikev1_trust_free(trust);
}

/* ---- signatures ---- */

static void test_verify__key_of_another__authentication_fails(void **state) {
    (void)state;
    ikev1_why why;
    struct sent s = {.key = pki.other_key}; /* CRT-05 */
    send_cert(&s, pki.leaf);
    send_cert(&s, pki.mid);
    assert_int_equal(judge(pki.trust, &s, &why), IKEV1_E_AUTH);
    assert_int_equal(why.payload, IKEV1_PAYLOAD_SIG);
    assert_int_equal(why.notify, IKEV1_NOTIFY_INVALID_SIGNATURE);
    assert_string_equal(why.theirs, PROOF_NAME);
    assert_string_equal(why.ours, "C=XX, O=Peers, CN=gw");
    assert_int_equal(judged(pki.trust, &s), IKEV1_E_AUTH);
}

/* RFC 4754 4: the curve is the method's; CRT-07: keys of every kind that signs, and of others. */
static void test_verify__each_key_and_method__only_its_own(void **state) {
    (void)state;
    static const uint16_t METHODS[] = {IKEV1_AUTH_RSA,       IKEV1_AUTH_DSS,
                                       IKEV1_AUTH_ECDSA_256, IKEV1_AUTH_ECDSA_384,
                                       IKEV1_AUTH_ECDSA_521, IKEV1_AUTH_PSK};
    EVP_PKEY *const keys[] = {pki_key(PKI_RSA_2048), pki_key(PKI_DSA_1024), pki_ec_key("P-256"),
                              pki_ec_key("P-384"), pki_ec_key("P-521")};
    for (size_t k = 0; k < COUNT(keys); k++) {
        X509 *leaf = leaf_with((struct pki_spec){.key = keys[k]}, pki.mid, pki.mid_key);
        for (size_t m = 0; m < COUNT(METHODS); m++) {
            struct sent s = {.key = keys[k], .auth = METHODS[m]};
            send_cert(&s, leaf);
            send_cert(&s, pki.mid);
            assert_int_equal(judged(pki.trust, &s), k == m ? IKEV1_OK : IKEV1_E_CERT);
        }
        X509_free(leaf);
        EVP_PKEY_free(keys[k]);
    }
}

/* Two certificates of one name: the one whose key is of the method is meant. */
static void test_verify__two_certificates_of_the_name__the_one_that_fits(void **state) {
    (void)state;
    EVP_PKEY *rsa = pki_key(PKI_RSA_2048);
    X509 *enciphers =
        leaf_with((struct pki_spec){.usage = "keyEncipherment"}, pki.mid, pki.mid_key);
    X509 *by_rsa = leaf_with((struct pki_spec){.key = rsa}, pki.mid, pki.mid_key);
    X509 *const certs[] = {enciphers, by_rsa, pki.leaf, pki.mid};
    struct sent s = {.key = rsa, .auth = IKEV1_AUTH_RSA};
    assert_int_equal(judged_certs(pki.trust, certs, 4), IKEV1_OK);
    for (size_t i = 0; i < COUNT(certs); i++)
        send_cert(&s, certs[i]);
    assert_int_equal(judged(pki.trust, &s), IKEV1_OK);
    X509_free(enciphers);
    X509_free(by_rsa);
    EVP_PKEY_free(rsa);
}

/* IDN-07: who has a credential for X, and claims to be Y. */
static void test_verify__identity_of_another__refused_with_both(void **state) {
    (void)state;
    const ikev1_id other = {
        .type = IKEV1_ID_IPV4_ADDR, .data = (const uint8_t[]){192, 0, 2, 9}, .len = 4};
    struct sent s = {.id = &other};
    ikev1_why why;
    send_cert(&s, pki.leaf);
    send_cert(&s, pki.mid);
    assert_int_equal(judge(pki.trust, &s, &why), IKEV1_E_CERT);
    assert_int_equal(why.code, IKEV1_E_CERT);
    assert_int_equal(why.payload, IKEV1_PAYLOAD_CERT);
    assert_string_equal(why.theirs, "192.0.2.9");
    assert_string_equal(why.ours, "C=XX, O=Peers, CN=gw");
    assert_string_equal(why.cite, "RFC 4945 3.1");
    assert_int_equal(judged(pki.trust, &s), IKEV1_E_CERT);
}

static void test_verify__expired__refused_with_subject_and_cause(void **state) {
    (void)state;
    struct sent s = {0};
    ikev1_why why;
    send_cert(&s, pki.leaf);
    send_cert(&s, pki.mid);
    ikev1_trust_time(pki.trust, PKI_NOW + 2 * PKI_DAY);
    assert_int_equal(judge(pki.trust, &s, &why), IKEV1_E_CERT);
    ikev1_trust_time(pki.trust, PKI_NOW);
    assert_string_equal(why.ours, "certificate has expired");
    assert_string_equal(why.cite, "RFC 5280 6.1");
    assert_true(strstr(why.theirs, "CN=") != NULL);
    assert_int_equal(judge(pki.trust, &s, NULL), IKEV1_OK);
    assert_int_equal(judged(pki.trust, &s), IKEV1_OK);
}

static void test_verify__no_time__refused(void **state) {
    (void)state;
    ikev1_trust *trust;
    struct sent s = {0};
    ikev1_why why;
    assert_int_equal(ikev1_trust_new(&trust), IKEV1_OK);
    add_anchor(trust, pki.root);
    send_cert(&s, pki.leaf);
    send_cert(&s, pki.mid);
    assert_int_equal(judge(trust, &s, &why), IKEV1_E_CERT);
    assert_string_equal(why.ours, "time of day is not set");
    ikev1_trust_time(trust, PKI_NOW);
    assert_int_equal(judged(trust, &s), IKEV1_OK);
    ikev1_trust_free(trust);
}

/* ---- what stands in CERT payloads ---- */

/* CRT-01 */
static void test_verify__each_encoding__only_certificates_count(void **state) {
    (void)state;
    for (unsigned encoding = 0; encoding < 256; encoding++) {
        struct sent s = {0};
        send_bytes(&s, (uint8_t)encoding, pki_der(pki.leaf));
        send_cert(&s, pki.mid);
        assert_int_equal(judged(pki.trust, &s),
                         encoding == IKEV1_CERT_X509_SIGNATURE ? IKEV1_OK : IKEV1_E_CERT);
    }
}

/* RFC 4945 3.3.4 */
static void test_verify__pkcs7__leaf_and_issuers_in_it(void **state) {
    (void)state;
    struct sent s = {0};
    send_bytes(&s, IKEV1_CERT_PKCS7, pki_bundle((X509 *[]){pki.mid, pki.leaf}, 2));
    assert_int_equal(judged(pki.trust, &s), IKEV1_OK);
    send_cert(&s, pki.leaf);
    send_bytes(&s, IKEV1_CERT_PKCS7, pki_bundle(&pki.mid, 1));
    assert_int_equal(judged(pki.trust, &s), IKEV1_OK);
    send_bytes(&s, IKEV1_CERT_PKCS7, pki_bundle(&pki.mid, 0));
    assert_int_equal(judged(pki.trust, &s), IKEV1_E_CERT);
    send_bytes(&s, IKEV1_CERT_PKCS7, pki_der(pki.leaf));
    send_cert(&s, pki.mid);
    assert_int_equal(judged(pki.trust, &s), IKEV1_E_CERT);
    send_bytes(&s, IKEV1_CERT_X509_SIGNATURE, pki_bundle((X509 *[]){pki.mid, pki.leaf}, 2));
    assert_int_equal(judged(pki.trust, &s), IKEV1_E_CERT);
}

/* CRT-02: the first eight, and the first 64 KB. */
static void test_verify__too_many_or_too_large__ignored(void **state) {
    (void)state;
    static const uint8_t large[IKE_CERT_BYTES];
    X509 *certs[9];
    struct sent s = {0};
    for (size_t at = 7; at <= 8; at++) {
        for (size_t i = 0; i < COUNT(certs); i++)
            certs[i] = pki.mid;
        certs[at] = pki.leaf;
        assert_int_equal(judged_certs(pki.trust, certs, 9), at == 7 ? IKEV1_OK : IKEV1_E_CERT);
    }
    /* A bundle is a SET: the longest stands last. */
    X509 *longer = leaf_with((struct pki_spec){.san = "DNS:" PROOF_NAME ",DNS:" LONG_NAME}, pki.mid,
                             pki.mid_key);
    X509 *const bundled[] = {pki.mid, pki.mid, pki.mid, pki.mid, pki.mid,
                             pki.mid, pki.mid, pki.mid, longer};
    for (size_t first = 0; first <= 1; first++) {
        send_bytes(&s, IKEV1_CERT_PKCS7, pki_bundle(bundled + 1 - first, 8 + first));
        assert_int_equal(judged(pki.trust, &s), first == 0 ? IKEV1_OK : IKEV1_E_CERT);
    }
    send_bytes(&s, IKEV1_CERT_PKCS7, pki_bundle(bundled, 8));
    send_cert(&s, longer);
    assert_int_equal(judged(pki.trust, &s), IKEV1_E_CERT);
    X509_free(longer);
    for (size_t extra = 0; extra <= 1; extra++) {
        ikev1_bytes leaf = pki_der(pki.leaf), mid = pki_der(pki.mid);
        size_t room = sizeof(large) - leaf.len - mid.len;
        send_bytes(&s, IKEV1_CERT_SPKI, bytes_copy(ike_bytes(large, room + extra)));
        send_bytes(&s, IKEV1_CERT_X509_SIGNATURE, mid);
        send_bytes(&s, IKEV1_CERT_X509_SIGNATURE, leaf);
        assert_int_equal(judged(pki.trust, &s), extra == 0 ? IKEV1_OK : IKEV1_E_CERT);
    }
}

/* The certificate cut off anywhere, longer, or with any byte changed: never accepted. */
static void test_verify__damaged_certificate__refused(void **state) {
    (void)state;
    ikev1_bytes whole = pki_der(pki.leaf);
    struct sent s = {0};
    for (size_t len = 0; len < whole.len; len += 5) {
        send_bytes(&s, IKEV1_CERT_X509_SIGNATURE, bytes_copy(ike_bytes(whole.data, len)));
        send_cert(&s, pki.mid);
        assert_int_equal(judged(pki.trust, &s), IKEV1_E_CERT);
    }
    uint8_t *changed = malloc(whole.len + 1);
    assert_non_null(changed);
    memcpy(changed, whole.data, whole.len);
    changed[whole.len] = 0;
    send_bytes(&s, IKEV1_CERT_X509_SIGNATURE, bytes_copy(ike_bytes(changed, whole.len + 1)));
    send_cert(&s, pki.mid);
    assert_int_equal(judged(pki.trust, &s), IKEV1_E_CERT);
    for (size_t i = 0; i < whole.len; i += 3) {
        changed[i] ^= (uint8_t)(1u << i % 8);
        send_bytes(&s, IKEV1_CERT_X509_SIGNATURE, bytes_copy(ike_bytes(changed, whole.len)));
        send_cert(&s, pki.mid);
        int status = judged(pki.trust, &s);
        if (status == IKEV1_OK)
            fail_msg("accepted with byte %zu changed", i);
        changed[i] = whole.data[i];
    }
    free(changed);
    hex_free(whole);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verify__path_of_three__accepted_in_any_order),
        cmocka_unit_test(test_verify__certificate_missing__refused),
        cmocka_unit_test(test_verify__no_path_to_an_anchor__refused),
        cmocka_unit_test(test_verify__empty_subject__by_its_other_names),
        cmocka_unit_test(test_verify__each_path__accepted_or_refused),
        cmocka_unit_test(test_verify__weak_ca_key__refused),
        cmocka_unit_test(test_verify__long_path__up_to_eight),
        cmocka_unit_test(test_verify__loop__refused),
        cmocka_unit_test(test_verify__anchor_in_the_middle__ends_the_path),
        cmocka_unit_test(test_verify__key_of_another__authentication_fails),
        cmocka_unit_test(test_verify__each_key_and_method__only_its_own),
        cmocka_unit_test(test_verify__two_certificates_of_the_name__the_one_that_fits),
        cmocka_unit_test(test_verify__identity_of_another__refused_with_both),
        cmocka_unit_test(test_verify__expired__refused_with_subject_and_cause),
        cmocka_unit_test(test_verify__no_time__refused),
        cmocka_unit_test(test_verify__each_encoding__only_certificates_count),
        cmocka_unit_test(test_verify__pkcs7__leaf_and_issuers_in_it),
        cmocka_unit_test(test_verify__too_many_or_too_large__ignored),
        cmocka_unit_test(test_verify__damaged_certificate__refused),
    };
    return cmocka_run_group_tests(tests, proof_setup, proof_teardown);
}
