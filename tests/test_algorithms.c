/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole negotiation with every algorithm that a phase 1 transform can name, over the OpenSSL
 * provider: each cipher and key length, each hash, each group, each prf (mission R3; RFC 2409 App.
 * A, RFC 4434). One each, not their product.
 */
#define _POSIX_C_SOURCE 200112L /* setenv() */

#include <ikev1/openssl.h>

#include "support/pair.h"

static void negotiate(const char *name, const ikev1_suite1 *suite, uint16_t prf) {
    struct pair *p = pair_new(ikev1_openssl());
    struct side *both[] = {&p->i, &p->r};
    for (size_t s = 0; s < 2; s++) {
        both[s]->config.allow = UINT32_MAX;
        both[s]->suites1[0] = *suite;
        both[s]->phase1.prf = prf;
    }
    pair_start(p);
    ROW_EQUAL(name, ikev1_check_phase1(p->i.ike, &p->i.phase1, NULL), IKEV1_OK);
    ROW_EQUAL(name, pair_connect(p), IKEV1_OK);
    pair_run(p);
    ROW_EQUAL(name, side_count(&p->r, IKEV1_EVENT_CHILD_UP), 1);
    pair_check_up(p, 1);
    for (size_t s = 0; s < 2; s++) {
        const ikev1_sa_info *info = &side_event(both[s], IKEV1_EVENT_SA_UP, 0)->info;
        ROW_EQUAL(name, info->cipher, suite->cipher);
        if (suite->key_bits != 0)
            ROW_EQUAL(name, info->key_bits, suite->key_bits);
        ROW_EQUAL(name, info->hash, suite->hash);
        ROW_EQUAL(name, info->group, suite->group);
        ROW_EQUAL(name, info->prf, prf);
    }
    pair_free(p);
}

static const ikev1_suite1 USUAL = {IKEV1_CIPHER_AES,   128, IKEV1_HASH_SHA2_256, IKEV1_AUTH_PSK,
                                   IKEV1_GROUP_X25519, {0}};

static void test_cipher__each_with_each_key_length__up(void **state) {
    const ikev1_crypto *crypto = ikev1_openssl();
    size_t count = 0;
    (void)state;
    for (size_t i = 0; crypto->ciphers[i] != NULL; i++) {
        const ikev1_cipher_alg *alg = crypto->ciphers[i];
        ikev1_suite1 suite = USUAL;
        suite.cipher = alg->id;
        for (size_t key = alg->key_min; key <= alg->key_max; key += alg->key_step) {
            bool usual = key % 8 == 0 || key == alg->key_max; /* Blowfish has fifty more */
            suite.key_bits = (uint16_t)(alg->key_step != 0 ? key * 8 : 0);
            if (usual || alg->key_step == 0)
                negotiate(alg->name, &suite, 0);
            count += usual;
            if (alg->key_step == 0)
                break;
        }
    }
    assert_true(count >= 12);
}

static void test_hash__each__up(void **state) {
    const ikev1_crypto *crypto = ikev1_openssl();
    size_t i;
    (void)state;
    for (i = 0; crypto->hashes[i] != NULL; i++) {
        ikev1_suite1 suite = USUAL;
        suite.hash = crypto->hashes[i]->id;
        negotiate(crypto->hashes[i]->name, &suite, 0);
    }
    assert_int_equal(i, 5);
}

static void test_group__each__up(void **state) {
    const ikev1_crypto *crypto = ikev1_openssl();
    size_t i;
    (void)state;
    for (i = 0; crypto->groups[i] != NULL; i++) {
        ikev1_suite1 suite = USUAL;
        suite.group = crypto->groups[i]->id;
        negotiate(crypto->groups[i]->name, &suite, 0);
    }
    assert_int_equal(i, 21);
}

static void test_prf__each__up(void **state) { /* RFC 4434: the key may have any length */
    static const uint16_t CIPHERS[] = {128, 256};
    const ikev1_crypto *crypto = ikev1_openssl();
    size_t i;
    (void)state;
    for (i = 0; crypto->prfs[i] != NULL; i++) {
        for (size_t k = 0; k < COUNT(CIPHERS); k++) { /* the longer key out of a short prf */
            ikev1_suite1 suite = USUAL;
            suite.key_bits = CIPHERS[k];
            negotiate(crypto->prfs[i]->name, &suite, crypto->prfs[i]->id);
        }
    }
    assert_int_equal(i, 1);
}

/* The prf is negotiated like everything else: one who wants another does not get it. */
static void test_prf__only_one_side_wants_it__no_proposal(void **state) {
    struct pair *p = pair_new(ikev1_openssl());
    struct datagram d;
    ikev1_why why;
    (void)state;
    p->r.phase1.prf = IKEV1_PRF_AES_XCBC;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    side_drain(&p->i);
    assert_true(link_next(&p->link, &d));
    assert_int_equal(ikev1_engine_input(p->r.ike, p->now, &d.path, d.data, d.len, &why),
                     IKEV1_DROPPED);
    link_release(&d);
    assert_int_equal(why.code, IKEV1_E_NO_PROPOSAL);
    assert_int_equal(why.diffs[0].attribute, IKEV1_ATTR1_PRF);
    assert_int_equal(why.diffs[0].theirs, 0);
    assert_int_equal(why.diffs[0].ours, IKEV1_PRF_AES_XCBC);
    pair_free(p);
}

/* CRY-05: what this machine's OpenSSL lacks is said when the configuration is checked. The legacy
 * module is looked for where the environment says. */
static void test_provider__no_legacy_module__said_at_configuration(void **state) {
    static const uint16_t LEGACY[] = {IKEV1_CIPHER_BLOWFISH, IKEV1_CIPHER_CAST};
    (void)state;
    assert_int_equal(setenv("OPENSSL_MODULES", "/nowhere", 1), 0);
    struct pair *p = pair_new(ikev1_openssl());
    p->i.config.allow = UINT32_MAX;
    pair_start(p);
    for (size_t i = 0; i < COUNT(LEGACY); i++) {
        ikev1_why why;
        p->i.suites1[0] = USUAL;
        p->i.suites1[0].cipher = LEGACY[i];
        assert_int_equal(ikev1_check_phase1(p->i.ike, &p->i.phase1, &why), IKEV1_E_UNSUPPORTED);
        assert_int_equal(why.diffs[0].attribute, IKEV1_ATTR1_CIPHER);
        assert_int_equal(why.diffs[0].ours, LEGACY[i]);
    }
    p->i.suites1[0] = USUAL;
    pair_up(p); /* nothing else is disturbed */
    pair_free(p);
    assert_int_equal(unsetenv("OPENSSL_MODULES"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_provider__no_legacy_module__said_at_configuration),
        cmocka_unit_test(test_cipher__each_with_each_key_length__up),
        cmocka_unit_test(test_hash__each__up),
        cmocka_unit_test(test_group__each__up),
        cmocka_unit_test(test_prf__each__up),
        cmocka_unit_test(test_prf__only_one_side_wants_it__no_proposal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
