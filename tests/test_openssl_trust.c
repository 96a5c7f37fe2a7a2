/* SPDX-License-Identifier: Apache-2.0 */
/* What a host trusts: anchors, CRLs, the time; what is kept between two peers (CRT-09). */
#include "support/proof.h"
#include "support/rows.h"
#include "support/vectors.h"

#include <openssl/err.h>

#include "base/base.h"
#include "provider/pki.h"

/* ---- CRLs ---- */

static ikev1_trust *trust_with_crl(struct pki_crl_spec spec) {
    ikev1_trust *trust = trust_in(pki.root);
    ikev1_bytes der = pki_crl(&spec);
    assert_int_equal(ikev1_trust_crl(trust, der), IKEV1_OK);
    hex_free(der);
    return trust;
}

/* RFC 4945 5.1.3.13, 5.2.2.5: a CRL of one distribution point says nothing of certificates of
 * another; without the one that covers them they are not accepted. */
static void test_verify__scope_of_a_crl__only_its_distribution_point(void **state) {
    static const struct {
        const char *name, *points, *scope;
        bool revoked;
        int status;
    } rows[] = {
        {"the same", "URI:http://crl.example/1", "critical,fullname:URI:http://crl.example/1",
         false, IKEV1_OK},
        {"the same, revoked", "URI:http://crl.example/1",
         "critical,fullname:URI:http://crl.example/1", true, IKEV1_E_CERT},
        {"another", "URI:http://crl.example/2", "critical,fullname:URI:http://crl.example/1", false,
         IKEV1_E_CERT},
        {"none in the certificate", NULL, "critical,fullname:URI:http://crl.example/1", false,
         IKEV1_E_CERT},
        {"none in the CRL", "URI:http://crl.example/1", NULL, false, IKEV1_OK},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        X509 *leaf = leaf_with((struct pki_spec){.points = rows[i].points}, pki.mid, pki.mid_key);
        ikev1_trust *trust =
            trust_with_crl((struct pki_crl_spec){.issuer = pki.mid,
                                                 .key = pki.mid_key,
                                                 .revoked = rows[i].revoked ? leaf : NULL,
                                                 .scope = rows[i].scope});
        ROW_EQUAL(rows[i].name, judged_certs(trust, (X509 *[]){leaf, pki.mid}, 2), rows[i].status);
        ikev1_trust_free(trust);
        X509_free(leaf);
    }
}

static void test_verify__crl__only_of_issuers_that_have_one(void **state) {
    (void)state;
    X509 *elsewhere = pki_ca("CN=Elsewhere", pki.other_key, NULL, NULL);
    const struct {
        const char *name;
        struct pki_crl_spec crl;
        int status;
    } rows[] = {
        {"nobody revoked", {.issuer = pki.mid, .key = pki.mid_key}, IKEV1_OK},
        {"another revoked", {.issuer = pki.mid, .key = pki.mid_key, .revoked = pki.mid}, IKEV1_OK},
        {"revoked", {.issuer = pki.mid, .key = pki.mid_key, .revoked = pki.leaf}, IKEV1_E_CERT},
        {"its CA revoked",
         {.issuer = pki.root, .key = pki.root_key, .revoked = pki.mid},
         IKEV1_E_CERT},
        {"of the root", {.issuer = pki.root, .key = pki.root_key}, IKEV1_OK},
        {"of another CA",
         {.issuer = elsewhere, .key = pki.other_key, .revoked = pki.leaf},
         IKEV1_OK},
        {"signed by another", {.issuer = pki.mid, .key = pki.other_key}, IKEV1_E_CERT},
        {"expired",
         {.issuer = pki.mid, .key = pki.mid_key, .from = PKI_NOW - 9, .to = PKI_NOW - 1},
         IKEV1_E_CERT},
        {"of no use",
         {.issuer = pki.mid, .key = pki.mid_key, .scope = "critical,indirectCRL:TRUE"},
         IKEV1_E_CERT},
        {"not yet valid",
         {.issuer = pki.mid, .key = pki.mid_key, .from = PKI_NOW + 9},
         IKEV1_E_CERT},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ikev1_trust *trust = trust_with_crl(rows[i].crl);
        ROW_EQUAL(rows[i].name, judged_certs(trust, (X509 *[]){pki.leaf, pki.mid}, 2),
                  rows[i].status);
        ikev1_trust_free(trust);
    }
    X509_free(elsewhere);
}

