/* SPDX-License-Identifier: Apache-2.0 */
#include "support/algs.h"

#include <ikev1/openssl.h>

#include <openssl/err.h>
#include <openssl/evp.h>

/* Runs everything once: good values, and what makes OpenSSL report errors. */
static void use_everything(struct ike_crypto *c) {
    uint8_t data[16] = {0}, iv[16] = {0}, key[IKEV1_MAX_KEY] = {1}, out[IKEV1_MAX_PUBLIC];
    uint8_t seed[IKEV1_MAX_SEED] = {1}, peer[IKEV1_MAX_PUBLIC];
    const ikev1_bytes part = {data, 16};
    const ikev1_crypto *p = c->provider;

    for (size_t i = 0; p->hashes[i] != NULL; i++) {
        ROW_EQUAL(p->hashes[i]->name, p->hashes[i]->digest(c->instance, &part, 1, out), IKEV1_OK);
        ROW_EQUAL(p->hashes[i]->name, p->hashes[i]->hmac(c->instance, part, &part, 1, out),
                  IKEV1_OK);
    }
    for (size_t i = 0; p->ciphers[i] != NULL; i++)
        p->ciphers[i]->encrypt(c->instance, ike_bytes(key, p->ciphers[i]->key_default), iv, data,
                               data, 16);
    for (size_t i = 0; p->groups[i] != NULL; i++) {
        const ikev1_group_alg *g = p->groups[i];
        if (g->public_size > 256)
            continue;
        memset(peer, 0x42, sizeof peer); /* on no curve, in no subgroup, but a MODP value */
        g->agree(c->instance, seed, peer, out);
        ROW_EQUAL(g->name, g->generate(c->instance, seed, peer), IKEV1_OK);
        ROW_EQUAL(g->name, g->agree(c->instance, seed, peer, out), IKEV1_OK);
    }
}

/* The host's own errors stay, ours do not join them. */
static void test_provider__failing_calls__error_queue_as_found(void **state) {
    (void)state;
    for (int before = 0; before <= 1; before++) {
        ERR_clear_error();
        if (before == 1)
            ERR_raise(ERR_LIB_USER, 77);
        struct ike_crypto c = crypto_open(ikev1_openssl());
        use_everything(&c);
        crypto_close(&c);
        if (before == 1) {
            unsigned long e = ERR_get_error();
            assert_int_equal(ERR_GET_LIB(e), ERR_LIB_USER);
            assert_int_equal(ERR_GET_REASON(e), 77);
        }
        assert_int_equal(ERR_get_error(), 0);
    }
}

/* What the host does to its own library context means nothing to ours. */
static void test_provider__host_restricts_openssl__still_works(void **state) {
    (void)state;
    assert_int_equal(EVP_set_default_properties(NULL, "provider=none-such"), 1);
    assert_null(EVP_MD_fetch(NULL, "SHA256", NULL));
    ERR_clear_error();
    struct ike_crypto c = crypto_open(ikev1_openssl());
    use_everything(&c);
    crypto_close(&c);
    assert_int_equal(EVP_set_default_properties(NULL, ""), 1);
}

/* Instances do not share state: calls on two of them may alternate. */
static void test_provider__two_instances__independent(void **state) {
    struct ike_crypto a = crypto_open(ikev1_openssl()), b = crypto_open(ikev1_openssl());
    (void)state;

    assert_ptr_not_equal(a.instance, b.instance);
    use_everything(&a);
    use_everything(&b);
    crypto_close(&a);
    use_everything(&b);
    crypto_close(&b);
}

static void test_provider__close_of_nothing__nothing(void **state) {
    (void)state;
    ikev1_openssl()->close(NULL);
    struct ike_crypto c = crypto_open(ikev1_openssl()); /* opened and never used */
    crypto_close(&c);
}

/* Descriptors agree with the limits that the core's buffers have. */
static void test_provider__descriptors__within_the_limits(void **state) {
    const ikev1_crypto *p = ikev1_openssl();
    (void)state;

    assert_int_equal(p->size, sizeof(ikev1_crypto));
    for (size_t i = 0; p->hashes[i] != NULL; i++)
        ROW_EQUAL(p->hashes[i]->name,
                  p->hashes[i]->size >= IKEV1_MAX_BLOCK && p->hashes[i]->size <= IKEV1_MAX_HASH,
                  true);
    for (size_t i = 0; p->ciphers[i] != NULL; i++) {
        const ikev1_cipher_alg *a = p->ciphers[i];
        ROW_EQUAL(a->name, a->block <= IKEV1_MAX_BLOCK && a->key_max <= IKEV1_MAX_KEY, true);
        ROW_EQUAL(a->name, a->key_default >= a->key_min && a->key_default <= a->key_max, true);
        ROW_EQUAL(a->name, (a->key_step == 0) == (a->key_min == a->key_max), true);
    }
    for (size_t i = 0; p->groups[i] != NULL; i++) {
        const ikev1_group_alg *g = p->groups[i];
        ROW_EQUAL(g->name, g->public_size <= IKEV1_MAX_PUBLIC, true);
        ROW_EQUAL(g->name, g->secret_size <= IKEV1_MAX_PUBLIC, true);
        ROW_EQUAL(g->name, g->seed_size <= IKEV1_MAX_SEED && g->seed_size >= 20, true);
        ROW_EQUAL(g->name, (g->prime != NULL) == (g->kind == IKEV1_GROUP_KIND_MODP), true);
        ROW_TEXT(g->name, g->name, ikev1_name(IKEV1_NAMES_GROUP, g->id));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_provider__failing_calls__error_queue_as_found),
        cmocka_unit_test(test_provider__host_restricts_openssl__still_works),
        cmocka_unit_test(test_provider__two_instances__independent),
        cmocka_unit_test(test_provider__close_of_nothing__nothing),
        cmocka_unit_test(test_provider__descriptors__within_the_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
