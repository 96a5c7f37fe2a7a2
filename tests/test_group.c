/* SPDX-License-Identifier: Apache-2.0 */
#include "support/algs.h"
#include "support/failcrypto.h"

#include <ikev1/openssl.h>

/* A public value made of the prime, for every MODP group. */
enum value { ZERO, ONE, TWO, P_MINUS_2, P_MINUS_1, P, P_PLUS_1, ALL_ONES };

static const struct {
    const char *name;
    enum value value;
    int want;
} RANGE[] = {
    {"0", ZERO, IKEV1_E_KE_INVALID},
    {"1", ONE, IKEV1_E_KE_INVALID},
    {"2", TWO, IKEV1_OK},
    {"p-2", P_MINUS_2, IKEV1_OK},
    {"p-1", P_MINUS_1, IKEV1_E_KE_INVALID},
    {"p", P, IKEV1_E_KE_INVALID},
    {"p+1", P_PLUS_1, IKEV1_E_KE_INVALID},
    {"2^n-1", ALL_ONES, IKEV1_E_KE_INVALID},
};

static void make_value(uint8_t *y, const ikev1_group_alg *g, enum value value) {
    const size_t last = g->public_size - 1u;

    memset(y, value == ALL_ONES ? 0xff : 0, g->public_size);
    if (value == ONE || value == TWO)
        y[last] = value == ONE ? 1 : 2;
    if (value < P_MINUS_2 || value == ALL_ONES)
        return;
    memcpy(y, g->prime, g->public_size);
    if (value == P_MINUS_2 || value == P_MINUS_1)
        y[last] = (uint8_t)(y[last] - (value == P_MINUS_2 ? 2 : 1));
    if (value == P_PLUS_1)
        for (size_t i = last; ++y[i] == 0; i--)
            ;
}

/* KEX-01, RFC 6989 2.1: refused before the provider computes anything. */
static void test_check__modp_value__between_1_and_p_minus_1(void **state) {
    struct fail_crypto fail;
    (void)state;

    fail_crypto_init(&fail, ikev1_openssl());
    fail.kinds = FAIL_GROUP;
    struct ike_crypto c = crypto_open(&fail.provider);
    for (size_t n = 0; fail.provider.groups[n] != NULL; n++) {
        const ikev1_group_alg *g = fail.provider.groups[n];
        uint8_t y[IKEV1_MAX_PUBLIC], seed[IKEV1_MAX_SEED] = {5}, secret[IKEV1_MAX_PUBLIC];

        if (g->kind != IKEV1_GROUP_KIND_MODP)
            continue;
        for (size_t i = 0; i < COUNT(RANGE); i++) {
            char name[40];
            snprintf(name, sizeof name, "%s, %s", g->name, RANGE[i].name);
            make_value(y, g, RANGE[i].value);
            ROW_EQUAL(name, ike_group_check(g, ike_bytes(y, g->public_size)), RANGE[i].want);
            if (RANGE[i].want != IKEV1_OK)
                ROW_EQUAL(name, ike_group_agree(&c, g, seed, ike_bytes(y, g->public_size), secret),
                          IKEV1_E_KE_INVALID);
        }
    }
    assert_int_equal(fail.calls, 0);
    crypto_close(&c);
}

/* KEX-02, KEX-04: exactly the group's size, for every group. */
static void test_check__length__exactly_the_groups(void **state) {
    const ikev1_group_alg *const *groups = ikev1_openssl()->groups;
    (void)state;

    for (size_t n = 0; groups[n] != NULL; n++) {
        const size_t size = groups[n]->public_size;
        const size_t lengths[] = {0, 1, size / 2, size - 1, size + 1, 2 * size, 65500};

        for (size_t i = 0; i < COUNT(lengths); i++) {
            uint8_t *y = malloc(lengths[i] + 1);
            memset(y, 0x42, lengths[i] + 1);
            ROW_EQUAL(groups[n]->name, ike_group_check(groups[n], ike_bytes(y, lengths[i])),
                      IKEV1_E_KE_INVALID);
            free(y);
        }
        uint8_t *y = malloc(size);
        memset(y, 0x42, size);
        ROW_EQUAL(groups[n]->name, ike_group_check(groups[n], ike_bytes(y, size)), IKEV1_OK);
        free(y);
    }
}

/* Both sides get one secret, and the same seed gives the same value (M-B1), in every group. */
static void test_groups__two_sides__same_secret(void **state) {
    struct ike_crypto c = crypto_open(ikev1_openssl());
    (void)state;

    for (size_t n = 0; c.provider->groups[n] != NULL; n++) {
        const ikev1_group_alg *g = c.provider->groups[n];
        uint8_t seeds[2][IKEV1_MAX_SEED], values[3][IKEV1_MAX_PUBLIC], secrets[2][IKEV1_MAX_PUBLIC];

        ROW_EQUAL(g->name, g->seed_size <= IKEV1_MAX_SEED, true);
        ROW_EQUAL(g->name, g->public_size <= IKEV1_MAX_PUBLIC, true);
        for (size_t i = 0; i < 2; i++) {
            memset(seeds[i], (int)(i == 0 ? 0x11 : 0xee), IKEV1_MAX_SEED);
            ROW_EQUAL(g->name, ike_group_generate(&c, g, seeds[i], values[i]), IKEV1_OK);
        }
        ROW_EQUAL(g->name, ike_group_generate(&c, g, seeds[0], values[2]), IKEV1_OK);
        ROW_EQUAL(g->name, memcmp(values[0], values[2], g->public_size), 0);
        ROW_EQUAL(g->name, memcmp(values[0], values[1], g->public_size) != 0, true);
        for (size_t i = 0; i < 2; i++)
            ROW_EQUAL(g->name,
                      ike_group_agree(&c, g, seeds[i], ike_bytes(values[1 - i], g->public_size),
                                      secrets[i]),
                      IKEV1_OK);
        ROW_EQUAL(g->name, memcmp(secrets[0], secrets[1], g->secret_size), 0);
    }
    crypto_close(&c);
}

/* KEX-09 */
static void test_groups__provider_fails__code_and_no_output(void **state) {
    struct fail_crypto fail;
    uint8_t seed[IKEV1_MAX_SEED] = {1}, value[256] = {0}, out[256];
    (void)state;

    fail_crypto_init(&fail, ikev1_openssl());
    fail.kinds = FAIL_GROUP;
    fail.fail_at = 1;
    fail.from_there = true;
    struct ike_crypto c = crypto_open(&fail.provider);
    const ikev1_group_alg *g = ike_group_alg(&c, IKEV1_GROUP_MODP2048);
    memset(out, 0xee, sizeof out);
    value[255] = 2;
    assert_int_equal(ike_group_generate(&c, g, seed, out), IKEV1_E_PROVIDER);
    assert_int_equal(ike_group_agree(&c, g, seed, ike_bytes(value, 256), out), IKEV1_E_PROVIDER);
    for (size_t i = 0; i < sizeof out; i++)
        assert_int_equal(out[i], 0xee);
    crypto_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check__modp_value__between_1_and_p_minus_1),
        cmocka_unit_test(test_check__length__exactly_the_groups),
        cmocka_unit_test(test_groups__two_sides__same_secret),
        cmocka_unit_test(test_groups__provider_fails__code_and_no_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