/* Of two CRLs the newer one counts, whichever was added first. */
static void test_verify__newer_crl__counts(void **state) {
    (void)state;
    for (int newer_first = 0; newer_first <= 1; newer_first++) {
        const struct pki_crl_spec specs[] = {
            {.issuer = pki.mid, .key = pki.mid_key, .from = PKI_NOW - 100},
            {.issuer = pki.mid, .key = pki.mid_key, .from = PKI_NOW - 50, .revoked = pki.leaf}};
        ikev1_trust *trust = trust_with_crl(specs[newer_first]);
        ikev1_bytes second = pki_crl(&specs[!newer_first]);
        assert_int_equal(ikev1_trust_crl(trust, second), IKEV1_OK);
        assert_int_equal(ikev1_trust_crl(trust, second), IKEV1_OK); /* again */
        assert_int_equal(judged_certs(trust, (X509 *[]){pki.leaf, pki.mid}, 2), IKEV1_E_CERT);
        hex_free(second);
        ikev1_trust_free(trust);
    }
}

/* ---- what is kept of a decoded certificate is no decision ---- */

static size_t cached(const ikev1_trust *trust) {
    size_t count = 0;
    for (size_t i = 0; i < IKE_CERT_CACHE; i++)
        count += trust->cache[i].cert != NULL;
    return count;
}

static bool is_cached(const ikev1_trust *trust, const X509 *cert) {
    for (size_t i = 0; i < IKE_CERT_CACHE; i++)
        if (trust->cache[i].cert != NULL && X509_cmp(trust->cache[i].cert, cert) == 0)
            return true;
    return false;
}

static void test_cache__time_crl_name_and_key__count_anew(void **state) {
    (void)state;
    X509 *const certs[] = {pki.leaf, pki.mid};
    ikev1_trust *trust = trust_in(pki.root);
    const struct pki_crl_spec spec = {.issuer = pki.mid, .key = pki.mid_key, .revoked = pki.leaf};
    const ikev1_id other = {.type = IKEV1_ID_FQDN, .data = (const uint8_t *)"a.example", .len = 9};
    struct sent by_other = {.key = pki.other_key}, as_other = {.id = &other};
    for (size_t i = 0; i < 2; i++) {
        send_cert(&by_other, certs[i]);
        send_cert(&as_other, certs[i]);
    }
    assert_int_equal(judged_certs(trust, certs, 2), IKEV1_OK);
    assert_int_equal(cached(trust), 2);
    assert_int_equal(judged_certs(trust, certs, 2), IKEV1_OK);
    assert_int_equal(cached(trust), 2);
    assert_int_equal(judged(trust, &by_other), IKEV1_E_AUTH);
    assert_int_equal(judged(trust, &as_other), IKEV1_E_CERT);
    ikev1_trust_time(trust, PKI_NOW + 2 * PKI_DAY);
    assert_int_equal(judged_certs(trust, certs, 2), IKEV1_E_CERT);
    ikev1_trust_time(trust, PKI_NOW);
    assert_int_equal(judged_certs(trust, certs, 2), IKEV1_OK);
    ikev1_bytes crl = pki_crl(&spec);
    assert_int_equal(ikev1_trust_crl(trust, crl), IKEV1_OK);
    assert_int_equal(judged_certs(trust, certs, 2), IKEV1_E_CERT);
    hex_free(crl);
    ikev1_trust_free(trust);
}

/* Nobody fills it who has not authenticated; it never outgrows its size, and keeps what is used. */
static void test_cache__many_peers__bounded(void **state) {
    (void)state;
    ikev1_trust *trust = trust_in(pki.root);
    X509 *first = NULL;
    struct sent s = {.key = pki.other_key};
    send_cert(&s, pki.leaf);
    send_cert(&s, pki.mid);
    assert_int_equal(judged(trust, &s), IKEV1_E_AUTH);
    assert_int_equal(cached(trust), 0);
    for (size_t i = 0; i < IKE_CERT_CACHE + 5; i++) {
        X509 *leaf = leaf_with((struct pki_spec){0}, pki.mid, pki.mid_key);
        assert_int_equal(judged_certs(trust, (X509 *[]){leaf, pki.mid}, 2), IKEV1_OK);
        assert_int_equal(cached(trust), i + 2 < IKE_CERT_CACHE ? i + 2 : IKE_CERT_CACHE);
        if (first == NULL)
            first = leaf;
        else
            X509_free(leaf);
    }
    assert_true(is_cached(trust, pki.mid));
    assert_false(is_cached(trust, first));
    assert_int_equal(judged_certs(trust, (X509 *[]){first, pki.mid}, 2), IKEV1_OK);
    assert_true(is_cached(trust, first));
    X509_free(first);
    ikev1_trust_free(trust);
}

