/* SPDX-License-Identifier: Apache-2.0 */
#include "support/algs.h"

#include <ikev1/openssl.h>

#include "provider/instance.h"

static const ikev1_group_alg *group_of(struct vec_file *f, const struct ike_crypto *c) {
    return ike_group_alg(c, (uint16_t)vec_number(f, "group", 0));
}

/* The primes and generators, in hex of whole bytes. */
static void test_primes__shared_list__equal(void **state) {
    struct vec_file *f = vec_open_or_skip("dh/modp_primes.txt");
    struct ike_crypto c = crypto_open(ikev1_openssl());
    const uint8_t one[1] = {1};
    size_t run = 0;
    (void)state;

    for (; vec_next(f); run++) {
        const ikev1_group_alg *g = group_of(f, &c);
        const ikev1_bytes prime = vec_hex(f, "prime"), generator = vec_hex(f, "generator");
        uint8_t y[IKEV1_MAX_PUBLIC];

        ROW_EQUAL(g->name, prime.len, g->public_size);
        ROW_EQUAL(g->name, vec_number(f, "bits", 0), 8 * g->public_size);
        row_bytes(g->name, "prime", g->prime, prime);
        /* g^1 is the generator */
        ROW_EQUAL(
            g->name,
            ike_openssl_modp_power(c.instance, ike_openssl_modp_index(g->id), NULL, one, 1, y),
            IKEV1_OK);
        ROW_EQUAL(g->name, ike_is_zero(y, g->public_size - generator.len), true);
        row_bytes(g->name, "generator", y + g->public_size - generator.len, generator);
    }
    assert_int_equal(run, 11);
    vec_close(f);
    crypto_close(&c);
}

/* A second source for the safe primes: OpenSSL's own copies. */
static void test_primes__openssl_copies__equal(void **state) {
    static const struct {
        uint16_t id;
        BIGNUM *(*make)(BIGNUM *);
    } rows[] = {{IKEV1_GROUP_MODP768, BN_get_rfc2409_prime_768},
                {IKEV1_GROUP_MODP1024, BN_get_rfc2409_prime_1024},
                {IKEV1_GROUP_MODP1536, BN_get_rfc3526_prime_1536},
                {IKEV1_GROUP_MODP2048, BN_get_rfc3526_prime_2048},
                {IKEV1_GROUP_MODP3072, BN_get_rfc3526_prime_3072},
                {IKEV1_GROUP_MODP4096, BN_get_rfc3526_prime_4096},
                {IKEV1_GROUP_MODP6144, BN_get_rfc3526_prime_6144},
                {IKEV1_GROUP_MODP8192, BN_get_rfc3526_prime_8192}};
    struct ike_crypto c = {ikev1_openssl(), NULL};
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        const ikev1_group_alg *g = ike_group_alg(&c, rows[i].id);
        BIGNUM *p = rows[i].make(NULL);
        uint8_t want[IKEV1_MAX_PUBLIC];

        ROW_EQUAL(g->name, BN_bn2binpad(p, want, g->public_size), g->public_size);
        row_bytes(g->name, "prime", g->prime, ike_bytes(want, g->public_size));
        BN_free(p);
    }
}

/* Vectors of strongSwan and RFC 5114, with exponents of whatever length they chose. */
static void test_modp__published_vectors__equal(void **state) {
    static const char *const files[] = {"dh/modp.txt", "dh/modp_2.txt"};
    size_t run = 0;
    (void)state;

    for (size_t i = 0; i < COUNT(files); i++) {
        struct vec_file *f = vec_open_or_skip(files[i]);
        struct ike_crypto c = crypto_open(ikev1_openssl());

        for (; vec_next(f); run++) {
            const char *name = vec_text(f, "case");
            const size_t index = ike_openssl_modp_index(group_of(f, &c)->id);
            const ikev1_bytes x[] = {vec_hex(f, "x_i"), vec_hex(f, "x_r")};
            const ikev1_bytes y[] = {vec_hex(f, "gxi"), vec_hex(f, "gxr")};
            uint8_t got[IKEV1_MAX_PUBLIC];

            for (size_t side = 0; side < 2; side++) {
                ROW_EQUAL(
                    name,
                    ike_openssl_modp_power(c.instance, index, NULL, x[side].data, x[side].len, got),
                    IKEV1_OK);
                row_bytes(name, "public value", got, y[side]);
                ROW_EQUAL(name,
                          ike_openssl_modp_power(c.instance, index, y[1 - side].data, x[side].data,
                                                 x[side].len, got),
                          IKEV1_OK);
                row_bytes(name, "secret", got, vec_hex(f, "gxy"));
            }
        }
        vec_close(f);
        crypto_close(&c);
    }
    assert_int_equal(run, 11);
}