/* ---- what the host loads ---- */

static void test_anchor__each_form__read_or_refused(void **state) {
    (void)state;
    ikev1_trust *trust = trust_in(NULL);
    X509 *v1 = pki_cert(&(struct pki_spec){.subject = "CN=Old", .key = pki.key, .version1 = true},
                        NULL, NULL);
    EVP_PKEY *weak_key = pki_key(PKI_RSA_1024);
    X509 *weak = pki_ca("CN=Weak", weak_key, NULL, NULL);
    const struct pki_crl_spec crl = {.issuer = pki.mid, .key = pki.mid_key};
    ikev1_bytes pem = pki_pem(pki.root), two = {0};
    uint8_t *twice = malloc(2 * pem.len);
    assert_non_null(twice);
    memcpy(twice, pem.data, pem.len);
    memcpy(twice + pem.len, pem.data, pem.len);
    two = ike_bytes(twice, 2 * pem.len);
    struct {
        const char *name;
        ikev1_bytes data;
        int status;
    } rows[] = {
        {"DER", pki_der(pki.mid), IKEV1_OK},
        {"the same again", pki_der(pki.mid), IKEV1_OK},
        {"PEM", pem, IKEV1_OK},
        {"two in PEM", two, IKEV1_E_CONFIG},
        {"no CA", pki_der(pki.leaf), IKEV1_E_CONFIG},
        {"version 1", pki_der(v1), IKEV1_E_CONFIG},
        {"weak key", pki_der(weak), IKEV1_E_CONFIG},
        {"a CRL", pki_crl(&crl), IKEV1_E_CONFIG},
        {"a key in PEM", bytes_copy(ike_bytes(PKI_RSA_2048, strlen(PKI_RSA_2048))), IKEV1_E_CONFIG},
        {"rubbish", bytes_copy(ike_bytes("rubbish", 7)), IKEV1_E_CONFIG},
        {"SEQUENCE of nothing", bytes_copy(ike_bytes("0\0", 2)), IKEV1_E_CONFIG},
        {"nothing", bytes_copy(ike_bytes("", 0)), IKEV1_E_CONFIG},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ROW_EQUAL(rows[i].name, ikev1_trust_anchor(trust, rows[i].data), rows[i].status);
        hex_free(rows[i].data);
    }
    assert_int_equal(ikev1_trust_authorities(trust, NULL, 0), 2);
    assert_int_equal(judged_certs(trust, &pki.leaf, 1), IKEV1_OK);
    X509_free(v1);
    X509_free(weak);
    EVP_PKEY_free(weak_key);
    ikev1_trust_free(trust);
}

static void test_crl__no_whole_crl__refused(void **state) {
    (void)state;
    const struct pki_crl_spec delta = {.issuer = pki.mid, .key = pki.mid_key, .delta = true};
    struct {
        const char *name;
        ikev1_bytes data;
    } rows[] = {
        {"delta", pki_crl(&delta)},
        {"certificate", pki_der(pki.root)},
        {"certificate in PEM", pki_pem(pki.root)},
        {"rubbish", bytes_copy(ike_bytes("rubbish", 7))},
        {"nothing", bytes_copy(ike_bytes("", 0))},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ROW_EQUAL(rows[i].name, ikev1_trust_crl(pki.trust, rows[i].data), IKEV1_E_CONFIG);
        hex_free(rows[i].data);
    }
}

/* For certificate requests: each name once, as it stands in the certificate. */
static void test_authorities__two_anchors_of_one_name__each_name_once(void **state) {
    (void)state;
    ikev1_trust *trust =
        trust_with_crl((struct pki_crl_spec){.issuer = pki.mid, .key = pki.mid_key});
    X509 *renewed = pki_ca("CN=Root", pki.other_key, NULL, NULL);
    ikev1_bytes names[3] = {{0}};
    const uint8_t *der;
    size_t len, found = 0;
    add_anchor(trust, renewed);
    add_anchor(trust, pki.mid);
    assert_int_equal(ikev1_trust_authorities(trust, names, 3), 2);
    assert_int_equal(X509_NAME_get0_der(X509_get_subject_name(pki.root), &der, &len), 1);
    for (size_t i = 0; i < 2; i++)
        found += ike_bytes_equal(names[i], ike_bytes(der, len));
    assert_int_equal(found, 1);
    names[1] = (ikev1_bytes){0};
    assert_int_equal(ikev1_trust_authorities(trust, names, 1), 2);
    assert_int_equal(names[1].len, 0);
    X509_free(renewed);
    ikev1_trust_free(trust);
}