/* A seed is the exponent with its top bit set; a seed of zeros is as good as any other. */
static void test_modp__seed__exponent_with_its_top_bit(void **state) {
    struct ike_crypto c = crypto_open(ikev1_openssl());
    static const uint8_t firsts[] = {0x00, 0x80, 0x7f, 0xff};
    (void)state;

    for (size_t n = 0; n < IKE_MODP_GROUPS; n++) {
        const ikev1_group_alg *g = &ike_openssl_modp_algs[n];
        ROW_EQUAL(g->name, ike_openssl_modp_index(g->id), n);
        if (g->public_size > 384)
            continue;
        for (size_t i = 0; i < COUNT(firsts); i++) {
            uint8_t seed[IKEV1_MAX_SEED] = {firsts[i]}, got[384], want[384];

            ROW_EQUAL(g->name, g->generate(c.instance, seed, got), IKEV1_OK);
            seed[0] |= 0x80;
            ROW_EQUAL(g->name,
                      ike_openssl_modp_power(c.instance, n, NULL, seed, g->seed_size, want),
                      IKEV1_OK);
            row_bytes(g->name, "public value", got, ike_bytes(want, g->public_size));
        }
    }
    assert_int_equal(ike_openssl_modp_index(19), IKE_MODP_GROUPS);
    crypto_close(&c);
}

/* KEX-03, RFC 6989 2.2: 2 to the power of the subgroup's order lies in another subgroup. */
static void test_modp__value_outside_the_subgroup__refused(void **state) {
    static const struct {
        uint16_t id;
        const uint8_t *order;
        int order_size;
    } rows[] = {{IKEV1_GROUP_MODP1024_160, ike_order_1024_160, 20},
                {IKEV1_GROUP_MODP2048_224, ike_order_2048_224, 28},
                {IKEV1_GROUP_MODP2048_256, ike_order_2048_256, 32}};
    struct ike_crypto c = crypto_open(ikev1_openssl());
    BN_CTX *bn = BN_CTX_new();
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        const ikev1_group_alg *g = ike_group_alg(&c, rows[i].id);
        BIGNUM *p = BN_bin2bn(g->prime, g->public_size, NULL), *y = BN_new();
        BIGNUM *q = BN_bin2bn(rows[i].order, rows[i].order_size, NULL);
        uint8_t seed[IKEV1_MAX_SEED] = {3}, peer[256], secret[256];

        /* The order divides p - 1, and is prime. */
        ROW_EQUAL(g->name, BN_mod(y, p, q, bn) == 1 && BN_is_one(y), true);
        ROW_EQUAL(g->name, BN_check_prime(q, bn, NULL), 1);
        BN_set_word(y, 2);
        ROW_EQUAL(g->name, BN_mod_exp(y, y, q, p, bn), 1);
        ROW_EQUAL(g->name, BN_bn2binpad(y, peer, g->public_size), g->public_size);
        memset(secret, 0xee, sizeof secret);
        ROW_EQUAL(g->name, ike_group_agree(&c, g, seed, ike_bytes(peer, g->public_size), secret),
                  IKEV1_E_KE_INVALID);
        ROW_EQUAL(g->name, secret[0], 0xee);
        ROW_EQUAL(g->name, g->generate(c.instance, seed, peer), IKEV1_OK);
        ROW_EQUAL(g->name, ike_group_agree(&c, g, seed, ike_bytes(peer, g->public_size), secret),
                  IKEV1_OK);
        BN_free(p);
        BN_free(q);
        BN_free(y);
    }
    BN_CTX_free(bn);
    crypto_close(&c);
}

/* What a broken caller could pass around the core's check: no secret that anybody knows. */
static void test_modp__degenerate_value__no_secret(void **state) {
    struct ike_crypto c = crypto_open(ikev1_openssl());
    const ikev1_group_alg *g = ike_group_alg(&c, IKEV1_GROUP_MODP1024);
    uint8_t seed[IKEV1_MAX_SEED] = {3}, one[128] = {0}, secret[128];
    (void)state;

    one[127] = 1;
    assert_int_equal(g->agree(c.instance, seed, one, secret), IKEV1_E_KE_INVALID);
    assert_int_equal(g->agree(c.instance, seed, g->prime, secret), IKEV1_E_KE_INVALID);
    crypto_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_primes__shared_list__equal),
        cmocka_unit_test(test_primes__openssl_copies__equal),
        cmocka_unit_test(test_modp__published_vectors__equal),
        cmocka_unit_test(test_modp__seed__exponent_with_its_top_bit),
        cmocka_unit_test(test_modp__value_outside_the_subgroup__refused),
        cmocka_unit_test(test_modp__degenerate_value__no_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