static void test_trust__calls_that_fail__error_queue_as_before(void **state) {
    (void)state;
    struct sent s = {0};
    ERR_clear_error();
    ERR_raise(ERR_LIB_USER, 7);
    send_bytes(&s, IKEV1_CERT_X509_SIGNATURE, bytes_copy(ike_bytes("0\3abc", 5)));
    send_bytes(&s, IKEV1_CERT_PKCS7, bytes_copy(ike_bytes("0\3abc", 5)));
    send_cert(&s, pki.leaf);
    assert_int_equal(judged(pki.trust, &s), IKEV1_E_CERT);
    assert_int_equal(ikev1_trust_anchor(pki.trust, ike_bytes("rubbish", 7)), IKEV1_E_CONFIG);
    assert_int_equal(ikev1_trust_crl(pki.trust, ike_bytes("0\3abc", 5)), IKEV1_E_CONFIG);
    assert_int_equal(ERR_GET_REASON(ERR_get_error()), 7);
    assert_int_equal(ERR_get_error(), 0);
}

static void test_trust__null__refused(void **state) {
    (void)state;
    ikev1_why why;
    const ikev1_signature what = {.size = sizeof what};
    assert_int_equal(ikev1_trust_verify(NULL, &what, &why), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_trust_verify(pki.trust, NULL, &why), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_trust_verify(pki.trust, &what, NULL), IKEV1_E_ARGUMENT);
    ikev1_trust_free(NULL);
}

/* ---- what has crashed others ---- */

static size_t try_seeds(const char *file, ikev1_trust *spare) {
    static const uint8_t ENCODINGS[] = {IKEV1_CERT_X509_SIGNATURE, IKEV1_CERT_PKCS7,
                                        IKEV1_CERT_CRL};
    struct vec_file *f = vec_open(file);
    size_t count = 0;
    if (f == NULL)
        return 0;
    for (; vec_next(f); count++) {
        ikev1_bytes data = vec_hex(f, "data");
        assert_non_null(data.data);
        for (size_t i = 0; i < COUNT(ENCODINGS); i++) {
            struct sent s = {0};
            send_bytes(&s, ENCODINGS[i], bytes_copy(data));
            send_cert(&s, pki.mid);
            ROW_EQUAL(vec_text(f, "case"), judged(pki.trust, &s), IKEV1_E_CERT);
        }
        (void)ikev1_trust_anchor(spare, data); /* a host may load anything */
        (void)ikev1_trust_crl(spare, data);
    }
    vec_close(f);
    return count;
}

static void test_verify__fuzzing_corpora__nothing_accepted(void **state) {
    (void)state;
    static const char *const FILES[] = {
        "fuzz_seeds/strongswan_certs.txt",       "fuzz_seeds/strongswan_certs_2.txt",
        "fuzz_seeds/strongswan_certs_crash.txt", "fuzz_seeds/strongswan_certs_crash_2.txt",
        "fuzz_seeds/strongswan_crls.txt",        "fuzz_seeds/strongswan_crls_2.txt"};
    ikev1_trust *spare = trust_in(NULL);
    size_t count = 0;
    for (size_t i = 0; i < COUNT(FILES); i++)
        count += try_seeds(FILES[i], spare);
    (void)judged_certs(spare, (X509 *[]){pki.leaf, pki.mid}, 2);
    ikev1_trust_free(spare);
    if (count == 0) {
        print_message("no shared vectors here\n");
        skip();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verify__crl__only_of_issuers_that_have_one),
        cmocka_unit_test(test_verify__scope_of_a_crl__only_its_distribution_point),
        cmocka_unit_test(test_verify__newer_crl__counts),
        cmocka_unit_test(test_cache__time_crl_name_and_key__count_anew),
        cmocka_unit_test(test_cache__many_peers__bounded),
        cmocka_unit_test(test_anchor__each_form__read_or_refused),
        cmocka_unit_test(test_crl__no_whole_crl__refused),
        cmocka_unit_test(test_authorities__two_anchors_of_one_name__each_name_once),
        cmocka_unit_test(test_trust__calls_that_fail__error_queue_as_before),
        cmocka_unit_test(test_trust__null__refused),
        cmocka_unit_test(test_verify__fuzzing_corpora__nothing_accepted),
    };
    return cmocka_run_group_tests(tests, proof_setup, proof_teardown);
}
